'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { engineHandle } = require('./engine.js');
const { fuelAmount, options } = require('./limits.js');
const { Store, storeInternals } = require('./store.js');
const { keep, late } = require('./hosts.js');
const { moduleHandle } = require('./module.js');
const { Global, Memory, Table, sortOf, wrapExtern } = require('./externs.js');

let instanceInternals;
let linkerInternals;

/** An extern's handle. */
function externHandle(value) {
  const found = sortOf(value);
  if (!found) throw argumentError(`expected a Func, Memory, Table, Global or Tag, not ${typeName(value)}`);
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

  func(module, name, type, callback, settings) {
    const { params = [], results = [] } = options(type, ['kind', 'params', 'results'], 'the type of a function');
    if (typeof callback !== 'function') throw argumentError(`a host function is a function, not ${typeName(callback)}`);
    const { caller = false, cost } = options(settings, ['caller', 'cost'], 'the settings of a host function');
    const index = this.#functions.push(callback) - 1;
    const names = [String(module), String(name), params.map(String), results.map(String)];
    native.linkerFunc(this.#handle, ...names, this.#keeper, index, Boolean(caller));
    return cost === undefined ? this : this.funcCost(module, name, cost);
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

  /** Makes what a host module describes in a store, and defines it. */
  hostModule(store, module) {
    hostModuleDefine(module, this, store);
    return this;
  }

  alias(module, name, asModule, asName) {
    native.linkerAlias(this.#handle, String(module), String(name), String(asModule), String(asName));
    return this;
  }

  aliasModule(module, asModule) {
    native.linkerAliasModule(this.#handle, String(module), String(asModule));
    return this;
  }

  defineUnknownAsTraps(module) {
    native.linkerUnknownAsTraps(this.#handle, moduleHandle(module));
    return this;
  }

  allowShadowing(allow) {
    native.linkerAllowShadowing(this.#handle, Boolean(allow));
    return this;
  }

  funcCost(module, name, cost) {
    native.linkerFuncCost(this.#handle, String(module), String(name), fuelAmount(cost, 'the cost'));
    return this;
  }

  definitions() {
    return native.linkerDefinitions(this.#handle);
  }

  instantiate(store, module) {
    const instance = native.linkerInstantiate(this.#handle, storeInternals.handle(store), moduleHandle(module));
    for (const kept of this.#kept) if (kept !== undefined && kept !== store) storeInternals.refer(store, kept);
    return new Instance(new Handle(instance, store));
  }

  static {
    linkerInternals = (linker) => {
      if (linker === undefined || linker === null) return {};
      if (!(#handle in Object(linker))) throw argumentError(`linker is a Linker, not ${typeName(linker)}`);
      return { handle: linker.#handle, kept: linker.#kept };
    };
  }
}

/** Defines a host module in a linker and a store. */
let hostModuleDefine;

/** Functions, memories, tables and globals under one name, for any number of linkers and stores. */
class HostModule {
  #items = new Map();

  constructor(name) {
    this.name = String(name);
  }

  names() {
    return [...this.#items.keys()];
  }

  func(name, type, callback, settings) {
    return this.#with(name, { define: (linker) => linker.func(this.name, name, type, callback, settings) });
  }

  memory(name, type) {
    return this.#with(name, { make: (store) => new Memory(store, type) });
  }

  table(name, type, init) {
    return this.#with(name, { make: (store) => new Table(store, type, init) });
  }

  global(name, type, value) {
    return this.#with(name, { make: (store) => new Global(store, type, value) });
  }

  #with(name, item) {
    this.#items.delete(String(name));
    this.#items.set(String(name), item);
    return this;
  }

  static {
    hostModuleDefine = (module, linker, store) => {
      if (!(#items in Object(module))) throw argumentError(`expected a HostModule, not ${typeName(module)}`);
      // Made first: where one cannot be, nothing is defined.
      const items = [...module.#items].map(([name, { make, define }]) => {
        if (make === undefined) return define;
        const made = make(store);
        return () => linker.define(module.name, name, made);
      });
      for (const define of items) define(linker);
    };
  }
}

/** Who called a host function. */
class Caller {
  #kept;
  #store;
  #instance;
  #memories;

  constructor(handle) {
    if (!(handle instanceof Handle)) throw new TypeError('host functions get a Caller; nobody makes one');
    [this.#kept, this.#store, this.#instance, this.#memories] = handle.more;
  }

  get store() {
    return new Store(new Handle(this.#store, this.#kept));
  }

  /** Null when the host itself called. */
  get instance() {
    return this.#instance === null ? null : new Instance(new Handle(this.#instance, this.#kept));
  }

  /** The caller's memory of this number, exported or not; null where there is none. */
  memory(index = 0) {
    const found = this.#memories[index];
    return found === undefined ? null : new Memory(new Handle(found, this.#kept));
  }
}

late.makeCaller = (kept, ...parts) => new Caller(new Handle(undefined, kept, ...parts));

module.exports = { Caller, HostModule, Instance, Linker, linkerInternals };
