/* fuzz_rom.c - any control transfers at all into the bootloader of the virtual U073: it answers or stalls each of them in time, touches
 * nothing of its own memory, never faults, and after a port reset it is what it was, or has gone because it was told to.
 *
 * The input is a list of requests: a byte that says which (see below), three that fill it, and, for downloads, a length and that many
 * bytes. After each the board goes on for as many milliseconds as the request's first byte says in its upper half. */
#include "base/bytes.h"
#include "board/board.h"
#include "board/file.h"
#include "fuzz.h"

#include <string.h>

enum { REQUESTS_MAX = 64, LIMIT_MS = 200, BLOCK = 2048 };

struct stream {
    const uint8_t *at;
    size_t left;
};

static unsigned next(struct stream *s)
{
    if (s->left == 0)
        return 0;
    s->left--;
    return *s->at++;
}

/* Made once: a new board takes longer than what is done with it here. */
static struct board *fresh_board(void)
{
    static struct buffer saved;
    struct err e = { 0 };
    struct board *b;

    if (saved.len == 0) {
        b = board_new("stm32u073rc", NULL, &e);
        CLAIM(b && board_save(b, &saved, &e));
        board_free(b);
    }
    b = board_load(saved.bytes, saved.len, &e);
    CLAIM(b);
    return b;
}

/* DFU's own most of the time: what is random in every bit gets no further than the first stall. */
static void fill_setup(uint8_t setup[8], unsigned kind, struct stream *s)
{
    static const uint8_t types[8] = { 0x21, 0xA1, 0x21, 0xA1, 0x01, 0x80, 0x00, 0xC0 };
    const unsigned a = next(s), b = next(s), c = next(s);

    setup[0] = types[kind & 7];
    setup[1] = (uint8_t)(kind & 4 ? a & 15 : a & 7);
    setup[2] = (uint8_t)b;
    setup[3] = (uint8_t)(kind & 4 ? c & 7 : 0);
    setup[4] = (uint8_t)(kind & 8 ? c : 0);
    setup[5] = 0;
    put_le16(setup + 6, c < 192 ? c : (c - 191) * 32);
}

static bool went_as_told(const struct board *b)
{
    const struct chip_note *notes;
    const size_t count = chip_notes(b->chip, &notes);

    for (size_t i = 0; i < count; i++)
        if (strcmp(notes[i].what, "reset") == 0 && strstr(notes[i].text, "SYSRESETREQ"))
            return false; /* a fault, or a leave to where nothing can run */
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct board *const b = fresh_board();
    struct usbhost *const host = &b->plug[BOARD_TARGET];
    struct stream s = { bytes, len };
    uint8_t rom[0x6800], after[sizeof rom], data[BLOCK];
    bool left = false, options = false;
    uint64_t start_ps;

    CLAIM(chip_peek(b->chip, 0x1FFF0000, rom, sizeof rom));
    for (unsigned i = 0; i < REQUESTS_MAX && s.left > 0; i++) {
        const unsigned kind = next(&s);
        uint8_t setup[8];
        size_t moved;

        fill_setup(setup, kind, &s);
        moved = get_le16(setup + 6);
        if (!(setup[0] & 0x80))
            for (size_t k = 0; k < moved; k++)
                data[k] = (uint8_t)next(&s);
        start_ps = board_now_ps(b);
        if (usbhost_control(host, setup, data, &moved, LIMIT_MS * PS_PER_MS) == USB_DONE && setup[0] == 0x21 && setup[1] == 1)
            left |= moved == 0, options = true;
        CLAIM(board_now_ps(b) - start_ps <= (LIMIT_MS + 2) * PS_PER_MS);
        board_run_until(b, board_now_ps(b) + (kind >> 4) * PS_PER_MS);
        board_notice_usb(b);
    }
    board_run_until(b, board_now_ps(b) + 700 * PS_PER_MS);
    board_notice_usb(b);
    CLAIM(left || went_as_told(b));
    CLAIM(left || options || board_plug_present(b, BOARD_TARGET));
    if (usbhost_present(host))
        CLAIM(board_plug_reset(b, BOARD_TARGET));
    CLAIM(chip_peek(b->chip, 0x1FFF0000, after, sizeof after) && memcmp(rom, after, sizeof rom) == 0);
    board_free(b);
    return 0;
}
