/* faults.c - events are counted, rows that match set something off. See faults.h. */
#include "faults/faults.h"

#include "device/regs/u0_flash.h"
#include "periph/flash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FLASH_WHENS (1u << FAULT_AT_FLASH | 1u << FAULT_AT_ERASE | 1u << FAULT_AT_PROGRAM | 1u << FAULT_AT_OPTION | 1u << FAULT_AT_ADDRESS)
#define ANY_WHENS   (FLASH_WHENS | USB_WHENS | 1u << FAULT_AT_SWD | 1u << FAULT_AT_TIME)
#define SWD_WHENS   (1u << FAULT_AT_SWD)
#define USB_WHENS   (1u << FAULT_AT_TRANSFER | 1u << FAULT_AT_TARGET_TRANSFER)

#define GLITCH_PS (20 * PS_PER_US) /* estimate: long enough for the chip's filter (RM0444 5.1.2) */
enum { EDGES_ONE_IN = 97 };
#define DIP_PS     (5 * PS_PER_MS)   /* estimate: a motor starts on the same supply */
#define FOREVER_PS (3600 * PS_PER_S) /* a flash that is busy for so long is never done: resets end it sooner */

/* clang-format off */
const struct fault_row fault_rows[FAULT_KINDS] = {
    /*                        name              events                 hold       argument             default  most   */
    [FAULT_NONE]          = { "",               0,                     0,         NULL,                0,       0,           "" },
    [FAULT_POWER_CUT]     = { "power-cut",      ANY_WHENS,             0,         NULL,                0,       0,           "the supply goes, for a time or for good; what the flash was doing is torn" },
    [FAULT_BROWN_OUT]     = { "brown-out",      ANY_WHENS,             DIP_PS,    "mv",                1500,    5500,        "the supply dips to so many mV: below the chip's reset level it is as if it had gone" },
    [FAULT_NRST_GLITCH]   = { "nrst-glitch",    ANY_WHENS,             GLITCH_PS, NULL,                0,       0,           "NRST is pulled low for a moment" },
    [FAULT_UNPLUG]        = { "unplug",         ANY_WHENS,             0,         NULL,                0,       0,           "a USB cable is pulled: the one of the transfer, else the probe's" },
    [FAULT_SWD_WAIT]      = { "swd-wait",       SWD_WHENS,             0,         NULL,                0,       0,           "the port answers WAIT" },
    [FAULT_SWD_FAULT]     = { "swd-fault",      SWD_WHENS,             0,         NULL,                0,       0,           "the port answers FAULT, STICKYERR is set" },
    [FAULT_SWD_SILENT]    = { "swd-silent",     SWD_WHENS,             0,         NULL,                0,       0,           "nobody acknowledges" },
    [FAULT_SWD_PARITY]    = { "swd-parity",     SWD_WHENS,             0,         NULL,                0,       0,           "a word read has the wrong parity" },
    [FAULT_SWD_ID]        = { "swd-id",         SWD_WHENS,             0,         NULL,                0,       0,           "DPIDR reads as that of another part" },
    [FAULT_SWD_LOST]      = { "swd-lost",       SWD_WHENS,             0,         NULL,                0,       0,           "the port is silent until a line reset" },
    [FAULT_SWD_EDGES]     = { "swd-edges",      SWD_WHENS,             0,         "khz",             1000,    50000,       "long wires: at more than so many kHz a word in a hundred has the wrong parity" },
    [FAULT_FLASH_BUSY]    = { "flash-busy",     FLASH_WHENS,           0,         NULL,                0,       0,           "the operation never ends: BSY1 stays set until a reset" },
    [FAULT_FLASH_SLOW]    = { "flash-slow",     FLASH_WHENS,           0,         "percent",           180,     100000,      "the operation takes so many percent of its typical time" },
    [FAULT_FLASH_REFUSES] = { "flash-refuses",  FLASH_WHENS,           0,         NULL,                0,       0,           "the operation ends at once with PROGERR" },
    [FAULT_CELL_WEAK]     = { "cell-weak",      1u << FAULT_AT_ADDRESS, 0,        "bits",              1,       UINT64_MAX,  "these bits of a double word do not hold what is programmed" },
    [FAULT_CFGBSY]        = { "cfgbsy-stuck",   1u << FAULT_ALWAYS,    0,         NULL,                0,       0,           "CFGBSY reads 1 for ever" },
    [FAULT_USB_SHORT]     = { "usb-short",      USB_WHENS,             0,         NULL,                0,       0,           "half of a reply is lost" },
    [FAULT_USB_STALL]     = { "usb-stall",      USB_WHENS,             0,         NULL,                0,       0,           "the endpoint stalls until the host clears it, a control transfer once" },
    [FAULT_USB_LATE]      = { "usb-late",       USB_WHENS,             0,         NULL,                0,       0,           "a reply comes after its time-out, and is there at the next read" },
    [FAULT_SERIAL]        = { "serial-garbled", 1u << FAULT_ALWAYS,    0,         NULL,                0,       0,           "the probe's serial number is 12 raw bytes, as old firmware sends it" },
    [FAULT_VERSION]       = { "version-garbled", 1u << FAULT_ALWAYS,   0,         NULL,                0,       0,           "the probe says that it is V0J8S0, 0000:0000, as after another maker's firmware" },
    [FAULT_AP_CLOSED]     = { "ap-closed",      1u << FAULT_ALWAYS,    0,         NULL,                0,       0,           "the debug port answers, and its access port lets nobody through" },
    [FAULT_READS_AS]      = { "reads-as",       1u << FAULT_AT_ADDRESS, 0,        "value",             0,       UINT32_MAX,  "a debugger reads another word there: that of a copy, of another chip, of early silicon" },
    [FAULT_USB_STUCK]     = { "usb-stuck",      USB_WHENS,             0,         NULL,                0,       0,           "the device answers nothing until a port reset" },
};
/* clang-format on */

