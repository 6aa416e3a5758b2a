/* Every function of the library called with nothing: an error or a neutral answer, never a crash, and nothing is left where a result
 * would have gone. The calls are generated from the header, so that no function is forgotten. */

#include "check.h"

/* What is success even so: no hook to call, nothing to throw. */
static const char *const succeed[] = {"edge_set_tick", "edge_throw"};

/* Errors that are the very result, whatever they are made of. */
static const char *const make_errors[] = {"edge_error_new", "edge_error_new_code", "edge_terminate"};

/* What no bytes are enough for. */
static const char *const judge_nothing[] = {"edge_module_validate"};

/* Results that need nothing to be made of. */
static const char *const give_objects[] = {"edge_version", "edge_options_new", "edge_limits_new", "edge_config_new", "edge_wasi_new",
                                           "edge_cancel_token_new", "edge_call_options_new"};

#define IS_ONE_OF(name, list) is_one_of((name), (list), sizeof(list) / sizeof *(list))

static bool is_one_of(const char *name, const char *const *list, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (strcmp(name, list[i]) == 0) return true;
    }
    return false;
}

static void expect(bool holds, const char *name, const char *what) {
    CHECK(holds);
    if (!holds) printf("  %s: %s\n", name, what);
}

/* A call with nothing at all. */
static void fails(const char *name, edge_error_t *error) {
    if (IS_ONE_OF(name, succeed)) {
        expect(error == NULL, name, "fails");
    } else if (IS_ONE_OF(name, make_errors)) {
        expect(error != NULL, name, "makes no error");
    } else if (IS_ONE_OF(name, judge_nothing)) {
        expect(edge_error_kind(error) == EDGE_KIND_MALFORMED, name, "takes nothing for a module");
    } else {
        /* The message names what is missing. */
        edge_view_t message = edge_error_message(error);
        expect(edge_error_kind(error) == EDGE_KIND_ARGUMENT_TYPE, name, "is no misuse");
        expect(message.len > 0 && memchr(message.data, '`', message.len) != NULL, name, "does not say what is missing");
    }
    edge_error_free(error);
}

/* A call with nothing but a place for its handle, which is empty if it fails. Tells whether there is one to free. */
static bool makes(const char *name, edge_error_t *error, void **slot) {
    bool made = error == NULL;
    if (made) expect(*slot != NULL && *slot != slot, name, "succeeds without a handle");
    else expect(edge_error_kind(error) != 0 && *slot == NULL, name, "leaves something where the handle would go");
    edge_error_free(error);
    return made;
}

/* A call with nothing but a place for its number, which is zero when it fails. */
static void zeroes(const char *name, edge_error_t *error, const void *number, size_t size) {
    static const char zero[8];
    expect(error != NULL && memcmp(number, zero, size) == 0, name, "leaves something where the number would go");
    edge_error_free(error);
}

static void gives(const char *name, const void *object) {
    bool expected = IS_ONE_OF(name, give_objects);
    expect((object != NULL) == expected, name, expected ? "gives nothing" : "gives an object of nothing");
}

#include "null_calls.h"

int main(void) {
    null_calls();
    CHECK(FUNCTIONS > 300);
    return check_report();
}
