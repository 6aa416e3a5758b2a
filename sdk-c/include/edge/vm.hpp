/// The easy door: one module, its WASI, its limits, run by name with C++ values.
#ifndef EDGE_VM_HPP
#define EDGE_VM_HPP

#include "edge/linker.hpp"
#include "edge/task.hpp"

namespace edge {

class Vm;

namespace detail {

using WasiHandle = Handle<edge_wasi_t, edge_wasi_clone, edge_wasi_free>;
using OptionsHandle = Handle<edge_options_t, edge_options_clone, edge_options_free>;
using FunctionHandle = Handle<edge_function_t, edge_function_clone, edge_function_free>;
using VmHandle = Handle<edge_vm_t, edge_vm_clone, edge_vm_free>;

/// Converts the arguments, calls, converts the result.
template <class R, class Call, class... Args>
R call(Call call, const Args &...args) {
    static_assert(!Borrows<R>::value, "a result owns what it holds: ask for std::string or std::vector");
    Arena arena;
    // One more than needed, since an array cannot be empty.
    edge_value_t values[sizeof...(Args) + 1] = {Convert<std::decay_t<const Args &>>::to(args, arena)..., edge_null()};
    Tree result;
    check(call(values, sizeof...(Args), &result.raw));
    if constexpr (!std::is_void_v<R>) return Convert<R>::from(result.raw);
}

}  // namespace detail

/// What a WASI guest sees.
class Wasi : public detail::WasiHandle {
public:
    Wasi() : Handle(edge_wasi_new()) {}
    Wasi &arg(std::string_view arg) { return set(edge_wasi_arg(get(), arg.data(), arg.size())); }
    Wasi &env(std::string_view key, std::string_view value) {
        return set(edge_wasi_env(get(), key.data(), key.size(), value.data(), value.size()));
    }
    Wasi &inherit_env() { return set(edge_wasi_inherit_env(get())); }
    Wasi &dir(std::string_view guest, std::string_view host, bool read_only = false) {
        return set(edge_wasi_dir(get(), guest.data(), guest.size(), host.data(), host.size(), read_only));
    }
    Wasi &stdin_bytes(Bytes bytes) { return set(edge_wasi_stdin_bytes(get(), bytes.data(), bytes.size())); }
    Wasi &stdin_inherit() { return set(edge_wasi_stdin_inherit(get())); }
    Wasi &stdout_capture() { return set(edge_wasi_stdout_capture(get())); }
    Wasi &stderr_capture() { return set(edge_wasi_stderr_capture(get())); }
    Wasi &capture_limit(std::size_t bytes) { return set(edge_wasi_capture_limit(get(), bytes)); }
    Wasi &random_seed(std::uint64_t seed) { return set(edge_wasi_random_seed(get(), seed)); }

private:
    Wasi &set(edge_error_t *error) {
        detail::check(error);
        return *this;
    }
};

/// A call of a host function in progress; a host function that takes it first gets it.
class HostCall {
public:
    explicit HostCall(const edge_host_call_t *raw) : raw_(raw) {}
    /// The VM whose guest called, to call it again.
    inline Vm vm() const;
    Memory memory(std::uint32_t index = 0) const {
        Memory memory{static_cast<edge_memory_t *>(nullptr)};
        detail::check(edge_host_call_memory(raw_, index, memory.out()));
        return memory;
    }

private:
    const edge_host_call_t *raw_;
};

namespace detail {

/// Calls a C++ function with converted values; the signature comes from its call operator.
template <class F, class Signature>
struct Host;

template <class F, class R, class... P>
struct Host<F, R(P...)> {
    template <std::size_t... I>
    static R invoke(F &f, const edge_host_call_t *, const edge_value_t *args, std::index_sequence<I...>) {
        (void)args;
        return f(Convert<std::decay_t<P>>::from(args[I])...);
    }
    static edge_error_t *call(void *env, const edge_host_call_t *raw, const edge_value_t *args, std::size_t nargs,
                              edge_value_t *result) {
        return host_boundary([&] {
            if (nargs != sizeof...(P)) {
                throw Error(EDGE_KIND_ARGUMENT_COUNT, "the host function takes " + std::to_string(sizeof...(P)) +
                                                          " arguments, got " + std::to_string(nargs));
            }
            F &f = *static_cast<F *>(env);
            if constexpr (std::is_void_v<R>) {
                invoke(f, raw, args, std::index_sequence_for<P...>());
            } else {
                const auto given = invoke(f, raw, args, std::index_sequence_for<P...>());
                Arena arena;
                edge_value_t value = Convert<std::decay_t<R>>::to(given, arena);
                check(edge_value_copy(&value, result));
            }
        });
    }
    static void drop(void *env) { delete static_cast<F *>(env); }
};

/// A function that takes the call first.
template <class F, class R, class... P>
struct Host<F, R(HostCall, P...)> {
    static edge_error_t *call(void *env, const edge_host_call_t *raw, const edge_value_t *args, std::size_t nargs,
                              edge_value_t *result) {
        // Bound to this call, it is a function of the rest.
        auto bound = [env, raw](P... rest) -> R { return (*static_cast<F *>(env))(HostCall(raw), std::forward<P>(rest)...); };
        return Host<decltype(bound), R(P...)>::call(&bound, raw, args, nargs, result);
    }
    static void drop(void *env) { delete static_cast<F *>(env); }
};

template <class T>
struct SignatureOf : SignatureOf<decltype(&T::operator())> {};
template <class C, class R, class... P>
struct SignatureOf<R (C::*)(P...) const> {
    using type = R(P...);
};
template <class C, class R, class... P>
struct SignatureOf<R (C::*)(P...)> {
    using type = R(P...);
};
template <class R, class... P>
struct SignatureOf<R (*)(P...)> {
    using type = R(P...);
};

}  // namespace detail

/// How a VM or a pool of them is loaded.
class Options : public detail::OptionsHandle {
public:
    Options() : Handle(edge_options_new()) {}
    Options &engine(const Engine &engine) { return set(edge_options_set_engine(get(), engine.get())); }
    Options &wasi(const Wasi &wasi) { return set(edge_options_set_wasi(get(), wasi.get())); }
    Options &limits(const Limits &limits) { return set(edge_options_set_limits(get(), limits.get())); }
    Options &linker(const Linker &linker) { return set(edge_options_set_linker(get(), linker.get())); }
    /// How many VMs a pool may have; 0, the default: as many as the machine has processors.
    Options &pool_size(std::size_t size) { return set(edge_options_set_pool_size(get(), size)); }
    /// Whether a borrower finds what the one before left behind in a pool's VM.
    Options &pool_keep_state(bool keep) { return set(edge_options_set_pool_keep_state(get(), keep)); }

