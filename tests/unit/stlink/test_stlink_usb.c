/* test_stlink_usb.c - the probe as a USB device: descriptors, standard requests, framing of commands, bad input, cable and state. */
#include "fake_chip.h"

#define TEST(name) static void name(void **state)
#define END        free(b)

static uint8_t reply[512];

static enum usb_status control(struct bench *b, uint8_t type, uint8_t request, unsigned value, unsigned index, size_t *len)
{
    const uint8_t setup[8] = { type, request, LE16(value), LE16(index), LE16(*len) };

    memset(reply, 0xEE, sizeof reply);
    return usbhost_control(&b->host, setup, reply, len, PS_PER_S);
}

static size_t get_descriptor(struct bench *b, unsigned kind, unsigned index, size_t wanted)
{
    size_t len = wanted;

    assert_int_equal(control(b, 0x80, 6, kind << 8 | index, kind == 3 && index ? 0x0409 : 0, &len), USB_DONE);
    return len;
}

static enum usb_status no_data(struct bench *b, uint8_t type, uint8_t request, unsigned value, unsigned index)
{
    size_t none = 0;

    return control(b, type, request, value, index, &none);
}

static void expect_text(struct bench *b, unsigned index, const char *text)
{
    assert_int_equal(get_descriptor(b, 3, index, 255), 2 + 2 * strlen(text));
    assert_int_equal(reply[0], 2 + 2 * strlen(text));
    assert_int_equal(reply[1], 3);
    for (unsigned i = 0; text[i]; i++) {
        assert_int_equal(reply[2 + 2 * i], text[i]);
        assert_int_equal(reply[3 + 2 * i], 0);
    }
}

TEST(device_descriptor_is_a_nucleos)
{
    struct bench *b = bench_new(&bench_g071, 45);
    static const uint8_t expected[18] = { 18, 1, 0x00, 0x02, 0xEF, 0x02, 0x01, 64, 0x83, 0x04, 0x4B, 0x37, 0x00, 0x01, 1, 2, 3, 1 };

    assert_int_equal(get_descriptor(b, 1, 0, 18), 18);
    assert_memory_equal(reply, expected, 18);
    assert_int_equal(get_descriptor(b, 1, 0, 8), 8); /* as kernels ask first */
    assert_memory_equal(reply, expected, 8);
    assert_int_equal(get_descriptor(b, 1, 0, 255), 18);
    END;
}

TEST(configuration_has_the_debug_interface_with_three_endpoints)
{
    struct bench *b = bench_new(&bench_g071, 45);
    static const uint8_t endpoints[] = { 0x01, 0x81, 0x82 };

    assert_int_equal(get_descriptor(b, 2, 0, 9), 9);
    assert_int_equal(reply[2], 39);
    assert_int_equal(get_descriptor(b, 2, 0, 39), 39);
    assert_int_equal(reply[9 + 2], 0); /* interface 0 */
    assert_memory_equal(reply + 9 + 5, "\xFF\xFF\xFF", 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(reply[18 + 7 * i + 2], endpoints[i]);
        assert_int_equal(reply[18 + 7 * i + 3], 2); /* bulk */
        assert_int_equal(reply[18 + 7 * i + 4], 64);
    }
    END;
}

TEST(strings_name_the_probe)
{
    struct bench *b = bench_new(&bench_g071, 45);

    assert_int_equal(get_descriptor(b, 3, 0, 255), 4);
    assert_memory_equal(reply, "\x04\x03\x09\x04", 4);
    expect_text(b, 1, "STMicroelectronics");
    expect_text(b, 2, "STM32 STLink");
    expect_text(b, 3, "066DFF535550755187191037");
    expect_text(b, 4, "ST-Link Debug");
    END;
}

/* stlink reads the serial with a length of 48, and wants byte 0 to say 50. */
TEST(a_serial_cut_to_48_bytes_still_says_50)
{
    struct bench *b = bench_new(&bench_g071, 45);

    assert_int_equal(get_descriptor(b, 3, 0, 48), 4);
    assert_int_equal(get_descriptor(b, 3, 3, 48), 48);
    assert_int_equal(reply[0], 50);
    assert_int_equal(reply[46], '3'); /* the last but one */
    END;
}

