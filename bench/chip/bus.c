/* bus.c - who answers at an address, for the core and for the debugger.
 *
 *   0x00000000  alias of flash, system memory or SRAM (SYSCFG MEM_MODE)     0x40000000  APB and AHB peripherals
 *   0x08000000  flash                                                       0x50000000  GPIO
 *   0x1FFF0000  system memory, OTP, signature                               0xE0000000  the core's own (cpu/), 0xF0000000 debug.c
 *   0x20000000  SRAM1, SRAM2
 *
 * A peripheral whose clock is off reads 0 and ignores writes. What is on a bus but belongs to nobody likewise; anything else is a bus
 * error. Under reset the peripherals stand at their reset values; memories and DBGMCU answer. */
#include "base/bytes.h"
#include "chip/chip_inner.h"
#include "device/regs/u0_flash.h"
#include "periph/tamp.h"

#define APB_BASE           0x40000000u
#define IO_BASE            0x50000000u
#define SYSTEM_ALIAS_BYTES 0x10000u /* system memory, OTP and signature; SRAM begins behind them */

uint32_t chip_option(const struct chip *c, uint32_t optr_mask) { return flash_option(c->flash, U0_FLASH_OPTR) & optr_mask; }

/* ---- memory map ---- */

static void map_block(uint8_t *map, size_t pages, uint32_t base, const struct chip_block *b, size_t index)
{
    for (uint32_t at = 0; at < b->bytes; at += 0x100)
        if ((b->base - base + at) >> 8 < pages)
            map[(b->base - base + at) >> 8] = (uint8_t)(index + 1);
}

void bus_build_map(struct chip *c)
{
    for (size_t i = 0; i < c->block_count; i++) {
        const struct chip_block *b = &c->row->blocks[i];

        if (b->base < IO_BASE)
            map_block(c->map_apb, sizeof c->map_apb, APB_BASE, b, i);
        else
            map_block(c->map_io, sizeof c->map_io, IO_BASE, b, i);
    }
}

const struct chip_block *bus_block_at(const struct chip *c, uint32_t addr, size_t *index)
{
    uint8_t found = 0;

    if ((addr - APB_BASE) >> 8 < sizeof c->map_apb)
        found = c->map_apb[(addr - APB_BASE) >> 8];
    else if ((addr - IO_BASE) >> 8 < sizeof c->map_io)
        found = c->map_io[(addr - IO_BASE) >> 8];
    if (!found)
        return NULL;
    *index = found - 1u;
    return &c->row->blocks[*index];
}

bool bus_is_peripheral(uint32_t addr) { return addr >> 28 == APB_BASE >> 28 || addr >> 28 == IO_BASE >> 28; }

static bool on_a_bus(const struct chip *c, uint32_t addr)
{
    for (const struct chip_region *r = c->row->buses; r->bytes; r++)
        if (addr - r->base < r->bytes)
            return true;
    return false;
}

uint32_t bus_sram_bytes(const struct chip *c)
{
    const bool parity = !chip_option(c, BITS(U0_FLASH_OPTR_RAM_PARITY_CHECK));

    return c->row->sram1_bytes + c->row->sram2_bytes - (parity ? c->row->sram_parity_bytes : 0);
}

/* RAM_PARITY_CHECK = 0: on the G0 all of SRAM has parity then, at the price of its end (RM0444 2.4); on the U0 SRAM2 (RM0503 2.4). */
uint32_t bus_parity_from(const struct chip *c)
{
    if (chip_option(c, BITS(U0_FLASH_OPTR_RAM_PARITY_CHECK)))
        return bus_sram_bytes(c);
    return c->row->sram_parity_bytes ? 0 : c->row->sram1_bytes;
}

void bus_parity_good(struct chip *c, uint32_t offset, size_t len)
{
    if (offset + len > bus_parity_from(c))
        for (size_t i = 0; i < len; i++)
            c->sram_parity[(offset + i) / 8] |= (uint8_t)(1u << (offset + i) % 8);
}

/* A read of what was never written: the flag, and NMI (SYSCFG_CFGR2.SPF, G0: SRAM_PEF). */
static void check_parity(struct chip *c, uint32_t offset, unsigned bytes)
{
    if (offset < bus_parity_from(c))
        return;
    for (unsigned i = 0; i < bytes; i++)
        if (!(c->sram_parity[(offset + i) / 8] >> (offset + i) % 8 & 1)) {
            report_note(c, "parity", "read of RAM that was never written");
            syscfg_parity_error(c->syscfg);
            cpu_nmi(&c->cpu);
            return;
        }
}

