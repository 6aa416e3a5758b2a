/* The easy door in C: values, errors, host functions, re-entry, MessagePack. The guest is tests/guests/conformance. */

#include "check.h"

static int drops;

static void count_drop(void *env) {
    (void)env;
    drops++;
}

/* Host functions: their env is a counter of calls, or nothing. */

static edge_error_t *note(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    (void)call;
    CHECK(nargs == 2 && args[0].kind == EDGE_VALUE_U8 && args[1].kind == EDGE_VALUE_STRING);
    if (args[1].of.string.len == 6 && memcmp(args[1].of.string.data, "refuse", 6) == 0) {
        return edge_error_new(0, EDGE_STR("the host refuses"), NULL, NULL);
    }
    *result = edge_u64((uint64_t)++*(int *)env);
    return NULL;
}

static edge_error_t *bytes_round(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                                 edge_value_t *result) {
    (void)env, (void)call, (void)nargs;
    return edge_value_copy(&args[0], result);
}

static edge_error_t *fail_host(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                               edge_value_t *result) {
    (void)call, (void)args, (void)nargs, (void)result;
    return edge_error_new(EDGE_KIND_HOST_ERROR, EDGE_STR("the host failed"), env, count_drop);
}

static edge_error_t *fail_typed(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                                edge_value_t *result) {
    edge_error_t *error = NULL, *failed;
    edge_value_t text = edge_str("NotFound");
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    failed = edge_error_new_value(&text, &error);
    return failed ? failed : error;
}

static edge_error_t *reenter(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                             edge_value_t *result) {
    edge_vm_t *vm = edge_host_call_vm(call);
    edge_error_t *error = edge_vm_run(vm, EDGE_STR("count_down"), args, nargs, result);
    (void)env;
    edge_vm_free(vm);
    return error;
}

/* [a, b] in MessagePack -> a * b, where a is an int 64 and b a float 64. */
static edge_error_t *multiply(void *env, const edge_host_call_t *call, const uint8_t *args, size_t len, edge_buffer_t *result) {
    uint64_t bits = 0;
    int64_t a = 0;
    double b, product;
    uint8_t document[9] = {0xcb};
    int i;
    (void)env, (void)call;
    if (len != 19 || args[0] != 0x92 || args[1] != 0xd3 || args[10] != 0xcb) {
        return edge_error_new(0, EDGE_STR("not [int 64, float 64]"), NULL, NULL);
    }
    for (i = 0; i < 8; i++) a = (int64_t)((uint64_t)a << 8 | args[2 + i]);
    for (i = 0; i < 8; i++) bits = bits << 8 | args[11 + i];
    memcpy(&b, &bits, 8);
    product = (double)a * b;
    memcpy(&bits, &product, 8);
    for (i = 0; i < 8; i++) document[1 + i] = (uint8_t)(bits >> (56 - 8 * i));
    return edge_buffer_copy(document, sizeof document, result);
}

/* What the guest imports and no test here calls. */
static edge_error_t *unused(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                            edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return edge_error_new(0, EDGE_STR("not for this test"), NULL, NULL);
}

static int notes, payload;

static void import(edge_options_t *options, const char *name, edge_host_fn_t function, void *env) {
    CHECK_OK(edge_options_import(options, EDGE_STR("app"), EDGE_STR(name), function, env, NULL));
}

static edge_options_t *new_options(void) {
    edge_options_t *options = edge_options_new();
    const char *const others[] = {"transform", "fetch", "sum", "areas"};
    size_t i;
    import(options, "note", note, &notes);
    import(options, "bytes_round", bytes_round, NULL);
    import(options, "fail_host", fail_host, &payload);
    import(options, "fail_typed", fail_typed, NULL);
    import(options, "reenter", reenter, NULL);
    for (i = 0; i < 4; i++) import(options, others[i], unused, NULL);
    CHECK_OK(edge_options_import_msgpack(options, EDGE_STR("app"), EDGE_STR("multiply"), multiply, NULL, NULL));
    return options;
}

static edge_vm_t *load(const char *path) {
    edge_options_t *options = new_options();
    edge_vm_t *vm = NULL;
    CHECK_OK(edge_vm_load(EDGE_STR(path), options, &vm));
    /* The VM keeps what it needs. */
    edge_options_free(options);
    return vm;
}

