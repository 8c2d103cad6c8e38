/* rcc_rows.c - clocks of the STM32U0 and the STM32G0, as rows.
 *
 * Sources: RM0503 and ST stm32u073xx.h for the U0, RM0444 5.4 for the G0. Start-up times are estimates: typical
 * values of the STM32G0 and L4 data sheets, for both families. */
#include "device/regs/g0_rcc.h"
#include "device/regs/u0_rcc.h"
#include "periph/rcc.h"
#include "periph/rcc_state.h"

enum { /* all of them estimates */
       HSI16_START_NS = 1000,
       MSI_START_NS = 2500, /* 2 to 10 us by range */
       HSI48_START_NS = 2500,
       LSI_START_NS = 80000,
       HSE_START_NS = 2000000,
       LSE_START_NS = 2000000000,
       PLL_LOCK_NS = 15000,
};
#define NS(ns) ((uint64_t)(ns)*1000)

static const uint32_t msi_hz[12] = { 100000,  200000,  400000,   800000,   1000000,  2000000,
                                     4000000, 8000000, 16000000, 24000000, 32000000, 48000000 };

// clang-format off
#define RW(bits) 0, (bits), 0, 0

/* CSR flags stay over everything but a power-on reset; BDCR belongs to the backup domain. */
#define FLAGS 0xFE000000u

static const struct periph_reg rows_u0[] = {
    /*                             reset       writable    clear1  keep */
    [U0_RCC_CR        / 4] = { 0x00000083, 0x010D03FD,     0,          0 }, /* MSION MSIPLLEN MSIRGSEL MSIRANGE HSION HSIKERON HSEON HSEBYP CSSON PLLON */
    [U0_RCC_ICSCR     / 4] = { 0x40004000, 0x7F00FF00,     0,          0 },
    [U0_RCC_CFGR      / 4] = {          0, 0xFFFFFF07,     0,          0 },
    [U0_RCC_PLLCFGR   / 4] = { 0x00001000, 0xFF3F7F73,     0,          0 },
    [U0_RCC_CIER      / 4] = {          0, 0x0000063F,     0,          0 },
    [U0_RCC_CIFR      / 4] = {          0,          0,     0,          0 },
    [U0_RCC_CICR      / 4] = {          0,          0,     0,          0 },
    [U0_RCC_AHBRSTR   / 4] = { RW(0x01041103) },
    [U0_RCC_IOPRSTR   / 4] = { RW(0x0000003F) },
    [U0_RCC_APBRSTR1  / 4] = { RW(0xF7FFF2B3) },
    [U0_RCC_APBRSTR2  / 4] = { RW(0x00135801) },
    [U0_RCC_AHBENR    / 4] = { 0x00000100, 0x01041103,     0,          0 },
    [U0_RCC_IOPENR    / 4] = { RW(0x0000003F) },
    [U0_RCC_DBGCFGR   / 4] = { RW(0x00000003) },
    [U0_RCC_APBENR1   / 4] = { RW(0xF7FFFEB3) },
    [U0_RCC_APBENR2   / 4] = { RW(0x00135801) },
    [U0_RCC_AHBSMENR  / 4] = { 0x01051303, 0x01041303,     0,          0 },
    [U0_RCC_IOPSMENR  / 4] = { 0x0000003F, 0x0000003F,     0,          0 },
    [U0_RCC_APBSMENR1 / 4] = { 0xFF7E4C33, 0xF7FFFEB3,     0,          0 },
    [U0_RCC_APBSMENR2 / 4] = { 0x0017D801, 0x00135801,     0,          0 },
    [U0_RCC_CCIPR     / 4] = { RW(0x3FFF3FCF) },
    [U0_RCC_BDCR      / 4] = {          0, 0x030183BD,     0, UINT32_MAX },
    [U0_RCC_CSR       / 4] = { 0x00000600, 0x00800F05,     0, FLAGS }, /* MSISRANGE 6 = 4 MHz, see rcc.c */
    [U0_RCC_CRRCR     / 4] = { 0x00008800, BITS(U0_RCC_CRRCR_HSI48ON), 0, 0 },
};

