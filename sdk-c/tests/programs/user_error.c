/* A host function fails with an error code of the program's own, which comes out at the other side of the guest. */
#include "program.h"

static edge_error_t *fail(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                          edge_value_t *result) {
    int32_t *code = malloc(sizeof *code);
    (void)env, (void)call, (void)nargs, (void)result;
    if (code != NULL) *code = args[0].of.i32;
    return edge_error_new(0, EDGE_STR("user defined error code"), code, free);
}

int main(void) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    const int32_t codes[] = {5566, 12345678};
    check(edge_options_import(options, EDGE_STR("extern"), EDGE_STR("trap"), fail, NULL, NULL));
    check(edge_vm_load_text(EDGE_STR("(module (import \"extern\" \"trap\" (func $trap (param i32)))"
                                     "(func (export \"trap\") (param i32) (call $trap (local.get 0))))"),
                            options, &vm));
    edge_options_free(options);
    for (size_t i = 0; i < 2; i++) {
        edge_value_t args[] = {edge_i32(codes[i])};
        edge_error_t *error = edge_vm_run(vm, EDGE_STR("trap"), args, 1, NULL);
        edge_view_t message = edge_error_message(error), kind = edge_kind_name(edge_error_kind(error));
        const int32_t *code = edge_error_payload(error, free);
        printf("%.*s: %.*s\n", (int)kind.len, kind.data, (int)message.len, message.data);
        if (code != NULL) printf("Get the error code: %" PRId32 "\n", *code);
        edge_error_free(error);
    }
    edge_vm_free(vm);
    return 0;
}
