/* test_packing.c - runs made short and long again. */
#include "board/packing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Pack, check that it comes back, and return the packed length. */
static size_t round_trip(const uint8_t *bytes, size_t len)
{
    struct buffer packed = { 0 };
    uint8_t *back = malloc(len + 1);
    size_t packed_len;

    pack(&packed, bytes, len);
    assert_false(packed.failed);
    assert_true(unpack(back, len, packed.bytes, packed.len));
    assert_memory_equal(back, bytes, len);
    packed_len = packed.len;
    buffer_free(&packed);
    free(back);
    return packed_len;
}

static void a_blank_memory_takes_a_few_bytes(void **state)
{
    uint8_t *blank = malloc(256 << 10);

    memset(blank, 0xFF, 256 << 10);
    assert_int_equal(round_trip(blank, 256 << 10), 4); /* three for the number, one for the byte */
    free(blank);
}

static void everything_comes_back(void **state)
{
    uint8_t bytes[600];
    uint32_t seed = 1;

    for (unsigned turn = 0; turn < 500; turn++) {
        const size_t len = turn % 97 * 6;

        for (size_t i = 0; i < len;) { /* runs of 1 to 40 of few different bytes */
            size_t run;

            seed = seed * 1664525 + 1013904223;
            run = 1 + (seed >> 16) % 40;
            for (; run && i < len; run--)
                bytes[i++] = (uint8_t)(seed >> 30);
        }
        round_trip(bytes, len);
    }
}

static void what_does_not_repeat_costs_little_more(void **state)
{
    uint8_t bytes[5000];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    assert_int_equal(round_trip(bytes, sizeof bytes), sizeof bytes + 2);
}

static void broken_pieces_are_refused(void **state)
{
    static const struct {
        const char *why;
        uint8_t bytes[12];
        size_t len;
    } bad[] = {
        { "too short a result", { 3 << 1 | 1, 0xFF }, 2 },
        { "too long a result", { 9 << 1 | 1, 0xFF }, 2 },
        { "run without its byte", { 8 << 1 | 1 }, 1 },
        { "fewer bytes than announced", { 8 << 1, 1, 2, 3 }, 4 },
        { "an empty piece", { 0, 8 << 1 | 1, 0xFF }, 3 },
        { "a number that never ends", { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 }, 10 },
        { "a huge run", { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0 }, 8 },
        { "nothing", { 0 }, 0 },
    };
    uint8_t out[8];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (unpack(out, sizeof out, bad[i].bytes, bad[i].len))
            fail_msg("accepted: %s", bad[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blank_memory_takes_a_few_bytes),
        cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(what_does_not_repeat_costs_little_more),
        cmocka_unit_test(broken_pieces_are_refused),
    };

    return cmocka_run_group_tests_name("packing", tests, NULL, NULL);
}
