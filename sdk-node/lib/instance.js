'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { storeInternals } = require('./store.js');
const { moduleHandle } = require('./module.js');
const { externHandle, wrapExtern } = require('./externs.js');

let instanceInternals;

/** A module with its imports and its state. */
class Instance {
  #handle;
  #kept;

  constructor(store, module, imports = []) {
    if (store instanceof Handle) {
      this.#handle = store.native;
      [this.#kept] = store.more;
      return;
    }
    if (!Array.isArray(imports)) throw argumentError(`imports is an array of externs, not ${typeName(imports)}`);
    const items = imports.map(externHandle);
    for (const { kept } of items) if (kept !== undefined) storeInternals.refer(store, kept);
    const flat = items.flatMap(({ sort, handle }) => [sort, handle]);
    this.#handle = native.instanceNew(storeInternals.handle(store), moduleHandle(module), flat);
    this.#kept = store;
  }

  get exports() {
    const found = Object.create(null);
    for (const [name, ...extern] of native.instanceExports(this.#handle)) found[name] = wrapExtern(extern, this.#kept);
    return Object.freeze(found);
  }

  func(name) {
    return this.#get(name, 'function');
  }

  memory(name = 'memory') {
    return this.#get(name, 'memory');
  }

  sharedMemory(name = 'memory') {
    return this.#get(name, 'sharedMemory');
  }

  table(name) {
    return this.#get(name, 'table');
  }

  global(name) {
    return this.#get(name, 'global');
  }

  tag(name) {
    return this.#get(name, 'tag');
  }

  #get(name, sort) {
    return wrapExtern([sort, native.instanceGet(this.#handle, String(name), sort)], this.#kept);
  }

  static {
    instanceInternals = (instance) => {
      if (!(#handle in Object(instance))) throw argumentError(`expected an Instance, not ${typeName(instance)}`);
      return { handle: instance.#handle, kept: instance.#kept };
    };
  }
}

module.exports = { Instance, instanceInternals };
