/* option.c - option words as numbers and names. Pure; see option.h. Writing them is option_write.c. */
#include "flash/option.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void option_start(uint32_t *wanted, const struct look *l) { memcpy(wanted, l->option, sizeof l->option); }

static int index_of(const struct device *d, const char *reg)
{
    for (int i = 0; i < LOOK_OPTIONS && d->flash->options[i].name; i++)
        if (strcasecmp(d->flash->options[i].name, reg) == 0)
            return i;
    return -1;
}

static uint32_t mask_of(const struct reg_field *f) { return (uint32_t)(((UINT64_C(1) << f->width) - 1) << f->lsb); }

/* A field of an option register; other registers have fields of the same block, which must not be found here. */
static const struct reg_field *field_of(const struct device *d, const char *name)
{
    for (const struct reg_field *f = d->flash->regs->fields; f->name; f++)
        if (strcasecmp(f->name, name) == 0 && index_of(d, f->reg) >= 0)
            return f;
    return NULL;
}

static bool unknown_name(const struct device *d, const char *name, struct err *e)
{
    char list[ERR_TEXT] = "";
    size_t used = 0;

    err_set(e, ERR_USAGE, "no option field is called '%s' on %s", name, d->name);
    for (const struct reg_field *f = d->flash->regs->fields; f->name; f++)
        if (index_of(d, f->reg) >= 0 && strncasecmp(f->name, name, 3) == 0 && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, " %s", f->name);
    return used ? err_hint(e, "did you mean one of these:%s", list) : err_hint(e, "`sector0 option show` lists them all");
}

bool option_assign(uint32_t *wanted, const struct device *d, const char *assignment, struct err *e)
{
    const char *equals = strchr(assignment, '='), *digits = equals ? equals + 1 : "";
    const struct reg_field *f;
    uint32_t mask, lsb = 0;
    char name[40], *end;
    unsigned long long value;
    int i;

    if (!equals || equals == assignment || (size_t)(equals - assignment) >= sizeof name) {
        err_set(e, ERR_USAGE, "'%s' is not of the form NAME=VALUE", assignment);
        return err_hint(e, "for example `sector0 option set nBOOT0=1`");
    }
    snprintf(name, sizeof name, "%.*s", (int)(equals - assignment), assignment);
    value = strtoull(digits, &end, 0);
    if (!isdigit((unsigned char)digits[0]) || *end || (digits[0] == '0' && isdigit((unsigned char)digits[1])) || value > UINT32_MAX)
        return err_set(e, ERR_USAGE, "'%s' is no number for %s: decimal or 0x and hexadecimal digits", digits, name);

    i = index_of(d, name);
    f = i < 0 ? field_of(d, name) : NULL;
    if (i < 0 && !f)
        return unknown_name(d, name, e);
    if (f) {
        i = index_of(d, f->reg);
        lsb = f->lsb;
        mask = mask_of(f);
        if (value > mask >> lsb)
            return err_set(e, ERR_USAGE, "%s=%llu is too large: its %u bit%s 0..%" PRIu32, f->name, value, f->width,
                           f->width > 1 ? "s hold" : " holds", mask >> lsb);
    } else {
        mask = UINT32_MAX;
    }
    wanted[i] = (wanted[i] & ~mask) | (uint32_t)value << lsb;
    return true;
}

static bool line_error(struct err *e, unsigned line, const char *what, const char *text)
{
    return err_set(e, ERR_INPUT, "line %u of the option file: %s '%.60s'", line, what, text);
}

/* Beginnings of lines in a save's text that are not about the option words before it (flash/store.h). */
static const char *const of_a_save[] = { "page ", "then ", "command ", "undoes ", "continues ", "done" };

static bool parse_line(uint32_t *wanted, const struct device *d, char *text, unsigned line, bool *any, struct err *e)
{
    char name[40], equals, rest;
    uint32_t value;
    int i;

    if (strncmp(text, "chip ", 5) == 0) {
        if (strcmp(text + 5, d->name) == 0)
            return true;
        err_set(e, ERR_INPUT, "the option words were saved from %.60s, this is %s", text + 5, d->name);
        return err_hint(e, "words of another chip mean other things; use `sector0 option set` field by field");
    }
    for (unsigned k = 0; k < sizeof of_a_save / sizeof *of_a_save; k++)
        if (strncmp(text, of_a_save[k], strlen(of_a_save[k])) == 0)
            return true;
    if (sscanf(text, "%39[A-Za-z0-9_] %c 0x%" SCNx32 " %c", name, &equals, &value, &rest) != 3 || equals != '=')
        return line_error(e, line, "this is no 'NAME = 0x...':", text);
    i = index_of(d, name);
    if (i < 0)
        return line_error(e, line, "no option word is called", name);
    wanted[i] = value;
    *any = true;
    return true;
}

bool option_parse(uint32_t *wanted, const struct device *d, const char *text, struct err *e)
{
    bool any = false;

    for (unsigned line = 1; *text; line++) {
        const size_t len = strcspn(text, "\n");
        char copy[600];
        size_t n;

        if (len >= sizeof copy)
            return line_error(e, line, "too long:", "");
        memcpy(copy, text, len);
        copy[len] = '\0';
        copy[strcspn(copy, "#\r")] = '\0';
        for (n = strlen(copy); n && isspace((unsigned char)copy[n - 1]); n--)
            copy[n - 1] = '\0';
        if (copy[0] && !parse_line(wanted, d, copy, line, &any, e))
            return false;
        text += len + (text[len] == '\n');
    }
    return any || err_set(e, ERR_INPUT, "there is no option word in the file");
}

