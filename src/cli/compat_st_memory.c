/* compat_st_memory.c - memory as it is: -r -r8 -r32 -w8 -w32 -checksum -blankcheck. */
#include "base/crc32.h"
#include "cli/compat_st.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PART = 16384,               /* between looks at the progress */
    LEN_MAX = 16 * 1024 * 1024, /* no chip here has as much in one piece; estimate */
    PER_ROW = 16,
    UNIT_MAX = 16,
};

/* ---- words ----------------------------------------------------------------------------------------------------------------------- */

static bool check_span(const struct st_job *job, struct err *e)
{
    if (job->size == 0 || job->size > LEN_MAX || (uint64_t)job->addr + job->size > UINT64_C(0x100000000))
        return err_set(e, ERR_USAGE, "%" PRIu32 " bytes at 0x%08" PRIX32 ": from 1 byte to 16 MiB, below 0x100000000", job->size,
                       job->addr);
    return true;
}

static bool read_span(struct st_job *job, struct err *e)
{
    job->has_addr = true;
    return cli_number(job->word[0], &job->addr, e) && cli_number(job->word[1], &job->size, e) && check_span(job, e);
}

bool st_read_span(struct st_job *job, struct err *e)
{
    if (job->words == 0)
        return true;
    return job->words == 2 ? read_span(job, e) : err_set(e, ERR_USAGE, "an address needs a size");
}

bool st_read_dump(struct st_job *job, struct err *e)
{
    if (!read_span(job, e))
        return false;
    if (job->addr % job->option->width)
        return err_set(e, ERR_USAGE, "0x%08" PRIX32 " is not a multiple of %u", job->addr, job->option->width);
    job->size = (job->size + job->option->width - 1) / job->option->width * job->option->width;
    return check_span(job, e);
}

bool st_read_upload(struct st_job *job, struct err *e)
{
    enum image_format format;

    job->file = job->word[2];
    if (!read_span(job, e))
        return false;
    if (image_format_of_name(job->file, &format) && format != IMAGE_ELF)
        return true;
    return err_set(e, ERR_USAGE, "the name '%.80s' does not tell a format: .bin, .hex, .srec, .s19", job->file);
}

static bool read_long(const char *text, uint64_t *value, struct err *e)
{
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    char *end;

    errno = 0;
    *value = strtoull(text, &end, hex ? 16 : 10);
    if (!isdigit((unsigned char)text[0]) || (hex && !isxdigit((unsigned char)text[2])) || *end || errno)
        return err_set(e, ERR_USAGE, "'%.60s' is not a number: decimal or 0x...", text);
    return true;
}

bool st_read_data(struct st_job *job, struct err *e)
{
    const unsigned width = job->option->width;
    uint64_t value;

    if (!cli_number(job->word[0], &job->addr, e))
        return false;
    job->has_addr = true;
    job->size = (job->words - 1) * width;
    if (job->addr % (width == 8 ? 4 : width))
        return err_set(e, ERR_USAGE, "0x%08" PRIX32 " is not a multiple of %u", job->addr, width == 8 ? 4 : width);
    for (unsigned i = 1; i < job->words; i++) {
        if (!read_long(job->word[i], &value, e))
            return false;
        if (width < 8 && value >> 8 * width)
            return err_set(e, ERR_USAGE, "%.40s does not fit into %u bits", job->word[i], 8 * width);
    }
    return check_span(job, e);
}

bool st_read_file_word(struct st_job *job, struct err *e)
{
    job->file = job->word[0];
    job->has_addr = job->words == 2;
    return !job->has_addr || cli_number(job->word[1], &job->addr, e);
}

/* ---- reading --------------------------------------------------------------------------------------------------------------------- */

bool st_read_memory(struct st *st, uint32_t addr, uint8_t *data, uint32_t len, bool bar, struct err *e)
{
    st->bar_shown = 0;
    for (uint32_t done = 0; done < len; done += PART) {
        const uint32_t n = len - done < PART ? len - done : PART;

        if (!(st->usb ? st_usb_read(st, addr + done, data + done, n, e) : mem_read(&st->f.t.mem, addr + done, data + done, n, e))) {
            if (st->usb)
                return false;
            target_explain_fault(&st->f.t, addr + done, e);
            return false;
        }
        if (bar && done + n < len)
            st_bar(st, done + n, len);
    }
    if (bar)
        st_bar(st, 1, 1);
    return true;
}

