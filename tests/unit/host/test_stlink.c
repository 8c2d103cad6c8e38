/* test_stlink.c - the ST-LINK driver against scripted conversations: opened, connected, and out of step with the probe. */
#include "stlink_rig.h"

#include <stdio.h>
#include <string.h>

/* ---- opening --------------------------------------------------------------------------------------------------------------------- */

static void opening_asks_for_version_and_mode_and_nothing_else(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, OPEN, &e);

    assert_non_null(p);
    assert_string_equal(p->ops->version(p), "V2J46M32");
    assert_string_equal(p->ops->name, "ST-LINK/V2-1");
    finish(&f, p);
}

static void a_v2_dongle_has_its_own_endpoint_and_version_letters(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p;

    fake_usb_init(&f, 0x3748, "> f1\n< 29 47 83 04 48 37\n> f5\n< 01 00\n");
    p = probe_kind_of(&f.base.id)->open(&f.base, &e);
    assert_non_null(p);
    assert_string_equal(p->ops->version(p), "V2J37S7");
    assert_string_equal(p->ops->name, "ST-LINK/V2");
    finish(&f, p);
}

static void whatever_mode_was_left_is_left(void **state)
{
    static const struct {
        const char *mode, *leave;
    } modes[] = { { "00 01", "f3 07" }, { "02 00", "f2 21" }, { "03 00", "f4 01" } };

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char script[300];
        struct fake_usb f;
        struct err e = { 0 };
        struct probe *p;

        snprintf(script, sizeof script, "> f1\n< 2b a0 83 04 4b 37\n> f5\n< %s\n> %s\n> f5\n< 01 00\n", modes[i].mode, modes[i].leave);
        p = open_with(&f, script, &e);
        assert_non_null(p);
        finish(&f, p);
    }
}

static void a_probe_that_keeps_its_mode_is_given_up(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };

    assert_null(open_with(&f, "> f1\n< 2b a0 83 04 4b 37\n> f5\n< 02 00\n> f2 21\n> f5\n< 02 00\n> f2 21\n> f5\n< 02 00\n> f2 21\n", &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
    assert_string_equal(e.seen[0], "mode 2");
    assert_true(f.closed);
    fake_usb_done(&f);
}

static void a_probe_in_its_bootloader_is_told(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };

    assert_null(open_with(&f, "> f1\n< 2b a0 83 04 4b 37\n> f5\n< 04 00\n", &e));
    assert_string_equal(e.cause, "the probe is in its own bootloader");
    assert_true(f.closed);
}

static void firmware_that_is_too_old_is_refused_with_advice(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };

    assert_null(open_with(&f, "> f1\n< 24 47 83 04 4b 37\n", &e)); /* V2J17S7 with a V2-1's product id: reads as STM8-only */
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_string_equal(e.cause, "the probe's firmware V2M17S7 is too old: V2J26 or newer is needed");
    assert_true(strstr(e.hint, "STLinkUpgrade") != NULL);
    assert_true(f.closed);

    assert_null(open_with(&f, "> f1\n< 26 40 83 04 4b 37\n", &e)); /* V2J25M0 */
    assert_string_equal(e.cause, "the probe's firmware V2J25M0 is too old: V2J26 or newer is needed");
}

