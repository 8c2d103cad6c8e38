/* test_scs.c - SysTick, NVIC and system control registers, the memory protection unit, rights on the PPB, and the saved state. */
#include "rig.h"

#include <stdlib.h>

enum { NOP = 0xBF00 };

#define ENABLE    BITS(PPB_SYST_CSR_ENABLE)
#define TICKINT   BITS(PPB_SYST_CSR_TICKINT)
#define CLKSOURCE BITS(PPB_SYST_CSR_CLKSOURCE)
#define COUNTFLAG BITS(PPB_SYST_CSR_COUNTFLAG)

static uint32_t handler(unsigned exception) { return HANDLER + 16 * exception; }

static void start_systick(struct rig *r, uint32_t reload, uint32_t csr)
{
    rig_write(r, PPB(SYST_RVR), reload);
    rig_write(r, PPB(SYST_CVR), 0);
    rig_write(r, PPB(SYST_CSR), csr);
}

static uint32_t program_read(struct rig *r, uint32_t addr) /* by an LDR; leaves PC at CODE */
{
    rig_code(r, CODE, 0x6808, RIG_END);
    r->c.s.r[1] = addr;
    r->c.s.r[15] = CODE;
    r->c.s.fetch_addr = 1;
    rig_step(r);
    r->c.s.r[15] = CODE;
    return r->c.s.r[0];
}

/* A halted core lets cycles pass one by one, but SysTick stands; a core under `b .` passes two at a time. Here it sleeps. */
static void put_to_sleep(struct rig *r)
{
    rig_code(r, CODE, 0xBF30, RIG_END);
    rig_run(r, 2);
    assert_true(cpu_asleep(&r->c));
}

static void systick_counts_from_reload_to_zero_and_again(void **state)
{
    static const uint32_t counts[] = { 3, 2, 1, 0, 3, 2, 1, 0, 3 };
    static struct rig r;

    rig_init(&r);
    put_to_sleep(&r);
    start_systick(&r, 3, ENABLE | CLKSOURCE);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), 0);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        rig_run(&r, 1);
        assert_int_equal(rig_read(&r, PPB(SYST_CVR)), counts[i]);
        assert_int_equal((rig_read(&r, PPB(SYST_CSR)) & COUNTFLAG) != 0, i >= 3);
    }
}

static void systick_looked_at_late_is_the_same(void **state)
{
    static struct rig a, b;

    for (uint32_t reload = 0; reload < 12; reload++) {
        for (unsigned csr = 0; csr < 8; csr++) {
            rig_init(&a);
            rig_init(&b);
            put_to_sleep(&a);
            put_to_sleep(&b);
            start_systick(&a, reload, csr & ~TICKINT);
            start_systick(&b, reload, csr & ~TICKINT);
            for (unsigned cycles = 0; cycles < 100; cycles++) {
                rig_run(&a, 1);
                rig_read(&a, PPB(SYST_RVR));
            }
            rig_run(&b, 100);
            assert_int_equal(rig_read(&a, PPB(SYST_CVR)), rig_read(&b, PPB(SYST_CVR)));
            assert_int_equal(rig_read(&a, PPB(SYST_CSR)), rig_read(&b, PPB(SYST_CSR)));
        }
    }
}

static void without_clksource_systick_counts_every_eighth_cycle(void **state)
{
    static struct rig r;

    rig_init(&r);
    put_to_sleep(&r);
    cpu_run(&r.c, 800);
    start_systick(&r, 10, ENABLE);
    cpu_run(&r.c, 807);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), 0);
    cpu_run(&r.c, 808);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), 10);
    cpu_run(&r.c, 808 + 8 * 9);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), 1);
}

