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
    R(P, AFRL,    0x020) \
    R(P, AFRH,    0x024) \
    R(P, BRR,     0x028)

#define GPIO_FIELDS(F, P) \
    F(P, MODER,   MODE0,      0,  2) \
    F(P, MODER,   MODE1,      2,  2) \
    F(P, MODER,   MODE2,      4,  2) \
    F(P, MODER,   MODE3,      6,  2) \
    F(P, MODER,   MODE4,      8,  2) \
    F(P, MODER,   MODE5,     10,  2) \
    F(P, MODER,   MODE6,     12,  2) \
    F(P, MODER,   MODE7,     14,  2) \
    F(P, MODER,   MODE8,     16,  2) \
    F(P, MODER,   MODE9,     18,  2) \
    F(P, MODER,   MODE10,    20,  2) \
    F(P, MODER,   MODE11,    22,  2) \
    F(P, MODER,   MODE12,    24,  2) \
    F(P, MODER,   MODE13,    26,  2) \
    F(P, MODER,   MODE14,    28,  2) \
    F(P, MODER,   MODE15,    30,  2) \
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
    F(P, OSPEEDR, OSPEED0,    0,  2) \
    F(P, OSPEEDR, OSPEED1,    2,  2) \
    F(P, OSPEEDR, OSPEED2,    4,  2) \
    F(P, OSPEEDR, OSPEED3,    6,  2) \
    F(P, OSPEEDR, OSPEED4,    8,  2) \
    F(P, OSPEEDR, OSPEED5,   10,  2) \
    F(P, OSPEEDR, OSPEED6,   12,  2) \
    F(P, OSPEEDR, OSPEED7,   14,  2) \
    F(P, OSPEEDR, OSPEED8,   16,  2) \
    F(P, OSPEEDR, OSPEED9,   18,  2) \
    F(P, OSPEEDR, OSPEED10,  20,  2) \
    F(P, OSPEEDR, OSPEED11,  22,  2) \
    F(P, OSPEEDR, OSPEED12,  24,  2) \
    F(P, OSPEEDR, OSPEED13,  26,  2) \
    F(P, OSPEEDR, OSPEED14,  28,  2) \
    F(P, OSPEEDR, OSPEED15,  30,  2) \
    F(P, PUPDR,   PUPD0,      0,  2) \
    F(P, PUPDR,   PUPD1,      2,  2) \
    F(P, PUPDR,   PUPD2,      4,  2) \
    F(P, PUPDR,   PUPD3,      6,  2) \
    F(P, PUPDR,   PUPD4,      8,  2) \
    F(P, PUPDR,   PUPD5,     10,  2) \
    F(P, PUPDR,   PUPD6,     12,  2) \
    F(P, PUPDR,   PUPD7,     14,  2) \
    F(P, PUPDR,   PUPD8,     16,  2) \
    F(P, PUPDR,   PUPD9,     18,  2) \
    F(P, PUPDR,   PUPD10,    20,  2) \
    F(P, PUPDR,   PUPD11,    22,  2) \
    F(P, PUPDR,   PUPD12,    24,  2) \
    F(P, PUPDR,   PUPD13,    26,  2) \
    F(P, PUPDR,   PUPD14,    28,  2) \
    F(P, PUPDR,   PUPD15,    30,  2) \
    F(P, IDR,     ID0,        0,  1) \
    F(P, IDR,     ID1,        1,  1) \
    F(P, IDR,     ID2,        2,  1) \
    F(P, IDR,     ID3,        3,  1) \
    F(P, IDR,     ID4,        4,  1) \
    F(P, IDR,     ID5,        5,  1) \
    F(P, IDR,     ID6,        6,  1) \
    F(P, IDR,     ID7,        7,  1) \
    F(P, IDR,     ID8,        8,  1) \
    F(P, IDR,     ID9,        9,  1) \
    F(P, IDR,     ID10,      10,  1) \
    F(P, IDR,     ID11,      11,  1) \
    F(P, IDR,     ID12,      12,  1) \
    F(P, IDR,     ID13,      13,  1) \
    F(P, IDR,     ID14,      14,  1) \
    F(P, IDR,     ID15,      15,  1) \
    F(P, ODR,     OD0,        0,  1) \
    F(P, ODR,     OD1,        1,  1) \
    F(P, ODR,     OD2,        2,  1) \
    F(P, ODR,     OD3,        3,  1) \
    F(P, ODR,     OD4,        4,  1) \
    F(P, ODR,     OD5,        5,  1) \
    F(P, ODR,     OD6,        6,  1) \
    F(P, ODR,     OD7,        7,  1) \
    F(P, ODR,     OD8,        8,  1) \
    F(P, ODR,     OD9,        9,  1) \
    F(P, ODR,     OD10,      10,  1) \
    F(P, ODR,     OD11,      11,  1) \
    F(P, ODR,     OD12,      12,  1) \
    F(P, ODR,     OD13,      13,  1) \
    F(P, ODR,     OD14,      14,  1) \
    F(P, ODR,     OD15,      15,  1) \
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
    F(P, AFRL,    AFSEL0,     0,  4) \
    F(P, AFRL,    AFSEL1,     4,  4) \
    F(P, AFRL,    AFSEL2,     8,  4) \
    F(P, AFRL,    AFSEL3,    12,  4) \
    F(P, AFRL,    AFSEL4,    16,  4) \
    F(P, AFRL,    AFSEL5,    20,  4) \
    F(P, AFRL,    AFSEL6,    24,  4) \
    F(P, AFRL,    AFSEL7,    28,  4) \
    F(P, AFRH,    AFSEL8,     0,  4) \
    F(P, AFRH,    AFSEL9,     4,  4) \
    F(P, AFRH,    AFSEL10,    8,  4) \
    F(P, AFRH,    AFSEL11,   12,  4) \
    F(P, AFRH,    AFSEL12,   16,  4) \
    F(P, AFRH,    AFSEL13,   20,  4) \
    F(P, AFRH,    AFSEL14,   24,  4) \
    F(P, AFRH,    AFSEL15,   28,  4) \
    F(P, BRR,     BR0,        0,  1) \
    F(P, BRR,     BR1,        1,  1) \
    F(P, BRR,     BR2,        2,  1) \
    F(P, BRR,     BR3,        3,  1) \
    F(P, BRR,     BR4,        4,  1) \
    F(P, BRR,     BR5,        5,  1) \
    F(P, BRR,     BR6,        6,  1) \
    F(P, BRR,     BR7,        7,  1) \
    F(P, BRR,     BR8,        8,  1) \
    F(P, BRR,     BR9,        9,  1) \
    F(P, BRR,     BR10,      10,  1) \
    F(P, BRR,     BR11,      11,  1) \
    F(P, BRR,     BR12,      12,  1) \
    F(P, BRR,     BR13,      13,  1) \
    F(P, BRR,     BR14,      14,  1) \
    F(P, BRR,     BR15,      15,  1)

/* clang-format on */

DEFINE_REGS(GPIO)
extern const struct reg_block gpio_regs;
