/* loader.c - see loader.h. */
#include "flash/loader.h"
#include "base/bytes.h"
#include "device/regs/cortexm.h"
#include "device/regs/crc.h"
#include "loaders/stm32_ring_bytes.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALL_RING_BYTES = 512,
    RING_BYTES_MIN = 2048 + 64,  /* one page and some records */
    RING_BYTES_MAX = 0xFFFF * 8, /* the offset in `progress` has 16 bits of units */
    COMES_UP_WITHIN_US = 50000,  /* estimate: a few hundred cycles at 4 MHz and the probe's own time */
    STUCK_MARGIN_US = 500000,    /* estimate: beyond the longest erase; comparing 256 KiB at 4 MHz takes 90 ms */
    POLL_US = 1000,
    FEW_BYTES = 4 * RING_UNIT,
};

#define STATUS(member) (RING_RAM + RING_SHARED + offsetof(struct ring_shared, status.member))
#define CONFIG(member) (RING_RAM + RING_SHARED + offsetof(struct ring_shared, config.member))

static uint32_t field_mask(const struct reg_block *b, const char *name)
{
    const struct reg_field *f = reg_find_field(b, name);

    return f ? (uint32_t)(((UINT64_C(1) << f->width) - 1) << f->lsb) : 0;
}

bool loader_prepare(struct loader *l, struct target *t, const struct loader_room *room, struct err *e)
{
    const struct device *d = t->device;
    const uint32_t results_bytes = room->results * RING_RESULT;
    const uint32_t ram = d->loader_ram_bytes > RING_FREE + results_bytes ? d->loader_ram_bytes - RING_FREE - results_bytes : 0;
    unsigned slots = room->slots < LOADER_SLOTS ? room->slots : LOADER_SLOTS;
    uint32_t ring;

    *l = (struct loader){ .t = t };
    if (d->loader_ram != RING_RAM)
        return err_set(e, ERR_UNSUPPORTED, "the RAM loader is linked for 0x%08X, not for RAM at 0x%08" PRIX32, (unsigned)RING_RAM,
                       d->loader_ram);
    while (slots > 1 && slots * (room->slot_bytes + RING_COPY_TAIL) > ram / 2) /* at most half of it for copies */
        slots--;
    l->slots = slots;
    l->slot_bytes = slots ? room->slot_bytes + RING_COPY_TAIL : 0;
    ring = ram > slots * l->slot_bytes ? (ram - slots * l->slot_bytes) & ~(uint32_t)(RING_UNIT - 1) : 0;
    if (room->small && ring > SMALL_RING_BYTES)
        ring = SMALL_RING_BYTES;
    if (ring > RING_BYTES_MAX)
        ring = RING_BYTES_MAX;
    if (ring < (room->small ? SMALL_RING_BYTES : RING_BYTES_MIN))
        return err_set(e, ERR_UNSUPPORTED, "%" PRIu32 " bytes of RAM are too few for the RAM loader", d->loader_ram_bytes);
    l->ring_at = RING_RAM + RING_FREE;
    l->ring_end = l->ring_at + ring;
    l->results_at = l->ring_end;
    l->results = room->results;
    l->slots_at = l->results_at + results_bytes;
    l->ram_end = l->slots_at + slots * l->slot_bytes;
    l->put_at = l->write_at = l->read_at = l->ring_at;
    l->buffer = malloc(ring);
    return l->buffer || err_set(e, ERR_NOMEM, "no memory for a ring of %" PRIu32 " bytes", ring);
}

void loader_free(struct loader *l)
{
    free(l->buffer);
    *l = (struct loader){ 0 };
}

/* ---- starting ---- */

static void put_words(uint8_t *to, const uint32_t *words, size_t bytes)
{
    for (size_t i = 0; i < bytes / 4; i++)
        put_le32(to + 4 * i, words[i]);
}

static void fill_config(const struct loader *l, const struct loader_feed *feed, struct ring_config *c)
{
    const struct device *d = l->t->device;
    const struct flash_facts *f = d->flash;

    *c = (struct ring_config){
        .sr_at = f->base + f->sr,
        .cr_at = f->base + f->cr,
        .acr_at = f->base + f->acr,
        .eccr_at = f->base + f->eccr,
        .busy = f->sr_busy,
        .errors = f->sr_errors,
        .clear = f->sr_clear,
        .pg = f->cr_pg,
        .per = f->cr_per,
        .strt = f->cr_strt,
        .empty = f->acr_empty,
        .eccd = field_mask(f->regs, "ECCD"),
        .pnb_lsb = f->cr_pnb_lsb,
        .page_shift = (uint32_t)__builtin_ctz(f->page_bytes),
        .flash_base = d->flash_base,
        .crc_at = d->crc_base,
        .ring_at = l->ring_at,
        .ring_end = l->ring_end,
        .results_at = l->results_at,
        .write_at = l->put_at,
    };
    for (unsigned i = 0; i < 2; i++) {
        c->feed_at[i] = feed->at[i] ? feed->at[i] : RING_RAM + RING_SHARED + (uint32_t)offsetof(struct ring_shared, nowhere);
        c->feed_value[i] = feed->value[i];
    }
}

