'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { fuelAmount, milliseconds, options } = require('./limits.js');
const { Tickets } = require('./tickets.js');

const OPTIONS = ['deadlineMs', 'fuel', 'cancel', 'signal'];

const tickets = new Tickets('CancelToken');

let tokenHandle;

/** An optional AbortSignal. */
function signalOf(signal) {
  if (signal === undefined || signal === null) return undefined;
  if (typeof signal === 'object' && typeof signal.addEventListener === 'function' && typeof signal.aborted === 'boolean') return signal;
  throw argumentError(`signal is an AbortSignal, not ${typeName(signal)}`);
}

/** Ends the calls that were started with it, for ever. */
class CancelToken {
  #handle;

  constructor(handle) {
    this.#handle = handle instanceof Handle ? handle.native : native.tokenNew();
  }

  /** Of the ticket that `share` gave in another thread: cancelled here, cancelled there. */
  static from(ticket) {
    return tickets.redeem(ticket, (handle) => new CancelToken(new Handle(handle)));
  }

  /** What `postMessage` can send. */
  share() {
    return tickets.share(this, this.#handle);
  }

  cancel() {
    native.tokenCancel(this.#handle);
  }

  get cancelled() {
    return native.tokenIsCancelled(this.#handle);
  }

  static {
    tokenHandle = (token, what) => {
      if (token === undefined || token === null) return undefined;
      if (!(#handle in Object(token))) throw argumentError(`${what} is a CancelToken, not ${typeName(token)}`);
      return token.#handle;
    };
  }
}

/** For our own files: what calls obey, and how a signal reaches them. */
class CallOptions {
  #signal;
  #token;

  constructor(given) {
    const { deadlineMs, fuel, cancel, signal } = options(given, OPTIONS, 'the options of a call');
    this.#signal = signalOf(signal);
    if (this.#signal !== undefined) this.#token = new CancelToken();
    this.handle = native.optionsNew(
      deadlineMs === undefined || deadlineMs === null || deadlineMs === Infinity ? undefined : milliseconds(deadlineMs, 'deadlineMs'),
      fuel === undefined || fuel === null ? undefined : fuelAmount(fuel, 'fuel'),
      tokenHandle(cancel, 'cancel'),
      tokenHandle(this.#token, 'signal'),
    );
  }

  /** The token that the signal cancels, if there is a signal. */
  get signalToken() {
    return tokenHandle(this.#token, 'signal');
  }

  /** Listens to the signal while a call is under way; what ends that. */
  #listen() {
    if (this.#signal === undefined) return () => {};
    if (this.#signal.aborted) {
      this.#token.cancel();
      return () => {};
    }
    const abort = () => this.#token.cancel();
    this.#signal.addEventListener('abort', abort, { once: true });
    return () => this.#signal.removeEventListener('abort', abort);
  }

  /** The reason of the signal is the cause of what it has ended. */
  explain(error) {
    if (error?.kind === 'cancelled' && this.#signal?.aborted && !('cause' in error)) {
      Object.defineProperty(error, 'cause', { value: this.#signal.reason, configurable: true, writable: true });
    }
    return error;
  }

  run(call) {
    const stop = this.#listen();
    try {
      return call();
    } catch (error) {
      throw this.explain(error);
    } finally {
      stop();
    }
  }

  async runAsync(call) {
    const stop = this.#listen();
    try {
      return await call();
    } catch (error) {
      throw this.explain(error);
    } finally {
      stop();
    }
  }
}

/** A Vm's calls under options: what `vm.with` gives. */
class Calls {
  #vm;
  #options;

  constructor(handle) {
    if (!(handle instanceof Handle)) throw new TypeError('use vm.with(options)');
    [this.#vm, this.#options] = handle.more;
  }

  run(name, ...args) {
    return this.#options.run(() => this.#vm.run(this.#options.handle, name, args));
  }

  runAsync(name, ...args) {
    return this.#options.runAsync(() => this.#vm.runAsync(this.#options.handle, name, args));
  }

  start() {
    return this.#options.run(() => this.#vm.start(this.#options.handle));
  }

  startAsync() {
    return this.#options.runAsync(() => this.#vm.startAsync(this.#options.handle));
  }
}

module.exports = { CALL_OPTIONS: OPTIONS, CallOptions, Calls, CancelToken, signalOf };
