/*
 * edge: WebAssembly that an application embeds as easily as it calls a function.
 *
 * Generated from sdk-c/src by the test `header`; do not edit. The manners, the same in every function:
 *
 * Errors      What can fail returns `edge_error_t*`: NULL for success, else an object to read and to free. Results come through
 *             the last parameter, which is set to NULL (or zero, or a null value) when the call fails. A NULL where an object
 *             is needed is an error, or the neutral answer of a getter; nothing crashes.
 * Texts       A pointer and a length, UTF-8, embedded zeros allowed; EDGE_STR(s) writes both for a zero-terminated string.
 *             What comes in is read during the call and not kept. A view that goes out (edge_view_t) belongs to the object
 *             that it was asked of and lives as long.
 * Ownership   Objects are opaque and counted. Every handle that a function gives (its comment says "owned by the caller")
 *             is freed once, with the edge_X_free of its type, in any order: what a handle needs stays alive. edge_X_clone
 *             gives another handle. "Borrowed" means: yours before and after the call.
 * Threads     Handles may be used from any thread, and one handle from several at once, except while it is being freed or
 *             changed (edge_X_set_..., edge_wasi_..., edge_options_..., edge_linker_...). A store serves one call at a time:
 *             others wait.
 */

#ifndef EDGE_H
#define EDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The version of this header; edge_version() tells that of the library. */
#define EDGE_HEADER_VERSION "0.1.0"

/** A zero-terminated string as the two arguments that functions take for a text. */
#define EDGE_STR(s) (s), strlen(s)

#if defined(__GNUC__)
#define EDGE_ALIGNED(n) __attribute__((aligned(n)))
#elif defined(_MSC_VER)
#define EDGE_ALIGNED(n) __declspec(align(n))
#else
#define EDGE_ALIGNED(n) _Alignas(n)
#endif

/** An entry of a map; declared here since it holds values and they point to it. */
typedef struct edge_pair_t edge_pair_t;

/** The step that failed: one of `EDGE_PHASE_*`. Numbers are append-only. */
typedef uint32_t edge_phase_t;

enum {
    /** Reading bytes or text into a module. */
    EDGE_PHASE_LOAD = 1,
    /** Checking the module against the specification. */
    EDGE_PHASE_VALIDATE = 2,
    /** Translating to machine code. */
    EDGE_PHASE_COMPILE = 3,
    /** Matching imports with what the host gave. */
    EDGE_PHASE_LINK = 4,
    /** Making the instance: segments, start function, initialisers. */
    EDGE_PHASE_INSTANTIATE = 5,
    /** Running guest code, and preparing a call. */
    EDGE_PHASE_EXECUTE = 6,
    /** Running a host function on behalf of the guest. */
    EDGE_PHASE_HOST = 7,
    /** Files, paths and the operating system. */
    EDGE_PHASE_IO = 8,
};

/** What went wrong: one of `EDGE_KIND_*`. Numbers are append-only. */
typedef uint32_t edge_kind_t;

enum {
    /** The bytes or the text are not a WebAssembly module. */
    EDGE_KIND_MALFORMED = 1,
    /** The module does not satisfy the validation rules. */
    EDGE_KIND_INVALID = 2,
    /** The module needs a proposal that is switched off or not supported. */
    EDGE_KIND_UNSUPPORTED = 3,
    /** The module exceeds one of the engine's caps on size. */
    EDGE_KIND_TOO_LARGE = 4,
    /** Code generation failed. */
    EDGE_KIND_COMPILE_FAILED = 5,
    /** An import has no definition. */
    EDGE_KIND_UNKNOWN_IMPORT = 6,
    /** An import is defined with another type. */
    EDGE_KIND_INCOMPATIBLE_IMPORT = 7,
    /** The module has no export of that name. */
    EDGE_KIND_UNKNOWN_EXPORT = 8,
    /** The export exists and is of another sort. */
    EDGE_KIND_WRONG_EXPORT_KIND = 9,
    /** A call with too many or too few arguments. */
    EDGE_KIND_ARGUMENT_COUNT = 10,
    /** An argument that does not fit the parameter's type. */
    EDGE_KIND_ARGUMENT_TYPE = 11,
    /** A result that does not fit the type that was promised or asked for. */
    EDGE_KIND_RESULT_TYPE = 12,
    /** Asked for what was not switched on. */
    EDGE_KIND_NOT_ENABLED = 13,
    /** The file of compiled code is not as it was written. */
    EDGE_KIND_ARTIFACT_DAMAGED = 14,
    /** The compiled code is for another version, machine or setting. */
    EDGE_KIND_ARTIFACT_MISMATCH = 15,
    /** The guest executed `unreachable`. */
    EDGE_KIND_UNREACHABLE = 20,
    /** The guest accessed memory out of bounds. */
    EDGE_KIND_MEMORY_OUT_OF_BOUNDS = 21,
    /** The guest accessed a table out of bounds. */
    EDGE_KIND_TABLE_OUT_OF_BOUNDS = 22,
    /** An indirect call through an index that the table does not have. */
    EDGE_KIND_UNDEFINED_ELEMENT = 23,
    /** An indirect call through an element that is null. */
    EDGE_KIND_UNINITIALIZED_ELEMENT = 24,
    /** An indirect call of a function of another type. */
    EDGE_KIND_INDIRECT_CALL_TYPE_MISMATCH = 25,
    /** A null reference was used. */
    EDGE_KIND_NULL_REFERENCE = 26,
    /** An integer was divided by zero. */
    EDGE_KIND_INTEGER_DIVIDE_BY_ZERO = 27,
    /** An integer operation overflowed. */
    EDGE_KIND_INTEGER_OVERFLOW = 28,
    /** A float that is not a number or out of range was converted to an integer. */
    EDGE_KIND_INVALID_CONVERSION_TO_INTEGER = 29,
    /** The guest used up its stack. */
    EDGE_KIND_STACK_OVERFLOW = 30,
    /** An atomic access to an address that is no multiple of its width. */
    EDGE_KIND_UNALIGNED_ATOMIC = 31,
    /** Waiting on a memory that is not shared. */
    EDGE_KIND_EXPECTED_SHARED_MEMORY = 32,
    /** The guest threw an exception that nobody caught. */
    EDGE_KIND_UNCAUGHT_EXCEPTION = 33,
    /** A guest function returned `Err`. */
    EDGE_KIND_GUEST_ERROR = 40,
    /** Guest code panicked. */
    EDGE_KIND_GUEST_PANIC = 41,
    /** The guest ended itself with an exit code. */
    EDGE_KIND_GUEST_EXIT = 42,
    /** A host function failed. */
    EDGE_KIND_HOST_ERROR = 43,
    /** A host function panicked. */
    EDGE_KIND_HOST_PANIC = 44,
    /** The instance was left in an unknown state by an earlier call and has not been reset. */
    EDGE_KIND_POISONED = 45,
    /** The instance is serving another call. */
    EDGE_KIND_BUSY = 46,
    /** The object has been closed. */
    EDGE_KIND_CLOSED = 47,
    /** A handle of another engine or store. */
    EDGE_KIND_WRONG_STORE = 48,
    /** The guest's bindgen description cannot be read or contradicts the module. */
    EDGE_KIND_BAD_DESCRIPTION = 49,
    /** The guest's bindgen code broke the calling contract. */
    EDGE_KIND_ABI_VIOLATION = 50,
    /** A host function ended the guest early, on purpose. */
    EDGE_KIND_TERMINATED = 51,
    /** The limit on memory was hit, or the maximum of one. */
    EDGE_KIND_MEMORY_LIMIT = 60,
    /** The limit on table elements was hit, or the maximum of one table. */
    EDGE_KIND_TABLE_LIMIT = 61,
    /** The limit on instances was hit. */
    EDGE_KIND_INSTANCE_LIMIT = 62,
    /** A result is larger than the limit allows. */
    EDGE_KIND_RESULT_TOO_LARGE = 63,
    /** The fuel is used up. */
    EDGE_KIND_OUT_OF_FUEL = 64,
    /** The deadline passed. */
    EDGE_KIND_DEADLINE_EXCEEDED = 65,
    /** The call was cancelled. */
    EDGE_KIND_CANCELLED = 66,
    /** The limit on calls from host functions back into guests was hit. */
    EDGE_KIND_RECURSION_LIMIT = 67,
    /** A file could not be read or written, or the system refused something. */
    EDGE_KIND_IO = 80,
    /** The system has no memory or address space left. */
    EDGE_KIND_OUT_OF_MEMORY = 81,
    /** Assigning to something that cannot be changed. */
    EDGE_KIND_IMMUTABLE = 82,
    /** A fault of the engine itself. */
    EDGE_KIND_INTERNAL = 99,
};


/** Stands for "no limit" where there may be one. */
#define EDGE_NO_LIMIT UINT64_MAX

/** Stands for "no maximum" in limits. */
#define EDGE_NO_MAXIMUM UINT64_MAX

/** A call that runs on a thread of the library. */
typedef struct edge_async_t edge_async_t;

/**
 * What a call obeys besides the limits of its store. A new object asks for nothing. It may be used by several threads at the same time
 * as long as none changes it.
 */
typedef struct edge_call_options_t edge_call_options_t;

/** What a host function knows of who called it; valid until the host function returns. */
typedef struct edge_caller_t edge_caller_t;

/** Ends calls from any thread: all that began under it, and all that begin later. */
typedef struct edge_cancel_token_t edge_cancel_token_t;

/** The settings of an engine. A new object holds the defaults. */
typedef struct edge_config_t edge_config_t;

/** The compiler with its settings; modules made with one engine work together. */
typedef struct edge_engine_t edge_engine_t;

/** What went wrong: owned by whoever received it, freed with `edge_error_free`. */
typedef struct edge_error_t edge_error_t;

/** An exception, thrown or not. */
typedef struct edge_exnref_t edge_exnref_t;

/** An object of the host that a guest can hold and hand on, and neither read nor forge. */
typedef struct edge_externref_t edge_externref_t;

/** A core function: of a guest, or of the host. */
typedef struct edge_func_t edge_func_t;

/** A function of a VM's guest, resolved once: the fastest way to call it often. */
typedef struct edge_function_t edge_function_t;

/** A global. */
typedef struct edge_global_t edge_global_t;

/** A call of a host function in progress; valid until the host function returns. */
typedef struct edge_host_call_t edge_host_call_t;

/**
 * Functions, memories, tables and globals under one name: a description that `edge_linker_host_module` makes and defines, in any number
 * of linkers and stores. A later item of a name replaces an earlier one.
 */
typedef struct edge_host_module_t edge_host_module_t;

/** A module with its memories, tables and globals. */
typedef struct edge_instance_t edge_instance_t;

/** How much the guests of one store may use together, and how large modules may be. A new object holds the defaults. */
typedef struct edge_limits_t edge_limits_t;

/** What modules may import. A later definition of a name replaces the earlier one. */
typedef struct edge_linker_t edge_linker_t;

/** A linear memory. */
typedef struct edge_memory_t edge_memory_t;

/** A compiled module. It may be used from several threads and instantiated many times. */
typedef struct edge_module_t edge_module_t;

/** How a VM or a pool of them is loaded: engine, host functions, WASI, limits. It may be used for many; those loaded keep what they got. */
typedef struct edge_options_t edge_options_t;

/** Several VMs of one module, each lent to one borrower at a time and made when it is first needed. It may be used from several threads. */
typedef struct edge_pool_t edge_pool_t;

/**
 * A linear memory that instances of any number of stores of one engine use at the same time, on any number of threads. There is no way to
 * a pointer of its bytes, since other threads write them at any time: bytes are copied, integers are accessed as atomics.
 */
typedef struct edge_shared_memory_t edge_shared_memory_t;

/**
 * What a store's guests have used: a copy of the counts at one time. What the engine was not told to count is
 * `EDGE_KIND_NOT_ENABLED`, never a zero.
 */
typedef struct edge_statistics_t edge_statistics_t;

/**
 * Where instances, memories, tables and globals live. It serves one thread at a time: calls from others wait. What
 * was made in it keeps it alive.
 */
typedef struct edge_store_t edge_store_t;

/** A table of references. */
typedef struct edge_table_t edge_table_t;

/** A tag: what sort of exception. */
typedef struct edge_tag_t edge_tag_t;

/** The type of a function, a memory, a table or a global. It never changes. */
typedef struct edge_type_t edge_type_t;

/** One module with its store, its WASI and its limits. It may be used from several threads: calls wait for one another. */
typedef struct edge_vm_t edge_vm_t;

/**
 * What a WASI guest gets. A new object gives no arguments, no environment, no directories and an empty standard input; output goes
 * to the host's own.
 */
typedef struct edge_wasi_t edge_wasi_t;

/** Called once, when the library no longer needs what `env` points to. May be called on any thread. */
typedef void (*edge_drop_fn_t)(void *env);

/** What a value is: one of `EDGE_VALUE_*`. */
typedef uint32_t edge_value_kind_t;

/** A text: UTF-8, not zero-terminated. */
typedef struct edge_string_t {
  /** The first byte. */
  const char *data;
  /** Length in bytes. */
  size_t len;
} edge_string_t;

/** Bytes. */
typedef struct edge_bytes_t {
  /** The first byte. */
  const uint8_t *data;
  /** How many. */
  size_t len;
} edge_bytes_t;

/** A vector of `int8_t`. */
typedef struct edge_vec_i8_t {
  /** The first number. */
  const int8_t *data;
  /** How many. */
  size_t len;
} edge_vec_i8_t;

/** A vector of `int16_t`. */
typedef struct edge_vec_i16_t {
  /** The first number. */
  const int16_t *data;
  /** How many. */
  size_t len;
} edge_vec_i16_t;

/** A vector of `int32_t`. */
typedef struct edge_vec_i32_t {
  /** The first number. */
  const int32_t *data;
  /** How many. */
  size_t len;
} edge_vec_i32_t;

/** A vector of `int64_t`. */
typedef struct edge_vec_i64_t {
  /** The first number. */
  const int64_t *data;
  /** How many. */
  size_t len;
} edge_vec_i64_t;

/** A vector of `uint16_t`. */
typedef struct edge_vec_u16_t {
  /** The first number. */
  const uint16_t *data;
  /** How many. */
  size_t len;
} edge_vec_u16_t;

/** A vector of `uint32_t`. */
typedef struct edge_vec_u32_t {
  /** The first number. */
  const uint32_t *data;
  /** How many. */
  size_t len;
} edge_vec_u32_t;

/** A vector of `uint64_t`. */
typedef struct edge_vec_u64_t {
  /** The first number. */
  const uint64_t *data;
  /** How many. */
  size_t len;
} edge_vec_u64_t;

/** A vector of `float`. */
typedef struct edge_vec_f32_t {
  /** The first number. */
  const float *data;
  /** How many. */
  size_t len;
} edge_vec_f32_t;

/** A vector of `double`. */
typedef struct edge_vec_f64_t {
  /** The first number. */
  const double *data;
  /** How many. */
  size_t len;
} edge_vec_f64_t;

