'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { storeInternals } = require('./store.js');
const { late } = require('./hosts.js');

/** For our own files: what an extern is told by, and the handle of a tag. */
let tagExtern;
let exceptionHandle;

/** A sort of exceptions. Two tags of one type are two sorts. */
class Tag {
  #handle;
  #kept;

  constructor(store, params = []) {
    if (store instanceof Handle) {
      this.#handle = store.native;
      [this.#kept] = store.more;
      return;
    }
    if (!Array.isArray(params)) throw argumentError(`the parameters of a tag are an array of types, not ${typeName(params)}`);
    this.#handle = native.tagNew(storeInternals.handle(store), params.map(String));
    this.#kept = store;
  }

  get type() {
    return native.tagType(this.#handle);
  }

  same(other) {
    if (!(#handle in Object(other))) throw argumentError(`expected a Tag, not ${typeName(other)}`);
    return native.tagSame(this.#handle, other.#handle);
  }

  static {
    tagExtern = (value) => #handle in value && { sort: 'tag', handle: value.#handle, kept: value.#kept };
  }
}

/** An exception of WebAssembly: what an exnref refers to. */
class Exception extends Error {
  #handle;
  #kept;

  constructor(tag, values = []) {
    super('an exception of WebAssembly');
    if (tag instanceof Handle) {
      this.#handle = tag.native;
      return;
    }
    const found = typeof tag === 'object' && tag !== null && tagExtern(tag);
    if (!found) throw argumentError(`expected a Tag, not ${typeName(tag)}`);
    if (!Array.isArray(values)) throw argumentError(`the values of an exception are an array, not ${typeName(values)}`);
    this.#handle = native.exceptionNew(found.handle, values);
    this.#kept = found.kept;
  }

  get tag() {
    return new Tag(new Handle(native.exceptionTag(this.#handle), this.#kept));
  }

  get values() {
    return native.exceptionValues(this.#handle);
  }

  static {
    exceptionHandle = (value) => (#handle in Object(value) ? value.#handle : undefined);
  }
}
Object.defineProperty(Exception.prototype, 'name', { value: 'Exception', configurable: true, writable: true });

late.makeException = (handle) => new Exception(new Handle(handle));
late.exceptionHandle = (value) => exceptionHandle(value);

module.exports = { Exception, Tag, tagExtern };
