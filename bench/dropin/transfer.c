/* transfer.c - drop-in libusb: synchronous and asynchronous transfers, and the event loop.
 *
 * Submitted transfers are carried out by whoever handles events, strictly in order of submission, but for one thing: an IN that is
 * answered NAK steps back while others wait, because OpenOCD's next OUT may be what it is waiting for. */
#include "dropin/dropin.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct job { /* sits in front of the public struct */
    struct job *next;
    bool queued, cancelled;
    struct libusb_transfer transfer;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the queue */
static pthread_mutex_t events = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct job *first;

static struct job *job_of(struct libusb_transfer *t) { return (struct job *)(void *)((char *)t - offsetof(struct job, transfer)); }

/* ---- synchronous ---- */

int LIBUSB_CALL libusb_control_transfer(libusb_device_handle *h, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index,
                                        unsigned char *data, uint16_t length, unsigned int timeout)
{
    const uint8_t setup[8] = { request_type,          request,         (uint8_t)value,        (uint8_t)(value >> 8), (uint8_t)index,
                               (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8) };
    size_t done = 0;
    int code;

    code = session_control(h->dev->facts.plug, setup, data, length, &done, timeout);
    return code ? code : (int)done;
}

int LIBUSB_CALL libusb_bulk_transfer(libusb_device_handle *h, unsigned char endpoint, unsigned char *data, int length, int *transferred,
                                     unsigned int timeout)
{
    size_t done = 0;
    int code = handle_hold(h);

    if (!code)
        code = session_bulk(h->dev->facts.plug, endpoint, data, (size_t)length, &done, timeout, false);
    if (transferred)
        *transferred = (int)done;
    return code;
}

int LIBUSB_CALL libusb_interrupt_transfer(libusb_device_handle *h, unsigned char endpoint, unsigned char *data, int length,
                                          int *transferred, unsigned int timeout)
{
    return libusb_bulk_transfer(h, endpoint, data, length, transferred, timeout);
}

int LIBUSB_CALL libusb_get_configuration(libusb_device_handle *h, int *config)
{
    unsigned char value = 0;
    const int code = libusb_control_transfer(h, LIBUSB_ENDPOINT_IN, LIBUSB_REQUEST_GET_CONFIGURATION, 0, 0, &value, 1, 1000);

    if (code < 0)
        return code;
    *config = value;
    return LIBUSB_SUCCESS;
}

int LIBUSB_CALL libusb_set_configuration(libusb_device_handle *h, int configuration)
{
    const int code = libusb_control_transfer(h, 0, LIBUSB_REQUEST_SET_CONFIGURATION, (uint16_t)(configuration < 0 ? 0 : configuration), 0,
                                             NULL, 0, 1000);

    return code < 0 ? code : LIBUSB_SUCCESS;
}

int LIBUSB_CALL libusb_set_interface_alt_setting(libusb_device_handle *h, int interface, int alternate)
{
    const int code = libusb_control_transfer(h, LIBUSB_RECIPIENT_INTERFACE, LIBUSB_REQUEST_SET_INTERFACE, (uint16_t)alternate,
                                             (uint16_t)interface, NULL, 0, 1000);

    return code < 0 ? code : LIBUSB_SUCCESS;
}

int LIBUSB_CALL libusb_clear_halt(libusb_device_handle *h, unsigned char endpoint)
{
    const int code = libusb_control_transfer(h, LIBUSB_RECIPIENT_ENDPOINT, LIBUSB_REQUEST_CLEAR_FEATURE, 0, endpoint, NULL, 0, 1000);

    return code < 0 ? code : LIBUSB_SUCCESS;
}

/* ---- asynchronous ---- */

struct libusb_transfer *LIBUSB_CALL libusb_alloc_transfer(int iso_packets)
{
    struct job *j = calloc(1, sizeof *j + (size_t)(iso_packets < 0 ? 0 : iso_packets) * sizeof(struct libusb_iso_packet_descriptor));

    return j ? &j->transfer : NULL;
}

void LIBUSB_CALL libusb_free_transfer(struct libusb_transfer *t)
{
    if (!t)
        return;
    if (t->flags & LIBUSB_TRANSFER_FREE_BUFFER)
        free(t->buffer);
    free(job_of(t));
}