/** Values side by side. */
typedef struct edge_list_t {
  /** The first value. */
  const struct edge_value_t *data;
  /** How many. */
  size_t len;
} edge_list_t;

/** Pairs side by side. */
typedef struct edge_map_t {
  /** The first pair. */
  const edge_pair_t *data;
  /** How many. */
  size_t len;
} edge_map_t;

/** What a value holds; `kind` tells which member. */
typedef union edge_value_of_t {
  /** `EDGE_VALUE_BOOL`. */
  bool boolean;
  /** `EDGE_VALUE_I8`. */
  int8_t i8;
  /** `EDGE_VALUE_I16`. */
  int16_t i16;
  /** `EDGE_VALUE_I32`. */
  int32_t i32;
  /** `EDGE_VALUE_I64`. */
  int64_t i64;
  /** `EDGE_VALUE_U8`. */
  uint8_t u8;
  /** `EDGE_VALUE_U16`. */
  uint16_t u16;
  /** `EDGE_VALUE_U32`. */
  uint32_t u32;
  /** `EDGE_VALUE_U64`. */
  uint64_t u64;
  /** `EDGE_VALUE_F32`. */
  float f32;
  /** `EDGE_VALUE_F64`. */
  double f64;
  /** `EDGE_VALUE_CHAR`. */
  uint32_t character;
  /** `EDGE_VALUE_STRING`. */
  struct edge_string_t string;
  /** `EDGE_VALUE_BYTES`. */
  struct edge_bytes_t bytes;
  /** `EDGE_VALUE_VEC_I8`. */
  struct edge_vec_i8_t vec_i8;
  /** `EDGE_VALUE_VEC_I16`. */
  struct edge_vec_i16_t vec_i16;
  /** `EDGE_VALUE_VEC_I32`. */
  struct edge_vec_i32_t vec_i32;
  /** `EDGE_VALUE_VEC_I64`. */
  struct edge_vec_i64_t vec_i64;
  /** `EDGE_VALUE_VEC_U16`. */
  struct edge_vec_u16_t vec_u16;
  /** `EDGE_VALUE_VEC_U32`. */
  struct edge_vec_u32_t vec_u32;
  /** `EDGE_VALUE_VEC_U64`. */
  struct edge_vec_u64_t vec_u64;
  /** `EDGE_VALUE_VEC_F32`. */
  struct edge_vec_f32_t vec_f32;
  /** `EDGE_VALUE_VEC_F64`. */
  struct edge_vec_f64_t vec_f64;
  /** `EDGE_VALUE_LIST` and `EDGE_VALUE_TUPLE`. */
  struct edge_list_t list;
  /** `EDGE_VALUE_MAP`. */
  struct edge_map_t map;
} edge_value_of_t;

/**
 * A value of a guest's rich types: a tree.
 *
 * On the way in everything that it points to is borrowed, for the call. What the library gives is a tree of its own making
 * (`owned` is 1), which `edge_value_free` frees as a whole: free the root, and nothing inside.
 */
typedef struct edge_value_t {
  /** One of `EDGE_VALUE_*`. */
  edge_value_kind_t kind;
  /** 0 in values that programs make; 1 in trees that the library made and `edge_value_free` frees. */
  uint32_t owned;
  /** The value itself. */
  union edge_value_of_t of;
} edge_value_t;

/** A text that belongs to the object it was asked of: UTF-8, not zero-terminated, valid as long as that object. */
typedef struct edge_view_t {
  /** The first byte; NULL where there is no text at all. */
  const char *data;
  /** Length in bytes. */
  size_t len;
} edge_view_t;

/** One frame of guest code. The texts are views into the error. */
typedef struct edge_frame_t {
  /** The function, demangled. */
  struct edge_view_t function;
  /** Its module; empty when that has no name. */
  struct edge_view_t module;
  /** The source file; empty where the module carries no debug information. */
  struct edge_view_t file;
  /** The line in that file, from 1; 0 when it is not known. */
  uint32_t line;
  /** Index of the function in its module. */
  uint32_t func_index;
  /** Offset of the instruction in the module's bytes; `UINT64_MAX` when it is not known. */
  uint64_t module_offset;
} edge_frame_t;

/** Bytes that the caller owns, until `edge_buffer_free`. */
typedef struct edge_buffer_t {
  /** The first byte; NULL when `len` is 0. */
  uint8_t *data;
  /** How many. */
  size_t len;
} edge_buffer_t;

/** The arguments of one call. Read during the call and not kept. */
typedef struct edge_args_t {
  /** As many values as there are arguments; NULL if there are none. */
  const struct edge_value_t *args;
  /** How many. */
  size_t nargs;
} edge_args_t;

/**
 * A host function.
 *
 * `env`: the pointer it was made with. `call`: valid until it returns. `args`: borrowed until it returns. `result`: null at first;
 * to be set to the result, which is copied at once after the return, so that it may point to what outlives the function (static
 * data, what `env` owns, the arguments), or be a tree made by `edge_value_copy`, which the library then frees. Returns NULL for
 * success, or an error that the library takes over. It may be called on any thread, and must not unwind (throw) through the
 * library.
 */
typedef struct edge_error_t *(*edge_host_fn_t)(void *env,
                                               const struct edge_host_call_t *call,
                                               const struct edge_value_t *args,
                                               size_t nargs,
                                               struct edge_value_t *result);

/**
 * A host function that speaks MessagePack (the mapping is described at `edge_function_call_msgpack`).
 *
 * `args`: borrowed until it returns, a document that is an array. `result`: empty at first, which means null; to be filled by
 * `edge_buffer_copy` with one document, and taken over by the library. All else as for `edge_host_fn_t`.
 */
typedef struct edge_error_t *(*edge_host_msgpack_fn_t)(void *env,
                                                       const struct edge_host_call_t *call,
                                                       const uint8_t *args,
                                                       size_t len,
                                                       struct edge_buffer_t *result);

/** A number on its way into or out of a function, in the cheapest form. The type of the function says which member. */
typedef union EDGE_ALIGNED(16) edge_slot_t {
  /** `i32`; narrower signed integers are sign-extended to it. */
  int32_t i32;
  /** `u32`; `bool` (0, 1), `char` and narrower unsigned integers are zero-extended to it. */
  uint32_t u32;
  /** `i64`, `isize`. */
  int64_t i64;
  /** `u64`, `usize`. */
  uint64_t u64;
  /** `f32`. */
  float f32;
  /** `f64`. */
  double f64;
  /** `v128`: lane 0 first, each lane little-endian. */
  uint8_t v128[16];
} edge_slot_t;

/** The type of a core value: one of `EDGE_VALTYPE_*`. */
typedef uint32_t edge_valtype_t;

/** What a core value holds; `kind` tells which member. */
typedef union edge_val_of_t {
  /** `EDGE_VALTYPE_I32`. */
  int32_t i32;
  /** `EDGE_VALTYPE_I64`. */
  int64_t i64;
  /** `EDGE_VALTYPE_F32`. */
  float f32;
  /** `EDGE_VALTYPE_F64`. */
  double f64;
  /** `EDGE_VALTYPE_V128`: lane 0 first, each lane little-endian. */
  uint8_t v128[16];
  /** `EDGE_VALTYPE_FUNCREF`; NULL is the null reference. */
  struct edge_func_t *func;
  /** `EDGE_VALTYPE_EXTERNREF`; NULL is the null reference. */
  struct edge_externref_t *externref;
  /** `EDGE_VALTYPE_EXNREF`; NULL is the null reference. */
  struct edge_exnref_t *exnref;
} edge_val_of_t;

/**
 * A core value. On the way in the handles inside are borrowed; on the way out (`owned` is 1) they are the caller's, freed
 * with `edge_val_free`.
 */
typedef struct edge_val_t {
  /** One of `EDGE_VALTYPE_*`. */
  edge_valtype_t kind;
  /** 0 in values that programs make; 1 in those that the library gave. */
  uint32_t owned;
  /** The value itself. */
  union edge_val_of_t of;
} edge_val_t;

/** What `edge_store_within` runs. Returns NULL for success, or an error that the library takes over. */
typedef struct edge_error_t *(*edge_body_fn_t)(void *env);

/**
 * A hook: looks in while a guest runs. Returns NULL to let it go on, or an error that the library takes over, with which the guest
 * ends.
 */
typedef struct edge_error_t *(*edge_tick_fn_t)(void *env);

/** Called once on the library's thread when a call has ended and its result can be taken. */
typedef void (*edge_done_fn_t)(void *env);

/** How hard the compiler tries: one of `EDGE_OPT_*`. */
typedef uint32_t edge_opt_t;

/** When functions are compiled: one of `EDGE_COMPILE_*`. */
typedef uint32_t edge_compile_t;

/**
 * Told how many functions of how many have been compiled, on the threads that compile: several at the same time, so that a larger
 * number may come before a smaller one.
 */
typedef void (*edge_progress_fn_t)(void *env, size_t done, size_t total);

/** The form of a file with compiled code: one of `EDGE_ARTIFACT_*`. */
typedef uint32_t edge_artifact_t;

/** The sort of an import or export: one of `EDGE_SORT_*`. */
typedef uint32_t edge_sort_t;

/**
 * A host function on core values.
 *
 * `env`: the pointer it was made with. `caller`: valid until it returns. `args`: borrowed. `results`: `nresults` values, to be
 * set to the types that were declared; references put there with `owned` set to 1 become the library's. Returns NULL for success,
 * or an error that the library takes over. It may be called on any thread, and must not unwind (throw) through the library.
 */
typedef struct edge_error_t *(*edge_core_fn_t)(void *env,
                                               const struct edge_caller_t *caller,
                                               const struct edge_val_t *args,
                                               size_t nargs,
                                               struct edge_val_t *results,
                                               size_t nresults);

/** How waiting for a shared memory ended: one of `EDGE_WAIT_*`. */
typedef uint32_t edge_wait_t;

/** `()`, `None`, nothing. */
#define EDGE_VALUE_NULL 0

/** `of.boolean`. */
#define EDGE_VALUE_BOOL 1

/** `of.i8`. */
#define EDGE_VALUE_I8 2

/** `of.i16`. */
#define EDGE_VALUE_I16 3

/** `of.i32`. */
#define EDGE_VALUE_I32 4

/** `of.i64`; `isize` too. */
#define EDGE_VALUE_I64 5

/** `of.u8`. */
#define EDGE_VALUE_U8 6

/** `of.u16`. */
#define EDGE_VALUE_U16 7

/** `of.u32`. */
#define EDGE_VALUE_U32 8

/** `of.u64`; `usize` too. */
#define EDGE_VALUE_U64 9

/** `of.f32`. */
#define EDGE_VALUE_F32 10

/** `of.f64`. */
#define EDGE_VALUE_F64 11

/** `of.character`: a Unicode scalar value. */
#define EDGE_VALUE_CHAR 12

/** `of.string`: UTF-8, not zero-terminated. */
#define EDGE_VALUE_STRING 13

/** `of.bytes`. */
#define EDGE_VALUE_BYTES 14

/** `of.vec_i8`. */
#define EDGE_VALUE_VEC_I8 15

/** `of.vec_i16`. */
#define EDGE_VALUE_VEC_I16 16

/** `of.vec_i32`. */
#define EDGE_VALUE_VEC_I32 17

/** `of.vec_i64`. */
#define EDGE_VALUE_VEC_I64 18

/** `of.vec_u16`. */
#define EDGE_VALUE_VEC_U16 19

/** `of.vec_u32`. */
#define EDGE_VALUE_VEC_U32 20

/** `of.vec_u64`. */
#define EDGE_VALUE_VEC_U64 21

/** `of.vec_f32`. */
#define EDGE_VALUE_VEC_F32 22

/** `of.vec_f64`. */
#define EDGE_VALUE_VEC_F64 23

/** `of.list`: values of any sort. */
#define EDGE_VALUE_LIST 24

/** `of.list`: the members of a tuple. */
#define EDGE_VALUE_TUPLE 25

/** `of.map`: a map, a struct (names to values, in the order of the declaration), or an enum's variant with its payload. */
#define EDGE_VALUE_MAP 26

/** Compile fast, run slower. */
#define EDGE_OPT_NONE 0

/** Make fast code. The default. */
#define EDGE_OPT_SPEED 1

/** Make fast and small code. */
#define EDGE_OPT_SPEED_AND_SIZE 2

/** All of them when the module is loaded. The default. */
#define EDGE_COMPILE_EAGER 0

/** Each when it is first called. Loading reads and validates the whole module all the same. */
#define EDGE_COMPILE_LAZY 1

/** The module, with its native code in a custom section: every other runtime runs it too, and edge where the code does not suit. */
#define EDGE_ARTIFACT_UNIVERSAL 0

/** Native code of edge, which nothing else can use. */
#define EDGE_ARTIFACT_NATIVE 1

/** 32-bit integer. */
#define EDGE_VALTYPE_I32 1

/** 64-bit integer. */
#define EDGE_VALTYPE_I64 2

/** 32-bit float. */
#define EDGE_VALTYPE_F32 3

/** 64-bit float. */
#define EDGE_VALTYPE_F64 4

/** 128 bits: a vector. */
#define EDGE_VALTYPE_V128 5

/** A function, or null. */
#define EDGE_VALTYPE_FUNCREF 6

/** An object of the host, or null. */
#define EDGE_VALTYPE_EXTERNREF 7

/** An exception, or null. */
#define EDGE_VALTYPE_EXNREF 8

/** A function. */
#define EDGE_SORT_FUNC 1

/** A linear memory. */
#define EDGE_SORT_MEMORY 2

/** A table. */
#define EDGE_SORT_TABLE 3

/** A global. */
#define EDGE_SORT_GLOBAL 4

/** An exception tag. */
#define EDGE_SORT_TAG 5

/** Another thread woke this one. */
#define EDGE_WAIT_WOKEN 0

/** The value was another than the expected one, and nobody waited. */
#define EDGE_WAIT_DIFFERENT 1

/** The time was over. */
#define EDGE_WAIT_TIMED_OUT 2

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/** The version of the library, `major.minor.patch`, zero-terminated. Not to be freed. */
const char *edge_version(void);

/** The major version. */
uint32_t edge_version_major(void);

/** The minor version. */
uint32_t edge_version_minor(void);

/** The patch version. */
uint32_t edge_version_patch(void);

/**
 * Makes an error for a host function to return: it travels through the guest to whoever called it.
 *
 * `kind`: an `EDGE_KIND_*`, or 0 for `EDGE_KIND_HOST_ERROR`. `message`: borrowed, `len` bytes of UTF-8 (what is not
 * UTF-8 is replaced). `payload`: any pointer of yours, or NULL; owned by the error from here on, released by `drop`
 * (which may be NULL) when the error goes, and given back by `edge_error_payload`. Returns: owned by the caller, or by the
 * library once a host function has returned it.
 */
edge_error_t *edge_error_new(uint32_t kind,
                                    const char *message,
                                    size_t len,
                                    void *payload,
                                    edge_drop_fn_t drop);

