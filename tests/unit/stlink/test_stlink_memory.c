/* test_stlink_memory.c - block memory commands, their status, and RW_MISC batches. */
#include "fake_chip.h"

#define TEST(name) static void name(void **state)
#define END        free(b)

enum { AT = CHIP_RAM + 0x100, BIG = 65532 };

static uint8_t pattern[BIG], got[BIG + 4];

static void fill_pattern(void)
{
    for (unsigned i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 7 + (i >> 8));
}

static void read_memory(struct bench *b, uint8_t op, uint32_t addr, unsigned len, size_t expected)
{
    memset(got, 0xEE, sizeof got);
    COMMAND(b, 0xF2, op, LE32(addr), LE16(len));
    assert_int_equal(bench_in(b, got, expected), expected);
}

static void write_memory(struct bench *b, uint8_t op, uint32_t addr, unsigned len)
{
    COMMAND(b, 0xF2, op, LE32(addr), LE16(len));
    assert_int_equal(bench_out(b, pattern, len), USB_DONE);
}

static uint8_t *ram(struct bench *b, uint32_t addr) { return b->chip.ram + (addr - CHIP_RAM); }

/* Every width, from each byte of a word where that is allowed, across the 1 KiB at which TAR must be written anew. */
TEST(blocks_of_every_width_arrive_wherever_they_start)
{
    static const struct {
        uint8_t read, write;
        unsigned unit, len;
    } rows[] = { { 0x07, 0x08, 4, 2052 }, { 0x47, 0x48, 2, 1030 }, { 0x0C, 0x0D, 1, 61 } };
    struct bench *b = bench_in_debug(&bench_g071, 45);

    fill_pattern();
    for (unsigned i = 0; i < 3; i++)
        for (uint32_t start = CHIP_RAM + 0x3F0; start < CHIP_RAM + 0x3F4; start += rows[i].unit) {
            memset(b->chip.ram, 0xEE, 0x1000);
            write_memory(b, rows[i].write, start, rows[i].len);
            expect_last_status(b, 0x80, 0);
            assert_memory_equal(ram(b, start), pattern, rows[i].len);
            assert_int_equal(*ram(b, start - 1), 0xEE);
            assert_int_equal(*ram(b, start + rows[i].len), 0xEE);
            read_memory(b, rows[i].read, start, rows[i].len, rows[i].len);
            expect_last_status(b, 0x80, 0);
            assert_memory_equal(got, pattern, rows[i].len);
        }
    END;
}

TEST(tar_is_written_once_per_kib)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint64_t clocks = stlink_swd_clocks(&b->probe);

    write_memory(b, 0x08, CHIP_RAM, 6144);
    /* SELECT, CSW, six TAR, 1536 words, RDBUFF, idle */
    assert_int_equal(stlink_swd_clocks(&b->probe) - clocks, (2 + 6 + 1536 + 1) * 46 + 8);
    clocks = stlink_swd_clocks(&b->probe);
    read_memory(b, 0x07, CHIP_RAM + 4, 6144, 6144);
    /* SELECT, CSW, seven TAR; in each run one read more than words */
    assert_int_equal(stlink_swd_clocks(&b->probe) - clocks, (2 + 7 + 1536 + 7) * 46 + 8);
    END;
}

TEST(one_byte_travels_as_two)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    *ram(b, AT + 3) = 0x5A;
    read_memory(b, 0x0C, AT + 3, 1, 2);
    assert_int_equal(got[0], 0x5A);
    assert_int_equal(b->chip.last_addr, AT + 3); /* one access only */
    expect_last_status(b, 0x80, 0);
    END;
}

TEST(a_fixed_address_does_not_move)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    const uint32_t word = 0x12345678;

    fill_pattern();
    write_memory(b, 0x50, AT, 16);
    assert_memory_equal(ram(b, AT), pattern + 12, 4);
    assert_int_equal(*ram(b, AT + 4), 0);
    memcpy(ram(b, AT), &word, 4);
    read_memory(b, 0x54, AT, 12, 12);
    for (unsigned i = 0; i < 12; i += 4)
        assert_memory_equal(got + i, &word, 4);
    END;
}

