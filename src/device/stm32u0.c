/* stm32u0.c - rows of the STM32U0: U073/U083 and U031. Facts only.
 *
 * Sources: ST cmsis-device-u0 V1.3.0 (stm32u073xx.h, stm32u031xx.h), STM32U0 HAL, ST SVD V1.0; RM0503 where public code quotes it; AN2606
 * Rev 70; RM0490 and RM0444 for the same flash controller in the STM32C0 and G0. */
#include "device/device.h"
#include "device/regs/u0_dbgmcu.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_iwdg.h"
#include "device/regs/u0_pwr.h"
#include "device/regs/u0_rcc.h"
#include "device/regs/u0_syscfg.h"

#define KIB 1024u

enum {
    FLASH_BASE = 0x40022000,
    RCC_BASE = 0x40021000,
    DBGMCU_BASE = 0x40015800,
    SYSCFG_BASE = 0x40010000,

    OPTR_FACTORY = (int)0xFFFFFEAA, /* estimate: a factory G071 reads so; bits 31:30 may read 0 */
    WRP_OFF = 0x0000007F,           /* STRT > END: no page. CubeProgrammer's factory data */
    SECR_FACTORY = (int)0xB4000000, /* HDP1EN = off. CubeProgrammer's factory data */

    /* Flash times of the STM32G0 (same process and controller); no U0 figure is public: estimate. */
    PROGRAM_US = 85,
    ERASE_MS = 22,
    MASS_ERASE_MS = 22,
    /* When to call it stuck: OpenOCD's limits (50 ms, 250 ms), ST HAL's for the mass erase (1 s). */
    PROGRAM_LIMIT_US = 50000,
    ERASE_LIMIT_MS = 250,
    MASS_ERASE_LIMIT_MS = 1000,
};

#define OPTR_WRITABLE                                                                                                                  \
    (BITS(U0_FLASH_OPTR_RDP) | BITS(U0_FLASH_OPTR_BOR_EN) | BITS(U0_FLASH_OPTR_BOR_LEV) | BITS(U0_FLASH_OPTR_nRST_STOP) |              \
     BITS(U0_FLASH_OPTR_nRST_STDBY) | BITS(U0_FLASH_OPTR_nRST_SHDW) | BITS(U0_FLASH_OPTR_IWDG_SW) | BITS(U0_FLASH_OPTR_IWDG_STOP) |    \
     BITS(U0_FLASH_OPTR_IWDG_STDBY) | BITS(U0_FLASH_OPTR_WWDG_SW) | BITS(U0_FLASH_OPTR_BDRST) | BITS(U0_FLASH_OPTR_RAM_PARITY_CHECK) | \
     BITS(U0_FLASH_OPTR_BKPSRAM_HW_ERASE) | BITS(U0_FLASH_OPTR_nBOOT_SEL) | BITS(U0_FLASH_OPTR_nBOOT1) | BITS(U0_FLASH_OPTR_nBOOT0) |  \
     BITS(U0_FLASH_OPTR_NRST_MODE) | BITS(U0_FLASH_OPTR_IRHEN))

#define SR_ERRORS                                                                                                 \
    (BITS(U0_FLASH_SR_OPERR) | BITS(U0_FLASH_SR_PROGERR) | BITS(U0_FLASH_SR_WRPERR) | BITS(U0_FLASH_SR_PGAERR) |  \
     BITS(U0_FLASH_SR_SIZERR) | BITS(U0_FLASH_SR_PGSERR) | BITS(U0_FLASH_SR_MISERR) | BITS(U0_FLASH_SR_FASTERR) | \
     BITS(U0_FLASH_SR_HDPOPTWERR) | BITS(U0_FLASH_SR_OEMOPTWERR))

