/* cpu_state.h - all that the core remembers (saved), and what is derived from it (never saved). Part of cpu.h. */
#pragma once

enum { CPU_EXCEPTIONS = 16 + CPU_IRQS, CPU_MPU_REGIONS = 8 };

enum cpu_step { CPU_STEP_NONE, CPU_STEP_ARMED, CPU_STEP_DONE };
enum cpu_sleep { CPU_AWAKE, CPU_SLEEP_WFI, CPU_SLEEP_WFE };

/* Debug registers that a system reset keeps (DHCSR: but for C_HALT and C_STEP). Reset by power-on only. */
struct cpu_debug_state {
    uint32_t dhcsr; /* the C_ bits */
    uint32_t dcrdr, demcr;
    uint32_t bp_comp[CPU_BREAKPOINTS];
    uint32_t dwt_comp[CPU_WATCHPOINTS];
    uint8_t dwt_mask[CPU_WATCHPOINTS];
    uint8_t dwt_function[CPU_WATCHPOINTS]; /* FUNCTION field only */
    bool dwt_matched[CPU_WATCHPOINTS];
    bool bp_enable; /* BP_CTRL.ENABLE */
    uint8_t dfsr;
};

struct cpu_state { /* members are ordered by size: no padding but at the end */
    uint64_t cycle;
    uint64_t pending, active; /* bit n: exception number n */
    uint64_t systick_cycle;   /* the cycle at which systick_value was the counter's value */

    uint32_t r[16];    /* r[13]: the stack pointer in use; r[15]: address of the next instruction (of this + 4 while it executes) */
    uint32_t sp_other; /* the stack pointer not in use: PSP if MSP is, and the other way round */
    uint32_t fetch_addr, fetch_word; /* the last instruction word fetched; an odd fetch_addr: none */
    uint32_t executed;               /* address of a recent instruction (DWT_PCSR) */
    uint32_t irq_level, irq_enabled; /* bit n: line n */
    uint32_t systick_value, systick_reload;
    uint32_t vtor;
    uint32_t mpu_rbar[CPU_MPU_REGIONS]; /* ADDR only */
    uint32_t mpu_rasr[CPU_MPU_REGIONS];
    struct cpu_debug_state debug;

    uint8_t priority[CPU_EXCEPTIONS]; /* 0..3; of those with a configurable one */
    bool n, z, c, v, t;
    bool primask, npriv, spsel;
    uint8_t ipsr;
    uint8_t scr;
    uint8_t systick_csr; /* ENABLE, TICKINT, CLKSOURCE */
    bool systick_countflag;
    uint8_t mpu_ctrl, mpu_rnr;
    bool event; /* the event register of WFE */

    bool held;          /* kept in reset from outside */
    bool reset_pending; /* out of reset, vectors not fetched yet */
    bool halted;        /* debug state */
    bool locked_up;
    uint8_t sleeping; /* enum cpu_sleep */
    uint8_t entering; /* the exception for which a frame was pushed (or left, in a tail chain) and whose vector is not fetched yet; or 0 */
    bool synchronous; /* the instruction just executed raised an exception itself */
    bool watchpoint_hit;    /* a watchpoint matched: stop before the next instruction */
    uint8_t step;           /* enum cpu_step */
    bool s_retire, s_reset; /* sticky bits of DHCSR */
};

struct cpu_derived {
    bool attention;          /* something must be looked at before the next instruction */
    bool check_fetch;        /* fetches must pass the MPU */
    bool check_data;         /* data accesses must pass the MPU or the watchpoints */
    bool check_breakpoints;  /* some comparator is enabled */
    uint64_t systick_due;    /* the cycle at which SysTick next pends its exception */
    uint8_t fetch_window;    /* the window that served the last fetch */
    uint8_t data_window[32]; /* ... the last data access, by address / 128 MiB */
};
