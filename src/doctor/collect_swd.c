/* collect_swd.c - gathering evidence through a probe. Declared in evidence.h.
 *
 * Reads only, but for DEMCR.DWTENA (see evidence.h) and, with the core halted already, DCRSR and MPU_RNR, which is put back. Every reading
 * may fail for a reason that is itself evidence, so nothing is given up before the link is. */
#include "adi/mem.h"
#include "base/bytes.h"
#include "device/regs/adi.h"
#include "device/regs/cortexm.h"
#include "doctor/evidence.h"
#include "flash/loader.h"

#include <stdio.h>
#include <string.h>

enum {
    STACK_LOOK = 256,    /* bytes above the end of RAM, and below: estimate */
    TRIES = 3,           /* of a transfer that failed for another reason than a bus error */
    SAMPLE_EVERY_MS = 3, /* estimate: a reset loop by an unserved watchdog is seen twice, at its fastest */
    ROM_TABLE_SCAN = 4,  /* registers PIDR4, PIDR0..2 */
    FRAME_SEARCH_STEP = 1024,
    LOADER_LOOK = 16, /* bytes of code around PC */
};

#define DWTENA BITS(PPB_DEMCR_DWTENA)

/* What is read besides the option words, by block. Order: as people want to see it in `--json`. */
static const struct {
    const char *block, *reg;
} wanted[] = {
    // clang-format off
    { "FLASH", "ACR" }, { "FLASH", "SR" }, { "FLASH", "CR" }, { "FLASH", "ECCR" }, { "FLASH", "OEMKEYSR" }, { "FLASH", "HDPCR" },
    { "RCC", "CR" }, { "RCC", "CFGR" }, { "RCC", "PLLCFGR" }, { "RCC", "BDCR" }, { "RCC", "CSR" }, { "RCC", "CRRCR" }, { "RCC", "AHBENR" },
    { "RCC", "IOPENR" }, { "RCC", "APBENR1" }, { "RCC", "APBENR2" }, { "RCC", "DBGCFGR" },
    { "DBGMCU", "CR" }, { "DBGMCU", "APB1FZR" },
    { "SYSCFG", "CFGR1" }, { "SYSCFG", "CFGR2" },
    { "IWDG", "PR" }, { "IWDG", "RLR" }, { "IWDG", "SR" },
    { "PWR", "CR1" }, { "PWR", "SR1" }, { "PWR", "SR2" },
    { "PPB", "DHCSR" }, { "PPB", "DEMCR" }, { "PPB", "DFSR" }, { "PPB", "ICSR" }, { "PPB", "VTOR" }, { "PPB", "SCR" }, { "PPB", "CCR" },
    { "PPB", "SHCSR" }, { "PPB", "MPU_TYPE" }, { "PPB", "MPU_CTRL" }, { "PPB", "SYST_CSR" }, { "PPB", "NVIC_ISER" }, { "PPB", "NVIC_ISPR" },
    { "PPB", "BP_CTRL" }, { "PPB", "DWT_CTRL" },
    // clang-format on
};

struct gather {
    struct evidence *v;
    struct target *t;
    struct err *e;
};

/* A bus error is an answer, not a broken link. */
static bool is_answer(const struct err *e) { return e->kind == ERR_FAULT || e->kind == ERR_LOCKED; }

/* Failed, and will be asked again. What carries the probe's own status came over USB well. */
static void count_error(struct gather *g)
{
    bool swd = false;

    for (unsigned i = 0; i < g->e->n_seen; i++)
        swd = swd || strstr(g->e->seen[i], "ST-LINK status");
    *(swd ? &g->v->link_errors : &g->v->usb_errors) += 1;
    if (g->v->failed.kind == ERR_NONE)
        g->v->failed = *g->e;
}

/* A reading has failed: told, and is it worth another try? */
static bool worth_a_try(struct gather *g)
{
    if (is_answer(g->e) || g->e->kind == ERR_INTERRUPTED)
        return false;
    count_error(g);
    return g->e->kind != ERR_NODEV;
}

