/* fuzz_chip.c - any accesses to any peripheral, at any time, from the debugger and from code: whatever was done, the chip goes on, every
 * access comes to an end, and what is remembered can be saved, loaded and gone on with.
 *
 * The first byte chooses the chip. The rest is a list of actions; see `act`. Peripherals are clocked from the start, the core is halted
 * until an action lets it run. */
#include "fuzz.h"

#include "base/bytes.h"
#include "chip/chip.h"
#include "device/regs/cortexm.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/u0_rcc.h"
#include "usb/usbdev.h"

#include <string.h>

enum { ACTIONS_MAX = 300, CODE_MAX = 64, CODE_AT = 0x20000200 };

#define RUN_STEP_PS     (PS_PER_US / 4)
#define ACCESS_LIMIT_PS (2 * PS_PER_S)    /* estimate: longer than any operation of the flash that an access may have to wait for */
#define TOTAL_LIMIT_PS  (200 * PS_PER_MS) /* of board time for one input, so that it does not take long */

/* Blocks of both chips, by where they are; a hole is as good. */
static const uint32_t bases[] = {
    0x40000000, 0x40000400, 0x40001000, 0x40001400, 0x40002000, 0x40002800, 0x40002C00, 0x40003000, 0x40004400, 0x40004800,
    0x40005400, 0x40005C00, 0x40006C00, 0x40007000, 0x40007400, 0x40007C00, 0x40008000, 0x40009400, 0x40009800, 0x4000B000,
    0x40010000, 0x40012400, 0x40012C00, 0x40013000, 0x40013800, 0x40014000, 0x40014400, 0x40014800, 0x40015800, 0x40020000,
    0x40020400, 0x40020800, 0x40021000, 0x40021800, 0x40022000, 0x40023000, 0x40025000, 0x50000000, 0x50000400, 0x50001400,
    0xE000E000, 0xE000E400, 0xE000EC00, 0xE0001000, 0x08000000, 0x1FFF6800, 0x20000000,
};
enum { BASES = sizeof bases / sizeof bases[0] };

struct subject { /* one kind of chip, made once; every input starts from what it was then */
    const char *name;
    uint32_t enables[6]; /* RCC offsets */
    struct chip *chip;
    uint8_t **kept; /* a copy of each section's state */
};

static struct subject subjects[] = {
    { .name = "stm32u073rc", .enables = { U0_RCC_AHBENR, U0_RCC_IOPENR, U0_RCC_DBGCFGR, U0_RCC_APBENR1, U0_RCC_APBENR2 } },
    { .name = "stm32g071rb", .enables = { G0_RCC_IOPENR, G0_RCC_AHBENR, G0_RCC_APBENR1, G0_RCC_APBENR2 } },
};

struct reader {
    const uint8_t *bytes;
    size_t left;
};

static uint8_t next(struct reader *r)
{
    if (!r->left)
        return 0;
    r->left--;
    return *r->bytes++;
}

static uint32_t next32(struct reader *r)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 4; i++)
        v |= (uint32_t)next(r) << 8 * i;
    return v;
}

static void go_on(struct chip *c, uint64_t ps) { chip_run_until(c, chip_now_ps(c) + ps); }

static void wait_for(struct chip *c, uint64_t done_ps)
{
    CLAIM(done_ps < chip_now_ps(c) + ACCESS_LIMIT_PS);
    if (done_ps > chip_now_ps(c))
        chip_run_until(c, done_ps);
}

static bool put(struct chip *c, uint32_t addr, unsigned bytes, uint32_t value)
{
    uint64_t done_ps = chip_now_ps(c);
    bool ok;

    if (!chip_debug_alive(c))
        return false;
    ok = chip_debug_write(c, addr & ~(bytes - 1), bytes, value, &done_ps);
    wait_for(c, done_ps);
    return ok;
}

static void get(struct chip *c, uint32_t addr, unsigned bytes)
{
    uint64_t done_ps = chip_now_ps(c);
    uint32_t value;

    if (!chip_debug_alive(c))
        return;
    if (chip_debug_read(c, addr & ~(bytes - 1), bytes, &value, &done_ps))
        CLAIM(bytes == 4 || value >> (8 * bytes) == 0);
    wait_for(c, done_ps);
}

static void run_code(struct chip *c, struct reader *r, size_t len)
{
    uint8_t code[CODE_MAX];

    for (size_t i = 0; i < len; i++)
        code[i] = next(r);
    chip_poke(c, CODE_AT, code, len);
    put(c, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT));
    go_on(c, PS_PER_US);
    put(c, PPB(DCRDR), 4, CODE_AT);
    put(c, PPB(DCRSR), 4, BITS(PPB_DCRSR_REGWnR) | COREREG_PC);
    put(c, PPB(DCRDR), 4, BITS(COREREG_XPSR_T));
    put(c, PPB(DCRSR), 4, BITS(PPB_DCRSR_REGWnR) | COREREG_XPSR);
    put(c, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
    go_on(c, (uint64_t)len * RUN_STEP_PS * 16);
}

static void outside(struct chip *c, struct reader *r, unsigned what)
{
    uint8_t text[4];

    switch (what & 7) {
    case 0: chip_nrst(c, what & 8); break;
    case 1: chip_boot0(c, what & 8); break;
    case 2: chip_power(c, what & 8); break;
    case 3: chip_crystals(c, what & 8 ? 8000000 : 0, what & 8 ? 32768 : 0); break;
    case 4: chip_pin_drive(c, (char)('A' + next(r) % 6), next(r) % 16, (enum chip_wire)(next(r) % 3)); break;
    case 5:
        put_le32(text, next32(r));
        chip_uart_input(c, 1 + (what >> 3 & 1), text, sizeof text);
        break;
    case 6:
        for (unsigned port = 0; port < 6; port++)
            for (unsigned pin = 0; pin < 16; pin++) {
                struct chip_pwm pwm;
                uint32_t uv;

                chip_pin(c, (char)('A' + port), pin);
                if (chip_pin_pwm(c, (char)('A' + port), pin, &pwm))
                    CLAIM(pwm.high_ps <= pwm.period_ps);
                chip_analog_out(c, (char)('A' + port), pin, &uv);
            }
        break;
    case 7: chip_damage(c, 0x08000000 + (next32(r) & 0x3FFF8), next32(r), next(r)); break;
    }
}

