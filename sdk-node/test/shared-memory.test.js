'use strict';

/** Memories that threads share: copies, atomics, waiting, several guests and several threads of JavaScript. */

const test = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { edge, node, output } = require('./helpers.js');

const { CancelToken, Engine, Instance, Linker, Memory, Module, SharedMemory, Store, Vm } = edge;
/** Fails a test that hangs; nothing is expected to take as long. */
const watchdog = { timeout: 20_000 };
const wrong = { name: 'EdgeError', kind: 'argument_type' };
const outside = { name: 'EdgeError', kind: 'memory_out_of_bounds' };

const guest = Module.fromText(`(module (import "env" "memory" (memory 1 4 shared))
  (func (export "load") (param i32) (result i32) (i32.atomic.load (local.get 0)))
  (func (export "add") (param i32 i32) (result i32) (i32.atomic.rmw.add (local.get 0) (local.get 1)))
  (func (export "adds") (param i32)
    (loop (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "wait") (param i32) (result i32) (memory.atomic.wait32 (i32.const 64) (local.get 0) (i64.const -1)))
  (func (export "notify") (result i32) (memory.atomic.notify (i32.const 64) (i32.const -1)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1))))`);
const load = (memory) => Vm.loadSync(guest, { imports: { env: { memory } } });

