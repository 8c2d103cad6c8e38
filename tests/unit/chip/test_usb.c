/* test_usb.c - the USB device controller, its packet memory and the clock recovery, worked by hand from the debug port; the host's packets
 * come from the test. Sources: RM0490 29 (the same block), ST's HAL. */
#include "device/regs/u0_crs.h"
#include "device/regs/u0_usb.h"
#include "rig.h"
#include "usb/usbhost.h"

#define USB      0x40005C00u
#define PMA      0x40009800u
#define CRS_BASE 0x40006C00u
#define CHEP(n)  (USB + U0_USB_CHEP0R + 4 * (n))
#define F(field) BITS(U0_USB_##field)

enum { BUFFER_TX = 0x40, BUFFER_RX = 0x80 };

static struct chip *idle_chip(void)
{
    struct program p = { 0 };

    prog_stop(&p);
    return rig_run("stm32u073rc", &p);
}

static void set_bits(struct chip *c, uint32_t at, uint32_t bits) { rig_write(c, at, rig_read(c, at) | bits); }

/* Channel n's status is `tx`, `rx` from now on; nothing else of it changes. */
static void set_stat(struct chip *c, unsigned n, enum u0_usb_stat tx, enum u0_usb_stat rx)
{
    const uint32_t old = rig_read(c, CHEP(n));
    const uint32_t want = PUT(U0_USB_CHEP0R_STATTX, tx) | PUT(U0_USB_CHEP0R_STATRX, rx);

    rig_write(c, CHEP(n),
              ((old ^ want) & (F(CHEP0R_STATTX) | F(CHEP0R_STATRX))) | F(CHEP0R_VTTX) | F(CHEP0R_VTRX) |
                  (old & (F(CHEP0R_EA) | F(CHEP0R_UTYPE) | F(CHEP0R_EPKIND))));
}

static void clear_flag(struct chip *c, unsigned n, uint32_t flag)
{
    const uint32_t old = rig_read(c, CHEP(n));

    rig_write(c, CHEP(n), (old & (F(CHEP0R_EA) | F(CHEP0R_UTYPE) | F(CHEP0R_EPKIND))) | ((F(CHEP0R_VTTX) | F(CHEP0R_VTRX)) & ~flag));
}

static void start_clocks(struct chip *c)
{
    set_bits(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USBEN) | BITS(U0_RCC_APBENR1_CRSEN) | BITS(U0_RCC_APBENR1_PWREN));
    set_bits(c, RCC_BASE + U0_RCC_CRRCR, BITS(U0_RCC_CRRCR_HSI48ON));
    rig_us(c, 10);
    assert_true(rig_read(c, RCC_BASE + U0_RCC_CRRCR) & BITS(U0_RCC_CRRCR_HSI48RDY));
    set_bits(c, RCC_BASE + U0_RCC_CCIPR, PUT(U0_RCC_CCIPR_CLK48SEL, 3));
    set_bits(c, PWR_BASE + U0_PWR_CR2, BITS(U0_PWR_CR2_USV));
}

static void connect(struct chip *c)
{
    rig_write(c, USB + U0_USB_CNTR, F(CNTR_USBRST));
    rig_write(c, USB + U0_USB_CNTR, 0);
    rig_write(c, USB + U0_USB_ISTR, 0);
    rig_write(c, USB + U0_USB_BCDR, F(BCDR_DPPU_DPD));
}

/* After a bus reset: endpoint 0 with its buffers, address 0. */
static void open_endpoint0(struct chip *c)
{
    rig_write(c, USB + U0_USB_ISTR, 0);
    rig_write(c, PMA + 0, BUFFER_TX);
    rig_write(c, PMA + 4, BUFFER_RX | BITS(U0_USBRAM_RXBD_0_BLSIZE) | PUT(U0_USBRAM_RXBD_0_NUM_BLOCK, 1)); /* 64 bytes */
    rig_write(c, CHEP(0),
              PUT(U0_USB_CHEP0R_UTYPE, U0_USB_CONTROL) | PUT(U0_USB_CHEP0R_STATTX, U0_USB_NAK) | PUT(U0_USB_CHEP0R_STATRX, U0_USB_VALID));
    rig_write(c, USB + U0_USB_DADDR, F(DADDR_EF));
}

struct bus {
    struct chip *chip;
    const struct usbdev *dev;
};

