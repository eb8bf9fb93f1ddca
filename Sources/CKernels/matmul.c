#include "internal.h"

#ifdef __APPLE__
#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>

int ak_matmul(size_t rows, size_t in, size_t out, const float *x, size_t ldx, const float *w, size_t ldw, bool transposed,
              const float *bias, float *y, size_t ldy) {
    if (rows == 0 || out == 0) return 0;
    ak_fill_rows(rows, out, bias, y, ldy);
    return ak_block_matmul(rows, in, out, x, ldx, w, ldw, transposed, y, ldy, true);
}

int ak_block_matmul(size_t rows, size_t in, size_t out, const float *x, size_t ldx, const float *w, size_t ldw, bool transposed,
                    float *y, size_t ldy, bool accumulate) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, (int)rows, (int)out, (int)in,
                1, x, (int)ldx, w, (int)ldw, accumulate ? 1 : 0, y, (int)ldy);
    return 0;
}

const char *ak_matmul_library(void) { return "Accelerate"; }
bool ak_matmul_rows_are_independent(void) { return false; }

#else
#include <dnnl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

// A matrix multiplication made ready for one set of sizes. Making one takes some 0.4 ms, so they are kept.
typedef struct {
    size_t rows, in, out, ldx, ldw, ldy;
    bool transposed, biased;
    int threads;
} sizes;

typedef struct {
    sizes key;
    dnnl_primitive_t primitive;
    dnnl_memory_t x, w, bias, y;
    bool independent;
} plan;

enum { most_plans = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // of everything below, and of running a plan
static dnnl_engine_t engine;
static dnnl_stream_t stream;
static plan plans[most_plans];
static size_t plan_count;

#define TRY(call) do { const dnnl_status_t status = (call); if (status != dnnl_success) return status; } while (0)

static void destroy(plan *p) {
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    if (p->x) dnnl_memory_destroy(p->x);
    if (p->w) dnnl_memory_destroy(p->w);
    if (p->bias) dnnl_memory_destroy(p->bias);
    if (p->y) dnnl_memory_destroy(p->y);
}

// oneDNN 2 and 3 say the same in two ways.
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t description;

static dnnl_status_t describe(description *d, size_t rows, size_t columns, size_t row_stride, size_t column_stride) {
    const dnnl_dims_t extents = {(dnnl_dim_t)rows, (dnnl_dim_t)columns}, strides = {(dnnl_dim_t)row_stride, (dnnl_dim_t)column_stride};
    return dnnl_memory_desc_create_with_strides(d, 2, extents, dnnl_f32, strides);
}

static void forget(description *d) { if (*d) dnnl_memory_desc_destroy(*d); }
static bool is_described(const description *d) { return *d != NULL; }
static dnnl_status_t memory(dnnl_memory_t *m, const description *d) { return dnnl_memory_create(m, *d, engine, DNNL_MEMORY_NONE); }

static dnnl_status_t make_primitive(dnnl_primitive_desc_t *made, const description *x, const description *w, const description *bias,
                                    const description *y) {
    return dnnl_matmul_primitive_desc_create(made, engine, *x, *w, *bias, *y, NULL);
}
#else
typedef dnnl_memory_desc_t description;

static dnnl_status_t describe(description *d, size_t rows, size_t columns, size_t row_stride, size_t column_stride) {
    const dnnl_dims_t extents = {(dnnl_dim_t)rows, (dnnl_dim_t)columns}, strides = {(dnnl_dim_t)row_stride, (dnnl_dim_t)column_stride};
    return dnnl_memory_desc_init_by_strides(d, 2, extents, dnnl_f32, strides);
}

static void forget(description *d) { (void)d; }
static bool is_described(const description *d) { return d->ndims != 0; }
static dnnl_status_t memory(dnnl_memory_t *m, const description *d) { return dnnl_memory_create(m, d, engine, DNNL_MEMORY_NONE); }

static dnnl_status_t make_primitive(dnnl_primitive_desc_t *made, const description *x, const description *w, const description *bias,
                                    const description *y) {
    dnnl_matmul_desc_t operation;
    TRY(dnnl_matmul_desc_init(&operation, x, w, is_described(bias) ? bias : NULL, y));
    return dnnl_primitive_desc_create(made, &operation, NULL, engine, NULL);
}
#endif

typedef struct { description x, w, bias, y; dnnl_primitive_desc_t made; } making;

static dnnl_status_t make_parts(plan *p, making *m) {
    const sizes *k = &p->key;
    TRY(describe(&m->x, k->rows, k->in, k->ldx, 1));
    TRY(describe(&m->w, k->in, k->out, k->transposed ? 1 : k->ldw, k->transposed ? k->ldw : 1));
    TRY(describe(&m->y, k->rows, k->out, k->ldy, 1));
    if (k->biased) TRY(describe(&m->bias, 1, k->out, k->out, 1));
    TRY(make_primitive(&m->made, &m->x, &m->w, &m->bias, &m->y));
    const char *implementation = "";
    TRY(dnnl_primitive_desc_query(m->made, dnnl_query_impl_info_str, 0, &implementation));
    // The batch-reduce kernels add up each row in one order, however many rows there are and threads that share them.
    p->independent = strncmp(implementation, "brg", 3) == 0;
    TRY(dnnl_primitive_create(&p->primitive, m->made));
    TRY(memory(&p->x, &m->x));
    TRY(memory(&p->w, &m->w));
    TRY(memory(&p->y, &m->y));
    return k->biased ? memory(&p->bias, &m->bias) : dnnl_success;
}

static dnnl_status_t make(plan *p, const sizes *key) {
    *p = (plan){.key = *key};
    making m = {0};
    const dnnl_status_t status = make_parts(p, &m);
    if (m.made) dnnl_primitive_desc_destroy(m.made);
    forget(&m.x); forget(&m.w); forget(&m.y); forget(&m.bias);
    if (status != dnnl_success) destroy(p);
    return status;
}

static dnnl_status_t find(const sizes *key, plan **found) {
    if (!engine) {
        TRY(dnnl_engine_create(&engine, dnnl_cpu, 0));
        TRY(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    }
    for (size_t i = 0; i < plan_count; i++)
        if (memcmp(&plans[i].key, key, sizeof *key) == 0) { *found = &plans[i]; return dnnl_success; }
    if (plan_count == most_plans) while (plan_count) destroy(&plans[--plan_count]);
    TRY(make(&plans[plan_count], key));
    *found = &plans[plan_count++];
    return dnnl_success;
}

static dnnl_status_t run(const sizes *key, const float *x, const float *w, const float *bias, float *y) {
    plan *p;
    TRY(find(key, &p));
    TRY(dnnl_memory_set_data_handle(p->x, (void *)x));
    TRY(dnnl_memory_set_data_handle(p->w, (void *)w));
    TRY(dnnl_memory_set_data_handle(p->y, y));
    if (bias) TRY(dnnl_memory_set_data_handle(p->bias, (void *)bias));
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, p->x}, {DNNL_ARG_WEIGHTS, p->w}, {DNNL_ARG_DST, p->y}, {DNNL_ARG_BIAS, p->bias}};
    TRY(dnnl_primitive_execute(p->primitive, stream, bias ? 4 : 3, arguments));
    return dnnl_stream_wait(stream);
}

