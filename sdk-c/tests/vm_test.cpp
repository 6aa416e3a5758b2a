// The C++ interface: conversions, exceptions that travel through the guest, lambdas as host functions, the doors below.

#include <cerrno>

#include "check.h"

#include <edge.hpp>

struct Point {
    double x, y;
};
EDGE_STRUCT(Point, x, y)

// A struct of ours whose field the guest's does not have.
struct Other {
    std::string z;
};
EDGE_STRUCT(Other, z)

struct HostFailure : std::runtime_error {
    HostFailure(const char *what, int number) : std::runtime_error(what), number(number) {}
    int number;
};

// What `body` throws, as an edge::Error; the check fails when it throws nothing.
template <class Body>
static std::optional<edge::Error> failure(Body body) {
    try {
        body();
    } catch (const edge::Error &error) {
        return error;
    }
    return std::nullopt;
}

static edge::Options imports() {
    edge::Options options;
    options
        .import("app", "note",
                [count = std::uint64_t(0)](std::uint8_t level, std::string_view text) mutable {
                    if (text == "refuse") throw std::runtime_error("the host refuses");
                    return level + ++count;
                })
        .import("app", "transform", [](Point point) { return Point{point.y, point.x}; })
        .import("app", "fetch",
                [](std::string_view key) {
                    return key == "present" ? std::optional<std::string>("value of present") : std::nullopt;
                })
        .import("app", "bytes_round", [](edge::Bytes bytes) { return bytes; })
        .import("app", "fail_host", []() { throw HostFailure("the host failed", 77); })
        .import("app", "fail_typed",
                [](std::uint32_t kind) -> std::uint32_t {
                    if (kind == 1) throw edge::GuestErr(edge::Value("NotFound"));
                    return kind * 3;
                })
        .import("app", "reenter",
                [](edge::HostCall call, std::uint32_t n) { return call.vm().run<std::uint32_t>("count_down", n); })
        .import("app", "multiply", [](std::int64_t a, double b) { return static_cast<double>(a) * b; })
        .import("app", "sum",
                [](edge::View<std::int32_t> numbers) {
                    std::int64_t sum = 0;
                    for (std::int32_t number : numbers) sum += number;
                    return sum;
                })
        .import("app", "areas", [](std::map<std::string, edge::Value> shapes) {
            std::map<std::string, double> areas;
            for (const auto &shape : shapes) areas[shape.first] = 0.0;
            return areas;
        });
    return options;
}

static void values(const edge::Vm &vm) {
    CHECK(vm.run<std::int32_t>("add", 20, 22) == 42);
    CHECK(vm.run<long long>("add", std::uint8_t(20), 22LL) == 42);
    CHECK(vm.run<std::string>("concat", std::vector<std::string>{"a", "", "b"}) == "ab");
    CHECK(vm.run<std::uint32_t>("count_chars", std::string("a\0b", 3)) == 3);
    CHECK(vm.run<bool>("echo_bool", true));
    CHECK(vm.run<char32_t>("echo_char", U'\U0001F980') == U'\U0001F980');
    CHECK((vm.run<std::vector<float>>("echo_slice_f32", std::vector<float>{1.5f, -2.0f}) == std::vector<float>{1.5f, -2.0f}));
    std::map<std::string, double> map{{"a", 0.5}, {"b", 1.0}};
    CHECK((vm.run<std::map<std::string, double>>("echo_hash_map", map) == map));
    CHECK(vm.run("answer") == edge::Value(std::uint32_t(42)));
    CHECK(vm.run("nothing").is_null());
    vm.run<void>("nothing");
    const std::uint8_t bytes[] = {1, 2, 3};
    CHECK(vm.run<std::uint64_t>("sum_bytes", edge::Bytes(bytes)) == 6);

    edge::Function add = vm.function("add");
    CHECK(add.signature() == "add(a: i32, b: i32) -> i32" && add.call<int>(1, 2) == 3);
    CHECK(vm.functions().size() > 50);
    CHECK(vm.run<Point>("result_point", 1.5, 2.5).y == 2.5);
    CHECK(vm.run<std::optional<std::string>>("result_option", false) == std::nullopt);
}

