/* found.c - see found.h. Each row looks at what was read before anything was changed (look.h), or at how the reset went. */
#include "flash/found.h"
#include "device/regs/cortexm.h"

#include <inttypes.h>
#include <stdio.h>

enum { NMI = 2, HARDFAULT = 3 }; /* exception numbers; ARMv6-M ARM B1.5.2 */

static bool is_address(uint32_t pcsr) { return pcsr != 0 && pcsr != UINT32_MAX; }

static bool lockup(const struct session *s, char *text)
{
    if (!(s->look.dhcsr & BITS(PPB_DHCSR_S_LOCKUP)))
        return false;
    snprintf(text, ERR_TEXT, "the core had locked up: a fault within a fault (DHCSR.S_LOCKUP); the reset ended that");
    return true;
}

static bool fault(const struct session *s, char *text)
{
    const uint32_t exception = GET(s->look.icsr, PPB_ICSR_VECTACTIVE);
    char where[40] = "";

    if ((exception != NMI && exception != HARDFAULT) || s->look.dhcsr & BITS(PPB_DHCSR_S_LOCKUP))
        return false;
    if (is_address(s->look.pcsr))
        snprintf(where, sizeof where, " near 0x%08" PRIX32, s->look.pcsr);
    snprintf(text, ERR_TEXT, "the core was in its %s handler%s (ICSR.VECTACTIVE=%" PRIu32 "); the reset ended that",
             exception == NMI ? "NMI" : "HardFault", where, exception);
    return true;
}

static bool asleep(const struct session *s, char *text)
{
    if (!(s->look.dhcsr & BITS(PPB_DHCSR_S_SLEEP)))
        return false;
    snprintf(text, ERR_TEXT, "the core was asleep (DHCSR.S_SLEEP); halting and resetting it woke it up");
    return true;
}

static bool mpu(const struct session *s, char *text)
{
    if (!(s->look.mpu_ctrl & BITS(PPB_MPU_CTRL_ENABLE)))
        return false;
    snprintf(text, ERR_TEXT,
             "the application's MPU was on (MPU_CTRL=0x%08" PRIX32 "), which can close RAM to code; the reset switched it off",
             s->look.mpu_ctrl);
    return true;
}

static bool watchdog(const struct session *s, char *text)
{
    const struct device *d = s->chip.device;

    if (!s->t)
        return false; /* over USB the ROM runs, and minds them itself */
    if (look_hardware_watchdog(&s->look, d))
        snprintf(text, ERR_TEXT, "a watchdog starts with every reset (option words); it stands still while the core is halted, and is fed");
    else if (look_watchdog_runs(&s->look, d))
        snprintf(text, ERR_TEXT, "the application's watchdog was running (%s); the reset stopped it",
                 d->iwdg_regs && reg_find_field(d->iwdg_regs, "ONF") ? "IWDG_SR.ONF" : "RCC_CSR: LSI is on, but not by LSION");
    else
        return false;
    return true;
}

static bool keys(const struct session *s, char *text)
{
    if (!s->keys_refused)
        return false;
    snprintf(text, ERR_TEXT,
             "the flash controller was locked until a reset, as after a wrong key (FLASH_CR=0x%08" PRIX32
             " stayed so); the reset opened it",
             s->look.cr);
    return true;
}

static bool flags(const struct session *s, char *text)
{
    const struct flash_facts *f = s->chip.device->flash;
    char bits[120];

    if (!(s->look.sr & f->sr_errors))
        return false;
    snprintf(text, ERR_TEXT, "error flags were left in FLASH_SR=0x%08" PRIX32 " (%s); they are cleared", s->look.sr,
             reg_decode(f->regs, "SR", s->look.sr & f->sr_errors, bits, sizeof bits));
    return true;
}

static bool mode_bits(const struct session *s, char *text)
{
    const struct flash_facts *f = s->chip.device->flash;
    const uint32_t modes = f->cr_pg | f->cr_per | f->cr_mer;
    char bits[120];

    if (!(s->look.cr & modes))
        return false;
    snprintf(text, ERR_TEXT, "somebody left FLASH_CR=0x%08" PRIX32 " in the middle of an operation (%s); the reset cleared it", s->look.cr,
             reg_decode(f->regs, "CR", s->look.cr & modes, bits, sizeof bits));
    return true;
}

static bool busy(const struct session *s, char *text)
{
    const struct flash_facts *f = s->chip.device->flash;
    char bits[120];

    if (!(s->look.sr & f->sr_busy))
        return false;
    snprintf(text, ERR_TEXT, "the flash controller was not idle: FLASH_SR=0x%08" PRIX32 " (%s); the reset ended that", s->look.sr,
             reg_decode(f->regs, "SR", s->look.sr & f->sr_busy, bits, sizeof bits));
    return true;
}

static bool nrst(const struct session *s, char *text)
{
    if (!s->t || s->t->under_reset ||
        (s->t->nrst != TARGET_NRST_DOES_NOT && s->t->nrst != TARGET_NRST_IS_GPIO)) /* under reset it has been said */
        return false;
    snprintf(text, ERR_TEXT, "%s: the chip was reset through the debug port instead",
             s->t->nrst == TARGET_NRST_IS_GPIO ? "NRST_MODE makes NRST a GPIO"
                                               : "the probe's NRST did not reset the chip (not wired, or held by something stronger)");
    return true;
}

static bool no_loader(const struct session *s, char *text)
{
    if (!s->direct_why[0])
        return false;
    snprintf(text, ERR_TEXT, "without the RAM loader (%.120s): slower", s->direct_why);
    return true;
}

static bool (*const rows[])(const struct session *s, char *text) = { lockup, fault,     asleep, mpu,  watchdog, keys,
                                                                     flags,  mode_bits, busy,   nrst, no_loader };

bool found_note(const struct session *s, unsigned i, char text[ERR_TEXT])
{
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (rows[k](s, text) && i-- == 0)
            return true;
    return false;
}
