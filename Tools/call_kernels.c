// Calls the kernels on blocks of exactly the size that they are promised, in sizes around those that their loops are made for,
// with a thread for each processor, and prints a digest of what they read and wrote. Whether the numbers are right is for the
// tests: here a sanitizer looks on (Tools/sanitize), and one processor is compared with another (Tools/check-kernels).
#include "internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void *blocks[100000];
static size_t sizes[100000]; // 0 for a block that is not part of the digest
static bool isDouble[100000];
static size_t blockCount;

static void *block(size_t size) {
    void *memory = calloc(size ? size : 1, 1);
    if (!memory || blockCount == sizeof blocks / sizeof *blocks) { fputs("no memory\n", stderr); exit(2); }
    sizes[blockCount] = size;
    isDouble[blockCount] = false;
    return blocks[blockCount++] = memory;
}

/// What lies in a kernel's scratch memory afterwards is its own business.
static void *scratch(size_t size) {
    void *memory = block(size);
    sizes[blockCount - 1] = 0;
    return memory;
}

static uint64_t digest;

/// Frees the blocks, and takes what they hold into the digest: FNV-1a of 64 bits. A double that is not a number has a sign on
/// one processor and none on another.
static void freeBlocks(void) {
    for (size_t i = 0; i < blockCount; i++) {
        unsigned char *bytes = blocks[i];
        double *numbers = blocks[i];
        for (size_t j = 0; isDouble[i] && j < sizes[i] / sizeof *numbers; j++) if (numbers[j] != numbers[j]) numbers[j] = 0;
        for (size_t j = 0; j < sizes[i]; j++) digest = (digest ^ bytes[j]) * 0x100000001b3;
        free(blocks[i]);
    }
    blockCount = 0;
}

/// Prints the digest of the blocks since the last time, under a name.
static void report(const char *name) {
    freeBlocks();
    printf("%-16s %016" PRIx64 "\n", name, digest);
    digest = 0xcbf29ce484222325;
}

static float *floats(size_t count) {
    float *values = block(count * sizeof *values);
    for (size_t i = 0; i < count; i++) values[i] = (float)((int)(i * 37 % 101) - 50) / 23;
    return values;
}
static double *doubles(size_t count) {
    double *values = block(count * sizeof *values);
    isDouble[blockCount - 1] = true;
    for (size_t i = 0; i < count; i++) values[i] = (double)(i * 31 % 97) / 17 + 0.5;
    return values;
}
static void check(int status, const char *kernel) {
    if (status) { fprintf(stderr, "%s: status %d\n", kernel, status); exit(1); }
}

static void norms(size_t rows, size_t width, size_t sequences, const size_t *starts) {
    enum { heads = 3 };
    const size_t all = heads * width;
    for (int rms = 0; rms < 2; rms++)
        for (int own = 0; own < 2; own++) { // gain and bias of their own for each head, or shared
            const ak_norm norm = {
                .rows = rows, .heads = heads, .width = width, .rms = rms, .x = floats(rows * all), .ldx = all,
                .gain = floats(own ? all : width), .bias = floats(own ? all : width), .ld_gain = own ? width : 0, .epsilon = 1e-5,
                .out = floats(rows * all), .ldo = all, .normalized = floats(rows * all), .scale = floats(rows * heads),
                .moments = doubles(2 * rows * heads)};
            ak_normalize(&norm);
        }
    const float *x = floats(rows * width), *gain = floats(width), *bias = floats(width);
    float *out = floats(rows * width), *normalized = floats(rows * width), *scale = floats(rows);
    const double *frozen = doubles(2);
    for (int scheme = ak_norm_feature; scheme <= ak_norm_none; scheme++) {
        const size_t pairs = scheme == ak_norm_feature ? sequences * width : scheme == ak_norm_sequence ? sequences
                           : scheme == ak_norm_frozen ? rows : 0;
        for (int rms = 0; rms < 2; rms++) {
            const ak_norm_scheme_arguments arguments = {
                .scheme = scheme, .rms = rms, .sequences = sequences, .starts = starts, .width = width, .x = x, .gain = gain,
                .bias = bias, .epsilon = 1e-5, .frozen_scales = frozen, .out = out, .normalized = normalized, .scale = scale,
                .moments = doubles(2 * pairs)};
            check(ak_norm_by_scheme(&arguments), "ak_norm_by_scheme");
        }
    }
    enum { depths = 2 };
    size_t *first = block((rows + 1) * sizeof *first), groups = 0;
    for (size_t s = 0; s < sequences; s++)
        for (size_t row = starts[s]; row < starts[s + 1]; row += ak_group_rows) first[groups++] = row;
    first[groups] = rows;
    for (size_t depth = 0; depth < depths; depth++) {
        const ak_applied_norm norm = {
            .rows = rows, .width = width, .groups = groups, .first_rows = first, .x = x, .out = out, .normalized = depth ? normalized : NULL, .epsilon = 1e-5};
        // ak_moments are of the size of doubles, and what is whole numbers in them is small.
        ak_norm_statistics(&norm, depth, depths, (ak_moments *)doubles(rows * depths * sizeof(ak_moments) / sizeof(double)), doubles(rows * depths * 5), 3,
                           doubles(depths * 3 * width), doubles(depths * 3 * width), scratch(ak_norm_statistics_scratch(groups, width) * sizeof(double)));
    }
}