TEST(misaligned_address_or_length_is_refused_with_full_length_data)
{
    static const struct {
        uint8_t op;
        uint32_t addr;
        unsigned len;
    } rows[] = { { 0x07, AT + 1, 8 }, { 0x07, AT + 2, 8 }, { 0x07, AT, 6 },      { 0x47, AT + 1, 8 },
                 { 0x47, AT, 7 },     { 0x54, AT + 2, 8 }, { 0x47, AT + 3, 130 } };
    struct bench *b = bench_in_debug(&bench_g071, 45);

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        read_memory(b, rows[i].op, rows[i].addr, rows[i].len, rows[i].len);
        expect_last_status(b, 0x0A, rows[i].addr);
    }
    write_memory(b, 0x08, AT + 2, 8);
    expect_last_status(b, 0x0A, AT + 2);
    write_memory(b, 0x48, AT + 1, 8);
    expect_last_status(b, 0x0A, AT + 1);
    write_memory(b, 0x50, AT, 6);
    expect_last_status(b, 0x0A, AT);
    assert_int_equal(b->chip.accesses, 0);
    END;
}

TEST(a_read_that_faults_gives_full_length_and_the_address)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    const uint32_t end = CHIP_RAM + CHIP_RAM_BYTES;

    memset(ram(b, end - 8), 0x77, 8);
    read_memory(b, 0x07, end - 8, 64, 64);
    assert_int_equal(got[7], 0x77);
    assert_int_equal(got[8], 0);
    COMMAND(b, 0xF2, 0x3B);
    EXPECT(b, 0x11, 0);
    expect_last_status(b, 0x11, end);
    expect_last_status(b, 0x11, end); /* asking does not clear it */
    read_memory(b, 0x07, AT, 4, 4);   /* the next one does: sticky flags were cleared by the probe */
    expect_last_status(b, 0x80, 0);
    read_memory(b, 0x47, 0xFFFFFFFE, 2, 2);
    expect_last_status(b, 0x11, 0xFFFFFFFE);
    read_memory(b, 0x0C, 0x00000000, 3, 3);
    expect_last_status(b, 0x11, 0);
    END;
}

TEST(a_write_that_faults_gives_the_address_of_the_first)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    const uint32_t end = CHIP_RAM + CHIP_RAM_BYTES;

    fill_pattern();
    write_memory(b, 0x08, end - 8, 64);
    expect_last_status(b, 0x11, end);
    assert_memory_equal(ram(b, end - 8), pattern, 8);
    write_memory(b, 0x08, CHIP_FLASH + 4, 4); /* only one, seen at the end */
    expect_last_status(b, 0x11, CHIP_FLASH + 4);
    write_memory(b, 0x0D, CHIP_FLASH + 0x3FF, 4); /* the fault is seen by the TAR write of the next run */
    expect_last_status(b, 0x11, CHIP_FLASH + 0x3FF);
    COMMAND(b, 0xF2, 0x45, LE16(0), LE16(0x04)); /* OpenOCD reads TAR after a fault, before it clears anything */
    EXPECT(b, 0x80, 0, 0, 0, LE32(CHIP_FLASH + 0x3FF));
    END;
}

TEST(a_sticky_flag_left_behind_spoils_one_command_only)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    COMMAND(b, 0xF2, 0x46, LE16(0), LE16(0x04), LE32(0xA0000000));
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x46, LE16(0), LE16(0x0C), LE32(1));
    EXPECT(b, 0x80, 0);
    read_memory(b, 0x07, AT, 4, 4);
    expect_last_status(b, 0x11, AT);
    read_memory(b, 0x07, AT, 4, 4);
    expect_last_status(b, 0x80, 0);
    END;
}

TEST(a_busy_bus_is_told_as_wait)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    b->chip.access_ps = PS_PER_S;
    read_memory(b, 0x07, AT, 8, 8);
    expect_last_status(b, 0x10, AT);
    timeline_by(&b->time, PS_PER_S);
    write_memory(b, 0x08, AT, 8);
    expect_last_status(b, 0x10, AT);
    END;
}

