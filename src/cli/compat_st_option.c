/* compat_st_option.c - option bytes: -ob displ, -ob NAME=VALUE ..., -rdu. Level 2 is refused below, by option_judge and under all writes.
 */
#include "cli/compat_st.h"
#include "flash/carry.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { CHANGES_MAX = 64 };

bool st_read_option(struct st_job *job, struct err *e)
{
    if (strcasecmp(job->word[0], "displ") == 0 || strcasecmp(job->word[0], "display") == 0) {
        job->simple = true;
        return job->words == 1 || err_set(e, ERR_USAGE, "displ stands alone: '%.40s' is too much", job->word[1]);
    }
    for (unsigned i = 0; i < job->words; i++) {
        if (strncasecmp(job->word[i], "unlockchip", 10) == 0)
            return err_set(e, ERR_UNSUPPORTED,
                           "unlockchip is not supported: -rdu lowers readout protection, -ob WRP... lifts write protection");
        if (!strchr(job->word[i], '='))
            return err_set(e, ERR_USAGE, "'%.60s' is neither displ nor NAME=VALUE", job->word[i]);
    }
    return true;
}

/* ---- showing --------------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *beginning, *title; /* of a field's name; the first that fits */
} groups[] = {
    { "RDP", "Read Out Protection" },
    { "BOR_", "BOR Level" },
    { "WRP1A_", "Write Protection 1" },
    { "WRP1B_", "Write Protection 2" },
    { "WRP2A_", "Write Protection 3" },
    { "WRP2B_", "Write Protection 4" },
    { "PCROP", "PCROP Protection" },
    { "SEC", "Security" },
    { "HDP", "Security" },
    { "BOOT_LOCK", "Security" },
    { "OEM", "OEM keys" },
    { "", "User Configuration" },
};

static const char *group_of(const char *field)
{
    size_t i = 0;

    while (strncmp(field, groups[i].beginning, strlen(groups[i].beginning)) != 0)
        i++;
    return groups[i].title;
}

/* What a value means, where that is certain: protection levels and pages. */
static const char *meaning(const struct st *st, const char *field, uint32_t value, char *text, size_t cap)
{
    const struct device *d = st->f.t.device;

    text[0] = '\0';
    if (strcmp(field, "RDP") == 0)
        snprintf(text, cap, " (Level %s)",
                 value == d->flash->rdp_level0   ? "0, no protection"
                 : value == d->flash->rdp_level2 ? "2, chip protection"
                                                 : "1, read protection of memories");
    else if (strncmp(field, "WRP", 3) == 0)
        snprintf(text, cap, " (0x%08" PRIX32 ")", d->flash_base + value * d->flash->page_bytes);
    return text;
}

static void print_area(struct st *st)
{
    const struct flash_facts *f = st->f.t.device->flash;
    const struct option_word *last = f->options;

    while (last[1].name)
        last++;
    st_print(st, "  Bank          : 0x00\n");
    st_print(st, "  Address       : 0x%08" PRIX32 "\n", f->base + f->options[0].offset);
    st_print(st, "  Size          : %" PRIu32 " Bytes\n\n", last->offset + 4 - f->options[0].offset);
}

static void print_fields(struct st *st, const struct look *l)
{
    const struct device *d = st->f.t.device;
    const char *title = "";
    char text[60];

    st_print(st, "OPTION BYTES BANK: 0\n\n");
    for (unsigned i = 0; i < l->options; i++)
        for (const struct reg_field *f = d->flash->regs->fields; f->name; f++) {
            const uint32_t value = (uint32_t)(l->option[i] >> f->lsb & ((UINT64_C(1) << f->width) - 1));

            if (strcmp(f->reg, d->flash->options[i].name) != 0)
                continue;
            if (strcmp(title, group_of(f->name)) != 0) {
                title = group_of(f->name);
                st_print(st, "   %s:\n\n", title);
            }
            st_print(st, "     %-13s: 0x%" PRIX32 "%s\n", f->name, value, meaning(st, f->name, value, text, sizeof text));
        }
}

static void print_upload(struct st *st)
{
    st_print(st, "UPLOADING OPTION BYTES DATA ...\n\n");
    print_area(st);
    st_bar(st, 1, 1);
}

static bool show(struct st *st, struct err *e)
{
    struct look look;

    if (!(st->usb ? st_usb_look(st, &look, e) : look_read(&look, &st->f.t, e)))
        return st_failed(st, "Uploading Option Bytes bank: 0 failed");
    print_upload(st);
    st_print(st, "\n");
    print_fields(st, &look);
    return true;
}

/* ---- changing -------------------------------------------------------------------------------------------------------------------- */

/* ST's tool warns of a name it does not know, goes on, and reports success. Same words; but nothing is written, and it fails. */
static bool assign(struct st *st, const struct st_job *job, uint32_t *wanted, struct err *e)
{
    const struct device *d = st->f.t.device;

    for (unsigned i = 0; i < job->words; i++) {
        if (option_assign(wanted, d, job->word[i], e))
            continue;
        if (strncmp(e->cause, "no option field", 15) == 0)
            st_warn(st, "Option Byte: %.*s, does not exist", (int)strcspn(job->word[i], "="), job->word[i]);
        return st_failed(st, "Downloading Option Bytes Data failed");
    }
    return true;
}