    /// Gives the guest's import to a function or lambda, whose parameters and result are C++ types; a first parameter of type
    /// `edge::HostCall` gets the call. What it throws ends the guest and arrives as the `cause()` of the error; `edge::GuestErr`
    /// arrives in the guest as its `Err`. It may be called on any thread that calls the guest.
    template <class F>
    Options &import(std::string_view module, std::string_view name, F function) {
        using Host = detail::Host<F, typename detail::SignatureOf<F>::type>;
        return set(edge_options_import(get(), module.data(), module.size(), name.data(), name.size(), Host::call,
                                       new F(std::move(function)), Host::drop));
    }

private:
    Options &set(edge_error_t *error) {
        detail::check(error);
        return *this;
    }
};

/// A function of a guest, resolved once.
class Function : public detail::FunctionHandle {
public:
    using Handle::Handle;
    std::string_view name() const { return detail::text(edge_function_name(get())); }
    std::string_view doc() const { return detail::text(edge_function_doc(get())); }
    /// One line: `infer(image: bytes) -> result<Prediction, string>`.
    std::string_view signature() const { return detail::text(edge_function_signature(get())); }
    template <class R = Value, class... Args>
    R call(const Args &...args) const {
        return detail::call<R>(
            [this](const edge_value_t *values, std::size_t len, edge_value_t *result) {
                return edge_function_call(get(), values, len, result);
            },
            args...);
    }
    /// A call that obeys options.
    template <class R = Value, class... Args>
    R call_with(const CallOptions &options, const Args &...args) const {
        return detail::call<R>(
            [this, &options](const edge_value_t *values, std::size_t len, edge_value_t *result) {
                return edge_function_call_with(get(), options.get(), values, len, result);
            },
            args...);
    }
    /// A call on a thread of the library.
    template <class R = Value, class... Args>
    Task<R> call_async(const Args &...args) const {
        return start_async<R>(nullptr, args...);
    }
    template <class R = Value, class... Args>
    Task<R> call_async_with(const CallOptions &options, const Args &...args) const {
        return start_async<R>(options.get(), args...);
    }

private:
    template <class R, class... Args>
    Task<R> start_async(const edge_call_options_t *options, const Args &...args) const {
        Arena arena;
        edge_value_t values[sizeof...(Args) + 1] = {Convert<std::decay_t<const Args &>>::to(args, arena)..., edge_null()};
        edge_async_t *raw = nullptr;
        detail::check(edge_async_call(get(), options, values, sizeof...(Args), nullptr, nullptr, &raw));
        return Task<R>(raw);
    }
};

/// One module with its store, its WASI and its limits.
class Vm : public detail::VmHandle {
public:
    using Handle::Handle;
    /// From a file: `.wat` is the text format, all else binary.
    explicit Vm(std::string_view path, const Options &options = Options()) {
        detail::check(edge_vm_load(path.data(), path.size(), options.get(), out()));
    }
    explicit Vm(const char *path, const Options &options = Options()) : Vm(std::string_view(path), options) {}
    explicit Vm(const std::string &path, const Options &options = Options()) : Vm(std::string_view(path), options) {}
    explicit Vm(Bytes bytes, const Options &options = Options()) {
        detail::check(edge_vm_load_bytes(bytes.data(), bytes.size(), options.get(), out()));
    }
    explicit Vm(const Module &module, const Options &options = Options()) {
        detail::check(edge_vm_load_module(module.get(), options.get(), out()));
    }
    static Vm from_text(std::string_view wat, const Options &options = Options()) {
        Vm vm{static_cast<edge_vm_t *>(nullptr)};
        detail::check(edge_vm_load_text(wat.data(), wat.size(), options.get(), vm.out()));
        return vm;
    }

