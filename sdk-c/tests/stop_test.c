/* Every way to end a call, for every way in which a guest can keep a thread. A watchdog ends the program that hangs. */

#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "check.h"

#define GUEST                                                                                                          \
    "(module (import \"host\" \"started\" (func $started))"                                                            \
    " (import \"wasi_snapshot_preview1\" \"poll_oneoff\" (func $poll (param i32 i32 i32 i32) (result i32)))"           \
    " (import \"wasi_snapshot_preview1\" \"fd_read\" (func $read (param i32 i32 i32 i32) (result i32)))"               \
    " (memory (export \"memory\") 65536) (memory $shared 1 1 shared)"                                                  \
    " (func (export \"spin\") (call $started) (loop $l (br $l)))"                                                      \
    " (func (export \"calls\") (loop $l (call $started) (br $l)))"                                                     \
    " (func (export \"fill\") (call $started)"                                                                         \
    "  (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)) (br $l)))"                                    \
    /* One subscription to a clock: an hour from now. */                                                               \
    " (func (export \"poll\") (call $started) (memory.fill (i32.const 0) (i32.const 0) (i32.const 64))"                \
    "  (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))"                  \
    "  (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"                                \
    /* Another to standard input, a pipe that nobody writes: until there is something to read. */                      \
    " (func (export \"ready\") (call $started) (memory.fill (i32.const 0) (i32.const 0) (i32.const 64))"                \
    "  (i32.store8 (i32.const 8) (i32.const 1))"                                                                       \
    "  (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"                                \
    /* A word of shared memory that nobody wakes. */                                                                   \
    " (func (export \"park\") (call $started)"                                                                         \
    "  (drop (memory.atomic.wait32 $shared (i32.const 0) (i32.const 0) (i64.const -1))))"                              \
    /* The same pipe, read. */                                                                                         \
    " (func (export \"read\") (call $started) (i32.store (i32.const 256) (i32.const 512))"                             \
    "  (i32.store (i32.const 260) (i32.const 16))"                                                                     \
    "  (drop (call $read (i32.const 0) (i32.const 256) (i32.const 1) (i32.const 300))))"                               \
    " (func (export \"fine\") (result i32) (i32.const 7)))"

static const char *const endless[] = {"spin", "calls", "fill", "poll", "ready", "park", "read"};
enum { ENDLESS = sizeof endless / sizeof *endless };

/* Raised by the guest, once, when it runs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool running;

static edge_error_t *started(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                             edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    pthread_mutex_lock(&lock);
    running = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void wait_until_running(void) {
    pthread_mutex_lock(&lock);
    while (!running) pthread_cond_wait(&changed, &lock);
    running = false;
    pthread_mutex_unlock(&lock);
}

static void set_running(bool value) {
    pthread_mutex_lock(&lock);
    running = value;
    pthread_mutex_unlock(&lock);
}

static edge_vm_t *load(void) {
    edge_options_t *options = edge_options_new();
    edge_wasi_t *wasi = edge_wasi_new();
    edge_limits_t *limits = edge_limits_new();
    edge_vm_t *vm = NULL;
    CHECK_OK(edge_wasi_stdin_inherit(wasi));
    CHECK_OK(edge_limits_set_memory(limits, UINT64_C(5) << 30));
    CHECK_OK(edge_options_set_wasi(options, wasi));
    CHECK_OK(edge_options_set_limits(options, limits));
    CHECK_OK(edge_options_import(options, EDGE_STR("host"), EDGE_STR("started"), started, NULL, NULL));
    CHECK_OK(edge_vm_load_text(EDGE_STR(GUEST), options, &vm));
    edge_limits_free(limits);
    edge_wasi_free(wasi);
    edge_options_free(options);
    return vm;
}

/* A plain guest that was stopped goes on to work. */
static void still_works(edge_vm_t *vm) {
    edge_value_t result;
    CHECK_OK(edge_vm_run(vm, EDGE_STR("fine"), NULL, 0, &result));
    CHECK(result.kind == EDGE_VALUE_I32 && result.of.i32 == 7);
    CHECK(!edge_vm_poisoned(vm, NULL));
    set_running(false);
}

