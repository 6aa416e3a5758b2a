'use strict';

/**
 * Call sandboxed WebAssembly functions as if they were JavaScript functions. `index.d.ts` documents everything.
 *
 * The easy door is `Vm`; below it stand `Engine`, `Module`, `Store`, `Linker`, `Instance`, `Func`, `Memory`, `Table`,
 * `Global` and `SharedMemory`; beside it `Pool`.
 */

const { native } = require('./lib/native.js');
const { EdgeError, Err, HostError, Terminate } = require('./lib/errors.js');
const { Engine } = require('./lib/engine.js');
const { CancelToken } = require('./lib/calls.js');
const { Statistics, Store } = require('./lib/store.js');
const { Exception, Tag } = require('./lib/exceptions.js');
const { Module } = require('./lib/module.js');
const { compile } = require('./lib/compile.js');
const { Wasi } = require('./lib/wasi.js');
const { Func, Global, Memory, Table } = require('./lib/externs.js');
const { SharedMemory } = require('./lib/shared_memory.js');
const { Caller } = require('./lib/caller.js');
const { HostModule } = require('./lib/host_module.js');
const { Instance } = require('./lib/instance.js');
const { Linker } = require('./lib/linker.js');
const { Vm } = require('./lib/vm.js');
const { Pool, PooledVm } = require('./lib/pool.js');

exports.Caller = Caller;
exports.CancelToken = CancelToken;
exports.EdgeError = EdgeError;
exports.Engine = Engine;
exports.Err = Err;
exports.Exception = Exception;
exports.Func = Func;
exports.Global = Global;
exports.HostError = HostError;
exports.HostModule = HostModule;
exports.Instance = Instance;
exports.Linker = Linker;
exports.Memory = Memory;
exports.Module = Module;
exports.Pool = Pool;
exports.PooledVm = PooledVm;
exports.SharedMemory = SharedMemory;
exports.Statistics = Statistics;
exports.Store = Store;
exports.Table = Table;
exports.Tag = Tag;
exports.Terminate = Terminate;
exports.Vm = Vm;
exports.Wasi = Wasi;
exports.compile = compile;
exports.version = native.version;
