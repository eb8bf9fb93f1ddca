#ifndef __APPLE__
#include "internal.h"
#include "onednn.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

// A matrix multiplication made ready for one set of sizes. Making one takes some 0.4 ms, so they are kept.
typedef struct {
    size_t rows, in, out, ldx, ldw, ldy;
    ak_weight_layout layout;
    bool biased, add;
    int threads;
} sizes;

// What the library reads and writes by; one set for each call of a plan that runs at the same time.
typedef struct { dnnl_memory_t x, w, bias, y, scratch; } handles;

typedef struct {
    sizes key;
    dnnl_primitive_t primitive;
    description x, w, bias, y, scratch;
    handles *sets;
    size_t set_count;
    bool independent;
} plan;

// What the library wants weights of one shape to look like.
typedef struct { size_t in, out; description weights; } packing;

enum { most_plans = 1024, most_packings = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // of everything below, and of running a plan
static dnnl_engine_t engine;
static dnnl_stream_t stream;
static plan plans[most_plans];
static size_t plan_count;
static packing packings[most_packings];
static size_t packing_count;

static dnnl_status_t begin(void) {
    if (engine) return dnnl_success;
    TRY(dnnl_engine_create(&engine, dnnl_cpu, 0));
    return dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
}

static dnnl_status_t describe_weights(description *d, size_t in, size_t out, size_t ldw, ak_weight_layout layout) {
    return describe(d, in, out, layout == ak_out_in ? 1 : ldw, layout == ak_out_in ? ldw : 1);
}

// Packed weights ------------------------------------------------------------------------------------------------

static dnnl_status_t ask_for_packing(description *weights, size_t in, size_t out) {
    enum { rows = 1024 }; // what is best for many rows is not worse for few
    description x = {0}, w = {0}, none = {0}, y = {0};
    dnnl_primitive_desc_t made = NULL;
    dnnl_status_t status = describe(&x, rows, in, in, 1);
    if (!status) status = describe_any(&w, in, out);
    if (!status) status = describe(&y, rows, out, out, 1);
    if (!status) status = make_product(&made, engine, &x, &w, &none, &y, NULL);
    if (!status) status = copy(weights, dnnl_primitive_desc_query_md(made, dnnl_query_weights_md, 0));
    if (made) dnnl_primitive_desc_destroy(made);
    forget(&x); forget(&w); forget(&y);
    return status;
}

static dnnl_status_t find_packing(size_t in, size_t out, packing **found) {
    for (size_t i = 0; i < packing_count; i++)
        if (packings[i].in == in && packings[i].out == out) { *found = &packings[i]; return dnnl_success; }
    if (packing_count == most_packings) return dnnl_out_of_memory;
    packing *p = &packings[packing_count];
    *p = (packing){.in = in, .out = out};
    TRY(ask_for_packing(&p->weights, in, out));
    packing_count++;
    *found = p;
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
    dnnl_status_t status = make_reorder(&made, engine, from, to);
    if (!status) status = dnnl_primitive_create(&primitive, made);
    if (!status) status = make_memory(&source, from, engine);
    if (!status) status = make_memory(&target, to, engine);
    if (!status) status = dnnl_memory_set_data_handle(source, (void *)w);
    if (!status) status = dnnl_memory_set_data_handle(target, packed);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
    if (!status) status = dnnl_primitive_execute(primitive, stream, 2, arguments);
    if (!status) status = dnnl_stream_wait(stream);
    if (target) dnnl_memory_destroy(target);
    if (source) dnnl_memory_destroy(source);
    if (primitive) dnnl_primitive_destroy(primitive);
    if (made) dnnl_primitive_desc_destroy(made);
    return status;
}

static float *pack(size_t in, size_t out, const float *w, size_t ldw, ak_weight_layout layout) {
    packing *p;
    description plain = {0};
    void *packed = NULL;
    if (begin() || find_packing(in, out, &p) || describe_weights(&plain, in, out, ldw, layout)) return NULL;
    if (!is_equal(&plain, &p->weights)) packed = allocate_large(byte_count(&p->weights));
    if (packed && reorder(&plain, w, &p->weights, packed)) { free(packed); packed = NULL; }
    forget(&plain);
    return packed;
}

float *ak_pack(size_t in, size_t out, const float *w, size_t ldw, ak_weight_layout layout) {
    pthread_mutex_lock(&lock);
    float *packed = pack(in, out, w, ldw, layout);
    pthread_mutex_unlock(&lock);
    return packed;
}

// Plans -----------------------------------------------------------------------------------------------------------

typedef struct {
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t after;
    dnnl_primitive_desc_t made;
} making;

static dnnl_status_t make_parts(plan *p, making *m) {
    const sizes *k = &p->key;
    TRY(describe(&p->x, k->rows, k->in, k->ldx, 1));
    if (k->layout == ak_packed) {
        packing *found;
        TRY(find_packing(k->in, k->out, &found));
        TRY(copy(&p->w, address(&found->weights)));
    } else TRY(describe_weights(&p->w, k->in, k->out, k->ldw, k->layout));
    TRY(describe(&p->y, k->rows, k->out, k->ldy, 1));
    if (k->biased) TRY(describe(&p->bias, 1, k->out, k->out, 1));
    TRY(dnnl_primitive_attr_create(&m->attributes));
    // The library's own scratch memory must not be shared by calls at the same time.
    TRY(dnnl_primitive_attr_set_scratchpad_mode(m->attributes, dnnl_scratchpad_mode_user));
    if (k->add) {
        TRY(dnnl_post_ops_create(&m->after));
#if DNNL_VERSION_MAJOR >= 3
        TRY(dnnl_post_ops_append_sum(m->after, 1, 0, dnnl_data_type_undef));
#else
        TRY(dnnl_post_ops_append_sum(m->after, 1));
#endif
        TRY(dnnl_primitive_attr_set_post_ops(m->attributes, m->after));
    }
    TRY(make_product(&m->made, engine, &p->x, &p->w, &p->bias, &p->y, m->attributes));
    const char *implementation = "";
    TRY(dnnl_primitive_desc_query(m->made, dnnl_query_impl_info_str, 0, &implementation));
    // The batch-reduce kernels add up each row in one order, however many rows there are and threads that share them.
    p->independent = strncmp(implementation, "brg", 3) == 0;
    TRY(copy(&p->scratch, dnnl_primitive_desc_query_md(m->made, dnnl_query_scratchpad_md, 0)));
    return dnnl_primitive_create(&p->primitive, m->made);
}

static void destroy(plan *p) {
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    for (size_t i = 0; i < p->set_count; i++) {
        const handles *h = &p->sets[i];
        const dnnl_memory_t all[] = {h->x, h->w, h->bias, h->y, h->scratch};
        for (size_t j = 0; j < sizeof all / sizeof *all; j++) if (all[j]) dnnl_memory_destroy(all[j]);
    }
    free(p->sets);
    forget(&p->x); forget(&p->w); forget(&p->bias); forget(&p->y); forget(&p->scratch);
}

static dnnl_status_t make(plan *p, const sizes *key) {
    *p = (plan){.key = *key};
    making m = {0};
    const int threads = ak_threads(); // the library asks when it makes a plan
    ak_set_threads(key->threads);
    const dnnl_status_t status = make_parts(p, &m);
    ak_set_threads(threads);
    if (m.made) dnnl_primitive_desc_destroy(m.made);
    if (m.after) dnnl_post_ops_destroy(m.after);
    if (m.attributes) dnnl_primitive_attr_destroy(m.attributes);
    if (status != dnnl_success) destroy(p);
    return status;
}

/// Sees to it that so many calls can run at the same time.
static dnnl_status_t make_sets(plan *p, size_t count) {
    if (count <= p->set_count) return dnnl_success;
    handles *sets = realloc(p->sets, count * sizeof *sets);
    if (!sets) return dnnl_out_of_memory;
    p->sets = sets;
    while (p->set_count < count) {
        handles *h = &sets[p->set_count++];
        *h = (handles){0};
        TRY(make_memory(&h->x, &p->x, engine));
        TRY(make_memory(&h->w, &p->w, engine));
        TRY(make_memory(&h->y, &p->y, engine));
        if (p->key.biased) TRY(make_memory(&h->bias, &p->bias, engine));
        TRY(dnnl_memory_create(&h->scratch, address(&p->scratch), engine, DNNL_MEMORY_ALLOCATE));
    }
    return dnnl_success;
}

static dnnl_status_t find(const sizes *key, plan **found) {
    TRY(begin());
    for (size_t i = 0; i < plan_count; i++)
        if (memcmp(&plans[i].key, key, sizeof *key) == 0) { *found = &plans[i]; return dnnl_success; }
    if (plan_count == most_plans) while (plan_count) destroy(&plans[--plan_count]);
    TRY(make(&plans[plan_count], key));
    *found = &plans[plan_count++];
    return dnnl_success;
}

static sizes make_key(const ak_product *p) {
    sizes key;
    memset(&key, 0, sizeof key); // padding too: keys are compared as bytes
    key.rows = p->rows; key.in = p->in; key.out = p->out;
    key.ldx = p->ldx; key.ldw = p->layout == ak_packed ? 0 : p->ldw; key.ldy = p->ldy;
    key.layout = p->layout; key.biased = p->bias != NULL; key.add = p->add;
    key.threads = ak_threads();
    return key;
}

/// Runs a plan on the product's rows from `first` on.
static dnnl_status_t execute(const plan *p, size_t set, const ak_product *product, size_t first) {
    const handles *h = &p->sets[set];
    TRY(dnnl_memory_set_data_handle(h->x, (void *)(product->x + first * product->ldx)));
    TRY(dnnl_memory_set_data_handle(h->w, (void *)product->w));
    TRY(dnnl_memory_set_data_handle(h->y, product->y + first * product->ldy));
    if (product->bias) TRY(dnnl_memory_set_data_handle(h->bias, (void *)product->bias));
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, h->x}, {DNNL_ARG_WEIGHTS, h->w}, {DNNL_ARG_DST, h->y}, {DNNL_ARG_SCRATCHPAD, h->scratch}, {DNNL_ARG_BIAS, h->bias}};
    TRY(dnnl_primitive_execute(p->primitive, stream, product->bias ? 5 : 4, arguments));
    return dnnl_stream_wait(stream);
}

