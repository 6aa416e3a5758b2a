/// Calls on threads of the library.
#ifndef EDGE_TASK_HPP
#define EDGE_TASK_HPP

#include <chrono>

#include "edge/convert.hpp"
#include "edge/settings.hpp"

namespace edge {

/// A call in progress, after the manner of `std::future`. Letting go of one that is running cancels it and waits for its end.
template <class R>
class Task {
public:
    static_assert(!detail::Borrows<R>::value, "a result owns what it holds: ask for std::string or std::vector");
    /// Takes over a call of the C interface.
    explicit Task(edge_async_t *raw = nullptr) noexcept : raw_(raw) {}
    Task(Task &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    Task &operator=(Task other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    ~Task() { edge_async_free(raw_); }

    /// Whether there is a result to take.
    bool valid() const noexcept { return raw_ != nullptr; }
    void wait() const { edge_async_wait(raw_); }
    /// Waits for that long at most, and tells whether the call has ended.
    template <class Rep, class Period>
    bool wait_for(std::chrono::duration<Rep, Period> time) const {
        return edge_async_wait_for(raw_, detail::nanoseconds(time));
    }
    /// Ends the call with `EDGE_KIND_CANCELLED`, unless it has ended.
    void cancel() const { edge_async_cancel(raw_); }
    /// Waits for the end and gives the result, once; throws what the call threw.
    R get() {
        Task own(std::exchange(raw_, nullptr));
        detail::Tree result;
        detail::check(edge_async_result(own.raw_, &result.raw));
        if constexpr (!std::is_void_v<R>) return Convert<R>::from(result.raw);
    }

private:
    edge_async_t *raw_;
};

}  // namespace edge

#endif