static void a_version_of_another_generation_makes_no_sense(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };

    assert_null(open_with(&f, "> f1\n< 0b a0 83 04 4b 37\n", &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_string_equal(e.seen[0], "version V0J46M32, VID:PID 0483:374B");
}

/* V0J8, 0000:0000 (rust-embedded/book#380): what is left when nothing but the answer can come, right after a reset. */
static void a_version_without_our_ids_is_believed_after_a_reset_only(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };

    assert_null(open_with(&f, "> f1\n< 02 00 00 00 00 00\n< timeout\nreset\n> f1\n< 02 00 00 00 00 00\n", &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_string_equal(e.seen[0], "version V0J8M0, VID:PID 0000:0000");
}

static void replies_for_a_program_before_us_are_skipped(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    /* the rest of a memory read, a status, and a long read that ends in the same transfer as the version */
    struct probe *p = open_with(&f,
                                "> f1\n< 11*20\n< 80 00\n< 55*64 2b a0 83 04 4b 37\n"
                                "> f5\n< 01 00\n",
                                &e);

    assert_non_null(p);
    assert_string_equal(p->ops->version(p), "V2J46M32");
    finish(&f, p);
}

static void a_probe_that_is_silent_at_first_is_reset_once(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, "> f1\n< timeout\nreset\n" OPEN, &e);

    assert_non_null(p);
    finish(&f, p);

    assert_null(open_with(&f, "> f1\n< timeout\nreset\n> f1\n< timeout\n", &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_string_equal(e.doing[0], "getting in step with the probe again");
    assert_string_equal(e.doing[1], "opening the ST-LINK/V2-1 066DFF535550755187191037 at 1-4");
    assert_true(f.closed);
    assert_in_range(f.now_us, 1, 10 * 1000 * 1000);
}

static void a_babbling_probe_is_given_up(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    char script[2000] = "> f1\n";

    for (int i = 0; i < 16; i++)
        strcat(script, "< 00*64\n");
    strcat(script, "reset stall\n");
    assert_null(open_with(&f, script, &e));
    assert_string_equal(e.cause, "the probe does not tell its version");
}

static void probes_we_do_not_drive_are_refused_by_name(void **state)
{
    static const uint16_t pids[] = { 0x3744, 0x374D, 0x374E, 0x374F, 0x3753, 0x3754, 0x3755, 0x3757 };
    struct usb_id id = { .vid = 0x0483 };

    for (size_t i = 0; i < sizeof pids / sizeof *pids; i++) {
        id.pid = pids[i];
        assert_null(probe_kind_of(&id));
        assert_true(strstr(probe_refusal(&id), i == 0 ? "V1" : "V3") != NULL);
    }
    id.pid = 0xDF11; /* a target in DFU mode is no probe */
    assert_null(probe_kind_of(&id));
    assert_null(probe_refusal(&id));
    id = (struct usb_id){ .vid = 0x1234, .pid = 0x374B };
    assert_null(probe_kind_of(&id));
    id.pid = 0x374E;
    assert_null(probe_refusal(&id));
}

/* ---- connecting, speed, NRST, voltage ---------------------------------------------------------------------------------------------- */

static void speed_is_the_largest_not_above(void **state)
{
    static const struct {
        unsigned ask, khz, divisor;
    } rows[] = { { 24000, 4000, 0 }, { 4000, 4000, 0 }, { 3999, 1800, 1 }, { 1000, 950, 3 },
                 { 480, 480, 7 },    { 100, 100, 40 },  { 5, 5, 798 } };
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, OPEN, &e);
    unsigned actual;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[100];

        snprintf(script, sizeof script, "> f2 43 %02x %02x\n< 80 00\n", rows[i].divisor & 0xFF, rows[i].divisor >> 8);
        fake_usb_continue(&f, script);
        assert_true(p->ops->set_speed(p, rows[i].ask, &actual, &e));
        assert_int_equal(actual, rows[i].khz);
        assert_int_equal(p->speed_khz, rows[i].khz);
    }
    assert_false(p->ops->set_speed(p, 4, NULL, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    finish(&f, p);
}

static void connecting_sets_speed_enters_swd_and_opens_port_0(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, OPEN "> f2 43 00 00\n< 80 00\n", &e);

    assert_true(p->ops->set_speed(p, 4000, NULL, &e));
    fake_usb_continue(&f, "> f2 30 a3\n< 80 00\n> f5\n< 02 00\n> f2 4b 00\n< 80 00\n");
    assert_true(p->ops->connect(p, &e));
    /* once more: what the probe was told before is not taken for granted */
    fake_usb_continue(&f, "> f5\n< 02 00\n> f2 21\n> f5\n< 01 00\n> f2 43 00 00\n< 80 00\n"
                          "> f2 30 a3\n< 80 00\n> f5\n< 02 00\n> f2 4b 00\n< 80 00\n");
    assert_true(p->ops->connect(p, &e));
    finish(&f, p);
}

static void a_silent_chip_is_told_by_the_status(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, OPEN "> f5\n< 01 00\n> f2 30 a3\n< 09 00\n", &e);

    assert_false(p->ops->connect(p, &e));
    assert_int_equal(e.kind, ERR_NODEV);
    assert_string_equal(e.cause, "no chip answers on SWD");
    assert_string_equal(e.seen[0], "ST-LINK status 0x09 (get IDCODE error)");
    assert_true(strstr(e.hint, "--connect under-reset") != NULL);
    finish(&f, p);
}

static void a_probe_that_says_it_entered_but_did_not_is_caught(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, OPEN "> f5\n< 01 00\n> f2 30 a3\n< 80 00\n> f5\n< 01 00\n", &e);

    assert_false(p->ops->connect(p, &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
    finish(&f, p);
}

static void nrst_that_we_hold_is_released_on_the_way_out(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, OPEN "> f2 3c 00\n< 80 00\n", &e);

    assert_true(p->ops->nrst(p, true, &e));
    fake_usb_continue(&f, "> f2 3c 01\n< 80 00\n> f2 21\n");
    p->ops->close(p);
    fake_usb_done(&f);
}

static void voltage_is_computed_from_the_reference(void **state)
{
    static const struct {
        const char *reply;
        bool ok;
        unsigned mv;
    } rows[] = {
        { "e8 05 00 00 10 08 00 00", true, 3276 }, /* 1512, 2064 */
        { "00 00 00 00 10 08 00 00", true, 0 },    /* no reference: nothing measured, and no division by zero */
        { "e8 05 00 00 00 00 00 00", true, 0 },
        { "01 00 00 00 ff ff ff ff", false, 0 }, /* a lie */
    };
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, OPEN, &e);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[100];
        unsigned mv = 12345;

        snprintf(script, sizeof script, "> f7\n< %s\n", rows[i].reply);
        fake_usb_continue(&f, script);
        assert_int_equal(p->ops->voltage(p, &mv, &e), rows[i].ok);
        if (rows[i].ok)
            assert_int_equal(mv, rows[i].mv);
        else
            assert_int_equal(e.kind, ERR_PROTOCOL);
    }
    finish(&f, p);
}

