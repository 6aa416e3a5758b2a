/// Linkers and host modules: names to host functions, objects and instances.
#ifndef EDGE_LINKER_HPP
#define EDGE_LINKER_HPP

#include "edge/core.hpp"

namespace edge {

namespace detail {

using LinkerHandle = Handle<edge_linker_t, edge_linker_clone, edge_linker_free>;
using HostModuleHandle = Handle<edge_host_module_t, edge_host_module_clone, edge_host_module_free>;

}  // namespace detail

/// Functions, memories, tables and globals under one name, for any number of linkers and stores.
class HostModule : public detail::HostModuleHandle {
public:
    explicit HostModule(std::string_view name) { detail::check(edge_host_module_new(name.data(), name.size(), out())); }
    std::string_view name() const { return detail::text(edge_host_module_name(get())); }
    HostModule &func(std::string_view name, const Type &type, CoreFunction function) {
        return done(edge_host_module_func(get(), name.data(), name.size(), type.get(), detail::core_call,
                                          new CoreFunction(std::move(function)), detail::core_drop));
    }
    HostModule &memory(std::string_view name, const Type &type) {
        return done(edge_host_module_memory(get(), name.data(), name.size(), type.get()));
    }
    HostModule &table(std::string_view name, const Type &type) {
        return done(edge_host_module_table(get(), name.data(), name.size(), type.get(), nullptr));
    }
    HostModule &global(std::string_view name, const Type &type, const Val &value) {
        return done(edge_host_module_global(get(), name.data(), name.size(), type.get(), &value.raw()));
    }

private:
    HostModule &done(edge_error_t *error) {
        detail::check(error);
        return *this;
    }
};

/// What modules may import.
class Linker : public detail::LinkerHandle {
public:
    Linker() { detail::check(edge_linker_new(nullptr, out())); }
    explicit Linker(const Engine &engine) { detail::check(edge_linker_new(engine.get(), out())); }
    Linker &func(std::string_view module, std::string_view name, const Type &type, CoreFunction function) {
        return done(edge_linker_func(get(), module.data(), module.size(), name.data(), name.size(), type.get(), detail::core_call,
                                     new CoreFunction(std::move(function)), detail::core_drop));
    }
    Linker &define(std::string_view module, std::string_view name, const Func &item) {
        return done(edge_linker_define_func(get(), module.data(), module.size(), name.data(), name.size(), item.get()));
    }
    Linker &define(std::string_view module, std::string_view name, const Memory &item) {
        return done(edge_linker_define_memory(get(), module.data(), module.size(), name.data(), name.size(), item.get()));
    }
    Linker &define(std::string_view module, std::string_view name, const Table &item) {
        return done(edge_linker_define_table(get(), module.data(), module.size(), name.data(), name.size(), item.get()));
    }
    Linker &define(std::string_view module, std::string_view name, const Global &item) {
        return done(edge_linker_define_global(get(), module.data(), module.size(), name.data(), name.size(), item.get()));
    }
    Linker &define(std::string_view module, std::string_view name, const SharedMemory &item) {
        return done(edge_linker_define_shared_memory(get(), module.data(), module.size(), name.data(), name.size(), item.get()));
    }
    Linker &define(std::string_view module, std::string_view name, const Tag &item) {
        return done(edge_linker_define_tag(get(), module.data(), module.size(), name.data(), name.size(), item.get()));
    }
    Linker &instance(std::string_view module, const Instance &instance) {
        return done(edge_linker_define_instance(get(), module.data(), module.size(), instance.get()));
    }
    Linker &alias(std::string_view module, std::string_view name, std::string_view as_module, std::string_view as_name) {
        return done(edge_linker_alias(get(), module.data(), module.size(), name.data(), name.size(), as_module.data(),
                                      as_module.size(), as_name.data(), as_name.size()));
    }
    Linker &alias_module(std::string_view module, std::string_view as_module) {
        return done(edge_linker_alias_module(get(), module.data(), module.size(), as_module.data(), as_module.size()));
    }
    /// Functions that the module imports and nobody defined trap when they are called.
    Linker &unknown_as_traps(const Module &module) { return done(edge_linker_unknown_as_traps(get(), module.get())); }
    /// What each call of a host function costs in fuel.
    Linker &func_cost(std::string_view module, std::string_view name, std::uint64_t cost) {
        return done(edge_linker_func_cost(get(), module.data(), module.size(), name.data(), name.size(), cost));
    }
    Linker &allow_shadowing(bool allow) { return done(edge_linker_allow_shadowing(get(), allow)); }
    bool contains(std::string_view module, std::string_view name) const {
        return edge_linker_contains(get(), module.data(), module.size(), name.data(), name.size());
    }
    /// The names of all definitions.
    std::vector<std::pair<std::string, std::string>> definitions() const {
        std::vector<std::pair<std::string, std::string>> names;
        edge_view_t module, name;
        for (std::size_t i = 0; edge_linker_definition(get(), i, &module, &name); i++) {
            names.emplace_back(detail::text(module), detail::text(name));
        }
        return names;
    }
    /// Makes what a host module describes in the store, and defines it.
    Linker &host_module(const Store &store, const HostModule &host) {
        return done(edge_linker_host_module(get(), store.get(), host.get()));
    }
    Instance instantiate(const Store &store, const Module &module) const {
        Instance instance;
        detail::check(edge_linker_instantiate(get(), store.get(), module.get(), instance.out()));
        return instance;
    }

private:
    Linker &done(edge_error_t *error) {
        detail::check(error);
        return *this;
    }
};

}  // namespace edge

#endif