TEST(what_is_not_there_stalls)
{
    static const uint8_t setups[][8] = {
        { 0x80, 6, 5, 3, 9, 4, 8, 0 },    /* string 5 */
        { 0x80, 6, 0xEE, 3, 0, 0, 8, 0 }, /* Microsoft's string */
        { 0x80, 6, 0, 6, 0, 0, 10, 0 },   /* device qualifier: full speed only */
        { 0x80, 6, 1, 2, 0, 0, 8, 0 },    /* second configuration */
        { 0x80, 6, 0, 15, 0, 0, 5, 0 },   /* BOS */
        { 0x00, 9, 2, 0, 0, 0, 0, 0 },    /* SET_CONFIGURATION 2 */
        { 0x00, 5, 200, 0, 0, 0, 0, 0 },  /* no such address */
        { 0x01, 11, 1, 0, 0, 0, 0, 0 },   /* alternate setting 1 */
        { 0x81, 10, 0, 0, 1, 0, 1, 0 },   /* of interface 1 */
        { 0x81, 0, 0, 0, 1, 0, 2, 0 },    /* status of interface 1 */
        { 0x82, 0, 0, 0, 0x83, 0, 2, 0 }, /* status of endpoint 3 */
        { 0x02, 3, 0, 0, 0x02, 0, 0, 0 }, /* halt endpoint 2 OUT */
        { 0x02, 3, 1, 0, 0x81, 0, 0, 0 }, /* another feature */
        { 0x00, 3, 1, 0, 0, 0, 0, 0 },    /* remote wake-up */
        { 0xC0, 1, 0, 0, 0, 0, 8, 0 },    /* vendor */
        { 0x21, 9, 0, 0, 0, 0, 0, 0 },    /* class */
    };
    struct bench *b = bench_new(&bench_g071, 45);

    for (unsigned i = 0; i < sizeof setups / sizeof setups[0]; i++) {
        size_t len = setups[i][6];

        assert_int_equal(usbhost_control(&b->host, setups[i], reply, &len, PS_PER_S), USB_STALLED);
    }
    assert_int_equal(get_descriptor(b, 1, 0, 18), 18); /* and it goes on */
    END;
}

TEST(standard_requests_are_answered)
{
    struct bench *b = bench_new(&bench_g071, 45);
    size_t len = 1;

    assert_int_equal(control(b, 0x80, 8, 0, 0, &len), USB_DONE);
    assert_int_equal(reply[0], 1); /* configured, as an operating system leaves it */
    assert_int_equal(no_data(b, 0x00, 5, 17, 0), USB_DONE);
    assert_int_equal(no_data(b, 0x00, 9, 1, 0), USB_DONE);
    assert_int_equal(no_data(b, 0x01, 11, 0, 0), USB_DONE);
    len = 1;
    assert_int_equal(control(b, 0x81, 10, 0, 0, &len), USB_DONE);
    assert_int_equal(reply[0], 0);
    for (unsigned recipient = 0; recipient < 3; recipient++) {
        len = 2;
        assert_int_equal(control(b, (uint8_t)(0x80 | recipient), 0, 0, 0, &len), USB_DONE);
        assert_memory_equal(reply, "\0\0", 2);
    }
    END;
}

TEST(unconfigured_bulk_endpoints_do_not_answer)
{
    struct bench *b = bench_new(&bench_g071, 45);

    assert_int_equal(no_data(b, 0x00, 9, 0, 0), USB_DONE);
    assert_int_equal(bench_out(b, "\xF5", 1), USB_GONE);
    assert_int_equal(no_data(b, 0x00, 9, 1, 0), USB_DONE);
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    END;
}

TEST(a_halted_endpoint_stalls_until_cleared)
{
    struct bench *b = bench_new(&bench_g071, 45);
    const uint8_t block[16] = { 0xF5 };
    static const uint8_t endpoints[] = { 0x01, 0x81, 0x82 };
    size_t done, len;

    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(no_data(b, 0x02, 3, 0, endpoints[i]), USB_DONE);
        len = 2;
        assert_int_equal(control(b, 0x82, 0, 0, endpoints[i], &len), USB_DONE);
        assert_int_equal(reply[0], 1);
        memcpy(reply, block, 16);
        assert_int_equal(usbhost_bulk(&b->host, endpoints[i], reply, 16, &done, PS_PER_S), USB_STALLED);
        assert_int_equal(no_data(b, 0x02, 1, 0, endpoints[i]), USB_DONE);
    }
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    END;
}

TEST(endpoints_that_are_not_there_do_not_answer)
{
    struct bench *b = bench_new(&bench_g071, 45);
    size_t done;

    assert_int_equal(usbhost_bulk(&b->host, 0x02, reply, 16, &done, PS_PER_S), USB_GONE);
    assert_int_equal(usbhost_bulk(&b->host, 0x83, reply, 16, &done, PS_PER_S), USB_GONE);
    END;
}

TEST(endpoint_0_out_of_order_stalls)
{
    struct bench *b = bench_new(&bench_g071, 45);
    size_t done;

    assert_int_equal(usbhost_bulk(&b->host, 0x80, reply, 8, &done, PS_PER_S), USB_STALLED); /* nobody asked */
    assert_int_equal(usbhost_bulk(&b->host, 0x00, reply, 8, &done, PS_PER_S), USB_STALLED);
    assert_int_equal(get_descriptor(b, 1, 0, 18), 18);
    END;
}

