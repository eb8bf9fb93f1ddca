#ifndef __APPLE__
#include "matmul.h"

// Products made ready for their sizes.

enum { most_plans = 1024 };

pthread_mutex_t ak_matmul_lock = PTHREAD_MUTEX_INITIALIZER;
dnnl_engine_t ak_engine;
dnnl_stream_t ak_stream;
static ak_plan plans[most_plans];
static size_t plan_count;

dnnl_status_t ak_begin(void) {
    if (ak_engine) return dnnl_success;
    TRY(dnnl_engine_create(&ak_engine, dnnl_cpu, 0));
    return dnnl_stream_create(&ak_stream, ak_engine, dnnl_stream_default_flags);
}

typedef struct {
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t after;
    dnnl_primitive_desc_t made;
} making;

static dnnl_status_t make_parts(ak_plan *p, making *m) {
    const ak_sizes *k = &p->key;
    TRY(describe(&p->x, k->rows, k->in, k->ldx, 1));
    if (k->layout == ak_packed) {
        const description *ordered;
        TRY(ak_find_packing(k->in, k->out, &ordered));
        TRY(copy(&p->w, address(ordered)));
    } else TRY(ak_describe_weights(&p->w, k->in, k->out, k->ldw, k->layout));
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
    TRY(make_product(&m->made, ak_engine, &p->x, &p->w, &p->bias, &p->y, m->attributes));
    const char *implementation = "";
    TRY(dnnl_primitive_desc_query(m->made, dnnl_query_impl_info_str, 0, &implementation));
    // The batch-reduce kernels add up each row in one order, however many rows there are and threads that share them.
    p->independent = strncmp(implementation, "brg", 3) == 0;
    TRY(copy(&p->scratch, dnnl_primitive_desc_query_md(m->made, dnnl_query_scratchpad_md, 0)));
    return dnnl_primitive_create(&p->primitive, m->made);
}

static void destroy(ak_plan *p) {
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    for (size_t i = 0; i < p->set_count; i++) {
        const ak_handles *h = &p->sets[i];
        const dnnl_memory_t all[] = {h->x, h->w, h->bias, h->y, h->scratch};
        for (size_t j = 0; j < sizeof all / sizeof *all; j++) if (all[j]) dnnl_memory_destroy(all[j]);
    }
    free(p->sets);
    forget(&p->x); forget(&p->w); forget(&p->bias); forget(&p->y); forget(&p->scratch);
}

static dnnl_status_t make(ak_plan *p, const ak_sizes *key) {
    *p = (ak_plan){.key = *key};
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

dnnl_status_t ak_make_sets(ak_plan *p, size_t count) {
    if (count <= p->set_count) return dnnl_success;
    ak_handles *sets = realloc(p->sets, count * sizeof *sets);
    if (!sets) return dnnl_out_of_memory;
    p->sets = sets;
    while (p->set_count < count) {
        ak_handles *h = &sets[p->set_count++];
        *h = (ak_handles){0};
        TRY(make_memory(&h->x, &p->x, ak_engine));
        TRY(make_memory(&h->w, &p->w, ak_engine));
        TRY(make_memory(&h->y, &p->y, ak_engine));
        if (p->key.biased) TRY(make_memory(&h->bias, &p->bias, ak_engine));
        TRY(dnnl_memory_create(&h->scratch, address(&p->scratch), ak_engine, DNNL_MEMORY_ALLOCATE));
    }
    return dnnl_success;
}

dnnl_status_t ak_find_plan(const ak_sizes *key, ak_plan **found) {
    TRY(ak_begin());
    for (size_t i = 0; i < plan_count; i++)
        if (memcmp(&plans[i].key, key, sizeof *key) == 0) { *found = &plans[i]; return dnnl_success; }
    if (plan_count == most_plans) while (plan_count) destroy(&plans[--plan_count]);
    TRY(make(&plans[plan_count], key));
    *found = &plans[plan_count++];
    return dnnl_success;
}

ak_sizes ak_make_sizes(const ak_product *p) {
    ak_sizes key;
    memset(&key, 0, sizeof key); // padding too: keys are compared as bytes
    key.rows = p->rows; key.in = p->in; key.out = p->out;
    key.ldx = p->ldx; key.ldw = p->layout == ak_packed ? 0 : p->ldw; key.ldy = p->ldy;
    key.layout = p->layout; key.biased = p->bias != NULL; key.add = p->add;
    key.threads = ak_threads();
    return key;
}

dnnl_status_t ak_execute(const ak_plan *p, size_t set, const ak_product *product, size_t first) {
    const ak_handles *h = &p->sets[set];
    TRY(dnnl_memory_set_data_handle(h->x, (void *)(product->x + first * product->ldx)));
    TRY(dnnl_memory_set_data_handle(h->w, (void *)product->w));
    TRY(dnnl_memory_set_data_handle(h->y, product->y + first * product->ldy));
    if (product->bias) TRY(dnnl_memory_set_data_handle(h->bias, (void *)product->bias));
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, h->x}, {DNNL_ARG_WEIGHTS, h->w}, {DNNL_ARG_DST, h->y}, {DNNL_ARG_SCRATCHPAD, h->scratch}, {DNNL_ARG_BIAS, h->bias}};
    TRY(dnnl_primitive_execute(p->primitive, ak_stream, product->bias ? 5 : 4, arguments));
    return dnnl_stream_wait(ak_stream);
}
#endif
