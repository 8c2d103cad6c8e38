/* test_dfu.c - the bootloader in the system memory of a virtual STM32U073 as a host meets it: DFU 1.1 with ST's extension (AN3156 Rev 18,
 * AN2606 Rev 70), request by request. Judged by dfu-util as well: tests/judges/dfu_util.py. */
#include "../chip/rig.h"

#include "base/bytes.h"
#include "board/board.h"
#include "board/file.h"

#include <stdlib.h>
#include <time.h>

enum request { DETACH, DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS, GETSTATE, ABORT };
enum state { IDLE = 2, DNLOAD_SYNC, DNBUSY, DNLOAD_IDLE, MANIFEST_SYNC, MANIFEST, UPLOAD_IDLE = 9, ERROR };
enum status { OK, ERR_TARGET = 1, ERR_PROG = 6, ERR_VENDOR = 0x0B, ERR_STALLEDPKT = 0x0F };
enum { OTP = 0x1FFF6800, OPTIONS = 0x40022020, OPTION_BYTES = 136, PAGE = 2048 };

struct rom {
    struct board *board;
    struct usbhost *host;
    uint8_t data[2048];
    size_t len;
};

static void notice(struct rom *r, uint64_t ms)
{
    for (uint64_t end = board_now_ps(r->board) + ms * PS_PER_MS; board_now_ps(r->board) < end;) {
        board_run_until(r->board, board_now_ps(r->board) + PS_PER_MS);
        board_notice_usb(r->board);
    }
}

static struct rom rom_with(const char *const *settings)
{
    struct board_params params;
    struct err e = { 0 };
    struct rom r = { 0 };

    params_defaults(&params);
    for (; settings && settings[0]; settings += 2)
        assert_true(params_set(&params, settings[0], settings[1], &e));
    r.board = board_new("stm32u073rc", &params, &e);
    assert_non_null(r.board);
    r.host = &r.board->plug[BOARD_TARGET];
    return r;
}

static struct rom rom_new(void) { return rom_with(NULL); }
static void rom_free(struct rom *r) { board_free(r->board); }
static bool present(const struct rom *r) { return board_plug_present(r->board, BOARD_TARGET); }
static uint32_t peek(const struct rom *r, uint32_t addr) { return rig_peek(r->board->chip, addr); }

/* ---- requests ---- */

static enum usb_status transfer(struct rom *r, uint8_t type, uint8_t request, uint16_t value, uint16_t index, size_t len)
{
    const uint8_t setup[8] = {
        type, request, (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)index, (uint8_t)(index >> 8), (uint8_t)len, (uint8_t)(len >> 8)
    };

    r->len = len;
    return usbhost_control(r->host, setup, r->data, &r->len, 5 * PS_PER_S);
}

static enum usb_status dfu(struct rom *r, enum request request, uint16_t value, size_t len)
{
    const bool in = request == UPLOAD || request == GETSTATUS || request == GETSTATE;

    return transfer(r, in ? 0xA1 : 0x21, (uint8_t)request, value, 0, len);
}

struct answer {
    unsigned status, state, poll_ms;
};

static struct answer get_status(struct rom *r)
{
    assert_int_equal(dfu(r, GETSTATUS, 0, 6), USB_DONE);
    assert_int_equal(r->len, 6);
    return (struct answer){ r->data[0], r->data[4], r->data[1] | (unsigned)r->data[2] << 8 | (unsigned)r->data[3] << 16 };
}

/* The two GETSTATUS after a download, with the wait that the first asks for. Returns how it ended. */
static struct answer finish(struct rom *r)
{
    const struct answer busy = get_status(r);

    assert_int_equal(busy.status, OK);
    assert_int_equal(busy.state, DNBUSY);
    notice(r, busy.poll_ms);
    return get_status(r);
}

static struct answer command(struct rom *r, uint8_t code, uint32_t addr)
{
    r->data[0] = code;
    put_le32(r->data + 1, addr);
    assert_int_equal(dfu(r, DNLOAD, 0, 5), USB_DONE);
    return finish(r);
}

#define assert_fine(answer_)                        \
    do {                                            \
        const struct answer fine_ = (answer_);      \
        assert_int_equal(fine_.status, OK);         \
        assert_int_equal(fine_.state, DNLOAD_IDLE); \
    } while (0)
#define assert_fails(answer_, status_)            \
    do {                                          \
        const struct answer fails_ = (answer_);   \
        assert_int_equal(fails_.state, ERROR);    \
        assert_int_equal(fails_.status, status_); \
    } while (0)

static void to_idle(struct rom *r)
{
    assert_int_equal(dfu(r, get_status(r).state == ERROR ? CLRSTATUS : ABORT, 0, 0), USB_DONE);
    assert_int_equal(get_status(r).state, IDLE);
}

