/* What calls cost by a table of one's own, how much they may cost, and what was counted. */
#include "program.h"

static const struct {
    const char *operator;
    uint64_t cost;
} costs[] = {{"block", 10}, {"loop", 11}, {"if", 12}, {"else", 12}, {"br", 20}, {"br_if", 21}, {"br_table", 22}};

static edge_vm_t *load(uint64_t fuel) {
    edge_config_t *config = edge_config_new();
    edge_limits_t *limits = edge_limits_new();
    edge_options_t *options = edge_options_new();
    edge_engine_t *engine;
    edge_vm_t *vm;
    check(edge_config_set_fuel(config, true));
    check(edge_config_set_count_instructions(config, true));
    check(edge_config_set_measure_time(config, true));
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        check(edge_config_set_cost(config, EDGE_STR(costs[i].operator), costs[i].cost));
    }
    check(edge_engine_new(config, &engine));
    check(edge_limits_set_fuel(limits, fuel));
    check(edge_options_set_engine(options, engine));
    check(edge_options_set_limits(options, limits));
    check(edge_vm_load_text(EDGE_STR(FIBONACCI), options, &vm));
    edge_options_free(options);
    edge_limits_free(limits);
    edge_engine_free(engine);
    edge_config_free(config);
    return vm;
}

int main(void) {
    edge_vm_t *vm = load(5000000);
    edge_store_t *store = edge_vm_store(vm);
    edge_statistics_t *statistics;
    edge_value_t ten[] = {edge_i32(10)}, thirty[] = {edge_i32(30)};
    edge_error_t *error;
    edge_view_t kind;
    uint64_t instructions, used, left;
    double rate;
    check(edge_vm_run(vm, EDGE_STR("fib"), ten, 1, NULL));
    statistics = edge_store_statistics(store);
    check(edge_statistics_instructions(statistics, &instructions));
    check(edge_statistics_instructions_per_second(statistics, &rate));
    check(edge_statistics_fuel_used(statistics, &used));
    check(edge_statistics_fuel_left(statistics, &left));
    printf("Instructions: %" PRIu64 ", per second: %s\n", instructions, rate > 0 ? "known" : "unknown");
    printf("Total cost: %" PRIu64 ", all together: %" PRIu64 "\n", used, used + left);

    error = edge_vm_run(vm, EDGE_STR("fib"), thirty, 1, NULL);
    kind = edge_kind_name(edge_error_kind(error));
    printf("fib(30): %.*s\n", (int)kind.len, kind.data);
    edge_error_free(error);
    edge_statistics_free(statistics);
    edge_store_free(store);
    edge_vm_free(vm);
    return 0;
}
