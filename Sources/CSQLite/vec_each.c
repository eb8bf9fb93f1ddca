// vec_each(vector): a table with a row for each value of a vector, its place as rowid (from 0) and its value, as sqlite-vec has it.
// A virtual table of SQLite (sqlite.org/vtab.html) that takes its argument through a hidden column.
#include "vectors.h"
#include <string.h>

enum { column_value, column_vector };

typedef struct {
    sqlite3_vtab_cursor base;
    float *values;
    sqlite3_int64 count, row;
} cursor;

static int connect(sqlite3 *db, void *unused, int count, const char *const *arguments, sqlite3_vtab **table, char **message) {
    (void)unused, (void)count, (void)arguments, (void)message;
    const int status = sqlite3_declare_vtab(db, "CREATE TABLE vec_each (value REAL, vector HIDDEN)");
    if (status != SQLITE_OK) return status;
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    *table = sqlite3_malloc(sizeof **table);
    if (!*table) return SQLITE_NOMEM;
    memset(*table, 0, sizeof **table);
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *table) {
    sqlite3_free(table);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
    (void)table;
    info->estimatedCost = 1e3;
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn != column_vector || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
        if (!info->aConstraint[i].usable) return SQLITE_CONSTRAINT;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        break;
    }
    return SQLITE_OK;
}

static int open(sqlite3_vtab *table, sqlite3_vtab_cursor **opened) {
    (void)table;
    cursor *c = sqlite3_malloc(sizeof *c);
    if (!c) return SQLITE_NOMEM;
    memset(c, 0, sizeof *c);
    *opened = &c->base;
    return SQLITE_OK;
}

static int close(sqlite3_vtab_cursor *base) {
    cursor *c = (cursor *)base;
    sqlite3_free(c->values);
    sqlite3_free(c);
    return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *name, int count, sqlite3_value **values) {
    (void)number, (void)name;
    cursor *c = (cursor *)base;
    sqlite3_free(c->values);
    c->values = 0;
    c->count = c->row = 0;
    if (count == 0 || sqlite3_value_type(values[0]) == SQLITE_NULL) return SQLITE_OK;
    csqlite_vector v;
    char *message = csqlite_read(values[0], &v);
    if (message) {
        sqlite3_free(base->pVtab->zErrMsg);
        base->pVtab->zErrMsg = sqlite3_mprintf("vec_each: %s", message);
        sqlite3_free(message);
        csqlite_release(&v);
        return SQLITE_ERROR;
    }
    c->values = sqlite3_malloc64(4 * v.count);
    if (c->values) {
        memcpy(c->values, v.bytes, 4 * v.count);
        c->count = (sqlite3_int64)v.count;
    }
    csqlite_release(&v);
    return c->values ? SQLITE_OK : SQLITE_NOMEM;
}

static int next(sqlite3_vtab_cursor *base) {
    ((cursor *)base)->row++;
    return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) { return ((cursor *)base)->row >= ((cursor *)base)->count; }

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int index) {
    const cursor *c = (const cursor *)base;
    if (index == column_value) sqlite3_result_double(context, c->values[c->row]);
    else sqlite3_result_blob64(context, c->values, 4 * (sqlite3_uint64)c->count, SQLITE_TRANSIENT);
    return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *id) {
    *id = ((cursor *)base)->row;
    return SQLITE_OK;
}

int csqlite_add_vec_each(sqlite3 *connection) {
    // Without xCreate: it is there under its own name, and no statement can make another.
    static const sqlite3_module module = {
        .xConnect = connect, .xBestIndex = best_index, .xDisconnect = disconnect, .xOpen = open, .xClose = close, .xFilter = filter,
        .xNext = next, .xEof = at_end, .xColumn = column, .xRowid = row_id,
    };
    return sqlite3_create_module_v2(connection, "vec_each", &module, 0, 0);
}
