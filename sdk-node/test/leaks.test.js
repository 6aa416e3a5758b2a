'use strict';

/** A million calls, and what is forgotten: flat memory. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { node, output } = require('./helpers.js');

/** Megabytes of growth over so many calls, after warming up with a tenth of them. */
const GROWTH = `
  const rss = () => {
    global.gc();
    global.gc();
    return process.memoryUsage().rss / 1048576;
  };
  const growth = (calls, call) => {
    for (let i = 0; i < calls / 10; i += 1) call(i);
    const before = rss();
    for (let i = 0; i < calls; i += 1) call(i);
    return rss() - before;
  };
`;

const grown = (program) => Number(output(node(GROWTH + program, ['--expose-gc'])));

test('a million calls with strings, structs, errors and host functions', () => {
  const got = grown(`
    const vm = helpers.load();
    const { add, echo_string, echo_point, fails_string, call_transform } = vm.exports;
    const text = 'x'.repeat(200);
    console.log(growth(1_000_000, (i) => {
      add(i & 0xffff, 1);
      echo_string(text);
      if (i % 10 === 0) {
        echo_point({ x: i, y: 1 });
        call_transform({ x: i, y: 1 });
      }
      if (i % 100 === 0) {
        try {
          fails_string();
        } catch {}
      }
    }));`);
  // 200 bytes a call that leaked would be 190 MB.
  assert.ok(got < 24, `grew by ${got} MB`);
});

test('host exceptions that are thrown by the thousand', () => {
  const got = grown(`
    const vm = helpers.load({ fail_typed: () => { throw new Error('x'.repeat(1000)); }, note: () => { throw new Error('no'); } });
    console.log(growth(50_000, () => {
      try {
        vm.run('call_note', 1, 'x');
      } catch {}
    }));`);
  assert.ok(got < 24, `grew by ${got} MB`);
});

test('Vms that are forgotten, each with a callback that refers to it', () => {
  const got = Number(
    output(
      node(
        `${GROWTH}
    (async () => {
      const module = helpers.conformance();
      const one = () => {
        const box = {};
        box.vm = edge.Vm.loadSync(module, { imports: helpers.app({ reenter: (n) => box.vm.run('count_down', n) }) });
        box.vm.run('call_reenter', 3);
        box.padding = new Uint8Array(100_000).fill(1);
      };
      const round = async (count) => {
        for (let i = 0; i < count; i += 1) {
          one();
          // Finalizers run from the event loop.
          if (i % 20 === 0) { global.gc(); await new Promise(setImmediate); }
        }
      };
      await round(200);
      const before = rss();
      await round(2000);
      await new Promise(setImmediate);
      console.log(rss() - before);
    })();`,
        ['--expose-gc'],
      ),
    ),
  );
  // The padding alone would be 190 MB, and the memories more.
  assert.ok(got < 60, `grew by ${got} MB`);
});

test('promises by the thousand', () => {
  const got = Number(
    output(
      node(
        `${GROWTH}
    (async () => {
      const vm = helpers.load({ note: async () => 1n });
      const text = 'x'.repeat(1000);
      const round = async (count) => {
        for (let i = 0; i < count; i += 1) {
          await vm.runAsync('echo_string', text);
          if (i % 10 === 0) await vm.runAsync('call_note', 1, text);
        }
      };
      await round(5000);
      const before = rss();
      await round(50_000);
      console.log(rss() - before);
    })();`,
        ['--expose-gc'],
      ),
    ),
  );
  assert.ok(got < 24, `grew by ${got} MB`);
});

test('listeners of loads are let go', () => {
  const got = Number(
    output(
      node(
        `${GROWTH}
    (async () => {
      const source = edge.Module.fromText('(module (func) (func))').serializeSync();
      const round = async (count) => {
        for (let i = 0; i < count; i += 1) {
          const padding = new Uint8Array(100_000).fill(1);
          await edge.Module.load(source, { onProgress: () => padding[0] });
          if (i % 20 === 0) { global.gc(); await new Promise(setImmediate); }
        }
      };
      await round(200);
      const before = rss();
      await round(1000);
      await new Promise(setImmediate);
      console.log(rss() - before);
    })();`,
        ['--expose-gc'],
      ),
    ),
  );
  // The padding alone would be 95 MB.
  assert.ok(got < 40, `grew by ${got} MB`);
});
