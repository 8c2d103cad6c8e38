/* layout.c - see layout.h. */
#include "boot/layout.h"
#include "base/bytes.h"

#include <ctype.h>
#include <string.h>

enum {
    COUNT_DIGITS = 5, /* no sector count has more; bounds the arithmetic */
    SIZE_DIGITS = 9,
    ADDRESS_DIGITS = 9,
    DESCRIPTOR_INTERFACE = 4,
    DESCRIPTOR_FUNCTIONAL = 0x21,
    INTERFACE_BYTES = 9,
    FUNCTIONAL_BYTES = 9,
    CLASS_APPLICATION = 0xFE,
    SUBCLASS_DFU = 1,
};

struct text {
    const char *begin, *at;
};

static bool wrong(const struct text *t, const char *wanted, struct err *e)
{
    err_set(e, ERR_PROTOCOL, "the device's memory string makes no sense: %s is missing at character %zu", wanted,
            (size_t)(t->at - t->begin));
    return err_seen(e, "'%.120s'", t->begin);
}

static bool number(struct text *t, unsigned digits_max, uint32_t *value, const char *wanted, struct err *e)
{
    uint64_t v = 0;
    unsigned digits = 0;

    for (; isdigit((unsigned char)*t->at) && digits < digits_max; t->at++, digits++)
        v = 10 * v + (uint64_t)(*t->at - '0');
    if (digits == 0 || v == 0 || v > UINT32_MAX || isdigit((unsigned char)*t->at))
        return wrong(t, wanted, e);
    *value = (uint32_t)v;
    return true;
}

static bool address(struct text *t, uint32_t *value, struct err *e)
{
    uint64_t v = 0;
    unsigned digits = 0;

    if (t->at[0] != '0' || (t->at[1] != 'x' && t->at[1] != 'X'))
        return wrong(t, "an address (0x...)", e);
    t->at += 2;
    for (; isxdigit((unsigned char)*t->at) && digits < ADDRESS_DIGITS; t->at++, digits++)
        v = v << 4 | (uint64_t)(isdigit((unsigned char)*t->at) ? *t->at - '0' : (tolower((unsigned char)*t->at) - 'a' + 10));
    if (digits == 0 || v > UINT32_MAX)
        return wrong(t, "an address of 32 bits", e);
    *value = (uint32_t)v;
    return true;
}

static bool is_type(char c) { return c >= 'a' && c <= 'g'; }

/* "02Kg": a size, a multiplier that may be missing, and the type letter, whose low three bits are what the host may do. */
static bool size_and_type(struct text *t, struct layout_span *span, struct err *e)
{
    uint64_t bytes;
    char unit = '\0';

    if (!number(t, SIZE_DIGITS, &span->bytes, "a sector size", e))
        return false;
    if (*t->at && !(is_type(*t->at) && !is_type(t->at[1]))) {
        unit = *t->at;
        if (unit == ',' || unit == '/')
            return wrong(t, "a type letter (a to g)", e);
        t->at++;
    }
    bytes = (uint64_t)span->bytes * (unit == 'K' ? 1024 : unit == 'M' ? 1024 * 1024 : 1);
    if (bytes > UINT32_MAX)
        return wrong(t, "a sector size of 32 bits", e);
    span->bytes = (uint32_t)bytes;
    if (!is_type(*t->at))
        return wrong(t, "a type letter (a to g)", e);
    span->readable = *t->at & 1;
    span->erasable = *t->at & 2;
    span->writable = *t->at & 4;
    t->at++;
    return true;
}

static bool spans(struct text *t, struct layout *l, uint32_t addr, struct err *e)
{
    uint64_t at = addr;

    do {
        struct layout_span *span = &l->span[l->count];

        if (l->count == LAYOUT_SPANS)
            return err_set(e, ERR_PROTOCOL, "the device's memory string has more than %d parts", LAYOUT_SPANS);
        if (*t->at == ',')
            t->at++;
        span->addr = (uint32_t)at;
        if (!number(t, COUNT_DIGITS, &span->count, "a sector count", e))
            return false;
        if (*t->at != '*')
            return wrong(t, "'*'", e);
        t->at++;
        if (!size_and_type(t, span, e))
            return false;
        at += (uint64_t)span->count * span->bytes;
        if (at > UINT64_C(0x100000000))
            return wrong(t, "an end below 0x100000000", e);
        l->count++;
        while (*t->at == ' ')
            t->at++;
    } while (*t->at == ',');
    return true;
}

