'use strict';

/** What a Vm is loaded from and with: checked once, used for every guest that is made. */

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { engineHandle } = require('./engine.js');
const { flag, limitNumbers, options } = require('./limits.js');
const { keep } = require('./hosts.js');
const { Module, isBytes, isModule, moduleHandle } = require('./module.js');
const { linkerInternals } = require('./linker.js');
const { Progress, callbackOf } = require('./progress.js');
const { sharedMemoryExtern } = require('./shared_memory.js');
const { wasiHandle } = require('./wasi.js');

const VM_SETTINGS = ['imports', 'wasi', 'limits', 'engine', 'linker', 'trusted'];
/** Of what is loaded off the event loop. */
const LOAD_SETTINGS = [...VM_SETTINGS, 'onProgress'];

/** Where the array of a Vm's host functions keeps a linker's functions. */
const LINKED = Symbol('edge.linked');

/** Names by turns (module, name, ...) and the functions in their order; module, name and handle of memories by turns. */
function readImports(imports) {
  const names = [];
  const functions = [];
  const memories = [];
  for (const [module, members] of Object.entries(options(imports, Object.keys(imports ?? {}), 'imports'))) {
    const what = `imports[${JSON.stringify(module)}]`;
    if (typeof members !== 'object' || members === null) {
      throw argumentError(`${what} is an object of functions, not ${typeName(members)}`);
    }
    for (const [name, item] of Object.entries(members)) {
      const memory = sharedMemoryExtern(item);
      if (memory) {
        memories.push(module, name, memory.handle);
      } else if (typeof item === 'function') {
        names.push(module, name);
        functions.push(item);
      } else {
        throw argumentError(`${what}[${JSON.stringify(name)}] is a function or a SharedMemory, not ${typeName(item)}`);
      }
    }
  }
  return { names, functions, memories };
}

/** How guests are made. */
class Plan {
  #source;
  #imports;
  #engine;
  #linker;
  #trusted;
  #onProgress;
  #rest;

  constructor(source, settings, known) {
    const { imports, wasi, limits, engine, linker, trusted, onProgress } = options(settings, known, 'the settings');
    if (typeof source !== 'string' && !isBytes(source) && !isModule(source)) {
      throw argumentError(`a Vm is loaded from a path, from bytes or from a Module, not from ${typeName(source)}`);
    }
    this.#imports = readImports(imports);
    this.#source = isModule(source) ? moduleHandle(source) : source;
    // No engine is given on to native code when none was asked for: a module brings its own.
    this.#engine = engine === undefined || engine === null ? undefined : engineHandle(engine);
    this.#linker = linkerInternals(linker);
    this.#trusted = flag(trusted ?? false, 'trusted');
    this.#onProgress = callbackOf(onProgress);
    if (limits?.module !== undefined && (this.#trusted || this.#onProgress)) {
      throw argumentError('limits.module does not go with trusted and onProgress: give it to the Engine');
    }
    this.#rest = { wasi: wasiHandle(wasi), limits: limitNumbers(limits) };
  }

  /** Host functions for one guest, and the arguments of native code. */
  #guest() {
    const { names, functions, memories } = this.#imports;
    const { handle: linker, kept } = this.#linker;
    const own = [...functions];
    // What refers to the functions refers to the linker's, too.
    if (kept !== undefined) own[LINKED] = kept;
    const { wasi, limits } = this.#rest;
    const args = [this.#source, keep(own), names, wasi, limits, this.#engine, linker, memories, this.#trusted];
    return { functions: own, args };
  }

  async load() {
    const { functions, args } = this.#guest();
    const progress = new Progress(this.#onProgress);
    // The promise refers to the functions while native code loads: `_initialize` may call them.
    const handle = await native.vmLoad(...args, progress.tell);
    try {
      progress.check();
    } catch (thrown) {
      native.vmClose(handle);
      throw thrown;
    }
    return { handle, functions };
  }

  loadSync() {
    const { functions, args } = this.#guest();
    return { handle: native.vmLoadSync(...args), functions };
  }

  /** The module of a guest that was made, from which all others are made. */
  adopt({ handle }) {
    this.#source = native.vmModule(handle);
    this.#onProgress = undefined;
    return new Module(new Handle(this.#source));
  }
}

module.exports = { LOAD_SETTINGS, Plan, VM_SETTINGS };
