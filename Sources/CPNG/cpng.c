#include "cpng.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void keep_message(char *to, const char *message) {
    strncpy(to, message, CPNG_MESSAGE_SIZE - 1);
    to[CPNG_MESSAGE_SIZE - 1] = 0;
}

/// libpng's error pointer is a message buffer of CPNG_MESSAGE_SIZE bytes.
static void on_error(png_structp png, png_const_charp message) {
    keep_message(png_get_error_ptr(png), message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

// MARK: Reading

typedef struct {
    const uint8_t *next;
    size_t left;
} source;

static void read_bytes(png_structp png, png_bytep to, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->left) png_error(png, "the data ends early");
    memcpy(to, from->next, count);
    from->next += count;
    from->left -= count;
}

/// What must outlive a jump lives in `picture`; the locals here are set before setjmp and not changed after it.
static int decode(png_structp png, png_infop info, source *from, cpng_picture *picture) {
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_read_fn(png, from, read_bytes);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_gray_to_rgb(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    picture->width = png_get_image_width(png, info);
    picture->height = png_get_image_height(png, info);
    size_t row_bytes = png_get_rowbytes(png, info);
    if (row_bytes != (size_t)picture->width * 3) png_error(png, "not readable as RGB");
    picture->rgb = calloc(picture->height, row_bytes);
    if (!picture->rgb) png_error(png, "out of memory");
    while (passes-- > 0)
        for (uint32_t row = 0; row < picture->height; row++)
            png_read_row(png, picture->rgb + row * row_bytes, NULL);
    png_read_end(png, NULL);
    return 1;
}

int cpng_decode(const uint8_t *bytes, size_t count, cpng_picture *picture) {
    memset(picture, 0, sizeof *picture);
    source from = {bytes, count};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, picture->message, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int done = info ? decode(png, info, &from, picture) : 0;
    if (!info) keep_message(picture->message, "out of memory");
    if (png) png_destroy_read_struct(&png, &info, NULL);
    if (!done) cpng_picture_free(picture);
    return done;
}

void cpng_picture_free(cpng_picture *picture) {
    free(picture->rgb);
    picture->rgb = NULL;
}

// MARK: Checking

typedef struct {
    cpng_read read;
    void *context;
} stream;

static void read_stream(png_structp png, png_bytep to, size_t count) {
    stream *from = png_get_io_ptr(png);
    if (from->read(from->context, to, count) < count) png_error(png, "the data ends early");
}

/// The locals here are set before setjmp and not changed after it.
static int check(png_structp png, png_infop info, stream *from) {
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_read_fn(png, from, read_stream);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_read_info(png, info);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    // Data beyond the last row and a wrong checksum of the data are benign to libpng; not so what other chunks say.
    png_set_benign_errors(png, 0);
    for (int pass = 0; pass < passes; pass++)
        for (png_uint_32 row = png_get_image_height(png, info); row > 0; row--) png_read_row(png, NULL, NULL);
    png_set_benign_errors(png, 1);
    png_read_end(png, NULL);
    uint8_t extra;
    if (from->read(from->context, &extra, 1) > 0) png_error(png, "there is more after its end");
    return 1;
}

int cpng_check(cpng_read read, void *context, char *message) {
    stream from = {read, context};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int done = info ? check(png, info, &from) : 0;
    if (!info) keep_message(message, "out of memory");
    if (png) png_destroy_read_struct(&png, &info, NULL);
    return done;
}

// MARK: Reading row by row

typedef struct {
    stream from;
    cpng_take take;
    uint32_t width;
    uint32_t height;
    uint32_t *words;
} rows;

static void take_row(png_structp png, rows *to, const uint32_t *row) {
    if (!to->take(to->from.context, row)) png_error(png, "the rows are not wanted");
}

static void lay_on_white(png_structp png, png_infop info) {
    int has_alpha = png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA || png_get_valid(png, info, PNG_INFO_tRNS);
    if (!has_alpha) return;
    png_uint_16 most = png_get_bit_depth(png, info) == 16 ? 65535 : 255;
    png_color_16 white = {0, most, most, most, most};
    png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1);
}

/// What must outlive a jump lives in `to`; the locals here are set before they are used, and never after a jump.
static int read_rows(png_structp png, png_infop info, rows *to) {
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_read_fn(png, &to->from, read_stream);
    // A few thousand bytes of text may be megabytes when they are unpacked.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != to->width || png_get_image_height(png, info) != to->height)
        png_error(png, "it has another size than it had");
    png_set_expand(png);
    lay_on_white(png, info);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_bgr(png);
    png_set_filler(png, 255, PNG_FILLER_AFTER);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != (size_t)to->width * sizeof *to->words) png_error(png, "not readable as RGB");
    to->words = calloc(passes > 1 ? to->height : 1, (size_t)to->width * sizeof *to->words);
    if (!to->words) png_error(png, "out of memory");
    if (passes == 1) {
        for (uint32_t y = 0; y < to->height; y++) {
            png_read_row(png, (png_bytep)to->words, NULL);
            take_row(png, to, to->words);
        }
    } else {
        for (int pass = 0; pass < passes; pass++)
            for (uint32_t y = 0; y < to->height; y++)
                png_read_row(png, (png_bytep)(to->words + (size_t)y * to->width), NULL);
        for (uint32_t y = 0; y < to->height; y++) take_row(png, to, to->words + (size_t)y * to->width);
    }
    png_read_end(png, NULL);
    return 1;
}

int cpng_read_rows(cpng_read read, cpng_take take, void *context, uint32_t width, uint32_t height, char *message) {
    rows to = {{read, context}, take, width, height, NULL};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int done = info ? read_rows(png, info, &to) : 0;
    if (!info) keep_message(message, "out of memory");
    if (png) png_destroy_read_struct(&png, &info, NULL);
    free(to.words);
    return done;
}

uint32_t cpng_crc32(uint32_t checksum, const uint8_t *bytes, size_t count) {
    return (uint32_t)crc32_z(checksum, bytes, count);
}

// MARK: Compressing

size_t cpng_gzip(const uint8_t *bytes, size_t count, uint8_t *to, size_t room) {
    z_stream stream = {0};
    // 16 beside the window's 15 bits: with the head and the end of gzip.
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)count;
    stream.next_out = to;
    stream.avail_out = (uInt)room;
    int result = deflate(&stream, Z_FINISH);
    size_t written = stream.total_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? written : 0;
}
