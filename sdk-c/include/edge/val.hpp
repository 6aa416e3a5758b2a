/// Core values: numbers, vectors, references; tags and exceptions.
#ifndef EDGE_VAL_HPP
#define EDGE_VAL_HPP

#include <cstring>

#include "edge/memory.hpp"

namespace edge {

class Func;
class Val;

namespace detail {

using FuncHandle = Handle<edge_func_t, edge_func_clone, edge_func_free>;
using TagHandle = Handle<edge_tag_t, edge_tag_clone, edge_tag_free>;
using ExnRefHandle = Handle<edge_exnref_t, edge_exnref_clone, edge_exnref_free>;
using ExternRefHandle = Handle<edge_externref_t, edge_externref_clone, edge_externref_free>;

/// The same value with a handle of its own.
inline edge_val_t another(edge_val_t val) {
    if (val.kind == EDGE_VALTYPE_EXTERNREF) val.of.externref = edge_externref_clone(val.of.externref);
    if (val.kind == EDGE_VALTYPE_FUNCREF) val.of.func = edge_func_clone(val.of.func);
    if (val.kind == EDGE_VALTYPE_EXNREF) val.of.exnref = edge_exnref_clone(val.of.exnref);
    val.owned = 1;
    return val;
}

}  // namespace detail

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

/// What sort of exception.
class Tag : public detail::TagHandle {
public:
    using Handle::Handle;
    Tag(const Store &store, const Type &type) { detail::check(edge_tag_new(store.get(), type.get(), out())); }
    Type type() const { return Type(edge_tag_type(get())); }
    friend bool operator==(const Tag &a, const Tag &b) { return edge_tag_same(a.get(), b.get()); }
};

/// An exception of a guest, or for one.
class ExnRef : public detail::ExnRefHandle {
public:
    using Handle::Handle;
    inline ExnRef(const Store &store, const Tag &tag, const std::vector<Val> &values);
    Tag tag() const { return Tag(edge_exnref_tag(get())); }
    inline std::vector<Val> values() const;
    friend bool operator==(const ExnRef &a, const ExnRef &b) { return edge_exnref_same(a.get(), b.get()); }
};

/// Thrown by a host function, it is thrown on in the guest that called, which may catch it.
class Exception : public std::exception {
public:
    explicit Exception(ExnRef exception) : exception_(std::make_shared<ExnRef>(std::move(exception))) {}
    const ExnRef &exception() const noexcept { return *exception_; }
    const char *what() const noexcept override { return "an exception for the guest"; }

private:
    std::shared_ptr<ExnRef> exception_;
};

/// The exception that no guest caught (`EDGE_KIND_UNCAUGHT_EXCEPTION`); nothing in other errors.
inline std::optional<ExnRef> uncaught(const Error &error) {
    ExnRef exception(edge_error_exception(error.get()));
    return exception.get() ? std::optional<ExnRef>(std::move(exception)) : std::nullopt;
}

/// A core value.
class Val {
public:
    Val(std::int32_t v = 0) : raw_(edge_val_i32(v)) {}
    Val(std::int64_t v) : raw_(edge_val_i64(v)) {}
    Val(float v) : raw_(edge_val_f32(v)) {}
    Val(double v) : raw_(edge_val_f64(v)) {}
    /// A vector: lane 0 first, each lane little-endian.
    Val(const std::array<std::uint8_t, 16> &v) : raw_(edge_val_v128(v.data())) {}
    Val(const ExternRef &object) : raw_(detail::another(edge_val_externref(object.get()))) {}
    Val(const ExnRef &exception) : raw_(detail::another(edge_val_exnref(exception.get()))) {}
    inline Val(const Func &func);
    Val(const Val &other) : raw_(detail::another(other.raw_)) {}
    Val(Val &&other) noexcept : raw_(std::exchange(other.raw_, edge_val_i32(0))) {}
    Val &operator=(Val other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    ~Val() { edge_val_free(&raw_); }

    edge_valtype_t type() const { return raw_.kind; }
    std::int32_t i32() const { return want(EDGE_VALTYPE_I32).i32; }
    std::int64_t i64() const { return want(EDGE_VALTYPE_I64).i64; }
    float f32() const { return want(EDGE_VALTYPE_F32).f32; }
    double f64() const { return want(EDGE_VALTYPE_F64).f64; }
    std::array<std::uint8_t, 16> v128() const {
        std::array<std::uint8_t, 16> bytes;
        std::memcpy(bytes.data(), want(EDGE_VALTYPE_V128).v128, bytes.size());
        return bytes;
    }
    /// One without an object for the null reference.
    ExternRef externref() const { return ExternRef(edge_externref_clone(want(EDGE_VALTYPE_EXTERNREF).externref)); }
    /// Null for the null reference.
    inline std::optional<Func> func() const;
    /// Null for the null reference.
    std::optional<ExnRef> exnref() const {
        const edge_exnref_t *exception = want(EDGE_VALTYPE_EXNREF).exnref;
        return exception ? std::optional<ExnRef>(ExnRef(edge_exnref_clone(exception))) : std::nullopt;
    }
    /// The value of the C interface, still owned by this one.
    const edge_val_t &raw() const { return raw_; }

    /// Takes over a value that the library gave.
    static Val take(const edge_val_t &given) {
        Val val;
        val.raw_ = given;
        return val;
    }

private:
    const edge_val_of_t &want(edge_valtype_t type) const {
        if (raw_.kind != type) throw Error(EDGE_KIND_RESULT_TYPE, "the value is of another type");
        return raw_.of;
    }

    edge_val_t raw_;
};

inline ExnRef::ExnRef(const Store &store, const Tag &tag, const std::vector<Val> &values) {
    std::vector<edge_val_t> raw;
    for (const Val &value : values) raw.push_back(value.raw());
    detail::check(edge_exnref_new(store.get(), tag.get(), raw.data(), raw.size(), out()));
}

inline std::vector<Val> ExnRef::values() const {
    std::vector<Val> values;
    for (std::size_t i = 0, count = tag().type().params().size(); i < count; i++) {
        edge_val_t value;
        detail::check(edge_exnref_value(get(), i, &value));
        values.push_back(Val::take(value));
    }
    return values;
}

}  // namespace edge

#endif
