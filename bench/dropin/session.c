/* session.c - the drop-in's connection to the owner, and which clock this process lives by. See session.h. */
#include "dropin/session.h"

#include "owner/client.h"
#include "owner/paths.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <libusb-1.0/libusb.h>

static struct session {
    pthread_mutex_t lock;
    struct client *client;   /* NULL: not connected */
    pid_t pid;               /* of the process that connected: a forked child has no session */
    bool failed;             /* no owner, or no longer */
    bool uses_libusb;        /* this program links or has loaded libusb: it lives on the board's time */
    bool real;               /* for good */
    const char *wants_real;  /* why, when that was known before there was a session */
    uint64_t last_ns;        /* the latest reading */
    uint64_t real_offset_ns; /* after going real: session time minus the machine's monotonic time */
} s = { .lock = PTHREAD_MUTEX_INITIALIZER };

static __thread bool inside; /* our own calls of clock and sleep functions must not come back here */

static uint64_t machine_ns(void)
{
    struct timespec t;

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool session_there(void)
{
    static int there = -1;

    if (there < 0)
        there = getenv(BOARD_ENVIRONMENT) != NULL;
    return there;
}

/* ---- does this program use libusb? ---- */

static int needs_libusb(struct dl_phdr_info *object, size_t size, void *found)
{
    const ElfW(Dyn) *dynamic = NULL;
    const char *strings = NULL;

    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const void *)(uintptr_t)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    if (!dynamic)
        return 0;
    for (const ElfW(Dyn) *d = dynamic; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_STRTAB)
            strings = (const char *)(uintptr_t)(d->d_un.d_ptr < object->dlpi_addr ? object->dlpi_addr + d->d_un.d_ptr : d->d_un.d_ptr);
    for (const ElfW(Dyn) *d = dynamic; strings && d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_NEEDED && strcmp(strings + d->d_un.d_val, "libusb-1.0.so.0") == 0)
            *(bool *)found = true;
    return 0;
}

__attribute__((constructor)) static void look_at_program(void)
{
    if (session_there())
        dl_iterate_phdr(needs_libusb, &s.uses_libusb);
}

/* ---- the connection; all between enter and leave ---- */

static void enter(void)
{
    pthread_mutex_lock(&s.lock);
    inside = true;
}

static void leave(void)
{
    inside = false;
    pthread_mutex_unlock(&s.lock);
}

/* From here on the machine's time, continuing where the board's was. */
static void leave_board_time(void)
{
    if (!s.real)
        s.real_offset_ns = s.last_ns - machine_ns();
    s.real = true;
}

static void fail(const struct err *e)
{
    if (!s.failed)
        fprintf(stderr, "sector0-bench: %s\n", e->cause);
    s.failed = true;
    leave_board_time();
}

static void go_real(const char *why)
{
    struct err e = { 0 };

    if (!client_pace(s.client, PACE_REAL, why, &e))
        fail(&e);
    leave_board_time();
}

static bool connected(void)
{
    struct err e = { 0 };

    if (s.client && s.pid != getpid()) { /* a child of fork: the connection is the parent's */
        client_forget(s.client);
        s.client = NULL;
        s.failed = false;
    }
    if (s.client)
        return !s.client->lost;
    if (s.failed)
        return false;
    s.client = client_connect(getenv(BOARD_ENVIRONMENT), ROLE_DROPIN, program_invocation_short_name, &e);
    if (!s.client) {
        fail(&e);
        return false;
    }
    s.pid = getpid();
    if (s.wants_real)
        go_real(s.wants_real);
    return true;
}

bool session_open(void)
{
    bool ok;

    if (!session_there()) {
        fprintf(stderr,
                "sector0-bench: this libusb serves virtual boards only; start the program with `sector0-bench run BOARD -- PROGRAM`\n");
        return false;
    }
    enter();
    s.uses_libusb = true;
    ok = connected();
    leave();
    return ok;
}

__attribute__((destructor)) static void leave_in_good_order(void)
{
    if (!s.client)
        return;
    enter();
    if (s.pid == getpid())
        client_close(s.client);
    else
        client_forget(s.client);
    s.client = NULL;
    s.failed = true;
    leave_board_time();
    leave();
}

/* ---- devices and transfers ---- */

