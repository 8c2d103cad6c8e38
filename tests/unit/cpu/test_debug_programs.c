/* test_debug_programs.c - tiny programs under a debugger, one behaviour each; the list of behaviours has the shape of riscv-tests/debug:
 * registers, changing PC, stepping (branches, calls, faults, interrupts, sleep), function calls by the debugger, breakpoints in loops and
 * handlers, too few of them, watchpoints, triggers and exceptions, interrupts while halted, resets. Single registers are test_debug.c's. */
#include "debugger.h"

enum { BKPT = 0xBE00, RETURN = 0x4770 /* bx lr */ };

/* Halted before the first instruction of CODE, everything numbered. */
static void begin(struct rig *r)
{
    rig_init(r);
    rig_halt(r);
    for (unsigned i = 0; i < 13; i++)
        rig_set_reg(r, i, 0x1000 + i);
    rig_set_reg(r, COREREG_LR, 0x100E);
    rig_set_reg(r, COREREG_PC, CODE);
    rig_write(r, PPB(DFSR), 0x1F);
}

static uint32_t step(struct rig *r)
{
    control(r, DEBUGEN | STEP);
    assert_true(cpu_halted(&r->c));
    return rig_reg(r, COREREG_PC);
}

static uint32_t step_masked(struct rig *r)
{
    control(r, DEBUGEN | HALT | MASKINTS);
    control(r, DEBUGEN | STEP | MASKINTS);
    assert_true(cpu_halted(&r->c));
    control(r, DEBUGEN | HALT);
    return rig_reg(r, COREREG_PC);
}

/* Until it halts by itself. Returns where. */
static uint32_t resume(struct rig *r)
{
    rig_write(r, PPB(DHCSR), DHCSR_KEY | DEBUGEN);
    rig_run(r, 100000);
    assert_true(cpu_halted(&r->c));
    return rig_reg(r, COREREG_PC);
}

/* ---- registers ---- */

static void every_register_survives_being_read_and_a_resume(void **state)
{
    static const unsigned regsel[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, COREREG_MSP, COREREG_PSP, COREREG_LR };
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, SELF, RIG_END);
    for (uint32_t i = 0; i < sizeof regsel / sizeof regsel[0]; i++)
        rig_set_reg(&r, regsel[i], 0xA5000000 + 4 * i);
    for (unsigned twice = 0; twice < 2; twice++) {
        for (uint32_t i = 0; i < sizeof regsel / sizeof regsel[0]; i++)
            assert_int_equal(rig_reg(&r, regsel[i]), 0xA5000000 + 4 * i);
        control(&r, DEBUGEN);
        assert_false(cpu_halted(&r.c));
        control(&r, DEBUGEN | HALT);
        assert_int_equal(rig_reg(&r, COREREG_PC), CODE);
    }
}

static void register_numbers_that_are_not_there_read_zero_and_change_nothing(void **state)
{
    static struct rig r;
    struct cpu_state before;

    begin(&r);
    before = r.c.s;
    for (unsigned i = COREREG_PSP + 1; i < 32; i++) { /* REGSEL has five bits here: v7-M's floating point and v8-M's banks have no number */
        if (i == COREREG_CFBP)
            continue;
        rig_set_reg(&r, i, 0xFFFFFFFF);
        assert_int_equal(rig_reg(&r, i), 0);
    }
    before.debug.dcrdr = r.c.s.debug.dcrdr;
    assert_null(state_first_difference(&cpu_state_table, &before, &r.c.s));
}

static void the_programs_own_changes_are_seen(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0x2042, 0xF380, 0x8810, 0xF380, 0x8809, 0x0640, BKPT, RIG_END); /* movs r0, #0x42; msr PRIMASK; msr PSP; lsls #25 */
    assert_int_equal(resume(&r), CODE + 12);
    assert_int_equal(rig_reg(&r, COREREG_CFBP), 0);
    assert_int_equal(rig_reg(&r, COREREG_PSP), 0x40);
    assert_int_equal(rig_reg(&r, 0), 0x84000000);
    assert_int_equal(rig_reg(&r, COREREG_XPSR) >> 28, 8); /* N */
}

/* ---- changing the PC ---- */

