'use strict';

const { argumentError, typeName } = require('./errors.js');

/** What the user gave as `onProgress`. */
function callbackOf(value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'function') return value;
  throw argumentError(`onProgress is a function, not ${typeName(value)}`);
}

/** A callback that hears how many functions of a module are compiled, of how many. */
class Progress {
  #failure;

  constructor(callback) {
    if (callback === undefined) return;
    /** For native code: it never throws. */
    this.tell = (done, all) => {
      if (this.#failure !== undefined) return;
      try {
        callback(done, all);
      } catch (thrown) {
        this.#failure = { thrown };
      }
    };
  }

  /** Throws what the callback threw. */
  check() {
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }
}

module.exports = { Progress, callbackOf };
