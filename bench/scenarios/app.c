/* app.c - the little program of a scenario: vectors, code, and a table of addresses and values that it goes through.
 *
 *     store REG VALUE      write a word
 *     set REG FIELD=V,...  read, change these fields, write
 *     until REG FIELD=V    wait for it
 *     end-if REG FIELD=V   stop here (b .) if it is so already
 *     wait TIME            at the clock after reset
 *     sleep                WFI, again and again
 *     irqs-off             CPSID I
 *     fault, lockup        UDF; in the handler again
 *     recurse              calls itself, 36 bytes of stack each time
 *     bootloader           jumps to system memory, as careless firmware does: nothing is put back before
 *     again                from the top
 *
 * What comes after the last line is `b .`. The program is what a firmware's author might have written, and runs after every reset that
 * boots from flash. */
#include "scenarios/scenario.h"

#include "base/bytes.h"

#include <string.h>

enum { VECTORS = 48, CODE_MAX = 512, DATA_MAX = 512, LOOP_CYCLES = 3 };
#define FLASH_BASE 0x08000000u
#define STACK_TOP  0x20002000u /* within the first 8 KiB of SRAM1: every chip has them */

struct program {
    uint16_t code[CODE_MAX];
    uint32_t data[DATA_MAX];
    unsigned codes, datas;
    bool full;
};

static void op(struct program *p, unsigned code)
{
    if (p->codes == CODE_MAX)
        p->full = true;
    else
        p->code[p->codes++] = (uint16_t)code;
}

static void word(struct program *p, uint32_t value)
{
    if (p->datas == DATA_MAX)
        p->full = true;
    else
        p->data[p->datas++] = value;
}

enum { /* r7 walks through the table */
       LDM_R0_R1 = 0xCF03,
       LDM_R0_R2 = 0xCF07,
       LDM_R1 = 0xCF02,
       LDR_R3_AT_R0 = 0x6803,
       STR_R1_AT_R0 = 0x6001,
       STR_R3_AT_R0 = 0x6003,
       BICS_R3_R1 = 0x438B,
       ORRS_R3_R2 = 0x4313,
       ANDS_R3_R1 = 0x400B,
       CMP_R3_R2 = 0x4293,
       SUBS_R1_1 = 0x3901,
       BEQ_NEXT_BUT_ONE = 0xD000, /* over one instruction */
       BNE_NEXT_BUT_ONE = 0xD100,
       B_SELF = 0xE7FE,
       WFI = 0xBF30,
       CPSID_I = 0xB672,
       UDF = 0xDE00,
       LDR_R7_LITERAL = 0x4F00,
       NOP = 0xBF00,
       PUSH_R0_R7_LR = 0xB5FF,
       LDM_R0 = 0xCF01,
       LDR_R1_R0 = 0x6801,   /* LDR r1, [r0] */
       LDR_R2_R0_4 = 0x6842, /* LDR r2, [r0, #4] */
       MSR_1 = 0xF381,       /* MSR MSP, r1: two halves */
       MSR_2 = 0x8808,
       BX_R2 = 0x4710,
};

/* A branch from the next place to instruction number `to`. `base`: 0xD000 | condition << 8 (range is checked by `full`), or 0xE000. */
static void branch(struct program *p, unsigned base, unsigned to)
{
    const int words = (int)to - (int)p->codes - 2;
    const bool conditional = base >> 12 == 0xD;

    p->full |= conditional ? words < -128 || words > 127 : words < -1024 || words > 1023;
    op(p, base | ((unsigned)words & (conditional ? 0xFF : 0x7FF)));
}

static void compare(struct program *p, const struct scenario_step *s)
{
    op(p, LDM_R0_R2);
    word(p, s->a);
    word(p, s->c);
    word(p, s->b);
}

