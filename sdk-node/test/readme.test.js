'use strict';

/** The programs of README.md, run as they stand but for the files that they name. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, folder, guest, node, output } = require('./helpers.js');

const readme = fs.readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');
const programs = [...readme.matchAll(/```js\n([^]*?)```/g)].map((found) => found[1]);

/** Runs a program with real files in place of those that it names. */
function run(program, files) {
  const names = [...program.matchAll(/const \{ ([\w, ]+) \} = require\('edge'\);/g)].flatMap((found) => found[1].split(', '));
  let text = program.replace(/const \{ [\w, ]+ \} = require\('edge'\);/g, '').replace("const fs = require('node:fs');", '');
  // What an example before has named the reader knows.
  const known = ['Err', 'Pool', 'Vm', 'Wasi'].filter((name) => !names.includes(name));
  for (const [name, file] of Object.entries(files)) {
    assert.ok(text.includes(`'${name}'`), `the program names ${name}`);
    text = text.replaceAll(`'${name}'`, JSON.stringify(file));
  }
  return output(node(`const fs = require('node:fs'); const { ${[...known, ...names].join(', ')} } = edge; (async () => { ${text} })();`));
}

const fixture = (name) => path.join(__dirname, 'fixtures', `${name}.wat`);

test('there are eight programs', () => assert.equal(programs.length, 8));

test('calling a function', () => {
  const scan = path.join(ROOT, 'examples', 'infer', 'scans', 'digit-3.png');
  assert.equal(run(programs[0], { 'infer.wasm': guest('infer'), 'digit-3.png': scan }), '3');
});

test('host functions', () => {
  const text = `${programs[1]}\nconsole.log(vm.run('call_note', 1, 'four'));`;
  // The guest wants more host functions than the README shows.
  const more = text.replace('imports: { app: {', 'imports: { app: { ...helpers.app().app,');
  assert.equal(run(more, { 'guest.wasm': guest('conformance') }), '4n');
});

test('WASI and limits', () => {
  const text = programs[2].replace("'--flag'", "'--flag', 'x'").replace("'program', ", "'program', 'args', ");
  const got = run(text, { 'program.wasm': guest('wasi'), data: path.join(ROOT, 'examples') });
  assert.match(got, /^0 [^]*--flag/);
});

test('stopping', () => {
  assert.equal(run(programs[3], { 'spin.wat': fixture('spin') }), 'deadline_exceeded\ncancelled');
});

test('a pool', () => {
  assert.equal(run(programs[4], { 'add.wat': fixture('add') }), '42\n[ 3, 7, 11 ]\n14');
});

test('a shared memory', () => {
  assert.match(run(programs[5], { 'count.wat': fixture('count') }), /^(ok|not-equal) 10$/);
});

test('engine, fuel, statistics', () => {
  assert.equal(run(programs[6], { 'add.wat': fixture('add') }), '997n 3n');
});

test('compiled code in files', (t) => {
  const files = { 'add.wat': fixture('add'), 'add.edge': path.join(folder(t), 'add.edge') };
  assert.equal(run(programs[7], files), '42 true\n0 of 1\n1');
});