/* `reading`, up to TRIES times. false: not read, for whatever reason; g->e tells a broken link from a closed address. */
#define TRY(g, reading)                                    \
    do {                                                   \
        for (unsigned tries = 0; tries < TRIES; tries++) { \
            *(g)->e = (struct err){ 0 };                   \
            if (reading)                                   \
                return true;                               \
            if (!worth_a_try(g))                           \
                break;                                     \
        }                                                  \
        return false;                                      \
    } while (0)

static bool words(struct gather *g, struct probe_word *w, size_t count) { TRY(g, mem_batch(&g->t->mem, w, count, g->e)); }
static bool bytes(struct gather *g, uint32_t addr, void *data, size_t len) { TRY(g, mem_read(&g->t->mem, addr, data, len, g->e)); }
static bool core_words(struct gather *g, struct core_reg_value *r, unsigned n) { TRY(g, core_read_regs(&g->t->core, r, n, g->e)); }
static bool look(struct gather *g) { TRY(g, look_read(&g->v->look, g->t, g->e)); }

static bool port_register(struct gather *g, unsigned addr, uint32_t *value)
{
    TRY(g, g->t->probe->ops->read_reg(g->t->probe, 0, addr, value, g->e));
}

static bool link_up(const struct gather *g) { return g->e->kind == ERR_NONE || is_answer(g->e); }

/* ---- registers ---- */

static uint32_t offset_of(const struct reg_block *block, const char *reg, bool *found)
{
    for (const struct reg_name *r = block->regs; r->name; r++)
        if (strcmp(r->name, reg) == 0) {
            *found = true;
            return r->offset;
        }
    *found = false;
    return 0;
}

static void add(struct evidence *v, const struct reg_block *block, uint32_t base, const char *reg)
{
    bool found;
    const uint32_t offset = offset_of(block, reg, &found);

    if (found && v->regs < EV_REGS) /* the name from the table: it outlives a report's text */
        v->reg[v->regs++] = (struct ev_reg){ block, reg_name_at(block, offset), base + offset, 0, false };
}

static void list_registers(struct evidence *v, const struct device *d)
{
    for (const struct option_word *o = d->flash->options; o->name; o++)
        add(v, d->flash->regs, d->flash->base, o->name);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (strcmp(wanted[i].block, "PPB") == 0)
            add(v, &ppb_regs, PPB_BASE, wanted[i].reg);
        for (const struct device_block *b = d->blocks; b && b->regs; b++)
            if (strcmp(b->regs->name, wanted[i].block) == 0)
                add(v, b->regs, b->base, wanted[i].reg);
    }
}

static bool registers(struct gather *g)
{
    struct evidence *v = g->v;
    struct probe_word w[EV_REGS];

    list_registers(v, g->t->device);
    for (unsigned i = 0; i < v->regs; i++)
        w[i] = (struct probe_word){ .addr = v->reg[i].addr };
    if (words(g, w, v->regs)) {
        for (unsigned i = 0; i < v->regs; i++)
            v->reg[i].read = true, v->reg[i].value = w[i].value;
    } else if (link_up(g)) {
        for (unsigned i = 0; i < v->regs && link_up(g); i++) {
            v->reg[i].read = words(g, &w[i], 1);
            v->reg[i].value = w[i].value;
        }
    }
    for (unsigned i = 0; i < v->regs; i++) /* as found, before anybody read or set bits there */
        if (v->reg[i].addr == PPB(DHCSR))
            v->reg[i].value = g->t->was_dhcsr;
        else if (v->reg[i].addr == PPB(DEMCR))
            v->reg[i].value = g->t->was_demcr;
    return link_up(g);
}

/* The controller's registers were read twice, and a bit of a running program may stand in one reading only: the look's is what rules,
 * reports and readers get. */
