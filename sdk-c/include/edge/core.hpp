/// The doors below the easy one: module, type, store, instance, function, memory, table, global.
#ifndef EDGE_CORE_HPP
#define EDGE_CORE_HPP

#include <cstring>
#include <functional>
#include <memory>

#include "edge/convert.hpp"
#include "edge/settings.hpp"

namespace edge {

class Func;

namespace detail {

using ModuleHandle = Handle<edge_module_t, edge_module_clone, edge_module_free>;
using TypeHandle = Handle<edge_type_t, edge_type_clone, edge_type_free>;
using StoreHandle = Handle<edge_store_t, edge_store_clone, edge_store_free>;
using InstanceHandle = Handle<edge_instance_t, edge_instance_clone, edge_instance_free>;
using FuncHandle = Handle<edge_func_t, edge_func_clone, edge_func_free>;
using MemoryHandle = Handle<edge_memory_t, edge_memory_clone, edge_memory_free>;
using TableHandle = Handle<edge_table_t, edge_table_clone, edge_table_free>;
using GlobalHandle = Handle<edge_global_t, edge_global_clone, edge_global_free>;
using ExternRefHandle = Handle<edge_externref_t, edge_externref_clone, edge_externref_free>;

/// The code of a C++ type among core types.
template <class T>
constexpr edge_valtype_t valtype() {
    static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8), "core functions take numbers of 32 or 64 bits");
    if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? EDGE_VALTYPE_F32 : EDGE_VALTYPE_F64;
    else return sizeof(T) == 4 ? EDGE_VALTYPE_I32 : EDGE_VALTYPE_I64;
}

template <class T>
void store(edge_slot_t &slot, T v) {
    if constexpr (std::is_same_v<T, float>) slot.f32 = v;
    else if constexpr (std::is_same_v<T, double>) slot.f64 = v;
    else if constexpr (sizeof(T) == 4) slot.i32 = static_cast<std::int32_t>(v);
    else slot.i64 = static_cast<std::int64_t>(v);
}

template <class T>
T load(const edge_slot_t &slot) {
    if constexpr (std::is_same_v<T, float>) return slot.f32;
    else if constexpr (std::is_same_v<T, double>) return slot.f64;
    else if constexpr (sizeof(T) == 4) return static_cast<T>(slot.i32);
    else return static_cast<T>(slot.i64);
}

}  // namespace detail

/// The type of a function, memory, table or global.
class Type : public detail::TypeHandle {
public:
    using Handle::Handle;
    static Type func(const std::vector<edge_valtype_t> &params, const std::vector<edge_valtype_t> &results) {
        Type type;
        detail::check(edge_type_func(params.data(), params.size(), results.data(), results.size(), type.out()));
        return type;
    }
    static Type memory(std::uint64_t min, std::uint64_t max = EDGE_NO_MAXIMUM) {
        Type type;
        detail::check(edge_type_memory(min, max, type.out()));
        return type;
    }
    static Type table(edge_valtype_t element, std::uint64_t min, std::uint64_t max = EDGE_NO_MAXIMUM) {
        Type type;
        detail::check(edge_type_table(element, min, max, type.out()));
        return type;
    }
    static Type global(edge_valtype_t content, bool is_mutable) {
        Type type;
        detail::check(edge_type_global(content, is_mutable, type.out()));
        return type;
    }
    /// An `EDGE_SORT_*`.
    edge_sort_t sort() const { return edge_type_sort(get()); }
    std::string_view text() const { return detail::text(edge_type_text(get())); }
    View<edge_valtype_t> params() const {
        std::size_t len = 0;
        const edge_valtype_t *data = edge_type_params(get(), &len);
        return {data, len};
    }
    View<edge_valtype_t> results() const {
        std::size_t len = 0;
        const edge_valtype_t *data = edge_type_results(get(), &len);
        return {data, len};
    }
    friend bool operator==(const Type &a, const Type &b) { return edge_type_equal(a.get(), b.get()); }
};

/// An import of a module. The names live as long as the module.
struct Import {
    std::string_view module;
    std::string_view name;
    Type type;
};

/// An export of a module. The name lives as long as the module.
struct Export {
    std::string_view name;
    Type type;
};