static void a_new_pc_is_where_the_next_step_is(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0x2001, RIG_END);
    rig_code(&r, CODE + 0x40, 0x2002, RIG_END);
    rig_code(&r, SRAM + 6, 0x2003, RIG_END);
    assert_int_equal(step(&r), CODE + 2);
    rig_set_reg(&r, COREREG_PC, CODE + 0x41); /* bit 0 means nothing */
    assert_int_equal(step(&r), CODE + 0x42);
    assert_int_equal(rig_reg(&r, 0), 2);
    rig_set_reg(&r, COREREG_PC, SRAM + 6);
    assert_int_equal(step(&r), SRAM + 8);
    assert_int_equal(rig_reg(&r, 0), 3);
}

static void a_pc_that_is_nowhere_faults_at_the_step(void **state)
{
    static struct rig r;

    begin(&r);
    rig_set_reg(&r, COREREG_PC, NOWHERE);
    assert_int_equal(step(&r), handler(EXC_HARDFAULT));
    assert_int_equal(rig_get(&r, STACK - 8), NOWHERE);
}

static void t_cleared_by_the_debugger_faults_at_the_step(void **state)
{
    static struct rig r;

    begin(&r);
    rig_set_reg(&r, COREREG_XPSR, 0);
    assert_int_equal(step(&r), handler(EXC_HARDFAULT));
    assert_int_equal(rig_get(&r, STACK - 8), CODE);
    assert_int_equal(rig_get(&r, STACK - 4) & BITS(COREREG_XPSR_T), 0);
}

static void the_debugger_calls_a_function_and_gets_its_result(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE + 0x80, 0xB510, 0x1840, 0x4348, 0xBD10, RIG_END); /* push {r4, lr}; adds r0, r0, r1; muls r0, r1; pop {r4, pc} */
    rig_code(&r, SRAM + 0x100, BKPT, RIG_END);
    rig_set_reg(&r, 0, 5);
    rig_set_reg(&r, 1, 7);
    rig_set_reg(&r, COREREG_LR, (SRAM + 0x100) | 1);
    rig_set_reg(&r, COREREG_PC, CODE + 0x80);
    assert_int_equal(resume(&r), SRAM + 0x100);
    assert_int_equal(rig_reg(&r, 0), 84);
    assert_int_equal(rig_reg(&r, COREREG_SP), STACK);
    assert_int_equal(rig_reg(&r, 4), 0x1004);
}

/* ---- stepping ---- */

static void steps_follow_branches_calls_and_returns(void **state)
{
    static const uint32_t path[] = { 0x02, 0x04, 0x10, 0x12, 0x14, 0x08, 0x0C, 0x0A };
    static struct rig r;

    begin(&r);
    /* 00 movs r0, #0; 02 bne (not taken); 04 bl 10; 08 b 0c; 0a nop; 0c b 0a; 10 push {lr}; 12 nop; 14 pop {pc} */
    rig_code(&r, CODE, 0x2000, 0xD110, 0xF000, 0xF804, 0xE000, NOP, 0xE7FD, NOP, 0xB500, NOP, 0xBD00, RIG_END);
    for (size_t i = 0; i < sizeof path / sizeof path[0]; i++)
        assert_int_equal(step(&r), CODE + path[i]);
}

static void a_thousand_steps_come_to_what_a_run_comes_to(void **state)
{
    static struct rig stepped, run;
    unsigned steps = 0;

    for (unsigned i = 0; i < 2; i++) {
        struct rig *r = i ? &run : &stepped;

        begin(r);
        /* a sum of squares, backwards from 200: movs r0, #0; movs r1, #200; mov r2, r1; muls r2, r1; adds r0, r0, r2; subs r1, #1; bne */
        rig_code(r, CODE, 0x2000, 0x21C8, 0x460A, 0x434A, 0x1880, 0x3901, 0xD1FA, BKPT, RIG_END);
    }
    while (step(&stepped) != CODE + 14)
        steps++;
    assert_int_equal(resume(&run), CODE + 14);
    assert_in_range(steps, 1000, 1010);
    for (unsigned i = 0; i < 13; i++)
        assert_int_equal(rig_reg(&stepped, i), rig_reg(&run, i));
    assert_int_equal(rig_reg(&run, 0), 200 * 201 * 401 / 6);
}

