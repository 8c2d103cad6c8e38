/* evidence.c - asking the evidence. See evidence.h. */
#include "doctor/evidence.h"
#include "base/bytes.h"
#include "device/regs/cortexm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "FLASH.SR.CFGBSY": the register, and the rest of the name behind it (NULL: none). */
static const struct ev_reg *find(const struct evidence *v, const char *name, const char **rest)
{
    for (unsigned i = 0; i < v->regs; i++) {
        const struct ev_reg *r = &v->reg[i];
        const size_t block = strlen(r->block->name), reg = strlen(r->name);

        if (strncmp(name, r->block->name, block) != 0 || name[block] != '.' || strncmp(name + block + 1, r->name, reg) != 0)
            continue;
        name += block + 1 + reg;
        if (*name && *name != '.') { /* CR and CRRCR */
            name -= block + 1 + reg;
            continue;
        }
        *rest = *name ? name + 1 : NULL;
        return r;
    }
    return NULL;
}

bool ev_reg(const struct evidence *v, const char *name, uint32_t *value)
{
    const char *rest;
    const struct ev_reg *r = find(v, name, &rest);

    if (!r || !r->read || rest)
        return false;
    *value = r->value;
    return true;
}

bool ev_field(const struct evidence *v, const char *name, uint32_t *value)
{
    const char *rest;
    const struct ev_reg *r = find(v, name, &rest);

    if (!r || !r->read || !rest)
        return false;
    for (const struct reg_field *f = r->block->fields; f->name; f++)
        if (strcmp(f->reg, r->name) == 0 && strcmp(f->name, rest) == 0) {
            *value = (uint32_t)(r->value >> f->lsb & ((UINT64_C(1) << f->width) - 1));
            return true;
        }
    return false;
}

bool ev_is(const struct evidence *v, const char *name, uint32_t value)
{
    uint32_t now;

    return ev_field(v, name, &now) && now == value;
}

const char *ev_text(const struct evidence *v, const char *name, char *text, size_t cap)
{
    const char *rest;
    const struct ev_reg *r = find(v, name, &rest);
    char bits[240];

    text[0] = '\0';
    if (!r || !r->read)
        return text;
    snprintf(text, cap, "%s_%s=0x%08" PRIX32 " (%s)", r->block->name, r->name, r->value,
             reg_decode(r->block, r->name, r->value, bits, sizeof bits));
    return text;
}

unsigned ev_rdp_level(const struct evidence *v) { return v->look_read ? look_rdp_level(&v->look, v->device) : 0; }

bool ev_sr_stays(const struct evidence *v, uint32_t mask)
{
    if (!v->look_read || (v->look.sr & mask) != mask)
        return false;
    for (unsigned i = 0; i < v->samples; i++)
        if ((v->sample[i].sr & mask) != mask)
            return false;
    return true;
}

bool ev_bus_hangs(const struct evidence *v)
{
    bool wait = false;

    for (unsigned i = 0; i < v->failed.n_seen; i++)
        wait = wait || strstr(v->failed.seen[i], "WAIT"); /* in step with probe/stlink_words.c */
    return v->reach >= REACH_PROBE && v->reach <= REACH_LINK && v->failed.kind == ERR_TIMEOUT && wait;
}

unsigned ev_resets_seen(const struct evidence *v)
{
    unsigned n = 0;

    for (unsigned i = 0; i < v->samples; i++)
        n += (v->sample[i].dhcsr & BITS(PPB_DHCSR_S_RESET_ST)) != 0;
    return n;
}

bool ev_core_is(const struct evidence *v, const char *dhcsr_bit)
{
    const struct reg_field *f = reg_find_field(&ppb_regs, dhcsr_bit);

    for (unsigned i = 0; i < v->samples; i++)
        if (!(v->sample[i].dhcsr >> f->lsb & 1))
            return false;
    return v->samples > 0;
}

static bool known(uint32_t pcsr) { return pcsr != UINT32_MAX && pcsr != 0; }

bool ev_pc(const struct evidence *v, uint32_t *pc)
{
    unsigned best = 0;

    if (v->regs_read) {
        *pc = v->r[15];
        return true;
    }
    for (unsigned i = 0; i < v->samples; i++) {
        unsigned same = 0;

        for (unsigned k = 0; k < v->samples; k++)
            same += v->sample[k].pcsr == v->sample[i].pcsr;
        if (known(v->sample[i].pcsr) && same > best) {
            best = same;
            *pc = v->sample[i].pcsr;
        }
    }
    return best > 0;
}

