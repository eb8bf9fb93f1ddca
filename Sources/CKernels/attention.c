#include "internal.h"

// Attention, the definition. For a query and the keys that it sees, in their order:
//
//     score = (q · k) · scale, q · k being the product's sum; then the soft cap; then ALiBi's slope · (key - own position)
//     weight = exp(score - largest score)
//     z = (the sum of weight · v) · (1 / the sum of weights)
//
// Keys are in blocks of 256 from the first of the sequence on. The sum of weight · v is, for each block, a chain of fused
// multiply-adds over the keys in order, from zero; the blocks' sums added in order to zero. The sum of weights is, for each block,
// eight lanes in double precision and then the rest in order; the blocks' sums added in order. A key that is not seen is left out
// of the sums, not multiplied by zero: a token cannot reach an earlier one, not even as NaN.
//
// How it is computed. The keys and values of every head are laid out in panels, as tiles read them. Then a task is one head
// of one sequence and some of its queries; it takes a tile's rows of them at a time: their scores, the softmax, the mix of the values.

#ifdef AK_ISA
#include "tile.h"
#include "functions.h"

/// Keys become panels [head width][panel keys], values panels [keys][panel features].
static void AK(pack_keys_and_values)(const attention_task *t, size_t group, size_t sequence) {
    const ak_attention_arguments *a = t->a;
    const size_t start = a->starts[sequence], length = a->starts[sequence + 1] - start, d = a->head_width, panel = AK(panel);
    float *keys = packed_keys(t, group, sequence), *values = packed_values(t, group, sequence);
    const float *k = a->k + start * a->ld_qkv + group * d, *v = a->v + start * a->ld_qkv + group * d;
    for (size_t first = 0; first < length; first += panel, keys += panel * d)
        for (size_t j = 0; j < panel; j += 8) {
            size_t x = 0;
            if (first + j + 8 <= length)
                for (; x + 8 <= d; x += 8) AK(transpose8)(k + (first + j) * a->ld_qkv + x, a->ld_qkv, keys + x * panel + j, panel);
            for (; x < d; x++)
                for (size_t i = j; i < j + 8; i++) keys[x * panel + i] = first + i < length ? k[(first + i) * a->ld_qkv + x] : 0;
        }
    for (size_t first = 0; first < d; first += panel) {
        const size_t width = ak_min(panel, d - first);
        for (size_t row = 0; row < length; row++, values += panel) {
            memcpy(values, v + row * a->ld_qkv + first, width * sizeof(float));
            memset(values + width, 0, (panel - width) * sizeof(float));
        }
    }
}

