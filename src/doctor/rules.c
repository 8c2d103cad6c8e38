/* rules.c - all rules, in the order of their rank: what explains most comes first. How to add one: rule.h. */
#include "doctor/rule.h"

extern const struct rule rule_no_probe, rule_no_permission, rule_in_use, rule_fw_old, rule_corrupt_version, rule_usb_trouble, rule_no_power,
    rule_vtref, rule_nrst_low, rule_ap_closed, rule_unknown, rule_silent, rule_app_closes, rule_speed, rule_dpidr, rule_not_st,
    rule_nrst_open, rule_supply_low;
extern const struct rule rule_damaged, rule_rdp1, rule_hal, rule_trashed, rule_wrp, rule_hdp, rule_boot_lock, rule_hw_watchdog,
    rule_nrst_gpio, rule_oem, rule_not_applied, rule_bor;
extern const struct rule rule_interrupted, rule_vectors, rule_rom_option, rule_sram_option, rule_empty, rule_boot0, rule_rom, rule_alias;
extern const struct rule rule_locked, rule_busy, rule_cfgbsy, rule_pg, rule_stale, rule_ecc, rule_not_erased, rule_mismatch, rule_no_size;
extern const struct rule rule_overflow, rule_lockup, rule_hardfault, rule_nmi, rule_default, rule_loop, rule_bites, rule_watchdog, rule_mpu,
    rule_parity, rule_inherits, rule_irqs_off, rule_debugger, rule_dbgmcu, rule_lpr;

const struct rule *const rules[] = {
    /* rules_link.c */
    &rule_no_probe,
    &rule_no_permission,
    &rule_in_use,
    &rule_fw_old,
    &rule_corrupt_version,
    &rule_usb_trouble,
    &rule_no_power,
    &rule_vtref,
    &rule_nrst_low,
    &rule_ap_closed,
    &rule_unknown,
    &rule_silent,
    &rule_app_closes,
    &rule_speed,
    &rule_dpidr,
    &rule_not_st,
    &rule_nrst_open,
    &rule_supply_low,
    /* rules_option.c */
    &rule_damaged,
    &rule_rdp1,
    &rule_hal,
    &rule_trashed,
    &rule_wrp,
    &rule_hdp,
    &rule_boot_lock,
    &rule_hw_watchdog,
    &rule_nrst_gpio,
    &rule_oem,
    &rule_not_applied,
    &rule_bor,
    /* rules_boot.c */
    &rule_interrupted,
    &rule_vectors,
    &rule_rom_option,
    &rule_sram_option,
    &rule_empty,
    &rule_boot0,
    &rule_rom,
    &rule_alias,
    /* rules_flash.c */
    &rule_locked,
    &rule_busy,
    &rule_cfgbsy,
    &rule_pg,
    &rule_stale,
    &rule_ecc,
    &rule_not_erased,
    &rule_mismatch,
    &rule_no_size,
    /* rules_core.c */
    &rule_overflow,
    &rule_lockup,
    &rule_hardfault,
    &rule_nmi,
    &rule_default,
    &rule_loop,
    &rule_bites,
    &rule_watchdog,
    &rule_mpu,
    &rule_parity,
    &rule_inherits,
    &rule_irqs_off,
    &rule_debugger,
    &rule_dbgmcu,
    &rule_lpr,
    NULL,
};
