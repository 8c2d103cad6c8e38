/* faults.h - what should never happen: says so on the console, then stands still for a debugger to look. */
#pragma once

void fault_hard(void);       /* HardFault */
void fault_nmi(void);        /* NMI: an ECC double error in flash, or a lost clock */
void fault_unexpected(void); /* any interrupt that nobody asked for */
