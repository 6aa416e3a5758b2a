/* The doors below the easy one in C: modules, types, stores, linkers, functions, memories, tables, globals, references. */

#include "check.h"

static int drops;

static void count_drop(void *env) {
    (void)env;
    drops++;
}

static edge_module_t *compile(const char *wat) {
    edge_module_t *module = NULL;
    CHECK_OK(edge_module_from_text(NULL, EDGE_STR(wat), &module));
    return module;
}

static edge_type_t *func_type(const edge_valtype_t *params, size_t nparams, const edge_valtype_t *results, size_t nresults) {
    edge_type_t *type = NULL;
    CHECK_OK(edge_type_func(params, nparams, results, nresults, &type));
    return type;
}

static void inspection(void) {
    edge_module_t *module = compile("(module $named (import \"env\" \"mem\" (memory 1 2)) (import \"env\" \"f\" (func (param i32 f64)))"
                                    "(global (export \"g\") (mut i64) (i64.const 1)) (table (export \"t\") 3 5 funcref)"
                                    "(@custom \"note\" \"text\"))");
    edge_view_t module_name, name, section;
    edge_type_t *type = NULL, *again = NULL;
    uint64_t min, max;
    size_t len;
    CHECK(edge_view_equal(edge_module_name(module), "named"));
    CHECK(edge_module_import_count(module) == 2 && edge_module_export_count(module) == 2);
    CHECK_OK(edge_module_import(module, 0, &module_name, &name, &type));
    CHECK(edge_view_equal(module_name, "env") && edge_view_equal(name, "mem") && edge_type_sort(type) == EDGE_SORT_MEMORY);
    CHECK(edge_type_limits(type, &min, &max) && min == 1 && max == 2);
    edge_type_free(type);
    CHECK_OK(edge_module_import(module, 1, NULL, NULL, &type));
    CHECK(edge_type_params(type, &len)[1] == EDGE_VALTYPE_F64 && len == 2 && edge_type_results(type, &len) == NULL && len == 0);
    CHECK(edge_view_equal(edge_type_text(type), "function (i32, f64) -> ()") && !edge_type_limits(type, NULL, NULL));
    again = edge_type_clone(type);
    CHECK(edge_type_equal(type, again) && !edge_type_equal(type, NULL));
    edge_type_free(type);
    edge_type_free(again);
    CHECK_ERROR(edge_module_import(module, 2, NULL, NULL, NULL), EDGE_KIND_ARGUMENT_TYPE, "import 2 of 2");
    CHECK_OK(edge_module_export(module, 0, &name, NULL));
    CHECK(edge_view_equal(name, "g"));
    type = edge_module_export_type(module, EDGE_STR("t"));
    CHECK(edge_type_sort(type) == EDGE_SORT_TABLE && edge_type_content(type) == EDGE_VALTYPE_FUNCREF);
    edge_type_free(type);
    CHECK(edge_module_export_type(module, EDGE_STR("x")) == NULL);
    CHECK(edge_module_custom_section(module, EDGE_STR("note"), 0, &section) && edge_view_equal(section, "text"));
    CHECK(!edge_module_custom_section(module, EDGE_STR("note"), 1, &section));
    edge_module_free(module);

    CHECK_ERROR(edge_module_new(NULL, (const uint8_t *)"nonsense", 8, &module), EDGE_KIND_MALFORMED, "");
    CHECK(module == NULL);
    CHECK_ERROR(edge_module_validate(NULL, NULL, 8), EDGE_KIND_ARGUMENT_TYPE, "`bytes` is NULL");
    CHECK_ERROR(edge_type_memory(3, 2, &type), EDGE_KIND_ARGUMENT_TYPE, "less than the minimum");
    CHECK_ERROR(edge_type_table(EDGE_VALTYPE_I32, 1, 2, &type), EDGE_KIND_ARGUMENT_TYPE, "references");
    CHECK_ERROR(edge_type_global(99, true, &type), EDGE_KIND_ARGUMENT_TYPE, "99 is not a type");
}

