#include "CSQLite.h"

int csqlite_harden(sqlite3 *c) {
    const int switches[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    };
    for (unsigned i = 0; i < sizeof switches / sizeof *switches; i++) {
        int status = sqlite3_db_config(c, switches[i][0], switches[i][1], (int *)0);
        if (status != SQLITE_OK) return status;
    }
    sqlite3_limit(c, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(c, SQLITE_LIMIT_LENGTH, 100 * 1000 * 1000); // bytes of one value; an attention pattern can take 50 MB
    sqlite3_limit(c, SQLITE_LIMIT_SQL_LENGTH, 1000 * 1000);
    sqlite3_limit(c, SQLITE_LIMIT_EXPR_DEPTH, 200);
    sqlite3_limit(c, SQLITE_LIMIT_VDBE_OP, 250 * 1000);
    return SQLITE_OK;
}

int csqlite_is_wal(sqlite3 *c) {
    sqlite3_file *file = 0;
    unsigned char versions[2]; // for writing and for reading: 2 is a write-ahead log (sqlite.org/fileformat.html, 1.3.3)
    if (sqlite3_file_control(c, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods) return 0;
    if (file->pMethods->xRead(file, versions, sizeof versions, 18) != SQLITE_OK) return 0;
    return versions[0] == 2 || versions[1] == 2;
}

int csqlite_harden_writer(sqlite3 *c) {
    int status = sqlite3_db_config(c, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
    if (status != SQLITE_OK) return status;
    status = sqlite3_db_config(c, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
    if (status != SQLITE_OK) return status;
    return SQLITE_OK;
}