TEST(a_slow_bus_is_waited_for)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    fill_pattern();
    b->chip.access_ps = 30 * PS_PER_US; /* longer than a transaction at 1800 kHz, shorter than four more tries */
    write_memory(b, 0x08, AT, 256);
    expect_last_status(b, 0x80, 0);
    assert_memory_equal(ram(b, AT), pattern, 256);
    read_memory(b, 0x07, AT, 256, 256);
    expect_last_status(b, 0x80, 0);
    assert_memory_equal(got, pattern, 256);
    END;
}

TEST(limits_of_a_v2_are_kept_and_told)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    fill_pattern();
    read_memory(b, 0x07, CHIP_RAM, 6148, 6148);
    expect_last_status(b, 0x08, CHIP_RAM);
    read_memory(b, 0x0C, CHIP_RAM, 65, 65);
    expect_last_status(b, 0x08, CHIP_RAM);
    write_memory(b, 0x0D, CHIP_RAM, 65);
    expect_last_status(b, 0x08, CHIP_RAM);
    assert_int_equal(b->chip.accesses, 0);
    END;
}

TEST(a_write_of_nearly_64_kib_goes_in_one_command)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    fill_pattern();
    write_memory(b, 0x08, CHIP_RAM + 4, BIG);
    expect_last_status(b, 0x80, 0);
    assert_memory_equal(ram(b, CHIP_RAM + 4), pattern, BIG);
    END;
}

TEST(nothing_happens_to_the_target_before_the_last_data_packet)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);

    fill_pattern();
    COMMAND(b, 0xF2, 0x08, LE32(AT), LE16(256));
    assert_int_equal(bench_out(b, pattern, 192), USB_DONE);
    assert_int_equal(b->chip.accesses, 0);
    assert_int_equal(bench_out(b, pattern + 192, 64), USB_DONE);
    assert_memory_equal(ram(b, AT), pattern, 256);
    END;
}

TEST(ap_and_csw_of_a_memory_command_count_from_j32)
{
    struct bench *b = bench_in_debug(&bench_u073, 45);

    COMMAND(b, 0xF2, 0x07, LE32(AT), LE16(4), 0, 0x00, 0x00, 0xA2);
    EXPECT(b, LE32(0));
    assert_int_equal(b->dap.s.csw[0] >> 24, 0x02); /* what of 0xA2 a CoreSight AHB-AP implements */
    COMMAND(b, 0xF2, 0x07, LE32(AT), LE16(4), 0);
    EXPECT(b, LE32(0));
    assert_int_equal(b->dap.s.csw[0] >> 24, 0x03);
    COMMAND(b, 0xF2, 0x4B, 1);
    EXPECT(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x07, LE32(AT), LE16(4), 1); /* no memory behind it */
    EXPECT(b, LE32(0));
    expect_last_status(b, 0x11, AT);
    b->params.firmware_j = 31;
    COMMAND(b, 0xF2, 0x07, LE32(AT), LE16(4), 1); /* older: AP 0, whatever stands there */
    EXPECT(b, LE32(0));
    expect_last_status(b, 0x80, 0);
    END;
}

TEST(memory_commands_outside_debug_mode_move_data_and_fail)
{
    struct bench *b = bench_new(&bench_g071, 45);

    read_memory(b, 0x07, AT, 8, 8);
    expect_last_status(b, 0x08, AT);
    write_memory(b, 0x08, AT, 100);
    expect_last_status(b, 0x08, AT);
    COMMAND(b, 0xF2, 0x51, LE32(4));
    assert_int_equal(bench_out(b, pattern, 20), USB_DONE);
    COMMAND(b, 0xF2, 0x52);
    EXPECT(b, 0x08, 0);
    assert_int_equal(b->chip.accesses, 0);
    END;
}

TEST(last_status_is_ok_before_any_memory_command)
{
    struct bench *b = bench_new(&bench_g071, 45);

    expect_last_status(b, 0x80, 0);
    COMMAND(b, 0xF2, 0x3B);
    EXPECT(b, 0x80, 0);
    END;
}

