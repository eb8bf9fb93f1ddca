// Vectors of sixteen floats and eight doubles, whatever the width of the processor's registers: the order of a sum's
// additions, and so its bits, then depends on no machine. Part of the files that each_isa.h includes.
#ifndef ACTREC_KERNELS_VECTORS_H
#define ACTREC_KERNELS_VECTORS_H

#include "internal.h"
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpsabi" // every function that takes a vector is inlined: there is no call to disagree on
#endif
#if defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float f32x16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef float f32x8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef double f64x8 __attribute__((vector_size(64), aligned(8), may_alias));
typedef int32_t i32x16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t u16x16 __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint32_t u32x16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int64_t i64x8 __attribute__((vector_size(64), aligned(8), may_alias));

enum { ak_lanes = 8, ak_step = 4 * ak_lanes }; // of a row's sums: four accumulators of eight doubles

#define AK_LOAD16(pointer) (*(const f32x16 *)(pointer))
#define AK_WIDEN(pointer) __builtin_convertvector(*(const f32x8 *)(pointer), f64x8)
#define AK_WIDEN_LOW(v) __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7), f64x8)
#define AK_WIDEN_HIGH(v) __builtin_convertvector(__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15), f64x8)
#define AK_SELECT(mask, a, b) ((__typeof__(a))(((i32x16)(a) & (mask)) | ((i32x16)(b) & ~(mask))))

#endif

// One copy for each instruction set from here on.
#ifdef AK_ISA

AK_INLINE f32x16 AK(splat)(float x) { return (f32x16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

/// The first n of sixteen, beside zeros.
AK_INLINE f32x16 AK(load)(const float *x, size_t n) {
    if (n >= 16) return AK_LOAD16(x);
#if defined(AK_WIDE)
    return (f32x16)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), x);
#else
    f32x16 v = {0};
    memcpy(&v, x, n * sizeof(float));
    return v;
#endif
}
AK_INLINE void AK(store)(float *x, f32x16 v, size_t n) {
    if (n >= 16) *(f32x16 *)x = v;
#if defined(AK_WIDE)
    else _mm512_mask_storeu_ps(x, (__mmask16)((1u << n) - 1), (__m512)v);
#else
    else memcpy(x, &v, n * sizeof(float));
#endif
}

#if defined(__aarch64__)
AK_INLINE f32x16 AK(fma)(f32x16 a, f32x16 b, f32x16 c) {
    union { f32x16 all; float32x4_t part[4]; } x = {a}, y = {b}, z = {c};
    AK_UNROLL for (int i = 0; i < 4; i++) z.part[i] = vfmaq_f32(z.part[i], x.part[i], y.part[i]);
    return z.all;
}
AK_INLINE f64x8 AK(fma64)(f64x8 a, f64x8 b, f64x8 c) {
    union { f64x8 all; float64x2_t part[4]; } x = {a}, y = {b}, z = {c};
    AK_UNROLL for (int i = 0; i < 4; i++) z.part[i] = vfmaq_f64(z.part[i], x.part[i], y.part[i]);
    return z.all;
}
#elif defined(AK_HAS_FMA)
AK_INLINE f32x16 AK(fma)(f32x16 a, f32x16 b, f32x16 c) { return __builtin_elementwise_fma(a, b, c); }
AK_INLINE f64x8 AK(fma64)(f64x8 a, f64x8 b, f64x8 c) { return __builtin_elementwise_fma(a, b, c); }
#else
/// Fused multiply-add without the instruction: the product is exact in double precision; of the sum, rounded to odd (Boldo &
/// Melquiond 2008), the second rounding is the only one.
AK_INLINE f32x8 AK(fma_in_double)(f32x8 a, f32x8 b, f32x8 c) {
    const f64x8 product = __builtin_convertvector(a, f64x8) * __builtin_convertvector(b, f64x8), addend = __builtin_convertvector(c, f64x8);
    const f64x8 sum = product + addend, taken = sum - product;
    const f64x8 rest = (product - (sum - taken)) + (addend - taken); // what rounding the sum lost (Knuth's two-sum)
    const i64x8 bits = (i64x8)sum, inexact = (rest > 0) | (rest < 0), even = (bits & 1) - 1;
    const i64x8 away = ((rest > 0) == (sum > 0)) & 1; // the next value lies farther from zero: one more, else one less
    const i64x8 odd = bits + (inexact & even & (2 * away - 1));
    return __builtin_convertvector((f64x8)odd, f32x8);
}
AK_INLINE f32x16 AK(fma)(f32x16 a, f32x16 b, f32x16 c) {
    union { f32x16 all; f32x8 half[2]; } x = {a}, y = {b}, z = {c};
    for (int i = 0; i < 2; i++) z.half[i] = AK(fma_in_double)(x.half[i], y.half[i], z.half[i]);
    return z.all;
}
AK_INLINE f64x8 AK(fma64)(f64x8 a, f64x8 b, f64x8 c) {
    for (int i = 0; i < ak_lanes; i++) c[i] = fma(a[i], b[i], c[i]);
    return c;
}
#endif

/// IEEE 754 binary16. Shifted into a float's fields the exponent is 112 too small, which a product mends for subnormal numbers too.
AK_INLINE f32x16 AK(from_f16)(u16x16 h) {
    const u32x16 bits = __builtin_convertvector(h, u32x16), magnitude = bits & 0x7fff;
    const f32x16 finite = (f32x16)(magnitude << 13) * 0x1p112f;
    const u32x16 special = (u32x16)(magnitude >= 0x7c00) & 0x7f800000; // infinity and NaN
    return (f32x16)((u32x16)finite | special | (bits & 0x8000) << 16);
}

/// bfloat16 is the upper half of a float.
AK_INLINE f32x16 AK(from_bf16)(u16x16 h) { return (f32x16)(__builtin_convertvector(h, u32x16) << 16); }

AK_INLINE double AK(sum8)(f64x8 v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }
AK_INLINE double AK(sum32)(const f64x8 *v) { return AK(sum8)((v[0] + v[1]) + (v[2] + v[3])); }

/// The mean of x and its population variance, in two passes: four accumulators of eight lanes, then the tail in order.
AK_INLINE void AK(mean_variance)(size_t width, const float *x, double *mean, double *variance) {
    f64x8 sums[4] = {0}, squares[4] = {0};
    size_t i = 0;
    double tail = 0;
    for (; i + ak_step <= width; i += ak_step) AK_UNROLL for (int j = 0; j < 4; j++) sums[j] += AK_WIDEN(x + i + ak_lanes * j);
    for (; i < width; i++) tail += x[i];
    const double m = (AK(sum32)(sums) + tail) / (double)width;
    tail = 0;
    for (i = 0; i + ak_step <= width; i += ak_step)
        AK_UNROLL for (int j = 0; j < 4; j++) { const f64x8 d = AK_WIDEN(x + i + ak_lanes * j) - m; squares[j] += d * d; }
    for (; i < width; i++) { const double d = x[i] - m; tail += d * d; }
    *mean = m;
    *variance = (AK(sum32)(squares) + tail) / (double)width;
}
#endif
