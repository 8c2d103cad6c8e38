/* test_stlink_commands.c - every row of the command table, through USB, on a chip that only remembers. Block memory commands are in
 * test_stlink_memory.c. */
#include "fake_chip.h"

#define TEST(name) static void name(void **state)
#define END        free(b)

TEST(version_word_holds_generation_and_firmware)
{
    struct bench *b = bench_new(&bench_g071, 45);

    COMMAND(b, 0xF1);
    EXPECT(b, 0x2B, 0x5E, 0x83, 0x04, 0x4B, 0x37); /* V2J45M30, 0483:374B */
    COMMAND(b, 0xF1, 0x80);                        /* as a few clients send it */
    EXPECT(b, 0x2B, 0x5E, 0x83, 0x04, 0x4B, 0x37);
    b->params.firmware_j = 46;
    b->params.firmware_m = 32;
    COMMAND(b, 0xF1);
    EXPECT(b, 0x2B, 0xA0, 0x83, 0x04, 0x4B, 0x37);
    END;
}

TEST(mode_is_1_then_2_then_1)
{
    struct bench *b = bench_new(&bench_g071, 45);

    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    enter_swd(b);
    COMMAND(b, 0xF5);
    EXPECT(b, 2, 0);
    COMMAND(b, 0xF2, 0x21); /* no reply */
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    END;
}

TEST(leaving_dfu_or_swim_is_not_answered)
{
    struct bench *b = bench_new(&bench_g071, 45);

    COMMAND(b, 0xF3, 0x07);
    COMMAND(b, 0xF4, 0x01);
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    b->probe.s.mode = STLINK_DFU;
    COMMAND(b, 0xF3, 0x07);
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    END;
}

TEST(voltage_follows_vtref)
{
    struct bench *b = bench_new(&bench_g071, 45);

    COMMAND(b, 0xF7);
    EXPECT(b, LE32(0x5E8), LE32(0x810)); /* 3.276 V */
    b->chip.vtref_mv = 0;
    COMMAND(b, 0xF7);
    EXPECT(b, LE32(0x5E8), LE32(0));
    b->chip.vtref_mv = 1800;
    COMMAND(b, 0xF7);
    EXPECT(b, LE32(0x5E8), LE32(1134));
    END;
}

TEST(enter_powers_the_debug_port_up)
{
    struct bench *b = bench_in_debug(&bench_u073, 45);

    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, 0x04, 0x00);
    EXPECT(b, 0x80, 0, 0, 0, LE32(0xF0000000));
    END;
}

TEST(enter_finds_what_is_missing)
{
    struct bench *b = bench_new(&bench_g071, 45);

    b->chip.dead = true;
    COMMAND(b, 0xF2, 0x30, 0xA3);
    EXPECT(b, 0x09, 0); /* powered, but no identification */
    b->chip.vtref_mv = 0;
    COMMAND(b, 0xF2, 0x30, 0xA3);
    EXPECT(b, 0x05, 0); /* nothing there */
    COMMAND(b, 0xF5);
    EXPECT(b, 1, 0);
    b->chip.dead = false;
    COMMAND(b, 0xF2, 0x30, 0xA4); /* JTAG: the target has none */
    EXPECT(b, 0x04, 0);
    COMMAND(b, 0xF2, 0x30, 0x00);
    EXPECT(b, 0x04, 0);
    END;
}

TEST(a_target_that_dies_is_no_ack)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    b->chip.dead = true;
    COMMAND(b, 0xF2, 0x36, LE32(PPB(CPUID)));
    EXPECT(b, 0x16, 0, 0, 0, LE32(0));
    COMMAND(b, 0xF2, 0x31);
    EXPECT(b, 0x16, 0, 0, 0, LE32(0), LE32(0));
    COMMAND(b, 0xF2, 0x22);
    EXPECT(b, LE32(0));
    COMMAND(b, 0xF2, 0x4B, 0);
    EXPECT(b, 0x16, 0);
    b->chip.dead = false;
    dap_power_on_reset(&b->dap); /* back, but its debug port has forgotten us */
    COMMAND(b, 0xF2, 0x36, LE32(PPB(CPUID)));
    EXPECT(b, 0x16, 0, 0, 0, LE32(0));
    enter_swd(b);
    COMMAND(b, 0xF2, 0x36, LE32(PPB(CPUID)));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x410CC601));
    END;
}

