#include "internal.h"

// What a norm reads, makes and writes is looked at once, some rows at a time, while they are in the nearest caches; what
// lies between (hook_normalized) is made again here, with the same bits, and never written out.
//
// Rows are taken in groups of one sequence: first each row's own statistics, then, in strips of columns whose sums fit the
// registers, those of the features over the group's rows. The groups' are put together at the end, in their order, so that
// sums over many sequences do not depend on which of them came together.

#ifdef AK_ISA

/// What phase two needs of a row.
typedef struct {
    double mean[ak_group_rows], inverse[ak_group_rows]; // what was taken away, and one over what was divided by
    double kept[ak_group_rows]; // the mean of hook_normalized but for rounding: 0, unless an RMSNorm left it in
    f64x8 sums[ak_group_rows], squares[ak_group_rows]; // of hook_normalized
} AK(group);

/// Smallest, largest, first index of the largest absolute value, and how many are NaN or infinite. NaN takes no part in
/// the others, and is what they are when there is nothing else.
AK_INLINE void AK(extremes)(size_t width, const float *x, ak_moments *m) {
    const f32x16 infinity = AK(splat)(INFINITY);
    f32x16 lows = infinity, highs = -infinity;
    i32x16 finite = {0};
    size_t i = 0;
    for (; i + 16 <= width; i += 16) {
        const f32x16 v = *(const f32x16 *)(x + i);
        const i32x16 lower = v < lows, higher = v > highs;
        lows = AK_SELECT(lower, v, lows);
        highs = AK_SELECT(higher, v, highs);
        finite -= v - v == 0;
    }
    size_t count = 0;
    float low = INFINITY, high = -INFINITY;
    for (; i < width; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        count += x[i] - x[i] == 0;
    }
    for (int j = 0; j < 16; j++) {
        low = lows[j] < low ? lows[j] : low;
        high = highs[j] > high ? highs[j] : high;
        count += (size_t)finite[j];
    }
    const bool numbers = low <= high;
    m->minimum = numbers ? low : NAN;
    m->maximum = numbers ? high : NAN;
    m->nonfinite = (int32_t)(width - count);
    m->abs_max_feature = 0;
    if (!numbers) return;
    const float size = -low > high ? -low : high;
    for (i = 0; i + 16 <= width; i += 16) {
        const i32x16 v = (i32x16)*(const f32x16 *)(x + i) & 0x7fffffff;
        const i32x16 same = (f32x16)v == size;
        int32_t found = 0;
        for (int j = 0; j < 16; j++) found |= same[j];
        if (found) break;
    }
    while (i < width && fabsf(x[i]) != size) i++;
    m->abs_max_feature = (int32_t)i;
}

/// One row's statistics: `in` is x's, `out` mean and variance of y and the cosine between the two. Means and variances have
/// the bits of ak_mean_variance.
AK_INLINE void AK(row_statistics)(
    size_t width, const float *x, const float *y, ak_moments *in, double *out
) {
    f64x8 x1[4] = {0}, y1[4] = {0}, xx[4] = {0}, yy[4] = {0}, xy[4] = {0};
    double tx = 0, ty = 0, txx = 0, tyy = 0, txy = 0;
    size_t i = 0;
    for (; i + ak_step <= width; i += ak_step) {
        AK_UNROLL for (int j = 0; j < 4; j++) {
            const f64x8 a = AK_WIDEN(x + i + ak_lanes * j), b = AK_WIDEN(y + i + ak_lanes * j);
            x1[j] += a; y1[j] += b; xx[j] += a * a; yy[j] += b * b; xy[j] += a * b;
        }
    }
    for (; i < width; i++) { const double a = x[i], b = y[i]; tx += a; ty += b; txx += a * a; tyy += b * b; txy += a * b; }
    const double n = (double)width, mean = (AK(sum32)(x1) + tx) / n, mean_y = (AK(sum32)(y1) + ty) / n;
    out[2] = (AK(sum32)(xy) + txy) / (sqrt(AK(sum32)(xx) + txx) * sqrt(AK(sum32)(yy) + tyy));

    f64x8 x2[4] = {0}, x3[4] = {0}, x4[4] = {0}, y2[4] = {0};
    double tx2 = 0, tx3 = 0, tx4 = 0, ty2 = 0;
    for (i = 0; i + ak_step <= width; i += ak_step) {
        AK_UNROLL for (int j = 0; j < 4; j++) {
            const f64x8 d = AK_WIDEN(x + i + ak_lanes * j) - mean, e = AK_WIDEN(y + i + ak_lanes * j) - mean_y, s = d * d;
            x2[j] += d * d; x3[j] += s * d; x4[j] += s * s; y2[j] += e * e;
        }
    }
    for (; i < width; i++) {
        const double d = x[i] - mean, e = y[i] - mean_y, s = d * d;
        tx2 += d * d; tx3 += s * d; tx4 += s * s; ty2 += e * e;
    }
    const double variance = (AK(sum32)(x2) + tx2) / n;
    *in = (ak_moments){.mean = mean, .variance = variance, .skewness = (AK(sum32)(x3) + tx3) / n / (variance * sqrt(variance)),
                       .kurtosis = (AK(sum32)(x4) + tx4) / n / (variance * variance)};
    AK(extremes)(width, x, in);
    out[0] = mean_y;
    out[1] = (AK(sum32)(y2) + ty2) / n;
}

