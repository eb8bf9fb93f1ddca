#include "internal.h"

// What head h writes is r = z_h W with W its rows of W_O. Centred over the features, r - mean(r) = z_h C with
// C = W - m 1ᵀ, m the mean of each row of W. So mean(r) = z_h · m and var(r) = z_h (C Cᵀ / width) z_hᵀ:
// a head_width-square form instead of a width-wide vector.

#ifdef AK_ISA
#include "functions.h"

/// Of one row with `count` rows b (a constant where this is inlined), whose chains of sums go on beside each other.
AK_INLINE void AK(dots_centred)(size_t width, const float *a, double mean_a, const size_t count, const float *b, size_t ldb, const double *means_b, double *out) {
    f64x8 sums[dots_at_once] = {0};
    double tails[dots_at_once] = {0};
    size_t i = 0;
    for (; i + 8 <= width; i += 8) {
        const f64x8 x = AK_WIDEN(a + i) - mean_a;
        AK_UNROLL for (size_t j = 0; j < count; j++) sums[j] += x * (AK_WIDEN(b + j * ldb + i) - means_b[j]);
    }
    for (; i < width; i++) for (size_t j = 0; j < count; j++) tails[j] += (a[i] - mean_a) * (b[j * ldb + i] - means_b[j]);
    for (size_t j = 0; j < count; j++) out[j] = AK(sum8)(sums[j]) + tails[j];
}

/// Row i of the Gram matrix, from the diagonal on.
static void AK(gram_row)(const gram_task *t, size_t i) {
    const float *a = t->w + i * t->ldw;
    double *row = t->gram + i * t->head_width;
    size_t j = i;
    for (; j + dots_at_once <= t->head_width; j += dots_at_once)
        AK(dots_centred)(t->width, a, t->m[i], dots_at_once, t->w + j * t->ldw, t->ldw, t->m + j, row + j);
    for (; j < t->head_width; j++) AK(dots_centred)(t->width, a, t->m[i], 1, t->w + j * t->ldw, t->ldw, t->m + j, row + j);
    for (j = i; j < t->head_width; j++) {
        row[j] /= (double)t->width;
        t->gram[j * t->head_width + i] = row[j];
    }
}

/// `count` rows of one head (a constant where this is inlined): each line of G is read once for all of them, and of G, which
/// is symmetric, one half.
AK_INLINE void AK(quadratic_form)(const form_task *t, size_t head, size_t row, const size_t count) {
    const size_t d = t->head_width, whole = d / ak_lanes * ak_lanes;
    const double *m = t->m + head * d, *gram = t->gram + head * d * d;
    const float *z = t->z + row * t->ldz + head * d;
    f64x8 forms[rows_at_once] = {0}, means[rows_at_once] = {0};
    for (size_t j = 0; j < whole; j += ak_lanes) {
        f64x8 u[rows_at_once] = {0}, at_j[rows_at_once];
        for (size_t i = 0; i <= j; i += ak_lanes) {
            if (i == j) { AK_UNROLL for (size_t r = 0; r < count; r++) u[r] += u[r]; } // for the other half
            AK_UNROLL for (size_t r = 0; r < count; r++) at_j[r] = AK_WIDEN(z + r * t->ldz + i);
            AK_UNROLL for (size_t k = 0; k < ak_lanes; k++) {
                const f64x8 g = *(const f64x8 *)(gram + (i + k) * d + j);
                AK_UNROLL for (size_t r = 0; r < count; r++) u[r] = AK(fma64)((f64x8){0} + at_j[r][k], g, u[r]);
            }
        }
        AK_UNROLL for (size_t r = 0; r < count; r++) {
            forms[r] += at_j[r] * u[r];
            means[r] += at_j[r] * *(const f64x8 *)(m + j);
        }
    }
    for (size_t r = 0; r < count; r++, z += t->ldz) {
        double mean = AK(sum8)(means[r]), variance = AK(sum8)(forms[r]);
        for (size_t j = whole; j < d; j++) {
            double u = 0, beside = 0;
            for (size_t i = 0; i < whole; i++) u += z[i] * gram[i * d + j];
            for (size_t i = whole; i < d; i++) beside += z[i] * gram[i * d + j];
            variance += z[j] * (2 * u + beside);
            mean += z[j] * m[j];
        }
        double *out = t->out + (row + r) * t->ld_out + head * t->ld_head;
        out[0] = mean;
        out[1] = variance < 0 ? 0 : variance; // rounding of a form that cannot be negative
    }
}