/**
 * Makes an error with a code of the application's own for a host function to return: `EDGE_KIND_HOST_ERROR`, whose code
 * `edge_error_code` gives back. All else as `edge_error_new`.
 */
edge_error_t *edge_error_new_code(int64_t code,
                                         const char *message,
                                         size_t len,
                                         void *payload,
                                         edge_drop_fn_t drop);

/**
 * Makes what a host function returns to end the guest early and on purpose: the outer call gets `EDGE_KIND_TERMINATED`, which is no
 * failure. The guest's destructors do not run: a guest with bindgen functions is poisoned afterwards, any other goes on to work.
 * Owned by the caller, or by the library once a host function has returned it.
 */
edge_error_t *edge_terminate(void);

/**
 * Makes the typed error of a host function that the guest declared as `Result<_, E>`: `value` is the `E`. Where the guest
 * declared no `Result`, it travels to the caller as a host error.
 *
 * `value`: borrowed. `out`: owned by the caller, or by the library once a host function has returned it.
 */
edge_error_t *edge_error_new_value(const edge_value_t *value,
                                          edge_error_t **out);

/** Frees an error. NULL is fine. */
void edge_error_free(edge_error_t *error);

/** The step that failed, an `EDGE_PHASE_*`; 0 for NULL. */
uint32_t edge_error_phase(const edge_error_t *error);

/** What went wrong, an `EDGE_KIND_*`; 0 for NULL. */
uint32_t edge_error_kind(const edge_error_t *error);

/** One sentence for a person: a view into the error. */
edge_view_t edge_error_message(const edge_error_t *error);

/** What the error under this one says, for instance that of a host function: a view into the error, empty when there is none. */
edge_view_t edge_error_cause_message(const edge_error_t *error);

/** The system's number (`errno`) of the failure under this one, for instance `ENOENT` of a file that is missing; 0 when there is none. */
int32_t edge_error_os_code(const edge_error_t *error);

/**
 * Gives the exit code of a guest that ended itself. Returns whether the error is one of those
 * (`EDGE_KIND_GUEST_EXIT`); else `code` is left alone. `code` may be NULL.
 */
bool edge_error_exit_code(const edge_error_t *error, int32_t *code);

/**
 * Gives the code that a host function gave its error by `edge_error_new_code`. Returns whether there is one; else `code` is left
 * alone. `code` may be NULL.
 */
bool edge_error_code(const edge_error_t *error,
                     int64_t *code);

/** The typed value of a guest's `Err`: a view into the error, NULL when there is none. */
const edge_value_t *edge_error_value(const edge_error_t *error);

/**
 * The payload that `edge_error_new` was given, however deep the error lies under this one; NULL when there is none.
 *
 * `drop` tells whose it is: a payload is given back only to those who name the function that it was made with. NULL asks for
 * any. The payload still belongs to the error.
 */
void *edge_error_payload(const edge_error_t *error,
                         edge_drop_fn_t drop);

/** How many guest frames the error knows. */
size_t edge_error_backtrace_len(const edge_error_t *error);

/** Gives frame `index`, innermost first. Returns false when there is no such frame. */
bool edge_error_backtrace_frame(const edge_error_t *error, size_t index, edge_frame_t *out);

/** The name of a kind, the same in every language: a view that lives for ever, empty for a number that is no kind. */
edge_view_t edge_kind_name(uint32_t kind);

/** The name of a phase: a view that lives for ever, empty for a number that is no phase. */
edge_view_t edge_phase_name(uint32_t phase);

/** The kind of that name, or 0. `name`: borrowed. */
uint32_t edge_kind_from_name(const char *name, size_t len);

/** Copies `len` bytes into a buffer of the library's. `bytes`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_buffer_copy(const uint8_t *bytes, size_t len, edge_buffer_t *out);

/** Frees the bytes and empties the buffer; freeing it again does nothing. NULL is fine. */
void edge_buffer_free(edge_buffer_t *buffer);

/** Copies a value with all that it points to. `value`: borrowed. `out`: a tree owned by the caller. */
edge_error_t *edge_value_copy(const edge_value_t *value, edge_value_t *out);

/**
 * Frees a tree that the library made, and makes it null: freeing it again does nothing, nor does freeing a value that a
 * program made itself. NULL is fine.
 */
void edge_value_free(edge_value_t *value);

/**
 * Loads a VM from a file: `.wat` is the text format, all else binary. `path`: borrowed. `options`: borrowed, NULL for the defaults.
 * `out`: owned by the caller.
 */
edge_error_t *edge_vm_load(const char *path,
                                  size_t len,
                                  const edge_options_t *options,
                                  edge_vm_t **out);

/** Loads a VM from a module in the binary format. `bytes`: borrowed. All else as `edge_vm_load`. */
edge_error_t *edge_vm_load_bytes(const uint8_t *bytes,
                                        size_t len,
                                        const edge_options_t *options,
                                        edge_vm_t **out);

/** Loads a VM from a module in the text format. `wat`: borrowed. All else as `edge_vm_load`. */
edge_error_t *edge_vm_load_text(const char *wat,
                                       size_t len,
                                       const edge_options_t *options,
                                       edge_vm_t **out);

/** Loads a VM from a compiled module. `module`: borrowed. All else as `edge_vm_load`. */
edge_error_t *edge_vm_load_module(const edge_module_t *module,
                                         const edge_options_t *options,
                                         edge_vm_t **out);

/** Another handle to the same VM. Owned by the caller; NULL for NULL. */
edge_vm_t *edge_vm_clone(const edge_vm_t *vm);

/** Frees a VM's handle, in any order with others; the last one of a VM that a pool lent gives it back. NULL is fine. */
void edge_vm_free(edge_vm_t *vm);

/** Closes the VM for all its handles and functions: further calls are `EDGE_KIND_CLOSED`. What was freed before is no matter. */
edge_error_t *edge_vm_close(const edge_vm_t *vm);

/** Whether the VM has been closed, by any of its handles. True for NULL. */
bool edge_vm_is_closed(const edge_vm_t *vm);

/** Calls the guest function `name`. `name`: borrowed. All else as `edge_function_call`. */
edge_error_t *edge_vm_run(const edge_vm_t *vm,
                                 const char *name,
                                 size_t len,
                                 const edge_value_t *args,
                                 size_t nargs,
                                 edge_value_t *result);

/** Calls the guest function `name` with MessagePack in and out. `name`: borrowed. All else as `edge_function_call_msgpack`. */
edge_error_t *edge_vm_run_msgpack(const edge_vm_t *vm,
                                         const char *name,
                                         size_t name_len,
                                         const uint8_t *args,
                                         size_t len,
                                         edge_buffer_t *out);

/** Resolves the guest function `name`. It goes on working after `edge_vm_reset`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_vm_function(const edge_vm_t *vm,
                                      const char *name,
                                      size_t len,
                                      edge_function_t **out);

/** How many functions the VM's guest has to call: those of bindgen if it has any, else its plain exports. */
size_t edge_vm_function_count(const edge_vm_t *vm);

/** Function `index` of those. `out`: owned by the caller. */
edge_error_t *edge_vm_function_at(const edge_vm_t *vm,
                                         size_t index,
                                         edge_function_t **out);

/**
 * The VM's whole interface as MessagePack: a map of `functions` (array of what `edge_function_signature_msgpack` gives) and `types`
 * (array of the structs and enums, as in the description section, `docs/bindgen-abi.md`, 5). `out`: owned by the caller.
 */
edge_error_t *edge_vm_interface_msgpack(const edge_vm_t *vm,
                                               edge_buffer_t *out);

/** Runs a command: the guest's `_start`. `code`: where its exit code goes, 0 if it returned; may be NULL. */
edge_error_t *edge_vm_start(const edge_vm_t *vm, int32_t *code);

/**
 * Ends the call that is in progress, with `EDGE_KIND_CANCELLED`, and tells whether there was one. From any thread; later calls are not
 * affected.
 */
bool edge_vm_cancel(const edge_vm_t *vm);

/** Whether both are handles to one VM. NULL is the same as nothing. */
bool edge_vm_same(const edge_vm_t *a, const edge_vm_t *b);

/** Makes the VM fresh: a new instance, poison gone. Functions resolved before go on working. */
edge_error_t *edge_vm_reset(const edge_vm_t *vm);

/**
 * Whether an earlier call left the guest in an unknown state, so that calls are refused until `edge_vm_reset`. `cause`: where the text
 * of the first cause goes, owned by the caller; may be NULL.
 */
bool edge_vm_poisoned(const edge_vm_t *vm,
                      edge_buffer_t *cause);

/** What the guest wrote to standard output, if `edge_wasi_stdout_capture` was asked for. `out`: owned by the caller. */
edge_error_t *edge_vm_stdout(const edge_vm_t *vm,
                                    edge_buffer_t *out);

/** What the guest wrote to standard error, if `edge_wasi_stderr_capture` was asked for. `out`: owned by the caller. */
edge_error_t *edge_vm_stderr(const edge_vm_t *vm,
                                    edge_buffer_t *out);

/** The VM's module. Owned by the caller; NULL for NULL. */
edge_module_t *edge_vm_module(const edge_vm_t *vm);

/** The VM's instance; another after `edge_vm_reset`. Owned by the caller; NULL for NULL and after `edge_vm_close`. */
edge_instance_t *edge_vm_instance(const edge_vm_t *vm);

/** The VM's store; another after `edge_vm_reset`. Owned by the caller; NULL for NULL and after `edge_vm_close`. */
edge_store_t *edge_vm_store(const edge_vm_t *vm);

/** The exported function `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_vm_func(const edge_vm_t *vm,
                                  const char *name,
                                  size_t len,
                                  edge_func_t **out);

/** The exported memory `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_vm_memory(const edge_vm_t *vm,
                                    const char *name,
                                    size_t len,
                                    edge_memory_t **out);

/** The exported table `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_vm_table(const edge_vm_t *vm,
                                   const char *name,
                                   size_t len,
                                   edge_table_t **out);

/** The exported global `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_vm_global(const edge_vm_t *vm,
                                    const char *name,
                                    size_t len,
                                    edge_global_t **out);

/**
 * Loads a pool from a file: `.wat` is the text format, all else binary. Compiles it and makes the first VM, so that what cannot be
 * loaded is refused here. `path`: borrowed. `options`: borrowed, what every VM is given, NULL for the defaults; see
 * `edge_options_set_pool_size` and `edge_options_set_pool_keep_state`. `out`: owned by the caller.
 */
edge_error_t *edge_pool_load(const char *path,
                                    size_t len,
                                    const edge_options_t *options,
                                    edge_pool_t **out);

/** Loads a pool from a module in the binary format. `bytes`: borrowed. All else as `edge_pool_load`. */
edge_error_t *edge_pool_load_bytes(const uint8_t *bytes,
                                          size_t len,
                                          const edge_options_t *options,
                                          edge_pool_t **out);

/** Loads a pool from a module in the text format. `wat`: borrowed. All else as `edge_pool_load`. */
edge_error_t *edge_pool_load_text(const char *wat,
                                         size_t len,
                                         const edge_options_t *options,
                                         edge_pool_t **out);

/** Loads a pool from a compiled module. `module`: borrowed. All else as `edge_pool_load`. */
edge_error_t *edge_pool_load_module(const edge_module_t *module,
                                           const edge_options_t *options,
                                           edge_pool_t **out);

/** Another handle to the same pool. Owned by the caller; NULL for NULL. */
edge_pool_t *edge_pool_clone(const edge_pool_t *pool);

/** Frees a pool's handle, in any order with others and with the VMs that it lent. NULL is fine. */
void edge_pool_free(edge_pool_t *pool);

/**
 * Closes the pool for all its handles: nothing is lent any more, who waits gets `EDGE_KIND_CLOSED`, idle guests are freed now and lent
 * ones when they come back. Closing twice is fine.
 */
edge_error_t *edge_pool_close(const edge_pool_t *pool);

/** Whether the pool has been closed. True for NULL. */
bool edge_pool_is_closed(const edge_pool_t *pool);

/** How many VMs there may be. 0 for NULL. */
size_t edge_pool_size(const edge_pool_t *pool);

/** How many VMs there are now, lent ones included. 0 for NULL. */
size_t edge_pool_made(const edge_pool_t *pool);

/** The module. Owned by the caller; NULL for NULL. */
edge_module_t *edge_pool_module(const edge_pool_t *pool);

/**
 * Borrows a VM; waits until one is free. `out`: owned by the caller, and given back to the pool by `edge_vm_free`, with the last handle
 * where it was cloned. The next borrower gets a fresh guest, unless `edge_options_set_pool_keep_state` says otherwise. What the borrower
 * resolved (`edge_function_t`) is freed before: a guest that someone still has a hold of is not lent again.
 */
edge_error_t *edge_pool_get(const edge_pool_t *pool,
                                   edge_vm_t **out);

/**
 * Borrows a VM; waits no longer than so many nanoseconds, then fails with `EDGE_KIND_BUSY`. `EDGE_NO_LIMIT` waits for ever. `out`: as
 * `edge_pool_get`.
 */
edge_error_t *edge_pool_get_timeout(const edge_pool_t *pool,
                                           uint64_t nanoseconds,
                                           edge_vm_t **out);

/** Borrows a VM if one is free, else fails with `EDGE_KIND_BUSY`. `out`: as `edge_pool_get`. */
edge_error_t *edge_pool_try_get(const edge_pool_t *pool, edge_vm_t **out);

/** Calls the guest function `name` with a borrowed VM, waiting until one is free. As `edge_vm_run`. */
edge_error_t *edge_pool_run(const edge_pool_t *pool,
                                   const char *name,
                                   size_t len,
                                   const edge_value_t *args,
                                   size_t nargs,
                                   edge_value_t *result);

/** As `edge_pool_run`; waiting for a VM and the call together obey `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_pool_run_with(const edge_pool_t *pool,
                                        const edge_call_options_t *options,
                                        const char *name,
                                        size_t len,
                                        const edge_value_t *args,
                                        size_t nargs,
                                        edge_value_t *result);

/**
 * Calls the guest function `name` once per item, on at most `threads` threads, this one included, and no more than the pool's size; 0
 * means as many as that. Host functions are called on those threads. Each borrows one VM and keeps it over its items; one that is
 * poisoned is reset before the next.
 *
 * `name`, `items`: borrowed. `results`: room for `count` values, in the order of the items, each to be freed by `edge_value_free`; NULL if
 * they are not wanted. `errors`: room for `count` pointers, each NULL or owned by the caller. An error of one item does not touch the
 * others. Without `errors` (NULL), the error of the first item that failed is returned. What is returned otherwise is an error of
 * the use of this function, and no call has been made.
 */
edge_error_t *edge_pool_map(const edge_pool_t *pool,
                                   const char *name,
                                   size_t len,
                                   const edge_args_t *items,
                                   size_t count,
                                   size_t threads,
                                   edge_value_t *results,
                                   edge_error_t **errors);

/** New options with the defaults. Owned by the caller. */
edge_options_t *edge_options_new(void);

/** A copy. Owned by the caller; NULL for NULL. */
edge_options_t *edge_options_clone(const edge_options_t *options);

