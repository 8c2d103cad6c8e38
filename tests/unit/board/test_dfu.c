/* test_dfu.c - the bootloader in the system memory of a virtual STM32U073 as a host meets it: DFU 1.1 with ST's extension (AN3156 Rev 18,
 * AN2606 Rev 70), request by request. Judged by dfu-util as well: tests/judges/dfu_util.py. The ways in and out: test_dfu_leave.c. */
#include "dfu_rig.h"

enum { OTP = 0x1FFF6800, OPTION_BYTES = 136, PAGE = 2048 };

#define assert_fails(answer_, status_)            \
    do {                                          \
        const struct answer fails_ = (answer_);   \
        assert_int_equal(fails_.state, ERROR);    \
        assert_int_equal(fails_.status, status_); \
    } while (0)

static enum usb_status read_at(struct rom *r, uint32_t addr, size_t len)
{
    set_address(r, addr);
    to_idle(r);
    return dfu(r, UPLOAD, 2, len);
}

static void select_memory(struct rom *r, unsigned alternate)
{
    assert_int_equal(transfer(r, 0x01, 11, (uint16_t)alternate, 0, 0), USB_DONE);
}

/* ---- what it is ---- */

static void a_blank_chip_shows_four_memories_over_usb(void **state)
{
    static const char *const names[] = { "@Internal Flash    /0x08000000/128*02Kg", "@OB Bytes          /0x40022020/01*136 e",
                                         "@OTP Memory        /0x1FFF6800/01*1024 e", "@ENGI Bytes        /0x1FFF6C00/01*1024.e" };
    struct rom r = rom_new();
    struct usb_identity id;

    assert_true(present(&r));
    board_plug_identity(r.board, BOARD_TARGET, &id);
    assert_int_equal(get_le16(id.device + 8), 0x0483);
    assert_int_equal(get_le16(id.device + 10), 0xDF11);
    assert_int_equal(get_le16(id.device + 12), 0x0220);
    assert_string_equal(id.product, "STM32  BOOTLOADER");
    assert_string_equal(id.serial, "30694F774345"); /* of the unique id */
    assert_int_equal(id.config_bytes, 54);
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *alternate = id.config + 9 + 9 * i;
        char text[64] = "";

        assert_memory_equal(alternate + 5, "\xFE\x01\x02", 3);
        assert_int_equal(alternate[3], i);
        assert_int_equal(transfer(&r, 0x80, 6, (uint16_t)(0x300 | alternate[8]), 0x0409, 255), USB_DONE);
        for (size_t at = 2; at < r.len; at += 2)
            text[at / 2 - 1] = (char)r.data[at];
        assert_string_equal(text, names[i]);
    }
    assert_memory_equal(id.config + 45, "\x09\x21\x0B\xFF\x00\x00\x04\x1A\x01", 9);
    rom_free(&r);
}

static void a_chip_with_firmware_shows_nothing(void **state)
{
    struct rom r = rom_new();
    struct program p = { 0 };
    uint8_t image[1024];

    build_app(&p, image);
    assert_true(chip_poke(r.board->chip, FLASH_BASE, image, sizeof image));
    board_power(r.board, false);
    notice(&r, 10);
    assert_false(present(&r));
    board_power(r.board, true);
    notice(&r, 1000);
    assert_false(present(&r));
    assert_true(said_hello(&r));
    rom_free(&r);
}

