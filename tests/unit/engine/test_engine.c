/* test_engine.c - the whole engine on a modelled chip: what is written, in which order, how fast. */
#include "job.h"

#include "device/regs/cortexm.h"
#include "device/regs/crc.h"

static int begin_u073(void **state) { return begin_on("stm32u073rc"); }
static int begin_g071(void **state) { return begin_on("stm32g071rb"); }

/* ---- speed and sparing ---- */

static void the_founding_image_is_programmed_at_the_speed_of_the_flash(void **state)
{
    expect_done();
    assert_int_equal(job.writes, FOUNDING_PAGES);
    assert_false(job.s.direct);
    assert_false(is_empty_flag());
    assert_true(application_runs());
    print_message("# %.1f ms, %u commands\n", job.ms, (unsigned)job.commands);
    assert_true(job.ms < 1650);
    expect_done(); /* again: nothing */
    print_message("# again: %.1f ms, %u commands\n", job.ms, (unsigned)job.commands);
    assert_int_equal(job.writes, 0);
    assert_true(job.commands < 80);
    assert_true(application_runs());
}

static void slow_and_quick_probes_are_hidden_alike(void **state)
{
    static const struct {
        unsigned command_us;
        double ms;
    } rows[] = { { 150, 1600 }, { 300, 1650 }, { 1000, 1750 } };

    for (size_t i = 0; i < 3; i++) {
        r.command_us = rows[i].command_us;
        make_image(FOUNDING_BYTES, (uint8_t)(20 + i));
        expect_done();
        print_message("# %u us a command: %.1f ms, %u commands\n", r.command_us, job.ms, (unsigned)job.commands);
        assert_true(job.ms < rows[i].ms);
    }
}

static void one_changed_byte_costs_one_page(void **state)
{
    expect_done();
    erased();
    im.segments[0].bytes[5 * PAGE + 17] ^= 0x40;
    expect_done();
    print_message("# %.1f ms, %u commands\n", job.ms, (unsigned)job.commands);
    assert_string_equal(erased(), "5");
    assert_true(job.ms < 150);
}

static void two_changed_pages_cost_page_0_too(void **state)
{
    expect_done();
    erased();
    im.segments[0].bytes[5 * PAGE + 17] ^= 0x40;
    im.segments[0].bytes[33 * PAGE + 1] ^= 0x40;
    expect_done();
    assert_string_equal(erased(), "0 5 33");
    im.segments[0].bytes[7 * PAGE] ^= 0x40;
    im.segments[0].bytes[8 * PAGE] ^= 0x40;
    job.choices.no_guard = true;
    expect_done();
    assert_string_equal(erased(), "7 8");
}

static void bytes_behind_the_image_are_kept(void **state)
{
    uint8_t tail[16] = "keep me, please";
    uint8_t now[16];

    assert_true(chip_poke(r.chip, BASE + FOUNDING_BYTES + 100, tail, sizeof tail));
    expect_done();
    assert_true(chip_peek(r.chip, BASE + FOUNDING_BYTES + 100, now, sizeof now));
    assert_memory_equal(now, tail, sizeof tail);
}

static void reading_back_proves_it_too(void **state)
{
    job.choices.read_back = true;
    expect_done();
    assert_true(application_runs());
}

static void without_a_loader_the_outcome_is_the_same(void **state)
{
    job.direct = true;
    expect_done();
    print_message("# %.1f ms, %u commands\n", job.ms, (unsigned)job.commands);
    assert_int_equal(job.writes, FOUNDING_PAGES);
    assert_true(application_runs());
    job.direct = false;
    expect_done();
    assert_int_equal(job.writes, 0);
}

/* ---- hostile surroundings ---- */

static void spoil_loader(struct chip_rig *rig, uint32_t addr, bool write)
{
    const uint32_t bkpt = 0xBE00BE00;

    if (write && addr == PPB_BASE + PPB_VTOR) /* the upload is over: its first instructions become something else */
        chip_poke(rig->chip, (get_le32((const uint8_t[]){ 0, 0, 0, 0x20 }) + (peek32(0x20000004) & 0xFFE)) & ~3u, &bkpt, 4);
}