static void countflag_clears_for_the_program_and_on_a_write_of_cvr_not_for_the_debugger(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xE7FE, RIG_END);
    start_systick(&r, 1000, ENABLE | CLKSOURCE);
    rig_run(&r, 1500);
    assert_true(rig_read(&r, PPB(SYST_CSR)) & COUNTFLAG);
    assert_true(rig_read(&r, PPB(SYST_CSR)) & COUNTFLAG);
    assert_true(program_read(&r, PPB(SYST_CSR)) & COUNTFLAG);
    assert_false(rig_read(&r, PPB(SYST_CSR)) & COUNTFLAG);
    rig_code(&r, CODE, 0xE7FE, RIG_END);
    rig_run(&r, 1500);
    assert_true(rig_read(&r, PPB(SYST_CSR)) & COUNTFLAG);
    rig_write(&r, PPB(SYST_CVR), 5);
    assert_false(rig_read(&r, PPB(SYST_CSR)) & COUNTFLAG);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), 0);
}

static void systick_pends_when_it_reaches_zero_not_when_cleared(void **state)
{
    static struct rig r;

    rig_init(&r);
    put_to_sleep(&r);
    start_systick(&r, 99, ENABLE | TICKINT | CLKSOURCE);
    assert_true(cpu_next_cycle(&r.c) == r.c.s.cycle + 100);
    rig_run(&r, 99);
    assert_false(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSTSET));
    rig_run(&r, 1);
    assert_true(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSTSET));
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_PENDSTCLR));
    assert_false(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSTSET));
    rig_write(&r, PPB(SYST_CVR), 0);
    assert_false(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSTSET));
}

static void systick_interrupts_running_code_on_time_every_period(void **state)
{
    static struct rig r;
    uint64_t last = 0;

    rig_init(&r);
    rig_code(&r, CODE, NOP, 0xE7FD, RIG_END); /* nop; b CODE */
    rig_code(&r, handler(15), 0x4770, RIG_END);
    start_systick(&r, 999, ENABLE | TICKINT | CLKSOURCE);
    for (unsigned i = 0; i < 20; i++) {
        rig_until(&r, handler(15));
        if (last)
            assert_in_range(r.c.s.cycle - last, 998, 1002);
        last = r.c.s.cycle;
        rig_step(&r);
    }
}

static void a_periodic_systick_wakes_a_sleeping_loop_as_often_as_it_should(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xBF30, 0xE7FD, RIG_END);        /* wfi; b CODE */
    rig_code(&r, handler(15), 0x1C64, 0x4770, RIG_END); /* adds r4, #1; bx lr */
    start_systick(&r, 3999, ENABLE | TICKINT | CLKSOURCE);
    r.c.s.r[4] = 0;
    rig_run(&r, 4000 * 1000 + 100);
    assert_int_equal(r.c.s.r[4], 1000);
    assert_int_equal(r.sleeps, 1001);
}

static void systick_stands_still_in_debug_state(void **state)
{
    static struct rig r;
    uint32_t value;

    rig_init(&r);
    start_systick(&r, 100000, ENABLE | TICKINT | CLKSOURCE);
    rig_run(&r, 100);
    rig_halt(&r);
    value = rig_read(&r, PPB(SYST_CVR));
    rig_run(&r, 1000000);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), value);
    assert_false(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSTSET));
    rig_write(&r, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
    rig_run(&r, 10);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), value - 10);
}

static void reload_zero_stops_the_counter_at_its_next_wrap(void **state)
{
    static struct rig r;

    rig_init(&r);
    put_to_sleep(&r);
    start_systick(&r, 10, ENABLE | CLKSOURCE | TICKINT);
    rig_run(&r, 3);
    rig_write(&r, PPB(SYST_RVR), 0);
    rig_run(&r, 8);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), 0);
    assert_true(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSTSET));
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_PENDSTCLR));
    rig_write(&r, PPB(SHPR3), 0);
    r.c.s.primask = true;
    rig_run(&r, 1000);
    assert_int_equal(rig_read(&r, PPB(SYST_CVR)), 0);
    assert_false(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_PENDSTSET));
}

