/* test_line.c - SWD clock by clock: what a target does at which edge, and what it does with hosts that break the rules. */
#include "../dap/fake_target.h"
#include "wire/line.h"

#include "device/regs/adi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct dap_target bus;
static struct fake_target *f;
static struct swd_line line;
static unsigned clocks;

static void set_up(const struct dap_facts *facts)
{
    f = calloc(1, sizeof *f);
    assert_non_null(f);
    bus = (struct dap_target){ .ctx = f, .alive = fake_alive, .read = fake_read, .write = fake_write };
    dap_init(&f->dap, facts, &bus, &f->time);
    swd_line_init(&line, &f->dap);
    clocks = 0;
}

static int tear_down(void **state)
{
    free(f);
    f = NULL;
    return 0;
}

static bool put(bool level)
{
    clocks++;
    f->time.now_ps += PS_PER_US;
    return swd_line_clock(&line, true, level);
}

static bool look(void)
{
    clocks++;
    f->time.now_ps += PS_PER_US;
    return swd_line_clock(&line, false, false);
}

static void put_bits(uint64_t bits, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put(bits >> i & 1);
}

static uint64_t look_bits(unsigned count)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < count; i++)
        bits |= (uint64_t)look() << i;
    return bits;
}

static void ones(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put(true);
}

static void line_reset(void)
{
    ones(50);
    put_bits(0, 2);
}

static uint8_t request(unsigned ap, bool read, unsigned reg)
{
    const unsigned access = ap << 1 | (unsigned)read << 2 | (reg & 0xC) << 1;

    return (uint8_t)(0x81 | access | (unsigned)__builtin_parity(access) << 5);
}

/* The host's half of a transfer, by the book, with `turn` clocks of turnaround. The last clock of a turnaround to the target already
 * brings the first bit of the ACK, for a host that looks after the edge. */
static unsigned ask_ack(uint8_t header, unsigned turn)
{
    put_bits(header, 8);
    look_bits(turn - 1);
    return (unsigned)look_bits(3);
}

static unsigned read_turn(uint8_t header, uint32_t *word, unsigned turn)
{
    const unsigned ack = ask_ack(header, turn);

    if (ack == SWD_OK) {
        const uint64_t bits = look_bits(33);

        *word = (uint32_t)bits;
        assert_int_equal(bits >> 32, __builtin_parity(*word));
    }
    look_bits(1 + turn); /* the clock that ends the last bit, the turnaround */
    return ack;
}

static unsigned read_reg(uint8_t header, uint32_t *word)
{
    *word = 0;
    return read_turn(header, word, 1);
}

static unsigned write_turn(uint8_t header, uint32_t word, bool parity, unsigned turn)
{
    const unsigned ack = ask_ack(header, turn);

    look_bits(1 + turn);
    if (ack == SWD_OK)
        put_bits(word | (uint64_t)parity << 32, 33);
    return ack;
}

static unsigned write_reg(uint8_t header, uint32_t word) { return write_turn(header, word, __builtin_parity(word), 1); }

enum { AP = 1 };
enum { DPIDR = 0xA5, ABORT = 0x81, CTRLSTAT_RD = 0x8D, CTRLSTAT_WR = 0xA9, SELECT = 0xB1, RDBUFF = 0xBD, TARGETSEL = 0x99 };

static void connect(void)
{
    uint32_t word;

    line_reset();
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
    assert_int_equal(word, f->dap.facts->dpidr);
    assert_int_equal(write_reg(CTRLSTAT_WR, 0x50000000), SWD_OK);
    assert_int_equal(write_reg(SELECT, 0), SWD_OK);
}

static uint32_t ctrlstat(void)
{
    uint32_t word;

    assert_int_equal(read_reg(CTRLSTAT_RD, &word), SWD_OK);
    return word;
}

static void transfers_take_46_clocks_and_13_when_refused(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    clocks = 0;
    read_reg(DPIDR, &word);
    assert_int_equal(clocks, 46);
    clocks = 0;
    write_reg(SELECT, 0);
    assert_int_equal(clocks, 46);
    assert_int_equal(write_turn(SELECT, 1, false, 1), SWD_OK); /* wrong parity: FAULT from here on */
    clocks = 0;
    assert_int_equal(read_reg(request(AP, true, AP_CSW), &word), SWD_FAULT);
    assert_int_equal(clocks, 13);
    assert_int_equal(ctrlstat() & BITS(DP_CTRLSTAT_WDATAERR), BITS(DP_CTRLSTAT_WDATAERR)); /* and the next request is understood */
}

