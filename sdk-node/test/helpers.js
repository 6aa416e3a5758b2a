'use strict';

/** What the tests share: guests, and Node in a process of its own. */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const edge = require('..');

const ROOT = path.join(__dirname, '..', '..');
const GUESTS = path.join(ROOT, 'target', 'guests', 'wasm');

/** The path of a guest that tools/build-guests makes. */
function guest(name) {
  const file = path.join(GUESTS, `${name}.wasm`);
  if (!fs.existsSync(file)) throw new Error(`${file} is missing: run tools/build-guests`);
  return file;
}

/** The path of a module in the text format. */
const plain = (name) => path.join(ROOT, 'tests', 'guests', 'plain', `${name}.wat`);

let conformanceModule;
/** The guest that has a function for everything, compiled once. */
function conformance() {
  conformanceModule ??= new edge.Module(guest('conformance'));
  return conformanceModule;
}

/** The conformance guest's host functions, some of them replaced. */
const app = (functions = {}) => ({
  app: {
    note: () => 1n,
    transform: (point) => ({ x: point.y, y: point.x }),
    fetch: (key) => (key === 'present' ? 'value of present' : null),
    bytes_round: (bytes) => bytes,
    fail_host: () => {
      throw new Error('the host failed');
    },
    fail_typed: (kind) => 3 * kind,
    reenter: (n) => n,
    multiply: (a, b) => a * b,
    sum: (numbers) => numbers.reduce((total, n) => total + n, 0n),
    areas: () => ({}),
    ...functions,
  },
});

/** A fresh conformance guest. */
const load = (functions, settings) => edge.Vm.loadSync(conformance(), { imports: app(functions), ...settings });

/** An empty directory for one test. */
function folder(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'edge-test-'));
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs a program in a Node of its own; `edge` and `helpers` are there. */
function node(program, options = []) {
  const head = `const edge = require(${JSON.stringify(path.join(__dirname, '..'))});
    const helpers = require(${JSON.stringify(__filename)});\n`;
  return spawnSync(process.execPath, [...options, '-e', head + program], { encoding: 'utf8', timeout: 120_000 });
}

/** Its output, if it ended well. */
function output(result) {
  if (result.status !== 0) {
    throw new Error(`status ${result.status}, signal ${result.signal}\n${result.stdout}\n${result.stderr}`);
  }
  return result.stdout.trim();
}

module.exports = { GUESTS, ROOT, app, conformance, edge, folder, guest, load, node, output, plain };
