'use strict';

/** WASI guests. */

const { execFileSync } = require('node:child_process');
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ROOT, edge, guest, plain } = require('./helpers.js');

const { Module, Vm, Wasi } = edge;
const wasiGuest = new Module(guest('wasi'));
const text = (bytes) => Buffer.from(bytes).toString();

/** Runs the guest; its exit code and what it printed. */
function run(args, settings) {
  const vm = Vm.loadSync(wasiGuest, { wasi: new Wasi({ args: ['wasi', ...args], stdout: 'capture', stderr: 'capture', ...settings }) });
  const code = vm.start();
  return { code, stdout: text(vm.stdout), stderr: text(vm.stderr) };
}

test('arguments, environment and exit code', () => {
  assert.match(run(['args', 'a', 'é']).stdout, /a[^]*é/);
  assert.match(run(['env', 'NAME'], { env: { NAME: 'value' } }).stdout, /value/);
  assert.equal(run(['exit', '42']).code, 42);
});

test('standard input from bytes, output captured', async () => {
  assert.match(run(['stdin'], { stdin: Buffer.from('given text') }).stdout, /given text|10/);
  const vm = await Vm.load(plain('wasi_hello'), { wasi: new Wasi({ stdout: 'capture' }) });
  assert.equal(await vm.startAsync(), 7);
  assert.equal(text(vm.stdout), 'hello wasi\n');
});

test('output is inherited by whoever has WASI, else it goes nowhere', () => {
  const program = `
    const { Module, Vm, Wasi } = require(${JSON.stringify(path.join(__dirname, '..'))});
    const module = new Module(${JSON.stringify(path.join(ROOT, 'tests', 'guests', 'plain', 'wasi_hello.wat'))});
    Vm.loadSync(module).start();
    console.log('then');
    Vm.loadSync(module, { wasi: new Wasi() }).start();`;
  assert.equal(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }), 'then\nhello wasi\n');
});

test('directories: what is given, and read only', (t) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'edge-'));
  t.after(() => fs.rmSync(dir, { recursive: true }));
  fs.writeFileSync(path.join(dir, 'file'), 'from the host');
  assert.match(run(['cat', '/data/file'], { dirs: { '/data': dir } }).stdout, /from the host/);
  assert.notEqual(run(['cat', '/data/file']).code, 0);
  assert.equal(run(['append', '/data/new.txt', 'text'], { dirs: { '/data': { path: dir } } }).code, 0);
  assert.match(fs.readFileSync(path.join(dir, 'new.txt'), 'utf8'), /text/);
  assert.equal(run(['read-only', '/data'], { dirs: { '/data': { path: dir, readOnly: true } } }).code, 0);
});

test('a directory that is not there is an error that names it', () => {
  assert.throws(() => run(['ls', '/data'], { dirs: { '/data': '/no/such/directory' } }), { name: 'EdgeError', message: /no\/such/ });
});

test('settings that are none', () => {
  const refused = { name: 'EdgeError', kind: 'argument_type' };
  assert.throws(() => new Wasi({ argz: [] }), refused);
  assert.throws(() => new Wasi({ args: 'x' }), refused);
  assert.throws(() => new Wasi({ args: [1] }), { ...refused, message: /args\[0\] is a string/ });
  assert.throws(() => new Wasi({ env: { A: 1 } }), { ...refused, message: /env.A is a string/ });
  assert.throws(() => new Wasi({ dirs: { '/x': 1 } }), refused);
  assert.throws(() => new Wasi({ dirs: { '/x': { path: 'x', readonly: true } } }), refused);
  assert.throws(() => new Wasi({ stdin: 'text' }), { ...refused, message: /stdin is bytes or 'inherit'/ });
  assert.throws(() => new Wasi({ stdout: 'file' }), refused);
});

test('without a configuration a guest prints nowhere', () => {
  const vm = Vm.loadSync(plain('wasi_hello'));
  assert.equal(vm.start(), 7);
  assert.equal(vm.stdout.length, 0);
});

test('a command is no function, a reactor no command', () => {
  assert.throws(() => Vm.loadSync(plain('add')).start(), { kind: 'unknown_export' });
});
