#include "internal.h"

// Sums over the tokens of a run, so that a question about all of them need not read its rows: how many, mean, sum of squared
// deviations, smallest and largest with the token that has it. Those of one call are taken in two passes, then put together with those before
// (Chan, Golub & LeVeque 1983), so that the sums of parts add up to those of the whole.
//
// Values that are NaN or infinite are left out. A sum's order: eight lanes, then the tail.

#ifdef AK_ISA
#include "functions.h"

AK_INLINE f64x8 AK(choose)(i64x8 mask, f64x8 a, f64x8 b) { return (f64x8)(((i64x8)a & mask) | ((i64x8)b & ~mask)); }

static void AK(add_values)(size_t n, const double *v, const int64_t *keys, ak_sum *s) {
    const size_t whole = n / ak_lanes * ak_lanes;
    f64x8 sums = {0}, lows = (f64x8){0} + INFINITY, highs = (f64x8){0} - INFINITY;
    i64x8 counts = {0};
    for (size_t i = 0; i < whole; i += ak_lanes) {
        const f64x8 x = *(const f64x8 *)(v + i);
        const i64x8 finite = x - x == 0;
        counts -= finite;
        sums += AK(choose)(finite, x, (f64x8){0});
        lows = AK(choose)(finite & (x < lows), x, lows);
        highs = AK(choose)(finite & (x > highs), x, highs);
    }
    double sum = AK(sum8)(sums), low = INFINITY, high = -INFINITY;
    int64_t count = 0;
    for (int j = 0; j < ak_lanes; j++) {
        count += counts[j];
        low = lows[j] < low ? lows[j] : low;
        high = highs[j] > high ? highs[j] : high;
    }
    for (size_t i = whole; i < n; i++) {
        if (v[i] - v[i] != 0) continue;
        count++;
        sum += v[i];
        low = v[i] < low ? v[i] : low;
        high = v[i] > high ? v[i] : high;
    }
    if (count == 0) return;
    const double mean = sum / (double)count;
    f64x8 squares = {0};
    for (size_t i = 0; i < whole; i += ak_lanes) {
        const f64x8 x = *(const f64x8 *)(v + i), d = AK(choose)(x - x == 0, x - mean, (f64x8){0});
        squares += d * d;
    }
    double m2 = AK(sum8)(squares);
    for (size_t i = whole; i < n; i++) m2 += v[i] - v[i] == 0 ? (v[i] - mean) * (v[i] - mean) : 0;
    // Equal values: the first token has them. Tokens of a call come after those before.
    if (s->n == 0 || low < s->minimum)
        for (size_t i = 0; i < n; i++)
            if (v[i] == low) { s->minimum_key = keys[i]; break; }
    if (s->n == 0 || high > s->maximum)
        for (size_t i = 0; i < n; i++)
            if (v[i] == high) { s->maximum_key = keys[i]; break; }
    const ak_sum batch = {.n = count, .mean = mean, .m2 = m2, .minimum = low, .maximum = high};
    s->minimum = s->n == 0 || low < s->minimum ? low : s->minimum;
    s->maximum = s->n == 0 || high > s->maximum ? high : s->maximum;
    ak_merge_moments(s, &batch);
}

/// Natural logarithms; NaN where there is none.
static void AK(logarithms)(size_t n, const double *x, double *out) {
    for (size_t i = 0; i < n; i += ak_lanes) {
        f64x8 v = {1, 1, 1, 1, 1, 1, 1, 1};
        const size_t count = ak_min(ak_lanes, n - i);
        for (size_t j = 0; j < count; j++) v[j] = x[i + j] > 0 && x[i + j] < INFINITY ? x[i + j] : 1;
        v = AK(log64)(v);
        for (size_t j = 0; j < count; j++) out[i + j] = x[i + j] > 0 && x[i + j] < INFINITY ? v[j] : NAN;
    }
}

/// Sums of the products of two rows.
AK_INLINE double AK(dot)(size_t n, const double *a, const double *b) {
    f64x8 sums = {0};
    size_t i = 0;
    for (; i + ak_lanes <= n; i += ak_lanes) sums += *(const f64x8 *)(a + i) * *(const f64x8 *)(b + i);
    double sum = AK(sum8)(sums);
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/// rows: [count, n], each less its mean; the products of each two are added.
static void AK(add_products)(size_t count, size_t n, const double *rows, double *comoments) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) comoments[i * count + j] += AK(dot)(n, rows + i * n, rows + j * n);
}

#else
static void ak_merge_moments(ak_sum *s, const ak_sum *other) {
    const double total = (double)(s->n + other->n), delta = other->mean - s->mean;
    s->m2 += other->m2 + delta * delta * ((double)s->n * (double)other->n / total);
    s->mean += delta * ((double)other->n / total);
    s->n += other->n;
}

#define AK_FILE "sums.c"
#include "each_isa.h"

void ak_merge_sums(ak_sum *sum, const ak_sum *other) {
    if (other->n == 0) return;
    if (sum->n == 0) { *sum = *other; return; }
    if (other->minimum < sum->minimum || (other->minimum == sum->minimum && other->minimum_key < sum->minimum_key)) {
        sum->minimum = other->minimum;
        sum->minimum_key = other->minimum_key;
    }
    if (other->maximum > sum->maximum || (other->maximum == sum->maximum && other->maximum_key < sum->maximum_key)) {
        sum->maximum = other->maximum;
        sum->maximum_key = other->maximum_key;
    }
    ak_merge_moments(sum, other);
}

/// Adds a value of each token, in the order of `rows`, to the sums of the token's group.
static void add(const ak_sum_rows *r, const double *values, ak_sum *sums, size_t statistics) {
    for (size_t g = 0; g < ak_position_groups; g++) {
        const size_t first = r->groups[g], n = r->groups[g + 1] - first;
        if (n > 0) AK_CALL(add_values)(n, values + first, r->keys + first, sums + g * statistics);
    }
}

