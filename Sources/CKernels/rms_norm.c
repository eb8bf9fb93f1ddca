#include "internal.h"

typedef struct {
    size_t rows, width, ldx, step;
    const float *x, *gain;
    double epsilon;
    float *out, *normalized, *scale;
    double *moments;
} rms_task;

AK_MULTIVERSION
static void rms_rows(const rms_task *t, size_t first, size_t last) {
    const size_t width = t->width;
    for (size_t row = first; row < last; row++) {
        const float *x = t->x + row * t->ldx;
        double mean, variance;
        // The mean square from both, so that recorded statistics give the scale to the last bits.
        ak_mean_variance(width, x, &mean, &variance);
        const double scale = sqrt(variance + mean * mean + t->epsilon), inverse = 1 / scale;
        if (t->scale) t->scale[row] = (float)scale;
        if (t->moments) { t->moments[2 * row] = mean; t->moments[2 * row + 1] = variance; }
        // Rounded to float before the gain, so that `out` is the same whether `normalized` is kept or not.
        if (t->normalized) {
            float *n = t->normalized + row * width;
            for (size_t i = 0; i < width; i++) n[i] = (float)(x[i] * inverse);
        }
        if (t->out) {
            float *y = t->out + row * width;
            for (size_t i = 0; i < width; i++) y[i] = (float)(x[i] * inverse) * t->gain[i];
        }
    }
}

static void rms_body(void *context, size_t i) {
    const rms_task *t = context;
    rms_rows(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

void ak_rms_norm(size_t rows, size_t width, const float *x, size_t ldx, const float *gain, double epsilon,
                 float *out, float *normalized, float *scale, double *moments) {
    rms_task t = {rows, width, ldx, ak_rows_per_task(width), x, gain, epsilon, out, normalized, scale, moments};
    ak_parallel((rows + t.step - 1) / t.step, &t, rms_body);
}