static void a_step_over_an_svc_ends_in_its_handler_and_one_over_the_return_behind_it(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0xDF01, NOP, RIG_END);
    rig_code(&r, handler(EXC_SVCALL), 0x2033, RETURN, RIG_END);
    assert_int_equal(step(&r), handler(EXC_SVCALL));
    assert_int_equal(step(&r), handler(EXC_SVCALL) + 2);
    assert_int_equal(step(&r), CODE + 2);
    assert_int_equal(rig_reg(&r, COREREG_XPSR) & 0x3F, 0);
    assert_int_equal(rig_reg(&r, 0), 0x1000); /* restored */
    assert_int_equal(rig_reg(&r, COREREG_SP), STACK);
}

static void a_step_into_a_fault_ends_at_the_handler_with_the_fault_in_the_frame(void **state)
{
    static const uint16_t faults[] = { 0xDE00, 0x6812, 0x4717, 0xB662 /* none */ };
    static struct rig r;

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        begin(&r);
        rig_code(&r, CODE, faults[i], NOP, RIG_END);
        rig_set_reg(&r, 2, NOWHERE);
        if (i == 3) {
            assert_int_equal(step(&r), CODE + 2);
            continue;
        }
        if (i == 2) { /* bx r2: the branch is a step of its own, to an address with bit 0 clear */
            rig_code(&r, CODE, 0x4710, RIG_END);
            assert_int_equal(step(&r), NOWHERE);
        }
        assert_int_equal(step(&r), handler(EXC_HARDFAULT));
        assert_int_equal(rig_reg(&r, COREREG_XPSR) & 0x3F, EXC_HARDFAULT);
        assert_int_equal(rig_get(&r, STACK - 8), i == 2 ? NOWHERE : CODE);
    }
}

static void a_step_out_of_a_handler_chains_into_the_next(void **state)
{
    static struct rig r;

    begin(&r);
    rig_write(&r, PPB(NVIC_ISER), 3);
    rig_write(&r, PPB(NVIC_ISPR), 3);
    rig_code(&r, handler(16), RETURN, RIG_END);
    rig_code(&r, handler(17), RETURN, RIG_END);
    assert_int_equal(step(&r), handler(16));
    assert_int_equal(step(&r), handler(17));
    assert_int_equal(step(&r), CODE);
    assert_int_equal(rig_reg(&r, COREREG_SP), STACK);
}

static void steps_reach_the_end_though_a_timer_interrupts_all_the_time(void **state)
{
    static struct rig r;
    unsigned in_handler = 0;

    begin(&r);
    rig_code(&r, CODE, 0x2000, 0x3001, 0x2814, 0xD1FC, BKPT, RIG_END); /* movs r0, #0; 1: adds r0, #1; cmp r0, #20; bne 1b */
    rig_code(&r, handler(EXC_SYSTICK), 0x3401, RETURN, RIG_END);       /* adds r4, #1 */
    rig_write(&r, PPB(SYST_RVR), 40);
    rig_write(&r, PPB(SYST_CVR), 0);
    rig_write(&r, PPB(SYST_CSR), 7);
    for (unsigned i = 0; i < 2000 && rig_reg(&r, COREREG_PC) != CODE + 8; i++) {
        step(&r);
        in_handler += (rig_reg(&r, COREREG_XPSR) & 0x3F) != 0;
    }
    assert_int_equal(rig_reg(&r, 0), 20);
    assert_true(in_handler >= 2);
    assert_int_equal(2 * (rig_reg(&r, 4) - 0x1004), in_handler); /* each interrupt: two stops in the handler */
}

static void masked_steps_stay_in_the_program_and_lose_no_interrupt(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0x2001, 0x2002, 0x2003, 0x2004, SELF, RIG_END);
    rig_code(&r, handler(16), BKPT, RIG_END);
    rig_write(&r, PPB(NVIC_ISER), 1);
    for (uint32_t i = 1; i <= 4; i++) {
        rig_write(&r, PPB(NVIC_ISPR), 1);
        assert_int_equal(step_masked(&r), CODE + 2 * i);
        assert_int_equal(rig_reg(&r, 0), i);
    }
    assert_int_equal(resume(&r), handler(16)); /* taken once the mask is gone */
}

static void openocds_five_writes_are_one_step(void **state)
{
    static const uint32_t writes[] = { HALT | MASKINTS, STEP | MASKINTS, STEP | HALT | MASKINTS, STEP | HALT, HALT };
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0x3001, 0x3001, 0x3001, RIG_END); /* adds r0, #1 */
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        control(&r, DEBUGEN | writes[i]);
        assert_true(cpu_halted(&r.c));
        assert_int_equal(dhcsr(&r) & 0xF, DEBUGEN | HALT | writes[i]);
    }
    assert_int_equal(rig_reg(&r, COREREG_PC), CODE + 2);
    assert_int_equal(rig_reg(&r, 0), 0x1001);
}

