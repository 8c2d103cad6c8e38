/* flash_program.c - words written to the array: how two make a double word, how 64 make a fast row, and what is refused.
 *
 * Sources: RM0503 3.3.8, RM0444 3.3.8 and 3.3.9. The order of checks is chosen so that observed flags come out: the sequence is judged
 * at the first word, the place and its contents at the second. A refused first word is not taken, so the second one looks like a first
 * at a bad address: PGAERR beside PGSERR, the 0xA0 that owners of real parts report. */
#include "base/reg.h"
#include "periph/flash_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CR(f)            ((f)->s.reg[REG_CR])
#define FAST_HCLK_MIN    UINT64_C(8000000) /* RM0444 3.3.8: fast programming needs 8 MHz */
#define WORDS_IN_A_ROW   (FLASH_FAST_ROW_BYTES / 4)
#define PROGERR          BITS(U0_FLASH_SR_PROGERR)
#define WRPERR           BITS(U0_FLASH_SR_WRPERR)
#define PGAERR           BITS(U0_FLASH_SR_PGAERR)
#define SIZERR           BITS(U0_FLASH_SR_SIZERR)
#define PGSERR           BITS(U0_FLASH_SR_PGSERR)
#define MISERR           BITS(U0_FLASH_SR_MISERR)
#define FASTERR          BITS(U0_FLASH_SR_FASTERR)
#define SECOND_MISPLACED "second word is not in the same double word"

struct check { /* one reason to refuse */
    bool failed;
    uint32_t flags;
    const char *cause;
};

/* All flags of the failed checks, and the cause of the first of them; 0 if none failed. */
static uint32_t failures(const struct check *checks, size_t count, const char **cause)
{
    uint32_t flags = 0;

    for (size_t i = 0; i < count; i++) {
        if (checks[i].failed && !flags)
            *cause = checks[i].cause;
        if (checks[i].failed)
            flags |= checks[i].flags;
    }
    return flags;
}

struct place {
    char text[40];
};

static struct place name_place(struct flash *f, uint32_t addr)
{
    struct place p;
    const struct flash_cells *c = flash_cells_at(f, addr);

    if (c == &f->cells[CELLS_MAIN])
        snprintf(p.text, sizeof p.text, "program in page %" PRIu32, flash_page_at(f, addr));
    else
        snprintf(p.text, sizeof p.text, "program in %s", c ? "OTP" : "system memory");
    return p;
}

void flash_close_slot(struct flash *f)
{
    f->s.slot = SLOT_CLOSED;
    f->s.row_words = 0;
    f->s.row_waits = false;
    f->s.fast_limit_ps = TIME_NEVER;
}

static void open_slot(struct flash *f, const struct flash_access *a, enum flash_slot slot)
{
    f->s.slot = (uint8_t)slot;
    f->s.slot_addr = a->addr;
    f->s.slot_low = a->value;
}

/* ---- the first word ---- */

static void first_word(struct flash *f, const struct flash_access *a)
{
    const uint32_t cr = CR(f), stale = flash_stale_errors(f);
    const bool locked = cr & BITS(U0_FLASH_CR_LOCK), pg = cr & BITS(U0_FLASH_CR_PG), fast = cr & BITS(U0_FLASH_CR_FSTPG);
    const bool enabled = !locked && (pg || fast), fresh_mer = cr & BITS(U0_FLASH_CR_MER1) && !f->s.mer_spent;
    const bool in_row = enabled && fast && !pg;
    char flags[64];
    const struct check checks[] = {
        { locked, PGSERR, "locked" },
        { !locked && !enabled, PGSERR, "neither PG nor FSTPG is set" },
        { enabled && pg && fast, PGSERR, "PG and FSTPG are both set" },
        { enabled && cr & BITS(U0_FLASH_CR_PER), PGSERR, "PER is still set" },
        { enabled && fresh_mer, PGSERR, "MER1 is still set" },
        { stale, PGSERR, flags },
        { a->bytes != 4, SIZERR, "not a word" },
        { a->addr % (in_row ? FLASH_FAST_ROW_BYTES : 8) != 0, PGAERR, in_row ? "not at the start of a row" : "not at a double word" },
        { in_row && (a->addr < f->s.fast_from || a->addr >= f->s.fast_to), PGSERR | FASTERR, "not erased just before" },
        { in_row && f->env.hclk_hz(f->env.ctx) < FAST_HCLK_MIN, MISERR | FASTERR, "HCLK below 8 MHz" },
    };
    const char *cause = NULL;
    const uint32_t failed = failures(checks, sizeof checks / sizeof checks[0], &cause);

    if (failed) {
        if (cause == flags) {
            reg_decode(&u0_flash_regs, "SR", stale & ~PGSERR ? stale & ~PGSERR : stale, flags, sizeof flags - 16);
            snprintf(flags + strlen(flags), 16, " not cleared");
        }
        flash_refuse(f, failed, name_place(f, a->addr).text, cause);
        if (locked && a->bytes == 4 && a->addr % 8 == 0) /* RM0444: sets CFGBSY until the double word is complete */
            open_slot(f, a, SLOT_REFUSED);
        return;
    }
    open_slot(f, a, SLOT_OPEN);
    if (in_row) {
        f->s.row_words = 1;
        f->s.fast_limit_ps = f->at_ps + f->row->times->fast_limit;
        flash_changed(f);
    }
}

