/* tamp.c - the backup registers. See tamp.h. */
#include "periph/tamp.h"

#include "device/regs/regs.h"

/* clang-format off */
#define TAMP_REGS(R, P) \
    R(P, CR1,   0x000) \
    R(P, CR2,   0x004) \
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
#define CR2_BKERASE (1u << 23) /* ST stm32u073xx.h; the G0 has none */

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
    [TAMP_IER   / 4] = { 0, (pins) | (inner), 0, ALL }
static const struct periph_reg rows_u0[] = {
    CONTROL(0x1Fu, 0x003C0000u), BKP(0), BKP(1), BKP(2), BKP(3), BKP(4), BKP(5), BKP(6), BKP(7), BKP(8),
};
static const struct periph_reg rows_g0[] = {
    CONTROL(0x03u, 0x003C0000u), BKP(0), BKP(1), BKP(2), BKP(3), BKP(4),
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

static void tamp_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const struct tamp_state *s = p->state;

    if (!s->open) {
        periph_note(p, "refused", "write to offset 0x%03X while PWR_CR1.DBP = 0", (unsigned)offset);
        return;
    }
    if (offset == TAMP_CR1 && value & lanes)
        periph_note(p, "unmodelled", "tamper detection (CR1)");
    if (offset == TAMP_CR2 && p->kind == &tamp_kind_u0 && value & lanes & CR2_BKERASE)
        tamp_erase(p);
    periph_store(p, offset, value, lanes);
}

static void tamp_reset(struct periph *p, enum periph_reset why)
{
    struct tamp_state *s = p->state;

    if (why != PERIPH_BY_RCC)
        s->open = 0;
    for (unsigned i = 0; why != PERIPH_SYSTEM && i < p->kind->words; i++)
        *periph_word(p, i * 4) = 0;
}

#define TAMP_KIND(rows)                                                                                            \
    {                                                                                                              \
        .name = "TAMP", .names = &tamp_regs, .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true, \
        .state = &tamp_state_table, .write = tamp_write, .reset = tamp_reset                                       \
    }
const struct periph_kind tamp_kind_u0 = TAMP_KIND(rows_u0);
const struct periph_kind tamp_kind_g0 = TAMP_KIND(rows_g0);
