/* selfcheck_start.c - the little that selfcheck.c needs to run on a bare Cortex-M0+: vectors, start-up, what the compiler calls. */
#include "selfcheck.h"

#include <stddef.h>

extern uint32_t __stack[], __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];

__attribute__((section(".results"))) uint32_t results[SELFCHECKS];

void reset(void);
void trap(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[] = { __stack, reset, trap, trap };

void reset(void)
{
    const uint32_t *from = __data_load;

    for (uint32_t *to = __data_start; to < __data_end; to++)
        *to = *from++;
    for (uint32_t *to = __bss_start; to < __bss_end; to++)
        *to = 0;
    selfcheck_run(results);
    for (;;)
        __asm__ volatile("bkpt #0");
}

void trap(void)
{
    for (;;)
        __asm__ volatile("bkpt #1");
}

void *memcpy(void *to, const void *from, size_t len);
void *memcpy(void *to, const void *from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

void *memset(void *to, int value, size_t len);
void *memset(void *to, int value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)value;
    return to;
}
