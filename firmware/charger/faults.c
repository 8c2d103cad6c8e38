/* faults.c - see faults.h. The last words are written by waiting, so they come out whatever state the program was in; before the console is
 * started they are lost. */
#include "faults.h"

#include "console.h"
#include "hw.h"

#include <stdbool.h>

struct frame { /* what exception entry pushes (ARMv6-M ARM B1.5.6) */
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

static _Noreturn void stand_still(void)
{
    for (;;)
        wait_for_interrupt();
}

static void say(const char *name, uint32_t value)
{
    console_text(name);
    console_hex(value);
}

/* Reached from fault_hard with the frame of the code that failed. Not static: only assembly calls it. */
_Noreturn void fault_report(const struct frame *frame);
_Noreturn void fault_report(const struct frame *frame)
{
    console_text("\r\nfault: hard fault,");
    say(" pc ", frame->pc);
    say(" lr ", frame->lr);
    say(" xpsr ", frame->xpsr);
    console_text("\r\n");
    stand_still();
}

/* Bit 2 of EXC_RETURN tells which stack the frame is on. */
__attribute__((naked)) void fault_hard(void)
{
    __asm volatile("mov r1, lr\n\t"
                   "movs r0, #4\n\t"
                   "tst r0, r1\n\t"
                   "beq 1f\n\t"
                   "mrs r0, psp\n\t"
                   "b 2f\n"
                   "1:\tmrs r0, msp\n"
                   "2:\tldr r1, =fault_report\n\t"
                   "bx r1\n\t"
                   ".ltorg");
}

void fault_nmi(void)
{
    console_text("\r\nfault: NMI\r\n");
    stand_still();
}

void fault_unexpected(void)
{
    console_text("\r\nfault: unexpected exception ");
    console_decimal(exception_number());
    console_text("\r\n");
    stand_still();
}