static void one_truth(struct evidence *v)
{
    const struct flash_facts *f = v->device->flash;
    const struct look *l = &v->look;

    for (unsigned i = 0; i < v->regs; i++) {
        struct ev_reg *r = &v->reg[i];
        const uint32_t offset = r->addr - f->base;

        if (r->block != f->regs || !r->read)
            continue;
        r->value = offset == f->sr ? l->sr : offset == f->cr ? l->cr : offset == f->acr ? l->acr : offset == f->eccr ? l->eccr : r->value;
        for (unsigned k = 0; k < l->options; k++)
            if (f->options[k].offset == offset)
                r->value = l->option[k];
    }
}

static bool option_words(struct gather *g)
{
    g->v->look_read = look(g);
    if (g->v->look_read)
        one_truth(g->v);
    return link_up(g);
}

/* ---- the core ---- */

static bool samples(struct gather *g)
{
    const struct flash_facts *f = g->t->device->flash;
    const bool dwt = g->t->was_demcr & DWTENA;
    struct probe_word on = { PPB(DEMCR), g->t->was_demcr | DWTENA, true }, off = { PPB(DEMCR), g->t->was_demcr, true };
    struct evidence *v = g->v;

    if (!dwt && !words(g, &on, 1))
        return link_up(g);
    for (v->samples = 0; v->samples < EV_SAMPLES; v->samples++) {
        struct probe_word w[] = { { .addr = PPB(DHCSR) }, { .addr = PPB(DWT_PCSR) }, { .addr = PPB(ICSR) }, { .addr = f->base + f->sr } };

        if (!words(g, w, 4))
            break;
        v->sample[v->samples] = (struct ev_sample){ w[0].value, w[1].value, w[2].value, w[3].value };
        clock_sleep_us(g->t->clock, SAMPLE_EVERY_MS * 1000);
    }
    if (!link_up(g))
        return false;
    return dwt || words(g, &off, 1) || link_up(g);
}

static bool mpu(struct gather *g)
{
    struct evidence *v = g->v;
    uint32_t type, was;
    struct probe_word rnr = { .addr = PPB(MPU_RNR) };

    if (!ev_set(v, "PPB.MPU_CTRL.ENABLE") || !ev_field(v, "PPB.MPU_TYPE.DREGION", &type) || !words(g, &rnr, 1))
        return link_up(g);
    was = rnr.value;
    for (v->mpu_regions = 0; v->mpu_regions < type && v->mpu_regions < 8; v->mpu_regions++) {
        struct probe_word w[] = { { PPB(MPU_RNR), v->mpu_regions, true }, { .addr = PPB(MPU_RBAR) }, { .addr = PPB(MPU_RASR) } };

        if (!words(g, w, 3))
            break;
        v->mpu_rbar[v->mpu_regions] = w[1].value;
        v->mpu_rasr[v->mpu_regions] = w[2].value;
    }
    rnr = (struct probe_word){ PPB(MPU_RNR), was, true };
    words(g, &rnr, 1);
    return link_up(g);
}

/* The stack pointer is below RAM: the lowest word there that looks like a return address tells who pushed last. */
static bool last_return(struct gather *g)
{
    struct evidence *v = g->v;
    const struct device *d = g->t->device;
    const struct region *ram = device_region(d, d->loader_ram, 4);
    uint8_t raw[STACK_LOOK];

    if (!ram || v->r[13] >= ram->base || ram->base - v->r[13] > STACK_LOOK || !bytes(g, ram->base, raw, sizeof raw))
        return link_up(g);
    for (unsigned i = 0; i < sizeof raw && !v->stack_last; i += 4) {
        const uint32_t word = get_le32(raw + i);

        if ((word & 1) && word > d->flash_base && word - d->flash_base < g->t->flash_bytes)
            v->stack_last = word;
    }
    return true;
}

