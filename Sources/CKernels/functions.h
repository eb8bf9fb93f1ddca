// exp, erf, tanh and the activation functions made of them, in float32; exp and log in double precision. Our own, since
// the C library's differ in the last bit between systems and processors. Included once for each instruction set.
// Polynomials: Taylor's where the name of the function's series is said, else least-maximum fits of relative error.
#ifdef AK_ISA

#define AK_HORNER(p, x, c) p = AK(fma)(p, x, AK(splat)(c))

/// e^x within 1 unit in the last place: e^x = 2^n e^r with r = x - n ln 2, |r| <= ln 2 / 2, and e^r by Taylor's polynomial of
/// degree 7. Underflows to 0, overflows to infinity, keeps NaN.
AK_INLINE f32x16 AK(exp)(f32x16 x) {
    x = AK_SELECT(x > 89.0f, AK(splat)(89.0f), x); // a comparison that is false for NaN lets NaN through
    x = AK_SELECT(x < -104.0f, AK(splat)(-104.0f), x);
    const f32x16 magic = AK(splat)(12582912.0f); // 1.5 * 2^23: adding it rounds to the nearest whole number
    const f32x16 n = AK(fma)(x, AK(splat)(1.44269504088896341f), magic) - magic;
    f32x16 r = AK(fma)(n, AK(splat)(-0.693359375f), x); // ln 2 in two parts
    r = AK(fma)(n, AK(splat)(2.12194440e-4f), r);
    f32x16 p = AK(splat)(1.9841269841e-4f);
    AK_HORNER(p, r, 1.3888888889e-3f);
    AK_HORNER(p, r, 8.3333333333e-3f);
    AK_HORNER(p, r, 4.1666666667e-2f);
    AK_HORNER(p, r, 1.6666666667e-1f);
    AK_HORNER(p, r, 0.5f);
    AK_HORNER(p, r, 1.0f);
    AK_HORNER(p, r, 1.0f);
#if defined(AK_WIDE)
    return (f32x16)_mm512_scalef_ps((__m512)p, (__m512)n); // p 2^n, rounded once
#else
    // 2^n in two factors: one alone would leave the exponent's range at both ends. Only the second product rounds.
    const i32x16 k = __builtin_convertvector(AK_SELECT(n == n, n, AK(splat)(0)), i32x16), half = k >> 1;
    return p * (f32x16)((half + 127) << 23) * (f32x16)((k - half + 127) << 23);
#endif
}

/// erf within 2 units in the last place: x + x P(x²) near zero; beyond, 1 - exp(t Q(t) - t), t = |x|.
AK_INLINE f32x16 AK(erf)(f32x16 x) {
    const i32x16 sign = (i32x16)x & (int32_t)0x80000000;
    f32x16 t = (f32x16)((i32x16)x ^ sign);
    const f32x16 s = t * t;
    f32x16 p = AK(splat)(8.267458906630054e-05f);
    AK_HORNER(p, s, -8.118074620142579e-04f);
    AK_HORNER(p, s, 5.198829807341099e-03f);
    AK_HORNER(p, s, -2.685849741101265e-02f);
    AK_HORNER(p, s, 1.128367930650711e-01f);
    AK_HORNER(p, s, -3.761263191699982e-01f);
    AK_HORNER(p, s, 1.283791661262512e-01f);
    const f32x16 near = AK(fma)(p, t, t);
    const i32x16 is_near = t < 0.9375f;
    t = AK_SELECT(t > 4.0f, AK(splat)(4.0f), t); // from 3.92 on it is 1 in float32
    f32x16 q = AK(splat)(-1.1890573659911752e-05f);
    AK_HORNER(q, t, 3.294228226877749e-04f);
    AK_HORNER(q, t, -3.6694612354040146e-03f);
    AK_HORNER(q, t, 2.381937764585018e-02f);
    AK_HORNER(q, t, -1.0630367696285248e-01f);
    AK_HORNER(q, t, -6.351107358932495e-01f);
    AK_HORNER(q, t, -1.2865851819515228e-01f);
    const f32x16 far = 1.0f - AK(exp)(AK(fma)(q, t, -t));
    return (f32x16)((i32x16)AK_SELECT(is_near, near, far) | sign);
}

