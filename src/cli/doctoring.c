/* doctoring.c - see doctoring.h. */
#include "cli/doctoring.h"
#include "cli/resolve.h"
#include "device/regs/cortexm.h"
#include "flash/option.h"
#include "probe/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_FILE_MAX = 64 * 1024 };

/* ---- gathering ---- */

static void count_devices(struct evidence *v, struct cli *cli)
{
    struct usb_list list = { 0 };
    struct err ignored = { 0 };

    if (!resolve_list(cli->fabrics, cli->probe, &list, &ignored))
        return;
    for (size_t i = 0; i < list.count; i++) {
        const struct usb_id *id = &list.ids[i];

        v->dfu_attached = v->dfu_attached || resolve_is_dfu(id);
        if (!probe_kind_of(id))
            continue;
        v->probes++;
        v->in_use += id->access == USB_IN_USE;
        if (id->access == USB_DENIED) {
            v->denied++;
            usb_udev_rule(id, v->udev_rule, sizeof v->udev_rule);
        }
    }
    usb_list_free(&list);
}

/* No finding: the user's words, our memory, a signal. */
static bool is_not_evidence(const struct err *e)
{
    return e->kind == ERR_USAGE || e->kind == ERR_INTERRUPTED || e->kind == ERR_NOMEM || e->kind == ERR_INPUT || e->kind == ERR_BUG;
}

static bool no_probe(struct doctoring *g, const struct err *e)
{
    static const char held[] = "held by ";

    if (is_not_evidence(e))
        return false;
    g->v.reach = g->v.probes ? REACH_USB : REACH_NOTHING;
    g->v.failed = *e;
    for (unsigned i = 0; i < e->n_seen; i++)
        if (strncmp(e->seen[i], held, strlen(held)) == 0)
            snprintf(g->v.holder, sizeof g->v.holder, "%.79s", e->seen[i] + strlen(held));
    if (g->v.holder[0] && !g->v.in_use)
        g->v.in_use = 1;
    return true;
}

static bool open_target(struct doctoring *g, struct cli *cli, const struct usb_id *id, enum target_connect how, struct err *e)
{
    struct probe *probe = cli_open_probe(cli, id, e);

    g->f.cli = cli;
    g->f.open = probe && target_open(&g->f.t, probe, how, cli->speed_khz, e);
    g->v.held_in_reset = strcmp(e->cause, "the target is held in reset") == 0; /* in step with cortexm/target.c */
    return g->f.open;
}

/* The chip does not answer, or not as it should. Once more to the probe, for what it can tell. */
static bool no_target(struct doctoring *g, struct cli *cli, const struct usb_id *id, const struct err *failed, struct err *e)
{
    struct probe *probe;

    if (is_not_evidence(failed))
        return *e = *failed, false;
    *e = (struct err){ 0 };
    probe = cli_open_probe(cli, id, e);
    if (!probe)
        return no_probe(g, failed->kind == ERR_NONE ? e : failed);
    evidence_no_target(&g->v, probe, failed);
    probe->ops->close(probe);
    return true;
}

/* Words from a file that `option save` wrote, or from a save. */
static bool read_words(const char *path, const struct look *l, const struct device *d, uint32_t *words, struct err *e)
{
    char *text = calloc(1, OPTION_FILE_MAX + 1);
    FILE *in = text ? fopen(path, "r") : NULL;
    bool ok;

    if (!in) {
        ok = err_set(e, text ? ERR_USAGE : ERR_NOMEM, "%s: %s", path, text ? strerror(errno) : "no memory");
    } else {
        ok = fread(text, 1, OPTION_FILE_MAX, in) > 0 || err_set(e, ERR_USAGE, "%s cannot be read, or is empty", path);
        fclose(in);
    }
    if (ok) {
        option_start(words, l);
        ok = option_parse(words, d, text, e) || err_doing(e, "reading '%s'", path);
    }
    free(text);
    return ok;
}

static void take_saved(struct doctoring *g, const struct store *store)
{
    struct err ignored = { 0 };
    unsigned *list = NULL;
    size_t n;
    char path[1200];

    if (store_list(store, &list, &n, &ignored) && n > 0) {
        store_text_path(store, list[n - 1], path, sizeof path);
        g->v.has_saved = read_words(path, &g->v.look, g->v.device, g->v.saved, &ignored);
    }
    free(list);
}

