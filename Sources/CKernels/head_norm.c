#include "internal.h"

typedef struct { const ak_head_norm *n; size_t step; } head_norm_task;

AK_MULTIVERSION
static void normalize(const ak_head_norm *n, size_t row, size_t head) {
    const size_t width = n->width, at = row * n->heads + head;
    const float *x = n->x + row * n->ldx + head * width, *gain = n->gain + (n->gain_by_head ? head * width : 0);
    double mean, variance;
    ak_mean_variance(width, x, &mean, &variance);
    const double taken = n->rms ? 0 : mean, scale = sqrt(variance + (n->rms ? mean * mean : 0) + n->epsilon), inverse = 1 / scale;
    if (n->scale) n->scale[at] = (float)scale;
    if (n->moments) { n->moments[2 * at] = mean; n->moments[2 * at + 1] = variance; }
    if (n->normalized) {
        float *to = n->normalized + at * width;
        for (size_t i = 0; i < width; i++) to[i] = (float)((x[i] - taken) * inverse);
    }
    float *y = n->out + row * n->ldo + head * width;
    for (size_t i = 0; i < width; i++) y[i] = (float)((x[i] - taken) * inverse) * gain[i] + (n->bias ? n->bias[i] : 0);
}

static void head_norm_body(void *context, size_t i) {
    const head_norm_task *t = context;
    for (size_t row = i * t->step; row < ak_min(t->n->rows, (i + 1) * t->step); row++)
        for (size_t head = 0; head < t->n->heads; head++) normalize(t->n, row, head);
}

void ak_normalize_heads(const ak_head_norm *n) {
    head_norm_task t = {n, ak_rows_per_task(n->heads * n->width)};
    ak_parallel((n->rows + t.step - 1) / t.step, &t, head_norm_body);
}