/* Each assignment that is so already. True: there is something left to do. */
static bool tell_unchanged(struct st *st, const struct st_job *job, const uint32_t *wanted)
{
    const struct look *l = &st->f.s.look;
    struct option_change changes[CHANGES_MAX];
    const size_t n = option_diff(l, wanted, st->f.t.device, changes, CHANGES_MAX);

    for (unsigned i = 0; i < job->words; i++) {
        const int len = (int)strcspn(job->word[i], "=");
        bool changed = false;

        for (size_t k = 0; k < n && k < CHANGES_MAX; k++)
            changed = changed ||
                      (changes[k].field && strncasecmp(changes[k].field, job->word[i], (size_t)len) == 0 &&
                       strlen(changes[k].field) == (size_t)len) ||
                      strncasecmp(changes[k].reg, job->word[i], (size_t)len) == 0;
        if (!changed)
            st_warn(st, "Option Byte: %.*s, value: %s, was not modified.", len, job->word[i], job->word[i] + len + 1);
    }
    if (n == 0)
        st_warn(st, "Option Bytes are unchanged, Data won't be downloaded");
    return n > 0;
}

/* Written, but not what the chip loaded. */
static bool tell_mismatch(struct st *st, const uint32_t *wanted)
{
    struct option_change changes[CHANGES_MAX];
    const size_t n = option_diff(&st->f.s.look, wanted, st->f.t.device, changes, CHANGES_MAX);

    for (size_t i = 0; i < n && i < CHANGES_MAX; i++)
        st_failed(st, "Expected value for Option Byte \"%s\": 0x%" PRIX32 ", found: 0x%" PRIX32,
                  changes[i].field ? changes[i].field : changes[i].reg, changes[i].wanted, changes[i].was);
    return st_failed(st, "Option Byte Programming failed Or modified by application after OB_LAUNCH");
}

static bool write_options(struct st *st, const uint32_t *wanted, struct err *e)
{
    /* -ob RDP=0xAA and -rdu ask for exactly that: ST's manual says that it erases the chip, and so does the warning. */
    const struct option_choices choices = { .erase_everything = true };
    struct session *s = &st->f.s;
    const char *warning = option_warning(&s->look, wanted, st->f.t.device);
    const uint64_t began_us = st_now_us(st);

    if (!option_judge(&s->look, wanted, st->f.t.device, &choices, e))
        return st_failed(st, "Downloading Option Bytes Data failed");
    if (warning)
        st_warn(st, "%s", warning);
    st_print(st, "PROGRAMMING OPTION BYTES AREA ...\n\n");
    print_area(st);
    if (!carry_options(s, wanted, &choices, e))
        return e->kind == ERR_VERIFY ? tell_mismatch(st, wanted) : st_failed(st, "Downloading Option Bytes Data failed");
    if (s->unchecked) {
        err_set(e, ERR_NODEV,
                "the words were taken and the chip has reset itself, but it is not in DFU mode any more: what it has loaded was not seen");
        return st_failed(st, "Option Byte Programming: could not reconnect to verify");
    }
    if (!st->usb)
        target_leave(&st->f.t, false);
    st_bar(st, 1, 1);
    st_print(st, "Reconnecting...\nReconnected !\n\n");
    print_upload(st);
    st_print(st, "OPTION BYTE PROGRAMMING VERIFICATION:\n\n");
    st_print(st, "Option Bytes successfully programmed\n");
    st_elapsed(st, "Time elapsed during option Bytes configuration", began_us);
    return true;
}

bool st_option_bytes(struct st *st, struct st_job *job, struct err *e)
{
    uint32_t wanted[LOOK_OPTIONS];
    bool ok;

    if (job->simple)
        return show(st, e);
    ok = st_begin_work(st, e) || st_failed(st, "Uploading Option Bytes bank: 0 failed");
    if (ok) {
        option_start(wanted, &st->f.s.look);
        ok = assign(st, job, wanted, e) && (!tell_unchanged(st, job, wanted) || write_options(st, wanted, e));
    }
    return st_end_work(st, ok, e);
}

bool st_unprotect(struct st *st, struct st_job *job, struct err *e)
{
    const struct flash_facts *facts = st->f.t.device->flash;
    uint32_t wanted[LOOK_OPTIONS];
    bool ok = st->usb || st_begin_work(st, e) || st_failed(st, "Uploading Option Bytes bank: 0 failed");

    if (st->usb)
        return st_usb_unprotect(st, e);
    if (ok && look_rdp_level(&st->f.s.look, st->f.t.device) == 0) {
        st_print(st, "Read out protection is not active: nothing to do\n");
    } else if (ok) {
        option_start(wanted, &st->f.s.look);
        for (unsigned i = 0; i < st->f.s.look.options; i++)
            if (facts->options[i].offset == facts->rdp_offset)
                wanted[i] = (wanted[i] & ~facts->rdp_mask) | facts->rdp_level0;
        ok = write_options(st, wanted, e);
        if (ok)
            st_print(st, "Disabling memory read protection achieved successfully\n");
    }
    return st_end_work(st, ok, e);
}
