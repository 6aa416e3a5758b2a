/// Hooks that look in while guests run.
#ifndef EDGE_TICK_HPP
#define EDGE_TICK_HPP

#include "edge/func.hpp"

namespace edge {

namespace detail {

using TickFunction = std::function<void()>;

inline edge_error_t *tick_call(void *env) {
    return host_boundary([env] { (*static_cast<TickFunction *>(env))(); });
}

inline void tick_drop(void *env) { delete static_cast<TickFunction *>(env); }

}  // namespace detail

/// While it lives, `hook` is called on this thread about every 5 ms while a guest runs on it, or a host function of the library waits:
/// to look at signals, for instance. What it throws ends the guest, and arrives as the `cause()` of the error. One per thread: a
/// second one replaces the first. It is made and destroyed on the thread that it is for.
class Tick {
public:
    explicit Tick(std::function<void()> hook) {
        detail::check(edge_set_tick(detail::tick_call, new detail::TickFunction(std::move(hook)), detail::tick_drop));
    }
    Tick(const Tick &) = delete;
    Tick &operator=(const Tick &) = delete;
    ~Tick() { edge_error_free(edge_set_tick(nullptr, nullptr, nullptr)); }
};

}  // namespace edge

#endif
