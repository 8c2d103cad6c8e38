/* test_stlink_trace.c - conversations of unmodified clients, replayed against the probe.
 *
 * A line of traces/: command bytes (the rest of the 16 is 0) | what goes or comes | then ST2 (F2 3E follows and says 80), CS (CTRL/STAT
 * follows: powered, nothing sticky), xN (N times in all). `..` is any byte, and what is missing at the end of an IN is any too if it ends
 * with dots. CONTROL instead of IN: the command is a SETUP packet. `-`: no reply. */
#include "fake_chip.h"

#include <ctype.h>
#include <stdio.h>

enum { ANY = 0x100, LINE = 1024, MOST = 256 };

static size_t parse_bytes(const char *text, uint16_t *bytes)
{
    size_t count = 0;

    while (*text) {
        unsigned value;

        if (isspace((unsigned char)*text)) {
            text++;
        } else {
            assert_true(count < MOST);
            if (strncmp(text, "..", 2) == 0)
                value = ANY;
            else
                assert_int_equal(sscanf(text, "%2x", &value), 1);
            bytes[count++] = (uint16_t)value;
            text += 2;
        }
    }
    return count;
}

static void expect_bytes(const char *line, const uint8_t *got, const uint16_t *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (expected[i] != ANY && got[i] != expected[i])
            fail_msg("%s: byte %zu is %02X", line, i, got[i]);
}

static void exchange(struct bench *b, const char *line, const uint8_t block[16], const char *data)
{
    uint16_t bytes[MOST] = { 0 };
    uint8_t plain[MOST];
    unsigned len;
    char way[8];

    if (data[0] == '-') {
        assert_int_equal(bench_out(b, block, 16), USB_DONE);
        return;
    }
    assert_int_equal(sscanf(data, "%7s %u", way, &len), 2);
    assert_true(len <= MOST);
    const size_t count = parse_bytes(strchr(data, ':') + 1, bytes);

    if (strcmp(way, "CONTROL") == 0) {
        size_t done = block[6];

        assert_int_equal(usbhost_control(&b->host, block, plain, &done, PS_PER_S), USB_DONE);
        assert_int_equal(done, len);
        expect_bytes(line, plain, bytes, count);
        return;
    }
    assert_int_equal(bench_out(b, block, 16), USB_DONE);
    if (strcmp(way, "OUT") == 0) {
        assert_int_equal(count, len);
        for (size_t i = 0; i < len; i++)
            plain[i] = (uint8_t)bytes[i];
        assert_int_equal(bench_out(b, plain, len), USB_DONE);
    } else {
        const size_t came = bench_in(b, plain, len);

        if (came != len)
            fail_msg("%s: %zu bytes came", line, came);
        expect_bytes(line, plain, bytes, count);
    }
}

static void follow_up(struct bench *b, const char *line, const char *word)
{
    static const uint8_t last_status[16] = { 0xF2, 0x3E }, ctrlstat[16] = { 0xF2, 0x45, 0xFF, 0xFF, 0x04 };

    if (strcmp(word, "ST2") == 0)
        exchange(b, line, last_status, "IN 12: 8000 0000 00000000 00000000");
    else if (strcmp(word, "CS") == 0)
        exchange(b, line, ctrlstat, "IN 8: 80000000 ..0000F0");
    else
        fail_msg("%s: what is '%s'?", line, word);
}

static void play_line(struct bench *b, char *line)
{
    char whole[LINE], *rest = line, *field;
    uint16_t command[MOST];
    uint8_t block[16] = { 0 };
    unsigned times = 1;
    size_t count;

    strcpy(whole, line);
    count = parse_bytes(strsep(&rest, "|"), command);
    assert_in_range(count, 1, 16);
    for (size_t i = 0; i < count; i++)
        block[i] = (uint8_t)command[i];
    if (strstr(rest, "| x"))
        times = (unsigned)strtoul(strstr(rest, "| x") + 3, NULL, 10);
    field = strsep(&rest, "|");
    for (unsigned i = 0; i < times; i++)
        exchange(b, whole, block, field + strspn(field, " "));
    while ((field = strsep(&rest, "|")) != NULL) {
        char word[8] = "";

        sscanf(field, "%7s", word);
        if (word[0] != 'x')
            follow_up(b, whole, word);
    }
}

static void play(const char *name)
{
    struct bench *b = bench_new(&bench_g071, 45);
    char path[512], line[LINE];
    unsigned lines = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/unit/stlink/traces/%s.txt", TESTS_DIR, name);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        play_line(b, line);
        lines++;
    }
    fclose(f);
    assert_true(lines > 10);
    free(b);
}

#define TEST(name) static void name(void **state)

TEST(openocd_hla_opens_resets_and_loads) { play("openocd-hla-open"); }
TEST(openocd_dapdirect_opens_and_resets) { play("openocd-dapdirect-open"); }
TEST(st_info_probes) { play("st-info-probe"); }
TEST(st_flash_reads_under_reset) { play("st-flash-read-under-reset"); }
TEST(pyocd_opens) { play("pyocd-open"); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openocd_hla_opens_resets_and_loads),
        cmocka_unit_test(openocd_dapdirect_opens_and_resets),
        cmocka_unit_test(st_info_probes),
        cmocka_unit_test(st_flash_reads_under_reset),
        cmocka_unit_test(pyocd_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
