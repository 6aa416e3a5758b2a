'use strict';

/** The table of calls that every SDK makes: tests/conformance/README.md says how it reads. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, conformance, edge } = require('./helpers.js');

const rows = JSON.parse(fs.readFileSync(path.join(ROOT, 'tests', 'conformance', 'table.json'), 'utf8'));

const ARRAYS = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};
const NAMED = { inf: Infinity, '-inf': -Infinity, NaN };

function number(kind, text) {
  if (kind === 'i64' || kind === 'u64') return BigInt(text);
  const value = NAMED[text] ?? Number(text);
  return kind === 'f32' ? Math.fround(value) : value;
}

/** Bytes as a string: those that are not ASCII as lone surrogates, which no UTF-8 can carry. */
const invalid = (hex) =>
  Array.from(Buffer.from(hex, 'hex'), (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('');

const TAGS = {
  char: (data) => data,
  bytes: (data) => new Uint8Array(Buffer.from(data, 'hex')),
  repeat_bytes: ([hex, times]) => new Uint8Array(Buffer.from(hex.repeat(times), 'hex')),
  repeat_string: ([text, times]) => text.repeat(times),
  invalid_string: invalid,
  vector: ([kind, items]) => ARRAYS[kind].from(items, (item) => number(kind, item)),
  tuple: (items) => items.map(value),
  struct: (fields) => Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, value(item)])),
  map: (entries) => new Map(entries.map(([key, item]) => [value(key), value(item)])),
};

/** The JavaScript value of a cell. */
function value(cell) {
  if (Array.isArray(cell)) return cell.map(value);
  if (typeof cell !== 'object' || cell === null) return cell;
  const [[tag, data]] = Object.entries(cell);
  if (tag in ARRAYS) return number(tag, data);
  assert.ok(tag in TAGS, `the table has a tag ${tag} that this runner does not know`);
  return TAGS[tag](data);
}

/** The host functions of module app. */
function imports(host) {
  const area = (shape) => {
    if (shape.Circle !== undefined) return 3 * shape.Circle * shape.Circle;
    return shape.Rectangle === undefined ? 0 : shape.Rectangle[0] * shape.Rectangle[1];
  };
  return {
    app: {
      note(level, text) {
        if (text === 'refuse') throw new Error('the host refuses');
        host.notes += 1;
        return host.notes;
      },
      transform: ({ x, y }) => ({ x: y, y: x }),
      fetch: (key) => (key === 'present' ? 'value of present' : undefined),
      bytes_round: (bytes) => bytes,
      fail_host() {
        throw new Error('the host failed');
      },
      fail_typed(kind) {
        if (kind === 0) throw new Error('the host failed');
        return 3 * kind;
      },
      reenter: (n) => host.vm.run('count_down', n),
      multiply: (a, b) => Number(a) * Number(b),
      sum: (numbers) => numbers.reduce((total, n) => total + n, typeof numbers[0] === 'bigint' ? 0n : 0),
      areas: (shapes) => Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, area(shape)])),
    },
  };
}

test('the conformance table', async (t) => {
  assert.ok(rows.length >= 60);
  const host = { notes: 0 };
  host.vm = edge.Vm.loadSync(conformance(), { imports: imports(host) });
  // JavaScript can say everything that the table has, so that no row is skipped.
  let made = 0;
  for (const row of rows) {
    await t.test(row.name, () => {
      host.notes = 0;
      made += 1;
      const args = row.args.map(value);
      if (row.error === undefined) {
        assert.deepStrictEqual(host.vm.run(row.call, ...args), value(row.result));
        return;
      }
      let thrown;
      try {
        host.vm.run(row.call, ...args);
      } catch (error) {
        thrown = error;
      }
      host.vm.reset();
      assert.ok(thrown instanceof edge.EdgeError, `threw ${thrown}`);
      assert.equal(thrown.kind, row.error);
      assert.ok(thrown.message.includes(row.message ?? ''), thrown.message);
      if (row.value !== undefined) assert.deepStrictEqual(thrown.value, value(row.value));
    });
  }
  assert.equal(made, rows.length);
});