static void memories(edge_store_t *store) {
    edge_type_t *type = NULL;
    edge_memory_t *memory = NULL;
    uint8_t bytes[3] = {0xaa, 0xbb, 0xcc}, read[3] = {0};
    uint64_t before;
    CHECK_OK(edge_type_memory(1, 5, &type));
    CHECK_OK(edge_memory_new(store, type, &memory));
    CHECK_OK(edge_memory_write(memory, 0x1000, bytes, 3));
    CHECK_OK(edge_memory_read(memory, 0x1000, read, 3));
    CHECK(memcmp(bytes, read, 3) == 0 && edge_memory_data(memory)[0x1001] == 0xbb);
    CHECK_ERROR(edge_memory_read(memory, 0xffff, read, 3), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "");
    CHECK_ERROR(edge_memory_write(memory, UINT64_MAX, bytes, 3), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "");
    CHECK_ERROR(edge_memory_read(memory, 0, NULL, 3), EDGE_KIND_ARGUMENT_TYPE, "`buffer` is NULL");
    CHECK_OK(edge_memory_grow(memory, 2, &before));
    CHECK(before == 1 && edge_memory_size(memory) == 3 && edge_memory_data_size(memory) == 3 * 65536);
    CHECK_ERROR(edge_memory_grow(memory, 3, NULL), EDGE_KIND_MEMORY_LIMIT, "its maximum is 5 pages");
    edge_memory_free(memory);
    CHECK_ERROR(edge_memory_new(NULL, type, &memory), EDGE_KIND_ARGUMENT_TYPE, "`store` is NULL");
    edge_type_free(type);
}

static void tables_and_globals(edge_store_t *store, edge_func_t *func) {
    edge_type_t *type = NULL;
    edge_table_t *table = NULL;
    edge_global_t *global = NULL;
    edge_val_t value = edge_val_func(func), got;
    uint64_t before;
    CHECK_OK(edge_type_table(EDGE_VALTYPE_FUNCREF, 10, 20, &type));
    CHECK_OK(edge_table_new(store, type, NULL, &table));
    CHECK_OK(edge_table_set(table, 3, &value));
    CHECK_OK(edge_table_get(table, 3, &got));
    CHECK(got.kind == EDGE_VALTYPE_FUNCREF && got.of.func != NULL);
    edge_val_free(&got);
    edge_val_free(&got);
    CHECK_OK(edge_table_get(table, 4, &got));
    CHECK(got.kind == EDGE_VALTYPE_FUNCREF && got.of.func == NULL);
    CHECK_ERROR(edge_table_get(table, 13, &got), EDGE_KIND_TABLE_OUT_OF_BOUNDS, "");
    CHECK_OK(edge_table_grow(table, 6, NULL, &before));
    CHECK(before == 10 && edge_table_size(table) == 16);
    CHECK_ERROR(edge_table_grow(table, 6, NULL, NULL), EDGE_KIND_TABLE_LIMIT, "its maximum is 20");
    value = edge_val_i32(1);
    CHECK_ERROR(edge_table_set(table, 0, &value), EDGE_KIND_ARGUMENT_TYPE, "");
    edge_table_free(table);
    CHECK_ERROR(edge_memory_new(store, type, NULL), EDGE_KIND_ARGUMENT_TYPE, "`out` is NULL");
    edge_type_free(type);

    CHECK_OK(edge_type_global(EDGE_VALTYPE_I64, true, &type));
    value = edge_val_i64(1000);
    CHECK_OK(edge_global_new(store, type, &value, &global));
    value = edge_val_i64(888);
    CHECK_OK(edge_global_set(global, &value));
    CHECK_OK(edge_global_get(global, &got));
    CHECK(got.of.i64 == 888);
    value = edge_val_f32(1);
    CHECK_ERROR(edge_global_set(global, &value), EDGE_KIND_ARGUMENT_TYPE, "");
    edge_global_free(global);
    edge_type_free(type);

    CHECK_OK(edge_type_global(EDGE_VALTYPE_I64, false, &type));
    value = edge_val_i64(1);
    CHECK_OK(edge_global_new(store, type, &value, &global));
    CHECK_ERROR(edge_global_set(global, &value), EDGE_KIND_IMMUTABLE, "");
    edge_global_free(global);
    edge_type_free(type);
}

