/* The conformance table (tests/conformance) in C. The rows are constants that make-table wrote. */

#include <math.h>

#include "check.h"

typedef struct {
    const char *name, *call;
    const edge_value_t *args;
    size_t nargs;
    /* The kind's name, or NULL for a row that ends well. */
    const char *error;
    /* A part of the error's message. */
    const char *message;
    /* Whether `value` is to be compared: the result, or the value of the guest's Err. */
    bool has_value;
    edge_value_t value;
} row_t;

/* Fills a buffer with a unit, again and again. */
static void repeat(char *out, size_t len, const char *unit, size_t unit_len) {
    for (size_t i = 0; i < len; i += unit_len) memcpy(out + i, unit, unit_len);
}

#include "table.h"

/* Equality by kind and bits: NaN equals NaN, -0.0 differs from 0.0, maps have no order. */

static bool same(const edge_value_t *a, const edge_value_t *b);

static bool same_bytes(const void *a, size_t a_len, const void *b, size_t b_len, size_t size) {
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len * size) == 0);
}

static bool same_f32(float a, float b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }

static bool same_f64(double a, double b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }

static bool same_lists(edge_list_t a, edge_list_t b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        if (!same(&a.data[i], &b.data[i])) return false;
    }
    return true;
}

static bool same_maps(edge_map_t a, edge_map_t b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        size_t j = 0;
        while (j < b.len && !(same(&a.data[i].key, &b.data[j].key) && same(&a.data[i].value, &b.data[j].value))) j++;
        if (j == b.len) return false;
    }
    return true;
}

static bool same_floats(const edge_value_t *a, const edge_value_t *b) {
    size_t len = a->kind == EDGE_VALUE_VEC_F32 ? a->of.vec_f32.len : a->of.vec_f64.len;
    if (len != (a->kind == EDGE_VALUE_VEC_F32 ? b->of.vec_f32.len : b->of.vec_f64.len)) return false;
    for (size_t i = 0; i < len; i++) {
        if (a->kind == EDGE_VALUE_VEC_F32 ? !same_f32(a->of.vec_f32.data[i], b->of.vec_f32.data[i])
                                          : !same_f64(a->of.vec_f64.data[i], b->of.vec_f64.data[i])) {
            return false;
        }
    }
    return true;
}

#define SAME_VECTORS(member) \
    same_bytes(a->of.member.data, a->of.member.len, b->of.member.data, b->of.member.len, sizeof *a->of.member.data)

static bool same(const edge_value_t *a, const edge_value_t *b) {
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case EDGE_VALUE_NULL: return true;
    case EDGE_VALUE_BOOL: return a->of.boolean == b->of.boolean;
    case EDGE_VALUE_I8: return a->of.i8 == b->of.i8;
    case EDGE_VALUE_I16: return a->of.i16 == b->of.i16;
    case EDGE_VALUE_I32: return a->of.i32 == b->of.i32;
    case EDGE_VALUE_I64: return a->of.i64 == b->of.i64;
    case EDGE_VALUE_U8: return a->of.u8 == b->of.u8;
    case EDGE_VALUE_U16: return a->of.u16 == b->of.u16;
    case EDGE_VALUE_U32: return a->of.u32 == b->of.u32;
    case EDGE_VALUE_U64: return a->of.u64 == b->of.u64;
    case EDGE_VALUE_F32: return same_f32(a->of.f32, b->of.f32);
    case EDGE_VALUE_F64: return same_f64(a->of.f64, b->of.f64);
    case EDGE_VALUE_CHAR: return a->of.character == b->of.character;
    case EDGE_VALUE_STRING: return SAME_VECTORS(string);
    case EDGE_VALUE_BYTES: return SAME_VECTORS(bytes);
    case EDGE_VALUE_VEC_I8: return SAME_VECTORS(vec_i8);
    case EDGE_VALUE_VEC_I16: return SAME_VECTORS(vec_i16);
    case EDGE_VALUE_VEC_I32: return SAME_VECTORS(vec_i32);
    case EDGE_VALUE_VEC_I64: return SAME_VECTORS(vec_i64);
    case EDGE_VALUE_VEC_U16: return SAME_VECTORS(vec_u16);
    case EDGE_VALUE_VEC_U32: return SAME_VECTORS(vec_u32);
    case EDGE_VALUE_VEC_U64: return SAME_VECTORS(vec_u64);
    case EDGE_VALUE_VEC_F32:
    case EDGE_VALUE_VEC_F64: return same_floats(a, b);
    case EDGE_VALUE_LIST:
    case EDGE_VALUE_TUPLE: return same_lists(a->of.list, b->of.list);
    case EDGE_VALUE_MAP: return same_maps(a->of.map, b->of.map);
    default: return false;
    }
}

