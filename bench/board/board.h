/* board.h - the virtual board: a chip, an ST-LINK/V2-1 wired to it, two USB plugs, two buttons, a supply, and one clock for all.
 *
 *      USB "probe" --- stlink --- SWD, NRST, VTREF --- chip --- USB "target" (the chip's own)
 *                                    reset button, boot0 button
 *
 * Everything that happens goes through here, so that `struct board` is the whole truth and can be saved (file.h) and reported (report.h).
 * Not here: who may do what and when (owner/), how fast time runs against the wall (owner/). */
#pragma once
#include "board/params.h"
#include "chip/chip.h"
#include "dap/dap.h"
#include "faults/faults.h"
#include "parts/parts.h"
#include "stlink/stlink.h"
#include "usb/usbhost.h"

enum board_plug { BOARD_PROBE, BOARD_TARGET, BOARD_PLUGS };
enum board_button { BOARD_RESET, BOARD_BOOT0, BOARD_BUTTONS };
enum board_pace { BOARD_STEP, BOARD_REAL, BOARD_FAST, BOARD_PACES }; /* who moved the time: see owner/protocol.h */

enum { USB_CONFIG_MAX = 512, USB_STRING_MAX = 128 };

struct usb_identity { /* what enumeration found behind a plug */
    uint8_t device[18];
    uint16_t config_bytes;
    uint8_t config[USB_CONFIG_MAX];
    char manufacturer[USB_STRING_MAX], product[USB_STRING_MAX], serial[USB_STRING_MAX];
};

struct board_state {
    uint64_t now_ps, accounted_ps, pace_ps[BOARD_PACES]; /* time moved at each pace, until accounted_ps */
    bool powered, button[BOARD_BUTTONS], nrst_by_probe;
    uint32_t pressed[BOARD_BUTTONS], power_cycles;
    bool plugged[BOARD_PLUGS], configured[BOARD_PLUGS];
    uint32_t appeared[BOARD_PLUGS], pulled[BOARD_PLUGS]; /* enumerated; cable out while in use */
    uint32_t attachments[BOARD_PLUGS];                   /* of the device that the host knows about */
    uint8_t address[BOARD_PLUGS], tries[BOARD_PLUGS];    /* tries: to find out what it is */
    uint64_t transfers[BOARD_PLUGS], bytes_out[BOARD_PLUGS], bytes_in[BOARD_PLUGS], link_ps[BOARD_PLUGS];
    uint64_t uart_mark; /* bytes of UART output that `advance --until-uart` has done with */
    /* struct usb_identity, plug by plug */
    uint8_t device[BOARD_PLUGS * 18], config[BOARD_PLUGS * USB_CONFIG_MAX];
    uint16_t config_bytes[BOARD_PLUGS];
    uint8_t manufacturer[BOARD_PLUGS * USB_STRING_MAX], product[BOARD_PLUGS * USB_STRING_MAX], serial[BOARD_PLUGS * USB_STRING_MAX];
};
extern const struct state_table board_state_table;

struct board {
    struct board_state s; /* now_ps and the counts of the plugs are brought up to date by board_before_save */
    struct board_params params;
    struct timeline time;
    struct chip *chip; /* owned */
    struct dap dap;
    struct stlink probe;
    struct usbhost plug[BOARD_PLUGS];
    struct parts parts;   /* battery and what is around it; none unless a scenario says so */
    struct faults faults; /* what goes wrong, and wires that are not as they should be */
    /* wiring, for the parts above */
    struct dap_target dap_target;
    struct dap_facts dap_facts;
    struct stlink_wires probe_wires;
    struct stlink_params probe_params;
    struct usb_params usb_params;
    struct faults_wires faults_wires;
    struct parts_wires parts_wires;
    struct chip_analog analog;
};

/* A new board: powered, both USB cables in, has run for one second. `params` NULL: the defaults.
 * NULL: ERR_USAGE (unknown chip), ERR_NOMEM. */
struct board *board_new(const char *chip, const struct board_params *params, struct err *e);
/* The parts and their wiring only, everything off: what a loader fills. */
struct board *board_assemble(const char *chip, const struct board_params *params, struct err *e);
void board_free(struct board *b); /* NULL is fine */

void board_run_until(struct board *b, uint64_t until_ps);
static inline uint64_t board_now_ps(const struct board *b) { return b->time.now_ps; }
/* The time that has passed since the last call went by at this pace. */
void board_account(struct board *b, enum board_pace pace);

void board_power(struct board *b, bool on);
void board_rewire(struct board *b); /* the wiring in b->faults was changed */
void board_button(struct board *b, enum board_button button, bool down);

/* Cables. Plugging in takes the time a host takes to find the device; a pulled cable is out and in again, and counted. */
void board_cable(struct board *b, enum board_plug plug, bool in);
void board_pull(struct board *b, enum board_plug plug);
/* Let the host notice devices that have appeared or gone. Time passes only if one is found. */
void board_notice_usb(struct board *b);
bool board_plug_present(const struct board *b, enum board_plug plug); /* there, and enumerated */
bool board_plug_reset(struct board *b, enum board_plug plug);         /* port reset, then enumerated again; false: gone */
void board_plug_identity(const struct board *b, enum board_plug plug, struct usb_identity *id);
const char *board_plug_name(enum board_plug plug);

/* Is `text` in the UART output that is not done with? Then everything up to its end is done with. */
bool board_uart_find(struct board *b, const char *text, size_t len);

void board_before_save(struct board *b);
/* After a load: put what was loaded into effect. ERR_INPUT if the parts contradict each other. */
bool board_after_load(struct board *b, struct err *e);