static void it_answers_what_chapter_9_asks(void **state)
{
    struct rom r = rom_new();

    assert_int_equal(transfer(&r, 0x80, 8, 0, 0, 1), USB_DONE); /* GET_CONFIGURATION */
    assert_int_equal(r.data[0], 1);
    assert_int_equal(transfer(&r, 0x80, 0, 0, 0, 2), USB_DONE); /* GET_STATUS */
    select_memory(&r, 3);
    assert_int_equal(transfer(&r, 0x81, 10, 0, 0, 1), USB_DONE); /* GET_INTERFACE */
    assert_int_equal(r.data[0], 3);
    assert_int_equal(transfer(&r, 0x01, 11, 4, 0, 0), USB_STALLED);
    assert_int_equal(transfer(&r, 0x80, 6, 0x0600, 0, 10), USB_STALLED); /* device qualifier: full speed only */
    assert_int_equal(transfer(&r, 0x80, 6, 0x03EE, 0, 255), USB_STALLED);
    assert_int_equal(transfer(&r, 0x80, 6, 0x2100, 0, 9), USB_DONE); /* the functional descriptor alone */
    assert_int_equal(r.data[1], 0x21);
    assert_int_equal(transfer(&r, 0x80, 6, 0x0100, 0, 8), USB_DONE); /* less than there is */
    assert_int_equal(r.len, 8);
    rom_free(&r);
}

static void it_lists_its_commands(void **state)
{
    struct rom r = rom_new();

    assert_int_equal(dfu(&r, UPLOAD, 0, 64), USB_DONE);
    assert_int_equal(r.len, 4);
    assert_memory_equal(r.data, "\x00\x21\x41\x92", 4);
    assert_int_equal(get_status(&r).state, IDLE);
    rom_free(&r);
}

/* ---- states ---- */

static void a_command_is_done_by_the_getstatus_after_it(void **state)
{
    struct rom r = rom_new();

    assert_true(chip_poke(r.board->chip, FLASH_BASE + PAGE, "12345678", 8));
    r.data[0] = 0x41;
    put_le32(r.data + 1, FLASH_BASE + PAGE + 100);
    assert_int_equal(dfu(&r, DNLOAD, 0, 5), USB_DONE);
    assert_int_equal(dfu(&r, GETSTATE, 0, 1), USB_DONE);
    assert_int_equal(r.data[0], DNLOAD_SYNC);
    notice(&r, 100);
    assert_int_equal(peek(&r, FLASH_BASE + PAGE), 0x34333231);
    assert_int_equal(get_status(&r).state, DNBUSY);
    assert_int_equal(get_status(&r).state, DNLOAD_IDLE); /* asked too early it NAKs until it is done */
    assert_int_equal(peek(&r, FLASH_BASE + PAGE), UINT32_MAX);
    rom_free(&r);
}

static void in_error_only_status_state_and_clear_are_answered(void **state)
{
    struct rom r = rom_new();

    assert_int_equal(dfu(&r, DNLOAD, 1, 8), USB_STALLED); /* block 1 is reserved */
    assert_fails(get_status(&r), ERR_STALLEDPKT);
    assert_int_equal(dfu(&r, DNLOAD, 2, 8), USB_STALLED);
    assert_int_equal(dfu(&r, UPLOAD, 2, 8), USB_STALLED);
    assert_int_equal(dfu(&r, ABORT, 0, 0), USB_STALLED);
    assert_int_equal(dfu(&r, GETSTATE, 0, 1), USB_DONE);
    assert_int_equal(r.data[0], ERROR);
    assert_int_equal(dfu(&r, CLRSTATUS, 0, 0), USB_DONE);
    assert_int_equal(get_status(&r).state, IDLE);
    assert_int_equal(dfu(&r, ABORT, 0, 0), USB_DONE); /* allowed, without effect: dfu-util relies on it */
    assert_int_equal(dfu(&r, DETACH, 0, 0), USB_STALLED);
    to_idle(&r);
    assert_int_equal(transfer(&r, 0xA1, 9, 0, 0, 1), USB_STALLED); /* no such request */
    to_idle(&r);
    r.data[0] = 0x42;
    assert_int_equal(dfu(&r, DNLOAD, 0, 1), USB_STALLED); /* no such command */
    to_idle(&r);
    assert_int_equal(dfu(&r, UPLOAD, 2, 64), USB_DONE);
    assert_int_equal(dfu(&r, DNLOAD, 2, 8), USB_STALLED); /* out of turn */
    rom_free(&r);
}

