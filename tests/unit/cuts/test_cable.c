/* test_cable.c - the cable is pulled, and the wire is noisy, at any transfer or request of a command.
 *
 * The commands themselves, in process, with our own ST-LINK driver on a whole board. After each fault: the command is done, or it ends with
 * the right status and an error that names the cause, at most a second of board time after the last thing that happened; with the cable in
 * and a quiet wire the same command again is done, and what was to be on the chip is there.
 *
 * Usage: test_cable COMMAND FAULT STRIDE, FAULT as scenarios name it; or test_cable COMMAND FAULT N once, to do one again. */
#include "sweep.h"

static const struct swept *command;
static const char *fault_name;
static unsigned failures, refused;
static uint64_t longest_ps; /* beyond the undisturbed time */

static void wrong(uint64_t at, const char *what)
{
    printf("# FAILED %s, %s at %llu: %s (status %d)\n#   %s", command->name, fault_name, (unsigned long long)at, what, said.status,
           said.err);
    failures++;
}

static bool is_on_swd(enum fault_kind kind) { return kind >= FAULT_SWD_WAIT && kind <= FAULT_SWD_LOST; }

static void judge_failure(enum fault_kind kind, uint64_t at)
{
    refused++;
    if (kind == FAULT_UNPLUG && (said.status != EXIT_NO_DEVICE || !strstr(said.err, "unplugged")))
        wrong(at, "a pulled cable is not called that, with status 3");
    if (kind != FAULT_UNPLUG && said.status != EXIT_FAILED && said.status != EXIT_NO_DEVICE && said.status != EXIT_REFUSED)
        wrong(at, "a failure has another status");
    if (!strstr(said.err, "error: ") || !strstr(said.err, "\n  while ") || strstr(said.err, "level 2"))
        wrong(at, "cause or circumstances are not told");
    if (!command->not_done())
        wrong(at, "it failed, and left something that it must not");
}

/* One fault in one command. False: the command was over before it. */
static bool one(enum fault_kind kind, uint64_t at, uint64_t undisturbed_ps)
{
    const struct fault f = { kind, is_on_swd(kind) ? FAULT_AT_SWD : FAULT_AT_TRANSFER, at, kind == FAULT_SWD_WAIT ? 8 : 1, 0, 0, 0 };
    struct err e = { 0 };
    uint64_t took_ps;
    bool fired;

    sweep_load();
    assert_true(faults_add(&wire.board->faults, &f, &e));
    faults_arm(&wire.board->faults);
    took_ps = sweep_run(command->words);
    fired = wire.board->faults.s.fired[0] > 0;
    if (said.status == EXIT_DONE && !command->done())
        wrong(at, "done, it says, and is not");
    if (said.status != EXIT_DONE)
        judge_failure(kind, at);
    if (took_ps > undisturbed_ps + longest_ps)
        longest_ps = took_ps - undisturbed_ps;
    if (took_ps > undisturbed_ps + PS_PER_S ||
        (kind == FAULT_UNPLUG && fired && said.status != EXIT_DONE && board_now_ps(wire.board) - wire.fired_ps > PS_PER_S))
        wrong(at, "it took too long");
    wire.board->faults.s.rows = 0;
    board_cable(wire.board, BOARD_PROBE, true);
    board_plug_reset(wire.board, BOARD_PROBE);
    sweep_run(command->words);
    if (said.status != EXIT_DONE || !command->done())
        wrong(at, "the same command again fails");
    return fired;
}

static void sweep(enum fault_kind kind, uint64_t first, uint64_t stride)
{
    uint64_t undisturbed_ps;
    unsigned count = 0;

    sweep_load();
    undisturbed_ps = sweep_run(command->words);
    if (said.status != EXIT_DONE || !command->done())
        fail_msg("undisturbed: %s", said.err);
    for (uint64_t at = first; one(kind, at, undisturbed_ps) && stride; at += stride)
        count++;
    printf("# %s, %s: %u faults; %u times the command failed; at most %.3f s longer; %u times badly\n", command->name, fault_name, count,
           refused, (double)longest_ps / (double)PS_PER_S, failures);
}

int main(int argc, char **argv)
{
    const enum fault_kind kind = argc >= 4 ? sweep_kind(argv[2]) : FAULT_NONE;
    const uint64_t n = argc >= 4 ? strtoull(argv[3], NULL, 10) : 0;

    command = argc >= 4 ? sweep_find(sweep_cable, argv[1]) : NULL;
    if (!command || kind == FAULT_NONE || n == 0)
        return 2;
    fault_name = argv[2];
    sweep_begin();
    sweep(kind, argc > 4 ? n : 1, argc > 4 ? 0 : n);
    sweep_end();
    return failures ? 1 : 0;
}
