#include "internal.h"

// Of rows of logits, in double precision: sums over the vocabulary are in eight lanes, and logits have the row's largest taken
// away first.

#ifdef AK_ISA
#include "functions.h"

AK_INLINE float AK(largest)(size_t count, const float *x) {
    f32x16 highs = AK(splat)(-INFINITY);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) highs = AK_SELECT(AK_LOAD16(x + i) > highs, AK_LOAD16(x + i), highs);
    float high = -INFINITY;
    for (; i < count; i++) high = x[i] > high ? x[i] : high;
    for (int j = 0; j < 16; j++) high = highs[j] > high ? highs[j] : high;
    return high;
}

/// Eight logits from i on, less `taken`; beyond the last -1000, whose exponential is 0.
AK_INLINE f64x8 AK(logits_at)(const float *x, size_t i, size_t count, double taken) {
    if (i + ak_lanes <= count) return AK_WIDEN(x + i) - taken;
    f64x8 v = (f64x8){0} - 1000;
    for (size_t j = 0; i + j < count; j++) v[j] = x[i + j] - taken;
    return v;
}

/// log sum exp of x.
AK_INLINE double AK(log_of)(double x) { return AK(log64)((f64x8){0} + x)[0]; }

AK_INLINE double AK(log_sum)(size_t count, const float *x, double largest) {
    f64x8 sums = {0};
    for (size_t i = 0; i < count; i += ak_lanes) sums += AK(exp64)(AK(logits_at)(x, i, count, largest));
    return AK(log_of)(AK(sum8)(sums));
}

/// Where a logit stands among the others: NaN behind all.
AK_INLINE float AK(standing)(float logit) { return logit == logit ? logit : -INFINITY; }

/// The tokens of the `most` largest logits, the largest first; of equal ones the first token. -1 where there are no more tokens.
static void AK(keep_likeliest)(size_t count, const float *l, size_t most, int32_t *tokens) {
    size_t kept = 0;
    float least = -INFINITY; // of those kept, once they are as many as asked for
    for (size_t first = 0; first < count; first += likeliest_at_once) {
        const size_t end = ak_min(count, first + likeliest_at_once);
        if (kept == most) {
            int32_t above = 0;
            for (size_t i = first; i < end; i++) above += l[i] > least;
            if (above == 0) continue;
        }
        for (size_t i = first; i < end; i++) {
            const float own = AK(standing)(l[i]);
            if (kept == most && !(own > least)) continue;
            size_t place = kept < most ? kept++ : most - 1;
            for (; place > 0 && own > AK(standing)(l[tokens[place - 1]]); place--) tokens[place] = tokens[place - 1];
            tokens[place] = (int32_t)i;
            least = AK(standing)(l[tokens[kept - 1]]);
        }
    }
    for (; kept < most; kept++) tokens[kept] = -1;
}

/// log p = l - log sum exp l, entropy = log sum exp l - sum p l.
static void AK(predict)(const prediction_task *t, size_t row) {
    const float *l = t->logits + row * t->ld;
    const int32_t target = t->target[row];
    const double high = AK(largest)(t->width, l);
    const float own = target >= 0 ? l[target] : NAN;
    f64x8 sums = {0}, weighted = {0};
    for (size_t i = 0; i < t->width; i += ak_lanes) {
        const f64x8 d = AK(logits_at)(l, i, t->width, high), p = AK(exp64)(d);
        sums += p;
        weighted += p * d;
    }
    int32_t above = 0;
    for (size_t i = 0; i < t->width; i++) above += l[i] > own; // false for every i when there is no target
    const double sum = AK(sum8)(sums), log_sum = AK(log_of)(sum);
    t->log_probability[row] = target >= 0 ? ((double)own - high) - log_sum : NAN;
    t->entropy[row] = log_sum - AK(sum8)(weighted) / sum;
    t->rank[row] = target >= 0 ? above + 1 : 0;
    if (t->most == 0) return;
    int32_t *tokens = t->tokens + row * t->most;
    AK(keep_likeliest)(t->width, l, t->most, tokens);
    for (size_t i = 0; i < t->most; i++)
        t->token_log_probability[row * t->most + i] = tokens[i] >= 0 ? ((double)l[tokens[i]] - high) - log_sum : NAN;
}

/// KL(p ‖ q) = sum p (log p - log q).
static void AK(divergence)(const divergence_task *t, size_t row) {
    const float *p = t->p + row * t->ld_p, *q = t->q + row * t->ld_q;
    const double top_p = AK(largest)(t->width, p), top_q = AK(largest)(t->width, q);
    const double log_p = top_p + AK(log_sum)(t->width, p, top_p), log_q = top_q + AK(log_sum)(t->width, q, top_q);
    f64x8 sums = {0};
    for (size_t i = 0; i < t->width; i += ak_lanes) {
        const f64x8 lp = AK(logits_at)(p, i, t->width, log_p), lq = AK(logits_at)(q, i, t->width, log_q);
        sums += AK(exp64)(lp) * (lp - lq);
    }
    const double sum = AK(sum8)(sums);
    t->out[row] = sum < 0 ? 0 : sum; // rounding of what cannot be negative
}

#else
typedef struct {
    size_t width, ld;
    const float *logits;
    const int32_t *target;
    double *log_probability, *entropy;
    int32_t *rank;
    size_t most;
    int32_t *tokens;
    double *token_log_probability;
} prediction_task;

enum { likeliest_at_once = 64 };

typedef struct {
    size_t width, ld_p, ld_q;
    const float *p, *q;
    double *out;
} divergence_task;

#define AK_FILE "predictions.c"
#include "each_isa.h"

static void predict_body(void *context, size_t row, size_t worker) {
    (void)worker;
    AK_CALL(predict)(context, row);
}

void ak_predictions(size_t rows, size_t width, const float *logits, size_t ld, const int32_t *target,
                    double *log_probability, double *entropy, int32_t *rank, size_t most, int32_t *tokens,
                    double *token_log_probability) {
    prediction_task t = {width, ld, logits, target, log_probability, entropy, rank, most, tokens, token_log_probability};
    ak_parallel(rows, 4 * (double)rows * (double)width, &t, predict_body);
}

static void divergence_body(void *context, size_t row, size_t worker) {
    (void)worker;
    AK_CALL(divergence)(context, row);
}

void ak_kl_divergence(size_t rows, size_t width, const float *reference, size_t ld_reference,
                      const float *logits, size_t ld_logits, double *out) {
    divergence_task t = {width, ld_reference, ld_logits, reference, logits, out};
    ak_parallel(rows, 8 * (double)rows * (double)width, &t, divergence_body);
}
#endif
