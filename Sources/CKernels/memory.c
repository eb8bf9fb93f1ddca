#include "internal.h"

// Memory that is used again, and rounded up, hides from the address sanitizer what a heap would show it.
#ifndef __has_feature // GCC
#define __has_feature(name) 0
#endif
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>

void ak_memory_lend(void *memory, size_t used, size_t capacity) {
    __asan_unpoison_memory_region(memory, capacity);
    __asan_poison_memory_region((char *)memory + used, capacity - used);
}
void ak_memory_return(void *memory, size_t capacity) { __asan_poison_memory_region(memory, capacity); }

#else
void ak_memory_lend(void *memory, size_t used, size_t capacity) { (void)memory, (void)used, (void)capacity; }
void ak_memory_return(void *memory, size_t capacity) { (void)memory, (void)capacity; }
#endif
