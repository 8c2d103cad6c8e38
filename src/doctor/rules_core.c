/* rules_core.c - where the core is and what keeps it there: faults, watchdogs, handlers, debuggers. How to add one: rule.h. */
#include "device/regs/cortexm.h"
#include "doctor/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_CALLER UINT32_C(0xFFFFFFF0) /* and above: LR after a reset, or the return from an exception (ARMv6-M ARM B1.5.8) */

static void see_where(struct finding *f, const struct evidence *v)
{
    char text[220];
    uint32_t pc;

    if (ev_pc(v, &pc))
        finding_see(f, "the core is at %s", ev_where(v, pc, text, sizeof text));
}

/* What the last exception interrupted, in words. */
static void see_frame(struct finding *f, const struct evidence *v)
{
    char text[220], from[250];

    if (!v->frame_read)
        return;
    finding_see(f, "it came from %s%s", ev_where(v, v->frame[6], text, sizeof text),
                v->frame_found ? " (the only stacked frame in RAM; not certain)" : "");
    snprintf(from, sizeof from, "called from %s; ", ev_where(v, v->frame[5] & ~1u, text, sizeof text));
    finding_see(f, "%sr0=0x%08" PRIX32 " r1=0x%08" PRIX32 " r2=0x%08" PRIX32 " r3=0x%08" PRIX32, v->frame[5] >= NO_CALLER ? "" : from,
                v->frame[0], v->frame[1], v->frame[2], v->frame[3]);
}

static bool stack_ran_over(const struct evidence *v, uint32_t *sp)
{
    const struct region *r;

    if (!v->regs_read && !v->frame_read)
        return false;
    *sp = v->regs_read ? v->r[13] : v->frame_at;
    if (v->regs_read && v->vectors_read && *sp == (v->vector[0] & ~3u))
        return false; /* where the vector table put it: if that is nowhere, the vectors are bad */
    r = device_region(v->device, *sp, 4);
    return !r || r->kind != REGION_RAM || (v->ram_used_to && *sp < v->ram_used_to);
}

static bool when_overflow(const struct evidence *v, struct finding *f)
{
    uint32_t sp;
    char text[220];

    if (v->reach != REACH_CHIP || !stack_ran_over(v, &sp) ||
        (v->ours && ev_rdp_level(v))) /* our reset: the core could not fetch its stack pointer from closed flash */
        return false;
    if (v->ram_used_to && device_region(v->device, sp, 4))
        finding_say(f, "the stack has run over the program's variables");
    else
        finding_say(f, "the stack pointer has left RAM: the stack ran over, or was never set");
    finding_see(f, "SP=0x%08" PRIX32 "%s", sp, v->regs_read ? "" : " (of the stacked frame)");
    if (v->stack_last)
        finding_see(f, "pushed last: a return to %s", ev_where(v, v->stack_last & ~1u, text, sizeof text));
    if (v->ram_used_to)
        finding_see(f, "variables reach to 0x%08" PRIX32, v->ram_used_to);
    see_where(f, v);
    see_frame(f, v);
    return true;
}

const struct rule rule_overflow = {
    .id = "stack-overflow",
    .title = "The stack has run over",
    .when = when_overflow,
    .at_most = LIKELY,
    .decide = "with the program's ELF file (`--elf F`) and the core halted it is certain",
    .remedy = "fix-firmware",
    .leads_to = "core-locked-up core-in-hardfault core-in-default-handler",
    .families = "all",
    .source = "ARMv6-M ARM B1.5.6 (a fault while stacking)",
    .explain = "Recursion, a large local array, or interrupts that nest deeper than was thought. On a Cortex-M0+ nothing stops the stack "
               "from growing "
               "into variables; when it leaves RAM the push faults, the fault handler's push faults as well, and the core locks up.",
};

static bool when_lockup(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || (!ev_core_is(v, "S_LOCKUP") && !(v->samples == 0 && ev_set(v, "PPB.DHCSR.S_LOCKUP"))))
        return false;
    finding_say(f, "the core is locked up: a fault happened within a fault handler, or there was none to run");
    finding_see_reg(f, v, "PPB.DHCSR");
    finding_see_reg(f, v, "PPB.ICSR");
    if (v->vectors_read)
        finding_see(f, "vectors: stack 0x%08" PRIX32 ", reset 0x%08" PRIX32 ", HardFault 0x%08" PRIX32, v->vector[0], v->vector[1],
                    v->vector[3]);
    see_frame(f, v);
    return true;
}

