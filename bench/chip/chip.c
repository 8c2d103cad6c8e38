/* chip.c - a chip as a whole: made from its row, saved, loaded, freed. */
#include "chip/chip_inner.h"
#include "periph/dbgmcu.h"
#include "periph/iwdg.h"
#include "periph/pwr.h"
#include "periph/rcc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct chip_row *const rows[] = { &chip_row_u073, &chip_row_g071 };
enum { ROWS = sizeof rows / sizeof rows[0] };

#define S(member, limit) STATE_ONE(struct chip_state, member, limit)
DEFINE_STATE(chip_state_table, "chip", struct chip_state, S(now_ps, STATE_ANY), S(hclk.start_ps, STATE_ANY), S(hclk.start_ticks, STATE_ANY),
             S(hclk.hz, 100000000), S(release_ps, STATE_ANY), S(power_ons, STATE_ANY), STATE_MANY(struct chip_state, itline, STATE_ANY),
             S(pending, (1u << CAUSE_COUNT) - 1), S(powered, 1), S(nrst_low, 1), S(boot0, 1), S(in_reset, 1), S(drives_nrst, 1),
             S(debugger, 1), S(debugging, 1), S(halted, 1), S(booted_from, MEM_SRAM), S(sleep, CHIP_SLEEPS - 1));
#undef S

#define R(member, limit)      STATE_ONE(struct report_state, member, limit)
#define R_MANY(member, limit) STATE_MANY(struct report_state, member, limit)
DEFINE_STATE(report_state_table, "report", struct report_state, R(notes, NOTES_MAX), R_MANY(note_count, STATE_ANY), R_MANY(note_what, 127),
             R_MANY(note_text, STATE_ANY), R(unknowns, UNKNOWN_MAX), R_MANY(unknown_addr, STATE_ANY), R_MANY(unknown_value, STATE_ANY),
             R_MANY(unknown_reads, STATE_ANY), R_MANY(unknown_writes, STATE_ANY), R_MANY(unclocked, STATE_ANY),
             R_MANY(spin_addr, STATE_ANY), R_MANY(spin_pc, STATE_ANY), R_MANY(spin_value, STATE_ANY), R_MANY(spin_reads, STATE_ANY),
             R(spin_next, SPINS - 1));
#undef R
#undef R_MANY

const char *chip_list(unsigned i) { return i < ROWS ? rows[i]->name : NULL; }

static const struct chip_row *find_row(const char *name, struct err *e)
{
    char known[ERR_TEXT] = "";

    for (unsigned i = 0; i < ROWS; i++) {
        if (strcasecmp(name, rows[i]->name) == 0)
            return rows[i];
        strcat(strcat(known, i ? ", " : ""), rows[i]->name);
    }
    err_set(e, ERR_USAGE, "no virtual chip is called '%s'", name);
    err_hint(e, "known: %s", known);
    return NULL;
}

/* ---- making one ---- */

static bool new_blocks(struct chip *c)
{
    for (const struct chip_block *b = c->row->blocks; b->name; b++) {
        struct periph *p = &c->periph[c->block_count];

        c->due_ps[c->block_count++] = TIME_NEVER;
        if (!b->kind)
            continue;
        *p = (struct periph){ b->kind, &c->env, b->name, b->row, b->irq_line, b->irq_source, calloc(1, b->kind->state->bytes), NULL };
        if (b->kind->raw_bytes)
            p->raw = calloc(1, b->kind->raw_bytes);
        if (!p->state || (b->kind->raw_bytes && !p->raw))
            return false;
        if (strncmp(b->name, "GPIO", 4) == 0)
            c->gpio[b->name[4] - 'A'] = p;
    }
    return true;
}

struct periph *chip_block(struct chip *c, const char *name)
{
    for (size_t i = 0; i < c->block_count; i++)
        if (strcmp(c->row->blocks[i].name, name) == 0 && c->periph[i].kind)
            return &c->periph[i];
    return NULL;
}

static void add_section(struct chip *c, const char *name, const struct state_table *table, void *state, size_t bytes)
{
    c->sections[c->section_count++] = (struct chip_section){ name, table, state, bytes };
}

static void list_sections(struct chip *c)
{
    const struct flash_section *of_flash;
    const size_t count = flash_sections(c->flash, &of_flash);

    add_section(c, "chip", &chip_state_table, &c->s, sizeof c->s);
    add_section(c, "report", &report_state_table, &c->r, sizeof c->r);
    add_section(c, "cpu", &cpu_state_table, &c->cpu.s, sizeof c->cpu.s);
    for (size_t i = 0; i < count; i++)
        add_section(c, of_flash[i].name, of_flash[i].table, of_flash[i].state, of_flash[i].bytes);
    add_section(c, "sram", NULL, c->sram, c->row->sram1_bytes + c->row->sram2_bytes);
    add_section(c, "parity", NULL, c->sram_parity, (c->row->sram1_bytes + c->row->sram2_bytes) / 8);
    for (size_t i = 0; i < c->block_count; i++) {
        const struct periph *p = &c->periph[i];

        if (p->kind)
            add_section(c, p->name, p->kind->state, p->state, p->kind->state->bytes);
        if (p->kind && p->raw)
            add_section(c, c->log_names[i], NULL, p->raw, p->kind->raw_bytes);
    }
}

