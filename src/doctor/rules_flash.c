/* rules_flash.c - the flash controller: flags, locks, cells. How to add one: rule.h. */
#include "doctor/rule.h"

#include <inttypes.h>
#include <string.h>

static uint32_t bit(const struct evidence *v, const char *name)
{
    const struct reg_field *f = v->device ? reg_find_field(v->device->flash->regs, name) : NULL;

    return f ? UINT32_C(1) << f->lsb : 0;
}

static uint32_t stale(const struct evidence *v)
{
    return v->look_read ? v->look.sr & v->device->flash->sr_errors : v->stale_flags_cleared ? v->stale_flags : 0;
}

static const struct suspect stale_suspects[] = {
    { "null-write-sets-flags", "the firmware writes through a NULL or low pointer: address 0 is flash",
      "do they come back after a reset while no flash driver runs?" },
    { "rom-dfu-leaves-flags", "the ROM bootloader was left with flags set, and nothing was reset since",
      "did the board come out of DFU without a reset?" },
    { "stale-error-flags", "an earlier programming attempt failed and nobody cleared up", "do they stay away after a reset?" },
    { 0 },
};

static bool when_stale(const struct evidence *v, struct finding *f)
{
    char bits[120];

    if (!stale(v) || (ev_rdp_level(v) && stale(v) == bit(v, "WRPERR")))
        return false;
    finding_say(f, "error flags of an earlier operation stand in FLASH_SR: whoever erases or programs without clearing them fails");
    finding_see(f, "FLASH_SR=0x%08" PRIX32 " (%s)", v->look.sr, reg_decode(v->device->flash->regs, "SR", v->look.sr, bits, sizeof bits));
    finding_see_reg(f, v, "FLASH.CR");
    return true;
}

const struct rule rule_stale = {
    .id = "stale-error-flags",
    .title = "Error flags were left in FLASH_SR",
    .when = when_stale,
    .at_most = CERTAIN,
    .decide = "a reset, and a second look: flags that come back are made by the firmware that runs now",
    .remedy = "reset",
    .suspect = stale_suspects,
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_SR (write 1 to clear; PGSERR when an operation starts over a standing flag); ARMmbed/mbed-os#8263, "
              "zephyrproject-rtos/zephyr#53055, Opentrons/opentrons-modules#418, d-ronin/dRonin#1562",
    .explain =
        "An error flag stays until 1 is written to it, or until a reset. With one standing, the next operation ends in PGSERR and does "
        "nothing. Tools that do not clear first fail once and work at the second try; `failed to download Sector[0]` fits. sector0 "
        "clears them before it starts, and tells. If the firmware makes them again and again (a write through a NULL pointer lands in "
        "flash at address 0, without any fault), they are back after each reset.",
};

static bool when_pg(const struct evidence *v, struct finding *f)
{
    const struct flash_facts *k = v->look_read ? v->device->flash : NULL;
    const uint32_t left = k ? v->look.cr & (k->cr_pg | k->cr_per | k->cr_mer | k->cr_fstpg) : 0;

    if (!left || (v->look.sr & k->sr_busy))
        return false; /* in the middle of an operation: the firmware's own business */
    finding_say(f, "the flash controller was left in the middle of a job: the next operation is not the one that is meant");
    finding_see_reg(f, v, "FLASH.CR");
    return true;
}

const struct rule rule_pg = {
    .id = "pg-left-set",
    .title = "PG, PER or MER was left set in FLASH_CR",
    .when = when_pg,
    .at_most = LIKELY,
    .decide = "a second look: firmware that is just programming sets these bits, too, for a moment",
    .remedy = "reset",
    .families = "U0 G0 C0",
    .source = "stlink-org/stlink#773, #876; RM0503 FLASH_CR",
    .explain =
        "A loader or a debugger that was stopped leaves the operation bits and the lock open. The next tool sets its own bit on top, and "
        "the controller answers with PGSERR. A reset clears all of FLASH_CR.",
};

static bool when_cfgbsy(const struct evidence *v, struct finding *f)
{
    const uint32_t cfgbsy = bit(v, "CFGBSY"), bsy = v->look_read ? v->device->flash->sr_busy & ~cfgbsy : 0;

    if (!cfgbsy || !ev_sr_stays(v, cfgbsy) || (v->look.sr & bsy))
        return false;
    finding_say(f, "the flash controller waits for the second half of a double word (CFGBSY), and takes no command");
    finding_see_reg(f, v, "FLASH.SR");
    finding_see_reg(f, v, "FLASH.CR");
    return true;
}

static const struct suspect cfgbsy_suspects[] = {
    { "half-a-double-word", "somebody wrote 4 of 8 bytes and stopped", "is it gone after a reset?" },
    { "cfgbsy-stuck", "the controller itself is stuck", "does it stay after a power cycle?" },
    { 0 },
};

