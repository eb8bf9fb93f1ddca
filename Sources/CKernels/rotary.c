#include "internal.h"

typedef struct {
    size_t rows, heads, head_width, ldx, step;
    float *x;
    const int32_t *positions;
    const float *cosines, *sines;
} rotary_task;

AK_MULTIVERSION
static void rotate(size_t half, float *restrict a, float *restrict b, const float *restrict cosines, const float *restrict sines) {
    for (size_t i = 0; i < half; i++) {
        const float x = a[i], y = b[i];
        a[i] = x * cosines[i] - y * sines[i];
        b[i] = y * cosines[i] + x * sines[i];
    }
}

static void rotate_body(void *context, size_t i) {
    const rotary_task *t = context;
    const size_t half = t->head_width / 2;
    for (size_t row = i * t->step; row < ak_min(t->rows, (i + 1) * t->step); row++) {
        const size_t turn = (size_t)t->positions[row] * half;
        for (size_t head = 0; head < t->heads; head++) {
            float *x = t->x + row * t->ldx + head * t->head_width;
            rotate(half, x, x + half, t->cosines + turn, t->sines + turn);
        }
    }
}

void ak_rotate(size_t rows, size_t heads, size_t head_width, float *x, size_t ldx, const int32_t *positions,
               const float *cosines, const float *sines) {
    rotary_task t = {rows, heads, head_width, ldx, ak_rows_per_task(heads * head_width), x, positions, cosines, sines};
    ak_parallel((rows + t.step - 1) / t.step, &t, rotate_body);
}
