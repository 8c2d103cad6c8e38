/* stm32g0.c - rows of the STM32G0. Facts only.
 *
 * Sources: RM0444 (G0x1) and RM0454 (G0x0) as the public stm32-data project and ST's HAL give them; AN2606 Rev 70; OpenOCD stm32l4x.c for
 * revisions and bank layout. A DEV_ID covers value lines (G030, G050, G070, G0B0) and the others: value lines have no PCROP, SECR or
 * second bank's protection; those registers read 0 there. */
#include "device/device.h"
#include "device/regs/g0_dbgmcu.h"
#include "device/regs/g0_flash.h"
#include "device/regs/g0_iwdg.h"
#include "device/regs/g0_pwr.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/g0_syscfg.h"

#define KIB 1024u

enum {
    FLASH_BASE = 0x40022000,
    RCC_BASE = 0x40021000,
    DBGMCU_BASE = 0x40015800,

    OPTR_FACTORY = (int)0xFFFFFEAA, /* read from a factory G071; estimate for the others */
    WRP_OFF = 0x0000007F,           /* STRT > END: no page; estimate of the unimplemented bits */
    PCROP_STRT_OFF = 0x000001FF,    /* STRT > END: no area; estimate */
    PCROP_END_OFF = 0x00000000,

    /* STM32G030 data sheet */
    PROGRAM_US = 85,
    ERASE_MS = 22,
    MASS_ERASE_MS = 22,
    /* When to call it stuck: OpenOCD's limits (50 ms, 250 ms), ST HAL's for the mass erase (1 s). */
    PROGRAM_LIMIT_US = 50000,
    ERASE_LIMIT_MS = 250,
    MASS_ERASE_LIMIT_MS = 1000,
};

/* IDWG_SW is the manual's own spelling. */
#define OPTR_WRITABLE                                                                                                                      \
    (BITS(G0_FLASH_OPTR_RDP) | BITS(G0_FLASH_OPTR_BOREN) | BITS(G0_FLASH_OPTR_BORF_LEV) | BITS(G0_FLASH_OPTR_BORR_LEV) |                   \
     BITS(G0_FLASH_OPTR_nRST_STOP) | BITS(G0_FLASH_OPTR_nRST_STDBY) | BITS(G0_FLASH_OPTR_nRSTS_HDW) | BITS(G0_FLASH_OPTR_IDWG_SW) |        \
     BITS(G0_FLASH_OPTR_IWDG_STOP) | BITS(G0_FLASH_OPTR_IWDG_STDBY) | BITS(G0_FLASH_OPTR_WWDG_SW) | BITS(G0_FLASH_OPTR_RAM_PARITY_CHECK) | \
     BITS(G0_FLASH_OPTR_nBOOT_SEL) | BITS(G0_FLASH_OPTR_nBOOT1) | BITS(G0_FLASH_OPTR_nBOOT0) | BITS(G0_FLASH_OPTR_NRST_MODE) |             \
     BITS(G0_FLASH_OPTR_IRHEN))

#define OPTR_BANKS (BITS(G0_FLASH_OPTR_nSWAP_BANK) | BITS(G0_FLASH_OPTR_DUAL_BANK))

#define SR_ERRORS                                                                                                \
    (BITS(G0_FLASH_SR_OPERR) | BITS(G0_FLASH_SR_PROGERR) | BITS(G0_FLASH_SR_WRPERR) | BITS(G0_FLASH_SR_PGAERR) | \
     BITS(G0_FLASH_SR_SIZERR) | BITS(G0_FLASH_SR_PGSERR) | BITS(G0_FLASH_SR_MISERR) | BITS(G0_FLASH_SR_FASTERR) | BITS(G0_FLASH_SR_RDERR))

/* clang-format off */
#define OPTIONS_BANK1(optr_writable)                                                                                                    \
    { "OPTR",      G0_FLASH_OPTR,      optr_writable, (uint32_t)OPTR_FACTORY },                                                         \
    { "PCROP1ASR", G0_FLASH_PCROP1ASR, BITS(G0_FLASH_PCROP1ASR_PCROP1A_STRT), PCROP_STRT_OFF },                                         \
    { "PCROP1AER", G0_FLASH_PCROP1AER, BITS(G0_FLASH_PCROP1AER_PCROP1A_END) | BITS(G0_FLASH_PCROP1AER_PCROP_RDP), PCROP_END_OFF },      \
    { "WRP1AR",    G0_FLASH_WRP1AR,    BITS(G0_FLASH_WRP1AR_WRP1A_STRT) | BITS(G0_FLASH_WRP1AR_WRP1A_END), WRP_OFF },                   \
    { "WRP1BR",    G0_FLASH_WRP1BR,    BITS(G0_FLASH_WRP1BR_WRP1B_STRT) | BITS(G0_FLASH_WRP1BR_WRP1B_END), WRP_OFF },                   \
    { "PCROP1BSR", G0_FLASH_PCROP1BSR, BITS(G0_FLASH_PCROP1BSR_PCROP1B_STRT), PCROP_STRT_OFF },                                         \
    { "PCROP1BER", G0_FLASH_PCROP1BER, BITS(G0_FLASH_PCROP1BER_PCROP1B_END), PCROP_END_OFF }

