/// Pools: several VMs of one module, lent to whoever asks.
#ifndef EDGE_POOL_HPP
#define EDGE_POOL_HPP

#include "edge/vm.hpp"

namespace edge {

namespace detail {

using PoolHandle = Handle<edge_pool_t, edge_pool_clone, edge_pool_free>;

template <class T>
struct IsTuple : std::false_type {};
template <class... T>
struct IsTuple<std::tuple<T...>> : std::true_type {};

/// The arguments in a tuple, or the one that is no tuple.
template <class Item>
std::vector<edge_value_t> arguments(const Item &item, Arena &arena) {
    if constexpr (IsTuple<Item>::value) {
        return std::apply(
            [&](const auto &...args) {
                return std::vector<edge_value_t>{Convert<std::decay_t<decltype(args)>>::to(args, arena)...};
            },
            item);
    } else {
        return {Convert<Item>::to(item, arena)};
    }
}

}  // namespace detail

/// What one item of `Pool::map` came to: a value, or the error instead.
template <class R>
class Outcome {
public:
    explicit Outcome(R value) : state_(std::in_place_index<0>, std::move(value)) {}
    explicit Outcome(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    explicit operator bool() const noexcept { return state_.index() == 0; }
    /// The value; throws the error if there is none.
    const R &value() const {
        if (!*this) throw error();
        return std::get<0>(state_);
    }
    /// The error; `std::bad_variant_access` when there is none.
    const Error &error() const { return std::get<1>(state_); }

private:
    std::variant<R, Error> state_;
};

/// The outcome of a function without a result.
template <>
class Outcome<void> {
public:
    Outcome() = default;
    explicit Outcome(Error error) : error_(std::move(error)) {}
    explicit operator bool() const noexcept { return !error_; }
    void value() const {
        if (error_) throw *error_;
    }
    /// The error; `std::bad_optional_access` when there is none.
    const Error &error() const { return error_.value(); }

private:
    std::optional<Error> error_;
};

/// Several VMs of one module, each lent to one borrower at a time and made when it is first needed. A borrower gets a fresh guest, unless
/// `Options::pool_keep_state` says otherwise. A handle: copies share the pool.
class Pool : public detail::PoolHandle {
public:
    using Handle::Handle;
    /// From a file: `.wat` is the text format, all else binary. `Options::pool_size` says how many there may be.
    explicit Pool(std::string_view path, const Options &options = Options()) {
        detail::check(edge_pool_load(path.data(), path.size(), options.get(), out()));
    }
    explicit Pool(const char *path, const Options &options = Options()) : Pool(std::string_view(path), options) {}
    explicit Pool(const std::string &path, const Options &options = Options()) : Pool(std::string_view(path), options) {}
    explicit Pool(Bytes bytes, const Options &options = Options()) {
        detail::check(edge_pool_load_bytes(bytes.data(), bytes.size(), options.get(), out()));
    }
    explicit Pool(const Module &module, const Options &options = Options()) {
        detail::check(edge_pool_load_module(module.get(), options.get(), out()));
    }
    static Pool from_text(std::string_view wat, const Options &options = Options()) {
        Pool pool{static_cast<edge_pool_t *>(nullptr)};
        detail::check(edge_pool_load_text(wat.data(), wat.size(), options.get(), pool.out()));
        return pool;
    }

    /// Borrows a VM; waits until one is free. It goes back when the last copy of what this gives is gone: let go of functions that were
    /// resolved with it before.
    Vm lend() const {
        Vm vm{static_cast<edge_vm_t *>(nullptr)};
        detail::check(edge_pool_get(get(), vm.out()));
        return vm;
    }
    /// The same, waiting for so long at most; then it throws `EDGE_KIND_BUSY`.
    template <class Rep, class Period>
    Vm lend_for(std::chrono::duration<Rep, Period> time) const {
        Vm vm{static_cast<edge_vm_t *>(nullptr)};
        detail::check(edge_pool_get_timeout(get(), detail::nanoseconds(time), vm.out()));
        return vm;
    }
    /// The same without waiting.
    Vm try_lend() const {
        Vm vm{static_cast<edge_vm_t *>(nullptr)};
        detail::check(edge_pool_try_get(get(), vm.out()));
        return vm;
    }

    /// Calls a guest function with a borrowed VM.
    template <class R = Value, class... Args>
    R run(std::string_view name, const Args &...args) const {
        return detail::call<R>(
            [this, name](const edge_value_t *values, std::size_t len, edge_value_t *result) {
                return edge_pool_run(get(), name.data(), name.size(), values, len, result);
            },
            args...);
    }
    /// The same; waiting for a VM and the call together obey the options.
    template <class R = Value, class... Args>
    R run_with(const CallOptions &options, std::string_view name, const Args &...args) const {
        return detail::call<R>(
            [this, name, &options](const edge_value_t *values, std::size_t len, edge_value_t *result) {
                return edge_pool_run_with(get(), options.get(), name.data(), name.size(), values, len, result);
            },
            args...);
    }
    /// Calls a guest function once per item, on at most so many threads and no more than there may be VMs (0: as many as that). An item
    /// is a `std::tuple` of the arguments, or the one argument. The outcomes are in the order of the items; an error of one does not
    /// touch the others.
    template <class R = Value, class Items>
    std::vector<Outcome<R>> map(std::string_view name, const Items &items, std::size_t threads = 0) const {
        static_assert(!detail::Borrows<R>::value, "a result owns what it holds: ask for std::string or std::vector");
        Arena arena;
        std::vector<edge_args_t> args;
        for (const auto &item : items) {
            std::vector<edge_value_t> values = detail::arguments(item, arena);
            const std::size_t len = values.size();
            args.push_back(edge_args_t{arena.keep(std::move(values)), len});
        }
        Given given(args.size());
        detail::check(edge_pool_map(get(), name.data(), name.size(), args.data(), args.size(), threads, given.results.data(),
                                    given.errors.data()));
        std::vector<Outcome<R>> outcomes;
        outcomes.reserve(args.size());
        for (std::size_t i = 0; i < args.size(); i++) outcomes.push_back(given.template outcome<R>(i));
        return outcomes;
    }

    /// How many there may be.
    std::size_t size() const { return edge_pool_size(get()); }
    /// How many there are now, lent ones included.
    std::size_t made() const { return edge_pool_made(get()); }
    Module module() const { return Module(edge_pool_module(get())); }
    /// Nothing is lent any more, who waits gets `EDGE_KIND_CLOSED`; lent guests are freed when they come back.
    void close() const { detail::check(edge_pool_close(get())); }
    bool is_closed() const { return edge_pool_is_closed(get()); }

private:
    /// What the library gave for each item, until it has become something of C++.
    struct Given {
        explicit Given(std::size_t count) : results(count, edge_null()), errors(count, nullptr) {}
        Given(const Given &) = delete;
        Given &operator=(const Given &) = delete;
        ~Given() {
            for (edge_value_t &result : results) edge_value_free(&result);
            for (edge_error_t *error : errors) edge_error_free(error);
        }
        template <class R>
        Outcome<R> outcome(std::size_t at) {
            if (errors[at]) return Outcome<R>(Error(std::exchange(errors[at], nullptr)));
            try {
                if constexpr (std::is_void_v<R>) return Outcome<R>();
                else return Outcome<R>(Convert<R>::from(results[at]));
            } catch (const Error &error) {
                return Outcome<R>(error);
            }
        }
        std::vector<edge_value_t> results;
        std::vector<edge_error_t *> errors;
    };
};

}  // namespace edge

#endif
