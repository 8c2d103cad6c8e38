/* doctoring_started.c - after programming: why does it not start? See doctoring.h. */
#include "cli/doctoring.h"
#include "device/regs/cortexm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOKS = 3,
    HALT_MS = 100,
    LOOK_EVERY_US = 6000, /* estimate: start-up code is done, and a fault handler reached, after a few milliseconds */
};

/* One look, without stopping it. */
static bool look_once(struct target *t, uint32_t *dhcsr, uint32_t *active)
{
    struct probe_word w[] = { { .addr = PPB(DHCSR) }, { .addr = PPB(ICSR) } };
    struct err ignored = { 0 };

    clock_sleep_us(t->clock, LOOK_EVERY_US);
    if (!mem_batch(&t->mem, w, 2, &ignored))
        return false;
    *dhcsr = w[0].value;
    *active = GET(w[1].value, PPB_ICSR_VECTACTIVE);
    return true;
}

/* A few reads: it is well once it has been seen outside handlers twice, and not reset between. True also if it cannot be read. */
static bool looks_well(struct target *t)
{
    unsigned outside = 0, faults = 0, same = 0;
    uint32_t dhcsr, active, before = 0;

    for (unsigned i = 0; i < LOOKS && outside < LOOKS - 1; i++) {
        if (!look_once(t, &dhcsr, &active))
            return true; /* it sleeps, or has taken the pins: no reason to worry anybody */
        if ((dhcsr & BITS(PPB_DHCSR_S_LOCKUP)) || (i > 0 && (dhcsr & BITS(PPB_DHCSR_S_RESET_ST))))
            return false;
        outside += active == 0;
        faults += active == 2 || active == 3;
        same += active != 0 && (i == 0 || active == before);
        before = active;
    }
    return faults == 0 && same < LOOKS;
}

static void note_line(void *ctx, const char *line)
{
    while (*line == ' ')
        line++;
    cli_note(ctx, "%s", line);
}

static bool look_closely(struct evidence *v, struct diagnosis *d, struct target *t, const struct program *program)
{
    struct err ignored = { 0 };

    memset(v, 0, sizeof *v);
    if (!evidence_collect_now(v, t, &ignored))
        return false;
    program_name_places(program, v, t, &ignored);
    diagnose(d, v);
    return true;
}

/* In a fault without a stacked frame in RAM the registers tell more: it is stopped for a moment. Kept if the stack is the cause. */
static void look_at_the_stack(struct evidence *v, struct diagnosis *d, struct target *t, const struct program *program)
{
    const uint32_t n = ev_exception(v);
    struct evidence *halted = calloc(1, sizeof *halted);
    struct diagnosis *says = calloc(1, sizeof *says);
    struct err ignored = { 0 };

    if (halted && says && (n == 2 || n == 3) && !v->frame_read && ev_resets_seen(v) == 0 && core_halt(&t->core, HALT_MS, &ignored)) {
        if (look_closely(halted, says, t, program) && says->count && strcmp(says->finding[0].rule->id, "stack-overflow") == 0) {
            *v = *halted;
            *d = *says;
        }
        core_resume(&t->core, &ignored);
    }
    free(halted);
    free(says);
}

/* The chip starts at the beginning of flash, wherever the image lies. */
static void note_blank_beginning(const struct flashing *f, const struct evidence *v)
{
    if (ev_blank(v) && f->image.count && f->image.segments[0].addr != v->device->flash_base)
        cli_note(f->cli, "flash is blank at 0x%08" PRIX32 ", where the core looks for its vectors; the image begins at 0x%08" PRIX32,
                 v->device->flash_base, f->image.segments[0].addr);
}

bool doctoring_started(struct flashing *f)
{
    struct evidence *v;
    struct diagnosis *d;
    struct program program = { 0 };
    bool ill;

    if (f->s.road != &road_swd || looks_well(&f->t))
        return true;
    v = calloc(1, sizeof *v);
    d = calloc(1, sizeof *d);
    program_of_image(&program, f->file);
    ill = v && d && look_closely(v, d, &f->t, &program) && d->ill;
    if (ill) {
        look_at_the_stack(v, d, &f->t, &program);
        cli_note(f->cli, "the application was started, and does not run as it should:");
        findings_write(d, FINDINGS_UNDER, cli_columns(f->cli, f->cli->err), note_line, f->cli);
        for (unsigned i = 0; i < d->finding[0].n_seen && i < 4; i++)
            cli_note(f->cli, "%s", d->finding[0].seen[i]);
        note_blank_beginning(f, v);
        json_object_set_new(f->cli->result, "findings", diagnosis_to_json(d));
    }
    program_close(&program);
    free(v);
    free(d);
    return !ill;
}
