/// C++ types to and from the values of edge.h.
#ifndef EDGE_CONVERT_HPP
#define EDGE_CONVERT_HPP

#include <forward_list>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <type_traits>
#include <unordered_map>

#include "edge/error.hpp"

namespace edge {

/// Keeps what borrowed values point to until the call is over.
class Arena {
public:
    const edge_value_t *keep(std::vector<edge_value_t> values) {
        return values_.emplace_front(std::move(values)).data();
    }
    const edge_pair_t *keep(std::vector<edge_pair_t> pairs) { return pairs_.emplace_front(std::move(pairs)).data(); }

private:
    // Lists allocate nothing while they are empty, which calls with numbers and strings leave them.
    std::forward_list<std::vector<edge_value_t>> values_;
    std::forward_list<std::vector<edge_pair_t>> pairs_;
};

/// How a type travels: `to` borrows, `from` copies. Specialise it for your own, or use EDGE_STRUCT.
template <class T, class = void>
struct Convert;

namespace detail {

inline const char *kind_text(const edge_value_t &value) {
    static const char *const names[] = {"null",   "a bool",      "an i8",       "an i16",      "an i32",      "an i64",      "a u8",
                                        "a u16",  "a u32",       "a u64",       "an f32",      "an f64",      "a char",      "a string",
                                        "bytes",  "a vec<i8>",   "a vec<i16>",  "a vec<i32>",  "a vec<i64>",  "a vec<u16>",  "a vec<u32>",
                                        "a vec<u64>", "a vec<f32>", "a vec<f64>", "a list",    "a tuple",     "a map"};
    return value.kind < sizeof names / sizeof *names ? names[value.kind] : "an unknown value";
}

/// The integer in a value of any width, if it fits.
template <class T, class V>
T fit(V v) {
    bool fits = v < 0 ? std::is_signed_v<T> && static_cast<std::int64_t>(v) >= static_cast<std::int64_t>(std::numeric_limits<T>::min())
                      : static_cast<std::uint64_t>(v) <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (!fits) mismatch("an integer of " + std::to_string(sizeof(T) * 8) + " bits", std::to_string(v));
    return static_cast<T>(v);
}

/// Calls `use` with the items of any sort of sequence, one by one.
template <class Use>
std::size_t each(const edge_value_t &value, Use use) {
    const auto numbers = [&](auto vector, auto make) {
        for (std::size_t i = 0; i < vector.len; i++) use(make(vector.data[i]));
        return vector.len;
    };
    switch (value.kind) {
        case EDGE_VALUE_LIST:
        case EDGE_VALUE_TUPLE: return numbers(value.of.list, [](const edge_value_t &item) { return item; });
        case EDGE_VALUE_BYTES: return numbers(value.of.bytes, edge_u8);
        case EDGE_VALUE_VEC_I8: return numbers(value.of.vec_i8, edge_i8);
        case EDGE_VALUE_VEC_I16: return numbers(value.of.vec_i16, edge_i16);
        case EDGE_VALUE_VEC_I32: return numbers(value.of.vec_i32, edge_i32);
        case EDGE_VALUE_VEC_I64: return numbers(value.of.vec_i64, edge_i64);
        case EDGE_VALUE_VEC_U16: return numbers(value.of.vec_u16, edge_u16);
        case EDGE_VALUE_VEC_U32: return numbers(value.of.vec_u32, edge_u32);
        case EDGE_VALUE_VEC_U64: return numbers(value.of.vec_u64, edge_u64);
        case EDGE_VALUE_VEC_F32: return numbers(value.of.vec_f32, edge_f32);
        case EDGE_VALUE_VEC_F64: return numbers(value.of.vec_f64, edge_f64);
        default: mismatch("a sequence", kind_text(value));
    }
}

/// The form of C++ numbers side by side.
template <class T>
struct Numbers : std::false_type {};

#define EDGE_NUMBERS(type, kind_, member, make)                                                      \
    template <>                                                                                      \
    struct Numbers<type> : std::true_type {                                                          \
        static edge_value_t to(const type *data, std::size_t len) { return make(data, len); }        \
        static bool is(const edge_value_t &value) { return value.kind == kind_; }                    \
        static View<type> view(const edge_value_t &v) { return {v.of.member.data, v.of.member.len}; } \
    };
EDGE_NUMBERS(std::uint8_t, EDGE_VALUE_BYTES, bytes, edge_bytes)
EDGE_NUMBERS(std::int8_t, EDGE_VALUE_VEC_I8, vec_i8, edge_vec_i8)
EDGE_NUMBERS(std::int16_t, EDGE_VALUE_VEC_I16, vec_i16, edge_vec_i16)
EDGE_NUMBERS(std::int32_t, EDGE_VALUE_VEC_I32, vec_i32, edge_vec_i32)
EDGE_NUMBERS(std::int64_t, EDGE_VALUE_VEC_I64, vec_i64, edge_vec_i64)
EDGE_NUMBERS(std::uint16_t, EDGE_VALUE_VEC_U16, vec_u16, edge_vec_u16)
EDGE_NUMBERS(std::uint32_t, EDGE_VALUE_VEC_U32, vec_u32, edge_vec_u32)
EDGE_NUMBERS(std::uint64_t, EDGE_VALUE_VEC_U64, vec_u64, edge_vec_u64)
EDGE_NUMBERS(float, EDGE_VALUE_VEC_F32, vec_f32, edge_vec_f32)
EDGE_NUMBERS(double, EDGE_VALUE_VEC_F64, vec_f64, edge_vec_f64)
#undef EDGE_NUMBERS

/// Whether a type only points to what it stands for.
template <class T>
struct Borrows : std::false_type {};
template <>
struct Borrows<std::string_view> : std::true_type {};
template <>
struct Borrows<const char *> : std::true_type {};
template <class T>
struct Borrows<View<T>> : std::true_type {};
template <class T>
struct Borrows<std::vector<T>> : Borrows<T> {};
template <class T>
struct Borrows<std::optional<T>> : Borrows<T> {};

}  // namespace detail

template <>
struct Convert<bool> {
    static edge_value_t to(bool v, Arena &) { return edge_bool(v); }
    static bool from(const edge_value_t &value) {
        if (value.kind != EDGE_VALUE_BOOL) detail::mismatch("a bool", detail::kind_text(value));
        return value.of.boolean;
    }
};

template <>
struct Convert<char32_t> {
    static edge_value_t to(char32_t v, Arena &) { return edge_char(v); }
    static char32_t from(const edge_value_t &value) {
        if (value.kind != EDGE_VALUE_CHAR) detail::mismatch("a char", detail::kind_text(value));
        return static_cast<char32_t>(value.of.character);
    }
};

template <class T>
struct Convert<T, std::enable_if_t<std::is_integral_v<T>>> {
    static edge_value_t to(T v, Arena &) {
        if constexpr (std::is_signed_v<T>) {
            if constexpr (sizeof(T) == 1) return edge_i8(v);
            else if constexpr (sizeof(T) == 2) return edge_i16(v);
            else if constexpr (sizeof(T) == 4) return edge_i32(v);
            else return edge_i64(v);
        } else {
            if constexpr (sizeof(T) == 1) return edge_u8(v);
            else if constexpr (sizeof(T) == 2) return edge_u16(v);
            else if constexpr (sizeof(T) == 4) return edge_u32(v);
            else return edge_u64(v);
        }
    }
    static T from(const edge_value_t &value) {
        switch (value.kind) {
            case EDGE_VALUE_I8: return detail::fit<T>(value.of.i8);
            case EDGE_VALUE_I16: return detail::fit<T>(value.of.i16);
            case EDGE_VALUE_I32: return detail::fit<T>(value.of.i32);
            case EDGE_VALUE_I64: return detail::fit<T>(value.of.i64);
            case EDGE_VALUE_U8: return detail::fit<T>(value.of.u8);
            case EDGE_VALUE_U16: return detail::fit<T>(value.of.u16);
            case EDGE_VALUE_U32: return detail::fit<T>(value.of.u32);
            case EDGE_VALUE_U64: return detail::fit<T>(value.of.u64);
            default: detail::mismatch("an integer", detail::kind_text(value));
        }
    }
};

template <class T>
struct Convert<T, std::enable_if_t<std::is_floating_point_v<T>>> {
    static edge_value_t to(T v, Arena &) {
        if constexpr (std::is_same_v<T, float>) return edge_f32(v);
        else return edge_f64(static_cast<double>(v));
    }
    static T from(const edge_value_t &value) {
        if (value.kind == EDGE_VALUE_F32) return static_cast<T>(value.of.f32);
        if (value.kind == EDGE_VALUE_F64) return static_cast<T>(value.of.f64);
        detail::mismatch("a float", detail::kind_text(value));
    }
};

template <>
struct Convert<std::string_view> {
    static edge_value_t to(std::string_view v, Arena &) { return edge_str_n(v.data(), v.size()); }
    /// Borrowed from the value: for the parameters of host functions.
    static std::string_view from(const edge_value_t &value) {
        if (value.kind != EDGE_VALUE_STRING) detail::mismatch("a string", detail::kind_text(value));
        return {value.of.string.data, value.of.string.len};
    }
};

template <>
struct Convert<std::string> {
    static edge_value_t to(const std::string &v, Arena &) { return edge_str_n(v.data(), v.size()); }
    static std::string from(const edge_value_t &value) { return std::string(Convert<std::string_view>::from(value)); }
};

template <>
struct Convert<const char *> {
    static edge_value_t to(const char *v, Arena &) { return edge_str(v); }
};

template <>
struct Convert<char *> : Convert<const char *> {};

template <class T>
struct Convert<View<T>> {
    static_assert(detail::Numbers<T>::value, "a View is of numbers");
    static edge_value_t to(View<T> v, Arena &) { return detail::Numbers<T>::to(v.data(), v.size()); }
    /// Borrowed from the value: for the parameters of host functions.
    static View<T> from(const edge_value_t &value) {
        if (!detail::Numbers<T>::is(value)) detail::mismatch("numbers of the view's type", detail::kind_text(value));
        return detail::Numbers<T>::view(value);
    }
};

template <class T>
struct Convert<std::vector<T>> {
    static edge_value_t to(const std::vector<T> &v, Arena &arena) {
        if constexpr (detail::Numbers<T>::value) {
            return detail::Numbers<T>::to(v.data(), v.size());
        } else {
            std::vector<edge_value_t> items;
            items.reserve(v.size());
            for (const auto &item : v) items.push_back(Convert<T>::to(item, arena));
            return edge_list(arena.keep(std::move(items)), v.size());
        }
    }
    static std::vector<T> from(const edge_value_t &value) {
        if constexpr (detail::Numbers<T>::value) {
            if (detail::Numbers<T>::is(value)) {
                View<T> view = detail::Numbers<T>::view(value);
                return detail::copy(view.data(), view.size());
            }
        }
        std::vector<T> out;
        detail::each(value, [&](const edge_value_t &item) { out.push_back(Convert<T>::from(item)); });
        return out;
    }
};

template <class T, std::size_t N>
struct Convert<std::array<T, N>> {
    static edge_value_t to(const std::array<T, N> &v, Arena &arena) {
        if constexpr (detail::Numbers<T>::value) {
            return detail::Numbers<T>::to(v.data(), N);
        } else {
            std::vector<edge_value_t> items;
            for (const auto &item : v) items.push_back(Convert<T>::to(item, arena));
            return edge_list(arena.keep(std::move(items)), N);
        }
    }
    static std::array<T, N> from(const edge_value_t &value) {
        std::vector<T> items = Convert<std::vector<T>>::from(value);
        if (items.size() != N) detail::mismatch(std::to_string(N) + " items", std::to_string(items.size()));
        std::array<T, N> out{};
        std::move(items.begin(), items.end(), out.begin());
        return out;
    }
};

template <class T>
struct Convert<std::optional<T>> {
    static edge_value_t to(const std::optional<T> &v, Arena &arena) {
        return v ? Convert<T>::to(*v, arena) : edge_null();
    }
    static std::optional<T> from(const edge_value_t &value) {
        if (value.kind == EDGE_VALUE_NULL) return std::nullopt;
        return Convert<T>::from(value);
    }
};

template <>
struct Convert<std::nullopt_t> {
    static edge_value_t to(std::nullopt_t, Arena &) { return edge_null(); }
};

template <class... T>
struct Convert<std::tuple<T...>> {
    static edge_value_t to(const std::tuple<T...> &v, Arena &arena) {
        auto items = std::apply(
            [&](const T &...item) { return std::vector<edge_value_t>{Convert<T>::to(item, arena)...}; }, v);
        return edge_tuple(arena.keep(std::move(items)), sizeof...(T));
    }
    static std::tuple<T...> from(const edge_value_t &value) { return from(value, std::index_sequence_for<T...>()); }

private:
    template <std::size_t... I>
    static std::tuple<T...> from(const edge_value_t &value, std::index_sequence<I...>) {
        std::vector<edge_value_t> items;
        detail::each(value, [&](const edge_value_t &item) { items.push_back(item); });
        if (items.size() != sizeof...(T)) {
            detail::mismatch("a tuple of " + std::to_string(sizeof...(T)), std::to_string(items.size()) + " members");
        }
        return std::tuple<T...>{Convert<T>::from(items[I])...};
    }
};

template <class A, class B>
struct Convert<std::pair<A, B>> {
    static edge_value_t to(const std::pair<A, B> &v, Arena &arena) {
        std::vector<edge_value_t> items{Convert<A>::to(v.first, arena), Convert<B>::to(v.second, arena)};
        return edge_tuple(arena.keep(std::move(items)), 2);
    }
    static std::pair<A, B> from(const edge_value_t &value) {
        auto [a, b] = Convert<std::tuple<A, B>>::from(value);
        return {std::move(a), std::move(b)};
    }
};

namespace detail {

/// Maps of the standard library.
template <class M>
struct ConvertMap {
    using Key = typename M::key_type;
    using Mapped = typename M::mapped_type;
    static edge_value_t to(const M &v, Arena &arena) {
        std::vector<edge_pair_t> pairs;
        pairs.reserve(v.size());
        for (const auto &[key, mapped] : v) {
            pairs.push_back(edge_pair_t{Convert<Key>::to(key, arena), Convert<Mapped>::to(mapped, arena)});
        }
        return edge_map(arena.keep(std::move(pairs)), v.size());
    }
    static M from(const edge_value_t &value) {
        if (value.kind != EDGE_VALUE_MAP) mismatch("a map", kind_text(value));
        M out;
        for (std::size_t i = 0; i < value.of.map.len; i++) {
            out.emplace(Convert<Key>::from(value.of.map.data[i].key), Convert<Mapped>::from(value.of.map.data[i].value));
        }
        return out;
    }
};

}  // namespace detail

template <class K, class V>
struct Convert<std::map<K, V>> : detail::ConvertMap<std::map<K, V>> {};
template <class K, class V>
struct Convert<std::unordered_map<K, V>> : detail::ConvertMap<std::unordered_map<K, V>> {};

template <>
struct Convert<Value> {
    static edge_value_t to(const Value &v, Arena &arena) {
        return std::visit([&](const auto &item) { return one(item, arena); }, v.base());
    }
    static Value from(const edge_value_t &value) { return detail::read(value); }

private:
    template <class T>
    static edge_value_t one(const T &item, Arena &arena) {
        if constexpr (std::is_same_v<T, std::monostate>) return edge_null();
        else return Convert<T>::to(item, arena);
    }
    static edge_value_t one(const List &list, Arena &arena) {
        return edge_list(all(list.items, arena), list.items.size());
    }
    static edge_value_t one(const Tuple &tuple, Arena &arena) {
        return edge_tuple(all(tuple.items, arena), tuple.items.size());
    }
    static edge_value_t one(const Map &map, Arena &arena) {
        std::vector<edge_pair_t> pairs;
        for (const Pair &pair : map.pairs) pairs.push_back(edge_pair_t{to(pair.key, arena), to(pair.value, arena)});
        return edge_map(arena.keep(std::move(pairs)), map.pairs.size());
    }
    static const edge_value_t *all(const std::vector<Value> &items, Arena &arena) {
        std::vector<edge_value_t> out;
        for (const Value &item : items) out.push_back(to(item, arena));
        return arena.keep(std::move(out));
    }
};

namespace detail {

/// Reads a field of a struct; one that is missing is null, which only an optional takes.
template <class T>
void read_field(const edge_value_t &map, const char *name, T &field) {
    if (map.kind != EDGE_VALUE_MAP) mismatch("a struct", kind_text(map));
    const edge_value_t *value = edge_map_get(&map, name);
    try {
        field = Convert<T>::from(value ? *value : edge_null());
    } catch (const Error &error) {
        throw Error(error.kind(), "." + std::string(name) + ": " + std::string(error.message()));
    }
}

}  // namespace detail
}  // namespace edge

