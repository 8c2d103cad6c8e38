/* test_again.c - the target is reset, or loses its power for a moment, in the middle of a command that writes.
 *
 * At flash operations (before, inside and after) and at requests on the wire in between. The command notices, tells, begins anew and is
 * done in the end; `undo` then goes back to where it began. The one exception: option words that the chip found damaged are left to the
 * user, with the way out named, and that way works.
 *
 * Usage: test_again COMMAND FAULT STRIDE, FAULT "nrst-glitch" or "brown-out"; or test_again COMMAND FAULT EVENT N SHARE once, to do one
 * again. */
#include "sweep.h"

enum { HELD_US = 20, DIP_MS = 5, DIP_MV = 1500, BACK_MS = 50, TRIES_OF_A_COMMAND = 3, WAIT_S = 1 };

static const struct swept *command;
static const char *fault_name;
static enum fault_kind kind;
static unsigned failures, again, over, damaged, looking;

static void wrong(const struct fault *f, const char *what)
{
    printf("# FAILED %s, %s: %s (status %d); again: test_again %s %s %s %llu %u\n#   %s", command->name, fault_name, what, said.status,
           command->name, fault_name, fault_when_names[f->when], (unsigned long long)f->at, (unsigned)(f->share * 100 / FAULT_WHOLE),
           said.err);
    failures++;
}

/* It had not begun: the target was lost while it was looked at. */
static bool was_looking(void)
{
    static const char *const phases[] = { "while connecting", "while reading the flash controller's registers", "while reading flash at" };
    bool is = false;

    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
        is = is || strstr(said.err, phases[i]);
    return is && !strstr(said.err, "starting over");
}

/* The words are substitutes: nothing has gone on from there, and undo puts back words and flash. */
static void judge_damage(const struct fault *f)
{
    damaged++;
    if (said.status != EXIT_FAILED || !strstr(said.err, "substitutes") || !strstr(said.err, "`sector0 undo`"))
        wrong(f, "damaged option words are not called that");
}

static void judge_undo(const struct fault *f)
{
    if (strncmp(command->name, "undo", 4) == 0)
        return; /* what it goes back to then is another test's */
    board_run_until(wire.board, board_now_ps(wire.board) + BACK_MS * PS_PER_MS);
    sweep_run("undo --yes");
    if (said.status != EXIT_DONE || !command->before() || sweep_options_damaged())
        wrong(f, "undo does not go back to where it began");
}

/* False: the command was over before it. */
static bool one(enum fault_when when, uint64_t at, unsigned percent, uint64_t undisturbed_ps)
{
    const struct fault f = { kind,
                             when,
                             at,
                             1,
                             FAULT_WHOLE / 100 * percent,
                             kind == FAULT_BROWN_OUT ? DIP_MS * PS_PER_MS : HELD_US * PS_PER_US,
                             kind == FAULT_BROWN_OUT ? DIP_MV : 0 };
    struct err e = { 0 };
    uint64_t took_ps;

    sweep_load();
    assert_true(faults_add(&wire.board->faults, &f, &e));
    faults_arm(&wire.board->faults);
    took_ps = sweep_run(command->words);
    if (!wire.board->faults.s.fired[0])
        return false;
    wire.board->faults.s.rows = 0;
    again += strstr(said.err, "starting over") != NULL;
    over += said.status == EXIT_DONE && !strstr(said.err, "starting over");
    if (took_ps > TRIES_OF_A_COMMAND * undisturbed_ps + WAIT_S * PS_PER_S)
        wrong(&f, "it took too long");
    if (said.status == EXIT_NO_DEVICE && was_looking() && command->before()) {
        looking++;
        return true;
    }
    if (said.status != EXIT_DONE && sweep_options_damaged())
        judge_damage(&f);
    else if (said.status != EXIT_DONE)
        wrong(&f, "it did not go on");
    else if (!command->done())
        wrong(&f, "done, it says, and is not");
    judge_undo(&f);
    return true;
}

static void sweep(unsigned stride)
{
    static const unsigned shares[] = { 0, 37, 100 };
    uint64_t undisturbed_ps;
    unsigned count = 0;

    sweep_load();
    undisturbed_ps = sweep_run(command->words);
    if (said.status != EXIT_DONE || !command->done())
        fail_msg("undisturbed: %s", said.err);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        for (uint64_t at = 1; one(FAULT_AT_FLASH, at, shares[i], undisturbed_ps); at += stride)
            count++;
    for (uint64_t at = 1; one(FAULT_AT_SWD, at, 0, undisturbed_ps); at += 31 * stride)
        count++;
    printf("# %s, %s: %u faults; begun anew %u times, done all the same %u times, option words damaged %u times, lost before it began %u "
           "times; "
           "%u times "
           "badly\n",
           command->name, fault_name, count, again, over, damaged, looking, failures);
}

/* Something to undo. */
static void prepare(void)
{
    if (strcmp(command->name, "undo") == 0)
        sweep_run("flash new.bin --at 0x08000000");
    else if (strcmp(command->name, "undo-option") == 0)
        sweep_run("option set nBOOT_SEL=0 --yes");
    if (said.status != EXIT_DONE)
        fail_msg("%s", said.err);
    sweep_keep();
}

static enum fault_when when_of(const char *name)
{
    enum fault_when when = FAULT_ALWAYS;

    for (unsigned i = 0; i < FAULT_WHENS; i++)
        if (strcmp(fault_when_names[i], name) == 0)
            when = (enum fault_when)i;
    return when;
}

int main(int argc, char **argv)
{
    command = argc >= 4 ? sweep_find(sweep_again, argv[1]) : NULL;
    kind = argc >= 4 ? sweep_kind(argv[2]) : FAULT_NONE;
    if (!command || (kind != FAULT_NRST_GLITCH && kind != FAULT_BROWN_OUT) || (argc > 4 && argc < 6))
        return 2;
    fault_name = argv[2];
    sweep_begin();
    prepare();
    if (argc == 4)
        sweep((unsigned)strtoul(argv[3], NULL, 10));
    else
        one(when_of(argv[3]), strtoull(argv[4], NULL, 10), (unsigned)strtoul(argv[5], NULL, 10), TIME_NEVER / 8);
    sweep_end();
    return failures ? 1 : 0;
}
