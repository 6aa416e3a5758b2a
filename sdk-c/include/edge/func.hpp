/// Core functions, of guests and of the host.
#ifndef EDGE_FUNC_HPP
#define EDGE_FUNC_HPP

#include <functional>

#include "edge/convert.hpp"
#include "edge/shared_memory.hpp"
#include "edge/val.hpp"

namespace edge {

namespace detail {

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

/// What a host function on core values knows of its caller.
class Caller {
public:
    explicit Caller(const edge_caller_t *raw) : raw_(raw) {}
    Memory memory(std::uint32_t index = 0) const {
        Memory memory{static_cast<edge_memory_t *>(nullptr)};
        detail::check(edge_caller_memory(raw_, index, memory.out()));
        return memory;
    }
    SharedMemory shared_memory(std::uint32_t index = 0) const {
        SharedMemory memory{static_cast<edge_shared_memory_t *>(nullptr)};
        detail::check(edge_caller_shared_memory(raw_, index, memory.out()));
        return memory;
    }
    Store store() const { return Store(edge_caller_store(raw_)); }
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
    } catch (const Exception &exception) {
        return edge_throw(exception.exception().get());
    } catch (const HostError &error) {
        return edge_error_new_code(error.code(), error.what(), std::strlen(error.what()),
                                   new std::exception_ptr(std::current_exception()), drop_exception);
    } catch (const Error &error) {
        // What one guest did not catch, the next one may.
        if (std::optional<ExnRef> exception = uncaught(error)) return edge_throw(exception->get());
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
        // The arguments stay the library's: what a Val keeps is another handle.
        for (std::size_t i = 0; i < nargs; i++) in.push_back(Val::take(another(args[i])));
        std::vector<Val> given = (*static_cast<CoreFunction *>(env))(Caller(caller), in);
        if (given.size() != nresults) {
            throw Error(EDGE_KIND_RESULT_TYPE, "the host function gave " + std::to_string(given.size()) + " results, expected " +
                                                   std::to_string(nresults));
        }
        for (std::size_t i = 0; i < nresults; i++) results[i] = another(given[i].raw());
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

inline Val::Val(const Func &func) : raw_(detail::another(edge_val_func(func.get()))) {}

inline std::optional<Func> Val::func() const {
    const edge_func_t *func = want(EDGE_VALTYPE_FUNCREF).func;
    return func ? std::optional<Func>(Func(edge_func_clone(func))) : std::nullopt;
}

inline Func Caller::func(std::string_view name) const {
    Func func;
    detail::check(edge_caller_func(raw_, name.data(), name.size(), func.out()));
    return func;
}

}  // namespace edge

#endif
