// What guests share in C++: pools of them, memories between them, exceptions; and hooks that look in.

#include <thread>

#include <unistd.h>

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

static const char *const COUNTER = R"((module (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "spin") (loop $l (br $l)))
    (func (export "half") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 2)))
    (func (export "check") (param i32) (if (i32.eqz (local.get 0)) (then unreachable)))
    (func (export "div") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))))";

static void pools() {
    edge::Pool pool = edge::Pool::from_text(COUNTER, edge::Options().pool_size(2));
    CHECK(pool.size() == 2 && pool.made() == 1 && pool.module().exports().size() == 5);
    {
        edge::Vm one = pool.lend(), two = pool.try_lend(), copy = one;
        CHECK(!(one == two) && copy == one && pool.made() == 2);
        CHECK(kind_of([&] { pool.try_lend(); }) == EDGE_KIND_BUSY && kind_of([&] { pool.lend_for(1ms); }) == EDGE_KIND_BUSY);
        CHECK(one.run<int>("next") == 1 && copy.run<int>("next") == 2);
    }
    CHECK(pool.lend_for(1h).run<int>("next") == 1 && pool.run<int>("next") == 1);
    CHECK(kind_of([&] { pool.run_with<void>(edge::CallOptions().deadline(5ms), "spin"); }) == EDGE_KIND_DEADLINE_EXCEEDED);
    CHECK(pool.run_with<int>(edge::CallOptions().deadline(1h), "next") == 1);

    edge::Pool kept(edge::Module::from_text(COUNTER), edge::Options().pool_size(1).pool_keep_state(true));
    CHECK(kept.run<int>("next") == 1 && kept.run<int>("next") == 2);

    edge::Vm lent = kept.lend();
    std::thread waiting([&] { CHECK(kind_of([&] { kept.lend(); }) == EDGE_KIND_CLOSED); });
    kept.close();
    waiting.join();
    CHECK(kept.is_closed() && kind_of([&] { kept.try_lend(); }) == EDGE_KIND_CLOSED && lent.run<int>("next") == 3);
    CHECK(kind_of([] { edge::Pool("no-such-file.wasm"); }) == EDGE_KIND_IO);
    CHECK(kind_of([] { edge::Pool::from_text("(module (import \"a\" \"b\" (func)))"); }) == EDGE_KIND_UNKNOWN_IMPORT);
}

static void mapping() {
    edge::Pool pool = edge::Pool::from_text(COUNTER, edge::Options().pool_size(3));
    std::vector<std::tuple<int, int>> pairs;
    for (int i = 0; i < 50; i++) pairs.emplace_back(i * 10, i % 10);
    auto quotients = pool.map<int>("div", pairs);
    CHECK(quotients.size() == 50 && pool.made() <= 3);
    for (int i = 0; i < 50; i++) {
        if (i % 10 == 0) CHECK(!quotients[i] && quotients[i].error().kind() == EDGE_KIND_INTEGER_DIVIDE_BY_ZERO);
        else CHECK(quotients[i] && quotients[i].value() == i * 10 / (i % 10));
    }
    CHECK(kind_of([&] { quotients[0].value(); }) == EDGE_KIND_INTEGER_DIVIDE_BY_ZERO);
    // One argument needs no tuple; a result may be of the wrong type; nothing is fine, too.
    CHECK(pool.map<int>("half", std::vector<int>{4, 6}, 1)[1].value() == 3);
    CHECK(pool.map<std::string>("half", std::array<int, 1>{4})[0].error().kind() == EDGE_KIND_RESULT_TYPE);
    auto checked = pool.map<void>("check", std::vector<int>{1, 0});
    CHECK(checked[0] && !checked[1] && checked[1].error().kind() == EDGE_KIND_UNREACHABLE);
    CHECK(kind_of([&] { checked[1].value(); }) == EDGE_KIND_UNREACHABLE);
    CHECK(pool.map<int>("half", std::vector<int>{}).empty());
    pool.close();
    CHECK(pool.map<int>("half", std::vector<int>{1})[0].error().kind() == EDGE_KIND_CLOSED);
}

