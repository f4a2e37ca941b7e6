#include "png_writer.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SIZE 128

static void on_error(png_structp png, png_const_charp message) {
    strncpy(png_get_error_ptr(png), message, MESSAGE_SIZE - 1);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

struct png_writer {
    png_structp png;
    png_infop info;
    size_t row_bytes;
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    char message[MESSAGE_SIZE];
};

static void write_bytes(png_structp png, png_bytep from, size_t count) {
    png_writer *writer = png_get_io_ptr(png);
    if (count > writer->capacity - writer->count) {
        size_t capacity = writer->capacity * 2;
        if (capacity < writer->count + count) capacity = writer->count + count;
        uint8_t *bytes = realloc(writer->bytes, capacity);
        if (!bytes) png_error(png, "out of memory");
        writer->bytes = bytes;
        writer->capacity = capacity;
    }
    memcpy(writer->bytes + writer->count, from, count);
    writer->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

png_writer *png_writer_create(uint32_t width, uint32_t height) {
    png_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return NULL;
    writer->capacity = 1 << 16;
    writer->bytes = malloc(writer->capacity);
    writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer->message, on_error, on_warning);
    writer->info = writer->png ? png_create_info_struct(writer->png) : NULL;
    if (!writer->bytes || !writer->info || setjmp(png_jmpbuf(writer->png))) {
        png_writer_destroy(writer);
        return NULL;
    }
    writer->row_bytes = (size_t)width * 3;
    png_set_write_fn(writer->png, writer, write_bytes, flush_nothing);
    png_set_user_limits(writer->png, 0x7fffffff, 0x7fffffff);
    png_set_IHDR(writer->png, writer->info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(writer->png, 1);
    png_set_filter(writer->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_write_info(writer->png, writer->info);
    return writer;
}

void png_writer_use_defaults(png_writer *writer) {
    png_set_compression_level(writer->png, 6);
    png_set_filter(writer->png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
}

int png_writer_append(png_writer *writer, const uint8_t *rgb, uint32_t rows) {
    if (setjmp(png_jmpbuf(writer->png))) return 0;
    for (uint32_t row = 0; row < rows; row++) png_write_row(writer->png, rgb + row * writer->row_bytes);
    return 1;
}

int png_writer_finish(png_writer *writer) {
    if (setjmp(png_jmpbuf(writer->png))) return 0;
    png_write_end(writer->png, NULL);
    return 1;
}

const uint8_t *png_writer_bytes(const png_writer *writer, size_t *count) {
    *count = writer->count;
    return writer->bytes;
}

const char *png_writer_message(const png_writer *writer) { return writer->message; }

void png_writer_destroy(png_writer *writer) {
    if (writer->png) png_destroy_write_struct(&writer->png, &writer->info);
    free(writer->bytes);
    free(writer);
}
