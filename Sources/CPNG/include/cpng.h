#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

// libpng reports errors by longjmp, which Swift code must never be crossed by. Everything that can jump is called
// behind these functions, which return 1 for success and 0 for failure.

#define CPNG_MESSAGE_SIZE 128

/// A decoded picture: 3 * width * height bytes, rows from top to bottom without padding.
typedef struct {
    uint32_t width;
    uint32_t height;
    uint8_t *rgb;
    char message[CPNG_MESSAGE_SIZE];
} cpng_picture;

/// Reads any PNG as 8-bit RGB: palettes and grays are expanded, 16 bits scaled, alpha dropped. On success `rgb`
/// belongs to the caller (cpng_picture_free), on failure it is NULL and `message` says why.
int cpng_decode(const uint8_t *bytes, size_t count, cpng_picture *picture);

void cpng_picture_free(cpng_picture *picture);

/// Gives the next bytes of a file, at most `count`; fewer only at its end or where it can't be read.
typedef size_t (*cpng_read)(void *context, uint8_t *to, size_t count);

/// Decodes a PNG without keeping it, row by row: its chunks, the checksum of each, and image data of exactly the right
/// length with valid filters (PNG specification, 5, 9 and 10). On failure `message`, of CPNG_MESSAGE_SIZE bytes, says why.
int cpng_check(cpng_read read, void *context, char *message);

/// Takes the next row, `width` words of which each has the bytes blue, green, red, 255; 0 ends the reading.
typedef int (*cpng_take)(void *context, const uint32_t *row);

/// Gives the rows of any PNG, from top to bottom, as 8-bit RGB: palettes and grays are expanded, 16 bits scaled, and what can be
/// seen through lies on white. Keeps one row, of an interlaced PNG all of them. Passes over chunks that say nothing of
/// pixels. On failure, also where the PNG is of another size, `message`, of CPNG_MESSAGE_SIZE bytes, says why; some rows may
/// have been taken.
int cpng_read_rows(cpng_read read, cpng_take take, void *context, uint32_t width, uint32_t height, char *message);

/// Compresses bytes to gzip (RFC 1952), as small as zlib can. Returns how many bytes it wrote; 0 when they are more than `room`, or
/// there is no memory.
size_t cpng_gzip(const uint8_t *bytes, size_t count, uint8_t *to, size_t room);

/// The checksum of a chunk (PNG specification, 5.5) after `count` more bytes, at least one; it begins with 0.
uint32_t cpng_crc32(uint32_t checksum, const uint8_t *bytes, size_t count);

#endif