static void set_address(struct rom *r, uint32_t addr)
{
    if (get_status(r).state == UPLOAD_IDLE) /* nothing is downloaded in the middle of an upload */
        to_idle(r);
    assert_fine(command(r, 0x21, addr));
}

static void erase_page(struct rom *r, uint32_t addr) { assert_fine(command(r, 0x41, addr)); }

static struct answer write_at(struct rom *r, uint32_t addr, const void *bytes, size_t len)
{
    set_address(r, addr);
    memcpy(r->data, bytes, len);
    assert_int_equal(dfu(r, DNLOAD, 2, len), USB_DONE);
    return finish(r);
}

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

/* ---- programs for the target ---- */

static void send_banner(struct program *p)
{
    prog_write(p, RCC_BASE + U0_RCC_IOPENR, BITS(U0_RCC_IOPENR_GPIOAEN));
    prog_write(p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USART2EN));
    prog_write(p, GPIOA_BASE + GPIO_AFRL, 7 << 8);
    prog_write(p, GPIOA_BASE + GPIO_MODER, 0xEBFFFFEF); /* PA2: alternate function */
    prog_write(p, USART2_BASE + USART_BRR, 208);
    prog_write(p, USART2_BASE + USART_CR1, BITS(USART_CR1_UE) | BITS(USART_CR1_TE));
    prog_send(p, USART2_BASE, "hello\n");
}

static void build_app(struct program *p, uint8_t image[1024])
{
    send_banner(p);
    prog_stop(p);
    assert_true(PROGRAM_AT + p->count * 2 <= 1024);
    memset(image, 0xFF, 1024);
    for (unsigned i = 0; i < 48; i++)
        put_le32(image + i * 4, 0x08000000 + HANDLER_AT + 1);
    put_le32(image, RAM_BASE + 32 * 1024);
    put_le32(image + 4, 0x08000000 + PROGRAM_AT + 1);
    put_le16(image + HANDLER_AT, 0xE7FE);
    for (uint32_t i = 0; i < p->count; i++)
        put_le16(image + PROGRAM_AT + i * 2, p->code[i]);
}

static bool said_hello(struct rom *r) { return board_uart_find(r->board, "hello\n", 6); }

static void download_app(struct rom *r)
{
    struct program p = { 0 };
    uint8_t image[1024];

    build_app(&p, image);
    erase_page(r, FLASH_BASE);
    assert_fine(write_at(r, FLASH_BASE, image, sizeof image));
}

