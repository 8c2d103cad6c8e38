/* rig.c - a chip on the workbench. See rig.h. Encodings: DDI 0419 A6. */
#include "rig.h"

#include <stdlib.h>

uint32_t prog_here(const struct program *p) { return p->count * 2; }

void prog_half(struct program *p, uint16_t half)
{
    assert_true(p->count < sizeof p->code / 2);
    p->code[p->count++] = half;
}

void prog_const(struct program *p, unsigned reg, uint32_t value)
{
    if (p->count % 2)
        prog_half(p, 0xBF00);                    /* nop */
    prog_half(p, (uint16_t)(0x4800 | reg << 8)); /* ldr reg, [pc, #0] */
    prog_half(p, 0xE001);                        /* b over the word */
    prog_half(p, (uint16_t)value);
    prog_half(p, (uint16_t)(value >> 16));
}

static void store(struct program *p, uint32_t addr, uint32_t value, uint16_t instruction)
{
    prog_const(p, 0, addr);
    prog_const(p, 1, value);
    prog_half(p, instruction);
}

void prog_write(struct program *p, uint32_t addr, uint32_t value) { store(p, addr, value, 0x6001); }   /* str r1, [r0] */
void prog_write16(struct program *p, uint32_t addr, uint16_t value) { store(p, addr, value, 0x8001); } /* strh r1, [r0] */
void prog_write8(struct program *p, uint32_t addr, uint8_t value) { store(p, addr, value, 0x7001); }   /* strb r1, [r0] */

void prog_copy(struct program *p, uint32_t from, uint32_t to)
{
    prog_const(p, 0, from);
    prog_half(p, 0x6801); /* ldr r1, [r0] */
    prog_const(p, 0, to);
    prog_half(p, 0x6001); /* str r1, [r0] */
}

void prog_wait(struct program *p, uint32_t addr, uint32_t mask, uint32_t value)
{
    prog_const(p, 0, addr);
    prog_const(p, 2, mask);
    prog_const(p, 3, value);
    prog_half(p, 0x6801); /* ldr r1, [r0] */
    prog_half(p, 0x4011); /* ands r1, r2 */
    prog_half(p, 0x4299); /* cmp r1, r3 */
    prog_half(p, 0xD1FB); /* bne back to the ldr */
}

void prog_send(struct program *p, uint32_t usart, const char *text)
{
    for (; *text; text++) {
        prog_wait(p, usart + USART_ISR, BITS(USART_ISR_TXFNF), BITS(USART_ISR_TXFNF));
        prog_write(p, usart + USART_TDR, (uint8_t)*text);
    }
}

void prog_count(struct program *p)
{
    prog_const(p, 0, RESULT);
    prog_half(p, 0x2100); /* movs r1, #0 */
    if (p->count % 2)
        prog_half(p, 0xBF00);
    prog_half(p, 0x3101); /* adds r1, #1 */
    prog_half(p, 0x6001); /* str r1, [r0] */
    prog_half(p, 0xBF00); /* nop */
    prog_half(p, 0xE7FB); /* b back to the adds */
}

void prog_stop(struct program *p) { prog_half(p, 0xE7FE); } /* b . */
void prog_wfi(struct program *p) { prog_half(p, 0xBF30); }

void rig_load(struct chip *c, uint32_t at, const struct program *p)
{
    uint32_t vectors[48];
    const uint16_t handler = 0xE7FE;

    for (unsigned i = 0; i < 48; i++)
        vectors[i] = at + HANDLER_AT + 1;
    vectors[0] = RAM_BASE + 32 * 1024;
    vectors[1] = at + PROGRAM_AT + 1;
    assert_true(chip_poke(c, at, vectors, sizeof vectors));
    assert_true(chip_poke(c, at + HANDLER_AT, &handler, sizeof handler));
    assert_true(chip_poke(c, at + PROGRAM_AT, p->code, p->count * 2));
}

struct chip *rig_new(const char *name)
{
    struct err e = { 0 };
    struct chip *c = chip_new(name, 0, &e);

    assert_non_null(c);
    return c;
}

void rig_us(struct chip *c, uint64_t us) { chip_run_until(c, chip_now_ps(c) + us * PS_PER_US); }

void rig_boot(struct chip *c)
{
    chip_power(c, true);
    rig_us(c, 400);
}

