/* rules_option.c - option words and protection. What the user says is intended (--keep) is no finding. How to add one: rule.h. */
#include "doctor/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *reg_of(const struct evidence *v, const struct wrp_area *a) { return reg_name_at(v->device->flash->regs, a->offset); }

static uint32_t word_of(const struct evidence *v, uint32_t offset)
{
    for (unsigned i = 0; i < v->look.options; i++)
        if (v->device->flash->options[i].offset == offset)
            return v->look.option[i];
    return 0;
}

static uint32_t factory_of(const struct evidence *v, uint32_t offset)
{
    for (const struct option_word *o = v->device->flash->options; o->name; o++)
        if (o->offset == offset)
            return o->factory;
    return 0;
}

/* Words for `option set` that put the area's register back to how parts leave the factory. */
static void off_words(const struct evidence *v, const struct wrp_area *a, char *text, size_t cap)
{
    const uint32_t factory = factory_of(v, a->offset), mask = (1u << a->width) - 1;

    snprintf(text + strlen(text), cap - strlen(text), "%s%s_STRT=0x%" PRIX32 " %s_END=0x%" PRIX32, text[0] ? " " : "", a->name,
             factory >> a->strt_lsb & mask, a->name, factory >> a->end_lsb & mask);
}

/* "page 0", "pages 1..3" */
static const char *range(uint32_t first, uint32_t last, char text[32])
{
    snprintf(text, 32, first == last ? "page %" PRIu32 : "pages %" PRIu32 "..%" PRIu32, first, last);
    return text;
}

static uint32_t pages(const struct evidence *v) { return v->flash_bytes / v->device->flash->page_bytes; }

/* The accident's pattern: only WRP1B is set, to page 0 alone, and WRP1A is as from the factory. */
static bool is_hal_accident(const struct evidence *v)
{
    const struct wrp_area *a = v->device->flash->wrp, *b = a->name ? a + 1 : a;
    uint32_t first, last;

    return a->name && b->name && strcmp(b->name, "WRP1B") == 0 && look_wrp_range(&v->look, v->device, b, &first, &last) && first == 0 &&
           last == 0 && word_of(v, a->offset) == factory_of(v, a->offset);
}

static bool covers_all(const struct evidence *v, const struct wrp_area *a)
{
    uint32_t first, last;

    return look_wrp_range(&v->look, v->device, a, &first, &last) && first == 0 && last + 1 >= pages(v);
}

static bool usable(const struct evidence *v)
{
    return v->reach >= REACH_CHIP && v->look_read && !look_options_damaged(&v->look, v->device);
}

static bool when_hal(const struct evidence *v, struct finding *f)
{
    char words[120] = "";

    if (!usable(v) || !is_hal_accident(v) || ev_kept(v, "WRP1BR"))
        return false;
    finding_lower(f, LIKELY);
    finding_say(f,
                "page 0 is write-protected by WRP1B (pages 0..0), beside a WRP1A as from the factory: the trace of firmware that rewrote "
                "its option bytes");
    finding_see_reg(f, v, "FLASH.WRP1AR");
    finding_see_reg(f, v, "FLASH.WRP1BR");
    finding_see_reg(f, v, "FLASH.SR");
    finding_see_reg(f, v, "RCC.CSR");
    off_words(v, v->device->flash->wrp + 1, words, sizeof words);
    finding_remedy(f, "%s", words);
    return true;
}

const struct rule rule_hal = {
    .id = "wrp-from-hal-obget",
    .title = "Page 0 is write-protected by an option-byte rewrite",
    .when = when_hal,
    .at_most = LIKELY,
    .decide = "that page 0 is protected is certain; who did it, only the firmware's source can say: look for HAL_FLASHEx_OBProgram after "
              "HAL_FLASHEx_OBGetConfig with OptionType left as it was",
    .remedy = "options",
    .leads_to = "wrp-pages",
    .families = "U0 (source checked); G0, C0 (same shape)",
    .source = "ST stm32u0xx_hal_flash_ex.c: OBGetConfig sets OPTIONBYTE_ALL, OBProgram with an unset WRPArea writes WRP1BR",
    .explain =
        "Firmware that wants to change a boot option reads the options with HAL_FLASHEx_OBGetConfig, changes the boot bits and writes all "
        "of "
        "it back with HAL_FLASHEx_OBProgram. The structure asks for everything, and the area nobody filled in goes to WRP1BR as start 0, "
        "end 0: page 0 is protected from then on. Flash reads, the application runs, and every attempt to program ends in `failed to "
        "download Sector[0]`. Writing the factory pattern back frees the page and loses nothing. In the firmware, set OptionType to what "
        "is "
        "to be written (OPTIONBYTE_USER).",
};

