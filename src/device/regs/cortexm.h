/* cortexm.h - the private peripheral bus of a Cortex-M0+: SCS, NVIC, SysTick, MPU, BPU, DWT.
 * Offsets are from 0xE0000000 (PPB_BASE). Then the core registers that DCRSR selects (their "offset" is REGSEL), the exception numbers
 * and the values that BX and POP take for a return from an exception.
 *
 * Sources: ARMv6-M ARM (DDI 0419) B1, B3 and C1; Cortex-M0+ TRM (DDI 0484). */
#pragma once
#include "device/regs/regs.h"

#define PPB_BASE 0xE0000000u

/* clang-format off */
#define PPB_REGS(R, P) \
    R(P, DWT_CTRL,      0x01000) \
    R(P, DWT_PCSR,      0x0101C) \
    R(P, DWT_COMP0,     0x01020) \
    R(P, DWT_MASK0,     0x01024) \
    R(P, DWT_FUNCTION0, 0x01028) \
    R(P, DWT_COMP1,     0x01030) \
    R(P, DWT_MASK1,     0x01034) \
    R(P, DWT_FUNCTION1, 0x01038) \
    R(P, BP_CTRL,       0x02000) \
    R(P, BP_COMP0,      0x02008) \
    R(P, BP_COMP1,      0x0200C) \
    R(P, BP_COMP2,      0x02010) \
    R(P, BP_COMP3,      0x02014) \
    R(P, ACTLR,         0x0E008) \
    R(P, SYST_CSR,      0x0E010) \
    R(P, SYST_RVR,      0x0E014) \
    R(P, SYST_CVR,      0x0E018) \
    R(P, SYST_CALIB,    0x0E01C) \
    R(P, NVIC_ISER,     0x0E100) \
    R(P, NVIC_ICER,     0x0E180) \
    R(P, NVIC_ISPR,     0x0E200) \
    R(P, NVIC_ICPR,     0x0E280) \
    R(P, NVIC_IPR0,     0x0E400) \
    R(P, CPUID,         0x0ED00) \
    R(P, ICSR,          0x0ED04) \
    R(P, VTOR,          0x0ED08) \
    R(P, AIRCR,         0x0ED0C) \
    R(P, SCR,           0x0ED10) \
    R(P, CCR,           0x0ED14) \
    R(P, SHPR2,         0x0ED1C) \
    R(P, SHPR3,         0x0ED20) \
    R(P, SHCSR,         0x0ED24) \
    R(P, DFSR,          0x0ED30) \
    R(P, MPU_TYPE,      0x0ED90) \
    R(P, MPU_CTRL,      0x0ED94) \
    R(P, MPU_RNR,       0x0ED98) \
    R(P, MPU_RBAR,      0x0ED9C) \
    R(P, MPU_RASR,      0x0EDA0) \
    R(P, DHCSR,         0x0EDF0) \
    R(P, DCRSR,         0x0EDF4) \
    R(P, DCRDR,         0x0EDF8) \
    R(P, DEMCR,         0x0EDFC)

