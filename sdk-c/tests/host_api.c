/* The programs of tests/conformance/host_api.json in C. make-host-api wrote one function for each. */

#include "check.h"

/* How a step must end: the kind's name, and what may stand beside it. */
typedef struct {
    const char *kind, *phase, *message, *code;
} fails_t;

/* An import, or an export, whose module is NULL. */
typedef struct {
    const char *module, *name, *sort;
} import_t;

static const char *name;
static int step, wrong;
static edge_store_t *store;

/* The objects of the host that a case has made, by their labels. */
static struct {
    const char *label;
    edge_externref_t *object;
} objects[8];

static void begin(const char *what) {
    name = what;
    wrong = 0;
}

static void end(void) {
    size_t i;
    for (i = 0; i < sizeof objects / sizeof *objects; i++) {
        edge_externref_free(objects[i].object);
        objects[i].object = NULL;
    }
    edge_store_free(store);
    store = NULL;
    wrong ? check_failed++ : check_passed++;
}

static void fault(const char *what, const char *detail) {
    wrong = 1;
    printf("%s, step %d: %s %s\n", name, step, what, detail);
}

static void holds(bool holds) {
    if (!holds) fault("gave something else", "");
}

static void number(uint64_t got, uint64_t wanted) {
    char text[64];
    snprintf(text, sizeof text, "%llu instead of %llu", (unsigned long long)got, (unsigned long long)wanted);
    if (got != wanted) fault("gave", text);
}

/* Frees the error. */
static void done(edge_error_t *error, const fails_t *fails) {
    edge_view_t message = edge_error_message(error);
    char copy[1024];
    int64_t code = 0;
    snprintf(copy, sizeof copy, "%.*s", (int)message.len, message.data == NULL ? "" : message.data);
    if (fails == NULL) {
        if (error != NULL) fault("failed:", copy);
    } else if (error == NULL) {
        fault("did not fail with", fails->kind);
    } else if (!edge_view_equal(edge_kind_name(edge_error_kind(error)), fails->kind)) {
        fault(fails->kind, copy);
    } else if (fails->phase != NULL && !edge_view_equal(edge_phase_name(edge_error_phase(error)), fails->phase)) {
        fault("failed in another phase than", fails->phase);
    } else if (fails->message != NULL && strstr(copy, fails->message) == NULL) {
        fault("failed with another message:", copy);
    } else if (edge_error_code(error, &code) != (fails->code != NULL) || (fails->code && code != strtoll(fails->code, NULL, 10))) {
        fault("failed with another code than", fails->code == NULL ? "none" : fails->code);
    }
    edge_error_free(error);
}

static edge_store_t *own_store(void) {
    if (store == NULL) CHECK_OK(edge_store_new(NULL, NULL, &store));
    return store;
}

static edge_externref_t *object(const char *label) {
    size_t i = 0;
    while (objects[i].object != NULL && strcmp(objects[i].label, label) != 0) i++;
    if (objects[i].object == NULL) {
        objects[i].label = label;
        CHECK_OK(edge_externref_new(&objects[i], NULL, &objects[i].object));
    }
    return objects[i].object;
}

static bool same(const edge_val_t *a, const edge_val_t *b) {
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case EDGE_VALTYPE_I32:
    case EDGE_VALTYPE_F32:
        return a->of.i32 == b->of.i32;
    case EDGE_VALTYPE_I64:
    case EDGE_VALTYPE_F64:
        return a->of.i64 == b->of.i64;
    case EDGE_VALTYPE_V128:
        return memcmp(a->of.v128, b->of.v128, 16) == 0;
    case EDGE_VALTYPE_FUNCREF:
        return a->of.func == NULL ? b->of.func == NULL : edge_func_same(a->of.func, b->of.func);
    default:
        return edge_externref_data(a->of.externref, NULL) == edge_externref_data(b->of.externref, NULL);
    }
}

static const char *sort_name(const edge_type_t *type) {
    static const char *const names[] = {"", "function", "memory", "table", "global", "tag"};
    return names[edge_type_sort(type)];
}

static void imports(const edge_module_t *module, const import_t *wanted, size_t len) {
    size_t i;
    number(edge_module_import_count(module), len);
    for (i = 0; i < len; i++) {
        edge_view_t from = {NULL, 0}, as = from;
        edge_type_t *type = NULL;
        CHECK_OK(edge_module_import(module, i, &from, &as, &type));
        holds(edge_view_equal(from, wanted[i].module) && edge_view_equal(as, wanted[i].name) &&
              strcmp(sort_name(type), wanted[i].sort) == 0);
        edge_type_free(type);
    }
}