/* Adds, reads the caller's memory, and calls the caller again. */
static edge_error_t *add_and_look(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs,
                                  edge_val_t *results, size_t nresults) {
    edge_memory_t *memory = NULL;
    edge_func_t *func = NULL;
    edge_val_t doubled;
    uint8_t byte = 0;
    CHECK(nargs == 2 && nresults == 1 && args[0].kind == EDGE_VALTYPE_I32);
    CHECK_OK(edge_caller_memory(caller, 0, &memory));
    CHECK_OK(edge_memory_read(memory, 8, &byte, 1));
    edge_memory_free(memory);
    CHECK_ERROR(edge_caller_memory(caller, 5, &memory), EDGE_KIND_UNKNOWN_EXPORT, "index 5");
    CHECK_OK(edge_caller_func(caller, EDGE_STR("double"), &func));
    CHECK_OK(edge_func_call(func, args, 1, &doubled, 1));
    *(int *)env = byte;
    results[0].of.i32 = args[0].of.i32 + args[1].of.i32 + 0 * doubled.of.i32;
    edge_func_free(func);
    return NULL;
}

static edge_error_t *wrong_result(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs,
                                  edge_val_t *results, size_t nresults) {
    (void)env, (void)caller, (void)args, (void)nargs, (void)nresults;
    results[0] = edge_val_f64(1.0);
    return NULL;
}

static edge_error_t *same_reference(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs,
                                    edge_val_t *results, size_t nresults) {
    (void)env, (void)caller, (void)nargs, (void)nresults;
    CHECK(edge_externref_data(args[0].of.externref, count_drop) != NULL);
    results[0] = edge_val_externref(edge_externref_clone(args[0].of.externref));
    results[0].owned = 1;
    return NULL;
}

