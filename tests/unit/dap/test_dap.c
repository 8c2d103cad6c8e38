/* test_dap.c - the debug port and its access ports, one test per rule. Requests go in as bytes, as on the wire. */
#include "fake_target.h"

#include "device/regs/adi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DP, AP }; /* second argument of get and set */

static const struct dap_target bus_template = { .alive = fake_alive, .read = fake_read, .write = fake_write };
static struct dap_target bus;

static struct fake_target *new_target(const struct dap_facts *facts)
{
    struct fake_target *f = calloc(1, sizeof *f);

    assert_non_null(f);
    bus = bus_template;
    bus.ctx = f;
    dap_init(&f->dap, facts, &bus, &f->time);
    return f;
}

static uint8_t header(unsigned ap, bool read, unsigned reg)
{
    const unsigned access = ap << 1 | (unsigned)read << 2 | (reg & 0xC) << 1;

    return (uint8_t)(0x81 | access | (unsigned)__builtin_parity(access) << 5);
}

static enum swd_ack get(struct fake_target *f, unsigned ap, unsigned reg, uint32_t *value)
{
    const enum swd_ack ack = dap_request(&f->dap, header(ap, true, reg));
    bool parity;

    *value = 0;
    if (ack == SWD_OK) {
        *value = dap_read_data(&f->dap, &parity);
        assert_int_equal(parity, __builtin_parity(*value));
    }
    return ack;
}

static enum swd_ack set(struct fake_target *f, unsigned ap, unsigned reg, uint32_t value)
{
    const enum swd_ack ack = dap_request(&f->dap, header(ap, false, reg));

    if (ack == SWD_OK)
        dap_write_data(&f->dap, value, __builtin_parity(value));
    return ack;
}

static uint32_t must_get(struct fake_target *f, unsigned ap, unsigned reg)
{
    uint32_t value;

    assert_int_equal(get(f, ap, reg, &value), SWD_OK);
    return value;
}

static void must_set(struct fake_target *f, unsigned ap, unsigned reg, uint32_t value) { assert_int_equal(set(f, ap, reg, value), SWD_OK); }

/* Line up, powered, AP 0 selected. */
static struct fake_target *connected(const struct dap_facts *facts)
{
    struct fake_target *f = new_target(facts);

    dap_line_reset(&f->dap);
    assert_int_equal(must_get(f, DP, DP_DPIDR), facts->dpidr);
    must_set(f, DP, DP_CTRLSTAT, 0x50000000);
    must_set(f, DP, DP_SELECT, 0);
    return f;
}

static uint32_t ctrlstat(struct fake_target *f) { return must_get(f, DP, DP_CTRLSTAT); }

/* AP registers: select the bank, read, fetch. */
static uint32_t ap_get(struct fake_target *f, unsigned port, unsigned reg)
{
    must_set(f, DP, DP_SELECT, port << 24 | (reg & 0xF0));
    must_get(f, AP, reg);
    return must_get(f, DP, DP_RDBUFF);
}

static void ap_set(struct fake_target *f, unsigned port, unsigned reg, uint32_t value)
{
    must_set(f, DP, DP_SELECT, port << 24 | (reg & 0xF0));
    must_set(f, AP, reg, value);
}

static void set_up_access(struct fake_target *f, unsigned bytes, bool increment, uint32_t addr)
{
    ap_set(f, 0, AP_CSW, 0x23000000 | bytes / 2 | (increment ? 0x10 : 0));
    ap_set(f, 0, AP_TAR, addr);
}

#define TEST(name) static void name(void **state)
#define END        free(f)

TEST(request_bytes_are_those_of_the_standard)
{
    /* ADIv5 table: DP then AP, read then write */
    static const uint8_t expected[2][2][4] = { { { 0x81, 0xA9, 0xB1, 0x99 }, { 0xA5, 0x8D, 0x95, 0xBD } },
                                               { { 0xA3, 0x8B, 0x93, 0xBB }, { 0x87, 0xAF, 0xB7, 0x9F } } };

    for (unsigned ap = 0; ap < 2; ap++)
        for (unsigned read = 0; read < 2; read++)
            for (unsigned i = 0; i < 4; i++)
                assert_int_equal(header(ap, read, 4 * i), expected[ap][read][i]);
}

