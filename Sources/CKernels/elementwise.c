#include "internal.h"

// Element by element, and rows copied: what has no sum.

#ifdef AK_ISA
#include "functions.h"

static void AK(add)(size_t count, float *restrict x, const float *restrict y) {
    for (size_t i = 0; i < count; i++) x[i] += y[i];
}

static void AK(scale)(size_t count, float *x, float factor) {
    for (size_t i = 0; i < count; i++) x[i] *= factor;
}

static void AK(clip)(size_t count, float *x, float limit) {
    for (size_t i = 0; i < count; i++) x[i] = x[i] > limit ? limit : x[i] < -limit ? -limit : x[i];
}

/// x = f(x), times y where there is one.
AK_INLINE void AK(activate_by)(ak_activation function, size_t count, float *x, const float *y) {
    for (size_t i = 0; i < count; i += 16) {
        f32x16 v = AK(activation)(function, AK(load)(x + i, count - i));
        if (y) v *= AK(load)(y + i, count - i);
        AK(store)(x + i, v, count - i);
    }
}

static void AK(activate)(ak_activation function, size_t count, float *x, const float *y) {
    switch (function) {
#define AK_ACTIVATE(f) case f: AK(activate_by)(f, count, x, y); break;
    AK_EACH_ACTIVATION(AK_ACTIVATE)
#undef AK_ACTIVATE
    }
}

#else
#define AK_FILE "elementwise.c"
#include "each_isa.h"

enum { chunk = 16384 }; // elements a task takes

typedef struct { size_t rows, width, ldx, ldy, step; const float *x; float *y; } row_task;

static void fill_body(void *context, size_t i, size_t worker) {
    const row_task *t = context;
    (void)worker;
    for (size_t row = i * t->step; row < ak_min(t->rows, (i + 1) * t->step); row++) {
        if (t->x) memcpy(t->y + row * t->ldy, t->x + row * t->ldx, t->width * sizeof(float));
        else memset(t->y + row * t->ldy, 0, t->width * sizeof(float));
    }
}

static void fill(row_task t) {
    t.step = ak_rows_per_task(t.width);
    ak_parallel(ak_ceil_div(t.rows, t.step), (double)t.rows * (double)t.width / 4, &t, fill_body);
}

void ak_fill_rows(size_t rows, size_t width, const float *bias, float *y, size_t ldy) {
    fill((row_task){.rows = rows, .width = width, .ldx = 0, .ldy = ldy, .x = bias, .y = y});
}

void ak_copy_rows(size_t rows, size_t width, const float *x, size_t ldx, float *y) {
    fill((row_task){.rows = rows, .width = width, .ldx = ldx, .ldy = width, .x = x, .y = y});
}

typedef struct { size_t count; float *x; const float *y; ak_activation function; float factor; } element_task;

static void add_body(void *context, size_t i, size_t worker) {
    const element_task *t = context;
    (void)worker;
    AK_CALL(add)(ak_min(chunk, t->count - i * chunk), t->x + i * chunk, t->y + i * chunk);
}

void ak_add(size_t count, float *x, const float *y) {
    element_task t = {.count = count, .x = x, .y = y};
    ak_parallel(ak_ceil_div(count, chunk), (double)count / 4, &t, add_body);
}

static void scale_body(void *context, size_t i, size_t worker) {
    const element_task *t = context;
    (void)worker;
    AK_CALL(scale)(ak_min(chunk, t->count - i * chunk), t->x + i * chunk, t->factor);
}

void ak_scale(size_t count, float *x, float factor) {
    element_task t = {.count = count, .x = x, .factor = factor};
    ak_parallel(ak_ceil_div(count, chunk), (double)count / 4, &t, scale_body);
}

typedef struct { size_t width, ldx; float *x; float limit; } clip_task;

static void clip_body(void *context, size_t row, size_t worker) {
    const clip_task *t = context;
    (void)worker;
    AK_CALL(clip)(t->width, t->x + row * t->ldx, t->limit);
}

void ak_clip(size_t rows, size_t width, float *x, size_t ldx, float limit) {
    clip_task t = {width, ldx, x, limit};
    ak_parallel(rows, (double)rows * (double)width / 4, &t, clip_body);
}

static void activate_body(void *context, size_t i, size_t worker) {
    const element_task *t = context;
    (void)worker;
    AK_CALL(activate)(t->function, ak_min(chunk, t->count - i * chunk), t->x + i * chunk, t->y ? t->y + i * chunk : NULL);
}

static void activate(element_task t) { ak_parallel(ak_ceil_div(t.count, chunk), (double)t.count, &t, activate_body); }

void ak_activate(ak_activation function, size_t count, float *x) {
    activate((element_task){.count = count, .x = x, .function = function});
}

void ak_activate_times(ak_activation function, size_t count, float *x, const float *y) {
    activate((element_task){.count = count, .x = x, .y = y, .function = function});
}
#endif
