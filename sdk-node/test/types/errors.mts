// What must not compile: each line that is expected to be refused says so, and `tsc` complains when it is not.
import { EdgeError, Engine, Memory, Module, Pool, SharedMemory, Vm, Wasi } from 'edge';

// @ts-expect-error: a Vm is loaded, not made
new Vm();
// @ts-expect-error: neither a path, nor bytes, nor a module
Vm.loadSync(42);
// @ts-expect-error: there is no such limit
Vm.loadSync('x.wasm', { limits: { memroy: 1 } });
// @ts-expect-error: the imports are functions
Vm.loadSync('x.wasm', { imports: { app: { note: 1 } } });
// @ts-expect-error: not one of the outputs
new Wasi({ stdout: 'file' });
// @ts-expect-error: the text format is a string
Module.fromText(new Uint8Array(1));
// @ts-expect-error: a pool is loaded, not made
new Pool();
// @ts-expect-error: a shared memory needs a maximum
new SharedMemory({ min: 1 });
// @ts-expect-error: there is no view of a shared memory
new SharedMemory({ min: 1, max: 1 }).view();
// @ts-expect-error: the ticket of something else
SharedMemory.from(Module.fromText('').share());
// @ts-expect-error: nothing can be told while the event loop is blocked
Vm.loadSync('x.wasm', { onProgress() {} });
// @ts-expect-error: trust is true or false
Vm.loadSync('x.wasm', { trusted: 'yes' });
// @ts-expect-error: not one of the forms
Module.fromText('').serialize({ form: 'elf' });
// @ts-expect-error: a module is written somewhere
Module.fromText('').writeTo();
// @ts-expect-error: not a way to compile
new Engine({ compile: 'later' });
// @ts-expect-error: a cache has no such setting
new Engine({ cache: { path: 'x' } });
declare const memory: Memory;
// @ts-expect-error: cannot be assigned
memory.size = 1;
declare const error: EdgeError;
// @ts-expect-error: not one of the kinds
error.kind === 'oops';
