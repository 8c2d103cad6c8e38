/* apply.c - a scenario is played on a new board, line by line. See scenario.h. */
#include "scenarios/scenario.h"

#include "base/bytes.h"
#include "device/regs/cortexm.h"
#include "device/regs/u0_flash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { APP_MAX = 8192, OPTION_LIMIT_MS = 500, OFF_MS = 100, BOOT_MS = 10 };
/* Core clock after reset, for `app wait`. RM0503 (MSI), RM0444 (HSI16). */
enum { U0_RESET_HZ = 4000000, G0_RESET_HZ = 16000000 };
#define KEY1       0x45670123u /* RM0503 3.3.6; the G0's are the same */
#define KEY2       0xCDEF89ABu
#define OPTKEY1    0x08192A3Bu
#define OPTKEY2    0x4C5D6E7Fu
#define FLASH_REGS 0x40022000u

bool scenario_params(const struct scenario *s, struct board_params *params, struct err *e)
{
    for (unsigned i = 0; i < s->sets; i++)
        if (!params_set(params, s->set[i].name, s->set[i].value, e))
            return err_doing(e, "setting what line %u of the scenario says", s->set[i].line);
    return true;
}

static void run_for(struct board *b, uint64_t ps) { board_run_until(b, board_now_ps(b) + ps); }

static void power_cycle(struct board *b)
{
    board_power(b, false);
    run_for(b, OFF_MS * PS_PER_MS);
    board_power(b, true);
    run_for(b, BOOT_MS * PS_PER_MS);
}

/* ---- another tool, over SWD ---- */

static bool tool_write(struct board *b, uint32_t addr, uint32_t value)
{
    uint64_t done_ps = 0;
    const bool good = chip_debug_write(b->chip, addr, 4, value, &done_ps);

    board_run_until(b, done_ps > board_now_ps(b) + PS_PER_US ? done_ps : board_now_ps(b) + PS_PER_US);
    return good;
}

static uint32_t peek(const struct board *b, uint32_t addr)
{
    uint8_t bytes[4] = { 0 };

    chip_peek(b->chip, addr, bytes, sizeof bytes);
    return get_le32(bytes);
}

static bool wait_idle(struct board *b)
{
    for (unsigned ms = 0; ms < OPTION_LIMIT_MS; ms++) {
        if (!(peek(b, FLASH_REGS + U0_FLASH_SR) & BITS(U0_FLASH_SR_BSY1)))
            return true;
        run_for(b, PS_PER_MS);
    }
    return false;
}

/* Halted before its first instruction: what is in flash must not get in the way. */
static bool take_over(struct board *b)
{
    board_power(b, false);
    run_for(b, OFF_MS * PS_PER_MS);
    board_power(b, true);
    if (!tool_write(b, PPB_BASE + PPB_DHCSR, 0xA05F0001) || !tool_write(b, PPB_BASE + PPB_DEMCR, BITS(PPB_DEMCR_VC_CORERESET)))
        return false;
    run_for(b, BOOT_MS * PS_PER_MS);
    return true;
}

static bool unlock_options(struct board *b)
{
    return tool_write(b, FLASH_REGS + U0_FLASH_KEYR, KEY1) && tool_write(b, FLASH_REGS + U0_FLASH_KEYR, KEY2) &&
           tool_write(b, FLASH_REGS + U0_FLASH_OPTKEYR, OPTKEY1) && tool_write(b, FLASH_REGS + U0_FLASH_OPTKEYR, OPTKEY2);
}

/* All option steps in a row are one write. */
static bool write_options(const struct scenario *s, unsigned first, unsigned count, struct board *b)
{
    if (!take_over(b) || !unlock_options(b))
        return false;
    for (unsigned i = first; i < first + count; i++) {
        const struct scenario_step *o = &s->step[i];

        if (!tool_write(b, o->a, (peek(b, o->a) & ~o->c) | o->b))
            return false;
    }
    if (!tool_write(b, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_OPTSTRT)) || !wait_idle(b))
        return false;
    power_cycle(b);
    return true;
}

