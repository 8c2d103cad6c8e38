/* parse.c - the lines of a scenario, and its text as a whole. See scenario.h. */
#include "scenarios/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct scenario_step *parse_step(struct parser *p, enum step_kind kind)
{
    struct scenario_step *step;

    if (p->s->steps == SCENARIO_STEPS) {
        word_wrong(p, "more than %d steps", SCENARIO_STEPS);
        return NULL;
    }
    step = &p->s->step[p->s->steps++];
    step->kind = kind;
    step->line = p->number;
    return step;
}

/* ---- lines ---- */

static bool line_summary(struct parser *p)
{
    p->at = word_skip_blanks(p->at);
    snprintf(p->s->summary, sizeof p->s->summary, "%s", p->at);
    p->at += strlen(p->at);
    p->column = 1;
    return p->s->summary[0] || word_wrong(p, "a summary has words");
}

static bool line_chip(struct parser *p)
{
    if (!word_need(p, "a chip"))
        return false;
    for (unsigned i = 0; chip_list(i); i++)
        if (strcasecmp(chip_list(i), p->word) == 0) {
            strcpy(p->s->chip, chip_list(i));
            return strcasecmp(p->chip, p->word) == 0 || word_wrong(p, "this scenario is for %s, not for %s", p->s->chip, p->chip);
        }
    return word_wrong(p, "no virtual chip is called '%s'", p->word);
}

static bool line_seed(struct parser *p) { return word_number(p, "a seed", UINT64_MAX, &p->s->seed); }

static bool line_set(struct parser *p)
{
    struct board_params params;
    struct err e = { 0 };
    char *equals;
    unsigned i = p->s->sets;

    if (!word_need(p, "NAME=VALUE"))
        return false;
    if (i == SCENARIO_SETS)
        return word_wrong(p, "more than %d parameters", SCENARIO_SETS);
    equals = strchr(p->word, '=');
    if (!equals || equals - p->word >= 40 || strlen(equals) > 40)
        return word_wrong(p, "a parameter is NAME=VALUE, not '%s'", p->word);
    *equals = '\0';
    strcpy(p->s->set[i].name, p->word);
    strcpy(p->s->set[i].value, equals + 1);
    p->s->set[i].line = p->number;
    p->s->sets++;
    params_defaults(&params);
    return params_set(&params, p->s->set[i].name, p->s->set[i].value, &e) || word_wrong(p, "%s", e.cause);
}

static bool supply_mv(struct parser *p, uint32_t *mv)
{
    uint64_t v;

    if (!word_number(p, "a supply in mV", 5500, &v))
        return false;
    *mv = (uint32_t)v;
    return v > 0 || word_wrong(p, "a supply of 0 is 'power off'");
}

static bool slope(struct parser *p)
{
    uint64_t v;

    if (!word_next(p) || !word_is(p, "slope"))
        return word_wrong(p, "'slope MV_PER_MS' is expected, not '%s'", p->word);
    if (!word_number(p, "a slope in mV per ms", 1000000, &v))
        return false;
    p->s->vdd_slope_mv_ms = (uint32_t)v;
    return v > 0 || word_wrong(p, "without a slope a supply rises at once");
}

static bool line_wiring(struct parser *p)
{
    static const char *const wires[] = { "nrst", "swd", "vtref", "vdd" };
    unsigned wire, how;

    if (!word_one_of(p, "a wire", wires, 4, &wire))
        return false;
    switch (wire) {
    case 0:
        if (!word_one_of(p, "how it is wired", wire_nrst_names, NRST_WIRINGS, &how))
            return false;
        p->s->nrst = (enum wire_nrst)how;
        return true;
    case 1:
        if (!word_one_of(p, "how it is wired", wire_swd_names, SWD_WIRINGS, &how))
            return false;
        p->s->swd = (enum wire_swd)how;
        return true;
    case 3: return supply_mv(p, &p->s->vdd_mv) && (!word_more(p) || slope(p));
    default:
        if (!word_one_of(p, "how it is wired", wire_vtref_names, VTREF_WIRINGS, &how))
            return false;
        p->s->vtref = (enum wire_vtref)how;
        return true;
    }
}