/* The host functions of the table's README. */

static bool is_text(const edge_value_t *value, const char *text) {
    return value->kind == EDGE_VALUE_STRING &&
           same_bytes(value->of.string.data, value->of.string.len, text, strlen(text), 1);
}

static edge_error_t *note(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    (void)call, (void)nargs;
    if (is_text(&args[1], "refuse")) return edge_error_new(0, EDGE_STR("the host refuses"), NULL, NULL);
    *result = edge_u64(++*(uint64_t *)env);
    return NULL;
}

static edge_error_t *transform(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                               edge_value_t *result) {
    edge_pair_t fields[] = {edge_pair("x", *edge_map_get(&args[0], "y")), edge_pair("y", *edge_map_get(&args[0], "x"))};
    edge_value_t point = edge_map(fields, 2);
    (void)env, (void)call, (void)nargs;
    return edge_value_copy(&point, result);
}

static edge_error_t *fetch(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    (void)env, (void)call, (void)nargs;
    if (is_text(&args[0], "present")) *result = edge_str("value of present");
    return NULL;
}

static edge_error_t *bytes_round(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                                 edge_value_t *result) {
    (void)env, (void)call, (void)nargs;
    *result = args[0];
    return NULL;
}

static edge_error_t *fail_host(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                               edge_value_t *result) {
    (void)env, (void)call, (void)args, (void)nargs, (void)result;
    return edge_error_new(0, EDGE_STR("the host failed"), NULL, NULL);
}

static edge_error_t *fail_typed(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                                edge_value_t *result) {
    if (args[0].of.u32 == 0) return fail_host(env, call, args, nargs, result);
    *result = edge_u32(3 * args[0].of.u32);
    return NULL;
}

static edge_error_t *reenter(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                             edge_value_t *result) {
    edge_vm_t *vm = edge_host_call_vm(call);
    edge_error_t *error = edge_vm_run(vm, EDGE_STR("count_down"), args, nargs, result);
    (void)env;
    edge_vm_free(vm);
    return error;
}

static edge_error_t *multiply(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                              edge_value_t *result) {
    (void)env, (void)call, (void)nargs;
    *result = edge_f64((double)args[0].of.i64 * args[1].of.f64);
    return NULL;
}

static edge_error_t *sum(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    int64_t total = 0;
    (void)env, (void)call, (void)nargs;
    for (size_t i = 0; i < args[0].of.vec_i32.len; i++) total += args[0].of.vec_i32.data[i];
    *result = edge_i64(total);
    return NULL;
}

static double area(const edge_value_t *shape) {
    const edge_value_t *circle = edge_map_get(shape, "Circle"), *rectangle = edge_map_get(shape, "Rectangle");
    if (circle != NULL) return 3 * circle->of.f64 * circle->of.f64;
    return rectangle == NULL ? 0 : rectangle->of.list.data[0].of.f64 * rectangle->of.list.data[1].of.f64;
}