static void one_step(struct program *p, const struct scenario_step *s, uint32_t hz, unsigned top)
{
    unsigned here;

    switch (s->op) {
    case APP_STORE:
        op(p, LDM_R0_R1);
        word(p, s->a);
        word(p, s->b);
        op(p, STR_R1_AT_R0);
        break;
    case APP_SET:
        compare(p, s);
        op(p, LDR_R3_AT_R0);
        op(p, BICS_R3_R1);
        op(p, ORRS_R3_R2);
        op(p, STR_R3_AT_R0);
        break;
    case APP_UNTIL:
    case APP_END_IF:
        compare(p, s);
        here = p->codes;
        op(p, LDR_R3_AT_R0);
        op(p, ANDS_R3_R1);
        op(p, CMP_R3_R2);
        if (s->op == APP_UNTIL) {
            branch(p, 0xD100, here); /* BNE */
        } else {
            op(p, BNE_NEXT_BUT_ONE);
            op(p, B_SELF);
        }
        break;
    case APP_WAIT:
        op(p, LDM_R1);
        word(p, (uint32_t)(s->ps / PS_PER_US * hz / (1000000 * LOOP_CYCLES)) + 1);
        here = p->codes;
        op(p, SUBS_R1_1);
        branch(p, 0xD100, here);
        break;
    case APP_SLEEP:
        here = p->codes;
        op(p, WFI);
        branch(p, 0xE000, here);
        break;
    case APP_IRQS_OFF: op(p, CPSID_I); break;
    case APP_FAULT:
    case APP_LOCKUP: op(p, UDF); break;
    case APP_RECURSE:
        here = p->codes;
        op(p, PUSH_R0_R7_LR);
        branch(p, 0xE000, here);
        break;
    case APP_BOOTLOADER:
        op(p, LDM_R0);
        word(p, 0x1FFF0000);
        op(p, LDR_R1_R0);
        op(p, LDR_R2_R0_4);
        op(p, MSR_1);
        op(p, MSR_2);
        op(p, BX_R2);
        break;
    case APP_AGAIN: branch(p, 0xE000, top); break;
    default: break;
    }
}

static bool locks_up(const struct scenario *s, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        if (s->step[i].op == APP_LOCKUP)
            return true;
    return false;
}

size_t scenario_app(const struct scenario *s, unsigned first, unsigned count, uint32_t hz, uint8_t *out, size_t cap)
{
    struct program p = { 0 };
    const uint32_t start = FLASH_BASE + 4 * VECTORS, handler = start;
    uint32_t table;
    size_t bytes;

    /* start: the handler of everything, then the reset entry. An UDF there is a fault within a fault: lockup. */
    op(&p, locks_up(s, first, count) ? UDF : B_SELF);
    op(&p, LDR_R7_LITERAL); /* entry, at start + 2: the literal is the first word behind the code, see below */
    for (unsigned i = first; i < first + count; i++)
        one_step(&p, &s->step[i], hz, 1);
    op(&p, B_SELF);
    if (p.codes % 2)
        op(&p, NOP);
    table = 4 * VECTORS + 2 * p.codes; /* literal, then data */
    bytes = table + 4 + 4 * (size_t)p.datas;
    /* LDR r7, [pc, #n]: from (start + 2 + 4) & ~3 = start + 4 */
    if (p.full || bytes > cap || (table - 4 * VECTORS - 4) / 4 > 255)
        return 0;
    p.code[1] = (uint16_t)(LDR_R7_LITERAL | (table - 4 * VECTORS - 4) / 4);
    for (unsigned i = 0; i < VECTORS; i++)
        put_le32(out + 4 * i, i == 0 ? STACK_TOP : (i == 1 ? start + 2 : handler) | 1);
    for (unsigned i = 0; i < p.codes; i++)
        put_le16(out + 4 * VECTORS + 2 * i, p.code[i]);
    put_le32(out + table, FLASH_BASE + table + 4);
    for (unsigned i = 0; i < p.datas; i++)
        put_le32(out + table + 4 + 4 * (size_t)i, p.data[i]);
    return bytes;
}
