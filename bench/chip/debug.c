/* debug.c - the chip from the debugger's side and from behind the scenes: AHB-AP accesses, ROM table, peek and poke.
 *
 * Sources: RM0503 37, RM0444 40; a J-Link log of an STM32U083 and OpenOCD logs of G0 parts (ROM table at 0xF0000000). */
#include "base/bytes.h"
#include "chip/chip_inner.h"
#include "device/regs/cortexm.h"
#include "device/regs/u0_flash.h"
#include "periph/gpio.h"

#include <string.h>

#define ROM_TABLE     0xF0000000u
#define ARM_ROM_TABLE 0xE00FF000u
enum { SWDIO = 13, SWCLK = 14 }; /* of port A */

static bool is_ppb(uint32_t addr) { return addr >> 20 == PPB_BASE >> 20; }

static bool swd_pins(const struct chip *c)
{
    const struct periph *a = c->gpio[0];

    return gpio_pin_mode(a, SWDIO) == GPIO_ALTERNATE && gpio_pin_function(a, SWDIO) == 0 && gpio_pin_mode(a, SWCLK) == GPIO_ALTERNATE &&
           gpio_pin_function(a, SWCLK) == 0;
}

bool chip_debug_alive(const struct chip *c)
{
    return c->s.powered && chip_has_clock(c) && swd_pins(c) && flash_rdp_level(c->flash) < 2 &&
           flash_reg_peek(c->flash, U0_FLASH_ACR) & BITS(U0_FLASH_ACR_DBG_SWEN);
}

/* ST's table: one entry, Arm's table; designer ST (JEP106 bank 0, 0x20), part number DEV_ID. */
static uint32_t rom_table_word(const struct chip *c, uint32_t offset)
{
    const uint32_t part = c->row->facts.dev_id;

    switch (offset) {
    case 0x000: return (ARM_ROM_TABLE - ROM_TABLE) | 3;
    case 0xFCC: return 1;                     /* MEMTYPE: on the system bus */
    case 0xFE0: return part & 0xFF;           /* PIDR0 */
    case 0xFE4: return (part >> 8 & 0xF) | 0; /* PIDR1: low half of the designer's code is 0 */
    case 0xFE8: return 0x0A;                  /* PIDR2: JEDEC, upper half 2 */
    case 0xFF0: return 0x0D;                  /* CIDR: a ROM table */
    case 0xFF4: return 0x10;
    case 0xFF8: return 0x05;
    case 0xFFC: return 0xB1;
    default: return 0;
    }
}

/* Address of DBGMCU in the normal map for one in its debug copy; else `addr`. */
static uint32_t resolve_debug_space(const struct chip *c, uint32_t addr)
{
    const uint32_t copy = c->row->dbgmcu_debug_base;

    if (copy && addr - copy < 0x1000)
        return c->row->blocks[c->dbgmcu - c->periph].base + (addr - copy);
    return addr;
}

static uint32_t part_of(uint32_t word, uint32_t addr, unsigned bytes)
{
    return word >> (addr & 3) * 8 & (bytes == 4 ? UINT32_MAX : (1u << bytes * 8) - 1);
}

/* The first access is remembered until power-off: BOOT0 and RDP level 1 go by it. */
static bool attach(struct chip *c)
{
    if (!c->s.powered || !chip_has_clock(c))
        return false;
    if (!c->s.debugger) {
        c->s.debugger = 1;
        bus_update_windows(c);
    }
    return true;
}

/* What an access may have set off: a reset asked for, the core halted or set going. */
static void settle(struct chip *c)
{
    if (c->s.pending)
        chip_do_resets(c);
    if (cpu_halted(&c->cpu) != c->s.halted)
        chip_update_freeze(c);
    chip_reschedule(c);
}

