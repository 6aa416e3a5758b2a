'use strict';

/** Loads the add-on for this machine, and gives it what it calls in JavaScript. */

const fs = require('node:fs');
const path = require('node:path');

/** The add-on's name says for which system it is, as napi-rs' packages have it. */
function triple() {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const report = process.report?.getReport?.();
  const libc = !report || report.header?.glibcVersionRuntime ? 'gnu' : 'musl';
  return `linux-${arch}-${libc}`;
}

function load() {
  const file = path.join(__dirname, '..', `edge.${triple()}.node`);
  if (!fs.existsSync(file)) {
    const there = fs.readdirSync(path.dirname(file)).filter((name) => name.endsWith('.node'));
    const have = there.length === 0 ? 'none is there' : `there is ${there.join(', ')}`;
    const text =
      `edge has no native part for this system: ${file} is missing (${have}). ` +
      'Supported is Linux on x86-64 with glibc; from a checkout, run sdk-node/tools/build first.';
    throw Object.assign(new Error(text), { code: 'MODULE_NOT_FOUND' });
  }
  try {
    return require(file);
  } catch (cause) {
    throw new Error(`edge's native part ${file} cannot be loaded: ${cause.message}`, { cause });
  }
}

/** A native handle, with which our own files make objects. Users never have one. */
class Handle {
  constructor(native, ...more) {
    this.native = native;
    this.more = more;
  }
}

exports.Handle = Handle;
exports.native = load();
