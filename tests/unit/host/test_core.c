/* test_core.c - run control against the small core of fake_probe. */
#include "cortexm/core.h"
#include "device/regs/cortexm.h"
#include "fake_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct scene {
    struct fake_probe f;
    struct mem m;
    struct core c;
    struct err e;
};

static void begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    fake_probe_init(&s->f);
    s->m.probe = &s->f.base;
    s->f.demcr = BITS(PPB_DEMCR_DWTENA);
    assert_true(core_open(&s->c, &s->m, &s->f.clock, &s->e));
}

static void opening_reads_and_writes_nothing(void **state)
{
    struct scene s;

    begin(&s);
    assert_int_equal(s.c.cpuid, 0x410CC601);
    assert_int_equal(s.c.was_demcr, BITS(PPB_DEMCR_DWTENA));
    assert_int_equal(s.f.writes, 0);
}

static void a_core_that_is_none_is_refused_with_its_cpuid(void **state)
{
    static const uint32_t bad[] = { 0, 0xFFFFFFFF, 0x000CC601, 0x410F0000 };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct scene s;

        begin(&s);
        fake_put(&s.f, PPB(CPUID), bad[i]);
        assert_false(core_open(&s.c, &s.m, &s.f.clock, &s.e));
        assert_int_equal(s.e.kind, ERR_UNSUPPORTED);
        assert_true(strncmp(s.e.seen[0], "CPUID=0x", 8) == 0);
    }
}

static void halt_and_resume(void **state)
{
    struct scene s;
    uint32_t dhcsr;

    begin(&s);
    assert_true(core_halt(&s.c, 100, &s.e));
    assert_true(s.f.halted);
    s.f.dfsr = 0x1F;
    assert_true(core_resume(&s.c, &s.e));
    assert_false(s.f.halted);
    assert_int_equal(s.f.dfsr, 0);
    assert_true(core_status(&s.c, &dhcsr, &s.e));
    assert_true(dhcsr & BITS(PPB_DHCSR_C_DEBUGEN));
}

static void a_core_that_does_not_halt_is_given_up_in_time(void **state)
{
    struct scene s;
    uint64_t began;

    begin(&s);
    s.f.never_halts = true;
    began = s.f.now_us;
    assert_false(core_halt(&s.c, 50, &s.e));
    assert_int_equal(s.e.kind, ERR_TIMEOUT);
    assert_string_equal(s.e.seen[0], "DHCSR=0x00010003 (C_DEBUGEN C_HALT S_REGRDY)");
    assert_in_range(s.f.now_us - began, 50 * 1000, 60 * 1000);
    assert_false(core_halt(&s.c, 0, &s.e)); /* asks, and looks once */
    assert_int_equal(s.e.kind, ERR_TIMEOUT);
}

static void waiting_does_not_ask_for_a_halt(void **state)
{
    struct scene s;

    begin(&s);
    s.f.dhcsr_bits = BITS(PPB_DHCSR_C_DEBUGEN);
    assert_false(core_wait_halt(&s.c, 5, &s.e));
    assert_int_equal(s.f.writes, 0);
    s.f.halted = true;
    assert_true(core_wait_halt(&s.c, 5, &s.e));
}

static void waiting_tells_a_lock_up_at_once_and_a_reset_on_the_way(void **state)
{
    struct scene s;

    begin(&s);
    s.f.locked_up = true;
    assert_false(core_wait_halt(&s.c, 60000, &s.e));
    assert_int_equal(s.e.kind, ERR_FAULT);
    assert_true(strstr(s.e.seen[0], "S_LOCKUP") != NULL);
    assert_true(s.f.now_us < 10000);

    begin(&s);
    s.f.reset_sticky = true; /* a watchdog, say: read once, and still told at the end */
    assert_false(core_wait_halt(&s.c, 5, &s.e));
    assert_true(strstr(s.e.seen[0], "S_RESET_ST") != NULL);
}

