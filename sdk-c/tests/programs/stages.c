/* The steps of a load one by one; then the same module under a name, for others to import, beside an instance without one. */
#include "program.h"

#define USER                                                                                                          \
    "(module (import \"mod\" \"fib\" (func $fib (param i32) (result i32)))"                                           \
    " (export \"fib\" (func $fib)) (global (export \"global_i32\") (mut i32) (i32.const 40))"                                                      \
    " (func (export \"next\") (result i32) (call $fib (global.get 0)))"                                               \
    " (func (export \"set\") (param i32) (global.set 0 (local.get 0))))"

/* The binary of `(module)` with one section that ends too early. */
static const uint8_t broken[] = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x7f};

static int32_t call(edge_func_t *func, int32_t argument) {
    edge_val_t args[] = {edge_val_i32(argument)}, result;
    check(edge_func_call(func, args, 1, &result, 1));
    return result.of.i32;
}

static void show_failure(const char *step, edge_error_t *error) {
    edge_view_t phase = edge_phase_name(edge_error_phase(error)), kind = edge_kind_name(edge_error_kind(error));
    printf("%s failed: %.*s, %.*s\n", step, (int)phase.len, phase.data, (int)kind.len, kind.data);
    edge_error_free(error);
}

static void failures(edge_store_t *store, edge_linker_t *linker) {
    edge_module_t *module;
    edge_instance_t *instance;
    show_failure("Loading", edge_module_validate(NULL, broken, sizeof broken));
    show_failure("Validation", edge_module_from_text(NULL, EDGE_STR("(module (func (result i32)))"), &module));
    check(edge_module_from_text(NULL, EDGE_STR(USER), &module));
    show_failure("Linking", edge_linker_instantiate(linker, store, module, &instance));
    edge_module_free(module);
    check(edge_module_from_text(NULL, EDGE_STR("(module (memory 1) (data (i32.const 65536) \"x\"))"), &module));
    show_failure("Instantiation", edge_linker_instantiate(linker, store, module, &instance));
    edge_module_free(module);
}

int main(void) {
    edge_store_t *store;
    edge_linker_t *linker;
    edge_module_t *module, *user_module;
    edge_instance_t *named, *anonymous, *user;
    edge_func_t *fib, *other_fib, *imported_fib, *next;
    edge_global_t *global;
    edge_val_t result, twenty = edge_val_i32(20);
    check(edge_store_new(NULL, NULL, &store));
    check(edge_linker_new(NULL, &linker));
    failures(store, linker);

    check(edge_module_from_text(NULL, EDGE_STR(FIBONACCI), &module));
    check(edge_linker_instantiate(linker, store, module, &anonymous));
    check(edge_instance_func(anonymous, EDGE_STR("fib"), &fib));
    printf("Get the result: %" PRId32 "\n", call(fib, 10));

    check(edge_linker_instantiate(linker, store, module, &named));
    check(edge_linker_define_instance(linker, EDGE_STR("mod"), named));
    check(edge_instance_func(named, EDGE_STR("fib"), &other_fib));
    printf("Get the result: %" PRId32 "\n", call(other_fib, 20));

    check(edge_module_from_text(NULL, EDGE_STR(USER), &user_module));
    check(edge_linker_instantiate(linker, store, user_module, &user));
    /* A third way to it: the module that imports it exports it again. */
    check(edge_instance_func(user, EDGE_STR("fib"), &imported_fib));
    printf("Found three ways: %" PRId32 ", %" PRId32 ", %" PRId32 "\n", call(fib, 1), call(other_fib, 2), call(imported_fib, 3));
    check(edge_instance_global(user, EDGE_STR("global_i32"), &global));
    check(edge_global_get(global, &result));
    printf("Get the global: %" PRId32 "\n", result.of.i32);
    check(edge_global_set(global, &twenty));
    check(edge_instance_func(user, EDGE_STR("next"), &next));
    check(edge_func_call(next, NULL, 0, &result, 1));
    printf("Get the result: %" PRId32 "\n", result.of.i32);

    edge_func_free(fib), edge_func_free(other_fib), edge_func_free(imported_fib), edge_func_free(next);
    edge_global_free(global);
    edge_instance_free(named), edge_instance_free(anonymous), edge_instance_free(user);
    edge_module_free(module), edge_module_free(user_module);
    edge_linker_free(linker);
    edge_store_free(store);
    return 0;
}
