/* carry.c - see carry.h. */
#include "flash/carry.h"

#include <stdio.h>
#include <string.h>

static bool may_be_the_targets(const struct err *e)
{
    return e->kind == ERR_NODEV || e->kind == ERR_IO || e->kind == ERR_TIMEOUT || e->kind == ERR_FAULT || e->kind == ERR_VERIFY;
}

static bool gave_up(const char *how, struct err *e)
{
    const struct err last = *e;

    err_set(e, ERR_FAULT, "the target %s in each of %d tries", how, CARRY_TRIES);
    for (unsigned i = 0; i < last.n_doing; i++)
        err_doing(e, "%s", last.doing[i]);
    err_seen(e, "the last time: %s", last.cause);
    for (unsigned i = 0; i < last.n_seen; i++)
        err_seen(e, "%s", last.seen[i]);
    return err_hint(e, "erasing and programming need a steady supply and a quiet NRST: check both, then run the same command again");
}

static void note(struct session *s, const char *how, const struct err *e)
{
    char text[2 * ERR_TEXT];

    snprintf(text, sizeof text, "the target %s in the middle of it (%s): starting over", how, e->cause);
    if (s->progress.note)
        s->progress.note(s->progress.ctx, text);
}

/* Try number `tries` has failed with `e`: is another one worth it? `how` it came to that; "" if the RAM loader is to be done without. */
static bool worth_another(struct session *s, unsigned tries, char how[ERR_TEXT], struct err *e)
{
    const bool broken = s->loader.broken && !s->direct;

    how[0] = '\0';
    if (!may_be_the_targets(e))
        return false;
    if (session_was_reset(s, how, e))
        return tries < CARRY_TRIES || gave_up(how, e);
    how[0] = '\0';
    if (!broken || !s->taken)
        return false;
    memcpy(s->direct_why, e->cause, sizeof s->direct_why);
    s->direct = true;
    return true;
}

/* `e` is cleared, and everything is ready for session_take. Returns the number of the save that is not done and that the next one is to
 * continue; `left` if there is none. */
static unsigned start_over(struct session *s, const char *how, unsigned left, struct err *e)
{
    if (how[0])
        note(s, how, e);
    session_over(s);
    if (s->store && !s->proved && store_path(s->store))
        left = store_leave(s->store);
    *e = (struct err){ 0 };
    return left;
}

static bool make_plan(struct session *s, struct want *w, struct plan *p, const struct carry *c, struct err *e)
{
    plan_free(p);
    *p = (struct plan){ 0 };
    return (c->all ? session_plan_erase_all(s, p, w, c->choices, e) : session_plan(s, p, w, c->choices, e)) &&
           (!c->planned || c->planned(c->ctx, p, e));
}

static bool work(struct session *s, struct want *w, struct plan *p, const struct carry *c, struct err *e)
{
    return session_compare(s, w, false, e) && make_plan(s, w, p, c, e) && session_execute(s, p, c->command, e);
}

bool carry_flash(struct session *s, struct want *w, struct plan *p, const struct carry *c, struct err *e)
{
    unsigned left = 0;
    char how[ERR_TEXT];

    s->proved = false;
    for (unsigned tries = 1;; tries++) {
        /* Once all is proved, only the start is left to be done. */
        if (session_take(s, e) && (s->proved || work(s, w, p, c, e)) && (c->open || session_finish(s, c->run, e)))
            break;
        if (!worth_another(s, tries, how, e))
            return false;
        left = start_over(s, how, left, e);
    }
    if (left && !s->save_goes_on && !store_path(s->store)) /* the try that was cut off had done it all */
        store_was_done(s->store, left);
    if (s->store && c->file)
        store_flashed(s->store, c->file);
    return true;
}

/* The words before were whole, and are not now. */
static bool damaged(struct session *s, const char *how, struct err *e)
{
    struct look now;

    if (!s->road->look(s, &now, e))
        return true;
    if (!look_options_damaged(&now, s->chip.device))
        return false;
    session_over(s);
    s->look = now;
    err_set(e, ERR_FAULT, "the target %s while its option words were written, and has loaded substitutes since", how);
    look_evidence(&now, s->chip.device, now.sr, now.cr, e);
    err_hint(e, s->store ? "`sector0 undo` puts back the words that were saved, and the flash where that is erased on the way"
                         : "`sector0 option restore FILE` puts back words that were saved (`option save`)");
    return true;
}

/* Written, and the chip has loaded whole words that are others: as after a reset that came before the one that loads them, which nothing
 * tells apart from it. Once more, then. */
static bool not_loaded(const struct session *s, const struct err *e)
{
    return e->kind == ERR_VERIFY && !s->taken && !look_options_damaged(&s->look, s->chip.device);
}

bool carry_options(struct session *s, const uint32_t *wanted, const struct option_choices *c, struct err *e)
{
    const bool were_damaged = look_options_damaged(&s->look, s->chip.device);
    bool others = false;
    char how[ERR_TEXT];

    s->proved = false;
    for (unsigned tries = 1;; tries++) {
        if (session_take(s, e) && option_write(s, wanted, c, e))
            return true;
        if (!others && not_loaded(s, e)) {
            others = true;
            how[0] = '\0';
        } else if (!worth_another(s, tries, how, e) || (!were_damaged && how[0] && damaged(s, how, e))) {
            return false;
        }
        start_over(s, how, 0, e);
    }
}
