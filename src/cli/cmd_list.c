/* cmd_list.c - sector0 list: what is attached, what of it can be used, and what is missing where it cannot. Opens no probe. */
#include "cli/command.h"
#include "cli/resolve.h"
#include "probe/probe.h"

#include <string.h>

static const char *access_text(const struct usb_id *id)
{
    return id->access == USB_DENIED ? "no permission" : id->access == USB_IN_USE ? "in use" : "";
}

/* What it is; NULL: none of ours. *why: what keeps it from being used, whatever its access. */
static const char *name_of(const struct usb_id *id, const char **section, const char **why)
{
    *why = NULL;
    if (probe_kind_of(id)) {
        *section = "probes";
        return probe_kind_of(id)->name;
    }
    if (resolve_is_dfu(id)) {
        *section = "dfu";
        return "DFU";
    }
    *section = "unsupported";
    *why = probe_refusal(id);
    return *why ? "unsupported" : NULL;
}

static json_t *to_json(const struct usb_id *id, const char *name, const char *why)
{
    json_t *o = json_object();
    char rule[180];

    json_object_set_new(o, "kind", json_string(name));
    json_object_set_new(o, "serial", cli_json_text(id->serial));
    json_object_set_new(o, "path", cli_json_text(id->path));
    if (id->where[0])
        json_object_set_new(o, "board", cli_json_text(id->where));
    json_object_set_new(o, "vid", cli_json_hex(id->vid, 4));
    json_object_set_new(o, "pid", cli_json_hex(id->pid, 4));
    json_object_set_new(o, "product", cli_json_text(id->product));
    json_object_set_new(o, "access", json_string(id->access == USB_DENIED ? "denied" : id->access == USB_IN_USE ? "in-use" : "free"));
    if (why)
        json_object_set_new(o, "reason", json_string(why));
    if (id->access == USB_DENIED)
        json_object_set_new(o, "udev_rule", json_string(usb_udev_rule(id, rule, sizeof rule)));
    return o;
}

static void print_one(struct cli *cli, const struct usb_id *id, const char *name, const char *why)
{
    const char *access = access_text(id);

    cli_print(cli, "%-12s  %-24s  %04x:%04x at %s%s%s%s%s%s%s\n", name, id->serial[0] ? id->serial : "-", id->vid, id->pid, id->where,
              id->where[0] ? ", plug " : "", id->path, why || access[0] ? ": " : "", why ? why : "", why && access[0] ? ", " : "", access);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    static const char *const sections[] = { "probes", "dfu", "unsupported" };
    struct usb_list list = { 0 };
    unsigned counts[3] = { 0 };
    const struct usb_id *dfu = NULL;
    bool denied = false;

    if (!resolve_list(cli->fabrics, cli->probe, &list, e)) {
        usb_list_free(&list);
        return cli_exit_of(e);
    }
    for (unsigned k = 0; k < 3; k++) {
        json_t *array = json_array();

        for (size_t i = 0; i < list.count; i++) {
            const char *section, *why, *name = name_of(&list.ids[i], &section, &why);

            if (!name || strcmp(section, sections[k]) != 0)
                continue;
            if (k == 1 && counts[k] == 0)
                dfu = &list.ids[i];
            counts[k]++;
            denied = denied || list.ids[i].access == USB_DENIED;
            print_one(cli, &list.ids[i], name, why);
            json_array_append_new(array, to_json(&list.ids[i], name, why));
        }
        json_object_set_new(cli->result, sections[k], array);
    }
    if (counts[0] == 0 && cli->probe && strncmp(cli->probe, "bench:", 6) == 0)
        cli_print(cli, "the virtual board has no probe plugged in; `sector0-bench plug FILE probe` plugs it in\n");
    else if (counts[0] == 0)
        cli_print(cli, "no debug probe is attached; `sector0-bench new demo.board --chip stm32u073rc` makes a virtual board with one,\n"
                       "and `--probe bench:demo.board` uses it\n");
    if (dfu)
        cli_print(cli, "chips in DFU mode are programmed over USB alone: `--probe %s%s%s`\n",
                  dfu->where[0] ? "bench:" : "dfu:", dfu->where[0] ? dfu->where : dfu->path, dfu->where[0] ? ",dfu" : "");
    if (denied) {
        cli_print(cli, "to be allowed to open them, put these lines into %s, then unplug and plug in again:\n", USB_UDEV_FILE);
        for (size_t i = 0; i < list.count; i++) {
            const char *section, *why;
            char rule[180];

            if (list.ids[i].access == USB_DENIED && name_of(&list.ids[i], &section, &why))
                cli_print(cli, "  %s\n", usb_udev_rule(&list.ids[i], rule, sizeof rule));
        }
    }
    usb_list_free(&list);
    return EXIT_DONE;
}

const struct command command_list = {
    .name = "list",
    .args = "",
    .summary = "Show attached probes, chips in DFU mode, and what keeps them from being used",
    .help = "Opens nothing: what another program uses is shown, and left alone. With --probe bench:FILE the plugs of that virtual\n"
            "board are shown too.",
    .touch = TOUCH_LOOKS,
    .run = run,
};
