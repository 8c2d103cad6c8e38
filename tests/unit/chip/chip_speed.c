/* chip_speed.c - how fast a whole chip runs on this machine: a loop in flash, time asked for in steps of the size that a probe takes.
 * A measurement, not a test. */
#include "chip/chip.h"

#include <stdio.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void measure(uint64_t step_ps, uint64_t board_ps)
{
    /* ldr r0, =RAM; loop: adds r1, #1; str r1, [r0]; nop; b loop: 4 instructions in 6 cycles */
    static const uint32_t image[] = { 0x20008000, 0x08000009, 0xE0014800, 0x20000000, 0x31012100, 0xBF006001, 0xBF00E7FB };
    struct err e = { 0 };
    struct chip *c = chip_new("stm32g071rb", 0, &e);
    uint64_t instructions;
    double start;

    if (!c || !chip_poke(c, 0x08000000, image, sizeof image))
        return;
    chip_power(c, true);
    chip_run_until(c, PS_PER_MS);
    start = seconds();
    while (chip_now_ps(c) < board_ps)
        chip_run_until(c, chip_now_ps(c) + step_ps);
    start = seconds() - start;
    instructions = board_ps / (PS_PER_S / 16000000) / 6 * 4;
    printf("steps of %8.1f us: %6.1f million instructions a second, %5.1f times the real one's speed\n", (double)step_ps / 1e6,
           (double)instructions / start / 1e6, (double)board_ps / 1e12 / start);
    chip_free(c);
}

int main(void)
{
    measure(PS_PER_S, 10 * PS_PER_S);
    measure(PS_PER_MS, 10 * PS_PER_S);
    measure(100 * PS_PER_US, 10 * PS_PER_S);
    measure(11500000, 5 * PS_PER_S); /* one SWD transfer at 4 MHz */
    return 0;
}
