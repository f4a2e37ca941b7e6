#define _GNU_SOURCE
#include "cfiles.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

int cfiles_exchange(const char *path, const char *other) {
    return renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE);
}

int cfiles_move_to_new(const char *path, const char *newPath) {
    return renameat2(AT_FDCWD, path, AT_FDCWD, newPath, RENAME_NOREPLACE);
}

void cfiles_start_writing(int descriptor) {
    (void)sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int cfiles_flush_file_system(int descriptor) {
    return syncfs(descriptor);
}

int cfiles_is_mount_point(const char *path) {
    struct statx status;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) != 0) return 0;
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int cfiles_forbid_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int cfiles_may_be_dumped(void) {
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
}
