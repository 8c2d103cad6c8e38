/* test_saved.c - the flash in the board file: every byte is listed, a copy goes on as the original would, bad files are refused. */
#include "rig.h"

#include <stdlib.h>

enum { SECTIONS = 6 };

static const struct flash_section *section(struct rig *r, const char *name)
{
    const struct flash_section *s;
    const size_t count = flash_sections(r->f, &s);

    for (size_t i = 0; i < count; i++)
        if (strcmp(s[i].name, name) == 0)
            return &s[i];
    return NULL;
}

static void every_byte_of_the_state_is_listed_once(void **state)
{
    struct rig *r = *state;
    const struct state_table *t = section(r, "flash")->table;
    uint8_t *seen = calloc(1, t->bytes);
    size_t gaps = 0;

    assert_int_equal(t->bytes, section(r, "flash")->bytes);
    for (const struct state_field *f = t->fields; f < t->fields + t->count; f++)
        for (uint32_t i = 0; i < f->elem_bytes * f->count; i++)
            assert_int_equal(seen[f->offset + i]++, 0);
    for (size_t i = 0; i < t->bytes; i++)
        gaps += !seen[i];
    assert_true(gaps < 8); /* padding at the end */
    while (gaps > 0)
        assert_false(seen[t->bytes - gaps--]);
    free(seen);
}

static void all_memories_are_sections(void **state)
{
    struct rig *r = *state;
    const struct flash_section *s;
    size_t pages;

    flash_use(r->f, &pages);
    assert_int_equal(flash_sections(r->f, &s), SECTIONS);
    assert_int_equal(section(r, "flash_main")->bytes, pages * PAGE);
    assert_int_equal(section(r, "flash_main_ecc")->bytes, pages * PAGE / 8);
    assert_int_equal(section(r, "flash_otp")->bytes, 1024);
    assert_int_equal(section(r, "flash_otp_ecc")->bytes, 128);
    assert_non_null(section(r, "flash_signature"));
}

static void copy(struct rig *from, struct rig *to)
{
    const struct flash_section *a, *b;
    const size_t count = flash_sections(from->f, &a);
    struct err e = { 0 };

    assert_int_equal(flash_sections(to->f, &b), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].bytes, b[i].bytes);
        if (a[i].table) {
            uint8_t *bytes = malloc(state_size(a[i].table));

            state_save(a[i].table, a[i].state, bytes);
            assert_true(state_load(b[i].table, b[i].state, bytes, state_size(a[i].table), &e));
            free(bytes);
        } else
            memcpy(b[i].state, a[i].state, a[i].bytes);
    }
    to->now_ps = from->now_ps;
    assert_true(flash_loaded(to->f, &e));
}

static void copy_in_mid_operation_goes_on_as_the_original(void **state)
{
    struct rig *r = *state, *other;
    const struct flash_section *a, *b;
    void *place;

    assert_int_equal(r->otp == 0x1FFF6800 ? rig_u0(&place) : rig_g0(&place), 0);
    other = place;
    program(r, BASE + PAGE, 0x1122);
    flash_damage(r->f, BASE + PAGE, 1, 0);
    start_program(r, BASE, 0x99);
    assert_true(try_store(r, BASE + 8, 4, FLASH_DEBUG, 0x77)); /* waits */
    pass(r, 10 * PS_PER_US);
    copy(r, other);
    pass(other, PS_PER_MS);
    pass(r, PS_PER_MS);
    assert_int_equal(sr(other), FLAG(CFGBSY)); /* the first word has gone in */
    store(other, BASE + 12, 0x66);
    store(r, BASE + 12, 0x66);
    until_idle(other);
    until_idle(r);
    assert_true(peek64(other, BASE) == 0x99 && peek64(other, BASE + 8) == 0x0000006600000077);
    flash_sections(r->f, &a);
    flash_sections(other->f, &b);
    for (unsigned i = 0; i < SECTIONS; i++) {
        if (a[i].table)
            assert_null(state_first_difference(a[i].table, a[i].state, b[i].state));
        else
            assert_memory_equal(a[i].state, b[i].state, a[i].bytes);
    }
    rig_close(&place);
}

