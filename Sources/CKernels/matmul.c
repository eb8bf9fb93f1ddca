#ifndef __APPLE__
#include "matmul.h"
#include <stdio.h>

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
    const ak_plan *whole, *rest;
    size_t rows;
    dnnl_status_t *statuses;
} sharing;

static void share_body(void *context, size_t i) {
    const sharing *s = context;
    const size_t first = i * s->rows;
    const bool is_whole = first + s->rows <= s->product->rows;
    s->statuses[i] = ak_execute(is_whole ? s->whole : s->rest, is_whole ? i : 0, s->product, first);
}

static dnnl_status_t run_shares(const ak_product *product, size_t rows) {
    const size_t whole = product->rows / rows, rest = product->rows % rows, count = whole + (rest > 0);
    dnnl_status_t statuses[2 * count];
    sharing s = {.product = product, .rows = rows, .statuses = statuses};
    ak_sizes key = ak_make_sizes(product), rest_key = key;
    key.threads = rest_key.threads = 1;
    key.rows = rows;
    rest_key.rows = rest;
    ak_plan *found;
    if (rest) {
        TRY(ak_find_plan(&key, &found)); // so that making the other cannot throw this one out
        TRY(ak_find_plan(&rest_key, &found));
        TRY(ak_make_sets(found, 1));
        s.rest = found;
    }
    TRY(ak_find_plan(&key, &found));
    TRY(ak_make_sets(found, whole));
    s.whole = found;
    ak_parallel(count, &s, share_body);
    for (size_t i = 0; i < count; i++) TRY(statuses[i]);
    return dnnl_success;
}

static dnnl_status_t run(const ak_product *product) {
    const size_t share = share_rows(product);
    if (share) return run_shares(product, share);
    const ak_sizes key = ak_make_sizes(product);
    ak_plan *p;
    TRY(ak_find_plan(&key, &p));
    TRY(ak_make_sets(p, 1));
    return ak_execute(p, 0, product, 0);
}

int ak_matmul(const ak_product *product) {
    if (product->rows == 0 || product->out == 0) return 0;
    pthread_mutex_lock(&ak_matmul_lock);
    const int status = run(product);
    pthread_mutex_unlock(&ak_matmul_lock);
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
    const ak_sizes key = ak_make_sizes(&(ak_product){16, 64, 64, &none, 64, &none, 64, ak_in_out, NULL, &unused, 64, false});
    ak_plan *p;
    pthread_mutex_lock(&ak_matmul_lock);
    const bool independent = ak_find_plan(&key, &p) == dnnl_success && p->independent;
    pthread_mutex_unlock(&ak_matmul_lock);
    return independent;
}
#endif
