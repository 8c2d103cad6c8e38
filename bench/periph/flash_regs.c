/* flash_regs.c - the controller's registers: keys and locks, CR, status flags, the interrupt line.
 *
 * Sources: RM0503 3.3.6, 3.7; RM0444 3.3.6, 3.7. What the manuals leave open is said where it is decided. */
#include "base/reg.h"
#include "periph/flash_impl.h"

#include <stdarg.h>
#include <stdio.h>

#define CR(f)   ((f)->s.reg[REG_CR])
#define SR(f)   ((f)->s.reg[REG_SR])
#define KEY1    UINT32_C(0x45670123)
#define KEY2    UINT32_C(0xCDEF89AB)
#define OPTKEY1 UINT32_C(0x08192A3B)
#define OPTKEY2 UINT32_C(0x4C5D6E7F)

/* ---- flags ---- */

uint32_t flash_stale_errors(const struct flash *f)
{
    return SR(f) & (BITS(U0_FLASH_SR_PROGERR) | BITS(U0_FLASH_SR_WRPERR) | BITS(U0_FLASH_SR_PGAERR) | BITS(U0_FLASH_SR_SIZERR) |
                    BITS(U0_FLASH_SR_PGSERR) | BITS(U0_FLASH_SR_MISERR) | BITS(U0_FLASH_SR_FASTERR));
}

void flash_update_irq(struct flash *f)
{
    const bool level = (SR(f) & BITS(U0_FLASH_SR_EOP) && CR(f) & BITS(U0_FLASH_CR_EOPIE)) ||
                       (SR(f) & BITS(U0_FLASH_SR_OPERR) && CR(f) & BITS(U0_FLASH_CR_ERRIE)) ||
                       (SR(f) & f->row->read_error && CR(f) & f->row->read_error_enable) ||
                       (f->s.reg[REG_ECCR] & BITS(U0_FLASH_ECCR_ECCC) && f->s.reg[REG_ECCR] & BITS(U0_FLASH_ECCR_ECCCIE));

    if (level == f->irq_level)
        return;
    f->irq_level = level;
    f->env.irq(f->env.ctx, level);
}

void flash_raise(struct flash *f, uint32_t sr_bits)
{
    SR(f) |= sr_bits;
    if (CR(f) & BITS(U0_FLASH_CR_ERRIE))
        SR(f) |= BITS(U0_FLASH_SR_OPERR);
    flash_update_irq(f);
}

void flash_note(struct flash *f, const char *kind, const char *format, ...)
{
    char text[120];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    f->env.note(f->env.ctx, kind, text);
}

void flash_refuse(struct flash *f, uint32_t sr_bits, const char *what, const char *cause)
{
    char flags[64];

    flash_raise(f, sr_bits);
    flash_note(f, "refused", "%s: %s (%s)", what, reg_decode(&u0_flash_regs, "SR", sr_bits, flags, sizeof flags), cause);
}

/* ---- reads ---- */

/* Half a double word, or half a row; or the bit is stuck. */
static bool half_written(const struct flash *f)
{
    return f->s.slot != SLOT_CLOSED || f->s.row_words > 0 || (f->env.cfgbsy && f->env.cfgbsy(f->env.ctx));
}

static uint32_t status(const struct flash *f)
{
    const bool busy = f->s.op != OP_NONE;
    const bool options = f->s.op == OP_OPTIONS || f->s.op == OP_REGRESSION;
    uint32_t sr = SR(f);

    if (busy)
        sr |= BITS(U0_FLASH_SR_BSY1);
    if ((busy && !options) || half_written(f))
        sr |= BITS(U0_FLASH_SR_CFGBSY);
    if (f->row->oem_keys)
        sr |= PUT(U0_FLASH_SR_OEM1LOCK, flash_oem_locked(f, 1)) | PUT(U0_FLASH_SR_OEM2LOCK, flash_oem_locked(f, 2));
    return sr;
}

static uint32_t control(const struct flash *f)
{
    uint32_t cr = CR(f);

    if (f->s.op == OP_PAGE_ERASE || f->s.op == OP_MASS_ERASE)
        cr |= BITS(U0_FLASH_CR_STRT);
    if (f->s.op == OP_OPTIONS || f->s.op == OP_REGRESSION)
        cr |= BITS(U0_FLASH_CR_OPTSTRT);
    return cr;
}

static const struct flash_reg_row *row_at(const struct flash *f, uint32_t offset)
{
    for (const struct flash_reg_row *r = f->row->regs; r->name; r++)
        if (r->offset == offset)
            return r;
    return NULL;
}

uint32_t flash_reg_peek(const struct flash *f, uint32_t offset)
{
    const uint32_t at = offset & ~3u;
    const int option = flash_option_index(f, at);
    const struct flash_reg_row *r = row_at(f, at);

    if (option >= 0)
        return flash_option_shown(f, (unsigned)option);
    if (f->row->oem_keys && at == U0_FLASH_OEMKEYSR)
        return flash_oem_crcs(f);
    if (!r || r->reg == REG_NONE)
        return 0;
    return r->reg == REG_SR ? status(f) : r->reg == REG_CR ? control(f) : f->s.reg[r->reg];
}

