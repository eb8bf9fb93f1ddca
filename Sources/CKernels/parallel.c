#include "internal.h"

#ifdef __APPLE__
#include <dispatch/dispatch.h>
#include <sys/sysctl.h>

static int threads = 0;
void ak_set_threads(int count) { threads = count; }
int ak_threads(void) {
    int count = 1; size_t size = sizeof count;
    if (threads > 0) return threads;
    sysctlbyname("hw.activecpu", &count, &size, NULL, 0);
    return count;
}
void ak_parallel(size_t count, void *context, void (*body)(void *, size_t)) {
    if (ak_threads() == 1) { for (size_t i = 0; i < count; i++) body(context, i); return; }
    dispatch_apply_f(count, DISPATCH_APPLY_AUTO, context, body);
}

#else
#include <stdatomic.h>

// oneDNN runs on GNU OpenMP. Its pool is used for our loops too, through the entry point that compiled OpenMP
// code calls: a second pool beside it would have to fight for the same processors.
void GOMP_parallel(void (*function)(void *), void *data, unsigned threads, unsigned flags);
void omp_set_num_threads(int count);
int omp_get_max_threads(void);
int omp_get_num_procs(void);
int omp_in_parallel(void);

void ak_set_threads(int count) { omp_set_num_threads(count > 0 ? count : omp_get_num_procs()); }
int ak_threads(void) { return omp_get_max_threads(); }

// The thread sanitizer does not see into the pool: that a loop's threads begin after its caller and end before it goes on.
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define PASS_ON(place) __tsan_release(place)
#define TAKE_OVER(place) __tsan_acquire(place)
#else
#define PASS_ON(place) (void)(place)
#define TAKE_OVER(place) (void)(place)
#endif

typedef struct {
    atomic_size_t next;
    size_t count;
    void *context;
    void (*body)(void *, size_t);
} loop;

static void run(void *data) {
    loop *l = data;
    TAKE_OVER(l);
    for (size_t i; (i = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed)) < l->count;) l->body(l->context, i);
    PASS_ON(l);
}

void ak_parallel(size_t count, void *context, void (*body)(void *, size_t)) {
    if (count <= 1 || omp_in_parallel() || ak_threads() == 1) {
        for (size_t i = 0; i < count; i++) body(context, i);
        return;
    }
    loop l = {.next = 0, .count = count, .context = context, .body = body};
    PASS_ON(&l);
    GOMP_parallel(run, &l, 0, 0);
    TAKE_OVER(&l);
}
#endif
