/* Pools: who gets which guest, in what state, what comes back, on how many threads. */

#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "check.h"

#define COUNTER                                                                                                        \
    "(module (global $n (mut i32) (i32.const 0))"                                                                      \
    " (func (export \"next\") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))"   \
    " (func (export \"spin\") (loop $l (br $l)))"                                                                      \
    " (func (export \"div\") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1))))"

static edge_pool_t *load(size_t size, bool keep_state) {
    edge_options_t *options = edge_options_new();
    edge_pool_t *pool = NULL;
    CHECK_OK(edge_options_set_pool_size(options, size));
    CHECK_OK(edge_options_set_pool_keep_state(options, keep_state));
    CHECK_OK(edge_pool_load_text(EDGE_STR(COUNTER), options, &pool));
    edge_options_free(options);
    return pool;
}

static int32_t next(const edge_vm_t *vm) {
    edge_value_t result;
    CHECK_OK(edge_vm_run(vm, EDGE_STR("next"), NULL, 0, &result));
    return result.of.i32;
}

static int32_t next_of(const edge_pool_t *pool) {
    edge_value_t result;
    CHECK_OK(edge_pool_run(pool, EDGE_STR("next"), NULL, 0, &result));
    return result.of.i32;
}

static void lending(void) {
    edge_pool_t *pool = load(2, false), *other = edge_pool_clone(pool);
    edge_module_t *module = edge_pool_module(pool);
    edge_vm_t *one, *two, *three;
    CHECK(edge_pool_size(pool) == 2 && edge_pool_made(pool) == 1 && module != NULL);
    CHECK_OK(edge_pool_get(pool, &one));
    CHECK(edge_pool_made(pool) == 1);
    CHECK_OK(edge_pool_try_get(other, &two));
    CHECK(edge_pool_made(pool) == 2 && !edge_vm_same(one, two));
    three = one;
    CHECK_ERROR(edge_pool_try_get(pool, &three), EDGE_KIND_BUSY, "all 2 guests of the pool are lent");
    CHECK(three == NULL);
    CHECK_ERROR(edge_pool_get_timeout(pool, 1000000, &three), EDGE_KIND_BUSY, "all 2 guests");
    /* A clone holds it, too: it goes back with the last handle. */
    three = edge_vm_clone(one);
    CHECK(edge_vm_same(one, three));
    CHECK(next(one) == 1 && next(three) == 2);
    edge_vm_free(one);
    CHECK_ERROR(edge_pool_try_get(pool, &one), EDGE_KIND_BUSY, "");
    edge_vm_free(three);
    CHECK_OK(edge_pool_get_timeout(pool, EDGE_NO_LIMIT, &one));
    CHECK(next(one) == 1);
    edge_vm_free(two), edge_vm_free(one);
    CHECK(edge_pool_made(pool) == 2);
    edge_module_free(module), edge_pool_free(other), edge_pool_free(pool);
}

static void states(void) {
    edge_pool_t *fresh = load(1, false), *kept = load(1, true);
    edge_vm_t *vm;
    edge_function_t *function;
    edge_error_t *error = NULL;
    edge_value_t result;
    CHECK(next_of(fresh) == 1 && next_of(fresh) == 1);
    CHECK(next_of(kept) == 1 && next_of(kept) == 2);
    /* What a borrower keeps does not reach the next one. */
    CHECK_OK(edge_pool_get(kept, &vm));
    CHECK_OK(edge_vm_function(vm, EDGE_STR("next"), &function));
    edge_vm_free(vm);
    CHECK(edge_pool_made(kept) == 0 && next_of(kept) == 1);
    error = edge_function_call(function, NULL, 0, &result);
    CHECK(error == NULL && result.of.i32 == 3);
    edge_function_free(function);
    /* A guest that its borrower closed is replaced. */
    CHECK_OK(edge_pool_get(kept, &vm));
    CHECK_OK(edge_vm_close(vm));
    edge_vm_free(vm);
    CHECK(next_of(kept) == 1);
    edge_pool_free(fresh), edge_pool_free(kept);
}

static edge_error_t *absent(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                            edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return edge_error_new(0, EDGE_STR("not for this test"), NULL, NULL);
}

