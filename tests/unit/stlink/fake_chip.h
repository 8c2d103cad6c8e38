/* fake_chip.h - the least of a STM32G071 that lets a probe's commands be seen to work: flash that reads blank, RAM, words for
 * peripherals, and the debug registers of a core that never executes anything. With a probe, a cable and a USB host around it. */
#pragma once
#include "device/regs/cortexm.h"
#include "stlink/stlink.h"
#include "usb/usbhost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHIP_RAM = 0x20000000, CHIP_RAM_BYTES = 0x12000, CHIP_FLASH = 0x08000000, CHIP_FLASH_BYTES = 0x20000, CHIP_WORDS = 64 };

struct chip_word {
    uint32_t addr, value;
};

struct fake_chip {
    struct timeline *time;
    bool dead, nrst_low, no_regrdy;
    unsigned vtref_mv, resets;
    uint64_t access_ps;
    uint8_t ram[CHIP_RAM_BYTES];
    struct chip_word words[CHIP_WORDS];
    unsigned count;
    uint32_t regs[32];
    uint32_t dhcsr, dcrdr, demcr, dfsr;
    bool bp_enabled, reset_st;
    unsigned accesses;
    uint32_t last_addr;
};

static inline uint32_t *chip_word(struct fake_chip *c, uint32_t addr)
{
    for (unsigned i = 0; i < c->count; i++)
        if (c->words[i].addr == addr)
            return &c->words[i].value;
    assert_true(c->count < CHIP_WORDS);
    c->words[c->count] = (struct chip_word){ addr, 0 };
    return &c->words[c->count++].value;
}

static inline void chip_system_reset(struct fake_chip *c)
{
    c->resets++;
    c->reset_st = true;
    c->dhcsr &= BITS(PPB_DHCSR_C_DEBUGEN);
    if (c->dhcsr && c->demcr & BITS(PPB_DEMCR_VC_CORERESET)) {
        c->dhcsr |= BITS(PPB_DHCSR_C_HALT);
        c->dfsr |= BITS(PPB_DFSR_VCATCH);
    }
}

static inline uint32_t chip_read_dhcsr(struct fake_chip *c)
{
    uint32_t value = c->dhcsr | (c->no_regrdy ? 0 : BITS(PPB_DHCSR_S_REGRDY));

    if (value & BITS(PPB_DHCSR_C_HALT))
        value |= BITS(PPB_DHCSR_S_HALT);
    if (c->reset_st)
        value |= BITS(PPB_DHCSR_S_RESET_ST);
    c->reset_st = false;
    return value;
}

static inline void chip_write_dhcsr(struct fake_chip *c, uint32_t value)
{
    if ((value & 0xFFFF0000) != DHCSR_KEY)
        return;
    if (value & BITS(PPB_DHCSR_C_HALT) && !(c->dhcsr & BITS(PPB_DHCSR_C_HALT)))
        c->dfsr |= BITS(PPB_DFSR_HALTED);
    c->dhcsr = value & 0xF;
}

static inline bool chip_is_words(uint32_t addr)
{
    return addr >> 28 == 4 || addr >> 24 == 0xE0 || (addr >= 0x1FFF7000 && addr < 0x1FFF8000);
}

static inline uint32_t chip_read_word(struct fake_chip *c, uint32_t addr)
{
    switch (addr) {
    case PPB(DHCSR): return chip_read_dhcsr(c);
    case PPB(DCRDR): return c->dcrdr;
    case PPB(DEMCR): return c->demcr;
    case PPB(DFSR): return c->dfsr;
    case PPB(AIRCR): return 0;
    case PPB(BP_CTRL): return 0x40u | c->bp_enabled;
    default: return *chip_word(c, addr);
    }
}

static inline void chip_write_word(struct fake_chip *c, uint32_t addr, uint32_t value)
{
    switch (addr) {
    case PPB(DHCSR): chip_write_dhcsr(c, value); break;
    case PPB(DCRDR): c->dcrdr = value; break;
    case PPB(DEMCR): c->demcr = value; break;
    case PPB(DFSR): c->dfsr &= ~value; break;
    case PPB(DCRSR):
        if (value & BITS(PPB_DCRSR_REGWnR))
            c->regs[value & 31] = c->dcrdr;
        else
            c->dcrdr = c->regs[value & 31];
        break;
    case PPB(AIRCR):
        if ((value & 0xFFFF0004) == (AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ)))
            chip_system_reset(c);
        break;
    case PPB(BP_CTRL):
        if (value & 2)
            c->bp_enabled = value & 1;
        break;
    default: *chip_word(c, addr) = value; break;
    }
}

static inline bool chip_alive(void *ctx) { return !((struct fake_chip *)ctx)->dead; }

static inline bool chip_read(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value, uint64_t *done_ps)
{
    struct fake_chip *c = ctx;

    *done_ps = c->time->now_ps + c->access_ps;
    c->accesses++;
    c->last_addr = addr;
    *value = 0;
    if (addr >= CHIP_RAM && addr - CHIP_RAM + bytes <= CHIP_RAM_BYTES)
        memcpy(value, c->ram + (addr - CHIP_RAM), bytes); /* tests run on little-endian hosts */
    else if (addr >= CHIP_FLASH && addr - CHIP_FLASH + bytes <= CHIP_FLASH_BYTES)
        *value = UINT32_MAX;
    else if (chip_is_words(addr))
        *value = chip_read_word(c, addr & ~3u) >> 8 * (addr & 3);
    else
        return false;
    return true;
}

