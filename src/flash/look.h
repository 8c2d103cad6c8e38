/* look.h - the flash controller's registers and option words as found, before anything is changed; and what they say. */
#pragma once
#include "cortexm/target.h"

enum { LOOK_OPTIONS = 16 };

struct look {
    uint32_t acr, sr, cr, eccr;
    uint32_t option[LOOK_OPTIONS]; /* in the order of device->flash->options */
    unsigned options;
    bool words_only;             /* by the bootloader: the option words are all that is known */
    uint32_t reset_flags;        /* RCC_CSR */
    uint32_t dhcsr, demcr, pcsr; /* pcsr: where the core was, 0xFFFFFFFF or 0 if DWT does not tell */
    uint32_t iwdg_sr;            /* ONF where the chip has it */
    uint32_t icsr, mpu_ctrl;     /* ICSR.VECTACTIVE: the exception the core was in, readable for a debugger only */
};

/* In one batch of reads: leaves no trace but for DHCSR's sticky bits. Errors: those of mem. */
bool look_read(struct look *l, struct target *t, struct err *e);

/* A field of an option register by its manual name ("nBOOT0"); false if this chip has none. */
bool look_field(const struct look *l, const struct device *d, const char *name, uint32_t *value);
unsigned look_rdp_level(const struct look *l, const struct device *d);
/* The area that forbids writing page number `page`, or NULL. */
const struct wrp_area *look_wrp(const struct look *l, const struct device *d, uint32_t page);
bool look_wrp_range(const struct look *l, const struct device *d, const struct wrp_area *a, uint32_t *first,
                    uint32_t *last);                                       /* false: off */
bool look_hardware_watchdog(const struct look *l, const struct device *d); /* IWDG or WWDG starts by itself */
/* The IWDG counts: its own flag says so (IWDG_SR.ONF), or LSI is on and nobody has switched it on, which the IWDG does (RM0444 28.3). */
bool look_watchdog_runs(const struct look *l, const struct device *d);
/* OPTVERR: at the last loading some words did not match their complements, as after an option write that was cut off. Substitutes on the
 * safe side are loaded instead: readout protection level 1, BOOT_LOCK (RM0503 3.4.1). */
bool look_options_damaged(const struct look *l, const struct device *d);
bool look_empty(const struct look *l, const struct device *d); /* ACR.EMPTY */

/* Add what matters for a failed operation to the evidence of `e`: FLASH_SR and CR as `sr`/`cr`, option words, reset flags. */
void look_evidence(const struct look *l, const struct device *d, uint32_t sr, uint32_t cr, struct err *e);