TEST(after_power_on_nothing_is_answered_before_a_line_reset)
{
    struct fake_target *f = new_target(&facts_g071);
    uint32_t value;

    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_SILENT);
    dap_line_reset(&f->dap);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK);
    assert_int_equal(value, 0x0BC11477);
    END;
}

static void only_dpidr_is_heard(const struct dap_facts *facts)
{
    struct fake_target *f = connected(facts);
    uint32_t value;

    dap_line_reset(&f->dap);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_SILENT);
    assert_int_equal(set(f, DP, DP_ABORT, 0x1E), SWD_SILENT);
    assert_int_equal(get(f, AP, AP_CSW, &value), SWD_SILENT);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_OK);
    END;
}

TEST(after_a_line_reset_only_dpidr_is_answered)
{
    only_dpidr_is_heard(&facts_g071);
    only_dpidr_is_heard(&facts_u073);
}

TEST(a_bad_request_is_not_answered)
{
    static const uint8_t wrong[] = { 0xA5 ^ 0x20 /* parity */, 0xA5 ^ 0x40 /* stop */, 0xA5 ^ 0x80 /* park */ };

    for (unsigned i = 0; i < sizeof wrong; i++) {
        struct fake_target *f = connected(&facts_u073);
        uint32_t value;

        assert_int_equal(dap_request(&f->dap, wrong[i]), SWD_SILENT);
        assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_SILENT); /* version 2: locked */
        dap_line_reset(&f->dap);
        assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_SILENT); /* still not */
        assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK);
        assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_OK);
        END;
    }
}

TEST(version_1_comes_back_with_a_dpidr_read)
{
    struct fake_target *f = connected(&facts_g071);
    uint32_t value;

    assert_int_equal(dap_request(&f->dap, 0xA5 ^ 0x20), SWD_SILENT);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_SILENT);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_OK);
    END;
}

TEST(an_idle_line_is_no_request)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    assert_int_equal(dap_request(&f->dap, 0x00), SWD_SILENT);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_OK);
    END;
}

TEST(a_left_out_data_phase_is_a_protocol_error)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    assert_int_equal(dap_request(&f->dap, 0x8D), SWD_OK);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_SILENT);
    END;
}

TEST(a_dead_target_is_silent_and_hears_no_line_reset)
{
    struct fake_target *f = new_target(&facts_u073);
    uint32_t value;

    f->dead = true;
    dap_line_reset(&f->dap);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_SILENT);
    f->dead = false;
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_SILENT);
    END;
}

TEST(a_line_reset_clears_the_dp_bank_and_keeps_the_power_requests)
{
    struct fake_target *f = connected(&facts_u073);

    must_set(f, DP, DP_SELECT, 2);
    assert_int_equal(must_get(f, DP, 4), facts_u073.targetid);
    dap_line_reset(&f->dap);
    must_get(f, DP, DP_DPIDR);
    assert_int_equal(ctrlstat(f), 0xF0000000);
    END;
}

TEST(power_up_acks_follow_their_requests)
{
    struct fake_target *f = connected(&facts_u073);

    must_set(f, DP, DP_CTRLSTAT, 0);
    assert_int_equal(ctrlstat(f), 0);
    must_set(f, DP, DP_CTRLSTAT, 0x10000000);
    assert_int_equal(ctrlstat(f), 0x30000000);
    must_set(f, DP, DP_CTRLSTAT, 0x50000000);
    assert_int_equal(ctrlstat(f), 0xF0000000);
    must_set(f, DP, DP_CTRLSTAT, 0x50000F20); /* sticky bits are not written here; no pushed operations on this port */
    assert_int_equal(ctrlstat(f), 0xF0000000);
    END;
}

TEST(an_unpowered_access_port_faults)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    must_set(f, DP, DP_CTRLSTAT, 0x10000000); /* debug without system */
    assert_int_equal(get(f, AP, AP_CSW, &value), SWD_FAULT);
    assert_true(ctrlstat(f) & BITS(DP_CTRLSTAT_STICKYERR));
    END;
}