static void nothing_is_answered_before_a_line_reset(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    assert_int_equal(read_reg(DPIDR, &word), 7);
    connect();
}

static void fewer_than_fifty_ones_are_no_line_reset(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    ones(49);
    put_bits(0, 2);
    assert_int_equal(read_reg(DPIDR, &word), 7);
}

static void more_than_fifty_ones_are_one(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    ones(117);
    put_bits(0, 2);
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
}

static void a_line_reset_needs_two_idle_clocks(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    ones(60);
    put_bits(0, 1);
    assert_int_equal(read_reg(DPIDR, &word), 7);
    line_reset();
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
}

static void the_jtag_to_swd_sequence_is_noise_and_a_line_reset(void **state)
{
    uint32_t word;

    set_up(&facts_g071);
    ones(56);
    put_bits(0xE79E, 16);
    ones(56);
    put_bits(0, 8);
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
    assert_int_equal(word, 0x0BC11477);
}

static void a_dormant_selection_sequence_ends_in_a_line_reset(void **state)
{
    static const uint8_t alert[] = { 0xFF, 0x92, 0xF3, 0x09, 0x62, 0x95, 0x2D, 0x85, 0x86, 0xE9, 0xAF, 0xDD, 0xE3, 0xA2,
                                     0x0E, 0xBC, 0x19, 0xA0, 0xF1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00 };
    uint32_t word;

    set_up(&facts_u073);
    for (unsigned i = 0; i < sizeof alert; i++)
        put_bits(alert[i], 8);
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
}

static void sequences_that_lead_elsewhere_are_noise_until_the_next_line_reset(void **state)
{
    static const struct {
        uint16_t code; /* lowest bit first, after a line reset's ones */
        unsigned ones; /* behind it */
    } sequences[] = {
        { 0xE73C, 8 },  /* to JTAG */
        { 0xE3BC, 0 },  /* to dormant */
        { 0xEDB6, 56 }, /* to SWD, deprecated */
        { 0xE79E, 0 },  /* to SWD, but without the line reset that belongs to it */
    };
    static const uint8_t jtag_to_dormant[] = { 0xFF, 0x75, 0x77, 0x77, 0x67 };
    const struct dap_facts *const facts[] = { &facts_u073, &facts_g071 };
    uint32_t word;

    for (unsigned chip = 0; chip < 2; chip++) {
        set_up(facts[chip]);
        for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
            connect();
            ones(56);
            put_bits(sequences[i].code, 16);
            ones(sequences[i].ones);
            put_bits(0, 8);
            connect();
        }
        for (size_t i = 0; i < sizeof jtag_to_dormant; i++)
            put_bits(jtag_to_dormant[i], 8);
        connect();
        assert_int_equal(read_reg(request(AP, true, AP_CSW), &word), SWD_OK);
        assert_int_equal(ctrlstat() & 0xFF & ~BITS(DP_CTRLSTAT_READOK), 0);
        tear_down(state);
    }
}

static void memory_is_written_and_read(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    assert_int_equal(write_reg(request(AP, false, AP_CSW), 0x23000012), SWD_OK);
    assert_int_equal(write_reg(request(AP, false, AP_TAR), FAKE_RAM), SWD_OK);
    assert_int_equal(write_reg(request(AP, false, AP_DRW), 0xCAFE1234), SWD_OK);
    assert_int_equal(write_reg(request(AP, false, AP_DRW), 0xFFFFFFFF), SWD_OK); /* 32 ones in a row reset nothing */
    assert_int_equal(write_reg(request(AP, false, AP_TAR), FAKE_RAM), SWD_OK);
    read_reg(request(AP, true, AP_DRW), &word);
    read_reg(request(AP, true, AP_DRW), &word);
    assert_int_equal(word, 0xCAFE1234);
    read_reg(RDBUFF, &word);
    assert_int_equal(word, 0xFFFFFFFF);
}

static void wrong_write_parity_is_acknowledged_dropped_and_remembered(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    assert_int_equal(write_reg(request(AP, false, AP_TAR), 0x11110000), SWD_OK);
    assert_int_equal(write_turn(request(AP, false, AP_TAR), 0x22220000, true, 1), SWD_OK);
    assert_int_equal(read_reg(request(AP, true, AP_TAR), &word), SWD_FAULT);
    assert_int_equal(ctrlstat() & BITS(DP_CTRLSTAT_WDATAERR), BITS(DP_CTRLSTAT_WDATAERR));
    assert_int_equal(write_reg(ABORT, 0x1E), SWD_OK);
    read_reg(request(AP, true, AP_TAR), &word);
    read_reg(RDBUFF, &word);
    assert_int_equal(word, 0x11110000);
}