static void elements(size_t rows, size_t width, size_t sequences, const size_t *starts) {
    (void)sequences; (void)starts;
    const float *x = floats(rows * width);
    float *y = floats(rows * width);
    ak_fill_rows(rows, width, floats(width), y, width);
    ak_copy_rows(rows, width, x, width, y);
    ak_centre_rows(rows, width, x, y);
    ak_add(rows * width, y, x);
    for (int function = ak_identity; function <= ak_tanh; function++) {
        ak_activate(function, rows * width, y);
        ak_activate_times(function, rows * width, y, x);
    }
    ak_column_moments(rows, width, x, width, 3, doubles(width), doubles(width));
    ak_row_covariance(rows, width, x, width, y, width, doubles(rows), 1);
    ak_row_mean_variance(rows, 1, width, x, width, doubles(2 * rows), 2, 2);
    int32_t *target = block(rows * sizeof *target);
    for (size_t row = 0; row < rows; row++) target[row] = (int32_t)(row % (width + 1)) - 1;
    ak_predictions(rows, width, x, width, target, doubles(rows), doubles(rows), block(rows * sizeof(int32_t)), 5,
                   block(5 * rows * sizeof(int32_t)), doubles(5 * rows));
    ak_kl_divergence(rows, width, x, width, y, width, doubles(rows));
}

/// Weights as a checkpoint may have them: rows apart, one byte off every alignment, the wanted elements not the first.
static ak_weights stored(size_t in, size_t out, bool inputsFirst, ak_format format) {
    const ak_block_size piece = ak_format_block(format);
    const size_t count = inputsFirst ? in : out, length = inputsFirst ? out : in, first = piece.length;
    const size_t bytes = ak_ceil_div(first + length, piece.length) * piece.bytes;
    ak_row *rows = scratch(count * sizeof *rows);
    for (size_t row = 0; row < count; row++) {
        unsigned char *data = block(1 + bytes);
        for (size_t i = 0; i <= bytes; i++) data[i] = (unsigned char)(i * 29 + row * 7 + 1) & 0xbf; // no exponent is that of NaN
        rows[row] = (ak_row){.bytes = data + 1, .format = format};
    }
    return (ak_weights){.in = in, .out = out, .inputs_first = inputsFirst, .rows = rows, .first = first};
}

static void products(size_t rows, size_t in, size_t sequences, const size_t *starts) {
    (void)sequences; (void)starts;
    for (size_t out = 1; out < 40; out += 19)
        for (ak_format format = ak_f32; format <= ak_q6_k; format++)
            for (int inputsFirst = 0; inputsFirst < 2; inputsFirst++) {
                const ak_weights weights = stored(in, out, inputsFirst, format);
                ak_weight_rows(&weights, in / 2, in - in / 2, floats((in - in / 2) * out));
                for (int packed = 0; packed < 2; packed++) {
                    ak_product product = {
                        .rows = rows, .x = floats(rows * in), .ldx = in, .weights = &weights, .panels = packed ? ak_pack(&weights) : NULL,
                        .bias = packed ? floats(out) : NULL, .activation = packed ? ak_gelu_tanh : ak_identity,
                        .end = (ak_end)((out + format) % 3), .y = floats(rows * out), .ldy = out};
                    product.scratch = scratch(ak_product_scratch(&product) * sizeof(float));
                    ak_multiply(&product);
                    ak_panels_free((ak_panels *)product.panels);
                }
                freeBlocks();
            }
}

typedef struct {
    size_t heads, keyHeads, window;
    bool causal, more; // with a soft cap and slopes
} attention_kind;

