/* What a call came to: success is NULL, a failure has a phase, a kind, a message, and here a code of the program's own. */
#include "program.h"

static edge_error_t *fail_if(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                             edge_value_t *result) {
    int32_t code = args[0].of.i32;
    (void)env, (void)call, (void)nargs, (void)result;
    return code == 0 ? NULL : edge_error_new_code(code, EDGE_STR("as asked"), NULL, NULL);
}

static void show(edge_error_t *error) {
    edge_view_t phase = edge_phase_name(edge_error_phase(error)), kind = edge_kind_name(edge_error_kind(error));
    edge_view_t message = edge_error_message(error);
    int64_t code;
    if (error == NULL) {
        printf("success\n");
    } else {
        printf("%.*s: %.*s: %.*s", (int)phase.len, phase.data, (int)kind.len, kind.data, (int)message.len, message.data);
        if (edge_error_code(error, &code)) printf(" (code %" PRId64 ")", code);
        printf("\n");
    }
    edge_error_free(error);
}

int main(void) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm;
    edge_value_t good[] = {edge_i32(0)}, bad[] = {edge_i32(123)};
    check(edge_options_import(options, EDGE_STR("host"), EDGE_STR("fail_if"), fail_if, NULL, NULL));
    check(edge_vm_load_text(EDGE_STR("(module (import \"host\" \"fail_if\" (func $fail_if (param i32)))"
                                     "(func (export \"run\") (param i32) (call $fail_if (local.get 0)))"
                                     "(func (export \"trap\") unreachable))"),
                            options, &vm));
    show(edge_vm_run(vm, EDGE_STR("run"), good, 1, NULL));
    show(edge_vm_run(vm, EDGE_STR("run"), bad, 1, NULL));
    show(edge_vm_run(vm, EDGE_STR("run"), NULL, 0, NULL));
    show(edge_vm_run(vm, EDGE_STR("nowhere"), NULL, 0, NULL));
    show(edge_vm_reset(vm));
    show(edge_vm_run(vm, EDGE_STR("trap"), NULL, 0, NULL));
    edge_vm_free(vm);
    edge_options_free(options);
    return 0;
}
