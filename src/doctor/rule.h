/* rule.h - diagnosis: rules over evidence, and what they found.
 *
 * To add a rule:
 *   1. a `const struct rule` in one of rules_*.c, with `when`: a pure function of the evidence that, if the rule holds, says so in words
 *      (finding_say, finding_see) and returns true. It may lower f->certainty, never raise it: `at_most` is what its facts allow
 *      (documented [C]/[V]: certain; [G]: likely; [I]: possible);
 *   2. its name in rules.c;
 *   3. a scenario that makes it, alone (bench/scenarios/), and its line in tests/unit/doctor/causes.h; the test fails until it is there;
 *   4. `tools/causes.py BUILD` writes docs/causes/ anew.
 * A cause of the catalogue that cannot be told from its neighbours is a `suspect` of the rule that shows the symptom; one that cannot be
 * seen at all is a row of catalogue.c, with the reason. */
#pragma once
#include "doctor/evidence.h"

enum certainty { POSSIBLE, LIKELY, CERTAIN }; /* possible: may matter; alone no reason to call the board ill */

enum { FINDING_SEEN = 8, FINDINGS_MAX = 32 };

struct finding {
    const struct rule *rule;
    enum certainty certainty;
    char what[240]; /* this case, in one sentence without its full stop */
    char seen[FINDING_SEEN][300];
    unsigned n_seen;
    char remedy_words[200]; /* what the remedy is to do here: "WRP1B_STRT=0x7F WRP1B_END=0"; "" if it needs no words */
    const char *instead;    /* id of another remedy than the rule's, in this case; NULL: the rule's */
    int under;              /* index of the finding whose consequence this is; -1: none */
};

struct suspect { /* one of several causes that look alike; ends with id NULL */
    const char *id, *title;
    const char *question; /* whose answer tells it from the others */
};

struct rule {
    const char *id;
    const char *title; /* the cause, one phrase */
    bool (*when)(const struct evidence *v, struct finding *f);
    enum certainty at_most;
    const char *decide;            /* what would make it certain, or tell it from its neighbours; NULL: nothing is open */
    const char *remedy;            /* id of a remedy (remedies.c) */
    const char *leads_to;          /* ids, blank-separated: findings that follow from this one */
    const struct suspect *suspect; /* look-alikes, or NULL */
    const char *families;          /* "U0 G0 C0" */
    const char *source;
    const char *explain; /* a paragraph or two for --explain and docs/causes */
};

extern const struct rule *const rules[]; /* ends with NULL; most fundamental first: that is their rank */
const struct rule *rule_find(const char *id);

struct cause_only { /* a cause of the catalogue that no rule shows by itself; ends with id NULL (catalogue.c) */
    const char *id, *title;
    const char *reason; /* why it cannot be told from outside, or does not apply */
    const char *explain;
};
extern const struct cause_only causes_only[];

struct diagnosis {
    struct finding finding[FINDINGS_MAX]; /* causes first, most certain first; each followed by its consequences */
    unsigned count;
    bool ill;      /* something is likely or certain */
    bool over_usb; /* seen by the chip's own plug, where --fix changes nothing */
};

void diagnose(struct diagnosis *d, const struct evidence *v);
const struct finding *diagnosis_find(const struct diagnosis *d, const char *id); /* NULL: not found */
const char *certainty_name(enum certainty c);

/* For rules. Both format like printf. */
void finding_say(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_see(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_see_reg(struct finding *f, const struct evidence *v, const char *name);
void finding_remedy(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_lower(struct finding *f, enum certainty c);
