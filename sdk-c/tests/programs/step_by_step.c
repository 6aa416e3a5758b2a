/* Module, store, linker, instance by hand: the exports are listed, and two instances live in one store. */
#include "program.h"

static void list_exports(const edge_module_t *module) {
    size_t count = edge_module_export_count(module);
    printf("%zu exported\n", count);
    for (size_t i = 0; i < count; i++) {
        edge_view_t name;
        edge_type_t *type;
        check(edge_module_export(module, i, &name, &type));
        edge_view_t text = edge_type_text(type);
        printf("Get exported function string length: %zu, name: %.*s\n  its type: %.*s\n", name.len, (int)name.len, name.data,
               (int)text.len, text.data);
        edge_type_free(type);
    }
}

static void call(const edge_instance_t *instance, int32_t argument) {
    edge_func_t *fib;
    edge_val_t args[] = {edge_val_i32(argument)}, result;
    check(edge_instance_func(instance, EDGE_STR("fib"), &fib));
    check(edge_func_call(fib, args, 1, &result, 1));
    printf("Get the result: %" PRId32 "\n", result.of.i32);
    edge_func_free(fib);
}

int main(void) {
    edge_module_t *module;
    edge_store_t *store;
    edge_linker_t *linker;
    edge_instance_t *first, *second;
    check(edge_module_from_text(NULL, EDGE_STR(FIBONACCI), &module));
    check(edge_store_new(NULL, NULL, &store));
    check(edge_linker_new(NULL, &linker));
    check(edge_linker_instantiate(linker, store, module, &first));
    check(edge_linker_instantiate(linker, store, module, &second));
    list_exports(module);
    /* Instances keep what they need. */
    edge_store_free(store);
    edge_linker_free(linker);
    edge_module_free(module);
    call(first, 18);
    edge_instance_free(first);
    call(second, 20);
    edge_instance_free(second);
    return 0;
}
