/**
 * Call sandboxed WebAssembly functions as if they were JavaScript functions.
 *
 * ```js
 * const vm = await Vm.load("infer.wasm");
 * const prediction = vm.run("infer", image);
 * ```
 *
 * The easy door is {@link Vm}; below it stand {@link Engine}, {@link Module}, {@link Store}, {@link Linker},
 * {@link Instance}, {@link Func}, {@link Memory}, {@link Table}, {@link Global} and {@link SharedMemory}. A {@link Pool} has
 * several Vms of one module.
 *
 * Values between JavaScript and a guest: numbers; `bigint` for 64-bit integers (safe integers are taken too); strings; an
 * object for a struct; `"Name"` or `{Name: payload}` for an enum; an array for a tuple or a list; an object for a map with
 * string keys and a `Map` for any other; `null` for `None`; `Uint8Array` for bytes (`Buffer` and `ArrayBuffer` are taken too);
 * a typed array for a vector of numbers (arrays are taken too).
 */

/** Bytes, wherever they lie. */
export type Bytes = ArrayBuffer | NodeJS.ArrayBufferView;

/** A value that goes to a guest, or comes from one. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Bytes
  | readonly Value[]
  | ReadonlyMap<Value, Value>
  | { readonly [field: string]: Value };

/** The step that failed. */
export type Phase = "load" | "validate" | "compile" | "link" | "instantiate" | "execute" | "host" | "io";

/** What went wrong. */
export type Kind =
  /** The bytes or the text are not a WebAssembly module. */
  | "malformed"
  /** The module does not satisfy the validation rules. */
  | "invalid"
  /** The module needs a proposal that is switched off or not supported. */
  | "unsupported"
  /** The module exceeds one of the engine's caps on size. */
  | "too_large"
  /** Code generation failed. */
  | "compile_failed"
  /** An import has no definition. */
  | "unknown_import"
  /** An import is defined with another type. */
  | "incompatible_import"
  /** The module has no export of that name. */
  | "unknown_export"
  /** The export exists and is of another sort. */
  | "wrong_export_kind"
  /** A call with too many or too few arguments. */
  | "argument_count"
  /** An argument that does not fit the parameter's type. */
  | "argument_type"
  /** A result that does not fit the type that was promised or asked for. */
  | "result_type"
  /** Asked for what was not switched on. */
  | "not_enabled"
  /**  The file of compiled code is not as it was written. */
  | "artifact_damaged"
  /**  The compiled code is for another version, machine or setting. */
  | "artifact_mismatch"
  /** The guest executed `unreachable`. */
  | "unreachable"
  /** The guest accessed memory out of bounds. */
  | "memory_out_of_bounds"
  /** The guest accessed a table out of bounds. */
  | "table_out_of_bounds"
  /** An indirect call through an index that the table does not have. */
  | "undefined_element"
  /** An indirect call through an element that is null. */
  | "uninitialized_element"
  /** An indirect call of a function of another type. */
  | "indirect_call_type_mismatch"
  /** A null reference was used. */
  | "null_reference"
  /** An integer was divided by zero. */
  | "integer_divide_by_zero"
  /** An integer operation overflowed. */
  | "integer_overflow"
  /** A float that is not a number or out of range was converted to an integer. */
  | "invalid_conversion_to_integer"
  /** The guest used up its stack. */
  | "stack_overflow"
  /** An atomic access to an address that is no multiple of its width. */
  | "unaligned_atomic"
  /** Waiting on a memory that is not shared. */
  | "expected_shared_memory"
  /** The guest threw an exception that nobody caught. */
  | "uncaught_exception"
  /** A guest function returned `Err`. */
  | "guest_error"
  /** Guest code panicked. */
  | "guest_panic"
  /** The guest ended itself with an exit code. */
  | "guest_exit"
  /** A host function failed. */
  | "host_error"
  /** A host function panicked. */
  | "host_panic"
  /** The instance was left in an unknown state by an earlier call and has not been reset. */
  | "poisoned"
  /** The instance is serving another call. */
  | "busy"
  /** The object has been closed. */
  | "closed"
  /** A handle of another engine or store. */
  | "wrong_store"
  /** The guest's bindgen description cannot be read or contradicts the module. */
  | "bad_description"
  /** The guest's bindgen code broke the calling contract. */
  | "abi_violation"
  /** A host function ended the guest early, on purpose. */
  | "terminated"
  /** The limit on memory was hit, or the maximum of one. */
  | "memory_limit"
  /** The limit on table elements was hit, or the maximum of one table. */
  | "table_limit"
  /** The limit on instances was hit. */
  | "instance_limit"
  /** A result is larger than the limit allows. */
  | "result_too_large"
  /** The fuel is used up. */
  | "out_of_fuel"
  /** The deadline passed. */
  | "deadline_exceeded"
  /** The call was cancelled. */
  | "cancelled"
  /** The limit on calls from host functions back into guests was hit. */
  | "recursion_limit"
  /** A file could not be read or written, or the system refused something. */
  | "io"
  /** The system has no memory or address space left. */
  | "out_of_memory"
  /** Assigning to something that cannot be changed. */
  | "immutable"
  /** A fault of the engine itself. */
  | "internal";

