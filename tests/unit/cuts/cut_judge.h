/* cut_judge.h - what the tests of cuts share: the old program and the new one, what must hold after any cut, and a failure made smaller. */
#pragma once
#include "cut_rig.h"

enum { FULL_BYTES = 68724, THREE_BYTES = 3 * PAGE - 100, OUTSIDE_PAGE = 60 };

extern struct cut_rig r;
extern struct image old_image, new_image;
extern struct job job;
extern uint8_t outside[PAGE];
extern uint32_t options[LOOK_OPTIONS];
extern const char *part;            /* of the test, for who does a cut again */
extern uint64_t failures, problems; /* cuts that failed; what was wrong after the present one */
extern unsigned smallest_bits;      /* of the last failure, once it was made smaller */
extern struct chip_rig kept;        /* the chip right after the cut, before it is judged */
extern bool same_page_0;            /* the images differ behind it only */

void make_image(struct image *im, uint32_t len, uint8_t seed);
void wrong(const struct cut *c, const char *what, const struct chip_rig *child); /* one more problem, told with how to do the cut again */
uint32_t peek32(const struct chip_rig *child, uint32_t addr);
const struct flash_facts *facts(void);
void read_options(const struct chip_rig *child, uint32_t *words);
void power_on(struct chip_rig *child);
bool level_2(const struct chip_rig *child);
/* For cut_rig's judge: the oracle of a flash job. */
void judge(void *ctx, struct chip_rig *child, const struct cut *c);
