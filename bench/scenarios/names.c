/* names.c - registers of a chip by name, for scenarios. See scenario.h. */
#include "scenarios/scenario.h"

#include "base/reg.h"
#include "device/regs/cortexm.h"
#include "device/regs/g0_flash.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_rcc.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const struct reg_block wwdg_regs, dma_regs, dmamux_regs, tim_regs, rtc_regs, i2c_regs, spi_regs, u0_lptim_regs, g0_lptim_regs;
extern const struct reg_block ppb_regs, gpio_regs, usart_regs, crc_regs, adc_regs, dac_regs;
extern const struct reg_block u0_flash_regs, u0_rcc_regs, u0_pwr_regs, u0_iwdg_regs, u0_syscfg_regs, u0_dbgmcu_regs;
extern const struct reg_block g0_flash_regs, g0_rcc_regs, g0_pwr_regs, g0_iwdg_regs, g0_syscfg_regs, g0_dbgmcu_regs;

struct named_block {
    const char *chip, *name; /* chip: start of its name; "" any */
    uint32_t base;
    const struct reg_block *block;
};

/* clang-format off */
static const struct named_block blocks[] = { /* ST stm32u073xx.h, stm32g071xx.h */
    { "",         "PPB",    0xE0000000, &ppb_regs },
    { "",         "GPIOA",  0x50000000, &gpio_regs },
    { "",         "GPIOB",  0x50000400, &gpio_regs },
    { "",         "GPIOC",  0x50000800, &gpio_regs },
    { "",         "USART2", 0x40004400, &usart_regs },
    { "",         "CRC",    0x40023000, &crc_regs },
    { "",         "ADC1",   0x40012400, &adc_regs },
    { "",         "DAC1",   0x40007400, &dac_regs },
    { "stm32u0",  "FLASH",  0x40022000, &u0_flash_regs },
    { "stm32u0",  "RCC",    0x40021000, &u0_rcc_regs },
    { "stm32u0",  "PWR",    0x40007000, &u0_pwr_regs },
    { "stm32u0",  "IWDG",   0x40003000, &u0_iwdg_regs },
    { "stm32u0",  "SYSCFG", 0x40010000, &u0_syscfg_regs },
    { "stm32u0",  "DBGMCU", 0x40015800, &u0_dbgmcu_regs },
    { "stm32g0",  "FLASH",  0x40022000, &g0_flash_regs },
    { "stm32g0",  "RCC",    0x40021000, &g0_rcc_regs },
    { "stm32g0",  "PWR",    0x40007000, &g0_pwr_regs },
    { "stm32g0",  "IWDG",   0x40003000, &g0_iwdg_regs },
    { "stm32g0",  "SYSCFG", 0x40010000, &g0_syscfg_regs },
    { "stm32g0",  "DBGMCU", 0x40015800, &g0_dbgmcu_regs },
    { "",        "GPIOD",  0x50000C00, &gpio_regs },
    { "",        "GPIOF",  0x50001400, &gpio_regs },
    { "",        "USART1", 0x40013800, &usart_regs },
    { "",        "USART3", 0x40004800, &usart_regs },
    { "",        "USART4", 0x40004C00, &usart_regs },
    { "",        "LPUART1", 0x40008000, &usart_regs },
    { "",        "WWDG",   0x40002C00, &wwdg_regs },
    { "",        "DMA1",   0x40020000, &dma_regs },
    { "",        "DMAMUX1", 0x40020800, &dmamux_regs },
    { "",        "TIM1",   0x40012C00, &tim_regs },
    { "",        "TIM2",   0x40000000, &tim_regs },
    { "",        "TIM3",   0x40000400, &tim_regs },
    { "",        "TIM6",   0x40001000, &tim_regs },
    { "",        "TIM7",   0x40001400, &tim_regs },
    { "",        "TIM15",  0x40014000, &tim_regs },
    { "",        "TIM16",  0x40014400, &tim_regs },
    { "",        "RTC",    0x40002800, &rtc_regs },
    { "",        "I2C1",   0x40005400, &i2c_regs },
    { "",        "I2C2",   0x40005800, &i2c_regs },
    { "",        "SPI1",   0x40013000, &spi_regs },
    { "",        "SPI2",   0x40003800, &spi_regs },
    { "stm32u0", "LPTIM1", 0x40007C00, &u0_lptim_regs },
    { "stm32g0", "LPTIM1", 0x40007C00, &g0_lptim_regs },
    { 0 },
};
/* clang-format on */

static const struct named_block *find_block(const char *chip, const char *name, size_t len)
{
    for (const struct named_block *b = blocks; b->name; b++)
        if (strlen(b->name) == len && strncasecmp(b->name, name, len) == 0 && strncasecmp(chip, b->chip, strlen(b->chip)) == 0)
            return b;
    return NULL;
}

bool scenario_register(const char *chip, const char *name, uint32_t *addr, const struct reg_block **block, const char **reg)
{
    const char *const dot = strchr(name, '.');
    const struct named_block *const b = dot ? find_block(chip, name, (size_t)(dot - name)) : NULL;

    for (const struct reg_name *r = b ? b->block->regs : NULL; r && r->name; r++)
        if (strcasecmp(r->name, dot + 1) == 0) {
            *addr = b->base + r->offset;
            *block = b->block;
            *reg = r->name;
            return true;
        }
    return false;
}

static const struct reg_field *find_field(const struct reg_block *block, const char *reg, const char *name)
{
    for (const struct reg_field *f = block->fields; f->name; f++)
        if (strcmp(f->reg, reg) == 0 && strcasecmp(f->name, name) == 0)
            return f;
    return NULL;
}

static bool one_field(const struct reg_block *block, const char *reg, char *text, uint32_t *value, uint32_t *mask)
{
    char *const equals = strchr(text, '='), *end;
    const struct reg_field *f;
    unsigned long v;
    uint32_t most;

    if (!equals || equals[1] < '0' || equals[1] > '9')
        return false;
    *equals = '\0';
    f = find_field(block, reg, text);
    v = strtoul(equals + 1, &end, 0);
    if (!f || *end)
        return false;
    most = (uint32_t)((UINT64_C(1) << f->width) - 1);
    if (v > most)
        return false;
    *value = (*value & ~(most << f->lsb)) | (uint32_t)v << f->lsb;
    *mask |= most << f->lsb;
    return true;
}

bool scenario_fields(const struct reg_block *block, const char *reg, char *text, uint32_t *value, uint32_t *mask)
{
    char *save, *one = strtok_r(text, ",", &save);

    *value = *mask = 0;
    if (!one)
        return false;
    for (; one; one = strtok_r(NULL, ",", &save))
        if (!one_field(block, reg, one, value, mask))
            return false;
    return true;
}
