/* Calls on threads of the library: one is waited for, one is given a minute, one runs for ever and is cancelled after a second. */
#include "program.h"

#define ENDLESS "(module (func (export \"spin\") (loop $l (br $l))))"

static void print_result(edge_async_t *task) {
    edge_value_t result;
    edge_error_t *error = edge_async_result(task, &result);
    edge_view_t kind = edge_kind_name(edge_error_kind(error));
    if (error == NULL) printf("Get the result: %" PRId32 "\n", result.of.i32);
    else printf("Ended by: %.*s\n", (int)kind.len, kind.data);
    edge_error_free(error);
    edge_async_free(task);
}

int main(void) {
    edge_value_t twenty[] = {edge_i32(20)}, twenty_five[] = {edge_i32(25)};
    edge_vm_t *vm, *endless;
    edge_function_t *fib;
    edge_async_t *task;
    check(edge_vm_load_text(EDGE_STR(FIBONACCI), NULL, &vm));
    check(edge_vm_load_text(EDGE_STR(ENDLESS), NULL, &endless));

    check(edge_async_run(vm, NULL, EDGE_STR("fib"), twenty, 1, NULL, NULL, &task));
    edge_async_wait(task);
    print_result(task);

    check(edge_vm_function(vm, EDGE_STR("fib"), &fib));
    check(edge_async_call(fib, NULL, twenty_five, 1, NULL, NULL, &task));
    if (!edge_async_wait_for(task, UINT64_C(60000000000))) edge_async_cancel(task);
    print_result(task);

    check(edge_async_run(endless, NULL, EDGE_STR("spin"), NULL, 0, NULL, NULL, &task));
    if (!edge_async_wait_for(task, UINT64_C(1000000000))) edge_async_cancel(task);
    print_result(task);

    edge_function_free(fib);
    edge_vm_free(endless), edge_vm_free(vm);
    return 0;
}
