/* Passes strings and arrays through the guest's memory by hand, without bindgen. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <edge.h>

/* The guest's functions and its memory. */
static edge_func_t *allocate, *deallocate, *greet, *fib_array, *fib_array_return_memory;
static edge_memory_t *memory;

static void check(edge_error_t *error) {
    if (error == NULL) return;
    edge_view_t message = edge_error_message(error);
    fprintf(stderr, "memory: %.*s\n", (int)message.len, message.data);
    edge_error_free(error);
    exit(1);
}

/* Calls a function of up to two numbers, which returns one or none. */
static int32_t call(edge_func_t *func, uint32_t a, uint32_t b) {
    edge_slot_t slots[2];
    slots[0].u32 = a;
    slots[1].u32 = b;
    check(edge_func_call_raw(func, slots, 2));
    return slots[0].i32;
}

static void say_hello(void) {
    const char name[] = "WasmEdge";
    char letter;
    uint32_t subject = (uint32_t)call(allocate, sizeof name, 0), greeting, len;
    check(edge_memory_write(memory, subject, (const uint8_t *)name, sizeof name));
    greeting = (uint32_t)call(greet, subject, 0);
    for (len = 0;; len++) {
        check(edge_memory_read(memory, (uint64_t)greeting + len, (uint8_t *)&letter, 1));
        if (letter == 0) break;
        putchar(letter);
    }
    putchar('\n');
    call(deallocate, greeting, len + 1);
    call(deallocate, subject, sizeof name);
}

static void print_numbers(const char *label, uint32_t array, uint32_t count) {
    printf("%s", label);
    for (uint32_t i = 0; i < count; i++) {
        int32_t number;
        check(edge_memory_read(memory, array + 4 * i, (uint8_t *)&number, 4));
        printf(" %" PRId32, number);
    }
    printf("\n");
}

static void fib_arrays(void) {
    const uint32_t count = 10, size = 4 * count;
    uint32_t array = (uint32_t)call(allocate, size, 0);
    printf("fib_array() returned: %" PRId32 "\n", call(fib_array, count, array));
    print_numbers("fib_array memory:", array, count);
    call(deallocate, array, size);

    array = (uint32_t)call(fib_array_return_memory, count, 0);
    print_numbers("fib_array_return_memory memory:", array, count);
    call(deallocate, array, size);
}

int main(int argc, char **argv) {
    edge_vm_t *vm;
    if (argc != 2) {
        fprintf(stderr, "usage: memory WASM\n");
        return 1;
    }
    check(edge_vm_load(EDGE_STR(argv[1]), NULL, &vm));
    check(edge_vm_memory(vm, EDGE_STR("memory"), &memory));
    check(edge_vm_func(vm, EDGE_STR("allocate"), &allocate));
    check(edge_vm_func(vm, EDGE_STR("deallocate"), &deallocate));
    check(edge_vm_func(vm, EDGE_STR("greet"), &greet));
    check(edge_vm_func(vm, EDGE_STR("fib_array"), &fib_array));
    check(edge_vm_func(vm, EDGE_STR("fib_array_return_memory"), &fib_array_return_memory));

    say_hello();
    fib_arrays();

    edge_vm_free(vm);
    edge_func_free(allocate);
    edge_func_free(deallocate);
    edge_func_free(greet);
    edge_func_free(fib_array);
    edge_func_free(fib_array_return_memory);
    edge_memory_free(memory);
    return 0;
}
