/* rig.h - a chip on the workbench: small programs put together word by word, time let pass, what came of it looked at. */
#pragma once
#include "chip/chip.h"
#include "device/regs/cortexm.h"
#include "device/regs/crc.h"
#include "device/regs/g0_dbgmcu.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/gpio.h"
#include "device/regs/u0_dbgmcu.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_iwdg.h"
#include "device/regs/u0_pwr.h"
#include "device/regs/u0_rcc.h"
#include "device/regs/u0_syscfg.h"
#include "device/regs/usart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FLASH_BASE   0x08000000u
#define RAM_BASE     0x20000000u
#define RESULT       0x20000100u /* where programs leave words for the test */
#define RCC_BASE     0x40021000u
#define PWR_BASE     0x40007000u
#define SYSCFG_BASE  0x40010000u
#define IWDG_BASE    0x40003000u
#define DBGMCU_BASE  0x40015800u
#define FLASH_REGS   0x40022000u
#define CRC_BASE     0x40023000u
#define USART2_BASE  0x40004400u
#define GPIOA_BASE   0x50000000u
#define OPTR_FACTORY 0xFFFFFEAAu

/* ---- programs ---- */

struct program { /* halfwords from an address divisible by 4; starts with nothing */
    uint16_t code[2048];
    uint32_t count;
};

uint32_t prog_here(const struct program *p); /* offset in bytes */
void prog_half(struct program *p, uint16_t half);
void prog_const(struct program *p, unsigned reg, uint32_t value);  /* reg = value */
void prog_write(struct program *p, uint32_t addr, uint32_t value); /* word; uses r0, r1 */
void prog_write16(struct program *p, uint32_t addr, uint16_t value);
void prog_write8(struct program *p, uint32_t addr, uint8_t value);
void prog_copy(struct program *p, uint32_t from, uint32_t to);                   /* word; uses r0, r1 */
void prog_wait(struct program *p, uint32_t addr, uint32_t mask, uint32_t value); /* until (word & mask) == value; uses r0..r3 */
void prog_send(struct program *p, uint32_t usart, const char *text);             /* waits for TXFNF before each byte */
void prog_count(struct program *p);                                              /* for ever: ++RESULT, in a loop of COUNT_CYCLES */
void prog_stop(struct program *p);                                               /* for ever nothing */
void prog_wfi(struct program *p);
enum { COUNT_CYCLES = 6 }; /* adds 1, str 2, b 2; and 1 for the word-wise fetch: checked by a test */

/* A vector table at `at` (SP at the end of 32 KiB, all exceptions to `handler` or to a stop of its own if NULL), the program behind. */
enum { PROGRAM_AT = 0x100, HANDLER_AT = 0xC0 };
void rig_load(struct chip *c, uint32_t at, const struct program *p);

/* ---- the chip ---- */

struct chip *rig_new(const char *name);                          /* unpowered */
struct chip *rig_run(const char *name, const struct program *p); /* with the program in flash, powered, reset over */
void rig_boot(struct chip *c);                                   /* power on and let the reset pass */
void rig_us(struct chip *c, uint64_t us);
uint32_t rig_peek(struct chip *c, uint32_t addr);
uint32_t rig_read(struct chip *c, uint32_t addr); /* as the debugger */
void rig_write(struct chip *c, uint32_t addr, uint32_t value);
bool rig_can_read(struct chip *c, uint32_t addr);
void rig_halt(struct chip *c);
const struct chip_note *rig_note(struct chip *c, const char *what, const char *part); /* NULL: none that says so */
uint32_t rig_reset_flags(struct chip *c);                                             /* CSR's upper byte of a U073 */
/* How many times prog_count's loop ran in `us`. */
uint32_t rig_counts(struct chip *c, uint64_t us);

/* ---- every section as the board file would hold it ---- */

struct rig_snapshot { /* bytes: malloc'ed */
    uint8_t *bytes;
    size_t len;
};
struct rig_snapshot rig_save(struct chip *c);
struct chip *rig_restore(const char *name, const struct rig_snapshot *snap);
struct chip *rig_clone(struct chip *c);                     /* a second chip, made from what the first one saves */
const char *rig_difference(struct chip *a, struct chip *b); /* the first field that differs, NULL: none */