static void writable_bits_are_the_implemented_ones(void **state)
{
    static const struct {
        uint32_t addr, ones; /* what all ones read back as */
    } regs[] = {
        { PPB(SYST_RVR), 0x00FFFFFF },
        { PPB(NVIC_ISER), 0xFFFFFFFF },
        { PPB(NVIC_IPR0), 0xC0C0C0C0 },
        { PPB(NVIC_IPR0) + 28, 0xC0C0C0C0 },
        { PPB(VTOR), 0xFFFFFF00 },
        { PPB(SCR), 0x16 },
        { PPB(CCR), 0x208 },
        { PPB(SHPR2), 0xC0000000 },
        { PPB(SHPR3), 0xC0C00000 },
        { PPB(CPUID), 0x410CC601 },
        { PPB(MPU_TYPE), 0x800 },
        { PPB(MPU_CTRL), 7 },
        { PPB(MPU_RNR), 7 },
        { PPB(MPU_RASR), 0x1707FF3F },
        { PPB(DEMCR), 0x01000401 },
        { PPB(BP_COMP0), 0xDFFFFFFD },
        { PPB(DWT_CTRL), 0x20000000 },
        { PPB(DWT_MASK0), 31 },
        { PPB(DWT_COMP1), 0xFFFFFFFF },
        { PPB(NVIC_IPR0) + 32, 0 },
        { PPB(ACTLR), 0 },
        { PPB(SYST_CALIB), 0 },
    };
    static struct rig r;

    for (size_t i = 0; i < sizeof regs / sizeof regs[0]; i++) {
        rig_init(&r);
        r.c.s.primask = true;
        rig_write(&r, regs[i].addr, 0xFFFFFFFF);
        if (rig_read(&r, regs[i].addr) != regs[i].ones)
            fail_msg("0x%08x reads 0x%08x", (unsigned)regs[i].addr, (unsigned)rig_read(&r, regs[i].addr));
    }
}

static void set_and_clear_registers_of_the_nvic_work_bit_by_bit(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_write(&r, PPB(NVIC_ISER), 0x80000003);
    rig_write(&r, PPB(NVIC_ICER), 0x2);
    assert_int_equal(rig_read(&r, PPB(NVIC_ISER)), 0x80000001);
    assert_int_equal(rig_read(&r, PPB(NVIC_ICER)), 0x80000001);
    rig_write(&r, PPB(NVIC_ISPR), 0x30);
    rig_write(&r, PPB(NVIC_ICPR), 0x10);
    assert_int_equal(rig_read(&r, PPB(NVIC_ICPR)), 0x20);
    assert_false(rig_read(&r, PPB(ICSR)) & BITS(PPB_ICSR_ISRPENDING)); /* not enabled */
    rig_write(&r, PPB(NVIC_ISER), 0x20);
    assert_int_equal(rig_read(&r, PPB(ICSR)), BITS(PPB_ICSR_ISRPENDING) | PUT(PPB_ICSR_VECTPENDING, 21));
    rig_write(&r, PPB(NVIC_IPR0) + 4, 0x00FF0040);
    assert_int_equal(rig_read(&r, PPB(NVIC_IPR0) + 4), 0x00C00040);
}

static void icsr_sets_and_clears_what_is_pending(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.c.s.primask = true;
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_PENDSVSET) | BITS(PPB_ICSR_PENDSTSET));
    assert_int_equal(rig_read(&r, PPB(ICSR)), BITS(PPB_ICSR_PENDSVSET) | BITS(PPB_ICSR_PENDSTSET) | PUT(PPB_ICSR_VECTPENDING, EXC_PENDSV));
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_PENDSVCLR) | BITS(PPB_ICSR_PENDSTCLR));
    assert_int_equal(rig_read(&r, PPB(ICSR)), 0);
    rig_write(&r, PPB(ICSR), BITS(PPB_ICSR_NMIPENDSET));
    assert_int_equal(rig_read(&r, PPB(ICSR)), BITS(PPB_ICSR_NMIPENDSET) | PUT(PPB_ICSR_VECTPENDING, EXC_NMI));
    rig_until(&r, handler(EXC_NMI));
}

