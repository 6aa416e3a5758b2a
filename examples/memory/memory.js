'use strict';

// Passes strings and arrays through the guest's memory by hand, without bindgen.

const { Vm } = require('../../sdk-node');

/** Passes a zero-terminated string in, and reads one that comes back. */
function greet(vm) {
  const { allocate, deallocate, greet: greetGuest } = vm.exports;
  const memory = vm.memory();
  const name = Buffer.from('WasmEdge\0');
  const subject = allocate(name.length);
  memory.write(subject, name);
  const greeting = greetGuest(subject);
  const view = memory.view(); // the memory itself, not a copy
  const size = view.indexOf(0, greeting) - greeting;
  console.log(Buffer.from(view.subarray(greeting, greeting + size)).toString());
  deallocate(greeting, size + 1);
  deallocate(subject, name.length);
}

/** Lets the guest fill an array of ours, and return one of its own. */
function fibArrays(vm) {
  const { allocate, deallocate, fib_array, fib_array_return_memory } = vm.exports;
  const memory = vm.memory();
  const [count, size] = [10, 40];
  const numbers = (array) => new Int32Array(memory.read(array, size).buffer).join(' ');

  let array = allocate(size);
  console.log(`fib_array() returned: ${fib_array(count, array)}`);
  console.log(`fib_array memory: ${numbers(array)}`);
  deallocate(array, size);

  array = fib_array_return_memory(count);
  console.log(`fib_array_return_memory memory: ${numbers(array)}`);
  deallocate(array, size);
}

/** Runs both examples. */
function main([wasm, ...more]) {
  if (wasm === undefined || more.length > 0) {
    console.error('usage: memory WASM');
    process.exit(1);
  }
  const vm = Vm.loadSync(wasm);
  try {
    greet(vm);
    fibArrays(vm);
  } finally {
    vm.close();
  }
}

main(process.argv.slice(2));
