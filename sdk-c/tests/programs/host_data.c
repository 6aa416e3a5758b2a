/* A host function called by a guest that is given as bytes, without data of its own and with. */
#include "program.h"

/* The binary of a module that imports `extern.func-add` and exports `addTwo`, both (i32, i32) -> i32. */
static const uint8_t wasm[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    /* Types: one function. */
    0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f,
    /* Imports: "extern" "func-add", of type 0. */
    0x02, 0x13, 0x01, 0x06, 0x65, 0x78, 0x74, 0x65, 0x72, 0x6e, 0x08, 0x66, 0x75, 0x6e, 0x63, 0x2d, 0x61, 0x64, 0x64, 0x00, 0x00,
    /* Functions: one of type 0. */
    0x03, 0x02, 0x01, 0x00,
    /* Exports: "addTwo", function 1. */
    0x07, 0x0a, 0x01, 0x06, 0x61, 0x64, 0x64, 0x54, 0x77, 0x6f, 0x00, 0x01,
    /* Code: calls function 0 with both arguments. */
    0x0a, 0x0a, 0x01, 0x08, 0x00, 0x20, 0x00, 0x20, 0x01, 0x10, 0x00, 0x0b};

static edge_error_t *add(void *data, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                         edge_value_t *result) {
    (void)call, (void)nargs;
    printf("Host function \"Add\": %" PRId32 " + %" PRId32 "\n", args[0].of.i32, args[1].of.i32);
    *result = edge_i32(args[0].of.i32 + args[1].of.i32);
    if (data != NULL) *(int32_t *)data = result->of.i32;
    return NULL;
}

static void run(int32_t *data) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    edge_value_t args[] = {edge_i32(1234), edge_i32(5678)}, result;
    check(edge_options_import(options, EDGE_STR("extern"), EDGE_STR("func-add"), add, data, NULL));
    check(edge_vm_load_bytes(wasm, sizeof wasm, options, &vm));
    edge_options_free(options);
    check(edge_vm_run(vm, EDGE_STR("addTwo"), args, 2, &result));
    printf("Get the result: %" PRId32 "\n", result.of.i32);
    edge_vm_free(vm);
}

static void without_data(void) { run(NULL); }

static void with_data(void) {
    int32_t data = 0;
    run(&data);
    printf("Data value: %" PRId32 "\n", data);
}

int main(void) {
    without_data();
    with_data();
    return 0;
}
