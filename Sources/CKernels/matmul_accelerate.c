#ifdef __APPLE__
#include "internal.h"
#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>

int ak_matmul(const ak_product *p) {
    if (p->rows == 0 || p->out == 0) return 0;
    if (!p->add) ak_fill_rows(p->rows, p->out, p->bias, p->y, p->ldy);
    else if (p->bias) ak_add_rows(p->rows, p->out, p->bias, p->y, p->ldy);
    const bool transposed = p->layout == ak_out_in;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, (int)p->rows, (int)p->out, (int)p->in,
                1, p->x, (int)p->ldx, p->w, (int)p->ldw, 1, p->y, (int)p->ldy);
    return 0;
}

// Accelerate has no layout of its own to offer.
float *ak_pack(size_t in, size_t out, const float *w, size_t ldw, ak_weight_layout layout) { return NULL; }

const char *ak_matmul_library(void) { return "Accelerate"; }
bool ak_matmul_rows_are_independent(void) { return false; }
#endif
