/* Shared memories: copies and atomics from several threads, waiting and waking between hosts and guests of several stores. */

#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "check.h"

#define WORKER                                                                                                         \
    "(module (import \"env\" \"memory\" (memory 1 4 shared)) (export \"shared\" (memory 0))"                           \
    " (func (export \"count\") (param i32) (loop $l"                                                                   \
    "  (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))"                                                        \
    "  (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))"                                               \
    " (func (export \"wait\") (param i64) (result i32)"                                                                \
    "  (i32.atomic.store (i32.const 16) (i32.const 1))"                                                                \
    "  (memory.atomic.wait32 (i32.const 8) (i32.const 0) (local.get 0)))"                                              \
    " (func (export \"wake\") (result i32) (memory.atomic.notify (i32.const 8) (i32.const 10))))"

static edge_shared_memory_t *make(uint64_t min, uint64_t max) {
    edge_type_t *ty;
    edge_shared_memory_t *memory;
    CHECK_OK(edge_type_shared_memory(min, max, false, &ty));
    CHECK_OK(edge_shared_memory_new(NULL, ty, &memory));
    edge_type_free(ty);
    return memory;
}

static edge_vm_t *worker(const edge_shared_memory_t *memory) {
    edge_linker_t *linker;
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_OK(edge_linker_define_shared_memory(linker, EDGE_STR("env"), EDGE_STR("memory"), memory));
    CHECK_OK(edge_options_set_linker(options, linker));
    CHECK_OK(edge_vm_load_text(EDGE_STR(WORKER), options, &vm));
    edge_options_free(options), edge_linker_free(linker);
    return vm;
}

static void basics(void) {
    edge_shared_memory_t *memory = make(1, 3), *other = make(1, 3), *clone = edge_shared_memory_clone(memory);
    edge_type_t *ty = edge_shared_memory_type(memory);
    uint64_t min, max, before = 9;
    char text[6] = "";
    CHECK(edge_type_limits(ty, &min, &max) && min == 1 && max == 3 && edge_type_is_shared(ty) && !edge_type_is_64(ty));
    edge_type_free(ty);
    CHECK(edge_shared_memory_same(memory, clone) && !edge_shared_memory_same(memory, other));
    CHECK_OK(edge_shared_memory_write(memory, 65530, (const uint8_t *)"hello", 6));
    CHECK_OK(edge_shared_memory_read(clone, 65530, (uint8_t *)text, 6));
    CHECK(strcmp(text, "hello") == 0);
    CHECK_ERROR(edge_shared_memory_read(memory, 65531, (uint8_t *)text, 6), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "6 bytes at 65531");
    CHECK_ERROR(edge_shared_memory_write(memory, UINT64_MAX, (const uint8_t *)text, 2), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "65536 bytes");
    CHECK_OK(edge_shared_memory_read(memory, 65536, NULL, 0));
    CHECK_OK(edge_shared_memory_grow(memory, 1, &before));
    CHECK(before == 1 && edge_shared_memory_size(clone) == 2 && edge_shared_memory_data_size(clone) == 131072);
    CHECK_OK(edge_shared_memory_grow(memory, 0, NULL));
    CHECK_ERROR(edge_shared_memory_grow(memory, 2, &before), EDGE_KIND_MEMORY_LIMIT, "");
    CHECK(before == 0);
    edge_shared_memory_free(memory), edge_shared_memory_free(other), edge_shared_memory_free(clone);
}