static bool build(struct chip *c)
{
    chip_env_init(c);
    c->sram = calloc(1, c->row->sram1_bytes + c->row->sram2_bytes);
    c->sram_parity = calloc(1, (c->row->sram1_bytes + c->row->sram2_bytes) / 8);
    c->flash = flash_new(c->row->flash, &c->flash_env);
    cpu_init(&c->cpu, &c->port);
    if (!c->sram || !c->sram_parity || !c->flash || !new_blocks(c))
        return false;
    c->rcc = chip_block(c, "RCC");
    c->pwr = chip_block(c, "PWR");
    c->syscfg = chip_block(c, "SYSCFG");
    c->dbgmcu = chip_block(c, "DBGMCU");
    c->iwdg = chip_block(c, "IWDG");
    c->wwdg = chip_block(c, "WWDG");
    c->exti = chip_block(c, "EXTI");
    c->dmamux = chip_block(c, "DMAMUX1");
    c->dma[0] = chip_block(c, "DMA1");
    c->dma[1] = chip_block(c, "DMA2");
    c->rtc = chip_block(c, "RTC");
    c->dac = chip_block(c, "DAC1");
    c->tamp = chip_block(c, "TAMP");
    chip_usb_init(c);
    for (size_t i = 0; i < c->block_count; i++)
        if (c->periph[i].kind)
            periph_reset(&c->periph[i], PERIPH_POWER_ON);
    for (size_t i = 0; i < c->block_count; i++)
        if (c->periph[i].raw)
            snprintf(c->log_names[i], sizeof c->log_names[i], "%s.log", c->periph[i].name);
    bus_build_map(c);
    wires_build(c);
    list_sections(c);
    cpu_hold(&c->cpu, true);
    c->s.in_reset = 1;
    c->built = true;
    chip_clocks_changed(c);
    bus_update_windows(c);
    chip_reschedule(c);
    return true;
}

struct chip *chip_new(const char *name, uint64_t now_ps, struct err *e)
{
    const struct chip_row *row = find_row(name, e);
    struct chip *c;

    if (!row)
        return NULL;
    c = calloc(1, sizeof *c);
    if (c) {
        c->row = row;
        c->s.now_ps = now_ps;
        c->s.release_ps = TIME_NEVER;
        c->stop_ps = TIME_NEVER;
    }
    if (!c || !build(c)) {
        chip_free(c);
        err_set(e, ERR_NOMEM, "no memory for a virtual chip");
        return NULL;
    }
    return c;
}

void chip_free(struct chip *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->block_count; i++) {
        free(c->periph[i].state);
        free(c->periph[i].raw);
    }
    flash_free(c->flash);
    free(c->sram);
    free(c->sram_parity);
    free(c);
}

const char *chip_name(const struct chip *c) { return c->row->name; }
const struct chip_facts *chip_facts(const struct chip *c) { return &c->row->facts; }

void chip_set_rom(struct chip *c, const void *settings, size_t len) { flash_set_rom(c->flash, settings, len); }
void chip_crystals(struct chip *c, uint32_t hse_hz, uint32_t lse_hz) { rcc_crystals(c->rcc, hse_hz, lse_hz); }

const struct chip_page_use *chip_page_use(const struct chip *chip, size_t *pages)
{
    struct chip *c = (struct chip *)(uintptr_t)chip; /* the copy is scratch space, not state */
    const struct flash_use *use = flash_use(c->flash, pages);

    for (size_t i = 0; i < *pages; i++)
        c->page_use[i] = (struct chip_page_use){ use[i].erases, use[i].programs };
    return c->page_use;
}

/* ---- saving ---- */

size_t chip_sections(struct chip *c, const struct chip_section **sections)
{
    *sections = c->sections;
    return c->section_count;
}

/* The longest a bus makes the core wait: a flash that is busy for ever (faults/faults.c), and then some. */
#define CORE_AHEAD_MAX_PS (4000 * PS_PER_S)

static bool contradict(struct err *e, const char *what) { return err_set(e, ERR_INPUT, "section 'chip': %s", what); }

static bool ends_in_zero(const char *texts, size_t count, size_t each)
{
    for (size_t i = 0; i < count; i++)
        if (texts[i * each + each - 1] != 0)
            return false;
    return true;
}

bool chip_loaded(struct chip *c, struct err *e)
{
    if (!flash_loaded(c->flash, e))
        return false;
    if (c->s.hclk.start_ps > c->s.now_ps + CORE_AHEAD_MAX_PS || c->s.hclk.start_ticks > c->cpu.s.cycle)
        return contradict(e, "its clock starts in the future");
    if (c->s.hclk.hz != 0 && (c->cpu.s.cycle - c->s.hclk.start_ticks) / c->s.hclk.hz > (c->s.now_ps + CORE_AHEAD_MAX_PS) / PS_PER_S)
        return contradict(e, "the core is ahead of its time");
    if (c->s.hclk.hz != (chip_has_clock(c) ? rcc_hz(c->rcc, CLOCK_HCLK) : 0))
        return contradict(e, "HCLK is not what RCC says");
    if (c->s.in_reset != c->cpu.s.held)
        return contradict(e, "reset and core contradict each other");
    if (!ends_in_zero(c->r.note_what, NOTES_MAX, NOTE_WHAT) || !ends_in_zero(c->r.note_text, NOTES_MAX, NOTE_TEXT))
        return contradict(e, "a note has no end");
    for (size_t i = 0; i < c->block_count; i++) {
        const struct periph *p = &c->periph[i];

        c->due_ps[i] = p->kind && p->kind->next_ps ? p->kind->next_ps(p) : TIME_NEVER;
    }
    c->running = false;
    wires_join_buses(c);
    bus_update_windows(c);
    chip_reschedule(c);
    return true;
}
