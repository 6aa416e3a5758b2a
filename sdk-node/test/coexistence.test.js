'use strict';

/** edge beside everything else that lives in a Node process: V8's own WebAssembly, workers that come and go, forks. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { node, output } = require('./helpers.js');

/** A module of V8's that reads out of bounds, which V8 notices by a fault. */
const V8_TRAP = `
  const v8Trap = () => {
    const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102,
      0, 0, 10, 9, 1, 7, 0, 65, 124, 40, 2, 0, 11]);
    try {
      new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f();
    } catch (error) {
      return error instanceof WebAssembly.RuntimeError && error.message;
    }
    return 'no trap';
  };
  const edgeTrap = () => {
    const vm = helpers.load();
    try {
      vm.run('out_of_bounds_write');
    } catch (error) {
      return error.kind;
    }
    return 'no trap';
  };
`;

test('V8 traps before, between and after traps of edge', () => {
  const program = `${V8_TRAP}
    const seen = [v8Trap(), edgeTrap(), v8Trap(), edgeTrap(), v8Trap()];
    console.log(JSON.stringify(seen));`;
  const out = 'memory access out of bounds';
  assert.deepEqual(JSON.parse(output(node(program))), [out, 'memory_out_of_bounds', out, 'memory_out_of_bounds', out]);
});

test('V8 traps after workers that loaded edge have ended', () => {
  const program = `${V8_TRAP}
    const { Worker } = require('node:worker_threads');
    const work = \`
      const helpers = require(\${JSON.stringify(${JSON.stringify(require.resolve('./helpers.js'))})});
      \${${JSON.stringify(V8_TRAP)}}
      require('node:worker_threads').parentPort.postMessage([edgeTrap(), v8Trap(), helpers.load().run('add', 20, 22)]);
    \`;
    const one = () => new Promise((resolve, reject) => {
      const worker = new Worker(work, { eval: true });
      let message;
      worker.on('message', (value) => (message = value));
      worker.on('error', reject);
      worker.on('exit', () => resolve(message));
    });
    (async () => {
      const seen = [];
      for (let round = 0; round < 3; round += 1) seen.push(...await Promise.all([one(), one()]));
      console.log(JSON.stringify([seen, v8Trap(), edgeTrap(), v8Trap()]));
    })();`;
  const [workers, ...after] = JSON.parse(output(node(program)));
  const out = 'memory access out of bounds';
  assert.equal(workers.length, 6);
  for (const seen of workers) assert.deepEqual(seen, ['memory_out_of_bounds', out, 42]);
  assert.deepEqual(after, [out, 'memory_out_of_bounds', out]);
});

test('the only user of edge may be a worker that ends before V8 traps', () => {
  const program = `
    const { Worker } = require('node:worker_threads');
    ${V8_TRAP}
    console.log(v8Trap());`;
  // The main thread of this one never loads the add-on itself.
  const bare = `
    const { Worker } = require('node:worker_threads');
    const worker = new Worker('require(' + JSON.stringify(${JSON.stringify(require.resolve('./helpers.js'))}) + ').load().run("add", 1, 2)',
      { eval: true });
    worker.on('exit', (code) => {
      const helpers = null;
      ${V8_TRAP}
      console.log(code, v8Trap());
    });`;
  const { spawnSync } = require('node:child_process');
  const result = spawnSync(process.execPath, ['-e', bare], { encoding: 'utf8', timeout: 120_000 });
  assert.equal(output(result), '0 memory access out of bounds');
  assert.equal(output(node(program)), 'memory access out of bounds');
});

test('a worker is terminated while its guest waits for JavaScript', () => {
  const program = `
    const { Worker } = require('node:worker_threads');
    const work = \`
      const { parentPort } = require('node:worker_threads');
      const helpers = require(\${JSON.stringify(${JSON.stringify(require.resolve('./helpers.js'))})});
      const vm = helpers.load({ note: () => { parentPort.postMessage('waiting'); return new Promise(() => {}); } });
      vm.runAsync('call_note', 1, 'x');
      vm.runAsync('add', 1, 2);
    \`;
    const one = () => new Promise((resolve, reject) => {
      const worker = new Worker(work, { eval: true });
      worker.on('message', () => worker.terminate());
      worker.on('error', reject);
      worker.on('exit', resolve);
    });
    (async () => {
      for (let round = 0; round < 5; round += 1) await one();
      console.log(helpers.load().run('add', 1, 2), await helpers.load().runAsync('add', 3, 4));
    })();`;
  assert.equal(output(node(program)), '3 7');
});

