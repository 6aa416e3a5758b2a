// Passes strings and arrays through the guest's memory by hand, without bindgen.

#include <cstring>
#include <iostream>

#include <edge.hpp>

using Allocate = std::uint32_t(std::uint32_t);
using Deallocate = void(std::uint32_t, std::uint32_t);

static void greet(const edge::Vm &vm, const edge::Memory &memory) {
    auto allocate = vm.func("allocate").typed<Allocate>();
    auto deallocate = vm.func("deallocate").typed<Deallocate>();
    const std::string_view name("WasmEdge\0", 9);
    std::uint32_t subject = allocate(static_cast<std::uint32_t>(name.size()));
    memory.write(subject, name);
    std::uint32_t greeting = vm.func("greet").typed<Allocate>()(subject);
    std::string text;
    for (std::uint32_t at = greeting; memory.read(at, 1)[0] != 0; at++) text += static_cast<char>(memory.read(at, 1)[0]);
    std::cout << text << "\n";
    deallocate(greeting, static_cast<std::uint32_t>(text.size() + 1));
    deallocate(subject, static_cast<std::uint32_t>(name.size()));
}

static void print_numbers(const char *label, const edge::Memory &memory, std::uint32_t array, std::uint32_t count) {
    std::cout << label;
    for (std::uint32_t i = 0; i < count; i++) {
        std::int32_t number;
        std::memcpy(&number, memory.read(array + 4 * i, 4).data(), 4);
        std::cout << " " << number;
    }
    std::cout << "\n";
}

static void fib_arrays(const edge::Vm &vm, const edge::Memory &memory) {
    const std::uint32_t count = 10, size = 4 * count;
    auto deallocate = vm.func("deallocate").typed<Deallocate>();

    std::uint32_t array = vm.func("allocate").typed<Allocate>()(size);
    std::int32_t last = vm.func("fib_array").typed<std::int32_t(std::uint32_t, std::uint32_t)>()(count, array);
    std::cout << "fib_array() returned: " << last << "\n";
    print_numbers("fib_array memory:", memory, array, count);
    deallocate(array, size);

    array = vm.func("fib_array_return_memory").typed<Allocate>()(count);
    print_numbers("fib_array_return_memory memory:", memory, array, count);
    deallocate(array, size);
}

int main(int argc, char **argv) try {
    if (argc != 2) throw std::invalid_argument("usage: memory WASM");
    edge::Vm vm{argv[1]};
    edge::Memory memory = vm.memory();
    greet(vm, memory);
    fib_arrays(vm, memory);
} catch (const std::exception &error) {
    std::cerr << "memory: " << error.what() << "\n";
    return 1;
}
