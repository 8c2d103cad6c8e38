/* stm32g071.c - STM32G071RB: 128 KiB flash, 36 KiB SRAM (32 with the parity check).
 *
 * Sources: RM0444; the public stm32-data project (bases, pins, interrupt lines); logs of real parts (DPIDR: RM0444 prints 0x0BB11477,
 * the silicon answers 0x0BC11477). Reset values of blocks that both chips have: those of the STM32U0's SVD. */
#include "chip/stm32g071_wires.h"
#include "chip/unmodelled.h"
#include "device/regs/g0_dbgmcu.h"
#include "device/regs/g0_flash.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/g0_syscfg.h"
#include "periph/adc.h"
#include "periph/crc.h"
#include "periph/dac.h"
#include "periph/dbgmcu.h"
#include "periph/dma.h"
#include "periph/dmamux.h"
#include "periph/exti.h"
#include "periph/gpio.h"
#include "periph/i2c.h"
#include "periph/iwdg.h"
#include "periph/lptim.h"
#include "periph/pwr.h"
#include "periph/rcc.h"
#include "periph/rtc.h"
#include "periph/spi.h"
#include "periph/syscfg.h"
#include "periph/tamp.h"
#include "periph/tim.h"
#include "periph/usart.h"
#include "periph/wwdg.h"

/* clang-format off */

static const struct dbgmcu_row dbgmcu = { .idcode = 0x20006460 }; /* revision Z/B, 0x2000 */

static const struct gpio_row port_a = { .moder = 0xEBFFFFFF, .ospeedr = 0x0C000000, .pupdr = 0x24000000 }; /* RM0444 7.4 */


enum { AN = CHIP_PIN_ANALOG };
static const struct chip_pin adc_pins[] = {
    { 'A',  0, AN,  0 }, { 'A',  1, AN,  1 }, { 'A',  2, AN,  2 }, { 'A',  3, AN,  3 },
    { 'A',  4, AN,  4 }, { 'A',  5, AN,  5 }, { 'A',  6, AN,  6 }, { 'A',  7, AN,  7 },
    { 'B',  0, AN,  8 }, { 'B',  1, AN,  9 }, { 'B',  2, AN, 10 }, { 'B', 10, AN, 11 },
    { 'B', 11, AN, 15 }, { 'B', 12, AN, 16 }, { 'C',  4, AN, 17 }, { 'C',  5, AN, 18 },
    { 0 } };
static const struct chip_pin dac_pins[] = {
    { 'A',  4, AN,  0 }, { 'A',  5, AN,  1 },
    { 0 } };
static const struct chip_request adc_requests[] = { { ADC_SIGNAL_DMA, 5 }, { 0 } };
static const struct chip_request dac_requests[] = { { DAC_SIGNAL_OUT1, 8 }, { DAC_SIGNAL_OUT2, 9 }, { 0 } };
static const struct adc_row adc = { .temperature = 12, .vrefint = 13, .vbat = 14 };

#define RCC_BIT(reg, field) { G0_RCC_##reg, BITS(G0_RCC_##reg##_##field) }
#define ALWAYS              { 0, 0 }
#define NO_RESET            { 0, 0 }
#define NO_IRQ              0, 0
#define IRQ(line, source)   line, BITS(G0_SYSCFG_ITLINE##line##_##source)
#define FREEZE(reg, name)   { G0_DBGMCU_##reg, BITS(G0_DBGMCU_##reg##_DBG_##name##_STOP) }
#define PCLK                CHIP_KERNEL_PCLK
#define USART               &usart_kind, NULL
#define GPIO(row)           &gpio_kind, row
#define NOT_MODELLED        NULL, NULL, NO_IRQ

static const struct dma_row dma1 = { 7, { { 9, BITS(G0_SYSCFG_ITLINE9_DMA1_CH1) }, { 10, BITS(G0_SYSCFG_ITLINE10_DMA1_CH2) }, { 10, BITS(G0_SYSCFG_ITLINE10_DMA1_CH3) },
    { 11, BITS(G0_SYSCFG_ITLINE11_DMA1_CH4) }, { 11, BITS(G0_SYSCFG_ITLINE11_DMA1_CH5) },
    { 11, BITS(G0_SYSCFG_ITLINE11_DMA1_CH6) }, { 11, BITS(G0_SYSCFG_ITLINE11_DMA1_CH7) } } };

