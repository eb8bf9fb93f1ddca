// What Swift cannot call itself: sqlite3_db_config takes a variable list of arguments, sync_file_range is hidden.
#ifndef ACTREC_CSQLITE_H
#define ACTREC_CSQLITE_H

#include <sqlite3.h>

/// Makes a connection safe for a file and a statement from anywhere: no writing through schema or shadow tables,
/// no functions with side effects from views and triggers, no triggers, no loading of extensions, no ATTACH,
/// and bounds on the size of values and the depth of expressions. Returns an SQLite result code.
int csqlite_harden(sqlite3 *connection);

/// Has the system begin to write to the disk what a file was given, and returns; does nothing where there is no such call.
void csqlite_write_behind(int descriptor);

#endif