/* What is kept for this chip: the words before the last change, which image was flashed last, and a job that was cut off. */
static bool ask_store(struct doctoring *g, struct err *e)
{
    struct flashing *f = &g->f;
    struct err ignored = { 0 };
    const bool usb = f->boot.d.usb;
    struct store *store = usb ? flashing_store(&f->boot.chip, f->boot.d.usb->id.where, &ignored) : flashing_target_store(&f->t, &ignored);
    bool ok;

    if (store && g->v.look_read)
        take_saved(g, store);
    if (store)
        program_find(&g->program, store);
    ok = !store || evidence_job(&g->v, usb ? NULL : &f->t, &f->boot, store, e);
    store_close(store);
    return ok;
}

static bool take_keep(struct doctoring *g, struct cli *cli, struct err *e)
{
    const char *keep = cli_option(cli, "--keep");

    if (keep && !read_words(keep, &g->v.look, g->v.device, g->v.keep, e))
        return false;
    g->v.has_keep = keep;
    return true;
}

static bool gather(struct doctoring *g, struct cli *cli, struct err *e)
{
    if (!evidence_collect(&g->v, &g->f.t, e) && is_not_evidence(e))
        return false;
    *e = (struct err){ 0 };
    if (!ask_store(g, e) && is_not_evidence(e))
        return false;
    *e = (struct err){ 0 };
    if (!program_name_places(&g->program, &g->v, &g->f.t, e) && is_not_evidence(e))
        return false;
    *e = (struct err){ 0 };
    return !g->v.look_read || take_keep(g, cli, e);
}

/* Over USB: the bootloader answers for the chip. */
static bool look_dfu(struct doctoring *g, struct cli *cli, const struct usb_id *id, struct err *e)
{
    struct err why = { 0 };
    const bool opened = cli_open_boot(cli, id, &g->f.boot, &why);

    if (!opened && !is_not_evidence(&why)) {
        g->v.reach = REACH_USB;
        g->v.failed = why;
        return true;
    }
    if (!opened || (!evidence_collect_dfu(&g->v, &g->f.boot, &why) && is_not_evidence(&why)))
        return *e = why, false;
    if (!g->v.dfu_locked && !ask_store(g, &why) && is_not_evidence(&why))
        return *e = why, false;
    return !g->v.look_read || take_keep(g, cli, e);
}

static bool look(struct doctoring *g, struct cli *cli, struct err *e)
{
    const bool under_reset = cli->connect_given ? cli->connect != TARGET_ATTACH : cli->command->touch == TOUCH_CHANGES;
    struct usb_id id;
    struct err failed = { 0 };

    count_devices(&g->v, cli);
    if (!resolve_probe(cli->fabrics, cli->probe, &id, e)) {
        if ((g->v.probes > 1 && !g->v.denied) || (cli->probe && strstr(cli->probe, "dfu")))
            return false; /* which one? or: what was named is not there */
        return no_probe(g, e);
    }
    if (resolve_is_dfu(&id))
        return look_dfu(g, cli, &id, e);
    g->v.probes = g->v.probes ? g->v.probes : 1;
    if (open_target(g, cli, &id, TARGET_ATTACH, &failed))
        return gather(g, cli, e);
    if (under_reset && !is_not_evidence(&failed)) {
        failed = (struct err){ 0 };
        g->v.attach_failed = true;
        if (open_target(g, cli, &id, TARGET_UNDER_RESET, &failed))
            return gather(g, cli, e);
        g->v.under_reset = true;
    }
    return no_target(g, cli, &id, &failed, e);
}

static bool judged(struct doctoring *g, bool ok)
{
    if (ok)
        diagnose(&g->d, &g->v);
    return ok;
}

bool doctoring_look(struct doctoring *g, struct cli *cli, struct err *e) { return judged(g, look(g, cli, e)); }

