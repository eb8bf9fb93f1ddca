#include "exp.h"
#include "tile.h"
#include <stdatomic.h>
#include <stdlib.h>

// In two steps over the pool. First the keys and values of every head are laid out in panels, as the multiplication
// reads them. Then a task is one head of one sequence and a block of its queries; it takes `ak_tile_rows` queries at a
// time: their scores against the keys they may see, the softmax, and the mix of the values. Under the causal mask what
// lies beyond a query is left out of the sums, not multiplied by zero: a token cannot reach an earlier one, not even as NaN.

enum { panel = ak_tile_columns, query_block = 8 * ak_tile_rows };

typedef struct { size_t sequence, first; } block;

typedef struct {
    const ak_attention_arguments *a;
    const block *blocks;
    size_t count;       // of blocks
    size_t value_width; // head width, up to whole panels
    atomic_int status;
} attention_task;

static size_t up(size_t n, size_t step) { return (n + step - 1) / step * step; }

// A line more than whole panels: rows a power of two apart would push each other out of the cache.
static size_t score_stride(size_t keys) { return up(keys, panel) + 16; }

// A sequence's keys are filled up to whole panels; before it come those of the sequences before it.
static size_t padded_start(const ak_attention_arguments *a, size_t sequence) {
    return up(a->starts[sequence], panel) + sequence * panel;
}

static size_t padded_rows(const ak_attention_arguments *a) { return padded_start(a, a->sequences); }

static float *packed_keys(const attention_task *t, size_t group, size_t sequence) {
    return t->a->scratch + (group * padded_rows(t->a) + padded_start(t->a, sequence)) * t->a->head_width;
}

static float *packed_values(const attention_task *t, size_t group, size_t sequence) {
    return t->a->scratch + t->a->key_heads * padded_rows(t->a) * t->a->head_width
        + (group * padded_rows(t->a) + padded_start(t->a, sequence)) * t->value_width;
}

size_t ak_attention_scratch(const ak_attention_arguments *a) {
    return a->key_heads * padded_rows(a) * (a->head_width + up(a->head_width, panel));
}

/// Keys become panels [head width][32 keys], values panels [keys][32 features].
static void pack(void *context, size_t i) {
    const attention_task *t = context;
    const ak_attention_arguments *a = t->a;
    const size_t group = i % a->key_heads, sequence = i / a->key_heads;
    const size_t start = a->starts[sequence], length = a->starts[sequence + 1] - start, d = a->head_width;
    float *keys = packed_keys(t, group, sequence), *values = packed_values(t, group, sequence);
    const float *k = a->k + start * a->ld_qkv + group * d, *v = a->v + start * a->ld_qkv + group * d;
    for (size_t first = 0; first < length; first += panel) {
        float *to = keys + first * d;
        for (size_t j = 0; j < panel; j++)
            for (size_t x = 0; x < d; x++) to[x * panel + j] = first + j < length ? k[(first + j) * a->ld_qkv + x] : 0;
    }
    for (size_t first = 0; first < d; first += panel) {
        float *to = values + first * length;
        const size_t width = ak_min(panel, d - first);
        for (size_t row = 0; row < length; row++, to += panel) {
            memcpy(to, v + row * a->ld_qkv + first, width * sizeof(float));
            memset(to + width, 0, (panel - width) * sizeof(float));
        }
    }
}

/// In place: e^(scale · score - largest) of scores[0..<count]; the largest is taken away so that exp cannot overflow.
/// Returns the sum. `keep` gets the scaled scores.
AK_MULTIVERSION
static double exponentials(size_t count, float *scores, float scale, float *keep) {
    float lanes[16], maximum;
    size_t i = 0;
    for (int j = 0; j < 16; j++) lanes[j] = -INFINITY;
    for (; i + 16 <= count; i += 16)
        for (int j = 0; j < 16; j++) {
            const float s = scores[i + j] * scale;
            scores[i + j] = s;
            lanes[j] = s > lanes[j] ? s : lanes[j];
        }
    maximum = lanes[0];
    for (int j = 1; j < 16; j++) maximum = lanes[j] > maximum ? lanes[j] : maximum;
    for (; i < count; i++) { scores[i] *= scale; maximum = scores[i] > maximum ? scores[i] : maximum; }
    if (keep) memcpy(keep, scores, count * sizeof(float));
    for (i = 0; i < count; i++) scores[i] = ak_exp(scores[i] - maximum);
    f64x8 sums = {0};
    double sum = 0;
    for (i = 0; i + 8 <= count; i += 8) sums += AK_WIDEN(scores + i);
    for (; i < count; i++) sum += scores[i];
    return ak_sum8(&sums) + sum;
}