/* RM0444 5.4; APBSMENR1 without the bits that only the STM32G0B1 has. */
static const struct periph_reg rows_g0[] = {
    [G0_RCC_CR        / 4] = { 0x00000500, 0x010D3B00,     0,          0 }, /* HSION HSIKERON HSIDIV HSEON HSEBYP CSSON PLLON */
    [G0_RCC_ICSCR     / 4] = { 0x00004000, 0x00007F00,     0,          0 },
    [G0_RCC_CFGR      / 4] = {          0, 0xFFFF7F07,     0,          0 },
    [G0_RCC_PLLCFGR   / 4] = { 0x00001000, 0xFF3F7F73,     0,          0 },
    [G0_RCC_CIER      / 4] = {          0, 0x0000003B,     0,          0 },
    [G0_RCC_CIFR      / 4] = {          0,          0,     0,          0 },
    [G0_RCC_CICR      / 4] = {          0,          0,     0,          0 },
    [G0_RCC_IOPRSTR   / 4] = { RW(0x0000002F) },
    [G0_RCC_AHBRSTR   / 4] = { RW(0x00001101) },
    [G0_RCC_APBRSTR1  / 4] = { RW(0xFF7E4033) },
    [G0_RCC_APBRSTR2  / 4] = { RW(0x0017D801) },
    [G0_RCC_IOPENR    / 4] = { RW(0x0000002F) },
    [G0_RCC_AHBENR    / 4] = { 0x00000100, 0x00001101,     0,          0 },
    [G0_RCC_APBENR1   / 4] = { RW(0xFF7E4C33) },
    [G0_RCC_APBENR2   / 4] = { RW(0x0017D801) },
    [G0_RCC_IOPSMENR  / 4] = { 0x0000003F, 0x0000002F,     0,          0 },
    [G0_RCC_AHBSMENR  / 4] = { 0x00051303, 0x00001301,     0,          0 },
    [G0_RCC_APBSMENR1 / 4] = { 0xFF7E4C33, 0xFF7E4C33,     0,          0 },
    [G0_RCC_APBSMENR2 / 4] = { 0x0017D801, 0x0017D801,     0,          0 },
    [G0_RCC_CCIPR     / 4] = { RW(0xC17CFC4F) },
    [G0_RCC_CCIPR2    / 4] = { RW(0) },
    [G0_RCC_BDCR      / 4] = {          0, 0x0301833D,     0, UINT32_MAX },
    [G0_RCC_CSR       / 4] = {          0, 0x00800001,     0, FLAGS },
};

#define OSC(block, r, ON, RDY, flag_, ns) { block##_##r, BITS(block##_##r##_##ON), BITS(block##_##r##_##RDY), flag_, NS(ns) }

const struct rcc_row rcc_row_u0 = {
    .osc = {
        [CLOCK_MSI]   = OSC(U0_RCC, CR,    MSION,   MSIRDY,   BITS(U0_RCC_CIFR_MSIRDYF),   MSI_START_NS),
        [CLOCK_HSI16] = OSC(U0_RCC, CR,    HSION,   HSIRDY,   BITS(U0_RCC_CIFR_HSIRDYF),   HSI16_START_NS),
        [CLOCK_HSE]   = OSC(U0_RCC, CR,    HSEON,   HSERDY,   BITS(U0_RCC_CIFR_HSERDYF),   HSE_START_NS),
        [CLOCK_LSI]   = OSC(U0_RCC, CSR,   LSION,   LSIRDY,   BITS(U0_RCC_CIFR_LSIRDYF),   LSI_START_NS),
        [CLOCK_LSE]   = OSC(U0_RCC, BDCR,  LSEON,   LSERDY,   BITS(U0_RCC_CIFR_LSERDYF),   LSE_START_NS),
        [CLOCK_HSI48] = OSC(U0_RCC, CRRCR, HSI48ON, HSI48RDY, BITS(U0_RCC_CIFR_HSI48RDYF), HSI48_START_NS),
        [CLOCK_PLLR]  = OSC(U0_RCC, CR,    PLLON,   PLLRDY,   BITS(U0_RCC_CIFR_PLLRDYF),   PLL_LOCK_NS),
    },
    .apbenr1 = U0_RCC_APBENR1, .bdcr = U0_RCC_BDCR, .csr = U0_RCC_CSR, .ccipr = U0_RCC_CCIPR,
    .sw      = { CLOCK_MSI, CLOCK_HSI16, CLOCK_HSE, CLOCK_PLLR, CLOCK_LSI, CLOCK_LSE },
    .pll_src = { CLOCK_NONE, CLOCK_MSI, CLOCK_HSI16, CLOCK_HSE },
    /* SYSCLK, MSI, HSI16, HSE, PLLR, LSI, LSE, HSI48; PLLP, PLLQ, RTC and RTC wake-up are left out (ST stm32u0xx_hal_rcc.h) */
    .mco     = { CLOCK_NONE, CLOCK_SYSCLK, CLOCK_MSI, CLOCK_HSI16, CLOCK_HSE, CLOCK_PLLR, CLOCK_LSI, CLOCK_LSE, CLOCK_HSI48 },
    .msi_hz = msi_hz,
    .sysclk_max_hz = 56000000, .vco_min_hz = 96000000, .vco_max_hz = 344000000, /* ST LL utils */
    .pll_in_min_hz = 4000000, .pll_in_max_hz = 16000000,
    .rst_regs = { U0_RCC_AHBRSTR, U0_RCC_IOPRSTR, U0_RCC_APBRSTR1, U0_RCC_APBRSTR2 },
};