static const struct tim_row tim1 = {
    BITS(G0_SYSCFG_ITLINE13_TIM1_UPD), BITS(G0_SYSCFG_ITLINE13_TIM1_TRG), BITS(G0_SYSCFG_ITLINE13_TIM1_CCU), BITS(G0_SYSCFG_ITLINE13_TIM1_BRK), 14,
    { BITS(G0_SYSCFG_ITLINE14_TIM1_CC), BITS(G0_SYSCFG_ITLINE14_TIM1_CC), BITS(G0_SYSCFG_ITLINE14_TIM1_CC), BITS(G0_SYSCFG_ITLINE14_TIM1_CC) },
};

static const struct chip_block blocks[] = {
/*    name       base        bytes  model                        interrupt              clock enable                     reset                              kernel clock, pins */
    { "USART2",  0x40004400, 0x400, USART,                       IRQ(28, USART2),       RCC_BIT(APBENR1, USART2EN),      RCC_BIT(APBRSTR1, USART2RST),      .kernel_lsb = G0_RCC_CCIPR_USART2SEL_LSB, .pins = usart2_pins, .requests = usart2_requests },
    { "USART3",  0x40004800, 0x400, USART,                       IRQ(29, USART3),       RCC_BIT(APBENR1, USART3EN),      RCC_BIT(APBRSTR1, USART3RST),      .kernel_lsb = PCLK, .pins = usart3_pins, .requests = usart3_requests },
    { "USART4",  0x40004C00, 0x400, USART,                       IRQ(29, USART4),       RCC_BIT(APBENR1, USART4EN),      RCC_BIT(APBRSTR1, USART4RST),      .kernel_lsb = PCLK, .pins = usart4_pins, .requests = usart4_requests },
    { "USART1",  0x40013800, 0x400, USART,                       IRQ(27, USART1),       RCC_BIT(APBENR2, USART1EN),      RCC_BIT(APBRSTR2, USART1RST),      .kernel_lsb = G0_RCC_CCIPR_USART1SEL_LSB, .pins = usart1_pins, .requests = usart1_requests },
    { "IWDG",    0x40003000, 0x400, &iwdg_kind_g0, NULL,         NO_IRQ,                ALWAYS,                          NO_RESET },
    { "PWR",     0x40007000, 0x400, &pwr_kind_g0, NULL,          NO_IRQ,                RCC_BIT(APBENR1, PWREN),         RCC_BIT(APBRSTR1, PWRRST) },
    { "SYSCFG",  0x40010000, 0x200, &syscfg_kind_g0, NULL,       NO_IRQ,                RCC_BIT(APBENR2, SYSCFGEN),      RCC_BIT(APBRSTR2, SYSCFGRST) },
    { "DBGMCU",  0x40015800, 0x1000, &dbgmcu_kind_g0, &dbgmcu,   NO_IRQ,                RCC_BIT(APBENR1, DBGEN),         NO_RESET },
    { "RCC",     0x40021000, 0x400, &rcc_kind_g0, &rcc_row_g0,   IRQ(4, RCC),           ALWAYS,                          NO_RESET },
    { "EXTI",    0x40021800, 0x400, &exti_kind, NULL,            IRQ(5, EXTI0),         ALWAYS,                          NO_RESET },
    { "CRC",     0x40023000, 0x400, &crc_kind_g0, NULL,          NO_IRQ,                RCC_BIT(AHBENR, CRCEN),          RCC_BIT(AHBRSTR, CRCRST) },
    { "WWDG",    0x40002C00, 0x400, &wwdg_kind, NULL,            IRQ(0, WWDG),          RCC_BIT(APBENR1, WWDGEN),        NO_RESET,                          .clock = CHIP_CLOCK_BUS, .freeze = FREEZE(APB1FZR, WWDG) },
    { "DMA1",    0x40020000, 0x400, &dma_kind, &dma1,            IRQ(9, DMA1_CH1),      RCC_BIT(AHBENR, DMA1EN),         RCC_BIT(AHBRSTR, DMA1RST),         .clock = CHIP_CLOCK_AHB },
    { "DMAMUX1", 0x40020800, 0x400, &dmamux_kind, NULL,          NO_IRQ,                RCC_BIT(AHBENR, DMA1EN),         RCC_BIT(AHBRSTR, DMA1RST) },
    { "TIM2",    0x40000000, 0x400, &tim_kind_32, NULL,          IRQ(15, TIM2),         RCC_BIT(APBENR1, TIM2EN),        RCC_BIT(APBRSTR1, TIM2RST),        .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB1FZR, TIM2), .pins = tim2_pins, .requests = tim2_requests },
    { "TIM3",    0x40000400, 0x400, &tim_kind_16, NULL,          IRQ(16, TIM3),         RCC_BIT(APBENR1, TIM3EN),        RCC_BIT(APBRSTR1, TIM3RST),        .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB1FZR, TIM3), .pins = tim3_pins, .requests = tim3_requests },
    { "TIM6",    0x40001000, 0x400, &tim_kind_basic, NULL,       IRQ(17, TIM6),         RCC_BIT(APBENR1, TIM6EN),        RCC_BIT(APBRSTR1, TIM6RST),        .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB1FZR, TIM6), .requests = tim6_requests },
    { "TIM7",    0x40001400, 0x400, &tim_kind_basic, NULL,       IRQ(18, TIM7),         RCC_BIT(APBENR1, TIM7EN),        RCC_BIT(APBRSTR1, TIM7RST),        .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB1FZR, TIM7), .requests = tim7_requests },
    { "TIM14",   0x40002000, 0x400, &tim_kind_1ch, NULL,         IRQ(19, TIM14),        RCC_BIT(APBENR2, TIM14EN),       RCC_BIT(APBRSTR2, TIM14RST),       .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB2FZR, TIM14), .pins = tim14_pins },
    { "TIM1",    0x40012C00, 0x400, &tim_kind_advanced, &tim1,   IRQ(13, TIM1_UPD),     RCC_BIT(APBENR2, TIM1EN),        RCC_BIT(APBRSTR2, TIM1RST),        .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB2FZR, TIM1), .pllq = RCC_BIT(CCIPR, TIM1SEL), .pins = tim1_pins, .requests = tim1_requests },
    { "TIM15",   0x40014000, 0x400, &tim_kind_2ch, NULL,         IRQ(20, TIM15),        RCC_BIT(APBENR2, TIM15EN),       RCC_BIT(APBRSTR2, TIM15RST),       .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB2FZR, TIM15), .pllq = RCC_BIT(CCIPR, TIM15SEL), .pins = tim15_pins, .requests = tim15_requests },
    { "TIM16",   0x40014400, 0x400, &tim_kind_1ch_cmp, NULL,     IRQ(21, TIM16),        RCC_BIT(APBENR2, TIM16EN),       RCC_BIT(APBRSTR2, TIM16RST),       .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB2FZR, TIM16), .pins = tim16_pins, .requests = tim16_requests },
    { "TIM17",   0x40014800, 0x400, &tim_kind_1ch_cmp, NULL,     IRQ(22, TIM17),        RCC_BIT(APBENR2, TIM17EN),       RCC_BIT(APBRSTR2, TIM17RST),       .clock = CHIP_CLOCK_TIMER, .freeze = FREEZE(APB2FZR, TIM17), .pins = tim17_pins, .requests = tim17_requests },
    { "ADC1",    0x40012400, 0x400, &adc_kind, &adc,             IRQ(12, ADC),          RCC_BIT(APBENR2, ADCEN),         RCC_BIT(APBRSTR2, ADCRST),         .clock = CHIP_CLOCK_ADC, .kernel_lsb = G0_RCC_CCIPR_ADCSEL_LSB, .pins = adc_pins, .requests = adc_requests },
    { "DAC1",    0x40007400, 0x400, &dac_kind_g0, NULL,          IRQ(17, DAC),          RCC_BIT(APBENR1, DAC1EN),        RCC_BIT(APBRSTR1, DAC1RST),        .clock = CHIP_CLOCK_BUS, .pins = dac_pins, .requests = dac_requests },
    { "RTC",     0x40002800, 0x400, &rtc_kind_g0, NULL,          IRQ(2, RTC),           RCC_BIT(APBENR1, RTCAPBEN),      RCC_BIT(BDCR, BDRST),              .backup = true, .clock = CHIP_CLOCK_RTC, .freeze = FREEZE(APB1FZR, RTC) },
    { "TAMP",    0x4000B000, 0x400, &tamp_kind_g0, NULL,         IRQ(2, TAMP),          RCC_BIT(APBENR1, RTCAPBEN),      RCC_BIT(BDCR, BDRST),              .backup = true },
    { "LPUART1", 0x40008000, 0x400, &lpuart_kind, NULL,          29, 1u << 2,           RCC_BIT(APBENR1, LPUART1EN),     RCC_BIT(APBRSTR1, LPUART1RST),     .kernel_lsb = G0_RCC_CCIPR_LPUART1SEL_LSB, .pins = lpuart1_pins, .requests = lpuart1_requests },
    { "LPTIM1",  0x40007C00, 0x400, &lptim_kind_g0, NULL,        IRQ(17, LPTIM1),       RCC_BIT(APBENR1, LPTIM1EN),      RCC_BIT(APBRSTR1, LPTIM1RST),      .clock = CHIP_CLOCK_CCIPR_LSI, .kernel_lsb = G0_RCC_CCIPR_LPTIM1SEL_LSB, .freeze = FREEZE(APB1FZR, LPTIM1), .pins = lptim1_pins },
    { "LPTIM2",  0x40009400, 0x400, &lptim_kind_g0, NULL,        IRQ(18, LPTIM2),       RCC_BIT(APBENR1, LPTIM2EN),      RCC_BIT(APBRSTR1, LPTIM2RST),      .clock = CHIP_CLOCK_CCIPR_LSI, .kernel_lsb = G0_RCC_CCIPR_LPTIM2SEL_LSB, .freeze = FREEZE(APB1FZR, LPTIM2), .pins = lptim2_pins },
    { "I2C1",    0x40005400, 0x400, &i2c_kind, NULL,             IRQ(23, I2C1),         RCC_BIT(APBENR1, I2C1EN),        RCC_BIT(APBRSTR1, I2C1RST),        .clock = CHIP_CLOCK_CCIPR_I2C, .kernel_lsb = G0_RCC_CCIPR_I2C1SEL_LSB, .pins = i2c1_pins, .requests = i2c1_requests },
    { "I2C2",    0x40005800, 0x400, &i2c_kind, NULL,             IRQ(24, I2C2),         RCC_BIT(APBENR1, I2C2EN),        RCC_BIT(APBRSTR1, I2C2RST),        .clock = CHIP_CLOCK_BUS, .pins = i2c2_pins, .requests = i2c2_requests },
    { "SPI1",    0x40013000, 0x400, &spi_kind, NULL,             IRQ(25, SPI1),         RCC_BIT(APBENR2, SPI1EN),        RCC_BIT(APBRSTR2, SPI1RST),        .clock = CHIP_CLOCK_BUS, .pins = spi1_pins, .requests = spi1_requests },
    { "SPI2",    0x40003800, 0x400, &spi_kind, NULL,             IRQ(26, SPI2),         RCC_BIT(APBENR1, SPI2EN),        RCC_BIT(APBRSTR1, SPI2RST),        .clock = CHIP_CLOCK_BUS, .pins = spi2_pins, .requests = spi2_requests },
    { "GPIOA",   0x50000000, 0x400, GPIO(&port_a),               NO_IRQ,                RCC_BIT(IOPENR, GPIOAEN),        RCC_BIT(IOPRSTR, GPIOARST) },
    { "GPIOB",   0x50000400, 0x400, GPIO(NULL),                  NO_IRQ,                RCC_BIT(IOPENR, GPIOBEN),        RCC_BIT(IOPRSTR, GPIOBRST) },
    { "GPIOC",   0x50000800, 0x400, GPIO(NULL),                  NO_IRQ,                RCC_BIT(IOPENR, GPIOCEN),        RCC_BIT(IOPRSTR, GPIOCRST) },
    { "GPIOD",   0x50000C00, 0x400, GPIO(NULL),                  NO_IRQ,                RCC_BIT(IOPENR, GPIODEN),        RCC_BIT(IOPRSTR, GPIODRST) },
    { "GPIOF",   0x50001400, 0x400, GPIO(NULL),                  NO_IRQ,                RCC_BIT(IOPENR, GPIOFEN),        RCC_BIT(IOPRSTR, GPIOFRST) },

    { "CEC",     0x40007800, 0x400, NOT_MODELLED,                                       RCC_BIT(APBENR1, CECEN),         RCC_BIT(APBRSTR1, CECRST) },
    { "UCPD1",   0x4000A000, 0x400, NOT_MODELLED,                                       RCC_BIT(APBENR1, UCPD1EN),       RCC_BIT(APBRSTR1, UCPD1RST) },
    { "UCPD2",   0x4000A400, 0x400, NOT_MODELLED,                                       RCC_BIT(APBENR1, UCPD2EN),       RCC_BIT(APBRSTR1, UCPD2RST) },
    { "COMP",    0x40010200, 0x100, NOT_MODELLED,                                       RCC_BIT(APBENR2, SYSCFGEN),      NO_RESET, .names = &unmodelled_comp },
    { 0 },
};