/** Frees options; VMs loaded with them go on. NULL is fine. */
void edge_options_free(edge_options_t *options);

/** Sets the engine that compiles. `engine`: borrowed and copied; NULL for the default. */
edge_error_t *edge_options_set_engine(edge_options_t *options,
                                             const edge_engine_t *engine);

/** Sets what a WASI guest sees. `wasi`: borrowed and copied; NULL for the default. */
edge_error_t *edge_options_set_wasi(edge_options_t *options, const edge_wasi_t *wasi);

/** Sets how much the guest may use. `limits`: borrowed and copied; NULL for the default. */
edge_error_t *edge_options_set_limits(edge_options_t *options,
                                             const edge_limits_t *limits);

/** Sets more definitions that the guest may import: host functions on core values, memories, instances. `linker`: borrowed and copied; NULL for the default. */
edge_error_t *edge_options_set_linker(edge_options_t *options,
                                             const edge_linker_t *linker);

/** Sets how many VMs a pool may have at the same time. 0, the default: as many as the machine has processors. A single VM ignores it. */
edge_error_t *edge_options_set_pool_size(edge_options_t *options,
                                                size_t size);

/**
 * Sets whether a borrower finds what the one before left behind in a pool's VM. False by default. For guests that keep a cache, and that
 * serve borrowers who trust one another. A single VM ignores it.
 */
edge_error_t *edge_options_set_pool_keep_state(edge_options_t *options,
                                                      bool keep);

/**
 * Gives the guest's import `module.name` to a host function. The names: borrowed and copied. `env`: owned by the options
 * and every VM loaded with them from here on, also when this fails; released by `drop` (which may be NULL) when the last of
 * them is gone.
 */
edge_error_t *edge_options_import(edge_options_t *options,
                                         const char *module,
                                         size_t module_len,
                                         const char *name,
                                         size_t name_len,
                                         edge_host_fn_t function,
                                         void *env,
                                         edge_drop_fn_t drop);

/**
 * Gives the guest's import `module.name` to a host function that speaks MessagePack. The names: borrowed and copied. `env`: owned by the options
 * and every VM loaded with them from here on, also when this fails; released by `drop` (which may be NULL) when the last of
 * them is gone.
 */
edge_error_t *edge_options_import_msgpack(edge_options_t *options,
                                                 const char *module,
                                                 size_t module_len,
                                                 const char *name,
                                                 size_t name_len,
                                                 edge_host_msgpack_fn_t function,
                                                 void *env,
                                                 edge_drop_fn_t drop);

/** Another handle to the same function. Owned by the caller; NULL for NULL. */
edge_function_t *edge_function_clone(const edge_function_t *function);

/** Frees a function's handle, in any order with others. NULL is fine. */
void edge_function_free(edge_function_t *function);

/** The name: a view into the function. */
edge_view_t edge_function_name(const edge_function_t *function);

/** The doc comment: a view into the function, empty when there is none. */
edge_view_t edge_function_doc(const edge_function_t *function);

/** The signature in one line, for instance `infer(image: bytes) -> result<Prediction, string>`: a view into the function. */
edge_view_t edge_function_signature(const edge_function_t *function);

/** How many parameters the function has. */
size_t edge_function_param_count(const edge_function_t *function);

/** Whether `edge_function_call_scalar` can call it: all parameters and the result are numbers, bool or char. */
bool edge_function_is_scalar(const edge_function_t *function);

/**
 * The signature as MessagePack: a map of `n` name, `d` doc comment, `p` array of `[name, type]`, `r` type of the result, `t` the line
 * of `edge_function_signature`. A type is a string or an array, as in the description section (`docs/bindgen-abi.md`, 5): `"i32"`,
 * `["vec", T]`, `["ref", identity]`, ... `out`: owned by the caller.
 */
edge_error_t *edge_function_signature_msgpack(const edge_function_t *function,
                                                     edge_buffer_t *out);

/**
 * Calls the function. `args`: borrowed, `nargs` values, checked against the signature: integers of any width fit where their value
 * does, null is `None`, lists, tuples and vectors stand for one another where their items fit. `result`: a tree owned by the caller
 * (`edge_value_free`); may be NULL when it is not wanted. Several results of a plain export are a tuple.
 */
edge_error_t *edge_function_call(const edge_function_t *function,
                                        const edge_value_t *args,
                                        size_t nargs,
                                        edge_value_t *result);

/**
 * Calls the function with MessagePack in and out. `args`: borrowed, a document that is an array of the arguments, or nothing for
 * none. `out`: owned by the caller, the document of the result; may be NULL when it is not wanted.
 *
 * The mapping, where every type keeps its width on the way out (an `i32` is `int 32`, whatever its value), and any integer form that
 * fits is taken on the way in:
 *
 * - `()`, `None`: nil. bool: boolean. `i8`..`i64`, `u8`..`u64`: `int 8`..`int 64`, `uint 8`..`uint 64`. `f32`, `f64`: `float 32`,
 *   `float 64`
 * - char: ext type `EDGE_VALUE_CHAR` of four bytes, little endian; a string of one character is taken too
 * - string: str. bytes: bin
 * - vector of numbers: ext type `EDGE_VALUE_VEC_*`, the numbers side by side, little endian; an array is taken too
 * - list, tuple: array. map, struct, variant of an enum with payload: map
 */
edge_error_t *edge_function_call_msgpack(const edge_function_t *function,
                                                const uint8_t *args,
                                                size_t len,
                                                edge_buffer_t *out);

/**
 * Calls a function of numbers, bool and char the cheapest way. `slots`: the arguments, one each; the result replaces the first. As many
 * slots as parameters, and one at least if there is a result. The arguments must have the exact types of the signature; those that have
 * patterns which are none of their values (bool, char, narrow integers) are checked.
 */
edge_error_t *edge_function_call_scalar(const edge_function_t *function,
                                               edge_slot_t *slots,
                                               size_t len);

/** As `edge_function_call`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_function_call_with(const edge_function_t *function,
                                             const edge_call_options_t *options,
                                             const edge_value_t *args,
                                             size_t nargs,
                                             edge_value_t *result);

/** As `edge_function_call_msgpack`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_function_call_msgpack_with(const edge_function_t *function,
                                                     const edge_call_options_t *options,
                                                     const uint8_t *args,
                                                     size_t len,
                                                     edge_buffer_t *out);

/** As `edge_function_call_scalar`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_function_call_scalar_with(const edge_function_t *function,
                                                    const edge_call_options_t *options,
                                                    edge_slot_t *slots,
                                                    size_t len);

/** As `edge_func_call`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_func_call_with(const edge_func_t *func,
                                         const edge_call_options_t *options,
                                         const edge_val_t *args,
                                         size_t nargs,
                                         edge_val_t *results,
                                         size_t nresults);

/** As `edge_func_call_raw`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_func_call_raw_with(const edge_func_t *func,
                                             const edge_call_options_t *options,
                                             edge_slot_t *slots,
                                             size_t len);

/** As `edge_vm_run`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_vm_run_with(const edge_vm_t *vm,
                                      const edge_call_options_t *options,
                                      const char *name,
                                      size_t len,
                                      const edge_value_t *args,
                                      size_t nargs,
                                      edge_value_t *result);

/** As `edge_vm_run_msgpack`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_vm_run_msgpack_with(const edge_vm_t *vm,
                                              const edge_call_options_t *options,
                                              const char *name,
                                              size_t name_len,
                                              const uint8_t *args,
                                              size_t len,
                                              edge_buffer_t *out);

/** As `edge_vm_start`; the call obeys `options`: borrowed, NULL for nothing to obey. */
edge_error_t *edge_vm_start_with(const edge_vm_t *vm,
                                        const edge_call_options_t *options,
                                        int32_t *code);

/** A token that is not cancelled. Owned by the caller. */
edge_cancel_token_t *edge_cancel_token_new(void);

/** Another handle to the same token. Owned by the caller; NULL for NULL. */
edge_cancel_token_t *edge_cancel_token_clone(const edge_cancel_token_t *token);

/** Frees a token's handle, in any order with others; that cancels nothing. NULL is fine. */
void edge_cancel_token_free(edge_cancel_token_t *token);

/**
 * Ends all calls under the token within a few milliseconds, with `EDGE_KIND_CANCELLED`, and fails all that begin later. From any
 * thread; never waits for the calls. NULL is fine.
 */
void edge_cancel_token_cancel(const edge_cancel_token_t *token);

/** Whether the token was cancelled. False for NULL. */
bool edge_cancel_token_is_cancelled(const edge_cancel_token_t *token);

/** Options that ask for nothing. Owned by the caller. */
edge_call_options_t *edge_call_options_new(void);

/** A copy. Owned by the caller; NULL for NULL. */
edge_call_options_t *edge_call_options_clone(const edge_call_options_t *options);

/** Frees options; calls in progress keep to them. NULL is fine. */
void edge_call_options_free(edge_call_options_t *options);

/**
 * How long a call may take, in nanoseconds from its begin; then it ends with `EDGE_KIND_DEADLINE_EXCEEDED`. `EDGE_NO_LIMIT`, the
 * default, leaves that to the limits of the store.
 */
edge_error_t *edge_call_options_set_deadline(edge_call_options_t *options,
                                                    uint64_t nanoseconds);

/** What `edge_call_options_set_deadline` was set to; `EDGE_NO_LIMIT` for NULL. */
uint64_t edge_call_options_deadline(const edge_call_options_t *options);

/** The token that ends a call. `token`: borrowed and copied; NULL, the default, for none. */
edge_error_t *edge_call_options_set_cancel(edge_call_options_t *options,
                                                  const edge_cancel_token_t *token);

/**
 * Fuel that a call may use; what the store has left is a limit too. `EDGE_NO_LIMIT`, the default, for no more than that. Needs
 * `edge_config_set_fuel`.
 */
edge_error_t *edge_call_options_set_fuel(edge_call_options_t *options,
                                                uint64_t fuel);

/** What `edge_call_options_set_fuel` was set to; `EDGE_NO_LIMIT` for NULL. */
uint64_t edge_call_options_fuel(const edge_call_options_t *options);

/**
 * Runs `body`, in which all calls of this thread obey `options`: instantiating a module, for instance. Where that is done inside of one
 * another, the tightest ends a call. All arguments: borrowed.
 */
edge_error_t *edge_store_within(const edge_store_t *store,
                                       const edge_call_options_t *options,
                                       edge_body_fn_t body,
                                       void *env);

/**
 * Calls `hook` on this thread about every 5 ms while a guest, or a host function of ours that waits, runs on it: to look at signals, for
 * instance. NULL takes it away. `env`: owned by the hook from here on, also when this fails; released by `drop` (which may be NULL)
 * when the hook is replaced or the thread ends.
 */
edge_error_t *edge_set_tick(edge_tick_fn_t hook,
                                   void *env,
                                   edge_drop_fn_t drop);

/**
 * Calls the guest function `name` on a thread of the library. `name`, `args`, `options`: borrowed and copied; `options` may be NULL.
 * `done`: called on that thread with `env` when the call has ended; may be NULL. `out`: owned by the caller (`edge_async_free`).
 */
edge_error_t *edge_async_run(const edge_vm_t *vm,
                                    const edge_call_options_t *options,
                                    const char *name,
                                    size_t len,
                                    const edge_value_t *args,
                                    size_t nargs,
                                    edge_done_fn_t done,
                                    void *env,
                                    edge_async_t **out);

/** Calls a function on a thread of the library. As `edge_async_run`. */
edge_error_t *edge_async_call(const edge_function_t *function,
                                     const edge_call_options_t *options,
                                     const edge_value_t *args,
                                     size_t nargs,
                                     edge_done_fn_t done,
                                     void *env,
                                     edge_async_t **out);

/** Waits until the call has ended. NULL is fine. */
void edge_async_wait(const edge_async_t *task);

/** Waits until the call has ended, at most so many nanoseconds, and tells whether it has; with 0 it only tells. True for NULL. */
bool edge_async_wait_for(const edge_async_t *task,
                         uint64_t nanoseconds);

/** Ends the call within a few milliseconds, with `EDGE_KIND_CANCELLED`, unless it has ended already. Never waits. NULL is fine. */
void edge_async_cancel(const edge_async_t *task);

/**
 * Waits until the call has ended, and gives what it gave: its error is returned, its result goes to `result`, a tree owned by the caller
 * (`edge_value_free`), which may be NULL when it is not wanted. Both can be taken once.
 */
edge_error_t *edge_async_result(const edge_async_t *task,
                                       edge_value_t *result);

/**
 * Frees the call. One that is still running is cancelled first, and waited for: when this returns, the library uses nothing that belongs
 * to the call. It may be freed by its own `done`, too. NULL is fine.
 */
void edge_async_free(edge_async_t *task);

/** The VM whose guest called, to call it again. Owned by the caller; NULL for NULL. */
edge_vm_t *edge_host_call_vm(const edge_host_call_t *call);

/** Memory `index` of the module that called. `out`: owned by the caller. */
edge_error_t *edge_host_call_memory(const edge_host_call_t *call,
                                           uint32_t index,
                                           edge_memory_t **out);

/** New settings with the defaults. Owned by the caller. */
edge_wasi_t *edge_wasi_new(void);

/** A copy. Owned by the caller; NULL for NULL. */
edge_wasi_t *edge_wasi_clone(const edge_wasi_t *wasi);

/** Frees settings. NULL is fine. */
void edge_wasi_free(edge_wasi_t *wasi);

/** Appends an argument; the first is the program's name by custom. `arg`: borrowed and copied. */
edge_error_t *edge_wasi_arg(edge_wasi_t *wasi, const char *arg, size_t len);

/** Sets a variable of the environment. `key`, `value`: borrowed and copied. */
edge_error_t *edge_wasi_env(edge_wasi_t *wasi,
                                   const char *key,
                                   size_t key_len,
                                   const char *value,
                                   size_t value_len);

/** Sets every variable of the host's environment, as it is now. */
edge_error_t *edge_wasi_inherit_env(edge_wasi_t *wasi);

/**
 * Opens the host's directory `host` to the guest, which calls it `guest`. Every change is refused when `read_only` is true. The
 * texts: borrowed and copied.
 */
edge_error_t *edge_wasi_dir(edge_wasi_t *wasi,
                                   const char *guest,
                                   size_t guest_len,
                                   const char *host,
                                   size_t host_len,
                                   bool read_only);

/** Reads standard input from these bytes. `bytes`: borrowed and copied. */
edge_error_t *edge_wasi_stdin_bytes(edge_wasi_t *wasi, const uint8_t *bytes, size_t len);

/** Reads standard input from the host's own. */
edge_error_t *edge_wasi_stdin_inherit(edge_wasi_t *wasi);

/** Keeps standard output in memory, for `edge_vm_stdout`. */
edge_error_t *edge_wasi_stdout_capture(edge_wasi_t *wasi);

/** Keeps standard error in memory, for `edge_vm_stderr`. */
edge_error_t *edge_wasi_stderr_capture(edge_wasi_t *wasi);

