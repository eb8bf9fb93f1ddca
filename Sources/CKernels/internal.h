#ifndef ACTREC_KERNELS_INTERNAL_H
#define ACTREC_KERNELS_INTERNAL_H

#include "CKernels.h"
#include <math.h>
#include <string.h>

// One copy of a loop for each instruction set, the choice made when the program starts.
#if defined(__x86_64__) && defined(__linux__)
#define AK_MULTIVERSION __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define AK_MULTIVERSION
#endif

// Always sixteen floats and eight doubles, whatever the register width: the order of additions, and so
// the result, does not depend on the machine's vectors.
typedef float f32x8 __attribute__((vector_size(32), aligned(4)));
typedef double f64x8 __attribute__((vector_size(64), aligned(8)));

#define AK_WIDEN(pointer) __builtin_convertvector(*(const f32x8 *)(pointer), f64x8)

static inline double ak_sum8(const f64x8 *v) {
    const double *d = (const double *)v;
    return ((d[0] + d[4]) + (d[2] + d[6])) + ((d[1] + d[5]) + (d[3] + d[7]));
}

/// The mean of x, and its centred sum of squares over width, in two passes.
static inline __attribute__((always_inline)) void ak_mean_variance(size_t width, const float *x, double *mean, double *variance) {
    f64x8 sums = {0}, squares = {0};
    size_t i = 0;
    double tail = 0;
    for (; i + 8 <= width; i += 8) sums += AK_WIDEN(x + i);
    for (; i < width; i++) tail += x[i];
    double m = (ak_sum8(&sums) + tail) / (double)width;
    tail = 0;
    for (i = 0; i + 8 <= width; i += 8) { f64x8 d = AK_WIDEN(x + i) - m; squares += d * d; }
    for (; i < width; i++) { double d = x[i] - m; tail += d * d; }
    *mean = m;
    *variance = (ak_sum8(&squares) + tail) / (double)width;
}

/// Rows a task takes: enough work to pay for handing it out.
static inline size_t ak_rows_per_task(size_t width) {
    size_t rows = 16384 / (width ? width : 1);
    return rows ? rows : 1;
}

static inline size_t ak_min(size_t a, size_t b) { return a < b ? a : b; }

#endif
