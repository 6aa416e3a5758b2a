'use strict';

/** When modules are compiled: lazily, once for a cache, and heard of while it goes on. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { edge, folder, node, output, plain } = require('./helpers.js');

const { Engine, Module, Pool, Vm } = edge;
const wrong = { name: 'EdgeError', kind: 'argument_type' };
/** Elsewhere everything is compiled at once. */
const LAZY_IS_SERVED = process.arch === 'x64';

const CALLS = `(module
  (func $a (export "a") (result i32) (i32.const 1))
  (func $b (export "b") (result i32) (i32.add (call $a) (call $c)))
  (func $c (result i32) (i32.const 10))
  (func (export "never") (unreachable)))`;

/** A module that is large enough for a cache, which leaves small ones alone. */
function large(number) {
  const data = `(memory 1) (data (i32.const 0) "${'x'.repeat(5000)}")`;
  return Module.fromText(`(module ${data} (func (export "f") (result i32) (i32.const ${number})))`).serializeSync();
}

/** Loads a module and says whether it came from the cache. */
function found(engine, number) {
  const module = new Module(large(number), { engine });
  assert.equal(Vm.loadSync(module).run('f'), number);
  return module.precompiled;
}

/** `count` functions, each of which takes the compiler a while. */
function many(count) {
  const body = '(local.set 0 (i32.mul (i32.add (local.get 0) (i32.const 7)) (local.get 0)))'.repeat(20);
  return `(module ${`(func (param i32) (result i32) ${body} (local.get 0))`.repeat(count)})`;
}

/** Whatever a load tells, as it comes. */
function listener() {
  const heard = [];
  return { heard, onProgress: (...numbers) => heard.push(numbers) };
}

test('lazily, what is called is compiled', async () => {
  const engine = new Engine({ compile: 'lazy' });
  const module = Module.fromText(CALLS, { engine });
  const expected = (count) => ({ compiled: LAZY_IS_SERVED ? count : 4, total: 4 });
  const vm = Vm.loadSync(module);
  assert.deepEqual(module.compiledFunctions, expected(0));
  assert.equal(vm.run('a'), 1);
  assert.deepEqual(module.compiledFunctions, expected(1));
  assert.equal(await vm.runAsync('b'), 11);
  assert.deepEqual(module.compiledFunctions, expected(3));
  assert.equal((await Vm.load(module)).run('b'), 11);
  assert.deepEqual(vm.module.compiledFunctions, expected(3));
  // What is written has all of it, and is an eager engine's, too.
  const loaded = await Module.fromTrusted(await module.serialize({ form: 'native' }));
  assert.deepEqual([loaded.precompiled, loaded.compiledFunctions], [true, { compiled: 4, total: 4 }]);
  assert.equal(Vm.loadSync(loaded).run('b'), 11);
  assert.deepEqual(Module.fromText(CALLS).compiledFunctions, { compiled: 4, total: 4 });
});

test('settings are told as they were made', (t) => {
  const directory = folder(t);
  const told = (settings) => {
    const { compile, target, cache } = new Engine(settings).settings;
    return { compile, target, cache };
  };
  const usual = { compile: 'eager', target: 'host', cache: null };
  assert.deepEqual(told(), usual);
  assert.deepEqual(told({ compile: 'eager', target: 'host', cache: null }), usual);
  assert.deepEqual(told({ cache: false }), usual);
  assert.deepEqual(told({ compile: 'lazy', target: 'generic' }), { compile: 'lazy', target: 'generic', cache: null });
  assert.equal(told({ target: 'aarch64-unknown-linux-gnu' }).target, 'aarch64-unknown-linux-gnu');
  assert.deepEqual(told({ cache: directory }).cache, { directory, maxSize: 2 ** 30 });
  assert.deepEqual(told({ cache: { directory, maxSize: 5 } }).cache, { directory, maxSize: 5 });
  assert.equal(told({ cache: 'here' }).cache.directory, path.resolve('here'));
  assert.ok(Object.isFrozen(told({ cache: directory }).cache));
  // What was told can be given again.
  const { settings } = new Engine({ compile: 'lazy', cache: directory });
  assert.deepEqual(new Engine(settings).settings, settings);
});

test('settings that are none', () => {
  for (const settings of [
    { compile: 'later' },
    { compile: true },
    { target: '' },
    { target: 7 },
    { target: null },
    { cache: 7 },
    { cache: '' },
    { cache: {} },
    { cache: [] },
    { cache: new URL('file:///tmp') },
    { cache: { directory: 7 } },
    { cache: { maxSize: -1 } },
    { cache: { maxSize: '1G' } },
    { cache: { directory: 'x', size: 1 } },
  ]) {
    assert.throws(() => new Engine(settings), wrong, JSON.stringify(settings));
  }
});