AK_MULTIVERSION
static void scale_row(size_t count, const float *x, float factor, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = x[i] * factor;
}

/// Where a row of scores or of the pattern is collected, or NULL.
static float *kept_row(const ak_attention_arguments *a, float *into, size_t row, size_t keys, size_t head) {
    return into ? into + a->offsets[row] + head * keys : NULL;
}

/// Up to `ak_tile_rows` queries of one head: rows first... of a sequence.
static void attend_rows(const attention_task *t, size_t sequence, size_t head, size_t first, size_t rows, float *scores) {
    const ak_attention_arguments *a = t->a;
    const size_t start = a->starts[sequence], length = a->starts[sequence + 1] - start, d = a->head_width;
    const size_t group = head / (a->heads / a->key_heads);
    const size_t seen = a->causal ? first + rows : length, stride = score_stride(length);
    const size_t shared = a->causal ? first + 1 : length; // keys that all of these queries see
    const float *q = a->q + (start + first) * a->ld_qkv + head * d;
    const float *keys = packed_keys(t, group, sequence), *values = packed_values(t, group, sequence);
    float inverse[ak_tile_rows], mix[ak_tile_rows * panel];

    for (size_t key = 0; key < seen; key += panel) ak_tile(rows, d, q, a->ld_qkv, keys + key * d, scores + key, stride, false);
    for (size_t r = 0; r < rows; r++) {
        const size_t count = a->causal ? shared + r : length, row = start + first + r;
        float *own = scores + r * stride, *pattern = kept_row(a, a->pattern, row, count, head);
        inverse[r] = (float)(1 / exponentials(count, own, a->scale, kept_row(a, a->scores, row, count, head)));
        if (pattern) scale_row(count, own, inverse[r], pattern);
    }
    for (size_t column = 0; column < d; column += panel) {
        const float *part = values + column * length;
        ak_tile(rows, shared, scores, stride, part, mix, panel, false);
        for (size_t r = 0; r < rows; r++) {
            if (a->causal && r) // and the keys that it sees and the first of them does not
                ak_tile(1, r, scores + r * stride + shared, stride, part + shared * panel, mix + r * panel, panel, true);
            scale_row(ak_min(panel, d - column), mix + r * panel, inverse[r], a->z + (start + first + r) * a->ldz + head * d + column);
        }
    }
}

static void attend(void *context, size_t i) {
    attention_task *t = context;
    const ak_attention_arguments *a = t->a;
    const block b = t->blocks[i / a->heads];
    const size_t length = a->starts[b.sequence + 1] - a->starts[b.sequence], last = ak_min(length, b.first + query_block);
    float *scores = aligned_alloc(64, ak_tile_rows * score_stride(length) * sizeof(float));
    if (!scores) { atomic_store(&t->status, -1); return; }
    for (size_t first = b.first; first < last; first += ak_tile_rows)
        attend_rows(t, b.sequence, i % a->heads, first, ak_min(ak_tile_rows, last - first), scores);
    free(scores);
}

int ak_attention(const ak_attention_arguments *a) {
    if (a->window || a->soft_cap > 0 || a->alibi_slopes) return ak_attention_general(a);
    size_t count = 0;
    for (size_t s = 0; s < a->sequences; s++) count += (a->starts[s + 1] - a->starts[s] + query_block - 1) / query_block;
    if (!count) return 0;
    block *blocks = malloc(count * sizeof(block));
    if (!blocks) return -1;
    size_t n = 0;
    for (size_t s = 0; s < a->sequences; s++)
        for (size_t first = 0; first < a->starts[s + 1] - a->starts[s]; first += query_block) blocks[n++] = (block){s, first};
    attention_task t = {.a = a, .blocks = blocks, .count = count, .value_width = up(a->head_width, panel)};
    ak_parallel(a->sequences * a->key_heads, &t, pack);
    ak_parallel(count * a->heads, &t, attend);
    free(blocks);
    return atomic_load(&t.status);
}
