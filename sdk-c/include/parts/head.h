/*
 * edge: WebAssembly that an application embeds as easily as it calls a function.
 *
 * Generated from sdk-c/src by the test `header`; do not edit. The manners, the same in every function:
 *
 * Errors      What can fail returns `edge_error_t*`: NULL for success, else an object to read and to free. Results come through
 *             the last parameter, which is set to NULL (or zero, or a null value) when the call fails. A NULL where an object
 *             is needed is an error, or the neutral answer of a getter; nothing crashes.
 * Texts       A pointer and a length, UTF-8, embedded zeros allowed; EDGE_STR(s) writes both for a zero-terminated string.
 *             What comes in is read during the call and not kept. A view that goes out (edge_view_t) belongs to the object
 *             that it was asked of and lives as long.
 * Ownership   Objects are opaque and counted. Every handle that a function gives (its comment says "owned by the caller")
 *             is freed once, with the edge_X_free of its type, in any order: what a handle needs stays alive. edge_X_clone
 *             gives another handle. "Borrowed" means: yours before and after the call.
 * Threads     Handles may be used from any thread, and one handle from several at once, except while it is being freed or
 *             changed (edge_X_set_..., edge_wasi_..., edge_options_..., edge_linker_...). A store serves one call at a time:
 *             others wait.
 */
