/* test_cuts.c - power cut everywhere: before, inside and after each operation of a flash or an option write, and of the recovery itself.
 *
 * After each: power on. What starts is the old image as a whole, or the new one as a whole, or nothing of ours; the same command again
 * succeeds; a third run writes nothing; pages and option words outside the job are as they were; RDP is not level 2.
 *
 * How many: the plan of the full image is 34 erases and 8,591 double words, 8,625 operations; this engine first programs zeros over the
 * first double word of page 0, so that a torn erase leaves no vectors: one more. `all` cuts before, inside and after each: 25,878. `sample`
 * takes each page's erase, first and last double word, 102 operations and 306 cuts, and those that matter most: the zeros, and the double
 * word that comes before the last one of all.
 *
 * A cut that fails is made smaller: as few of its torn bits as still fail are named, with seed and operation. Such a line belongs into
 * regressions.txt, which is run every time.
 *
 * Usage: test_cuts PART sample|all; test_cuts PART OPERATION PERCENT [SEED] for a single cut; test_cuts regressions FILE. */
#include "cut_judge.h"

#include "device/regs/u0_flash.h"
#include "periph/flash.h"

static bool all;
static uint64_t only_operation, only_seed;
static unsigned only_share;

/* ---- a flash job ---- */

/* Of each page: its erase, its first and its last double word. */
static bool is_sample(void *ctx, uint64_t operation, const struct flash_now *op)
{
    const uint32_t len = new_image.segments[0].len, at = op->addr - BASE;
    const uint32_t page = at / PAGE * PAGE, used = len - page < PAGE ? (len - page + 7) / 8 * 8 : PAGE;

    if (only_operation)
        return operation == only_operation;
    return all || op->bytes == PAGE || at == page || at == page + used - 8 || (page == 0 && at == 8);
}

static void set_up(uint32_t len, bool direct)
{
    cut_rig_begin(&r, "stm32u073rc");
    chip_rig_begin(&kept, "stm32u073rc");
    r.seed = only_seed;
    r.wanted = is_sample;
    r.judge = judge;
    make_image(&old_image, len, 1);
    make_image(&new_image, len, 2);
    job = (struct job){ .choices.no_save = true, .direct = direct };
    for (unsigned i = 0; i < PAGE; i++)
        outside[i] = (uint8_t)(i * 3 + 1);
    assert_true(chip_poke(r.parent.chip, BASE + OUTSIDE_PAGE * PAGE, outside, PAGE));
    cut_rig_hurry(&r.parent, true);
    assert_true(chip_rig_flash(&r.parent, &old_image, &job));
    cut_rig_hurry(&r.parent, false);
    read_options(&r.parent, options);
}

static void tear_down(void)
{
    image_free(&old_image);
    image_free(&new_image);
    chip_rig_end(&kept);
    cut_rig_end(&r);
}

static void shares(unsigned a, unsigned b, unsigned c, unsigned count)
{
    r.shares[0] = a;
    r.shares[1] = b;
    r.shares[2] = c;
    r.share_count = count;
}

static void cut_job(void)
{
    if (only_operation && only_share <= 100)
        shares(only_share, 0, 0, 1);
    cut_rig_watch(&r, true);
    if (!chip_rig_flash(&r.parent, &new_image, &job))
        fail_msg("%s", r.parent.e.cause);
    cut_rig_watch(&r, false);
    printf("# %llu operations, %llu cuts\n", (unsigned long long)r.operations, (unsigned long long)r.cuts);
}

static void flash_job(uint32_t len, bool direct)
{
    set_up(len, direct);
    shares(0, 50, 100, 3);
    cut_job();
    tear_down();
}

static void same_page(void)
{
    same_page_0 = true;
    flash_job(THREE_BYTES, false);
}

/* The oracle is worth something: without the guard it finds a mixture that starts. */
static void without_guard(void)
{
    same_page_0 = true;
    set_up(THREE_BYTES, false);
    job.choices.no_guard = true;
    shares(50, 0, 0, 1);
    cut_job();
    tear_down();
    assert_true(failures > 0);
    assert_int_equal(smallest_bits, 1); /* of a whole torn page, one bit is enough: it is neither old nor new then */
    failures = 0;
}

static void three_pages(void) { flash_job(THREE_BYTES, false); }

/* What the issue that asked for all this counted, and what this engine has. */
enum { FULL_PAGES = 34, FULL_UNITS = 8591, DISARMINGS = 1, SAMPLED = 3 * FULL_PAGES + DISARMINGS + 1 };

static void full(unsigned share)
{
    set_up(FULL_BYTES, false);
    shares(share, 0, 0, 1);
    cut_job();
    if (!only_operation) {
        assert_int_equal(r.operations, FULL_PAGES + FULL_UNITS + DISARMINGS);
        assert_int_equal(r.cuts, all ? FULL_PAGES + FULL_UNITS + DISARMINGS : SAMPLED);
    }
    tear_down();
}

static void full_before(void) { full(0); }
static void full_inside(void) { full(50); }
static void full_after(void) { full(100); }
static void full_direct(void) { flash_job(all ? FULL_BYTES : THREE_BYTES, true); }