// Shares --------------------------------------------------------------------------------------------------------
// The library divides the rows evenly and waits for the last thread. When something else runs on one processor (a writer,
// another program), the others stand still for as long. Many rows are therefore handed out in smaller shares.

enum { least_share = 64, shares_per_thread = 4 };

/// Rows of a share; 0 where there are too few to be worth it.
static size_t share_rows(const ak_product *product) {
    const size_t threads = (size_t)ak_threads(), shares = shares_per_thread * threads;
    if (threads == 1 || product->layout != ak_packed || product->rows < shares * least_share) return 0;
    return (product->rows / shares + 31) / 32 * 32;
}

typedef struct {
    const ak_product *product;
    const plan *whole, *rest;
    size_t rows;
    dnnl_status_t *statuses;
} sharing;

static void share_body(void *context, size_t i) {
    const sharing *s = context;
    const size_t first = i * s->rows;
    const bool is_whole = first + s->rows <= s->product->rows;
    s->statuses[i] = execute(is_whole ? s->whole : s->rest, is_whole ? i : 0, s->product, first);
}

static dnnl_status_t run_shares(const ak_product *product, size_t rows) {
    const size_t whole = product->rows / rows, rest = product->rows % rows, count = whole + (rest > 0);
    dnnl_status_t statuses[2 * count];
    sharing s = {.product = product, .rows = rows, .statuses = statuses};
    sizes key = make_key(product), rest_key = key;
    key.threads = rest_key.threads = 1;
    key.rows = rows;
    rest_key.rows = rest;
    plan *found;
    if (rest) {
        TRY(find(&key, &found)); // so that making the other cannot throw this one out
        TRY(find(&rest_key, &found));
        TRY(make_sets(found, 1));
        s.rest = found;
    }
    TRY(find(&key, &found));
    TRY(make_sets(found, whole));
    s.whole = found;
    ak_parallel(count, &s, share_body);
    for (size_t i = 0; i < count; i++) TRY(statuses[i]);
    return dnnl_success;
}

static dnnl_status_t run(const ak_product *product) {
    const size_t share = share_rows(product);
    if (share) return run_shares(product, share);
    const sizes key = make_key(product);
    plan *p;
    TRY(find(&key, &p));
    TRY(make_sets(p, 1));
    return execute(p, 0, product, 0);
}

int ak_matmul(const ak_product *product) {
    if (product->rows == 0 || product->out == 0) return 0;
    pthread_mutex_lock(&lock);
    const int status = run(product);
    pthread_mutex_unlock(&lock);
    return status;
}

const char *ak_matmul_library(void) {
    static char name[64];
    const dnnl_version_t *v = dnnl_version();
    snprintf(name, sizeof name, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return name;
}

bool ak_matmul_rows_are_independent(void) {
    const float none = 0;
    float unused;
    const sizes key = make_key(&(ak_product){16, 64, 64, &none, 64, &none, 64, ak_in_out, NULL, &unused, 64, false});
    plan *p;
    pthread_mutex_lock(&lock);
    const bool independent = find(&key, &p) == dnnl_success && p->independent;
    pthread_mutex_unlock(&lock);
    return independent;
}
#endif
