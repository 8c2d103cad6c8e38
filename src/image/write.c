/* write.c - writing an image as Intel HEX, S-record, DfuSe or raw binary. See image.h.
 *
 * HEX as GNU objcopy writes it: 16 bytes a line, an extended linear address record where the upper half of the address changes, CR LF.
 * S-record as `objcopy --srec-forceS3 --srec-len=32`: S0, S3, S7, 32 bytes a line, CR LF. A program is a file of text to some of the
 * tools that will read it; being byte for byte what they know is the best chance to be understood. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "image/dfu.h"
#include "image/pieces.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_LINE = 16, SREC_LINE = 32 };

static void put_digits(FILE *f, const uint8_t *record, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[2 * (SREC_LINE + 8)];

    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[record[i] >> 4];
        text[2 * i + 1] = digits[record[i] & 0xF];
    }
    fwrite(text, 1, 2 * len, f);
}

static uint8_t sum_of(const uint8_t *record, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + record[i]);
    return sum;
}

static void put_hex(FILE *f, unsigned type, uint32_t offset, const uint8_t *data, uint32_t len)
{
    uint8_t record[4 + HEX_LINE + 1] = { (uint8_t)len, (uint8_t)(offset >> 8), (uint8_t)offset, (uint8_t)type };

    if (len)
        memcpy(record + 4, data, len);
    record[4 + len] = (uint8_t)-sum_of(record, 4 + len);
    fputc(':', f);
    put_digits(f, record, 5 + len);
    fputs("\r\n", f);
}

static void write_hex(const struct image *im, FILE *f)
{
    uint8_t number[4];
    uint32_t upper = 0;

    for (const struct segment *s = im->segments; s < im->segments + im->count; s++)
        for (uint32_t at = 0, n; at < s->len; at += n) {
            const uint32_t addr = s->addr + at, to_next_upper = 0x10000 - (addr & 0xFFFF);

            if (addr >> 16 != upper) {
                upper = addr >> 16;
                put_be16(number, upper);
                put_hex(f, 4, 0, number, 2);
            }
            n = s->len - at < HEX_LINE ? s->len - at : HEX_LINE;
            n = n < to_next_upper ? n : to_next_upper;
            put_hex(f, 0, addr & 0xFFFF, s->bytes + at, n);
        }
    if (im->has_entry) {
        put_be32(number, im->entry);
        put_hex(f, 5, 0, number, 4);
    }
    put_hex(f, 1, 0, NULL, 0);
}

static void put_srec(FILE *f, char type, unsigned addr_bytes, uint32_t addr, const uint8_t *data, uint32_t len)
{
    uint8_t record[1 + 4 + SREC_LINE + 1] = { (uint8_t)(addr_bytes + len + 1) };

    for (unsigned i = 0; i < addr_bytes; i++)
        record[1 + i] = (uint8_t)(addr >> 8 * (addr_bytes - 1 - i));
    if (len)
        memcpy(record + 1 + addr_bytes, data, len);
    record[1 + addr_bytes + len] = (uint8_t)~sum_of(record, 1 + addr_bytes + len);
    fputc('S', f);
    fputc(type, f);
    put_digits(f, record, 2 + addr_bytes + len);
    fputs("\r\n", f);
}

static void write_srec(const struct image *im, FILE *f)
{
    static const char title[] = "sector0";

    put_srec(f, '0', 2, 0, (const uint8_t *)title, sizeof title - 1);
    for (const struct segment *s = im->segments; s < im->segments + im->count; s++)
        for (uint32_t at = 0, n; at < s->len; at += n) {
            n = s->len - at < SREC_LINE ? s->len - at : SREC_LINE;
            put_srec(f, '3', 4, s->addr + at, s->bytes + at, n);
        }
    put_srec(f, '7', 4, im->has_entry ? im->entry : 0, NULL, 0);
}

static void write_bin(const struct image *im, FILE *f)
{
    uint8_t blank[4096];
    uint64_t at = im->segments[0].addr;

    memset(blank, 0xFF, sizeof blank);
    for (const struct segment *s = im->segments; s < im->segments + im->count; s++) {
        while (at < s->addr) {
            const size_t gap = s->addr - at < sizeof blank ? (size_t)(s->addr - at) : sizeof blank;

            fwrite(blank, 1, gap, f);
            at += gap;
        }
        fwrite(s->bytes, 1, s->len, f);
        at += s->len;
    }
}

/* Bytes that go into the suffix's checksum on their way. */
static void put_counted(FILE *f, uint32_t *crc, const void *bytes, size_t len)
{
    *crc = crc32_more(*crc, bytes, len);
    fwrite(bytes, 1, len, f);
}

