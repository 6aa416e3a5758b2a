/* What programs do wrong: objects of another store or engine, handles freed in any order, calls from within calls and from other
 * threads, after closing, with wrong values. Each comes to a typed error, and the sanitizers see nothing. */

#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "check.h"

static edge_module_t *compile(const edge_engine_t *engine, const char *wat) {
    edge_module_t *module = NULL;
    CHECK_OK(edge_module_from_text(engine, EDGE_STR(wat), &module));
    return module;
}

static edge_instance_t *instantiate(const edge_linker_t *linker, const edge_store_t *store, const char *wat) {
    edge_module_t *module = compile(NULL, wat);
    edge_instance_t *instance = NULL;
    CHECK_OK(edge_linker_instantiate(linker, store, module, &instance));
    edge_module_free(module);
    return instance;
}

#define PARTS                                                                                                          \
    "(module (memory (export \"memory\") 1) (table (export \"table\") 2 funcref) (tag (export \"tag\"))"               \
    " (global (export \"global\") (mut funcref) (ref.null func))"                                                      \
    " (func (export \"take\") (param funcref)) (func (export \"answer\") (result i32) (i32.const 42)))"

/* Every way for an object of one store to come into another. */
static void wrong_store(void) {
    edge_store_t *here, *there;
    edge_linker_t *linker;
    CHECK_OK(edge_store_new(NULL, NULL, &here));
    CHECK_OK(edge_store_new(NULL, NULL, &there));
    CHECK_OK(edge_linker_new(NULL, &linker));
    edge_instance_t *ours = instantiate(linker, here, PARTS), *theirs = instantiate(linker, there, PARTS), *none;
    edge_func_t *foreign, *take;
    edge_table_t *table;
    edge_global_t *global;
    edge_memory_t *memory;
    edge_tag_t *tag;
    edge_exnref_t *exception;
    CHECK_OK(edge_instance_func(theirs, EDGE_STR("answer"), &foreign));
    CHECK_OK(edge_instance_func(ours, EDGE_STR("take"), &take));
    CHECK_OK(edge_instance_table(ours, EDGE_STR("table"), &table));
    CHECK_OK(edge_instance_global(ours, EDGE_STR("global"), &global));
    CHECK_OK(edge_instance_tag(theirs, EDGE_STR("tag"), &tag));
    edge_val_t value = edge_val_func(foreign);
    CHECK_ERROR(edge_func_call(take, &value, 1, NULL, 0), EDGE_KIND_WRONG_STORE, "another store");
    CHECK_ERROR(edge_table_set(table, 0, &value), EDGE_KIND_WRONG_STORE, "another store");
    CHECK_ERROR(edge_table_grow(table, 1, &value, NULL), EDGE_KIND_WRONG_STORE, "another store");
    CHECK_ERROR(edge_global_set(global, &value), EDGE_KIND_WRONG_STORE, "another store");
    CHECK_ERROR(edge_exnref_new(here, tag, NULL, 0, &exception), EDGE_KIND_WRONG_STORE, "another store");
    CHECK(exception == NULL && edge_table_size(table) == 2);

    /* As imports, each of its sort. */
    const char *const imports[] = {"(module (import \"m\" \"memory\" (memory 1)))", "(module (import \"m\" \"table\" (table 2 funcref)))",
                                   "(module (import \"m\" \"global\" (global (mut funcref))))", "(module (import \"m\" \"tag\" (tag)))",
                                   "(module (import \"m\" \"answer\" (func (result i32))))"};
    CHECK_OK(edge_linker_define_instance(linker, EDGE_STR("m"), theirs));
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        edge_module_t *module = compile(NULL, imports[i]);
        CHECK_ERROR(edge_linker_instantiate(linker, here, module, &none), EDGE_KIND_WRONG_STORE, "belongs to another store");
        CHECK(none == NULL);
        CHECK_OK(edge_linker_instantiate(linker, there, module, &none));
        edge_instance_free(none), edge_module_free(module);
    }
    /* Nothing of it stayed: ours works. */
    CHECK_OK(edge_instance_memory(ours, EDGE_STR("memory"), &memory));
    CHECK(edge_memory_size(memory) == 1);
    edge_memory_free(memory), edge_tag_free(tag), edge_global_free(global), edge_table_free(table);
    edge_func_free(foreign), edge_func_free(take);
    edge_instance_free(ours), edge_instance_free(theirs), edge_linker_free(linker), edge_store_free(here), edge_store_free(there);
}

