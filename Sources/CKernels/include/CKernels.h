// The arithmetic of the forward pass. Every matrix is row-major float32; `ld…` is the distance between two rows, in elements.
//
// A number has one definition. Each sum's order is stated where the sum is; a fused multiply-add stands where the source says
// fma and nowhere else; vectors are of a fixed number of lanes. So a row has the same bits whatever the other rows of the
// call, the number of threads, and the processor.
#ifndef ACTREC_KERNELS_H
#define ACTREC_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#endif

// isa.c ----------------------------------------------------------------------------------------------------

/// The instruction set in use: "avx512", "avx2", or "baseline", which on arm64 is NEON. The environment variable
/// ACTREC_ISA lowers it. The numbers are the same in all of them.
const char *ak_instruction_set_name(void);

/// The instruction sets that this processor has, from the least, index 0; NULL beyond the last.
const char *_Nullable ak_instruction_set_of_processor(int index);

// parallel.c -----------------------------------------------------------------------------------------------

/// How many threads kernels called from this thread use.
int ak_threads(void);
/// Sets it, for the calling thread alone; 0 is one for each processor. Returns what was set before, for giving it back.
int ak_use_threads(int count);

/// A thread that works at something else says so: 1 when it begins, -1 when it waits or ends. Loops then leave it a processor.
void ak_work_beside(int change);

/// Calls `body(context, item, worker)` for each item in 0..<count. Workers take items as they become free; each has a number
/// below ak_threads(), for memory of its own. `work` is about how many nanoseconds all items take on one thread: where that
/// is too little to pay for waking another, the caller does everything.
void ak_parallel(size_t count, double work, void *_Nullable context,
                 void (*body)(void *_Nullable context, size_t item, size_t worker));

// memory.c -------------------------------------------------------------------------------------------------

/// Lends pooled memory to one user: under the address sanitizer, what lies past `used` bytes may not be touched from now on.
void ak_memory_lend(void *memory, size_t used, size_t capacity);
/// The user is done: nothing of it may be touched until it is lent again.
void ak_memory_return(void *memory, size_t capacity);

// formats.c ------------------------------------------------------------------------------------------------

/// How elements are stored: one by one, or in GGUF's quantized blocks.
typedef enum {
    ak_f32, ak_f16, ak_bf16, ak_f64,
    ak_q4_0, ak_q4_1, ak_q5_0, ak_q5_1, ak_q8_0, ak_q4_k, ak_q5_k, ak_q6_k,
} ak_format;

/// Elements first..<first + count of a row that begins at `row`, which may have any alignment, as float.
void ak_widen(ak_format format, const void *row, size_t first, size_t count, float *to);

// product.c ------------------------------------------------------------------------------------------------

/// One row of a matrix where the checkpoint has it.
typedef struct { const void *bytes; ak_format format; } ak_row;

/// A weight matrix W [in, out] as the checkpoint has it.
typedef struct {
    size_t in, out;
    bool inputs_first;   ///< [in] rows of `out` elements, as GPT-2 stores them, or [out] rows of `in`, as most others do
    const ak_row *rows;
    size_t first;        ///< elements of each row before the first that is meant
} ak_weights;

/// Weights in the order in which the product reads them, of 16 bits an element where the checkpoint has 16.
typedef struct ak_panels ak_panels;

/// Nil when memory could not be had.
ak_panels *_Nullable ak_pack(const ak_weights *weights);
void ak_panels_free(ak_panels *_Nullable panels);

typedef enum {
    ak_identity,
    ak_gelu_tanh,    ///< x/2 (1 + tanh(sqrt(2/π) (x + 0.044715 x³)))   Hendrycks & Gimpel 2016, as GPT-2 has it
    ak_gelu_erf,     ///< x/2 (1 + erf(x/√2))
    ak_gelu_quick,   ///< x / (1 + exp(-1.702 x))
    ak_relu,
    ak_relu_squared,
    ak_silu,
    ak_tanh,
} ak_activation;

/// What becomes of a product.
typedef enum {
    ak_store,       ///< y = f(x W + bias)
    ak_add_to,      ///< y = y + f(x W + bias)
    ak_multiply_by, ///< y = y · f(x W + bias), element by element
} ak_end;

/// A product and what follows it, with the bits of one after the other. product.c has its definition.
typedef struct {
    size_t rows;
    const float *x;                     ///< [rows, in]
    size_t ldx;
    const ak_weights *weights;
    const ak_panels *_Nullable panels;  ///< the same weights, packed; NULL reads them where they are
    const float *_Nullable bias;        ///< [out]; NULL for zeros
    ak_activation activation;
    ak_end end;
    float *y;                           ///< [rows, out]
    size_t ldy;
    float *_Nullable scratch;           ///< room for ak_product_scratch floats
} ak_product;

