/* crc.c - the CRC unit. See crc.h.
 *
 * Not modelled: the 1 to 4 AHB cycles that a calculation takes (RM0444 16.3.3); a result can be read at once. */
#include "periph/crc.h"

#include "device/regs/crc.h"

struct crc_state {
    uint32_t reg[CRC_POL / 4 + 1];
    uint32_t remainder; /* as the shift register holds it: without REV_OUT, in the polynomial's low bits */
};

#define CR_BASIC (BITS(CRC_CR_POLYSIZE) | BITS(CRC_CR_REV_IN))

#define CRC_ROWS(cr_writable)                                                                                              \
    {                                                                                                                      \
        [CRC_DR / 4] = { UINT32_MAX, 0, 0 }, [CRC_IDR / 4] = { 0, UINT32_MAX, 0 }, [CRC_CR / 4] = { 0, (cr_writable), 0 }, \
                  [CRC_INIT / 4] = { UINT32_MAX, UINT32_MAX, 0 }, [CRC_POL / 4] = { 0x04C11DB7, UINT32_MAX, 0 },           \
    }

static const struct periph_reg crc_rows_u0[] = CRC_ROWS(CR_BASIC | BITS(CRC_CR_REV_OUT) | BITS(CRC_CR_RTYPE_IN) | BITS(CRC_CR_RTYPE_OUT));
static const struct periph_reg crc_rows_g0[] = CRC_ROWS(CR_BASIC | PUT(CRC_CR_REV_OUT, 1));

DEFINE_STATE(crc_state_table, "crc", struct crc_state, STATE_MANY(struct crc_state, reg, STATE_ANY),
             STATE_ONE(struct crc_state, remainder, STATE_ANY));

static unsigned width(const struct crc_state *s)
{
    static const uint8_t widths[4] = { 32, 16, 8, 7 };

    return widths[GET(s->reg[CRC_CR / 4], CRC_CR_POLYSIZE)];
}

static uint32_t ones(unsigned bits) { return UINT32_MAX >> (32 - bits); }

static uint32_t reverse_bits(uint32_t v, unsigned bits)
{
    uint32_t r = 0;

    for (unsigned i = 0; i < bits; i++)
        r |= (v >> i & 1) << (bits - 1 - i);
    return r;
}

/* Each group of `group` bits in the lowest `bits` of `v` turned around in itself. */
static uint32_t reverse_groups(uint32_t v, unsigned bits, unsigned group)
{
    uint32_t r = 0;

    if (group >= bits)
        return reverse_bits(v, bits);
    for (unsigned at = 0; at < bits; at += group)
        r |= reverse_bits(v >> at & ones(group), group) << at;
    return r;
}

/* The bytes or half-words of a word in the opposite order. */
static uint32_t swap_units(uint32_t v, unsigned unit_bits)
{
    return unit_bits == 16 ? v << 16 | v >> 16 : v << 24 | (v & 0xFF00) << 8 | (v >> 8 & 0xFF00) | v >> 24;
}

static uint32_t arrange_input(uint32_t cr, uint32_t v, unsigned bits)
{
    static const uint8_t groups[4] = { 0, 8, 16, 32 };
    const uint32_t mode = GET(cr, CRC_CR_REV_IN);

    if (mode == 0)
        return v;
    if (cr & BITS(CRC_CR_RTYPE_IN)) /* 1: half-words, 2: bytes, by word; narrower data has nothing to exchange */
        return bits == 32 && mode < 3 ? swap_units(v, mode == 1 ? 16 : 8) : v;
    return reverse_groups(v, bits, groups[mode]);
}

static void feed(struct crc_state *s, uint32_t v, unsigned bits)
{
    const unsigned w = width(s);
    const uint32_t top = 1u << (w - 1), poly = s->reg[CRC_POL / 4];

    v = arrange_input(s->reg[CRC_CR / 4], v, bits);
    for (unsigned i = bits; i-- > 0;) {
        const bool carry = ((s->remainder & top) != 0) != (v >> i & 1);

        s->remainder = (s->remainder << 1 ^ (carry ? poly : 0)) & ones(w);
    }
}

static uint32_t result(const struct crc_state *s)
{
    const uint32_t cr = s->reg[CRC_CR / 4], mode = GET(cr, CRC_CR_REV_OUT);

    if (mode == 0)
        return s->remainder;
    if (cr & BITS(CRC_CR_RTYPE_OUT)) /* U0: 1 half-words, 2 bytes, by word */
        return swap_units(s->remainder, mode == 1 ? 16 : 8);
    return reverse_bits(s->remainder, width(s));
}

static uint32_t crc_peek(const struct periph *p, uint32_t offset)
{
    if (offset == CRC_DR)
        return result(p->state);
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

static void start_over(struct crc_state *s) { s->remainder = s->reg[CRC_INIT / 4] & ones(width(s)); }

static void crc_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    struct crc_state *s = p->state;

    switch (offset) {
    case CRC_DR: feed(s, value >> __builtin_ctz(lanes), (unsigned)__builtin_popcount(lanes)); break;
    case CRC_INIT: /* writing it also loads it (RM0444 16.4.4) */
        periph_store(p, offset, value, lanes);
        start_over(s);
        break;
    case CRC_CR:
        periph_store(p, offset, value, lanes);
        if (value & BITS(CRC_CR_RESET)) /* cleared by hardware */
            start_over(s);
        break;
    default: periph_store(p, offset, value, lanes); break;
    }
}

static void crc_reset(struct periph *p, enum periph_reset why) { start_over(p->state); }

#define CRC_KIND(rows)                                                                                                         \
    {                                                                                                                          \
        .name = "CRC", .names = &crc_regs, .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .state = &crc_state_table, \
        .peek = crc_peek, .write = crc_write, .reset = crc_reset                                                               \
    }
const struct periph_kind crc_kind_u0 = CRC_KIND(crc_rows_u0);
const struct periph_kind crc_kind_g0 = CRC_KIND(crc_rows_g0);
