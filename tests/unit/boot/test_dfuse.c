/* test_dfuse.c - the client against a well-behaved bootloader and its quirks. */
#include "boot_test.h"

static struct fake_dfu f;
static struct dfuse d;
static struct err e;

static int begin(void **state)
{
    fake_dfu_begin(&f);
    e = (struct err){ 0 };
    return 0;
}

static int end(void **state)
{
    dfuse_close(&d);
    d = (struct dfuse){ 0 };
    return 0;
}

static void expect_open(void)
{
    if (!dfuse_open(&d, &f.usb, &e))
        fail_msg("%s", e.cause);
}

static void opening_reads_memories_and_finds_the_chip(void **state)
{
    expect_open();
    assert_int_equal(d.memories, 4);
    assert_string_equal(d.memory[1].layout.name, "OB Bytes");
    assert_int_equal(d.dfu.transfer_bytes, 1024);
    assert_int_equal(d.bcd_device, 0x0220);
    assert_true(d.commands_known && d.can_erase && d.can_unprotect);
    assert_non_null(d.device);
    assert_int_equal(d.device->dev_id, 0x489);
    assert_int_equal(f.state, DFU_IDLE);
}

static void it_is_made_idle_from_whatever_state_it_was_left_in(void **state)
{
    static const uint8_t states[] = { DFU_IDLE, DFU_DNLOAD_SYNC, DFU_DNLOAD_IDLE, DFU_UPLOAD_IDLE, DFU_ERROR, DFU_DNBUSY };

    for (size_t i = 0; i < sizeof states; i++) {
        for (unsigned stalls = 0; stalls < 2; stalls++) {
            fake_dfu_begin(&f);
            f.state = states[i];
            f.stalls_clrstatus = stalls;
            f.status = states[i] == DFU_ERROR ? 0x0F : 0;
            expect_open();
            assert_int_equal(f.state, DFU_IDLE);
            dfuse_close(&d);
        }
    }
}

static void a_device_that_is_no_stm32_bootloader_is_told_apart(void **state)
{
    f.dfu_version = 0x0110;
    assert_false(dfuse_open(&d, &f.usb, &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.cause, "not ST's DfuSe"));
    assert_true(f.closed);
    fake_dfu_begin(&f);
    f.protocol = 1;
    assert_false(dfuse_open(&d, &f.usb, &e));
    assert_non_null(strstr(e.cause, "not in DFU mode"));
    fake_dfu_begin(&f);
    f.transfer_bytes = 0;
    assert_false(dfuse_open(&d, &f.usb, &e));
    assert_non_null(strstr(e.cause, "transfer size"));
}

static void a_memory_without_sense_spoils_only_itself(void **state)
{
    f.memory[3] = "rubbish";
    expect_open();
    assert_int_equal(d.memories, 4);
    assert_int_equal(d.memory[3].layout.count, 0);
    assert_non_null(d.device);
}

static void what_is_written_is_there_and_can_be_read(void **state)
{
    static const unsigned sizes[] = { 8, 64, 1024, 2048 };
    uint8_t out[5000], in[5000];

    for (unsigned i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 3 + i / 256);
    for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        fake_dfu_begin(&f);
        f.transfer_bytes = sizes[k];
        expect_open();
        assert_true(dfuse_write(&d, FAKE_BASE + 0x808, out, sizeof out, &e));
        assert_memory_equal(f.flash + 0x808, out, sizeof out);
        assert_true(dfuse_read(&d, FAKE_BASE + 0x808, in, sizeof in, &e));
        assert_memory_equal(in, out, sizeof out);
        assert_true(dfuse_read(&d, FAKE_BASE + 0x80B, in, 7, &e));
        assert_memory_equal(in, out + 3, 7);
        dfuse_close(&d);
    }
}

static void a_run_of_full_blocks_needs_one_address(void **state)
{
    uint8_t out[8192] = { 1 };

    expect_open();
    f.set_addresses = 0;
    assert_true(dfuse_write(&d, FAKE_BASE, out, 4096, &e) && dfuse_write(&d, FAKE_BASE + 4096, out, 4096, &e));
    assert_int_equal(f.set_addresses, 1);
    assert_int_equal(f.downloads, 8);
    assert_true(dfuse_write(&d, FAKE_BASE + 8192, out, 1024 + 8, &e)); /* the short one has its own */
    assert_int_equal(f.set_addresses, 2);
    assert_true(dfuse_erase_page(&d, FAKE_BASE + 0x4000, &e));
    assert_true(dfuse_write(&d, FAKE_BASE + 0x4000, out, 1024, &e));
    assert_int_equal(f.set_addresses, 3);
}

static void poll_times_are_waited_for(void **state)
{
    uint8_t out[1024] = { 0 };

    expect_open();
    f.poll_ms = 104;
    f.slept_us = 0;
    assert_true(dfuse_write(&d, FAKE_BASE, out, sizeof out, &e));
    assert_true(f.slept_us >= 208000 && f.slept_us < 220000); /* an address and a block */
    f.poll_ms = 0;
    f.erase_us = 40000;
    assert_true(dfuse_erase_page(&d, FAKE_BASE, &e)); /* asked until it is done */
}

static void a_question_that_comes_too_early_may_be_stalled(void **state)
{
    expect_open();
    f.stalls_early = true;
    f.poll_ms = 10;
    f.erase_us = 25000;
    assert_true(dfuse_erase_page(&d, FAKE_BASE, &e));
}