static struct bus bus_up(void)
{
    struct bus b = { .chip = idle_chip() };

    b.dev = chip_usb(b.chip);
    b.dev->cable(b.dev->ctx, true);
    start_clocks(b.chip);
    connect(b.chip);
    assert_true(b.dev->attached(b.dev->ctx));
    b.dev->bus_reset(b.dev->ctx);
    open_endpoint0(b.chip);
    return b;
}

static enum usb_answer setup(struct bus *b, const uint8_t packet[8])
{
    return b->dev->hears(b->dev->ctx, 0) ? b->dev->setup(b->dev->ctx, packet) : USB_SILENT;
}

static const uint8_t get_device[8] = { 0x80, 6, 0, 1, 0, 0, 18, 0 };

static void nothing_is_on_the_bus_until_supply_transceiver_and_pull_up_are_on(void **state)
{
    struct chip *c = idle_chip();
    const struct usbdev *dev = chip_usb(c);

    assert_false(dev->attached(dev->ctx));
    set_bits(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USBEN) | BITS(U0_RCC_APBENR1_PWREN));
    assert_int_equal(rig_read(c, USB + U0_USB_CNTR), F(CNTR_USBRST) | F(CNTR_PDWN));
    connect(c);
    assert_false(dev->attached(dev->ctx)); /* VDDUSB is not let in */
    set_bits(c, PWR_BASE + U0_PWR_CR2, BITS(U0_PWR_CR2_USV));
    assert_true(dev->attached(dev->ctx));
    assert_int_equal(dev->attachments(dev->ctx), 1);
    rig_write(c, USB + U0_USB_CNTR, F(CNTR_PDWN));
    assert_false(dev->attached(dev->ctx));
    rig_write(c, USB + U0_USB_CNTR, 0);
    assert_true(dev->attached(dev->ctx));
    assert_int_equal(dev->attachments(dev->ctx), 2);
    chip_free(c);
}

static void without_48_mhz_it_is_there_but_silent(void **state)
{
    struct bus b = bus_up();

    assert_int_equal(setup(&b, get_device), USB_ACK);
    clear_flag(b.chip, 0, F(CHEP0R_VTRX));
    rig_write(b.chip, RCC_BASE + U0_RCC_CCIPR, 0);
    assert_true(b.dev->attached(b.dev->ctx));
    assert_int_equal(setup(&b, get_device), USB_SILENT);
    assert_non_null(rig_note(b.chip, "clock", "48 MHz"));
    chip_free(b.chip);
}

static void a_setup_is_taken_in_any_state_and_makes_both_directions_nak(void **state)
{
    struct bus b = bus_up();

    set_stat(b.chip, 0, U0_USB_STALL, U0_USB_STALL);
    assert_int_equal(setup(&b, get_device), USB_ACK);
    assert_int_equal(rig_read(b.chip, PMA + BUFFER_RX), 0x01000680);
    assert_int_equal(rig_read(b.chip, PMA + BUFFER_RX + 4), 0x00120000);
    assert_int_equal(GET(rig_read(b.chip, PMA + 4), U0_USBRAM_RXBD_0_COUNT_RX), 8);
    assert_int_equal(rig_read(b.chip, CHEP(0)), PUT(U0_USB_CHEP0R_UTYPE, U0_USB_CONTROL) | PUT(U0_USB_CHEP0R_STATTX, U0_USB_NAK) |
                                                    PUT(U0_USB_CHEP0R_STATRX, U0_USB_NAK) | F(CHEP0R_SETUP) | F(CHEP0R_VTRX) |
                                                    F(CHEP0R_DTOGTX) | F(CHEP0R_DTOGRX));
    assert_int_equal(rig_read(b.chip, USB + U0_USB_ISTR) & (F(ISTR_CTR) | F(ISTR_DIR) | F(ISTR_IDN)), F(ISTR_CTR) | F(ISTR_DIR));
    assert_int_equal(setup(&b, get_device), USB_SILENT); /* the last one has not been looked at */
    clear_flag(b.chip, 0, F(CHEP0R_VTRX));
    assert_false(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_CTR));
    assert_int_equal(setup(&b, get_device), USB_ACK);
    chip_free(b.chip);
}

