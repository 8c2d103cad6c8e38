/* reg.c - decoding register values. See reg.h. */
#include "base/reg.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static uint32_t mask_of(const struct reg_field *f) { return (uint32_t)(((UINT64_C(1) << f->width) - 1) << f->lsb); }

__attribute__((format(printf, 3, 4))) static void add(char *text, size_t cap, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + used, cap - used, format, args);
    va_end(args);
}

const char *reg_decode(const struct reg_block *block, const char *reg, uint32_t value, char *text, size_t cap)
{
    uint32_t known = 0;

    text[0] = '\0';
    for (const struct reg_field *f = block->fields; f->name; f++) {
        const uint32_t mask = mask_of(f);

        if (strcmp(f->reg, reg) != 0)
            continue;
        known |= mask;
        if ((value & mask) == 0)
            continue;
        if (f->width == 1)
            add(text, cap, "%s%s", text[0] ? " " : "", f->name);
        else
            add(text, cap, "%s%s=0x%" PRIx32, text[0] ? " " : "", f->name, (value & mask) >> f->lsb);
    }
    if (value & ~known)
        add(text, cap, "%sbits 0x%08" PRIx32, text[0] ? " " : "", value & ~known);
    if (!text[0])
        add(text, cap, "0");
    return text;
}

const struct reg_field *reg_find_field(const struct reg_block *block, const char *name)
{
    for (const struct reg_field *f = block->fields; f->name; f++)
        if (strcasecmp(f->name, name) == 0)
            return f;
    return NULL;
}

const char *reg_name_at(const struct reg_block *block, uint32_t offset)
{
    for (const struct reg_name *r = block->regs; r->name; r++)
        if (r->offset == offset)
            return r->name;
    return NULL;
}