const char *const fault_when_names[FAULT_WHENS] = {
    [FAULT_ALWAYS] = "always",      [FAULT_AT_FLASH] = "flash",       [FAULT_AT_ERASE] = "erase",
    [FAULT_AT_PROGRAM] = "program", [FAULT_AT_OPTION] = "option",     [FAULT_AT_ADDRESS] = "address",
    [FAULT_AT_SWD] = "swd",         [FAULT_AT_TRANSFER] = "transfer", [FAULT_AT_TARGET_TRANSFER] = "target-transfer",
    [FAULT_AT_TIME] = "time",
};

#define ONE(member, limit)  STATE_ONE(struct faults_state, member, limit)
#define MANY(member, limit) STATE_MANY(struct faults_state, member, limit)
DEFINE_STATE(faults_state_table, "faults", struct faults_state, ONE(armed_ps, UINT64_MAX / 2), MANY(count, UINT64_MAX / 2),
             MANY(at, UINT64_MAX / 4), MANY(hold_ps, UINT64_MAX / 4), MANY(arg, STATE_ANY), MANY(fired, UINT64_MAX / 2),
             MANY(begin_ps, STATE_ANY), MANY(end_ps, STATE_ANY), MANY(hold_next_ps, UINT64_MAX / 4), MANY(times, STATE_ANY),
             MANY(share, FAULT_WHOLE), ONE(vdd_mv, 5500), ONE(vdd_slope_mv_ms, 1000000), ONE(bottom_mv, 5500),
             MANY(stale_bytes, FAULT_STALE), MANY(kind, FAULT_KINDS - 1), MANY(when, FAULT_WHENS - 1), MANY(stale, STATE_ANY),
             ONE(nrst, NRST_WIRINGS - 1), ONE(swd, SWD_WIRINGS - 1), ONE(vtref, VTREF_WIRINGS - 1), ONE(nrst_low, 1), MANY(usb_stuck, 1),
             ONE(rows, FAULTS_MAX));
#undef ONE
#undef MANY

