/* params.h - what a board is set to: times the models go by, the probe's identity, voltages. Chosen when the board is made
 * (`new --set NAME=VALUE`), kept in the board file, printed with a hash in every report, so that a figure can name what it rests on. */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

// clang-format off
/*     name                 unit    default  least       most  source                                                                   */
#define BOARD_PARAMS(P)                                                                                                                   \
    P(usb_host_ns,          "ns",     50000,     0,  10000000, "estimate: what a PC needs to start a transfer and wake up after it")      \
    P(usb_bit_ps,           "ps",     83333,     1,   1000000, "USB 2.0, 7.1.11: 12 Mbit/s")                                              \
    P(usb_overhead_bytes,   "bytes",     13,     0,      1000, "USB 2.0, table 5-9: per bulk transaction at full speed")                  \
    P(usb_packet_bytes,     "bytes",     64,     8,        64, "USB 2.0, 5.8.3: largest bulk packet at full speed")                       \
    P(usb_denied,           "",           0,     0,         1, "1: the user may not open the probe, as without a udev rule")             \
    P(usb_attach_ms,        "ms",       100,     1,     10000, "USB 2.0, 7.1.7.3: the host waits for the contacts to settle")             \
    P(probe_turnaround_us,  "us",       300,     0,     10000, "estimate per command: 150 on a good host, 1000 behind a high-speed hub")  \
    P(probe_firmware_j,     "",          46,    24,        99, "V2J46M32, the founding case's probe")                                     \
    P(probe_firmware_m,     "",          32,     0,        99, "V2J46M32, the founding case's probe")                                     \
    P(target_mv,            "mV",      3260,     0,      5500, "3.26 V, the founding case's board")                                       \
    P(clock_read_ns,        "ns",       200,     1,   1000000, "estimate: a client's look at the clock, and the loop around it")          \
    P(hse_hz,               "Hz",   8000000,     0,  48000000, "UM2324: the NUCLEO boards' probe feeds 8 MHz into OSC_IN; 0: nothing there")\
    P(lse_hz,               "Hz",     32768,     0,   1000000, "UM2324: crystal X2 of the NUCLEO boards; 0: not fitted")                  \
    P(uart_port,            "",           2,     1,        13, "USART2 is wired to the probe's serial port on the small boards") \
    P(rom_transfer_bytes,   "bytes",   1024,     8,      2048, "estimate: wTransferSize of the U073's DFU ROM; G0, G4, C0 say 1024, F4 2048") \
    P(rom_poll_address_ms,  "ms",         0,     0,     65535, "estimate: bwPollTimeout after Set Address")                               \
    P(rom_poll_erase_ms,    "ms",        30,     0,     65535, "estimate: after a page erase; F4 ROMs say 100")                           \
    P(rom_poll_mass_erase_ms, "ms",      60,     0,     65535, "estimate: after a mass erase or Read Unprotect")                          \
    P(rom_poll_write_ms,    "ms",        25,     0,     65535, "estimate: after a block; F4 ROMs say 104")                                \
    P(rom_clrstatus_stalls, "",           0,     0,         1, "1: CLRSTATUS outside dfuERROR stalls, as seen on a C5")                   \
    P(rom_silent_leave,     "",           0,     0,         1, "1: on leave the ROM is gone before it answers GETSTATUS, as on some older parts") \
    P(rom_pads,             "",           1,     0,         1, "estimate: 1: half a double word at the end of a write is filled up with ones") \
    P(rom_busy_stall_ms,    "ms",         0,     0,       255, "a GETSTATUS so soon after dfuDNBUSY stalls, as dfu-util knows it of some L4 ROMs; 0: none does")
/*     name                 characters  default                     source                                                              */
#define BOARD_PARAM_TEXTS(P)                                                                                                              \
    P(probe_serial,         24,         "5EC70B0A2D00000000000001", "made up; 24 hex digits as an ST-LINK/V2-1 has them")                 \
    P(probe_board_id,       4,          "0755",                     "mbed id of the NUCLEO-F070RB, the founding case's probe")
// clang-format on

struct board_params {
#define P(name, unit, def, least, most, source) uint64_t name;
    BOARD_PARAMS(P)
#undef P
#define P(name, chars, def, source) char name[(chars) + 1];
    BOARD_PARAM_TEXTS(P)
#undef P
};

struct param_row { /* for lists */
    const char *name, *unit, *source;
    uint64_t def, least, most; /* numbers */
    size_t offset;
    unsigned chars; /* texts: how many there must be (or none); 0: a number */
    const char *text_def;
};
extern const struct param_row param_rows[]; /* ends with name NULL */

void params_defaults(struct board_params *p);

/* Set one from text: "probe_turnaround_us", "150". Numbers are decimal or 0x.
 * Errors: ERR_USAGE (no such name, no number, out of range; the hint lists names or limits). */
bool params_set(struct board_params *p, const char *name, const char *value, struct err *e);

enum { PARAM_TEXT = 32 };
const char *params_get(const struct board_params *p, const struct param_row *row, char text[PARAM_TEXT]);

/* All as "name=value\n" lines, in the order of the rows; snprintf's result. */
size_t params_print(const struct board_params *p, char *text, size_t cap);
enum { PARAMS_TEXT_MAX = 2048 };

/* The parameter set's name in a report: CRC-32 of the chip's name and params_print. */
uint32_t params_hash(const struct board_params *p, const char *chip);