static bool core_registers(struct gather *g)
{
    struct core_reg_value r[20];
    struct evidence *v = g->v;

    for (unsigned i = 0; i < 20; i++)
        r[i].reg = i < 19 ? (enum core_reg)i : CORE_CFBP;
    v->regs_read = core_words(g, r, 20);
    if (!v->regs_read)
        return link_up(g);
    for (unsigned i = 0; i < 16; i++)
        v->r[i] = r[i].value;
    v->xpsr = r[16].value;
    v->msp = r[17].value;
    v->psp = r[18].value;
    v->cfbp = r[19].value;
    return last_return(g) && mpu(g);
}

/* ---- memory ---- */

static bool first_words(struct gather *g)
{
    const struct region *system = g->t->device->map;
    struct evidence *v = g->v;
    uint8_t raw[8];

    v->at_0_read = bytes(g, 0, raw, 8);
    for (unsigned i = 0; i < 2; i++)
        v->at_0[i] = v->at_0_read ? get_le32(raw + 4 * i) : 0;
    while (system->name && system->kind != REGION_SYSTEM)
        system++;
    v->in_system_read = link_up(g) && system->name && bytes(g, system->base, raw, 8);
    for (unsigned i = 0; i < 2; i++)
        v->in_system[i] = v->in_system_read ? get_le32(raw + 4 * i) : 0;
    return link_up(g);
}

static bool page0(struct gather *g)
{
    uint8_t page[8192];
    const uint32_t len = g->t->device->flash->page_bytes;
    struct evidence *v = g->v;

    if (len > sizeof page || !bytes(g, g->t->device->flash_base, page, len))
        return link_up(g);
    ev_take_page0(v, page, len);
    return true;
}

/* A stacked frame, as the core would have pushed it: xPSR with T and sane reserved bits, PC even and in memory that holds code. Source:
 * ARMv6-M ARM B1.5.6. */
static bool is_frame(const struct device *d, const uint8_t *at)
{
    const uint32_t lr = get_le32(at + 20), pc = get_le32(at + 24), xpsr = get_le32(at + 28);
    const struct region *r = device_region(d, pc, 2), *of_lr = device_region(d, lr & ~1u, 2);

    if ((xpsr & 0x0FFFFC00) != BITS(COREREG_XPSR_T) || (pc & 1) || !r || (r->kind != REGION_FLASH && r->kind != REGION_RAM))
        return false;
    return lr >= 0xFFFFFFF1 || ((lr & 1) && of_lr && of_lr->kind != REGION_PERIPHERAL);
}

static bool take_frame(struct gather *g, uint32_t at)
{
    uint8_t raw[4 * EV_FRAME];
    struct evidence *v = g->v;

    v->frame_read = bytes(g, at, raw, sizeof raw) && is_frame(g->t->device, raw);
    v->frame_at = at;
    for (unsigned i = 0; i < EV_FRAME; i++)
        v->frame[i] = v->frame_read ? get_le32(raw + 4 * i) : 0;
    return v->frame_read;
}

/* Halted within an exception: its frame lies on the stack, behind what the handler has pushed itself. */
static bool frame_by_sp(struct gather *g)
{
    const uint32_t lr = g->v->r[14];
    uint8_t raw[256];

    if ((g->v->xpsr & 0x3F) == 0)
        return true;
    if (lr >= 0xFFFFFFF1 && take_frame(g, lr & 4 ? g->v->psp : g->v->msp))
        return true;
    if (!link_up(g) || !bytes(g, g->v->msp, raw, sizeof raw))
        return link_up(g);
    for (unsigned i = 0; i + 4 <= sizeof raw; i += 4) { /* LR was pushed last of all: the frame begins behind it */
        const uint32_t word = get_le32(raw + i);

        if (word == 0xFFFFFFF1 || word == 0xFFFFFFF9 || word == 0xFFFFFFFD) {
            take_frame(g, word & 4 ? g->v->psp : g->v->msp + i + 4);
            return link_up(g);
        }
    }
    return true;
}

/* Running in a fault handler: the stack pointer is not to be had without halting. The lowest plausible frame below the initial stack
 * pointer, if there is exactly one; more would be a guess. */