/* The registers behind the OEM keys are write-only and say nothing; they are not option words to be saved and put back. */
/* clang-format off */
static const struct option_word options[] = {
    { "OPTR",   U0_FLASH_OPTR,   OPTR_WRITABLE, (uint32_t)OPTR_FACTORY },
    { "WRP1AR", U0_FLASH_WRP1AR, BITS(U0_FLASH_WRP1AR_WRP1A_STRT) | BITS(U0_FLASH_WRP1AR_WRP1A_END), WRP_OFF },
    { "WRP1BR", U0_FLASH_WRP1BR, BITS(U0_FLASH_WRP1BR_WRP1B_STRT) | BITS(U0_FLASH_WRP1BR_WRP1B_END), WRP_OFF },
    { "SECR",   U0_FLASH_SECR,   BITS(U0_FLASH_SECR_HDP1_PEND) | BITS(U0_FLASH_SECR_BOOT_LOCK) | BITS(U0_FLASH_SECR_HDP1EN), (uint32_t)SECR_FACTORY },
    { 0 },
};

static const struct wrp_area wrp_areas[] = {
    { "WRP1A", U0_FLASH_WRP1AR, U0_FLASH_WRP1AR_WRP1A_STRT_LSB, U0_FLASH_WRP1AR_WRP1A_END_LSB, U0_FLASH_WRP1AR_WRP1A_STRT_WIDTH },
    { "WRP1B", U0_FLASH_WRP1BR, U0_FLASH_WRP1BR_WRP1B_STRT_LSB, U0_FLASH_WRP1BR_WRP1B_END_LSB, U0_FLASH_WRP1BR_WRP1B_STRT_WIDTH },
    { 0 },
};

/* RM0503 3.5: level 2 is permanent (but for a part with an OEM2 key). BOOT_LOCK at level 1 closes the debug port: ST SVD, SECR. */
static const struct never_write never[] = {
    { .offset = U0_FLASH_OPTR, .mask = BITS(U0_FLASH_OPTR_RDP), .value = 0xCC,
      .why = "readout protection level 2 closes the chip for ever" },
    { .offset = U0_FLASH_SECR, .mask = BITS(U0_FLASH_SECR_BOOT_LOCK), .value = BITS(U0_FLASH_SECR_BOOT_LOCK),
      .with_offset = U0_FLASH_OPTR, .with_mask = BITS(U0_FLASH_OPTR_RDP), .with_value = 0xAA, .with_unless = true,
      .why = "BOOT_LOCK while readout protection is on closes the debug port" },
    { .offset = U0_FLASH_OPTR, .mask = BITS(U0_FLASH_OPTR_RDP), .value = 0xAA, .unless = true,
      .with_offset = U0_FLASH_SECR, .with_mask = BITS(U0_FLASH_SECR_BOOT_LOCK), .with_value = BITS(U0_FLASH_SECR_BOOT_LOCK),
      .why = "readout protection while BOOT_LOCK is set closes the debug port" },
    { 0 },
};
/* clang-format on */

static const struct flash_facts flash_u0 = {
    .base = FLASH_BASE,
    .regs = &u0_flash_regs,
    .acr = U0_FLASH_ACR,
    .keyr = U0_FLASH_KEYR,
    .optkeyr = U0_FLASH_OPTKEYR,
    .sr = U0_FLASH_SR,
    .cr = U0_FLASH_CR,
    .eccr = U0_FLASH_ECCR,
    .key = { 0x45670123, 0xCDEF89AB },
    .optkey = { 0x08192A3B, 0x4C5D6E7F },
    .sr_busy = BITS(U0_FLASH_SR_BSY1) | BITS(U0_FLASH_SR_CFGBSY),
    .sr_errors = SR_ERRORS,
    /* OPTVERR tells of the option bytes as loaded and comes again at each reset: cleared with the rest, but no operation's failure. */
    .sr_clear = SR_ERRORS | BITS(U0_FLASH_SR_EOP) | BITS(U0_FLASH_SR_OPTVERR),
    .cr_pg = BITS(U0_FLASH_CR_PG),
    .cr_per = BITS(U0_FLASH_CR_PER),
    .cr_mer = BITS(U0_FLASH_CR_MER1),
    .cr_strt = BITS(U0_FLASH_CR_STRT),
    .cr_optstrt = BITS(U0_FLASH_CR_OPTSTRT),
    .cr_obl_launch = BITS(U0_FLASH_CR_OBL_LAUNCH),
    .cr_fstpg = BITS(U0_FLASH_CR_FSTPG),
    .cr_lock = BITS(U0_FLASH_CR_LOCK),
    .cr_optlock = BITS(U0_FLASH_CR_OPTLOCK),
    .cr_pnb_lsb = U0_FLASH_CR_PNB_LSB,
    .cr_pnb_width = U0_FLASH_CR_PNB_WIDTH,
    .acr_empty = BITS(U0_FLASH_ACR_EMPTY),
    .unit_bytes = 8,
    .page_bytes = 2 * KIB,
    .typical = { PROGRAM_US, ERASE_MS, MASS_ERASE_MS },
    .limit = { PROGRAM_LIMIT_US, ERASE_LIMIT_MS, MASS_ERASE_LIMIT_MS },
    .options = options,
    .never = never,
    .wrp = wrp_areas,
    .rdp_offset = U0_FLASH_OPTR,
    .rdp_mask = BITS(U0_FLASH_OPTR_RDP),
    .rdp_level0 = 0xAA,
    .rdp_level2 = 0xCC,
};