/* What a fault puts in the place of a word. */
static bool other_word(const struct chip *c, uint32_t addr, unsigned bytes, uint32_t *value)
{
    uint32_t word;

    if (!c->hooks || !c->hooks->reads_as || !c->hooks->reads_as(c->hooks->ctx, addr & ~3u, &word))
        return false;
    *value = part_of(word, addr, bytes);
    return true;
}

bool chip_debug_read(struct chip *c, uint32_t addr, unsigned bytes, uint32_t *value, uint64_t *done_ps)
{
    bool done;

    *value = 0;
    *done_ps = c->s.now_ps;
    if (!attach(c))
        return false;
    if (is_ppb(addr)) {
        done = cpu_ppb_read(&c->cpu, addr, bytes, value);
    } else if (addr - ROM_TABLE < 0x1000) {
        *value = part_of(rom_table_word(c, addr & 0xFFC), addr, bytes);
        done = true;
    } else {
        done = bus_read(c, resolve_debug_space(c, addr), bytes, FLASH_DEBUG, value, done_ps);
    }
    settle(c);
    return other_word(c, addr, bytes, value) || done;
}

bool chip_debug_write(struct chip *c, uint32_t addr, unsigned bytes, uint32_t value, uint64_t *done_ps)
{
    bool done;

    *done_ps = c->s.now_ps;
    if (!attach(c))
        return false;
    if (is_ppb(addr))
        done = cpu_ppb_write(&c->cpu, addr, bytes, value);
    else if (addr - ROM_TABLE < 0x1000)
        done = true; /* read-only */
    else
        done = bus_write(c, resolve_debug_space(c, addr), bytes, FLASH_DEBUG, value, done_ps);
    settle(c);
    return done;
}

/* ---- peek and poke ---- */

static bool peek_word(const struct chip *c, uint32_t addr, uint32_t *word)
{
    if (bus_is_peripheral(addr))
        return bus_peek_word(c, addr, word);
    if (is_ppb(addr))
        return cpu_ppb_peek(&c->cpu, addr, word);
    *word = rom_table_word(c, addr & 0xFFF);
    return addr - ROM_TABLE < 0x1000;
}

static bool in_sram(const struct chip *c, uint32_t addr, size_t len)
{
    return addr - SRAM_BASE < bus_sram_bytes(c) && len <= bus_sram_bytes(c) - (addr - SRAM_BASE);
}

bool chip_peek(const struct chip *c, uint32_t addr, void *bytes, size_t len)
{
    uint8_t *out = bytes;

    addr = bus_resolve_alias(c, addr);
    if (in_sram(c, addr, len)) {
        memcpy(out, c->sram + (addr - SRAM_BASE), len);
        return true;
    }
    if (flash_owns(c->flash, addr))
        return flash_peek(c->flash, addr, out, len);
    for (size_t i = 0; i < len; i++) {
        const uint32_t at = addr + (uint32_t)i;
        uint32_t word;

        if (!peek_word(c, at & ~3u, &word))
            return false;
        out[i] = (uint8_t)(word >> (at & 3) * 8);
    }
    return true;
}

bool chip_poke(struct chip *c, uint32_t addr, const void *bytes, size_t len)
{
    if (in_sram(c, addr, len)) {
        memcpy(c->sram + (addr - SRAM_BASE), bytes, len);
        bus_parity_good(c, addr - SRAM_BASE, len);
        return true;
    }
    return flash_poke(c->flash, addr, bytes, len);
}

void chip_tell(struct chip *c, const char *what, const char *text) { report_note(c, what, "%s", text); }
bool chip_break_option(struct chip *c, uint32_t reg_offset) { return flash_break_option(c->flash, reg_offset); }
void chip_set_seed(struct chip *c, uint64_t seed) { flash_set_seed(c->flash, seed); }

bool chip_damage(struct chip *c, uint32_t addr, uint64_t data_bits, uint8_t check_bits)
{
    return flash_damage(c->flash, addr, data_bits, check_bits);
}

bool chip_store_option(struct chip *c, uint32_t reg_offset, uint32_t value) { return flash_store_option(c->flash, reg_offset, value); }
