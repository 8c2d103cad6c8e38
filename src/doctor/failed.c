/* failed.c - an operation's failure as evidence. See evidence.h. */
#include "doctor/evidence.h"
#include "flash/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FLASH_SR as the operation left it stands in the error's evidence. */
static void take_sr(struct evidence *v, const struct err *e)
{
    static const char head[] = "FLASH_SR=0x";

    for (unsigned i = 0; i < e->n_seen; i++) {
        const char *at = strstr(e->seen[i], head);

        if (at) {
            v->op_sr = (uint32_t)strtoul(at + strlen(head), NULL, 16);
            v->op_sr_read = true;
        }
    }
}

static const char *option_op(const struct err *e)
{
    bool options = strstr(e->cause, "option words") != NULL;

    for (unsigned i = 0; i < e->n_doing; i++)
        options = options || strstr(e->doing[i], "option words");
    return options ? "options" : strstr(e->cause, "stays locked") ? "unlock" : "";
}

/* Between writing and loading the registers hold what was wanted; what the chip goes by is what the session found. */
static void as_loaded(struct evidence *v, const struct look *l)
{
    const struct flash_facts *f = v->device->flash;

    for (unsigned i = 0; i < v->look.options && i < l->options; i++) {
        v->look.option[i] = l->option[i];
        for (unsigned k = 0; k < v->regs; k++)
            if (v->reg[k].read && v->reg[k].addr == f->base + f->options[i].offset)
                v->reg[k].value = l->option[i];
    }
}

void evidence_failed(struct evidence *v, const struct session *s, const struct err *e)
{
    const char *op = option_op(e);

    if (s && s->failed.known) {
        op = s->failed.kind == STEP_PROGRAM || s->failed.kind == STEP_DISARM    ? "program"
             : s->failed.kind == STEP_CHECK || s->failed.kind == STEP_READ_BACK ? "verify"
                                                                                : "erase";
        v->op_addr = s->failed.addr;
        v->op_at = true;
    }
    snprintf(v->op, sizeof v->op, "%s", op);
    v->op_failed = true;
    v->op_err = *e;
    take_sr(v, e);
    if (s && v->look_read && strcmp(op, "options") == 0)
        as_loaded(v, &s->look);
}