static enum usb_status leave(struct rom *r)
{
    assert_int_equal(dfu(r, DNLOAD, 2, 0), USB_DONE);
    return dfu(r, GETSTATUS, 0, 6);
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

static void restart(struct rom *r)
{
    board_power(r->board, false);
    notice(r, 5);
    board_power(r->board, true);
    notice(r, 600);
}

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

/* ---- leaving ---- */

static void leave_answers_then_goes_and_the_application_runs(void **state)
{
    struct rom r = rom_new();

    download_app(&r);
    assert_int_equal(leave(&r), USB_DONE);
    assert_int_equal(r.data[0], OK);
    assert_int_equal(r.data[4], MANIFEST);
    notice(&r, 20);
    assert_false(present(&r));
    assert_true(said_hello(&r));
    assert_int_equal(peek(&r, PPB(SYST_CSR)), 0);
    assert_int_equal(peek(&r, PPB(NVIC_ISER)), 0);
    rom_free(&r);
}

static void leave_to_where_nothing_can_run_is_a_reset(void **state)
{
    struct rom r = rom_new();

    download_app(&r);
    set_address(&r, OPTIONS);
    assert_int_equal(leave(&r), USB_DONE);
    notice(&r, 20);
    assert_non_null(rig_note(r.board->chip, "reset", "SYSRESETREQ"));
    assert_true(said_hello(&r)); /* EMPTY was cleared when the ROM began */
    rom_free(&r);
}

static void leave_from_idle_starts_what_is_there(void **state)
{
    struct rom r = rom_new();

    download_app(&r);
    to_idle(&r);
    set_address(&r, FLASH_BASE);
    to_idle(&r);
    assert_int_equal(dfu(&r, DNLOAD, 0, 0), USB_DONE); /* whatever the block's number */
    assert_int_equal(get_status(&r).state, MANIFEST);
    notice(&r, 20);
    assert_true(said_hello(&r));
    rom_free(&r);
}

/* ---- how it is entered ---- */

static void once_the_rom_has_run_a_reset_starts_blank_flash_and_power_brings_it_back(void **state)
{
    struct rom r = rom_new();

    assert_false(peek(&r, FLASH_REGS + U0_FLASH_ACR) & BITS(U0_FLASH_ACR_EMPTY)); /* V13.0 clears it at start */
    board_button(r.board, BOARD_RESET, true);
    notice(&r, 1);
    board_button(r.board, BOARD_RESET, false);
    notice(&r, 500);
    assert_false(present(&r));
    restart(&r);
    assert_true(present(&r));
    rom_free(&r);
}

static void each_boot_pattern_of_an2606_starts_it(void **state)
{
    const uint32_t sel = BITS(U0_FLASH_OPTR_nBOOT_SEL), boot0 = BITS(U0_FLASH_OPTR_nBOOT0), boot1 = BITS(U0_FLASH_OPTR_nBOOT1);
    const struct {
        uint32_t clear;
        bool pin, firmware, rom;
    } cases[] = {
        { boot0, false, true, true },          /* pattern 1: nBOOT_SEL=1, nBOOT0=0 */
        { sel, true, true, true },             /* 2: the pin */
        { 0, false, false, true },             /* 3: empty */
        { sel, false, false, true },           /* 4: empty, the pin low */
        { 0, true, true, false },              /* the pin does not count */
        { sel, false, true, false },           /* the pin is low */
        { boot0 | boot1, false, true, false }, /* SRAM */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rom r = rom_new();

        if (cases[i].firmware) {
            struct program p = { 0 };
            uint8_t image[1024];

            build_app(&p, image);
            assert_true(chip_poke(r.board->chip, FLASH_BASE, image, sizeof image));
        }
        assert_true(chip_store_option(r.board->chip, U0_FLASH_OPTR, OPTR_FACTORY & ~cases[i].clear));
        board_button(r.board, BOARD_BOOT0, cases[i].pin);
        restart(&r);
        assert_int_equal(present(&r), cases[i].rom);
        if (cases[i].rom && cases[i].firmware) {
            set_address(&r, FLASH_BASE);
            assert_int_equal(leave(&r), USB_DONE);
            notice(&r, 20);
            assert_true(said_hello(&r));
        }
        rom_free(&r);
    }
}

/* From the first instructions of an application, in a chip as reset leaves it: SYSCFG's MEM_MODE, MSP and the ROM's vector. */
static void build_jump(struct program *p, bool vectors_at_0, bool interrupts)
{
    prog_write(p, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_SYSCFGEN));
    if (vectors_at_0)
        prog_write(p, SYSCFG_BASE + U0_SYSCFG_CFGR1, PUT(U0_SYSCFG_CFGR1_MEM_MODE, 1));
    if (!interrupts)
        prog_half(p, 0xB672); /* cpsid i */
    prog_const(p, 0, 0x1FFF0000);
    prog_half(p, 0x6801); /* ldr r1, [r0] */
    prog_half(p, 0x6842); /* ldr r2, [r0, #4] */
    prog_half(p, 0xF381); /* msr msp, r1 */
    prog_half(p, 0x8808);
    prog_half(p, 0x4710); /* bx r2 */
}

static void jump_from_the_application(const struct program *p, bool shows, bool leaves)
{
    struct rom r = rom_new();

    rig_load(r.board->chip, FLASH_BASE, p);
    restart(&r);
    assert_int_equal(present(&r), shows);
    if (leaves) {
        download_app(&r);
        assert_int_equal(leave(&r), USB_DONE);
        notice(&r, 20);
        assert_true(said_hello(&r));
        restart(&r);
        assert_true(said_hello(&r));
    }
    rom_free(&r);
}

static void a_jump_from_the_application_works_if_the_chip_is_as_after_a_reset(void **state)
{
    struct program good = { 0 }, masked = { 0 }, mapped_wrong = { 0 };

    build_jump(&good, true, true);
    build_jump(&masked, true, false);
    build_jump(&mapped_wrong, false, true);
    jump_from_the_application(&good, true, true);
    jump_from_the_application(&masked, false, false);       /* nobody enables interrupts again: no DFU */
    jump_from_the_application(&mapped_wrong, false, false); /* the application's vectors are taken */
}

static void a_watchdog_that_runs_from_reset_is_kept_quiet(void **state)
{
    struct rom r = rom_new();
    size_t notes;
    const struct chip_note *note;

    assert_true(chip_store_option(r.board->chip, U0_FLASH_OPTR, OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_IWDG_SW)));
    restart(&r);
    assert_int_equal(peek(&r, IWDG_BASE + U0_IWDG_PR), 8);
    board_run_until(r.board, board_now_ps(r.board) + 300 * PS_PER_S);
    board_notice_usb(r.board);
    assert_true(present(&r));
    notes = chip_notes(r.board->chip, &note);
    for (size_t i = 0; i < notes; i++)
        assert_null(strstr(note[i].text, "watchdog"));
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

/* ---- the board around it ---- */

