/* Settings, fuel, stopping, tasks and linking in C++. */

#include <thread>

#include <edge.hpp>

#include "check.h"

using namespace std::chrono_literals;

/* The kind of what `f` throws; 0 when it throws nothing. */
template <class F>
static edge_kind_t kind_of(F f) {
    try {
        f();
        return 0;
    } catch (const edge::Error &error) {
        return error.kind();
    }
}

static const char *const GUEST = R"((module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "spin") (loop $l (br $l)))))";

static void settings() {
    edge::Limits limits;
    limits.memory(1 << 16).table(7).instances(3).stack(1 << 17).result_size(99).recursion(11).fuel(1000).deadline(1s);
    limits.module_size(1 << 20).module_functions(5).module_items(6).module_body_size(777).module_locals(8);
    limits.module_branch_targets(9).module_nesting(10).module_operands(12);
    CHECK(limits.memory() == 1 << 16 && limits.table() == 7 && limits.instances() == 3 && limits.stack() == 1 << 17);
    CHECK(limits.result_size() == 99 && limits.recursion() == 11 && limits.fuel() == 1000);
    CHECK(limits.deadline_nanoseconds() == 1000000000 && limits.module_size() == 1 << 20 && limits.module_functions() == 5);
    CHECK(limits.module_items() == 6 && limits.module_body_size() == 777 && limits.module_locals() == 8);
    CHECK(limits.module_branch_targets() == 9 && limits.module_nesting() == 10 && limits.module_operands() == 12);

    edge::Config config;
    config.opt_level(EDGE_OPT_NONE).threads(2).proposal("simd", false).proposal("relaxed-simd", false).cost("i32.add", 5);
    config.signals(false).interruptible(true).deterministic(true).fuel(true).count_instructions(true).measure_time(true);
    config.limits(limits);
    edge::Engine engine(config);
    edge::Config back = engine.config();
    CHECK(back.opt_level() == EDGE_OPT_NONE && back.threads() == 2 && !back.proposal("simd") && back.cost("i32.add") == 5);
    CHECK(!back.signals() && back.interruptible() && back.deterministic() && back.fuel() && back.count_instructions());
    CHECK(back.measure_time() && !back.interpreter() && back.limits().memory() == 1 << 16);
    CHECK(engine == edge::Engine(engine) && !(engine == edge::Engine()));
    CHECK(kind_of([&] { config.proposal("flying", true); }) == EDGE_KIND_ARGUMENT_TYPE);
    CHECK(kind_of([&] { config.cost("i32.fly"); }) == EDGE_KIND_ARGUMENT_TYPE);
}

static void fuel() {
    edge::Engine engine(edge::Config().fuel(true).count_instructions(true).measure_time(true));
    edge::Store store(engine, edge::Limits().fuel(100));
    edge::Module module = edge::Module::from_text(GUEST, &engine);
    edge::Instance instance = edge::Linker(engine).instantiate(store, module);
    edge::Func add = instance.func("add");
    CHECK(add.call({20, 22})[0].i32() == 42);
    edge::Statistics statistics = store.statistics();
    CHECK(statistics.fuel_used() == 3 && statistics.fuel_left() == 97 && statistics.instructions() == 3);
    CHECK(statistics.calls() == 1 && statistics.memory_peak() == 0 && statistics.time() > 0ns);
    CHECK(statistics.instructions_per_second() > 0);
    store.reset_statistics();
    CHECK(store.statistics().calls() == 0 && store.fuel_left() == 97);
    CHECK(kind_of([&] { instance.func("spin").call({}); }) == EDGE_KIND_OUT_OF_FUEL);
    store.set_fuel(5);
    store.add_fuel(5);
    store.consume_fuel(4);
    CHECK(store.fuel_left() == 6);
    CHECK(kind_of([&] { add.call(edge::CallOptions().fuel(2), {1, 2}); }) == EDGE_KIND_OUT_OF_FUEL);
    CHECK(add.call(edge::CallOptions().fuel(3), {1, 2})[0].i32() == 3);
    CHECK(kind_of([] { edge::Store().fuel_left(); }) == EDGE_KIND_NOT_ENABLED);
    CHECK(kind_of([] { edge::Store().statistics().instructions(); }) == EDGE_KIND_NOT_ENABLED);
}

static void stopping() {
    edge::Vm vm = edge::Vm::from_text(GUEST);
    CHECK(kind_of([&] { vm.run_with<void>(edge::CallOptions().deadline(10ms), "spin"); }) == EDGE_KIND_DEADLINE_EXCEEDED);
    edge::CancelToken token;
    edge::CallOptions options;
    options.cancel(token);
    CHECK(vm.function("add").call_with<int>(options, 1, 2) == 3);
    std::thread canceller([&] { token.cancel(); });
    CHECK(kind_of([&] { vm.run_with<void>(options, "spin"); }) == EDGE_KIND_CANCELLED);
    canceller.join();
    CHECK(token.is_cancelled() && kind_of([&] { vm.func("add").call(options, {1, 2}); }) == EDGE_KIND_CANCELLED);
    CHECK(!vm.cancel() && !vm.store().cancel());
    CHECK(vm.run<int>("add", 1, 2) == 3 && vm.statistics().calls() > 0);
    CHECK(vm.run_list<int>("add", {edge::Value(1), edge::Value(41)}) == 42);
    CHECK(kind_of([&] { vm.run_list("add", {edge::Value(1)}); }) == EDGE_KIND_ARGUMENT_COUNT);
    CHECK(kind_of([&] { vm.run_list_with(options, "add", {edge::Value(1), edge::Value(2)}); }) == EDGE_KIND_CANCELLED);
}