/** One frame of a guest's backtrace. */
export interface Frame {
  /** Name of the module, from its name section. */
  readonly module?: string;
  readonly functionIndex: number;
  /** Demangled, from the name section or the exports. */
  readonly functionName?: string;
  /** Offset of the instruction in the module's bytes. */
  readonly moduleOffset?: number;
  /** Source file and line (from 1), where the module carries DWARF. */
  readonly file?: string;
  readonly line?: number;
}

/** What every failure is thrown as. */
export class EdgeError extends Error {
  readonly name: string;
  readonly phase: Phase;
  readonly kind: Kind;
  /** The same as {@link kind}, where Node's own errors have it. */
  readonly code: Kind;
  /** The guest's frames, innermost first. */
  readonly backtrace: readonly Frame[];
  /** The typed value of the guest's `Err`. */
  readonly value?: any;
  /** The guest's exit code. */
  readonly exitCode?: number;
  /** The code of the {@link HostError} that a host function threw; a `bigint` beyond safe integers. */
  readonly hostCode?: number | bigint;
  /** The very value that a host function threw, or what lies under this error. */
  readonly cause?: unknown;
  private constructor();
}

/** Throw this in a host function to hand a typed `Err` to a guest that declared `Result<_, E>`. */
export class Err<T = unknown> extends Error {
  constructor(value: T);
  readonly value: T;
}

/**
 * Throw this in a host function to end the guest on purpose: the outer call throws kind `terminated`, with this as its `cause`. The
 * guest's destructors do not run: one with bindgen functions is poisoned.
 */
export class Terminate extends Error {
  constructor(message?: string, options?: { cause?: unknown });
}

/** Throw this in a host function to fail with a code, which the outer call's error has as {@link EdgeError.hostCode}. */
export class HostError extends Error {
  constructor(code: number | bigint, message?: string, options?: { cause?: unknown });
  readonly code: number | bigint;
}

/** How large a module may be. */
export interface ModuleLimits {
  /** Bytes of the module. Default 256 MiB. */
  moduleSize?: number;
  /** Functions, imported ones included. Default 200,000. */
  functions?: number;
  /** Items of one section, and custom sections. Default 1,000,000. */
  items?: number;
  /** Bytes of one function's body. Default 4 MiB. */
  bodySize?: number;
  /** Locals of one function, parameters included. Default 50,000. */
  locals?: number;
  /** Targets of one `br_table`. Default 65,536. */
  branchTargets?: number;
  /** Blocks inside one another. Default 10,000. */
  nesting?: number;
  /** Operands on the stack of one function at the same time. Default 10,000. */
  operands?: number;
}

/** How much a guest may use. What is not given is as the engine's limits say, which are safe by default. */
export interface Limits {
  /** Bytes of all linear memories together. Default 1 GiB. */
  memory?: number;
  /** Elements of all tables together. Default 10,000,000. */
  table?: number;
  /** Instances in the store. Default 10,000. */
  instances?: number;
  /** Bytes of native stack. Default 512 KiB. */
  stack?: number;
  /** Bytes of one result. Default 256 MiB. */
  resultSize?: number;
  /** Calls into the store inside one another: of guests by the host, and from host functions back into guests. Default 1,000. */
  recursion?: number;
  /** Fuel that a store begins with. Default null: no limit. Needs {@link EngineSettings.fuel}. */
  fuel?: number | bigint | null;
  /** How long a call may take, with all that it calls. Default null: for ever. */
  deadlineMs?: number | null;
  /** Of modules that are compiled with these limits. */
  module?: ModuleLimits;
}

/** Limits as they are. */
export interface GivenLimits extends Required<Limits> {
  readonly fuel: bigint | null;
  readonly module: Required<ModuleLimits>;
}

/**
 * Stands for an object in `postMessage` and `workerData`, which cannot send the object itself: `SharedMemory.from(ticket)` makes
 * the other thread's own object of it. Of use within one process only, and as long as somebody has the object: who made the
 * ticket keeps it until the other thread has taken it.
 */
export interface Ticket<Sort extends string> {
  readonly edge: Sort;
  readonly process: number;
  readonly number: number;
}

/** Ends the calls that were started with it, for ever. */
export class CancelToken {
  /** The token of another thread, whose calls this one ends too. */
  static from(ticket: Ticket<"CancelToken">): CancelToken;
  share(): Ticket<"CancelToken">;
  /** From a host function, or while calls of `runAsync` are under way. They end within a few milliseconds. */
  cancel(): void;
  readonly cancelled: boolean;
}

