/* causes.h - cause x scenario: what `sector0 doctor` must say of each board in trouble, all of it and nothing else.
 *
 * found: findings in their order, "id" or "cause>id" for a consequence; '!' certain, '~' likely, '?' possible. "" is a healthy board.
 * words: what is typed behind `doctor`; chip NULL: the one the scenario is for, else the U073. fails: another command, which fails, and the
 * findings are those under its error. held: another program has the probe. Every rule has a row in which it is a cause of its own
 * (test_doctor.c). */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct cause_row {
    const char *scenario, *chip, *words, *found, *fails;
    bool held;
};

// clang-format off
static const struct cause_row cause_rows[] = {
    /* healthy */
    { "blank",                      NULL, "", "" },
    { "sleeping",                   NULL, "", "" },
    { "charger-board",              NULL, "", "" },        /* a charger at work */
    { "blank",                      NULL, "--probe bench:b.board,dfu", "" }, /* in DFU */
    { "jumped-to-bootloader",       NULL, "--probe bench:b.board,dfu", "" },
    { "interrupts-off",             NULL, "", "" },
    { "probe-behind-slow-hub",      NULL, "", "" },
    { "probe-wedged-at-start",      NULL, "", "?probe-usb-trouble" }, /* the port reset cures it */
    { "swd-fault-once",             NULL, "", "" },
    /* what shows in operations only: a look finds nothing, and says so */
    { "brown-out-each-erase",       NULL, "", "" },
    { "erase-slow",                 NULL, "", "" },
    { "page-refuses",               NULL, "", "" },
    { "weak-page",                  NULL, "", "" },
    { "nrst-not-wired",             NULL, "", "" },
    /* host, probe, wires */
    { "probe-unplugged",            NULL, "", "!no-probe" },
    { "no-permission",              NULL, "", "!host-no-usb-permission" },
    { "sleeping",                   NULL, "", "!probe-in-use", .held = true },
    { "probe-version-garbled",      NULL, "", "~probe-corrupt-version" },
    { "no-power",                   NULL, "", "!target-no-power !target-no-power>target-silent" },
    { "probe-firmware-old",         NULL, "", "!probe-fw-too-old" },
    { "cable-loose",                NULL, "", "~probe-usb-trouble" },
    { "probe-wedged",               NULL, "", "~probe-usb-trouble" },
    { "vtref-open",                 NULL, "", "!vtref-missing-or-low" },
    { "supply-low",                 NULL, "", "?supply-low" },
    { "brown-out-level-high",       NULL, "", "?bor-level-too-high" },
    { "nrst-held-low",              NULL, "", "!nrst-held-low" },
    { "resets-without-pause",       NULL, "", "!nrst-held-low" },      /* its look-alike; the next row is the question that decides */
    { "resets-without-pause",       NULL, "--connect under-reset", "!app-closes-debug" },
    { "nrst-pin-is-gpio",           NULL, "", "~nrst-is-gpio" },
    { "swd-noise",                  NULL, "", "~swd-speed-signal" },
    { "swd-not-wired",              NULL, "", "!target-silent" },
    { "swd-pins-reused",            NULL, "", "!target-silent" },
    { "stopped",                    NULL, "", "!target-silent" },
    { "standby",                    NULL, "", "!target-silent" },
    { "debug-switched-off",         NULL, "", "!target-silent" },
    { "readout-level-2",            NULL, "", "!target-silent" },
    { "swd-pins-reused",            NULL, "--connect under-reset", "!app-closes-debug" },
    { "stopped",                    NULL, "--connect under-reset", "!app-closes-debug" },
    { "debug-switched-off",         NULL, "--connect under-reset", "!app-closes-debug" },
    { "swd-not-wired",              NULL, "--connect under-reset", "!target-silent" },
    { "wrong-part",                 NULL, "", "~clone-idcode" },
    { "access-port-closed",         NULL, "", "!access-port-closed" },
    { "access-port-closed",         NULL, "--connect under-reset", "!access-port-closed" },
    { "chip-not-known",             NULL, "", "!chip-not-known" },
    { "part-of-another-maker",      NULL, "", "~gdbserver-clone-check" },
    { "part-of-another-maker",      "stm32g071rb", "", "~gdbserver-clone-check" },
    { "flash-size-not-written",     NULL, "", "!flash-size-unreadable" },
    /* option words */
    { "page0-protected",            NULL, "", "~wrp-from-hal-obget !wrp-from-hal-obget>wrp-pages" },
    { "page0-protected-g071",       NULL, "", "~wrp-from-hal-obget !wrp-from-hal-obget>wrp-pages" },
    { "all-pages-protected",        NULL, "", "!tool-trashed-option-bytes !tool-trashed-option-bytes>wrp-pages" },
    { "bootloader-pages-protected", NULL, "", "!wrp-pages" },
    { "bootloader-pages-protected", "stm32g071rb", "", "!wrp-pages" },
    { "readout-protected",          NULL, "", "!rdp1-active !rdp1-active>core-locked-up !core-locked-up>core-in-hardfault" },
    { "blank-read-protected",       NULL, "--probe bench:b.board,dfu", "!rdp1-active" },
    { "option-mismatch",            NULL, "", "!options-damaged" },
    { "option-write-cut",           NULL, "", "!options-damaged !options-damaged>core-locked-up !core-locked-up>core-in-hardfault" },
    { "boot-locked",                NULL, "", "!boot-lock-set" },
    { "hidden-pages",               NULL, "", "!hdp-area-closed !hdp-area-closed>core-locked-up !core-locked-up>core-in-hardfault" },
    { "secured-pages",              NULL, "", "!hdp-area-closed !hdp-area-closed>core-locked-up !core-locked-up>core-in-hardfault" },
    { "oem-key-set",                NULL, "", "~oem-key-locks-regression" },
    { "watchdog-by-option",         NULL, "", "?hw-watchdog-option ?hw-watchdog-option>watchdog-kills-loader" },
    { "watchdog-by-option-g071",    NULL, "", "?hw-watchdog-option ?hw-watchdog-option>watchdog-kills-loader" },
    { "options-do-not-stay",        NULL, "", "~ob-not-applied", .fails = "option set IWDG_STDBY=0 --yes" },
    /* what boots */
    { "boots-bootloader-always",    NULL, "", "!rom-boot-by-option" },
    { "boots-bootloader-always",    NULL, "--probe bench:b.board,dfu", "!rom-boot-by-option" },
    { "boots-sram",                 NULL, "", "!sram-boot-by-option ~sram-boot-by-option>sram-remapped-alias "
                                              "!sram-boot-by-option>core-locked-up !core-locked-up>core-in-hardfault" },
    { "boot0-pin-in-charge",        NULL, "", "?boot0-pin-in-charge" },
    { "empty-flag-stale",           NULL, "", "!empty-flag-stale" },
    { "wrong-address",              NULL, "", "!vectors-bad !vectors-bad>core-locked-up !core-locked-up>core-in-hardfault" },
    { "programmed-in-part",         NULL, "", "~flash-interrupted" },
    { "programmed-in-part",         NULL, "--probe bench:b.board,dfu", "~flash-interrupted" },
    { "jumped-to-bootloader",       NULL, "", "?rom-runs-unexplained" },
    { "sram-mapped-at-0",           NULL, "", "~sram-remapped-alias" },
    { "sysmem-mapped-at-0",         NULL, "", "~sram-remapped-alias" },
    /* flash controller */
    { "stale-flags",                NULL, "", "!stale-error-flags" },
    { "stale-flags",                "stm32g071rb", "", "!stale-error-flags" },
    { "pg-left-set",                NULL, "", "~pg-left-set" },
    { "half-a-double-word",         NULL, "", "!cfgbsy-stuck" },
    { "cfgbsy-stuck",               NULL, "", "!cfgbsy-stuck" },
    { "erase-hangs",                NULL, "", "~flash-busy-stuck" },
    { "reads-damaged-flash",        NULL, "", "!ecc-double-error !ecc-double-error>core-in-nmi" },
    /* an operation that fails */
    { "page-refuses",               NULL, "", "!not-erased-first", .fails = "write 0x08001010 0x12345678 0x9ABCDEF0 --as words" },
    { "weak-page",                  NULL, "", "~verify-mismatch",  .fails = "write 0x08001010 0x12345678 0x9ABCDEF0 --as words" },
    { "flash-busy-for-ever",        NULL, "", "~flash-busy-stuck", .fails = "erase --pages 5 --yes" },
    /* what a test decides */
    { "ecc-double-error",           NULL, "--test read", "!ecc-double-error !ecc-double-error>core-in-nmi" },
    { "controller-locked",          NULL, "--test write", "!cr-locked-until-reset !cr-locked-until-reset>core-in-hardfault" },
    { "nrst-not-wired",             NULL, "--test nrst", "!nrst-not-wired" },
    { "swd-wires-too-long",         NULL, "--test speed", "!swd-speed-signal" },
    { "nrst-pulled-up-hard",        NULL, "--test nrst", "!nrst-not-wired" },
    { "nrst-pin-is-gpio",           NULL, "--test nrst", "~nrst-is-gpio" },
    { "blank",                      NULL, "--test", "" },
    { "sleeping",                   "stm32g071rb", "--test", "" },
    /* the core */
    { "core-in-fault",              NULL, "", "!core-in-hardfault" },
    { "controller-locked",          NULL, "", "!core-in-hardfault" }, /* a wrong key is a bus error, too */
    { "core-locked-up",             NULL, "", "!core-locked-up !core-locked-up>core-in-hardfault" },
    { "watchdog-reset-loop",        NULL, "", "~watchdog-bites !watchdog-bites>app-reset-loop ?watchdog-bites>watchdog-kills-loader" },
    { "watchdog-started",           NULL, "", "?watchdog-kills-loader" },
    { "watchdog-started",           "stm32g071rb", "", "?watchdog-kills-loader" },
    { "mpu-forbids-ram",            NULL, "", "?loader-inherits-mpu" },
    { "resets-itself",              NULL, "", "!app-reset-loop" },
    { "halted-in-an-interrupt",     NULL, "", "?loader-inherits-exception" },
    { "ram-parity-failed",          NULL, "", "~loader-ram-parity !loader-ram-parity>core-in-nmi" },
    { "ram-parity-failed-g071",     NULL, "", "~loader-ram-parity !loader-ram-parity>core-in-nmi" },
    { "halted-in-a-fault",          NULL, "", "!core-in-hardfault ?core-in-hardfault>loader-inherits-exception" },
    { "interrupts-off-halted",      NULL, "", "?interrupts-off" },
    { "stack-overflow",             NULL, "", "~stack-overflow !stack-overflow>core-in-hardfault ?core-in-hardfault>loader-inherits-exception" },
    { "nmi-pending",                NULL, "", "!core-in-nmi" },
    { "unserved-interrupt",         NULL, "", "~core-in-default-handler" },
    { "low-power-run",              NULL, "", "?low-vcore-range" },
    { "debug-in-low-power-left-on", NULL, "", "?dbgmcu-left-on-changes-app" },
    { "watchdog-bit-once",          NULL, "", "~hw-watchdog-option ~hw-watchdog-option>watchdog-bites ?watchdog-bites>watchdog-kills-loader" },
    { "halted-by-another-tool",     NULL, "", "?debugger-leftovers" },
};
// clang-format on
