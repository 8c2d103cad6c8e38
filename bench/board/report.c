/* report.c - what has happened on a board. See report.h. One gathering (json_t), two ways to print it. */
#include "board/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const pace_names[BOARD_PACES] = { "step", "real", "fast" };

static json_t *number(uint64_t v) { return json_integer((json_int_t)v); }

static json_t *gather_parameters(const struct board *b)
{
    json_t *values = json_object();
    char text[PARAM_TEXT], hash[9];

    for (const struct param_row *row = param_rows; row->name; row++) {
        params_get(&b->params, row, text);
        json_object_set_new(values, row->name, row->chars ? json_string(text) : number(strtoull(text, NULL, 10)));
    }
    snprintf(hash, sizeof hash, "%08" PRIx32, params_hash(&b->params, chip_name(b->chip)));
    return json_pack("{s:s, s:o}", "hash", hash, "values", values);
}

static json_t *gather_time(const struct board *b)
{
    json_t *pace = json_object();
    uint64_t link_ps = 0;

    for (unsigned i = 0; i < BOARD_PACES; i++)
        json_object_set_new(pace, pace_names[i], number(b->s.pace_ps[i]));
    for (unsigned i = 0; i < BOARD_PLUGS; i++)
        link_ps += b->s.link_ps[i];
    return json_pack("{s:o, s:o, s:o}", "virtual_ps", number(b->s.now_ps), "link_ps", number(link_ps), "pace_ps", pace);
}

static json_t *gather_usb(const struct board *b)
{
    json_t *usb = json_object();

    for (unsigned i = 0; i < BOARD_PLUGS; i++)
        json_object_set_new(usb, board_plug_name((enum board_plug)i),
                            json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "plugged", b->s.plugged[i], "appeared",
                                      number(b->s.appeared[i]), "pulled", number(b->s.pulled[i]), "transfers", number(b->s.transfers[i]),
                                      "bytes_out", number(b->s.bytes_out[i]), "bytes_in", number(b->s.bytes_in[i]), "link_ps",
                                      number(b->s.link_ps[i])));
    return usb;
}

/* Pages with equal use, side by side, are one row. */
static json_t *gather_pages(const struct board *b)
{
    json_t *rows = json_array();
    size_t pages;
    const struct chip_page_use *use = chip_page_use(b->chip, &pages);

    for (size_t i = 0, next; i < pages; i = next) {
        for (next = i + 1; next < pages && use[next].erases == use[i].erases && use[next].programs == use[i].programs; next++)
            ;
        if (use[i].erases || use[i].programs)
            json_array_append_new(rows, json_pack("{s:o, s:o, s:o, s:o}", "from", number(i), "to", number(next - 1), "erases",
                                                  number(use[i].erases), "programs", number(use[i].programs)));
    }
    return rows;
}

static json_t *gather_notes(const struct board *b)
{
    json_t *rows = json_array();
    const struct chip_note *notes;
    const size_t count = chip_notes(b->chip, &notes);

    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:o}", "what", notes[i].what, "text", notes[i].text, "count", number(notes[i].count)));
    return rows;
}

static json_t *gather_faults(const struct board *b)
{
    json_t *rows = json_array();
    char text[120];

    for (unsigned i = 0; faults_describe(&b->faults, i, text, sizeof text); i++)
        json_array_append_new(rows, json_string(text));
    return rows;
}

/* What the parts are doing; nothing on a board without them. In 1/1000 of the usual units: reports have no locale and no rounding. */
static json_t *gather_parts(const struct board *b)
{
    json_t *parts = json_object();
    struct parts_view v;

    if (!parts_any(&b->parts))
        return parts;
    parts_look(&b->parts, &v);
    json_object_set_new(parts, "battery_mv", number((uint64_t)(v.battery_v * 1e3 + 0.5)));
    json_object_set_new(parts, "open_circuit_mv", number((uint64_t)(v.open_v * 1e3 + 0.5)));
    json_object_set_new(parts, "charge_permille", number((uint64_t)(v.charge_share * 1e3 + 0.5)));
    json_object_set_new(parts, "current_ua", number((uint64_t)(v.current_a * 1e6 + 0.5)));
    json_object_set_new(parts, "source_mv", number((uint64_t)(v.source_v * 1e3 + 0.5)));
    return parts;
}

static json_t *gather(struct board *b)
{
    board_before_save(b);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:{s:o}, s:{s:o}, s:o, s:o, s:{s:b, s:o, s:o, s:o}}", "chip", chip_name(b->chip), "parts",
                     gather_parts(b), "parameters", gather_parameters(b), "time", gather_time(b), "usb", gather_usb(b), "swd", "clocks",
                     number(stlink_swd_clocks(&b->probe)), "flash", "pages", gather_pages(b), "notes", gather_notes(b), "faults",
                     gather_faults(b), "board", "powered", b->s.powered, "power_cycles", number(b->s.power_cycles), "reset_pressed",
                     number(b->s.pressed[BOARD_RESET]), "boot0_pressed", number(b->s.pressed[BOARD_BOOT0]));
}

/* ---- text ---- */