const struct rcc_row rcc_row_g0 = {
    .osc = {
        [CLOCK_HSI16] = OSC(G0_RCC, CR,    HSION,   HSIRDY,   BITS(G0_RCC_CIFR_HSIRDYF),   HSI16_START_NS),
        [CLOCK_HSE]   = OSC(G0_RCC, CR,    HSEON,   HSERDY,   BITS(G0_RCC_CIFR_HSERDYF),   HSE_START_NS),
        [CLOCK_LSI]   = OSC(G0_RCC, CSR,   LSION,   LSIRDY,   BITS(G0_RCC_CIFR_LSIRDYF),   LSI_START_NS),
        [CLOCK_LSE]   = OSC(G0_RCC, BDCR,  LSEON,   LSERDY,   BITS(G0_RCC_CIFR_LSERDYF),   LSE_START_NS),
        [CLOCK_PLLR]  = OSC(G0_RCC, CR,    PLLON,   PLLRDY,   BITS(G0_RCC_CIFR_PLLRDYF),   PLL_LOCK_NS),
    },
    .apbenr1 = G0_RCC_APBENR1, .bdcr = G0_RCC_BDCR, .csr = G0_RCC_CSR, .ccipr = G0_RCC_CCIPR,
    .sw      = { CLOCK_HSI16, CLOCK_HSE, CLOCK_PLLR, CLOCK_LSI, CLOCK_LSE },
    .pll_src = { CLOCK_NONE, CLOCK_NONE, CLOCK_HSI16, CLOCK_HSE },
    .mco     = { CLOCK_NONE, CLOCK_SYSCLK, CLOCK_NONE, CLOCK_HSI16, CLOCK_HSE, CLOCK_PLLR, CLOCK_LSI, CLOCK_LSE }, /* RM0444 5.4.3 */
    .hsidiv = true,
    .sysclk_max_hz = 64000000, .vco_min_hz = 64000000, .vco_max_hz = 344000000, /* RM0444 5.2.4, DS12232 */
    .pll_in_min_hz = 2660000, .pll_in_max_hz = 16000000,
    .rst_regs = { G0_RCC_AHBRSTR, G0_RCC_IOPRSTR, G0_RCC_APBRSTR1, G0_RCC_APBRSTR2 },
};
// clang-format on

#define RCC_KIND(names_, rows)                                                                                                \
    {                                                                                                                         \
        .name = "RCC", .names = (names_), .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .state = &rcc_state_table, \
        .write = rcc_write, .reset = rcc_reset, .next_ps = rcc_next_ps, .event = rcc_event                                    \
    }
const struct periph_kind rcc_kind_u0 = RCC_KIND(&u0_rcc_regs, rows_u0);
const struct periph_kind rcc_kind_g0 = RCC_KIND(&g0_rcc_regs, rows_g0);
