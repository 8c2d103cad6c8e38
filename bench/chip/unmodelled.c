/* unmodelled.c - see unmodelled.h. */
#include "chip/unmodelled.h"

/* clang-format off */
static const struct reg_name lcd_regs[] = {
    { "CR", 0x00 }, { "FCR", 0x04 }, { "SR", 0x08 }, { "CLR", 0x0C },
    { "RAM0", 0x14 }, { "RAM1", 0x18 }, { "RAM2",  0x1C }, { "RAM3",  0x20 }, { "RAM4",  0x24 }, { "RAM5",  0x28 }, { "RAM6",  0x2C }, { "RAM7",  0x30 },
    { "RAM8", 0x34 }, { "RAM9", 0x38 }, { "RAM10", 0x3C }, { "RAM11", 0x40 }, { "RAM12", 0x44 }, { "RAM13", 0x48 }, { "RAM14", 0x4C }, { "RAM15", 0x50 },
    { 0 },
};
static const struct reg_field lcd_fields[] = {
    { "SR", "ENS", 0, 1 }, { "SR", "SOF", 1, 1 }, { "SR", "UDR", 2, 1 }, { "SR", "UDD", 3, 1 }, { "SR", "RDY", 4, 1 }, { "SR", "FCRSF", 5, 1 },
    { 0 },
};
static const struct reg_name opamp_regs[] = { { "CSR", 0x0 }, { "OTR", 0x4 }, { "LPOTR", 0x8 }, { 0 } };
static const struct reg_field opamp_fields[] = { { "CSR", "CALOUT", 15, 1 }, { 0 } };
static const struct reg_name comp_regs[] = { { "CSR1", 0x0 }, { "CSR2", 0x4 }, { 0 } }; /* of COMP1 and COMP2 */
static const struct reg_field comp_fields[] = { { "CSR1", "VALUE", 30, 1 }, { "CSR2", "VALUE", 30, 1 }, { 0 } };
static const struct reg_name tsc_regs[] = {
    { "CR", 0x00 }, { "IER", 0x04 }, { "ICR", 0x08 }, { "ISR", 0x0C }, { "IOHCR", 0x10 }, { "IOASCR", 0x18 }, { "IOSCR", 0x20 }, { "IOCCR", 0x28 },
    { "IOGCSR", 0x30 }, { "IOG1CR", 0x34 }, { "IOG2CR", 0x38 }, { "IOG3CR", 0x3C }, { "IOG4CR", 0x40 }, { "IOG5CR", 0x44 }, { "IOG6CR", 0x48 },
    { "IOG7CR", 0x4C },
    { 0 },
};
static const struct reg_field tsc_fields[] = { { "ISR", "EOAF", 0, 1 }, { "ISR", "MCEF", 1, 1 }, { 0 } };
/* clang-format on */

const struct reg_block unmodelled_lcd = { "LCD", lcd_regs, lcd_fields };
const struct reg_block unmodelled_opamp = { "OPAMP", opamp_regs, opamp_fields };
const struct reg_block unmodelled_comp = { "COMP", comp_regs, comp_fields };
const struct reg_block unmodelled_tsc = { "TSC", tsc_regs, tsc_fields };
