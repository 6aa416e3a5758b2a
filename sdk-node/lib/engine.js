'use strict';

const path = require('node:path');
const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { count, flag, fuelAmount, limitNumbers, limitsOf, options } = require('./limits.js');
const { Tickets } = require('./tickets.js');

const OPT_LEVELS = ['none', 'speed', 'speedAndSize'];

const tickets = new Tickets('Engine');

/** The engine that all who ask for no other share, when somebody has. */
let shared;
/** The native handle of an engine, or of the shared one. */
let engineHandle;

function optLevel(value) {
  if (OPT_LEVELS.includes(value)) return value;
  throw argumentError(`optLevel is 'none', 'speed' or 'speedAndSize', not ${typeName(value)}`);
}

function compileWhen(value) {
  if (value === 'eager' || value === 'lazy') return value;
  throw argumentError(`compile is 'eager' or 'lazy', not ${typeName(value)}`);
}

function targetName(value) {
  if (typeof value === 'string' && value !== '') return value;
  throw argumentError(`target is 'host', 'generic' or the triple of a machine, not ${typeName(value)}`);
}

function directoryOf(value, what) {
  // What the process changes its own directory to later does not matter.
  if (typeof value === 'string' && value !== '') return path.resolve(value);
  throw argumentError(`${what} is the path of a directory, not ${typeName(value)}`);
}

/** Directory and size, of which null is the user's own and the usual one; null alone is no cache. */
function cachePlace(value) {
  if (value === false || value === null) return null;
  if (value === true) return [null, null];
  if (typeof value === 'string') return [directoryOf(value, 'cache'), null];
  // What says nothing is not a wish for the user's own: an object of another class, for example.
  if (typeof value !== 'object' || !('directory' in value || 'maxSize' in value)) {
    throw argumentError(`cache is true, the path of a directory or { directory, maxSize }, not ${typeName(value)}`);
  }
  const { directory, maxSize } = options(value, ['directory', 'maxSize'], 'cache');
  return [
    directory === undefined ? null : directoryOf(directory, 'cache.directory'),
    maxSize === undefined ? null : count(maxSize, 'cache.maxSize'),
  ];
}

/** Names and values by turns, of an object whose names native code checks. */
function entries(given, what, check) {
  if (typeof given !== 'object' || given === null) throw argumentError(`${what} is an object, not ${typeName(given)}`);
  return Object.entries(given).flatMap(([name, value]) => [name, check(value, `${what}[${JSON.stringify(name)}]`)]);
}

const object = (flat) => {
  const found = {};
  for (let index = 0; index < flat.length; index += 2) found[flat[index]] = flat[index + 1];
  return found;
};

/** Each setting: how it goes to native code, and how it comes back where that differs. */
const SETTINGS = {
  optLevel: { check: optLevel },
  compile: { check: compileWhen },
  target: { check: targetName },
  cache: { check: cachePlace, tell: (pair) => pair && Object.freeze({ directory: pair[0], maxSize: pair[1] }) },
  threads: { check: (value) => count(value, 'threads', 0xffff) },
  proposals: { check: (value) => entries(value, 'proposals', flag), tell: (flat) => Object.freeze(object(flat)) },
  signals: { check: flag },
  interpreter: { check: flag },
  interruptible: { check: flag },
  deterministic: { check: flag },
  fuel: { check: flag },
  costTable: { check: (value) => entries(value, 'costTable', fuelAmount), tell: (flat) => Object.freeze(object(flat)) },
  countInstructions: { check: flag },
  measureTime: { check: flag },
  limits: { check: (value) => limitNumbers(value), tell: limitsOf },
};

/** Settings, compiler, and what modules share. */
class Engine {
  #handle;
  #settings;

  constructor(settings) {
    if (settings instanceof Handle) {
      this.#handle = settings.native;
      return;
    }
    const given = options(settings, Object.keys(SETTINGS), 'the settings');
    const named = Object.entries(given).filter(([, value]) => value !== undefined);
    this.#handle = native.engineNew(named.flatMap(([name, value]) => [name, SETTINGS[name].check(value, name)]));
  }

  /** Of the ticket that `share` gave in another thread. */
  static from(ticket) {
    return tickets.redeem(ticket, (handle) => new Engine(new Handle(handle)));
  }

  /** What `postMessage` can send. */
  share() {
    return tickets.share(this, this.#handle);
  }

  get settings() {
    this.#settings ??= Object.freeze(
      Object.fromEntries(
        Object.entries(object(native.engineSettings(this.#handle))).map(([name, value]) => [
          name,
          SETTINGS[name].tell ? SETTINGS[name].tell(value) : value,
        ]),
      ),
    );
    return this.#settings;
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

module.exports = { Engine, engineHandle };
