/* u0_usb.h - USB full-speed device and host ("DRD", 32-bit packet memory) of the STM32U0.
 *
 * Source: RM0503; ST stm32u073xx.h V1.3.0 and SVD V1.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. The packet memory is U0_USB_PMA_... below. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_USB_REGS(R, P) \
    R(P, CHEP0R, 0x000) \
    R(P, CHEP1R, 0x004) \
    R(P, CHEP2R, 0x008) \
    R(P, CHEP3R, 0x00C) \
    R(P, CHEP4R, 0x010) \
    R(P, CHEP5R, 0x014) \
    R(P, CHEP6R, 0x018) \
    R(P, CHEP7R, 0x01C) \
    R(P, CNTR,   0x040) \
    R(P, ISTR,   0x044) \
    R(P, FNR,    0x048) \
    R(P, DADDR,  0x04C) \
    R(P, LPMCSR, 0x054) \
    R(P, BCDR,   0x058)

/* STATTX, DTOGTX, STATRX, DTOGRX: writing 1 flips. VTTX, VTRX (and NAK, ERR_x, THREE_ERR_x): writing 0 clears, 1 keeps. */
#define U0_USB_CHEP_FIELDS(F, P, reg) \
    F(P, reg, EA,            0,  4) \
    F(P, reg, STATTX,        4,  2) \
    F(P, reg, DTOGTX,        6,  1) \
    F(P, reg, VTTX,          7,  1) \
    F(P, reg, EPKIND,        8,  1) \
    F(P, reg, UTYPE,         9,  2) \
    F(P, reg, SETUP,        11,  1) \
    F(P, reg, STATRX,       12,  2) \
    F(P, reg, DTOGRX,       14,  1) \
    F(P, reg, VTRX,         15,  1) \
    F(P, reg, DEVADDR,      16,  7) \
    F(P, reg, NAK,          23,  1) \
    F(P, reg, LS_EP,        24,  1) \
    F(P, reg, ERR_TX,       25,  1) \
    F(P, reg, ERR_RX,       26,  1) \
    F(P, reg, THREE_ERR_TX, 27,  2) \
    F(P, reg, THREE_ERR_RX, 29,  2)

#define U0_USB_FIELDS(F, P) \
    U0_USB_CHEP_FIELDS(F, P, CHEP0R) \
    U0_USB_CHEP_FIELDS(F, P, CHEP1R) \
    U0_USB_CHEP_FIELDS(F, P, CHEP2R) \
    U0_USB_CHEP_FIELDS(F, P, CHEP3R) \
    U0_USB_CHEP_FIELDS(F, P, CHEP4R) \
    U0_USB_CHEP_FIELDS(F, P, CHEP5R) \
    U0_USB_CHEP_FIELDS(F, P, CHEP6R) \
    U0_USB_CHEP_FIELDS(F, P, CHEP7R) \
    F(P, CNTR,   USBRST,     0,  1) \
    F(P, CNTR,   PDWN,       1,  1) \
    F(P, CNTR,   SUSPRDY,    2,  1) \
    F(P, CNTR,   SUSPEN,     3,  1) \
    F(P, CNTR,   L2RES,      4,  1) \
    F(P, CNTR,   L1RES,      5,  1) \
    F(P, CNTR,   L1REQM,     7,  1) \
    F(P, CNTR,   ESOFM,      8,  1) \
    F(P, CNTR,   SOFM,       9,  1) \
    F(P, CNTR,   RST_DCONM, 10,  1) \
    F(P, CNTR,   SUSPM,     11,  1) \
    F(P, CNTR,   WKUPM,     12,  1) \
    F(P, CNTR,   ERRM,      13,  1) \
    F(P, CNTR,   PMAOVRM,   14,  1) \
    F(P, CNTR,   CTRM,      15,  1) \
    F(P, CNTR,   THR512M,   16,  1) \
    F(P, CNTR,   DDISCM,    17,  1) \
    F(P, CNTR,   HOST,      31,  1) \
    F(P, ISTR,   IDN,        0,  4) \
    F(P, ISTR,   DIR,        4,  1) \
    F(P, ISTR,   L1REQ,      7,  1) \
    F(P, ISTR,   ESOF,       8,  1) \
    F(P, ISTR,   SOF,        9,  1) \
    F(P, ISTR,   RST_DCON,  10,  1) \
    F(P, ISTR,   SUSP,      11,  1) \
    F(P, ISTR,   WKUP,      12,  1) \
    F(P, ISTR,   ERR,       13,  1) \
    F(P, ISTR,   PMAOVR,    14,  1) \
    F(P, ISTR,   CTR,       15,  1) \
    F(P, ISTR,   THR512,    16,  1) \
    F(P, ISTR,   DDISC,     17,  1) \
    F(P, ISTR,   DCON_STAT, 29,  1) \
    F(P, ISTR,   LS_DCON,   30,  1) \
    F(P, FNR,    FN,         0, 11) \
    F(P, FNR,    LSOF,      11,  2) \
    F(P, FNR,    LCK,       13,  1) \
    F(P, FNR,    RXDM,      14,  1) \
    F(P, FNR,    RXDP,      15,  1) \
    F(P, DADDR,  ADD,        0,  7) \
    F(P, DADDR,  EF,         7,  1) \
    F(P, LPMCSR, LPMEN,      0,  1) \
    F(P, LPMCSR, LPMACK,     1,  1) \
    F(P, LPMCSR, REMWAKE,    3,  1) \
    F(P, LPMCSR, BESL,       4,  4) \
    F(P, BCDR,   BCDEN,      0,  1) \
    F(P, BCDR,   DCDEN,      1,  1) \
    F(P, BCDR,   PDEN,       2,  1) \
    F(P, BCDR,   SDEN,       3,  1) \
    F(P, BCDR,   DCDET,      4,  1) \
    F(P, BCDR,   PDET,       5,  1) \
    F(P, BCDR,   SDET,       6,  1) \
    F(P, BCDR,   PS2DET,     7,  1) \
    F(P, BCDR,   DPPU_DPD,  15,  1)

/* Two words of packet memory per channel n, from its start: the buffer descriptor table. ADDR counts bytes in the packet memory. */
#define U0_USBRAM_REGS(R, P) \
    R(P, TXBD_0, 0x000) \
    R(P, RXBD_0, 0x004)

#define U0_USBRAM_FIELDS(F, P) \
    F(P, TXBD_0, ADDR_TX,    0, 16) \
    F(P, TXBD_0, COUNT_TX,  16, 10) \
    F(P, RXBD_0, ADDR_RX,    0, 16) \
    F(P, RXBD_0, COUNT_RX,  16, 10) \
    F(P, RXBD_0, NUM_BLOCK, 26,  5) \
    F(P, RXBD_0, BLSIZE,    31,  1)

/* clang-format on */

enum {
    U0_USB_CHANNELS = 8,
    U0_USBRAM_BYTES = 1024, /* ST stm32u073xx.h: USB_DRD_PMAADDR's size */
};
/* CHEPnR: the fields of all are those of CHEP0R. */
enum u0_usb_stat { U0_USB_DISABLED, U0_USB_STALL, U0_USB_NAK, U0_USB_VALID };
enum u0_usb_utype { U0_USB_BULK, U0_USB_CONTROL, U0_USB_ISO, U0_USB_INTERRUPT };

DEFINE_REGS(U0_USB)
DEFINE_REGS(U0_USBRAM)
extern const struct reg_block u0_usb_regs;
