// Nothing grows in C++ either: over a million calls of four kinds, and over thousands of VMs.

#include "check.h"
#include "measure.h"

#include <edge.hpp>

static const int CALLS = 1000000, VMS = 5000;

static edge::Options imports(std::uint64_t &rounds) {
    edge::Options options;
    options.import("app", "bytes_round", [&rounds](const std::vector<std::uint8_t> &bytes) {
        rounds++;
        return bytes;
    });
    for (const char *name : {"note", "transform", "fetch", "fail_host", "fail_typed", "reenter", "multiply", "sum", "areas"}) {
        options.import("app", name, []() { throw std::logic_error("not for this test"); });
    }
    return options;
}

// One call of kind `i % 4`: numbers, a text of 1 KiB there and back, an Err, a host function.
static bool call(const edge::Vm &vm, int i) {
    switch (i % 4) {
        case 0: return vm.run<int>("add", i, 1) == i + 1;
        case 1: {
            const std::string text(1024, static_cast<char>('a' + i % 26));
            return vm.run<std::string>("echo_string", text) == text;
        }
        case 2:
            try {
                vm.run<std::string>("fails_string");
                return false;
            } catch (const edge::Error &error) {
                return error.kind() == EDGE_KIND_GUEST_ERROR && error.value()->as<std::string>() == "it failed as asked";
            }
        default: return vm.run("call_bytes_round", std::vector<std::uint8_t>(64, 7)).as<std::vector<std::uint8_t>>().size() == 64;
    }
}

static int wrong_calls(const edge::Vm &vm, int count) {
    int wrong = 0;
    for (int i = 0; i < count; i++) wrong += !call(vm, i);
    return wrong;
}

static void bounded(const char *what, long before) {
    long growth = resident() - before;
    CHECK(before > 0);
    CHECK(growth < GROWTH_BOUND);
    if (growth >= GROWTH_BOUND) printf("  %s: the process grew by %ld bytes\n", what, growth);
}

static void calls(const char *path) {
    std::uint64_t rounds = 0;
    const edge::Vm vm(path, imports(rounds));
    CHECK(wrong_calls(vm, CALLS / 50) == 0);
    const std::size_t guest = vm.memory().data_size();
    const long before = resident();
    rounds = 0;
    CHECK(wrong_calls(vm, CALLS) == 0);
    CHECK(rounds == std::uint64_t(CALLS) / 4);
    CHECK(guest > 0 && vm.memory().data_size() == guest);
    bounded("calls", before);
}

// Host functions with data of their own go with the VM, and so do copies of its handle and what it gave.
static bool load(const edge::Module &module, int i) {
    std::uint64_t rounds = 0;
    const edge::Vm vm(module, imports(rounds));
    const edge::Vm other = vm;
    const edge::Function add = other.function("add");
    return add.call<int>(i, 1) == i + 1;
}

static void vms(const char *path) {
    const edge::Module module = edge::Module::from_file(path);
    int wrong = 0;
    for (int i = 0; i < VMS / 5; i++) wrong += !load(module, i);
    const long before = resident();
    for (int i = 0; i < VMS; i++) wrong += !load(module, i);
    CHECK(wrong == 0);
    bounded("VMs", before);
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: %s conformance.wasm\n", argv[0]), 2;
    calls(argv[1]);
    vms(argv[1]);
    return check_report();
}
