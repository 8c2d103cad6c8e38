/* stlink_words.c - what the bytes of the ST-LINK protocol mean, in words: status codes and commands. */
#include "base/bytes.h"
#include "probe/stlink.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct status {
    uint8_t code;
    const char *name;
    enum err_kind kind; /* ERR_NONE: not an error */
    const char *cause, *hint;
};

#define HINT_WIRES  "check SWDIO, SWCLK, GND and the target's supply; `--connect under-reset` helps if the firmware has taken the SWD pins"
#define HINT_SPEED  "try a lower `--speed`, shorter wires, a ground wire beside each signal"
#define HINT_UPDATE "update the probe's firmware with ST's STLinkUpgrade or STM32CubeProgrammer"
#define HINT_REPLUG "unplug the probe and plug it in again"

/* Codes and names: OpenOCD stlink_usb.c, pyOCD stlink/stlink.py, probe-rs; they agree. 0x0D is success for OpenOCD and Black Magic
 * Debug: the probe compares what it wrote to a register with what it reads back, which says nothing for most registers. */
/* clang-format off */
static const struct status statuses[] = {
    /* code  name                       kind             what it says about the target                                   what to try */
    { 0x80, "OK",                       ERR_NONE,        "",                                                             "" },
    { 0x0D, "write verify error",       ERR_NONE,        "",                                                             "" },
    { 0x01, "unknown error",            ERR_IO,          "the probe reports an unknown error",                           HINT_REPLUG },
    { 0x02, "SPI error",                ERR_IO,          "the probe reports an internal error",                          HINT_REPLUG },
    { 0x03, "DMA error",                ERR_IO,          "the probe reports an internal error",                          HINT_REPLUG },
    { 0x04, "unknown JTAG chain",       ERR_NODEV,       "no chip answers on JTAG",                                      HINT_WIRES },
    { 0x05, "no device connected",      ERR_NODEV,       "no chip answers on SWD",                                       HINT_WIRES },
    { 0x06, "internal error",           ERR_IO,          "the probe reports an internal error",                          HINT_REPLUG },
    { 0x07, "command wait",             ERR_TIMEOUT,     "the probe stays busy",                                         HINT_REPLUG },
    { 0x08, "command error",            ERR_PROTOCOL,    "the probe refuses the command",                                HINT_UPDATE },
    { 0x09, "get IDCODE error",         ERR_NODEV,       "no chip answers on SWD",                                       HINT_WIRES },
    { 0x0A, "alignment error",          ERR_FAULT,       "the address does not fit the width of the access",             "" },
    { 0x0B, "debug power error",        ERR_NODEV,       "the chip does not power its debug port up",                    HINT_WIRES },
    { 0x0C, "write error",              ERR_FAULT,       "the target refused a write",                                   "" },
    { 0x0E, "already opened",           ERR_NODEV,       "the probe is open in another mode",                            HINT_REPLUG },
    { 0x10, "SWD_AP_WAIT",              ERR_TIMEOUT,     "the target's bus stays busy",                                  "" },
    { 0x11, "SWD_AP_FAULT",             ERR_FAULT,       "the target refused the access",                                "" },
    { 0x12, "SWD_AP_ERROR",             ERR_NODEV,       "the chip stopped answering on SWD",                            HINT_WIRES },
    { 0x13, "SWD_AP_PARITY_ERROR",      ERR_IO,          "parity error on SWD",                                          HINT_SPEED },
    { 0x14, "SWD_DP_WAIT",              ERR_TIMEOUT,     "the debug port stays busy",                                    "" },
    { 0x15, "SWD_DP_FAULT",             ERR_FAULT,       "the debug port refused the access",                            "" },
    { 0x16, "SWD_DP_ERROR",             ERR_NODEV,       "no chip answers on SWD",                                       HINT_WIRES },
    { 0x17, "SWD_DP_PARITY_ERROR",      ERR_IO,          "parity error on SWD",                                          HINT_SPEED },
    { 0x18, "SWD_AP_WDATA_ERROR",       ERR_IO,          "the target saw a parity error on SWD",                         HINT_SPEED },
    { 0x19, "SWD_AP_STICKY_ERROR",      ERR_FAULT,       "the target refused an access",                                 "" },
    { 0x1A, "SWD_AP_STICKYORUN_ERROR",  ERR_IO,          "SWD overrun",                                                  HINT_SPEED },
    { 0x1D, "BAD_AP",                   ERR_UNSUPPORTED, "the probe refuses this access port: absent, or not a chip of ST's", "" },
    { 0x20, "SWV not available",        ERR_UNSUPPORTED, "the probe has no trace input",                                 "" },
    { 0x29, "too many APs",             ERR_UNSUPPORTED, "the probe cannot open another access port",                    HINT_REPLUG },
    { 0x41, "frequency not supported",  ERR_UNSUPPORTED, "the probe does not know this SWD frequency",                   HINT_UPDATE },
    { 0x42, "unknown command",          ERR_UNSUPPORTED, "the probe does not know the command",                          HINT_UPDATE },
    { 0x81, "fault",                    ERR_FAULT,       "the target refused the access",                                "" },
};
/* clang-format on */

static const struct status *find_status(uint8_t code)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].code == code)
            return &statuses[i];
    return NULL;
}

bool stlink_status_is_ok(uint8_t code)
{
    const struct status *s = find_status(code);

    return s && s->kind == ERR_NONE;
}

