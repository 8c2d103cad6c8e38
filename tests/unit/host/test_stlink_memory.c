/* test_stlink_memory.c - the ST-LINK driver against scripted conversations: statuses, memory, registers, batches, and the trace of it. */
#include "stlink_rig.h"

#include <stdio.h>
#include <string.h>

#define ABORT "> f2 46 ff ff 00 00 1e\n< 80 00\n"

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
        cmocka_unit_test(every_status_has_its_kind_and_its_name),
        cmocka_unit_test(wait_is_repeated_until_the_target_is_ready),
        cmocka_unit_test(wait_for_ever_ends_in_time),
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