TEST(identification_is_the_dpidr)
{
    struct bench *b = bench_in_debug(&bench_u073, 45);

    COMMAND(b, 0xF2, 0x31);
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x6BA02477), LE32(0));
    COMMAND(b, 0xF2, 0x22);
    EXPECT(b, LE32(0x6BA02477));
    COMMAND(b, 0xF2, 0x21);
    COMMAND(b, 0xF2, 0x22); /* pystlink reads 0 as "not connected" */
    EXPECT(b, LE32(0));
    END;
}

TEST(nrst_goes_low_high_and_pulses)
{
    struct bench *b = bench_new(&bench_g071, 45);
    const unsigned before = b->chip.resets;

    COMMAND(b, 0xF2, 0x3C, 0x00); /* in any mode */
    EXPECT(b, 0x80, 0);
    assert_true(b->chip.nrst_low);
    COMMAND(b, 0xF2, 0x3C, 0x01);
    EXPECT(b, 0x80, 0);
    assert_false(b->chip.nrst_low);
    COMMAND(b, 0xF2, 0x3C, 0x02);
    EXPECT(b, 0x80, 0);
    assert_false(b->chip.nrst_low);
    assert_int_equal(b->chip.resets - before, 2);
    COMMAND(b, 0xF2, 0x3C, 0x03);
    EXPECT(b, 0x08, 0);
    assert_int_equal(b->chip.resets - before, 2);
    END;
}

static uint64_t clock_hz(struct bench *b, unsigned divisor)
{
    COMMAND(b, 0xF2, 0x43, LE16(divisor));
    EXPECT(b, 0x80, 0);
    return b->probe.s.swd_hz;
}

TEST(divisors_are_the_speeds_of_the_clients_tables)
{
    static const unsigned rows[][2] = { { 0, 4000 }, { 1, 1800 }, { 2, 1200 }, { 3, 950 },  { 5, 650 },  { 7, 480 },
                                        { 9, 400 },  { 10, 360 }, { 15, 240 }, { 25, 150 }, { 31, 125 }, { 40, 100 },
                                        { 79, 50 },  { 158, 25 }, { 265, 15 }, { 798, 5 },  { 4, 720 },  { 65535, 1 } };
    struct bench *b = bench_new(&bench_g071, 45);

    assert_int_equal(b->probe.s.swd_hz, 1800000);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(clock_hz(b, rows[i][0]), rows[i][1] * 1000);
    END;
}

TEST(harmless_commands_say_ok)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint8_t byte;
    size_t done;

    COMMAND(b, 0xF2, 0x44, LE16(32)); /* JTAG speed */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x49); /* LED */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x40, LE16(4096), LE32(2000000)); /* trace: none will ever come */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x42);
    EXPECT(b, 0, 0);
    assert_int_equal(usbhost_bulk(&b->host, 0x82, &byte, 1, &done, PS_PER_MS), USB_TIMED_OUT);
    COMMAND(b, 0xF2, 0x41);
    EXPECT(b, 0x80, 0);
    END;
}

TEST(registers_travel_through_dcrsr)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x34, 15, LE32(0x08000100));
    EXPECT(b, 0x80, 0);
    assert_int_equal(b->chip.regs[15], 0x08000100);
    COMMAND(b, 0xF2, 0x33, 15);
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x08000100));
    b->chip.regs[20] = 0x02000001;
    COMMAND(b, 0xF2, 0x33, 20);
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x02000001));
    END;
}

TEST(a_register_that_never_gets_ready_is_a_wait)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    b->chip.no_regrdy = true;
    COMMAND(b, 0xF2, 0x33, 0);
    EXPECT(b, 0x10, 0, 0, 0, LE32(0));
    COMMAND(b, 0xF2, 0x34, 0, LE32(1));
    EXPECT(b, 0x10, 0);
    END;
}

TEST(all_registers_come_in_one_reply)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint8_t got[88];

    for (unsigned i = 0; i < 32; i++)
        b->chip.regs[i] = 0x1000 + i;
    COMMAND(b, 0xF2, 0x3A);
    assert_int_equal(bench_in(b, got, sizeof got), 88);
    assert_int_equal(got[0], 0x80);
    for (unsigned i = 0; i < 19; i++)
        assert_int_equal(got[4 + 4 * i] | got[5 + 4 * i] << 8, 0x1000 + i);
    assert_int_equal(got[80] | got[81] << 8, 0x1014);
    assert_int_equal(got[84] | got[85] << 8, 0);
    END;
}

TEST(debug_registers_are_words_anywhere)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x35, LE32(CHIP_RAM + 8), LE32(0xCAFEF00D));
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x36, LE32(CHIP_RAM + 8));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0xCAFEF00D));
    COMMAND(b, 0xF2, 0x36, LE32(CHIP_RAM + 9));
    EXPECT(b, 0x0A, 0, 0, 0, LE32(0));
    COMMAND(b, 0xF2, 0x35, LE32(CHIP_RAM + 2), LE32(1));
    EXPECT(b, 0x0A, 0);
    END;
}