/// How many floats of scratch a product needs.
size_t ak_product_scratch(const ak_product *product);
void ak_multiply(const ak_product *product);

/// Inputs first..<first + count of W as [count, out]: row by row, from whatever layout and format.
void ak_weight_rows(const ak_weights *weights, size_t first, size_t count, float *to);

// norm.c ---------------------------------------------------------------------------------------------------

/// LayerNorm (Ba, Kiros & Hinton 2016) or RMSNorm (Zhang & Sennrich 2019) of vectors, each on its own:
/// normalized = (x - mean) / scale, scale = sqrt(variance + epsilon); or normalized = x / scale, scale = sqrt(mean square +
/// epsilon). out = normalized · (gain_offset + gain) + bias. Variance is the population variance, moments are taken in double
/// precision, and mean square = mean² + variance. What is NULL is not written; a NULL bias is zeros.
typedef struct {
    size_t rows, heads, width;          ///< each row has `heads` vectors, one after another: 1 for a norm of the stream
    bool rms;
    const float *x;                     ///< [rows, heads, width]
    size_t ldx;
    const float *_Nullable gain, *_Nullable bias; ///< [width]; a NULL gain is ones
    size_t ld_gain;                     ///< 0, or `width` where each head has gain and bias of its own
    float gain_offset;                  ///< 0, or 1 where the gain is stored as its distance from 1
    double epsilon;
    float *_Nullable out;               ///< [rows, heads, width]; may be x
    size_t ldo;
    float *_Nullable normalized;        ///< [rows, heads · width]
    float *_Nullable scale;             ///< [rows, heads]
    double *_Nullable moments;          ///< [rows, heads] pairs (mean, variance)
} ak_norm;

void ak_normalize(const ak_norm *norm);

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
    const float *_Nullable gain, *_Nullable bias; ///< [width], applied by every scheme; a NULL gain is ones
    float gain_offset;               ///< as in ak_norm
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
void ak_scale(size_t count, float *x, float factor);

/// Every value of x: [rows, width] is brought into -limit...limit; NaN stays.
void ak_clip(size_t rows, size_t width, float *x, size_t ldx, float limit);

/// x = f(x), element by element.
void ak_activate(ak_activation function, size_t count, float *x);

/// x = f(x) · y, element by element.
void ak_activate_times(ak_activation function, size_t count, float *x, const float *y);

// math.c ---------------------------------------------------------------------------------------------------

/// e^x, for x <= 0 down to -708, below which it is 0. Within 2 units in the last place, as the others but the power: our own, since the
/// C library's differ in the last bit between systems and processors.
double ak_exp(double x);
/// ln x for normal x > 0.
double ak_log(double x);
/// base^exponent for base >= 1, exponent <= 0 and a result of at least 1e-300, within as many units as twice its logarithm.
double ak_power(double base, double exponent);
/// Cosine and sine of an angle of 0 to 2^24 radians.
void ak_cosine_sine(double angle, double *cosine, double *sine);

// rotary.c -------------------------------------------------------------------------------------------------

/// Turns pairs of features of each head by the row's angles (Su et al. 2021): pair i is features i and i + width/2 of the
/// first `width`, in Llama's order, or 2i and 2i + 1 when `interleaved`, in GPT-J's. x: [rows, heads · head_width], in
/// place; positions: [rows]; cosines, sines: [positions, width/2].
void ak_rotate(size_t rows, size_t heads, size_t head_width, size_t width, bool interleaved, float *x, size_t ldx,
               const int32_t *positions, const float *cosines, const float *sines);

// attention.c ----------------------------------------------------------------------------------------------

/// Attention of a packed batch: softmax(q kᵀ · scale) v, each sequence and head on its own. attention.c has its definition.
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
    size_t window;             ///< keys that a token sees back from its own on, or 0 for all; half of them on each side when not causal
    float soft_cap;            ///< scores become cap · tanh(score / cap), as Gemma 2 has it; 0 for none
    const float *_Nullable slopes; ///< [heads] ALiBi's (Press et al. 2022): a score falls by slope · distance; NULL for none
    float *z;                  ///< [rows, heads · head_width]
    size_t ldz;
    float *_Nullable scratch;  ///< room for ak_attention_scratch floats
    /// When not NULL: row after row, [heads, keys] values, the masked keys left out; `offsets[row]` says where a row begins.
    float *_Nullable scores, *_Nullable pattern;
    const size_t *_Nullable offsets;
} ak_attention_arguments;

/// How many floats of scratch a call needs.
size_t ak_attention_scratch(const ak_attention_arguments *arguments);

