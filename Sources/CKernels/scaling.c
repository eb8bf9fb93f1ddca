#include "internal.h"

enum { chunk = 16384 }; // elements a task takes

typedef struct { size_t count; float *x; float factor; } scaling_task;

AK_MULTIVERSION
static void multiply(size_t count, float *x, float factor) {
    for (size_t i = 0; i < count; i++) x[i] *= factor;
}

static void multiply_body(void *context, size_t i) {
    const scaling_task *t = context;
    multiply(ak_min(chunk, t->count - i * chunk), t->x + i * chunk, t->factor);
}

void ak_multiply(size_t count, float *x, float factor) {
    scaling_task t = {count, x, factor};
    ak_parallel((count + chunk - 1) / chunk, &t, multiply_body);
}

static void cap_body(void *context, size_t i) {
    const scaling_task *t = context;
    float *x = t->x + i * chunk;
    for (size_t j = 0; j < ak_min(chunk, t->count - i * chunk); j++) x[j] = tanhf(x[j] / t->factor) * t->factor;
}

void ak_soft_cap(size_t count, float *x, float cap) {
    scaling_task t = {count, x, cap};
    ak_parallel((count + chunk - 1) / chunk, &t, cap_body);
}

AK_MULTIVERSION
static void clip(size_t width, float *x, float limit) {
    for (size_t i = 0; i < width; i++) {
        x[i] = x[i] > limit ? limit : x[i];
        x[i] = x[i] < -limit ? -limit : x[i];
    }
}

void ak_clip(size_t rows, size_t width, float *x, size_t ldx, float limit) {
    for (size_t row = 0; row < rows; row++) clip(width, x + row * ldx, limit);
}
