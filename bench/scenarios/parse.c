/* parse.c - the text of a scenario, word by word: every one is checked, errors name line and column. See scenario.h. */
#include "scenarios/scenario.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

__attribute__((format(printf, 2, 3))) static bool wrong(struct parser *p, const char *format, ...)
{
    char text[120];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_set(p->e, ERR_INPUT, "%.60s:%u:%u: %s", p->name, p->number, p->column, text);
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* The next word of the line, "" at its end. */
static bool next(struct parser *p)
{
    size_t len;

    p->at = skip_blanks(p->at);
    p->column = (unsigned)(p->at - p->line) + 1;
    len = strcspn(p->at, " \t");
    if (len >= WORD)
        return wrong(p, "this word is too long");
    memcpy(p->word, p->at, len);
    p->word[len] = '\0';
    p->at += len;
    return true;
}

static bool need(struct parser *p, const char *what) { return next(p) && (p->word[0] || wrong(p, "%s is missing", what)); }
static bool more(const struct parser *p) { return *skip_blanks(p->at); }
static bool is(const struct parser *p, const char *word) { return strcmp(p->word, word) == 0; }

static bool end_of_line(struct parser *p)
{
    return next(p) && (!p->word[0] || wrong(p, "nothing is expected after this, not '%s'", p->word));
}

static bool number(struct parser *p, const char *what, uint64_t most, uint64_t *value)
{
    char *end;

    if (!need(p, what))
        return false;
    errno = 0;
    *value = strtoull(p->word, &end, 0);
    if (!isdigit((unsigned char)p->word[0]) || *end || errno)
        return wrong(p, "%s is a number (decimal or 0x), not '%s'", what, p->word);
    return *value <= most || wrong(p, "%s is at most %" PRIu64, what, most);
}

static bool number32(struct parser *p, const char *what, uint32_t *value)
{
    uint64_t v;

    if (!number(p, what, UINT32_MAX, &v))
        return false;
    *value = (uint32_t)v;
    return true;
}

static bool time_ps(struct parser *p, uint64_t *ps)
{
    static const struct {
        const char *suffix;
        uint64_t ps;
    } units[] = { { "us", PS_PER_US }, { "ms", PS_PER_MS }, { "s", PS_PER_S } };
    char *end;
    unsigned long long v;

    if (!need(p, "a time (500ms, 2s, 30us)"))
        return false;
    errno = 0;
    v = strtoull(p->word, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (isdigit((unsigned char)p->word[0]) && !errno && strcmp(end, units[i].suffix) == 0 && v <= 3600 * PS_PER_S / units[i].ps) {
            *ps = v * units[i].ps;
            return true;
        }
    return wrong(p, "'%s' is no time up to an hour: 500ms, 2s and 30us are", p->word);
}

static bool one_of(struct parser *p, const char *what, const char *const *names, unsigned count, unsigned *index)
{
    char known[100] = "";

    if (!need(p, what))
        return false;
    for (unsigned i = 0; i < count; i++) {
        const size_t used = strlen(known);

        if (names[i][0] && strcmp(p->word, names[i]) == 0) {
            *index = i;
            return true;
        }
        snprintf(known + used, sizeof known - used, "%s%s", used && names[i][0] ? ", " : "", names[i]);
    }
    return wrong(p, "%s is none of %s", p->word, known);
}

/* The present word is a register; REG.FIELD names it together with a field. */
static bool as_register(struct parser *p, uint32_t *addr, const struct reg_block **block, const char **reg)
{
    return scenario_register(p->chip, p->word, addr, block, reg) || wrong(p, "'%s' is no register of %s", p->word, p->chip);
}

/* An address: a number, or a register. */
static bool address(struct parser *p, uint32_t *addr, const struct reg_block **block, const char **reg)
{
    char *end;
    unsigned long long v;

    *block = NULL;
    if (!need(p, "a register or an address"))
        return false;
    if (!isdigit((unsigned char)p->word[0]))
        return as_register(p, addr, block, reg);
    errno = 0;
    v = strtoull(p->word, &end, 0);
    if (*end || errno || v > UINT32_MAX)
        return wrong(p, "'%s' is no address", p->word);
    *addr = (uint32_t)v;
    return true;
}

/* A value: a number (mask: all), or fields of the register before. */
static bool value(struct parser *p, const struct reg_block *block, const char *reg, uint32_t *v, uint32_t *mask)
{
    char text[WORD];
    char *end;
    unsigned long long n;

    if (!need(p, "a value"))
        return false;
    if (isdigit((unsigned char)p->word[0])) {
        errno = 0;
        n = strtoull(p->word, &end, 0);
        *mask = UINT32_MAX;
        *v = (uint32_t)n;
        return (!*end && !errno && n <= UINT32_MAX) || wrong(p, "'%s' is no number of 32 bits", p->word);
    }
    strcpy(text, p->word);
    return (block && scenario_fields(block, reg, text, v, mask)) || wrong(p, "'%s' is no FIELD=VALUE of that register", p->word);
}

static struct scenario_step *new_step(struct parser *p, enum step_kind kind)
{
    struct scenario_step *step;

    if (p->s->steps == SCENARIO_STEPS) {
        wrong(p, "more than %d steps", SCENARIO_STEPS);
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
    p->at = skip_blanks(p->at);
    snprintf(p->s->summary, sizeof p->s->summary, "%s", p->at);
    p->at += strlen(p->at);
    p->column = 1;
    return p->s->summary[0] || wrong(p, "a summary has words");
}

static bool line_chip(struct parser *p)
{
    if (!need(p, "a chip"))
        return false;
    for (unsigned i = 0; chip_list(i); i++)
        if (strcasecmp(chip_list(i), p->word) == 0) {
            strcpy(p->s->chip, chip_list(i));
            return strcasecmp(p->chip, p->word) == 0 || wrong(p, "this scenario is for %s, not for %s", p->s->chip, p->chip);
        }
    return wrong(p, "no virtual chip is called '%s'", p->word);
}

static bool line_seed(struct parser *p) { return number(p, "a seed", UINT64_MAX, &p->s->seed); }

static bool line_set(struct parser *p)
{
    struct board_params params;
    struct err e = { 0 };
    char *equals;
    unsigned i = p->s->sets;

    if (!need(p, "NAME=VALUE"))
        return false;
    if (i == SCENARIO_SETS)
        return wrong(p, "more than %d parameters", SCENARIO_SETS);
    equals = strchr(p->word, '=');
    if (!equals || equals - p->word >= 40 || strlen(equals) > 40)
        return wrong(p, "a parameter is NAME=VALUE, not '%s'", p->word);
    *equals = '\0';
    strcpy(p->s->set[i].name, p->word);
    strcpy(p->s->set[i].value, equals + 1);
    p->s->set[i].line = p->number;
    p->s->sets++;
    params_defaults(&params);
    return params_set(&params, p->s->set[i].name, p->s->set[i].value, &e) || wrong(p, "%s", e.cause);
}

static bool supply_mv(struct parser *p, uint32_t *mv)
{
    uint64_t v;

    if (!number(p, "a supply in mV", 5500, &v))
        return false;
    *mv = (uint32_t)v;
    return v > 0 || wrong(p, "a supply of 0 is 'power off'");
}

static bool slope(struct parser *p)
{
    uint64_t v;

    if (!next(p) || !is(p, "slope"))
        return wrong(p, "'slope MV_PER_MS' is expected, not '%s'", p->word);
    if (!number(p, "a slope in mV per ms", 1000000, &v))
        return false;
    p->s->vdd_slope_mv_ms = (uint32_t)v;
    return v > 0 || wrong(p, "without a slope a supply rises at once");
}

static bool line_wiring(struct parser *p)
{
    static const char *const wires[] = { "nrst", "swd", "vtref", "vdd" };
    unsigned wire, how;

    if (!one_of(p, "a wire", wires, 4, &wire))
        return false;
    switch (wire) {
    case 0:
        if (!one_of(p, "how it is wired", wire_nrst_names, NRST_WIRINGS, &how))
            return false;
        p->s->nrst = (enum wire_nrst)how;
        return true;
    case 1:
        if (!one_of(p, "how it is wired", wire_swd_names, SWD_WIRINGS, &how))
            return false;
        p->s->swd = (enum wire_swd)how;
        return true;
    case 3: return supply_mv(p, &p->s->vdd_mv) && (!more(p) || slope(p));
    default:
        if (!one_of(p, "how it is wired", wire_vtref_names, VTREF_WIRINGS, &how))
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
        return wrong(p, "an option is REG=VALUE or REG.FIELD=VALUE, not '%s'", p->word);
    snprintf(name, sizeof name, "FLASH.%.*s", (int)len, p->word);
    if (!scenario_register(p->chip, name, &step->a, &block, &reg))
        return wrong(p, "'%.*s' is no option register of %s", (int)len, p->word, p->chip);
    if (dot && dot < equals) {
        strcpy(text, dot + 1);
        return scenario_fields(block, reg, text, &step->b, &step->c) || wrong(p, "'%s' is no FIELD=VALUE of %s", dot + 1, reg);
    }
    step->b = (uint32_t)strtoul(equals + 1, &end, 0);
    step->c = UINT32_MAX;
    return (isdigit((unsigned char)equals[1]) && !*end) || wrong(p, "'%s' is no number", equals + 1);
}

static bool line_option(struct parser *p)
{
    do {
        struct scenario_step *const step = new_step(p, STEP_OPTION);

        if (!step || !need(p, "an option") || !option(p, step))
            return false;
    } while (more(p));
    return true;
}

static bool line_app(struct parser *p)
{
    static const char *const ops[APP_OPS] = { "store",    "set",   "until",  "end-if",  "wait",       "sleep",
                                              "irqs-off", "fault", "lockup", "recurse", "bootloader", "again" };
    struct scenario_step *const step = new_step(p, STEP_APP);
    const struct reg_block *block;
    const char *reg = "";
    unsigned op;

    if (!step || !one_of(p, "what the program does", ops, APP_OPS, &op))
        return false;
    step->op = (enum app_op)op;
    switch (step->op) {
    case APP_STORE:
    case APP_SET:
    case APP_UNTIL:
    case APP_END_IF: return address(p, &step->a, &block, &reg) && value(p, block, reg, &step->b, &step->c);
    case APP_WAIT: return time_ps(p, &step->ps);
    default: return true;
    }
}

static bool line_firmware(struct parser *p)
{
    struct scenario_step *const step = new_step(p, STEP_FIRMWARE);

    if (!step || !need(p, "a firmware's name"))
        return false;
    if (strlen(p->word) >= sizeof step->name)
        return wrong(p, "this name is too long");
    strcpy(step->name, p->word);
    return need(p, "'for TIME'") && (is(p, "for") || wrong(p, "'for TIME' is expected, not '%s'", p->word)) && time_ps(p, &step->ps);
}

static bool line_uart(struct parser *p)
{
    struct scenario_step *const step = new_step(p, STEP_UART);

    p->at = skip_blanks(p->at);
    p->column = (unsigned)(p->at - p->line) + 1;
    if (!step || !*p->at)
        return step && wrong(p, "a text to type is missing");
    if (strlen(p->at) >= sizeof step->name)
        return wrong(p, "this text is too long");
    strcpy(step->name, p->at);
    p->at += strlen(p->at);
    return true;
}

static bool line_run(struct parser *p)
{
    struct scenario_step *const step = new_step(p, STEP_RUN);

    return step && time_ps(p, &step->ps);
}

static bool line_power(struct parser *p)
{
    static const char *const how[] = { "off", "on", "cycle" };
    struct scenario_step *const step = new_step(p, STEP_POWER);

    return step && one_of(p, "off, on or cycle", how, 3, &step->a);
}

static bool line_cable(struct parser *p)
{
    static const char *const how[] = { "out", "in" };
    struct scenario_step *const step = new_step(p, STEP_CABLE);

    return step && one_of(p, "out or in", how, 2, &step->a);
}

static bool line_supply(struct parser *p)
{
    struct scenario_step *const step = new_step(p, STEP_SUPPLY);

    return step && supply_mv(p, &step->a);
}

static bool line_debugger(struct parser *p)
{
    static const char *const what[] = { "store" };
    struct scenario_step *const step = new_step(p, STEP_DEBUGGER);
    const struct reg_block *block;
    const char *reg = "";
    unsigned op;

    return step && one_of(p, "what the tool did", what, 1, &op) && address(p, &step->a, &block, &reg) &&
           value(p, block, reg, &step->b, &step->c);
}

static bool line_poke(struct parser *p)
{
    static const char *const what[] = { "word", "fill", "damage", "break-option", "option" };
    struct scenario_step *const step = new_step(p, STEP_POKE);
    const struct reg_block *block;
    const char *reg;
    uint64_t fill;

    p->s->pokes = true;
    if (!step || !one_of(p, "what is poked", what, 5, &step->a))
        return false;
    switch (step->a) {
    case POKE_WORD: return number32(p, "an address", &step->b) && number32(p, "a value", &step->c);
    case POKE_FILL:
        if (!number32(p, "an address", &step->b) || !number32(p, "a length", &step->c) || !number(p, "a byte", 255, &fill))
            return false;
        step->bits = fill;
        return step->c <= 1 << 20 || wrong(p, "a length is at most 1 MiB");
    case POKE_DAMAGE: return number32(p, "an address", &step->b) && number(p, "a mask of bits", UINT64_MAX, &step->bits);
    case POKE_BREAK_OPTION: return need(p, "an option register") && as_register(p, &step->b, &block, &reg);
    default:
        return need(p, "an option") && option(p, step) && (step->kind = STEP_POKE, step->bits = step->a, step->a = POKE_STORE_OPTION, true);
    }
}

/* ---- parts ---- */

/* PA0 to PF15. */
static bool pin_value(const char *text, uint32_t *value)
{
    char *end;
    unsigned long n;

    if (text[0] != 'P' || text[1] < 'A' || text[1] > 'F' || !isdigit((unsigned char)text[2]))
        return false;
    n = strtoul(text + 2, &end, 10);
    *value = (uint32_t)text[1] << 8 | (uint32_t)n;
    return !*end && n < 16;
}

/* KEY=VALUE of a part. */
static bool part_value(struct parser *p, const struct part_row *row, struct scenario_step *step)
{
    char *const equals = strchr(p->word, '='), *end;
    unsigned i = 0;
    unsigned long long v;

    if (!equals)
        return wrong(p, "a %s is told by KEY=VALUE, not '%s'", row->name, p->word);
    *equals = '\0';
    while (row->key[i].name && strcmp(row->key[i].name, p->word) != 0)
        i++;
    if (!row->key[i].name)
        return wrong(p, "a %s has no '%s'", row->name, p->word);
    if (row->key[i].pin)
        return pin_value(equals + 1, &step->values[i]) || wrong(p, "'%s' is no pin: PA0 is", equals + 1);
    errno = 0;
    v = strtoull(equals + 1, &end, 10);
    if (!isdigit((unsigned char)equals[1]) || *end || errno || v < row->key[i].least || v > row->key[i].most)
        return wrong(p, "%s is %" PRIu32 " to %" PRIu32 ", not '%s'", row->key[i].name, row->key[i].least, row->key[i].most, equals + 1);
    step->values[i] = (uint32_t)v;
    return true;
}

static bool line_part(struct parser *p)
{
    struct scenario_step *const step = new_step(p, STEP_PART);
    const char *names[PART_KINDS];

    for (unsigned i = 0; i < PART_KINDS; i++)
        names[i] = part_rows[i].name;
    if (!step || !one_of(p, "a part", names, PART_KINDS, &step->a))
        return false;
    for (unsigned i = 0; part_rows[step->a].key[i].name; i++)
        step->values[i] = part_rows[step->a].key[i].usual;
    while (more(p))
        if (!next(p) || !part_value(p, &part_rows[step->a], step))
            return false;
    for (unsigned i = 0; part_rows[step->a].key[i].name; i++)
        if (part_rows[step->a].key[i].pin && !step->values[i])
            return wrong(p, "which pin? pin=PA0");
    return true;
}

/* bus NAME memory ADDRESS [BYTES] | loopback | flash ID [PIN] */
static bool line_bus(struct parser *p)
{
    static const char *const kinds[] = { "memory", "loopback", "flash" };
    struct scenario_step *const step = new_step(p, STEP_BUS);
    uint64_t n = 256;

    if (!step || !need(p, "the name of a bus"))
        return false;
    if (strncmp(p->word, "I2C", 3) != 0 && strncmp(p->word, "SPI", 3) != 0)
        return wrong(p, "a bus is called I2C1 or SPI1, not '%s'", p->word);
    if (strlen(p->word) >= sizeof step->name)
        return wrong(p, "this name is too long");
    strcpy(step->name, p->word);
    if (!one_of(p, "what is on the bus", kinds, 3, &step->a))
        return false;
    if ((step->a == CHIP_PART_I2C_MEMORY) != (step->name[0] == 'I'))
        return wrong(p, "a %s is not for %s", kinds[step->a], step->name);
    if (step->a == CHIP_PART_SPI_LOOPBACK)
        return true;
    if (!number32(p, step->a == CHIP_PART_SPI_FLASH ? "an id of three bytes" : "an address of 7 bits", &step->b))
        return false;
    if (step->b > (step->a == CHIP_PART_SPI_FLASH ? 0xFFFFFFu : 0x7Fu))
        return wrong(p, "0x%" PRIX32 " is too large", step->b);
    if (step->a == CHIP_PART_SPI_FLASH)
        return !more(p) || (next(p) && (pin_value(p->word, &step->c) || wrong(p, "'%s' is no pin: PA0 is", p->word)));
    if (more(p) && (!number(p, "a number of bytes", 256, &n) || n == 0))
        return n > 0 || wrong(p, "a memory has bytes");
    step->c = (uint32_t)n;
    return step->b > 0 || wrong(p, "address 0 is everybody's");
}

static bool line_pin(struct parser *p)
{
    static const char *const levels[] = { "open", "low", "high" };
    struct scenario_step *const step = new_step(p, STEP_PIN);

    return step && need(p, "a pin") && (pin_value(p->word, &step->b) || wrong(p, "'%s' is no pin: PA0 is", p->word)) &&
           one_of(p, "open, low or high", levels, 3, &step->a);
}

/* ---- faults ---- */

static bool at_event(struct parser *p, struct fault *f)
{
    unsigned when;
    bool good;

    if (!one_of(p, "an event", fault_when_names, FAULT_WHENS, &when))
        return false;
    f->when = (enum fault_when)when;
    if (f->when == FAULT_ALWAYS || !(fault_rows[f->kind].whens >> when & 1))
        return wrong(p, "%s does not happen at '%s'", fault_rows[f->kind].name, p->word);
    if (f->when == FAULT_AT_TIME)
        good = time_ps(p, &f->at);
    else if (f->when == FAULT_AT_ADDRESS)
        good = number(p, "an address", UINT32_MAX, &f->at);
    else
        good = number(p, "a count from 1", 1000000000, &f->at) && (f->at > 0 || wrong(p, "events are counted from 1"));
    return good;
}

static bool inside(struct parser *p, struct fault *f)
{
    uint64_t percent = 50;
    char *end;

    if (more(p) && isdigit((unsigned char)*skip_blanks(p->at))) {
        if (!need(p, "a share"))
            return false;
        percent = strtoull(p->word, &end, 10);
        if (strcmp(end, "%") != 0 || percent == 0 || percent >= 100)
            return wrong(p, "a share of the operation is 1%% to 99%%, not '%s'", p->word);
    }
    f->share = (uint32_t)(percent * FAULT_WHOLE / 100);
    return true;
}

static bool fault_word(struct parser *p, struct fault *f)
{
    const struct fault_row *r = &fault_rows[f->kind];
    uint64_t n;

    if (is(p, "at"))
        return at_event(p, f);
    if (is(p, "before") || is(p, "after")) {
        f->share = is(p, "after") ? FAULT_WHOLE : 0;
        return true;
    }
    if (is(p, "inside"))
        return inside(p, f);
    if (is(p, "for"))
        return time_ps(p, &f->hold_ps);
    if (is(p, "every")) {
        f->times = 0;
        return true;
    }
    if (is(p, "times")) {
        if (!number(p, "how many times", 1000000000, &n) || (n == 0 && !wrong(p, "'every' says for ever")))
            return false;
        f->times = (uint32_t)n;
        return true;
    }
    if (r->arg && is(p, r->arg))
        return number(p, r->arg, r->most, &f->arg);
    return wrong(p, "%s does not know '%s'", r->name, p->word);
}

static bool line_fault(struct parser *p)
{
    const char *names[FAULT_KINDS];
    struct fault f = { .times = 1, .share = FAULT_WHOLE / 2 };
    unsigned kind, column;

    for (unsigned i = 0; i < FAULT_KINDS; i++)
        names[i] = fault_rows[i].name;
    if (!one_of(p, "a fault", names, FAULT_KINDS, &kind))
        return false;
    column = p->column;
    f.kind = (enum fault_kind)kind;
    f.hold_ps = fault_rows[kind].default_hold_ps;
    f.arg = fault_rows[kind].default_arg;
    while (more(p))
        if (!next(p) || !fault_word(p, &f))
            return false;
    p->column = column;
    if (!(fault_rows[kind].whens >> f.when & 1))
        return wrong(p, "%s wants to know when: 'at' and an event", fault_rows[kind].name);
    if (p->s->faults == FAULTS_MAX)
        return wrong(p, "more than %d faults", FAULTS_MAX);
    p->s->fault[p->s->faults++] = f;
    return true;
}

/* ---- all ---- */

static const struct {
    const char *word;
    bool (*read)(struct parser *p);
} lines[] = {
    { "summary", line_summary }, { "chip", line_chip },         { "seed", line_seed },     { "set", line_set },
    { "wiring", line_wiring },   { "option", line_option },     { "app", line_app },       { "run", line_run },
    { "power", line_power },     { "cable", line_cable },       { "poke", line_poke },     { "firmware", line_firmware },
    { "fault", line_fault },     { "debugger", line_debugger }, { "uart", line_uart },     { "part", line_part },
    { "bus", line_bus },         { "pin", line_pin },           { "supply", line_supply },
};

static bool read_line(struct parser *p)
{
    p->at = p->line;
    if (!next(p))
        return false;
    if (!p->word[0])
        return true;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (is(p, lines[i].word))
            return lines[i].read(p) && end_of_line(p);
    return wrong(p, "a line does not begin with '%s'", p->word);
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
        return wrong(p, "a line has at most %d characters", SCENARIO_LINE);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\t') {
            p->column = (unsigned)i + 1;
            return wrong(p, "this is no text");
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
    return s->summary[0] || wrong(&p, "a scenario has a summary");
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
