#ifndef CFILES_H
#define CFILES_H

// Calls of Linux that its headers declare for GNU programs alone, so that Swift does not import them.

/// Exchanges what two names stand for, in one step: renameat2(2) with RENAME_EXCHANGE. 0, or -1 with errno set.
int cfiles_exchange(const char *path, const char *other);

/// Lets the system begin to write the file's content to the disk, without waiting: sync_file_range(2). A hint, which
/// promises nothing.
void cfiles_start_writing(int descriptor);

#endif
