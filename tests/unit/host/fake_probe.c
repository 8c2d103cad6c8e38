/* fake_probe.c - see fake_probe.h. */
#include "fake_probe.h"
#include "base/bytes.h"
#include "device/regs/adi.h"
#include "device/regs/cortexm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void note(struct fake_probe *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(struct fake_probe *f, const char *format, ...)
{
    const size_t used = strlen(f->log);
    va_list args;

    va_start(args, format);
    vsnprintf(f->log + used, sizeof f->log - used, format, args);
    va_end(args);
}

static struct fake_probe *of(struct probe *p) { return (struct fake_probe *)p; }

static unsigned find(const struct fake_probe *f, uint32_t addr)
{
    unsigned i = 0;

    while (i < f->count && f->words[i].addr != (addr & ~3u))
        i++;
    return i;
}

void fake_put(struct fake_probe *f, uint32_t addr, uint32_t value)
{
    const unsigned i = find(f, addr);

    assert_true(i < sizeof f->words / sizeof *f->words);
    if (i == f->count)
        f->count++;
    f->words[i].addr = addr & ~3u;
    f->words[i].value = value;
}

uint32_t fake_get(const struct fake_probe *f, uint32_t addr)
{
    const unsigned i = find(f, addr);

    return i < f->count ? f->words[i].value : 0;
}

/* ---- the core --------------------------------------------------------------------------------------------------------------------- */

static bool in_reset(const struct fake_probe *f) { return f->nrst_held || (f->nrst_low && !f->nrst_not_wired); }

static void chip_reset(struct fake_probe *f)
{
    f->resets++;
    f->reset_sticky = true;
    f->locked_up = f->sleeping = false;
    f->dhcsr_bits &= BITS(PPB_DHCSR_C_DEBUGEN);
    f->halted = false;
    if (!in_reset(f) && f->dhcsr_bits && (f->demcr & BITS(PPB_DEMCR_VC_CORERESET)) && !f->no_vector_catch) {
        f->halted = true;
        f->dhcsr_bits |= BITS(PPB_DHCSR_C_HALT);
        f->dfsr |= BITS(PPB_DFSR_VCATCH);
    }
}

static uint32_t read_dhcsr(struct fake_probe *f)
{
    uint32_t v = f->dhcsr_bits;

    if (f->reset_every && ++f->halt_requests % f->reset_every == 0)
        f->reset_sticky = true;
    if (f->slow_left > 0)
        f->slow_left--;
    else
        v |= BITS(PPB_DHCSR_S_REGRDY);
    v |= f->halted ? BITS(PPB_DHCSR_S_HALT) : 0;
    v |= f->sleeping ? BITS(PPB_DHCSR_S_SLEEP) : 0;
    v |= f->locked_up && !f->halted ? BITS(PPB_DHCSR_S_LOCKUP) : 0;
    v |= f->reset_sticky || in_reset(f) ? BITS(PPB_DHCSR_S_RESET_ST) : 0;
    f->reset_sticky = false;
    return v;
}

static void write_dhcsr(struct fake_probe *f, uint32_t v)
{
    if ((v & 0xFFFF0000) != DHCSR_KEY)
        return;
    f->dhcsr_bits = v & 0xF;
    if (!(v & BITS(PPB_DHCSR_C_DEBUGEN))) {
        f->dhcsr_bits = 0;
        f->halted = false;
    } else if (v & BITS(PPB_DHCSR_C_HALT)) {
        f->halted = f->halted || (!f->never_halts && !in_reset(f));
    } else if (v & BITS(PPB_DHCSR_C_STEP)) {
        f->steps++;
        f->regs[15] += 2;
        f->halted = !f->never_halts;
        f->dhcsr_bits |= BITS(PPB_DHCSR_C_HALT);
    } else {
        f->halted = false;
    }
}

static uint32_t read_word(struct fake_probe *f, uint32_t addr)
{
    switch (addr) {
    case PPB_BASE + PPB_DHCSR: return read_dhcsr(f);
    case PPB_BASE + PPB_DEMCR: return f->demcr;
    case PPB_BASE + PPB_DFSR: return f->dfsr;
    default: return fake_get(f, addr);
    }
}