static void a_loader_that_does_not_come_up_is_done_without(void **state)
{
    r.before = spoil_loader;
    make_image(3 * PAGE, 1);
    expect_done();
    assert_true(job.s.direct);
    assert_string_equal(job.s.direct_why, "the RAM loader did not come up");
    assert_true(application_runs());
}

static void set_option(const char *assignment)
{
    struct session s;
    uint32_t wanted[LOOK_OPTIONS];

    assert_true(chip_rig_connect(&r));
    assert_true(session_open(&s, &r.t, &r.e));
    option_start(wanted, &s.look);
    assert_true(option_assign(wanted, r.t.device, assignment, &r.e));
    assert_true(session_take(&s, &r.e));
    if (!option_write(&s, wanted, &(struct option_choices){ 0 }, &r.e))
        fail_msg("%s; %s; %s", r.e.cause, r.e.seen[0], r.e.seen[1]);
    target_leave(&r.t, false);
    session_close(&s);
    chip_rig_disconnect(&r);
}

static void a_watchdog_that_starts_by_itself_is_fed(void **state)
{
    make_image(20 * PAGE, 1);
    set_option("IWDG_SW=0");
    expect_done();
    assert_false(job.s.direct);
    job.direct = true;
    make_image(20 * PAGE, 2);
    expect_done();
}

static void flags_left_by_somebody_else_do_no_harm(void **state)
{
    const struct flash_facts *f = device_stm32u073.flash;
    uint64_t done;

    chip_debug_write(r.chip, BASE + 4 * PAGE, 4, 1, &done); /* a write to locked flash: PGSERR and more */
    chip_debug_write(r.chip, BASE + 4 * PAGE + 4, 4, 1, &done);
    assert_true(peek32(f->base + f->sr) & f->sr_errors);
    expect_done();
}

static void an_application_s_world_does_not_hurt_the_loader(void **state)
{
    uint64_t done;

    expect_done();
    /* MPU on with everything execute-never, PRIMASK whatever: a reset comes first, and the loader sets up the rest itself */
    chip_debug_write(r.chip, PPB_BASE + PPB_MPU_RBAR, 4, 0x20000010, &done);
    chip_debug_write(r.chip, PPB_BASE + PPB_MPU_RASR, 4, 0x1300003F, &done);
    chip_debug_write(r.chip, PPB_BASE + PPB_MPU_CTRL, 4, 5, &done);
    make_image(4 * PAGE, 9);
    expect_done();
    assert_false(job.s.direct);
}

static void a_protected_page_is_refused_before_the_target_is_reset(void **state)
{
    uint64_t done;

    expect_done();
    set_option("WRP1BR=0x00050005");
    erased();
    chip_run_until(r.chip, r.now_ps += 100000000);
    chip_debug_write(r.chip, PPB_BASE + PPB_DHCSR, 4, 0xA05F0001, &done); /* its reset flag is read off */
    chip_debug_read(r.chip, PPB_BASE + PPB_DHCSR, 4, &(uint32_t){ 0 }, &done);
    im.segments[0].bytes[5 * PAGE] ^= 1;
    assert_false(chip_rig_flash(&r, &im, &job));
    assert_int_equal(r.e.kind, ERR_LOCKED);
    assert_string_equal(r.e.cause, "page 5 at 0x08002800 is write-protected by WRP1B (pages 5..5)");
    assert_string_equal(erased(), "");
    assert_true(application_runs());
    im.segments[0].bytes[5 * PAGE] ^= 1;
    im.segments[0].bytes[6 * PAGE] ^= 1;
    expect_done(); /* page 6 is not protected */
    assert_string_equal(erased(), "6");
}

/* ---- saves ---- */