static void wrong_engine(void) {
    edge_engine_t *engine;
    edge_store_t *ours, *theirs;
    edge_linker_t *linker;
    edge_instance_t *none;
    edge_host_module_t *host;
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    CHECK_OK(edge_engine_new(NULL, &engine));
    CHECK_OK(edge_store_new(NULL, NULL, &ours));
    CHECK_OK(edge_store_new(engine, NULL, &theirs));
    CHECK_OK(edge_linker_new(NULL, &linker));
    edge_module_t *module = compile(NULL, "(module)"), *foreign = compile(engine, "(module)");
    CHECK_ERROR(edge_linker_instantiate(linker, ours, foreign, &none), EDGE_KIND_WRONG_STORE, "engine");
    CHECK_ERROR(edge_linker_instantiate(linker, theirs, module, &none), EDGE_KIND_WRONG_STORE, "engine");
    CHECK_ERROR(edge_linker_instantiate(linker, theirs, foreign, &none), EDGE_KIND_WRONG_STORE, "engine");
    CHECK_OK(edge_host_module_new(EDGE_STR("host"), &host));
    CHECK_ERROR(edge_linker_host_module(linker, theirs, host), EDGE_KIND_WRONG_STORE, "engine");
    CHECK_OK(edge_options_set_linker(options, linker));
    CHECK_ERROR(edge_vm_load_module(foreign, options, &vm), EDGE_KIND_WRONG_STORE, "engine");
    CHECK(vm == NULL && none == NULL);
    edge_options_free(options), edge_host_module_free(host), edge_module_free(module), edge_module_free(foreign);
    edge_linker_free(linker), edge_store_free(ours), edge_store_free(theirs), edge_engine_free(engine);
}

/* All that a guest consists of. */
typedef struct {
    edge_engine_t *engine;
    edge_store_t *store;
    edge_linker_t *linker;
    edge_module_t *module;
    edge_instance_t *instance;
    edge_func_t *func;
    edge_memory_t *memory;
} parts_t;

enum { PART_COUNT = 7, ORDERS = 5040 };

static int host_calls, host_drops;

static edge_error_t *count_call(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                                size_t nresults) {
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    ++*(int *)env;
    return NULL;
}

static void count_drop(void *env) {
    (void)env;
    host_drops++;
}

static parts_t make_parts(edge_engine_t *engine, const edge_module_t *module) {
    parts_t parts = {edge_engine_clone(engine), NULL, NULL, edge_module_clone(module), NULL, NULL, NULL};
    edge_type_t *nothing;
    edge_error_t *errors[7];
    errors[0] = edge_store_new(engine, NULL, &parts.store);
    errors[1] = edge_linker_new(engine, &parts.linker);
    errors[2] = edge_type_func(NULL, 0, NULL, 0, &nothing);
    errors[3] = edge_linker_func(parts.linker, EDGE_STR("host"), EDGE_STR("called"), nothing, count_call, &host_calls, count_drop);
    errors[4] = edge_linker_instantiate(parts.linker, parts.store, parts.module, &parts.instance);
    errors[5] = edge_instance_func(parts.instance, EDGE_STR("run"), &parts.func);
    errors[6] = edge_instance_memory(parts.instance, EDGE_STR("memory"), &parts.memory);
    for (int i = 0; i < 7; i++) {
        if (errors[i] != NULL) CHECK_OK(errors[i]);
    }
    edge_type_free(nothing);
    return parts;
}

