/* flash_ops.c - operations that take time: erase, program, options; what must wait for them; what a reset leaves of them.
 *
 * Sources: RM0503 3.3.7, RM0444 3.3.7; times are fields of the row. Contents change when an operation ends, never before: a reader
 * that stalls is answered with what will be there (flash_cell_then). */
#include "base/reg.h"
#include "periph/flash_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CR(f) ((f)->s.reg[REG_CR])

/* ---- begin and end ---- */

static uint32_t bytes_of(const struct flash *f, enum flash_op op)
{
    switch (op) {
    case OP_PROGRAM:
    case OP_FAST_ROW: return 8;
    case OP_PAGE_ERASE: return f->row->page_bytes;
    case OP_MASS_ERASE:
    case OP_REGRESSION: return f->row->main.bytes;
    default: return 0;
    }
}

/* What faults make of the operation; false: it does not even begin. */
static bool meet_fate(struct flash *f, enum flash_op op, uint32_t addr, uint64_t *duration_ps)
{
    struct flash_fate fate = { .deed = op == OP_OPTIONS                        ? FLASH_WRITES_OPTIONS
                                       : op == OP_PROGRAM || op == OP_FAST_ROW ? FLASH_PROGRAMS
                                                                               : FLASH_ERASES,
                               .addr = op == OP_OPTIONS ? 0 : addr,
                               .bytes = bytes_of(f, op),
                               .start_ps = f->at_ps,
                               .duration_ps = *duration_ps };

    if (!f->env.begins)
        return true;
    f->env.begins(f->env.ctx, &fate);
    *duration_ps = fate.duration_ps;
    if (!fate.refused)
        return true;
    flash_refuse(f, fate.refused, "operation", "a fault of the cells");
    flash_end(f, false);
    return false;
}

void flash_begin(struct flash *f, enum flash_op op, uint32_t addr, uint64_t duration_ps)
{
    if (!meet_fate(f, op, addr, &duration_ps))
        return;
    f->s.op = (uint8_t)op;
    f->s.op_addr = addr;
    f->s.op_start_ps = f->at_ps;
    f->s.op_end_ps = f->at_ps + duration_ps;
    flash_changed(f);
}

/* EOP only with EOPIE (RM0503 3.7.4); OPERR, its counterpart, is raised together with the error flags. */
void flash_end(struct flash *f, bool well)
{
    f->s.op = OP_NONE;
    f->s.op_end_ps = TIME_NEVER;
    flash_close_slot(f);
    if (well && CR(f) & BITS(U0_FLASH_CR_EOPIE))
        f->s.reg[REG_SR] |= BITS(U0_FLASH_SR_EOP);
    flash_update_irq(f);
    flash_changed(f);
}

/* ---- erase ---- */

static bool may_erase(struct flash *f, bool mass, uint32_t page, enum flash_master who, char *cause, size_t cap)
{
    if (!mass && page >= flash_page_count(f)) {
        snprintf(cause, cap, "no such page");
        return false;
    }
    return mass ? flash_may_change(f, f->row->main.base, f->row->main.bytes, who, cause, cap)
                : flash_may_change(f, flash_page_addr(f, page), f->row->page_bytes, who, cause, cap);
}

/* CR.STRT. MER1 stays set after a mass erase, as ST's HAL leaves it, and must not hurt ST's own next steps (PG or PER beside it): once
 * used it no longer counts until software has cleared it, but for STRT alone, which repeats the mass erase. The report tells. */
void flash_start_erase(struct flash *f, enum flash_master who)
{
    const bool per = CR(f) & BITS(U0_FLASH_CR_PER), mer_set = CR(f) & BITS(U0_FLASH_CR_MER1), mer = mer_set && !(f->s.mer_spent && per);
    const uint32_t page = GET(CR(f), U0_FLASH_CR_PNB), stale = flash_stale_errors(f);
    char what[32], cause[80];

    if (!per && !mer) {
        flash_note(f, "refused", "erase: STRT without PER or MER1 does nothing");
        return;
    }
    if (mer)
        snprintf(what, sizeof what, "mass erase");
    else
        snprintf(what, sizeof what, "erase of page %" PRIu32, page);
    if (mer_set && !mer)
        flash_note(f, "stale", "%s: MER1 still set from an earlier mass erase", what);
    if (mer)
        f->s.mer_spent = true;

    if (CR(f) & (BITS(U0_FLASH_CR_PG) | BITS(U0_FLASH_CR_FSTPG)))
        flash_refuse(f, BITS(U0_FLASH_SR_PGSERR), what, "PG or FSTPG is still set");
    else if (per && mer)
        flash_refuse(f, BITS(U0_FLASH_SR_PGSERR), what, "PER and MER1 are both set");
    else if (stale) {
        reg_decode(&u0_flash_regs, "SR", stale, cause, sizeof cause - 16);
        strcat(cause, " not cleared");
        flash_refuse(f, BITS(U0_FLASH_SR_PGSERR), what, cause);
    } else if (!may_erase(f, mer, page, who, cause, sizeof cause))
        flash_refuse(f, BITS(U0_FLASH_SR_WRPERR), what, cause);
    else if (mer)
        flash_begin(f, OP_MASS_ERASE, f->row->main.base, f->row->times->mass_erase);
    else
        flash_begin(f, OP_PAGE_ERASE, flash_page_addr(f, page), f->row->times->page_erase);
}