/* OPTR.RDP=0xBB, or WRP1AR=0x00050003: which bits of which option register. A: address, b: value, c: mask. */
static bool option(struct parser *p, struct scenario_step *step)
{
    char name[WORD], text[WORD];
    char *const dot = strchr(p->word, '.'), *const equals = strchr(p->word, '=');
    const struct reg_block *block;
    const char *reg;
    const size_t len = dot && equals && dot < equals ? (size_t)(dot - p->word) : equals ? (size_t)(equals - p->word) : 0;
    char *end;

    if (len == 0 || len + sizeof "FLASH." > sizeof name)
        return word_wrong(p, "an option is REG=VALUE or REG.FIELD=VALUE, not '%s'", p->word);
    snprintf(name, sizeof name, "FLASH.%.*s", (int)len, p->word);
    if (!scenario_register(p->chip, name, &step->a, &block, &reg))
        return word_wrong(p, "'%.*s' is no option register of %s", (int)len, p->word, p->chip);
    if (dot && dot < equals) {
        strcpy(text, dot + 1);
        return scenario_fields(block, reg, text, &step->b, &step->c) || word_wrong(p, "'%s' is no FIELD=VALUE of %s", dot + 1, reg);
    }
    step->b = (uint32_t)strtoul(equals + 1, &end, 0);
    step->c = UINT32_MAX;
    return (isdigit((unsigned char)equals[1]) && !*end) || word_wrong(p, "'%s' is no number", equals + 1);
}

static bool line_option(struct parser *p)
{
    do {
        struct scenario_step *const step = parse_step(p, STEP_OPTION);

        if (!step || !word_need(p, "an option") || !option(p, step))
            return false;
    } while (word_more(p));
    return true;
}

static bool line_app(struct parser *p)
{
    static const char *const ops[APP_OPS] = { "store",    "set",   "until",  "end-if",  "wait",       "sleep",
                                              "irqs-off", "fault", "lockup", "recurse", "bootloader", "again" };
    struct scenario_step *const step = parse_step(p, STEP_APP);
    const struct reg_block *block;
    const char *reg = "";
    unsigned op;

    if (!step || !word_one_of(p, "what the program does", ops, APP_OPS, &op))
        return false;
    step->op = (enum app_op)op;
    switch (step->op) {
    case APP_STORE:
    case APP_SET:
    case APP_UNTIL:
    case APP_END_IF: return word_address(p, &step->a, &block, &reg) && word_value(p, block, reg, &step->b, &step->c);
    case APP_WAIT: return word_time(p, &step->ps);
    default: return true;
    }
}

static bool line_firmware(struct parser *p)
{
    struct scenario_step *const step = parse_step(p, STEP_FIRMWARE);

    if (!step || !word_need(p, "a firmware's name"))
        return false;
    if (strlen(p->word) >= sizeof step->name)
        return word_wrong(p, "this name is too long");
    strcpy(step->name, p->word);
    return word_need(p, "'for TIME'") && (word_is(p, "for") || word_wrong(p, "'for TIME' is expected, not '%s'", p->word)) &&
           word_time(p, &step->ps);
}

static bool line_uart(struct parser *p)
{
    struct scenario_step *const step = parse_step(p, STEP_UART);

    p->at = word_skip_blanks(p->at);
    p->column = (unsigned)(p->at - p->line) + 1;
    if (!step || !*p->at)
        return step && word_wrong(p, "a text to type is missing");
    if (strlen(p->at) >= sizeof step->name)
        return word_wrong(p, "this text is too long");
    strcpy(step->name, p->at);
    p->at += strlen(p->at);
    return true;
}

static bool line_run(struct parser *p)
{
    struct scenario_step *const step = parse_step(p, STEP_RUN);

    return step && word_time(p, &step->ps);
}

static bool line_power(struct parser *p)
{
    static const char *const how[] = { "off", "on", "cycle" };
    struct scenario_step *const step = parse_step(p, STEP_POWER);

    return step && word_one_of(p, "off, on or cycle", how, 3, &step->a);
}

static bool line_cable(struct parser *p)
{
    static const char *const how[] = { "out", "in" };
    struct scenario_step *const step = parse_step(p, STEP_CABLE);

    return step && word_one_of(p, "out or in", how, 2, &step->a);
}

static bool line_supply(struct parser *p)
{
    struct scenario_step *const step = parse_step(p, STEP_SUPPLY);

    return step && supply_mv(p, &step->a);
}

