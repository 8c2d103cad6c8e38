/* test_debug.c - the debugger's view: halting, stepping, breakpoints, watchpoints, vector catch, resets, identification. Whole programs
 * under a debugger are in test_debug_programs.c. */
#include "debugger.h"

static void a_halt_stops_at_an_instruction_boundary_and_is_reported(void **state)
{
    static struct rig r;
    uint64_t cycle;

    rig_init(&r);
    rig_code(&r, CODE, NOP, NOP, SELF, RIG_END);
    rig_run(&r, 10);
    assert_int_equal(dhcsr(&r) & (DEBUGEN | S_HALT), 0);
    control(&r, DEBUGEN | HALT);
    assert_int_equal(dhcsr(&r), DEBUGEN | HALT | S_HALT | BITS(PPB_DHCSR_S_REGRDY));
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_HALTED));
    assert_int_equal(rig_reg(&r, 15), CODE + 4);
    assert_int_equal(r.debug_enabled, 1);
    cycle = r.c.s.cycle;
    rig_run(&r, 5000);
    assert_true(cpu_halted(&r.c) && r.c.s.cycle == cycle + 5000); /* time passes, nothing else */
    assert_int_equal(rig_reg(&r, 15), CODE + 4);
    assert_true(cpu_next_cycle(&r.c) == UINT64_MAX);
}

static void resume_goes_on_where_it_stopped(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_halt(&r);
    control(&r, DEBUGEN);
    assert_false(cpu_halted(&r.c));
    assert_int_equal(dhcsr(&r) & (HALT | S_HALT), 0);
    control(&r, DEBUGEN | HALT);
    control(&r, 0); /* C_DEBUGEN off lets go as well */
    assert_false(cpu_halted(&r.c));
    assert_int_equal(r.debug_enabled, 0);
    assert_int_equal(dhcsr(&r) & 0xF, 0);
}

static void dhcsr_without_its_key_is_not_written(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_write(&r, PPB(DHCSR), 0x50FA0000u | DEBUGEN | HALT);
    rig_write(&r, PPB(DHCSR), DEBUGEN | HALT);
    rig_run(&r, 10);
    assert_false(cpu_halted(&r.c));
    assert_int_equal(dhcsr(&r) & 0xF, 0);
}

static void control_bits_need_c_debugen(void **state)
{
    static struct rig r;

    rig_init(&r);
    control(&r, HALT | STEP | MASKINTS);
    assert_int_equal(dhcsr(&r) & 0xF, 0);
    control(&r, DEBUGEN | MASKINTS); /* not together with the rise of C_DEBUGEN */
    assert_int_equal(dhcsr(&r) & 0xF, DEBUGEN);
}

static void the_program_sees_and_writes_no_debug_register(void **state)
{
    static const uint32_t regs[] = { PPB(DHCSR),   PPB(DEMCR),    PPB(DFSR),     PPB(DCRDR),
                                     PPB(BP_CTRL), PPB(BP_COMP0), PPB(DWT_CTRL), PPB(DWT_COMP0) };
    static struct rig r;

    for (size_t i = 0; i < sizeof regs / sizeof regs[0]; i++) {
        rig_init(&r);
        rig_code(&r, CODE, 0x6008, 0x680A, RIG_END); /* str r0, [r1]; ldr r2, [r1] */
        rig_write(&r, PPB(DCRDR), 0x5555);
        rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_DWTENA));
        r.c.s.r[0] = DHCSR_KEY | DEBUGEN | HALT;
        r.c.s.r[1] = regs[i];
        const uint32_t before = peek(&r, regs[i]);

        rig_run(&r, 4);
        assert_int_equal(r.c.s.r[15], CODE + 4);
        assert_int_equal(r.c.s.r[2], 0);
        assert_int_equal(peek(&r, regs[i]) & ~BITS(PPB_DHCSR_S_RETIRE_ST), before & ~BITS(PPB_DHCSR_S_RETIRE_ST));
    }
}

