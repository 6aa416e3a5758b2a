// A pool of guests in C++, and a memory that guests of several stores share.
#include <iostream>
#include <thread>

#include <edge.hpp>

int main() {
    const edge::Pool pool = edge::Pool::from_text(R"((module
        (func (export "half") (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 2)))))");
    for (const auto &half : pool.map<int>("half", std::vector<int>{2, 4, 6})) std::cout << half.value() << "\n";
    {
        const edge::Vm vm = pool.lend();
        std::cout << "lent: " << vm.run<int>("half", 84) << "\n";
    }

    const edge::SharedMemory memory(edge::Type::shared_memory(1, 1));
    edge::Linker linker;
    linker.define("env", "memory", memory);
    const edge::Module counter = edge::Module::from_text(R"((module (import "env" "memory" (memory 1 1 shared))
        (func (export "count") (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))))");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&] { linker.instantiate(edge::Store(), counter).func("count").typed<void()>()(); });
    }
    for (std::thread &thread : threads) thread.join();
    std::cout << "counted: " << memory.load<int>(0) << "\n";
}