/// A compiled module.
class Module : public detail::ModuleHandle {
public:
    using Handle::Handle;
    /// From the binary format.
    explicit Module(Bytes bytes, const Engine *engine = nullptr) {
        detail::check(edge_module_new(raw(engine), bytes.data(), bytes.size(), out()));
    }
    static Module from_text(std::string_view wat, const Engine *engine = nullptr) {
        Module module;
        detail::check(edge_module_from_text(raw(engine), wat.data(), wat.size(), module.out()));
        return module;
    }
    static Module from_file(std::string_view path, const Engine *engine = nullptr) {
        Module module;
        detail::check(edge_module_from_file(raw(engine), path.data(), path.size(), module.out()));
        return module;
    }
    static void validate(Bytes bytes, const Engine *engine = nullptr) {
        detail::check(edge_module_validate(raw(engine), bytes.data(), bytes.size()));
    }
    std::string_view name() const { return detail::text(edge_module_name(get())); }
    std::vector<Import> imports() const {
        std::vector<Import> imports;
        for (std::size_t i = 0; i < edge_module_import_count(get()); i++) {
            edge_view_t module, name;
            Type type;
            detail::check(edge_module_import(get(), i, &module, &name, type.out()));
            imports.push_back(Import{detail::text(module), detail::text(name), std::move(type)});
        }
        return imports;
    }
    std::vector<Export> exports() const {
        std::vector<Export> exports;
        for (std::size_t i = 0; i < edge_module_export_count(get()); i++) {
            edge_view_t name;
            Type type;
            detail::check(edge_module_export(get(), i, &name, type.out()));
            exports.push_back(Export{detail::text(name), std::move(type)});
        }
        return exports;
    }

private:
    static const edge_engine_t *raw(const Engine *engine) { return engine ? engine->get() : nullptr; }
};

/// Where instances live.
class Store : public detail::StoreHandle {
public:
    using Handle::Handle;
    Store() { detail::check(edge_store_new(nullptr, nullptr, out())); }
    explicit Store(const Limits &limits) { detail::check(edge_store_new(nullptr, limits.get(), out())); }
    explicit Store(const Engine &engine, const Limits &limits = Limits()) {
        detail::check(edge_store_new(engine.get(), limits.get(), out()));
    }
    std::uint64_t memory_used() const { return edge_store_memory_used(get()); }
    Limits limits() const { return Limits(edge_store_limits(get())); }
    /// What its guests have used so far.
    Statistics statistics() const { return Statistics(edge_store_statistics(get())); }
    void reset_statistics() const { detail::check(edge_store_reset_statistics(get())); }
    std::uint64_t fuel_left() const {
        std::uint64_t fuel = 0;
        detail::check(edge_store_fuel_left(get(), &fuel));
        return fuel;
    }
    void set_fuel(std::uint64_t fuel) const { detail::check(edge_store_set_fuel(get(), fuel)); }
    void add_fuel(std::uint64_t fuel) const { detail::check(edge_store_add_fuel(get(), fuel)); }
    void consume_fuel(std::uint64_t fuel) const { detail::check(edge_store_consume_fuel(get(), fuel)); }
    /// Ends the call that it serves now, from any thread; tells whether there was one.
    bool cancel() const { return edge_store_cancel(get()); }
    friend bool operator==(const Store &a, const Store &b) { return edge_store_same(a.get(), b.get()); }
};

/// A linear memory.
class Memory : public detail::MemoryHandle {
public:
    using Handle::Handle;
    Memory(const Store &store, const Type &type) { detail::check(edge_memory_new(store.get(), type.get(), out())); }
    /// Pages of 64 KiB.
    std::uint64_t size() const { return edge_memory_size(get()); }
    std::size_t data_size() const { return edge_memory_data_size(get()); }
    /// The first byte, which never moves.
    std::uint8_t *data() const { return edge_memory_data(get()); }
    /// All bytes as they are now; growth does not end the view, and is not seen by it.
    Bytes view() const { return {data(), data_size()}; }
    std::vector<std::uint8_t> read(std::uint64_t offset, std::size_t len) const {
        // Before `len` bytes are reserved: the range may be far outside.
        if (offset > data_size() || len > data_size() - offset) detail::check(edge_memory_read(get(), offset, dummy(), len));
        std::vector<std::uint8_t> bytes(len);
        detail::check(edge_memory_read(get(), offset, bytes.data(), len));
        return bytes;
    }
    void write(std::uint64_t offset, Bytes bytes) const {
        detail::check(edge_memory_write(get(), offset, bytes.data(), bytes.size()));
    }
    void write(std::uint64_t offset, std::string_view text) const {
        write(offset, Bytes(reinterpret_cast<const std::uint8_t *>(text.data()), text.size()));
    }
    /// Adds pages; returns how many there were.
    std::uint64_t grow(std::uint64_t delta) const {
        std::uint64_t before = 0;
        detail::check(edge_memory_grow(get(), delta, &before));
        return before;
    }

private:
    /// A place that a read which fails does not touch.
    static std::uint8_t *dummy() {
        static std::uint8_t byte;
        return &byte;
    }
};