static void what_is_overwritten_is_saved_and_not_twice(void **state)
{
    struct image saved = { 0 };
    char path[300];
    uint8_t *old;

    expect_done();
    old = malloc(FOUNDING_BYTES);
    assert_non_null(old);
    memcpy(old, im.segments[0].bytes, FOUNDING_BYTES);

    open_store();
    make_image(FOUNDING_BYTES, 3);
    expect_done();
    print_message("# %.1f ms, %u commands\n", job.ms, (unsigned)job.commands);
    assert_true(job.ms < 1650); /* saving hides beneath the flash's own time */
    assert_int_equal(job.saves, FOUNDING_PAGES);
    snprintf(path, sizeof path, "%.*s.hex", (int)strlen(store_path(job.store)) - 4, store_path(job.store));
    assert_true(image_read_file(&saved, path, IMAGE_HEX, false, 0, &r.e));
    assert_int_equal(image_size(&saved), FOUNDING_PAGES * PAGE);
    assert_memory_equal(saved.segments[0].bytes, old, FOUNDING_BYTES);
    image_free(&saved);

    image_free(&im);
    im = (struct image){ 0 };
    assert_true(image_add(&im, BASE, old, FOUNDING_BYTES, &r.e)); /* back, and forth again */
    open_store();
    expect_done();
    assert_int_equal(job.saves, FOUNDING_PAGES);
    make_image(FOUNDING_BYTES, 3);
    open_store();
    expect_done();
    assert_int_equal(job.saves, 0);
    free(old);
}

static void without_a_loader_pages_are_saved_too(void **state)
{
    make_image(3 * PAGE, 1);
    expect_done();
    open_store();
    make_image(3 * PAGE, 3);
    job.direct = true;
    expect_done();
    assert_int_equal(job.saves, 3);
    assert_int_equal(store_pages(job.store), 3);
}

/* Power fails while zeros are written over programmed units: what is left has errors the ECC cannot correct. */
static void tear_page(uint32_t page)
{
    const struct flash_facts *f = device_stm32u073.flash;
    uint64_t done;

    chip_debug_write(r.chip, PPB_BASE + PPB_DHCSR, 4, 0xA05F0003, &done); /* halted: a fetch would wait for the flash to finish */
    chip_run_until(r.chip, r.now_ps += 1000000);
    chip_debug_write(r.chip, f->base + f->keyr, 4, f->key[0], &done);
    chip_debug_write(r.chip, f->base + f->keyr, 4, f->key[1], &done);
    chip_debug_write(r.chip, f->base + f->cr, 4, f->cr_pg, &done);
    chip_debug_write(r.chip, BASE + page * PAGE + 64, 4, 0, &done);
    chip_debug_write(r.chip, BASE + page * PAGE + 68, 4, 0, &done);
    chip_run_until(r.chip, r.now_ps += 40000000); /* half of the typical time */
    chip_rig_power_cycle(&r);
}

static void a_page_with_an_ecc_double_error_is_written_again(void **state)
{
    unsigned torn = 0;

    for (unsigned direct = 0; direct < 2; direct++) {
        job.direct = direct;
        expect_done();
        for (unsigned page = 3; page < 8; page++) {
            struct session s;
            struct want w = { 0 };

            tear_page(page);
            assert_true(chip_rig_connect(&r));
            assert_true(session_open(&s, &r.t, &r.e));
            assert_true(want_from_image(&w, r.t.device, r.t.flash_bytes, &im, &r.e));
            if (!session_compare(&s, &w, direct, &r.e))
                fail_msg("%s", r.e.cause);
            torn += w.pages[page].damaged;
            assert_false(w.pages[page].now_crc == want_crc(&w, &w.pages[page]) && !w.pages[page].damaged);
            want_free(&w);
            session_close(&s);
            chip_rig_disconnect(&r);
            erased();
            expect_done();
            assert_int_equal(job.writes, 1);
        }
    }
    assert_true(torn > 0);
}

/* ---- borrowing ---- */

