/* test_board.c - the board as a whole: new, powered, plugged, pressed, saved and loaded. */
#include "../base/state_cover.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "board/board.h"
#include "board/file.h"
#include "board/packing.h"
#include "board/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char chip[] = "stm32u073rc";

static struct board *new_board(void)
{
    struct err e = { 0 };
    struct board *b = board_new(chip, NULL, &e);

    assert_non_null(b);
    return b;
}

static struct buffer saved(struct board *b)
{
    struct buffer bytes = { 0 };
    struct err e = { 0 };

    assert_true(board_save(b, &bytes, &e));
    return bytes;
}

static struct board *loaded(const struct buffer *bytes)
{
    struct err e = { 0 };
    struct board *b = board_load(bytes->bytes, bytes->len, &e);

    if (!b)
        fail_msg("%s", e.cause);
    return b;
}

/* ---- the board ---- */

static void the_state_is_listed_as_a_whole(void **state) { assert_state_covered(board_state_table, struct board_state); }

static void a_new_board_is_on_plugged_in_and_a_second_old(void **state)
{
    struct board *b = new_board();
    struct usb_identity id;

    assert_true(b->s.powered);
    assert_true(chip_powered(b->chip));
    assert_int_equal(board_now_ps(b), PS_PER_S);
    assert_true(board_plug_present(b, BOARD_PROBE));
    assert_true(board_plug_present(b, BOARD_TARGET)); /* a blank chip runs its bootloader */
    assert_true(b->s.plugged[BOARD_TARGET]);
    board_plug_identity(b, BOARD_PROBE, &id);
    assert_int_equal(get_le16(id.device + 8), 0x0483);
    assert_int_equal(get_le16(id.device + 10), 0x374B);
    assert_string_equal(id.serial, b->params.probe_serial);
    assert_int_equal(b->plug[BOARD_PROBE].counts.transfers, 0); /* the kernel's traffic is not the client's */
    board_free(b);
}

static void an_unknown_chip_is_refused(void **state)
{
    struct err e = { 0 };

    assert_null(board_new("z80", NULL, &e));
    assert_int_equal(e.kind, ERR_USAGE);
}

static void two_equal_boards_are_equal_files(void **state)
{
    struct board *a = new_board(), *b = new_board();
    struct buffer x = saved(a), y = saved(b);

    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.bytes, y.bytes, x.len);
    board_free(a);
    board_free(b);
    buffer_free(&x);
    buffer_free(&y);
}

/* "V", as a client asks for it: firmware version and ids. */
static void the_probe_answers_through_usb(void **state)
{
    struct board *b = new_board();
    uint8_t command[16] = { 0xF1 }, answer[64];
    size_t done;

    assert_int_equal(usbhost_bulk(&b->plug[BOARD_PROBE], 0x01, command, sizeof command, &done, PS_PER_S), USB_DONE);
    assert_int_equal(usbhost_bulk(&b->plug[BOARD_PROBE], 0x81, answer, 6, &done, PS_PER_S), USB_DONE);
    assert_int_equal(done, 6);
    assert_int_equal(get_be16(answer) >> 6 & 0x3F, 46);
    assert_true(board_now_ps(b) > PS_PER_S + b->params.probe_turnaround_us * PS_PER_US);
    board_free(b);
}

static void a_cable_that_is_out_carries_nothing(void **state)
{
    struct board *b = new_board();
    uint8_t command[16] = { 0xF1 };
    const uint32_t before = b->s.appeared[BOARD_PROBE];
    size_t done;

    board_cable(b, BOARD_PROBE, false);
    assert_false(board_plug_present(b, BOARD_PROBE));
    assert_int_equal(usbhost_bulk(&b->plug[BOARD_PROBE], 0x01, command, sizeof command, &done, PS_PER_S), USB_GONE);
    board_cable(b, BOARD_PROBE, true);
    assert_true(board_plug_present(b, BOARD_PROBE));
    assert_int_equal(b->s.appeared[BOARD_PROBE], before + 1);
    assert_int_equal(b->s.pulled[BOARD_PROBE], 0);
    board_pull(b, BOARD_PROBE);
    assert_true(board_plug_present(b, BOARD_PROBE));
    assert_int_equal(b->s.pulled[BOARD_PROBE], 1);
    board_free(b);
}

static void reset_is_low_while_anybody_pulls(void **state)
{
    struct board *b = new_board();

    board_button(b, BOARD_RESET, true);
    assert_true(chip_nrst_is_low(b->chip));
    b->probe_wires.nrst(b->probe_wires.ctx, true);
    board_button(b, BOARD_RESET, false);
    assert_true(chip_nrst_is_low(b->chip));
    b->probe_wires.nrst(b->probe_wires.ctx, false);
    assert_false(chip_nrst_is_low(b->chip));
    assert_int_equal(b->s.pressed[BOARD_RESET], 1);
    board_free(b);
}