test('the user\'s own cache is where caches are', (t) => {
  const directory = folder(t);
  for (const name of ['HOME', 'XDG_CACHE_HOME']) {
    const value = process.env[name];
    t.after(() => (value === undefined ? delete process.env[name] : (process.env[name] = value)));
  }
  process.env.XDG_CACHE_HOME = directory;
  assert.deepEqual(new Engine({ cache: true }).settings.cache, { directory: path.join(directory, 'edge'), maxSize: 2 ** 30 });
  assert.deepEqual(new Engine({ cache: { maxSize: 7 } }).settings.cache, { directory: path.join(directory, 'edge'), maxSize: 7 });
  delete process.env.XDG_CACHE_HOME;
  process.env.HOME = directory;
  assert.equal(new Engine({ cache: true }).settings.cache.directory, path.join(directory, '.cache', 'edge'));
  delete process.env.HOME;
  assert.throws(() => new Engine({ cache: true }), { phase: 'io', kind: 'io', message: /neither XDG_CACHE_HOME nor HOME/ });
});

test('the second time a module is in the cache', async (t) => {
  const directory = path.join(folder(t), 'made', 'when', 'needed');
  const cached = () => new Engine({ cache: directory });
  assert.deepEqual([found(cached(), 1), found(cached(), 1)], [false, true]);
  assert.equal(fs.statSync(directory).mode & 0o777, 0o700);
  assert.equal(found(cached(), 2), false, 'another module');
  assert.equal(found(new Engine({ cache: directory, fuel: true }), 1), false, 'other settings');
  assert.equal(fs.readdirSync(directory).length, 3);
  assert.equal((await Module.load(large(1), { engine: cached() })).precompiled, true);
  assert.equal((await Vm.load(large(1), { engine: cached() })).module.precompiled, true);
  const pool = await Pool.load(large(1), { engine: cached() });
  assert.equal(pool.module.precompiled, true);
  pool.close();
  // Small ones are compiled in less time than a file takes.
  new Module(plain('add'), { engine: cached() });
  assert.equal(fs.readdirSync(directory).length, 3);
});

test('another process finds it', (t) => {
  const directory = folder(t);
  const engine = new Engine({ cache: directory });
  assert.equal(found(engine, 1), false);
  const program = `const engine = new edge.Engine({ cache: ${JSON.stringify(directory)} });
    const bytes = Buffer.from(${JSON.stringify(Buffer.from(large(1)).toString('base64'))}, 'base64');
    console.log(new edge.Module(bytes, { engine }).precompiled);`;
  assert.equal(output(node(program)), 'true');
});

test('what others can write to is not trusted', (t) => {
  const directory = path.join(folder(t), 'cache');
  const engine = new Engine({ cache: directory });
  assert.equal(found(engine, 1), false);
  const file = path.join(directory, fs.readdirSync(directory)[0]);
  fs.chmodSync(file, 0o666);
  assert.deepEqual([found(engine, 1), found(engine, 1)], [false, true], 'it is made anew');
  fs.chmodSync(directory, 0o777);
  assert.deepEqual([found(engine, 1), found(engine, 1)], [false, false]);
  fs.chmodSync(directory, 0o700);
  assert.equal(found(engine, 1), true);
});

test('a cache that cannot be is no error, and damage in one neither', (t) => {
  const directory = folder(t);
  fs.writeFileSync(path.join(directory, 'file'), '');
  const none = new Engine({ cache: path.join(directory, 'file', 'below') });
  assert.deepEqual([found(none, 1), found(none, 1)], [false, false]);
  const cache = path.join(directory, 'cache');
  const engine = new Engine({ cache });
  assert.equal(found(engine, 1), false);
  fs.truncateSync(path.join(cache, fs.readdirSync(cache)[0]), 1000);
  assert.deepEqual([found(engine, 1), found(engine, 1)], [false, true]);
});

test('the size of a cache is bounded', (t) => {
  const directory = folder(t);
  const engine = new Engine({ cache: { directory, maxSize: 10 } });
  assert.deepEqual([found(engine, 1), found(engine, 1)], [false, false]);
  assert.deepEqual(fs.readdirSync(directory), []);
});

test('progress rises, and ends before the promise does', async (t) => {
  const file = path.join(folder(t), 'many.wasm');
  Module.fromText(many(300)).writeToSync(file);
  const loads = [
    (settings) => Module.load(file, settings),
    (settings) => Module.load(fs.readFileSync(file), settings),
    (settings) => Vm.load(file, settings),
    (settings) => Pool.load(fs.readFileSync(file), settings),
  ];
  for (const load of loads) {
    const { heard, onProgress } = listener();
    await load({ onProgress });
    assert.ok(heard.length >= 1);
    assert.deepEqual(heard.at(-1), [300, 300]);
    assert.ok(heard.every(([compiled, total], at) => total === 300 && compiled > (heard[at - 1]?.[0] ?? 0)), String(heard));
  }
});

