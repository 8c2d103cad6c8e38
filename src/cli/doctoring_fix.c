/* doctoring_fix.c - `doctor --fix` and `--test`. See doctoring.h. */
#include "cli/doctoring.h"
#include "doctor/deciding.h"

#include <inttypes.h>
#include <string.h>

enum { ROUNDS_MAX = 12 };

bool doctoring_session(struct doctoring *g, struct cli *cli, struct err *e)
{
    struct flashing *f = &g->f;
    struct store *store = f->store;

    session_close(&f->s);
    f->s = (struct session){ 0 };
    f->choices.no_save = cli_option(cli, "--no-save");
    f->store = NULL;
    store_close(store);
    return flashing_begin(f, cli, e);
}

/* ---- fix ---- */

struct fixing {
    struct doctoring *g;
    struct cli *cli;
    const struct remedy *remedy;
    char tried[ROUNDS_MAX][80]; /* "id words" of findings that had their turn */
    unsigned count;
    bool image;
    char missing[200]; /* the first thing that was refused, with the flag it needs */
    json_t *done;
};

static void say_line(void *ctx, const char *line)
{
    struct fixing *x = ctx;

    cli_print(x->cli, "          %s\n", line);
    json_array_append_new(x->done, cli_json_text(line));
}

/* Destroying ones: their own flag was given; at a terminal a word is typed besides. */
static bool ask_word(void *ctx, const char *what, struct err *e)
{
    struct fixing *x = ctx;
    char answer[16] = "";

    if (!x->cli->asks)
        return true;
    fflush(x->cli->out);
    fprintf(x->cli->err, "this %s. Type the word erase to go on: ", what);
    fflush(x->cli->err);
    if (!fgets(answer, sizeof answer, x->cli->in))
        fputc('\n', x->cli->err);
    answer[strcspn(answer, "\r\n")] = '\0';
    return strcmp(answer, "erase") == 0 || err_set(e, ERR_REFUSED, "not done, because the word was not typed");
}

static void key_of(const struct finding *f, char *key, size_t cap) { snprintf(key, cap, "%.40s %.36s", f->rule->id, f->remedy_words); }

static bool was_tried(const struct fixing *x, const struct finding *f)
{
    char key[80];

    key_of(f, key, sizeof key);
    for (unsigned i = 0; i < x->count; i++)
        if (strcmp(x->tried[i], key) == 0)
            return true;
    return false;
}

/* Causes before consequences; what only may matter is left alone. */
static const struct finding *next(const struct fixing *x)
{
    for (unsigned i = 0; i < x->g->d.count; i++) {
        const struct finding *f = &x->g->d.finding[i];
        const struct remedy *r = remedy_of(f);

        if (f->certainty > POSSIBLE && f->under < 0 && r && r->apply && !was_tried(x, f))
            return f;
    }
    return NULL;
}

static void image_pages(struct fixing *x, struct remedy_job *j)
{
    const struct device *d = x->g->f.t.device;
    struct want w = { 0 };
    struct err ignored = { 0 };

    j->image_first = 1;
    j->image_last = 0;
    if (x->image && want_from_image(&w, d, x->g->f.t.flash_bytes, &x->g->f.image, &ignored) && w.count) {
        j->image_first = (w.pages[0].addr - d->flash_base) / w.page_bytes;
        j->image_last = (w.pages[w.count - 1].addr - d->flash_base) / w.page_bytes;
    }
    want_free(&w);
}

/* After a failure. false: the target is not as it was found, which is told. */
static bool let_go(struct doctoring *g, struct cli *cli)
{
    const char *left = session_abandon(&g->f.s);

    if (left)
        cli_note(cli, "%s", left);
    return !left;
}

/* One remedy. A refusal is told, and no failure. */
static bool apply(struct fixing *x, const struct finding *f, bool *changed, struct err *e)
{
    struct remedy_job j = { .s = &x->g->f.s, .finding = f, .ask = ask_word, .say = say_line, .ctx = x };
    struct err why = { 0 };

    x->remedy = remedy_of(f);
    j.lift_wrp = cli_option(x->cli, "--lift-wrp");
    j.erase_everything = cli_option(x->cli, "--erase-everything");
    j.erase_page = cli_option(x->cli, "--erase-page");
    j.saved = x->g->v.has_saved ? x->g->v.saved : NULL;
    image_pages(x, &j);
    key_of(f, x->tried[x->count++], sizeof x->tried[0]);
    cli_print(x->cli, "fixing    %s (%s)\n", f->what, f->rule->id);
    if (x->remedy->apply(&j, &why)) {
        *changed = *changed || j.changed;
        return true;
    }
    *changed = *changed || j.changed;
    if (why.kind == ERR_REFUSED || why.kind == ERR_LOCKED || why.kind == ERR_VERIFY) {
        const bool as_found = let_go(x->g, x->cli);

        cli_print(x->cli, "          not done: %s%s%s\n", why.cause, why.hint[0] ? "; " : "", why.hint);
        if (!x->missing[0])
            snprintf(x->missing, sizeof x->missing, "%.120s", why.hint[0] ? why.hint : why.cause);
        return as_found || err_set(e, ERR_FAULT, "%s", why.cause);
    }
    *e = why;
    return err_doing(e, "fixing %s", f->rule->id);
}

