#define _GNU_SOURCE // CPU_COUNT, nice
#include "internal.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

// Each thread that calls the kernels has a crew of its own: threads that take items of its loops beside it. Two models that run
// beside each other share nothing. A worker comes and goes: it enters a loop that is open when it gets there, and nobody waits for
// one that was not in. So a loop ends when its items are done, even where other programs keep the workers from a processor.
//
// Between two loops a worker looks for the next some 50 microseconds, longer than a forward pass keeps it waiting; then it
// sleeps. With libdispatch, whose workers sleep at once, a forward pass of 16 tokens took 7% longer.

// A worker that has to be woken takes some 10 microseconds to begin. Below this much work for each, fewer are faster.
static const double least_work = 20000;

// Where other threads of this process want the processors too, a worker may be set aside in the middle of an item, and the loop waits
// for a scheduler's slice, some milliseconds. Below this much work a loop leaves those threads a processor.
static const double most_work_left_alone = 4e6;

enum { looks = 1000 }; // of a waiting thread before it sleeps, some 50 nanoseconds each

typedef struct {
    atomic_size_t next;
    size_t count;
    void *context;
    void (*body)(void *, size_t, size_t);
} loop;

typedef struct crew crew;

typedef struct {
    crew *crew;
    size_t number; // from 1: 0 is the thread whose crew it is
    pthread_t thread;
} worker;

struct crew {
    /// The number of the loop, how many workers it may have, whether it is open, and how many workers are in.
    atomic_uint_fast64_t state;
    loop loop;
    bool running; // a loop inside a loop has no workers
    pthread_mutex_t mutex;
    pthread_cond_t wake, left;
    atomic_int sleepers; // workers that wait for `wake`
    atomic_bool waits;   // the caller, for `left`
    bool dismissed;
    worker *workers;
    size_t count, asked; // the system may have given fewer than were asked for
};

static const uint64_t one_in = 1, in_mask = 0x7fff, is_open = 0x8000;
static uint64_t loop_number(uint64_t state) { return state >> 32; }
static uint64_t most_workers(uint64_t state) { return state >> 16 & 0xffff; }

static _Thread_local int wanted = 0;
static _Thread_local bool is_worker = false;

static void look_away(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb"); // "yield" is over at once
#endif
}

static void take_items(loop *l, size_t worker) {
    for (size_t i; (i = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed)) < l->count;) l->body(l->context, i, worker);
}

/// Waits for a loop after number `seen`. Returns the state that it was found by, or 0 when there will be none.
static uint64_t next_loop(crew *c, uint64_t seen) {
    uint64_t state;
    for (int i = 0; i < looks; i++) {
        if (loop_number(state = atomic_load(&c->state)) != seen) return state;
        look_away();
    }
    pthread_mutex_lock(&c->mutex);
    atomic_fetch_add(&c->sleepers, 1);
    while (loop_number(state = atomic_load(&c->state)) == seen && !c->dismissed) pthread_cond_wait(&c->wake, &c->mutex);
    atomic_fetch_sub(&c->sleepers, 1);
    if (c->dismissed) state = 0;
    pthread_mutex_unlock(&c->mutex);
    return state;
}

static void *work(void *data) {
    const worker *w = data;
    crew *c = w->crew;
    is_worker = true;
#ifdef __linux__
    (void)!nice(5); // of this thread: what else the process does, such as writing rows, goes before
#endif
    for (uint64_t seen = 0, state; (state = next_loop(c, seen)); seen = loop_number(state)) {
        const uint64_t number = loop_number(state);
        bool in = false;
        while (!in && (state & is_open) && loop_number(state) == number && w->number <= most_workers(state))
            in = atomic_compare_exchange_weak(&c->state, &state, state + one_in);
        if (!in) continue;
        take_items(&c->loop, w->number);
        const uint64_t after = atomic_fetch_sub(&c->state, one_in) - one_in;
        if ((after & (is_open | in_mask)) == 0 && atomic_load(&c->waits)) {
            pthread_mutex_lock(&c->mutex);
            pthread_cond_signal(&c->left);
            pthread_mutex_unlock(&c->mutex);
        }
    }
    return NULL;
}