static void sticky_bits_clear_when_read_and_not_when_peeked(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_run(&r, 10);
    assert_true(peek(&r, PPB(DHCSR)) & BITS(PPB_DHCSR_S_RESET_ST));
    assert_true(dhcsr(&r) & BITS(PPB_DHCSR_S_RESET_ST));
    assert_false(dhcsr(&r) & (BITS(PPB_DHCSR_S_RESET_ST) | BITS(PPB_DHCSR_S_RETIRE_ST)));
    rig_run(&r, 10);
    assert_true(dhcsr(&r) & BITS(PPB_DHCSR_S_RETIRE_ST));
    cpu_reset(&r.c, false);
    assert_true(dhcsr(&r) & BITS(PPB_DHCSR_S_RESET_ST));
    cpu_hold(&r.c, true);
    for (unsigned i = 0; i < 3; i++)
        assert_true(dhcsr(&r) & BITS(PPB_DHCSR_S_RESET_ST)); /* as long as it lasts */
    cpu_hold(&r.c, false);
    rig_run(&r, 10);
    dhcsr(&r);
    assert_false(dhcsr(&r) & BITS(PPB_DHCSR_S_RESET_ST));
}

static void registers_are_read_and_written_through_dcrsr(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_halt(&r);
    for (unsigned i = 0; i < 13; i++)
        rig_set_reg(&r, i, 0xA0 + i);
    rig_set_reg(&r, COREREG_LR, 0x123);
    rig_set_reg(&r, COREREG_PC, CODE + 0x21);
    rig_set_reg(&r, COREREG_MSP, 0x20001003);
    rig_set_reg(&r, COREREG_PSP, 0x20002003);
    rig_set_reg(&r, COREREG_XPSR, 0xF1000000);
    for (unsigned i = 0; i < 13; i++)
        assert_int_equal(rig_reg(&r, i), 0xA0 + i);
    assert_int_equal(rig_reg(&r, COREREG_SP), 0x20001000);
    assert_int_equal(rig_reg(&r, COREREG_LR), 0x123);
    assert_int_equal(rig_reg(&r, COREREG_PC), CODE + 0x20);
    assert_int_equal(rig_reg(&r, COREREG_XPSR), 0xF1000000);
    assert_int_equal(rig_reg(&r, COREREG_CFBP), 0);
    rig_set_reg(&r, COREREG_CFBP, 0x03FFFF01); /* FAULTMASK and BASEPRI do not exist */
    assert_int_equal(rig_reg(&r, COREREG_CFBP), 0x03000001);
    assert_int_equal(rig_reg(&r, COREREG_SP), 0x20002000); /* SPSEL */
    assert_int_equal(rig_reg(&r, COREREG_MSP), 0x20001000);
    rig_set_reg(&r, COREREG_SP, 0x20002100);
    assert_int_equal(rig_reg(&r, COREREG_PSP), 0x20002100);
    rig_set_reg(&r, 19, 1);
    assert_int_equal(rig_reg(&r, 19), 0);
}

static void dcrsr_does_nothing_while_the_core_runs(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_run(&r, 10);
    rig_write(&r, PPB(DCRDR), 0x77);
    rig_write(&r, PPB(DCRSR), BITS(PPB_DCRSR_REGWnR) | 3);
    assert_int_equal(r.c.s.r[3], 0);
    rig_write(&r, PPB(DCRSR), 15);
    assert_int_equal(rig_read(&r, PPB(DCRDR)), 0x77);
}

static void clearing_ipsr_goes_on_in_thread_mode_at_the_old_priority(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    rig_code(&r, SRAM, 0xDE00, RIG_END);
    rig_until(&r, handler(EXC_HARDFAULT));
    rig_halt(&r);
    rig_set_reg(&r, COREREG_XPSR, BITS(COREREG_XPSR_T));
    rig_set_reg(&r, COREREG_PC, SRAM);
    control(&r, DEBUGEN);
    assert_true(cpu_locked_up(&r.c)); /* a fault in code that still runs as HardFault */
}

static void a_handlers_ipsr_selects_the_main_stack(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_halt(&r);
    rig_set_reg(&r, COREREG_PSP, SRAM + 0x200);
    rig_set_reg(&r, COREREG_CFBP, BITS(COREREG_CFBP_SPSEL));
    rig_set_reg(&r, COREREG_XPSR, BITS(COREREG_XPSR_T) | 16);
    assert_int_equal(rig_reg(&r, COREREG_SP), STACK);
    rig_set_reg(&r, COREREG_CFBP, BITS(COREREG_CFBP_SPSEL)); /* not in Handler mode */
    assert_int_equal(rig_reg(&r, COREREG_SP), STACK);
    assert_int_equal(rig_reg(&r, COREREG_CFBP), 0);
}

