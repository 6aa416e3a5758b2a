/* A command: arguments and environment go in, text and an exit code come out. */
#include "program.h"

/* Writes its first argument and ends itself with the number of its arguments. */
#define COMMAND                                                                                                      \
    "(module (import \"wasi_snapshot_preview1\" \"args_sizes_get\" (func $sizes (param i32 i32) (result i32)))"      \
    " (import \"wasi_snapshot_preview1\" \"args_get\" (func $get (param i32 i32) (result i32)))"                     \
    " (import \"wasi_snapshot_preview1\" \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))"           \
    " (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"                                    \
    " (memory (export \"memory\") 1)"                                                                                \
    " (func (export \"_start\") (drop (call $sizes (i32.const 0) (i32.const 4)))"                                    \
    "  (drop (call $get (i32.const 16) (i32.const 64)))"                                                             \
    "  (i32.store (i32.const 32) (i32.load (i32.const 16)))"                                                         \
    "  (i32.store (i32.const 36) (i32.const 5))"                                                                     \
    "  (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40)))"                               \
    "  (call $exit (i32.load (i32.const 0)))))"

static void run(const char *text, const edge_options_t *options) {
    edge_vm_t *vm;
    edge_buffer_t out;
    int32_t code;
    check(edge_vm_load_text(EDGE_STR(text), options, &vm));
    check(edge_vm_start(vm, &code));
    check(edge_vm_stdout(vm, &out));
    printf("Wrote: \"%.*s\", exit code: %" PRId32 "\n", (int)out.len, (const char *)out.data, code);
    edge_buffer_free(&out);
    edge_vm_free(vm);
}

int main(void) {
    edge_options_t *options = edge_options_new();
    edge_wasi_t *wasi = edge_wasi_new();
    check(edge_wasi_arg(wasi, EDGE_STR("guest")));
    check(edge_wasi_arg(wasi, EDGE_STR("second")));
    check(edge_wasi_arg(wasi, EDGE_STR("third")));
    check(edge_wasi_stdout_capture(wasi));
    check(edge_options_set_wasi(options, wasi));
    run(COMMAND, options);
    run("(module (memory (export \"memory\") 1) (func (export \"_start\")))", options);
    edge_wasi_free(wasi);
    edge_options_free(options);
    return 0;
}
