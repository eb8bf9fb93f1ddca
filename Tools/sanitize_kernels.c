// Calls the kernels on blocks of exactly the size that they are promised, in sizes around those that their loops are made for,
// with more threads than processors. Whether the numbers are right is for the tests: here a sanitizer looks on (Tools/sanitize).
#include "CKernels.h"
#include <stdio.h>
#include <stdlib.h>

static void *blocks[100000];
static size_t blockCount;

static void *block(size_t size) {
    void *memory = malloc(size ? size : 1);
    if (!memory || blockCount == sizeof blocks / sizeof *blocks) { fputs("no memory\n", stderr); exit(2); }
    return blocks[blockCount++] = memory;
}
static void freeBlocks(void) { while (blockCount) free(blocks[--blockCount]); }

static float *floats(size_t count) {
    float *values = block(count * sizeof *values);
    for (size_t i = 0; i < count; i++) values[i] = (float)((int)(i * 37 % 101) - 50) / 23;
    return values;
}
static double *doubles(size_t count) {
    double *values = block(count * sizeof *values);
    for (size_t i = 0; i < count; i++) values[i] = (double)(i * 31 % 97) / 17 + 0.5;
    return values;
}
static void check(int status, const char *kernel) {
    if (status) { fprintf(stderr, "%s: status %d\n", kernel, status); exit(1); }
}

static void norms(size_t rows, size_t width, size_t sequences, const size_t *starts) {
    const float *x = floats(rows * width), *gain = floats(width), *bias = floats(width);
    float *out = floats(rows * width), *normalized = floats(rows * width), *scale = floats(rows);
    ak_layer_norm(rows, width, x, width, gain, bias, 1e-5, out, normalized, scale, doubles(2 * rows));
    ak_rms_norm(rows, width, x, width, gain, 1e-5, out, normalized, scale, doubles(2 * rows));
    const double *frozen = doubles(2);
    for (int scheme = ak_norm_feature; scheme <= ak_norm_none; scheme++) {
        size_t pairs = scheme == ak_norm_feature ? sequences * width : scheme == ak_norm_sequence ? sequences : 0;
        for (int rms = 0; rms < 2; rms++) {
            ak_norm_scheme_arguments arguments = {
                .scheme = scheme, .rms = rms, .sequences = sequences, .starts = starts, .width = width, .x = x, .gain = gain,
                .bias = bias, .epsilon = 1e-5, .frozen_scales = frozen, .out = out, .normalized = normalized, .scale = scale,
                .moments = doubles(2 * pairs)};
            check(ak_norm_by_scheme(&arguments), "ak_norm_by_scheme");
        }
    }
}

static void elements(size_t rows, size_t width) {
    const float *x = floats(rows * width);
    float *y = floats(rows * width);
    ak_fill_rows(rows, width, floats(width), y, width);
    ak_copy_rows(rows, width, x, width, y);
    ak_add(rows * width, y, x);
    for (int function = ak_gelu_tanh; function <= ak_tanh; function++) {
        ak_activate(function, rows * width, y);
        ak_activate_times(function, rows * width, y, x);
    }
    ak_column_moments(rows, width, x, width, 3, doubles(width), doubles(width));
    ak_row_covariance(rows, width, x, width, y, width, doubles(rows), 1);
    ak_row_mean_variance(rows, 1, width, x, width, doubles(2 * rows), 2, 2);
}

static void products(size_t rows, size_t in) {
    for (size_t out = 1; out < 40; out += 19) {
        for (int layout = ak_in_out; layout <= ak_out_in; layout++) {
            size_t ldw = layout == ak_in_out ? out : in;
            const float *w = floats(in * out);
            ak_product product = {
                .rows = rows, .in = in, .out = out, .x = floats(rows * in), .ldx = in, .w = w, .ldw = ldw, .layout = layout,
                .bias = floats(out), .y = floats(rows * out), .ldy = out, .add = layout == ak_out_in};
            check(ak_matmul(&product), "ak_matmul");
            float *packed = ak_pack(in, out, w, ldw, layout);
            if (!packed) continue;
            product.w = packed;
            product.layout = ak_packed;
            check(ak_matmul(&product), "ak_matmul, packed");
            free(packed);
        }
    }
}

static void attention(size_t rows, size_t headWidth, size_t heads, size_t keyHeads, bool causal, size_t sequences, const size_t *starts) {
    // As it lies in a forward pass: q, k and v of a row one after another.
    size_t width = heads * headWidth, keys = keyHeads * headWidth, ld = width + 2 * keys, values = 0;
    float *qkv = floats(rows * ld);
    size_t *offsets = block((rows + 1) * sizeof *offsets);
    for (size_t s = 0; s < sequences; s++)
        for (size_t row = starts[s]; row < starts[s + 1]; row++) {
            offsets[row] = values;
            values += heads * (causal ? row - starts[s] + 1 : starts[s + 1] - starts[s]);
        }
    for (int kept = 0; kept < 2; kept++) {
        ak_attention_arguments arguments = {
            .sequences = sequences, .starts = starts, .heads = heads, .key_heads = keyHeads, .head_width = headWidth,
            .causal = causal, .q = qkv, .k = qkv + width, .v = qkv + width + keys, .ld_qkv = ld, .scale = 0.3f,
            .z = floats(rows * width), .ldz = width};
        if (kept) {
            arguments.scores = floats(values);
            arguments.pattern = floats(values);
            arguments.offsets = offsets;
        }
        arguments.scratch = floats(ak_attention_scratch(&arguments));
        check(ak_attention(&arguments), "ak_attention");
    }
    if (headWidth % 2) return;
    int32_t *positions = block(rows * sizeof *positions);
    for (size_t row = 0; row < rows; row++) positions[row] = (int32_t)row;
    ak_rotate(rows, heads, headWidth, qkv, ld, positions, floats(rows * headWidth / 2), floats(rows * headWidth / 2));
}

int main(void) {
    const size_t rowCounts[] = {1, 2, 3, 5, 8, 13, 17, 33, 70};
    const size_t widths[] = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 40, 64, 65, 127, 131};
    ak_set_threads(4);
    for (size_t r = 0; r < sizeof rowCounts / sizeof *rowCounts; r++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            size_t rows = rowCounts[r], width = widths[w], sequences = rows > 1 ? 2 : 1;
            size_t starts[3] = {0, rows > 1 ? rows / 2 : rows, rows};
            norms(rows, width, sequences, starts);
            elements(rows, width);
            products(rows, width);
            for (size_t heads = 1; heads <= 4; heads *= 2)
                for (size_t keyHeads = 1; keyHeads <= heads; keyHeads *= 2)
                    for (int causal = 0; causal < 2; causal++) {
                        attention(rows, width, heads, keyHeads, causal, sequences, starts);
                        freeBlocks();
                    }
        }
    return 0;
}