/* From here on it is the program, unless the user says otherwise. */
static void take_program(struct fixing *x)
{
    if (cli_option(x->cli, "--elf"))
        return;
    program_close(&x->g->program);
    program_of_image(&x->g->program, x->g->f.file);
}

static bool flash_image(struct fixing *x, bool *changed, struct err *e)
{
    struct flashing *f = &x->g->f;

    if (!flashing_want(f, e) || !flashing_carry(f, "doctor --fix", e))
        return err_doing(e, "programming the image");
    *changed = *changed || f->plan.writes;
    take_program(x);
    cli_print(x->cli, "flashed and verified %" PRIu64 " bytes: %zu of %zu pages written; running\n", f->want.asked_bytes, f->plan.writes,
              f->want.count);
    plan_free(&f->plan);
    f->plan = (struct plan){ 0 };
    want_free(&f->want);
    f->want = (struct want){ 0 };
    return true;
}

static bool rounds(struct fixing *x, bool *changed, struct err *e)
{
    const struct finding *f;

    while (x->count < ROUNDS_MAX && (f = next(x))) {
        const struct finding now = *f; /* the diagnosis is made anew below */

        const bool did = *changed;

        *changed = false;
        if (!doctoring_session(x->g, x->cli, e) || !apply(x, &now, changed, e) || !doctoring_again(x->g, x->cli, e))
            return false;
        if (*changed && diagnosis_find(&x->g->d, now.rule->id))
            cli_print(x->cli, "          it is back: the firmware in flash makes it at every start; %s\n",
                      x->image ? "the image takes its place" : "program another one (`--image FILE`)");
        *changed = *changed || did;
    }
    if (x->image && !(doctoring_session(x->g, x->cli, e) && flash_image(x, changed, e) && doctoring_again(x->g, x->cli, e)))
        return false;
    return true;
}

bool doctoring_fix(struct doctoring *g, struct cli *cli, bool *changed, struct err *e)
{
    const char *path = cli_option(cli, "--image"), *at = cli_option(cli, "--at");
    struct fixing x = { .g = g, .cli = cli, .image = path, .done = json_array() };
    const struct evidence before = g->v; /* a repair saves, too: what was saved before it counts */
    uint32_t base = 0;
    bool ok;

    json_object_set_new(cli->result, "done", x.done);
    *changed = false;
    if (at && !cli_number(at, &base, e))
        return err_doing(e, "reading --at");
    if (path && !image_read_file(&g->f.image, path, IMAGE_AUTO, at != NULL, base, e))
        return false;
    g->f.file = path;
    ok = g->v.reach == REACH_CHIP ? rounds(&x, changed, e) : true;
    if (!ok)
        let_go(g, cli);
    json_object_set_new(cli->result, "changed", json_boolean(*changed));
    if (ok && *changed)
        doctoring_account(cli, &before, &g->v);
    if (ok && !*changed) {
        const struct finding *first = g->d.count ? &g->d.finding[0] : NULL;
        const struct remedy *r = first ? remedy_of(first) : NULL;
        const char *what = x.missing[0]                                             ? x.missing
                           : first && first->certainty > POSSIBLE && r && !r->apply ? r->does
                           : first && g->v.reach == REACH_DFU && first->certainty > POSSIBLE
                               ? "a debug probe: over USB --fix changes nothing (`sector0 option set` does)"
                               : "nothing: there is nothing to fix";

        cli_print(cli, "nothing was changed; missing: %s\n", what);
        json_object_set_new(cli->result, "missing", cli_json_text(what));
    }
    return ok;
}

/* ---- test ---- */

static bool one_test(struct doctoring *g, struct cli *cli, const struct deciding_test *t, struct err *e)
{
    char said[200] = "";
    struct err why = { 0 };

    cli_print(cli, "test %-5s %s\n", t->id, t->announces);
    fflush(cli->out);
    if (!doctoring_session(g, cli, e))
        return false;
    if (t->run(&g->f.s, &g->v, said, &why)) {
        cli_print(cli, "          %s\n", said);
        return true;
    }
    let_go(g, cli);
    if (why.kind != ERR_REFUSED && why.kind != ERR_FAULT) {
        *e = why;
        return err_doing(e, "running the test '%s'", t->id);
    }
    cli_print(cli, "          no answer: %s\n", why.cause);
    return true;
}

bool doctoring_test(struct doctoring *g, struct cli *cli, const char *id, struct err *e)
{
    if (id && !deciding_find(id)) {
        err_set(e, ERR_USAGE, "there is no test '%.40s'", id);
        return err_hint(e, "read, speed, write, nrst, empty");
    }
    if (g->v.reach != REACH_CHIP)
        return true; /* nothing to test on: the findings say why */
    for (const struct deciding_test *t = deciding_tests; t->id; t++)
        if ((!id || strcmp(t->id, id) == 0) && !one_test(g, cli, t, e))
            return false;
    return doctoring_again(g, cli, e);
}
