/* dfu.h - USB DFU 1.1 as a host speaks it: requests, states, waiting, and the way back to dfuIDLE from anywhere.
 *
 * Source: USB Device Class Specification for Device Firmware Upgrade 1.1. All waits are bounded, on the device's clock, whatever it
 * answers. Not here: what ST put on top (dfuse.h). */
#pragma once
#include "usb/usb.h"

enum dfu_request { DFU_DETACH, DFU_DNLOAD, DFU_UPLOAD, DFU_GETSTATUS, DFU_CLRSTATUS, DFU_GETSTATE, DFU_ABORT };

enum dfu_state {
    DFU_APP_IDLE,
    DFU_APP_DETACH,
    DFU_IDLE,
    DFU_DNLOAD_SYNC,
    DFU_DNBUSY,
    DFU_DNLOAD_IDLE,
    DFU_MANIFEST_SYNC,
    DFU_MANIFEST,
    DFU_MANIFEST_WAIT_RESET,
    DFU_UPLOAD_IDLE,
    DFU_ERROR,
    DFU_STATES
};

enum { DFU_OK = 0, DFU_ERR_TARGET = 1, DFU_ERR_VENDOR = 0x0B };

struct dfu_status {
    uint8_t status;
    uint32_t poll_ms; /* how long to wait before the next request */
    uint8_t state;    /* whatever came: may be none of enum dfu_state */
};

struct dfu {                /* one DFU interface of an opened device; plain values, nothing to free */
    struct usb_device *usb; /* borrowed */
    uint8_t interface;
    uint16_t transfer_bytes; /* wTransferSize: most in one block */
    uint8_t attributes;      /* bmAttributes: bit 0 can download, bit 1 can upload, bit 2 manifestation tolerant */
    uint16_t version;        /* bcdDFUVersion */
    struct dfu_status last;  /* as the device said, or as a request of ours has left it */
    bool lost;               /* the last request was not answered: gone, or stuck. Nothing is asked of it just to leave it in order */
};

const char *dfu_state_name(uint8_t state);   /* "dfuIDLE" */
const char *dfu_status_name(uint8_t status); /* "errTARGET" */

/* What to do about a device that has gone, does not answer or answers amiss, where the error has no next step yet. Returns false. */
bool dfu_hint(struct err *e);

/* Answers that no such device gives are ERR_PROTOCOL. A stall is tried again a few times, after a while: some ROMs stall a question that
 * comes too early. Errors: those of usb_control. */
bool dfu_get_status(struct dfu *d, struct err *e);

/* dfuIDLE, from whatever state: errors are cleared, transfers aborted. ERR_PROTOCOL if it does not get there. */
bool dfu_to_idle(struct dfu *d, struct err *e);

/* A block or command, and then waiting until the device has done it: the state is dfuDNLOAD-IDLE. The device's own times are waited for;
 * `limit_ms` bounds them all together. Errors: ERR_TIMEOUT; for dfuERROR as dfu_explain, and the device is in dfuIDLE again, if it
 * follows. `doing` is "erase page 3". */
bool dfu_download(struct dfu *d, uint16_t block, const uint8_t *bytes, size_t len, unsigned limit_ms, const char *doing, struct err *e);

/* The same, begun only: true once the device has said that it is busy with it or done. What comes then may be a disconnect. */
bool dfu_download_begin(struct dfu *d, uint16_t block, const uint8_t *bytes, size_t len, const char *doing, struct err *e);

/* Exactly `len` bytes, at most transfer_bytes. A refusal is explained as by dfu_explain. */
bool dfu_upload(struct dfu *d, uint16_t block, uint8_t *bytes, size_t len, const char *doing, struct err *e);
/* Up to `len`. */
bool dfu_upload_some(struct dfu *d, uint16_t block, uint8_t *bytes, size_t len, size_t *got, const char *doing, struct err *e);

/* What status and state mean, for people: ERR_LOCKED (errVENDOR: readout protection), ERR_FAULT. Returns false. */
bool dfu_explain(const struct dfu_status *st, const char *doing, struct err *e);