TEST(banks_of_address_4_are_chosen_by_dpbanksel)
{
    struct fake_target *f = connected(&facts_u073);

    must_set(f, DP, DP_SELECT, 1);
    assert_int_equal(must_get(f, DP, 4), 0x40);
    must_set(f, DP, 4, 0x100); /* turnaround 2 */
    assert_int_equal(must_get(f, DP, 4), 0x140);
    must_set(f, DP, DP_SELECT, 2);
    assert_int_equal(must_get(f, DP, 4), 0x04890041);
    must_set(f, DP, 4, 0xFFFFFFFF); /* read-only */
    assert_int_equal(must_get(f, DP, 4), 0x04890041);
    must_set(f, DP, DP_SELECT, 3);
    assert_int_equal(must_get(f, DP, 4), 0x00000001);
    must_set(f, DP, DP_SELECT, 4);
    assert_int_equal(must_get(f, DP, 4), 0x00000001);
    must_set(f, DP, DP_SELECT, 5);
    assert_int_equal(must_get(f, DP, 4), 0);
    must_set(f, DP, DP_SELECT, 0);
    assert_int_equal(ctrlstat(f), 0xF0000000);
    dap_line_reset(&f->dap);
    must_get(f, DP, DP_DPIDR);
    must_set(f, DP, DP_SELECT, 1);
    assert_int_equal(must_get(f, DP, 4), 0x40); /* a line reset puts the turnaround back */
    END;
}

TEST(version_1_has_two_banks)
{
    struct fake_target *f = connected(&facts_g071);

    must_set(f, DP, DP_SELECT, 1);
    assert_int_equal(must_get(f, DP, 4), 0x40);
    must_set(f, DP, DP_SELECT, 2); /* CTRLSEL is one bit */
    assert_int_equal(must_get(f, DP, 4), 0xF0000000);
    END;
}

TEST(targetsel_silences_who_is_not_meant)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    dap_line_reset(&f->dap);
    assert_int_equal(dap_request(&f->dap, 0x99), SWD_SILENT); /* nobody drives the ACK */
    dap_write_data(&f->dap, 0x04890041, __builtin_parity(0x04890041));
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK);
    dap_line_reset(&f->dap);
    assert_int_equal(dap_request(&f->dap, 0x99), SWD_SILENT);
    dap_write_data(&f->dap, 0x01002927, __builtin_parity(0x01002927)); /* a neighbour's */
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_SILENT);
    dap_line_reset(&f->dap);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK);
    END;
}

TEST(an_ap_read_gives_the_result_of_the_one_before)
{
    struct fake_target *f = connected(&facts_u073);
    const uint32_t words[3] = { 0x11111111, 0x22222222, 0x33333333 };

    memcpy(f->ram, words, sizeof words);
    set_up_access(f, 4, true, FAKE_RAM);
    must_get(f, AP, AP_DRW);
    assert_int_equal(must_get(f, AP, AP_DRW), words[0]);
    assert_int_equal(must_get(f, AP, AP_DRW), words[1]);
    assert_int_equal(must_get(f, DP, DP_RDBUFF), words[2]);
    assert_int_equal(must_get(f, DP, DP_RESEND), words[2]);
    assert_int_equal(f->accesses, 3);
    END;
}

TEST(resend_repeats_the_last_word_given_out)
{
    struct fake_target *f = connected(&facts_u073);
    const uint32_t words[2] = { 0xAAAA5555, 0x12345678 };

    memcpy(f->ram, words, sizeof words);
    set_up_access(f, 4, true, FAKE_RAM);
    must_get(f, AP, AP_DRW);
    assert_int_equal(must_get(f, AP, AP_DRW), words[0]);
    assert_int_equal(must_get(f, DP, DP_RESEND), words[0]);
    assert_int_equal(must_get(f, DP, DP_RDBUFF), words[1]); /* untouched by it */
    END;
}

