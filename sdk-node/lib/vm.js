'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { CallOptions, Calls } = require('./calls.js');
const { Store } = require('./store.js');
const { notFromItself } = require('./hosts.js');
const { Module } = require('./module.js');
const { Func, Global, Memory, Table } = require('./externs.js');
const { Instance } = require('./instance.js');
const { LOAD_SETTINGS, Plan, VM_SETTINGS } = require('./load.js');
const { disposable } = require('./dispose.js');

/** A function of an exported name refers to what must live as long as it can be called. */
const KEPT = Symbol('edge.kept');

/** Where what keeps a Vm's host functions keeps its store. */
const STORE = Symbol('edge.store');

/** One module with its store, its WASI and its limits, run by name. */
class Vm {
  #handle;
  #functions = new Map();
  /** Its host functions. */
  #host;
  /** What everything that is made of this Vm refers to: its host functions, or a loan of them. */
  #kept;
  #exports;

  /** For our own use: `Vm.load` and `Vm.loadSync` make one. */
  constructor(handle) {
    if (!(handle instanceof Handle)) throw new TypeError('use await Vm.load(source) or Vm.loadSync(source)');
    this.#handle = handle.native;
    [this.#host, this.#kept = this.#host] = handle.more;
  }

  static async load(source, settings) {
    const { handle, functions } = await new Plan(source, settings, LOAD_SETTINGS).load();
    return new Vm(new Handle(handle, functions));
  }

  static loadSync(source, settings) {
    const { handle, functions } = new Plan(source, settings, VM_SETTINGS).loadSync();
    return new Vm(new Handle(handle, functions));
  }

  run(name, ...args) {
    return (this.#functions.get(name) ?? this.#find(name))(...args);
  }

  async runAsync(name, ...args) {
    if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
    notFromItself(this.#host);
    return this.#keeping(native.vmRunAsync(this.#handle, undefined, undefined, name, ...args));
  }

  /** The same calls under options: `vm.with({ deadlineMs: 100 }).run('f')`. */
  with(settings) {
    const calls = {
      handle: this.#handle,
      run: (given, name, args) => {
        if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
        return native.vmRunWith(this.#handle, given, name, ...args);
      },
      runAsync: async (given, turn, name, args) => {
        if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
        notFromItself(this.#host);
        return this.#keeping(native.vmRunAsync(this.#handle, given, turn, name, ...args));
      },
      start: (given) => native.vmStart(this.#handle, given),
      startAsync: async (given, turn) => {
        notFromItself(this.#host);
        return this.#keeping(native.vmStartAsync(this.#handle, given, turn));
      },
    };
    return new Calls(new Handle(undefined, calls, new CallOptions(settings)));
  }

  /** Ends the call that a thread of `runAsync` makes at this moment. */
  cancel() {
    return native.vmCancel(this.#handle);
  }

  get store() {
    // Functions that are made in it live as long as anything of this Vm; a reset makes another.
    this.#kept[STORE] ??= new Store(new Handle(native.vmStore(this.#handle), this.#kept));
    return this.#kept[STORE];
  }

  statistics() {
    return this.store.statistics();
  }

  /** Waits while keeping the host functions, which are in use whether or not anybody else has the Vm. */
  async #keeping(promise) {
    try {
      return await promise;
    } finally {
      void this.#kept;
    }
  }

  /** The function of a name, made when it is first asked for. */
  #find(name) {
    if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
    const found = native.vmFunction(this.#handle, name);
    const [description, doc, ...parameters] = native.vmSignature(this.#handle, name);
    Object.defineProperties(found, {
      name: { value: name, configurable: true },
      length: { value: parameters.length, configurable: true },
      description: { value: description },
      doc: { value: doc },
      parameters: { value: Object.freeze(parameters) },
      [KEPT]: { value: this.#kept },
    });
    this.#functions.set(name, found);
    return found;
  }

  get exports() {
    if (this.#exports === undefined) {
      const found = Object.create(null);
      for (const name of native.vmFunctionNames(this.#handle)) found[name] = this.#functions.get(name) ?? this.#find(name);
      this.#exports = Object.freeze(found);
    }
    return this.#exports;
  }

  start() {
    return native.vmStart(this.#handle);
  }

  async startAsync() {
    notFromItself(this.#host);
    return this.#keeping(native.vmStartAsync(this.#handle));
  }

  memory(name = 'memory') {
    return new Memory(new Handle(native.vmMemory(this.#handle, String(name)), this.#kept));
  }

  global(name) {
    return new Global(new Handle(native.vmGlobal(this.#handle, String(name)), this.#kept));
  }

  table(name) {
    return new Table(new Handle(native.vmTable(this.#handle, String(name)), this.#kept));
  }

  sharedMemory(name = 'memory') {
    return this.instance.sharedMemory(name);
  }

  func(name) {
    return new Func(new Handle(native.vmFunc(this.#handle, String(name)), this.#kept));
  }

  get instance() {
    return new Instance(new Handle(native.vmInstance(this.#handle), this.#kept));
  }

  get module() {
    return new Module(new Handle(native.vmModule(this.#handle)));
  }

  get stdout() {
    return native.vmStdout(this.#handle);
  }

  get stderr() {
    return native.vmStderr(this.#handle);
  }

  get poisoned() {
    return native.vmPoisoned(this.#handle);
  }

  get closed() {
    return native.vmIsClosed(this.#handle);
  }

  reset() {
    native.vmReset(this.#handle);
    this.#kept[STORE] = undefined;
  }

  close() {
    native.vmClose(this.#handle);
  }

  async closeAsync() {
    notFromItself(this.#host);
    await this.#keeping(native.vmCloseAsync(this.#handle));
  }
}

disposable(Vm, Vm.prototype.close, Vm.prototype.closeAsync);

module.exports = { Vm };
