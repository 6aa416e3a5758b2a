// The whole surface as a typed program uses it: compiled by `npm run typecheck`, never run.
import {
  CancelToken, EdgeError, Engine, Err, Exception, Func, Global, HostError, HostModule, Instance, Linker, Memory, Module, Pool,
  PooledVm, SharedMemory, Store, Table, Tag, Terminate, Vm, Wasi, compile, version,
} from 'edge';
import type { ArtifactForm, ExternType, GuestFunction, Imports, Kind, ProgressCallback, Ticket, Value, WaitOutcome } from 'edge';

interface Prediction {
  label: string;
  probability: number;
}

const imports: Imports = {
  app: {
    note: (level: number, text: string): bigint => BigInt(level + text.length),
    later: async (key: string) => {
      if (key === '') throw new Err({ Refused: 1 });
      return key;
    },
  },
};
const wasi = new Wasi({
  args: ['program'],
  env: { LANG: 'C' },
  dirs: { '/data': 'data', '/templates': { path: 'templates', readOnly: true } },
  stdin: Buffer.from('text'),
  stdout: 'capture',
});
const engine = new Engine({
  optLevel: 'speed',
  compile: 'lazy',
  target: 'generic',
  cache: { directory: 'cache', maxSize: 1 << 20 },
  threads: 2,
  proposals: { simd: false },
  fuel: true,
  costTable: { 'i32.add': 2n },
  limits: { deadlineMs: 1000, fuel: 10n, module: { functions: 100 } },
});
const fuel: bigint | null = engine.settings.limits.fuel;
const kept: string | undefined = engine.settings.cache?.directory;
const cost: number | undefined = engine.settings.costTable['i32.add'];

const vm: Vm = await Vm.load('infer.wasm', { imports, wasi, limits: { memory: 1 << 20 }, engine });
const prediction = vm.run<Prediction>('infer', Buffer.of(1));
const text: string = prediction.label;
const later: Promise<Prediction> = vm.runAsync('infer', new Uint8Array(1));
const infer: GuestFunction | undefined = vm.exports['infer'];
const parameters: readonly string[] = infer?.parameters ?? [];
const code: number = await vm.startAsync();
const token = new CancelToken();
const limited = vm.with({ deadlineMs: 100, fuel: 5, cancel: token, signal: AbortSignal.timeout(5) });
const sum: number = limited.run<number>('add', 1, 2);
const soon: Promise<number> = limited.runAsync<number>('add', 1, 2);
const ended: boolean = vm.cancel();
const { instructions, timeMs } = vm.statistics();
vm.store.setFuel(100);
const inside: bigint = vm.store.with({ deadlineMs: 5 }, () => vm.store.fuelLeft);
vm.memory().write(0, new Float64Array(1));
const view: Uint8Array = vm.memory('memory').view();
vm.reset();
await vm[Symbol.asyncDispose]();
vm[Symbol.dispose]();

const pool = await Pool.load('infer.wasm', { size: 4, keepState: true, imports, engine });
const lent: PooledVm = await pool.get({ timeoutMs: 5, signal: AbortSignal.timeout(5) });
lent.release();
await pool.tryGet().releaseAsync();
const length: number = await pool.use(async (own) => (await own.runAsync<Prediction>('infer', new Uint8Array(1))).label.length);
const results: Prediction[] = await pool.map<Prediction>('infer', [new Uint8Array(1)], { threads: 2, deadlineMs: 5 });
const outcomes: PromiseSettledResult<number>[] = await pool.map<number>('add', new Set([[1, 2]]), { settled: true });
const single: number = await pool.run<number>('add', pool.size, pool.made);
pool[Symbol.dispose]();
const shared = new SharedMemory({ min: 1, max: 2 }, { engine });
const ticket: Ticket<'SharedMemory'> = shared.share();
const before: bigint = SharedMemory.from(ticket).atomicAdd64(0, 1n);
const waited: WaitOutcome = await shared.waitAsync32(0, shared.atomicLoad32(4), { timeoutMs: 5 });
const sharing = Vm.loadSync('x.wasm', { imports: { env: { memory: shared } } });
console.log(sharing.sharedMemory().same(shared), length, results, outcomes, single, before, waited, CancelToken.from(token.share()).cancelled);

const module = new Module(new Uint8Array(8), { engine });
const types: ExternType[] = module.imports().map((item) => item.type);
const sort: string[] = types.map((type) => (type.kind === 'function' ? type.params.join() : type.kind));
const form: ArtifactForm = 'native';
const onProgress: ProgressCallback = (compiled, total) => console.log(compiled / total);
await compile('in.wat', 'out.edge', { form, target: 'aarch64-unknown-linux-gnu', onProgress });
await compile(new Uint8Array(8), 'out.wasm', { engine: new Engine({ cache: true }) });
const bytes: Uint8Array = await module.serialize({ form });
await module.writeTo('out.wasm');
module.writeToSync('out.wasm', { form: 'universal' });
const trusted: Module = await Module.fromTrusted(module.serializeSync(), { engine, onProgress });
const { compiled, total } = Module.fromTrustedSync('out.edge').compiledFunctions;
const plain: Module = await Module.load('in.wat', { onProgress });
const fast = [await Vm.load('out.edge', { trusted: true, onProgress }), Vm.loadSync(bytes, { trusted: true })];
const crowd: Pool = await Pool.load('out.edge', { trusted: true, onProgress, size: 2 });
console.log(kept, trusted.precompiled, compiled, total, plain, fast, crowd);
const store = new Store({ engine, limits: { instances: 1 } });
const linker = new Linker({ engine })
  .func('m', 'f', { params: ['i32'], results: ['i64'] }, (n: number) => BigInt(n))
  .define('m', 'g', new Global(store, { content: 'i32', mutable: true }, 1))
  .define('m', 't', new Table(store, { element: 'funcref', min: 1 }))
  .define('m', 'mem', new Memory(store, { min: 1, max: 2 }));
const host = new HostModule('host')
  .func('end', {}, () => {
    throw inside > 0n ? new Terminate() : new HostError(7, 'no', { cause: sum });
  })
  .memory('memory', { min: 1, memory64: true });
const thrown = new Exception(new Tag(store, ['i32']), [1]);
console.log(thrown.tag.type.params, thrown.values);
linker.hostModule(store, host).alias('host', 'end', 'host', 'stop').aliasModule('host', 'other').allowShadowing(false);
linker.define('m', 'shared', shared).func('m', 'peek', {}, (caller) => caller.memory(0)?.size, { caller: true, cost: 3 }).defineUnknownAsTraps(module);
const names: [string, string][] = linker.definitions();
const instance: Instance = linker.instance('n', new Instance(store, module)).instantiate(store, module);
const func: Func = instance.func('f');
const values: Value = { x: [1, 2n, null, new Map([[1, 'x']])], y: new Uint8Array(1) };

try {
  func.call(1);
} catch (error) {
  if (error instanceof EdgeError) {
    const kind: Kind = error.kind;
    const line: number | undefined = error.backtrace[0]?.line;
    console.error(error.phase, kind, line, error.exitCode, error.hostCode, error.value, error.cause);
  }
}
console.log(fuel, cost, soon, ended, instructions, timeMs, names);
console.log(version, text, later, parameters, code, view, sort, values);
