/* fuzz_layout.c - any text at all as a DfuSe memory string: spans that lie within 32 bits, or an error with words. */
#include "boot/layout.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *const text = malloc(len + 1);
    struct err e = { 0 };
    struct layout l;

    CLAIM(text);
    if (len)
        memcpy(text, bytes, len);
    text[len] = '\0';
    if (!layout_parse(&l, text, &e)) {
        CLAIM(e.kind == ERR_PROTOCOL && e.cause[0]);
        free(text);
        return 0;
    }
    CLAIM(l.count > 0 && l.count <= LAYOUT_SPANS && strlen(l.name) < LAYOUT_NAME);
    for (unsigned i = 0; i < l.count; i++) {
        const struct layout_span *s = &l.span[i];

        CLAIM(s->count && s->bytes && s->addr + (uint64_t)s->count * s->bytes <= UINT64_C(0x100000000));
        CLAIM(layout_span_at(&l, s->addr));
        CLAIM(layout_reach(&l, s->addr) <= UINT64_C(0x100000000) - s->addr);
    }
    layout_reach(&l, 0xFFFFFFFF);
    free(text);
    return 0;
}
