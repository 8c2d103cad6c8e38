/* dfu_rig.c - see dfu_rig.h. */
#include "dfu_rig.h"

void notice(struct rom *r, uint64_t ms)
{
    for (uint64_t end = board_now_ps(r->board) + ms * PS_PER_MS; board_now_ps(r->board) < end;) {
        board_run_until(r->board, board_now_ps(r->board) + PS_PER_MS);
        board_notice_usb(r->board);
    }
}

struct rom rom_with(const char *const *settings)
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

struct rom rom_new(void) { return rom_with(NULL); }
void rom_free(struct rom *r) { board_free(r->board); }
bool present(const struct rom *r) { return board_plug_present(r->board, BOARD_TARGET); }
uint32_t peek(const struct rom *r, uint32_t addr) { return rig_peek(r->board->chip, addr); }

void restart(struct rom *r)
{
    board_power(r->board, false);
    notice(r, 5);
    board_power(r->board, true);
    notice(r, 600);
}

/* ---- requests ---- */

enum usb_status transfer(struct rom *r, uint8_t type, uint8_t request, uint16_t value, uint16_t index, size_t len)
{
    const uint8_t setup[8] = {
        type, request, (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)index, (uint8_t)(index >> 8), (uint8_t)len, (uint8_t)(len >> 8)
    };

    r->len = len;
    return usbhost_control(r->host, setup, r->data, &r->len, 5 * PS_PER_S);
}

enum usb_status dfu(struct rom *r, enum request request, uint16_t value, size_t len)
{
    const bool in = request == UPLOAD || request == GETSTATUS || request == GETSTATE;

    return transfer(r, in ? 0xA1 : 0x21, (uint8_t)request, value, 0, len);
}

struct answer get_status(struct rom *r)
{
    assert_int_equal(dfu(r, GETSTATUS, 0, 6), USB_DONE);
    assert_int_equal(r->len, 6);
    return (struct answer){ r->data[0], r->data[4], r->data[1] | (unsigned)r->data[2] << 8 | (unsigned)r->data[3] << 16 };
}

struct answer finish(struct rom *r)
{
    const struct answer busy = get_status(r);

    assert_int_equal(busy.status, OK);
    assert_int_equal(busy.state, DNBUSY);
    notice(r, busy.poll_ms);
    return get_status(r);
}

struct answer command(struct rom *r, uint8_t code, uint32_t addr)
{
    r->data[0] = code;
    put_le32(r->data + 1, addr);
    assert_int_equal(dfu(r, DNLOAD, 0, 5), USB_DONE);
    return finish(r);
}

void to_idle(struct rom *r)
{
    assert_int_equal(dfu(r, get_status(r).state == ERROR ? CLRSTATUS : ABORT, 0, 0), USB_DONE);
    assert_int_equal(get_status(r).state, IDLE);
}

void set_address(struct rom *r, uint32_t addr)
{
    if (get_status(r).state == UPLOAD_IDLE) /* nothing is downloaded in the middle of an upload */
        to_idle(r);
    assert_fine(command(r, 0x21, addr));
}

void erase_page(struct rom *r, uint32_t addr) { assert_fine(command(r, 0x41, addr)); }

struct answer write_at(struct rom *r, uint32_t addr, const void *bytes, size_t len)
{
    set_address(r, addr);
    memcpy(r->data, bytes, len);
    assert_int_equal(dfu(r, DNLOAD, 2, len), USB_DONE);
    return finish(r);
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

void build_app(struct program *p, uint8_t image[1024])
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

bool said_hello(struct rom *r) { return board_uart_find(r->board, "hello\n", 6); }

void download_app(struct rom *r)
{
    struct program p = { 0 };
    uint8_t image[1024];

    build_app(&p, image);
    erase_page(r, FLASH_BASE);
    assert_fine(write_at(r, FLASH_BASE, image, sizeof image));
}

enum usb_status leave(struct rom *r)
{
    assert_int_equal(dfu(r, DNLOAD, 2, 0), USB_DONE);
    return dfu(r, GETSTATUS, 0, 6);
}
