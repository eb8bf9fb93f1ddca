#include "internal.h"

#ifdef AK_ISA

AK_INLINE void AK(norm_vector)(const ak_norm *t, const float *x, const float *gain, const float *bias, float *out, float *normalized, float *scale, double *moments) {
    const size_t width = t->width;
    double mean, variance;
    AK(mean_variance)(width, x, &mean, &variance);
    // An RMSNorm's mean square from both, so that recorded statistics give the scale to the last bits.
    const double s = sqrt(t->rms ? variance + mean * mean + t->epsilon : variance + t->epsilon), inverse = 1 / s;
    const double taken = t->rms ? 0 : mean;
    if (scale) *scale = (float)s;
    if (moments) { moments[0] = mean; moments[1] = variance; }
    // Rounded to float before gain and bias, so that `out` is the same whether `normalized` is kept or not.
    if (normalized) for (size_t i = 0; i < width; i++) normalized[i] = (float)((x[i] - taken) * inverse);
    if (!out) return;
    for (size_t i = 0; i < width; i++) {
        float n = (float)((x[i] - taken) * inverse);
        if (gain) n *= t->gain_offset + gain[i];
        out[i] = n;
    }
    if (bias) for (size_t i = 0; i < width; i++) out[i] += bias[i];
}

static void AK(norm_rows)(const ak_norm *t, size_t first, size_t last) {
    const ak_norm n = *t;
    for (size_t row = first; row < last; row++)
        for (size_t head = 0; head < n.heads; head++) {
            const size_t i = row * n.heads + head;
            AK(norm_vector)(&n, n.x + row * n.ldx + head * n.width, n.gain ? n.gain + head * n.ld_gain : NULL,
                            n.bias ? n.bias + head * n.ld_gain : NULL, n.out ? n.out + row * n.ldo + head * n.width : NULL,
                            n.normalized ? n.normalized + i * n.width : NULL, n.scale ? n.scale + i : NULL,
                            n.moments ? n.moments + 2 * i : NULL);
        }
}

#else
#define AK_FILE "norm.c"
#include "each_isa.h"

static void norm_body(void *context, size_t i, size_t worker) {
    const ak_norm *t = context;
    const size_t step = ak_rows_per_task(t->heads * t->width);
    (void)worker;
    AK_CALL(norm_rows)(t, i * step, ak_min(t->rows, (i + 1) * step));
}

void ak_normalize(const ak_norm *norm) {
    ak_norm t = *norm;
    ak_parallel(ak_ceil_div(t.rows, ak_rows_per_task(t.heads * t.width)), (double)t.rows * (double)(t.heads * t.width), &t, norm_body);
}
#endif
