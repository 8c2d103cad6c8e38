/* doctoring_report.c - `doctor --report` and `--replay`. See doctoring.h. */
#include "cli/doctoring.h"
#include "usb/usb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { REPORT_FORMAT = 1 };

static json_t *versions(const struct evidence *v)
{
    json_t *o = json_pack("{s:s, s:s, s:s}", "sector0", SECTOR0_VERSION, "jansson", JANSSON_VERSION, "compiler", __VERSION__);
    struct utsname u;
    char text[200];

    if (uname(&u) == 0) { /* not nodename: it may name its owner */
        snprintf(text, sizeof text, "%.60s %.60s %.60s", u.sysname, u.release, u.machine);
        json_object_set_new(o, "system", cli_json_text(text));
    }
    json_object_set_new(o, "probe", cli_json_text(v->probe_version));
    return o;
}

/* "... usb   bulk 81 in  40 00 00 ...": what came may be somebody's program. How much came stays, and a failure's words, which stand behind
 * a colon. In step with usb/usb.c, trace_transfer. */
static json_t *without_bytes(const char *line)
{
    const char *in = strstr(line, " in ");
    const char *at = strstr(line, " usb ") && in ? in + strlen(" in ") : NULL;
    const char *colon = at ? strchr(at, ':') : NULL;
    char text[400];

    if (!at)
        return json_string(line);
    at += strspn(at, " ");
    at += strcspn(at, " ");
    if (strncmp(at, " of ", 4) == 0)
        at += 4 + strspn(at + 4, "0123456789");
    snprintf(text, sizeof text, "%.*s%s", (int)(at - line), line, colon ? colon : "");
    return json_string(text);
}

static json_t *trace(const struct cli *cli, bool contents)
{
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(cli->kept_trace); i++) {
        const char *line = json_string_value(json_array_get(cli->kept_trace, i));

        json_array_append_new(list, contents ? json_string(line) : without_bytes(line));
    }
    return list;
}

/* Pages that are not blank, in hex. What cannot be read is null. */
static json_t *flash(struct doctoring *g)
{
    const struct device *d = g->v.device;
    const uint32_t page = d->flash->page_bytes;
    uint8_t *bytes = malloc(page);
    char *text = malloc(page * 2 + 1), name[16];
    json_t *o = json_object();

    for (uint32_t at = d->flash_base; bytes && text && at < d->flash_base + g->v.flash_bytes; at += page) {
        struct err ignored = { 0 };
        bool blank = true;

        snprintf(name, sizeof name, "0x%08" PRIX32, at);
        if (!mem_read(&g->f.t.mem, at, bytes, page, &ignored)) {
            json_object_set_new(o, name, json_null());
            if (ignored.kind == ERR_IO || ignored.kind == ERR_NODEV || ignored.kind == ERR_INTERRUPTED)
                break; /* nothing more will come */
            continue;
        }
        for (uint32_t i = 0; i < page; i++) {
            blank = blank && bytes[i] == 0xFF;
            snprintf(text + i * 2, 3, "%02x", bytes[i]);
        }
        if (!blank)
            json_object_set_new(o, name, json_string(text));
    }
    free(bytes);
    free(text);
    return o;
}

bool doctoring_report(struct doctoring *g, struct cli *cli, const char *path, bool contents, struct err *e)
{
    json_t *o = json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:i}", "format", REPORT_FORMAT, "sector0", SECTOR0_VERSION, "versions",
                          versions(&g->v), "findings", diagnosis_to_json(&g->d), "evidence", evidence_to_json(&g->v), "trace",
                          trace(cli, contents), "trace_dropped", (int)cli->kept_trace_dropped);
    bool ok;

    if (o && contents && g->v.reach == REACH_CHIP && ev_rdp_level(&g->v) == 0) /* at level 1 asking alone stops the core */
        json_object_set_new(o, "flash", flash(g));
    ok = o && json_dump_file(o, path, JSON_INDENT(1)) == 0;
    json_decref(o);
    return ok || err_set(e, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
}

bool doctoring_replay(struct doctoring *g, const char *path, struct err *e)
{
    json_error_t where;
    json_t *o = json_load_file(path, 0, &where);
    bool ok = o;

    if (!o)
        err_set(e, ERR_INPUT, "'%.80s' is no report: %.80s (line %d)", path, where.text, where.line);
    else if (json_integer_value(json_object_get(o, "format")) != REPORT_FORMAT)
        ok = err_set(e, ERR_INPUT, "'%.80s' is no report of this version of sector0", path);
    ok = ok && (evidence_from_json(&g->v, json_object_get(o, "evidence"), e) || err_doing(e, "reading '%s'", path));
    json_decref(o);
    if (ok)
        diagnose(&g->d, &g->v);
    return ok;
}
