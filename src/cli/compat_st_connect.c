/* compat_st_connect.c - the words of -c, connecting as they say, and ST's block about probe and chip. */
#include "cli/compat_st.h"
#include "cli/doctoring.h"
#include "cli/resolve.h"
#include "device/regs/u0_dbgmcu.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LIMIT_MS = 500, KHZ_DEFAULT = 4000, KHZ_MAX = 100000 };

/* ---- words ----------------------------------------------------------------------------------------------------------------------- */

static bool starts_with(const char *text, const char *beginning) { return strncasecmp(text, beginning, strlen(beginning)) == 0; }

static bool unsupported(struct err *e, const char *word, const char *why)
{
    err_set(e, ERR_UNSUPPORTED, "%.60s is not supported: %s", word, why);
    return err_hint(e, "sector0 connects through an ST-LINK, port=SWD, or to a chip in DFU mode, port=USB1");
}

/* "usb", "USB1" */
static bool read_usb(struct st_connection *c, const char *word, const char *number, struct err *e)
{
    uint32_t n = 0;

    c->usb = true;
    if (number[0] && (!cli_number(number, &n, e) || n == 0 || n > 99))
        return err_set(e, ERR_USAGE, "'%.60s' names no port: port=USB1 is the first chip in DFU mode", word);
    c->usb_number = n;
    return true;
}

static bool read_port(struct st_connection *c, const char *word, struct err *e)
{
    const char *port = strchr(word, '=') + 1;

    if (strcasecmp(port, "SWD") == 0)
        return true;
    if (starts_with(port, "usb"))
        return read_usb(c, word, port + 3, e);
    if (strcasecmp(port, "JTAG") == 0)
        return unsupported(e, word, "sector0 speaks SWD");
    if (strcasecmp(port, "JLINK") == 0)
        return unsupported(e, word, "sector0 does not drive J-Link probes");
    if (starts_with(port, "COM") || starts_with(port, "/dev/") || starts_with(port, "tty") || starts_with(port, "cu."))
        return unsupported(e, word, "sector0 does not speak to the bootloader over UART");
    if (strcasecmp(port, "SPI") == 0 || strcasecmp(port, "I2C") == 0 || strcasecmp(port, "CAN") == 0)
        return unsupported(e, word, "sector0 does not speak to the bootloader over SPI, I2C or CAN");
    return err_set(e, ERR_USAGE, "'%.60s' names no port: port=SWD is one", word);
}

static bool read_mode(struct st_connection *c, const char *value, struct err *e)
{
    static const struct {
        const char *name;
        enum st_mode mode;
    } modes[] = { { "NORMAL", ST_NORMAL }, { "UR", ST_UNDER_RESET }, { "HOTPLUG", ST_HOTPLUG }, { "HWRSTPULSE", ST_PULSE } };

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcasecmp(value, modes[i].name) == 0) {
            c->mode = modes[i].mode;
            return true;
        }
    if (strcasecmp(value, "POWERDOWN") == 0) {
        err_set(e, ERR_UNSUPPORTED, "mode=POWERDOWN is not supported: sector0 does not wait for a target to be powered up");
        return err_hint(e, "mode=UR also reaches a chip whose program closes the debug port");
    }
    return err_set(e, ERR_USAGE, "there is no mode '%.40s': NORMAL, UR, HOTPLUG, HWRSTPULSE", value);
}

static bool read_reset(struct st_connection *c, const char *value, struct err *e)
{
    if (strcasecmp(value, "SWrst") == 0)
        c->reset = ST_SOFTWARE;
    else if (strcasecmp(value, "HWrst") == 0)
        c->reset = ST_HARDWARE;
    else if (strcasecmp(value, "Crst") == 0)
        return err_set(e, ERR_UNSUPPORTED,
                       "reset=Crst is not supported: a Cortex-M0+ has no reset of the core alone; SWrst is the nearest");
    else
        return err_set(e, ERR_USAGE, "there is no reset '%.40s': SWrst, HWrst", value);
    return true;
}

static bool read_khz(struct st_connection *c, const char *value, struct err *e)
{
    uint32_t khz;

    if (!cli_number(value, &khz, e))
        return false;
    if (khz == 0 || khz > KHZ_MAX)
        return err_set(e, ERR_USAGE, "freq= is in kHz, from 1 to %d", KHZ_MAX);
    c->khz = khz;
    return true;
}

static bool read_index(struct st_connection *c, const char *value, struct err *e)
{
    c->index_given = true;
    return cli_number(value, &c->index, e);
}

static bool read_serial(struct st_connection *c, const char *value, struct err *e)
{
    c->serial = value;
    return value[0] || err_set(e, ERR_USAGE, "sn= without a serial number");
}

