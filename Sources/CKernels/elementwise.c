#include "exp.h"

enum { chunk = 16384 }; // elements a task takes

typedef struct { size_t rows, width, ldy, step; const float *bias; float *y; } fill_task;

static void fill_body(void *context, size_t i) {
    const fill_task *t = context;
    for (size_t row = i * t->step; row < ak_min(t->rows, (i + 1) * t->step); row++) {
        if (t->bias) memcpy(t->y + row * t->ldy, t->bias, t->width * sizeof(float));
        else memset(t->y + row * t->ldy, 0, t->width * sizeof(float));
    }
}

void ak_fill_rows(size_t rows, size_t width, const float *bias, float *y, size_t ldy) {
    fill_task t = {rows, width, ldy, ak_rows_per_task(width), bias, y};
    ak_parallel((rows + t.step - 1) / t.step, &t, fill_body);
}

typedef struct { size_t rows, width, ldx, step; const float *x; float *y; } copy_task;

static void copy_body(void *context, size_t i) {
    const copy_task *t = context;
    for (size_t row = i * t->step; row < ak_min(t->rows, (i + 1) * t->step); row++)
        memcpy(t->y + row * t->width, t->x + row * t->ldx, t->width * sizeof(float));
}

void ak_copy_rows(size_t rows, size_t width, const float *x, size_t ldx, float *y) {
    copy_task t = {rows, width, ldx, ak_rows_per_task(width), x, y};
    ak_parallel((rows + t.step - 1) / t.step, &t, copy_body);
}

typedef struct { size_t count; float *x; const float *y; ak_activation function; } element_task;

AK_MULTIVERSION
static void add(size_t count, float *restrict x, const float *restrict y) {
    for (size_t i = 0; i < count; i++) x[i] += y[i];
}

static void add_body(void *context, size_t i) {
    const element_task *t = context;
    add(ak_min(chunk, t->count - i * chunk), t->x + i * chunk, t->y + i * chunk);
}

void ak_add(size_t count, float *x, const float *y) {
    element_task t = {.count = count, .x = x, .y = y};
    ak_parallel((count + chunk - 1) / chunk, &t, add_body);
}

// tanh(u) = 1 - 2/(exp(2u) + 1), so x/2 (1 + tanh u) = x / (1 + exp(-2u)).
AK_MULTIVERSION
static void gelu_tanh(size_t count, float *x) {
    for (size_t i = 0; i < count; i++) {
        float v = x[i], u = 0.7978845608028654f * (v + 0.044715f * v * v * v);
        x[i] = v / (1 + ak_exp(-2 * u));
    }
}

AK_MULTIVERSION
static void silu(size_t count, float *x) {
    for (size_t i = 0; i < count; i++) x[i] = x[i] / (1 + ak_exp(-x[i]));
}

AK_MULTIVERSION
static void gelu_erf(size_t count, float *x) {
    for (size_t i = 0; i < count; i++) x[i] = 0.5f * x[i] * (1 + ak_erf(x[i] * 0.7071067811865476f));
}

static void activate(ak_activation function, size_t count, float *x) {
    switch (function) {
    case ak_gelu_tanh: gelu_tanh(count, x); break;
    case ak_gelu_erf: gelu_erf(count, x); break;
    case ak_silu: silu(count, x); break;
    case ak_relu: for (size_t j = 0; j < count; j++) x[j] = x[j] < 0 ? 0 : x[j]; break; // NaN stays
    case ak_tanh: for (size_t j = 0; j < count; j++) x[j] = tanhf(x[j]); break;
    }
}

AK_MULTIVERSION
static void multiply(size_t count, float *restrict x, const float *restrict y) {
    for (size_t i = 0; i < count; i++) x[i] *= y[i];
}

static void activate_body(void *context, size_t i) {
    const element_task *t = context;
    const size_t count = ak_min(chunk, t->count - i * chunk);
    activate(t->function, count, t->x + i * chunk);
    if (t->y) multiply(count, t->x + i * chunk, t->y + i * chunk);
}

void ak_activate(ak_activation function, size_t count, float *x) {
    element_task t = {.count = count, .x = x, .function = function};
    ak_parallel((count + chunk - 1) / chunk, &t, activate_body);
}

void ak_activate_times(ak_activation function, size_t count, float *x, const float *y) {
    element_task t = {.count = count, .x = x, .y = y, .function = function};
    ak_parallel((count + chunk - 1) / chunk, &t, activate_body);
}
