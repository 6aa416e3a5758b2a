/// Settings: limits, the engine and its configuration, options of a call, and what guests have used.
#ifndef EDGE_SETTINGS_HPP
#define EDGE_SETTINGS_HPP

#include <chrono>

#include "edge/error.hpp"

namespace edge {

namespace detail {

using ConfigHandle = Handle<edge_config_t, edge_config_clone, edge_config_free>;
using EngineHandle = Handle<edge_engine_t, edge_engine_clone, edge_engine_free>;
using LimitsHandle = Handle<edge_limits_t, edge_limits_clone, edge_limits_free>;
using StatisticsHandle = Handle<edge_statistics_t, edge_statistics_clone, edge_statistics_free>;
using CancelTokenHandle = Handle<edge_cancel_token_t, edge_cancel_token_clone, edge_cancel_token_free>;
using CallOptionsHandle = Handle<edge_call_options_t, edge_call_options_clone, edge_call_options_free>;

/// A time as the C interface has it; one that has passed is none at all.
template <class Rep, class Period>
std::uint64_t nanoseconds(std::chrono::duration<Rep, Period> time) {
    auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
    return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

/// A number that the C interface gives through its last parameter.
template <class T, class Object>
T given(edge_error_t *(*read)(const Object *, T *), const Object *object) {
    T value{};
    check(read(object, &value));
    return value;
}

}  // namespace detail

/// How much the guests of one store may use, and how large modules may be.
class Limits : public detail::LimitsHandle {
public:
    using Handle::Handle;
    Limits() : Handle(edge_limits_new()) {}
    Limits &memory(std::uint64_t bytes) { return set(edge_limits_set_memory(get(), bytes)); }
    Limits &table(std::uint64_t elements) { return set(edge_limits_set_table(get(), elements)); }
    Limits &instances(std::uint32_t count) { return set(edge_limits_set_instances(get(), count)); }
    Limits &stack(std::size_t bytes) { return set(edge_limits_set_stack(get(), bytes)); }
    Limits &result_size(std::size_t bytes) { return set(edge_limits_set_result_size(get(), bytes)); }
    Limits &recursion(std::uint32_t count) { return set(edge_limits_set_recursion(get(), count)); }
    Limits &fuel(std::uint64_t fuel) { return set(edge_limits_set_fuel(get(), fuel)); }
    /// How long a call from the host may take, with all that it calls.
    template <class Rep, class Period>
    Limits &deadline(std::chrono::duration<Rep, Period> time) {
        return set(edge_limits_set_deadline(get(), detail::nanoseconds(time)));
    }
    Limits &module_size(std::uint64_t bytes) { return set(edge_limits_set_module_size(get(), bytes)); }
    Limits &module_functions(std::uint64_t count) { return set(edge_limits_set_module_functions(get(), count)); }
    Limits &module_items(std::uint64_t count) { return set(edge_limits_set_module_items(get(), count)); }
    Limits &module_body_size(std::uint64_t bytes) { return set(edge_limits_set_module_body_size(get(), bytes)); }
    Limits &module_locals(std::uint64_t count) { return set(edge_limits_set_module_locals(get(), count)); }
    Limits &module_branch_targets(std::uint64_t count) { return set(edge_limits_set_module_branch_targets(get(), count)); }
    Limits &module_nesting(std::uint64_t count) { return set(edge_limits_set_module_nesting(get(), count)); }
    Limits &module_operands(std::uint64_t count) { return set(edge_limits_set_module_operands(get(), count)); }

    std::uint64_t memory() const { return edge_limits_memory(get()); }
    std::uint64_t table() const { return edge_limits_table(get()); }
    std::uint32_t instances() const { return edge_limits_instances(get()); }
    std::size_t stack() const { return edge_limits_stack(get()); }
    std::size_t result_size() const { return edge_limits_result_size(get()); }
    std::uint32_t recursion() const { return edge_limits_recursion(get()); }
    std::uint64_t fuel() const { return edge_limits_fuel(get()); }
    /// `EDGE_NO_LIMIT` nanoseconds stand for ever.
    std::uint64_t deadline_nanoseconds() const { return edge_limits_deadline(get()); }
    std::uint64_t module_size() const { return edge_limits_module_size(get()); }
    std::uint64_t module_functions() const { return edge_limits_module_functions(get()); }
    std::uint64_t module_items() const { return edge_limits_module_items(get()); }
    std::uint64_t module_body_size() const { return edge_limits_module_body_size(get()); }
    std::uint64_t module_locals() const { return edge_limits_module_locals(get()); }
    std::uint64_t module_branch_targets() const { return edge_limits_module_branch_targets(get()); }
    std::uint64_t module_nesting() const { return edge_limits_module_nesting(get()); }
    std::uint64_t module_operands() const { return edge_limits_module_operands(get()); }

private:
    Limits &set(edge_error_t *error) {
        detail::check(error);
        return *this;
    }
};

/// The settings of an engine.
class Config : public detail::ConfigHandle {
public:
    using Handle::Handle;
    Config() : Handle(edge_config_new()) {}
    Config &opt_level(edge_opt_t level) { return set(edge_config_set_opt_level(get(), level)); }
    Config &threads(std::size_t threads) { return set(edge_config_set_threads(get(), threads)); }
    /// Switches a proposal on or off by its name.
    Config &proposal(std::string_view name, bool on) {
        return set(edge_config_set_proposal(get(), name.data(), name.size(), on));
    }
    /// What an operator costs in fuel, by its name in the text format.
    Config &cost(std::string_view name, std::uint64_t cost) {
        return set(edge_config_set_cost(get(), name.data(), name.size(), cost));
    }
    Config &limits(const Limits &limits) { return set(edge_config_set_limits(get(), limits.get())); }
    Config &signals(bool on) { return set(edge_config_set_signals(get(), on)); }
    Config &interpreter(bool on) { return set(edge_config_set_interpreter(get(), on)); }
    Config &interruptible(bool on) { return set(edge_config_set_interruptible(get(), on)); }
    Config &deterministic(bool on) { return set(edge_config_set_deterministic(get(), on)); }
    Config &fuel(bool on) { return set(edge_config_set_fuel(get(), on)); }
    Config &count_instructions(bool on) { return set(edge_config_set_count_instructions(get(), on)); }
    Config &measure_time(bool on) { return set(edge_config_set_measure_time(get(), on)); }
    /// The machine that code is made for: `host`, `generic`, or a target triple.
    Config &target(std::string_view name) { return set(edge_config_set_target(get(), name.data(), name.size())); }

