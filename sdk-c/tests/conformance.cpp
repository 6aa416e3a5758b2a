// The conformance table (tests/conformance) in C++. The rows are functions that make-table wrote.

#include <cmath>

#include "check.h"

#include <edge.hpp>

struct Row {
    const char *name, *call;
    std::vector<edge::Value> args;
    // The kind's name, empty for a row that ends well.
    std::string_view error;
    // A part of the error's message.
    std::string_view message;
    // The result, or the value of the guest's Err if it is to be compared.
    std::optional<edge::Value> value;
};

static std::vector<edge::Value> values(std::vector<edge::Value> items) { return items; }

static std::vector<edge::Pair> pairs(std::vector<edge::Pair> items) { return items; }

template <class T>
static T repeat(std::string_view unit, std::size_t len, std::size_t count) {
    T out;
    out.reserve(len * count);
    for (std::size_t i = 0; i < count; i++) out.insert(out.end(), unit.data(), unit.data() + len);
    return out;
}

#include "table.hpp"

// Equality by type and bits: NaN equals NaN, -0.0 differs from 0.0, maps have no order.

static bool same(const edge::Value &a, const edge::Value &b);

template <class T>
static bool same(const T &a, const T &b) {
    if constexpr (std::is_floating_point_v<T>) {
        return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
    } else {
        return a == b;
    }
}

template <class T>
static bool same(const std::vector<T> &a, const std::vector<T> &b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); i++) {
        if (!same(a[i], b[i])) return false;
    }
    return true;
}

static bool same(const edge::List &a, const edge::List &b) { return same(a.items, b.items); }

static bool same(const edge::Tuple &a, const edge::Tuple &b) { return same(a.items, b.items); }

static bool same(const edge::Map &a, const edge::Map &b) {
    if (a.pairs.size() != b.pairs.size()) return false;
    for (const edge::Pair &pair : a.pairs) {
        bool found = false;
        for (const edge::Pair &other : b.pairs) found = found || (same(pair.key, other.key) && same(pair.value, other.value));
        if (!found) return false;
    }
    return true;
}

static bool same(const edge::Value &a, const edge::Value &b) {
    if (a.index() != b.index()) return false;
    return std::visit([&](const auto &item) { return same(item, b.as<std::decay_t<decltype(item)>>()); }, a.base());
}

// The host functions of the table's README.

struct Point {
    double x, y;
};
EDGE_STRUCT(Point, x, y)

static double area(const edge::Value &shape) {
    if (const edge::Value *circle = shape.find("Circle")) return 3 * circle->as<double>() * circle->as<double>();
    const edge::Value *rectangle = shape.find("Rectangle");
    if (!rectangle) return 0;
    const auto &sides = rectangle->as<edge::Tuple>().items;
    return sides[0].as<double>() * sides[1].as<double>();
}

static edge::Options imports(std::uint64_t &notes) {
    edge::Options options;
    options
        .import("app", "note",
                [&notes](std::uint8_t, std::string_view text) {
                    if (text == "refuse") throw std::runtime_error("the host refuses");
                    return ++notes;
                })
        .import("app", "transform", [](Point point) { return Point{point.y, point.x}; })
        .import("app", "fetch",
                [](std::string_view key) {
                    return key == "present" ? std::optional<std::string>("value of present") : std::nullopt;
                })
        .import("app", "bytes_round", [](edge::Bytes bytes) { return bytes; })
        .import("app", "fail_host", []() { throw std::runtime_error("the host failed"); })
        .import("app", "fail_typed",
                [](std::uint32_t kind) {
                    if (kind == 0) throw std::runtime_error("the host failed");
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
        .import("app", "areas", [](const std::map<std::string, edge::Value> &shapes) {
            std::map<std::string, double> areas;
            for (const auto &[name, shape] : shapes) areas[name] = area(shape);
            return areas;
        });
    return options;
}

// What is known at run time only needs a call for each number of arguments.
static edge::Value call(const edge::Vm &vm, const Row &row) {
    const auto &args = row.args;
    switch (args.size()) {
        case 0: return vm.run(row.call);
        case 1: return vm.run(row.call, args[0]);
        case 2: return vm.run(row.call, args[0], args[1]);
        case 3: return vm.run(row.call, args[0], args[1], args[2]);
        case 4: return vm.run(row.call, args[0], args[1], args[2], args[3]);
        default: throw std::logic_error("a row with more than four arguments");
    }
}

// Why the error is not the one of the row; empty when it is.
static std::string judge(const Row &row, const edge::Error &error) {
    if (error.kind_name() != row.error) return "the error is of another kind";
    if (error.message().find(row.message) == std::string_view::npos) return "the message is another";
    if (!row.value) return "";
    return error.value() && same(*error.value(), *row.value) ? "" : "the value of the Err is another";
}

static std::string run(const edge::Vm &vm, const Row &row) {
    try {
        edge::Value result = call(vm, row);
        if (!row.error.empty()) return "it did not fail";
        return same(result, *row.value) ? "" : "the result is another";
    } catch (const edge::Error &error) {
        vm.reset();
        std::string wrong = row.error.empty() ? "it failed" : judge(row, error);
        return wrong.empty() ? wrong : wrong + "; got " + std::string(error.kind_name()) + ": " + error.what();
    }
}

// That the comparison can tell values apart.
static void comparison() {
    const edge::Value list(edge::List{{edge::Value(1), edge::Value(2)}}), other(edge::List{{edge::Value(1), edge::Value(3)}});
    const edge::Value tuple(edge::Tuple{{edge::Value(1), edge::Value(2)}});
    CHECK(same(edge::Value(NAN), edge::Value(NAN)) && same(list, list));
    CHECK(!same(edge::Value(0.0), edge::Value(-0.0)) && !same(edge::Value(0.0), edge::Value(0.0f)));
    CHECK(!same(list, other) && !same(list, tuple));
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: %s conformance.wasm\n", argv[0]), 2;
    comparison();
    std::uint64_t notes = 0;
    edge::Vm vm(argv[1], imports(notes));
    for (auto make : rows) {
        const Row row = make();
        notes = 0;
        std::string wrong = run(vm, row);
        if (wrong.empty()) {
            check_passed++;
        } else {
            check_failed++;
            printf("%s: %s\n", row.name, wrong.c_str());
        }
    }
    return check_report();
}