/* ---- rows ---- */

static struct fault row(const struct faults *f, unsigned i)
{
    return (struct fault){ .kind = (enum fault_kind)f->s.kind[i],
                           .when = (enum fault_when)f->s.when[i],
                           .at = f->s.at[i],
                           .times = f->s.times[i],
                           .share = f->s.share[i],
                           .hold_ps = f->s.hold_ps[i],
                           .arg = f->s.arg[i] };
}

bool faults_add(struct faults *f, const struct fault *fault, struct err *e)
{
    const struct fault_row *r = &fault_rows[fault->kind];
    const unsigned i = f->s.rows;

    if (!(r->whens >> fault->when & 1))
        return err_set(e, ERR_USAGE, "%s does not happen at '%s'", r->name, fault_when_names[fault->when]);
    if (i == FAULTS_MAX)
        return err_set(e, ERR_USAGE, "a board has at most %d faults", FAULTS_MAX);
    f->s.kind[i] = (uint8_t)fault->kind;
    f->s.when[i] = (uint8_t)fault->when;
    f->s.at[i] = fault->at;
    f->s.times[i] = fault->times;
    f->s.share[i] = fault->share;
    f->s.hold_ps[i] = fault->hold_ps;
    f->s.arg[i] = fault->arg;
    f->s.fired[i] = 0;
    f->s.rows++;
    return true;
}

void faults_arm(struct faults *f)
{
    f->s.armed_ps = f->time->now_ps;
    memset(f->s.count, 0, sizeof f->s.count);
    memset(f->s.fired, 0, sizeof f->s.fired);
}

bool faults_loaded(const struct faults *f, struct err *e)
{
    for (unsigned i = 0; i < f->s.rows; i++)
        if (!(fault_rows[f->s.kind[i]].whens >> f->s.when[i] & 1))
            return err_set(e, ERR_INPUT, "section 'faults': row %u is of a kind that does not happen there", i);
    return true;
}

static void tell(struct faults *f, const struct fault *r)
{
    char text[80];

    if (r->when == FAULT_ALWAYS)
        return;
    if (r->when == FAULT_AT_ADDRESS)
        snprintf(text, sizeof text, "%s at 0x%08" PRIx64, fault_rows[r->kind].name, r->at);
    else
        snprintf(text, sizeof text, "%s at %s %" PRIu64, fault_rows[r->kind].name, fault_when_names[r->when],
                 r->when == FAULT_AT_TIME ? r->at / PS_PER_US : f->s.count[r->when]);
    f->wires->note(f->wires->ctx, text);
}

static bool is_due(const struct faults *f, unsigned i) { return f->s.times[i] == 0 || f->s.fired[i] < f->s.times[i]; }

/* An event of this sort has come, and been counted: does row i happen? */
static bool happens(struct faults *f, unsigned i, enum fault_when when)
{
    const struct fault r = row(f, i);

    if (r.when != when || f->s.count[when] < r.at || !is_due(f, i))
        return false;
    f->s.fired[i]++;
    tell(f, &r);
    return true;
}

/* ---- power, reset, cable ---- */

static bool is_line(enum fault_kind kind)
{
    return kind == FAULT_POWER_CUT || kind == FAULT_BROWN_OUT || kind == FAULT_NRST_GLITCH || kind == FAULT_UNPLUG;
}

static enum fault_line line_of(const struct fault *r)
{
    if (r->kind == FAULT_UNPLUG)
        return r->when == FAULT_AT_TARGET_TRANSFER ? LINE_TARGET_CABLE : LINE_CABLE;
    return r->kind == FAULT_POWER_CUT || r->kind == FAULT_BROWN_OUT ? LINE_POWER : LINE_NRST;
}

