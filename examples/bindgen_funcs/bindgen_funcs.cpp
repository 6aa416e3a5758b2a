// Calls every function of the guest with native values: strings, bytes, numbers, structs.

#include <chrono>
#include <cstdio>
#include <iostream>

#include <edge.hpp>

struct Point {
    float x, y;
};
EDGE_STRUCT(Point, x, y)

struct Line {
    std::vector<Point> points;
    bool valid;
    float length;
    std::string desc;
};
EDGE_STRUCT(Line, points, valid, length, desc)

static void print_digest(const edge::Vm &vm, const char *name) {
    const std::string_view message = "This is an important message";
    edge::Bytes bytes(reinterpret_cast<const std::uint8_t *>(message.data()), message.size());
    auto digest = vm.run<std::vector<std::uint8_t>>(name, bytes);
    std::cout << "Run bindgen -- " << name << ": [";
    for (std::size_t i = 0; i < digest.size(); i++) std::cout << (i ? " " : "") << int(digest[i]);
    std::cout << "]\n";
}

static void print_time_per_call(const edge::Vm &vm) {
    using Clock = std::chrono::steady_clock;
    edge::Function say = vm.function("say");
    int calls = 0;
    auto begin = Clock::now();
    for (; Clock::now() - begin < std::chrono::milliseconds(200); calls++) say.call<std::string>("bindgen funcs test");
    std::chrono::duration<double, std::micro> time = Clock::now() - begin;
    std::fprintf(stderr, "time per call: %.3f us\n", time.count() / calls);
}

int main(int argc, char **argv) try {
    if (argc != 2) throw std::invalid_argument("usage: bindgen_funcs WASM");
    edge::Vm vm{argv[1]};

    const char *desc = "A thin red line";
    std::cout << "Run bindgen -- create_line: "
              << vm.run<std::string>("create_line", R"({"x":1.5,"y":3.8})", R"({"x":2.5,"y":5.8})", desc) << "\n";
    std::cout << "Run bindgen -- say: " << vm.run<std::string>("say", "bindgen funcs test") << "\n";
    std::cout << "Run bindgen -- obfusticate: "
              << vm.run<std::string>("obfusticate", "A quick brown fox jumps over the lazy dog") << "\n";
    std::cout << "Run bindgen -- lowest_common_multiple: " << vm.run<std::int32_t>("lowest_common_multiple", 123, 2) << "\n";
    print_digest(vm, "sha3_digest");
    print_digest(vm, "keccak_digest");

    Line line = vm.run<Line>("create_line_typed", Point{1.5f, 3.8f}, Point{2.5f, 5.8f}, desc);
    std::cout.flush();
    std::printf("Run bindgen -- create_line_typed: %s from (%.1f, %.1f) to (%.1f, %.1f), length %.3f\n", line.desc.c_str(),
                line.points.at(0).x, line.points.at(0).y, line.points.at(1).x, line.points.at(1).y, line.length);
    print_time_per_call(vm);
} catch (const std::exception &error) {
    std::cerr << "bindgen_funcs: " << error.what() << "\n";
    return 1;
}