static bool frame_by_search(struct gather *g)
{
    const struct region *ram = device_region(g->t->device, g->v->vector[0] - 4, 4);
    uint32_t top, found = 0;
    unsigned count = 0;
    uint8_t raw[FRAME_SEARCH_STEP + 32];

    if (!ram || ram->kind != REGION_RAM || (g->v->vector[0] & 7))
        return true;
    top = g->v->vector[0];
    memset(raw, 0, sizeof raw);
    for (uint32_t at = top; at > ram->base && at > top - 4 * FRAME_SEARCH_STEP && at >= ram->base + FRAME_SEARCH_STEP;
         at -= FRAME_SEARCH_STEP) {
        memcpy(raw + FRAME_SEARCH_STEP, raw, 32);
        if (!bytes(g, at - FRAME_SEARCH_STEP, raw, FRAME_SEARCH_STEP))
            return link_up(g);
        for (uint32_t i = 0; i < FRAME_SEARCH_STEP; i += 8)
            if (is_frame(g->t->device, raw + i)) {
                found = at - FRAME_SEARCH_STEP + i;
                count++;
            }
    }
    if (count == 1)
        g->v->frame_found = take_frame(g, found);
    return link_up(g);
}

static bool frame(struct gather *g)
{
    const uint32_t n = ev_exception(g->v);

    if (g->v->regs_read)
        return frame_by_sp(g);
    if (ev_is(g->v, "FLASH.OPTR.RAM_PARITY_CHECK", 0)) /* reading RAM that nobody has written raises an NMI: looking must not */
        return true;
    return (n != 2 && n != 3) || !g->v->vectors_read || ev_rdp_level(g->v) || frame_by_search(g);
}

/* A job of ours that was cut off leaves its RAM loader running. */
static bool loader_left(struct gather *g)
{
    uint8_t there[LOADER_LOOK], ours[LOADER_LOOK];
    uint32_t pc;

    if (g->v->ours || !ev_runs_in(g->v, REGION_RAM) || !ev_pc(g->v, &pc) || ev_is(g->v, "FLASH.OPTR.RAM_PARITY_CHECK", 0))
        return true;
    pc &= ~(uint32_t)(LOADER_LOOK - 1);
    if (loader_code(pc, ours, sizeof ours) && bytes(g, pc, there, sizeof there))
        g->v->loader_left = memcmp(there, ours, sizeof ours) == 0;
    return link_up(g);
}

/* The maker of the part, from the ROM table behind AP BASE: PIDR4 and PIDR1..2 (IHI 0031 D1.2, IHI 0029 B2.2). */
static bool rom_table(struct gather *g)
{
    static const uint32_t offset[ROM_TABLE_SCAN] = { 0xFD0, 0xFE0, 0xFE4, 0xFE8 };
    struct probe_word w[ROM_TABLE_SCAN];
    uint32_t base;

    if (!port_register(g, AP_BASE, &base) || base == UINT32_MAX || (base & 3) == 0)
        return link_up(g);
    for (unsigned i = 0; i < ROM_TABLE_SCAN; i++)
        w[i] = (struct probe_word){ .addr = (base & ~0xFFFu) + offset[i] };
    g->v->rom_table_read = words(g, w, ROM_TABLE_SCAN);
    if (g->v->rom_table_read)
        g->v->designer = (w[0].value & 0xF) << 8 | (w[3].value & 7) << 4 | (w[2].value >> 4 & 0xF);
    return link_up(g);
}

/* ---- all of it ---- */

static void take_probe(struct evidence *v, struct probe *p)
{
    snprintf(v->probe_name, sizeof v->probe_name, "%s", p->ops->name);
    snprintf(v->probe_version, sizeof v->probe_version, "%s", p->ops->version(p));
    snprintf(v->probe_serial, sizeof v->probe_serial, "%s", p->id.serial);
    v->speed_khz = p->speed_khz;
    v->probes = v->probes ? v->probes : 1;
}

