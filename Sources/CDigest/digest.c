#include "CDigest.h"
#include <stdlib.h>

#ifdef __APPLE__
#include <CommonCrypto/CommonDigest.h>

struct digest {
    digest_kind kind;
    union { CC_SHA256_CTX sha256; CC_SHA1_CTX sha1; } context;
};

digest *digest_new(digest_kind kind) {
    digest *d = malloc(sizeof *d);
    if (!d) return NULL;
    d->kind = kind;
    if (kind == DIGEST_SHA1) CC_SHA1_Init(&d->context.sha1);
    else CC_SHA256_Init(&d->context.sha256);
    return d;
}

digest *digest_copy(const digest *other) {
    digest *d = malloc(sizeof *d);
    if (d) *d = *other;
    return d;
}

void digest_update(digest *d, const void *bytes, size_t count) {
    for (const size_t most = 1 << 30; count; ) { // its lengths are 32 bits wide
        const size_t part = count < most ? count : most;
        if (d->kind == DIGEST_SHA1) CC_SHA1_Update(&d->context.sha1, bytes, (CC_LONG)part);
        else CC_SHA256_Update(&d->context.sha256, bytes, (CC_LONG)part);
        bytes = (const char *)bytes + part;
        count -= part;
    }
}

size_t digest_finish(digest *d, uint8_t *out) {
    const size_t count = d->kind == DIGEST_SHA1 ? CC_SHA1_DIGEST_LENGTH : CC_SHA256_DIGEST_LENGTH;
    if (d->kind == DIGEST_SHA1) CC_SHA1_Final(out, &d->context.sha1);
    else CC_SHA256_Final(out, &d->context.sha256);
    free(d);
    return count;
}

#else
#include <openssl/evp.h>

struct digest { EVP_MD_CTX *context; int good; };

digest *digest_new(digest_kind kind) {
    digest *d = malloc(sizeof *d);
    if (!d) return NULL;
    d->context = EVP_MD_CTX_new();
    d->good = d->context && EVP_DigestInit_ex(d->context, kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256(), NULL);
    return d;
}

digest *digest_copy(const digest *other) {
    digest *d = malloc(sizeof *d);
    if (!d) return NULL;
    d->context = EVP_MD_CTX_new();
    d->good = d->context && other->good && EVP_MD_CTX_copy_ex(d->context, other->context);
    return d;
}

void digest_update(digest *d, const void *bytes, size_t count) {
    d->good = d->good && EVP_DigestUpdate(d->context, bytes, count);
}

size_t digest_finish(digest *d, uint8_t *out) {
    unsigned count = 0;
    const int good = d->good && EVP_DigestFinal_ex(d->context, out, &count);
    EVP_MD_CTX_free(d->context);
    free(d);
    return good ? count : 0;
}
#endif
