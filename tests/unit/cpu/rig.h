/* rig.h - a core with a little memory around it, for the tests of bench/cpu. */
#pragma once
#include "cpu/cpu.h"
#include "device/regs/cortexm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    FLASH = 0x08000000,  /* window, read only, also at 0 */
    SRAM = 0x20000000,   /* window */
    DEVICE = 0x40000000, /* through the port: 16 words */
    IOPORT = 0x50000000, /* the same 16 words through the single-cycle port */
    NOWHERE = 0x60000000,
    FLASH_BYTES = 0x4000,
    SRAM_BYTES = 0x8000,
    CODE = FLASH + 0x200,     /* where tests put their program */
    STACK = SRAM + 0x4000,    /* MSP after reset */
    HANDLER = FLASH + 0x1000, /* exception n's handler is at HANDLER + 16 * n: it branches to itself */
};

struct rig {
    struct cpu c;
    struct cpu_port port;
    uint8_t flash[FLASH_BYTES], sram[SRAM_BYTES];
    uint32_t device[16];
    unsigned reads, writes, resets, sleeps, wakes; /* port calls */
    uint32_t last_addr, last_value, last_bytes;
    uint64_t last_cycle;
    bool deep;
    int debug_enabled; /* last told, -1: never */
    unsigned stall;    /* wait states of the device */
    void (*on_device)(struct rig *r);
    bool no_device;
    bool vectors_fail; /* CPU_VECTOR reads of the port are bus errors */
};

/* Powered on, vectors in place, out of reset and before the first instruction of CODE, which is all `b .`. */
void rig_init(struct rig *r);
void rig_put(struct rig *r, uint32_t addr, uint32_t word);
uint32_t rig_get(struct rig *r, uint32_t addr);
/* Half-words of program at `addr`; ends with RIG_END. */
void rig_code(struct rig *r, uint32_t addr, ...);
enum { RIG_END = -1 };

void rig_run(struct rig *r, uint64_t cycles);
uint64_t rig_step(struct rig *r);           /* one instruction, or one part of an exception's entry; returns its cycles */
void rig_until(struct rig *r, uint32_t pc); /* at most 10000 steps */

/* The debugger's side. */
uint32_t rig_read(struct rig *r, uint32_t addr);
void rig_write(struct rig *r, uint32_t addr, uint32_t value);
uint32_t rig_reg(struct rig *r, unsigned regsel); /* halted only */
void rig_set_reg(struct rig *r, unsigned regsel, uint32_t value);
void rig_halt(struct rig *r);
