/* reg.h - register values in words a person can hold against the manual. */
#pragma once
#include "device/regs/regs.h"

/* Write the set fields of `value`, a reading of register `reg` of `block`, into `text`: single bits by name, wider fields as
 * NAME=0x.., separated by blanks; "0" when nothing is set. Fields the table does not know are added as "bits 0x...".
 * Returns `text`. */
const char *reg_decode(const struct reg_block *block, const char *reg, uint32_t value, char *text, size_t cap);

/* The field `name` (case ignored) in any register of the block, or NULL. */
const struct reg_field *reg_find_field(const struct reg_block *block, const char *name);

/* The register at `offset`, or NULL. */
const char *reg_name_at(const struct reg_block *block, uint32_t offset);
