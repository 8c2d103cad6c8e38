/* dfu_entry.h - the safe way into the bootloader in system memory: a request that survives a reset, a reset, and a jump before the program
 * has set anything up. docs/enter-dfu.md tells why each step is there, and what the careless ways (careless.c) lead to.
 *
 * Option bytes are never touched. A power cycle always comes back to the program. */
#pragma once

/* Leave a request and reset. */
_Noreturn void dfu_request(void);
void dfu_leave_request(void); /* for the next reset, whoever makes it */

/* First thing after reset, before .data and .bss are made: with a request in RAM this does not return. Uses no variables but the request.
 */
void dfu_entry_check(void);

/* The jump itself, for who has brought the chip into the state of a reset: system memory at 0, its stack pointer, interrupts on. */
_Noreturn void dfu_jump(void);