static void more_than_the_transfer_size_is_refused(void **state)
{
    struct rom r = rom_new();

    assert_int_equal(dfu(&r, DNLOAD, 2, 1025), USB_STALLED);
    to_idle(&r);
    assert_int_equal(dfu(&r, UPLOAD, 2, 1025), USB_STALLED);
    to_idle(&r);
    assert_int_equal(dfu(&r, UPLOAD, 2, 1024), USB_DONE);
    assert_int_equal(r.len, 1024);
    rom_free(&r);
}

/* ---- reading and writing ---- */

static void what_was_written_is_read_by_block_numbers(void **state)
{
    struct rom r = rom_new();
    uint8_t image[2048];

    for (size_t i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(i * 7 + i / 256);
    erase_page(&r, 0x08003000);
    set_address(&r, 0x08003000);
    for (unsigned block = 0; block < 2; block++) {
        memcpy(r.data, image + block * 1024, 1024);
        assert_int_equal(dfu(&r, DNLOAD, (uint16_t)(2 + block), 1024), USB_DONE);
        assert_fine(finish(&r));
    }
    to_idle(&r);
    for (unsigned block = 0; block < 2; block++) {
        assert_int_equal(dfu(&r, UPLOAD, (uint16_t)(2 + block), 1024), USB_DONE);
        assert_memory_equal(r.data, image + block * 1024, 1024);
        assert_int_equal(get_status(&r).state, UPLOAD_IDLE);
    }
    assert_int_equal(dfu(&r, UPLOAD, 2, 100), USB_DONE); /* any length */
    assert_memory_equal(r.data, image, 100);
    rom_free(&r);
}

static void at_the_end_of_a_memory_an_upload_is_short(void **state)
{
    struct rom r = rom_new();

    assert_int_equal(read_at(&r, 0x08040000 - 100, 1024), USB_DONE);
    assert_int_equal(r.len, 100);
    assert_int_equal(get_status(&r).state, IDLE);
    assert_int_equal(read_at(&r, 0x08040000, 16), USB_STALLED);
    assert_fails(get_status(&r), ERR_TARGET);
    rom_free(&r);
}

static void outside_the_memories_is_errtarget(void **state)
{
    static const uint32_t places[] = { 0x00000000, 0x07FFFFF8, 0x08040000, 0x20000000, 0x2000A000,
                                       0x1FFF6800, 0x40022020, 0x50000000, 0xE000ED00 };
    struct rom r = rom_new();

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_int_equal(read_at(&r, places[i], 16), USB_STALLED);
        assert_fails(get_status(&r), ERR_TARGET);
        to_idle(&r);
        assert_fails(write_at(&r, places[i], "12345678", 8), ERR_TARGET);
        to_idle(&r);
        assert_fails(command(&r, 0x41, places[i]), ERR_TARGET);
        to_idle(&r);
    }
    assert_fails(write_at(&r, 0x08040000 - 8, "1234567812345678", 16), ERR_TARGET); /* over the end */
    to_idle(&r);
    assert_int_equal(read_at(&r, 0x1FFF67FC, 4), USB_DONE); /* system memory is for reading */
    assert_int_equal(r.data[2], 0xD0);
    assert_fails(write_at(&r, 0x1FFF0000, "12345678", 8), ERR_TARGET);
    rom_free(&r);
}

static void ram_that_it_does_not_use_is_open(void **state)
{
    struct rom r = rom_new();

    assert_fine(write_at(&r, 0x20002170, "rambling", 8));
    assert_int_equal(peek(&r, 0x20002170), 0x626D6172);
    assert_int_equal(read_at(&r, 0x20002170, 8), USB_DONE);
    assert_memory_equal(r.data, "rambling", 8);
    assert_fails(write_at(&r, 0x2000216C, "12345678", 8), ERR_TARGET);
    rom_free(&r);
}