static void failures(const edge::Vm &vm) {
    auto error = failure([&] { vm.run("add", "x", 1); });
    CHECK(error && error->kind() == EDGE_KIND_ARGUMENT_TYPE && error->kind_name() == "argument_type");
    error = failure([&] { vm.run<std::uint8_t>("add", 200, 100); });
    CHECK(error && error->kind() == EDGE_KIND_RESULT_TYPE && error->message() == "expected an integer of 8 bits, got 300");
    error = failure([&] { vm.run<std::string>("add", 1, 2); });
    CHECK(error && error->message() == "expected a string, got an i32");
    error = failure([&] { vm.run<Other>("result_point", 1.0, 2.0); });
    CHECK(error && error->message() == ".z: expected a string, got null");
    error = failure([&] { edge::Vm("no such file.wasm"); });
    CHECK(error && error->kind() == EDGE_KIND_IO && error->phase() == EDGE_PHASE_IO);

    error = failure([&] { vm.run("fails_typed", 2u); });
    CHECK(error && error->kind() == EDGE_KIND_GUEST_ERROR && error->value());
    CHECK(error && error->value()->find("Refused") && *error->value()->find("Refused") == edge::Value(std::uint32_t(2)));
    error = failure([&] { vm.run("panics", "no way"); });
    CHECK(error && error->kind() == EDGE_KIND_GUEST_PANIC && !error->backtrace().empty() && error->cause() == nullptr);
    CHECK(vm.poisoned().has_value());
    vm.reset();
    CHECK(!vm.poisoned());
}

static void host_functions(const edge::Vm &vm) {
    CHECK(vm.run<std::uint64_t>("call_note", std::uint8_t(1), "hello") == 2);
    auto error = failure([&] { vm.run("call_note", std::uint8_t(1), "refuse"); });
    CHECK(error && error->kind() == EDGE_KIND_GUEST_ERROR && error->message().find("the host refuses") != std::string_view::npos);
    CHECK(vm.run<Point>("call_transform", Point{1.0, 2.0}).x == 2.0);
    CHECK(vm.run<std::optional<std::string>>("call_fetch", "present") == std::optional<std::string>("value of present"));
    CHECK(vm.run<std::optional<std::string>>("call_fetch", "absent") == std::nullopt);
    CHECK((vm.run<std::vector<std::uint8_t>>("call_bytes_round", std::vector<std::uint8_t>{0, 255}) ==
           std::vector<std::uint8_t>{0, 255}));
    CHECK(vm.run<std::uint32_t>("call_reenter", 5u) == 5);
    CHECK(vm.run<double>("call_multiply", std::int64_t(-3), 1.5) == -4.5);
    CHECK(vm.run<std::int64_t>("call_sum", std::vector<std::int32_t>{1, 2, -4}) == -1);
    CHECK(vm.run<std::uint32_t>("call_fail_typed", 5u) == 15);
    error = failure([&] { vm.run("call_fail_typed", 1u); });
    CHECK(error && error->value() == edge::Value("NotFound"));

    // The very exception comes out at the other side of the guest.
    error = failure([&] { vm.run("call_fail"); });
    CHECK(error && error->kind() == EDGE_KIND_HOST_ERROR && error->cause_message() == "the host failed");
    int number = 0;
    try {
        if (error && error->cause()) std::rethrow_exception(error->cause());
    } catch (const HostFailure &thrown) {
        number = thrown.number;
    }
    CHECK(number == 77);
    vm.reset();
}