TEST(read_ok_tells_of_the_last_ap_or_rdbuff_read)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    assert_false(ctrlstat(f) & BITS(DP_CTRLSTAT_READOK));
    set_up_access(f, 4, true, FAKE_RAM);
    must_get(f, AP, AP_DRW);
    assert_true(ctrlstat(f) & BITS(DP_CTRLSTAT_READOK));
    f->access_ps = PS_PER_MS;
    must_get(f, AP, AP_DRW);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_WAIT);
    assert_false(ctrlstat(f) & BITS(DP_CTRLSTAT_READOK));
    END;
}

TEST(a_slow_access_answers_wait_until_its_time)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value, word = 0xCAFE0001;

    memcpy(f->ram, &word, 4);
    set_up_access(f, 4, true, FAKE_RAM);
    f->access_ps = 1000;
    must_get(f, AP, AP_DRW);
    assert_int_equal(get(f, AP, AP_DRW, &value), SWD_WAIT);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_WAIT);
    assert_int_equal(get(f, DP, DP_RESEND, &value), SWD_WAIT);
    assert_int_equal(set(f, DP, DP_SELECT, 0), SWD_WAIT);
    assert_int_equal(set(f, DP, DP_CTRLSTAT, 0x50000000), SWD_WAIT);
    assert_int_equal(set(f, AP, AP_CSW, 0), SWD_WAIT);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK); /* never made to wait */
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_OK);
    assert_int_equal(set(f, DP, DP_ABORT, 0x1E), SWD_OK);
    timeline_to(&f->time, 999);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_WAIT);
    timeline_to(&f->time, 1000);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_OK);
    assert_int_equal(value, word);
    assert_int_equal(f->accesses, 1);
    END;
}

TEST(a_write_is_accepted_before_it_is_done)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, FAKE_RAM);
    f->access_ps = 1000;
    must_set(f, AP, AP_DRW, 1);
    assert_int_equal(set(f, AP, AP_DRW, 2), SWD_WAIT);
    timeline_by(&f->time, 1000);
    must_set(f, AP, AP_DRW, 2);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_WAIT);
    timeline_by(&f->time, 1000);
    must_get(f, DP, DP_RDBUFF);
    assert_int_equal(f->ram[0], 1);
    assert_int_equal(f->ram[4], 2);
    END;
}

TEST(a_failed_read_faults_where_its_data_is_fetched)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, 0x40000000);
    assert_int_equal(get(f, AP, AP_DRW, &value), SWD_OK);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_FAULT);
    assert_true(ctrlstat(f) & BITS(DP_CTRLSTAT_STICKYERR));
    END;
}

TEST(a_failed_write_faults_the_next_transfer)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, 0x40000000);
    must_set(f, AP, AP_DRW, 1);
    assert_int_equal(set(f, AP, AP_DRW, 2), SWD_FAULT);
    assert_int_equal(f->accesses, 1); /* the second never left */
    must_set(f, DP, DP_ABORT, BITS(DP_ABORT_STKERRCLR));
    assert_int_equal(ap_get(f, 0, AP_TAR), 0x40000000); /* and the address stayed */
    assert_int_equal(get(f, AP, AP_CSW, &value), SWD_OK);
    END;
}

TEST(a_failure_sticks_only_when_the_access_is_over)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, 0x40000000);
    f->access_ps = 1000;
    must_get(f, AP, AP_DRW);
    assert_false(ctrlstat(f) & BITS(DP_CTRLSTAT_STICKYERR));
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_WAIT);
    timeline_by(&f->time, 1000);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_FAULT);
    END;
}

TEST(while_a_flag_sticks_all_but_three_accesses_fault)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, 0x40000000);
    must_set(f, AP, AP_DRW, 1);
    for (unsigned reg = 0; reg < 16; reg += 4) {
        assert_int_equal(get(f, AP, reg, &value), SWD_FAULT);
        assert_int_equal(set(f, AP, reg, 0), SWD_FAULT);
    }
    assert_int_equal(get(f, DP, DP_RESEND, &value), SWD_FAULT);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_FAULT);
    assert_int_equal(set(f, DP, DP_CTRLSTAT, 0), SWD_FAULT);
    assert_int_equal(set(f, DP, DP_SELECT, 0), SWD_FAULT);
    assert_int_equal(get(f, DP, DP_DPIDR, &value), SWD_OK);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_OK);
    assert_int_equal(set(f, DP, DP_ABORT, 0x1E), SWD_OK);
    assert_int_equal(set(f, DP, DP_SELECT, 0), SWD_OK);
    END;
}

