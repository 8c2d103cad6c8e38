/* dfu.c - see dfu.h. */
#include "boot/dfu.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    TO_DEVICE = 0x21, /* class request to an interface */
    FROM_DEVICE = 0xA1,
    STATUS_BYTES = 6,
    REQUEST_MS = 5000, /* a ROM that erases answers when it is done: dfu-util gives it as long */
    STALL_TRIES = 3,   /* as many as dfu-util takes some L4 ROMs to need */
    STALL_WAIT_MS = 10,
    IDLE_TRIES = 6,
    FREE_POLLS = 100, /* with a poll time of 0, before we begin to wait between them all the same */
    POLLS_MAX = 100000,
};

const char *dfu_state_name(uint8_t state)
{
    static const char *const names[DFU_STATES] = { "appIDLE",          "appDETACH",   "dfuIDLE",
                                                   "dfuDNLOAD-SYNC",   "dfuDNBUSY",   "dfuDNLOAD-IDLE",
                                                   "dfuMANIFEST-SYNC", "dfuMANIFEST", "dfuMANIFEST-WAIT-RESET",
                                                   "dfuUPLOAD-IDLE",   "dfuERROR" };

    return state < DFU_STATES ? names[state] : "no state of DFU";
}

static const struct {
    const char *name, *meaning;
} statuses[] = {
    { "OK", "no error" },
    { "errTARGET", "it has no such address, or does not allow this there" },
    { "errFILE", "the file is for something else" },
    { "errWRITE", "it could not write" },
    { "errERASE", "it could not erase" },
    { "errCHECK_ERASED", "it found the flash not erased" },
    { "errPROG", "it could not program" },
    { "errVERIFY", "the flash does not hold what was programmed" },
    { "errADDRESS", "the address is out of range" },
    { "errNOTDONE", "the end came too early" },
    { "errFIRMWARE", "the firmware is corrupt" },
    { "errVENDOR", "readout protection, or another reason of the vendor's" },
    { "errUSBR", "an unexpected USB reset" },
    { "errPOR", "an unexpected power-on reset" },
    { "errUNKNOWN", "it does not know why" },
    { "errSTALLEDPKT", "it did not expect the request" },
};

const char *dfu_status_name(uint8_t status)
{
    return status < sizeof statuses / sizeof *statuses ? statuses[status].name : "no status of DFU";
}

bool dfu_explain(const struct dfu_status *st, const char *doing, struct err *e)
{
    if (st->status == DFU_ERR_VENDOR) {
        err_set(e, ERR_LOCKED, "the bootloader refuses to %s: readout protection is on", doing);
        err_hint(e, "`sector0 dfu unprotect` opens the chip, and erases all of its flash");
    } else {
        err_set(e, ERR_FAULT, "the bootloader refuses to %s: %s", doing,
                st->status < sizeof statuses / sizeof *statuses ? statuses[st->status].meaning : "for a reason that DFU does not know");
    }
    return err_seen(e, "DFU status 0x%02X (%s), state %u (%s)", st->status, dfu_status_name(st->status), st->state,
                    dfu_state_name(st->state));
}

static void wait_ms(struct dfu *d, uint32_t ms) { clock_sleep_us(d->usb->clock, (uint64_t)ms * 1000); }

/* ERR_INTERRUPTED if the user wants to stop; looked at between requests only. */
static bool stopped(struct dfu *d, struct err *e)
{
    if (!d->usb->stop || !*d->usb->stop)
        return false;
    *d->usb->stop = 0;
    err_set(e, ERR_INTERRUPTED, "interrupted");
    return true;
}

bool dfu_hint(struct err *e)
{
    if (!e->hint[0] && e->kind == ERR_NODEV)
        err_hint(e, "put the USB cable in again, look that the board has power, and give the same command again");
    if (!e->hint[0] && (e->kind == ERR_TIMEOUT || e->kind == ERR_IO || e->kind == ERR_PROTOCOL))
        err_hint(e, "unplug the USB cable, plug it in again, and give the same command again");
    return false;
}

static bool ask(struct dfu *d, uint8_t type, enum dfu_request request, uint16_t value, uint8_t *bytes, size_t len, size_t *done,
                struct err *e)
{
    const bool ok = usb_control(d->usb, type, (uint8_t)request, value, d->interface, bytes, len, done, REQUEST_MS, e);