static void a_bad_request_locks_a_version_2_port_until_a_line_reset(void **state)
{
    static const uint8_t bad[] = { DPIDR ^ 0x20 /* parity */, DPIDR | 0x40 /* stop */, DPIDR & 0x7F /* park */ };
    uint32_t word;

    set_up(&facts_u073);
    for (unsigned i = 0; i < sizeof bad; i++) {
        connect();
        assert_int_equal(ask_ack(bad[i], 1), 7);
        put_bits(0, 40);
        assert_int_equal(read_reg(DPIDR, &word), 7);
        put_bits(0, 40);
    }
    connect();
}

static void a_bad_request_to_a_version_1_port_is_forgiven_at_a_read_of_dpidr(void **state)
{
    uint32_t word;

    set_up(&facts_g071);
    connect();
    assert_int_equal(ask_ack(DPIDR ^ 0x20, 1), 7);
    put_bits(0, 40);
    assert_int_equal(read_reg(CTRLSTAT_RD, &word), 7);
    put_bits(0, 40);
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
}

static void an_aborted_transfer_is_ended_by_a_line_reset(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    for (unsigned bits = 1; bits < 46; bits++) { /* a read given up after so many clocks, the host driving from there on */
        connect();
        for (unsigned i = 0; i < bits; i++)
            i < 8 ? put(DPIDR >> i & 1) : look();
        line_reset();
        assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
        connect(); /* a write likewise */
        for (unsigned i = 0; i < bits; i++)
            i < 8 ? put(SELECT >> i & 1) : i < 13 ? look() : put(false);
        line_reset();
        assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
        assert_int_equal(write_reg(ABORT, 0x1E), SWD_OK); /* the ones may have ended its word, and its parity was wrong then */
        assert_int_equal(ctrlstat() & 0xF0000080, 0xF0000000);
    }
}

static void a_write_cut_off_before_its_parity_takes_the_line_resets_ones_for_it(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    assert_int_equal(write_reg(request(AP, false, AP_TAR), 0x11110000), SWD_OK);
    assert_int_equal(ask_ack(request(AP, false, AP_TAR), 1), SWD_OK);
    look_bits(2);
    put_bits(0x22220000, 32); /* all but the parity, which is 0 */
    line_reset();
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
    assert_int_equal(ctrlstat() & BITS(DP_CTRLSTAT_WDATAERR), BITS(DP_CTRLSTAT_WDATAERR));
    assert_int_equal(write_reg(ABORT, 0x1E), SWD_OK);
    read_reg(request(AP, true, AP_TAR), &word);
    read_reg(RDBUFF, &word);
    assert_int_equal(word, 0x11110000);
}

static void clocks_too_many_are_idle_if_low(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    for (unsigned extra = 0; extra < 70; extra++) {
        assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
        put_bits(0, extra % 64);
        assert_int_equal(write_reg(SELECT, 0), SWD_OK);
        put_bits(0, extra % 64);
    }
    assert_int_equal(ctrlstat() & 0xFF, 0);
}

static void clocks_too_many_are_a_broken_request_if_high(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
    ones(8);
    put_bits(0, 40);
    assert_int_equal(read_reg(DPIDR, &word), 7);
    connect();
}

static void turnaround_is_as_long_as_dlcr_says(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    for (unsigned turn = 1; turn <= 4; turn++) {
        connect();
        assert_int_equal(write_reg(SELECT, 1), SWD_OK); /* DPBANKSEL: DLCR */
        assert_int_equal(write_reg(CTRLSTAT_WR, PUT(DP_DLCR_TURNROUND, turn - 1)), SWD_OK);
        clocks = 0;
        assert_int_equal(read_turn(DPIDR, &word, turn), SWD_OK);
        assert_int_equal(word, 0x6BA02477);
        assert_int_equal(clocks, 44 + 2 * turn);
        assert_int_equal(write_turn(SELECT, 0, 0, turn), SWD_OK);
        assert_int_equal(read_turn(request(AP, true, AP_CSW), &word, turn), SWD_OK);
        assert_int_equal(read_turn(CTRLSTAT_RD, &word, turn), SWD_OK);
        assert_int_equal(word & 0xF0000000, 0xF0000000);
        line_reset(); /* puts DLCR back: connect speaks with one clock */
    }
}

