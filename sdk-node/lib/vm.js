'use strict';

const { Handle, native } = require('./native.js');
const { EdgeError, argumentError, typeName } = require('./errors.js');
const { engineHandle } = require('./engine.js');
const { limitNumbers, options } = require('./limits.js');
const { CallOptions, Calls } = require('./calls.js');
const { Store } = require('./store.js');
const { isServing, keep } = require('./hosts.js');
const { Module, isBytes, isModule, moduleHandle } = require('./module.js');
const { wasiHandle } = require('./wasi.js');
const { Func, Global, Memory, Table } = require('./externs.js');
const { Instance, linkerInternals } = require('./linker.js');

const SETTINGS = ['imports', 'wasi', 'limits', 'engine', 'linker'];

/** A function of an exported name refers to what must live as long as it can be called. */
const KEPT = Symbol('edge.kept');

/** Where the array of a Vm's host functions keeps what it shares with others: a linker's functions, its store. */
const LINKED = Symbol('edge.linked');
const STORE = Symbol('edge.store');

/** Names by turns (module, name, ...), and the functions in their order. */
function readImports(imports) {
  const names = [];
  const functions = [];
  for (const [module, members] of Object.entries(options(imports, Object.keys(imports ?? {}), 'imports'))) {
    const what = `imports[${JSON.stringify(module)}]`;
    if (typeof members !== 'object' || members === null) {
      throw argumentError(`${what} is an object of functions, not ${typeName(members)}`);
    }
    for (const [name, callback] of Object.entries(members)) {
      if (typeof callback !== 'function') {
        throw argumentError(`${what}[${JSON.stringify(name)}] is a function, not ${typeName(callback)}`);
      }
      names.push(module, name);
      functions.push(callback);
    }
  }
  return { names, functions };
}

/** What native code loads from, and the functions to keep. */
function setup(source, settings) {
  const { imports, wasi, limits, engine, linker } = options(settings, SETTINGS, 'the settings');
  if (typeof source !== 'string' && !isBytes(source) && !isModule(source)) {
    throw argumentError(`a Vm is loaded from a path, from bytes or from a Module, not from ${typeName(source)}`);
  }
  const { names, functions } = readImports(imports);
  const from = isModule(source) ? moduleHandle(source) : source;
  // No engine is given on to native code when none was asked for: a module brings its own.
  const compiler = engine === undefined || engine === null ? undefined : engineHandle(engine);
  const { handle: defined, kept } = linkerInternals(linker);
  // What refers to the functions refers to the linker's, too.
  if (kept !== undefined) functions[LINKED] = kept;
  return { functions, args: [from, keep(functions), names, wasiHandle(wasi), limitNumbers(limits), compiler, defined] };
}

/** One module with its store, its WASI and its limits, run by name. */
class Vm {
  #handle;
  #functions = new Map();
  #kept;
  #exports;

  /** For our own use: `Vm.load` and `Vm.loadSync` make one. */
  constructor(handle) {
    if (!(handle instanceof Handle)) throw new TypeError('use await Vm.load(source) or Vm.loadSync(source)');
    this.#handle = handle.native;
    [this.#kept] = handle.more;
  }

  static async load(source, settings) {
    const { functions, args } = setup(source, settings);
    // The promise refers to the functions while native code loads: `_initialize` may call them.
    return new Vm(new Handle(await native.vmLoad(...args), functions));
  }

  static loadSync(source, settings) {
    const { functions, args } = setup(source, settings);
    return new Vm(new Handle(native.vmLoadSync(...args), functions));
  }

  run(name, ...args) {
    return (this.#functions.get(name) ?? this.#find(name))(...args);
  }

  async runAsync(name, ...args) {
    if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
    this.#notFromItself();
    return this.#keeping(native.vmRunAsync(this.#handle, undefined, name, ...args));
  }

  /** The same calls under options: `vm.with({ deadlineMs: 100 }).run('f')`. */
  with(settings) {
    const calls = {
      run: (given, name, args) => {
        if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
        return native.vmRunWith(this.#handle, given, name, ...args);
      },
      runAsync: async (given, name, args) => {
        if (typeof name !== 'string') throw argumentError(`the name of a function is a string, not ${typeName(name)}`);
        this.#notFromItself();
        return this.#keeping(native.vmRunAsync(this.#handle, given, name, ...args));
      },
      start: (given) => native.vmStart(this.#handle, given),
      startAsync: async (given) => {
        this.#notFromItself();
        return this.#keeping(native.vmStartAsync(this.#handle, given));
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

  /** A host function that this Vm waits for cannot wait for this Vm. */
  #notFromItself() {
    if (!isServing(this.#kept)) return;
    const message =
      'a host function cannot call the Vm that waits for it with runAsync; call the guest with run, whose host functions may call back';
    throw new EdgeError(message, { phase: 'execute', kind: 'busy' });
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
    this.#notFromItself();
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
    this.#notFromItself();
    await this.#keeping(native.vmCloseAsync(this.#handle));
  }
}

// Node 18 has neither symbol; what the language will find there stands there already.
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
for (const [symbol, value] of [[dispose, Vm.prototype.close], [asyncDispose, Vm.prototype.closeAsync]]) {
  Object.defineProperty(Vm.prototype, symbol, { value, configurable: true, writable: true });
}

module.exports = { Vm };