/// Sixteen scores from products, of keys from `key` on.
AK_INLINE f32x16 AK(finish_scores)(const ak_attention_arguments *a, f32x16 s, float slope, float distance) {
    static const float count[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    s *= a->scale;
    if (a->soft_cap > 0) s = a->soft_cap * AK(tanh)(s / a->soft_cap);
    if (slope != 0) s += slope * (distance + AK_LOAD16(count));
    return s;
}

/// The softmax of one query, in place, but for the division: its products with keys first..<last, in blocks of 256 that are `ld`
/// apart, become weights. Returns their sum. `keep` gets the scores.
AK_INLINE double AK(weigh)(const ak_attention_arguments *a, size_t head, size_t own, size_t first, size_t last, float *x, size_t ld, float *keep) {
    const float slope = a->slopes ? a->slopes[head] : 0;
    f32x16 highs = AK(splat)(-INFINITY);
    for (size_t key = first, n; key < last; key += n) {
        float *s = x + key / ak_block * ld + key % ak_block;
        n = ak_min(ak_block - key % ak_block, last - key);
        for (size_t i = 0; i < n; i += 16) {
            f32x16 v = AK(finish_scores)(a, AK(load)(s + i, n - i), slope, (float)(key + i) - (float)own);
            AK(store)(s + i, v, n - i);
            if (keep) AK(store)(keep + (key + i - first), v, n - i);
            for (size_t beyond = n - i; beyond < 16; beyond++) v[beyond] = -INFINITY;
            highs = AK_SELECT(v > highs, v, highs);
        }
    }
    float high = highs[0];
    for (int i = 1; i < 16; i++) high = highs[i] > high ? highs[i] : high;
    double total = 0;
    for (size_t key = first, n; key < last; key += n) {
        float *s = x + key / ak_block * ld + key % ak_block;
        n = ak_min(ak_block - key % ak_block, last - key);
        f64x8 sums = {0};
        double rest = 0;
        size_t i = 0;
        for (; i + 16 <= n; i += 16) {
            const f32x16 w = AK(exp)(AK_LOAD16(s + i) - high);
            *(f32x16 *)(s + i) = w;
            sums += AK_WIDEN_LOW(w);
            sums += AK_WIDEN_HIGH(w);
        }
        if (i < n) AK(store)(s + i, AK(exp)(AK(load)(s + i, n - i) - high), n - i);
        for (; i + 8 <= n; i += 8) sums += AK_WIDEN(s + i);
        for (; i < n; i++) rest += s[i];
        total += AK(sum8)(sums) + rest;
    }
    return total;
}

/// A tile of rows that are a block apart, and of a panel that the next one follows.
AK_INLINE void AK(add_panel)(size_t rows, size_t depth, const float *a, const float *b, float *c, size_t ldc, ak_tile_end end) {
    AK(tile)(rows, ak_f32, depth, a, ak_block, b, c, ldc, end, (ak_next){(const char *)(b + depth * AK(panel)), AK(panel) * sizeof(float)});
}

/// Up to a tile's rows of queries of one head, from `first` of the sequence on. `q`, `x`, `mix`: the worker's memory.
static void AK(attend_rows)(const attention_task *t, size_t sequence, size_t head, size_t first, size_t rows, float *q, float *x, float *mix) {
    enum { panel = AK(panel), most = AK(tile_rows), ld = most * ak_block };
    const ak_attention_arguments *a = t->a;
    const size_t start = a->starts[sequence], length = a->starts[sequence + 1] - start, d = a->head_width;
    const size_t group = head / (a->heads / a->key_heads);
    const float *keys = packed_keys(t, group, sequence), *values = packed_values(t, group, sequence);
    key_range seen[most], any = {length, 0}, all = {0, length};
    for (size_t r = 0; r < rows; r++) {
        seen[r] = keys_seen(a, first + r, length);
        any = (key_range){ak_min(any.first, seen[r].first), ak_max(any.last, seen[r].last)};
        all = (key_range){ak_max(all.first, seen[r].first), ak_min(all.last, seen[r].last)};
    }
    for (size_t i = 0; i < d; i += ak_block)
        for (size_t r = 0; r < rows; r++)
            memcpy(q + i / ak_block * ld + r * ak_block, a->q + (start + first + r) * a->ld_qkv + head * d + i, ak_min(ak_block, d - i) * sizeof(float));
    for (size_t key = any.first / panel * panel; key < any.last; key += panel)
        for (size_t i = 0; i < d; i += ak_block)
            AK(add_panel)(rows, ak_min(ak_block, d - i), q + i / ak_block * ld, keys + key * d + i * panel,
                     x + key / ak_block * ld + key % ak_block, ak_block, i == 0 ? ak_tile_store : ak_tile_add);

    float inverse[most];
    for (size_t r = 0; r < rows; r++) {
        const size_t row = start + first + r, count = seen[r].last - seen[r].first;
        float *scores = kept_row(a, a->scores, row, count, head), *pattern = kept_row(a, a->pattern, row, count, head);
        inverse[r] = (float)(1 / AK(weigh)(a, head, first + r, seen[r].first, seen[r].last, x + r * ak_block, ld, scores));
        for (size_t key = seen[r].first; pattern && key < seen[r].last; key++)
            pattern[key - seen[r].first] = x[key / ak_block * ld + r * ak_block + key % ak_block] * inverse[r];
    }
    float *part = mix + most * panel;
    for (size_t column = 0; column < d; column += panel) {
        const float *v = values + column * length;
        memset(mix, 0, rows * panel * sizeof(float));
        for (size_t block = any.first / ak_block * ak_block; block < any.last; block += ak_block) {
            const float *w = x + block / ak_block * ld;
            const size_t end = ak_min(block + ak_block, any.last), from = ak_min(ak_max(all.first, block), end);
            const size_t to = ak_max(from, ak_min(all.last, end));
            if (from == block && to == end) { // all of these queries see all of these keys
                AK(add_panel)(rows, to - from, w, v + from * panel, mix, panel, ak_tile_add);
                continue;
            }
            // A query's chain: the keys that it sees and others do not, those that all see, and again some of its own.
            memset(part, 0, rows * panel * sizeof(float));
            for (size_t r = 0; r < rows; r++) {
                const size_t own = ak_max(block, seen[r].first), last = ak_min(from, seen[r].last);
                if (own < last) AK(add_panel)(1, last - own, w + r * ak_block + own - block, v + own * panel, part + r * panel, panel, ak_tile_go_on);
            }
            AK(add_panel)(rows, to - from, w + from - block, v + from * panel, part, panel, ak_tile_go_on);
            for (size_t r = 0; r < rows; r++) {
                const size_t own = ak_min(seen[r].last, end), begin = ak_max(to, seen[r].first);
                if (begin < own) AK(add_panel)(1, own - begin, w + r * ak_block + begin - block, v + begin * panel, part + r * panel, panel, ak_tile_go_on);
            }
            for (size_t i = 0; i < rows * panel; i += 16) *(f32x16 *)(mix + i) += AK_LOAD16(part + i);
        }
        for (size_t r = 0; r < rows; r++) {
            float *z = a->z + (start + first + r) * a->ldz + head * d + column;
            for (size_t i = 0; i < ak_min(panel, d - column); i++) z[i] = mix[r * panel + i] * inverse[r];
        }
    }
}

static const tile_size AK(attention_tile) = {AK(tile_rows), AK(panel)};

#else
#include <stdlib.h>

enum { queries_per_task = 96 };

typedef struct { size_t rows, columns; } tile_size;
typedef struct { size_t first, last; } key_range;
typedef struct { size_t sequence, first; } query_block;

typedef struct {
    const ak_attention_arguments *a;
    const query_block *blocks;
    size_t count, panel;            // of blocks; columns of a panel
    size_t q, x, mix;               // floats of a worker's memory
    float *workers;
} attention_task;

static inline size_t ak_max(size_t a, size_t b) { return a > b ? a : b; }

/// The keys that a query sees.
static key_range keys_seen(const ak_attention_arguments *a, size_t own, size_t length) {
    const size_t back = !a->window ? own : a->causal ? a->window - 1 : a->window / 2;
    const size_t ahead = a->causal ? 0 : a->window ? a->window / 2 : length;
    return (key_range){own > back ? own - back : 0, ak_min(length, own + ahead + 1)};
}

// A sequence's keys are filled up to whole panels; before it come those of the sequences before it.
static size_t padded_start(const ak_attention_arguments *a, size_t panel, size_t sequence) {
    return ak_round_up(a->starts[sequence], panel) + sequence * panel;
}

static size_t padded_rows(const ak_attention_arguments *a, size_t panel) { return padded_start(a, panel, a->sequences); }

static float *packed_keys(const attention_task *t, size_t group, size_t sequence) {
    return t->a->scratch + (group * padded_rows(t->a, t->panel) + padded_start(t->a, t->panel, sequence)) * t->a->head_width;
}

static float *packed_values(const attention_task *t, size_t group, size_t sequence) {
    return t->a->scratch + t->a->key_heads * padded_rows(t->a, t->panel) * t->a->head_width
        + (group * padded_rows(t->a, t->panel) + padded_start(t->a, t->panel, sequence)) * ak_round_up(t->a->head_width, t->panel);
}

/// Where a row of scores or of the pattern is collected, or NULL.
static float *kept_row(const ak_attention_arguments *a, float *into, size_t row, size_t keys, size_t head) {
    return into ? into + a->offsets[row] + head * keys : NULL;
}

#define AK_FILE "attention.c"
#include "each_isa.h"

static size_t longest(const ak_attention_arguments *a) {
    size_t most = 0;
    for (size_t s = 0; s < a->sequences; s++) most = ak_max(most, a->starts[s + 1] - a->starts[s]);
    return most;
}

static attention_task plan(const ak_attention_arguments *a) {
    const tile_size tile = AK_CALL(attention_tile);
    attention_task t = {.a = a, .panel = tile.columns};
    t.q = ak_round_up(a->head_width, ak_block) * tile.rows;
    t.x = ak_round_up(longest(a), ak_block) * tile.rows;
    t.mix = 2 * tile.rows * tile.columns;
    if (a->scratch) t.workers = packed_values(&t, a->key_heads, 0);
    return t;
}

size_t ak_attention_scratch(const ak_attention_arguments *a) {
    const attention_task t = plan(a);
    return a->key_heads * padded_rows(a, t.panel) * (a->head_width + ak_round_up(a->head_width, t.panel))
        + (size_t)ak_threads() * (t.q + t.x + t.mix);
}

static void pack(void *context, size_t i, size_t worker) {
    const attention_task *t = context;
    (void)worker;
    AK_CALL(pack_keys_and_values)(t, i % t->a->key_heads, i / t->a->key_heads);
}

static void attend(void *context, size_t i, size_t worker) {
    const attention_task *t = context;
    const ak_attention_arguments *a = t->a;
    const query_block b = t->blocks[t->count - 1 - i / a->heads]; // the longest first: whoever is done helps with shorter ones
    const size_t last = ak_min(a->starts[b.sequence + 1] - a->starts[b.sequence], b.first + queries_per_task);
    const size_t rows = AK_CALL(attention_tile).rows;
    float *q = t->workers + worker * (t->q + t->x + t->mix), *x = q + t->q, *mix = x + t->x;
    for (size_t first = b.first; first < last; first += rows)
        AK_CALL(attend_rows)(t, b.sequence, i % a->heads, first, ak_min(rows, last - first), q, x, mix);
}

int ak_attention(const ak_attention_arguments *a) {
    attention_task t = plan(a);
    double pairs = 0, values = 0;
    for (size_t s = 0; s < a->sequences; s++) {
        const size_t length = a->starts[s + 1] - a->starts[s];
        t.count += ak_ceil_div(length, queries_per_task);
        pairs += (double)length * (double)length;
        values += (double)length;
    }
    if (!t.count) return 0;
    query_block *blocks = malloc(t.count * sizeof(query_block));
    if (!blocks) return -1;
    size_t n = 0;
    for (size_t s = 0; s < a->sequences; s++)
        for (size_t first = 0; first < a->starts[s + 1] - a->starts[s]; first += queries_per_task) blocks[n++] = (query_block){s, first};
    t.blocks = blocks;
    ak_parallel(a->sequences * a->key_heads, values * (double)(a->key_heads * a->head_width), &t, pack);
    ak_parallel(t.count * a->heads, pairs * (double)(a->heads * a->head_width) / 20, &t, attend);
    free(blocks);
    return 0;
}
#endif
