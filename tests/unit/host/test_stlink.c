/* test_stlink.c - the ST-LINK driver against scripted conversations: what goes out byte by byte, and what every strange answer leads to. */
#include "fake_usb.h"
#include "probe/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* V2J46M32 on a Nucleo, as in the founding case. */
#define OPEN                \
    "> f1\n"                \
    "< 2b a0 83 04 4b 37\n" \
    "> f5\n"                \
    "< 01 00\n"
#define CONNECT             \
    "> f5\n< 01 00\n"       \
    "> f2 30 a3\n< 80 00\n" \
    "> f5\n< 02 00\n"       \
    "> f2 4b 00\n< 80 00\n"
#define CLOSE "> f2 21\n"
#define ABORT "> f2 46 ff ff 00 00 1e\n< 80 00\n"

static struct probe *open_with(struct fake_usb *f, const char *script, struct err *e)
{
    fake_usb_init(f, 0x374B, script);
    return probe_kind_of(&f->base.id)->open(&f->base, e);
}

/* Opened and connected; then `script`. */
static struct probe *connected_with(struct fake_usb *f, const char *script)
{
    struct err e = { 0 };
    struct probe *p = open_with(f, OPEN CONNECT, &e);

    assert_non_null(p);
    assert_true(p->ops->connect(p, &e));
    fake_usb_continue(f, script);
    return p;
}

static void finish(struct fake_usb *f, struct probe *p)
{
    fake_usb_continue(f, CLOSE);
    p->ops->close(p);
    fake_usb_done(f);
    assert_true(f->closed);
}

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

/* ---- status ---------------------------------------------------------------------------------------------------------------------- */

static void every_status_has_its_kind_and_its_name(void **state)
{
    static const struct {
        uint8_t status;
        enum err_kind kind;
        const char *name;
    } rows[] = {
        { 0x80, ERR_NONE, "" },
        { 0x0D, ERR_NONE, "" }, /* write verify error is success for every client */
        { 0x01, ERR_IO, "unknown error" },
        { 0x02, ERR_IO, "SPI error" },
        { 0x03, ERR_IO, "DMA error" },
        { 0x04, ERR_NODEV, "unknown JTAG chain" },
        { 0x05, ERR_NODEV, "no device connected" },
        { 0x06, ERR_IO, "internal error" },
        { 0x07, ERR_TIMEOUT, "command wait" },
        { 0x08, ERR_PROTOCOL, "command error" },
        { 0x09, ERR_NODEV, "get IDCODE error" },
        { 0x0A, ERR_FAULT, "alignment error" },
        { 0x0B, ERR_NODEV, "debug power error" },
        { 0x0C, ERR_FAULT, "write error" },
        { 0x0E, ERR_NODEV, "already opened" },
        { 0x11, ERR_FAULT, "SWD_AP_FAULT" },
        { 0x12, ERR_NODEV, "SWD_AP_ERROR" },
        { 0x13, ERR_IO, "SWD_AP_PARITY_ERROR" },
        { 0x15, ERR_FAULT, "SWD_DP_FAULT" },
        { 0x16, ERR_NODEV, "SWD_DP_ERROR" },
        { 0x17, ERR_IO, "SWD_DP_PARITY_ERROR" },
        { 0x18, ERR_IO, "SWD_AP_WDATA_ERROR" },
        { 0x19, ERR_FAULT, "SWD_AP_STICKY_ERROR" },
        { 0x1A, ERR_IO, "SWD_AP_STICKYORUN_ERROR" },
        { 0x1D, ERR_UNSUPPORTED, "BAD_AP" },
        { 0x20, ERR_UNSUPPORTED, "SWV not available" },
        { 0x29, ERR_UNSUPPORTED, "too many APs" },
        { 0x41, ERR_UNSUPPORTED, "frequency not supported" },
        { 0x42, ERR_UNSUPPORTED, "unknown command" },
        { 0x81, ERR_FAULT, "fault" },
        { 0x00, ERR_PROTOCOL, NULL }, /* no such status */
        { 0x77, ERR_PROTOCOL, NULL },
        { 0xFF, ERR_PROTOCOL, NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool ok = rows[i].kind == ERR_NONE;
        char script[200], seen[80];
        struct fake_usb f;
        struct err e = { 0 };
        struct probe *p = connected_with(&f, "");
        uint8_t word[4];

        snprintf(script, sizeof script, "> f2 36 f0 ed 00 e0\n< %02x 00 00 00 78 56 34 12\n%s", rows[i].status, ok ? "" : ABORT);
        fake_usb_continue(&f, script);
        assert_int_equal(p->ops->read_mem(p, 0xE000EDF0, 4, word, 4, &e), ok);
        assert_int_equal(e.kind, rows[i].kind);
        if (ok)
            assert_memory_equal(word, "\x78\x56\x34\x12", 4);
        else if (rows[i].name)
            snprintf(seen, sizeof seen, "ST-LINK status 0x%02X (%s)", rows[i].status, rows[i].name);
        else
            snprintf(seen, sizeof seen, "ST-LINK status 0x%02X", rows[i].status);
        if (!ok) {
            assert_string_equal(e.seen[0], seen);
            assert_string_equal(e.seen[1], "address 0xE000EDF0");
            assert_string_equal(e.doing[0], "giving the probe the command READDEBUGREG 0xE000EDF0");
        }
        finish(&f, p);
    }
}

static void wait_is_repeated_until_the_target_is_ready(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 36 10 20 02 40\n< 10 00 00 00 00 00 00 00\n"
                                         "> f2 36 10 20 02 40\n< 14 00 00 00 00 00 00 00\n"
                                         "> f2 36 10 20 02 40\n< 80 00 00 00 01 00 00 00\n");
    uint8_t word[4];

    assert_true(p->ops->read_mem(p, 0x40022010, 4, word, 4, &e));
    assert_int_equal(word[0], 1);
    finish(&f, p);
}