bool loader_code(uint32_t addr, uint8_t *bytes, size_t len)
{
    const uint32_t at = addr - RING_RAM;

    if (at > sizeof stm32_ring_bytes || sizeof stm32_ring_bytes - at < len)
        return false;
    memcpy(bytes, stm32_ring_bytes + at, len);
    return true;
}

/* Everything up to the records added so far, in one block: code, configuration, stack, ring. All of it is written before it is used. */
static bool upload(struct loader *l, const struct loader_feed *feed, struct err *e)
{
    const size_t bytes = RING_FREE + l->buffered;
    uint8_t *image = calloc(1, bytes);
    struct ring_config config;
    bool ok;

    if (!image)
        return err_set(e, ERR_NOMEM, "no memory for the RAM loader");
    fill_config(l, feed, &config);
    memcpy(image, stm32_ring_bytes, sizeof stm32_ring_bytes);
    put_words(image + RING_SHARED, (const uint32_t *)&config, sizeof config);
    memcpy(image + RING_FREE, l->buffer, l->buffered);
    ok = mem_write(&l->t->mem, RING_RAM, image, bytes, e);
    free(image);
    l->write_at = l->put_at;
    l->buffered = 0;
    return ok || err_doing(e, "writing the RAM loader to 0x%08X", (unsigned)RING_RAM);
}

static bool set_up_core(struct loader *l, struct err *e)
{
    const struct core_reg_value regs[] = {
        { CORE_CFBP, 1 }, /* PRIMASK set; CONTROL 0: privileged, main stack */
        { CORE_MSP, RING_RAM + RING_STACK_TOP },
        { CORE_LR, 0xFFFFFFFF },
        { CORE_XPSR, 0x01000000 | l->ipsr }, /* T */
        { CORE_PC, get_le32(stm32_ring_bytes + 4) & ~1u },
    };
    struct probe_word words[] = {
        { PPB_BASE + PPB_MPU_CTRL, 0, true }, /* an application may have made RAM execute-never */
        { PPB_BASE + PPB_VTOR, RING_RAM, true },
    };

    return (mem_batch(&l->t->mem, words, 2, e) && core_write_regs(&l->t->core, regs, sizeof regs / sizeof *regs, e)) ||
           err_doing(e, "setting up the core for the RAM loader");
}

static bool not_running(struct loader *l, const char *what, struct err *e)
{
    struct core_reg_value at[] = { { CORE_PC, 0 }, { CORE_XPSR, 0 }, { CORE_LR, 0 } };
    struct probe_word words[] = { { PPB_BASE + PPB_DHCSR, 0, false },
                                  { l->t->device->reset_flags_at, 0, false },
                                  { l->t->device->flash->base + l->t->device->flash->sr, 0, false } };
    struct err ignored = { 0 };
    char bits[120];

    err_set(e, ERR_FAULT, "%s", what);
    err_seen(e, "loader state 0x%02X, progress 0x%08" PRIX32, l->state, l->progress);
    l->broken = true;
    if (mem_batch(&l->t->mem, words, 3, &ignored)) {
        core_saw(&l->t->core, words[0].value);
        if (words[2].value & l->t->device->flash->sr_busy)
            err_hint(e, "cycle the board's power: a flash controller that stays busy lets go only then");
        err_seen(e, "DHCSR=0x%08" PRIX32 " (%s)%s", words[0].value, reg_decode(&ppb_regs, "DHCSR", words[0].value, bits, sizeof bits),
                 words[0].value & BITS(PPB_DHCSR_S_RESET_ST) ? ": the target was reset meanwhile" : "");
        if (l->t->device->rcc_regs)
            err_seen(e, "RCC_CSR=0x%08" PRIX32 " (%s)", words[1].value,
                     reg_decode(l->t->device->rcc_regs, "CSR", words[1].value, bits, sizeof bits));
        err_seen(e, "FLASH_SR=0x%08" PRIX32 " (%s)", words[2].value,
                 reg_decode(l->t->device->flash->regs, "SR", words[2].value, bits, sizeof bits));
    }
    if (core_halt(&l->t->core, 100, &ignored) && core_read_regs(&l->t->core, at, 3, &ignored))
        err_seen(e, "PC=0x%08" PRIX32 " xPSR=0x%08" PRIX32 " LR=0x%08" PRIX32, at[0].value, at[1].value, at[2].value);
    l->up = false;
    return false;
}