static void status_and_toggle_bits_flip_on_1_and_transfer_flags_clear_on_0(void **state)
{
    struct bus b = bus_up();
    const uint32_t both = F(CHEP0R_VTTX) | F(CHEP0R_VTRX);

    rig_write(b.chip, CHEP(3), 5 | PUT(U0_USB_CHEP0R_STATTX, 3) | F(CHEP0R_DTOGRX) | both);
    assert_int_equal(rig_read(b.chip, CHEP(3)), 5 | PUT(U0_USB_CHEP0R_STATTX, 3) | F(CHEP0R_DTOGRX)); /* software cannot set the flags */
    rig_write(b.chip, CHEP(3), 5 | PUT(U0_USB_CHEP0R_STATTX, 1) | both);
    assert_int_equal(rig_read(b.chip, CHEP(3)), 5 | PUT(U0_USB_CHEP0R_STATTX, 2) | F(CHEP0R_DTOGRX));
    rig_write(b.chip, CHEP(3), 6 | F(CHEP0R_DTOGRX) | F(CHEP0R_SETUP) | both); /* plain fields are written as they are, SETUP is not */
    assert_int_equal(rig_read(b.chip, CHEP(3)), 6 | PUT(U0_USB_CHEP0R_STATTX, 2));
    chip_free(b.chip);
}

static void in_sends_what_the_descriptor_says_once(void **state)
{
    struct bus b = bus_up();
    uint8_t data[USB_PACKET_MAX];
    size_t len = 0;

    assert_int_equal(b.dev->in(b.dev->ctx, 0, data, &len), USB_NAK);
    rig_write(b.chip, PMA + BUFFER_TX, 0x44332211);
    rig_write(b.chip, PMA + BUFFER_TX + 4, 0x55);
    rig_write(b.chip, PMA + 0, BUFFER_TX | PUT(U0_USBRAM_TXBD_0_COUNT_TX, 5));
    set_stat(b.chip, 0, U0_USB_VALID, U0_USB_NAK);
    assert_int_equal(b.dev->in(b.dev->ctx, 0, data, &len), USB_ACK);
    assert_int_equal(len, 5);
    assert_memory_equal(data, "\x11\x22\x33\x44\x55", 5);
    assert_int_equal(rig_read(b.chip, CHEP(0)) & (F(CHEP0R_VTTX) | F(CHEP0R_DTOGTX) | F(CHEP0R_STATTX)),
                     F(CHEP0R_VTTX) | F(CHEP0R_DTOGTX) | PUT(U0_USB_CHEP0R_STATTX, U0_USB_NAK));
    assert_false(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_DIR));
    assert_int_equal(b.dev->in(b.dev->ctx, 0, data, &len), USB_NAK);
    set_stat(b.chip, 0, U0_USB_STALL, U0_USB_NAK);
    assert_int_equal(b.dev->in(b.dev->ctx, 0, data, &len), USB_STALL);
    assert_int_equal(b.dev->in(b.dev->ctx, 1, data, &len), USB_SILENT); /* no such endpoint */
    chip_free(b.chip);
}

static void out_fills_the_buffer_and_a_packet_too_long_for_it_stalls(void **state)
{
    struct bus b = bus_up();
    const uint8_t bytes[65] = "0123456789abcdef";

    assert_int_equal(b.dev->out(b.dev->ctx, 0, bytes, 65), USB_STALL);
    assert_false(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_CTR));
    assert_int_equal(b.dev->out(b.dev->ctx, 0, bytes, 64), USB_ACK);
    assert_int_equal(rig_read(b.chip, PMA + BUFFER_RX), 0x33323130);
    assert_int_equal(GET(rig_read(b.chip, PMA + 4), U0_USBRAM_RXBD_0_COUNT_RX), 64);
    assert_int_equal(b.dev->out(b.dev->ctx, 0, bytes, 64), USB_NAK);
    clear_flag(b.chip, 0, F(CHEP0R_VTRX));
    set_stat(b.chip, 0, U0_USB_NAK, U0_USB_VALID);
    rig_write(b.chip, CHEP(0), (rig_read(b.chip, CHEP(0)) & F(CHEP0R_UTYPE)) | F(CHEP0R_EPKIND) | F(CHEP0R_VTTX) | F(CHEP0R_VTRX));
    assert_int_equal(b.dev->out(b.dev->ctx, 0, bytes, 1), USB_STALL); /* only a status stage was expected */
    assert_int_equal(b.dev->out(b.dev->ctx, 0, bytes, 0), USB_ACK);
    chip_free(b.chip);
}

