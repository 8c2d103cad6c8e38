/* test_undo.c - going back: after one command and after two, after cuts of the command and of the undo, with option words and without. */
#include "job.h"

#include "flash/undo_work.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LEN = 5 * PAGE - 300 };

static struct image first, second;
static const struct device *device;

struct shot { /* what the flash holds, as far as these tests go */
    uint8_t bytes[8 * PAGE];
};

/* ---- the setting ---- */

static void keep(struct image *to)
{
    *to = im;
    im = (struct image){ 0 };
}

static void want_image(const struct image *from)
{
    image_free(&im);
    im = (struct image){ 0 };
    for (size_t i = 0; i < from->count; i++)
        assert_true(image_add(&im, from->segments[i].addr, from->segments[i].bytes, from->segments[i].len, &r.e));
}

static void flash(const struct image *what)
{
    want_image(what);
    open_store();
    expect_done();
    open_store();
}

/* Two programs of different length; the chip holds the first. */
static int begin_with(const char *chip)
{
    device = strcmp(chip, "stm32g071rb") == 0 ? &device_stm32g071 : &device_stm32u073;
    if (begin_on(chip) != 0)
        return -1;
    make_image(LEN, 1);
    keep(&first);
    make_image(LEN + 2 * PAGE, 2);
    keep(&second);
    flash(&first);
    return 0;
}

static int begin(void **state) { return begin_with("stm32u073rc"); }
static int begin_g071(void **state) { return begin_with("stm32g071rb"); }

static int finish(void **state)
{
    image_free(&first);
    image_free(&second);
    first = second = (struct image){ 0 };
    return end(state);
}

static bool holds(const struct image *what, uint32_t end)
{
    uint8_t bytes[8 * PAGE];
    const struct segment *g = &what->segments[0];

    assert_true(chip_peek(r.chip, BASE, bytes, sizeof bytes));
    for (uint32_t i = g->len; i < end; i++)
        if (bytes[i] != 0xFF)
            return false;
    return memcmp(bytes, g->bytes, g->len) == 0;
}

static struct shot shoot(void)
{
    struct shot s;

    assert_true(chip_peek(r.chip, BASE, s.bytes, sizeof s.bytes));
    return s;
}

static bool is_as(const struct shot *s)
{
    const struct shot now = shoot();

    return memcmp(now.bytes, s->bytes, sizeof now.bytes) == 0;
}

static bool holds_first(void) { return holds(&first, 8 * PAGE); }
static bool holds_second(void) { return holds(&second, 8 * PAGE); }

/* One `sector0 undo`, without the words around it. `did`: something was to be put back. */
static bool undo_number(unsigned number, bool *did)
{
    struct session s = { 0 };
    struct undo_work w = { 0 };
    bool ok;

    open_store();
    *did = false;
    if (!chip_rig_connect(&r))
        return false;
    ok = session_open(&s, &r.t, &r.e);
    s.store = job.store;
    ok = ok && undo_work_begin(&w, &s, number, &r.e);
    *did = ok && (w.pages || w.words);
    ok = ok && (!*did || undo_work_do(&w, true, &r.e));
    if (!ok && s.t)
        session_abandon(&s);
    else if (!*did && w.undo.finishing)
        store_was_done(job.store, w.undo.finishing);
    undo_work_end(&w);
    session_close(&s);
    chip_rig_disconnect(&r);
    open_store();
    return ok;
}

static void undo_or_fail(void)
{
    bool did;

    if (!undo_number(0, &did))
        fail_msg("%s; %s; %s; %s; %s", r.e.cause, r.e.doing[0], r.e.doing[1], r.e.seen[0], r.e.hint);
}

