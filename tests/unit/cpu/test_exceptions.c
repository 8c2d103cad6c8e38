/* test_exceptions.c - taking exceptions and coming back: frames, priorities, chains, faults on the way, lockup, sleep. */
#include "rig.h"

enum { RETURN_OP = 0x4770 /* bx lr */, NOP = 0xBF00 };

static uint32_t handler(unsigned exception) { return HANDLER + 16 * exception; }

/* Interrupt `line` enabled at `priority` 0..3. */
static void enable(struct rig *r, unsigned line, unsigned priority)
{
    const uint32_t ipr = PPB(NVIC_IPR0) + (line & ~3u), shift = 8 * (line & 3) + 6;

    rig_write(r, ipr, (rig_read(r, ipr) & ~(3u << shift)) | priority << shift);
    rig_write(r, PPB(NVIC_ISER), 1u << line);
}

static void pulse(struct rig *r, unsigned line)
{
    cpu_irq(&r->c, line, true);
    cpu_irq(&r->c, line, false);
}

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

static void a_fault_is_reported_at_its_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, NOP, 0x6808, RIG_END); /* nop; ldr r0, [r1] */
    r.c.s.r[1] = NOWHERE;
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(rig_get(&r, STACK - 8), CODE + 2);
    assert_int_equal(r.c.s.r[14], EXC_RETURN_THREAD_MAIN);
    assert_int_equal(rig_get(&r, STACK - 4), 0x01000000);
}

static void a_fault_in_hardfault_locks_up_and_only_nmi_gets_in(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    rig_code(&r, handler(EXC_HARDFAULT), 0xDE00, RIG_END);
    rig_code(&r, handler(EXC_NMI), RETURN_OP, RIG_END);
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
    assert_int_equal(r.c.s.r[15], 0xFFFFFFFE);
    assert_int_equal(r.c.s.ipsr, EXC_HARDFAULT);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_run(&r, 1000);
    assert_true(cpu_locked_up(&r.c));
    assert_true(cpu_next_cycle(&r.c) == UINT64_MAX);
    cpu_nmi(&r.c);
    rig_until(&r, handler(EXC_NMI));
    assert_false(cpu_locked_up(&r.c));
    assert_int_equal(rig_get(&r, STACK - 64 + 24), 0xFFFFFFFE);
    rig_run(&r, 100); /* NMI returns into the lockup */
    assert_true(cpu_locked_up(&r.c));
    assert_int_equal(r.c.s.ipsr, EXC_HARDFAULT);
}

static void a_fault_in_nmi_locks_up_for_good(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(EXC_NMI), 0xDE00, RIG_END);
    cpu_nmi(&r.c);
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
    cpu_nmi(&r.c);
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
    cpu_reset(&r.c, false);
    rig_run(&r, 10);
    assert_false(cpu_locked_up(&r.c));
    assert_int_equal(r.c.s.r[15], CODE);
}

static void a_bkpt_without_debugger_in_hardfault_locks_up(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBE00, RIG_END);
    rig_code(&r, handler(EXC_HARDFAULT), 0xBE00, RIG_END);
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
}

static void a_stack_nowhere_makes_an_interrupt_a_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 0, 0);
    r.c.s.r[13] = NOWHERE;
    pulse(&r, 0);
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 1); /* still waiting */
    assert_int_equal(r.c.s.r[14], EXC_RETURN_THREAD_MAIN);
}

static void a_frame_nowhere_at_the_return_is_a_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, handler(16));
    r.c.s.r[13] = NOWHERE;
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_true(r.c.s.active == 1u << EXC_HARDFAULT);
    assert_int_equal(r.c.s.r[13], NOWHERE);
}

static void a_vector_nowhere_is_a_hardfault_and_hardfaults_own_a_lockup(void **state)
{
    static struct rig r;

    rig_init(&r);
    enable(&r, 0, 0);
    r.c.window[2].bytes = 0x40; /* the vectors end before interrupt 0's */
    r.vectors_fail = true;
    pulse(&r, 0);
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(rig_read(&r, PPB(NVIC_ISPR)), 1);

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    r.c.window[2].bytes = 8;
    r.vectors_fail = true;
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
    assert_int_equal(r.c.s.ipsr, EXC_HARDFAULT);
}

static void a_reset_without_vectors_locks_up(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.vectors_fail = true;
    cpu_reset(&r.c, false);
    rig_run(&r, 10);
    assert_true(cpu_locked_up(&r.c));
}

static void a_blank_chip_locks_up(void **state)
{
    static struct rig r;

    rig_init(&r);
    memset(r.flash, 0xFF, sizeof r.flash);
    cpu_reset(&r.c, true);
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
}

static void a_vector_with_bit_0_clear_faults_at_the_handler(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_put(&r, FLASH + 4 * 16, handler(16));
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(rig_get(&r, STACK - 64 + 24), handler(16));
    assert_int_equal(rig_get(&r, STACK - 64 + 28), 16); /* T was 0 */
}

static void vtor_moves_the_table(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_write(&r, PPB(VTOR), SRAM + 0x1FF);
    assert_int_equal(rig_read(&r, PPB(VTOR)), SRAM + 0x100);
    rig_put(&r, SRAM + 0x100 + 4 * 16, (CODE + 0x100) | 1);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, CODE + 0x100);
}

