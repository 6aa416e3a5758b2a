'use strict';

/**
 * The guests of a pool. This thread alone decides who gets which, so a list and a queue do. They are made, called and made fresh
 * on threads of edge's own, but for what `tryTake` and `giveBack` do at once.
 */

const { native } = require('./native.js');
const { EdgeError, argumentError, typeName } = require('./errors.js');
const { LONGEST } = require('./calls.js');
const { milliseconds } = require('./limits.js');
const { onAbort, signalOf } = require('./signals.js');

const refusal = (kind, message, more) => new EdgeError(message, { phase: 'execute', kind, ...more });
const closed = () => refusal('closed', 'the pool has been closed');
const givenUp = ({ reason }) => refusal('cancelled', 'waiting for a guest was cancelled', { cause: reason });

class Guests {
  #plan;
  #idle = [];
  #waiting = new Set();
  /** The first guest, when it is of no use any more. */
  #resting;

  /** With the first guest, which has shown that the plan is one. Its signatures are read until the pool is closed. */
  constructor(plan, first, size, keepState) {
    this.#plan = plan;
    this.#idle.push(first);
    this.first = first;
    this.size = size;
    this.keepState = keepState;
    /** Lent, idle, and being made. */
    this.made = 1;
    this.closed = false;
  }

  check() {
    if (this.closed) throw closed();
  }

  #allLent() {
    return refusal('busy', `all ${this.size} guests of the pool are lent`);
  }

  /** An idle guest, else a new one, else the one that comes back first. */
  async take({ timeoutMs, signal } = {}) {
    const time = timeoutMs === undefined || timeoutMs === Infinity ? Infinity : milliseconds(timeoutMs, 'timeoutMs');
    const abort = signalOf(signal);
    this.check();
    if (abort?.aborted) throw givenUp(abort);
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.made < this.size) {
      this.made += 1;
      return this.#make();
    }
    return (await this.#turn(time, abort)) ?? this.#make();
  }

  /** The same at once, or not at all. */
  tryTake() {
    this.check();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.made >= this.size) throw this.#allLent();
    this.made += 1;
    try {
      return this.#plan.loadSync();
    } catch (error) {
      this.#vacate();
      throw error;
    }
  }

  /** Waits in the queue: for a guest, or for undefined, which is the place of one that is to be made. */
  #turn(timeoutMs, signal) {
    return new Promise((resolve, reject) => {
      let timer;
      let ignore;
      const stop = () => {
        this.#waiting.delete(waiter);
        clearTimeout(timer);
        ignore?.();
      };
      const leave = (error) => {
        stop();
        reject(error);
      };
      const get = (guest) => {
        stop();
        resolve(guest);
      };
      const waiter = { get, leave };
      this.#waiting.add(waiter);
      if (timeoutMs <= LONGEST) timer = setTimeout(() => leave(this.#allLent()), timeoutMs);
      ignore = signal && onAbort(signal, () => leave(givenUp(signal)));
    });
  }

  /** Makes a guest whose place is reserved. */
  async #make() {
    let guest;
    try {
      guest = await this.#plan.load();
    } catch (error) {
      this.#vacate();
      throw error;
    }
    if (!this.closed) return guest;
    this.#retire(guest);
    throw closed();
  }

  /** A place is free: whoever waits longest makes a guest for it. */
  #vacate() {
    this.made -= 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.made += 1;
    next.get(undefined);
  }

  #retire(guest) {
    if (guest === this.first && !this.closed) this.#resting = guest;
    else native.vmClose(guest.handle);
    this.#vacate();
  }

  #put(guest) {
    const [next] = this.#waiting;
    if (this.closed) this.#retire(guest);
    else if (next === undefined) this.#idle.push(guest);
    else next.get(guest);
  }

  /** Takes a guest back at once. Throws kind `busy`, and leaves it lent, when it serves a call at this moment. */
  giveBack(guest) {
    try {
      native.vmClean(guest.handle, this.keepState);
    } catch (error) {
      if (error.kind === 'busy') throw error;
      // It cannot be made fresh: another one is made in its place when it is needed.
      this.#retire(guest);
      return;
    }
    this.#put(guest);
  }

  /** Takes it back when what was asked of it before has ended; never fails. */
  giveBackAsync(guest) {
    return this.#settle(guest, () => native.vmCleanAsync(guest.handle, this.keepState));
  }

  /** Lets a guest work on a batch until nothing is left to begin, and takes it back. */
  work(guest, batch) {
    return this.#settle(guest, () => native.batchWork(guest.handle, batch, this.keepState));
  }

  /** Takes a guest back if it is ready for the next borrower in the end, or else replaces it. */
  async #settle(guest, prepare) {
    let ready = false;
    try {
      ready = await prepare();
    } finally {
      if (ready) this.#put(guest);
      else this.#retire(guest);
    }
  }

  close() {
    this.closed = true;
    for (const waiter of [...this.#waiting]) waiter.leave(closed());
    for (const guest of this.#idle.splice(0)) this.#retire(guest);
    if (this.#resting !== undefined) native.vmClose(this.#resting.handle);
  }
}

module.exports = { Guests };
