#include "CDigest.h"
#include <stdlib.h>

#define XXH_INLINE_ALL // compiled in: nothing to link
#include <xxhash.h>

uint64_t fast_hash_64(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }

struct fast_hash { XXH3_state_t *state; };

fast_hash *fast_hash_new(void) {
    fast_hash *h = malloc(sizeof *h);
    if (!h) return NULL;
    h->state = XXH3_createState();
    if (h->state && XXH3_128bits_reset(h->state) == XXH_OK) return h;
    XXH3_freeState(h->state);
    free(h);
    return NULL;
}

void fast_hash_update(fast_hash *h, const void *bytes, size_t count) { XXH3_128bits_update(h->state, bytes, count); }

void fast_hash_finish(fast_hash *h, uint8_t *out) {
    XXH128_canonicalFromHash((XXH128_canonical_t *)out, XXH3_128bits_digest(h->state));
    XXH3_freeState(h->state);
    free(h);
}
