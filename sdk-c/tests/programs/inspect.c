/* The imports and exports of a module, with their types. */
#include "program.h"

#define MODULE                                                                                                       \
    "(module (import \"env\" \"log\" (func (param i32 i64)))"                                                        \
    " (import \"env\" \"memory\" (memory 1 3))"                                                                      \
    " (table (export \"table\") 10 20 externref)"                                                                    \
    " (global (export \"counter\") (mut i64) (i64.const 0))"                                                         \
    " (func (export \"half\") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2))))"

int main(void) {
    edge_module_t *module;
    edge_view_t from, name, text;
    edge_type_t *type;
    check(edge_module_from_text(NULL, EDGE_STR(MODULE), &module));
    printf("%zu imports\n", edge_module_import_count(module));
    for (size_t i = 0; i < edge_module_import_count(module); i++) {
        check(edge_module_import(module, i, &from, &name, &type));
        text = edge_type_text(type);
        printf("  %.*s.%.*s: %.*s\n", (int)from.len, from.data, (int)name.len, name.data, (int)text.len, text.data);
        edge_type_free(type);
    }
    printf("%zu exports\n", edge_module_export_count(module));
    for (size_t i = 0; i < edge_module_export_count(module); i++) {
        check(edge_module_export(module, i, &name, &type));
        text = edge_type_text(type);
        printf("  %.*s: %.*s\n", (int)name.len, name.data, (int)text.len, text.data);
        edge_type_free(type);
    }
    edge_module_free(module);
    return 0;
}
