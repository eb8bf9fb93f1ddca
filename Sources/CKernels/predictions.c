#include "exp.h"

typedef struct {
    size_t width, ld;
    const float *logits;
    const int32_t *target;
    double *log_probability, *entropy;
    int32_t *rank;
} prediction_task;

/// log p = l - log sum exp l, entropy = log sum exp l - sum p l, both with the largest logit taken away first.
AK_MULTIVERSION
static void predict(const prediction_task *t, size_t row) {
    const float *l = t->logits + row * t->ld;
    const int32_t target = t->target[row];
    float maximum = -INFINITY;
    for (size_t i = 0; i < t->width; i++) maximum = l[i] > maximum ? l[i] : maximum;
    double sum = 0, weighted = 0;
    int32_t above = 0;
    const float own = target >= 0 ? l[target] : NAN;
    for (size_t i = 0; i < t->width; i++) {
        const double d = (double)l[i] - maximum, p = exp(d);
        sum += p;
        weighted += p * d;
        above += l[i] > own; // false for every i when there is no target
    }
    t->log_probability[row] = target >= 0 ? ((double)own - maximum) - log(sum) : NAN;
    t->entropy[row] = log(sum) - weighted / sum;
    t->rank[row] = target >= 0 ? above + 1 : 0;
}

static void predict_body(void *context, size_t i) { predict(context, i); }

void ak_predictions(size_t rows, size_t width, const float *logits, size_t ld, const int32_t *target,
                    double *log_probability, double *entropy, int32_t *rank) {
    prediction_task t = {width, ld, logits, target, log_probability, entropy, rank};
    ak_parallel(rows, &t, predict_body);
}

typedef struct {
    size_t width, ld_p, ld_q;
    const float *p, *q;
    double *out;
} divergence_task;

static double log_sum(size_t width, const float *l, double *maximum) {
    float m = -INFINITY;
    for (size_t i = 0; i < width; i++) m = l[i] > m ? l[i] : m;
    double sum = 0;
    for (size_t i = 0; i < width; i++) sum += exp((double)l[i] - m);
    *maximum = m;
    return log(sum);
}

/// KL(p ‖ q) = sum p (log p - log q).
static void divergence(void *context, size_t row) {
    const divergence_task *t = context;
    const float *p = t->p + row * t->ld_p, *q = t->q + row * t->ld_q;
    double top_p, top_q, sum = 0;
    const double log_p = log_sum(t->width, p, &top_p), log_q = log_sum(t->width, q, &top_q);
    for (size_t i = 0; i < t->width; i++) {
        const double lp = p[i] - top_p - log_p, lq = q[i] - top_q - log_q;
        sum += exp(lp) * (lp - lq);
    }
    t->out[row] = sum < 0 ? 0 : sum; // rounding of what cannot be negative
}

void ak_kl_divergence(size_t rows, size_t width, const float *reference, size_t ld_reference,
                      const float *logits, size_t ld_logits, double *out) {
    divergence_task t = {width, ld_reference, ld_logits, reference, logits, out};
    ak_parallel(rows, &t, divergence);
}
