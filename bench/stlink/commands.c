/* commands.c - the command table, how a command is taken in and answered, and the commands that need no file of their own.
 *
 * Facts: what OpenOCD 0.12, stlink 1.7 and 1.8, pyOCD, probe-rs, Black Magic and pystlink send to a V2-1 and accept from it. Left out,
 * and so answered as unknown: the API of the V1, the commands of the V3, and those whose layout no client shows (disk name,
 * DFT register, RW_MISC_GET_MAX). JTAG cannot be entered: the targets have none. SWIM and DFU are only left. */
#include "base/bytes.h"
#include "device/regs/adi.h"
#include "stlink/parts.h"

#include <string.h>

enum data_phase { NO_DATA, DATA_BY_LENGTH, DATA_BY_ITEMS };

struct command {
    uint8_t first;
    int16_t second; /* ANY: first byte alone decides */
    uint8_t min_j;  /* older firmware: unknown */
    bool in_debug;  /* refused outside debug mode (functions without a status reply look for themselves) */
    enum data_phase data;
    stlink_function *run;
    const char *name;
};

enum { ANY = -1, VID = 0x0483, PID = 0x374B };

static stlink_function cmd_get_version, cmd_get_mode, cmd_get_voltage, cmd_leave_mode, cmd_enter, cmd_exit, cmd_drive_nrst, cmd_swd_freq,
    cmd_ok, cmd_read_idcodes, cmd_read_core_id, cmd_read_dap_reg, cmd_write_dap_reg, cmd_init_ap, cmd_close_ap, cmd_board_id, cmd_trace_nb;

/* clang-format off */
static const struct command commands[] = {
    /* bytes    min J  debug  data            function              name */
    { 0xF1, ANY,    0, false, NO_DATA,        cmd_get_version,      "GET_VERSION" },
    { 0xF3, 0x07,   0, false, NO_DATA,        cmd_leave_mode,       "DFU_EXIT" },
    { 0xF4, 0x01,   0, false, NO_DATA,        cmd_leave_mode,       "SWIM_EXIT" },
    { 0xF5, ANY,    0, false, NO_DATA,        cmd_get_mode,         "GET_CURRENT_MODE" },
    { 0xF7, ANY,   13, false, NO_DATA,        cmd_get_voltage,      "GET_TARGET_VOLTAGE" },
    { 0xF2, 0x01,   0, true,  NO_DATA,        cmd_get_status,       "GETSTATUS" },
    { 0xF2, 0x02,   0, true,  NO_DATA,        cmd_force_debug,      "FORCEDEBUG" },
    { 0xF2, 0x07,   0, false, NO_DATA,        cmd_read32,           "READMEM_32BIT" },
    { 0xF2, 0x08,   0, false, DATA_BY_LENGTH, cmd_write32,          "WRITEMEM_32BIT" },
    { 0xF2, 0x09,   0, true,  NO_DATA,        cmd_run_core,         "RUNCORE" },
    { 0xF2, 0x0A,   0, true,  NO_DATA,        cmd_step_core,        "STEPCORE" },
    { 0xF2, 0x0C,   0, false, NO_DATA,        cmd_read8,            "READMEM_8BIT" },
    { 0xF2, 0x0D,   0, false, DATA_BY_LENGTH, cmd_write8,           "WRITEMEM_8BIT" },
    { 0xF2, 0x21,   0, false, NO_DATA,        cmd_exit,             "EXIT" },
    { 0xF2, 0x22,   0, false, NO_DATA,        cmd_read_core_id,     "READCOREID" },
    { 0xF2, 0x30,   0, false, NO_DATA,        cmd_enter,            "ENTER" },
    { 0xF2, 0x31,   0, true,  NO_DATA,        cmd_read_idcodes,     "READ_IDCODES" },
    { 0xF2, 0x32,   0, true,  NO_DATA,        cmd_reset_sys,        "RESETSYS" },
    { 0xF2, 0x33,   0, true,  NO_DATA,        cmd_read_reg,         "READREG" },
    { 0xF2, 0x34,   0, true,  NO_DATA,        cmd_write_reg,        "WRITEREG" },
    { 0xF2, 0x35,   0, true,  NO_DATA,        cmd_write_debug_reg,  "WRITEDEBUGREG" },
    { 0xF2, 0x36,   0, true,  NO_DATA,        cmd_read_debug_reg,   "READDEBUGREG" },
    { 0xF2, 0x3A,   0, true,  NO_DATA,        cmd_read_all_regs,    "READALLREGS" },
    { 0xF2, 0x3B,   0, false, NO_DATA,        cmd_last_status,      "GETLASTRWSTATUS" },
    { 0xF2, 0x3C,   0, false, NO_DATA,        cmd_drive_nrst,       "DRIVE_NRST" },
    { 0xF2, 0x3E,  15, false, NO_DATA,        cmd_last_status2,     "GETLASTRWSTATUS2" },
    { 0xF2, 0x40,  13, false, NO_DATA,        cmd_ok,               "START_TRACE_RX" },
    { 0xF2, 0x41,  13, false, NO_DATA,        cmd_ok,               "STOP_TRACE_RX" },
    { 0xF2, 0x42,  13, false, NO_DATA,        cmd_trace_nb,         "GET_TRACE_NB" },
    { 0xF2, 0x43,  22, false, NO_DATA,        cmd_swd_freq,         "SWD_SET_FREQ" },
    { 0xF2, 0x44,  24, false, NO_DATA,        cmd_ok,               "JTAG_SET_FREQ" },
    { 0xF2, 0x45,  24, true,  NO_DATA,        cmd_read_dap_reg,     "READ_DAP_REG" },
    { 0xF2, 0x46,  24, true,  NO_DATA,        cmd_write_dap_reg,    "WRITE_DAP_REG" },
    { 0xF2, 0x47,  26, false, NO_DATA,        cmd_read16,           "READMEM_16BIT" },
    { 0xF2, 0x48,  26, false, DATA_BY_LENGTH, cmd_write16,          "WRITEMEM_16BIT" },
    { 0xF2, 0x49,   0, false, NO_DATA,        cmd_ok,               "BLINK_LED" },
    { 0xF2, 0x4B,  28, true,  NO_DATA,        cmd_init_ap,          "INIT_AP" },
    { 0xF2, 0x4C,  28, true,  NO_DATA,        cmd_close_ap,         "CLOSE_AP_DBG" },
    { 0xF2, 0x50,  26, false, DATA_BY_LENGTH, cmd_write32_fixed,    "WRITEMEM_32BIT_NO_ADDR_INC" },
    { 0xF2, 0x51,  32, false, DATA_BY_ITEMS,  cmd_misc_out,         "RW_MISC_OUT" },
    { 0xF2, 0x52,  32, false, NO_DATA,        cmd_misc_in,          "RW_MISC_IN" },
    { 0xF2, 0x54,  32, false, NO_DATA,        cmd_read32_fixed,     "READMEM_32BIT_NO_ADDR_INC" },
    { 0xF2, 0x56,  36, false, NO_DATA,        cmd_board_id,         "GET_BOARD_IDENTIFIERS" },
};

