/* adi.h - registers of the debug port and of a MEM-AP, ADIv5.
 *
 * Source: ADIv5.2 (IHI 0031) B2 and C2. DP offsets: bits 3:0 are A[3:0], bits 7:4 DPBANKSEL. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define DP_REGS(R, P) \
    R(P, DPIDR,    0x00) \
    R(P, ABORT,    0x00) \
    R(P, CTRLSTAT, 0x04) \
    R(P, SELECT,   0x08) \
    R(P, RESEND,   0x08) \
    R(P, RDBUFF,   0x0C) \
    R(P, TARGETSEL, 0x0C) \
    R(P, DLCR,     0x14) \
    R(P, TARGETID, 0x24) \
    R(P, DLPIDR,   0x34) \
    R(P, EVENTSTAT, 0x44)

#define DP_FIELDS(F, P) \
    F(P, DPIDR,    DESIGNER,      1, 11) \
    F(P, DPIDR,    VERSION,      12,  4) \
    F(P, DPIDR,    MIN,          16,  1) \
    F(P, DPIDR,    PARTNO,       20,  8) \
    F(P, DPIDR,    REVISION,     28,  4) \
    F(P, ABORT,    DAPABORT,      0,  1) \
    F(P, ABORT,    STKCMPCLR,     1,  1) \
    F(P, ABORT,    STKERRCLR,     2,  1) \
    F(P, ABORT,    WDERRCLR,      3,  1) \
    F(P, ABORT,    ORUNERRCLR,    4,  1) \
    F(P, CTRLSTAT, ORUNDETECT,    0,  1) \
    F(P, CTRLSTAT, STICKYORUN,    1,  1) \
    F(P, CTRLSTAT, STICKYCMP,     4,  1) \
    F(P, CTRLSTAT, STICKYERR,     5,  1) \
    F(P, CTRLSTAT, READOK,        6,  1) \
    F(P, CTRLSTAT, WDATAERR,      7,  1) \
    F(P, CTRLSTAT, CDBGRSTREQ,   26,  1) \
    F(P, CTRLSTAT, CDBGRSTACK,   27,  1) \
    F(P, CTRLSTAT, CDBGPWRUPREQ, 28,  1) \
    F(P, CTRLSTAT, CDBGPWRUPACK, 29,  1) \
    F(P, CTRLSTAT, CSYSPWRUPREQ, 30,  1) \
    F(P, CTRLSTAT, CSYSPWRUPACK, 31,  1) \
    F(P, SELECT,   DPBANKSEL,     0,  4) \
    F(P, SELECT,   APBANKSEL,     4,  4) \
    F(P, SELECT,   APSEL,        24,  8) \
    F(P, DLCR,     TURNROUND,     8,  2) \
    F(P, TARGETID, TDESIGNER,     1, 11) \
    F(P, TARGETID, TPARTNO,      12, 16) \
    F(P, TARGETID, TREVISION,    28,  4) \
    F(P, DLPIDR,   PROTVSN,       0,  4) \
    F(P, DLPIDR,   TINSTANCE,    28,  4)

#define AP_REGS(R, P) \
    R(P, CSW,  0x00) \
    R(P, TAR,  0x04) \
    R(P, DRW,  0x0C) \
    R(P, BD0,  0x10) \
    R(P, BD1,  0x14) \
    R(P, BD2,  0x18) \
    R(P, BD3,  0x1C) \
    R(P, CFG,  0xF4) \
    R(P, BASE, 0xF8) \
    R(P, IDR,  0xFC)

#define AP_FIELDS(F, P) \
    F(P, CSW, SIZE,      0, 3) \
    F(P, CSW, ADDRINC,   4, 2) \
    F(P, CSW, DEVICEEN,  6, 1) \
    F(P, CSW, TRINPROG,  7, 1) \
    F(P, CSW, PROT,     24, 7) \
    F(P, CSW, DBGSWENABLE, 31, 1) \
    F(P, IDR, TYPE,      0, 4) \
    F(P, IDR, VARIANT,   4, 4) \
    F(P, IDR, CLASS,    13, 4) \
    F(P, IDR, DESIGNER, 17, 11) \
    F(P, IDR, REVISION, 28, 4)
/* clang-format on */

DEFINE_REGS(DP)
DEFINE_REGS(AP)
extern const struct reg_block dp_regs, ap_regs;
