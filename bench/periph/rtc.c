/* rtc.c - the real-time clock. See rtc.h.
 *
 * The calendar is a number of sub-seconds since it was last set; registers are made from it when they are read. */
#include "periph/rtc.h"

#include "device/regs/rtc.h"
#include "periph/rtc_calendar.h"

enum { ALARMS = 2, SYNC_CYCLES = 2 }; /* INITF, RSF, WUTWF follow two RTCCLK cycles later (RM0444 30.3.7) */

struct rtc_state {
    uint32_t reg[RTC_ALRBBINR / 4 + 1];
    struct domain clock;        /* RTCCLK */
    uint64_t from_tick;         /* the calendar was set at this tick of it, */
    uint64_t from_seconds;      /* to this time, at the start of a second */
    uint64_t alarm_sub[ALARMS]; /* sub-seconds after that at which each alarm comes next, TIME_NEVER */
    uint64_t wake_tick;         /* when the wake-up timer runs out next, TIME_NEVER */
    uint64_t sync_ps;           /* when pending flags of ICSR follow, TIME_NEVER */
    uint8_t weekday;            /* 1..7, on the day of from_seconds */
    uint8_t open, unlocked;     /* DBP; 1 after the first key, 2 after both */
};

#define ICSR_RESET 0x00000007u
#define CR_BITS    0xFFFCFFFFu
#define CR_G0_U0   (CR_BITS & ~(BITS(RTC_CR_ADD1H) | BITS(RTC_CR_SUB1H)))

// clang-format off
static const struct periph_reg rows[] = {
    /*                         reset  writable                         clear1  keep: but for a power-on, only the backup domain's own reset */
    [RTC_TR       / 4] = {          0, 0x007F7F7F,                        0, UINT32_MAX },
    [RTC_DR       / 4] = { 0x00002101, 0x00FFFF3F,                        0, UINT32_MAX },
    [RTC_SSR      / 4] = {          0, 0,                                 0, UINT32_MAX },
    [RTC_ICSR     / 4] = { ICSR_RESET, 0,                                 0, UINT32_MAX },
    [RTC_PRER     / 4] = { 0x007F00FF, 0x007F7FFF,                        0, UINT32_MAX },
    [RTC_WUTR     / 4] = { 0x0000FFFF, UINT32_MAX,                        0, UINT32_MAX },
    [RTC_CR       / 4] = {          0, CR_G0_U0,                          0, UINT32_MAX },
    [RTC_WPR      / 4] = {          0, 0,                                 0, UINT32_MAX },
    [RTC_CALR     / 4] = {          0, 0x0000F1FF,                        0, UINT32_MAX },
    [RTC_SHIFTR   / 4] = {          0, 0,                                 0, UINT32_MAX },
    [RTC_TSTR     / 4] = {          0, 0,                                 0, UINT32_MAX },
    [RTC_TSDR     / 4] = {          0, 0,                                 0, UINT32_MAX },
    [RTC_TSSSR    / 4] = {          0, 0,                                 0, UINT32_MAX },
    [RTC_ALRMAR   / 4] = {          0, UINT32_MAX,                        0, UINT32_MAX },
    [RTC_ALRMASSR / 4] = {          0, 0xBF007FFF,                        0, UINT32_MAX },
    [RTC_ALRMBR   / 4] = {          0, UINT32_MAX,                        0, UINT32_MAX },
    [RTC_ALRMBSSR / 4] = {          0, 0xBF007FFF,                        0, UINT32_MAX },
    [RTC_SR       / 4] = {          0, 0,                                 0, UINT32_MAX },
    [RTC_ALRABINR / 4] = {          0, UINT32_MAX,                        0, UINT32_MAX },
    [RTC_ALRBBINR / 4] = {          0, UINT32_MAX,                        0, UINT32_MAX },
};
// clang-format on

#define F(member, limit) STATE_ONE(struct rtc_state, member, limit)
DEFINE_STATE(rtc_state_table, "rtc", struct rtc_state, STATE_MANY(struct rtc_state, reg, STATE_ANY), F(clock.start_ps, STATE_ANY),
             F(clock.start_ticks, STATE_ANY), F(clock.hz, 1000000000), F(from_tick, STATE_ANY), F(from_seconds, RTC_CENTURY),
             STATE_MANY(struct rtc_state, alarm_sub, STATE_ANY), F(wake_tick, STATE_ANY), F(sync_ps, STATE_ANY), F(weekday, 7), F(open, 1),
             F(unlocked, 2));
