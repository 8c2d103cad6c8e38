/* words.c - findings as lines of text, for a terminal, for GDB, and under an error. Declared in remedy.h. */
#include "doctor/remedy.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 180 };

struct page {
    unsigned width;
    void (*line)(void *ctx, const char *line);
    void *ctx;
};

/* `text` behind `head`, broken at blanks. */
static void wrapped(const struct page *p, const char *head, const char *text)
{
    const size_t indent = strlen(head);
    char line[FINDINGS_WIDTH + WORD_MAX + 20];
    size_t used = (size_t)snprintf(line, sizeof line, "%s", head);

    while (*text) {
        const size_t word = strcspn(text, " ");

        if (used > indent && used + 1 + word > p->width) {
            p->line(p->ctx, line);
            used = (size_t)snprintf(line, sizeof line, "%*s", (int)indent, "");
        }
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%.*s", used > indent ? " " : "",
                                 (int)(word < WORD_MAX ? word : WORD_MAX), text);
        text += word + strspn(text + word, " ");
    }
    p->line(p->ctx, line);
}

static void remedy_lines(const struct page *p, const char *head, const struct finding *f, bool over_usb)
{
    const struct remedy *r = remedy_of(f);
    const char *const probe = over_usb ? "through a debug probe: " : "";
    char text[600];

    if (!r)
        return;
    if (r->kind == REMEDY_HAND)
        snprintf(text, sizeof text, "%s", r->does);
    else if (over_usb && r->kind == REMEDY_REVERSIBLE && f->remedy_words[0])
        snprintf(text, sizeof text, "`sector0 option set %s` (%s; price: %s)", f->remedy_words, remedy_class_name(r->kind), r->price);
    else if (r->kind == REMEDY_DESTROYING)
        snprintf(text, sizeof text, "%s`sector0 doctor --fix %s` %s; price: %s", probe, r->flag, r->does, r->price);
    else
        snprintf(text, sizeof text, "%s`sector0 doctor --fix` %s%s%s (%s; price: %s)", probe, r->does, f->remedy_words[0] ? ": " : "",
                 f->remedy_words, remedy_class_name(r->kind), r->price);
    wrapped(p, head, text);
}

static void under_lines(const struct page *p, const struct finding *f, bool over_usb)
{
    char text[400];

    if (f->under >= 0 || f->certainty == POSSIBLE)
        return;
    snprintf(text, sizeof text, "%s (%s, %s)", f->what, f->rule->id, certainty_name(f->certainty));
    wrapped(p, "  why   ", text);
    remedy_lines(p, "  do    ", f, over_usb);
}

static void full_lines(const struct page *p, const struct finding *f, bool brief, bool over_usb)
{
    char head[40], text[500];

    if (f->under >= 0 && brief)
        return;
    if (f->under >= 0) {
        snprintf(text, sizeof text, "%s (%s, %s)", f->what, f->rule->id, certainty_name(f->certainty));
        wrapped(p, "    so    ", text);
        return;
    }
    snprintf(head, sizeof head, "%-8s  ", certainty_name(f->certainty));
    snprintf(text, sizeof text, "%s (%s)", f->what, f->rule->id);
    wrapped(p, head, text);
    for (unsigned i = 0; i < f->n_seen && !brief; i++)
        wrapped(p, "    seen  ", f->seen[i]);
    for (const struct suspect *s = f->rule->suspect; s && s->id && !brief; s++) {
        snprintf(text, sizeof text, "%s (%s): %s", s->title, s->id, s->question);
        wrapped(p, "    is it ", text);
    }
    if (f->rule->decide && !brief)
        wrapped(p, "    test  ", f->rule->decide);
    remedy_lines(p, "    do    ", f, over_usb);
}

void findings_write(const struct diagnosis *d, enum findings_form form, unsigned width, void (*line)(void *ctx, const char *line),
                    void *ctx)
{
    const struct page p = { width < FINDINGS_WIDTH ? width : FINDINGS_WIDTH, line, ctx };

    for (unsigned i = 0; i < d->count; i++)
        if (form == FINDINGS_UNDER)
            under_lines(&p, &d->finding[i], d->over_usb);
        else
            full_lines(&p, &d->finding[i], form == FINDINGS_BRIEF, d->over_usb);
}
