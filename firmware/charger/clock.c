/* clock.c - HSI16 for everything. 16 MHz need no flash wait states (RM0503 and RM0444: none up to 24 MHz in range 1, the one out of reset),
 * and the oscillator is exact enough for a UART. */
#include "clock.h"

#include "chip.h"
#include "hw.h"

static volatile uint32_t ticks;

void clock_start(void)
{
    REG(RCC_CR) |= RCC_CR_HSION;
    while (!(REG(RCC_CR) & RCC_CR_HSIRDY))
        ;
    REG(RCC_CFGR) = RCC_CFGR_SW_HSI16; /* and no dividers */
    while ((REG(RCC_CFGR) & RCC_CFGR_SWS) != RCC_CFGR_SWS_HSI16)
        ;
    REG(RCC_CR) &= ~RCC_CR_PLLON; /* a bootloader's */

    REG(PPB(SYST_RVR)) = CLOCK_HZ / 1000 - 1;
    REG(PPB(SYST_CVR)) = 0;
    REG(PPB(SYST_CSR)) = BITS(PPB_SYST_CSR_CLKSOURCE) | BITS(PPB_SYST_CSR_TICKINT) | BITS(PPB_SYST_CSR_ENABLE);
}

uint32_t clock_ms(void) { return ticks; }

void clock_tick(void) { ticks++; }
