'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { Engine, engineHandle } = require('./engine.js');
const { fuelAmount, limitNumbers, limitsOf, options } = require('./limits.js');
const { CallOptions } = require('./calls.js');
const { keep } = require('./hosts.js');

/** For our own files, not for users. */
let storeInternals;

/** What a store's guests have used: a copy of the counts at one time. What the engine does not count throws. */
class Statistics {
  #handle;

  constructor(handle) {
    if (!(handle instanceof Handle)) throw new TypeError('use store.statistics() or vm.statistics()');
    this.#handle = handle.native;
  }

  static {
    for (const what of ['instructions', 'fuelUsed', 'fuelLeft', 'timeMs', 'calls', 'memoryPeak', 'instructionsPerSecond']) {
      Object.defineProperty(Statistics.prototype, what, {
        get() {
          return native.statistic(this.#handle, what);
        },
        enumerable: true,
        configurable: true,
      });
    }
  }
}

/** What instances live in. */
class Store {
  #handle;
  #functions = [];
  #keeper = keep(this.#functions);
  #kept = [];

  constructor(settings) {
    if (settings instanceof Handle) {
      this.#handle = settings.native;
      this.#kept.push(...settings.more);
      return;
    }
    const { engine, limits } = options(settings, ['engine', 'limits'], 'the settings');
    this.#handle = native.storeNew(engineHandle(engine), limitNumbers(limits));
  }

  get engine() {
    return new Engine(new Handle(native.storeEngine(this.#handle)));
  }

  get limits() {
    return limitsOf(native.storeLimits(this.#handle));
  }

  get memoryUsed() {
    return native.storeMemoryUsed(this.#handle);
  }

  get fuelLeft() {
    return native.storeFuelLeft(this.#handle);
  }

  setFuel(fuel) {
    native.storeSetFuel(this.#handle, fuelAmount(fuel, 'fuel'));
  }

  addFuel(fuel) {
    native.storeAddFuel(this.#handle, fuelAmount(fuel, 'fuel'));
  }

  consumeFuel(fuel) {
    native.storeConsumeFuel(this.#handle, fuelAmount(fuel, 'fuel'));
  }

  statistics() {
    return new Statistics(new Handle(native.storeStatistics(this.#handle)));
  }

  resetStatistics() {
    native.storeResetStatistics(this.#handle);
  }

  /** Ends the call that a thread of `runAsync` makes at this moment. */
  cancel() {
    return native.storeCancel(this.#handle);
  }

  /** Runs `callback`, in which all calls obey the options. */
  with(settings, callback) {
    if (typeof callback !== 'function') throw argumentError(`store.with calls a function, not ${typeName(callback)}`);
    const call = new CallOptions(settings);
    return call.run(() => native.storeWith(this.#handle, call.handle, () => callback()));
  }

  static {
    storeInternals = {
      handle(store) {
        if (!(#handle in Object(store))) throw argumentError(`expected a Store, not ${typeName(store)}`);
        return store.#handle;
      },
      /** Takes a host function in: the number of its keeper, and its place. */
      keep: (store, callback) => [store.#keeper, store.#functions.push(callback) - 1],
      /** Keeps something alive as long as the store. */
      refer(store, object) {
        if (!store.#kept.includes(object)) store.#kept.push(object);
      },
    };
  }
}

module.exports = { Statistics, Store, storeInternals };
