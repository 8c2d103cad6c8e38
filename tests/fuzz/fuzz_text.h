/* fuzz_text.h - the claims for the two text formats: fuzz_image.h's, and what was read can be written and reads back the same.
 *
 * Every input is tried as it is, and once more with the checksum of every line made right: by chance alone a fuzzer seldom gets past them.
 */
#pragma once
#include "fuzz_image.h"

#include <unistd.h>

static inline void fuzz_round_trip(fuzz_parser *parse, const uint8_t *bytes, size_t len, enum image_format format)
{
    char path[64];
    struct image im, back;
    struct err e;

    fuzz_check(parse, bytes, len, &im);
    if (im.count == 0)
        return;
    snprintf(path, sizeof path, "%s/sector0-fuzz-%ld", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    CLAIM(image_write_file(&im, path, format, &e));
    CLAIM(image_read_file(&back, path, format, false, 0, &e));
    unlink(path);
    CLAIM(back.count == im.count && image_size(&back) == image_size(&im));
    for (size_t i = 0; i < im.count; i++)
        CLAIM(back.segments[i].addr == im.segments[i].addr &&
              memcmp(back.segments[i].bytes, im.segments[i].bytes, im.segments[i].len) == 0);
    image_free(&im);
    image_free(&back);
}

static inline unsigned fuzz_digit(uint8_t c) { return c <= '9' ? (unsigned)c - '0' : ((unsigned)c | 0x20) - 'a' + 10; }

/* The last two characters of each line of pairs become its checksum: the sum of the pairs behind the first `skip` characters, then
 * `flip`ped. */
static inline void fuzz_fix_line(uint8_t *line, size_t len, size_t skip, uint8_t flip, uint8_t plus)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t sum = 0;

    if (len < skip + 4 || (len - skip) % 2)
        return;
    for (size_t i = skip; i + 3 < len; i += 2)
        sum = (uint8_t)(sum + (fuzz_digit(line[i]) << 4) + fuzz_digit(line[i + 1]));
    sum = (uint8_t)((sum ^ flip) + plus);
    line[len - 2] = (uint8_t)digits[sum >> 4];
    line[len - 1] = (uint8_t)digits[sum & 15];
}

static inline void fuzz_text(fuzz_parser *parse, const uint8_t *bytes, size_t len, enum image_format format)
{
    uint8_t *const fixed = malloc(len + 1);
    const size_t skip = format == IMAGE_HEX ? 1 : 2;

    fuzz_round_trip(parse, bytes, len, format);
    CLAIM(fixed);
    if (len)
        memcpy(fixed, bytes, len);
    for (size_t at = 0, next; at < len; at = next + 1) {
        for (next = at; next < len && fixed[next] != '\n'; next++)
            ;
        fuzz_fix_line(fixed + at, next - at, skip, 0xFF, format == IMAGE_HEX); /* two's complement; S-records: one's complement */
    }
    fuzz_round_trip(parse, fixed, len, format);
    free(fixed);
}