int LIBUSB_CALL libusb_submit_transfer(struct libusb_transfer *t)
{
    struct job *j = job_of(t), **end = &first;
    int code = LIBUSB_SUCCESS;

    if (t->type == LIBUSB_TRANSFER_TYPE_ISOCHRONOUS)
        return LIBUSB_ERROR_NOT_SUPPORTED;
    if (t->type != LIBUSB_TRANSFER_TYPE_CONTROL && (code = handle_hold(t->dev_handle)))
        return code;
    if (!session_attached(t->dev_handle->dev->facts.plug))
        return LIBUSB_ERROR_NO_DEVICE;
    pthread_mutex_lock(&lock);
    if (j->queued) {
        code = LIBUSB_ERROR_BUSY;
    } else {
        while (*end)
            end = &(*end)->next;
        *end = j;
        j->next = NULL;
        j->queued = true;
        j->cancelled = false;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

int LIBUSB_CALL libusb_cancel_transfer(struct libusb_transfer *t)
{
    struct job *j = job_of(t);
    int code;

    pthread_mutex_lock(&lock);
    code = j->queued && !j->cancelled ? LIBUSB_SUCCESS : LIBUSB_ERROR_NOT_FOUND;
    if (j->queued)
        j->cancelled = true;
    pthread_mutex_unlock(&lock);
    return code;
}

static void unlink_job(struct job *j)
{
    pthread_mutex_lock(&lock);
    for (struct job **p = &first; *p; p = &(*p)->next)
        if (*p == j) {
            *p = j->next;
            break;
        }
    j->queued = false;
    pthread_mutex_unlock(&lock);
}

static enum libusb_transfer_status status_of(int code)
{
    switch (code) {
    case LIBUSB_SUCCESS: return LIBUSB_TRANSFER_COMPLETED;
    case LIBUSB_ERROR_TIMEOUT: return LIBUSB_TRANSFER_TIMED_OUT;
    case LIBUSB_ERROR_PIPE: return LIBUSB_TRANSFER_STALL;
    case LIBUSB_ERROR_NO_DEVICE: return LIBUSB_TRANSFER_NO_DEVICE;
    case LIBUSB_ERROR_OVERFLOW: return LIBUSB_TRANSFER_OVERFLOW;
    default: return LIBUSB_TRANSFER_ERROR;
    }
}

/* The transfer's memory may be gone when the callback returns. */
static void finish(struct job *j, enum libusb_transfer_status status, size_t done)
{
    struct libusb_transfer *t = &j->transfer;
    const uint8_t flags = t->flags;

    unlink_job(j);
    t->status = status;
    t->actual_length = (int)done;
    if (status == LIBUSB_TRANSFER_COMPLETED && (flags & LIBUSB_TRANSFER_SHORT_NOT_OK) &&
        t->actual_length < t->length - (t->type == LIBUSB_TRANSFER_TYPE_CONTROL ? 8 : 0))
        t->status = LIBUSB_TRANSFER_ERROR;
    if (t->callback)
        t->callback(t);
    if (flags & LIBUSB_TRANSFER_FREE_TRANSFER)
        libusb_free_transfer(t);
}

static int carry_out(struct job *j, bool poll, size_t *done)
{
    struct libusb_transfer *t = &j->transfer;
    const unsigned plug = t->dev_handle->dev->facts.plug;

    if (t->type == LIBUSB_TRANSFER_TYPE_CONTROL)
        return session_control(plug, t->buffer, t->buffer + LIBUSB_CONTROL_SETUP_SIZE, (size_t)t->length - LIBUSB_CONTROL_SETUP_SIZE, done,
                               t->timeout);
    return session_bulk(plug, t->endpoint, t->buffer, (size_t)t->length, done, t->timeout, poll);
}

/* Carry out one queued transfer. False when there is none. */
static bool handle_one(void)
{
    struct job *j, *pick = NULL;
    size_t done = 0;
    int code = LIBUSB_ERROR_TIMEOUT;
    bool poll;

    pthread_mutex_lock(&lock);
    for (j = first; j && !pick; j = j->next)
        if (j->cancelled)
            pick = j;
    j = first;
    pthread_mutex_unlock(&lock);
    if (pick) {
        finish(pick, LIBUSB_TRANSFER_CANCELLED, 0);
        return true;
    }
    for (; j; j = j->next) {
        poll = j->next && j->transfer.type != LIBUSB_TRANSFER_TYPE_CONTROL && (j->transfer.endpoint & LIBUSB_ENDPOINT_IN);
        done = 0;
        code = carry_out(j, poll, &done);
        if (!(poll && code == LIBUSB_ERROR_TIMEOUT && done == 0))
            break;
    }
    if (!j)
        return false;
    finish(j, status_of(code), done);
    return true;
}

int LIBUSB_CALL libusb_handle_events_timeout_completed(libusb_context *ctx, struct timeval *tv, int *completed)
{
    (void)ctx;
    if (completed && *completed)
        return LIBUSB_SUCCESS;
    pthread_mutex_lock(&events);
    if (!(completed && *completed) && !handle_one() && tv && (tv->tv_sec || tv->tv_usec)) {
        pthread_mutex_unlock(&events);
        session_sleep_ns((uint64_t)tv->tv_sec * 1000000000u + (uint64_t)tv->tv_usec * 1000u);
        return LIBUSB_SUCCESS;
    }
    pthread_mutex_unlock(&events);
    return LIBUSB_SUCCESS;
}

/* libusb's own limit when none is given: 60 s. Ours is a tenth of a second of the board, so that a loop around it sees `completed`. */
int LIBUSB_CALL libusb_handle_events_completed(libusb_context *ctx, int *completed)
{
    return libusb_handle_events_timeout_completed(ctx, &(struct timeval){ 0, 100000 }, completed);
}
int LIBUSB_CALL libusb_handle_events(libusb_context *ctx) { return libusb_handle_events_completed(ctx, NULL); }
int LIBUSB_CALL libusb_handle_events_timeout(libusb_context *ctx, struct timeval *tv)
{
    return libusb_handle_events_timeout_completed(ctx, tv, NULL);
}
int LIBUSB_CALL libusb_handle_events_locked(libusb_context *ctx, struct timeval *tv)
{
    return libusb_handle_events_timeout_completed(ctx, tv, NULL);
}

int LIBUSB_CALL libusb_try_lock_events(libusb_context *ctx)
{
    (void)ctx;
    return pthread_mutex_trylock(&events) != 0;
}
void LIBUSB_CALL libusb_lock_events(libusb_context *ctx)
{
    (void)ctx;
    pthread_mutex_lock(&events);
}
void LIBUSB_CALL libusb_unlock_events(libusb_context *ctx)
{
    (void)ctx;
    pthread_mutex_unlock(&events);
}
int LIBUSB_CALL libusb_event_handling_ok(libusb_context *ctx)
{
    (void)ctx;
    return 1;
}
int LIBUSB_CALL libusb_event_handler_active(libusb_context *ctx)
{
    (void)ctx;
    return 0;
}
void LIBUSB_CALL libusb_interrupt_event_handler(libusb_context *ctx) { (void)ctx; }

static pthread_mutex_t waiters = PTHREAD_MUTEX_INITIALIZER;
void LIBUSB_CALL libusb_lock_event_waiters(libusb_context *ctx)
{
    (void)ctx;
    pthread_mutex_lock(&waiters);
}
void LIBUSB_CALL libusb_unlock_event_waiters(libusb_context *ctx)
{
    (void)ctx;
    pthread_mutex_unlock(&waiters);
}
int LIBUSB_CALL libusb_wait_for_event(libusb_context *ctx, struct timeval *tv)
{
    (void)ctx;
    pthread_mutex_unlock(&waiters);
    session_sleep_ns(tv ? (uint64_t)tv->tv_sec * 1000000000u + (uint64_t)tv->tv_usec * 1000u : 1000000u);
    pthread_mutex_lock(&waiters);
    return 0;
}

/* Nothing happens behind the program's back, so there is no descriptor to poll and no time-out to keep. */
const struct libusb_pollfd **LIBUSB_CALL libusb_get_pollfds(libusb_context *ctx)
{
    (void)ctx;
    return calloc(1, sizeof(struct libusb_pollfd *));
}
void LIBUSB_CALL libusb_free_pollfds(const struct libusb_pollfd **fds) { free((void *)fds); }
void LIBUSB_CALL libusb_set_pollfd_notifiers(libusb_context *ctx, libusb_pollfd_added_cb added, libusb_pollfd_removed_cb removed,
                                             void *user)
{
    (void)ctx, (void)added, (void)removed, (void)user;
}
int LIBUSB_CALL libusb_pollfds_handle_timeouts(libusb_context *ctx)
{
    (void)ctx;
    return 1;
}
int LIBUSB_CALL libusb_get_next_timeout(libusb_context *ctx, struct timeval *tv)
{
    (void)ctx;
    *tv = (struct timeval){ 0, 0 };
    return first != NULL;
}

/* SuperSpeed only. */
int LIBUSB_CALL libusb_alloc_streams(libusb_device_handle *h, uint32_t num, unsigned char *eps, int n)
{
    (void)h, (void)num, (void)eps, (void)n;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}
int LIBUSB_CALL libusb_free_streams(libusb_device_handle *h, unsigned char *eps, int n)
{
    (void)h, (void)eps, (void)n;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}
void LIBUSB_CALL libusb_transfer_set_stream_id(struct libusb_transfer *t, uint32_t id) { (void)t, (void)id; }
uint32_t LIBUSB_CALL libusb_transfer_get_stream_id(struct libusb_transfer *t)
{
    (void)t;
    return 0;
}
unsigned char *LIBUSB_CALL libusb_dev_mem_alloc(libusb_device_handle *h, size_t length)
{
    (void)h, (void)length;
    return NULL;
}
int LIBUSB_CALL libusb_dev_mem_free(libusb_device_handle *h, unsigned char *buffer, size_t length)
{
    (void)h, (void)buffer, (void)length;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}
