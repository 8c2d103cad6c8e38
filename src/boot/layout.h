/* layout.h - what a DfuSe device says of itself: its configuration descriptor, and one string per memory. Pure: bytes in, structs out.
 *
 * Source: UM0424 4.3.2 for the strings, DFU 1.1 table 4.2 for the functional descriptor, USB 2.0 9.6. */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { LAYOUT_SPANS = 32, LAYOUT_NAME = 48, CONFIG_ALTERNATES = 16 };

struct layout_span { /* `count` sectors of `bytes` bytes, side by side */
    uint32_t addr, count, bytes;
    bool readable, erasable, writable;
};

struct layout {             /* "@Internal Flash  /0x08000000/128*02Kg" */
    char name[LAYOUT_NAME]; /* without the blanks around it */
    struct layout_span span[LAYOUT_SPANS];
    unsigned count;
};

/* Errors: ERR_PROTOCOL (where in the string, and what stands there). Unknown multipliers count as bytes, as they do for others. */
bool layout_parse(struct layout *l, const char *text, struct err *e);
/* The span that holds addr, or NULL. */
const struct layout_span *layout_span_at(const struct layout *l, uint32_t addr);
/* Bytes from addr that may be read on end, over spans that touch; 0: addr is not there. */
uint32_t layout_reach(const struct layout *l, uint32_t addr);

struct config { /* the DFU interface of a configuration */
    uint8_t interface;
    uint8_t protocol; /* 1: an application that can be asked to go, 2: DFU mode */
    struct {
        uint8_t number, string;
    } alternate[CONFIG_ALTERNATES];
    unsigned alternates;
    bool functional; /* the descriptor is there: */
    uint8_t attributes;
    uint16_t detach_ms, transfer_bytes, version;
};

/* The first interface of class 0xFE, subclass 1. Errors: ERR_PROTOCOL (lengths that do not add up), ERR_UNSUPPORTED (no such interface). */
bool config_parse(struct config *c, const uint8_t *bytes, size_t len, struct err *e);
