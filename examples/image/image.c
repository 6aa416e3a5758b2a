/* Makes a watermarked grey thumbnail of a picture, inside of the sandbox. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <edge.h>

static void check(edge_error_t *error) {
    if (error == NULL) return;
    edge_view_t message = edge_error_message(error);
    fprintf(stderr, "image: %.*s\n", (int)message.len, message.data);
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

static void write_file(const char *path, const uint8_t *bytes, size_t len) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
        fprintf(stderr, "%s cannot be written\n", path);
        exit(1);
    }
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
    check(edge_vm_function(vm, EDGE_STR("process"), &function));
    for (; now() - begin < 0.2; calls++) {
        check(edge_function_call(function, args, nargs, &result));
        edge_value_free(&result);
    }
    fprintf(stderr, "time per call: %.3f us\n", (now() - begin) * 1e6 / calls);
    edge_function_free(function);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: image WASM INPUT OUTPUT\n");
        return 1;
    }
    edge_vm_t *vm;
    check(edge_vm_load(EDGE_STR(argv[1]), NULL, &vm));
    size_t len;
    uint8_t *picture = read_file(argv[2], &len);

    edge_pair_t options[] = {
        edge_pair("width", edge_u32(320)),
        edge_pair("height", edge_u32(240)),
        edge_pair("grayscale", edge_bool(true)),
        edge_pair("watermark", edge_str("edge")),
    };
    edge_value_t args[] = {edge_bytes(picture, len), edge_map(options, 4)}, thumbnail;
    check(edge_vm_run(vm, EDGE_STR("process"), args, 2, &thumbnail));
    write_file(argv[3], thumbnail.of.bytes.data, thumbnail.of.bytes.len);
    printf("image: %zu bytes\n", thumbnail.of.bytes.len);
    print_time_per_call(vm, args, 2);

    edge_value_free(&thumbnail);
    edge_vm_free(vm);
    free(picture);
    return 0;
}
