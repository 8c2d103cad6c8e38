/* tim_rows.c - which registers and bits each sort of timer has. See tim.h.
 *
 * Sources: RM0444 21.4, 22.4, 23.4, 24.4, 25.6 (TIM1, TIM2/3, TIM6/7, TIM14, TIM15/16/17), RM0503. */
#include "periph/tim_state.h"

// clang-format off
#define CR1_BASIC (BITS(TIM_CR1_CEN) | BITS(TIM_CR1_UDIS) | BITS(TIM_CR1_URS) | BITS(TIM_CR1_OPM) | BITS(TIM_CR1_ARPE) | BITS(TIM_CR1_UIFREMAP))
#define CR1_UP    (CR1_BASIC | BITS(TIM_CR1_CKD))
#define CR1_BOTH  (CR1_UP | BITS(TIM_CR1_DIR) | BITS(TIM_CR1_CMS))
#define SMCR_ALL  0x0031FFFFu
#define CCMR_2CH  0x0101FFFFu
#define CCMR_1CH  0x000100FFu
#define BDTR_ALL  0x3FFFFFFFu
#define BDTR_ONE  0x140FFFFFu /* one break input */

#define COMMON(cr1, top)                             \
    [TIM_CR1  / 4] = {   0, (cr1)           },       \
    [TIM_SR   / 4] = {   0, 0               },       \
    [TIM_EGR  / 4] = {   0, 0               },       \
    [TIM_CNT  / 4] = {   0, 0               },       \
    [TIM_PSC  / 4] = {   0, 0xFFFF          },       \
    [TIM_ARR  / 4] = { (top), (top)         }

static const struct periph_reg advanced[TIM_TISEL / 4 + 1] = {
    COMMON(CR1_BOTH, 0xFFFF),
    [TIM_CR2   / 4] = { 0, 0x00F57FFD },
    [TIM_SMCR  / 4] = { 0, SMCR_ALL },
    [TIM_DIER  / 4] = { 0, 0x7FFF },
    [TIM_CCMR1 / 4] = { 0, CCMR_2CH },
    [TIM_CCMR2 / 4] = { 0, CCMR_2CH },
    [TIM_CCER  / 4] = { 0, 0x0033BFFF },
    [TIM_RCR   / 4] = { 0, 0xFFFF },
    [TIM_CCR1  / 4] = { 0, 0xFFFF }, [TIM_CCR2 / 4] = { 0, 0xFFFF }, [TIM_CCR3 / 4] = { 0, 0xFFFF }, [TIM_CCR4 / 4] = { 0, 0xFFFF },
    [TIM_BDTR  / 4] = { 0, BDTR_ALL },
    [TIM_DCR   / 4] = { 0, BITS(TIM_DCR_DBA) | BITS(TIM_DCR_DBL) },
    [TIM_CCMR3 / 4] = { 0, 0x0101FCFC },
    [TIM_CCR5  / 4] = { 0, 0xE000FFFF }, [TIM_CCR6 / 4] = { 0, 0xFFFF },
    [TIM_AF1   / 4] = { 1, 0x0003DE07 }, [TIM_AF2 / 4] = { 1, 0x00000E07 },
    [TIM_TISEL / 4] = { 0, 0x0F0F0F0F },
};

#define GENERAL(top)                                                                                                    \
    COMMON(CR1_BOTH, top),                                                                                              \
    [TIM_CR2   / 4] = { 0, BITS(TIM_CR2_CCDS) | BITS(TIM_CR2_MMS) | BITS(TIM_CR2_TI1S) },                               \
    [TIM_SMCR  / 4] = { 0, SMCR_ALL },                                                                                  \
    [TIM_DIER  / 4] = { 0, 0x5F5F },                                                                                    \
    [TIM_CCMR1 / 4] = { 0, CCMR_2CH },                                                                                  \
    [TIM_CCMR2 / 4] = { 0, CCMR_2CH },                                                                                  \
    [TIM_CCER  / 4] = { 0, 0xBBBB },                                                                                    \
    [TIM_CCR1  / 4] = { 0, (top) }, [TIM_CCR2 / 4] = { 0, (top) }, [TIM_CCR3 / 4] = { 0, (top) }, [TIM_CCR4 / 4] = { 0, (top) }, \
    [TIM_DCR   / 4] = { 0, BITS(TIM_DCR_DBA) | BITS(TIM_DCR_DBL) },                                                     \
    [TIM_AF1   / 4] = { 0, BITS(TIM_AF1_ETRSEL) },                                                                      \
    [TIM_TISEL / 4] = { 0, 0x00000F0F }
