/* regs.c - the tables behind the register headers. */
#include "device/regs/adc.h"
#include "device/regs/adi.h"
#include "device/regs/cortexm.h"
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

DEFINE_REG_BLOCK(ap_regs, "AP", AP)
DEFINE_REG_BLOCK(dp_regs, "DP", DP)
DEFINE_REG_BLOCK(ppb_regs, "PPB", PPB)
DEFINE_REG_BLOCK(adc_regs, "ADC", ADC)
DEFINE_REG_BLOCK(dac_regs, "DAC", DAC)
DEFINE_REG_BLOCK(crc_regs, "CRC", CRC)
DEFINE_REG_BLOCK(gpio_regs, "GPIO", GPIO)
DEFINE_REG_BLOCK(usart_regs, "USART", USART)
DEFINE_REG_BLOCK(g0_dbgmcu_regs, "DBGMCU", G0_DBGMCU)
DEFINE_REG_BLOCK(g0_flash_regs, "FLASH", G0_FLASH)
DEFINE_REG_BLOCK(g0_iwdg_regs, "IWDG", G0_IWDG)
DEFINE_REG_BLOCK(g0_pwr_regs, "PWR", G0_PWR)
DEFINE_REG_BLOCK(g0_rcc_regs, "RCC", G0_RCC)
DEFINE_REG_BLOCK(g0_syscfg_regs, "SYSCFG", G0_SYSCFG)
DEFINE_REG_BLOCK(u0_crs_regs, "CRS", U0_CRS)
DEFINE_REG_BLOCK(u0_dbgmcu_regs, "DBGMCU", U0_DBGMCU)
DEFINE_REG_BLOCK(u0_flash_regs, "FLASH", U0_FLASH)
DEFINE_REG_BLOCK(u0_iwdg_regs, "IWDG", U0_IWDG)
DEFINE_REG_BLOCK(u0_pwr_regs, "PWR", U0_PWR)
DEFINE_REG_BLOCK(u0_rcc_regs, "RCC", U0_RCC)
DEFINE_REG_BLOCK(u0_syscfg_regs, "SYSCFG", U0_SYSCFG)
DEFINE_REG_BLOCK(dma_regs, "DMA", DMA)
DEFINE_REG_BLOCK(dmamux_regs, "DMAMUX", DMAMUX)
DEFINE_REG_BLOCK(wwdg_regs, "WWDG", WWDG)
DEFINE_REG_BLOCK(tim_regs, "TIM", TIM)
DEFINE_REG_BLOCK(rtc_regs, "RTC", RTC)
DEFINE_REG_BLOCK(i2c_regs, "I2C", I2C)
DEFINE_REG_BLOCK(spi_regs, "SPI", SPI)
DEFINE_REG_BLOCK(rng_regs, "RNG", RNG)
DEFINE_REG_BLOCK(u0_lptim_regs, "LPTIM", U0_LPTIM)
DEFINE_REG_BLOCK(g0_lptim_regs, "LPTIM", G0_LPTIM)
DEFINE_REG_BLOCK(u0_usb_regs, "USB", U0_USB)
