/* device.h - what is true of each chip: ids, memories, flash geometry and registers, option words. Data, no I/O.
 *
 * A chip is one row (stm32u0.c, stm32g0.c), listed in devices.c. Addresses and bits are compared with tests/facts. */
#pragma once
#include "base/reg.h"

#include <stdbool.h>
#include <stdint.h>

enum region_kind { REGION_FLASH, REGION_OTP, REGION_SYSTEM, REGION_RAM, REGION_PERIPHERAL };

struct region {
    const char *name;
    uint32_t base, bytes;
    enum region_kind kind;
}; /* ends with name NULL */

struct option_word {   /* one option register */
    const char *name;  /* "OPTR" */
    uint32_t offset;   /* from the flash controller's base */
    uint32_t writable; /* bits that option set may change */
    uint32_t factory;  /* as delivered; see `source` for how sure */
};

/* What no road may write: the choke point under all memory writes reads these. Refused when (written & mask) == value, or, where `unless`
 * is set, when it differs; and, where with_mask is not 0, only while another register stands so (read, or written before, either). */
struct never_write {
    uint32_t offset; /* register, from the flash controller's base */
    uint32_t mask, value;
    bool unless;
    uint32_t with_offset, with_mask, with_value;
    bool with_unless;
    const char *why;
};

struct wrp_area {
    const char *name;
    uint32_t offset;
    uint32_t strt_lsb, end_lsb, width;
}; /* "WRP1A" */

struct flash_facts { /* one controller */
    uint32_t base;   /* of its registers */
    const struct reg_block *regs;
    uint32_t acr, keyr, optkeyr, sr, cr, eccr; /* offsets */
    uint32_t key[2], optkey[2];
    uint32_t sr_busy, sr_errors, sr_clear; /* masks: wait for; refuse on; write to clear everything */
    uint32_t cr_pg, cr_per, cr_mer, cr_strt, cr_optstrt, cr_obl_launch, cr_fstpg, cr_lock, cr_optlock;
    uint32_t cr_pnb_lsb, cr_pnb_width;
    uint32_t acr_empty;
    uint32_t unit_bytes, page_bytes;
    struct {
        uint32_t program_us, erase_ms, mass_erase_ms;
    } typical, limit;                  /* limit: when to call it stuck */
    const struct option_word *options; /* ends with name NULL */
    const struct never_write *never;   /* ends with mask 0 */
    const struct wrp_area *wrp;        /* ends with name NULL */
    uint32_t rdp_offset, rdp_mask, rdp_level0, rdp_level2;
    /* OPTR bits of parts with two banks, 0 on the others. Set: the flash is split in two, and PNB counts within a bank. Clear: the banks
     * have changed places. We program bank 1 only: target_open keeps flash_bytes to what page numbers reach. */
    uint32_t optr_dual_bank, optr_nswap_bank;
};

struct clock_raise {         /* a faster clock that needs no voltage or wait-state change right after a reset */
    uint32_t on_at, on_mask; /* register (absolute) and bit that start the oscillator */
    uint32_t ready_mask;     /* in the same register: it runs */
    uint32_t switch_at;      /* register (absolute) that selects it */
    uint32_t sw_mask, sw;    /* what to write */
    uint32_t sws_mask, sws;  /* what reads back once it is in use */
    uint32_t hz;             /* 0: the reset clock is as good; nothing to raise */
};

struct device_block { /* a peripheral of this chip; the list ends with regs NULL */
    const struct reg_block *regs;
    uint32_t base;
};

struct dfu_facts { /* what the ROM's USB bootloader lists as memories; all 0: it has none */
    uint32_t options_at, options_bytes;
};

struct rom_facts {                 /* the bootloader in system memory, and how it is mapped to address 0 */
    uint32_t at;                   /* its vectors */
    uint32_t clock_at, clock_mask; /* RCC register (absolute) and bit that SYSCFG needs */
    uint32_t map_at, map_mask, map;
};

struct device {
    const char *name;   /* "STM32U073/U083" */
    uint16_t dev_id;    /* DBGMCU_IDCODE.DEV_ID */
    uint32_t idcode_at; /* DBGMCU_IDCODE */
    uint32_t dpidr;     /* of genuine parts; 0: not known */
    uint32_t flash_kib_at, uid_at, bootloader_id_at;
    uint32_t flash_base, flash_bytes_max;
    uint32_t loader_ram, loader_ram_bytes; /* SRAM1 that a loader may use */
    uint32_t crc_base, rcc_base, iwdg_base, wwdg_base, dbgmcu_base, syscfg_base;
    uint32_t crc_enable_at, crc_enable_mask; /* RCC register (absolute) and bit that clocks the CRC unit */
    uint32_t reset_flags_at;                 /* RCC_CSR (absolute): why the last reset came; decoded by rcc_regs */
    const struct reg_block *rcc_regs, *iwdg_regs;
    uint32_t freeze_at, freeze_mask;           /* DBGMCU register (absolute) and bits: watchdogs stand still while the core is halted */
    uint32_t debug_clock_at, debug_clock_mask; /* RCC register (absolute) and bit that DBGMCU needs for that; mask 0: none */
    uint32_t iwdg_sw_mask, wwdg_sw_mask;       /* OPTR bits; 0 there: the watchdog starts by itself at every reset */
    uint32_t reset_hz;                         /* core clock after a reset */
    struct clock_raise raise;
    const char *sysclk[8]; /* what the core runs on, by RCC_CFGR.SWS; NULL: reserved */
    const struct flash_facts *flash;
    struct rom_facts rom;
    struct dfu_facts dfu;
    const struct region *map;          /* ends with name NULL */
    const struct device_block *blocks; /* those whose registers tell how the chip is; FLASH and RCC among them */
    const char *const *revisions;      /* pairs "0x1000", "A"; ends with NULL; may be NULL */
    const char *bench_chip;            /* name of the virtual chip that proves this row, or NULL: `info` says unproven */
    const char *source;                /* documents, and what was believed where they disagree */
};

extern const struct device *const devices[];        /* ends with NULL (devices.c) */
const struct device *device_by_id(uint16_t dev_id); /* NULL: unknown */
/* "B" for a REV_ID the row knows, else "". */
const char *device_revision(const struct device *d, uint32_t rev_id);
/* The region that holds [addr, addr + len), or NULL. */
const struct region *device_region(const struct device *d, uint32_t addr, uint32_t len);
