/* parse_parts.c - lines about what is soldered around the chip: parts, buses, pins. See words.h. */
#include "scenarios/words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* KEY=VALUE of a part. */
static bool part_value(struct parser *p, const struct part_row *row, struct scenario_step *step)
{
    char *const equals = strchr(p->word, '='), *end;
    unsigned i = 0;
    unsigned long long v;

    if (!equals)
        return word_wrong(p, "a %s is told by KEY=VALUE, not '%s'", row->name, p->word);
    *equals = '\0';
    while (row->key[i].name && strcmp(row->key[i].name, p->word) != 0)
        i++;
    if (!row->key[i].name)
        return word_wrong(p, "a %s has no '%s'", row->name, p->word);
    if (row->key[i].pin)
        return word_pin(equals + 1, &step->values[i]) || word_wrong(p, "'%s' is no pin: PA0 is", equals + 1);
    errno = 0;
    v = strtoull(equals + 1, &end, 10);
    if (!isdigit((unsigned char)equals[1]) || *end || errno || v < row->key[i].least || v > row->key[i].most)
        return word_wrong(p, "%s is %" PRIu32 " to %" PRIu32 ", not '%s'", row->key[i].name, row->key[i].least, row->key[i].most,
                          equals + 1);
    step->values[i] = (uint32_t)v;
    return true;
}

bool parse_part(struct parser *p)
{
    struct scenario_step *const step = parse_step(p, STEP_PART);
    const char *names[PART_KINDS];

    for (unsigned i = 0; i < PART_KINDS; i++)
        names[i] = part_rows[i].name;
    if (!step || !word_one_of(p, "a part", names, PART_KINDS, &step->a))
        return false;
    for (unsigned i = 0; part_rows[step->a].key[i].name; i++)
        step->values[i] = part_rows[step->a].key[i].usual;
    while (word_more(p))
        if (!word_next(p) || !part_value(p, &part_rows[step->a], step))
            return false;
    for (unsigned i = 0; part_rows[step->a].key[i].name; i++)
        if (part_rows[step->a].key[i].pin && !step->values[i])
            return word_wrong(p, "which pin? pin=PA0");
    return true;
}

/* The other controller, of the same kind. */
static bool joined_with(struct parser *p, struct scenario_step *step)
{
    if (!word_need(p, "the other bus"))
        return false;
    if (strncmp(p->word, step->name, 3) != 0 || p->word[3] < '1' || p->word[3] > '9' || p->word[4])
        return word_wrong(p, "'%s' is no bus like %.3s3", p->word, step->name);
    step->b = (uint32_t)(p->word[3] - '0');
    return true;
}

/* bus NAME memory ADDRESS [BYTES] | loopback | flash ID [PIN] | joined NAME */
bool parse_bus(struct parser *p)
{
    static const char *const kinds[] = { "memory", "loopback", "flash", "joined" };
    struct scenario_step *const step = parse_step(p, STEP_BUS);
    uint64_t n = 256;

    if (!step || !word_need(p, "the name of a bus"))
        return false;
    if (strncmp(p->word, "I2C", 3) != 0 && strncmp(p->word, "SPI", 3) != 0)
        return word_wrong(p, "a bus is called I2C1 or SPI1, not '%s'", p->word);
    if (strlen(p->word) >= sizeof step->name)
        return word_wrong(p, "this name is too long");
    strcpy(step->name, p->word);
    if (!word_one_of(p, "what is on the bus", kinds, 4, &step->a))
        return false;
    if (step->a == CHIP_PART_JOINED)
        return joined_with(p, step);
    if ((step->a == CHIP_PART_I2C_MEMORY) != (step->name[0] == 'I'))
        return word_wrong(p, "a %s is not for %s", kinds[step->a], step->name);
    if (step->a == CHIP_PART_SPI_LOOPBACK)
        return true;
    if (!word_number32(p, step->a == CHIP_PART_SPI_FLASH ? "an id of three bytes" : "an address of 7 bits", &step->b))
        return false;
    if (step->b > (step->a == CHIP_PART_SPI_FLASH ? 0xFFFFFFu : 0x7Fu))
        return word_wrong(p, "0x%" PRIX32 " is too large", step->b);
    if (step->a == CHIP_PART_SPI_FLASH)
        return !word_more(p) || (word_next(p) && (word_pin(p->word, &step->c) || word_wrong(p, "'%s' is no pin: PA0 is", p->word)));
    if (word_more(p) && (!word_number(p, "a number of bytes", 256, &n) || n == 0))
        return n > 0 || word_wrong(p, "a memory has bytes");
    step->c = (uint32_t)n;
    return step->b > 0 || word_wrong(p, "address 0 is everybody's");
}

bool parse_pin(struct parser *p)
{
    static const char *const levels[] = { "open", "low", "high" };
    struct scenario_step *const step = parse_step(p, STEP_PIN);

    return step && word_need(p, "a pin") && (word_pin(p->word, &step->b) || word_wrong(p, "'%s' is no pin: PA0 is", p->word)) &&
           word_one_of(p, "open, low or high", levels, 3, &step->a);
}