/* ---- firmware ---- */

static bool program(struct board *b, uint32_t addr, const uint8_t *bytes, size_t len)
{
    const bool good = chip_poke(b->chip, addr, bytes, len); /* who programmed it does not matter */

    power_cycle(b);
    return good;
}

static bool write_app(const struct scenario *s, unsigned first, unsigned count, struct board *b)
{
    uint8_t *const bytes = malloc(APP_MAX);
    const uint32_t hz = strncmp(chip_name(b->chip), "stm32u0", 7) == 0 ? U0_RESET_HZ : G0_RESET_HZ;
    const size_t len = bytes ? scenario_app(s, first, count, hz, bytes, APP_MAX) : 0;
    const bool good = len > 0 && program(b, chip_facts(b->chip)->flash_base, bytes, len);

    free(bytes);
    return good;
}

/* The segments of a little-endian ELF32 file with bytes in the file, at their load addresses. */
static bool poke_elf(struct board *b, const uint8_t *elf, size_t len)
{
    enum { EHDR = 52, PHDR = 32, PT_LOAD = 1 };
    uint32_t at;
    unsigned count;

    if (len < EHDR || memcmp(elf, "\x7f\x45LF\x01\x01", 6) != 0)
        return false;
    at = get_le32(elf + 28);
    count = get_le16(elf + 44);
    if (get_le16(elf + 42) != PHDR || at > len || count > (len - at) / PHDR)
        return false;
    for (const uint8_t *p = elf + at; count > 0; count--, p += PHDR) {
        const uint32_t offset = get_le32(p + 4), addr = get_le32(p + 12), bytes = get_le32(p + 16);

        if (get_le32(p) != PT_LOAD || bytes == 0)
            continue;
        if (offset > len || bytes > len - offset || !chip_poke(b->chip, addr, elf + offset, bytes))
            return false;
    }
    return true;
}

static bool run_firmware(const struct scenario_step *step, struct board *b, const struct scenario_files *files, struct err *e)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    bool good;

    if (!files)
        return err_set(e, ERR_USAGE, "firmware files cannot be read here");
    if (!files->read(files->ctx, step->name, &bytes, &len, e))
        return false;
    good = poke_elf(b, bytes, len) || err_set(e, ERR_INPUT, "'%s' is no ELF file for this chip", step->name);
    free(bytes);
    power_cycle(b);
    run_for(b, step->ps);
    return good;
}

/* ---- steps ---- */

static bool poke(const struct scenario_step *step, struct board *b)
{
    uint8_t *bytes, word[4];
    bool good;

    switch (step->a) {
    case POKE_WORD: put_le32(word, step->c); return chip_poke(b->chip, step->b, word, sizeof word);
    case POKE_DAMAGE: return chip_damage(b->chip, step->b, step->bits, 0);
    case POKE_BREAK_OPTION: return chip_break_option(b->chip, step->b - FLASH_REGS);
    case POKE_STORE_OPTION:
        return chip_store_option(b->chip, (uint32_t)step->bits - FLASH_REGS, (peek(b, (uint32_t)step->bits) & ~step->c) | step->b);
    default:
        bytes = malloc(step->c ? step->c : 1);
        if (!bytes)
            return false;
        memset(bytes, (int)step->bits, step->c);
        good = chip_poke(b->chip, step->b, bytes, step->c);
        free(bytes);
        return good;
    }
}

static bool type_line(const struct scenario_step *step, struct board *b)
{
    const unsigned port = (unsigned)b->params.uart_port;

    chip_uart_input(b->chip, port, step->name, strlen(step->name));
    chip_uart_input(b->chip, port, "\r", 1);
    return true;
}

