/* fuzz_protocol.c - any bytes at all from a client of a board's owner: first as they are, then after a proper HELLO. */
#include "fuzz.h"

#include "board/file.h"
#include "owner/parts.h"

#include <string.h>
#include <unistd.h>

enum { INPUT_MAX = 1500 }; /* so that even requests which let much board time pass end soon */

static char file[] = "/tmp/sector0-fuzz-XXXXXX";

static void remove_file(void) { unlink(file); }

static void make_file(void)
{
    struct err e = { 0 };
    struct board *b = board_new("stm32u073rc", NULL, &e);
    char next[64];

    CLAIM(b && close(mkstemp(file)) == 0);
    snprintf(next, sizeof next, "%s.next", file);
    CLAIM(board_file_write(b, file, next, &e));
    board_free(b);
    atexit(remove_file);
}

static struct owner *new_owner(void)
{
    const struct owner_setup setup = { .program = "fuzz", .wall = &clock_monotonic };
    struct err e = { 0 };
    struct owner *o;
    bool busy;

    if (strstr(file, "XXXXXX"))
        make_file();
    o = owner_open(file, &setup, &busy, &e);
    CLAIM(o);
    return o;
}

/* Every answer is a whole frame, and no longer than the protocol allows. */
static void check_answers(const struct session *s)
{
    size_t at = 0;

    while (at < s->out.b.len) {
        struct frame f;

        CLAIM(wire_get_frame(s->out.b.bytes + at, s->out.b.len - at, &f) == WIRE_WHOLE);
        at += FRAME_HEADER_BYTES + f.bytes;
    }
}

static void talk(struct owner *o, const uint8_t *bytes, size_t len, bool greeted)
{
    struct session *s = owner_add_session(o, -1);

    CLAIM(s);
    s->greeted = greeted;
    s->role = ROLE_DROPIN;
    buffer_add(&s->in, bytes, len);
    session_feed(o, s);
    for (unsigned i = 0; i < 3; i++)
        pace_drive(o);
    check_answers(s);
    session_let_go(o, s, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct owner *o;

    if (len > INPUT_MAX)
        return 0;
    o = new_owner();
    talk(o, bytes, len, false);
    talk(o, bytes, len, true);
    owner_abandon(o); /* the file stays as it was */
    return 0;
}