static void write_word(struct fake_probe *f, uint32_t addr, uint32_t value)
{
    const uint32_t reg = value & 0x1F;

    switch (addr) {
    case PPB_BASE + PPB_DHCSR: write_dhcsr(f, value); break;
    case PPB_BASE + PPB_DEMCR: f->demcr = value; break;
    case PPB_BASE + PPB_DFSR: f->dfsr &= ~value; break;
    case PPB_BASE + PPB_DCRSR:
        assert_true(f->halted);
        assert_true(reg < sizeof f->regs / sizeof *f->regs);
        f->slow_left = f->slow_regs;
        if (value & BITS(PPB_DCRSR_REGWnR))
            f->regs[reg] = fake_get(f, PPB_BASE + PPB_DCRDR);
        else
            fake_put(f, PPB_BASE + PPB_DCRDR, f->regs[reg]);
        break;
    case PPB_BASE + PPB_AIRCR:
        if ((value & 0xFFFF0000) == AIRCR_KEY && (value & BITS(PPB_AIRCR_SYSRESETREQ)) && !f->no_sysreset)
            chip_reset(f);
        break;
    default: fake_put(f, addr, value); break;
    }
}

/* ---- the probe -------------------------------------------------------------------------------------------------------------------- */

static bool may_go(struct fake_probe *f, struct err *e)
{
    f->transfers++;
    f->now_us += 300;
    if (f->fail_after == 0)
        return err_set(e, ERR_IO, "the probe failed");
    if (f->fail_after > 0)
        f->fail_after--;
    return true;
}

static bool answers(const struct fake_probe *f) { return !f->silent && (!f->silent_unless_low || f->nrst_low); }

static bool no_answer(struct err *e)
{
    err_set(e, ERR_NODEV, "no chip answers on SWD");
    return err_seen(e, "ST-LINK status 0x16 (SWD_DP_ERROR)");
}

static bool bad_address(struct fake_probe *f, uint32_t addr, size_t len, struct err *e)
{
    if (!f->memory_closed && !(f->fault_to > f->fault_from && addr < f->fault_to && addr + len > f->fault_from))
        return false;
    err_set(e, ERR_FAULT, "the target refused the access");
    err_seen(e, "ST-LINK status 0x11 (SWD_AP_FAULT)");
    err_seen(e, "address 0x%08X", addr);
    return true;
}

static bool fake_connect(struct probe *p, struct err *e)
{
    note(of(p), "connect\n");
    return may_go(of(p), e) && (answers(of(p)) || no_answer(e));
}

static bool fake_speed(struct probe *p, unsigned khz, unsigned *actual, struct err *e)
{
    p->speed_khz = khz;
    return may_go(of(p), e);
}

static bool fake_nrst(struct probe *p, bool low, struct err *e)
{
    struct fake_probe *f = of(p);
    const bool was = in_reset(f);

    if (!may_go(f, e))
        return false;
    note(f, "nrst %s\n", low ? "low" : "high");
    f->nrst_low = low;
    if (in_reset(f) != was)
        chip_reset(f);
    return true;
}

static bool fake_voltage(struct probe *p, unsigned *mv, struct err *e)
{
    *mv = of(p)->voltage_mv;
    return may_go(of(p), e);
}

static bool fake_read_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t *value, struct err *e)
{
    struct fake_probe *f = of(p);

    if (!may_go(f, e) || !answers(f))
        return no_answer(e);
    *value = ap == PROBE_DP ? 0x6BA02477 : addr == AP_IDR ? 0x84770001 : f->memory_closed ? 0x03000000 : 0x03000040;
    return true;
}

static bool fake_write_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t value, struct err *e) { return may_go(of(p), e); }

