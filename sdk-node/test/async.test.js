'use strict';

/** `runAsync`: threads of edge's own, one call of a Vm after the other, host functions on the event loop. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { app, edge, guest, load, node, output } = require('./helpers.js');

const { Vm } = edge;

test('results and errors', async () => {
  const vm = load();
  assert.equal(await vm.runAsync('add', 20, 22), 42);
  assert.deepEqual(await vm.runAsync('echo_point', { x: 1, y: 2 }), { x: 1, y: 2 });
  await assert.rejects(vm.runAsync('fails_string'), { name: 'EdgeError', kind: 'guest_error', value: 'it failed as asked' });
  await assert.rejects(vm.runAsync('add', 1, 'x'), { kind: 'argument_type' });
  await assert.rejects(vm.runAsync('no_such_function'), { kind: 'unknown_export' });
  await assert.rejects(vm.runAsync(42), { kind: 'argument_type' });
  await assert.rejects(vm.runAsync('recurse_for_ever'), { kind: 'stack_overflow' });
  await assert.rejects(vm.runAsync('add', 1, 2), { kind: 'poisoned' });
});

test('calls of one Vm run in order', async () => {
  const seen = [];
  const vm = load({ note: (level) => BigInt(seen.push(level)) });
  const calls = Array.from({ length: 100 }, (_, index) => vm.runAsync('call_note', index, 'x'));
  assert.deepEqual(await Promise.all(calls), calls.map((_, index) => BigInt(index + 1)));
  assert.deepEqual(seen, calls.map((_, index) => index));
});

test('arguments are read when the call is made', async () => {
  const vm = load();
  const bytes = Uint8Array.of(1, 2, 3);
  const calls = [vm.runAsync('echo_bytes', bytes), vm.runAsync('echo_bytes', bytes)];
  bytes.fill(9);
  assert.deepEqual(await Promise.all(calls), [Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)]);
});

test('the event loop goes on while a guest runs', async () => {
  // The guest waits for a promise that only the event loop can settle.
  let settle;
  const vm = load({ note: () => new Promise((resolve) => (settle = resolve)) });
  const call = vm.runAsync('call_note', 1, 'x');
  while (settle === undefined) await new Promise(setImmediate);
  settle(7n);
  assert.equal(await call, 7n);
});

test('host functions may be asynchronous, and fail so', async () => {
  const mine = new Error('mine');
  const vm = load({
    fetch: async (key) => `value of ${key}`,
    fail_host: async () => {
      throw mine;
    },
    fail_typed: async () => {
      throw new edge.Err('NotFound');
    },
  });
  assert.equal(await vm.runAsync('call_fetch', 'x'), 'value of x');
  await assert.rejects(vm.runAsync('call_fail'), (error) => error.kind === 'host_error' && error.cause === mine);
  vm.reset();
  await assert.rejects(vm.runAsync('call_fail_typed', 1), { kind: 'guest_error', value: 'NotFound' });
});

test('while a call is in flight the Vm is busy', async () => {
  const vm = load();
  const memory = vm.memory();
  const { add } = vm.exports;
  const call = vm.runAsync('add', 1, 2);
  const busy = { name: 'EdgeError', kind: 'busy' };
  assert.throws(() => vm.run('add', 1, 2), busy);
  assert.throws(() => add(1, 2), busy);
  assert.throws(() => vm.reset(), busy);
  assert.throws(() => vm.memory(), busy);
  assert.equal(await call, 3);
  assert.equal(vm.run('add', 1, 2), 3);
  assert.equal(memory.read(0, 1).length, 1);
});

test('memory is busy while a guest on another thread has the store', async () => {
  let settle;
  const vm = load({ note: () => new Promise((resolve) => (settle = resolve)) });
  const memory = vm.memory();
  const call = vm.runAsync('call_note', 1, 'x');
  while (settle === undefined) await new Promise(setImmediate);
  assert.throws(() => memory.read(0, 1), { kind: 'busy' });
  assert.throws(() => memory.size, { kind: 'busy' });
  settle(1n);
  await call;
  assert.ok(memory.size > 0);
});

test('a host function cannot wait for the Vm that waits for it', async () => {
  const vm = load({ reenter: (n) => vm.runAsync('count_down', n) });
  await assert.rejects(vm.runAsync('call_reenter', 3), (error) => {
    assert.equal(error.kind, 'host_error');
    assert.equal(error.cause.kind, 'busy');
    return true;
  });
  const other = load();
  const fine = load({ reenter: (n) => other.runAsync('echo_u32', n) });
  assert.equal(await fine.runAsync('call_reenter', 3), 3);
});

test('more guests that wait for one another than there are threads', async () => {
  let all;
  const together = new Promise((resolve) => (all = resolve));
  let here = 0;
  const note = async () => {
    here += 1;
    if (here === 40) all(1n);
    return together;
  };
  const vms = Array.from({ length: 40 }, () => load({ note }));
  const results = await Promise.all(vms.map((vm) => vm.runAsync('call_note', 1, 'x')));
  assert.deepEqual(results, vms.map(() => 1n));
});

test('a Vm is loaded off the event loop, host functions of its initialisers included', async () => {
  const vm = await Vm.load(guest('conformance'), { imports: app() });
  assert.equal(vm.run('add', 1, 2), 3);
  const seen = [];
  const text = '(module (import "m" "f" (func $f (param i32))) (func $s (call $f (i32.const 7))) (start $s))';
  await Vm.load(edge.Module.fromText(text), { imports: { m: { f: (n) => void seen.push(n) } } });
  assert.deepEqual(seen, [7]);
});

test('closing lets the call in flight end', async () => {
  const vm = load();
  const call = vm.runAsync('add', 1, 2);
  vm.close();
  const outcome = await call.catch((error) => error);
  assert.ok(outcome === 3 || outcome.kind === 'closed', String(outcome));
});

test('the process stays for a promise and goes when it is settled', () => {
  const program = `const vm = helpers.load(); vm.runAsync('add', 1, 2).then((sum) => console.log(sum));`;
  assert.equal(output(node(program)), '3');
});

test('a process ends in the middle of a call', () => {
  const program = `const vm = helpers.load({ note: () => { console.log('here'); process.exit(3); } });
    vm.runAsync('call_note', 1, 'x');`;
  const result = node(program);
  assert.equal(result.status, 3, result.stderr);
  assert.equal(result.stdout.trim(), 'here');
});

test('a Vm may be forgotten while its call is in flight', () => {
  const program = `
    const call = (() => helpers.load({ note: async () => { global.gc(); return 5n; } }).runAsync('call_note', 1, 'x'))();
    global.gc();
    call.then((result) => console.log(result));`;
  assert.equal(output(node(program, ['--expose-gc'])), '5n');
});

