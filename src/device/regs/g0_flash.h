/* g0_flash.h - flash controller of the STM32G0.
 *
 * Source: RM0444 3.7; positions from the public stm32-data project, which swaps BORR_LEV and BORF_LEV: here as in ST's stm32g071xx.h
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define G0_FLASH_REGS(R, P) \
    R(P, ACR,       0x000) \
    R(P, KEYR,      0x008) \
    R(P, OPTKEYR,   0x00C) \
    R(P, SR,        0x010) \
    R(P, CR,        0x014) \
    R(P, ECCR,      0x018) \
    R(P, ECCR2,     0x01C) \
    R(P, OPTR,      0x020) \
    R(P, PCROP1ASR, 0x024) \
    R(P, PCROP1AER, 0x028) \
    R(P, WRP1AR,    0x02C) \
    R(P, WRP1BR,    0x030) \
    R(P, PCROP1BSR, 0x034) \
    R(P, PCROP1BER, 0x038) \
    R(P, PCROP2ASR, 0x044) \
    R(P, PCROP2AER, 0x048) \
    R(P, WRP2AR,    0x04C) \
    R(P, WRP2BR,    0x050) \
    R(P, PCROP2BSR, 0x054) \
    R(P, PCROP2BER, 0x058) \
    R(P, SECR,      0x080)

#define G0_FLASH_FIELDS(F, P) \
    F(P, ACR,       LATENCY,           0,  3) \
    F(P, ACR,       PRFTEN,            8,  1) \
    F(P, ACR,       ICEN,              9,  1) \
    F(P, ACR,       ICRST,            11,  1) \
    F(P, ACR,       EMPTY,            16,  1) \
    F(P, ACR,       DBG_SWEN,         18,  1) \
    F(P, SR,        EOP,               0,  1) \
    F(P, SR,        OPERR,             1,  1) \
    F(P, SR,        PROGERR,           3,  1) \
    F(P, SR,        WRPERR,            4,  1) \
    F(P, SR,        PGAERR,            5,  1) \
    F(P, SR,        SIZERR,            6,  1) \
    F(P, SR,        PGSERR,            7,  1) \
    F(P, SR,        MISERR,            8,  1) \
    F(P, SR,        FASTERR,           9,  1) \
    F(P, SR,        RDERR,            14,  1) \
    F(P, SR,        OPTVERR,          15,  1) \
    F(P, SR,        BSY,              16,  1) \
    F(P, SR,        BSY2,             17,  1) \
    F(P, SR,        CFGBSY,           18,  1) \
    F(P, CR,        PG,                0,  1) \
    F(P, CR,        PER,               1,  1) \
    F(P, CR,        MER,               2,  1) \
    F(P, CR,        PNB,               3,  7) \
    F(P, CR,        BKER,             13,  1) \
    F(P, CR,        MER2,             15,  1) \
    F(P, CR,        STRT,             16,  1) \
    F(P, CR,        OPTSTRT,          17,  1) \
    F(P, CR,        FSTPG,            18,  1) \
    F(P, CR,        EOPIE,            24,  1) \
    F(P, CR,        ERRIE,            25,  1) \
    F(P, CR,        RDERRIE,          26,  1) \
    F(P, CR,        OBL_LAUNCH,       27,  1) \
    F(P, CR,        SEC_PROT,         28,  1) \
    F(P, CR,        OPTLOCK,          30,  1) \
    F(P, CR,        LOCK,             31,  1) \
    F(P, ECCR,      ADDR_ECC,          0, 16) \
    F(P, ECCR,      SYSF_ECC,         20,  1) \
    F(P, ECCR,      ECCIE,            24,  1) \
    F(P, ECCR,      ECCC,             30,  1) \
    F(P, ECCR,      ECCD,             31,  1) \
    F(P, ECCR2,     ADDR_ECC,          0, 16) \
    F(P, ECCR2,     SYSF_ECC,         20,  1) \
    F(P, ECCR2,     ECCIE,            24,  1) \
    F(P, ECCR2,     ECCC,             30,  1) \
    F(P, ECCR2,     ECCD,             31,  1) \
    F(P, OPTR,      RDP,               0,  8) \
    F(P, OPTR,      BOREN,             8,  1) \
    F(P, OPTR,      BORR_LEV,          9,  2) \
    F(P, OPTR,      BORF_LEV,         11,  2) \
    F(P, OPTR,      nRST_STOP,        13,  1) \
    F(P, OPTR,      nRST_STDBY,       14,  1) \
    F(P, OPTR,      nRSTS_HDW,        15,  1) \
    F(P, OPTR,      IDWG_SW,          16,  1) \
    F(P, OPTR,      IWDG_STOP,        17,  1) \
    F(P, OPTR,      IWDG_STDBY,       18,  1) \
    F(P, OPTR,      WWDG_SW,          19,  1) \
    F(P, OPTR,      nSWAP_BANK,       20,  1) \
    F(P, OPTR,      DUAL_BANK,        21,  1) \
    F(P, OPTR,      RAM_PARITY_CHECK, 22,  1) \
    F(P, OPTR,      nBOOT_SEL,        24,  1) \
    F(P, OPTR,      nBOOT1,           25,  1) \
    F(P, OPTR,      nBOOT0,           26,  1) \
    F(P, OPTR,      NRST_MODE,        27,  2) \
    F(P, OPTR,      IRHEN,            29,  1) \
    F(P, PCROP1ASR, PCROP1A_STRT,      0,  9) \
    F(P, PCROP1AER, PCROP1A_END,       0,  9) \
    F(P, PCROP1AER, PCROP_RDP,        31,  1) \
    F(P, WRP1AR,    WRP1A_STRT,        0,  7) \
    F(P, WRP1AR,    WRP1A_END,        16,  7) \
    F(P, WRP1BR,    WRP1B_STRT,        0,  7) \
    F(P, WRP1BR,    WRP1B_END,        16,  7) \
    F(P, PCROP1BSR, PCROP1B_STRT,      0,  9) \
    F(P, PCROP1BER, PCROP1B_END,       0,  9) \
    F(P, PCROP2ASR, PCROP2A_STRT,      0,  9) \
    F(P, PCROP2AER, PCROP2A_END,       0,  9) \
    F(P, WRP2AR,    WRP2A_STRT,        0,  7) \
    F(P, WRP2AR,    WRP2A_END,        16,  7) \
    F(P, WRP2BR,    WRP2B_STRT,        0,  7) \
    F(P, WRP2BR,    WRP2B_END,        16,  7) \
    F(P, PCROP2BSR, PCROP2B_STRT,      0,  9) \
    F(P, PCROP2BER, PCROP2B_END,       0,  9) \
    F(P, SECR,      SEC_SIZE,          0,  8) \
    F(P, SECR,      BOOT_LOCK,        16,  1) \
    F(P, SECR,      SEC_SIZE_2,       20,  8)

/* clang-format on */

DEFINE_REGS(G0_FLASH)
extern const struct reg_block g0_flash_regs;
