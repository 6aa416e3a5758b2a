'use strict';

const path = require('node:path');
const { native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { options } = require('./limits.js');
const { isBytes } = require('./module.js');

const FIELDS = ['args', 'env', 'dirs', 'stdin', 'stdout', 'stderr'];
const OUTPUTS = ['inherit', 'capture', 'ignore'];

let wasiHandle;

function text(value, what) {
  if (typeof value === 'string') return value;
  throw argumentError(`${what} is a string, not ${typeName(value)}`);
}

/** Guest path, host path, and how it is opened, of each directory. */
function directories(dirs = {}) {
  return Object.entries(options(dirs, Object.keys(dirs), 'dirs')).flatMap(([guest, host]) => {
    const what = `dirs[${JSON.stringify(guest)}]`;
    if (typeof host === 'string') return [guest, path.resolve(host), 'rw'];
    const { path: given, readOnly = false } = options(host, ['path', 'readOnly'], what);
    if (typeof readOnly !== 'boolean') throw argumentError(`${what}.readOnly is a boolean, not ${typeName(readOnly)}`);
    return [guest, path.resolve(text(given, `${what}.path`)), readOnly ? 'ro' : 'rw'];
  });
}

function output(value, what) {
  if (value === undefined || OUTPUTS.includes(value)) return value;
  throw argumentError(`${what} is 'inherit', 'capture' or 'ignore', not ${typeName(value)}`);
}

/** What a WASI guest gets. */
class Wasi {
  #handle;

  constructor(settings) {
    const { args = [], env = {}, dirs, stdin, stdout, stderr } = options(settings, FIELDS, 'the settings');
    if (!Array.isArray(args)) throw argumentError(`args is an array of strings, not ${typeName(args)}`);
    if (typeof env !== 'object' || env === null) throw argumentError(`env is an object of strings, not ${typeName(env)}`);
    if (stdin !== undefined && stdin !== 'inherit' && !isBytes(stdin)) {
      throw argumentError(`stdin is bytes or 'inherit', not ${typeName(stdin)}`);
    }
    const variables = Object.entries(env).flatMap(([key, value]) => [key, text(value, `env.${key}`)]);
    this.#handle = native.wasiNew(
      args.map((arg, index) => text(arg, `args[${index}]`)),
      variables,
      directories(dirs),
      stdin,
      output(stdout, 'stdout'),
      output(stderr, 'stderr'),
    );
  }

  static {
    wasiHandle = (wasi) => {
      if (wasi === undefined || wasi === null) return undefined;
      if (!(#handle in Object(wasi))) throw argumentError(`wasi is a Wasi, not ${typeName(wasi)}`);
      return wasi.#handle;
    };
  }
}

module.exports = { Wasi, wasiHandle };
