/* dbgmcu.h - debug support: identity, clocks kept in low power, watchdogs and timers frozen while the core is halted.
 *
 * Source: RM0503 chapter 37, RM0444 chapter 40. Only a power-on reset clears it; a debugger reaches it under system reset and
 * without its clock enable. The freezing itself is done by those who are frozen; the chip passes it on. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind dbgmcu_kind_u0, dbgmcu_kind_g0;

struct dbgmcu_row { /* periph.row */
    uint32_t idcode;
};

bool dbgmcu_keeps_stop(const struct periph *p);    /* CR.DBG_STOP */
bool dbgmcu_keeps_standby(const struct periph *p); /* CR.DBG_STANDBY */
bool dbgmcu_freezes_iwdg(const struct periph *p);
bool dbgmcu_freezes_any(const struct periph *p);
