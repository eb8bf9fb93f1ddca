#include "internal.h"

#ifdef AK_ISA
#include "functions.h"

static double AK(exp_of)(double x) { return AK(exp64)((f64x8){x})[0]; }
static double AK(log_of)(double x) { return AK(log64)((f64x8){1, 1, 1, 1, 1, 1, 1, x})[7]; }

#else
#define AK_FILE "math.c"
#include "each_isa.h"

double ak_exp(double x) { return AK_CALL(exp_of)(x); }
double ak_log(double x) { return AK_CALL(log_of)(x); }
double ak_power(double base, double exponent) { return ak_exp(exponent * ak_log(base)); }

/// Sine and cosine for |r| <= π/4, by their series.
static double sine(double r) {
    const double z = r * r;
    double p = 1.0 / 355687428096000;
    static const double factorials[] = {1307674368000, 6227020800, 39916800, 362880, 5040, 120, 6};
    for (int i = 0; i < 7; i++) p = (i % 2 ? 1 : -1) / factorials[i] + p * z;
    return r + r * (z * p);
}

static double cosine(double r) {
    const double z = r * r;
    double p = -1.0 / 6402373705728000;
    static const double factorials[] = {20922789888000, 87178291200, 479001600, 3628800, 40320, 720, 24};
    for (int i = 0; i < 7; i++) p = (i % 2 ? -1 : 1) / factorials[i] + p * z;
    return 1 - (0.5 * z - z * (z * p));
}

void ak_cosine_sine(double angle, double *c, double *s) {
    // Whole quarter turns are taken away by three parts of π/2, the first two of 29 bits, so that their products are exact.
    const double n = nearbyint(angle * 0.63661977236758134308);
    const double r = ((angle - n * 0x1.921fb54p0) - n * 0x1.10b4611p-30) - n * 0x1.4c4c6628b80dcp-59;
    const double x = sine(r), y = cosine(r);
    switch ((int64_t)n & 3) {
    case 0: *c = y; *s = x; break;
    case 1: *c = -x; *s = y; break;
    case 2: *c = -y; *s = -x; break;
    default: *c = x; *s = -y; break;
    }
}
#endif
