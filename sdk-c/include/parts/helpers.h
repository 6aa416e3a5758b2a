/** An entry of a map. */
struct edge_pair_t {
  /** The key; a string for the fields of a struct. */
  edge_value_t key;
  /** What it leads to. */
  edge_value_t value;
};

#ifdef __cplusplus
extern "C" {
#endif

/* Values in one line. All of them borrow what they are given; none needs to be freed. */

/** Nothing: `()`, `None`. */
static inline edge_value_t edge_null(void) {
    edge_value_t value;
    memset(&value, 0, sizeof value);
    return value;
}

/** A `bool`. */
static inline edge_value_t edge_bool(bool v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_BOOL;
    value.of.boolean = v;
    return value;
}

/** A `int8_t`. */
static inline edge_value_t edge_i8(int8_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I8;
    value.of.i8 = v;
    return value;
}

/** A `int16_t`. */
static inline edge_value_t edge_i16(int16_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I16;
    value.of.i16 = v;
    return value;
}

/** A `int32_t`. */
static inline edge_value_t edge_i32(int32_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I32;
    value.of.i32 = v;
    return value;
}

/** A `int64_t`. */
static inline edge_value_t edge_i64(int64_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_I64;
    value.of.i64 = v;
    return value;
}

/** A `uint8_t`. */
static inline edge_value_t edge_u8(uint8_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U8;
    value.of.u8 = v;
    return value;
}

/** A `uint16_t`. */
static inline edge_value_t edge_u16(uint16_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U16;
    value.of.u16 = v;
    return value;
}

/** A `uint32_t`. */
static inline edge_value_t edge_u32(uint32_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U32;
    value.of.u32 = v;
    return value;
}

/** A `uint64_t`. */
static inline edge_value_t edge_u64(uint64_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_U64;
    value.of.u64 = v;
    return value;
}

/** A `float`. */
static inline edge_value_t edge_f32(float v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_F32;
    value.of.f32 = v;
    return value;
}

/** A `double`. */
static inline edge_value_t edge_f64(double v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_F64;
    value.of.f64 = v;
    return value;
}

/** A Unicode scalar value. */
static inline edge_value_t edge_char(uint32_t v) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_CHAR;
    value.of.character = v;
    return value;
}

/** A text of `len` bytes. */
static inline edge_value_t edge_str_n(const char *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_STRING;
    value.of.string.data = data;
    value.of.string.len = len;
    return value;
}

/** A zero-terminated text. */
static inline edge_value_t edge_str(const char *text) {
    return edge_str_n(text, strlen(text));
}

/** `len` bytes. */
static inline edge_value_t edge_bytes(const uint8_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_BYTES;
    value.of.bytes.data = data;
    value.of.bytes.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i8(const int8_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I8;
    value.of.vec_i8.data = data;
    value.of.vec_i8.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i16(const int16_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I16;
    value.of.vec_i16.data = data;
    value.of.vec_i16.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i32(const int32_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I32;
    value.of.vec_i32.data = data;
    value.of.vec_i32.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_i64(const int64_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_I64;
    value.of.vec_i64.data = data;
    value.of.vec_i64.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_u16(const uint16_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_U16;
    value.of.vec_u16.data = data;
    value.of.vec_u16.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_u32(const uint32_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_U32;
    value.of.vec_u32.data = data;
    value.of.vec_u32.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_u64(const uint64_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_U64;
    value.of.vec_u64.data = data;
    value.of.vec_u64.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_f32(const float *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_F32;
    value.of.vec_f32.data = data;
    value.of.vec_f32.len = len;
    return value;
}

/** `len` numbers. */
static inline edge_value_t edge_vec_f64(const double *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_VEC_F64;
    value.of.vec_f64.data = data;
    value.of.vec_f64.len = len;
    return value;
}

/** `len` values of any sort. */
static inline edge_value_t edge_list(const edge_value_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_LIST;
    value.of.list.data = data;
    value.of.list.len = len;
    return value;
}

/** A tuple of `len` members. */
static inline edge_value_t edge_tuple(const edge_value_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_TUPLE;
    value.of.list.data = data;
    value.of.list.len = len;
    return value;
}

/** `len` pairs: a map, a struct, or one pair from a variant of an enum to its payload. */
static inline edge_value_t edge_map(const edge_pair_t *data, size_t len) {
    edge_value_t value = edge_null();
    value.kind = EDGE_VALUE_MAP;
    value.of.map.data = data;
    value.of.map.len = len;
    return value;
}

/** A pair of a map: the field `key` of a struct. */
static inline edge_pair_t edge_pair(const char *key, edge_value_t v) {
    edge_pair_t pair;
    pair.key = edge_str(key);
    pair.value = v;
    return pair;
}

/** Whether two texts are the same. */
static inline bool edge_view_equal(edge_view_t view, const char *text) {
    return view.len == strlen(text) && (view.len == 0 || memcmp(view.data, text, view.len) == 0);
}

/** The field `key` of a struct, or the value under the string `key` of a map; NULL when there is none. A view into `map`. */
static inline const edge_value_t *edge_map_get(const edge_value_t *map, const char *key) {
    size_t index, len = strlen(key);
    if (map == NULL || map->kind != EDGE_VALUE_MAP) return NULL;
    for (index = 0; index < map->of.map.len; index++) {
        const edge_pair_t *pair = &map->of.map.data[index];
        if (pair->key.kind != EDGE_VALUE_STRING || pair->key.of.string.len != len) continue;
        if (memcmp(pair->key.of.string.data, key, len) == 0) return &pair->value;
    }
    return NULL;
}

/** The core value of a `int32_t`. */
static inline edge_val_t edge_val_i32(int32_t v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_I32;
    value.of.i32 = v;
    return value;
}

/** The core value of a `int64_t`. */
static inline edge_val_t edge_val_i64(int64_t v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_I64;
    value.of.i64 = v;
    return value;
}

/** The core value of a `float`. */
static inline edge_val_t edge_val_f32(float v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_F32;
    value.of.f32 = v;
    return value;
}

/** The core value of a `double`. */
static inline edge_val_t edge_val_f64(double v) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_F64;
    value.of.f64 = v;
    return value;
}

/** The core value of a vector: 16 bytes, lane 0 first, each lane little-endian. */
static inline edge_val_t edge_val_v128(const uint8_t *bytes) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_V128;
    memcpy(value.of.v128, bytes, sizeof value.of.v128);
    return value;
}

/** A reference to a function; NULL is the null reference. Borrowed. */
static inline edge_val_t edge_val_func(edge_func_t *func) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_FUNCREF;
    value.of.func = func;
    return value;
}

/** A reference to an object of the host; NULL is the null reference. Borrowed. */
static inline edge_val_t edge_val_externref(edge_externref_t *externref) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_EXTERNREF;
    value.of.externref = externref;
    return value;
}

/** A reference to an exception; NULL is the null reference. Borrowed. */
static inline edge_val_t edge_val_exnref(edge_exnref_t *exnref) {
    edge_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = EDGE_VALTYPE_EXNREF;
    value.of.exnref = exnref;
    return value;
}

#ifdef __cplusplus
}
#endif
