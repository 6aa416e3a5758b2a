/// Stores, and the memories of guests.
#ifndef EDGE_MEMORY_HPP
#define EDGE_MEMORY_HPP

#include "edge/module.hpp"

namespace edge {

namespace detail {

using StoreHandle = Handle<edge_store_t, edge_store_clone, edge_store_free>;
using MemoryHandle = Handle<edge_memory_t, edge_memory_clone, edge_memory_free>;

}  // namespace detail

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
    Engine engine() const { return Engine(edge_store_engine(get())); }
    /// How many objects of the host its guests hold, or may still hold.
    std::size_t externrefs() const { return edge_store_externrefs(get()); }
    /// Lets go of those that no guest holds any more; returns how many.
    std::size_t collect_externrefs() const { return edge_store_collect_externrefs(get()); }
    /// Runs `body`, in which all calls of this thread obey the options: making instances, for one. Gives what it gives.
    template <class Body>
    auto within(const CallOptions &options, Body body) const {
        using Result = decltype(body());
        if constexpr (std::is_void_v<Result>) {
            within_any(options, body);
        } else {
            std::optional<Result> result;
            auto keep = [&] { result.emplace(body()); };
            within_any(options, keep);
            return std::move(*result);
        }
    }
    friend bool operator==(const Store &a, const Store &b) { return edge_store_same(a.get(), b.get()); }

private:
    template <class Body>
    struct Within {
        Body &body;
        std::exception_ptr thrown;
        static edge_error_t *run(void *env) noexcept {
            Within &self = *static_cast<Within *>(env);
            try {
                self.body();
                return nullptr;
            } catch (...) {
                self.thrown = std::current_exception();
                return edge_terminate();
            }
        }
    };
    template <class Body>
    void within_any(const CallOptions &options, Body &body) const {
        Within<Body> env{body, nullptr};
        edge_error_t *error = edge_store_within(get(), options.get(), Within<Body>::run, &env);
        if (env.thrown) {
            edge_error_free(error);
            std::rethrow_exception(env.thrown);
        }
        detail::check(error);
    }
};

/// A linear memory.
class Memory : public detail::MemoryHandle {
public:
    using Handle::Handle;
    Memory(const Store &store, const Type &type) { detail::check(edge_memory_new(store.get(), type.get(), out())); }
    Type type() const { return Type(edge_memory_type(get())); }
    /// Pages of 64 KiB.
    std::uint64_t size() const { return edge_memory_size(get()); }
    std::size_t data_size() const { return edge_memory_data_size(get()); }
    /// The first byte, which never moves.
    std::uint8_t *data() const { return edge_memory_data(get()); }
    /// All bytes as they are now; growth does not end the view, and is not seen by it.
    Bytes view() const { return {data(), data_size()}; }
    std::vector<std::uint8_t> read(std::uint64_t offset, std::size_t len) const {
        detail::check_range(offset, len, data_size());
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
    friend bool operator==(const Memory &a, const Memory &b) { return edge_memory_same(a.get(), b.get()); }
};

}  // namespace edge

#endif
