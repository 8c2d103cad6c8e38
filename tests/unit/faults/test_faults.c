/* test_faults.c - each fault happens when it should, does what it says, and is saved with its counts. */
#include "../base/state_cover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "board/file.h"
#include "device/regs/adi.h"
#include "device/regs/cortexm.h"
#include "device/regs/u0_flash.h"

enum { FLASH_REGS = 0x40022000, PAGE2 = 0x08001000 };

static struct board *b;
static struct err e;

static int begin(void **state)
{
    e = (struct err){ 0 };
    b = board_new("stm32u073rc", NULL, &e);
    return b ? 0 : -1;
}

static int end(void **state)
{
    board_free(b);
    return 0;
}

static void add(struct fault f)
{
    if (!faults_add(&b->faults, &f, &e))
        fail_msg("%s", e.cause);
    faults_arm(&b->faults);
}

static void run_us(uint64_t us) { board_run_until(b, board_now_ps(b) + us * PS_PER_US); }

static bool put(uint32_t addr, uint32_t value)
{
    uint64_t done_ps = 0;
    const bool good = chip_debug_write(b->chip, addr, 4, value, &done_ps);

    run_us(1);
    return good;
}

static uint32_t peek(uint32_t addr)
{
    uint8_t bytes[4] = { 0 };

    chip_peek(b->chip, addr, bytes, 4);
    return get_le32(bytes);
}

static void unlock(void) { assert_true(put(FLASH_REGS + U0_FLASH_KEYR, 0x45670123) && put(FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB)); }

static void start_erase(unsigned page)
{
    assert_true(put(FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PER) | PUT(U0_FLASH_CR_PNB, page) | BITS(U0_FLASH_CR_STRT)));
}

static void program(uint32_t addr, uint32_t low, uint32_t high)
{
    assert_true(put(FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PG)));
    assert_true(put(addr, low) && put(addr + 4, high));
    run_us(200);
}

static bool busy(void) { return peek(FLASH_REGS + U0_FLASH_SR) & BITS(U0_FLASH_SR_BSY1); }

static void the_state_is_listed_as_a_whole(void **state) { assert_state_covered(faults_state_table, struct faults_state); }