/// An object of the host that guests hold; made from a `std::shared_ptr`, and given back as one.
class ExternRef : public detail::ExternRefHandle {
public:
    using Handle::Handle;
    template <class T>
    explicit ExternRef(std::shared_ptr<T> object) {
        detail::check(edge_externref_new(new std::shared_ptr<T>(std::move(object)), drop<T>, out()));
    }
    /// The object; null when it is of another type.
    template <class T>
    std::shared_ptr<T> as() const {
        void *data = edge_externref_data(get(), drop<T>);
        return data ? *static_cast<std::shared_ptr<T> *>(data) : nullptr;
    }

private:
    template <class T>
    static void drop(void *data) {
        delete static_cast<std::shared_ptr<T> *>(data);
    }
};

/// A core value.
class Val {
public:
    Val(std::int32_t v = 0) : raw_(edge_val_i32(v)) {}
    Val(std::int64_t v) : raw_(edge_val_i64(v)) {}
    Val(float v) : raw_(edge_val_f32(v)) {}
    Val(double v) : raw_(edge_val_f64(v)) {}
    /// A vector: lane 0 first, each lane little-endian.
    Val(const std::array<std::uint8_t, 16> &v) : raw_(edge_val_v128(v.data())) {}
    Val(ExternRef object) : raw_(edge_val_externref(nullptr)), object_(std::move(object)) { raw_.of.externref = object_.get(); }
    inline Val(const Func &func);

    edge_valtype_t type() const { return raw_.kind; }
    std::int32_t i32() const { return want(EDGE_VALTYPE_I32).of.i32; }
    std::int64_t i64() const { return want(EDGE_VALTYPE_I64).of.i64; }
    float f32() const { return want(EDGE_VALTYPE_F32).of.f32; }
    double f64() const { return want(EDGE_VALTYPE_F64).of.f64; }
    std::array<std::uint8_t, 16> v128() const {
        std::array<std::uint8_t, 16> bytes;
        std::memcpy(bytes.data(), want(EDGE_VALTYPE_V128).of.v128, bytes.size());
        return bytes;
    }
    ExternRef externref() const {
        want(EDGE_VALTYPE_EXTERNREF);
        return object_;
    }
    /// Null for the null reference.
    inline std::optional<Func> func() const;
    const edge_val_t &raw() const { return raw_; }

    /// Takes over a value that the library gave.
    static Val take(const edge_val_t &given) {
        Val val;
        val.raw_ = given;
        val.raw_.owned = 0;
        if (given.kind == EDGE_VALTYPE_EXTERNREF) val.object_ = ExternRef(given.of.externref);
        if (given.kind == EDGE_VALTYPE_FUNCREF) val.func_ = detail::FuncHandle(given.of.func);
        return val;
    }
    Val(const Val &other) : raw_(other.raw_), object_(other.object_), func_(other.func_) { point(); }
    Val(Val &&other) noexcept : raw_(other.raw_), object_(std::move(other.object_)), func_(std::move(other.func_)) { point(); }
    Val &operator=(Val other) noexcept {
        raw_ = other.raw_;
        object_ = std::move(other.object_);
        func_ = std::move(other.func_);
        point();
        return *this;
    }

private:
    void point() noexcept {
        if (raw_.kind == EDGE_VALTYPE_EXTERNREF) raw_.of.externref = object_.get();
        if (raw_.kind == EDGE_VALTYPE_FUNCREF) raw_.of.func = func_.get();
    }
    const edge_val_t &want(edge_valtype_t type) const {
        if (raw_.kind != type) throw Error(EDGE_KIND_RESULT_TYPE, "the value is of another type");
        return raw_;
    }

