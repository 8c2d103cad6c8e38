/* fuzz_board.c - any bytes at all as a board file.
 *
 * An input that starts with the file's magic is a file. Any other is a list of edits to a good file (u32 position, u8 count, bytes), so
 * that small inputs reach deep into sections. The checksum is mended in both: it would hide everything behind it. */
#include "fuzz.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "board/file.h"

#include <string.h>

static struct buffer good; /* a saved board; made once */

static void make_good(void)
{
    struct err e = { 0 };
    struct board *b = board_new("stm32u073rc", NULL, &e);

    CLAIM(b && board_save(b, &good, &e));
    board_free(b);
}

static void edit(uint8_t *file, size_t file_len, const uint8_t *bytes, size_t len)
{
    while (len > 5) {
        const size_t at = get_le32(bytes) % file_len;
        size_t count = bytes[4];

        count = count < len - 5 ? count : len - 5;
        count = count < file_len - at ? count : file_len - at;
        memcpy(file + at, bytes + 5, count);
        bytes += 5 + count;
        len -= 5 + count;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const bool whole = len >= 8 && memcmp(bytes, "s0board\n", 8) == 0;
    struct err e = { 0 };
    struct board *b;
    size_t file_len;
    uint8_t *file;

    if (!good.len)
        make_good();
    file_len = whole ? len : good.len;
    file = malloc(file_len);
    if (!file)
        return 0;
    memcpy(file, whole ? bytes : good.bytes, file_len);
    if (!whole)
        edit(file, file_len, bytes, len);
    if (file_len >= 4)
        put_le32(file + file_len - 4, crc32_of(file, file_len - 4));
    b = board_load(file, file_len, &e);
    if (b) { /* then it must live, and save */
        struct buffer again = { 0 };

        board_run_until(b, board_now_ps(b) + 20 * PS_PER_US);
        CLAIM(board_save(b, &again, &e));
        buffer_free(&again);
    } else {
        CLAIM(e.kind != ERR_NONE && e.cause[0]);
    }
    board_free(b);
    free(file);
    return 0;
}
