/* Load a module, call a function by name: the shortest program. */
#include "program.h"

int main(void) {
    edge_vm_t *vm;
    const int32_t arguments[] = {5, 10, 20, 25, 32};
    check(edge_vm_load_text(EDGE_STR(FIBONACCI), NULL, &vm));
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        edge_value_t args[] = {edge_i32(arguments[i])}, result;
        check(edge_vm_run(vm, EDGE_STR("fib"), args, 1, &result));
        printf("Get the result: %" PRId32 "\n", result.of.i32);
        edge_value_free(&result);
    }
    edge_vm_free(vm);
    return 0;
}
