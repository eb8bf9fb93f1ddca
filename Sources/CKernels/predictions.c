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