TEST(dlcr_is_no_exception_to_a_sticky_flag)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, 0x40000000);
    must_set(f, DP, DP_SELECT, 1);
    must_set(f, AP, AP_DRW, 1);
    assert_int_equal(get(f, DP, 4, &value), SWD_FAULT); /* DPBANKSEL is 1: this is not CTRL/STAT */
    END;
}

TEST(each_abort_bit_clears_its_own_flag)
{
    static const struct {
        uint32_t abort, flag;
    } rows[] = {
        { 0x04, BITS(DP_CTRLSTAT_STICKYERR) },
        { 0x08, BITS(DP_CTRLSTAT_WDATAERR) },
        { 0x10, BITS(DP_CTRLSTAT_STICKYORUN) },
        { 0x02, BITS(DP_CTRLSTAT_STICKYCMP) },
    };
    const uint32_t all = 0xB2;

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fake_target *f = connected(&facts_u073);

        f->dap.s.ctrlstat |= all;
        must_set(f, DP, DP_ABORT, rows[i].abort);
        assert_int_equal(ctrlstat(f) & all, all & ~rows[i].flag);
        END;
    }
}

TEST(bad_write_parity_drops_the_word_and_sticks)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    assert_int_equal(dap_request(&f->dap, header(DP, false, DP_SELECT)), SWD_OK);
    dap_write_data(&f->dap, 0x01000000, false);
    assert_true(ctrlstat(f) & BITS(DP_CTRLSTAT_WDATAERR));
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_FAULT);
    must_set(f, DP, DP_ABORT, BITS(DP_ABORT_WDERRCLR));
    assert_int_equal(f->dap.s.select, 0);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_OK);
    END;
}

TEST(dapabort_frees_the_port_and_trinprog_tells_of_the_bus)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, FAKE_RAM);
    f->access_ps = 1000;
    must_get(f, AP, AP_DRW);
    assert_int_equal(get(f, AP, AP_CSW, &value), SWD_WAIT);
    must_set(f, DP, DP_ABORT, BITS(DP_ABORT_DAPABORT));
    assert_true(ap_get(f, 0, AP_CSW) & BITS(AP_CSW_TRINPROG));
    assert_int_equal(get(f, AP, AP_DRW, &value), SWD_WAIT); /* the bus is still taken */
    timeline_by(&f->time, 1000);
    assert_false(ap_get(f, 0, AP_CSW) & BITS(AP_CSW_TRINPROG));
    assert_int_equal(get(f, AP, AP_DRW, &value), SWD_OK);
    END;
}

TEST(overrun_detection_wants_a_data_phase_and_remembers_the_wait)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;
    bool parity;

    set_up_access(f, 4, true, FAKE_RAM);
    must_set(f, DP, DP_CTRLSTAT, 0x50000001);
    f->access_ps = 1000;
    must_set(f, AP, AP_DRW, 0x11);
    assert_int_equal(dap_request(&f->dap, header(AP, false, AP_DRW)), SWD_WAIT);
    dap_write_data(&f->dap, 0x22, false); /* the host runs ahead */
    assert_int_equal(dap_request(&f->dap, header(AP, true, AP_DRW)), SWD_FAULT);
    dap_read_data(&f->dap, &parity);
    assert_int_equal(ctrlstat(f) & 0x3, 0x3);
    timeline_by(&f->time, 1000);
    must_set(f, DP, DP_ABORT, BITS(DP_ABORT_ORUNERRCLR));
    assert_int_equal(ctrlstat(f) & 0x3, 0x1);
    must_get(f, DP, DP_RDBUFF);
    assert_int_equal(f->accesses, 1); /* 0x22 was discarded */
    /* and without the data phase the link is out of step */
    must_set(f, AP, AP_DRW, 0x33);
    assert_int_equal(dap_request(&f->dap, header(AP, false, AP_DRW)), SWD_WAIT);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_SILENT);
    END;
}

