'use strict';

const { argumentError, typeName } = require('./errors.js');
const { Global, Memory, Table } = require('./externs.js');

/** For our own files: defines a host module in a linker and a store. */
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

module.exports = { HostModule, hostModuleDefine };