test('progress is told while the compiler works', async () => {
  const source = Module.fromText(many(3000)).serializeSync();
  const { heard, onProgress } = listener();
  await Module.load(source, { onProgress });
  assert.ok(heard.length > 1, `${heard.length} calls`);
});

test('what needs no compiler is told once', async (t) => {
  const directory = folder(t);
  const native = Module.fromText(many(20)).serializeSync({ form: 'native' });
  const told = async (load) => {
    const { heard, onProgress } = listener();
    await load(onProgress);
    return heard;
  };
  const all = [[20, 20]];
  assert.deepEqual(await told((onProgress) => Module.fromTrusted(native, { onProgress })), all);
  assert.deepEqual(await told((onProgress) => Vm.load(native, { trusted: true, onProgress })), all);
  assert.deepEqual(await told((onProgress) => Vm.load(Module.fromTrustedSync(native), { onProgress })), all);
  const engine = new Engine({ cache: directory });
  const source = Module.fromText(many(20)).serializeSync();
  await Module.load(source, { engine });
  assert.deepEqual(await told((onProgress) => Module.load(source, { engine, onProgress })), all);
  assert.deepEqual(await told((onProgress) => Module.load(Buffer.from('AGFzbQEAAAA=', 'base64'), { onProgress })), [[0, 0]]);
  const lazy = new Engine({ compile: 'lazy' });
  const left = LAZY_IS_SERVED ? [[0, 20]] : all;
  assert.deepEqual(await told((onProgress) => Module.load(source, { engine: lazy, onProgress })), left);
  // Guests that a pool makes later have nothing to tell.
  let calls = 0;
  const pool = await Pool.load(plain('add'), { size: 2, onProgress: () => calls++ });
  await Promise.all([pool.get(), pool.get()]);
  assert.deepEqual([pool.made, calls], [2, 1]);
  pool.close();
});

test('what a listener throws is thrown by the load', async () => {
  const thrown = new Error('enough');
  let calls = 0;
  const onProgress = () => {
    calls++;
    throw thrown;
  };
  const source = Module.fromText(many(300)).serializeSync();
  for (const load of [Module.load, Vm.load, Pool.load]) {
    await assert.rejects(load(source, { onProgress }), (error) => error === thrown);
  }
  assert.equal(calls, 3);
  // Not even `undefined` is lost.
  const lost = Module.load(source, {
    onProgress() {
      throw undefined;
    },
  });
  assert.deepEqual(await lost.then(() => 'loaded', (reason) => [reason]), [undefined]);
});

test('a failed load tells nothing of its own', async () => {
  const { heard, onProgress } = listener();
  await assert.rejects(Module.load(Buffer.from('hello'), { onProgress }), { kind: 'malformed' });
  await assert.rejects(Vm.load('/nowhere/at/all.wasm', { onProgress }), { kind: 'io', message: /cannot read \/nowhere\/at\/all\.wasm/ });
  assert.deepEqual(heard, []);
});

test('listeners that are none', async () => {
  for (const load of [Module.load, Module.fromTrusted, Vm.load, Pool.load]) {
    await assert.rejects(load(plain('add'), { onProgress: 7 }), { ...wrong, message: /onProgress is a function/ });
  }
  // Nothing can be told while the event loop is blocked.
  assert.throws(() => Vm.loadSync(plain('add'), { onProgress() {} }), { ...wrong, message: /has no "onProgress"/ });
  assert.throws(() => Module.fromTrustedSync(plain('add'), { onProgress() {} }), wrong);
  const settings = { onProgress() {}, limits: { module: { functions: 5 } } };
  await assert.rejects(Vm.load(plain('add'), settings), { ...wrong, message: /limits\.module.*Engine/ });
});

test('a worker may end while its module is compiled', () => {
  const program = `const { Worker } = require('node:worker_threads');
    const source = edge.Module.fromText((${many})(2000)).serializeSync();
    const worker = new Worker(\`
      const { parentPort, workerData } = require('node:worker_threads');
      const edge = require(workerData.edge);
      edge.Module.load(workerData.source, { onProgress() {} });
      parentPort.postMessage('begun');\`,
      { eval: true, workerData: { source, edge: ${JSON.stringify(path.join(__dirname, '..'))} } });
    worker.once('message', async () => {
      await worker.terminate();
      console.log((await edge.Module.load(source)).compiledFunctions.total);
    });`;
  assert.equal(output(node(program)), '2000');
});