static void atomics(void) {
    static const uint32_t widths[] = {8, 16, 32, 64};
    edge_shared_memory_t *memory = make(1, 1);
    uint64_t value;
    for (size_t i = 0; i < 4; i++) {
        uint32_t bits = widths[i];
        uint64_t largest = UINT64_MAX >> (64 - bits), at = 64 * (i + 1);
        CHECK_OK(edge_shared_memory_atomic_store(memory, bits, at, largest));
        CHECK_OK(edge_shared_memory_atomic_load(memory, bits, at, &value));
        CHECK(value == largest);
        CHECK_OK(edge_shared_memory_atomic_add(memory, bits, at, 3, &value));
        CHECK(value == largest);
        CHECK_OK(edge_shared_memory_atomic_compare_exchange(memory, bits, at, 5, 6, &value));
        CHECK(value == 2);
        CHECK_OK(edge_shared_memory_atomic_compare_exchange(memory, bits, at, 2, 7, NULL));
        CHECK_OK(edge_shared_memory_atomic_load(memory, bits, at, &value));
        CHECK(value == 7);
        /* Nothing beside it was touched. */
        CHECK_OK(edge_shared_memory_atomic_load(memory, 64, at + 8, &value));
        CHECK(value == 0);
        CHECK_ERROR(edge_shared_memory_atomic_load(memory, bits, 65536, &value), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "65536");
        if (bits == 8) continue;
        CHECK_ERROR(edge_shared_memory_atomic_load(memory, bits, at + 1, &value), EDGE_KIND_UNALIGNED_ATOMIC, "has to be a multiple");
    }
    CHECK_ERROR(edge_shared_memory_atomic_store(memory, 8, 0, 256), EDGE_KIND_ARGUMENT_TYPE, "`value` is 256, which 8 bits do not hold");
    CHECK_ERROR(edge_shared_memory_atomic_compare_exchange(memory, 16, 0, 65536, 0, &value), EDGE_KIND_ARGUMENT_TYPE, "`expected` is 65536");
    CHECK_ERROR(edge_shared_memory_atomic_compare_exchange(memory, 16, 0, 0, 65536, &value), EDGE_KIND_ARGUMENT_TYPE, "`replacement`");
    CHECK_ERROR(edge_shared_memory_atomic_add(memory, 24, 0, 0, &value), EDGE_KIND_ARGUMENT_TYPE, "`bits` is 24");
    CHECK_ERROR(edge_shared_memory_atomic_load(memory, 32, 0, NULL), EDGE_KIND_ARGUMENT_TYPE, "`out` is NULL");
    edge_shared_memory_free(memory);
}

enum { THREADS = 4, ROUNDS = 10000 };

static void *count(void *vm) {
    edge_value_t rounds[] = {edge_i32(ROUNDS)};
    return edge_vm_run(vm, EDGE_STR("count"), rounds, 1, NULL);
}

static void *count_here(void *memory) {
    for (int i = 0; i < ROUNDS; i++) edge_error_free(edge_shared_memory_atomic_add(memory, 32, 0, 1, NULL));
    return NULL;
}

/* Guests of four stores and the host count in one memory. */
static void counting(void) {
    edge_shared_memory_t *memory = make(1, 4), *exported;
    edge_vm_t *vms[THREADS];
    edge_instance_t *instance;
    edge_memory_t *none;
    pthread_t threads[THREADS + 1];
    void *error;
    uint64_t value;
    int i;
    for (i = 0; i < THREADS; i++) {
        vms[i] = worker(memory);
        pthread_create(&threads[i], NULL, count, vms[i]);
    }
    pthread_create(&threads[THREADS], NULL, count_here, memory);
    for (i = 0; i <= THREADS; i++) {
        pthread_join(threads[i], &error);
        CHECK_OK(error);
    }
    CHECK_OK(edge_shared_memory_atomic_load(memory, 32, 0, &value));
    CHECK(value == (THREADS + 1) * ROUNDS);
    instance = edge_vm_instance(vms[0]);
    CHECK_OK(edge_instance_shared_memory(instance, EDGE_STR("shared"), &exported));
    CHECK(edge_shared_memory_same(memory, exported));
    edge_shared_memory_free(exported);
    CHECK_ERROR(edge_instance_memory(instance, EDGE_STR("shared"), &none), EDGE_KIND_WRONG_EXPORT_KIND, "shared");
    CHECK_ERROR(edge_instance_shared_memory(instance, EDGE_STR("count"), &exported), EDGE_KIND_WRONG_EXPORT_KIND, "shared memory");
    CHECK(exported == NULL);
    edge_instance_free(instance);
    /* The memory outlives its stores, and the stores their handle of it. */
    edge_shared_memory_free(memory);
    CHECK_OK(edge_vm_run(vms[1], EDGE_STR("wake"), NULL, 0, NULL));
    for (i = 0; i < THREADS; i++) edge_vm_free(vms[i]);
}

static void *wait_as_guest(void *vm) {
    edge_value_t for_ever[] = {edge_i64(-1)}, result;
    edge_error_t *error = edge_vm_run(vm, EDGE_STR("wait"), for_ever, 1, &result);
    CHECK(error == NULL && result.of.i32 == 0);
    edge_error_free(error);
    return NULL;
}

static void *wait_as_host(void *memory) {
    edge_wait_t outcome = EDGE_WAIT_TIMED_OUT;
    CHECK_OK(edge_shared_memory_wait64(memory, 8, 0, EDGE_NO_LIMIT, &outcome));
    CHECK(outcome == EDGE_WAIT_WOKEN);
    return NULL;
}