TEST(an_address_where_nothing_is_faults_and_the_next_works)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x36, LE32(0xFFFFFFF8)); /* GDB unwinding an exception frame */
    EXPECT(b, 0x11, 0, 0, 0, LE32(0));
    COMMAND(b, 0xF2, 0x36, LE32(PPB(CPUID)));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x410CC601));
    COMMAND(b, 0xF2, 0x35, LE32(0xA0000000), LE32(1));
    EXPECT(b, 0x11, 0);
    COMMAND(b, 0xF2, 0x36, LE32(PPB(CPUID)));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x410CC601));
    END;
}

TEST(a_busy_bus_is_a_wait_after_five_tries)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint64_t clocks;

    b->chip.access_ps = PS_PER_S;
    clocks = stlink_swd_clocks(&b->probe);
    COMMAND(b, 0xF2, 0x36, LE32(CHIP_RAM));
    EXPECT(b, 0x10, 0, 0, 0, LE32(0));
    /* SELECT, CSW, TAR, DRW; RDBUFF refused five times; idle */
    assert_int_equal(stlink_swd_clocks(&b->probe) - clocks, 4 * 46 + 5 * 13 + 8);
    COMMAND(b, 0xF2, 0x36, LE32(CHIP_RAM)); /* the access is still on its way */
    EXPECT(b, 0x14, 0, 0, 0, LE32(0));
    timeline_by(&b->time, PS_PER_S);
    b->chip.access_ps = 0;
    COMMAND(b, 0xF2, 0x36, LE32(CHIP_RAM));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0));
    END;
}

TEST(run_control_writes_dhcsr)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x01);
    EXPECT(b, 0x80, 0); /* running */
    COMMAND(b, 0xF2, 0x02);
    EXPECT(b, 0x80, 0);
    assert_int_equal(b->chip.dhcsr, 0x3);
    COMMAND(b, 0xF2, 0x01);
    EXPECT(b, 0x81, 0); /* halted */
    COMMAND(b, 0xF2, 0x0A);
    EXPECT(b, 0x80, 0);
    assert_int_equal(b->chip.dhcsr, 0x5);
    COMMAND(b, 0xF2, 0x09);
    EXPECT(b, 0x80, 0);
    assert_int_equal(b->chip.dhcsr, 0x1);
    END;
}

TEST(resetsys_resets_the_system)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    const unsigned before = b->chip.resets;

    COMMAND(b, 0xF2, 0x32);
    EXPECT(b, 0x80, 0);
    assert_int_equal(b->chip.resets, before + 1);
    END;
}

TEST(access_ports_are_opened_and_closed)
{
    struct bench *b = bench_in_debug(&bench_u073, 45);
    uint8_t byte[2];

    COMMAND(b, 0xF2, 0x4B, 0);
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x4B, 1); /* the U0's second */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x4B, 2);
    EXPECT(b, 0x1D, 0);
    COMMAND(b, 0xF2, 0x4C, 0);
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x07, LE32(CHIP_RAM), LE16(4), 0);
    assert_int_equal(bench_in(b, byte, 2), 2);
    expect_last_status(b, 0x1D, CHIP_RAM); /* closed */
    COMMAND(b, 0xF2, 0x4B, 0);
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x07, LE32(CHIP_RAM), LE16(4), 0);
    EXPECT(b, LE32(0));
    expect_last_status(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x21); /* leaving debug mode closes them all */
    enter_swd(b);
    COMMAND(b, 0xF2, 0x08, LE32(0), LE16(4), 1);
    assert_int_equal(bench_out(b, "abcd", 4), USB_DONE);
    expect_last_status(b, 0x1D, 0);
    END;
}

TEST(ports_can_be_looked_for_without_opening_them)
{
    struct bench *b = bench_in_debug(&bench_u073, 45);

    COMMAND(b, 0xF2, 0x45, LE16(1), LE16(0xFC));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x54770002));
    COMMAND(b, 0xF2, 0x45, LE16(1), LE16(0x00));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x80000042));
    COMMAND(b, 0xF2, 0x45, LE16(1), LE16(0xF8));
    EXPECT(b, 0x80, 0, 0, 0, LE32(2));
    COMMAND(b, 0xF2, 0x45, LE16(5), LE16(0xFC));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0));
    COMMAND(b, 0xF2, 0x45, LE16(0x100), LE16(0xFC)); /* no such number */
    EXPECT(b, 0x1D, 0, 0, 0, LE32(0));
    COMMAND(b, 0xF2, 0x46, LE16(0x100), LE16(0), LE32(0));
    EXPECT(b, 0x1D, 0);
    END;
}

