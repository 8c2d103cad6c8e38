/* enter.h - starting the ROM bootloader from outside, through a debug probe, without touching an option word.
 *
 * The chip is reset and halted before its first instruction: the state in which the ROM expects it. Then the ROM's vectors are mapped to
 * address 0 and the core set to its reset handler (AN2606: interrupts stay enabled). Nothing lasting is changed: the next reset starts
 * what it would have started anyway. */
#pragma once
#include "cortexm/target.h"

/* The core runs in the ROM afterwards, without a debugger once the target is closed. Errors: ERR_UNSUPPORTED (no facts about this chip's
 * ROM), ERR_FAULT (no bootloader there; it does not run), those of core_reset_halt. */
bool boot_enter(struct target *t, struct err *e);
