/* What an engine's settings are before anybody changes them, and after. */
#include "program.h"

static void show(const edge_config_t *config) {
    edge_limits_t *limits = edge_config_limits(config);
    printf("bulk-memory: %d, multi-memory: %d, reference-types: %d\n", edge_config_proposal(config, EDGE_STR("bulk-memory")),
           edge_config_proposal(config, EDGE_STR("multi-memory")), edge_config_proposal(config, EDGE_STR("reference-types")));
    printf("interpreter: %d, fuel: %d\n", edge_config_interpreter(config), edge_config_fuel(config));
    printf("pages of memory: %" PRIu64 "\n", edge_limits_memory(limits) / 65536);
    edge_limits_free(limits);
}

int main(void) {
    edge_config_t *config = edge_config_new();
    edge_limits_t *limits = edge_limits_new();
    edge_engine_t *engine;
    edge_vm_t *vm;
    edge_value_t ten[] = {edge_i32(10)}, result;
    edge_options_t *options = edge_options_new();
    show(config);

    check(edge_config_set_proposal(config, EDGE_STR("multi-memory"), true));
    check(edge_config_set_proposal(config, EDGE_STR("reference-types"), false));
    check(edge_config_set_interpreter(config, true));
    check(edge_config_set_fuel(config, true));
    check(edge_limits_set_memory(limits, 1024 * 65536));
    check(edge_config_set_limits(config, limits));
    show(config);

    check(edge_engine_new(config, &engine));
    check(edge_options_set_engine(options, engine));
    check(edge_vm_load_text(EDGE_STR(FIBONACCI), options, &vm));
    check(edge_vm_run(vm, EDGE_STR("fib"), ten, 1, &result));
    printf("Get the result: %" PRId32 "\n", result.of.i32);

    edge_vm_free(vm);
    edge_options_free(options);
    edge_engine_free(engine);
    edge_limits_free(limits);
    edge_config_free(config);
    return 0;
}