static bool on_bus(const struct scenario_step *step, struct board *b, struct err *e)
{
    struct chip_part part = { .kind = (enum chip_part_kind)step->a, .bus = step->name };

    if (part.kind == CHIP_PART_I2C_MEMORY) {
        part.address = step->b;
        part.pointer_bytes = 1;
        part.bytes = step->c;
    } else if (part.kind == CHIP_PART_JOINED) {
        part.address = step->b;
    } else {
        part.id = step->b;
        part.select_port = (char)(step->c >> 8);
        part.select_pin = step->c & 0xFF;
    }
    return chip_attach(b->chip, &part) || err_set(e, ERR_USAGE, "an %s has no %s with room for it", chip_name(b->chip), step->name);
}

static bool set_power(const struct scenario_step *step, struct board *b)
{
    if (step->a == STEP_POWER_CYCLE) {
        power_cycle(b);
    } else {
        board_power(b, step->a == STEP_POWER_ON);
        run_for(b, BOOT_MS * PS_PER_MS);
    }
    return true;
}

static bool one_step(const struct scenario *s, unsigned i, unsigned alike, struct board *b, const struct scenario_files *files,
                     struct err *e)
{
    const struct scenario_step *step = &s->step[i];

    switch (step->kind) {
    case STEP_OPTION: return write_options(s, i, alike, b);
    case STEP_APP: return write_app(s, i, alike, b);
    case STEP_FIRMWARE: return run_firmware(step, b, files, e);
    case STEP_PART: return parts_add(&b->parts, (enum part)step->a, step->values, chip_now_ps(b->chip), e);
    case STEP_UART: return type_line(step, b);
    case STEP_RUN: run_for(b, step->ps); return true;
    case STEP_POWER: return set_power(step, b);
    case STEP_CABLE: board_cable(b, BOARD_PROBE, step->a); return true;
    case STEP_BUS: return on_bus(step, b, e);
    case STEP_PIN: chip_pin_drive(b->chip, (char)(step->b >> 8), step->b & 0xFF, (enum chip_wire)step->a); return true;
    case STEP_SUPPLY:
        b->faults.s.vdd_mv = step->a;
        board_rewire(b);
        return true;
    case STEP_DEBUGGER: return tool_write(b, step->a, step->b);
    default: return poke(step, b);
    }
}

/* Options in a row are one write, app lines in a row one program. */
static unsigned steps_alike(const struct scenario *s, unsigned i)
{
    const enum step_kind kind = s->step[i].kind;
    unsigned n = 1;

    if (kind == STEP_OPTION || kind == STEP_APP)
        while (i + n < s->steps && s->step[i + n].kind == kind)
            n++;
    return n;
}

static bool play_steps(const struct scenario *s, struct board *b, const struct scenario_files *files, struct err *e)
{
    for (unsigned i = 0, n; i < s->steps; i += n) {
        n = steps_alike(s, i);
        if (one_step(s, i, n, b, files, e))
            continue;
        if (e->kind == ERR_NONE)
            err_set(e, ERR_FAULT, "the chip does not do what the scenario says");
        return err_doing(e, "playing line %u of the scenario", s->step[i].line);
    }
    return true;
}

bool scenario_play(const struct scenario *s, struct board *b, const struct scenario_files *files, struct err *e)
{
    if (s->seed)
        chip_set_seed(b->chip, s->seed);
    if (!play_steps(s, b, files, e))
        return false;
    board_account(b, BOARD_FAST);
    b->faults.s.nrst = (uint8_t)s->nrst;
    b->faults.s.swd = (uint8_t)s->swd;
    b->faults.s.vtref = (uint8_t)s->vtref;
    if (s->vdd_mv)
        b->faults.s.vdd_mv = s->vdd_mv;
    b->faults.s.vdd_slope_mv_ms = s->vdd_slope_mv_ms;
    for (unsigned i = 0; i < s->faults; i++)
        if (!faults_add(&b->faults, &s->fault[i], e))
            return false;
    board_rewire(b);
    if (faults_stands(&b->faults, FAULT_SERIAL)) { /* the host is to see it */
        board_cable(b, BOARD_PROBE, false);
        board_cable(b, BOARD_PROBE, true);
    }
    faults_arm(&b->faults);
    return true;
}
