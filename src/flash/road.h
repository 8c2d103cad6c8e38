/* road.h - the seam under the flash commands: how to get at a chip's flash. Two roads are there: over SWD through a debug probe
 * (session.c, compare.c, direct.c, feed.c) and over USB through the ROM bootloader (boot/road.c). What lies above a session - plans,
 * saves, undo, option words, the commands - knows only this. */
#pragma once
#include "flash/look.h"
#include "flash/plan.h"

struct session;

struct road_chip { /* what is known of the chip at the end of the road */
    const struct device *device;
    const struct clock *clock; /* borrowed */
    uint32_t flash_bytes;
    bool flash_size_read; /* false: the largest of this kind */
    uint8_t uid[12];
    bool uid_read;
    bool was_halted; /* as found; over USB, where the ROM runs: never */
};

struct road {
    const char *name; /* "swd", "dfu" */
    /* The flash controller's registers are within reach: error flags can be read, ACR.EMPTY set, zeros written over anything. Otherwise
     * a plan keeps to erasing, programming and reading back, and erases everything before it programs anything. */
    bool registers;
    const char *stays; /* "halted before its first instruction": how a chip is that is not to run after its flash was written */
    /* The option words, and the controller's registers where they are within reach. */
    bool (*look)(struct session *s, struct look *l, struct err *e);
    bool (*read)(struct session *s, uint32_t addr, uint8_t *bytes, size_t len, struct err *e);
    bool (*take)(struct session *s, struct err *e);
    /* Fill in what the want's pages hold now, and keep what nobody asked for. */
    bool (*compare)(struct session *s, struct want *w, bool borrowing, struct err *e);
    /* Unlock, save what is to be lost, carry out the steps. */
    bool (*execute)(struct session *s, const struct plan *p, struct err *e);
    /* May these words be written now? Asked before anything is saved. NULL: yes. */
    bool (*may_write_options)(struct session *s, const uint32_t *wanted, struct err *e);
    /* Write the words and have them loaded; s->look is what was loaded. */
    bool (*write_options)(struct session *s, const uint32_t *wanted, struct err *e);
    bool (*finish)(struct session *s, bool run, struct err *e);
    /* After a failure: leave things in order. NULL: as they were found; else what the user should know of how they are. */
    const char *(*abandon)(struct session *s);
};

extern const struct road road_swd;
