/* A set-up of many steps fails at each of them in turn: the error is typed and names what was wrong, nothing of the steps before is left
 * (the sanitizers look), what the library took over is dropped, and the same set-up without the mistake works afterwards. */

#include <unistd.h>

#include "check.h"

#define GUEST                                                                                                          \
    "(module (import \"host\" \"plain\" (func $plain)) (import \"env\" \"core\" (func $core (result i32)))"            \
    " (import \"wasi_snapshot_preview1\" \"args_sizes_get\" (func $sizes (param i32 i32) (result i32)))"               \
    " (memory (export \"memory\") 1)"                                                                                  \
    " (func (export \"run\") (result i32) (call $plain) (drop (call $sizes (i32.const 0) (i32.const 4)))"              \
    "  (i32.add (call $core) (i32.load (i32.const 0)))))"

static int made, dropped;

static void drop(void *env) {
    (void)env;
    dropped++;
}

static edge_error_t *plain(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return NULL;
}

static edge_error_t *core(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                          size_t nresults) {
    (void)env, (void)caller, (void)args, (void)nargs, (void)nresults;
    results[0] = edge_val_i32(40);
    return NULL;
}

/* All that the set-up makes; freed as a whole, whatever of it there is. */
typedef struct {
    edge_config_t *config;
    edge_engine_t *engine;
    edge_limits_t *limits;
    edge_wasi_t *wasi;
    edge_store_t *store;
    edge_linker_t *linker;
    edge_type_t *func, *memory;
    edge_host_module_t *host;
    edge_options_t *options;
    edge_module_t *module;
    edge_vm_t *vm;
} setup_t;

static void free_setup(setup_t *s) {
    edge_config_free(s->config), edge_engine_free(s->engine), edge_limits_free(s->limits), edge_wasi_free(s->wasi);
    edge_store_free(s->store), edge_linker_free(s->linker), edge_type_free(s->func), edge_type_free(s->memory);
    edge_host_module_free(s->host), edge_options_free(s->options), edge_module_free(s->module), edge_vm_free(s->vm);
}

/* How far each step has come; the step `fail` is given something wrong instead. */
enum {
    NAME_PROPOSAL, MAKE_TYPE, NAME_HOST, ADD_FUNC, ADD_MEMORY, MAKE_LINKER, DEFINE_HOST, ALIAS, SET_COST, OPEN_DIR, SET_ENV, IMPORT,
    SET_LINKER, COMPILE, LOAD, STEPS
};

static const struct {
    edge_kind_t kind;
    const char *text;
} expected[STEPS] = {
    {EDGE_KIND_ARGUMENT_TYPE, "flying"},
    {EDGE_KIND_ARGUMENT_TYPE, "99 is not a type of value"},
    {EDGE_KIND_ARGUMENT_TYPE, "not UTF-8 at byte 1"},
    {EDGE_KIND_ARGUMENT_TYPE, "type of a function, and is that of a memory"},
    {EDGE_KIND_ARGUMENT_TYPE, "type of a memory, and is that of a function"},
    {EDGE_KIND_ARGUMENT_TYPE, "`out` is NULL"},
    {EDGE_KIND_ARGUMENT_TYPE, "`host` is NULL"},
    {EDGE_KIND_UNKNOWN_IMPORT, "nobody"},
    {EDGE_KIND_UNKNOWN_IMPORT, "nothing"},
    {EDGE_KIND_IO, "/no/such/directory"},
    {EDGE_KIND_ARGUMENT_TYPE, "`wasi` is NULL"},
    {EDGE_KIND_ARGUMENT_TYPE, "`function` is NULL"},
    {EDGE_KIND_ARGUMENT_TYPE, "`options` is NULL"},
    {EDGE_KIND_INVALID, ""},
    {EDGE_KIND_UNKNOWN_IMPORT, "env.core"},
};

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        edge_error_t *error = (call);                                                                                  \
        if (error != NULL) return error;                                                                               \
    } while (0)

static edge_error_t *make_host(setup_t *s, int fail) {
    const edge_valtype_t i32[] = {EDGE_VALTYPE_I32}, bad[] = {99};
    TRY(edge_type_func(NULL, 0, fail == MAKE_TYPE ? bad : i32, 1, &s->func));
    TRY(edge_type_memory(1, 2, &s->memory));
    TRY(edge_host_module_new(fail == NAME_HOST ? "h\xff" : "env", fail == NAME_HOST ? 2 : 3, &s->host));
    made++;
    TRY(edge_host_module_func(s->host, EDGE_STR("core"), fail == ADD_FUNC ? s->memory : s->func, core, NULL, drop));
    TRY(edge_host_module_memory(s->host, EDGE_STR("memory"), fail == ADD_MEMORY ? s->func : s->memory));
    return NULL;
}

