// The inner loop of every product: a few rows of A times a panel of B, the sums in registers; and what lays panels out.
// Included by product.c and attention.c once for each instruction set.

#ifndef AK_TILE_END
#define AK_TILE_END
typedef enum { ak_tile_store, ak_tile_add, ak_tile_go_on } ak_tile_end;

/// What is read after a tile's panel. Each of the tile's steps brings `step` bytes of it nearer: memory is at work while sums are made,
/// also where several tiles read the same panel and only the first of them finds it far away.
typedef struct { const char *bytes; size_t step; } ak_next;
#endif

#ifdef AK_ISA

// Rows of the largest tile, and vectors of sixteen columns: as many sums as the registers hold beside what they are made of.
// 24 of AVX-512's 32 registers; 12 of AVX2's 16, two of them a vector; 24 of NEON's 32, four of them a vector.
#if defined(AK_WIDE)
enum { AK(tile_rows) = 12, AK(tile_vectors) = 2 };
#elif defined(AK_HAS_FMA) || defined(__aarch64__)
enum { AK(tile_rows) = 6, AK(tile_vectors) = 1 };
#else
enum { AK(tile_rows) = 2, AK(tile_vectors) = 1 };
#endif
enum { AK(panel) = 16 * AK(tile_vectors) };

/// c = a · b, each element a chain of fused multiply-adds over `depth` in order: from zero to c, from zero and added to c, or
/// going on from what is in c.
/// a: [rows, depth], its rows lda apart; b: [depth, panel] of `format`: f32, f16 or bf16; c: [rows, panel], its rows
/// ldc apart. `rows` and `format` are constants where this is inlined.
AK_INLINE void AK(tile_of)(int rows, ak_format format, size_t depth, const float *a, size_t lda, const void *b, float *c, size_t ldc, ak_tile_end end, ak_next next) {
    f32x16 sums[AK(tile_rows)][AK(tile_vectors)];
    AK_UNROLL for (int r = 0; r < rows; r++) AK_UNROLL for (int v = 0; v < AK(tile_vectors); v++)
        sums[r][v] = end == ak_tile_go_on ? AK_LOAD16(c + (size_t)r * ldc + 16 * v) : (f32x16){0};
    for (size_t i = 0; i < depth; i++) {
        f32x16 row[AK(tile_vectors)];
        AK_UNROLL for (int v = 0; v < AK(tile_vectors); v++) {
            const size_t at = i * AK(panel) + 16 * v;
            if (format == ak_f32) row[v] = AK_LOAD16((const float *)b + at);
            else {
                const u16x16 h = *(const u16x16 *)((const uint16_t *)b + at);
                row[v] = format == ak_bf16 ? AK(from_bf16)(h) : AK(from_f16)(h);
            }
            __builtin_prefetch(next.bytes + i * next.step + 64 * v);
        }
        AK_UNROLL for (int r = 0; r < rows; r++) {
            const f32x16 x = AK(splat)(a[(size_t)r * lda + i]);
            AK_UNROLL for (int v = 0; v < AK(tile_vectors); v++) sums[r][v] = AK(fma)(x, row[v], sums[r][v]);
        }
    }
    AK_UNROLL for (int r = 0; r < rows; r++)
        AK_UNROLL for (int v = 0; v < AK(tile_vectors); v++) {
            f32x16 *to = (f32x16 *)(c + (size_t)r * ldc + 16 * v);
            if (end == ak_tile_add) sums[r][v] = *to + sums[r][v];
            *to = sums[r][v];
        }
}

/// The same for any number of rows up to tile_rows.
AK_INLINE void AK(tile_rows_of)(size_t rows, ak_format format, size_t depth, const float *a, size_t lda, const void *b, float *c, size_t ldc, ak_tile_end end, ak_next next) {
    switch (rows) {
#define AK_ROWS(n) case n: AK(tile_of)(n, format, depth, a, lda, b, c, ldc, end, next); break;
    AK_ROWS(1) AK_ROWS(2)
#if defined(AK_HAS_FMA) || defined(__aarch64__)
    AK_ROWS(3) AK_ROWS(4) AK_ROWS(5) AK_ROWS(6)
#endif
#if defined(AK_WIDE)
    AK_ROWS(7) AK_ROWS(8) AK_ROWS(9) AK_ROWS(10) AK_ROWS(11) AK_ROWS(12)
#endif
#undef AK_ROWS
    }
}

static void AK(tile)(size_t rows, ak_format format, size_t depth, const float *a, size_t lda, const void *b, float *c, size_t ldc, ak_tile_end end, ak_next next) {
    if (format == ak_f32) AK(tile_rows_of)(rows, ak_f32, depth, a, lda, b, c, ldc, end, next);
    else if (format == ak_f16) AK(tile_rows_of)(rows, ak_f16, depth, a, lda, b, c, ldc, end, next);
    else AK(tile_rows_of)(rows, ak_bf16, depth, a, lda, b, c, ldc, end, next);
}

/// Eight rows of eight become columns: element j of row i goes to to[j · to_ld + i].
AK_INLINE void AK(transpose8)(const float *from, size_t ld, float *to, size_t to_ld) {
    f32x8 a[8], b[8];
    AK_UNROLL for (int i = 0; i < 8; i++) a[i] = *(const f32x8 *)(from + (size_t)i * ld);
    AK_UNROLL for (int i = 0; i < 8; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    AK_UNROLL for (int i = 0; i < 8; i += 4) AK_UNROLL for (int j = 0; j < 2; j++) {
        a[i + j] = __builtin_shufflevector(b[i + j], b[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        a[i + j + 2] = __builtin_shufflevector(b[i + j], b[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    AK_UNROLL for (int j = 0; j < 4; j++) {
        *(f32x8 *)(to + (size_t)j * to_ld) = __builtin_shufflevector(a[j], a[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(f32x8 *)(to + (size_t)(j + 4) * to_ld) = __builtin_shufflevector(a[j], a[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}
#endif
