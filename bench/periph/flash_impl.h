/* flash_impl.h - what the flash_*.c files share; nobody else includes it. The seam is flash.h.
 *
 *   flash.c           life, areas, reads, windows, peek and poke, saving
 *   flash_regs.c      registers, keys, locks, interrupt line
 *   flash_program.c   words written to the array: double words, fast rows, OTP
 *   flash_ops.c       operations that take time: start, end, what waits for them, torn ends
 *   flash_protect.c   who may not: WRP, RDP, PCROP, hidden pages
 *   flash_options.c   option bytes: shadow registers, programming, loading, regression
 *   flash_rows.c      the chips
 *   flash_word.c      ECC and torn double words (pure) */
#pragma once
#include "device/regs/g0_flash.h"
#include "device/regs/u0_flash.h"
#include "periph/flash.h"
#include "periph/flash_word.h"

/* HDPCR fields (U0): open; closed, the extension may still grow; closed for good. */
enum { FLASH_HDP_ACCESSIBLE = 0xA3, FLASH_HDP_MAY_GROW = 0x5C, FLASH_HDP_FIXED = 0x3A };
enum { FLASH_RDP_0 = 0xAA, FLASH_RDP_2 = 0xCC, FLASH_HDP_OFF = 0xB4, FLASH_PCROP_BYTES = 512 };
enum { FLASH_PAGES_MAX = 128, FLASH_OPTIONS_MAX = 12, FLASH_WAITING_MAX = 4, FLASH_FAST_ROW_BYTES = 256 };

/* Bits that both families have in the same place go by their U0 names. */
#define SAME_BITS(u0, g0) _Static_assert(BITS(U0_FLASH_##u0) == BITS(G0_FLASH_##g0), #u0)
SAME_BITS(ACR_EMPTY, ACR_EMPTY);
SAME_BITS(ACR_DBG_SWEN, ACR_DBG_SWEN);
SAME_BITS(SR_BSY1, SR_BSY);
SAME_BITS(SR_CFGBSY, SR_CFGBSY);
SAME_BITS(SR_OPTVERR, SR_OPTVERR);
SAME_BITS(SR_FASTERR, SR_FASTERR);
SAME_BITS(CR_MER1, CR_MER);
SAME_BITS(CR_PNB, CR_PNB);
SAME_BITS(CR_LOCK, CR_LOCK);
SAME_BITS(CR_OBL_LAUNCH, CR_OBL_LAUNCH);
SAME_BITS(ECCR_ECCCIE, ECCR_ECCIE);
SAME_BITS(ECCR_ECCD, ECCR_ECCD);
SAME_BITS(OPTR_RDP, OPTR_RDP);
SAME_BITS(WRP1AR_WRP1A_END, WRP1AR_WRP1A_END);
SAME_BITS(SECR_BOOT_LOCK, SECR_BOOT_LOCK);
#undef SAME_BITS

/* ---- what a chip is ---- */

struct flash_area {
    uint32_t base, bytes; /* bytes 0: not there */
};

struct flash_access { /* one access of a bus master, to a register or to the array */
    uint32_t addr;    /* of the array; or the register's offset */
    uint32_t value;
    uint8_t bytes, who;
    bool is_register;
};

/* Registers that hold bits of their own, in struct flash_state. */
enum flash_reg { REG_NONE, REG_ACR, REG_SR, REG_CR, REG_ECCR, REG_HDPCR, REG_HDPEXTR, REG_COUNT };

struct flash_reg_row {
    uint32_t offset, reset, writable, write_1_clears;
    enum flash_reg reg;
    /* The chip acts: does the write instead of the plain masks. `next` is the register with the written lanes put in.
     * NULL: plain. False is a bus error. */
    bool (*write)(struct flash *f, const struct flash_reg_row *row, uint32_t next, const struct flash_access *a, uint64_t *done_ps);
    const char *name;
};

struct flash_option_row { /* one option word: a register, and in the array the word with its complement */
    uint32_t offset;      /* of the register */
    uint32_t exists;      /* bits that are there; the others always hold their factory value */
    uint32_t factory;
    uint32_t mismatch; /* loaded when word and complement disagree */
    uint32_t copy;     /* offset in the memory-mapped copy, where there is one */
    bool write_only;
    const char *name;
};

struct flash_wrp_row {
    const char *name;
    uint32_t offset;
};

struct flash_pcrop_row {
    uint32_t start, end; /* register offsets */
};

struct flash_fact { /* a word that the factory wrote */
    uint32_t addr, value, bytes;
};

