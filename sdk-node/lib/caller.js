'use strict';

const { Handle } = require('./native.js');
const { Store } = require('./store.js');
const { late } = require('./hosts.js');
const { wrapExtern } = require('./externs.js');
const { Instance } = require('./instance.js');

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

  /** The caller's memory of this number, shared or not, exported or not; null where there is none. */
  memory(index = 0) {
    const found = this.#memories[index];
    return found === undefined ? null : wrapExtern(found, this.#kept);
  }
}

late.makeCaller = (kept, ...parts) => new Caller(new Handle(undefined, kept, ...parts));

module.exports = { Caller };
