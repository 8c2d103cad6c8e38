/* never.h - the choke point: the device's never_write rows, asked under all memory writes (struct mem, may_write). */
#pragma once
#include "cortexm/target.h"

/* `ctx` is the struct target. Errors: ERR_REFUSED (seen: register and value); those of mem where another register must be read first
 * (what cannot be ruled out is refused). */
bool never_may_write(void *ctx, uint32_t addr, const uint8_t *data, size_t len, struct err *e);