struct flash_row {
    const char *name;
    struct flash_area main, system, otp, signature, option_copy;
    uint32_t page_bytes;
    const struct flash_reg_row *regs;       /* ends with name NULL */
    const struct flash_option_row *options; /* ends with name NULL */
    struct flash_wrp_row wrp[2];
    struct flash_pcrop_row pcrop[2]; /* start 0: the chip has no PCROP */
    bool hide_protection;            /* HDP (U0); else a securable area with CR.SEC_PROT (G0) */
    bool oem_keys;
    bool zero_over_ones_refused; /* programming zeros over programmed ones is a PROGERR */
    uint32_t read_error;         /* SR.RDERR, or 0 where there is none */
    uint32_t read_error_enable;  /* CR.RDERRIE */
    uint32_t ecc_addr_mask;
    const struct flash_times *times;
    struct flash_rom {
        uint32_t addr, bytes;
        const uint8_t *data;
    } rom, rom_settings;            /* what runs in system memory, and the part of it that the board may set; bytes 0: see facts */
    const struct flash_fact *facts; /* system memory and signature; ends with bytes 0 */
};

/* ---- what a chip remembers ---- */

enum flash_op { OP_NONE, OP_PROGRAM, OP_FAST_ROW, OP_PAGE_ERASE, OP_MASS_ERASE, OP_OPTIONS, OP_REGRESSION, OP_COUNT };
enum flash_slot { SLOT_CLOSED, SLOT_OPEN, SLOT_REFUSED, SLOT_COUNT }; /* first word of a double word: taken; sent to locked flash */
enum flash_key { KEY_FIRST, KEY_SECOND, KEY_DEAD, KEY_COUNT };        /* expected next; dead until the next system reset */

struct flash_state {
    uint64_t op_start_ps;   /* in a fast row: of the double word being written, or of the wait for the next */
    uint64_t op_end_ps;     /* likewise */
    uint64_t fast_limit_ps; /* first double word of a fast row: must be complete by then; TIME_NEVER: none begun */
    uint64_t op_data;
    uint64_t seed;
    uint32_t reg[REG_COUNT];
    uint32_t stored[FLASH_OPTIONS_MAX], stored_not[FLASH_OPTIONS_MAX]; /* the option page: words and complements */
    uint32_t loaded[FLASH_OPTIONS_MAX];                                /* what the chip goes by */
    uint32_t target[FLASH_OPTIONS_MAX];                                /* what the next OPTSTRT programs, but for written words */
    uint32_t written[FLASH_OPTIONS_MAX];                               /* written to the registers and not yet started */
    uint32_t written_mask;
    uint32_t op_addr;             /* double word, or first byte of the page */
    uint32_t slot_addr, slot_low; /* the first word of a double word */
    uint32_t fast_from, fast_to;  /* where the last erase allows fast rows */
    uint32_t row_words;           /* words of the fast row that have come; 0: no row begun */
    uint32_t waiting_addr[FLASH_WAITING_MAX], waiting_value[FLASH_WAITING_MAX];
    struct flash_use use[FLASH_PAGES_MAX];
    uint8_t waiting_bytes[FLASH_WAITING_MAX], waiting_who[FLASH_WAITING_MAX], waiting_is_register[FLASH_WAITING_MAX];
    uint8_t waiting; /* writes that wait for the end of the operation, oldest first */
    uint8_t op, slot, key, optkey;
    uint8_t row_waits;      /* the fast row waits for its next double word */
    uint8_t mer_spent;      /* MER1 is left over from a mass erase that is over */
    uint8_t options_bad;    /* a complement did not match when options were loaded */
    uint8_t debug_forgiven; /* BOOT_LOCK with RDP 1 comes from a mismatch: it does not close debug */
};

enum { CELLS_MAIN, CELLS_OTP, CELLS_COUNT };

struct flash_cells { /* memory with ECC */
    struct flash_area area;
    uint8_t *data;    /* owned */
    uint8_t *check;   /* owned; one byte per double word */
    uint32_t damaged; /* double words whose read is not clean; derived */
};

struct flash {
    struct flash_state s;
    const struct flash_row *row; /* borrowed */
    struct flash_env env;
    struct flash_cells cells[CELLS_COUNT];
    uint8_t *system, *signature; /* owned */
    uint64_t at_ps;              /* the moment being dealt with */
    bool irq_level;
    struct flash_section sections[6];
};

