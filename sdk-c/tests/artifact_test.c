/* Compiled code in files: written, loaded, used; refused where it is damaged, does not suit, or is not trusted. */

#define _GNU_SOURCE
#include <dirent.h>
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"

#define GUEST "(module (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"

static int32_t add(const edge_module_t *module, const edge_engine_t *engine) {
    edge_options_t *options = edge_options_new();
    edge_value_t args[] = {edge_i32(40), edge_i32(2)}, result = edge_null();
    edge_vm_t *vm = NULL;
    CHECK_OK(edge_options_set_engine(options, engine));
    CHECK_OK(edge_vm_load_module(module, options, &vm));
    CHECK_OK(edge_vm_run(vm, EDGE_STR("add"), args, 2, &result));
    edge_vm_free(vm), edge_options_free(options);
    return result.of.i32;
}

static edge_module_t *compile(void) {
    edge_module_t *module = NULL;
    CHECK_OK(edge_module_from_text(NULL, EDGE_STR(GUEST), &module));
    return module;
}

static void bytes(void) {
    edge_module_t *module = compile(), *loaded, *clone = edge_module_clone(module);
    edge_buffer_t universal, native, none;
    CHECK(!edge_module_is_precompiled(module) && edge_module_same(module, clone));
    CHECK_OK(edge_module_serialize(module, EDGE_ARTIFACT_UNIVERSAL, &universal));
    CHECK_OK(edge_module_serialize(module, EDGE_ARTIFACT_NATIVE, &native));
    CHECK_ERROR(edge_module_serialize(module, 7, &none), EDGE_KIND_ARGUMENT_TYPE, "EDGE_ARTIFACT_*");
    CHECK(none.data == NULL);
    CHECK_OK(edge_module_from_trusted_bytes(NULL, universal.data, universal.len, &loaded));
    CHECK(edge_module_is_precompiled(loaded) && add(loaded, NULL) == 42 && !edge_module_same(module, loaded));
    edge_module_free(loaded);
    CHECK_OK(edge_module_from_trusted_bytes(NULL, native.data, native.len, &loaded));
    CHECK(edge_module_is_precompiled(loaded) && add(loaded, NULL) == 42);
    edge_module_free(loaded);

    /* Without trust: the universal form is a module like any other, the native one is none. */
    CHECK_OK(edge_module_new(NULL, universal.data, universal.len, &loaded));
    CHECK(!edge_module_is_precompiled(loaded) && add(loaded, NULL) == 42);
    edge_module_free(loaded);
    edge_error_t *error = edge_module_new(NULL, native.data, native.len, &loaded);
    CHECK(error != NULL && loaded == NULL && edge_error_phase(error) == EDGE_PHASE_LOAD);
    edge_error_free(error);

    /* One bit of the code is another. */
    native.data[native.len / 2] ^= 1;
    CHECK_ERROR(edge_module_from_trusted_bytes(NULL, native.data, native.len, &loaded), EDGE_KIND_ARTIFACT_DAMAGED, "");
    native.data[native.len / 2] ^= 1;
    CHECK_ERROR(edge_module_from_trusted_bytes(NULL, native.data, native.len - 1, &loaded), EDGE_KIND_ARTIFACT_DAMAGED, "");
    CHECK(loaded == NULL);
    edge_buffer_free(&universal), edge_buffer_free(&native);
    edge_module_free(module), edge_module_free(clone);
}

static void other_settings(void) {
    edge_module_t *module = compile(), *loaded;
    edge_config_t *config = edge_config_new();
    edge_engine_t *engine;
    edge_buffer_t universal, native;
    CHECK_OK(edge_module_serialize(module, EDGE_ARTIFACT_UNIVERSAL, &universal));
    CHECK_OK(edge_module_serialize(module, EDGE_ARTIFACT_NATIVE, &native));
    CHECK_OK(edge_config_set_deterministic(config, true));
    CHECK_OK(edge_engine_new(config, &engine));
    CHECK_ERROR(edge_module_from_trusted_bytes(engine, native.data, native.len, &loaded), EDGE_KIND_ARTIFACT_MISMATCH, "deterministic");
    CHECK_OK(edge_module_from_trusted_bytes(engine, universal.data, universal.len, &loaded));
    CHECK(!edge_module_is_precompiled(loaded) && add(loaded, engine) == 42);
    edge_module_free(loaded), edge_module_free(module), edge_engine_free(engine), edge_config_free(config);
    edge_buffer_free(&universal), edge_buffer_free(&native);
}