static void a_device_that_stays_busy_is_given_up(void **state)
{
    expect_open();
    f.erase_us = 3600u * 1000000u;
    assert_false(dfuse_erase_page(&d, FAKE_BASE, &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_true(f.now_us < 30 * 1000000u);
    fake_dfu_begin(&f);
    expect_open();
    f.poll_ms = 0xFFFFFF;                             /* 4.6 hours */
    assert_true(dfuse_erase_page(&d, FAKE_BASE, &e)); /* asked once more at the limit: it was done long since */
    assert_true(f.now_us < 30 * 1000000u);
}

static void addresses_outside_the_memories_are_refused_without_asking(void **state)
{
    uint8_t bytes[16] = { 0 };
    unsigned before;

    expect_open();
    before = f.transfers;
    assert_false(dfuse_read(&d, 0x20000000, bytes, 4, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_int_equal(e.n_seen, 4);
    assert_false(dfuse_read(&d, FAKE_BASE + 256 * 1024 - 4, bytes, 8, &e));
    assert_false(dfuse_read(&d, 0x1FFF67FE, bytes, 1, &e));
    assert_false(dfuse_write(&d, 0x1FFF6800, bytes, 8, &e)); /* OTP is written by nothing of ours */
    assert_false(dfuse_write(&d, 0x40022020, bytes, 8, &e));
    assert_false(dfuse_erase_page(&d, 0x1FFF6800, &e));
    assert_int_equal(f.transfers, before);
}

static void refusals_are_explained_and_cleared(void **state)
{
    uint8_t bytes[8] = { 0 };

    expect_open();
    f.no_engineering = true;
    assert_false(dfuse_read(&d, 0x1FFF6E50, bytes, 8, &e));
    assert_int_equal(e.kind, ERR_FAULT);
    assert_non_null(strstr(e.seen[0], "errTARGET"));
    assert_int_equal(f.state, DFU_IDLE);
    fake_set_option(&f, FAKE_OPTR, 0xFFFFFEBB);
    assert_false(dfuse_read(&d, FAKE_BASE, bytes, 8, &e));
    assert_int_equal(e.kind, ERR_LOCKED);
    assert_non_null(strstr(e.seen[0], "errVENDOR"));
    assert_non_null(strstr(e.hint, "dfu unprotect"));
    assert_int_equal(f.state, DFU_IDLE);
}

static void leaving_is_no_error_however_it_goes(void **state)
{
    expect_open();
    assert_true(dfuse_leave(&d, FAKE_BASE, &e));
    assert_int_equal(f.left, 1);
    assert_int_equal(f.left_to, FAKE_BASE);
    dfuse_close(&d);
    fake_dfu_begin(&f);
    f.silent_leave = true;
    expect_open();
    assert_true(dfuse_leave(&d, FAKE_BASE, &e));
    assert_int_equal(f.left, 1);
}

static void staying_is_an_error(void **state)
{
    expect_open();
    f.never_leaves = true;
    assert_false(dfuse_leave(&d, FAKE_BASE, &e));
    assert_non_null(strstr(e.cause, "stays"));
    assert_true(f.now_us < 20 * 1000000u);
}

static void the_option_block_is_guarded(void **state)
{
    uint8_t block[FAKE_OPTIONS];

    expect_open();
    memcpy(block, f.options, sizeof block);
    block[0] = 0xCC;
    assert_false(dfuse_write_block(&d, 0x40022020, block, sizeof block, &e));
    assert_int_equal(e.kind, ERR_REFUSED);
    block[0] = 0xBB;
    block[FAKE_SECR + 2] |= 1; /* BOOT_LOCK at level 1 */
    assert_false(dfuse_write_block(&d, 0x40022020, block, sizeof block, &e));
    assert_int_equal(e.kind, ERR_REFUSED);
    assert_int_equal(f.downloads, 0);
    block[0] = 0xAA;
    assert_true(dfuse_write_block(&d, 0x40022020, block, sizeof block, &e));
    assert_int_equal(f.downloads, 1);
}

static void an_unknown_chip_gets_flash_only(void **state)
{
    uint8_t bytes[16] = { 0 };

    f.memory[1] = "@Option Bytes /0x52002000/01*016 e";
    expect_open();
    assert_null(d.device);
    assert_true(dfuse_write(&d, FAKE_BASE, bytes, 8, &e));
    assert_false(dfuse_write_block(&d, 0x52002000, bytes, 16, &e));
    assert_int_equal(e.kind, ERR_REFUSED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(opening_reads_memories_and_finds_the_chip),
        T(it_is_made_idle_from_whatever_state_it_was_left_in),
        T(a_device_that_is_no_stm32_bootloader_is_told_apart),
        T(a_memory_without_sense_spoils_only_itself),
        T(what_is_written_is_there_and_can_be_read),
        T(a_run_of_full_blocks_needs_one_address),
        T(poll_times_are_waited_for),
        T(a_question_that_comes_too_early_may_be_stalled),
        T(a_device_that_stays_busy_is_given_up),
        T(addresses_outside_the_memories_are_refused_without_asking),
        T(refusals_are_explained_and_cleared),
        T(leaving_is_no_error_however_it_goes),
        T(staying_is_an_error),
        T(the_option_block_is_guarded),
        T(an_unknown_chip_gets_flash_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
