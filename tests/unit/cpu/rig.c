/* rig.c - see rig.h. */
#include "rig.h"

#include "base/bytes.h"

static bool is_device(const struct rig *r, uint32_t addr)
{
    return !r->no_device && ((addr & ~0x3Fu) == DEVICE || (addr & ~0x3Fu) == IOPORT);
}

static bool read_port(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t *value)
{
    struct rig *r = ctx;

    r->reads++;
    r->last_addr = addr;
    r->last_bytes = bytes;
    r->last_cycle = r->c.s.cycle;
    if (how == CPU_VECTOR && addr < FLASH_BYTES && !r->vectors_fail) {
        *value = get_le32(r->flash + addr);
        return true;
    }
    if (!is_device(r, addr))
        return false;
    cpu_stall(&r->c, r->stall);
    *value = r->device[addr / 4 % 16] >> (8 * (addr & 3));
    if (bytes < 4)
        *value &= (1u << (8 * bytes)) - 1;
    if (r->on_device)
        r->on_device(r);
    return true;
}

static bool write_port(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t value)
{
    struct rig *r = ctx;

    r->writes++;
    r->last_addr = addr;
    r->last_bytes = bytes;
    r->last_value = value;
    r->last_cycle = r->c.s.cycle;
    if (!is_device(r, addr))
        return false;
    cpu_stall(&r->c, r->stall);
    r->device[addr / 4 % 16] = value;
    if (r->on_device)
        r->on_device(r);
    return true;
}

static void system_reset_request(void *ctx) { ((struct rig *)ctx)->resets++; }
static void debug_enabled(void *ctx, bool on) { ((struct rig *)ctx)->debug_enabled = on; }

static void sleeping(void *ctx, bool asleep, bool deep)
{
    struct rig *r = ctx;

    r->sleeps += asleep;
    r->wakes += !asleep;
    r->deep = deep;
}

void rig_init(struct rig *r)
{
    memset(r, 0, sizeof *r);
    r->port = (struct cpu_port){ r, read_port, write_port, system_reset_request, sleeping, debug_enabled };
    r->debug_enabled = -1;
    for (uint32_t i = 0; i < FLASH_BYTES; i += 2)
        put_le16(r->flash + i, 0xE7FE);
    put_le32(r->flash, STACK);
    put_le32(r->flash + 4, CODE | 1);
    for (uint32_t n = 2; n < 48; n++)
        put_le32(r->flash + 4 * n, (HANDLER + 16 * n) | 1);
    cpu_init(&r->c, &r->port);
    r->c.window[0] = (struct cpu_window){ FLASH, FLASH_BYTES, r->flash, false, 0 };
    r->c.window[1] = (struct cpu_window){ SRAM, SRAM_BYTES, r->sram, true, 0 };
    r->c.window[2] = (struct cpu_window){ 0, FLASH_BYTES, r->flash, false, 0 };
    rig_step(r); /* the vectors */
    r->reads = 0;
}

static uint8_t *place(struct rig *r, uint32_t addr)
{
    if (addr - FLASH < FLASH_BYTES)
        return r->flash + (addr - FLASH);
    assert_true(addr - SRAM < SRAM_BYTES);
    return r->sram + (addr - SRAM);
}

void rig_put(struct rig *r, uint32_t addr, uint32_t word) { put_le32(place(r, addr), word); }
uint32_t rig_get(struct rig *r, uint32_t addr) { return get_le32(place(r, addr)); }

void rig_code(struct rig *r, uint32_t addr, ...)
{
    va_list args;
    int half;

    va_start(args, addr);
    while ((half = va_arg(args, int)) != RIG_END) {
        put_le16(place(r, addr), (uint16_t)half);
        addr += 2;
    }
    va_end(args);
}

void rig_run(struct rig *r, uint64_t cycles) { cpu_run(&r->c, r->c.s.cycle + cycles); }

uint64_t rig_step(struct rig *r)
{
    const uint64_t before = r->c.s.cycle;

    cpu_run(&r->c, before + 1);
    return r->c.s.cycle - before;
}

void rig_until(struct rig *r, uint32_t pc)
{
    for (unsigned i = 0; i < 10000 && (r->c.s.r[15] != pc || r->c.s.entering); i++)
        rig_step(r);
    assert_int_equal(r->c.s.r[15], pc);
}

uint32_t rig_read(struct rig *r, uint32_t addr)
{
    uint32_t value;

    assert_true(cpu_ppb_read(&r->c, addr, 4, &value));
    return value;
}

void rig_write(struct rig *r, uint32_t addr, uint32_t value) { assert_true(cpu_ppb_write(&r->c, addr, 4, value)); }

uint32_t rig_reg(struct rig *r, unsigned regsel)
{
    rig_write(r, PPB(DCRSR), regsel);
    return rig_read(r, PPB(DCRDR));
}

void rig_set_reg(struct rig *r, unsigned regsel, uint32_t value)
{
    rig_write(r, PPB(DCRDR), value);
    rig_write(r, PPB(DCRSR), BITS(PPB_DCRSR_REGWnR) | regsel);
}

void rig_halt(struct rig *r)
{
    rig_write(r, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT));
    rig_run(r, 1);
    assert_true(cpu_halted(&r->c));
}