static void waiting(void) {
    edge_shared_memory_t *memory = make(1, 4);
    edge_vm_t *vm = worker(memory), *waker = worker(memory);
    edge_wait_t outcome = EDGE_WAIT_WOKEN;
    edge_value_t result;
    pthread_t guest, host;
    uint32_t woken, sum;
    CHECK_OK(edge_shared_memory_wait32(memory, 8, 1, EDGE_NO_LIMIT, &outcome));
    CHECK(outcome == EDGE_WAIT_DIFFERENT);
    CHECK_OK(edge_shared_memory_wait32(memory, 8, 0, 1000000, &outcome));
    CHECK(outcome == EDGE_WAIT_TIMED_OUT);
    CHECK_OK(edge_shared_memory_wait64(memory, 8, 1, 0, NULL));
    CHECK_OK(edge_shared_memory_notify(memory, 8, 5, &woken));
    CHECK(woken == 0);
    CHECK_ERROR(edge_shared_memory_wait32(memory, 9, 0, 0, NULL), EDGE_KIND_UNALIGNED_ATOMIC, "");
    CHECK_ERROR(edge_shared_memory_wait64(memory, 65536, 0, 0, NULL), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "");
    CHECK_ERROR(edge_shared_memory_notify(memory, 2, 0, NULL), EDGE_KIND_UNALIGNED_ATOMIC, "");

    /* The host wakes guests, guests wake hosts. Who waits cannot be seen from outside: it is woken until it was there. */
    pthread_create(&guest, NULL, wait_as_guest, vm);
    for (sum = 0; sum == 0; sched_yield()) edge_error_free(edge_shared_memory_notify(memory, 8, 1, &sum));
    pthread_join(guest, NULL);
    pthread_create(&host, NULL, wait_as_host, memory);
    for (sum = 0; sum == 0; sched_yield()) {
        edge_error_free(edge_vm_run(waker, EDGE_STR("wake"), NULL, 0, &result));
        sum = (uint32_t)result.of.i32;
    }
    pthread_join(host, NULL);
    edge_vm_free(vm), edge_vm_free(waker), edge_shared_memory_free(memory);
}

static edge_error_t *wait_within(void *memory) { return edge_shared_memory_wait32(memory, 8, 0, EDGE_NO_LIMIT, NULL); }

/* A host function that waits: for its caller's own memory, which it does not know otherwise. */
static edge_error_t *nap(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                         size_t nresults) {
    edge_shared_memory_t *memory;
    edge_memory_t *plain;
    edge_error_t *error;
    (void)env, (void)args, (void)nargs, (void)results, (void)nresults;
    CHECK_ERROR(edge_caller_shared_memory(caller, 1, &memory), EDGE_KIND_UNKNOWN_EXPORT, "no shared memory of index 1");
    CHECK_ERROR(edge_caller_memory(caller, 0, &plain), EDGE_KIND_UNKNOWN_EXPORT, "no memory of index 0");
    error = edge_caller_shared_memory(caller, 0, &memory);
    if (error == NULL) error = wait_within(memory);
    edge_shared_memory_free(memory);
    return error;
}

