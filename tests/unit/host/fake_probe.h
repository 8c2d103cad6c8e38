/* fake_probe.h - a probe with a small Cortex-M0+ behind it: words of memory, the debug registers, NRST, and ways to misbehave. It checks
 * that accesses are aligned, and keeps a log of them. Not a model of a chip: just enough to see what the layers above do. */
#pragma once
#include "probe/probe.h"

struct fake_probe {
    struct probe base;
    struct clock clock;
    uint64_t now_us;
    struct {
        uint32_t addr, value;
    } words[400];
    unsigned count;
    char log[8000]; /* "r4 20000000 8\n": width, address, bytes; "w.."; "b 3\n" and its words; "connect\n", "nrst low\n" ... */
    unsigned writes, transfers;
    bool closed;

    /* the core */
    uint32_t dhcsr_bits; /* C_DEBUGEN, C_HALT, C_STEP, C_MASKINTS */
    uint32_t demcr, dfsr, regs[21];
    bool halted, sleeping, locked_up, reset_sticky;
    unsigned resets, halt_requests, steps;

    /* the wires */
    unsigned voltage_mv;
    bool nrst_low;

    /* ways to misbehave */
    bool nrst_not_wired, nrst_held, never_halts, no_sysreset, no_vector_catch;
    bool silent;            /* connect fails: no acknowledge */
    bool silent_unless_low; /* the firmware has taken the SWD pins */
    bool memory_closed;     /* all memory accesses fault; DeviceEn is 0 */
    unsigned reset_every;   /* the chip resets itself each this many readings of DHCSR */
    unsigned slow_regs;     /* readings of DHCSR until S_REGRDY */
    unsigned slow_left;
    uint32_t fault_from, fault_to; /* accesses there fault */
    int fail_after;                /* transfers until the probe fails with ERR_IO; -1: never */
};

void fake_probe_init(struct fake_probe *f);
/* A U073 as delivered: IDCODE, flash size, UID, options. */
void fake_probe_u073(struct fake_probe *f);
void fake_put(struct fake_probe *f, uint32_t addr, uint32_t value);
uint32_t fake_get(const struct fake_probe *f, uint32_t addr);
