/* test_mem.c - memory at any alignment, and that nothing is written without being asked about. */
#include "adi/mem.h"
#include "fake_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { AT = 0x20000000 };

static void every_alignment_reads_the_right_bytes(void **state)
{
    for (uint32_t skew = 0; skew < 4; skew++)
        for (size_t len = 0; len < 14; len++) {
            struct fake_probe f;
            struct mem m = { .probe = &f.base };
            struct err e = { 0 };
            uint8_t data[20];

            fake_probe_init(&f);
            for (uint32_t i = 0; i < 20; i += 4)
                fake_put(&f, AT + i, 0x03020100 + i * 0x01010101);
            memset(data, 0xEE, sizeof data);
            assert_true(mem_read(&m, AT + skew, data, len, &e));
            for (size_t i = 0; i < len; i++)
                assert_int_equal(data[i], skew + i);
            assert_int_equal(data[len], 0xEE);
        }
}

static void every_alignment_writes_those_bytes_and_no_others(void **state)
{
    for (uint32_t skew = 0; skew < 4; skew++)
        for (size_t len = 0; len < 14; len++) {
            struct fake_probe f;
            struct mem m = { .probe = &f.base };
            struct err e = { 0 };
            uint8_t data[20], all[20];

            fake_probe_init(&f);
            for (uint32_t i = 0; i < 20; i += 4)
                fake_put(&f, AT + i, 0xEEEEEEEE);
            for (size_t i = 0; i < sizeof data; i++)
                data[i] = (uint8_t)i;
            assert_true(mem_write(&m, AT + skew, data, len, &e));
            assert_true(mem_read(&m, AT, all, sizeof all, &e));
            for (size_t i = 0; i < sizeof all; i++)
                assert_int_equal(all[i], i >= skew && i < skew + len ? i - skew : 0xEE);
        }
}

static void words_are_used_where_possible(void **state)
{
    struct fake_probe f;
    struct mem m = { .probe = &f.base };
    struct err e = { 0 };
    uint8_t data[32] = { 0 };

    fake_probe_init(&f);
    assert_true(mem_read(&m, AT + 1, data, 16, &e));
    assert_string_equal(f.log, "r1 20000001 1\nr2 20000002 2\nr4 20000004 12\nr1 20000010 1\n");
    f.log[0] = '\0';
    assert_true(mem_write(&m, AT + 2, data, 9, &e));
    assert_string_equal(f.log, "w2 20000002 2\nw4 20000004 4\nw2 20000008 2\nw1 2000000a 1\n");
    f.log[0] = '\0';
    assert_true(mem_write32(&m, AT, 1, &e));
    assert_string_equal(f.log, "w4 20000000 4\n");
}

static void nothing_runs_past_the_end_of_memory(void **state)
{
    struct fake_probe f;
    struct mem m = { .probe = &f.base };
    struct err e = { 0 };
    uint8_t data[8] = { 0 };

    fake_probe_init(&f);
    assert_true(mem_read(&m, 0xFFFFFFF8, data, 8, &e));
    f.transfers = 0;
    assert_false(mem_read(&m, 0xFFFFFFFC, data, 8, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_false(mem_write(&m, 0xFFFFFFFF, data, 2, &e));
    assert_int_equal(f.transfers, 0);
}

struct asked {
    char log[500];
    uint32_t refuse_at;
};

static bool ask(void *ctx, uint32_t addr, const uint8_t *data, size_t len, struct err *e)
{
    struct asked *a = ctx;

    snprintf(a->log + strlen(a->log), sizeof a->log - strlen(a->log), "%08x %zu\n", addr, len);
    return addr != a->refuse_at || err_set(e, ERR_REFUSED, "no");
}

static void the_choke_point_sees_every_access_before_the_first_transfer(void **state)
{
    struct fake_probe f;
    struct asked a = { .refuse_at = AT + 12 };
    struct mem m = { .probe = &f.base, .may_write = ask, .may_ctx = &a };
    struct err e = { 0 };
    uint8_t data[32] = { 0 };

    fake_probe_init(&f);
    assert_false(mem_write(&m, AT + 1, data, 13, &e)); /* the last two bytes are the forbidden access */
    assert_int_equal(e.kind, ERR_REFUSED);
    assert_string_equal(a.log, "20000001 1\n20000002 2\n20000004 8\n2000000c 2\n");
    assert_int_equal(f.transfers, 0);

    struct probe_word words[] = { { AT, 0, true }, { AT + 12, 0, false }, { AT + 12, 0, true }, { AT + 16, 0, true } };
    a.log[0] = '\0';
    assert_false(mem_batch(&m, words, 4, &e));
    assert_string_equal(a.log, "20000000 4\n2000000c 4\n"); /* reads are not asked about */
    assert_int_equal(f.transfers, 0);
    assert_true(mem_batch(&m, words, 2, &e));
    assert_int_equal(f.transfers, 1);
}

static void a_failed_access_tells_what_was_wanted(void **state)
{
    struct fake_probe f;
    struct mem m = { .probe = &f.base };
    struct err e = { 0 };
    uint8_t data[12] = { 0 };

    fake_probe_init(&f);
    f.fault_from = AT + 8;
    f.fault_to = AT + 12;
    assert_false(mem_read(&m, AT + 1, data, 10, &e)); /* fails in its second half */
    assert_string_equal(e.doing[0], "reading 10 bytes at 0x20000001");
    assert_int_equal(e.n_doing, 1);
    assert_false(mem_write(&m, AT + 9, data, 1, &e));
    assert_string_equal(e.doing[0], "writing 1 byte at 0x20000009");
}

static void a_failed_batch_tells_which_access(void **state)
{
    struct fake_probe f;
    struct mem m = { .probe = &f.base };
    struct err e = { 0 };
    struct probe_word words[] = { { AT, 0, false }, { 0x30000000, 0, true } };

    fake_probe_init(&f);
    f.fault_from = 0x30000000;
    f.fault_to = 0x30001000;
    assert_false(mem_batch(&m, words, 2, &e));
    assert_string_equal(e.doing[0], "writing 4 bytes at 0x30000000");
    words[0].addr = AT + 2;
    assert_false(mem_batch(&m, words, 2, &e));
    assert_int_equal(e.kind, ERR_BUG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_alignment_reads_the_right_bytes),
        cmocka_unit_test(every_alignment_writes_those_bytes_and_no_others),
        cmocka_unit_test(words_are_used_where_possible),
        cmocka_unit_test(nothing_runs_past_the_end_of_memory),
        cmocka_unit_test(the_choke_point_sees_every_access_before_the_first_transfer),
        cmocka_unit_test(a_failed_access_tells_what_was_wanted),
        cmocka_unit_test(a_failed_batch_tells_which_access),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