static void linking(edge_store_t *store) {
    const edge_valtype_t two[] = {EDGE_VALTYPE_I32, EDGE_VALTYPE_I32}, one[] = {EDGE_VALTYPE_EXTERNREF};
    edge_type_t *binary = func_type(two, 2, two, 1), *reference = func_type(one, 1, one, 1);
    edge_module_t *module = compile("(module (import \"host\" \"add\" (func $add (param i32 i32) (result i32)))"
                                    "(import \"host\" \"same\" (func $same (param externref) (result externref)))"
                                    "(import \"host\" \"wrong\" (func $wrong (param i32 i32) (result i32)))"
                                    "(memory (export \"memory\") 1) (data (i32.const 8) \"\\2a\")"
                                    "(func (export \"double\") (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))"
                                    "(func (export \"run\") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1)))"
                                    "(func (export \"round\") (param externref) (result externref) (call $same (local.get 0)))"
                                    "(func (export \"bad\") (result i32) (call $wrong (i32.const 1) (i32.const 2)))"
                                    "(func (export \"trap\") (drop (i32.load (i32.const -1)))))");
    edge_linker_t *linker = NULL;
    edge_instance_t *instance = NULL;
    edge_func_t *func = NULL;
    edge_memory_t *memory = NULL;
    edge_externref_t *object = NULL;
    edge_val_t args[2], result;
    edge_slot_t slots[2];
    int seen = 0;
    drops = 0;
    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_ERROR(edge_linker_instantiate(linker, store, module, &instance), EDGE_KIND_UNKNOWN_IMPORT, "host");
    CHECK_OK(edge_linker_func(linker, EDGE_STR("host"), EDGE_STR("add"), binary, add_and_look, &seen, count_drop));
    CHECK_OK(edge_linker_func(linker, EDGE_STR("host"), EDGE_STR("wrong"), binary, wrong_result, NULL, NULL));
    CHECK_OK(edge_linker_func(linker, EDGE_STR("host"), EDGE_STR("same"), binary, same_reference, NULL, NULL));
    CHECK_ERROR(edge_linker_instantiate(linker, store, module, &instance), EDGE_KIND_INCOMPATIBLE_IMPORT, "externref");
    CHECK_OK(edge_linker_func(linker, EDGE_STR("host"), EDGE_STR("same"), reference, same_reference, NULL, NULL));
    CHECK_OK(edge_linker_instantiate(linker, store, module, &instance));

    CHECK_OK(edge_instance_func(instance, EDGE_STR("run"), &func));
    args[0] = edge_val_i32(1234), args[1] = edge_val_i32(5678);
    CHECK_OK(edge_func_call(func, args, 2, &result, 1));
    CHECK(result.of.i32 == 6912 && seen == 42);
    slots[0].i32 = 1, slots[1].i32 = 2;
    CHECK_OK(edge_func_call_raw(func, slots, 2));
    CHECK(slots[0].i32 == 3);
    CHECK_ERROR(edge_func_call_raw(func, slots, 1), EDGE_KIND_ARGUMENT_COUNT, "needs 2 slots");
    CHECK_ERROR(edge_func_call(func, args, 1, &result, 1), EDGE_KIND_ARGUMENT_COUNT, "");
    CHECK_ERROR(edge_func_call(func, args, 2, &result, 0), EDGE_KIND_RESULT_TYPE, "1 results");
    args[1] = edge_val_f64(1.0);
    CHECK_ERROR(edge_func_call(func, args, 2, &result, 1), EDGE_KIND_ARGUMENT_TYPE, "");
    edge_func_free(func);

    CHECK_OK(edge_instance_func(instance, EDGE_STR("bad"), &func));
    CHECK_ERROR(edge_func_call(func, NULL, 0, &result, 1), EDGE_KIND_RESULT_TYPE, "result 0 must be i32, and is f64");
    edge_func_free(func);
    CHECK_OK(edge_instance_func(instance, EDGE_STR("trap"), &func));
    CHECK_ERROR(edge_func_call(func, NULL, 0, NULL, 0), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "");
    edge_func_free(func);
    CHECK_ERROR(edge_instance_func(instance, EDGE_STR("memory"), &func), EDGE_KIND_WRONG_EXPORT_KIND, "memory");
    CHECK_ERROR(edge_instance_memory(instance, EDGE_STR("none"), &memory), EDGE_KIND_UNKNOWN_EXPORT, "none");

    CHECK_OK(edge_externref_new(&seen, count_drop, &object));
    CHECK(edge_externref_data(object, NULL) == &seen && edge_externref_data(object, free) == NULL);
    CHECK_OK(edge_instance_func(instance, EDGE_STR("round"), &func));
    args[0] = edge_val_externref(object);
    CHECK_OK(edge_func_call(func, args, 1, &result, 1));
    CHECK(edge_externref_data(result.of.externref, count_drop) == &seen);
    CHECK_ERROR(edge_func_call_raw(func, slots, 2), EDGE_KIND_ARGUMENT_TYPE, "references");
    edge_val_free(&result);
    edge_externref_free(object);

    tables_and_globals(store, func);
    /* Freed before what still uses them. */
    edge_linker_free(linker);
    edge_module_free(module);
    edge_type_free(binary);
    edge_type_free(reference);
    edge_instance_free(instance);
    edge_func_free(func);
}

static edge_error_t *throw_it(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                              size_t nresults) {
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    return edge_throw(env);
}

