/* diagnose.c - all rules over one evidence, ranked, consequences under their causes. See rule.h. */
#include "doctor/rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct rule *rule_find(const char *id)
{
    for (const struct rule *const *r = rules; *r; r++)
        if (strcmp((*r)->id, id) == 0)
            return *r;
    return NULL;
}

const char *certainty_name(enum certainty c) { return c == CERTAIN ? "certain" : c == LIKELY ? "likely" : "possible"; }

static bool names(const char *list, const char *id)
{
    const size_t len = strlen(id);

    for (const char *at = list; at && (at = strstr(at, id)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
    return false;
}

/* The finding that leads to number `i`: the nearest one, which has the lowest rank. What is only possible explains nothing that is more. */
static int cause_of(const struct finding *f, unsigned count, unsigned i)
{
    for (unsigned k = count; k-- > 0;)
        if (k != i && names(f[k].rule->leads_to, f[i].rule->id) && (f[k].certainty > POSSIBLE || f[i].certainty == POSSIBLE))
            return (int)k;
    return -1;
}

static void place(struct diagnosis *d, const struct finding *all, unsigned count, unsigned i, int under)
{
    const int at = (int)d->count;

    d->finding[d->count] = all[i];
    d->finding[d->count++].under = under;
    for (unsigned k = 0; k < count; k++)
        if (all[k].under == (int)i)
            place(d, all, count, k, at);
}

void diagnose(struct diagnosis *d, const struct evidence *v)
{
    struct finding all[FINDINGS_MAX];
    unsigned count = 0;

    *d = (struct diagnosis){ .over_usb = v->reach == REACH_DFU };
    for (const struct rule *const *r = rules; *r && count < FINDINGS_MAX; r++) {
        struct finding f = { .rule = *r, .certainty = (*r)->at_most, .under = -1 };

        if ((*r)->when(v, &f))
            all[count++] = f;
    }
    for (unsigned i = 0; i < count; i++)
        all[i].under = cause_of(all, count, i);
    for (unsigned i = 0; i < count; i++) { /* two that name each other would both vanish */
        int up = all[i].under;

        for (unsigned steps = 0; up >= 0 && steps <= count; steps++)
            up = all[up].under;
        if (up >= 0)
            all[i].under = -1;
    }
    for (int c = CERTAIN; c >= POSSIBLE; c--)
        for (unsigned i = 0; i < count; i++)
            if (all[i].under < 0 && (int)all[i].certainty == c)
                place(d, all, count, i, -1);
    for (unsigned i = 0; i < d->count; i++)
        d->ill = d->ill || d->finding[i].certainty > POSSIBLE;
}

const struct finding *diagnosis_find(const struct diagnosis *d, const char *id)
{
    for (unsigned i = 0; i < d->count; i++)
        if (strcmp(d->finding[i].rule->id, id) == 0)
            return &d->finding[i];
    return NULL;
}

void finding_say(struct finding *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(f->what, sizeof f->what, format, args);
    va_end(args);
}

void finding_see(struct finding *f, const char *format, ...)
{
    va_list args;

    if (f->n_seen == FINDING_SEEN)
        return;
    va_start(args, format);
    vsnprintf(f->seen[f->n_seen++], sizeof f->seen[0], format, args);
    va_end(args);
}

void finding_see_reg(struct finding *f, const struct evidence *v, const char *name)
{
    char text[300];

    if (ev_text(v, name, text, sizeof text)[0])
        finding_see(f, "%s", text);
}

void finding_remedy(struct finding *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(f->remedy_words, sizeof f->remedy_words, format, args);
    va_end(args);
}

void finding_lower(struct finding *f, enum certainty c)
{
    if (c < f->certainty)
        f->certainty = c;
}