static void set_line(struct faults *f, enum fault_line line, bool away)
{
    switch (line) {
    case LINE_POWER: f->wires->power(f->wires->ctx, !away); break;
    case LINE_CABLE: f->wires->cable(f->wires->ctx, FAULT_PROBE, !away); break;
    case LINE_TARGET_CABLE: f->wires->cable(f->wires->ctx, FAULT_TARGET, !away); break;
    default:
        f->s.nrst_low = away;
        f->wires->nrst(f->wires->ctx);
        break;
    }
}

static void set_off(struct faults *f, const struct fault *r, uint64_t when_ps)
{
    const enum fault_line line = line_of(r);

    if (r->kind == FAULT_BROWN_OUT && r->arg >= chip_reset_mv(f->chip, true)) /* not deep enough */
        return;
    if (line == LINE_POWER) {
        f->s.bottom_mv = r->kind == FAULT_BROWN_OUT ? (uint32_t)r->arg : 0;
        when_ps += faults_fall_ps(f);
    }
    f->s.begin_ps[line] = when_ps;
    f->s.hold_next_ps[line] = r->hold_ps;
    f->s.end_ps[line] = TIME_NEVER;
    chip_stop_at(f->chip, faults_next_ps(f));
}

static uint64_t time_row_ps(const struct faults *f, unsigned i)
{
    if (f->s.when[i] != FAULT_AT_TIME || f->s.fired[i] > 0)
        return TIME_NEVER;
    return f->s.armed_ps + f->s.at[i];
}

uint64_t faults_next_ps(const struct faults *f)
{
    uint64_t next_ps = TIME_NEVER;

    for (unsigned i = 0; i < f->s.rows; i++)
        if (time_row_ps(f, i) < next_ps)
            next_ps = time_row_ps(f, i);
    for (unsigned line = 0; line < FAULT_LINES; line++) {
        if (f->s.begin_ps[line] < next_ps)
            next_ps = f->s.begin_ps[line];
        if (f->s.end_ps[line] < next_ps)
            next_ps = f->s.end_ps[line];
    }
    return next_ps;
}

void faults_event(struct faults *f, uint64_t now_ps)
{
    for (unsigned i = 0; i < f->s.rows; i++)
        if (time_row_ps(f, i) <= now_ps) {
            const struct fault r = row(f, i);

            f->s.fired[i]++;
            tell(f, &r);
            set_off(f, &r, now_ps);
        }
    for (unsigned line = 0; line < FAULT_LINES; line++) {
        if (f->s.end_ps[line] <= now_ps) {
            f->s.end_ps[line] = TIME_NEVER;
            set_line(f, (enum fault_line)line, false);
        }
        if (f->s.begin_ps[line] <= now_ps) {
            f->s.begin_ps[line] = TIME_NEVER;
            f->s.end_ps[line] = f->s.hold_next_ps[line] ? now_ps + f->s.hold_next_ps[line] : TIME_NEVER;
            if (line == LINE_POWER && f->s.hold_next_ps[line])
                f->s.end_ps[line] += faults_rise_ps(f, f->s.bottom_mv);
            set_line(f, (enum fault_line)line, true);
        }
    }
}

/* ---- flash ---- */

static bool covers(const struct flash_fate *fate, uint64_t addr)
{
    return fate->bytes > 0 && addr >= fate->addr && addr - fate->addr < fate->bytes;
}

/* The events that this operation is, all of them counted. */
static uint32_t count_operation(struct faults *f, const struct flash_fate *fate)
{
    static const enum fault_when whens[] = {
        [FLASH_ERASES] = FAULT_AT_ERASE, [FLASH_PROGRAMS] = FAULT_AT_PROGRAM, [FLASH_WRITES_OPTIONS] = FAULT_AT_OPTION
    };

    f->s.count[FAULT_AT_FLASH]++;
    f->s.count[whens[fate->deed]]++;
    return 1u << FAULT_AT_FLASH | 1u << whens[fate->deed];
}

