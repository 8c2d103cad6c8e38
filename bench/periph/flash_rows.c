/* flash_rows.c - the flash of each chip: what differs between them, as rows.
 *
 * Sources: RM0503 3 and 38, ST stm32u073xx.h (U073); RM0444 3 and 41, ST stm32g071xx.h (G071); AN2606 (bootloader ids). What no source
 * gives is marked `estimate`. */
#include "periph/adc.h"
#include "periph/bootloader_bytes.h"
#include "periph/flash_impl.h"

#define KIB       1024u
#define U0(field) BITS(U0_FLASH_##field)
#define G0(field) BITS(G0_FLASH_##field)

/* Typical times of the STM32G0 (data sheet of the STM32G030); for the U0, of the same process, an estimate. Mass erase: the same class.
 * Fast: RM0444 3.3.8 allows about 20 us between double words and 7 to 8 ms altogether. The option page is erased like any other:
 * estimate. */
static const struct flash_times times_g0 = {
    .double_word = 85 * PS_PER_US,
    .fast_double_word = 1700 * PS_PER_US / 32,
    .page_erase = 22000 * PS_PER_US,
    .mass_erase = 22100 * PS_PER_US,
    .option_page_erase = 22000 * PS_PER_US,
    .fast_gap = 20 * PS_PER_US,
    .fast_limit = 7 * PS_PER_MS,
    .source = "STM32G0 data sheets, typical",
};

/* clang-format off */

/* ---- registers ---- */

#define ACR_WRITABLE  (U0(ACR_LATENCY) | U0(ACR_PRFTEN) | U0(ACR_ICEN) | U0(ACR_ICRST) | U0(ACR_EMPTY) | U0(ACR_DBG_SWEN))
#define SR_CLEARABLE  (U0(SR_EOP) | U0(SR_OPERR) | U0(SR_PROGERR) | U0(SR_WRPERR) | U0(SR_PGAERR) | U0(SR_SIZERR) | U0(SR_PGSERR) | \
                       U0(SR_MISERR) | U0(SR_FASTERR) | U0(SR_OPTVERR))
#define CR_WRITABLE   (U0(CR_PG) | U0(CR_PER) | U0(CR_MER1) | U0(CR_PNB) | U0(CR_FSTPG) | U0(CR_EOPIE) | U0(CR_ERRIE) | U0(CR_OPTLOCK) | \
                       U0(CR_LOCK))
#define ECC_FLAGS     (U0(ECCR_ECCC) | U0(ECCR_ECCD))
#define HDPCR_OPEN    (PUT(U0_FLASH_HDPCR_HDP1_ACCDIS, FLASH_HDP_ACCESSIBLE) | PUT(U0_FLASH_HDPCR_HDP1EXT_ACCDIS, FLASH_HDP_ACCESSIBLE))

static const struct flash_reg_row regs_u0[] = {
    /* offset           reset       writable       1 clears                                           bits kept in  acts */
    { U0_FLASH_ACR,     0x00040600, ACR_WRITABLE,  0,                                                 REG_ACR,      flash_write_acr,     "ACR"     },
    { U0_FLASH_KEYR,    0,          0,             0,                                                 REG_NONE,     flash_write_key,     "KEYR"    },
    { U0_FLASH_OPTKEYR, 0,          0,             0,                                                 REG_NONE,     flash_write_optkey,  "OPTKEYR" },
    { U0_FLASH_SR,      0,          0, SR_CLEARABLE | U0(SR_HDPOPTWERR) | U0(SR_OEMOPTWERR),          REG_SR,       NULL,                "SR"      },
    { U0_FLASH_CR,      0xC0000000, CR_WRITABLE,   0,                                                 REG_CR,       flash_write_cr,      "CR"      },
    { U0_FLASH_ECCR,    0,          U0(ECCR_ECCCIE), ECC_FLAGS,                                       REG_ECCR,     NULL,                "ECCR"    },
    { U0_FLASH_HDPCR,   HDPCR_OPEN /* estimate */, U0(HDPCR_HDP1_ACCDIS) | U0(HDPCR_HDP1EXT_ACCDIS), 0, REG_HDPCR,  flash_write_hdpcr,   "HDPCR"   },
    { U0_FLASH_HDPEXTR, 0,          U0(HDPEXTR_HDP1_EXT), 0,                                          REG_HDPEXTR,  flash_write_hdpextr, "HDPEXTR" },
    { 0 },
};

static const struct flash_reg_row regs_g0[] = {
    /* offset           reset       writable                                        1 clears                     bits kept in  acts */
    { G0_FLASH_ACR,     0x00040600, ACR_WRITABLE,                                   0,                           REG_ACR,  flash_write_acr,    "ACR"     },
    { G0_FLASH_KEYR,    0,          0,                                              0,                           REG_NONE, flash_write_key,    "KEYR"    },
    { G0_FLASH_OPTKEYR, 0,          0,                                              0,                           REG_NONE, flash_write_optkey, "OPTKEYR" },
    { G0_FLASH_SR,      0,          0,                                              SR_CLEARABLE | G0(SR_RDERR), REG_SR,   NULL,               "SR"      },
    { G0_FLASH_CR,      0xC0000000, CR_WRITABLE | G0(CR_RDERRIE) | G0(CR_SEC_PROT), 0,                           REG_CR,   flash_write_cr,     "CR"      },
    { G0_FLASH_ECCR,    0,          G0(ECCR_ECCIE),                                 ECC_FLAGS,                   REG_ECCR, NULL,               "ECCR"    },
    { 0 },
};

