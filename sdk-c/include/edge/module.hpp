/// Types, and modules to inspect and to make instances of.
#ifndef EDGE_MODULE_HPP
#define EDGE_MODULE_HPP

#include "edge/settings.hpp"

namespace edge {

namespace detail {

using ModuleHandle = Handle<edge_module_t, edge_module_clone, edge_module_free>;
using TypeHandle = Handle<edge_type_t, edge_type_clone, edge_type_free>;

}  // namespace detail

/// The type of a function, memory, table, global or tag.
class Type : public detail::TypeHandle {
public:
    using Handle::Handle;
    static Type func(const std::vector<edge_valtype_t> &params, const std::vector<edge_valtype_t> &results) {
        Type type;
        detail::check(edge_type_func(params.data(), params.size(), results.data(), results.size(), type.out()));
        return type;
    }
    static Type memory(std::uint64_t min, std::uint64_t max = EDGE_NO_MAXIMUM) {
        Type type;
        detail::check(edge_type_memory(min, max, type.out()));
        return type;
    }
    /// Of a memory with 64-bit indices.
    static Type memory64(std::uint64_t min, std::uint64_t max = EDGE_NO_MAXIMUM) {
        Type type;
        detail::check(edge_type_memory64(min, max, type.out()));
        return type;
    }
    /// Of a memory that threads share.
    static Type shared_memory(std::uint64_t min, std::uint64_t max, bool memory64 = false) {
        Type type;
        detail::check(edge_type_shared_memory(min, max, memory64, type.out()));
        return type;
    }
    static Type table(edge_valtype_t element, std::uint64_t min, std::uint64_t max = EDGE_NO_MAXIMUM) {
        Type type;
        detail::check(edge_type_table(element, min, max, type.out()));
        return type;
    }
    /// Of a table with 64-bit indices.
    static Type table64(edge_valtype_t element, std::uint64_t min, std::uint64_t max = EDGE_NO_MAXIMUM) {
        Type type;
        detail::check(edge_type_table64(element, min, max, type.out()));
        return type;
    }
    /// Of exceptions that carry such values.
    static Type tag(const std::vector<edge_valtype_t> &params) {
        Type type;
        detail::check(edge_type_tag(params.data(), params.size(), type.out()));
        return type;
    }
    static Type global(edge_valtype_t content, bool is_mutable) {
        Type type;
        detail::check(edge_type_global(content, is_mutable, type.out()));
        return type;
    }
    /// An `EDGE_SORT_*`.
    edge_sort_t sort() const { return edge_type_sort(get()); }
    std::string_view text() const { return detail::text(edge_type_text(get())); }
    View<edge_valtype_t> params() const {
        std::size_t len = 0;
        const edge_valtype_t *data = edge_type_params(get(), &len);
        return {data, len};
    }
    View<edge_valtype_t> results() const {
        std::size_t len = 0;
        const edge_valtype_t *data = edge_type_results(get(), &len);
        return {data, len};
    }
    /// The least and the most pages of a memory or elements of a table, `EDGE_NO_MAXIMUM` for no most; nothing for other types.
    std::optional<std::pair<std::uint64_t, std::uint64_t>> limits() const {
        std::pair<std::uint64_t, std::uint64_t> limits;
        if (!edge_type_limits(get(), &limits.first, &limits.second)) return std::nullopt;
        return limits;
    }
    /// What a global or a table holds, an `EDGE_VALTYPE_*`.
    edge_valtype_t content() const { return edge_type_content(get()); }
    bool is_mutable() const { return edge_type_is_mutable(get()); }
    bool is_64() const { return edge_type_is_64(get()); }
    bool is_shared() const { return edge_type_is_shared(get()); }
    friend bool operator==(const Type &a, const Type &b) { return edge_type_equal(a.get(), b.get()); }
};

/// An import of a module. The names live as long as the module.
struct Import {
    std::string_view module;
    std::string_view name;
    Type type;
};

/// An export of a module. The name lives as long as the module.
struct Export {
    std::string_view name;
    Type type;
};

/// A compiled module.
class Module : public detail::ModuleHandle {
public:
    using Handle::Handle;
    /// From the binary format.
    explicit Module(Bytes bytes, const Engine *engine = nullptr) {
        detail::check(edge_module_new(raw(engine), bytes.data(), bytes.size(), out()));
    }
    static Module from_text(std::string_view wat, const Engine *engine = nullptr) {
        Module module;
        detail::check(edge_module_from_text(raw(engine), wat.data(), wat.size(), module.out()));
        return module;
    }
    static Module from_file(std::string_view path, const Engine *engine = nullptr) {
        Module module;
        detail::check(edge_module_from_file(raw(engine), path.data(), path.size(), module.out()));
        return module;
    }
    /// A module whose compiled code is used, from what `serialize` gave. Trusted: whoever can write it can have anything executed.
    static Module from_trusted_bytes(Bytes bytes, const Engine *engine = nullptr) {
        Module module;
        detail::check(edge_module_from_trusted_bytes(raw(engine), bytes.data(), bytes.size(), module.out()));
        return module;
    }
    /// The same of a file, which is mapped and not read.
    static Module from_trusted_file(std::string_view path, const Engine *engine = nullptr) {
        Module module;
        detail::check(edge_module_from_trusted_file(raw(engine), path.data(), path.size(), module.out()));
        return module;
    }
    /// The module with its compiled code, in one of the forms `EDGE_ARTIFACT_*`.
    std::vector<std::uint8_t> serialize(edge_artifact_t form = EDGE_ARTIFACT_UNIVERSAL) const {
        detail::Buffer buffer;
        detail::check(edge_module_serialize(get(), form, &buffer.raw));
        return std::vector<std::uint8_t>(buffer.raw.data, buffer.raw.data + buffer.raw.len);
    }
    /// The same into a file, which appears whole or not at all.
    void serialize_to(std::string_view path, edge_artifact_t form = EDGE_ARTIFACT_UNIVERSAL) const {
        detail::check(edge_module_serialize_to(get(), form, path.data(), path.size()));
    }
    /// Whether its native code was loaded, not compiled.
    bool is_precompiled() const { return edge_module_is_precompiled(get()); }
    static void validate(Bytes bytes, const Engine *engine = nullptr) {
        detail::check(edge_module_validate(raw(engine), bytes.data(), bytes.size()));
    }
    std::string_view name() const { return detail::text(edge_module_name(get())); }
    std::vector<Import> imports() const {
        std::vector<Import> imports;
        for (std::size_t i = 0; i < edge_module_import_count(get()); i++) {
            edge_view_t module, name;
            Type type;
            detail::check(edge_module_import(get(), i, &module, &name, type.out()));
            imports.push_back(Import{detail::text(module), detail::text(name), std::move(type)});
        }
        return imports;
    }
    std::vector<Export> exports() const {
        std::vector<Export> exports;
        for (std::size_t i = 0; i < edge_module_export_count(get()); i++) {
            edge_view_t name;
            Type type;
            detail::check(edge_module_export(get(), i, &name, type.out()));
            exports.push_back(Export{detail::text(name), std::move(type)});
        }
        return exports;
    }
    /// The names of the custom sections, as long as the module lives.
    std::vector<std::string_view> custom_section_names() const {
        std::vector<std::string_view> names(edge_module_custom_section_count(get()));
        for (std::size_t i = 0; i < names.size(); i++) names[i] = detail::text(edge_module_custom_section_name(get(), i));
        return names;
    }
    /// What the custom sections of a name hold, as long as the module lives.
    std::vector<std::string_view> custom_sections(std::string_view name) const {
        std::vector<std::string_view> sections;
        edge_view_t bytes;
        while (edge_module_custom_section(get(), name.data(), name.size(), sections.size(), &bytes)) {
            sections.push_back(detail::text(bytes));
        }
        return sections;
    }
    friend bool operator==(const Module &a, const Module &b) { return edge_module_same(a.get(), b.get()); }

private:
    static const edge_engine_t *raw(const Engine *engine) { return engine ? engine->get() : nullptr; }
};

}  // namespace edge

#endif
