'use strict';

/** What failures are thrown as. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, edge, load, plain } = require('./helpers.js');
const { native } = require('../lib/native.js');

const { EdgeError, Module, Vm } = edge;

/** What `action` throws. */
function thrownBy(action) {
  try {
    action();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

test('an error has phase, kind, code, message and backtrace', () => {
  const error = thrownBy(() => load().run('unreachable'));
  assert.ok(error instanceof EdgeError && error instanceof Error);
  assert.equal(error.name, 'EdgeError');
  assert.equal(error.phase, 'execute');
  assert.equal(error.kind, 'unreachable');
  assert.equal(error.code, 'unreachable');
  assert.match(error.message, /unreachable/);
  assert.ok(error.backtrace.length > 0);
  assert.ok(error.backtrace.some((frame) => frame.functionName?.includes('unreachable')));
  assert.match(error.stack, /at wasm .*unreachable/);
  assert.match(String(error), /EdgeError \[unreachable\]/);
  assert.equal('cause' in error, false);
});

test('the cause is the very value that the host function threw', () => {
  for (const thrown of [new RangeError('mine'), 'text', 42, null, undefined, { any: 'thing' }]) {
    const fail_host = () => {
      throw thrown;
    };
    const error = thrownBy(() => load({ fail_host }).run('call_fail'));
    assert.equal(error.kind, 'host_error');
    assert.ok('cause' in error);
    assert.equal(error.cause, thrown);
  }
});

test('a typed Err of a host function reaches the guest as its value', () => {
  const fail_typed = () => {
    throw new edge.Err('NotFound');
  };
  const error = thrownBy(() => load({ fail_typed }).run('call_fail_typed', 1));
  assert.equal(error.kind, 'guest_error');
  assert.equal(error.value, 'NotFound');
});

test('a host function whose result does not fit is an error that names it', () => {
  const error = thrownBy(() => load({ note: () => 'many' }).run('call_note', 1, 'x'));
  assert.equal(error.kind, 'result_type');
  assert.match(error.message, /note.*expected u64, got a string/);
  const surrogate = thrownBy(() => load({ fetch: () => '\ud800' }).run('call_fetch', 'x'));
  assert.equal(surrogate.kind, 'result_type');
});

test('a promise cannot be waited for in a synchronous call', () => {
  const error = thrownBy(() => load({ bytes_round: async (bytes) => bytes }).run('call_bytes_round', new Uint8Array(1)));
  assert.equal(error.kind, 'result_type');
  assert.match(error.message, /returned a promise.*runAsync/);
});

test('an exception of a getter comes out as itself', () => {
  const mine = new Error('mine');
  const point = {
    get x() {
      throw mine;
    },
    y: 1,
  };
  assert.equal(thrownBy(() => load().run('echo_point', point)), mine);
});

test('an exit code', () => {
  const text = `(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func (export "leave") (call $exit (i32.const 7))))`;
  const error = thrownBy(() => Vm.loadSync(Module.fromText(text)).run('leave'));
  assert.equal(error.kind, 'guest_exit');
  assert.equal(error.exitCode, 7);
});

test('modules that must be refused', () => {
  const bad = (name) => path.join(ROOT, 'tests', 'guests', 'plain', 'bad', `${name}.wat`);
  assert.throws(() => Vm.loadSync(bad('syntax_error')), { phase: 'load', kind: 'malformed' });
  assert.throws(() => Vm.loadSync(bad('type_error')), { phase: 'validate', kind: 'invalid' });
  assert.throws(() => Vm.loadSync(bad('missing_import')), { phase: 'link', kind: 'unknown_import' });
  assert.throws(() => Vm.loadSync('no/such/file.wasm'), (error) => {
    assert.equal(error.phase, 'io');
    assert.equal(error.kind, 'io');
    assert.match(error.message, /no\/such\/file.wasm/);
    assert.equal(error.cause.code, 'ENOENT');
    return true;
  });
  assert.throws(() => Vm.loadSync(Buffer.from('nonsense')), { kind: 'malformed' });
  assert.throws(() => Vm.loadSync(new Uint8Array(0)), { kind: 'malformed' });
  const bytes = fs.readFileSync(path.join(ROOT, 'target', 'guests', 'wasm', 'conformance.wasm'));
  assert.throws(() => Vm.loadSync(bytes.subarray(0, bytes.length / 2)), { kind: 'malformed' });
  assert.throws(() => Module.validate(Buffer.from('nonsense')), { kind: 'malformed' });
  Module.validate(bytes);
});

test('an import that is something else than a function', () => {
  const module = Module.fromText('(module (import "m" "f" (memory 1)))');
  assert.throws(() => Vm.loadSync(module, { imports: { m: { f() {} } } }), { kind: 'incompatible_import', message: /m\.f/ });
});

test('a trap in the start function and in a segment', () => {
  assert.throws(() => Vm.loadSync(plain('start_trap')), { name: 'EdgeError', kind: 'unreachable' });
  assert.throws(() => Vm.loadSync(plain('segment_trap')), { name: 'EdgeError', kind: 'memory_out_of_bounds' });
});

test('exports that are missing or something else', () => {
  const vm = load();
  assert.throws(() => vm.run('nothing_of_the_kind'), { kind: 'unknown_export' });
  assert.throws(() => vm.run('memory'), { kind: 'wrong_export_kind' });
  assert.throws(() => vm.memory('no'), { kind: 'unknown_export' });
  assert.throws(() => vm.run(42), { kind: 'argument_type', message: /name of a function is a string/ });
});

test('kinds and phases in index.d.ts are the engine\'s', () => {
  const declared = fs.readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');
  const [phases, kinds] = native.kinds();
  const names = (table) => table.filter((_, index) => index % 2 === 0);
  const phase = /export type Phase = ([^;]*);/.exec(declared)[1];
  assert.deepEqual(phase.match(/"\w+"/g).map((name) => JSON.parse(name)), names(phases));
  const kind = /export type Kind =([^;]*);/.exec(declared)[1];
  assert.deepEqual([...kind.matchAll(/\| "(\w+)"/g)].map((found) => found[1]), names(kinds));
});

test('a corrupt description is refused by name', () => {
  const bytes = fs.readFileSync(path.join(ROOT, 'target', 'guests', 'wasm', 'conformance.wasm'));
  const at = bytes.indexOf('edge_bindgen');
  assert.ok(at > 0);
  const damaged = Buffer.from(bytes);
  damaged.fill(0xc1, at + 12, at + 40);
  assert.throws(() => Vm.loadSync(damaged), { kind: 'bad_description' });
});

