/* semihost.c - see semihost.h. */
#include "rsp/semihost.h"
#include "base/bytes.h"

#include <string.h>

enum request {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_ISTTY = 0x09,
    SYS_SEEK = 0x0A,
    SYS_FLEN = 0x0C,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
};
enum {
    APPLICATION_EXIT = 0x20026, /* ADP_Stopped_ApplicationExit; every other reason is a failure */
    PIECE = 1024,
    TEXT_MAX = 64 * 1024, /* of one request; what is more is not ours to believe */
    MODE_APPEND = 8,      /* open modes 8..11 of ":tt" are stderr, 4..7 stdout, 0..3 stdin */
    MODE_WRITE = 4,
    FILE_NAME_LEN = 32,
};
enum handle { OUT = 1, ERR = 2, IN = 3, FEATURES = 4 }; /* 0 is none (section 7.12) */

/* The magic number, then bit 0: SYS_EXIT_EXTENDED is known; bit 1: stdout and stderr are two (section 4.1). */
static const uint8_t features[] = { 'S', 'H', 'F', 'B', 0x03 };

static void put(struct semihost *h, const uint8_t *bytes, size_t len)
{
    if (h->write && len)
        h->write(h->ctx, bytes, len);
}

/* Up to the first 0. */
static bool write_string(struct target *t, struct semihost *h, uint32_t addr, struct err *e)
{
    uint8_t bytes[64];

    for (unsigned done = 0; done < TEXT_MAX; done += sizeof bytes) {
        const uint32_t n = (uint32_t)sizeof bytes - (addr & (sizeof bytes - 1)); /* never past the block that holds the 0 */
        const uint8_t *end;

        if (!mem_read(&t->mem, addr, bytes, n, e))
            return false;
        end = memchr(bytes, '\0', n);
        put(h, bytes, end ? (size_t)(end - bytes) : n);
        if (end)
            return true;
        addr += n;
    }
    return true;
}

static bool write_bytes(struct target *t, struct semihost *h, uint32_t addr, uint32_t len, struct err *e)
{
    uint8_t bytes[PIECE];

    for (uint32_t done = 0, n; done < len; done += n) {
        n = len - done < PIECE ? len - done : PIECE;
        if (!mem_read(&t->mem, addr + done, bytes, n, e))
            return false;
        put(h, bytes, n);
    }
    return true;
}

static bool arguments(struct target *t, uint32_t addr, uint32_t *words, unsigned count, struct err *e)
{
    uint8_t bytes[12];

    if (!mem_read(&t->mem, addr, bytes, 4 * count, e))
        return false;
    for (unsigned i = 0; i < count; i++)
        words[i] = get_le32(bytes + 4 * i);
    return true;
}

static bool open_file(struct target *t, struct semihost *h, uint32_t block, uint32_t *result, struct err *e)
{
    uint32_t words[3];
    char name[FILE_NAME_LEN + 1] = "";

    if (!arguments(t, block, words, 3, e))
        return false;
    if (words[2] > FILE_NAME_LEN)
        return true;
    if (!mem_read(&t->mem, words[0], name, words[2], e))
        return false;
    if (strcmp(name, ":tt") == 0)
        *result = words[1] >= MODE_APPEND ? ERR : words[1] >= MODE_WRITE ? OUT : IN;
    if (strcmp(name, ":semihosting-features") == 0) {
        h->features_at = 0;
        *result = FEATURES;
    }
    return true;
}

/* *result: how many bytes were not read; nobody types at the console, so there it is all of them: the end of the file. */
static bool read_file(struct target *t, struct semihost *h, const uint32_t *words, uint32_t *result, struct err *e)
{
    const uint32_t there = words[0] == FEATURES ? (uint32_t)sizeof features - h->features_at : 0, n = words[2] < there ? words[2] : there;

    if (words[0] != IN && words[0] != FEATURES)
        return true;
    *result = words[2] - n;
    if (n && !mem_write(&t->mem, words[1], features + h->features_at, n, e))
        return false;
    h->features_at += n;
    return true;
}

static void seek_file(struct semihost *h, const uint32_t *words, uint32_t *result)
{
    if (words[0] != FEATURES || words[1] > sizeof features)
        return;
    h->features_at = words[1];
    *result = 0;
}

static bool carry_out(struct target *t, struct semihost *h, uint32_t what, uint32_t arg, uint32_t *result, bool *exited, unsigned *status,
                      struct err *e)
{
    uint32_t words[3] = { 0 };
    uint8_t byte;

    *result = UINT32_MAX;
    switch (what) {
    case SYS_WRITEC:
        if (!mem_read(&t->mem, arg, &byte, 1, e))
            return false;
        put(h, &byte, 1);
        return true;
    case SYS_WRITE0: return write_string(t, h, arg, e);
    case SYS_WRITE:
        if (!arguments(t, arg, words, 3, e))
            return false;
        if ((words[0] != OUT && words[0] != ERR) || words[2] > TEXT_MAX)
            return true;
        *result = 0; /* bytes not written */
        return write_bytes(t, h, words[1], words[2], e);
    case SYS_OPEN: return open_file(t, h, arg, result, e);
    case SYS_CLOSE: *result = 0; return true;
    case SYS_READ: return arguments(t, arg, words, 3, e) && read_file(t, h, words, result, e);
    case SYS_SEEK:
        if (!arguments(t, arg, words, 2, e))
            return false;
        seek_file(h, words, result);
        return true;
    case SYS_FLEN:
    case SYS_ISTTY:
        if (!arguments(t, arg, words, 1, e))
            return false;
        *result = what == SYS_ISTTY ? words[0] != FEATURES : words[0] == FEATURES ? (uint32_t)sizeof features : 0;
        return true;
    case SYS_EXIT:
        *exited = true;
        *status = arg == APPLICATION_EXIT ? 0 : 1;
        return true;
    case SYS_EXIT_EXTENDED:
        if (!arguments(t, arg, words, 2, e))
            return false;
        *exited = true;
        *status = words[0] == APPLICATION_EXIT ? words[1] & 0xFF : 1;
        return true;
    default: return true;
    }
}

bool semihost_handle(struct target *t, struct semihost *h, bool *exited, unsigned *status, struct err *e)
{
    struct core_reg_value regs[] = { { .reg = CORE_R0 }, { .reg = CORE_R1 }, { .reg = CORE_PC } };
    struct core_reg_value after[2];
    struct err failed = { 0 };
    uint32_t result;

    *exited = false;
    *status = 0;
    if (!core_read_regs(&t->core, regs, 3, e))
        return err_doing(e, "reading a semihosting request");
    if (!carry_out(t, h, regs[0].value, regs[1].value, &result, exited, status, &failed)) {
        if (failed.kind != ERR_FAULT) {
            *e = failed;
            return err_doing(e, "answering semihosting request 0x%02x", (unsigned)regs[0].value);
        }
        result = UINT32_MAX; /* a pointer to nowhere is the program's mistake, and it is told */
    }
    after[0] = (struct core_reg_value){ CORE_R0, result };
    after[1] = (struct core_reg_value){ CORE_PC, regs[2].value + 2 };
    return core_write_regs(&t->core, after, 2, e) || err_doing(e, "answering a semihosting request");
}
