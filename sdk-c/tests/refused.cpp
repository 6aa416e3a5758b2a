// Modules that must not load (tests/conformance/modules.json): each ends in its kind of error, and the process goes on.

#include "check.h"
#include "refused.h"

#include <edge.hpp>

static edge::Vm load(const refused_t &row) {
    edge::Options options;
    options.import("app", "note", []() {});
    if (row.is_text) return edge::Vm::from_text({row.data, row.len}, options);
    return edge::Vm(edge::Bytes(reinterpret_cast<const std::uint8_t *>(row.data), row.len), options);
}

// Why the row does not hold; empty when it does.
static std::string judge(const refused_t &row) {
    try {
        load(row);
        return "the module was loaded";
    } catch (const edge::Error &error) {
        bool expected = error.kind_name() == row.error && error.message().find(row.message) != std::string_view::npos;
        return expected ? "" : "got " + std::string(error.kind_name()) + ": " + error.what();
    }
}

int main() {
    for (const refused_t &row : refused) {
        std::string wrong = judge(row);
        if (!wrong.empty()) printf("%s: expected %s with `%s`, %s\n", row.name, row.error, row.message, wrong.c_str());
        CHECK(wrong.empty());
        CHECK(edge::Vm::from_text(GOOD).run<int>("add", 2, 3) == 5);
    }
    return check_report();
}