const struct rule rule_cfgbsy = {
    .id = "cfgbsy-stuck",
    .title = "CFGBSY stays set",
    .when = when_cfgbsy,
    .at_most = CERTAIN,
    .decide = "a reset: half a double word is forgotten by it",
    .remedy = "reset",
    .suspect = cfgbsy_suspects,
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_SR.CFGBSY; ST-G0B0-CFGBSY (pages 382, 383)",
    .explain =
        "Flash is programmed in units of 8 bytes, written as two words. Between the two, CFGBSY is 1. Firmware or a tool that stops there "
        "leaves a controller that refuses everything until a reset. ST's HAL then reports time-outs.",
};

static bool when_busy(const struct evidence *v, struct finding *f)
{
    const uint32_t bsy = v->device ? v->device->flash->sr_busy & ~bit(v, "CFGBSY") : 0;
    const uint32_t on = v->look_read ? v->look.sr & bsy : 0;

    if (ev_bus_hangs(v)) {
        finding_say(f, "the debug port answers, and a read behind it never ends: the flash is busy for ever");
        for (unsigned i = 0; i < v->failed.n_seen; i++)
            finding_see(f, "%s", v->failed.seen[i]);
        return true;
    }
    if (v->op_failed && v->op_sr_read && (v->op_sr & bsy)) {
        finding_say(f, "the flash controller stayed busy: the operation never ended");
        finding_see(f, "FLASH_SR=0x%08" PRIX32 " when it was given up; a reset ended it", v->op_sr);
        return true;
    }
    if (!on || !ev_sr_stays(v, on) || v->samples == 0)
        return false;
    finding_say(f, "the flash controller has been busy for longer than any operation takes");
    finding_see_reg(f, v, "FLASH.SR");
    finding_see(f, "still busy after %u ms; a page erase takes %" PRIu32 " ms", v->samples * 3, v->device->flash->typical.erase_ms);
    return true;
}

const struct rule rule_busy = {
    .id = "flash-busy-stuck",
    .title = "The flash controller stays busy",
    .when = when_busy,
    .at_most = LIKELY,
    .decide = "a reset: firmware that erases page after page looks the same for a while",
    .remedy = "reset",
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_SR.BSY1; flash times are estimates",
    .explain =
        "BSY1 falls by itself at the end of an operation. If it does not, the operation hangs: a supply that dipped, or a part at its end. "
        "A reset ends it; what the operation was working on may be torn. Meanwhile every read of flash waits, and with it the debug port "
        "(`SWD_DP_WAIT`).",
};

static bool when_locked(const struct evidence *v, struct finding *f)
{
    if (v->test_write != 3 && !(v->op_failed && strcmp(v->op, "unlock") == 0))
        return false;
    finding_say(f, "the flash controller stays locked after both keys");
    finding_see_reg(f, v, "FLASH.CR");
    return true;
}

static const struct suspect locked_suspects[] = {
    { "cr-locked-until-reset", "somebody wrote a wrong key; only a reset forgives that", "is it open after a reset?" },
    { 0 },
};

const struct rule rule_locked = {
    .id = "cr-locked-until-reset",
    .title = "The flash controller is locked until the next reset",
    .when = when_locked,
    .at_most = CERTAIN,
    .decide = "`sector0 doctor --test write` tries the keys; nothing that only reads can tell",
    .remedy = "reset",
    .leads_to = "core-in-hardfault",
    .suspect = locked_suspects,
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_KEYR (a wrong sequence locks FLASH_CR until the next reset)",
    .explain = "One wrong key, or the right keys once more while it is open, locks FLASH_CR until a system reset. OpenOCD says `flash not "
               "unlocked "
               "STM32_FLASH_CR`, st-flash `System reset required to be able to unlock it again!`. Firmware that writes a wrong key takes a "
               "bus error, and ends in its HardFault handler. LOCK reads 1 after every reset as well, so only "
               "writing the keys tells. sector0 resets before it programs, and does not meet this.",
};

static bool when_ecc(const struct evidence *v, struct finding *f)
{
    uint32_t at;

    if (ev_set(v, "FLASH.ECCR.ECCD") && ev_field(v, "FLASH.ECCR.ADDR_ECC", &at)) {
        if (ev_set(v, "FLASH.ECCR.SYSF_ECC"))
            finding_say(f, "a double word of system memory holds an error that ECC cannot correct");
        else
            finding_say(f, "a double word of page %" PRIu32 " (0x%08" PRIX32 ") holds an error that ECC cannot correct",
                        at * 8 / v->device->flash->page_bytes, v->device->flash_base + at * 8);
        if (!ev_set(v, "FLASH.ECCR.SYSF_ECC"))
            finding_remedy(f, "%" PRIu32, at * 8 / v->device->flash->page_bytes);
    } else if (v->test_read == 2) {
        finding_say(f, "the double word at 0x%08" PRIX32 " (page %" PRIu32 ") cannot be read", v->test_bad_addr,
                    (v->test_bad_addr - v->device->flash_base) / v->device->flash->page_bytes);
        finding_remedy(f, "%" PRIu32, (v->test_bad_addr - v->device->flash_base) / v->device->flash->page_bytes);
    } else {
        return false;
    }
    finding_see_reg(f, v, "FLASH.ECCR");
    return true;
}

