#include "tile.h"
#include "internal.h"


typedef float f32x16 __attribute__((vector_size(64), aligned(4)));

/// `rows` and `vectors` are constants where this is inlined, so that the sums stay in registers.
static inline __attribute__((always_inline)) void tile(
    int rows, int vectors, size_t depth, const float *a, size_t lda, const float *b, float *c, size_t ldc, bool add) {
    f32x16 sums[ak_tile_rows][2];
    AK_UNROLL for (int r = 0; r < rows; r++)
        AK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = add ? *(f32x16 *)(c + (size_t)r * ldc + 16 * v) : (f32x16){0};
    for (size_t i = 0; i < depth; i++, b += ak_tile_columns) {
        f32x16 row[2];
        AK_UNROLL for (int v = 0; v < vectors; v++) row[v] = *(const f32x16 *)(b + 16 * v);
        AK_UNROLL for (int r = 0; r < rows; r++) {
            const float x = a[(size_t)r * lda + i];
            AK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += row[v] * x;
        }
    }
    AK_UNROLL for (int r = 0; r < rows; r++)
        AK_UNROLL for (int v = 0; v < vectors; v++) *(f32x16 *)(c + (size_t)r * ldc + 16 * v) = sums[r][v];
}

// Any number of rows out of a few constant ones; `half` when the registers hold only half of the columns at a time.
#define ROWS(n, half) \
    while (rows >= n) { \
        if (half) { tile(n, 1, depth, a, lda, b, c, ldc, add); tile(n, 1, depth, a, lda, b + 16, c + 16, ldc, add); } \
        else tile(n, 2, depth, a, lda, b, c, ldc, add); \
        a += (size_t)n * lda; c += (size_t)n * ldc; rows -= n; \
    }

#if defined(__x86_64__)
__attribute__((target("avx512f")))
static void tile_avx512(size_t rows, size_t depth, const float *a, size_t lda, const float *b, float *c, size_t ldc, bool add) {
    ROWS(12, 0) ROWS(8, 0) ROWS(4, 0) ROWS(2, 0) ROWS(1, 0)
}

__attribute__((target("avx2,fma")))
static void tile_avx2(size_t rows, size_t depth, const float *a, size_t lda, const float *b, float *c, size_t ldc, bool add) {
    ROWS(6, 1) ROWS(4, 1) ROWS(2, 1) ROWS(1, 1)
}
#endif

static void tile_plain(size_t rows, size_t depth, const float *a, size_t lda, const float *b, float *c, size_t ldc, bool add) {
    ROWS(4, 1) ROWS(2, 1) ROWS(1, 1)
}

void ak_tile(size_t rows, size_t depth, const float *a, size_t lda, const float *b, float *c, size_t ldc, bool add) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return tile_avx512(rows, depth, a, lda, b, c, ldc, add);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return tile_avx2(rows, depth, a, lda, b, c, ldc, add);
#endif
    tile_plain(rows, depth, a, lda, b, c, ldc, add);
}
