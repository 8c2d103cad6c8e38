/* cli_rig.c - see cli_rig.h. */
#include "cli_rig.h"
#include "owner/fabric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct usb_id rig_devices[8];
unsigned rig_device_count, rig_opened;

static bool rig_list(const char *where, struct usb_list *list, struct err *e)
{
    for (unsigned i = 0; i < rig_device_count; i++)
        if (!usb_list_add(list, &rig_devices[i], e))
            return false;
    return true;
}

static struct usb_device *rig_open(const struct usb_id *id, unsigned interface, struct err *e)
{
    rig_opened++;
    err_set(e, ERR_NODEV, "the USB device %04x:%04x at %s is in use by another program", id->vid, id->pid, id->path);
    err_seen(e, "held by openocd (process 4711)");
    err_hint(e, "close the other program (an IDE, a GDB server) and try again");
    return NULL;
}

static const struct usb_fabric rig_fabric = { "usb", rig_list, rig_open };

struct usb_id *rig_attach(uint16_t pid, const char *serial, const char *path)
{
    struct usb_id *id = &rig_devices[rig_device_count++];

    *id = (struct usb_id){ .fabric = &rig_fabric, .vid = 0x0483, .pid = pid };
    snprintf(id->serial, sizeof id->serial, "%s", serial);
    snprintf(id->path, sizeof id->path, "%s", path);
    return id;
}

void rig_detach_all(void) { rig_device_count = rig_opened = 0; }

static const struct rig *current;

static const char *rig_env(const char *name)
{
    if (strcmp(name, "SECTOR0_PROBE") == 0)
        return current->env_probe;
    if (strcmp(name, "TERM") == 0)
        return current->term;
    return strcmp(name, "NO_COLOR") == 0 ? current->no_color : NULL;
}

int rig_run(struct rig *r, const char *words)
{
    static const struct usb_fabric *const fabrics[] = { &rig_fabric, &usb_fabric_bench, NULL };
    struct cli_io io = { .env = rig_env };
    char text[1000], *argv[40] = { "sector0" }, *p = text;
    int argc = 1;

    snprintf(text, sizeof text, "%s", words);
    while (*p) {
        const char stop = *p == '\'' ? *p++ : ' ';

        argv[argc++] = p;
        while (*p && *p != stop)
            p++;
        if (*p)
            *p++ = '\0';
        while (*p == ' ')
            p++;
    }
    current = r;
    memset(r->out, 0, sizeof r->out);
    memset(r->err, 0, sizeof r->err);
    io.out = fmemopen(r->out, sizeof r->out - 1, "w");
    io.err = fmemopen(r->err, sizeof r->err - 1, "w");
    io.in = r->answer ? fmemopen((void *)(uintptr_t)r->answer, strlen(r->answer), "r") : fopen("/dev/null", "r");
    io.in_tty = r->answer != NULL;
    io.err_tty = r->err_tty || r->answer;
    assert_true(io.out && io.err && io.in);
    r->status = cli_run(argc, argv, fabrics, &io);
    fclose(io.out);
    fclose(io.err);
    fclose(io.in);
    return r->status;
}

void rig_is_golden(const struct rig *r, const char *words, const char *name)
{
    static char now[2 * RIG_TEXT + 200], kept[2 * RIG_TEXT + 200];
    char path[500];
    size_t len;
    FILE *f;

    snprintf(now, sizeof now, "$ sector0 %s\n%s%s(status %d)\n", words, r->out, r->err, r->status);
    snprintf(path, sizeof path, "%s/unit/cli/golden/%s.txt", TESTS_DIR, name);
    if (getenv("UPDATE_GOLDEN")) {
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(now, f);
        fclose(f);
        return;
    }
    f = fopen(path, "r");
    if (!f)
        fail_msg("there is no golden file %s; UPDATE_GOLDEN=1 writes it", path);
    len = fread(kept, 1, sizeof kept - 1, f);
    kept[len] = '\0';
    fclose(f);
    assert_string_equal(now, kept);
}
