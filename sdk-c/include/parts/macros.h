/** The version of this header; edge_version() tells that of the library. */
#define EDGE_HEADER_VERSION "0.1.0"

/** A zero-terminated string as the two arguments that functions take for a text. */
#define EDGE_STR(s) (s), strlen(s)

#if defined(__GNUC__)
#define EDGE_ALIGNED(n) __attribute__((aligned(n)))
#elif defined(_MSC_VER)
#define EDGE_ALIGNED(n) __declspec(align(n))
#else
#define EDGE_ALIGNED(n) _Alignas(n)
#endif

/** An entry of a map; declared here since it holds values and they point to it. */
typedef struct edge_pair_t edge_pair_t;
