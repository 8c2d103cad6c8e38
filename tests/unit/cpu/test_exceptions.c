/* test_exceptions.c - taking exceptions and coming back: frames, priorities, chains, pending lines. */
#include "exceptions_rig.h"

static void set_numbered_registers(struct rig *r)
{
    for (unsigned i = 0; i < 13; i++)
        r->c.s.r[i] = 0x1000 + i;
    r->c.s.r[14] = 0x0800ABCD;
    r->c.s.n = r->c.s.c = true;
}

static void entry_pushes_the_frame_and_takes_15_cycles(void **state)
{
    static const uint32_t frame[] = { 0x1000, 0x1001, 0x1002, 0x1003, 0x100C, 0x0800ABCD, CODE, 0xA1000000 };
    static struct rig r;

    rig_init(&r);
    set_numbered_registers(&r);
    enable(&r, 5, 1);
    cpu_irq(&r.c, 5, true);
    assert_int_equal(rig_step(&r) + rig_step(&r), 15);
    assert_int_equal(r.c.s.r[15], handler(21));
    assert_int_equal(r.c.s.ipsr, 21);
    assert_int_equal(r.c.s.r[14], EXC_RETURN_THREAD_MAIN);
    assert_int_equal(r.c.s.r[13], STACK - 32);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(rig_get(&r, STACK - 32 + 4 * i), frame[i]);
    assert_int_equal(r.c.s.r[4], 0x1004);
    assert_true(r.c.s.active == 1u << 21);
    assert_true(r.c.s.event);
    assert_int_equal(rig_read(&r, PPB(ICSR)) & 0x1FF, 21);
}

static void a_return_restores_everything_and_takes_13_cycles(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(21), RETURN_OP, RIG_END);
    set_numbered_registers(&r);
    enable(&r, 5, 1);
    pulse(&r, 5);
    rig_until(&r, handler(21));
    for (unsigned i = 0; i < 4; i++)
        r.c.s.r[i] = r.c.s.r[12] = 0xDEAD;
    r.c.s.n = false;
    r.c.s.z = true;
    assert_int_equal(rig_step(&r), 13);
    assert_int_equal(r.c.s.r[15], CODE);
    assert_int_equal(r.c.s.r[13], STACK);
    assert_int_equal(r.c.s.r[14], 0x0800ABCD);
    for (unsigned i = 0; i < 13; i++)
        assert_int_equal(r.c.s.r[i], 0x1000 + i);
    assert_true(r.c.s.n && r.c.s.c && !r.c.s.z && !r.c.s.v);
    assert_int_equal(r.c.s.ipsr, 0);
    assert_true(r.c.s.active == 0);
}

static void a_stack_off_by_4_is_aligned_and_put_back(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), 0xBD00 /* pop {pc} */, RIG_END);
    enable(&r, 0, 0);
    r.c.s.r[13] = STACK - 4;
    pulse(&r, 0);
    rig_until(&r, handler(16));
    assert_int_equal(r.c.s.r[13], STACK - 4 - 36);
    assert_true(rig_get(&r, STACK - 40 + 28) & BITS(COREREG_XPSR_ALIGN));
    r.c.s.r[13] -= 4; /* push {lr} */
    rig_put(&r, STACK - 44, EXC_RETURN_THREAD_MAIN);
    rig_until(&r, CODE);
    assert_int_equal(r.c.s.r[13], STACK - 4);
}

static void code_on_the_process_stack_is_saved_there_and_returned_to(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xF380, 0x8814, RIG_END); /* msr control, r0 */
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    r.c.s.r[0] = 3;
    r.c.s.sp_other = SRAM + 0x2000;
    rig_step(&r);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, handler(16));
    assert_int_equal(r.c.s.r[14], EXC_RETURN_THREAD_PSP);
    assert_int_equal(r.c.s.r[13], STACK);
    assert_int_equal(r.c.s.sp_other, SRAM + 0x2000 - 32);
    assert_false(r.c.s.spsel);
    assert_true(r.c.s.npriv);
    rig_until(&r, CODE + 4);
    assert_int_equal(r.c.s.r[13], SRAM + 0x2000);
    assert_int_equal(r.c.s.sp_other, STACK);
    assert_true(r.c.s.spsel && r.c.s.npriv);
}

static void control_cannot_select_the_process_stack_in_a_handler(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), 0xF380, 0x8814, RIG_END);
    enable(&r, 0, 0);
    pulse(&r, 0);
    r.c.s.r[0] = 2;
    rig_until(&r, handler(16) + 4);
    assert_false(r.c.s.spsel);
    assert_int_equal(r.c.s.r[13], STACK - 32);
}

static void a_higher_priority_preempts_an_equal_one_waits(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 1, 2);
    enable(&r, 2, 2);
    enable(&r, 3, 1);
    pulse(&r, 1);
    rig_until(&r, handler(17));
    pulse(&r, 2);
    rig_run(&r, 50);
    assert_int_equal(r.c.s.ipsr, 17);
    pulse(&r, 3);
    rig_until(&r, handler(19));
    assert_int_equal(r.c.s.r[14], EXC_RETURN_HANDLER);
    assert_int_equal(r.c.s.r[13], STACK - 64);
    assert_int_equal(rig_get(&r, STACK - 64 + 28) & 0x3F, 17); /* the frame says whom it interrupted */
}