static void a_write_off_its_unit_fails_and_so_do_all_after_it(void **state)
{
    struct rom r = rom_new();

    erase_page(&r, FLASH_BASE);
    assert_fine(write_at(&r, FLASH_BASE, "aligned.", 8));
    assert_fails(write_at(&r, FLASH_BASE + 12, "12345678", 8), ERR_PROG);
    to_idle(&r);
    assert_fails(write_at(&r, FLASH_BASE + 16, "12345678", 8), ERR_PROG); /* the flags are still there */
    to_idle(&r);
    assert_int_equal(peek(&r, FLASH_BASE + 16), UINT32_MAX);
    assert_fails(write_at(&r, FLASH_BASE + 32, "12345", 5), ERR_PROG); /* lengths are multiples of 4 */
    rom_free(&r);
}

static void half_a_unit_at_the_end_is_filled_up_or_refused(void **state)
{
    struct rom r = rom_new();

    erase_page(&r, FLASH_BASE);
    assert_fine(write_at(&r, FLASH_BASE, "twelve bytes", 12));
    assert_int_equal(peek(&r, FLASH_BASE + 8), 0x73657479);
    assert_int_equal(peek(&r, FLASH_BASE + 12), UINT32_MAX);
    assert_fails(write_at(&r, FLASH_BASE + 8, "12345678", 8), ERR_PROG); /* the ones were programmed */
    rom_free(&r);
    r = rom_with((const char *const[]){ "rom_pads", "0", NULL });
    erase_page(&r, FLASH_BASE);
    assert_fails(write_at(&r, FLASH_BASE, "twelve bytes", 12), ERR_PROG);
    assert_int_equal(peek(&r, FLASH_BASE), UINT32_MAX);
    rom_free(&r);
}

static void mass_erase_leaves_nothing_in_main_flash_and_otp_alone(void **state)
{
    struct rom r = rom_new();

    assert_true(chip_poke(r.board->chip, FLASH_BASE + 5 * PAGE, "12345678", 8));
    assert_true(chip_poke(r.board->chip, 0x0803FFF8, "12345678", 8));
    assert_true(chip_poke(r.board->chip, OTP, "12345678", 8));
    r.data[0] = 0x41;
    assert_int_equal(dfu(&r, DNLOAD, 0, 1), USB_DONE);
    assert_fine(finish(&r));
    assert_int_equal(peek(&r, FLASH_BASE + 5 * PAGE), UINT32_MAX);
    assert_int_equal(peek(&r, 0x0803FFF8), UINT32_MAX);
    assert_int_equal(peek(&r, OTP), 0x34333231);
    rom_free(&r);
}

static void otp_takes_a_unit_once(void **state)
{
    struct rom r = rom_new();

    select_memory(&r, 2);
    assert_fine(write_at(&r, OTP + 8, "for ever", 8));
    assert_int_equal(read_at(&r, OTP + 8, 8), USB_DONE);
    assert_memory_equal(r.data, "for ever", 8);
    assert_fine(write_at(&r, OTP + 8, "no more.", 8)); /* write-protected: passed over in silence */
    assert_int_equal(peek(&r, OTP + 8), 0x20726F66);
    assert_fails(write_at(&r, FLASH_BASE, "12345678", 8), ERR_TARGET); /* another memory */
    rom_free(&r);
}

static void engineering_bytes_are_for_reading(void **state)
{
    struct rom r = rom_new();

    select_memory(&r, 3);
    assert_int_equal(read_at(&r, 0x1FFF6C00, 1024), USB_DONE);
    assert_int_equal(get_le16(r.data + 0x2A0), 256);
    assert_fails(write_at(&r, 0x1FFF6C00, "12345678", 8), ERR_TARGET);
    rom_free(&r);
}

/* ---- protection and options ---- */