/// Ends the crew of a thread that ends.
static void dismiss(void *data) {
    crew *c = data;
    pthread_mutex_lock(&c->mutex);
    c->dismissed = true;
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->mutex);
    for (size_t i = 0; i < c->count; i++) pthread_join(c->workers[i].thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_cond_destroy(&c->left);
    pthread_mutex_destroy(&c->mutex);
    free(c->workers);
    free(c);
}

static pthread_key_t key;
static void make_key(void) { pthread_key_create(&key, dismiss); }

/// This thread's crew with up to `count` workers, or NULL where there can be none: then the thread does all itself.
static crew *crew_of(size_t count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    crew *c = pthread_getspecific(key);
    if (c && c->asked >= count) return c;
    if (c) { pthread_setspecific(key, NULL); dismiss(c); } // workers know their places: a larger crew is a new one
    c = calloc(1, sizeof *c);
    if (!c || !(c->workers = calloc(count, sizeof *c->workers)) || pthread_setspecific(key, c)) {
        if (c) free(c->workers);
        free(c);
        return NULL;
    }
    c->asked = count;
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->wake, NULL);
    pthread_cond_init(&c->left, NULL);
    for (; c->count < count; c->count++) {
        worker *w = &c->workers[c->count];
        w->crew = c;
        w->number = c->count + 1;
        if (pthread_create(&w->thread, NULL, work, w)) break;
    }
    return c;
}

static void run(crew *c, size_t workers) {
    const uint64_t number = loop_number(atomic_load(&c->state)) + 1;
    c->running = true;
    atomic_store(&c->state, number << 32 | (uint64_t)(workers - 1) << 16 | is_open);
    if (atomic_load(&c->sleepers)) {
        pthread_mutex_lock(&c->mutex);
        pthread_cond_broadcast(&c->wake);
        pthread_mutex_unlock(&c->mutex);
    }
    take_items(&c->loop, 0);
    // Closed: who is in goes on with its last item, nobody else enters.
    atomic_fetch_and(&c->state, ~is_open);
    for (int i = 0; i < looks && atomic_load(&c->state) & in_mask; i++) look_away();
    if (atomic_load(&c->state) & in_mask) {
        pthread_mutex_lock(&c->mutex);
        atomic_store(&c->waits, true);
        while (atomic_load(&c->state) & in_mask) pthread_cond_wait(&c->left, &c->mutex);
        atomic_store(&c->waits, false);
        pthread_mutex_unlock(&c->mutex);
    }
    c->running = false;
}

static int processors(void) {
    static atomic_int known;
    int count = atomic_load_explicit(&known, memory_order_relaxed);
    if (count) return count;
#ifdef __linux__
    cpu_set_t set; // those that this process may run on
    if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
#endif
    if (count < 1) count = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1) count = 1;
    atomic_store_explicit(&known, count, memory_order_relaxed);
    return count;
}

int ak_threads(void) { return wanted > 0 ? wanted : processors(); }

int ak_use_threads(int count) {
    const int before = wanted;
    wanted = count > 0 ? count : 0;
    return before;
}

static atomic_int beside; // threads that work at something else

void ak_work_beside(int change) { atomic_fetch_add(&beside, change); }

static size_t threads_for(double work) {
    const int busy = atomic_load_explicit(&beside, memory_order_relaxed), threads = ak_threads();
    if (!busy || work >= most_work_left_alone) return (size_t)threads;
    const int left = processors() > busy ? processors() - busy : 1;
    return (size_t)(left < threads ? left : threads);
}

void ak_parallel(size_t count, double work, void *context, void (*body)(void *, size_t, size_t)) {
    size_t workers = ak_min(ak_min(count, threads_for(work)), 0x7fff);
    if (work < least_work * (double)workers) workers = (size_t)(work / least_work);
    crew *c = workers > 1 && !is_worker ? crew_of((size_t)ak_threads() - 1) : NULL;
    if (!c || c->running) {
        for (size_t i = 0; i < count; i++) body(context, i, 0);
        return;
    }
    c->loop.count = count;
    c->loop.context = context;
    c->loop.body = body;
    atomic_store_explicit(&c->loop.next, 0, memory_order_relaxed);
    run(c, workers);
}
