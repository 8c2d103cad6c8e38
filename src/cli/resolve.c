/* resolve.c - which probe is meant. See resolve.h. */
#include "cli/resolve.h"
#include "probe/probe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FORMS       "stlink[:SERIAL], dfu[:SERIAL|PATH], VID:PID[:SERIAL], the beginning of a serial number, or bench:FILE[,dfu]"
#define TRY_A_BOARD "or try a virtual board: `sector0-bench new demo.board --chip stm32u073rc`, then `--probe bench:demo.board`"

enum selector_kind { SELECT_ANY, SELECT_STLINK, SELECT_IDS, SELECT_SERIAL, SELECT_BENCH, SELECT_BENCH_DFU, SELECT_DFU };

struct selector {
    enum selector_kind kind;
    uint16_t vid, pid;
    char serial[64]; /* its beginning; "" fits all */
    char where[512];
};

bool resolve_is_dfu(const struct usb_id *id) { return id->vid == 0x0483 && id->pid == 0xDF11; }

static bool copy_serial(struct selector *s, const char *text, const char *after, struct err *e)
{
    if (text[0] == '\0')
        return err_set(e, ERR_USAGE, "a serial number is missing after '%s'", after);
    if (strlen(text) >= sizeof s->serial)
        return err_set(e, ERR_USAGE, "no serial number is that long: '%.60s...'", text);
    strcpy(s->serial, text);
    return true;
}