struct chip *rig_run(const char *name, const struct program *p)
{
    struct chip *c = rig_new(name);

    rig_load(c, FLASH_BASE, p);
    rig_boot(c);
    return c;
}

uint32_t rig_peek(struct chip *c, uint32_t addr)
{
    uint32_t word = 0;

    assert_true(chip_peek(c, addr, &word, 4));
    return word;
}

uint32_t rig_read(struct chip *c, uint32_t addr)
{
    uint32_t value;
    uint64_t done_ps;

    assert_true(chip_debug_read(c, addr, 4, &value, &done_ps));
    chip_run_until(c, done_ps);
    return value;
}

bool rig_can_read(struct chip *c, uint32_t addr)
{
    uint32_t value;
    uint64_t done_ps;

    return chip_debug_read(c, addr, 4, &value, &done_ps);
}

void rig_write(struct chip *c, uint32_t addr, uint32_t value)
{
    uint64_t done_ps;

    assert_true(chip_debug_write(c, addr, 4, value, &done_ps));
    chip_run_until(c, done_ps);
}

void rig_halt(struct chip *c)
{
    rig_write(c, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT));
    rig_us(c, 10);
    assert_true(rig_read(c, PPB(DHCSR)) & BITS(PPB_DHCSR_S_HALT));
}

const struct chip_note *rig_note(struct chip *c, const char *what, const char *part)
{
    const struct chip_note *notes;
    const size_t count = chip_notes(c, &notes);

    for (size_t i = 0; i < count; i++)
        if (strcmp(notes[i].what, what) == 0 && strstr(notes[i].text, part))
            return &notes[i];
    return NULL;
}

uint32_t rig_reset_flags(struct chip *c) { return rig_peek(c, RCC_BASE + U0_RCC_CSR) & 0xFE000000u; }

uint32_t rig_counts(struct chip *c, uint64_t us)
{
    const uint32_t before = rig_peek(c, RESULT);

    rig_us(c, us);
    return rig_peek(c, RESULT) - before;
}

/* ---- a snapshot: every section as the board file would hold it ---- */

struct rig_snapshot rig_save(struct chip *c)
{
    const struct chip_section *s;
    const size_t count = chip_sections(c, &s);
    struct rig_snapshot snap = { 0 };
    uint8_t *to;

    for (size_t i = 0; i < count; i++)
        snap.len += s[i].table ? state_size(s[i].table) : s[i].bytes;
    to = snap.bytes = malloc(snap.len);
    assert_non_null(to);
    for (size_t i = 0; i < count; i++)
        if (s[i].table) {
            state_save(s[i].table, s[i].state, to);
            to += state_size(s[i].table);
        } else {
            memcpy(to, s[i].state, s[i].bytes);
            to += s[i].bytes;
        }
    return snap;
}

struct chip *rig_restore(const char *name, const struct rig_snapshot *snap)
{
    struct err e = { 0 };
    struct chip *c = chip_new(name, 0, &e);
    const struct chip_section *s;
    const size_t count = chip_sections(c, &s);
    const uint8_t *from = snap->bytes;

    for (size_t i = 0; i < count; i++)
        if (s[i].table) {
            assert_true(state_load(s[i].table, s[i].state, from, state_size(s[i].table), &e));
            from += state_size(s[i].table);
        } else {
            memcpy(s[i].state, from, s[i].bytes);
            from += s[i].bytes;
        }
    if (!chip_loaded(c, &e))
        fail_msg("%s", e.cause);
    return c;
}

const char *rig_difference(struct chip *a, struct chip *b)
{
    const struct chip_section *sa, *sb;
    const size_t count = chip_sections(a, &sa);

    assert_int_equal(count, chip_sections(b, &sb));
    for (size_t i = 0; i < count; i++) {
        const char *field = NULL;

        if (sa[i].table)
            field = state_first_difference(sa[i].table, sa[i].state, sb[i].state);
        else if (memcmp(sa[i].state, sb[i].state, sa[i].bytes) != 0)
            field = "bytes";
        if (field) {
            print_message("# section %s: %s differs\n", sa[i].name, field);
            return field;
        }
    }
    return NULL;
}

struct chip *rig_clone(struct chip *c)
{
    struct rig_snapshot snap = rig_save(c);
    struct chip *twin = rig_restore(chip_name(c), &snap);

    free(snap.bytes);
    return twin;
}