static void a_kind_at_an_event_it_cannot_happen_at_is_refused(void **state)
{
    assert_false(faults_add(&b->faults, &(struct fault){ FAULT_SWD_WAIT, FAULT_AT_ERASE, 1, 1 }, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    for (unsigned i = 0; i < FAULTS_MAX; i++)
        assert_true(faults_add(&b->faults, &(struct fault){ FAULT_SWD_WAIT, FAULT_AT_SWD, 1, 1 }, &e));
    assert_false(faults_add(&b->faults, &(struct fault){ FAULT_SWD_WAIT, FAULT_AT_SWD, 1, 1 }, &e));
}

/* Cut at a share of an erase of a page full of zeros: how many of its bits are ones then? */
static unsigned ones_after_cut(uint32_t share)
{
    static uint8_t page[2048];
    unsigned ones = 0;

    memset(page, 0, sizeof page);
    assert_true(chip_poke(b->chip, PAGE2, page, sizeof page));
    add((struct fault){ FAULT_POWER_CUT, FAULT_AT_ERASE, 1, 1, share, 50 * PS_PER_MS });
    unlock();
    start_erase(2);
    run_us(30000);
    assert_false(b->s.powered);
    run_us(50000);
    assert_true(b->s.powered);
    assert_true(chip_peek(b->chip, PAGE2, page, sizeof page));
    for (size_t i = 0; i < sizeof page; i++)
        ones += (unsigned)__builtin_popcount(page[i]);
    return ones;
}

static void power_fails_before_an_operation(void **state) { assert_int_equal(ones_after_cut(0), 0); }
static void power_fails_after_an_operation(void **state) { assert_int_equal(ones_after_cut(FAULT_WHOLE), 2048 * 8); }

static void power_fails_inside_an_operation(void **state)
{
    const unsigned ones = ones_after_cut(FAULT_WHOLE / 4);

    assert_true(ones > 2048 * 8 / 5 && ones < 2048 * 8 / 3);
}

static void a_count_is_a_count(void **state)
{
    add((struct fault){ FAULT_POWER_CUT, FAULT_AT_ERASE, 3, 1, 0, 0 });
    unlock();
    for (unsigned i = 1; i < 3; i++) {
        start_erase(i);
        run_us(30000);
        assert_true(b->s.powered);
    }
    start_erase(3);
    run_us(30000);
    assert_false(b->s.powered);
    run_us(1000000);
    assert_false(b->s.powered); /* for good */
}

static void a_time_is_a_time(void **state)
{
    add((struct fault){ FAULT_POWER_CUT, FAULT_AT_TIME, 5 * PS_PER_MS, 1, 0, 2 * PS_PER_MS });
    run_us(4999);
    assert_true(b->s.powered);
    run_us(2);
    assert_false(b->s.powered);
    run_us(2000);
    assert_true(b->s.powered);
    run_us(20000);
    assert_true(b->s.powered);
}

static void a_board_is_saved_with_its_faults_and_their_counts(void **state)
{
    struct buffer bytes = { 0 };

    add((struct fault){ FAULT_POWER_CUT, FAULT_AT_ERASE, 2, 1, 0, 0 });
    unlock();
    start_erase(1);
    run_us(30000);
    assert_true(board_save(b, &bytes, &e));
    board_free(b);
    b = board_load(bytes.bytes, bytes.len, &e);
    assert_non_null(b);
    buffer_free(&bytes);
    start_erase(2);
    run_us(30000);
    assert_false(b->s.powered);
}

static void a_busy_flash_is_free_after_a_reset(void **state)
{
    struct buffer bytes = { 0 };

    add((struct fault){ FAULT_FLASH_BUSY, FAULT_AT_ERASE, 1, 1 });
    unlock();
    start_erase(2);
    run_us(5000000);
    assert_true(busy());
    assert_true(board_save(b, &bytes, &e)); /* and can be saved so */
    board_free(b);
    b = board_load(bytes.bytes, bytes.len, &e);
    buffer_free(&bytes);
    assert_non_null(b);
    assert_true(busy());
    board_button(b, BOARD_RESET, true);
    run_us(100);
    board_button(b, BOARD_RESET, false);
    run_us(10000);
    assert_false(busy());
    unlock();
    start_erase(2);
    run_us(30000);
    assert_false(busy());
}

static void a_slow_erase_takes_its_time(void **state)
{
    add((struct fault){ FAULT_FLASH_SLOW, FAULT_AT_ERASE, 1, 0, .arg = 500 });
    unlock();
    start_erase(2);
    run_us(100000);
    assert_true(busy());
    run_us(30000);
    assert_false(busy());
}

static void a_cell_loses_its_bits_each_time(void **state)
{
    add((struct fault){ FAULT_CELL_WEAK, FAULT_AT_ADDRESS, PAGE2 + 16, 0, .arg = 1 });
    unlock();
    program(PAGE2 + 8, 1, 2);
    program(PAGE2 + 16, 0x55, 2);
    assert_int_equal(b->faults.s.fired[0], 1);
    assert_int_equal(peek(FLASH_REGS + U0_FLASH_ECCR) & BITS(U0_FLASH_ECCR_ECCC), 0);
    {
        uint64_t done_ps;
        uint32_t value;

        assert_true(chip_debug_read(b->chip, PAGE2 + 16, 4, &value, &done_ps));
        assert_int_equal(value, 0x55);
    }
    assert_true(peek(FLASH_REGS + U0_FLASH_ECCR) & BITS(U0_FLASH_ECCR_ECCC));
}

static void a_cell_that_refuses_says_so(void **state)
{
    add((struct fault){ FAULT_FLASH_REFUSES, FAULT_AT_ADDRESS, PAGE2 + 20, 0 });
    unlock();
    program(PAGE2 + 16, 1, 2);
    assert_true(peek(FLASH_REGS + U0_FLASH_SR) & BITS(U0_FLASH_SR_PROGERR));
    assert_int_equal(peek(PAGE2 + 16), 0xFFFFFFFF);
}

static void cfgbsy_stays(void **state)
{
    add((struct fault){ FAULT_CFGBSY, FAULT_ALWAYS });
    assert_true(peek(FLASH_REGS + U0_FLASH_SR) & BITS(U0_FLASH_SR_CFGBSY));
    unlock();
    assert_false(put(FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PG)));
}

/* ---- SWD ---- */

enum { READ_DPIDR = 0xA5, READ_CTRLSTAT = 0x8D, READ_RDBUFF = 0xBD };

static enum swd_ack ask(uint8_t request, uint32_t *word, bool *good)
{
    const enum swd_ack ack = dap_request(&b->dap, request);
    bool parity;

    if (ack == SWD_OK) {
        *word = dap_read_data(&b->dap, &parity);
        *good = parity == (__builtin_parity(*word) != 0);
    }
    return ack;
}

static void the_wire_is_as_noisy_as_told(void **state)
{
    static const struct {
        enum fault_kind kind;
        enum swd_ack ack;
    } cases[] = {
        { FAULT_SWD_WAIT, SWD_WAIT }, { FAULT_SWD_FAULT, SWD_FAULT }, { FAULT_SWD_SILENT, SWD_SILENT }, { FAULT_SWD_LOST, SWD_SILENT }
    };
    uint32_t word, id;
    bool good;

    dap_line_reset(&b->dap);
    assert_int_equal(ask(READ_DPIDR, &id, &good), SWD_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        b->faults.s.rows = 0;
        add((struct fault){ cases[i].kind, FAULT_AT_SWD, 2, 1 });
        assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_OK);
        assert_int_equal(ask(READ_RDBUFF, &word, &good), cases[i].ack);
        if (cases[i].kind == FAULT_SWD_LOST) {
            assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_SILENT);
            dap_line_reset(&b->dap);
        }
        assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_OK);
        assert_int_equal(word, id);
    }
    b->faults.s.rows = 0;
    add((struct fault){ FAULT_SWD_PARITY, FAULT_AT_SWD, 1, 1 });
    assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_OK);
    assert_false(good);
    assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_OK);
    assert_true(good);
    b->faults.s.rows = 0;
    add((struct fault){ FAULT_SWD_ID, FAULT_AT_SWD, 1, 0 });
    assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_OK);
    assert_int_not_equal(word, id);
    assert_true(good);
}