static void it_hears_its_own_address_only(void **state)
{
    struct bus b = bus_up();

    assert_true(b.dev->hears(b.dev->ctx, 0));
    rig_write(b.chip, USB + U0_USB_DADDR, F(DADDR_EF) | 7);
    assert_false(b.dev->hears(b.dev->ctx, 0));
    assert_true(b.dev->hears(b.dev->ctx, 7));
    rig_write(b.chip, USB + U0_USB_DADDR, 7);
    assert_false(b.dev->hears(b.dev->ctx, 7));
    chip_free(b.chip);
}

static void a_bus_reset_clears_channels_and_address_and_is_told(void **state)
{
    struct bus b = bus_up();

    setup(&b, get_device);
    rig_write(b.chip, USB + U0_USB_CNTR, F(CNTR_RST_DCONM));
    rig_write(b.chip, USB + U0_USB_DADDR, F(DADDR_EF) | 7);
    assert_int_equal(rig_peek(b.chip, PPB(NVIC_ISPR)) & 1u << 8, 0);
    b.dev->bus_reset(b.dev->ctx);
    assert_int_equal(rig_read(b.chip, CHEP(0)), F(CHEP0R_VTRX)); /* what was told of is not forgotten */
    assert_int_equal(rig_read(b.chip, USB + U0_USB_DADDR), 0);
    assert_true(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_RST_DCON));
    assert_int_equal(rig_peek(b.chip, PPB(NVIC_ISPR)) & 1u << 8, 1u << 8);
    assert_int_equal(rig_read(b.chip, SYSCFG_BASE + U0_SYSCFG_ITLINE8), 0); /* SYSCFG's clock is off */
    rig_write(b.chip, USB + U0_USB_ISTR, ~F(ISTR_RST_DCON));
    assert_false(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_RST_DCON));
    chip_free(b.chip);
}

static void frames_are_seen_by_who_looks_and_are_events_for_who_asked(void **state)
{
    struct bus b = bus_up();
    uint32_t fn;

    rig_write(b.chip, USB + U0_USB_ISTR, 0);
    assert_int_equal(b.dev->wake_ps(b.dev->ctx) > chip_now_ps(b.chip) + PS_PER_S, false); /* the core is running */
    rig_us(b.chip, 1100);
    fn = GET(rig_read(b.chip, USB + U0_USB_FNR), U0_USB_FNR_FN);
    assert_true(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_SOF));
    rig_write(b.chip, USB + U0_USB_ISTR, 0);
    assert_false(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_SOF));
    rig_us(b.chip, 2000);
    assert_int_equal(GET(rig_read(b.chip, USB + U0_USB_FNR), U0_USB_FNR_FN), fn + 2);
    rig_write(b.chip, USB + U0_USB_ISTR, 0);
    rig_write(b.chip, USB + U0_USB_CNTR, F(CNTR_SOFM));
    assert_int_equal(rig_peek(b.chip, PPB(NVIC_ISPR)) & 1u << 8, 0);
    rig_us(b.chip, 1000);
    assert_int_equal(rig_peek(b.chip, PPB(NVIC_ISPR)) & 1u << 8, 1u << 8);
    chip_free(b.chip);
}

static void three_frames_without_a_host_are_a_suspend_and_the_next_one_wakes(void **state)
{
    struct bus b = bus_up();

    rig_write(b.chip, USB + U0_USB_CNTR, F(CNTR_SUSPM) | F(CNTR_WKUPM));
    b.dev->cable(b.dev->ctx, false);
    rig_us(b.chip, 2900);
    assert_false(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_SUSP));
    rig_us(b.chip, 200);
    assert_true(rig_peek(b.chip, USB + U0_USB_ISTR) & F(ISTR_SUSP));
    assert_int_equal(rig_peek(b.chip, PPB(NVIC_ISPR)) & 1u << 8, 1u << 8);
    rig_write(b.chip, USB + U0_USB_CNTR, F(CNTR_SUSPM) | F(CNTR_WKUPM) | F(CNTR_SUSPEN));
    assert_true(rig_read(b.chip, USB + U0_USB_CNTR) & F(CNTR_SUSPRDY));
    rig_write(b.chip, USB + U0_USB_ISTR, 0);
    rig_us(b.chip, 10000);
    assert_false(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_SUSP));
    b.dev->cable(b.dev->ctx, true);
    b.dev->bus_reset(b.dev->ctx);
    assert_true(rig_read(b.chip, USB + U0_USB_ISTR) & F(ISTR_WKUP));
    assert_false(rig_read(b.chip, USB + U0_USB_CNTR) & (F(CNTR_SUSPEN) | F(CNTR_SUSPRDY)));
    chip_free(b.chip);
}