static const char *const revisions[] = { "0x1000", "A", NULL }; /* OpenOCD stm32l4x.c */

/* HSI16 instead of MSI at 4 MHz: range 1 (reset value of PWR_CR1.VOS) runs up to 24 MHz without wait states (LL utils). */
/* clang-format off */
#define RAISE_HSI16                                                                                           \
    {                                                                                                         \
        .on_at = RCC_BASE + U0_RCC_CR, .on_mask = BITS(U0_RCC_CR_HSION), .ready_mask = BITS(U0_RCC_CR_HSIRDY), \
        .switch_at = RCC_BASE + U0_RCC_CFGR, .sw_mask = BITS(U0_RCC_CFGR_SW), .sw = PUT(U0_RCC_CFGR_SW, 1),    \
        .sws_mask = BITS(U0_RCC_CFGR_SWS), .sws = PUT(U0_RCC_CFGR_SWS, 1), .hz = 16000000,                     \
    }
/* clang-format on */

/* Bases: ST cmsis-device-u0; compared with tests/facts/bases.csv. */
static const struct device_block blocks[] = {
    { &u0_flash_regs, FLASH_BASE },
    { &u0_rcc_regs, RCC_BASE },
    { &u0_dbgmcu_regs, DBGMCU_BASE },
    { &u0_syscfg_regs, SYSCFG_BASE },
    { &u0_iwdg_regs, 0x40003000 },
    { &u0_pwr_regs, 0x40007000 },
    { 0 },
};

/* AN2606: system memory's first words are its vectors; SYSCFG_CFGR1.MEM_MODE 1 maps it to address 0 (ST's LL driver). */
#define ROM                                                                                                                           \
    {                                                                                                                                 \
        .at = 0x1FFF0000, .clock_at = RCC_BASE + U0_RCC_APBENR2, .clock_mask = BITS(U0_RCC_APBENR2_SYSCFGEN),                         \
        .map_at = SYSCFG_BASE + U0_SYSCFG_CFGR1, .map_mask = BITS(U0_SYSCFG_CFGR1_MEM_MODE), .map = PUT(U0_SYSCFG_CFGR1_MEM_MODE, 1), \
    }

/* Where a register block or bit is, the same on all U0. */
#define U0_COMMON                                                                                                                        \
    .idcode_at = DBGMCU_BASE + U0_DBGMCU_IDCODE, .dpidr = 0x6BA02477, .flash_base = 0x08000000, .loader_ram = 0x20000000,                \
    .crc_base = 0x40023000, .rcc_base = RCC_BASE, .iwdg_base = 0x40003000, .wwdg_base = 0x40002C00, .dbgmcu_base = DBGMCU_BASE,          \
    .syscfg_base = SYSCFG_BASE, .crc_enable_at = RCC_BASE + U0_RCC_AHBENR, .crc_enable_mask = BITS(U0_RCC_AHBENR_CRCEN),                 \
    .reset_flags_at = RCC_BASE + U0_RCC_CSR, .rcc_regs = &u0_rcc_regs, .iwdg_regs = &u0_iwdg_regs,                                       \
    .freeze_at = DBGMCU_BASE + U0_DBGMCU_APB1FZR,                                                                                        \
    .freeze_mask = BITS(U0_DBGMCU_APB1FZR_DBG_WWDG_STOP) | BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP),                                        \
    .debug_clock_at = RCC_BASE + U0_RCC_DBGCFGR, .debug_clock_mask = BITS(U0_RCC_DBGCFGR_DBGEN),                                         \
    .iwdg_sw_mask = BITS(U0_FLASH_OPTR_IWDG_SW), .wwdg_sw_mask = BITS(U0_FLASH_OPTR_WWDG_SW), .reset_hz = 4000000, .raise = RAISE_HSI16, \
    .sysclk = { "MSI", "HSI16", "HSE", "PLL", "LSI", "LSE" }, .rom = ROM, .flash = &flash_u0, .revisions = revisions, .blocks = blocks