TEST(without_overrun_detection_a_refusal_has_no_data_phase)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    set_up_access(f, 4, true, FAKE_RAM);
    f->access_ps = 1000;
    must_set(f, AP, AP_DRW, 0x11);
    assert_int_equal(dap_request(&f->dap, header(AP, false, AP_DRW)), SWD_WAIT);
    assert_int_equal(get(f, DP, DP_CTRLSTAT, &value), SWD_OK);
    assert_false(value & BITS(DP_CTRLSTAT_STICKYORUN));
    END;
}

TEST(byte_lanes_follow_the_address)
{
    struct fake_target *f = connected(&facts_u073);
    static const uint8_t bytes[4] = { 0x11, 0x22, 0x33, 0x44 };

    memcpy(f->ram, bytes, sizeof bytes);
    set_up_access(f, 1, true, FAKE_RAM);
    must_get(f, AP, AP_DRW);
    assert_int_equal(must_get(f, AP, AP_DRW), 0x00000011);
    assert_int_equal(must_get(f, AP, AP_DRW), 0x00002200);
    assert_int_equal(must_get(f, AP, AP_DRW), 0x00330000);
    assert_int_equal(must_get(f, DP, DP_RDBUFF), 0x44000000);
    set_up_access(f, 2, true, FAKE_RAM + 2);
    must_set(f, AP, AP_DRW, 0xBEEF1234); /* lanes 16..31 */
    must_set(f, AP, AP_DRW, 0x9999A55A);
    must_get(f, DP, DP_RDBUFF);
    assert_memory_equal(f->ram, "\x11\x22\xEF\xBE\x5A\xA5\x00\x00", 8);
    assert_int_equal(f->log[0].bytes, 2);
    set_up_access(f, 1, false, FAKE_RAM + 3);
    must_set(f, AP, AP_DRW, 0x77888888);
    must_set(f, AP, AP_DRW, 0x66888888); /* no increment: the same byte */
    must_get(f, DP, DP_RDBUFF);
    assert_memory_equal(f->ram, "\x11\x22\xEF\x66", 4);
    END;
}

TEST(auto_increment_wraps_inside_1_kib)
{
    struct fake_target *f = connected(&facts_u073);

    set_up_access(f, 4, true, FAKE_RAM + 0x7FC);
    must_set(f, AP, AP_DRW, 1);
    must_set(f, AP, AP_DRW, 2);
    must_get(f, DP, DP_RDBUFF);
    assert_int_equal(f->log[1].addr, FAKE_RAM + 0x7FC);
    assert_int_equal(f->log[0].addr, FAKE_RAM + 0x400);
    assert_int_equal(ap_get(f, 0, AP_TAR), FAKE_RAM + 0x404);
    END;
}

TEST(packed_access_moves_a_word_in_pieces)
{
    struct fake_target *f = connected(&facts_u073);

    ap_set(f, 0, AP_CSW, 0x23000020); /* bytes, packed */
    assert_int_equal(GET(ap_get(f, 0, AP_CSW), AP_CSW_ADDRINC), 2);
    ap_set(f, 0, AP_TAR, FAKE_RAM);
    must_set(f, AP, AP_DRW, 0x44332211);
    assert_int_equal(f->accesses, 4);
    assert_memory_equal(f->ram, "\x11\x22\x33\x44", 4);
    ap_set(f, 0, AP_TAR, FAKE_RAM);
    must_get(f, AP, AP_DRW);
    assert_int_equal(must_get(f, DP, DP_RDBUFF), 0x44332211);
    END;
}

TEST(banked_data_registers_reach_four_words_and_leave_tar_alone)
{
    struct fake_target *f = connected(&facts_u073);

    set_up_access(f, 1, true, FAKE_RAM + 0x15);
    for (unsigned i = 0; i < 4; i++)
        ap_set(f, 0, AP_BD0 + 4 * i, 0x1000 + i);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(ap_get(f, 0, AP_BD0 + 4 * i), 0x1000 + i);
    assert_int_equal(f->ram[0x1C], 0x03);
    assert_int_equal(f->log[0].bytes, 4);
    assert_int_equal(ap_get(f, 0, AP_TAR), FAKE_RAM + 0x15);
    END;
}

