/* watchdog.c - see watchdog.h. LSI at 32 kHz (RM0503, RM0444). */
#include "watchdog.h"

#include "chip.h"
#include "hw.h"

enum { KEY_START = 0xCCCC, KEY_ACCESS = 0x5555, KEY_REFRESH = 0xAAAA, PRESCALER_32 = 3, MS = 2000, PATIENCE = 100000 };

void watchdog_start(void)
{
#ifndef CHARGER_NO_WATCHDOG
    REG(DBGMCU_CLOCK) |= DBGMCU_CLOCK_ON;
    (void)REG(DBGMCU_CLOCK);
    REG(DBGMCU_FREEZE) |= DBGMCU_FREEZE_IWDG;
    REG(REG_OF_IWDG(KR)) = KEY_START;
    REG(REG_OF_IWDG(KR)) = KEY_ACCESS;
    REG(REG_OF_IWDG(PR)) = PRESCALER_32; /* 1 kHz */
    REG(REG_OF_IWDG(RLR)) = MS - 1;
    for (unsigned i = 0; i < PATIENCE && REG(REG_OF_IWDG(SR)) & 7; i++)
        ; /* after a visit to the ROM PVU may stand for ever (AN2606): the old reload value is then good enough */
    watchdog_feed();
#endif
}

void watchdog_feed(void) { REG(REG_OF_IWDG(KR)) = KEY_REFRESH; }
