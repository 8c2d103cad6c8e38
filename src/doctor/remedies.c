/* remedies.c - all ways out. How to add one: remedy.h. */
#include "doctor/remedy.h"
#include "flash/carry.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLED_AFTER_US = 50000, CHANGES_MAX = 64 };

static void say(struct remedy_job *j, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct remedy_job *j, const char *format, ...)
{
    char line[300];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (j->say)
        j->say(j->ctx, line);
}

/* ---- volatile ---- */

/* A reset that really happens, told by S_RESET_ST (core_reset_halt), then the controller as new, then the firmware again. */
static bool apply_reset(struct remedy_job *j, struct err *e)
{
    const struct flash_facts *f = j->s->t->device->flash;
    struct look l;

    if (!session_take(j->s, e) || !look_read(&l, j->s->t, e))
        return false;
    if (l.sr & (f->sr_errors | f->sr_busy)) {
        look_evidence(&l, j->s->t->device, l.sr, l.cr, e);
        err_set(e, ERR_VERIFY, "the reset did not clear the flash controller");
        return err_hint(e, "cycle the board's power");
    }
    j->changed = true;
    if (!session_finish(j->s, true, e))
        return false;
    clock_sleep_us(j->s->t->clock, SETTLED_AFTER_US);
    say(j, "reset through the debug port; right after it FLASH_SR was 0x%08" PRIX32, l.sr);
    return true;
}

static bool apply_empty(struct remedy_job *j, struct err *e)
{
    const struct flash_facts *f = j->s->t->device->flash;
    uint32_t acr;

    if (!session_take(j->s, e) || !mem_read32(&j->s->t->mem, f->base + f->acr, &acr, e) ||
        !mem_write32(&j->s->t->mem, f->base + f->acr, acr & ~f->acr_empty, e) || !mem_read32(&j->s->t->mem, f->base + f->acr, &acr, e))
        return false;
    if (acr & f->acr_empty)
        return err_set(e, ERR_VERIFY, "ACR.EMPTY stays set") || err_hint(e, "cycle the board's power: the flag is read anew then");
    j->changed = true;
    if (!session_finish(j->s, true, e))
        return false;
    clock_sleep_us(j->s->t->clock, SETTLED_AFTER_US);
    say(j, "ACR.EMPTY cleared, and reset: main flash starts");
    return true;
}

static bool apply_dbgmcu(struct remedy_job *j, struct err *e)
{
    const uint32_t cr = j->s->t->device->dbgmcu_base + 4; /* DBGMCU_CR, on all of them */
    uint32_t now;

    if (!mem_write32(&j->s->t->mem, cr, 0, e) || !mem_read32(&j->s->t->mem, cr, &now, e))
        return false;
    if (now)
        return err_set(e, ERR_VERIFY, "DBGMCU_CR stays 0x%08" PRIX32, now) || err_hint(e, "cycle the board's power");
    j->changed = true;
    say(j, "DBGMCU_CR is 0 again");
    return true;
}

/* ---- option words ---- */

static void show_change(struct remedy_job *j, const struct option_change *c)
{
    say(j, "%s %s 0x%" PRIX32 " -> 0x%" PRIX32, c->reg, c->field ? c->field : "(unnamed bits)", c->was, c->wanted);
}

/* Judge, show, save, write, load, compare. Not taken before; running afterwards. */
static bool write_words(struct remedy_job *j, const uint32_t *wanted, const struct option_choices *choices, struct err *e)
{
    struct option_change changes[CHANGES_MAX];
    struct session *s = j->s;
    const size_t n = option_diff(&s->look, wanted, s->t->device, changes, CHANGES_MAX);

    if (!option_judge(&s->look, wanted, s->t->device, choices, e))
        return false;
    for (size_t i = 0; i < n && i < CHANGES_MAX; i++)
        show_change(j, &changes[i]);
    if (n == 0 && !look_options_damaged(&s->look, s->t->device))
        return true;
    if (!carry_options(s, wanted, choices, e))
        return false;
    target_leave(s->t, false);
    j->changed = true;
    if (s->store && store_path(s->store))
        say(j, "saved the old option words: %s", store_path(s->store));
    if (j->image_first <= j->image_last)
        return true; /* it stays halted until the image is there: what is in flash now may do it again */
    if (!core_release(&s->t->core, e))
        return false;
    clock_sleep_us(s->t->clock, SETTLED_AFTER_US);
    return true;
}