static void a_write_protected_page_is_passed_over_in_silence(void **state)
{
    struct rom r = rom_new();

    assert_true(chip_poke(r.board->chip, FLASH_BASE + 3 * PAGE, "12345678", 8));
    assert_true(chip_store_option(r.board->chip, U0_FLASH_WRP1AR, 3 | 3 << 16));
    restart(&r);
    assert_true(present(&r));
    erase_page(&r, FLASH_BASE + 3 * PAGE);
    assert_int_equal(peek(&r, FLASH_BASE + 3 * PAGE), 0x34333231);
    assert_fine(write_at(&r, FLASH_BASE + 3 * PAGE + 8, "abcdefgh", 8));
    assert_int_equal(peek(&r, FLASH_BASE + 3 * PAGE + 8), UINT32_MAX);
    assert_fine(write_at(&r, FLASH_BASE + 3 * PAGE, "abcdefgh", 8)); /* over what is there already, too */
    assert_int_equal(peek(&r, FLASH_BASE + 3 * PAGE), 0x34333231);
    r.data[0] = 0x41;
    assert_int_equal(dfu(&r, DNLOAD, 0, 1), USB_DONE);
    assert_fine(finish(&r));
    assert_int_equal(peek(&r, FLASH_BASE + 3 * PAGE), 0x34333231);
    erase_page(&r, FLASH_BASE + 4 * PAGE);
    assert_fine(write_at(&r, FLASH_BASE + 4 * PAGE, "abcdefgh", 8)); /* and nothing is left behind */
    assert_int_equal(peek(&r, FLASH_BASE + 4 * PAGE), 0x64636261);
    rom_free(&r);
}

static void read_out_protected_it_only_lifts_the_protection(void **state)
{
    struct rom r = rom_new();
    uint32_t appeared;

    assert_true(chip_poke(r.board->chip, FLASH_BASE + 3 * PAGE, "12345678", 8));
    assert_true(chip_store_option(r.board->chip, U0_FLASH_OPTR, (OPTR_FACTORY & ~0xFFu) | 0xBB));
    restart(&r);
    assert_int_equal(read_at(&r, FLASH_BASE, 16), USB_STALLED);
    assert_fails(get_status(&r), ERR_VENDOR);
    to_idle(&r);
    assert_fails(write_at(&r, FLASH_BASE, "12345678", 8), ERR_VENDOR);
    to_idle(&r);
    assert_fails(command(&r, 0x41, FLASH_BASE), ERR_VENDOR);
    to_idle(&r);
    select_memory(&r, 1);
    assert_int_equal(read_at(&r, OPTIONS, OPTION_BYTES), USB_STALLED);
    to_idle(&r);
    appeared = r.board->s.appeared[BOARD_TARGET];
    r.data[0] = 0x92;
    assert_int_equal(dfu(&r, DNLOAD, 0, 1), USB_DONE);
    assert_int_equal(get_status(&r).state, DNBUSY);
    assert_int_equal(dfu(&r, GETSTATUS, 0, 6), USB_GONE);
    notice(&r, 600);
    assert_int_equal(peek(&r, FLASH_REGS + U0_FLASH_OPTR) & 0xFF, 0xAA);
    assert_int_equal(peek(&r, FLASH_BASE + 3 * PAGE), UINT32_MAX);
    assert_true(present(&r)); /* options were loaded: EMPTY again */
    assert_int_equal(r.board->s.appeared[BOARD_TARGET], appeared + 1);
    rom_free(&r);
}

static void unprotecting_what_is_open_clears_ram_and_no_more(void **state)
{
    struct rom r = rom_new();

    assert_true(chip_poke(r.board->chip, FLASH_BASE + 3 * PAGE, "12345678", 8));
    assert_fine(write_at(&r, 0x20003000, "rambling", 8));
    r.data[0] = 0x92;
    assert_int_equal(dfu(&r, DNLOAD, 0, 1), USB_DONE);
    assert_fine(finish(&r));
    assert_int_equal(peek(&r, 0x20003000), 0);
    assert_int_equal(peek(&r, FLASH_BASE + 3 * PAGE), 0x34333231);
    rom_free(&r);
}

