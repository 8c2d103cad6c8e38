/* unmodelled.h - names for registers of blocks without a model, so that a report speaks of LCD_SR and its FCRSF. Fields are given where a
 * program may wait for them.
 *
 * Source: stm32-data (lcd_v2, opamp_v3, comp_u0, tsc_v2); ST stm32u073xx.h. */
#pragma once
#include "device/regs/regs.h"

extern const struct reg_block unmodelled_lcd, unmodelled_opamp, unmodelled_comp, unmodelled_tsc;
