/* tamp.h - the backup registers, which survive resets and low power; of the tamper detection around them, only the registers.
 *
 * Source: RM0444 chapter 31 (TAMP), RM0503. Writes need PWR_CR1.DBP. No tamper event ever comes (noted when one is switched on). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind tamp_kind_u0, tamp_kind_g0;

void tamp_open(struct periph *p, bool open); /* PWR_CR1.DBP */
void tamp_erase(struct periph *p);           /* the backup registers: regression of the readout protection */
enum { TAMP_BACKUP_FIRST = 0x100 };          /* offset of BKP0R; closed to the debugger at RDP level 1 */
