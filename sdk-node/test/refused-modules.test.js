'use strict';

/** Modules that must not load (tests/conformance/modules.json): each is refused by its kind, and the process goes on. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Module, Vm, EdgeError } = require('..');

const rows = require('../../tests/conformance/modules.json');
const GOOD = '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))';

function load(row) {
  const source = row.text === undefined ? Buffer.from(row.hex, 'hex') : Module.fromText(row.text);
  return Vm.loadSync(source, { imports: { app: { note: () => null } } });
}

test('the table is whole', () => assert.ok(rows.length >= 25));

for (const row of rows) {
  test(row.name, () => {
    assert.throws(
      () => load(row),
      (error) => {
        assert.ok(error instanceof EdgeError, String(error));
        assert.equal(error.kind, row.error);
        assert.ok(error.message.includes(row.message ?? ''), error.message);
        return true;
      },
    );
    const good = Vm.loadSync(Module.fromText(GOOD));
    assert.equal(good.run('add', 2, 3), 5);
    good.close();
  });
}
