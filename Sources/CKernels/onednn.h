// oneDNN 2 (Debian 12) and 3 say the same in two ways; here they say it in one.
#ifndef ACTREC_KERNELS_ONEDNN_H
#define ACTREC_KERNELS_ONEDNN_H

#include "CKernels.h"
#include <dnnl.h>

#define TRY(call) do { const dnnl_status_t status = (call); if (status != dnnl_success) return status; } while (0)

// A description of a matrix: made by describe or copy, given back by forget. Zeros are no description.
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t description;

static inline void forget(description *d) { if (*d) dnnl_memory_desc_destroy(*d); *d = NULL; }
static inline bool is_described(const description *d) { return *d != NULL; }
static inline size_t byte_count(const description *d) { return dnnl_memory_desc_get_size(*d); }
static inline bool is_equal(const description *a, const description *b) { return dnnl_memory_desc_equal(*a, *b); }
static inline dnnl_status_t copy(description *d, const_dnnl_memory_desc_t of) { return dnnl_memory_desc_clone(d, of); }
static inline const_dnnl_memory_desc_t address(const description *d) { return *d; }

static inline dnnl_status_t describe(description *d, size_t rows, size_t columns, size_t row_stride, size_t column_stride) {
    const dnnl_dims_t extents = {(dnnl_dim_t)rows, (dnnl_dim_t)columns}, strides = {(dnnl_dim_t)row_stride, (dnnl_dim_t)column_stride};
    return dnnl_memory_desc_create_with_strides(d, 2, extents, dnnl_f32, strides);
}

static inline dnnl_status_t describe_any(description *d, size_t rows, size_t columns) {
    const dnnl_dims_t extents = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
    return dnnl_memory_desc_create_with_tag(d, 2, extents, dnnl_f32, dnnl_format_tag_any);
}

static inline dnnl_status_t make_product(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const description *x, const description *w,
                                         const description *bias, const description *y, const_dnnl_primitive_attr_t attributes) {
    return dnnl_matmul_primitive_desc_create(made, engine, *x, *w, *bias, *y, attributes);
}

static inline dnnl_status_t make_reorder(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const description *from, const description *to) {
    return dnnl_reorder_primitive_desc_create(made, *from, engine, *to, engine, NULL);
}
#else
typedef dnnl_memory_desc_t description;

static inline void forget(description *d) { d->ndims = 0; }
static inline bool is_described(const description *d) { return d->ndims != 0; }
static inline size_t byte_count(const description *d) { return dnnl_memory_desc_get_size(d); }
static inline bool is_equal(const description *a, const description *b) { return dnnl_memory_desc_equal(a, b); }
static inline dnnl_status_t copy(description *d, const dnnl_memory_desc_t *of) { *d = *of; return dnnl_success; }
static inline const dnnl_memory_desc_t *address(const description *d) { return d; }

static inline dnnl_status_t describe(description *d, size_t rows, size_t columns, size_t row_stride, size_t column_stride) {
    const dnnl_dims_t extents = {(dnnl_dim_t)rows, (dnnl_dim_t)columns}, strides = {(dnnl_dim_t)row_stride, (dnnl_dim_t)column_stride};
    return dnnl_memory_desc_init_by_strides(d, 2, extents, dnnl_f32, strides);
}

static inline dnnl_status_t describe_any(description *d, size_t rows, size_t columns) {
    const dnnl_dims_t extents = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
    return dnnl_memory_desc_init_by_tag(d, 2, extents, dnnl_f32, dnnl_format_tag_any);
}

static inline dnnl_status_t make_product(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const description *x, const description *w,
                                         const description *bias, const description *y, const_dnnl_primitive_attr_t attributes) {
    dnnl_matmul_desc_t operation;
    TRY(dnnl_matmul_desc_init(&operation, x, w, is_described(bias) ? bias : NULL, y));
    return dnnl_primitive_desc_create(made, &operation, attributes, engine, NULL);
}

static inline dnnl_status_t make_reorder(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const description *from, const description *to) {
    return dnnl_reorder_primitive_desc_create(made, from, engine, to, engine, NULL);
}
#endif

static inline dnnl_status_t make_memory(dnnl_memory_t *m, const description *d, dnnl_engine_t engine) {
    return dnnl_memory_create(m, address(d), engine, DNNL_MEMORY_NONE);
}

#endif