const struct rule rule_ecc = {
    .id = "ecc-double-error",
    .title = "A double word cannot be read (ECC)",
    .when = when_ecc,
    .at_most = CERTAIN,
    .decide = "`sector0 doctor --test read` reads every double word of flash",
    .remedy = "erase-page",
    .leads_to = "core-in-nmi",
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_ECCR; ST-L433-ECC",
    .explain =
        "Two wrong bits in one double word: usually power failed while it was programmed or its page erased. The core takes an NMI when it "
        "reads it; a debugger gets a bus error. Erasing the page cures it, at the price of that page. sector0 treats a page it cannot read "
        "as one that differs, so `sector0 flash` cures it too.",
};

static bool when_not_erased(const struct evidence *v, struct finding *f)
{
    if (!v->op_failed || !v->op_sr_read || !(v->op_sr & bit(v, "PROGERR")))
        return false;
    finding_say(f, "a double word would not be programmed: to the controller its cells are not blank (PROGERR)");
    if (v->op_at)
        finding_see(f, "at 0x%08" PRIX32 ", FLASH_SR=0x%08" PRIX32, v->op_addr, v->op_sr);
    return true;
}

static const struct suspect not_erased_suspects[] = {
    { "not-erased-first", "the page was not erased before", "does it read 0xFF everywhere?" },
    { "all-ones-programmed-ecc", "all ones were programmed there: that reads as blank and is not",
      "does the page take it after an erase?" },
    { "zero-over-ones-erratum", "an erratum of the G071: zero over programmed ones fails", "which silicon revision is it?" },
    { "cell-will-not-program", "the cell is worn or damaged", "does it fail again after an erase?" },
    { 0 },
};

const struct rule rule_not_erased = {
    .id = "not-erased-first",
    .title = "Programming over what is not erased",
    .when = when_not_erased,
    .at_most = CERTAIN,
    .decide = "erase the page and try again: a cell that refuses twice is at its end",
    .remedy = "erase-page",
    .suspect = not_erased_suspects,
    .families = "U0 G0 C0",
    .source = "RM0503 FLASH_SR.PROGERR; stlink-org/stlink#1310, #1456; ST-G4-ECC; ST-G071-ES",
    .explain =
        "A unit of 8 bytes can be programmed once between two erases, because ECC is programmed with it; all zeros are the exception. "
        "st-flash prints `Flash programming error: 0x000000a0`.",
};

static bool when_mismatch(const struct evidence *v, struct finding *f)
{
    if (!v->op_failed || v->op_err.kind != ERR_VERIFY || strcmp(v->op, "options") == 0)
        return false;
    finding_lower(f, LIKELY);
    finding_say(f, "what was programmed does not read back");
    for (unsigned i = 0; i < v->op_err.n_seen && i < 3; i++)
        finding_see(f, "%s", v->op_err.seen[i]);
    return true;
}

static const struct suspect mismatch_suspects[] = {
    { "cell-will-not-hold", "a cell loses what it is given: worn or damaged", "is it the same address each time?" },
    { "verify-mismatch-app-modifies", "the firmware writes there itself", "does it match when the core is held in reset meanwhile?" },
    { "swd-speed-signal", "the link disturbs what is read", "does it match at `--speed 480`?" },
    { 0 },
};

const struct rule rule_mismatch = {
    .id = "verify-mismatch",
    .title = "What was programmed does not read back",
    .when = when_mismatch,
    .at_most = LIKELY,
    .decide = "the same command again: the same address each time is a cell, another one is the link or the firmware",
    .remedy = "flash-again",
    .suspect = mismatch_suspects,
    .families = "U0 G0 C0",
    .source = "ST-L433-MISMATCH; RM0503 ECC",
    .explain =
        "sector0 verifies with the core halted and by the chip's own CRC unit, so neither a running application nor a disturbed read can "
        "pass for a mismatch; a cell that does not hold is what is left.",
};

static bool when_no_size(const struct evidence *v, struct finding *f)
{
    if (v->reach < REACH_CHIP || v->flash_size_read || v->dfu_locked)
        return false;
    finding_lower(f, ev_rdp_level(v) ? POSSIBLE : CERTAIN);
    finding_say(f, "the flash size cannot be read: sector0 takes the largest of this kind, %" PRIu32 " KiB", v->flash_bytes / 1024);
    if (v->reach == REACH_DFU)
        finding_see(f, "the bootloader does not give what is at 0x%08" PRIX32, v->device->flash_kib_at);
    else
        finding_see(f, "0x%08" PRIX32 " at 0x%08" PRIX32 "%s", v->flash_kib_word, v->device->flash_kib_at & ~3u,
                    ev_rdp_level(v) ? "; readout protection is on" : "");
    return true;
}

const struct rule rule_no_size = {
    .id = "flash-size-unreadable",
    .title = "The flash size cannot be read",
    .when = when_no_size,
    .at_most = CERTAIN,
    .remedy = "none-needed",
    .families = "all",
    .source = "stlink-org/stlink#545; ST-F429-ERASE (`63.999 MBytes`); OpenOCD stm32l4x.c",
    .explain =
        "The register reads 0 or 0xFFFF where protection closes it or on early silicon. sector0 then never erases beyond what it was "
        "asked to.",
};