/* A bindgen guest that failed in the middle of a call is poisoned; whoever borrows next does not see that. */
static void poisoned(const char *guest) {
    const char *const imports[] = {"bytes_round", "note", "transform", "fetch", "fail_host", "fail_typed", "reenter", "multiply",
                                   "sum", "areas"};
    edge_options_t *options = edge_options_new();
    edge_value_t two[] = {edge_i32(1), edge_i32(2)}, text[] = {edge_str("oh")}, result;
    edge_args_t items[] = {{text, 1}, {text, 1}};
    edge_error_t *errors[2];
    edge_pool_t *pool;
    edge_vm_t *vm;
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        CHECK_OK(edge_options_import(options, EDGE_STR("app"), EDGE_STR(imports[i]), absent, NULL, NULL));
    }
    CHECK_OK(edge_options_set_pool_size(options, 1));
    CHECK_OK(edge_options_set_pool_keep_state(options, true));
    CHECK_OK(edge_pool_load(EDGE_STR(guest), options, &pool));
    CHECK_OK(edge_pool_get(pool, &vm));
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("panics"), text, 1, NULL), EDGE_KIND_GUEST_PANIC, "");
    CHECK(edge_vm_poisoned(vm, NULL));
    edge_vm_free(vm);
    CHECK_OK(edge_pool_run(pool, EDGE_STR("add"), two, 2, &result));
    CHECK(result.of.i32 == 3);
    CHECK_OK(edge_pool_map(pool, EDGE_STR("panics"), items, 2, 1, NULL, errors));
    CHECK_ERROR(errors[0], EDGE_KIND_GUEST_PANIC, "");
    CHECK_ERROR(errors[1], EDGE_KIND_GUEST_PANIC, "");
    edge_pool_free(pool), edge_options_free(options);
}

enum { ITEMS = 100 };

static void mapping(void) {
    edge_pool_t *pool = load(3, false);
    edge_value_t args[ITEMS][2], results[ITEMS];
    edge_args_t items[ITEMS];
    edge_error_t *errors[ITEMS];
    size_t threads, i;
    for (i = 0; i < ITEMS; i++) {
        args[i][0] = edge_i32((int32_t)i * 10), args[i][1] = edge_i32((int32_t)i % 10);
        items[i].args = args[i], items[i].nargs = 2;
    }
    for (threads = 0; threads < 5; threads++) {
        CHECK_OK(edge_pool_map(pool, EDGE_STR("div"), items, ITEMS, threads, results, errors));
        for (i = 0; i < ITEMS; i++) {
            if (i % 10 == 0) {
                CHECK_ERROR(errors[i], EDGE_KIND_INTEGER_DIVIDE_BY_ZERO, "divide");
                CHECK(results[i].kind == EDGE_VALUE_NULL);
            } else {
                CHECK(errors[i] == NULL && results[i].of.i32 == (int32_t)(i * 10 / (i % 10)));
            }
        }
    }
    CHECK(edge_pool_made(pool) <= 3);
    /* Without a place for errors, the first one comes back. */
    items[3].nargs = 1;
    CHECK_ERROR(edge_pool_map(pool, EDGE_STR("div"), items + 1, 5, 2, results, NULL), EDGE_KIND_ARGUMENT_COUNT, "2");
    CHECK(results[0].of.i32 == 10);
    CHECK_OK(edge_pool_map(pool, EDGE_STR("div"), NULL, 0, 0, NULL, NULL));
    /* Mistakes are told before any call. */
    items[3].args = NULL;
    CHECK_ERROR(edge_pool_map(pool, EDGE_STR("div"), items, 5, 1, results, errors), EDGE_KIND_ARGUMENT_TYPE, "item 3: `args` is NULL");
    CHECK(errors[0] == NULL && results[1].kind == EDGE_VALUE_NULL);
    CHECK_ERROR(edge_pool_map(pool, EDGE_STR("div"), NULL, 5, 1, results, errors), EDGE_KIND_ARGUMENT_TYPE, "`items` is NULL");
    CHECK_OK(edge_pool_map(pool, EDGE_STR("absent"), items + 5, 1, 1, results, errors));
    CHECK_ERROR(errors[0], EDGE_KIND_UNKNOWN_EXPORT, "absent");
    edge_pool_free(pool);
}