static void the_debugger_can_pend_an_svc_and_take_it_back(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.c.s.primask = true;
    rig_write(&r, PPB(SHCSR), BITS(PPB_SHCSR_SVCALLPENDED));
    assert_int_equal(rig_read(&r, PPB(SHCSR)), BITS(PPB_SHCSR_SVCALLPENDED));
    rig_write(&r, PPB(SHCSR), 0);
    assert_int_equal(rig_read(&r, PPB(SHCSR)), 0);
    r.c.s.primask = false;
    rig_write(&r, PPB(SHCSR), BITS(PPB_SHCSR_SVCALLPENDED));
    rig_until(&r, handler(EXC_SVCALL));
}

static void the_ppb_is_for_privileged_code_and_words(void **state)
{
    static struct rig r;

    rig_init(&r);
    assert_int_equal(program_read(&r, PPB(CPUID)), 0x410CC601);
    r.c.s.npriv = true;
    program_read(&r, PPB(CPUID));
    assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);

    rig_init(&r);
    rig_code(&r, CODE, 0x7008, RIG_END); /* strb r0, [r1] */
    r.c.s.r[1] = PPB(SCR);
    rig_step(&r);
    assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);
}

static void set_region(struct rig *r, unsigned n, uint32_t base, uint32_t size, uint32_t rest)
{
    rig_write(r, PPB(MPU_RBAR), base | BITS(PPB_MPU_RBAR_VALID) | n);
    rig_write(r, PPB(MPU_RASR), rest | PUT(PPB_MPU_RASR_SIZE, size) | BITS(PPB_MPU_RASR_ENABLE));
}

/* A region for the code, as every MPU set-up has one. */
static void allow_code(struct rig *r) { set_region(r, 0, FLASH, 13, PUT(PPB_MPU_RASR_AP, 6)); }

enum { DENIED, ALLOWED };

static bool try_access(struct rig *r, uint32_t addr, bool write, bool privileged)
{
    rig_code(r, CODE, write ? 0x6008 : 0x6808, RIG_END);
    r->c.s.r[1] = addr;
    r->c.s.r[15] = CODE;
    r->c.s.fetch_addr = 1;
    r->c.s.npriv = !privileged;
    r->c.s.pending = 0;
    rig_step(r);
    return r->c.s.r[15] == CODE + 2;
}

static void mpu_access_permissions(void **state)
{
    static const struct {
        uint32_t ap;
        bool read, write, user_read, user_write;
    } rows[] = {
        { 0, 0, 0, 0, 0 }, { 1, 1, 1, 0, 0 }, { 2, 1, 1, 1, 0 }, { 3, 1, 1, 1, 1 },
        { 4, 0, 0, 0, 0 }, { 5, 1, 0, 0, 0 }, { 6, 1, 0, 1, 0 }, { 7, 1, 0, 1, 0 },
    };
    static struct rig r;

    for (size_t i = 0; i < 8; i++) {
        rig_init(&r);
        allow_code(&r);
        set_region(&r, 1, SRAM, 9, PUT(PPB_MPU_RASR_AP, rows[i].ap)); /* 1 KiB */
        rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE));
        assert_int_equal(try_access(&r, SRAM + 0x3FC, false, true), rows[i].read);
        assert_int_equal(try_access(&r, SRAM + 0x3FC, true, true), rows[i].write);
        assert_int_equal(try_access(&r, SRAM + 0x3FC, false, false), rows[i].user_read);
        assert_int_equal(try_access(&r, SRAM + 0x3FC, true, false), rows[i].user_write);
        assert_int_equal(try_access(&r, SRAM + 0x400, false, true), DENIED); /* no region, no PRIVDEFENA */
    }
}

static void mpu_default_map_is_for_privileged_code_only(void **state)
{
    static struct rig r;

    rig_init(&r);
    allow_code(&r);
    rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE) | BITS(PPB_MPU_CTRL_PRIVDEFENA));
    assert_int_equal(try_access(&r, SRAM, true, true), ALLOWED);
    assert_int_equal(try_access(&r, SRAM, false, false), DENIED);
    assert_int_equal(try_access(&r, PPB(CPUID), false, true), ALLOWED);
    assert_int_equal(try_access(&r, PPB(CPUID), false, false), DENIED);
    rig_write(&r, PPB(MPU_CTRL), 0);
    assert_int_equal(try_access(&r, SRAM, false, false), ALLOWED);
}

