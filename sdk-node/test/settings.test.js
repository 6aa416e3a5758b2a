'use strict';

/** Settings of engines, limits, fuel and statistics. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { edge } = require('./helpers.js');

const { Engine, HostModule, Linker, Module, Store, Vm } = edge;
const wrong = { name: 'EdgeError', kind: 'argument_type' };
const text = `(module
  (memory (export "memory") 1) (table 1 funcref)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func $deep (export "deep") (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "spin") (loop (br 0))))`;
const vmIn = (settings, more) => Vm.loadSync(Module.fromText(text, { engine: new Engine(settings) }), more);

test('settings are told as they were made', () => {
  const made = {
    optLevel: 'speedAndSize',
    threads: 2,
    signals: false,
    interruptible: true,
    deterministic: true,
    fuel: true,
    countInstructions: true,
    measureTime: true,
  };
  const engine = new Engine({
    ...made,
    proposals: { SIMD: false, 'relaxed-simd': false },
    costTable: { 'i32.add': 10 },
    limits: { memory: 1 << 20, fuel: 50n, deadlineMs: 1500, module: { functions: 7 } },
  });
  const { settings } = engine;
  for (const [name, value] of Object.entries(made)) assert.equal(settings[name], value, name);
  assert.equal(settings.interpreter, false);
  assert.equal(settings.proposals.simd, false);
  assert.equal(settings.proposals['tail-call'], true);
  assert.equal(settings.costTable['i32.add'], 10);
  assert.equal(settings.costTable.nop, 0);
  const { memory, fuel, deadlineMs, module, table } = settings.limits;
  assert.deepEqual([memory, fuel, deadlineMs, module.functions, table], [1 << 20, 50n, 1500, 7, 10_000_000]);
  // What a store does not say it has of its engine.
  const store = new Store({ engine, limits: { table: 5, deadlineMs: null } });
  assert.deepEqual([store.limits.memory, store.limits.table, store.limits.deadlineMs], [1 << 20, 5, null]);
  assert.equal(store.engine.settings.threads, 2);
});

test('the defaults', () => {
  const { settings } = new Engine();
  assert.deepEqual(
    [settings.optLevel, settings.signals, settings.interpreter, settings.interruptible, settings.deterministic, settings.fuel],
    ['speed', true, false, true, false, false],
  );
  assert.deepEqual([settings.proposals.gc, settings.proposals['legacy-exceptions']], [false, false]);
  assert.deepEqual({ ...new Store().limits, module: undefined }, {
    memory: 2 ** 30,
    table: 10_000_000,
    instances: 10_000,
    stack: 512 * 1024,
    resultSize: 256 * 2 ** 20,
    recursion: 1000,
    fuel: null,
    deadlineMs: null,
    module: undefined,
  });
});

test('settings that are none', () => {
  for (const settings of [
    { optLevel: 'fast' },
    { signals: 1 },
    { proposals: { simd: 1 } },
    { proposals: { flying: true } },
    { costTable: { 'i32.fly': 1 } },
    { costTable: { 'i32.add': -1 } },
    { limits: { memory: -1 } },
    { limits: { deadlineMs: 'soon' } },
    { limits: { fuel: -1n } },
    { limits: { module: { size: 1 } } },
    { unknown: 1 },
  ]) {
    assert.throws(() => new Engine(settings), wrong, JSON.stringify(Object.keys(settings)));
  }
  assert.throws(() => new Engine({ proposals: { gc: true } }), { kind: 'unsupported' });
});

test('every mode gives the same', () => {
  for (const settings of [{}, { optLevel: 'none' }, { signals: false }, { interpreter: true }]) {
    const vm = vmIn(settings);
    assert.equal(vm.run('add', 20, 22), 42);
    assert.throws(() => vm.run('deep', 100_000_000), { kind: 'stack_overflow' });
    assert.equal(vm.run('add', 20, 22), 42);
  }
});

test('fuel and statistics', () => {
  const vm = vmIn({ fuel: true, countInstructions: true, measureTime: true });
  const { store } = vm;
  assert.equal(vm.store, store);
  store.setFuel(1000);
  vm.run('add', 1, 2);
  assert.equal(store.fuelLeft, 997n);
  assert.throws(() => vm.run('spin'), { kind: 'out_of_fuel' });
  store.setFuel(2n ** 64n - 1n);
  assert.equal(store.fuelLeft, 2n ** 64n - 1n);
  store.setFuel(10);
  store.addFuel(90n);
  store.consumeFuel(1);
  assert.equal(store.fuelLeft, 99n);
  assert.throws(() => store.consumeFuel(100), { kind: 'out_of_fuel' });
  assert.throws(() => store.setFuel(2n ** 64n), wrong);
  assert.throws(() => vm.with({ fuel: 2 }).run('add', 1, 2), { kind: 'out_of_fuel' });
  assert.equal(vm.with({ fuel: 3 }).run('add', 1, 2), 3);
  store.resetStatistics();
  vm.run('add', 1, 2);
  const statistics = vm.statistics();
  assert.deepEqual([statistics.instructions, statistics.fuelUsed, statistics.calls], [3n, 3n, 1]);
  assert.equal(statistics.memoryPeak, 65536);
  assert.ok(statistics.timeMs > 0 && statistics.instructionsPerSecond > 0);
  vm.reset();
  assert.notEqual(vm.store, store);
  assert.equal(vm.statistics().calls, 0);
});

test('what was not switched on cannot be read', () => {
  const vm = vmIn({});
  const statistics = vm.statistics();
  const off = { name: 'EdgeError', kind: 'not_enabled' };
  for (const what of ['instructions', 'fuelUsed', 'fuelLeft', 'timeMs', 'instructionsPerSecond']) {
    assert.throws(() => statistics[what], off, what);
  }
  assert.throws(() => vm.store.setFuel(1), off);
  assert.throws(() => vm.store.fuelLeft, off);
  assert.equal(statistics.calls, 0);
});

test('a host module is made in each store anew', () => {
  const host = new HostModule('host')
    .func('twice', { params: ['i32'], results: ['i32'] }, (n) => 2 * n)
    .memory('memory', { min: 1, max: 2 })
    .table('table', { element: 'funcref', min: 1 })
    .global('global', { content: 'i32', mutable: true }, 5);
  assert.deepEqual(host.names(), ['twice', 'memory', 'table', 'global']);
  const module = Module.fromText(`(module (import "host" "twice" (func $f (param i32) (result i32)))
    (import "host" "memory" (memory 1 2)) (import "host" "table" (table 1 funcref))
    (import "host" "global" (global $g (mut i32)))
    (func (export "run") (result i32) (global.set $g (call $f (global.get $g))) (global.get $g)))`);
  for (const store of [new Store(), new Store()]) {
    const linker = new Linker().hostModule(store, host);
    assert.deepEqual(linker.definitions().map(([, name]) => name).sort(), host.names().sort());
    const instance = linker.instantiate(store, module);
    assert.equal(instance.func('run').call(), 10);
    assert.equal(instance.func('run').call(), 20);
  }
});

test('a Vm with a linker, whose functions get their caller', () => {
  const linker = new Linker().func('env', 'peek', { params: ['i32'], results: ['i32'] }, (caller, at) => {
    assert.equal(caller.memory(1), null);
    return caller.memory().read(at, 1)[0] + caller.instance.func('one').call();
  }, { caller: true });
  const module = Module.fromText(`(module (import "env" "peek" (func $peek (param i32) (result i32)))
    (memory 1) (data (i32.const 9) "\\20") (func (export "one") (result i32) (i32.const 1))
    (func (export "run") (result i32) (call $peek (i32.const 9))))`);
  assert.equal(Vm.loadSync(module, { linker }).run('run'), 33);
  assert.throws(() => Vm.loadSync(module, { linker: {} }), wrong);
  linker.allowShadowing(false).func('env', 'peek', {}, () => {});
  assert.throws(() => linker.instantiate(new Store(), module), { kind: 'incompatible_import', message: /twice/ });
});

test('ends on purpose, and errors with a code', () => {
  const text = '(module (import "m" "f" (func $f)) (func (export "run") (call $f)))';
  const run = (thrown) => () =>
    Vm.loadSync(Module.fromText(text), {
      imports: {
        m: {
          f() {
            throw thrown;
          },
        },
      },
    }).run('run');
  const end = new edge.Terminate('done');
  assert.throws(run(end), (error) => error.kind === 'terminated' && error.cause === end && error.message === 'done');
  for (const code of [42, -1, 2n ** 63n - 1n]) {
    const failure = new edge.HostError(code, 'no');
    assert.throws(run(failure), (error) => {
      assert.deepEqual([error.kind, error.hostCode, error.message], ['host_error', code, 'no']);
      return error.cause === failure;
    });
  }
  assert.throws(() => new edge.HostError(1.5), wrong);
  assert.throws(() => new edge.HostError(2n ** 63n), wrong);
});
