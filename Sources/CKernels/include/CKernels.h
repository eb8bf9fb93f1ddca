// The arithmetic of the forward pass: C, because the compiler can then make one copy of a loop for each
// instruction set and choose at run time. Every matrix is row-major float32; `ld…` is the distance between two
// rows, in elements. All functions split their rows over one pool of threads (the matrix library's own) and give
// a row the same bits whatever the number of threads and the other rows of the call; ak_matmul where the library does.
#ifndef ACTREC_KERNELS_H
#define ACTREC_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// parallel.c -----------------------------------------------------------------------------------------------

/// Sets how many threads every kernel uses; 0 asks for as many as there are processors.
void ak_set_threads(int count);
int ak_threads(void);

/// Calls `body(context, i)` for each i in 0..<count, over the pool.
void ak_parallel(size_t count, void *_Nullable context, void (*body)(void *_Nullable context, size_t i));

// memory.c -------------------------------------------------------------------------------------------------

/// Lends pooled memory to one user: under the address sanitizer, what lies past `used` bytes may not be touched from now on.
void ak_memory_lend(void *memory, size_t used, size_t capacity);
/// The user is done: nothing of it may be touched until it is lent again.
void ak_memory_return(void *memory, size_t capacity);

// matmul.c -------------------------------------------------------------------------------------------------

typedef enum {
    ak_in_out, ///< [in, out], as GPT-2 stores its weights
    ak_out_in, ///< [out, in], as most others do
    ak_packed, ///< what ak_pack made
} ak_weight_layout;

/// y = x · w + bias, or y = y + (x · w + bias) when `add`: the same bits as adding afterwards.
typedef struct {
    size_t rows, in, out;
    const float *x;             ///< [rows, in]
    size_t ldx;
    const float *w;
    size_t ldw;                 ///< of no meaning when packed
    ak_weight_layout layout;
    const float *_Nullable bias; ///< [out]; NULL for zeros
    float *y;                   ///< [rows, out]
    size_t ldy;
    bool add;
} ak_product;

/// Returns 0, or the matrix library's status.
int ak_matmul(const ak_product *product);

/// A copy of a weight matrix in the layout that the library reads fastest, in large pages; give it back by free().
/// NULL where there is no better layout, or no memory. ldw and layout are those of w.
float *_Nullable ak_pack(size_t in, size_t out, const float *w, size_t ldw, ak_weight_layout layout);

/// Whether ak_matmul gives a row the same bits whatever the other rows and the number of threads.
bool ak_matmul_rows_are_independent(void);

/// Name and version of the matrix library.
const char *ak_matmul_library(void);

// norm.c ---------------------------------------------------------------------------------------------------

/// LayerNorm (Ba, Kiros & Hinton 2016), each row on its own:
/// normalized = (x - mean) / scale, scale = sqrt(variance + epsilon), out = normalized · gain + bias,
/// variance being the population variance. Moments are taken in double precision.
/// x, out, normalized: [rows, width]; scale: [rows]; moments: [rows] pairs (mean, variance).
/// What is NULL is not written, a NULL bias is zeros.
void ak_layer_norm(size_t rows, size_t width, const float *x, size_t ldx,
                   const float *gain, const float *_Nullable bias, double epsilon,
                   float *_Nullable out, float *_Nullable normalized, float *_Nullable scale, double *_Nullable moments);

// rms_norm.c -----------------------------------------------------------------------------------------------

/// RMSNorm (Zhang & Sennrich 2019), each row on its own: normalized = x / scale, scale = sqrt(mean square + epsilon),
/// out = normalized · gain. Nothing is centred; moments are still pairs (mean, variance), mean square = mean² + variance.
/// Shapes and what NULL means are those of ak_layer_norm.
void ak_rms_norm(size_t rows, size_t width, const float *x, size_t ldx, const float *gain, double epsilon,
                 float *_Nullable out, float *_Nullable normalized, float *_Nullable scale, double *_Nullable moments);

// head_norm.c ----------------------------------------------------------------------------------------------

/// A LayerNorm or RMSNorm of each head of a row on its own, or with one head of the whole: arithmetic and shapes are those of
/// ak_layer_norm and ak_rms_norm, with (row, head) for a row.
typedef struct {
    size_t rows, heads, width;
    bool rms;
    const float *x;                 ///< [rows, heads · width]
    size_t ldx;
    const float *gain;              ///< [width], or [heads, width]
    bool gain_by_head;
    const float *_Nullable bias;    ///< [width]
    double epsilon;
    float *out;                     ///< [rows, heads · width]; may be x
    size_t ldo;
    float *_Nullable normalized;    ///< [rows, heads · width], dense; not x
    float *_Nullable scale;         ///< [rows, heads]
    double *_Nullable moments;      ///< [rows, heads] pairs (mean, variance)
} ak_head_norm;

void ak_normalize_heads(const ak_head_norm *norm);

// norm_schemes.c -------------------------------------------------------------------------------------------