static void deadlines(edge_vm_t *vm) {
    edge_call_options_t *options = edge_call_options_new();
    int i;
    CHECK(edge_call_options_deadline(options) == EDGE_NO_LIMIT);
    CHECK_OK(edge_call_options_set_deadline(options, 20000000));
    CHECK(edge_call_options_deadline(options) == 20000000);
    for (i = 0; i < ENDLESS; i++) {
        CHECK_ERROR(edge_vm_run_with(vm, options, EDGE_STR(endless[i]), NULL, 0, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "deadline");
        still_works(vm);
    }
    edge_call_options_free(options);
}

static void *cancel_token(void *token) {
    wait_until_running();
    edge_cancel_token_cancel(token);
    return NULL;
}

static void *cancel_vm(void *vm) {
    wait_until_running();
    CHECK(edge_vm_cancel(vm));
    return NULL;
}

static void *cancel_store(void *store) {
    wait_until_running();
    CHECK(edge_store_cancel(store));
    return NULL;
}

static void tokens(edge_vm_t *vm) {
    int i;
    for (i = 0; i < ENDLESS; i++) {
        edge_cancel_token_t *token = edge_cancel_token_new();
        edge_call_options_t *options = edge_call_options_new();
        pthread_t thread;
        CHECK_OK(edge_call_options_set_cancel(options, token));
        CHECK(!edge_cancel_token_is_cancelled(token));
        pthread_create(&thread, NULL, cancel_token, token);
        CHECK_ERROR(edge_vm_run_with(vm, options, EDGE_STR(endless[i]), NULL, 0, NULL), EDGE_KIND_CANCELLED, "cancelled");
        pthread_join(thread, NULL);
        CHECK(edge_cancel_token_is_cancelled(token));
        /* Later calls under the token do not begin. */
        CHECK_ERROR(edge_vm_run_with(vm, options, EDGE_STR("fine"), NULL, 0, NULL), EDGE_KIND_CANCELLED, "cancelled");
        still_works(vm);
        edge_call_options_free(options);
        edge_cancel_token_free(token);
    }
}

static void from_another_thread(edge_vm_t *vm) {
    edge_store_t *store = edge_vm_store(vm);
    int i;
    CHECK(!edge_vm_cancel(vm) && !edge_store_cancel(store));
    for (i = 0; i < ENDLESS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, i % 2 ? cancel_vm : cancel_store, i % 2 ? (void *)vm : (void *)store);
        CHECK_ERROR(edge_vm_run(vm, EDGE_STR(endless[i]), NULL, 0, NULL), EDGE_KIND_CANCELLED, "cancelled");
        pthread_join(thread, NULL);
        still_works(vm);
    }
    edge_store_free(store);
}

/* Every door obeys options. */
static void every_door(edge_vm_t *vm) {
    edge_cancel_token_t *token = edge_cancel_token_new();
    edge_call_options_t *options = edge_call_options_new();
    edge_store_t *store = edge_vm_store(vm);
    edge_function_t *function = NULL;
    edge_func_t *func = NULL;
    edge_buffer_t document;
    edge_value_t value;
    edge_val_t result;
    edge_slot_t slot;
    CHECK_OK(edge_vm_function(vm, EDGE_STR("fine"), &function));
    CHECK_OK(edge_vm_func(vm, EDGE_STR("fine"), &func));
    CHECK_OK(edge_call_options_set_cancel(options, token));
    CHECK_OK(edge_function_call_with(function, options, NULL, 0, &value));
    CHECK(value.of.i32 == 7);
    CHECK_OK(edge_function_call_msgpack_with(function, options, NULL, 0, &document));
    edge_buffer_free(&document);
    CHECK_OK(edge_function_call_scalar_with(function, options, &slot, 1));
    CHECK(slot.i32 == 7);
    CHECK_OK(edge_func_call_with(func, options, NULL, 0, &result, 1));
    CHECK(result.of.i32 == 7);
    CHECK_OK(edge_func_call_raw_with(func, options, &slot, 1));
    edge_cancel_token_cancel(token);
    CHECK_ERROR(edge_function_call_with(function, options, NULL, 0, NULL), EDGE_KIND_CANCELLED, "");
    CHECK_ERROR(edge_function_call_msgpack_with(function, options, NULL, 0, NULL), EDGE_KIND_CANCELLED, "");
    CHECK_ERROR(edge_function_call_scalar_with(function, options, &slot, 1), EDGE_KIND_CANCELLED, "");
    CHECK_ERROR(edge_func_call_with(func, options, NULL, 0, &result, 1), EDGE_KIND_CANCELLED, "");
    CHECK_ERROR(edge_func_call_raw_with(func, options, &slot, 1), EDGE_KIND_CANCELLED, "");
    CHECK_ERROR(edge_vm_run_msgpack_with(vm, options, EDGE_STR("fine"), NULL, 0, NULL), EDGE_KIND_CANCELLED, "");
    CHECK_ERROR(edge_store_within(store, options, NULL, NULL), EDGE_KIND_ARGUMENT_TYPE, "`body` is NULL");
    CHECK_ERROR(edge_vm_run_with(NULL, options, EDGE_STR("fine"), NULL, 0, NULL), EDGE_KIND_ARGUMENT_TYPE, "`vm` is NULL");
    CHECK_OK(edge_call_options_set_cancel(options, NULL));
    CHECK_OK(edge_call_options_set_fuel(options, 100));
    CHECK_ERROR(edge_vm_run_with(vm, options, EDGE_STR("fine"), NULL, 0, NULL), EDGE_KIND_NOT_ENABLED, "");
    edge_func_free(func);
    edge_function_free(function);
    edge_store_free(store);
    edge_call_options_free(options);
    edge_cancel_token_free(token);
}