static uint64_t value(const json_t *o, const char *key) { return (uint64_t)json_integer_value(json_object_get(o, key)); }
static const char *string(const json_t *o, const char *key) { return json_string_value(json_object_get(o, key)); }

static void print_seconds(FILE *f, uint64_t ps) { fprintf(f, "%" PRIu64 ".%06" PRIu64 " s", ps / PS_PER_S, ps % PS_PER_S / PS_PER_US); }

static void print_time(FILE *f, const json_t *time)
{
    const char *comma = "";

    fputs("pace          ", f);
    for (unsigned i = 0; i < BOARD_PACES; i++) {
        const uint64_t ps = value(json_object_get(time, "pace_ps"), pace_names[i]);

        if (ps == 0)
            continue;
        fprintf(f, "%s%s ", comma, pace_names[i]);
        print_seconds(f, ps);
        comma = ", ";
    }
    fputs("\nvirtual time  ", f);
    print_seconds(f, value(time, "virtual_ps"));
    fputs(", link time ", f);
    print_seconds(f, value(time, "link_ps"));
    fputc('\n', f);
}

static void print_usb(FILE *f, const json_t *usb)
{
    for (unsigned i = 0; i < BOARD_PLUGS; i++) {
        const char *name = board_plug_name((enum board_plug)i);
        const json_t *plug = json_object_get(usb, name);

        fprintf(f, "usb %-9s %s, %" PRIu64 " transfers, %" PRIu64 " bytes out, %" PRIu64 " bytes in", name,
                json_is_true(json_object_get(plug, "plugged")) ? "cable in" : "cable out", value(plug, "transfers"),
                value(plug, "bytes_out"), value(plug, "bytes_in"));
        if (value(plug, "pulled"))
            fprintf(f, "; pulled out while in use %" PRIu64 " times", value(plug, "pulled"));
        fputc('\n', f);
    }
}

static void print_pages(FILE *f, const json_t *rows)
{
    const char *title = "flash";
    size_t i;
    const json_t *row;

    json_array_foreach(rows, i, row)
    {
        char range[48];

        if (value(row, "from") == value(row, "to"))
            snprintf(range, sizeof range, "page %" PRIu64, value(row, "from"));
        else
            snprintf(range, sizeof range, "pages %" PRIu64 "..%" PRIu64, value(row, "from"), value(row, "to"));
        fprintf(f, "%-13s %s: erased %" PRIu64 " times, %" PRIu64 " units programmed\n", title, range, value(row, "erases"),
                value(row, "programs"));
        title = "";
    }
    if (!*title)
        return;
    fputs("flash         not erased, not programmed\n", f);
}

static void print_parts(FILE *f, const json_t *parts)
{
    if (json_object_size(parts) == 0)
        return;
    fprintf(f,
            "battery       %" PRIu64 " mV, open-circuit %" PRIu64 " mV, charged to %" PRIu64 " permille; %" PRIu64
            " uA at a source of %" PRIu64 " mV\n",
            value(parts, "battery_mv"), value(parts, "open_circuit_mv"), value(parts, "charge_permille"), value(parts, "current_ua"),
            value(parts, "source_mv"));
}

static void print_text(FILE *f, const json_t *r)
{
    const json_t *params = json_object_get(r, "parameters"), *board = json_object_get(r, "board"), *row;
    size_t i;

    fprintf(f, "chip          %s\n", string(r, "chip"));
    fprintf(f, "parameter set %s\n", string(params, "hash"));
    print_time(f, json_object_get(r, "time"));
    fprintf(f, "board         power %s, %" PRIu64 " power cycles, reset pressed %" PRIu64 " times, boot0 pressed %" PRIu64 " times\n",
            json_is_true(json_object_get(board, "powered")) ? "on" : "off", value(board, "power_cycles"), value(board, "reset_pressed"),
            value(board, "boot0_pressed"));
    print_usb(f, json_object_get(r, "usb"));
    print_parts(f, json_object_get(r, "parts"));
    fprintf(f, "swd           %" PRIu64 " clocks\n", value(json_object_get(r, "swd"), "clocks"));
    print_pages(f, json_object_get(json_object_get(r, "flash"), "pages"));
    json_array_foreach(json_object_get(r, "faults"), i, row) fprintf(f, "configured    %s\n", json_string_value(row));
    json_array_foreach(json_object_get(r, "notes"), i, row)
        fprintf(f, "%-13s %s (%" PRIu64 ")\n", string(row, "what"), string(row, "text"), value(row, "count"));
}

bool board_report(struct board *b, bool json, char **text, struct err *e)
{
    json_t *r = gather(b);
    size_t len;
    FILE *f;

    *text = NULL;
    if (r && json) {
        *text = json_dumps(r, JSON_SORT_KEYS | JSON_INDENT(2));
    } else if (r && (f = open_memstream(text, &len))) {
        print_text(f, r);
        if (fclose(f) != 0) {
            free(*text);
            *text = NULL;
        }
    }
    json_decref(r);
    return *text || err_set(e, ERR_NOMEM, "no memory for the report");
}
