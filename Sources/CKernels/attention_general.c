#include "exp.h"
#include <stdatomic.h>
#include <stdlib.h>

// Attention with a sliding window, soft-capped scores or ALiBi: a task is one head of one sequence, and takes its queries
// one by one. Keys outside a query's window are left out of the sums, not multiplied by zero.

typedef struct {
    const ak_attention_arguments *a;
    atomic_int status;
} general_task;

/// The keys that a query sees: first...last - 1.
static void visible(const ak_attention_arguments *a, size_t own, size_t length, size_t *first, size_t *last) {
    const size_t reach = a->causal ? a->window : a->window / 2 + 1; // keys behind and its own
    *first = a->window && own + 1 > reach ? own + 1 - reach : 0;
    *last = a->causal ? own + 1 : a->window ? ak_min(length, own + reach) : length;
}

AK_MULTIVERSION
static float dot(size_t width, const float *a, const float *b) {
    f64x8 sums = {0};
    double tail = 0;
    size_t i = 0;
    for (; i + 8 <= width; i += 8) sums += AK_WIDEN(a + i) * AK_WIDEN(b + i);
    for (; i < width; i++) tail += (double)a[i] * b[i];
    return (float)(ak_sum8(&sums) + tail);
}

AK_MULTIVERSION
static void mix(size_t width, float weight, const float *restrict v, double *restrict sums) {
    for (size_t i = 0; i < width; i++) sums[i] += (double)weight * v[i];
}

static void attend(void *context, size_t i) {
    general_task *t = context;
    const ak_attention_arguments *a = t->a;
    const size_t sequence = i / a->heads, head = i % a->heads, group = head / (a->heads / a->key_heads), d = a->head_width;
    const size_t start = a->starts[sequence], length = a->starts[sequence + 1] - start;
    float *scores = malloc((length + 1) * sizeof(float));
    double *sums = malloc(d * sizeof(double));
    if (!scores || !sums) atomic_store(&t->status, -1);
    for (size_t own = 0; scores && sums && own < length; own++) {
        size_t first, last;
        visible(a, own, length, &first, &last);
        const size_t count = last - first, row = start + own;
        const float *q = a->q + row * a->ld_qkv + head * d;
        float maximum = -INFINITY;
        for (size_t j = 0; j < count; j++) {
            float s = dot(d, q, a->k + (start + first + j) * a->ld_qkv + group * d) * a->scale;
            if (a->soft_cap > 0) s = tanhf(s / a->soft_cap) * a->soft_cap;
            if (a->alibi_slopes) s += a->alibi_slopes[head] * ((float)(first + j) - (float)own);
            scores[j] = s;
            if (!(s <= maximum)) maximum = s; // NaN too
        }
        if (a->scores) memcpy(a->scores + a->offsets[row] + head * count, scores, count * sizeof(float));
        double sum = 0;
        for (size_t j = 0; j < count; j++) { scores[j] = ak_exp(scores[j] - maximum); sum += scores[j]; }
        for (size_t j = 0; j < count; j++) scores[j] = (float)(scores[j] / sum);
        if (a->pattern) memcpy(a->pattern + a->offsets[row] + head * count, scores, count * sizeof(float));
        memset(sums, 0, d * sizeof(double));
        for (size_t j = 0; j < count; j++) mix(d, scores[j], a->v + (start + first + j) * a->ld_qkv + group * d, sums);
        for (size_t x = 0; x < d; x++) a->z[row * a->ldz + head * d + x] = (float)sums[x];
    }
    free(scores);
    free(sums);
}

int ak_attention_general(const ak_attention_arguments *a) {
    general_task t = {.a = a};
    ak_parallel(a->sequences * a->heads, &t, attend);
    return atomic_load(&t.status);
}
