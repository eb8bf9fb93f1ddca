#include "CDigest.h"
#include <stdlib.h>

#ifdef __APPLE__
#include <CommonCrypto/CommonDigest.h>

struct digest_sha256 { CC_SHA256_CTX context; };

digest_sha256 *digest_sha256_new(void) {
    digest_sha256 *d = malloc(sizeof *d);
    if (d) CC_SHA256_Init(&d->context);
    return d;
}

void digest_sha256_update(digest_sha256 *d, const void *bytes, size_t count) {
    for (const size_t most = 1 << 30; count; ) { // its lengths are 32 bits wide
        const size_t part = count < most ? count : most;
        CC_SHA256_Update(&d->context, bytes, (CC_LONG)part);
        bytes = (const char *)bytes + part;
        count -= part;
    }
}

int digest_sha256_finish(digest_sha256 *d, uint8_t *out) {
    CC_SHA256_Final(out, &d->context);
    free(d);
    return 1;
}

#else
#include <openssl/evp.h>

struct digest_sha256 { EVP_MD_CTX *context; int good; };

digest_sha256 *digest_sha256_new(void) {
    digest_sha256 *d = malloc(sizeof *d);
    if (!d) return NULL;
    d->context = EVP_MD_CTX_new();
    d->good = d->context && EVP_DigestInit_ex(d->context, EVP_sha256(), NULL);
    return d;
}

void digest_sha256_update(digest_sha256 *d, const void *bytes, size_t count) {
    d->good = d->good && EVP_DigestUpdate(d->context, bytes, count);
}

int digest_sha256_finish(digest_sha256 *d, uint8_t *out) {
    const int good = d->good && EVP_DigestFinal_ex(d->context, out, NULL);
    EVP_MD_CTX_free(d->context);
    free(d);
    return good;
}
#endif