size_t session_list(struct session_device devices[SESSION_DEVICES])
{
    struct client_plug plugs[PLUGS];
    struct err e = { 0 };
    unsigned count = 0;
    size_t found = 0;

    enter();
    if (connected() && client_plugs(s.client, plugs, &count, &e))
        for (unsigned i = 0; i < count && found < SESSION_DEVICES; i++) {
            struct session_device *d = &devices[found];

            if (!plugs[i].present)
                continue;
            *d = (struct session_device){ .plug = i, .bus = 1, .port = (uint8_t)(i + 1) };
            d->address = (uint8_t)(2 + (i * 64 + plugs[i].appeared) % 120); /* a device that comes back has a new address */
            d->denied = plugs[i].denied;
            memcpy(d->device, plugs[i].device, sizeof d->device);
            d->config_bytes = plugs[i].config_bytes;
            memcpy(d->config, plugs[i].config, d->config_bytes);
            found++;
        }
    leave();
    return found;
}

/* A libusb code for a refused request: the cable is out, or somebody else has the plug (then the program is told by whom). */
static int refusal(const struct err *e)
{
    if (!s.client || s.client->lost)
        return LIBUSB_ERROR_NO_DEVICE;
    fprintf(stderr, "sector0-bench: %s\n", e->cause);
    return LIBUSB_ERROR_BUSY;
}

static int plug_request(bool (*what)(struct client *, enum bench_plug, struct err *), unsigned plug)
{
    struct err e = { 0 };
    int code = LIBUSB_ERROR_NO_DEVICE;

    enter();
    if (connected())
        code = what(s.client, (enum bench_plug)plug, &e) ? LIBUSB_SUCCESS : refusal(&e);
    leave();
    return code;
}

int session_claim(unsigned plug) { return plug_request(client_claim, plug); }
void session_release(unsigned plug) { plug_request(client_release, plug); }
int session_reset(unsigned plug) { return plug_request(client_port_reset, plug); }

bool session_attached(unsigned plug)
{
    struct session_device devices[SESSION_DEVICES];
    const size_t count = session_list(devices);

    for (size_t i = 0; i < count; i++)
        if (devices[i].plug == plug)
            return true;
    return false;
}

static int transfer(struct client_transfer *t, size_t *done)
{
    static const int codes[DONES] = {
        [DONE_OK] = LIBUSB_SUCCESS,           [DONE_TIMED_OUT] = LIBUSB_ERROR_TIMEOUT,   [DONE_STALLED] = LIBUSB_ERROR_PIPE,
        [DONE_GONE] = LIBUSB_ERROR_NO_DEVICE, [DONE_OVERFLOWED] = LIBUSB_ERROR_OVERFLOW, [DONE_CANCELLED] = LIBUSB_ERROR_INTERRUPTED,
    };
    struct err e = { 0 };
    int code = LIBUSB_ERROR_NO_DEVICE;

    *done = 0;
    if (t->len > TRANSFER_BYTES_MAX)
        return LIBUSB_ERROR_INVALID_PARAM;
    enter();
    if (connected()) {
        if (client_transfer(s.client, t, &e)) {
            *done = t->moved;
            code = codes[t->how];
        } else {
            code = refusal(&e);
        }
    }
    leave();
    return code;
}

static uint64_t limit_us(unsigned timeout_ms) { return timeout_ms == SESSION_WAIT_FOR_EVER ? FOREVER_US : (uint64_t)timeout_ms * 1000; }

int session_control(unsigned plug, const uint8_t setup[8], uint8_t *data, size_t len, size_t *done, unsigned timeout_ms)
{
    struct client_transfer t = { .plug = (enum bench_plug)plug, .data = data, .len = len, .limit_us = limit_us(timeout_ms) };

    memcpy(t.setup, setup, sizeof t.setup);
    return transfer(&t, done);
}

int session_bulk(unsigned plug, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, bool poll)
{
    struct client_transfer t = {
        .plug = (enum bench_plug)plug, .ep = ep, .data = data, .len = len, .limit_us = poll ? 0 : limit_us(timeout_ms)
    };

    return transfer(&t, done);
}

/* ---- the clock ---- */

bool session_clock(void) { return !inside && session_there() && s.uses_libusb; }
bool session_virtual(void) { return session_clock() && !s.real; }

uint64_t session_now_ns(void)
{
    uint64_t now;

    enter();
    if (!s.real && connected())
        s.last_ns = client_clock_ns(s.client);
    now = s.real ? machine_ns() + s.real_offset_ns : s.last_ns;
    leave();
    return now;
}

void session_sleep_ns(uint64_t ns)
{
    struct err e = { 0 };

    enter();
    if (!s.real && connected() && !client_sleep(s.client, (ns + 999) / 1000, &e))
        fail(&e);
    leave();
}

void session_go_real(const char *why)
{
    if (inside || !session_there() || s.real || s.failed)
        return;
    enter();
    if (s.client && s.pid == getpid())
        go_real(why);
    else
        s.wants_real = why;
    leave();
}
