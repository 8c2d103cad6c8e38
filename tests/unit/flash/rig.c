/* rig.c - see rig.h. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the chip around the flash ---- */

static uint64_t now_ps(void *ctx) { return ((struct rig *)ctx)->now_ps; }
static uint64_t hclk_hz(void *ctx) { return ((struct rig *)ctx)->hclk_hz; }
static void irq(void *ctx, bool level) { ((struct rig *)ctx)->irq = level; }
static void nmi(void *ctx) { ((struct rig *)ctx)->nmis++; }
static void changed(void *ctx) {}
static bool intruder(void *ctx) { return ((struct rig *)ctx)->intruder; }

static void launch(void *ctx)
{
    struct rig *r = ctx;

    r->launches++;
    if (r->auto_reload)
        reload(r);
}

static void note(void *ctx, const char *what, const char *text)
{
    struct rig *r = ctx;

    r->notes++;
    snprintf(r->kind, sizeof r->kind, "%s", what);
    snprintf(r->note, sizeof r->note, "%s", text);
}

static int open_rig(void **state, const struct flash_row *row, uint32_t otp)
{
    struct rig *r = calloc(1, sizeof *r);
    const struct flash_env env = { r, now_ps, hclk_hz, irq, nmi, launch, changed, intruder, note };

    if (!r)
        return -1;
    r->hclk_hz = 16000000;
    r->otp = otp;
    r->now_ps = PS_PER_S;
    r->f = flash_new(row, &env);
    *state = r;
    return r->f ? 0 : -1;
}

int rig_u0(void **state) { return open_rig(state, &flash_row_u073, 0x1FFF6800); }
int rig_g0(void **state) { return open_rig(state, &flash_row_g071, 0x1FFF7000); }

int rig_close(void **state)
{
    struct rig *r = *state;

    flash_free(r->f);
    free(r);
    return 0;
}

/* ---- single accesses ---- */

static void wait_bus(struct rig *r, uint64_t done_ps)
{
    assert_true(done_ps >= r->now_ps);
    r->now_ps = done_ps;
    flash_event(r->f);
}

bool try_write(struct rig *r, uint32_t reg, unsigned bytes, uint32_t value)
{
    uint64_t done_ps;

    return flash_reg_write(r->f, reg, bytes, FLASH_DEBUG, value, &done_ps);
}

void reg_write(struct rig *r, uint32_t reg, uint32_t value)
{
    uint64_t done_ps;

    assert_true(flash_reg_write(r->f, reg, 4, FLASH_DEBUG, value, &done_ps));
    wait_bus(r, done_ps);
}

uint32_t reg_read(struct rig *r, uint32_t reg)
{
    uint32_t value;

    assert_true(flash_reg_read(r->f, reg, 4, FLASH_DEBUG, &value));
    return value;
}

bool try_read(struct rig *r, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value)
{
    uint64_t done_ps;

    return flash_mem_read(r->f, addr, bytes, who, value, &done_ps);
}

bool try_store(struct rig *r, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t value)
{
    uint64_t done_ps;

    return flash_mem_write(r->f, addr, bytes, who, value, &done_ps);
}

uint32_t word_at(struct rig *r, uint32_t addr)
{
    uint64_t done_ps;
    uint32_t value;

    assert_true(flash_mem_read(r->f, addr, 4, FLASH_DEBUG, &value, &done_ps));
    wait_bus(r, done_ps);
    return value;
}

void store(struct rig *r, uint32_t addr, uint32_t value)
{
    uint64_t done_ps;

    assert_true(flash_mem_write(r->f, addr, 4, FLASH_DEBUG, value, &done_ps));
    wait_bus(r, done_ps);
}

uint64_t peek64(struct rig *r, uint32_t addr)
{
    uint8_t bytes[8];
    uint64_t value = 0;

    assert_true(flash_peek(r->f, addr, bytes, sizeof bytes));
    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

void poke64(struct rig *r, uint32_t addr, uint64_t value)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    assert_true(flash_poke(r->f, addr, bytes, sizeof bytes));
}