/** What calls obey besides the limits of their store. */
export interface CallOptions {
  /** How long a call may take; of `runAsync` together with the wait for its turn. Ends it with kind `deadline_exceeded`. */
  deadlineMs?: number;
  /** Fuel that a call may use; what the store has left is a limit too. */
  fuel?: number | bigint;
  /** Ends calls with kind `cancelled`. */
  cancel?: CancelToken;
  /** The same; the signal's reason is the error's `cause`. A synchronous call hears of it only through its host functions. */
  signal?: AbortSignal;
}

/** A Vm's calls that obey options. */
export interface Calls {
  run<R = any>(name: string, ...args: any[]): R;
  runAsync<R = any>(name: string, ...args: any[]): Promise<R>;
  start(): number;
  startAsync(): Promise<number>;
}

/** What a store's guests have used: a copy of the counts at one time. What was not switched on throws kind `not_enabled`. */
export class Statistics {
  private constructor();
  /** Instructions that were executed. Needs {@link EngineSettings.countInstructions}. */
  readonly instructions: bigint;
  /** Fuel that guests and host functions have used. Needs {@link EngineSettings.fuel}. */
  readonly fuelUsed: bigint;
  /** Fuel that is left. Without a limit it counts down from 2^64 - 1. */
  readonly fuelLeft: bigint;
  /** Milliseconds that calls from the host took, of those that have ended. Needs {@link EngineSettings.measureTime}. */
  readonly timeMs: number;
  /** Calls from the host. */
  readonly calls: number;
  /** The most bytes that all linear memories held together. */
  readonly memoryPeak: number;
  readonly instructionsPerSecond: number;
}

/** Host functions by module and name, and shared memories. In a guest called by `runAsync` functions may return promises. */
export type Imports = { readonly [module: string]: { readonly [name: string]: ((...args: any[]) => unknown) | SharedMemory } };

/**
 * Hears how many functions of a module are compiled, of how many. Numbers only rise, and some may be left out; the last call comes before
 * the promise is settled, and tells what is compiled then: less than all with {@link EngineSettings.compile} `"lazy"`. Code that comes
 * from a trusted file or from the cache, and text, are told of in that one call. What it throws rejects the promise.
 */
export type ProgressCallback = (compiled: number, total: number) => void;

/** Settings of {@link Vm.loadSync}. */
export interface VmSettings {
  imports?: Imports;
  /** Without it a WASI guest gets nothing, and what it prints goes nowhere. */
  wasi?: Wasi;
  limits?: Limits;
  engine?: Engine;
  /** Further definitions: functions over WebAssembly's own values, memories and so on. `imports` replace those of the same name. */
  linker?: Linker;
  /**
   * Whether native code in the file or the bytes is used, as {@link Module.fromTrusted} does. Default false: native code alone is
   * refused, that in a universal module ignored. Whoever can write what is trusted can have anything executed by this process.
   */
  trusted?: boolean;
}

/** Settings of {@link Vm.load}. `trusted` and `onProgress` do not go with {@link Limits.module}: give that to the engine. */
export interface LoadSettings extends VmSettings {
  onProgress?: ProgressCallback;
}

/** A function that a guest exports. */
export interface GuestFunction {
  (...args: any[]): any;
  readonly name: string;
  readonly length: number;
  /** The whole signature in one line. */
  readonly description: string;
  /** The doc comment. */
  readonly doc: string;
  /** The names of the parameters. */
  readonly parameters: readonly string[];
}