static void options_are_written_as_a_whole_and_loaded_at_once(void **state)
{
    struct rom r = rom_new();
    uint8_t block[OPTION_BYTES];
    uint32_t appeared;

    select_memory(&r, 1);
    assert_int_equal(read_at(&r, OPTIONS, OPTION_BYTES), USB_DONE);
    assert_int_equal(r.len, OPTION_BYTES);
    memcpy(block, r.data, sizeof block);
    assert_int_equal(get_le32(block), OPTR_FACTORY);
    assert_int_equal(get_le32(block + 0x0C), 0x7F);
    assert_fails(write_at(&r, OPTIONS, block, 64), ERR_TARGET);
    to_idle(&r);
    assert_fails(write_at(&r, OPTIONS + 4, block, 64), ERR_TARGET);
    to_idle(&r);
    put_le32(block + 0x0C, 5 | 6 << 16);
    appeared = r.board->s.appeared[BOARD_TARGET];
    set_address(&r, OPTIONS);
    memcpy(r.data, block, sizeof block);
    assert_int_equal(dfu(&r, DNLOAD, 2, sizeof block), USB_DONE);
    assert_int_equal(get_status(&r).state, DNBUSY);
    assert_int_equal(dfu(&r, GETSTATUS, 0, 6), USB_GONE);
    notice(&r, 600);
    assert_int_equal(peek(&r, FLASH_REGS + U0_FLASH_WRP1AR), 5 | 6 << 16);
    assert_int_equal(peek(&r, FLASH_REGS + U0_FLASH_OPTR), OPTR_FACTORY);
    assert_int_equal(r.board->s.appeared[BOARD_TARGET], appeared + 1);
    rom_free(&r);
}

/* ---- settings ---- */

static void poll_times_are_the_boards_to_set(void **state)
{
    struct rom r = rom_with((const char *const[]){ "rom_poll_address_ms", "1", "rom_poll_erase_ms", "100", "rom_poll_mass_erase_ms", "2000",
                                                   "rom_poll_write_ms", "104", NULL });

    r.data[0] = 0x21;
    put_le32(r.data + 1, FLASH_BASE);
    assert_int_equal(dfu(&r, DNLOAD, 0, 5), USB_DONE);
    assert_int_equal(get_status(&r).poll_ms, 1);
    assert_int_equal(get_status(&r).poll_ms, 0);
    r.data[0] = 0x41;
    put_le32(r.data + 1, FLASH_BASE);
    assert_int_equal(dfu(&r, DNLOAD, 0, 5), USB_DONE);
    assert_int_equal(get_status(&r).poll_ms, 100);
    get_status(&r);
    r.data[0] = 0x41;
    assert_int_equal(dfu(&r, DNLOAD, 0, 1), USB_DONE);
    assert_int_equal(get_status(&r).poll_ms, 2000);
    get_status(&r);
    assert_int_equal(dfu(&r, DNLOAD, 2, 8), USB_DONE);
    assert_int_equal(get_status(&r).poll_ms, 104);
    rom_free(&r);
}

static void the_transfer_size_is_the_boards_to_set(void **state)
{
    struct rom r = rom_with((const char *const[]){ "rom_transfer_bytes", "2048", NULL });

    assert_int_equal(transfer(&r, 0x80, 6, 0x2100, 0, 9), USB_DONE);
    assert_int_equal(get_le16(r.data + 5), 2048);
    erase_page(&r, FLASH_BASE);
    set_address(&r, FLASH_BASE);
    memset(r.data, 0x5A, 2048);
    assert_int_equal(dfu(&r, DNLOAD, 2, 2048), USB_DONE);
    assert_fine(finish(&r));
    assert_int_equal(peek(&r, FLASH_BASE + 2044), 0x5A5A5A5A);
    to_idle(&r);
    assert_int_equal(dfu(&r, UPLOAD, 3, 2048), USB_DONE); /* blocks are as far apart as they are long */
    assert_int_equal(get_le32(r.data), UINT32_MAX);
    rom_free(&r);
}