static bool in_kind(const struct evidence *v, uint32_t addr, enum region_kind kind)
{
    const struct region *r = v->device ? device_region(v->device, addr, 1) : NULL;

    return r && r->kind == kind;
}

bool ev_runs_in(const struct evidence *v, enum region_kind kind)
{
    unsigned any = 0;

    if (v->regs_read)
        return in_kind(v, v->r[15], kind);
    for (unsigned i = 0; i < v->samples; i++) {
        if (!known(v->sample[i].pcsr))
            continue;
        if (!in_kind(v, v->sample[i].pcsr, kind))
            return false;
        any++;
    }
    return any > 0;
}

bool ev_loops(const struct evidence *v, uint32_t bytes, uint32_t *at)
{
    uint32_t low = UINT32_MAX, high = 0;

    for (unsigned i = 0; i < v->samples; i++) {
        if (!known(v->sample[i].pcsr))
            return false;
        low = v->sample[i].pcsr < low ? v->sample[i].pcsr : low;
        high = v->sample[i].pcsr > high ? v->sample[i].pcsr : high;
    }
    *at = low;
    return v->samples > 0 && high - low < bytes;
}

uint32_t ev_exception(const struct evidence *v)
{
    uint32_t first = 0;

    if (v->regs_read)
        return v->xpsr & 0x3F;
    for (unsigned i = 0; i < v->samples; i++) { /* one interrupt among many samples is life, not trouble */
        const uint32_t n = GET(v->sample[i].icsr, PPB_ICSR_VECTACTIVE);

        if (i > 0 && n != first)
            return 0;
        first = n;
    }
    return first;
}

bool ev_blank(const struct evidence *v) { return v->vectors_read && v->vector[0] == UINT32_MAX && v->vector[1] == UINT32_MAX; }

const char *ev_where(const struct evidence *v, uint32_t addr, char *text, size_t cap)
{
    const struct region *r = v->device ? device_region(v->device, addr, 1) : NULL;

    for (unsigned i = 0; i < v->places; i++)
        if (v->place[i].addr == addr) {
            snprintf(text, cap, "0x%08" PRIX32 " %s", addr, v->place[i].text);
            return text;
        }
    snprintf(text, cap, "0x%08" PRIX32 "%s", addr,
             !r                         ? " (no memory)"
             : r->kind == REGION_FLASH  ? " in main flash"
             : r->kind == REGION_SYSTEM ? " in system memory"
             : r->kind == REGION_RAM    ? " in RAM"
             : r->kind == REGION_OTP    ? " in OTP"
                                        : " in a peripheral");
    return text;
}

bool ev_watchdog_runs(const struct evidence *v)
{
    uint32_t pr = 0, rlr = 0xFFF;

    if (ev_set(v, "IWDG.SR.ONF"))
        return true;
    ev_reg(v, "IWDG.PR", &pr);
    ev_reg(v, "IWDG.RLR", &rlr);
    /* Parts without ONF: somebody has set it up, or LSI is on and nobody but the IWDG can have switched it on (RM0444 28.3). */
    return v->reach == REACH_CHIP && (pr != 0 || rlr != 0xFFF || (ev_set(v, "RCC.CSR.LSIRDY") && ev_is(v, "RCC.CSR.LSION", 0)));
}

void ev_take_page0(struct evidence *v, const uint8_t *page, uint32_t len)
{
    v->page0_read = v->vectors_read = true;
    for (unsigned i = 0; i < EV_VECTORS; i++)
        v->vector[i] = get_le32(page + 4 * i);
    v->page0_first_unit_blank = get_le32(page) == UINT32_MAX && get_le32(page + 4) == UINT32_MAX;
    v->page0_blank = true;
    for (uint32_t i = 0; i < len; i++)
        v->page0_blank = v->page0_blank && page[i] == 0xFF;
}

bool ev_kept(const struct evidence *v, const char *reg)
{
    const struct flash_facts *f = v->device ? v->device->flash : NULL;

    for (unsigned i = 0; f && v->has_keep && i < v->look.options; i++)
        if (strcmp(f->options[i].name, reg) == 0)
            return ((v->keep[i] ^ v->look.option[i]) & f->options[i].writable) == 0;
    if (!f || !v->has_keep)
        return false;
    for (const struct reg_field *k = f->regs->fields; k->name; k++) /* a field's name */
        for (unsigned i = 0; i < v->look.options; i++)
            if (strcmp(k->name, reg) == 0 && strcmp(f->options[i].name, k->reg) == 0)
                return ((v->keep[i] ^ v->look.option[i]) >> k->lsb & ((UINT64_C(1) << k->width) - 1)) == 0;
    return false;
}