/* ---- out of step ------------------------------------------------------------------------------------------------------------------ */

#define IN_STEP "> f1\n< 2b a0 83 04 4b 37\n"

static void a_short_reply_is_refused_and_the_next_command_is_in_step(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 36 00 00 00 20\n< 80 00 00 00\n");
    uint8_t word[4];

    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
    assert_string_equal(e.cause, "the probe answered 4 bytes instead of 8");
    fake_usb_continue(&f, IN_STEP "> f2 36 00 00 00 20\n< 80 00 00 00 2a 00 00 00\n");
    assert_true(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(word[0], 42);
    finish(&f, p);
}

static void a_reply_that_is_too_long_is_refused(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 36 00 00 00 20\n< 80 00 00 00 00 00 00 00 00\n");
    uint8_t word[4];

    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_string_equal(e.cause, "the probe answered 9 bytes instead of 8");
    fake_usb_continue(&f, IN_STEP "> f2 36 00 00 00 20\n< 77*65\n"); /* does not even fit what was asked for */
    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
    fake_usb_continue(&f, IN_STEP CLOSE);
    p->ops->close(p);
    fake_usb_done(&f);
}

static void a_late_reply_is_never_taken_for_the_next_commands(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 36 00 00 00 20\n< timeout\n");
    uint8_t word[4] = { 0 };

    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    /* the same length as the reply that is wanted now */
    fake_usb_continue(&f, "> f1\n< 80 00 00 00 de ad be ef\n< 2b a0 83 04 4b 37\n> f2 36 04 00 00 20\n< 80 00 00 00 01 02 03 04\n");
    assert_true(p->ops->read_mem(p, 0x20000004, 4, word, 4, &e));
    assert_memory_equal(word, "\1\2\3\4", 4);
    finish(&f, p);
}

static void a_probe_that_had_to_be_reset_is_connected_again(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 36 00 00 00 20\n< timeout\n");
    uint8_t word[4];

    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    fake_usb_continue(&f, "> f1\n< timeout\nreset\n" IN_STEP CONNECT "> f2 36 00 00 00 20\n< 80 00 00 00 05 00 00 00\n");
    assert_true(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(word[0], 5);
    finish(&f, p);
}

/* A command that stalls, going out or coming back: one more transfer, and no reset. */
static void a_stalled_endpoint_is_cleared_and_the_next_command_is_in_step(void **state)
{
    static const char *const stalls[] = { "> f2 36 00 00 00 20 stall\nclear 01\n", "> f2 36 00 00 00 20\n< stall\nclear 81\n" };

    for (int i = 0; i < 2; i++) {
        struct fake_usb f;
        struct err e = { 0 };
        struct probe *p = connected_with(&f, stalls[i]);
        uint8_t word[4];

        assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
        assert_int_equal(e.kind, ERR_IO);
        assert_string_equal(e.cause, "the USB device refused the transfer (stall)");
        fake_usb_continue(&f, IN_STEP "> f2 36 00 00 00 20\n< 80 00 00 00 2a 00 00 00\n");
        assert_true(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
        assert_int_equal(word[0], 42);
        finish(&f, p);
    }
}

/* Two questions would get two answers, and the second would be the next command's. */
static void a_question_that_stalls_is_put_once_more_and_its_answer_only_waited_for(void **state)
{
    static const struct {
        const char *step;
        bool reset;
    } ways[] = { { "> f1 stall\nclear 01\n> f1\n< 2b a0 83 04 4b 37\n", false },
                 { "> f1\n< stall\nclear 81\n< 2b a0 83 04 4b 37\n", false },
                 { "> f1\n< stall\nclear 81\n< timeout\n", true },
                 { "> f1 stall\nclear 01\n> f1 stall\nclear 01\n", true },
                 { "> f1\n< stall\nclear 81\n< stall\nclear 81\n", true } };

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct fake_usb f;
        struct err e = { 0 };
        struct probe *p = connected_with(&f, "> f2 36 00 00 00 20\n< 80\n");
        char script[400];
        uint8_t word[4];

        assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
        snprintf(script, sizeof script, "%s%s> f2 36 00 00 00 20\n< 80 00 00 00 07 00 00 00\n", ways[i].step,
                 ways[i].reset ? "reset\n" IN_STEP CONNECT : "");
        fake_usb_continue(&f, script);
        assert_true(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
        assert_int_equal(word[0], 7);
        finish(&f, p);
    }
}

/* It may still wait for bytes, and would write the question to the target. */
static void a_probe_that_was_stopped_in_a_commands_data_is_reset_and_not_asked(void **state)
{
    static const char *const stops[] = { "> f2 08 00 00 00 20 08 00\n>> 01*8 stall\nclear 01\n",
                                         "> f2 08 00 00 00 20 08 00\n>> 01*8 timeout\n", "> f2 08 00 00 00 20 08 00 timeout\n" };

    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct fake_usb f;
        struct err e = { 0 };
        struct probe *p = connected_with(&f, stops[i]);
        uint8_t word[4];

        assert_false(p->ops->write_mem(p, 0x20000000, 4, (const uint8_t *)"\1\1\1\1\1\1\1\1", 8, &e));
        fake_usb_continue(&f, "reset\n" IN_STEP CONNECT "> f2 36 00 00 00 20\n< 80 00 00 00 05 00 00 00\n");
        assert_true(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
        finish(&f, p);
    }
}

static void patience_is_longer_where_the_wires_are_slow(void **state)
{
    static const struct {
        unsigned khz;
        const char *speed, *read;
        uint64_t least_ms, most_ms;
    } at[] = { { 4000, "> f2 43 00 00\n< 80 00\n", "> f2 07 00 00 00 08 c8 00\n< timeout\n", 600, 650 },
               { 5, "> f2 43 1e 03\n< 80 00\n", "> f2 07 00 00 00 08 c8 00\n< timeout\n", 3000, 5200 } };

    for (int i = 0; i < 2; i++) {
        struct fake_usb f;
        struct err e = { 0 };
        struct probe *p = connected_with(&f, at[i].speed);
        uint8_t data[200];
        uint64_t began;

        assert_true(p->ops->set_speed(p, at[i].khz, NULL, &e));
        fake_usb_continue(&f, at[i].read);
        began = f.now_us;
        assert_false(p->ops->read_mem(p, 0x08000000, 4, data, sizeof data, &e));
        assert_in_range(f.now_us - began, at[i].least_ms * 1000, at[i].most_ms * 1000);
        fake_usb_continue(&f, IN_STEP CLOSE);
        p->ops->close(p);
        fake_usb_done(&f);
    }
}

static void a_dead_probe_is_given_up_in_time_and_closed(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 36 00 00 00 20\n< timeout\n");
    uint8_t word[4];

    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    fake_usb_continue(&f, "> f1\n< timeout\nreset\n> f1\n< timeout\n");
    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_string_equal(e.hint, "unplug the probe and plug it in again");
    fake_usb_continue(&f, "> f1\n< timeout\nreset stall\n");
    p->ops->close(p);
    fake_usb_done(&f);
    assert_true(f.closed);
    assert_in_range(f.now_us, 0, 20 * 1000 * 1000);
}

static void a_pulled_cable_is_no_time_out(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 36 00 00 00 20\n< gone\n");
    uint8_t word[4];

    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_NODEV);
    assert_string_equal(e.cause, "the USB device was unplugged");
    fake_usb_continue(&f, "> f1 gone\n");
    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_NODEV);
    fake_usb_continue(&f, "> f1 gone\n");
    p->ops->close(p);
    assert_true(f.closed);
}

static void a_wish_to_stop_is_heard_between_commands_once(void **state)
{
    volatile sig_atomic_t stop = 0;
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "");
    uint8_t word[4];

    f.base.stop = &stop;
    stop = 1;
    assert_false(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_int_equal(stop, 0);
    fake_usb_continue(&f, "> f2 36 00 00 00 20\n< 80 00 00 00 05 00 00 00\n"); /* putting things in order works */
    assert_true(p->ops->read_mem(p, 0x20000000, 4, word, 4, &e));
    stop = 1;
    finish(&f, p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_asks_for_version_and_mode_and_nothing_else),
        cmocka_unit_test(a_v2_dongle_has_its_own_endpoint_and_version_letters),
        cmocka_unit_test(whatever_mode_was_left_is_left),
        cmocka_unit_test(a_probe_that_keeps_its_mode_is_given_up),
        cmocka_unit_test(a_probe_in_its_bootloader_is_told),
        cmocka_unit_test(firmware_that_is_too_old_is_refused_with_advice),
        cmocka_unit_test(a_version_of_another_generation_makes_no_sense),
        cmocka_unit_test(a_version_without_our_ids_is_believed_after_a_reset_only),
        cmocka_unit_test(replies_for_a_program_before_us_are_skipped),
        cmocka_unit_test(a_probe_that_is_silent_at_first_is_reset_once),
        cmocka_unit_test(a_babbling_probe_is_given_up),
        cmocka_unit_test(probes_we_do_not_drive_are_refused_by_name),
        cmocka_unit_test(speed_is_the_largest_not_above),
        cmocka_unit_test(connecting_sets_speed_enters_swd_and_opens_port_0),
        cmocka_unit_test(a_silent_chip_is_told_by_the_status),
        cmocka_unit_test(a_probe_that_says_it_entered_but_did_not_is_caught),
        cmocka_unit_test(nrst_that_we_hold_is_released_on_the_way_out),
        cmocka_unit_test(voltage_is_computed_from_the_reference),
        cmocka_unit_test(a_short_reply_is_refused_and_the_next_command_is_in_step),
        cmocka_unit_test(a_reply_that_is_too_long_is_refused),
        cmocka_unit_test(a_late_reply_is_never_taken_for_the_next_commands),
        cmocka_unit_test(a_probe_that_had_to_be_reset_is_connected_again),
        cmocka_unit_test(a_stalled_endpoint_is_cleared_and_the_next_command_is_in_step),
        cmocka_unit_test(a_question_that_stalls_is_put_once_more_and_its_answer_only_waited_for),
        cmocka_unit_test(a_probe_that_was_stopped_in_a_commands_data_is_reset_and_not_asked),
        cmocka_unit_test(patience_is_longer_where_the_wires_are_slow),
        cmocka_unit_test(a_dead_probe_is_given_up_in_time_and_closed),
        cmocka_unit_test(a_pulled_cable_is_no_time_out),
        cmocka_unit_test(a_wish_to_stop_is_heard_between_commands_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
