'use strict';

/** Calls that are ended: by a deadline, a token, a signal, from outside; and that the guest works afterwards. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const path = require('node:path');
const { edge, load, node, output } = require('./helpers.js');

const { CancelToken, Module, SharedMemory, Vm, Wasi } = edge;
/** Fails a test that hangs; nothing is expected to take as long. */
const watchdog = { timeout: 20_000 };

const text = `(module
  (import "env" "f" (func $f (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "\\00")
  (func (export "spin") (loop (br 0)))
  (func (export "calls") (loop (drop (call $f (i32.const 1))) (br 0)))
  (func (export "once") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "sleep") (param i64)
    (i64.store (i32.const 24) (local.get 0))
    (i32.store (i32.const 16) (i32.const 1))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
  (func (export "fine") (result i32) (i32.const 7)))`;
let compiled;
const stoppable = (f = (n) => n, settings = {}) => {
  compiled ??= Module.fromText(text);
  return Vm.loadSync(compiled, { imports: { env: { f } }, wasi: new Wasi(), ...settings });
};
const HOUR = 3_600_000_000_000n;
const LATE = { name: 'EdgeError', kind: 'deadline_exceeded', phase: 'execute' };
const CANCELLED = { name: 'EdgeError', kind: 'cancelled' };

/** A signal ends the call, with its reason, and the guest works afterwards. */
async function endsBySignal(vm, name, ...args) {
  const controller = new AbortController();
  const call = vm.with({ signal: controller.signal }).runAsync(name, ...args);
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 10);
  await assert.rejects(call, (error) => error.kind === 'cancelled' && error.cause === reason);
  assert.equal(await vm.runAsync('fine'), 7);
}

for (const [name, ...args] of [['spin'], ['calls'], ['sleep', HOUR]]) {
  test(`a deadline ends ${name}`, watchdog, () => {
    const vm = stoppable();
    assert.throws(() => vm.with({ deadlineMs: 20 }).run(name, ...args), LATE);
    assert.equal(vm.run('fine'), 7);
    assert.throws(() => stoppable(undefined, { limits: { deadlineMs: 20 } }).run(name, ...args), LATE);
  });

  test(`a deadline ends ${name} on a thread of runAsync`, watchdog, async () => {
    const vm = stoppable();
    await assert.rejects(vm.with({ deadlineMs: 20 }).runAsync(name, ...args), LATE);
    assert.equal(await vm.runAsync('fine'), 7);
  });

  test(`a signal ends ${name}`, watchdog, () => endsBySignal(stoppable(), name, ...args));

  test(`a token ends ${name}`, watchdog, async () => {
    const vm = stoppable();
    const token = new CancelToken();
    const calls = vm.with({ cancel: token });
    const call = calls.runAsync(name, ...args);
    setTimeout(() => token.cancel(), 10);
    await assert.rejects(call, CANCELLED);
    assert.ok(token.cancelled);
    // For ever.
    await assert.rejects(calls.runAsync('fine'), CANCELLED);
    assert.throws(() => calls.run('fine'), CANCELLED);
    assert.equal(vm.run('fine'), 7);
  });

  test(`vm.cancel ends ${name}`, watchdog, async () => {
    const vm = stoppable();
    let settled = false;
    const call = vm.runAsync(name, ...args).finally(() => (settled = true));
    const failed = assert.rejects(call, CANCELLED);
    // Until the call has begun there is nothing to end.
    while (!settled) {
      vm.cancel();
      await new Promise(setImmediate);
    }
    await failed;
    assert.equal(vm.cancel(), false);
    assert.equal(await vm.runAsync('fine'), 7);
  });
}

test('a guest that waits for a promise is ended', watchdog, async () => {
  let late;
  const vm = stoppable(() => new Promise((resolve) => (late = resolve)));
  await assert.rejects(vm.with({ deadlineMs: 20 }).runAsync('once', 1), LATE);
  // An answer that comes too late is nobody's.
  late(5);
  const call = vm.with({ deadlineMs: 10_000 }).runAsync('once', 1);
  late = undefined;
  while (late === undefined) await new Promise(setImmediate);
  late(6);
  assert.equal(await call, 6);
});