TEST(csw_keeps_only_what_is_implemented)
{
    struct fake_target *f = connected(&facts_g071);

    assert_int_equal(ap_get(f, 0, AP_CSW), 0x03000040);
    ap_set(f, 0, AP_CSW, 0xFFFFFFFF); /* size 7 and increment 3 are none; DbgSwEnable, packed: not on a Cortex-M0+ */
    assert_int_equal(ap_get(f, 0, AP_CSW), 0x03000040);
    ap_set(f, 0, AP_CSW, 0xA2000002 | 0x10);
    assert_int_equal(ap_get(f, 0, AP_CSW), 0x03000052);
    ap_set(f, 0, AP_CSW, 0xA2000002 | 0x20);
    assert_int_equal(ap_get(f, 0, AP_CSW), 0x03000042);
    ap_set(f, 0, AP_CSW, 0x00000001);
    assert_int_equal(ap_get(f, 0, AP_CSW), 0x01000041);
    END;
}

TEST(identification_registers_are_those_of_the_facts)
{
    struct fake_target *f = connected(&facts_u073);

    assert_int_equal(ap_get(f, 0, AP_IDR), 0x84770001);
    assert_int_equal(ap_get(f, 0, AP_BASE), 0xF0000003);
    assert_int_equal(ap_get(f, 0, AP_CFG), 0);
    ap_set(f, 0, AP_IDR, 0); /* read-only */
    assert_int_equal(ap_get(f, 0, AP_IDR), 0x84770001);
    assert_int_equal(ap_get(f, 0, 0x20), 0);
    END;
}

TEST(the_second_port_of_a_u0_can_be_looked_at_but_leads_nowhere)
{
    struct fake_target *f = connected(&facts_u073);
    uint32_t value;

    assert_int_equal(ap_get(f, 1, AP_IDR), 0x54770002);
    assert_int_equal(ap_get(f, 1, AP_CSW), 0x80000042);
    assert_int_equal(ap_get(f, 1, AP_BASE) & 1, 0); /* no ROM table */
    ap_set(f, 1, AP_CSW, 0x00000010);               /* size stays: 32 bits only */
    assert_int_equal(ap_get(f, 1, AP_CSW), 0x00000052);
    ap_set(f, 1, AP_TAR, 0x1234);
    assert_int_equal(ap_get(f, 1, AP_TAR), 0x1234);
    assert_int_equal(ap_get(f, 0, AP_TAR), 0);
    ap_set(f, 1, AP_DRW, 1);
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_FAULT);
    assert_int_equal(f->accesses, 0);
    END;
}

TEST(an_absent_port_reads_zero_and_never_faults)
{
    struct fake_target *f = connected(&facts_g071);
    static const unsigned regs[] = { AP_CSW, AP_TAR, AP_DRW, AP_BD0, AP_CFG, AP_BASE, AP_IDR };

    for (unsigned i = 0; i < sizeof regs / sizeof regs[0]; i++) {
        ap_set(f, 1, regs[i], 0xFFFFFFFF);
        assert_int_equal(ap_get(f, 1, regs[i]), 0);
        assert_int_equal(ap_get(f, 255, regs[i]), 0);
    }
    assert_int_equal(f->accesses, 0);
    END;
}

TEST(power_on_reset_forgets_everything)
{
    struct fake_target *f = connected(&facts_u073);
    struct dap fresh;

    set_up_access(f, 4, true, 0x40000000);
    must_set(f, AP, AP_DRW, 1);
    dap_power_on_reset(&f->dap);
    dap_init(&fresh, &facts_u073, &bus, &f->time);
    assert_null(state_first_difference(&dap_state_table, &f->dap.s, &fresh.s));
    END;
}

TEST(every_byte_of_the_state_is_in_the_table)
{
    size_t at = 0;

    for (size_t i = 0; i < dap_state_table.count; i++) {
        assert_int_equal(dap_state_table.fields[i].offset, at);
        at += (size_t)dap_state_table.fields[i].elem_bytes * dap_state_table.fields[i].count;
    }
    assert_in_range(sizeof(struct dap_state) - at, 0, sizeof(uint64_t) - 1);
}