static const struct option_word options_g0[] = {
    OPTIONS_BANK1(OPTR_WRITABLE),
    { "SECR", G0_FLASH_SECR, BITS(G0_FLASH_SECR_SEC_SIZE) | BITS(G0_FLASH_SECR_BOOT_LOCK), 0 },
    { 0 },
};

static const struct option_word options_g0b[] = {
    OPTIONS_BANK1(OPTR_WRITABLE | OPTR_BANKS),
    { "PCROP2ASR", G0_FLASH_PCROP2ASR, BITS(G0_FLASH_PCROP2ASR_PCROP2A_STRT), PCROP_STRT_OFF },
    { "PCROP2AER", G0_FLASH_PCROP2AER, BITS(G0_FLASH_PCROP2AER_PCROP2A_END), PCROP_END_OFF },
    { "WRP2AR",    G0_FLASH_WRP2AR,    BITS(G0_FLASH_WRP2AR_WRP2A_STRT) | BITS(G0_FLASH_WRP2AR_WRP2A_END), WRP_OFF },
    { "WRP2BR",    G0_FLASH_WRP2BR,    BITS(G0_FLASH_WRP2BR_WRP2B_STRT) | BITS(G0_FLASH_WRP2BR_WRP2B_END), WRP_OFF },
    { "PCROP2BSR", G0_FLASH_PCROP2BSR, BITS(G0_FLASH_PCROP2BSR_PCROP2B_STRT), PCROP_STRT_OFF },
    { "PCROP2BER", G0_FLASH_PCROP2BER, BITS(G0_FLASH_PCROP2BER_PCROP2B_END), PCROP_END_OFF },
    { "SECR",      G0_FLASH_SECR,      BITS(G0_FLASH_SECR_SEC_SIZE) | BITS(G0_FLASH_SECR_BOOT_LOCK) | BITS(G0_FLASH_SECR_SEC_SIZE_2), 0 },
    { 0 },
};

/* Bank 1 only: the areas of bank 2 count its own pages, and bank 2 is not programmed. */
static const struct wrp_area wrp_areas[] = {
    { "WRP1A", G0_FLASH_WRP1AR, G0_FLASH_WRP1AR_WRP1A_STRT_LSB, G0_FLASH_WRP1AR_WRP1A_END_LSB, G0_FLASH_WRP1AR_WRP1A_STRT_WIDTH },
    { "WRP1B", G0_FLASH_WRP1BR, G0_FLASH_WRP1BR_WRP1B_STRT_LSB, G0_FLASH_WRP1BR_WRP1B_END_LSB, G0_FLASH_WRP1BR_WRP1B_STRT_WIDTH },
    { 0 },
};

/* RM0444 3.5: level 2 is permanent; BOOT_LOCK at level 1 closes the debug port. */
static const struct never_write never[] = {
    { .offset = G0_FLASH_OPTR, .mask = BITS(G0_FLASH_OPTR_RDP), .value = 0xCC,
      .why = "readout protection level 2 closes the chip for ever" },
    { .offset = G0_FLASH_SECR, .mask = BITS(G0_FLASH_SECR_BOOT_LOCK), .value = BITS(G0_FLASH_SECR_BOOT_LOCK),
      .with_offset = G0_FLASH_OPTR, .with_mask = BITS(G0_FLASH_OPTR_RDP), .with_value = 0xAA, .with_unless = true,
      .why = "BOOT_LOCK while readout protection is on closes the debug port" },
    { .offset = G0_FLASH_OPTR, .mask = BITS(G0_FLASH_OPTR_RDP), .value = 0xAA, .unless = true,
      .with_offset = G0_FLASH_SECR, .with_mask = BITS(G0_FLASH_SECR_BOOT_LOCK), .with_value = BITS(G0_FLASH_SECR_BOOT_LOCK),
      .why = "readout protection while BOOT_LOCK is set closes the debug port" },
    { 0 },
};

