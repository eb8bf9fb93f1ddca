// What the engine hands to hooks in other languages. The functions themselves are in EngineInterface: they load a model, run it
// over tokens, and call back at the hook points that were asked for.
#ifndef ACTREC_ENGINE_H
#define ACTREC_ENGINE_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// Goes up when a function or a struct of the interface changes.
enum { ENGINE_INTERFACE_VERSION = 1 };

/// What a hook wants at a hook point.
typedef enum { ENGINE_NOTHING, ENGINE_READS, ENGINE_EDITS } engine_wish;

/// How a run ended.
typedef enum { ENGINE_DONE, ENGINE_FAILED, ENGINE_STOPPED_BY_HOOK } engine_outcome;

/// The values at one hook point, in the forward pass's own memory: good until the hook returns.
typedef struct {
    /// The hook point's place in the model's list.
    int64_t point;
    /// Which rows of the batch are here. All of them, but for logits, which come in parts.
    int64_t first_row, rows;
    /// Heads in a row, one after another; 1 where there is no head axis.
    int64_t heads;
    /// Values in a row, over all heads, and the distance from one row to the next. 0 where rows differ: see `offsets`.
    int64_t width, stride;
    /// A hook that edits may change them. What it leaves is what the rest of the pass reads.
    float *values;
    /// Of attention scores and patterns: where each row begins, and at the end the number of values. NULL elsewhere.
    const int64_t *_Nullable offsets;
    /// Of those: the position of the first key that each row sees.
    const int64_t *_Nullable first_keys;
} engine_values;

/// Called on the thread that called `actrec_model_run`, in the order of the pass. Returns 0 to go on.
typedef int32_t (*engine_hook)(void *_Nullable context, const engine_values *values);

#pragma clang assume_nonnull end
#endif