/* What clients call the divisors of SWD_SET_FREQ. Sources give 4000, 4600 or 3600 kHz for 0; ST's own tools say 4000. */
static const struct {
    uint16_t divisor, khz;
} speeds[] = {
    {  0, 4000 }, {  1, 1800 }, {  2, 1200 }, {  3, 950 }, {  5, 650 }, {   7, 480 }, {   9, 400 }, {  10, 360 },
    { 15,  240 }, { 25,  150 }, { 31,  125 }, { 40, 100 }, { 79,  50 }, { 158,  25 }, { 265,  15 }, { 798,   5 },
};
/* clang-format on */

enum {
    IDLE_CLOCKS = 8,      /* after a command's last transaction, to push it through */
    VREF_1V2_RAW = 0x5E8, /* GET_TARGET_VOLTAGE: reading of the 1.2 V reference; mV = 2400 * reading / this */
    VREF_2X_MV = 2400,
    CORE_KHZ = 72000, /* other divisors, after Black Magic: 72 MHz / (20 * (divisor + 1)) */
    KHZ_STEP = 20,
    PULSE_US = 100, /* estimate: NRST pulse made by the probe itself */
    BOARD_REPLY = 128,
    J_CLOSE_FIXED = 29, /* before, CLOSE_AP_DBG answered garbage */
    ENTER_SWD = 0xA3,
    GARBLED_J = 8,
    NRST_LOW = 0,
    NRST_HIGH = 1,
    NRST_PULSE = 2,
};

static const struct command *find_command(const struct stlink *p)
{
    const uint8_t *c = p->s.command;

    for (const struct command *k = commands; k < commands + sizeof commands / sizeof commands[0]; k++)
        if (k->first == c[0] && (k->second == ANY || k->second == c[1]) && p->params->firmware_j >= k->min_j)
            return k;
    return NULL;
}

uint8_t *stlink_reply(struct stlink *p, uint32_t bytes)
{
    p->s.reply_bytes = bytes;
    p->s.reply_sent = 0;
    return memset(p->s.data, 0, bytes);
}

