/// Handles that free themselves, and views.
#ifndef EDGE_HANDLE_HPP
#define EDGE_HANDLE_HPP

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "edge.h"

namespace edge {

/// A counted handle of edge.h: a copy is another handle to the same object.
template <class T, T *(*Clone)(const T *), void (*Free)(T *)>
class Handle {
public:
    /// Takes over a handle of the C interface.
    explicit Handle(T *raw = nullptr) noexcept : raw_(raw) {}
    Handle(const Handle &other) : raw_(Clone(other.raw_)) {}
    Handle(Handle &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    Handle &operator=(Handle other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    ~Handle() { Free(raw_); }

    /// The handle of the C interface, still owned by this object.
    T *get() const noexcept { return raw_; }
    /// Where a function of the C interface may put a handle.
    T **out() noexcept { return &raw_; }

private:
    T *raw_;
};

/// Numbers side by side that belong to somebody else; what `std::span` is from C++20 on.
template <class T>
class View {
public:
    constexpr View() noexcept = default;
    constexpr View(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    View(const std::vector<T> &items) noexcept : data_(items.data()), size_(items.size()) {}
    template <std::size_t N>
    constexpr View(const std::array<T, N> &items) noexcept : data_(items.data()), size_(N) {}
    template <std::size_t N>
    constexpr View(const T (&items)[N]) noexcept : data_(items), size_(N) {}

    constexpr const T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr const T *begin() const noexcept { return data_; }
    constexpr const T *end() const noexcept { return data_ + size_; }
    constexpr const T &operator[](std::size_t index) const noexcept { return data_[index]; }

private:
    const T *data_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes that belong to somebody else.
using Bytes = View<std::uint8_t>;

namespace detail {

inline std::string_view text(edge_view_t view) { return view.data ? std::string_view(view.data, view.len) : std::string_view(); }

/// A buffer of the library on its way to a C++ container.
struct Buffer {
    edge_buffer_t raw{nullptr, 0};
    Buffer() = default;
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer() { edge_buffer_free(&raw); }
    std::string_view text() const { return {reinterpret_cast<const char *>(raw.data), raw.len}; }
};

/// A tree of values of the library on its way to C++ types.
struct Tree {
    edge_value_t raw = edge_null();
    Tree() = default;
    Tree(const Tree &) = delete;
    Tree &operator=(const Tree &) = delete;
    ~Tree() { edge_value_free(&raw); }
};

}  // namespace detail
}  // namespace edge

#endif
