/* tamp.c - the backup registers and what erases them. See tamp.h. */
#include "periph/tamp.h"

#include "device/regs/regs.h"

/* clang-format off */
#define TAMP_REGS(R, P) \
    R(P, CR1,   0x000) \
    R(P, CR2,   0x004) \
    R(P, CR3,   0x008) \
    R(P, FLTCR, 0x00C) \
    R(P, IER,   0x02C) \
    R(P, SR,    0x030) \
    R(P, MISR,  0x034) \
    R(P, SCR,   0x03C) \
    R(P, BKP0R, 0x100) \
    R(P, BKP1R, 0x104) \
    R(P, BKP2R, 0x108) \
    R(P, BKP3R, 0x10C) \
    R(P, BKP4R, 0x110)
enum tamp_registers { TAMP_REGS(REG_OFFSET_ENUM, TAMP) };

static const struct reg_name tamp_names[] = { TAMP_REGS(REG_NAME_ROW, TAMP){ NULL, 0 } };
static const struct reg_field tamp_fields[] = { { NULL, NULL, 0, 0 } };
static const struct reg_block tamp_regs = { "TAMP", tamp_names, tamp_fields };

enum { BACKUP_U0 = 9, BACKUP_G0 = 5 }; /* registers: ST stm32u073xx.h, RM0444 31.6.10 */
enum { CR2_MSK_LSB = 16, CR2_TRG_LSB = 24, FLTCR_TAMPFLT = 0x18 };
#define INNER 0x003C0000u /* ITAMP3..6 */
#define CR2_BKERASE (1u << 23) /* ST stm32u073xx.h; the G0 has none */

static const struct {
    char port;
    uint8_t pin;
} inputs[] = { { 'C', 13 }, { 'A', 0 }, { 'B', 15 }, { 'C', 5 }, { 'A', 1 } }; /* TAMP_IN1..5: stm32-data; the G0 has the first two */

struct tamp_state {
    uint32_t reg[TAMP_BKP0R / 4 + BACKUP_U0];
    uint8_t open;
};

#define ALL  UINT32_MAX
#define BKP(n) [TAMP_BKP0R / 4 + (n)] = { 0, ALL, 0, ALL }
#define CONTROL(pins, inner)                                                \
    [TAMP_CR1   / 4] = { 0, (pins) | (inner), 0, ALL },                     \
    [TAMP_CR2   / 4] = { 0, (pins) | ((pins)&7u) << 16 | (pins) << 24, 0, ALL }, \
    [TAMP_FLTCR / 4] = { 0, 0xFF, 0, ALL },                                 \
    [TAMP_IER   / 4] = { 0, (pins) | (inner), 0, ALL },                     \
    [TAMP_SR    / 4] = { 0, 0, 0, ALL }
static const struct periph_reg rows_u0[] = {
    CONTROL(0x1Fu, INNER), [TAMP_CR3 / 4] = { 0, 0x3C, 0, ALL }, BKP(0), BKP(1), BKP(2), BKP(3), BKP(4), BKP(5), BKP(6), BKP(7), BKP(8),
};
static const struct periph_reg rows_g0[] = {
    CONTROL(0x03u, INNER), BKP(0), BKP(1), BKP(2), BKP(3), BKP(4),
};
/* clang-format on */

DEFINE_STATE(tamp_state_table, "tamp", struct tamp_state, STATE_MANY(struct tamp_state, reg, STATE_ANY),
             STATE_ONE(struct tamp_state, open, 1));

void tamp_open(struct periph *p, bool open) { ((struct tamp_state *)p->state)->open = open; }

void tamp_erase(struct periph *p)
{
    for (uint32_t at = TAMP_BKP0R; at / 4 < p->kind->words; at += 4)
        *periph_word(p, at) = 0;
}

static void update(struct periph *p) { periph_irq(p, *periph_word(p, TAMP_SR) & *periph_word(p, TAMP_IER)); }

/* With a filter TRG names the level (1: high); without one the edge (0: rising). */
static bool is_tamper(const struct periph *p, unsigned i, bool high)
{
    const bool trg = *periph_word(p, TAMP_CR2) >> (CR2_TRG_LSB + i) & 1, filtered = *periph_word(p, TAMP_FLTCR) & FLTCR_TAMPFLT;

    return high == (filtered == trg);
}

bool tamp_pin(struct periph *p, char port, unsigned pin, bool high)
{
    const uint32_t cr2 = *periph_word(p, TAMP_CR2);

    for (unsigned i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        const uint32_t bit = 1u << i;

        if (inputs[i].port != port || inputs[i].pin != pin || !(*periph_word(p, TAMP_CR1) & bit) || !is_tamper(p, i, high))
            continue;
        if (cr2 >> CR2_MSK_LSB & bit & 7) /* masked: a trigger for others, no flag, nothing erased */
            return true;
        *periph_word(p, TAMP_SR) |= bit;
        if (!(cr2 & bit)) /* POM: may be kept */
            tamp_erase(p);
        update(p);
        return true;
    }
    return false;
}

static uint32_t tamp_peek(const struct periph *p, uint32_t offset)
{
    if (offset == TAMP_MISR)
        return *periph_word(p, TAMP_SR) & *periph_word(p, TAMP_IER);
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

static void tamp_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const struct tamp_state *s = p->state;

    if (!s->open) {
        periph_note(p, "refused", "write to offset 0x%03X while PWR_CR1.DBP = 0", (unsigned)offset);
        return;
    }
    if (offset == TAMP_CR1 && value & lanes & INNER)
        periph_note(p, "unmodelled", "internal tampers (CR1 = 0x%08X)", (unsigned)value);
    if (offset == TAMP_SCR)
        *periph_word(p, TAMP_SR) &= ~(value & lanes);
    if (offset == TAMP_CR2 && p->kind == &tamp_kind_u0 && value & lanes & CR2_BKERASE)
        tamp_erase(p);
    periph_store(p, offset, value, lanes);
    update(p);
}

static void tamp_reset(struct periph *p, enum periph_reset why)
{
    struct tamp_state *s = p->state;

    if (why != PERIPH_BY_RCC)
        s->open = 0;
    for (unsigned i = 0; why != PERIPH_SYSTEM && i < p->kind->words; i++)
        *periph_word(p, i * 4) = 0;
    update(p);
}

#define TAMP_KIND(rows)                                                                                            \
    {                                                                                                              \
        .name = "TAMP", .names = &tamp_regs, .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true, \
        .state = &tamp_state_table, .peek = tamp_peek, .write = tamp_write, .reset = tamp_reset                    \
    }
const struct periph_kind tamp_kind_u0 = TAMP_KIND(rows_u0);
const struct periph_kind tamp_kind_g0 = TAMP_KIND(rows_g0);