static void wait_for_ever_ends_in_time(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p;
    uint8_t word[4];
    static char script[20000];
    uint64_t began;

    script[0] = '\0';
    for (int i = 0; i < 15; i++)
        strcat(script, "> f2 36 10 20 02 40\n< 10 00 00 00 00 00 00 00\n");
    strcat(script, ABORT);
    p = connected_with(&f, script);
    began = f.now_us;
    assert_false(p->ops->read_mem(p, 0x40022010, 4, word, 4, &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_string_equal(e.cause, "the target's bus stays busy");
    assert_in_range(f.now_us - began, 400 * 1000, 700 * 1000);
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

/* ---- memory ---------------------------------------------------------------------------------------------------------------------- */

#define FINE "> f2 3e\n< 80*1 00*11\n"

static void words_are_read_in_blocks_of_6144(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 07 00 00 00 08 00 18\n< 11*6144\n" FINE "> f2 07 00 18 00 08 08 00\n< 22*8\n" FINE);
    static uint8_t data[6152];

    assert_true(p->ops->read_mem(p, 0x08000000, 4, data, sizeof data, &e));
    assert_int_equal(data[0], 0x11);
    assert_int_equal(data[6143], 0x11);
    assert_int_equal(data[6144], 0x22);
    finish(&f, p);
}

static void bytes_go_64_at_a_time_and_one_comes_as_two(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 0c 01 00 00 20 40 00\n< 33*64\n" FINE "> f2 0c 41 00 00 20 01 00\n< 44 99\n" FINE);
    uint8_t data[65];

    assert_true(p->ops->read_mem(p, 0x20000001, 1, data, sizeof data, &e));
    assert_int_equal(data[63], 0x33);
    assert_int_equal(data[64], 0x44);
    fake_usb_continue(&f, "> f2 0d 01 00 00 20 03 00\n>> 01 02 03\n" FINE "> f2 47 02 00 00 20 02 00\n< 78 56\n" FINE
                          "> f2 48 02 00 00 20 02 00\n>> 78 56\n" FINE);
    assert_true(p->ops->write_mem(p, 0x20000001, 1, (const uint8_t *)"\1\2\3", 3, &e));
    assert_true(p->ops->read_mem(p, 0x20000002, 2, data, 2, &e));
    assert_true(p->ops->write_mem(p, 0x20000002, 2, data, 2, &e));
    finish(&f, p);
}

static void blocks_shrink_at_slow_clocks_so_that_replies_come_in_time(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 43 1e 03\n< 80 00\n");
    uint8_t data[208];

    assert_true(p->ops->set_speed(p, 5, NULL, &e));
    fake_usb_continue(&f, "> f2 07 00 00 00 08 c8 00\n< 11*200\n" FINE "> f2 07 c8 00 00 08 08 00\n< 22*8\n" FINE);
    assert_true(p->ops->read_mem(p, 0x08000000, 4, data, sizeof data, &e)); /* 50 words are half a second */
    finish(&f, p);
}

static void a_fault_tells_its_address_and_is_cleared(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 07 00 a0 00 20 10 00\n< 00*16\n> f2 3e\n< 11 00 00 00 08 a0 00 20 00 00 00 00\n" ABORT);
    uint8_t data[16];

    assert_false(p->ops->read_mem(p, 0x2000A000, 4, data, sizeof data, &e));
    assert_int_equal(e.kind, ERR_FAULT);
    assert_string_equal(e.seen[0], "ST-LINK status 0x11 (SWD_AP_FAULT)");
    assert_string_equal(e.seen[1], "address 0x2000A008");
    finish(&f, p);
}

static void a_write_that_met_wait_goes_on_where_it_stopped(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 08 00 00 00 08 10 00\n>> 01*4 02*4 03*4 04*4\n"
                                         "> f2 3e\n< 10 00 00 00 08 00 00 08 00 00 00 00\n" /* two words are in */
                                         "> f2 08 08 00 00 08 08 00\n>> 03*4 04*4\n"
                                         "> f2 3e\n< 10 00 00 00 08 00 00 08 00 00 00 00\n" /* nothing was */
                                         "> f2 08 08 00 00 08 08 00\n>> 03*4 04*4\n" FINE);
    static const uint8_t data[16] = { 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4 };

    assert_true(p->ops->write_mem(p, 0x08000000, 4, data, sizeof data, &e));
    finish(&f, p);
}

static void a_write_that_stopped_nobody_knows_where_is_not_repeated(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 08 00 00 00 08 08 00\n>> 01*8\n> f2 3e\n< 10 00 00 00 00 00 00 00 00 00 00 00\n" ABORT);
    static const uint8_t data[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };

    assert_false(p->ops->write_mem(p, 0x08000000, 4, data, sizeof data, &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    finish(&f, p);
}

static void one_word_goes_by_the_short_command(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 35 08 20 02 40 23 01 67 45\n< 80 00\n");

    assert_true(p->ops->write_mem(p, 0x40022008, 4, (const uint8_t *)"\x23\x01\x67\x45", 4, &e));
    finish(&f, p);
}

/* ---- registers ------------------------------------------------------------------------------------------------------------------- */

static void dp_and_ap_registers_are_addressed_by_port(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 45 ff ff 00 00\n< 80 00 00 00 77 24 a0 6b\n"
                                         "> f2 45 ff ff 24 00\n< 80 00 00 00 41 00 89 04\n"
                                         "> f2 45 00 00 fc 00\n< 80 00 00 00 01 00 77 84\n"
                                         "> f2 4b 01\n< 80 00\n> f2 45 01 00 fc 00\n< 80 00 00 00 02 00 77 54\n"
                                         "> f2 46 00 00 04 00 78 56 34 12\n< 80 00\n> f2 45 ff ff 0c 00\n< 80*8\n"
                                         "> f2 46 ff ff 00 00 1e\n< 80 00\n");
    uint32_t value;

    assert_true(p->ops->read_reg(p, PROBE_DP, 0x00, &value, &e));
    assert_int_equal(value, 0x6BA02477);
    assert_true(p->ops->read_reg(p, PROBE_DP, 0x24, &value, &e));
    assert_true(p->ops->read_reg(p, 0, 0xFC, &value, &e));
    assert_int_equal(value, 0x84770001);
    assert_true(p->ops->read_reg(p, 1, 0xFC, &value, &e));
    assert_true(p->ops->write_reg(p, 0, 0x04, 0x12345678, &e)); /* posted: RDBUFF tells how it went */
    assert_true(p->ops->write_reg(p, PROBE_DP, 0x00, 0x1E, &e));
    assert_false(p->ops->write_reg(p, PROBE_DP, 0x08, 0, &e)); /* SELECT is the firmware's */
    assert_int_equal(e.kind, ERR_BUG);
    finish(&f, p);
}

static void banked_registers_need_newer_firmware(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, "> f1\n< 27 9e 83 04 4b 37\n> f5\n< 01 00\n", &e); /* V2J30M30 */
    uint32_t value;

    assert_non_null(p);
    assert_false(p->ops->read_reg(p, PROBE_DP, 0x24, &value, &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_true(strstr(e.cause, "V2J30M30") != NULL);
    finish(&f, p);
}

/* ---- batches ---------------------------------------------------------------------------------------------------------------------- */

static void a_batch_is_one_rw_misc(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    /* the conversation of OpenOCD 0.12: access port, address, write, reads */
    struct probe *p = connected_with(&f, "> f2 51 05 00 00 00\n"
                                         ">> 05 01 02 03 03 00 00 00  00 00 00 00  f4 ed 00 e0  0f 00 00 00  f0 ed 00 e0  f8 ed 00 e0\n"
                                         "> f2 52\n"
                                         "< 00*12 03 00 03 00 04 01 00 08  80 00 00 00 80 00 00 00 80 00 00 00 80 00 00 00 80 00 00 00\n");
    struct probe_word words[] = { { 0xE000EDF4, 15, true }, { 0xE000EDF0, 0, false }, { 0xE000EDF8, 0, false } };
    size_t done = 99;

    assert_true(p->ops->batch(p, words, 3, &done, &e));
    assert_int_equal(done, 3);
    assert_int_equal(words[1].value, 0x00030003);
    assert_int_equal(words[2].value, 0x08000104);
    finish(&f, p);
}

static void two_words_go_one_by_one_and_none_goes_not_at_all(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 35 00 00 00 20 07\n< 80 00\n> f2 36 00 00 00 20\n< 80 00 00 00 07 00 00 00\n");
    struct probe_word words[] = { { 0x20000000, 7, true }, { 0x20000000, 0, false } };
    size_t done;

    assert_true(p->ops->batch(p, words, 2, &done, &e));
    assert_int_equal(words[1].value, 7);
    assert_true(p->ops->batch(p, words, 0, &done, &e));
    assert_int_equal(done, 0);
    finish(&f, p);
}

static void a_long_batch_is_cut_at_64_items(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p;
    struct probe_word words[66];
    static char script[8000];
    size_t done;

    strcpy(script, "> f2 51 40 00 00 00\n>> 05 03*63 00*4");
    for (unsigned i = 0; i < 63; i++)
        snprintf(script + strlen(script), 30, " %02x 00 00 20", 4 * i);
    strcat(script, "\n> f2 52\n< 00*256");
    for (unsigned i = 0; i < 64; i++)
        strcat(script, " 80 00 00 00");
    strcat(script, "\n> f2 51 04 00 00 00\n>> 05 03 03 03 00*4 fc 00 00 20 00 01 00 20 04 01 00 20\n> f2 52\n"
                   "< 00*4 0a 00 00 00 0b 00 00 00 0c 00 00 00 80 00 00 00 80 00 00 00 80 00 00 00 80 00 00 00\n");
    p = connected_with(&f, script);
    for (unsigned i = 0; i < 66; i++)
        words[i] = (struct probe_word){ 0x20000000 + 4 * i, 0xFFFFFFFF, false };
    assert_true(p->ops->batch(p, words, 66, &done, &e));
    assert_int_equal(done, 66);
    assert_int_equal(words[62].value, 0);
    assert_int_equal(words[65].value, 12);
    finish(&f, p);
}

static void a_batch_stops_at_the_first_failure_and_tells_which(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 51 04 00 00 00\n>> 05 03 03 03 00*4 00 00 00 20 00 00 00 30 04 00 00 20\n> f2 52\n"
                                         "< 00*4 07 00 00 00 00*8 80 00 00 00 80 00 00 00 11 00 00 00 19 00 00 00\n" ABORT);
    struct probe_word words[] = { { 0x20000000, 0, false }, { 0x30000000, 0, false }, { 0x20000004, 0, false } };
    size_t done;

    assert_false(p->ops->batch(p, words, 3, &done, &e));
    assert_int_equal(done, 1);
    assert_int_equal(words[0].value, 7);
    assert_int_equal(e.kind, ERR_FAULT);
    assert_string_equal(e.seen[1], "address 0x30000000");
    finish(&f, p);
}

static void a_batch_that_met_wait_goes_on_if_nothing_was_done_after(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p =
        connected_with(&f, "> f2 51 04 00 00 00\n>> 05 03 03 03 00*4 00 00 00 20 04 00 00 20 08 00 00 20\n> f2 52\n"
                           "< 00*4 07 00 00 00 00*8 80 00 00 00 80 00 00 00 10 00 00 00 10 00 00 00\n"
                           "> f2 36 04 00 00 20\n< 80 00 00 00 08 00 00 00\n> f2 36 08 00 00 20\n< 80 00 00 00 09 00 00 00\n");
    struct probe_word words[] = { { 0x20000000, 0, false }, { 0x20000004, 0, false }, { 0x20000008, 0, false } };
    size_t done;

    assert_true(p->ops->batch(p, words, 3, &done, &e));
    assert_int_equal(words[0].value, 7);
    assert_int_equal(words[2].value, 9);
    finish(&f, p);
}

static void a_batch_that_went_on_after_a_wait_is_not_repeated(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 51 04 00 00 00\n>> 05 03 03 03 00*4 00 00 00 20 04 00 00 20 08 00 00 20\n> f2 52\n"
                                         "< 00*16 80 00 00 00 80 00 00 00 10 00 00 00 80 00 00 00\n");
    struct probe_word words[] = { { 0x20000000, 0, false }, { 0x20000004, 0, false }, { 0x20000008, 0, false } };
    size_t done;

    assert_false(p->ops->batch(p, words, 3, &done, &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_int_equal(done, 1);
    finish(&f, p);
}

static void old_firmware_gets_words_one_by_one(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = open_with(&f, "> f1\n< 27 9e 83 04 4b 37\n> f5\n< 01 00\n", &e); /* V2J30M30 */
    struct probe_word words[] = { { 0x20000000, 0, false }, { 0x20000004, 0, false }, { 0x20000008, 0, false } };
    size_t done;

    fake_usb_continue(&f, "> f2 36 00 00 00 20\n< 80 00 00 00 01 00 00 00\n> f2 36 04 00 00 20\n< 80 00 00 00 02 00 00 00\n"
                          "> f2 36 08 00 00 20\n< 80 00 00 00 03 00 00 00\n");
    assert_true(p->ops->batch(p, words, 3, &done, &e));
    assert_int_equal(words[2].value, 3);
    finish(&f, p);
}

/* ---- trace ----------------------------------------------------------------------------------------------------------------------- */

static void collect(void *ctx, const char *line)
{
    strcat(ctx, line);
    strcat(ctx, "\n");
}

static void the_trace_shows_every_transfer_and_the_command_in_words(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    struct probe *p = connected_with(&f, "> f2 07 00 00 00 08 08 00\n< 11*8\n> f2 3e\n< 11 00 00 00 04 00 00 08 00 00 00 00\n" ABORT);
    char trace[4000] = "";
    uint8_t data[8];

    f.base.trace = collect;
    f.base.trace_ctx = trace;
    assert_false(p->ops->read_mem(p, 0x08000000, 4, data, 8, &e));
    assert_string_equal(trace, "probe READMEM_32BIT 0x08000000, 8 bytes\n"
                               "usb   bulk 01 out 16 f2 07 00 00 00 08 08 00 00 00 00 00 00 00 00 00\n"
                               "usb   bulk 81 in  8 11 11 11 11 11 11 11 11\n"
                               "probe GETLASTRWSTATUS2\n"
                               "usb   bulk 01 out 16 f2 3e 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
                               "usb   bulk 81 in  12 11 00 00 00 04 00 00 08 00 00 00 00\n"
                               "probe status 0x11 at 0x08000004\n"
                               "probe WRITE_DAP_REG port 0xFFFF register 0x00 = 0x0000001E\n"
                               "usb   bulk 01 out 16 f2 46 ff ff 00 00 1e 00 00 00 00 00 00 00 00 00\n"
                               "usb   bulk 81 in  2 80 00\n");
    f.base.trace = NULL;
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
        cmocka_unit_test(every_status_has_its_kind_and_its_name),
        cmocka_unit_test(wait_is_repeated_until_the_target_is_ready),
        cmocka_unit_test(wait_for_ever_ends_in_time),
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
        cmocka_unit_test(words_are_read_in_blocks_of_6144),
        cmocka_unit_test(bytes_go_64_at_a_time_and_one_comes_as_two),
        cmocka_unit_test(blocks_shrink_at_slow_clocks_so_that_replies_come_in_time),
        cmocka_unit_test(a_fault_tells_its_address_and_is_cleared),
        cmocka_unit_test(a_write_that_met_wait_goes_on_where_it_stopped),
        cmocka_unit_test(a_write_that_stopped_nobody_knows_where_is_not_repeated),
        cmocka_unit_test(one_word_goes_by_the_short_command),
        cmocka_unit_test(dp_and_ap_registers_are_addressed_by_port),
        cmocka_unit_test(banked_registers_need_newer_firmware),
        cmocka_unit_test(a_batch_is_one_rw_misc),
        cmocka_unit_test(two_words_go_one_by_one_and_none_goes_not_at_all),
        cmocka_unit_test(a_long_batch_is_cut_at_64_items),
        cmocka_unit_test(a_batch_stops_at_the_first_failure_and_tells_which),
        cmocka_unit_test(a_batch_that_met_wait_goes_on_if_nothing_was_done_after),
        cmocka_unit_test(a_batch_that_went_on_after_a_wait_is_not_repeated),
        cmocka_unit_test(old_firmware_gets_words_one_by_one),
        cmocka_unit_test(the_trace_shows_every_transfer_and_the_command_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