/* `words`: "NAME=VALUE NAME=VALUE". */
static bool set_words(struct remedy_job *j, const char *words, const struct option_choices *choices, struct err *e)
{
    uint32_t wanted[LOOK_OPTIONS] = { 0 };
    char text[sizeof j->finding->remedy_words], *rest = NULL;

    snprintf(text, sizeof text, "%s", words);
    option_start(wanted, &j->s->look);
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!option_assign(wanted, j->s->t->device, word, e))
            return false;
    return write_words(j, wanted, choices, e);
}

static bool apply_options(struct remedy_job *j, struct err *e)
{
    return set_words(j, j->finding->remedy_words, &(struct option_choices){ 0 }, e);
}

/* What is left of an area once the image's pages are free. Words are added; false: it would fall in two. */
static bool shrink(const struct remedy_job *j, const struct wrp_area *a, uint32_t first, uint32_t last, char *words, size_t cap)
{
    const bool head = j->image_first <= first, tail = j->image_last >= last;
    const uint32_t off_first = (1u << a->width) - 1;

    if (j->image_last < first || j->image_first > last)
        return true;
    snprintf(words + strlen(words), cap - strlen(words), "%s%s_STRT=%" PRIu32 " %s_END=%" PRIu32, words[0] ? " " : "", a->name,
             head && tail ? off_first
             : head       ? j->image_last + 1
                          : first,
             a->name,
             head && tail ? 0
             : head       ? last
                          : j->image_first - 1);
    return head || tail;
}

static bool apply_lift(struct remedy_job *j, struct err *e)
{
    char words[300] = "";

    if (j->lift_wrp)
        return apply_options(j, e);
    if (j->image_first > j->image_last) {
        err_set(e, ERR_REFUSED, "write protection may be meant: it is lifted only where an image needs it");
        return err_hint(e, "name the image (`--image FILE`), or say `--lift-wrp` to lift all of it");
    }
    for (const struct wrp_area *a = j->s->t->device->flash->wrp; a->name; a++) {
        uint32_t first, last;

        if (!look_wrp_range(&j->s->look, j->s->t->device, a, &first, &last) || shrink(j, a, first, last, words, sizeof words))
            continue;
        err_set(e, ERR_REFUSED, "the image needs pages in the middle of %s (pages %" PRIu32 "..%" PRIu32 "), which cannot be cut in two",
                a->name, first, last);
        return err_hint(e, "`--lift-wrp` lifts all of it");
    }
    if (!words[0]) {
        say(j, "the image needs none of the protected pages: nothing to lift");
        return true;
    }
    return set_words(j, words, &(struct option_choices){ 0 }, e);
}

static bool apply_restore(struct remedy_job *j, struct err *e)
{
    const struct option_choices choices = { .all_words = true, .erase_everything = j->erase_everything };
    const struct device *d = j->s->t->device;
    uint32_t wanted[LOOK_OPTIONS] = { 0 };

    for (unsigned i = 0; i < j->s->look.options; i++) {
        const struct option_word *o = &d->flash->options[i];

        wanted[i] = (j->s->look.option[i] & ~o->writable) | ((j->saved ? j->saved[i] : o->factory) & o->writable);
    }
    j->restored_factory = !j->saved;
    say(j, j->saved ? "the words of the newest save are written" : "nothing was saved for this chip: the factory's words are written");
    return write_words(j, wanted, &choices, e);
}