/* ---- options ---- */

#define OPTR_SAME   (U0(OPTR_RDP) | U0(OPTR_BOR_EN) | U0(OPTR_BOR_LEV) | U0(OPTR_nRST_STOP) | U0(OPTR_nRST_STDBY) | U0(OPTR_nRST_SHDW) | \
                     U0(OPTR_IWDG_SW) | U0(OPTR_IWDG_STOP) | U0(OPTR_IWDG_STDBY) | U0(OPTR_WWDG_SW) | U0(OPTR_RAM_PARITY_CHECK) | \
                     U0(OPTR_nBOOT_SEL) | U0(OPTR_nBOOT1) | U0(OPTR_nBOOT0) | U0(OPTR_NRST_MODE) | U0(OPTR_IRHEN))
#define WRP_BITS    (U0(WRP1AR_WRP1A_STRT) | U0(WRP1AR_WRP1A_END))
#define WRP_OFF     0x0000007F /* STRT above END; factory value an estimate from the CubeProgrammer database */
#define OPTR_FACTORY  0xFFFFFEAA /* read from a G071; for the U073 an estimate */
#define OPTR_MISMATCH 0xFFFFFEFF /* user bits 1, BOR off, RDP level 1 */
#define HDP_OFF     PUT(U0_FLASH_SECR_HDP1EN, FLASH_HDP_OFF)
#define NO_COPY     UINT32_MAX
#define OEM_WORD(name) { U0_FLASH_##name, UINT32_MAX, 0, 0, NO_COPY, true, #name } /* no key; mismatch value an estimate */

static const struct flash_option_row options_u0[] = {
    /* register          bits that exist                                                  factory       mismatch */
    { U0_FLASH_OPTR,     OPTR_SAME | U0(OPTR_BDRST) | U0(OPTR_BKPSRAM_HW_ERASE),          OPTR_FACTORY, OPTR_MISMATCH, NO_COPY, false, "OPTR" },
    { U0_FLASH_WRP1AR,   WRP_BITS,                                                        WRP_OFF,      WRP_OFF,       NO_COPY, false, "WRP1AR" },
    { U0_FLASH_WRP1BR,   WRP_BITS,                                                        WRP_OFF,      WRP_OFF,       NO_COPY, false, "WRP1BR" },
    { U0_FLASH_SECR,     U0(SECR_HDP1_PEND) | U0(SECR_BOOT_LOCK) | U0(SECR_HDP1EN),       HDP_OFF,
                         HDP_OFF | U0(SECR_BOOT_LOCK) /* HDP part an estimate */,                                      NO_COPY, false, "SECR" },
    OEM_WORD(OEM1KEYW0R), OEM_WORD(OEM1KEYW1R), OEM_WORD(OEM1KEYW2R), OEM_WORD(OEM1KEYW3R),
    OEM_WORD(OEM2KEYW0R), OEM_WORD(OEM2KEYW1R), OEM_WORD(OEM2KEYW2R), OEM_WORD(OEM2KEYW3R),
    { 0 },
};

#define PCROP_STRT  G0(PCROP1ASR_PCROP1A_STRT)
#define PCROP_END   G0(PCROP1AER_PCROP1A_END)
#define PCROP_OFF   0x1FF /* start; end 0: off. Factory values an estimate */

static const struct flash_option_row options_g0[] = {
    /* register            bits that exist                              factory       mismatch                   copy at */
    { G0_FLASH_OPTR,       OPTR_SAME | G0(OPTR_BORF_LEV),               OPTR_FACTORY, OPTR_MISMATCH,             0x00, false, "OPTR" },
    { G0_FLASH_PCROP1ASR,  PCROP_STRT,                                  PCROP_OFF,    0 /* all of it */,         0x08, false, "PCROP1ASR" },
    { G0_FLASH_PCROP1AER,  PCROP_END | G0(PCROP1AER_PCROP_RDP),         0,            0x800001FF /* all of it */, 0x10, false, "PCROP1AER" },
    { G0_FLASH_WRP1AR,     WRP_BITS,                                    WRP_OFF,      WRP_OFF,                   0x18, false, "WRP1AR" },
    { G0_FLASH_WRP1BR,     WRP_BITS,                                    WRP_OFF,      WRP_OFF,                   0x20, false, "WRP1BR" },
    { G0_FLASH_PCROP1BSR,  PCROP_STRT,                                  PCROP_OFF,    PCROP_OFF,                 0x28, false, "PCROP1BSR" },
    { G0_FLASH_PCROP1BER,  PCROP_END,                                   0,            0,                         0x30, false, "PCROP1BER" },
    { G0_FLASH_SECR,       G0(SECR_SEC_SIZE) | G0(SECR_BOOT_LOCK),      0,            G0(SECR_BOOT_LOCK),        0x70, false, "SECR" },
    { 0 },
};