static void a_step_is_one_instruction_and_leaves_no_mask(void **state)
{
    struct scene s;

    for (int mask = 0; mask < 2; mask++) {
        begin(&s);
        assert_true(core_halt(&s.c, 10, &s.e));
        assert_true(core_step(&s.c, mask, 10, &s.e));
        assert_int_equal(s.f.steps, 1);
        assert_true(s.f.halted);
        assert_int_equal(s.f.dhcsr_bits, BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT));
    }
}

static void release_leaves_the_core_as_before_the_session(void **state)
{
    struct scene s;

    begin(&s);
    assert_true(core_halt(&s.c, 10, &s.e));
    s.f.demcr |= BITS(PPB_DEMCR_VC_HARDERR);
    assert_true(core_release(&s.c, &s.e));
    assert_false(s.f.halted);
    assert_int_equal(s.f.dhcsr_bits, 0);
    assert_int_equal(s.f.demcr, BITS(PPB_DEMCR_DWTENA));
}

static void reset_halt_stops_at_the_first_instruction_and_puts_demcr_back(void **state)
{
    struct scene s;

    begin(&s);
    s.f.reset_sticky = true; /* of an older reset: must not count */
    assert_true(core_reset_halt(&s.c, 500, &s.e));
    assert_int_equal(s.f.resets, 1);
    assert_true(s.f.halted);
    assert_int_equal(s.f.demcr, BITS(PPB_DEMCR_DWTENA));
    assert_int_equal(s.f.dfsr, 0);
}

static void a_reset_that_did_not_come_is_told(void **state)
{
    struct scene s;

    begin(&s);
    s.f.no_sysreset = true;
    s.f.reset_sticky = true;
    assert_false(core_reset_halt(&s.c, 50, &s.e));
    assert_int_equal(s.e.kind, ERR_TIMEOUT);
    assert_string_equal(s.e.cause, "the core was not reset within 50 ms");
    assert_int_equal(s.f.demcr, BITS(PPB_DEMCR_DWTENA)); /* no vector catch is left behind */
    assert_false(core_reset_run(&s.c, 50, &s.e));
    assert_int_equal(s.e.kind, ERR_TIMEOUT);
}

static void a_reset_that_ran_on_is_told(void **state)
{
    struct scene s;

    begin(&s);
    s.f.no_vector_catch = true;
    assert_false(core_reset_halt(&s.c, 50, &s.e));
    assert_string_equal(s.e.cause, "the core was reset, but did not halt at its first instruction");
    assert_true(strstr(s.e.seen[0], "S_RESET_ST") != NULL);
}

static void reset_run_leaves_no_debugger(void **state)
{
    struct scene s;

    begin(&s);
    assert_true(core_halt(&s.c, 10, &s.e));
    s.f.demcr |= BITS(PPB_DEMCR_VC_CORERESET); /* would stop it */
    assert_true(core_reset_run(&s.c, 500, &s.e));
    assert_int_equal(s.f.resets, 1);
    assert_false(s.f.halted);
    assert_int_equal(s.f.dhcsr_bits, 0);
    assert_int_equal(s.f.demcr, BITS(PPB_DEMCR_DWTENA));
}

static void all_registers_are_read_and_written_in_few_transfers(void **state)
{
    struct scene s;
    struct core_reg_value regs[20], back[20];

    for (unsigned slow = 0; slow < 3; slow++) { /* also a core that is slower than the probe */
        begin(&s);
        assert_true(core_halt(&s.c, 10, &s.e));
        s.f.slow_regs = slow;
        for (unsigned i = 0; i < 20; i++)
            regs[i] = back[i] = (struct core_reg_value){ i < 19 ? (enum core_reg)i : CORE_CFBP, 0x1000 + i };
        s.f.transfers = 0;
        assert_true(core_write_regs(&s.c, regs, 20, &s.e));
        for (unsigned i = 0; i < 20; i++) {
            assert_int_equal(s.f.regs[back[i].reg], 0x1000 + i);
            back[i].value = 0;
        }
        assert_true(core_read_regs(&s.c, back, 20, &s.e));
        for (unsigned i = 0; i < 20; i++)
            assert_int_equal(back[i].value, 0x1000 + i);
        if (slow == 0)
            assert_int_equal(s.f.transfers, 4);
    }
}

