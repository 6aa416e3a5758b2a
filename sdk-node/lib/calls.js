'use strict';

const { Handle, native } = require('./native.js');
const { EdgeError, argumentError, typeName } = require('./errors.js');
const { fuelAmount, milliseconds, options } = require('./limits.js');
const { onAbort, signalOf } = require('./signals.js');
const { Tickets } = require('./tickets.js');

/** No timer of Node's runs longer, in milliseconds. */
const LONGEST = 2 ** 31 - 1;
const OPTIONS = ['deadlineMs', 'fuel', 'cancel', 'signal'];

const tickets = new Tickets('CancelToken');

/** For our own files: the native handle of a token, and hearing of its end. */
let tokenHandle;
let onCancel;

/** Ends the calls that were started with it, for ever. */
class CancelToken {
  #handle;
  /** What else is to be done when it is cancelled here. */
  #listeners = new Set();

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
    for (const listener of [...this.#listeners]) listener();
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
    onCancel = (token, listener) => {
      token.#listeners.add(listener);
      return () => token.#listeners.delete(listener);
    };
  }
}

const ended = (kind, message) => new EdgeError(message, { phase: 'execute', kind });

/** For our own files: what calls obey, and how a signal reaches them. */
class CallOptions {
  #signal;
  #token;
  #deadlineMs;
  /** The tokens that are obeyed. */
  #tokens;

  constructor(given) {
    const { deadlineMs, fuel, cancel, signal } = options(given, OPTIONS, 'the options of a call');
    this.#signal = signalOf(signal);
    if (this.#signal !== undefined) this.#token = new CancelToken();
    const endless = deadlineMs === undefined || deadlineMs === null || deadlineMs === Infinity;
    this.#deadlineMs = endless ? undefined : milliseconds(deadlineMs, 'deadlineMs');
    this.#tokens = [cancel, this.#token].filter((token) => token instanceof CancelToken);
    this.handle = native.optionsNew(
      this.#deadlineMs,
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
    return onAbort(this.#signal, () => this.#token.cancel());
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

  /** Queues a call of a Vm; what ends it ends the wait for its turn, too. */
  runInTurn(vm, call) {
    return this.runAsync(() => {
      if (this.#tokens.some(({ cancelled }) => cancelled)) throw ended('cancelled', 'the call was cancelled before it was made');
      const turn = native.turnNew();
      return this.#outwaited(call(turn), () => native.turnAbandon(vm, turn));
    });
  }

  /** A queued call, or what came before its turn did; `abandon` tells whether something did. */
  async #outwaited(called, abandon) {
    let timer;
    const stops = [];
    const outwaited = new Promise((_, reject) => {
      const give = (kind, message) => {
        if (abandon()) reject(ended(kind, message));
      };
      const cancelled = () => give('cancelled', 'the call was cancelled before its turn came');
      for (const token of this.#tokens) stops.push(onCancel(token, cancelled));
      if (this.#deadlineMs <= LONGEST) {
        timer = setTimeout(give, this.#deadlineMs, 'deadline_exceeded', 'the deadline passed before the turn of the call came');
      }
    });
    try {
      return await Promise.race([called, outwaited]);
    } finally {
      clearTimeout(timer);
      for (const stop of stops) stop();
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
    return this.#options.runInTurn(this.#vm.handle, (turn) => this.#vm.runAsync(this.#options.handle, turn, name, args));
  }

  start() {
    return this.#options.run(() => this.#vm.start(this.#options.handle));
  }

  startAsync() {
    return this.#options.runInTurn(this.#vm.handle, (turn) => this.#vm.startAsync(this.#options.handle, turn));
  }
}

module.exports = { CALL_OPTIONS: OPTIONS, CallOptions, Calls, CancelToken, LONGEST };
