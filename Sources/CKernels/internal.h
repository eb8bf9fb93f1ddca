// What every kernel file includes: the rule that keeps numbers the same everywhere, and small helpers.
#ifndef ACTREC_KERNELS_INTERNAL_H
#define ACTREC_KERNELS_INTERNAL_H

#include "CKernels.h"
#include <math.h>
#include <string.h>

// A product and a sum are two roundings unless the source says fma. Left to itself a compiler fuses them where the
// processor can, so that the same source gives other bits on another machine.
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

#define AK_INLINE static inline __attribute__((always_inline))

#if defined(__clang__)
#define AK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define AK_UNROLL _Pragma("GCC unroll 32")
#endif

/// Elements of a product's inner dimension in a block.
enum { ak_block = 256 };

AK_INLINE size_t ak_min(size_t a, size_t b) { return a < b ? a : b; }
AK_INLINE size_t ak_ceil_div(size_t n, size_t by) { return (n + by - 1) / by; }
AK_INLINE size_t ak_round_up(size_t n, size_t step) { return ak_ceil_div(n, step) * step; }

/// Rows that a task takes: enough work to pay for handing it out.
AK_INLINE size_t ak_rows_per_task(size_t width) {
    const size_t rows = 16384 / (width ? width : 1);
    return rows ? rows : 1;
}

// isa.c

typedef enum { ak_isa_baseline, ak_isa_avx2, ak_isa_avx512 } ak_isa;

/// The instruction set that kernels use: the best of this processor, or what ACTREC_ISA says where that is less.
ak_isa ak_instruction_set(void);

/// Calls a function that each_isa.h made one copy of for each instruction set.
#if defined(__x86_64__)
#define AK_CALL(function) \
    (ak_instruction_set() == ak_isa_avx512 ? function##_avx512 : ak_instruction_set() == ak_isa_avx2 ? function##_avx2 : function##_baseline)
#else
#define AK_CALL(function) function##_baseline
#endif

// formats.c

typedef struct { size_t length, bytes; } ak_block_size;

/// Elements in the smallest piece of a format, and the bytes it takes.
ak_block_size ak_format_block(ak_format format);

/// The inverse of ak_widen for values that it gave, in the formats of 32 and 16 bits: to elements `first`... of `to`.
void ak_narrow(ak_format format, size_t count, const float *from, void *to, size_t first);

#endif