#define EDGE_EXPAND(x) x
#define EDGE_PICK(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, name, ...) name
#define EDGE_EACH_1(m, a) m(a)
#define EDGE_EACH_2(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_1(m, __VA_ARGS__))
#define EDGE_EACH_3(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_2(m, __VA_ARGS__))
#define EDGE_EACH_4(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_3(m, __VA_ARGS__))
#define EDGE_EACH_5(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_4(m, __VA_ARGS__))
#define EDGE_EACH_6(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_5(m, __VA_ARGS__))
#define EDGE_EACH_7(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_6(m, __VA_ARGS__))
#define EDGE_EACH_8(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_7(m, __VA_ARGS__))
#define EDGE_EACH_9(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_8(m, __VA_ARGS__))
#define EDGE_EACH_10(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_9(m, __VA_ARGS__))
#define EDGE_EACH_11(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_10(m, __VA_ARGS__))
#define EDGE_EACH_12(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_11(m, __VA_ARGS__))
#define EDGE_EACH_13(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_12(m, __VA_ARGS__))
#define EDGE_EACH_14(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_13(m, __VA_ARGS__))
#define EDGE_EACH_15(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_14(m, __VA_ARGS__))
#define EDGE_EACH_16(m, a, ...) m(a) EDGE_EXPAND(EDGE_EACH_15(m, __VA_ARGS__))
#define EDGE_EACH(m, ...)                                                                                             \
    EDGE_EXPAND(EDGE_PICK(__VA_ARGS__, EDGE_EACH_16, EDGE_EACH_15, EDGE_EACH_14, EDGE_EACH_13, EDGE_EACH_12,          \
                          EDGE_EACH_11, EDGE_EACH_10, EDGE_EACH_9, EDGE_EACH_8, EDGE_EACH_7, EDGE_EACH_6, EDGE_EACH_5, \
                          EDGE_EACH_4, EDGE_EACH_3, EDGE_EACH_2, EDGE_EACH_1, )(m, __VA_ARGS__))
#define EDGE_FIELD_TO(field) edge_pair(#field, ::edge::Convert<decltype(v.field)>::to(v.field, arena)),
#define EDGE_FIELD_FROM(field) ::edge::detail::read_field(value, #field, out.field);

/// Makes a struct of yours travel as the guest's struct with these fields (16 at most). At global scope.
#define EDGE_STRUCT(Type, ...)                                                        \
    template <>                                                                       \
    struct edge::Convert<Type> {                                                      \
        static edge_value_t to(const Type &v, ::edge::Arena &arena) {                 \
            std::vector<edge_pair_t> pairs{EDGE_EACH(EDGE_FIELD_TO, __VA_ARGS__)};    \
            std::size_t len = pairs.size();                                           \
            return edge_map(arena.keep(std::move(pairs)), len);                       \
        }                                                                             \
        static Type from(const edge_value_t &value) {                                 \
            Type out{};                                                               \
            EDGE_EACH(EDGE_FIELD_FROM, __VA_ARGS__)                                   \
            return out;                                                               \
        }                                                                             \
    };

#endif
