/* streams.h - the three standard streams, as a program finds them: closed, full, or with nobody at the other end. */
#pragma once
#include <stdbool.h>
#include <stdio.h>

/* Call first. Descriptors 0, 1 and 2 are taken afterwards (/dev/null, opened the wrong way round, where they were closed: using them still
 * fails), so that no file or socket opened later stands where text for people goes. A pipe whose reader has gone makes writing fail instead
 * of ending the process. */
void streams_start(void);

/* Nobody reads this pipe or socket any more (`| head -1`): what cannot be written there is missed by nobody. */
bool streams_reader_gone(FILE *out);

/* All of it was written, or its reader has gone. */
bool streams_finish(FILE *out);
