/* session.h - this process's one connection to the board's owner: devices, transfers, and the board's clock.
 *
 * Opened at the first call that needs it, from the socket that `sector0-bench run` names in the environment. All functions are
 * safe from several threads. Results are libusb's codes, because that is what every caller has to return. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SESSION_DEVICES = 2, SESSION_CONFIG_BYTES = 512, SESSION_WAIT_FOR_EVER = 0 };

struct session_device {
    unsigned plug;
    bool denied; /* scenario: the user may not open it */
    uint8_t bus, address, port;
    uint8_t device[18]; /* descriptors as the device gives them */
    uint8_t config[SESSION_CONFIG_BYTES];
    size_t config_bytes;
};

bool session_there(void); /* the environment names a board: all of libusb and the clock is ours */
bool session_open(void);  /* connect unless connected; false if the owner cannot be reached */

/* Devices attached now; their descriptors are read through control transfers of the owner's own. */
size_t session_list(struct session_device devices[SESSION_DEVICES]);

/* LIBUSB_SUCCESS, LIBUSB_ERROR_BUSY (in use by another client), _ACCESS, _NO_DEVICE. Release is safe when nothing is claimed. */
int session_claim(unsigned plug);
void session_release(unsigned plug);
bool session_attached(unsigned plug);

/* timeout_ms of the board's time, 0 waits for ever; `poll` asks once and does not wait. *done: bytes moved, also on failure.
 * LIBUSB_SUCCESS, _TIMEOUT, _PIPE (stall), _NO_DEVICE, _OVERFLOW, _IO. */
int session_control(unsigned plug, const uint8_t setup[8], uint8_t *data, size_t len, size_t *done, unsigned timeout_ms);
int session_bulk(unsigned plug, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, bool poll);
int session_reset(unsigned plug);

/* The clock. While the pace is `step` it is the board's, and sleeping moves the board; after session_go_real both are the machine's.
 * Each reading costs 200 ns of board time, so that a loop that waits on the clock ends. */
bool session_clock(void);      /* clock readings are the session's: a board is named, and this program uses libusb */
bool session_virtual(void);    /* and the pace is still `step` */
uint64_t session_now_ns(void); /* nanoseconds since the board's time began; goes on at the machine's speed after session_go_real */
void session_sleep_ns(uint64_t ns);
void session_go_real(const char *why); /* once; tells the owner and says so on stderr */