static uint32_t lanes(uint32_t offset, unsigned bytes) { return (bytes == 4 ? UINT32_MAX : (1u << (8 * bytes)) - 1) << (8 * (offset & 3)); }

bool flash_reg_read(struct flash *f, uint32_t offset, unsigned bytes, enum flash_master who, uint32_t *value)
{
    (void)who; /* registers are open to all masters at every protection level that lets the master live */
    flash_settle(f);
    *value = (flash_reg_peek(f, offset) & lanes(offset, bytes)) >> (8 * (offset & 3));
    return true;
}

/* ---- writes ---- */

bool flash_reg_write(struct flash *f, uint32_t offset, unsigned bytes, enum flash_master who, uint32_t value, uint64_t *done_ps)
{
    const struct flash_access a = { .addr = offset, .value = value, .bytes = (uint8_t)bytes, .who = (uint8_t)who, .is_register = true };

    flash_settle(f);
    *done_ps = f->at_ps;
    return flash_do_register_write(f, &a, done_ps);
}

bool flash_do_register_write(struct flash *f, const struct flash_access *a, uint64_t *done_ps)
{
    const uint32_t mask = lanes(a->addr, a->bytes), put = a->value << (8 * (a->addr & 3)) & mask;
    const int option = flash_option_index(f, a->addr & ~3u);
    const struct flash_reg_row *r = row_at(f, a->addr & ~3u);
    uint32_t *reg;

    if (option >= 0) {
        if (flash_busy(f))
            return flash_wait(f, a, done_ps);
        if (!(CR(f) & BITS(U0_FLASH_CR_OPTLOCK)))
            flash_write_option(f, (unsigned)option, (flash_option_shown(f, (unsigned)option) & ~mask) | put);
        return true;
    }
    if (!r)
        return true;
    reg = &f->s.reg[r->reg];
    if (r->write)
        return r->write(f, r, (*reg & ~mask) | put, a, done_ps);
    *reg = (*reg & ~(r->writable & mask)) | (put & r->writable);
    *reg &= ~(put & r->write_1_clears);
    flash_update_irq(f);
    return true;
}

/* ICRST may be written only while the cache is off; bit 10 always reads 1. */
bool flash_write_acr(struct flash *f, const struct flash_reg_row *row, uint32_t next, const struct flash_access *a, uint64_t *done_ps)
{
    uint32_t *const acr = &f->s.reg[REG_ACR];
    const uint32_t writable = row->writable & ~(*acr & BITS(U0_FLASH_ACR_ICEN) ? BITS(U0_FLASH_ACR_ICRST) : 0);

    *acr = (*acr & ~writable) | (next & writable);
    flash_changed(f);
    return true;
}

/* One of the two key registers. A wrong value, or a right one at the wrong time (already open, or KEYR not yet), kills the lock until
 * the next system reset and is a bus error. RM0444 says so of a wrong sequence; that a key to an open lock counts as one is our strict
 * reading, that writes to a dead lock pass without a bus error follows OpenOCD's "not unlocked" reports, made from a later read of CR. */
static bool turn_key(struct flash *f, uint8_t *key, const uint32_t *wanted, const struct flash_access *a, uint32_t lock, bool in_time)
{
    if (*key == KEY_DEAD)
        return true;
    if (in_time && a->bytes == 4 && a->value == wanted[*key]) {
        if (*key == KEY_SECOND)
            CR(f) &= ~lock;
        *key = *key == KEY_FIRST ? KEY_SECOND : KEY_FIRST;
        return true;
    }
    *key = KEY_DEAD;
    CR(f) |= lock;
    return false;
}

bool flash_write_key(struct flash *f, const struct flash_reg_row *row, uint32_t next, const struct flash_access *a, uint64_t *done_ps)
{
    static const uint32_t keys[] = { KEY1, KEY2 };
    const bool shut = CR(f) & BITS(U0_FLASH_CR_LOCK);

    if (turn_key(f, &f->s.key, keys, a, BITS(U0_FLASH_CR_LOCK), shut))
        return true;
    CR(f) |= BITS(U0_FLASH_CR_OPTLOCK);
    flash_note(f, "refused", "key to KEYR: bus error, locked until reset (%s)", shut ? "wrong key" : "was not locked");
    return false;
}

bool flash_write_optkey(struct flash *f, const struct flash_reg_row *row, uint32_t next, const struct flash_access *a, uint64_t *done_ps)
{
    static const uint32_t keys[] = { OPTKEY1, OPTKEY2 };
    const bool shut = CR(f) & BITS(U0_FLASH_CR_OPTLOCK), flash_open = !(CR(f) & BITS(U0_FLASH_CR_LOCK));

    if (turn_key(f, &f->s.optkey, keys, a, BITS(U0_FLASH_CR_OPTLOCK), shut && flash_open))
        return true;
    flash_note(f, "refused", "key to OPTKEYR: bus error, locked until reset (%s)",
               !flash_open ? "flash is locked"
               : shut      ? "wrong key"
                           : "was not locked");
    return false;
}