/* What a USB host may do, well-behaved or not. */
static void usb(struct chip *c, struct reader *r, unsigned what)
{
    const struct usbdev *dev = chip_usb(c);
    uint8_t packet[USB_PACKET_MAX] = { 0 };
    const unsigned ep = next(r) & 15;
    size_t len = 0;

    if (!dev)
        return;
    switch (what & 7) {
    case 0:
        if (dev->cable)
            dev->cable(dev->ctx, what & 8);
        break;
    case 1: dev->bus_reset(dev->ctx); break;
    case 2:
    case 3:
        for (unsigned i = 0; i < 8; i++)
            packet[i] = next(r);
        dev->setup(dev->ctx, packet);
        break;
    case 4:
    case 5:
        len = next(r) % 65u;
        for (size_t i = 0; i < len; i++)
            packet[i] = (uint8_t)(i + ep);
        dev->out(dev->ctx, ep, packet, len);
        break;
    case 6:
        dev->in(dev->ctx, ep, packet, &len);
        CLAIM(len <= USB_PACKET_MAX);
        break;
    case 7:
        dev->attached(dev->ctx);
        dev->wake_ps(dev->ctx);
        if (dev->hears)
            dev->hears(dev->ctx, (uint8_t)(ep * 8));
        break;
    }
}

static void act(struct chip *c, struct reader *r)
{
    const uint8_t what = next(r);
    const unsigned bytes = 1u << (what >> 4 & 3) % 3;
    uint32_t addr;

    switch (what >> 6) {
    case 0: /* a register: which block, which word */
    case 1:
        addr = bases[next(r) % BASES];
        addr += 4u * next(r) + (bytes < 4 ? what & 3u : 0);
        if (what & 8)
            get(c, addr, bytes == 1 ? 1 : 4);
        else
            put(c, addr, (what & 0xC0) ? bytes : 4, what & 4 ? UINT32_C(1) << next(r) % 32 : next32(r));
        break;
    case 2: /* time: 250 ns to 8 ms */
        if (what & 16)
            usb(c, r, what & 15);
        else
            go_on(c, RUN_STEP_PS << (what & 15));
        break;
    case 3:
        if (what & 32)
            run_code(c, r, 2 * (1 + (what & 31u)));
        else
            outside(c, r, what & 15);
        break;
    }
}

static void restore(struct subject *s)
{
    const struct chip_section *sections;
    const size_t count = chip_sections(s->chip, &sections);
    struct err e = { 0 };

    for (size_t i = 0; i < count; i++)
        memcpy(sections[i].state, s->kept[i], sections[i].bytes);
    CLAIM(chip_loaded(s->chip, &e));
}

static void make(struct subject *s)
{
    const struct chip_section *sections;
    struct err e = { 0 };
    size_t count;

    s->chip = chip_new(s->name, 0, &e);
    CLAIM(s->chip);
    chip_power(s->chip, true);
    go_on(s->chip, PS_PER_MS);
    CLAIM(put(s->chip, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT)));
    for (unsigned i = 0; i < 6 && s->enables[i]; i++)
        CLAIM(put(s->chip, 0x40021000 + s->enables[i], 4, UINT32_MAX));
    count = chip_sections(s->chip, &sections);
    s->kept = calloc(count, sizeof *s->kept);
    CLAIM(s->kept);
    for (size_t i = 0; i < count; i++) {
        s->kept[i] = malloc(sections[i].bytes + 1);
        CLAIM(s->kept[i]);
        memcpy(s->kept[i], sections[i].state, sections[i].bytes);
    }
}

/* What it remembers is within the limits of its own tables, and fits together. */
static void save_and_load(struct chip *c)
{
    const struct chip_section *sections;
    const size_t count = chip_sections(c, &sections);
    struct err e = { 0 };

    for (size_t i = 0; i < count; i++) {
        size_t size;
        uint8_t *bytes;

        if (!sections[i].table)
            continue;
        size = state_size(sections[i].table);
        bytes = malloc(size + 1);
        CLAIM(bytes);
        state_save(sections[i].table, sections[i].state, bytes);
        if (!state_load(sections[i].table, sections[i].state, bytes, size, &e))
            fprintf(stderr, "%s\n", e.cause);
        CLAIM(e.kind == ERR_NONE);
        free(bytes);
    }
    if (!chip_loaded(c, &e))
        fprintf(stderr, "%s\n", e.cause);
    CLAIM(e.kind == ERR_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct reader r = { bytes, len };
    struct subject *s = &subjects[next(&r) & 1];
    uint64_t start_ps;

    if (!s->chip)
        make(s);
    restore(s);
    start_ps = chip_now_ps(s->chip);
    for (unsigned i = 0; r.left && i < ACTIONS_MAX && chip_now_ps(s->chip) - start_ps < TOTAL_LIMIT_PS; i++)
        act(s->chip, &r);
    save_and_load(s->chip);
    go_on(s->chip, PS_PER_MS);
    chip_nrst(s->chip, false);
    chip_power(s->chip, false);
    chip_power(s->chip, true);
    go_on(s->chip, PS_PER_MS);
    save_and_load(s->chip);
    return 0;
}
