/* chip_rig.h - a modelled chip behind a probe of the test's own: no USB, no ST-LINK, only accesses that take time and may fail.
 *
 * The whole engine runs against it in milliseconds of real time; a cable can be pulled at any command. */
#pragma once
#include "engine_test.h"

#include "chip/chip.h"
#include "flash/session.h"

struct chip_rig;

struct rig_probe { /* its memory is the rig's */
    struct probe p;
    struct chip_rig *r;
};

struct chip_rig {
    struct rig_probe probe;
    struct chip *chip;
    struct target t;
    struct clock clock;
    uint64_t now_ps;
    unsigned command_us;     /* of each probe command: COMMAND_US unless set */
    unsigned link_speed;     /* wires so many times faster than they are; 0: as they are */
    uint64_t commands;       /* probe commands so far */
    uint64_t cut_at;         /* from this command on nothing answers; 0: never */
    uint64_t power_fails_ps; /* at this moment, whatever is going on; 0: never */
    bool open;
    struct err e;
    /* Called before every access to memory; may spoil things. May be NULL. */
    void (*before)(struct chip_rig *r, uint32_t addr, bool write);
    /* Called when the chip has come to where chip_stop_at holds it; must lift that. May be NULL. */
    void (*at_stop)(struct chip_rig *r);
};

enum { COMMAND_US = 300 }; /* as the default of the bench's parameters */

void chip_rig_begin(struct chip_rig *r, const char *chip); /* powered, blank */
void chip_rig_end(struct chip_rig *r);
bool chip_rig_connect(struct chip_rig *r);
void chip_rig_disconnect(struct chip_rig *r);
void chip_rig_power_cycle(struct chip_rig *r);
double chip_rig_ms(const struct chip_rig *r);

struct job { /* one `sector0 flash`, without the words around it */
    struct plan_choices choices;
    struct store *store;
    bool direct, no_run;
    /* out */
    struct session s;
    size_t writes, saves;
    uint64_t commands;
    double ms;
};
/* All of it, connecting to letting go, also after a failure. */
bool chip_rig_flash(struct chip_rig *r, const struct image *im, struct job *job);
bool chip_rig_holds(const struct chip_rig *r, const struct image *im);
