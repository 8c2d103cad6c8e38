/* facts.c - see facts.h. */
#include "facts.h"

char *facts_file(const char *path)
{
    FILE *const f = fopen(path, "rb");
    char *text = NULL;
    size_t len = 0;

    if (!f || getdelim(&text, &len, '\0', f) < 0)
        fail_msg("cannot read %s", path);
    fclose(f);
    return text;
}

void facts_read(struct facts *facts, const char *name, size_t cells)
{
    char path[400];
    size_t lines = 0;

    snprintf(path, sizeof path, SOURCE_ROOT "/tests/facts/%s", name);
    *facts = (struct facts){ .text = facts_file(path) };
    for (const char *c = facts->text; *c; c++)
        lines += *c == '\n';
    facts->rows = calloc(lines, sizeof *facts->rows);

    char *rest = facts->text;

    for (size_t number = 0; number < lines; number++) {
        char *line = strsep(&rest, "\n"), *cell;
        size_t n = 0;

        if (number < 2) /* origin, headings */
            continue;
        for (size_t i = 0; i < FACTS_CELLS; i++)
            facts->rows[facts->count].cell[i] = "";
        while ((cell = strsep(&line, ",")) != NULL) {
            assert_true(n < cells);
            facts->rows[facts->count].cell[n++] = cell;
        }
        if (n != cells)
            fail_msg("%s:%zu: %zu cells, not %zu", name, number + 1, n, cells);
        facts->count++;
    }
    assert_true(facts->count > 0);
}

void facts_free(struct facts *facts)
{
    free(facts->text);
    free(facts->rows);
    *facts = (struct facts){ 0 };
}

static bool same(const struct facts_row *row, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(row->cell[i], cells[i]) != 0)
            return false;
    return true;
}

bool facts_has(const struct facts *facts, const char *const *cells)
{
    size_t count = 0;

    while (count < FACTS_CELLS && facts->rows[0].cell[count][0])
        count++;
    for (size_t i = 0; i < facts->count; i++)
        if (same(&facts->rows[i], cells, count))
            return true;
    return false;
}

uint32_t facts_base(const struct facts *bases, const char *chip, const char *peripheral)
{
    for (size_t i = 0; i < bases->count; i++)
        if (same(&bases->rows[i], (const char *[]){ chip, peripheral }, 2))
            return (uint32_t)strtoul(bases->rows[i].cell[2], NULL, 16);
    fail_msg("%s has no %s", chip, peripheral);
    return 0;
}

/* Is `word` one of the words of `name`, which underscores part? */
static bool has_word(const char *name, const char *word)
{
    const size_t len = strlen(word);

    for (const char *at = name; at; at = strchr(at, '_') ? strchr(at, '_') + 1 : NULL)
        if (strncmp(at, word, len) == 0 && (at[len] == '_' || at[len] == '\0'))
            return true;
    return false;
}

int facts_interrupt(const struct facts *interrupts, const char *chip, const char *peripheral)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < interrupts->count; i++) {
            const char *const *const cell = interrupts->rows[i].cell;

            if (strcmp(cell[0], chip) == 0 && (pass == 0 ? strcmp(cell[3], peripheral) == 0 : has_word(cell[1], peripheral)))
                return atoi(cell[2]);
        }
    return -1;
}
