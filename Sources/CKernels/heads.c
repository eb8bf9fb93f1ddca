#include "internal.h"
#include <stdlib.h>

// What head h writes is r = z_h W with W its rows of W_O. Centred over the features, r - mean(r) = z_h C with
// C = W - m 1ᵀ, m the mean of each row of W. So mean(r) = z_h · m and var(r) = z_h (C Cᵀ / width) z_hᵀ:
// a head_width-square form instead of a width-wide vector.

AK_MULTIVERSION
static double dot_centred(size_t width, const float *a, double mean_a, const float *b, double mean_b) {
    f64x8 sums = {0};
    double tail = 0;
    size_t i = 0;
    for (; i + 8 <= width; i += 8) sums += (AK_WIDEN(a + i) - mean_a) * (AK_WIDEN(b + i) - mean_b);
    for (; i < width; i++) tail += (a[i] - mean_a) * (b[i] - mean_b);
    return ak_sum8(&sums) + tail;
}

typedef struct { size_t head_width, width, ldw; const float *w; double *m, *gram; } gram_task;

static void gram_body(void *context, size_t i) {
    const gram_task *t = context;
    for (size_t j = i; j < t->head_width; j++) {
        const double g = dot_centred(t->width, t->w + i * t->ldw, t->m[i], t->w + j * t->ldw, t->m[j]) / (double)t->width;
        t->gram[i * t->head_width + j] = t->gram[j * t->head_width + i] = g;
    }
}

void ak_gram(size_t head_width, size_t width, const float *w, size_t ldw, double *m, double *gram) {
    for (size_t i = 0; i < head_width; i++) { double unused; ak_mean_variance(width, w + i * ldw, m + i, &unused); }
    gram_task t = {head_width, width, ldw, w, m, gram};
    ak_parallel(head_width, &t, gram_body);
}

typedef struct {
    size_t rows, heads, head_width, ldz, ld_out, ld_head;
    const float *z;
    const double *m, *gram;
    double *out;
} form_task;

enum { rows_per_form = 32 };

AK_MULTIVERSION
static void quadratic_form(const form_task *t, size_t head, size_t first, size_t last) {
    const size_t d = t->head_width;
    const double *m = t->m + head * d, *gram = t->gram + head * d * d;
    for (size_t row = first; row < last; row++) {
        const float *z = t->z + row * t->ldz + head * d;
        double mean = 0, variance = 0;
        for (size_t i = 0; i < d; i++) {
            const double *g = gram + i * d;
            f64x8 sums = {0};
            double tail = 0;
            size_t j = 0;
            for (; j + 8 <= d; j += 8) sums += AK_WIDEN(z + j) * *(const f64x8 *)(g + j);
            for (; j < d; j++) tail += z[j] * g[j];
            variance += z[i] * (ak_sum8(&sums) + tail);
            mean += z[i] * m[i];
        }
        double *out = t->out + row * t->ld_out + head * t->ld_head;
        out[0] = mean;
        out[1] = variance < 0 ? 0 : variance; // rounding of a form that cannot be negative
    }
}

static void form_body(void *context, size_t i) {
    const form_task *t = context;
    const size_t first = i / t->heads * rows_per_form;
    quadratic_form(t, i % t->heads, first, ak_min(t->rows, first + rows_per_form));
}

void ak_gram_mean_variance(size_t rows, size_t heads, size_t head_width, const float *z, size_t ldz,
                           const double *m, const double *gram, double *out, size_t ld_out, size_t ld_head) {
    form_task t = {rows, heads, head_width, ldz, ld_out, ld_head, z, m, gram, out};
    ak_parallel((rows + rows_per_form - 1) / rows_per_form * heads, &t, form_body);
}

void ak_pattern_moments(size_t heads, size_t keys, size_t own, const float *pattern, double *out) {
    for (size_t head = 0; head < heads; head++) {
        const float *p = pattern + head * keys;
        double entropy = 0;
        for (size_t i = 0; i < keys; i++) if (p[i] > 0) entropy -= p[i] * log((double)p[i]);
        out[head * 3] = p[0];
        out[head * 3 + 1] = p[own];
        out[head * 3 + 2] = entropy;
    }
}