static edge_error_t *make_linker(setup_t *s, int fail) {
    TRY(edge_store_new(s->engine, s->limits, &s->store));
    TRY(edge_linker_new(s->engine, fail == MAKE_LINKER ? NULL : &s->linker));
    TRY(edge_linker_host_module(s->linker, s->store, fail == DEFINE_HOST ? NULL : s->host));
    TRY(edge_linker_alias(s->linker, EDGE_STR("env"), EDGE_STR(fail == ALIAS ? "nobody" : "core"), EDGE_STR("env"), EDGE_STR("again")));
    return edge_linker_func_cost(s->linker, EDGE_STR("env"), EDGE_STR(fail == SET_COST ? "nothing" : "core"), 3);
}

static edge_error_t *make_options(setup_t *s, int fail) {
    s->wasi = edge_wasi_new();
    s->options = edge_options_new();
    TRY(edge_wasi_arg(s->wasi, EDGE_STR("program")));
    TRY(edge_wasi_arg(s->wasi, EDGE_STR("argument")));
    TRY(edge_wasi_dir(s->wasi, EDGE_STR("/"), EDGE_STR(fail == OPEN_DIR ? "/no/such/directory" : "."), true));
    TRY(edge_wasi_env(fail == SET_ENV ? NULL : s->wasi, EDGE_STR("KEY"), EDGE_STR("value")));
    TRY(edge_options_set_engine(s->options, s->engine));
    TRY(edge_options_set_limits(s->options, s->limits));
    TRY(edge_options_set_wasi(s->options, s->wasi));
    made++;
    return edge_options_import(s->options, EDGE_STR("host"), EDGE_STR("plain"), fail == IMPORT ? NULL : plain, NULL, drop);
}

/* The whole of it; the VM has a linker of its own, since the memory in the other belongs to a store. */
static edge_error_t *set_up(setup_t *s, int fail) {
    edge_linker_t *of_vm = NULL;
    edge_error_t *error;
    s->config = edge_config_new();
    s->limits = edge_limits_new();
    TRY(edge_config_set_fuel(s->config, true));
    TRY(edge_config_set_proposal(s->config, EDGE_STR(fail == NAME_PROPOSAL ? "flying" : "simd"), true));
    TRY(edge_engine_new(s->config, &s->engine));
    TRY(make_host(s, fail));
    TRY(make_linker(s, fail));
    TRY(make_options(s, fail));
    TRY(edge_linker_new(s->engine, &of_vm));
    made++;
    error = edge_linker_func(of_vm, EDGE_STR("env"), EDGE_STR(fail == LOAD ? "cores" : "core"), s->func, core, NULL, drop);
    if (error == NULL) error = edge_options_set_linker(fail == SET_LINKER ? NULL : s->options, of_vm);
    edge_linker_free(of_vm);
    if (error != NULL) return error;
    TRY(edge_module_from_text(s->engine, EDGE_STR(fail == COMPILE ? "(module (func (result i32)))" : GUEST), &s->module));
    return edge_vm_load_module(s->module, s->options, &s->vm);
}

static void at_every_step(void) {
    for (int fail = 0; fail < STEPS; fail++) {
        setup_t s = {0};
        made = dropped = 0;
        CHECK_ERROR(set_up(&s, fail), expected[fail].kind, expected[fail].text);
        CHECK(s.vm == NULL);
        free_setup(&s);
        CHECK(made == dropped);
    }
}

/* Without a mistake: the VM works, and an instance by the linker outlives everything else. */
static void without_a_mistake(void) {
    setup_t s = {0};
    edge_instance_t *instance = NULL;
    edge_module_t *small;
    edge_func_t *run;
    edge_val_t result;
    edge_value_t sum;
    made = dropped = 0;
    CHECK_OK(set_up(&s, STEPS));
    /* 40 of the host function, and two arguments of the command line. */
    CHECK_OK(edge_vm_run(s.vm, EDGE_STR("run"), NULL, 0, &sum));
    CHECK(sum.of.i32 == 42);
    CHECK_OK(edge_module_from_text(s.engine, EDGE_STR("(module (import \"env\" \"again\" (func $f (result i32))) (import \"env\" \"memory\" (memory 1))"
                                                      " (func (export \"run\") (result i32) (call $f)))"),
                                   &small));
    CHECK_OK(edge_linker_instantiate(s.linker, s.store, small, &instance));
    CHECK_OK(edge_instance_func(instance, EDGE_STR("run"), &run));
    free_setup(&s);
    CHECK_OK(edge_func_call(run, NULL, 0, &result, 1));
    CHECK(result.of.i32 == 40 && dropped == 2);
    edge_func_free(run), edge_instance_free(instance), edge_module_free(small);
    CHECK(made == dropped);
}

int main(void) {
    alarm(120);
    at_every_step();
    without_a_mistake();
    return check_report();
}