#undef F

static uint32_t reg(const struct periph *p, uint32_t offset) { return *periph_word(p, offset); }
static bool twelve_hours(const struct periph *p) { return reg(p, RTC_CR) & BITS(RTC_CR_FMT); }
static bool setting(const struct periph *p) { return reg(p, RTC_ICSR) & BITS(RTC_ICSR_INITF); }
static uint64_t apre(const struct periph *p) { return (uint64_t)GET(reg(p, RTC_PRER), RTC_PRER_PREDIV_A) + 1; }
static uint64_t spre(const struct periph *p) { return (uint64_t)GET(reg(p, RTC_PRER), RTC_PRER_PREDIV_S) + 1; }

static uint64_t tick_now(const struct periph *p)
{
    const struct rtc_state *s = p->state;
    const uint64_t tick = periph_now_ps(p) > s->clock.start_ps ? domain_ticks(&s->clock, periph_now_ps(p)) : s->clock.start_ticks;

    return tick > s->from_tick ? tick : s->from_tick;
}

/* Sub-seconds (ticks of ck_apre) since the calendar was set. */
static uint64_t sub_now(const struct periph *p) { return (tick_now(p) - ((const struct rtc_state *)p->state)->from_tick) / apre(p); }

static uint64_t seconds_now(const struct periph *p) /* may be past the century's end */
{
    return ((const struct rtc_state *)p->state)->from_seconds + sub_now(p) / spre(p);
}

static unsigned weekday_of(const struct rtc_state *s, uint64_t seconds)
{
    return (unsigned)((s->weekday - 1u + seconds / RTC_DAY_SECONDS - s->from_seconds / RTC_DAY_SECONDS) % 7) + 1;
}

/* Software may set the day 00 and compares with it: ST's time base on an alarm does. It lasts until midnight. */
static bool day_zero(const struct periph *p, uint64_t seconds)
{
    const struct rtc_state *s = p->state;

    return !(reg(p, RTC_DR) & (BITS(RTC_DR_DT) | BITS(RTC_DR_DU))) && seconds / RTC_DAY_SECONDS == s->from_seconds / RTC_DAY_SECONDS;
}

/* ---- flags and the interrupt ---- */

static uint32_t masked(const struct periph *p)
{
    const uint32_t cr = reg(p, RTC_CR);

    return reg(p, RTC_SR) &
           ((cr & BITS(RTC_CR_ALRAIE) ? BITS(RTC_SR_ALRAF) : 0) | (cr & BITS(RTC_CR_ALRBIE) ? BITS(RTC_SR_ALRBF) : 0) |
            (cr & BITS(RTC_CR_WUTIE) ? BITS(RTC_SR_WUTF) : 0) | (cr & BITS(RTC_CR_TSIE) ? BITS(RTC_SR_TSF) | BITS(RTC_SR_TSOVF) : 0));
}

static void update(struct periph *p)
{
    periph_irq(p, masked(p) != 0);
    periph_changed(p);
}

static void sync_later(struct periph *p)
{
    struct rtc_state *s = p->state;

    s->sync_ps = s->clock.hz ? periph_now_ps(p) + SYNC_CYCLES * PS_PER_S / s->clock.hz : TIME_NEVER;
}

/* ---- alarms and the wake-up timer ---- */

/* The first sub-second of a second, from `from` on, at which the alarm's sub-second register fits; spre: none. SSR counts down. */
static uint64_t fitting_sub(const struct periph *p, unsigned alarm, uint64_t from)
{
    const uint32_t ssr = reg(p, RTC_ALRMASSR + alarm * 8), compared = GET(ssr, RTC_ALRMASSR_MASKSS);
    const uint32_t mask = compared >= 15 ? 0x7FFF : (1u << compared) - 1;

    if (compared == 0)
        return from == 0 ? 0 : spre(p);
    for (uint64_t sub = from; sub < spre(p); sub++)
        if ((((uint32_t)(spre(p) - 1 - sub) ^ ssr) & mask) == 0)
            return sub;
    return spre(p);
}