/* ---- cut, and cut again during recovery ---- */

static uint64_t random_state;
static uint64_t below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

static struct cut second;
static struct chip_rig scratch; /* the chip between the two cuts */
static uint64_t count_down;

static void cut_recovery(void *ctx, struct flash_fate *fate)
{
    cut_rig_shorten(fate);
    if (--count_down == 0)
        chip_stop_at(scratch.chip, fate->start_ps + fate->duration_ps * second.share / 100);
}

static const struct chip_hooks recovery_hooks = { .begins = cut_recovery };

static void power_fails(struct chip_rig *child)
{
    chip_power(child->chip, false);
    chip_stop_at(child->chip, TIME_NEVER);
}

static void judge_twice(void *ctx, struct chip_rig *child, const struct cut *c)
{
    struct job again = { .choices.no_save = true };

    second = (struct cut){ 1 + below(600), (unsigned)below(101), c->seed };
    count_down = second.operation;
    cut_rig_copy(&scratch, child);
    power_on(&scratch);
    scratch.at_stop = power_fails;
    cut_rig_hurry(&scratch, true);
    chip_set_hooks(scratch.chip, &recovery_hooks);
    chip_rig_flash(&scratch, &new_image, &again); /* fails, or is done before the cut */
    chip_stop_at(scratch.chip, TIME_NEVER);
    chip_power(scratch.chip, false);
    cut_rig_hurry(&scratch, true);
    judge(ctx, &scratch, c);
}

static uint64_t twice_left, twice_done;
static bool is_drawn(void *ctx, uint64_t operation, const struct flash_now *op)
{
    return below(all ? 2 : 19) == 0 && twice_left && twice_left--;
}

static void twice(void)
{
    random_state = 0x5EC70B0;
    chip_rig_begin(&scratch, "stm32u073rc");
    for (twice_left = all ? 5000 : 40; twice_left > 0;) {
        set_up(THREE_BYTES, false);
        r.wanted = is_drawn;
        r.judge = judge_twice;
        shares((unsigned)below(101), 0, 0, 1);
        cut_job();
        twice_done += r.cuts;
        tear_down();
    }
    assert_int_equal(twice_done, all ? 5000 : 40);
    chip_rig_end(&scratch);
}

/* ---- options ---- */

static uint32_t old_options[LOOK_OPTIONS];
static unsigned as_before, as_wanted, mismatched;
static const char *const wish = "nBOOT_SEL=0";

/* The wish; or, after a mismatch, all words as a save has them, with the consent that leaving RDP level 1 needs. */
static bool write_option(struct chip_rig *rig, bool restore)
{
    struct session s;
    uint32_t wanted[LOOK_OPTIONS];
    bool ok;

    if (!chip_rig_connect(rig))
        return false;
    ok = session_open(&s, &rig->t, &rig->e);
    if (ok) {
        option_start(wanted, &s.look);
        if (restore)
            memcpy(wanted, options, s.look.options * sizeof *wanted);
        ok = (restore || option_assign(wanted, rig->t.device, wish, &rig->e)) && session_take(&s, &rig->e) &&
             option_write(&s, wanted, &(struct option_choices){ restore, true }, &rig->e);
        if (ok)
            target_leave(&rig->t, false);
        session_close(&s);
    }
    chip_rig_disconnect(rig);
    return ok;
}

static bool options_are(const uint32_t *words, const uint32_t *wanted) { return memcmp(words, wanted, sizeof old_options) == 0; }

/* What an option word may be after a cut: as before, as wanted, or the value for a mismatch (RDP then is not 0xAA). */
static void look_at_options(struct chip_rig *child, const struct cut *c, bool flash_stays)
{
    uint32_t words[LOOK_OPTIONS] = { 0 };
    const struct image *const image = &old_image;

    problems = 0;
    child->e = (struct err){ 0 };
    power_on(child);
    read_options(child, words);
    if (level_2(child))
        wrong(c, "RDP is at level 2", child);
    if (options_are(words, old_options))
        as_before++;
    else if (options_are(words, options))
        as_wanted++;
    else {
        mismatched++;
        if (!(peek32(child, facts()->base + facts()->sr) & BITS(U0_FLASH_SR_OPTVERR)))
            wrong(c, "options are neither old nor new, and OPTVERR is not set", child);
    }
    if (flash_stays && !chip_rig_holds(child, image))
        wrong(c, "an option write changed flash", child);
    if (!write_option(child, !options_are(words, old_options) && !options_are(words, options))) {
        wrong(c, "the same option write again fails", child);
        return;
    }
    read_options(child, words);
    if (!options_are(words, options))
        wrong(c, "after the same option write again the words are not as wanted", child);
}

static void judge_options(void *ctx, struct chip_rig *child, const struct cut *c)
{
    look_at_options(child, c, true);
    failures += problems > 0;
}

/* Power goes once more while the words are being put right. Leaving the protection that a mismatch reads as erases the flash on the way,
 * as its user has agreed to: what is in there afterwards is not looked at. */
