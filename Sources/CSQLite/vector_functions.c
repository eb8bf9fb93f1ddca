// Functions of SQL over activation vectors. Where sqlite-vec (github.com/asg017/sqlite-vec) has a function of the same name, it takes
// the same arguments and means the same, so that a statement runs on a stock sqlite3 with that extension too.
//
// A vector is a BLOB of little-endian float32 values without a header, or a JSON array of numbers. Sums are taken in double
// precision in eight lanes; a result that is a vector is rounded to float32 once. NULL gives NULL.
#include "vectors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { lanes = 8 };

float csqlite_value(const csqlite_vector *v, size_t i) {
    float value;
    memcpy(&value, v->bytes + 4 * i, 4); // a BLOB may begin at any address
    return value;
}

void csqlite_release(csqlite_vector *v) {
    sqlite3_free(v->owned);
    *v = (csqlite_vector){0};
}

static char *not_numbers(const char *text) {
    return sqlite3_mprintf("'%.40s%s' is not a JSON array of numbers", text, strlen(text) > 40 ? "..." : "");
}

/// A JSON array of numbers.
static char *parse(const char *text, csqlite_vector *v) {
    size_t capacity = 1;
    for (const char *c = text; *c; c++) capacity += *c == ',';
    float *values = sqlite3_malloc64(capacity * sizeof *values);
    if (!values) return sqlite3_mprintf("out of memory");
    *v = (csqlite_vector){.owned = values, .bytes = (const unsigned char *)values};
    const char *c = text + strspn(text, " \t\r\n");
    if (*c++ != '[') return not_numbers(text);
    for (;;) {
        c += strspn(c, " \t\r\n");
        const size_t digits = strspn(c, "+-.0123456789eE"); // what a number of JSON is made of; strtod also reads nan, inf and 0x1
        char *end;
        if (digits == 0 || *c == '+' || *c == '.') return not_numbers(text);
        values[v->count++] = (float)strtod(c, &end);
        if (end != c + digits) return not_numbers(text);
        c = end + strspn(end, " \t\r\n");
        if (*c == ']') break;
        if (*c++ != ',') return not_numbers(text);
    }
    c++;
    return c[strspn(c, " \t\r\n")] ? not_numbers(text) : 0;
}

char *csqlite_read(sqlite3_value *value, csqlite_vector *v) {
    *v = (csqlite_vector){0};
    switch (sqlite3_value_type(value)) {
    case SQLITE_BLOB: {
        const size_t bytes = (size_t)sqlite3_value_bytes(value);
        if (bytes == 0) return sqlite3_mprintf("the vector is empty");
        if (bytes % 4) return sqlite3_mprintf("%lld bytes are not a whole number of float32 values; for float16, use vec_f32(vector, dtype)", (long long)bytes);
        v->bytes = sqlite3_value_blob(value);
        v->count = bytes / 4;
        return v->bytes ? 0 : sqlite3_mprintf("out of memory");
    }
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_value_text(value);
        return text ? parse(text, v) : sqlite3_mprintf("out of memory");
    }
    default: return sqlite3_mprintf("a number is not a vector; give a BLOB of float32 values or a JSON array");
    }
}

/// Ends a function with an error that begins with its name, and frees the message.
static void fail(sqlite3_context *c, char *message) {
    const char *name = sqlite3_user_data(c);
    char *whole = message ? sqlite3_mprintf("%s: %s", name, message) : 0;
    if (whole) sqlite3_result_error(c, whole, -1);
    else sqlite3_result_error_nomem(c);
    sqlite3_free(whole);
    sqlite3_free(message);
}

/// The vectors that a function was given. 0 where one is NULL, which is then the result, or where one cannot be read.
static int arguments(sqlite3_context *c, int count, sqlite3_value **values, csqlite_vector *v) {
    for (int i = 0; i < count; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_NULL) return 0;
    for (int i = 0; i < count; i++) {
        char *message = csqlite_read(values[i], &v[i]);
        if (!message && i > 0 && v[i].count != v[0].count)
            message = sqlite3_mprintf("vectors of %lld and %lld values; both need the same length", (long long)v[0].count, (long long)v[i].count);
        if (!message) continue;
        fail(c, message);
        for (int j = 0; j <= i; j++) csqlite_release(&v[j]);
        return 0;
    }
    return 1;
}

