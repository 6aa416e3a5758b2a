/// Memories that threads share.
#ifndef EDGE_SHARED_MEMORY_HPP
#define EDGE_SHARED_MEMORY_HPP

#include "edge/module.hpp"

namespace edge {

namespace detail {

using SharedMemoryHandle = Handle<edge_shared_memory_t, edge_shared_memory_clone, edge_shared_memory_free>;

}  // namespace detail

/// How waiting for a shared memory ended.
enum class Wait : edge_wait_t { woken = EDGE_WAIT_WOKEN, different = EDGE_WAIT_DIFFERENT, timed_out = EDGE_WAIT_TIMED_OUT };

/// A linear memory that instances of any number of stores of one engine use at the same time, on any number of threads. Bytes are
/// copied and integers accessed as atomics: there is no view of it, since other threads write it at any time.
class SharedMemory : public detail::SharedMemoryHandle {
public:
    using Handle::Handle;
    /// For the stores of the engine that the process shares.
    explicit SharedMemory(const Type &type) { detail::check(edge_shared_memory_new(nullptr, type.get(), out())); }
    SharedMemory(const Engine &engine, const Type &type) { detail::check(edge_shared_memory_new(engine.get(), type.get(), out())); }
    /// With the present size as minimum.
    Type type() const { return Type(edge_shared_memory_type(get())); }
    /// Pages of 64 KiB.
    std::uint64_t size() const { return edge_shared_memory_size(get()); }
    std::size_t data_size() const { return edge_shared_memory_data_size(get()); }
    /// Adds pages; returns how many there were.
    std::uint64_t grow(std::uint64_t delta) const {
        std::uint64_t before = 0;
        detail::check(edge_shared_memory_grow(get(), delta, &before));
        return before;
    }
    std::vector<std::uint8_t> read(std::uint64_t offset, std::size_t len) const {
        detail::check_range(offset, len, data_size());
        std::vector<std::uint8_t> bytes(len);
        detail::check(edge_shared_memory_read(get(), offset, bytes.data(), len));
        return bytes;
    }
    void write(std::uint64_t offset, Bytes bytes) const {
        detail::check(edge_shared_memory_write(get(), offset, bytes.data(), bytes.size()));
    }
    void write(std::uint64_t offset, std::string_view text) const {
        write(offset, Bytes(reinterpret_cast<const std::uint8_t *>(text.data()), text.size()));
    }

    /// Reads an integer, sequentially consistent as the guests' own atomic accesses; `offset` is a multiple of its size.
    template <class T>
    T load(std::uint64_t offset) const {
        std::uint64_t value = 0;
        detail::check(edge_shared_memory_atomic_load(get(), bits<T>(), offset, &value));
        return static_cast<T>(value);
    }
    template <class T>
    void store(std::uint64_t offset, T value) const {
        detail::check(edge_shared_memory_atomic_store(get(), bits<T>(), offset, wide(value)));
    }
    /// Adds, wrapping around; returns what was there before.
    template <class T>
    T add(std::uint64_t offset, T value) const {
        std::uint64_t before = 0;
        detail::check(edge_shared_memory_atomic_add(get(), bits<T>(), offset, wide(value), &before));
        return static_cast<T>(before);
    }
    /// Writes `replacement` if `expected` is there; returns what was there before.
    template <class T>
    T compare_exchange(std::uint64_t offset, T expected, T replacement) const {
        std::uint64_t before = 0;
        detail::check(edge_shared_memory_atomic_compare_exchange(get(), bits<T>(), offset, wide(expected), wide(replacement), &before));
        return static_cast<T>(before);
    }

    /// Waits until somebody notifies `offset`, if `expected` is there.
    Wait wait32(std::uint64_t offset, std::uint32_t expected) const {
        return wait<std::uint32_t>(edge_shared_memory_wait32, offset, expected, EDGE_NO_LIMIT);
    }
    Wait wait64(std::uint64_t offset, std::uint64_t expected) const {
        return wait<std::uint64_t>(edge_shared_memory_wait64, offset, expected, EDGE_NO_LIMIT);
    }
    /// The same, for so long at most.
    template <class Rep, class Period>
    Wait wait32(std::uint64_t offset, std::uint32_t expected, std::chrono::duration<Rep, Period> time) const {
        return wait<std::uint32_t>(edge_shared_memory_wait32, offset, expected, detail::nanoseconds(time));
    }
    template <class Rep, class Period>
    Wait wait64(std::uint64_t offset, std::uint64_t expected, std::chrono::duration<Rep, Period> time) const {
        return wait<std::uint64_t>(edge_shared_memory_wait64, offset, expected, detail::nanoseconds(time));
    }
    /// Wakes at most `count` that wait at `offset`, guests and hosts alike; returns how many.
    std::uint32_t notify(std::uint64_t offset, std::uint32_t count = UINT32_MAX) const {
        std::uint32_t woken = 0;
        detail::check(edge_shared_memory_notify(get(), offset, count, &woken));
        return woken;
    }
    friend bool operator==(const SharedMemory &a, const SharedMemory &b) { return edge_shared_memory_same(a.get(), b.get()); }

private:
    template <class T>
    static constexpr std::uint32_t bits() {
        static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>, "atomic accesses are of integers of 8, 16, 32 or 64 bits");
        return sizeof(T) * 8;
    }
    /// The bits of an integer without its sign.
    template <class T>
    static std::uint64_t wide(T value) {
        return static_cast<std::make_unsigned_t<T>>(value);
    }
    template <class T>
    Wait wait(edge_error_t *(*wait)(const edge_shared_memory_t *, std::uint64_t, T, std::uint64_t, edge_wait_t *), std::uint64_t offset,
              T expected, std::uint64_t nanoseconds) const {
        edge_wait_t outcome = EDGE_WAIT_WOKEN;
        detail::check(wait(get(), offset, expected, nanoseconds, &outcome));
        return static_cast<Wait>(outcome);
    }
};

}  // namespace edge

#endif