/* ---- destroying ---- */

static bool apply_regression(struct remedy_job *j, struct err *e)
{
    const struct option_choices choices = { .erase_everything = j->erase_everything };

    if (!j->erase_everything) {
        err_set(e, ERR_REFUSED, "readout protection can be lowered, at the price of all that is in flash");
        return err_hint(e, "`--erase-everything` says that you want that");
    }
    if (j->ask && !j->ask(j->ctx, "erases all of the flash", e))
        return false;
    return set_words(j, "RDP=0xAA", &choices, e);
}

static bool apply_erase_page(struct remedy_job *j, struct err *e)
{
    const struct plan_choices choices = { .erase = true, .no_guard = true, .no_save = !j->s->store };
    const struct carry job = { .command = "doctor --fix", .choices = &choices, .run = true };
    struct session *s = j->s;
    const struct device *d = s->t->device;
    struct want want = { 0 };
    struct plan plan = { 0 };
    char what[80];
    uint32_t page;
    bool ok;

    if (!j->finding->remedy_words[0])
        return true;
    page = (uint32_t)strtoul(j->finding->remedy_words, NULL, 10);
    if (!j->erase_page) {
        err_set(e, ERR_REFUSED, "page %" PRIu32 " can be cured by erasing it", page);
        return err_hint(e, "`--erase-page` says that its contents may go; `--image FILE` programs it anew in any case");
    }
    snprintf(what, sizeof what, "erases page %" PRIu32, page);
    if (j->ask && !j->ask(j->ctx, what, e))
        return false;
    ok = want_blank(&want, d, s->t->flash_bytes, d->flash_base + page * d->flash->page_bytes, d->flash->page_bytes, e) &&
         session_check(s, &want, &choices, e) && carry_flash(s, &want, &plan, &job, e);
    plan_free(&plan);
    want_free(&want);
    j->changed = j->changed || ok;
    if (ok)
        say(j, "page %" PRIu32 " erased", page);
    return ok;
}

#define NOTHING "nothing"

