#include "internal.h"

#ifdef AK_ISA

static void AK(mean_variance_rows)(const row_task *t, size_t first, size_t last) {
    for (size_t row = first; row < last; row++)
        for (size_t head = 0; head < t->heads; head++) {
            double *out = t->out + row * t->ld_out + head * t->ld_head;
            AK(mean_variance)(t->width, t->x + row * t->ldx + head * t->width, out, out + 1);
        }
}

static void AK(covariance_rows)(const pair_task *t, size_t first, size_t last) {
    for (size_t row = first; row < last; row++) {
        const float *x = t->x + row * t->ldx, *y = t->y + row * t->ldy;
        f64x8 sums = {0}, products = {0};
        double tail = 0;
        size_t i = 0;
        for (; i + 8 <= t->width; i += 8) sums += AK_WIDEN(x + i);
        for (; i < t->width; i++) tail += x[i];
        // Centring one of the two is enough: the other's mean then meets a sum of zero.
        const double mean = (AK(sum8)(sums) + tail) / (double)t->width;
        tail = 0;
        for (i = 0; i + 8 <= t->width; i += 8) products += (AK_WIDEN(x + i) - mean) * AK_WIDEN(y + i);
        for (; i < t->width; i++) tail += (x[i] - mean) * y[i];
        t->out[row * t->ld_out] = (AK(sum8)(products) + tail) / (double)t->width;
    }
}

static void AK(centre_rows)(const centring_task *t, size_t first, size_t last) {
    for (size_t row = first; row < last; row++) {
        const float *x = t->x + row * t->width;
        float *y = t->y + row * t->width;
        double mean, unused;
        AK(mean_variance)(t->width, x, &mean, &unused);
        for (size_t i = 0; i < t->width; i++) y[i] = (float)(x[i] - mean);
    }
}

/// The mean of the new rows, their squared deviations from it, then both merged with what was there.
static void AK(column_strip)(const column_task *t, size_t first, size_t count) {
    f64x8 sum[strip / 8] = {0}, square[strip / 8] = {0}, mean[strip / 8];
    const double rows = (double)t->rows, total = t->n + rows;
    float last[strip] = {0}; // a strip that is not full, beside zeros
    for (size_t row = 0; row < t->rows; row++) {
        const float *x = t->x + row * t->ldx + first;
        if (count < strip) x = memcpy(last, x, count * sizeof(float));
        for (int j = 0; j < strip / 8; j++) sum[j] += AK_WIDEN(x + 8 * j);
    }
    for (int j = 0; j < strip / 8; j++) mean[j] = sum[j] / rows;
    for (size_t row = 0; row < t->rows; row++) {
        const float *x = t->x + row * t->ldx + first;
        if (count < strip) x = memcpy(last, x, count * sizeof(float));
        for (int j = 0; j < strip / 8; j++) { const f64x8 d = AK_WIDEN(x + 8 * j) - mean[j]; square[j] += d * d; }
    }
    for (size_t j = 0; j < count; j++) {
        const double now = mean[j / 8][j % 8], before = t->n > 0 ? t->mean[first + j] : now, delta = now - before;
        t->mean[first + j] = before + delta * rows / total;
        t->m2[first + j] = (t->n > 0 ? t->m2[first + j] : 0) + square[j / 8][j % 8] + delta * delta * t->n * rows / total;
    }
}

#else
typedef struct {
    size_t rows, heads, width, ldx, ld_out, ld_head, step;
    const float *x;
    double *out;
} row_task;

typedef struct {
    size_t rows, width, ldx, ldy, ld_out, step;
    const float *x, *y;
    double *out;
} pair_task;

typedef struct { size_t rows, width, step; const float *x; float *y; } centring_task;

typedef struct { size_t rows, width, ldx; const float *x; double n, *mean, *m2; } column_task;

enum { strip = 64 }; // columns a task takes: whole lines of the source, and sums that fit the registers

#define AK_FILE "statistics.c"
#include "each_isa.h"

static void mean_variance_body(void *context, size_t i, size_t worker) {
    const row_task *t = context;
    (void)worker;
    AK_CALL(mean_variance_rows)(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

void ak_row_mean_variance(size_t rows, size_t heads, size_t width, const float *x, size_t ldx,
                          double *out, size_t ld_out, size_t ld_head) {
    row_task t = {rows, heads, width, ldx, ld_out, ld_head, ak_rows_per_task(heads * width), x, out};
    ak_parallel(ak_ceil_div(rows, t.step), (double)rows * (double)(heads * width) / 2, &t, mean_variance_body);
}

static void covariance_body(void *context, size_t i, size_t worker) {
    const pair_task *t = context;
    (void)worker;
    AK_CALL(covariance_rows)(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

void ak_row_covariance(size_t rows, size_t width, const float *x, size_t ldx, const float *y, size_t ldy,
                       double *out, size_t ld_out) {
    pair_task t = {.rows = rows, .width = width, .ldx = ldx, .ldy = ldy, .ld_out = ld_out,
                   .step = ak_rows_per_task(width), .x = x, .y = y, .out = out};
    ak_parallel(ak_ceil_div(rows, t.step), (double)rows * (double)width / 2, &t, covariance_body);
}

static void centring_body(void *context, size_t i, size_t worker) {
    const centring_task *t = context;
    (void)worker;
    AK_CALL(centre_rows)(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

void ak_centre_rows(size_t rows, size_t width, const float *x, float *y) {
    centring_task t = {rows, width, ak_rows_per_task(width), x, y};
    ak_parallel(ak_ceil_div(rows, t.step), (double)rows * (double)width / 2, &t, centring_body);
}

static void column_body(void *context, size_t i, size_t worker) {
    const column_task *t = context;
    (void)worker;
    AK_CALL(column_strip)(t, i * strip, ak_min(strip, t->width - i * strip));
}

void ak_column_moments(size_t rows, size_t width, const float *x, size_t ldx, double n, double *mean, double *m2) {
    if (!rows) return;
    column_task t = {rows, width, ldx, x, n, mean, m2};
    ak_parallel(ak_ceil_div(width, strip), (double)rows * (double)width / 4, &t, column_body);
}
#endif