const struct rule rule_lockup = {
    .id = "core-locked-up",
    .title = "The core is locked up",
    .when = when_lockup,
    .at_most = CERTAIN,
    .decide = "`sector0 gdb`, break at the reset vector, and step",
    .remedy = "reset",
    .leads_to = "core-in-hardfault core-in-nmi",
    .families = "all",
    .source = "DDI 0419, unrecoverable exception cases; DHCSR.S_LOCKUP",
    .explain = "Nothing runs until a reset. A vector table that makes no sense, a stack pointer that left RAM, or a fault inside the fault "
               "handler. "
               "Loaders of other tools that meet this report `LockedUp` or `clearing lockup after double fault`.",
};

static bool in_exception(const struct evidence *v, uint32_t number)
{
    return v->reach == REACH_CHIP && ev_exception(v) == number && (v->samples || v->regs_read);
}

static bool when_hardfault(const struct evidence *v, struct finding *f)
{
    if (!in_exception(v, 3))
        return false;
    finding_say(f, "the firmware sits in its HardFault handler");
    see_where(f, v);
    see_frame(f, v);
    return true;
}

const struct rule rule_hardfault = {
    .id = "core-in-hardfault",
    .title = "The firmware has faulted",
    .when = when_hardfault,
    .at_most = CERTAIN,
    .decide = "the place where it came from, with the program's ELF file (`--elf F`)",
    .remedy = "fix-firmware",
    .leads_to = "loader-inherits-exception core-in-default-handler",
    .families = "all",
    .source = "ARMv6-M ARM B1.5.6 (ICSR.VECTACTIVE, stacked frame)",
    .explain = "On a Cortex-M0+ every fault is a HardFault: an access to an address where nothing is, an unaligned one, a jump to an even "
               "address, an "
               "instruction that does not exist, a BKPT without a debugger. The stacked PC tells where. Tools that start a loader in this "
               "state fail, "
               "because it inherits the fault's priority: sector0 resets first.",
};

static bool when_nmi(const struct evidence *v, struct finding *f)
{
    if (!in_exception(v, 2))
        return false;
    finding_say(f, "the firmware sits in its NMI handler");
    finding_see_reg(f, v, "FLASH.ECCR");
    finding_see_reg(f, v, "SYSCFG.CFGR2");
    see_where(f, v);
    see_frame(f, v);
    return true;
}

static const struct suspect nmi_suspects[] = {
    { "ecc-double-error", "flash could not be read (ECC)", "is FLASH_ECCR.ECCD set?" },
    { "loader-ram-parity", "RAM with parity was read before it was written", "is SYSCFG_CFGR2.SPF (G0: SRAM_PEF) set?" },
    { "hse-lost", "the external clock failed", "is RCC_CIFR.CSSF set?" },
    { 0 },
};

const struct rule rule_nmi = {
    .id = "core-in-nmi",
    .title = "The firmware is in its NMI handler",
    .when = when_nmi,
    .at_most = CERTAIN,
    .decide = "the flag of the source",
    .remedy = "fix-firmware",
    .suspect = nmi_suspects,
    .leads_to = "core-in-default-handler",
    .families = "all",
    .source = "RM0503 NMI sources",
    .explain = "NMI has few sources: a flash double error, RAM parity, the clock security system.",
};

static bool when_default(const struct evidence *v, struct finding *f)
{
    const uint32_t n = v->reach == REACH_CHIP ? ev_exception(v) : 0;
    unsigned same = 0;
    uint32_t at;

    if (n < 4 || n >= EV_VECTORS || !v->vectors_read || (!v->regs_read && !ev_loops(v, 8, &at)))
        return false;
    for (unsigned i = 2; i < EV_VECTORS; i++)
        same += v->vector[i] == v->vector[n];
    if (same < 3) /* a handler that several exceptions share: what start-up code gives to those nobody serves. Estimate */
        return false;
    if (n >= 16)
        finding_say(f, "the firmware is stuck in the default handler, for interrupt %" PRIu32 ": it was enabled and nobody serves it",
                    n - 16);
    else
        finding_say(f, "the firmware is stuck in the default handler, for exception %" PRIu32, n);
    see_where(f, v);
    finding_see(f, "%u vectors are 0x%08" PRIX32, same, v->vector[n]);
    see_frame(f, v);
    return true;
}