static void mpu_higher_region_wins_and_subregions_make_holes(void **state)
{
    static struct rig r;

    rig_init(&r);
    allow_code(&r);
    set_region(&r, 2, SRAM, 10, PUT(PPB_MPU_RASR_AP, 3));                               /* 2 KiB, all */
    set_region(&r, 5, SRAM, 10, PUT(PPB_MPU_RASR_AP, 5) | PUT(PPB_MPU_RASR_SRD, 0x82)); /* read only but for parts 1 and 7 */
    rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE));
    for (uint32_t part = 0; part < 8; part++) {
        assert_int_equal(try_access(&r, SRAM + 256 * part, true, true), part == 1 || part == 7);
        assert_int_equal(try_access(&r, SRAM + 256 * part + 252, false, false), part == 1 || part == 7);
    }
}

static void mpu_regions_start_at_256_bytes(void **state)
{
    static struct rig r;

    rig_init(&r);
    allow_code(&r);
    set_region(&r, 1, SRAM + 0x100, 7, PUT(PPB_MPU_RASR_AP, 3));
    rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE));
    assert_int_equal(try_access(&r, SRAM + 0x0FC, false, true), DENIED);
    assert_int_equal(try_access(&r, SRAM + 0x100, false, true), ALLOWED);
    assert_int_equal(try_access(&r, SRAM + 0x1FC, false, true), ALLOWED);
    assert_int_equal(try_access(&r, SRAM + 0x200, false, true), DENIED);
    set_region(&r, 1, SRAM + 0x100, 6, PUT(PPB_MPU_RASR_AP, 3)); /* too small: matches nothing */
    assert_int_equal(try_access(&r, SRAM + 0x100, false, true), DENIED);
    set_region(&r, 1, 0, 31, PUT(PPB_MPU_RASR_AP, 3)); /* everything */
    assert_int_equal(try_access(&r, DEVICE, true, false), ALLOWED);
}

static void mpu_region_registers_are_banked_by_rnr(void **state)
{
    static struct rig r;

    rig_init(&r);
    set_region(&r, 3, 0x20001000, 9, PUT(PPB_MPU_RASR_AP, 3));
    assert_int_equal(rig_read(&r, PPB(MPU_RNR)), 3);
    assert_int_equal(rig_read(&r, PPB(MPU_RBAR)), 0x20001003);
    rig_write(&r, PPB(MPU_RNR), 4);
    rig_write(&r, PPB(MPU_RBAR), 0x20002007); /* without VALID: region 4 */
    assert_int_equal(rig_read(&r, PPB(MPU_RBAR)), 0x20002004);
    assert_int_equal(rig_read(&r, PPB(MPU_RASR)), 0);
    rig_write(&r, PPB(MPU_RNR), 3);
    assert_int_equal(rig_read(&r, PPB(MPU_RASR)), 0x03000013);
}

static void mpu_xn_and_missing_regions_stop_fetches(void **state)
{
    static struct rig r;

    for (unsigned xn = 0; xn < 2; xn++) {
        rig_init(&r);
        set_region(&r, 1, SRAM, 11, PUT(PPB_MPU_RASR_AP, 3) | PUT(PPB_MPU_RASR_XN, xn));
        rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE));
        rig_code(&r, SRAM, NOP, NOP, RIG_END);
        r.c.s.r[15] = SRAM;
        rig_step(&r);
        assert_int_equal(r.c.s.r[15] == SRAM + 2, !xn);
    }
    rig_init(&r);
    rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE));
    rig_step(&r);
    assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);
}

static void mpu_is_off_in_hardfault_unless_hfnmiena(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE)); /* no region at all: not even the frame can be pushed */
    rig_until(&r, handler(EXC_HARDFAULT));
    rig_run(&r, 100);
    assert_false(cpu_locked_up(&r.c));

    rig_init(&r);
    rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE) | BITS(PPB_MPU_CTRL_HFNMIENA));
    rig_run(&r, 100);
    assert_true(cpu_locked_up(&r.c));
}