static void shared_memories() {
    edge::SharedMemory memory(edge::Type::shared_memory(1, 4));
    edge::Linker linker;
    linker.define("env", "memory", memory);
    const edge::Module module = edge::Module::from_text(R"((module (import "env" "memory" (memory 1 4 shared))
        (export "memory" (memory 0))
        (func (export "add") (param i32) (drop (i32.atomic.rmw.add (i32.const 0) (local.get 0))))
        (func (export "wait") (result i32) (memory.atomic.wait64 (i32.const 8) (i64.const 0) (i64.const -1)))))");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&] {
            edge::Store store;
            auto add = linker.instantiate(store, module).func("add").typed<void(std::int32_t)>();
            for (int n = 0; n < 1000; n++) add(1);
        });
    }
    for (std::thread &thread : threads) thread.join();
    CHECK(memory.load<std::uint32_t>(0) == 4000 && memory.load<std::int32_t>(0) == 4000);

    edge::Store store;
    const edge::Instance instance = linker.instantiate(store, module);
    CHECK(instance.shared_memory("memory") == memory && memory.type().is_shared() && memory.type().limits()->second == 4);
    CHECK(kind_of([&] { instance.memory("memory"); }) == EDGE_KIND_WRONG_EXPORT_KIND);
    CHECK(instance.store() == store && instance == instance);
    memory.write(100, "text");
    CHECK(memory.read(100, 4) == (std::vector<std::uint8_t>{'t', 'e', 'x', 't'}));
    CHECK(kind_of([&] { memory.read(0, SIZE_MAX); }) == EDGE_KIND_MEMORY_OUT_OF_BOUNDS);
    CHECK(memory.grow(1) == 1 && memory.size() == 2 && memory.data_size() == 131072);
    CHECK(kind_of([&] { memory.grow(3); }) == EDGE_KIND_MEMORY_LIMIT);
    memory.store<std::int8_t>(32, -1);
    CHECK(memory.add<std::int8_t>(32, -1) == -1 && memory.load<std::int8_t>(32) == -2 && memory.load<std::uint16_t>(32) == 254);
    CHECK(memory.compare_exchange<std::int64_t>(40, 0, -5) == 0 && memory.load<std::int64_t>(40) == -5);
    CHECK(kind_of([&] { memory.load<std::uint64_t>(4); }) == EDGE_KIND_UNALIGNED_ATOMIC);

    CHECK(memory.wait32(8, 1) == edge::Wait::different && memory.wait64(8, 0, 1ms) == edge::Wait::timed_out);
    std::thread waiting([&] { CHECK(instance.func("wait").call({})[0].i32() == 0); });
    while (memory.notify(8) == 0) std::this_thread::yield();
    waiting.join();
    CHECK(kind_of([&] { store.within(edge::CallOptions().deadline(5ms), [&] { memory.wait32(8, 0); }); }) ==
          EDGE_KIND_DEADLINE_EXCEEDED);
    CHECK(kind_of([&] { edge::SharedMemory(edge::Engine(), edge::Type::memory(1, 2)); }) == EDGE_KIND_ARGUMENT_TYPE);
    edge::Engine other;
    edge::Module elsewhere = edge::Module::from_text("(module (import \"env\" \"memory\" (memory 1 4 shared)))", &other);
    CHECK(kind_of([&] { edge::Linker(other).define("env", "memory", memory).instantiate(edge::Store(other), elsewhere); }) ==
          EDGE_KIND_WRONG_STORE);
}

