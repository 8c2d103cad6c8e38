/* exti.c - the extended interrupt controller. See exti.h. */
#include "periph/exti.h"

/* clang-format off */
#define EXTI_REGS(R, P) \
    R(P, RTSR1,   0x000) \
    R(P, FTSR1,   0x004) \
    R(P, SWIER1,  0x008) \
    R(P, RPR1,    0x00C) \
    R(P, FPR1,    0x010) \
    R(P, EXTICR1, 0x060) \
    R(P, EXTICR2, 0x064) \
    R(P, EXTICR3, 0x068) \
    R(P, EXTICR4, 0x06C) \
    R(P, IMR1,    0x080) \
    R(P, EMR1,    0x084) \
    R(P, IMR2,    0x090) \
    R(P, EMR2,    0x094)
enum exti_registers { EXTI_REGS(REG_OFFSET_ENUM, EXTI) };
/* clang-format on */

static const struct reg_name exti_names[] = { EXTI_REGS(REG_NAME_ROW, EXTI){ NULL, 0 } };
static const struct reg_field exti_fields[] = { { NULL, NULL, 0, 0 } };
static const struct reg_block exti_regs = { "EXTI", exti_names, exti_fields };

struct exti_state {
    uint32_t reg[EXTI_EMR2 / 4 + 1];
};

#define CONFIGURABLE 0x003FFFFFu /* lines 0..21 have edges and pending bits (RM0503; the G0 reserves 19..21) */
#define PIN_LINES    0x0000FFFFu
#define UPPER_LINES  0x0000003Fu /* lines 32..37 */

static const struct periph_reg exti_rows[] = {
    // clang-format off
    /*                       reset       writable      clear1 */
    [EXTI_RTSR1   / 4] = {          0, CONFIGURABLE, 0 },
    [EXTI_FTSR1   / 4] = {          0, CONFIGURABLE, 0 },
    [EXTI_SWIER1  / 4] = {          0,            0, 0 },
    [EXTI_RPR1    / 4] = {          0,            0, CONFIGURABLE },
    [EXTI_FPR1    / 4] = {          0,            0, CONFIGURABLE },
    [EXTI_EXTICR1 / 4] = {          0,   UINT32_MAX, 0 },
    [EXTI_EXTICR2 / 4] = {          0,   UINT32_MAX, 0 },
    [EXTI_EXTICR3 / 4] = {          0,   UINT32_MAX, 0 },
    [EXTI_EXTICR4 / 4] = {          0,   UINT32_MAX, 0 },
    [EXTI_IMR1    / 4] = { 0xFFF80000,   UINT32_MAX, 0 },
    [EXTI_EMR1    / 4] = {          0,   UINT32_MAX, 0 },
    [EXTI_IMR2    / 4] = { UINT32_MAX,  UPPER_LINES, 0 },
    [EXTI_EMR2    / 4] = {          0,  UPPER_LINES, 0 },
    // clang-format on
};

DEFINE_STATE(exti_state_table, "exti", struct exti_state, STATE_MANY(struct exti_state, reg, STATE_ANY));

/* Three interrupt lines share the pins; in ITLINEx each pin has its own bit, counted from the group's first. */
static const struct {
    uint32_t pins;
    unsigned first_pin;
} groups[] = { { 0x0003, 0 }, { 0x000C, 2 }, { 0xFFF0, 4 } };

static void update(struct periph *p)
{
    const uint32_t up = (*periph_word(p, EXTI_RPR1) | *periph_word(p, EXTI_FPR1)) & *periph_word(p, EXTI_IMR1);

    for (unsigned i = 0; i < 3; i++)
        p->env->irq(p->env->ctx, p->irq_line + i, (up & groups[i].pins) >> groups[i].first_pin, groups[i].pins >> groups[i].first_pin);
}

void exti_line(struct periph *p, unsigned line, bool rising)
{
    const uint32_t bit = UINT32_C(1) << line;

    if (!(*periph_word(p, rising ? EXTI_RTSR1 : EXTI_FTSR1) & bit))
        return;
    periph_set(p, rising ? EXTI_RPR1 : EXTI_FPR1, bit, UINT32_MAX);
    p->env->trigger(p->env->ctx, p, line);
    if (*periph_word(p, EXTI_EMR1) & bit)
        p->env->event(p->env->ctx);
    update(p);
}

void exti_pin(struct periph *p, unsigned port, unsigned pin, bool rising)
{
    if ((*periph_word(p, EXTI_EXTICR1 + pin / 4 * 4) >> pin % 4 * 8 & 0xFF) == port)
        exti_line(p, pin, rising);
}

static void exti_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    if (offset == EXTI_SWIER1) { /* reads 0; the edge is a rising one (RM0444 13.5.3) */
        periph_set(p, EXTI_RPR1, value & lanes & CONFIGURABLE, UINT32_MAX);
        if (value & lanes & CONFIGURABLE & *periph_word(p, EXTI_EMR1))
            p->env->event(p->env->ctx);
    } else {
        periph_store(p, offset, value, lanes);
    }
    update(p);
}

const struct periph_kind exti_kind = {
    .name = "EXTI",
    .names = &exti_regs,
    .regs = exti_rows,
    .words = sizeof exti_rows / sizeof exti_rows[0],
    .state = &exti_state_table,
    .write = exti_write,
};
