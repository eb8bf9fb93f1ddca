// SHA-256 by the system's own library: OpenSSL's libcrypto, or CommonCrypto on macOS.
#ifndef ACTREC_DIGEST_H
#define ACTREC_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct digest_sha256 digest_sha256;

/// NULL when there is no memory for it.
digest_sha256 *_Nullable digest_sha256_new(void);
void digest_sha256_update(digest_sha256 *digest, const void *_Nullable bytes, size_t count);
/// Writes the 32 bytes and frees `digest`. Returns 0 when the library failed on the way.
int digest_sha256_finish(digest_sha256 *digest, uint8_t *out);

#pragma clang assume_nonnull end
#endif