static void interrupts_stay_masked_while_running_too(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, SELF, RIG_END);
    rig_write(&r, PPB(NVIC_ISER), 1);
    control(&r, DEBUGEN | HALT | MASKINTS);
    control(&r, DEBUGEN | MASKINTS);
    cpu_irq(&r.c, 0, true);
    rig_run(&r, 1000);
    assert_int_equal(r.c.s.r[15], CODE);
    control(&r, DEBUGEN | HALT | MASKINTS);
    control(&r, DEBUGEN | HALT);
    control(&r, DEBUGEN);
    assert_int_equal(r.c.s.r[15], handler(16));
}

/* ---- breakpoints ---- */

static void a_breakpoint_in_a_loop_stops_every_time_round(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0x2000, 0x3001, NOP, 0xE7FC, RIG_END); /* movs r0, #0; 1: adds r0, #1; nop; b 1b */
    for (uint32_t i = 1; i < 10; i++) {
        put_breakpoint(&r, 1, CODE + 4);
        assert_int_equal(resume(&r), CODE + 4);
        assert_int_equal(rig_reg(&r, 0), i);
        rig_write(&r, PPB(BP_COMP0) + 4, 0); /* off, over it, and on again, as debuggers do */
        assert_int_equal(step(&r), CODE + 6);
    }
}

static void four_breakpoints_stop_in_the_programs_order(void **state)
{
    static const uint32_t at[] = { 6, 2, 8, 4 };
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, NOP, NOP, NOP, NOP, NOP, RIG_END);
    for (unsigned i = 0; i < 4; i++)
        put_breakpoint(&r, i, CODE + at[i]);
    for (uint32_t stop = 2; stop <= 8; stop += 2) {
        assert_int_equal(resume(&r), CODE + stop);
        for (unsigned i = 0; i < 4; i++)
            if (at[i] == stop)
                rig_write(&r, PPB(BP_COMP0) + 4 * i, 0);
    }
}

static void a_fifth_breakpoint_has_no_comparator(void **state)
{
    static struct rig r;

    begin(&r);
    assert_int_equal(GET(rig_read(&r, PPB(BP_CTRL)), PPB_BP_CTRL_NUM_CODE), 4);
    rig_write(&r, PPB(BP_COMP0) + 16, 0x40000001 | CODE);
    assert_int_equal(rig_read(&r, PPB(BP_COMP0) + 16), 0);
}

static void a_breakpoint_on_the_second_half_of_a_wide_instruction_does_not_stop(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, NOP, 0xF000, 0xF801, NOP, NOP, BKPT, RIG_END); /* nop; bl +6 */
    put_breakpoint(&r, 0, CODE + 4);
    assert_int_equal(resume(&r), CODE + 10);
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_BKPT));
}

static void a_breakpoint_in_ram_is_the_business_of_bkpt(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, SRAM, NOP, NOP, BKPT, RIG_END);
    rig_set_reg(&r, COREREG_PC, SRAM);
    put_breakpoint(&r, 0, SRAM + 2); /* the comparator has no such address bits: code at 2 it means */
    assert_int_equal(resume(&r), SRAM + 4);
}

static void a_breakpoint_on_a_handler_stops_after_its_entry(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, SELF, RIG_END);
    put_breakpoint(&r, 2, handler(16));
    rig_write(&r, PPB(NVIC_ISER), 1);
    rig_write(&r, PPB(NVIC_ISPR), 1);
    assert_int_equal(resume(&r), handler(16));
    assert_int_equal(rig_reg(&r, COREREG_XPSR) & 0x3F, 16);
    assert_int_equal(rig_get(&r, STACK - 8), CODE);
}

static void a_breakpoint_stops_a_step_that_has_it_next(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, NOP, NOP, RIG_END);
    put_breakpoint(&r, 0, CODE + 2);
    assert_int_equal(step(&r), CODE + 2);
    assert_int_equal(rig_read(&r, PPB(DFSR)) & BITS(PPB_DFSR_HALTED), BITS(PPB_DFSR_HALTED));
}

