/* semihost.h - Arm semihosting as a program's console and exit status: BKPT 0xAB with a request in r0 and its argument in r1.
 *
 * Source: "Semihosting for AArch32 and AArch64" (Arm, 2.0). Written: SYS_WRITEC, WRITE0, WRITE; ended: SYS_EXIT, SYS_EXIT_EXTENDED. Two
 * files can be opened: the console (":tt"), which newlib asks for first and where nothing is ever to be read, and ":semihosting-features",
 * by which it learns that an exit status can be told. Everything else is answered with -1: no file of the host can be reached. */
#pragma once
#include "cortexm/target.h"

struct semihost { /* lives as long as the program runs; `write` may be NULL */
    void (*write)(void *ctx, const uint8_t *bytes, size_t len);
    void *ctx;
    uint32_t features_at; /* where the program reads in ":semihosting-features"; 0 to begin with */
};

enum { SEMIHOST_BKPT = 0xBEAB };

/* The core is halted at a BKPT 0xAB (the caller has seen it). Carries the request out and leaves the core halted behind it; *exited: it was
 * the program's end, with *status (0..255). Errors: those of core and mem. */
bool semihost_handle(struct target *t, struct semihost *h, bool *exited, unsigned *status, struct err *e);
