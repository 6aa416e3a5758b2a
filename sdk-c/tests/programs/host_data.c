/* A host function with data of its own, called by the guest. */
#include "program.h"

static edge_error_t *add(void *data, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                         edge_value_t *result) {
    (void)call, (void)nargs;
    printf("Host function \"Add\": %" PRId32 " + %" PRId32 "\n", args[0].of.i32, args[1].of.i32);
    *result = edge_i32(args[0].of.i32 + args[1].of.i32);
    *(int32_t *)data = result->of.i32;
    return NULL;
}

int main(void) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    int32_t data = 0;
    edge_value_t args[] = {edge_i32(1234), edge_i32(5678)}, result;
    check(edge_options_import(options, EDGE_STR("extern"), EDGE_STR("func-add"), add, &data, NULL));
    check(edge_vm_load_text(EDGE_STR("(module (import \"extern\" \"func-add\" (func $add (param i32 i32) (result i32)))"
                                     "(func (export \"addTwo\") (param i32 i32) (result i32)"
                                     " (call $add (local.get 0) (local.get 1))))"),
                            options, &vm));
    edge_options_free(options);
    check(edge_vm_run(vm, EDGE_STR("addTwo"), args, 2, &result));
    printf("Get the result: %" PRId32 "\n", result.of.i32);
    printf("Data value: %" PRId32 "\n", data);
    edge_vm_free(vm);
    return 0;
}