/* ---- what the factory wrote ---- */

/* The G071's system memory holds a vector table and one instruction of ours, a branch to itself; the UID is ours, too. */
#define ROM_LOOP(base) \
    { (base) + 0x00, 0x20001000, 4 },          /* stack pointer */  \
    { (base) + 0x04, (base) + 0x10 + 1, 4 },   /* reset */          \
    { (base) + 0x08, (base) + 0x10 + 1, 4 },   /* NMI */            \
    { (base) + 0x0C, (base) + 0x10 + 1, 4 },   /* HardFault */      \
    { (base) + 0x10, 0xE7FE, 2 }               /* b . */
#define UID_AT(base) \
    { (base) + 0, 0x00170023, 4 }, { (base) + 4, 0x43455301, 4 }, { (base) + 8, 0x30524F54, 4 }  /* die 23, 35; wafer 1; "SECTOR0" */

/* The bootloader is firmware/bootloader; its settings are the board's (board/params.h). */
static const struct flash_fact facts_u073[] = {
    { 0x1FFF618C, 0x11,   4 }, /* version of ExitSecureMemory */
    { 0x1FFF67FE, 0xD0,   1 }, /* bootloader V13.0 */
    { 0x1FFF6D00, 0x0002, 2 }, /* package: estimate */
    UID_AT(0x1FFF6E50),
    { 0x1FFF6E68, ADC_TS_CAL1, 2 },
    { 0x1FFF6E8A, ADC_TS_CAL2, 2 },
    { 0x1FFF6EA0, 256,    2 }, /* KiB */
    { 0x1FFF6EA4, ADC_VREFINT_CAL, 2 },
    { 0 },
};

static const struct flash_fact facts_g071[] = {
    ROM_LOOP(0x1FFF0000),
    { 0x1FFF6FFE, 0xB4,   1 }, /* bootloader */
    { 0x1FFF7500, 0x000C, 2 }, /* package: LQFP64, as RM0454 30.2 codes it */
    UID_AT(0x1FFF7590),
    { 0x1FFF75A8, ADC_TS_CAL1, 2 },
    { 0x1FFF75AA, ADC_VREFINT_CAL, 2 },
    { 0x1FFF75CA, ADC_TS_CAL2, 2 },
    { 0x1FFF75E0, 128,    2 }, /* KiB */
    { 0 },
};

/* ---- the chips ---- */

const struct flash_row flash_row_u073 = {
    .name            = "STM32U073",
    .main            = { 0x08000000, 256 * KIB },
    .system          = { 0x1FFF0000, 26 * KIB },
    .otp             = { 0x1FFF6800, 1 * KIB },
    .signature       = { 0x1FFF6C00, 1 * KIB },
    .page_bytes      = 2 * KIB,
    .regs            = regs_u0,
    .options         = options_u0,
    .wrp             = { { "WRP1A", U0_FLASH_WRP1AR }, { "WRP1B", U0_FLASH_WRP1BR } },
    .hide_protection = true,
    .oem_keys        = true,
    .ecc_addr_mask   = U0(ECCR_ADDR_ECC), /* 14 bits reach half of the array only */
    .times           = &times_g0,
    .rom             = { 0x1FFF0000, sizeof bootloader_bytes, bootloader_bytes },
    .rom_settings    = { 0x1FFF67C0, sizeof bootloader_settings, bootloader_settings },
    .facts           = facts_u073,
};

const struct flash_row flash_row_g071 = {
    .name              = "STM32G071",
    .main              = { 0x08000000, 128 * KIB },
    .system            = { 0x1FFF0000, 28 * KIB },
    .otp               = { 0x1FFF7000, 1 * KIB },
    .signature         = { 0x1FFF7500, 768 },
    .option_copy       = { 0x1FFF7800, 128 },
    .page_bytes        = 2 * KIB,
    .regs              = regs_g0,
    .options           = options_g0,
    .wrp               = { { "WRP1A", G0_FLASH_WRP1AR }, { "WRP1B", G0_FLASH_WRP1BR } },
    .pcrop             = { { G0_FLASH_PCROP1ASR, G0_FLASH_PCROP1AER }, { G0_FLASH_PCROP1BSR, G0_FLASH_PCROP1BER } },
    .zero_over_ones_refused = true, /* ES0418, "overwriting with all zeros a location programmed with all ones" */
    .read_error        = G0(SR_RDERR),
    .read_error_enable = G0(CR_RDERRIE),
    .ecc_addr_mask     = G0(ECCR_ADDR_ECC),
    .times             = &times_g0,
    .facts             = facts_g071,
};
/* clang-format on */