static void tasks() {
    edge::Vm vm = edge::Vm::from_text(GUEST);
    edge::Task<int> sum = vm.run_async<int>("add", 1, 2);
    sum.wait();
    CHECK(sum.valid() && sum.wait_for(0s) && sum.get() == 3 && !sum.valid());
    CHECK(kind_of([&] { sum.get(); }) == EDGE_KIND_ARGUMENT_TYPE);
    edge::Task<void> spin = vm.run_async<void>("spin");
    CHECK(!spin.wait_for(1ms));
    spin.cancel();
    CHECK(kind_of([&] { spin.get(); }) == EDGE_KIND_CANCELLED);
    spin = vm.function("spin").call_async_with<void>(edge::CallOptions().deadline(5ms));
    CHECK(kind_of([&] { spin.get(); }) == EDGE_KIND_DEADLINE_EXCEEDED);
    // Letting go ends it.
    { edge::Task<void> forgotten = vm.run_async<void>("spin"); }
    CHECK(vm.run<int>("add", 1, 2) == 3);
}

static void linking() {
    edge::Store store;
    edge::Type nothing = edge::Type::func({}, {}), number = edge::Type::func({}, {EDGE_VALTYPE_I32});
    edge::HostModule host("host");
    host.func("end", nothing, [](edge::Caller, const std::vector<edge::Val> &) -> std::vector<edge::Val> { throw edge::Terminate(); });
    host.func("fail", nothing, [](edge::Caller, const std::vector<edge::Val> &) -> std::vector<edge::Val> {
        throw edge::HostError(5566000000000, "the host failed with a code");
    });
    host.memory("memory", edge::Type::memory(1, 2)).table("table", edge::Type::table(EDGE_VALTYPE_FUNCREF, 3));
    host.global("global", edge::Type::global(EDGE_VALTYPE_I64, true), std::int64_t{7});
    CHECK(host.name() == "host");
    edge::Linker linker;
    linker.host_module(store, host).alias("host", "end", "host", "stop").alias_module("host", "env");
    CHECK(linker.contains("env", "global") && !linker.contains("env", "none") && linker.definitions().size() == 12);
    edge::Module module = edge::Module::from_text(R"((module
        (import "host" "stop" (func $stop)) (import "env" "fail" (func $fail)) (import "missing" "f" (func $missing))
        (import "env" "memory" (memory 1 2)) (import "host" "table" (table 3 funcref)) (import "host" "global" (global (mut i64)))
        (func (export "stop") (call $stop)) (func (export "fail") (call $fail)) (func (export "missing") (call $missing))))");
    CHECK(kind_of([&] { linker.instantiate(store, module); }) == EDGE_KIND_UNKNOWN_IMPORT);
    linker.unknown_as_traps(module);
    edge::Instance instance = linker.instantiate(store, module);
    CHECK(kind_of([&] { instance.func("stop").call({}); }) == EDGE_KIND_TERMINATED);
    CHECK(kind_of([&] { instance.func("missing").call({}); }) == EDGE_KIND_UNKNOWN_IMPORT);
    try {
        instance.func("fail").call({});
        CHECK(false);
    } catch (const edge::Error &error) {
        CHECK(error.kind() == EDGE_KIND_HOST_ERROR && error.code() == 5566000000000 && error.message() == "the host failed with a code");
        try {
            std::rethrow_exception(error.cause());
        } catch (const edge::HostError &cause) {
            CHECK(cause.code() == 5566000000000);
        }
    }
    CHECK(instance.func("stop") == instance.func("stop") && !(instance.func("stop") == instance.func("fail")));
    linker.allow_shadowing(false).define("host", "memory", edge::Memory(store, edge::Type::memory(1, 2)));
    CHECK(kind_of([&] { linker.instantiate(store, module); }) == EDGE_KIND_INCOMPATIBLE_IMPORT);
    CHECK(kind_of([&] { linker.func_cost("host", "end", 1); }) == EDGE_KIND_NOT_ENABLED);
    CHECK(kind_of([&] { linker.alias_module("none", "x"); }) == EDGE_KIND_UNKNOWN_IMPORT);
}

static void vectors() {
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t i = 0; i < 16; i++) bytes[i] = i;
    edge::Store store;
    edge::Global global(store, edge::Type::global(EDGE_VALTYPE_V128, true), bytes);
    CHECK(global.value().v128() == bytes);
    CHECK(kind_of([&] { global.value().i32(); }) == EDGE_KIND_RESULT_TYPE);
}

int main() {
    settings();
    fuel();
    stopping();
    tasks();
    linking();
    vectors();
    return check_report();
}
