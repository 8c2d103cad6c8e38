/* rig.h - a flash on the bench of a unit test: a clock, counters for what the chip would be told, and the manual's sequences in words. */
#pragma once
#include "device/regs/g0_flash.h"
#include "device/regs/u0_flash.h"
#include "periph/flash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { BASE = 0x08000000, PAGE = 2048 };

#define FLAG(name)  BITS(U0_FLASH_SR_##name)
#define CRBIT(name) BITS(U0_FLASH_CR_##name)
#define MODE_ERRORS 0x3FAu /* OPERR and all errors of erase and program */
#define KEY1        0x45670123u
#define KEY2        0xCDEF89ABu
#define OPTKEY1     0x08192A3Bu
#define OPTKEY2     0x4C5D6E7Fu

struct rig {
    struct flash *f;
    uint64_t now_ps, hclk_hz;
    uint32_t otp; /* where it begins */
    bool irq, intruder;
    unsigned nmis, launches, notes;
    char kind[16], note[120]; /* the last note */
    bool auto_reload;         /* OBL_LAUNCH resets and loads at once, as the chip does */
};

int rig_u0(void **state); /* cmocka set-up: *state is a struct rig */
int rig_g0(void **state);
int rig_close(void **state);
#define ON_U0(test) cmocka_unit_test_setup_teardown(test, rig_u0, rig_close)
#define ON_G0(test) cmocka_unit_test_setup_teardown(test, rig_g0, rig_close)
/* Both chips behave alike here. */
#define ON_BOTH(test) \
    { #test " (U0)", test, rig_u0, rig_close, NULL }, { #test " (G0)", test, rig_g0, rig_close, NULL }

/* Single accesses; the ones without `try_` insist on no bus error. All but try_* wait for the bus. */
bool try_write(struct rig *r, uint32_t reg, unsigned bytes, uint32_t value);
void reg_write(struct rig *r, uint32_t reg, uint32_t value);
uint32_t reg_read(struct rig *r, uint32_t reg);
bool try_read(struct rig *r, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value);
bool try_store(struct rig *r, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t value);
uint32_t word_at(struct rig *r, uint32_t addr);
void store(struct rig *r, uint32_t addr, uint32_t value);
uint64_t peek64(struct rig *r, uint32_t addr);
void poke64(struct rig *r, uint32_t addr, uint64_t value);
void poke_fill(struct rig *r, uint32_t addr, uint32_t len, uint8_t byte);

void pass(struct rig *r, uint64_t ps);
void until_idle(struct rig *r); /* poll BSY1 and CFGBSY as software would */
uint32_t sr(struct rig *r);
uint32_t cr(struct rig *r);
uint32_t errors(struct rig *r); /* SR without busy bits and OEM locks */
void clear_errors(struct rig *r);

void unlock(struct rig *r);
void unlock_options(struct rig *r); /* both locks */
void start_page_erase(struct rig *r, unsigned page);
uint32_t erase_page(struct rig *r, unsigned page); /* whole sequence, returns errors() and leaves them */
uint32_t mass_erase(struct rig *r);
uint32_t program(struct rig *r, uint32_t addr, uint64_t data); /* likewise */
void start_program(struct rig *r, uint32_t addr, uint64_t data);
uint32_t program_row(struct rig *r, uint32_t addr, uint32_t first); /* fast: 64 words counting up from `first` */
uint32_t write_option(struct rig *r, uint32_t reg, uint32_t value); /* unlocked, started, ended; not loaded */
void reload(struct rig *r);                                         /* reset and option loading */
void set_option(struct rig *r, uint32_t reg, uint32_t value);       /* behind everybody's back, and loaded */
void set_rdp(struct rig *r, uint8_t rdp);
