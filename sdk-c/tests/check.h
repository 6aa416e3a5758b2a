/* Checks that count, for test programs in C and C++. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include <edge.h>

/* Counted by whatever thread checks. */
static int check_passed, check_failed;

#define CHECK(condition) check_one((condition), #condition, __FILE__, __LINE__)

static inline void check_one(bool holds, const char *text, const char *file, int line) {
    if (holds) {
        __atomic_fetch_add(&check_passed, 1, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(&check_failed, 1, __ATOMIC_RELAXED);
        printf("%s:%d: does not hold: %s\n", file, line, text);
    }
}

/* Success is expected; what went wrong is shown. */
#define CHECK_OK(call) check_ok((call), #call, __FILE__, __LINE__)

static inline void check_ok(edge_error_t *error, const char *text, const char *file, int line) {
    edge_view_t message = edge_error_message(error);
    check_one(error == NULL, text, file, line);
    if (error != NULL) printf("  it failed: %.*s\n", (int)message.len, message.data);
    edge_error_free(error);
}

/* This kind of error is expected, with this text in its message. */
#define CHECK_ERROR(call, kind, part) check_error((call), (kind), (part), #call, __FILE__, __LINE__)

static inline void check_error(edge_error_t *error, edge_kind_t kind, const char *part, const char *text, const char *file,
                               int line) {
    edge_view_t message = edge_error_message(error);
    char copy[1024];
    snprintf(copy, sizeof copy, "%.*s", (int)message.len, message.data);
    check_one(error != NULL && edge_error_kind(error) == kind && strstr(copy, part) != NULL, text, file, line);
    if (error == NULL) {
        printf("  it succeeded\n");
    } else if (edge_error_kind(error) != kind || strstr(copy, part) == NULL) {
        edge_view_t name = edge_kind_name(edge_error_kind(error));
        printf("  it failed with %.*s: %s\n", (int)name.len, name.data, copy);
    }
    edge_error_free(error);
}

/* The last line of every test program, and its exit status. */
static inline int check_report(void) {
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed != 0;
}

#endif