/// Returns 0, or -1 when memory could not be had.
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
    size_t groups;
    const size_t *first_rows;            ///< [groups + 1] of each group of rows, at most ak_group_rows of one sequence
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
/// before these (Chan, Golub & LeVeque 1983): the groups' moments, added in order, whatever rows come in one call. scratch: room for ak_norm_statistics_scratch doubles.
void ak_norm_statistics(const ak_applied_norm *norm, size_t depth, size_t depths, ak_moments *moments, double *outputs,
                        double n, double *mean, double *m2, double *scratch);
size_t ak_norm_statistics_scratch(size_t groups, size_t width);
enum { ak_group_rows = 32 };

// sums.c ---------------------------------------------------------------------------------------------------

/// A statistic over the tokens of a run: those whose value is finite.
typedef struct {
    int64_t n;
    double mean, m2;            ///< m2 is the sum of squared deviations from the mean
    double minimum, maximum;
    int64_t minimum_key, maximum_key; ///< of the tokens that have them; the first, where values are equal
} ak_sum;

/// Adds the sum of other tokens.
void ak_merge_sums(ak_sum *sum, const ak_sum *other);

/// Position 0, where many models have an attention sink; position 1; all after it.
enum { ak_position_groups = 3 };

/// Tokens, group of positions after group, each in the order of their keys.
typedef struct {
    size_t count;
    const size_t *groups;       ///< [ak_position_groups + 1] where each begins, and the end
    const size_t *order;        ///< [count] the batch's row of each token
    const int64_t *keys;        ///< [count]
} ak_sum_rows;

/// What is summed of a site, in the order of the sums.
enum {
    ak_sum_mean, ak_sum_variance, ak_sum_scale, ak_sum_l2_norm, ak_sum_minimum, ak_sum_maximum, ak_sum_abs_max, ak_sum_skewness,
    ak_sum_kurtosis, ak_sum_normalized_mean, ak_sum_normalized_variance, ak_sum_normalized_square, ak_sum_out_mean, ak_sum_out_variance,
    ak_sum_out_l2_norm, ak_sum_in_out_cosine, ak_sum_nonfinite, ak_sum_angle, ak_sum_share_of_norm, ak_sum_scale_ratio, ak_sum_left_in,
    ak_sum_log_scale, ak_site_statistics
};

/// Of a head: mean, variance and Euclidean norm of each of five hooks.
enum { ak_head_statistics = 15 };

/// Adds the statistics of a site, as ak_norm_statistics gives them for all depths, to sums [groups, ak_site_statistics].
/// values: [ak_site_statistics, count] what was added, in the order of `rows`.
void ak_add_site_sums(const ak_sum_rows *rows, size_t depth, size_t depths, const ak_moments *moments, const double *outputs, double width,
                      bool rms, double epsilon, ak_sum *sums, double *values);

/// Adds a head's five pairs of mean and variance, `stride` from a row to the next, to sums [groups, ak_head_statistics]. The last pair is
/// of a vector as wide as the stream. values: room for 3 · count.
void ak_add_head_sums(const ak_sum_rows *rows, const double *pairs, size_t stride, double head_width, double width, ak_sum *sums, double *values);

/// Adds one value of each row to the sums [groups, statistics] of one statistic. values: room for count.
void ak_add_strided_sums(const ak_sum_rows *rows, const double *base, size_t stride, ak_sum *sums, size_t statistics, double *values);

/// Keeps the `most` largest values with their keys, largest first; where values are equal, the smaller key first.
/// largest, largest_keys: room for `most`; `count` of them are there.
void ak_keep_largest(size_t n, const double *values, const int64_t *keys, size_t most, size_t *count, double *largest, int64_t *largest_keys);

/// Adds to the co-moments of `depths` values over tokens: of those tokens, of n, that have all of them.
/// values: [depths, ld], overwritten; count tokens were added before. means: [2, depths] the means, and scratch;
/// comoments: [depths, depths], lower triangle: Σ (x_i - mean_i)(x_j - mean_j).
void ak_add_comoments(size_t n, size_t ld, size_t depths, double *values, int64_t *count, double *means, double *comoments);

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
/// tokens, token_log_probability: [rows, most] the likeliest tokens, the likeliest first, of equal ones the first; -1 and NaN beyond
/// the last. NULL where `most` is 0.
void ak_predictions(size_t rows, size_t width, const float *logits, size_t ld, const int32_t *target,
                    double *log_probability, double *entropy, int32_t *rank, size_t most, int32_t *_Nullable tokens,
                    double *_Nullable token_log_probability);

/// For each row: Kullback-Leibler divergence of softmax(reference) from softmax(logits), in nats.
void ak_kl_divergence(size_t rows, size_t width, const float *reference, size_t ld_reference,
                      const float *logits, size_t ld_logits, double *out);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif
#endif