static void exports(const edge_module_t *module, const import_t *wanted, size_t len) {
    size_t i;
    number(edge_module_export_count(module), len);
    for (i = 0; i < len; i++) {
        edge_view_t as = {NULL, 0};
        edge_type_t *type = NULL;
        CHECK_OK(edge_module_export(module, i, &as, &type));
        holds(edge_view_equal(as, wanted[i].name) && strcmp(sort_name(type), wanted[i].sort) == 0);
        edge_type_free(type);
    }
}

static void custom(const edge_module_t *module, const char *section, const char *const *wanted, size_t len) {
    size_t i, at;
    edge_view_t bytes = {NULL, 0};
    for (i = 0; i < len; i++) {
        char hex[256] = "";
        holds(edge_module_custom_section(module, EDGE_STR(section), i, &bytes));
        for (at = 0; at < bytes.len && at < 100; at++) sprintf(hex + 2 * at, "%02x", (unsigned char)bytes.data[at]);
        holds(strcmp(hex, wanted[i]) == 0);
    }
    holds(!edge_module_custom_section(module, EDGE_STR(section), len, &bytes));
}

static edge_type_t *func_type(const edge_valtype_t *params, size_t nparams, const edge_valtype_t *results, size_t nresults) {
    edge_type_t *type = NULL;
    CHECK_OK(edge_type_func(params, nparams, results, nresults, &type));
    return type;
}

static void call(const edge_func_t *func, const edge_val_t *args, size_t nargs, bool gives, const edge_val_t *wanted, size_t nwanted,
                 const fails_t *fails) {
    edge_val_t results[8];
    edge_type_t *type = edge_func_type(func);
    size_t len = 0, i;
    edge_type_results(type, &len);
    done(edge_func_call(func, args, nargs, results, len), fails);
    if (gives) number(len, nwanted);
    for (i = 0; gives && !wrong && i < len; i++) holds(same(&results[i], &wanted[i]));
    for (i = 0; fails == NULL && !wrong && i < len; i++) edge_val_free(&results[i]);
    edge_type_free(type);
}

static void call_export(const edge_instance_t *instance, const char *export, const edge_val_t *args, size_t nargs, bool gives,
                        const edge_val_t *wanted, size_t nwanted, const fails_t *fails) {
    edge_func_t *func = NULL;
    edge_error_t *error = edge_instance_func(instance, EDGE_STR(export), &func);
    if (error != NULL) done(error, fails);
    else call(func, args, nargs, gives, wanted, nwanted, fails);
    edge_func_free(func);
}

/* What host functions of the table do. */

#define HOST(what)                                                                                                      \
    static edge_error_t *does_##what(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs,      \
                                     edge_val_t *results, size_t nresults)
#define UNUSED (void)env, (void)caller, (void)args, (void)nargs, (void)results, (void)nresults

HOST(nothing) {
    UNUSED;
    return NULL;
}

HOST(add) {
    UNUSED;
    results[0] = edge_val_i32(args[0].of.i32 + args[1].of.i32);
    return NULL;
}

HOST(fail) {
    UNUSED;
    return edge_error_new(0, EDGE_STR("the host failed"), NULL, NULL);
}

HOST(fail_code) {
    UNUSED;
    return edge_error_new_code(INT64_C(5566000000000), EDGE_STR("the host failed with a code"), NULL, NULL);
}

HOST(terminate) {
    UNUSED;
    return edge_terminate();
}

HOST(call_export_down) {
    edge_func_t *down = NULL;
    edge_error_t *error = edge_caller_func(caller, EDGE_STR("down"), &down);
    UNUSED;
    if (error == NULL) error = edge_func_call(down, args, nargs, results, nresults);
    edge_func_free(down);
    return error;
}

HOST(peek_caller_memory) {
    edge_memory_t *memory = NULL;
    uint8_t bytes[4] = {0};
    edge_error_t *error = edge_caller_memory(caller, (uint32_t)args[0].of.i32, &memory);
    UNUSED;
    if (error != NULL) {
        char text[32];
        edge_error_free(error);
        snprintf(text, sizeof text, "no memory %d", (int)args[0].of.i32);
        return edge_error_new(0, EDGE_STR(text), NULL, NULL);
    }
    error = edge_memory_read(memory, (uint64_t)args[1].of.i32, bytes, sizeof bytes);
    results[0] = edge_val_i32((int32_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24));
    edge_memory_free(memory);
    return error;
}

#include "host_api.h"

int main(void) {
    size_t i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) cases[i]();
    return check_report();
}