static void a_step_runs_one_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x2001, 0x2002, 0xF000, 0xF801, RIG_END); /* movs r0, #1; movs r0, #2; bl */
    rig_halt(&r);
    rig_set_reg(&r, COREREG_PC, CODE);
    rig_write(&r, PPB(DFSR), 0x1F);
    control(&r, DEBUGEN | STEP);
    assert_int_equal(dhcsr(&r) & 0xFFFFF, DEBUGEN | STEP | HALT | S_HALT | BITS(PPB_DHCSR_S_REGRDY));
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_HALTED));
    assert_int_equal(rig_reg(&r, 15), CODE + 2);
    assert_int_equal(rig_reg(&r, 0), 1);
    control(&r, DEBUGEN | STEP);
    assert_int_equal(rig_reg(&r, 15), CODE + 4);
    control(&r, DEBUGEN | STEP);
    assert_int_equal(rig_reg(&r, 15), CODE + 10);
}

static void a_step_takes_a_pending_interrupt_and_stops_in_its_handler(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x2001, RIG_END);
    rig_halt(&r);
    rig_set_reg(&r, COREREG_PC, CODE);
    rig_set_reg(&r, 0, 0);
    rig_write(&r, PPB(NVIC_ISER), 1);
    rig_write(&r, PPB(NVIC_ISPR), 1);
    assert_true(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_ISRPREEMPT));
    control(&r, DEBUGEN | STEP);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, 15), handler(16));
    assert_int_equal(rig_reg(&r, COREREG_XPSR) & 0x3F, 16);
    assert_int_equal(rig_get(&r, STACK - 8), CODE);
    assert_int_equal(rig_reg(&r, 0), 0);
}

static void a_step_with_interrupts_masked_steps_the_program(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x2001, 0x2002, RIG_END);
    rig_halt(&r);
    rig_set_reg(&r, COREREG_PC, CODE);
    rig_write(&r, PPB(NVIC_ISER), 1);
    rig_write(&r, PPB(NVIC_ISPR), 1);
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_PENDSVSET) | BITS(PPB_ICSR_PENDSTSET));
    control(&r, DEBUGEN | HALT | MASKINTS);
    control(&r, DEBUGEN | STEP | MASKINTS);
    assert_int_equal(rig_reg(&r, 15), CODE + 2);
    assert_int_equal(rig_reg(&r, 0), 1);
    control(&r, DEBUGEN | HALT);
    control(&r, DEBUGEN | STEP);
    assert_int_equal(rig_reg(&r, 15), handler(EXC_PENDSV)); /* unmasked again; the lowest number of priority 0 */
}

static void masked_interrupts_do_not_hold_back_nmi_svc_and_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDF00, RIG_END);
    rig_halt(&r);
    rig_set_reg(&r, COREREG_PC, CODE);
    control(&r, DEBUGEN | HALT | MASKINTS);
    control(&r, DEBUGEN | STEP | MASKINTS);
    assert_int_equal(rig_reg(&r, 15), handler(EXC_SVCALL)); /* the entry belongs to the step */
    rig_code(&r, handler(EXC_SVCALL), 0xDE00, RIG_END);
    control(&r, DEBUGEN | STEP | MASKINTS);
    assert_int_equal(rig_reg(&r, 15), handler(EXC_HARDFAULT));
    cpu_nmi(&r.c);
    control(&r, DEBUGEN | STEP | MASKINTS);
    assert_int_equal(rig_reg(&r, 15), handler(EXC_NMI));
}

static void a_step_over_wfi_does_not_sleep(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, 0xBF20, RIG_END);
    rig_halt(&r);
    rig_set_reg(&r, COREREG_PC, CODE);
    control(&r, DEBUGEN | STEP);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, 15), CODE + 2);
    control(&r, DEBUGEN | STEP);
    assert_int_equal(rig_reg(&r, 15), CODE + 4);
    assert_int_equal(r.sleeps, 0);
}

static void a_halt_request_ends_sleep(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, RIG_END);
    rig_run(&r, 10);
    assert_true(dhcsr(&r) & BITS(PPB_DHCSR_S_SLEEP));
    control(&r, DEBUGEN | HALT);
    assert_int_equal(dhcsr(&r) & (S_HALT | BITS(PPB_DHCSR_S_SLEEP)), S_HALT);
    assert_int_equal(rig_reg(&r, 15), CODE + 2);
    assert_int_equal(r.wakes, 1);
}