/// A new vector as the result: float32 values, freed by SQLite.
static float *result(sqlite3_context *c, size_t count) {
    float *values = sqlite3_malloc64(count * sizeof *values);
    if (!values) sqlite3_result_error_nomem(c);
    return values;
}

static void give(sqlite3_context *c, float *values, size_t count) {
    sqlite3_result_blob64(c, values, count * sizeof *values, sqlite3_free);
}

typedef struct { double ab, aa, bb, difference; } products;

static double added(const double *s) { return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])); }

/// Σ ab, Σ aa, Σ bb, and Σ (a - b)².
static products multiplied(const csqlite_vector *a, const csqlite_vector *b) {
    double ab[lanes] = {0}, aa[lanes] = {0}, bb[lanes] = {0}, difference[lanes] = {0};
    size_t i = 0;
    for (; i + lanes <= a->count; i += lanes)
        for (size_t j = 0; j < lanes; j++) {
            const double x = csqlite_value(a, i + j), y = csqlite_value(b, i + j), d = x - y;
            ab[j] += x * y; aa[j] += x * x; bb[j] += y * y; difference[j] += d * d;
        }
    for (size_t j = 0; i + j < a->count; j++) {
        const double x = csqlite_value(a, i + j), y = csqlite_value(b, i + j), d = x - y;
        ab[j] += x * y; aa[j] += x * x; bb[j] += y * y; difference[j] += d * d;
    }
    return (products){added(ab), added(aa), added(bb), added(difference)};
}

/// Σ (x - centre)^power, power 1 or 2.
static double centred(const csqlite_vector *v, double centre, int power) {
    double sums[lanes] = {0};
    size_t i = 0;
    for (; i + lanes <= v->count; i += lanes)
        for (size_t j = 0; j < lanes; j++) {
            const double d = csqlite_value(v, i + j) - centre;
            sums[j] += power == 1 ? d : d * d;
        }
    for (size_t j = 0; i + j < v->count; j++) {
        const double d = csqlite_value(v, i + j) - centre;
        sums[j] += power == 1 ? d : d * d;
    }
    return added(sums);
}

static void length(sqlite3_context *c, int n, sqlite3_value **values) {
    csqlite_vector v;
    if (!arguments(c, n, values, &v)) return;
    sqlite3_result_int64(c, (sqlite3_int64)v.count);
    csqlite_release(&v);
}

static void to_json(sqlite3_context *c, int n, sqlite3_value **values) {
    csqlite_vector v;
    if (!arguments(c, n, values, &v)) return;
    sqlite3_str *text = sqlite3_str_new(sqlite3_context_db_handle(c));
    for (size_t i = 0; i < v.count; i++) {
        const double x = csqlite_value(&v, i);
        sqlite3_str_appendchar(text, 1, i ? ',' : '[');
        if (isfinite(x)) sqlite3_str_appendf(text, "%!.9g", x); // nine digits give each float32 back
        else sqlite3_str_appendall(text, "null");
    }
    sqlite3_str_appendchar(text, 1, ']');
    csqlite_release(&v);
    char *json = sqlite3_str_finish(text);
    if (!json) return sqlite3_result_error_toobig(c);
    sqlite3_result_text(c, json, -1, sqlite3_free);
    sqlite3_result_subtype(c, 'J'); // the JSON functions take it as an array, and not as a text
}

static float widened(unsigned bits) { // IEEE 754 binary16
    const unsigned exponent = bits >> 10 & 31, fraction = bits & 1023;
    const float size = exponent == 0 ? ldexpf((float)fraction, -24)
                     : exponent < 31 ? ldexpf(1024 + (float)fraction, (int)exponent - 25)
                     : fraction ? NAN : INFINITY;
    return bits & 0x8000 ? -size : size;
}