static void values(edge_vm_t *vm) {
    edge_value_t numbers[] = {edge_i32(20), edge_u8(22)}, result, words[] = {edge_str("a"), edge_str_n("\xc3\xa9\0", 3)};
    edge_value_t list[] = {edge_list(words, 2)}, floats[1], copy;
    const float three[] = {1.5f, -2.0f, 0.0f};
    CHECK_OK(edge_vm_run(vm, EDGE_STR("add"), numbers, 2, &result));
    CHECK(result.kind == EDGE_VALUE_I32 && result.of.i32 == 42);
    edge_value_free(&result);

    CHECK_OK(edge_vm_run(vm, EDGE_STR("concat"), list, 1, &result));
    CHECK(result.kind == EDGE_VALUE_STRING && result.of.string.len == 4 && memcmp(result.of.string.data, "a\xc3\xa9\0", 4) == 0);
    CHECK_OK(edge_value_copy(&result, &copy));
    edge_value_free(&result);
    CHECK(result.kind == EDGE_VALUE_NULL);
    edge_value_free(&result);
    CHECK(copy.of.string.len == 4);
    edge_value_free(&copy);

    floats[0] = edge_vec_f32(three, 3);
    CHECK_OK(edge_vm_run(vm, EDGE_STR("echo_slice_f32"), floats, 1, &result));
    CHECK(result.kind == EDGE_VALUE_VEC_F32 && result.of.vec_f32.len == 3 && result.of.vec_f32.data[1] == -2.0f);
    edge_value_free(&result);

    CHECK_OK(edge_vm_run(vm, EDGE_STR("nothing"), NULL, 0, &result));
    CHECK(result.kind == EDGE_VALUE_NULL);
    CHECK_OK(edge_vm_run(vm, EDGE_STR("add"), numbers, 2, NULL));
}

static void wrong_arguments(edge_vm_t *vm) {
    edge_value_t text[] = {edge_str("x"), edge_i32(1)}, numbers[] = {edge_i32(1), edge_i32(2)}, result = edge_i32(7);
    edge_value_t none = edge_null(), bad_text[] = {edge_str_n("\xff", 1)}, null_text[] = {edge_str_n(NULL, 3)};
    edge_vm_t *vm2 = NULL;
    none.kind = 77;
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("add"), text, 2, &result), EDGE_KIND_ARGUMENT_TYPE, "argument 1 (`a`)");
    CHECK(result.kind == EDGE_VALUE_NULL);
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("add"), numbers, 1, &result), EDGE_KIND_ARGUMENT_COUNT, "");
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("ad"), numbers, 2, &result), EDGE_KIND_UNKNOWN_EXPORT, "`ad`");
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("count_chars"), bad_text, 1, &result), EDGE_KIND_ARGUMENT_TYPE, "UTF-8");
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("count_chars"), null_text, 1, &result), EDGE_KIND_ARGUMENT_TYPE, "`string` is NULL");
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("count_chars"), &none, 1, &result), EDGE_KIND_ARGUMENT_TYPE, "77 is not a kind");
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("add"), NULL, 2, &result), EDGE_KIND_ARGUMENT_TYPE, "`args` is NULL");
    CHECK_ERROR(edge_vm_run(vm, NULL, 3, numbers, 2, &result), EDGE_KIND_ARGUMENT_TYPE, "`name` is NULL");
    CHECK_ERROR(edge_vm_run(NULL, EDGE_STR("add"), numbers, 2, &result), EDGE_KIND_ARGUMENT_TYPE, "`vm` is NULL");
    CHECK_ERROR(edge_vm_load(EDGE_STR("no such file.wasm"), NULL, &vm2), EDGE_KIND_IO, "no such file.wasm");
    CHECK_ERROR(edge_vm_load_bytes((const uint8_t *)"\0asm", 4, NULL, &vm2), EDGE_KIND_MALFORMED, "");
    CHECK_ERROR(edge_vm_load_text(EDGE_STR("(module (import \"m\" \"f\" (func)))"), NULL, &vm2), EDGE_KIND_UNKNOWN_IMPORT, "m");
    CHECK_ERROR(edge_vm_load_text(EDGE_STR("(module"), NULL, NULL), EDGE_KIND_ARGUMENT_TYPE, "`out` is NULL");
    CHECK(vm2 == NULL);
}

