/* report.c - what the chip has to tell about itself: notes, registers that are not modelled, loops that spin, what the UARTs sent. */
#include "base/reg.h"
#include "chip/chip_inner.h"
#include "periph/usart.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A loop is spinning when the core has read the same value from the same register at the same place so often, with no more than SPINS such
 * places in between: about half a second at 4 MHz. Of a block that is not modelled a wait will not end, so it is told much sooner, before
 * a driver's time-out. */
enum { SPIN_READS = 250000, SPIN_READS_UNMODELLED = 1000 };

/* ---- notes ---- */

static char *what_of(struct chip *c, size_t i) { return c->r.note_what + i * NOTE_WHAT; }
static char *text_of(struct chip *c, size_t i) { return c->r.note_text + i * NOTE_TEXT; }

void report_note(struct chip *c, const char *what, const char *format, ...)
{
    char text[NOTE_TEXT];
    va_list args;
    size_t i;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (i = 0; i < c->r.notes; i++)
        if (strncmp(what_of(c, i), what, NOTE_WHAT - 1) == 0 && strcmp(text_of(c, i), text) == 0)
            break;
    if (i == NOTES_MAX) { /* the last one stands for all that no longer fit */
        i = NOTES_MAX - 1;
        snprintf(what_of(c, i), NOTE_WHAT, "more");
        snprintf(text_of(c, i), NOTE_TEXT, "notes that did not fit");
    } else if (i == c->r.notes) {
        c->r.notes++;
        snprintf(what_of(c, i), NOTE_WHAT, "%s", what);
        snprintf(text_of(c, i), NOTE_TEXT, "%s", text);
    }
    if (c->r.note_count[i] < UINT32_MAX)
        c->r.note_count[i]++;
}

