/* test_facts.c - register lists, device rows and the charger's chip headers against the kept extract of the public stm32-data project.
 *
 * Both directions: what we have must stand there, and what stands there we must have. Positions decide; a name may be spelled otherwise
 * where a rule says so. Every real difference is a row with its reason. A rule or a difference that is of no use any more fails too. */
#include "facts.h"

#include "charger_chip.h"
#include "chip/chip_row.h"
#include "device/device.h"
#include "device/regs/adc.h"
#include "device/regs/crc.h"
#include "device/regs/dac.h"
#include "device/regs/dma.h"
#include "device/regs/dmamux.h"
#include "device/regs/g0_dbgmcu.h"
#include "device/regs/g0_flash.h"
#include "device/regs/g0_iwdg.h"
#include "device/regs/g0_lptim.h"
#include "device/regs/g0_pwr.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/g0_syscfg.h"
#include "device/regs/gpio.h"
#include "device/regs/i2c.h"
#include "device/regs/rng.h"
#include "device/regs/rtc.h"
#include "device/regs/spi.h"
#include "device/regs/tim.h"
#include "device/regs/u0_crs.h"
#include "device/regs/u0_dbgmcu.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_iwdg.h"
#include "device/regs/u0_lptim.h"
#include "device/regs/u0_pwr.h"
#include "device/regs/u0_rcc.h"
#include "device/regs/u0_syscfg.h"
#include "device/regs/u0_usb.h"
#include "device/regs/usart.h"
#include "device/regs/wwdg.h"
#include "periph/exti.h"
#include "periph/tamp.h"

#include <ctype.h>