static edge_error_t *run_body(void *vm) { return edge_vm_run(vm, EDGE_STR("spin"), NULL, 0, NULL); }

static edge_error_t *look(void *count) {
    return ++*(int *)count == 3 ? edge_error_new_code(130, EDGE_STR("interrupted"), NULL, NULL) : NULL;
}

static void scopes_and_ticks(edge_vm_t *vm) {
    edge_call_options_t *options = edge_call_options_new();
    edge_store_t *store = edge_vm_store(vm);
    int looked = 0;
    edge_error_t *error;
    int64_t code = 0;
    CHECK_OK(edge_call_options_set_deadline(options, 10000000));
    CHECK_ERROR(edge_store_within(store, options, run_body, vm), EDGE_KIND_DEADLINE_EXCEEDED, "");
    still_works(vm);
    CHECK_OK(edge_set_tick(look, &looked, NULL));
    error = edge_vm_run(vm, EDGE_STR("spin"), NULL, 0, NULL);
    CHECK(edge_error_kind(error) == EDGE_KIND_HOST_ERROR && edge_error_code(error, &code) && code == 130 && looked == 3);
    edge_error_free(error);
    CHECK_OK(edge_set_tick(NULL, NULL, NULL));
    still_works(vm);
    edge_store_free(store);
    edge_call_options_free(options);
}

static void end_of_call(void *env) {
    pthread_mutex_lock(&lock);
    *(bool *)env = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void on_threads_of_the_library(edge_vm_t *vm) {
    edge_async_t *task = NULL;
    edge_function_t *function = NULL;
    edge_call_options_t *options = edge_call_options_new();
    edge_value_t result;
    bool told = false;
    CHECK_OK(edge_async_run(vm, NULL, EDGE_STR("fine"), NULL, 0, end_of_call, &told, &task));
    edge_async_wait(task);
    CHECK(edge_async_wait_for(task, 0));
    CHECK_OK(edge_async_result(task, &result));
    CHECK(result.of.i32 == 7);
    CHECK_ERROR(edge_async_result(task, &result), EDGE_KIND_ARGUMENT_TYPE, "taken already");
    edge_async_free(task);
    CHECK(told);

    CHECK_OK(edge_async_run(vm, NULL, EDGE_STR("spin"), NULL, 0, NULL, NULL, &task));
    wait_until_running();
    CHECK(!edge_async_wait_for(task, 0) && !edge_async_wait_for(task, 1000000));
    edge_async_cancel(task);
    CHECK_ERROR(edge_async_result(task, NULL), EDGE_KIND_CANCELLED, "");
    edge_async_free(task);

    /* Freeing what runs ends it. */
    CHECK_OK(edge_vm_function(vm, EDGE_STR("poll"), &function));
    CHECK_OK(edge_async_call(function, NULL, NULL, 0, NULL, NULL, &task));
    wait_until_running();
    edge_async_free(task);
    still_works(vm);

    CHECK_OK(edge_call_options_set_deadline(options, 5000000));
    CHECK_OK(edge_async_call(function, options, NULL, 0, NULL, NULL, &task));
    CHECK_ERROR(edge_async_result(task, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "");
    edge_async_free(task);
    CHECK_ERROR(edge_async_run(vm, NULL, EDGE_STR("absent"), NULL, 0, NULL, NULL, &task), EDGE_KIND_UNKNOWN_EXPORT, "absent");
    CHECK(task == NULL);
    edge_async_wait(NULL), edge_async_cancel(NULL), edge_async_free(NULL);
    CHECK_ERROR(edge_async_result(NULL, NULL), EDGE_KIND_ARGUMENT_TYPE, "`task` is NULL");
    still_works(vm);
    edge_call_options_free(options);
    edge_function_free(function);
}

int main(void) {
    int ends[2];
    edge_vm_t *vm;
    /* The write end stays open and unused: who reads waits. */
    if (pipe(ends) != 0 || dup2(ends[0], 0) != 0) return 1;
    alarm(120);
    vm = load();
    if (vm == NULL) return check_report();
    deadlines(vm);
    tokens(vm);
    from_another_thread(vm);
    every_door(vm);
    scopes_and_ticks(vm);
    on_threads_of_the_library(vm);
    edge_vm_free(vm);
    return check_report();
}