/* Frees one part, and uses those that are left. */
static bool free_part(parts_t *parts, int part) {
    uint8_t byte = 0;
    bool fine = true;
    edge_error_t *error = NULL;
    switch (part) {
    case 0: edge_engine_free(parts->engine); parts->engine = NULL; break;
    case 1: edge_store_free(parts->store); parts->store = NULL; break;
    case 2: edge_linker_free(parts->linker); parts->linker = NULL; break;
    case 3: edge_module_free(parts->module); parts->module = NULL; break;
    case 4: edge_instance_free(parts->instance); parts->instance = NULL; break;
    case 5: edge_func_free(parts->func); parts->func = NULL; break;
    default: edge_memory_free(parts->memory); parts->memory = NULL; break;
    }
    if (parts->func != NULL) error = edge_func_call(parts->func, NULL, 0, NULL, 0);
    if (error == NULL && parts->memory != NULL) error = edge_memory_read(parts->memory, 0, &byte, 1);
    if (parts->memory != NULL) fine = byte == 'x';
    if (parts->module != NULL) fine = fine && edge_module_export_count(parts->module) == 2;
    fine = fine && error == NULL;
    edge_error_free(error);
    return fine;
}

/* Handles are freed in every order that there is; what is left works, and the host function is dropped once at the end. */
static void orders(void) {
    edge_engine_t *engine;
    bool fine = true;
    CHECK_OK(edge_engine_new(NULL, &engine));
    edge_module_t *module = compile(engine, "(module (import \"host\" \"called\" (func $called)) (memory (export \"memory\") 1)"
                                            " (data (i32.const 0) \"x\") (func (export \"run\") (call $called)))");
    for (int order = 0; order < ORDERS; order++) {
        parts_t parts = make_parts(engine, module);
        int left[PART_COUNT] = {0, 1, 2, 3, 4, 5, 6}, rest = order;
        for (int count = PART_COUNT; count > 0; count--) {
            int pick = rest % count;
            rest /= count;
            fine = free_part(&parts, left[pick]) && fine;
            left[pick] = left[count - 1];
        }
        fine = fine && host_drops == order + 1;
    }
    CHECK(fine && host_calls > ORDERS);
    edge_module_free(module), edge_engine_free(engine);
}

#define REENTRANT                                                                                                      \
    "(module (import \"host\" \"do\" (func $do (param i32) (result i32)))"                                             \
    " (memory (export \"memory\") 1) (global $n (mut i32) (i32.const 0))"                                              \
    " (func (export \"bump\") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))"   \
    " (func (export \"_start\"))"                                                                                      \
    " (func (export \"run\") (param i32) (result i32) (call $do (local.get 0))))"

enum { AGAIN, RESET, CLOSE, START, FREE, DEEPER };

static edge_vm_t *last_handle;

/* Does to the very guest that called what the number says. */
static edge_error_t *do_it(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    edge_vm_t *vm = edge_host_call_vm(call);
    edge_error_t *error = NULL;
    edge_value_t deeper[] = {edge_i32(DEEPER)};
    (void)env, (void)nargs;
    *result = edge_i32(-1);
    switch (args[0].of.i32) {
    case AGAIN: error = edge_vm_run(vm, EDGE_STR("bump"), NULL, 0, result); break;
    case RESET: error = edge_vm_reset(vm); break;
    case CLOSE: error = edge_vm_close(vm); break;
    case START: error = edge_vm_start(vm, NULL); break;
    case FREE: edge_vm_free(last_handle); last_handle = NULL; break;
    default: error = edge_vm_run(vm, EDGE_STR("run"), deeper, 1, result); break;
    }
    edge_vm_free(vm);
    return error;
}

static edge_vm_t *reentrant(uint32_t recursion) {
    edge_options_t *options = edge_options_new();
    edge_limits_t *limits = edge_limits_new();
    edge_vm_t *vm = NULL;
    CHECK_OK(edge_limits_set_recursion(limits, recursion));
    CHECK_OK(edge_options_set_limits(options, limits));
    CHECK_OK(edge_options_import(options, EDGE_STR("host"), EDGE_STR("do"), do_it, NULL, NULL));
    CHECK_OK(edge_vm_load_text(EDGE_STR(REENTRANT), options, &vm));
    edge_options_free(options), edge_limits_free(limits);
    return vm;
}