static void guest_failures(edge_vm_t *vm) {
    edge_value_t kind[] = {edge_u32(1)}, text[] = {edge_str("no way")};
    edge_buffer_t cause = {NULL, 0};
    edge_frame_t frame;
    edge_error_t *error = edge_vm_run(vm, EDGE_STR("fails_string"), NULL, 0, NULL);
    CHECK(edge_error_kind(error) == EDGE_KIND_GUEST_ERROR);
    CHECK(edge_error_value(error) != NULL && edge_error_value(error)->kind == EDGE_VALUE_STRING);
    CHECK(edge_error_payload(error, NULL) == NULL);
    edge_error_free(error);
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("fails_typed"), kind, 1, NULL), EDGE_KIND_GUEST_ERROR, "");
    CHECK(!edge_vm_poisoned(vm, NULL));

    error = edge_vm_run(vm, EDGE_STR("panics"), text, 1, NULL);
    CHECK(edge_error_kind(error) == EDGE_KIND_GUEST_PANIC && edge_error_phase(error) == EDGE_PHASE_EXECUTE);
    CHECK(edge_error_message(error).len > 0);
    CHECK(edge_error_backtrace_len(error) > 0 && edge_error_backtrace_frame(error, 0, &frame) && frame.function.len > 0);
    CHECK(!edge_error_backtrace_frame(error, 1000, &frame));
    edge_error_free(error);
    CHECK(edge_vm_poisoned(vm, &cause) && cause.len > 0);
    edge_buffer_free(&cause);
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("nothing"), NULL, 0, NULL), EDGE_KIND_POISONED, "no way");
    CHECK_OK(edge_vm_reset(vm));
    CHECK_OK(edge_vm_run(vm, EDGE_STR("nothing"), NULL, 0, NULL));

    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("out_of_bounds_write"), NULL, 0, NULL), EDGE_KIND_MEMORY_OUT_OF_BOUNDS, "");
    CHECK_OK(edge_vm_reset(vm));
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("recurse_for_ever"), NULL, 0, NULL), EDGE_KIND_STACK_OVERFLOW, "");
    CHECK_OK(edge_vm_reset(vm));
}

static void host_functions(edge_vm_t *vm) {
    edge_value_t said[] = {edge_u8(1), edge_str("hello")}, refused[] = {edge_u8(1), edge_str("refuse")}, result;
    edge_value_t data[] = {edge_bytes((const uint8_t *)"\0\1\2", 3)}, depth[] = {edge_u32(5)}, kind[] = {edge_u32(0)};
    edge_value_t factors[] = {edge_i64(-3), edge_f64(1.5)};
    edge_error_t *error;
    CHECK_OK(edge_vm_run(vm, EDGE_STR("call_note"), said, 2, &result));
    CHECK(result.kind == EDGE_VALUE_U64 && result.of.u64 == 1 && notes == 1);
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("call_note"), refused, 2, &result), EDGE_KIND_GUEST_ERROR, "the host refuses");
    CHECK_OK(edge_vm_run(vm, EDGE_STR("call_bytes_round"), data, 1, &result));
    CHECK(result.kind == EDGE_VALUE_BYTES && result.of.bytes.len == 3 && result.of.bytes.data[2] == 2);
    edge_value_free(&result);
    CHECK_OK(edge_vm_run(vm, EDGE_STR("call_reenter"), depth, 1, &result));
    CHECK(result.kind == EDGE_VALUE_U32);
    CHECK_OK(edge_vm_run(vm, EDGE_STR("call_multiply"), factors, 2, &result));
    CHECK(result.kind == EDGE_VALUE_F64 && result.of.f64 == -4.5);
    error = edge_vm_run(vm, EDGE_STR("call_fail_typed"), kind, 1, &result);
    CHECK(edge_error_kind(error) == EDGE_KIND_GUEST_ERROR && edge_error_value(error) != NULL);
    CHECK(edge_error_value(error)->of.string.len == 8 && memcmp(edge_error_value(error)->of.string.data, "NotFound", 8) == 0);
    edge_error_free(error);

    error = edge_vm_run(vm, EDGE_STR("call_fail"), NULL, 0, NULL);
    CHECK(edge_error_kind(error) == EDGE_KIND_HOST_ERROR && edge_error_phase(error) == EDGE_PHASE_HOST);
    CHECK(edge_view_equal(edge_error_cause_message(error), "the host failed"));
    CHECK(edge_error_payload(error, count_drop) == &payload && edge_error_payload(error, NULL) == &payload);
    CHECK(edge_error_payload(error, free) == NULL);
    CHECK(drops == 0);
    edge_error_free(error);
    CHECK(drops == 1);
    CHECK_OK(edge_vm_reset(vm));
}

