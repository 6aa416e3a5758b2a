/* Runs `fib` of the file that the command line names, with WASI at its disposal. */
#include "program.h"

int main(int argc, char **argv) {
    edge_options_t *options;
    edge_wasi_t *wasi;
    edge_vm_t *vm;
    edge_value_t args[] = {edge_i32(32)}, result;
    if (argc < 2) {
        fprintf(stderr, "usage: %s file\n", argv[0]);
        return EXIT_FAILURE;
    }
    options = edge_options_new();
    wasi = edge_wasi_new();
    for (int i = 1; i < argc; i++) check(edge_wasi_arg(wasi, EDGE_STR(argv[i])));
    check(edge_options_set_wasi(options, wasi));
    check(edge_vm_load(EDGE_STR(argv[1]), options, &vm));
    check(edge_vm_run(vm, EDGE_STR("fib"), args, 1, &result));
    printf("Get result: %" PRId32 "\n", result.of.i32);
    edge_vm_free(vm);
    edge_options_free(options);
    edge_wasi_free(wasi);
    return 0;
}