/* Whether the running operation will erase this page of the main array. */
static bool erases(const struct flash *f, uint32_t page)
{
    switch (f->s.op) {
    case OP_PAGE_ERASE: return flash_page_at(f, f->s.op_addr) == page;
    case OP_MASS_ERASE: return true;
    case OP_REGRESSION: return !flash_survives_regression(f, page);
    default: return false;
    }
}

static void erase_page(struct flash *f, uint32_t page)
{
    for (uint32_t at = 0; at < f->row->page_bytes; at += 8)
        flash_set_cell(&f->cells[CELLS_MAIN], flash_page_addr(f, page) + at, FLASH_WORD_ERASED);
    f->s.use[page].erases++;
}

static void erase_pages(struct flash *f)
{
    for (uint32_t page = 0; page < flash_page_count(f); page++)
        if (erases(f, page))
            erase_page(f, page);
}

/* ---- program ---- */

/* Fast programming checks nothing: ones that are already zeros stay zeros, and the check bits no longer fit. */
static struct flash_word programmed(const struct flash *f, const struct flash_cells *c)
{
    const struct flash_word old = flash_cell(c, f->s.op_addr), new = flash_word_of(f->s.op_data);

    if (f->s.op == OP_FAST_ROW)
        return (struct flash_word){ old.data & new.data, old.check &new.check };
    return new;
}

static void commit_double_word(struct flash *f)
{
    struct flash_cells *c = flash_cells_at(f, f->s.op_addr);

    flash_set_cell(c, f->s.op_addr, programmed(f, c));
    if (c != &f->cells[CELLS_MAIN])
        return;
    f->s.use[flash_page_at(f, f->s.op_addr)].programs++;
    if (f->env.programmed)
        f->env.programmed(f->env.ctx, f->s.op_addr);
}

static void next_of_row(struct flash *f)
{
    const uint32_t row_end = f->s.op_addr + 8;

    if (f->s.row_waits) {
        char what[40];

        snprintf(what, sizeof what, "program in page %" PRIu32, flash_page_at(f, f->s.op_addr));
        flash_refuse(f, BITS(U0_FLASH_SR_MISERR) | BITS(U0_FLASH_SR_FASTERR), what, "next double word of the row came late");
        flash_end(f, false);
        return;
    }
    commit_double_word(f);
    if (f->s.row_words == FLASH_FAST_ROW_BYTES / 4) {
        f->s.fast_from = row_end; /* a G0 refuses rows that do not follow each other upwards */
        flash_end(f, true);
        return;
    }
    f->s.row_waits = true;
    f->s.op_start_ps = f->at_ps;
    f->s.op_end_ps = f->at_ps + f->row->times->fast_gap;
}

/* ---- time ---- */

uint64_t flash_next_ps(const struct flash *f) { return f->s.op_end_ps < f->s.fast_limit_ps ? f->s.op_end_ps : f->s.fast_limit_ps; }

static void finish(struct flash *f)
{
    switch (f->s.op) {
    case OP_PROGRAM:
        commit_double_word(f);
        flash_end(f, true);
        break;
    case OP_FAST_ROW: next_of_row(f); break;
    case OP_PAGE_ERASE:
    case OP_MASS_ERASE:
        /* Owners of G0 parts find that fast programming works in what was erased last and nowhere else ("requires a preceding
         * erase", RM0444 3.3.8). */
        f->s.fast_from = f->s.op_addr;
        f->s.fast_to = f->s.op_addr + (f->s.op == OP_MASS_ERASE ? f->row->main.bytes : f->row->page_bytes);
        erase_pages(f);
        flash_end(f, true);
        break;
    case OP_REGRESSION:
        erase_pages(f);
        if (f->env.regressed)
            f->env.regressed(f->env.ctx);
        flash_commit_options(f);
        flash_end(f, true);
        break;
    case OP_OPTIONS:
        flash_commit_options(f);
        flash_end(f, true);
        break;
    default: break;
    }
}

static bool has_to_wait(const struct flash *f, bool is_register)
{
    return flash_busy(f) && (is_register || !(f->s.op == OP_FAST_ROW && f->s.row_waits));
}

static void let_wait_go(struct flash *f)
{
    struct flash_state *const s = &f->s;

    while (s->waiting > 0 && !has_to_wait(f, s->waiting_is_register[0])) {
        const struct flash_access a = { .addr = s->waiting_addr[0],
                                        .value = s->waiting_value[0],
                                        .bytes = s->waiting_bytes[0],
                                        .who = s->waiting_who[0],
                                        .is_register = s->waiting_is_register[0] };
        uint64_t done_ps;

        s->waiting--;
        for (unsigned i = 0; i < s->waiting; i++) {
            s->waiting_addr[i] = s->waiting_addr[i + 1];
            s->waiting_value[i] = s->waiting_value[i + 1];
            s->waiting_bytes[i] = s->waiting_bytes[i + 1];
            s->waiting_who[i] = s->waiting_who[i + 1];
            s->waiting_is_register[i] = s->waiting_is_register[i + 1];
        }
        if (a.is_register)
            flash_do_register_write(f, &a, &done_ps); /* its bus error, if any, comes too late to be told */
        else
            flash_program_word(f, &a);
    }
}