static edge_error_t *run(const edge_vm_t *vm, int what, edge_value_t *result) {
    edge_value_t args[] = {edge_i32(what)};
    return edge_vm_run(vm, EDGE_STR("run"), args, 1, result);
}

static void calls_within_calls(void) {
    edge_vm_t *vm = reentrant(20);
    edge_value_t result;
    CHECK_OK(run(vm, AGAIN, &result));
    CHECK(result.of.i32 == 1);
    CHECK_ERROR(run(vm, RESET, NULL), EDGE_KIND_BUSY, "");
    CHECK_OK(run(vm, START, NULL));
    CHECK_ERROR(run(vm, DEEPER, NULL), EDGE_KIND_RECURSION_LIMIT, "20");
    CHECK_OK(run(vm, AGAIN, &result));
    CHECK(result.of.i32 == 2);
    /* The guest that a call runs in outlives the last handle, and being closed. */
    last_handle = vm;
    CHECK_OK(run(vm, FREE, &result));
    CHECK(result.of.i32 == -1 && last_handle == NULL);
    vm = reentrant(20);
    CHECK_OK(run(vm, CLOSE, &result));
    CHECK(edge_vm_is_closed(vm));
    CHECK_ERROR(run(vm, AGAIN, NULL), EDGE_KIND_CLOSED, "");
    edge_vm_free(vm);
}

/* Everything that a closed VM is asked. */
static void after_close(void) {
    edge_vm_t *vm = reentrant(5), *clone = edge_vm_clone(vm);
    edge_function_t *function;
    edge_func_t *func, *other;
    edge_memory_t *memory;
    edge_async_t *task;
    edge_buffer_t buffer;
    edge_call_options_t *options = edge_call_options_new();
    edge_value_t result;
    edge_val_t number;
    uint8_t byte = 1;
    int32_t code = 7;
    CHECK_OK(edge_vm_function(vm, EDGE_STR("bump"), &function));
    CHECK_OK(edge_vm_func(vm, EDGE_STR("bump"), &func));
    CHECK_OK(edge_vm_memory(vm, EDGE_STR("memory"), &memory));
    CHECK_OK(edge_vm_close(vm));
    CHECK_OK(edge_vm_close(clone));
    CHECK(edge_vm_is_closed(clone) && edge_vm_instance(vm) == NULL && edge_vm_store(vm) == NULL && !edge_vm_cancel(vm));
    CHECK_ERROR(edge_vm_run(clone, EDGE_STR("bump"), NULL, 0, &result), EDGE_KIND_CLOSED, "closed");
    CHECK_ERROR(edge_vm_run_with(vm, options, EDGE_STR("bump"), NULL, 0, &result), EDGE_KIND_CLOSED, "closed");
    CHECK_ERROR(edge_vm_run_msgpack(vm, EDGE_STR("bump"), (const uint8_t *)"\x90", 1, &buffer), EDGE_KIND_CLOSED, "closed");
    CHECK_ERROR(edge_function_call(function, NULL, 0, &result), EDGE_KIND_CLOSED, "closed");
    CHECK_ERROR(edge_function_call_with(function, options, NULL, 0, &result), EDGE_KIND_CLOSED, "closed");
    CHECK_ERROR(edge_vm_start(vm, &code), EDGE_KIND_CLOSED, "closed");
    CHECK(code == 0);
    CHECK_ERROR(edge_vm_reset(vm), EDGE_KIND_CLOSED, "closed");
    CHECK_ERROR(edge_vm_func(vm, EDGE_STR("bump"), &other), EDGE_KIND_CLOSED, "closed");
    CHECK_OK(edge_async_call(function, NULL, NULL, 0, NULL, NULL, &task));
    CHECK_ERROR(edge_async_result(task, &result), EDGE_KIND_CLOSED, "closed");
    edge_async_free(task);
    /* Handles of the parts keep them: closing ends the VM, and not what was taken out of it. */
    CHECK_OK(edge_func_call(func, NULL, 0, &number, 1));
    CHECK(number.of.i32 == 1);
    CHECK_OK(edge_memory_read(memory, 0, &byte, 1));
    CHECK(byte == 0);
    edge_vm_free(vm), edge_vm_free(clone);
    CHECK_ERROR(edge_function_call(function, NULL, 0, &result), EDGE_KIND_CLOSED, "closed");
    edge_function_free(function), edge_func_free(func), edge_memory_free(memory), edge_call_options_free(options);
}