static void a_hardware_breakpoint_stops_before_either_half_word(void **state)
{
    static struct rig r;

    for (uint32_t at = CODE; at < CODE + 8; at += 2) {
        rig_init(&r);
        rig_code(&r, CODE, NOP, NOP, NOP, NOP, RIG_END);
        put_breakpoint(&r, at / 2 % 4, at);
        control(&r, DEBUGEN);
        assert_true(cpu_halted(&r.c));
        assert_int_equal(rig_reg(&r, 15), at);
        assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_BKPT));
        control(&r, DEBUGEN); /* resuming on it stops again at once: debuggers step over it without it */
        assert_int_equal(rig_reg(&r, 15), at);
    }
}

static void a_comparator_for_both_halves_stops_at_both_and_one_for_none_at_none(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, NOP, NOP, NOP, RIG_END);
    put_breakpoint(&r, 0, CODE);
    rig_write(&r, PPB(BP_COMP0), 0xC0000001 | CODE);
    rig_write(&r, PPB(DHCSR), DHCSR_KEY | DEBUGEN);
    r.c.s.r[15] = CODE + 2;
    rig_run(&r, 100);
    assert_int_equal(rig_reg(&r, 15), CODE + 2);
    rig_write(&r, PPB(BP_COMP0), 0x00000001 | CODE);
    rig_set_reg(&r, COREREG_PC, CODE);
    control(&r, DEBUGEN);
    assert_false(cpu_halted(&r.c));
}

static void breakpoints_need_their_enables_and_c_debugen(void **state)
{
    static struct rig r;

    rig_init(&r);
    put_breakpoint(&r, 0, CODE);
    rig_run(&r, 100); /* no debugger: ignored */
    assert_false(cpu_halted(&r.c));
    rig_write(&r, PPB(BP_CTRL), 0); /* no key: stays on */
    assert_int_equal(rig_read(&r, PPB(BP_CTRL)), 0x41);
    rig_write(&r, PPB(BP_CTRL), BITS(PPB_BP_CTRL_KEY));
    assert_int_equal(rig_read(&r, PPB(BP_CTRL)), 0x40);
    control(&r, DEBUGEN);
    assert_false(cpu_halted(&r.c));
    put_breakpoint(&r, 0, CODE);
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    rig_write(&r, PPB(BP_COMP0), rig_read(&r, PPB(BP_COMP0)) & ~1u);
    control(&r, DEBUGEN);
    assert_false(cpu_halted(&r.c));
}

static void a_breakpoint_does_not_keep_a_pending_interrupt_out(void **state)
{
    static struct rig r;

    rig_init(&r);
    put_breakpoint(&r, 0, CODE);
    rig_write(&r, PPB(DHCSR), DHCSR_KEY | DEBUGEN);
    rig_write(&r, PPB(NVIC_ISER), 1);
    rig_write(&r, PPB(NVIC_ISPR), 1);
    rig_run(&r, 100);
    assert_false(cpu_halted(&r.c));
    assert_int_equal(r.c.s.r[15], handler(16));
}

static void bkpt_stops_with_pc_at_it(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, NOP, 0xBEAB, RIG_END);
    control(&r, DEBUGEN);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, 15), CODE + 2);
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_BKPT));
    rig_set_reg(&r, COREREG_PC, CODE + 4);
    control(&r, DEBUGEN);
    assert_int_equal(r.c.s.r[15], CODE + 4);
    assert_false(cpu_halted(&r.c));
}

static void bkpt_without_c_debugen_is_a_hardfault(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBE00, RIG_END);
    rig_until(&r, handler(EXC_HARDFAULT));
    assert_int_equal(rig_read(&r, PPB(DFSR)), 0);
    assert_int_equal(rig_get(&r, STACK - 8), CODE);
}

static void software_breakpoints_written_while_halted_are_seen(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, SRAM, NOP, NOP, SELF, RIG_END);
    r.c.s.r[15] = SRAM;
    rig_step(&r); /* the word is fetched */
    rig_halt(&r);
    rig_set_reg(&r, COREREG_PC, SRAM);
    rig_code(&r, SRAM + 2, 0xBE11, RIG_END);
    control(&r, DEBUGEN);
    assert_int_equal(rig_reg(&r, 15), SRAM + 2);
}

static void dfsr_bits_are_cleared_by_writing_one(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBE00, RIG_END);
    control(&r, DEBUGEN);
    control(&r, DEBUGEN | STEP); /* BKPT again, the step is over before it began */
    rig_set_reg(&r, COREREG_PC, CODE + 2);
    control(&r, DEBUGEN | STEP);
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_BKPT) | BITS(PPB_DFSR_HALTED));
    rig_write(&r, PPB(DFSR), BITS(PPB_DFSR_BKPT));
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_HALTED));
    rig_write(&r, PPB(DFSR), 0);
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_HALTED));
}