static bool operation_happens(struct faults *f, unsigned i, uint32_t whens, const struct flash_fate *fate)
{
    const struct fault r = row(f, i);

    if (r.when != FAULT_AT_ADDRESS)
        return whens >> r.when & 1 && happens(f, i, r.when);
    if (!covers(fate, r.at) || !is_due(f, i) || (r.kind == FAULT_FLASH_REFUSES && fate->deed != FLASH_PROGRAMS))
        return false; /* a cell at an address refuses what is programmed into it */
    f->s.fired[i]++;
    tell(f, &r);
    return true;
}

static void on_flash(void *ctx, struct flash_fate *fate)
{
    struct faults *f = ctx;
    const uint32_t whens = count_operation(f, fate);

    for (unsigned i = 0; i < f->s.rows; i++) {
        const struct fault r = row(f, i);

        if (r.kind == FAULT_CELL_WEAK || r.kind == FAULT_READS_AS || !operation_happens(f, i, whens, fate))
            continue;
        if (is_line(r.kind))
            set_off(f, &r, fate->start_ps + (uint64_t)((unsigned __int128)fate->duration_ps * r.share / FAULT_WHOLE));
        else if (r.kind == FAULT_FLASH_BUSY)
            fate->duration_ps = FOREVER_PS;
        else if (r.kind == FAULT_FLASH_SLOW)
            fate->duration_ps = fate->duration_ps / 100 * r.arg;
        else
            fate->refused = BITS(U0_FLASH_SR_PROGERR); /* the G0 has it in the same place */
    }
}

static void on_programmed(void *ctx, uint32_t addr)
{
    struct faults *f = ctx;

    for (unsigned i = 0; i < f->s.rows; i++) {
        const struct fault r = row(f, i);

        if (r.kind != FAULT_CELL_WEAK || (r.at & ~UINT64_C(7)) != addr || !is_due(f, i))
            continue;
        f->s.fired[i]++;
        tell(f, &r);
        f->wires->damage(f->wires->ctx, addr, r.arg);
    }
}

static bool on_cfgbsy(void *ctx) { return faults_stands(ctx, FAULT_CFGBSY); }

static bool on_reads_as(void *ctx, uint32_t addr, uint32_t *word)
{
    struct faults *f = ctx;

    for (unsigned i = 0; i < f->s.rows; i++) {
        const struct fault r = row(f, i);

        if (r.kind != FAULT_READS_AS || (r.at & ~UINT64_C(3)) != addr)
            continue;
        f->s.fired[i]++;
        *word = (uint32_t)r.arg;
        return true;
    }
    return false;
}

/* ---- SWD ---- */

/* Lines that go away at an event of SWD or USB go at once: the chip does not run. */
static void line_happens(struct faults *f, const struct fault *r)
{
    set_off(f, r, f->time->now_ps);
    faults_event(f, f->time->now_ps);
}

static enum dap_trouble on_swd(void *ctx)
{
    static const enum dap_trouble troubles[FAULT_KINDS] = {
        [FAULT_SWD_WAIT] = DAP_SAYS_WAIT,    [FAULT_SWD_FAULT] = DAP_SAYS_FAULT, [FAULT_SWD_SILENT] = DAP_IS_SILENT,
        [FAULT_SWD_PARITY] = DAP_BAD_PARITY, [FAULT_SWD_EDGES] = DAP_BAD_PARITY, [FAULT_SWD_ID] = DAP_WRONG_ID,
        [FAULT_SWD_LOST] = DAP_LINE_LOST,
    };
    struct faults *f = ctx;
    enum dap_trouble trouble = DAP_NO_TROUBLE;

    f->s.count[FAULT_AT_SWD]++;
    for (unsigned i = 0; i < f->s.rows; i++) {
        const struct fault r = row(f, i);

        if (r.kind == FAULT_SWD_EDGES && (f->s.count[FAULT_AT_SWD] % EDGES_ONE_IN || f->wires->swd_khz(f->wires->ctx) <= r.arg))
            continue;
        if (!happens(f, i, FAULT_AT_SWD))
            continue;
        if (is_line(r.kind))
            line_happens(f, &r);
        else
            trouble = troubles[r.kind];
    }
    return trouble;
}

