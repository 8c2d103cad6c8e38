/* target.h - a connected chip: probe, memory, core, device row. What the commands, the flash engine and the servers work on.
 *
 * How to connect is the caller's choice from the table in the manual ("what each command may do"):
 *   TARGET_ATTACH       nothing is halted, reset or written
 *   TARGET_NORMAL       attach; if that fails, under reset
 *   TARGET_UNDER_RESET  NRST low, debug set up with vector catch, NRST high: halted at the first instruction */
#pragma once
#include "cortexm/core.h"
#include "device/device.h"

enum target_nrst { TARGET_NRST_UNTRIED, TARGET_NRST_RESETS, TARGET_NRST_DOES_NOT, TARGET_NRST_IS_GPIO }; /* the last by NRST_MODE */
enum target_connect { TARGET_ATTACH, TARGET_NORMAL, TARGET_UNDER_RESET };

struct target {
    struct probe *probe; /* owned: closed by target_close */
    struct mem mem;      /* its may_write refuses the device's never_write rows */
    struct core core;
    const struct device *device; /* never NULL after target_open */
    const struct clock *clock;   /* borrowed */
    uint32_t dpidr, idcode;
    unsigned voltage_mv; /* as the probe measures it; 0: none */
    /* As the size register says, or the row's maximum if that is unreadable (flash_size_read). Two banks: what can be programmed. */
    uint32_t flash_bytes;
    bool flash_size_read;
    uint8_t uid[12];
    bool uid_read;
    bool found;                    /* the next three are set: there is something to put back */
    bool was_halted;               /* as found */
    uint32_t was_dhcsr, was_demcr; /* as found: put back by target_close */
    bool held_in_reset;            /* S_RESET_ST kept coming back: no reset of ours can help */
    enum target_nrst nrst;         /* does our NRST reset this chip? */
    bool under_reset;              /* connected so: halted at the first instruction; "as found" is then "running" */
    char note[200];                /* worth telling the user ("only bank 1 ..."), or "" */
    struct {                       /* option registers written in this session, for the never_write rows */
        uint32_t offset, value;
    } written[8];
    unsigned writtens;
};

/* Takes the probe over, also on failure (closed then). Errors: ERR_NODEV (no target: voltage 0, silent lines, NRST held low: each told
 * apart by what is seen), ERR_UNSUPPORTED (DEV_ID without a row; seen: IDCODE), those of probe.h. */
bool target_open(struct target *t, struct probe *probe, enum target_connect how, unsigned speed_khz, struct err *e);

/* Leave the core as found (running if it ran, halted if it was), debug registers put back, probe closed. Safe on a zeroed target. */
void target_close(struct target *t);
/* From here on "as found" means halted, or running without a debugger: what target_close leaves. */
void target_leave(struct target *t, bool halted);

/* Readout protection as OPTR says: 0, 1 or 2. Errors: those of mem. */
bool target_rdp_level(struct target *t, unsigned *level, uint32_t *optr, struct err *e);
/* For an access that failed with ERR_FAULT: if readout protection explains it, `e` becomes ERR_LOCKED and says so. Returns false. */
bool target_explain_fault(struct target *t, uint32_t addr, struct err *e);

/* Pulse NRST (20 ms) and check that a reset came (S_RESET_ST). Errors: ERR_TIMEOUT with what was seen (wire open, held low). */
bool target_hard_reset(struct target *t, struct err *e);
/* With vector catch on: the pulse ends with the core halted at its first instruction. */
bool target_hard_reset_halt(struct target *t, struct err *e);
/* Reset and halt at the first instruction, by NRST if that does it (t->nrst then knows), else through the debug port. A reset is taken
 * for one only when the core says so (S_RESET_ST). Errors: those of core_reset_halt. */
bool target_reset_halt(struct target *t, unsigned limit_ms, struct err *e);
/* Reset and run, debug disabled. A chip that takes the request and is silent from then on has a program that sleeps at once, or takes the
 * SWD pins: it runs, and that is no failure. Errors: those of core_reset_run. */
bool target_reset_run(struct target *t, unsigned limit_ms, struct err *e);
