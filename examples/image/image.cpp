// Makes a watermarked grey thumbnail of a picture, inside of the sandbox.

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include <edge.hpp>

struct ImageOptions {
    std::uint32_t width, height;
    bool grayscale;
    std::optional<std::string> watermark;
};
EDGE_STRUCT(ImageOptions, width, height, grayscale, watermark)

using Picture = std::vector<std::uint8_t>;

static Picture read_file(const char *path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(std::string(path) + " cannot be read");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

static void write_file(const char *path, const Picture &bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) throw std::runtime_error(std::string(path) + " cannot be written");
}

static void print_time_per_call(const edge::Function &process, const Picture &picture, const ImageOptions &options) {
    using Clock = std::chrono::steady_clock;
    int calls = 0;
    auto begin = Clock::now();
    for (; Clock::now() - begin < std::chrono::milliseconds(200); calls++) process.call<Picture>(picture, options);
    std::chrono::duration<double, std::micro> time = Clock::now() - begin;
    std::fprintf(stderr, "time per call: %.3f us\n", time.count() / calls);
}

int main(int argc, char **argv) try {
    if (argc != 4) throw std::invalid_argument("usage: image WASM INPUT OUTPUT");
    edge::Vm vm{argv[1]};
    Picture picture = read_file(argv[2]);
    ImageOptions options{320, 240, true, "edge"};

    auto thumbnail = vm.run<Picture>("process", picture, options);
    write_file(argv[3], thumbnail);
    std::cout << "image: " << thumbnail.size() << " bytes\n";
    print_time_per_call(vm.function("process"), picture, options);
} catch (const std::exception &error) {
    std::cerr << "image: " << error.what() << "\n";
    return 1;
}