static void exceptions(edge_store_t *store) {
    const edge_valtype_t number[] = {EDGE_VALTYPE_I32};
    edge_module_t *module = compile("(module (import \"host\" \"tag\" (tag $t (param i32))) (import \"host\" \"throw\" (func $throw))"
                                    " (export \"tag\" (tag $t))"
                                    " (func (export \"throw\") (param i32) (throw $t (local.get 0)))"
                                    " (func (export \"catch\") (result i32)"
                                    "  (block $h (result i32) (try_table (catch $t $h) (call $throw)) (i32.const 0))))");
    edge_type_t *type = NULL, *nothing = func_type(NULL, 0, NULL, 0), *back;
    edge_tag_t *tag = NULL, *exported = NULL, *of_error;
    edge_exnref_t *exception = NULL, *caught;
    edge_linker_t *linker = NULL;
    edge_instance_t *instance = NULL;
    edge_func_t *func = NULL;
    edge_val_t value = edge_val_i32(42), got;
    edge_error_t *error;
    CHECK_OK(edge_type_tag(number, 1, &type));
    CHECK(edge_type_sort(type) == EDGE_SORT_TAG);
    CHECK_OK(edge_tag_new(store, type, &tag));
    back = edge_tag_type(tag);
    CHECK(edge_type_equal(type, back));
    CHECK_ERROR(edge_exnref_new(store, tag, NULL, 0, &exception), EDGE_KIND_ARGUMENT_COUNT, "");
    CHECK_OK(edge_exnref_new(store, tag, &value, 1, &exception));
    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_OK(edge_linker_define_tag(linker, EDGE_STR("host"), EDGE_STR("tag"), tag));
    CHECK_OK(edge_linker_func(linker, EDGE_STR("host"), EDGE_STR("throw"), nothing, throw_it, exception, NULL));
    CHECK_OK(edge_linker_instantiate(linker, store, module, &instance));
    CHECK_OK(edge_instance_tag(instance, EDGE_STR("tag"), &exported));
    CHECK(edge_tag_same(tag, exported) && !edge_tag_same(tag, NULL));

    CHECK_OK(edge_instance_func(instance, EDGE_STR("catch"), &func));
    CHECK_OK(edge_func_call(func, NULL, 0, &got, 1));
    CHECK(got.of.i32 == 42);
    edge_func_free(func);
    value = edge_val_i32(7);
    CHECK_OK(edge_instance_func(instance, EDGE_STR("throw"), &func));
    error = edge_func_call(func, &value, 1, NULL, 0);
    CHECK(edge_error_kind(error) == EDGE_KIND_UNCAUGHT_EXCEPTION);
    caught = edge_error_exception(error);
    of_error = edge_exnref_tag(caught);
    CHECK(edge_tag_same(tag, of_error) && !edge_exnref_same(caught, exception) && edge_exnref_same(caught, caught));
    CHECK_OK(edge_exnref_value(caught, 0, &got));
    CHECK(got.of.i32 == 7);
    CHECK_ERROR(edge_exnref_value(caught, 1, &got), EDGE_KIND_ARGUMENT_TYPE, "value 1 of 1");
    edge_error_free(error);
    CHECK(edge_error_exception(NULL) == NULL && edge_throw(NULL) == NULL);
    edge_exnref_free(caught), edge_exnref_free(exception), edge_tag_free(of_error), edge_tag_free(exported), edge_tag_free(tag);
    edge_func_free(func), edge_instance_free(instance), edge_linker_free(linker), edge_module_free(module);
    edge_type_free(back), edge_type_free(nothing), edge_type_free(type);
}

static void stores_do_not_mix(edge_store_t *store) {
    edge_store_t *other = NULL;
    edge_linker_t *linker = NULL;
    edge_module_t *module = compile("(module (import \"m\" \"mem\" (memory 1)))");
    edge_type_t *type = NULL;
    edge_memory_t *memory = NULL;
    edge_instance_t *instance = NULL;
    CHECK_OK(edge_store_new(NULL, NULL, &other));
    CHECK_OK(edge_type_memory(1, EDGE_NO_MAXIMUM, &type));
    CHECK_OK(edge_memory_new(other, type, &memory));
    CHECK_OK(edge_linker_new(NULL, &linker));
    CHECK_OK(edge_linker_define_memory(linker, EDGE_STR("m"), EDGE_STR("mem"), memory));
    CHECK_ERROR(edge_linker_instantiate(linker, store, module, &instance), EDGE_KIND_WRONG_STORE, "");
    CHECK_OK(edge_linker_instantiate(linker, other, module, &instance));
    CHECK(edge_store_memory_used(other) >= 65536);
    edge_linker_free(linker);
    edge_store_free(other);
    edge_memory_free(memory);
    edge_instance_free(instance);
    edge_module_free(module);
    edge_type_free(type);
}

int main(void) {
    edge_store_t *store = NULL;
    edge_config_t *config = edge_config_new();
    edge_engine_t *engine = NULL;
    CHECK_OK(edge_config_set_opt_level(config, EDGE_OPT_NONE));
    CHECK_ERROR(edge_config_set_opt_level(config, 9), EDGE_KIND_ARGUMENT_TYPE, "EDGE_OPT_*");
    CHECK_OK(edge_engine_new(config, &engine));
    edge_config_free(config);
    edge_engine_free(engine);
    CHECK(strcmp(edge_version(), EDGE_HEADER_VERSION) == 0);

    CHECK_OK(edge_store_new(NULL, NULL, &store));
    inspection();
    memories(store);
    linking(store);
    exceptions(store);
    stores_do_not_mix(store);
    edge_store_free(store);
    return check_report();
}