/** How many bytes are captured of each stream; what the guest writes beyond fails there with `ENOSPC`. */
edge_error_t *edge_wasi_capture_limit(edge_wasi_t *wasi, size_t bytes);

/** Draws random numbers from a sequence that `seed` determines. They are not fit for secrets. */
edge_error_t *edge_wasi_random_seed(edge_wasi_t *wasi, uint64_t seed);

/**
 * New limits with the defaults: 1 GiB of memories, 10,000,000 table elements, 10,000 instances, 512 KiB of stack, results
 * of 256 MiB, 1,000 calls inside one another, no limit of fuel and time; modules of 256 MiB with 200,000 functions, 1,000,000 items
 * in a section, bodies of 4 MiB with 50,000 locals, 65,536 branch targets, 10,000 blocks inside one another, 10,000 operands. Owned
 * by the caller.
 */
edge_limits_t *edge_limits_new(void);

/** A copy. Owned by the caller; NULL for NULL. */
edge_limits_t *edge_limits_clone(const edge_limits_t *limits);

/** Frees limits. NULL is fine. */
void edge_limits_free(edge_limits_t *limits);

/** Bytes of all linear memories together. */
edge_error_t *edge_limits_set_memory(edge_limits_t *limits, uint64_t bytes);

/** What `edge_limits_set_memory` was set to; 0 for NULL. */
uint64_t edge_limits_memory(const edge_limits_t *limits);

/** Elements of all tables together. */
edge_error_t *edge_limits_set_table(edge_limits_t *limits, uint64_t elements);

/** What `edge_limits_set_table` was set to; 0 for NULL. */
uint64_t edge_limits_table(const edge_limits_t *limits);

/** Instances in the store. */
edge_error_t *edge_limits_set_instances(edge_limits_t *limits, uint32_t count);

/** What `edge_limits_set_instances` was set to; 0 for NULL. */
uint32_t edge_limits_instances(const edge_limits_t *limits);

/** Bytes of native stack that guest code may use. */
edge_error_t *edge_limits_set_stack(edge_limits_t *limits, size_t bytes);

/** What `edge_limits_set_stack` was set to; 0 for NULL. */
size_t edge_limits_stack(const edge_limits_t *limits);

/** Bytes of one result that the host reads out of the guest. */
edge_error_t *edge_limits_set_result_size(edge_limits_t *limits, size_t bytes);

/** What `edge_limits_set_result_size` was set to; 0 for NULL. */
size_t edge_limits_result_size(const edge_limits_t *limits);

/** Calls into the store inside one another: of guests by the host, and from host functions back into guests. */
edge_error_t *edge_limits_set_recursion(edge_limits_t *limits, uint32_t count);

/** What `edge_limits_set_recursion` was set to; 0 for NULL. */
uint32_t edge_limits_recursion(const edge_limits_t *limits);

/** Fuel that a store begins with; `EDGE_NO_LIMIT` for none. Anything else needs an engine with `edge_config_set_fuel`. */
edge_error_t *edge_limits_set_fuel(edge_limits_t *limits,
                                          uint64_t fuel);

/** What `edge_limits_set_fuel` was set to; 0 for NULL. */
uint64_t edge_limits_fuel(const edge_limits_t *limits);

/** How long a call from the host may take, with all that it calls, in nanoseconds; `EDGE_NO_LIMIT` for ever. */
edge_error_t *edge_limits_set_deadline(edge_limits_t *limits, uint64_t nanoseconds);

/** What `edge_limits_set_deadline` was set to; 0 for NULL. */
uint64_t edge_limits_deadline(const edge_limits_t *limits);

/** Bytes of a module. */
edge_error_t *edge_limits_set_module_size(edge_limits_t *limits, uint64_t bytes);

/** What `edge_limits_set_module_size` was set to; 0 for NULL. */
uint64_t edge_limits_module_size(const edge_limits_t *limits);

/** Functions of a module, imported ones included. */
edge_error_t *edge_limits_set_module_functions(edge_limits_t *limits, uint64_t count);

/** What `edge_limits_set_module_functions` was set to; 0 for NULL. */
uint64_t edge_limits_module_functions(const edge_limits_t *limits);

/** Items of one section of a module, and custom sections. */
edge_error_t *edge_limits_set_module_items(edge_limits_t *limits, uint64_t count);

/** What `edge_limits_set_module_items` was set to; 0 for NULL. */
uint64_t edge_limits_module_items(const edge_limits_t *limits);

/** Bytes of one function's body. */
edge_error_t *edge_limits_set_module_body_size(edge_limits_t *limits, uint64_t bytes);

/** What `edge_limits_set_module_body_size` was set to; 0 for NULL. */
uint64_t edge_limits_module_body_size(const edge_limits_t *limits);

/** Locals of one function, parameters included. */
edge_error_t *edge_limits_set_module_locals(edge_limits_t *limits, uint64_t count);

/** What `edge_limits_set_module_locals` was set to; 0 for NULL. */
uint64_t edge_limits_module_locals(const edge_limits_t *limits);

/** Targets of one `br_table`. */
edge_error_t *edge_limits_set_module_branch_targets(edge_limits_t *limits, uint64_t count);

/** What `edge_limits_set_module_branch_targets` was set to; 0 for NULL. */
uint64_t edge_limits_module_branch_targets(const edge_limits_t *limits);

/** Blocks inside one another. */
edge_error_t *edge_limits_set_module_nesting(edge_limits_t *limits, uint64_t count);

/** What `edge_limits_set_module_nesting` was set to; 0 for NULL. */
uint64_t edge_limits_module_nesting(const edge_limits_t *limits);

/** Operands on the stack of one function at the same time. */
edge_error_t *edge_limits_set_module_operands(edge_limits_t *limits, uint64_t count);

/** What `edge_limits_set_module_operands` was set to; 0 for NULL. */
uint64_t edge_limits_module_operands(const edge_limits_t *limits);

/** New settings with the defaults. Owned by the caller. */
edge_config_t *edge_config_new(void);

/** A copy. Owned by the caller; NULL for NULL. */
edge_config_t *edge_config_clone(const edge_config_t *config);

/** Frees settings; engines made with them keep theirs. NULL is fine. */
void edge_config_free(edge_config_t *config);

/** Sets how hard the compiler tries: one of `EDGE_OPT_*`. */
edge_error_t *edge_config_set_opt_level(edge_config_t *config, edge_opt_t level);

/** Sets how many threads compile; 0 leaves it to the engine. */
edge_error_t *edge_config_set_threads(edge_config_t *config, size_t threads);

/** How hard the compiler tries, an `EDGE_OPT_*`; the default for NULL. */
edge_opt_t edge_config_opt_level(const edge_config_t *config);

/** How many threads compile; 0 when that is left to the engine, and for NULL. */
size_t edge_config_threads(const edge_config_t *config);

/** Sets when functions are compiled: one of `EDGE_COMPILE_*`. */
edge_error_t *edge_config_set_compile(edge_config_t *config, edge_compile_t when);

/** When functions are compiled, an `EDGE_COMPILE_*`; the default for NULL. */
edge_compile_t edge_config_compile(const edge_config_t *config);

/**
 * Whether traps may rely on signals of the operating system. Default true. Without, every check is code of its own, no handler is
 * ever installed, and memory accesses are slower.
 */
edge_error_t *edge_config_set_signals(edge_config_t *config,
                                             bool on);

/** What `edge_config_set_signals` was set to; false for NULL. */
bool edge_config_signals(const edge_config_t *config);

/**
 * Whether modules are interpreted: nothing is ever made executable. Default false. Includes what `edge_config_set_signals`
 * (false) means.
 */
edge_error_t *edge_config_set_interpreter(edge_config_t *config,
                                                 bool on);

/** What `edge_config_set_interpreter` was set to; false for NULL. */
bool edge_config_interpreter(const edge_config_t *config);

/** Whether running guests can be stopped from outside. Default true; false only for code that is trusted to end. */
edge_error_t *edge_config_set_interruptible(edge_config_t *config,
                                                   bool on);

/** What `edge_config_set_interruptible` was set to; false for NULL. */
bool edge_config_interruptible(const edge_config_t *config);

/**
 * Whether results are the same on every machine: NaNs are canonical, relaxed vector operations take the results of the
 * specification's deterministic profile. Default false.
 */
edge_error_t *edge_config_set_deterministic(edge_config_t *config,
                                                   bool on);

/** What `edge_config_set_deterministic` was set to; false for NULL. */
bool edge_config_deterministic(const edge_config_t *config);

/** Whether guests are metered by fuel. Default false. */
edge_error_t *edge_config_set_fuel(edge_config_t *config, bool on);

/** What `edge_config_set_fuel` was set to; false for NULL. */
bool edge_config_fuel(const edge_config_t *config);

/** Whether executed instructions are counted, for `edge_statistics_instructions`. Default false. */
edge_error_t *edge_config_set_count_instructions(edge_config_t *config, bool on);

/** What `edge_config_set_count_instructions` was set to; false for NULL. */
bool edge_config_count_instructions(const edge_config_t *config);

/** Whether the time that calls take is measured, for `edge_statistics_time`. Default false. */
edge_error_t *edge_config_set_measure_time(edge_config_t *config, bool on);

/** What `edge_config_set_measure_time` was set to; false for NULL. */
bool edge_config_measure_time(const edge_config_t *config);

/**
 * Switches a proposal on or off by its name, for instance `simd` or `tail-call` (`edge_proposal_name` lists them; other spellings
 * in use are understood). `name`: borrowed. `EDGE_KIND_UNSUPPORTED` when one is switched on that the engine cannot run.
 */
edge_error_t *edge_config_set_proposal(edge_config_t *config,
                                              const char *name,
                                              size_t len,
                                              bool on);

/** Whether a proposal is on. `name`: borrowed. False for a name that is none, and for NULL. */
bool edge_config_proposal(const edge_config_t *config, const char *name, size_t len);

/** The name of proposal `index`, from 0: a view that lives for ever, empty when there are no more. */
edge_view_t edge_proposal_name(size_t index);

/**
 * Sets what an operator costs in fuel, by its name in the text format, for instance `i32.add`; or `per_64_bytes`, the price of every
 * 64 bytes that a bulk operation moves, or `wasi_call`. By default what is executed costs 1. `name`: borrowed.
 */
edge_error_t *edge_config_set_cost(edge_config_t *config,
                                          const char *name,
                                          size_t len,
                                          uint64_t cost);

/** Tells what an operator costs in fuel. `name`: borrowed, as for `edge_config_set_cost`. */
edge_error_t *edge_config_cost(const edge_config_t *config,
                                      const char *name,
                                      size_t len,
                                      uint64_t *out);

/**
 * Sets the limits of stores and VMs that are made without limits of their own; those on modules hold for all modules of the engine.
 * `limits`: borrowed and copied.
 */
edge_error_t *edge_config_set_limits(edge_config_t *config,
                                            const edge_limits_t *limits);

/** The limits. Owned by the caller; NULL for NULL. */
edge_limits_t *edge_config_limits(const edge_config_t *config);

/**
 * Keeps compiled modules in this directory, which is made when it is first needed. What is in it is executed, so it belongs to the user who
 * runs the process, and nobody else may write to it: one that is not so is left alone. Several processes may use it at the same
 * time. `directory`: borrowed. `max_size`: bytes that all files may have together, `EDGE_NO_LIMIT` for the default of 1 GiB.
 */
edge_error_t *edge_config_set_cache(edge_config_t *config,
                                           const char *directory,
                                           size_t len,
                                           uint64_t max_size);

/**
 * Keeps compiled modules in the user's own cache: `edge` in `$XDG_CACHE_HOME`, else in `$HOME/.cache`. `EDGE_KIND_IO` when neither is set.
 * All else as `edge_config_set_cache`.
 */
edge_error_t *edge_config_set_user_cache(edge_config_t *config,
                                                uint64_t max_size);

/** Keeps nothing, the default. */
edge_error_t *edge_config_set_no_cache(edge_config_t *config);

/** Whether compiled modules are kept. `directory`: where, owned by the caller; `max_size`: in how many bytes; both may be NULL. */
bool edge_config_cache(const edge_config_t *config,
                       edge_buffer_t *directory,
                       uint64_t *max_size);

/** Makes an engine. `config`: borrowed and copied, NULL for the defaults. `out`: owned by the caller. */
edge_error_t *edge_engine_new(const edge_config_t *config, edge_engine_t **out);

/** Another handle to the same engine. Owned by the caller; NULL for NULL. */
edge_engine_t *edge_engine_clone(const edge_engine_t *engine);

/** Frees an engine's handle, in any order with others. NULL is fine. */
void edge_engine_free(edge_engine_t *engine);

/** The settings that an engine was made with. Owned by the caller; NULL for NULL. */
edge_config_t *edge_engine_config(const edge_engine_t *engine);

/** Whether both are handles to one engine. NULL is the same as nothing. */
bool edge_engine_same(const edge_engine_t *a, const edge_engine_t *b);

/**
 * Compiles a module in the binary format. `engine`: borrowed, NULL for the one that the process shares. `bytes`: borrowed, `len`
 * of them. `out`: owned by the caller.
 */
edge_error_t *edge_module_new(const edge_engine_t *engine,
                                     const uint8_t *bytes,
                                     size_t len,
                                     edge_module_t **out);

/** As `edge_module_new`, and calls `progress` with `env` until it returns; not at all where nothing is compiled then. `env`: borrowed. */
edge_error_t *edge_module_new_with_progress(const edge_engine_t *engine,
                                                   const uint8_t *bytes,
                                                   size_t len,
                                                   edge_progress_fn_t progress,
                                                   void *env,
                                                   edge_module_t **out);

/**
 * How many of the functions that the module defines have been compiled: fewer than all only with `EDGE_COMPILE_LAZY`. `total`: how many
 * there are; may be NULL.
 */
size_t edge_module_compiled_functions(const edge_module_t *module,
                                      size_t *total);

/** Compiles a module in the text format. As `edge_module_new`, with a text. */
edge_error_t *edge_module_from_text(const edge_engine_t *engine,
                                           const char *wat,
                                           size_t len,
                                           edge_module_t **out);

/** Compiles a module from a file: `.wat` is the text format, all else binary. As `edge_module_new`, with a path. */
edge_error_t *edge_module_from_file(const edge_engine_t *engine,
                                           const char *path,
                                           size_t len,
                                           edge_module_t **out);

/** Checks a module in the binary format without keeping it. `engine`, `bytes`: borrowed, as for `edge_module_new`. */
edge_error_t *edge_module_validate(const edge_engine_t *engine,
                                          const uint8_t *bytes,
                                          size_t len);

/** Another handle to the same module. Owned by the caller; NULL for NULL. */
edge_module_t *edge_module_clone(const edge_module_t *module);

/** Frees a module's handle, in any order with others. NULL is fine. */
void edge_module_free(edge_module_t *module);

/** The name in the module's name section: a view into the module, empty when it has none. */
edge_view_t edge_module_name(const edge_module_t *module);

/** Whether both are handles to one module. NULL is the same as nothing. */
bool edge_module_same(const edge_module_t *a, const edge_module_t *b);

