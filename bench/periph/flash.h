/* flash.h - the flash memory of an STM32U0 or STM32G0: array with ECC, controller, option bytes, OTP, system memory.
 *
 * Sources: RM0503 3; where its text is not at hand, RM0490 3 and RM0444 3 of the siblings. The chip (chip/) decides who may ask and
 * when; this file decides what happens. Differences of the two families are fields of the row. */
#pragma once
#include "base/state.h"
#include "base/timeline.h"

struct flash_row; /* one per chip: sizes, register flavour, times, factory options (flash_rows.c) */
extern const struct flash_row flash_row_u073, flash_row_g071;

enum flash_master { FLASH_CPU, FLASH_DEBUG, FLASH_FETCH }; /* who asks. RDP treats the debugger, PCROP instruction fetches differently */

enum flash_deed { FLASH_ERASES, FLASH_PROGRAMS, FLASH_WRITES_OPTIONS };
struct flash_fate { /* an operation that begins, and what faults make of it */
    enum flash_deed deed;
    uint32_t addr, bytes; /* of the array; options: 0, 0 */
    uint64_t start_ps;
    uint64_t duration_ps; /* may be changed */
    uint32_t refused;     /* set: error flags with which it ends at once instead */
};

struct flash_env { /* what the controller asks of the chip around it; borrowed */
    void *ctx;
    uint64_t (*now_ps)(void *ctx);
    uint64_t (*hclk_hz)(void *ctx);     /* fast programming needs 8 MHz */
    void (*irq)(void *ctx, bool level); /* FLASH_ECC line */
    void (*nmi)(void *ctx);             /* ECC double error */
    void (*launch)(void *ctx);          /* CR.OBL_LAUNCH: reset with option loading */
    void (*changed)(void *ctx);         /* next_ps, windows or options changed: look again */
    bool (*intruder)(void *ctx);        /* RDP 1 counts this access as foreign: debugger attached, or boot not from main flash */
    void (*note)(void *ctx, const char *what, const char *text); /* for the report: "refused", "stale", "torn"; pages, no addresses */
    void (*begins)(void *ctx, struct flash_fate *fate);          /* faults; may be NULL, as the next two */
    void (*programmed)(void *ctx, uint32_t addr);                /* a double word of the main array now holds what it should */
    bool (*cfgbsy)(void *ctx);                                   /* SR.CFGBSY is stuck */
    void (*regressed)(void *ctx);                                /* RDP 1 to 0 has erased the flash: the backup registers go too */
};

struct flash_times { /* picoseconds, typical */
    uint64_t double_word, fast_double_word, page_erase, mass_erase, option_page_erase;
    uint64_t fast_gap;   /* longest wait for the next double word of a fast row */
    uint64_t fast_limit; /* longest wait for the first one to be complete */
    const char *source;
};

struct flash;
struct flash *flash_new(const struct flash_row *row, const struct flash_env *env); /* erased, factory options; NULL: no memory */
void flash_free(struct flash *f);

/* Power-on, option reload or Standby exit, after flash_reset: load options (complements checked, OPTVERR and mismatch values), evaluate
 * ACR.EMPTY. */
void flash_load_options(struct flash *f);
/* Any system reset: registers to reset values (EMPTY and loaded options kept), locks set, wrong-key latch cleared, a running operation
 * ends as the silicon would leave it: torn. */
void flash_reset(struct flash *f);
void flash_power_off(struct flash *f); /* as reset, and what only power loss does */

/* Registers at the controller's base. bytes 1, 2, 4. False is a bus error. */
bool flash_reg_read(struct flash *f, uint32_t offset, unsigned bytes, enum flash_master who, uint32_t *value);
bool flash_reg_write(struct flash *f, uint32_t offset, unsigned bytes, enum flash_master who, uint32_t value, uint64_t *done_ps);
uint32_t flash_reg_peek(const struct flash *f, uint32_t offset);

/* env->launch, changed and irq may be called from within any of these. A write that must wait (busy) is done later, by itself.
 * Memories: main array (absolute addresses from 0x08000000), system memory, OTP, engineering and signature area. *done_ps: when the bus
 * is done (busy array: the end of the operation; the value is the one after it). False is a bus error. */
bool flash_mem_read(struct flash *f, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value, uint64_t *done_ps);
bool flash_mem_write(struct flash *f, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t value, uint64_t *done_ps);
bool flash_owns(const struct flash *f, uint32_t addr);
bool flash_peek(const struct flash *f, uint32_t addr, uint8_t *bytes, size_t len);
/* Main array, OTP and signature area; ECC is made right, a double word of ones is erased. False: not there, nothing changed. */
bool flash_poke(struct flash *f, uint32_t addr, const uint8_t *bytes, size_t len);

/* Plain bytes of the main array and of system memory for a CPU window, or NULL while an access must go through flash_mem_read (busy,
 * damaged words, RDP or HDP in the way). */
uint8_t *flash_window(struct flash *f, uint32_t *base, uint32_t *bytes);
uint8_t *flash_system_window(struct flash *f, uint32_t *base, uint32_t *bytes);
unsigned flash_latency(const struct flash *f); /* ACR.LATENCY in wait states */

uint64_t flash_next_ps(const struct flash *f); /* when something ends, TIME_NEVER if idle */
void flash_event(struct flash *f);             /* called at or after that time */
bool flash_busy(const struct flash *f);

/* Options as loaded: what boot selection, NRST mode, watchdog, BOR and RDP go by. */
uint32_t flash_option(const struct flash *f, uint32_t reg_offset);
bool flash_empty(const struct flash *f); /* ACR.EMPTY */
unsigned flash_rdp_level(const struct flash *f);
bool flash_boot_lock(const struct flash *f);

/* Test set-up and faults, behind everybody's back. */
void flash_set_rom(struct flash *f, const void *settings, size_t len);         /* of the bootloader; nothing on a chip whose has none */
bool flash_store_option(struct flash *f, uint32_t reg_offset, uint32_t value); /* in the array; takes effect when options are loaded */
bool flash_damage(struct flash *f, uint32_t addr, uint64_t data_bits, uint8_t check_bits); /* flip these bits of a double word */
/* The complement of a stored option word no longer fits: found out when options are loaded. */
bool flash_break_option(struct flash *f, uint32_t reg_offset);
void flash_set_seed(struct flash *f, uint64_t seed); /* of torn bits; a fixed number unless set */
const struct flash_times *flash_times(const struct flash *f);

struct flash_use {
    uint32_t erases, programs;
};
const struct flash_use *flash_use(const struct flash *f, size_t *pages);

/* Saved parts: the controller (a table) and raw memories. Shape as chip_section. */
struct flash_section {
    const char *name;
    const struct state_table *table;
    void *state;
    size_t bytes;
};
size_t flash_sections(struct flash *f, const struct flash_section **sections);
bool flash_loaded(struct flash *f, struct err *e);
