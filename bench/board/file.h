/* file.h - a board as bytes, and as a file.
 *
 *     magic "s0board\n", u32 format version
 *     chip's name, parameters (text "name=value\n"): u32 length + bytes each
 *     sections: u8 length of name (not 0) + name, u32 format (a hash of its fields; 0 for plain memory), u32 bytes, u32 packed bytes,
 *               packed bytes (packing.h); every part of the board has one, each exactly once, in any order
 *     u8 0
 *     u32 CRC-32 of all before
 *
 * Numbers are little-endian. Nothing of path, host or date is inside: equal boards are equal files. */
#pragma once
#include "base/buffer.h"
#include "board/board.h"

enum { BOARD_FILE_VERSION = 1 };

/* Append the board. False: no memory. */
bool board_save(struct board *b, struct buffer *out, struct err *e);

/* NULL: ERR_INPUT (what is wrong, and where), ERR_UNSUPPORTED (a newer format, other fields than ours, unknown chip), ERR_NOMEM. */
struct board *board_load(const uint8_t *bytes, size_t len, struct err *e);

/* Files. Reading: also ERR_NODEV (not there), ERR_IO. Writing: to `next`, then renamed to `file`, so that `file` is whole at any time
 * (against a killed program, that is; a machine that loses power may lose the last version). */
struct board *board_file_read(const char *file, struct err *e);
bool board_file_write(struct board *b, const char *file, const char *next, struct err *e);
