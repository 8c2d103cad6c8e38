/* rtc_calendar.c - the RTC's way of writing time. See rtc_calendar.h. */
#include "periph/rtc_calendar.h"

#include "base/timeline.h"
#include "device/regs/rtc.h"

static uint32_t from_bcd(uint32_t tens, uint32_t units) { return tens * 10 + units; }
static uint32_t to_bcd(uint32_t value) { return value / 10 << 4 | value % 10; }

static bool leap(uint32_t year) { return year % 4 == 0; } /* right for 2000 to 2099 */

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return days[month - 1] + (month == 2 && leap(year) ? 1u : 0u);
}

static uint32_t hours(uint32_t value, bool twelve_hours) /* TR's and ALRMxR's hour fields are at the same places */
{
    const uint32_t h = from_bcd(GET(value, RTC_TR_HT), GET(value, RTC_TR_HU));

    return twelve_hours ? h % 12 + (value & BITS(RTC_TR_PM) ? 12 : 0) : h;
}

uint64_t rtc_seconds(uint32_t tr, uint32_t dr, bool twelve_hours)
{
    const uint32_t year = from_bcd(GET(dr, RTC_DR_YT), GET(dr, RTC_DR_YU)) % 100;
    uint32_t month = from_bcd(GET(dr, RTC_DR_MT), GET(dr, RTC_DR_MU)), day = from_bcd(GET(dr, RTC_DR_DT), GET(dr, RTC_DR_DU));
    uint64_t days = (uint64_t)year * 365 + (year + 3) / 4;

    month = month < 1 ? 1 : month > 12 ? 12 : month; /* nonsense stays somewhere in the calendar */
    day = day < 1 ? 1 : day;
    for (uint32_t m = 1; m < month; m++)
        days += month_days(year, m);
    return (days + day - 1) * RTC_DAY_SECONDS + hours(tr, twelve_hours) * UINT64_C(3600) +
           from_bcd(GET(tr, RTC_TR_MNT), GET(tr, RTC_TR_MNU)) * UINT64_C(60) + from_bcd(GET(tr, RTC_TR_ST), GET(tr, RTC_TR_SU));
}

static void date_of(uint64_t days, uint32_t *year, uint32_t *month, uint32_t *day)
{
    *year = 0;
    *month = 1;
    days %= RTC_CENTURY / RTC_DAY_SECONDS;
    for (; days >= (leap(*year) ? 366u : 365u); ++*year)
        days -= leap(*year) ? 366 : 365;
    for (; days >= month_days(*year, *month); ++*month)
        days -= month_days(*year, *month);
    *day = (uint32_t)days + 1;
}

void rtc_registers(uint64_t seconds, bool twelve_hours, uint32_t *tr, uint32_t *dr)
{
    const uint32_t in_day = (uint32_t)(seconds % RTC_DAY_SECONDS), hour = in_day / 3600;
    const uint32_t shown = twelve_hours ? (hour % 12 ? hour % 12 : 12) : hour;
    uint32_t year, month, day;

    date_of(seconds / RTC_DAY_SECONDS, &year, &month, &day);
    *tr = to_bcd(shown) << RTC_TR_HU_LSB | to_bcd(in_day / 60 % 60) << RTC_TR_MNU_LSB | to_bcd(in_day % 60) |
          (twelve_hours && hour >= 12 ? BITS(RTC_TR_PM) : 0);
    *dr = to_bcd(year) << RTC_DR_YU_LSB | to_bcd(month) << RTC_DR_MU_LSB | to_bcd(day);
}

static bool day_fits(uint32_t alarm, uint64_t days, unsigned weekday)
{
    uint32_t year, month, day;

    if (alarm & BITS(RTC_ALRMAR_MSK4))
        return true;
    if (alarm & BITS(RTC_ALRMAR_WDSEL))
        return GET(alarm, RTC_ALRMAR_DU) == (weekday - 1 + days) % 7 + 1;
    date_of(days, &year, &month, &day);
    return from_bcd(GET(alarm, RTC_ALRMAR_DT), GET(alarm, RTC_ALRMAR_DU)) == day;
}

/* The first second of a day, at or after `from`, that fits; RTC_DAY_SECONDS: none. */
static uint32_t second_of_day(uint32_t alarm, bool twelve_hours, uint32_t from)
{
    const uint32_t ah = hours(alarm, twelve_hours), am = from_bcd(GET(alarm, RTC_ALRMAR_MNT), GET(alarm, RTC_ALRMAR_MNU));
    const uint32_t as = from_bcd(GET(alarm, RTC_ALRMAR_ST), GET(alarm, RTC_ALRMAR_SU));

    for (uint32_t h = from / 3600; h < 24; h++) {
        if (!(alarm & BITS(RTC_ALRMAR_MSK3)) && h != ah)
            continue;
        for (uint32_t m = h == from / 3600 ? from / 60 % 60 : 0; m < 60; m++) {
            uint32_t s = h * 60 + m == from / 60 ? from % 60 : 0;

            if (!(alarm & BITS(RTC_ALRMAR_MSK2)) && m != am)
                continue;
            if (alarm & BITS(RTC_ALRMAR_MSK1))
                return h * 3600 + m * 60 + s;
            if (as >= s && as < 60)
                return h * 3600 + m * 60 + as;
        }
    }
    return RTC_DAY_SECONDS;
}

uint64_t rtc_alarm_second(uint32_t alarm, bool twelve_hours, uint64_t from, unsigned weekday)
{
    enum { DAYS_AHEAD = 8 * 366 }; /* the 29th of February at the latest */
    uint32_t start = (uint32_t)(from % RTC_DAY_SECONDS);

    for (uint64_t days = from / RTC_DAY_SECONDS, last = days + DAYS_AHEAD; days < last; days++, start = 0) {
        if (!day_fits(alarm, days, weekday))
            continue;

        const uint32_t found = second_of_day(alarm, twelve_hours, start);

        if (found < RTC_DAY_SECONDS)
            return days * RTC_DAY_SECONDS + found;
    }
    return TIME_NEVER;
}
