/* A module of the host with a function, a table, a memory and a global, all of which a guest imports. */
#include "program.h"

#define USER                                                                                                         \
    "(module (import \"module\" \"add\" (func $add (param i32 i32) (result i32)))"                                   \
    " (import \"module\" \"table\" (table 10 20 funcref))"                                                           \
    " (import \"module\" \"memory\" (memory 1 2))"                                                                   \
    " (import \"module\" \"global\" (global $g (mut i32)))"                                                          \
    " (func (export \"add\") (result i32) (call $add (global.get $g) (i32.const 334)))"                              \
    " (func (export \"sizes\") (result i32) (i32.add (i32.mul (table.size 0) (i32.const 100)) (memory.size))))"

static edge_error_t *add(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                         size_t nresults) {
    (void)env, (void)caller, (void)nargs, (void)nresults;
    results[0] = edge_val_i32(args[0].of.i32 + args[1].of.i32);
    return NULL;
}

static edge_host_module_t *make_host(void) {
    const edge_valtype_t params[] = {EDGE_VALTYPE_I32, EDGE_VALTYPE_I32}, results[] = {EDGE_VALTYPE_I32};
    edge_type_t *func, *table, *memory, *global;
    edge_host_module_t *host;
    edge_val_t value = edge_val_i32(666);
    check(edge_type_func(params, 2, results, 1, &func));
    check(edge_type_table(EDGE_VALTYPE_FUNCREF, 10, 20, &table));
    check(edge_type_memory(1, 2, &memory));
    check(edge_type_global(EDGE_VALTYPE_I32, true, &global));
    check(edge_host_module_new(EDGE_STR("module"), &host));
    check(edge_host_module_func(host, EDGE_STR("add"), func, add, NULL, NULL));
    check(edge_host_module_table(host, EDGE_STR("table"), table, NULL));
    check(edge_host_module_memory(host, EDGE_STR("memory"), memory));
    check(edge_host_module_global(host, EDGE_STR("global"), global, &value));
    edge_type_free(func), edge_type_free(table), edge_type_free(memory), edge_type_free(global);
    return host;
}

static void show(const edge_instance_t *instance, const char *name) {
    edge_func_t *func;
    edge_val_t result;
    check(edge_instance_func(instance, EDGE_STR(name), &func));
    check(edge_func_call(func, NULL, 0, &result, 1));
    printf("%s: %" PRId32 "\n", name, result.of.i32);
    edge_func_free(func);
}

int main(void) {
    edge_host_module_t *host = make_host();
    edge_store_t *store;
    edge_linker_t *linker;
    edge_module_t *module;
    edge_instance_t *instance;
    edge_view_t item;
    for (size_t i = 0; (item = edge_host_module_item(host, i)).len > 0; i++) printf("offers %.*s\n", (int)item.len, item.data);
    check(edge_store_new(NULL, NULL, &store));
    check(edge_linker_new(NULL, &linker));
    check(edge_linker_host_module(linker, store, host));
    check(edge_module_from_text(NULL, EDGE_STR(USER), &module));
    check(edge_linker_instantiate(linker, store, module, &instance));
    show(instance, "add");
    show(instance, "sizes");
    edge_host_module_free(host), edge_store_free(store), edge_linker_free(linker), edge_module_free(module);
    edge_instance_free(instance);
    return 0;
}