static const struct pair {
    const struct reg_block *ours; /* NULL: a list that only the model of the virtual chip has */
    const char *symbol, *theirs;
    const struct periph_kind *model;
} pairs[] = {
    // clang-format off
    { &adc_regs,       "adc_regs",       "adc_u0"     },
    { &adc_regs,       "adc_regs",       "adc_g0"     },
    { &crc_regs,       "crc_regs",       "crc_v3"     },
    { &dac_regs,       "dac_regs",       "dac_v4"     },
    { NULL,            "",               "exti_u0", &exti_kind },
    { NULL,            "",               "exti_g0", &exti_kind },
    { NULL,            "",               "tamp_g0", &tamp_kind_g0 },
    { &gpio_regs,      "gpio_regs",      "gpio_v2"    },
    { &dma_regs,       "dma_regs",       "bdma_v1"    },
    { &dmamux_regs,    "dmamux_regs",    "dmamux_v1"  },
    { &i2c_regs,       "i2c_regs",       "i2c_v2"     },
    { &rng_regs,       "rng_regs",       "rng_v3"     },
    { &rtc_regs,       "rtc_regs",       "rtc_v3_base" },
    { &spi_regs,       "spi_regs",       "spi_v3"     },
    { &spi_regs,       "spi_regs",       "spi_v3_i2s" },
    { &tim_regs,       "tim_regs",       "timer_v3"   },
    { &u0_lptim_regs,  "u0_lptim_regs",  "lptim_v2b"  },
    { &g0_lptim_regs,  "g0_lptim_regs",  "lptim_v1b"  },
    { &wwdg_regs,      "wwdg_regs",      "wwdg_v2"    },
    { &usart_regs,     "usart_regs",     "usart_v4"   },
    { &u0_crs_regs,    "u0_crs_regs",    "crs_v1"     },
    { &u0_dbgmcu_regs, "u0_dbgmcu_regs", "dbgmcu_u0"  },
    { &u0_flash_regs,  "u0_flash_regs",  "flash_u0"   },
    { &u0_iwdg_regs,   "u0_iwdg_regs",   "iwdg_v3"    },
    { &u0_pwr_regs,    "u0_pwr_regs",    "pwr_u0"     },
    { &u0_rcc_regs,    "u0_rcc_regs",    "rcc_u0"     },
    { &u0_syscfg_regs, "u0_syscfg_regs", "syscfg_u0"  },
    { &u0_usb_regs,    "u0_usb_regs",    "usb_v4"     },
    { &g0_dbgmcu_regs, "g0_dbgmcu_regs", "dbgmcu_g0"  },
    { &g0_flash_regs,  "g0_flash_regs",  "flash_g0x1" },
    { &g0_iwdg_regs,   "g0_iwdg_regs",   "iwdg_v2"    },
    { &g0_pwr_regs,    "g0_pwr_regs",    "pwr_g0"     },
    { &g0_rcc_regs,    "g0_rcc_regs",    "rcc_g0x1"   },
    { &g0_syscfg_regs, "g0_syscfg_regs", "syscfg_g0"  },
    // clang-format on
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static const struct reg_block *block_of(const struct pair *pair) { return pair->ours ? pair->ours : pair->model->names; }

/* Arm's own registers: stm32-data is about ST's. */
static const char *const not_theirs[] = { "ap_regs", "dp_regs", "ppb_regs" };

/* The manual's spelling, which we follow, from theirs. `*` stands for any text, taken over; `#` for that number plus field_plus or
 * reg_plus;
 * `@` for the letter with that number. our_field "": we have the register without its fields. */
struct spelling {
    const char *block;
    const char *their_reg, *our_reg;
    const char *their_field, *our_field;
    int field_plus, reg_plus;
};
static const struct spelling spellings[] = {
    // clang-format off
    { "adc_u0",     "CFGR1",     "CFGR1",    "AWDCH1CH", "AWD1CH",     0 },
    { "adc_u0",     "DR",        "DR",       "regularDATA", "DATA",    0 },
    { "adc_g0",     "SMPR",      "SMPR",     "SAMPLE_TIME*", "SMP#",   1 }, /* numbered from 0 there */
    { "dac_v4",     "CR",        "CR",       "TEN*",     "TEN#",       1 }, /* so is the whole DAC */
    { "dac_v4",     "CR",        "CR",       "*0",       "*1",         0 },
    { "dac_v4",     "CR",        "CR",       "*1",       "*2",         0 },
    { "dac_v4",     "SWTRIGR",   "SWTRGR",   "SWTRIG*",  "SWTRIG#",    1 },
    { "dac_v4",     "DHR*0",     "DHR*1",    "DHR",      "DACC1DHR",   0 },
    { "dac_v4",     "DHR*1",     "DHR*2",    "DHR",      "DACC2DHR",   0 },
    { "dac_v4",     "DHR*D",     "DHR*D",    "DHR*",     "DACC#DHR",   1 },
    { "dac_v4",     "DOR0",      "DOR1",     "DOR",      "DACC1DOR",   0 },
    { "dac_v4",     "DOR1",      "DOR2",     "DOR",      "DACC2DOR",   0 },
    { "dac_v4",     "SHSR0",     "SHSR1",    "TSAMPLE",  "TSAMPLE1",   0 },
    { "dac_v4",     "SHSR1",     "SHSR2",    "TSAMPLE",  "TSAMPLE2",   0 },
    { "dac_v4",     "S*R",       "S*R",      "*0",       "*1",         0 },
    { "dac_v4",     "S*R",       "S*R",      "*1",       "*2",         0 },
    { "dac_v4",     "CCR",       "CCR",      "OTRIM*",   "OTRIM#",     1 },
    { "dac_v4",     "MCR",       "MCR",      "MODE*",    "MODE#",      1 },
    { "gpio_v2",    "AFR0",      "AFRL",     "AFR*",     "AFSEL*",     0 },
    { "gpio_v2",    "AFR1",      "AFRH",     "AFR*",     "AFSEL#",     8 }, /* numbered from 0 there */
    { "gpio_v2",    "MODER",     "MODER",    "MODER*",   "MODE*",      0 },
    { "gpio_v2",    "OSPEEDR",   "OSPEEDR",  "OSPEEDR*", "OSPEED*",    0 },
    { "gpio_v2",    "PUPDR",     "PUPDR",    "PUPDR*",   "PUPD*",      0 },
    { "gpio_v2",    "IDR",       "IDR",      "IDR*",     "ID*",        0 },
    { "gpio_v2",    "ODR",       "ODR",      "ODR*",     "OD*",        0 },
    { "exti_*",     "EXTICR*",   "EXTICR#",  "EXTI*",    "",           0, 1 }, /* numbered from 0 there; we have the registers only */
    { "exti_*",     "RTSR*",     "RTSR#",    "LINE*",    "",           0, 1 },
    { "exti_*",     "FTSR*",     "FTSR#",    "LINE*",    "",           0, 1 },
    { "exti_*",     "SWIER*",    "SWIER#",   "LINE*",    "",           0, 1 },
    { "exti_*",     "RPR*",      "RPR#",     "LINE*",    "",           0, 1 },
    { "exti_*",     "FPR*",      "FPR#",     "LINE*",    "",           0, 1 },
    { "exti_*",     "IMR*",      "IMR#",     "LINE*",    "",           0, 1 },
    { "exti_*",     "EMR*",      "EMR#",     "LINE*",    "",           0, 1 },
    { "usart_v4",   "CR1",       "CR1",      "RXNEIE",   "RXFNEIE",    0 }, /* names with FIFO mode; v4 has one */
    { "usart_v4",   "CR1",       "CR1",      "TXEIE",    "TXFNFIE",    0 },
    { "usart_v4",   "ISR",       "ISR",      "RXNE",     "RXFNE",      0 },
    { "usart_v4",   "ISR",       "ISR",      "TXE",      "TXFNF",      0 },
    { "usart_v4",   "ISR",       "ISR",      "LBD",      "LBDF",       0 },
    { "usart_v4",   "CR2",       "CR2",      "ADDM",     "ADDM7",      0 },
    { "usart_v4",   "ICR",       "ICR",      "CMF",      "CMCF",       0 },
    { "usart_v4",   "ICR",       "ICR",      "EOBF",     "EOBCF",      0 },
    { "usart_v4",   "ICR",       "ICR",      "RTOF",     "RTOCF",      0 },
    { "usart_v4",   "ICR",       "ICR",      "WUF",      "WUCF",       0 },
    { "usart_v4",   "ICR",       "ICR",      "*",        "*CF",        0 },
    { "usart_v4",   "RDR",       "RDR",      "DR",       "RDR",        0 },
    { "usart_v4",   "TDR",       "TDR",      "DR",       "TDR",        0 },
    { "dbgmcu_g0",  "APB1FZR",   "APB1FZR",  "*",        "DBG_*_STOP", 0 },
    { "dbgmcu_g0",  "APB2FZR",   "APB2FZR",  "*",        "DBG_*_STOP", 0 },
    { "flash_u0",   "OPTR",      "OPTR",     "NBOOT*",   "nBOOT*",     0 }, /* ST's header and RM0444: a small n, "not" */
    { "flash_u0",   "OPTR",      "OPTR",     "NRST_S*",  "nRST_S*",    0 }, /* but NRST_MODE, which is about the pin */
    { "flash_u0",   "OPTR",      "OPTR",     "BKPSRAM_HW_ERASE_DISABLE", "BKPSRAM_HW_ERASE", 0 },
    { "flash_u0",   "SR",        "SR",       "MISSERR",  "MISERR",     0 }, /* ST's header, as on the G0 */
    { "pwr_g0",     "PUCR*",     "PUCR@",    "P*",       "PU*",        0 },
    { "pwr_g0",     "PDCR*",     "PDCR@",    "P*",       "PD*",        0 },
    { "pwr_g0",     "CR3",       "CR3",      "EWUP*",    "EWUP#",      1 }, /* numbered from 0 there */
    { "pwr_g0",     "CR3",       "CR3",      "ULPEN",    "ENB_ULP",    0 },
    { "pwr_g0",     "CR4",       "CR4",      "WP*",      "WP#",        1 },
    { "pwr_g0",     "SR1",       "SR1",      "WUFI",     "WUFI",       0 },
    { "pwr_g0",     "SR1",       "SR1",      "WUF*",     "WUF#",       1 },
    { "pwr_g0",     "SCR",       "SCR",      "CWUF*",    "CWUF#",      1 },
    { "rcc_g0x1",   "GPIO*R",    "IOP*R",    "*",        "*",          0 },
    { "rcc_u0",     "GPIO*R",    "IOP*R",    "*",        "*",          0 },
    { "rcc_g0x1",   "CI*R",      "CI*R",     "PLLSYS*",  "PLL*",       0 },
    { "timer_v3", "CCMR_Input0", "CCMR1", "CCS*", "CC#S", 1 },
    { "timer_v3", "CCMR_Input0", "CCMR1", "ICPSC*", "IC#PSC", 1 },
    { "timer_v3", "CCMR_Input0", "CCMR1", "ICF*", "IC#F", 1 },
    { "timer_v3", "CCMR_Input1", "CCMR2", "CCS*", "CC#S", 3 },
    { "timer_v3", "CCMR_Input1", "CCMR2", "ICPSC*", "IC#PSC", 3 },
    { "timer_v3", "CCMR_Input1", "CCMR2", "ICF*", "IC#F", 3 },
    { "timer_v3", "CCMR_Output0", "CCMR1", "CCS*", "CC#S", 1 },
    { "timer_v3", "CCMR_Output0", "CCMR1", "OCFE*", "OC#FE", 1 },
    { "timer_v3", "CCMR_Output0", "CCMR1", "OCPE*", "OC#PE", 1 },
    { "timer_v3", "CCMR_Output0", "CCMR1", "OCM*_1", "OC#M_1", 1 },
    { "timer_v3", "CCMR_Output0", "CCMR1", "OCM*", "OC#M", 1 },
    { "timer_v3", "CCMR_Output0", "CCMR1", "OCCE*", "OC#CE", 1 },
    { "timer_v3", "CCMR_Output1", "CCMR2", "CCS*", "CC#S", 3 },
    { "timer_v3", "CCMR_Output1", "CCMR2", "OCFE*", "OC#FE", 3 },
    { "timer_v3", "CCMR_Output1", "CCMR2", "OCPE*", "OC#PE", 3 },
    { "timer_v3", "CCMR_Output1", "CCMR2", "OCM*_1", "OC#M_1", 3 },
    { "timer_v3", "CCMR_Output1", "CCMR2", "OCM*", "OC#M", 3 },
    { "timer_v3", "CCMR_Output1", "CCMR2", "OCCE*", "OC#CE", 3 },
    { "timer_v3", "CCMR3", "CCMR3", "OCFE*", "OC#FE", 5 },
    { "timer_v3", "CCMR3", "CCMR3", "OCPE*", "OC#PE", 5 },
    { "timer_v3", "CCMR3", "CCMR3", "OCM*_1", "OC#M_1", 5 },
    { "timer_v3", "CCMR3", "CCMR3", "OCM*", "OC#M", 5 },
    { "timer_v3", "CCMR3", "CCMR3", "OCCE*", "OC#CE", 5 },
    { "timer_v3", "CCER", "CCER", "CCNE*", "CC#NE", 1 },
    { "timer_v3", "CCER", "CCER", "CCNP*", "CC#NP", 1 },
    { "timer_v3", "CCER", "CCER", "CCE*", "CC#E", 1 },
    { "timer_v3", "CCER", "CCER", "CCP*", "CC#P", 1 },
    { "timer_v3", "SR", "SR", "CCIF5", "CC5IF", 0 },
    { "timer_v3", "SR", "SR", "CCIF6", "CC6IF", 0 },
    { "timer_v3", "SR", "SR", "BIF0", "BIF", 0 },
    { "timer_v3", "SR", "SR", "BIF1", "B2IF", 0 },
    { "timer_v3", "SR", "SR", "CCIF*", "CC#IF", 1 },
    { "timer_v3", "SR", "SR", "CCOF*", "CC#OF", 1 },
    { "timer_v3", "EGR", "EGR", "BG0", "BG", 0 },
    { "timer_v3", "EGR", "EGR", "BG1", "B2G", 0 },
    { "timer_v3", "EGR", "EGR", "CCG*", "CC#G", 1 },
    { "timer_v3", "DIER", "DIER", "CCIE*", "CC#IE", 1 },
    { "timer_v3", "DIER", "DIER", "CCDE*", "CC#DE", 1 },
    { "timer_v3", "CR2", "CR2", "OISN*", "OIS#N", 1 },
    { "timer_v3", "CR2", "CR2", "OIS*", "OIS#", 1 },
    { "timer_v3", "CCR5", "CCR5", "GC5C*", "GC5C#", 1 },
    { "timer_v3", "CCR5", "CCR5", "CCR", "CCR5", 0 },
    { "timer_v3", "CCR6", "CCR6", "CCR", "CCR6", 0 },
    { "timer_v3", "CCR0", "CCR1", "CCR", "", 0 },
    { "timer_v3", "CCR1", "CCR2", "CCR", "", 0 },
    { "timer_v3", "CCR2", "CCR3", "CCR", "", 0 },
    { "timer_v3", "CCR3", "CCR4", "CCR", "", 0 },
    { "timer_v3", "BDTR", "BDTR", "BKE0", "BKE", 0 },
    { "timer_v3", "BDTR", "BDTR", "BKE1", "BK2E", 0 },
    { "timer_v3", "BDTR", "BDTR", "BKP0", "BKP", 0 },
    { "timer_v3", "BDTR", "BDTR", "BKP1", "BK2P", 0 },
    { "timer_v3", "BDTR", "BDTR", "BKF0", "BKF", 0 },
    { "timer_v3", "BDTR", "BDTR", "BKF1", "BK2F", 0 },
    { "timer_v3", "AF1", "AF1", "BKCMPE*", "BKCMP#E", 1 },
    { "timer_v3", "AF1", "AF1", "BKCMPP*", "BKCMP#P", 1 },
    { "timer_v3", "AF2", "AF2", "BK2CMPE*", "BK2CMP#E", 1 },
    { "timer_v3", "AF2", "AF2", "BK2CMPP*", "BK2CMP#P", 1 },
    { "timer_v3", "TISEL", "TISEL", "TISEL*", "TI#SEL", 1 },
    { "bdma_v1", "CR*", "CCR#", "*", "*", 0, 1 },
    { "bdma_v1", "NDTR*", "CNDTR#", "*", "*", 0, 1 },
    { "bdma_v1", "PAR*", "CPAR#", "*", "*", 0, 1 },
    { "bdma_v1", "MAR*", "CMAR#", "*", "*", 0, 1 },
    { "bdma_v1", "ISR", "ISR", "GIF*", "GIF#", 1 },
    { "bdma_v1", "IFCR", "IFCR", "GIF*", "CGIF#", 1 },
    { "bdma_v1", "ISR", "ISR", "TCIF*", "TCIF#", 1 },
    { "bdma_v1", "IFCR", "IFCR", "TCIF*", "CTCIF#", 1 },
    { "bdma_v1", "ISR", "ISR", "HTIF*", "HTIF#", 1 },
    { "bdma_v1", "IFCR", "IFCR", "HTIF*", "CHTIF#", 1 },
    { "bdma_v1", "ISR", "ISR", "TEIF*", "TEIF#", 1 },
    { "bdma_v1", "IFCR", "IFCR", "TEIF*", "CTEIF#", 1 },
    { "dmamux_v1", "CCR*", "C*CR", "*", "*", 0 },
    { "dmamux_v1", "RGCR*", "RG*CR", "*", "*", 0 },
    { "dmamux_v1", "CFR", "CFR", "SOF*", "CSOF*", 0 },
    { "dmamux_v1", "RGCFR", "RGCFR", "OF*", "COF*", 0 },
    { "i2c_v2", "CR2", "CR2", "DIR", "RD_WRN", 0 },
    { "spi_*", "CRCPOLY", "CRCPR", "*", "*", 0 },
    { "spi_*", "RXCRC", "RXCRCR", "*", "*", 0 },
    { "spi_*", "TXCRC", "TXCRCR", "*", "*", 0 },
    { "spi_*", "DR16", "DR", "*", "*", 0 },
    { "rtc_*", "ALRMR0", "ALRMAR", "*", "*", 0 },
    { "rtc_*", "ALRMSSR0", "ALRMASSR", "*", "*", 0 },
    { "rtc_*", "ALRBINR0", "ALRABINR", "*", "*", 0 },
    { "rtc_*", "ICSR", "ICSR", "ALRWF0", "ALRAWF", 0 },
    { "rtc_*", "CR", "CR", "ALRE0", "ALRAE", 0 },
    { "rtc_*", "CR", "CR", "ALRIE0", "ALRAIE", 0 },
    { "rtc_*", "SR", "SR", "ALRF0", "ALRAF", 0 },
    { "rtc_*", "MISR", "MISR", "ALRMF0", "ALRAMF", 0 },
    { "rtc_*", "SCR", "SCR", "CALRF0", "CALRAF", 0 },
    { "rtc_*", "ALRMR1", "ALRMBR", "*", "*", 0 },
    { "rtc_*", "ALRMSSR1", "ALRMBSSR", "*", "*", 0 },
    { "rtc_*", "ALRBINR1", "ALRBBINR", "*", "*", 0 },
    { "rtc_*", "ICSR", "ICSR", "ALRWF1", "ALRBWF", 0 },
    { "rtc_*", "CR", "CR", "ALRE1", "ALRBE", 0 },
    { "rtc_*", "CR", "CR", "ALRIE1", "ALRBIE", 0 },
    { "rtc_*", "SR", "SR", "ALRF1", "ALRBF", 0 },
    { "rtc_*", "MISR", "MISR", "ALRMF1", "ALRBMF", 0 },
    { "rtc_*", "SCR", "SCR", "CALRF1", "CALRBF", 0 },
    { "lptim_v2b", "ISR", "ISR", "CCIF*", "CC#IF", 1 },
    { "lptim_v2b", "ISR", "ISR", "CMPOK*", "CMP#OK", 1 },
    { "lptim_v2b", "ISR", "ISR", "CCOF*", "CC#OF", 1 },
    { "lptim_v2b", "ICR", "ICR", "CCCF*", "CC#CF", 1 },
    { "lptim_v2b", "ICR", "ICR", "CMPOKCF*", "CMP#OKCF", 1 },
    { "lptim_v2b", "ICR", "ICR", "CCOCF*", "CC#OCF", 1 },
    { "lptim_v2b", "DIER", "DIER", "CCIE*", "CC#IE", 1 },
    { "lptim_v2b", "DIER", "DIER", "CMPOKIE*", "CMP#OKIE", 1 },
    { "lptim_v2b", "DIER", "DIER", "CCOIE*", "CC#OIE", 1 },
    { "lptim_v2b", "DIER", "DIER", "CCDE*", "CC#DE", 1 },
    { "lptim_v2b", "CCR0", "CCR1", "CCR", "CCR1", 0 },
    { "lptim_v2b", "CCR1", "CCR2", "CCR", "CCR2", 0 },
    { "lptim_v2b", "CCR2", "CCR3", "CCR", "CCR3", 0 },
    { "lptim_v2b", "CCR3", "CCR4", "CCR", "CCR4", 0 },
    { "lptim_v2b", "CCMR0", "CCMR1", "CCSEL*", "CC#SEL", 1 },
    { "lptim_v2b", "CCMR0", "CCMR1", "CCE*", "CC#E", 1 },
    { "lptim_v2b", "CCMR0", "CCMR1", "CCP_Input*", "CC#P", 1 },
    { "lptim_v2b", "CCMR0", "CCMR1", "CCP_Output*", "CC#P", 1 },
    { "lptim_v2b", "CCMR0", "CCMR1", "ICPSC*", "IC#PSC", 1 },
    { "lptim_v2b", "CCMR0", "CCMR1", "ICF*", "IC#F", 1 },
    { "lptim_v2b", "CCMR1", "CCMR2", "CCSEL*", "CC#SEL", 3 },
    { "lptim_v2b", "CCMR1", "CCMR2", "CCE*", "CC#E", 3 },
    { "lptim_v2b", "CCMR1", "CCMR2", "CCP_Input*", "CC#P", 3 },
    { "lptim_v2b", "CCMR1", "CCMR2", "CCP_Output*", "CC#P", 3 },
    { "lptim_v2b", "CCMR1", "CCMR2", "ICPSC*", "IC#PSC", 3 },
    { "lptim_v2b", "CCMR1", "CCMR2", "ICF*", "IC#F", 3 },
    { "lptim_v2b", "CFGR2", "CFGR2", "INSEL*", "IN#SEL", 1 },
    { "lptim_v2b", "CFGR2", "CFGR2", "ICSEL*", "IC#SEL", 1 },
    { "timer_v3", "CNT", "CNT", "*", "", 0 }, /* as wide as the counter: 16 or 32 bits */
    { "timer_v3", "ARR", "ARR", "*", "", 0 }, /* as wide as the counter: 16 or 32 bits */
    { "lptim_v1b", "ISR", "ISR", "CCIF0", "CMPM", 0 },
    { "lptim_v1b", "ISR", "ISR", "CMPOK0", "CMPOK", 0 },
    { "lptim_v1b", "ICR", "ICR", "CCCF0", "CMPMCF", 0 },
    { "lptim_v1b", "ICR", "ICR", "CMPOKCF0", "CMPOKCF", 0 },
    { "lptim_v1b", "IER", "IER", "CCIE0", "CMPMIE", 0 },
    { "lptim_v1b", "IER", "IER", "CMPOKIE0", "CMPOKIE", 0 },
    { "usb_v4",     "EPR*",      "CHEP*R",   "STAT_*",   "STAT*",      0 }, /* ST's header spells the older USB's names there */
    { "usb_v4",     "EPR*",      "CHEP*R",   "DTOG_*",   "DTOG*",      0 },
    { "usb_v4",     "EPR*",      "CHEP*R",   "CTR_*",    "VT*",        0 },
    { "usb_v4",     "EPR*",      "CHEP*R",   "EP_KIND",  "EPKIND",     0 },
    { "usb_v4",     "EPR*",      "CHEP*R",   "EP_TYPE",  "UTYPE",      0 },
    { "usb_v4",     "EPR*",      "CHEP*R",   "*",        "*",          0 },
    { "usb_v4",     "CNTR",      "CNTR",     "FRES",     "USBRST",     0 },
    { "usb_v4",     "CNTR",      "CNTR",     "LPMODE",   "SUSPRDY",    0 },
    { "usb_v4",     "CNTR",      "CNTR",     "FSUSP",    "SUSPEN",     0 },
    { "usb_v4",     "CNTR",      "CNTR",     "RESUME",   "L2RES",      0 },
    { "usb_v4",     "CNTR",      "CNTR",     "L1RESUME", "L1RES",      0 },
    { "usb_v4",     "CNTR",      "CNTR",     "RESETM",   "RST_DCONM",  0 },
    { "usb_v4",     "ISTR",      "ISTR",     "EP_ID",    "IDN",        0 },
    { "usb_v4",     "ISTR",      "ISTR",     "RESET",    "RST_DCON",   0 },
    { "usb_v4",     "BCDR",      "BCDR",     "DPPU",     "DPPU_DPD",   0 },
    { "tamp_g0", "BKPR*", "BKP*R", "*", "", 0 }, /* the registers only */
    { "tamp_g0", "*", "*", "*", "", 0 },
    // clang-format on
};
enum { SPELLINGS = sizeof spellings / sizeof *spellings };

/* Rows that only one side has; "REG@offset" alone is a register without fields, `*` stands for any text. What the manual's header says is
 * ST's cmsis-device-u0 V1.3.0 or cmsis-device-g0. */
static const struct difference {
    const char *block;
    const char *theirs, *ours; /* "REG@offset FIELD bit width", or NULL */
    const char *why;
} differences[] = {
    // clang-format off
    { "adc_u0",     "CHSELR_1@028 *",            NULL,                             "the same register, read in the other way" },
    { "adc_g0",     "CHSELR_1@028 *",            NULL,                             "the same" },
    { "adc_g0",     "CHSELR@028 CHSEL* 1",       NULL,                             "a field for each channel; ours is adc_u0's" },
    { "adc_g0",     NULL,                        "CHSELR@028 CHSEL 0 19",          "the same" },
    { "crc_v3",     "DR8@000",                   NULL,                             "one register, three widths of access" },
    { "crc_v3",     "DR16@000",                  NULL,                             "the same" },
    { "crc_v3",     "DR32@000",                  "DR@000 DR 0 32",                 "the same; ST's header: DR" },
    { "crc_v3",     "IDR@004",                   "IDR@004 IDR 0 32",               "the whole register is the field" },
    { "crc_v3",     "INIT@010",                  "INIT@010 CRC_INIT 0 32",         "the whole register is the field" },
    { "crc_v3",     "POL@014",                   "POL@014 POL 0 32",               "the whole register is the field" },
    { "crc_v3",     "CR@008 REV_OUT 7 1",        "CR@008 REV_OUT 7 2",             "two bits in ST's U0 header; the G0 uses the lower" },
    { "crc_v3",     NULL,                        "CR@008 RTYPE_IN 9 1",            "in ST's U0 header, not there" },
    { "crc_v3",     NULL,                        "CR@008 RTYPE_OUT 10 1",          "in ST's U0 header, not there" },
    { "exti_g0",    "RTSR2@028",                 NULL,                             "the list holds what U0 and G0 have in common" },
    { "exti_g0",    "FTSR2@02C",                 NULL,                             "the same" },
    { "exti_g0",    "SWIER2@030",                NULL,                             "the same" },
    { "exti_g0",    "RPR2@034",                  NULL,                             "the same" },
    { "exti_g0",    "FPR2@038",                  NULL,                             "the same" },
    { "gpio_v2",    NULL,                        "BRR@028 BR*",                    "ST's headers have the register on both chips" },
    { "usart_v4",   NULL,                        "CR2@004 DIS_NSS 3 1",            "SPI slave and smartcard bits of ST's header, not there" },
    { "usart_v4",   NULL,                        "CR3@008 TCBGTIE 24 1",           "the same" },
    { "usart_v4",   NULL,                        "ISR@01C UDR 13 1",               "the same" },
    { "usart_v4",   NULL,                        "ISR@01C TCBGT 25 1",             "the same" },
    { "usart_v4",   NULL,                        "ICR@020 TXFECF 5 1",             "the same" },
    { "usart_v4",   NULL,                        "ICR@020 TCBGTCF 7 1",            "the same" },
    { "usart_v4",   NULL,                        "ICR@020 UDRCF 13 1",             "the same" },
    { "dbgmcu_u0",  NULL,                        "APB1FZR@008 DBG_TIM4_STOP 2 1",  "in ST's header and SVD, though there is no TIM4" },
    { "dbgmcu_u0",  NULL,                        "APB1FZR@008 DBG_I2C3_STOP 21 1", "in ST's header and SVD" },
    { "dbgmcu_u0",  NULL,                        "APB1FZR@008 DBG_I2C1_STOP 22 1", "in ST's header and SVD" },
    { "dbgmcu_u0",  NULL,                        "APB2FZR@00C DBG_TIM14_STOP 15 1", "in ST's header and SVD, though there is no TIM14" },
    { "dbgmcu_g0",  "IDCODE@000 DEV_ID 0 16",    "IDCODE@000 DEV_ID 0 12",         "RM0444: 12 bits, above them reserved ones" },
    { "flash_g0x1", "OPTR@020 BORF_LEV 9 2",     "OPTR@020 BORR_LEV 9 2",          "swapped there: ST's header has the rising level below" },
    { "flash_g0x1", "OPTR@020 BORR_LEV 11 2",    "OPTR@020 BORF_LEV 11 2",         "the same" },
    { "flash_u0",   "OPTR@020 BORR_LEV 8 3",     "OPTR@020 BOR_EN 8 1",            "one field there; ST's header: enable and level" },
    { "flash_u0",   NULL,                        "OPTR@020 BOR_LEV 9 2",           "the same" },
    { "flash_u0",   "SR@010 RDERR 14 1",         NULL,                             "PCROP's error; a U0 has none, ST's header V1.3.0 dropped it" },
    { "flash_u0",   "CR@014 RDERRIE 26 1",       NULL,                             "the same" },
    { "flash_u0",   "CR@014 SEC_PROT 28 1",      NULL,                             "dropped in ST's header V1.3.0: HDPCR does it" },
    { "flash_u0",   NULL,                        "SR@010 HDPOPTWERR 11 1",         "in ST's header V1.3.0" },
    { "flash_u0",   NULL,                        "SR@010 OEMOPTWERR 12 1",         "in ST's header V1.3.0" },
    { "flash_u0",   NULL,                        "SR@010 OEM1LOCK 20 1",           "in ST's header V1.3.0" },
    { "flash_u0",   NULL,                        "SR@010 OEM2LOCK 21 1",           "in ST's header V1.3.0" },
    { "flash_u0",   NULL,                        "OEM1KEYW0R@088",                 "in ST's header V1.3.0, as the rows below" },
    { "flash_u0",   NULL,                        "OEM1KEYW1R@08C",                 "key words" },
    { "flash_u0",   NULL,                        "OEM1KEYW2R@090",                 "key words" },
    { "flash_u0",   NULL,                        "OEM1KEYW3R@094",                 "key words" },
    { "flash_u0",   NULL,                        "OEM2KEYW0R@098",                 "key words" },
    { "flash_u0",   NULL,                        "OEM2KEYW1R@09C",                 "key words" },
    { "flash_u0",   NULL,                        "OEM2KEYW2R@0A0",                 "key words" },
    { "flash_u0",   NULL,                        "OEM2KEYW3R@0A4",                 "key words" },
    { "flash_u0",   NULL,                        "OEMKEYSR@0A8 OEM1KEYCRC 0 8",    "key status" },
    { "flash_u0",   NULL,                        "OEMKEYSR@0A8 OEM2KEYCRC 16 8",   "key status" },
    { "flash_u0",   NULL,                        "HDPCR@0AC HDP1_ACCDIS 0 8",      "hide protection" },
    { "flash_u0",   NULL,                        "HDPCR@0AC HDP1EXT_ACCDIS 16 8",  "hide protection" },
    { "flash_u0",   NULL,                        "HDPEXTR@0B0 HDP1_EXT 0 6",       "hide protection" },
    { "iwdg_v3",    NULL,                        "SR@00C ONF 8 1",                 "in ST's header and SVD" },
    { "bdma_v1", "ISR@000 GIF8 28 1", NULL, "seven channels on our chips, eight there" },
    { "bdma_v1", "ISR@000 TCIF8 29 1", NULL, "seven channels on our chips, eight there" },
    { "bdma_v1", "ISR@000 HTIF8 30 1", NULL, "seven channels on our chips, eight there" },
    { "bdma_v1", "ISR@000 TEIF8 31 1", NULL, "seven channels on our chips, eight there" },
    { "bdma_v1", "IFCR@004 CGIF8 28 1", NULL, "the same" },
    { "bdma_v1", "IFCR@004 CTCIF8 29 1", NULL, "the same" },
    { "bdma_v1", "IFCR@004 CHTIF8 30 1", NULL, "the same" },
    { "bdma_v1", "IFCR@004 CTEIF8 31 1", NULL, "the same" },
    { "bdma_v1", "CCR8@094 *", NULL, "the same" },
    { "bdma_v1", "CNDTR8@098 *", NULL, "the same" },
    { "bdma_v1", "CPAR8@09C", NULL, "the same" },
    { "bdma_v1", "CMAR8@0A0", NULL, "the same" },
    { "rtc_v3_base", NULL, "CR@018 ALRAFCLR 27 1", "in ST's U0 header" },
    { "rtc_v3_base", NULL, "CR@018 ALRBFCLR 28 1", "in ST's U0 header" },
    { "spi_v3", "DR8@00C", NULL, "one register, two widths of access" },
    { "spi_v3_i2s", "DR8@00C", NULL, "the same" },
    { "spi_v3", NULL, "I2SCFGR@01C *", "the G0's SPI1 has I2S, the U0 has none" },
    { "spi_v3", NULL, "I2SPR@020 *", "the same" },
    { "timer_v3", NULL, "SMCR@008 OCCS 3 1", "in ST's headers" },
    { "timer_v3", NULL, "BDTR@044 BKDSRM 26 1", "in ST's headers, as RM0444 22.4.20" },
    { "timer_v3", NULL, "BDTR@044 BK2DSRM 27 1", "in ST's headers, as RM0444 22.4.20" },
    { "timer_v3", NULL, "BDTR@044 BKBID 28 1", "in ST's headers, as RM0444 22.4.20" },
    { "timer_v3", NULL, "BDTR@044 BK2BID 29 1", "in ST's headers, as RM0444 22.4.20" },
    { "timer_v3", NULL, "AF2@064 BK2CMP2E 2 1", "in ST's headers" },
    { "timer_v3", "OR@050", NULL, "not modelled, not in the list" },
    { "timer_v3", "CR2@004 OIS4N 15 1", NULL, "reserved in ST's headers: channel 4 has no second output" },
    { "timer_v3", "CCMR1@018 IC*", NULL, "the same bits as those of an output; the list names these" },
    { "timer_v3", "CCMR2@01C IC*", NULL, "the same" },
    { "timer_v3", "AF1@060 BKDF1BKE 8 1", NULL, "for a filter that these chips do not have" },
    { "timer_v3", "AF2@064 BK2DF1BK1E 8 1", NULL, "the same" },
    { "lptim_v2b", NULL, "CFGR@00C WAVPOL 21 1", "in ST's U0 header" },
    { "lptim_v2b", "CCMR2@02D *", "CCMR2@030 *", "a word is four bytes on; ST's header has 0x30" },
    { "lptim_v1b", NULL, "CFGR2@024 IN1SEL 0 4", "in ST's G0 header" },
    { "lptim_v1b", NULL, "CFGR2@024 IN2SEL 4 4", "in ST's G0 header" },
    { "lptim_v1b", "OR@020", NULL, "of other families; RM0444 has CFGR2" },
    { "crs_v1",     "CR@000 TRIM 8 6",           "CR@000 TRIM 8 7",                "seven bits in ST's SVD, and its HAL's default is 64" },
    { "usb_v4",     NULL,                        "*THREE_ERR_TX 27 2",             "in ST's header and SVD" },
    { "usb_v4",     NULL,                        "*THREE_ERR_RX 29 2",             "the same" },
    { "usb_v4",     NULL,                        "CNTR@040 DDISCM 17 1",           "in ST's SVD" },
    { "usb_v4",     NULL,                        "ISTR@044 DDISC 17 1",            "the same" },
    { "tamp_g0", "HWCFGR*", NULL, "identification of the block, not in RM0444" },
    { "tamp_g0", "VERR@3F4", NULL, "the same" },
    { "tamp_g0", "IPIDR@3F8", NULL, "the same" },
    { "tamp_g0", "SIDR@3FC", NULL, "the same" },
    { "tamp_g0", NULL, "CR3@008", "the U0's, in ST's header; the list holds both chips'" },
    // clang-format on
};
enum { DIFFERENCES = sizeof differences / sizeof *differences };

/* The text of `name` that stands for '*' in `pattern`; false: the rest does not fit. */
static bool fits(const char *name, const char *pattern, char *star, size_t cap)
{
    const size_t before = strcspn(pattern, "*"), len = strlen(name);
    const char *const after = pattern[before] ? pattern + before + 1 : "";

    star[0] = '\0';
    if (!pattern[before])
        return strcmp(name, pattern) == 0;
    if (len < before + strlen(after) || strncmp(name, pattern, before) != 0 || strcmp(name + len - strlen(after), after) != 0)
        return false;
    snprintf(star, cap, "%.*s", (int)(len - before - strlen(after)), name + before);
    return true;
}

static void respell(const char *pattern, const char *star, int plus, char *name, size_t cap)
{
    size_t used = 0;

    name[0] = '\0';
    for (const char *p = pattern; *p; p++) {
        if (*p == '*')
            used += (size_t)snprintf(name + used, cap - used, "%s", star);
        else if (*p == '#')
            used += (size_t)snprintf(name + used, cap - used, "%d", atoi(star) + plus);
        else
            used += (size_t)snprintf(name + used, cap - used, "%c", *p == '@' ? 'A' + atoi(star) : *p);
        assert_true(used < cap);
    }
}

static bool is_like(const char *name, const char *pattern)
{
    char star[40];

    return pattern && fits(name, pattern, star, sizeof star);
}

/* Their row in our spelling, as "REG@offset FIELD bit width". */
static void in_our_words(const struct facts_row *row, char *text, size_t cap, bool *used)
{
    char reg[40], field[40], star_reg[40], star_field[40];

    snprintf(reg, sizeof reg, "%s", row->cell[1]);
    snprintf(field, sizeof field, "%s", row->cell[3]);
    for (size_t i = 0; i < SPELLINGS; i++) {
        const struct spelling *const s = &spellings[i];

        if (!is_like(row->cell[0], s->block) || !fits(row->cell[1], s->their_reg, star_reg, sizeof star_reg) ||
            !fits(row->cell[3], s->their_field, star_field, sizeof star_field))
            continue;
        respell(s->our_reg, star_reg, s->reg_plus, reg, sizeof reg);
        respell(s->our_field, star_field, s->field_plus, field, sizeof field);
        used[i] = true;
        break;
    }
    if (field[0])
        snprintf(text, cap, "%s@%s %s %s %s", reg, row->cell[2] + 2, field, row->cell[4], row->cell[5]);
    else
        snprintf(text, cap, "%s@%s", reg, row->cell[2] + 2);
}

enum { TEXT = 120, ROWS = 1000 };

struct rows {
    char text[ROWS][TEXT];
    size_t count;
};

static char *next(struct rows *rows)
{
    assert_true(rows->count < ROWS);
    return rows->text[rows->count++];
}

static bool contains(const struct rows *rows, const char *pattern)
{
    for (size_t i = 0; i < rows->count; i++)
        if (is_like(rows->text[i], pattern))
            return true;
    return false;
}

static void list_ours(const struct reg_block *block, struct rows *rows)
{
    rows->count = 0;
    for (const struct reg_name *r = block->regs; r->name; r++) {
        const size_t before = rows->count;

        for (const struct reg_field *f = block->fields; f->name; f++)
            if (strcmp(f->reg, r->name) == 0)
                snprintf(next(rows), TEXT, "%s@%03X %s %u %u", r->name, r->offset, f->name, (unsigned)f->lsb, (unsigned)f->width);
        if (rows->count == before)
            snprintf(next(rows), TEXT, "%s@%03X", r->name, r->offset);
    }
}

static void list_theirs(const struct facts *facts, const char *block, struct rows *rows, bool *used)
{
    rows->count = 0;
    for (size_t i = 0; i < facts->count; i++)
        if (strcmp(facts->rows[i].cell[0], block) == 0)
            in_our_words(&facts->rows[i], next(rows), TEXT, used);
    assert_true(rows->count > 0);
}

static bool is_named(const char *block, const char *row, bool is_ours)
{
    for (size_t i = 0; i < DIFFERENCES; i++)
        if (strcmp(differences[i].block, block) == 0 && is_like(row, is_ours ? differences[i].ours : differences[i].theirs))
            return true;
    return false;
}

static struct rows ours, theirs; /* large for a stack */

static void register_lists_agree_but_for_the_differences_named(void **state)
{
    struct facts facts;
    bool used[SPELLINGS] = { false };
    unsigned wrong = 0;

    facts_read(&facts, "registers.csv", 6);
    for (size_t i = 0; i < PAIRS; i++) {
        list_ours(block_of(&pairs[i]), &ours);
        list_theirs(&facts, pairs[i].theirs, &theirs, used);
        for (size_t k = 0; k < ours.count; k++)
            if (!contains(&theirs, ours.text[k]) && !is_named(pairs[i].theirs, ours.text[k], true)) {
                print_message("# %s: only we have %s\n", pairs[i].theirs, ours.text[k]);
                wrong++;
            }
        for (size_t k = 0; k < theirs.count; k++)
            if (!contains(&ours, theirs.text[k]) && !is_named(pairs[i].theirs, theirs.text[k], false)) {
                print_message("# %s: only they have %s\n", pairs[i].theirs, theirs.text[k]);
                wrong++;
            }
    }
    for (size_t i = 0; i < SPELLINGS; i++)
        if (!used[i]) {
            print_message("# spelling of no use: %s %s %s\n", spellings[i].block, spellings[i].their_reg, spellings[i].their_field);
            wrong++;
        }
    facts_free(&facts);
    assert_int_equal(wrong, 0);
}

static void every_named_difference_is_one(void **state)
{
    struct facts facts;
    bool used[SPELLINGS];
    unsigned wrong = 0;

    facts_read(&facts, "registers.csv", 6);
    for (size_t i = 0; i < DIFFERENCES; i++) {
        const struct difference *const d = &differences[i];
        const struct pair *pair = pairs;

        while (pair < pairs + PAIRS && strcmp(pair->theirs, d->block) != 0)
            pair++;
        assert_true(pair < pairs + PAIRS);
        list_ours(block_of(pair), &ours);
        list_theirs(&facts, pair->theirs, &theirs, used);
        if ((d->ours && (!contains(&ours, d->ours) || contains(&theirs, d->ours))) ||
            (d->theirs && (!contains(&theirs, d->theirs) || contains(&ours, d->theirs)))) {
            print_message("# no difference any more: %s %s\n", d->block, d->ours ? d->ours : d->theirs);
            wrong++;
        }
    }
    facts_free(&facts);
    assert_int_equal(wrong, 0);
}

/* A new register header is compared, or named as nothing of ST's. */
static void every_register_header_is_compared(void **state)
{
    char *const text = facts_file(SOURCE_ROOT "/src/device/regs/regs.c");
    unsigned blocks = 0, wrong = 0;

    for (const char *at = text; (at = strstr(at, "DEFINE_REG_BLOCK(")) != NULL; at++) {
        char symbol[60];
        bool known = false;

        assert_int_equal(sscanf(at, "DEFINE_REG_BLOCK(%59[a-z0-9_]", symbol), 1);
        for (size_t i = 0; i < PAIRS; i++)
            known |= strcmp(pairs[i].symbol, symbol) == 0;
        for (size_t i = 0; i < sizeof not_theirs / sizeof *not_theirs; i++)
            known |= strcmp(not_theirs[i], symbol) == 0;
        if (!known)
            print_message("# not compared: %s\n", symbol);
        wrong += !known;
        blocks++;
    }
    free(text);
    assert_int_equal(wrong, 0);
    assert_true(blocks > 25);
}

/* So is every list that a model of the virtual chips has of its own. */
static void every_list_of_a_model_is_compared(void **state)
{
    static const struct chip_row *const rows[] = { &chip_row_u073, &chip_row_g071 };
    unsigned wrong = 0;

    for (size_t i = 0; i < 2; i++)
        for (const struct chip_block *b = rows[i]->blocks; b->name; b++) {
            bool known = !b->kind || !b->kind->names;

            for (size_t k = 0; k < PAIRS; k++)
                known |= b->kind && block_of(&pairs[k]) == b->kind->names;
            if (!known)
                print_message("# not compared: %s of %s\n", b->name, rows[i]->name);
            wrong += !known;
        }
    assert_int_equal(wrong, 0);
}

static void device_rows_have_the_right_bases(void **state)
{
    static const struct {
        uint16_t dev_id;
        const char *chip;
    } chips[] = { { 0x489, "STM32U073RC" }, { 0x460, "STM32G071RB" } };
    struct facts facts;

    facts_read(&facts, "bases.csv", 4);
    for (size_t i = 0; i < 2; i++) {
        const struct device *const d = device_by_id(chips[i].dev_id);
        const struct {
            const char *peripheral;
            uint32_t ours;
        } bases[] = {
            { "FLASH", d->flash->base }, { "CRC", d->crc_base },       { "RCC", d->rcc_base },
            { "IWDG", d->iwdg_base },    { "WWDG", d->wwdg_base },     { "SYSCFG", d->syscfg_base },
            { "UID", d->uid_at },        { "DBGMCU", d->dbgmcu_base }, { "DBGMCU", d->idcode_at },
        };

        for (size_t k = 0; k < sizeof bases / sizeof *bases; k++)
            assert_int_equal(bases[k].ours, facts_base(&facts, chips[i].chip, bases[k].peripheral));
    }
    facts_free(&facts);
}

static void charger_headers_have_the_right_bases_and_pins(void **state)
{
    static const struct charger_chip *const chips[] = { &charger_chip_u073, &charger_chip_g071 };
    struct facts bases, pins;

    facts_read(&bases, "bases.csv", 4);
    facts_read(&pins, "pins.csv", 5);
    for (size_t i = 0; i < 2; i++) {
        const struct charger_chip *const c = chips[i];
        char function[12];

        assert_int_equal(c->rcc, facts_base(&bases, c->name, "RCC"));
        assert_int_equal(c->gpioa, facts_base(&bases, c->name, "GPIOA"));
        assert_int_equal(c->usart2, facts_base(&bases, c->name, "USART2"));
        snprintf(function, sizeof function, "%u", c->usart2_af);
        assert_true(facts_has(&pins, (const char *[]){ c->name, "USART2", "TX", "PA2", function }));
        assert_true(facts_has(&pins, (const char *[]){ c->name, "USART2", "RX", "PA3", function }));
        assert_int_equal(c->adc, facts_base(&bases, c->name, "ADC1"));
        assert_int_equal(c->dac, facts_base(&bases, c->name, "DAC1"));
        assert_int_equal(c->tim3, facts_base(&bases, c->name, "TIM3"));
        snprintf(function, sizeof function, "%u", c->tim3_ch2_af);
        assert_true(facts_has(&pins, (const char *[]){ c->name, "TIM3", "CH2", "PA7", function }));
        for (size_t k = 0; k < 3; k++) {
            char signal[12];

            snprintf(signal, sizeof signal, "IN%u", c->channel[k]);
            assert_true(facts_has(&pins, (const char *[]){ c->name, "ADC1", signal, (const char *[]){ "PA0", "PA1", "PA6" }[k], "255" }));
        }
    }
    facts_free(&bases);
    facts_free(&pins);
}

/* The kept files say where they come from, and hold names and numbers only: nobody's sentences. */
static void kept_files_are_bare(void **state)
{
    static const char origin[] = "# from stm32-data (https://github.com/embassy-rs/stm32-data, MIT or Apache-2.0)";
    static const char *const names[] = { "registers.csv", "interrupts.csv", "bases.csv",   "pins.csv",
                                         "clocks.csv",    "memories.csv",   "requests.csv" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[400];

        snprintf(path, sizeof path, SOURCE_ROOT "/tests/facts/%s", names[i]);
        char *const text = facts_file(path), *line = strchr(text, '\n');

        assert_non_null(line);
        assert_int_equal(strncmp(text, origin, strlen(origin)), 0);
        for (line++; *line; line++)
            assert_true(isalnum((unsigned char)*line) || *line == '_' || *line == ',' || *line == '\n');
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_lists_agree_but_for_the_differences_named),
        cmocka_unit_test(every_named_difference_is_one),
        cmocka_unit_test(every_register_header_is_compared),
        cmocka_unit_test(every_list_of_a_model_is_compared),
        cmocka_unit_test(device_rows_have_the_right_bases),
        cmocka_unit_test(charger_headers_have_the_right_bases_and_pins),
        cmocka_unit_test(kept_files_are_bare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