static void loading_finds_damage_and_pending_interrupts_again(void **state)
{
    struct rig *r = *state, *other;
    uint32_t base, bytes;
    void *place;

    assert_int_equal(r->otp == 0x1FFF6800 ? rig_u0(&place) : rig_g0(&place), 0);
    other = place;
    flash_damage(r->f, BASE, 1, 0);
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(EOPIE) | CRBIT(PG));
    store(r, BASE + 8, 1);
    store(r, BASE + 12, 1);
    until_idle(r);
    copy(r, other);
    assert_true(other->irq);
    assert_null(flash_window(other->f, &base, &bytes));
    rig_close(&place);
}

/* Save with the field set to a value, and load that: state_load must refuse it or flash_loaded must. What was there is put back. */
static bool loads_with(struct rig *r, const char *name, uint32_t index, uint64_t value)
{
    const struct flash_section *s = section(r, "flash");
    const size_t size = state_size(s->table);
    uint8_t *good = malloc(size), *bad = malloc(size), *p = bad;
    struct err e = { 0 };
    const struct state_field *f = s->table->fields;
    bool loaded;

    state_save(s->table, s->state, good);
    memcpy(bad, good, size);
    for (; strcmp(f->name, name) != 0; f++)
        p += (size_t)f->elem_bytes * f->count;
    for (uint32_t b = 0; b < f->elem_bytes; b++)
        p[index * f->elem_bytes + b] = (uint8_t)(value >> (8 * b));
    loaded = state_load(s->table, s->state, bad, size, &e) && flash_loaded(r->f, &e);
    if (!loaded)
        assert_int_equal(e.kind, ERR_INPUT);
    assert_true(state_load(s->table, s->state, good, size, &e) && flash_loaded(r->f, &e));
    free(good);
    free(bad);
    return loaded;
}

static void impossible_operations_are_refused(void **state)
{
    struct rig *r = *state;

    assert_true(loads_with(r, "op", 0, 0));
    assert_false(loads_with(r, "op", 0, 200));
    assert_false(loads_with(r, "op", 0, 1)); /* running, with no end */
    start_program(r, BASE, 1);
    assert_true(loads_with(r, "op_addr", 0, BASE + 8));
    assert_false(loads_with(r, "op_addr", 0, BASE + 4));
    assert_false(loads_with(r, "op_addr", 0, 0x20000000));
    assert_false(loads_with(r, "op", 0, 0)); /* an end, and nothing running */
    assert_false(loads_with(r, "op_start_ps", 0, r->now_ps + PS_PER_S));
    until_idle(r);
    reg_write(r, U0_FLASH_CR, 0);
    start_page_erase(r, 1);
    assert_false(loads_with(r, "op_addr", 0, BASE + 8));
}

static void impossible_half_words_are_refused(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, BASE, 1);
    assert_true(loads_with(r, "slot_addr", 0, BASE + 8));
    assert_false(loads_with(r, "slot_addr", 0, BASE + 4));
    assert_false(loads_with(r, "slot_addr", 0, 0x20000000));
    assert_false(loads_with(r, "slot", 0, 9));
}

static void impossible_waiting_writes_are_refused(void **state)
{
    struct rig *r = *state;

    start_program(r, BASE, 1);
    assert_true(try_store(r, BASE + 8, 4, FLASH_DEBUG, 1));
    assert_true(loads_with(r, "waiting", 0, 1));
    assert_false(loads_with(r, "waiting", 0, 9));
    assert_false(loads_with(r, "waiting_bytes", 0, 3));
    assert_false(loads_with(r, "waiting_bytes", 0, 0));
    assert_false(loads_with(r, "waiting_addr", 0, BASE + 2));
    assert_false(loads_with(r, "waiting_addr", 0, 0x20000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(every_byte_of_the_state_is_listed_once),
        ON_BOTH(all_memories_are_sections),
        ON_BOTH(copy_in_mid_operation_goes_on_as_the_original),
        ON_BOTH(loading_finds_damage_and_pending_interrupts_again),
        ON_BOTH(impossible_operations_are_refused),
        ON_BOTH(impossible_half_words_are_refused),
        ON_BOTH(impossible_waiting_writes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
