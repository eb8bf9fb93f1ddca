#include "internal.h"

#ifdef __APPLE__
#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>

int ak_matmul(size_t rows, size_t in, size_t out, const float *x, size_t ldx, const float *w, size_t ldw, bool transposed,
              float *y, size_t ldy, bool accumulate) {
    if (rows == 0 || out == 0) return 0;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, (int)rows, (int)out, (int)in,
                1, x, (int)ldx, w, (int)ldw, accumulate ? 1 : 0, y, (int)ldy);
    return 0;
}

const char *ak_matmul_library(void) { return "Accelerate"; }

#else
#include <dnnl.h>
#include <stdio.h>

// dnnl_sgemm is the same in oneDNN 2 and 3, takes weights where they lie (a mapped checkpoint is not copied), and
// reached the speed of the packed-weight primitive on the AVX-512 machine where both were timed, for 1 to 2,048 rows.
int ak_matmul(size_t rows, size_t in, size_t out, const float *x, size_t ldx, const float *w, size_t ldw, bool transposed,
              float *y, size_t ldy, bool accumulate) {
    if (rows == 0 || out == 0) return 0;
    return dnnl_sgemm('N', transposed ? 'T' : 'N', (dnnl_dim_t)rows, (dnnl_dim_t)out, (dnnl_dim_t)in,
                      1, x, (dnnl_dim_t)ldx, w, (dnnl_dim_t)ldw, accumulate ? 1 : 0, y, (dnnl_dim_t)ldy);
}

const char *ak_matmul_library(void) {
    static char name[64];
    const dnnl_version_t *v = dnnl_version();
    snprintf(name, sizeof name, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return name;
}
#endif
