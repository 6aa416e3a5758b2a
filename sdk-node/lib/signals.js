'use strict';

const { argumentError, typeName } = require('./errors.js');

/** An optional AbortSignal. */
function signalOf(signal) {
  if (signal === undefined || signal === null) return undefined;
  if (typeof signal === 'object' && typeof signal.addEventListener === 'function' && typeof signal.aborted === 'boolean') return signal;
  throw argumentError(`signal is an AbortSignal, not ${typeName(signal)}`);
}

/** What waits for a signal: one listener serves any number, or Node would warn of a leak. */
const waiting = new WeakMap();

/** Calls `callback` when a signal is aborted that is not yet; what ends that. */
function onAbort(signal, callback) {
  let found = waiting.get(signal);
  if (found === undefined) {
    const callbacks = new Set();
    const listener = () => {
      waiting.delete(signal);
      for (const each of callbacks) each();
    };
    found = { callbacks, listener };
    waiting.set(signal, found);
    signal.addEventListener('abort', listener, { once: true });
  }
  const { callbacks, listener } = found;
  // A function of its own, since the same may be given twice.
  const own = () => callback();
  callbacks.add(own);
  return () => {
    callbacks.delete(own);
    if (callbacks.size > 0 || waiting.get(signal) !== found) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

module.exports = { onAbort, signalOf };