/* RM0444 tables of internal triggers of TIM1, TIM2, TIM3, TIM15. */
static const struct chip_link links[] = {
    { "TIM15", TIM_TRGO, "TIM1",  TIM_ITR0 },
    { "TIM2",  TIM_TRGO, "TIM1",  TIM_ITR1 },
    { "TIM3",  TIM_TRGO, "TIM1",  TIM_ITR2 },
    { "TIM17", TIM_OC1,  "TIM1",  TIM_ITR3 },
    { "TIM1",  TIM_TRGO, "TIM2",  TIM_ITR0 },
    { "TIM15", TIM_TRGO, "TIM2",  TIM_ITR1 },
    { "TIM3",  TIM_TRGO, "TIM2",  TIM_ITR2 },
    { "TIM14", TIM_OC1,  "TIM2",  TIM_ITR3 },
    { "TIM1",  TIM_TRGO, "TIM3",  TIM_ITR0 },
    { "TIM2",  TIM_TRGO, "TIM3",  TIM_ITR1 },
    { "TIM15", TIM_TRGO, "TIM3",  TIM_ITR2 },
    { "TIM14", TIM_OC1,  "TIM3",  TIM_ITR3 },
    { "TIM2",  TIM_TRGO, "TIM15", TIM_ITR0 },
    { "TIM3",  TIM_TRGO, "TIM15", TIM_ITR1 },
    { "TIM16", TIM_OC1,  "TIM15", TIM_ITR2 },
    { "TIM17", TIM_OC1,  "TIM15", TIM_ITR3 },
    /* EXTSEL, TSEL: ST's stm32g0xx_ll_adc.h, ..._ll_dac.h. EXTI's signals are its lines. Not modelled: LPTIM outputs. */
    { "TIM1",  TIM_TRGO2, "ADC1", 0 },
    { "TIM1",  TIM_OC4,  "ADC1",  1 },
    { "TIM2",  TIM_TRGO, "ADC1",  2 },
    { "TIM3",  TIM_TRGO, "ADC1",  3 },
    { "TIM15", TIM_TRGO, "ADC1",  4 },
    { "TIM6",  TIM_TRGO, "ADC1",  5 },
    { "TIM1",  TIM_TRGO, "DAC1",  1 },
    { "TIM2",  TIM_TRGO, "DAC1",  2 },
    { "TIM3",  TIM_TRGO, "DAC1",  3 },
    { "TIM6",  TIM_TRGO, "DAC1",  5 },
    { "TIM7",  TIM_TRGO, "DAC1",  6 },
    { "TIM15", TIM_TRGO, "DAC1",  8 },
    { "EXTI",  9,        "DAC1", 13 },
    { "EXTI",  11,       "ADC1",  7 },
    { 0 },
};