bool doctoring_again(struct doctoring *g, struct cli *cli, struct err *e)
{
    const struct evidence before = g->v;
    bool ok;

    g->v = (struct evidence){ .probes = before.probes, .in_use = before.in_use, .attach_failed = before.attach_failed };
    g->v.test_nrst = before.test_nrst;
    g->v.test_empty = before.test_empty;
    g->v.test_speed = before.test_speed;
    g->v.test_speed_good = before.test_speed_good;
    g->v.test_speed_bad = before.test_speed_bad;
    g->v.test_write = before.test_write;
    g->v.test_read = before.test_read;
    g->v.test_bad_addr = before.test_bad_addr;
    g->v.op_failed = before.op_failed;
    memcpy(g->v.op, before.op, sizeof g->v.op);
    g->v.op_err = before.op_err;
    g->v.op_at = before.op_at, g->v.op_addr = before.op_addr, g->v.op_sr = before.op_sr, g->v.op_sr_read = before.op_sr_read;
    ok = gather(g, cli, e);
    return judged(g, ok);
}

void doctoring_end(struct doctoring *g)
{
    flashing_end(&g->f);
    program_close(&g->program);
    *g = (struct doctoring){ 0 };
}

/* ---- for people ---- */

static void put_line(void *ctx, const char *line) { fprintf(ctx, "%s\n", line); }

void doctoring_print(struct cli *cli, const struct diagnosis *d, enum findings_form form)
{
    findings_write(d, form, cli_columns(cli, cli->out), put_line, cli->out);
}

static void say_core(const struct evidence *v, char *text, size_t cap)
{
    char where[220];
    uint32_t pc;
    const char *state = v->halted                      ? "halted"
                        : v->under_reset               ? "halted at its first instruction, by us"
                        : ev_core_is(v, "S_LOCKUP")    ? "locked up"
                        : ev_core_is(v, "S_SLEEP")     ? "asleep"
                        : ev_exception(v) == 3         ? "in its HardFault handler"
                        : ev_exception(v) == 2         ? "in its NMI handler"
                        : ev_runs_in(v, REGION_SYSTEM) ? "running the bootloader"
                                                       : "running";

    if (ev_pc(v, &pc))
        snprintf(text, cap, "%s at %s", state, ev_where(v, pc, where, sizeof where));
    else
        snprintf(text, cap, "%s", state);
}

/* Fields of the factory's words that differ, by name. */
static void say_options(const struct evidence *v, char *text, size_t cap)
{
    const struct flash_facts *f = v->device->flash;

    text[0] = '\0';
    for (const struct reg_field *k = f->regs->fields; k->name; k++)
        for (unsigned i = 0; i < v->look.options; i++) {
            const uint64_t ones = (UINT64_C(1) << k->width) - 1;
            const size_t used = strlen(text);

            if (strcmp(f->options[i].name, k->reg) != 0 || !(f->options[i].writable >> k->lsb & ones) ||
                !((v->look.option[i] ^ f->options[i].factory) >> k->lsb & ones))
                continue;
            snprintf(text + used, cap - used, "%s%s=0x%X", used ? " " : "", k->name, (unsigned)(v->look.option[i] >> k->lsb & ones));
        }
}

/* Which boot path, and why (RM0503 table 6). */
static void say_boot(const struct evidence *v, char *text, size_t cap)
{
    uint32_t boot1 = 1;

    ev_field(v, "FLASH.OPTR.nBOOT1", &boot1);
    if (ev_set(v, "FLASH.SECR.BOOT_LOCK"))
        snprintf(text, cap, "main flash (BOOT_LOCK=1)");
    else if (ev_is(v, "FLASH.OPTR.nBOOT_SEL", 0))
        snprintf(text, cap, "main flash or system memory, as the BOOT0 pin says (nBOOT_SEL=0)");
    else if (ev_is(v, "FLASH.OPTR.nBOOT0", 0))
        snprintf(text, cap, "%s (nBOOT_SEL=1 nBOOT0=0 nBOOT1=%" PRIu32 ")", boot1 ? "system memory" : "SRAM", boot1);
    else if (ev_set(v, "FLASH.ACR.EMPTY") || (v->reach == REACH_DFU && ev_blank(v)))
        snprintf(text, cap, "system memory (nBOOT_SEL=1 nBOOT0=1, and flash is empty%s)", ev_blank(v) ? "" : ", says ACR.EMPTY");
    else
        snprintf(text, cap, "main flash (nBOOT_SEL=1 nBOOT0=1%s)", v->reach == REACH_CHIP ? " EMPTY=0" : "");
}

