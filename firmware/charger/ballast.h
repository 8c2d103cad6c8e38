/* ballast.h - makes the charger as large as the program of the founding case; empty in the plain one. See ballast.c. */
#pragma once

#ifdef CHARGER_BALLAST
void ballast_report(void); /* one line on the console: are all tables as they were built? */
#else
static inline void ballast_report(void) {}
#endif
