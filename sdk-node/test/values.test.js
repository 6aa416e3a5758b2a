'use strict';

/** Values in and out, beyond what the conformance table can say: which JavaScript values are taken, and how they come back. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, edge, guest, load } = require('./helpers.js');

const refused = (message) => ({ name: 'EdgeError', phase: 'execute', kind: 'argument_type', message });
const vm = load();

test('64-bit integers are bigint out, bigint or safe integers in', () => {
  assert.equal(vm.run('echo_i64', 5), 5n);
  assert.equal(vm.run('echo_i64', -(2n ** 63n)), -(2n ** 63n));
  assert.equal(vm.run('echo_u64', 2n ** 64n - 1n), 2n ** 64n - 1n);
  assert.equal(vm.run('echo_u64', Number.MAX_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER));
  assert.throws(() => vm.run('echo_i64', 2 ** 53), refused(/no safe integer: use a bigint/));
  assert.throws(() => vm.run('echo_i64', 2n ** 63n), refused(/out of range/));
  assert.throws(() => vm.run('echo_u64', -1n), refused(/out of range/));
  assert.throws(() => vm.run('echo_u64', 2n ** 64n), refused(/beyond 64 bits/));
  assert.throws(() => vm.run('echo_i64', 1.5), refused(/expected i64, got a float/));
});

test('numbers', () => {
  assert.equal(vm.run('echo_i32', 5n), 5);
  assert.equal(vm.run('echo_f64', 3), 3);
  assert.ok(Object.is(vm.run('echo_f64', -0), -0));
  assert.throws(() => vm.run('echo_f64', 3n), refused(/expected f64, got a bigint/));
  assert.throws(() => vm.run('echo_i32', NaN), refused(/i32/));
  assert.throws(() => vm.run('echo_i32', Infinity), refused(/i32/));
  assert.throws(() => vm.run('echo_i32', true), refused(/expected i32, got a bool/));
  assert.throws(() => vm.run('echo_bool', 1), refused(/expected bool/));
  assert.throws(() => vm.run('echo_i32', Symbol('x')), refused(/got a symbol/));
  assert.throws(() => vm.run('echo_i32', () => 1), refused(/got a function/));
  assert.throws(() => vm.run('echo_i32', {}), refused(/got an object/));
});

test('a string with a lone surrogate is refused; U+FFFD is a character like any other', () => {
  assert.equal(vm.run('echo_string', 'a\ufffdb'), 'a\ufffdb');
  assert.throws(() => vm.run('echo_string', 'ab\ud800c'), refused(/lone surrogate at index 2, which no UTF-8 can carry/));
  assert.throws(() => vm.run('echo_string', '\ufffd\udc00'), refused(/at index 1/));
  assert.throws(() => vm.run('concat', ['ok', '\ud800']), refused(/\[1\].*lone surrogate/));
});

test('strings of every width and size', () => {
  for (const unit of ['a', 'é', '語', '𝄞', '\u0000']) {
    for (const times of [0, 1, 21845, 21846, 65536, 100000]) {
      const text = unit.repeat(times);
      assert.equal(vm.run('echo_string', text), text);
    }
  }
});

test('bytes come from everything that has some', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  for (const given of [bytes, Buffer.from(bytes), bytes.buffer, new DataView(bytes.buffer), new Uint8ClampedArray(bytes), [1, 2, 3, 4]]) {
    const got = vm.run('echo_bytes', given);
    assert.equal(Object.getPrototypeOf(got), Uint8Array.prototype);
    assert.deepEqual(got, bytes);
  }
  assert.deepEqual(vm.run('echo_bytes', new Uint8Array(bytes.buffer, 1, 2)), Uint8Array.of(2, 3));
  assert.deepEqual(vm.run('echo_bytes', new Uint8Array(new SharedArrayBuffer(2))), new Uint8Array(2));
  assert.throws(() => vm.run('echo_bytes', new Float64Array(1)), refused(/expected .*got a Float64Array/));
  assert.throws(() => vm.run('echo_bytes', [256]), refused(/256/));
  assert.throws(() => vm.run('echo_bytes', 'text'), refused(/got a string/));
});

test('what a guest returns is a copy', () => {
  const first = vm.run('echo_bytes', Uint8Array.of(1));
  vm.run('echo_bytes', Uint8Array.of(2));
  assert.deepEqual(first, Uint8Array.of(1));
});

test('a vector of numbers comes from arrays and typed arrays', () => {
  assert.deepEqual(vm.run('echo_vec_f64', [1, 2.5]), Float64Array.of(1, 2.5));
  assert.deepEqual(vm.run('echo_vec_f64', Float32Array.of(0.5)), Float64Array.of(0.5));
  assert.deepEqual(vm.run('echo_vec_i64', BigInt64Array.of(-1n)), BigInt64Array.of(-1n));
  assert.deepEqual(vm.run('echo_vec_i64', [1, 2n]), BigInt64Array.of(1n, 2n));
  assert.throws(() => vm.run('echo_vec_i64', [1, 'x']), refused(/\[1\]/));
  // eslint-disable-next-line no-sparse-arrays
  assert.throws(() => vm.run('echo_vec_i64', [1, , 3]), refused(/\[1\]/));
});

test('a struct comes from objects, getters and classes', () => {
  class Point {
    #x = 1;
    y = 2;
    get x() {
      return this.#x;
    }
  }
  assert.deepEqual(vm.run('echo_point', new Point()), { x: 1, y: 2 });
  assert.deepEqual(vm.run('echo_point', Object.assign(Object.create(null), { x: 1, y: 2 })), { x: 1, y: 2 });
  assert.throws(() => vm.run('echo_point', [1, 2]), refused(/got an array/));
  assert.throws(() => vm.run('echo_point', null), refused(/null/));
  assert.throws(() => vm.run('echo_point', { x: 1, y: undefined }), refused(/y/));
});

test('null and undefined are None', () => {
  assert.equal(vm.run('echo_option_string', null), null);
  assert.equal(vm.run('echo_option_string', undefined), null);
  assert.equal(vm.run('echo_option_string', ''), '');
});

test('maps: an object for string keys, a Map for others, empty ones too', () => {
  assert.deepEqual(vm.run('echo_hash_map', { a: 1 }), { a: 1 });
  assert.deepEqual(vm.run('echo_hash_map', new Map([['a', 1]])), { a: 1 });
  assert.deepEqual(vm.run('echo_hash_map', {}), {});
  const hostile = vm.run('echo_hash_map', JSON.parse('{"__proto__": 1, "constructor": 2}'));
  assert.equal(Object.getPrototypeOf(hostile), Object.prototype);
  assert.deepEqual(Object.entries(hostile).sort(), [['__proto__', 1], ['constructor', 2]]);
});

test('what contains itself is refused', () => {
  const list = [];
  list.push(list);
  assert.throws(() => vm.run('concat', list), { kind: 'argument_type' });
  const tree = { value: 1, children: [] };
  tree.children.push(tree);
  assert.throws(() => vm.run('echo_tree', tree), { kind: 'argument_type' });
});

test('a buffer that the host function detaches does no harm', () => {
  let given = new Uint8Array(1 << 20).fill(7);
  const other = load({
    bytes_round(bytes) {
      structuredClone(given.buffer, { transfer: [given.buffer] });
      return bytes;
    },
  });
  const got = other.run('call_bytes_round', given);
  assert.equal(got.length, 1 << 20);
  assert.ok(got.every((byte) => byte === 7));
  assert.equal(given.length, 0);
  given = undefined;
});

test('a buffer that a getter of a later argument detaches does no harm', () => {
  const image = edge.Vm.loadSync(guest('image'));
  const read = () => new Uint8Array(fs.readFileSync(path.join(ROOT, 'examples', 'image', 'picture.jpg')));
  const options = { width: 32, height: 24, grayscale: true, watermark: null };
  const wanted = image.run('process', read(), options);
  const picture = read();
  const hostile = {
    ...options,
    get watermark() {
      structuredClone(picture.buffer, { transfer: [picture.buffer] });
      return null;
    },
  };
  assert.deepEqual(image.run('process', picture, hostile), wanted);
  assert.equal(picture.length, 0);
});