#define PPB_FIELDS(F, P) \
    F(P, DWT_CTRL,      NUMCOMP,       28,  4) \
    F(P, DWT_MASK0,     MASK,           0,  5) \
    F(P, DWT_FUNCTION0, FUNCTION,       0,  4) \
    F(P, DWT_FUNCTION0, MATCHED,       24,  1) \
    F(P, BP_CTRL,       ENABLE,         0,  1) \
    F(P, BP_CTRL,       KEY,            1,  1) \
    F(P, BP_CTRL,       NUM_CODE,       4,  4) \
    F(P, BP_COMP0,      ENABLE,         0,  1) \
    F(P, BP_COMP0,      COMP,           2, 27) \
    F(P, BP_COMP0,      BP_MATCH,      30,  2) \
    F(P, SYST_CSR,      ENABLE,         0,  1) \
    F(P, SYST_CSR,      TICKINT,        1,  1) \
    F(P, SYST_CSR,      CLKSOURCE,      2,  1) \
    F(P, SYST_CSR,      COUNTFLAG,     16,  1) \
    F(P, SYST_RVR,      RELOAD,         0, 24) \
    F(P, SYST_CVR,      CURRENT,        0, 24) \
    F(P, SYST_CALIB,    TENMS,          0, 24) \
    F(P, SYST_CALIB,    SKEW,          30,  1) \
    F(P, SYST_CALIB,    NOREF,         31,  1) \
    F(P, CPUID,         REVISION,       0,  4) \
    F(P, CPUID,         PARTNO,         4, 12) \
    F(P, CPUID,         ARCHITECTURE,  16,  4) \
    F(P, CPUID,         VARIANT,       20,  4) \
    F(P, CPUID,         IMPLEMENTER,   24,  8) \
    F(P, ICSR,          VECTACTIVE,     0,  9) \
    F(P, ICSR,          VECTPENDING,   12,  9) \
    F(P, ICSR,          ISRPENDING,    22,  1) \
    F(P, ICSR,          ISRPREEMPT,    23,  1) \
    F(P, ICSR,          PENDSTCLR,     25,  1) \
    F(P, ICSR,          PENDSTSET,     26,  1) \
    F(P, ICSR,          PENDSVCLR,     27,  1) \
    F(P, ICSR,          PENDSVSET,     28,  1) \
    F(P, ICSR,          NMIPENDSET,    31,  1) \
    F(P, VTOR,          TBLOFF,         8, 24) \
    F(P, AIRCR,         VECTCLRACTIVE,  1,  1) \
    F(P, AIRCR,         SYSRESETREQ,    2,  1) \
    F(P, AIRCR,         ENDIANNESS,    15,  1) \
    F(P, AIRCR,         VECTKEY,       16, 16) \
    F(P, SCR,           SLEEPONEXIT,    1,  1) \
    F(P, SCR,           SLEEPDEEP,      2,  1) \
    F(P, SCR,           SEVONPEND,      4,  1) \
    F(P, CCR,           UNALIGN_TRP,    3,  1) \
    F(P, CCR,           STKALIGN,       9,  1) \
    F(P, SHPR2,         PRI_11,        30,  2) \
    F(P, SHPR3,         PRI_14,        22,  2) \
    F(P, SHPR3,         PRI_15,        30,  2) \
    F(P, SHCSR,         SVCALLPENDED,  15,  1) \
    F(P, DFSR,          HALTED,         0,  1) \
    F(P, DFSR,          BKPT,           1,  1) \
    F(P, DFSR,          DWTTRAP,        2,  1) \
    F(P, DFSR,          VCATCH,         3,  1) \
    F(P, DFSR,          EXTERNAL,       4,  1) \
    F(P, MPU_TYPE,      DREGION,        8,  8) \
    F(P, MPU_CTRL,      ENABLE,         0,  1) \
    F(P, MPU_CTRL,      HFNMIENA,       1,  1) \
    F(P, MPU_CTRL,      PRIVDEFENA,     2,  1) \
    F(P, MPU_RNR,       REGION,         0,  8) \
    F(P, MPU_RBAR,      REGION,         0,  4) \
    F(P, MPU_RBAR,      VALID,          4,  1) \
    F(P, MPU_RBAR,      ADDR,           8, 24) \
    F(P, MPU_RASR,      ENABLE,         0,  1) \
    F(P, MPU_RASR,      SIZE,           1,  5) \
    F(P, MPU_RASR,      SRD,            8,  8) \
    F(P, MPU_RASR,      B,             16,  1) \
    F(P, MPU_RASR,      C,             17,  1) \
    F(P, MPU_RASR,      S,             18,  1) \
    F(P, MPU_RASR,      AP,            24,  3) \
    F(P, MPU_RASR,      XN,            28,  1) \
    F(P, DHCSR,         C_DEBUGEN,      0,  1) \
    F(P, DHCSR,         C_HALT,         1,  1) \
    F(P, DHCSR,         C_STEP,         2,  1) \
    F(P, DHCSR,         C_MASKINTS,     3,  1) \
    F(P, DHCSR,         S_REGRDY,      16,  1) \
    F(P, DHCSR,         S_HALT,        17,  1) \
    F(P, DHCSR,         S_SLEEP,       18,  1) \
    F(P, DHCSR,         S_LOCKUP,      19,  1) \
    F(P, DHCSR,         S_RETIRE_ST,   24,  1) \
    F(P, DHCSR,         S_RESET_ST,    25,  1) \
    F(P, DCRSR,         REGSEL,         0,  5) \
    F(P, DCRSR,         REGWnR,        16,  1) \
    F(P, DEMCR,         VC_CORERESET,   0,  1) \
    F(P, DEMCR,         VC_HARDERR,    10,  1) \
    F(P, DEMCR,         DWTENA,        24,  1)
/* clang-format on */

DEFINE_REGS(PPB)
extern const struct reg_block ppb_regs;

/* Keys that writes must carry in their upper half. */
#define DHCSR_KEY 0xA05F0000u
#define AIRCR_KEY 0x05FA0000u
/* Absolute address of a register: PPB(DHCSR). */
#define PPB(reg) (PPB_BASE + (uint32_t)PPB_##reg)
/* The core's own CoreSight ROM table (DDI 0484 table 7-1). */
#define PPB_ROM_TABLE 0xFF000u

/* clang-format off */
#define COREREG_REGS(R, P) \
    R(P, SP,        13) \
    R(P, LR,        14) \
    R(P, PC,        15) \
    R(P, XPSR,      16) \
    R(P, MSP,       17) \
    R(P, PSP,       18) \
    R(P, CFBP,      20)     /* CONTROL, FAULTMASK, BASEPRI, PRIMASK in one word; the middle two read 0 on ARMv6-M */

#define COREREG_FIELDS(F, P) \
    F(P, XPSR,      IPSR,     0,  6) \
    F(P, XPSR,      ALIGN,    9,  1) /* only in the xPSR that is stacked: the frame was aligned to 8 */ \
    F(P, XPSR,      T,       24,  1) \
    F(P, XPSR,      V,       28,  1) \
    F(P, XPSR,      C,       29,  1) \
    F(P, XPSR,      Z,       30,  1) \
    F(P, XPSR,      N,       31,  1) \
    F(P, CFBP,      PRIMASK,  0,  1) \
    F(P, CFBP,      NPRIV,   24,  1) \
    F(P, CFBP,      SPSEL,   25,  1)
/* clang-format on */

DEFINE_REGS(COREREG)

enum exception { /* numbers as in IPSR and in the vector table */
                 EXC_NONE = 0,
                 EXC_NMI = 2,
                 EXC_HARDFAULT = 3,
                 EXC_SVCALL = 11,
                 EXC_PENDSV = 14,
                 EXC_SYSTICK = 15,
                 EXC_IRQ0 = 16,
};

#define EXC_RETURN_HANDLER     0xFFFFFFF1u
#define EXC_RETURN_THREAD_MAIN 0xFFFFFFF9u
#define EXC_RETURN_THREAD_PSP  0xFFFFFFFDu