static void judge_options_twice(void *ctx, struct chip_rig *child, const struct cut *c)
{
    uint32_t words[LOOK_OPTIONS] = { 0 };

    second = (struct cut){ 1 + below(2), (unsigned)below(101), c->seed };
    count_down = second.operation;
    cut_rig_copy(&scratch, child);
    power_on(&scratch);
    read_options(&scratch, words);
    scratch.at_stop = power_fails;
    chip_set_hooks(scratch.chip, &recovery_hooks);
    write_option(&scratch, !options_are(words, old_options) && !options_are(words, options)); /* fails, or is done before the cut */
    chip_stop_at(scratch.chip, TIME_NEVER);
    chip_power(scratch.chip, false);
    cut_rig_hurry(&scratch, true);
    look_at_options(&scratch, c, false);
    failures += problems > 0;
}

static bool every_operation(void *ctx, uint64_t operation, const struct flash_now *op)
{
    return !only_operation || operation == only_operation;
}

static void option_job(void)
{
    struct chip_rig before = { 0 };
    uint64_t commands;
    const unsigned stride = all ? 1 : 3;

    set_up(THREE_BYTES, false);
    memcpy(old_options, options, sizeof options);
    chip_rig_begin(&before, "stm32u073rc");
    cut_rig_copy(&before, &r.parent);
    commands = r.parent.commands;
    assert_true(write_option(&r.parent, false));
    commands = r.parent.commands - commands;
    read_options(&r.parent, options);
    assert_false(options_are(options, old_options));

    r.judge = judge_options;
    r.wanted = every_operation;
    if (only_operation) {
        cut_rig_copy(&r.parent, &before);
        shares(only_share, 0, 0, 1);
        cut_rig_watch(&r, true);
        assert_true(write_option(&r.parent, false));
        cut_rig_watch(&r, false);
        chip_rig_end(&before);
        tear_down();
        return;
    }
    for (unsigned round = 0; round < (all ? 99u : 9u); round++) { /* inside: the erase, and each word */
        const unsigned percent = all ? round + 1 : round * 10 + 10;

        cut_rig_copy(&r.parent, &before);
        shares(0, percent, 100, round ? 2 : 3);
        if (round)
            r.shares[0] = 96 + round % 4; /* where the words are */
        cut_rig_watch(&r, true);
        assert_true(write_option(&r.parent, false));
        cut_rig_watch(&r, false);
    }
    for (uint64_t at = 1; at < commands; at += stride) { /* the power goes with the probe's command number `at` */
        cut_rig_copy(&r.child, &before);
        r.child.cut_at = r.child.commands + at;
        write_option(&r.child, false); /* fails; or was all but done */
        r.child.cut_at = 0;
        chip_power(r.child.chip, false);
        judge_options(NULL, &r.child, &(struct cut){ 1000 + at, 0, 1 });
        r.cuts++;
    }
    printf("# %llu cuts: %u old, %u new, %u mismatched\n", (unsigned long long)r.cuts, as_before, as_wanted, mismatched);
    assert_true(as_before > 0 && as_wanted > 0 && mismatched > 0);

    chip_rig_begin(&scratch, "stm32u073rc");
    random_state = 0x0B7105;
    r.judge = judge_options_twice;
    r.cuts = 0;
    for (unsigned round = 0; round < (all ? 300u : 10u); round++) {
        cut_rig_copy(&r.parent, &before);
        shares(50 + (unsigned)below(51), 0, 0, 1);
        cut_rig_watch(&r, true);
        assert_true(write_option(&r.parent, false));
        cut_rig_watch(&r, false);
    }
    printf("# %llu double cuts\n", (unsigned long long)r.cuts);
    chip_rig_end(&scratch);
    chip_rig_end(&before);
    tear_down();
}

static const struct {
    const char *name;
    void (*run)(void);
} parts[] = { { "three-pages", three_pages }, { "same-page-0", same_page },   { "without-guard", without_guard },
              { "full-before", full_before }, { "full-inside", full_inside }, { "full-after", full_after },
              { "full-direct", full_direct }, { "options", option_job },      { "twice", twice } };

static bool run_part(const char *name)
{
    part = name;
    same_page_0 = false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(parts[i].name, name) == 0) {
            parts[i].run();
            return true;
        }
    return false;
}

/* Each line: PART OPERATION PERCENT SEED, then words. */
static bool run_regressions(const char *path)
{
    FILE *const f = fopen(path, "r");
    char line[200], name[40];
    unsigned long long operation, seed;
    unsigned count = 0;

    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (line[0] != '#' && sscanf(line, "%39s %llu %u %llu", name, &operation, &only_share, &seed) == 4) {
            only_operation = operation;
            only_seed = seed;
            assert_true(run_part(name));
            count++;
        }
    fclose(f);
    printf("# %u regressions\n", count);
    return count > 0;
}

int main(int argc, char **argv)
{
    bool ok;

    if (argc < 3)
        return 2;
    all = strcmp(argv[2], "all") == 0;
    only_operation = strtoull(argv[2], NULL, 10);
    only_share = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 101;
    only_seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
    ok = strcmp(argv[1], "regressions") == 0 ? run_regressions(argv[2]) : run_part(argv[1]);
    return !ok ? 2 : failures ? 1 : 0;
}
