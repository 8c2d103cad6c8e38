/* cmd_peek.c - `sector0-bench peek`: look at the chip's memory without touching anything. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct bench_option options[] = {
    { "-o", "FILE", "the bytes as they are, into a file" },
    { 0 },
};

enum { LINE_BYTES = 16, PIECE_BYTES = 256 << 10 };

static void print_lines(FILE *f, uint32_t addr, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len; at += LINE_BYTES) {
        const size_t count = len - at < LINE_BYTES ? len - at : LINE_BYTES;

        fprintf(f, "%08" PRIx32 " ", addr + (uint32_t)at);
        for (size_t i = 0; i < LINE_BYTES; i++)
            if (i < count)
                fprintf(f, " %02x", bytes[at + i]);
            else
                fputs("   ", f);
        fputs("  ", f);
        for (size_t i = 0; i < count; i++)
            fputc(bytes[at + i] < ' ' || bytes[at + i] > '~' ? '.' : bytes[at + i], f);
        fputc('\n', f);
    }
}

static bool put_bytes(struct bench *b, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e)
{
    const char *name = bench_option(b, "-o");
    FILE *f;
    bool good;

    if (!name) {
        print_lines(b->out, addr, bytes, len);
        return true;
    }
    f = fopen(name, "wbe");
    good = f && fwrite(bytes, 1, len, f) == len;
    if (f && fclose(f) != 0)
        good = false;
    return good || err_set(e, ERR_IO, "cannot write '%s'", name);
}

static int run(struct bench *b, struct err *e)
{
    struct bench_link l;
    uint32_t addr, len;
    uint8_t *bytes;
    bool good = true;

    if (!bench_number(b->word[1], &addr, e) || !bench_number(b->word[2], &len, e))
        return BENCH_USAGE;
    bytes = malloc((size_t)len + 1);
    if (!bytes) {
        err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", len);
        return BENCH_FAILED;
    }
    if (!bench_open(b, &l, e)) {
        free(bytes);
        return bench_exit_of(e);
    }
    for (uint32_t at = 0, count; at < len && good; at += count) {
        count = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;
        good = client_peek(l.client, addr + at, bytes + at, count, e);
    }
    good = good && put_bytes(b, addr, bytes, len, e);
    free(bytes);
    return bench_close(&l, good, e);
}

const struct bench_command bench_cmd_peek = {
    .name = "peek",
    .args = "FILE ADDR LEN",
    .summary = "Look at the chip's memory and registers, without side effects",
    .options = options,
    .words_min = 3,
    .words_max = 3,
    .run = run,
};