static bool read_ap(struct st_connection *c, const char *value, struct err *e)
{
    uint32_t ap;

    return cli_number(value, &ap, e) &&
           (ap == 0 ||
            err_set(e, ERR_UNSUPPORTED, "ap=%" PRIu32 " is not supported: these chips have their memory behind access port 0", ap));
}

static bool read_speed(struct st_connection *c, const char *value, struct err *e)
{
    return strcasecmp(value, "Reliable") == 0 ||
           err_set(e, ERR_UNSUPPORTED, "speed=%.20s is not supported: it is for chips with a Cortex-M33", value);
}

static bool read_id(const char *value, uint32_t ours, const char *key, struct err *e)
{
    uint32_t id;

    return cli_number(value, &id, e) && (id == ours || err_set(e, ERR_UNSUPPORTED,
                                                               "%s=0x%04" PRIX32 " is not supported: a chip in ST's DFU mode "
                                                               "is 0483:DF11",
                                                               key, id));
}

static bool read_vid(struct st_connection *c, const char *value, struct err *e) { return read_id(value, 0x0483, "VID", e); }
static bool read_pid(struct st_connection *c, const char *value, struct err *e) { return read_id(value, 0xDF11, "PID", e); }

static const struct {
    const char *key;
    bool (*read)(struct st_connection *c, const char *value, struct err *e); /* NULL: refused */
    const char *why;
} keys[] = {
    { "freq=", read_khz, NULL },
    { "sn=", read_serial, NULL },
    { "index=", read_index, NULL },
    { "mode=", read_mode, NULL },
    { "reset=", read_reset, NULL },
    { "ap=", read_ap, NULL },
    { "speed=", read_speed, NULL },
    { "VID=", read_vid, NULL },
    { "PID=", read_pid, NULL },
    { "tcpport=", NULL, "sector0 does not share a probe through stlink-server" },
    { "TargetSel=", NULL, "these chips are not on a multi-drop SWD bus" },
    { "debugauth=", NULL, "these chips have no debug authentication" },
    { "pwd=", NULL, "these chips have no debug authentication" },
    { "key=", NULL, "these chips have no debug authentication" },
    { "cert=", NULL, "these chips have no debug authentication" },
    { "per=", NULL, "these chips have no debug authentication" },
    { "shared", NULL, "sector0 does not share a probe through stlink-server" },
    { "getAuthID", NULL, "these chips have no authentication id" },
    { "console", NULL, "sector0 has no UART connection" },
};

static bool read_word(struct st_connection *c, const char *word, struct err *e)
{
    if (strcasecmp(word, "LPM") == 0 || strcasecmp(word, "dLPM") == 0) {
        c->low_power = word[0] == 'l' || word[0] == 'L';
        return true;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strchr(keys[i].key, '=') ? !starts_with(word, keys[i].key) : strcasecmp(word, keys[i].key) != 0)
            continue;
        return keys[i].read ? keys[i].read(c, word + strlen(keys[i].key), e) : unsupported(e, word, keys[i].why);
    }
    err_set(e, ERR_USAGE, "there is no '%.60s' for a connection", word);
    return err_hint(e, "port=SWD freq= sn= index= mode= reset= ap= LPM dLPM");
}

bool st_read_connection(struct st_connection *c, const struct st_job *job, struct err *e)
{
    bool port = false;

    *c = (struct st_connection){ .wanted = true, .khz = KHZ_DEFAULT };
    for (unsigned i = 0; i < job->words; i++) /* first: a refused port explains words that only it knows */
        if (starts_with(job->word[i], "port=")) {
            port = true;
            if (!read_port(c, job->word[i], e))
                return false;
        }
    for (unsigned i = 0; i < job->words; i++)
        if (!starts_with(job->word[i], "port=") && !read_word(c, job->word[i], e))
            return false;
    if (!port) {
        err_set(e, ERR_USAGE, "the port is missing");
        return err_hint(e, "-c port=SWD connects through an ST-LINK, port=USB1 to a chip in DFU mode");
    }
    if (c->mode == ST_UNDER_RESET)
        c->reset = ST_HARDWARE;
    return true;
}

/* ---- which probe ----------------------------------------------------------------------------------------------------------------- */

/* SECTOR0_PROBE says where to look; sn= and index= choose there. */
static bool has_serial(const struct usb_id *id, const char *serial, struct err *e)
{
    if (strncasecmp(id->serial, serial, strlen(serial)) == 0)
        return true;
    err_set(e, ERR_NODEV, "no probe's serial number begins with '%.60s'", serial);
    err_seen(e, "%s %s at %s, which SECTOR0_PROBE names", probe_kind_of(id)->name, id->serial, id->path);
    return err_hint(e, "`STM32_Programmer_CLI -l` shows what is attached; without sn= the probe of SECTOR0_PROBE is used");
}

