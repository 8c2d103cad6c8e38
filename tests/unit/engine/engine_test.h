/* engine_test.h - what the tests of flash/ share: a flash in memory, images made of bytes, plans as text. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "flash/option.h"
#include "flash/plan.h"
#include "flash/start.h"
#include "flash/store.h"

enum { PAGE = 2048, PAGES = 16, BASE = 0x08000000 };

extern const struct device device_stm32u073, device_stm32g071;

struct rig { /* what a plan is made of */
    uint8_t flash[PAGES * PAGE];
    bool damaged[PAGES];
    struct look look;
    struct plan_choices choices;
    struct image image;
    struct err e;
};

/* A chip as from the factory, blank, and an empty image. */
void rig_begin(struct rig *r);
void rig_end(struct rig *r);
/* Bytes of the image: `len` of them, made from `seed`, never 0xFF. At BASE, the first two words are good vectors. */
void rig_image(struct rig *r, uint32_t addr, uint32_t len, uint8_t seed);
/* The flash holds what the image says. */
void rig_programmed(struct rig *r);
void rig_option(struct rig *r, const char *assignment);

/* The want with all pages looked at and kept, as the session does it. */
bool rig_want(struct rig *r, struct want *w);
/* "E0 +e P0:8..2048 C0:8..2048 ... -e": steps of the plan, or "error: CAUSE". E erase, D disarm, P program, C check, R read back, +e and -e
 * set and clear ACR.EMPTY, ALL mass erase; then the guard's name and, if there are any, the pages to be saved: "| base | saves 0 3". */
const char *rig_plan(struct rig *r, char *text, size_t cap);

/* A scratch folder, removed with everything in it by scratch_end. */
const char *scratch_begin(char *folder, size_t cap);
void scratch_end(const char *folder);