/** Runs a program in a worker; `edge`, `data` and `parent` are there. What it posts first. */
function worker(program, data) {
  const head = `const { parentPort: parent, workerData: data } = require('node:worker_threads');
    const edge = require(${JSON.stringify(path.join(__dirname, '..'))});`;
  return new Promise((resolve, reject) => {
    const thread = new Worker(head + program, { eval: true, workerData: data });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

test('sizes, copies and growth', () => {
  const memory = new SharedMemory({ min: 1, max: 3 });
  assert.deepEqual(memory.type, { kind: 'memory', min: 1, max: 3, shared: true });
  assert.deepEqual([memory.size, memory.byteLength], [1, 65536]);
  memory.write(10, Uint8Array.of(1, 2, 3));
  memory.write(16n, Float32Array.of(1));
  const copy = memory.read(9, 5);
  assert.deepEqual(copy, Uint8Array.of(0, 1, 2, 3, 0));
  copy.fill(9);
  assert.deepEqual(memory.read(9, 5), Uint8Array.of(0, 1, 2, 3, 0));
  assert.equal(memory.view, undefined);
  assert.equal(memory.grow(2), 1);
  assert.deepEqual([memory.size, memory.type.min], [3, 3]);
  assert.throws(() => memory.grow(1), { kind: 'memory_limit' });
  assert.throws(() => memory.read(3 * 65536, 1), { ...outside, message: /1 bytes at 196608/ });
  assert.throws(() => memory.write(3 * 65536, Uint8Array.of(1)), outside);
  assert.ok(memory.engine instanceof Engine);
  assert.ok(memory.same(memory) && !memory.same(new SharedMemory({ min: 1, max: 3 })));
  for (const type of [undefined, { min: 1 }, { min: 2, max: 1 }, { min: 1, max: 1, shared: false }, { min: -1, max: 1 }]) {
    assert.throws(() => new SharedMemory(type), wrong);
  }
  assert.throws(() => new Memory(new Store(), memory.type), { ...wrong, message: /is a SharedMemory/ });
  for (const use of [() => memory.read(-1, 1), () => memory.write(0, 'x'), () => memory.same({}), () => memory.grow('x')]) {
    assert.throws(use, wrong);
  }
});

test('integers are accessed as atomics', () => {
  const memory = new SharedMemory({ min: 1, max: 1 });
  for (const bits of [8, 16, 32, 64]) {
    const int = (n) => (bits === 64 ? BigInt.asUintN(64, BigInt(n)) : n < 0 ? n + 2 ** bits : n);
    const at = 2 * bits;
    const [load, store, add, exchange] = ['Load', 'Store', 'Add', 'CompareExchange'].map((name) => memory[`atomic${name}${bits}`].bind(memory));
    assert.equal(store(at, -2), undefined);
    assert.equal(load(at), int(-2));
    assert.equal(add(at, 5), int(-2));
    assert.equal(load(at), int(3));
    assert.equal(add(at, int(-1)), int(3));
    assert.equal(exchange(at, 7, 9), int(2));
    assert.equal(exchange(at, 2, -1), int(2));
    assert.equal(load(at), int(-1));
    assert.deepEqual(memory.read(at, bits / 8 + 1), Uint8Array.of(...Array(bits / 8).fill(255), 0));
    assert.throws(() => load(65536), outside);
    if (bits > 8) assert.throws(() => load(1), { kind: 'unaligned_atomic' });
    for (const value of [undefined, 'x', 0.5, 2 ** bits, -(2 ** bits), null]) {
      if (bits === 64 && Number.isInteger(value)) continue;
      assert.throws(() => store(at, value), wrong);
      assert.throws(() => exchange(at, 1, value), wrong);
    }
  }
  assert.throws(() => memory.atomicAdd64(0, 2n ** 64n), wrong);
});

test('several guests on several threads use one memory', watchdog, async () => {
  const memory = new SharedMemory({ min: 1, max: 4 });
  const [one, two] = [load(memory), load(memory)];
  await Promise.all([one.runAsync('adds', 20_000), two.runAsync('adds', 20_000)]);
  assert.equal(memory.atomicLoad32(0), 40_000);
  memory.atomicStore32(4, 7);
  assert.deepEqual([one.run('load', 4), two.run('load', 4)], [7, 7]);
  assert.equal(one.run('grow'), 1);
  assert.equal(memory.size, 2);
  assert.equal(memory.grow(1), 2);
  assert.equal(two.run('grow'), 3);
});

test('by imports, linkers and instances; of its engine only', watchdog, () => {
  const memory = new SharedMemory({ min: 1, max: 4 });
  memory.atomicStore32(0, 5);
  const linker = new Linker().define('env', 'memory', memory);
  assert.equal(Vm.loadSync(guest, { linker }).run('load', 0), 5);
  assert.equal(linker.instantiate(new Store(), guest).func('load').call(0), 5);
  assert.equal(new Instance(new Store(), guest, [memory]).func('load').call(0), 5);
  // Imports replace what the linker defines.
  const other = new SharedMemory({ min: 1, max: 4 });
  assert.equal(Vm.loadSync(guest, { linker, imports: { env: { memory: other } } }).run('load', 0), 0);
  const foreign = new SharedMemory({ min: 1, max: 4 }, { engine: new Engine() });
  assert.throws(() => load(foreign), { kind: 'wrong_store' });
  assert.throws(() => load(new SharedMemory({ min: 1, max: 5 })), { kind: 'incompatible_import' });
  assert.throws(() => load({}), { ...wrong, message: /is a function or a SharedMemory, not an object/ });
});

test('what a guest exports comes out as it', watchdog, async () => {
  const own = Module.fromText(`(module (import "m" "f" (func $f (result i32)))
    (memory (export "memory") 1 2 shared) (memory (export "own") 1)
    (func (export "load") (result i32) (i32.atomic.load (i32.const 8))) (func (export "call") (result i32) (call $f)))`);
  const linker = new Linker().func('m', 'f', { results: ['i32'] }, (caller) => {
    assert.ok(caller.memory(0) instanceof SharedMemory);
    assert.ok(caller.memory(1) instanceof Memory);
    assert.equal(caller.memory(2), null);
    return caller.memory().atomicLoad32(8);
  }, { caller: true });
  const vm = Vm.loadSync(own, { linker });
  const memory = vm.sharedMemory();
  assert.ok(memory instanceof SharedMemory);
  memory.atomicStore32(8, 42);
  assert.equal(vm.run('load'), 42);
  assert.equal(await vm.runAsync('call'), 42);
  assert.ok(vm.instance.exports.memory instanceof SharedMemory);
  assert.ok(vm.instance.sharedMemory('memory').same(memory));
  assert.throws(() => vm.memory(), { kind: 'wrong_export_kind' });
  assert.throws(() => vm.sharedMemory('own'), { kind: 'wrong_export_kind' });
  assert.throws(() => vm.sharedMemory('no'), { kind: 'unknown_export' });
  // It outlives its guest.
  vm.close();
  assert.equal(memory.atomicLoad32(8), 42);
});

test('a guest that waits on a thread of runAsync is notified from here', watchdog, async () => {
  const memory = new SharedMemory({ min: 1, max: 4 });
  const vm = load(memory);
  assert.equal(memory.notify(64), 0);
  const call = vm.runAsync('wait', 0);
  while (memory.notify(64) === 0) await new Promise(setImmediate);
  assert.equal(await call, 0);
  assert.equal(await vm.runAsync('wait', 1), 1);
  assert.throws(() => memory.notify(66), { kind: 'unaligned_atomic' });
  assert.throws(() => memory.notify(64, -1), wrong);
});

test('JavaScript waits for a guest without blocking', watchdog, async () => {
  const memory = new SharedMemory({ min: 1, max: 4 });
  const vm = load(memory);
  const waits = [memory.waitAsync32(64, 0), memory.waitAsync32(64, 0, { timeoutMs: Infinity })];
  let woken = 0;
  while (woken < 2) {
    woken += vm.run('notify');
    await new Promise(setImmediate);
  }
  assert.deepEqual(await Promise.all(waits), ['ok', 'ok']);
  assert.equal(await memory.waitAsync32(64, 1), 'not-equal');
  assert.equal(await memory.waitAsync64(64, -1n), 'not-equal');
  assert.equal(await memory.waitAsync64(64, 0, { timeoutMs: 1 }), 'timed-out');
  await assert.rejects(memory.waitAsync32(2, 0), { kind: 'unaligned_atomic' });
  await assert.rejects(memory.waitAsync32(65536, 0), outside);
  await assert.rejects(memory.waitAsync32(0, 'x'), wrong);
  await assert.rejects(memory.waitAsync32(0, 0, { timeoutMs: -1 }), wrong);
  await assert.rejects(memory.waitAsync32(0, 0, { signal: 1 }), wrong);
});

test('a signal ends waiting', watchdog, async () => {
  const memory = new SharedMemory({ min: 1, max: 1 });
  const controller = new AbortController();
  const wait = memory.waitAsync32(0, 0, { signal: controller.signal });
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 5);
  const ended = (error) => error.kind === 'cancelled' && error.cause === reason;
  await assert.rejects(wait, ended);
  await assert.rejects(memory.waitAsync32(0, 0, { signal: controller.signal }), ended);
});

test('more waits than there are threads for guests', watchdog, async () => {
  const memory = new SharedMemory({ min: 1, max: 1 });
  const waits = Array.from({ length: 30 }, () => memory.waitAsync32(0, 0));
  let woken = 0;
  while (woken < waits.length) {
    woken += memory.notify(0, 1);
    await new Promise(setImmediate);
  }
  assert.deepEqual(new Set(await Promise.all(waits)), new Set(['ok']));
});

test('the main thread must not wait', () => {
  const memory = new SharedMemory({ min: 1, max: 1 });
  assert.throws(() => memory.wait32(0, 0), { name: 'EdgeError', kind: 'unsupported', message: /use waitAsync32/ });
  assert.throws(() => memory.wait64(0, 0n), { kind: 'unsupported', message: /use waitAsync64/ });
});

test('a worker uses the same memory, and waits at once', watchdog, async () => {
  const memory = new SharedMemory({ min: 1, max: 1 });
  const answer = worker(
    `const memory = edge.SharedMemory.from(data);
    memory.atomicAdd32(0, 42);
    const outcomes = [memory.wait32(8, 1), memory.wait32(8, 0, { timeoutMs: 1 }), memory.wait64(16, 0n)];
    parent.postMessage([outcomes, memory.atomicLoad32(24)]);`,
    memory.share(),
  );
  memory.atomicStore32(24, 7);
  while (memory.notify(16) === 0) await new Promise(setImmediate);
  assert.deepEqual(await answer, [['not-equal', 'timed-out', 'ok'], 7]);
  assert.equal(memory.atomicLoad32(0), 42);
});

test('guests of two threads of JavaScript meet in one memory, with one module of one engine', watchdog, async () => {
  const engine = new Engine({ fuel: true });
  const memory = new SharedMemory({ min: 1, max: 4 }, { engine });
  const module = Module.fromText(
    `(module (import "env" "memory" (memory 1 4 shared))
      (func (export "meet") (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
        (loop (br_if 0 (i32.lt_u (i32.atomic.load (i32.const 0)) (i32.const 2))))))`,
    { engine },
  );
  const answer = worker(
    `const [memory, module, engine] = [edge.SharedMemory.from(data.memory), edge.Module.from(data.module), edge.Engine.from(data.engine)];
    edge.Vm.loadSync(module, { engine, imports: { env: { memory } } }).run('meet');
    parent.postMessage(engine.settings.fuel);`,
    { memory: memory.share(), module: module.share(), engine: engine.share() },
  );
  await Vm.loadSync(module, { imports: { env: { memory } } }).runAsync('meet');
  assert.equal(await answer, true);
  assert.equal(memory.atomicLoad32(0), 2);
});

test('a token ends calls in another thread of JavaScript', watchdog, async () => {
  const token = new CancelToken();
  const memory = new SharedMemory({ min: 1, max: 1 });
  const answer = worker(
    `const memory = edge.SharedMemory.from(data.memory);
    const vm = edge.Vm.loadSync(edge.Module.fromText('(module (func (export "spin") (loop (br 0))))'));
    memory.atomicStore32(0, 1);
    try {
      vm.with({ cancel: edge.CancelToken.from(data.token) }).run('spin');
    } catch (error) {
      parent.postMessage(error.kind);
    }`,
    { token: token.share(), memory: memory.share() },
  );
  while (memory.atomicLoad32(0) === 0) await new Promise(setImmediate);
  token.cancel();
  assert.equal(await answer, 'cancelled');
  assert.ok(CancelToken.from(token.share()).cancelled);
});

test('tickets that are none, or of nothing any more', () => {
  const memory = new SharedMemory({ min: 1, max: 1 });
  const ticket = memory.share();
  assert.deepEqual(structuredClone(ticket), ticket);
  assert.deepEqual(memory.share(), ticket);
  assert.ok(SharedMemory.from(structuredClone(ticket)).same(memory));
  assert.throws(() => SharedMemory.from(memory), { ...wrong, message: /takes the ticket that share\(\) of a SharedMemory gives/ });
  assert.throws(() => SharedMemory.from(structuredClone(memory)), wrong);
  assert.throws(() => SharedMemory.from(undefined), wrong);
  assert.throws(() => Module.from(ticket), { ...wrong, message: /not one of a SharedMemory/ });
  assert.throws(() => SharedMemory.from({ ...ticket, process: 1 }), { kind: 'closed', message: /process 1/ });
  assert.throws(() => SharedMemory.from({ ...ticket, number: 2 ** 50 }), { kind: 'closed', message: /is gone/ });
  // Nobody has it any more; the ticket alone keeps nothing.
  const program = `(async () => {
    let memory = new edge.SharedMemory({ min: 1, max: 1 });
    const ticket = memory.share();
    let taken = edge.SharedMemory.from(ticket);
    memory = undefined;
    await new Promise(setImmediate);
    global.gc();
    await new Promise(setImmediate);
    console.log(edge.SharedMemory.from(ticket).size);
    taken = undefined;
    for (;;) {
      await new Promise(setImmediate);
      global.gc();
      await new Promise(setImmediate);
      try { edge.SharedMemory.from(ticket); } catch (error) { console.log(error.kind); break; }
    }
  })()`;
  assert.equal(output(node(program, ['--expose-gc'])), '1\nclosed');
});
