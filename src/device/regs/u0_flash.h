/* u0_flash.h - flash controller of the STM32U0.
 *
 * Source: RM0503 3.7; ST stm32u073xx.h V1.3.0 (RDERR, RDERRIE and SEC_PROT of the old SVD left out)
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_FLASH_REGS(R, P) \
    R(P, ACR,      0x000) \
    R(P, KEYR,     0x008) \
    R(P, OPTKEYR,  0x00C) \
    R(P, SR,       0x010) \
    R(P, CR,       0x014) \
    R(P, ECCR,     0x018) \
    R(P, OPTR,     0x020) \
    R(P, WRP1AR,   0x02C) \
    R(P, WRP1BR,   0x030) \
    R(P, SECR,     0x080) \
    R(P, OEM1KEYW0R, 0x088) \
    R(P, OEM1KEYW1R, 0x08C) \
    R(P, OEM1KEYW2R, 0x090) \
    R(P, OEM1KEYW3R, 0x094) \
    R(P, OEM2KEYW0R, 0x098) \
    R(P, OEM2KEYW1R, 0x09C) \
    R(P, OEM2KEYW2R, 0x0A0) \
    R(P, OEM2KEYW3R, 0x0A4) \
    R(P, OEMKEYSR, 0x0A8) \
    R(P, HDPCR,    0x0AC) \
    R(P, HDPEXTR,  0x0B0)

#define U0_FLASH_FIELDS(F, P) \
    F(P, ACR,      LATENCY,                   0,  3) \
    F(P, ACR,      PRFTEN,                    8,  1) \
    F(P, ACR,      ICEN,                      9,  1) \
    F(P, ACR,      ICRST,                    11,  1) \
    F(P, ACR,      EMPTY,                    16,  1) \
    F(P, ACR,      DBG_SWEN,                 18,  1) \
    F(P, KEYR,     KEY,                       0, 32) \
    F(P, OPTKEYR,  OPTKEY,                    0, 32) \
    F(P, SR,       EOP,                       0,  1) \
    F(P, SR,       OPERR,                     1,  1) \
    F(P, SR,       PROGERR,                   3,  1) \
    F(P, SR,       WRPERR,                    4,  1) \
    F(P, SR,       PGAERR,                    5,  1) \
    F(P, SR,       SIZERR,                    6,  1) \
    F(P, SR,       PGSERR,                    7,  1) \
    F(P, SR,       MISERR,                    8,  1) \
    F(P, SR,       FASTERR,                   9,  1) \
    F(P, SR,       HDPOPTWERR,               11,  1) \
    F(P, SR,       OEMOPTWERR,               12,  1) \
    F(P, SR,       OPTVERR,                  15,  1) \
    F(P, SR,       BSY1,                     16,  1) \
    F(P, SR,       CFGBSY,                   18,  1) \
    F(P, SR,       OEM1LOCK,                 20,  1) \
    F(P, SR,       OEM2LOCK,                 21,  1) \
    F(P, CR,       PG,                        0,  1) \
    F(P, CR,       PER,                       1,  1) \
    F(P, CR,       MER1,                      2,  1) \
    F(P, CR,       PNB,                       3,  7) \
    F(P, CR,       STRT,                     16,  1) \
    F(P, CR,       OPTSTRT,                  17,  1) \
    F(P, CR,       FSTPG,                    18,  1) \
    F(P, CR,       EOPIE,                    24,  1) \
    F(P, CR,       ERRIE,                    25,  1) \
    F(P, CR,       OBL_LAUNCH,               27,  1) \
    F(P, CR,       OPTLOCK,                  30,  1) \
    F(P, CR,       LOCK,                     31,  1) \
    F(P, ECCR,     ADDR_ECC,                  0, 14) \
    F(P, ECCR,     SYSF_ECC,                 20,  1) \
    F(P, ECCR,     ECCCIE,                   24,  1) \
    F(P, ECCR,     ECCC,                     30,  1) \
    F(P, ECCR,     ECCD,                     31,  1) \
    F(P, OPTR,     RDP,                       0,  8) \
    F(P, OPTR,     BOR_EN,                    8,  1) \
    F(P, OPTR,     BOR_LEV,                   9,  2) \
    F(P, OPTR,     nRST_STOP,                13,  1) \
    F(P, OPTR,     nRST_STDBY,               14,  1) \
    F(P, OPTR,     nRST_SHDW,                15,  1) \
    F(P, OPTR,     IWDG_SW,                  16,  1) \
    F(P, OPTR,     IWDG_STOP,                17,  1) \
    F(P, OPTR,     IWDG_STDBY,               18,  1) \
    F(P, OPTR,     WWDG_SW,                  19,  1) \
    F(P, OPTR,     BDRST,                    21,  1) \
    F(P, OPTR,     RAM_PARITY_CHECK,         22,  1) \
    F(P, OPTR,     BKPSRAM_HW_ERASE,         23,  1) \
    F(P, OPTR,     nBOOT_SEL,                24,  1) \
    F(P, OPTR,     nBOOT1,                   25,  1) \
    F(P, OPTR,     nBOOT0,                   26,  1) \
    F(P, OPTR,     NRST_MODE,                27,  2) \
    F(P, OPTR,     IRHEN,                    29,  1) \
    F(P, WRP1AR,   WRP1A_STRT,                0,  7) \
    F(P, WRP1AR,   WRP1A_END,                16,  7) \
    F(P, WRP1BR,   WRP1B_STRT,                0,  7) \
    F(P, WRP1BR,   WRP1B_END,                16,  7) \
    F(P, SECR,     HDP1_PEND,                 0,  7) \
    F(P, SECR,     BOOT_LOCK,                16,  1) \
    F(P, SECR,     HDP1EN,                   24,  8) \
    F(P, OEMKEYSR, OEM1KEYCRC,                0,  8) \
    F(P, OEMKEYSR, OEM2KEYCRC,               16,  8) \
    F(P, HDPCR,    HDP1_ACCDIS,               0,  8) \
    F(P, HDPCR,    HDP1EXT_ACCDIS,           16,  8) \
    F(P, HDPEXTR,  HDP1_EXT,                  0,  6)

/* clang-format on */

DEFINE_REGS(U0_FLASH)
extern const struct reg_block u0_flash_regs;