static void with_overrun_detection_a_data_phase_always_follows(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    assert_int_equal(write_reg(CTRLSTAT_WR, 0x50000001), SWD_OK);
    assert_int_equal(write_turn(SELECT, 1, false, 1), SWD_OK); /* wrong parity: FAULT from here on */
    assert_int_equal(ask_ack(request(AP, true, AP_CSW), 1), SWD_FAULT);
    look_bits(33 + 2);
    assert_int_equal(ask_ack(request(AP, false, AP_CSW), 1), SWD_FAULT);
    look_bits(2);
    put_bits(0x1FFFFFFFF, 33);
    assert_int_equal(read_reg(CTRLSTAT_RD, &word), SWD_OK); /* still in step */
}

static void a_busy_port_says_wait_and_the_same_again_succeeds(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    assert_int_equal(write_reg(request(AP, false, AP_CSW), 0x23000012), SWD_OK);
    assert_int_equal(write_reg(request(AP, false, AP_TAR), FAKE_RAM), SWD_OK);
    f->access_ps = 100 * PS_PER_US; /* a clock is one microsecond here */
    assert_int_equal(read_reg(request(AP, true, AP_DRW), &word), SWD_OK);
    assert_int_equal(read_reg(RDBUFF, &word), SWD_WAIT);
    assert_int_equal(ctrlstat() & BITS(DP_CTRLSTAT_STICKYORUN), 0);
    put_bits(0, 60);
    assert_int_equal(read_reg(RDBUFF, &word), SWD_OK);
}

static void a_target_selected_by_its_id_answers_and_another_does_not(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    line_reset();
    assert_int_equal(ask_ack(TARGETSEL, 1), 7); /* nobody acknowledges */
    look_bits(2);
    put_bits(0x04890041 & 0x0FFFFFFF, 32);
    put(__builtin_parity(0x04890041 & 0x0FFFFFFF));
    assert_int_equal(read_reg(DPIDR, &word), SWD_OK);
    line_reset();
    assert_int_equal(ask_ack(TARGETSEL, 1), 7);
    look_bits(2);
    put_bits(0x01002927, 32);
    put(__builtin_parity(0x01002927));
    assert_int_equal(read_reg(DPIDR, &word), 7);
}

static void a_target_without_power_drives_nothing_and_forgets(void **state)
{
    uint32_t word;

    set_up(&facts_u073);
    connect();
    put_bits(DPIDR, 8);
    f->dead = true;
    assert_int_equal(look_bits(36), 0xFFFFFFFFF);
    line_reset();
    f->dead = false;
    dap_power_on_reset(&f->dap);
    assert_int_equal(read_reg(DPIDR, &word), 7); /* that line reset came too early */
    connect();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(transfers_take_46_clocks_and_13_when_refused),
        TEST(nothing_is_answered_before_a_line_reset),
        TEST(fewer_than_fifty_ones_are_no_line_reset),
        TEST(more_than_fifty_ones_are_one),
        TEST(a_line_reset_needs_two_idle_clocks),
        TEST(the_jtag_to_swd_sequence_is_noise_and_a_line_reset),
        TEST(a_dormant_selection_sequence_ends_in_a_line_reset),
        TEST(sequences_that_lead_elsewhere_are_noise_until_the_next_line_reset),
        TEST(memory_is_written_and_read),
        TEST(wrong_write_parity_is_acknowledged_dropped_and_remembered),
        TEST(a_bad_request_locks_a_version_2_port_until_a_line_reset),
        TEST(a_bad_request_to_a_version_1_port_is_forgiven_at_a_read_of_dpidr),
        TEST(an_aborted_transfer_is_ended_by_a_line_reset),
        TEST(a_write_cut_off_before_its_parity_takes_the_line_resets_ones_for_it),
        TEST(clocks_too_many_are_idle_if_low),
        TEST(clocks_too_many_are_a_broken_request_if_high),
        TEST(turnaround_is_as_long_as_dlcr_says),
        TEST(with_overrun_detection_a_data_phase_always_follows),
        TEST(a_busy_port_says_wait_and_the_same_again_succeeds),
        TEST(a_target_selected_by_its_id_answers_and_another_does_not),
        TEST(a_target_without_power_drives_nothing_and_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
