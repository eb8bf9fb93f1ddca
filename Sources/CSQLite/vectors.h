// What the functions over vectors and the table vec_each share.
#ifndef ACTREC_CSQLITE_VECTORS_H
#define ACTREC_CSQLITE_VECTORS_H

#include "CSQLite.h"
#include <stddef.h>

/// A vector in SQLite's memory, or in its own where it was written as JSON.
typedef struct {
    const unsigned char *bytes;
    size_t count;
    float *owned;
} csqlite_vector;

/// Reads a BLOB or a JSON text; the vector is to be released in any case. Returns an error to be freed by sqlite3_free, or 0.
char *csqlite_read(sqlite3_value *value, csqlite_vector *vector);
float csqlite_value(const csqlite_vector *vector, size_t index);
void csqlite_release(csqlite_vector *vector);

int csqlite_add_vec_each(sqlite3 *connection);

#endif
