'use strict';

/**
 * Host functions, as native code finds them: by the number of a keeper and a place in it.
 *
 * A keeper is an array that the handles of a Vm or a store refer to. Native code owns none, so that a callback that refers to
 * its own Vm, as most do, does not keep both alive for ever.
 */

const { AsyncLocalStorage } = require('node:async_hooks');
const { getSystemErrorName, types } = require('node:util');
const { native } = require('./native.js');
const { EdgeError, Err, classify, describe, makeError } = require('./errors.js');

const keepers = new Map();
const gone = new FinalizationRegistry((number) => keepers.delete(number));
let next = 1;

/** Makes a keeper of these functions: the array to refer to, and its number. */
function keep(functions) {
  const number = next;
  next = next === 0xffffffff ? 1 : next + 1;
  keepers.set(number, new WeakRef(functions));
  gone.register(functions, number);
  return number;
}

/** What the running code serves: calls by guests on other threads, which wait. */
const serving = new AsyncLocalStorage();

/** Whether the running code is, or was called by, a function of these that a guest on another thread still waits for. */
const isServing = (functions) => serving.getStore()?.some((call) => call.waits && call.functions === functions) ?? false;

/** A host function that a Vm waits for cannot wait for this Vm. */
function notFromItself(functions) {
  if (!isServing(functions)) return;
  const message =
    'a host function cannot wait for the Vm that waits for it; call the guest with run, whose host functions may call back';
  throw new EdgeError(message, { phase: 'execute', kind: 'busy' });
}

function find(keeper, index) {
  const functions = keepers.get(keeper)?.deref();
  if (functions !== undefined) return { functions, found: functions[index] };
  const message = 'the host function has been collected together with its Vm or store';
  throw new EdgeError(message, { phase: 'host', kind: 'closed' });
}

function callHost(keeper, index, ...args) {
  const { found } = find(keeper, index);
  return found(...args);
}

function callHostAsync(request, keeper, index, ...args) {
  const call = { functions: undefined, waits: true };
  const answer = (threw, value) => {
    call.waits = false;
    native.answer(request, threw, value);
  };
  let result;
  try {
    const { functions, found } = find(keeper, index);
    call.functions = functions;
    result = serving.run([...(serving.getStore() ?? []), call], found, ...args);
  } catch (thrown) {
    answer(true, thrown);
    return;
  }
  if (typeof result?.then === 'function') {
    Promise.resolve(result).then(
      (value) => answer(false, value),
      (thrown) => answer(true, thrown),
    );
  } else {
    answer(false, result);
  }
}

/** What lies under an error; the system's errors have their name and number, as Node's own do. */
function makePlainError(message, number) {
  const error = new Error(message);
  return number === 0 ? error : Object.assign(error, { errno: -number, code: getSystemErrorName(-number) });
}

/** What native code needs of classes that are defined later. */
const late = {};

native.start({
  makeError,
  makePlainError,
  describe,
  classify,
  callHost,
  callHostAsync,
  mapEntries: (value) => (types.isMap(value) ? Array.from(Map.prototype.entries.call(value)) : undefined),
  makeMap: (pairs) => new Map(pairs),
  Err,
  makeFunc: (handle) => late.makeFunc(handle),
  funcHandle: (value) => late.funcHandle(value),
  makeException: (handle) => late.makeException(handle),
  exceptionHandle: (value) => late.exceptionHandle(value),
  makeCaller: (keeper, ...parts) => late.makeCaller(keepers.get(keeper)?.deref(), ...parts),
});

module.exports = { keep, late, notFromItself };