/* Where an access to the alias at 0 goes. */
uint32_t bus_resolve_alias(const struct chip *c, uint32_t addr)
{
    if (addr >= c->row->facts.flash_base)
        return addr;
    switch (syscfg_mem_mode(c->syscfg)) {
    case MEM_SYSTEM: return addr < SYSTEM_ALIAS_BYTES ? c->row->system_base + addr : addr;
    case MEM_SRAM: return SRAM_BASE + addr;
    default: return c->row->facts.flash_base + addr;
    }
}

/* ---- windows: what the core may touch without asking ---- */

void bus_update_windows(struct chip *c)
{
    const uint8_t wait = (uint8_t)flash_latency(c->flash);
    struct cpu_window *w = c->cpu.window;
    uint32_t base = 0, bytes = 0;
    uint8_t *flash = flash_window(c->flash, &base, &bytes), *system;

    w[0] = (struct cpu_window){ SRAM_BASE, bus_parity_from(c), c->sram, true, 0 }; /* what has parity goes through bus_read */
    w[1] = flash ? (struct cpu_window){ base, bytes, flash, false, wait } : (struct cpu_window){ 0 };
    system = flash_system_window(c->flash, &base, &bytes);
    w[2] = system ? (struct cpu_window){ base, bytes, system, false, wait } : (struct cpu_window){ 0 };
    switch (syscfg_mem_mode(c->syscfg)) {
    case MEM_SYSTEM: w[3] = w[2]; break;
    case MEM_SRAM: w[3] = w[0]; break;
    default: w[3] = w[1]; break;
    }
    w[3].base = 0;
}

/* ---- peripherals ---- */

/* The debugger reaches DBGMCU without its clock enable and under reset (RM0444 40.10). */
static bool is_clocked(const struct chip *c, const struct chip_block *b, enum flash_master who)
{
    if (who == FLASH_DEBUG && &c->row->blocks[c->dbgmcu - c->periph] == b)
        return true;
    return !b->enable.bit || periph_peek(c->rcc, b->enable.reg) & b->enable.bit;
}

static bool in_reset(const struct chip *c, const struct chip_block *b)
{
    if (b->reset.bit && periph_peek(c->rcc, b->reset.reg) & b->reset.bit)
        return true;
    return c->s.in_reset && &c->row->blocks[c->dbgmcu - c->periph] != b;
}

static void unclocked(struct chip *c, size_t index)
{
    if (c->r.unclocked[index] < UINT32_MAX)
        c->r.unclocked[index]++;
}

static uint32_t narrow(uint32_t word, uint32_t addr, unsigned bytes)
{
    return word >> (addr & 3) * 8 & (bytes == 4 ? UINT32_MAX : (1u << bytes * 8) - 1);
}

/* At RDP level 1 the debugger finds the backup registers closed, as SRAM and main flash (ST wiki "RDP for STM32U0"). */
static bool backup_closed(const struct chip *c, const struct chip_block *b, uint32_t addr, enum flash_master who)
{
    return who == FLASH_DEBUG && b == &c->row->blocks[c->tamp - c->periph] && addr - b->base >= TAMP_BACKUP_FIRST &&
           flash_rdp_level(c->flash) != 0;
}

static bool peripheral_read(struct chip *c, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value)
{
    size_t i;
    const struct chip_block *b = bus_block_at(c, addr, &i);

    *value = 0;
    if (addr - c->row->flash_regs < 0x400)
        return flash_reg_read(c->flash, addr - c->row->flash_regs, bytes, who, value);
    if (!b)
        return on_a_bus(c, addr);
    if (backup_closed(c, b, addr, who))
        return false;
    if (!is_clocked(c, b, who))
        unclocked(c, i);
    else if (!b->kind)
        *value = narrow(report_unknown_read(c, addr & ~3u), addr, bytes);
    else if (in_reset(c, b))
        *value = narrow(periph_peek(&c->periph[i], (addr - b->base) & ~3u), addr, bytes);
    else
        *value = periph_read(&c->periph[i], addr - b->base, bytes);
    return true;
}

