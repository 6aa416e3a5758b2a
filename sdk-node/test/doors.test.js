'use strict';

/** The doors below `Vm`: modules, stores, linkers, instances and what they export. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { conformance, edge, guest, load, plain } = require('./helpers.js');

const { Engine, Func, Global, Instance, Linker, Memory, Module, Store, Table, Vm } = edge;
const refused = { name: 'EdgeError', kind: 'argument_type' };

test('a module can be looked into', () => {
  const module = Module.fromText(`(module $named
    (import "m" "f" (func (param i32 f64) (result i64)))
    (import "m" "t" (table 1 2 funcref))
    (import "m" "g" (global (mut externref)))
    (memory (export "memory") 1 3))`);
  assert.equal(module.name, 'named');
  assert.deepEqual(module.imports(), [
    { module: 'm', name: 'f', type: { kind: 'function', params: ['i32', 'f64'], results: ['i64'] } },
    { module: 'm', name: 't', type: { kind: 'table', element: 'funcref', min: 1, max: 2 } },
    { module: 'm', name: 'g', type: { kind: 'global', content: 'externref', mutable: true } },
  ]);
  assert.deepEqual(module.exports(), [{ name: 'memory', type: { kind: 'memory', min: 1, max: 3 } }]);
  assert.deepEqual(module.customSections('no'), []);
  assert.ok(conformance().customSections('edge_bindgen')[0].length > 100);
  assert.equal(Module.fromText('(module)').name, null);
  assert.throws(() => Module.fromText('(module'), { kind: 'malformed' });
  assert.throws(() => Module.fromText(42), refused);
  assert.throws(() => new Module(42), refused);
  assert.throws(() => module.customSections(1), refused);
  assert.throws(() => Object.create(Module.prototype).name, TypeError);
});

test('memory: read, write, grow and view', () => {
  const vm = Vm.loadSync(Module.fromText('(module (memory (export "memory") 1 3))'));
  const memory = vm.memory();
  assert.equal(memory.size, 1);
  assert.equal(memory.byteLength, 65536);
  memory.write(10, Uint8Array.of(1, 2, 3));
  memory.write(16n, Float32Array.of(1));
  assert.deepEqual(memory.read(9, 5), Uint8Array.of(0, 1, 2, 3, 0));
  assert.deepEqual(memory.read(16, 4), new Uint8Array(Float32Array.of(1).buffer));
  const view = memory.view();
  assert.equal(view.length, 65536);
  assert.equal(view[11], 2);
  view[11] = 42;
  assert.deepEqual(memory.read(11, 1), Uint8Array.of(42));
  assert.equal(memory.grow(1), 1);
  assert.equal(memory.size, 2);
  // The memory has not moved: the old view still is the memory.
  view[12] = 43;
  assert.deepEqual(memory.read(12, 1), Uint8Array.of(43));
  assert.equal(memory.view().length, 131072);
  memory.write(0, view.subarray(10, 13));
  assert.deepEqual(memory.read(0, 3), Uint8Array.of(1, 42, 43));
  assert.deepEqual(memory.type, { kind: 'memory', min: 2, max: 3 });
  assert.throws(() => memory.grow(2), { kind: 'memory_limit' });
  assert.throws(() => memory.read(131071, 2), { kind: 'memory_out_of_bounds', message: /2 bytes at 131071/ });
  assert.throws(() => memory.read(Number.MAX_SAFE_INTEGER, 1), { kind: 'memory_out_of_bounds' });
  assert.throws(() => memory.write(131072, Uint8Array.of(1)), { kind: 'memory_out_of_bounds' });
  assert.throws(() => memory.read(-1, 1), refused);
  assert.throws(() => memory.read(0.5, 1), refused);
  assert.throws(() => memory.write(0, 'text'), refused);
});

test('a view outlives its Vm', () => {
  let vm = load();
  const view = vm.memory().view();
  vm.close();
  vm = undefined;
  view.fill(7);
  assert.equal(view.at(-1), 7);
});

test('globals', () => {
  const vm = Vm.loadSync(Module.fromText(`(module
    (global (export "a") (mut i64) (i64.const 5)) (global (export "b") f32 (f32.const 1.5)))`));
  const a = vm.global('a');
  assert.equal(a.value, 5n);
  a.value = -1n;
  assert.equal(vm.global('a').value, -1n);
  a.value = 7;
  assert.equal(a.value, 7n);
  assert.deepEqual(a.type, { kind: 'global', content: 'i64', mutable: true });
  assert.throws(() => {
    a.value = 'x';
  }, refused);
  assert.throws(() => {
    a.value = 2n ** 63n;
  }, refused);
  assert.throws(() => {
    vm.global('b').value = 1;
  }, { kind: 'immutable' });
});

test('tables and references', () => {
  const store = new Store();
  const table = new Table(store, { element: 'externref', min: 2, max: 4 });
  const object = { any: 'thing' };
  assert.equal(table.get(0), null);
  table.set(0, object);
  assert.equal(table.get(0), object);
  table.set(1, 'text');
  assert.equal(table.get(1), 'text');
  assert.equal(table.grow(1, object), 2);
  assert.equal(table.length, 3);
  assert.equal(table.get(2), object);
  assert.deepEqual(table.type, { kind: 'table', element: 'externref', min: 3, max: 4 });
  assert.throws(() => table.get(3), { kind: 'table_out_of_bounds' });
  assert.throws(() => table.grow(2), { kind: 'table_limit' });

  const functions = new Table(store, { element: 'funcref', min: 1 });
  const double = new Func(store, { params: ['i32'], results: ['i32'] }, (n) => 2 * n);
  functions.set(0, double);
  assert.equal(functions.get(0).call(21), 42);
  assert.throws(() => functions.set(0, {}), refused);
  assert.throws(() => new Table(store, { element: 'i32', min: 1 }), refused);
  const foreign = new Func(new Store(), { params: [], results: [] }, () => {});
  assert.throws(() => functions.set(0, foreign), { kind: 'wrong_store' });
});

test('functions with WebAssembly\'s own values', () => {
  const vm = Vm.loadSync(Module.fromText(`(module
    (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
    (func (export "nothing")))`));
  const swap = vm.func('swap');
  assert.deepEqual(swap.call(1, 2n), [2n, 1]);
  assert.equal(swap.name, 'swap');
  assert.deepEqual(swap.type, { kind: 'function', params: ['i32', 'i64'], results: ['i64', 'i32'] });
  assert.equal(vm.func('nothing').call(), undefined);
  assert.throws(() => swap.call(1), { kind: 'argument_count' });
  assert.throws(() => swap.call(2 ** 31, 1n), { ...refused, message: /swap: argument 1: expected i32/ });
  assert.throws(() => swap.call(1, 'x'), { ...refused, message: /argument 2: expected i64, got a string/ });
});

test('a linker: host functions, externs and instances', () => {
  const store = new Store({ limits: { memory: 1 << 20 } });
  const seen = [];
  const linker = new Linker()
    .func('host', 'log', { params: ['i32', 'externref'] }, (...args) => void seen.push(args))
    .func('host', 'pair', { results: ['i32', 'i64'] }, () => [1, 2n])
    .define('host', 'g', new Global(store, { content: 'i32', mutable: true }, 40))
    .define('host', 'memory', new Memory(store, { min: 1 }));
  const one = linker.instantiate(store, Module.fromText(`(module
    (import "host" "log" (func $log (param i32 externref)))
    (import "host" "pair" (func $pair (result i32 i64)))
    (import "host" "g" (global $g (mut i32)))
    (import "host" "memory" (memory 1))
    (func (export "log") (param externref) (call $log (global.get $g) (local.get 0)))
    (func (export "pair") (result i32 i64) (call $pair)))`));
  const object = {};
  one.func('log').call(object);
  assert.deepEqual(seen, [[40, object]]);
  assert.equal(seen[0][1], object);
  assert.deepEqual(one.func('pair').call(), [1, 2n]);
  assert.deepEqual(Object.keys(one.exports), ['log', 'pair']);
  assert.ok(one.exports.pair instanceof Func);
  assert.equal(store.memoryUsed, 65536);

  linker.instance('one', one);
  const two = linker.instantiate(store, Module.fromText(`(module
    (import "one" "pair" (func $pair (result i32 i64)))
    (func (export "second") (result i64) (local i64) (call $pair) (local.set 0) (drop) (local.get 0)))`));
  assert.equal(two.func('second').call(), 2n);

  const wanted = Module.fromText('(module (import "no" "such" (func)))');
  assert.throws(() => linker.instantiate(store, wanted), { kind: 'unknown_import', message: /no/ });
  assert.throws(() => linker.instantiate(new Store({ engine: new Engine() }), wanted), { kind: 'wrong_store' });
  assert.throws(() => linker.func('m', 'f', { params: ['i8'] }, () => {}), { ...refused, message: /"i8" is no type/ });
  assert.throws(() => linker.func('m', 'f', {}, 1), refused);
  assert.throws(() => linker.define('m', 'x', {}), refused);
  assert.throws(() => linker.instantiate({}, wanted), refused);
});

test('an instance with imports in order', () => {
  const store = new Store();
  const double = new Func(store, { params: ['i32'], results: ['i32'] }, (n) => 2 * n);
  const module = Module.fromText('(module (import "m" "f" (func (param i32) (result i32))) (export "f" (func 0)))');
  assert.equal(new Instance(store, module, [double]).func('f').call(4), 8);
  assert.throws(() => new Instance(store, module), { kind: 'unknown_import' });
  assert.throws(() => new Instance(store, module, [1]), refused);
  assert.throws(() => new Instance(store, module, [new Memory(store, { min: 1 })]), { kind: 'incompatible_import' });
});

test('host functions with WebAssembly\'s own values fail by name', () => {
  const store = new Store();
  const make = (results, callback) => new Func(store, { results }, callback);
  assert.throws(() => make(['i32'], () => 'x').call(), { kind: 'result_type', message: /result: expected i32/ });
  assert.throws(() => make(['i32', 'i32'], () => [1]).call(), { kind: 'result_type', message: /2 results/ });
  assert.throws(() => make(['i32', 'i32'], () => [1, 'x']).call(), { kind: 'result_type', message: /result 2/ });
  const mine = new Error('mine');
  const thrower = make([], () => {
    throw mine;
  });
  assert.throws(() => thrower.call(), (error) => error.kind === 'host_error' && error.cause === mine);
});

test('a Vm shows its instance and its module', () => {
  const vm = Vm.loadSync(plain('add'));
  assert.equal(vm.instance.func('add').call(1, 2), 3);
  assert.equal(Vm.loadSync(vm.module).run('add', 1, 2), 3);
  assert.equal(vm.instance.exports.add.call(1, 2), 3);
  const bytes = fs.readFileSync(guest('memory'));
  assert.ok(Vm.loadSync(bytes).instance.memory().size > 0);
});