    edge_val_t raw_;
    ExternRef object_{static_cast<edge_externref_t *>(nullptr)};
    detail::FuncHandle func_;
};

/// What a host function on core values knows of its caller.
class Caller {
public:
    explicit Caller(const edge_caller_t *raw) : raw_(raw) {}
    Memory memory(std::uint32_t index = 0) const {
        Memory memory{static_cast<edge_memory_t *>(nullptr)};
        detail::check(edge_caller_memory(raw_, index, memory.out()));
        return memory;
    }
    inline Func func(std::string_view name) const;

private:
    const edge_caller_t *raw_;
};

/// A host function on core values.
using CoreFunction = std::function<std::vector<Val>(Caller, const std::vector<Val> &)>;

namespace detail {

/// Runs a host function; what it throws becomes an error that carries the very exception.
template <class Body>
edge_error_t *host_boundary(Body body) noexcept {
    try {
        body();
        return nullptr;
    } catch (const GuestErr &error) {
        edge_error_t *made = nullptr;
        Arena arena;
        edge_value_t value = Convert<Value>::to(error.value(), arena);
        edge_error_t *failed = edge_error_new_value(&value, &made);
        return failed ? failed : made;
    } catch (const Terminate &) {
        return edge_terminate();
    } catch (const HostError &error) {
        return edge_error_new_code(error.code(), error.what(), std::strlen(error.what()),
                                   new std::exception_ptr(std::current_exception()), drop_exception);
    } catch (const Error &error) {
        std::string_view message = error.message();
        return edge_error_new(error.kind(), message.data(), message.size(), new std::exception_ptr(std::current_exception()),
                              drop_exception);
    } catch (const std::exception &error) {
        return edge_error_new(EDGE_KIND_HOST_ERROR, error.what(), std::strlen(error.what()),
                              new std::exception_ptr(std::current_exception()), drop_exception);
    } catch (...) {
        return edge_error_new(EDGE_KIND_HOST_ERROR, EDGE_STR("a C++ exception that is no std::exception"),
                              new std::exception_ptr(std::current_exception()), drop_exception);
    }
}

inline edge_error_t *core_call(void *env, const edge_caller_t *caller, const edge_val_t *args, std::size_t nargs,
                               edge_val_t *results, std::size_t nresults) {
    return host_boundary([&] {
        std::vector<Val> in;
        for (std::size_t i = 0; i < nargs; i++) {
            // The argument stays the library's: what a Val keeps is another handle.
            edge_val_t own = args[i];
            if (own.kind == EDGE_VALTYPE_EXTERNREF) own.of.externref = edge_externref_clone(own.of.externref);
            if (own.kind == EDGE_VALTYPE_FUNCREF) own.of.func = edge_func_clone(own.of.func);
            in.push_back(Val::take(own));
        }
        std::vector<Val> given = (*static_cast<CoreFunction *>(env))(Caller(caller), in);
        if (given.size() != nresults) {
            throw Error(EDGE_KIND_RESULT_TYPE, "the host function gave " + std::to_string(given.size()) + " results, expected " +
                                                   std::to_string(nresults));
        }
        for (std::size_t i = 0; i < nresults; i++) {
            results[i] = given[i].raw();
            if (results[i].kind == EDGE_VALTYPE_EXTERNREF) results[i].of.externref = edge_externref_clone(results[i].of.externref);
            if (results[i].kind == EDGE_VALTYPE_FUNCREF) results[i].of.func = edge_func_clone(results[i].of.func);
            results[i].owned = 1;
        }
    });
}

inline void core_drop(void *env) { delete static_cast<CoreFunction *>(env); }

}  // namespace detail

/// A function of numbers with its C++ types: the cheapest way to call.
template <class Signature>
class TypedFunc;

