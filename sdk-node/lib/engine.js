'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { count, fuelAmount, limitNumbers, limitsOf, options } = require('./limits.js');
const { Tickets } = require('./tickets.js');

const OPT_LEVELS = ['none', 'speed', 'speedAndSize'];

const tickets = new Tickets('Engine');

/** The engine that all who ask for no other share, when somebody has. */
let shared;
/** The native handle of an engine, or of the shared one. */
let engineHandle;

function flag(value, what) {
  if (typeof value === 'boolean') return value;
  throw argumentError(`${what} is a boolean, not ${typeName(value)}`);
}

function optLevel(value) {
  if (OPT_LEVELS.includes(value)) return value;
  throw argumentError(`optLevel is 'none', 'speed' or 'speedAndSize', not ${typeName(value)}`);
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
