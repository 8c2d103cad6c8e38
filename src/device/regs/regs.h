/* regs.h - how registers and their bit fields are written down, once, for host, bench and firmware.
 *
 * A peripheral is two lists: P_REGS (name, byte offset) and P_FIELDS (register, field, lowest bit, width).
 * DEFINE_REGS(P) turns them into constants:
 *     P_SR               byte offset of the register
 *     P_SR_BSY1_LSB      lowest bit of the field; P_SR_BSY1_WIDTH its width
 * which are used through BITS, GET and PUT, so that a field can never be mistaken for its mask.
 * The same lists make the table that reg_decode reads (reg.h). Names are the manual's. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct reg_name {
    const char *name;
    uint32_t offset; /* bytes from the peripheral's base */
};

struct reg_field {
    const char *reg, *name;
    uint8_t lsb, width;
};

struct reg_block {                  /* one kind of peripheral */
    const char *name;               /* "FLASH" */
    const struct reg_name *regs;    /* ends with name NULL */
    const struct reg_field *fields; /* grouped by register, ascending; ends with name NULL */
};

#define REG_OFFSET_ENUM(P, reg, offset)           P##_##reg = (offset),
#define REG_FIELD_ENUM(P, reg, field, lsb, width) P##_##reg##_##field##_LSB = (lsb), P##_##reg##_##field##_WIDTH = (width),
#define DEFINE_REGS(P)                                  \
    enum P##_registers{ P##_REGS(REG_OFFSET_ENUM, P) }; \
    enum P##_fields{ P##_FIELDS(REG_FIELD_ENUM, P) };

/* BITS(U0_FLASH_SR_BSY1): the field's mask, a uint32_t constant. */
#define BITS(field) ((uint32_t)(((UINT64_C(1) << field##_WIDTH) - 1) << field##_LSB))
/* GET(sr, U0_FLASH_SR_BSY1): the field's value, shifted down. */
#define GET(value, field) (((uint32_t)(value)&BITS(field)) >> field##_LSB)
/* PUT(U0_FLASH_CR_PNB, page): a value shifted into the field's place. */
#define PUT(field, value) (((uint32_t)(value) << field##_LSB) & BITS(field))

/* DEFINE_REG_BLOCK(u0_flash_regs, "FLASH", U0_FLASH): the table behind one block; in one .c file each. */
#define REG_NAME_ROW(P, reg, offset)             { #reg, (offset) },
#define REG_FIELD_ROW(P, reg, field, lsb, width) { #reg, #field, (lsb), (width) },
#define DEFINE_REG_BLOCK(symbol, title, P)                                                                  \
    static const struct reg_name symbol##_names[] = { P##_REGS(REG_NAME_ROW, P){ NULL, 0 } };               \
    static const struct reg_field symbol##_fields[] = { P##_FIELDS(REG_FIELD_ROW, P){ NULL, NULL, 0, 0 } }; \
    const struct reg_block symbol = { title, symbol##_names, symbol##_fields };
