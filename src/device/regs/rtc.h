/* rtc.h - real-time clock; what the STM32G0 leaves out (binary mode, SSRU, ALRxBINR) is marked in the model's rows.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define RTC_REGS(R, P) \
    R(P, TR,       0x000) \
    R(P, DR,       0x004) \
    R(P, SSR,      0x008) \
    R(P, ICSR,     0x00C) \
    R(P, PRER,     0x010) \
    R(P, WUTR,     0x014) \
    R(P, CR,       0x018) \
    R(P, WPR,      0x024) \
    R(P, CALR,     0x028) \
    R(P, SHIFTR,   0x02C) \
    R(P, TSTR,     0x030) \
    R(P, TSDR,     0x034) \
    R(P, TSSSR,    0x038) \
    R(P, ALRMAR,   0x040) \
    R(P, ALRMASSR, 0x044) \
    R(P, ALRMBR,   0x048) \
    R(P, ALRMBSSR, 0x04C) \
    R(P, SR,       0x050) \
    R(P, MISR,     0x054) \
    R(P, SCR,      0x05C) \
    R(P, ALRABINR, 0x070) \
    R(P, ALRBBINR, 0x074)

#define RTC_FIELDS(F, P) \
    F(P, TR,       SU,             0,  4) \
    F(P, TR,       ST,             4,  3) \
    F(P, TR,       MNU,            8,  4) \
    F(P, TR,       MNT,           12,  3) \
    F(P, TR,       HU,            16,  4) \
    F(P, TR,       HT,            20,  2) \
    F(P, TR,       PM,            22,  1) \
    F(P, DR,       DU,             0,  4) \
    F(P, DR,       DT,             4,  2) \
    F(P, DR,       MU,             8,  4) \
    F(P, DR,       MT,            12,  1) \
    F(P, DR,       WDU,           13,  3) \
    F(P, DR,       YU,            16,  4) \
    F(P, DR,       YT,            20,  4) \
    F(P, SSR,      SS,             0, 32) \
    F(P, ICSR,     ALRAWF,         0,  1) \
    F(P, ICSR,     ALRBWF,         1,  1) \
    F(P, ICSR,     WUTWF,          2,  1) \
    F(P, ICSR,     SHPF,           3,  1) \
    F(P, ICSR,     INITS,          4,  1) \
    F(P, ICSR,     RSF,            5,  1) \
    F(P, ICSR,     INITF,          6,  1) \
    F(P, ICSR,     INIT,           7,  1) \
    F(P, ICSR,     BIN,            8,  2) \
    F(P, ICSR,     BCDU,          10,  3) \
    F(P, ICSR,     RECALPF,       16,  1) \
    F(P, PRER,     PREDIV_S,       0, 15) \
    F(P, PRER,     PREDIV_A,      16,  7) \
    F(P, WUTR,     WUT,            0, 16) \
    F(P, WUTR,     WUTOCLR,       16, 16) \
    F(P, CR,       WUCKSEL,        0,  3) \
    F(P, CR,       TSEDGE,         3,  1) \
    F(P, CR,       REFCKON,        4,  1) \
    F(P, CR,       BYPSHAD,        5,  1) \
    F(P, CR,       FMT,            6,  1) \
    F(P, CR,       SSRUIE,         7,  1) \
    F(P, CR,       ALRAE,          8,  1) \
    F(P, CR,       ALRBE,          9,  1) \
    F(P, CR,       WUTE,          10,  1) \
    F(P, CR,       TSE,           11,  1) \
    F(P, CR,       ALRAIE,        12,  1) \
    F(P, CR,       ALRBIE,        13,  1) \
    F(P, CR,       WUTIE,         14,  1) \
    F(P, CR,       TSIE,          15,  1) \
    F(P, CR,       ADD1H,         16,  1) \
    F(P, CR,       SUB1H,         17,  1) \
    F(P, CR,       BKP,           18,  1) \
    F(P, CR,       COSEL,         19,  1) \
    F(P, CR,       POL,           20,  1) \
    F(P, CR,       OSEL,          21,  2) \
    F(P, CR,       COE,           23,  1) \
    F(P, CR,       ITSE,          24,  1) \
    F(P, CR,       TAMPTS,        25,  1) \
    F(P, CR,       TAMPOE,        26,  1) \
    F(P, CR,       ALRAFCLR,      27,  1) \
    F(P, CR,       ALRBFCLR,      28,  1) \
    F(P, CR,       TAMPALRM_PU,   29,  1) \
    F(P, CR,       TAMPALRM_TYPE, 30,  1) \
    F(P, CR,       OUT2EN,        31,  1) \
    F(P, WPR,      KEY,            0,  8) \
    F(P, CALR,     CALM,           0,  9) \
    F(P, CALR,     LPCAL,         12,  1) \
    F(P, CALR,     CALW16,        13,  1) \
    F(P, CALR,     CALW8,         14,  1) \
    F(P, CALR,     CALP,          15,  1) \
    F(P, SHIFTR,   SUBFS,          0, 15) \
    F(P, SHIFTR,   ADD1S,         31,  1) \
    F(P, TSTR,     SU,             0,  4) \
    F(P, TSTR,     ST,             4,  3) \
    F(P, TSTR,     MNU,            8,  4) \
    F(P, TSTR,     MNT,           12,  3) \
    F(P, TSTR,     HU,            16,  4) \
    F(P, TSTR,     HT,            20,  2) \
    F(P, TSTR,     PM,            22,  1) \
    F(P, TSDR,     DU,             0,  4) \
    F(P, TSDR,     DT,             4,  2) \
    F(P, TSDR,     MU,             8,  4) \
    F(P, TSDR,     MT,            12,  1) \
    F(P, TSDR,     WDU,           13,  3) \
    F(P, TSSSR,    SS,             0, 32) \
    F(P, ALRMAR,   SU,             0,  4) \
    F(P, ALRMAR,   ST,             4,  3) \
    F(P, ALRMAR,   MSK1,           7,  1) \
    F(P, ALRMAR,   MNU,            8,  4) \
    F(P, ALRMAR,   MNT,           12,  3) \
    F(P, ALRMAR,   MSK2,          15,  1) \
    F(P, ALRMAR,   HU,            16,  4) \
    F(P, ALRMAR,   HT,            20,  2) \
    F(P, ALRMAR,   PM,            22,  1) \
    F(P, ALRMAR,   MSK3,          23,  1) \
    F(P, ALRMAR,   DU,            24,  4) \
    F(P, ALRMAR,   DT,            28,  2) \
    F(P, ALRMAR,   WDSEL,         30,  1) \
    F(P, ALRMAR,   MSK4,          31,  1) \
    F(P, ALRMASSR, SS,             0, 15) \
    F(P, ALRMASSR, MASKSS,        24,  6) \
    F(P, ALRMASSR, SSCLR,         31,  1) \
    F(P, ALRMBR,   SU,             0,  4) \
    F(P, ALRMBR,   ST,             4,  3) \
    F(P, ALRMBR,   MSK1,           7,  1) \
    F(P, ALRMBR,   MNU,            8,  4) \
    F(P, ALRMBR,   MNT,           12,  3) \
    F(P, ALRMBR,   MSK2,          15,  1) \
    F(P, ALRMBR,   HU,            16,  4) \
    F(P, ALRMBR,   HT,            20,  2) \
    F(P, ALRMBR,   PM,            22,  1) \
    F(P, ALRMBR,   MSK3,          23,  1) \
    F(P, ALRMBR,   DU,            24,  4) \
    F(P, ALRMBR,   DT,            28,  2) \
    F(P, ALRMBR,   WDSEL,         30,  1) \
    F(P, ALRMBR,   MSK4,          31,  1) \
    F(P, ALRMBSSR, SS,             0, 15) \
    F(P, ALRMBSSR, MASKSS,        24,  6) \
    F(P, ALRMBSSR, SSCLR,         31,  1) \
    F(P, SR,       ALRAF,          0,  1) \
    F(P, SR,       ALRBF,          1,  1) \
    F(P, SR,       WUTF,           2,  1) \
    F(P, SR,       TSF,            3,  1) \
    F(P, SR,       TSOVF,          4,  1) \
    F(P, SR,       ITSF,           5,  1) \
    F(P, SR,       SSRUF,          6,  1) \
    F(P, MISR,     ALRAMF,         0,  1) \
    F(P, MISR,     ALRBMF,         1,  1) \
    F(P, MISR,     WUTMF,          2,  1) \
    F(P, MISR,     TSMF,           3,  1) \
    F(P, MISR,     TSOVMF,         4,  1) \
    F(P, MISR,     ITSMF,          5,  1) \
    F(P, MISR,     SSRUMF,         6,  1) \
    F(P, SCR,      CALRAF,         0,  1) \
    F(P, SCR,      CALRBF,         1,  1) \
    F(P, SCR,      CWUTF,          2,  1) \
    F(P, SCR,      CTSF,           3,  1) \
    F(P, SCR,      CTSOVF,         4,  1) \
    F(P, SCR,      CITSF,          5,  1) \
    F(P, SCR,      CSSRUF,         6,  1) \
    F(P, ALRABINR, SS,             0, 32) \
    F(P, ALRBBINR, SS,             0, 32)

/* clang-format on */

DEFINE_REGS(RTC)
extern const struct reg_block rtc_regs;
