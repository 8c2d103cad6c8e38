/* tamp.h - the backup registers, which survive resets and low power, and the tamper pins that erase them.
 *
 * Source: RM0444 chapter 31 (TAMP), RM0503. Writes need PWR_CR1.DBP. A pin is looked at when it moves; filters and precharge take no time.
 * Not modelled: internal tampers (noted when one is switched on). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind tamp_kind_u0, tamp_kind_g0;

void tamp_open(struct periph *p, bool open);                         /* PWR_CR1.DBP */
void tamp_erase(struct periph *p);                                   /* the backup registers: regression of the readout protection */
bool tamp_pin(struct periph *p, char port, unsigned pin, bool high); /* a pin of the board has moved; true: a tamper event */
enum { TAMP_BACKUP_FIRST = 0x100 };                                  /* offset of BKP0R; closed to the debugger at RDP level 1 */
