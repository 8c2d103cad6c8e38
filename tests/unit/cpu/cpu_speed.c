/* cpu_speed.c - how many instructions a second the core model runs on this machine. A measurement, not a test.
 *
 * A loop of the kind firmware spends its time in: loads and stores in SRAM, arithmetic, a call, a taken branch; code in a flash window. */
#include "cpu/cpu.h"
#include "device/regs/cortexm.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FLASH = 0x08000000, SRAM = 0x20000000, MEMORY_BYTES = 4096 };

// clang-format off
static const uint16_t code[] = {    /* at FLASH + 8 */
    0x4C09,         /*      ldr   r4, =buffer       */
    0x2000,         /*      movs  r0, #0            */
    0x2500,         /*      movs  r5, #0            */
    0x6821,         /* loop: ldr  r1, [r4]          */
    0x1C49,         /*      adds  r1, r1, #1        */
    0x6021,         /*      str   r1, [r4]          */
    0x0049,         /*      lsls  r1, r1, #1        */
    0x4048,         /*      eors  r0, r1            */
    0xF000, 0xF804, /*      bl    mix               */
    0x7A62,         /*      ldrb  r2, [r4, #9]      */
    0x1880,         /*      adds  r0, r0, r2        */
    0x2800,         /*      cmp   r0, #0            */
    0xE7F4,         /*      b     loop              */
    0xB530,         /* mix: push  {r4, r5, lr}      */
    0x4343,         /*      muls  r3, r0            */
    0x1C6D,         /*      adds  r5, r5, #1        */
    0xBD30,         /*      pop   {r4, r5, pc}      */
    0xBF00,
};
// clang-format on

struct machine {
    uint8_t flash[MEMORY_BYTES], sram[MEMORY_BYTES];
};

static void put32(uint8_t *p, uint32_t v) { memcpy(p, &v, sizeof v); }

static bool read_port(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t *value)
{
    struct machine *m = ctx;

    if (how != CPU_VECTOR || addr >= MEMORY_BYTES)
        return false;
    memcpy(value, m->flash + addr, 4);
    return true;
}

static bool write_port(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t value) { return false; }

/* Run for so many cycles of a fresh core; the instructions it did per second of this process's time. */
static bool measure(const char *what, uint64_t cycles, bool breakpoint)
{
    static struct machine m;
    static struct cpu c;
    const struct cpu_port port = { .ctx = &m, .read = read_port, .write = write_port };
    const uint64_t cycles_per_loop = 28, instructions_per_loop = 14;
    struct timespec start, end;
    uint32_t loops;
    double seconds;

    put32(m.flash, SRAM + MEMORY_BYTES);
    put32(m.flash + 4, FLASH + 8 + 1);
    memcpy(m.flash + 8, code, sizeof code);
    put32(m.flash + 48, SRAM + 256);
    memset(m.sram, 0, sizeof m.sram);
    cpu_init(&c, &port);
    c.window[0] = (struct cpu_window){ FLASH, MEMORY_BYTES, m.flash, false, 0 };
    c.window[1] = (struct cpu_window){ SRAM, MEMORY_BYTES, m.sram, true, 0 };
    if (breakpoint) { /* one that is never reached */
        cpu_ppb_write(&c, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
        cpu_ppb_write(&c, PPB(BP_CTRL), 4, BITS(PPB_BP_CTRL_KEY) | BITS(PPB_BP_CTRL_ENABLE));
        cpu_ppb_write(&c, PPB(BP_COMP0), 4, 0x48000801);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    cpu_run(&c, cycles);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    memcpy(&loops, m.sram + 256, 4);
    seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    if (loops < cycles / cycles_per_loop - 1) {
        fprintf(stderr, "cpu_speed: the loop did not run\n");
        return false;
    }
    printf("core%s: %.0f million instructions/s, %.0f million cycles/s\n", what,
           (double)loops * (double)instructions_per_loop / seconds / 1e6, (double)cycles / seconds / 1e6);
    return true;
}

int main(void) { return measure("", 1000000000, false) && measure(", with a breakpoint set", 300000000, true) ? 0 : 1; }
