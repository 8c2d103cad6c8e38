/* mixed_boards.h - what a board of several troubles is mixed from. Written down beforehand: what each trouble is called by the doctor, and
 * what it hides of the others. A board gets at most one trouble of each slot.
 *
 * Not here: one trouble alone on its board (causes.h). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum mixed_slot {
    SLOT_WRP,
    SLOT_BOOT,
    SLOT_LOCK,
    SLOT_RDP,
    SLOT_IWDG,
    SLOT_FLASH,
    SLOT_MPU,
    SLOT_ALIAS,
    SLOT_CORE,
    SLOT_DEBUGGER,
    SLOT_WIRE,
    SLOTS
};

enum { /* what a trouble is seen by; a bit each, for `hides` */
       SEEN_IN_OPTIONS = 1,
       SEEN_IN_APP = 2, /* the application has to run for it */
       SEEN_IN_CORE = 4,
       SEEN_IN_BOOT = 8,
       SEEN_ON_WIRES = 16,

       SEEN_AT_ALL = 31,
};

struct mixed_trouble {
    const char *name;
    enum mixed_slot slot;
    const char *finds; /* the rule that names it */
    unsigned seen, hides;
    const char *wiring, *option, *app, *app_end, *debugger, *last; /* scenario lines, "|" between two; option: words of one write */
    bool once, loops;                                              /* its app lines must not be done twice; must be done again and again */
};

// clang-format off
static const struct mixed_trouble mixed_troubles[] = {
    { "wrp",         SLOT_WRP,      "wrp-pages",             SEEN_IN_OPTIONS, 0, .option = "WRP1AR=0x00030000" },
    { "hal",         SLOT_WRP,      "wrp-from-hal-obget",    SEEN_IN_OPTIONS, 0, .option = "WRP1BR=0" },
    /* the ROM runs, so the application does not, and its state cannot be seen */
    { "rom-boot",    SLOT_BOOT,     "rom-boot-by-option",    SEEN_IN_BOOT,    SEEN_IN_APP | SEEN_IN_CORE, .option = "OPTR.nBOOT_SEL=1,nBOOT1=1,nBOOT0=0" },
    { "boot0",       SLOT_BOOT,     "boot0-pin-in-charge",   SEEN_IN_BOOT,    0, .option = "OPTR.nBOOT_SEL=0" },
    /* main flash boots whatever the other boot options say */
    { "boot-lock",   SLOT_LOCK,     "boot-lock-set",         SEEN_IN_OPTIONS, SEEN_IN_BOOT, .option = "SECR.BOOT_LOCK=1" },
    /* with a debugger at RDP 1 the core may not fetch from flash any more: it locks up, and its own state is gone */
    { "rdp1",        SLOT_RDP,      "rdp1-active",           SEEN_IN_OPTIONS, SEEN_IN_APP | SEEN_IN_CORE, .option = "OPTR.RDP=0xBB" },
    { "hw-watchdog", SLOT_IWDG,     "hw-watchdog-option",    SEEN_IN_OPTIONS, 0, .option = "OPTR.IWDG_SW=0", .app = "store IWDG.KR 0xAAAA", .loops = true },
    { "watchdog",    SLOT_IWDG,     "watchdog-kills-loader", SEEN_IN_APP,     0, .app = "store IWDG.KR 0x5555|store IWDG.KR 0xCCCC|store IWDG.KR 0xAAAA", .loops = true },
    { "stale",       SLOT_FLASH,    "stale-error-flags",     SEEN_IN_APP,     0, .app = "store 0x00000000 1|store 0x00000004 1" },
    { "half-word",   SLOT_FLASH,    "cfgbsy-stuck",          SEEN_IN_APP,     0, .app = "store FLASH.KEYR 0x45670123|store FLASH.KEYR 0xCDEF89AB|set FLASH.CR PG=1|store 0x08004000 0x12345678", .once = true },
    { "mpu",         SLOT_MPU,      "loader-inherits-mpu",   SEEN_IN_APP,     0, .app = "store PPB.MPU_RBAR 0x20000010|store PPB.MPU_RASR 0x1303001F|store PPB.MPU_CTRL 0x5" },
    /* with exceptions, see goes_with */
    { "alias",       SLOT_ALIAS,    "sram-remapped-alias",   SEEN_IN_APP,     0, .app = "set RCC.APBENR2 SYSCFGEN=1|set SYSCFG.CFGR1 MEM_MODE=1" },
    { "fault",       SLOT_CORE,     "core-in-hardfault",     SEEN_IN_CORE,    0, .app_end = "wait 1ms|fault" },
    { "lockup",      SLOT_CORE,     "core-locked-up",        SEEN_IN_CORE,    0, .app_end = "wait 1ms|lockup" },
    { "nmi",         SLOT_CORE,     "core-in-nmi",           SEEN_IN_CORE,    0, .app_end = "wait 1ms|store PPB.ICSR 0x80000000" },
    { "default",     SLOT_CORE,     "core-in-default-handler", SEEN_IN_CORE,  0, .app_end = "store PPB.NVIC_ISER 0x8|store PPB.NVIC_ISPR 0x8" },
    { "dbgmcu",      SLOT_DEBUGGER, "dbgmcu-left-on-changes-app", SEEN_IN_OPTIONS, 0, .debugger = "store DBGMCU.CR 0x6" },
    { "vtref",       SLOT_WIRE,     "vtref-missing-or-low",  SEEN_ON_WIRES,   0, .wiring = "vtref open" },
    { "nrst-low",    SLOT_WIRE,     "nrst-held-low",         SEEN_ON_WIRES,   SEEN_AT_ALL & ~(unsigned)SEEN_ON_WIRES, .wiring = "nrst low" },
    { "no-power",    SLOT_WIRE,     "target-no-power",       SEEN_ON_WIRES,   SEEN_AT_ALL & ~(unsigned)SEEN_ON_WIRES, .last = "power off" },
};
// clang-format on
