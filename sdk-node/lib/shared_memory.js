'use strict';

const { isMainThread } = require('node:worker_threads');
const { Handle, native } = require('./native.js');
const { EdgeError, argumentError, typeName } = require('./errors.js');
const { Engine, engineHandle } = require('./engine.js');
const { count, milliseconds, options } = require('./limits.js');
const { CallOptions } = require('./calls.js');
const { isBytes } = require('./module.js');
const { Tickets } = require('./tickets.js');

const TYPE = ['kind', 'min', 'max', 'memory64', 'shared'];
const tickets = new Tickets('SharedMemory');

/** For our own files: what an extern is told by. */
let sharedMemoryExtern;

/** An integer of so many bits, signed or not, as native code takes it. */
function integer(value, bits, what) {
  if (bits === 64) {
    const big = Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof big === 'bigint' && (big === BigInt.asUintN(64, big) || big === BigInt.asIntN(64, big))) return big;
  } else if (Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** bits) {
    return value;
  }
  const got = typeof value === 'number' || typeof value === 'bigint' ? value : typeName(value);
  throw argumentError(`${what} is an integer of ${bits} bits, not ${got}`);
}

/** Linear memory that threads share. There is no view of it: others write it at any time. */
class SharedMemory {
  #handle;

  constructor(type, settings) {
    if (type instanceof Handle) {
      this.#handle = type.native;
      return;
    }
    const { min, max, memory64 = false, shared = true } = options(type, TYPE, 'the type of a shared memory');
    if (shared !== true) throw argumentError('a SharedMemory is shared; for one that is not there is Memory');
    const { engine } = options(settings, ['engine'], 'the settings');
    this.#handle = native.sharedMemoryNew(engineHandle(engine), count(min, 'min'), count(max, 'max'), Boolean(memory64));
  }

  /** Of the ticket that `share` gave in another thread. */
  static from(ticket) {
    return tickets.redeem(ticket, (handle) => new SharedMemory(new Handle(handle)));
  }

  /** What `postMessage` can send. */
  share() {
    return tickets.share(this, this.#handle);
  }

  get engine() {
    return new Engine(new Handle(native.sharedMemoryEngine(this.#handle)));
  }

  get type() {
    return native.sharedMemoryType(this.#handle);
  }

  get size() {
    return this.byteLength / 65536;
  }

  get byteLength() {
    return native.sharedMemorySize(this.#handle);
  }

  grow(pages) {
    return native.sharedMemoryGrow(this.#handle, count(pages, 'the pages'));
  }

  read(offset, length) {
    return native.sharedMemoryRead(this.#handle, count(offset, 'the offset'), count(length, 'the length'));
  }

  write(offset, bytes) {
    if (!isBytes(bytes)) throw argumentError(`memory.write takes bytes, not ${typeName(bytes)}`);
    native.sharedMemoryWrite(this.#handle, count(offset, 'the offset'), bytes);
  }

  notify(offset, most = 0xffffffff) {
    return native.sharedMemoryNotify(this.#handle, count(offset, 'the offset'), count(most, 'the count', 0xffffffff));
  }

  same(other) {
    if (!(#handle in Object(other))) throw argumentError(`expected a SharedMemory, not ${typeName(other)}`);
    return native.sharedMemorySame(this.#handle, other.#handle);
  }

  #atomic(operation, bits, offset, value, replacement) {
    const place = count(offset, 'the offset');
    const given = value === undefined ? undefined : integer(value, bits, 'the value');
    const other = replacement === undefined ? undefined : integer(replacement, bits, 'the replacement');
    return native.sharedMemoryAtomic(this.#handle, operation, bits, place, given, other);
  }

  #waitFor(bits, offset, expected, timeoutMs) {
    const time = timeoutMs === undefined || timeoutMs === Infinity ? undefined : milliseconds(timeoutMs, 'timeoutMs');
    return [this.#handle, bits, count(offset, 'the offset'), integer(expected, bits, 'the expected value'), time];
  }

  #wait(bits, offset, expected, settings) {
    const { timeoutMs } = options(settings, ['timeoutMs'], 'the settings');
    const args = this.#waitFor(bits, offset, expected, timeoutMs);
    if (!isMainThread) return native.sharedMemoryWait(...args);
    const message = `the main thread must not wait: use waitAsync${bits}, or wait${bits} in a worker`;
    throw new EdgeError(message, { phase: 'execute', kind: 'unsupported' });
  }

  async #waitAsync(bits, offset, expected, settings) {
    const { timeoutMs, signal } = options(settings, ['timeoutMs', 'signal'], 'the settings');
    const args = this.#waitFor(bits, offset, expected, timeoutMs);
    const call = new CallOptions({ signal });
    return call.runAsync(() => native.sharedMemoryWaitAsync(...args, call.signalToken));
  }

  static {
    const method = (name, value) => Object.defineProperty(this.prototype, name, { value, configurable: true, writable: true });
    for (const bits of [8, 16, 32, 64]) {
      method(`atomicLoad${bits}`, function atomicLoad(offset) {
        return this.#atomic('Load', bits, offset);
      });
      method(`atomicStore${bits}`, function atomicStore(offset, value) {
        this.#atomic('Store', bits, offset, value ?? null);
      });
      method(`atomicAdd${bits}`, function atomicAdd(offset, value) {
        return this.#atomic('Add', bits, offset, value ?? null);
      });
      method(`atomicCompareExchange${bits}`, function atomicCompareExchange(offset, expected, replacement) {
        return this.#atomic('CompareExchange', bits, offset, expected ?? null, replacement ?? null);
      });
    }
    for (const bits of [32, 64]) {
      method(`wait${bits}`, function wait(offset, expected, settings) {
        return this.#wait(bits, offset, expected, settings);
      });
      method(`waitAsync${bits}`, function waitAsync(offset, expected, settings) {
        return this.#waitAsync(bits, offset, expected, settings);
      });
    }
    sharedMemoryExtern = (value) => #handle in Object(value) && { sort: 'sharedMemory', handle: value.#handle };
  }
}

module.exports = { SharedMemory, sharedMemoryExtern };