static void comparing_on_the_target_leaves_no_trace(void **state)
{
    static uint8_t before[32768], after[32768];
    struct session s;
    struct want w = { 0 };
    uint32_t vtor, crc_dr;
    uint64_t done;

    expect_done();
    assert_true(application_runs());
    /* an application that uses the CRC unit in its own way */
    chip_debug_write(r.chip, device_stm32u073.crc_enable_at, 4, peek32(device_stm32u073.crc_enable_at) | device_stm32u073.crc_enable_mask,
                     &done);
    chip_debug_write(r.chip, device_stm32u073.crc_base + CRC_INIT, 4, 0x12345678, &done);
    chip_debug_write(r.chip, device_stm32u073.crc_base + CRC_CR, 4, BITS(CRC_CR_RESET) | BITS(CRC_CR_REV_OUT), &done);
    chip_debug_write(r.chip, device_stm32u073.crc_base + CRC_DR, 4, 0xCAFE, &done);
    assert_true(chip_peek(r.chip, 0x20000000, before, sizeof before));
    vtor = peek32(PPB_BASE + PPB_VTOR);
    crc_dr = peek32(device_stm32u073.crc_base + CRC_DR);

    assert_true(chip_rig_connect(&r));
    assert_true(session_open(&s, &r.t, &r.e));
    assert_true(want_from_image(&w, r.t.device, r.t.flash_bytes, &im, &r.e));
    const double ms = chip_rig_ms(&r);
    if (!session_compare(&s, &w, true, &r.e))
        fail_msg("%s; %s", r.e.cause, r.e.seen[0]);
    print_message("# %.1f ms\n", chip_rig_ms(&r) - ms);
    assert_true(chip_rig_ms(&r) - ms < 120); /* reading would take 280 */
    for (size_t i = 0; i < w.count; i++)
        assert_int_equal(w.pages[i].now_crc, want_crc(&w, &w.pages[i]));
    want_free(&w);
    session_close(&s);
    chip_rig_disconnect(&r);

    assert_true(chip_peek(r.chip, 0x20000000, after, sizeof after));
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(peek32(PPB_BASE + PPB_VTOR), vtor);
    assert_int_equal(peek32(device_stm32u073.crc_base + CRC_DR), crc_dr);
    assert_int_equal(peek32(device_stm32u073.crc_base + CRC_INIT), 0x12345678);
    assert_int_equal(peek32(device_stm32u073.crc_base + CRC_CR), BITS(CRC_CR_REV_OUT));
    assert_true(application_runs());
}

/* ---- option words ---- */

static void option_words_are_written_loaded_and_checked(void **state)
{
    expect_done();
    set_option("nBOOT_SEL=0");
    assert_int_equal(peek32(device_stm32u073.flash->base + device_stm32u073.flash->options[0].offset) >> 24 & 1, 0);
    chip_rig_power_cycle(&r);
    assert_int_equal(peek32(device_stm32u073.flash->base + device_stm32u073.flash->options[0].offset) >> 24 & 1, 0);
    set_option("nBOOT_SEL=1");
    assert_true(application_runs());
}

static void level_2_cannot_be_written_below_the_words_either(void **state)
{
    struct session s;
    uint32_t wanted[LOOK_OPTIONS];

    assert_true(chip_rig_connect(&r));
    assert_true(session_open(&s, &r.t, &r.e));
    option_start(wanted, &s.look);
    wanted[0] = (wanted[0] & ~0xFFu) | 0xCC;
    assert_true(session_take(&s, &r.e));
    assert_false(option_write(&s, wanted, &(struct option_choices){ true }, &r.e));
    assert_int_equal(r.e.kind, ERR_REFUSED);
    session_abandon(&s);
    session_close(&s);
    chip_rig_disconnect(&r);
}

/* ---- mass erase ---- */

static void everything_is_erased_in_one_operation_and_saved(void **state)
{
    struct session s;
    struct want w = { 0 };
    struct plan p = { 0 };

    make_image(5 * PAGE, 1);
    expect_done();
    open_store();
    assert_true(chip_rig_connect(&r));
    assert_true(session_open(&s, &r.t, &r.e));
    s.store = job.store;
    assert_true(want_blank(&w, r.t.device, r.t.flash_bytes, BASE, r.t.flash_bytes, &r.e));
    assert_true(session_take(&s, &r.e));
    assert_true(session_compare(&s, &w, false, &r.e));
    assert_true(session_plan_erase_all(&s, &p, &w, &(struct plan_choices){ .erase = true }, &r.e));
    assert_int_equal(p.saves, 5);
    if (!session_execute(&s, &p, "erase", &r.e))
        fail_msg("%s; %s", r.e.cause, r.e.seen[0]);
    assert_true(session_finish(&s, false, &r.e));
    assert_int_equal(store_pages(job.store), 5);
    for (uint32_t at = 0; at < 256 * 1024; at += 4)
        assert_int_equal(peek32(BASE + at), 0xFFFFFFFF);
    assert_true(is_empty_flag());
    plan_free(&p);
    want_free(&w);
    session_close(&s);
    chip_rig_disconnect(&r);
}

