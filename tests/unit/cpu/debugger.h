/* debugger.h - what a debugger does with a core, for the tests of bench/cpu. */
#pragma once
#include "rig.h"

enum { NOP = 0xBF00, SELF = 0xE7FE /* b . */ };

#define DEBUGEN  BITS(PPB_DHCSR_C_DEBUGEN)
#define HALT     BITS(PPB_DHCSR_C_HALT)
#define STEP     BITS(PPB_DHCSR_C_STEP)
#define MASKINTS BITS(PPB_DHCSR_C_MASKINTS)
#define S_HALT   BITS(PPB_DHCSR_S_HALT)

static inline uint32_t handler(unsigned exception) { return HANDLER + 16 * exception; }

static inline void control(struct rig *r, uint32_t bits)
{
    rig_write(r, PPB(DHCSR), DHCSR_KEY | bits);
    rig_run(r, 100);
}

static inline uint32_t dhcsr(struct rig *r) { return rig_read(r, PPB(DHCSR)); }

static inline uint32_t peek(const struct rig *r, uint32_t addr)
{
    uint32_t value;

    assert_true(cpu_ppb_peek(&r->c, addr, &value));
    return value;
}

static inline void put_breakpoint(struct rig *r, unsigned i, uint32_t addr)
{
    rig_write(r, PPB(BP_CTRL), BITS(PPB_BP_CTRL_KEY) | BITS(PPB_BP_CTRL_ENABLE));
    rig_write(r, PPB(BP_COMP0) + 4 * i, PUT(PPB_BP_COMP0_BP_MATCH, addr & 2 ? 2 : 1) | (addr & 0x1FFFFFFC) | 1);
}

static inline void put_watchpoint(struct rig *r, unsigned i, uint32_t addr, uint32_t mask, uint32_t function)
{
    rig_write(r, PPB(DEMCR), BITS(PPB_DEMCR_DWTENA));
    rig_write(r, PPB(DWT_COMP0) + 16 * i, addr);
    rig_write(r, PPB(DWT_MASK0) + 16 * i, mask);
    rig_write(r, PPB(DWT_FUNCTION0) + 16 * i, function);
}