    d->lost = !ok && (e->kind == ERR_NODEV || e->kind == ERR_TIMEOUT);
    return ok || dfu_hint(e);
}

static bool to_device(struct dfu *d, enum dfu_request request, uint16_t value, const uint8_t *bytes, size_t len, struct err *e)
{
    size_t done;

    if (!ask(d, TO_DEVICE, request, value, (uint8_t *)(uintptr_t)bytes, len, &done, e))
        return false;
    return done == len || err_set(e, ERR_PROTOCOL, "the USB device took %zu of %zu bytes", done, len);
}

bool dfu_get_status(struct dfu *d, struct err *e)
{
    uint8_t answer[STATUS_BYTES];
    size_t got;

    for (unsigned tries = 0;; tries++) {
        if (ask(d, FROM_DEVICE, DFU_GETSTATUS, 0, answer, sizeof answer, &got, e))
            break;
        if (e->kind != ERR_IO || tries + 1 == STALL_TRIES)
            return err_doing(e, "asking the bootloader for its status");
        wait_ms(d, d->last.poll_ms && d->last.poll_ms < 1000 ? d->last.poll_ms : STALL_WAIT_MS);
    }
    if (got != sizeof answer) {
        err_set(e, ERR_PROTOCOL, "the bootloader's status has %zu bytes, not %d", got, STATUS_BYTES);
        return err_hint(e, "unplug it, plug it in again, and try once more");
    }
    *e = (struct err){ 0 };
    d->last = (struct dfu_status){ answer[0], (uint32_t)(answer[1] | answer[2] << 8 | answer[3] << 16), answer[4] };
    return true;
}

bool dfu_to_idle(struct dfu *d, struct err *e)
{
    struct err refused = { 0 };

    /* Where it stands is known after its last answer, or asked. */
    const bool told = d->last.state == DFU_DNLOAD_IDLE || d->last.state == DFU_UPLOAD_IDLE;

    for (unsigned tries = 0; tries < IDLE_TRIES; tries++) {
        if (!(told && tries == 0) && !dfu_get_status(d, e))
            return false;
        switch (d->last.state) {
        case DFU_IDLE: return true;
        case DFU_ERROR:
            /* Some ROMs stall the request and clear the error all the same: what counts is the state afterwards. */
            if (!to_device(d, DFU_CLRSTATUS, 0, NULL, 0, &refused) && refused.kind != ERR_IO) {
                *e = refused;
                return err_doing(e, "clearing the bootloader's error");
            }
            break;
        case DFU_DNBUSY: wait_ms(d, d->last.poll_ms && d->last.poll_ms < 1000 ? d->last.poll_ms : STALL_WAIT_MS); break;
        case DFU_DNLOAD_SYNC:
        case DFU_DNLOAD_IDLE:
        case DFU_MANIFEST_SYNC:
        case DFU_UPLOAD_IDLE:
            if (!to_device(d, DFU_ABORT, 0, NULL, 0, &refused) && refused.kind != ERR_IO) {
                *e = refused;
                return err_doing(e, "aborting the bootloader's last transfer");
            }
            break;
        default: tries = IDLE_TRIES; break;
        }
    }
    err_set(e, ERR_PROTOCOL, "the bootloader does not become idle: its state is %s", dfu_state_name(d->last.state));
    err_seen(e, "DFU status 0x%02X (%s), state %u", d->last.status, dfu_status_name(d->last.status), d->last.state);
    return err_hint(e, "unplug the USB cable, plug it in again, and try once more");
}

/* The device has said dfuERROR: say why, and bring it back to dfuIDLE if it follows. */
static bool failed(struct dfu *d, const char *doing, struct err *e)
{
    const struct dfu_status st = d->last;
    struct err ignored = { 0 };

    dfu_to_idle(d, &ignored);
    return dfu_explain(&st, doing, e);
}

/* A stalled request: the status tells why. What is not a stall is passed on as it is. */
static bool refused(struct dfu *d, const char *doing, struct err *e)
{
    struct err more = { 0 };

    if (e->kind == ERR_IO && dfu_get_status(d, &more) && d->last.state == DFU_ERROR)
        return failed(d, doing, e);
    if (e->kind == ERR_IO) {
        struct err ignored = { 0 };

        dfu_to_idle(d, &ignored);
    }
    return err_doing(e, "asking the bootloader to %s", doing);
}

