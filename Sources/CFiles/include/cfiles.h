#ifndef CFILES_H
#define CFILES_H

// What <stdio.h> declares for GNU programs alone, so that Swift does not import it.

/// Exchanges what two names stand for, in one step: renameat2(2) with RENAME_EXCHANGE. 0, or -1 with errno set.
int cfiles_exchange(const char *path, const char *other);

#endif