/// Sums of the rows' strip, then squared deviations from their mean: to mean[] and m2[], `count` of them.
AK_INLINE void AK(columns)(
    size_t rows, size_t count, const float *x, size_t ldx, double *mean, double *m2
) {
    f64x8 sum[strip / ak_lanes] = {0}, square[strip / ak_lanes] = {0};
    for (size_t row = 0; row < rows; row++) {
        AK_UNROLL for (int j = 0; j < strip / ak_lanes; j++) sum[j] += AK_WIDEN(x + row * ldx + ak_lanes * j);
    }
    AK_UNROLL for (int j = 0; j < strip / ak_lanes; j++) sum[j] /= (double)rows;
    for (size_t row = 0; row < rows; row++) {
        AK_UNROLL for (int j = 0; j < strip / ak_lanes; j++) {
            const f64x8 d = AK_WIDEN(x + row * ldx + ak_lanes * j) - sum[j];
            square[j] += d * d;
        }
    }
    memcpy(mean, sum, count * sizeof(double));
    memcpy(m2, square, count * sizeof(double));
}

/// hook_normalized of a strip, beside zeros where the strip is not full, and the rows' sums of it.
AK_INLINE void AK(normalized_strip)(
    const ak_applied_norm *a, size_t first_row, size_t rows, size_t column, size_t count, AK(group) *g, float *n
) {
    for (size_t row = 0; row < rows; row++, n += strip) {
        const size_t at = (first_row + row) * a->width + column;
        if (a->normalized) {
            memcpy(n, a->normalized + at, count * sizeof(float));
            continue;
        }
        const double mean = g->mean[row], inverse = g->inverse[row];
        if (count == strip) {
            AK_UNROLL for (int j = 0; j < strip; j += ak_lanes)
                *(f32x8 *)(n + j) = __builtin_convertvector((AK_WIDEN(a->x + at + j) - mean) * inverse, f32x8);
        } else {
            for (size_t j = 0; j < count; j++) n[j] = (float)((a->x[at + j] - mean) * inverse);
        }
        if (a->rms) {
            for (size_t j = 0; j < count; j++) {
                const double v = n[j] - g->kept[row];
                g->sums[row][j % ak_lanes] += v;
                g->squares[row][j % ak_lanes] += v * v;
            }
            continue;
        }
        AK_UNROLL for (int j = 0; j < strip; j += ak_lanes) {
            const f64x8 v = AK_WIDEN(n + j);
            g->sums[row] += v;
            g->squares[row] += v * v;
        }
    }
}

/// A strip of a [rows, width] matrix: in place where it is full, else a copy beside zeros.
AK_INLINE const float *AK(strip_of)(
    const float *x, size_t width, size_t rows, size_t count, float *copy, size_t *ld
) {
    *ld = width;
    if (count == strip) return x;
    for (size_t row = 0; row < rows; row++) memcpy(copy + row * strip, x + row * width, count * sizeof(float));
    *ld = strip;
    return copy;
}

