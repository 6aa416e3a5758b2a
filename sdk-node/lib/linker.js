'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { engineHandle, options, storeInternals } = require('./engine.js');
const { keep } = require('./hosts.js');
const { moduleHandle } = require('./module.js');
const { sortOf, wrapExtern } = require('./externs.js');

let instanceInternals;

/** An extern's handle. */
function externHandle(value) {
  const found = sortOf(value);
  if (!found) throw argumentError(`expected a Func, Memory, Table or Global, not ${typeName(value)}`);
  return found;
}

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

  table(name) {
    return this.#get(name, 'table');
  }

  global(name) {
    return this.#get(name, 'global');
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

/** Names to host functions and instances, for any number of stores. */
class Linker {
  #handle;
  #functions = [];
  #keeper = keep(this.#functions);
  #kept = [this.#functions];

  constructor(settings) {
    const { engine } = options(settings, ['engine'], 'the settings');
    this.#handle = native.linkerNew(engineHandle(engine));
  }

  func(module, name, type, callback) {
    const { params = [], results = [] } = options(type, ['kind', 'params', 'results'], 'the type of a function');
    if (typeof callback !== 'function') throw argumentError(`a host function is a function, not ${typeName(callback)}`);
    const index = this.#functions.push(callback) - 1;
    const names = [String(module), String(name), params.map(String), results.map(String)];
    native.linkerFunc(this.#handle, ...names, this.#keeper, index);
    return this;
  }

  define(module, name, item) {
    const { sort, handle, kept } = externHandle(item);
    native.linkerDefine(this.#handle, String(module), String(name), sort, handle);
    this.#kept.push(kept);
    return this;
  }

  instance(module, instance) {
    const { handle, kept } = instanceInternals(instance);
    native.linkerInstance(this.#handle, String(module), handle);
    this.#kept.push(kept);
    return this;
  }

  instantiate(store, module) {
    const instance = native.linkerInstantiate(this.#handle, storeInternals.handle(store), moduleHandle(module));
    for (const kept of this.#kept) if (kept !== undefined && kept !== store) storeInternals.refer(store, kept);
    return new Instance(new Handle(instance, store));
  }
}

module.exports = { Instance, Linker };
