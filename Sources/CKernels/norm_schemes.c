#include "internal.h"
#include <stdlib.h>

// Other ways to normalize than LayerNorm's, for comparison. Each gets its means and scales from somewhere else; what is
// then done with them is the same, and is written once.

typedef struct {
    const ak_norm_scheme_arguments *a;
    double *means, *scales; // [sequences, width] by feature, [sequences] else
} scheme_task;

/// What to divide by, without epsilon and the root: RMSNorm does not take the mean away before it squares.
static double spread(const ak_norm_scheme_arguments *a, double mean, double variance) {
    return a->rms ? variance + mean * mean : variance;
}

static size_t length(const ak_norm_scheme_arguments *a, size_t sequence) { return a->starts[sequence + 1] - a->starts[sequence]; }

/// Mean and variance of every feature over the positions of one sequence.
static void feature_moments(const scheme_task *t, size_t sequence) {
    const ak_norm_scheme_arguments *a = t->a;
    double *mean = t->means + sequence * a->width, *m2 = t->scales + sequence * a->width;
    ak_column_moments(length(a, sequence), a->width, a->x + a->starts[sequence] * a->width, a->width, 0, mean, m2);
    for (size_t i = 0; i < a->width; i++) {
        const double variance = m2[i] / (double)length(a, sequence);
        if (a->moments) { a->moments[2 * (sequence * a->width + i)] = mean[i]; a->moments[2 * (sequence * a->width + i) + 1] = variance; }
        m2[i] = sqrt(spread(a, mean[i], variance) + a->epsilon);
    }
}

/// One mean and variance of all values of one sequence.
static void sequence_moments(const scheme_task *t, size_t sequence) {
    const ak_norm_scheme_arguments *a = t->a;
    double moments[2];
    ak_row_mean_variance(1, 1, length(a, sequence) * a->width, a->x + a->starts[sequence] * a->width, 0, moments, 2, 2);
    if (a->moments) memcpy(a->moments + 2 * sequence, moments, sizeof moments);
    t->means[sequence] = moments[0];
    t->scales[sequence] = sqrt(spread(a, moments[0], moments[1]) + a->epsilon);
}

/// normalized = (x - mean) / scale, by whatever the scheme says they are for this row and feature.
static void apply(const scheme_task *t, size_t sequence, size_t row) {
    const ak_norm_scheme_arguments *a = t->a;
    const float *x = a->x + row * a->width;
    float *out = a->out + row * a->width, *normalized = a->normalized ? a->normalized + row * a->width : NULL;
    double moments[2] = {0, 0}, mean = 0, scale = 1;
    switch (a->scheme) {
    case ak_norm_feature: break;
    case ak_norm_sequence: mean = t->means[sequence]; scale = t->scales[sequence]; break;
    case ak_norm_frozen:
        if (!a->rms) {
            ak_row_mean_variance(1, 1, a->width, x, 0, moments, 2, 2);
            mean = moments[0];
            if (a->moments) a->moments[2 * row] = mean;
        }
        scale = a->frozen_scales[row == a->starts[sequence] ? 0 : 1];
        break;
    case ak_norm_none: break;
    }
    for (size_t i = 0; i < a->width; i++) {
        if (a->scheme == ak_norm_feature) {
            mean = t->means[sequence * a->width + i];
            scale = t->scales[sequence * a->width + i];
        }
        const float n = (float)((a->rms ? x[i] : x[i] - mean) / scale);
        if (normalized) normalized[i] = n;
        out[i] = a->gain ? n * (a->gain_offset + a->gain[i]) : n;
        if (a->bias) out[i] += a->bias[i];
    }
    if (a->scale) a->scale[row] = a->scheme == ak_norm_feature ? NAN : (float)scale;
}

static void apply_body(void *context, size_t sequence, size_t worker) {
    const scheme_task *t = context;
    (void)worker;
    for (size_t row = t->a->starts[sequence]; row < t->a->starts[sequence + 1]; row++) apply(t, sequence, row);
}

int ak_norm_by_scheme(const ak_norm_scheme_arguments *a) {
    const size_t count = a->scheme == ak_norm_feature ? a->sequences * a->width : a->sequences;
    scheme_task t = {.a = a, .means = calloc(count, sizeof(double)), .scales = calloc(count, sizeof(double))};
    const bool allocated = t.means && t.scales;
    if (allocated) {
        for (size_t s = 0; s < a->sequences; s++) {
            if (a->scheme == ak_norm_feature) feature_moments(&t, s);
            if (a->scheme == ak_norm_sequence) sequence_moments(&t, s);
        }
        ak_parallel(a->sequences, 4 * (double)a->starts[a->sequences] * (double)a->width, &t, apply_body);
    }
    free(t.means);
    free(t.scales);
    return allocated ? 0 : -1;
}