const struct device device_stm32u073 = {
    .name = "STM32U073/U083",
    .dev_id = 0x489,
    .flash_kib_at = 0x1FFF6EA0,
    .uid_at = 0x1FFF6E50,
    .bootloader_id_at = 0x1FFF67FE,
    .flash_bytes_max = 256 * KIB,
    .dfu = { FLASH_BASE + U0_FLASH_OPTR, 136 }, /* OPTR to OEM2KEYW3R; a U083's strings, and ST's Open Bootloader for it */
    .loader_ram_bytes = 32 * KIB,               /* SRAM1; SRAM2 behind it has parity and may be kept over resets */
    U0_COMMON,
    /* clang-format off */
    .map = (const struct region[]){
        { "flash",       0x08000000, 256 * KIB, REGION_FLASH },
        { "system",      0x1FFF0000,  26 * KIB, REGION_SYSTEM },
        { "otp",         0x1FFF6800,   1 * KIB, REGION_OTP },
        { "engineering", 0x1FFF6C00,   1 * KIB, REGION_SYSTEM },
        { "sram",        0x20000000,  40 * KIB, REGION_RAM },
        { "peripherals", 0x40000000, 192 * KIB, REGION_PERIPHERAL },
        { "gpio",        0x50000000,   8 * KIB, REGION_PERIPHERAL },
        { "ppb",         0xE0000000,   1 * KIB * KIB, REGION_PERIPHERAL },
        { 0 },
    },
    /* clang-format on */
    .bench_chip = "stm32u073rc",
    .source = "ST stm32u073xx.h V1.3.0; RM0503. Flash size at 0x1FFF6EA0 (header, OpenOCD, Black Magic Debug), not 0x1FFF777C "
              "(CubeProgrammer's data base). Flash times are the STM32G0's; factory OPTR is an estimate.",
};

const struct device device_stm32u031 = {
    .name = "STM32U031",
    .dev_id = 0x459,
    .flash_kib_at = 0x1FFF3EA0,
    .uid_at = 0x1FFF3E50,
    .bootloader_id_at = 0x1FFF37FE,
    .flash_bytes_max = 64 * KIB,
    .loader_ram_bytes = 8 * KIB, /* SRAM1 */
    U0_COMMON,
    /* clang-format off */
    .map = (const struct region[]){
        { "flash",       0x08000000,  64 * KIB, REGION_FLASH },
        { "system",      0x1FFF0000,  14 * KIB, REGION_SYSTEM },
        { "engineering", 0x1FFF3C00,   1 * KIB, REGION_SYSTEM },
        { "otp",         0x1FFF6800,   1 * KIB, REGION_OTP },
        { "sram",        0x20000000,  12 * KIB, REGION_RAM },
        { "peripherals", 0x40000000, 192 * KIB, REGION_PERIPHERAL },
        { "gpio",        0x50000000,   8 * KIB, REGION_PERIPHERAL },
        { "ppb",         0xE0000000,   1 * KIB * KIB, REGION_PERIPHERAL },
        { 0 },
    },
    /* clang-format on */
    .source =
        "ST stm32u031xx.h V1.3.0; AN2606 Rev 70 (14 KiB of system memory; the header repeats the U073's 26 KiB, which would cover its "
        "own signature area). Flash size at 0x1FFF3EA0 (header, OpenOCD), not 0x1FFF777C (CubeProgrammer's data base).",
};