    /// Calls a guest function: `vm.run<std::string>("infer", image)`.
    template <class R = Value, class... Args>
    R run(std::string_view name, const Args &...args) const {
        return detail::call<R>(
            [this, name](const edge_value_t *values, std::size_t len, edge_value_t *result) {
                return edge_vm_run(get(), name.data(), name.size(), values, len, result);
            },
            args...);
    }
    /// A call that obeys options.
    template <class R = Value, class... Args>
    R run_with(const CallOptions &options, std::string_view name, const Args &...args) const {
        return detail::call<R>(
            [this, name, &options](const edge_value_t *values, std::size_t len, edge_value_t *result) {
                return edge_vm_run_with(get(), options.get(), name.data(), name.size(), values, len, result);
            },
            args...);
    }
    /// A call with as many arguments as the list has when the program runs.
    template <class R = Value>
    R run_list(std::string_view name, const std::vector<Value> &args) const {
        return run_list<R>(nullptr, name, args);
    }
    template <class R = Value>
    R run_list_with(const CallOptions &options, std::string_view name, const std::vector<Value> &args) const {
        return run_list<R>(options.get(), name, args);
    }
    /// A call on a thread of the library: `vm.run_async<std::string>("infer", image).get()`.
    template <class R = Value, class... Args>
    Task<R> run_async(std::string_view name, const Args &...args) const {
        return function(name).template call_async<R>(args...);
    }
    /// Ends the call in progress, from any thread; tells whether there was one.
    bool cancel() const { return edge_vm_cancel(get()); }
    Statistics statistics() const { return store().statistics(); }
    friend bool operator==(const Vm &a, const Vm &b) { return edge_vm_same(a.get(), b.get()); }
    Function function(std::string_view name) const { return find<Function>(edge_vm_function, name); }
    std::vector<Function> functions() const {
        std::vector<Function> functions(edge_vm_function_count(get()));
        for (std::size_t i = 0; i < functions.size(); i++) detail::check(edge_vm_function_at(get(), i, functions[i].out()));
        return functions;
    }
    /// Runs a command; returns its exit code.
    int start() const {
        std::int32_t code = 0;
        detail::check(edge_vm_start(get(), &code));
        return code;
    }
    int start_with(const CallOptions &options) const {
        std::int32_t code = 0;
        detail::check(edge_vm_start_with(get(), options.get(), &code));
        return code;
    }
    void reset() const { detail::check(edge_vm_reset(get())); }
    void close() const { detail::check(edge_vm_close(get())); }
    bool is_closed() const { return edge_vm_is_closed(get()); }
    /// Why calls are refused until `reset`, if they are.
    std::optional<std::string> poisoned() const {
        detail::Buffer cause;
        return edge_vm_poisoned(get(), &cause.raw) ? std::optional<std::string>(cause.text()) : std::nullopt;
    }
    std::string stdout_text() const { return captured(edge_vm_stdout); }
    std::string stderr_text() const { return captured(edge_vm_stderr); }

    Module module() const { return Module(edge_vm_module(get())); }
    Instance instance() const { return Instance(running(edge_vm_instance(get()))); }
    Store store() const { return Store(running(edge_vm_store(get()))); }
    Func func(std::string_view name) const { return find<Func>(edge_vm_func, name); }
    Memory memory(std::string_view name = "memory") const { return find<Memory>(edge_vm_memory, name); }
    Table table(std::string_view name) const { return find<Table>(edge_vm_table, name); }
    Global global(std::string_view name) const { return find<Global>(edge_vm_global, name); }

private:
    template <class R>
    R run_list(const edge_call_options_t *options, std::string_view name, const std::vector<Value> &args) const {
        Arena arena;
        std::vector<edge_value_t> values;
        for (const Value &arg : args) values.push_back(Convert<Value>::to(arg, arena));
        detail::Tree result;
        detail::check(edge_vm_run_with(get(), options, name.data(), name.size(), values.data(), values.size(), &result.raw));
        if constexpr (!std::is_void_v<R>) return Convert<R>::from(result.raw);
    }
    /// What a VM has only until it is closed.
    template <class T>
    static T *running(T *part) {
        if (!part) throw Error(EDGE_KIND_CLOSED, "the Vm has been closed");
        return part;
    }
    template <class T, class Find>
    T find(Find find, std::string_view name) const {
        T found{decltype(std::declval<T>().get())()};
        detail::check(find(get(), name.data(), name.size(), found.out()));
        return found;
    }
    template <class Read>
    std::string captured(Read read) const {
        detail::Buffer buffer;
        detail::check(read(get(), &buffer.raw));
        return std::string(buffer.text());
    }
};

inline Vm HostCall::vm() const { return Vm(edge_host_call_vm(raw_)); }

}  // namespace edge

#endif