static void attention(size_t rows, size_t headWidth, attention_kind kind, size_t sequences, const size_t *starts) {
    // As it lies in a forward pass: q, k and v of a row one after another.
    const size_t width = kind.heads * headWidth, keys = kind.keyHeads * headWidth, ld = width + 2 * keys;
    float *qkv = floats(rows * ld);
    size_t *offsets = block(rows * sizeof *offsets), values = 0;
    for (size_t s = 0; s < sequences; s++)
        for (size_t row = starts[s]; row < starts[s + 1]; row++) {
            const size_t before = row - starts[s], after = starts[s + 1] - row - 1, half = kind.window / 2;
            size_t seen = 1 + before + (kind.causal ? 0 : after);
            if (kind.window && kind.causal) seen = ak_min(seen, kind.window);
            if (kind.window && !kind.causal) seen = 1 + ak_min(before, half) + ak_min(after, half);
            offsets[row] = values;
            values += kind.heads * seen;
        }
    for (int kept = 0; kept < 2; kept++) {
        ak_attention_arguments arguments = {
            .sequences = sequences, .starts = starts, .heads = kind.heads, .key_heads = kind.keyHeads, .head_width = headWidth,
            .causal = kind.causal, .q = qkv, .k = qkv + width, .v = qkv + width + keys, .ld_qkv = ld, .scale = 0.3f,
            .window = kind.window, .soft_cap = kind.more ? 30 : 0, .slopes = kind.more ? floats(kind.heads) : NULL,
            .z = floats(rows * width), .ldz = width};
        if (kept) {
            arguments.scores = floats(values);
            arguments.pattern = floats(values);
            arguments.offsets = offsets;
        }
        arguments.scratch = scratch(ak_attention_scratch(&arguments) * sizeof(float));
        check(ak_attention(&arguments), "ak_attention");
    }
    freeBlocks();
}

/// Rotary positions, and what is recorded of heads.
static void heads(size_t rows, size_t headWidth, size_t sequences, const size_t *starts) {
    (void)sequences; (void)starts;
    enum { count = 3 };
    const size_t width = count * headWidth, outputs = headWidth + 5, turned = headWidth / 2 * 2;
    float *x = floats(rows * width);
    int32_t *positions = block(rows * sizeof *positions);
    for (size_t row = 0; row < rows; row++) positions[row] = (int32_t)row;
    for (int interleaved = 0; interleaved < 2; interleaved++)
        ak_rotate(rows, count, headWidth, turned, interleaved, x, width, positions, floats(rows * turned / 2), floats(rows * turned / 2));
    double *means = doubles(width), *gram = doubles(width * headWidth);
    for (size_t head = 0; head < count; head++)
        ak_gram(headWidth, outputs, floats(headWidth * outputs), outputs, means + head * headWidth, gram + head * headWidth * headWidth);
    ak_gram_mean_variance(rows, count, headWidth, x, width, means, gram, doubles(rows * count * 2), 2 * count, 2);
    ak_head_products(rows, count, headWidth, x, floats(rows * width), 0.5, doubles(rows * count), count);
    ak_pattern_moments(count, rows, rows / 2, floats(count * rows), doubles(count * 3));
    freeBlocks();
}

/// Each row count by each width; the last ones are enough work for all threads: the kernels do less than some 20 microseconds
/// a thread on fewer.
static const struct { size_t rows, width; } large[] = {{600, 20}, {300, 131}, {300, 1100}};

static void eachSize(void (*body)(size_t rows, size_t width, size_t sequences, const size_t *starts)) {
    const size_t rowCounts[] = {1, 2, 3, 5, 8, 13, 17, 33, 70};
    const size_t widths[] = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 40, 64, 65, 127, 131, 300};
    enum { rowKinds = sizeof rowCounts / sizeof *rowCounts, widthKinds = sizeof widths / sizeof *widths, small = rowKinds * widthKinds };
    const size_t count = small + sizeof large / sizeof *large;
    for (size_t i = 0; i < count; i++) {
        const size_t rows = i < small ? rowCounts[i / widthKinds] : large[i - small].rows;
        const size_t width = i < small ? widths[i % widthKinds] : large[i - small].width;
        const size_t sequences = rows > 1 ? 2 : 1, starts[3] = {0, rows > 1 ? rows / 2 : rows, rows};
        body(rows, width, sequences, starts);
        freeBlocks();
    }
}

static void attentions(size_t rows, size_t width, size_t sequences, const size_t *starts) {
    if (width > 512) return; // no head is so wide
    for (size_t heads = 1; heads <= 4; heads *= 2)
        for (size_t keyHeads = 1; keyHeads <= heads; keyHeads *= 2)
            for (int kind = 0; kind < 8; kind++)
                attention(rows, width, (attention_kind){heads, keyHeads, kind & 1 ? 6 : 0, kind & 2, kind & 4}, sequences, starts);
}

int main(void) {
    fprintf(stderr, "%s\n", ak_instruction_set_name());
    digest = 0xcbf29ce484222325;
    static const struct { const char *name; void (*body)(size_t, size_t, size_t, const size_t *); } kernels[] = {
        {"norms", norms}, {"elements", elements}, {"products", products}, {"heads", heads}, {"attention", attentions}};
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        eachSize(kernels[i].body);
        report(kernels[i].name);
    }
    return 0;
}
