/* test_exceptions_faults.c - faults on the way into an exception and out of it, vectors, impossible returns, lockup. */
#include "exceptions_rig.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
