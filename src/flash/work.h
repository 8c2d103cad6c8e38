/* work.h - private to flash/: the two ways to carry out a plan's steps. */
#pragma once
#include "flash/session.h"

enum { STEP_TEXT = 80 };

/* Register accesses by the probe alone; the core stays halted. Saves all pages to be lost first. */
bool direct_run(struct session *s, const struct plan *p, struct err *e);
bool direct_erase_all(struct session *s, struct err *e);
/* Compare bytes; `at` names the first that differs. ERR_VERIFY. */
bool direct_read_back(struct session *s, const struct plan_step *step, struct err *e);

/* Through the RAM loader, which is up and idle. */
bool feed_run(struct session *s, const struct plan *p, struct err *e);

/* Keep a page whose bytes were read from the target. */
bool work_keep(struct session *s, const struct plan_page *page, const uint8_t *bytes, struct err *e);
/* The page that a step's address lies in, or NULL. */
const struct plan_page *work_page(const struct plan *p, uint32_t addr);
uint64_t work_bytes(const struct plan *p); /* all that will be programmed, for the progress */
void work_tell(const struct session *s, const char *what, uint64_t done, uint64_t total);