/* One target, alternate setting 0, for the ROM bootloader of any STM32; the size field as UM0391 has it: the whole file. */
static void write_dfu(const struct image *im, FILE *f)
{
    const uint32_t elements = (uint32_t)(image_size(im) + im->count * DFU_ELEMENT);
    uint8_t prefix[DFU_PREFIX] = "DfuSe\1", target[DFU_TARGET] = "Target", element[DFU_ELEMENT];
    uint8_t suffix[DFU_SUFFIX] = { 0xFF, 0xFF, 0x11, 0xDF, 0x83, 0x04, 0x1A, 0x01, 'U', 'F', 'D', DFU_SUFFIX };
    uint32_t crc = 0;

    put_le32(prefix + 6, DFU_PREFIX + DFU_TARGET + elements + DFU_SUFFIX);
    prefix[10] = 1;
    target[7] = 1; /* named */
    memcpy(target + 11, "sector0", 7);
    put_le32(target + 266, elements);
    put_le32(target + 270, (uint32_t)im->count);
    put_counted(f, &crc, prefix, sizeof prefix);
    put_counted(f, &crc, target, sizeof target);
    for (const struct segment *s = im->segments; s < im->segments + im->count; s++) {
        put_le32(element, s->addr);
        put_le32(element + 4, s->len);
        put_counted(f, &crc, element, sizeof element);
        put_counted(f, &crc, s->bytes, s->len);
    }
    if (im->has_ids) {
        put_le16(suffix, im->bcd_device);
        put_le16(suffix + 2, im->pid);
        put_le16(suffix + 4, im->vid);
    }
    put_counted(f, &crc, suffix, sizeof suffix - 4);
    put_le32(suffix + 12, ~crc);
    fwrite(suffix + 12, 1, 4, f);
}

static bool check_request(const struct image *im, const char *path, enum image_format *format, struct err *e)
{
    uint32_t first;
    uint64_t end;

    if (*format == IMAGE_AUTO && !image_format_of_name(path, format)) {
        err_set(e, ERR_USAGE, "the name does not say which format to write");
        return err_hint(e, "end it in .hex, .srec, .dfu or .bin");
    }
    if (*format == IMAGE_ELF) {
        err_set(e, ERR_USAGE, "ELF files are read, not written");
        return err_hint(e, "end the name in .hex, .srec, .dfu or .bin");
    }
    if (im->count == 0)
        return err_set(e, ERR_USAGE, "there is nothing to write");
    image_extent(im, &first, &end);
    if (*format == IMAGE_BIN && end - first > IMAGE_FILE_MAX) {
        err_set(e, ERR_USAGE, "a raw binary of 0x%08" PRIx32 "..0x%08" PRIx64 " would be mostly gaps", first, end - 1);
        return err_hint(e, "write .hex, .srec or .dfu, which carry addresses");
    }
    return true;
}

static bool write_stream(const struct image *im, int fd, enum image_format format, struct err *e)
{
    FILE *const f = fdopen(fd, "wb");

    if (!f) {
        close(fd);
        return err_set(e, ERR_NOMEM, "no memory to write a file");
    }
    if (format == IMAGE_HEX)
        write_hex(im, f);
    else if (format == IMAGE_SREC)
        write_srec(im, f);
    else if (format == IMAGE_DFU)
        write_dfu(im, f);
    else
        write_bin(im, f);

    const bool bad = fflush(f) != 0 || ferror(f); /* errno: of the first write that failed, or near enough for a person */
    const int why = errno;
    /* Not every file can be synced (EINVAL: a pipe); where it can, what was saved must be on the disk before flash is erased. */
    const bool unsynced = !bad && fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS;
    const int why_sync = errno;

    if (fclose(f) != 0 && !bad && !unsynced)
        return err_set(e, ERR_IO, "cannot write the file: %s", strerror(errno));
    if (bad || unsynced)
        return err_set(e, ERR_IO, "cannot write the file: %s", strerror(bad ? why : why_sync));
    return true;
}

/* A new file beside `path`, with the name in `name` (cap bytes). */
static int create_beside(const char *path, mode_t mode, char *name, size_t cap, struct err *e)
{
    for (unsigned i = 0; i < 1000; i++) {
        int fd;

        if (snprintf(name, cap, "%s.part%u", path, i) >= (int)cap) {
            err_set(e, ERR_IO, "the name is too long");
            return -1;
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            break;
    }
    err_set(e, ERR_IO, "cannot create the file: %s", strerror(errno));
    return -1;
}

static bool replace(const struct image *im, const char *path, mode_t mode, enum image_format format, struct err *e)
{
    char part[4096];
    const int fd = create_beside(path, mode, part, sizeof part, e);

    if (fd < 0)
        return false;
    if (!write_stream(im, fd, format, e)) {
        unlink(part);
        return false;
    }
    if (rename(part, path) != 0) {
        err_set(e, ERR_IO, "cannot replace the file: %s", strerror(errno));
        unlink(part);
        return false;
    }
    return true;
}

/* A device or a pipe (/dev/stdout) is written to, not replaced; a symbolic link stays one, and what it points to is replaced. */
static bool write_to(const struct image *im, const char *path, enum image_format format, struct err *e)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return replace(im, path, 0666, format, e);
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_IO, "this is a folder");
    if (!S_ISREG(st.st_mode)) {
        const int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0)
            return err_set(e, ERR_IO, "cannot open the file: %s", strerror(errno));
        return write_stream(im, fd, format, e);
    }

    char *const real = realpath(path, NULL);

    if (!real)
        return err_set(e, ERR_IO, "cannot follow the name: %s", strerror(errno));

    const bool done = replace(im, real, st.st_mode & 0777, format, e);

    free(real);
    return done;
}

bool image_write_file(const struct image *im, const char *path, enum image_format format, struct err *e)
{
    return (check_request(im, path, &format, e) && write_to(im, path, format, e)) || err_doing(e, "writing '%s'", path);
}
