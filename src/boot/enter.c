/* enter.c - see enter.h. */
#include "boot/enter.h"
#include "device/regs/cortexm.h"

#include <inttypes.h>

enum {
    RESET_LIMIT_MS = 500,
    RUNS_AFTER_US = 20000, /* the ROM is ready 5.6 ms after a reset (AN2606) */
    XPSR_T = 1 << 24,
};

static bool look_at_vectors(struct target *t, uint32_t *sp, uint32_t *pc, struct err *e)
{
    const uint32_t at = t->device->rom.at;
    const struct region *ram, *rom;

    if (!mem_read32(&t->mem, at, sp, e) || !mem_read32(&t->mem, at + 4, pc, e))
        return target_explain_fault(t, at, e) || err_doing(e, "reading the bootloader's vectors");
    ram = device_region(t->device, *sp - 4, 4);
    rom = device_region(t->device, *pc & ~1u, 2);
    if (ram && ram->kind == REGION_RAM && *pc & 1 && rom && rom->kind == REGION_SYSTEM)
        return true;
    err_set(e, ERR_FAULT, "there is no bootloader in this chip's system memory");
    return err_seen(e, "0x%08" PRIX32 ": initial stack pointer 0x%08" PRIX32 ", reset handler 0x%08" PRIX32, at, *sp, *pc);
}

static bool still_runs(struct target *t, struct err *e)
{
    uint32_t dhcsr;

    clock_sleep_us(t->clock, RUNS_AFTER_US);
    if (!core_status(&t->core, &dhcsr, e))
        return err_doing(e, "looking whether the bootloader runs");
    if (!(dhcsr & (BITS(PPB_DHCSR_S_LOCKUP) | BITS(PPB_DHCSR_S_HALT))))
        return true;
    err_set(e, ERR_FAULT, "the bootloader was started and does not run");
    return err_seen(e, "DHCSR=0x%08" PRIX32 " (%s)", dhcsr, dhcsr & BITS(PPB_DHCSR_S_LOCKUP) ? "locked up" : "halted");
}

bool boot_enter(struct target *t, struct err *e)
{
    const struct rom_facts *rom = &t->device->rom;
    struct core_reg_value regs[] = { { CORE_MSP, 0 }, { CORE_PC, 0 }, { CORE_XPSR, XPSR_T }, { CORE_CFBP, 0 } };
    uint32_t clocks, map;

    if (!rom->at) {
        err_set(e, ERR_UNSUPPORTED, "how to start the bootloader of the %s is not known to sector0", t->device->name);
        return err_hint(e, "hold BOOT0 high (where the options let it count) and use `sector0 reset --hard`");
    }
    if (!core_reset_halt(&t->core, RESET_LIMIT_MS, e) || !look_at_vectors(t, &regs[0].value, &regs[1].value, e))
        return false;
    regs[1].value &= ~1u; /* the T bit is in xPSR */
    if (!mem_read32(&t->mem, rom->clock_at, &clocks, e) || !mem_write32(&t->mem, rom->clock_at, clocks | rom->clock_mask, e) ||
        !mem_read32(&t->mem, rom->map_at, &map, e) || !mem_write32(&t->mem, rom->map_at, (map & ~rom->map_mask) | rom->map, e) ||
        !core_write_regs(&t->core, regs, sizeof regs / sizeof *regs, e) || !core_resume(&t->core, e))
        return err_doing(e, "starting the bootloader");
    return still_runs(t, e);
}