static const struct chip_region buses[] = {
    { 0x40000000, 0x0000B400 }, /* APB1 */
    { 0x40010000, 0x00006800 }, /* APB2, with all of DBGMCU */
    { 0x40020000, 0x00003400 }, /* AHB */
    { 0x50000000, 0x00001800 }, /* IOPORT; no port E */
    { 0 },
};

const struct chip_row chip_row_g071 = {
    .name = "stm32g071rb",
    .facts = {
        .dpidr = 0x0BC11477, .targetid = 0,
        .ap = { { .idr = 0x04770031, .base = 0xF0000003, .cfg = 0 } },
        .dev_id = 0x460, .flash_base = 0x08000000, .flash_bytes = 128 * 1024, .page_bytes = 2048,
    },
    .flash = &flash_row_g071,
    .blocks = blocks,
    .buses = buses,
    .links = links,
    .flash_regs = 0x40022000, .flash_names = &g0_flash_regs,
    .system_base = 0x1FFF0000,
    .sram1_bytes = 36 * 1024, .sram2_bytes = 0, .sram_parity_bytes = 4 * 1024,
    .sram2_hw_erase = false,
    .flash_irq_line = 3, .flash_irq_source = BITS(G0_SYSCFG_ITLINE3_FLASH_ITF),
    .dbgmcu_debug_base = 0,
    .sleep_enables = G0_RCC_AHBSMENR - G0_RCC_AHBENR,
    .max_wait_states = 2,
    .wait_range1_hz = { 24000000, 48000000, 64000000 }, /* RM0444 3.3.4 */
    .wait_range2_hz = { 8000000, 16000000, 16000000 },
    .source = "RM0444; stm32-data",
};