static void wires_can_be_open(void **state)
{
    uint32_t word;
    bool good;

    dap_line_reset(&b->dap);
    b->faults.s.swd = SWD_OPEN;
    assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_SILENT);
    b->faults.s.swd = SWD_WIRED;
    assert_int_equal(ask(READ_DPIDR, &word, &good), SWD_OK);
    b->faults.s.vtref = VTREF_OPEN;
    assert_true(b->probe_wires.vtref_mv(b->probe_wires.ctx) < 100);
    b->faults.s.nrst = NRST_OPEN;
    b->probe_wires.nrst(b->probe_wires.ctx, true);
    assert_false(chip_nrst_is_low(b->chip));
    board_button(b, BOARD_RESET, true);
    assert_true(chip_nrst_is_low(b->chip));
    board_button(b, BOARD_RESET, false);
    b->faults.s.nrst = NRST_LOW;
    board_rewire(b);
    assert_true(chip_nrst_is_low(b->chip));
}

static void a_glitch_resets_the_core(void **state)
{
    add((struct fault){ FAULT_NRST_GLITCH, FAULT_AT_TIME, PS_PER_MS, 1, 0, 20 * PS_PER_US });
    put(PPB_BASE + PPB_DHCSR, 0xA05F0001);
    run_us(900);
    (void)peek(PPB_BASE + PPB_DHCSR);
    run_us(200);
    assert_true(peek(PPB_BASE + PPB_DHCSR) & BITS(PPB_DHCSR_S_RESET_ST));
    assert_false(chip_nrst_is_low(b->chip));
}

/* ---- USB ---- */

static enum usb_status command(uint8_t first, uint8_t second, uint8_t *reply, size_t len, size_t *done)
{
    uint8_t packet[16] = { first, second };
    enum usb_status status = usbhost_bulk(&b->plug[BOARD_PROBE], 0x01, packet, sizeof packet, done, PS_PER_S);

    return status == USB_DONE ? usbhost_bulk(&b->plug[BOARD_PROBE], 0x81, reply, len, done, PS_PER_S) : status;
}

static void the_cable_comes_out_at_its_transfer(void **state)
{
    uint8_t reply[8];
    size_t done;

    add((struct fault){ FAULT_UNPLUG, FAULT_AT_TRANSFER, 4, 1, 0, 50 * PS_PER_MS });
    assert_int_equal(command(0xF1, 0, reply, 6, &done), USB_DONE);
    assert_int_equal(command(0xF1, 0, reply, 6, &done), USB_GONE);
    assert_false(board_plug_present(b, BOARD_PROBE));
    run_us(60000);
    board_notice_usb(b);
    assert_true(board_plug_present(b, BOARD_PROBE));
    assert_int_equal(command(0xF1, 0, reply, 6, &done), USB_DONE);
    assert_int_equal(b->s.pulled[BOARD_PROBE], 1);
}

