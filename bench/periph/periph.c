/* periph.c - registers by their rows. See periph.h. */
#include "periph/periph.h"

#include <stdarg.h>
#include <stdio.h>

void periph_reset(struct periph *p, enum periph_reset why)
{
    for (unsigned i = 0; i < p->kind->words; i++) {
        const struct periph_reg *row = &p->kind->regs[i];
        const uint32_t keep = why == PERIPH_POWER_ON ? 0 : row->keep;

        periph_set(p, i * 4, ~keep, row->reset);
    }
    if (p->kind->reset)
        p->kind->reset(p, why);
}

uint32_t periph_store(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const struct periph_reg *row = &p->kind->regs[offset / 4];
    uint32_t *word = periph_word(p, offset);
    const uint32_t old = *word;

    *word = ((old & ~(row->writable & lanes)) | (value & row->writable & lanes)) & ~(row->clear1 & lanes & value);
    return old;
}

static uint32_t lane_mask(uint32_t offset, unsigned bytes) { return (bytes == 4 ? UINT32_MAX : (1u << bytes * 8) - 1) << (offset & 3) * 8; }

uint32_t periph_read(struct periph *p, uint32_t offset, unsigned bytes)
{
    const uint32_t at = offset & ~3u;
    uint32_t word;

    if (p->kind->read)
        word = p->kind->read(p, at);
    else
        word = periph_peek(p, at);
    return (word & lane_mask(offset, bytes)) >> (offset & 3) * 8;
}

void periph_write(struct periph *p, uint32_t offset, unsigned bytes, uint32_t value)
{
    const uint32_t at = offset & ~3u;
    uint32_t lanes = lane_mask(offset, bytes);

    value = value << (offset & 3) * 8 & lanes;
    if (p->kind->apb && bytes != 4) {
        value = (value >> (offset & 3) * 8) * (bytes == 1 ? 0x01010101u : 0x00010001u);
        lanes = UINT32_MAX;
    }
    if (at / 4 >= p->kind->words)
        return;
    if (p->kind->write)
        p->kind->write(p, at, value, lanes);
    else
        periph_store(p, at, value, lanes);
}

uint32_t periph_peek(const struct periph *p, uint32_t offset)
{
    if (p->kind->peek)
        return p->kind->peek(p, offset);
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

void periph_note(const struct periph *p, const char *what, const char *format, ...)
{
    char text[120];
    int at = snprintf(text, sizeof text, "%s: ", p->name);
    va_list args;

    va_start(args, format);
    vsnprintf(text + at, sizeof text - (size_t)at, format, args);
    va_end(args);
    p->env->note(p->env->ctx, what, text);
}
