/* Compiles a module to a file, and runs both: the same result, and the second one is not compiled again. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <unistd.h>

#include "program.h"

/* The library keeps no log; the steps are this program's own. */
static void info(const char *step) { printf("[info] %s\n", step); }

/* The whole of a file; `len` is how much that is. */
static uint8_t *read_file(const char *path, size_t *len) {
    static uint8_t bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    *len = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
    if (file != NULL) fclose(file);
    return bytes;
}

/* Compiles the file `input` to the file `output`. Returns the exit status of a program that does nothing else. */
static int compile(const char *input, const char *output) {
    edge_engine_t *engine;
    edge_module_t *module = NULL;
    edge_error_t *error;
    size_t len;
    const uint8_t *bytes = read_file(input, &len);
    check(edge_engine_new(NULL, &engine));
    info("compile start");
    info("verify start");
    error = edge_module_validate(engine, bytes, len);
    if (error == NULL) {
        info("optimize start");
        error = edge_module_new(engine, bytes, len, &module);
    }
    if (error == NULL) {
        info("codegen start");
        error = edge_module_serialize_to(module, EDGE_ARTIFACT_UNIVERSAL, EDGE_STR(output));
    }
    if (error == NULL) {
        info("compile done");
    } else {
        edge_view_t message = edge_error_message(error);
        printf("Compilation failed: %.*s\n", (int)message.len, message.data);
    }
    edge_module_free(module), edge_engine_free(engine);
    if (error == NULL) return EXIT_SUCCESS;
    edge_error_free(error);
    return EXIT_FAILURE;
}

/* Runs `fib` of a file; with the compiled code in it where we made it ourselves and trust it. */
static void run(const char *path, bool trusted) {
    edge_module_t *module;
    edge_vm_t *vm;
    edge_value_t args[] = {edge_i32(33)}, result;
    if (trusted) check(edge_module_from_trusted_file(NULL, EDGE_STR(path), &module));
    else check(edge_module_from_file(NULL, EDGE_STR(path), &module));
    check(edge_vm_load_module(module, NULL, &vm));
    check(edge_vm_run(vm, EDGE_STR("fib"), args, 1, &result));
    printf("Get result: %" PRId32 "\n", result.of.i32);
    printf("  compiled before: %d\n", edge_module_is_precompiled(module));
    edge_vm_free(vm), edge_module_free(module);
}

/* The file that the documentation takes for granted. */
static void make_fibonacci(const char *path) {
    edge_module_t *module;
    edge_buffer_t bytes;
    FILE *file = fopen(path, "wb");
    check(edge_module_from_text(NULL, EDGE_STR(FIBONACCI), &module));
    check(edge_module_serialize(module, EDGE_ARTIFACT_UNIVERSAL, &bytes));
    if (file == NULL || fwrite(bytes.data, 1, bytes.len, file) != bytes.len || fclose(file) != 0) exit(EXIT_FAILURE);
    edge_buffer_free(&bytes), edge_module_free(module);
}

int main(void) {
    char folder[] = "/tmp/edge-program-XXXXXX";
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) return EXIT_FAILURE;
    make_fibonacci("fibonacci.wasm");
    printf("Exit status: %d\n", compile("fibonacci.wasm", "fibonacci-aot.wasm"));
    run("fibonacci.wasm", false);
    run("fibonacci-aot.wasm", true);
    printf("Exit status: %d\n", compile("missing.wasm", "fibonacci-aot.wasm"));
    return unlink("fibonacci.wasm") != 0 || unlink("fibonacci-aot.wasm") != 0 || rmdir(folder) != 0;
}