static bool line_debugger(struct parser *p)
{
    static const char *const what[] = { "store" };
    struct scenario_step *const step = parse_step(p, STEP_DEBUGGER);
    const struct reg_block *block;
    const char *reg = "";
    unsigned op;

    return step && word_one_of(p, "what the tool did", what, 1, &op) && word_address(p, &step->a, &block, &reg) &&
           word_value(p, block, reg, &step->b, &step->c);
}

static bool line_poke(struct parser *p)
{
    static const char *const what[] = { "word", "fill", "damage", "break-option", "option" };
    struct scenario_step *const step = parse_step(p, STEP_POKE);
    const struct reg_block *block;
    const char *reg;
    uint64_t fill;

    p->s->pokes = true;
    if (!step || !word_one_of(p, "what is poked", what, 5, &step->a))
        return false;
    switch (step->a) {
    case POKE_WORD: return word_number32(p, "an address", &step->b) && word_number32(p, "a value", &step->c);
    case POKE_FILL:
        if (!word_number32(p, "an address", &step->b) || !word_number32(p, "a length", &step->c) || !word_number(p, "a byte", 255, &fill))
            return false;
        step->bits = fill;
        return step->c <= 1 << 20 || word_wrong(p, "a length is at most 1 MiB");
    case POKE_DAMAGE: return word_number32(p, "an address", &step->b) && word_number(p, "a mask of bits", UINT64_MAX, &step->bits);
    case POKE_BREAK_OPTION: return word_need(p, "an option register") && word_register(p, &step->b, &block, &reg);
    default:
        return word_need(p, "an option") && option(p, step) &&
               (step->kind = STEP_POKE, step->bits = step->a, step->a = POKE_STORE_OPTION, true);
    }
}

/* ---- all ---- */

static const struct {
    const char *word;
    bool (*read)(struct parser *p);
} lines[] = {
    { "summary", line_summary }, { "chip", line_chip },         { "seed", line_seed },     { "set", line_set },
    { "wiring", line_wiring },   { "option", line_option },     { "app", line_app },       { "run", line_run },
    { "power", line_power },     { "cable", line_cable },       { "poke", line_poke },     { "firmware", line_firmware },
    { "fault", parse_fault },    { "debugger", line_debugger }, { "uart", line_uart },     { "part", parse_part },
    { "bus", parse_bus },        { "pin", parse_pin },          { "supply", line_supply },
};

static bool read_line(struct parser *p)
{
    p->at = p->line;
    if (!word_next(p))
        return false;
    if (!p->word[0])
        return true;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (word_is(p, lines[i].word))
            return lines[i].read(p) && word_end_of_line(p);
    return word_wrong(p, "a line does not begin with '%s'", p->word);
}

/* Copy a line without its comment; false: too long, or not text. */
static bool take_line(struct parser *p, const char *text, size_t len)
{
    const char *comment = memchr(text, '#', len);

    if (comment)
        len = (size_t)(comment - text);
    while (len > 0 && (text[len - 1] == '\r' || text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    p->column = 1;
    if (len > SCENARIO_LINE)
        return word_wrong(p, "a line has at most %d characters", SCENARIO_LINE);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\t') {
            p->column = (unsigned)i + 1;
            return word_wrong(p, "this is no text");
        }
    memcpy(p->line, text, len);
    p->line[len] = '\0';
    return true;
}

bool scenario_parse(struct scenario *s, const char *name, const char *text, size_t len, const char *chip, struct err *e)
{
    struct parser p = { .s = s, .name = name, .chip = chip, .e = e };

    memset(s, 0, sizeof *s);
    if (len > SCENARIO_TEXT_MAX)
        return err_set(e, ERR_INPUT, "%.60s: far too long for a scenario", name);
    for (size_t at = 0; at < len;) {
        const char *const end = memchr(text + at, '\n', len - at);
        const size_t line_len = end ? (size_t)(end - text) - at : len - at;

        p.number++;
        if (!take_line(&p, text + at, line_len) || !read_line(&p))
            return false;
        at += line_len + 1;
    }
    p.number++;
    p.column = 1;
    return s->summary[0] || word_wrong(&p, "a scenario has a summary");
}

void scenario_chip(const char *text, size_t len, char chip[32])
{
    struct scenario *const s = calloc(1, sizeof *s);
    struct err e = { 0 };

    chip[0] = '\0';
    for (unsigned i = 0; s && chip_list(i); i++) {
        scenario_parse(s, "", text, len, chip_list(i), &e);
        if (s->chip[0])
            strcpy(chip, s->chip);
    }
    free(s);
}
