/* Functions of the host as objects that the guest holds and hands back. */
#include "program.h"

#define FUNCS                                                                                                          \
    "(module (import \"extern_module\" \"functor_square\" (func $functor_square (param externref i32) (result i32)))"  \
    " (import \"extern_module\" \"class_add\" (func $class_add (param externref i32 i32) (result i32)))"               \
    " (import \"extern_module\" \"func_mul\" (func $func_mul (param externref i32 i32) (result i32)))"                 \
    " (func (export \"call_add\") (param externref i32 i32) (result i32)"                                              \
    "  (call $class_add (local.get 0) (local.get 1) (local.get 2)))"                                                   \
    " (func (export \"call_mul\") (param externref i32 i32) (result i32)"                                              \
    "  (call $func_mul (local.get 0) (local.get 1) (local.get 2)))"                                                    \
    " (func (export \"call_square\") (param externref i32) (result i32) (call $functor_square (local.get 0) (local.get 1)))" \
    " (func (export \"call_add_square\") (param externref externref i32 i32) (result i32)"                             \
    "  (call $functor_square (local.get 1) (call $class_add (local.get 0) (local.get 2) (local.get 3))))"              \
    " (memory (export \"memory\") 1))"

/* A function of C; what takes one operand ignores the other. */
typedef struct {
    int32_t (*call)(int32_t a, int32_t b);
} operation_t;

static int32_t add(int32_t a, int32_t b) { return a + b; }
static int32_t mul(int32_t a, int32_t b) { return a * b; }
static int32_t square(int32_t a, int32_t b) { return (void)b, a * a; }

static operation_t add_operation = {add}, mul_operation = {mul}, square_operation = {square};

/* Nothing to release; the function is the mark by which operations are told from other objects. */
static void drop_operation(void *operation) { (void)operation; }

static edge_error_t *apply(void *env, const edge_caller_t *caller, const edge_val_t *args, size_t nargs,
                           edge_val_t *results, size_t nresults) {
    operation_t *operation = edge_externref_data(args[0].of.externref, drop_operation);
    (void)env, (void)caller, (void)nresults;
    if (operation == NULL) return edge_error_new(0, EDGE_STR("not an operation"), NULL, NULL);
    results[0] = edge_val_i32(operation->call(args[1].of.i32, nargs > 2 ? args[2].of.i32 : 0));
    return NULL;
}

/* The module `extern_module`, in a linker. */
static edge_linker_t *host(edge_store_t *store) {
    const edge_valtype_t params[] = {EDGE_VALTYPE_EXTERNREF, EDGE_VALTYPE_I32, EDGE_VALTYPE_I32}, results[] = {EDGE_VALTYPE_I32};
    edge_type_t *unary, *binary;
    edge_host_module_t *module;
    edge_linker_t *linker;
    check(edge_type_func(params, 2, results, 1, &unary));
    check(edge_type_func(params, 3, results, 1, &binary));
    check(edge_host_module_new(EDGE_STR("extern_module"), &module));
    check(edge_host_module_func(module, EDGE_STR("functor_square"), unary, apply, NULL, NULL));
    check(edge_host_module_func(module, EDGE_STR("class_add"), binary, apply, NULL, NULL));
    check(edge_host_module_func(module, EDGE_STR("func_mul"), binary, apply, NULL, NULL));
    check(edge_linker_new(NULL, &linker));
    check(edge_linker_host_module(linker, store, module));
    edge_type_free(unary), edge_type_free(binary), edge_host_module_free(module);
    return linker;
}

static edge_val_t wrap(operation_t *operation) {
    edge_externref_t *reference;
    check(edge_externref_new(operation, drop_operation, &reference));
    return edge_val_externref(reference);
}

static int32_t call(edge_instance_t *instance, const char *name, const edge_val_t *args, size_t nargs) {
    edge_func_t *func;
    edge_val_t result;
    check(edge_instance_func(instance, EDGE_STR(name), &func));
    check(edge_func_call(func, args, nargs, &result, 1));
    edge_func_free(func);
    return result.of.i32;
}

int main(void) {
    edge_val_t args[4];
    edge_store_t *store;
    edge_module_t *module;
    edge_instance_t *instance;
    edge_val_t add_ref = wrap(&add_operation), mul_ref = wrap(&mul_operation), square_ref = wrap(&square_operation);
    check(edge_store_new(NULL, NULL, &store));
    edge_linker_t *linker = host(store);
    check(edge_module_from_text(NULL, EDGE_STR(FUNCS), &module));
    check(edge_linker_instantiate(linker, store, module, &instance));

    args[0] = add_ref, args[1] = edge_val_i32(1234), args[2] = edge_val_i32(5678);
    printf("Test 1 -- `call_add` -- 1234 + 5678 = %" PRId32 "\n", call(instance, "call_add", args, 3));
    args[0] = mul_ref, args[1] = edge_val_i32(789), args[2] = edge_val_i32(4321);
    printf("Test 2 -- `call_mul` -- 789 * 4321 = %" PRId32 "\n", call(instance, "call_mul", args, 3));
    args[0] = square_ref, args[1] = edge_val_i32(8256);
    printf("Test 3 -- `call_square` -- 8256 ^ 2 = %" PRId32 "\n", call(instance, "call_square", args, 2));
    args[0] = add_ref, args[1] = square_ref, args[2] = edge_val_i32(3), args[3] = edge_val_i32(4);
    printf("Test 4 -- `call_add_square` -- (3 + 4) ^ 2 = %" PRId32 "\n", call(instance, "call_add_square", args, 4));
    args[0] = add_ref, args[1] = edge_val_i32(1234), args[2] = edge_val_i32(5678);
    printf("Run -- `call_add` -- 1234 + 5678 = %" PRId32 "\n", call(instance, "call_add", args, 3));

    edge_externref_free(add_ref.of.externref);
    edge_externref_free(mul_ref.of.externref);
    edge_externref_free(square_ref.of.externref);
    edge_store_free(store);
    edge_linker_free(linker);
    edge_module_free(module);
    edge_instance_free(instance);
    return 0;
}
