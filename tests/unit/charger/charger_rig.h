/* charger_rig.h - a virtual chip that runs one of the charger's builds: typed on, listened to, looked into. */
#pragma once
#include "chip/chip.h"
#include "device/regs/cortexm.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_rcc.h"
#include "device/regs/u0_syscfg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SYSTEM_MEMORY 0x1FFF0000u

/* FOLDER/NAME.elf in flash, powered, and `ms` later. */
struct chip *charger_new(const char *name, unsigned ms);
void charger_ms(struct chip *c, uint64_t ms);
void charger_us(struct chip *c, uint64_t us);
void charger_type(struct chip *c, const char *line); /* and Enter */
bool charger_said(struct chip *c, const char *text);
uint32_t charger_pc(struct chip *c); /* where the core is, without stopping it */
uint32_t charger_peek(struct chip *c, uint32_t addr);
bool charger_in_rom(struct chip *c, unsigned limit_ms); /* within so long the core is in system memory; then it is left there */
/* All option registers as loaded, one after the other. */
enum { CHARGER_OPTIONS = 6 };
void charger_options(struct chip *c, uint32_t words[CHARGER_OPTIONS]);

/* Breakpoint at `addr`, as a debugger sets it; run until the core halts there. False: it did not within `ms`. */
bool charger_stop_at(struct chip *c, uint32_t addr, unsigned ms);
uint32_t charger_register(struct chip *c, unsigned regsel); /* of a halted core, by DCRSR's number */