TEST(dp_registers_have_banks_from_j32)
{
    struct bench *b = bench_in_debug(&bench_u073, 45);

    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, LE16(0x24));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x04890041)); /* TARGETID */
    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, LE16(0x34));
    EXPECT(b, 0x80, 0, 0, 0, LE32(1)); /* DLPIDR */
    COMMAND(b, 0xF2, 0x46, 0xFF, 0xFF, LE16(0x14), LE32(0));
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, LE16(0x04));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0xF0000000)); /* back in bank 0 */
    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, LE16(0x00));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x6BA02477));
    END;
    b = bench_in_debug(&bench_u073, 31);
    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, LE16(0x24));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0xF0000000)); /* the bank is not looked at */
    END;
}

TEST(writes_to_dap_registers_are_posted)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x46, LE16(0), LE16(0x00), LE32(0xA2000002)); /* CSW */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x46, LE16(0), LE16(0x04), LE32(0xA0000000)); /* TAR: nothing there */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x46, LE16(0), LE16(0x0C), LE32(1)); /* DRW: accepted */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, LE16(0x04));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0xF0000020)); /* and only now seen to have failed */
    COMMAND(b, 0xF2, 0x45, LE16(0), LE16(0x04));
    EXPECT(b, 0x15, 0, 0, 0, LE32(0)); /* all else faults until the client clears it */
    COMMAND(b, 0xF2, 0x46, 0xFF, 0xFF, LE16(0x00), LE32(0x04));
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x45, LE16(0), LE16(0x04));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0xA0000000));
    COMMAND(b, 0xF2, 0x46, 0xFF, 0xFF, LE16(0x08), LE32(0x01000000)); /* SELECT is the probe's own */
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x45, LE16(0), LE16(0xFC));
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x04770031));
    COMMAND(b, 0xF2, 0x45, 0xFF, 0xFF, LE16(0x0C)); /* RDBUFF still has it */
    EXPECT(b, 0x80, 0, 0, 0, LE32(0x04770031));
    END;
}

TEST(board_identifier_is_128_bytes)
{
    struct bench *b = bench_new(&bench_g071, 45);
    uint8_t got[128], expected[128] = { 0x80, 0, '0', '8', '3', '5' };

    COMMAND(b, 0xF2, 0x56);
    assert_int_equal(bench_in(b, got, sizeof got), 128);
    assert_memory_equal(got, expected, sizeof got);
    b->params.board_id[0] = '\0';
    memset(expected + 2, 0, 4);
    COMMAND(b, 0xF2, 0x56);
    assert_int_equal(bench_in(b, got, sizeof got), 128);
    assert_memory_equal(got, expected, sizeof got);
    END;
}

TEST(debug_commands_want_debug_mode)
{
    static const uint8_t ops[] = { 0x01, 0x02, 0x09, 0x0A, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x3A, 0x45, 0x46, 0x4B, 0x4C, 0x52 };
    struct bench *b = bench_new(&bench_g071, 45);

    for (unsigned i = 0; i < sizeof ops; i++) {
        COMMAND(b, 0xF2, ops[i]);
        EXPECT(b, 0x08, 0);
    }
    assert_int_equal(b->chip.accesses, 0);
    assert_int_equal(stlink_swd_clocks(&b->probe), 0);
    END;
}

TEST(an_unknown_command_says_so)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0xEE);
    EXPECT(b, 0x42, 0);
    COMMAND(b, 0xF2, 0x61, 0); /* of a V3 */
    EXPECT(b, 0x42, 0);
    COMMAND(b, 0xAA);
    EXPECT(b, 0x42, 0);
    END;
}