void flash_next_event(struct flash *f)
{
    if (f->s.fast_limit_ps <= f->s.op_end_ps) {
        char what[40];

        snprintf(what, sizeof what, "program in page %" PRIu32, flash_page_at(f, f->s.slot_addr));
        flash_refuse(f, BITS(U0_FLASH_SR_FASTERR), what, "first double word of the row came late");
        flash_end(f, false);
    } else
        finish(f);
    let_wait_go(f);
}

/* ---- waiting ---- */

uint64_t flash_free_ps(const struct flash *f)
{
    if (f->s.op == OP_NONE)
        return f->at_ps;
    if (f->s.op == OP_FAST_ROW && !f->s.row_waits && f->s.row_words < FLASH_FAST_ROW_BYTES / 4)
        return f->s.op_end_ps + f->row->times->fast_gap; /* nobody can feed the row while the bus is stalled */
    return f->s.op_end_ps;
}

bool flash_wait(struct flash *f, const struct flash_access *a, uint64_t *done_ps)
{
    struct flash_state *const s = &f->s;

    if (s->waiting == FLASH_WAITING_MAX)
        return false; /* each master can wait with one write only */
    s->waiting_addr[s->waiting] = a->addr;
    s->waiting_value[s->waiting] = a->value;
    s->waiting_bytes[s->waiting] = a->bytes;
    s->waiting_who[s->waiting] = a->who;
    s->waiting_is_register[s->waiting] = a->is_register;
    s->waiting++;
    *done_ps = a->is_register ? flash_free_ps(f) : f->s.op_end_ps;
    return true;
}

struct flash_word flash_cell_then(const struct flash *f, const struct flash_cells *c, uint32_t addr)
{
    if (c == &f->cells[CELLS_MAIN] && erases(f, flash_page_at(f, addr)))
        return FLASH_WORD_ERASED;
    if ((f->s.op == OP_PROGRAM || (f->s.op == OP_FAST_ROW && !f->s.row_waits)) && f->s.op_addr == (addr & ~7u))
        return programmed(f, c);
    return flash_cell(c, addr);
}

/* ---- torn ---- */

static uint32_t share(uint64_t part_ps, uint64_t whole_ps)
{
    return part_ps >= whole_ps ? 65536 : (uint32_t)((unsigned __int128)part_ps * 65536 / whole_ps);
}

static void tear_pages(struct flash *f, uint32_t done)
{
    struct flash_cells *const c = &f->cells[CELLS_MAIN];

    for (uint32_t at = 0; at < c->area.bytes; at += 8) {
        const uint32_t addr = c->area.base + at;

        if (erases(f, flash_page_at(f, addr)))
            flash_set_cell(c, addr, flash_tear(flash_cell(c, addr), FLASH_WORD_ERASED, done, &f->s.seed));
    }
}

void flash_interrupt(struct flash *f)
{
    const uint64_t elapsed_ps = f->at_ps - f->s.op_start_ps, whole_ps = f->s.op_end_ps - f->s.op_start_ps;
    const uint64_t mass_ps = f->row->times->mass_erase;
    struct flash_cells *c;

    switch (f->s.op) {
    case OP_NONE: break;
    case OP_FAST_ROW:
        if (f->s.row_waits)
            break;
        /* fall through */
    case OP_PROGRAM:
        c = flash_cells_at(f, f->s.op_addr);
        flash_set_cell(c, f->s.op_addr, flash_tear(flash_cell(c, f->s.op_addr), programmed(f, c), share(elapsed_ps, whole_ps), &f->s.seed));
        if (c == &f->cells[CELLS_MAIN])
            flash_note(f, "torn", "program in page %" PRIu32 ": cut off", flash_page_at(f, f->s.op_addr));
        else
            flash_note(f, "torn", "program in OTP: cut off");
        break;
    case OP_PAGE_ERASE:
        tear_pages(f, share(elapsed_ps, whole_ps));
        flash_note(f, "torn", "erase of page %" PRIu32 ": cut off", flash_page_at(f, f->s.op_addr));
        break;
    case OP_MASS_ERASE:
        tear_pages(f, share(elapsed_ps, whole_ps));
        flash_note(f, "torn", "mass erase: cut off");
        break;
    case OP_REGRESSION:
        tear_pages(f, share(elapsed_ps, mass_ps));
        if (elapsed_ps > mass_ps)
            flash_tear_options(f, elapsed_ps - mass_ps);
        flash_note(f, "torn", "RDP regression: cut off");
        break;
    case OP_OPTIONS:
        flash_tear_options(f, elapsed_ps);
        flash_note(f, "torn", "option write: cut off");
        break;
    }
    f->s.op = OP_NONE;
    f->s.op_end_ps = TIME_NEVER;
}
