'use strict';

/** The programs of tests/conformance/host_api.json, which every SDK runs alike. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, edge } = require('./helpers.js');

const cases = JSON.parse(fs.readFileSync(path.join(ROOT, 'tests', 'conformance', 'host_api.json'), 'utf8'));

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));

/** The host functions of the table's README; each gets its caller. */
const DOES = {
  nothing() {},
  add: (_, a, b) => a + b,
  fail() {
    throw new Error('the host failed');
  },
  fail_code() {
    throw new edge.HostError(5566000000000, 'the host failed with a code');
  },
  terminate() {
    throw new edge.Terminate();
  },
  call_export_down: (caller, n) => caller.instance.func('down').call(n),
  peek_caller_memory(caller, index, at) {
    const memory = caller.memory(index);
    if (memory === null) throw new Error(`no memory ${index}`);
    return Buffer.from(memory.read(at, 4)).readInt32LE();
  },
};

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
/** Settings and limits as JavaScript spells them. */
const spelled = (given) =>
  Object.fromEntries(
    Object.entries(given ?? {}).map(([name, value]) => [
      camel(name),
      ['limits', 'module'].includes(name) ? spelled(value) : value,
    ]),
  );

/** A float as the table writes it. */
const float = (value) => (Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value));

class Case {
  things = new Map();
  objects = new Map();
  #engine;
  #store;

  engine(name) {
    return name === undefined ? (this.#engine ??= new edge.Engine()) : this.get(name);
  }

  store(name) {
    return name === undefined ? (this.#store ??= new edge.Store({ engine: this.engine() })) : this.get(name);
  }

  get(name) {
    assert.ok(this.things.has(name), `nothing is called ${name}`);
    return this.things.get(name);
  }

  value(cell) {
    const [[type, data]] = Object.entries(cell);
    if (type === 'i64') return BigInt(data);
    if (type === 'v128') return bytes(data);
    if (type === 'func') return data === null ? null : this.get(data);
    if (type !== 'externref') return Number(data);
    if (data !== null && !this.objects.has(data)) this.objects.set(data, { label: data });
    return data === null ? null : this.objects.get(data);
  }

  told(value, type) {
    if (type === 'i32' || type === 'i64') return { [type]: String(value) };
    if (type === 'f32' || type === 'f64') return { [type]: float(value) };
    if (type === 'v128') return { v128: hex(value) };
    if (type === 'externref') return { externref: value === null ? null : value.label };
    const named = [...this.things].find(([, thing]) => value !== null && thing instanceof edge.Func && thing.same(value));
    return { func: value === null ? null : named?.[0] };
  }

  call(func, args) {
    const result = func.call(...args.map((cell) => this.value(cell)));
    const types = func.type.results;
    const results = types.length > 1 ? result : types.length === 1 ? [result] : [];
    return results.map((value, index) => this.told(value, types[index]));
  }

  /** Named in the order in which it is made, so that what it gives can be told. */
  run(step) {
    const on = step.on === undefined || step.op.startsWith('store.') ? undefined : this.get(step.on);
    const { op, name, module, at } = step;
    const type = { params: step.params, results: step.results };
    switch (op) {
      case 'engine':
        return new edge.Engine(spelled(step.config));
      case 'store':
        return new edge.Store({ engine: this.engine(step.engine), limits: spelled(step.limits) });
      case 'module':
        return edge.Module.fromText(step.text, { engine: this.engine(step.engine) });
      case 'module.imports':
        return on.imports().map((item) => [item.module, item.name, item.type.kind]);
      case 'module.exports':
        return on.exports().map((item) => [item.name, item.type.kind]);
      case 'module.name':
        return on.name;
      case 'module.custom':
        return on.customSections(name).map(hex);
      case 'linker':
        return new edge.Linker({ engine: this.engine(step.engine) });
      case 'linker.func':
        return void on.func(module, name, type, DOES[step.does], { caller: true, cost: step.cost });
      case 'linker.define':
        return void on.define(module, name, this.get(step.item));
      case 'linker.instance':
        return void on.instance(module, this.get(step.instance));
      case 'linker.alias':
        return void on.alias(module, name, step.as_module, step.as_name);
      case 'linker.alias_module':
        return void on.aliasModule(module, step.as_module);
      case 'linker.unknown_as_traps':
        return void on.defineUnknownAsTraps(this.get(module));
      case 'linker.instantiate':
        return on.instantiate(this.store(step.store), this.get(module));
      case 'instance.call':
        return this.call(on.func(name), step.args);
      case 'instance.get':
        return on.exports[name] ?? on.func(name);
      case 'func':
        return new edge.Func(this.store(step.store), type, DOES[step.does], { caller: true });
      case 'call':
        return this.call(on, step.args);
      case 'memory':
        return new edge.Memory(this.store(step.store), { min: step.min, max: step.max });
      case 'memory.size':
        return on.size;
      case 'memory.grow':
        return on.grow(step.by);
      case 'memory.read':
        return hex(on.read(at, step.len));
      case 'memory.write':
        return on.write(at, bytes(step.bytes));
      case 'table': {
        const init = step.init === undefined ? null : this.value(step.init);
        return new edge.Table(this.store(step.store), { element: step.element, min: step.min, max: step.max }, init);
      }
      case 'table.size':
        return on.length;
      case 'table.get':
        return this.told(on.get(at), on.type.element);
      case 'table.set':
        return on.set(at, this.value(step.value));
      case 'table.grow':
        return on.grow(step.by, step.init === undefined ? null : this.value(step.init));
      case 'global':
        return new edge.Global(this.store(step.store), { content: step.type, mutable: step.mutable }, this.value(step.value));
      case 'global.get':
        return this.told(on.value, on.type.content);
      case 'global.set':
        on.value = this.value(step.value);
        return undefined;
      case 'store.set_fuel':
        return this.store(step.on).setFuel(step.fuel);
      case 'store.add_fuel':
        return this.store(step.on).addFuel(step.fuel);
      case 'store.fuel_left':
        return Number(this.store(step.on).fuelLeft);
      case 'store.reset_statistics':
        return this.store(step.on).resetStatistics();
      case 'store.statistic':
        return Number(this.store(step.on).statistics()[step.what === 'time' ? 'timeMs' : camel(step.what)]);
      default:
        return assert.fail(`the table has an op ${op} that this runner does not know`);
    }
  }
}

function check(state, step) {
  let made;
  try {
    made = state.run(step);
  } catch (error) {
    if (step.fails === undefined || !(error instanceof edge.EdgeError)) throw error;
    assert.equal(error.kind, step.fails, `${JSON.stringify(step)}: ${error.message}`);
    if (step.phase !== undefined) assert.equal(error.phase, step.phase);
    assert.ok(error.message.includes(step.message ?? ''), error.message);
    if (step.code !== undefined) assert.equal(String(error.hostCode), step.code);
    return;
  }
  assert.equal(step.fails, undefined, `${JSON.stringify(step)} did not fail`);
  if (step.gives !== undefined) assert.deepStrictEqual(made, step.gives, JSON.stringify(step));
  if (step.as !== undefined) state.things.set(step.as, made);
}

test('the host API table', async (t) => {
  assert.ok(cases.length >= 29);
  // Every case runs: nothing in the table is beyond what JavaScript can say.
  for (const { name, steps } of cases) {
    await t.test(name, () => {
      const state = new Case();
      for (const step of steps) check(state, step);
    });
  }
});