test('a deadline and a signal end a fill of 4 GiB', watchdog, async () => {
  const text = `(module (memory 65535) (func (export "fine") (result i32) (i32.const 7))
    (func (export "fill") (loop (memory.fill (i32.const 0) (i32.const 0) (i32.const 0xffff0000)) (br 0))))`;
  const vm = Vm.loadSync(Module.fromText(text), { limits: { memory: 2 ** 32 } });
  assert.throws(() => vm.with({ deadlineMs: 10 }).run('fill'), LATE);
  assert.equal(vm.run('fine'), 7);
  await endsBySignal(vm, 'fill');
});

test('a deadline and a signal end an atomic wait', watchdog, async () => {
  const memory = new SharedMemory({ min: 1, max: 1 });
  const text = `(module (import "m" "memory" (memory 1 1 shared)) (func (export "fine") (result i32) (i32.const 7))
    (func (export "wait") (param i64) (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (local.get 0))))`;
  const vm = Vm.loadSync(Module.fromText(text), { imports: { m: { memory } } });
  for (const time of [-1n, HOUR * 1000n]) {
    assert.throws(() => vm.with({ deadlineMs: 10 }).run('wait', time), LATE);
    await assert.rejects(vm.with({ deadlineMs: 10 }).runAsync('wait', time), LATE);
    await endsBySignal(vm, 'wait', time);
  }
  // Who was stopped does not wait any more.
  assert.equal(memory.notify(0), 0);
});

test('a host function cannot keep a stopped guest alive', watchdog, () => {
  const vm = stoppable(() => {
    try {
      return vm.run('spin');
    } catch {
      return 1;
    }
  });
  assert.throws(() => vm.with({ deadlineMs: 20 }).run('calls'), LATE);
});

test('a signal that a host function aborts ends the synchronous call', watchdog, () => {
  const controller = new AbortController();
  const vm = stoppable((n) => {
    controller.abort();
    return n;
  });
  assert.throws(() => vm.with({ signal: controller.signal }).run('calls'), (error) => {
    assert.equal(error.kind, 'cancelled');
    assert.equal(error.cause, controller.signal.reason);
    return true;
  });
  assert.throws(() => vm.with({ signal: controller.signal }).run('fine'), CANCELLED);
  assert.equal(vm.run('fine'), 7);
});

test('a bindgen guest is poisoned by a stop, and works after a reset', watchdog, async () => {
  let begun;
  const vm = load({ note: () => new Promise(() => (begun = true)) });
  const controller = new AbortController();
  const call = vm.with({ signal: controller.signal }).runAsync('call_note', 1, 'x');
  while (!begun) await new Promise(setImmediate);
  controller.abort();
  await assert.rejects(call, CANCELLED);
  assert.match(vm.poisoned, /cancelled/);
  assert.throws(() => vm.run('add', 1, 2), { kind: 'poisoned' });
  vm.reset();
  assert.equal(vm.run('add', 1, 2), 3);
});

test('store.with holds for all calls inside', watchdog, () => {
  const vm = stoppable();
  const spin = vm.func('spin');
  assert.throws(() => vm.store.with({ deadlineMs: 20 }, () => spin.call()), LATE);
  assert.equal(vm.store.with({ deadlineMs: 10_000 }, () => vm.run('fine') + 1), 8);
  const mine = new Error('mine');
  assert.throws(
    () => vm.store.with({}, () => {
      throw mine;
    }),
    mine,
  );
});

test('options that are none', () => {
  const vm = stoppable();
  const wrong = { name: 'EdgeError', kind: 'argument_type' };
  assert.throws(() => vm.with({ deadline: 1 }), wrong);
  assert.throws(() => vm.with({ deadlineMs: -1 }), wrong);
  assert.throws(() => vm.with({ fuel: 1.5 }), wrong);
  assert.throws(() => vm.with({ cancel: {} }), wrong);
  assert.throws(() => vm.with({ signal: true }), wrong);
  assert.throws(() => vm.with({}).run(1), wrong);
  assert.throws(() => vm.with({ fuel: 1 }).run('fine'), { kind: 'not_enabled' });
  assert.equal(vm.with().run('fine'), 7);
});

