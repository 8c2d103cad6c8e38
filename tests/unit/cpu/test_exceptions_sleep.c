/* test_exceptions_sleep.c - sleep, events and what wakes the core, the end of a run, reset. */
#include "exceptions_rig.h"

static void wfi_sleeps_until_an_enabled_interrupt(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, 0x2001, RIG_END);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    enable(&r, 0, 0);
    r.c.s.r[0] = 0;
    rig_run(&r, 100000);
    assert_true(cpu_asleep(&r.c));
    assert_true(cpu_next_cycle(&r.c) == UINT64_MAX);
    assert_int_equal(r.sleeps, 1);
    assert_false(r.deep);
    pulse(&r, 1); /* not enabled */
    rig_run(&r, 1000);
    assert_true(cpu_asleep(&r.c));
    pulse(&r, 0);
    assert_true(cpu_next_cycle(&r.c) == r.c.s.cycle);
    rig_until(&r, handler(16));
    assert_int_equal(r.wakes, 1);
    assert_int_equal(rig_get(&r, STACK - 8), CODE + 2);
    rig_until(&r, CODE + 4);
    assert_int_equal(r.c.s.r[0], 1);
}

static void wfi_under_primask_wakes_without_taking_the_interrupt(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, 0x2001, RIG_END);
    enable(&r, 0, 0);
    r.c.s.primask = true;
    rig_run(&r, 10);
    assert_true(cpu_asleep(&r.c));
    pulse(&r, 0);
    rig_until(&r, CODE + 4);
    assert_int_equal(r.c.s.ipsr, 0);
}

static void wfi_with_an_interrupt_pending_does_not_sleep(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, RIG_END);
    enable(&r, 0, 0);
    r.c.s.primask = true;
    pulse(&r, 0);
    assert_int_equal(rig_step(&r), 2);
    assert_false(cpu_asleep(&r.c));
    assert_int_equal(r.sleeps, 0);
}

static void sleepdeep_is_told_to_the_chip(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, RIG_END);
    rig_write(&r, PPB(SCR), BITS(PPB_SCR_SLEEPDEEP));
    rig_run(&r, 10);
    assert_int_equal(r.sleeps, 1);
    assert_true(r.deep);
}

static void wfe_waits_for_the_event_register_and_clears_it(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF40, 0xBF20, 0xBF20, NOP, RIG_END); /* sev; wfe; wfe; nop */
    rig_run(&r, 1000);
    assert_true(cpu_asleep(&r.c));
    assert_int_equal(r.c.s.r[15], CODE + 6); /* the first one did not wait */
    cpu_event(&r.c);
    rig_until(&r, CODE + 8);
    assert_false(r.c.s.event);
}

static void wfe_wakes_for_a_masked_interrupt_only_with_sevonpend(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF20, NOP, RIG_END);
    r.c.s.primask = true;
    rig_run(&r, 10);
    pulse(&r, 7);
    rig_run(&r, 100);
    assert_true(cpu_asleep(&r.c));
    rig_write(&r, PPB(NVIC_ICPR), 1u << 7);
    rig_write(&r, PPB(SCR), BITS(PPB_SCR_SEVONPEND));
    pulse(&r, 7); /* not even enabled */
    rig_until(&r, CODE + 4);
}

static void an_exception_leaves_an_event_behind(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, NOP, 0xBF20, NOP, RIG_END);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, CODE + 6); /* the wfe did not wait */
    assert_int_equal(r.sleeps, 0);
}

static void a_return_leaves_an_event_behind_too(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, NOP, 0xBF20, NOP, RIG_END);
    rig_code(&r, handler(16), 0xBF20, RETURN_OP, RIG_END); /* wfe takes the event of the entry */
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, CODE + 6);
    assert_int_equal(r.sleeps, 0);
}

static void sleeponexit_sleeps_instead_of_returning_to_thread_code(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    enable(&r, 0, 0);
    rig_write(&r, PPB(SCR), BITS(PPB_SCR_SLEEPONEXIT));
    pulse(&r, 0);
    rig_run(&r, 1000);
    assert_true(cpu_asleep(&r.c));
    assert_int_equal(r.c.s.r[15], CODE);
    pulse(&r, 0);
    rig_until(&r, handler(16));
    rig_write(&r, PPB(SCR), 0);
    rig_until(&r, CODE);
    rig_run(&r, 10);
    assert_false(cpu_asleep(&r.c));
}