/* Deadlines end waiting: a guest's, a host's within its options, and that of a host function. */
static void ending(void) {
    edge_shared_memory_t *memory = make(1, 4);
    edge_vm_t *vm = worker(memory), *napping;
    edge_store_t *store = edge_vm_store(vm);
    edge_call_options_t *options = edge_call_options_new();
    edge_value_t for_ever[] = {edge_i64(-1)}, result;
    edge_linker_t *linker;
    edge_type_t *ty;
    edge_options_t *load = edge_options_new();
    CHECK_OK(edge_call_options_set_deadline(options, 10000000));
    CHECK_ERROR(edge_vm_run_with(vm, options, EDGE_STR("wait"), for_ever, 1, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "");
    CHECK_ERROR(edge_store_within(store, options, wait_within, memory), EDGE_KIND_DEADLINE_EXCEEDED, "");
    CHECK_OK(edge_vm_run(vm, EDGE_STR("wake"), NULL, 0, &result));
    CHECK(result.of.i32 == 0);

    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_OK(edge_type_func(NULL, 0, NULL, 0, &ty));
    CHECK_OK(edge_linker_func(linker, EDGE_STR("env"), EDGE_STR("nap"), ty, nap, NULL, NULL));
    CHECK_OK(edge_options_set_linker(load, linker));
    CHECK_OK(edge_vm_load_text(EDGE_STR("(module (import \"env\" \"nap\" (func $nap)) (memory 1 1 shared)"
                                        " (func (export \"run\") (call $nap)))"),
                               load, &napping));
    CHECK_ERROR(edge_vm_run_with(napping, options, EDGE_STR("run"), NULL, 0, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "");
    edge_vm_free(napping), edge_options_free(load), edge_type_free(ty), edge_linker_free(linker);
    edge_call_options_free(options), edge_store_free(store), edge_vm_free(vm), edge_shared_memory_free(memory);
}

static void mistakes(void) {
    edge_shared_memory_t *memory = make(1, 4), *none = memory;
    edge_engine_t *engine;
    edge_module_t *module;
    edge_linker_t *linker;
    edge_store_t *store;
    edge_instance_t *instance;
    edge_type_t *ty;
    edge_memory_t *plain;
    CHECK_ERROR(edge_type_shared_memory(1, EDGE_NO_MAXIMUM, false, &ty), EDGE_KIND_ARGUMENT_TYPE, "needs a maximum");
    CHECK_ERROR(edge_type_shared_memory(2, 1, false, &ty), EDGE_KIND_ARGUMENT_TYPE, "less than the minimum");
    CHECK_OK(edge_type_memory(1, 2, &ty));
    CHECK_ERROR(edge_shared_memory_new(NULL, ty, &none), EDGE_KIND_ARGUMENT_TYPE, "has to say that it is shared");
    CHECK(none == NULL);
    edge_type_free(ty);
    CHECK_OK(edge_store_new(NULL, NULL, &store));
    CHECK_OK(edge_type_shared_memory(1, 2, true, &ty));
    CHECK(edge_type_is_64(ty) && edge_type_is_shared(ty));
    CHECK_ERROR(edge_memory_new(store, ty, &plain), EDGE_KIND_ARGUMENT_TYPE, "shared memory");
    edge_type_free(ty);
    CHECK_ERROR(edge_shared_memory_new(NULL, NULL, &none), EDGE_KIND_ARGUMENT_TYPE, "`ty` is NULL");
    edge_store_free(store);

    /* Another engine's store cannot have it. */
    CHECK_OK(edge_engine_new(NULL, &engine));
    CHECK_OK(edge_store_new(engine, NULL, &store));
    CHECK_OK(edge_linker_new(engine, &linker));
    CHECK_OK(edge_module_from_text(engine, EDGE_STR(WORKER), &module));
    CHECK_OK(edge_linker_define_shared_memory(linker, EDGE_STR("env"), EDGE_STR("memory"), memory));
    CHECK_ERROR(edge_linker_instantiate(linker, store, module, &instance), EDGE_KIND_WRONG_STORE, "engine");
    CHECK_ERROR(edge_linker_define_shared_memory(linker, EDGE_STR("a"), EDGE_STR("b"), NULL), EDGE_KIND_ARGUMENT_TYPE, "`memory` is NULL");
    edge_module_free(module), edge_linker_free(linker), edge_store_free(store), edge_engine_free(engine);

    CHECK_ERROR(edge_shared_memory_read(NULL, 0, NULL, 0), EDGE_KIND_ARGUMENT_TYPE, "`memory` is NULL");
    CHECK_ERROR(edge_shared_memory_read(memory, 0, NULL, 1), EDGE_KIND_ARGUMENT_TYPE, "`buffer` is NULL");
    CHECK_ERROR(edge_shared_memory_write(memory, 0, NULL, 1), EDGE_KIND_ARGUMENT_TYPE, "`bytes` is NULL");
    CHECK_ERROR(edge_shared_memory_grow(NULL, 0, NULL), EDGE_KIND_ARGUMENT_TYPE, "`memory` is NULL");
    CHECK_ERROR(edge_shared_memory_atomic_store(NULL, 8, 0, 0), EDGE_KIND_ARGUMENT_TYPE, "`memory` is NULL");
    CHECK_ERROR(edge_shared_memory_wait32(NULL, 0, 0, 0, NULL), EDGE_KIND_ARGUMENT_TYPE, "`memory` is NULL");
    CHECK_ERROR(edge_shared_memory_notify(NULL, 0, 0, NULL), EDGE_KIND_ARGUMENT_TYPE, "`memory` is NULL");
    CHECK(edge_shared_memory_size(NULL) == 0 && edge_shared_memory_data_size(NULL) == 0 && edge_shared_memory_type(NULL) == NULL);
    CHECK(!edge_shared_memory_same(NULL, NULL) && edge_shared_memory_clone(NULL) == NULL);
    edge_shared_memory_free(NULL);
    edge_shared_memory_free(memory);
}

int main(void) {
    alarm(120);
    basics();
    atomics();
    counting();
    waiting();
    ending();
    mistakes();
    return check_report();
}