static uint8_t *room(uint32_t len, struct err *e)
{
    uint8_t *data = malloc(len);

    if (!data)
        err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", len);
    return data;
}

static void print_rows(struct st *st, uint32_t addr, const uint8_t *data, uint32_t len, unsigned width)
{
    for (uint32_t i = 0; i < len; i += PER_ROW) {
        char row[80];
        size_t n = (size_t)snprintf(row, sizeof row, "0x%08" PRIX32 " :", addr + i);

        for (uint32_t k = i; k < len && k < i + PER_ROW; k += width) {
            uint32_t value = 0;

            for (unsigned b = 0; b < width; b++)
                value |= (uint32_t)data[k + b] << 8 * b;
            n += (size_t)snprintf(row + n, sizeof row - n, " %0*" PRIX32, (int)width * 2, value);
        }
        st_print(st, "%s\n", row);
    }
}

bool st_dump(struct st *st, struct st_job *job, struct err *e)
{
    uint8_t *data = room(job->size, e);
    const bool ok = data && st_read_memory(st, job->addr, data, job->size, false, e);

    if (ok) {
        st_print(st, "Reading %u-bit memory content\n", 8 * job->option->width);
        st_print(st, "  Size          : %" PRIu32 " Bytes\n", job->size);
        st_print(st, "  Address:      : 0x%08" PRIX32 "\n\n", job->addr);
        print_rows(st, job->addr, data, job->size, job->option->width);
        st_print(st, "\n");
    }
    free(data);
    return ok || st_failed(st, "failed to read the requested memory content");
}

bool st_upload(struct st *st, struct st_job *job, struct err *e)
{
    const uint64_t began_us = st_now_us(st);
    struct image image = { 0 };
    uint8_t *data = room(job->size, e);
    bool ok;

    st_print(st, "UPLOADING ...\n");
    st_print(st, "  Size          : %" PRIu32 " Bytes\n", job->size);
    st_print(st, "  Address       : 0x%08" PRIX32 "\n\n", job->addr);
    st_print(st, "Read progress:\n");
    ok = data && st_read_memory(st, job->addr, data, job->size, true, e) && image_add(&image, job->addr, data, job->size, e) &&
         image_write_file(&image, job->file, IMAGE_AUTO, e);
    image_free(&image);
    free(data);
    if (!ok)
        return st_failed(st, "Data read failed");
    st_print(st, "\nData read successfully\n");
    st_print(st, "The Data file is saved successfully: %s\n", job->file);
    st_elapsed(st, "Time elapsed during the read operation is", began_us);
    return true;
}

/* ---- -w8 -w16 -w32 -w64 ---------------------------------------------------------------------------------------------------------- */

/* Flash takes a unit once after an erase: what is there must be blank, or the same already. */
static bool is_blank_enough(struct st *st, uint32_t addr, const uint8_t *data, uint32_t len, struct err *e)
{
    const uint32_t unit = st->f.t.device->flash->unit_bytes, from = addr - addr % unit, to = (addr + len + unit - 1) / unit * unit;
    uint8_t now[UNIT_MAX];

    for (uint32_t at = from; at < to; at += unit) {
        bool blank = true, same = true;

        if (!st_read_memory(st, at, now, unit, false, e))
            return false;
        for (uint32_t k = 0; k < unit; k++) {
            blank = blank && now[k] == 0xFF;
            same = same && (at + k < addr || at + k >= addr + len || now[k] == data[at + k - addr]);
        }
        if (!blank && !same) {
            err_set(e, ERR_REFUSED, "the flash at 0x%08" PRIX32 " is not blank", at);
            return err_hint(e, "erase its page first (-e %" PRIu32 "), or put the data into a file for -w, which erases what it must",
                            (at - st->f.t.device->flash_base) / st->f.t.device->flash->page_bytes);
        }
    }
    return true;
}

static bool write_flash(struct st *st, uint32_t addr, const uint8_t *data, uint32_t len, struct err *e)
{
    struct image image = { 0 };
    const bool ok =
        is_blank_enough(st, addr, data, len, e) && image_add(&image, addr, data, len, e) && st_end_work(st, st_program(st, &image, e), e);

    image_free(&image);
    return ok;
}