static sizes make_key(size_t rows, size_t in, size_t out, size_t ldx, size_t ldw, bool transposed, bool biased, size_t ldy) {
    sizes key;
    memset(&key, 0, sizeof key); // padding too: keys are compared as bytes
    key.rows = rows; key.in = in; key.out = out;
    key.ldx = ldx; key.ldw = ldw; key.ldy = ldy;
    key.transposed = transposed; key.biased = biased;
    key.threads = ak_threads();
    return key;
}

int ak_matmul(size_t rows, size_t in, size_t out, const float *x, size_t ldx, const float *w, size_t ldw, bool transposed,
              const float *bias, float *y, size_t ldy) {
    if (rows == 0 || out == 0) return 0;
    const sizes key = make_key(rows, in, out, ldx, ldw, transposed, bias != NULL, ldy);
    pthread_mutex_lock(&lock);
    const int status = run(&key, x, w, bias, y);
    pthread_mutex_unlock(&lock);
    return status;
}

// dnnl_sgemm is the same in oneDNN 2 and 3, needs no plan, and takes any strides.
int ak_block_matmul(size_t rows, size_t in, size_t out, const float *x, size_t ldx, const float *w, size_t ldw, bool transposed,
                    float *y, size_t ldy, bool accumulate) {
    return dnnl_sgemm('N', transposed ? 'T' : 'N', (dnnl_dim_t)rows, (dnnl_dim_t)out, (dnnl_dim_t)in,
                      1, x, (dnnl_dim_t)ldx, w, (dnnl_dim_t)ldw, accumulate ? 1 : 0, y, (dnnl_dim_t)ldy);
}

const char *ak_matmul_library(void) {
    static char name[64];
    const dnnl_version_t *v = dnnl_version();
    snprintf(name, sizeof name, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return name;
}

bool ak_matmul_rows_are_independent(void) {
    const sizes key = make_key(16, 64, 64, 64, 64, false, false, 64);
    plan *p;
    pthread_mutex_lock(&lock);
    const bool independent = find(&key, &p) == dnnl_success && p->independent;
    pthread_mutex_unlock(&lock);
    return independent;
}
#endif