size_t option_diff(const struct look *l, const uint32_t *wanted, const struct device *d, struct option_change *changes, size_t cap)
{
    size_t n = 0;

    for (unsigned i = 0; i < l->options; i++) {
        const char *reg = d->flash->options[i].name;
        uint32_t unnamed = UINT32_MAX;

        for (const struct reg_field *f = d->flash->regs->fields; f->name; f++) {
            const uint32_t mask = mask_of(f);

            if (strcmp(f->reg, reg) != 0)
                continue;
            unnamed &= ~mask;
            if (((l->option[i] ^ wanted[i]) & mask) && n++ < cap)
                changes[n - 1] = (struct option_change){ reg, f->name, (l->option[i] & mask) >> f->lsb, (wanted[i] & mask) >> f->lsb };
        }
        if (((l->option[i] ^ wanted[i]) & unnamed) && n++ < cap)
            changes[n - 1] = (struct option_change){ reg, NULL, l->option[i] & unnamed, wanted[i] & unnamed };
    }
    return n;
}

/* ---- judging ---- */

static struct look as_loaded(const struct look *l, const uint32_t *wanted)
{
    struct look next = *l;

    memcpy(next.option, wanted, sizeof next.option);
    return next;
}

static bool word_is(const uint32_t *wanted, const struct device *d, uint32_t offset, uint32_t mask, uint32_t value, bool unless)
{
    for (unsigned i = 0; d->flash->options[i].name; i++)
        if (d->flash->options[i].offset == offset)
            return ((wanted[i] & mask) == value) != unless;
    return false;
}

/* The same rows stand guard under all memory writes; here they are asked before anything is touched. */
static bool refuse_never(const uint32_t *wanted, const struct device *d, struct err *e)
{
    for (const struct never_write *n = d->flash->never; n->mask; n++) {
        if (!word_is(wanted, d, n->offset, n->mask, n->value, n->unless) ||
            (n->with_mask && !word_is(wanted, d, n->with_offset, n->with_mask, n->with_value, n->with_unless)))
            continue;
        err_set(e, ERR_REFUSED, "%s: sector0 never writes that", n->why);
        for (unsigned i = 0; d->flash->options[i].name; i++)
            if (d->flash->options[i].offset == n->offset || (n->with_mask && d->flash->options[i].offset == n->with_offset))
                err_seen(e, "wanted %s=0x%08" PRIX32, d->flash->options[i].name, wanted[i]);
        return false;
    }
    return true;
}

static bool refuse_unwritable(const struct look *l, const uint32_t *wanted, const struct device *d, struct err *e)
{
    for (unsigned i = 0; i < l->options; i++) {
        const uint32_t wrong = (l->option[i] ^ wanted[i]) & ~d->flash->options[i].writable;
        char bits[120];

        if (wrong) {
            err_set(e, ERR_REFUSED, "reserved bits of %s would change: 0x%08" PRIX32, d->flash->options[i].name, wrong);
            return err_seen(e, "%s=0x%08" PRIX32 " now, wanted 0x%08" PRIX32 " (%s)", d->flash->options[i].name, l->option[i], wanted[i],
                            reg_decode(d->flash->regs, d->flash->options[i].name, wrong, bits, sizeof bits));
        }
    }
    return true;
}

bool option_judge(const struct look *l, const uint32_t *wanted, const struct device *d, const struct option_choices *c, struct err *e)
{
    const struct look next = as_loaded(l, wanted);
    const unsigned was = look_rdp_level(l, d), will = look_rdp_level(&next, d);

    if (look_options_damaged(l, d) && !c->all_words) {
        err_set(e, ERR_REFUSED, "the option words are damaged, and what is loaded are substitutes: a change would make them real");
        look_evidence(l, d, l->sr, l->cr, e);
        return err_hint(e, "`sector0 undo` puts the saved words back; so does `sector0 option restore FILE`, or naming every register");
    }
    if (!refuse_never(wanted, d, e) || !refuse_unwritable(l, wanted, d, e))
        return false;
    if (was == 1 && will == 0 && !c->erase_everything) {
        err_set(e, ERR_REFUSED, "lowering readout protection makes the chip erase all of its flash");
        return err_hint(e, "--erase-everything says that this is meant");
    }
    return true;
}

const char *option_warning(const struct look *l, const uint32_t *wanted, const struct device *d)
{
    const struct look next = as_loaded(l, wanted);
    const unsigned was = look_rdp_level(l, d), will = look_rdp_level(&next, d);
    uint32_t lock = 0, mode = 1, sel = 1, boot0 = 1;

    if (was == 1 && will == 0)
        return "the chip will erase ALL of its flash";
    if (was == 0 && will == 1)
        return "readout protection: no debugger can read or program the flash any more, and taking it back erases everything";
    if (look_field(&next, d, "BOOT_LOCK", &lock) && lock)
        return "BOOT_LOCK: the chip starts from main flash only, and this cannot be taken back while readout protection is on";
    if (look_field(&next, d, "NRST_MODE", &mode) && mode == 2)
        return "the NRST pin becomes a GPIO: connecting under reset will not work any more";
    if (look_field(&next, d, "nBOOT_SEL", &sel) && look_field(&next, d, "nBOOT0", &boot0) && sel && !boot0)
        return "every reset will start system memory (or SRAM) instead of the application";
    return NULL;
}