static bool peripheral_write(struct chip *c, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t value, uint64_t *done_ps)
{
    size_t i;
    const struct chip_block *b = bus_block_at(c, addr, &i);

    if (addr - c->row->flash_regs < 0x400)
        return c->s.in_reset || flash_reg_write(c->flash, addr - c->row->flash_regs, bytes, who, value, done_ps);
    if (!b)
        return on_a_bus(c, addr);
    if (backup_closed(c, b, addr, who))
        return false;
    if (!is_clocked(c, b, who)) {
        unclocked(c, i);
    } else if (in_reset(c, b)) {
        /* held at its reset values */
    } else if (b->kind) {
        periph_write(&c->periph[i], addr - b->base, bytes, value);
    } else {
        const uint32_t lanes = bytes == 4 ? UINT32_MAX : ((1u << bytes * 8) - 1) << (addr & 3) * 8;

        report_unknown_write(c, addr & ~3u, value << (addr & 3) * 8, lanes);
    }
    return true;
}

bool bus_peek_word(const struct chip *c, uint32_t addr, uint32_t *word)
{
    size_t i;
    const struct chip_block *b = bus_block_at(c, addr, &i);

    *word = 0;
    if (addr - c->row->flash_regs < 0x400)
        *word = flash_reg_peek(c->flash, addr - c->row->flash_regs);
    else if (!b)
        return on_a_bus(c, addr);
    else if (b->kind)
        *word = periph_peek(&c->periph[i], addr - b->base);
    else
        *word = report_unknown_peek(c, addr);
    return true;
}

/* ---- the whole bus ---- */

static bool sram_at(const struct chip *c, uint32_t addr, uint32_t bytes)
{
    return addr - SRAM_BASE < bus_sram_bytes(c) && bus_sram_bytes(c) - (addr - SRAM_BASE) >= bytes;
}

/* At RDP level 1 the debugger finds SRAM closed as well as main flash (ST wiki "RDP for STM32U0"). */
static bool sram_closed(const struct chip *c, enum flash_master who) { return who == FLASH_DEBUG && flash_rdp_level(c->flash) != 0; }

bool bus_read(struct chip *c, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value, uint64_t *done_ps)
{
    *done_ps = chip_time_ps(c);
    if (bus_is_peripheral(addr))
        return peripheral_read(c, addr, bytes, who, value);
    addr = bus_resolve_alias(c, addr);
    if (sram_at(c, addr, bytes)) {
        const uint8_t *at = c->sram + (addr - SRAM_BASE);

        if (sram_closed(c, who))
            return *value = 0, false;
        *value = bytes == 4 ? get_le32(at) : bytes == 2 ? get_le16(at) : *at;
        check_parity(c, addr - SRAM_BASE, bytes);
        return true;
    }
    return flash_owns(c->flash, addr) && flash_mem_read(c->flash, addr, bytes, who, value, done_ps);
}

bool bus_write(struct chip *c, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t value, uint64_t *done_ps)
{
    *done_ps = chip_time_ps(c);
    if (bus_is_peripheral(addr))
        return peripheral_write(c, addr, bytes, who, value, done_ps);
    addr = bus_resolve_alias(c, addr);
    if (sram_at(c, addr, bytes)) {
        uint8_t *at = c->sram + (addr - SRAM_BASE);

        if (sram_closed(c, who))
            return false;
        for (unsigned i = 0; i < bytes; i++)
            at[i] = (uint8_t)(value >> i * 8);
        bus_parity_good(c, addr - SRAM_BASE, bytes);
        return true;
    }
    return flash_owns(c->flash, addr) && flash_mem_write(c->flash, addr, bytes, who, value, done_ps);
}

/* ---- the core's port ---- */

bool cpu_port_read(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t *value)
{
    struct chip *c = ctx;
    uint64_t done_ps;
    const bool done = bus_read(c, addr, bytes, how == CPU_FETCH ? FLASH_FETCH : FLASH_CPU, value, &done_ps);

    if (done_ps > chip_time_ps(c))
        chip_wait_bus(c, done_ps);
    if (done && how == CPU_DATA && bus_is_peripheral(addr))
        report_spin(c, addr, *value);
    return done;
}

bool cpu_port_write(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t value)
{
    struct chip *c = ctx;
    uint64_t done_ps;
    const bool done = bus_write(c, addr, bytes, FLASH_CPU, value, &done_ps);

    if (done_ps > chip_time_ps(c))
        chip_wait_bus(c, done_ps);
    return done;
}