/* ---- the double word ---- */

static bool may_program(struct flash *f, uint32_t addr, uint64_t data, enum flash_master who)
{
    const struct flash_cells *c = flash_cells_at(f, addr);
    const struct flash_word now = c ? flash_cell(c, addr) : FLASH_WORD_ERASED;
    const bool is_main = c == &f->cells[CELLS_MAIN], erased = flash_word_is_erased(now);
    const bool zeros_allowed = data == 0 && !(f->row->zero_over_ones_refused && now.data == UINT64_MAX);
    char guard[64] = "";
    const struct check checks[] = {
        { !c, WRPERR, "read-only" },
        { is_main && !flash_may_change(f, addr, 8, who, guard, sizeof guard), WRPERR, guard },
        { c && !is_main && flash_is_foreign(f, who), WRPERR, "RDP" },
        { c && !is_main && !erased, WRPERR, "written before" },
        { is_main && !erased && !zeros_allowed && f->s.row_words == 0, PROGERR, "not erased" },
    };
    const char *cause = NULL;
    uint32_t failed = failures(checks, sizeof checks / sizeof checks[0], &cause);

    if (!failed)
        return true;
    if (f->s.row_words > 0)
        failed |= FASTERR;
    flash_refuse(f, failed, name_place(f, addr).text, cause);
    return false;
}

static void double_word(struct flash *f, const struct flash_access *second)
{
    const uint32_t addr = f->s.slot_addr;
    const uint64_t data = f->s.slot_low | (uint64_t)second->value << 32;
    const bool fast = f->s.row_words > 0;

    if (!may_program(f, addr, data, second->who)) {
        flash_end(f, false);
        return;
    }
    f->s.slot = SLOT_CLOSED;
    f->s.row_waits = false;
    f->s.fast_limit_ps = TIME_NEVER;
    f->s.op_data = data;
    flash_begin(f, fast ? OP_FAST_ROW : OP_PROGRAM, addr, fast ? f->row->times->fast_double_word : f->row->times->double_word);
}

static void second_word(struct flash *f, const struct flash_access *a)
{
    const bool refused = f->s.slot == SLOT_REFUSED;
    const struct check checks[] = {
        { refused, PGSERR, "locked" },
        { a->bytes != 4, SIZERR, "not a word" },
        { a->bytes == 4 && a->addr != f->s.slot_addr + 4, PGAERR, SECOND_MISPLACED },
    };
    const char *cause = NULL;
    const uint32_t failed = failures(checks, sizeof checks / sizeof checks[0], &cause);

    if (!failed) {
        double_word(f, a);
        return;
    }
    flash_refuse(f, failed, name_place(f, a->addr).text, cause);
    if (!refused || failed == PGSERR) /* to locked flash, only the missing word ends it */
        flash_end(f, false);
}

/* ---- the rest of a fast row ---- */

static void next_of_row(struct flash *f, const struct flash_access *a)
{
    const bool second = f->s.slot == SLOT_OPEN;
    const struct check checks[] = {
        { a->bytes != 4, SIZERR | FASTERR, "not a word" },
        { a->addr != (second ? f->s.slot_addr + 4 : f->s.op_addr + 8), PGAERR | FASTERR, "not the next word of the row" },
    };
    const char *cause = NULL;
    const uint32_t failed = failures(checks, sizeof checks / sizeof checks[0], &cause);

    if (failed) {
        flash_refuse(f, failed, name_place(f, a->addr).text, cause);
        flash_end(f, false);
        return;
    }
    f->s.row_words++;
    if (second)
        double_word(f, a);
    else
        open_slot(f, a, SLOT_OPEN);
}

void flash_program_word(struct flash *f, const struct flash_access *a)
{
    if (f->s.row_words > 0)
        next_of_row(f, a);
    else if (f->s.slot != SLOT_CLOSED)
        second_word(f, a);
    else
        first_word(f, a);
}
