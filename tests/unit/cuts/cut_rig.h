/* cut_rig.h - power cuts at flash operations of a job, each judged on a copy of the chip.
 *
 * One job runs once, undisturbed. Where one of its operations is to be cut, the chip stands still at the beginning of the operation; its
 * state is copied to a second chip, that one's power is cut, before, inside or after the operation, and it is given to the judge. */
#pragma once
#include "chip_rig.h"

struct flash_fate;

struct cut {            /* one; enough to do it again */
    uint64_t operation; /* from 1 */
    unsigned share;     /* of it, in percent: 0 before, 100 after */
    uint64_t seed;      /* of torn bits */
};

struct cut_rig {
    struct chip_rig parent, child;
    uint64_t operations; /* of the job so far */
    struct flash_now {
        uint32_t addr, bytes;
        uint64_t start_ps, duration_ps;
        bool options;
    } op; /* the present one */
    unsigned shares[8], share_count;
    uint64_t cuts; /* made and judged */
    uint64_t seed; /* of all of them, if not 0; else each has its own */
    void *ctx;
    bool (*wanted)(void *ctx, uint64_t operation, const struct flash_now *op);
    void (*judge)(void *ctx, struct chip_rig *child, const struct cut *c); /* the child is without power */
};

void cut_rig_begin(struct cut_rig *r, const char *chip);
void cut_rig_end(struct cut_rig *r);
void cut_rig_copy(struct chip_rig *to, struct chip_rig *from); /* the chip's whole state, and the time */
void cut_rig_watch(struct cut_rig *r, bool on);                /* operations of the parent are counted and cut */
void cut_rig_hurry(struct chip_rig *r, bool on);               /* flash, wires and probe take a fraction of their time */
void cut_rig_shorten(struct flash_fate *fate);                 /* the same for one operation, for hooks of one's own */