#define FLASH_COMMON                                                                                                                  \
    .base = FLASH_BASE, .regs = &g0_flash_regs, .acr = G0_FLASH_ACR, .keyr = G0_FLASH_KEYR, .optkeyr = G0_FLASH_OPTKEYR,              \
    .sr = G0_FLASH_SR, .cr = G0_FLASH_CR, .eccr = G0_FLASH_ECCR, .key = { 0x45670123, 0xCDEF89AB },                                   \
    .optkey = { 0x08192A3B, 0x4C5D6E7F },                                                                                             \
    .sr_busy = BITS(G0_FLASH_SR_BSY) | BITS(G0_FLASH_SR_BSY2) | BITS(G0_FLASH_SR_CFGBSY), .sr_errors = SR_ERRORS,                     \
    /* OPTVERR tells of the option bytes as loaded: no operation's failure */                                                         \
    .sr_clear = SR_ERRORS | BITS(G0_FLASH_SR_EOP) | BITS(G0_FLASH_SR_OPTVERR), .cr_pg = BITS(G0_FLASH_CR_PG),                         \
    .cr_per = BITS(G0_FLASH_CR_PER), .cr_mer = BITS(G0_FLASH_CR_MER), .cr_strt = BITS(G0_FLASH_CR_STRT),                              \
    .cr_optstrt = BITS(G0_FLASH_CR_OPTSTRT), .cr_obl_launch = BITS(G0_FLASH_CR_OBL_LAUNCH), .cr_fstpg = BITS(G0_FLASH_CR_FSTPG),      \
    .cr_lock = BITS(G0_FLASH_CR_LOCK), .cr_optlock = BITS(G0_FLASH_CR_OPTLOCK), .cr_pnb_lsb = G0_FLASH_CR_PNB_LSB,                    \
    .cr_pnb_width = G0_FLASH_CR_PNB_WIDTH, .acr_empty = BITS(G0_FLASH_ACR_EMPTY), .unit_bytes = 8, .page_bytes = 2 * KIB,             \
    .typical = { PROGRAM_US, ERASE_MS, MASS_ERASE_MS }, .limit = { PROGRAM_LIMIT_US, ERASE_LIMIT_MS, MASS_ERASE_LIMIT_MS },           \
    .never = never, .wrp = wrp_areas, .rdp_offset = G0_FLASH_OPTR, .rdp_mask = BITS(G0_FLASH_OPTR_RDP), .rdp_level0 = 0xAA,           \
    .rdp_level2 = 0xCC

static const struct flash_facts flash_g0 = { FLASH_COMMON, .options = options_g0 };
static const struct flash_facts flash_g0b = { FLASH_COMMON, .options = options_g0b,
    .optr_dual_bank = BITS(G0_FLASH_OPTR_DUAL_BANK), .optr_nswap_bank = BITS(G0_FLASH_OPTR_nSWAP_BANK) };

/* Bases: ST cmsis-device-g0; compared with tests/facts/bases.csv. */
static const struct device_block blocks[] = {
    { &g0_flash_regs, FLASH_BASE }, { &g0_rcc_regs, RCC_BASE },     { &g0_dbgmcu_regs, DBGMCU_BASE }, { &g0_syscfg_regs, 0x40010000 },
    { &g0_iwdg_regs, 0x40003000 },  { &g0_pwr_regs, 0x40007000 }, { 0 },
};

/* The core runs from HSI16 after a reset: there is nothing faster that needs no wait state. */
#define G0_COMMON                                                                                                                      \
    .idcode_at = DBGMCU_BASE + G0_DBGMCU_IDCODE, .dpidr = 0x0BC11477, .flash_kib_at = 0x1FFF75E0, .uid_at = 0x1FFF7590, .flash_base = 0x08000000,           \
    .loader_ram = 0x20000000, .crc_base = 0x40023000, .rcc_base = RCC_BASE, .iwdg_base = 0x40003000, .wwdg_base = 0x40002C00,          \
    .dbgmcu_base = DBGMCU_BASE, .syscfg_base = 0x40010000, .crc_enable_at = RCC_BASE + G0_RCC_AHBENR,                                  \
    .crc_enable_mask = BITS(G0_RCC_AHBENR_CRCEN), .reset_flags_at = RCC_BASE + G0_RCC_CSR, .rcc_regs = &g0_rcc_regs, \
    .iwdg_regs = &g0_iwdg_regs,                                                                                                          \
    .freeze_at = DBGMCU_BASE + G0_DBGMCU_APB1FZR,                                                                                      \
    .freeze_mask = BITS(G0_DBGMCU_APB1FZR_DBG_WWDG_STOP) | BITS(G0_DBGMCU_APB1FZR_DBG_IWDG_STOP),                                      \
    .debug_clock_at = RCC_BASE + G0_RCC_APBENR1, .debug_clock_mask = BITS(G0_RCC_APBENR1_DBGEN),                                       \
    .iwdg_sw_mask = BITS(G0_FLASH_OPTR_IDWG_SW), .wwdg_sw_mask = BITS(G0_FLASH_OPTR_WWDG_SW), .reset_hz = 16000000, .blocks = blocks, \
    .sysclk = { "HSI16", "HSE", "PLL", "LSI", "LSE" }

