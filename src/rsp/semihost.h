/* semihost.h - Arm semihosting as a program's console and exit status: BKPT 0xAB with a request in r0 and its argument in r1.
 *
 * Source: "Semihosting for AArch32 and AArch64" (Arm, 2.0). Written: SYS_WRITEC, WRITE0, WRITE, and OPEN, CLOSE, ISTTY of the console
 * (":tt"), which newlib asks for first; ended: SYS_EXIT, SYS_EXIT_EXTENDED. Everything else is answered with -1: no file of the host can
 * be reached. */
#pragma once
#include "cortexm/target.h"

struct semihost_console { /* `write` may be NULL */
    void (*write)(void *ctx, const uint8_t *bytes, size_t len);
    void *ctx;
};

enum { SEMIHOST_BKPT = 0xBEAB };

/* The core is halted at a BKPT 0xAB (the caller has seen it). Carries the request out and leaves the core halted behind it; *exited: it was
 * the program's end, with *status (0..255). Errors: those of core and mem. */
bool semihost_handle(struct target *t, const struct semihost_console *console, bool *exited, unsigned *status, struct err *e);
