/* gpio.h - general-purpose I/O port, the same on STM32U0 and STM32G0.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define GPIO_REGS(R, P) \
    R(P, MODER,   0x000) \
    R(P, OTYPER,  0x004) \
    R(P, OSPEEDR, 0x008) \
    R(P, PUPDR,   0x00C) \
    R(P, IDR,     0x010) \
    R(P, ODR,     0x014) \
    R(P, BSRR,    0x018) \
    R(P, LCKR,    0x01C) \
    R(P, AFR0,    0x020) \
    R(P, AFR1,    0x024)

#define GPIO_FIELDS(F, P) \
    F(P, MODER,   MODER0,     0,  2) \
    F(P, MODER,   MODER1,     2,  2) \
    F(P, MODER,   MODER2,     4,  2) \
    F(P, MODER,   MODER3,     6,  2) \
    F(P, MODER,   MODER4,     8,  2) \
    F(P, MODER,   MODER5,    10,  2) \
    F(P, MODER,   MODER6,    12,  2) \
    F(P, MODER,   MODER7,    14,  2) \
    F(P, MODER,   MODER8,    16,  2) \
    F(P, MODER,   MODER9,    18,  2) \
    F(P, MODER,   MODER10,   20,  2) \
    F(P, MODER,   MODER11,   22,  2) \
    F(P, MODER,   MODER12,   24,  2) \
    F(P, MODER,   MODER13,   26,  2) \
    F(P, MODER,   MODER14,   28,  2) \
    F(P, MODER,   MODER15,   30,  2) \
    F(P, OTYPER,  OT0,        0,  1) \
    F(P, OTYPER,  OT1,        1,  1) \
    F(P, OTYPER,  OT2,        2,  1) \
    F(P, OTYPER,  OT3,        3,  1) \
    F(P, OTYPER,  OT4,        4,  1) \
    F(P, OTYPER,  OT5,        5,  1) \
    F(P, OTYPER,  OT6,        6,  1) \
    F(P, OTYPER,  OT7,        7,  1) \
    F(P, OTYPER,  OT8,        8,  1) \
    F(P, OTYPER,  OT9,        9,  1) \
    F(P, OTYPER,  OT10,      10,  1) \
    F(P, OTYPER,  OT11,      11,  1) \
    F(P, OTYPER,  OT12,      12,  1) \
    F(P, OTYPER,  OT13,      13,  1) \
    F(P, OTYPER,  OT14,      14,  1) \
    F(P, OTYPER,  OT15,      15,  1) \
    F(P, OSPEEDR, OSPEEDR0,   0,  2) \
    F(P, OSPEEDR, OSPEEDR1,   2,  2) \
    F(P, OSPEEDR, OSPEEDR2,   4,  2) \
    F(P, OSPEEDR, OSPEEDR3,   6,  2) \
    F(P, OSPEEDR, OSPEEDR4,   8,  2) \
    F(P, OSPEEDR, OSPEEDR5,  10,  2) \
    F(P, OSPEEDR, OSPEEDR6,  12,  2) \
    F(P, OSPEEDR, OSPEEDR7,  14,  2) \
    F(P, OSPEEDR, OSPEEDR8,  16,  2) \
    F(P, OSPEEDR, OSPEEDR9,  18,  2) \
    F(P, OSPEEDR, OSPEEDR10, 20,  2) \
    F(P, OSPEEDR, OSPEEDR11, 22,  2) \
    F(P, OSPEEDR, OSPEEDR12, 24,  2) \
    F(P, OSPEEDR, OSPEEDR13, 26,  2) \
    F(P, OSPEEDR, OSPEEDR14, 28,  2) \
    F(P, OSPEEDR, OSPEEDR15, 30,  2) \
    F(P, PUPDR,   PUPDR0,     0,  2) \
    F(P, PUPDR,   PUPDR1,     2,  2) \
    F(P, PUPDR,   PUPDR2,     4,  2) \
    F(P, PUPDR,   PUPDR3,     6,  2) \
    F(P, PUPDR,   PUPDR4,     8,  2) \
    F(P, PUPDR,   PUPDR5,    10,  2) \
    F(P, PUPDR,   PUPDR6,    12,  2) \
    F(P, PUPDR,   PUPDR7,    14,  2) \
    F(P, PUPDR,   PUPDR8,    16,  2) \
    F(P, PUPDR,   PUPDR9,    18,  2) \
    F(P, PUPDR,   PUPDR10,   20,  2) \
    F(P, PUPDR,   PUPDR11,   22,  2) \
    F(P, PUPDR,   PUPDR12,   24,  2) \
    F(P, PUPDR,   PUPDR13,   26,  2) \
    F(P, PUPDR,   PUPDR14,   28,  2) \
    F(P, PUPDR,   PUPDR15,   30,  2) \
    F(P, IDR,     IDR0,       0,  1) \
    F(P, IDR,     IDR1,       1,  1) \
    F(P, IDR,     IDR2,       2,  1) \
    F(P, IDR,     IDR3,       3,  1) \
    F(P, IDR,     IDR4,       4,  1) \
    F(P, IDR,     IDR5,       5,  1) \
    F(P, IDR,     IDR6,       6,  1) \
    F(P, IDR,     IDR7,       7,  1) \
    F(P, IDR,     IDR8,       8,  1) \
    F(P, IDR,     IDR9,       9,  1) \
    F(P, IDR,     IDR10,     10,  1) \
    F(P, IDR,     IDR11,     11,  1) \
    F(P, IDR,     IDR12,     12,  1) \
    F(P, IDR,     IDR13,     13,  1) \
    F(P, IDR,     IDR14,     14,  1) \
    F(P, IDR,     IDR15,     15,  1) \
    F(P, ODR,     ODR0,       0,  1) \
    F(P, ODR,     ODR1,       1,  1) \
    F(P, ODR,     ODR2,       2,  1) \
    F(P, ODR,     ODR3,       3,  1) \
    F(P, ODR,     ODR4,       4,  1) \
    F(P, ODR,     ODR5,       5,  1) \
    F(P, ODR,     ODR6,       6,  1) \
    F(P, ODR,     ODR7,       7,  1) \
    F(P, ODR,     ODR8,       8,  1) \
    F(P, ODR,     ODR9,       9,  1) \
    F(P, ODR,     ODR10,     10,  1) \
    F(P, ODR,     ODR11,     11,  1) \
    F(P, ODR,     ODR12,     12,  1) \
    F(P, ODR,     ODR13,     13,  1) \
    F(P, ODR,     ODR14,     14,  1) \
    F(P, ODR,     ODR15,     15,  1) \
    F(P, BSRR,    BS0,        0,  1) \
    F(P, BSRR,    BS1,        1,  1) \
    F(P, BSRR,    BS2,        2,  1) \
    F(P, BSRR,    BS3,        3,  1) \
    F(P, BSRR,    BS4,        4,  1) \
    F(P, BSRR,    BS5,        5,  1) \
    F(P, BSRR,    BS6,        6,  1) \
    F(P, BSRR,    BS7,        7,  1) \
    F(P, BSRR,    BS8,        8,  1) \
    F(P, BSRR,    BS9,        9,  1) \
    F(P, BSRR,    BS10,      10,  1) \
    F(P, BSRR,    BS11,      11,  1) \
    F(P, BSRR,    BS12,      12,  1) \
    F(P, BSRR,    BS13,      13,  1) \
    F(P, BSRR,    BS14,      14,  1) \
    F(P, BSRR,    BS15,      15,  1) \
    F(P, BSRR,    BR0,       16,  1) \
    F(P, BSRR,    BR1,       17,  1) \
    F(P, BSRR,    BR2,       18,  1) \
    F(P, BSRR,    BR3,       19,  1) \
    F(P, BSRR,    BR4,       20,  1) \
    F(P, BSRR,    BR5,       21,  1) \
    F(P, BSRR,    BR6,       22,  1) \
    F(P, BSRR,    BR7,       23,  1) \
    F(P, BSRR,    BR8,       24,  1) \
    F(P, BSRR,    BR9,       25,  1) \
    F(P, BSRR,    BR10,      26,  1) \
    F(P, BSRR,    BR11,      27,  1) \
    F(P, BSRR,    BR12,      28,  1) \
    F(P, BSRR,    BR13,      29,  1) \
    F(P, BSRR,    BR14,      30,  1) \
    F(P, BSRR,    BR15,      31,  1) \
    F(P, LCKR,    LCK0,       0,  1) \
    F(P, LCKR,    LCK1,       1,  1) \
    F(P, LCKR,    LCK2,       2,  1) \
    F(P, LCKR,    LCK3,       3,  1) \
    F(P, LCKR,    LCK4,       4,  1) \
    F(P, LCKR,    LCK5,       5,  1) \
    F(P, LCKR,    LCK6,       6,  1) \
    F(P, LCKR,    LCK7,       7,  1) \
    F(P, LCKR,    LCK8,       8,  1) \
    F(P, LCKR,    LCK9,       9,  1) \
    F(P, LCKR,    LCK10,     10,  1) \
    F(P, LCKR,    LCK11,     11,  1) \
    F(P, LCKR,    LCK12,     12,  1) \
    F(P, LCKR,    LCK13,     13,  1) \
    F(P, LCKR,    LCK14,     14,  1) \
    F(P, LCKR,    LCK15,     15,  1) \
    F(P, LCKR,    LCKK,      16,  1) \
    F(P, AFR0,    AFR0,       0,  4) \
    F(P, AFR0,    AFR1,       4,  4) \
    F(P, AFR0,    AFR2,       8,  4) \
    F(P, AFR0,    AFR3,      12,  4) \
    F(P, AFR0,    AFR4,      16,  4) \
    F(P, AFR0,    AFR5,      20,  4) \
    F(P, AFR0,    AFR6,      24,  4) \
    F(P, AFR0,    AFR7,      28,  4) \
    F(P, AFR1,    AFR0,       0,  4) \
    F(P, AFR1,    AFR1,       4,  4) \
    F(P, AFR1,    AFR2,       8,  4) \
    F(P, AFR1,    AFR3,      12,  4) \
    F(P, AFR1,    AFR4,      16,  4) \
    F(P, AFR1,    AFR5,      20,  4) \
    F(P, AFR1,    AFR6,      24,  4) \
    F(P, AFR1,    AFR7,      28,  4)

/* clang-format on */

DEFINE_REGS(GPIO)
extern const struct reg_block gpio_regs;