static void nested_handlers_return_in_order(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 1, 2);
    enable(&r, 3, 1);
    rig_code(&r, handler(17), NOP, NOP, RETURN_OP, RIG_END);
    rig_code(&r, handler(19), RETURN_OP, RIG_END);
    pulse(&r, 1);
    rig_until(&r, handler(17) + 2);
    pulse(&r, 3);
    rig_until(&r, handler(19));
    rig_until(&r, handler(17) + 2);
    assert_int_equal(r.c.s.ipsr, 17);
    assert_true(r.c.s.active == 1u << 17);
    rig_until(&r, CODE);
    assert_int_equal(r.c.s.r[13], STACK);
}

static void among_equals_the_lowest_number_comes_first(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 9, 1);
    enable(&r, 4, 1);
    enable(&r, 20, 0);
    pulse(&r, 9);
    pulse(&r, 4);
    rig_until(&r, handler(20));
    rig_init(&r);
    enable(&r, 9, 1);
    enable(&r, 4, 1);
    enable(&r, 20, 0);
    pulse(&r, 9);
    pulse(&r, 4);
    pulse(&r, 20);
    rig_until(&r, handler(36));
}

static void a_tail_chain_keeps_the_frame_and_takes_6_cycles(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(17), RETURN_OP, RIG_END);
    rig_code(&r, handler(18), RETURN_OP, RIG_END);
    enable(&r, 1, 1);
    enable(&r, 2, 1);
    pulse(&r, 1);
    pulse(&r, 2);
    rig_until(&r, handler(17));
    r.c.s.r[12] = 0x7777; /* a handler's leavings: no unstacking in between, so the next handler sees them */
    assert_int_equal(rig_step(&r), 2);
    assert_int_equal(rig_step(&r), 6);
    assert_int_equal(r.c.s.r[15], handler(18));
    assert_int_equal(r.c.s.r[12], 0x7777);
    assert_int_equal(r.c.s.r[13], STACK - 32);
    assert_int_equal(r.c.s.r[14], EXC_RETURN_THREAD_MAIN);
    assert_true(r.c.s.active == 1u << 18);
    rig_until(&r, CODE);
    assert_int_equal(r.c.s.r[13], STACK);
}

static void a_late_arrival_uses_the_frame_of_the_first(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(18), RETURN_OP, RIG_END);
    enable(&r, 1, 2);
    enable(&r, 2, 1);
    pulse(&r, 1);
    rig_step(&r); /* the frame */
    assert_int_equal(r.c.s.entering, 17);
    pulse(&r, 2);
    rig_step(&r);
    assert_int_equal(r.c.s.r[15], handler(18));
    assert_int_equal(r.c.s.r[13], STACK - 32);
    rig_until(&r, handler(17)); /* by a tail chain */
    assert_int_equal(r.c.s.r[13], STACK - 32);
}

static void an_equal_or_lower_late_comer_does_not_displace_the_first(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 2, 1);
    enable(&r, 1, 1);
    pulse(&r, 2);
    rig_step(&r);
    pulse(&r, 1);
    rig_step(&r);
    assert_int_equal(r.c.s.r[15], handler(18));
}

static void primask_holds_back_all_but_nmi_and_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 0, 0);
    r.c.s.primask = true;
    pulse(&r, 0);
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_PENDSVSET) | BITS(PPB_ICSR_PENDSTSET));
    rig_run(&r, 100);
    assert_int_equal(r.c.s.r[15], CODE);
    cpu_nmi(&r.c);
    rig_until(&r, handler(EXC_NMI));

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    r.c.s.primask = true;
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_true(r.c.s.primask);
}

static void cpsie_lets_the_pending_one_in_before_the_next_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xB662, 0x2001, RIG_END); /* cpsie i; movs r0, #1 */
    enable(&r, 0, 0);
    r.c.s.primask = true;
    r.c.s.r[0] = 0;
    pulse(&r, 0);
    rig_until(&r, handler(16));
    assert_int_equal(r.c.s.r[0], 0);
    assert_int_equal(rig_get(&r, STACK - 8), CODE + 2);
}

static void svc_is_taken_after_itself(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDF2A, RIG_END);
    rig_until(&r, handler(EXC_SVCALL));
    assert_int_equal(rig_get(&r, STACK - 8), CODE + 2);
    assert_int_equal(r.c.s.ipsr, 11);
}

static void svc_without_the_priority_for_it_is_a_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDF00, RIG_END);
    r.c.s.primask = true;
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(rig_get(&r, STACK - 8), CODE);

    rig_init(&r);
    rig_code(&r, handler(16), 0xDF00, RIG_END);
    rig_write(&r, PPB(SHPR2), 1u << 30);
    enable(&r, 0, 1);
    pulse(&r, 0);
    rig_until(&r, handler(EXC_HARDFAULT));

    rig_init(&r);
    rig_code(&r, handler(16), 0xDF00, RIG_END);
    enable(&r, 0, 1);
    pulse(&r, 0);
    rig_until(&r, handler(EXC_SVCALL)); /* priority 0 against 1 */
}