static uint64_t fitting_second(const struct periph *p, unsigned alarm, uint64_t from)
{
    const struct rtc_state *s = p->state;
    const uint32_t when = reg(p, RTC_ALRMAR + alarm * 8);
    const bool day = !(when & (BITS(RTC_ALRMAR_MSK4) | BITS(RTC_ALRMAR_WDSEL) | BITS(RTC_ALRMAR_DT) | BITS(RTC_ALRMAR_DU)));
    const unsigned weekday = (unsigned)((s->weekday + 6u + 7u - s->from_seconds / RTC_DAY_SECONDS % 7) % 7) + 1; /* of day 0 */
    const uint64_t second = rtc_alarm_second(day ? when | BITS(RTC_ALRMAR_MSK4) : when, twelve_hours(p), from, weekday);

    return day && !day_zero(p, second) ? TIME_NEVER : second;
}

/* When the alarm comes next, after sub-second `after`. */
static uint64_t next_alarm(const struct periph *p, unsigned alarm, uint64_t after)
{
    const struct rtc_state *s = p->state;
    const uint64_t first = s->from_seconds + after / spre(p);
    uint64_t second = fitting_second(p, alarm, first);
    uint64_t sub = second == first ? fitting_sub(p, alarm, after % spre(p) + 1) : 0;

    if (second == first && sub == spre(p)) {
        second = fitting_second(p, alarm, first + 1);
        sub = 0;
    }
    if (second == TIME_NEVER)
        return TIME_NEVER;
    if (second != first)
        sub = fitting_sub(p, alarm, 0);
    return sub == spre(p) ? TIME_NEVER : (second - s->from_seconds) * spre(p) + sub;
}

static void plan_alarms(struct periph *p)
{
    struct rtc_state *s = p->state;

    for (unsigned i = 0; i < ALARMS; i++)
        s->alarm_sub[i] = reg(p, RTC_CR) & BITS(RTC_CR_ALRAE) << i && !setting(p) ? next_alarm(p, i, sub_now(p)) : TIME_NEVER;
}

static uint64_t wake_ticks(const struct periph *p) /* one run of the wake-up timer, in RTCCLK */
{
    const uint32_t select = GET(reg(p, RTC_CR), RTC_CR_WUCKSEL);
    const uint64_t counts = (uint64_t)GET(reg(p, RTC_WUTR), RTC_WUTR_WUT) + 1 + (select >= 6 ? 0x10000 : 0);

    return counts * (select >= 4 ? apre(p) * spre(p) : UINT64_C(16) >> select);
}

/* ---- the clock ---- */

static uint64_t tick_ps(const struct rtc_state *s, uint64_t tick) { return s->clock.hz ? domain_ps(&s->clock, tick) : TIME_NEVER; }

static uint64_t alarm_ps(const struct periph *p, unsigned i)
{
    const struct rtc_state *s = p->state;

    if (s->alarm_sub[i] == TIME_NEVER || s->alarm_sub[i] > UINT64_MAX / 1024 / apre(p))
        return TIME_NEVER;
    return tick_ps(s, s->from_tick + s->alarm_sub[i] * apre(p));
}

static uint64_t rtc_next_ps(const struct periph *p)
{
    const struct rtc_state *s = p->state;
    uint64_t next = s->sync_ps;

    for (unsigned i = 0; i < ALARMS; i++)
        if (alarm_ps(p, i) < next)
            next = alarm_ps(p, i);
    if (s->wake_tick != TIME_NEVER && tick_ps(s, s->wake_tick) < next)
        next = tick_ps(s, s->wake_tick);
    return next;
}

static void settle_flags(struct periph *p)
{
    struct rtc_state *s = p->state;
    const uint32_t icsr = reg(p, RTC_ICSR);

    s->sync_ps = TIME_NEVER;
    periph_set(p, RTC_ICSR, BITS(RTC_ICSR_INITF), icsr & BITS(RTC_ICSR_INIT) ? UINT32_MAX : 0);
    if (!(icsr & BITS(RTC_ICSR_INIT)))
        periph_set(p, RTC_ICSR, BITS(RTC_ICSR_RSF), UINT32_MAX);
    if (!(reg(p, RTC_CR) & BITS(RTC_CR_WUTE)))
        periph_set(p, RTC_ICSR, BITS(RTC_ICSR_WUTWF), UINT32_MAX);
}

