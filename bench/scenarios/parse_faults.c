/* parse_faults.c - the lines that begin with `fault`. See words.h. */
#include "scenarios/words.h"

#include <ctype.h>
#include <stdlib.h>

static bool at_event(struct parser *p, struct fault *f)
{
    unsigned when;
    bool good;

    if (!word_one_of(p, "an event", fault_when_names, FAULT_WHENS, &when))
        return false;
    f->when = (enum fault_when)when;
    if (f->when == FAULT_ALWAYS || !(fault_rows[f->kind].whens >> when & 1))
        return word_wrong(p, "%s does not happen at '%s'", fault_rows[f->kind].name, p->word);
    if (f->when == FAULT_AT_TIME)
        good = word_time(p, &f->at);
    else if (f->when == FAULT_AT_ADDRESS)
        good = word_number(p, "an address", UINT32_MAX, &f->at);
    else
        good = word_number(p, "a count from 1", 1000000000, &f->at) && (f->at > 0 || word_wrong(p, "events are counted from 1"));
    return good;
}

static bool inside(struct parser *p, struct fault *f)
{
    uint64_t percent = 50;
    char *end;

    if (word_more(p) && isdigit((unsigned char)*word_skip_blanks(p->at))) {
        if (!word_need(p, "a share"))
            return false;
        percent = strtoull(p->word, &end, 10);
        if (strcmp(end, "%") != 0 || percent == 0 || percent >= 100)
            return word_wrong(p, "a share of the operation is 1%% to 99%%, not '%s'", p->word);
    }
    f->share = (uint32_t)(percent * FAULT_WHOLE / 100);
    return true;
}

static bool fault_word(struct parser *p, struct fault *f)
{
    const struct fault_row *r = &fault_rows[f->kind];
    uint64_t n;

    if (word_is(p, "at"))
        return at_event(p, f);
    if (word_is(p, "before") || word_is(p, "after")) {
        f->share = word_is(p, "after") ? FAULT_WHOLE : 0;
        return true;
    }
    if (word_is(p, "inside"))
        return inside(p, f);
    if (word_is(p, "for"))
        return word_time(p, &f->hold_ps);
    if (word_is(p, "every")) {
        f->times = 0;
        return true;
    }
    if (word_is(p, "times")) {
        if (!word_number(p, "how many times", 1000000000, &n) || (n == 0 && !word_wrong(p, "'every' says for ever")))
            return false;
        f->times = (uint32_t)n;
        return true;
    }
    if (r->arg && word_is(p, r->arg))
        return word_number(p, r->arg, r->most, &f->arg);
    return word_wrong(p, "%s does not know '%s'", r->name, p->word);
}

bool parse_fault(struct parser *p)
{
    const char *names[FAULT_KINDS];
    struct fault f = { .times = 1, .share = FAULT_WHOLE / 2 };
    unsigned kind, column;

    for (unsigned i = 0; i < FAULT_KINDS; i++)
        names[i] = fault_rows[i].name;
    if (!word_one_of(p, "a fault", names, FAULT_KINDS, &kind))
        return false;
    column = p->column;
    f.kind = (enum fault_kind)kind;
    f.hold_ps = fault_rows[kind].default_hold_ps;
    f.arg = fault_rows[kind].default_arg;
    while (word_more(p))
        if (!word_next(p) || !fault_word(p, &f))
            return false;
    p->column = column;
    if (!(fault_rows[kind].whens >> f.when & 1))
        return word_wrong(p, "%s wants to know when: 'at' and an event", fault_rows[kind].name);
    if (p->s->faults == FAULTS_MAX)
        return word_wrong(p, "more than %d faults", FAULTS_MAX);
    p->s->fault[p->s->faults++] = f;
    return true;
}
