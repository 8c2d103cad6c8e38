/* read.c - reading a program file: which format is it, and the bytes from the disk. See image.h. */
#include "image/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct ending {
    const char *text;
    enum image_format format;
} endings[] = {
    // clang-format off
    { ".elf",  IMAGE_ELF  },
    { ".axf",  IMAGE_ELF  },
    { ".out",  IMAGE_ELF  },
    { ".hex",  IMAGE_HEX  },
    { ".ihex", IMAGE_HEX  },
    { ".srec", IMAGE_SREC },
    { ".s19",  IMAGE_SREC },
    { ".s28",  IMAGE_SREC },
    { ".s37",  IMAGE_SREC },
    { ".mot",  IMAGE_SREC },
    { ".dfu",  IMAGE_DFU  },
    { ".bin",  IMAGE_BIN  },
    // clang-format on
};

static const char *const format_names[] = {
    [IMAGE_AUTO] = "unknown",  [IMAGE_ELF] = "ELF",        [IMAGE_HEX] = "Intel HEX",
    [IMAGE_SREC] = "S-record", [IMAGE_BIN] = "raw binary", [IMAGE_DFU] = "DfuSe",
};

bool image_format_of_name(const char *path, enum image_format *format)
{
    const size_t len = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(endings[i].text);

        if (len > n && strcasecmp(path + len - n, endings[i].text) == 0) {
            *format = endings[i].format;
            return true;
        }
    }
    return false;
}

/* By content. A whole first line of hexadecimal digits behind its mark is no accident: `:` or S0 to S9 alone would be, in a raw binary. */
static bool format_of_bytes(const uint8_t *bytes, size_t len, enum image_format *format)
{
    size_t at = 0;

    if (len >= 4 && memcmp(bytes,
                           "\x7f"
                           "ELF",
                           4) == 0) {
        *format = IMAGE_ELF;
        return true;
    }
    if (len >= 6 && memcmp(bytes, "DfuSe", 5) == 0) {
        *format = IMAGE_DFU;
        return true;
    }
    while (at < len && (bytes[at] == '\r' || bytes[at] == '\n'))
        at++;
    if (at < len && bytes[at] == ':' && text_starts_with_record(bytes + at, len - at, 1, 5)) {
        *format = IMAGE_HEX;
        return true;
    }
    if (at + 1 < len && bytes[at] == 'S' && bytes[at + 1] >= '0' && bytes[at + 1] <= '9' &&
        text_starts_with_record(bytes + at, len - at, 2, 4)) {
        *format = IMAGE_SREC;
        return true;
    }
    return false;
}

/* A last guess for a file with neither a clear first line nor a telling name, so that the error can name the line. */
static bool format_of_first_byte(const uint8_t *bytes, size_t len, enum image_format *format)
{
    if (memchr(bytes, 0, len))
        return false;
    *format = bytes[0] == ':' ? IMAGE_HEX : IMAGE_SREC;
    return bytes[0] == ':' || (len > 1 && bytes[0] == 'S' && bytes[1] >= '0' && bytes[1] <= '9');
}

static enum image_format detect(const uint8_t *bytes, size_t len, const char *name, bool has_base)
{
    enum image_format format;

    if (format_of_bytes(bytes, len, &format) || image_format_of_name(name, &format))
        return format;
    if (!has_base && format_of_first_byte(bytes, len, &format))
        return format;
    return IMAGE_BIN;
}

static bool take_bin(struct image *im, const uint8_t *bytes, size_t len, uint32_t base, struct err *e)
{
    if (!image_add(im, base, bytes, (uint32_t)len, e))
        return false;
    memcpy(im->format, "bin", 4);
    return true;
}

