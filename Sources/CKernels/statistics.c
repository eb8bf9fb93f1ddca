#include "internal.h"

typedef struct {
    size_t rows, width, ldx, step, ld_out;
    const float *x;
    void *out;
} row_task;

static row_task make_task(size_t rows, size_t width, const float *x, size_t ldx, void *out, size_t ld_out) {
    return (row_task){rows, width, ldx, ak_rows_per_task(width), ld_out, x, out};
}

static size_t task_count(const row_task *t) { return (t->rows + t->step - 1) / t->step; }

/// Everything that needs no order, eight values at a time; the largest absolute value is found in a second look.
AK_MULTIVERSION
static void moments(size_t width, const float *x, ak_moments *out) {
    double mean, variance, third = 0, fourth = 0, minimum = INFINITY, maximum = -INFINITY;
    ak_mean_variance(width, x, &mean, &variance);
    f64x8 cubes = {0}, fourths = {0};
    size_t i = 0;
    for (; i + 8 <= width; i += 8) {
        f64x8 d = AK_WIDEN(x + i) - mean, s = d * d;
        cubes += s * d;
        fourths += s * s;
    }
    for (; i < width; i++) { double d = x[i] - mean, s = d * d; third += s * d; fourth += s * s; }
    third = (third + ak_sum8(&cubes)) / (double)width;
    fourth = (fourth + ak_sum8(&fourths)) / (double)width;

    float low = INFINITY, high = -INFINITY;
    int32_t nonfinite = 0;
    for (i = 0; i < width; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        nonfinite += !(x[i] - x[i] == 0);
    }
    minimum = low; maximum = high;
    const float largest = -low > high ? -low : high;
    int32_t feature = 0;
    for (i = 0; i < width; i++) if (fabsf(x[i]) == largest) { feature = (int32_t)i; break; }
    if (!(low <= high)) minimum = maximum = NAN; // nothing but NaN
    *out = (ak_moments){mean, variance, third / (variance * sqrt(variance)), fourth / (variance * variance),
                        minimum, maximum, feature, nonfinite};
}

static void moments_body(void *context, size_t i) {
    const row_task *t = context;
    for (size_t row = i * t->step; row < ak_min(t->rows, (i + 1) * t->step); row++)
        moments(t->width, t->x + row * t->ldx, (ak_moments *)t->out + row * t->ld_out);
}

void ak_row_moments(size_t rows, size_t width, const float *x, size_t ldx, ak_moments *out, size_t ld_out) {
    row_task t = make_task(rows, width, x, ldx, out, ld_out);
    ak_parallel(task_count(&t), &t, moments_body);
}

AK_MULTIVERSION
static void mean_variance_rows(const row_task *t, size_t first, size_t last) {
    for (size_t row = first; row < last; row++) {
        double *out = (double *)t->out + row * t->ld_out;
        ak_mean_variance(t->width, t->x + row * t->ldx, out, out + 1);
    }
}

static void mean_variance_body(void *context, size_t i) {
    const row_task *t = context;
    mean_variance_rows(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

void ak_row_mean_variance(size_t rows, size_t width, const float *x, size_t ldx, double *out, size_t ld_out) {
    row_task t = make_task(rows, width, x, ldx, out, ld_out);
    ak_parallel(task_count(&t), &t, mean_variance_body);
}

typedef struct {
    size_t rows, width, ldx, ldy, ld_out, step;
    const float *x, *y;
    double *out;
} pair_task;

AK_MULTIVERSION
static void cosine_rows(const pair_task *t, size_t first, size_t last) {
    for (size_t row = first; row < last; row++) {
        const float *x = t->x + row * t->ldx, *y = t->y + row * t->ldy;
        f64x8 xx = {0}, yy = {0}, xy = {0};
        double txx = 0, tyy = 0, txy = 0;
        size_t i = 0;
        for (; i + 8 <= t->width; i += 8) {
            const f64x8 a = AK_WIDEN(x + i), b = AK_WIDEN(y + i);
            xx += a * a; yy += b * b; xy += a * b;
        }
        for (; i < t->width; i++) { const double a = x[i], b = y[i]; txx += a * a; tyy += b * b; txy += a * b; }
        t->out[row * t->ld_out] = (ak_sum8(&xy) + txy) / (sqrt(ak_sum8(&xx) + txx) * sqrt(ak_sum8(&yy) + tyy));
    }
}

AK_MULTIVERSION
static void covariance_rows(const pair_task *t, size_t first, size_t last) {
    for (size_t row = first; row < last; row++) {
        const float *x = t->x + row * t->ldx, *y = t->y + row * t->ldy;
        f64x8 sums = {0}, products = {0};
        double tail = 0;
        size_t i = 0;
        for (; i + 8 <= t->width; i += 8) sums += AK_WIDEN(x + i);
        for (; i < t->width; i++) tail += x[i];
        // Centring one of the two is enough: the other's mean then meets a sum of zero.
        const double mean = (ak_sum8(&sums) + tail) / (double)t->width;
        tail = 0;
        for (i = 0; i + 8 <= t->width; i += 8) products += (AK_WIDEN(x + i) - mean) * AK_WIDEN(y + i);
        for (; i < t->width; i++) tail += (x[i] - mean) * y[i];
        t->out[row * t->ld_out] = (ak_sum8(&products) + tail) / (double)t->width;
    }
}

static void cosine_body(void *context, size_t i) {
    const pair_task *t = context;
    cosine_rows(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

static void covariance_body(void *context, size_t i) {
    const pair_task *t = context;
    covariance_rows(t, i * t->step, ak_min(t->rows, (i + 1) * t->step));
}

static void run_pairs(pair_task t, void (*body)(void *, size_t)) {
    t.step = ak_rows_per_task(t.width);
    ak_parallel((t.rows + t.step - 1) / t.step, &t, body);
}

void ak_row_cosine(size_t rows, size_t width, const float *x, size_t ldx, const float *y, size_t ldy, double *out, size_t ld_out) {
    run_pairs((pair_task){.rows = rows, .width = width, .ldx = ldx, .ldy = ldy, .ld_out = ld_out, .x = x, .y = y, .out = out},
              cosine_body);
}

void ak_row_covariance(size_t rows, size_t width, const float *x, size_t ldx, const float *y, size_t ldy,
                       double *out, size_t ld_out) {
    run_pairs((pair_task){.rows = rows, .width = width, .ldx = ldx, .ldy = ldy, .ld_out = ld_out, .x = x, .y = y, .out = out},
              covariance_body);
}

typedef struct { size_t rows, width, ldx; const float *x; double n, *mean, *m2; } column_task;

enum { strip = 64 }; // columns a task takes: whole lines of the source, and sums that fit the registers

/// The mean of the new rows, their squared deviations from it, then both merged with what was there.
AK_MULTIVERSION
static void column_strip(const column_task *t, size_t first, size_t count) {
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

static void column_body(void *context, size_t i) {
    const column_task *t = context;
    column_strip(t, i * strip, ak_min(strip, t->width - i * strip));
}

void ak_column_moments(size_t rows, size_t width, const float *x, size_t ldx, double n, double *mean, double *m2) {
    if (!rows) return;
    column_task t = {rows, width, ldx, x, n, mean, m2};
    ak_parallel((width + strip - 1) / strip, &t, column_body);
}
