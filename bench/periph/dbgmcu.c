/* dbgmcu.c - debug support. See dbgmcu.h. */
#include "periph/dbgmcu.h"

#include "device/regs/g0_dbgmcu.h"
#include "device/regs/u0_dbgmcu.h"

_Static_assert(PERIPH_SAME_AT(U0_DBGMCU_CR, G0_DBGMCU_CR) && PERIPH_SAME_BITS(U0_DBGMCU_CR_DBG_STOP, G0_DBGMCU_CR_DBG_STOP) &&
                   PERIPH_SAME_BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP, G0_DBGMCU_APB1FZR_DBG_IWDG_STOP),
               "one code for both families");

struct dbgmcu_state {
    uint32_t reg[U0_DBGMCU_DBG_AUTH_DEVICE / 4 + 1];
};

#define CR_BITS    (BITS(U0_DBGMCU_CR_DBG_STOP) | BITS(U0_DBGMCU_CR_DBG_STANDBY))
#define U0_FREEZE1 0xC0601C37u /* the bits listed in u0_dbgmcu.h */
#define U0_FREEZE2 0x00078800u
#define G0_FREEZE1 0xC0201C33u
#define G0_FREEZE2 0x00078800u

static const struct periph_reg rows_u0[] = {
    // clang-format off
    /*                                   reset       writable              clear1  keep */
    [U0_DBGMCU_IDCODE         / 4] = {          0,          0,              0,          0 },
    [U0_DBGMCU_CR             / 4] = {          0,    CR_BITS,              0, UINT32_MAX },
    [U0_DBGMCU_APB1FZR        / 4] = {          0, U0_FREEZE1,              0, UINT32_MAX },
    [U0_DBGMCU_APB2FZR        / 4] = {          0, U0_FREEZE2,              0, UINT32_MAX },
    /* SVD: both APs present, one enabled; which bit is which AP is open, the word is not */
    [U0_DBGMCU_SR             / 4] = { 0x00010003,          0,              0,          0 },
    [U0_DBGMCU_DBG_AUTH_HOST  / 4] = {          0, UINT32_MAX,              0, UINT32_MAX },
    [U0_DBGMCU_DBG_AUTH_DEVICE/ 4] = {          0,          0,              0,          0 },
    // clang-format on
};

static const struct periph_reg rows_g0[] = {
    // clang-format off
    [G0_DBGMCU_IDCODE  / 4] = { 0,          0, 0,          0 },
    [G0_DBGMCU_CR      / 4] = { 0,    CR_BITS, 0, UINT32_MAX },
    [G0_DBGMCU_APB1FZR / 4] = { 0, G0_FREEZE1, 0, UINT32_MAX },
    [G0_DBGMCU_APB2FZR / 4] = { 0, G0_FREEZE2, 0, UINT32_MAX },
    // clang-format on
};

DEFINE_STATE(dbgmcu_state_table, "dbgmcu", struct dbgmcu_state, STATE_MANY(struct dbgmcu_state, reg, STATE_ANY));

bool dbgmcu_keeps_stop(const struct periph *p) { return *periph_word(p, U0_DBGMCU_CR) & BITS(U0_DBGMCU_CR_DBG_STOP); }
bool dbgmcu_keeps_standby(const struct periph *p) { return *periph_word(p, U0_DBGMCU_CR) & BITS(U0_DBGMCU_CR_DBG_STANDBY); }

bool dbgmcu_freezes_iwdg(const struct periph *p) { return *periph_word(p, U0_DBGMCU_APB1FZR) & BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP); }

bool dbgmcu_freezes_any(const struct periph *p) { return *periph_word(p, U0_DBGMCU_APB1FZR) || *periph_word(p, U0_DBGMCU_APB2FZR); }

/* The CoreSight identification at the end of the U0's block. PIDR0 and PIDR1 read 0 in the SVD. */
static uint32_t identification(uint32_t offset)
{
    switch (offset) {
    case U0_DBGMCU_PIDR2: return 0x0A;
    case U0_DBGMCU_CIDR0: return 0x0D;
    case U0_DBGMCU_CIDR1: return 0xF0;
    case U0_DBGMCU_CIDR2: return 0x05;
    case U0_DBGMCU_CIDR3: return 0xB1;
    default: return 0;
    }
}

static uint32_t dbgmcu_peek(const struct periph *p, uint32_t offset)
{
    if (offset / 4 < p->kind->words)
        return *periph_word(p, offset);
    return p->kind == &dbgmcu_kind_u0 ? identification(offset) : 0;
}

static void dbgmcu_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    periph_store(p, offset, value, lanes);
    periph_changed(p);
}

static void dbgmcu_reset(struct periph *p, enum periph_reset why)
{
    const struct dbgmcu_row *row = p->row;

    *periph_word(p, U0_DBGMCU_IDCODE) = row->idcode;
}

#define DBGMCU_KIND(names_, rows)                                                                                  \
    {                                                                                                              \
        .name = "DBGMCU", .names = (names_), .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true, \
        .state = &dbgmcu_state_table, .peek = dbgmcu_peek, .write = dbgmcu_write, .reset = dbgmcu_reset            \
    }
const struct periph_kind dbgmcu_kind_u0 = DBGMCU_KIND(&u0_dbgmcu_regs, rows_u0);
const struct periph_kind dbgmcu_kind_g0 = DBGMCU_KIND(&g0_dbgmcu_regs, rows_g0);