TEST(a_command_may_be_shorter_or_longer_than_16_bytes)
{
    struct bench *b = bench_new(&bench_g071, 45);
    uint8_t block[64] = { 0xF5 };

    for (size_t len = 1; len <= sizeof block; len++) {
        assert_int_equal(bench_out(b, block, len), USB_DONE);
        EXPECT(b, 1, 0);
    }
    assert_int_equal(bench_out(b, block, 0), USB_DONE); /* an empty packet is none */
    assert_int_equal(b->probe.s.commands, 64);
    END;
}

TEST(a_short_command_leaves_nothing_of_the_one_before)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x3C, 0x01);
    EXPECT(b, 0x80, 0);
    assert_int_equal(bench_out(b, "\xF2\x3C", 2), USB_DONE); /* the missing byte is 0: NRST low */
    EXPECT(b, 0x80, 0);
    assert_true(b->chip.nrst_low);
    END;
}

TEST(a_reply_may_be_read_in_pieces_or_with_too_large_a_buffer)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint8_t got[512];

    COMMAND(b, 0xF2, 0x07, LE32(CHIP_FLASH), LE16(200));
    assert_int_equal(bench_in(b, got, 64), 64);
    assert_int_equal(bench_in(b, got, 64), 64);
    assert_int_equal(bench_in(b, got, 512), 72); /* 64 and 8: a short packet ends it */
    COMMAND(b, 0xF5);
    assert_int_equal(bench_in(b, got, 64), 2);
    END;
}

TEST(a_reply_of_full_packets_has_no_empty_one_behind_it)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint8_t got[512];
    size_t done;

    COMMAND(b, 0xF2, 0x07, LE32(CHIP_FLASH), LE16(128));
    assert_int_equal(usbhost_bulk(&b->host, 0x81, got, 128, &done, PS_PER_S), USB_DONE);
    assert_int_equal(usbhost_bulk(&b->host, 0x81, got, 64, &done, PS_PER_MS), USB_TIMED_OUT);
    assert_int_equal(done, 0);
    END;
}

TEST(a_new_command_drops_what_was_left_unread)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x07, LE32(CHIP_FLASH), LE16(1024));
    COMMAND(b, 0xF5);
    EXPECT(b, 2, 0);
    END;
}

TEST(reading_without_a_command_times_out)
{
    struct bench *b = bench_new(&bench_g071, 45);
    uint8_t got[64];
    size_t done;

    assert_int_equal(usbhost_bulk(&b->host, 0x81, got, 64, &done, 100 * PS_PER_MS), USB_TIMED_OUT);
    assert_int_equal(b->time.now_ps, 100 * PS_PER_MS);
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    END;
}

TEST(no_command_and_no_length_breaks_the_probe)
{
    struct bench *b = bench_in_debug(&bench_u073, 45);
    uint32_t seed = 1;
    uint8_t block[64], got[512];

    for (unsigned i = 0; i < 20000; i++) {
        for (unsigned j = 0; j < sizeof block; j++) {
            seed = seed * 1664525 + 1013904223;
            block[j] = (uint8_t)(seed >> 24);
        }
        if (i % 4)
            block[0] = 0xF2;
        if (i % 8 > 4)
            block[1] &= 0x7F;
        if (i % 50 == 0)
            block[1] = 0x30, block[2] = 0xA3;
        bench_out(b, block, 1 + block[20] % 64u);
        if (i % 3 == 0) {
            size_t done;

            usbhost_bulk(&b->host, 0x81, got, 1 + block[21], &done, PS_PER_MS);
        }
    }
    usbhost_reset(&b->host);
    COMMAND(b, 0xF1);
    EXPECT(b, 0x2B, 0x5E, 0x83, 0x04, 0x4B, 0x37);
    END;
}

TEST(a_port_reset_drops_the_command_and_keeps_the_mode)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x08, LE32(CHIP_RAM), LE16(6144)); /* the data never come */
    usbhost_reset(&b->host);
    COMMAND(b, 0xF5);
    EXPECT(b, 2, 0);
    END;
}

TEST(a_pulled_cable_forgets_all_but_the_counters)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    const uint64_t clocks = stlink_swd_clocks(&b->probe);

    COMMAND(b, 0xF2, 0x3C, 0x00);
    COMMAND(b, 0xF2, 0x43, LE16(0));
    COMMAND(b, 0xF2, 0x08, LE32(CHIP_RAM), LE16(6144));
    stlink_unplugged(&b->probe);
    assert_false(b->chip.nrst_low);
    assert_false(usbhost_present(&b->host));
    assert_int_equal(bench_out(b, "\xF5", 1), USB_GONE);
    stlink_power_on(&b->probe);
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    assert_int_equal(b->probe.s.swd_hz, 1800000);
    assert_int_equal(stlink_swd_clocks(&b->probe), clocks);
    assert_int_equal(b->probe.s.commands, 5);
    END;
}