/// tanh within 2 units in the last place: x + x³ P(x²) near zero; beyond, 1 - 2 / (e^2t + 1), t = |x|.
AK_INLINE f32x16 AK(tanh)(f32x16 x) {
    const i32x16 sign = (i32x16)x & (int32_t)0x80000000;
    const f32x16 t = (f32x16)((i32x16)x ^ sign), s = t * t;
    f32x16 p = AK(splat)(-5.704978480935097e-03f);
    AK_HORNER(p, s, 2.0639078691601753e-02f);
    AK_HORNER(p, s, -5.373971164226532e-02f);
    AK_HORNER(p, s, 1.3331441581249237e-01f);
    AK_HORNER(p, s, -3.333328068256378e-01f);
    const f32x16 near = AK(fma)(p * s, t, t), far = 1.0f - 2.0f / (AK(exp)(t + t) + 1.0f);
    return (f32x16)((i32x16)AK_SELECT(t < 0.625f, near, far) | sign);
}

/// f(x) for sixteen numbers; `function` is a constant where this is inlined.
AK_INLINE f32x16 AK(activation)(ak_activation function, f32x16 x) {
    switch (function) {
    case ak_identity: break;
    case ak_gelu_tanh: // tanh u = 1 - 2 / (e^2u + 1), so x/2 (1 + tanh u) = x / (1 + e^-2u)
        return x / (1.0f + AK(exp)(-2.0f * (0.7978845608028654f * (x + 0.044715f * x * x * x))));
    case ak_gelu_erf: return 0.5f * x * (1.0f + AK(erf)(x * 0.7071067811865476f));
    case ak_gelu_quick: return x / (1.0f + AK(exp)(-1.702f * x));
    case ak_relu: return AK_SELECT(x < 0.0f, AK(splat)(0), x); // NaN stays
    case ak_relu_squared: x = AK_SELECT(x < 0.0f, AK(splat)(0), x); return x * x;
    case ak_silu: return x / (1.0f + AK(exp)(-x));
    case ak_tanh: return AK(tanh)(x);
    }
    return x;
}

#define AK_EACH_ACTIVATION(F) \
    F(ak_identity) F(ak_gelu_tanh) F(ak_gelu_erf) F(ak_gelu_quick) F(ak_relu) F(ak_relu_squared) F(ak_silu) F(ak_tanh)

/// e^x in double precision within 1.1 units in the last place, for x <= 0 down to -708, below which it is 0; NaN stays.
/// As above, Taylor's polynomial of degree 13.
AK_INLINE f64x8 AK(exp64)(f64x8 x) {
    const double magic = 6755399441055744.0; // 1.5 * 2^52
    const i64x8 tiny = x < -708.0;
    const f64x8 c = (f64x8)((i64x8)x & ~tiny), n = (c * 1.4426950408889634074 + magic) - magic;
    const f64x8 r = (c - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45; // the first part of ln 2 has 42 bits
    f64x8 p = (f64x8){0} + 1.0 / 6227020800.0;
    static const double inverse_factorials[] = {1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                                                1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1};
    AK_UNROLL for (int i = 0; i < 13; i++) p = p * r + inverse_factorials[i];
    const i64x8 exponent = ((i64x8)(n + magic) - 0x4338000000000000) + 1023; // n is in the low bits of n + magic
    return (f64x8)((i64x8)(p * (f64x8)(exponent << 52)) & ~tiny);
}

/// ln x in double precision within 2 units in the last place, for normal x > 0. ln x = e ln 2 + ln m with m in
/// [1/√2, √2), and ln m = 2 artanh s, s = (m - 1)/(m + 1), by its series.
AK_INLINE f64x8 AK(log64)(f64x8 x) {
    const i64x8 bits = (i64x8)x - 0x3fe6a09e667f3bcd, exponent = bits >> 52; // of x/√½
    const f64x8 m = (f64x8)((bits & 0xfffffffffffff) + 0x3fe6a09e667f3bcd);
    const f64x8 e = (f64x8)(exponent + 0x4338000000000000) - 6755399441055744.0;
    const f64x8 f = m - 1, s = f / (m + 1), z = s * s;
    f64x8 p = (f64x8){0} + 2.0 / 23;
    AK_UNROLL for (int i = 21; i >= 3; i -= 2) p = p * z + 2.0 / i;
    // ln m = 2s + s z p = f - (f - z p) s, since 2s = f - f s: the larger term is exact.
    const f64x8 small = e * 0x1.ef35793c76730p-45 - (f - z * p) * s;
    return e * 0x1.62e42fefa3800p-1 + (f + small);
}
#endif
