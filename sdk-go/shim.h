/* What stands between Go and edge.h: calls bundled so that each costs one crossing, and the way back into Go. */
#ifndef EDGE_GO_SHIM_H
#define EDGE_GO_SHIM_H

#include "edge.h"

/* A scalar call's outcome, by value: pointers into a Go stack would move it to the heap. */
typedef struct {
    uint64_t value;
    edge_error_t *error;
} edgego_scalar_t;

/* Everything about an error but its frames. The views live as long as the error. */
typedef struct {
    edge_phase_t phase;
    edge_kind_t kind;
    edge_view_t message;
    const edge_value_t *value;
    uintptr_t payload;
    size_t frames;
    int64_t code;
    int32_t exit_code;
    int32_t os_code;
} edgego_error_t;

/* What a call obeys (NULL: nothing), and what host functions called meanwhile are told about the caller (0: nothing). `unmetered` is the
   same without fuel, for what belongs to no store yet. */
typedef struct {
    edge_call_options_t *options;
    edge_call_options_t *unmetered;
    uintptr_t handle;
} edgego_scope_t;

/* A scope; with a token, owned by the caller, where `token` is not NULL. It owns the handle. */
edgego_scope_t *edgego_scope_new(uintptr_t handle, uint64_t fuel, edge_cancel_token_t **token);
void edgego_scope_free(edgego_scope_t *scope);

/* Calls under a scope; NULL for none. */
edgego_scalar_t edgego_call_scalar(const edge_function_t *f, const edgego_scope_t *scope, size_t n, uint64_t a, uint64_t b, uint64_t c,
                                   uint64_t d);
edgego_scalar_t edgego_call_slots(const edge_function_t *f, const edgego_scope_t *scope, edge_slot_t *slots, size_t n);
edge_error_t *edgego_call(const edge_function_t *f, const edgego_scope_t *scope, const edge_value_t *args, size_t nargs,
                          edge_value_t *result);
edge_error_t *edgego_func_call(const edge_func_t *f, const edgego_scope_t *scope, const edge_val_t *args, size_t nargs,
                               edge_val_t *results, size_t nresults);
edge_error_t *edgego_within(const edge_store_t *store, const edgego_scope_t *scope, bool metered, uintptr_t body);
edge_error_t *edgego_start(const edge_vm_t *vm, const edgego_scope_t *scope, int32_t *code);

/* Errors. */
void edgego_error_read(const edge_error_t *error, edgego_error_t *out);
edge_error_t *edgego_error_new(edge_kind_t kind, const char *message, size_t len, uintptr_t payload);
edge_error_t *edgego_error_new_code(int64_t code, const char *message, size_t len, uintptr_t payload);

/* Host functions: `handle` stands for a Go object, until the library drops it. */
edge_error_t *edgego_options_import(edge_options_t *options, const char *module, size_t module_len, const char *name,
                                    size_t name_len, uintptr_t handle);
edge_error_t *edgego_linker_func(edge_linker_t *linker, const char *module, size_t module_len, const char *name,
                                 size_t name_len, const edge_type_t *ty, uintptr_t handle);
edge_error_t *edgego_host_module_func(edge_host_module_t *host, const char *name, size_t len, const edge_type_t *ty,
                                      uintptr_t handle);
edge_error_t *edgego_func_new(const edge_store_t *store, const edge_type_t *ty, uintptr_t handle, edge_func_t **out);
edge_error_t *edgego_externref_new(uintptr_t handle, edge_externref_t **out);
uintptr_t edgego_externref_handle(const edge_externref_t *externref);

/* `edge_module_new_with_progress`, with `handle` for the Go object that is told. */
edge_error_t *edgego_module_new(const edge_engine_t *engine, const uint8_t *bytes, size_t len, uintptr_t handle, edge_module_t **out);

#endif