static void there_is_no_debug_monitor(void **state)
{
    static struct rig r;

    begin(&r);
    rig_write(&r, PPB(DEMCR), 0xFFFFFFFF); /* MON_EN, MON_PEND and the vector catches of ARMv7-M among them */
    assert_int_equal(rig_read(&r, PPB(DEMCR)), BITS(PPB_DEMCR_VC_CORERESET) | BITS(PPB_DEMCR_VC_HARDERR) | BITS(PPB_DEMCR_DWTENA));
    rig_write(&r, PPB(DEMCR), 0);
    rig_write(&r, PPB(SHPR3), 0xFF);
    assert_int_equal(rig_read(&r, PPB(SHPR3)), 0);
    rig_code(&r, CODE, BKPT, RIG_END);
    control(&r, 0); /* no debugger: a HardFault, never exception 12 */
    assert_int_equal(r.c.s.r[15], handler(EXC_HARDFAULT));
    assert_int_equal(r.c.s.ipsr, EXC_HARDFAULT);
}

/* ---- watchpoints ---- */

static void a_watchpoint_finds_who_writes_a_variable(void **state)
{
    static struct rig r;

    begin(&r);
    /* movs r0, #0; 1: str r0, [r1, r0]; adds r0, #4; b 1b: fills memory word by word */
    rig_code(&r, CODE, 0x2000, 0x5008, 0x3004, 0xE7FC, RIG_END);
    rig_set_reg(&r, 1, SRAM + 0x100);
    put_watchpoint(&r, 0, SRAM + 0x140, 0, 6);
    assert_int_equal(resume(&r), CODE + 4);
    assert_int_equal(rig_reg(&r, 0), 0x40);
    assert_int_equal(rig_get(&r, SRAM + 0x140), 0x40); /* stored already */
    assert_int_equal(rig_get(&r, SRAM + 0x144), 0);
    rig_write(&r, PPB(DWT_FUNCTION0), 0);
    control(&r, DEBUGEN);
    assert_false(cpu_halted(&r.c));
}

static void two_watchpoints_tell_which_was_hit(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0x6808, 0x6850, RIG_END); /* ldr r0, [r1]; ldr r0, [r2, #4] */
    rig_set_reg(&r, 1, SRAM);
    rig_set_reg(&r, 2, SRAM + 0x10);
    put_watchpoint(&r, 0, SRAM + 0x14, 0, 5);
    put_watchpoint(&r, 1, SRAM, 0, 5);
    assert_int_equal(resume(&r), CODE + 2);
    assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION0)) >> 24 & 1, 0);
    assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION0) + 16) >> 24 & 1, 1);
    assert_int_equal(resume(&r), CODE + 4);
    assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION0)) >> 24 & 1, 1);
}

static void a_watchpoint_sees_each_word_of_a_load_multiple(void **state)
{
    static struct rig r;

    for (uint32_t i = 0; i < 4; i++) {
        begin(&r);
        rig_code(&r, CODE, 0xC91D, NOP, RIG_END); /* ldmia r1!, {r0, r2, r3, r4} */
        rig_set_reg(&r, 1, SRAM + 0x20);
        put_watchpoint(&r, 0, SRAM + 0x20 + 4 * i, 0, 5);
        assert_int_equal(resume(&r), CODE + 2); /* after the whole instruction */
        assert_int_equal(rig_reg(&r, 1), SRAM + 0x30);
    }
}

static void a_watchpoint_in_an_instruction_that_faults_stops_at_the_handler_or_before(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0xC90D, RIG_END); /* ldmia r1!, {r0, r2, r3}: over the end of memory */
    rig_set_reg(&r, 1, SRAM + SRAM_BYTES - 4);
    put_watchpoint(&r, 0, SRAM + SRAM_BYTES - 4, 0, 5);
    control(&r, DEBUGEN);
    assert_true(cpu_halted(&r.c));
    assert_true(rig_read(&r, PPB(DFSR)) & BITS(PPB_DFSR_DWTTRAP));
    assert_int_equal(rig_reg(&r, 1), SRAM + SRAM_BYTES - 4);
}

/* ---- interrupts, sleep, lockup ---- */

static void an_interrupt_while_halted_waits_for_the_resume(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, handler(16), BKPT, RIG_END);
    rig_write(&r, PPB(NVIC_ISER), 1);
    cpu_irq(&r.c, 0, true);
    cpu_irq(&r.c, 0, false);
    rig_run(&r, 10000);
    assert_int_equal(rig_reg(&r, COREREG_PC), CODE);
    assert_true(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_ISRPENDING));
    assert_int_equal(resume(&r), handler(16));
    assert_int_equal(rig_get(&r, STACK - 8), CODE);
}