TEST(every_byte_of_the_state_is_in_the_table)
{
    size_t at = 0;

    for (size_t i = 0; i < stlink_state_table.count; i++) {
        const struct state_field *f = stlink_state_table.fields + i;

        assert_int_equal(f->offset, at);
        at += (size_t)f->elem_bytes * f->count;
    }
    assert_in_range(sizeof(struct stlink_state) - at, 0, sizeof(uint64_t) - 1);
}

static uint8_t saved[sizeof(struct stlink_state)];

TEST(a_saved_state_goes_on_in_mid_command)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    struct err e = { 0 };
    uint8_t got[512];

    COMMAND(b, 0xF2, 0x08, LE32(CHIP_RAM), LE16(128));
    assert_int_equal(bench_out(b, "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789abcdef", 64), USB_DONE);
    state_save(&stlink_state_table, &b->probe.s, saved);
    stlink_init(&b->probe, &b->wires, &b->params, &b->time);
    assert_true(state_load(&stlink_state_table, &b->probe.s, saved, state_size(&stlink_state_table), &e));
    assert_int_equal(bench_out(b, "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789abcdef", 64), USB_DONE);
    assert_memory_equal(b->chip.ram + 112, "0123456789abcdef", 16);
    COMMAND(b, 0xF2, 0x07, LE32(CHIP_RAM), LE16(128));
    assert_int_equal(bench_in(b, got, 64), 64);
    state_save(&stlink_state_table, &b->probe.s, saved);
    stlink_init(&b->probe, &b->wires, &b->params, &b->time);
    assert_true(state_load(&stlink_state_table, &b->probe.s, saved, state_size(&stlink_state_table), &e));
    assert_int_equal(bench_in(b, got, 64), 64);
    assert_memory_equal(got + 48, "0123456789abcdef", 16);
    END;
}

/* A board file may say what no probe ever would; every field within its limit must be harmless. */
TEST(a_contradicting_state_does_no_harm)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint8_t got[512];

    b->probe.s.reply_bytes = 10;
    b->probe.s.reply_sent = STLINK_BUFFER;
    assert_int_equal(bench_in(b, got, 64), 0);
    b->probe.s.reply_bytes = STLINK_BUFFER;
    b->probe.s.reply_sent = STLINK_BUFFER - 1;
    assert_int_equal(bench_in(b, got, 64), 1);
    b->probe.s.out_wanted = 10;
    b->probe.s.out_got = STLINK_BUFFER;
    bench_out(b, got, 64);
    b->probe.s.out_wanted = STLINK_BUFFER;
    b->probe.s.out_got = STLINK_BUFFER - 1;
    bench_out(b, got, 64);
    b->probe.s.swd_hz = 0;
    COMMAND(b, 0xF2, 0x36, LE32(PPB(CPUID)));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x410CC601));
    END;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_descriptor_is_a_nucleos),
        cmocka_unit_test(configuration_has_the_debug_interface_with_three_endpoints),
        cmocka_unit_test(strings_name_the_probe),
        cmocka_unit_test(a_serial_cut_to_48_bytes_still_says_50),
        cmocka_unit_test(what_is_not_there_stalls),
        cmocka_unit_test(standard_requests_are_answered),
        cmocka_unit_test(unconfigured_bulk_endpoints_do_not_answer),
        cmocka_unit_test(a_halted_endpoint_stalls_until_cleared),
        cmocka_unit_test(endpoints_that_are_not_there_do_not_answer),
        cmocka_unit_test(endpoint_0_out_of_order_stalls),
        cmocka_unit_test(a_command_may_be_shorter_or_longer_than_16_bytes),
        cmocka_unit_test(a_short_command_leaves_nothing_of_the_one_before),
        cmocka_unit_test(a_reply_may_be_read_in_pieces_or_with_too_large_a_buffer),
        cmocka_unit_test(a_reply_of_full_packets_has_no_empty_one_behind_it),
        cmocka_unit_test(a_new_command_drops_what_was_left_unread),
        cmocka_unit_test(reading_without_a_command_times_out),
        cmocka_unit_test(no_command_and_no_length_breaks_the_probe),
        cmocka_unit_test(a_port_reset_drops_the_command_and_keeps_the_mode),
        cmocka_unit_test(a_pulled_cable_forgets_all_but_the_counters),
        cmocka_unit_test(every_byte_of_the_state_is_in_the_table),
        cmocka_unit_test(a_saved_state_goes_on_in_mid_command),
        cmocka_unit_test(a_contradicting_state_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
