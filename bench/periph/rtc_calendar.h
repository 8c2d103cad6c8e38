/* rtc_calendar.h - the RTC's way of writing time, and arithmetic on it. Years 2000 to 2099, seconds from 2000-01-01. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define RTC_DAY_SECONDS 86400u
#define RTC_CENTURY     (UINT64_C(36525) * RTC_DAY_SECONDS)

uint64_t rtc_seconds(uint32_t tr, uint32_t dr, bool twelve_hours);
void rtc_registers(uint64_t seconds, bool twelve_hours, uint32_t *tr, uint32_t *dr); /* dr without WDU */

/* The first second at or after `from` at which an alarm register fits; weekday: 1..7 on the day of second 0. TIME_NEVER: none. */
uint64_t rtc_alarm_second(uint32_t alarm, bool twelve_hours, uint64_t from, unsigned weekday);
