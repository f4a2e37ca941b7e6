#ifndef CFILES_H
#define CFILES_H

// Calls of Linux that its headers declare for GNU programs alone, or that take any number of arguments, so that Swift does
// not import them.

/// Exchanges what two names stand for, in one step: renameat2(2) with RENAME_EXCHANGE. 0, or -1 with errno set.
int cfiles_exchange(const char *path, const char *other);

/// Renames to a name that nothing has, in one step: renameat2(2) with RENAME_NOREPLACE. 0, or -1 with errno set: EEXIST
/// when the name is taken.
int cfiles_move_to_new(const char *path, const char *newPath);

/// Lets the system begin to write the file's content to the disk, without waiting: sync_file_range(2). A hint, which
/// promises nothing.
void cfiles_start_writing(int descriptor);

/// Returns when everything on the file system of that file or folder has reached the disk: syncfs(2). 0, or -1 with errno
/// set.
int cfiles_flush_file_system(int descriptor);

/// 1 when something is mounted at exactly this path, also a single file: statx(2), STATX_ATTR_MOUNT_ROOT. 0 when not, and
/// where the system can't tell (before Linux 5.8).
int cfiles_is_mount_point(const char *path);

/// From now on the system writes no core dump of this process, be it to a file or to a program: prctl(2), PR_SET_DUMPABLE. 0, or
/// -1 with errno set.
int cfiles_forbid_dumps(void);

/// 1 when the system may write a core dump of this process.
int cfiles_may_be_dumped(void);

#endif
