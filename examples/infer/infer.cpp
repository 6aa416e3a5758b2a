// Recognises a scanned digit, inside of the sandbox.

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include <edge.hpp>

struct Ranked {
    std::string label;
    float probability;
};
EDGE_STRUCT(Ranked, label, probability)

struct Prediction {
    std::string label;
    float probability;
    std::vector<Ranked> ranked;
};
EDGE_STRUCT(Prediction, label, probability, ranked)

static std::vector<std::uint8_t> read_file(const char *path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(std::string(path) + " cannot be read");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

static void print_time_per_call(const edge::Function &infer, const std::vector<std::uint8_t> &image) {
    using Clock = std::chrono::steady_clock;
    int calls = 0;
    auto begin = Clock::now();
    for (; Clock::now() - begin < std::chrono::milliseconds(200); calls++) infer.call<Prediction>(image);
    std::chrono::duration<double, std::micro> time = Clock::now() - begin;
    std::fprintf(stderr, "time per call: %.3f us\n", time.count() / calls);
}

int main(int argc, char **argv) try {
    if (argc != 3) throw std::invalid_argument("usage: infer WASM INPUT");
    edge::Vm vm{argv[1]};
    auto image = read_file(argv[2]);

    auto prediction = vm.run<Prediction>("infer", image);
    std::printf("label %s probability %.4f\n", prediction.label.c_str(), prediction.probability);
    for (const Ranked &entry : prediction.ranked) std::printf("%s %.4f\n", entry.label.c_str(), entry.probability);
    print_time_per_call(vm.function("infer"), image);
} catch (const std::exception &error) {
    std::cerr << "infer: " << error.what() << "\n";
    return 1;
}
