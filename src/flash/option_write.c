/* option_write.c - writing option words and having them loaded. Declared in option.h.
 *
 * Source: RM0503 3.4.2 (option bytes programming). Once OPTSTRT is set the controller erases and rewrites the whole option page: power
 * must not fail and no reset may come before it is done, else the words are loaded as mismatched. Hence the checks before. */
#include "base/crc32.h"
#include "device/regs/cortexm.h"
#include "flash/option.h"
#include "flash/work.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUPPLY_MIN_MV = 1710,       /* lowest VDD of the STM32U0 and G0 (data sheets) */
    OPTION_LIMIT_MS = 1000,     /* ST's HAL waits as long; a page erase and some units really */
    REGRESSION_LIMIT_MS = 5000, /* estimate: readout protection lowered, the whole flash is erased on the way */
    LOADED_AFTER_US = 20000,    /* estimate: reset, option loading and start-up */
    RECONNECT_TRIES = 25,
    IWDG_KR_RELOAD = 0xAAAA,
};

/* Brown-out levels of OPTR.BOR_LEV, rising threshold (ST's header and HAL for the U0; the falling one is 0.1 V lower). */
static const unsigned bor_mv[4] = { 2100, 2300, 2600, 2900 };

bool swd_may_write_options(struct session *s, const uint32_t *wanted, struct err *e)
{
    struct look next = s->look;
    uint32_t on = 0, level = 0;
    unsigned mv = 0;
    struct err ignored = { 0 };

    if (!s->t->probe->ops->voltage(s->t->probe, &mv, &ignored) || mv == 0)
        return true; /* a probe that cannot measure is no reason to refuse */
    if (mv < SUPPLY_MIN_MV) {
        err_set(e, ERR_REFUSED, "the target's supply is too low to write option words");
        err_seen(e, "%u.%02u V measured by the probe, %u.%02u V needed", mv / 1000, mv % 1000 / 10, SUPPLY_MIN_MV / 1000,
                 SUPPLY_MIN_MV % 1000 / 10);
        return err_hint(e, "raise the supply, or connect it to the probe's VTREF pin if it is not what was measured; nothing was written");
    }
    memcpy(next.option, wanted, sizeof next.option);
    if (look_field(&next, s->t->device, "BOR_EN", &on) && on && look_field(&next, s->t->device, "BOR_LEV", &level) &&
        mv < bor_mv[level & 3]) {
        err_set(e, ERR_REFUSED, "with this brown-out level the chip would never leave reset at its present supply");
        err_seen(e, "BOR_EN=1 BOR_LEV=%" PRIu32 ": %u.%u V; the probe measures %u.%02u V", level, bor_mv[level & 3] / 1000,
                 bor_mv[level & 3] % 1000 / 100, mv / 1000, mv % 1000 / 10);
        return err_hint(e, "choose a lower BOR_LEV, or raise the supply first");
    }
    return true;
}

static bool will_be_level_0(const struct session *s, const uint32_t *wanted)
{
    struct look next = s->look;

    memcpy(next.option, wanted, sizeof next.option);
    return look_rdp_level(&next, s->chip.device) == 0;
}

/* What is programmed is what all option registers hold at that moment. After a mismatch these are substitutes, readout protection and
 * BOOT_LOCK among them, so every word is written. The choke point looks at each write by itself: the word that opens comes first. */