const struct remedy remedies[] = {
    // clang-format off
    { "reset", REMEDY_VOLATILE, "resets the chip through the debug port, and looks whether the controller is as new", "the firmware starts again", NULL, apply_reset },
    { "empty-refresh", REMEDY_VOLATILE, "clears ACR.EMPTY and resets", "the firmware starts again", NULL, apply_empty },
    { "clear-dbgmcu", REMEDY_VOLATILE, "writes 0 to DBGMCU_CR", NOTHING, NULL, apply_dbgmcu },
    { "options", REMEDY_REVERSIBLE, "sets option fields, after saving all words", "a reset; `sector0 undo` takes it back", NULL, apply_options },
    { "lift-wrp", REMEDY_REVERSIBLE, "lifts write protection on the pages that --image needs, or everywhere with --lift-wrp", "a reset; `sector0 undo` takes it back", NULL, apply_lift },
    { "restore-options", REMEDY_REVERSIBLE, "writes the option words of the newest save, or the factory's", "a reset; where level 1 was loaded, all of the flash", NULL, apply_restore },
    { "regression", REMEDY_DESTROYING, "lowers readout protection to level 0", "all that is in flash is erased", "--erase-everything", apply_regression },
    { "erase-page", REMEDY_DESTROYING, "erases the page; what can be read of it is saved", "what is in that page", "--erase-page", apply_erase_page },

    { "dfu-unprotect", REMEDY_HAND, "`sector0 dfu unprotect --erase-everything` lowers it, if what is in flash may go", "all that is in flash is erased", NULL, NULL },
    { "attach-probe", REMEDY_HAND, "plug in a probe; `sector0 list` shows what is there", NOTHING, NULL, NULL },
    { "udev-rule", REMEDY_HAND, "put the udev rule into " USB_UDEV_FILE " (`make install` does), then replug the probe", NOTHING, NULL, NULL },
    { "close-other", REMEDY_HAND, "close the other program: an IDE, a GDB server", NOTHING, NULL, NULL },
    { "update-probe", REMEDY_HAND, "update the probe's firmware with STM32CubeProgrammer or STLinkUpgrade, on a direct USB port", NOTHING, NULL, NULL },
    { "replug", REMEDY_HAND, "unplug the probe, try another port and another cable", NOTHING, NULL, NULL },
    { "power-board", REMEDY_HAND, "give the board a good supply: an ST-LINK measures, it does not feed", NOTHING, NULL, NULL },
    { "connect-vtref", REMEDY_HAND, "connect the probe's VTREF pin to the board's VDD", NOTHING, NULL, NULL },
    { "free-nrst", REMEDY_HAND, "find what pulls NRST low: unplug shields, look for shorts, check VDDA", NOTHING, NULL, NULL },
    { "wire-nrst", REMEDY_HAND, "connect the probe's NRST to the chip's; until then sector0 resets through the debug port", NOTHING, NULL, NULL },
    { "connect-under-reset", REMEDY_HAND, "`sector0 doctor --connect under-reset` asks the question that splits them", "the firmware starts again", NULL, NULL },
    { "closed-for-good", REMEDY_HAND, "nothing over SWD: level 2 is permanent, unless an OEM2 key was set before; the ROM bootloader may still answer", NOTHING, NULL, NULL },
    { "check-wires", REMEDY_HAND, "check SWDIO, SWCLK, NRST and GND from end to end, and the supply at the chip", NOTHING, NULL, NULL },
    { "program-under-reset", REMEDY_HAND, "`sector0 flash FILE --connect under-reset` programs it all the same", NOTHING, NULL, NULL },
    { "other-tool", REMEDY_HAND, "a tool that knows this chip", NOTHING, NULL, NULL },
    { "look-at-chip", REMEDY_HAND, "read what is printed on the chip", NOTHING, NULL, NULL },
    { "slow-down", REMEDY_HAND, "use a slower clock (`--speed 480`), shorter wires, a ground beside each signal", NOTHING, NULL, NULL },
    { "flash-again", REMEDY_HAND, "run `sector0 flash FILE` (again)", NOTHING, NULL, NULL },
    { "right-image", REMEDY_HAND, "program an image that is built for this chip: `sector0 flash FILE`", NOTHING, NULL, NULL },
    { "raise-supply", REMEDY_HAND, "raise the supply, then choose a lower level: `sector0 option set BOR_EN=0`", NOTHING, NULL, NULL },
    { "power-cycle", REMEDY_HAND, "cycle the board's power", NOTHING, NULL, NULL },
    { "boot-lock", REMEDY_HAND, "if it is not meant: `sector0 option set BOOT_LOCK=0` (readout protection level 0 only)", NOTHING, NULL, NULL },
    { "hdp", REMEDY_HAND, "nothing, if it is meant: `sector0 flash` resets first, and that opens the pages", NOTHING, NULL, NULL },
    { "oem-key", REMEDY_HAND, "find the key, and do not raise readout protection without it", NOTHING, NULL, NULL },
    { "fix-firmware", REMEDY_HAND, "mend the firmware; `sector0 gdb` shows where", NOTHING, NULL, NULL },
    { "none-needed", REMEDY_HAND, "nothing: sector0 goes by the chip's kind", NOTHING, NULL, NULL },
    { 0 },
    // clang-format on
};

const struct remedy *remedy_of(const struct finding *f) { return remedy_find(f->instead ? f->instead : f->rule->remedy); }

const struct remedy *remedy_find(const char *id)
{
    for (const struct remedy *r = remedies; id && r->id; r++)
        if (strcmp(r->id, id) == 0)
            return r;
    return NULL;
}

const char *remedy_class_name(enum remedy_kind kind)
{
    static const char *const names[] = { "by hand", "volatile", "reversible", "destroying" };

    return names[kind];
}
