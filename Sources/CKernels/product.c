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
// for a block at a time. x is read where it is. A task is some row panels by some column panels: block by block it adds tiles
// to sums that stay in its cache, and ends each tile with its last block.

#ifdef AK_ISA
#include "tile.h"
#include "functions.h"

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
                const char *from = (const char *)values;
                if (row.format == ak_f32) from = (const char *)row.bytes + (w->first + at) * sizeof(float);
                else ak_widen(row.format, row.bytes, w->first + at, count, values);
                float *panel = to + (p * depth + i) * width;
                size_t j = 0;
                for (; j + width <= count; j += width) memcpy(panel + j * depth, from + j * sizeof(float), width * sizeof(float));
                if (j < count) memcpy(panel + j * depth, from + j * sizeof(float), (count - j) * sizeof(float));
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

/// Ends a tile's sums: bias, activation function, and what `end` says. `function` and `end` are constants where this is inlined.
AK_INLINE void AK(end_rows)(ak_activation function, ak_end end, size_t rows, size_t columns, const float *sums, size_t ld, const float *bias, float *y, size_t ldy) {
    for (size_t row = 0; row < rows; row++, sums += ld, y += ldy)
        for (size_t i = 0; i < columns; i += 16) {
            f32x16 v = AK_LOAD16(sums + i); // sums have room for whole vectors
            if (bias) v += AK(load)(bias + i, columns - i);
            v = AK(activation)(function, v);
            if (end == ak_add_to) v = AK(load)(y + i, columns - i) + v;
            if (end == ak_multiply_by) v = AK(load)(y + i, columns - i) * v;
            AK(store)(y + i, v, columns - i);
        }
}

static void AK(end_tile)(const ak_product *p, size_t row, size_t rows, size_t column, size_t columns, const float *sums, size_t ld) {
    const float *bias = p->bias ? p->bias + column : NULL;
    float *y = p->y + row * p->ldy + column;
#define AK_END(f) case f: switch (p->end) { \
        case ak_store: AK(end_rows)(f, ak_store, rows, columns, sums, ld, bias, y, p->ldy); return; \
        case ak_add_to: AK(end_rows)(f, ak_add_to, rows, columns, sums, ld, bias, y, p->ldy); return; \
        case ak_multiply_by: AK(end_rows)(f, ak_multiply_by, rows, columns, sums, ld, bias, y, p->ldy); return; }
    switch (p->activation) { AK_EACH_ACTIVATION(AK_END) }
#undef AK_END
}

/// Row panels first_row..<last_row by column panels first..<last.
static void AK(run_task)(const product_task *t, size_t first_row, size_t last_row, size_t first, size_t last, float *sums, float *packed) {
    const ak_product *p = t->product;
    const size_t width = AK(panel), columns = last - first, ld = columns * width;
    const ak_format kept = p->panels ? p->panels->format : ak_f32, format = t->few_rows ? kept : ak_f32;
    const size_t kept_bytes = width * ak_format_block(kept).bytes, row_bytes = width * ak_format_block(format).bytes;
    const size_t readers = t->few_rows ? last_row - first_row : 1; // tiles for which a panel is brought near
    for (size_t step = 0; step < t->blocks * columns; step++) {
        // Few rows: a panel from end to end, as it lies in memory. Many: their block of x by all panels, while it is in the cache.
        const size_t block = t->few_rows ? step % t->blocks : step / columns, column = t->few_rows ? step / t->blocks : step % columns;
        const size_t i = block * ak_block, depth = ak_min(ak_block, p->weights->in - i);
        const char *b = (const char *)packed;
        if (!p->panels) {
            if (column == 0) AK(pack_block)(p->weights, i, depth, first * width, columns, packed);
            b += column * depth * row_bytes;
        } else {
            const size_t at = (first + column) * p->weights->in + i;
            if (format == kept) b = (const char *)p->panels->values + at * kept_bytes;
            else ak_widen(kept, p->panels->values, at * width, depth * width, packed);
        }
        // Ahead by 64 steps, about as long as memory takes, and by what the tiles of the block before have brought.
        ak_next next = {b, row_bytes / readers};
        next.bytes += 64 * row_bytes + depth * (row_bytes - next.step);
        for (size_t r = first_row; r < last_row; r++) {
            const float *a = p->x + r * t->tile_rows * p->ldx + i;
            const size_t rows = ak_min(t->tile_rows, p->rows - r * t->tile_rows);
            float *c = sums + (r - first_row) * t->tile_rows * ld + column * width;
            AK(tile)(rows, format, depth, a, p->ldx, b, c, ld, block == 0 ? ak_tile_store : ak_tile_add, next);
            if (t->few_rows) next.bytes += depth * next.step;
            // While the tile is in the nearest cache, and the writes of one are done during the sums of the next.
            if (block + 1 == t->blocks) {
                const size_t output = (first + column) * width;
                AK(end_tile)(p, r * t->tile_rows, rows, output, ak_min(width, p->weights->out - output), c, ld);
            }
        }
    }
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
    size_t tile_rows, blocks;    // rows of a row panel; blocks of the inner dimension
    size_t row_panels, column_panels;
    size_t rows_per_task, columns_per_task; // in panels
    size_t sums, packed;         // floats of a worker's memory
    bool few_rows;               // only where there are panels
} product_task;

