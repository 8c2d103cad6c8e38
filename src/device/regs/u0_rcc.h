/* u0_rcc.h - reset and clock control of the STM32U0.
 *
 * Source: RM0503; ST stm32u073xx.h V1.3.0, ST SVD V1.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_RCC_REGS(R, P) \
    R(P, CR,        0x000) \
    R(P, ICSCR,     0x004) \
    R(P, CFGR,      0x008) \
    R(P, PLLCFGR,   0x00C) \
    R(P, CIER,      0x018) \
    R(P, CIFR,      0x01C) \
    R(P, CICR,      0x020) \
    R(P, AHBRSTR,   0x028) \
    R(P, IOPRSTR,   0x02C) \
    R(P, APBRSTR1,  0x038) \
    R(P, APBRSTR2,  0x040) \
    R(P, AHBENR,    0x048) \
    R(P, IOPENR,    0x04C) \
    R(P, DBGCFGR,   0x050) \
    R(P, APBENR1,   0x058) \
    R(P, APBENR2,   0x060) \
    R(P, AHBSMENR,  0x068) \
    R(P, IOPSMENR,  0x06C) \
    R(P, APBSMENR1, 0x078) \
    R(P, APBSMENR2, 0x080) \
    R(P, CCIPR,     0x088) \
    R(P, BDCR,      0x090) \
    R(P, CSR,       0x094) \
    R(P, CRRCR,     0x098)

#define U0_RCC_FIELDS(F, P) \
    F(P, CR,        MSION,        0,  1) \
    F(P, CR,        MSIRDY,       1,  1) \
    F(P, CR,        MSIPLLEN,     2,  1) \
    F(P, CR,        MSIRGSEL,     3,  1) \
    F(P, CR,        MSIRANGE,     4,  4) \
    F(P, CR,        HSION,        8,  1) \
    F(P, CR,        HSIKERON,     9,  1) \
    F(P, CR,        HSIRDY,      10,  1) \
    F(P, CR,        HSIASFS,     11,  1) \
    F(P, CR,        HSEON,       16,  1) \
    F(P, CR,        HSERDY,      17,  1) \
    F(P, CR,        HSEBYP,      18,  1) \
    F(P, CR,        CSSON,       19,  1) \
    F(P, CR,        PLLON,       24,  1) \
    F(P, CR,        PLLRDY,      25,  1) \
    F(P, ICSCR,     MSICAL,       0,  8) \
    F(P, ICSCR,     MSITRIM,      8,  8) \
    F(P, ICSCR,     HSICAL,      16,  8) \
    F(P, ICSCR,     HSITRIM,     24,  7) \
    F(P, CFGR,      SW,           0,  3) \
    F(P, CFGR,      SWS,          3,  3) \
    F(P, CFGR,      HPRE,         8,  4) \
    F(P, CFGR,      PPRE,        12,  3) \
    F(P, CFGR,      STOPWUCK,    15,  1) \
    F(P, CFGR,      MCO2SEL,     16,  4) \
    F(P, CFGR,      MCO2PRE,     20,  4) \
    F(P, CFGR,      MCOSEL,      24,  4) \
    F(P, CFGR,      MCOPRE,      28,  4) \
    F(P, PLLCFGR,   PLLSRC,       0,  2) \
    F(P, PLLCFGR,   PLLM,         4,  3) \
    F(P, PLLCFGR,   PLLN,         8,  7) \
    F(P, PLLCFGR,   PLLPEN,      16,  1) \
    F(P, PLLCFGR,   PLLP,        17,  5) \
    F(P, PLLCFGR,   PLLQEN,      24,  1) \
    F(P, PLLCFGR,   PLLQ,        25,  3) \
    F(P, PLLCFGR,   PLLREN,      28,  1) \
    F(P, PLLCFGR,   PLLR,        29,  3) \
    F(P, CIER,      LSIRDYIE,     0,  1) \
    F(P, CIER,      LSERDYIE,     1,  1) \
    F(P, CIER,      MSIRDYIE,     2,  1) \
    F(P, CIER,      HSIRDYIE,     3,  1) \
    F(P, CIER,      HSERDYIE,     4,  1) \
    F(P, CIER,      PLLRDYIE,     5,  1) \
    F(P, CIER,      LSECSSIE,     9,  1) \
    F(P, CIER,      HSI48RDYIE,  10,  1) \
    F(P, CIFR,      LSIRDYF,      0,  1) \
    F(P, CIFR,      LSERDYF,      1,  1) \
    F(P, CIFR,      MSIRDYF,      2,  1) \
    F(P, CIFR,      HSIRDYF,      3,  1) \
    F(P, CIFR,      HSERDYF,      4,  1) \
    F(P, CIFR,      PLLRDYF,      5,  1) \
    F(P, CIFR,      CSSF,         8,  1) \
    F(P, CIFR,      LSECSSF,      9,  1) \
    F(P, CIFR,      HSI48RDYF,   10,  1) \
    F(P, CICR,      LSIRDYC,      0,  1) \
    F(P, CICR,      LSERDYC,      1,  1) \
    F(P, CICR,      MSIRDYC,      2,  1) \
    F(P, CICR,      HSIRDYC,      3,  1) \
    F(P, CICR,      HSERDYC,      4,  1) \
    F(P, CICR,      PLLRDYC,      5,  1) \
    F(P, CICR,      CSSC,         8,  1) \
    F(P, CICR,      LSECSSC,      9,  1) \
    F(P, CICR,      HSI48RDYC,   10,  1) \
    F(P, AHBRSTR,   DMA1RST,      0,  1) \
    F(P, AHBRSTR,   DMA2RST,      1,  1) \
    F(P, AHBRSTR,   FLASHRST,     8,  1) \
    F(P, AHBRSTR,   CRCRST,      12,  1) \
    F(P, AHBRSTR,   AESRST,      16,  1) \
    F(P, AHBRSTR,   RNGRST,      18,  1) \
    F(P, AHBRSTR,   TSCRST,      24,  1) \
    F(P, IOPRSTR,   GPIOARST,     0,  1) \
    F(P, IOPRSTR,   GPIOBRST,     1,  1) \
    F(P, IOPRSTR,   GPIOCRST,     2,  1) \
    F(P, IOPRSTR,   GPIODRST,     3,  1) \
    F(P, IOPRSTR,   GPIOERST,     4,  1) \
    F(P, IOPRSTR,   GPIOFRST,     5,  1) \
    F(P, APBRSTR1,  TIM2RST,      0,  1) \
    F(P, APBRSTR1,  TIM3RST,      1,  1) \
    F(P, APBRSTR1,  TIM6RST,      4,  1) \
    F(P, APBRSTR1,  TIM7RST,      5,  1) \
    F(P, APBRSTR1,  LPUART2RST,   7,  1) \
    F(P, APBRSTR1,  LCDRST,       9,  1) \
    F(P, APBRSTR1,  LPUART3RST,  12,  1) \
    F(P, APBRSTR1,  USBRST,      13,  1) \
    F(P, APBRSTR1,  SPI2RST,     14,  1) \
    F(P, APBRSTR1,  SPI3RST,     15,  1) \
    F(P, APBRSTR1,  CRSRST,      16,  1) \
    F(P, APBRSTR1,  USART2RST,   17,  1) \
    F(P, APBRSTR1,  USART3RST,   18,  1) \
    F(P, APBRSTR1,  USART4RST,   19,  1) \
    F(P, APBRSTR1,  LPUART1RST,  20,  1) \
    F(P, APBRSTR1,  I2C1RST,     21,  1) \
    F(P, APBRSTR1,  I2C2RST,     22,  1) \
    F(P, APBRSTR1,  I2C3RST,     23,  1) \
    F(P, APBRSTR1,  OPAMPRST,    24,  1) \
    F(P, APBRSTR1,  I2C4RST,     25,  1) \
    F(P, APBRSTR1,  LPTIM3RST,   26,  1) \
    F(P, APBRSTR1,  PWRRST,      28,  1) \
    F(P, APBRSTR1,  DAC1RST,     29,  1) \
    F(P, APBRSTR1,  LPTIM2RST,   30,  1) \
    F(P, APBRSTR1,  LPTIM1RST,   31,  1) \
    F(P, APBRSTR2,  SYSCFGRST,    0,  1) \
    F(P, APBRSTR2,  TIM1RST,     11,  1) \
    F(P, APBRSTR2,  SPI1RST,     12,  1) \
    F(P, APBRSTR2,  USART1RST,   14,  1) \
    F(P, APBRSTR2,  TIM15RST,    16,  1) \
    F(P, APBRSTR2,  TIM16RST,    17,  1) \
    F(P, APBRSTR2,  ADCRST,      20,  1) \
    F(P, AHBENR,    DMA1EN,       0,  1) \
    F(P, AHBENR,    DMA2EN,       1,  1) \
    F(P, AHBENR,    FLASHEN,      8,  1) \
    F(P, AHBENR,    CRCEN,       12,  1) \
    F(P, AHBENR,    AESEN,       16,  1) \
    F(P, AHBENR,    RNGEN,       18,  1) \
    F(P, AHBENR,    TSCEN,       24,  1) \
    F(P, IOPENR,    GPIOAEN,      0,  1) \
    F(P, IOPENR,    GPIOBEN,      1,  1) \
    F(P, IOPENR,    GPIOCEN,      2,  1) \
    F(P, IOPENR,    GPIODEN,      3,  1) \
    F(P, IOPENR,    GPIOEEN,      4,  1) \
    F(P, IOPENR,    GPIOFEN,      5,  1) \
    F(P, DBGCFGR,   DBGEN,        0,  1) \
    F(P, DBGCFGR,   DBGRST,       1,  1) \
    F(P, APBENR1,   TIM2EN,       0,  1) \
    F(P, APBENR1,   TIM3EN,       1,  1) \
    F(P, APBENR1,   TIM6EN,       4,  1) \
    F(P, APBENR1,   TIM7EN,       5,  1) \
    F(P, APBENR1,   LPUART2EN,    7,  1) \
    F(P, APBENR1,   LCDEN,        9,  1) \
    F(P, APBENR1,   RTCAPBEN,    10,  1) \
    F(P, APBENR1,   WWDGEN,      11,  1) \
    F(P, APBENR1,   LPUART3EN,   12,  1) \
    F(P, APBENR1,   USBEN,       13,  1) \
    F(P, APBENR1,   SPI2EN,      14,  1) \
    F(P, APBENR1,   SPI3EN,      15,  1) \
    F(P, APBENR1,   CRSEN,       16,  1) \
    F(P, APBENR1,   USART2EN,    17,  1) \
    F(P, APBENR1,   USART3EN,    18,  1) \
    F(P, APBENR1,   USART4EN,    19,  1) \
    F(P, APBENR1,   LPUART1EN,   20,  1) \
    F(P, APBENR1,   I2C1EN,      21,  1) \
    F(P, APBENR1,   I2C2EN,      22,  1) \
    F(P, APBENR1,   I2C3EN,      23,  1) \
    F(P, APBENR1,   OPAMPEN,     24,  1) \
    F(P, APBENR1,   I2C4EN,      25,  1) \
    F(P, APBENR1,   LPTIM3EN,    26,  1) \
    F(P, APBENR1,   PWREN,       28,  1) \
    F(P, APBENR1,   DAC1EN,      29,  1) \
    F(P, APBENR1,   LPTIM2EN,    30,  1) \
    F(P, APBENR1,   LPTIM1EN,    31,  1) \
    F(P, APBENR2,   SYSCFGEN,     0,  1) \
    F(P, APBENR2,   TIM1EN,      11,  1) \
    F(P, APBENR2,   SPI1EN,      12,  1) \
    F(P, APBENR2,   USART1EN,    14,  1) \
    F(P, APBENR2,   TIM15EN,     16,  1) \
    F(P, APBENR2,   TIM16EN,     17,  1) \
    F(P, APBENR2,   ADCEN,       20,  1) \
    F(P, AHBSMENR,  DMA1SMEN,     0,  1) \
    F(P, AHBSMENR,  DMA2SMEN,     1,  1) \
    F(P, AHBSMENR,  FLASHSMEN,    8,  1) \
    F(P, AHBSMENR,  SRAMSMEN,     9,  1) \
    F(P, AHBSMENR,  CRCSMEN,     12,  1) \
    F(P, AHBSMENR,  AESSMEN,     16,  1) \
    F(P, AHBSMENR,  RNGSMEN,     18,  1) \
    F(P, AHBSMENR,  TSCSMEN,     24,  1) \
    F(P, IOPSMENR,  GPIOASMEN,    0,  1) \
    F(P, IOPSMENR,  GPIOBSMEN,    1,  1) \
    F(P, IOPSMENR,  GPIOCSMEN,    2,  1) \
    F(P, IOPSMENR,  GPIODSMEN,    3,  1) \
    F(P, IOPSMENR,  GPIOESMEN,    4,  1) \
    F(P, IOPSMENR,  GPIOFSMEN,    5,  1) \
    F(P, APBSMENR1, TIM2SMEN,     0,  1) \
    F(P, APBSMENR1, TIM3SMEN,     1,  1) \
    F(P, APBSMENR1, TIM6SMEN,     4,  1) \
    F(P, APBSMENR1, TIM7SMEN,     5,  1) \
    F(P, APBSMENR1, LPUART2SMEN,  7,  1) \
    F(P, APBSMENR1, LCDSMEN,      9,  1) \
    F(P, APBSMENR1, RTCAPBSMEN,  10,  1) \
    F(P, APBSMENR1, WWDGSMEN,    11,  1) \
    F(P, APBSMENR1, LPUART3SMEN, 12,  1) \
    F(P, APBSMENR1, USBSMEN,     13,  1) \
    F(P, APBSMENR1, SPI2SMEN,    14,  1) \
    F(P, APBSMENR1, SPI3SMEN,    15,  1) \
    F(P, APBSMENR1, CRSSMEN,     16,  1) \
    F(P, APBSMENR1, USART2SMEN,  17,  1) \
    F(P, APBSMENR1, USART3SMEN,  18,  1) \
    F(P, APBSMENR1, USART4SMEN,  19,  1) \
    F(P, APBSMENR1, LPUART1SMEN, 20,  1) \
    F(P, APBSMENR1, I2C1SMEN,    21,  1) \
    F(P, APBSMENR1, I2C2SMEN,    22,  1) \
    F(P, APBSMENR1, I2C3SMEN,    23,  1) \
    F(P, APBSMENR1, OPAMPSMEN,   24,  1) \
    F(P, APBSMENR1, I2C4SMEN,    25,  1) \
    F(P, APBSMENR1, LPTIM3SMEN,  26,  1) \
    F(P, APBSMENR1, PWRSMEN,     28,  1) \
    F(P, APBSMENR1, DAC1SMEN,    29,  1) \
    F(P, APBSMENR1, LPTIM2SMEN,  30,  1) \
    F(P, APBSMENR1, LPTIM1SMEN,  31,  1) \
    F(P, APBSMENR2, SYSCFGSMEN,   0,  1) \
    F(P, APBSMENR2, TIM1SMEN,    11,  1) \
    F(P, APBSMENR2, SPI1SMEN,    12,  1) \
    F(P, APBSMENR2, USART1SMEN,  14,  1) \
    F(P, APBSMENR2, TIM15SMEN,   16,  1) \
    F(P, APBSMENR2, TIM16SMEN,   17,  1) \
    F(P, APBSMENR2, ADCSMEN,     20,  1) \
    F(P, CCIPR,     USART1SEL,    0,  2) \
    F(P, CCIPR,     USART2SEL,    2,  2) \
    F(P, CCIPR,     LPUART3SEL,   6,  2) \
    F(P, CCIPR,     LPUART2SEL,   8,  2) \
    F(P, CCIPR,     LPUART1SEL,  10,  2) \
    F(P, CCIPR,     I2C1SEL,     12,  2) \
    F(P, CCIPR,     I2C3SEL,     16,  2) \
    F(P, CCIPR,     LPTIM1SEL,   18,  2) \
    F(P, CCIPR,     LPTIM2SEL,   20,  2) \
    F(P, CCIPR,     LPTIM3SEL,   22,  2) \
    F(P, CCIPR,     TIM1SEL,     24,  1) \
    F(P, CCIPR,     TIM15SEL,    25,  1) \
    F(P, CCIPR,     CLK48SEL,    26,  2) \
    F(P, CCIPR,     ADCSEL,      28,  2) \
    F(P, BDCR,      LSEON,        0,  1) \
    F(P, BDCR,      LSERDY,       1,  1) \
    F(P, BDCR,      LSEBYP,       2,  1) \
    F(P, BDCR,      LSEDRV,       3,  2) \
    F(P, BDCR,      LSECSSON,     5,  1) \
    F(P, BDCR,      LSECSSD,      6,  1) \
    F(P, BDCR,      LSESYSEN,     7,  1) \
    F(P, BDCR,      RTCSEL,       8,  2) \
    F(P, BDCR,      LSESYSRDY,   11,  1) \
    F(P, BDCR,      RTCEN,       15,  1) \
    F(P, BDCR,      BDRST,       16,  1) \
    F(P, BDCR,      LSCOEN,      24,  1) \
    F(P, BDCR,      LSCOSEL,     25,  1) \
    F(P, CSR,       LSION,        0,  1) \
    F(P, CSR,       LSIRDY,       1,  1) \
    F(P, CSR,       LSIPREDIV,    2,  1) \
    F(P, CSR,       MSISRANGE,    8,  4) \
    F(P, CSR,       RMVF,        23,  1) \
    F(P, CSR,       OBLRSTF,     25,  1) \
    F(P, CSR,       PINRSTF,     26,  1) \
    F(P, CSR,       PWRRSTF,     27,  1) \
    F(P, CSR,       SFTRSTF,     28,  1) \
    F(P, CSR,       IWDGRSTF,    29,  1) \
    F(P, CSR,       WWDGRSTF,    30,  1) \
    F(P, CSR,       LPWRRSTF,    31,  1) \
    F(P, CRRCR,     HSI48ON,      0,  1) \
    F(P, CRRCR,     HSI48RDY,     1,  1) \
    F(P, CRRCR,     HSI48CAL,     7,  9)

/* clang-format on */

DEFINE_REGS(U0_RCC)
extern const struct reg_block u0_rcc_regs;
