/* report.h - what has happened on a board, for people and for programs. A pure function of the board: equal boards, equal reports. */
#pragma once
#include "board/board.h"

/* Text as a table of lines, or JSON with sorted keys. *text: free() it. False: no memory. */
bool board_report(struct board *b, bool json, char **text, struct err *e);
