/* parts.h - what core.c, target.c and target_reset.c share, and nobody else. */
#pragma once
#include "cortexm/target.h"
#include "device/regs/cortexm.h"

enum {
    RESET_LOW_MS = 20,   /* NRST needs microseconds (RM0503); capacitors on boards need more */
    RESET_HALT_MS = 500, /* from NRST high to the first instruction: option loading, then vector catch */
    DFSR_ALL = 0x1F,
};

#define C_DEBUGEN    BITS(PPB_DHCSR_C_DEBUGEN)
#define C_HALT       BITS(PPB_DHCSR_C_HALT)
#define S_HALT       BITS(PPB_DHCSR_S_HALT)
#define S_RESET_ST   BITS(PPB_DHCSR_S_RESET_ST)
#define VC_CORERESET BITS(PPB_DEMCR_VC_CORERESET)

/* Evidence: DHCSR and its bits by name. */
bool core_seen_dhcsr(uint32_t dhcsr, struct err *e);