static bool when_trashed(const struct evidence *v, struct finding *f)
{
    char words[300] = "";
    bool all = false;

    if (!usable(v))
        return false;
    for (const struct wrp_area *a = v->device->flash->wrp; a->name; a++) {
        if (!covers_all(v, a) || ev_kept(v, reg_of(v, a)))
            continue;
        all = true;
        finding_see(f, "%s=0x%08" PRIX32 ": pages 0..%" PRIu32, reg_of(v, a), word_of(v, a->offset),
                    (word_of(v, a->offset) >> a->end_lsb & ((1u << a->width) - 1)));
        off_words(v, a, words, sizeof words);
    }
    if (!all)
        return false;
    finding_say(f, "every page is write-protected");
    finding_remedy(f, "%s", words);
    return true;
}

const struct rule rule_trashed = {
    .id = "tool-trashed-option-bytes",
    .title = "Every page is write-protected",
    .when = when_trashed,
    .at_most = CERTAIN,
    .remedy = "options",
    .leads_to = "wrp-pages",
    .families = "U0 G0 C0",
    .source = "stm32duino/Arduino_Tools#84 (all areas active after a tool wrote wrong words)",
    .explain =
        "An area from page 0 to the end. Rarely meant: usually a tool wrote option words for another part, or words it had read wrongly. "
        "Writing the factory pattern back loses nothing at readout protection level 0.",
};

static bool when_wrp(const struct evidence *v, struct finding *f)
{
    char words[150] = "", list[150] = "", one[32];

    if (!usable(v))
        return false;
    for (const struct wrp_area *a = v->device->flash->wrp; a->name; a++) {
        uint32_t first, last;

        if (!look_wrp_range(&v->look, v->device, a, &first, &last) || ev_kept(v, reg_of(v, a)))
            continue;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s by %s", list[0] ? ", " : "", range(first, last, one), a->name);
        finding_see(f, "%s=0x%08" PRIX32, reg_of(v, a), word_of(v, a->offset));
        off_words(v, a, words, sizeof words);
    }
    if (!list[0])
        return false;
    finding_say(f, "write-protected: %s", list);
    finding_remedy(f, "%s", words);
    return true;
}

const struct rule rule_wrp = {
    .id = "wrp-pages",
    .title = "Pages are write-protected",
    .when = when_wrp,
    .at_most = CERTAIN,
    .decide = "whether it is meant: a bootloader's pages often are; `--keep FILE` says so",
    .remedy = "lift-wrp",
    .families = "all",
    .source = "RM0503 FLASH_WRP1xR (active while start <= end); stlink-org/stlink#545, #705",
    .explain =
        "A protected page can be neither erased nor programmed, and a mass erase is refused as long as any page is. OpenOCD says `stm32x "
        "device protected`, older st-flash `flash loader run error`, CubeProgrammer `failed to erase memory`. `sector0 doctor --fix` lifts "
        "it "
        "on pages that the named image needs; `--lift-wrp` lifts it everywhere.",
};

static bool when_rdp1(const struct evidence *v, struct finding *f)
{
    if (v->reach == REACH_DFU && v->dfu_locked) {
        finding_say(f, "readout protection is on: the bootloader neither reads nor writes anything");
        finding_see(f, "it refuses to read flash and option words; at level 2 there would be no bootloader");
        f->instead = "dfu-unprotect";
        return true;
    }
    if (v->reach != REACH_CHIP || !v->look_read || ev_rdp_level(v) != 1 || look_options_damaged(&v->look, v->device) || ev_kept(v, "RDP"))
        return false;
    finding_say(f, "readout protection is at level 1: flash, RAM and backup registers are closed to the debugger, and nothing can be "
                   "programmed");
    finding_see_reg(f, v, "FLASH.OPTR");
    if (ev_set(v, "FLASH.SR.OEM1LOCK"))
        finding_see(f, "an OEM1 key is set: the way back to level 0 asks for it");
    return true;
}