static bool start_write(struct session *s, const uint32_t *wanted, struct err *e)
{
    const struct device *d = s->t->device;
    const struct flash_facts *f = d->flash;
    const bool damaged = look_options_damaged(&s->look, d), opens = will_be_level_0(s, wanted);
    struct probe_word words[LOOK_OPTIONS + 3];
    const unsigned count = s->look.options;
    size_t n = 0;

    if (s->feed.at[0]) /* a hardware watchdog: halted, it stands still (DBGMCU), but start it afresh all the same */
        words[n++] = (struct probe_word){ d->iwdg_base, IWDG_KR_RELOAD, true };
    for (unsigned k = 0; k < count; k++) {
        const unsigned i = opens ? k : count - 1 - k;

        if (damaged || wanted[i] != s->look.option[i])
            words[n++] = (struct probe_word){ f->base + f->options[i].offset, wanted[i], true };
    }
    words[n++] = (struct probe_word){ f->base + f->cr, f->cr_optstrt, true };
    return mem_batch(&s->t->mem, words, n, e) || err_doing(e, "writing the option words");
}

/* An error of the probe's may mean that the command did not get there: then no reset has come. */
static void launch(struct session *s)
{
    const struct flash_facts *f = s->t->device->flash;
    struct err why = { 0 }, ignored = { 0 };
    uint32_t dhcsr;

    if (!mem_write32(&s->t->mem, f->base + f->cr, f->cr_obl_launch, &why) && why.kind != ERR_NODEV && why.kind != ERR_FAULT &&
        core_status(&s->t->core, &dhcsr, &ignored) && !(dhcsr & BITS(PPB_DHCSR_S_RESET_ST)))
        mem_write32(&s->t->mem, f->base + f->cr, f->cr_obl_launch, &ignored);
}

/* The chip resets itself while the command is on the wire: an error of the link means nothing here. The core is caught at its first
 * instruction where the debug registers survive that reset: firmware that rewrites its options at every start must not be quicker than
 * our look. */
static bool load(struct session *s, struct err *e)
{
    struct err last = { 0 };
    uint32_t demcr = 0;
    const bool caught = mem_read32(&s->t->mem, PPB(DEMCR), &demcr, &last) &&
                        mem_write32(&s->t->mem, PPB(DEMCR), demcr | BITS(PPB_DEMCR_VC_CORERESET), &last);

    if (s->froze) /* DBGMCU is not touched by the reset */
        mem_write32(&s->t->mem, s->t->device->freeze_at, s->was_freeze, &last);
    launch(s);
    s->taken = s->unlocked = s->froze = false;
    for (unsigned i = 0; i < RECONNECT_TRIES; i++) {
        struct look now;

        clock_sleep_us(s->t->clock, LOADED_AFTER_US);
        last = (struct err){ 0 };
        if (s->t->probe->ops->connect(s->t->probe, &last) && look_read(&now, s->t, &last)) {
            s->look = now;
            return !caught || mem_write32(&s->t->mem, PPB(DEMCR), demcr, e) || err_doing(e, "letting go of the reset vector");
        }
    }
    *e = last;
    err_doing(e, "connecting again after the option words were loaded");
    return err_hint(e, "cycle the board's power, then look with `sector0 option show`");
}

static bool compare(struct session *s, const uint32_t *wanted, struct err *e)
{
    const struct device *d = s->chip.device;
    bool same = true;

    if (look_options_damaged(&s->look, d)) {
        err_set(e, ERR_VERIFY, "the chip found the option words damaged when it loaded them");
        look_evidence(&s->look, d, s->look.sr, s->look.cr, e);
        return err_hint(e, "run the same command again; if it stays, the supply or the flash is at fault");
    }
    for (unsigned i = 0; i < s->look.options; i++) {
        const uint32_t wrong = (s->look.option[i] ^ wanted[i]) & d->flash->options[i].writable;

        if (wrong && same)
            err_set(e, ERR_VERIFY, "the chip loaded other option words than were written");
        if (wrong)
            err_seen(e, "%s=0x%08" PRIX32 ", written 0x%08" PRIX32, d->flash->options[i].name, s->look.option[i], wanted[i]);
        same = same && !wrong;
    }
    if (same)
        return true;
    return err_hint(e, "some words are loaded at power-on only: cycle the board's power and look with `sector0 option show`");
}