static size_t add_view(struct chip *c, size_t n, const char *what, uint32_t count, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static size_t add_view(struct chip *c, size_t n, const char *what, uint32_t count, const char *format, ...)
{
    struct chip_note *v = &c->views[n];
    va_list args;

    va_start(args, format);
    vsnprintf(v->text, sizeof v->text, format, args);
    va_end(args);
    v->what = what;
    v->count = count;
    return n + 1;
}

struct place {               /* of a register */
    const char *block, *reg; /* reg NULL: it has no name */
    const struct reg_block *names;
    uint32_t offset;
};

static struct place place_of(const struct chip *c, uint32_t addr)
{
    const bool flash = addr - c->row->flash_regs < 0x400;
    size_t i;
    const struct chip_block *b = bus_block_at(c, addr, &i);
    struct place at = { "bus", NULL, NULL, addr };

    if (flash)
        at = (struct place){ "FLASH", NULL, c->row->flash_names, addr - c->row->flash_regs };
    else if (b)
        at = (struct place){ b->name, NULL, b->kind ? b->kind->names : b->names, addr - b->base };
    at.reg = at.names ? reg_name_at(at.names, at.offset & ~3u) : NULL;
    return at;
}

static const char *register_name(const struct chip *c, uint32_t addr, char *text, size_t cap)
{
    const struct place at = place_of(c, addr);

    if (at.reg)
        snprintf(text, cap, "%s_%s", at.block, at.reg);
    else
        snprintf(text, cap, "%s+0x%03" PRIX32, at.block, at.offset);
    return text;
}

size_t chip_notes(const struct chip *chip, const struct chip_note **notes)
{
    struct chip *c = (struct chip *)(uintptr_t)chip; /* the views are scratch space, not state */
    size_t n = 0;
    char name[40];

    for (size_t i = 0; i < c->r.notes; i++)
        n = add_view(c, n, what_of(c, i), c->r.note_count[i], "%s", text_of(c, i));
    for (size_t i = 0; i < c->r.unknowns; i++)
        n = add_view(c, n, "unmodelled", c->r.unknown_reads[i] + c->r.unknown_writes[i], "%s: %" PRIu32 " reads, %" PRIu32 " writes",
                     register_name(c, c->r.unknown_addr[i], name, sizeof name), c->r.unknown_reads[i], c->r.unknown_writes[i]);
    for (size_t i = 0; i < c->block_count; i++)
        if (c->r.unclocked[i])
            n = add_view(c, n, "unclocked", c->r.unclocked[i], "%s accessed while its clock was off", c->row->blocks[i].name);
    *notes = c->views;
    return n;
}

/* ---- registers that are not modelled ---- */

static size_t find_unknown(const struct chip *c, uint32_t addr)
{
    size_t i = 0;

    while (i < c->r.unknowns && c->r.unknown_addr[i] != addr)
        i++;
    return i;
}

/* UNKNOWN_MAX if there is no room: then it is as if nothing had been written. */
static size_t need_unknown(struct chip *c, uint32_t addr)
{
    const size_t i = find_unknown(c, addr);

    if (i < c->r.unknowns || i == UNKNOWN_MAX)
        return i;
    c->r.unknown_addr[i] = addr;
    c->r.unknown_value[i] = 0;
    c->r.unknowns++;
    return i;
}

uint32_t report_unknown_peek(const struct chip *c, uint32_t addr)
{
    const size_t i = find_unknown(c, addr);

    return i < c->r.unknowns ? c->r.unknown_value[i] : 0;
}

uint32_t report_unknown_read(struct chip *c, uint32_t addr)
{
    const size_t i = need_unknown(c, addr);

    if (i == UNKNOWN_MAX)
        return 0;
    if (c->r.unknown_reads[i] < UINT32_MAX)
        c->r.unknown_reads[i]++;
    return c->r.unknown_value[i];
}

void report_unknown_write(struct chip *c, uint32_t addr, uint32_t value, uint32_t lanes)
{
    const size_t i = need_unknown(c, addr);

    if (i == UNKNOWN_MAX) {
        report_note(c, "unmodelled", "more than %d registers", (int)UNKNOWN_MAX);
        return;
    }
    c->r.unknown_value[i] = (c->r.unknown_value[i] & ~lanes) | (value & lanes);
    if (c->r.unknown_writes[i] < UINT32_MAX)
        c->r.unknown_writes[i]++;
}

void report_forget_unknown(struct chip *c, uint32_t base, uint32_t bytes)
{
    for (size_t i = 0; i < c->r.unknowns; i++)
        if (c->r.unknown_addr[i] - base < bytes)
            c->r.unknown_value[i] = 0;
}

/* ---- loops that spin ---- */

/* The bits that the loop at `pc` waits for, as far as its next instruction tells: LSLS Rx, Rt, #n looks at one bit, TST and ANDS at
 * those of the other register. 0: not clear. */
static uint32_t awaited_bits(const struct chip *c, uint32_t pc)
{
    uint8_t code[4];
    uint32_t load, next;

    if (!chip_peek(c, pc, code, sizeof code))
        return 0;
    load = code[0] | (uint32_t)code[1] << 8;
    next = code[2] | (uint32_t)code[3] << 8;
    if ((next & 0xF800) == 0x0000 && (next >> 3 & 7) == (load & 7) && (next >> 6 & 0x1F) != 0)
        return 1u << (31 - (next >> 6 & 0x1F));
    if ((next & 0xFFC0) == 0x4200 || (next & 0xFFC0) == 0x4000) {
        const uint32_t a = next & 7, b = next >> 3 & 7;

        return c->cpu.s.r[a == (load & 7) ? b : a];
    }
    return 0;
}

/* ", bits 0x20 (FCRSF)": by name as far as the register's table knows them. */
static void describe_bits(const struct chip *c, uint32_t addr, uint32_t bits, char *text, size_t cap)
{
    const struct place at = place_of(c, addr);
    char names[40] = "";

    if (at.reg)
        reg_decode(at.names, at.reg, bits, names, sizeof names);
    if (*names && strstr(names, "bits 0x") == NULL)
        snprintf(text, cap, ", bits 0x%" PRIX32 " (%s)", bits, names);
    else
        snprintf(text, cap, ", bits 0x%" PRIX32, bits);
}

static void tell_spin(struct chip *c, unsigned i)
{
    const uint32_t awaited = awaited_bits(c, c->r.spin_pc[i]);
    char name[40], bits[64] = "";

    if (awaited)
        describe_bits(c, c->r.spin_addr[i], awaited, bits, sizeof bits);
    report_note(c, "spin", "at 0x%08" PRIX32 " on %s = 0x%08" PRIX32 "%s", c->r.spin_pc[i],
                register_name(c, c->r.spin_addr[i], name, sizeof name), c->r.spin_value[i], bits);
}

static uint32_t spin_limit(const struct chip *c, uint32_t addr)
{
    size_t block;
    const struct chip_block *b = bus_block_at(c, addr, &block);

    return b && !b->kind ? SPIN_READS_UNMODELLED : SPIN_READS;
}

void report_spin(struct chip *c, uint32_t addr, uint32_t value)
{
    const uint32_t pc = c->cpu.s.r[15] - 4;
    unsigned i = 0;

    while (i < SPINS && (c->r.spin_addr[i] != addr || c->r.spin_pc[i] != pc))
        i++;
    if (i == SPINS) {
        i = c->r.spin_next;
        c->r.spin_next = (i + 1) % SPINS;
    } else if (c->r.spin_value[i] == value) {
        if (++c->r.spin_reads[i] % SPIN_READS_UNMODELLED == 0 && c->r.spin_reads[i] % spin_limit(c, addr) == 0)
            tell_spin(c, i);
        return;
    }
    c->r.spin_addr[i] = addr;
    c->r.spin_pc[i] = pc;
    c->r.spin_value[i] = value;
    c->r.spin_reads[i] = 0;
}

/* ---- UARTs ---- */

static struct periph *uart(const struct chip *c, unsigned port)
{
    for (size_t i = 0; i < c->block_count; i++) {
        const struct chip_block *b = &c->row->blocks[i];

        if (b->kind == (port < CHIP_LPUART ? &usart_kind : &lpuart_kind) && port % CHIP_LPUART < 10 &&
            b->name[strlen(b->name) - 1] == (char)('0' + port % CHIP_LPUART))
            return (struct periph *)(uintptr_t)&c->periph[i];
    }
    return NULL;
}

size_t chip_uart_output(const struct chip *chip, unsigned port, const char **text)
{
    struct chip *c = (struct chip *)(uintptr_t)chip; /* scratch space again */
    const struct periph *p = uart(c, port);
    const uint64_t total = p ? usart_total(p) : 0;
    const size_t len = total < USART_LOG ? (size_t)total : USART_LOG, first = (size_t)(total - len) % USART_LOG;

    *text = c->uart_text;
    if (len) {
        memcpy(c->uart_text, p->raw + first, len - first);
        memcpy(c->uart_text + (len - first), p->raw, first);
    }
    return len;
}

uint64_t chip_uart_total(const struct chip *c, unsigned port)
{
    const struct periph *p = uart(c, port);

    return p ? usart_total(p) : 0;
}

void chip_uart_input(struct chip *c, unsigned port, const void *bytes, size_t len)
{
    struct periph *p = uart(c, port);

    if (p && c->s.powered)
        usart_input(p, bytes, len);
}