static void clock_recovery_hears_the_frames_and_misses_them(void **state)
{
    struct bus b = bus_up();

    rig_write(b.chip, CRS_BASE + U0_CRS_CR, 0x4000 | BITS(U0_CRS_CR_CEN) | BITS(U0_CRS_CR_AUTOTRIMEN));
    rig_us(b.chip, 1050);
    assert_int_equal(rig_read(b.chip, CRS_BASE + U0_CRS_ISR) & 0x70F, BITS(U0_CRS_ISR_SYNCOKF) | BITS(U0_CRS_ISR_ESYNCF));
    rig_write(b.chip, CRS_BASE + U0_CRS_ICR, 0xF);
    assert_int_equal(rig_read(b.chip, CRS_BASE + U0_CRS_ISR) & 0x70F, 0);
    b.dev->cable(b.dev->ctx, false);
    rig_us(b.chip, 1300);
    assert_true(rig_read(b.chip, CRS_BASE + U0_CRS_ISR) & BITS(U0_CRS_ISR_SYNCMISS));
    rig_write(b.chip, CRS_BASE + U0_CRS_CR, 0x4000 | BITS(U0_CRS_CR_CEN) | BITS(U0_CRS_CR_SYNCOKIE));
    rig_write(b.chip, CRS_BASE + U0_CRS_ICR, 0xF);
    assert_int_equal(rig_peek(b.chip, PPB(NVIC_ISPR)) & 1u << 4, 0);
    b.dev->cable(b.dev->ctx, true);
    b.dev->bus_reset(b.dev->ctx);
    rig_us(b.chip, 1050);
    assert_int_equal(rig_peek(b.chip, PPB(NVIC_ISPR)) & 1u << 4, 1u << 4);
    assert_int_equal(GET(rig_read(b.chip, CRS_BASE + U0_CRS_CR), U0_CRS_CR_TRIM), 64);
    chip_free(b.chip);
}

static void the_packet_memory_outlives_a_reset_and_the_controller_does_not(void **state)
{
    struct bus b = bus_up();

    rig_write(b.chip, PMA + 0x100, 0x12345678);
    chip_nrst(b.chip, true);
    rig_us(b.chip, 100);
    assert_false(b.dev->attached(b.dev->ctx));
    chip_nrst(b.chip, false);
    rig_us(b.chip, 100);
    assert_int_equal(rig_read(b.chip, PMA + 0x100), 0); /* its clock is off */
    set_bits(b.chip, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USBEN));
    assert_int_equal(rig_read(b.chip, PMA + 0x100), 0x12345678);
    assert_int_equal(rig_read(b.chip, USB + U0_USB_BCDR), 0);
    chip_free(b.chip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_on_the_bus_until_supply_transceiver_and_pull_up_are_on),
        cmocka_unit_test(without_48_mhz_it_is_there_but_silent),
        cmocka_unit_test(a_setup_is_taken_in_any_state_and_makes_both_directions_nak),
        cmocka_unit_test(status_and_toggle_bits_flip_on_1_and_transfer_flags_clear_on_0),
        cmocka_unit_test(in_sends_what_the_descriptor_says_once),
        cmocka_unit_test(out_fills_the_buffer_and_a_packet_too_long_for_it_stalls),
        cmocka_unit_test(it_hears_its_own_address_only),
        cmocka_unit_test(a_bus_reset_clears_channels_and_address_and_is_told),
        cmocka_unit_test(frames_are_seen_by_who_looks_and_are_events_for_who_asked),
        cmocka_unit_test(three_frames_without_a_host_are_a_suspend_and_the_next_one_wakes),
        cmocka_unit_test(clock_recovery_hears_the_frames_and_misses_them),
        cmocka_unit_test(the_packet_memory_outlives_a_reset_and_the_controller_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
