/* A host function fails with an error code of the program's own, which comes out at the other side of the guest. */
#include "program.h"

static edge_error_t *fail(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                          edge_value_t *result) {
    (void)env, (void)call, (void)nargs, (void)result;
    return edge_error_new_code(args[0].of.i32, EDGE_STR("user defined error code"), NULL, NULL);
}

static edge_error_t *stop(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                          edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return edge_terminate();
}

static void run(const edge_vm_t *vm, const char *name, const edge_value_t *args, size_t nargs) {
    edge_error_t *error = edge_vm_run(vm, EDGE_STR(name), args, nargs, NULL);
    edge_view_t message = edge_error_message(error), kind = edge_kind_name(edge_error_kind(error));
    int64_t code;
    printf("%.*s: %.*s\n", (int)kind.len, kind.data, (int)message.len, message.data);
    if (edge_error_code(error, &code)) printf("Get the error code: %" PRId64 "\n", code);
    edge_error_free(error);
}

int main(void) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    edge_value_t codes[] = {edge_i32(5566), edge_i32(12345678)};
    check(edge_options_import(options, EDGE_STR("extern"), EDGE_STR("trap"), fail, NULL, NULL));
    check(edge_options_import(options, EDGE_STR("extern"), EDGE_STR("stop"), stop, NULL, NULL));
    check(edge_vm_load_text(EDGE_STR("(module (import \"extern\" \"trap\" (func $trap (param i32)))"
                                     "(import \"extern\" \"stop\" (func $stop))"
                                     "(func (export \"trap\") (param i32) (call $trap (local.get 0)))"
                                     "(func (export \"stop\") (call $stop)))"),
                            options, &vm));
    edge_options_free(options);
    run(vm, "trap", &codes[0], 1);
    run(vm, "trap", &codes[1], 1);
    run(vm, "stop", NULL, 0);
    edge_vm_free(vm);
    return 0;
}