static bool on_closed(void *ctx) { return faults_stands(ctx, FAULT_AP_CLOSED); }

/* ---- USB ---- */

static bool is_of_reply(enum fault_kind kind) { return kind == FAULT_USB_SHORT || kind == FAULT_USB_LATE; }

/* A fault of replies waits for one. What is asked of the probe's endpoint 0 is its driver's housekeeping, and only port resets and cables
 * matter there; to the target's bootloader everything is. */
static bool can_happen(enum fault_kind kind, enum fault_plug plug, uint8_t ep)
{
    if (is_of_reply(kind) && !(ep & 0x80))
        return false;
    return (ep & 0x0F) != 0 || plug != FAULT_PROBE || !(is_of_reply(kind) || kind == FAULT_USB_STALL);
}

static enum usb_trouble on_transfer(void *ctx, uint8_t ep)
{
    static const enum usb_trouble troubles[FAULT_KINDS] = {
        [FAULT_USB_SHORT] = USB_CUT_SHORT, [FAULT_USB_STALL] = USB_STALLS, [FAULT_USB_LATE] = USB_COMES_LATE
    };
    const struct faults_plug *p = ctx;
    const enum fault_when when = p->plug == FAULT_PROBE ? FAULT_AT_TRANSFER : FAULT_AT_TARGET_TRANSFER;
    struct faults *f = p->f;
    enum usb_trouble trouble = USB_NO_TROUBLE;

    f->s.count[when]++;
    for (unsigned i = 0; i < f->s.rows; i++) {
        const struct fault r = row(f, i);

        if (!can_happen(r.kind, p->plug, ep) || !happens(f, i, when))
            continue;
        if (is_line(r.kind))
            line_happens(f, &r);
        else if (r.kind == FAULT_USB_STUCK)
            f->s.usb_stuck[p->plug] = true;
        else
            trouble = troubles[r.kind];
    }
    return f->s.usb_stuck[p->plug] ? USB_NEVER_ANSWERS : trouble;
}

static void store_stale(void *ctx, const uint8_t *packet, size_t len)
{
    const struct faults_plug *p = ctx;
    struct faults_state *s = &p->f->s;

    s->stale_bytes[p->plug] = len < FAULT_STALE ? (uint32_t)len : FAULT_STALE;
    memcpy(s->stale + p->plug * FAULT_STALE, packet, s->stale_bytes[p->plug]);
}

static size_t take_stale(void *ctx, uint8_t *packet, size_t cap)
{
    const struct faults_plug *p = ctx;
    struct faults_state *s = &p->f->s;
    const size_t bytes = s->stale_bytes[p->plug] < cap ? s->stale_bytes[p->plug] : cap;

    memcpy(packet, s->stale + p->plug * FAULT_STALE, bytes);
    s->stale_bytes[p->plug] = 0;
    return bytes;
}

static void on_usb_reset(void *ctx)
{
    const struct faults_plug *p = ctx;

    p->f->s.usb_stuck[p->plug] = false;
    p->f->s.stale_bytes[p->plug] = 0;
}

void faults_init(struct faults *f, const struct faults_wires *wires, const struct timeline *time, struct chip *chip)
{
    *f = (struct faults){ .wires = wires, .time = time, .chip = chip };
    for (unsigned line = 0; line < FAULT_LINES; line++)
        f->s.begin_ps[line] = f->s.end_ps[line] = TIME_NEVER;
    f->chip_hooks = (struct chip_hooks){ f, on_flash, on_programmed, on_cfgbsy, on_reads_as };
    f->dap_hooks = (struct dap_hooks){ f, on_swd, on_closed };
    for (unsigned i = 0; i < FAULT_PLUGS; i++) {
        f->plug[i] = (struct faults_plug){ f, (enum fault_plug)i };
        f->usb_hooks[i] = (struct usb_hooks){ &f->plug[i], on_transfer, store_stale, take_stale, on_usb_reset };
    }
    chip_set_hooks(chip, &f->chip_hooks);
}
