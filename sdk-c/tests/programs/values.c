/* Core values: numbers there and back, null references, a function, a variable of the host; and texts. */
#include "program.h"

static edge_error_t *nothing(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                             size_t nresults) {
    (void)env, (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    return NULL;
}

static void numbers(void) {
    edge_val_t i32 = edge_val_i32(123456), i64 = edge_val_i64(1234567890123);
    edge_val_t f32 = edge_val_f32(123.456f), f64 = edge_val_f64(123456.123456789);
    printf("%" PRId32 "\n%" PRId64 "\n%f\n%.10f\n", i32.of.i32, i64.of.i64, f32.of.f32, f64.of.f64);
}

/* A reference lives in a table here, as it would in a guest. */
static edge_val_t through_table(edge_store_t *store, edge_valtype_t element, const edge_val_t *value) {
    edge_type_t *type;
    edge_table_t *table;
    edge_val_t out;
    check(edge_type_table(element, 1, 1, &type));
    check(edge_table_new(store, type, NULL, &table));
    check(edge_table_set(table, 0, value));
    check(edge_table_get(table, 0, &out));
    edge_table_free(table);
    edge_type_free(type);
    return out;
}

static void references(edge_store_t *store) {
    int32_t variable = 10;
    edge_type_t *type, *type_after;
    edge_func_t *func;
    edge_externref_t *reference;
    edge_val_t value, null = through_table(store, EDGE_VALTYPE_EXTERNREF, NULL);
    printf("externref is null: %d, its pointer too: %d\n", null.of.externref == NULL,
           edge_externref_data(null.of.externref, NULL) == NULL);

    check(edge_type_func(NULL, 0, NULL, 0, &type));
    check(edge_func_new(store, type, nothing, NULL, NULL, &func));
    value = edge_val_func(func);
    value = through_table(store, EDGE_VALTYPE_FUNCREF, &value);
    type_after = edge_func_type(value.of.func);
    printf("funcref is null: %d, its type is the same: %d\n", value.of.func == NULL, edge_type_equal(type, type_after));
    check(edge_func_call(value.of.func, NULL, 0, NULL, 0));
    edge_val_free(&value);
    edge_type_free(type_after);
    edge_type_free(type);
    edge_func_free(func);

    check(edge_externref_new(&variable, NULL, &reference));
    value = edge_val_externref(reference);
    value = through_table(store, EDGE_VALTYPE_EXTERNREF, &value);
    printf("%" PRId32 "\n", *(int32_t *)edge_externref_data(value.of.externref, NULL));
    variable = 65;
    printf("%" PRId32 "\n", *(int32_t *)edge_externref_data(value.of.externref, NULL));
    edge_val_free(&value);
    edge_externref_free(reference);
}

static void texts(void) {
    const char buffer[4] = {0x61, 0x62, 0x63, 0x64};
    edge_view_t wrapped = {buffer, 4};
    edge_value_t text = edge_str("test_wasmedge_string"), copy;
    check(edge_value_copy(&text, &copy));
    printf("The texts are equal: %d\n", edge_view_equal(wrapped, "abcd"));
    printf("The copy is elsewhere: %d, and the same: %d\n", copy.of.string.data != text.of.string.data,
           copy.of.string.len == text.of.string.len && memcmp(copy.of.string.data, text.of.string.data, text.of.string.len) == 0);
    printf("Length: %zu\nString: %.*s\n", copy.of.string.len, (int)copy.of.string.len, copy.of.string.data);
    edge_value_free(&copy);
}

int main(void) {
    edge_store_t *store;
    check(edge_store_new(NULL, NULL, &store));
    numbers();
    references(store);
    texts();
    edge_store_free(store);
    return 0;
}
