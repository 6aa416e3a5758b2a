'use strict';

/** Every limit is hit, and hurts nobody but who hit it. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { app, conformance, edge } = require('./helpers.js');

const { Engine, Instance, Memory, Module, Pool, Store, Table, Vm } = edge;
/** Fails a test that hangs; nothing is expected to take as long. */
const watchdog = { timeout: 20_000 };
const PAGE = 65536;

const text = `(module
  (memory (export "memory") 1) (table (export "table") 2 funcref)
  (func (export "fine") (result i32) (i32.const 7))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow_table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
  (func $deep (export "deep") (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "spin") (loop (br 0))))`;
const load = (limits, settings = {}) => Vm.loadSync(Module.fromText(text, { engine: new Engine(settings) }), { limits });
const kind = (name) => ({ name: 'EdgeError', kind: name });

test('memory', () => {
  assert.throws(() => load({ memory: PAGE - 1 }), kind('memory_limit'));
  const vm = load({ memory: 2 * PAGE });
  assert.equal(vm.run('grow', 2), -1);
  assert.equal(vm.run('grow', 1), 1);
  assert.throws(() => vm.memory().grow(1), kind('memory_limit'));
  // All memories of a store together.
  assert.throws(() => new Memory(vm.store, { min: 1 }), kind('memory_limit'));
  assert.equal(vm.store.memoryUsed, 2 * PAGE);
  assert.equal(vm.run('fine'), 7);
});

test('table', () => {
  assert.throws(() => load({ table: 1 }), kind('table_limit'));
  const vm = load({ table: 4 });
  assert.equal(vm.run('grow_table', 3), -1);
  assert.equal(vm.run('grow_table', 1), 2);
  assert.throws(() => vm.table('table').grow(2), kind('table_limit'));
  assert.throws(() => new Table(vm.store, { element: 'funcref', min: 2 }), kind('table_limit'));
  assert.equal(vm.run('fine'), 7);
});

test('instances', () => {
  assert.throws(() => load({ instances: 0 }), kind('instance_limit'));
  const store = new Store({ limits: { instances: 2 } });
  const module = Module.fromText('(module (func (export "fine") (result i32) (i32.const 7)))');
  const [one] = [new Instance(store, module), new Instance(store, module)];
  assert.throws(() => new Instance(store, module), kind('instance_limit'));
  assert.equal(one.func('fine').call(), 7);
});

test('stack', async () => {
  const vm = load({ stack: PAGE });
  assert.throws(() => vm.run('deep', 100_000), kind('stack_overflow'));
  await assert.rejects(vm.runAsync('deep', 100_000), kind('stack_overflow'));
  assert.equal(vm.run('fine'), 7);
  // The same depth fits where there is more.
  load({ stack: 8 << 20 }).run('deep', 2000);
});

test('result size', async () => {
  const vm = Vm.loadSync(conformance(), { imports: app(), limits: { resultSize: 10 } });
  assert.deepEqual(vm.run('echo_bytes', new Uint8Array(10)), new Uint8Array(10));
  assert.throws(() => vm.run('echo_bytes', new Uint8Array(11)), kind('result_too_large'));
  vm.reset();
  await assert.rejects(vm.runAsync('echo_string', 'x'.repeat(11)), kind('result_too_large'));
});

test('recursion', () => {
  const vm = Vm.loadSync(conformance(), {
    imports: app({ reenter: (n) => vm.run('call_reenter', n) }),
    limits: { recursion: 5 },
  });
  assert.throws(() => vm.run('call_reenter', 1), kind('recursion_limit'));
  vm.reset();
  assert.equal(vm.run('add', 1, 2), 3);
});

test('fuel: of a Vm, of a store, of a call', watchdog, async () => {
  assert.throws(() => load({ fuel: 1 }), kind('not_enabled'));
  const vm = load({ fuel: 100 }, { fuel: true });
  assert.throws(() => vm.run('spin'), kind('out_of_fuel'));
  assert.throws(() => vm.run('fine'), kind('out_of_fuel'));
  vm.store.setFuel(1000);
  assert.throws(() => vm.with({ fuel: 10 }).run('spin'), kind('out_of_fuel'));
  assert.ok(vm.store.fuelLeft > 900n);
  await assert.rejects(vm.with({ fuel: 10 }).runAsync('spin'), kind('out_of_fuel'));
  assert.throws(() => vm.store.with({ fuel: 10 }, () => vm.run('spin')), kind('out_of_fuel'));
  assert.equal(vm.run('fine'), 7);
  const pool = await Pool.load(vm.module, { size: 1, limits: { fuel: 50 } });
  const outcomes = await pool.map('fine', [[], []], { fuel: 0, settled: true });
  assert.deepEqual(outcomes.map(({ reason }) => reason.kind), ['out_of_fuel', 'out_of_fuel']);
});

test('deadline: of a Vm, of an engine, of a call', watchdog, async () => {
  const vm = load({ deadlineMs: 10 });
  assert.throws(() => vm.run('spin'), kind('deadline_exceeded'));
  await assert.rejects(vm.runAsync('spin'), kind('deadline_exceeded'));
  // The tighter one of both holds.
  assert.throws(() => vm.with({ deadlineMs: 60_000 }).run('spin'), kind('deadline_exceeded'));
  assert.throws(() => load({}, { limits: { deadlineMs: 10 } }).run('spin'), kind('deadline_exceeded'));
  const other = load({ deadlineMs: 60_000 });
  assert.throws(() => other.with({ deadlineMs: 10 }).run('spin'), kind('deadline_exceeded'));
  assert.equal(other.run('fine'), 7);
});

test('the size of modules', () => {
  const refused = (module, body, message) => {
    const engine = new Engine({ limits: { module } });
    assert.throws(() => Module.fromText(`(module ${body})`, { engine }), { ...kind('too_large'), message });
    // A little less is fine.
    Module.fromText('(module (func))', { engine });
  };
  const repeated = (n, text) => Array(n).fill(text).join(' ');
  refused({ moduleSize: 100 }, `(memory 1) (data "${'x'.repeat(100)}")`, /100/);
  refused({ functions: 3 }, repeated(4, '(func)'), /function/);
  refused({ items: 3 }, repeated(4, '(global i32 (i32.const 1))'), /4/);
  refused({ bodySize: 50 }, `(func ${repeated(60, '(nop)')})`, /50/);
  refused({ locals: 3 }, '(func (param i32) (local i32 i32 f64))', /local/);
  refused({ branchTargets: 3 }, '(func (block (br_table 0 0 0 0 0 (i32.const 1))))', /br_table|target/);
  refused({ nesting: 3 }, `(func ${'(block '.repeat(4)}${')'.repeat(4)})`, /nest|deep|block/);
  refused({ operands: 3 }, `(func ${repeated(4, 'i32.const 1 ')} ${repeated(4, 'drop ')})`, /operand|stack/);
});

test('limits are told', () => {
  const vm = load({ memory: 10 * PAGE, deadlineMs: 1000, module: { functions: 100 } });
  const { memory, deadlineMs, table } = vm.store.limits;
  assert.deepEqual([memory, deadlineMs, table], [10 * PAGE, 1000, 10_000_000]);
});
