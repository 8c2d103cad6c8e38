/* system.c - what the bootloader does to the chip around it. AN2606 Rev 70: SYSCLK 24 MHz from the PLL on HSI16, HSI48 trimmed by the CRS
 * for the USB, the watchdog's prescaler at its maximum; V13.0 writes FLASH_ACR's default value at start, which clears EMPTY. */
#include "rom.h"

#include "device/regs/cortexm.h"
#include "device/regs/u0_crs.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_iwdg.h"
#include "device/regs/u0_pwr.h"
#include "device/regs/u0_rcc.h"

enum {
    ACR_DEFAULT = 0x00040600,
    SW_PLL = 3,
    PLL_HSI16 = 2,
    PLL_N = 9, /* 16 MHz * 9 / 6 = 24 MHz */
    PLL_R = 6,
    CLK48_HSI48 = 3,
    IWDG_UNLOCK = 0x5555,
    IWDG_REFRESH = 0xAAAA,
    IWDG_PR_MAX = 8,
    TICKS_PER_MS = 24000,
    READY_MS = 5,     /* "minimum time from reset to ready" of 5.626 ms, with what start-up itself takes */
    REFRESH_MS = 500, /* estimate; the slowest watchdog has 131 s */
};

static void wait_for(uint32_t at, uint32_t mask, uint32_t value)
{
    while ((REG(at) & mask) != value) {
    }
}

/* PVU stays set for ever when the watchdog does not run: nobody waits for it. */
static void slow_watchdog(void)
{
    REG(IWDG + U0_IWDG_KR) = IWDG_UNLOCK;
    REG(IWDG + U0_IWDG_PR) = IWDG_PR_MAX;
    REG(IWDG + U0_IWDG_KR) = IWDG_REFRESH;
}

static void start_clocks(void)
{
    REG(RCC + U0_RCC_CR) |= BITS(U0_RCC_CR_HSION);
    wait_for(RCC + U0_RCC_CR, BITS(U0_RCC_CR_HSIRDY), BITS(U0_RCC_CR_HSIRDY));
    REG(RCC + U0_RCC_PLLCFGR) = PUT(U0_RCC_PLLCFGR_PLLSRC, PLL_HSI16) | PUT(U0_RCC_PLLCFGR_PLLN, PLL_N) |
                                PUT(U0_RCC_PLLCFGR_PLLR, PLL_R - 1) | BITS(U0_RCC_PLLCFGR_PLLREN);
    REG(RCC + U0_RCC_CR) |= BITS(U0_RCC_CR_PLLON);
    wait_for(RCC + U0_RCC_CR, BITS(U0_RCC_CR_PLLRDY), BITS(U0_RCC_CR_PLLRDY));
    REG(RCC + U0_RCC_CFGR) = PUT(U0_RCC_CFGR_SW, SW_PLL);
    wait_for(RCC + U0_RCC_CFGR, BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SWS, SW_PLL));

    REG(RCC + U0_RCC_CRRCR) |= BITS(U0_RCC_CRRCR_HSI48ON);
    wait_for(RCC + U0_RCC_CRRCR, BITS(U0_RCC_CRRCR_HSI48RDY), BITS(U0_RCC_CRRCR_HSI48RDY));
    REG(RCC + U0_RCC_CCIPR) |= PUT(U0_RCC_CCIPR_CLK48SEL, CLK48_HSI48);
    REG(RCC + U0_RCC_APBENR1) |= BITS(U0_RCC_APBENR1_PWREN) | BITS(U0_RCC_APBENR1_CRSEN) | BITS(U0_RCC_APBENR1_USBEN);
    REG(PWR + U0_PWR_CR2) |= BITS(U0_PWR_CR2_USV);
    REG(CRS + U0_CRS_CR) |= BITS(U0_CRS_CR_AUTOTRIMEN) | BITS(U0_CRS_CR_CEN); /* SYNC from the USB's frames by default */
}

static void start_ticks(uint32_t ticks, uint32_t flags)
{
    REG(PPB(SYST_CSR)) = 0;
    REG(PPB(SYST_RVR)) = ticks - 1;
    REG(PPB(SYST_CVR)) = 0;
    REG(PPB(SYST_CSR)) = BITS(PPB_SYST_CSR_ENABLE) | BITS(PPB_SYST_CSR_TICKINT) | flags;
}

void system_start(void)
{
    REG(FLASH + U0_FLASH_ACR) = ACR_DEFAULT;
    slow_watchdog();
    start_clocks();
}

void system_wait_ready(void)
{
    start_ticks(READY_MS * TICKS_PER_MS, BITS(PPB_SYST_CSR_CLKSOURCE));
    while (!(REG(PPB(SYST_CSR)) & BITS(PPB_SYST_CSR_COUNTFLAG)))
        __asm volatile("dsb\n\twfi" ::: "memory");
    REG(PPB(SYST_CSR)) = 0;
    REG(PPB(ICSR)) = BITS(PPB_ICSR_PENDSTCLR);
    if (!(REG(FLASH + U0_FLASH_OPTR) & BITS(U0_FLASH_OPTR_IWDG_SW)))
        start_ticks(REFRESH_MS * (TICKS_PER_MS / 8), 0); /* HCLK / 8 */
}

void system_tick(void) { REG(IWDG + U0_IWDG_KR) = IWDG_REFRESH; }

void system_stop(void)
{
    const uint32_t used = BITS(U0_RCC_APBRSTR1_USBRST) | BITS(U0_RCC_APBRSTR1_CRSRST);

    REG(PPB(SYST_CSR)) = 0;
    REG(PPB(SYST_RVR)) = 0;
    REG(PPB(SYST_CVR)) = 0;
    REG(PPB(ICSR)) = BITS(PPB_ICSR_PENDSTCLR);
    REG(PPB(NVIC_ICER)) = UINT32_MAX;
    REG(PPB(NVIC_ICPR)) = UINT32_MAX;
    REG(RCC + U0_RCC_APBRSTR1) = used;
    REG(RCC + U0_RCC_APBRSTR1) = 0;
    REG(RCC + U0_RCC_APBENR1) &= ~(BITS(U0_RCC_APBENR1_CRSEN) | BITS(U0_RCC_APBENR1_USBEN));
    REG(FLASH + U0_FLASH_CR) = BITS(U0_FLASH_CR_LOCK) | BITS(U0_FLASH_CR_OPTLOCK);
}