/** How many imports the module has. */
size_t edge_module_import_count(const edge_module_t *module);

/**
 * Import `index`: the module and name that it asks for (views into `module`) and its type (owned by the caller). Each of the
 * three may be NULL where it is not wanted.
 */
edge_error_t *edge_module_import(const edge_module_t *module,
                                        size_t index,
                                        edge_view_t *module_name,
                                        edge_view_t *name,
                                        edge_type_t **ty);

/** How many exports the module has. */
size_t edge_module_export_count(const edge_module_t *module);

/** Export `index`: its name (a view into `module`) and its type (owned by the caller). Both may be NULL where they are not wanted. */
edge_error_t *edge_module_export(const edge_module_t *module,
                                        size_t index,
                                        edge_view_t *name,
                                        edge_type_t **ty);

/** The type of the export with that name: owned by the caller, NULL when there is none. `name`: borrowed. */
edge_type_t *edge_module_export_type(const edge_module_t *module, const char *name, size_t len);

/** How many custom sections the module has. */
size_t edge_module_custom_section_count(const edge_module_t *module);

/** The name of custom section `index`: a view into the module, empty when there is no such section. */
edge_view_t edge_module_custom_section_name(const edge_module_t *module, size_t index);

/**
 * The bytes of the custom section `name`, number `index` of that name: a view into the module in `*out`. Returns whether there
 * is such a section. `name`: borrowed.
 */
bool edge_module_custom_section(const edge_module_t *module,
                                const char *name,
                                size_t len,
                                size_t index,
                                edge_view_t *out);

/**
 * The module and its compiled code as the contents of a file, for `edge_module_from_trusted_bytes`. `form`: one of `EDGE_ARTIFACT_*`.
 * `out`: owned by the caller.
 */
edge_error_t *edge_module_serialize(const edge_module_t *module,
                                           edge_artifact_t form,
                                           edge_buffer_t *out);

/** `edge_module_serialize` into a file. It appears whole or not at all, and who uses the one before keeps that. `path`: borrowed. */
edge_error_t *edge_module_serialize_to(const edge_module_t *module,
                                              edge_artifact_t form,
                                              const char *path,
                                              size_t len);

/** Whether the module's native code was loaded, not compiled. False for NULL. */
bool edge_module_is_precompiled(const edge_module_t *module);

/**
 * A module from bytes that may hold native code, which is then used: what `edge_module_serialize` gave, or a module in the binary format.
 * A universal module whose code does not suit this machine and engine is compiled; where nothing but native code is there, that is
 * `EDGE_KIND_ARTIFACT_MISMATCH`. Damage is `EDGE_KIND_ARTIFACT_DAMAGED`.
 *
 * Trusted means: whoever can write these bytes can have anything executed by this process. Give only what this function's namesake made
 * and nobody else had a hand in; for everything else there is `edge_module_new`. `engine`: borrowed, NULL for the one that the
 * process shares. `bytes`: borrowed and copied. `out`: owned by the caller.
 */
edge_error_t *edge_module_from_trusted_bytes(const edge_engine_t *engine,
                                                    const uint8_t *bytes,
                                                    size_t len,
                                                    edge_module_t **out);

/**
 * `edge_module_from_trusted_bytes` of a file, which is mapped and not read: nobody writes into it while the module lives
 * (`edge_module_serialize_to` puts a new file in its place). Text when the name ends in `.wat`. `path`: borrowed. All else as
 * `edge_module_from_trusted_bytes`.
 */
edge_error_t *edge_module_from_trusted_file(const edge_engine_t *engine,
                                                   const char *path,
                                                   size_t len,
                                                   edge_module_t **out);

/**
 * Sets the machine that code is made for: `host`, the default, for this one with everything that its processor can do; `generic` for
 * any of its kind that has what all operators need; or the target triple of another, such as `aarch64-unknown-linux-gnu`. Modules of
 * an engine for another kind of machine can be written to files (`edge_module_serialize_to`), but not be instantiated here. `name`:
 * borrowed; one that is none is refused by `edge_engine_new`.
 */
edge_error_t *edge_config_set_target(edge_config_t *config,
                                            const char *name,
                                            size_t len);

/** What `edge_config_set_target` was set to. `out`: owned by the caller. */
edge_error_t *edge_config_target(const edge_config_t *config, edge_buffer_t *out);

/** Makes a function type. `params`, `results`: borrowed arrays of `EDGE_VALTYPE_*`, NULL when empty. `out`: owned by the caller. */
edge_error_t *edge_type_func(const edge_valtype_t *params,
                                    size_t nparams,
                                    const edge_valtype_t *results,
                                    size_t nresults,
                                    edge_type_t **out);

/**
 * Makes the type of a tag, whose exceptions carry values of these types. `params`: a borrowed array of `EDGE_VALTYPE_*`, NULL when
 * empty. `out`: owned by the caller.
 */
edge_error_t *edge_type_tag(const edge_valtype_t *params,
                                   size_t nparams,
                                   edge_type_t **out);

/** Makes a memory type of `min` to `max` pages of 64 KiB. `max`: `EDGE_NO_MAXIMUM` for none. `out`: owned by the caller. */
edge_error_t *edge_type_memory(uint64_t min,
                                      uint64_t max,
                                      edge_type_t **out);

/** Makes the type of a memory with 64-bit indices. As `edge_type_memory`. */
edge_error_t *edge_type_memory64(uint64_t min, uint64_t max, edge_type_t **out);

/**
 * Makes the type of a memory that threads share. `max`: the most that it can grow to, there has to be one. `memory64`: whether its
 * indices have 64 bits. `out`: owned by the caller.
 */
edge_error_t *edge_type_shared_memory(uint64_t min,
                                             uint64_t max,
                                             bool memory64,
                                             edge_type_t **out);

/**
 * Makes a table type of `min` to `max` elements. `element`: `EDGE_VALTYPE_FUNCREF` or `EDGE_VALTYPE_EXTERNREF`. `max`:
 * `EDGE_NO_MAXIMUM` for none. `out`: owned by the caller.
 */
edge_error_t *edge_type_table(edge_valtype_t element,
                                     uint64_t min,
                                     uint64_t max,
                                     edge_type_t **out);

/** Makes the type of a table with 64-bit indices. As `edge_type_table`. */
edge_error_t *edge_type_table64(edge_valtype_t element,
                                       uint64_t min,
                                       uint64_t max,
                                       edge_type_t **out);

/** Makes a global type. `content`: an `EDGE_VALTYPE_*`. `out`: owned by the caller. */
edge_error_t *edge_type_global(edge_valtype_t content, bool is_mutable, edge_type_t **out);

/** A copy. Owned by the caller; NULL for NULL. */
edge_type_t *edge_type_clone(const edge_type_t *ty);

/** Frees a type; what was made with it keeps its own. NULL is fine. */
void edge_type_free(edge_type_t *ty);

/** What it is the type of, an `EDGE_SORT_*`; 0 for NULL. */
edge_sort_t edge_type_sort(const edge_type_t *ty);

/** The type in words, for instance `function (i32, i32) -> i32`: a view into the type. */
edge_view_t edge_type_text(const edge_type_t *ty);

/** The parameters of a function type, and what an exception of a tag type carries: an array that belongs to the type, with its length in `*len`. NULL and 0 for other types. */
const edge_valtype_t *edge_type_params(const edge_type_t *ty,
                                       size_t *len);

/** The results of a function type: an array that belongs to the type, with its length in `*len`. NULL and 0 for other types. */
const edge_valtype_t *edge_type_results(const edge_type_t *ty,
                                        size_t *len);

/**
 * The limits of a memory (pages) or table (elements); `*max` is `EDGE_NO_MAXIMUM` when there is none. Returns false, and
 * writes nothing, for other types. `min`, `max`: may be NULL.
 */
bool edge_type_limits(const edge_type_t *ty,
                      uint64_t *min,
                      uint64_t *max);

/** What a global or the elements of a table are, an `EDGE_VALTYPE_*`; 0 for other types. */
edge_valtype_t edge_type_content(const edge_type_t *ty);

/** Whether it is the type of a global that can be assigned. */
bool edge_type_is_mutable(const edge_type_t *ty);

/** Whether it is the type of a memory or table with 64-bit indices. */
bool edge_type_is_64(const edge_type_t *ty);

/** Whether it is the type of a memory that threads share. */
bool edge_type_is_shared(const edge_type_t *ty);

/** Whether two types are the same. NULL equals nothing. */
bool edge_type_equal(const edge_type_t *a, const edge_type_t *b);

/**
 * Makes a store. `engine`: borrowed, NULL for the one that the process shares. `limits`: borrowed and copied, NULL for those
 * of the engine. `out`: owned by the caller.
 */
edge_error_t *edge_store_new(const edge_engine_t *engine,
                                    const edge_limits_t *limits,
                                    edge_store_t **out);

/** Another handle to the same store. Owned by the caller; NULL for NULL. */
edge_store_t *edge_store_clone(const edge_store_t *store);

/** Frees a store's handle, in any order with others. NULL is fine. */
void edge_store_free(edge_store_t *store);

/** Bytes of all linear memories in the store; 0 for NULL. */
uint64_t edge_store_memory_used(const edge_store_t *store);

/** The limits that it was made with. Owned by the caller; NULL for NULL. */
edge_limits_t *edge_store_limits(const edge_store_t *store);

/** The engine that it belongs to. Owned by the caller; NULL for NULL. */
edge_engine_t *edge_store_engine(const edge_store_t *store);

/** Whether both are handles to one store. NULL is the same as nothing. */
bool edge_store_same(const edge_store_t *a, const edge_store_t *b);

/**
 * Ends the call that the store serves at this moment, with `EDGE_KIND_CANCELLED`, and tells whether there was one. From any thread;
 * later calls are not affected.
 */
bool edge_store_cancel(const edge_store_t *store);

/** How many objects of the host the store's guests hold as `externref`, or may still hold. */
size_t edge_store_externrefs(const edge_store_t *store);

/** Lets go of objects of the host that no guest holds any more, and tells how many; that happens by itself from time to time. */
size_t edge_store_collect_externrefs(const edge_store_t *store);

/**
 * What the store's guests have used since it was made, or since `edge_store_reset_statistics`. Waits until no other thread is in the
 * store; a host function gets the counts of the call that it is called by. Owned by the caller; NULL for NULL.
 */
edge_statistics_t *edge_store_statistics(const edge_store_t *store);

/** Begins all counts anew. Fuel that is left stays; the peak of memory begins at what is in use. */
edge_error_t *edge_store_reset_statistics(const edge_store_t *store);

/** A copy. Owned by the caller; NULL for NULL. */
edge_statistics_t *edge_statistics_clone(const edge_statistics_t *statistics);

/** Frees statistics. NULL is fine. */
void edge_statistics_free(edge_statistics_t *statistics);

/** Instructions that were executed. Needs `edge_config_set_count_instructions`. */
edge_error_t *edge_statistics_instructions(const edge_statistics_t *statistics, uint64_t *out);

/** Fuel that guests and host functions have used. Needs `edge_config_set_fuel`. */
edge_error_t *edge_statistics_fuel_used(const edge_statistics_t *statistics, uint64_t *out);

/** Fuel that is left; without a limit it counts down from `UINT64_MAX`. Needs `edge_config_set_fuel`. */
edge_error_t *edge_statistics_fuel_left(const edge_statistics_t *statistics, uint64_t *out);

/**
 * Nanoseconds that calls from the host took, of those that have ended; host functions that they called included. Needs
 * `edge_config_set_measure_time`.
 */
edge_error_t *edge_statistics_time(const edge_statistics_t *statistics,
                                          uint64_t *out);

/** Instructions for each second that calls took; 0 before any call has ended. Needs both settings. */
edge_error_t *edge_statistics_instructions_per_second(const edge_statistics_t *statistics,
                                                             double *out);

/** Calls from the host, of guests and of host functions; not those that host functions make while they are called. 0 for NULL. */
uint64_t edge_statistics_calls(const edge_statistics_t *statistics);

/** The most bytes that all linear memories held together. 0 for NULL. */
uint64_t edge_statistics_memory_peak(const edge_statistics_t *statistics);

/** Fuel that is left. Without a limit it counts down from `UINT64_MAX`. */
edge_error_t *edge_store_fuel_left(const edge_store_t *store, uint64_t *out);

/** Replaces what fuel is left; what was used stays known. A host function may do it for the guest that calls it. */
edge_error_t *edge_store_set_fuel(const edge_store_t *store,
                                         uint64_t fuel);

/** Adds to what fuel is left, up to `UINT64_MAX`. */
edge_error_t *edge_store_add_fuel(const edge_store_t *store, uint64_t fuel);

/**
 * Uses fuel on behalf of a guest: what a host function does may cost something. `EDGE_KIND_OUT_OF_FUEL` when less is left, which
 * stays as it is.
 */
edge_error_t *edge_store_consume_fuel(const edge_store_t *store,
                                             uint64_t fuel);

/** Makes a linker. `engine`: borrowed, NULL for the one that the process shares. `out`: owned by the caller. */
edge_error_t *edge_linker_new(const edge_engine_t *engine, edge_linker_t **out);

/** A copy: what is defined in one later is not defined in the other. Owned by the caller; NULL for NULL. */
edge_linker_t *edge_linker_clone(const edge_linker_t *linker);

/** Frees a linker; instances made with it go on. NULL is fine. */
void edge_linker_free(edge_linker_t *linker);

/**
 * Defines `module.name` as a host function that every store gets its own of. `module`, `name`, `ty`: borrowed. `env`: owned by the
 * definition from here on, also when this fails; released by `drop` (which may be NULL) when the last user is gone.
 */
edge_error_t *edge_linker_func(edge_linker_t *linker,
                                      const char *module,
                                      size_t module_len,
                                      const char *name,
                                      size_t name_len,
                                      const edge_type_t *ty,
                                      edge_core_fn_t function,
                                      void *env,
                                      edge_drop_fn_t drop);

/** Defines `module.name` as a func. `module`, `name`, `func`: borrowed. */
edge_error_t *edge_linker_define_func(edge_linker_t *linker,
                                             const char *module,
                                             size_t module_len,
                                             const char *name,
                                             size_t name_len,
                                             const edge_func_t *func);

/** Defines `module.name` as a memory. `module`, `name`, `memory`: borrowed. */
edge_error_t *edge_linker_define_memory(edge_linker_t *linker,
                                               const char *module,
                                               size_t module_len,
                                               const char *name,
                                               size_t name_len,
                                               const edge_memory_t *memory);

/** Defines `module.name` as a shared memory, in any store of its engine. `module`, `name`, `memory`: borrowed. */
edge_error_t *edge_linker_define_shared_memory(edge_linker_t *linker,
                                                      const char *module,
                                                      size_t module_len,
                                                      const char *name,
                                                      size_t name_len,
                                                      const edge_shared_memory_t *memory);

/** Defines `module.name` as a table. `module`, `name`, `table`: borrowed. */
edge_error_t *edge_linker_define_table(edge_linker_t *linker,
                                              const char *module,
                                              size_t module_len,
                                              const char *name,
                                              size_t name_len,
                                              const edge_table_t *table);