static void without_supply_the_probe_measures_nothing(void **state)
{
    struct board *b = new_board();

    assert_int_equal(b->probe_wires.vtref_mv(b->probe_wires.ctx), 3260);
    board_power(b, false);
    assert_int_equal(b->probe_wires.vtref_mv(b->probe_wires.ctx), 0);
    assert_false(chip_powered(b->chip));
    assert_true(board_plug_present(b, BOARD_PROBE)); /* it lives on its own cable */
    board_power(b, true);
    assert_int_equal(b->s.power_cycles, 1);
    board_free(b);
}

static void time_is_accounted_for_by_pace(void **state)
{
    struct board *b = new_board();

    board_run_until(b, 3 * PS_PER_S);
    board_account(b, BOARD_STEP);
    board_run_until(b, 7 * PS_PER_S);
    board_account(b, BOARD_REAL);
    assert_int_equal(b->s.pace_ps[BOARD_FAST], PS_PER_S);
    assert_int_equal(b->s.pace_ps[BOARD_STEP], 2 * PS_PER_S);
    assert_int_equal(b->s.pace_ps[BOARD_REAL], 4 * PS_PER_S);
    board_free(b);
}

/* ---- file ---- */

static void what_is_saved_loads_and_saves_as_the_same_bytes(void **state)
{
    for (unsigned i = 0; chip_list(i); i++) {
        struct err e = { 0 };
        struct board *b = board_new(chip_list(i), NULL, &e), *back;
        struct buffer first, second;

        assert_non_null(b);
        assert_true(chip_poke(b->chip, chip_facts(b->chip)->flash_base + 64, "something to keep", 17));
        board_button(b, BOARD_BOOT0, true);
        board_run_until(b, 2 * PS_PER_S + 12345);
        first = saved(b);
        back = loaded(&first);
        second = saved(back);
        assert_int_equal(first.len, second.len);
        assert_memory_equal(first.bytes, second.bytes, first.len);
        /* and both live on in the same way */
        board_run_until(b, 3 * PS_PER_S);
        board_run_until(back, 3 * PS_PER_S);
        buffer_free(&first);
        buffer_free(&second);
        first = saved(b);
        second = saved(back);
        assert_int_equal(first.len, second.len);
        assert_memory_equal(first.bytes, second.bytes, first.len);
        buffer_free(&first);
        buffer_free(&second);
        board_free(b);
        board_free(back);
    }
}

static void a_blank_board_is_a_small_file(void **state)
{
    struct board *b = new_board();
    struct buffer bytes = saved(b);

    assert_in_range(bytes.len, 200, 64 << 10);
    buffer_free(&bytes);
    board_free(b);
}

/* Every length and every damaged byte: an error with words in it, never a board, never a crash. The checksum sees all of them; the next
 * test mends it, so that the parser has to. */
static void a_cut_or_damaged_file_is_refused(void **state)
{
    struct board *b = new_board();
    struct buffer bytes = saved(b);

    for (size_t i = 0; i<bytes.len; i += bytes.len> 4096 && i > 1024 && i + 1024 < bytes.len ? 31 : 1) {
        struct err e = { 0 };

        assert_null(board_load(bytes.bytes, i, &e));
        assert_true(e.kind == ERR_INPUT || e.kind == ERR_UNSUPPORTED);
        assert_true(e.cause[0]);
        bytes.bytes[i] ^= 0x40;
        assert_null(board_load(bytes.bytes, bytes.len, &e));
        assert_true(e.kind == ERR_INPUT || e.kind == ERR_UNSUPPORTED);
        bytes.bytes[i] ^= 0x40;
    }
    buffer_free(&bytes);
    board_free(b);
}

static void mend(struct buffer *bytes) { put_le32(bytes->bytes + bytes->len - 4, crc32_of(bytes->bytes, bytes->len - 4)); }

static void a_damaged_file_with_a_right_checksum_does_no_harm(void **state)
{
    static const uint8_t flips[] = { 0x01, 0x80, 0xFF };
    struct board *b = new_board();
    struct buffer bytes = saved(b);
    unsigned refused = 0;

    for (size_t i = 0; i + 4 < bytes.len; i += i < 512 ? 3 : 1 + bytes.len / 200)
        for (size_t f = 0; f < sizeof flips; f++) {
            struct err e = { 0 };
            struct board *back;

            bytes.bytes[i] ^= flips[f];
            mend(&bytes);
            back = board_load(bytes.bytes, bytes.len, &e);
            if (back)
                board_run_until(back, board_now_ps(back) + PS_PER_US);
            else
                refused++;
            assert_true(back || e.cause[0]);
            board_free(back);
            bytes.bytes[i] ^= flips[f];
        }
    assert_true(refused > 300);
    buffer_free(&bytes);
    board_free(b);
}

