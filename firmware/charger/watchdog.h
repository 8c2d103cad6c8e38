/* watchdog.h - the independent watchdog: fed from the main loop and nowhere else, so that it bites when the loop does not come round.
 *
 * It stands still while a debugger holds the core (DBGMCU), and starts after the way into the bootloader has been decided: once it runs
 * only a reset stops it (AN2606 promises its refresh in the ROM for the hardware option alone). */
#pragma once

void watchdog_start(void); /* 2 s */
void watchdog_feed(void);