static void an_svc_waits_for_a_more_urgent_interrupt_at_the_same_moment(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDF00, RIG_END);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    rig_write(&r, PPB(SHPR2), 3u << 30);
    enable(&r, 0, 0);
    rig_step(&r);
    pulse(&r, 0);
    rig_until(&r, handler(16));
    assert_true(rig_read(&r, PPB(SHCSR)) & BITS(PPB_SHCSR_SVCALLPENDED));
    assert_int_equal(rig_get(&r, STACK - 8), CODE + 2);
    rig_until(&r, handler(EXC_SVCALL));
}

static void pendsv_runs_after_all_interrupts_of_its_priority_or_above(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    rig_write(&r, PPB(SHPR3), 3u << 22);
    enable(&r, 0, 1);
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_PENDSVSET));
    pulse(&r, 0);
    rig_until(&r, handler(16));
    assert_int_equal(rig_read(&r, PPB(ICSR)) >> 12 & 0x1FF, EXC_PENDSV);
    rig_until(&r, handler(EXC_PENDSV));
    assert_false(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSVSET));
}

static void a_line_still_high_at_the_return_comes_again(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), NOP, RETURN_OP, RIG_END);
    enable(&r, 0, 0);
    cpu_irq(&r.c, 0, true);
    rig_until(&r, handler(16));
    assert_false(rig_read(&r, PPB(NVIC_ISPR)) & 1); /* active, not pending */
    rig_step(&r);
    rig_until(&r, handler(16));
    cpu_irq(&r.c, 0, false);
    rig_until(&r, CODE);
    rig_run(&r, 100);
    assert_int_equal(r.c.s.r[15], CODE);
}

static void a_pulse_is_latched_even_while_disabled_or_active(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), NOP, RETURN_OP, RIG_END);
    pulse(&r, 0);
    rig_run(&r, 20);
    assert_int_equal(r.c.s.r[15], CODE);
    assert_int_equal(rig_read(&r, PPB(NVIC_ICPR)), 1);
    enable(&r, 0, 0);
    rig_until(&r, handler(16));
    pulse(&r, 0);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 1);
    rig_step(&r);
    rig_until(&r, handler(16)); /* once more */
    rig_until(&r, CODE);
}

static void a_high_line_cannot_be_cleared_a_low_one_can(void **state)
{
    static struct rig r;

    rig_init(&r);
    cpu_irq(&r.c, 3, true);
    pulse(&r, 4);
    rig_write(&r, PPB(NVIC_ICPR), 0x18);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 0x08);
    cpu_irq(&r.c, 3, false);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 0x08);
    rig_write(&r, PPB(NVIC_ICPR), 0x08);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 0);
    enable(&r, 5, 0);
    cpu_irq(&r.c, 5, true);
    rig_until(&r, handler(21));
    cpu_irq(&r.c, 5, false);
    cpu_irq(&r.c, 5, true); /* a new edge while active */
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 0x20);
    rig_write(&r, PPB(NVIC_ICPR), 0x20);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 0); /* its level counts again at the return only */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry_pushes_the_frame_and_takes_15_cycles),
        cmocka_unit_test(a_return_restores_everything_and_takes_13_cycles),
        cmocka_unit_test(a_stack_off_by_4_is_aligned_and_put_back),
        cmocka_unit_test(code_on_the_process_stack_is_saved_there_and_returned_to),
        cmocka_unit_test(control_cannot_select_the_process_stack_in_a_handler),
        cmocka_unit_test(a_higher_priority_preempts_an_equal_one_waits),
        cmocka_unit_test(nested_handlers_return_in_order),
        cmocka_unit_test(among_equals_the_lowest_number_comes_first),
        cmocka_unit_test(a_tail_chain_keeps_the_frame_and_takes_6_cycles),
        cmocka_unit_test(a_late_arrival_uses_the_frame_of_the_first),
        cmocka_unit_test(an_equal_or_lower_late_comer_does_not_displace_the_first),
        cmocka_unit_test(primask_holds_back_all_but_nmi_and_hardfault),
        cmocka_unit_test(cpsie_lets_the_pending_one_in_before_the_next_instruction),
        cmocka_unit_test(svc_is_taken_after_itself),
        cmocka_unit_test(svc_without_the_priority_for_it_is_a_hardfault),
        cmocka_unit_test(an_svc_waits_for_a_more_urgent_interrupt_at_the_same_moment),
        cmocka_unit_test(pendsv_runs_after_all_interrupts_of_its_priority_or_above),
        cmocka_unit_test(a_line_still_high_at_the_return_comes_again),
        cmocka_unit_test(a_pulse_is_latched_even_while_disabled_or_active),
        cmocka_unit_test(a_high_line_cannot_be_cleared_a_low_one_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