static bool fake_read_mem(struct probe *p, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, struct err *e)
{
    struct fake_probe *f = of(p);

    note(f, "r%u %08x %zu\n", bytes, addr, len);
    assert_true(bytes == 1 || bytes == 2 || bytes == 4);
    assert_true(len > 0 && addr % bytes == 0 && len % bytes == 0);
    if (!may_go(f, e) || bad_address(f, addr, len, e))
        return false;
    for (size_t i = 0; i < len; i += bytes) {
        const uint32_t word = read_word(f, (addr + (uint32_t)i) & ~3u) >> 8 * ((addr + i) & 3);

        for (unsigned k = 0; k < bytes; k++)
            data[i + k] = (uint8_t)(word >> 8 * k);
    }
    return true;
}

static bool fake_write_mem(struct probe *p, uint32_t addr, unsigned bytes, const uint8_t *data, size_t len, struct err *e)
{
    struct fake_probe *f = of(p);

    note(f, "w%u %08x %zu\n", bytes, addr, len);
    assert_true(bytes == 1 || bytes == 2 || bytes == 4);
    assert_true(len > 0 && addr % bytes == 0 && len % bytes == 0);
    if (!may_go(f, e) || bad_address(f, addr, len, e))
        return false;
    f->writes++;
    for (size_t i = 0; i < len; i += bytes) {
        const uint32_t at = addr + (uint32_t)i, shift = 8 * (at & 3);
        uint32_t small = 0, mask = bytes == 4 ? UINT32_MAX : (1u << 8 * bytes) - 1;

        for (unsigned k = 0; k < bytes; k++)
            small |= (uint32_t)data[i + k] << 8 * k;
        write_word(f, at & ~3u, bytes == 4 ? small : (fake_get(f, at) & ~(mask << shift)) | small << shift);
    }
    return true;
}

static bool fake_batch(struct probe *p, struct probe_word *words, size_t count, size_t *done, struct err *e)
{
    struct fake_probe *f = of(p);

    note(f, "b %zu\n", count);
    if (!may_go(f, e))
        return false;
    for (*done = 0; *done < count; ++*done) {
        struct probe_word *w = &words[*done];

        note(f, " %c %08x\n", w->write ? 'w' : 'r', w->addr);
        assert_int_equal(w->addr & 3, 0);
        if (bad_address(f, w->addr, 4, e))
            return false;
        if (w->write) {
            f->writes++;
            write_word(f, w->addr, w->value);
        } else {
            w->value = read_word(f, w->addr);
        }
    }
    return true;
}

static void fake_close(struct probe *p)
{
    assert_false(of(p)->closed);
    of(p)->closed = true;
}

static const char *fake_version(struct probe *p) { return "V0"; }

static const struct probe_ops fake_ops = {
    "fake",       NULL,          NULL,           fake_close,    fake_connect,   fake_speed, fake_nrst,
    fake_voltage, fake_read_reg, fake_write_reg, fake_read_mem, fake_write_mem, fake_batch, fake_version,
};

static uint64_t fake_now(void *ctx) { return ((struct fake_probe *)ctx)->now_us; }
static void fake_sleep(void *ctx, uint64_t us) { ((struct fake_probe *)ctx)->now_us += us; }

void fake_probe_init(struct fake_probe *f)
{
    memset(f, 0, sizeof *f);
    f->clock = (struct clock){ fake_now, fake_sleep, f };
    f->base.ops = &fake_ops;
    f->base.clock = &f->clock;
    f->voltage_mv = 3260;
    f->fail_after = -1;
    fake_put(f, PPB_BASE + PPB_CPUID, 0x410CC601);
}

void fake_probe_u073(struct fake_probe *f)
{
    fake_probe_init(f);
    fake_put(f, 0x40015800, 0x10006489);
    fake_put(f, 0x1FFF6EA0, 0xFFFF0100); /* 256 */
    fake_put(f, 0x1FFF6E50, 0x03020100);
    fake_put(f, 0x1FFF6E54, 0x07060504);
    fake_put(f, 0x1FFF6E58, 0x0B0A0908);
    fake_put(f, 0x40022020, 0xFFFFFEAA);
    fake_put(f, 0x40022080, 0xB4000000);
}