static bool parse(struct image *im, const uint8_t *bytes, size_t len, const char *name, enum image_format format, bool has_base,
                  uint32_t base, struct err *e)
{
    if (len == 0)
        return err_set(e, ERR_INPUT, "the file is empty");
    if (len > IMAGE_FILE_MAX)
        return err_set(e, ERR_INPUT, "the file is larger than %d MiB: no program for a microcontroller is", IMAGE_FILE_MAX >> 20);
    if (format == IMAGE_AUTO)
        format = detect(bytes, len, name, has_base);
    if ((format == IMAGE_BIN || (format == IMAGE_DFU && memcmp(bytes, "DfuSe", len < 5 ? len : 5) != 0)) &&
        image_take_suffix(im, bytes, &len)) {
        format = IMAGE_BIN; /* a DFU file of the plain sort: bytes and ids, no addresses */
        if (!has_base) {
            err_set(e, ERR_USAGE, "this is a plain DFU file: it holds a raw binary, which needs an address");
            return err_hint(e, "say where it goes, such as --at 0x08000000 for the start of flash");
        }
    }
    if (has_base && format != IMAGE_BIN) {
        err_set(e, ERR_USAGE, "this is an %s file, which carries its own addresses", format_names[format]);
        return err_hint(e, "leave --at out; it is for raw binaries");
    }
    if (!has_base && format == IMAGE_BIN) {
        enum image_format by_name;

        if (image_format_of_name(name, &by_name))
            err_set(e, ERR_USAGE, "a raw binary needs an address");
        else
            err_set(e, ERR_USAGE, "this is neither ELF, Intel HEX, S-record nor DfuSe, and a raw binary needs an address");
        return err_hint(e, "say where it goes, such as --at 0x08000000 for the start of flash");
    }
    switch (format) {
    case IMAGE_ELF: return image_parse_elf(im, bytes, len, e);
    case IMAGE_HEX: return image_parse_hex(im, bytes, len, e);
    case IMAGE_SREC: return image_parse_srec(im, bytes, len, e);
    case IMAGE_DFU: return image_parse_dfu(im, bytes, len, e);
    case IMAGE_BIN:
    case IMAGE_AUTO: break;
    }
    return take_bin(im, bytes, len, base, e);
}

bool image_read_bytes(struct image *im, const uint8_t *bytes, size_t len, const char *name, enum image_format format, bool has_base,
                      uint32_t base, struct err *e)
{
    *im = (struct image){ 0 };
    return parse(im, bytes, len, name, format, has_base, base, e) || err_doing(e, "reading '%s'", name);
}

/* Read until the end or one byte over the limit: pipes have no size to ask for, and a file can grow. */
static bool slurp(int fd, uint8_t **bytes, size_t *len, struct err *e)
{
    size_t room = 0;

    *bytes = NULL;
    *len = 0;
    for (;;) {
        if (*len == room) {
            const size_t more = room ? 2 * room : 256 * 1024;
            uint8_t *const grown = realloc(*bytes, more);

            if (!grown)
                return err_set(e, ERR_NOMEM, "no memory for a file of %zu bytes or more", *len);
            *bytes = grown;
            room = more;
        }

        const ssize_t n = read(fd, *bytes + *len, room - *len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_IO, "cannot read the file: %s", strerror(errno));
        *len += (size_t)n;
        if (n == 0 || *len > IMAGE_FILE_MAX)
            return true;
    }
}

bool image_read_file(struct image *im, const char *path, enum image_format format, bool has_base, uint32_t base, struct err *e)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct stat st;
    bool done;

    *im = (struct image){ 0 };
    if (fd < 0)
        err_set(e, ERR_IO, "cannot open the file: %s", strerror(errno));
    else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        err_set(e, ERR_IO, "this is a folder");
    else if (slurp(fd, &bytes, &len, e)) {
        done = image_read_bytes(im, bytes, len, path, format, has_base, base, e);
        free(bytes);
        close(fd);
        return done;
    }
    free(bytes);
    if (fd >= 0)
        close(fd);
    return err_doing(e, "reading '%s'", path);
}
