#ifndef CPUBLIC_H
#define CPUBLIC_H

#include <stddef.h>
#include <stdint.h>

/// A file of the web admin, as it lies in this folder.
typedef struct {
    const char *name;
    const uint8_t *bytes;
    size_t size;
} public_file_content;

size_t public_file_count(void);

/// `index` is below public_file_count().
public_file_content public_file(size_t index);

#endif
