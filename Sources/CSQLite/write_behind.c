#define _GNU_SOURCE
#include "CSQLite.h"
#include <fcntl.h>

void csqlite_write_behind(int descriptor) {
#ifdef SYNC_FILE_RANGE_WRITE
    // A hint: where it is refused, commits wait as they would have.
    (void)sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)descriptor;
#endif
}