static void rtc_event(struct periph *p)
{
    struct rtc_state *s = p->state;
    const uint64_t now_ps = periph_now_ps(p);

    if (s->sync_ps <= now_ps)
        settle_flags(p);
    for (unsigned i = 0; i < ALARMS; i++)
        if (alarm_ps(p, i) <= now_ps) {
            periph_set(p, RTC_SR, BITS(RTC_SR_ALRAF) << i, UINT32_MAX);
            s->alarm_sub[i] = next_alarm(p, i, s->alarm_sub[i]);
        }
    if (s->wake_tick != TIME_NEVER && tick_ps(s, s->wake_tick) <= now_ps) {
        periph_set(p, RTC_SR, BITS(RTC_SR_WUTF), UINT32_MAX);
        s->wake_tick += wake_ticks(p);
    }
    update(p);
}

static void rtc_reclock(struct periph *p)
{
    struct rtc_state *s = p->state;

    if (periph_hz(p) == s->clock.hz)
        return;
    domain_set_hz(&s->clock, periph_now_ps(p), periph_hz(p));
    if (s->sync_ps != TIME_NEVER || reg(p, RTC_ICSR) & BITS(RTC_ICSR_INIT))
        sync_later(p);
}

/* ---- software's side ---- */

static void set_calendar(struct periph *p, uint64_t seconds, unsigned weekday)
{
    struct rtc_state *s = p->state;

    s->from_tick = tick_now(p);
    s->from_seconds = seconds % RTC_CENTURY;
    s->weekday = (uint8_t)(weekday ? weekday : 7);
    plan_alarms(p);
}

static uint32_t calendar(const struct periph *p, uint32_t offset)
{
    const struct rtc_state *s = p->state;
    uint32_t tr, dr;

    if (setting(p))
        return reg(p, offset);
    rtc_registers(seconds_now(p) % RTC_CENTURY, twelve_hours(p), &tr, &dr);
    if (day_zero(p, seconds_now(p)))
        dr &= ~(BITS(RTC_DR_DT) | BITS(RTC_DR_DU));
    return offset == RTC_TR ? tr : dr | PUT(RTC_DR_WDU, weekday_of(s, seconds_now(p)));
}

static uint32_t sub_seconds(const struct periph *p) { return (uint32_t)(spre(p) - 1 - sub_now(p) % spre(p)); }

static uint32_t rtc_peek(const struct periph *p, uint32_t offset)
{
    uint32_t value;

    switch (offset) {
    case RTC_TR:
    case RTC_DR: return calendar(p, offset);
    case RTC_SSR: return setting(p) ? 0 : sub_seconds(p);
    case RTC_MISR: return masked(p);
    case RTC_ICSR: /* a year other than 0 says that the calendar has been set */
        value = reg(p, offset) & ~BITS(RTC_ICSR_INITS);
        return value | (calendar(p, RTC_DR) & (BITS(RTC_DR_YT) | BITS(RTC_DR_YU)) ? BITS(RTC_ICSR_INITS) : 0);
    default: return offset / 4 < p->kind->words ? reg(p, offset) : 0;
    }
}

void rtc_stamp(struct periph *p)
{
    if (reg(p, RTC_SR) & BITS(RTC_SR_TSF)) { /* the first one stays */
        periph_set(p, RTC_SR, BITS(RTC_SR_TSOVF), UINT32_MAX);
    } else {
        periph_set(p, RTC_SR, BITS(RTC_SR_TSF), UINT32_MAX);
        *periph_word(p, RTC_TSTR) = calendar(p, RTC_TR);
        *periph_word(p, RTC_TSDR) = calendar(p, RTC_DR) & ~(BITS(RTC_DR_YT) | BITS(RTC_DR_YU));
        *periph_word(p, RTC_TSSSR) = sub_seconds(p);
    }
    update(p);
}

