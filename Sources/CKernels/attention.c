#include "exp.h"
#include <stdatomic.h>
#include <stdlib.h>

// A task is one head of one sequence and a block of its queries. A block meets only the keys up to its own last
// query: what the mask would discard beyond it is never computed.
enum { query_block = 128 };

typedef struct { size_t sequence, first; } block;

typedef struct {
    const ak_attention_arguments *a;
    const block *blocks;
    size_t count;
    atomic_int status;
} attention_task;

/// In place: softmax of scores[0..<count]; the largest is taken away first, so that exp cannot overflow.
AK_MULTIVERSION
static void softmax(size_t count, float *scores) {
    float lanes[16], maximum;
    size_t i = 0;
    for (int j = 0; j < 16; j++) lanes[j] = -INFINITY;
    for (; i + 16 <= count; i += 16)
        for (int j = 0; j < 16; j++) lanes[j] = scores[i + j] > lanes[j] ? scores[i + j] : lanes[j];
    maximum = lanes[0];
    for (int j = 1; j < 16; j++) maximum = lanes[j] > maximum ? lanes[j] : maximum;
    for (; i < count; i++) maximum = scores[i] > maximum ? scores[i] : maximum;
    for (i = 0; i < count; i++) scores[i] = ak_exp(scores[i] - maximum);
    f64x8 sums = {0};
    double sum = 0;
    for (i = 0; i + 8 <= count; i += 8) sums += AK_WIDEN(scores + i);
    for (; i < count; i++) sum += scores[i];
    const float inverse = (float)(1 / (ak_sum8(&sums) + sum));
    for (i = 0; i < count; i++) scores[i] *= inverse;
}

AK_MULTIVERSION
static void scale_row(size_t count, float *x, float scale) {
    for (size_t i = 0; i < count; i++) x[i] *= scale;
}

/// Puts a query's row of scores or pattern where the caller collects them.
static void keep(const ak_attention_arguments *a, float *into, size_t row, size_t position, size_t head, const float *values) {
    memcpy(into + a->offsets[row] + head * (position + 1), values, (position + 1) * sizeof(float));
}

static void attend(void *context, size_t i) {
    attention_task *t = context;
    if (i >= t->count) return;
    const ak_attention_arguments *a = t->a;
    const block b = t->blocks[i / a->heads];
    const size_t head = i % a->heads, start = a->starts[b.sequence], length = a->starts[b.sequence + 1] - start;
    const size_t queries = ak_min(query_block, length - b.first), keys = b.first + queries, column = head * a->head_width;
    float *scores = aligned_alloc(64, (queries * keys * sizeof(float) + 63) / 64 * 64);
    if (!scores) { atomic_store(&t->status, -1); return; }

    int status = ak_block_matmul(queries, a->head_width, keys, a->q + (start + b.first) * a->ld_qkv + column, a->ld_qkv,
                           a->k + start * a->ld_qkv + column, a->ld_qkv, true, scores, keys, false);
    for (size_t j = 0; j < queries; j++) {
        float *row = scores + j * keys;
        const size_t position = b.first + j;
        scale_row(position + 1, row, a->scale);
        if (a->scores) keep(a, a->scores, start + position, position, head, row);
        softmax(position + 1, row);
        memset(row + position + 1, 0, (keys - position - 1) * sizeof(float));
        if (a->pattern) keep(a, a->pattern, start + position, position, head, row);
    }
    if (!status)
        status = ak_block_matmul(queries, keys, a->head_width, scores, keys, a->v + start * a->ld_qkv + column, a->ld_qkv, false,
                           a->z + (start + b.first) * a->ldz + column, a->ldz, false);
    free(scores);
    if (status) atomic_store(&t->status, status);
}

int ak_attention(const ak_attention_arguments *a) {
    size_t count = 0;
    for (size_t s = 0; s < a->sequences; s++) count += (a->starts[s + 1] - a->starts[s] + query_block - 1) / query_block;
    if (!count) return 0;
    block *blocks = malloc(count * sizeof(block));
    if (!blocks) return -1;
    size_t n = 0;
    for (size_t s = 0; s < a->sequences; s++)
        for (size_t first = 0; first < a->starts[s + 1] - a->starts[s]; first += query_block) blocks[n++] = (block){s, first};
    attention_task t = {.a = a, .blocks = blocks, .count = count * a->heads, .status = 0};
    // Never one task alone: outside a parallel region the library might split a multiplication over the threads,
    // and add up in another order.
    ak_parallel(t.count > 1 ? t.count : 2, &t, attend);
    free(blocks);
    return atomic_load(&t.status);
}