const struct rule rule_default = {
    .id = "core-in-default-handler",
    .title = "The firmware is stuck in the default handler",
    .when = when_default,
    .at_most = LIKELY,
    .decide = "the program's ELF file (`--elf F`) names the handler",
    .remedy = "fix-firmware",
    .families = "all",
    .source = "ARMv6-M ARM B1.5.5; ST's start-up files (Default_Handler loops for ever)",
    .explain = "An interrupt was enabled whose handler is missing or misspelled: the linker took the start-up code's endless loop.",
};

/* ---- resets and watchdogs ---- */

static bool when_loop(const struct evidence *v, struct finding *f)
{
    const unsigned n = ev_resets_seen(v);

    if (v->reach != REACH_CHIP || n < 2)
        return false;
    finding_say(f, "the chip resets itself again and again: %u times in %u ms", n, v->samples * 3);
    finding_see_reg(f, v, "RCC.CSR");
    return true;
}

const struct rule rule_loop = {
    .id = "app-reset-loop",
    .title = "The chip resets itself again and again",
    .when = when_loop,
    .at_most = CERTAIN,
    .decide = "RCC_CSR's flags: IWDGRSTF or WWDGRSTF a watchdog, SFTRSTF the firmware, PWRRSTF the supply, PINRSTF alone the NRST line",
    .remedy = "program-under-reset",
    .leads_to = "watchdog-kills-loader",
    .families = "all",
    .source = "DDI 0419 C1.6.3 (S_RESET_ST); ST-U585-LOOP",
    .explain =
        "Tools that attach see it run for a moment and then lose it: `connects only while reset is held`. sector0 halts it at its first "
        "instruction, where neither firmware nor a software-started watchdog is up yet.",
};

static bool when_bites(const struct evidence *v, struct finding *f)
{
    const bool iwdg = ev_set(v, "RCC.CSR.IWDGRSTF"), wwdg = ev_set(v, "RCC.CSR.WWDGRSTF");

    if (v->reach != REACH_CHIP || (!iwdg && !wwdg))
        return false;
    finding_say(f, "the %s watchdog has reset the chip", iwdg ? "independent" : "window");
    finding_see_reg(f, v, "RCC.CSR");
    finding_see_reg(f, v, "IWDG.SR");
    see_where(f, v);
    return true;
}

const struct rule rule_bites = {
    .id = "watchdog-bites",
    .title = "A watchdog has reset the chip",
    .when = when_bites,
    .at_most = LIKELY,
    .decide = "whether it comes again: the flag stays until somebody clears it, so it may be old",
    .remedy = "fix-firmware",
    .leads_to = "watchdog-kills-loader app-reset-loop",
    .families = "all",
    .source = "RM0503 RCC_CSR.IWDGRSTF; RM0503 IWDG (only a reset stops it)",
    .explain =
        "The firmware was too late with feeding it, or somebody halted it, or a programming tool's loader ran without feeding: then "
        "erasing or "
        "downloading dies part-way (`Flash loader run error`, `failed to download`). sector0 resets first, which stops a watchdog that "
        "software started, and feeds one that hardware starts.",
};

static bool when_watchdog(const struct evidence *v, struct finding *f)
{
    uint32_t pr = 0, rlr = 0;

    if (v->reach != REACH_CHIP || !ev_watchdog_runs(v) || ev_runs_in(v, REGION_SYSTEM)) /* the bootloader serves its own */
        return false;
    ev_reg(v, "IWDG.PR", &pr);
    ev_reg(v, "IWDG.RLR", &rlr);
    finding_say(
        f, "a watchdog runs (about %" PRIu64 " ms): a tool that runs a loader without a reset before, or without feeding it, dies part-way",
        (UINT64_C(4) << (pr & 0xF)) * (rlr + 1) / 32); /* LSI: about 32 kHz */
    finding_see_reg(f, v, "IWDG.SR");
    if (!ev_set(v, "IWDG.SR.ONF") && ev_set(v, "RCC.CSR.LSIRDY") && ev_is(v, "RCC.CSR.LSION", 0))
        finding_see(f, "LSI runs (LSIRDY=1) though nobody asked for it (LSION=0): the IWDG has it on");
    finding_see(f, "IWDG_PR=%" PRIu32 " IWDG_RLR=%" PRIu32, pr, rlr);
    return true;
}

