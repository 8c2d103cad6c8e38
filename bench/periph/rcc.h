/* rcc.h - reset and clock control: oscillators with their start-up times, PLL, what feeds the core, clock enables and resets of the
 * peripherals, reset flags. What it says is what the core and the peripherals run at.
 *
 * Sources: RM0503 and RM0444, RCC chapter. One code for both families; what differs is in the rcc_row. */
#pragma once
#include "periph/periph.h"

enum clock {
    CLOCK_NONE,
    CLOCK_MSI,
    CLOCK_HSI16,
    CLOCK_HSE,
    CLOCK_LSI,
    CLOCK_LSE,
    CLOCK_HSI48,
    CLOCK_PLLR,        /* the PLL's R output */
    CLOCK_OSCILLATORS, /* how many of the above there are */
    CLOCK_SYSCLK = CLOCK_OSCILLATORS,
    CLOCK_HCLK,
    CLOCK_PCLK,
    CLOCK_TIMER, /* PCLK, doubled while PPRE divides */
    CLOCK_PLLP,
    CLOCK_PLLQ,
};

struct rcc_oscillator {
    uint16_t reg;       /* where its bits are */
    uint32_t on, ready; /* on 0: not on this chip */
    uint32_t flag;      /* its bit in CIER, CIFR and CICR; 0: none */
    uint64_t start_ps;  /* from on to ready */
};

struct rcc_row { /* periph.row */
    struct rcc_oscillator osc[CLOCK_OSCILLATORS];
    uint16_t bdcr, csr, ccipr;
    uint8_t sw[8];          /* enum clock by CFGR.SW */
    uint8_t pll_src[4];     /* enum clock by PLLCFGR.PLLSRC */
    const uint32_t *msi_hz; /* by range, 12 entries; NULL: no MSI */
    bool hsidiv;            /* CR.HSIDIV divides HSI16 on its way to SYSCLK */
    uint32_t sysclk_max_hz, vco_min_hz, vco_max_hz, pll_in_min_hz, pll_in_max_hz;
    uint32_t rst_regs[4]; /* offsets of the xRSTR registers, ends with 0 */
    uint16_t apbenr1;
    uint8_t mco[16]; /* enum clock by CFGR.MCOSEL; CLOCK_NONE: nothing comes */
};

extern const struct periph_kind rcc_kind_u0, rcc_kind_g0;
extern const struct rcc_row rcc_row_u0, rcc_row_g0;

uint64_t rcc_hz(const struct periph *p, enum clock clock); /* 0: stopped or not ready */
/* The kernel clock chosen by a two-bit field of CCIPR, in the way of one kind of peripheral. */
enum rcc_choice { RCC_USART, RCC_LPTIM, RCC_I2C, RCC_CLK48, RCC_ADC, RCC_CHOICES };
uint64_t rcc_kernel_hz(const struct periph *p, enum rcc_choice kind, unsigned ccipr_lsb);
uint64_t rcc_mco_hz(const struct periph *p); /* what the clock output carries */
uint64_t rcc_rtc_hz(const struct periph *p); /* as BDCR.RTCSEL says, 0 while RTCEN = 0 */

uint64_t rcc_watchdog_hz(const struct periph *p); /* LSI, which the IWDG forces on */

/* Reset flags as they stand in CSR (OBLRSTF .. LPWRRSTF). */
void rcc_add_reset_flags(struct periph *p, uint32_t flags);

void rcc_crystals(struct periph *p, uint32_t hse_hz, uint32_t lse_hz); /* what the board has soldered on; 0: nothing */
void rcc_keep_lsi(struct periph *p, bool keep);                        /* the independent watchdog needs it */
void rcc_open_backup(struct periph *p, bool open);                     /* PWR_CR1.DBP: BDCR can be written */
void rcc_enter_stop(struct periph *p);                                 /* fast clocks die; rcc_hz(HCLK) is 0 */
void rcc_leave_stop(struct periph *p);                                 /* MSI or HSI16 runs again */