static bool write_anywhere(struct st *st, uint32_t addr, const uint8_t *data, uint32_t len, struct err *e)
{
    const struct region *r = device_region(st->f.t.device, addr, 1);

    if (st_is_flash(st, addr, len))
        return write_flash(st, addr, data, len, e);
    if (r && (r->kind == REGION_OTP || r->kind == REGION_SYSTEM))
        return err_set(e, ERR_REFUSED, "0x%08" PRIX32 " is %s: sector0 does not write there", addr,
                       r->kind == REGION_OTP ? "one-time programmable" : "system memory");
    return mem_write(&st->f.t.mem, addr, data, len, e) || target_explain_fault(&st->f.t, addr, e);
}

bool st_write_data(struct st *st, struct st_job *job, struct err *e)
{
    const unsigned width = job->option->width;
    uint8_t *data = room(job->size, e);
    bool ok = data;

    st_print(st, "Downloading %u-bit data...\n", 8 * width);
    for (unsigned i = 1; ok && i < job->words; i++) {
        uint64_t value;

        ok = read_long(job->word[i], &value, e);
        for (unsigned b = 0; ok && b < width; b++)
            data[(i - 1) * width + b] = (uint8_t)(value >> 8 * b);
    }
    ok = ok && write_anywhere(st, job->addr, data, job->size, e);
    free(data);
    if (!ok)
        return st_failed(st, "Failed to download data! If it's a Flash memory, it may be not erased or protected");
    st_print(st, "Downloading %u-bit data done successfully\n", 8 * width);
    return true;
}

/* ---- sums ------------------------------------------------------------------------------------------------------------------------ */

static void print_sums(struct st *st, uint32_t sum, uint32_t crc)
{
    st_print(st, "  Checksum      : 0x%08" PRIX32 " (sum of all bytes)\n", sum);
    st_print(st, "  CRC-32        : 0x%08" PRIX32 "\n", crc);
}

bool st_checksum(struct st *st, struct st_job *job, struct err *e)
{
    const uint32_t addr = job->has_addr ? job->addr : st->f.t.device->flash_base, len = job->has_addr ? job->size : st->f.t.flash_bytes;
    uint8_t *data = room(len, e);
    uint32_t sum = 0;
    const bool ok = data && st_read_memory(st, addr, data, len, false, e);

    if (ok) {
        for (uint32_t i = 0; i < len; i++)
            sum += data[i];
        st_print(st, "Calculating checksum ...\n  Size          : %" PRIu32 " Bytes\n  Address       : 0x%08" PRIX32 "\n", len, addr);
        print_sums(st, sum, crc32_of(data, len));
    }
    free(data);
    return ok || st_failed(st, "Data read failed");
}

bool st_file_checksum(struct st *st, struct st_job *job, struct err *e)
{
    struct image image = { 0 };
    uint32_t sum = 0, crc = 0;

    /* A raw binary needs no address here: its bytes are all that counts. */
    if (!image_read_file(&image, job->file, IMAGE_AUTO, job->has_addr, job->addr, e) &&
        (e->kind != ERR_USAGE || job->has_addr || (*e = (struct err){ 0 }, !image_read_file(&image, job->file, IMAGE_BIN, true, 0, e))))
        return st_failed(st, "the file cannot be read");
    for (size_t i = 0; i < image.count; i++) {
        for (uint32_t k = 0; k < image.segments[i].len; k++)
            sum += image.segments[i].bytes[k];
        crc = crc32_more(crc, image.segments[i].bytes, image.segments[i].len);
    }
    st_print(st, "Calculating checksum of %s ...\n  Size          : %" PRIu64 " Bytes\n", job->file, image_size(&image));
    print_sums(st, sum, crc);
    image_free(&image);
    return true;
}

bool st_blankcheck(struct st *st, struct st_job *job, struct err *e)
{
    const uint32_t len = st->f.t.flash_bytes, base = st->f.t.device->flash_base;
    uint8_t *data = room(len, e);
    bool ok;

    st_print(st, "Flash memory blank checking...\n");
    ok = data && st_read_memory(st, base, data, len, false, e);
    if (!ok)
        st_failed(st, "Data read failed");
    for (uint32_t i = 0; ok && i < len; i++)
        if (data[i] != 0xFF) {
            st_warn(st, "Flash memory is not empty at 0x%08" PRIX32 ".", base + i);
            ok = err_set(e, ERR_VERIFY, "the flash is not blank: 0x%08" PRIX32 " is 0x%02X", base + i, data[i]);
        }
    free(data);
    if (ok)
        st_print(st, "Flash memory is empty.\n");
    return ok;
}