/// A core function.
class Func : public detail::FuncHandle {
public:
    using Handle::Handle;
    Func(const Store &store, const Type &type, CoreFunction function) {
        detail::check(edge_func_new(store.get(), type.get(), detail::core_call, new CoreFunction(std::move(function)),
                                    detail::core_drop, out()));
    }
    Type type() const { return Type(edge_func_type(get())); }
    std::vector<Val> call(const std::vector<Val> &args) const { return call_raw(nullptr, args); }
    /// A call that obeys options.
    std::vector<Val> call(const CallOptions &options, const std::vector<Val> &args) const { return call_raw(options.get(), args); }
    friend bool operator==(const Func &a, const Func &b) { return edge_func_same(a.get(), b.get()); }
    /// Checks the type once, for cheap calls.
    template <class Signature>
    TypedFunc<Signature> typed() const {
        return TypedFunc<Signature>(*this);
    }

private:
    std::vector<Val> call_raw(const edge_call_options_t *options, const std::vector<Val> &args) const {
        std::vector<edge_val_t> in;
        for (const Val &arg : args) in.push_back(arg.raw());
        std::vector<edge_val_t> out(type().results().size());
        detail::check(edge_func_call_with(get(), options, in.data(), in.size(), out.data(), out.size()));
        std::vector<Val> results;
        for (const edge_val_t &value : out) results.push_back(Val::take(value));
        return results;
    }
};

template <class R, class... P>
class TypedFunc<R(P...)> {
public:
    explicit TypedFunc(Func func) : func_(std::move(func)) {
        std::vector<edge_valtype_t> results;
        if constexpr (!std::is_void_v<R>) results.push_back(detail::valtype<R>());
        Type wanted = Type::func({detail::valtype<P>()...}, results), actual = func_.type();
        if (!(wanted == actual)) {
            throw Error(EDGE_KIND_ARGUMENT_TYPE, "it is a " + std::string(actual.text()) + ", and not a " + std::string(wanted.text()));
        }
    }
    R operator()(P... args) const {
        constexpr std::size_t len = sizeof...(P) > 0 ? sizeof...(P) : 1;
        edge_slot_t slots[len];
        std::size_t index = 0;
        (detail::store(slots[index++], args), ...);
        (void)index;
        detail::check(edge_func_call_raw(func_.get(), slots, len));
        if constexpr (!std::is_void_v<R>) return detail::load<R>(slots[0]);
    }

private:
    Func func_;
};

inline Val::Val(const Func &func) : raw_(edge_val_func(nullptr)), func_(func) { raw_.of.func = func_.get(); }

inline std::optional<Func> Val::func() const {
    want(EDGE_VALTYPE_FUNCREF);
    if (!func_.get()) return std::nullopt;
    return Func(edge_func_clone(func_.get()));
}

inline Func Caller::func(std::string_view name) const {
    Func func;
    detail::check(edge_caller_func(raw_, name.data(), name.size(), func.out()));
    return func;
}

/// A global.
class Global : public detail::GlobalHandle {
public:
    using Handle::Handle;
    Global(const Store &store, const Type &type, const Val &value) {
        detail::check(edge_global_new(store.get(), type.get(), &value.raw(), out()));
    }
    Type type() const { return Type(edge_global_type(get())); }
    Val value() const {
        edge_val_t value;
        detail::check(edge_global_get(get(), &value));
        return Val::take(value);
    }
    void set(const Val &value) const { detail::check(edge_global_set(get(), &value.raw())); }
};

/// A table of references.
class Table : public detail::TableHandle {
public:
    using Handle::Handle;
    Table(const Store &store, const Type &type) { detail::check(edge_table_new(store.get(), type.get(), nullptr, out())); }
    std::uint64_t size() const { return edge_table_size(get()); }
    Val at(std::uint64_t index) const {
        edge_val_t value;
        detail::check(edge_table_get(get(), index, &value));
        return Val::take(value);
    }
    void set(std::uint64_t index, const Val &value) const { detail::check(edge_table_set(get(), index, &value.raw())); }
    std::uint64_t grow(std::uint64_t delta) const {
        std::uint64_t before = 0;
        detail::check(edge_table_grow(get(), delta, nullptr, &before));
        return before;
    }
};

/// A module with its memories, tables and globals.
class Instance : public detail::InstanceHandle {
public:
    using Handle::Handle;
    Func func(std::string_view name) const { return find<Func>(edge_instance_func, name); }
    Memory memory(std::string_view name) const { return find<Memory>(edge_instance_memory, name); }
    Table table(std::string_view name) const { return find<Table>(edge_instance_table, name); }
    Global global(std::string_view name) const { return find<Global>(edge_instance_global, name); }

private:
    template <class T, class Find>
    T find(Find find, std::string_view name) const {
        T found{decltype(std::declval<T>().get())()};
        detail::check(find(get(), name.data(), name.size(), found.out()));
        return found;
    }
};

}  // namespace edge

#endif
