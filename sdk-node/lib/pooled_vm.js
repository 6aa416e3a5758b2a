'use strict';

const { Handle, native } = require('./native.js');
const { disposable } = require('./dispose.js');
const { notFromItself } = require('./hosts.js');
const { Vm } = require('./vm.js');

/** A loan that nobody can reach any more has ended. */
const forgotten = new FinalizationRegistry(({ guests, guest }) => void guests.giveBackAsync(guest).catch(() => {}));

/** A guest in the hands of a borrower: what all that is made of its Vm refers to. */
class Loan {
  #guests;
  #guest;
  #handle;
  #back;

  constructor(guests, guest) {
    this.#guests = guests;
    this.#guest = guest;
    this.#handle = native.vmLend(guest.handle);
    forgotten.register(this, { guests, guest }, this);
  }

  /** What a Vm is made of. */
  get parts() {
    return [this.#handle, this.#guest.functions, this];
  }

  #end() {
    native.vmRevoke(this.#handle);
    forgotten.unregister(this);
  }

  /** At once, or when the calls in flight have ended. */
  end() {
    if (this.#back !== undefined) return;
    if (native.vmInFlight(this.#handle)) {
      this.#endLater();
      return;
    }
    this.#guests.giveBack(this.#guest);
    this.#back = Promise.resolve();
    this.#end();
  }

  #endLater() {
    this.#end();
    this.#back = this.#guests.giveBackAsync(this.#guest).catch(() => {});
  }

  async endAsync() {
    if (this.#back === undefined) {
      notFromItself(this.#guest.functions);
      this.#endLater();
    }
    await this.#back;
  }
}

/** A Vm that is lent by a pool. */
class PooledVm extends Vm {
  #loan;

  /** For our own use: a pool makes one. */
  constructor(handle) {
    if (!(handle instanceof Handle)) throw new TypeError('use await pool.get() or pool.tryGet()');
    const loan = new Loan(...handle.more);
    super(new Handle(...loan.parts));
    this.#loan = loan;
  }

  release() {
    this.#loan.end();
  }

  async releaseAsync() {
    await this.#loan.endAsync();
  }

  close() {
    this.release();
  }

  async closeAsync() {
    await this.releaseAsync();
  }
}
disposable(PooledVm, PooledVm.prototype.release, PooledVm.prototype.releaseAsync);

module.exports = { PooledVm };
