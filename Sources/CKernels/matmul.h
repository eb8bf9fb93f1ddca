// What the files of the matrix product share: weights packed for it (matmul_packing.c), products made ready for their sizes
// (matmul_plans.c), and how one is run (matmul.c). Whoever calls what is here holds ak_matmul_lock.
#ifndef ACTREC_KERNELS_MATMUL_H
#define ACTREC_KERNELS_MATMUL_H

#include "internal.h"
#include "onednn.h"
#include <pthread.h>
#include <stdlib.h>

extern pthread_mutex_t ak_matmul_lock;
extern dnnl_engine_t ak_engine;
extern dnnl_stream_t ak_stream;

/// Makes the engine and the stream, the first time.
dnnl_status_t ak_begin(void);

/// What the library wants weights of this shape to look like.
dnnl_status_t ak_find_packing(size_t in, size_t out, const description **found);

dnnl_status_t ak_describe_weights(description *d, size_t in, size_t out, size_t ldw, ak_weight_layout layout);

// A matrix multiplication made ready for one set of sizes. Making one takes some 0.4 ms, so they are kept.
typedef struct {
    size_t rows, in, out, ldx, ldw, ldy;
    ak_weight_layout layout;
    bool biased, add;
    int threads;
} ak_sizes;

// What the library reads and writes by; one set for each call of a plan that runs at the same time.
typedef struct { dnnl_memory_t x, w, bias, y, scratch; } ak_handles;

typedef struct {
    ak_sizes key;
    dnnl_primitive_t primitive;
    description x, w, bias, y, scratch;
    ak_handles *sets;
    size_t set_count;
    bool independent;
} ak_plan;

ak_sizes ak_make_sizes(const ak_product *product);

/// The plan stays where it is until another is looked for.
dnnl_status_t ak_find_plan(const ak_sizes *key, ak_plan **found);

/// Sees to it that so many calls can run at the same time.
dnnl_status_t ak_make_sets(ak_plan *plan, size_t count);

/// Runs a plan on the product's rows from `first` on; may be called by several threads, each with a set of its own.
dnnl_status_t ak_execute(const ak_plan *plan, size_t set, const ak_product *product, size_t first);

#endif