const struct rule rule_watchdog = {
    .id = "watchdog-kills-loader",
    .title = "A watchdog runs while others program",
    .when = when_watchdog,
    .at_most = POSSIBLE,
    .decide = "RCC_CSR.IWDGRSTF after a failed attempt",
    .remedy = "reset",
    .families = "all",
    .source = "RM0503 IWDG; st-flash flash_loader.c (feeds it for that reason); blackmagic-debug/blackmagic#57",
    .explain =
        "Alone it is good practice, not a fault. It matters where a tool attaches without a reset, halts the core and runs its loader: the "
        "debugger's freeze acts only while the core is halted, the loader runs it, and nobody feeds. `Erasing` works for a while, then the "
        "chip is somewhere else. A reset that really happens stops it.",
};

/* ---- what a loader would inherit ---- */

static bool mpu_forbids_ram(const struct evidence *v)
{
    const uint32_t ram = v->device->loader_ram;
    bool known = false, forbids = false;

    for (unsigned i = 0; i < v->mpu_regions; i++) { /* the highest region wins (ARMv6-M ARM B3.5) */
        const uint32_t rasr = v->mpu_rasr[i], base = v->mpu_rbar[i] & ~0xFFu;
        const uint64_t size = UINT64_C(2) << GET(rasr, PPB_MPU_RASR_SIZE);

        if (!GET(rasr, PPB_MPU_RASR_ENABLE) || ram < base || ram >= base + size)
            continue;
        known = true;
        forbids = GET(rasr, PPB_MPU_RASR_XN) || GET(rasr, PPB_MPU_RASR_AP) == 0;
    }
    return !known || forbids;
}

static bool when_mpu(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !ev_set(v, "PPB.MPU_CTRL.ENABLE") || (v->mpu_regions && !mpu_forbids_ram(v)))
        return false;
    finding_say(f, "the firmware's MPU is on%s: a loader that is started without a reset before may fault at once",
                v->mpu_regions ? ", and lets no code run from RAM" : "");
    finding_see_reg(f, v, "PPB.MPU_CTRL");
    return true;
}

const struct rule rule_mpu = {
    .id = "loader-inherits-mpu",
    .title = "A loader would run under the firmware's MPU",
    .when = when_mpu,
    .at_most = POSSIBLE,
    .decide = "whether programming works after a reset-halt; with the core halted the regions can be read",
    .remedy = "reset",
    .families = "any core with an MPU",
    .source = "STMicroelectronics/OpenOCD#52 (bisected); ARMv6-M ARM B3.5",
    .explain =
        "Alone it is good practice, not a fault. Tools that halt the running firmware and start a loader in RAM run it under that "
        "firmware's "
        "MPU: with RAM marked execute-never it faults, and a fault within the fault locks the core up. sector0's loader is started after a "
        "reset, and switches the MPU off.",
};

static bool when_inherits(const struct evidence *v, struct finding *f)
{
    const uint32_t n = v->reach == REACH_CHIP && v->regs_read ? v->xpsr & 0x3F : 0;

    if (n == 0)
        return false;
    finding_say(f, "the core was halted within exception %" PRIu32 ": a loader started now would run at its priority", n);
    see_where(f, v);
    see_frame(f, v);
    return true;
}

const struct rule rule_inherits = {
    .id = "loader-inherits-exception",
    .title = "A loader would run inside an exception",
    .when = when_inherits,
    .at_most = POSSIBLE,
    .decide = "whether programming works after a reset-halt",
    .remedy = "reset",
    .families = "all",
    .source = "pyocd/pyOCD#2023",
    .explain = "pyOCD then says `target was not halted as expected after calling flash algorithm routine (IPSR=3)`. sector0 resets first, "
               "and writes "
               "xPSR, CONTROL and PRIMASK before its loader starts.",
};

static bool when_irqs_off(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !v->regs_read || !(v->cfbp & 1))
        return false;
    finding_say(f, "interrupts are off (PRIMASK=1)");
    see_where(f, v);
    return true;
}

const struct rule rule_irqs_off = {
    .id = "interrupts-off",
    .title = "The firmware runs with interrupts off",
    .when = when_irqs_off,
    .at_most = POSSIBLE,
    .decide = "whether it is always so: critical sections are, for a moment",
    .remedy = "fix-firmware",
    .families = "all",
    .source = "ARMv6-M ARM, PRIMASK; ST-U535-JUMP (a jump to the bootloader with interrupts off: no USB)",
    .explain = "Can be seen only with the core halted. In the bootloader it explains a DFU device that never appears.",
};

/* ---- what debuggers leave behind ---- */