static bool nth_probe(struct st *st, unsigned index, struct usb_id *id, struct err *e)
{
    struct usb_list list = { 0 };
    unsigned n = 0;
    bool found = false;

    if (!resolve_list(st->cli.fabrics, NULL, &list, e)) {
        usb_list_free(&list);
        return false;
    }
    for (size_t i = 0; i < list.count; i++)
        if (probe_kind_of(&list.ids[i]) && n++ == index) {
            *id = list.ids[i];
            found = true;
        }
    usb_list_free(&list);
    return found || err_set(e, ERR_NODEV, "there is no probe with index %u: %u attached", index, n);
}

static bool find_probe(struct st *st, struct usb_id *id, struct err *e)
{
    const struct st_connection *c = &st->line->connection;
    const bool named = st->cli.probe && st->cli.probe[0];
    char text[100];

    if (c->serial && !named) {
        snprintf(text, sizeof text, "stlink:%.80s", c->serial);
        return resolve_probe(st->cli.fabrics, text, id, e);
    }
    if (c->index_given && !named && !c->serial)
        return nth_probe(st, c->index, id, e);
    if (named && c->index_given && c->index > 0)
        return err_set(e, ERR_NODEV, "there is no probe with index %u: SECTOR0_PROBE names one, which is index 0", c->index);
    return resolve_probe(st->cli.fabrics, st->cli.probe, id, e) && (!c->serial || has_serial(id, c->serial, e));
}

/* ---- connecting ------------------------------------------------------------------------------------------------------------------ */

static const char *const mode_names[] = { "Normal", "Under Reset", "Hot Plug", "Hardware reset pulse" };
static const char *const reset_names[] = { "Software reset", "Hardware reset" };

static void print_probe(struct st *st, const struct probe *p, unsigned mv)
{
    st_label(st, "ST-LINK SN", "%s", p->id.serial);
    st_label(st, "ST-LINK FW", "%s", p->ops->version((struct probe *)(uintptr_t)p));
    st_label(st, "Board", "--");
    if (mv)
        st_label(st, "Voltage", "%u.%02uV", mv / 1000, mv % 1000 / 10);
}

static void print_chip(struct st *st)
{
    struct target *t = &st->f.t;
    const char *revision = device_revision(t->device, t->idcode >> 16);
    struct err ignored = { 0 };
    char name[40], *stepping;
    uint8_t id;

    st_label(st, "Device ID", "0x%03X", t->device->dev_id);
    if (revision[0])
        st_label(st, "Revision ID", "Rev %s", revision);
    else
        st_label(st, "Revision ID", "--");
    st_label(st, "Device name", "%.7sxx", t->device->name); /* "STM32U0xx" */
    st_label(st, "Flash size", "%" PRIu32 " KBytes%s", t->flash_bytes / 1024, t->flash_size_read ? "" : " (default)");
    st_label(st, "Device type", "MCU");
    core_name(t->core.cpuid, name, sizeof name);
    stepping = strstr(name, " r");
    if (stepping)
        *stepping = '\0';
    st_label(st, "Device CPU", "%s", name[0] ? name : "--");
    if (mem_read(&t->mem, t->device->bootloader_id_at, &id, 1, &ignored))
        st_label(st, "BL Version", "0x%X", id);
    else
        st_label(st, "BL Version", "--");
}

/* DBGMCU_CR: debug goes on in Stop and Standby. The same place and bits on the STM32U0 (RM0503 37) and G0 (RM0444 40). */
static uint32_t low_power_at(const struct target *t) { return t->device->dbgmcu_base + U0_DBGMCU_CR; }

/* For the time of the connection. */
static bool allow_low_power(struct st *st, struct err *e)
{
    const uint32_t bits = BITS(U0_DBGMCU_CR_DBG_STOP) | BITS(U0_DBGMCU_CR_DBG_STANDBY);
    struct target *t = &st->f.t;
    const struct device *d = t->device;
    uint32_t enable;

    if (d->debug_clock_mask &&
        (!mem_read32(&t->mem, d->debug_clock_at, &enable, e) || !mem_write32(&t->mem, d->debug_clock_at, enable | d->debug_clock_mask, e)))
        return false;
    if (!mem_read32(&t->mem, low_power_at(t), &st->was_low_power, e) || !mem_write32(&t->mem, low_power_at(t), st->was_low_power | bits, e))
        return false;
    st->low_power_set = true;
    return true;
}

