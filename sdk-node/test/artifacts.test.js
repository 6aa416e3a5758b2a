'use strict';

/** Files of compiled code: written, loaded with trust and without, refused. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { conformance, app, edge, folder, plain } = require('./helpers.js');

const { Engine, Module, Pool, Vm, compile } = edge;
const wrong = { name: 'EdgeError', kind: 'argument_type' };
const ADD = plain('add');
const OTHER = process.arch === 'x64' ? 'aarch64-unknown-linux-gnu' : 'x86_64-unknown-linux-gnu';

const add = (settings) => new Module(ADD, settings);
const sum = (source, settings) => Vm.loadSync(source, settings).run('add', 20, 22);

test('both forms go out and in as bytes', async () => {
  const module = add();
  assert.equal(module.precompiled, false);
  for (const form of ['universal', 'native']) {
    const bytes = await module.serialize({ form });
    assert.ok(bytes instanceof Uint8Array);
    assert.deepEqual(module.serializeSync({ form }), bytes);
    for (const loaded of [await Module.fromTrusted(bytes), Module.fromTrustedSync(Buffer.from(bytes))]) {
      assert.equal(loaded.precompiled, true, form);
      assert.equal(sum(loaded), 42);
      assert.deepEqual(loaded.serializeSync({ form }), bytes);
    }
    assert.equal(Vm.loadSync(bytes, { trusted: true }).module.precompiled, true);
    assert.equal((await Vm.load(bytes.buffer, { trusted: true })).run('add', 1, 2), 3);
  }
  assert.deepEqual(module.serializeSync(), module.serializeSync({ form: 'universal' }));
});

test('both forms go out and in as files, and the name says which', async (t) => {
  const directory = folder(t);
  const file = (name) => path.join(directory, name);
  const module = add();
  await module.writeTo(file('add.wasm'));
  module.writeToSync(file('add.edge'));
  await module.writeTo(file('native.wasm'), { form: 'native' });
  module.writeToSync(file('universal.edge'), { form: 'universal' });
  const forms = { 'add.wasm': 'universal', 'add.edge': 'native', 'native.wasm': 'native', 'universal.edge': 'universal' };
  // What is written beside its place is gone.
  assert.deepEqual(fs.readdirSync(directory).sort(), Object.keys(forms).sort());
  for (const [name, form] of Object.entries(forms)) {
    assert.deepEqual(new Uint8Array(fs.readFileSync(file(name))), module.serializeSync({ form }), name);
    for (const loaded of [await Module.fromTrusted(file(name)), Module.fromTrustedSync(file(name))]) {
      assert.equal(loaded.precompiled, true, name);
      assert.equal(sum(loaded), 42);
    }
    for (const vm of [await Vm.load(file(name), { trusted: true }), Vm.loadSync(file(name), { trusted: true })]) {
      assert.equal(vm.module.precompiled, true, name);
      assert.equal(vm.run('add', 20, 22), 42);
    }
  }
});

test('who uses a file keeps it when another takes its place', async (t) => {
  const file = path.join(folder(t), 'add.edge');
  add().writeToSync(file);
  const vm = Vm.loadSync(file, { trusted: true });
  Module.fromText('(module)').writeToSync(file);
  assert.equal(vm.run('add', 20, 22), 42);
  assert.deepEqual(Module.fromTrustedSync(file).exports(), []);
});

test('native code is refused without trust', async (t) => {
  const file = path.join(folder(t), 'add.edge');
  add().writeToSync(file);
  const refused = { name: 'EdgeError', phase: 'load', kind: 'malformed', message: /native code of edge.*trusted/ };
  for (const source of [file, fs.readFileSync(file)]) {
    assert.throws(() => new Module(source), refused);
    assert.throws(() => Vm.loadSync(source), refused);
    assert.throws(() => Vm.loadSync(source, { trusted: false }), refused);
    await assert.rejects(Module.load(source), refused);
    await assert.rejects(Vm.load(source), refused);
    await assert.rejects(Vm.load(source, { onProgress() {} }), refused);
    await assert.rejects(Pool.load(source), refused);
  }
  assert.throws(() => Module.validate(fs.readFileSync(file)), refused);
});

test('without trust a universal module is a module, here and in every other runtime', async () => {
  const bytes = add().serializeSync();
  const module = new Module(bytes);
  assert.equal(module.precompiled, false);
  assert.equal(sum(module), 42);
  assert.equal(Vm.loadSync(bytes).module.precompiled, false);
  const { instance } = await WebAssembly.instantiate(bytes);
  assert.equal(instance.exports.add(20, 22), 42);
});

test('what has no native code may be trusted, too', async () => {
  assert.equal((await Module.fromTrusted(ADD)).precompiled, false);
  assert.equal(sum(ADD, { trusted: true }), 42);
  assert.equal(sum(add(), { trusted: true }), 42);
  await assert.rejects(Module.fromTrusted(Buffer.from('hello')), { kind: 'malformed' });
  await assert.rejects(Module.fromTrusted('/nowhere/at/all.edge'), { phase: 'io', kind: 'io', message: /\/nowhere\/at\/all.edge/ });
});

test('what was made otherwise is refused by name, or compiled', async () => {
  const module = add();
  const [universal, native] = [module.serializeSync(), module.serializeSync({ form: 'native' })];
  const cases = [
    [{ fuel: true }, /fuel: off, but here it is costs/],
    [{ signals: false }, /explicit traps: false, but here it is true/],
    [{ deterministic: true }, /deterministic: false/],
    [{ interruptible: false }, /interruptible: true/],
    [{ countInstructions: true }, /instructions counted: false/],
    [{ proposals: { simd: false } }, /proposals: /],
  ];
  for (const [settings, message] of cases) {
    const engine = new Engine(settings);
    const refused = { name: 'EdgeError', phase: 'load', kind: 'artifact_mismatch', message };
    assert.throws(() => Module.fromTrustedSync(native, { engine }), refused);
    await assert.rejects(Module.fromTrusted(native, { engine }), refused);
    await assert.rejects(Vm.load(native, { engine, trusted: true }), refused);
    await assert.rejects(Pool.load(native, { engine, trusted: true }), refused);
    const compiled = Module.fromTrustedSync(universal, { engine });
    assert.equal(compiled.precompiled, false);
    assert.equal(sum(compiled), 42);
  }
  // How hard the compiler tried changes nothing.
  assert.equal(Module.fromTrustedSync(native, { engine: new Engine({ optLevel: 'none' }) }).precompiled, true);
});

test('damage is found before anything of it is used', async (t) => {
  const file = path.join(folder(t), 'add.edge');
  const whole = add().serializeSync({ form: 'native' });
  const damaged = { name: 'EdgeError', phase: 'load', kind: 'artifact_damaged' };
  const bent = (at) => whole.map((byte, index) => (index === at ? byte ^ 1 : byte));
  const longer = Buffer.concat([whole, Buffer.of(0)]);
  for (const bytes of [bent(16), bent(whole.length >> 1), bent(whole.length - 1), whole.slice(0, -1), whole.slice(0, 100), longer]) {
    fs.writeFileSync(file, bytes);
    for (const source of [bytes, file]) {
      assert.throws(() => Module.fromTrustedSync(source), damaged);
      await assert.rejects(Module.fromTrusted(source), damaged);
      assert.throws(() => Vm.loadSync(source, { trusted: true }), damaged);
    }
  }
});

test('code for another machine is written, and not run here', async (t) => {
  const file = path.join(folder(t), 'other.edge');
  const engine = new Engine({ target: OTHER });
  const module = add({ engine });
  assert.throws(() => Vm.loadSync(module), { phase: 'instantiate', kind: 'artifact_mismatch', message: /does not run here/ });
  await module.writeTo(file);
  await assert.rejects(Module.fromTrusted(file), { kind: 'artifact_mismatch', message: new RegExp(OTHER) });
  // An engine for that machine reads it.
  assert.equal(Module.fromTrustedSync(file, { engine }).precompiled, true);
  const generic = await add({ engine: new Engine({ target: 'generic' }) }).serialize({ form: 'native' });
  assert.equal(sum(generic, { trusted: true }), 42);
  assert.throws(() => new Engine({ target: 'pdp11-dec-unix' }), { phase: 'compile', kind: 'compile_failed', message: /pdp11-dec-unix/ });
});

test('compile makes files as the command does', async (t) => {
  const directory = folder(t);
  const file = (name) => path.join(directory, name);
  await compile(ADD, file('add.wasm'));
  await compile(fs.readFileSync(file('add.wasm')), file('add.edge'));
  await compile(ADD, file('forced.edge'), { form: 'universal' });
  for (const name of ['add.wasm', 'add.edge', 'forced.edge']) assert.equal(Vm.loadSync(file(name), { trusted: true }).run('add', 1, 2), 3);
  assert.equal(sum(file('forced.edge')), 42);
  assert.throws(() => new Module(file('add.edge')), { kind: 'malformed' });

  const engine = new Engine({ fuel: true });
  await compile(ADD, file('fuel.edge'), { engine });
  assert.equal(Module.fromTrustedSync(file('fuel.edge'), { engine }).precompiled, true);
  await compile(ADD, file('other.edge'), { target: OTHER });
  assert.throws(() => Module.fromTrustedSync(file('other.edge')), { kind: 'artifact_mismatch' });

  await assert.rejects(compile(file('missing.wasm'), file('x.edge')), { kind: 'io', message: /missing\.wasm/ });
  await assert.rejects(compile(Buffer.from('hello'), file('x.edge')), { kind: 'malformed' });
  await assert.rejects(compile(ADD, '/nowhere/at/all.edge'), { phase: 'io', kind: 'io', message: /\/nowhere\/at\/all\.edge/ });
  await assert.rejects(compile(ADD, file('x.edge'), { target: OTHER, engine }), { ...wrong, message: /one of engine and target/ });
  for (const given of [[ADD, 7], [ADD, ''], [7, file('x.edge')], [ADD, file('x.edge'), { form: 'elf' }], [ADD, file('x.edge'), { forms: 1 }]]) {
    await assert.rejects(compile(...given), wrong);
  }
  assert.equal(fs.existsSync(file('x.edge')), false);
});

test('a pool makes all its guests of one file', async (t) => {
  const file = path.join(folder(t), 'add.edge');
  await compile(ADD, file);
  const pool = await Pool.load(file, { trusted: true, size: 2 });
  fs.rmSync(file);
  assert.equal(pool.module.precompiled, true);
  const guests = [pool.tryGet(), await pool.get()];
  assert.equal(pool.made, 2);
  for (const guest of guests) {
    assert.equal(guest.run('add', 20, 22), 42);
    guest.release();
    assert.throws(() => guest.module, { kind: 'closed' });
  }
  pool.close();
  assert.equal(sum(await pool.module.serialize(), { trusted: true }), 42);
});

test('a program keeps its host functions, its limits and its errors', async () => {
  const bytes = await conformance().serialize({ form: 'native' });
  const vm = await Vm.load(bytes, { trusted: true, imports: app() });
  assert.equal(vm.run('call_note', 1, 'four'), 1n);
  assert.throws(() => vm.run('unreachable'), (error) => error.kind === 'unreachable' && error.backtrace.length > 0);
  assert.throws(() => Vm.loadSync(bytes, { trusted: true, imports: app(), limits: { memory: 65536 } }), { kind: 'memory_limit' });
  // Limits on modules are the engine's there.
  const small = new Engine({ limits: { module: { functions: 1 } } });
  assert.throws(() => Module.fromTrustedSync(bytes, { engine: small }), { kind: 'too_large' });
});

test('a module outlives the Vm that it comes from', async () => {
  const vm = Vm.loadSync(ADD);
  const { module } = vm;
  vm.close();
  assert.equal(sum(await module.serialize(), { trusted: true }), 42);
});

test('many may write and read at once', async (t) => {
  const file = path.join(folder(t), 'add.edge');
  const module = add();
  await module.writeTo(file);
  const sums = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      if (index % 2 === 0) await module.writeTo(file);
      return (await Vm.load(file, { trusted: true })).run('add', index, 2);
    }),
  );
  assert.deepEqual(sums, Array.from({ length: 40 }, (_, index) => index + 2));
});

test('places that cannot be written', async () => {
  const refused = { name: 'EdgeError', phase: 'io', kind: 'io', message: /\/nowhere\/at\/all\.edge/ };
  await assert.rejects(add().writeTo('/nowhere/at/all.edge'), refused);
  assert.throws(() => add().writeToSync('/nowhere/at/all.edge'), refused);
});

test('arguments that are none', async () => {
  const module = add();
  const sources = [undefined, 7, {}, module];
  for (const source of sources) {
    assert.throws(() => Module.fromTrustedSync(source), wrong);
    await assert.rejects(Module.fromTrusted(source), wrong);
    await assert.rejects(Module.load(source), wrong);
  }
  for (const settings of [{ form: 'elf' }, { form: 1 }, { from: 'native' }, 'native']) {
    assert.throws(() => module.serializeSync(settings), wrong);
    await assert.rejects(module.serialize(settings), wrong);
    await assert.rejects(module.writeTo('x.edge', settings), wrong);
    assert.throws(() => module.writeToSync('x.edge', settings), wrong);
  }
  for (const place of [undefined, 7, '', Buffer.from('x')]) {
    await assert.rejects(module.writeTo(place), wrong);
    assert.throws(() => module.writeToSync(place), wrong);
  }
  // Trust is said in so many words.
  for (const trusted of [1, 'yes', {}]) assert.throws(() => Vm.loadSync(ADD, { trusted }), { ...wrong, message: /trusted is a boolean/ });
  for (const settings of [{ trust: true }, { engine: {} }]) await assert.rejects(Module.fromTrusted(ADD, settings), wrong);
  const both = { trusted: true, limits: { module: { functions: 1 } } };
  assert.throws(() => Vm.loadSync(ADD, both), { ...wrong, message: /limits\.module.*Engine/ });
  assert.equal(fs.existsSync('x.edge'), false);
});