const struct rule rule_rdp1 = {
    .id = "rdp1-active",
    .title = "Readout protection level 1",
    .when = when_rdp1,
    .at_most = CERTAIN,
    .remedy = "regression",
    .leads_to = "stale-error-flags flash-size-unreadable oem-key-locks-regression hdp-area-closed core-locked-up core-in-hardfault",
    .families = "all",
    .source = "RM0503 3.5; stlink-org/stlink#649, pyocd/pyOCD#1689, probe-rs/probe-rs#634",
    .explain =
        "Somebody, or a tool, raised readout protection. The only way back to level 0 erases the whole flash. That is a feature: think "
        "before doing it. Connecting a debugger alone closes the flash to the core as well, so the firmware stops as long as one is "
        "attached. Tools call it `Device is under Read Out Protection` (and say the same of a chip held in reset), pyOCD shows a "
        "memory transfer fault.",
};

static bool when_damaged(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !v->look_read || !look_options_damaged(&v->look, v->device))
        return false;
    finding_say(f,
                "the option words are damaged: some do not match their complements, and the chip runs with substitutes (readout "
                "protection level %u)",
                ev_rdp_level(v));
    finding_see_reg(f, v, "FLASH.SR");
    for (unsigned i = 0; i < v->look.options && i < 4; i++)
        finding_see(f, "%s=0x%08" PRIX32 "%s", v->device->flash->options[i].name, v->look.option[i],
                    v->has_saved && v->saved[i] != v->look.option[i] ? " (saved before: another)" : "");
    return true;
}

static const struct suspect damaged_suspects[] = {
    { "rdp-by-interrupted-write", "a reset or a power cut came while a tool or the firmware wrote them",
      "was somebody writing options when it happened?" },
    { "option-bytes-corrupted-by-brownout", "the supply dipped while the firmware saved settings",
      "does the firmware write flash when power goes?" },
    { 0 },
};

const struct rule rule_damaged = {
    .id = "options-damaged",
    .title = "The option words are damaged",
    .when = when_damaged,
    .at_most = CERTAIN,
    .remedy = "restore-options",
    .suspect = damaged_suspects,
    .leads_to = "rdp1-active wrp-pages wrp-from-hal-obget tool-trashed-option-bytes boot-lock-set nrst-is-gpio hw-watchdog-option "
                "rom-boot-by-option sram-boot-by-option boot0-pin-in-charge hdp-area-closed stale-error-flags flash-size-unreadable "
                "core-locked-up core-in-hardfault",
    .families = "U0 G0 C0",
    .source = "RM0503 3.4.1 (mismatch), FLASH_SR.OPTVERR; STMicroelectronics/STM32CubeF7#96, rusefi/rusefi#8926",
    .explain =
        "Each option word is stored with its complement. A reset or a power cut while they are written leaves pairs that do not fit; the "
        "chip then loads safe values, readout protection level 1 among them. That is how a board is `suddenly` read-protected. `sector0 "
        "undo` or `doctor --fix` writes the words that were saved before, or the factory's; where level 1 was loaded, the way back "
        "erases the flash, and needs its own switch.",
};

static bool when_boot_lock(const struct evidence *v, struct finding *f)
{
    if (!usable(v) || !ev_set(v, "FLASH.SECR.BOOT_LOCK") || ev_kept(v, "BOOT_LOCK"))
        return false;
    finding_say(f, "BOOT_LOCK is set: main flash boots, whatever the other options and the pins say");
    finding_see_reg(f, v, "FLASH.SECR");
    return true;
}

const struct rule rule_boot_lock = {
    .id = "boot-lock-set",
    .title = "BOOT_LOCK is set",
    .when = when_boot_lock,
    .at_most = CERTAIN,
    .remedy = "boot-lock",
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_SECR.BOOT_LOCK",
    .explain =
        "The system-memory bootloader cannot be entered by pin or option. At readout protection level 0 the bit can be cleared; together "
        "with level 1 it closes the debug port, which is why sector0 never writes that pair.",
};

static bool when_hdp(const struct evidence *v, struct finding *f)
{
    uint32_t en, end, size;
    char which[32];

    if (!usable(v) || ev_kept(v, "SECR"))
        return false;
    if (ev_field(v, "FLASH.SECR.HDP1EN", &en) && en != 0xB4 && ev_field(v, "FLASH.SECR.HDP1_PEND", &end))
        finding_say(f, "hide protection is on for %s%s", range(0, end, which),
                    ev_set(v, "FLASH.HDPCR.HDP1_ACCDIS") ? ", and closed until the next reset: they read as 0" : "");
    else if (ev_field(v, "FLASH.SECR.SEC_SIZE", &size) && size)
        finding_say(f, "the securable area holds %s%s", range(0, size - 1, which),
                    ev_set(v, "FLASH.CR.SEC_PROT") ? ", and is closed until the next reset" : "");
    else
        return false;
    finding_see_reg(f, v, "FLASH.SECR");
    finding_see_reg(f, v, "FLASH.HDPCR");
    return true;
}