/* Clock, watchdog, MPU, and what is mapped at address 0. */
static void say_core_state(const struct evidence *v, char *text, size_t cap)
{
    uint32_t sws = 0;
    const bool known = ev_field(v, "RCC.CFGR.SWS", &sws) && v->device->sysclk[sws & 7];

    snprintf(text, cap, "%s; watchdog %s; MPU %s; %s at address 0", known ? v->device->sysclk[sws & 7] : "an unknown clock",
             ev_watchdog_runs(v) ? "on" : "off", ev_set(v, "PPB.MPU_CTRL.ENABLE") ? "on" : "off",
             !v->at_0_read                                                             ? "nothing that can be read"
             : v->vectors_read && memcmp(v->at_0, v->vector, sizeof v->at_0) == 0      ? "main flash"
             : v->in_system_read && memcmp(v->at_0, v->in_system, sizeof v->at_0) == 0 ? "system memory"
                                                                                       : "RAM");
}

/* Words that the newest save has otherwise, by name. */
static void say_saved(const struct evidence *v, char *text, size_t cap)
{
    text[0] = '\0';
    for (unsigned i = 0; v->has_saved && i < v->look.options; i++)
        if ((v->saved[i] ^ v->look.option[i]) & v->device->flash->options[i].writable) {
            const size_t used = strlen(text);

            snprintf(text + used, cap - used, "%s%s", used ? " " : "; not as in the last save: ", v->device->flash->options[i].name);
        }
    if (v->has_saved && !text[0])
        snprintf(text, cap, "; as in the last save");
}

static void print_bootloader(struct cli *cli, const struct evidence *v)
{
    cli_print(cli, "chip      %s, %" PRIu32 " KiB of flash; its bootloader (DfuSe, version %X.%X) answers over USB\n", v->device->name,
              v->flash_bytes / 1024, v->dfu_version >> 8, v->dfu_version >> 4 & 15);
    if (v->page0_read)
        cli_print(cli, "flash     begins with 0x%08" PRIX32 " 0x%08" PRIX32 "%s\n", v->vector[0], v->vector[1],
                  ev_blank(v) ? ": blank, so the bootloader comes up by itself" : "");
}

void doctoring_print_board(struct cli *cli, const struct evidence *v)
{
    char text[400], bits[200];
    char speed[30] = "";
    uint32_t value;

    if (v->speed_khz) /* 0: nothing has answered, and the probe was asked anew */
        snprintf(speed, sizeof speed, ", SWD %u kHz", v->speed_khz);
    if (v->probe_name[0])
        cli_print(cli, "probe     %s, firmware %s%s; target voltage %u.%02u V\n", v->probe_name, v->probe_version, speed,
                  v->voltage_mv / 1000, v->voltage_mv % 1000 / 10);
    if (v->reach == REACH_DFU)
        print_bootloader(cli, v);
    if (v->reach == REACH_CHIP) {
        say_core(v, text, sizeof text);
        cli_print(cli, "chip      %s, %" PRIu32 " KiB of flash; %s\n", v->device->name, v->flash_bytes / 1024, text);
        if (program_text(v, text, sizeof text)[0])
            cli_print(cli, "program   %s\n", text);
        say_core_state(v, text, sizeof text);
        cli_print(cli, "runs on   %s\n", text);
    }
    if (v->reach < REACH_CHIP)
        return;
    if (ev_reg(v, "RCC.CSR", &value))
        cli_print(cli, "reset by  %s\n",
                  value & 0xFE000000 ? reg_decode(v->device->rcc_regs, "CSR", value & 0xFE000000, bits, sizeof bits)
                                     : "(somebody has cleared the flags)");
    if (v->look_read) {
        say_options(v, text, sizeof text);
        say_saved(v, bits, sizeof bits);
        cli_print(cli, "options   readout level %u; %s%s%s\n", ev_rdp_level(v),
                  text[0] ? "not as from the factory: " : "as from the factory", text, bits);
        say_boot(v, text, sizeof text);
        cli_print(cli, "boots     %s\n", text);
    }
}
