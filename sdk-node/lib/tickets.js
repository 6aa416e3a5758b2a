'use strict';

/**
 * Tickets: plain objects that `postMessage` can send in place of an engine, a module, a shared memory or a token, which it
 * cannot. The other thread makes an object of its own of one.
 */

const { native } = require('./native.js');
const { EdgeError, argumentError, typeName } = require('./errors.js');

/** The ticket of what keeps it. */
const describe = (sort, kept) => Object.freeze({ edge: sort, process: process.pid, number: native.ticketNumber(kept) });

/** The handle that a ticket stands for, and what keeps it. */
function redeem(sort, ticket) {
  const { edge, process: id, number } = Object(ticket);
  if (edge !== sort || !Number.isSafeInteger(number)) {
    const got = typeof edge === 'string' ? `one of a ${edge}` : typeName(ticket);
    throw argumentError(`${sort}.from takes the ticket that share() of a ${sort} gives, not ${got}`);
  }
  if (id !== process.pid) {
    const message = `the ticket is of process ${id}, this is ${process.pid}: threads share a ${sort}, processes do not`;
    throw new EdgeError(message, { phase: 'execute', kind: 'closed' });
  }
  return native.ticketRedeem(sort, number);
}

/** What a class keeps for the tickets of its objects. */
class Tickets {
  #sort;
  #kept = new WeakMap();

  constructor(sort) {
    this.#sort = sort;
  }

  /** The ticket of an object, always the same. */
  share(object, handle) {
    let kept = this.#kept.get(object);
    if (kept === undefined) {
      kept = native.ticketNew(this.#sort, handle);
      this.#kept.set(object, kept);
    }
    return describe(this.#sort, kept);
  }

  /** Makes the object of a ticket. */
  redeem(ticket, make) {
    const [handle, kept] = redeem(this.#sort, ticket);
    const object = make(handle);
    this.#kept.set(object, kept);
    return object;
  }
}

module.exports = { Tickets };