static void watchpoints_stop_after_the_access_they_ask_for(void **state)
{
    static const struct {
        uint32_t function;
        bool on_read, on_write;
    } functions[] = { { 0, false, false }, { 5, true, false }, { 6, false, true }, { 7, true, true }, { 9, false, false } };
    static struct rig r;

    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        for (unsigned write = 0; write < 2; write++) {
            const bool stops = write ? functions[i].on_write : functions[i].on_read;

            rig_init(&r);
            rig_code(&r, CODE, write ? 0x6008 : 0x6808, 0x2107, RIG_END); /* str or ldr r0, [r1]; movs r1, #7 */
            r.c.s.r[1] = SRAM + 0x40;
            put_watchpoint(&r, write, SRAM + 0x40, 0, functions[i].function);
            control(&r, DEBUGEN);
            assert_int_equal(cpu_halted(&r.c), stops);
            assert_int_equal(peek(&r, PPB(DWT_FUNCTION0) + 16 * write) >> 24 & 1, stops);
            if (!stops)
                continue;
            assert_int_equal(rig_reg(&r, 15), CODE + 2);
            assert_int_equal(rig_reg(&r, 1), SRAM + 0x40);
            assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_DWTTRAP));
            assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION0) + 16 * write), 1u << 24 | functions[i].function);
            assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION0) + 16 * write), functions[i].function); /* MATCHED cleared by the read */
        }
    }
}

static void a_watchpoint_covers_its_mask_and_any_width_that_touches_it(void **state)
{
    static const struct {
        uint32_t comp, mask;
        uint16_t op;
        uint32_t addr;
        bool hit;
    } cases[] = {
        { SRAM + 0x40, 4, 0x6808, SRAM + 0x4C, true }, /* ldr in [0x40, 0x50) */
        { SRAM + 0x40, 4, 0x6808, SRAM + 0x50, false }, { SRAM + 0x40, 4, 0x6808, SRAM + 0x3C, false },
        { SRAM + 0x42, 0, 0x6808, SRAM + 0x40, true },  /* a byte inside the word that is read */
        { SRAM + 0x42, 0, 0x7808, SRAM + 0x42, true },  /* ldrb of it */
        { SRAM + 0x42, 0, 0x7808, SRAM + 0x41, false }, /* ldrb beside it */
        { SRAM + 0x42, 1, 0x8808, SRAM + 0x40, false }, /* ldrh of the other half */
        { SRAM, 31, 0x6808, SRAM + 0x1000, true },
    };
    static struct rig r;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_init(&r);
        rig_code(&r, CODE, cases[i].op, SELF, RIG_END);
        r.c.s.r[1] = cases[i].addr;
        put_watchpoint(&r, 0, cases[i].comp, cases[i].mask, 5);
        control(&r, DEBUGEN);
        assert_int_equal(cpu_halted(&r.c), cases[i].hit);
    }
}

static void a_pc_watchpoint_stops_after_its_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, NOP, 0x2005, 0x2006, RIG_END);
    put_watchpoint(&r, 1, CODE + 2, 0, 4);
    control(&r, DEBUGEN);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, 15), CODE + 4);
    assert_int_equal(rig_reg(&r, 0), 5);
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_DWTTRAP));
}

static void watchpoints_need_dwtena_and_only_mark_without_c_debugen(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x6808, 0x6808, SELF, RIG_END);
    r.c.s.r[1] = SRAM + 0x40;
    put_watchpoint(&r, 0, SRAM + 0x40, 0, 7);
    rig_write(&r, PPB(DEMCR), 0);
    rig_step(&r);
    assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION0)), 7);
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_DWTENA));
    r.c.s.r[1] = SRAM + 0x40;
    rig_run(&r, 100);
    assert_false(cpu_halted(&r.c));
    assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION0)), 7 | 1u << 24);
}

static void the_pc_can_be_sampled_while_running(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, SELF, RIG_END);
    rig_run(&r, 100);
    assert_int_equal(rig_read(&r, PPB(DWT_PCSR)), 0xFFFFFFFF);
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_DWTENA));
    assert_int_equal(rig_read(&r, PPB(DWT_PCSR)), CODE);
    rig_halt(&r);
    assert_int_equal(rig_read(&r, PPB(DWT_PCSR)), 0xFFFFFFFF);
}

