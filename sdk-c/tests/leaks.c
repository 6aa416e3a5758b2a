/* Nothing grows: over a million calls of four kinds, and over thousands of VMs. Not for sanitizers, which keep what is freed. */

#include "check.h"
#include "measure.h"

enum { CALLS = 1000000, VMS = 5000 };

static edge_error_t *bytes_round(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                                 edge_value_t *result) {
    (void)call, (void)nargs;
    ++*(uint64_t *)env;
    return edge_value_copy(&args[0], result);
}

static edge_error_t *unused(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                            edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return edge_error_new(0, EDGE_STR("not for this test"), NULL, NULL);
}

static edge_options_t *imports(uint64_t *rounds) {
    const char *const others[] = {"note", "transform", "fetch", "fail_host", "fail_typed", "reenter", "multiply", "sum", "areas"};
    edge_options_t *options = edge_options_new();
    CHECK_OK(edge_options_import(options, EDGE_STR("app"), EDGE_STR("bytes_round"), bytes_round, rounds, NULL));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK_OK(edge_options_import(options, EDGE_STR("app"), EDGE_STR(others[i]), unused, NULL, NULL));
    }
    return options;
}

static size_t guest_memory(const edge_vm_t *vm) {
    edge_memory_t *memory = NULL;
    size_t size;
    edge_error_free(edge_vm_memory(vm, EDGE_STR("memory"), &memory));
    size = edge_memory_data_size(memory);
    edge_memory_free(memory);
    return size;
}

/* One call of kind `i % 4`: numbers, a text of 1 KiB there and back, an Err, a host function. Returns whether it went as expected. */
static bool call(const edge_vm_t *vm, int i) {
    static char text[1024];
    edge_value_t args[2] = {edge_i32(i), edge_i32(1)}, result;
    edge_error_t *error;
    bool expected;
    switch (i % 4) {
    case 0:
        error = edge_vm_run(vm, EDGE_STR("add"), args, 2, &result);
        expected = error == NULL && result.of.i32 == i + 1;
        break;
    case 1:
        memset(text, 'a' + i % 26, sizeof text);
        args[0] = edge_str_n(text, sizeof text);
        error = edge_vm_run(vm, EDGE_STR("echo_string"), args, 1, &result);
        expected = error == NULL && result.of.string.len == sizeof text && result.of.string.data[1023] == text[0];
        break;
    case 2:
        error = edge_vm_run(vm, EDGE_STR("fails_string"), NULL, 0, &result);
        expected = edge_error_kind(error) == EDGE_KIND_GUEST_ERROR && edge_error_value(error) != NULL;
        break;
    default:
        args[0] = edge_bytes((const uint8_t *)text, 64);
        error = edge_vm_run(vm, EDGE_STR("call_bytes_round"), args, 1, &result);
        expected = error == NULL && result.of.bytes.len == 64;
    }
    edge_error_free(error);
    edge_value_free(&result);
    return expected;
}

static int wrong_calls(const edge_vm_t *vm, int count) {
    int wrong = 0;
    for (int i = 0; i < count; i++) wrong += !call(vm, i);
    return wrong;
}

static void bounded(const char *what, long before) {
    long growth = resident() - before;
    CHECK(before > 0);
    CHECK(growth < GROWTH_BOUND);
    if (growth >= GROWTH_BOUND) printf("  %s: the process grew by %ld bytes\n", what, growth);
}

static void calls(const char *path) {
    uint64_t rounds = 0;
    edge_options_t *options = imports(&rounds);
    edge_vm_t *vm = NULL;
    size_t guest;
    long before;
    CHECK_OK(edge_vm_load(EDGE_STR(path), options, &vm));
    edge_options_free(options);
    CHECK(wrong_calls(vm, CALLS / 50) == 0);
    guest = guest_memory(vm);
    before = resident();
    rounds = 0;
    CHECK(wrong_calls(vm, CALLS) == 0);
    CHECK(rounds == CALLS / 4);
    CHECK(guest > 0 && guest_memory(vm) == guest);
    bounded("calls", before);
    edge_vm_free(vm);
}

/* Loads and frees VMs: of a module that is compiled anew each time, or, with a path, of a large one that is compiled once. */
static int wrong_vms(const edge_module_t *module, const edge_options_t *options, int count) {
    const char *const text = "(module (memory 1) (func (export \"add\") (param i32 i32) (result i32)"
                             " local.get 0 local.get 1 i32.add))";
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        edge_value_t args[] = {edge_i32(i), edge_i32(1)}, result = edge_null();
        edge_vm_t *vm = NULL;
        edge_error_t *error = module == NULL ? edge_vm_load_text(EDGE_STR(text), NULL, &vm)
                                             : edge_vm_load_module(module, options, &vm);
        if (error == NULL) error = edge_vm_run(vm, EDGE_STR("add"), args, 2, &result);
        wrong += error != NULL || result.of.i32 != i + 1;
        edge_error_free(error);
        edge_vm_free(vm);
    }
    return wrong;
}

static void vms(const char *path) {
    uint64_t rounds = 0;
    edge_options_t *options = imports(&rounds);
    edge_module_t *module = NULL;
    long before;
    CHECK(wrong_vms(NULL, NULL, VMS / 5) == 0);
    before = resident();
    CHECK(wrong_vms(NULL, NULL, VMS) == 0);
    bounded("VMs of modules compiled each time", before);

    CHECK_OK(edge_module_from_file(NULL, EDGE_STR(path), &module));
    CHECK(wrong_vms(module, options, VMS / 5) == 0);
    before = resident();
    CHECK(wrong_vms(module, options, VMS) == 0);
    bounded("VMs of one module", before);
    edge_module_free(module);
    edge_options_free(options);
}

/* That the measure sees the smallest leak that the tests are there for: 16 bytes in a quarter of the calls. */
static void measure(void) {
    enum { LEAKS = CALLS / 4 };
    long before = resident();
    void **leaked = malloc(LEAKS * sizeof *leaked);
    for (size_t i = 0; leaked != NULL && i < LEAKS; i++) {
        leaked[i] = malloc(16);
        memset(leaked[i], 1, 16);
    }
    CHECK(leaked != NULL && resident() - before > GROWTH_BOUND + (long)(LEAKS * sizeof *leaked));
    for (size_t i = 0; leaked != NULL && i < LEAKS; i++) free(leaked[i]);
    free(leaked);
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: %s conformance.wasm\n", argv[0]), 2;
    calls(argv[1]);
    vms(argv[1]);
    measure();
    return check_report();
}