static void AK(group_statistics)(const task *t, size_t index) {
    const ak_applied_norm *a = &t->norm;
    const size_t width = a->width, first = a->first_rows[index], rows = a->first_rows[index + 1] - first;
    double *outputs = t->outputs + (first * t->depths + t->depth) * 5;
    AK(group) g = {0};
    for (size_t row = 0; row < rows; row++) {
        const size_t at = (first + row) * width;
        ak_moments *m = t->moments + (first + row) * t->depths + t->depth;
        double *out = outputs + row * t->depths * 5;
        AK(row_statistics)(width, a->x + at, a->out + at, m, out + 2);
        if (a->normalized) AK(mean_variance)(width, a->normalized + at, out, out + 1);
        if (a->rms) {
            g.inverse[row] = 1 / sqrt(m->variance + m->mean * m->mean + a->epsilon);
            g.kept[row] = m->mean * g.inverse[row];
        } else {
            g.mean[row] = m->mean;
            g.inverse[row] = 1 / sqrt(m->variance + a->epsilon);
        }
    }
    for (size_t column = 0; column < width; column += strip) {
        const size_t count = ak_min(strip, width - column), at = first * width + column;
        float n[ak_group_rows * strip], copy[ak_group_rows * strip];
        if (count < strip) { memset(n, 0, sizeof n); memset(copy, 0, sizeof copy); }
        double *part = t->scratch + index * 6 * width + column;
        size_t ld;
        const float *x = AK(strip_of)(a->x + at, width, rows, count, copy, &ld);
        AK(columns)(rows, count, x, ld, part, part + width);
        AK(normalized_strip)(a, first, rows, column, count, &g, n);
        AK(columns)(rows, count, n, strip, part + 2 * width, part + 3 * width);
        const float *y = AK(strip_of)(a->out + at, width, rows, count, copy, &ld);
        AK(columns)(rows, count, y, ld, part + 4 * width, part + 5 * width);
    }
    if (a->normalized) return;
    for (size_t row = 0; row < rows; row++) {
        double *out = outputs + row * t->depths * 5;
        // The mean of what was summed is next to nothing, so that nothing cancels.
        const double rest = AK(sum8)(g.sums[row]) / (double)width;
        out[0] = g.kept[row] + rest;
        out[1] = AK(sum8)(g.squares[row]) / (double)width - rest * rest;
    }
}

/// Puts the groups' features together with those of earlier rows; one stage a task.
static void AK(merge_stage)(const task *t, size_t stage) {
    const size_t width = t->norm.width, at = (t->depth * 3 + stage) * width;
    double *mean = t->mean + at, *m2 = t->m2 + at, before = t->n;
    for (size_t index = 0; index < t->norm.groups; index++) {
        const double more = (double)(t->norm.first_rows[index + 1] - t->norm.first_rows[index]), total = before + more;
        const double *part = t->scratch + (index * 6 + stage * 2) * width, weight = more / total, cross = before * more / total;
        for (size_t i = 0; i < width; i++) {
            const double delta = before > 0 ? part[i] - mean[i] : 0, old = before > 0 ? m2[i] : 0;
            mean[i] = before > 0 ? mean[i] + delta * weight : part[i];
            m2[i] = old + part[width + i] + delta * delta * cross;
        }
        before = total;
    }
}

#else
enum { strip = 32 };

typedef struct {
    ak_applied_norm norm;
    size_t depth, depths;
    ak_moments *moments;
    double *outputs, n, *mean, *m2, *scratch;
} task;

#define AK_FILE "norm_statistics.c"
#include "each_isa.h"

static void group_body(void *context, size_t index, size_t worker) {
    (void)worker;
    AK_CALL(group_statistics)(context, index);
}

static void merge_body(void *context, size_t stage, size_t worker) {
    (void)worker;
    AK_CALL(merge_stage)(context, stage);
}

size_t ak_norm_statistics_scratch(size_t groups, size_t width) { return groups * 6 * width; }

void ak_norm_statistics(const ak_applied_norm *norm, size_t depth, size_t depths, ak_moments *moments, double *outputs,
                        double n, double *mean, double *m2, double *scratch) {
    task t = {*norm, depth, depths, moments, outputs, n, mean, m2, scratch};
    const double values = (double)norm->rows * (double)norm->width;
    ak_parallel(norm->groups, 4 * values, &t, group_body);
    ak_parallel(3, values / 8, &t, merge_body);
}
#endif