bool rtc_stamps_tampers(const struct periph *p) { return reg(p, RTC_CR) & BITS(RTC_CR_TAMPTS); }

void rtc_pin(struct periph *p, char port, unsigned pin, bool high)
{
    const bool wanted = reg(p, RTC_CR) & BITS(RTC_CR_TSE) && high == !(reg(p, RTC_CR) & BITS(RTC_CR_TSEDGE));

    if (port == 'C' && pin == 13 && wanted) /* RTC_TS, on both chips */
        rtc_stamp(p);
}

static void write_icsr(struct periph *p, uint32_t value, uint32_t lanes)
{
    struct rtc_state *s = p->state;
    const uint32_t old = reg(p, RTC_ICSR);

    if (lanes & ~value & BITS(RTC_ICSR_RSF)) {
        periph_set(p, RTC_ICSR, BITS(RTC_ICSR_RSF), 0);
        sync_later(p);
    }
    if (s->unlocked != 2 || !(lanes & BITS(RTC_ICSR_INIT)))
        return;
    if (setting(p)) { /* only then: ST's drivers write all ones to get there */
        if (value & BITS(RTC_ICSR_BIN))
            periph_note(p, "unmodelled", "binary mode (ICSR.BIN)");
        periph_set(p, RTC_ICSR, lanes & (BITS(RTC_ICSR_BIN) | BITS(RTC_ICSR_BCDU)), value);
    }
    periph_set(p, RTC_ICSR, lanes & BITS(RTC_ICSR_INIT), value);
    if (~old & value & BITS(RTC_ICSR_INIT)) {
        *periph_word(p, RTC_TR) = calendar(p, RTC_TR);
        *periph_word(p, RTC_DR) = calendar(p, RTC_DR);
        sync_later(p);
    } else if (old & ~value & BITS(RTC_ICSR_INIT)) {
        if (old & BITS(RTC_ICSR_INITF)) {
            periph_set(p, RTC_ICSR, BITS(RTC_ICSR_INITF), 0);
            set_calendar(p, rtc_seconds(reg(p, RTC_TR), reg(p, RTC_DR), twelve_hours(p)), GET(reg(p, RTC_DR), RTC_DR_WDU));
        }
        sync_later(p);
    }
}

static void write_cr(struct periph *p, uint32_t value, uint32_t lanes)
{
    struct rtc_state *s = p->state;
    const uint64_t seconds = seconds_now(p);
    const uint32_t old = periph_store(p, RTC_CR, value, lanes), cr = reg(p, RTC_CR);

    value &= lanes;
    for (unsigned i = 0; i < ALARMS; i++)
        periph_set(p, RTC_ICSR, BITS(RTC_ICSR_ALRAWF) << i, cr & BITS(RTC_CR_ALRAE) << i ? 0 : UINT32_MAX);
    if (~old & cr & BITS(RTC_CR_WUTE)) {
        periph_set(p, RTC_ICSR, BITS(RTC_ICSR_WUTWF), 0);
        s->wake_tick = tick_now(p) + wake_ticks(p);
    } else if (old & ~cr & BITS(RTC_CR_WUTE)) {
        s->wake_tick = TIME_NEVER;
        sync_later(p);
    }
    if (value & BITS(RTC_CR_ADD1H))
        set_calendar(p, seconds + 3600, weekday_of(s, seconds + 3600));
    if (value & BITS(RTC_CR_SUB1H))
        set_calendar(p, seconds + RTC_CENTURY - 3600, weekday_of(s, seconds >= 3600 ? seconds - 3600 : seconds));
    if ((old ^ cr) & (BITS(RTC_CR_ALRAE) | BITS(RTC_CR_ALRBE) | BITS(RTC_CR_FMT)))
        plan_alarms(p);
}

