#define _GNU_SOURCE // CPU_COUNT
#include "internal.h"
#include <stdatomic.h>

#ifdef AK_SERIAL // one thread: for a system without libdispatch

int ak_threads(void) { return 1; }
int ak_use_threads(int count) { (void)count; return 0; }
void ak_parallel(size_t count, double work, void *context, void (*body)(void *, size_t, size_t)) {
    (void)work;
    for (size_t i = 0; i < count; i++) body(context, i, 0);
}

#else
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
// Swift brings libdispatch on every system, but on Linux shows its header to Swift alone.
void dispatch_apply_f(size_t iterations, void *queue, void *context, void (*work)(void *, size_t));
#define DISPATCH_APPLY_AUTO NULL
#else
#include <dispatch/dispatch.h>
#endif

// A worker that has to be woken takes some 10 microseconds to begin. Below this much work for each, fewer are faster.
static const double least_work = 20000;

static _Thread_local int wanted = 0;

static int processors(void) {
#ifdef __linux__
    cpu_set_t set; // those that this process may run on
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}

int ak_threads(void) {
    static atomic_int known;
    if (wanted > 0) return wanted;
    int count = atomic_load_explicit(&known, memory_order_relaxed);
    if (!count) atomic_store_explicit(&known, count = processors(), memory_order_relaxed);
    return count;
}

int ak_use_threads(int count) {
    const int before = wanted;
    wanted = count > 0 ? count : 0;
    return before;
}

typedef struct {
    atomic_size_t next;
    size_t count;
    void *context;
    void (*body)(void *, size_t, size_t);
} loop;

static void take_items(void *data, size_t worker) {
    loop *l = data;
    for (size_t i; (i = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed)) < l->count;) l->body(l->context, i, worker);
}

void ak_parallel(size_t count, double work, void *context, void (*body)(void *, size_t, size_t)) {
    size_t workers = ak_min(count, (size_t)ak_threads());
    if (work < least_work * (double)workers) workers = (size_t)(work / least_work);
    loop l = {.count = count, .context = context, .body = body};
    if (workers > 1) dispatch_apply_f(workers, DISPATCH_APPLY_AUTO, &l, take_items);
    else take_items(&l, 0);
}
#endif
