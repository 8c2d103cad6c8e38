/* tim_state.h - the inside of the timer model, shared by tim.c (behaviour), tim_count.c (the passage of time) and tim_rows.c (registers).
 */
#pragma once
#include "device/regs/tim.h"
#include "periph/tim.h"

struct tim_state {
    uint32_t reg[TIM_TISEL / 4 + 1]; /* CNT is kept in `cnt` */
    struct domain clock;
    uint64_t at_tick;                          /* the clock's tick up to which all below is true */
    uint32_t cnt, pre;                         /* pre: ticks of the step under way */
    uint32_t psc, arr, ccr[TIM_CHANNELS], rep; /* what counts: loaded from the registers at once or by an update */
    uint8_t channels;                          /* that this timer has */
    uint8_t ocref;                             /* level per channel, for the modes that remember */
    uint8_t burst, burst_signal;               /* DMAR: registers done of the burst, and whose request it answers */
    uint8_t input;                             /* level per channel's pin, as its edges left it */
};
extern const struct state_table tim_state_table;

struct tim_happened {
    bool update;     /* an update event */
    uint8_t matched; /* per channel: compare event */
    uint8_t rose;    /* per channel: OCREF went from low to high */
};

enum { TIM_TS_TI1F_ED = 4, TIM_TS_TI1FP1 = 5, TIM_TS_TI2FP2 = 6, TIM_TS_ETRF = 7 };
enum { /* SMCR.SMS, with its fourth bit */
       TIM_ENCODER_TI1 = 1,
       TIM_ENCODER_TI2,
       TIM_ENCODER_BOTH,
       TIM_SLAVE_RESET,
       TIM_SLAVE_GATED,
       TIM_SLAVE_TRIGGER,
       TIM_SLAVE_CLOCK,
       TIM_SLAVE_RESET_TRIGGER
};

enum tim_mode { TIM_FROZEN, TIM_ACTIVE, TIM_INACTIVE, TIM_TOGGLE, TIM_LOW, TIM_HIGH, TIM_PWM1, TIM_PWM2 };

/* tim_count.c. `s` is changed and nothing else, so that a copy can be asked. */
void tim_advance(struct tim_state *s, uint32_t top, uint64_t tick, struct tim_happened *happened); /* top: 0xFFFF or all ones */
void tim_update(struct tim_state *s);                              /* an update event: preloaded values count from now on */
uint64_t tim_next_tick(const struct tim_state *s, uint32_t top);   /* the next step at which anything happens; TIME_NEVER: stands still */
unsigned tim_channel_mode(const struct tim_state *s, unsigned ch); /* OCxM */
bool tim_is_output(const struct tim_state *s, unsigned ch);        /* CCxS = 0 */
bool tim_ocref(const struct tim_state *s, unsigned ch);
unsigned tim_slave_mode(const struct tim_state *s);
unsigned tim_slave_source(const struct tim_state *s);
bool tim_input_high(const struct tim_state *s, unsigned ch); /* TIxFPx: the pin's level by the channel's polarity */
uint32_t tim_period_steps(const struct tim_state *s);        /* from update to update, without repetition */

/* tim.c */
uint32_t tim_read(struct periph *p, uint32_t offset);
uint32_t tim_peek(const struct periph *p, uint32_t offset);
void tim_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes);
void tim_reset(struct periph *p, enum periph_reset why);
uint64_t tim_next_ps(const struct periph *p);
void tim_event(struct periph *p);
void tim_reclock(struct periph *p);
bool tim_listens(const struct periph *p, unsigned input);
void tim_triggered(struct periph *p, unsigned input);
bool tim_drives(const struct periph *p, unsigned signal, bool *high);
void tim_pin_edge(struct periph *p, unsigned signal, bool rising);