/** Defines `module.name` as a global. `module`, `name`, `global`: borrowed. */
edge_error_t *edge_linker_define_global(edge_linker_t *linker,
                                               const char *module,
                                               size_t module_len,
                                               const char *name,
                                               size_t name_len,
                                               const edge_global_t *global);

/** Defines `module.name` as a tag. `module`, `name`, `tag`: borrowed. */
edge_error_t *edge_linker_define_tag(edge_linker_t *linker,
                                            const char *module,
                                            size_t module_len,
                                            const char *name,
                                            size_t name_len,
                                            const edge_tag_t *tag);

/** Defines every export of `instance` under the name `module`. `module`, `instance`: borrowed. */
edge_error_t *edge_linker_define_instance(edge_linker_t *linker,
                                                 const char *module,
                                                 size_t module_len,
                                                 const edge_instance_t *instance);

/**
 * Makes an instance of `module` in `store` with what is defined: runs its segments and its start function. All handles: borrowed.
 * `out`: owned by the caller.
 */
edge_error_t *edge_linker_instantiate(const edge_linker_t *linker,
                                             const edge_store_t *store,
                                             const edge_module_t *module,
                                             edge_instance_t **out);

/**
 * Defines what is defined as `module.name` as `as_module.as_name`, too. `EDGE_KIND_UNKNOWN_IMPORT` when there is no such definition.
 * The names: borrowed.
 */
edge_error_t *edge_linker_alias(edge_linker_t *linker,
                                       const char *module,
                                       size_t module_len,
                                       const char *name,
                                       size_t name_len,
                                       const char *as_module,
                                       size_t as_module_len,
                                       const char *as_name,
                                       size_t as_name_len);

/** Defines everything that is defined under the name `module` under `as_module`, too. The names: borrowed. */
edge_error_t *edge_linker_alias_module(edge_linker_t *linker,
                                              const char *module,
                                              size_t module_len,
                                              const char *as_module,
                                              size_t as_module_len);

/**
 * Defines every function that `module` imports and that is not defined yet: it traps when it is called, with
 * `EDGE_KIND_UNKNOWN_IMPORT`. Nothing can stand in for memories, tables and globals. `module`: borrowed.
 */
edge_error_t *edge_linker_unknown_as_traps(edge_linker_t *linker,
                                                  const edge_module_t *module);

/**
 * Sets what each call of the host function `module.name` costs in fuel, beside the call itself. Needs `edge_config_set_fuel`. The names:
 * borrowed.
 */
edge_error_t *edge_linker_func_cost(edge_linker_t *linker,
                                           const char *module,
                                           size_t module_len,
                                           const char *name,
                                           size_t name_len,
                                           uint64_t cost);

/**
 * Whether a definition may replace an earlier one of the same name. Default true. Where it may not, the earlier one stays, and
 * `edge_linker_instantiate` refuses to work, so that the mistake is not missed.
 */
edge_error_t *edge_linker_allow_shadowing(edge_linker_t *linker,
                                                 bool allow);

/** Whether `module.name` is defined. The names: borrowed. */
bool edge_linker_contains(const edge_linker_t *linker,
                          const char *module,
                          size_t module_len,
                          const char *name,
                          size_t name_len);

/**
 * Definition `index` in the order of the alphabet: its two names, views into the linker until it is changed. Returns false when there are no
 * more. `module`, `name`: may be NULL.
 */
bool edge_linker_definition(const edge_linker_t *linker,
                            size_t index,
                            edge_view_t *module,
                            edge_view_t *name);

/** Makes what `host` describes in `store`, and defines it under its name. Nothing is defined when that fails. All handles: borrowed. */
edge_error_t *edge_linker_host_module(edge_linker_t *linker,
                                             const edge_store_t *store,
                                             const edge_host_module_t *host);

/** Makes an empty host module. `name`: borrowed; any name, the empty one included. `out`: owned by the caller. */
edge_error_t *edge_host_module_new(const char *name, size_t len, edge_host_module_t **out);

/** A copy. Owned by the caller; NULL for NULL. */
edge_host_module_t *edge_host_module_clone(const edge_host_module_t *host);

/** Frees a host module; what was defined with it stays. NULL is fine. */
void edge_host_module_free(edge_host_module_t *host);

/** The name: a view into the host module. */
edge_view_t edge_host_module_name(const edge_host_module_t *host);

/** The name of item `index`, in the order in which they were added: a view into the host module, empty when there are no more. */
edge_view_t edge_host_module_item(const edge_host_module_t *host,
                                         size_t index);

/**
 * Adds a function. `name`, `ty`: borrowed. `env`: owned by the function from here on, also when this fails; released by `drop` (which may
 * be NULL) when the last user is gone.
 */
edge_error_t *edge_host_module_func(edge_host_module_t *host,
                                           const char *name,
                                           size_t len,
                                           const edge_type_t *ty,
                                           edge_core_fn_t function,
                                           void *env,
                                           edge_drop_fn_t drop);

/** Adds a memory. `name`, `ty`: borrowed. */
edge_error_t *edge_host_module_memory(edge_host_module_t *host,
                                             const char *name,
                                             size_t len,
                                             const edge_type_t *ty);

/** Adds a table. `name`, `ty`: borrowed. `initial`: borrowed, what every element is at first; NULL for null references. */
edge_error_t *edge_host_module_table(edge_host_module_t *host,
                                            const char *name,
                                            size_t len,
                                            const edge_type_t *ty,
                                            const edge_val_t *initial);

/** Adds a global. `name`, `ty`, `value`: borrowed. */
edge_error_t *edge_host_module_global(edge_host_module_t *host,
                                             const char *name,
                                             size_t len,
                                             const edge_type_t *ty,
                                             const edge_val_t *value);

/** Whether both are one instance. NULL is the same as nothing. */
bool edge_instance_same(const edge_instance_t *a, const edge_instance_t *b);

/** Another handle to the same instance. Owned by the caller; NULL for NULL. */
edge_instance_t *edge_instance_clone(const edge_instance_t *instance);

/** Frees an instance's handle, in any order with others. NULL is fine. */
void edge_instance_free(edge_instance_t *instance);

/** The module that it is an instance of: inspect that for the list of exports. Owned by the caller; NULL for NULL. */
edge_module_t *edge_instance_module(const edge_instance_t *instance);

/** The store that it lives in. Owned by the caller; NULL for NULL. */
edge_store_t *edge_instance_store(const edge_instance_t *instance);

/** The exported function `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_instance_func(const edge_instance_t *instance,
                                        const char *name,
                                        size_t len,
                                        edge_func_t **out);

/** The exported memory `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_instance_memory(const edge_instance_t *instance,
                                          const char *name,
                                          size_t len,
                                          edge_memory_t **out);

/** The exported shared memory `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_instance_shared_memory(const edge_instance_t *instance,
                                                 const char *name,
                                                 size_t len,
                                                 edge_shared_memory_t **out);

/** The exported table `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_instance_table(const edge_instance_t *instance,
                                         const char *name,
                                         size_t len,
                                         edge_table_t **out);

/** The exported global `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_instance_global(const edge_instance_t *instance,
                                          const char *name,
                                          size_t len,
                                          edge_global_t **out);

/** The exported tag `name`. `name`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_instance_tag(const edge_instance_t *instance,
                                       const char *name,
                                       size_t len,
                                       edge_tag_t **out);

/**
 * Makes a function of the host. `store`, `ty`: borrowed. `env`: owned by the function from here on, also when this fails; released
 * by `drop` (which may be NULL) when the function is gone. `out`: owned by the caller.
 */
edge_error_t *edge_func_new(const edge_store_t *store,
                                   const edge_type_t *ty,
                                   edge_core_fn_t function,
                                   void *env,
                                   edge_drop_fn_t drop,
                                   edge_func_t **out);

/** Whether both are one function. NULL is the same as nothing. */
bool edge_func_same(const edge_func_t *a, const edge_func_t *b);

/** Another handle to the same function. Owned by the caller; NULL for NULL. */
edge_func_t *edge_func_clone(const edge_func_t *func);

/** Frees a function's handle, in any order with others. NULL is fine. */
void edge_func_free(edge_func_t *func);

/** The type. Owned by the caller; NULL for NULL. */
edge_type_t *edge_func_type(const edge_func_t *func);

/**
 * Calls a function. `args`: borrowed, `nargs` of them, checked against the type. `results`: room for exactly as many values as the
 * function has results; they are the caller's (`edge_val_free`, which numbers do not need).
 */
edge_error_t *edge_func_call(const edge_func_t *func,
                                    const edge_val_t *args,
                                    size_t nargs,
                                    edge_val_t *results,
                                    size_t nresults);

/**
 * Calls a function of numbers the cheapest way. `slots`: the arguments, replaced by the results; at least as many slots as the larger
 * of both. Nothing is checked but that the type is of numbers and the slots suffice.
 */
edge_error_t *edge_func_call_raw(const edge_func_t *func,
                                        edge_slot_t *slots,
                                        size_t len);

/** Memory `index` of the module that called the host function. `out`: owned by the caller. */
edge_error_t *edge_caller_memory(const edge_caller_t *caller,
                                        uint32_t index,
                                        edge_memory_t **out);

/** Memory `index` of the module that called the host function, if it is a shared one. `out`: owned by the caller. */
edge_error_t *edge_caller_shared_memory(const edge_caller_t *caller,
                                               uint32_t index,
                                               edge_shared_memory_t **out);

/**
 * The exported function `name` of the module that called the host function, to call it again. `name`: borrowed. `out`: owned by the
 * caller.
 */
edge_error_t *edge_caller_func(const edge_caller_t *caller,
                                      const char *name,
                                      size_t len,
                                      edge_func_t **out);

/** The instance that called the host function. `out`: owned by the caller of this function. */
edge_error_t *edge_caller_instance(const edge_caller_t *caller, edge_instance_t **out);

/** The store of the call. Owned by the caller of this function; NULL for NULL. */
edge_store_t *edge_caller_store(const edge_caller_t *caller);

/**
 * Frees the handle inside a value that the library gave, and makes the value the number 0: freeing it again does nothing, nor
 * does freeing a value that a program made. NULL is fine.
 */
void edge_val_free(edge_val_t *value);

/**
 * Wraps a pointer of the host for guests to hold. `data`: owned by the reference from here on, also when this fails; released by
 * `drop` (which may be NULL) when the last reference is gone. `out`: owned by the caller.
 */
edge_error_t *edge_externref_new(void *data,
                                        edge_drop_fn_t drop,
                                        edge_externref_t **out);

/** Another handle to the same reference. Owned by the caller; NULL for NULL. */
edge_externref_t *edge_externref_clone(const edge_externref_t *externref);

/** Frees a reference's handle, in any order with others. NULL is fine. */
void edge_externref_free(edge_externref_t *externref);

/**
 * The pointer that the reference was made with; NULL when it was made with another `drop`, so that nobody mistakes another's
 * object for one of theirs. NULL as `drop` asks for any.
 */
void *edge_externref_data(const edge_externref_t *externref,
                          edge_drop_fn_t drop);

/** Makes a memory. `store`, `ty`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_memory_new(const edge_store_t *store,
                                     const edge_type_t *ty,
                                     edge_memory_t **out);

/** Whether both are one memory. NULL is the same as nothing. */
bool edge_memory_same(const edge_memory_t *a, const edge_memory_t *b);

/** Another handle to the same memory. Owned by the caller; NULL for NULL. */
edge_memory_t *edge_memory_clone(const edge_memory_t *memory);

/** Frees a memory's handle, in any order with others. NULL is fine. */
void edge_memory_free(edge_memory_t *memory);

/** The type. Owned by the caller; NULL for NULL. */
edge_type_t *edge_memory_type(const edge_memory_t *memory);

/** How many pages of 64 KiB the memory has. */
uint64_t edge_memory_size(const edge_memory_t *memory);

/** How many bytes the memory has. */
size_t edge_memory_data_size(const edge_memory_t *memory);

/**
 * The first byte. It stays where it is, growth included, as long as a handle to the memory or its store is there. The guest
 * may change what lies there whenever it runs.
 */
uint8_t *edge_memory_data(const edge_memory_t *memory);

/** Copies `len` bytes from `offset` on into `buffer`; fails when one of them lies outside of the memory, and copies none then. */
edge_error_t *edge_memory_read(const edge_memory_t *memory,
                                      uint64_t offset,
                                      uint8_t *buffer,
                                      size_t len);

/**
 * Copies `len` bytes into the memory from `offset` on; fails when one of them would lie outside, and copies none then. `bytes`:
 * borrowed.
 */
edge_error_t *edge_memory_write(const edge_memory_t *memory,
                                       uint64_t offset,
                                       const uint8_t *bytes,
                                       size_t len);

/** Adds `delta` pages. `previous`: where the size before goes, may be NULL. */
edge_error_t *edge_memory_grow(const edge_memory_t *memory, uint64_t delta, uint64_t *previous);

/**
 * Makes a shared memory. `engine`: borrowed, the one whose stores can use it; NULL for the one that the process shares. `ty`: borrowed, of
 * `edge_type_shared_memory`. `out`: owned by the caller.
 */
edge_error_t *edge_shared_memory_new(const edge_engine_t *engine,
                                            const edge_type_t *ty,
                                            edge_shared_memory_t **out);

/** Whether both are one memory. NULL is the same as nothing. */
bool edge_shared_memory_same(const edge_shared_memory_t *a, const edge_shared_memory_t *b);

/** Another handle to the same memory. Owned by the caller; NULL for NULL. */
edge_shared_memory_t *edge_shared_memory_clone(const edge_shared_memory_t *memory);

/** Frees a memory's handle, in any order with others. NULL is fine. */
void edge_shared_memory_free(edge_shared_memory_t *memory);

/** The type, with the present size as minimum. Owned by the caller; NULL for NULL. */
edge_type_t *edge_shared_memory_type(const edge_shared_memory_t *memory);

/** How many pages of 64 KiB the memory has. Other threads may let it grow at any time; it never shrinks. */
uint64_t edge_shared_memory_size(const edge_shared_memory_t *memory);

/** How many bytes the memory has. */
size_t edge_shared_memory_data_size(const edge_shared_memory_t *memory);

/** Adds `delta` pages. `previous`: where the size before goes, may be NULL. */
edge_error_t *edge_shared_memory_grow(const edge_shared_memory_t *memory,
                                             uint64_t delta,
                                             uint64_t *previous);

/**
 * Copies `len` bytes from `offset` on into `buffer`; fails when one of them lies outside of the memory, and copies none then. What other
 * threads write meanwhile may be copied in part.
 */
edge_error_t *edge_shared_memory_read(const edge_shared_memory_t *memory,
                                             uint64_t offset,
                                             uint8_t *buffer,
                                             size_t len);

/**
 * Copies `len` bytes into the memory from `offset` on; fails when one of them would lie outside, and copies none then. `bytes`:
 * borrowed.
 */
edge_error_t *edge_shared_memory_write(const edge_shared_memory_t *memory,
                                              uint64_t offset,
                                              const uint8_t *bytes,
                                              size_t len);