static void functions(edge_vm_t *vm) {
    edge_function_t *add, *narrow, *concat, *none;
    edge_slot_t slots[2];
    edge_buffer_t document = {NULL, 0};
    const uint8_t args[] = {0x92, 0x01, 0xd0, 0xff}, wrong[] = {0xa1, 'x'};
    CHECK_OK(edge_vm_function(vm, EDGE_STR("add"), &add));
    CHECK(edge_view_equal(edge_function_name(add), "add"));
    CHECK(edge_view_equal(edge_function_signature(add), "add(a: i32, b: i32) -> i32"));
    CHECK(edge_function_is_scalar(add) && edge_function_param_count(add) == 2);
    slots[0].i32 = 20, slots[1].i32 = 22;
    CHECK_OK(edge_function_call_scalar(add, slots, 2));
    CHECK(slots[0].i32 == 42);
    CHECK_ERROR(edge_function_call_scalar(add, slots, 1), EDGE_KIND_ARGUMENT_COUNT, "needs 2 slots");
    CHECK_ERROR(edge_function_call_scalar(add, NULL, 2), EDGE_KIND_ARGUMENT_TYPE, "`slots` is NULL");

    CHECK_OK(edge_vm_function(vm, EDGE_STR("echo_i8"), &narrow));
    slots[0].i32 = 128;
    CHECK_ERROR(edge_function_call_scalar(narrow, slots, 1), EDGE_KIND_ARGUMENT_TYPE, "holds 128");
    CHECK_OK(edge_vm_function(vm, EDGE_STR("concat"), &concat));
    CHECK_ERROR(edge_function_call_scalar(concat, slots, 2), EDGE_KIND_ARGUMENT_TYPE, "edge_function_call");

    /* An i32 is int 32 on the way out, whatever its value. */
    CHECK_OK(edge_function_call_msgpack(add, args, sizeof args, &document));
    CHECK(document.len == 5 && memcmp(document.data, "\xd2\0\0\0\0", 5) == 0);
    edge_buffer_free(&document);
    CHECK_ERROR(edge_function_call_msgpack(add, wrong, 2, &document), EDGE_KIND_ARGUMENT_TYPE, "must be an array");
    CHECK_OK(edge_function_signature_msgpack(add, &document));
    CHECK(document.len > 20);
    edge_buffer_free(&document);
    CHECK_OK(edge_vm_interface_msgpack(vm, &document));
    CHECK(document.len > 1000);
    edge_buffer_free(&document);
    CHECK(edge_vm_function_count(vm) > 50);
    CHECK_ERROR(edge_vm_function_at(vm, 100000, &none), EDGE_KIND_ARGUMENT_TYPE, "does not exist");

    /* Closing ends calls, and any order of freeing is fine. */
    CHECK_OK(edge_vm_close(vm));
    slots[0].i32 = 1, slots[1].i32 = 2;
    CHECK_ERROR(edge_function_call_scalar(add, slots, 2), EDGE_KIND_CLOSED, "");
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("nothing"), NULL, 0, NULL), EDGE_KIND_CLOSED, "");
    CHECK(edge_vm_instance(vm) == NULL);
    edge_vm_free(vm);
    edge_function_free(add);
    edge_function_free(concat);
    edge_function_free(narrow);
}

/* Getters answer NULL with something neutral, and freeing it does nothing. */
static void nulls(void) {
    CHECK(edge_error_kind(NULL) == 0 && edge_error_message(NULL).len == 0 && edge_error_value(NULL) == NULL);
    CHECK(edge_function_name(NULL).len == 0 && !edge_function_is_scalar(NULL) && edge_vm_function_count(NULL) == 0);
    CHECK(edge_vm_clone(NULL) == NULL && edge_vm_module(NULL) == NULL && !edge_vm_poisoned(NULL, NULL));
    edge_vm_free(NULL);
    edge_value_free(NULL);
    edge_error_free(NULL);
    edge_options_free(NULL);
    edge_function_free(NULL);
    edge_buffer_free(NULL);
    CHECK_ERROR(edge_limits_set_memory(NULL, 1), EDGE_KIND_ARGUMENT_TYPE, "`limits` is NULL");
    CHECK_ERROR(edge_wasi_arg(NULL, EDGE_STR("x")), EDGE_KIND_ARGUMENT_TYPE, "`wasi` is NULL");
    /* What a call takes over is dropped when it fails too. */
    drops = 0;
    CHECK_ERROR(edge_options_import(NULL, EDGE_STR("m"), EDGE_STR("f"), note, &notes, count_drop), EDGE_KIND_ARGUMENT_TYPE,
                "`options` is NULL");
    CHECK(drops == 1);
    CHECK_ERROR(edge_options_import(NULL, EDGE_STR("m"), EDGE_STR("f"), NULL, NULL, NULL), EDGE_KIND_ARGUMENT_TYPE,
                "`function` is NULL");
    CHECK(edge_kind_from_name(EDGE_STR("guest_panic")) == EDGE_KIND_GUEST_PANIC && edge_kind_from_name(EDGE_STR("?")) == 0);
}