static void exceptions() {
    edge::Store store;
    edge::Tag tag(store, edge::Type::tag({EDGE_VALTYPE_I32, EDGE_VALTYPE_F64}));
    const edge::Type nothing = edge::Type::func({}, {});
    edge::Linker linker;
    linker.define("host", "tag", tag).func("host", "throw", nothing, [&](edge::Caller caller, const std::vector<edge::Val> &) {
        throw edge::Exception(edge::ExnRef(caller.store(), tag, {42, 2.5}));
        return std::vector<edge::Val>();
    });
    edge::Func inner;
    linker.func("host", "inner", nothing, [&](edge::Caller, const std::vector<edge::Val> &) { return inner.call({}); });
    const edge::Instance instance = linker.instantiate(store, edge::Module::from_text(R"((module
        (import "host" "tag" (tag $t (param i32 f64))) (import "host" "throw" (func $throw)) (import "host" "inner" (func $inner))
        (export "tag" (tag $t))
        (func (export "throw") (throw $t (i32.const 7) (f64.const 0.5)))
        (func (export "pass") (call $throw))
        (func (export "catch") (result i32 f64)
            (block $h (result i32 f64) (try_table (result i32 f64) (catch $t $h) (call $throw) (i32.const 0) (f64.const 0))))
        (func (export "catch_inner") (result i32 f64)
            (block $h (result i32 f64) (try_table (result i32 f64) (catch $t $h) (call $inner) (i32.const 0) (f64.const 0))))
        (func (export "keep") (result exnref)
            (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw)) (ref.null exn)))
        (func (export "rethrow") (param exnref) (throw_ref (local.get 0))))
    )"));
    CHECK(instance.tag("tag") == tag && tag.type().sort() == EDGE_SORT_TAG && tag.type().params().size() == 2);
    std::vector<edge::Val> caught = instance.func("catch").call({});
    CHECK(caught[0].i32() == 42 && caught[1].f64() == 2.5);
    // What the inner call did not catch goes through the host function, and the outer guest catches it.
    inner = instance.func("throw");
    caught = instance.func("catch_inner").call({});
    CHECK(caught[0].i32() == 7 && caught[1].f64() == 0.5);
    try {
        instance.func("pass").call({});
        CHECK(false);
    } catch (const edge::Error &error) {
        auto exception = edge::uncaught(error);
        CHECK(error.kind() == EDGE_KIND_UNCAUGHT_EXCEPTION && exception && exception->tag() == tag);
        CHECK(exception && exception->values()[0].i32() == 42 && exception->values()[1].f64() == 2.5);
    }
    // As values they go in and out of the guest.
    edge::Val kept = instance.func("keep").call({})[0], copy = kept;
    CHECK(kept.type() == EDGE_VALTYPE_EXNREF && *kept.exnref() == *copy.exnref() && kept.exnref()->tag() == tag);
    CHECK(kind_of([&] { instance.func("rethrow").call({copy}); }) == EDGE_KIND_UNCAUGHT_EXCEPTION);
    CHECK(kind_of([&] { kept.i32(); }) == EDGE_KIND_RESULT_TYPE);
    CHECK(kind_of([&] { edge::ExnRef(store, tag, {1}); }) == EDGE_KIND_ARGUMENT_COUNT);
    CHECK(kind_of([&] { edge::ExnRef(edge::Store(), tag, {1, 1.0}); }) == EDGE_KIND_WRONG_STORE);
    CHECK(!edge::uncaught(edge::Error(EDGE_KIND_HOST_ERROR, "no exception")));
}

struct Signal : std::runtime_error {
    using runtime_error::runtime_error;
};

static void ticks() {
    edge::Vm vm = edge::Vm::from_text(COUNTER);
    int seen = 0;
    {
        edge::Tick tick([&] {
            if (++seen == 3) throw Signal("the user wants to stop");
        });
        try {
            vm.run<void>("spin");
            CHECK(false);
        } catch (const edge::Error &error) {
            CHECK(error.kind() == EDGE_KIND_HOST_ERROR && error.message() == "the user wants to stop" && seen == 3);
            bool same = false;
            try {
                std::rethrow_exception(error.cause());
            } catch (const Signal &) {
                same = true;
            }
            CHECK(same);
        }
    }
    // Without the hook nothing ends it but the deadline.
    CHECK(kind_of([&] { vm.run_with<void>(edge::CallOptions().deadline(30ms), "spin"); }) == EDGE_KIND_DEADLINE_EXCEEDED && seen == 3);
    CHECK(vm.run<int>("next") == 1);
}