static void core_reset_is_caught_before_the_first_instruction(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x2001, RIG_END);
    rig_run(&r, 100);
    rig_write(&r, PPB(DHCSR), DHCSR_KEY | DEBUGEN);
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    cpu_reset(&r.c, false);
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_VCATCH));
    assert_int_equal(rig_reg(&r, 15), CODE);
    assert_int_equal(rig_reg(&r, 13), STACK);
    assert_int_equal(rig_reg(&r, 14), 0xFFFFFFFF);
    assert_int_equal(rig_reg(&r, COREREG_XPSR), BITS(COREREG_XPSR_T));
    assert_int_equal(rig_reg(&r, 0), 0);
    rig_write(&r, PPB(DHCSR), DHCSR_KEY | DEBUGEN);
    rig_run(&r, 100);
    assert_int_equal(r.c.s.r[0], 1);
}

static void core_reset_is_not_caught_without_c_debugen_nor_by_a_stale_halt(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    cpu_reset(&r.c, false);
    rig_run(&r, 100);
    assert_false(cpu_halted(&r.c));
    rig_write(&r, PPB(DEMCR), 0);
    rig_halt(&r);
    cpu_reset(&r.c, false);
    rig_run(&r, 100);
    assert_false(cpu_halted(&r.c));
    assert_int_equal(dhcsr(&r) & 0xF, DEBUGEN);
}

static void core_reset_without_vectors_is_caught_too(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.vectors_fail = true;
    rig_write(&r, PPB(DHCSR), DHCSR_KEY | DEBUGEN);
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    cpu_reset(&r.c, false);
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    assert_false(cpu_locked_up(&r.c));
}

static void hardfault_is_caught_at_its_handler(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_HARDERR));
    control(&r, DEBUGEN);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, 15), handler(EXC_HARDFAULT));
    assert_int_equal(rig_reg(&r, COREREG_XPSR) & 0x3F, EXC_HARDFAULT);
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_VCATCH));
}

static void a_halt_request_leaves_lockup(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xDE00, RIG_END);
    rig_code(&r, handler(EXC_HARDFAULT), 0xDE00, RIG_END);
    control(&r, DEBUGEN);
    assert_int_equal(dhcsr(&r) & (S_HALT | BITS(PPB_DHCSR_S_LOCKUP)), BITS(PPB_DHCSR_S_LOCKUP));
    control(&r, DEBUGEN | HALT);
    assert_int_equal(dhcsr(&r) & (S_HALT | BITS(PPB_DHCSR_S_LOCKUP)), S_HALT);
    assert_int_equal(rig_reg(&r, 15), 0xFFFFFFFE);
    control(&r, DEBUGEN);
    assert_true(cpu_locked_up(&r.c)); /* resumed there, it is locked up again */
    control(&r, DEBUGEN | HALT);
    rig_write(&r, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_VECTCLRACTIVE));
    rig_set_reg(&r, COREREG_PC, CODE + 0x20);
    control(&r, DEBUGEN);
    assert_false(cpu_locked_up(&r.c));
    assert_int_equal(r.c.s.r[15], CODE + 0x20);
    assert_true(r.c.s.active == 0);
}

static void a_system_reset_keeps_the_debug_registers_a_power_on_clears_them(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_halt(&r);
    put_breakpoint(&r, 3, CODE + 0x40);
    put_watchpoint(&r, 1, SRAM + 4, 2, 6);
    rig_write(&r, PPB(SHPR3), 0xC0000000);
    cpu_reset(&r.c, false);
    assert_int_equal(rig_read(&r, PPB(BP_CTRL)), 0x41);
    assert_int_equal(rig_read(&r, PPB(BP_COMP3)), 0x48000241);
    assert_int_equal(rig_read(&r, PPB(DWT_COMP1)), SRAM + 4);
    assert_int_equal(rig_read(&r, PPB(DWT_MASK1)), 2);
    assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION1)), 6);
    assert_int_equal(rig_read(&r, PPB(DEMCR)), BITS(PPB_DEMCR_DWTENA));
    assert_int_equal(rig_read(&r, PPB(DFSR)), BITS(PPB_DFSR_HALTED));
    assert_int_equal(rig_read(&r, PPB(SHPR3)), 0);
    assert_int_equal(r.debug_enabled, 1);
    cpu_reset(&r.c, true);
    assert_int_equal(rig_read(&r, PPB(BP_CTRL)), 0x40);
    assert_int_equal(rig_read(&r, PPB(BP_COMP3)), 0);
    assert_int_equal(rig_read(&r, PPB(DWT_FUNCTION1)), 0);
    assert_int_equal(rig_read(&r, PPB(DEMCR)), 0);
    assert_int_equal(rig_read(&r, PPB(DFSR)), 0);
    assert_int_equal(dhcsr(&r) & 0xF, 0);
    assert_int_equal(r.debug_enabled, 0);
}

