// C++ objects that the guest holds and hands back: a class instance, a functor, a stream and a string.
#include <iostream>

#include <edge.hpp>

struct Adder {
    int add(int a, int b) const { return a + b; }
};

struct Square {
    int operator()(int n) const { return n * n; }
};

static const char *const guest = R"((module
  (import "host" "call_add" (func $add (param externref i32 i32) (result i32)))
  (import "host" "call_square" (func $square (param externref i32) (result i32)))
  (import "host" "call_ostream_str" (func $print (param externref externref)))
  (func (export "call_add") (param externref i32 i32) (result i32) (call $add (local.get 0) (local.get 1) (local.get 2)))
  (func (export "call_square") (param externref i32) (result i32) (call $square (local.get 0) (local.get 1)))
  (func (export "call_ostream_str") (param externref externref) (call $print (local.get 0) (local.get 1)))))";

// The object in a reference; what is of another type is refused.
template <class T>
static std::shared_ptr<T> object(const edge::Val &val) {
    std::shared_ptr<T> object = val.externref().as<T>();
    if (!object) throw std::invalid_argument("an object of another type");
    return object;
}

static edge::Linker host() {
    edge::Linker linker;
    const edge::Type add = edge::Type::func({EDGE_VALTYPE_EXTERNREF, EDGE_VALTYPE_I32, EDGE_VALTYPE_I32}, {EDGE_VALTYPE_I32});
    const edge::Type square = edge::Type::func({EDGE_VALTYPE_EXTERNREF, EDGE_VALTYPE_I32}, {EDGE_VALTYPE_I32});
    const edge::Type print = edge::Type::func({EDGE_VALTYPE_EXTERNREF, EDGE_VALTYPE_EXTERNREF}, {});
    using Vals = std::vector<edge::Val>;
    linker
        .func("host", "call_add", add,
              [](edge::Caller, const Vals &args) { return Vals{object<Adder>(args[0])->add(args[1].i32(), args[2].i32())}; })
        .func("host", "call_square", square,
              [](edge::Caller, const Vals &args) { return Vals{(*object<Square>(args[0]))(args[1].i32())}; })
        .func("host", "call_ostream_str", print, [](edge::Caller, const Vals &args) {
            *object<std::ostream>(args[0]) << *object<std::string>(args[1]);
            return Vals{};
        });
    return linker;
}

int main() {
    const edge::Instance instance = host().instantiate(edge::Store(), edge::Module::from_text(guest));
    const edge::ExternRef adder(std::make_shared<Adder>()), square(std::make_shared<Square>());
    // The stream belongs to the library of C++: nothing is to be deleted.
    const edge::ExternRef out(std::shared_ptr<std::ostream>(&std::cout, [](std::ostream *) {}));
    const edge::ExternRef text(std::make_shared<std::string>("Hello world!"));

    std::cout << "Run -- call_add -- 1234 + 5678 = " << instance.func("call_add").call({adder, 1234, 5678})[0].i32() << "\n";
    std::cout << "Result : " << instance.func("call_add").call({adder, 1234, 5678})[0].i32() << "\n";
    std::cout << "Result : " << instance.func("call_square").call({square, 1024})[0].i32() << "\n";
    instance.func("call_ostream_str").call({out, text});
    std::cout << "\n";
    try {
        instance.func("call_square").call({adder, 1024});
    } catch (const edge::Error &error) {
        std::cout << error.kind_name() << ": " << error.what() << "\n";
    }
}
