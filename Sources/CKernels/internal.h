#ifndef ACTREC_KERNELS_INTERNAL_H
#define ACTREC_KERNELS_INTERNAL_H

#include "CKernels.h"
#include <math.h>
#include <string.h>

// One copy of a loop for each instruction set, the choice made when the program starts: before the thread sanitizer is there,
// which crashes in it.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
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

// Sums of a row: four accumulators, so that an addition need not wait for the one before it, and a tail.
#define AK_UNROLL _Pragma("clang loop unroll(full)")
#define AK_LANES 8
#define AK_STEP (4 * AK_LANES)

static inline __attribute__((always_inline)) double ak_sum32(const f64x8 *v) {
    const f64x8 sum = (v[0] + v[1]) + (v[2] + v[3]);
    return ak_sum8(&sum);
}

/// The mean of x, and its centred sum of squares over width, in two passes.
static inline __attribute__((always_inline)) void ak_mean_variance(size_t width, const float *x, double *mean, double *variance) {
    f64x8 sums[4] = {0}, squares[4] = {0};
    size_t i = 0;
    double tail = 0;
    for (; i + AK_STEP <= width; i += AK_STEP) AK_UNROLL for (int j = 0; j < 4; j++) sums[j] += AK_WIDEN(x + i + AK_LANES * j);
    for (; i < width; i++) tail += x[i];
    const double m = (ak_sum32(sums) + tail) / (double)width;
    tail = 0;
    for (i = 0; i + AK_STEP <= width; i += AK_STEP)
        AK_UNROLL for (int j = 0; j < 4; j++) { const f64x8 d = AK_WIDEN(x + i + AK_LANES * j) - m; squares[j] += d * d; }
    for (; i < width; i++) { const double d = x[i] - m; tail += d * d; }
    *mean = m;
    *variance = (ak_sum32(squares) + tail) / (double)width;
}

/// Rows a task takes: enough work to pay for handing it out.
static inline size_t ak_rows_per_task(size_t width) {
    size_t rows = 16384 / (width ? width : 1);
    return rows ? rows : 1;
}

static inline size_t ak_min(size_t a, size_t b) { return a < b ? a : b; }

/// Attention with what is not in the fast path: a window, a cap, ALiBi.
int ak_attention_general(const ak_attention_arguments *arguments);

#endif