static void core() {
    edge::Store store;
    edge::Module module = edge::Module::from_text(
        "(module (import \"host\" \"twice\" (func $twice (param i64) (result i64)))"
        "(import \"host\" \"same\" (func $same (param externref) (result externref)))"
        "(memory (export \"memory\") 1 2) (global (export \"g\") (mut f64) (f64.const 1.5)) (table (export \"t\") 2 funcref)"
        "(func (export \"run\") (param i64) (result i64) (call $twice (local.get 0)))"
        "(func (export \"round\") (param externref) (result externref) (call $same (local.get 0))))");
    CHECK(module.imports().size() == 2 && module.exports().size() == 5 && module.imports()[0].name == "twice");
    edge::Linker linker;
    linker.func("host", "twice", module.imports()[0].type, [](edge::Caller caller, const std::vector<edge::Val> &args) {
        caller.memory().write(0, "seen");
        return std::vector<edge::Val>{args[0].i64() * 2};
    });
    linker.func("host", "same", module.imports()[1].type,
                [](edge::Caller, const std::vector<edge::Val> &args) { return std::vector<edge::Val>{args[0]}; });
    edge::Instance instance = linker.instantiate(store, module);
    auto run = instance.func("run").typed<std::int64_t(std::int64_t)>();
    CHECK(run(21) == 42);
    CHECK(instance.memory("memory").read(0, 4) == (std::vector<std::uint8_t>{'s', 'e', 'e', 'n'}));
    CHECK(failure([&] { instance.memory("memory").read(65535, 100); })->kind() == EDGE_KIND_MEMORY_OUT_OF_BOUNDS);
    CHECK(instance.memory("memory").grow(1) == 1 && instance.memory("memory").size() == 2);
    CHECK(failure([&] { instance.func("run").typed<std::int32_t(std::int64_t)>(); })->kind() == EDGE_KIND_ARGUMENT_TYPE);

    auto text = std::make_shared<std::string>("held by the guest");
    std::vector<edge::Val> results = instance.func("round").call({edge::Val(edge::ExternRef(text))});
    CHECK(results.at(0).externref().as<std::string>() == text && results.at(0).externref().as<int>() == nullptr);

    edge::Global global = instance.global("g");
    global.set(edge::Val(2.5));
    CHECK(global.value().f64() == 2.5);
    edge::Table table = instance.table("t");
    table.set(1, edge::Val(instance.func("run")));
    CHECK(table.at(1).func() && !table.at(0).func() && table.grow(3) == 2 && table.size() == 5);
    CHECK(table.at(1).func()->typed<std::int64_t(std::int64_t)>()(4) == 8);
    edge::Func thrower(store, edge::Type::func({}, {}), [](edge::Caller, const std::vector<edge::Val> &) -> std::vector<edge::Val> {
        throw HostFailure("from a core function", 5);
    });
    CHECK(failure([&] { thrower.call({}); })->cause() != nullptr);
}

// A function that frees itself with the last VM that uses it.
static void lifetimes(const char *path) {
    auto token = std::make_shared<int>(1);
    {
        edge::Vm vm = [&] {
            edge::Options options = imports();
            options.import("app", "multiply", [token](std::int64_t a, double) { return double(a) * *token; });
            return edge::Vm(path, options);
        }();
        CHECK(vm.run<double>("call_multiply", std::int64_t(3), 1.0) == 3.0 && token.use_count() == 2);
        edge::Vm copy = vm;
        vm.close();
        CHECK(failure([&] { copy.run("nothing"); })->kind() == EDGE_KIND_CLOSED);
        auto closed = [&](auto use) {
            auto error = failure(use);
            return error && error->kind() == EDGE_KIND_CLOSED;
        };
        CHECK(copy.is_closed() && closed([&] { copy.instance(); }) && closed([&] { copy.store(); }));
        CHECK(closed([&] { copy.memory(); }) && closed([&] { copy.reset(); }) && closed([&] { copy.start(); }));
    }
    CHECK(token.use_count() == 1);
}

// Each limit trips by its name.
static void limits(const char *path) {
    auto trips = [path](edge_kind_t kind, const edge::Limits &limits, const char *name = "nothing", std::uint32_t size = 0) {
        auto error = failure([&] {
            edge::Vm vm(path, imports().limits(limits));
            vm.run(name, size);
        });
        return error && error->kind() == kind;
    };
    CHECK(trips(EDGE_KIND_MEMORY_LIMIT, edge::Limits().memory(65536)));
    CHECK(trips(EDGE_KIND_TABLE_LIMIT, edge::Limits().table(0)));
    CHECK(trips(EDGE_KIND_INSTANCE_LIMIT, edge::Limits().instances(0)));
    CHECK(trips(EDGE_KIND_RESULT_TOO_LARGE, edge::Limits().result_size(1000), "big_bytes", 1001));
    CHECK(trips(EDGE_KIND_STACK_OVERFLOW, edge::Limits().stack(16 << 10), "recurse", 5000));
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    edge::Vm vm(argv[1], imports());
    limits(argv[1]);
    auto missing = failure([] { edge::Vm("no-such-file.wasm"); });
    CHECK(missing && missing->kind() == EDGE_KIND_IO && missing->os_code() == ENOENT);
    values(vm);
    failures(vm);
    host_functions(vm);
    core();
    lifetimes(argv[1]);
    return check_report();
}