/* Flags that a reset will take away are told before it. */
static void tell_flags(struct st *st)
{
    const struct flash_facts *f = st->f.t.device->flash;
    struct look look;
    struct err ignored = { 0 };
    char bits[200];

    if (look_read(&look, &st->f.t, &ignored) && look.sr & f->sr_errors)
        st_warn(st, "FLASH_SR=0x%08" PRIX32 " (%s) was left set by an earlier failure; it is cleared before anything is written", look.sr,
                reg_decode(f->regs, "SR", look.sr & f->sr_errors, bits, sizeof bits));
}

static bool reset_as_asked(struct st *st, struct err *e)
{
    const struct st_connection *c = &st->line->connection;
    struct target *t = &st->f.t;
    struct err wire = { 0 };

    if (c->mode == ST_HOTPLUG || c->mode == ST_UNDER_RESET)
        return true;
    if (c->reset == ST_SOFTWARE && c->mode == ST_NORMAL)
        return core_reset_halt(&t->core, LIMIT_MS, e);
    if (target_hard_reset_halt(t, &wire))
        return true;
    if (wire.kind != ERR_TIMEOUT) {
        *e = wire;
        return false;
    }
    st_warn(st, "%s; reset through the debug port instead", wire.cause);
    return core_reset_halt(&t->core, LIMIT_MS, e);
}

static const enum target_connect connects[] = { TARGET_NORMAL, TARGET_UNDER_RESET, TARGET_ATTACH, TARGET_NORMAL }; /* by enum st_mode */

static bool attach(struct st *st, struct probe *probe, struct err *e)
{
    const struct st_connection *c = &st->line->connection;
    struct target *t = &st->f.t;

    if (!target_open(t, probe, connects[c->mode], c->khz, e)) /* the probe is closed then */
        return false;
    st->connected = st->f.open = true;
    if (t->note[0])
        st_warn(st, "%s", t->note);
    st->ours = c->mode != ST_HOTPLUG;
    if (st->ours)
        target_leave(t, false);
    tell_flags(st);
    return reset_as_asked(st, e);
}

/* Whoever names a probe does not want another one to be looked at. */
static void why_unopened(struct st *st, const struct err *e)
{
    const struct st_connection *c = &st->line->connection;

    if (c->serial || c->index_given)
        return;
    st->cli.connect_given = true;
    st->cli.connect = connects[c->mode];
    st->cli.speed_khz = c->khz;
    doctoring_unopened(&st->cli, e);
}

static bool no_target(struct st *st, const struct err *e)
{
    why_unopened(st, e);
    if (e->kind == ERR_UNSUPPORTED)
        return st_failed(st, "unknown or unsupported device");
    return st_failed(st, "No STM32 target found! If your product embeds Debug Authentication, please perform a discovery using Debug "
                         "Authentication");
}

bool st_connect(struct st *st, struct err *e)
{
    const struct st_connection *c = &st->line->connection;
    struct err ignored = { 0 };
    struct probe *probe;
    struct usb_id id;
    unsigned mv = 0;
    uint32_t optr;
    unsigned level;

    if (c->usb)
        return st_usb_connect(st, e);
    if (!find_probe(st, &id, e)) {
        why_unopened(st, e);
        return e->kind == ERR_USAGE ? false : st_failed(st, "No debug probe detected.");
    }
    probe = cli_open_probe(&st->cli, &id, e);
    if (!probe) {
        why_unopened(st, e);
        return st_failed(st, "ST-LINK error (DEV_USB_COMM_ERR)");
    }
    probe->ops->voltage(probe, &mv, &ignored);
    print_probe(st, probe, mv);
    if (!attach(st, probe, e))
        return no_target(st, e);
    st_label(st, "SWD freq", "%u KHz", st->f.t.probe->speed_khz);
    st_label(st, "Connect mode", "%s", mode_names[c->mode]);
    st_label(st, "Reset mode", "%s", reset_names[c->reset]);
    print_chip(st);
    if (c->low_power) {
        if (!allow_low_power(st, e))
            return st_failed(st, "Unable to get core ID");
        st_print(st, "Debug in Low Power mode enabled\n");
    }
    if (target_rdp_level(&st->f.t, &level, &optr, &ignored) && level > 0)
        st_warn(st, "Device is under Read Out Protection (level %u): flash and RAM are closed to the debugger", level);
    st_print(st, "\n");
    return true;
}

void st_let_go(struct st *st, bool done)
{
    struct target *t = &st->f.t;
    struct err ignored = { 0 };

    if (!st->connected)
        return;
    if (st->usb) {
        st_usb_let_go(st);
        return;
    }
    if (st->low_power_set)
        mem_write32(&t->mem, low_power_at(t), st->was_low_power, &ignored);
    if (st->left) {
        st_warn(st, "%s", st->left);
        target_leave(t, true);
    } else if (st->ours || st->leave_halted) {
        target_leave(t, st->leave_halted && done);
    }
    target_close(t);
    st->connected = st->f.open = false;
}
