/* test_owner.c - one process owns a board: clients inside and outside of it, plugs held and pulled, time at both paces, bad requests. */
#include "board/file.h"
#include "owner/link.h"
#include "owner/parts.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static const char file[] = "a.board";
static char noted[256];

static void note(void *ctx, const char *text) { snprintf(noted, sizeof noted, "%s", text); }

static const struct owner_setup setup = { .program = "owner", .pace = PACE_STEP, .wall = &clock_monotonic, .note = note };

static int make_board(void **state)
{
    struct err e = { 0 };
    struct board *b;

    noted[0] = '\0';
    strcpy(folder, "/tmp/sector0-test-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    b = board_new("stm32u073rc", NULL, &e);
    if (!b || !board_file_write(b, file, "a.board.next", &e))
        return -1;
    board_free(b);
    return 0;
}

static int remove_board(void **state)
{
    char command[96];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

/* What is open in this process, and thereby in its children, which end without closing anything: that is no leak. */
static const void *open_here[8];

static void note_open(const void *what)
{
    static unsigned next;

    open_here[next++ % 8] = what;
}

static struct owner *own(void)
{
    struct err e = { 0 };
    bool busy;
    struct owner *o = owner_open(file, &setup, &busy, &e);

    note_open(o);
    if (!o)
        fail_msg("%s", e.cause);
    return o;
}

static struct client *join(struct owner *o)
{
    struct err e = { 0 };
    struct client *c = owner_client(o, ROLE_TOOL, "inside", &e);

    note_open(c);
    assert_non_null(c);
    return c;
}

static void let_go(struct owner *o)
{
    struct err e = { 0 };

    assert_true(owner_close(o, &e));
}

static uint64_t time_in_file(void)
{
    struct err e = { 0 };
    struct board *b = board_file_read(file, &e);
    uint64_t now;

    assert_non_null(b);
    now = board_now_ps(b);
    board_free(b);
    return now;
}

/* Run `story` as another process's client and serve it. The child's exit status is what failed: 0 is well. */
static int outside(struct owner *o, int (*story)(struct client *c))
{
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        struct err e = { 0 };
        struct client *c = client_connect(file, ROLE_TOOL, "outside", &e);

        note_open(c);
        _exit(c ? story(c) : 99);
    }
    while (waitpid(child, &status, WNOHANG) == 0)
        owner_turn(o, 5, NULL, 0);
    owner_turn(o, 0, NULL, 0); /* its socket may have been closed since */
    owner_turn(o, 0, NULL, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The version command, and its answer. */
static bool ask_version(struct client *c, unsigned *j)
{
    uint8_t command[16] = { 0xF1 }, answer[6];
    struct client_transfer out = { .plug = PLUG_PROBE, .ep = 0x01, .data = command, .len = sizeof command, .limit_us = 1000000 };
    struct client_transfer in = { .plug = PLUG_PROBE, .ep = 0x81, .data = answer, .len = sizeof answer, .limit_us = 1000000 };
    struct err e = { 0 };

    if (!client_transfer(c, &out, &e) || out.how != DONE_OK || !client_transfer(c, &in, &e) || in.how != DONE_OK || in.moved != 6)
        return false;
    *j = (unsigned)(answer[0] << 8 | answer[1]) >> 6 & 0x3F;
    return true;
}

/* ---- who owns ---- */

static void the_second_owner_is_refused_and_told_who_is_the_first(void **state)
{
    struct owner *o = own();
    struct err e = { 0 };
    char pid[48];
    bool busy;

    assert_null(owner_open(file, &setup, &busy, &e));
    assert_true(busy);
    assert_int_equal(e.kind, ERR_NODEV);
    snprintf(pid, sizeof pid, "is owned by owner (pid %d)", (int)getpid());
    assert_non_null(strstr(e.cause, pid));
    let_go(o);
    assert_int_not_equal(access("a.board.lock", F_OK), 0);
    assert_int_not_equal(access("a.board.sock", F_OK), 0);
}

static void a_dead_owners_lock_and_socket_are_taken_over(void **state)
{
    const uint64_t before = time_in_file();
    int ready[2], status;
    struct owner *o;
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        struct err e = { 0 };
        struct client *c = join(own());

        if (client_sleep(c, 1000, &e) && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    assert_int_equal(access("a.board.sock", F_OK), 0);
    assert_int_equal(time_in_file(), before); /* as last saved */
    o = own();
    let_go(o);
    close(ready[0]);
    close(ready[1]);
}

static void a_missing_or_broken_file_has_no_owner(void **state)
{
    struct err e = { 0 };
    bool busy;
    FILE *f = fopen("junk.board", "w");

    assert_null(owner_open("none.board", &setup, &busy, &e));
    assert_false(busy);
    assert_int_equal(e.kind, ERR_NODEV);
    fputs("junk", f);
    fclose(f);
    assert_null(owner_open("junk.board", &setup, &busy, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_not_equal(access("junk.board.lock", F_OK), 0); /* nothing is left behind */
}

static int story_of_a_link(struct client *unused)
{
    struct bench_link l;
    struct err e = { 0 };
    struct client_status s;

    if (!bench_link_open(&l, file, ROLE_TOOL, &setup, &e))
        return 1;
    if (l.owner || !client_status(l.client, &s, &e) || strcmp(s.owner, "owner") != 0)
        return 2;
    return bench_link_close(&l, &e) ? 0 : 3;
}

static void a_link_owns_or_joins(void **state)
{
    struct bench_link l;
    struct err e = { 0 };
    struct owner *o;

    assert_true(bench_link_open(&l, file, ROLE_TOOL, &setup, &e));
    assert_non_null(l.owner);
    assert_true(bench_link_close(&l, &e));
    o = own();
    assert_int_equal(outside(o, story_of_a_link), 0);
    let_go(o);
}

/* ---- plugs ---- */

static void a_client_inside_speaks_to_the_probe(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct client_plug plugs[PLUGS];
    struct err e = { 0 };
    unsigned count, j;

    assert_true(client_plugs(c, plugs, &count, &e));
    assert_int_equal(count, PLUGS);
    assert_string_equal(plugs[PLUG_PROBE].name, "probe");
    assert_true(plugs[PLUG_PROBE].present);
    assert_true(plugs[PLUG_TARGET].present);
    assert_int_equal(plugs[PLUG_PROBE].device[8] | plugs[PLUG_PROBE].device[9] << 8, 0x0483);
    assert_int_equal(plugs[PLUG_PROBE].config[2] | plugs[PLUG_PROBE].config[3] << 8, plugs[PLUG_PROBE].config_bytes);
    assert_int_equal(strlen(plugs[PLUG_PROBE].serial), 24);
    assert_false(ask_version(c, &j)); /* not claimed */
    assert_true(client_claim(c, PLUG_PROBE, &e));
    assert_true(ask_version(c, &j));
    assert_int_equal(j, 46);
    client_close(c);
    let_go(o);
}

static int story_of_a_second_claim(struct client *c)
{
    struct err e = { 0 };
    struct client_plug plugs[PLUGS];
    unsigned count;

    if (client_claim(c, PLUG_PROBE, &e) || e.kind != ERR_NODEV || !strstr(e.cause, "probe in use by inside (pid "))
        return 1;
    if (!client_plugs(c, plugs, &count, &e) || strcmp(plugs[PLUG_PROBE].holder, "inside") != 0)
        return 2;
    client_close(c);
    return 0;
}

static int story_of_a_claim(struct client *c)
{
    struct err e = { 0 };
    unsigned j;

    if (!client_claim(c, PLUG_PROBE, &e))
        return 1;
    if (!ask_version(c, &j) || j != 46)
        return 2;
    client_close(c);
    return 0;
}

static int story_of_a_killed_holder(struct client *c)
{
    struct err e = { 0 };
    unsigned j;

    if (!client_claim(c, PLUG_PROBE, &e) || !ask_version(c, &j))
        return 1;
    raise(SIGKILL);
    return 2;
}

static int story_of_a_killed_onlooker(struct client *c)
{
    raise(SIGKILL);
    return 2;
}

static void a_plug_is_held_by_one_client(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };

    assert_true(client_claim(c, PLUG_PROBE, &e));
    assert_true(client_claim(c, PLUG_PROBE, &e)); /* again, by the same: fine */
    assert_int_equal(outside(o, story_of_a_second_claim), 0);
    assert_true(client_release(c, PLUG_PROBE, &e));
    assert_int_equal(outside(o, story_of_a_claim), 0);
    assert_int_equal(o->board->s.pulled[BOARD_PROBE], 0); /* it left in good order */
    client_close(c);
    let_go(o);
}

static void a_killed_holder_has_pulled_the_cable(void **state)
{
    struct owner *o = own();
    const uint32_t appeared = o->board->s.appeared[BOARD_PROBE];

    assert_int_equal(outside(o, story_of_a_killed_holder), 128 + SIGKILL);
    assert_int_equal(o->board->s.pulled[BOARD_PROBE], 1);
    assert_int_equal(o->board->s.appeared[BOARD_PROBE], appeared + 1);
    assert_int_equal(outside(o, story_of_a_claim), 0); /* and the board still works */
    assert_int_equal(outside(o, story_of_a_killed_onlooker), 128 + SIGKILL);
    assert_int_equal(o->board->s.pulled[BOARD_PROBE], 1);
    let_go(o);
}

static void a_device_that_comes_back_is_another_device(void **state)
{
    struct owner *o = own();
    struct client *holder = join(o), *other = join(o);
    uint8_t command[16] = { 0xF1 };
    struct client_transfer t = { .plug = PLUG_PROBE, .ep = 0x01, .data = command, .len = sizeof command, .limit_us = 1000000 };
    struct err e = { 0 };
    unsigned j;

    assert_true(client_claim(holder, PLUG_PROBE, &e));
    assert_true(client_cable(other, PLUG_PROBE, false, &e));
    assert_true(client_transfer(holder, &t, &e));
    assert_int_equal(t.how, DONE_GONE);
    assert_true(client_cable(other, PLUG_PROBE, true, &e));
    assert_true(client_transfer(holder, &t, &e));
    assert_int_equal(t.how, DONE_GONE); /* its claim was of the one before */
    assert_true(client_release(holder, PLUG_PROBE, &e));
    assert_true(client_claim(holder, PLUG_PROBE, &e));
    assert_true(ask_version(holder, &j));
    client_close(holder);
    client_close(other);
    let_go(o);
}

static void a_claim_of_nothing_is_refused(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };

    assert_true(client_cable(c, PLUG_TARGET, false, &e));
    assert_false(client_claim(c, PLUG_TARGET, &e));
    assert_int_equal(e.kind, ERR_NODEV);
    assert_false(client_claim(c, (enum bench_plug)7, &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
    client_close(c);
    let_go(o);
}

static void descriptors_can_be_read_without_a_claim(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    uint8_t data[18];
    struct client_transfer t = {
        .plug = PLUG_PROBE, .setup = { 0x80, 6, 0, 1, 0, 0, 18, 0 }, .data = data, .len = 18, .limit_us = 1000000
    };
    struct err e = { 0 };

    assert_true(client_transfer(c, &t, &e));
    assert_int_equal(t.how, DONE_OK);
    assert_int_equal(t.moved, 18);
    assert_int_equal(data[1], 1);
    t.setup[0] = 0xC1; /* to an interface */
    assert_false(client_transfer(c, &t, &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
    client_close(c);
    let_go(o);
}

/* ---- transfers that wait ---- */

static void an_in_transfer_waits_for_its_command(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    uint8_t command[16] = { 0xF1 }, answer[6];
    struct client_transfer in = { .plug = PLUG_PROBE, .ep = 0x81, .data = answer, .len = sizeof answer, .limit_us = FOREVER_US };
    struct client_transfer out = { .plug = PLUG_PROBE, .ep = 0x01, .data = command, .len = sizeof command, .limit_us = 1000000 };
    struct err e = { 0 };

    assert_true(client_claim(c, PLUG_PROBE, &e));
    assert_true(client_submit(c, &in, &e));
    assert_true(client_wait(c, 1000, &e)); /* nothing comes */
    assert_false(in.answered);
    assert_true(client_submit(c, &out, &e));
    while (!in.answered || !out.answered)
        assert_true(client_wait(c, FOREVER_US, &e));
    assert_int_equal(out.how, DONE_OK);
    assert_int_equal(in.how, DONE_OK);
    assert_int_equal(in.moved, 6);
    client_close(c);
    let_go(o);
}

static void a_transfer_without_answer_takes_its_limit_of_board_time(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    uint8_t answer[6];
    struct client_transfer in = { .plug = PLUG_PROBE, .ep = 0x81, .data = answer, .len = sizeof answer, .limit_us = 700000 };
    struct err e = { 0 };
    const uint64_t before = board_now_ps(o->board);

    assert_true(client_claim(c, PLUG_PROBE, &e));
    assert_true(client_transfer(c, &in, &e));
    assert_int_equal(in.how, DONE_TIMED_OUT);
    assert_int_equal(in.moved, 0);
    assert_int_equal(board_now_ps(o->board) - before, 700000 * PS_PER_US);
    in.limit_us = 0; /* asks once */
    assert_true(client_transfer(c, &in, &e));
    assert_int_equal(in.how, DONE_TIMED_OUT);
    client_close(c);
    let_go(o);
}

static void a_cancelled_transfer_is_answered(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    uint8_t answer[6];
    struct client_transfer in = { .plug = PLUG_PROBE, .ep = 0x81, .data = answer, .len = sizeof answer, .limit_us = FOREVER_US };
    struct err e = { 0 };

    assert_true(client_claim(c, PLUG_PROBE, &e));
    assert_true(client_submit(c, &in, &e));
    assert_true(client_cancel(c, &in, &e));
    assert_true(in.answered);
    assert_int_equal(in.how, DONE_CANCELLED);
    client_close(c);
    let_go(o);
}

static void too_many_waiting_transfers_are_refused(void **state)
{
    static struct client_transfer in[TRANSFERS_PENDING_MAX + 1];
    static uint8_t room[TRANSFERS_PENDING_MAX + 1];
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };

    assert_true(client_claim(c, PLUG_PROBE, &e));
    for (unsigned i = 0; i <= TRANSFERS_PENDING_MAX; i++) {
        in[i] = (struct client_transfer){ .plug = PLUG_PROBE, .ep = 0x81, .data = &room[i], .len = 1, .limit_us = FOREVER_US };
        assert_true(client_submit(c, &in[i], &e));
    }
    assert_true(client_wait(c, 0, &e) || e.kind == ERR_NOMEM);
    assert_false(in[0].answered);
    assert_true(in[TRANSFERS_PENDING_MAX].answered);
    assert_int_equal(in[TRANSFERS_PENDING_MAX].how, DONE_GONE);
    client_close(c);
    let_go(o);
}

/* ---- time ---- */

static void at_step_time_passes_only_when_somebody_lets_it(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };
    const uint64_t before = board_now_ps(o->board);

    owner_turn(o, 20, NULL, 0);
    assert_int_equal(board_now_ps(o->board), before);
    assert_true(client_sleep(c, 2500, &e));
    assert_int_equal(board_now_ps(o->board), before + 2500 * PS_PER_US);
    client_close(c);
    let_go(o);
    assert_int_equal(time_in_file(), before + 2500 * PS_PER_US);
}

static void looking_at_the_clock_takes_time(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };
    uint64_t first = client_clock_ns(c), last = first;
    const uint64_t before = board_now_ps(o->board);
    unsigned reads = 0;

    for (; last < first + 5000000; reads++) /* a client that waits in this way gets there */
        last = client_clock_ns(c);
    assert_in_range(reads, 24000, 26000); /* 200 ns each */
    assert_true(client_clock_sync(c, &e));
    assert_in_range(board_now_ps(o->board), before + 4 * PS_PER_MS, before + 6 * PS_PER_MS);
    client_close(c);
    let_go(o);
}

static uint64_t fake_us;
static uint64_t fake_now(void *ctx) { return fake_us; }
static const struct clock fake_wall = { .now_us = fake_now };

static void at_real_pace_the_board_is_never_ahead_of_the_wall(void **state)
{
    const struct owner_setup real = { .program = "owner", .pace = PACE_REAL, .wall = &fake_wall };
    struct err e = { 0 };
    struct session *s;
    struct frame f;
    struct owner *o;
    struct wire_out out = { 0 };
    uint64_t before;
    bool busy;

    fake_us = 1000;
    o = owner_open(file, &real, &busy, &e);
    assert_non_null(o);
    before = board_now_ps(o->board);
    owner_turn(o, 0, NULL, 0);
    assert_int_equal(board_now_ps(o->board), before); /* the wall stands still */
    fake_us += 3000;
    owner_turn(o, 0, NULL, 0);
    assert_int_equal(board_now_ps(o->board), before + 3 * PS_PER_MS);

    /* a sleep of 5 ms is answered when the wall has come there, not before */
    s = owner_add_session(o, -1);
    s->greeted = true;
    f = (struct frame){ .type = REQUEST_SLEEP, .id = 9 };
    wire_begin(&out, &f);
    buffer_u64(&out.b, 5000);
    wire_end(&out);
    buffer_add(&s->in, out.b.bytes, out.b.len);
    session_feed(o, s);
    fake_us += 4999;
    owner_turn(o, 0, NULL, 0);
    assert_int_equal(s->out.b.len, 0);
    fake_us += 1;
    owner_turn(o, 0, NULL, 0);
    assert_int_equal(wire_get_frame(s->out.b.bytes, s->out.b.len, &f), WIRE_WHOLE);
    assert_int_equal(f.id, 9);
    assert_true(f.flags & FLAG_REAL);

    /* a machine that was asleep for an hour does not run the board for an hour */
    before = board_now_ps(o->board);
    fake_us += UINT64_C(3600000000);
    for (unsigned i = 0; i < 10; i++)
        owner_turn(o, 0, NULL, 0);
    assert_in_range(board_now_ps(o->board) - before, PS_PER_MS, PS_PER_S);
    buffer_free(&out.b);
    owner_abandon(o);
}

static void a_transfer_at_real_pace_is_shown_in_its_time(void **state)
{
    const struct owner_setup real = { .program = "owner", .pace = PACE_REAL, .wall = &clock_monotonic };
    struct err e = { 0 };
    bool busy;
    struct owner *o = owner_open(file, &real, &busy, &e);
    struct client *c = join(o);
    uint64_t wall = clock_now_us(&clock_monotonic), board = board_now_ps(o->board);
    unsigned j;

    assert_true(client_is_real(c));
    assert_true(client_claim(c, PLUG_PROBE, &e));
    for (unsigned i = 0; i < 20; i++)
        assert_true(ask_version(c, &j));
    wall = clock_now_us(&clock_monotonic) - wall;
    board = board_now_ps(o->board) - board;
    assert_true(board / PS_PER_US <= wall + 1000); /* the answers came no earlier than the board's time says */
    assert_true(board > 20 * 300 * PS_PER_US);
    client_close(c);
    let_go(o);
}

static void pace_is_real_while_anybody_asks_for_it(void **state)
{
    struct owner *o = own();
    struct client *a = join(o), *b = join(o);
    struct err e = { 0 };

    assert_false(client_is_real(a));
    assert_true(client_pace(a, PACE_REAL, "openocd waits on a socket of its own", &e));
    assert_true(client_is_real(a));
    assert_non_null(strstr(noted, "openocd waits on a socket of its own"));
    assert_true(client_clock_sync(b, &e));
    assert_true(client_is_real(b));
    client_close(a);
    assert_true(client_clock_sync(b, &e));
    assert_false(client_is_real(b));
    client_close(b);
    let_go(o);
}

static void advance_says_whether_the_text_came(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };
    const uint64_t before = board_now_ps(o->board);
    bool seen = true;

    assert_true(client_advance(c, 50000, "no firmware, no text", &seen, &e));
    assert_false(seen);
    assert_int_equal(board_now_ps(o->board) - before, 50 * PS_PER_MS);
    assert_int_equal(o->board->s.pace_ps[BOARD_FAST], PS_PER_S + 50 * PS_PER_MS);
    assert_false(client_advance(c, UINT64_MAX, NULL, &seen, &e)); /* longer than time lasts */
    assert_int_equal(e.kind, ERR_USAGE);
    client_close(c);
    let_go(o);
}

static bool always(void *ctx) { return ++*(unsigned *)ctx == 2; }

static void an_interrupted_wait_leaves_a_client_that_works(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };
    unsigned asked = 0;
    bool seen;

    c->interrupted = always;
    c->interrupted_ctx = &asked;
    assert_false(client_advance(c, UINT64_C(3600000000), NULL, &seen, &e)); /* an hour of board time */
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    c->interrupted = NULL;
    assert_true(client_clock_sync(c, &e));
    client_close(c);
    let_go(o);
}

/* ---- buttons and power ---- */

static void a_button_is_down_for_its_time(void **state)
{
    struct owner *o = own();
    struct client *c = join(o);
    struct err e = { 0 };
    const uint64_t before = board_now_ps(o->board);

    assert_true(client_press(c, BUTTON_RESET, PRESS_PUSH, 1234, &e));
    assert_int_equal(board_now_ps(o->board) - before, 1234 * PS_PER_US);
    assert_false(o->board->s.button[BOARD_RESET]);
    assert_int_equal(o->board->s.pressed[BOARD_RESET], 1);
    assert_true(client_press(c, BUTTON_RESET, PRESS_DOWN, 0, &e));
    assert_true(chip_nrst_is_low(o->board->chip));
    assert_true(client_press(c, BUTTON_RESET, PRESS_UP, 0, &e));
    assert_false(chip_nrst_is_low(o->board->chip));
    assert_true(client_power(c, POWER_CYCLE, 2000, &e));
    assert_true(o->board->s.powered);
    assert_int_equal(o->board->s.power_cycles, 1);
    client_close(c);
    let_go(o);
}

/* ---- what clients should not send ---- */

static const uint8_t *raw_answer(struct owner *o, struct session *s, const void *bytes, size_t len, struct frame *f)
{
    s->out.b.len = 0;
    buffer_add(&s->in, bytes, len);
    session_feed(o, s);
    return wire_get_frame(s->out.b.bytes, s->out.b.len, f) == WIRE_WHOLE ? s->out.b.bytes + FRAME_HEADER_BYTES : NULL;
}

static void every_request_with_a_short_or_long_payload_is_refused(void **state)
{
    struct owner *o = own();
    struct session *s = owner_add_session(o, -1);
    static const uint8_t lengths[] = { 0, 1, 2, 3, 5, 7, 70, 199 }; /* no request has one of these */
    uint8_t frame[FRAME_HEADER_BYTES + 200] = { 0 };

    s->greeted = true;
    for (unsigned type = 0; type < REQUESTS + 3; type++) {
        const bool empty_is_fine =
            type == REQUEST_BYE || type == REQUEST_STATUS || type == REQUEST_PLUGS || type == REQUEST_CLOCK || type == REQUEST_STOP;

        for (unsigned i = empty_is_fine ? 1 : 0; i < sizeof lengths; i++) {
            const unsigned len = lengths[i];
            struct frame f;

            memset(frame, 0xEE, sizeof frame); /* lengths and plugs that are none */
            memset(frame, 0, FRAME_HEADER_BYTES);
            frame[0] = (uint8_t)len;
            frame[4] = (uint8_t)type;
            if (!raw_answer(o, s, frame, FRAME_HEADER_BYTES + len, &f))
                fail_msg("no answer to request %u with %u bytes", type, len);
            assert_int_equal(f.type, type);
            if (!(f.flags & FLAG_FAILED))
                fail_msg("request %u with %u bytes of nonsense was carried out", type, len);
            assert_false(s->dead);
        }
    }
    owner_abandon(o);
}

static void a_client_without_hello_is_dropped(void **state)
{
    static const uint8_t clock[FRAME_HEADER_BYTES] = { [4] = REQUEST_CLOCK };
    struct owner *o = own();
    struct session *s = owner_add_session(o, -1);
    struct frame f;

    assert_non_null(raw_answer(o, s, clock, sizeof clock, &f));
    assert_true(f.flags & FLAG_FAILED);
    assert_true(s->dead);
    owner_abandon(o);
}

static void a_client_of_another_version_is_told_so(void **state)
{
    struct owner *o = own();
    struct session *s = owner_add_session(o, -1);
    struct frame f = { .type = REQUEST_HELLO };
    struct wire_out out = { 0 };
    const uint8_t *payload;
    struct wire_in in;
    struct err e = { 0 };

    wire_begin(&out, &f);
    buffer_u32(&out.b, PROTOCOL_MAGIC);
    buffer_u16(&out.b, PROTOCOL_VERSION + 1);
    buffer_u8(&out.b, ROLE_TOOL);
    buffer_u32(&out.b, 1);
    wire_text(&out, "future");
    wire_end(&out);
    payload = raw_answer(o, s, out.b.bytes, out.b.len, &f);
    assert_non_null(payload);
    in = (struct wire_in){ .at = payload, .end = payload + f.bytes };
    wire_get_err(&in, &e);
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_false(s->greeted);
    buffer_free(&out.b);
    owner_abandon(o);
}

static void a_frame_without_end_drops_its_client_only(void **state)
{
    static const uint8_t endless[FRAME_HEADER_BYTES] = { 0xFF, 0xFF, 0xFF, 0xFF, REQUEST_CLOCK };
    struct owner *o = own();
    struct session *s = owner_add_session(o, -1);
    struct client *c = join(o);
    struct err e = { 0 };

    s->greeted = true;
    buffer_add(&s->in, endless, sizeof endless);
    session_feed(o, s);
    assert_true(s->dead);
    s->closed = true;
    owner_turn(o, 0, NULL, 0);
    assert_true(client_clock_sync(c, &e));
    client_close(c);
    let_go(o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_board, remove_board)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_second_owner_is_refused_and_told_who_is_the_first),
        TEST(a_dead_owners_lock_and_socket_are_taken_over),
        TEST(a_missing_or_broken_file_has_no_owner),
        TEST(a_link_owns_or_joins),
        TEST(a_client_inside_speaks_to_the_probe),
        TEST(a_plug_is_held_by_one_client),
        TEST(a_killed_holder_has_pulled_the_cable),
        TEST(a_device_that_comes_back_is_another_device),
        TEST(a_claim_of_nothing_is_refused),
        TEST(descriptors_can_be_read_without_a_claim),
        TEST(an_in_transfer_waits_for_its_command),
        TEST(a_transfer_without_answer_takes_its_limit_of_board_time),
        TEST(a_cancelled_transfer_is_answered),
        TEST(too_many_waiting_transfers_are_refused),
        TEST(at_step_time_passes_only_when_somebody_lets_it),
        TEST(looking_at_the_clock_takes_time),
        TEST(at_real_pace_the_board_is_never_ahead_of_the_wall),
        TEST(a_transfer_at_real_pace_is_shown_in_its_time),
        TEST(pace_is_real_while_anybody_asks_for_it),
        TEST(advance_says_whether_the_text_came),
        TEST(an_interrupted_wait_leaves_a_client_that_works),
        TEST(a_button_is_down_for_its_time),
        TEST(every_request_with_a_short_or_long_payload_is_refused),
        TEST(a_client_without_hello_is_dropped),
        TEST(a_client_of_another_version_is_told_so),
        TEST(a_frame_without_end_drops_its_client_only),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("owner", tests, NULL, NULL);
}