static void raise_line_6(struct rig *r) { cpu_irq(&r->c, 6, true); }

static void an_interrupt_raised_by_an_access_comes_before_the_next_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x6008, 0x2001, RIG_END); /* str r0, [r1]; movs r0, #1 */
    enable(&r, 6, 0);
    r.on_device = raise_line_6;
    r.c.s.r[1] = DEVICE;
    rig_run(&r, 10);
    assert_int_equal(rig_get(&r, STACK - 8), CODE + 2);
}

static void leave_device(struct rig *r) { cpu_leave(&r->c); }

static void leave_returns_after_the_present_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x6008, 0x2001, RIG_END);
    r.on_device = leave_device;
    r.c.s.r[1] = DEVICE;
    rig_run(&r, 1000);
    assert_int_equal(r.c.s.r[15], CODE + 2);
    rig_run(&r, 1); /* and the next run runs */
    assert_int_equal(r.c.s.r[15], CODE + 4);
}

static void a_run_overshoots_by_less_than_an_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    for (uint64_t until = 100; until < 200; until++) {
        cpu_run(&r.c, until);
        assert_true(r.c.s.cycle >= until && r.c.s.cycle < until + 2);
    }
}

static void a_reset_ends_sleep_and_tells_the_chip(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, RIG_END);
    rig_run(&r, 10);
    cpu_reset(&r.c, false);
    assert_int_equal(r.wakes, 1);
    assert_false(cpu_asleep(&r.c));
    rig_run(&r, 1);
    assert_int_equal(r.c.s.r[15], CODE);
}

static void a_reset_clears_what_the_program_had_set_up(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 3, 2);
    pulse(&r, 4);
    rig_write(&r, PPB(VTOR), SRAM);
    rig_write(&r, PPB(SCR), 0x16);
    rig_write(&r, PPB(MPU_CTRL), 5);
    rig_write(&r, PPB(SYST_RVR), 99);
    rig_write(&r, PPB(SYST_CSR), 7);
    r.c.s.primask = r.c.s.npriv = true;
    cpu_reset(&r.c, false);
    rig_run(&r, 1);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISER)) | rig_read(&r, PPB(NVIC_ISPR)) | rig_read(&r, PPB(NVIC_IPR0)) | rig_read(&r, PPB(VTOR)) |
                         rig_read(&r, PPB(SCR)) | rig_read(&r, PPB(MPU_CTRL)) | rig_read(&r, PPB(SYST_CSR)),
                     0);
    assert_false(r.c.s.primask || r.c.s.npriv);
    assert_int_equal(r.c.s.r[13], STACK);
}

static void held_in_reset_only_time_passes(void **state)
{
    static struct rig r;

    rig_init(&r);
    cpu_hold(&r.c, true);
    rig_run(&r, 5000);
    assert_int_equal(r.reads, 0);
    cpu_irq(&r.c, 2, true); /* a line that is high already when reset ends */
    assert_true(cpu_next_cycle(&r.c) == UINT64_MAX);
    cpu_hold(&r.c, false);
    rig_write(&r, PPB(NVIC_ISER), 1u << 2);
    rig_run(&r, 3);
    assert_int_equal(r.c.s.r[15], CODE);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 1u << 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wfi_sleeps_until_an_enabled_interrupt),
        cmocka_unit_test(wfi_under_primask_wakes_without_taking_the_interrupt),
        cmocka_unit_test(wfi_with_an_interrupt_pending_does_not_sleep),
        cmocka_unit_test(sleepdeep_is_told_to_the_chip),
        cmocka_unit_test(wfe_waits_for_the_event_register_and_clears_it),
        cmocka_unit_test(wfe_wakes_for_a_masked_interrupt_only_with_sevonpend),
        cmocka_unit_test(an_exception_leaves_an_event_behind),
        cmocka_unit_test(a_return_leaves_an_event_behind_too),
        cmocka_unit_test(sleeponexit_sleeps_instead_of_returning_to_thread_code),
        cmocka_unit_test(an_interrupt_raised_by_an_access_comes_before_the_next_instruction),
        cmocka_unit_test(leave_returns_after_the_present_instruction),
        cmocka_unit_test(a_run_overshoots_by_less_than_an_instruction),
        cmocka_unit_test(a_reset_ends_sleep_and_tells_the_chip),
        cmocka_unit_test(a_reset_clears_what_the_program_had_set_up),
        cmocka_unit_test(held_in_reset_only_time_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