static bool read_progress(struct loader *l, struct err *e)
{
    uint32_t progress;

    if (!mem_read32(&l->t->mem, STATUS(progress), &progress, e))
        return err_doing(e, "asking the RAM loader how far it is");
    if (progress != l->progress)
        l->moved_us = clock_now_us(l->t->clock);
    l->progress = progress;
    l->state = (uint8_t)(progress >> 24);
    l->copies = (uint8_t)(progress >> 16);
    l->read_at = l->ring_at + (progress & 0xFFFF) * RING_UNIT;
    return true;
}

static bool judge(struct loader *l, struct err *e);

bool loader_start(struct loader *l, const struct loader_feed *feed, struct err *e)
{
    uint64_t give_up;

    if (!upload(l, feed, e) || !set_up_core(l, e) || !core_resume(&l->t->core, e))
        return err_doing(e, "starting the RAM loader");
    l->up = true;
    l->progress = 0;
    l->moved_us = clock_now_us(l->t->clock);
    give_up = l->moved_us + COMES_UP_WITHIN_US;
    do {
        if (!read_progress(l, e))
            return err_doing(e, "starting the RAM loader");
        if (l->state != RING_DOWN)
            return judge(l, e);
        clock_sleep_us(l->t->clock, POLL_US);
    } while (clock_now_us(l->t->clock) < give_up);
    return not_running(l, "the RAM loader did not come up", e);
}

/* ---- feeding ---- */

static uint32_t distance(const struct loader *l, uint32_t from, uint32_t to)
{
    return to >= from ? to - from : to + (l->ring_end - l->ring_at) - from;
}

uint32_t loader_space(const struct loader *l) { return l->ring_end - l->ring_at - RING_UNIT - distance(l, l->read_at, l->put_at); }

uint32_t loader_backlog(const struct loader *l) { return distance(l, l->read_at, l->write_at); }
bool loader_idle(const struct loader *l) { return l->read_at == l->write_at; }

static void add_bytes(struct loader *l, const uint8_t *bytes, uint32_t len)
{
    memcpy(l->buffer + l->buffered, bytes, len);
    l->buffered += len;
    l->put_at += len;
    if (l->put_at >= l->ring_end)
        l->put_at -= l->ring_end - l->ring_at;
}

void loader_add(struct loader *l, enum ring_op op, uint32_t count, uint32_t addr)
{
    uint8_t head[RING_UNIT];

    put_le32(head, (uint32_t)op << 24 | count);
    put_le32(head + 4, addr);
    add_bytes(l, head, sizeof head);
}

void loader_add_two(struct loader *l, enum ring_op op, uint32_t count, uint32_t addr, uint32_t first, uint32_t second)
{
    uint8_t two[RING_UNIT];

    loader_add(l, op, count, addr);
    put_le32(two, first);
    put_le32(two + 4, second);
    add_bytes(l, two, sizeof two);
}

void loader_add_program(struct loader *l, uint32_t addr, const uint8_t *bytes, uint32_t units)
{
    loader_add(l, RING_PROGRAM, units, addr);
    add_bytes(l, bytes, units * RING_UNIT);
}

/* A record or two, and the word that tells of them, in one batch: a command fewer than a block, its status and a word. */
static bool send_few(struct loader *l, struct err *e)
{
    struct probe_word words[FEW_BYTES / 4 + 1];
    const size_t n = l->buffered / 4;

    for (size_t i = 0; i < n; i++)
        words[i] = (struct probe_word){ l->write_at + 4 * (uint32_t)i, get_le32(l->buffer + 4 * i), true };
    words[n] = (struct probe_word){ CONFIG(write_at), l->put_at, true };
    return mem_batch(&l->t->mem, words, n + 1, e);
}

static bool send_blocks(struct loader *l, struct err *e)
{
    const uint32_t to_end = l->ring_end - l->write_at, first = l->buffered < to_end ? l->buffered : to_end;

    return mem_write(&l->t->mem, l->write_at, l->buffer, first, e) &&
           (l->buffered == first || mem_write(&l->t->mem, l->ring_at, l->buffer + first, l->buffered - first, e)) &&
           mem_write32(&l->t->mem, CONFIG(write_at), l->put_at, e);
}