typedef enum {
    ak_norm_feature,  ///< each feature over the positions of its sequence
    ak_norm_sequence, ///< one mean and one deviation for all values of a sequence
    ak_norm_frozen,   ///< each row centred by its own mean, and divided by a scale that was given
    ak_norm_none,     ///< neither centred nor divided
} ak_norm_scheme;

typedef struct {
    ak_norm_scheme scheme;
    bool rms;                        ///< nothing is centred, and deviations are from 0: as RMSNorm has it
    size_t sequences;
    const size_t *starts;            ///< [sequences + 1] first row of each sequence, and the number of rows
    size_t width;
    const float *x;                  ///< [rows, width]
    const float *gain;               ///< [width], applied by every scheme
    const float *_Nullable bias;
    double epsilon;
    const double *_Nullable frozen_scales; ///< [2]: of position 0, and of the others
    float *out;                      ///< [rows, width]
    float *_Nullable normalized;     ///< [rows, width]
    float *_Nullable scale;          ///< [rows]: what a row was divided by; NaN where features differ
    /// The pairs (mean, variance) computed: [sequences, width], [sequences]; frozen: [rows], the means only, and none of an
    /// RMSNorm; none: nothing is written.
    double *_Nullable moments;
} ak_norm_scheme_arguments;

/// Returns 0, or -1 when memory could not be had.
int ak_norm_by_scheme(const ak_norm_scheme_arguments *arguments);

// elementwise.c --------------------------------------------------------------------------------------------

/// Every row of y becomes `bias` (zeros when NULL).
void ak_fill_rows(size_t rows, size_t width, const float *_Nullable bias, float *y, size_t ldy);

/// y: [rows, width] = x, without what lies between its rows.
void ak_copy_rows(size_t rows, size_t width, const float *x, size_t ldx, float *y);

/// x += y, element by element.
void ak_add(size_t count, float *x, const float *y);

/// x *= factor, element by element.
void ak_multiply(size_t count, float *x, float factor);

/// x = tanh(x / cap) · cap, element by element (soft-capping, Gemma 2).
void ak_soft_cap(size_t count, float *x, float cap);

/// Every value of x: [rows, width] is brought into -limit...limit; NaN stays.
void ak_clip(size_t rows, size_t width, float *x, size_t ldx, float limit);

typedef enum {
    ak_gelu_tanh, ///< x/2 (1 + tanh(sqrt(2/π) (x + 0.044715 x³)))   Hendrycks & Gimpel 2016, as GPT-2 has it
    ak_gelu_erf,  ///< x/2 (1 + erf(x/sqrt 2))
    ak_relu,
    ak_silu,
    ak_tanh,
} ak_activation;

/// x = f(x), element by element.
void ak_activate(ak_activation function, size_t count, float *x);

/// x = f(x) · y, element by element.
void ak_activate_times(ak_activation function, size_t count, float *x, const float *y);

// rotary.c -------------------------------------------------------------------------------------------------

/// Turns features i and i + head_width/2 of each head by the row's angle i (Su et al. 2021, in Llama's order of features).
/// x: [rows, heads · head_width], in place; positions: [rows]; cosines, sines: [positions, head_width/2].
void ak_rotate(size_t rows, size_t heads, size_t head_width, float *x, size_t ldx, const int32_t *positions,
               const float *cosines, const float *sines);

// rotary_partial.c -----------------------------------------------------------------------------------------

/// Turns pairs of the first `width` features of each head: i and i + width/2, or, where `adjacent`, 2i and 2i + 1 (GPT-J).
typedef struct {
    size_t rows, heads, head_width, width;
    bool adjacent;
    float *x;                        ///< [rows, heads · head_width], in place
    size_t ldx;
    const int32_t *positions;        ///< [rows]
    const float *cosines, *sines;    ///< [positions, width/2]
} ak_rotation;

void ak_rotate_partly(const ak_rotation *rotation);

// attention.c ----------------------------------------------------------------------------------------------

/// Attention of a packed batch: softmax(q kᵀ · scale) v, each sequence and head on its own.
typedef struct {
    size_t sequences;
    const size_t *starts;      ///< [sequences + 1] first row of each sequence, and the number of rows
    size_t heads;              ///< of q and z
    size_t key_heads;          ///< of k and v: as many heads of q share one of them (Ainslie et al. 2023)
    size_t head_width;
    bool causal;               ///< a token sees itself and those before it, or all of its sequence
    const float *q;            ///< [rows, heads · head_width]
    const float *k, *v;        ///< [rows, key_heads · head_width]
    size_t ld_qkv;
    float scale;
    size_t window;             ///< a token sees keys with own - key < window, without a mask |own - key| <= window/2; 0: all
    float soft_cap;            ///< scores become tanh(score / soft_cap) · soft_cap; 0: they stay
    const float *_Nullable alibi_slopes; ///< [heads]: adds slope · (key - own) (Press et al. 2022)
    float *z;                  ///< [rows, heads · head_width]
    size_t ldz;
    float *_Nullable scratch;  ///< room for ak_attention_scratch floats
    /// When not NULL: row after row, [heads, keys] values, the masked keys left out; `offsets[row]` says where a row begins.
    float *_Nullable scores, *_Nullable pattern;
    const size_t *_Nullable offsets;
} ak_attention_arguments;

