/* work.h - what the roads share to carry out a plan; and, private to flash/, the parts of the road by SWD. */
#pragma once
#include "flash/session.h"

enum { STEP_TEXT = 80 };

/* Keep a page whose bytes were read from the target. */
bool work_keep(struct session *s, const struct plan_page *page, const uint8_t *bytes, struct err *e);
/* The page that a step's address lies in, or NULL. */
const struct plan_page *work_page(const struct plan *p, uint32_t addr);
uint64_t work_bytes(const struct plan *p); /* all that will be programmed, for the progress */
void work_tell(const struct session *s, const char *what, uint64_t done, uint64_t total);
/* The choices, with what the road does not leave us. */
struct plan_choices work_choices(const struct session *s, const struct plan_choices *c);
/* Compare what was read back with a step's bytes; `at` names the first that differs. ERR_VERIFY. */
bool work_same(const struct plan_step *step, const uint8_t *now, struct err *e);
/* What the page holds, read from the chip: looked at, kept. */
void work_looked(const struct want *w, struct want_page *p, const uint8_t *now);

/* ---- by SWD ---- */

bool swd_compare(struct session *s, struct want *w, bool borrowing, struct err *e);   /* compare.c */
bool swd_execute(struct session *s, const struct plan *p, struct err *e);             /* execute.c */
bool swd_may_write_options(struct session *s, const uint32_t *wanted, struct err *e); /* option_write.c */
bool swd_write_options(struct session *s, const uint32_t *wanted, struct err *e);

/* Register accesses by the probe alone; the core stays halted. Saves all pages to be lost first. */
bool direct_run(struct session *s, const struct plan *p, struct err *e);
bool direct_erase_all(struct session *s, struct err *e);
/* Compare bytes; `at` names the first that differs. ERR_VERIFY. */
bool direct_read_back(struct session *s, const struct plan_step *step, struct err *e);

/* Through the RAM loader, which is up and idle. */
bool feed_run(struct session *s, const struct plan *p, struct err *e);