/* The deadline and the token of a call hold for waiting, too. */
static void options(void) {
    edge_pool_t *pool = load(1, false);
    edge_call_options_t *hurry = edge_call_options_new(), *stopped = edge_call_options_new();
    edge_cancel_token_t *token = edge_cancel_token_new();
    edge_vm_t *vm;
    CHECK_OK(edge_call_options_set_deadline(hurry, 10000000));
    CHECK_OK(edge_call_options_set_cancel(stopped, token));
    CHECK_ERROR(edge_pool_run_with(pool, hurry, EDGE_STR("spin"), NULL, 0, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "");
    CHECK_OK(edge_pool_run_with(pool, stopped, EDGE_STR("next"), NULL, 0, NULL));
    CHECK_OK(edge_pool_get(pool, &vm));
    CHECK_ERROR(edge_pool_run_with(pool, hurry, EDGE_STR("next"), NULL, 0, NULL), EDGE_KIND_DEADLINE_EXCEEDED, "waiting for a guest");
    edge_cancel_token_cancel(token);
    CHECK_ERROR(edge_pool_run_with(pool, stopped, EDGE_STR("next"), NULL, 0, NULL), EDGE_KIND_CANCELLED, "waiting for a guest");
    edge_vm_free(vm);
    CHECK_ERROR(edge_pool_run_with(pool, stopped, EDGE_STR("next"), NULL, 0, NULL), EDGE_KIND_CANCELLED, "");
    CHECK(next_of(pool) == 1);
    edge_call_options_free(hurry), edge_call_options_free(stopped), edge_cancel_token_free(token), edge_pool_free(pool);
}

static void *get_when_closed(void *pool) {
    edge_vm_t *vm;
    CHECK_ERROR(edge_pool_get(pool, &vm), EDGE_KIND_CLOSED, "the pool has been closed");
    CHECK(vm == NULL);
    return NULL;
}

static void *get_and_run(void *pool) {
    edge_vm_t *vm;
    CHECK_OK(edge_pool_get(pool, &vm));
    CHECK(next(vm) == 1);
    edge_vm_free(vm);
    return NULL;
}

static void waiting_and_closing(void) {
    edge_pool_t *pool = load(1, false);
    edge_vm_t *vm;
    pthread_t thread;
    CHECK_OK(edge_pool_get(pool, &vm));
    pthread_create(&thread, NULL, get_and_run, pool);
    edge_vm_free(vm);
    pthread_join(thread, NULL);

    CHECK_OK(edge_pool_get(pool, &vm));
    pthread_create(&thread, NULL, get_when_closed, pool);
    CHECK(!edge_pool_is_closed(pool));
    CHECK_OK(edge_pool_close(pool));
    CHECK_OK(edge_pool_close(pool));
    pthread_join(thread, NULL);
    CHECK(next(vm) == 1);
    CHECK(edge_pool_is_closed(pool) && edge_pool_made(pool) == 1);
    /* The pool's last handle goes first. */
    edge_pool_free(pool);
    CHECK(next(vm) == 2);
    edge_vm_free(vm);
}

/* Sixteen threads, three guests: each borrower has one for itself, and a fresh one. */
static void *borrow_often(void *pool) {
    for (int i = 0; i < 200; i++) {
        edge_vm_t *vm;
        edge_error_t *error = edge_pool_get(pool, &vm);
        bool fresh = error == NULL && next(vm) == 1 && next(vm) == 2;
        edge_error_free(error);
        edge_vm_free(vm);
        if (!fresh) return pool;
    }
    return NULL;
}

static void many_threads(void) {
    edge_pool_t *pool = load(3, false);
    pthread_t threads[16];
    for (int i = 0; i < 16; i++) pthread_create(&threads[i], NULL, borrow_often, pool);
    for (int i = 0; i < 16; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        CHECK(failed == NULL);
    }
    CHECK(edge_pool_made(pool) <= 3);
    edge_pool_free(pool);
}

/* Every source, and what none of them loads. */
static void sources(void) {
    static const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    edge_pool_t *pool;
    edge_module_t *module;
    edge_vm_t *vm;
    CHECK_OK(edge_pool_load_bytes(empty, sizeof empty, NULL, &pool));
    CHECK(edge_pool_size(pool) >= 1);
    edge_pool_free(pool);
    CHECK_OK(edge_module_from_text(NULL, EDGE_STR(COUNTER), &module));
    CHECK_OK(edge_pool_load_module(module, NULL, &pool));
    edge_module_free(module);
    CHECK(next_of(pool) == 1);
    edge_pool_free(pool);
    CHECK_ERROR(edge_pool_load_text(EDGE_STR("(module (import \"a\" \"b\" (func)))"), NULL, &pool), EDGE_KIND_UNKNOWN_IMPORT, "");
    CHECK(pool == NULL);
    CHECK_ERROR(edge_pool_load(EDGE_STR("/no/such/file.wasm"), NULL, &pool), EDGE_KIND_IO, "/no/such/file.wasm");
    CHECK_ERROR(edge_pool_load_module(NULL, NULL, &pool), EDGE_KIND_ARGUMENT_TYPE, "`module` is NULL");
    CHECK_ERROR(edge_pool_load_text(EDGE_STR("(module)"), NULL, NULL), EDGE_KIND_ARGUMENT_TYPE, "`out` is NULL");
    CHECK_ERROR(edge_pool_get(NULL, &vm), EDGE_KIND_ARGUMENT_TYPE, "`pool` is NULL");
    CHECK_ERROR(edge_pool_run(NULL, EDGE_STR("x"), NULL, 0, NULL), EDGE_KIND_ARGUMENT_TYPE, "`pool` is NULL");
    CHECK_ERROR(edge_pool_map(NULL, EDGE_STR("x"), NULL, 0, 0, NULL, NULL), EDGE_KIND_ARGUMENT_TYPE, "`pool` is NULL");
    CHECK_ERROR(edge_pool_close(NULL), EDGE_KIND_ARGUMENT_TYPE, "`pool` is NULL");
    CHECK_ERROR(edge_options_set_pool_size(NULL, 1), EDGE_KIND_ARGUMENT_TYPE, "`options` is NULL");
    CHECK(edge_pool_is_closed(NULL) && edge_pool_size(NULL) == 0 && edge_pool_made(NULL) == 0);
    CHECK(edge_pool_module(NULL) == NULL && edge_pool_clone(NULL) == NULL);
    edge_pool_free(NULL);
}

int main(int argc, char **argv) {
    alarm(120);
    if (argc < 2) return 2;
    lending();
    states();
    poisoned(argv[1]);
    mapping();
    options();
    waiting_and_closing();
    many_threads();
    sources();
    return check_report();
}