static void debug_can_be_set_up_while_held_in_reset(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_run(&r, 100);
    cpu_hold(&r.c, true);
    control(&r, DEBUGEN | HALT);
    assert_int_equal(dhcsr(&r) & (0xF | S_HALT), DEBUGEN); /* C_HALT is held at 0 */
    rig_write(&r, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    cpu_hold(&r.c, false);
    rig_run(&r, 100);
    assert_true(cpu_halted(&r.c));
    assert_int_equal(rig_reg(&r, 15), CODE);
}

static void sysresetreq_asks_the_chip_and_needs_its_key(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_write(&r, PPB(AIRCR), 0xFA050000 | BITS(PPB_AIRCR_SYSRESETREQ));
    assert_int_equal(r.resets, 0);
    rig_write(&r, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    assert_int_equal(r.resets, 1);
    rig_code(&r, CODE, 0x6008, RIG_END);
    r.c.s.r[0] = AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ);
    r.c.s.r[1] = PPB(AIRCR);
    rig_step(&r);
    assert_int_equal(r.resets, 2);
    assert_int_equal(rig_read(&r, PPB(AIRCR)), 0xFA050000);
}

static void vectclractive_is_ignored_outside_debug_state(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_write(&r, PPB(NVIC_ISER), 1);
    cpu_irq(&r.c, 0, true);
    rig_until(&r, handler(16));
    rig_write(&r, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_VECTCLRACTIVE));
    assert_true(r.c.s.active != 0);
}

static void components_identify_themselves_as_arms(void **state)
{
    static const struct {
        uint32_t base, pidr0, class;
    } components[] = { { 0xE000E000, 0x08, 0xE0 }, { 0xE0001000, 0x0A, 0xE0 }, { 0xE0002000, 0x0B, 0xE0 }, { 0xE00FF000, 0xC0, 0x10 } };
    static struct rig r;

    rig_init(&r);
    for (size_t i = 0; i < 4; i++) {
        const uint32_t base = components[i].base;

        assert_int_equal(rig_read(&r, base + 0xFE0), components[i].pidr0);
        assert_int_equal(rig_read(&r, base + 0xFE4), components[i].class == 0x10 ? 0xB4 : 0xB0);
        assert_int_equal(rig_read(&r, base + 0xFE8), 0x0B);
        assert_int_equal(rig_read(&r, base + 0xFEC), 0);
        assert_int_equal(rig_read(&r, base + 0xFD0), 0x04);
        assert_int_equal(rig_read(&r, base + 0xFF0), 0x0D);
        assert_int_equal(rig_read(&r, base + 0xFF4), components[i].class);
        assert_int_equal(rig_read(&r, base + 0xFF8), 0x05);
        assert_int_equal(rig_read(&r, base + 0xFFC), 0xB1);
        assert_int_equal(rig_read(&r, base + 0xFBC), 0);                  /* DEVARCH */
        assert_int_equal(rig_read(&r, base + 0xFCC), base == 0xE00FF000); /* MEMTYPE, else DEVTYPE */
    }
}

static void the_rom_table_leads_to_scs_dwt_and_bpu(void **state)
{
    static const uint32_t found[] = { 0xE000E000, 0xE0001000, 0xE0002000 };
    static struct rig r;

    rig_init(&r);
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t entry = rig_read(&r, 0xE00FF000 + 4 * i);

        assert_int_equal(entry & 3, 3);
        assert_int_equal(0xE00FF000 + (entry & 0xFFFFF000), found[i]);
    }
    assert_int_equal(rig_read(&r, 0xE00FF00C), 0);
}

