// Includes AK_FILE once for each instruction set. What stands in it behind `#ifdef AK_ISA` is then compiled as
// AK(name): name_baseline, name_avx2, name_avx512. The numbers are the same in all of them; the speed is not.
#define AK_JOIN(name, isa) name##_##isa
#define AK_NAME(name, isa) AK_JOIN(name, isa)
#define AK(name) AK_NAME(name, AK_ISA)

#define AK_ISA baseline
#include "vectors.h"
#include AK_FILE
#undef AK_ISA

#if defined(__x86_64__)
#define AK_HAS_FMA 1

#define AK_ISA avx2
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "vectors.h"
#include AK_FILE
#pragma clang attribute pop
#undef AK_ISA

#define AK_ISA avx512
#define AK_WIDE 1
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#include "vectors.h"
#include AK_FILE
#pragma clang attribute pop
#undef AK_WIDE
#undef AK_ISA

#undef AK_HAS_FMA
#endif
#undef AK_FILE