/* Where the chip's name starts, then the parameters, then the sections. */
enum { CHIP_AT = 12 };

static size_t sections_at(const struct buffer *b)
{
    const size_t params = CHIP_AT + 4 + get_le32(b->bytes + CHIP_AT);

    return params + 4 + get_le32(b->bytes + params);
}

static size_t section_bytes(const struct buffer *b, size_t at)
{
    const size_t name = b->bytes[at];

    return 1 + name + 12 + get_le32(b->bytes + at + 1 + name + 8);
}

static void cut_out(struct buffer *b, size_t at, size_t len)
{
    memmove(b->bytes + at, b->bytes + at + len, b->len - at - len);
    b->len -= len;
    mend(b);
}

static void put_in(struct buffer *b, size_t at, const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len);

    memcpy(copy, bytes, len);
    assert_non_null(buffer_grow(b, len));
    memmove(b->bytes + at + len, b->bytes + at, b->len - at - len);
    memcpy(b->bytes + at, copy, len);
    free(copy);
    mend(b);
}

/* What each kind of damage is called. `how` changes the saved board. */
static void assert_refused(void (*how)(struct buffer *), enum err_kind kind, const char *words)
{
    struct board *b = new_board();
    struct buffer bytes = saved(b);
    struct err e = { 0 };

    how(&bytes);
    assert_null(board_load(bytes.bytes, bytes.len, &e));
    if (e.kind != kind || !strstr(e.cause, words))
        fail_msg("kind %d, '%s' instead of '%s'", e.kind, e.cause, words);
    buffer_free(&bytes);
    board_free(b);
}

static void of_other_make(struct buffer *b)
{
    memcpy(b->bytes,
           "\x7F"
           "ELF\1\1\1\0",
           8);
}
static void emptied(struct buffer *b) { b->len = 0; }
static void of_the_future(struct buffer *b)
{
    put_le32(b->bytes + 8, BOARD_FILE_VERSION + 1);
    mend(b);
}
static void with_unknown_chip(struct buffer *b)
{
    b->bytes[CHIP_AT + 4] = 'q';
    mend(b);
}
static void with_endless_chip(struct buffer *b)
{
    put_le32(b->bytes + CHIP_AT, UINT32_MAX);
    mend(b);
}
static void with_other_parameter(struct buffer *b)
{
    b->bytes[CHIP_AT + 4 + strlen(chip) + 4] ^= 1;
    mend(b);
}
static void without_section(struct buffer *b) { cut_out(b, sections_at(b), section_bytes(b, sections_at(b))); }
static void with_section_twice(struct buffer *b)
{
    const size_t at = sections_at(b);

    put_in(b, at, b->bytes + at, section_bytes(b, at));
}
static void with_unknown_section(struct buffer *b)
{
    b->bytes[sections_at(b) + 1] = 'Q';
    mend(b);
}
static void with_other_fields(struct buffer *b)
{
    const size_t at = sections_at(b);

    b->bytes[at + 1 + b->bytes[at]] ^= 1;
    mend(b);
}
static void with_other_length(struct buffer *b)
{
    const size_t at = sections_at(b);

    b->bytes[at + 1 + b->bytes[at] + 4] ^= 1;
    mend(b);
}
static void with_more_behind(struct buffer *b) { put_in(b, b->len - 4, "x", 1); }
static void with_wrong_checksum(struct buffer *b) { b->bytes[b->len - 1] ^= 1; }

/* A value that the section's table forbids: `powered` = 2. */
static void with_impossible_value(struct buffer *b)
{
    const size_t at = sections_at(b), name = b->bytes[at], head = 1 + name + 12;
    const size_t plain_len = get_le32(b->bytes + at + 1 + name + 4), packed_len = section_bytes(b, at) - head;
    uint8_t *plain = malloc(plain_len), length[4];
    struct buffer packed = { 0 };

    assert_memory_equal(b->bytes + at + 1, "board", 5);
    assert_true(unpack(plain, plain_len, b->bytes + at + head, packed_len));
    assert_int_equal(plain[8 + 8 + 3 * 8], 1); /* now_ps, accounted_ps, pace_ps[3], powered */
    plain[8 + 8 + 3 * 8] = 2;
    pack(&packed, plain, plain_len);
    cut_out(b, at + head, packed_len);
    put_in(b, at + head, packed.bytes, packed.len);
    put_le32(length, (uint32_t)packed.len);
    memcpy(b->bytes + at + head - 4, length, 4);
    mend(b);
    buffer_free(&packed);
    free(plain);
}