static void AK(form_rows)(const form_task *t, size_t head, size_t row, size_t last) {
    for (; row + rows_at_once <= last; row += rows_at_once) AK(quadratic_form)(t, head, row, rows_at_once);
    for (; row < last; row++) AK(quadratic_form)(t, head, row, 1);
}

static void AK(product_rows)(const product_task *t, size_t first, size_t last) {
    const size_t d = t->head_width;
    const float *a = t->a + first * t->heads * d, *b = t->b + first * t->heads * d;
    for (size_t row = first; row < last; row++)
        for (size_t head = 0; head < t->heads; head++, a += d, b += d) {
            f64x8 sums = {0};
            double tail = 0;
            size_t i = 0;
            for (; i + ak_lanes <= d; i += ak_lanes) sums += AK_WIDEN(a + i) * AK_WIDEN(b + i);
            for (; i < d; i++) tail += (double)a[i] * b[i];
            t->out[row * t->ld_out + head] = t->factor * (AK(sum8)(sums) + tail);
        }
}

/// Σ p ln p, in eight lanes.
static double AK(negative_entropy)(size_t count, const float *p) {
    f64x8 sums = {0};
    for (size_t i = 0; i < count; i += ak_lanes) {
        f64x8 v = {1, 1, 1, 1, 1, 1, 1, 1}; // 1 and 0 add nothing
        for (size_t j = 0; j < ak_min(ak_lanes, count - i); j++) v[j] = p[i + j] == 0 ? 1 : p[i + j];
        sums += v * AK(log64)(v);
    }
    return AK(sum8)(sums);
}

#else
typedef struct { size_t head_width, width, ldw; const float *w; double *m, *gram; } gram_task;

typedef struct {
    size_t rows, heads, head_width, ldz, ld_out, ld_head;
    const float *z;
    const double *m, *gram;
    double *out;
} form_task;

enum { rows_per_form = 32, rows_at_once = 8, dots_at_once = 4 };

typedef struct {
    size_t rows, heads, head_width, ld_out, step;
    const float *a, *b;
    double factor, *out;
} product_task;

#define AK_FILE "heads.c"
#include "each_isa.h"

static void gram_body(void *context, size_t i, size_t worker) {
    const gram_task *t = context;
    (void)worker;
    AK_CALL(gram_row)(t, i);
}

void ak_gram(size_t head_width, size_t width, const float *w, size_t ldw, double *m, double *gram) {
    for (size_t i = 0; i < head_width; i++) {
        double moments[2];
        ak_row_mean_variance(1, 1, width, w + i * ldw, ldw, moments, 2, 2);
        m[i] = moments[0];
    }
    gram_task t = {head_width, width, ldw, w, m, gram};
    ak_parallel(head_width, (double)(head_width * head_width) * (double)width / 8, &t, gram_body);
}

static void form_body(void *context, size_t i, size_t worker) {
    const form_task *t = context;
    (void)worker;
    const size_t first = i / t->heads * rows_per_form;
    AK_CALL(form_rows)(t, i % t->heads, first, ak_min(t->rows, first + rows_per_form));
}

void ak_gram_mean_variance(size_t rows, size_t heads, size_t head_width, const float *z, size_t ldz,
                           const double *m, const double *gram, double *out, size_t ld_out, size_t ld_head) {
    form_task t = {rows, heads, head_width, ldz, ld_out, ld_head, z, m, gram, out};
    ak_parallel(ak_ceil_div(rows, rows_per_form) * heads, (double)(rows * heads) * (double)(head_width * head_width) / 16, &t, form_body);
}

static void product_body(void *context, size_t i, size_t worker) {
    const product_task *t = context;
    (void)worker;
    AK_CALL(product_rows)(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

void ak_head_products(size_t rows, size_t heads, size_t head_width, const float *a, const float *b, double factor,
                      double *out, size_t ld_out) {
    product_task t = {rows, heads, head_width, ld_out, ak_rows_per_task(heads * head_width), a, b, factor, out};
    ak_parallel(ak_ceil_div(rows, t.step), (double)rows * (double)(heads * head_width) / 2, &t, product_body);
}

void ak_pattern_moments(size_t heads, size_t keys, size_t own, const float *pattern, double *out) {
    for (size_t head = 0; head < heads; head++) {
        const float *p = pattern + head * keys;
        out[head * 3] = p[0];
        out[head * 3 + 1] = p[own];
        out[head * 3 + 2] = -AK_CALL(negative_entropy)(keys, p);
    }
}
#endif
