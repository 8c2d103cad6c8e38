/* pwr.h - power control: voltage range, low-power mode to enter, the lock of the backup domain, why the chip woke up.
 *
 * Source: RM0503 and RM0444, PWR chapter. The supply itself and PVD are not modelled: their bits are kept, nothing more. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind pwr_kind_u0, pwr_kind_g0;

enum pwr_mode { PWR_STOP, PWR_STANDBY, PWR_SHUTDOWN };

enum pwr_mode pwr_deep_sleep(const struct periph *p); /* what CR1.LPMS asks for */
bool pwr_backup_open(const struct periph *p);         /* CR1.DBP */
bool pwr_usb_supplied(const struct periph *p);        /* U0: CR2.USV */
bool pwr_range2(const struct periph *p);              /* CR1.VOS */
bool pwr_keeps_sram2(const struct periph *p);         /* CR3.RRS: over Standby */
void pwr_woke(struct periph *p, enum pwr_mode from);  /* sets SR1's flags */

/* What may wake the chip from Standby and Shutdown. Each sets its flag in SR1; true: it is enabled. */
bool pwr_wake_inside(struct periph *p);                                    /* RTC or TAMP (CR3.EIWUL) */
bool pwr_wake_pin(struct periph *p, char port, unsigned pin, bool rising); /* a pin that is one of WKUP1, 2, 4, 5, with its edge */
