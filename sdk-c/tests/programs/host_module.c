/* What the host makes for guests: a table, a memory and a global with their bounds, and a function that reads guest memory. */
#include "program.h"

#define USER                                                                                                         \
    "(module (import \"host\" \"report\" (func $report (param i32)))"                                                \
    " (import \"host\" \"table\" (table 10 20 externref))"                                                           \
    " (import \"host\" \"memory\" (memory 1 5))"                                                                     \
    " (import \"host\" \"global\" (global $g (mut i64)))"                                                            \
    " (func (export \"run\") (i32.store (i32.const 64) (i32.const 5566)) (call $report (i32.const 64))"              \
    "  (global.set $g (i64.add (global.get $g) (i64.const 1)))))"

/* Says what came of it, and frees the error. */
static void show(const char *what, edge_error_t *error) {
    edge_view_t message = edge_error_message(error);
    printf("%s: %.*s\n", what, error == NULL ? 4 : (int)message.len, error == NULL ? "done" : message.data);
    edge_error_free(error);
}

static edge_error_t *report(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                            size_t nresults) {
    edge_memory_t *memory;
    uint32_t offset = (uint32_t)args[0].of.i32, number = 0;
    edge_error_t *error = edge_caller_memory(caller, 0, &memory);
    (void)nargs, (void)results, (void)nresults;
    if (error == NULL) error = edge_memory_read(memory, offset, (uint8_t *)&number, sizeof number);
    if (error == NULL) {
        printf("u32 at memory[%" PRIu32 "]: %" PRIu32 "\n", offset, number);
        printf("Data: %f\n", *(double *)env);
    }
    edge_memory_free(memory);
    return error;
}

static edge_table_t *make_table(edge_store_t *store) {
    edge_type_t *type;
    edge_table_t *table;
    edge_externref_t *reference;
    edge_val_t value, got;
    uint64_t before;
    check(edge_type_table(EDGE_VALTYPE_EXTERNREF, 10, 20, &type));
    check(edge_table_new(store, type, NULL, &table));
    check(edge_externref_new(store, NULL, &reference));
    value = edge_val_externref(reference);
    show("Set element 3", edge_table_set(table, 3, &value));
    show("Set element 13", edge_table_set(table, 13, &value));
    check(edge_table_get(table, 3, &got));
    printf("Element 3 is the same: %d\n", edge_externref_data(got.of.externref, NULL) == store);
    edge_val_free(&got);
    show("Get element 13", edge_table_get(table, 13, &got));
    printf("Table size: %" PRIu64 "\n", edge_table_size(table));
    show("Grow by 6", edge_table_grow(table, 6, NULL, &before));
    printf("Table size: %" PRIu64 ", before: %" PRIu64 "\n", edge_table_size(table), before);
    show("Grow by 6", edge_table_grow(table, 6, NULL, NULL));
    edge_externref_free(reference);
    edge_type_free(type);
    return table;
}

static edge_memory_t *make_memory(edge_store_t *store) {
    edge_type_t *type;
    edge_memory_t *memory;
    const uint8_t data[] = {0xaa, 0xbb, 0xcc};
    uint8_t back[3];
    check(edge_type_memory(1, 5, &type));
    check(edge_memory_new(store, type, &memory));
    check(edge_memory_write(memory, 0x1000, data, 3));
    check(edge_memory_read(memory, 0x1000, back, 3));
    printf("Bytes: %02X %02X %02X\n", back[0], back[1], back[2]);
    show("Write 3 bytes at 0xFFFF", edge_memory_write(memory, 0xffff, data, 3));
    printf("Memory size: %" PRIu64 "\n", edge_memory_size(memory));
    show("Grow by 2", edge_memory_grow(memory, 2, NULL));
    printf("Memory size: %" PRIu64 "\n", edge_memory_size(memory));
    show("Grow by 3", edge_memory_grow(memory, 3, NULL));
    edge_type_free(type);
    return memory;
}

static edge_global_t *make_global(edge_store_t *store) {
    edge_type_t *type;
    edge_global_t *global;
    edge_val_t thousand = edge_val_i64(1000), other = edge_val_i64(888), text = edge_val_f32(1), got;
    check(edge_type_global(EDGE_VALTYPE_I64, true, &type));
    check(edge_global_new(store, type, &thousand, &global));
    check(edge_global_set(global, &other));
    check(edge_global_get(global, &got));
    printf("Global: %" PRId64 "\n", got.of.i64);
    show("Set it to an f32", edge_global_set(global, &text));
    edge_type_free(type);
    return global;
}

int main(void) {
    const edge_valtype_t params[] = {EDGE_VALTYPE_I32};
    double data = 0.0;
    edge_store_t *store;
    edge_linker_t *linker;
    edge_module_t *module;
    edge_instance_t *instance;
    edge_type_t *type;
    edge_func_t *func, *run;
    edge_val_t got;
    check(edge_store_new(NULL, NULL, &store));
    edge_table_t *table = make_table(store);
    edge_memory_t *memory = make_memory(store);
    edge_global_t *global = make_global(store);
    check(edge_type_func(params, 1, NULL, 0, &type));
    check(edge_func_new(store, type, report, &data, NULL, &func));

    check(edge_linker_new(NULL, &linker));
    check(edge_linker_define_func(linker, EDGE_STR("host"), EDGE_STR("report"), func));
    check(edge_linker_define_table(linker, EDGE_STR("host"), EDGE_STR("table"), table));
    check(edge_linker_define_memory(linker, EDGE_STR("host"), EDGE_STR("memory"), memory));
    check(edge_linker_define_global(linker, EDGE_STR("host"), EDGE_STR("global"), global));
    check(edge_module_from_text(NULL, EDGE_STR(USER), &module));
    check(edge_linker_instantiate(linker, store, module, &instance));
    check(edge_instance_func(instance, EDGE_STR("run"), &run));
    check(edge_func_call(run, NULL, 0, NULL, 0));
    check(edge_global_get(global, &got));
    printf("Global: %" PRId64 "\n", got.of.i64);

    edge_func_free(func), edge_func_free(run);
    edge_table_free(table), edge_memory_free(memory), edge_global_free(global);
    edge_type_free(type);
    edge_instance_free(instance);
    edge_module_free(module);
    edge_linker_free(linker);
    edge_store_free(store);
    return 0;
}
