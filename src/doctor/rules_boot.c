/* rules_boot.c - what boots, and why not the application; what its vectors look like. How to add one: rule.h. */
#include "doctor/rule.h"
#include "flash/start.h"
#include "flash/undo.h"

#include <inttypes.h>
#include <string.h>

static bool in_rom(const struct evidence *v) { return ev_runs_in(v, REGION_SYSTEM); }

static bool boot_option(const struct evidence *v, uint32_t boot1)
{
    uint32_t b1 = 1;

    ev_field(v, "FLASH.OPTR.nBOOT1", &b1);
    return v->look_read && !ev_set(v, "FLASH.SECR.BOOT_LOCK") && ev_is(v, "FLASH.OPTR.nBOOT_SEL", 1) && ev_is(v, "FLASH.OPTR.nBOOT0", 0) &&
           b1 == boot1;
}

static bool when_empty(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !ev_set(v, "FLASH.ACR.EMPTY") || !v->vectors_read || ev_blank(v))
        return false;
    finding_say(
        f, "ACR.EMPTY says that flash is blank, and it is not: the next reset goes to the bootloader, until flash options are loaded anew");
    finding_see_reg(f, v, "FLASH.ACR");
    finding_see(f, "the first words of flash are 0x%08" PRIX32 " 0x%08" PRIX32, v->vector[0], v->vector[1]);
    return true;
}

const struct rule rule_empty = {
    .id = "empty-flag-stale",
    .title = "ACR.EMPTY is stale",
    .when = when_empty,
    .at_most = CERTAIN,
    .remedy = "empty-refresh",
    .leads_to = "sram-remapped-alias rom-runs-unexplained stale-error-flags",
    .families = "U0 G0 C0",
    .source = "ST stm32u0xx_hal_flash_ex.c (ForceFlashEmpty: evaluated by the option loader only); stlink-org/stlink#1482, #1260",
    .explain =
        "The flag is sampled when options are loaded: at power-on, not at a reset. A blank part that is programmed by a tool which does "
        "not "
        "refresh it runs the bootloader after each reset, and the application after the next power cycle: `flashed fine but does not run`. "
        "The flag can be written.",
};

static bool when_rom_option(const struct evidence *v, struct finding *f)
{
    if (v->reach < REACH_CHIP || !boot_option(v, 1) || ev_kept(v, "OPTR"))
        return false;
    finding_say(f, "the options send every reset to the bootloader in system memory");
    finding_see_reg(f, v, "FLASH.OPTR");
    finding_remedy(f, "nBOOT0=1");
    return true;
}

static const struct suspect rom_option_suspects[] = {
    { "rom-boot-by-option", "firmware entered DFU by its option bytes and has not come back", "does its source write nBOOT0?" },
    { "go-leaves-option-bytes", "the bootloader's Go command started the application and left the option as it was",
      "was the last session by UART?" },
    { 0 },
};

const struct rule rule_rom_option = {
    .id = "rom-boot-by-option",
    .title = "The options boot the bootloader",
    .when = when_rom_option,
    .at_most = CERTAIN,
    .remedy = "options",
    .suspect = rom_option_suspects,
    .leads_to = "sram-remapped-alias rom-runs-unexplained stale-error-flags",
    .families = "U0 G0 C0",
    .source = "RM0503 table 6 (boot modes); ST-G071-GO",
    .explain =
        "nBOOT_SEL=1, nBOOT0=0, nBOOT1=1: firmware that enters DFU by its option bytes leaves this behind when the way back is not taken "
        "(the ROM's Go command does not take it either: go-leaves-option-bytes). Programming works; the new firmware does not start.",
};

static bool when_sram_option(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !boot_option(v, 0) || ev_kept(v, "OPTR"))
        return false;
    finding_say(f, "the options make the chip boot from SRAM, where nothing is after power-on");
    finding_see_reg(f, v, "FLASH.OPTR");
    finding_remedy(f, "nBOOT0=1");
    return true;
}

const struct rule rule_sram_option = {
    .id = "sram-boot-by-option",
    .title = "The options boot from SRAM",
    .when = when_sram_option,
    .at_most = CERTAIN,
    .remedy = "options",
    .leads_to = "sram-remapped-alias core-locked-up core-in-hardfault app-reset-loop",
    .families = "U0 G0 C0",
    .source = "RM0503 table 6 (boot modes)",
    .explain = "nBOOT_SEL=1, nBOOT0=0, nBOOT1=0. The core takes its first two words from RAM and locks up.",
};

static bool when_boot0(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !v->look_read || !ev_is(v, "FLASH.OPTR.nBOOT_SEL", 0) || ev_set(v, "FLASH.SECR.BOOT_LOCK") ||
        ev_kept(v, "nBOOT_SEL") || look_options_damaged(&v->look, v->device))
        return false;
    if (in_rom(v) && !ev_set(v, "FLASH.ACR.EMPTY"))
        finding_lower(f, LIKELY), finding_say(f, "the bootloader runs, and the BOOT0 pin decides: it was high at the last reset");
    else
        finding_lower(f, POSSIBLE), finding_say(f, "the BOOT0 pin, which is SWCLK as well, decides what boots");
    finding_see_reg(f, v, "FLASH.OPTR");
    finding_remedy(f, "nBOOT_SEL=1");
    return true;
}

