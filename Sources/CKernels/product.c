#include "internal.h"
#include <stdlib.h>
#include <sys/mman.h>

// y = x · W, the definition. Every element is
//
//     for each block of 256 of the inner dimension, the last one shorter:
//         a chain of fused multiply-adds over the block in order, from zero
//     the blocks' sums, added in order; then the bias; then the activation function;
//     then what it is added to or multiplied by
//
// and nothing else decides its bits: not the other rows or columns, threads, layout or type of the weights, nor the vector width.
//
// How it is computed. W is read as panels of some columns, [column panel][in][columns], either kept so (ak_pack) or made so
// for a block at a time. x is copied once into [row panel][block][row][256], so that a tile reads both from one place. A task
// is some row panels by some column panels: block by block it adds tiles to sums that stay in its cache, and then ends them.

#ifdef AK_ISA
#include "tile.h"
#include "functions.h"

// to[8 columns][8 steps of panel] of eight rows of eight.
AK_INLINE void AK(transpose8)(const float *from, size_t ld, float *to, size_t to_ld) {
    f32x8 a[8], b[8];
    AK_UNROLL for (int i = 0; i < 8; i++) a[i] = *(const f32x8 *)(from + (size_t)i * ld);
    AK_UNROLL for (int i = 0; i < 8; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    AK_UNROLL for (int i = 0; i < 8; i += 4) AK_UNROLL for (int j = 0; j < 2; j++) {
        a[i + j] = __builtin_shufflevector(b[i + j], b[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        a[i + j + 2] = __builtin_shufflevector(b[i + j], b[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    AK_UNROLL for (int j = 0; j < 4; j++) {
        *(f32x8 *)(to + (size_t)j * to_ld) = __builtin_shufflevector(a[j], a[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(f32x8 *)(to + (size_t)(j + 4) * to_ld) = __builtin_shufflevector(a[j], a[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/// Inputs first..<first + depth of the columns of `panels` panels from `column` on: to[panel][depth][columns], zeros beyond the last.
static void AK(pack_block)(const ak_weights *w, size_t first, size_t depth, size_t column, size_t panels, float *to) {
    const size_t width = AK(panel), last = ak_min(w->out, column + panels * width);
    if (last < column + panels * width) memset(to + (panels - 1) * depth * width, 0, depth * width * sizeof(float));
    if (w->inputs_first) {
        float values[AK(panel) * 8];
        for (size_t i = 0; i < depth; i++) {
            const ak_row row = w->rows[first + i];
            for (size_t p = 0; p < panels; p += 8) {
                const size_t at = column + p * width, count = ak_min(8 * width, last - at);
                ak_widen(row.format, row.bytes, w->first + at, count, values);
                for (size_t j = 0; j < count; j += width)
                    memcpy(to + ((p + j / width) * depth + i) * width, values + j, ak_min(width, count - j) * sizeof(float));
            }
        }
        return;
    }
    float values[8 * ak_block];
    for (size_t at = column; at < last; at += 8) {
        float *panel = to + (at - column) / width * depth * width + (at - column) % width;
        const size_t count = ak_min(8, last - at);
        for (size_t j = 0; j < count; j++)
            ak_widen(w->rows[at + j].format, w->rows[at + j].bytes, w->first + first, depth, values + j * ak_block);
        size_t i = 0;
        if (count == 8) for (; i + 8 <= depth; i += 8) AK(transpose8)(values + i, ak_block, panel + i * width, width);
        for (; i < depth; i++) for (size_t j = 0; j < count; j++) panel[i * width + j] = values[j * ak_block + i];
    }
}

/// Ends a row of sums: bias, activation function, and what `end` says. `function` and `end` are constants where this is inlined.
AK_INLINE void AK(end_row)(ak_activation function, ak_end end, size_t count, const float *sums, const float *bias, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        f32x16 v = AK_LOAD16(sums + i); // sums have room for whole vectors
        if (bias) v += AK(load)(bias + i, count - i);
        v = AK(activation)(function, v);
        if (end == ak_add_to) v = AK(load)(y + i, count - i) + v;
        if (end == ak_multiply_by) v = AK(load)(y + i, count - i) * v;
        AK(store)(y + i, v, count - i);
    }
}

static void AK(end_tile_row)(const ak_product *p, size_t row, size_t column, size_t count, const float *sums) {
    const float *bias = p->bias ? p->bias + column : NULL;
    float *y = p->y + row * p->ldy + column;
#define AK_END(f) case f: switch (p->end) { \
        case ak_store: AK(end_row)(f, ak_store, count, sums, bias, y); return; \
        case ak_add_to: AK(end_row)(f, ak_add_to, count, sums, bias, y); return; \
        case ak_multiply_by: AK(end_row)(f, ak_multiply_by, count, sums, bias, y); return; }
    switch (p->activation) { AK_EACH_ACTIVATION(AK_END) }
#undef AK_END
}

/// A tile that reads weights of 16 bits where they are kept.
static void AK(tile_of_halves)(size_t rows, ak_format format, size_t depth, const float *a, const void *b, float *c, size_t ldc, ak_tile_end end) {
    if (format == ak_f16) AK(tile_rows_of)(rows, ak_f16, depth, a, b, c, ldc, end);
    else AK(tile_rows_of)(rows, ak_bf16, depth, a, b, c, ldc, end);
}

/// Row panels first_row..<last_row by column panels first..<last.
static void AK(run_task)(const product_task *t, size_t first_row, size_t last_row, size_t first, size_t last, float *sums, float *packed) {
    const ak_product *p = t->product;
    const size_t width = AK(panel), columns = last - first, ld = columns * width;
    const ak_format format = p->panels ? p->panels->format : ak_f32;
    for (size_t step = 0; step < t->blocks * columns; step++) {
        // Few rows: a panel from end to end, as it lies in memory. Many: their block of x by all panels, while it is in the cache.
        const size_t block = t->few_rows ? step % t->blocks : step / columns, column = t->few_rows ? step / t->blocks : step % columns;
        const size_t i = block * ak_block, depth = ak_min(ak_block, p->weights->in - i);
        const float *b = packed;
        if (!p->panels) {
            if (column == 0 || t->few_rows) AK(pack_block)(p->weights, i, depth, (first + column) * width, t->few_rows ? 1 : columns, packed);
            if (!t->few_rows) b += column * depth * width;
        }
        const size_t at = ((first + column) * p->weights->in + i) * width;
        if (format != ak_f32 && !t->few_rows) ak_widen(format, p->panels->values, at, depth * width, packed);
        else if (p->panels) b = (const float *)((const char *)p->panels->values + at * (format == ak_f32 ? 4 : 2));
        for (size_t r = first_row; r < last_row; r++) {
            const float *a = t->x + (r * t->blocks + block) * t->tile_rows * ak_block;
            float *c = sums + (r - first_row) * t->tile_rows * ld + column * width;
            const ak_tile_end end = block == 0 ? ak_tile_store : ak_tile_add;
            if (format != ak_f32 && t->few_rows) AK(tile_of_halves)(t->tile_rows, format, depth, a, b, c, ld, end);
            else AK(tile)(t->tile_rows, depth, a, b, c, ld, end);
        }
    }
    const size_t begin = first_row * t->tile_rows, end = ak_min(p->rows, last_row * t->tile_rows);
    for (size_t row = begin; row < end; row++)
        AK(end_tile_row)(p, row, first * width, ak_min(p->weights->out, last * width) - first * width, sums + (row - begin) * ld);
}

static const tile_size AK(tile_size) = {AK(tile_rows), AK(panel)};

#else
struct ak_panels {
    size_t in, out;
    ak_format format; // f32, or f16 or bf16 where all weights are
    void *values;     // [column panel][in][columns]
};

typedef struct { size_t rows, columns; } tile_size;

typedef struct {
    const ak_product *product;
    float *x, *scratch;          // packed x; the workers' own memory
    size_t tile_rows, blocks;    // rows of a row panel; blocks of the inner dimension
    size_t row_panels, column_panels;
    size_t rows_per_task, columns_per_task; // in panels
    size_t sums, packed;         // floats of a worker's memory
    bool few_rows;
} product_task;

#define AK_FILE "product.c"
#include "each_isa.h"

enum {
    most_rows = 240,    // of a task: their block of x stays in the second cache
    most_columns = 96,
    most_panel = 32,    // columns of a panel
    tasks_per_thread = 4,
    few_values = 65536, // of x: they stay in the second cache from end to end
};

static product_task plan(const ak_product *p) {
    const tile_size most = AK_CALL(tile_size);
    product_task t = {.product = p, .x = p->scratch};
    // As few row panels as can be, of the same number of rows.
    t.row_panels = ak_ceil_div(p->rows, most.rows);
    t.tile_rows = ak_ceil_div(p->rows, t.row_panels);
    t.blocks = ak_ceil_div(p->weights->in, ak_block);
    t.column_panels = ak_ceil_div(p->weights->out, most.columns);
    const size_t row_tasks = ak_ceil_div(t.row_panels * t.tile_rows, most_rows);
    t.rows_per_task = ak_ceil_div(t.row_panels, row_tasks);
    t.columns_per_task = most_columns / most.columns;
    while (t.columns_per_task > 1
           && row_tasks * ak_ceil_div(t.column_panels, t.columns_per_task) < tasks_per_thread * (size_t)ak_threads()) t.columns_per_task--;
    t.sums = t.rows_per_task * t.tile_rows * t.columns_per_task * most.columns;
    t.packed = p->panels ? (p->panels->format == ak_f32 ? 0 : ak_block * most.columns) : t.columns_per_task * ak_block * most.columns;
    t.few_rows = p->panels && t.rows_per_task * t.tile_rows * p->weights->in <= few_values;
    if (p->scratch) t.scratch = t.x + t.row_panels * t.tile_rows * t.blocks * ak_block;
    return t;
}

size_t ak_product_scratch(const ak_product *p) {
    const product_task t = plan(p);
    return t.row_panels * t.tile_rows * t.blocks * ak_block + (size_t)ak_threads() * (t.sums + t.packed);
}

static void pack_rows(void *context, size_t panel, size_t worker) {
    const product_task *t = context;
    const ak_product *p = t->product;
    (void)worker;
    for (size_t r = 0; r < t->tile_rows; r++) {
        const size_t row = panel * t->tile_rows + r;
        for (size_t b = 0; b < t->blocks; b++) {
            float *to = t->x + ((panel * t->blocks + b) * t->tile_rows + r) * ak_block;
            const size_t depth = ak_min(ak_block, p->weights->in - b * ak_block);
            if (row < p->rows) memcpy(to, p->x + row * p->ldx + b * ak_block, depth * sizeof(float));
            else memset(to, 0, depth * sizeof(float));
        }
    }
}

static void run(void *context, size_t task, size_t worker) {
    const product_task *t = context;
    const size_t row_tasks = ak_ceil_div(t->row_panels, t->rows_per_task);
    const size_t row = task % row_tasks * t->rows_per_task, column = task / row_tasks * t->columns_per_task;
    float *sums = t->scratch + worker * (t->sums + t->packed);
    AK_CALL(run_task)(t, row, ak_min(t->row_panels, row + t->rows_per_task),
                      column, ak_min(t->column_panels, column + t->columns_per_task), sums, sums + t->sums);
}

void ak_multiply(const ak_product *p) {
    if (!p->rows || !p->weights->out) return;
    product_task t = plan(p);
    const double values = (double)p->rows * (double)p->weights->in;
    const size_t tasks = ak_ceil_div(t.row_panels, t.rows_per_task) * ak_ceil_div(t.column_panels, t.columns_per_task);
    ak_parallel(t.row_panels, values / 8, &t, pack_rows);
    ak_parallel(tasks, values * (double)p->weights->out / 40, &t, run);
}

// Weights kept as panels -------------------------------------------------------------------------------------

/// Memory that the processor reaches through few page-table entries: weights are read from end to end again and again.
static void *allocate_large(size_t bytes) {
    const size_t page = 2 << 20;
    void *memory = NULL;
    if (posix_memalign(&memory, bytes < page ? 64 : page, bytes ? bytes : 1)) return NULL;
#ifdef MADV_HUGEPAGE
    if (bytes >= page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

/// The format that holds all rows without loss: theirs, where it is one of 16 bits.
static ak_format panel_format(const ak_weights *w) {
    const size_t rows = w->inputs_first ? w->in : w->out;
    if (!rows || (w->rows[0].format != ak_f16 && w->rows[0].format != ak_bf16)) return ak_f32;
    for (size_t i = 1; i < rows; i++) if (w->rows[i].format != w->rows[0].format) return ak_f32;
    return w->rows[0].format;
}

typedef struct { const ak_weights *weights; ak_panels *panels; } packing_task;

static void pack_panel(void *context, size_t panel, size_t worker) {
    const packing_task *t = context;
    const ak_weights *w = t->weights;
    const size_t width = AK_CALL(tile_size).columns;
    float block[ak_block * most_panel];
    (void)worker;
    for (size_t i = 0; i < w->in; i += ak_block) {
        const size_t depth = ak_min(ak_block, w->in - i);
        AK_CALL(pack_block)(w, i, depth, panel * width, 1, block);
        ak_narrow(t->panels->format, depth * width, block, t->panels->values, (panel * w->in + i) * width);
    }
}

ak_panels *ak_pack(const ak_weights *w) {
    const size_t width = AK_CALL(tile_size).columns, count = ak_ceil_div(w->out, width);
    ak_panels *panels = malloc(sizeof *panels);
    if (!panels) return NULL;
    *panels = (ak_panels){.in = w->in, .out = w->out, .format = panel_format(w)};
    panels->values = allocate_large(count * w->in * width * ak_format_block(panels->format).bytes);
    if (!panels->values) { free(panels); return NULL; }
    packing_task t = {w, panels};
    ak_parallel(count, (double)count * (double)(w->in * width), &t, pack_panel);
    return panels;
}

void ak_panels_free(ak_panels *panels) {
    if (!panels) return;
    free(panels->values);
    free(panels);
}

void ak_weight_rows(const ak_weights *w, size_t first, size_t count, float *to) {
    if (w->inputs_first) {
        for (size_t i = 0; i < count; i++) ak_widen(w->rows[first + i].format, w->rows[first + i].bytes, w->first, w->out, to + i * w->out);
        return;
    }
    for (size_t i = 0; i < count; i += ak_block) {
        float values[ak_block];
        const size_t n = ak_min(ak_block, count - i);
        for (size_t column = 0; column < w->out; column++) {
            ak_widen(w->rows[column].format, w->rows[column].bytes, w->first + first + i, n, values);
            for (size_t j = 0; j < n; j++) to[(i + j) * w->out + column] = values[j];
        }
    }
}
#endif