static bool set_option(const char *assignment)
{
    struct session s = { 0 };
    uint32_t wanted[LOOK_OPTIONS];
    bool ok;

    open_store();
    if (!chip_rig_connect(&r))
        return false;
    ok = session_open(&s, &r.t, &r.e);
    s.store = job.store;
    if (ok) {
        option_start(wanted, &s.look);
        ok = option_assign(wanted, r.t.device, assignment, &r.e) && session_take(&s, &r.e) &&
             option_write(&s, wanted, &(struct option_choices){ 0 }, &r.e);
        if (ok)
            target_leave(&r.t, false);
        else
            session_abandon(&s);
    }
    session_close(&s);
    chip_rig_disconnect(&r);
    open_store();
    return ok;
}

static struct look look(void)
{
    struct look l = { 0 };

    assert_true(chip_rig_connect(&r));
    assert_true(look_read(&l, &r.t, &r.e));
    chip_rig_disconnect(&r);
    return l;
}

static bool words_are(const struct look *before)
{
    const struct look now = look();

    return !look_options_damaged(&now, device) && memcmp(now.option, before->option, before->options * sizeof *now.option) == 0;
}

/* ---- pages ---- */

static void undo_goes_back_and_forth(void **state)
{
    flash(&second);
    undo_or_fail();
    assert_true(holds_first());
    assert_true(application_runs());
    undo_or_fail();
    assert_true(holds_second());
    undo_or_fail();
    assert_true(holds_first());
}

