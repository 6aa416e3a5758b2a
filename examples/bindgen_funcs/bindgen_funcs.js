'use strict';

// Calls every function of the guest with native values: strings, bytes, numbers, structs.

const { Vm } = require('../../sdk-node');

/** Prints what every function returns, then the time of a call. */
function main([wasm, ...more]) {
  if (wasm === undefined || more.length > 0) {
    console.error('usage: bindgen_funcs WASM');
    process.exit(1);
  }
  const vm = Vm.loadSync(wasm);
  try {
    const desc = 'A thin red line';
    const line = vm.run('create_line', '{"x":1.5,"y":3.8}', '{"x":2.5,"y":5.8}', desc);
    console.log(`Run bindgen -- create_line: ${line}`);
    console.log(`Run bindgen -- say: ${vm.run('say', 'bindgen funcs test')}`);
    const text = 'A quick brown fox jumps over the lazy dog';
    console.log(`Run bindgen -- obfusticate: ${vm.run('obfusticate', text)}`);
    console.log(`Run bindgen -- lowest_common_multiple: ${vm.run('lowest_common_multiple', 123, 2)}`);
    for (const digest of ['sha3_digest', 'keccak_digest']) {
      const numbers = vm.run(digest, Buffer.from('This is an important message'));
      console.log(`Run bindgen -- ${digest}: [${numbers.join(' ')}]`);
    }

    const typed = vm.run('create_line_typed', { x: 1.5, y: 3.8 }, { x: 2.5, y: 5.8 }, desc);
    const ends = 'from (1.5, 3.8) to (2.5, 5.8)';
    console.log(`Run bindgen -- create_line_typed: ${typed.desc} ${ends}, length ${typed.length.toFixed(3)}`);

    const { say } = vm.exports;
    const begin = performance.now();
    let calls = 0;
    for (; performance.now() - begin < 200; calls += 1) say('bindgen funcs test');
    console.error(`time per call: ${(((performance.now() - begin) / calls) * 1000).toFixed(3)} us`);
  } finally {
    vm.close();
  }
}

main(process.argv.slice(2));
