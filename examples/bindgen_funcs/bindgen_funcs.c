/* Calls every function of the guest with native values: strings, bytes, numbers, structs. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <edge.h>

static edge_vm_t *vm;

static void check(edge_error_t *error) {
    if (error == NULL) return;
    edge_view_t message = edge_error_message(error);
    fprintf(stderr, "bindgen_funcs: %.*s\n", (int)message.len, message.data);
    edge_error_free(error);
    exit(1);
}

static edge_value_t run(const char *name, const edge_value_t *args, size_t nargs) {
    edge_value_t result;
    check(edge_vm_run(vm, EDGE_STR(name), args, nargs, &result));
    return result;
}

static void print_text(const char *name, const edge_value_t *args, size_t nargs) {
    edge_value_t text = run(name, args, nargs);
    printf("Run bindgen -- %s: %.*s\n", name, (int)text.of.string.len, text.of.string.data);
    edge_value_free(&text);
}

static void print_digest(const char *name) {
    const char *message = "This is an important message";
    edge_value_t args[] = {edge_bytes((const uint8_t *)message, strlen(message))};
    edge_value_t digest = run(name, args, 1);
    printf("Run bindgen -- %s: [", name);
    for (size_t i = 0; i < digest.of.bytes.len; i++) printf("%s%d", i ? " " : "", digest.of.bytes.data[i]);
    printf("]\n");
    edge_value_free(&digest);
}

/* Structs go in and come out as maps from field names to values. */
static void print_typed_line(const char *desc) {
    edge_pair_t p1[] = {edge_pair("x", edge_f32(1.5f)), edge_pair("y", edge_f32(3.8f))};
    edge_pair_t p2[] = {edge_pair("x", edge_f32(2.5f)), edge_pair("y", edge_f32(5.8f))};
    edge_value_t args[] = {edge_map(p1, 2), edge_map(p2, 2), edge_str(desc)};
    edge_value_t line = run("create_line_typed", args, 3);
    const edge_value_t *text = edge_map_get(&line, "desc"), *points = edge_map_get(&line, "points");
    const edge_value_t *from = &points->of.list.data[0], *to = &points->of.list.data[1];
    printf("Run bindgen -- create_line_typed: %.*s from (%.1f, %.1f) to (%.1f, %.1f), length %.3f\n",
           (int)text->of.string.len, text->of.string.data, edge_map_get(from, "x")->of.f32, edge_map_get(from, "y")->of.f32,
           edge_map_get(to, "x")->of.f32, edge_map_get(to, "y")->of.f32, edge_map_get(&line, "length")->of.f32);
    edge_value_free(&line);
}

static double now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void print_time_per_call(void) {
    edge_function_t *say;
    edge_value_t args[] = {edge_str("bindgen funcs test")}, result;
    double begin = now();
    int calls = 0;
    check(edge_vm_function(vm, EDGE_STR("say"), &say));
    for (; now() - begin < 0.2; calls++) {
        check(edge_function_call(say, args, 1, &result));
        edge_value_free(&result);
    }
    fprintf(stderr, "time per call: %.3f us\n", (now() - begin) * 1e6 / calls);
    edge_function_free(say);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: bindgen_funcs WASM\n");
        return 1;
    }
    check(edge_vm_load(EDGE_STR(argv[1]), NULL, &vm));

    const char *desc = "A thin red line";
    edge_value_t line[] = {edge_str("{\"x\":1.5,\"y\":3.8}"), edge_str("{\"x\":2.5,\"y\":5.8}"), edge_str(desc)};
    print_text("create_line", line, 3);
    edge_value_t subject[] = {edge_str("bindgen funcs test")};
    print_text("say", subject, 1);
    edge_value_t secret[] = {edge_str("A quick brown fox jumps over the lazy dog")};
    print_text("obfusticate", secret, 1);
    edge_value_t numbers[] = {edge_i32(123), edge_i32(2)};
    printf("Run bindgen -- lowest_common_multiple: %" PRId32 "\n", run("lowest_common_multiple", numbers, 2).of.i32);
    print_digest("sha3_digest");
    print_digest("keccak_digest");
    print_typed_line(desc);
    print_time_per_call();

    edge_vm_free(vm);
    return 0;
}