static void impossible_returns_are_hardfaults(void **state)
{
    static const struct {
        uint32_t exc_return;
        bool nested;
    } bad[] = {
        { 0xFFFFFFF1, false }, /* to a handler, but there is none below */
        { 0xFFFFFFF9, true },  /* to Thread mode over a handler's head */
        { 0xFFFFFFFD, true },  { 0xFFFFFFF5, false }, { 0xFFFFFFE9, false }, { 0xF0000009, false },
    };
    static struct rig r;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rig_init(&r);
        rig_code(&r, handler(17), RETURN_OP, RIG_END);
        enable(&r, 0, 2);
        enable(&r, 1, 1);
        if (bad[i].nested) {
            pulse(&r, 0);
            rig_until(&r, handler(16));
        }
        pulse(&r, 1);
        rig_until(&r, handler(17));
        r.c.s.r[14] = bad[i].exc_return;
        rig_step(&r);
        rig_step(&r);
        assert_int_equal(r.c.s.r[15], handler(EXC_HARDFAULT));
        assert_int_equal(r.c.s.r[14], bad[i].exc_return);
        assert_int_equal(r.c.s.r[13], bad[i].nested ? STACK - 64 : STACK - 32); /* the frame was left where it is */
    }
}

static void a_frame_whose_ipsr_contradicts_the_return_is_a_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, handler(16));
    rig_put(&r, STACK - 4, 0x01000010);
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(r.c.s.r[13], STACK - 32);
}

static void a_return_from_a_handler_that_is_not_active_is_a_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), RETURN_OP, RIG_END);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, handler(16));
    r.c.s.active = 0; /* what a debugger's VECTCLRACTIVE leaves, had it kept IPSR */
    rig_until(&r, handler(EXC_HARDFAULT));
}

static void a_bad_return_from_nmi_to_hardfault_locks_up(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    rig_code(&r, handler(EXC_NMI), RETURN_OP, RIG_END);
    rig_until(&r, handler(EXC_HARDFAULT));
    cpu_nmi(&r.c);
    rig_until(&r, handler(EXC_NMI));
    r.c.s.r[13] = NOWHERE;
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
    assert_true(r.c.s.active == 1u << EXC_HARDFAULT);
}

static void an_nmi_out_of_hardfault_with_a_stack_nowhere_still_runs(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    rig_until(&r, handler(EXC_HARDFAULT));
    r.c.s.r[13] = NOWHERE;
    cpu_nmi(&r.c);
    rig_until(&r, handler(EXC_NMI));
    rig_run(&r, 100);
    assert_false(cpu_locked_up(&r.c));
    assert_true(r.c.s.pending == 0);
}

static void a_hardfault_on_the_way_is_not_lost_to_an_nmi(void **state)
{
    static struct rig r;

    for (unsigned of_vector = 0; of_vector < 2; of_vector++) {
        rig_init(&r);
        rig_code(&r, handler(16), RETURN_OP, RIG_END);
        rig_code(&r, handler(EXC_NMI), RETURN_OP, RIG_END);
        enable(&r, 0, 0);
        pulse(&r, 0);
        if (of_vector) {
            r.c.window[2].bytes = 0x40;
            r.vectors_fail = true;
            rig_step(&r);
        } else {
            rig_until(&r, handler(16));
            r.c.s.r[14] = 0xFFFFFFF5;
        }
        rig_step(&r);
        assert_int_equal(r.c.s.entering, EXC_HARDFAULT);
        cpu_nmi(&r.c);
        rig_until(&r, handler(EXC_NMI));
        rig_until(&r, handler(EXC_HARDFAULT));
    }
}

static void exc_return_in_thread_mode_is_an_address_like_any_other(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, RETURN_OP, RIG_END);
    r.c.s.r[14] = EXC_RETURN_THREAD_MAIN;
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(rig_get(&r, STACK - 8), 0xFFFFFFF8);
}

static void mov_pc_does_not_return(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, handler(16), 0x46F7 /* mov pc, lr */, RIG_END);
    enable(&r, 0, 0);
    pulse(&r, 0);
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_true(r.c.s.active == ((1u << 16) | (1u << EXC_HARDFAULT)));
}

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
        cmocka_unit_test(a_fault_is_reported_at_its_instruction),
        cmocka_unit_test(a_fault_in_hardfault_locks_up_and_only_nmi_gets_in),
        cmocka_unit_test(a_fault_in_nmi_locks_up_for_good),
        cmocka_unit_test(a_bkpt_without_debugger_in_hardfault_locks_up),
        cmocka_unit_test(a_stack_nowhere_makes_an_interrupt_a_hardfault),
        cmocka_unit_test(a_frame_nowhere_at_the_return_is_a_hardfault),
        cmocka_unit_test(a_vector_nowhere_is_a_hardfault_and_hardfaults_own_a_lockup),
        cmocka_unit_test(a_reset_without_vectors_locks_up),
        cmocka_unit_test(a_blank_chip_locks_up),
        cmocka_unit_test(a_vector_with_bit_0_clear_faults_at_the_handler),
        cmocka_unit_test(vtor_moves_the_table),
        cmocka_unit_test(impossible_returns_are_hardfaults),
        cmocka_unit_test(a_frame_whose_ipsr_contradicts_the_return_is_a_hardfault),
        cmocka_unit_test(a_return_from_a_handler_that_is_not_active_is_a_hardfault),
        cmocka_unit_test(a_bad_return_from_nmi_to_hardfault_locks_up),
        cmocka_unit_test(an_nmi_out_of_hardfault_with_a_stack_nowhere_still_runs),
        cmocka_unit_test(a_hardfault_on_the_way_is_not_lost_to_an_nmi),
        cmocka_unit_test(exc_return_in_thread_mode_is_an_address_like_any_other),
        cmocka_unit_test(mov_pc_does_not_return),
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