static const struct suspect boot0_suspects[] = {
    { "boot0-pin-in-charge", "the pin is left floating or pulled up", "what is its voltage at reset?" },
    { "boot0-shared-with-swclk", "a debugger has connected since power-on: the pin is not looked at until the next one (errata of the G0)",
      "does a power cycle without the probe change it?" },
    { 0 },
};

const struct rule rule_boot0 = {
    .id = "boot0-pin-in-charge",
    .title = "The BOOT0 pin decides what boots",
    .when = when_boot0,
    .at_most = LIKELY,
    .decide = "the pin's level at reset, which cannot be read afterwards",
    .remedy = "options",
    .suspect = boot0_suspects,
    .leads_to = "sram-remapped-alias rom-runs-unexplained",
    .families = "U0 G0 C0",
    .source = "RM0503 table 6; ST-G0C1-BOOT, ST-G07-NOBOOT, ST-C071-BOOT",
    .explain =
        "nBOOT_SEL=0. On parts where BOOT0 is PA14, the same pin is SWCLK, and a probe that rests high selects the bootloader. From the "
        "factory nBOOT_SEL is 1 and the pin is ignored, which surprises others: `BOOT0 high, DFU never comes up`.",
};

static bool when_alias(const struct evidence *v, struct finding *f)
{
    const bool rom = v->at_0_read && v->in_system_read && memcmp(v->at_0, v->in_system, sizeof v->at_0) == 0;
    const bool flash = v->at_0_read && v->vectors_read && memcmp(v->at_0, v->vector, sizeof v->at_0) == 0;
    uint32_t vtor;

    if (v->reach != REACH_CHIP || !v->at_0_read || !v->vectors_read || flash || in_rom(v))
        return false;
    finding_say(f, "%s is mapped at address 0, not main flash", rom ? "system memory" : "RAM");
    finding_see(f, "words at 0: 0x%08" PRIX32 " 0x%08" PRIX32 "; at 0x%08" PRIX32 ": 0x%08" PRIX32 " 0x%08" PRIX32, v->at_0[0], v->at_0[1],
                v->device->flash_base, v->vector[0], v->vector[1]);
    finding_see_reg(f, v, "SYSCFG.CFGR1");
    if (ev_reg(v, "PPB.VTOR", &vtor) && vtor) { /* as after a start by the bootloader: the program knows where its vectors are */
        finding_see(f, "VTOR=0x%08" PRIX32 ": exceptions take their vectors from there", vtor);
        finding_lower(f, POSSIBLE);
    }
    return true;
}

const struct rule rule_alias = {
    .id = "sram-remapped-alias",
    .title = "Something else than main flash is mapped at address 0",
    .when = when_alias,
    .at_most = LIKELY,
    .decide = "whether it is meant: firmware that moves its vectors into RAM does so",
    .remedy = "reset",
    .families = "all",
    .source = "RM0503 SYSCFG_CFGR1.MEM_MODE; stlink-org/stlink#1482",
    .explain = "Exceptions fetch their vectors from address 0 (unless VTOR says otherwise): with system memory there, the first interrupt "
               "runs the bootloader's. Left by firmware that prepared a jump to the bootloader, or by the bootloader itself when it starts "
               "a program. A "
               "reset puts it back.",
};

static unsigned job_pages(const struct evidence *v) { return v->job_old + v->job_new + v->job_blank + v->job_other; }

/* The save of a job that was not finished says what each of its pages was and was to become. Do they tell of it? */
static bool job_was_cut(const struct evidence *v)
{
    /* All new: done but for a last word. All old: not begun. */
    return v->job_open && v->job_new < job_pages(v) && v->job_old < job_pages(v);
}

static enum certainty job_certainty(const struct evidence *v)
{
    if (v->job_other > UNDO_TORN_MAX || v->job_known == 0) /* or somebody else has written, or erased, since */
        return POSSIBLE;
    return v->job_other || v->job_new == 0 ? LIKELY : CERTAIN;
}

static void say_job(const struct evidence *v, struct finding *f)
{
    finding_say(f, "the command `%s` was cut off: of its %u page%s %u %s done, %u erased, %u in part, %u as before", v->job_command,
                job_pages(v), job_pages(v) == 1 ? "" : "s", v->job_new, v->job_new == 1 ? "is" : "are", v->job_blank, v->job_other,
                v->job_old);
    finding_see(f, "save %04u has no end; `sector0 undo` goes back to it", v->job_number);
}

