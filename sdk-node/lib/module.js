'use strict';

const { types } = require('node:util');
const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { Engine, engineHandle } = require('./engine.js');
const { options } = require('./limits.js');
const { Tickets } = require('./tickets.js');

const tickets = new Tickets('Module');

/** For our own files: the native handle of a module, and whether there is one. */
let moduleHandle;
let isModule;

const isBytes = (value) => ArrayBuffer.isView(value) || types.isArrayBuffer(value);

/** Compiled code that can be looked into and instantiated any number of times. */
class Module {
  #handle;

  constructor(source, settings) {
    if (source instanceof Handle) {
      this.#handle = source.native;
      return;
    }
    const { engine } = options(settings, ['engine'], 'the settings');
    if (typeof source !== 'string' && !isBytes(source)) {
      throw argumentError(`a module is made of a path or of bytes, not of ${typeName(source)}`);
    }
    this.#handle = native.moduleNew(engineHandle(engine), source);
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

module.exports = { Module, isBytes, isModule, moduleHandle };