static void pulled_and_plugged_it_is_another_appearance(void **state)
{
    struct rom r = rom_new();
    const uint32_t before = r.board->s.appeared[BOARD_TARGET];

    set_address(&r, 0x08003000);
    board_cable(r.board, BOARD_TARGET, false);
    assert_false(present(&r));
    assert_int_equal(dfu(&r, GETSTATUS, 0, 6), USB_GONE);
    board_cable(r.board, BOARD_TARGET, true);
    assert_true(present(&r));
    assert_int_equal(r.board->s.appeared[BOARD_TARGET], before + 1);
    assert_int_equal(get_status(&r).state, IDLE);
    rom_free(&r);
}

/* Firmware that pulls D+ up and does no more: Linux says "device descriptor read/64, error" a few times, and leaves it. */
static void a_device_that_never_answers_is_given_up(void **state)
{
    struct rom r = rom_new();
    struct program p = { 0 };
    uint64_t before_ps;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USBEN) | BITS(U0_RCC_APBENR1_PWREN));
    prog_write(&p, PWR_BASE + U0_PWR_CR2, BITS(U0_PWR_CR2_USV));
    prog_write(&p, 0x40005C40, 0);          /* CNTR */
    prog_write(&p, 0x40005C58, 0x00008000); /* BCDR.DPPU_DPD */
    prog_stop(&p);
    rig_load(r.board->chip, FLASH_BASE, &p);
    board_power(r.board, false);
    notice(&r, 5);
    board_power(r.board, true);
    notice(&r, 2000);
    assert_false(present(&r));
    assert_true(usbhost_present(r.host));
    before_ps = board_now_ps(r.board);
    board_notice_usb(r.board); /* nobody asks it again */
    assert_int_equal(board_now_ps(r.board), before_ps);
    rom_free(&r);
}

static void a_saved_board_goes_on_in_mid_download(void **state)
{
    struct rom r = rom_new(), loaded = { 0 };
    struct buffer bytes = { 0 };
    struct err e = { 0 };

    erase_page(&r, FLASH_BASE);
    set_address(&r, FLASH_BASE);
    memcpy(r.data, "12345678", 8);
    assert_int_equal(dfu(&r, DNLOAD, 2, 8), USB_DONE);
    assert_true(board_save(r.board, &bytes, &e));
    loaded.board = board_load(bytes.bytes, bytes.len, &e);
    assert_non_null(loaded.board);
    loaded.host = &loaded.board->plug[BOARD_TARGET];
    assert_true(present(&loaded));
    assert_fine(finish(&loaded));
    assert_int_equal(peek(&loaded, FLASH_BASE), 0x34333231);
    rom_free(&loaded);
    rom_free(&r);
    buffer_free(&bytes);
}

static void a_halted_core_answers_nothing_and_goes_on(void **state)
{
    struct rom r = rom_new();
    uint64_t done_ps;

    assert_true(chip_debug_write(r.board->chip, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT), &done_ps));
    notice(&r, 1);
    assert_int_equal(dfu(&r, GETSTATUS, 0, 6), USB_TIMED_OUT);
    assert_true(chip_debug_write(r.board->chip, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN), &done_ps));
    notice(&r, 1);
    assert_int_equal(get_status(&r).state, IDLE);
    rom_free(&r);
}

/* An idle ROM sleeps: a day of it takes next to no work of ours (cycles of the core are counted, not executed). */
static void idle_it_costs_nothing(void **state)
{
    struct rom r = rom_new();
    struct timespec start, end;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    board_run_until(r.board, board_now_ps(r.board) + 86400 * PS_PER_S);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_true((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 < 500);
    assert_int_equal(get_status(&r).state, IDLE);
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
        cmocka_unit_test(leave_answers_then_goes_and_the_application_runs),
        cmocka_unit_test(leave_to_where_nothing_can_run_is_a_reset),
        cmocka_unit_test(leave_from_idle_starts_what_is_there),
        cmocka_unit_test(once_the_rom_has_run_a_reset_starts_blank_flash_and_power_brings_it_back),
        cmocka_unit_test(each_boot_pattern_of_an2606_starts_it),
        cmocka_unit_test(a_jump_from_the_application_works_if_the_chip_is_as_after_a_reset),
        cmocka_unit_test(a_watchdog_that_runs_from_reset_is_kept_quiet),
        cmocka_unit_test(poll_times_are_the_boards_to_set),
        cmocka_unit_test(the_transfer_size_is_the_boards_to_set),
        cmocka_unit_test(clrstatus_may_stall_outside_of_an_error),
        cmocka_unit_test(leave_may_be_silent),
        cmocka_unit_test(a_question_that_comes_too_early_may_stall_and_changes_nothing),
        cmocka_unit_test(pulled_and_plugged_it_is_another_appearance),
        cmocka_unit_test(a_device_that_never_answers_is_given_up),
        cmocka_unit_test(a_saved_board_goes_on_in_mid_download),
        cmocka_unit_test(a_halted_core_answers_nothing_and_goes_on),
        cmocka_unit_test(idle_it_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
