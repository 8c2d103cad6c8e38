/* unicorn_pair.h - our core beside libunicorn's Cortex-M0: the same registers, flags and memory in both, one instruction, what came of it.
 *
 * Thumb mode and the Cortex-M0 by name, not MCLASS: that would be a Cortex-M33 whatever model is asked for. Unicorn has no exceptions:
 * it reports a fault, an SVC or a BKPT, and there it ends; on our side those are what is pending after the instruction. */
#pragma once
#include "rig.h"

#include <unicorn/unicorn.h>

enum { PAIR_WORK_BYTES = 4096, PAIR_CODE_BYTES = 4096, PAIR_TEXT_BYTES = 160 };

enum pair_end { PAIR_GOES_ON, PAIR_FAULTS, PAIR_SVC };

struct pair_state {      /* all that an instruction can see or change, but for memory */
    uint32_t r[16];      /* r[13]: MSP */
    uint32_t psp, flags; /* flags: NZCV in bits 31:28 */
    uint32_t control;    /* SPSEL only */
    bool t, primask;
};

struct pair_side {
    enum pair_end end;
    struct pair_state s; /* undefined after a fault */
    bool asleep;         /* ours only */
};

struct pair {
    struct rig r;
    uc_engine *uc;
    uint64_t seed;
    int intno; /* unicorn's exception, or -1 */
    uint8_t work[PAIR_WORK_BYTES];
};

void pair_init(struct pair *p, uint64_t seed);
void pair_fini(struct pair *p);
uint32_t pair_draw(struct pair *p);

/* A random state, mostly of pointers into the working memory; `before` is it. Then `op` (and `op2`) in both. */
void pair_run(struct pair *p, uint32_t op, uint32_t op2, struct pair_state *before, struct pair_side *ours, struct pair_side *theirs);

/* Bits of what differs. Memory is compared too, and afterwards both have ours. */
enum pair_difference {
    PAIR_SAME = 0,
    PAIR_END = 1,       /* one faults, the other does not, ... */
    PAIR_REGISTERS = 2, /* r0..r12, LR, PC */
    PAIR_SP_BITS = 4,   /* bits 1:0 of a stack pointer, and nothing else of it */
    PAIR_SP = 8,
    PAIR_FLAGS = 16,
    PAIR_SPECIAL = 32, /* T, PRIMASK, CONTROL.SPSEL */
    PAIR_MEMORY = 64,
};
unsigned pair_compare(struct pair *p, const struct pair_side *ours, const struct pair_side *theirs);

/* One line about a disagreement. */
const char *pair_text(char *text, size_t cap, uint32_t op, uint32_t op2, const struct pair_state *before, const struct pair_side *ours,
                      const struct pair_side *theirs);
