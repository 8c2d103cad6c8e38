/* core.h - run control of one Cortex-M core through its memory-mapped debug registers.
 *
 * Sources: ARMv6-M ARM (DDI 0419) chapter C1; ARMv7-M ARM (DDI 0403) chapter C1. Not here: bus access (adi/mem.h), chip facts (device/). */
#pragma once
#include "adi/mem.h"
#include "base/clock.h"

struct core {
    struct mem *mem;           /* borrowed */
    const struct clock *clock; /* borrowed */
    uint32_t cpuid;
    uint32_t was_demcr, was_dhcsr; /* as core_open found them */
    bool reset_asked;              /* the chip took the last request for a reset */
    bool reset_seen; /* S_RESET_ST was set in some reading, which has cleared it. For others to clear, after a reset of ours */
};

enum core_reg { /* DCRSR.REGSEL */
                CORE_R0 = 0,
                CORE_R1,
                CORE_R2,
                CORE_R3,
                CORE_R12 = 12,
                CORE_SP = 13,
                CORE_LR = 14,
                CORE_PC = 15,
                CORE_XPSR = 16,
                CORE_MSP = 17,
                CORE_PSP = 18,
                CORE_CFBP = 20, /* CONTROL, FAULTMASK, BASEPRI, PRIMASK */
};
struct core_reg_value {
    enum core_reg reg;
    uint32_t value;
};

/* "Cortex-M0+ r0p1", or "" for one that is not known. Returns `text`. */
const char *core_name(uint32_t cpuid, char *text, size_t cap);

/* Read CPUID, DEMCR and DHCSR (which clears S_RESET_ST and S_RETIRE_ST); nothing else on the target changes. Errors: ERR_UNSUPPORTED (seen:
 * CPUID), those of mem. */
bool core_open(struct core *c, struct mem *mem, const struct clock *clock, struct err *e);

/* DHCSR as read. Reading clears S_RESET_ST and S_RETIRE_ST (DDI 0419 C1.6.3). */
bool core_status(struct core *c, uint32_t *dhcsr, struct err *e);
void core_saw(struct core *c, uint32_t dhcsr); /* it was read as part of something else */

/* Ask for a halt and wait at most limit_ms (0..60000) of the clock. Errors: ERR_TIMEOUT (seen: DHCSR). */
bool core_halt(struct core *c, unsigned limit_ms, struct err *e);
/* Without asking for it. Also ERR_FAULT when the core locks up, which nothing but a halt or a reset ends. */
bool core_wait_halt(struct core *c, unsigned limit_ms, struct err *e);
bool core_resume(struct core *c, struct err *e);  /* DFSR cleared, C_HALT off, C_DEBUGEN stays */
bool core_release(struct core *c, struct err *e); /* running, C_DEBUGEN off, DEMCR as before the session */
/* Halted only: one instruction, with interrupts held off if `mask_interrupts`; halted again. Errors: ERR_TIMEOUT (seen: DHCSR). */
bool core_step(struct core *c, bool mask_interrupts, unsigned limit_ms, struct err *e);

/* System reset by AIRCR.SYSRESETREQ, halted at the first instruction by vector catch; DEMCR is put back.
 * The effect is checked (S_RESET_ST seen): ERR_TIMEOUT if no reset came. */
bool core_reset_halt(struct core *c, unsigned limit_ms, struct err *e);
bool core_reset_run(struct core *c, unsigned limit_ms, struct err *e); /* debug disabled afterwards */

/* Halted only (else ERR_FAULT, seen: DHCSR). In as few transfers as the probe allows. */
bool core_read_regs(struct core *c, struct core_reg_value *regs, size_t count, struct err *e);
bool core_write_regs(struct core *c, const struct core_reg_value *regs, size_t count, struct err *e);