void stlink_reply_status(struct stlink *p, enum stlink_status status) { stlink_reply(p, 2)[0] = (uint8_t)status; }

void stlink_forget_command(struct stlink *p)
{
    memset(p->s.command, 0, sizeof p->s.command);
    p->s.out_wanted = p->s.out_got = 0;
    p->s.reply_bytes = p->s.reply_sent = 0;
    p->s.misc_items = 0;
    p->s.last_status = ST_OK;
    p->s.fault_addr = 0;
}

static uint32_t data_bytes(const struct stlink *p, const struct command *k)
{
    switch (k->data) {
    case DATA_BY_LENGTH: return get_le16(p->s.command + 6);
    case DATA_BY_ITEMS: return stlink_misc_bytes(p);
    default: return 0;
    }
}

static void run_command(struct stlink *p, const struct command *k)
{
    const uint64_t clocks = p->s.swd_clocks;

    timeline_by(p->time, p->params->turnaround_ps);
    if (!k)
        stlink_reply_status(p, ST_UNKNOWN);
    else if (k->in_debug && p->s.mode != STLINK_DEBUG)
        stlink_reply_status(p, ST_COMMAND_ERROR);
    else
        k->run(p);
    if (p->s.swd_clocks != clocks)
        swd_clock(p, IDLE_CLOCKS);
}

void stlink_take_command(struct stlink *p, const uint8_t *packet, size_t len)
{
    const struct command *k;

    /* A new command drops what was left unread of the last reply. Bytes after the sixteenth mean nothing. */
    memset(p->s.command, 0, sizeof p->s.command);
    memcpy(p->s.command, packet, len < CMD_BYTES ? len : CMD_BYTES);
    p->s.reply_bytes = p->s.reply_sent = 0;
    p->s.commands++;
    k = find_command(p);
    p->s.out_got = 0;
    p->s.out_wanted = k ? data_bytes(p, k) : 0;
    if (p->s.out_wanted == 0)
        run_command(p, k);
}

void stlink_take_data(struct stlink *p, const uint8_t *packet, size_t len)
{
    const uint32_t left = p->s.out_got < p->s.out_wanted ? p->s.out_wanted - p->s.out_got : 0;
    const uint32_t bytes = len < left ? (uint32_t)len : left; /* what is too much is dropped */

    memcpy(p->s.data + p->s.out_got, packet, bytes);
    p->s.out_got += bytes;
    if (p->s.out_got < p->s.out_wanted)
        return;
    p->s.out_wanted = p->s.out_got = 0;
    run_command(p, find_command(p));
}

/* Version word, big-endian: generation, JTAG/SWD version, mass storage version; then VID, PID. */
static void cmd_get_version(struct stlink *p)
{
    uint8_t *reply = stlink_reply(p, 6);

    if (p->params->version_is_garbled) {
        put_be16(reply, GARBLED_J << 6);
        return;
    }
    put_be16(reply, 2u << 12 | (p->params->firmware_j & 0x3F) << 6 | (p->params->firmware_m & 0x3F));
    put_le16(reply + 2, VID);
    put_le16(reply + 4, PID);
}

static void cmd_get_mode(struct stlink *p) { stlink_reply(p, 2)[0] = p->s.mode; }

static void cmd_get_voltage(struct stlink *p)
{
    const uint32_t mv = p->wires->vtref_mv(p->wires->ctx);
    uint8_t *reply = stlink_reply(p, 8);

    put_le32(reply, VREF_1V2_RAW);
    put_le32(reply + 4, (mv * VREF_1V2_RAW + VREF_2X_MV / 2) / VREF_2X_MV);
}

/* Leaving a mode one is not in is harmless, and not answered either. */
static void cmd_leave_mode(struct stlink *p)
{
    if (p->s.mode == STLINK_DFU)
        p->s.mode = STLINK_MASS;
}

static void cmd_exit(struct stlink *p)
{
    p->s.mode = STLINK_MASS;
    memset(p->s.open_aps, 0, sizeof p->s.open_aps);
}

static void open_ap(struct stlink *p, unsigned ap) { p->s.open_aps[ap / 8] |= (uint8_t)(1u << ap % 8); }

static void cmd_enter(struct stlink *p)
{
    enum stlink_status status = ST_JTAG_CHAIN;
    uint32_t dpidr;

    cmd_exit(p);
    if (p->s.command[2] == ENTER_SWD)
        status = swd_connect(p, &dpidr);
    if (status == ST_OK) {
        p->s.mode = STLINK_DEBUG;
        open_ap(p, 0); /* stlink never sends INIT_AP */
    }
    stlink_reply_status(p, status);
}

