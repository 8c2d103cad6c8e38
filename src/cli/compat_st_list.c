/* compat_st_list.c - what needs no target: -l, --version, -?. Listing opens no probe and touches no target, in any of its forms. */
#include "cli/compat_st.h"
#include "cli/resolve.h"

#include <string.h>
#include <strings.h>

enum { FORM_ALL, FORM_DFU, FORM_STLINK };

static const struct {
    const char *name;
    int form;
} forms[] = { { "st-link", FORM_STLINK },
              { "stlink", FORM_STLINK },
              { "st-link-only", FORM_STLINK },
              { "stlink-only", FORM_STLINK },
              { "usb", FORM_DFU } };

bool st_read_list(struct st_job *job, struct err *e)
{
    job->size = FORM_ALL;
    for (size_t i = 0; job->words && i < sizeof forms / sizeof *forms; i++)
        if (strcasecmp(job->word[0], forms[i].name) == 0) {
            job->size = (uint32_t)forms[i].form;
            return true;
        }
    if (job->words == 0)
        return true;
    if (strcasecmp(job->word[0], "uart") == 0)
        return err_set(e, ERR_UNSUPPORTED, "uart is not supported: sector0 does not look for serial ports");
    if (strcasecmp(job->word[0], "shared") == 0 || strcasecmp(job->word[0], "stlink-shared") == 0)
        return err_set(e, ERR_UNSUPPORTED, "%s is not supported: sector0 does not share a probe through stlink-server", job->word[0]);
    return err_set(e, ERR_USAGE, "'%.40s' cannot be listed: st-link, st-link-only, usb", job->word[0]);
}

static void list_dfu(struct st *st, const struct usb_list *list)
{
    unsigned n = 0;

    for (size_t i = 0; i < list->count; i++)
        n += resolve_is_dfu(&list->ids[i]);
    st_print(st, "=====  DFU Interface   =====\n\n");
    if (n == 0) {
        st_print(st, "No STM32 device in DFU mode connected\n\n");
        return;
    }
    st_print(st, "Total number of available STM32 device in DFU mode: %u\n\n", n);
    n = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct usb_id *id = &list->ids[i];

        if (!resolve_is_dfu(id))
            continue;
        st_print(st, "  Device Index           : USB%u\n", ++n);
        st_print(st, "  USB path               : %s\n", id->path);
        st_print(st, "  Product ID             : %s\n", id->product[0] ? id->product : "STM32  BOOTLOADER");
        st_print(st, "  Serial number          : %s\n\n", id->serial);
    }
}

static void list_stlink(struct st *st, const struct usb_list *list)
{
    unsigned n = 0;

    st_print(st, "===== STLink Interface =====\n\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct usb_id *id = &list->ids[i];

        if (!probe_kind_of(id))
            continue;
        if (n == 0)
            st_print(st, "-------- Connected ST-LINK Probes List --------\n\n");
        st_print(st, "ST-Link Probe %u :\n", n++);
        st_print(st, "   ST-LINK SN  : %s\n", id->serial);
        st_print(st, "   Access Port Number  : 0\n");
        st_print(st, "   Board Name  : --\n");
        if (id->access != USB_FREE)
            st_print(st, "   State       : %s\n", id->access == USB_DENIED ? "no permission to open it" : "in use by another program");
    }
    if (n)
        st_print(st, "-----------------------------------------------\n\n");
    else
        st_print(st, "Error: No ST-Link detected!\n\n");
}

bool st_list(struct st *st, struct st_job *job, struct err *e)
{
    struct usb_list list = { 0 };
    bool ok = resolve_list(st->cli.fabrics, st->cli.probe, &list, e);

    if (!ok)
        st_failed(st, "No debug probe detected.");
    if (ok && job->size != FORM_STLINK)
        list_dfu(st, &list);
    if (ok && job->size != FORM_DFU)
        list_stlink(st, &list);
    usb_list_free(&list);
    return ok;
}

bool st_version(struct st *st, struct st_job *job, struct err *e)
{
    st_print(st, "STM32CubeProgrammer version: %s\n",
             st->version ? st->version : "2.20.0 (compatible; this is sector0 " SECTOR0_VERSION ")");
    return true;
}

bool st_help(struct st *st, struct st_job *job, struct err *e)
{
    st_print(st, "usage: STM32_Programmer_CLI OPTION [WORD ...] [OPTION [WORD ...]] ...\n\n"
                 "Options are done from left to right over one connection. Names may be written with one or two dashes and in any case.\n"
                 "This is sector0; `sector0 --help` shows its own commands. SECTOR0_PROBE in the environment chooses a probe.\n\n");
    for (const struct st_option *o = st_options; o->names; o++) {
        char names[80] = "";

        if (!o->run && !o->setting)
            continue;
        for (const char *n = o->names; n; n = strchr(n, '|') ? strchr(n, '|') + 1 : NULL)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s-%s%.*s", names[0] ? ", " : "", strcspn(n, "|") > 3 ? "-" : "",
                     (int)strcspn(n, "|"), n);
        st_print(st, "%s %s\n      %s\n", names, o->args, o->help);
    }
    st_print(st, "\nKnown, and refused by name:\n");
    for (const struct st_option *o = st_options; o->names; o++)
        if (!o->run && !o->setting)
            st_print(st, "-%s\n      %s\n", o->names, o->help);
    return true;
}
