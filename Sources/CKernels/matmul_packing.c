#ifndef __APPLE__
#include "matmul.h"
#include <sys/mman.h>

// Weights in the order in which the library's kernels read them.

typedef struct { size_t in, out; description weights; } packing;

enum { most_packings = 64 };

static packing packings[most_packings];
static size_t packing_count;

dnnl_status_t ak_describe_weights(description *d, size_t in, size_t out, size_t ldw, ak_weight_layout layout) {
    return describe(d, in, out, layout == ak_out_in ? 1 : ldw, layout == ak_out_in ? ldw : 1);
}

static dnnl_status_t ask_for_packing(description *weights, size_t in, size_t out) {
    enum { rows = 1024 }; // what is best for many rows is not worse for few
    description x = {0}, w = {0}, none = {0}, y = {0};
    dnnl_primitive_desc_t made = NULL;
    dnnl_status_t status = describe(&x, rows, in, in, 1);
    if (!status) status = describe_any(&w, in, out);
    if (!status) status = describe(&y, rows, out, out, 1);
    if (!status) status = make_product(&made, ak_engine, &x, &w, &none, &y, NULL);
    if (!status) status = copy(weights, dnnl_primitive_desc_query_md(made, dnnl_query_weights_md, 0));
    if (made) dnnl_primitive_desc_destroy(made);
    forget(&x); forget(&w); forget(&y);
    return status;
}

dnnl_status_t ak_find_packing(size_t in, size_t out, const description **found) {
    for (size_t i = 0; i < packing_count; i++)
        if (packings[i].in == in && packings[i].out == out) { *found = &packings[i].weights; return dnnl_success; }
    if (packing_count == most_packings) return dnnl_out_of_memory;
    packing *p = &packings[packing_count];
    *p = (packing){.in = in, .out = out};
    TRY(ask_for_packing(&p->weights, in, out));
    packing_count++;
    *found = &p->weights;
    return dnnl_success;
}

/// Memory that the processor reaches through few page-table entries: weights are read from end to end again and again.
static void *allocate_large(size_t bytes) {
    const size_t page = 2 << 20;
    void *memory = NULL;
    if (posix_memalign(&memory, bytes < page ? 64 : page, bytes)) return NULL;
    if (bytes >= page) madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

static dnnl_status_t reorder(const description *from, const float *w, const description *to, void *packed) {
    dnnl_primitive_desc_t made = NULL;
    dnnl_primitive_t primitive = NULL;
    dnnl_memory_t source = NULL, target = NULL;
    dnnl_status_t status = make_reorder(&made, ak_engine, from, to);
    if (!status) status = dnnl_primitive_create(&primitive, made);
    if (!status) status = make_memory(&source, from, ak_engine);
    if (!status) status = make_memory(&target, to, ak_engine);
    if (!status) status = dnnl_memory_set_data_handle(source, (void *)w);
    if (!status) status = dnnl_memory_set_data_handle(target, packed);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
    if (!status) status = dnnl_primitive_execute(primitive, ak_stream, 2, arguments);
    if (!status) status = dnnl_stream_wait(ak_stream);
    if (target) dnnl_memory_destroy(target);
    if (source) dnnl_memory_destroy(source);
    if (primitive) dnnl_primitive_destroy(primitive);
    if (made) dnnl_primitive_desc_destroy(made);
    return status;
}

static float *pack(size_t in, size_t out, const float *w, size_t ldw, ak_weight_layout layout) {
    const description *ordered;
    description plain = {0};
    void *packed = NULL;
    if (ak_begin() || ak_find_packing(in, out, &ordered) || ak_describe_weights(&plain, in, out, ldw, layout)) return NULL;
    if (!is_equal(&plain, ordered)) packed = allocate_large(byte_count(ordered));
    if (packed && reorder(&plain, w, ordered, packed)) { free(packed); packed = NULL; }
    forget(&plain);
    return packed;
}

float *ak_pack(size_t in, size_t out, const float *w, size_t ldw, ak_weight_layout layout) {
    pthread_mutex_lock(&ak_matmul_lock);
    float *packed = pack(in, out, w, ldw, layout);
    pthread_mutex_unlock(&ak_matmul_lock);
    return packed;
}
#endif