static void the_debugger_reads_any_width_writes_words_and_nothing_beside_the_ppb(void **state)
{
    static struct rig r;
    uint32_t value;

    rig_init(&r);
    assert_true(cpu_ppb_read(&r.c, PPB(CPUID) + 2, 2, &value));
    assert_int_equal(value, 0x410C);
    assert_true(cpu_ppb_read(&r.c, PPB(CPUID) + 1, 1, &value));
    assert_int_equal(value, 0xC6);
    assert_false(cpu_ppb_read(&r.c, PPB(CPUID) + 2, 4, &value));
    assert_false(cpu_ppb_write(&r.c, PPB(SCR), 1, 4));
    assert_int_equal(rig_read(&r, PPB(SCR)), 0);
    assert_false(cpu_ppb_read(&r.c, 0xE0100000, 4, &value));
    assert_false(cpu_ppb_write(&r.c, 0xDFFFFFFC, 4, 0));
    assert_false(cpu_ppb_peek(&r.c, SRAM, &value));
    assert_true(cpu_ppb_read(&r.c, 0xE000ED88, 4, &value)); /* CPACR: not in ARMv6-M */
    assert_int_equal(value, 0);
    assert_true(cpu_ppb_write(&r.c, 0xE000ED88, 4, 0xF00000));
    assert_int_equal(rig_read(&r, 0xE000ED88), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_halt_stops_at_an_instruction_boundary_and_is_reported),
        cmocka_unit_test(resume_goes_on_where_it_stopped),
        cmocka_unit_test(dhcsr_without_its_key_is_not_written),
        cmocka_unit_test(control_bits_need_c_debugen),
        cmocka_unit_test(the_program_sees_and_writes_no_debug_register),
        cmocka_unit_test(sticky_bits_clear_when_read_and_not_when_peeked),
        cmocka_unit_test(registers_are_read_and_written_through_dcrsr),
        cmocka_unit_test(dcrsr_does_nothing_while_the_core_runs),
        cmocka_unit_test(clearing_ipsr_goes_on_in_thread_mode_at_the_old_priority),
        cmocka_unit_test(a_handlers_ipsr_selects_the_main_stack),
        cmocka_unit_test(a_step_runs_one_instruction),
        cmocka_unit_test(a_step_takes_a_pending_interrupt_and_stops_in_its_handler),
        cmocka_unit_test(a_step_with_interrupts_masked_steps_the_program),
        cmocka_unit_test(masked_interrupts_do_not_hold_back_nmi_svc_and_hardfault),
        cmocka_unit_test(a_step_over_wfi_does_not_sleep),
        cmocka_unit_test(a_halt_request_ends_sleep),
        cmocka_unit_test(a_hardware_breakpoint_stops_before_either_half_word),
        cmocka_unit_test(a_comparator_for_both_halves_stops_at_both_and_one_for_none_at_none),
        cmocka_unit_test(breakpoints_need_their_enables_and_c_debugen),
        cmocka_unit_test(a_breakpoint_does_not_keep_a_pending_interrupt_out),
        cmocka_unit_test(bkpt_stops_with_pc_at_it),
        cmocka_unit_test(bkpt_without_c_debugen_is_a_hardfault),
        cmocka_unit_test(software_breakpoints_written_while_halted_are_seen),
        cmocka_unit_test(dfsr_bits_are_cleared_by_writing_one),
        cmocka_unit_test(watchpoints_stop_after_the_access_they_ask_for),
        cmocka_unit_test(a_watchpoint_covers_its_mask_and_any_width_that_touches_it),
        cmocka_unit_test(a_pc_watchpoint_stops_after_its_instruction),
        cmocka_unit_test(watchpoints_need_dwtena_and_only_mark_without_c_debugen),
        cmocka_unit_test(the_pc_can_be_sampled_while_running),
        cmocka_unit_test(core_reset_is_caught_before_the_first_instruction),
        cmocka_unit_test(core_reset_is_not_caught_without_c_debugen_nor_by_a_stale_halt),
        cmocka_unit_test(core_reset_without_vectors_is_caught_too),
        cmocka_unit_test(hardfault_is_caught_at_its_handler),
        cmocka_unit_test(a_halt_request_leaves_lockup),
        cmocka_unit_test(a_system_reset_keeps_the_debug_registers_a_power_on_clears_them),
        cmocka_unit_test(debug_can_be_set_up_while_held_in_reset),
        cmocka_unit_test(sysresetreq_asks_the_chip_and_needs_its_key),
        cmocka_unit_test(vectclractive_is_ignored_outside_debug_state),
        cmocka_unit_test(components_identify_themselves_as_arms),
        cmocka_unit_test(the_rom_table_leads_to_scs_dwt_and_bpu),
        cmocka_unit_test(the_debugger_reads_any_width_writes_words_and_nothing_beside_the_ppb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
