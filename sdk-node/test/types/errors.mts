// What must not compile: each line that is expected to be refused says so, and `tsc` complains when it is not.
import { EdgeError, Memory, Module, Pool, SharedMemory, Vm, Wasi } from 'edge';

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
declare const memory: Memory;
// @ts-expect-error: cannot be assigned
memory.size = 1;
declare const error: EdgeError;
// @ts-expect-error: not one of the kinds
error.kind === 'oops';
