/* found.h - what stood in the way on a target, and what was done about it: notes for a job that succeeded all the same. Pure. */
#pragma once
#include "flash/session.h"

/* Note number i in `text` (ERR_TEXT bytes at least), or false after the last. */
bool found_note(const struct session *s, unsigned i, char text[ERR_TEXT]);
