/* rtc.h - the real-time clock: calendar, two alarms, wake-up timer, write protection; in the backup domain, so resets pass it by.
 *
 * Source: RM0444 chapter 30 (RTC), RM0503. Not modelled: binary mode, internal time stamps, calibration and shifting (kept, without effect
 * on the pace; noted), outputs, reading through shadow registers (a read is always up to date). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind rtc_kind_u0, rtc_kind_g0; /* the keys of WPR guard less on the U0 */

void rtc_pin(struct periph *p, char port, unsigned pin, bool high); /* a pin of the board has moved: RTC_TS may stamp the time */
void rtc_stamp(struct periph *p);                                   /* the time now, into TSTR, TSDR, TSSSR (CR.TAMPTS) */
bool rtc_stamps_tampers(const struct periph *p);
void rtc_open(struct periph *p, bool open); /* PWR_CR1.DBP: the backup domain can be written */
