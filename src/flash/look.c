/* look.c - reading the controller's state, and reading it right. See look.h. */
#include "flash/look.h"
#include "device/regs/cortexm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_REGS = 11, IWDG_SR = 0x0C }; /* the same place in STM32U0 and STM32G0 (RM0503, RM0444) */

bool look_read(struct look *l, struct target *t, struct err *e)
{
    const struct device *d = t->device;
    const struct flash_facts *f = d->flash;
    struct probe_word words[LOOK_REGS + LOOK_OPTIONS] = {
        { .addr = PPB_BASE + PPB_DWT_PCSR }, { .addr = PPB_BASE + PPB_DHCSR },   { .addr = PPB_BASE + PPB_DEMCR },
        { .addr = d->reset_flags_at },       { .addr = f->base + f->acr },       { .addr = f->base + f->sr },
        { .addr = f->base + f->cr },         { .addr = f->base + f->eccr },      { .addr = PPB_BASE + PPB_ICSR },
        { .addr = PPB_BASE + PPB_MPU_CTRL }, { .addr = d->iwdg_base + IWDG_SR },
    };
    unsigned n = 0;

    while (n < LOOK_OPTIONS && f->options[n].name) {
        words[LOOK_REGS + n].addr = f->base + f->options[n].offset;
        n++;
    }
    if (!mem_batch(&t->mem, words, LOOK_REGS + n, e))
        return err_doing(e, "reading the flash controller's registers and option words");
    *l = (struct look){ .pcsr = words[0].value,
                        .dhcsr = words[1].value,
                        .demcr = words[2].value,
                        .reset_flags = words[3].value,
                        .acr = words[4].value,
                        .sr = words[5].value,
                        .cr = words[6].value,
                        .eccr = words[7].value,
                        .icsr = words[8].value,
                        .mpu_ctrl = words[9].value,
                        .iwdg_sr = words[10].value,
                        .options = n };
    for (unsigned i = 0; i < n; i++)
        l->option[i] = words[LOOK_REGS + i].value;
    return true;
}

/* The value of the option register at `offset`, 0 if the row does not list it. */
static uint32_t option_at(const struct look *l, const struct device *d, uint32_t offset)
{
    for (unsigned i = 0; i < l->options; i++)
        if (d->flash->options[i].offset == offset)
            return l->option[i];
    return 0;
}

bool look_field(const struct look *l, const struct device *d, const char *name, uint32_t *value)
{
    for (const struct reg_field *f = d->flash->regs->fields; f->name; f++) {
        if (strcmp(f->name, name) != 0)
            continue;
        for (unsigned i = 0; i < l->options; i++)
            if (strcmp(d->flash->options[i].name, f->reg) == 0) {
                *value = (uint32_t)(l->option[i] >> f->lsb & ((UINT64_C(1) << f->width) - 1));
                return true;
            }
    }
    return false;
}

unsigned look_rdp_level(const struct look *l, const struct device *d)
{
    const struct flash_facts *f = d->flash;
    const uint32_t rdp = option_at(l, d, f->rdp_offset) & f->rdp_mask;

    return rdp == f->rdp_level0 ? 0 : rdp == f->rdp_level2 ? 2 : 1;
}

bool look_wrp_range(const struct look *l, const struct device *d, const struct wrp_area *a, uint32_t *first, uint32_t *last)
{
    const uint32_t word = option_at(l, d, a->offset), mask = (1u << a->width) - 1;

    *first = word >> a->strt_lsb & mask;
    *last = word >> a->end_lsb & mask;
    return *first <= *last; /* start behind end: the area is off (RM0503, FLASH_WRP1AR) */
}

const struct wrp_area *look_wrp(const struct look *l, const struct device *d, uint32_t page)
{
    for (const struct wrp_area *a = d->flash->wrp; a->name; a++) {
        uint32_t first, last;

        if (look_wrp_range(l, d, a, &first, &last) && page >= first && page <= last)
            return a;
    }
    return NULL;
}

bool look_hardware_watchdog(const struct look *l, const struct device *d)
{
    const uint32_t software = d->iwdg_sw_mask | d->wwdg_sw_mask;

    return (option_at(l, d, d->flash->rdp_offset) & software) != software; /* both bits are in OPTR, beside RDP */
}

bool look_watchdog_runs(const struct look *l, const struct device *d)
{
    const struct reg_field *onf = d->iwdg_regs ? reg_find_field(d->iwdg_regs, "ONF") : NULL;
    const struct reg_field *on = d->rcc_regs ? reg_find_field(d->rcc_regs, "LSION") : NULL;
    const struct reg_field *ready = d->rcc_regs ? reg_find_field(d->rcc_regs, "LSIRDY") : NULL;

    if (onf)
        return l->iwdg_sr >> onf->lsb & 1;
    return on && ready && !(l->reset_flags >> on->lsb & 1) && l->reset_flags >> ready->lsb & 1;
}

bool look_options_damaged(const struct look *l, const struct device *d)
{
    const struct reg_field *f = reg_find_field(d->flash->regs, "OPTVERR");

    return f && l->sr >> f->lsb & 1;
}

bool look_empty(const struct look *l, const struct device *d) { return l->acr & d->flash->acr_empty; }

void look_evidence(const struct look *l, const struct device *d, uint32_t sr, uint32_t cr, struct err *e)
{
    const struct flash_facts *f = d->flash;
    char bits[120], line[ERR_TEXT];
    size_t used = 0;

    if (!l->words_only) {
        err_seen(e, "FLASH_SR=0x%08" PRIX32 " (%s)", sr, reg_decode(f->regs, "SR", sr, bits, sizeof bits));
        err_seen(e, "FLASH_CR=0x%08" PRIX32 " (%s)", cr, reg_decode(f->regs, "CR", cr, bits, sizeof bits));
    }
    line[0] = '\0';
    for (unsigned i = 0; i < l->options && used < sizeof line; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s=0x%08" PRIX32, i ? " " : "", f->options[i].name, l->option[i]);
    err_seen(e, "%s", line);
    if (l->words_only)
        err_seen(e, "RDP level %u", look_rdp_level(l, d));
    else
        err_seen(e, "RCC_CSR=0x%08" PRIX32 " (%s), RDP level %u", l->reset_flags,
                 d->rcc_regs ? reg_decode(d->rcc_regs, "CSR", l->reset_flags, bits, sizeof bits) : "", look_rdp_level(l, d));
}