/* RM0444 3.7.5: a write stalls the bus while BSY1 is set and is a bus error while CFGBSY alone is (a half-written double word).
 * While locked, writes are ignored. Bits that only software sets or only hardware clears keep their value. */
bool flash_write_cr(struct flash *f, const struct flash_reg_row *row, uint32_t next, const struct flash_access *a, uint64_t *done_ps)
{
    const uint32_t old = CR(f);
    const uint32_t set_only =
        BITS(U0_FLASH_CR_LOCK) | BITS(U0_FLASH_CR_OPTLOCK) | (f->row->hide_protection ? 0 : BITS(G0_FLASH_CR_SEC_PROT));
    const bool options_open = !(old & BITS(U0_FLASH_CR_OPTLOCK));

    if (flash_busy(f))
        return flash_wait(f, a, done_ps);
    if (half_written(f)) {
        flash_note(f, "refused", "write to CR: bus error (CFGBSY: half a double word was written)");
        return false;
    }
    if (old & BITS(U0_FLASH_CR_LOCK))
        return true;

    CR(f) = (next & row->writable) | (old & (set_only | BITS(U0_FLASH_CR_OBL_LAUNCH)));
    if (CR(f) & BITS(U0_FLASH_CR_LOCK))
        CR(f) |= BITS(U0_FLASH_CR_OPTLOCK);
    if (!(CR(f) & BITS(U0_FLASH_CR_MER1)))
        f->s.mer_spent = false;
    flash_update_irq(f);
    if (!f->row->hide_protection)
        flash_changed(f); /* SEC_PROT closes the window */

    if (next & BITS(U0_FLASH_CR_OBL_LAUNCH) && options_open) {
        CR(f) |= BITS(U0_FLASH_CR_OBL_LAUNCH); /* until the reset it causes */
        f->env.launch(f->env.ctx);
    } else if (next & BITS(U0_FLASH_CR_STRT))
        flash_start_erase(f, a->who);
    else if (next & BITS(U0_FLASH_CR_OPTSTRT) && options_open)
        flash_start_options(f);
    return true;
}

/* U0: what is closed stays closed until a system reset. Values as ST's HAL writes them; that any value of ACCDIS but 0xA3 closes the
 * main area follows from its HAL closing it with 0xFF. */
bool flash_write_hdpcr(struct flash *f, const struct flash_reg_row *row, uint32_t next, const struct flash_access *a, uint64_t *done_ps)
{
    uint32_t *const hdpcr = &f->s.reg[REG_HDPCR];
    const uint32_t extension = GET(*hdpcr, U0_FLASH_HDPCR_HDP1EXT_ACCDIS), wanted = GET(next, U0_FLASH_HDPCR_HDP1EXT_ACCDIS);
    uint32_t writable = 0;

    if (GET(*hdpcr, U0_FLASH_HDPCR_HDP1_ACCDIS) == FLASH_HDP_ACCESSIBLE)
        writable |= BITS(U0_FLASH_HDPCR_HDP1_ACCDIS);
    if (extension == FLASH_HDP_ACCESSIBLE || (extension == FLASH_HDP_MAY_GROW && wanted == FLASH_HDP_FIXED))
        writable |= BITS(U0_FLASH_HDPCR_HDP1EXT_ACCDIS);
    *hdpcr = (*hdpcr & ~writable) | (next & writable);
    flash_changed(f);
    return true;
}

bool flash_write_hdpextr(struct flash *f, const struct flash_reg_row *row, uint32_t next, const struct flash_access *a, uint64_t *done_ps)
{
    uint32_t *const hdpextr = &f->s.reg[REG_HDPEXTR];
    const uint32_t extension = GET(f->s.reg[REG_HDPCR], U0_FLASH_HDPCR_HDP1EXT_ACCDIS), wanted = next & row->writable;

    if (extension == FLASH_HDP_ACCESSIBLE || (extension == FLASH_HDP_MAY_GROW && wanted > *hdpextr))
        *hdpextr = wanted;
    flash_changed(f);
    return true;
}

/* ---- reset ---- */

/* EMPTY and the loaded options live on; OPTVERR comes back as long as the option page is bad. */
void flash_reset_registers(struct flash *f)
{
    const uint32_t empty = f->s.reg[REG_ACR] & BITS(U0_FLASH_ACR_EMPTY);

    for (const struct flash_reg_row *r = f->row->regs; r->name; r++)
        f->s.reg[r->reg] = r->reset;
    f->s.reg[REG_ACR] |= empty;
    if (flash_debug_starts_closed(f))
        f->s.reg[REG_ACR] &= ~BITS(U0_FLASH_ACR_DBG_SWEN);
    if (f->s.options_bad)
        SR(f) |= BITS(U0_FLASH_SR_OPTVERR);
    f->s.key = f->s.optkey = KEY_FIRST;
    f->s.mer_spent = false;
    f->s.written_mask = 0;
    f->s.waiting = 0;
    f->s.fast_from = f->s.fast_to = 0;
    flash_close_slot(f);
}
