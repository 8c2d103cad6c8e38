/* gdb_link.h - as little of GDB's remote protocol as it takes to drive QEMU's BBC micro:bit (a Cortex-M0) over a pair of pipes. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { LINK_REGS = 17, LINK_XPSR = 16 }; /* r0..r15, xPSR */

struct gdb_link {
    pid_t child;
    FILE *to, *from;
    char reply[8192];
};

/* Start QEMU, stopped at its reset. False: there is none, or it does not answer. */
bool link_open(struct gdb_link *l);
void link_close(struct gdb_link *l);

/* The rest ends the test program where QEMU does not do its part. */
void link_reset(struct gdb_link *l); /* stopped before the first instruction; memory stays */
void link_write(struct gdb_link *l, uint32_t addr, const uint8_t *bytes, uint32_t len);
void link_read(struct gdb_link *l, uint32_t addr, uint8_t *bytes, uint32_t len);
void link_regs(struct gdb_link *l, uint32_t regs[LINK_REGS]);
void link_step(struct gdb_link *l); /* exceptions are taken; the first instruction of a handler is not executed together with its entry */
void link_run_to(struct gdb_link *l, uint32_t pc);
