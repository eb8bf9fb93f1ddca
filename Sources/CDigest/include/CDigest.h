// SHA-256 and SHA-1 by the system's own library: OpenSSL's libcrypto, or CommonCrypto on macOS. And XXH3, for where an accident
// has to be found and not an enemy: it is as fast as memory.
#ifndef ACTREC_DIGEST_H
#define ACTREC_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef enum { DIGEST_SHA256, DIGEST_SHA1 } digest_kind;

/// Bytes of the longest digest.
enum { DIGEST_MOST_BYTES = 32 };

typedef struct digest digest;

/// NULL when there is no memory for it.
digest *_Nullable digest_new(digest_kind kind);
/// A computation of its own that goes on from where `digest` is; NULL when that fails.
digest *_Nullable digest_copy(const digest *digest);
void digest_update(digest *digest, const void *_Nullable bytes, size_t count);
/// Writes the digest (32 bytes, or 20 of SHA-1) and frees `digest`. Returns how many bytes; 0 when the library failed.
size_t digest_finish(digest *digest, uint8_t *out);

/// XXH3 with 64 bits.
uint64_t fast_hash_64(const void *_Nullable bytes, size_t count);

/// XXH3 with 128 bits of bytes that come in parts.
typedef struct fast_hash fast_hash;
enum { FAST_HASH_BYTES = 16 };

/// NULL when there is no memory for it.
fast_hash *_Nullable fast_hash_new(void);
void fast_hash_update(fast_hash *hash, const void *_Nullable bytes, size_t count);
/// Writes the 16 bytes of the canonical form and frees `hash`.
void fast_hash_finish(fast_hash *hash, uint8_t *out);

#pragma clang assume_nonnull end
#endif
