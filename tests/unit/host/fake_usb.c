/* fake_usb.c - see fake_usb.h. */
#include "fake_usb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 8192 };

struct step {
    char what[8]; /* ">", ">>", "<", "reset", "clear", "" at the end */
    uint8_t bytes[BYTES_MAX];
    size_t len;
    enum { FINE, TIMEOUT, STALL, GONE } how;
};

static void trouble(struct fake_usb *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void trouble(struct fake_usb *f, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "# script line %u: ", f->line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    fail();
}

static void next_step(struct fake_usb *f, struct step *s)
{
    char line[BYTES_MAX], *word, *rest;

    do {
        const size_t len = strcspn(f->script, "\n");

        memset(s, 0, sizeof *s);
        if (!*f->script)
            return;
        assert_true(len < sizeof line);
        memcpy(line, f->script, len);
        line[len] = '\0';
        f->script += len + (f->script[len] == '\n');
        f->line++;
        line[strcspn(line, "#")] = '\0';
        word = strtok_r(line, " ", &rest);
    } while (!word || strcmp(word, "pause") == 0);

    snprintf(s->what, sizeof s->what, "%s", word);
    while ((word = strtok_r(NULL, " ", &rest))) {
        char *star = strchr(word, '*');

        if (strcmp(word, "timeout") == 0)
            s->how = TIMEOUT;
        else if (strcmp(word, "stall") == 0)
            s->how = STALL;
        else if (strcmp(word, "gone") == 0)
            s->how = GONE;
        else
            for (long n = star ? strtol(star + 1, NULL, 10) : 1; n > 0; n--)
                s->bytes[s->len++] = (uint8_t)strtoul(word, NULL, 16);
    }
}

static bool end(struct fake_usb *f, const struct step *s, unsigned timeout_ms, struct err *e)
{
    f->transfers++;
    f->now_us += 100;
    switch (s->how) {
    case FINE: return true;
    case TIMEOUT: f->now_us += timeout_ms * UINT64_C(1000); return err_set(e, ERR_TIMEOUT, "no answer over USB in time");
    case STALL: return err_set(e, ERR_IO, "the USB device refused the transfer (stall)");
    case GONE: return err_set(e, ERR_NODEV, "the USB device was unplugged");
    }
    return false;
}

static bool fake_bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct fake_usb *f = (struct fake_usb *)d;
    static struct step s; /* large */

    next_step(f, &s);
    if (ep & 0x80) {
        if (strcmp(s.what, "<") != 0)
            trouble(f, "reads %zu bytes; script has '%s'", len, s.what);
        assert_int_equal(ep, 0x81);
        if (s.len > len)
            return f->transfers++, err_set(e, ERR_PROTOCOL, "the USB device sent more than was asked for");
        memcpy(data, s.bytes, s.len);
        *done = s.len;
        return end(f, &s, timeout_ms, e);
    }
    if (s.what[0] != '>')
        trouble(f, "sends %zu bytes beginning %02x %02x; script has '%s'", len, data[0], data[1], s.what);
    assert_int_equal(ep, f->base.id.pid == 0x3748 ? 0x02 : 0x01);
    if (strcmp(s.what, ">") == 0 && s.len < 16)
        s.len = 16; /* the rest is zero already */
    if (s.how == FINE && (s.len != len || memcmp(s.bytes, data, len) != 0)) {
        for (size_t i = 0; i < len && i < 64; i++)
            fprintf(stderr, "%s%02x", i ? " " : "# sent ", data[i]);
        fputc('\n', stderr);
        trouble(f, "sent %zu bytes, not the %zu of the script", len, s.len);
    }
    *done = len;
    return end(f, &s, timeout_ms, e);
}

static bool fake_control(struct usb_device *d, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data,
                         size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct fake_usb *f = (struct fake_usb *)d;
    static struct step s;

    if (request_type != 0x02 || request != 1 || value != 0 || len != 0)
        trouble(f, "a control transfer");
    next_step(f, &s);
    if (strcmp(s.what, "clear") != 0 || s.len != 1 || s.bytes[0] != index)
        trouble(f, "clears the halt of endpoint %02x; script has '%s'", index, s.what);
    return end(f, &s, timeout_ms, e);
}

static bool fake_reset(struct usb_device *d, struct err *e)
{
    struct fake_usb *f = (struct fake_usb *)d;
    static struct step s;

    next_step(f, &s);
    if (strcmp(s.what, "reset") != 0)
        trouble(f, "resets the device; script has '%s'", s.what);
    return end(f, &s, 0, e);
}

static void fake_close(struct usb_device *d)
{
    struct fake_usb *f = (struct fake_usb *)d;

    assert_false(f->closed);
    f->closed = true;
}

static const struct usb_device_ops fake_ops = { fake_control, fake_bulk, fake_reset, fake_close };

static uint64_t fake_now(void *ctx) { return ((struct fake_usb *)ctx)->now_us; }
static void fake_sleep(void *ctx, uint64_t us) { ((struct fake_usb *)ctx)->now_us += us; }

static void take_script(struct fake_usb *f, const char *script)
{
    assert_true(strlen(script) < sizeof f->text);
    strcpy(f->text, script);
    f->script = f->text;
    f->line = 0;
}

void fake_usb_init(struct fake_usb *f, uint16_t pid, const char *script)
{
    memset(f, 0, sizeof *f);
    take_script(f, script);
    f->clock = (struct clock){ fake_now, fake_sleep, f };
    f->base.ops = &fake_ops;
    f->base.clock = &f->clock;
    f->base.id.vid = 0x0483;
    f->base.id.pid = pid;
    snprintf(f->base.id.serial, sizeof f->base.id.serial, "066DFF535550755187191037");
    snprintf(f->base.id.path, sizeof f->base.id.path, "1-4");
}

void fake_usb_done(struct fake_usb *f)
{
    static struct step s;

    next_step(f, &s);
    if (s.what[0])
        trouble(f, "'%s' did not happen", s.what);
}

void fake_usb_continue(struct fake_usb *f, const char *script)
{
    fake_usb_done(f);
    take_script(f, script);
}
