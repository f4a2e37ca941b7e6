#ifndef PNG_WRITER_H
#define PNG_WRITER_H

#include <stddef.h>
#include <stdint.h>

// libpng's writer, as the peer of our own and the maker of pictures for tests: no program has it. libpng reports errors by
// longjmp, which Swift code must never be crossed by. What can jump returns 1 for success and 0 for failure.

/// Writes one 8-bit RGB PNG, without alpha or interlacing, into memory of its own.
typedef struct png_writer png_writer;

/// Compression level 1, filter None. NULL when there is no memory or libpng refuses the size.
png_writer *png_writer_create(uint32_t width, uint32_t height);

/// Compresses as libpng does by default, level 6 and the best of all filters, slower and smaller; before any row.
void png_writer_use_defaults(png_writer *writer);

/// Takes the next `rows` rows, top to bottom, each 3 * width bytes without padding.
int png_writer_append(png_writer *writer, const uint8_t *rgb, uint32_t rows);

/// To be called when all rows have been appended; the PNG is complete after it.
int png_writer_finish(png_writer *writer);

/// What has been written so far. Valid until the next call with this writer.
const uint8_t *png_writer_bytes(const png_writer *writer, size_t *count);

/// Why the last call failed.
const char *png_writer_message(const png_writer *writer);

void png_writer_destroy(png_writer *writer);

#endif