TEST(a_batch_gives_a_result_and_a_status_per_item)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    const uint8_t data[] = { 5, 1, 2, 3, 3, 0, 0, 0, LE32(0), LE32(AT), LE32(0xCAFE0001), LE32(AT), LE32(PPB(CPUID)) };

    COMMAND(b, 0xF2, 0x51, LE32(5));
    assert_int_equal(bench_out(b, data, sizeof data), USB_DONE);
    COMMAND(b, 0xF2, 0x52);
    EXPECT(b, LE32(0), LE32(0), LE32(0), LE32(0xCAFE0001), LE32(0x410CC601), LE32(0x80), LE32(0x80), LE32(0x80), LE32(0x80), LE32(0x80));
    END;
}

TEST(a_batch_goes_on_after_a_failing_item)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    const uint8_t data[] = { 3,       3,      1, 2, 3, 5, 9, 0, LE32(0xA0000000), LE32(AT + 1), LE32(AT + 2), LE32(0), LE32(PPB(CPUID)),
                             LE32(7), LE32(0) };

    COMMAND(b, 0xF2, 0x51, LE32(7));
    assert_int_equal(bench_out(b, data, sizeof data), USB_DONE);
    COMMAND(b, 0xF2, 0x52);
    EXPECT(b, LE32(0), LE32(0), LE32(0), LE32(0), LE32(0x410CC601), LE32(0), LE32(0), LE32(0x11), LE32(0x0A), LE32(0x80), LE32(0x0A),
           LE32(0x80), LE32(0x1D), LE32(0x08));
    END;
}

/* OpenOCD's reading of core registers: as many items as a V2 takes. */
TEST(a_batch_of_64_items_fits)
{
    struct bench *b = bench_in_debug(&bench_g071, 45);
    uint8_t data[320] = { 0 }, reply[512];

    for (unsigned i = 0; i < 64; i++) {
        const uint8_t word[] = { LE32(CHIP_RAM + 4 * i) };

        data[i] = 3;
        memcpy(data + 64 + 4 * i, word, 4);
        b->chip.ram[4 * i] = (uint8_t)(i + 1);
    }
    COMMAND(b, 0xF2, 0x51, LE32(64));
    assert_int_equal(bench_out(b, data, sizeof data), USB_DONE);
    COMMAND(b, 0xF2, 0x52);
    assert_int_equal(bench_in(b, reply, sizeof reply), 512);
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(reply[4 * i], i + 1);
        assert_int_equal(reply[256 + 4 * i], 0x80);
    }
    COMMAND(b, 0xF2, 0x51, LE32(65)); /* one more is not done */
    assert_int_equal(bench_out(b, pattern, 68 + 4 * 65), USB_DONE);
    COMMAND(b, 0xF2, 0x52);
    EXPECT(b, 0x08, 0);
    COMMAND(b, 0xF2, 0x51, LE32(0xFFFFFFFF)); /* absurd: no data phase at all */
    COMMAND(b, 0xF2, 0x52);
    EXPECT(b, 0x08, 0);
    END;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_every_width_arrive_wherever_they_start),
        cmocka_unit_test(tar_is_written_once_per_kib),
        cmocka_unit_test(one_byte_travels_as_two),
        cmocka_unit_test(a_fixed_address_does_not_move),
        cmocka_unit_test(misaligned_address_or_length_is_refused_with_full_length_data),
        cmocka_unit_test(a_read_that_faults_gives_full_length_and_the_address),
        cmocka_unit_test(a_write_that_faults_gives_the_address_of_the_first),
        cmocka_unit_test(a_sticky_flag_left_behind_spoils_one_command_only),
        cmocka_unit_test(a_busy_bus_is_told_as_wait),
        cmocka_unit_test(a_slow_bus_is_waited_for),
        cmocka_unit_test(limits_of_a_v2_are_kept_and_told),
        cmocka_unit_test(a_write_of_nearly_64_kib_goes_in_one_command),
        cmocka_unit_test(nothing_happens_to_the_target_before_the_last_data_packet),
        cmocka_unit_test(ap_and_csw_of_a_memory_command_count_from_j32),
        cmocka_unit_test(memory_commands_outside_debug_mode_move_data_and_fail),
        cmocka_unit_test(last_status_is_ok_before_any_memory_command),
        cmocka_unit_test(a_batch_gives_a_result_and_a_status_per_item),
        cmocka_unit_test(a_batch_goes_on_after_a_failing_item),
        cmocka_unit_test(a_batch_of_64_items_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
