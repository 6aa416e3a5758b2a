'use strict';

/** What every failure is thrown as. */
class EdgeError extends Error {
  constructor(message, { phase, kind, backtrace = [], value, exitCode, hostCode, ...options } = {}) {
    super(message, options);
    this.phase = phase;
    this.kind = kind;
    this.code = kind;
    this.backtrace = backtrace;
    if (value !== undefined) this.value = value;
    if (exitCode !== undefined) this.exitCode = exitCode;
    if (hostCode !== undefined) this.hostCode = hostCode;
  }

  toString() {
    const at = this.backtrace.map((frame) => `\n    at ${describeFrame(frame)}`);
    return `${this.name} [${this.kind}]: ${this.message}${at.join('')}`;
  }
}
// On the prototype, as the language's own errors have it.
Object.defineProperty(EdgeError.prototype, 'name', { value: 'EdgeError', configurable: true, writable: true });

/** Throw this in a host function to hand a typed `Err` to a guest that declared `Result<_, E>`. */
class Err extends Error {
  constructor(value) {
    super(typeof value === 'string' ? value : 'a typed error for the guest');
    this.value = value;
  }
}
Object.defineProperty(Err.prototype, 'name', { value: 'Err', configurable: true, writable: true });

/** Throw this in a host function to end the guest on purpose: the outer call throws kind `terminated`. */
class Terminate extends Error {
  constructor(message = 'a host function ended the guest on purpose', options) {
    super(message, options);
  }
}
Object.defineProperty(Terminate.prototype, 'name', { value: 'Terminate', configurable: true, writable: true });

/** Throw this in a host function to fail with a code, which the outer call's error has as `hostCode`. */
class HostError extends Error {
  constructor(code, message = `a host function failed with code ${code}`, options) {
    const fits = typeof code === 'bigint' ? BigInt.asIntN(64, code) === code : Number.isSafeInteger(code);
    if (!fits) throw argumentError(`the code is an integer of 64 bits, not ${typeof code === 'number' ? code : typeName(code)}`);
    super(message, options);
    this.code = code;
  }
}
Object.defineProperty(HostError.prototype, 'name', { value: 'HostError', configurable: true, writable: true });

/** Kinds that stay what they are when a host function lets them through: the end on purpose, and limits. */
const PASSING = [
  'terminated', 'memory_limit', 'table_limit', 'instance_limit', 'result_too_large', 'out_of_fuel', 'deadline_exceeded', 'cancelled',
  'recursion_limit',
];

/** For native code: what sort of end a thrown value means. Never throws. */
function classify(thrown) {
  try {
    return sortOfEnd(thrown);
  } catch {
    // A proxy that throws when it is asked for its class.
    return undefined;
  }
}

function sortOfEnd(thrown) {
  if (thrown instanceof Terminate) return 'terminated';
  if (thrown instanceof EdgeError) return PASSING.includes(thrown.kind) ? thrown.kind : undefined;
  if (thrown instanceof HostError && (typeof thrown.code === 'bigint' || Number.isSafeInteger(thrown.code))) return thrown.code;
  return undefined;
}

function describeFrame({ functionName, functionIndex, file, line, moduleOffset }) {
  const name = functionName ?? `<function ${functionIndex}>`;
  if (file !== undefined && line !== undefined) return `${name} (${file}:${line})`;
  return moduleOffset === undefined ? name : `${name} (+0x${moduleOffset.toString(16)})`;
}

/** For native code: an error from its parts. */
function makeError(phase, kind, message, backtrace, value, exitCode, code, hasCause, cause) {
  const hostCode = code !== undefined && Number.isSafeInteger(Number(code)) ? Number(code) : code;
  for (const frame of backtrace) {
    for (const key of Object.keys(frame)) if (frame[key] === undefined) delete frame[key];
  }
  const error = new EdgeError(message, { phase, kind, backtrace, value, exitCode, hostCode, ...(hasCause && { cause }) });
  const [first, ...rest] = error.stack.split('\n');
  // Our own frames say nothing; the guest's stand where the call was made.
  const guest = backtrace.map((frame) => `    at wasm ${describeFrame(frame)}`);
  const own = rest.findIndex((line) => !line.includes(__dirname));
  error.stack = [first, ...guest, ...(own < 0 ? [] : rest.slice(own))].join('\n');
  return error;
}

/** For native code: what a thrown value says. Never throws. */
function describe(thrown) {
  try {
    return String(thrown instanceof Error ? thrown.message || thrown.name : thrown);
  } catch {
    return 'an exception that cannot be told as text';
  }
}

/** An error of the arguments that JavaScript itself finds wrong. */
function argumentError(message, kind = 'argument_type') {
  return new EdgeError(message, { phase: 'execute', kind });
}

/** What a value is, in words, for messages. */
function typeName(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : `an object (${value.constructor?.name ?? 'no class'})`;
  if (typeof value === 'string') return JSON.stringify(value);
  return `a ${typeof value}`;
}

module.exports = { EdgeError, Err, HostError, Terminate, argumentError, classify, describe, makeError, typeName };
