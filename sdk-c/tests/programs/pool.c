/* Many calls on many threads: a pool lends guests, and a list of arguments becomes a list of results, each with its own error. */
#include "program.h"

enum { ITEMS = 6 };

#define GUEST "(module (func (export \"div\") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1))))"

int main(void) {
    edge_options_t *options = edge_options_new();
    edge_pool_t *pool;
    edge_vm_t *vm;
    edge_value_t args[ITEMS][2], results[ITEMS], result;
    edge_args_t items[ITEMS];
    edge_error_t *errors[ITEMS];
    check(edge_options_set_pool_size(options, 4));
    check(edge_pool_load_text(EDGE_STR(GUEST), options, &pool));

    for (int i = 0; i < ITEMS; i++) {
        args[i][0] = edge_i32(100), args[i][1] = edge_i32(i);
        items[i].args = args[i], items[i].nargs = 2;
    }
    check(edge_pool_map(pool, EDGE_STR("div"), items, ITEMS, 0, results, errors));
    for (int i = 0; i < ITEMS; i++) {
        edge_view_t message = edge_error_message(errors[i]);
        if (errors[i] == NULL) printf("100 / %d = %" PRId32 "\n", i, results[i].of.i32);
        else printf("100 / %d: %.*s\n", i, (int)message.len, message.data);
        edge_error_free(errors[i]);
    }

    /* One for a while; freeing it gives it back. */
    check(edge_pool_get(pool, &vm));
    check(edge_vm_run(vm, EDGE_STR("div"), args[5], 2, &result));
    printf("Lent: %" PRId32 "\n", result.of.i32);
    edge_vm_free(vm);
    edge_pool_free(pool), edge_options_free(options);
    return 0;
}
