'use strict';

// Node 18 has neither symbol; what the language will find there stands there already.
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Gives a class what `using` and `await using` call. */
function disposable({ prototype }, close, closeAsync) {
  for (const [symbol, value] of [[dispose, close], [asyncDispose, closeAsync]]) {
    if (value !== undefined) Object.defineProperty(prototype, symbol, { value, configurable: true, writable: true });
  }
}

module.exports = { disposable };
