'use strict';

/** Tags and exceptions: thrown by guests, by host functions, carried as values. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { edge } = require('./helpers.js');

const { Exception, Linker, Module, Store, Tag } = edge;

const text = `(module
  (import "m" "t" (tag $t (param i32 i64)))
  (import "m" "f" (func $f))
  (tag (export "own") (param f64))
  (func (export "throw") (throw $t (i32.const 1) (i64.const 2)))
  (func (export "catch") (result i32 i64) (block $h (result i32 i64) (try_table (catch $t $h) (call $f)) (i32.const 0) (i64.const 0)))
  (func (export "same") (param exnref) (result exnref) (local.get 0)))`;

function make(f = () => {}) {
  const store = new Store();
  const tag = new Tag(store, ['i32', 'i64']);
  const linker = new Linker().define('m', 't', tag).func('m', 'f', {}, f);
  return { store, tag, instance: linker.instantiate(store, Module.fromText(text)) };
}

test('an exception that nobody catches is the cause', () => {
  const { tag, instance } = make();
  assert.throws(() => instance.func('throw').call(), (error) => {
    assert.equal(error.kind, 'uncaught_exception');
    assert.ok(error.cause instanceof Exception && error.cause.tag.same(tag));
    assert.deepEqual(error.cause.values, [1, 2n]);
    return true;
  });
});

test('a guest catches what a host function throws', () => {
  const { tag, instance } = make(() => {
    throw new Exception(tag, [7, 8]);
  });
  assert.deepEqual(instance.func('catch').call(), [7, 8n]);
});

test('tags tell their types, and exceptions are values', () => {
  const { store, tag, instance } = make();
  assert.deepEqual(tag.type, { kind: 'tag', params: ['i32', 'i64'], results: [] });
  const own = instance.tag('own');
  assert.deepEqual(instance.exports.own.type.params, ['f64']);
  assert.ok(own.same(instance.exports.own) && !own.same(tag));
  const same = instance.func('same');
  assert.equal(same.call(null), null);
  assert.deepEqual(same.call(new Exception(own, [1.5])).values, [1.5]);
  assert.throws(() => same.call(1), { kind: 'argument_type' });
  assert.throws(() => new Exception(own, []), { kind: 'argument_count' });
  assert.throws(() => new Exception(own, [1, 2]), { kind: 'argument_count' });
  assert.throws(() => new Exception(own, ['x']), { kind: 'argument_type' });
  assert.throws(() => new Exception({}, []), { kind: 'argument_type' });
  assert.throws(() => same.call(new Exception(new Tag(new Store()))), { kind: 'wrong_store' });
  assert.throws(() => new Tag(store, ['flying']), { kind: 'argument_type' });
  assert.throws(() => instance.tag('same'), { kind: 'wrong_export_kind' });
});
