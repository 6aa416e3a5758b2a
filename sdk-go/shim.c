#include <stdlib.h>

#include "shim.h"
#include "_cgo_export.h"

/* The scope of the innermost call on this thread: a call and the host functions inside of it share the thread. */
static __thread const edgego_scope_t *current;

static void drop(void *handle) { edgegoDrop((uintptr_t)handle); }

edgego_scope_t *edgego_scope_new(uintptr_t handle, uint64_t fuel, edge_cancel_token_t **token) {
    edgego_scope_t *scope = malloc(sizeof *scope);
    if (scope == NULL) abort(); /* as Go does when there is no memory left */
    scope->handle = handle;
    scope->options = NULL;
    if (token != NULL || fuel != EDGE_NO_LIMIT) {
        scope->options = edge_call_options_new();
        edge_error_free(edge_call_options_set_fuel(scope->options, fuel));
    }
    if (token != NULL) {
        *token = edge_cancel_token_new();
        edge_error_free(edge_call_options_set_cancel(scope->options, *token));
    }
    scope->unmetered = scope->options;
    if (fuel != EDGE_NO_LIMIT) {
        scope->unmetered = edge_call_options_clone(scope->options);
        edge_error_free(edge_call_options_set_fuel(scope->unmetered, EDGE_NO_LIMIT));
    }
    return scope;
}

void edgego_scope_free(edgego_scope_t *scope) {
    if (scope->unmetered != scope->options) edge_call_options_free(scope->unmetered);
    edge_call_options_free(scope->options);
    edgegoDrop(scope->handle);
    free(scope);
}

static const edge_call_options_t *options(const edgego_scope_t *scope) { return scope == NULL ? NULL : scope->options; }

edgego_scalar_t edgego_call_slots(const edge_function_t *f, const edgego_scope_t *scope, edge_slot_t *slots, size_t n) {
    edgego_scalar_t out = {0, NULL};
    const edgego_scope_t *outer = current;
    current = scope;
    out.error = scope == NULL ? edge_function_call_scalar(f, slots, n)
                              : edge_function_call_scalar_with(f, scope->options, slots, n);
    current = outer;
    out.value = slots[0].u64;
    return out;
}

edgego_scalar_t edgego_call_scalar(const edge_function_t *f, const edgego_scope_t *scope, size_t n, uint64_t a, uint64_t b, uint64_t c,
                                   uint64_t d) {
    edge_slot_t slots[4];
    slots[0].u64 = a;
    slots[1].u64 = b;
    slots[2].u64 = c;
    slots[3].u64 = d;
    return edgego_call_slots(f, scope, slots, n > 0 ? n : 1);
}

edge_error_t *edgego_call(const edge_function_t *f, const edgego_scope_t *scope, const edge_value_t *args, size_t nargs,
                          edge_value_t *result) {
    const edgego_scope_t *outer = current;
    current = scope;
    edge_value_free(result); /* what the last call through this place left: it waited, to save a crossing */
    edge_error_t *error = edge_function_call_with(f, options(scope), args, nargs, result);
    current = outer;
    return error;
}

edge_error_t *edgego_func_call(const edge_func_t *f, const edgego_scope_t *scope, const edge_val_t *args, size_t nargs,
                               edge_val_t *results, size_t nresults) {
    const edgego_scope_t *outer = current;
    current = scope;
    edge_error_t *error = edge_func_call_with(f, options(scope), args, nargs, results, nresults);
    current = outer;
    return error;
}

edge_error_t *edgego_start(const edge_vm_t *vm, const edgego_scope_t *scope, int32_t *code) {
    const edgego_scope_t *outer = current;
    current = scope;
    edge_error_t *error = edge_vm_start_with(vm, options(scope), code);
    current = outer;
    return error;
}

/* What goes wrong in the body is left in Go, where it comes from. */
static edge_error_t *body(void *handle) {
    edgegoBody((uintptr_t)handle);
    return NULL;
}

edge_error_t *edgego_within(const edge_store_t *store, const edgego_scope_t *scope, bool metered, uintptr_t handle) {
    const edgego_scope_t *outer = current;
    current = scope;
    edge_error_t *error = edge_store_within(store, metered ? scope->options : scope->unmetered, body, (void *)handle);
    current = outer;
    return error;
}

void edgego_error_read(const edge_error_t *error, edgego_error_t *out) {
    memset(out, 0, sizeof *out);
    out->phase = edge_error_phase(error);
    out->kind = edge_error_kind(error);
    out->message = edge_error_message(error);
    out->value = edge_error_value(error);
    out->payload = (uintptr_t)edge_error_payload(error, drop);
    out->frames = edge_error_backtrace_len(error);
    edge_error_exit_code(error, &out->exit_code);
    edge_error_code(error, &out->code);
    out->os_code = edge_error_os_code(error);
}

edge_error_t *edgego_error_new(edge_kind_t kind, const char *message, size_t len, uintptr_t payload) {
    return edge_error_new(kind, message, len, (void *)payload, drop);
}

edge_error_t *edgego_error_new_code(int64_t code, const char *message, size_t len, uintptr_t payload) {
    return edge_error_new_code(code, message, len, (void *)payload, drop);
}

static edge_error_t *host(void *env, const edge_host_call_t *call, const edge_value_t *args, size_t nargs,
                          edge_value_t *result) {
    return edgegoHost((uintptr_t)env, current == NULL ? 0 : current->handle, (edge_host_call_t *)call, (edge_value_t *)args, nargs, result);
}

static edge_error_t *core(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs, edge_val_t *results,
                          size_t nresults) {
    return edgegoCore((uintptr_t)env, current == NULL ? 0 : current->handle, (edge_caller_t *)caller, (edge_val_t *)args, nargs, results, nresults);
}

edge_error_t *edgego_options_import(edge_options_t *options, const char *module, size_t module_len, const char *name,
                                    size_t name_len, uintptr_t handle) {
    return edge_options_import(options, module, module_len, name, name_len, host, (void *)handle, drop);
}

edge_error_t *edgego_linker_func(edge_linker_t *linker, const char *module, size_t module_len, const char *name,
                                 size_t name_len, const edge_type_t *ty, uintptr_t handle) {
    return edge_linker_func(linker, module, module_len, name, name_len, ty, core, (void *)handle, drop);
}

edge_error_t *edgego_host_module_func(edge_host_module_t *host, const char *name, size_t len, const edge_type_t *ty,
                                      uintptr_t handle) {
    return edge_host_module_func(host, name, len, ty, core, (void *)handle, drop);
}

edge_error_t *edgego_func_new(const edge_store_t *store, const edge_type_t *ty, uintptr_t handle, edge_func_t **out) {
    return edge_func_new(store, ty, core, (void *)handle, drop, out);
}

edge_error_t *edgego_externref_new(uintptr_t handle, edge_externref_t **out) {
    return edge_externref_new((void *)handle, drop, out);
}

uintptr_t edgego_externref_handle(const edge_externref_t *externref) {
    return (uintptr_t)edge_externref_data(externref, drop);
}

static void progress(void *env, size_t done, size_t total) { edgegoProgress((uintptr_t)env, done, total); }

edge_error_t *edgego_module_new(const edge_engine_t *engine, const uint8_t *bytes, size_t len, uintptr_t handle, edge_module_t **out) {
    return edge_module_new_with_progress(engine, bytes, len, progress, (void *)handle, out);
}
