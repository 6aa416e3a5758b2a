/// A value of any type that a guest knows.
#ifndef EDGE_VALUE_HPP
#define EDGE_VALUE_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "edge/handle.hpp"

namespace edge {

struct Value;
struct Pair;

/// Values of any sort, side by side.
struct List {
    std::vector<Value> items;
};

/// The members of a tuple.
struct Tuple {
    std::vector<Value> items;
};

/// A map, a struct (names to values), or an enum's variant with its payload: pairs in order.
struct Map {
    std::vector<Pair> pairs;

    /// The value under a string; null when there is none.
    inline const Value *find(std::string_view key) const;
};

/// A value of any type: what `run` gives when no other type is asked for.
struct Value
    : std::variant<std::monostate, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                   std::uint32_t, std::uint64_t, float, double, char32_t, std::string, std::vector<std::uint8_t>,
                   std::vector<std::int8_t>, std::vector<std::int16_t>, std::vector<std::int32_t>, std::vector<std::int64_t>,
                   std::vector<std::uint16_t>, std::vector<std::uint32_t>, std::vector<std::uint64_t>, std::vector<float>,
                   std::vector<double>, List, Tuple, Map> {
    using variant::variant;
    Value(const char *text) : variant(std::string(text)) {}
    Value(std::string_view text) : variant(std::string(text)) {}

    /// Whether it is nothing: `()` or `None`.
    bool is_null() const { return index() == 0; }
    /// What it holds; `std::bad_variant_access` when that is of another type.
    template <class T>
    const T &as() const {
        return std::get<T>(base());
    }
    /// What it holds, or null.
    template <class T>
    const T *get_if() const {
        return std::get_if<T>(&base());
    }
    /// The field of a struct, or the value under a string; null when there is none or it is no map.
    const Value *find(std::string_view key) const;

    /// The variant, for `std::visit`.
    const variant &base() const { return *this; }
};

/// An entry of a map.
struct Pair {
    Value key;
    Value value;
};

inline bool operator==(const Value &a, const Value &b);
inline bool operator==(const Pair &a, const Pair &b) { return a.key == b.key && a.value == b.value; }
inline bool operator==(const List &a, const List &b) { return a.items == b.items; }
inline bool operator==(const Tuple &a, const Tuple &b) { return a.items == b.items; }
inline bool operator==(const Map &a, const Map &b) { return a.pairs == b.pairs; }
inline bool operator==(const Value &a, const Value &b) { return a.base() == b.base(); }
inline bool operator!=(const Value &a, const Value &b) { return !(a == b); }

inline const Value *Map::find(std::string_view key) const {
    for (const Pair &pair : pairs) {
        const std::string *name = pair.key.get_if<std::string>();
        if (name && *name == key) return &pair.value;
    }
    return nullptr;
}

inline const Value *Value::find(std::string_view key) const {
    const Map *map = get_if<Map>();
    return map ? map->find(key) : nullptr;
}

namespace detail {

template <class T>
std::vector<T> copy(const T *data, std::size_t len) {
    return len == 0 ? std::vector<T>() : std::vector<T>(data, data + len);
}

/// Copies a value of the C interface.
inline Value read(const edge_value_t &value) {
    const auto items = [](const edge_list_t &list) {
        std::vector<Value> out;
        out.reserve(list.len);
        for (std::size_t i = 0; i < list.len; i++) out.push_back(read(list.data[i]));
        return out;
    };
    switch (value.kind) {
        case EDGE_VALUE_BOOL: return value.of.boolean;
        case EDGE_VALUE_I8: return value.of.i8;
        case EDGE_VALUE_I16: return value.of.i16;
        case EDGE_VALUE_I32: return value.of.i32;
        case EDGE_VALUE_I64: return value.of.i64;
        case EDGE_VALUE_U8: return value.of.u8;
        case EDGE_VALUE_U16: return value.of.u16;
        case EDGE_VALUE_U32: return value.of.u32;
        case EDGE_VALUE_U64: return value.of.u64;
        case EDGE_VALUE_F32: return value.of.f32;
        case EDGE_VALUE_F64: return value.of.f64;
        case EDGE_VALUE_CHAR: return static_cast<char32_t>(value.of.character);
        case EDGE_VALUE_STRING: return std::string(value.of.string.data, value.of.string.len);
        case EDGE_VALUE_BYTES: return copy(value.of.bytes.data, value.of.bytes.len);
        case EDGE_VALUE_VEC_I8: return copy(value.of.vec_i8.data, value.of.vec_i8.len);
        case EDGE_VALUE_VEC_I16: return copy(value.of.vec_i16.data, value.of.vec_i16.len);
        case EDGE_VALUE_VEC_I32: return copy(value.of.vec_i32.data, value.of.vec_i32.len);
        case EDGE_VALUE_VEC_I64: return copy(value.of.vec_i64.data, value.of.vec_i64.len);
        case EDGE_VALUE_VEC_U16: return copy(value.of.vec_u16.data, value.of.vec_u16.len);
        case EDGE_VALUE_VEC_U32: return copy(value.of.vec_u32.data, value.of.vec_u32.len);
        case EDGE_VALUE_VEC_U64: return copy(value.of.vec_u64.data, value.of.vec_u64.len);
        case EDGE_VALUE_VEC_F32: return copy(value.of.vec_f32.data, value.of.vec_f32.len);
        case EDGE_VALUE_VEC_F64: return copy(value.of.vec_f64.data, value.of.vec_f64.len);
        case EDGE_VALUE_LIST: return List{items(value.of.list)};
        case EDGE_VALUE_TUPLE: return Tuple{items(value.of.list)};
        case EDGE_VALUE_MAP: {
            Map map;
            map.pairs.reserve(value.of.map.len);
            for (std::size_t i = 0; i < value.of.map.len; i++) {
                map.pairs.push_back(Pair{read(value.of.map.data[i].key), read(value.of.map.data[i].value)});
            }
            return map;
        }
        default: return std::monostate();
    }
}

}  // namespace detail
}  // namespace edge

#endif
