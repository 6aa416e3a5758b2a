/* Every limit trips, every setting of an engine is read back, fuel and statistics count. The guest is tests/guests/conformance. */

#include "check.h"

static edge_error_t *nothing(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                             size_t nresults) {
    (void)env, (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    return NULL;
}

/* The error of making an instance of a module, under limits, in a store of an engine; the instance if there is none. */
static edge_error_t *instantiate(const edge_engine_t *engine, const edge_limits_t *limits, const char *wat, edge_instance_t **out) {
    edge_store_t *store = NULL;
    edge_module_t *module = NULL;
    edge_linker_t *linker = NULL;
    edge_error_t *error = edge_store_new(engine, limits, &store);
    *out = NULL;
    if (error == NULL) error = edge_linker_new(engine, &linker);
    if (error == NULL) error = edge_module_from_text(engine, EDGE_STR(wat), &module);
    if (error == NULL) error = edge_linker_instantiate(linker, store, module, out);
    edge_linker_free(linker);
    edge_module_free(module);
    edge_store_free(store);
    return error;
}

static edge_error_t *run(const edge_instance_t *instance, const char *name, int32_t *result) {
    edge_func_t *func = NULL;
    edge_val_t value = edge_val_i32(0);
    edge_error_t *error = edge_instance_func(instance, EDGE_STR(name), &func);
    if (error == NULL) error = edge_func_call(func, NULL, 0, &value, result == NULL ? 0 : 1);
    if (result != NULL) *result = value.of.i32;
    edge_func_free(func);
    return error;
}

static void of_a_store(void) {
    edge_limits_t *limits = edge_limits_new();
    edge_instance_t *instance = NULL, *second = NULL;
    edge_store_t *store = NULL;
    edge_module_t *module = NULL;
    edge_linker_t *linker = NULL;
    int32_t grown = 0;
    CHECK(edge_limits_memory(limits) == 1 << 30 && edge_limits_table(limits) == 10000000 && edge_limits_instances(limits) == 10000);
    CHECK(edge_limits_stack(limits) == 512 << 10 && edge_limits_result_size(limits) == 256 << 20);
    CHECK(edge_limits_recursion(limits) == 1000 && edge_limits_fuel(limits) == EDGE_NO_LIMIT);
    CHECK(edge_limits_deadline(limits) == EDGE_NO_LIMIT);

    CHECK_OK(edge_limits_set_memory(limits, 65536));
    CHECK_ERROR(instantiate(NULL, limits, "(module (memory 2))", &instance), EDGE_KIND_MEMORY_LIMIT, "");
    CHECK_OK(instantiate(NULL, limits, "(module (memory 1) (func (export \"grow\") (result i32) (memory.grow (i32.const 1))))", &instance));
    CHECK_OK(run(instance, "grow", &grown));
    CHECK(grown == -1);
    edge_instance_free(instance);

    CHECK_OK(edge_limits_set_table(limits, 10));
    CHECK_ERROR(instantiate(NULL, limits, "(module (table 11 funcref))", &instance), EDGE_KIND_TABLE_LIMIT, "");
    CHECK_OK(instantiate(NULL, limits, "(module (table 10 funcref) (func (export \"grow\") (result i32) (table.grow (ref.null func) (i32.const 1))))", &instance));
    CHECK_OK(run(instance, "grow", &grown));
    CHECK(grown == -1);
    edge_instance_free(instance);

    CHECK_OK(edge_limits_set_instances(limits, 1));
    CHECK_OK(edge_store_new(NULL, limits, &store));
    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_OK(edge_module_from_text(NULL, EDGE_STR("(module)"), &module));
    CHECK_OK(edge_linker_instantiate(linker, store, module, &instance));
    CHECK_ERROR(edge_linker_instantiate(linker, store, module, &second), EDGE_KIND_INSTANCE_LIMIT, "");
    edge_instance_free(instance), edge_module_free(module), edge_linker_free(linker), edge_store_free(store);
    edge_limits_free(limits);
}

static edge_error_t *call_again(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                                size_t nresults) {
    edge_func_t *func = NULL;
    edge_error_t *error = edge_caller_func(caller, EDGE_STR("again"), &func);
    if (error == NULL) error = edge_func_call(func, NULL, 0, NULL, 0);
    edge_func_free(func);
    (void)args, (void)nargs, (void)results, (void)nresults;
    ++*(int *)env;
    return error;
}

static void of_a_call(void) {
    edge_limits_t *limits = edge_limits_new();
    edge_instance_t *instance = NULL;
    edge_store_t *store = NULL;
    edge_module_t *module = NULL;
    edge_linker_t *linker = NULL;
    edge_type_t *type = NULL;
    int calls = 0;
    CHECK_OK(edge_limits_set_stack(limits, 65536));
    CHECK_OK(instantiate(NULL, limits, "(module (func $f (export \"f\") (call $f) (call $f)))", &instance));
    CHECK_ERROR(run(instance, "f", NULL), EDGE_KIND_STACK_OVERFLOW, "");
    edge_instance_free(instance);

    CHECK_OK(edge_limits_set_deadline(limits, 10000000));
    CHECK(edge_limits_deadline(limits) == 10000000);
    CHECK_OK(instantiate(NULL, limits, "(module (func (export \"f\") (loop $l (br $l))))", &instance));
    CHECK_ERROR(run(instance, "f", NULL), EDGE_KIND_DEADLINE_EXCEEDED, "");
    edge_instance_free(instance);
    CHECK_ERROR(instantiate(NULL, limits, "(module (func $f (loop $l (br $l))) (start $f))", &instance), EDGE_KIND_DEADLINE_EXCEEDED, "");
    CHECK_OK(edge_limits_set_deadline(limits, EDGE_NO_LIMIT));

    CHECK_OK(edge_limits_set_recursion(limits, 5));
    CHECK_OK(edge_store_new(NULL, limits, &store));
    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_OK(edge_type_func(NULL, 0, NULL, 0, &type));
    CHECK_OK(edge_linker_func(linker, EDGE_STR("host"), EDGE_STR("f"), type, call_again, &calls, NULL));
    CHECK_OK(edge_module_from_text(NULL, EDGE_STR("(module (import \"host\" \"f\" (func $f)) (func (export \"again\") (call $f)))"), &module));
    CHECK_OK(edge_linker_instantiate(linker, store, module, &instance));
    CHECK_ERROR(run(instance, "again", NULL), EDGE_KIND_RECURSION_LIMIT, "");
    CHECK(calls == 5);
    edge_instance_free(instance), edge_module_free(module), edge_type_free(type), edge_linker_free(linker), edge_store_free(store);
    edge_limits_free(limits);
}

/* An engine that takes modules up to a limit only. */
static edge_error_t *refused_by(edge_error_t *set, edge_limits_t *limits, const char *wat) {
    edge_config_t *config = edge_config_new();
    edge_engine_t *engine = NULL;
    edge_module_t *module = NULL;
    edge_error_t *error;
    CHECK_OK(set);
    CHECK_OK(edge_config_set_limits(config, limits));
    CHECK_OK(edge_engine_new(config, &engine));
    error = edge_module_from_text(engine, EDGE_STR(wat), &module);
    edge_module_free(module);
    edge_engine_free(engine);
    edge_config_free(config);
    edge_limits_free(limits);
    return error;
}

#define MODULE_CAP(name, limit, wat)                                                                                   \
    do {                                                                                                               \
        edge_limits_t *limits = edge_limits_new();                                                                     \
        CHECK_ERROR(refused_by(edge_limits_set_##name(limits, limit), limits, wat), EDGE_KIND_TOO_LARGE, "");          \
        limits = edge_limits_new();                                                                                    \
        CHECK(edge_limits_##name(limits) > (limit));                                                                   \
        CHECK_OK(refused_by(edge_limits_set_##name(limits, (limit) + 1), limits, wat));                                \
    } while (0)

static void of_a_module(void) {
    /* Nine bytes beyond the header: a custom section. */
    MODULE_CAP(module_size, 8 + 8, "(module (@custom \"note\" \"xy\"))");
    MODULE_CAP(module_functions, 1, "(module (func) (func))");
    MODULE_CAP(module_items, 2, "(module (global i32 (i32.const 0)) (global i32 (i32.const 0)) (global i32 (i32.const 0)))");
    MODULE_CAP(module_body_size, 3, "(module (func nop nop))");
    MODULE_CAP(module_locals, 2, "(module (func (param i32) (local i32 i32)))");
    MODULE_CAP(module_branch_targets, 2, "(module (func (br_table 0 0 0 0 (i32.const 0))))");
    MODULE_CAP(module_nesting, 2, "(module (func (block (block))))");
    MODULE_CAP(module_operands, 2, "(module (func i32.const 1 i32.const 2 i32.const 3 drop drop drop))");
}

/* Bytes that the host reads out of a guest; the guest wants its imports, none of which is called. */
static void of_a_result(const char *path) {
    edge_limits_t *limits = edge_limits_new();
    edge_options_t *options = edge_options_new();
    edge_module_t *module = NULL;
    edge_linker_t *linker = NULL;
    edge_vm_t *vm = NULL;
    edge_value_t arg = edge_str("0123456789012345678901234567890123456789"), result;
    CHECK_OK(edge_module_from_file(NULL, EDGE_STR(path), &module));
    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_OK(edge_linker_unknown_as_traps(linker, module));
    CHECK_OK(edge_limits_set_result_size(limits, 16));
    CHECK_OK(edge_options_set_limits(options, limits));
    CHECK_OK(edge_options_set_linker(options, linker));
    CHECK_OK(edge_vm_load_module(module, options, &vm));
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("echo_string"), &arg, 1, &result), EDGE_KIND_RESULT_TOO_LARGE, "");
    edge_vm_free(vm), edge_linker_free(linker), edge_module_free(module), edge_options_free(options), edge_limits_free(limits);
}

static void settings(void) {
    edge_config_t *config = edge_config_new(), *back;
    edge_engine_t *engine = NULL;
    edge_limits_t *limits = edge_limits_new();
    uint64_t cost = 9;
    size_t count = 0;
    CHECK(edge_config_signals(config) && !edge_config_interpreter(config) && edge_config_interruptible(config));
    CHECK(!edge_config_deterministic(config) && !edge_config_fuel(config) && !edge_config_count_instructions(config));
    CHECK(!edge_config_measure_time(config) && edge_config_threads(config) == 0 && edge_config_opt_level(config) == EDGE_OPT_SPEED);
    CHECK(edge_config_proposal(config, EDGE_STR("simd")) && !edge_config_proposal(config, EDGE_STR("gc")));
    CHECK_OK(edge_config_cost(config, EDGE_STR("i32.add"), &cost));
    CHECK(cost == 1);

    CHECK_OK(edge_config_set_signals(config, false));
    CHECK_OK(edge_config_set_interruptible(config, false));
    CHECK_OK(edge_config_set_deterministic(config, true));
    CHECK_OK(edge_config_set_threads(config, 1));
    CHECK_OK(edge_config_set_opt_level(config, EDGE_OPT_NONE));
    CHECK_OK(edge_config_set_proposal(config, EDGE_STR("SIMD"), false));
    CHECK_OK(edge_config_set_proposal(config, EDGE_STR("relaxed-simd"), false));
    CHECK_ERROR(edge_config_set_proposal(config, EDGE_STR("gc"), true), EDGE_KIND_UNSUPPORTED, "gc");
    CHECK_ERROR(edge_config_set_proposal(config, EDGE_STR("flying"), true), EDGE_KIND_ARGUMENT_TYPE, "flying");
    CHECK_ERROR(edge_config_set_proposal(NULL, EDGE_STR("simd"), true), EDGE_KIND_ARGUMENT_TYPE, "`config` is NULL");
    CHECK_OK(edge_config_set_cost(config, EDGE_STR("i32.add"), 3));
    CHECK_ERROR(edge_config_set_cost(config, EDGE_STR("i32.fly"), 3), EDGE_KIND_ARGUMENT_TYPE, "i32.fly");
    CHECK_OK(edge_limits_set_memory(limits, 65536));
    CHECK_OK(edge_config_set_limits(config, limits));
    edge_limits_free(limits);
    CHECK_OK(edge_engine_new(config, &engine));
    edge_config_free(config);

    back = edge_engine_config(engine);
    CHECK(!edge_config_signals(back) && !edge_config_interruptible(back) && edge_config_deterministic(back));
    CHECK(edge_config_threads(back) == 1 && edge_config_opt_level(back) == EDGE_OPT_NONE);
    CHECK(!edge_config_proposal(back, EDGE_STR("simd")) && !edge_config_proposal(back, EDGE_STR("flying")));
    CHECK_OK(edge_config_cost(back, EDGE_STR("i32.add"), &cost));
    CHECK(cost == 3);
    limits = edge_config_limits(back);
    CHECK(edge_limits_memory(limits) == 65536);
    while (edge_proposal_name(count).len > 0) count++;
    CHECK(count >= 19 && edge_view_equal(edge_proposal_name(0), "mutable-globals"));
    edge_limits_free(limits);
    edge_config_free(back);

    {
        edge_instance_t *instance = NULL;
        /* A store without limits of its own has the engine's. */
        CHECK_ERROR(instantiate(engine, NULL, "(module (memory 2))", &instance), EDGE_KIND_MEMORY_LIMIT, "");
        CHECK_ERROR(instantiate(engine, NULL, "(module (func (drop (v128.const i64x2 0 0))))", &instance), EDGE_KIND_UNSUPPORTED, "simd");
    }
    CHECK(edge_engine_same(engine, engine) && !edge_engine_same(engine, NULL));
    edge_engine_free(engine);
}

static void fuel_and_statistics(void) {
    edge_config_t *config = edge_config_new();
    edge_engine_t *engine = NULL;
    edge_limits_t *limits = edge_limits_new();
    edge_store_t *store = NULL;
    edge_linker_t *linker = NULL;
    edge_module_t *module = NULL;
    edge_instance_t *instance = NULL;
    edge_type_t *type = NULL;
    edge_func_t *func = NULL;
    edge_call_options_t *options = edge_call_options_new();
    edge_statistics_t *statistics;
    uint64_t number = 0;
    double rate = 0;
    CHECK_OK(edge_config_set_fuel(config, true));
    CHECK_OK(edge_config_set_count_instructions(config, true));
    CHECK_OK(edge_config_set_measure_time(config, true));
    CHECK_OK(edge_engine_new(config, &engine));
    CHECK_OK(edge_limits_set_fuel(limits, 1000));
    CHECK_OK(edge_store_new(engine, limits, &store));
    CHECK_OK(edge_linker_new(engine, &linker));
    CHECK_OK(edge_type_func(NULL, 0, NULL, 0, &type));
    CHECK_OK(edge_linker_func(linker, EDGE_STR("host"), EDGE_STR("f"), type, nothing, NULL, NULL));
    CHECK_OK(edge_linker_func_cost(linker, EDGE_STR("host"), EDGE_STR("f"), 100));
    CHECK_ERROR(edge_linker_func_cost(linker, EDGE_STR("host"), EDGE_STR("g"), 1), EDGE_KIND_UNKNOWN_IMPORT, "host.g");
    CHECK_OK(edge_module_from_text(engine, EDGE_STR("(module (import \"host\" \"f\" (func $f)) (memory 1)"
                                                    " (func (export \"run\") (call $f))"
                                                    " (func (export \"spin\") (loop $l (br $l))))"), &module));
    CHECK_OK(edge_linker_instantiate(linker, store, module, &instance));
    CHECK_OK(edge_store_fuel_left(store, &number));
    CHECK(number == 1000);
    CHECK_OK(run(instance, "run", NULL));
    statistics = edge_store_statistics(store);
    CHECK_OK(edge_statistics_fuel_used(statistics, &number));
    CHECK(number == 101);
    CHECK_OK(edge_statistics_fuel_left(statistics, &number));
    CHECK(number == 899);
    CHECK_OK(edge_statistics_instructions(statistics, &number));
    CHECK(number == 1);
    CHECK_OK(edge_statistics_time(statistics, &number));
    CHECK(number > 0);
    CHECK_OK(edge_statistics_instructions_per_second(statistics, &rate));
    CHECK(rate > 0 && edge_statistics_calls(statistics) == 1 && edge_statistics_memory_peak(statistics) == 65536);
    edge_statistics_free(statistics);
    CHECK_OK(edge_store_reset_statistics(store));
    statistics = edge_store_statistics(store);
    CHECK(edge_statistics_calls(statistics) == 0 && edge_statistics_calls(NULL) == 0);
    edge_statistics_free(statistics);

    CHECK_ERROR(run(instance, "spin", NULL), EDGE_KIND_OUT_OF_FUEL, "");
    CHECK_OK(edge_store_set_fuel(store, 10));
    CHECK_ERROR(edge_store_consume_fuel(store, 11), EDGE_KIND_OUT_OF_FUEL, "");
    CHECK_OK(edge_store_consume_fuel(store, 4));
    CHECK_OK(edge_store_add_fuel(store, 1000));
    CHECK_OK(edge_store_fuel_left(store, &number));
    CHECK(number == 1006);
    /* A call that may use a part of it only. */
    CHECK_OK(edge_call_options_set_fuel(options, 50));
    CHECK(edge_call_options_fuel(options) == 50);
    CHECK_OK(edge_instance_func(instance, EDGE_STR("spin"), &func));
    CHECK_ERROR(edge_func_call_with(func, options, NULL, 0, NULL, 0), EDGE_KIND_OUT_OF_FUEL, "");
    CHECK_OK(edge_store_fuel_left(store, &number));
    CHECK(number >= 956 && number < 1006);
    edge_func_free(func), edge_instance_free(instance), edge_module_free(module), edge_type_free(type);
    edge_linker_free(linker), edge_store_free(store);

    /* What was not switched on is an error. */
    CHECK_OK(edge_store_new(NULL, NULL, &store));
    statistics = edge_store_statistics(store);
    CHECK_ERROR(edge_statistics_instructions(statistics, &number), EDGE_KIND_NOT_ENABLED, "");
    CHECK_ERROR(edge_statistics_fuel_used(statistics, &number), EDGE_KIND_NOT_ENABLED, "");
    CHECK_ERROR(edge_statistics_time(statistics, &number), EDGE_KIND_NOT_ENABLED, "");
    CHECK_ERROR(edge_store_set_fuel(store, 1), EDGE_KIND_NOT_ENABLED, "");
    CHECK_ERROR(edge_store_fuel_left(store, &number), EDGE_KIND_NOT_ENABLED, "");
    edge_statistics_free(statistics), edge_store_free(store);
    edge_call_options_free(options), edge_limits_free(limits), edge_engine_free(engine), edge_config_free(config);
}

int main(int argc, char **argv) {
    of_a_store();
    of_a_call();
    of_a_module();
    if (argc > 1) of_a_result(argv[1]);
    settings();
    fuel_and_statistics();
    return check_report();
}
