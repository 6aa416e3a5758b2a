'use strict';

const { types } = require('node:util');
const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { Engine, engineHandle } = require('./engine.js');
const { options } = require('./limits.js');
const { Progress, callbackOf } = require('./progress.js');
const { Tickets } = require('./tickets.js');

const tickets = new Tickets('Module');

/** For our own files: the native handle of a module, and whether there is one. */
let moduleHandle;
let isModule;

const isBytes = (value) => ArrayBuffer.isView(value) || types.isArrayBuffer(value);

/** What the files are that a module with its compiled code is written to. */
const FORMS = ['universal', 'native'];

function sourceOf(source) {
  if (typeof source === 'string' || isBytes(source)) return source;
  throw argumentError(`a module is made of a path or of bytes, not of ${typeName(source)}`);
}

function pathOf(value) {
  if (typeof value === 'string' && value !== '') return value;
  throw argumentError(`a module is written to a path, not to ${typeName(value)}`);
}

/** The form that is asked for, if one is. */
function formOf(settings) {
  const { form } = options(settings, ['form'], 'the settings');
  if (form === undefined || FORMS.includes(form)) return form;
  throw argumentError(`form is 'universal' or 'native', not ${typeName(form)}`);
}

/** Compiled code that can be looked into and instantiated any number of times. */
class Module {
  #handle;

  constructor(source, settings) {
    if (source instanceof Handle) {
      this.#handle = source.native;
      return;
    }
    const { engine } = options(settings, ['engine'], 'the settings');
    this.#handle = native.moduleNew(engineHandle(engine), sourceOf(source));
  }

  static async #load(source, settings, trusted) {
    const { engine, onProgress } = options(settings, ['engine', 'onProgress'], 'the settings');
    const progress = new Progress(callbackOf(onProgress));
    const handle = await native.moduleLoad(engineHandle(engine), sourceOf(source), trusted, progress.tell);
    progress.check();
    return new Module(new Handle(handle));
  }

  /** What `new Module` does, off the event loop. */
  static async load(source, settings) {
    return Module.#load(source, settings, false);
  }

  /** Of what may hold native code, which is used: whoever wrote it can have anything executed. */
  static async fromTrusted(source, settings) {
    return Module.#load(source, settings, true);
  }

  static fromTrustedSync(source, settings) {
    const { engine } = options(settings, ['engine'], 'the settings');
    return new Module(new Handle(native.moduleLoadTrustedSync(engineHandle(engine), sourceOf(source))));
  }

  static fromText(text, settings) {
    const { engine } = options(settings, ['engine'], 'the settings');
    if (typeof text !== 'string') throw argumentError(`the text of a module is a string, not ${typeName(text)}`);
    return new Module(new Handle(native.moduleFromText(engineHandle(engine), text)));
  }

  /** Of the ticket that `share` gave in another thread: nothing is compiled again. */
  static from(ticket) {
    return tickets.redeem(ticket, (handle) => new Module(new Handle(handle)));
  }

  /** What `postMessage` can send. */
  share() {
    return tickets.share(this, this.#handle);
  }

  /** Throws what is wrong with a module, without compiling it. */
  static validate(bytes, settings) {
    const { engine } = options(settings, ['engine'], 'the settings');
    if (!isBytes(bytes)) throw argumentError(`validate takes bytes, not ${typeName(bytes)}`);
    native.moduleValidate(engineHandle(engine), bytes);
  }

  get name() {
    return native.moduleName(this.#handle);
  }

  imports() {
    return native.moduleImports(this.#handle);
  }

  exports() {
    return native.moduleExports(this.#handle);
  }

  customSections(name) {
    if (typeof name !== 'string') throw argumentError(`the name of a section is a string, not ${typeName(name)}`);
    return native.moduleCustomSections(this.#handle, name);
  }

  customSectionNames() {
    return native.moduleCustomSectionNames(this.#handle);
  }

  /** The module and its compiled code as bytes. */
  async serialize(settings) {
    return native.moduleSerialize(this.#handle, formOf(settings));
  }

  serializeSync(settings) {
    return native.moduleSerializeSync(this.#handle, formOf(settings));
  }

  /** The same into a file, which appears whole or not at all. */
  async writeTo(path, settings) {
    await native.moduleWrite(this.#handle, pathOf(path), formOf(settings));
  }

  writeToSync(path, settings) {
    native.moduleWriteSync(this.#handle, pathOf(path), formOf(settings));
  }

  /** Whether its native code was loaded, not compiled. */
  get precompiled() {
    return native.moduleIsPrecompiled(this.#handle);
  }

  get compiledFunctions() {
    const [compiled, total] = native.moduleCompiledFunctions(this.#handle);
    return { compiled, total };
  }

  get engine() {
    return new Engine(new Handle(native.moduleEngine(this.#handle)));
  }

  static {
    moduleHandle = (module) => {
      if (!(#handle in Object(module))) throw argumentError(`expected a Module, not ${typeName(module)}`);
      return module.#handle;
    };
    isModule = (value) => #handle in Object(value);
  }
}

module.exports = { Module, formOf, isBytes, isModule, moduleHandle, pathOf };