static void files(void) {
    char folder[] = "/tmp/edge-artifact-XXXXXX", wasm[64], native[64], text[64];
    edge_module_t *module = compile(), *loaded;
    FILE *file;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(wasm, sizeof wasm, "%s/add.wasm", folder);
    snprintf(native, sizeof native, "%s/add.edge", folder);
    snprintf(text, sizeof text, "%s/add.wat", folder);
    CHECK_OK(edge_module_serialize_to(module, EDGE_ARTIFACT_UNIVERSAL, EDGE_STR(wasm)));
    CHECK_OK(edge_module_serialize_to(module, EDGE_ARTIFACT_NATIVE, EDGE_STR(native)));
    CHECK_OK(edge_module_from_trusted_file(NULL, EDGE_STR(native), &loaded));
    /* Whoever has mapped a file keeps it when another takes its place. */
    CHECK_OK(edge_module_serialize_to(module, EDGE_ARTIFACT_NATIVE, EDGE_STR(native)));
    CHECK(unlink(native) == 0 && edge_module_is_precompiled(loaded) && add(loaded, NULL) == 42);
    edge_module_free(loaded);
    CHECK_OK(edge_module_from_file(NULL, EDGE_STR(wasm), &loaded));
    CHECK(!edge_module_is_precompiled(loaded));
    edge_module_free(loaded);
    /* What is no artifact is compiled, text too. */
    file = fopen(text, "w");
    CHECK(file != NULL && fputs(GUEST, file) >= 0 && fclose(file) == 0);
    CHECK_OK(edge_module_from_trusted_file(NULL, EDGE_STR(text), &loaded));
    CHECK(!edge_module_is_precompiled(loaded) && add(loaded, NULL) == 42);
    edge_module_free(loaded);
    CHECK_ERROR(edge_module_from_trusted_file(NULL, EDGE_STR(native), &loaded), EDGE_KIND_IO, native);
    CHECK_ERROR(edge_module_serialize_to(module, EDGE_ARTIFACT_NATIVE, EDGE_STR("/no/such/folder/x.edge")), EDGE_KIND_IO, "/no/such/folder");
    CHECK(loaded == NULL && unlink(wasm) == 0 && unlink(text) == 0 && rmdir(folder) == 0);
    edge_module_free(module);
}

static void targets(void) {
    edge_config_t *config = edge_config_new();
    edge_engine_t *engine;
    edge_module_t *module;
    edge_options_t *options = edge_options_new();
    edge_buffer_t name, code;
    edge_vm_t *vm;
    CHECK_OK(edge_config_target(config, &name));
    CHECK(name.len == 4 && memcmp(name.data, "host", 4) == 0);
    edge_buffer_free(&name);
    CHECK_OK(edge_config_set_target(config, EDGE_STR("generic")));
    CHECK_OK(edge_engine_new(config, &engine));
    CHECK_OK(edge_module_from_text(engine, EDGE_STR(GUEST), &module));
    CHECK(add(module, engine) == 42);
    edge_module_free(module), edge_engine_free(engine);

    CHECK_OK(edge_config_set_target(config, EDGE_STR("aarch64-unknown-linux-gnu")));
    CHECK_OK(edge_config_target(config, &name));
    CHECK(name.len == 25 && memcmp(name.data, "aarch64", 7) == 0);
    edge_buffer_free(&name);
    CHECK_OK(edge_engine_new(config, &engine));
    CHECK_OK(edge_module_from_text(engine, EDGE_STR(GUEST), &module));
    CHECK_OK(edge_module_serialize(module, EDGE_ARTIFACT_NATIVE, &code));
    CHECK_OK(edge_options_set_engine(options, engine));
    CHECK_ERROR(edge_vm_load_module(module, options, &vm), EDGE_KIND_ARTIFACT_MISMATCH, "does not run here");
    CHECK(vm == NULL);
    edge_options_free(options), edge_buffer_free(&code), edge_module_free(module), edge_engine_free(engine);
    CHECK_OK(edge_config_set_target(config, EDGE_STR("no-such-machine")));
    CHECK_ERROR(edge_engine_new(config, &engine), EDGE_KIND_COMPILE_FAILED, "no-such-machine");
    CHECK(engine == NULL);
    edge_config_free(config);
}

/* Whether an engine with these settings had the module of a file in its cache. */
static bool was_cached(const edge_config_t *config, const char *path) {
    edge_engine_t *engine;
    edge_module_t *module;
    bool precompiled;
    CHECK_OK(edge_engine_new(config, &engine));
    CHECK_OK(edge_module_from_file(engine, EDGE_STR(path), &module));
    precompiled = edge_module_is_precompiled(module);
    edge_module_free(module), edge_engine_free(engine);
    return precompiled;
}