bool stlink_status_is_wait(uint8_t code) { return code == 0x10 || code == 0x14; }

bool stlink_status_fail(uint8_t code, struct err *e)
{
    const struct status *s = find_status(code);

    if (!s) {
        err_set(e, ERR_PROTOCOL, "the probe gave a status that does not exist");
        err_hint(e, HINT_REPLUG);
        return err_seen(e, "ST-LINK status 0x%02X", code);
    }
    err_set(e, s->kind, "%s", s->cause);
    err_hint(e, "%s", s->hint);
    return err_seen(e, "ST-LINK status 0x%02X (%s)", code, s->name);
}

enum shape { PLAIN, BYTE, ADDR, ADDR_VALUE, ADDR_LEN, PORT_REG, PORT_REG_VALUE, HALF, COUNT };

/* clang-format off */
static const struct {
    uint8_t first, second;
    const char *name;
    enum shape shape;
} commands[] = {
    { STLINK_GET_VERSION,        0,                       "GET_VERSION",        PLAIN },
    { STLINK_GET_CURRENT_MODE,   0,                       "GET_CURRENT_MODE",   PLAIN },
    { STLINK_GET_TARGET_VOLTAGE, 0,                       "GET_TARGET_VOLTAGE", PLAIN },
    { STLINK_DFU,                STLINK_DFU_EXIT,         "DFU EXIT",           PLAIN },
    { STLINK_SWIM,               STLINK_SWIM_EXIT,        "SWIM EXIT",          PLAIN },
    { STLINK_DEBUG,              STLINK_READMEM_32BIT,    "READMEM_32BIT",      ADDR_LEN },
    { STLINK_DEBUG,              STLINK_WRITEMEM_32BIT,   "WRITEMEM_32BIT",     ADDR_LEN },
    { STLINK_DEBUG,              STLINK_READMEM_8BIT,     "READMEM_8BIT",       ADDR_LEN },
    { STLINK_DEBUG,              STLINK_WRITEMEM_8BIT,    "WRITEMEM_8BIT",      ADDR_LEN },
    { STLINK_DEBUG,              STLINK_READMEM_16BIT,    "READMEM_16BIT",      ADDR_LEN },
    { STLINK_DEBUG,              STLINK_WRITEMEM_16BIT,   "WRITEMEM_16BIT",     ADDR_LEN },
    { STLINK_DEBUG,              STLINK_EXIT,             "EXIT",               PLAIN },
    { STLINK_DEBUG,              STLINK_ENTER,            "ENTER",              BYTE },
    { STLINK_DEBUG,              STLINK_WRITEDEBUGREG,    "WRITEDEBUGREG",      ADDR_VALUE },
    { STLINK_DEBUG,              STLINK_READDEBUGREG,     "READDEBUGREG",       ADDR },
    { STLINK_DEBUG,              STLINK_DRIVE_NRST,       "DRIVE_NRST",         BYTE },
    { STLINK_DEBUG,              STLINK_GETLASTRWSTATUS2, "GETLASTRWSTATUS2",   PLAIN },
    { STLINK_DEBUG,              STLINK_SWD_SET_FREQ,     "SWD_SET_FREQ",       HALF },
    { STLINK_DEBUG,              STLINK_READ_DAP_REG,     "READ_DAP_REG",       PORT_REG },
    { STLINK_DEBUG,              STLINK_WRITE_DAP_REG,    "WRITE_DAP_REG",      PORT_REG_VALUE },
    { STLINK_DEBUG,              STLINK_INIT_AP,          "INIT_AP",            BYTE },
    { STLINK_DEBUG,              STLINK_RW_MISC_OUT,      "RW_MISC_OUT",        COUNT },
    { STLINK_DEBUG,              STLINK_RW_MISC_IN,       "RW_MISC_IN",         PLAIN },
};
/* clang-format on */

const char *stlink_describe(const struct stlink_command *c, char *text, size_t cap)
{
    const uint8_t *b = c->bytes;

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const char *name = commands[i].name;

        if (commands[i].first != b[0] || (commands[i].second != b[1] && commands[i].second != 0))
            continue;
        switch (commands[i].shape) {
        case PLAIN: snprintf(text, cap, "%s", name); break;
        case BYTE: snprintf(text, cap, "%s 0x%02X", name, b[2]); break;
        case HALF: snprintf(text, cap, "%s %u", name, get_le16(b + 2)); break;
        case COUNT: snprintf(text, cap, "%s %" PRIu32 " items", name, get_le32(b + 2)); break;
        case ADDR: snprintf(text, cap, "%s 0x%08" PRIX32, name, get_le32(b + 2)); break;
        case ADDR_VALUE: snprintf(text, cap, "%s 0x%08" PRIX32 " = 0x%08" PRIX32, name, get_le32(b + 2), get_le32(b + 6)); break;
        case ADDR_LEN: snprintf(text, cap, "%s 0x%08" PRIX32 ", %u bytes", name, get_le32(b + 2), get_le16(b + 6)); break;
        case PORT_REG: snprintf(text, cap, "%s port 0x%04X register 0x%02X", name, get_le16(b + 2), get_le16(b + 4)); break;
        case PORT_REG_VALUE:
            snprintf(text, cap, "%s port 0x%04X register 0x%02X = 0x%08" PRIX32, name, get_le16(b + 2), get_le16(b + 4), get_le32(b + 6));
            break;
        }
        return text;
    }
    snprintf(text, cap, "%02X %02X", b[0], b[1]);
    return text;
}
