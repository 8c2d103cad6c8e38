/* test_buspirate.c - the Bus Pirate's modes, byte by byte, against two wires that are written down. */
#include "wire/buspirate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct wires {
    uint8_t cycles[3 * WIRE_CYCLES_MAX];
    size_t count;
    uint32_t hz;
    uint64_t levels; /* what is read, first bit in bit 0; then ones */
    bool broken;
};

static bool clock_wires(void *ctx, uint32_t hz, const uint8_t *cycles, uint8_t *levels, size_t count, struct err *e)
{
    struct wires *w = ctx;

    if (w->broken)
        return err_set(e, ERR_IO, "broken");
    assert_in_range(count, 1, WIRE_CYCLES_MAX);
    assert_in_range(w->count + count, 0, sizeof w->cycles);
    memcpy(w->cycles + w->count, cycles, count);
    w->hz = hz;
    for (size_t i = 0; i < count; i++)
        levels[i] = w->count + i >= 64 || (w->levels >> (w->count + i) & 1);
    w->count += count;
    return true;
}

static struct wires wires;
static struct wire_port port = { &wires, clock_wires };
static struct buspirate pirate;
static struct buffer out;

static int fresh(void **state)
{
    wires = (struct wires){ 0 };
    buspirate_init(&pirate, &port);
    return 0;
}

static int tidy(void **state)
{
    buffer_free(&out);
    return 0;
}

static void feed(const void *bytes, size_t len)
{
    struct err e = { 0 };

    out.len = 0;
    assert_true(buspirate_feed(&pirate, bytes, len, &out, &e));
}

static void says(const void *bytes, size_t len)
{
    assert_int_equal(out.len, len);
    if (len > 0)
        assert_memory_equal(out.bytes, bytes, len);
}

static void enter_raw_wire(void)
{
    static const uint8_t zeros[20], raw[] = { 0x05 }, setting[] = { 0x82 | 0x08, 0x63 };

    feed(zeros, sizeof zeros);
    says("BBIO1", 5);
    feed(raw, 1);
    says("RAW1", 4);
    feed(setting, 2);
    says("\1\1", 2);
}

static void twenty_zeros_and_a_five_lead_to_raw_wire_mode(void **state)
{
    static const uint8_t zeros[19];

    feed(zeros, 19);
    says("", 0);
    feed("x", 1); /* not in a row */
    feed(zeros, 19);
    says("", 0);
    feed("x", 1);
    enter_raw_wire();
    assert_int_equal(wires.count, 0);
}

static void bytes_are_written_lowest_bit_first(void **state)
{
    static const uint8_t write[] = { 0x11, 0xA5, 0x0F };
    unsigned value = 0;

    enter_raw_wire();
    feed(write, sizeof write);
    says("\1\1\1", 3);
    assert_int_equal(wires.count, 16);
    assert_int_equal(wires.hz, 400000);
    for (unsigned i = 0; i < 16; i++) {
        assert_true(wires.cycles[i] & CYCLE_DRIVEN);
        value |= (unsigned)(wires.cycles[i] & CYCLE_LEVEL) << i;
    }
    assert_int_equal(value, 0x0FA5);
}

static void bits_and_bytes_are_read_with_the_line_let_go(void **state)
{
    static const uint8_t read[] = { 0x07, 0x07, 0x07, 0x06 };

    enter_raw_wire();
    wires.levels = 0x5 | 0xC3 << 3;
    feed(read, sizeof read);
    says("\1\0\1\xC3", 4);
    for (unsigned i = 0; i < 11; i++)
        assert_false(wires.cycles[i] & CYCLE_DRIVEN);
}

static void ticks_keep_the_line_as_it_is(void **state)
{
    static const uint8_t ticks[] = { 0x0D, 0x21, 0x07, 0x22 };

    enter_raw_wire();
    feed(ticks, sizeof ticks);
    says("\1\1\0\1", 4);
    assert_int_equal(wires.count, 2 + 1 + 3);
    assert_int_equal(wires.cycles[1], CYCLE_DRIVEN | CYCLE_LEVEL);
    assert_int_equal(wires.cycles[5] & CYCLE_DRIVEN, 0);
}

static void a_single_bit_can_be_written(void **state)
{
    static const uint8_t bits[] = { 0x32, 0x05 };

    enter_raw_wire();
    feed(bits, sizeof bits);
    says("\1\1", 2);
    assert_int_equal(wires.count, 3);
    assert_memory_equal(wires.cycles, "\3\2\3", 3);
}

static void it_leaves_raw_wire_mode_and_resets(void **state)
{
    static const uint8_t leave[] = { 0x00, 0x0F };

    enter_raw_wire();
    feed(leave, sizeof leave);
    says("BBIO1\1", 6);
    feed("\x07", 1); /* in terminal mode: no command */
    says("", 0);
    enter_raw_wire();
}

static void more_than_fits_at_once_is_carried_out_in_pieces(void **state)
{
    static uint8_t reads[2 * WIRE_CYCLES_MAX / 8 + 40];

    enter_raw_wire();
    wires.count = 64; /* beyond what is prepared: ones */
    memset(reads, 0x06, sizeof reads);
    feed(reads, sizeof reads);
    assert_int_equal(out.len, sizeof reads);
    for (size_t i = 0; i < out.len; i++)
        assert_int_equal(out.bytes[i], 0xFF);
    assert_int_equal(wires.count, 64 + 8 * sizeof reads);
}

static void what_it_does_not_know_is_answered_with_zero(void **state)
{
    static const uint8_t unknown[] = { 0x0E, 0x70, 0xF0 };

    enter_raw_wire();
    feed(unknown, sizeof unknown);
    says("\0\0\0", 3);
}

static void a_broken_port_is_told(void **state)
{
    struct err e = { 0 };

    enter_raw_wire();
    wires.broken = true;
    assert_false(buspirate_feed(&pirate, (const uint8_t *)"\x06", 1, &out, &e));
    assert_int_equal(e.kind, ERR_IO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, tidy)
    const struct CMUnitTest tests[] = {
        TEST(twenty_zeros_and_a_five_lead_to_raw_wire_mode),
        TEST(bytes_are_written_lowest_bit_first),
        TEST(bits_and_bytes_are_read_with_the_line_let_go),
        TEST(ticks_keep_the_line_as_it_is),
        TEST(a_single_bit_can_be_written),
        TEST(it_leaves_raw_wire_mode_and_resets),
        TEST(more_than_fits_at_once_is_carried_out_in_pieces),
        TEST(what_it_does_not_know_is_answered_with_zero),
        TEST(a_broken_port_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