/**
 * Reads an integer of `bits` (8, 16, 32 or 64) bits, sequentially consistent as the guests' own atomic accesses. `offset`: a multiple of
 * its width in bytes, else `EDGE_KIND_UNALIGNED_ATOMIC`. `value`: where it goes, unsigned.
 */
edge_error_t *edge_shared_memory_atomic_load(const edge_shared_memory_t *memory,
                                                    uint32_t bits,
                                                    uint64_t offset,
                                                    uint64_t *value);

/** Writes an integer. `value`: unsigned, and not above what `bits` hold. All else as `edge_shared_memory_atomic_load`. */
edge_error_t *edge_shared_memory_atomic_store(const edge_shared_memory_t *memory,
                                                     uint32_t bits,
                                                     uint64_t offset,
                                                     uint64_t value);

/**
 * Adds to an integer, wrapping around. `previous`: where what was there before goes, may be NULL. All else as
 * `edge_shared_memory_atomic_store`.
 */
edge_error_t *edge_shared_memory_atomic_add(const edge_shared_memory_t *memory,
                                                   uint32_t bits,
                                                   uint64_t offset,
                                                   uint64_t value,
                                                   uint64_t *previous);

/**
 * Writes `replacement` if the integer is `expected`. `previous`: where what was there before goes, `expected` if it was replaced; may be
 * NULL. All else as `edge_shared_memory_atomic_store`.
 */
edge_error_t *edge_shared_memory_atomic_compare_exchange(const edge_shared_memory_t *memory,
                                                                uint32_t bits,
                                                                uint64_t offset,
                                                                uint64_t expected,
                                                                uint64_t replacement,
                                                                uint64_t *previous);

/**
 * Waits until a guest or a host thread notifies `offset`, if the 32 bits there are `expected`. `nanoseconds`: how long at most,
 * `EDGE_NO_LIMIT` for ever. In a host function it ends with the guest's call, and within `edge_store_within` with its options. `outcome`:
 * where one of `EDGE_WAIT_*` goes, may be NULL.
 */
edge_error_t *edge_shared_memory_wait32(const edge_shared_memory_t *memory,
                                               uint64_t offset,
                                               uint32_t expected,
                                               uint64_t nanoseconds,
                                               edge_wait_t *outcome);

/** The same with 64 bits. */
edge_error_t *edge_shared_memory_wait64(const edge_shared_memory_t *memory,
                                               uint64_t offset,
                                               uint64_t expected,
                                               uint64_t nanoseconds,
                                               edge_wait_t *outcome);

/** Wakes at most `count` threads that wait at `offset`, guests and hosts alike. `woken`: where how many were goes, may be NULL. */
edge_error_t *edge_shared_memory_notify(const edge_shared_memory_t *memory,
                                               uint64_t offset,
                                               uint32_t count,
                                               uint32_t *woken);

/**
 * Makes a table. `store`, `ty`: borrowed. `initial`: borrowed, what every element is at first; NULL for null references. `out`: owned
 * by the caller.
 */
edge_error_t *edge_table_new(const edge_store_t *store,
                                    const edge_type_t *ty,
                                    const edge_val_t *initial,
                                    edge_table_t **out);

/** Whether both are one table. NULL is the same as nothing. */
bool edge_table_same(const edge_table_t *a, const edge_table_t *b);

/** Another handle to the same table. Owned by the caller; NULL for NULL. */
edge_table_t *edge_table_clone(const edge_table_t *table);

/** Frees a table's handle, in any order with others. NULL is fine. */
void edge_table_free(edge_table_t *table);

/** The type. Owned by the caller; NULL for NULL. */
edge_type_t *edge_table_type(const edge_table_t *table);

/** How many elements the table has. */
uint64_t edge_table_size(const edge_table_t *table);

/** Gives element `index`. `out`: owned by the caller (`edge_val_free`). */
edge_error_t *edge_table_get(const edge_table_t *table, uint64_t index, edge_val_t *out);

/** Sets element `index`. `value`: borrowed; NULL for a null reference. */
edge_error_t *edge_table_set(const edge_table_t *table,
                                    uint64_t index,
                                    const edge_val_t *value);

/** Sets `len` elements from `start` on, or none if one of them lies outside of the table. `value`: borrowed; NULL for null references. */
edge_error_t *edge_table_fill(const edge_table_t *table,
                                     uint64_t start,
                                     const edge_val_t *value,
                                     uint64_t len);

/**
 * Adds `delta` elements. `initial`: borrowed, what they are; NULL for null references. `previous`: where the size before goes, may be
 * NULL.
 */
edge_error_t *edge_table_grow(const edge_table_t *table,
                                     uint64_t delta,
                                     const edge_val_t *initial,
                                     uint64_t *previous);

/** Makes a global. `store`, `ty`, `value`: borrowed. `out`: owned by the caller. */
edge_error_t *edge_global_new(const edge_store_t *store,
                                     const edge_type_t *ty,
                                     const edge_val_t *value,
                                     edge_global_t **out);

/** Whether both are one global. NULL is the same as nothing. */
bool edge_global_same(const edge_global_t *a, const edge_global_t *b);

/** Another handle to the same global. Owned by the caller; NULL for NULL. */
edge_global_t *edge_global_clone(const edge_global_t *global);

/** Frees a global's handle, in any order with others. NULL is fine. */
void edge_global_free(edge_global_t *global);

/** The type. Owned by the caller; NULL for NULL. */
edge_type_t *edge_global_type(const edge_global_t *global);

/** Gives the value. `out`: owned by the caller (`edge_val_free`, which numbers do not need). */
edge_error_t *edge_global_get(const edge_global_t *global, edge_val_t *out);

/** Assigns a value; `EDGE_KIND_IMMUTABLE` when the global cannot be assigned. `value`: borrowed. */
edge_error_t *edge_global_set(const edge_global_t *global, const edge_val_t *value);

/** Makes a tag. `store`, `ty`: borrowed; the type from `edge_type_tag`. `out`: owned by the caller. */
edge_error_t *edge_tag_new(const edge_store_t *store,
                                  const edge_type_t *ty,
                                  edge_tag_t **out);

/** Another handle to the same tag. Owned by the caller; NULL for NULL. */
edge_tag_t *edge_tag_clone(const edge_tag_t *tag);

/** Frees a tag's handle, in any order with others. NULL is fine. */
void edge_tag_free(edge_tag_t *tag);

/** The type, whose parameters are what exceptions of the tag carry. Owned by the caller; NULL for NULL. */
edge_type_t *edge_tag_type(const edge_tag_t *tag);

/** Whether both are one tag. NULL is the same as nothing. */
bool edge_tag_same(const edge_tag_t *a, const edge_tag_t *b);

/** Makes an exception. `store`, `tag`: borrowed. `values`: borrowed, what it carries, as the tag's type says. `out`: owned by the caller. */
edge_error_t *edge_exnref_new(const edge_store_t *store,
                                     const edge_tag_t *tag,
                                     const edge_val_t *values,
                                     size_t len,
                                     edge_exnref_t **out);

/** Another handle to the same exception. Owned by the caller; NULL for NULL. */
edge_exnref_t *edge_exnref_clone(const edge_exnref_t *exception);

/** Frees an exception's handle, in any order with others. NULL is fine. */
void edge_exnref_free(edge_exnref_t *exception);

/** The tag. Owned by the caller; NULL for NULL. */
edge_tag_t *edge_exnref_tag(const edge_exnref_t *exception);

/**
 * Value `index` of what the exception carries; how many there are, the tag's type says. `out`: owned by the caller (`edge_val_free`,
 * which numbers do not need).
 */
edge_error_t *edge_exnref_value(const edge_exnref_t *exception,
                                       size_t index,
                                       edge_val_t *out);

/** Whether both are one exception. NULL is the same as nothing. */
bool edge_exnref_same(const edge_exnref_t *a, const edge_exnref_t *b);

/**
 * Makes what a host function returns to throw `exception` into the guest that called it, which may catch it. `exception`: borrowed. `NULL`
 * for NULL. Owned by the caller, or by the library once a host function has returned it.
 */
edge_error_t *edge_throw(const edge_exnref_t *exception);

/** The exception that no guest caught (`EDGE_KIND_UNCAUGHT_EXCEPTION`). Owned by the caller; NULL when there is none. */
edge_exnref_t *edge_error_exception(const edge_error_t *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

/** An entry of a map. */
struct edge_pair_t {
  /** The key; a string for the fields of a struct. */
  edge_value_t key;
  /** What it leads to. */
  edge_value_t value;
};

#ifdef __cplusplus
extern "C" {
#endif

/* Values in one line. All of them borrow what they are given; none needs to be freed. */

/** Nothing: `()`, `None`. */
static inline edge_value_t edge_null(void) {
    edge_value_t value;
    memset(&value, 0, sizeof value);
    return value;
}

/** A `bool`. */
static inline edge_value_t edge_bool(bool v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_BOOL;
    value.of.boolean = v;
    return value;
}

/** A `int8_t`. */
static inline edge_value_t edge_i8(int8_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I8;
    value.of.i8 = v;
    return value;
}

/** A `int16_t`. */
static inline edge_value_t edge_i16(int16_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I16;
    value.of.i16 = v;
    return value;
}

/** A `int32_t`. */
static inline edge_value_t edge_i32(int32_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I32;
    value.of.i32 = v;
    return value;
}

/** A `int64_t`. */
static inline edge_value_t edge_i64(int64_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I64;
    value.of.i64 = v;
    return value;
}

/** A `uint8_t`. */
static inline edge_value_t edge_u8(uint8_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U8;
    value.of.u8 = v;
    return value;
}

/** A `uint16_t`. */
static inline edge_value_t edge_u16(uint16_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U16;
    value.of.u16 = v;
    return value;
}

/** A `uint32_t`. */
static inline edge_value_t edge_u32(uint32_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U32;
    value.of.u32 = v;
    return value;
}

/** A `uint64_t`. */
static inline edge_value_t edge_u64(uint64_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U64;
    value.of.u64 = v;
    return value;
}

/** A `float`. */
static inline edge_value_t edge_f32(float v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_F32;
    value.of.f32 = v;
    return value;
}

/** A `double`. */
static inline edge_value_t edge_f64(double v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_F64;
    value.of.f64 = v;
    return value;
}

/** A Unicode scalar value. */
static inline edge_value_t edge_char(uint32_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_CHAR;
    value.of.character = v;
    return value;
}

/** A text of `len` bytes. */
static inline edge_value_t edge_str_n(const char *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_STRING;
    value.of.string.data = data;
    value.of.string.len = len;
    return value;
}

/** A zero-terminated text. */
static inline edge_value_t edge_str(const char *text) {
    return edge_str_n(text, strlen(text));
}

/** `len` bytes. */
static inline edge_value_t edge_bytes(const uint8_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_BYTES;
    value.of.bytes.data = data;
    value.of.bytes.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i8(const int8_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I8;
    value.of.vec_i8.data = data;
    value.of.vec_i8.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i16(const int16_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I16;
    value.of.vec_i16.data = data;
    value.of.vec_i16.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i32(const int32_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I32;
    value.of.vec_i32.data = data;
    value.of.vec_i32.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i64(const int64_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I64;
    value.of.vec_i64.data = data;
    value.of.vec_i64.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_u16(const uint16_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_U16;
    value.of.vec_u16.data = data;
    value.of.vec_u16.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_u32(const uint32_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_U32;
    value.of.vec_u32.data = data;
    value.of.vec_u32.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_u64(const uint64_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_U64;
    value.of.vec_u64.data = data;
    value.of.vec_u64.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_f32(const float *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_F32;
    value.of.vec_f32.data = data;
    value.of.vec_f32.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_f64(const double *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_F64;
    value.of.vec_f64.data = data;
    value.of.vec_f64.len = len;
    return value;
}

/** `len` values of any sort. */
static inline edge_value_t edge_list(const edge_value_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_LIST;
    value.of.list.data = data;
    value.of.list.len = len;
    return value;
}

/** A tuple of `len` members. */
static inline edge_value_t edge_tuple(const edge_value_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_TUPLE;
    value.of.list.data = data;
    value.of.list.len = len;
    return value;
}

/** `len` pairs: a map, a struct, or one pair from a variant of an enum to its payload. */
static inline edge_value_t edge_map(const edge_pair_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_MAP;
    value.of.map.data = data;
    value.of.map.len = len;
    return value;
}

/** A pair of a map: the field `key` of a struct. */
static inline edge_pair_t edge_pair(const char *key, edge_value_t v) {
    edge_pair_t pair;
    pair.key = edge_str(key);
    pair.value = v;
    return pair;
}

/** Whether two texts are the same. */
static inline bool edge_view_equal(edge_view_t view, const char *text) {
    return view.len == strlen(text) && (view.len == 0 || memcmp(view.data, text, view.len) == 0);
}

/** The field `key` of a struct, or the value under the string `key` of a map; NULL when there is none. A view into `map`. */
static inline const edge_value_t *edge_map_get(const edge_value_t *map, const char *key) {
    size_t index, len = strlen(key);
    if (map == NULL || map->kind != EDGE_VALUE_MAP) return NULL;
    for (index = 0; index < map->of.map.len; index++) {
        const edge_pair_t *pair = &map->of.map.data[index];
        if (pair->key.kind != EDGE_VALUE_STRING || pair->key.of.string.len != len) continue;
        if (memcmp(pair->key.of.string.data, key, len) == 0) return &pair->value;
    }
    return NULL;
}

/** The core value of a `int32_t`. */
static inline edge_val_t edge_val_i32(int32_t v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_I32;
    value.of.i32 = v;
    return value;
}

/** The core value of a `int64_t`. */
static inline edge_val_t edge_val_i64(int64_t v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_I64;
    value.of.i64 = v;
    return value;
}

/** The core value of a `float`. */
static inline edge_val_t edge_val_f32(float v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_F32;
    value.of.f32 = v;
    return value;
}

/** The core value of a `double`. */
static inline edge_val_t edge_val_f64(double v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_F64;
    value.of.f64 = v;
    return value;
}

/** The core value of a vector: 16 bytes, lane 0 first, each lane little-endian. */
static inline edge_val_t edge_val_v128(const uint8_t *bytes) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_V128;
    memcpy(value.of.v128, bytes, sizeof value.of.v128);
    return value;
}

/** A reference to a function; NULL is the null reference. Borrowed. */
static inline edge_val_t edge_val_func(edge_func_t *func) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_FUNCREF;
    value.of.func = func;
    return value;
}

/** A reference to an object of the host; NULL is the null reference. Borrowed. */
static inline edge_val_t edge_val_externref(edge_externref_t *externref) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_EXTERNREF;
    value.of.externref = externref;
    return value;
}

/** A reference to an exception; NULL is the null reference. Borrowed. */
static inline edge_val_t edge_val_exnref(edge_exnref_t *exnref) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_EXNREF;
    value.of.exnref = exnref;
    return value;
}

#ifdef __cplusplus
}
#endif

#endif  /* EDGE_H */