bool layout_parse(struct layout *l, const char *text, struct err *e)
{
    struct text t = { text, text };
    size_t len;

    *l = (struct layout){ 0 };
    if (*t.at != '@')
        return wrong(&t, "'@'", e);
    t.at++;
    len = strcspn(t.at, "/");
    for (size_t i = 0, n = 0; i < len && n + 1 < sizeof l->name; i++)
        if (n || t.at[i] != ' ')
            l->name[n++] = t.at[i] >= 0x20 && t.at[i] < 0x7F ? t.at[i] : '.';
    for (size_t n = strlen(l->name); n && l->name[n - 1] == ' ';)
        l->name[--n] = '\0';
    t.at += len;
    if (!*t.at)
        return wrong(&t, "'/'", e);
    while (*t.at == '/') {
        uint32_t addr = 0;

        t.at++;
        if (!address(&t, &addr, e))
            return false;
        if (*t.at != '/')
            return wrong(&t, "'/'", e);
        t.at++;
        if (!spans(&t, l, addr, e))
            return false;
    }
    return !*t.at || wrong(&t, "the end", e);
}

const struct layout_span *layout_span_at(const struct layout *l, uint32_t addr)
{
    for (unsigned i = 0; i < l->count; i++)
        if (addr >= l->span[i].addr && addr - l->span[i].addr < (uint64_t)l->span[i].count * l->span[i].bytes)
            return &l->span[i];
    return NULL;
}

uint32_t layout_reach(const struct layout *l, uint32_t addr)
{
    const struct layout_span *s = layout_span_at(l, addr);
    uint64_t end = addr;

    for (unsigned i = 0; s && s->readable && i < LAYOUT_SPANS; i++) {
        end = s->addr + (uint64_t)s->count * s->bytes;
        s = end > UINT32_MAX ? NULL : layout_span_at(l, (uint32_t)end);
    }
    return end - addr > UINT32_MAX ? UINT32_MAX : (uint32_t)(end - addr);
}

/* ---- the configuration descriptor ---- */

/* Interface descriptors: the alternates of the first one that is DFU. */
static void take_interface(struct config *c, const uint8_t *d)
{
    if (d[5] != CLASS_APPLICATION || d[6] != SUBCLASS_DFU || (c->alternates && d[2] != c->interface) || c->alternates == CONFIG_ALTERNATES)
        return;
    if (!c->alternates) {
        c->interface = d[2];
        c->protocol = d[7];
    }
    c->alternate[c->alternates].number = d[3];
    c->alternate[c->alternates++].string = d[8];
}

bool config_parse(struct config *c, const uint8_t *bytes, size_t len, struct err *e)
{
    *c = (struct config){ 0 };
    for (size_t at = 0; at < len; at += bytes[at]) {
        const uint8_t *d = bytes + at;

        if (len - at < 2 || d[0] < 2 || d[0] > len - at)
            return err_set(e, ERR_PROTOCOL, "the device's configuration descriptor makes no sense at byte %zu of %zu", at, len);
        if (d[1] == DESCRIPTOR_INTERFACE && d[0] >= INTERFACE_BYTES)
            take_interface(c, d);
        if (d[1] == DESCRIPTOR_FUNCTIONAL && d[0] >= FUNCTIONAL_BYTES && c->alternates) {
            c->functional = true;
            c->attributes = d[2];
            c->detach_ms = (uint16_t)get_le16(d + 3);
            c->transfer_bytes = (uint16_t)get_le16(d + 5);
            c->version = (uint16_t)get_le16(d + 7);
        }
    }
    return c->alternates || err_set(e, ERR_UNSUPPORTED, "the USB device has no DFU interface");
}