/* ---- other chips ---- */

static void the_loader_fits_the_ram_of_every_chip(void **state)
{
    for (const struct device *const *d = devices; *d; d++) {
        struct target t = { .device = *d };
        const uint32_t pages = (*d)->flash_bytes_max / (*d)->flash->page_bytes, end = (*d)->loader_ram + (*d)->loader_ram_bytes;

        for (unsigned small = 0; small < 2; small++) {
            const struct loader_room room = { 2 * pages, small ? 0 : (*d)->flash->page_bytes, small ? 0 : 5, small };
            struct loader l;

            if (!loader_prepare(&l, &t, &room, &r.e))
                fail_msg("%s: %s", (*d)->name, r.e.cause);
            assert_true(l.ram_end <= end);
            assert_true(l.slots == 0 || l.slots_at + l.slots * l.slot_bytes <= end);
            assert_true(l.results_at + l.results * RING_RESULT <= end);
            if (!small) {
                assert_true(l.slots >= 1);
                assert_true(loader_space(&l) >= (*d)->flash->page_bytes + RING_RECORD_BYTES_MAX); /* a page's PROGRAM */
            }
            loader_free(&l);
        }
    }
}

static void a_ring_may_wrap_anywhere(void **state)
{
    struct target t = { .device = &device_stm32u073 };
    const struct loader_room room = { 4, 0, 0, true };
    uint8_t bytes[64] = { 0 };
    struct loader l;

    assert_true(loader_prepare(&l, &t, &room, &r.e));
    const uint32_t whole = l.ring_end - l.ring_at - RING_UNIT;

    assert_int_equal(loader_space(&l), whole);
    for (unsigned i = 0; i < 100; i++) { /* as if the target had done it all at once */
        loader_add_program(&l, BASE, bytes, 1 + i % 8);
        assert_int_equal(loader_space(&l), whole - 8 * (2 + i % 8));
        assert_true(l.put_at >= l.ring_at && l.put_at < l.ring_end);
        l.write_at = l.read_at = l.put_at;
        l.buffered = 0;
        assert_int_equal(loader_space(&l), whole);
        assert_true(loader_idle(&l));
    }
    loader_free(&l);
}

int main(void)
{
#define U(f) cmocka_unit_test_setup_teardown(f, begin_u073, end)
#define G(f) cmocka_unit_test_setup_teardown(f, begin_g071, end)
    const struct CMUnitTest tests[] = {
        U(the_founding_image_is_programmed_at_the_speed_of_the_flash),
        G(the_founding_image_is_programmed_at_the_speed_of_the_flash),
        U(slow_and_quick_probes_are_hidden_alike),
        U(one_changed_byte_costs_one_page),
        G(one_changed_byte_costs_one_page),
        U(two_changed_pages_cost_page_0_too),
        U(bytes_behind_the_image_are_kept),
        U(reading_back_proves_it_too),
        U(without_a_loader_the_outcome_is_the_same),
        G(without_a_loader_the_outcome_is_the_same),
        U(a_loader_that_does_not_come_up_is_done_without),
        U(a_watchdog_that_starts_by_itself_is_fed),
        U(flags_left_by_somebody_else_do_no_harm),
        U(an_application_s_world_does_not_hurt_the_loader),
        U(a_protected_page_is_refused_before_the_target_is_reset),
        U(what_is_overwritten_is_saved_and_not_twice),
        U(without_a_loader_pages_are_saved_too),
        U(a_page_with_an_ecc_double_error_is_written_again),
        U(comparing_on_the_target_leaves_no_trace),
        U(option_words_are_written_loaded_and_checked),
        U(level_2_cannot_be_written_below_the_words_either),
        U(everything_is_erased_in_one_operation_and_saved),
        cmocka_unit_test(the_loader_fits_the_ram_of_every_chip),
        cmocka_unit_test(a_ring_may_wrap_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