static void caches(const char *guest) {
    char folder[] = "/tmp/edge-cache-XXXXXX";
    edge_config_t *config = edge_config_new();
    edge_buffer_t directory;
    uint64_t size = 0;
    struct dirent *entry;
    DIR *files;
    CHECK(mkdtemp(folder) != NULL && !edge_config_cache(config, &directory, &size) && directory.data == NULL);
    CHECK(!was_cached(config, guest) && !was_cached(config, guest));
    CHECK_OK(edge_config_set_cache(config, EDGE_STR(folder), EDGE_NO_LIMIT));
    CHECK(edge_config_cache(config, &directory, &size) && size == 1 << 30);
    CHECK(directory.len == strlen(folder) && memcmp(directory.data, folder, directory.len) == 0);
    edge_buffer_free(&directory);
    CHECK(!was_cached(config, guest) && was_cached(config, guest));
    /* Other settings are another entry. */
    CHECK_OK(edge_config_set_deterministic(config, true));
    CHECK(!was_cached(config, guest));
    CHECK_OK(edge_config_set_no_cache(config));
    CHECK(!edge_config_cache(config, NULL, NULL) && !was_cached(config, guest));
    CHECK_ERROR(edge_config_set_cache(config, EDGE_STR(""), 5), EDGE_KIND_ARGUMENT_TYPE, "`directory` is empty");

    CHECK(setenv("XDG_CACHE_HOME", folder, 1) == 0);
    CHECK_OK(edge_config_set_user_cache(config, 4096));
    CHECK(edge_config_cache(config, NULL, &size) && size == 4096);
    CHECK(unsetenv("XDG_CACHE_HOME") == 0 && unsetenv("HOME") == 0);
    CHECK_ERROR(edge_config_set_user_cache(config, 4096), EDGE_KIND_IO, "XDG_CACHE_HOME");
    CHECK((files = opendir(folder)) != NULL);
    while ((entry = readdir(files)) != NULL) unlinkat(dirfd(files), entry->d_name, 0);
    CHECK(closedir(files) == 0 && rmdir(folder) == 0);
    edge_config_free(config);
}

/* Functions are compiled when they are first called, and counted. */
static void lazily(void) {
    edge_config_t *config = edge_config_new(), *kept;
    edge_engine_t *engine;
    edge_module_t *module, *eager = compile();
    size_t total = 7;
    CHECK(edge_config_compile(config) == EDGE_COMPILE_EAGER && edge_config_compile(NULL) == EDGE_COMPILE_EAGER);
    CHECK_ERROR(edge_config_set_compile(config, 2), EDGE_KIND_ARGUMENT_TYPE, "EDGE_COMPILE_*");
    CHECK_OK(edge_config_set_compile(config, EDGE_COMPILE_LAZY));
    CHECK_OK(edge_engine_new(config, &engine));
    kept = edge_engine_config(engine);
    CHECK(edge_config_compile(kept) == EDGE_COMPILE_LAZY);
    CHECK_OK(edge_module_from_text(engine, EDGE_STR(GUEST), &module));
    CHECK(edge_module_compiled_functions(module, &total) <= 1 && total == 1);
    CHECK(add(module, engine) == 42 && edge_module_compiled_functions(module, NULL) == 1);
    CHECK(edge_module_compiled_functions(eager, &total) == 1 && total == 1);
    CHECK(edge_module_compiled_functions(NULL, &total) == 0 && total == 0);
    edge_module_free(eager), edge_module_free(module), edge_engine_free(engine);
    edge_config_free(kept), edge_config_free(config);
}

typedef struct {
    atomic_size_t calls, most, total;
} progress_t;

static void progressed(void *env, size_t done, size_t total) {
    progress_t *progress = env;
    size_t most = atomic_load(&progress->most);
    while (done > most && !atomic_compare_exchange_weak(&progress->most, &most, done)) {}
    atomic_fetch_add(&progress->calls, 1);
    atomic_store(&progress->total, total);
}

static void progress(const char *guest) {
    static uint8_t bytes[8 << 20];
    progress_t seen;
    edge_module_t *module;
    size_t total = 0;
    FILE *file = fopen(guest, "rb");
    CHECK(file != NULL);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    CHECK(fclose(file) == 0 && len < sizeof bytes);
    atomic_init(&seen.calls, 0), atomic_init(&seen.most, 0), atomic_init(&seen.total, 0);
    CHECK_OK(edge_module_new_with_progress(NULL, bytes, len, progressed, &seen, &module));
    CHECK(edge_module_compiled_functions(module, &total) == total && total > 8);
    CHECK(atomic_load(&seen.calls) > 1 && atomic_load(&seen.most) == total && atomic_load(&seen.total) == total);
    edge_module_free(module);
    CHECK_ERROR(edge_module_new_with_progress(NULL, bytes, len, NULL, NULL, &module), EDGE_KIND_ARGUMENT_TYPE, "`progress` is NULL");
    CHECK_ERROR(edge_module_new_with_progress(NULL, bytes, 5, progressed, &seen, &module), EDGE_KIND_MALFORMED, "");
    CHECK(module == NULL);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    alarm(120);
    caches(argv[1]);
    progress(argv[1]);
    lazily();
    bytes();
    other_settings();
    files();
    targets();
    return check_report();
}