/* An interrupted option write may come up as readout protection level 1, and the way out of that erases the flash: so the flash is kept,
 * too. The target is taken; the loader, if it ran, is stopped by another reset. */
static bool save_flash(struct session *s, struct err *e)
{
    const struct device *d = s->chip.device;
    const uint32_t page_bytes = d->flash->page_bytes;
    struct want w = { 0 };
    uint8_t *bytes = malloc(page_bytes);
    size_t pages = 0;
    bool ok = bytes || err_set(e, ERR_NOMEM, "no memory for a page");

    ok = ok && want_blank(&w, d, s->chip.flash_bytes, d->flash_base, s->chip.flash_bytes, e) && session_compare(s, &w, false, e);
    for (size_t i = 0; ok && i < w.count; i++)
        pages += w.pages[i].now_crc != w.blank_crc || w.pages[i].damaged;
    if (ok && s->loader.up)
        ok = session_take(s, e);
    s->loader.up = false;
    ok = ok && store_reserve(s->store, pages, page_bytes, e);
    for (size_t i = 0; ok && i < w.count; i++) {
        const struct want_page *p = &w.pages[i];

        if (p->now_crc == w.blank_crc && !p->damaged)
            continue;
        if (!p->damaged && store_has_page(s->store, p->addr, page_bytes, p->now_crc))
            ok = store_add_page(s->store, p->addr, page_bytes, p->now_crc, NULL, e);
        else
            ok = session_read(s, p->addr, bytes, page_bytes, e) &&
                 store_add_page(s->store, p->addr, page_bytes, crc32_of(bytes, page_bytes), bytes, e);
        if (s->progress.at)
            s->progress.at(s->progress.ctx, "saving", i + 1, w.count);
    }
    want_free(&w);
    free(bytes);
    return ok || err_doing(e, "saving the flash before the option words are written");
}

static bool save_before(struct session *s, const uint32_t *wanted, struct err *e)
{
    if (!s->store)
        return true;
    if (!store_goes_on(s->store) && !store_begin(s->store, "option set", s->chip.device, &s->look, e))
        return false;
    return (look_rdp_level(&s->look, s->chip.device) != 0 || save_flash(s, e)) &&
           store_words_become(s->store, s->chip.device, wanted, s->look.options, e);
}

/* A reset ends the write, too, and then the controller is not busy any more. */
static bool not_reset(struct session *s, struct err *e)
{
    uint32_t dhcsr;

    if (!core_status(&s->t->core, &dhcsr, e))
        return err_doing(e, "looking whether the option words were written");
    if (!(dhcsr & BITS(PPB_DHCSR_S_RESET_ST)))
        return true;
    err_set(e, ERR_FAULT, "the target was reset while its option words were written");
    return err_hint(e, "look with `sector0 option show`, then run the same command again");
}

bool swd_write_options(struct session *s, const uint32_t *wanted, struct err *e)
{
    const bool regression = look_rdp_level(&s->look, s->chip.device) == 1 && will_be_level_0(s, wanted);

    return session_unlock(s, true, e) && start_write(s, wanted, e) &&
           session_settle(s, regression ? REGRESSION_LIMIT_MS : OPTION_LIMIT_MS, "write the option words", e) && not_reset(s, e) &&
           load(s, e);
}

bool option_write(struct session *s, const uint32_t *wanted, const struct option_choices *c, struct err *e)
{
    /* The reset brings OPTVERR back if somebody had cleared it. */
    if (!s->road->look(s, &s->look, e) || !option_judge(&s->look, wanted, s->chip.device, c, e) ||
        (s->road->may_write_options && !s->road->may_write_options(s, wanted, e)) || !save_before(s, wanted, e))
        return false;
    if (!s->road->write_options(s, wanted, e))
        return false;
    if (!s->unchecked && !compare(s, wanted, e))
        return err_doing(e, "looking what the chip has loaded");
    if (s->store && !s->save_goes_on)
        store_done(s->store);
    return true;
}
