/* clock.h - the system clock, and the time since start. */
#pragma once
#include <stdint.h>

enum { CLOCK_HZ = 16000000 }; /* core, buses and USART2 alike */

void clock_start(void);  /* to HSI16, SysTick every millisecond */
uint32_t clock_ms(void); /* since clock_start; wraps after 49 days */
void clock_tick(void);   /* the SysTick handler */
