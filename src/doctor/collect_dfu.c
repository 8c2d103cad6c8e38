/* collect_dfu.c - gathering evidence through the chip's own USB bootloader. Declared in evidence.h.
 *
 * No register is within reach but the option words, which the ROM lists as a memory (AN3156, UM0424). What else DFU lets one read: what the
 * bootloader says of itself, flash, the unique id, and, by its refusal, that readout protection is on. Reads only. */
#include "base/bytes.h"
#include "boot/boot.h"
#include "doctor/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 8192 };

static bool broke(const struct err *e) { return e->kind != ERR_NONE && e->kind != ERR_LOCKED && e->kind != ERR_FAULT; }

static void bootloader(struct evidence *v, const struct boot *b)
{
    v->dfu_version = b->d.bcd_device;
    v->dfu_transfer_bytes = b->d.dfu.transfer_bytes;
    v->dfu_locked = b->locked;
    v->dfu_can_unprotect = b->d.commands_known && b->d.can_unprotect;
    for (unsigned i = 0; i < b->d.memories; i++) {
        const size_t used = strlen(v->dfu_memories);

        snprintf(v->dfu_memories + used, sizeof v->dfu_memories - used, "%s%s", used ? " | " : "", b->d.memory[i].text);
    }
}

static void option_words(struct evidence *v, const struct look *l)
{
    const struct flash_facts *f = v->device->flash;

    v->look = *l;
    v->look_read = l->options > 0;
    for (unsigned i = 0; i < l->options && v->regs < EV_REGS; i++)
        v->reg[v->regs++] = (struct ev_reg){ f->regs, f->options[i].name, f->base + f->options[i].offset, l->option[i], true };
}

static bool first_page(struct evidence *v, struct boot *b, struct err *e)
{
    const uint32_t len = v->device->flash->page_bytes;
    uint8_t page[PAGE_MAX];

    if (len <= sizeof page && dfuse_read(&b->d, v->device->flash_base, page, len, e))
        ev_take_page0(v, page, len);
    return !broke(e);
}

bool evidence_read_dfu(struct evidence *v, struct boot *b, uint32_t addr, void *data, size_t len, bool *read, struct err *e)
{
    *read = dfuse_read(&b->d, addr, data, (uint32_t)len, e);
    if (!*read && broke(e)) {
        v->failed = *e;
        return false;
    }
    *e = (struct err){ 0 };
    return true;
}

bool evidence_collect_dfu(struct evidence *v, struct boot *b, struct err *e)
{
    struct session s = { 0 };
    bool ok;

    v->reach = REACH_DFU;
    v->device = b->chip.device;
    v->flash_bytes = b->chip.flash_bytes;
    v->flash_size_read = b->chip.flash_size_read;
    v->uid_read = b->chip.uid_read;
    memcpy(v->uid, b->chip.uid, sizeof v->uid);
    bootloader(v, b);
    if (b->locked)
        return true;
    ok = session_open_road(&s, &road_dfu, &b->chip, b, e);
    if (ok)
        option_words(v, &s.look);
    session_close(&s);
    ok = (ok || !broke(e)) && (*e = (struct err){ 0 }, first_page(v, b, e));
    if (!ok)
        v->failed = *e;
    return ok;
}
