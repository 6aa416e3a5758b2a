'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { engineHandle } = require('./engine.js');
const { fuelAmount, options } = require('./limits.js');
const { storeInternals } = require('./store.js');
const { keep } = require('./hosts.js');
const { moduleHandle } = require('./module.js');
const { externHandle } = require('./externs.js');
const { Instance, instanceInternals } = require('./instance.js');
const { hostModuleDefine } = require('./host_module.js');

let linkerInternals;

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

module.exports = { Linker, linkerInternals };