static pthread_barrier_t inside;

/* Tells that the guest runs, and waits until it is told to go on. */
static edge_error_t *meet_twice(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    pthread_barrier_wait(&inside);
    pthread_barrier_wait(&inside);
    return NULL;
}

static void *run_meeting(void *vm) {
    CHECK_OK(edge_vm_run(vm, EDGE_STR("meet"), NULL, 0, NULL));
    return NULL;
}

/* Calls from another thread wait for their turn, as long as their options let them. */
static void other_threads(void) {
    edge_options_t *load = edge_options_new();
    edge_call_options_t *hurry = edge_call_options_new(), *stopped = edge_call_options_new();
    edge_cancel_token_t *token = edge_cancel_token_new();
    edge_vm_t *vm;
    edge_async_t *task;
    edge_value_t result;
    pthread_t thread;
    pthread_barrier_init(&inside, NULL, 2);
    CHECK_OK(edge_options_import(load, EDGE_STR("host"), EDGE_STR("meet"), meet_twice, NULL, NULL));
    CHECK_OK(edge_vm_load_text(EDGE_STR("(module (import \"host\" \"meet\" (func $meet)) (func (export \"meet\") (call $meet))"
                                        " (func (export \"answer\") (result i32) (i32.const 42)))"),
                               load, &vm));
    CHECK_OK(edge_call_options_set_deadline(hurry, 10000000));
    CHECK_OK(edge_call_options_set_cancel(stopped, token));
    pthread_create(&thread, NULL, run_meeting, vm);
    pthread_barrier_wait(&inside);
    CHECK_ERROR(edge_vm_run_with(vm, hurry, EDGE_STR("answer"), NULL, 0, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "");
    edge_cancel_token_cancel(token);
    CHECK_ERROR(edge_vm_run_with(vm, stopped, EDGE_STR("answer"), NULL, 0, NULL), EDGE_KIND_CANCELLED, "");
    /* Fuel is lent once it is the call's turn, and a call of the library's own thread is cancelled while it waits, too. */
    CHECK_OK(edge_call_options_set_fuel(hurry, 5));
    CHECK_ERROR(edge_vm_run_with(vm, hurry, EDGE_STR("answer"), NULL, 0, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "deadline");
    CHECK_OK(edge_async_run(vm, NULL, EDGE_STR("answer"), NULL, 0, NULL, NULL, &task));
    CHECK(!edge_async_wait_for(task, 1000000));
    edge_async_cancel(task);
    CHECK_ERROR(edge_async_result(task, NULL), EDGE_KIND_CANCELLED, "cancelled");
    edge_async_free(task);
    CHECK_OK(edge_async_run(vm, NULL, EDGE_STR("answer"), NULL, 0, NULL, NULL, &task));
    edge_async_free(task);
    pthread_barrier_wait(&inside);
    CHECK_OK(edge_vm_run(vm, EDGE_STR("answer"), NULL, 0, &result));
    CHECK(result.of.i32 == 42);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&inside);
    edge_vm_free(vm), edge_options_free(load), edge_cancel_token_free(token);
    edge_call_options_free(hurry), edge_call_options_free(stopped);
}

/* A host function whose results are not what its type says. */
static edge_error_t *bad_results(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                                 size_t nresults) {
    (void)caller, (void)args, (void)nargs, (void)nresults;
    results[0] = *(const edge_val_t *)env;
    return NULL;
}

/* Wrong values, types and lengths, through the doors below. */
static void wrong_values(void) {
    edge_store_t *store;
    edge_linker_t *linker;
    edge_func_t *func, *host;
    edge_type_t *type, *other;
    edge_global_t *global;
    edge_table_t *table;
    edge_memory_t *memory;
    edge_tag_t *tag;
    edge_val_t value = edge_val_i32(1), result;
    edge_slot_t slots[2];
    const edge_valtype_t i32[] = {EDGE_VALTYPE_I32}, bad[] = {99};
    uint8_t misaligned[64];
    CHECK_OK(edge_store_new(NULL, NULL, &store));
    CHECK_OK(edge_linker_new(NULL, &linker));
    edge_instance_t *instance = instantiate(linker, store,
                                            "(module (global (export \"c\") i32 (i32.const 1)) (memory (export \"m\") 1 1)"
                                            " (func (export \"id\") (param i32) (result i32) (local.get 0)))");
    CHECK_OK(edge_instance_func(instance, EDGE_STR("id"), &func));
    CHECK_ERROR(edge_func_call(func, NULL, 0, &result, 1), EDGE_KIND_ARGUMENT_COUNT, "");
    CHECK_ERROR(edge_func_call(func, NULL, 1, &result, 1), EDGE_KIND_ARGUMENT_TYPE, "`args` is NULL");
    CHECK_ERROR(edge_func_call(func, &value, 1, NULL, 1), EDGE_KIND_ARGUMENT_TYPE, "`results` is NULL");
    CHECK_ERROR(edge_func_call(func, &value, 1, &result, 0), EDGE_KIND_RESULT_TYPE, "results");
    CHECK_ERROR(edge_func_call(func, (const edge_val_t *)(misaligned + 1), 1, &result, 1), EDGE_KIND_ARGUMENT_TYPE, "not aligned");
    value.kind = 99;
    CHECK_ERROR(edge_func_call(func, &value, 1, &result, 1), EDGE_KIND_ARGUMENT_TYPE, "99 is not a type of value");
    value = edge_val_func(NULL);
    CHECK_ERROR(edge_func_call(func, &value, 1, &result, 1), EDGE_KIND_ARGUMENT_TYPE, "i32");
    CHECK_ERROR(edge_func_call_raw(func, slots, 0), EDGE_KIND_ARGUMENT_COUNT, "1 slots");
    CHECK_ERROR(edge_func_call_raw(func, NULL, 1), EDGE_KIND_ARGUMENT_TYPE, "`slots` is NULL");

    CHECK_ERROR(edge_type_func(bad, 1, NULL, 0, &type), EDGE_KIND_ARGUMENT_TYPE, "99 is not a type of value");
    CHECK_ERROR(edge_type_func(NULL, 1, NULL, 0, &type), EDGE_KIND_ARGUMENT_TYPE, "`params` is NULL");
    CHECK_ERROR(edge_type_memory(2, 1, &type), EDGE_KIND_ARGUMENT_TYPE, "less than the minimum");
    CHECK_ERROR(edge_type_table(EDGE_VALTYPE_I32, 0, 1, &type), EDGE_KIND_ARGUMENT_TYPE, "");
    CHECK_OK(edge_type_func(NULL, 0, i32, 1, &type));
    CHECK_ERROR(edge_memory_new(store, type, &memory), EDGE_KIND_ARGUMENT_TYPE, "type of a memory, and is that of a func");
    CHECK_ERROR(edge_table_new(store, type, NULL, &table), EDGE_KIND_ARGUMENT_TYPE, "type of a table");
    CHECK_ERROR(edge_global_new(store, type, &value, &global), EDGE_KIND_ARGUMENT_TYPE, "type of a global");
    CHECK_ERROR(edge_tag_new(store, type, &tag), EDGE_KIND_ARGUMENT_TYPE, "type of a tag");
    CHECK_OK(edge_type_memory(1, 1, &other));
    CHECK_ERROR(edge_func_new(store, other, bad_results, &value, NULL, &host), EDGE_KIND_ARGUMENT_TYPE, "type of a func");
    CHECK_OK(edge_instance_memory(instance, EDGE_STR("m"), &memory));
    CHECK_ERROR(edge_memory_grow(memory, 1, NULL), EDGE_KIND_MEMORY_LIMIT, "");
    CHECK_ERROR(edge_memory_grow(memory, UINT64_MAX, NULL), EDGE_KIND_MEMORY_LIMIT, "");
    CHECK_ERROR(edge_memory_write(memory, UINT64_MAX, misaligned, 2), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "");
    CHECK_OK(edge_instance_global(instance, EDGE_STR("c"), &global));
    value = edge_val_i32(2);
    CHECK_ERROR(edge_global_set(global, &value), EDGE_KIND_IMMUTABLE, "");
    CHECK_ERROR(edge_global_set(global, NULL), EDGE_KIND_ARGUMENT_TYPE, "`value` is NULL");

    /* What a host function gives is checked before the guest sees it. */
    CHECK_OK(edge_func_new(store, type, bad_results, &value, NULL, &host));
    value = edge_val_f32(1);
    CHECK_ERROR(edge_func_call(host, NULL, 0, &result, 1), EDGE_KIND_RESULT_TYPE, "result 0 must be i32, and is f32");
    value.kind = 77;
    CHECK_ERROR(edge_func_call(host, NULL, 0, &result, 1), EDGE_KIND_ARGUMENT_TYPE, "77 is not a type of value");
    value = edge_val_i32(9);
    CHECK_OK(edge_func_call(host, NULL, 0, &result, 1));
    CHECK(result.of.i32 == 9);
    edge_val_free(&result), edge_val_free(&result), edge_val_free(NULL);
    edge_func_free(host), edge_func_free(func), edge_global_free(global), edge_memory_free(memory);
    edge_type_free(type), edge_type_free(other), edge_instance_free(instance), edge_linker_free(linker), edge_store_free(store);
}

static edge_error_t *absent(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return edge_error_new(0, EDGE_STR("not for this test"), NULL, NULL);
}

/* A guest that panicked answers nothing until it is reset, whichever door is tried. */
static void poisoned(const char *path) {
    const char *const imports[] = {"bytes_round", "note", "transform", "fetch", "fail_host", "fail_typed", "reenter", "multiply",
                                   "sum", "areas"};
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    edge_function_t *add;
    edge_async_t *task;
    edge_slot_t slots[2];
    edge_value_t text[] = {edge_str("broken")}, numbers[] = {edge_i32(1), edge_i32(2)}, result;
    edge_buffer_t cause;
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        CHECK_OK(edge_options_import(options, EDGE_STR("app"), EDGE_STR(imports[i]), absent, NULL, NULL));
    }
    CHECK_OK(edge_vm_load(EDGE_STR(path), options, &vm));
    CHECK_OK(edge_vm_function(vm, EDGE_STR("add"), &add));
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("panics"), text, 1, NULL), EDGE_KIND_GUEST_PANIC, "broken");
    CHECK(edge_vm_poisoned(vm, &cause) && cause.len > 0);
    edge_buffer_free(&cause);
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("add"), numbers, 2, &result), EDGE_KIND_POISONED, "broken");
    CHECK_ERROR(edge_function_call(add, numbers, 2, &result), EDGE_KIND_POISONED, "broken");
    slots[0].i32 = 1, slots[1].i32 = 2;
    CHECK_ERROR(edge_function_call_scalar(add, slots, 2), EDGE_KIND_POISONED, "broken");
    CHECK_OK(edge_async_call(add, NULL, numbers, 2, NULL, NULL, &task));
    CHECK_ERROR(edge_async_result(task, &result), EDGE_KIND_POISONED, "broken");
    edge_async_free(task);
    CHECK_OK(edge_vm_reset(vm));
    CHECK(!edge_vm_poisoned(vm, &cause) && cause.data == NULL);
    CHECK_OK(edge_function_call(add, numbers, 2, &result));
    CHECK(result.of.i32 == 3);
    edge_function_free(add), edge_vm_free(vm), edge_options_free(options);
}

int main(int argc, char **argv) {
    alarm(120);
    if (argc < 2) return 2;
    wrong_store();
    wrong_engine();
    orders();
    calls_within_calls();
    after_close();
    other_threads();
    wrong_values();
    poisoned(argv[1]);
    return check_report();
}