static void halted_in_a_handler_its_stack_and_number_are_seen(void **state)
{
    static struct rig r;

    begin(&r);
    rig_set_reg(&r, COREREG_PSP, SRAM + 0x800);
    rig_set_reg(&r, COREREG_CFBP, BITS(COREREG_CFBP_SPSEL));
    rig_code(&r, CODE, 0xDF00, RIG_END);
    control(&r, DEBUGEN);
    control(&r, DEBUGEN | HALT);
    assert_int_equal(rig_reg(&r, COREREG_XPSR) & 0x3F, EXC_SVCALL);
    assert_int_equal(rig_reg(&r, COREREG_SP), STACK);
    assert_int_equal(rig_reg(&r, COREREG_PSP), SRAM + 0x800 - 32);
    assert_int_equal(rig_reg(&r, COREREG_LR), 0xFFFFFFFD);
    assert_int_equal(GET(rig_read(&r, PPB(ICSR)), PPB_ICSR_VECTACTIVE), EXC_SVCALL);
}

static void halted_asleep_it_goes_on_awake(void **state)
{
    static const uint16_t sleeps[] = { 0xBF30, 0xBF20 };
    static struct rig r;

    for (unsigned i = 0; i < 2; i++) {
        begin(&r);
        rig_code(&r, CODE, sleeps[i], 0x2055, BKPT, RIG_END);
        control(&r, DEBUGEN);
        assert_true(dhcsr(&r) & BITS(PPB_DHCSR_S_SLEEP));
        control(&r, DEBUGEN | HALT);
        assert_int_equal(rig_reg(&r, COREREG_PC), CODE + 2);
        assert_int_equal(resume(&r), CODE + 4);
        assert_int_equal(rig_reg(&r, 0), 0x55);
    }
}

static void a_breakpoint_behind_wfi_waits_for_the_interrupt(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0xB672, 0xBF30, NOP, RIG_END); /* cpsid i; wfi */
    rig_write(&r, PPB(NVIC_ISER), 1);
    put_breakpoint(&r, 0, CODE + 4);
    control(&r, DEBUGEN);
    rig_run(&r, 5000);
    assert_false(cpu_halted(&r.c));
    cpu_irq(&r.c, 0, true);
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, COREREG_PC), CODE + 4);
}

static void a_hardfault_by_priority_is_caught_as_well(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0xB672, 0xDF00, RIG_END); /* cpsid i; svc: cannot be taken */
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_HARDERR));
    assert_int_equal(resume(&r), handler(EXC_HARDFAULT));
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_VCATCH));
    assert_int_equal(rig_get(&r, STACK - 8), CODE + 2);
    rig_code(&r, handler(EXC_HARDFAULT), 0x2077, BKPT, RIG_END); /* caught, and then it runs */
    assert_int_equal(resume(&r), handler(EXC_HARDFAULT) + 2);
    assert_int_equal(rig_reg(&r, 0), 0x77);
}

static void a_reset_halt_leaves_a_lockup(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    rig_code(&r, handler(EXC_HARDFAULT), 0xDE00, RIG_END);
    control(&r, DEBUGEN);
    assert_true(cpu_locked_up(&r.c));
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    rig_write(&r, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    assert_int_equal(r.resets, 1);
    cpu_reset(&r.c, false); /* the chip's part */
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    assert_false(cpu_locked_up(&r.c));
    assert_int_equal(rig_reg(&r, COREREG_PC), CODE);
    assert_int_equal(rig_reg(&r, COREREG_XPSR), BITS(COREREG_XPSR_T));
}

static void a_reset_halt_ends_sleep_and_stops_before_the_first_instruction(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0xBF30, RIG_END);
    control(&r, DEBUGEN);
    assert_true(cpu_asleep(&r.c));
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    cpu_reset(&r.c, false);
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, COREREG_PC), CODE);
    assert_false(dhcsr(&r) & BITS(PPB_DHCSR_S_SLEEP));
}

