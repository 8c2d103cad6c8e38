/* job.h - one chip, one image, one job: what the tests of the whole engine share. */
#pragma once
#include "chip_rig.h"

enum { FOUNDING_BYTES = 68724, FOUNDING_PAGES = 34 };

extern struct chip_rig r;
extern struct image im;
extern struct job job; /* no saves, unless open_store was called */
extern char folder[64];

int begin_on(const char *chip); /* a blank chip, and the founding case's image */
int end(void **state);

void make_image(uint32_t len, uint8_t seed); /* good vectors; at 0x100 an endless loop */
void expect_done(void);                      /* the job succeeds, and the flash holds the image */
void open_store(void);
const char *erased(void); /* pages erased since the last call, as "0 3 17" */
uint32_t peek32(uint32_t addr);
bool is_empty_flag(void);
bool is_in_bootloader(void); /* started from system memory */
bool application_runs(void); /* the core executes the image's endless loop */