/* The link: what went wrong first is what counts. */
static bool broke(struct gather *g)
{
    g->v->cut_short = true;
    if (g->v->failed.kind == ERR_NONE)
        g->v->failed = *g->e;
    else if (g->e->kind != ERR_INTERRUPTED)
        *g->e = g->v->failed;
    return false;
}

bool evidence_collect(struct evidence *v, struct target *t, struct err *e)
{
    struct gather g = { v, t, e };
    bool ok;

    take_probe(v, t->probe);
    v->reach = REACH_CHIP;
    v->voltage_mv = t->voltage_mv;
    v->voltage_read = true;
    v->dpidr = t->dpidr;
    v->dpidr_read = true;
    v->under_reset = t->under_reset;
    v->device = t->device;
    v->cpuid = t->core.cpuid;
    v->idcode = t->idcode;
    v->flash_bytes = t->flash_bytes;
    v->flash_size_read = t->flash_size_read;
    v->uid_read = t->uid_read;
    memcpy(v->uid, t->uid, sizeof v->uid);
    v->halted = t->was_halted;
    v->waits = v->ours ? t->probe->waits : 0; /* within a session of ours, those of erases are no news */
    v->usb_resets = t->probe->resets;
    ok = registers(&g) && option_words(&g) && (t->was_halted ? core_registers(&g) : samples(&g)) && first_words(&g) && page0(&g) &&
         frame(&g) && loader_left(&g) && rom_table(&g);
    if (!t->flash_size_read && ok) {
        struct probe_word size = { .addr = t->device->flash_kib_at & ~3u };

        v->flash_kib_word = words(&g, &size, 1) ? size.value : 0;
        ok = link_up(&g);
    }
    v->waits = t->probe->waits - v->waits;
    return ok || broke(&g);
}

bool evidence_read(struct evidence *v, struct target *t, uint32_t addr, void *data, size_t len, bool *read, struct err *e)
{
    struct gather g = { v, t, e };

    *read = bytes(&g, addr, data, len);
    if (!*read && !link_up(&g))
        return broke(&g);
    *e = (struct err){ 0 };
    return true;
}

bool evidence_collect_now(struct evidence *v, struct target *t, struct err *e)
{
    const bool was_halted = t->was_halted;
    const uint32_t was_dhcsr = t->was_dhcsr, was_demcr = t->was_demcr;
    struct probe_word now[] = { { .addr = PPB(DHCSR) }, { .addr = PPB(DEMCR) } };
    bool ok;

    v->ours = true;
    v->device = t->device;
    if (!mem_batch(&t->mem, now, 2, e)) { /* no more than that something answered before */
        evidence_no_target(v, t->probe, e);
        return false;
    }
    t->was_dhcsr = now[0].value;
    t->was_demcr = now[1].value;
    t->was_halted = now[0].value & BITS(PPB_DHCSR_S_HALT);
    ok = evidence_collect(v, t, e);
    t->was_halted = was_halted;
    t->was_dhcsr = was_dhcsr;
    t->was_demcr = was_demcr;
    return ok;
}

void evidence_no_target(struct evidence *v, struct probe *probe, const struct err *e)
{
    struct err ignored = { 0 };

    v->failed = *e;
    if (!probe)
        return;
    take_probe(v, probe);
    v->voltage_read = probe->ops->voltage(probe, &v->voltage_mv, &ignored);
    v->reach = v->voltage_read ? REACH_PROBE : REACH_USB; /* else the probe itself does not answer any more */
    if (!v->voltage_read || !probe->ops->connect(probe, &ignored) || !probe->ops->read_reg(probe, PROBE_DP, DP_DPIDR, &v->dpidr, &ignored))
        return;
    v->dpidr_read = true;
    v->reach = REACH_LINK;
    v->ap_read =
        probe->ops->read_reg(probe, 0, AP_IDR, &v->ap_idr, &ignored) && probe->ops->read_reg(probe, 0, AP_CSW, &v->ap_csw, &ignored);
}