#define MAP(flash_kib, ram_kib, system_kib, more_system)            \
    (const struct region[]){                                        \
        { "flash",       0x08000000, (flash_kib) * KIB,  REGION_FLASH }, \
        { "system",      0x1FFF0000, (system_kib) * KIB, REGION_SYSTEM }, \
        { "otp",         0x1FFF7000, 1 * KIB,            REGION_OTP }, \
        { "engineering", 0x1FFF7400, 1 * KIB,            REGION_SYSTEM }, \
        { "options",     0x1FFF7800, 2 * KIB,            REGION_SYSTEM }, \
        more_system                                                 \
        { "sram",        0x20000000, (ram_kib) * KIB,    REGION_RAM }, \
        { "peripherals", 0x40000000, 192 * KIB,          REGION_PERIPHERAL }, \
        { "gpio",        0x50000000, 8 * KIB,            REGION_PERIPHERAL }, \
        { "ppb",         0xE0000000, 1 * KIB * KIB,      REGION_PERIPHERAL }, \
        { 0 },                                                      \
    }
#define NOTHING_MORE
#define SYSTEM2 { "system2", 0x1FFF8000, 28 * KIB, REGION_SYSTEM },
/* clang-format on */

static const char *const revisions_g071[] = { "0x1000", "A/Z", "0x2000", "B", NULL };
static const char *const revisions_g031[] = { "0x1000", "A", "0x1001", "Z", "0x2000", "B", NULL };
static const char *const revisions_a[] = { "0x1000", "A", NULL };

const struct device device_stm32g071 = {
    .name = "STM32G070/G071/G081",
    .dev_id = 0x460,
    .bootloader_id_at = 0x1FFF6FFE,
    .flash_bytes_max = 128 * KIB,
    .loader_ram_bytes = 32 * KIB, /* 36 KiB only while the parity check is off */
    G0_COMMON,
    .flash = &flash_g0,
    .map = MAP(128, 36, 28, NOTHING_MORE),
    .revisions = revisions_g071,
    .bench_chip = "stm32g071rb",
    .source = "RM0444; AN2606 Rev 70. 32 KiB of RAM are safe (CubeProgrammer's data base); 36 KiB need RAM_PARITY_CHECK = 1.",
};

const struct device device_stm32g031 = {
    .name = "STM32G030/G031/G041",
    .dev_id = 0x466,
    .bootloader_id_at = 0x1FFF1FFE,
    .flash_bytes_max = 64 * KIB,
    .loader_ram_bytes = 8 * KIB,
    G0_COMMON,
    .flash = &flash_g0,
    .map = MAP(64, 8, 8, NOTHING_MORE),
    .revisions = revisions_g031,
    .source = "RM0444; AN2606 Rev 70",
};

const struct device device_stm32g051 = {
    .name = "STM32G050/G051/G061",
    .dev_id = 0x456,
    .bootloader_id_at = 0x1FFF1FFE,
    .flash_bytes_max = 64 * KIB,
    .loader_ram_bytes = 16 * KIB, /* 18 KiB only while the parity check is off */
    G0_COMMON,
    .flash = &flash_g0,
    .map = MAP(64, 18, 8, NOTHING_MORE),
    .revisions = revisions_a,
    .source = "RM0444; AN2606 Rev 70. 16 KiB of RAM are safe (CubeProgrammer's data base); 18 KiB need RAM_PARITY_CHECK = 1.",
};

const struct device device_stm32g0b1 = {
    .name = "STM32G0B0/G0B1/G0C1",
    .dev_id = 0x467,
    .bootloader_id_at = 0x1FFF9FFE,
    .flash_bytes_max = 512 * KIB,
    .loader_ram_bytes = 64 * KIB,
    G0_COMMON,
    .flash = &flash_g0b,
    .map = MAP(512, 144, 28, SYSTEM2),
    .revisions = revisions_a,
    .source = "RM0444; AN2606 Rev 70; OpenOCD stm32l4x.c (DUAL_BANK splits the flash in two halves, BKER is bit 13).",
};
