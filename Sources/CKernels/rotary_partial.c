#include "internal.h"

typedef struct { const ak_rotation *r; size_t step; } rotation_task;

AK_MULTIVERSION
static void turn(size_t half, size_t step, size_t distance, float *x, const float *restrict cosines, const float *restrict sines) {
    for (size_t i = 0; i < half; i++) {
        const float a = x[i * step], b = x[i * step + distance];
        x[i * step] = a * cosines[i] - b * sines[i];
        x[i * step + distance] = b * cosines[i] + a * sines[i];
    }
}

static void rotation_body(void *context, size_t i) {
    const rotation_task *t = context;
    const ak_rotation *r = t->r;
    const size_t half = r->width / 2;
    for (size_t row = i * t->step; row < ak_min(r->rows, (i + 1) * t->step); row++) {
        const size_t angle = (size_t)r->positions[row] * half;
        for (size_t head = 0; head < r->heads; head++)
            turn(half, r->adjacent ? 2 : 1, r->adjacent ? 1 : half, r->x + row * r->ldx + head * r->head_width,
                 r->cosines + angle, r->sines + angle);
    }
}

void ak_rotate_partly(const ak_rotation *r) {
    rotation_task t = {r, ak_rows_per_task(r->heads * r->head_width)};
    ak_parallel((r->rows + t.step - 1) / t.step, &t, rotation_body);
}