void poke_fill(struct rig *r, uint32_t addr, uint32_t len, uint8_t byte)
{
    for (uint32_t i = 0; i < len; i++)
        assert_true(flash_poke(r->f, addr + i, &byte, 1));
}

/* ---- time and flags ---- */

void pass(struct rig *r, uint64_t ps)
{
    r->now_ps += ps;
    flash_event(r->f);
}

void until_idle(struct rig *r)
{
    for (unsigned polls = 0; sr(r) & (FLAG(BSY1) | FLAG(CFGBSY)); polls++) {
        assert_true(polls < 100000);
        pass(r, 5 * PS_PER_US);
    }
}

uint32_t sr(struct rig *r) { return reg_read(r, U0_FLASH_SR); }
uint32_t cr(struct rig *r) { return reg_read(r, U0_FLASH_CR); }
uint32_t errors(struct rig *r) { return sr(r) & 0xFFFF; }
void clear_errors(struct rig *r) { reg_write(r, U0_FLASH_SR, 0xFFFF); }

/* ---- sequences of the manual ---- */

void unlock(struct rig *r)
{
    if (!(cr(r) & CRBIT(LOCK)))
        return;
    reg_write(r, U0_FLASH_KEYR, KEY1);
    reg_write(r, U0_FLASH_KEYR, KEY2);
    assert_false(cr(r) & CRBIT(LOCK));
}

void unlock_options(struct rig *r)
{
    unlock(r);
    if (!(cr(r) & CRBIT(OPTLOCK)))
        return;
    reg_write(r, U0_FLASH_OPTKEYR, OPTKEY1);
    reg_write(r, U0_FLASH_OPTKEYR, OPTKEY2);
    assert_false(cr(r) & CRBIT(OPTLOCK));
}

void start_page_erase(struct rig *r, unsigned page)
{
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PER) | PUT(U0_FLASH_CR_PNB, page));
    reg_write(r, U0_FLASH_CR, CRBIT(PER) | PUT(U0_FLASH_CR_PNB, page) | CRBIT(STRT));
}

uint32_t erase_page(struct rig *r, unsigned page)
{
    start_page_erase(r, page);
    until_idle(r);
    reg_write(r, U0_FLASH_CR, 0);
    return errors(r);
}

uint32_t mass_erase(struct rig *r)
{
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(MER1) | CRBIT(STRT));
    until_idle(r);
    reg_write(r, U0_FLASH_CR, 0);
    return errors(r);
}

void start_program(struct rig *r, uint32_t addr, uint64_t data)
{
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, addr, (uint32_t)data);
    store(r, addr + 4, (uint32_t)(data >> 32));
}

uint32_t program(struct rig *r, uint32_t addr, uint64_t data)
{
    start_program(r, addr, data);
    until_idle(r);
    reg_write(r, U0_FLASH_CR, 0);
    return errors(r);
}

uint32_t program_row(struct rig *r, uint32_t addr, uint32_t first)
{
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    for (uint32_t i = 0; i < 64; i++)
        store(r, addr + 4 * i, first + i);
    until_idle(r);
    reg_write(r, U0_FLASH_CR, 0);
    return errors(r);
}

uint32_t write_option(struct rig *r, uint32_t reg, uint32_t value)
{
    unlock_options(r);
    reg_write(r, reg, value);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    until_idle(r);
    return errors(r);
}

void reload(struct rig *r)
{
    flash_reset(r->f);
    flash_load_options(r->f);
}

void set_option(struct rig *r, uint32_t reg, uint32_t value)
{
    assert_true(flash_store_option(r->f, reg, value));
    reload(r);
}

void set_rdp(struct rig *r, uint8_t rdp) { set_option(r, U0_FLASH_OPTR, (flash_option(r->f, U0_FLASH_OPTR) & ~0xFFu) | rdp); }
