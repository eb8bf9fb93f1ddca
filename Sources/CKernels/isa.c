#include "internal.h"
#include <stdatomic.h>
#include <stdlib.h>

static const char *const names[] = {"baseline", "avx2", "avx512"};

static ak_isa best(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl")) return ak_isa_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) return ak_isa_avx2;
#endif
    return ak_isa_baseline;
}

static ak_isa choose(void) {
    const ak_isa most = best();
    const char *wanted = getenv("ACTREC_ISA");
    for (int isa = 0; wanted && isa < (int)most; isa++)
        if (strcmp(wanted, names[isa]) == 0) return (ak_isa)isa;
    return most;
}

ak_isa ak_instruction_set(void) {
    static atomic_int chosen; // 0 until it is known, then one more than the instruction set
    const int known = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (known) return (ak_isa)(known - 1);
    const ak_isa isa = choose();
    atomic_store_explicit(&chosen, (int)isa + 1, memory_order_relaxed);
    return isa;
}

const char *ak_instruction_set_name(void) { return names[ak_instruction_set()]; }

const char *_Nullable ak_instruction_set_of_processor(int index) { return index >= 0 && index <= (int)best() ? names[index] : NULL; }
