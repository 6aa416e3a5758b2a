/* Types made and read back. */
#include "program.h"

static void show(edge_type_t *type) {
    size_t params, results;
    uint64_t min, max;
    edge_view_t text = edge_type_text(type);
    printf("%.*s\n", (int)text.len, text.data);
    switch (edge_type_sort(type)) {
    case EDGE_SORT_FUNC:
        edge_type_params(type, &params);
        edge_type_results(type, &results);
        printf("  %zu parameters, %zu result\n", params, results);
        break;
    case EDGE_SORT_GLOBAL:
        printf("  f64: %d, mutable: %d\n", edge_type_content(type) == EDGE_VALTYPE_F64, edge_type_is_mutable(type));
        break;
    default:
        if (edge_type_limits(type, &min, &max)) printf("  at least %" PRIu64 ", at most %" PRIu64 "\n", min, max);
        printf("  externref: %d\n", edge_type_content(type) == EDGE_VALTYPE_EXTERNREF);
    }
    edge_type_free(type);
}

int main(void) {
    const edge_valtype_t params[] = {EDGE_VALTYPE_I32, EDGE_VALTYPE_I64}, results[] = {EDGE_VALTYPE_FUNCREF};
    edge_type_t *func, *table, *memory, *global;
    check(edge_type_func(params, 2, results, 1, &func));
    check(edge_type_table(EDGE_VALTYPE_EXTERNREF, 10, 20, &table));
    check(edge_type_memory(10, 20, &memory));
    check(edge_type_global(EDGE_VALTYPE_F64, true, &global));
    show(func);
    show(table);
    show(memory);
    show(global);
    return 0;
}
