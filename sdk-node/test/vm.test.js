'use strict';

/** The easy door. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { app, conformance, edge, guest, load, plain } = require('./helpers.js');

const { EdgeError, Engine, Module, Vm } = edge;

test('a Vm is loaded from a path, from bytes and from a Module', async () => {
  const file = guest('conformance');
  const settings = { imports: app() };
  const bytes = fs.readFileSync(file);
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  for (const source of [file, bytes, new Uint8Array(bytes), copy, new Module(file)]) {
    assert.equal(Vm.loadSync(source, settings).run('add', 20, 22), 42);
    assert.equal((await Vm.load(source, settings)).run('add', 20, 22), 42);
  }
  assert.equal(Vm.loadSync(plain('add')).run('add', 1, 2), 3);
});

test('what is no source is refused, and so are unknown settings', async () => {
  const refused = { name: 'EdgeError', kind: 'argument_type' };
  assert.throws(() => Vm.loadSync(42), refused);
  assert.throws(() => Vm.loadSync(undefined), { ...refused, message: /path, from bytes or from a Module, not from undefined/ });
  await assert.rejects(Vm.load({}), refused);
  assert.throws(() => Vm.loadSync(conformance(), { import: {} }), { message: /has no "import"; there are imports, wasi/ });
  assert.throws(() => Vm.loadSync(conformance(), { imports: { app: 1 } }), { message: /imports\["app"\] is an object/ });
  assert.throws(() => Vm.loadSync(conformance(), { imports: { app: { note: 1 } } }), { message: /\["note"\] is a function/ });
  assert.throws(() => Vm.loadSync(conformance(), { limits: { memory: -1 } }), { message: /limits.memory is an integer/ });
  assert.throws(() => Vm.loadSync(conformance(), { limits: { memroy: 1 } }), { message: /limits has no "memroy"/ });
  assert.throws(() => Vm.loadSync(conformance(), { wasi: {} }), { message: /wasi is a Wasi/ });
  assert.throws(() => new Vm(), TypeError);
});

test('a module and an engine that is not its own do not mix', () => {
  assert.throws(() => Vm.loadSync(conformance(), { engine: new Engine(), imports: app() }), { kind: 'wrong_store' });
  const engine = new Engine({ optLevel: 'none', threads: 1 });
  assert.equal(Vm.loadSync(new Module(plain('add'), { engine }), { engine }).run('add', 1, 2), 3);
  assert.throws(() => new Engine({ optLevel: 'fast' }), { kind: 'argument_type' });
});

test('exports are functions with names, lengths and descriptions', () => {
  const vm = load();
  const { add } = vm.exports;
  assert.equal(typeof add, 'function');
  assert.equal(add, vm.exports.add);
  assert.equal(add.name, 'add');
  assert.equal(add.length, 2);
  assert.deepEqual(add.parameters, ['a', 'b']);
  assert.equal(add.description, 'add(a: i32, b: i32) -> i32');
  assert.equal(add(20, 22), 42);
  assert.ok('add' in vm.exports);
  assert.ok(Object.keys(vm.exports).includes('echo_string'));
  assert.equal(Object.keys(vm.exports).includes('memory'), false);
  assert.equal(vm.exports.no_such_function, undefined);
  assert.throws(() => {
    vm.exports.add = 1;
  }, TypeError);
  assert.match(require('node:util').inspect(vm.exports), /add/);
});

test('functions call the new instance after a reset', () => {
  const vm = load();
  const { count_calls: count } = vm.exports;
  const first = count();
  assert.notEqual(count(), first);
  vm.reset();
  assert.equal(count(), first);
});

test('a poisoned guest says why until it is reset', () => {
  const vm = load();
  assert.equal(vm.poisoned, null);
  assert.throws(() => vm.run('unreachable'), { kind: 'unreachable' });
  assert.match(vm.poisoned, /unreachable/);
  assert.throws(() => vm.run('add', 1, 2), { kind: 'poisoned' });
  vm.reset();
  assert.equal(vm.poisoned, null);
  assert.equal(vm.run('add', 1, 2), 3);
});

test('closing is final, may be done twice, and leaves objects harmless', async () => {
  const vm = load();
  const { add } = vm.exports;
  const view = vm.memory().view();
  vm.close();
  vm.close();
  assert.ok(vm.closed);
  assert.throws(() => add(1, 2), { kind: 'closed' });
  assert.throws(() => vm.run('add', 1, 2), { kind: 'closed' });
  assert.throws(() => vm.memory(), { kind: 'closed' });
  assert.throws(() => vm.reset(), { kind: 'closed' });
  await assert.rejects(vm.runAsync('add', 1, 2), { kind: 'closed' });
  view[0] = 7;
  assert.equal(view[0], 7);
});

test('a Vm can be disposed of, at once and when queued calls have ended', async () => {
  const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
  const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
  const one = load();
  one[dispose]();
  assert.ok(one.closed);
  const other = load();
  const sum = other.runAsync('add', 1, 2);
  await other[asyncDispose]();
  assert.equal(await sum, 3);
  assert.ok(other.closed);
});

test('several wasm results are an array, none is null', () => {
  const module = Module.fromText(`(module
    (func (export "two") (result i32 i64) (i32.const 1) (i64.const 2))
    (func (export "none")))`);
  const vm = Vm.loadSync(module);
  assert.deepEqual(vm.run('two'), [1, 2n]);
  assert.equal(vm.run('none'), null);
});

test('limits hold, each by its name', () => {
  assert.throws(() => load({}, { limits: { memory: 65536 } }), { kind: 'memory_limit' });
  assert.throws(() => load({}, { limits: { table: 0 } }), { kind: 'table_limit' });
  assert.throws(() => load({}, { limits: { instances: 0 } }), { kind: 'instance_limit' });
  assert.throws(() => load({}, { limits: { resultSize: 1000 } }).run('big_bytes', 1001), { kind: 'result_too_large' });
  assert.throws(() => load({}, { limits: { stack: 64 * 1024 } }).run('recurse_for_ever'), { kind: 'stack_overflow' });
});

test('the version is the package\'s', () => {
  assert.equal(edge.version, require('../package.json').version);
});

test('ESM has what CommonJS has', async () => {
  const esm = await import('../index.mjs');
  const names = Object.keys(esm).filter((name) => name !== 'default');
  assert.deepEqual(names.sort(), Object.keys(edge).sort());
  assert.equal(esm.Vm, Vm);
  assert.equal(esm.EdgeError, EdgeError);
});