/** One module with its store, its WASI and its limits, run by name. */
export class Vm {
  /** For {@link PooledVm} only: use {@link Vm.load}. */
  protected constructor();
  /** Loads a module from a path (text format if it ends in `.wat`), from bytes or from a {@link Module}; compiles off the event loop. */
  static load(source: string | Bytes | Module, settings?: LoadSettings): Promise<Vm>;
  /** The same, at once. */
  static loadSync(source: string | Bytes | Module, settings?: VmSettings): Vm;
  /** Calls a function by name. Throws kind `busy` while a `runAsync` is in flight. */
  run<R = any>(name: string, ...args: any[]): R;
  /** Calls a function on a thread of edge's own; calls of one Vm run in order. The event loop is never blocked. */
  runAsync<R = any>(name: string, ...args: any[]): Promise<R>;
  /** The same calls under options: `vm.with({ deadlineMs: 100 }).run("f")`. */
  with(options: CallOptions): Calls;
  /** Ends the call of `runAsync` that is in progress, with kind `cancelled`; whether there was one. Later ones are not affected. */
  cancel(): boolean;
  /** The store of its instance; after a reset, another one. */
  readonly store: Store;
  /** What the guest has used since it was loaded or reset. */
  statistics(): Statistics;
  /** Every function as an object of its own, made once. */
  readonly exports: { readonly [name: string]: GuestFunction };
  /** Runs a command's `_start` to its end; the exit code. */
  start(): number;
  /** The same off the event loop. */
  startAsync(): Promise<number>;
  memory(name?: string): Memory;
  sharedMemory(name?: string): SharedMemory;
  global(name: string): Global;
  table(name: string): Table;
  func(name: string): Func;
  readonly instance: Instance;
  readonly module: Module;
  /** What the guest has printed since the last reset, if its WASI captures that. */
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Why the guest must be reset before further calls, or null. */
  readonly poisoned: string | null;
  /** Makes a fresh instance in a fresh store; functions found before call the new one. */
  reset(): void;
  readonly closed: boolean;
  /** Frees the instance when the call in progress has ended. Further calls throw kind `closed`. */
  close(): void;
  /** The same when the calls that were queued before have ended. */
  closeAsync(): Promise<void>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Settings of {@link Pool.load}: those of each Vm, and these. */
export interface PoolSettings extends LoadSettings {
  /** How many guests there may be at the same time, at least 1. Default: as many as the machine has processors. */
  size?: number;
  /**
   * Whether a borrower finds what the one before left behind. Default false: each gets a just-initialised guest. For guests that
   * keep a cache, and that serve borrowers who trust one another.
   */
  keepState?: boolean;
}

/** How long to wait for a guest. */
export interface WaitOptions {
  /** Ends the wait with kind `busy`. Default: for ever. */
  timeoutMs?: number;
  /** Ends the wait with kind `cancelled`. */
  signal?: AbortSignal;
}

/** Settings of {@link Pool.map}: what each call obeys, and these. */
export interface MapSettings extends CallOptions {
  /** How many guests work at the same time. Default: as many as the pool has. */
  threads?: number;
  /** Whether the result tells of each item what came of it, as `Promise.allSettled` does. Default false. */
  settled?: boolean;
}

/**
 * Several Vms of one module. Each is lent to one borrower at a time, and is made when it is first needed. A guest that is
 * poisoned, or cannot be made fresh, is replaced. The event loop never waits, but for what a guest does in its initialisers when
 * {@link tryGet} makes one or `release` makes one fresh.
 */
export class Pool {
  private constructor();
  /** Compiles the module and makes the first guest. `source` as for {@link Vm.load}. */
  static load(source: string | Bytes | Module, settings?: PoolSettings): Promise<Pool>;
  /** Borrows a guest; waits for one, in the order of asking. Throws kind `closed` when the pool is, or is closed meanwhile. */
  get(options?: WaitOptions): Promise<PooledVm>;
  /** Borrows a guest if one is free, or can be made. Throws kind `busy` when all are lent. */
  tryGet(): PooledVm;
  /** Lends a guest to a function, until the promise that it returns is settled. */
  use<R>(callback: (vm: PooledVm) => R | PromiseLike<R>, options?: WaitOptions): Promise<R>;
  /** Calls a function on a thread of edge's own, with the first guest that is free. */
  run<R = any>(name: string, ...args: any[]): Promise<R>;
  /**
   * Calls a function once per item on threads of edge's own, and gives the results in the order of the items. An item is the
   * argument of a function with one parameter, else the array of its arguments. All are read at once. Each thread keeps its guest
   * and that guest's state over its items; one that is poisoned is reset before the next item.
   *
   * The first error in the order of the items is thrown, and items behind it that were not begun are left out; with
   * `settled: true` every item has its outcome.
   */
  map<R = any>(name: string, items: Iterable<any>, settings: MapSettings & { settled: true }): Promise<PromiseSettledResult<R>[]>;
  map<R = any>(name: string, items: Iterable<any>, settings?: MapSettings & { settled?: false }): Promise<R[]>;
  /** How many guests there may be. */
  readonly size: number;
  /** How many there are now, lent ones included. */
  readonly made: number;
  readonly module: Module;
  readonly closed: boolean;
  /** Lends nothing any more; who waits gets kind `closed`; idle guests are freed now, lent ones when they come back. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * A Vm that is lent by a pool. What is given back serves no calls any more: they throw kind `closed`, its functions' too. Memories and
 * globals that were taken out belong to the state that is dropped, unless the pool keeps state. One that is forgotten goes back when
 * it is collected.
 */
export class PooledVm extends Vm {
  private constructor();
  /**
   * Gives it back, fresh for the next borrower: at once, or when its calls in flight have ended. Throws kind `busy` in a host
   * function that this very guest waits for. Twice is fine. `close` and `Symbol.dispose` do the same.
   */
  release(): void;
  /** The same on a thread of edge's own, until it has been made fresh. `closeAsync` and `Symbol.asyncDispose` do the same. */
  releaseAsync(): Promise<void>;
}

/** A directory of the host's. */
export interface Directory {
  path: string;
  /** Whether every change is refused. Default false. */
  readOnly?: boolean;
}

/** Settings of {@link Wasi}. What is not given the guest does not get. */
export interface WasiSettings {
  /** The first is the program's name by custom. */
  args?: readonly string[];
  env?: { readonly [name: string]: string };
  /** From the guest's path to the host's. */
  dirs?: { readonly [guest: string]: string | Directory };
  /** Empty by default. */
  stdin?: "inherit" | Bytes;
  /** Default `"inherit"`; for `"capture"` see {@link Vm.stdout}. */
  stdout?: "inherit" | "capture" | "ignore";
  stderr?: "inherit" | "capture" | "ignore";
}

/** What a WASI guest gets. */
export class Wasi {
  constructor(settings?: WasiSettings);
}

/** A directory of compiled modules, found by their contents and by how they were compiled. */
export interface CacheSettings {
  /** It is made when it is first needed. Default: `edge` in `$XDG_CACHE_HOME`, else in `$HOME/.cache`. */
  directory?: string;
  /** Bytes that all files may have together; those that were not used for longest go first. Default 1 GiB. */
  maxSize?: number;
}

/** Settings of {@link Engine}. */
export interface EngineSettings {
  /** Default `"speed"`. */
  optLevel?: "none" | "speed" | "speedAndSize";
  /** Whether all functions are compiled when a module is loaded, or each when it is first called. Default `"eager"`. */
  compile?: "eager" | "lazy";
  /**
   * The machine that code is made for: this one with everything that its processor can do, any of its kind, or another one by its
   * target triple, whose modules can be written to files, but not be instantiated here. Default `"host"`.
   */
  target?: "host" | "generic" | (string & {});
  /**
   * Where compiled modules are kept for the next time: `true` for the user's own directory, or another. What is in it is executed, so
   * it belongs to the user of the process and nobody else may write to it; where that is not so, modules are compiled. Several
   * processes may use it. Default: nowhere.
   */
  cache?: boolean | null | string | CacheSettings;
  /** Threads that compile. Default 0: as many as the machine has. */
  threads?: number;
  /** Proposals by name, `{ simd: false }`; WasmEdge's names are taken too. Default: all that is finished, and threads. */
  proposals?: { readonly [name: string]: boolean };
  /** Whether traps may rely on signals of the system. Default true. Without, no handler is ever installed. */
  signals?: boolean;
  /** Whether modules are interpreted: nothing is ever made executable. Default false. */
  interpreter?: boolean;
  /** Whether running guests can be stopped from outside. Default true; only for code that is trusted to end. */
  interruptible?: boolean;
  /** Whether results are the same on every machine. Default false. */
  deterministic?: boolean;
  /** Whether guests are metered by fuel. Default false. */
  fuel?: boolean;
  /** What operators cost in fuel, by their names in the text format. Default: 1 for each that is executed. */
  costTable?: { readonly [operator: string]: number | bigint };
  /** Whether executed instructions are counted. Default false. */
  countInstructions?: boolean;
  /** Whether the time that calls take is measured. Default false. */
  measureTime?: boolean;
  /** Limits of stores that have none of their own; those on modules hold for all modules of the engine. */
  limits?: Limits;
}

/** Settings as they are: every proposal by our name, the cost of every operator. */
export interface GivenSettings extends Required<EngineSettings> {
  readonly cache: Required<CacheSettings> | null;
  readonly costTable: { readonly [operator: string]: number };
  readonly limits: GivenLimits;
}

/** Settings, compiler, and what modules share. Whoever names none gets one that all share. */
export class Engine {
  constructor(settings?: EngineSettings);
  /** The engine of another thread. */
  static from(ticket: Ticket<"Engine">): Engine;
  share(): Ticket<"Engine">;
  readonly settings: GivenSettings;
}

/** `funcref`, `externref`; of guests also `(ref func)`, `(ref null $type)` and so on, as text. */
export type ReferenceType = "funcref" | "externref" | "exnref" | (string & {});
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | ReferenceType;

export interface FunctionType {
  readonly kind: "function";
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** In pages of 64 KiB. */
export interface MemoryType {
  readonly kind: "memory";
  readonly min: number;
  readonly max?: number;
  /** True when indices have 64 bits. */
  readonly memory64?: boolean;
  readonly shared?: boolean;
}

export interface TableType {
  readonly kind: "table";
  readonly element: ReferenceType;
  readonly min: number;
  readonly max?: number;
  /** True when indices have 64 bits. */
  readonly table64?: boolean;
}

export interface GlobalType {
  readonly kind: "global";
  readonly content: ValueType;
  readonly mutable: boolean;
}

/** What exceptions carry. */
export interface TagType {
  readonly kind: "tag";
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export type ExternType = FunctionType | MemoryType | TableType | GlobalType | TagType;

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly type: ExternType;
}

export interface ModuleExport {
  readonly name: string;
  readonly type: ExternType;
}

/** Compiled code that can be looked into and instantiated any number of times. */
export class Module {
  /** From a path (text format if it ends in `.wat`) or from bytes. */
  constructor(source: string | Bytes, settings?: { engine?: Engine });
  static fromText(text: string, settings?: { engine?: Engine }): Module;
  /** What `new Module` does, on a thread of edge's own. */
  static load(source: string | Bytes, settings?: { engine?: Engine; onProgress?: ProgressCallback }): Promise<Module>;
  /**
   * From what {@link Module.serialize} or {@link Module.writeTo} made; plain modules are taken too. Its native code is used. A file is
   * mapped, not read: nobody may write into it while the module lives ({@link Module.writeTo} puts a new file in its place).
   * A universal module whose code does not suit this machine and engine is compiled; native code alone that does not throws kind
   * `artifact_mismatch`, which says what differs. Damage throws kind `artifact_damaged`.
   *
   * **Trusted** means: whoever can write these bytes can have anything executed by this process. The check finds damage, not intent. For
   * everything that others may have had a hand in there is `new Module`.
   */
  static fromTrusted(source: string | Bytes, settings?: { engine?: Engine; onProgress?: ProgressCallback }): Promise<Module>;
  static fromTrustedSync(source: string | Bytes, settings?: { engine?: Engine }): Module;
  /** The module of another thread; nothing is compiled again. */
  static from(ticket: Ticket<"Module">): Module;
  share(): Ticket<"Module">;
  /** Throws what is wrong with a module, without compiling it. */
  static validate(bytes: Bytes, settings?: { engine?: Engine }): void;
  /** From the name section. */
  readonly name: string | null;
  imports(): ModuleImport[];
  exports(): ModuleExport[];
  /** The contents of all custom sections of this name. */
  customSections(name: string): Uint8Array[];
  /** The names of all custom sections, in order. */
  customSectionNames(): string[];
  /**
   * The module and its compiled code as bytes, on a thread of edge's own; functions that were not compiled yet are compiled.
   * Default form `"universal"`.
   */
  serialize(settings?: { form?: ArtifactForm }): Promise<Uint8Array>;
  serializeSync(settings?: { form?: ArtifactForm }): Uint8Array;
  /**
   * The same into a file, which appears whole or not at all; who has the one before mapped keeps that. The form is universal if the
   * name ends in `.wasm`, else native, unless it is given.
   */
  writeTo(path: string, settings?: { form?: ArtifactForm }): Promise<void>;
  writeToSync(path: string, settings?: { form?: ArtifactForm }): void;
  /** Whether its native code was loaded, from a trusted file or from the cache, and not compiled. */
  readonly precompiled: boolean;
  /** How many of the functions that it defines are compiled, and how many there are; fewer than all only with `compile: "lazy"`. */
  readonly compiledFunctions: { readonly compiled: number; readonly total: number };
  readonly engine: Engine;
}

/**
 * What a file with compiled code is: `"universal"`, the module with its native code in a custom section, which every other runtime
 * runs too; or `"native"`, native code of edge alone.
 */
export type ArtifactForm = "universal" | "native";

/** Settings of {@link compile}. */
export interface CompileSettings {
  /** Default: universal if the name of the file ends in `.wasm`, else native. */
  form?: ArtifactForm;
  /** As in {@link EngineSettings.target}; with all other settings as they are by default. */
  target?: "host" | "generic" | (string & {});
  /** Whose settings the code is made with: those of the engine that is to load it. It has a target of its own. */
  engine?: Engine;
  onProgress?: ProgressCallback;
}

/** Compiles a module into a file, for {@link Module.fromTrusted} and `trusted: true`, as the command `edge compile` does. */
export function compile(source: string | Bytes, out: string, settings?: CompileSettings): Promise<void>;

/** What instances live in, and are freed with. */
export class Store {
  constructor(settings?: { engine?: Engine; limits?: Limits });
  readonly engine: Engine;
  readonly limits: GivenLimits;
  /** Bytes that all its memories hold. */
  readonly memoryUsed: number;
  /** Fuel that is left. Without a limit it counts down from 2^64 - 1. */
  readonly fuelLeft: bigint;
  /** Replaces what is left; what was used stays known. */
  setFuel(fuel: number | bigint): void;
  addFuel(fuel: number | bigint): void;
  /** Uses fuel on behalf of a guest. Throws kind `out_of_fuel` when less is left. */
  consumeFuel(fuel: number | bigint): void;
  statistics(): Statistics;
  /** Begins all counts anew; fuel that is left stays. */
  resetStatistics(): void;
  /** Ends the call that another thread makes into the store at this moment; whether there was one. */
  cancel(): boolean;
  /** Runs `callback`, in which all calls into the store obey the options. */
  with<R>(options: CallOptions, callback: () => R): R;
}

/** WebAssembly's own values: `number`, `bigint` for i64, `Uint8Array` of 16 bytes for v128 with lane 0 first, {@link Func} or null, anything for an externref. */
export type WasmValue = any;

export interface Signature {
  readonly params?: readonly ValueType[];
  readonly results?: readonly ValueType[];
}

/** Settings of a host function. */
export interface HostFunctionSettings {
  /** Whether it gets its {@link Caller} before its arguments. Default false. */
  caller?: boolean;
}

/** Who called a host function. */
export class Caller {
  private constructor();
  readonly store: Store;
  /** Null when the host itself called. */
  readonly instance: Instance | null;
  /** The caller's memory of this number, exported or not; null where there is none. */
  memory(index?: number): Memory | SharedMemory | null;
}

/** A WebAssembly function with WebAssembly's own values. */
export class Func {
  /** A host function. Several results are an array. */
  constructor(store: Store, type: Signature, callback: (...args: any[]) => WasmValue, settings?: HostFunctionSettings);
  /** Whether both are handles of one function. */
  same(other: Func): boolean;
  call(...args: WasmValue[]): WasmValue;
  readonly name: string | null;
  readonly type: FunctionType;
}

/** Linear memory. It never moves. */
export class Memory {
  /** In pages of 64 KiB. */
  constructor(store: Store, type: { min: number; max?: number; memory64?: boolean });
  /** Copies bytes out. */
  read(offset: number | bigint, length: number | bigint): Uint8Array;
  /** Copies bytes in. */
  write(offset: number | bigint, bytes: Bytes): void;
  /** In pages of 64 KiB. */
  readonly size: number;
  readonly byteLength: number;
  readonly type: MemoryType;
  /** Adds pages; how many there were. */
  grow(pages: number): number;
  /**
   * The memory itself, not a copy, as large as it is now. It stays valid when the memory grows and after the Vm is closed; ask
   * again to see what was added.
   */
  view(): Uint8Array;
}

/** How waiting for a shared memory ended, in the words of `Atomics.wait`. */
export type WaitOutcome = "ok" | "not-equal" | "timed-out";

/**
 * Linear memory that guests of any number of Vms, and any number of threads, use at the same time. It belongs to an engine, and lives
 * as long as a guest that imports it or an object like this. Give it to {@link Vm.load} in `imports`, or to
 * {@link Linker.define}. To give it to a worker: `worker.postMessage(memory.share())` there, `SharedMemory.from(ticket)` here.
 *
 * Bytes are copied, and integers accessed as atomics; there is no view, since others write it at any time. Integers go in signed or
 * not, and come out unsigned; of 64 bits they are `bigint`. Their offset is a multiple of their width, or kind `unaligned_atomic`
 * is thrown.
 */
export class SharedMemory {
  /** In pages of 64 KiB. */
  constructor(type: { min: number; max: number; memory64?: boolean }, settings?: { engine?: Engine });
  /** The memory of another thread. */
  static from(ticket: Ticket<"SharedMemory">): SharedMemory;
  share(): Ticket<"SharedMemory">;
  /** Whose Vms and stores can use it. */
  readonly engine: Engine;
  readonly type: MemoryType;
  /** In pages of 64 KiB. Others may let it grow at any time; it never shrinks. */
  readonly size: number;
  readonly byteLength: number;
  /** Adds pages; how many there were. */
  grow(pages: number): number;
  /** Copies bytes out, which may be a mixture of old and new ones while others write. */
  read(offset: number | bigint, length: number | bigint): Uint8Array;
  /** Copies bytes in. */
  write(offset: number | bigint, bytes: Bytes): void;
  atomicLoad8(offset: number | bigint): number;
  atomicLoad16(offset: number | bigint): number;
  atomicLoad32(offset: number | bigint): number;
  atomicLoad64(offset: number | bigint): bigint;
  atomicStore8(offset: number | bigint, value: number): void;
  atomicStore16(offset: number | bigint, value: number): void;
  atomicStore32(offset: number | bigint, value: number): void;
  atomicStore64(offset: number | bigint, value: number | bigint): void;
  /** Adds, wrapping around; what was there before. */
  atomicAdd8(offset: number | bigint, value: number): number;
  atomicAdd16(offset: number | bigint, value: number): number;
  atomicAdd32(offset: number | bigint, value: number): number;
  atomicAdd64(offset: number | bigint, value: number | bigint): bigint;
  /** Writes `replacement` if `expected` is there; what was there before. */
  atomicCompareExchange8(offset: number | bigint, expected: number, replacement: number): number;
  atomicCompareExchange16(offset: number | bigint, expected: number, replacement: number): number;
  atomicCompareExchange32(offset: number | bigint, expected: number, replacement: number): number;
  atomicCompareExchange64(offset: number | bigint, expected: number | bigint, replacement: number | bigint): bigint;
  /**
   * Waits until somebody notifies `offset`, if `expected` is there. It blocks, so only workers may: on the main thread kind
   * `unsupported` is thrown.
   */
  wait32(offset: number | bigint, expected: number, options?: { timeoutMs?: number }): WaitOutcome;
  wait64(offset: number | bigint, expected: number | bigint, options?: { timeoutMs?: number }): WaitOutcome;
  /**
   * The same on a thread of edge's own, one for each wait. It has begun when that thread has, not when this returns: change the value
   * before you notify.
   */
  waitAsync32(offset: number | bigint, expected: number, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<WaitOutcome>;
  waitAsync64(offset: number | bigint, expected: number | bigint, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<WaitOutcome>;
  /** Wakes at most `count` that wait at `offset`, guests and hosts alike; how many were woken. */
  notify(offset: number | bigint, count?: number): number;
  /** Whether both are one memory. */
  same(other: SharedMemory): boolean;
}

/** A global variable. */
export class Global {
  constructor(store: Store, type: { content: ValueType; mutable?: boolean }, value?: WasmValue);
  value: WasmValue;
  readonly type: GlobalType;
}

/** A table of references; null is null. */
export class Table {
  constructor(store: Store, type: { element: ReferenceType; min: number; max?: number; table64?: boolean }, init?: WasmValue);
  readonly length: number;
  readonly type: TableType;
  get(index: number): WasmValue;
  set(index: number, value: WasmValue): void;
  /** Adds elements; how many there were. */
  grow(delta: number, init?: WasmValue): number;
}

/** A sort of exceptions. Two tags of one type are two sorts. */
export class Tag {
  constructor(store: Store, params?: readonly ValueType[]);
  readonly type: TagType;
  /** Whether both are handles of one tag. */
  same(other: Tag): boolean;
}

/**
 * An exception of WebAssembly: what an exnref refers to. A host function that throws one throws it in the guest, which may catch it;
 * an `uncaught_exception` has it as its `cause`.
 */
export class Exception extends Error {
  constructor(tag: Tag, values?: readonly WasmValue[]);
  readonly tag: Tag;
  readonly values: WasmValue[];
}

export type Extern = Func | Memory | SharedMemory | Table | Global | Tag;

/** A module with its imports and its state. */
export class Instance {
  /** With imports in the order of {@link Module.imports}. */
  constructor(store: Store, module: Module, imports?: readonly Extern[]);
  readonly exports: { readonly [name: string]: Extern };
  func(name: string): Func;
  memory(name?: string): Memory;
  sharedMemory(name?: string): SharedMemory;
  table(name: string): Table;
  global(name: string): Global;
  tag(name: string): Tag;
}

/** Names to host functions and instances, for any number of stores. */
export class Linker {
  constructor(settings?: { engine?: Engine });
  /** Defines a host function; with `cost`, as {@link Linker.funcCost} does. */
  func(
    module: string,
    name: string,
    type: Signature,
    callback: (...args: any[]) => WasmValue,
    settings?: HostFunctionSettings & { cost?: number | bigint },
  ): this;
  /** Defines something that is in a store, which alone can use it; or a shared memory, which all stores of its engine can use. */
  define(module: string, name: string, item: Extern): this;
  /** Defines all exports of an instance. */
  instance(module: string, instance: Instance): this;
  /** Makes what a host module describes in a store, and defines it; nothing is defined when something cannot be made. */
  hostModule(store: Store, module: HostModule): this;
  /** Defines what is defined under a name under another name, too. */
  alias(module: string, name: string, asModule: string, asName: string): this;
  /** Defines everything that is defined under a module's name under another name, too. */
  aliasModule(module: string, asModule: string): this;
  /** Defines every function that the module imports and nobody has defined: it throws kind `unknown_import` when it is called. */
  defineUnknownAsTraps(module: Module): this;
  /** Whether a definition may replace an earlier one. Default true; else the earlier one stays, and `instantiate` throws. */
  allowShadowing(allow: boolean): this;
  /** What each call of a host function costs in fuel, beside the call itself. */
  funcCost(module: string, name: string, cost: number | bigint): this;
  /** `[module, name]` of all definitions, in the order of the alphabet. */
  definitions(): [string, string][];
  instantiate(store: Store, module: Module): Instance;
}

/** Functions, memories, tables and globals under one name: a description for any number of linkers and stores. */
export class HostModule {
  constructor(name: string);
  readonly name: string;
  /** Names of what it offers, in the order in which they were added. */
  names(): string[];
  func(
    name: string,
    type: Signature,
    callback: (...args: any[]) => WasmValue,
    settings?: HostFunctionSettings & { cost?: number | bigint },
  ): this;
  memory(name: string, type: { min: number; max?: number; memory64?: boolean }): this;
  table(name: string, type: { element: ReferenceType; min: number; max?: number; table64?: boolean }, init?: WasmValue): this;
  global(name: string, type: { content: ValueType; mutable?: boolean }, value?: WasmValue): this;
}

/** The version of edge, as `major.minor.patch`. */
export const version: string;
