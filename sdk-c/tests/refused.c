/* Modules that must not load (tests/conformance/modules.json): each ends in its kind of error, and the process goes on. */

#include "check.h"
#include "refused.h"

static edge_error_t *note(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return NULL;
}

static void refuse(const edge_options_t *options, const refused_t *row) {
    edge_vm_t *vm = NULL;
    edge_error_t *error = row->is_text ? edge_vm_load_text(row->data, row->len, options, &vm)
                                       : edge_vm_load_bytes((const uint8_t *)row->data, row->len, options, &vm);
    edge_kind_t kind = edge_kind_from_name(EDGE_STR(row->error));
    int failed = check_failed;
    CHECK(kind != 0 && vm == NULL);
    CHECK_ERROR(error, kind, row->message);
    if (check_failed != failed) printf("  in the row: %s\n", row->name);
    edge_vm_free(vm);
}

static void accept(void) {
    edge_vm_t *vm = NULL;
    edge_value_t args[] = {edge_i32(2), edge_i32(3)}, result;
    CHECK_OK(edge_vm_load_text(EDGE_STR(GOOD), NULL, &vm));
    CHECK_OK(edge_vm_run(vm, EDGE_STR("add"), args, 2, &result));
    CHECK(result.kind == EDGE_VALUE_I32 && result.of.i32 == 5);
    edge_vm_free(vm);
}

int main(void) {
    edge_options_t *options = edge_options_new();
    CHECK_OK(edge_options_import(options, EDGE_STR("app"), EDGE_STR("note"), note, NULL, NULL));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        refuse(options, &refused[i]);
        accept();
    }
    edge_options_free(options);
    return check_report();
}