/// How many floats of scratch a call needs.
size_t ak_attention_scratch(const ak_attention_arguments *arguments);

/// Returns 0, or -1 when memory for the scores could not be had.
int ak_attention(const ak_attention_arguments *arguments);

// statistics.c ---------------------------------------------------------------------------------------------

/// Statistics of one vector, in double precision from the float32 values.
typedef struct {
    double mean, variance;      ///< population variance (divided by the width)
    double skewness, kurtosis;  ///< standardized third and fourth central moments; kurtosis of a Gaussian is 3
    double minimum, maximum;
    int32_t abs_max_feature;    ///< the first index of the largest absolute value
    int32_t nonfinite;          ///< how many values are NaN or infinite
} ak_moments;

/// Mean and population variance of each row's heads, which lie one after another, `width` values each:
/// out[row * ld_out + head * ld_head] and the double after it.
void ak_row_mean_variance(size_t rows, size_t heads, size_t width, const float *x, size_t ldx,
                          double *out, size_t ld_out, size_t ld_head);

/// Population covariance of each row of x with the same row of y: out[row * ld_out].
void ak_row_covariance(size_t rows, size_t width, const float *x, size_t ldx, const float *y, size_t ldy,
                       double *out, size_t ld_out);

/// y: [rows, width] = x, each row without its mean.
void ak_centre_rows(size_t rows, size_t width, const float *x, float *y);

/// Adds the rows of x to running moments of each column (Chan, Golub & LeVeque 1983).
/// mean, m2: [width]; m2 is the sum of squared deviations; `n` rows were counted before.
void ak_column_moments(size_t rows, size_t width, const float *x, size_t ldx, double n, double *mean, double *m2);

// norm_statistics.c ----------------------------------------------------------------------------------------

/// A norm as it was applied.
typedef struct {
    size_t rows, width;
    const float *x, *out;                ///< [rows, width] hook_in, hook_out
    /// [rows, width] hook_normalized; NULL for a LayerNorm's or an RMSNorm's, which follows from x and epsilon.
    const float *_Nullable normalized;
    bool rms;                            ///< which of them
    double epsilon;
} ak_applied_norm;

/// Everything that is recorded of one norm, the one at `depth` of `depths`.
/// moments: [rows, depths] of hook_in.
/// outputs: [rows, depths, 5] mean and variance of hook_normalized, of hook_out, and the cosine of the angle between
/// hook_in and hook_out (NaN where one of them is zero).
/// mean, m2: [depths, 3, width] running moments of each feature of hook_in, hook_normalized, hook_out; n rows were counted
/// before these (Chan, Golub & LeVeque 1983). scratch: room for ak_norm_statistics_scratch doubles.
void ak_norm_statistics(const ak_applied_norm *norm, size_t depth, size_t depths, ak_moments *moments, double *outputs,
                        double n, double *mean, double *m2, double *scratch);
size_t ak_norm_statistics_scratch(size_t rows, size_t width);

// heads.c --------------------------------------------------------------------------------------------------

/// Mean and variance of what each head writes, from z and the Gram matrix of its rows of W_O,
/// without making the width-wide vectors: mean = z · m, variance = zᵀ G z.
/// z: [rows, heads · head_width]; m: [heads, head_width], G: [heads, head_width, head_width];
/// out[row * ld_out + head * ld_head] and the double after it.
void ak_gram_mean_variance(size_t rows, size_t heads, size_t head_width, const float *z, size_t ldz,
                           const double *m, const double *gram, double *out, size_t ld_out, size_t ld_head);

/// m and G of one head: w is [head_width, width], its rows of W_O.
void ak_gram(size_t head_width, size_t width, const float *w, size_t ldw, double *m, double *gram);

/// factor · (a_h · b_h) of each head h, in double precision: out[row * ld_out + head].
/// a, b: [rows, heads · head_width]
void ak_head_products(size_t rows, size_t heads, size_t head_width, const float *a, const float *b, double factor,
                      double *out, size_t ld_out);

/// Of one query's attention, pattern [heads, keys]: weight on the first key, on `own`, the query's, and entropy in nats.
/// out: [heads, 3]
void ak_pattern_moments(size_t heads, size_t keys, size_t own, const float *pattern, double *out);

/// For each row of logits [rows, width]: natural-log probability of `target[row]` (NaN when it is -1),
/// entropy in nats, and the rank of the target (1 = most likely; 0 when there is none).
void ak_predictions(size_t rows, size_t width, const float *logits, size_t ld, const int32_t *target,
                    double *log_probability, double *entropy, int32_t *rank);

/// For each row: Kullback-Leibler divergence of softmax(reference) from softmax(logits), in nats.
void ak_kl_divergence(size_t rows, size_t width, const float *reference, size_t ld_reference,
                      const float *logits, size_t ld_logits, double *out);

#pragma clang assume_nonnull end
#endif