void ak_add_strided_sums(const ak_sum_rows *r, const double *base, size_t stride, ak_sum *sums, size_t statistics, double *values) {
    for (size_t i = 0; i < r->count; i++) values[i] = base[r->order[i] * stride];
    add(r, values, sums, statistics);
}

void ak_add_site_sums(const ak_sum_rows *r, size_t depth, size_t depths, const ak_moments *moments, const double *outputs, double width,
                      bool rms, double epsilon, ak_sum *sums, double *values) {
    const size_t n = r->count;
    for (size_t i = 0; i < n; i++) {
        const ak_moments *m = moments + r->order[i] * depths + depth;
        const double *o = outputs + (r->order[i] * depths + depth) * 5, square = m->mean * m->mean + m->variance;
        const double low = fabs(m->minimum), high = fabs(m->maximum), along = m->mean * m->mean / square;
        const double normalized_square = o[0] * o[0] + o[1];
        double *v = values + i;
        v[ak_sum_mean * n] = m->mean;
        v[ak_sum_variance * n] = m->variance;
        v[ak_sum_scale * n] = sqrt(m->variance + (rms ? m->mean * m->mean : 0) + epsilon);
        v[ak_sum_l2_norm * n] = sqrt(width * square);
        v[ak_sum_minimum * n] = m->minimum;
        v[ak_sum_maximum * n] = m->maximum;
        v[ak_sum_abs_max * n] = low > high ? low : high;
        v[ak_sum_skewness * n] = m->skewness;
        v[ak_sum_kurtosis * n] = m->kurtosis;
        v[ak_sum_normalized_mean * n] = o[0];
        v[ak_sum_normalized_variance * n] = o[1];
        v[ak_sum_normalized_square * n] = normalized_square;
        v[ak_sum_out_mean * n] = o[2];
        v[ak_sum_out_variance * n] = o[3];
        v[ak_sum_out_l2_norm * n] = sqrt(width * (o[2] * o[2] + o[3]));
        v[ak_sum_in_out_cosine * n] = o[4];
        v[ak_sum_nonfinite * n] = m->nonfinite;
        v[ak_sum_angle * n] = acos(m->mean < 0 ? -sqrt(along) : sqrt(along)) * (180 / 3.14159265358979323846);
        v[ak_sum_share_of_norm * n] = along;
        v[ak_sum_scale_ratio * n] = sqrt(1 - along);
        v[ak_sum_left_in * n] = o[0] * o[0] / normalized_square;
    }
    AK_CALL(logarithms)(n, values + ak_sum_scale * n, values + ak_sum_log_scale * n);
    for (size_t s = 0; s < ak_site_statistics; s++) add(r, values + s * n, sums + s, ak_site_statistics);
}

void ak_add_head_sums(const ak_sum_rows *r, const double *pairs, size_t stride, double head_width, double width, ak_sum *sums, double *values) {
    const size_t n = r->count;
    for (size_t hook = 0; hook < 5; hook++) {
        const double features = hook == 4 ? width : head_width;
        for (size_t i = 0; i < n; i++) {
            const double *pair = pairs + r->order[i] * stride + 2 * hook;
            values[i] = pair[0];
            values[n + i] = pair[1];
            values[2 * n + i] = sqrt(features * (pair[0] * pair[0] + pair[1]));
        }
        for (size_t s = 0; s < 3; s++) add(r, values + s * n, sums + 3 * hook + s, ak_head_statistics);
    }
}

void ak_keep_largest(size_t n, const double *values, const int64_t *keys, size_t most, size_t *count, double *largest, int64_t *largest_keys) {
    for (size_t i = 0; i < n; i++) {
        if (values[i] - values[i] != 0) continue;
        size_t at = *count;
        while (at > 0 && (values[i] > largest[at - 1] || (values[i] == largest[at - 1] && keys[i] < largest_keys[at - 1]))) at--;
        if (at == most) continue;
        const size_t moved = (*count < most ? *count : most - 1) - at;
        memmove(largest + at + 1, largest + at, moved * sizeof *largest);
        memmove(largest_keys + at + 1, largest_keys + at, moved * sizeof *largest_keys);
        largest[at] = values[i];
        largest_keys[at] = keys[i];
        if (*count < most) ++*count;
    }
}

void ak_add_comoments(size_t n, size_t ld, size_t depths, double *values, int64_t *count, double *means, double *comoments) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_finite = true;
        for (size_t d = 0; d < depths; d++) is_finite &= values[d * ld + i] - values[d * ld + i] == 0;
        if (!is_finite) continue;
        for (size_t d = 0; d < depths; d++) values[d * ld + kept] = values[d * ld + i];
        kept++;
    }
    if (kept == 0) return;
    const double before = (double)*count, total = before + (double)kept;
    double *packed = values;
    for (size_t d = 0; d < depths; d++) {
        double sum = 0;
        for (size_t i = 0; i < kept; i++) sum += values[d * ld + i];
        const double mean = sum / (double)kept;
        for (size_t i = 0; i < kept; i++) packed[d * kept + i] = values[d * ld + i] - mean; // never before what is yet to be read
        means[depths + d] = mean - means[d];
    }
    AK_CALL(add_products)(depths, kept, packed, comoments);
    for (size_t i = 0; i < depths; i++)
        for (size_t j = 0; j <= i; j++) comoments[i * depths + j] += means[depths + i] * means[depths + j] * (before * (double)kept / total);
    for (size_t d = 0; d < depths; d++) means[d] += means[depths + d] * ((double)kept / total);
    *count += (int64_t)kept;
}
#endif
