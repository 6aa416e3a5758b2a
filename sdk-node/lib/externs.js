'use strict';

const { Handle, native } = require('./native.js');
const { argumentError, typeName } = require('./errors.js');
const { count, options } = require('./limits.js');
const { storeInternals } = require('./store.js');
const { isBytes } = require('./module.js');
const { Tag, tagExtern } = require('./exceptions.js');
const { SharedMemory, sharedMemoryExtern } = require('./shared_memory.js');
const { late } = require('./hosts.js');

/** What finds the native handle of an extern in its class. */
const handles = [tagExtern, sharedMemoryExtern];

/** An optional count. */
const optionalCount = (value, what) => (value === undefined || value === null ? undefined : count(value, what));

/** Linear memory. It never moves; a view stays valid, and as large as it was, when the memory grows. */
class Memory {
  #handle;
  #kept;

  constructor(store, settings) {
    if (store instanceof Handle) {
      this.#handle = store.native;
      [this.#kept] = store.more;
      return;
    }
    const fields = ['kind', 'min', 'max', 'memory64', 'shared'];
    const { min, max, memory64 = false, shared } = options(settings, fields, 'the type of a memory');
    if (shared) throw argumentError('a memory that is shared is a SharedMemory, which belongs to no store');
    const least = count(min, 'min');
    this.#handle = native.memoryNew(storeInternals.handle(store), least, optionalCount(max, 'max'), Boolean(memory64));
    this.#kept = store;
  }

  read(offset, length) {
    return native.memoryRead(this.#handle, count(offset, 'the offset'), count(length, 'the length'));
  }

  write(offset, bytes) {
    if (!isBytes(bytes)) throw argumentError(`memory.write takes bytes, not ${typeName(bytes)}`);
    native.memoryWrite(this.#handle, count(offset, 'the offset'), bytes);
  }

  get size() {
    return native.memorySize(this.#handle);
  }

  get byteLength() {
    return native.memorySize(this.#handle) * 65536;
  }

  get type() {
    return native.memoryType(this.#handle);
  }

  grow(pages) {
    return native.memoryGrow(this.#handle, count(pages, 'the pages'));
  }

  view() {
    return native.memoryView(this.#handle);
  }

  static {
    handles.push((value) => #handle in value && { sort: 'memory', handle: value.#handle, kept: value.#kept });
  }
}

/** A global variable. */
class Global {
  #handle;
  #kept;

  constructor(store, settings, value) {
    if (store instanceof Handle) {
      this.#handle = store.native;
      [this.#kept] = store.more;
      return;
    }
    const { content, mutable = false } = options(settings, ['kind', 'content', 'mutable'], 'the type of a global');
    this.#handle = native.globalNew(storeInternals.handle(store), String(content), Boolean(mutable), value);
    this.#kept = store;
  }

  get value() {
    return native.globalGet(this.#handle);
  }

  set value(value) {
    native.globalSet(this.#handle, value);
  }

  get type() {
    return native.globalType(this.#handle);
  }

  static {
    handles.push((value) => #handle in value && { sort: 'global', handle: value.#handle, kept: value.#kept });
  }
}

/** A table of references; null is null. */
class Table {
  #handle;
  #kept;

  constructor(store, settings, init = null) {
    if (store instanceof Handle) {
      this.#handle = store.native;
      [this.#kept] = store.more;
      return;
    }
    const { element, min, max, table64 = false } = options(settings, ['kind', 'element', 'min', 'max', 'table64'], 'the type of a table');
    const least = count(min, 'min');
    const most = optionalCount(max, 'max');
    this.#handle = native.tableNew(storeInternals.handle(store), String(element), least, most, init, Boolean(table64));
    this.#kept = store;
  }

  get length() {
    return native.tableSize(this.#handle);
  }

  get type() {
    return native.tableType(this.#handle);
  }

  get(index) {
    return native.tableGet(this.#handle, count(index, 'the index'));
  }

  set(index, value) {
    native.tableSet(this.#handle, count(index, 'the index'), value);
  }

  grow(delta, init = null) {
    return native.tableGrow(this.#handle, count(delta, 'the elements to add'), init);
  }

  static {
    handles.push((value) => #handle in value && { sort: 'table', handle: value.#handle, kept: value.#kept });
  }
}

/** A WebAssembly function with WebAssembly's own values. */
class Func {
  #handle;
  #kept;

  constructor(store, type, callback, settings) {
    if (store instanceof Handle) {
      this.#handle = store.native;
      [this.#kept] = store.more;
      return;
    }
    const { params = [], results = [] } = options(type, ['kind', 'params', 'results'], 'the type of a function');
    if (typeof callback !== 'function') throw argumentError(`a host function is a function, not ${typeName(callback)}`);
    const { caller = false } = options(settings, ['caller'], 'the settings of a host function');
    const handle = storeInternals.handle(store);
    const types = [params.map(String), results.map(String)];
    this.#handle = native.funcNew(handle, ...types, ...storeInternals.keep(store, callback), Boolean(caller));
    this.#kept = store;
  }

  call(...args) {
    return native.funcCall(this.#handle, ...args);
  }

  /** Whether both are handles of one function. */
  same(other) {
    if (!(#handle in Object(other))) throw argumentError(`expected a Func, not ${typeName(other)}`);
    return native.funcSame(this.#handle, other.#handle);
  }

  get name() {
    return native.funcName(this.#handle);
  }

  get type() {
    return native.funcType(this.#handle);
  }

  static {
    handles.push((value) => #handle in value && { sort: 'function', handle: value.#handle, kept: value.#kept });
  }
}

/** For our own files: the sort of an extern, its native handle and what it keeps; undefined for anything else. */
const sortOf = (value) => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const find of handles) {
    const found = find(value);
    if (found) return found;
  }
  return undefined;
};

/** The same of what has to be an extern. */
function externHandle(value) {
  const found = sortOf(value);
  if (!found) throw argumentError(`expected a Func, Memory, SharedMemory, Table, Global or Tag, not ${typeName(value)}`);
  return found;
}

const CLASSES = { memory: Memory, sharedMemory: SharedMemory, global: Global, table: Table, function: Func, tag: Tag };

/** The object for a native extern: its sort and its handle. */
const wrapExtern = ([sort, handle], kept) => new CLASSES[sort](new Handle(handle, kept));

late.makeFunc = (handle) => new Func(new Handle(handle));
late.funcHandle = (value) => {
  const found = sortOf(value);
  return found?.sort === 'function' ? found.handle : undefined;
};

module.exports = { Func, Global, Memory, Table, externHandle, wrapExtern };
