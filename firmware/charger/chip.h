/* chip.h - the chip this build is for. Everything that differs between them stands in its header; offsets and bits come from the same
 * register lists that the rest of the project uses. */
#pragma once
#include "device/regs/adc.h"
#include "device/regs/cortexm.h"
#include "device/regs/dac.h"
#include "device/regs/gpio.h"
#include "device/regs/tim.h"
#include "device/regs/usart.h"

#if defined(CHIP_STM32U073)
#include "chip_stm32u073.h"
#elif defined(CHIP_STM32G071)
#include "chip_stm32g071.h"
#else
#error "name the chip: -DCHIP_STM32U073 or -DCHIP_STM32G071"
#endif