#define AK_FILE "product.c"
#include "each_isa.h"

enum {
    most_rows = 240,    // of a task: their block of x stays in the second cache
    most_rows_ready = 120, // where a task need not make its panels first: smaller tasks end closer together
    most_columns = 96,
    most_panel = 32,    // columns of a panel
    tasks_per_thread = 4,
    few_values = 65536, // of x: they stay in the second cache from end to end
};

static product_task plan(const ak_product *p) {
    const tile_size most = AK_CALL(tile_size);
    product_task t = {.product = p};
    // As few row panels as can be, of the same number of rows.
    t.row_panels = ak_ceil_div(p->rows, most.rows);
    t.tile_rows = ak_ceil_div(p->rows, t.row_panels);
    t.blocks = ak_ceil_div(p->weights->in, ak_block);
    t.column_panels = ak_ceil_div(p->weights->out, most.columns);
    const bool ready = p->panels && p->panels->format == ak_f32;
    const size_t row_tasks = ak_ceil_div(t.row_panels * t.tile_rows, ready ? most_rows_ready : most_rows);
    t.rows_per_task = ak_ceil_div(t.row_panels, row_tasks);
    t.columns_per_task = most_columns / most.columns;
    while (t.columns_per_task > 1
           && row_tasks * ak_ceil_div(t.column_panels, t.columns_per_task) < tasks_per_thread * (size_t)ak_threads()) t.columns_per_task--;
    t.sums = t.rows_per_task * t.tile_rows * t.columns_per_task * most.columns;
    t.packed = ready ? 0 : p->panels ? ak_block * most.columns : t.columns_per_task * ak_block * most.columns;
    t.few_rows = p->panels && t.rows_per_task * t.tile_rows * p->weights->in <= few_values;
    return t;
}

size_t ak_product_scratch(const ak_product *p) {
    const product_task t = plan(p);
    return (size_t)ak_threads() * (t.sums + t.packed);
}

static void run(void *context, size_t task, size_t worker) {
    const product_task *t = context;
    const size_t row_tasks = ak_ceil_div(t->row_panels, t->rows_per_task);
    const size_t row = task % row_tasks * t->rows_per_task, column = task / row_tasks * t->columns_per_task;
    float *sums = t->product->scratch + worker * (t->sums + t->packed);
    AK_CALL(run_task)(t, row, ak_min(t->row_panels, row + t->rows_per_task),
                      column, ak_min(t->column_panels, column + t->columns_per_task), sums, sums + t->sums);
}

void ak_multiply(const ak_product *p) {
    if (!p->rows || !p->weights->out) return;
    product_task t = plan(p);
    const double values = (double)p->rows * (double)p->weights->in * (double)p->weights->out;
    const size_t tasks = ak_ceil_div(t.row_panels, t.rows_per_task) * ak_ceil_div(t.column_panels, t.columns_per_task);
    ak_parallel(tasks, values / 40, &t, run);
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
