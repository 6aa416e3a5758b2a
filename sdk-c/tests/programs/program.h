/* What every documented program needs: the end of the program on an error, and the Fibonacci module. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <edge.h>

#define FIBONACCI                                                                                      \
    "(module (func $fib (export \"fib\") (param i32) (result i32)"                                     \
    " (if (i32.lt_s (local.get 0) (i32.const 2)) (then (return (i32.const 1))))"                       \
    " (i32.add (call $fib (i32.sub (local.get 0) (i32.const 2))) (call $fib (i32.sub (local.get 0) (i32.const 1))))))"

static inline void check(edge_error_t *error) {
    if (error == NULL) return;
    edge_view_t message = edge_error_message(error);
    fprintf(stderr, "%.*s\n", (int)message.len, message.data);
    edge_error_free(error);
    exit(EXIT_FAILURE);
}

#endif