static void a_program_that_resets_itself_is_caught_at_the_reset(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, 0x6008, SELF, RIG_END); /* str r0, [r1] */
    rig_set_reg(&r, 0, AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    rig_set_reg(&r, 1, PPB(AIRCR));
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    dhcsr(&r);
    control(&r, DEBUGEN);
    assert_int_equal(r.resets, 1);
    cpu_reset(&r.c, false);
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    assert_true(dhcsr(&r) & BITS(PPB_DHCSR_S_RESET_ST));
    assert_false(dhcsr(&r) & BITS(PPB_DHCSR_S_RESET_ST));
    assert_int_equal(rig_reg(&r, COREREG_PC), CODE);
}

static void switching_debug_off_lets_the_program_run_through_its_breakpoints(void **state)
{
    static struct rig r;

    begin(&r);
    rig_code(&r, CODE, NOP, 0x6808, 0x2066, SELF, RIG_END); /* nop; ldr r0, [r1]; movs r0, #0x66 */
    rig_set_reg(&r, 1, SRAM);
    put_breakpoint(&r, 0, CODE + 2);
    put_watchpoint(&r, 0, SRAM, 0, 5);
    control(&r, 0);
    assert_false(cpu_halted(&r.c));
    assert_int_equal(r.c.s.r[15], CODE + 6);
    assert_int_equal(r.c.s.r[0], 0x66);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_register_survives_being_read_and_a_resume),
        cmocka_unit_test(register_numbers_that_are_not_there_read_zero_and_change_nothing),
        cmocka_unit_test(the_programs_own_changes_are_seen),
        cmocka_unit_test(a_new_pc_is_where_the_next_step_is),
        cmocka_unit_test(a_pc_that_is_nowhere_faults_at_the_step),
        cmocka_unit_test(t_cleared_by_the_debugger_faults_at_the_step),
        cmocka_unit_test(the_debugger_calls_a_function_and_gets_its_result),
        cmocka_unit_test(steps_follow_branches_calls_and_returns),
        cmocka_unit_test(a_thousand_steps_come_to_what_a_run_comes_to),
        cmocka_unit_test(a_step_over_an_svc_ends_in_its_handler_and_one_over_the_return_behind_it),
        cmocka_unit_test(a_step_into_a_fault_ends_at_the_handler_with_the_fault_in_the_frame),
        cmocka_unit_test(a_step_out_of_a_handler_chains_into_the_next),
        cmocka_unit_test(steps_reach_the_end_though_a_timer_interrupts_all_the_time),
        cmocka_unit_test(masked_steps_stay_in_the_program_and_lose_no_interrupt),
        cmocka_unit_test(openocds_five_writes_are_one_step),
        cmocka_unit_test(interrupts_stay_masked_while_running_too),
        cmocka_unit_test(a_breakpoint_in_a_loop_stops_every_time_round),
        cmocka_unit_test(four_breakpoints_stop_in_the_programs_order),
        cmocka_unit_test(a_fifth_breakpoint_has_no_comparator),
        cmocka_unit_test(a_breakpoint_on_the_second_half_of_a_wide_instruction_does_not_stop),
        cmocka_unit_test(a_breakpoint_in_ram_is_the_business_of_bkpt),
        cmocka_unit_test(a_breakpoint_on_a_handler_stops_after_its_entry),
        cmocka_unit_test(a_breakpoint_stops_a_step_that_has_it_next),
        cmocka_unit_test(there_is_no_debug_monitor),
        cmocka_unit_test(a_watchpoint_finds_who_writes_a_variable),
        cmocka_unit_test(two_watchpoints_tell_which_was_hit),
        cmocka_unit_test(a_watchpoint_sees_each_word_of_a_load_multiple),
        cmocka_unit_test(a_watchpoint_in_an_instruction_that_faults_stops_at_the_handler_or_before),
        cmocka_unit_test(an_interrupt_while_halted_waits_for_the_resume),
        cmocka_unit_test(halted_in_a_handler_its_stack_and_number_are_seen),
        cmocka_unit_test(halted_asleep_it_goes_on_awake),
        cmocka_unit_test(a_breakpoint_behind_wfi_waits_for_the_interrupt),
        cmocka_unit_test(a_hardfault_by_priority_is_caught_as_well),
        cmocka_unit_test(a_reset_halt_leaves_a_lockup),
        cmocka_unit_test(a_reset_halt_ends_sleep_and_stops_before_the_first_instruction),
        cmocka_unit_test(a_program_that_resets_itself_is_caught_at_the_reset),
        cmocka_unit_test(switching_debug_off_lets_the_program_run_through_its_breakpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