static void registers_that_never_come_are_given_up_in_time(void **state)
{
    struct scene s;
    struct core_reg_value pc = { CORE_PC, 0 };

    begin(&s);
    assert_true(core_halt(&s.c, 10, &s.e));
    s.f.slow_regs = 1000000;
    assert_false(core_read_regs(&s.c, &pc, 1, &s.e));
    assert_int_equal(s.e.kind, ERR_TIMEOUT);
    assert_in_range(s.f.now_us, 0, 300 * 1000);
}

static bool running_batch(struct probe *p, struct probe_word *words, size_t count, size_t *done, struct err *e)
{
    *done = count;
    for (size_t i = 0; i < count; i++)
        words[i].value = BITS(PPB_DHCSR_S_REGRDY) | BITS(PPB_DHCSR_C_DEBUGEN); /* not S_HALT */
    return true;
}

static void registers_of_a_running_core_are_refused(void **state)
{
    struct scene s;
    struct core_reg_value pc = { CORE_PC, 0 };
    struct probe_ops ops;

    begin(&s);
    ops = *s.f.base.ops;
    ops.batch = running_batch;
    s.f.base.ops = &ops;
    assert_false(core_read_regs(&s.c, &pc, 1, &s.e));
    assert_int_equal(s.e.kind, ERR_FAULT);
    assert_true(strstr(s.e.cause, "running") != NULL);
    assert_false(core_write_regs(&s.c, &pc, 1, &s.e));
    assert_int_equal(s.e.kind, ERR_FAULT);
}

static void a_probe_that_fails_anywhere_is_an_error_never_a_hang(void **state)
{
    for (int after = 0; after < 12; after++) {
        struct scene s;
        struct core_reg_value regs[2] = { { CORE_PC, 0 }, { CORE_SP, 0 } };

        begin(&s);
        s.f.fail_after = after;
        assert_false(core_reset_halt(&s.c, 20, &s.e) && core_read_regs(&s.c, regs, 2, &s.e) && core_step(&s.c, true, 20, &s.e) &&
                     core_reset_run(&s.c, 20, &s.e) && core_halt(&s.c, 20, &s.e) && core_release(&s.c, &s.e));
        assert_true(s.e.kind != ERR_NONE);
        assert_true(s.f.now_us < 1000 * 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_reads_and_writes_nothing),
        cmocka_unit_test(a_core_that_is_none_is_refused_with_its_cpuid),
        cmocka_unit_test(halt_and_resume),
        cmocka_unit_test(a_core_that_does_not_halt_is_given_up_in_time),
        cmocka_unit_test(waiting_does_not_ask_for_a_halt),
        cmocka_unit_test(waiting_tells_a_lock_up_at_once_and_a_reset_on_the_way),
        cmocka_unit_test(a_step_is_one_instruction_and_leaves_no_mask),
        cmocka_unit_test(release_leaves_the_core_as_before_the_session),
        cmocka_unit_test(reset_halt_stops_at_the_first_instruction_and_puts_demcr_back),
        cmocka_unit_test(a_reset_that_did_not_come_is_told),
        cmocka_unit_test(a_reset_that_ran_on_is_told),
        cmocka_unit_test(reset_run_leaves_no_debugger),
        cmocka_unit_test(all_registers_are_read_and_written_in_few_transfers),
        cmocka_unit_test(registers_that_never_come_are_given_up_in_time),
        cmocka_unit_test(registers_of_a_running_core_are_refused),
        cmocka_unit_test(a_probe_that_fails_anywhere_is_an_error_never_a_hang),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