static void clrstatus_may_stall_outside_of_an_error(void **state)
{
    struct rom r = rom_new();

    assert_int_equal(dfu(&r, CLRSTATUS, 0, 0), USB_DONE);
    assert_int_equal(get_status(&r).state, IDLE);
    rom_free(&r);
    r = rom_with((const char *const[]){ "rom_clrstatus_stalls", "1", NULL });
    assert_int_equal(dfu(&r, CLRSTATUS, 0, 0), USB_STALLED);
    assert_fails(get_status(&r), ERR_STALLEDPKT);
    assert_int_equal(dfu(&r, CLRSTATUS, 0, 0), USB_DONE);
    rom_free(&r);
}

static void leave_may_be_silent(void **state)
{
    struct rom r = rom_with((const char *const[]){ "rom_silent_leave", "1", NULL });

    download_app(&r);
    assert_int_equal(leave(&r), USB_GONE);
    notice(&r, 20);
    assert_true(said_hello(&r));
    rom_free(&r);
}

static void a_question_that_comes_too_early_may_stall_and_changes_nothing(void **state)
{
    struct rom r = rom_with((const char *const[]){ "rom_busy_stall_ms", "15", "rom_poll_address_ms", "5", NULL });

    r.data[0] = 0x21;
    put_le32(r.data + 1, FLASH_BASE + 8 * PAGE);
    assert_int_equal(dfu(&r, DNLOAD, 0, 5), USB_DONE);
    assert_int_equal(get_status(&r).poll_ms, 5);
    for (unsigned i = 0; i < 2; i++) {
        notice(&r, 5);
        assert_int_equal(dfu(&r, GETSTATUS, 0, 6), USB_STALLED);
    }
    notice(&r, 5);
    assert_fine(get_status(&r));
    to_idle(&r); /* only after dfuDNBUSY */
    rom_free(&r);
    r = rom_with((const char *const[]){ "rom_poll_address_ms", "5", NULL });
    r.data[0] = 0x21;
    put_le32(r.data + 1, FLASH_BASE);
    assert_int_equal(dfu(&r, DNLOAD, 0, 5), USB_DONE);
    assert_int_equal(get_status(&r).poll_ms, 5);
    assert_fine(get_status(&r)); /* this ROM does not mind */
    rom_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blank_chip_shows_four_memories_over_usb),
        cmocka_unit_test(a_chip_with_firmware_shows_nothing),
        cmocka_unit_test(it_answers_what_chapter_9_asks),
        cmocka_unit_test(it_lists_its_commands),
        cmocka_unit_test(a_command_is_done_by_the_getstatus_after_it),
        cmocka_unit_test(in_error_only_status_state_and_clear_are_answered),
        cmocka_unit_test(more_than_the_transfer_size_is_refused),
        cmocka_unit_test(what_was_written_is_read_by_block_numbers),
        cmocka_unit_test(at_the_end_of_a_memory_an_upload_is_short),
        cmocka_unit_test(outside_the_memories_is_errtarget),
        cmocka_unit_test(ram_that_it_does_not_use_is_open),
        cmocka_unit_test(a_write_off_its_unit_fails_and_so_do_all_after_it),
        cmocka_unit_test(half_a_unit_at_the_end_is_filled_up_or_refused),
        cmocka_unit_test(mass_erase_leaves_nothing_in_main_flash_and_otp_alone),
        cmocka_unit_test(otp_takes_a_unit_once),
        cmocka_unit_test(engineering_bytes_are_for_reading),
        cmocka_unit_test(a_write_protected_page_is_passed_over_in_silence),
        cmocka_unit_test(read_out_protected_it_only_lifts_the_protection),
        cmocka_unit_test(unprotecting_what_is_open_clears_ram_and_no_more),
        cmocka_unit_test(options_are_written_as_a_whole_and_loaded_at_once),
        cmocka_unit_test(poll_times_are_the_boards_to_set),
        cmocka_unit_test(the_transfer_size_is_the_boards_to_set),
        cmocka_unit_test(clrstatus_may_stall_outside_of_an_error),
        cmocka_unit_test(leave_may_be_silent),
        cmocka_unit_test(a_question_that_comes_too_early_may_stall_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