static void a_late_reply_is_there_at_the_next_read(void **state)
{
    uint8_t version[6], reply[8];
    size_t done;
    uint64_t before;

    assert_int_equal(command(0xF1, 0, version, 6, &done), USB_DONE);
    add((struct fault){ FAULT_USB_LATE, FAULT_AT_TRANSFER, 1, 1 });
    before = board_now_ps(b);
    assert_int_equal(command(0xF1, 0, reply, 6, &done), USB_TIMED_OUT);
    assert_true(board_now_ps(b) - before >= PS_PER_S);
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_DONE); /* asked for the voltage, got the version */
    assert_int_equal(done, 6);
    assert_memory_equal(reply, version, 6);
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_DONE);
    assert_int_equal(done, 8);
}

static void half_of_a_reply_is_lost(void **state)
{
    uint8_t reply[8];
    size_t done;

    add((struct fault){ FAULT_USB_SHORT, FAULT_AT_TRANSFER, 1, 1 });
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_DONE);
    assert_int_equal(done, 4);
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_DONE);
    assert_int_equal(done, 8);
}

static void an_endpoint_stalls_until_it_is_cleared(void **state)
{
    const uint8_t clear[8] = { 0x02, 0x01, 0, 0, 0x81 };
    uint8_t reply[8];
    size_t done = 0;

    add((struct fault){ FAULT_USB_STALL, FAULT_AT_TRANSFER, 2, 1 });
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_STALLED);
    assert_int_equal(usbhost_bulk(&b->plug[BOARD_PROBE], 0x81, reply, 8, &done, PS_PER_S), USB_STALLED);
    done = 0;
    assert_int_equal(usbhost_control(&b->plug[BOARD_PROBE], clear, NULL, &done, PS_PER_S), USB_DONE);
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_DONE);
}

static void a_wedged_probe_is_revived_by_a_port_reset(void **state)
{
    uint8_t reply[8];
    size_t done;

    add((struct fault){ FAULT_USB_STUCK, FAULT_AT_TRANSFER, 1, 1 });
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_TIMED_OUT);
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_TIMED_OUT);
    assert_true(board_plug_reset(b, BOARD_PROBE));
    assert_int_equal(command(0xF7, 0, reply, 8, &done), USB_DONE);
}

/* ---- the target's plug: a blank chip shows its bootloader, to which everything is a control transfer ---- */

enum { DFU_IDLE = 2 };

static enum usb_status ask_state(uint8_t answer[6], size_t *len)
{
    const uint8_t get_status[8] = { 0xA1, 3, 0, 0, 0, 0, 6, 0 };

    *len = 6;
    return usbhost_control(&b->plug[BOARD_TARGET], get_status, answer, len, PS_PER_S);
}

static enum usb_status send_abort(void)
{
    const uint8_t abort[8] = { 0x21, 6 };
    size_t none = 0;

    return usbhost_control(&b->plug[BOARD_TARGET], abort, NULL, &none, PS_PER_S);
}

static void the_targets_cable_comes_out_at_its_transfer_and_nothing_else_does(void **state)
{
    uint8_t reply[8];
    size_t done;

    assert_true(board_plug_present(b, BOARD_TARGET));
    add((struct fault){ FAULT_UNPLUG, FAULT_AT_TARGET_TRANSFER, 2, 1, 0, 50 * PS_PER_MS });
    for (unsigned i = 0; i < 3; i++) /* transfers of the probe's are not counted */
        assert_int_equal(command(0xF1, 0, reply, 6, &done), USB_DONE);
    assert_int_equal(ask_state(reply, &done), USB_DONE);
    assert_int_equal(ask_state(reply, &done), USB_GONE);
    assert_false(board_plug_present(b, BOARD_TARGET));
    assert_true(board_plug_present(b, BOARD_PROBE));
    assert_true(b->s.powered);
    assert_int_equal(b->s.pulled[BOARD_TARGET], 1);
    assert_int_equal(b->s.pulled[BOARD_PROBE], 0);
    run_us(60000);
    board_notice_usb(b);
    assert_true(board_plug_present(b, BOARD_TARGET));
    assert_int_equal(ask_state(reply, &done), USB_DONE);
    assert_int_equal(b->s.appeared[BOARD_TARGET], 2);
}

