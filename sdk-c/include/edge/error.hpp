/// The one exception.
#ifndef EDGE_ERROR_HPP
#define EDGE_ERROR_HPP

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "edge/value.hpp"

namespace edge {

/// One frame of guest code.
struct Frame {
    std::string function;
    std::string module;
    std::string file;
    /// From 1; 0 when it is not known.
    std::uint32_t line;
    std::uint32_t func_index;
    /// `UINT64_MAX` when it is not known.
    std::uint64_t module_offset;
};

namespace detail {

/// The payload of an error that a C++ exception made: the function is the mark by which it is known again.
inline void drop_exception(void *exception) { delete static_cast<std::exception_ptr *>(exception); }

}  // namespace detail

/// What every failure is. Cheap to copy.
class Error : public std::runtime_error {
public:
    /// Takes over an error of the C interface.
    explicit Error(edge_error_t *raw)
        : std::runtime_error(std::string(detail::text(edge_error_message(raw)))), raw_(raw, edge_error_free) {}

    /// An error of a host function's own choice of kind.
    Error(edge_kind_t kind, std::string_view message)
        : Error(edge_error_new(kind, message.data(), message.size(), nullptr, nullptr)) {}

    /// The step that failed, an `EDGE_PHASE_*`.
    edge_phase_t phase() const { return edge_error_phase(raw_.get()); }
    /// What went wrong, an `EDGE_KIND_*`.
    edge_kind_t kind() const { return edge_error_kind(raw_.get()); }
    /// The name of the kind, the same in every language.
    std::string_view kind_name() const { return detail::text(edge_kind_name(kind())); }
    /// The name of the phase.
    std::string_view phase_name() const { return detail::text(edge_phase_name(phase())); }
    /// One sentence for a person.
    std::string_view message() const { return detail::text(edge_error_message(raw_.get())); }
    /// What the error under this one says; empty when there is none.
    std::string_view cause_message() const { return detail::text(edge_error_cause_message(raw_.get())); }

    /// The system's number (`errno`) of the failure under this one; 0 when there is none.
    int os_code() const { return edge_error_os_code(raw_.get()); }

    /// The guest's exit code, for `EDGE_KIND_GUEST_EXIT`.
    std::optional<int> exit_code() const {
        std::int32_t code = 0;
        return edge_error_exit_code(raw_.get(), &code) ? std::optional<int>(code) : std::nullopt;
    }

    /// The code that a host function gave its error (`edge::HostError`).
    std::optional<std::int64_t> code() const {
        std::int64_t code = 0;
        return edge_error_code(raw_.get(), &code) ? std::optional<std::int64_t>(code) : std::nullopt;
    }

    /// The typed value of a guest's `Err`.
    std::optional<Value> value() const {
        const edge_value_t *value = edge_error_value(raw_.get());
        return value ? std::optional<Value>(detail::read(*value)) : std::nullopt;
    }

    /// The very exception that a host function threw; null when it was none of C++.
    std::exception_ptr cause() const {
        void *payload = edge_error_payload(raw_.get(), detail::drop_exception);
        return payload ? *static_cast<std::exception_ptr *>(payload) : nullptr;
    }

    /// Guest frames, innermost first.
    std::vector<Frame> backtrace() const {
        std::vector<Frame> frames;
        edge_frame_t frame;
        for (std::size_t i = 0; edge_error_backtrace_frame(raw_.get(), i, &frame); i++) {
            frames.push_back(Frame{std::string(detail::text(frame.function)), std::string(detail::text(frame.module)),
                                   std::string(detail::text(frame.file)), frame.line, frame.func_index, frame.module_offset});
        }
        return frames;
    }

    /// The object of the C interface.
    const edge_error_t *get() const { return raw_.get(); }

private:
    std::shared_ptr<edge_error_t> raw_;
};

/// Thrown by a host function whose guest declared `Result<_, E>`: the value is the `E`.
class GuestErr : public std::exception {
public:
    explicit GuestErr(Value value) : value_(std::make_shared<Value>(std::move(value))) {}
    const Value &value() const { return *value_; }
    const char *what() const noexcept override { return "the error of a host function, for the guest"; }

private:
    std::shared_ptr<Value> value_;
};

/// Thrown by a host function that fails with a code of the application's own; the outer call's error has the code, the message, and this
/// exception as its `cause()`.
class HostError : public std::runtime_error {
public:
    HostError(std::int64_t code, const std::string &message) : std::runtime_error(message), code_(code) {}
    std::int64_t code() const noexcept { return code_; }

private:
    std::int64_t code_;
};

/// Thrown by a host function to end the guest early and on purpose: the outer call throws an `edge::Error` of kind
/// `EDGE_KIND_TERMINATED`, which is no failure.
class Terminate : public std::exception {
public:
    const char *what() const noexcept override { return "the host ends the guest on purpose"; }
};

namespace detail {

/// Turns an error of the C interface into an exception.
inline void check(edge_error_t *error) {
    if (error) throw Error(error);
}

/// Refuses what lies outside of a memory before as many bytes are reserved for it.
inline void check_range(std::uint64_t offset, std::size_t len, std::size_t size) {
    if (offset <= size && len <= size - offset) return;
    throw Error(EDGE_KIND_MEMORY_OUT_OF_BOUNDS, std::to_string(len) + " bytes at " + std::to_string(offset) +
                                                    " are not within the memory of " + std::to_string(size) + " bytes");
}

[[noreturn]] inline void mismatch(const std::string &wanted, const std::string &got) {
    throw Error(EDGE_KIND_RESULT_TYPE, "expected " + wanted + ", got " + got);
}

}  // namespace detail
}  // namespace edge

#endif
