/* rcc_state.h - the inside of the RCC model, shared by rcc.c (behaviour) and rcc_rows.c (facts). */
#pragma once
#include "device/regs/u0_rcc.h"
#include "periph/rcc.h"

struct rcc_state {
    uint32_t reg[U0_RCC_CRRCR / 4 + 1];   /* the G0 uses fewer */
    uint64_t ready_ps[CLOCK_OSCILLATORS]; /* when one that was switched on will be ready; TIME_NEVER: none on its way */
    uint32_t hse_hz, lse_hz;
    uint8_t backup_open, stopped;
    uint8_t lsi_kept; /* the independent watchdog runs: LSI is on whatever LSION says (RM0444 28.3) */
};
extern const struct state_table rcc_state_table;

void rcc_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes);
void rcc_reset(struct periph *p, enum periph_reset why);
uint64_t rcc_next_ps(const struct periph *p);
void rcc_event(struct periph *p);