static void transfers_of_the_target_do_not_happen_to_the_probe(void **state)
{
    uint8_t reply[8];
    size_t done;

    add((struct fault){ FAULT_USB_STUCK, FAULT_AT_TRANSFER, 1, 1 });
    assert_int_equal(ask_state(reply, &done), USB_DONE);
    assert_int_equal(command(0xF1, 0, reply, 6, &done), USB_TIMED_OUT);
    assert_int_equal(ask_state(reply, &done), USB_DONE); /* nor is the target stuck with it */
}

static void a_control_reply_of_the_target_can_be_cut_late_or_refused(void **state)
{
    static const struct {
        enum fault_kind kind;
        enum usb_status status;
        size_t len;
    } cases[] = { { FAULT_USB_SHORT, USB_DONE, 3 }, { FAULT_USB_LATE, USB_TIMED_OUT, 0 }, { FAULT_USB_STALL, USB_STALLED, 0 } };
    uint8_t reply[8];
    size_t done;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t before_ps;

        b->faults.s.rows = 0;
        add((struct fault){ cases[i].kind, FAULT_AT_TARGET_TRANSFER, 1, 1 });
        if (cases[i].kind != FAULT_USB_STALL)
            assert_int_equal(send_abort(), USB_DONE); /* no reply: it waits for one */
        before_ps = board_now_ps(b);
        assert_int_equal(ask_state(reply, &done), cases[i].status);
        assert_int_equal(done, cases[i].len);
        if (cases[i].kind == FAULT_USB_LATE)
            assert_true(board_now_ps(b) - before_ps >= PS_PER_S);
        assert_int_equal(ask_state(reply, &done), USB_DONE); /* the next request is as if nothing had been */
        assert_int_equal(done, 6);
        assert_int_equal(reply[4], DFU_IDLE);
    }
}

static void a_stuck_target_is_saved_so_and_revived_by_its_own_cable(void **state)
{
    struct buffer bytes = { 0 };
    uint8_t reply[8];
    size_t done;

    add((struct fault){ FAULT_USB_STUCK, FAULT_AT_TARGET_TRANSFER, 2, 1 });
    assert_int_equal(ask_state(reply, &done), USB_DONE);
    assert_true(board_save(b, &bytes, &e));
    board_free(b);
    b = board_load(bytes.bytes, bytes.len, &e);
    assert_non_null(b);
    buffer_free(&bytes);
    assert_int_equal(ask_state(reply, &done), USB_TIMED_OUT); /* the second */
    assert_int_equal(command(0xF1, 0, reply, 6, &done), USB_DONE);
    assert_true(board_save(b, &bytes, &e));
    board_free(b);
    b = board_load(bytes.bytes, bytes.len, &e);
    assert_non_null(b);
    buffer_free(&bytes);
    assert_true(board_plug_reset(b, BOARD_PROBE));
    assert_int_equal(ask_state(reply, &done), USB_TIMED_OUT);
    board_pull(b, BOARD_TARGET);
    assert_int_equal(ask_state(reply, &done), USB_DONE);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(the_state_is_listed_as_a_whole),
        T(a_kind_at_an_event_it_cannot_happen_at_is_refused),
        T(power_fails_before_an_operation),
        T(power_fails_inside_an_operation),
        T(power_fails_after_an_operation),
        T(a_count_is_a_count),
        T(a_time_is_a_time),
        T(a_board_is_saved_with_its_faults_and_their_counts),
        T(a_busy_flash_is_free_after_a_reset),
        T(a_slow_erase_takes_its_time),
        T(a_cell_loses_its_bits_each_time),
        T(a_cell_that_refuses_says_so),
        T(cfgbsy_stays),
        T(the_wire_is_as_noisy_as_told),
        T(wires_can_be_open),
        T(a_glitch_resets_the_core),
        T(the_cable_comes_out_at_its_transfer),
        T(a_late_reply_is_there_at_the_next_read),
        T(half_of_a_reply_is_lost),
        T(an_endpoint_stalls_until_it_is_cleared),
        T(a_wedged_probe_is_revived_by_a_port_reset),
        T(the_targets_cable_comes_out_at_its_transfer_and_nothing_else_does),
        T(transfers_of_the_target_do_not_happen_to_the_probe),
        T(a_control_reply_of_the_target_can_be_cut_late_or_refused),
        T(a_stuck_target_is_saved_so_and_revived_by_its_own_cable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