static void mpu_checks_the_stacking_with_the_rights_of_the_interrupted(void **state)
{
    static struct rig r;

    rig_init(&r);
    allow_code(&r);
    set_region(&r, 1, SRAM, 14, PUT(PPB_MPU_RASR_AP, 1)); /* privileged only */
    rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE));
    rig_write(&r, PPB(NVIC_ISER), 1);
    r.c.s.npriv = true;
    cpu_irq(&r.c, 0, true);
    rig_until(&r, handler(EXC_HARDFAULT));
}

static void mpu_checks_the_unstacking_with_the_rights_of_the_code_returned_to(void **state)
{
    static struct rig r;

    for (unsigned unprivileged = 0; unprivileged < 2; unprivileged++) {
        rig_init(&r);
        allow_code(&r);
        set_region(&r, 1, SRAM, 14, PUT(PPB_MPU_RASR_AP, 1)); /* privileged only */
        rig_code(&r, handler(16), NOP, 0x4770, RIG_END);
        rig_write(&r, PPB(NVIC_ISER), 1);
        r.c.s.npriv = unprivileged;
        cpu_irq(&r.c, 0, true);
        cpu_irq(&r.c, 0, false);
        rig_until(&r, handler(16));
        rig_write(&r, PPB(MPU_CTRL), BITS(PPB_MPU_CTRL_ENABLE));
        rig_until(&r, unprivileged ? handler(EXC_HARDFAULT) : CODE);
    }
}

/* Every byte of the state is in its table once, but for the padding at the end. */
static void the_state_table_covers_every_byte(void **state)
{
    uint8_t seen[sizeof(struct cpu_state)] = { 0 };
    size_t last = 0;

    assert_int_equal(cpu_state_table.bytes, sizeof(struct cpu_state));
    for (size_t i = 0; i < cpu_state_table.count; i++) {
        const struct state_field *f = &cpu_state_table.fields[i];
        const size_t end = f->offset + (size_t)f->elem_bytes * f->count;

        assert_true(end <= sizeof seen);
        for (size_t b = f->offset; b < end; b++)
            if (seen[b]++)
                fail_msg("%s overlaps", f->name);
        if (end > last)
            last = end;
    }
    for (size_t b = 0; b < last; b++)
        if (!seen[b])
            fail_msg("byte %u is in no field", (unsigned)b);
    assert_true(sizeof seen - last < _Alignof(struct cpu_state));
}

static void a_saved_core_goes_on_as_if_nothing_had_happened(void **state)
{
    static struct rig a, b;
    struct err e = { 0 };
    const size_t size = state_size(&cpu_state_table);
    uint8_t *bytes = malloc(size);

    rig_init(&a);
    rig_code(&a, CODE, 0x1C64, 0xDF00, 0xBF30, 0xE7FB, RIG_END); /* adds r4, #1; svc; wfi; b CODE */
    rig_code(&a, handler(EXC_SVCALL), 0x1C6D, 0x4770, RIG_END);  /* adds r5, #1; bx lr */
    rig_code(&a, handler(EXC_SYSTICK), 0x1C76, 0x4770, RIG_END);
    start_systick(&a, 57, ENABLE | TICKINT | CLKSOURCE);
    for (unsigned i = 0; i < 300; i++) {
        rig_step(&a);
        rig_init(&b);
        memcpy(b.flash, a.flash, sizeof a.flash);
        memcpy(b.sram, a.sram, sizeof a.sram);
        state_save(&cpu_state_table, &a.c.s, bytes);
        assert_true(state_load(&cpu_state_table, &b.c.s, bytes, size, &e));
        for (unsigned k = 0; k < 40; k++) {
            rig_step(&b);
        }
    }
    cpu_run(&a.c, b.c.s.cycle);
    assert_null(state_first_difference(&cpu_state_table, &a.c.s, &b.c.s));
    assert_memory_equal(a.sram, b.sram, sizeof a.sram);
    free(bytes);
}