static bool when_interrupted(const struct evidence *v, struct finding *f)
{
    const bool pattern = v->page0_read && v->page0_first_unit_blank && !v->page0_blank, job = job_was_cut(v);
    const enum certainty sure = v->loader_left                       ? CERTAIN
                                : job && job_certainty(v) == CERTAIN ? CERTAIN
                                : pattern                            ? LIKELY
                                                                     : job_certainty(v);

    if (v->reach < REACH_CHIP || (!pattern && !job && !v->loader_left))
        return false;
    finding_lower(f, sure);
    if (job)
        say_job(v, f);
    else if (v->loader_left)
        finding_say(f, "a command of sector0 was cut off: its loader runs in RAM, and nobody feeds it");
    else
        finding_say(f, "flash was programmed in part: the first double word is blank, the rest of page 0 is not");
    if (v->loader_left)
        finding_see(f, "what the core runs in RAM is sector0's own loader");
    if (pattern)
        finding_see(f, "the first words are 0x%08" PRIX32 " 0x%08" PRIX32 ", the next 0x%08" PRIX32, v->vector[0], v->vector[1],
                    v->vector[2]);
    return true;
}

const struct rule rule_interrupted = {
    .id = "flash-interrupted",
    .title = "Programming was interrupted",
    .when = when_interrupted,
    .at_most = CERTAIN,
    .decide = "`sector0 verify FILE`",
    .remedy = "flash-again",
    .leads_to = "core-locked-up core-in-hardfault core-in-nmi ecc-double-error vectors-bad rom-runs-unexplained",
    .families = "all",
    .source = "sector0's own order of writing and its saves (docs/flashing.md)",
    .explain =
        "sector0 erases page 0 first and writes its first 8 bytes last, so that an interrupted job cannot start. The same command again "
        "finishes it. Nothing is damaged. A job that was cut off leaves a save without an end, which says what each page was and was to "
        "become, and maybe its loader running in RAM.",
};

static bool when_vectors(const struct evidence *v, struct finding *f)
{
    char why[ERR_TEXT];

    if (v->reach < REACH_CHIP || !v->vectors_read || v->page0_first_unit_blank || ev_rdp_level(v) ||
        (v->vector[0] == 0 && v->vector[1] == 0 && ev_set(v, "FLASH.HDPCR.HDP1_ACCDIS")) ||
        start_vectors(v->device, v->flash_bytes, v->vector[0], v->vector[1], why) == START_YES)
        return false;
    finding_say(f, "what is in flash cannot start: %s", why);
    finding_see(f, "the first words of flash are 0x%08" PRIX32 " 0x%08" PRIX32, v->vector[0], v->vector[1]);
    return true;
}

const struct rule rule_vectors = {
    .id = "vectors-bad",
    .title = "The vector table makes no sense for this chip",
    .when = when_vectors,
    .at_most = CERTAIN,
    .remedy = "right-image",
    .leads_to = "core-locked-up core-in-hardfault app-reset-loop",
    .families = "all",
    .source = "ARMv6-M ARM B1.5.5",
    .explain = "The first word must be a stack pointer into RAM, the second an odd address of code. A raw binary at the wrong address, a "
               "linker script "
               "for another chip, or an image whose beginning was never programmed looks like this.",
};

static bool when_rom(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !in_rom(v) || !v->vectors_read || ev_blank(v) || ev_set(v, "FLASH.ACR.EMPTY") || boot_option(v, 1) ||
        ev_is(v, "FLASH.OPTR.nBOOT_SEL", 0))
        return false;
    finding_say(
        f,
        "the bootloader in system memory runs, and nothing sends a reset there now: the firmware has jumped to it, or ACR.EMPTY was stale");
    finding_see_reg(f, v, "FLASH.OPTR");
    finding_see_reg(f, v, "RCC.CSR");
    if (v->regs_read && (v->cfbp & 1))
        finding_see(f, "PRIMASK=1: with interrupts off its USB stays dead (jump-irq-disabled)");
    return true;
}

static const struct suspect rom_suspects[] = {
    { "empty-flag-stale", "ACR.EMPTY was set at the last reset, though flash is not blank; this bootloader clears it when it starts",
      "does the next reset start the application?" },
    { "jump-no-power-cycle-state", "the firmware jumped to the bootloader, its peripherals still on",
      "does DFU work, and does the application's flash driver work afterwards?" },
    { "jump-irq-disabled", "... with interrupts disabled: no USB device appears",
      "is PRIMASK set (`sector0 reset --halt` is too late; halt it with `gdb`)?" },
    { "jump-with-iwdg-running", "... with its watchdog running: the session dies after a while",
      "does IWDG_SR or RCC_CSR.IWDGRSTF say so?" },
    { "dfu-other-interface-wins", "the bootloader listens on another interface than you do",
      "is a UART or another bus connected and talking?" },
    { 0 },
};

const struct rule rule_rom = {
    .id = "rom-runs-unexplained",
    .title = "The bootloader runs because the firmware jumped there",
    .when = when_rom,
    .at_most = POSSIBLE,
    .decide = "whether DFU was asked for",
    .remedy = "reset",
    .suspect = rom_suspects,
    .families = "U0 G0 C0",
    .source = "RM0503 table 6; AN2606 as quoted by Klipper3d/klipper#5596",
    .explain = "That is how firmware enters DFU on purpose, so alone it is no fault. If no DFU device appears: interrupts disabled before "
               "the jump, "
               "peripherals left on, or another interface that was faster.",
};