static void a_first_flash_is_undone_to_a_blank_chip(void **state)
{
    uint8_t bytes[8 * PAGE];

    undo_or_fail();
    assert_true(chip_peek(r.chip, BASE, bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 0xFF);
    undo_or_fail();
    assert_true(holds_first());
}

static void only_changed_pages_are_touched(void **state)
{
    want_image(&first);
    im.segments[0].bytes[3 * PAGE + 5] ^= 1;
    open_store();
    expect_done();
    erased();
    undo_or_fail();
    assert_string_equal(erased(), "3");
    assert_true(holds_first());
}

static void what_somebody_else_changed_is_recognised(void **state)
{
    struct store *s;
    struct undo u;
    uint8_t page[PAGE];

    flash(&second);
    s = job.store;
    assert_true(undo_find(&u, s, &device_stm32u073, 0, &r.e));
    memset(page, 0x5A, sizeof page);
    assert_true(undo_page_is_foreign(&u, BASE, crc32_of(page, PAGE)));
    assert_false(undo_page_is_foreign(&u, BASE, crc32_of(second.segments[0].bytes, PAGE)));
    assert_false(undo_page_is_foreign(&u, BASE, crc32_of(first.segments[0].bytes, PAGE)));
    assert_false(undo_page_is_foreign(&u, BASE + 12 * PAGE, crc32_of(page, PAGE)));
    undo_free(&u);
}

static void without_a_save_there_is_nothing_to_undo(void **state)
{
    char other[80];
    bool did;

    scratch_end(folder);
    snprintf(other, sizeof other, "%s", folder);
    assert_false(undo_number(0, &did));
    assert_int_equal(r.e.kind, ERR_INPUT);
    assert_non_null(strstr(r.e.cause, "nothing to undo"));
}

/* ---- cut off ---- */

/* The power fails so long after the first option register has been written: the option page is erased and rewritten then. */
static uint64_t option_cut_ps;

static void watch_option_words(struct chip_rig *rig, uint32_t addr, bool write)
{
    const uint32_t offset = addr - device->flash->base;

    if (write && !rig->power_fails_ps && offset >= device->flash->options[0].offset && offset < 0x100)
        rig->power_fails_ps = rig->now_ps + option_cut_ps;
}

static void power_off_in_option_write(uint64_t ps)
{
    option_cut_ps = ps;
    r.before = watch_option_words;
}

static void power_off_after(uint64_t ps) { r.power_fails_ps = r.now_ps + ps; }

static void power_comes_back(void)
{
    r.power_fails_ps = 0;
    r.before = NULL;
    chip_rig_disconnect(&r);
    chip_rig_power_cycle(&r);
}

/* Flash cut off at `share` of 32, and undone. Returns whether it was cut off. */
static bool cut_flash_at(unsigned share, uint64_t whole_ps)
{
    bool ok;

    want_image(&second);
    open_store();
    power_off_after(whole_ps * share / 32);
    ok = chip_rig_flash(&r, &im, &job);
    power_comes_back();
    return !ok;
}

static uint64_t time_of_flash(void)
{
    uint64_t began;

    undo_or_fail();
    flash(&first);
    began = r.now_ps;
    flash(&second);
    return r.now_ps - began;
}

static void a_flash_that_was_cut_off_is_undone(void **state)
{
    const uint64_t whole = time_of_flash();
    unsigned cuts = 0;

    flash(&first);
    for (unsigned i = 1; i < 32; i += 3) {
        const struct shot before = shoot();
        const bool cut = cut_flash_at(i, whole), touched = !is_as(&before);

        cuts += cut;
        if (touched)
            undo_or_fail();
        assert_true(is_as(&before));
        if (touched) /* and from there it goes on as ever */
            flash(&first);
    }
    assert_in_range(cuts, 5, 11);
}

static void a_flash_cut_off_and_run_again_is_one_job(void **state)
{
    const uint64_t whole = time_of_flash();

    flash(&first);
    for (unsigned i = 12; i < 24; i += 5) {
        const struct shot before = shoot();

        assert_true(cut_flash_at(i, whole));
        cut_flash_at(i / 2, whole);
        flash(&second);
        assert_true(chip_rig_holds(&r, &second));
        undo_or_fail();
        assert_true(is_as(&before));
    }
}

static void an_undo_that_was_cut_off_is_finished_and_can_be_undone(void **state)
{
    const uint64_t whole = time_of_flash();
    unsigned cuts = 0;

    flash(&first);
    for (unsigned i = 6; i < 32; i += 3) {
        const struct shot before = shoot();
        struct shot after;
        bool did, ok;

        flash(&second);
        after = shoot();
        power_off_after(whole * i / 32);
        ok = undo_number(0, &did);
        power_comes_back();
        if (!ok) {
            cuts++;
            undo_or_fail();
        }
        assert_true(is_as(&before));
        undo_or_fail();
        assert_true(is_as(&after));
        undo_or_fail();
        assert_true(is_as(&before));
    }
    assert_true(cuts >= 5);
}

/* Somebody wrote something else between the cut and the next job: then that is where undo goes. */
/* Announced, and cut off before it was saved and touched: what the next try saved is what undo goes back to. */
static void a_page_that_a_cut_job_never_came_to_is_in_the_next_save(void **state)
{
    uint8_t page[PAGE];
    uint32_t was, blank, becomes = 0x12345678;
    struct look words = look();
    struct store *s;
    struct undo u;

    memset(page, 0xFF, sizeof page);
    blank = crc32_of(page, PAGE);
    memset(page, 0x5A, sizeof page);
    was = crc32_of(page, PAGE);
    open_store();
    s = job.store;
    assert_true(store_begin(s, "flash", device, &words, &r.e));
    assert_true(store_page_becomes(s, BASE, was, becomes, &r.e) && store_page_becomes(s, BASE + PAGE, blank, becomes, &r.e));
    store_leave(s);
    assert_true(store_begin(s, "flash", device, &words, &r.e));
    assert_true(store_page_becomes(s, BASE, was, becomes, &r.e) && store_page_becomes(s, BASE + PAGE, was, becomes, &r.e));
    assert_true(store_add_page(s, BASE, PAGE, was, page, &r.e) && store_add_page(s, BASE + PAGE, PAGE, was, page, &r.e));
    store_done(s);
    assert_true(undo_find(&u, s, device, 0, &r.e));
    assert_int_equal(u.count, 2);
    assert_true(u.pages[0].announced && u.pages[0].saved && u.pages[0].was == was && u.pages[0].becomes == becomes);
    assert_true(u.pages[1].announced && !u.pages[1].saved && u.pages[1].blank); /* the first try had begun to write it */
    undo_free(&u);
}

static void a_cut_job_is_forgotten_if_somebody_else_was_there(void **state)
{
    const uint64_t whole = time_of_flash();
    struct image third = { 0 };

    flash(&first);
    assert_true(cut_flash_at(20, whole));
    make_image(LEN, 99);
    keep(&third);
    job.store = (store_close(job.store), NULL);
    job.choices.no_save = true;
    want_image(&third);
    expect_done();
    flash(&second);
    undo_or_fail();
    assert_true(holds(&third, LEN));
    image_free(&third);
}

/* ---- option words ---- */

static void option_words_go_back_and_forth(void **state)
{
    const struct look before = look();
    struct look after;

    assert_true(set_option("WRP1B_END=2"));
    after = look();
    undo_or_fail();
    assert_true(words_are(&before));
    undo_or_fail();
    assert_true(words_are(&after));
    assert_true(holds_first());
}

struct outcome {
    unsigned old, new, damaged, closed;
};

/* Each cut of an option write leaves the old words, the new ones, or substitutes; in any case one undo brings back all there was: words
 * and flash, though the way out of the substitutes' readout protection erases it. */
static void cut_option_write(uint64_t cut_ps, const struct look *before, struct outcome *o)
{
    const struct shot flash_before = shoot();
    struct look now;

    power_off_in_option_write(cut_ps);
    set_option("WRP1A_STRT=60");
    power_comes_back();
    now = look();
    if (look_options_damaged(&now, device)) {
        o->damaged++;
        o->closed += look_rdp_level(&now, device) != 0;
        assert_false(set_option("nBOOT0=0"));
        assert_int_equal(r.e.kind, ERR_REFUSED);
        assert_non_null(strstr(r.e.hint, "sector0 undo"));
    } else if (memcmp(now.option, before->option, before->options * sizeof *now.option) == 0) {
        o->old++;
    } else {
        o->new ++;
    }
    if (memcmp(now.option, before->option, before->options * sizeof *now.option) != 0)
        undo_or_fail();
    assert_true(words_are(before));
    assert_true(is_as(&flash_before));
}

static void option_write_cut_everywhere(void)
{
    const struct look before = look();
    struct outcome o = { 0 };

    for (unsigned i = 0; i < 10; i++) {
        cut_option_write((i * UINT64_C(2600) + 1) * PS_PER_US, &before, &o);
        flash(i % 2 ? &first : &second); /* the kept flash is another one each time */
    }
    print_message("# old %u, new %u, damaged %u, of these level 1: %u\n", o.old, o.new, o.damaged, o.closed);
    assert_true(o.damaged >= 5 && o.closed >= 3 && o.new >= 1 && o.old >= 1);
}

static void a_cut_option_write_is_repaired_with_all_that_was_in_flash(void **state) { option_write_cut_everywhere(); }

static void an_undo_of_option_words_that_was_cut_off_is_finished(void **state)
{
    const struct look before = look();
    unsigned damaged = 0;

    for (unsigned i = 0; i < 13; i++) {
        bool did, ok;
        struct look now;

        assert_true(set_option("WRP1A_STRT=60"));
        power_off_in_option_write(i * UINT64_C(2) * PS_PER_MS);
        ok = undo_number(0, &did);
        power_comes_back();
        now = look();
        damaged += look_options_damaged(&now, device);
        if (!ok)
            undo_or_fail();
        assert_true(words_are(&before));
        assert_true(holds_first());
    }
    assert_true(damaged >= 6);
}

/* The repair itself is cut off, again and again. */
static void a_repair_that_is_cut_off_is_repaired(void **state)
{
    const struct look before = look();
    unsigned cuts = 0;

    for (unsigned i = 1; i < 10; i++) {
        struct look now;
        bool did, ok;

        for (unsigned at = 5;; at++) { /* until it is damaged and closed */
            assert_in_range(at, 5, 20);
            power_off_in_option_write(at * PS_PER_MS);
            set_option("WRP1A_STRT=60");
            power_comes_back();
            now = look();
            if (look_options_damaged(&now, device) && look_rdp_level(&now, device) == 1)
                break;
            if (memcmp(now.option, before.option, before.options * sizeof *now.option) != 0)
                undo_or_fail();
        }
        power_off_after(i * UINT64_C(25) * PS_PER_MS);
        ok = undo_number(0, &did);
        power_comes_back();
        cuts += !ok;
        if (!ok)
            undo_or_fail();
        assert_true(words_are(&before));
        assert_true(holds_first());
    }
    assert_true(cuts >= 4);
}

/* ---- a place that cannot be written ---- */

static bool flash_second(void)
{
    want_image(&second);
    return chip_rig_flash(&r, &im, &job);
}

static void saves_that_will_not_fit_stop_the_job_before_it_touches_anything(void **state)
{
    struct rlimit was, small = { 0 };
    static const rlim_t limits[] = { 0, 100, 3000, 12000, 24000 };

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    erased();
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        bool did, flashed, undone, set;

        small = (struct rlimit){ limits[i], was.rlim_max };
        scratch_end(folder);
        assert_non_null(scratch_begin(folder, sizeof folder));
        open_store();
        setrlimit(RLIMIT_FSIZE, &small);
        flashed = flash_second();
        setrlimit(RLIMIT_FSIZE, &was);
        assert_false(flashed);
        assert_int_equal(r.e.kind, ERR_IO);
        assert_string_equal(erased(), "");
        assert_true(holds_first());
        setrlimit(RLIMIT_FSIZE, &small);
        set = set_option("WRP1B_END=2");
        setrlimit(RLIMIT_FSIZE, &was);
        assert_false(set);
        assert_int_equal(r.e.kind, ERR_IO);
        assert_false(undo_number(0, &did)); /* what never began left nothing behind */
        assert_non_null(strstr(r.e.cause, "nothing to undo"));

        flash(&second);
        setrlimit(RLIMIT_FSIZE, &small);
        undone = undo_number(0, &did);
        setrlimit(RLIMIT_FSIZE, &was);
        assert_false(undone);
        assert_int_equal(r.e.kind, ERR_IO);
        assert_true(holds_second());
        undo_or_fail();
        assert_true(holds_first());
        erased();
    }
}

