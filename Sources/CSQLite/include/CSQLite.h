// What Swift cannot call itself: sqlite3_db_config takes a variable list of arguments, sync_file_range is hidden.
#ifndef ACTREC_CSQLITE_H
#define ACTREC_CSQLITE_H

#include <sqlite3.h>

/// Makes a connection safe for a file and a statement from anywhere: no writing through schema or shadow tables,
/// no functions with side effects from views and triggers, no triggers, no loading of extensions, no ATTACH,
/// and bounds on the size of values and the depth of expressions. Returns an SQLite result code.
int csqlite_harden(sqlite3 *connection);

/// Gives a connection the functions over vectors (vec_distance_cosine, vec_avg, ...) and the table vec_each. Returns an SQLite result code.
int csqlite_add_vector_functions(sqlite3 *connection);

/// Has the system begin to write to the disk what a file was given, and returns; does nothing where there is no such call.
void csqlite_write_behind(int descriptor);

/// Makes a connection safe for adding rows to a file from anywhere: its triggers do not run, its views call nothing with side
/// effects. Returns an SQLite result code.
int csqlite_harden_writer(sqlite3 *connection);

/// Whether the header of the open database says that it has a write-ahead log. Read through SQLite's own file: closing a
/// descriptor of one's own would take this process's locks away.
int csqlite_is_wal(sqlite3 *connection);

#endif
