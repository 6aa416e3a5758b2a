'use strict';

/** Pools: who gets which guest, in what state, and work that guests share out among them. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { app, conformance, edge, guest, load, node, output } = require('./helpers.js');

const { Module, Pool, PooledVm, SharedMemory, Vm } = edge;
/** Fails a test that hangs; nothing is expected to take as long. */
const watchdog = { timeout: 20_000 };
const BUSY = { name: 'EdgeError', kind: 'busy', message: /all 1 guests of the pool are lent/ };
const CLOSED = { name: 'EdgeError', kind: 'closed' };

const text = `(module
  (global $state (mut i32) (i32.const 0))
  (memory (export "memory") 1)
  (func (export "count") (result i32) (global.set $state (i32.add (global.get $state) (i32.const 1))) (global.get $state))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 100) (local.get 0)))
  (func (export "spin") (param i32) (loop (br_if 0 (local.get 0)))))`;
const counting = Module.fromText(text);
const pooled = (settings) => Pool.load(counting, { size: 1, ...settings });

test('guests are made when they are needed, and no more than fit', watchdog, async () => {
  const pool = await pooled({ size: 2 });
  assert.deepEqual([pool.size, pool.made, pool.closed], [2, 1, false]);
  assert.ok(pool.module instanceof Module);
  const one = await pool.get();
  assert.equal(pool.made, 1);
  const two = pool.tryGet();
  assert.equal(pool.made, 2);
  assert.ok(one instanceof Vm && one instanceof PooledVm);
  assert.equal(one.run('count') + one.run('count') + two.run('count'), 4);
  assert.throws(() => pool.tryGet(), { ...BUSY, message: /all 2 guests/ });
  await assert.rejects(pool.get({ timeoutMs: 1 }), { ...BUSY, message: /all 2 guests/ });
  one.release();
  const three = pool.tryGet();
  assert.equal(pool.made, 2);
  three.release();
  two.release();
  pool.close();
  assert.equal(pool.made, 0);
});

test('as many as the machine has processors, at least one', watchdog, async () => {
  assert.ok((await Pool.load(counting)).size >= 1);
  assert.equal((await Pool.load(counting, { size: 0 })).size, 1);
});

test('who waits gets what comes back, in the order of asking', watchdog, async () => {
  const pool = await pooled();
  const first = await pool.get();
  const order = [];
  const waiting = ['a', 'b', 'c'].map(async (name) => {
    const vm = await pool.get({ timeoutMs: 2 ** 40 });
    order.push(name);
    vm.release();
  });
  first.release();
  await Promise.all(waiting);
  assert.deepEqual(order, ['a', 'b', 'c']);
  assert.equal(pool.made, 1);
});

test('nobody finds what another left, unless that is wanted', watchdog, async () => {
  for (const [keepState, expected] of [[false, 1], [true, 3]]) {
    const pool = await pooled({ keepState });
    const vm = pool.tryGet();
    assert.deepEqual([vm.run('count'), await vm.runAsync('count')], [1, 2]);
    vm.release();
    assert.equal(await pool.run('count'), expected);
    assert.equal(await pool.use((again) => again.run('count')), keepState ? 4 : 1);
  }
});

test('what a borrower kept does not reach the next one', watchdog, async () => {
  const pool = await pooled({ keepState: true });
  const vm = pool.tryGet();
  const { count } = vm.exports;
  const memory = vm.memory();
  assert.equal(count(), 1);
  assert.equal(vm.closed, false);
  vm.release();
  // Twice is once.
  vm.release();
  await vm.releaseAsync();
  vm.close();
  assert.equal(vm.closed, true);
  const back = { ...CLOSED, message: /given back to its pool/ };
  for (const use of [count, () => vm.run('count'), () => vm.exports.count(), () => vm.memory(), () => vm.store, () => vm.reset()]) {
    assert.throws(use, back);
  }
  await assert.rejects(vm.runAsync('count'), back);
  await assert.rejects(vm.startAsync(), back);
  assert.equal(memory.size, 1);
  assert.equal(await pool.run('count'), 2);
});

test('a guest goes back when its calls in flight have ended', watchdog, async () => {
  let settle;
  const pool = await Pool.load(conformance(), {
    size: 1,
    imports: app({ note: () => new Promise((resolve) => (settle = resolve)) }),
  });
  const vm = pool.tryGet();
  const call = vm.runAsync('call_note', 1, 'x');
  vm.release();
  assert.throws(() => vm.run('add', 1, 2), CLOSED);
  assert.throws(() => pool.tryGet(), BUSY);
  const next = pool.get();
  while (settle === undefined) await new Promise(setImmediate);
  settle(5n);
  assert.equal(await call, 5n);
  assert.equal((await next).run('add', 1, 2), 3);
});