static void damage_is_called_by_its_name(void **state)
{
    assert_refused(of_other_make, ERR_INPUT, "this is no board file");
    assert_refused(emptied, ERR_INPUT, "this is no board file");
    assert_refused(of_the_future, ERR_UNSUPPORTED, "has format 2, this version reads 1");
    assert_refused(with_wrong_checksum, ERR_INPUT, "checksum is wrong");
    assert_refused(with_unknown_chip, ERR_UNSUPPORTED, "is for chip 'qtm32u073rc'");
    assert_refused(with_endless_chip, ERR_INPUT, "chip's name in the board file is too long");
    assert_refused(with_other_parameter, ERR_UNSUPPORTED, "where this version has 'usb_host_ns'");
    assert_refused(without_section, ERR_INPUT, "lacks section 'board'");
    assert_refused(with_section_twice, ERR_INPUT, "has a section twice");
    assert_refused(with_unknown_section, ERR_INPUT, "a section this version does not know");
    assert_refused(with_other_fields, ERR_UNSUPPORTED, "section 'board' of the board file is of another version");
    assert_refused(with_other_length, ERR_INPUT, "section 'board' of the board file has ");
    assert_refused(with_impossible_value, ERR_INPUT, "section 'board': powered[0] is 2, above its limit 1");
    assert_refused(with_more_behind, ERR_INPUT, "");
}

static void a_file_is_replaced_as_a_whole(void **state)
{
    char file[] = "/tmp/sector0-board-XXXXXX", next[64];
    struct board *b = new_board(), *back;
    struct err e = { 0 };
    const int fd = mkstemp(file);

    assert_true(fd >= 0);
    close(fd);
    snprintf(next, sizeof next, "%s.next", file);
    assert_true(board_file_write(b, file, next, &e));
    assert_int_not_equal(access(next, F_OK), 0);
    back = board_file_read(file, &e);
    assert_non_null(back);
    board_free(back);
    assert_false(board_file_write(b, file, "/nowhere/next", &e)); /* cannot be written: the old one stays */
    assert_int_equal(e.kind, ERR_IO);
    back = board_file_read(file, &e);
    assert_non_null(back);
    board_free(back);
    board_free(b);
    unlink(file);
    assert_null(board_file_read(file, &e));
    assert_int_equal(e.kind, ERR_NODEV);
    assert_null(board_file_read("/tmp", &e));
    assert_int_equal(e.kind, ERR_IO);
}

/* ---- report ---- */

static void equal_boards_give_equal_reports(void **state)
{
    struct board *a = new_board(), *b = new_board();
    struct err e = { 0 };

    for (unsigned json = 0; json < 2; json++) {
        char *x, *y;

        assert_true(board_report(a, json, &x, &e));
        assert_true(board_report(b, json, &y, &e));
        assert_string_equal(x, y);
        assert_non_null(strstr(x, "stm32u073rc"));
        free(x);
        free(y);
    }
    board_free(a);
    board_free(b);
}

static void a_report_changes_nothing(void **state)
{
    struct board *b = new_board();
    struct buffer before = saved(b), after;
    struct err e = { 0 };
    char *text;

    assert_true(board_report(b, false, &text, &e));
    after = saved(b);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.bytes, after.bytes, before.len);
    free(text);
    buffer_free(&before);
    buffer_free(&after);
    board_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_is_listed_as_a_whole),
        cmocka_unit_test(a_new_board_is_on_plugged_in_and_a_second_old),
        cmocka_unit_test(an_unknown_chip_is_refused),
        cmocka_unit_test(two_equal_boards_are_equal_files),
        cmocka_unit_test(the_probe_answers_through_usb),
        cmocka_unit_test(a_cable_that_is_out_carries_nothing),
        cmocka_unit_test(reset_is_low_while_anybody_pulls),
        cmocka_unit_test(without_supply_the_probe_measures_nothing),
        cmocka_unit_test(time_is_accounted_for_by_pace),
        cmocka_unit_test(what_is_saved_loads_and_saves_as_the_same_bytes),
        cmocka_unit_test(a_blank_board_is_a_small_file),
        cmocka_unit_test(a_cut_or_damaged_file_is_refused),
        cmocka_unit_test(a_damaged_file_with_a_right_checksum_does_no_harm),
        cmocka_unit_test(damage_is_called_by_its_name),
        cmocka_unit_test(a_file_is_replaced_as_a_whole),
        cmocka_unit_test(equal_boards_give_equal_reports),
        cmocka_unit_test(a_report_changes_nothing),
    };

    return cmocka_run_group_tests_name("board", tests, NULL, NULL);
}
