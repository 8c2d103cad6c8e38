/* tim.h - one timer: counter, prescaler, compare with outputs, capture, one-pulse, repetition, interrupts, DMA requests, triggers.
 *
 * Source: RM0444 chapters 21 to 26 (TIM1 to TIM17), RM0503. Encoder, gated, reset, trigger and clock
 * modes follow pins and other timers' pulses. Not modelled: dead time, break inputs (BG of EGR is), the LOCK levels, input filters and
 * prescalers, ETR, compare modes from 8 on, channels 5 and 6 (noted when used).
 *
 * An output's level can be asked for at any time (periph_kind.drives); its edges are nobody's event. */
#pragma once
#include "periph/periph.h"

enum { TIM_CHANNELS = 4 };
enum { TIM_CH1, TIM_CH2, TIM_CH3, TIM_CH4, TIM_CH1N, TIM_CH2N, TIM_CH3N };                          /* pins */
enum { TIM_DMA_CC1, TIM_DMA_CC2, TIM_DMA_CC3, TIM_DMA_CC4, TIM_DMA_TRIG, TIM_DMA_UP, TIM_DMA_COM }; /* requests */
enum { TIM_TRGO, TIM_TRGO2, TIM_OC1, TIM_OC2, TIM_OC3, TIM_OC4 }; /* trigger outputs; OCn: the compare event of channel n */
enum { TIM_ITR0, TIM_ITR1, TIM_ITR2, TIM_ITR3 };                  /* trigger inputs */

extern const struct periph_kind tim_kind_advanced, tim_kind_32, tim_kind_16, tim_kind_2ch, tim_kind_1ch_cmp, tim_kind_1ch, tim_kind_basic;

struct tim_row {                                /* periph.row; NULL: one interrupt line for everything */
    uint32_t update, trigger, commutation, brk; /* sources of periph.irq_line */
    uint8_t cc_line;
    uint32_t cc[TIM_CHANNELS];
};

/* What an output is set to do: period and part of it at high level, in picoseconds. False: no regular PWM (channel off, counter stopped).
 */
struct tim_pwm {
    uint64_t period_ps, high_ps;
};
bool tim_pwm(const struct periph *p, unsigned signal, struct tim_pwm *pwm);