static bool four_hex(const char *text)
{
    for (int i = 0; i < 4; i++)
        if (!isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

static bool parse_bench(struct selector *s, const char *file, struct err *e)
{
    size_t len = strlen(file);

    s->kind = SELECT_BENCH;
    if (len > 4 && strcmp(file + len - 4, ",dfu") == 0) {
        s->kind = SELECT_BENCH_DFU;
        len -= 4;
    }
    if (len == 0 || strcmp(file, ",dfu") == 0)
        return err_set(e, ERR_USAGE, "the file of a virtual board is missing after 'bench:'");
    if (len >= sizeof s->where)
        return err_set(e, ERR_USAGE, "the board's path is too long: '%.80s...'", file);
    memcpy(s->where, file, len);
    return true;
}

static bool parse(const char *text, struct selector *s, struct err *e)
{
    *s = (struct selector){ .kind = SELECT_ANY };
    if (!text || !text[0])
        return true;
    if (strncmp(text, "bench:", 6) == 0)
        return parse_bench(s, text + 6, e);
    if (strcmp(text, "stlink") == 0 || strncmp(text, "stlink:", 7) == 0) {
        s->kind = SELECT_STLINK;
        return text[6] == '\0' || copy_serial(s, text + 7, "stlink:", e);
    }
    if (strcmp(text, "dfu") == 0 || strncmp(text, "dfu:", 4) == 0) {
        s->kind = SELECT_DFU;
        return text[3] == '\0' || copy_serial(s, text + 4, "dfu:", e);
    }
    if (four_hex(text) && text[4] == ':' && four_hex(text + 5) && (text[9] == '\0' || text[9] == ':')) {
        s->kind = SELECT_IDS;
        s->vid = (uint16_t)strtoul(text, NULL, 16);
        s->pid = (uint16_t)strtoul(text + 5, NULL, 16);
        return text[9] == '\0' || copy_serial(s, text + 10, "VID:PID:", e);
    }
    if (strchr(text, ':') || strchr(text, '/') || strstr(text, ".board")) {
        err_set(e, ERR_USAGE, "'%.100s' does not say which probe is meant", text);
        return strchr(text, ':') ? err_hint(e, "it can be " FORMS) : err_hint(e, "for the virtual board: `--probe bench:%.100s`", text);
    }
    s->kind = SELECT_SERIAL;
    return copy_serial(s, text, "--probe", e);
}

static bool list_machine(const struct usb_fabric *const *fabrics, struct usb_list *list, struct err *e)
{
    for (; *fabrics; fabrics++)
        if (strcmp((*fabrics)->name, "bench") != 0 && !(*fabrics)->list(NULL, list, e))
            return err_doing(e, "looking for probes");
    return true;
}

static bool list_bench(const struct usb_fabric *const *fabrics, const char *where, struct usb_list *list, struct err *e)
{
    for (; *fabrics; fabrics++)
        if (strcmp((*fabrics)->name, "bench") == 0)
            return (*fabrics)->list(where, list, e) || err_doing(e, "looking at the virtual board '%s'", where);
    return err_set(e, ERR_UNSUPPORTED, "this program was built without the virtual board");
}

bool resolve_list(const struct usb_fabric *const *fabrics, const char *text, struct usb_list *list, struct err *e)
{
    struct selector s;

    if (!parse(text, &s, e))
        return false;
    return list_machine(fabrics, list, e) && (!s.where[0] || list_bench(fabrics, s.where, list, e));
}

static bool wants_dfu(const struct selector *s)
{
    return s->kind == SELECT_DFU || s->kind == SELECT_BENCH_DFU || (s->kind == SELECT_IDS && s->vid == 0x0483 && s->pid == 0xDF11);
}

/* Of the sort that is looked for. */
static bool usable(const struct selector *s, const struct usb_id *id)
{
    return wants_dfu(s) ? resolve_is_dfu(id) : probe_kind_of(id) != NULL;
}

static bool fits(const struct selector *s, const struct usb_id *id)
{
    if (s->kind == SELECT_DFU && strcmp(id->path, s->serial) == 0)
        return true;
    if (strncasecmp(id->serial, s->serial, strlen(s->serial)) != 0)
        return false;
    return s->kind != SELECT_IDS || (id->vid == s->vid && id->pid == s->pid);
}

static bool describe(const struct usb_id *id, struct err *e)
{
    const struct probe_ops *kind = probe_kind_of(id);

    return err_seen(e, "%s %s at %s%s",
                    kind                 ? kind->name
                    : resolve_is_dfu(id) ? "chip in DFU mode"
                                         : "USB device",
                    id->serial[0] ? id->serial : "without serial number", id->path,
                    id->access == USB_DENIED   ? " (no permission)"
                    : id->access == USB_IN_USE ? " (in use)"
                                               : "");
}

static bool no_dfu(const struct selector *s, const struct usb_list *list, struct err *e)
{
    if (s->serial[0])
        err_set(e, ERR_NODEV, "no chip in DFU mode has a serial number that begins with '%s', or that place", s->serial);
    else
        err_set(e, ERR_NODEV, "no chip in DFU mode found");
    for (size_t i = 0; i < list->count; i++)
        if (probe_kind_of(&list->ids[i]) || resolve_is_dfu(&list->ids[i]))
            describe(&list->ids[i], e);
    return err_hint(e,
                    "a chip shows itself so while its bootloader runs and its own USB is plugged in: docs/dfu.md tells how to get there");
}

/* Nothing fits. What is there instead is evidence. */
static bool none(const struct selector *s, const struct usb_list *list, struct err *e)
{
    bool dfu = false;

    if (wants_dfu(s))
        return no_dfu(s, list, e);
    if (s->kind == SELECT_SERIAL)
        err_set(e, ERR_NODEV, "no probe's serial number begins with '%s'", s->serial);
    else if (s->kind == SELECT_IDS)
        err_set(e, ERR_NODEV, "no probe is %04x:%04x%s%s", s->vid, s->pid, s->serial[0] ? " with the serial number " : "", s->serial);
    else if (s->serial[0])
        err_set(e, ERR_NODEV, "no ST-LINK's serial number begins with '%s'", s->serial);
    else
        err_set(e, ERR_NODEV, "no debug probe found");
    for (size_t i = 0; i < list->count; i++) {
        const struct usb_id *id = &list->ids[i];

        if (probe_kind_of(id) || resolve_is_dfu(id))
            describe(id, e);
        else if (probe_refusal(id))
            err_seen(e, "%s at %s", probe_refusal(id), id->path);
        dfu = dfu || resolve_is_dfu(id);
    }
    if (dfu && e->n_seen == 1)
        return err_hint(e, "`--probe dfu` takes the chip in DFU mode");
    return err_hint(e, s->kind == SELECT_ANY || s->kind == SELECT_STLINK ? "plug one in, " TRY_A_BOARD
                                                                         : "`sector0 list` shows what is attached");
}

static bool denied(const struct usb_id *id, struct err *e)
{
    char rule[180];

    err_set(e, ERR_NODEV, "no permission to open the %s%s%s at %s", resolve_is_dfu(id) ? "chip in DFU mode" : probe_kind_of(id)->name,
            id->serial[0] ? " " : "", id->serial, id->path);
    err_seen(e, "udev rule that would help: %s", usb_udev_rule(id, rule, sizeof rule));
    return err_hint(e, "put that line into %s (`make install` does), then unplug and plug in again", USB_UDEV_FILE);
}

/* The one probe of `list` that fits. */
static bool choose(const struct selector *s, const struct usb_list *list, struct usb_id *id, struct err *e)
{
    const struct usb_id *found = NULL;
    const char *refusal = NULL;
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (!fits(s, &list->ids[i]))
            continue;
        if (usable(s, &list->ids[i])) {
            found = &list->ids[i];
            count++;
        } else if (s->kind == SELECT_IDS || (s->kind == SELECT_SERIAL && s->serial[0])) {
            refusal = probe_refusal(&list->ids[i]);
        }
    }
    if (count == 0 && refusal)
        return err_set(e, ERR_UNSUPPORTED, "%s", refusal);
    if (count == 0)
        return none(s, list, e);
    if (count > 1) {
        err_set(e, ERR_NODEV, s->serial[0] ? "%zu %s have a serial number that begins so" : "%zu %s are attached", count,
                wants_dfu(s) ? "chips in DFU mode" : "probes");
        for (size_t i = 0; i < list->count; i++)
            if (fits(s, &list->ids[i]) && usable(s, &list->ids[i]))
                describe(&list->ids[i], e);
        if (wants_dfu(s))
            return err_hint(e, "say which by its place, which no two have in common: `--probe dfu:%s`", found->path);
        return err_hint(e, "say which: `--probe SERIAL` (its beginning is enough), or set SECTOR0_PROBE");
    }
    if (found->access == USB_DENIED)
        return denied(found, e);
    *id = *found;
    return true;
}

static bool choose_bench(const struct selector *s, const struct usb_list *list, struct usb_id *id, struct err *e)
{
    for (size_t i = 0; i < list->count; i++)
        if (usable(s, &list->ids[i])) {
            *id = list->ids[i];
            return id->access != USB_DENIED || denied(id, e);
        }
    if (s->kind == SELECT_BENCH_DFU) {
        err_set(e, ERR_NODEV, "the chip of the virtual board '%s' shows no DFU device at its USB plug", s->where);
        return err_hint(
            e, "`sector0 --probe bench:%s reset --bootloader` starts its bootloader; is the plug in (`sector0-bench plug %s target`)?",
            s->where, s->where);
    }
    err_set(e, ERR_NODEV, "the probe of the virtual board '%s' is not plugged in", s->where);
    return err_hint(e, "`sector0-bench plug %s probe` plugs it in", s->where);
}

bool resolve_probe(const struct usb_fabric *const *fabrics, const char *text, struct usb_id *id, struct err *e)
{
    struct usb_list list = { 0 };
    struct selector s;
    bool ok;

    if (!parse(text, &s, e))
        return false;
    if (s.kind == SELECT_BENCH || s.kind == SELECT_BENCH_DFU)
        ok = list_bench(fabrics, s.where, &list, e) && choose_bench(&s, &list, id, e);
    else
        ok = list_machine(fabrics, &list, e) && choose(&s, &list, id, e);
    usb_list_free(&list);
    return ok;
}