static const struct periph_reg general_32[TIM_TISEL / 4 + 1] = { GENERAL(UINT32_MAX) };
static const struct periph_reg general_16[TIM_TISEL / 4 + 1] = { GENERAL(0xFFFF) };

static const struct periph_reg two_channels[TIM_TISEL / 4 + 1] = { /* TIM15 */
    COMMON(CR1_UP, 0xFFFF),
    [TIM_CR2   / 4] = { 0, 0x07FD },
    [TIM_SMCR  / 4] = { 0, 0x003100F7 },
    [TIM_DIER  / 4] = { 0, 0x6FE7 & ~0x1800 },
    [TIM_CCMR1 / 4] = { 0, CCMR_2CH },
    [TIM_CCER  / 4] = { 0, 0x00BF },
    [TIM_RCR   / 4] = { 0, 0xFF },
    [TIM_CCR1  / 4] = { 0, 0xFFFF }, [TIM_CCR2 / 4] = { 0, 0xFFFF },
    [TIM_BDTR  / 4] = { 0, BDTR_ONE },
    [TIM_DCR   / 4] = { 0, BITS(TIM_DCR_DBA) | BITS(TIM_DCR_DBL) },
    [TIM_AF1   / 4] = { 1, 0x0E07 },
    [TIM_TISEL / 4] = { 0, 0x0F0F },
};

static const struct periph_reg one_channel_cmp[TIM_TISEL / 4 + 1] = { /* TIM16, TIM17 */
    COMMON(CR1_UP, 0xFFFF),
    [TIM_CR2   / 4] = { 0, 0x030D },
    [TIM_DIER  / 4] = { 0, 0x03A3 },
    [TIM_CCMR1 / 4] = { 0, CCMR_1CH },
    [TIM_CCER  / 4] = { 0, 0x000F },
    [TIM_RCR   / 4] = { 0, 0xFF },
    [TIM_CCR1  / 4] = { 0, 0xFFFF },
    [TIM_BDTR  / 4] = { 0, BDTR_ONE },
    [TIM_DCR   / 4] = { 0, BITS(TIM_DCR_DBA) | BITS(TIM_DCR_DBL) },
    [TIM_AF1   / 4] = { 1, 0x0E07 },
    [TIM_TISEL / 4] = { 0, 0x000F },
};

static const struct periph_reg one_channel[TIM_TISEL / 4 + 1] = { /* TIM14 */
    COMMON(CR1_UP, 0xFFFF),
    [TIM_DIER  / 4] = { 0, 0x0003 },
    [TIM_CCMR1 / 4] = { 0, CCMR_1CH },
    [TIM_CCER  / 4] = { 0, 0x000B },
    [TIM_CCR1  / 4] = { 0, 0xFFFF },
    [TIM_TISEL / 4] = { 0, 0x000F },
};

static const struct periph_reg basic[TIM_TISEL / 4 + 1] = { /* TIM6, TIM7 */
    COMMON(CR1_BASIC, 0xFFFF),
    [TIM_CR2   / 4] = { 0, BITS(TIM_CR2_MMS) },
    [TIM_DIER  / 4] = { 0, BITS(TIM_DIER_UIE) | BITS(TIM_DIER_UDE) },
};
// clang-format on

#define TIM_KIND(rows)                                                                                                                 \
    {                                                                                                                                  \
        .name = "TIM", .names = &tim_regs, .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true,                       \
        .state = &tim_state_table, .read = tim_read, .peek = tim_peek, .write = tim_write, .reset = tim_reset, .next_ps = tim_next_ps, \
        .event = tim_event, .reclock = tim_reclock, .listens = tim_listens, .triggered = tim_triggered, .drives = tim_drives,          \
        .pin_edge = tim_pin_edge                                                                                                       \
    }
const struct periph_kind tim_kind_advanced = TIM_KIND(advanced);
const struct periph_kind tim_kind_32 = TIM_KIND(general_32);
const struct periph_kind tim_kind_16 = TIM_KIND(general_16);
const struct periph_kind tim_kind_2ch = TIM_KIND(two_channels);
const struct periph_kind tim_kind_1ch_cmp = TIM_KIND(one_channel_cmp);
const struct periph_kind tim_kind_1ch = TIM_KIND(one_channel);
const struct periph_kind tim_kind_basic = TIM_KIND(basic);