static bool when_debugger(const struct evidence *v, struct finding *f)
{
    const bool catches = ev_set(v, "PPB.DEMCR.VC_CORERESET") || ev_set(v, "PPB.DEMCR.VC_HARDERR");

    if (v->reach != REACH_CHIP || v->under_reset || v->ours || !(ev_set(v, "PPB.BP_CTRL.ENABLE") || catches) ||
        !ev_set(v, "PPB.DHCSR.C_DEBUGEN"))
        return false;
    finding_say(f, "another debugger has left %s%s set: the firmware will stop there",
                ev_set(v, "PPB.BP_CTRL.ENABLE") ? "breakpoints" : "vector catches",
                catches && ev_set(v, "PPB.BP_CTRL.ENABLE") ? " and vector catches" : "");
    finding_see_reg(f, v, "PPB.DHCSR");
    finding_see_reg(f, v, "PPB.DEMCR");
    finding_see_reg(f, v, "PPB.BP_CTRL");
    return true;
}

const struct rule rule_debugger = {
    .id = "debugger-leftovers",
    .title = "A debugger left its breakpoints behind",
    .when = when_debugger,
    .at_most = POSSIBLE,
    .decide = "whether a debugger is at work right now",
    .remedy = "power-cycle",
    .families = "all",
    .source = "DDI 0419 C1.6; only a power-on reset clears them",
    .explain = "A debugger that was killed leaves the core halted, or with breakpoints that stop it later. `sector0 reset` lets it run.",
};

static bool when_dbgmcu(const struct evidence *v, struct finding *f)
{
    uint32_t cr;

    if (v->reach != REACH_CHIP || !ev_reg(v, "DBGMCU.CR", &cr) || !cr)
        return false;
    finding_say(f, "debug in low power is left on: the firmware's sleep is not the real one until the next power cycle");
    finding_see_reg(f, v, "DBGMCU.CR");
    return true;
}

const struct rule rule_dbgmcu = {
    .id = "dbgmcu-left-on-changes-app",
    .title = "Debug in low power was left on",
    .when = when_dbgmcu,
    .at_most = POSSIBLE,
    .decide = "a power cycle: does the firmware behave otherwise afterwards?",
    .remedy = "clear-dbgmcu",
    .families = "all",
    .source = "RIOT-OS/RIOT#11820 (root-caused on the L1); RM0503 DBGMCU_CR (reset by power-on only)",
    .explain = "OpenOCD and others set DBG_STOP and DBG_STANDBY when they connect. The bits survive every reset but power-on: current is "
               "higher, and "
               "wake-up takes another path.",
};

static bool when_parity(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || (!ev_set(v, "SYSCFG.CFGR2.SPF") && !ev_set(v, "SYSCFG.CFGR2.SRAM_PEF")))
        return false;
    finding_say(f, "RAM parity has failed: RAM was read before it was written");
    finding_see_reg(f, v, "SYSCFG.CFGR2");
    finding_see_reg(f, v, "FLASH.OPTR");
    return true;
}

const struct rule rule_parity = {
    .id = "loader-ram-parity",
    .title = "RAM parity has failed",
    .when = when_parity,
    .at_most = LIKELY,
    .decide = "whether it comes back after a power cycle: then the RAM is at fault",
    .remedy = "reset",
    .leads_to = "core-in-nmi",
    .families = "G0, U0 (SRAM2)",
    .source = "RM0503 SYSCFG_CFGR2.SPF, RM0444 SYSCFG_CFGR2.SRAM_PEF, FLASH_OPTR.RAM_PARITY_CHECK; inferred",
    .explain = "With RAM_PARITY_CHECK=0, reading RAM that was never written raises an NMI. sector0's loader writes all of its RAM before "
               "it uses it.",
};

static bool when_lpr(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !ev_set(v, "PWR.CR1.LPR"))
        return false;
    finding_say(f, "the firmware runs in low-power run mode: flash may refuse to be programmed there");
    finding_see_reg(f, v, "PWR.CR1");
    return true;
}

const struct rule rule_lpr = {
    .id = "low-vcore-range",
    .title = "Low-power run mode",
    .when = when_lpr,
    .at_most = POSSIBLE,
    .decide = "whether programming works after a reset",
    .remedy = "reset",
    .families = "U0 G0 (L0, L1, U5: voltage ranges)",
    .source = "RM0503 PWR_CR1.LPR; inferred",
    .explain = "Good practice, not a fault. A tool that attaches without a reset erases and programs at a regulator setting that may not "
               "carry it. "
               "sector0 resets first.",
};
