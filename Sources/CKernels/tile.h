// A small matrix product with all of its result in registers.
#ifndef ACTREC_KERNELS_TILE_H
#define ACTREC_KERNELS_TILE_H

#include <stdbool.h>
#include <stddef.h>

/// The largest tile: with sixteen floats a register, 12 x 32 of them fill 24 of AVX-512's 32 registers, and each
/// value that is loaded is used twelve times, or twice when it is broadcast.
enum { ak_tile_rows = 12, ak_tile_columns = 32 };

/// c = a · b, or c += a · b when `add`. a: [rows, depth], rows <= ak_tile_rows; b: [depth, ak_tile_columns], without gaps; c: [rows, ak_tile_columns].
/// A row's sums run over the depth in order, whatever the other rows: its bits do not depend on them.
void ak_tile(size_t rows, size_t depth, const float *a, size_t lda, const float *b, float *c, size_t ldc, bool add);

#endif