const struct rule rule_hdp = {
    .id = "hdp-area-closed",
    .title = "Part of the flash is hidden",
    .when = when_hdp,
    .at_most = CERTAIN,
    .remedy = "hdp",
    .leads_to = "core-locked-up core-in-hardfault vectors-bad",
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_SECR, FLASH_HDPCR; RM0444 FLASH_SECR.SEC_SIZE, FLASH_CR.SEC_PROT",
    .explain =
        "Boot code closes its own pages before it starts the application; until the next reset they cannot be read, erased or programmed. "
        "A reset with the core halted at its first instruction opens them, and that is how sector0 programs.",
};

static bool when_oem(const struct evidence *v, struct finding *f)
{
    const bool one = ev_set(v, "FLASH.SR.OEM1LOCK"), two = ev_set(v, "FLASH.SR.OEM2LOCK");

    if (v->reach != REACH_CHIP || (!one && !two))
        return false;
    finding_say(f, "%s, which is permanent: lowering readout protection later asks for %s",
                one && two ? "OEM1 and OEM2 keys are set"
                : one      ? "an OEM1 key is set"
                           : "an OEM2 key is set",
                one && two ? "them" : "it");
    finding_see_reg(f, v, "FLASH.SR");
    finding_see_reg(f, v, "FLASH.OEMKEYSR");
    return true;
}

const struct rule rule_oem = {
    .id = "oem-key-locks-regression",
    .title = "An OEM key is set",
    .when = when_oem,
    .at_most = LIKELY,
    .decide = "whether somebody here knows the key: the same careless option-byte rewrite that protects page 0 can set one from what was "
              "on the stack",
    .remedy = "oem-key",
    .families = "U0",
    .source = "RM0503 FLASH_SR.OEM1LOCK; ST stm32u0xx_hal_flash_ex.c (OPTIONBYTE_ALL includes the keys)",
    .explain =
        "Nothing is lost now. But whoever raises readout protection on this chip without knowing the key cannot lower it again. The key "
        "cannot be read back, and it cannot be taken off without itself: this is permanent unless the key is known. Do not raise readout "
        "protection on this board.",
};

static bool when_nrst_gpio(const struct evidence *v, struct finding *f)
{
    if (!usable(v) || !ev_is(v, "FLASH.OPTR.NRST_MODE", 2) || ev_kept(v, "NRST_MODE"))
        return false;
    finding_say(f, "the options make NRST a GPIO: no reset line reaches the core");
    finding_see_reg(f, v, "FLASH.OPTR");
    finding_remedy(f, "NRST_MODE=3");
    return true;
}

const struct rule rule_nrst_gpio = {
    .id = "nrst-is-gpio",
    .title = "NRST is a GPIO",
    .when = when_nrst_gpio,
    .at_most = LIKELY,
    .decide = "whether it is meant: some boards need the pin",
    .remedy = "options",
    .leads_to = "nrst-not-wired",
    .families = "U0 G0 C0",
    .source = "RM0503, RM0444 FLASH_OPTR.NRST_MODE",
    .explain =
        "Connecting under reset, the reset button and the probe's reset wire do nothing. SYSRESETREQ through the debug port works, and so "
        "does a power cycle.",
};

static bool when_hw_watchdog(const struct evidence *v, struct finding *f)
{
    uint32_t iwdg = 1, wwdg = 1;

    if (!usable(v) || (!ev_field(v, "FLASH.OPTR.IWDG_SW", &iwdg) && !ev_field(v, "FLASH.OPTR.IDWG_SW", &iwdg)))
        return false;
    ev_field(v, "FLASH.OPTR.WWDG_SW", &wwdg);
    if ((iwdg && wwdg) || (ev_kept(v, iwdg ? "WWDG_SW" : v->device->iwdg_sw_mask ? "OPTR" : "") && !ev_set(v, "RCC.CSR.IWDGRSTF")))
        return false;
    if (!ev_set(v, "RCC.CSR.IWDGRSTF") && !ev_set(v, "RCC.CSR.WWDGRSTF"))
        finding_lower(f, POSSIBLE);
    finding_say(f, "the options start the %s watchdog at every reset%s", iwdg ? "window" : "independent",
                f->certainty > POSSIBLE ? ", and it has reset the chip" : ": tools that run a loader must feed it");
    finding_see_reg(f, v, "FLASH.OPTR");
    finding_see_reg(f, v, "RCC.CSR");
    finding_remedy(f, "%s=1", iwdg ? "WWDG_SW" : ev_field(v, "FLASH.OPTR.IWDG_SW", &iwdg) ? "IWDG_SW" : "IDWG_SW");
    return true;
}

