'use strict';

/** Host functions that throw: what the caller gets, and how the guest is left. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { edge, load, node, output } = require('./helpers.js');

const { Linker, Module, Store, Vm } = edge;
const text = `(module (import "m" "f" (func $f (param i32) (result i32))) (global $n (mut i32) (i32.const 0))
  (func (export "call") (param i32) (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $f (local.get 0)))
  (func (export "n") (result i32) (global.get $n)))`;
const plain = (f) => Vm.loadSync(Module.fromText(text), { imports: { m: { f } } });
/** What may be thrown: anything. */
const THROWN = [new Error('mine'), new TypeError('mine'), { any: 'object' }, 'text', 7, null, undefined, Symbol('s'), Object.create(null)];
const failed = (thrown) => (error) => {
  assert.ok(error instanceof edge.EdgeError);
  assert.deepEqual([error.kind, error.phase], ['host_error', 'host']);
  assert.ok('cause' in error && Object.is(error.cause, thrown), 'the cause is the very value');
  return true;
};

test('a plain guest goes on to work', async () => {
  for (const thrown of THROWN) {
    const vm = plain((n) => {
      if (n === 0) throw thrown;
      return n;
    });
    assert.throws(() => vm.run('call', 0), failed(thrown));
    await assert.rejects(vm.runAsync('call', 0), failed(thrown));
    assert.equal(vm.poisoned, null);
    // What it did before stands: nothing was rolled back, nothing corrupted.
    assert.deepEqual([vm.run('call', 5), vm.run('n')], [5, 3]);
  }
});

test('so does one whose asynchronous host function rejects', async () => {
  for (const thrown of THROWN) {
    const vm = plain(async (n) => {
      await null;
      if (n === 0) throw thrown;
      return n;
    });
    await assert.rejects(vm.runAsync('call', 0), failed(thrown));
    assert.deepEqual([vm.poisoned, await vm.runAsync('call', 5), vm.run('n')], [null, 5, 2]);
  }
});

test('a promise of another make counts as one; one that lies harms nobody', async () => {
  const vm = plain((n) => (n === 0 ? { then: (_, reject) => reject('no') } : { then: (resolve) => (resolve(n), resolve(9)) }));
  await assert.rejects(vm.runAsync('call', 0), failed('no'));
  assert.equal(await vm.runAsync('call', 5), 5);
  const bad = new Error('a getter');
  const getter = plain(() => ({
    get then() {
      throw bad;
    },
  }));
  await assert.rejects(getter.runAsync('call', 0), failed(bad));
});

test('a bindgen guest is poisoned, and works after a reset', async () => {
  const mine = new Error('mine');
  const fail = () => {
    throw mine;
  };
  const sync = async (vm) => vm.run('call_multiply', 1, 2);
  const async = (vm) => vm.runAsync('call_multiply', 1, 2);
  const promised = { kind: 'result_type', message: /returned a promise/ };
  for (const [multiply, call, expected] of [
    [fail, sync, failed(mine)],
    [fail, async, failed(mine)],
    [async () => fail(), async, failed(mine)],
    // A synchronous call cannot wait.
    [async () => 1, sync, promised],
  ]) {
    const vm = load({ multiply });
    await assert.rejects(call(vm), expected);
    assert.match(vm.poisoned, /mine|promise/);
    assert.throws(() => vm.run('add', 1, 2), { kind: 'poisoned' });
    vm.reset();
    assert.deepEqual([vm.poisoned, vm.run('add', 1, 2)], [null, 3]);
  }
});

test('through several guests the first cause stays', () => {
  const mine = new Error('mine');
  const inner = plain(() => {
    throw mine;
  });
  const outer = plain((n) => inner.run('call', n));
  assert.throws(() => outer.run('call', 1), (error) => error.cause instanceof edge.EdgeError && failed(mine)(error.cause));
});

test('below Vm: functions of a linker', () => {
  const store = new Store();
  const mine = new Error('mine');
  const linker = new Linker().func('m', 'f', { params: ['i32'], results: ['i32'] }, (n) => {
    if (n === 0) throw mine;
    return n;
  });
  const instance = linker.instantiate(store, Module.fromText(text));
  assert.throws(() => instance.func('call').call(0), failed(mine));
  assert.equal(instance.func('call').call(3), 3);
});

test('an exception that nobody can describe is thrown all the same', async () => {
  const trap = () => {
    throw new Error('no access');
  };
  const odd = {
    get message() {
      throw new Error('no message');
    },
    toString() {
      throw new Error('no text');
    },
  };
  for (const thrown of [odd, new Proxy({}, { get: trap, getPrototypeOf: trap })]) {
    const vm = plain((n) => {
      if (n === 0) throw thrown;
      return n;
    });
    for (const call of [async () => vm.run('call', 0), () => vm.runAsync('call', 0)]) {
      // Nothing may look at it, the test's own checks included.
      const error = await call().catch((reason) => reason);
      assert.ok(error.kind === 'host_error' && error.cause === thrown);
    }
    assert.equal(vm.run('call', 5), 5);
  }
});

test('a rejection that comes after the guest was stopped is nobody\'s', () => {
  const program = `
    process.on('unhandledRejection', (reason) => console.log('unhandled', reason));
    let fail;
    const vm = edge.Vm.loadSync(edge.Module.fromText('(module (import "m" "f" (func $f)) (func (export "call") (call $f)))'),
      { imports: { m: { f: () => new Promise((_, reject) => (fail = reject)) } } });
    vm.with({ deadlineMs: 20 }).runAsync('call').catch((error) => {
      console.log(error.kind);
      fail(new Error('late'));
      setImmediate(() => console.log('done'));
    });`;
  assert.equal(output(node(program)), 'deadline_exceeded\ndone');
});
