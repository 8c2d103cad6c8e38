/* ppb.c - the private peripheral bus as a map of rows: who answers at an address, for the program and for the debugger.
 *
 * Sources: DDI 0419 B3.1 (addresses without a register read 0 and ignore writes), DDI 0484 chapter 7 (ROM table, component ids).
 * Accesses smaller than a word are UNPREDICTABLE: here reads give the lanes asked for, writes are a bus error. */
#include "cpu/cpu_internal.h"

/* CoreSight components: class and part number; designer Arm (JEP106 4, 0x3B), revision 0. DDI 0484 tables 7-1 to 7-5. */
// clang-format off
static const struct component {
    uint32_t base;
    uint8_t class;
    uint16_t part;
} components[] = {
    { 0x01000,       0xE, 0x00A }, /* DWT */
    { 0x02000,       0xE, 0x00B }, /* BPU */
    { 0x0E000,       0xE, 0x008 }, /* SCS */
    { PPB_ROM_TABLE, 0x1, 0x4C0 }, /* ROM table */
};

/* Its entries: offset from the table to the component, format 32 bits, present. An empty word ends the list. */
static const uint32_t rom_table[] = { 0xFFF0F003 /* SCS */, 0xFFF02003 /* DWT */, 0xFFF03003 /* BPU */ };
// clang-format on

enum { COMPONENT_BYTES = 0x1000, PIDR4 = 0xFD0, PIDR0 = 0xFE0, CIDR0 = 0xFF0, ROM_MEMTYPE = 0xFCC };

static uint32_t component_id(const struct component *k, uint32_t at)
{
    switch (at) {
    case PIDR4: return 0x04;
    case PIDR0: return k->part & 0xFFu;
    case PIDR0 + 4: return 0xB0u | k->part >> 8;
    case PIDR0 + 8: return 0x0B;
    case CIDR0: return 0x0D;
    case CIDR0 + 4: return (uint32_t)k->class << 4;
    case CIDR0 + 8: return 0x05;
    case CIDR0 + 12: return 0xB1;
    default: return 0;
    }
}

static uint32_t read_identification(uint32_t offset)
{
    if (offset >= PPB_ROM_TABLE && offset - PPB_ROM_TABLE < sizeof rom_table)
        return rom_table[(offset - PPB_ROM_TABLE) / 4];
    if (offset == PPB_ROM_TABLE + ROM_MEMTYPE)
        return 1; /* system memory is on this bus */
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++)
        if (offset - components[i].base < COMPONENT_BYTES)
            return component_id(&components[i], offset - components[i].base);
    return 0;
}

static const struct ppb_row *const row_groups[] = {
    cpu_systick_rows, cpu_nvic_rows, cpu_scb_rows, cpu_mpu_rows, cpu_debug_rows, cpu_bpu_dwt_rows,
};

static const struct ppb_row *find_row(uint32_t offset)
{
    for (size_t i = 0; i < sizeof row_groups / sizeof row_groups[0]; i++)
        for (const struct ppb_row *row = row_groups[i]; row->last != 0; row++)
            if (offset >= row->first && offset <= row->last)
                return row;
    return NULL;
}

static uint32_t look(const struct cpu *c, uint32_t offset, const struct ppb_row *row)
{
    if (row == NULL)
        return read_identification(offset);
    return row->read ? row->read(c, offset - row->first) : 0;
}

static bool is_ppb(uint32_t addr, unsigned bytes) { return addr >> 20 == PPB_BASE >> 20 && !(addr & (bytes - 1)); }

static bool ppb_read(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value, bool debugger)
{
    const uint32_t offset = (addr - PPB_BASE) & ~3u;
    const struct ppb_row *row = find_row(offset);
    uint32_t word;

    if (!is_ppb(addr, bytes))
        return false;
    word = row && row->debugger_only && !debugger ? 0 : look(c, offset, row);
    *value = bytes == 4 ? word : word >> (8 * (addr & 3)) & ((1u << (8 * bytes)) - 1);
    if (row && row->after_read && (debugger || !row->debugger_only)) {
        cpu_systick_sync(c);
        row->after_read(c, offset - row->first, debugger);
        cpu_derive(c);
    }
    return true;
}

static bool ppb_write(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value, bool debugger)
{
    const uint32_t offset = addr - PPB_BASE;
    const struct ppb_row *row = find_row(offset);

    if (!is_ppb(addr, bytes) || bytes != 4)
        return false;
    if (row && row->write && (debugger || !row->debugger_only)) {
        cpu_systick_sync(c);
        row->write(c, offset - row->first, value, debugger);
        cpu_derive(c);
    }
    return true;
}

bool cpu_ppb_program_read(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value) { return ppb_read(c, addr, bytes, value, false); }
bool cpu_ppb_program_write(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value) { return ppb_write(c, addr, bytes, value, false); }
bool cpu_ppb_read(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value) { return ppb_read(c, addr, bytes, value, true); }
bool cpu_ppb_write(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value) { return ppb_write(c, addr, bytes, value, true); }

bool cpu_ppb_peek(const struct cpu *c, uint32_t addr, uint32_t *value)
{
    const uint32_t offset = (addr - PPB_BASE) & ~3u;

    if (!is_ppb(addr, 1))
        return false;
    *value = look(c, offset, find_row(offset));
    return true;
}
