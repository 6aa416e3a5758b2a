/* Recognises a scanned digit, inside of the sandbox. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <edge.h>

static void check(edge_error_t *error) {
    if (error == NULL) return;
    edge_view_t message = edge_error_message(error);
    fprintf(stderr, "infer: %.*s\n", (int)message.len, message.data);
    edge_error_free(error);
    exit(1);
}

/* A whole file; the caller frees it. */
static uint8_t *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) size = ftell(file);
    if (size >= 0) bytes = malloc((size_t)size + 1);
    if (bytes == NULL || fseek(file, 0, SEEK_SET) != 0 || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    *len = (size_t)size;
    return bytes;
}

static double now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void print_time_per_call(edge_vm_t *vm, const edge_value_t *args, size_t nargs) {
    edge_function_t *function;
    edge_value_t result;
    double begin = now();
    int calls = 0;
    check(edge_vm_function(vm, EDGE_STR("infer"), &function));
    for (; now() - begin < 0.2; calls++) {
        check(edge_function_call(function, args, nargs, &result));
        edge_value_free(&result);
    }
    fprintf(stderr, "time per call: %.3f us\n", (now() - begin) * 1e6 / calls);
    edge_function_free(function);
}

static void print_entry(const char *format, const edge_value_t *entry) {
    const edge_value_t *label = edge_map_get(entry, "label"), *probability = edge_map_get(entry, "probability");
    printf(format, (int)label->of.string.len, label->of.string.data, (double)probability->of.f32);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: infer WASM INPUT\n");
        return 1;
    }
    edge_vm_t *vm;
    check(edge_vm_load(EDGE_STR(argv[1]), NULL, &vm));
    size_t len;
    uint8_t *image = read_file(argv[2], &len);

    edge_value_t args[] = {edge_bytes(image, len)}, prediction;
    check(edge_vm_run(vm, EDGE_STR("infer"), args, 1, &prediction));
    print_entry("label %.*s probability %.4f\n", &prediction);
    const edge_value_t *ranked = edge_map_get(&prediction, "ranked");
    for (size_t i = 0; i < ranked->of.list.len; i++) print_entry("%.*s %.4f\n", &ranked->of.list.data[i]);
    print_time_per_call(vm, args, 1);

    edge_value_free(&prediction);
    edge_vm_free(vm);
    free(image);
    return 0;
}