/* ---- flash.c ---- */
void flash_settle(struct flash *f); /* everything that ends before now has ended */
struct flash_cells *flash_cells_at(struct flash *f, uint32_t addr);
struct flash_word flash_cell(const struct flash_cells *c, uint32_t addr);
void flash_set_cell(struct flash_cells *c, uint32_t addr, struct flash_word w);
uint32_t flash_page_at(const struct flash *f, uint32_t addr);
uint32_t flash_page_count(const struct flash *f);
uint32_t flash_page_addr(const struct flash *f, uint32_t page);
void flash_changed(struct flash *f);

/* ---- flash_regs.c ---- */
void flash_raise(struct flash *f, uint32_t sr_bits); /* error flags; OPERR too if ERRIE asks for it */
void flash_update_irq(struct flash *f);
uint32_t flash_stale_errors(const struct flash *f); /* flags that make the next operation a PGSERR */
/* Raise flags and tell the report: "erase of page 3: WRPERR (WRP1A 3..3)". */
void flash_refuse(struct flash *f, uint32_t sr_bits, const char *what, const char *cause);
void flash_note(struct flash *f, const char *kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
void flash_reset_registers(struct flash *f);
bool flash_do_register_write(struct flash *f, const struct flash_access *a, uint64_t *done_ps);
/* Hooks of the rows. */
bool flash_write_acr(struct flash *, const struct flash_reg_row *, uint32_t, const struct flash_access *, uint64_t *);
bool flash_write_key(struct flash *, const struct flash_reg_row *, uint32_t, const struct flash_access *, uint64_t *);
bool flash_write_optkey(struct flash *, const struct flash_reg_row *, uint32_t, const struct flash_access *, uint64_t *);
bool flash_write_cr(struct flash *, const struct flash_reg_row *, uint32_t, const struct flash_access *, uint64_t *);
bool flash_write_hdpcr(struct flash *, const struct flash_reg_row *, uint32_t, const struct flash_access *, uint64_t *);
bool flash_write_hdpextr(struct flash *, const struct flash_reg_row *, uint32_t, const struct flash_access *, uint64_t *);

/* ---- flash_program.c ---- */
void flash_program_word(struct flash *f, const struct flash_access *a); /* the controller is not busy with anything but its row */
void flash_close_slot(struct flash *f);

/* ---- flash_ops.c ---- */
void flash_begin(struct flash *f, enum flash_op op, uint32_t addr, uint64_t duration_ps);
void flash_end(struct flash *f, bool well);
void flash_start_erase(struct flash *f, enum flash_master who);
void flash_next_event(struct flash *f);
void flash_interrupt(struct flash *f);                                             /* reset or power loss, now: torn */
bool flash_wait(struct flash *f, const struct flash_access *a, uint64_t *done_ps); /* do it when the controller is free */
uint64_t flash_free_ps(const struct flash *f);                                     /* when the array can be read again */
struct flash_word flash_cell_then(const struct flash *f, const struct flash_cells *c, uint32_t addr); /* at that time */

/* ---- flash_protect.c ---- */
/* Why nobody, or `who`, may erase or program [addr, addr + bytes) of the main array: false and a cause, or true. */
bool flash_may_change(const struct flash *f, uint32_t addr, uint32_t bytes, enum flash_master who, char *cause, size_t cap);
bool flash_is_foreign(const struct flash *f, enum flash_master who); /* RDP keeps this master out of the main array */
bool flash_debug_starts_closed(const struct flash *f);
bool flash_is_hidden(const struct flash *f, uint32_t addr); /* HDP or securable area, closed */
bool flash_is_pcrop(const struct flash *f, uint32_t addr, uint32_t bytes);
bool flash_any_hidden(const struct flash *f);
bool flash_any_pcrop(const struct flash *f);

/* ---- flash_options.c ---- */
void flash_apply_options(struct flash *f);                      /* flash_load_options without telling the chip */
int flash_option_index(const struct flash *f, uint32_t offset); /* -1: no option register */
unsigned flash_option_count(const struct flash *f);
uint32_t flash_option_shown(const struct flash *f, unsigned index); /* what the register reads as */
void flash_write_option(struct flash *f, unsigned index, uint32_t value);
void flash_start_options(struct flash *f);
void flash_commit_options(struct flash *f);                    /* the option page holds the target */
void flash_tear_options(struct flash *f, uint64_t elapsed_ps); /* or part of it */
uint64_t flash_options_ps(const struct flash *f);              /* how long programming them takes */
bool flash_survives_regression(const struct flash *f, uint32_t page);
bool flash_oem_locked(const struct flash *f, unsigned key); /* 1 or 2 */
uint32_t flash_oem_crcs(const struct flash *f);             /* OEMKEYSR */

extern const struct state_table flash_state_table;
