'use strict';

/**
 * Host functions, as native code finds them: by the number of a keeper and a place in it.
 *
 * A keeper is an array that the handles of a Vm or a store refer to. Native code owns none, so that a callback that refers to
 * its own Vm, as most do, does not keep both alive for ever.
 */

const { types } = require('node:util');
const { native } = require('./native.js');
const { EdgeError, Err, describe, makeError } = require('./errors.js');

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

function find(keeper, index) {
  const found = keepers.get(keeper)?.deref()?.[index];
  if (found !== undefined) return found;
  const message = 'the host function has been collected together with its Vm or store';
  throw new EdgeError(message, { phase: 'host', kind: 'closed' });
}

function callHost(keeper, index, ...args) {
  return find(keeper, index)(...args);
}

function callHostAsync(request, keeper, index, ...args) {
  let result;
  try {
    result = find(keeper, index)(...args);
  } catch (thrown) {
    native.answer(request, true, thrown);
    return;
  }
  if (typeof result?.then === 'function') {
    Promise.resolve(result).then(
      (value) => native.answer(request, false, value),
      (thrown) => native.answer(request, true, thrown),
    );
  } else {
    native.answer(request, false, result);
  }
}

/** What native code needs of classes that are defined later. */
const late = {};

native.start({
  makeError,
  makePlainError: (message) => new Error(message),
  describe,
  callHost,
  callHostAsync,
  mapEntries: (value) => (types.isMap(value) ? Array.from(Map.prototype.entries.call(value)) : undefined),
  makeMap: (pairs) => new Map(pairs),
  Err,
  makeFunc: (handle) => late.makeFunc(handle),
  funcHandle: (value) => late.funcHandle(value),
});

module.exports = { keep, late };