/* The first firmware that knows each command; one older does not. */
TEST(firmware_version_decides_what_is_known)
{
    static const uint8_t rows[][3] = {
        { 0xF7, 0, 13 },    { 0xF2, 0x3E, 15 }, { 0xF2, 0x40, 13 }, { 0xF2, 0x41, 13 }, { 0xF2, 0x42, 13 }, { 0xF2, 0x43, 22 },
        { 0xF2, 0x44, 24 }, { 0xF2, 0x45, 24 }, { 0xF2, 0x46, 24 }, { 0xF2, 0x47, 26 }, { 0xF2, 0x48, 26 }, { 0xF2, 0x4B, 28 },
        { 0xF2, 0x4C, 28 }, { 0xF2, 0x50, 26 }, { 0xF2, 0x51, 32 }, { 0xF2, 0x52, 32 }, { 0xF2, 0x54, 32 }, { 0xF2, 0x56, 36 },
    };
    struct bench *b = bench_in_debug(&bench_g071, 45);

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        b->params.firmware_j = rows[i][2] - 1u;
        COMMAND(b, rows[i][0], rows[i][1]);
        EXPECT(b, 0x42, 0);
        b->params.firmware_j = rows[i][2];
        COMMAND(b, rows[i][0], rows[i][1]);
        assert_false(b->probe.s.reply_bytes == 2 && b->probe.s.data[0] == 0x42);
    }
    END;
}

TEST(closing_a_port_before_j29_answers_garbage)
{
    struct bench *b = bench_in_debug(&bench_g071, 28);
    uint8_t got[2];

    COMMAND(b, 0xF2, 0x4C, 0);
    assert_int_equal(bench_in(b, got, 2), 2);
    assert_int_not_equal(got[0], 0x80);
    END;
}

TEST(every_command_costs_its_turnaround)
{
    struct bench *b = bench_new(&bench_g071, 45);
    uint64_t start = b->time.now_ps;

    COMMAND(b, 0xF5);
    assert_in_range(b->time.now_ps - start, 300 * PS_PER_US + 50 * PS_PER_US + 29 * 8 * 83333u,
                    300 * PS_PER_US + 50 * PS_PER_US + 29 * 8 * 83333u + 52 * PS_PER_US /* a frame's end may be in the way */);
    assert_int_equal(b->probe.s.commands, 1);
    END;
}

TEST(swd_time_is_clocks_over_speed)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint64_t clocks, start;

    clock_hz(b, 0);
    b->params.turnaround_ps = 0;
    b->usb_params.host_ps = 0;
    timeline_to(&b->time, (b->time.now_ps / PS_PER_S + 1) * 83333 * 12000); /* a frame's beginning */
    clocks = stlink_swd_clocks(&b->probe);
    start = b->time.now_ps;
    COMMAND(b, 0xF2, 0x36, LE32(CHIP_RAM));
    /* SELECT, CSW, TAR, DRW, RDBUFF, eight idle clocks */
    assert_int_equal(stlink_swd_clocks(&b->probe) - clocks, 5 * 46 + 8);
    assert_int_equal(b->time.now_ps - start, 29 * 8 * 83333u + (5 * 46 + 8) * 250000u);
    END;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_word_holds_generation_and_firmware),
        cmocka_unit_test(mode_is_1_then_2_then_1),
        cmocka_unit_test(leaving_dfu_or_swim_is_not_answered),
        cmocka_unit_test(voltage_follows_vtref),
        cmocka_unit_test(enter_powers_the_debug_port_up),
        cmocka_unit_test(enter_finds_what_is_missing),
        cmocka_unit_test(a_target_that_dies_is_no_ack),
        cmocka_unit_test(identification_is_the_dpidr),
        cmocka_unit_test(nrst_goes_low_high_and_pulses),
        cmocka_unit_test(divisors_are_the_speeds_of_the_clients_tables),
        cmocka_unit_test(harmless_commands_say_ok),
        cmocka_unit_test(registers_travel_through_dcrsr),
        cmocka_unit_test(a_register_that_never_gets_ready_is_a_wait),
        cmocka_unit_test(all_registers_come_in_one_reply),
        cmocka_unit_test(debug_registers_are_words_anywhere),
        cmocka_unit_test(an_address_where_nothing_is_faults_and_the_next_works),
        cmocka_unit_test(a_busy_bus_is_a_wait_after_five_tries),
        cmocka_unit_test(run_control_writes_dhcsr),
        cmocka_unit_test(resetsys_resets_the_system),
        cmocka_unit_test(access_ports_are_opened_and_closed),
        cmocka_unit_test(ports_can_be_looked_for_without_opening_them),
        cmocka_unit_test(dp_registers_have_banks_from_j32),
        cmocka_unit_test(writes_to_dap_registers_are_posted),
        cmocka_unit_test(board_identifier_is_128_bytes),
        cmocka_unit_test(debug_commands_want_debug_mode),
        cmocka_unit_test(an_unknown_command_says_so),
        cmocka_unit_test(firmware_version_decides_what_is_known),
        cmocka_unit_test(closing_a_port_before_j29_answers_garbage),
        cmocka_unit_test(every_command_costs_its_turnaround),
        cmocka_unit_test(swd_time_is_clocks_over_speed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
