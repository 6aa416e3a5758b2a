/* Calls from C: the scalar entry, and bindgen's echo. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <edge.h>

enum { ROUNDS = 7, MIB = 1 << 20 };

static void check(edge_error_t *error) {
    if (error == NULL) return;
    edge_view_t message = edge_error_message(error);
    fprintf(stderr, "calls: %.*s\n", (int)message.len, message.data);
    edge_error_free(error);
    exit(1);
}

static double now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Prints the median over seven rounds of the mean time of a call; a round before them warms up. */
static void measure(const char *name, const char *who, void (*call)(void *), void *state) {
    double rounds[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
        double begin = now(), calls = 0;
        while (now() - begin < 50e6) {
            for (int i = 0; i < 64; i++) call(state);
            calls += 64;
        }
        if (round >= 0) rounds[round] = (now() - begin) / calls;
    }
    qsort(rounds, ROUNDS, sizeof *rounds, ascending);
    printf("{\"case\": \"%s\", \"who\": \"%s\", \"ns\": %f}\n", name, who, rounds[ROUNDS / 2]);
}

static void call_add(void *function) {
    edge_slot_t slots[2] = {{.i32 = 1}, {.i32 = 2}};
    check(edge_function_call_scalar(function, slots, 2));
}

struct echo {
    edge_function_t *function;
    edge_value_t argument;
};

static void call_echo(void *state) {
    struct echo *echo = state;
    edge_value_t result;
    check(edge_function_call(echo->function, &echo->argument, 1, &result));
    edge_value_free(&result);
}

static void copy_twice(void *state) {
    static char there[MIB], back[MIB];
    memcpy(there, state, MIB);
    __asm__ volatile("" ::"r"(there) : "memory");
    memcpy(back, there, MIB);
    __asm__ volatile("" ::"r"(back) : "memory");
}

int main(int argc, char **argv) {
    static char text[1024], data[MIB];
    char path[4096];
    edge_vm_t *vm;
    edge_function_t *add;
    struct echo echo;
    if (argc != 2 || snprintf(path, sizeof path, "%s/echo.wasm", argv[1]) >= (int)sizeof path) {
        fprintf(stderr, "usage: calls GUESTS\n");
        return 1;
    }
    memset(text, 'x', sizeof text);
    check(edge_vm_load(path, strlen(path), NULL, &vm));
    check(edge_vm_function(vm, EDGE_STR("add"), &add));
    measure("add(i32, i32), scalar", "edge", call_add, add);
    edge_function_free(add);

    check(edge_vm_function(vm, EDGE_STR("echo_string"), &echo.function));
    echo.argument = edge_str_n(text, sizeof text);
    measure("echo 1 KiB string", "edge", call_echo, &echo);
    edge_function_free(echo.function);

    check(edge_vm_function(vm, EDGE_STR("echo_bytes"), &echo.function));
    echo.argument = edge_bytes((const uint8_t *)data, sizeof data);
    measure("echo 1 MiB bytes", "edge", call_echo, &echo);
    measure("echo 1 MiB bytes", "two memcpys", copy_twice, data);
    edge_function_free(echo.function);
    edge_vm_free(vm);
    return 0;
}
