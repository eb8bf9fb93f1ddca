// The files of gpt2-micro, as they are, inside the binary. Its card: gpt2-micro/README.md.
#ifndef ACTREC_EMBEDDED_MODEL_H
#define ACTREC_EMBEDDED_MODEL_H

#include <stddef.h>

#pragma clang assume_nonnull begin

typedef struct {
    const unsigned char *bytes;
    size_t count;
} embedded_file;

embedded_file embedded_config(void);
embedded_file embedded_weights(void);
embedded_file embedded_vocabulary(void);
embedded_file embedded_merges(void);

#pragma clang assume_nonnull end
#endif