TEST(a_saved_state_goes_on_in_mid_access)
{
    struct fake_target *f = connected(&facts_u073);
    uint8_t saved[256];
    struct err e = { 0 };
    uint32_t value, word = 0x5EED5EED;

    memcpy(f->ram, &word, 4);
    set_up_access(f, 4, true, FAKE_RAM);
    f->access_ps = 1000;
    must_get(f, AP, AP_DRW);
    assert_true(state_size(&dap_state_table) <= sizeof saved);
    state_save(&dap_state_table, &f->dap.s, saved);
    dap_init(&f->dap, &facts_u073, &bus, &f->time);
    assert_true(state_load(&dap_state_table, &f->dap.s, saved, state_size(&dap_state_table), &e));
    assert_int_equal(get(f, DP, DP_RDBUFF, &value), SWD_WAIT);
    timeline_by(&f->time, 1000);
    assert_int_equal(must_get(f, DP, DP_RDBUFF), word);
    END;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_bytes_are_those_of_the_standard),
        cmocka_unit_test(after_power_on_nothing_is_answered_before_a_line_reset),
        cmocka_unit_test(after_a_line_reset_only_dpidr_is_answered),
        cmocka_unit_test(a_bad_request_is_not_answered),
        cmocka_unit_test(version_1_comes_back_with_a_dpidr_read),
        cmocka_unit_test(an_idle_line_is_no_request),
        cmocka_unit_test(a_left_out_data_phase_is_a_protocol_error),
        cmocka_unit_test(a_dead_target_is_silent_and_hears_no_line_reset),
        cmocka_unit_test(a_line_reset_clears_the_dp_bank_and_keeps_the_power_requests),
        cmocka_unit_test(power_up_acks_follow_their_requests),
        cmocka_unit_test(an_unpowered_access_port_faults),
        cmocka_unit_test(banks_of_address_4_are_chosen_by_dpbanksel),
        cmocka_unit_test(version_1_has_two_banks),
        cmocka_unit_test(targetsel_silences_who_is_not_meant),
        cmocka_unit_test(an_ap_read_gives_the_result_of_the_one_before),
        cmocka_unit_test(resend_repeats_the_last_word_given_out),
        cmocka_unit_test(read_ok_tells_of_the_last_ap_or_rdbuff_read),
        cmocka_unit_test(a_slow_access_answers_wait_until_its_time),
        cmocka_unit_test(a_write_is_accepted_before_it_is_done),
        cmocka_unit_test(a_failed_read_faults_where_its_data_is_fetched),
        cmocka_unit_test(a_failed_write_faults_the_next_transfer),
        cmocka_unit_test(a_failure_sticks_only_when_the_access_is_over),
        cmocka_unit_test(while_a_flag_sticks_all_but_three_accesses_fault),
        cmocka_unit_test(dlcr_is_no_exception_to_a_sticky_flag),
        cmocka_unit_test(each_abort_bit_clears_its_own_flag),
        cmocka_unit_test(bad_write_parity_drops_the_word_and_sticks),
        cmocka_unit_test(dapabort_frees_the_port_and_trinprog_tells_of_the_bus),
        cmocka_unit_test(overrun_detection_wants_a_data_phase_and_remembers_the_wait),
        cmocka_unit_test(without_overrun_detection_a_refusal_has_no_data_phase),
        cmocka_unit_test(byte_lanes_follow_the_address),
        cmocka_unit_test(auto_increment_wraps_inside_1_kib),
        cmocka_unit_test(packed_access_moves_a_word_in_pieces),
        cmocka_unit_test(banked_data_registers_reach_four_words_and_leave_tar_alone),
        cmocka_unit_test(csw_keeps_only_what_is_implemented),
        cmocka_unit_test(identification_registers_are_those_of_the_facts),
        cmocka_unit_test(the_second_port_of_a_u0_can_be_looked_at_but_leads_nowhere),
        cmocka_unit_test(an_absent_port_reads_zero_and_never_faults),
        cmocka_unit_test(power_on_reset_forgets_everything),
        cmocka_unit_test(every_byte_of_the_state_is_in_the_table),
        cmocka_unit_test(a_saved_state_goes_on_in_mid_access),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
