'use strict';

const { native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { keep } = require('./hosts.js');

const OPT_LEVELS = { none: 'none', speed: 'speed', speedAndSize: 'speed_and_size' };
const LIMITS = ['memory', 'table', 'instances', 'stack', 'resultSize'];

/** The engine that all who ask for no other share, when somebody has. */
let shared;
/** Native handles are for our own files, not for users: of an engine (or the shared one), and what else a store has. */
let engineHandle;
let storeInternals;

/** The options of a call, none of which may be unknown. */
function options(given, known, what) {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object') throw argumentError(`${what} is an object, not ${typeName(given)}`);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw argumentError(`${what} has no ${JSON.stringify(key)}; there are ${known.join(', ')}`);
  }
  return given;
}

/** A count: an integer from 0 up. */
function count(value, what, greatest = Number.MAX_SAFE_INTEGER) {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (Number.isInteger(number) && number >= 0 && number <= greatest) return number;
  const got = typeof number === 'number' ? number : typeName(value);
  throw argumentError(`${what} is an integer from 0 to ${greatest}, not ${got}`);
}

/** Limits as native code takes them. */
function limitNumbers(limits) {
  const given = options(limits, LIMITS, 'limits');
  const most = { instances: 0xffffffff };
  return LIMITS.map((key) => (given[key] === undefined ? undefined : count(given[key], `limits.${key}`, most[key])));
}

/** Settings, compiler, and what modules share. */
class Engine {
  #handle;

  constructor(settings) {
    const { optLevel = 'speed', threads = 0 } = options(settings, ['optLevel', 'threads'], 'the settings');
    if (!Object.hasOwn(OPT_LEVELS, optLevel)) {
      throw argumentError(`optLevel is 'none', 'speed' or 'speedAndSize', not ${typeName(optLevel)}`);
    }
    this.#handle = native.engineNew(OPT_LEVELS[optLevel], count(threads, 'threads', 0xffff));
  }

  static {
    engineHandle = (engine) => {
      if (engine === undefined || engine === null) {
        shared ??= native.engineShared();
        return shared;
      }
      if (!(#handle in Object(engine))) throw argumentError(`engine is an Engine, not ${typeName(engine)}`);
      return engine.#handle;
    };
  }
}

/** What instances live in. */
class Store {
  #handle;
  #functions = [];
  #keeper = keep(this.#functions);
  #kept = [];

  constructor(settings) {
    const { engine, limits } = options(settings, ['engine', 'limits'], 'the settings');
    this.#handle = native.storeNew(engineHandle(engine), limitNumbers(limits));
  }

  get memoryUsed() {
    return native.storeMemoryUsed(this.#handle);
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

module.exports = { Engine, Store, count, engineHandle, limitNumbers, options, storeInternals };