static inline bool chip_write(void *ctx, uint32_t addr, unsigned bytes, uint32_t value, uint64_t *done_ps)
{
    struct fake_chip *c = ctx;

    *done_ps = c->time->now_ps + c->access_ps;
    c->accesses++;
    c->last_addr = addr;
    if (addr >= CHIP_RAM && addr - CHIP_RAM + bytes <= CHIP_RAM_BYTES)
        memcpy(c->ram + (addr - CHIP_RAM), &value, bytes);
    else if (chip_is_words(addr) && bytes == 4)
        chip_write_word(c, addr, value);
    else
        return false;
    return true;
}

static inline void chip_nrst(void *ctx, bool low)
{
    struct fake_chip *c = ctx;

    if (c->nrst_low && !low)
        chip_system_reset(c);
    c->nrst_low = low;
}

static inline unsigned chip_vtref(void *ctx) { return ((struct fake_chip *)ctx)->vtref_mv; }

struct bench {
    struct timeline time;
    struct fake_chip chip;
    struct dap_target bus;
    struct dap dap;
    struct stlink_wires wires;
    struct stlink_params params;
    struct stlink probe;
    struct usb_params usb_params;
    struct usbhost host;
};

static const struct dap_facts bench_g071 = { 0x0BC11477, 0, { { 0x04770031, 0xF0000003, 0 }, { 0, 0, 0 } } };
static const struct dap_facts bench_u073 = { 0x6BA02477, 0x04890041, { { 0x84770001, 0xF0000003, 0 }, { 0x54770002, 0, 0 } } };

/* A probe with firmware V2J`j`M30, plugged in, its target powered and reset. */
static inline struct bench *bench_new(const struct dap_facts *facts, unsigned j)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->chip = (struct fake_chip){ .time = &b->time, .vtref_mv = 3276, .reset_st = true };
    b->bus = (struct dap_target){ &b->chip, chip_alive, chip_read, chip_write };
    b->wires = (struct stlink_wires){ &b->chip, &b->dap, chip_nrst, chip_vtref };
    b->params = (struct stlink_params){ 300 * PS_PER_US, j, 30, "066DFF535550755187191037", .board_id = "0835" };
    b->usb_params = (struct usb_params){ 50 * PS_PER_US, 83333, 13, 64 };
    dap_init(&b->dap, facts, &b->bus, &b->time);
    stlink_init(&b->probe, &b->wires, &b->params, &b->time);
    b->host = (struct usbhost){ .dev = &b->probe.usb, .time = &b->time, .params = &b->usb_params, .plugged = true };
    stlink_power_on(&b->probe);
    *chip_word(&b->chip, PPB(CPUID)) = 0x410CC601;
    *chip_word(&b->chip, PPB(DWT_CTRL)) = 0x20000000;
    *chip_word(&b->chip, 0x40015800) = 0x20000460;
    *chip_word(&b->chip, 0x40022020) = 0xFFFFFEAA;
    *chip_word(&b->chip, 0x1FFF75E0) = 0x80;
    return b;
}

static inline enum usb_status bench_out(struct bench *b, const void *bytes, size_t len)
{
    uint8_t copy[70000];
    size_t done;

    assert_true(len <= sizeof copy);
    memcpy(copy, bytes, len);
    return usbhost_bulk(&b->host, 0x01, copy, len, &done, 3 * PS_PER_S);
}

/* Read up to `len` bytes; how many came. */
static inline size_t bench_in(struct bench *b, uint8_t *bytes, size_t len)
{
    size_t done;

    usbhost_bulk(&b->host, 0x81, bytes, len, &done, 3 * PS_PER_S);
    return done;
}

/* A command of 16 bytes, zero-padded, from literal bytes. */
#define COMMAND(b, ...)                                                    \
    do {                                                                   \
        const uint8_t block_[16] = { __VA_ARGS__ };                        \
        assert_int_equal(bench_out((b), block_, sizeof block_), USB_DONE); \
    } while (0)
#define LE32(v) (uint8_t)(v), (uint8_t)((uint32_t)(v) >> 8), (uint8_t)((uint32_t)(v) >> 16), (uint8_t)((uint32_t)(v) >> 24)
#define LE16(v) (uint8_t)(v), (uint8_t)((v) >> 8)

static inline void expect_reply(struct bench *b, const void *expected, size_t len)
{
    uint8_t got[512] = { 0 };

    assert_int_equal(bench_in(b, got, len), len);
    assert_memory_equal(got, expected, len);
}
#define EXPECT(b, ...)                                  \
    do {                                                \
        const uint8_t expected_[] = { __VA_ARGS__ };    \
        expect_reply((b), expected_, sizeof expected_); \
    } while (0)

static inline void enter_swd(struct bench *b)
{
    COMMAND(b, 0xF2, 0x30, 0xA3);
    EXPECT(b, 0x80, 0x00);
}

static inline struct bench *bench_in_debug(const struct dap_facts *facts, unsigned j)
{
    struct bench *b = bench_new(facts, j);

    enter_swd(b);
    return b;
}

static inline void expect_last_status(struct bench *b, uint8_t status, uint32_t fault_addr)
{
    COMMAND(b, 0xF2, 0x3E);
    EXPECT(b, status, 0, 0, 0, LE32(fault_addr), 0, 0, 0, 0);
}