test('a read of a pipe that nobody writes is ended by a deadline and by a signal', watchdog, async () => {
  const program = `
    const edge = require(${JSON.stringify(path.join(__dirname, '..'))});
    const text = '(module (import "wasi_snapshot_preview1" "fd_read" (func $r (param i32 i32 i32 i32) (result i32)))'
      + '(memory (export "memory") 1) (data (i32.const 0) "\\\\10\\\\00\\\\00\\\\00\\\\01")'
      + '(func (export "read") (drop (call $r (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64))))'
      + '(func (export "fine") (result i32) (i32.const 7)))';
    const vm = edge.Vm.loadSync(edge.Module.fromText(text), { wasi: new edge.Wasi({ stdin: 'inherit' }) });
    try { vm.with({ deadlineMs: 20 }).run('read'); } catch (error) { console.log(error.kind, vm.run('fine')); }
    const controller = new AbortController();
    setTimeout(() => controller.abort('enough'), 20);
    vm.with({ signal: controller.signal }).runAsync('read').catch((error) => console.log(error.kind, error.cause, vm.run('fine')));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'], timeout: 15_000 });
  let printed = '';
  for await (const chunk of child.stdout) printed += chunk;
  assert.equal(printed.trim(), 'deadline_exceeded 7\ncancelled enough 7');
});

test('a call that is queued behind another is ended before its turn', watchdog, async () => {
  const seen = [];
  let settle;
  const vm = stoppable((n) => {
    seen.push(n);
    return new Promise((resolve) => (settle = resolve));
  });
  const first = vm.runAsync('once', 1);
  const controller = new AbortController();
  const token = new CancelToken();
  const reason = new Error('enough');
  const queued = [
    vm.with({ signal: controller.signal }).runAsync('once', 2),
    vm.with({ cancel: token }).runAsync('once', 3),
    vm.with({ deadlineMs: 10 }).runAsync('once', 4),
    vm.with({ signal: controller.signal, deadlineMs: 10_000 }).startAsync(),
  ];
  controller.abort(reason);
  token.cancel();
  const outcomes = await Promise.allSettled(queued);
  assert.deepEqual(outcomes.map((outcome) => outcome.reason.kind), ['cancelled', 'cancelled', 'deadline_exceeded', 'cancelled']);
  assert.equal(outcomes[0].reason.cause, reason);
  // All that while the first one has not ended, and none of them has begun.
  while (settle === undefined) await new Promise(setImmediate);
  settle(5);
  assert.equal(await first, 5);
  assert.equal(await vm.runAsync('fine'), 7);
  assert.deepEqual(seen, [1]);
});

test('the deadline of a queued call counts from when it was made', watchdog, async () => {
  const vm = stoppable();
  const token = new CancelToken();
  const blocking = vm.with({ cancel: token }).runAsync('spin');
  await assert.rejects(vm.with({ deadlineMs: 20 }).runAsync('fine'), { ...LATE, message: /before the turn/ });
  const patient = vm.with({ deadlineMs: 60_000 }).runAsync('fine');
  token.cancel();
  await assert.rejects(blocking, CANCELLED);
  assert.equal(await patient, 7);
  // What was given up is in nobody's way.
  assert.equal(vm.run('fine'), 7);
  await assert.rejects(vm.with({ deadlineMs: 0 }).runAsync('spin'), LATE);
});

test('a signal that is aborted already begins nothing', watchdog, async () => {
  const seen = [];
  const vm = stoppable((n) => seen.push(n));
  await assert.rejects(vm.with({ signal: AbortSignal.abort() }).runAsync('once', 1), CANCELLED);
  assert.equal(await vm.runAsync('fine'), 7);
  assert.deepEqual(seen, []);
});

test('one signal ends any number of calls, without a warning', watchdog, () => {
  const program = `
    process.on('warning', (warning) => console.log(String(warning)));
    const module = edge.Module.fromText('(module (func (export "spin") (loop (br 0))))');
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 30 }, () => edge.Vm.loadSync(module).with({ signal }).runAsync('spin'));
    edge.Pool.load(module, { size: 1 }).then(async (pool) => {
      const vm = pool.tryGet();
      calls.push(...Array.from({ length: 30 }, () => pool.get({ signal })));
      controller.abort();
      const kinds = (await Promise.allSettled(calls)).map(({ reason }) => reason.kind);
      setImmediate(() => console.log(kinds.length, ...new Set(kinds)));
    });`;
  assert.equal(output(node(program)), '60 cancelled');
});
