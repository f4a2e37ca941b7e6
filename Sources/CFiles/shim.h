// Calls of Linux that Swift's Glibc module does not show, because <fcntl.h> hides them without _GNU_SOURCE.
#ifndef CFILES_SHIM_H
#define CFILES_SHIM_H

extern int sync_file_range(int descriptor, long long offset, long long count, unsigned int flags);

// Lets the system begin to write the file's content to the disk; does not wait for it (sync_file_range(2)). A hint: it
// promises nothing.
static inline void cfiles_start_writing(int descriptor) {
    const unsigned int write = 2;  // SYNC_FILE_RANGE_WRITE
    (void)sync_file_range(descriptor, 0, 0, write);
}

#endif