static void f32(sqlite3_context *c, int n, sqlite3_value **values) {
    const char *dtype = n == 2 ? (const char *)sqlite3_value_text(values[1]) : "float32";
    csqlite_vector v;
    if (!dtype) return;
    if (strcmp(dtype, "float16") == 0 && sqlite3_value_type(values[0]) == SQLITE_BLOB) {
        const size_t bytes = (size_t)sqlite3_value_bytes(values[0]);
        const unsigned char *halves = sqlite3_value_blob(values[0]);
        if (bytes == 0 || bytes % 2) return fail(c, sqlite3_mprintf("%lld bytes are not float16 values", (long long)bytes));
        float *out = result(c, bytes / 2);
        if (!out) return;
        for (size_t i = 0; i < bytes / 2; i++) out[i] = widened(halves[2 * i] | (unsigned)halves[2 * i + 1] << 8);
        return give(c, out, bytes / 2);
    }
    if (strcmp(dtype, "float32") && strcmp(dtype, "float16"))
        return fail(c, sqlite3_mprintf("dtype '%.20s' is unknown; use float32 or float16", dtype));
    if (!arguments(c, 1, values, &v)) return;
    float *out = result(c, v.count);
    if (out) {
        memcpy(out, v.bytes, 4 * v.count);
        give(c, out, v.count);
    }
    csqlite_release(&v);
}

static void combine(sqlite3_context *c, int n, sqlite3_value **values, float sign) {
    csqlite_vector v[2];
    if (!arguments(c, n, values, v)) return;
    float *out = result(c, v[0].count);
    for (size_t i = 0; out && i < v[0].count; i++) out[i] = csqlite_value(&v[0], i) + sign * csqlite_value(&v[1], i);
    if (out) give(c, out, v[0].count);
    csqlite_release(&v[0]);
    csqlite_release(&v[1]);
}

static void add(sqlite3_context *c, int n, sqlite3_value **values) { combine(c, n, values, 1); }
static void subtract(sqlite3_context *c, int n, sqlite3_value **values) { combine(c, n, values, -1); }

static void normalize(sqlite3_context *c, int n, sqlite3_value **values) {
    csqlite_vector v;
    if (!arguments(c, n, values, &v)) return;
    const double norm = sqrt(centred(&v, 0, 2));
    float *out = result(c, v.count);
    for (size_t i = 0; out && i < v.count; i++) out[i] = (float)(csqlite_value(&v, i) / norm);
    if (out) give(c, out, v.count);
    csqlite_release(&v);
}

static void slice(sqlite3_context *c, int n, sqlite3_value **values) {
    (void)n;
    csqlite_vector v;
    if (!arguments(c, 1, values, &v)) return;
    const sqlite3_int64 start = sqlite3_value_int64(values[1]), end = sqlite3_value_int64(values[2]);
    if (start < 0 || end > (sqlite3_int64)v.count || start >= end)
        fail(c, sqlite3_mprintf("%lld to %lld is not a slice of a vector of %lld values", start, end, (long long)v.count));
    else sqlite3_result_blob64(c, v.bytes + 4 * start, 4 * (sqlite3_uint64)(end - start), SQLITE_TRANSIENT);
    csqlite_release(&v);
}

static void at(sqlite3_context *c, int n, sqlite3_value **values) {
    (void)n;
    csqlite_vector v;
    if (!arguments(c, 1, values, &v)) return;
    const sqlite3_int64 index = sqlite3_value_int64(values[1]);
    if (index < 0 || index >= (sqlite3_int64)v.count)
        fail(c, sqlite3_mprintf("index %lld; the vector has values 0 to %lld", index, (long long)v.count - 1));
    else sqlite3_result_double(c, csqlite_value(&v, (size_t)index));
    csqlite_release(&v);
}

typedef enum { dot, distance_l2, distance_cosine } comparison;

