/* words.h - the parser of scenarios, word by word: every one is checked, errors name line and column. For parse*.c alone.
 *
 * Each reader takes the next word; false with the parser's error set if that is not what the line needs there. */
#ifndef SCENARIOS_WORDS_H
#define SCENARIOS_WORDS_H

#include "scenarios/scenario.h"

#include <string.h>

enum { WORD = 80 };

struct parser {
    struct scenario *s;
    const char *name, *chip;
    char line[SCENARIO_LINE + 1];
    unsigned number; /* of the line, from 1 */
    const char *at;  /* in line */
    char word[WORD];
    unsigned column; /* of word */
    struct err *e;
};

/* Always false, with file, line and column before the text. */
__attribute__((format(printf, 2, 3))) bool word_wrong(struct parser *p, const char *format, ...);

const char *word_skip_blanks(const char *at);
/* The next word of the line, "" at its end. */
bool word_next(struct parser *p);
/* `what` is said when nothing is there. */
bool word_need(struct parser *p, const char *what);
bool word_end_of_line(struct parser *p);
static inline bool word_more(const struct parser *p) { return *word_skip_blanks(p->at); }
static inline bool word_is(const struct parser *p, const char *word) { return strcmp(p->word, word) == 0; }

bool word_number(struct parser *p, const char *what, uint64_t most, uint64_t *value);
bool word_number32(struct parser *p, const char *what, uint32_t *value);
/* 30us, 500ms, 2s; at most an hour. */
bool word_time(struct parser *p, uint64_t *ps);
bool word_one_of(struct parser *p, const char *what, const char *const *names, unsigned count, unsigned *index);
/* The present word is a register; REG.FIELD names it together with a field. */
bool word_register(struct parser *p, uint32_t *addr, const struct reg_block **block, const char **reg);
/* An address: a number (*block is NULL), or a register. */
bool word_address(struct parser *p, uint32_t *addr, const struct reg_block **block, const char **reg);
/* A value: a number (*mask: all), or fields of the register before. */
bool word_value(struct parser *p, const struct reg_block *block, const char *reg, uint32_t *v, uint32_t *mask);
/* PA0 to PF15: the letter in bits 15:8, the number in 7:0. */
bool word_pin(const char *text, uint32_t *value);

/* One more step of the scenario; NULL with the error set if there are too many. */
struct scenario_step *parse_step(struct parser *p, enum step_kind kind);

/* The rest of a line, after its first word. */
bool parse_part(struct parser *p);
bool parse_bus(struct parser *p);
bool parse_pin(struct parser *p);
bool parse_fault(struct parser *p);

#endif
