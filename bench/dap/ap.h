/* ap.h - the access ports behind the debug port. Only dap.c calls this. */
#pragma once
#include "dap/dap.h"

void ap_power_on_reset(struct dap *d);

/* `reg` is the byte address in the port, bank included. Does this access want the bus (DRW, BD0-3 of a port that is there)? */
bool ap_uses_bus(const struct dap *d, unsigned port, unsigned reg);

/* Start a read or write. A register's access is done at once, one that goes to the bus is posted: d->s.posted and its companions. */
void ap_read(struct dap *d, unsigned port, unsigned reg);
void ap_write(struct dap *d, unsigned port, unsigned reg, uint32_t word);