static void a_file_in_its_place_stops_the_job_before_it_touches_anything(void **state)
{
    FILE *f;

    scratch_end(folder);
    f = fopen(folder, "w");
    assert_non_null(f);
    fclose(f);
    open_store();
    erased();
    assert_false(store_try(job.store, &r.e));
    assert_int_equal(r.e.kind, ERR_IO);
    assert_false(flash_second());
    assert_int_equal(r.e.kind, ERR_IO);
    assert_false(set_option("WRP1B_END=2"));
    assert_int_equal(r.e.kind, ERR_IO);
    assert_string_equal(erased(), "");
    assert_true(holds_first());
    unlink(folder);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, finish)
    const struct CMUnitTest tests[] = {
        T(undo_goes_back_and_forth),
        cmocka_unit_test_setup_teardown(undo_goes_back_and_forth, begin_g071, finish),
        T(a_first_flash_is_undone_to_a_blank_chip),
        T(only_changed_pages_are_touched),
        T(what_somebody_else_changed_is_recognised),
        T(without_a_save_there_is_nothing_to_undo),
        T(a_flash_that_was_cut_off_is_undone),
        T(a_flash_cut_off_and_run_again_is_one_job),
        T(an_undo_that_was_cut_off_is_finished_and_can_be_undone),
        T(a_page_that_a_cut_job_never_came_to_is_in_the_next_save),
        T(a_cut_job_is_forgotten_if_somebody_else_was_there),
        T(option_words_go_back_and_forth),
        T(a_cut_option_write_is_repaired_with_all_that_was_in_flash),
        cmocka_unit_test_setup_teardown(a_cut_option_write_is_repaired_with_all_that_was_in_flash, begin_g071, finish),
        T(an_undo_of_option_words_that_was_cut_off_is_finished),
        T(a_repair_that_is_cut_off_is_repaired),
        T(saves_that_will_not_fit_stop_the_job_before_it_touches_anything),
        T(a_file_in_its_place_stops_the_job_before_it_touches_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
