// exp and erf in float32, written so that a loop over them becomes vector code.
#ifndef ACTREC_KERNELS_EXP_H
#define ACTREC_KERNELS_EXP_H

#include "internal.h"

/// e^x within 2 units in the last place. e^x = 2^n e^r with r = x - n ln 2, |r| <= ln 2 / 2, and
/// e^r by its Taylor polynomial of degree 7. Underflows to 0, overflows to infinity, keeps NaN.
static inline __attribute__((always_inline)) float ak_exp(float x) {
    // Clamped so that n stays in range; a comparison that is false for NaN lets NaN through.
    float c = x > 89.0f ? 89.0f : x < -104.0f ? -104.0f : x;
    float n = (c * 1.44269504088896341f + 12582912.0f) - 12582912.0f; // round to nearest by adding 1.5 * 2^23
    float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;            // ln 2 in two parts
    float p = 1.9841269841e-4f;
    p = p * r + 1.3888888889e-3f;
    p = p * r + 8.3333333333e-3f;
    p = p * r + 4.1666666667e-2f;
    p = p * r + 1.6666666667e-1f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    // 2^n in two factors: one alone would leave the exponent range at both ends.
    int32_t k = n == n ? (int32_t)n : 0, half = k / 2;
    union { int32_t i; float f; } a = {.i = (half + 127) << 23}, b = {.i = (k - half + 127) << 23};
    return p * a.f * b.f;
}

/// erf by Abramowitz & Stegun 7.1.26: absolute error under 1.5e-7... for |x| large; for |x| < 0.84375 the
/// odd Taylor series, which keeps the relative error small where erf is near 0.
static inline __attribute__((always_inline)) float ak_erf(float x) {
    float a = x < 0 ? -x : x;
    float t = 1 / (1 + 0.3275911f * a);
    float poly = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
    float large = 1 - poly * ak_exp(-a * a);
    float s = a * a;
    float series = a * 1.1283791670955126f *
        (1 + s * (-3.3333333333e-1f + s * (1e-1f + s * (-2.3809523810e-2f + s * (4.6296296296e-3f +
        s * (-7.5757575758e-4f + s * (1.0683760684e-4f + s * -1.3227513228e-5f)))))));
    float y = a < 0.84375f ? series : large;
    return x < 0 ? -y : y;
}

#endif