static bool unexpected(struct dfu *d, const char *doing, struct err *e)
{
    err_set(e, ERR_PROTOCOL, "the bootloader was to %s, and is in %s", doing, dfu_state_name(d->last.state));
    return err_seen(e, "DFU status 0x%02X (%s), state %u", d->last.status, dfu_status_name(d->last.status), d->last.state);
}

bool dfu_download_begin(struct dfu *d, uint16_t block, const uint8_t *bytes, size_t len, const char *doing, struct err *e)
{
    if (stopped(d, e))
        return false;
    if (!to_device(d, DFU_DNLOAD, block, bytes, len, e))
        return refused(d, doing, e);
    d->last.poll_ms = 0;
    if (!dfu_get_status(d, e))
        return err_doing(e, "asking the bootloader to %s", doing);
    if (d->last.state == DFU_ERROR)
        return failed(d, doing, e);
    return true;
}

bool dfu_download(struct dfu *d, uint16_t block, const uint8_t *bytes, size_t len, unsigned limit_ms, const char *doing, struct err *e)
{
    const uint64_t start_us = clock_now_us(d->usb->clock), end_us = start_us + (uint64_t)limit_ms * 1000;

    if (!dfu_download_begin(d, block, bytes, len, doing, e))
        return false;
    for (unsigned polls = 0; d->last.state != DFU_DNLOAD_IDLE; polls++) {
        const uint64_t now_us = clock_now_us(d->usb->clock);
        uint64_t pause_us = (uint64_t)d->last.poll_ms * 1000;

        if (d->last.state != DFU_DNBUSY && d->last.state != DFU_DNLOAD_SYNC)
            return unexpected(d, doing, e);
        if (now_us >= end_us || polls == POLLS_MAX) {
            err_set(e, ERR_TIMEOUT, "the bootloader did not %s within %u ms", doing, limit_ms);
            err_seen(e, "it is in %s and asks for %" PRIu32 " ms more, after %u questions", dfu_state_name(d->last.state), d->last.poll_ms,
                     polls);
            return err_hint(e, "cycle the board's power and try again");
        }
        if (pause_us == 0 && polls >= FREE_POLLS)
            pause_us = 1000;
        if (pause_us > end_us - now_us)
            pause_us = end_us - now_us; /* it asks for more than anything takes: one more question at the end */
        if (pause_us)
            clock_sleep_us(d->usb->clock, pause_us);
        if (stopped(d, e))
            return err_doing(e, "waiting for the bootloader to %s", doing);
        if (!dfu_get_status(d, e))
            return err_doing(e, "waiting for the bootloader to %s", doing);
        if (d->last.state == DFU_ERROR)
            return failed(d, doing, e);
    }
    return d->last.status == DFU_OK || unexpected(d, doing, e);
}

bool dfu_upload_some(struct dfu *d, uint16_t block, uint8_t *bytes, size_t len, size_t *got, const char *doing, struct err *e)
{
    *got = 0;
    if (stopped(d, e))
        return false;
    if (!ask(d, FROM_DEVICE, DFU_UPLOAD, block, bytes, len, got, e))
        return refused(d, doing, e);
    d->last = (struct dfu_status){ DFU_OK, 0, *got < len ? DFU_IDLE : DFU_UPLOAD_IDLE };
    return true;
}

bool dfu_upload(struct dfu *d, uint16_t block, uint8_t *bytes, size_t len, const char *doing, struct err *e)
{
    size_t got;

    if (!dfu_upload_some(d, block, bytes, len, &got, doing, e))
        return false;
    if (got == len)
        return true;
    err_set(e, ERR_PROTOCOL, "the bootloader was to %s, and sent %zu of %zu bytes", doing, got, len);
    dfu_hint(e);
    if (dfu_get_status(d, &(struct err){ 0 }))
        err_seen(e, "DFU status 0x%02X (%s), state %u (%s)", d->last.status, dfu_status_name(d->last.status), d->last.state,
                 dfu_state_name(d->last.state));
    return false;
}