/* Loads the conformance guest with limits, which this call frees. */
static edge_error_t *load_limited(const char *path, edge_limits_t *limits, edge_vm_t **vm) {
    edge_options_t *options = new_options();
    edge_error_t *error;
    CHECK_OK(edge_options_set_limits(options, limits));
    edge_limits_free(limits);
    error = edge_vm_load(EDGE_STR(path), options, vm);
    edge_options_free(options);
    return error;
}

/* Each limit trips by its name. */
static void limits(const char *path) {
    edge_value_t size = edge_u32(1001);
    edge_limits_t *limits = edge_limits_new();
    edge_vm_t *vm = NULL;
    CHECK_OK(edge_limits_set_memory(limits, 65536));
    CHECK_ERROR(load_limited(path, limits, &vm), EDGE_KIND_MEMORY_LIMIT, "");
    limits = edge_limits_new();
    CHECK_OK(edge_limits_set_table(limits, 0));
    CHECK_ERROR(load_limited(path, limits, &vm), EDGE_KIND_TABLE_LIMIT, "");
    limits = edge_limits_new();
    CHECK_OK(edge_limits_set_instances(limits, 0));
    CHECK_ERROR(load_limited(path, limits, &vm), EDGE_KIND_INSTANCE_LIMIT, "");
    limits = edge_limits_new();
    CHECK_OK(edge_limits_set_result_size(limits, 1000));
    CHECK_OK(load_limited(path, limits, &vm));
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("big_bytes"), &size, 1, NULL), EDGE_KIND_RESULT_TOO_LARGE, "1001 bytes");
    edge_vm_free(vm);
    limits = edge_limits_new();
    CHECK_OK(edge_limits_set_stack(limits, 16 << 10));
    CHECK_OK(load_limited(path, limits, &vm));
    size = edge_u32(5000);
    CHECK_ERROR(edge_vm_run(vm, EDGE_STR("recurse"), &size, 1, NULL), EDGE_KIND_STACK_OVERFLOW, "");
    edge_vm_free(vm);
}

static void wasi(void) {
    edge_options_t *options = edge_options_new();
    edge_wasi_t *wasi = edge_wasi_new();
    edge_buffer_t output = {NULL, 0};
    edge_vm_t *vm = NULL;
    CHECK_OK(edge_wasi_arg(wasi, EDGE_STR("wasi")));
    CHECK_OK(edge_wasi_env(wasi, EDGE_STR("KEY"), EDGE_STR("value")));
    CHECK_OK(edge_wasi_stdout_capture(wasi));
    CHECK_OK(edge_options_set_wasi(options, wasi));
    CHECK_OK(edge_vm_load_text(
        EDGE_STR("(module (import \"wasi_snapshot_preview1\" \"fd_write\" (func $w (param i32 i32 i32 i32) (result i32)))"
                 "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $x (param i32)))"
                 "(memory (export \"memory\") 1) (data (i32.const 8) \"\\10\\00\\00\\00\\05\\00\\00\\00hello\")"
                 "(func (export \"_start\") (drop (call $w (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))"
                 "(call $x (i32.const 7))))"),
        options, &vm));
    int32_t code = 0;
    CHECK_OK(edge_vm_start(vm, &code));
    CHECK(code == 7);
    CHECK_OK(edge_vm_stdout(vm, &output));
    CHECK(output.len == 5 && memcmp(output.data, "hello", 5) == 0);
    edge_buffer_free(&output);
    edge_vm_free(vm);
    edge_options_free(options);
    edge_wasi_free(wasi);
}

int main(int argc, char **argv) {
    edge_vm_t *vm;
    if (argc != 2) return 2;
    vm = load(argv[1]);
    if (vm == NULL) return check_report();
    values(vm);
    wrong_arguments(vm);
    guest_failures(vm);
    host_functions(vm);
    functions(vm);
    nulls();
    limits(argv[1]);
    wasi();
    return check_report();
}