static void drive_nrst(struct stlink *p, bool low)
{
    p->s.nrst_low = low;
    p->wires->nrst(p->wires->ctx, low);
}

static void cmd_drive_nrst(struct stlink *p)
{
    enum stlink_status status = ST_OK;

    switch (p->s.command[2]) {
    case NRST_LOW: drive_nrst(p, true); break;
    case NRST_HIGH: drive_nrst(p, false); break;
    case NRST_PULSE:
        drive_nrst(p, true);
        timeline_by(p->time, PULSE_US * PS_PER_US);
        drive_nrst(p, false);
        break;
    default: status = ST_COMMAND_ERROR; break;
    }
    stlink_reply_status(p, status);
}

static void cmd_swd_freq(struct stlink *p)
{
    const unsigned divisor = get_le16(p->s.command + 2);
    unsigned khz = CORE_KHZ / (KHZ_STEP * (divisor + 1));

    for (unsigned i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].divisor == divisor)
            khz = speeds[i].khz;
    p->s.swd_hz = (khz ? khz : 1) * 1000;
    stlink_reply_status(p, ST_OK);
}

/* JTAG speed and the LED have no effect here. A Cortex-M0+ has no trace, but the probe cannot know: its pin stays silent. */
static void cmd_ok(struct stlink *p) { stlink_reply_status(p, ST_OK); }
static void cmd_trace_nb(struct stlink *p) { stlink_reply(p, 2); }

static void cmd_read_idcodes(struct stlink *p)
{
    uint32_t dpidr = 0;
    const enum stlink_status status = swd_dp_read(p, DP_DPIDR, &dpidr);
    uint8_t *reply = stlink_reply(p, 12);

    reply[0] = (uint8_t)status;
    put_le32(reply + 4, dpidr);
}

/* A command of the V1 that pystlink and webstlink send to all; 0 means "not connected" to them. */
static void cmd_read_core_id(struct stlink *p)
{
    uint32_t dpidr = 0;

    if (p->s.mode != STLINK_DEBUG || swd_dp_read(p, DP_DPIDR, &dpidr) != ST_OK)
        dpidr = 0;
    put_le32(stlink_reply(p, 4), dpidr);
}

/* F2 45/46 port LE16 reg LE16 [value LE32]. */
static unsigned dap_reg(const struct stlink *p)
{
    const unsigned reg = get_le16(p->s.command + 4);
    const bool dp = get_le16(p->s.command + 2) == PORT_DP;

    return dp && p->params->firmware_j < J_AP_FIELDS ? reg & 0xC : reg & 0xFC;
}

static void cmd_read_dap_reg(struct stlink *p)
{
    const unsigned port = get_le16(p->s.command + 2);
    enum stlink_status status = ST_BAD_AP;
    uint32_t value = 0;
    uint8_t *reply;

    if (port == PORT_DP)
        status = swd_dp_read(p, dap_reg(p), &value);
    else if (port <= 0xFF) /* opened or not: pyOCD looks for access ports this way */
        status = swd_ap_read(p, port, dap_reg(p), &value);
    reply = stlink_reply(p, 8);
    reply[0] = (uint8_t)status;
    put_le32(reply + 4, status == ST_OK ? value : 0);
}

static void cmd_write_dap_reg(struct stlink *p)
{
    const unsigned port = get_le16(p->s.command + 2);
    const uint32_t value = get_le32(p->s.command + 6);
    enum stlink_status status = ST_BAD_AP;

    if (port == PORT_DP)
        status = swd_dp_write(p, dap_reg(p), value);
    else if (port <= 0xFF)
        status = swd_ap_write(p, port, dap_reg(p), value);
    stlink_reply_status(p, status);
}

static void cmd_init_ap(struct stlink *p)
{
    const unsigned ap = p->s.command[2];
    uint32_t idr = 0;
    enum stlink_status status = swd_ap_read(p, ap, AP_IDR, &idr);

    if (status == ST_OK && idr == 0)
        status = ST_BAD_AP;
    if (status == ST_OK)
        open_ap(p, ap);
    stlink_reply_status(p, status);
}

static void cmd_close_ap(struct stlink *p)
{
    const unsigned ap = p->s.command[2];

    p->s.open_aps[ap / 8] &= (uint8_t) ~(1u << ap % 8);
    stlink_reply_status(p, p->params->firmware_j >= J_CLOSE_FIXED ? ST_OK : 0);
}

static void cmd_board_id(struct stlink *p)
{
    uint8_t *reply = stlink_reply(p, BOARD_REPLY);

    reply[0] = ST_OK;
    memcpy(reply + 2, p->params->board_id, strlen(p->params->board_id));
}
