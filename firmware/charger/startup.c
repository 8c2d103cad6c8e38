/* startup.c - from reset to main: the vector table, RAM made ready, constructors called.
 *
 * Symbols that begin with image_ are made by charger.ld. */
#include "chip.h"
#include "clock.h"
#include "console.h"
#include "dfu_entry.h"
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
    .interrupts = { [0 ... USART2_IRQ - 1] = fault_unexpected,
                    [USART2_IRQ] = console_interrupt,
                    [USART2_IRQ + 1 ... INTERRUPTS - 1] = fault_unexpected },
};

/* After a reset there is nothing to do here. But a bootloader may have jumped (ROMs leave clocks, pending interrupts and peripherals
 * behind: AN2606), or a debugger. */
static void put_away_what_others_left(void)
{
    REG(PPB(SYST_CSR)) = 0;
    REG(PPB(NVIC_ICER)) = UINT32_MAX;
    REG(PPB(NVIC_ICPR)) = UINT32_MAX;
    REG(PPB(MPU_CTRL)) = 0;
    REG(PPB(VTOR)) = (uint32_t)image_vectors;
    REG(RCC_APBRSTR1) = RCC_APBRSTR1_USED;
    REG(RCC_APBRSTR1) = 0;
    REG(RCC_APBRSTR2) = RCC_APBRSTR2_USED;
    REG(RCC_APBRSTR2) = 0;
}

_Noreturn void reset(void)
{
    dfu_entry_check(); /* first of all: the bootloader is to find the chip as a reset leaves it */
    put_away_what_others_left();
    for (uint32_t *from = image_data_load, *to = image_data; to < image_data_end;)
        *to++ = *from++;
    for (uint32_t *to = image_bss; to < image_bss_end;)
        *to++ = 0;
    for (handler *const *constructor = image_init_array; constructor < image_init_array_end; constructor++)
        (*constructor)();
    allow_interrupts(); /* whoever jumped here may have masked them */
    main();
    for (;;) /* main does not return; a debugger may make it */
        wait_for_interrupt();
}
