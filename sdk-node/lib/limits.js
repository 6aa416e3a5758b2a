'use strict';

const { argumentError, typeName } = require('./errors.js');

/** Where each limit stands in the array that native code takes; `src/limits.rs` has the same order. */
const MODULE = ['moduleSize', 'functions', 'items', 'bodySize', 'locals', 'branchTargets', 'nesting', 'operands'];
const ORDER = ['memory', 'table', ...MODULE, 'instances', 'recursion', 'stack', 'resultSize', 'fuel', 'deadlineMs'];
const LIMITS = ['memory', 'table', 'instances', 'stack', 'resultSize', 'recursion', 'fuel', 'deadlineMs', 'module'];
const MOST = { instances: 0xffffffff, recursion: 0xffffffff };

/** The options of a call, none of which may be unknown. */
function options(given, known, what) {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object') throw argumentError(`${what} is an object, not ${typeName(given)}`);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw argumentError(`${what} has no ${JSON.stringify(key)}; there are ${known.join(', ')}`);
  }
  return given;
}

/** A boolean. */
function flag(value, what) {
  if (typeof value === 'boolean') return value;
  throw argumentError(`${what} is a boolean, not ${typeName(value)}`);
}

/** A count: an integer from 0 up. */
function count(value, what, greatest = Number.MAX_SAFE_INTEGER) {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (Number.isInteger(number) && number >= 0 && number <= greatest) return number;
  const got = typeof number === 'number' ? number : typeName(value);
  throw argumentError(`${what} is an integer from 0 to ${greatest}, not ${got}`);
}

/** Fuel: an integer of 64 bits. */
function fuelAmount(value, what) {
  if (typeof value !== 'bigint') return count(value, what);
  if (value === BigInt.asUintN(64, value)) return value;
  throw argumentError(`${what} is an integer from 0 to 2^64 - 1, not ${value}`);
}

/** Milliseconds, parts of one included. */
function milliseconds(value, what) {
  if (typeof value === 'number' && value >= 0) return value;
  throw argumentError(`${what} is a number of milliseconds, not ${typeof value === 'number' ? value : typeName(value)}`);
}

function limitNumber(value, name, what) {
  if (value === undefined) return undefined;
  if (name === 'fuel') return value === null ? null : fuelAmount(value, what);
  if (name === 'deadlineMs') return value === null || value === Infinity ? null : milliseconds(value, what);
  return count(value, what, MOST[name]);
}

/** Limits as native code takes them. */
function limitNumbers(limits) {
  const given = options(limits, LIMITS, 'limits');
  const ofModule = options(given.module, MODULE, 'limits.module');
  return ORDER.map((name) =>
    MODULE.includes(name)
      ? limitNumber(ofModule[name], name, `limits.module.${name}`)
      : limitNumber(given[name], name, `limits.${name}`),
  );
}

/** Limits as native code tells them. */
function limitsOf(numbers) {
  const found = Object.fromEntries(ORDER.map((name, index) => [name, numbers[index]]));
  const module = Object.freeze(Object.fromEntries(MODULE.map((name) => [name, found[name]])));
  return Object.freeze(Object.fromEntries(LIMITS.map((name) => [name, name === 'module' ? module : found[name]])));
}

module.exports = { count, flag, fuelAmount, limitNumbers, limitsOf, milliseconds, options };
