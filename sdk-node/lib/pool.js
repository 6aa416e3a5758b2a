'use strict';

const os = require('node:os');
const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { CALL_OPTIONS, CallOptions } = require('./calls.js');
const { count, flag, options } = require('./limits.js');
const { disposable } = require('./dispose.js');
const { Guests } = require('./guests.js');
const { LOAD_SETTINGS, Plan } = require('./load.js');
const { PooledVm } = require('./pooled_vm.js');
const { onAbort } = require('./signals.js');

/** Why a worker of `map` waits for a guest no longer. */
const DONE = Symbol('edge.done');

/** What came of each item, as `Promise.allSettled` tells it; what was not begun has failed for `failure`. */
function outcomesOf(batch, failure) {
  const flat = native.batchOutcomes(batch);
  return Array.from({ length: flat.length / 2 }, (_, index) => {
    const [succeeded, value] = [flat[2 * index], flat[2 * index + 1]];
    if (succeeded) return { status: 'fulfilled', value };
    return { status: 'rejected', reason: succeeded === undefined ? failure : value };
  });
}

/** Several Vms of one module, lent to whoever asks. */
class Pool {
  #guests;
  #module;

  /** For our own use: `Pool.load` makes one. */
  constructor(handle) {
    if (!(handle instanceof Handle)) throw new TypeError('use await Pool.load(source)');
    [this.#guests, this.#module] = handle.more;
  }

  static async load(source, settings) {
    const given = options(settings, ['size', 'keepState', ...LOAD_SETTINGS], 'the settings');
    const { size = os.availableParallelism?.() ?? os.cpus().length, keepState = false, ...rest } = given;
    const [most, keeps] = [Math.max(1, count(size, 'size')), flag(keepState, 'keepState')];
    const plan = new Plan(source, rest, LOAD_SETTINGS);
    const first = await plan.load();
    return new Pool(new Handle(undefined, new Guests(plan, first, most, keeps), plan.adopt(first)));
  }

  get size() {
    return this.#guests.size;
  }

  get made() {
    return this.#guests.made;
  }

  get module() {
    return this.#module;
  }

  get closed() {
    return this.#guests.closed;
  }

  #lend(guest) {
    return new PooledVm(new Handle(undefined, this.#guests, guest));
  }

  async get(settings) {
    return this.#lend(await this.#guests.take(options(settings, ['timeoutMs', 'signal'], 'the settings')));
  }

  tryGet() {
    return this.#lend(this.#guests.tryTake());
  }

  /** Lends a guest to a function, until what that returns is settled. */
  async use(callback, settings) {
    if (typeof callback !== 'function') throw argumentError(`pool.use calls a function, not ${typeName(callback)}`);
    const vm = await this.get(settings);
    try {
      return await callback(vm);
    } finally {
      await vm.releaseAsync();
    }
  }

  /** Calls for guests to share out among them; arguments are read now, by the signatures of the first guest. */
  #batch(name, items, bare, call, stops) {
    if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
    this.#guests.check();
    return native.batchNew(this.#guests.first.handle, name, items, bare, call, stops);
  }

  async run(name, ...args) {
    const batch = this.#batch(name, [args], false, undefined, false);
    await this.#guests.work(await this.#guests.take(), batch);
    const [succeeded, value] = native.batchOutcomes(batch);
    if (succeeded) return value;
    throw value;
  }

  async map(name, items, settings) {
    const given = options(settings, ['threads', 'settled', ...CALL_OPTIONS], 'the settings');
    const { threads = this.size, settled = false, ...rest } = given;
    if (typeof items?.[Symbol.iterator] !== 'function') throw argumentError(`items is an iterable, not ${typeName(items)}`);
    const list = Array.from(items);
    const workers = Math.min(Math.max(1, count(threads, 'threads')), this.size, list.length);
    const call = new CallOptions(rest);
    const batch = this.#batch(name, list, true, call.handle, !flag(settled, 'settled'));
    return call.runAsync(async () => {
      const outcomes = outcomesOf(batch, await this.#work(batch, workers, rest.signal));
      for (const { reason } of outcomes) call.explain(reason);
      if (settled) return outcomes;
      const failed = outcomes.find(({ status }) => status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return outcomes.map(({ value }) => value);
    });
  }

  /** Lets so many guests work on a batch; why one of them could not be had, if so. */
  async #work(batch, workers, signal) {
    const over = new AbortController();
    const abort = () => over.abort(signal.reason);
    if (signal?.aborted) abort();
    const ignore = signal && onAbort(signal, abort);
    let failure;
    const work = async () => {
      try {
        await this.#guests.work(await this.#guests.take({ signal: over.signal }), batch);
        // Nothing is left to begin: nobody needs to wait for a guest any more.
        over.abort(DONE);
      } catch (error) {
        if (error.cause !== DONE) failure ??= error;
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    ignore?.();
    return failure;
  }

  close() {
    this.#guests.close();
  }
}
disposable(Pool, Pool.prototype.close);

module.exports = { Pool, PooledVm };
