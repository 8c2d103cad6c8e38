/* faults.h - handlers of what should not happen: they say it on the console, leave a record for the next life, and reset.
 *
 * A program that stands still with its last words needs somebody to press the button; a charger that has just failed must not. The record
 * lies in retained RAM; faults_report tells of it when the program starts again. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum fault_kind { FAULT_NONE, FAULT_HARD, FAULT_NMI, FAULT_UNEXPECTED, FAULT_KINDS };

/* At start: what this life follows. Clears RCC_CSR's flags, and at power-on all of the retained RAM. */
void faults_start(void);
/* Why the chip was reset and, once, what fault came before; nothing after an ordinary start. */
void faults_report(void);
uint32_t faults_count(void); /* since power-on */

_Noreturn void system_reset(void);

void fault_nmi(void);
void fault_hard(void);
void fault_unexpected(void);
