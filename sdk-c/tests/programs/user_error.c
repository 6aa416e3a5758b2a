/* A host function fails with an error code of the program's own, which comes out at the other side of the guest. */
#include "program.h"

/* The binary of a module that imports `extern.trap` and exports `trap`, both (i32) -> (). */
static const uint8_t wasm[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    /* Types: one function. */
    0x01, 0x05, 0x01, 0x60, 0x01, 0x7f, 0x00,
    /* Imports: "extern" "trap", of type 0. */
    0x02, 0x0f, 0x01, 0x06, 0x65, 0x78, 0x74, 0x65, 0x72, 0x6e, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x00,
    /* Functions: one of type 0. */
    0x03, 0x02, 0x01, 0x00,
    /* Exports: "trap", function 1. */
    0x07, 0x08, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x01,
    /* Code: calls function 0 with the argument. */
    0x0a, 0x08, 0x01, 0x06, 0x00, 0x20, 0x00, 0x10, 0x00, 0x0b};

static edge_error_t *trap(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                          edge_value_t *result) {
    (void)env, (void)call, (void)nargs, (void)result;
    return edge_error_new_code(args[0].of.i32, EDGE_STR("user defined error code"), NULL, NULL);
}

static edge_error_t *stop(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                          edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return edge_terminate();
}

/* What a log would say of an error: the library keeps none, and tells all of it. */
static void log_error(const edge_error_t *error, const char *name) {
    edge_view_t message = edge_error_message(error);
    int64_t code = 0;
    edge_error_code(error, &code);
    printf("[error] user defined failed: %.*s, Code: 0x%" PRIx64 "\n", (int)message.len, message.data, (uint64_t)code);
    printf("[error]     When executing function name: \"%s\"\n", name);
}

static void run_trap(int32_t argument) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    edge_value_t args[] = {edge_i32(argument)};
    edge_error_t *error;
    int64_t code;
    check(edge_options_import(options, EDGE_STR("extern"), EDGE_STR("trap"), trap, NULL, NULL));
    check(edge_vm_load_bytes(wasm, sizeof wasm, options, &vm));
    edge_options_free(options);
    error = edge_vm_run(vm, EDGE_STR("trap"), args, 1, NULL);
    log_error(error, "trap");
    if (edge_error_code(error, &code)) printf("Get the error code: %" PRId64 "\n", code);
    edge_error_free(error);
    edge_vm_free(vm);
}

/* Ended on purpose, which is an outcome of its own. */
static void run_stop(void) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    edge_error_t *error;
    check(edge_options_import(options, EDGE_STR("extern"), EDGE_STR("stop"), stop, NULL, NULL));
    check(edge_vm_load_text(EDGE_STR("(module (import \"extern\" \"stop\" (func $stop)) (func (export \"stop\") (call $stop)))"),
                            options, &vm));
    edge_options_free(options);
    error = edge_vm_run(vm, EDGE_STR("stop"), NULL, 0, NULL);
    edge_view_t kind = edge_kind_name(edge_error_kind(error)), message = edge_error_message(error);
    printf("%.*s: %.*s\n", (int)kind.len, kind.data, (int)message.len, message.data);
    edge_error_free(error);
    edge_vm_free(vm);
}

int main(void) {
    run_trap(5566);
    run_trap(12345678);
    run_stop();
    return 0;
}
