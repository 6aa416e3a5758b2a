/// What instances are made of: globals, tables, and the instances themselves.
#ifndef EDGE_CORE_HPP
#define EDGE_CORE_HPP

#include "edge/func.hpp"

namespace edge {

namespace detail {

using InstanceHandle = Handle<edge_instance_t, edge_instance_clone, edge_instance_free>;
using TableHandle = Handle<edge_table_t, edge_table_clone, edge_table_free>;
using GlobalHandle = Handle<edge_global_t, edge_global_clone, edge_global_free>;

}  // namespace detail

/// A global.
class Global : public detail::GlobalHandle {
public:
    using Handle::Handle;
    Global(const Store &store, const Type &type, const Val &value) {
        detail::check(edge_global_new(store.get(), type.get(), &value.raw(), out()));
    }
    Type type() const { return Type(edge_global_type(get())); }
    Val value() const {
        edge_val_t value;
        detail::check(edge_global_get(get(), &value));
        return Val::take(value);
    }
    void set(const Val &value) const { detail::check(edge_global_set(get(), &value.raw())); }
    friend bool operator==(const Global &a, const Global &b) { return edge_global_same(a.get(), b.get()); }
};

/// A table of references.
class Table : public detail::TableHandle {
public:
    using Handle::Handle;
    /// Of null references.
    Table(const Store &store, const Type &type) { detail::check(edge_table_new(store.get(), type.get(), nullptr, out())); }
    Table(const Store &store, const Type &type, const Val &initial) {
        detail::check(edge_table_new(store.get(), type.get(), &initial.raw(), out()));
    }
    Type type() const { return Type(edge_table_type(get())); }
    std::uint64_t size() const { return edge_table_size(get()); }
    Val at(std::uint64_t index) const {
        edge_val_t value;
        detail::check(edge_table_get(get(), index, &value));
        return Val::take(value);
    }
    void set(std::uint64_t index, const Val &value) const { detail::check(edge_table_set(get(), index, &value.raw())); }
    void fill(std::uint64_t start, const Val &value, std::uint64_t len) const {
        detail::check(edge_table_fill(get(), start, &value.raw(), len));
    }
    std::uint64_t grow(std::uint64_t delta) const {
        std::uint64_t before = 0;
        detail::check(edge_table_grow(get(), delta, nullptr, &before));
        return before;
    }
    std::uint64_t grow(std::uint64_t delta, const Val &value) const {
        std::uint64_t before = 0;
        detail::check(edge_table_grow(get(), delta, &value.raw(), &before));
        return before;
    }
    friend bool operator==(const Table &a, const Table &b) { return edge_table_same(a.get(), b.get()); }
};

/// A module with its memories, tables and globals.
class Instance : public detail::InstanceHandle {
public:
    using Handle::Handle;
    Func func(std::string_view name) const { return find<Func>(edge_instance_func, name); }
    Memory memory(std::string_view name) const { return find<Memory>(edge_instance_memory, name); }
    Table table(std::string_view name) const { return find<Table>(edge_instance_table, name); }
    Global global(std::string_view name) const { return find<Global>(edge_instance_global, name); }
    SharedMemory shared_memory(std::string_view name) const { return find<SharedMemory>(edge_instance_shared_memory, name); }
    Tag tag(std::string_view name) const { return find<Tag>(edge_instance_tag, name); }
    Module module() const { return Module(edge_instance_module(get())); }
    Store store() const { return Store(edge_instance_store(get())); }
    friend bool operator==(const Instance &a, const Instance &b) { return edge_instance_same(a.get(), b.get()); }

private:
    template <class T, class Find>
    T find(Find find, std::string_view name) const {
        T found{decltype(std::declval<T>().get())()};
        detail::check(find(get(), name.data(), name.size(), found.out()));
        return found;
    }
};

}  // namespace edge

#endif
