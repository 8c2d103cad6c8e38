/* startup.c - from reset to main: the vector table, RAM made ready, constructors called.
 *
 * Symbols that begin with image_ are made by charger.ld. */
#include "chip.h"
#include "clock.h"
#include "faults.h"
#include "hw.h"

#include <stddef.h>

extern uint32_t image_vectors[], image_data_load[], image_data[], image_data_end[], image_bss[], image_bss_end[], image_stack_top[];
extern void (*const image_init_array[])(void), (*const image_init_array_end[])(void);

int main(void);
_Noreturn void reset(void);

typedef void handler(void);
enum { INTERRUPTS = 32 };

static const struct {
    const uint32_t *stack_top;
    handler *exceptions[15];
    handler *interrupts[INTERRUPTS];
} vectors __attribute__((section(".isr_vector"), used)) = {
    .stack_top = image_stack_top,
    .exceptions = {
        // clang-format off
        [0]  = reset,
        [1]  = fault_nmi,
        [2]  = fault_hard,
        [10] = fault_unexpected, /* SVC */
        [13] = fault_unexpected, /* PendSV */
        [14] = clock_tick,       /* SysTick */
        // clang-format on
    },
    .interrupts = { [0 ... INTERRUPTS - 1] = fault_unexpected },
};

_Noreturn void reset(void)
{
    REG(PPB(VTOR)) = (uint32_t)image_vectors; /* whoever started us (a bootloader, a debugger) may have left another table in use, */
    for (uint32_t *from = image_data_load, *to = image_data; to < image_data_end;)
        *to++ = *from++;
    for (uint32_t *to = image_bss; to < image_bss_end;)
        *to++ = 0;
    for (handler *const *constructor = image_init_array; constructor < image_init_array_end; constructor++)
        (*constructor)();
    allow_interrupts(); /* or interrupts off */
    main();
    for (;;) /* main does not return; a debugger may make it */
        wait_for_interrupt();
}