static edge_error_t *areas(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs, edge_value_t *result) {
    edge_map_t shapes = args[0].of.map;
    edge_pair_t *pairs = calloc(shapes.len + 1, sizeof *pairs);
    edge_value_t value = edge_map(pairs, shapes.len);
    edge_error_t *error;
    (void)env, (void)call, (void)nargs;
    for (size_t i = 0; i < shapes.len; i++) {
        pairs[i].key = shapes.data[i].key;
        pairs[i].value = edge_f64(area(&shapes.data[i].value));
    }
    error = edge_value_copy(&value, result);
    free(pairs);
    return error;
}

static const struct {
    const char *name;
    edge_host_fn_t function;
} imports[] = {
    {"note", note},           {"transform", transform}, {"fetch", fetch},       {"bytes_round", bytes_round}, {"fail_host", fail_host},
    {"fail_typed", fail_typed}, {"reenter", reenter},     {"multiply", multiply}, {"sum", sum},                 {"areas", areas},
};

static edge_vm_t *load(const char *path, uint64_t *notes) {
    edge_options_t *options = edge_options_new();
    edge_vm_t *vm = NULL;
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        CHECK_OK(edge_options_import(options, EDGE_STR("app"), EDGE_STR(imports[i].name), imports[i].function, notes, NULL));
    }
    CHECK_OK(edge_vm_load(EDGE_STR(path), options, &vm));
    edge_options_free(options);
    return vm;
}

/* Why the row does not hold; NULL when it does. What goes into `got` is for the person who reads it. */
static const char *judge(const row_t *row, const edge_error_t *error, const edge_value_t *result, char *got, size_t size) {
    edge_view_t kind = edge_kind_name(edge_error_kind(error)), message = edge_error_message(error);
    if (error != NULL) {
        snprintf(got, size, "%.*s: %.*s", (int)kind.len, kind.data, (int)message.len, message.data);
    } else {
        snprintf(got, size, "a value of kind %u", (unsigned)result->kind);
    }
    if (row->error == NULL) {
        if (error != NULL) return "it failed";
        return same(result, &row->value) ? NULL : "the result is another";
    }
    if (error == NULL) return "it did not fail";
    if (!edge_view_equal(kind, row->error)) return "the error is of another kind";
    if (strstr(got, row->message) == NULL) return "the message is another";
    if (!row->has_value) return NULL;
    return edge_error_value(error) != NULL && same(edge_error_value(error), &row->value) ? NULL : "the value of the Err is another";
}

static void run(edge_vm_t *vm, const row_t *row) {
    char got[4096];
    edge_value_t result;
    edge_error_t *error = edge_vm_run(vm, EDGE_STR(row->call), row->args, row->nargs, &result);
    const char *wrong = judge(row, error, &result, got, sizeof got);
    if (wrong == NULL) {
        check_passed++;
    } else {
        check_failed++;
        printf("%s: %s; got %s\n", row->name, wrong, got);
    }
    if (error != NULL) CHECK_OK(edge_vm_reset(vm));
    edge_error_free(error);
    edge_value_free(&result);
}

/* That the comparison can tell values apart. */
static void comparison(void) {
    edge_value_t zero = edge_f64(0.0), minus = edge_f64(-0.0), nan = edge_f64(NAN), narrow = edge_f32(0.0f);
    edge_value_t one[] = {edge_i32(1), edge_i32(2)}, other[] = {edge_i32(1), edge_i32(3)};
    edge_value_t list = edge_list(one, 2), second = edge_list(other, 2), tuple = edge_tuple(one, 2);
    CHECK(same(&nan, &nan) && same(&minus, &minus) && same(&list, &list));
    CHECK(!same(&zero, &minus) && !same(&zero, &nan) && !same(&zero, &narrow) && !same(&list, &second) && !same(&list, &tuple));
}

int main(int argc, char **argv) {
    uint64_t notes;
    edge_vm_t *vm;
    if (argc != 2) return fprintf(stderr, "usage: %s conformance.wasm\n", argv[0]), 2;
    fill_repeated();
    comparison();
    vm = load(argv[1], &notes);
    if (vm == NULL) return check_report();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        notes = 0;
        run(vm, &rows[i]);
    }
    edge_vm_free(vm);
    return check_report();
}
