#include "internal.h"

// (a, b) becomes (a cos - b sin, b cos + a sin), each of the two terms rounded before they are added.

typedef struct {
    size_t rows, heads, head_width, width, ldx;
    bool interleaved;
    float *x;
    const int32_t *positions;
    const float *cosines, *sines;
} rotary_task;

static void rotate_body(void *context, size_t row, size_t worker) {
    const rotary_task *t = context;
    const size_t half = t->width / 2, step = t->interleaved ? 2 : 1, other = t->interleaved ? 1 : half;
    const float *cosines = t->cosines + (size_t)t->positions[row] * half, *sines = t->sines + (size_t)t->positions[row] * half;
    (void)worker;
    for (size_t head = 0; head < t->heads; head++) {
        float *x = t->x + row * t->ldx + head * t->head_width;
        for (size_t i = 0; i < half; i++) {
            float *a = x + i * step, *b = a + other;
            const float p = *a, q = *b;
            *a = p * cosines[i] - q * sines[i];
            *b = q * cosines[i] + p * sines[i];
        }
    }
}

void ak_rotate(size_t rows, size_t heads, size_t head_width, size_t width, bool interleaved, float *x, size_t ldx,
               const int32_t *positions, const float *cosines, const float *sines) {
    rotary_task t = {rows, heads, head_width, width, ldx, interleaved, x, positions, cosines, sines};
    ak_parallel(rows, (double)rows * (double)(heads * width), &t, rotate_body);
}