static void scopes() {
    edge::Store store;
    edge::Module endless = edge::Module::from_text("(module (func $f (loop $l (br $l))) (start $f))");
    edge::CallOptions options = edge::CallOptions().deadline(10ms);
    edge::Linker linker;
    CHECK(kind_of([&] { store.within(options, [&] { return linker.instantiate(store, endless); }); }) == EDGE_KIND_DEADLINE_EXCEEDED);
    CHECK(store.within(options, [] { return std::string("a result"); }) == "a result");
    bool same = false;
    try {
        store.within(options, [] { throw Signal("mine"); });
    } catch (const Signal &signal) {
        same = std::string(signal.what()) == "mine";
    }
    CHECK(same && store.engine() == store.engine() && store.externrefs() == 0 && store.collect_externrefs() == 0);
    edge::Module named = edge::Module::from_text("(module $m (@custom \"notes\" \"abc\") (@custom \"notes\" \"d\"))");
    CHECK(named.custom_sections("notes") == (std::vector<std::string_view>{"abc", "d"}) && named.custom_sections("none").empty());
    CHECK(named.custom_section_names().size() >= 2);
    CHECK(edge::Type::table64(EDGE_VALTYPE_FUNCREF, 1).is_64() && edge::Type::memory64(1, 2).is_64());
    CHECK(edge::Type::global(EDGE_VALTYPE_F64, true).is_mutable() && edge::Type::global(EDGE_VALTYPE_F64, true).content() == EDGE_VALTYPE_F64);
    CHECK(!edge::Type::global(EDGE_VALTYPE_F64, true).limits());
}

static void artifacts() {
    const edge::Module module = edge::Module::from_text(COUNTER);
    CHECK(!module.is_precompiled() && module == module);
    const std::vector<std::uint8_t> universal = module.serialize(), native = module.serialize(EDGE_ARTIFACT_NATIVE);
    CHECK(edge::Module(edge::Bytes(universal)).exports().size() == 5);
    CHECK(kind_of([&] { edge::Module{edge::Bytes(native)}; }) != 0);
    const edge::Module loaded = edge::Module::from_trusted_bytes(native);
    CHECK(loaded.is_precompiled() && !(loaded == module) && edge::Vm(loaded).run<int>("next") == 1);
    edge::Engine deterministic(edge::Config().deterministic(true));
    CHECK(kind_of([&] { edge::Module::from_trusted_bytes(native, &deterministic); }) == EDGE_KIND_ARTIFACT_MISMATCH);
    CHECK(!edge::Module::from_trusted_bytes(universal, &deterministic).is_precompiled());
    CHECK(kind_of([&] { edge::Module::from_trusted_file("no-such-file.edge"); }) == EDGE_KIND_IO);
    CHECK(edge::Config().target() == "host" && edge::Config().target("generic").target() == "generic");
    edge::Config config;
    CHECK(!config.cache() && config.cache("/some/where", 5).cache()->first == "/some/where" && config.cache()->second == 5);
    CHECK(!config.no_cache().cache());
    edge::Table table(edge::Store(), edge::Type::table(EDGE_VALTYPE_EXTERNREF, 4));
    table.fill(1, edge::ExternRef(std::make_shared<int>(7)), 2);
    CHECK(*table.at(2).externref().as<int>() == 7 && !table.at(3).externref().as<int>());
    CHECK(kind_of([&] { table.fill(3, edge::ExternRef(), 2); }) == EDGE_KIND_TABLE_OUT_OF_BOUNDS);
}

int main() {
    alarm(120);
    pools();
    mapping();
    shared_memories();
    exceptions();
    ticks();
    scopes();
    artifacts();
    return check_report();
}