static void two_cores_do_not_know_each_other(void **state)
{
    static struct rig a, b, alone;

    rig_init(&a);
    rig_init(&b);
    rig_init(&alone);
    rig_code(&a, CODE, 0x1C64, 0xE7FD, RIG_END);
    rig_code(&alone, CODE, 0x1C64, 0xE7FD, RIG_END);
    for (unsigned i = 0; i < 100; i++) {
        rig_run(&a, 7);
        rig_run(&b, 5);
        rig_run(&alone, 7);
    }
    assert_null(state_first_difference(&cpu_state_table, &a.c.s, &alone.c.s));
}

/* Whatever a file says within the limits, the core may do as it likes but not crash. */
static void any_state_within_the_limits_can_be_run(void **state)
{
    static struct rig r;
    uint64_t seed = 1;

    for (unsigned round = 0; round < 3000; round++) {
        rig_init(&r);
        for (size_t i = 0; i < cpu_state_table.count; i++) {
            const struct state_field *f = &cpu_state_table.fields[i];

            for (uint32_t k = 0; k < f->count; k++) {
                uint8_t *p = (uint8_t *)&r.c.s + f->offset + k * f->elem_bytes;

                seed = seed * 6364136223846793005u + 1442695040888963407u;
                if (seed >> 62 == 0)
                    continue; /* as after reset */
                const uint64_t value = f->limit == UINT64_MAX ? seed >> 17 : (seed >> 17) % (f->limit + 1);

                memcpy(p, &value, f->elem_bytes);
            }
        }
        r.c.s.cycle %= 1000000;
        r.c.s.systick_cycle = r.c.s.cycle - r.c.s.cycle % 100;
        rig_run(&r, 300);
        cpu_next_cycle(&r.c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(systick_counts_from_reload_to_zero_and_again),
        cmocka_unit_test(systick_looked_at_late_is_the_same),
        cmocka_unit_test(without_clksource_systick_counts_every_eighth_cycle),
        cmocka_unit_test(countflag_clears_for_the_program_and_on_a_write_of_cvr_not_for_the_debugger),
        cmocka_unit_test(systick_pends_when_it_reaches_zero_not_when_cleared),
        cmocka_unit_test(systick_interrupts_running_code_on_time_every_period),
        cmocka_unit_test(a_periodic_systick_wakes_a_sleeping_loop_as_often_as_it_should),
        cmocka_unit_test(systick_stands_still_in_debug_state),
        cmocka_unit_test(reload_zero_stops_the_counter_at_its_next_wrap),
        cmocka_unit_test(writable_bits_are_the_implemented_ones),
        cmocka_unit_test(set_and_clear_registers_of_the_nvic_work_bit_by_bit),
        cmocka_unit_test(icsr_sets_and_clears_what_is_pending),
        cmocka_unit_test(the_debugger_can_pend_an_svc_and_take_it_back),
        cmocka_unit_test(the_ppb_is_for_privileged_code_and_words),
        cmocka_unit_test(mpu_access_permissions),
        cmocka_unit_test(mpu_default_map_is_for_privileged_code_only),
        cmocka_unit_test(mpu_higher_region_wins_and_subregions_make_holes),
        cmocka_unit_test(mpu_regions_start_at_256_bytes),
        cmocka_unit_test(mpu_region_registers_are_banked_by_rnr),
        cmocka_unit_test(mpu_xn_and_missing_regions_stop_fetches),
        cmocka_unit_test(mpu_is_off_in_hardfault_unless_hfnmiena),
        cmocka_unit_test(mpu_checks_the_stacking_with_the_rights_of_the_interrupted),
        cmocka_unit_test(mpu_checks_the_unstacking_with_the_rights_of_the_code_returned_to),
        cmocka_unit_test(the_state_table_covers_every_byte),
        cmocka_unit_test(a_saved_core_goes_on_as_if_nothing_had_happened),
        cmocka_unit_test(two_cores_do_not_know_each_other),
        cmocka_unit_test(any_state_within_the_limits_can_be_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