test('given back by using, by disposal, and by being forgotten', watchdog, async () => {
  const pool = await pooled();
  const vm = pool.tryGet();
  vm[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
  const again = pool.tryGet();
  await again[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
  const mine = new Error('mine');
  await assert.rejects(pool.use(() => Promise.reject(mine)), mine);
  assert.equal(await pool.use(async (lent) => lent.runAsync('add', 1, 2), { timeoutMs: 1 }), 3);
  pool.tryGet().release();
  const program = `(async () => {
    const pool = await edge.Pool.load(helpers.conformance(), { size: 1, imports: helpers.app() });
    let { add } = (await pool.get()).exports;
    const next = pool.get();
    global.gc();
    // The function alone keeps the loan.
    console.log(add(1, 2), pool.made);
    add = undefined;
    let got;
    next.then((vm) => (got = vm));
    while (got === undefined) { global.gc(); await new Promise(setImmediate); }
    console.log(got.run('add', 3, 4));
  })()`;
  assert.equal(output(node(program, ['--expose-gc'])), '3 1\n7');
});

test('a poisoned guest is fresh for the next one, even where state is kept', watchdog, async () => {
  const pool = await Pool.load(conformance(), { size: 1, keepState: true, imports: app() });
  await assert.rejects(pool.run('recurse_for_ever'), { kind: 'stack_overflow' });
  const vm = pool.tryGet();
  assert.equal(vm.poisoned, null);
  assert.throws(() => vm.run('recurse_for_ever'), { kind: 'stack_overflow' });
  assert.match(vm.poisoned, /stack/);
  vm.release();
  assert.equal(await pool.run('add', 1, 2), 3);
});

test('a guest that cannot be made fresh is replaced', watchdog, async () => {
  const start = Module.fromText(`(module (import "m" "f" (func $f)) (start $f)
    (func (export "one") (result i32) (i32.const 1)))`);
  let fails = false;
  const f = () => {
    if (fails) throw new Error('no start');
  };
  const pool = await Pool.load(start, { size: 1, imports: { m: { f } } });
  const vm = pool.tryGet();
  fails = true;
  vm.release();
  assert.equal(pool.made, 0);
  // Whoever asks is told why there is none, and the place is free again.
  await assert.rejects(pool.get(), (error) => error.kind === 'host_error' && error.cause.message === 'no start');
  assert.throws(() => pool.tryGet(), { kind: 'host_error' });
  assert.deepEqual((await pool.map('one', [[]], { settled: true })).map(({ reason }) => reason.kind), ['host_error']);
  assert.equal(pool.made, 0);
  fails = false;
  assert.equal(await pool.run('one'), 1);
  assert.equal(pool.made, 1);
});

test('a pool whose module cannot be loaded is refused at once', watchdog, async () => {
  await assert.rejects(Pool.load(Buffer.from('nonsense')), { kind: 'malformed' });
  await assert.rejects(Pool.load(guest('conformance')), { kind: 'unknown_import' });
  const wrong = { name: 'EdgeError', kind: 'argument_type' };
  await assert.rejects(Pool.load(counting, { size: -1 }), wrong);
  await assert.rejects(Pool.load(counting, { keepState: 1 }), wrong);
  await assert.rejects(Pool.load(counting, { sise: 1 }), { ...wrong, message: /no "sise"; there are size/ });
  await assert.rejects(Pool.load(1), wrong);
  assert.throws(() => new Pool(), TypeError);
  assert.throws(() => new PooledVm(), TypeError);
});

test('a closed pool lends nothing, and tells who waits', watchdog, async () => {
  const pool = await pooled();
  const vm = pool.tryGet();
  const waiting = [pool.get(), pool.run('count'), pool.map('divide', [1, 2]), pool.use(() => {})];
  pool.close();
  pool.close();
  assert.ok(pool.closed);
  for (const call of waiting) await assert.rejects(call, { ...CLOSED, message: /pool/ });
  assert.equal(vm.run('count'), 1);
  assert.equal(pool.made, 1);
  vm.release();
  assert.equal(pool.made, 0);
  for (const call of [() => pool.get(), () => pool.run('count'), () => pool.map('divide', [1]), () => pool.use(() => {})]) {
    await assert.rejects(call, CLOSED);
  }
  assert.throws(() => pool.tryGet(), CLOSED);
});

test('waiting is ended by a signal', watchdog, async () => {
  const pool = await pooled();
  const vm = pool.tryGet();
  const controller = new AbortController();
  const waiting = pool.get({ signal: controller.signal });
  const mapping = pool.map('divide', [1], { signal: controller.signal });
  const reason = new Error('enough');
  controller.abort(reason);
  const ended = (error) => error.kind === 'cancelled' && error.cause === reason;
  await assert.rejects(waiting, ended);
  await assert.rejects(mapping, ended);
  await assert.rejects(pool.get({ signal: controller.signal }), ended);
  vm.release();
  assert.equal(await pool.run('count'), 1);
  await assert.rejects(pool.get({ signal: 1 }), { kind: 'argument_type' });
});

test('run: arguments are read when it is called', watchdog, async () => {
  const pool = await Pool.load(conformance(), { size: 1, imports: app() });
  const bytes = Uint8Array.of(1, 2, 3);
  const calls = [pool.run('echo_bytes', bytes), pool.run('echo_bytes', bytes)];
  bytes.fill(9);
  assert.deepEqual(await Promise.all(calls), [Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)]);
  await assert.rejects(pool.run('fails_string'), { kind: 'guest_error', value: 'it failed as asked' });
  await assert.rejects(pool.run('add', 1), { kind: 'argument_count' });
  await assert.rejects(pool.run('no_such'), { kind: 'unknown_export' });
  await assert.rejects(pool.run(1), { kind: 'argument_type' });
  const mine = new Error('mine');
  const getter = {
    get x() {
      throw mine;
    },
  };
  await assert.rejects(pool.run('echo_point', getter), mine);
  await assert.rejects(pool.map('echo_point', [getter]), mine);
});

test('map gives results in the order of the items', watchdog, async () => {
  const pool = await pooled({ size: 3 });
  const items = Array.from({ length: 500 }, (_, index) => [index, 1]);
  for (const threads of [1, 2, 3, 100]) {
    assert.deepEqual(await pool.map('add', items, { threads }), items.map(([index]) => index + 1));
  }
  assert.equal(pool.made, 3);
  assert.deepEqual(await pool.map('add', new Set(items)), items.map(([index]) => index + 1));
  assert.deepEqual(await pool.map('divide', []), []);
  assert.deepEqual(await pool.map('count', [[], []], { threads: 1 }), [1, 2]);
});

test('map of a function with one parameter takes bare items, arrays too', watchdog, async () => {
  const pool = await Pool.load(conformance(), { size: 2, imports: app() });
  assert.deepEqual(await pool.map('echo_string', ['a', 'b']), ['a', 'b']);
  const lists = [Uint8Array.of(1), [2, 3]];
  assert.deepEqual(await pool.map('echo_bytes', lists), [Uint8Array.of(1), Uint8Array.of(2, 3)]);
});

test('map: the first error, or what came of each', watchdog, async () => {
  const pool = await pooled({ size: 2 });
  const items = [1, 0, 2, -(2 ** 31), 'x', 4];
  await assert.rejects(pool.map('divide', items), { kind: 'integer_divide_by_zero' });
  const outcomes = await pool.map('divide', items, { settled: true });
  assert.deepEqual(outcomes.map((outcome) => outcome.value ?? outcome.reason.kind), [
    100, 'integer_divide_by_zero', 50, 0, 'argument_type', 25,
  ]);
  assert.deepEqual(outcomes[0], { status: 'fulfilled', value: 100 });
  assert.equal(outcomes[1].status, 'rejected');
  const [pair] = await pool.map('add', [3], { settled: true });
  assert.match(pair.reason.message, /add has 2 parameters: an item is an array/);
  const wrong = { name: 'EdgeError', kind: 'argument_type' };
  await assert.rejects(pool.map('divide', 5), wrong);
  await assert.rejects(pool.map('divide', [1], { threads: 1.5 }), wrong);
  await assert.rejects(pool.map('divide', [1], { settled: 'yes' }), wrong);
  await assert.rejects(pool.map('divide', [1], { thread: 1 }), wrong);
  await assert.rejects(pool.map('no_such', [1]), { kind: 'unknown_export' });
});

test('map: a guest that an item poisons serves the next one', watchdog, async () => {
  const pool = await Pool.load(conformance(), { size: 1, imports: app() });
  const outcomes = await pool.map('recurse', [3, 4_000_000_000, 4], { settled: true, threads: 1 });
  assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
  assert.equal(outcomes[1].reason.kind, 'stack_overflow');
});

test('map obeys a deadline for each item, and a signal for all', watchdog, async () => {
  const pool = await pooled({ size: 2 });
  const outcomes = await pool.map('spin', [1, 1, 1], { deadlineMs: 20, settled: true });
  assert.deepEqual(outcomes.map(({ reason }) => reason.kind), Array(3).fill('deadline_exceeded'));
  assert.equal((await pool.map('spin', [0, 0], { deadlineMs: 60_000 })).length, 2);
  const controller = new AbortController();
  const reason = new Error('enough');
  const ended = (error) => error.kind === 'cancelled' && error.cause === reason;
  const one = pool.map('spin', [1, 1, 1], { signal: controller.signal });
  const other = pool.map('spin', [1, 1], { signal: controller.signal, settled: true });
  setTimeout(() => controller.abort(reason), 10);
  await assert.rejects(one, ended);
  assert.deepEqual((await other).map((outcome) => ended(outcome.reason)), [true, true]);
  await assert.rejects(pool.map('divide', [1], { signal: controller.signal }), ended);
  assert.deepEqual(await pool.map('divide', [1]), [100]);
});

test('maps beside one another share the guests', watchdog, async () => {
  const pool = await pooled({ size: 2 });
  const items = Array.from({ length: 100 }, (_, index) => index + 1);
  const expected = items.map((n) => Math.trunc(100 / n));
  const maps = await Promise.all(Array.from({ length: 10 }, () => pool.map('divide', items)));
  for (const results of maps) assert.deepEqual(results, expected);
  assert.equal(pool.made, 2);
});

test('guests of a pool call host functions, which may be asynchronous and use the pool', watchdog, async () => {
  const pool = await Pool.load(conformance(), {
    size: 2,
    imports: app({ fetch: async (key) => `value of ${key}`, reenter: (n) => pool.run('echo_u32', n + 1) }),
  });
  assert.deepEqual(await pool.map('call_fetch', ['a', 'b', 'c']), ['value of a', 'value of b', 'value of c']);
  assert.equal(await pool.run('call_reenter', 7), 8);
});

test('a host function cannot give back the guest that waits for it', watchdog, async () => {
  let give;
  const pool = await Pool.load(conformance(), { size: 1, imports: app({ reenter: (n) => give(n) }) });
  const vm = pool.tryGet();
  give = (n) => {
    vm.release();
    return n;
  };
  assert.throws(() => vm.run('call_reenter', 1), (error) => error.kind === 'host_error' && error.cause.kind === 'busy');
  give = async (n) => {
    await vm.releaseAsync();
    return n;
  };
  vm.reset();
  await assert.rejects(vm.runAsync('call_reenter', 1), (error) => error.cause.kind === 'busy');
  vm.release();
  assert.equal(await pool.run('add', 1, 2), 3);
});

test('guests run at the same time: each waits for the other', watchdog, async () => {
  // More than the machine has processors, and than it has threads for guests at first.
  const size = 12;
  const memory = new SharedMemory({ min: 1, max: 1 });
  const meet = Module.fromText(`(module (import "m" "memory" (memory 1 1 shared))
    (func (export "spin") (param i32) (result i32)
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (loop (br_if 0 (i32.lt_u (i32.atomic.load (i32.const 0)) (local.get 0))))
      (i32.atomic.load (i32.const 0)))
    (func (export "wait") (param i32) (result i32)
      (if (i32.ge_u (i32.add (i32.atomic.rmw.add (i32.const 4) (i32.const 1)) (i32.const 1)) (local.get 0))
        (then (i32.atomic.store (i32.const 8) (i32.const 1)) (return (memory.atomic.notify (i32.const 8) (i32.const -1)))))
      (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))))`);
  const pool = await Pool.load(meet, { size, imports: { m: { memory } } });
  const two = await pool.map('spin', [2, 2], { threads: 2 });
  assert.deepEqual(two, [2, 2]);
  const outcomes = await pool.map('wait', Array(size).fill(size), { threads: size });
  assert.equal(outcomes.length, size);
  assert.equal(memory.atomicLoad32(4), size);
});

test('pools and their guests are collected', watchdog, () => {
  const program = `(async () => {
    const refs = [];
    for (let i = 0; i < 20; i += 1) {
      const pool = await edge.Pool.load(helpers.conformance(), { size: 2, imports: helpers.app({ note: () => pool.size }) });
      (await pool.get()).run('add', 1, 2);
      await pool.map('add', [[1, 2], [3, 4]]);
      refs.push(new WeakRef(pool));
    }
    let left = refs.length;
    for (let i = 0; i < 1000 && left > 1; i += 1) {
      // What was looked at stays until the turn has ended.
      await new Promise(setImmediate);
      global.gc();
      await new Promise(setImmediate);
      left = refs.filter((ref) => ref.deref()).length;
    }
    console.log(left <= 1);
  })()`;
  assert.equal(output(node(program, ['--expose-gc'])), 'true');
  assert.ok(load().run('add', 1, 2));
});