const struct rule rule_hw_watchdog = {
    .id = "hw-watchdog-option",
    .title = "A watchdog starts with every reset",
    .when = when_hw_watchdog,
    .at_most = LIKELY,
    .decide = "whether it is meant",
    .remedy = "options",
    .leads_to = "watchdog-bites watchdog-kills-loader app-reset-loop",
    .families = "all",
    .source = "RM0503 FLASH_OPTR.IWDG_SW; kanflo/opendps#145, blackmagic-debug/blackmagic#655",
    .explain =
        "A blank or halted-and-released chip resets every half second. Erasing takes longer than that, so tools whose loader does not feed "
        "the watchdog die part-way. sector0's does, and while the core is halted the watchdog stands still.",
};

/* Brown-out levels of OPTR.BOR_LEV, rising (as flash/option_write.c). */
static const unsigned bor_mv[4] = { 2100, 2300, 2600, 2900 };

static bool when_bor(const struct evidence *v, struct finding *f)
{
    uint32_t on, level;

    if (!usable(v) || !v->voltage_read || v->voltage_mv < 1000 ||
        (!ev_field(v, "FLASH.OPTR.BOR_EN", &on) && !ev_field(v, "FLASH.OPTR.BOREN", &on)) || !on ||
        (!ev_field(v, "FLASH.OPTR.BOR_LEV", &level) && !ev_field(v, "FLASH.OPTR.BORR_LEV", &level)) ||
        v->voltage_mv >= bor_mv[level & 3] + 100)
        return false;
    finding_say(f, "the brown-out level (%u.%u V) is at the supply (%u.%02u V): the chip may not leave reset next time",
                bor_mv[level & 3] / 1000, bor_mv[level & 3] % 1000 / 100, v->voltage_mv / 1000, v->voltage_mv % 1000 / 10);
    finding_see_reg(f, v, "FLASH.OPTR");
    finding_see_reg(f, v, "RCC.CSR");
    return true;
}

const struct rule rule_bor = {
    .id = "bor-level-too-high",
    .title = "The brown-out level is too high for the supply",
    .when = when_bor,
    .at_most = POSSIBLE,
    .decide = "PWRRSTF that comes back; a supply of 3.3 V makes it go away",
    .remedy = "raise-supply",
    .families = "U0 G0",
    .source = "RM0503 FLASH_OPTR.BOR_LEV; levels: ST's HAL",
    .explain = "Below its brown-out level the chip stays in reset. Raise the supply, then choose a lower level.",
};

static bool when_not_applied(const struct evidence *v, struct finding *f)
{
    if (!v->op_failed || strcmp(v->op, "options") != 0 || v->op_err.kind != ERR_VERIFY)
        return false;
    finding_say(f, "the option words were written, and others were loaded");
    for (unsigned i = 0; i < v->op_err.n_seen && i < 4; i++)
        finding_see(f, "%s", v->op_err.seen[i]);
    return true;
}

static const struct suspect applied_suspects[] = {
    { "ob-not-applied", "the firmware writes its own option words at every start", "do they stay as long as the core is halted?" },
    { "ob-needs-power-cycle", "the chip loads some words at power-on only", "are they right after a power cycle?" },
    { 0 },
};

const struct rule rule_not_applied = {
    .id = "ob-not-applied",
    .title = "Option words did not stay",
    .when = when_not_applied,
    .at_most = LIKELY,
    .decide = "a power cycle, then `sector0 option show` with the core halted",
    .remedy = "power-cycle",
    .suspect = applied_suspects,
    .families = "all",
    .source = "ST-F411-OB, ST-F401-PCROP; zephyrproject-rtos/zephyr#83561, #91945",
    .explain = "CubeProgrammer says `Option Byte Programming failed Or modified by application after OB_LAUNCH`.",
};