    /// Keeps compiled modules in a directory of the user's own; `EDGE_NO_LIMIT` leaves the size to the library.
    Config &cache(std::string_view directory, std::uint64_t max_size = EDGE_NO_LIMIT) {
        return set(edge_config_set_cache(get(), directory.data(), directory.size(), max_size));
    }
    Config &user_cache(std::uint64_t max_size = EDGE_NO_LIMIT) { return set(edge_config_set_user_cache(get(), max_size)); }
    Config &no_cache() { return set(edge_config_set_no_cache(get())); }

    /// Where compiled modules are kept, and in how many bytes; nothing when they are not.
    std::optional<std::pair<std::string, std::uint64_t>> cache() const {
        detail::Buffer directory;
        std::uint64_t max_size = 0;
        if (!edge_config_cache(get(), &directory.raw, &max_size)) return std::nullopt;
        return std::make_pair(std::string(directory.text()), max_size);
    }
    std::string target() const {
        detail::Buffer buffer;
        detail::check(edge_config_target(get(), &buffer.raw));
        return std::string(buffer.text());
    }
    edge_opt_t opt_level() const { return edge_config_opt_level(get()); }
    std::size_t threads() const { return edge_config_threads(get()); }
    bool proposal(std::string_view name) const { return edge_config_proposal(get(), name.data(), name.size()); }
    std::uint64_t cost(std::string_view name) const {
        std::uint64_t cost = 0;
        detail::check(edge_config_cost(get(), name.data(), name.size(), &cost));
        return cost;
    }
    Limits limits() const { return Limits(edge_config_limits(get())); }
    bool signals() const { return edge_config_signals(get()); }
    bool interpreter() const { return edge_config_interpreter(get()); }
    bool interruptible() const { return edge_config_interruptible(get()); }
    bool deterministic() const { return edge_config_deterministic(get()); }
    bool fuel() const { return edge_config_fuel(get()); }
    bool count_instructions() const { return edge_config_count_instructions(get()); }
    bool measure_time() const { return edge_config_measure_time(get()); }

private:
    Config &set(edge_error_t *error) {
        detail::check(error);
        return *this;
    }
};

/// The compiler with its settings. Where no engine is given, the one that the process shares is used.
class Engine : public detail::EngineHandle {
public:
    using Handle::Handle;
    Engine() : Engine(Config()) {}
    explicit Engine(const Config &config) { detail::check(edge_engine_new(config.get(), out())); }
    Config config() const { return Config(edge_engine_config(get())); }
    friend bool operator==(const Engine &a, const Engine &b) { return edge_engine_same(a.get(), b.get()); }
};

/// What a store's guests have used: a copy of the counts at one time. What the engine was not told to count throws
/// `EDGE_KIND_NOT_ENABLED`.
class Statistics : public detail::StatisticsHandle {
public:
    using Handle::Handle;
    std::uint64_t instructions() const { return detail::given(edge_statistics_instructions, get()); }
    std::uint64_t fuel_used() const { return detail::given(edge_statistics_fuel_used, get()); }
    std::uint64_t fuel_left() const { return detail::given(edge_statistics_fuel_left, get()); }
    std::chrono::nanoseconds time() const {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(detail::given(edge_statistics_time, get())));
    }
    double instructions_per_second() const { return detail::given(edge_statistics_instructions_per_second, get()); }
    std::uint64_t calls() const { return edge_statistics_calls(get()); }
    std::uint64_t memory_peak() const { return edge_statistics_memory_peak(get()); }
};

/// Ends calls from any thread: all that began under it, and all that begin later.
class CancelToken : public detail::CancelTokenHandle {
public:
    CancelToken() : Handle(edge_cancel_token_new()) {}
    void cancel() const { edge_cancel_token_cancel(get()); }
    bool is_cancelled() const { return edge_cancel_token_is_cancelled(get()); }
};

/// What a call obeys besides the limits of its store.
class CallOptions : public detail::CallOptionsHandle {
public:
    CallOptions() : Handle(edge_call_options_new()) {}
    template <class Rep, class Period>
    CallOptions &deadline(std::chrono::duration<Rep, Period> time) {
        return set(edge_call_options_set_deadline(get(), detail::nanoseconds(time)));
    }
    CallOptions &cancel(const CancelToken &token) { return set(edge_call_options_set_cancel(get(), token.get())); }
    CallOptions &fuel(std::uint64_t fuel) { return set(edge_call_options_set_fuel(get(), fuel)); }

private:
    CallOptions &set(edge_error_t *error) {
        detail::check(error);
        return *this;
    }
};

}  // namespace edge

#endif