static void compare(sqlite3_context *c, int n, sqlite3_value **values, comparison kind) {
    csqlite_vector v[2];
    if (!arguments(c, n, values, v)) return;
    const products p = multiplied(&v[0], &v[1]);
    sqlite3_result_double(c, kind == dot ? p.ab : kind == distance_l2 ? sqrt(p.difference) : 1 - p.ab / (sqrt(p.aa) * sqrt(p.bb)));
    csqlite_release(&v[0]);
    csqlite_release(&v[1]);
}

static void vec_dot(sqlite3_context *c, int n, sqlite3_value **values) { compare(c, n, values, dot); }
static void vec_l2(sqlite3_context *c, int n, sqlite3_value **values) { compare(c, n, values, distance_l2); }
static void vec_cosine(sqlite3_context *c, int n, sqlite3_value **values) { compare(c, n, values, distance_cosine); }

static void moment(sqlite3_context *c, int n, sqlite3_value **values, int is_variance) {
    csqlite_vector v;
    if (!arguments(c, n, values, &v)) return;
    const double count = (double)v.count, mean = centred(&v, 0, 1) / count;
    sqlite3_result_double(c, is_variance ? centred(&v, mean, 2) / count : mean);
    csqlite_release(&v);
}

static void vec_mean(sqlite3_context *c, int n, sqlite3_value **values) { moment(c, n, values, 0); }
static void vec_variance(sqlite3_context *c, int n, sqlite3_value **values) { moment(c, n, values, 1); }

/// What vec_avg keeps while it goes over the rows.
typedef struct { double *sums; size_t count; sqlite3_int64 rows; } average;

static void average_step(sqlite3_context *c, int n, sqlite3_value **values) {
    csqlite_vector v;
    if (!arguments(c, n, values, &v)) return;
    average *a = sqlite3_aggregate_context(c, sizeof *a);
    if (a && !a->sums) {
        a->sums = sqlite3_malloc64(v.count * sizeof *a->sums);
        if (a->sums) memset(a->sums, 0, v.count * sizeof *a->sums);
        a->count = v.count;
    }
    if (!a || !a->sums) sqlite3_result_error_nomem(c);
    else if (v.count != a->count)
        fail(c, sqlite3_mprintf("vectors of %lld and %lld values; all need the same length", (long long)a->count, (long long)v.count));
    else {
        for (size_t i = 0; i < v.count; i++) a->sums[i] += csqlite_value(&v, i);
        a->rows++;
    }
    csqlite_release(&v);
}

static void average_end(sqlite3_context *c) {
    average *a = sqlite3_aggregate_context(c, 0);
    if (!a || !a->sums) return;
    float *out = a->rows ? result(c, a->count) : 0;
    for (size_t i = 0; out && i < a->count; i++) out[i] = (float)(a->sums[i] / (double)a->rows);
    if (out) give(c, out, a->count);
    sqlite3_free(a->sums);
}

int csqlite_add_vector_functions(sqlite3 *connection) {
    static const struct {
        const char *name;
        int arguments;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        {"vec_f32", 1, f32}, {"vec_f32", 2, f32}, {"vec_length", 1, length}, {"vec_to_json", 1, to_json}, {"vec_add", 2, add},
        {"vec_sub", 2, subtract}, {"vec_normalize", 1, normalize}, {"vec_slice", 3, slice}, {"vec_distance_L2", 2, vec_l2},
        {"vec_distance_cosine", 2, vec_cosine}, {"vec_dot", 2, vec_dot}, {"vec_mean", 1, vec_mean}, {"vec_variance", 1, vec_variance},
        {"vec_at", 2, at}, {"vec_avg", 1, 0},
    };
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++) {
        const char *name = functions[i].name;
        const int is_average = functions[i].function == 0;
        const int status = sqlite3_create_function_v2(
            connection, name, functions[i].arguments, flags, (void *)name, functions[i].function,
            is_average ? average_step : 0, is_average ? average_end : 0, 0);
        if (status != SQLITE_OK) return status;
    }
    return csqlite_add_vec_each(connection);
}