static void write_protected(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const bool needs_init = offset == RTC_TR || offset == RTC_DR || offset == RTC_PRER;

    if (needs_init && !setting(p)) {
        periph_note(p, "refused", "write to offset 0x%02X while ICSR.INITF = 0", (unsigned)offset);
        return;
    }
    if (offset == RTC_CR) {
        write_cr(p, value, lanes);
        return;
    }
    if (offset == RTC_WUTR && !(reg(p, RTC_ICSR) & BITS(RTC_ICSR_WUTWF))) {
        periph_note(p, "refused", "write to WUTR while ICSR.WUTWF = 0");
        return;
    }
    if (offset == RTC_SHIFTR || (offset == RTC_CALR && value & lanes & ~BITS(RTC_CALR_CALW16)))
        periph_note(p, "unmodelled", "%s has no effect on the pace", offset == RTC_CALR ? "CALR" : "SHIFTR");
    periph_store(p, offset, value, lanes);
    if (offset >= RTC_ALRMAR && offset <= RTC_ALRMBSSR)
        plan_alarms(p);
}

/* What the keys of WPR guard. On the G0 everything but flags (RM0444 30.3.11). On the U0 the calendar, its prescaler and calibration, and
 * some bits of CR and ICSR: ST's driver sets alarms, the wake-up timer and time stamps without the keys. */
static uint32_t guarded(const struct periph *p, uint32_t offset)
{
    if (p->kind == &rtc_kind_g0)
        return UINT32_MAX;
    switch (offset) {
    case RTC_TR:
    case RTC_DR:
    case RTC_PRER:
    case RTC_CALR:
    case RTC_SHIFTR: return UINT32_MAX;
    case RTC_CR: return BITS(RTC_CR_FMT) | BITS(RTC_CR_ADD1H) | BITS(RTC_CR_SUB1H) | BITS(RTC_CR_REFCKON);
    default: return 0;
    }
}

static void rtc_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    struct rtc_state *s = p->state;

    if (!s->open) {
        periph_note(p, "refused", "write to offset 0x%02X while PWR_CR1.DBP = 0", (unsigned)offset);
        return;
    }
    if (offset == RTC_WPR) {
        const uint32_t key = GET(value, RTC_WPR_KEY);

        s->unlocked = key == 0xCA ? 1 : key == 0x53 && s->unlocked == 1 ? 2 : 0;
    } else if (offset == RTC_SCR) {
        periph_set(p, RTC_SR, value & lanes, 0);
        if (value & lanes & BITS(RTC_SR_TSF))
            *periph_word(p, RTC_TSTR) = *periph_word(p, RTC_TSDR) = *periph_word(p, RTC_TSSSR) = 0;
    } else if (offset == RTC_ICSR) {
        write_icsr(p, value, lanes);
    } else {
        const uint32_t kept = s->unlocked == 2 ? 0 : guarded(p, offset), old = offset / 4 < p->kind->words ? reg(p, offset) : 0;

        if ((value ^ old) & lanes & kept)
            periph_note(p, "refused", "write to offset 0x%02X without the keys of WPR", (unsigned)offset);
        if (lanes & ~kept)
            write_protected(p, offset, value & ~kept, lanes & ~kept);
    }
    update(p);
}

void rtc_open(struct periph *p, bool open) { ((struct rtc_state *)p->state)->open = open; }

static void rtc_reset(struct periph *p, enum periph_reset why)
{
    struct rtc_state *s = p->state;

    s->unlocked = 0;
    if (why == PERIPH_SYSTEM) { /* the backup domain goes on; so does its interrupt line */
        s->open = 0;
        periph_irq(p, masked(p) != 0);
        return;
    }
    for (unsigned i = 0; i < p->kind->words; i++)
        *periph_word(p, i * 4) = p->kind->regs[i].reset;
    s->clock = (struct domain){ periph_now_ps(p), 0, periph_hz(p) };
    s->from_tick = 0;
    s->from_seconds = 0;
    s->weekday = 1;
    s->wake_tick = s->sync_ps = TIME_NEVER;
    plan_alarms(p);
    update(p);
}

#define RTC_KIND                                                                                                                        \
    {                                                                                                                                   \
        .name = "RTC", .names = &rtc_regs, .regs = rows, .words = sizeof rows / sizeof rows[0], .apb = true, .state = &rtc_state_table, \
        .peek = rtc_peek, .write = rtc_write, .reset = rtc_reset, .next_ps = rtc_next_ps, .event = rtc_event, .reclock = rtc_reclock    \
    }
const struct periph_kind rtc_kind_u0 = RTC_KIND;
const struct periph_kind rtc_kind_g0 = RTC_KIND;