bool loader_send(struct loader *l, struct err *e)
{
    const bool few = l->buffered <= FEW_BYTES && l->write_at + l->buffered <= l->ring_end;

    if (l->buffered == 0)
        return true;
    if (!(few ? send_few(l, e) : send_blocks(l, e)))
        return err_doing(e, "feeding the RAM loader");
    l->write_at = l->put_at;
    l->buffered = 0;
    l->moved_us = clock_now_us(l->t->clock); /* it may have been idle for long */
    return true;
}

/* ---- watching ---- */

static bool explain(struct loader *l, struct err *e)
{
    const struct device *d = l->t->device;
    uint8_t raw[sizeof(struct ring_status)];
    struct ring_status s;
    uint32_t page;
    char bits[120];

    if (!mem_read(&l->t->mem, STATUS(progress), raw, sizeof raw, e))
        return err_doing(e, "asking the RAM loader why it stopped");
    for (size_t i = 0; i < sizeof raw / 4; i++)
        ((uint32_t *)&s)[i] = get_le32(raw + 4 * i);
    page = (s.addr - d->flash_base) / d->flash->page_bytes;
    l->up = false;
    l->stopped = true;
    l->stopped_op = s.op;
    l->stopped_at = s.addr;
    switch (l->state) {
    case RING_REFUSED:
        if (s.sr & field_mask(d->flash->regs, "WRPERR"))
            err_set(e, ERR_LOCKED, "page %" PRIu32 " at 0x%08" PRIX32 " is protected: the flash refused to %s it", page,
                    d->flash_base + page * d->flash->page_bytes, s.op == RING_ERASE ? "erase" : "program");
        else
            err_set(e, ERR_FAULT, "the flash controller refused to %s page %" PRIu32, s.op == RING_ERASE ? "erase" : "program", page);
        err_seen(e, "FLASH_SR=0x%08" PRIX32 " (%s) at 0x%08" PRIX32, s.sr, reg_decode(d->flash->regs, "SR", s.sr, bits, sizeof bits),
                 s.addr);
        if (e->kind == ERR_FAULT)
            err_hint(e, "the same again erases the page and tries once more; if it stays, that part of the flash is worn out");
        return false;
    case RING_DIFFERS:
        err_set(e, ERR_VERIFY, "page %" PRIu32 " does not hold what was programmed", page);
        err_seen(e, "CRC from 0x%08" PRIX32 " on is 0x%08" PRIX32 "%s", s.addr, s.value, s.eccds ? "; ECC double errors" : "");
        return err_hint(e, "the same again erases and programs it once more; if it stays, the flash or its supply is at fault");
    case RING_FAULT:
        l->broken = true;
        err_set(e, ERR_FAULT, "the RAM loader met a bus fault");
        err_seen(e, "HardFault at PC=0x%08" PRIX32 ", record %" PRIu32 " for 0x%08" PRIX32, s.pc, s.op, s.addr);
        return false;
    default:
        l->broken = true;
        err_set(e, ERR_FAULT, "the RAM loader stopped for no reason it knows");
        err_seen(e, "state 0x%02X, record %" PRIu32 " for 0x%08" PRIX32 ", %" PRIu32 " NMIs", l->state, s.op, s.addr, s.nmis);
        return false;
    }
}

/* What the last look at progress means. */
static bool judge(struct loader *l, struct err *e)
{
    const uint64_t longest_us = l->t->device->flash->limit.erase_ms * UINT64_C(1000) + STUCK_MARGIN_US;

    if (l->state != RING_UP)
        return explain(l, e);
    if (l->read_at >= l->ring_end)
        return not_running(l, "the RAM loader's status is garbled", e);
    if (!loader_idle(l) && clock_now_us(l->t->clock) - l->moved_us > longest_us)
        return not_running(l, "the RAM loader does not move any more", e);
    if (loader_idle(l))
        l->moved_us = clock_now_us(l->t->clock);
    return true;
}

bool loader_poll(struct loader *l, struct err *e) { return read_progress(l, e) && judge(l, e); }

bool loader_wait_idle(struct loader *l, uint64_t first_sleep_us, struct err *e)
{
    if (first_sleep_us)
        clock_sleep_us(l->t->clock, first_sleep_us);
    for (;;) {
        if (!loader_poll(l, e))
            return false;
        if (loader_idle(l))
            return true;
        clock_sleep_us(l->t->clock, POLL_US);
    }
}

bool loader_read_results(struct loader *l, uint32_t *pairs, uint32_t count, struct err *e)
{
    if (!mem_read(&l->t->mem, l->results_at, pairs, (size_t)count * RING_RESULT, e))
        return err_doing(e, "reading the RAM loader's results");
    for (uint32_t i = 0; i < 2 * count; i++)
        pairs[i] = get_le32((const uint8_t *)&pairs[i]);
    return true;
}