test('a worker ends while its guest computes', () => {
  const program = `
    const { Worker } = require('node:worker_threads');
    const work = \`
      const { parentPort } = require('node:worker_threads');
      const helpers = require(\${JSON.stringify(${JSON.stringify(require.resolve('./helpers.js'))})});
      const vm = helpers.load({ note: (level) => { if (level === 0) parentPort.postMessage('running'); return 1n; } });
      vm.runAsync('call_note', 0, 'x');
      for (let call = 0; call < 100; call += 1) vm.runAsync('call_note_often', 100, 10);
    \`;
    const one = () => new Promise((resolve, reject) => {
      const worker = new Worker(work, { eval: true });
      worker.on('message', () => worker.terminate());
      worker.on('error', reject);
      worker.on('exit', resolve);
    });
    (async () => {
      for (let round = 0; round < 5; round += 1) await one();
      console.log(helpers.load().run('add', 1, 2));
    })();`;
  assert.equal(output(node(program)), '3');
});

test('a host function of a terminated worker unwinds', () => {
  const program = `
    const { Worker } = require('node:worker_threads');
    const work = \`
      const { parentPort } = require('node:worker_threads');
      const helpers = require(\${JSON.stringify(${JSON.stringify(require.resolve('./helpers.js'))})});
      helpers.load({ note: () => { parentPort.postMessage('here'); for (;;); } }).run('call_note', 1, 'x');
    \`;
    const worker = new Worker(work, { eval: true });
    worker.on('message', () => worker.terminate());
    worker.on('exit', () => console.log(helpers.load().run('add', 1, 2)));`;
  assert.equal(output(node(program)), '3');
});

test('a forked process has edge too', () => {
  const program = `
    const { fork } = require('node:child_process');
    helpers.load().run('add', 1, 2);
    const child = fork(${JSON.stringify(require.resolve('./fixtures/child.js'))});
    child.on('message', (sum) => console.log(sum));`;
  assert.equal(output(node(program)), '7');
});

test('guests and waits of a worker end with it', () => {
  // Three things count in one memory: a call of a Vm, a pool at work, and, once it ends, a wait.
  const work = `
    const edge = require(${JSON.stringify(require.resolve('..'))});
    const memory = edge.SharedMemory.from(require('node:worker_threads').workerData);
    const module = edge.Module.fromText(\`(module (import "env" "memory" (memory 1 1 shared))
      (func (export "count") (param i32) (loop (drop (i32.atomic.rmw.add (local.get 0) (i32.const 1))) (br 0))))\`);
    const imports = { env: { memory } };
    edge.Vm.loadSync(module, { imports }).runAsync('count', 0);
    edge.Pool.load(module, { imports, size: 1 }).then((pool) => pool.map('count', [4]));
    memory.waitAsync32(8, 0);`;
  const program = `
    const { Worker } = require('node:worker_threads');
    const memory = new edge.SharedMemory({ min: 1, max: 1 });
    const worker = new Worker(${JSON.stringify(work)}, { eval: true, workerData: memory.share() });
    const counts = () => [memory.atomicLoad32(0), memory.atomicLoad32(4)].join();
    const turn = () => new Promise((resolve) => setTimeout(resolve, 10));
    (async () => {
      while (memory.atomicLoad32(0) === 0 || memory.atomicLoad32(4) === 0) await turn();
      console.log('counting');
      await worker.terminate();
      // It stands still for many turns, sooner or later.
      for (let still = 0, before; still < 20; before = counts()) {
        await turn();
        still = counts() === before ? still + 1 : 0;
      }
      console.log('still', memory.notify(8));
    })();`;
  assert.equal(output(node(program)), 'counting\nstill 0');
});
