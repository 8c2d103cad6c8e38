/* test_image_dfu.c - DfuSe files: those of others, our own, broken ones, and those for another device. */
#include "image_test.h"

#include "base/crc32.h"

enum { SUFFIX = 16, ROOM = 4096 };

static uint8_t file[ROOM];
static size_t len;
static struct err e;

static void put(const void *bytes, size_t n)
{
    memcpy(file + len, bytes, n);
    len += n;
}

static void put32(uint32_t v)
{
    put_le32(file + len, v);
    len += 4;
}

static void put_suffix(uint16_t vid, uint16_t pid, uint16_t bcd, uint16_t version)
{
    put_le16(file + len, bcd);
    put_le16(file + len + 2, pid);
    put_le16(file + len + 4, vid);
    put_le16(file + len + 6, version);
    memcpy(file + len + 8, "UFD\x10", 4);
    put_le32(file + len + 12, ~crc32_of(file, len + 12));
    len += SUFFIX;
}

static void put_target(uint8_t alternate, uint32_t bytes, uint32_t elements)
{
    uint8_t target[274] = "Target";

    target[6] = alternate;
    put_le32(target + 266, bytes);
    put_le32(target + 270, elements);
    put(target, sizeof target);
}

static void put_element(uint32_t addr, const char *bytes)
{
    put32(addr);
    put32((uint32_t)strlen(bytes));
    put(bytes, strlen(bytes));
}

/* Two elements in one target. `old`: the size field without the suffix, as dfuse-pack wrote it until 0.9. */
static void make(bool old)
{
    len = 0;
    put("DfuSe\1\0\0\0\0\1", 11);
    put_target(0, 24, 2);
    put_element(0x08000000, "abcd");
    put_element(0x08000800, "efgh");
    put_le32(file + 6, (uint32_t)(len + (old ? 0 : SUFFIX)));
    put_suffix(0x0483, 0xDF11, 0, 0x011A);
}

static void fix_crc(void) { put_le32(file + len - 4, ~crc32_of(file, len - 4)); }

static void expect_error(const char *part)
{
    assert_false(parses(image_parse_dfu, file, len, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    if (!strstr(e.cause, part))
        fail_msg("'%s' is not in '%s'", part, e.cause);
}

static void both_conventions_for_the_size_are_read(void **state)
{
    for (unsigned old = 0; old < 2; old++) {
        struct image im = { 0 };
        char text[200];

        make(old);
        assert_true(parses(image_parse_dfu, file, len, &e));
        assert_true(image_read_bytes(&im, file, len, "any-name", IMAGE_AUTO, false, 0, &e));
        assert_string_equal(im.format, "dfu");
        assert_string_equal(image_text(&im, text, sizeof text), "0x08000000 61 62 63 64\n0x08000800 65 66 67 68\n");
        assert_true(im.has_ids && im.vid == 0x0483 && im.pid == 0xDF11 && im.bcd_device == 0);
        image_free(&im);
    }
}

static void each_way_to_be_broken_has_its_name(void **state)
{
    make(false);
    file[300] ^= 1;
    expect_error("checksum is wrong");
    make(false);
    len -= 20;
    expect_error("cut off");
    make(false);
    file[len - 5] = 15;
    expect_error("cut off");
    make(false);
    file[5] = 2;
    fix_crc();
    expect_error("version 2");
    make(false);
    put_le32(file + 6, 99);
    fix_crc();
    expect_error("says that it has 99 bytes");
    make(false);
    file[10] = 2;
    fix_crc();
    expect_error("target 2");
    make(false);
    file[10] = 0;
    fix_crc();
    expect_error("belong to no target");
    make(false);
    file[11] = 't';
    fix_crc();
    expect_error("does not begin with 'Target'");
    make(false);
    put_le32(file + 11 + 266, 25);
    fix_crc();
    expect_error("target 1");
    make(false);
    put_le32(file + 11 + 270, 3);
    fix_crc();
    expect_error("element 3");
    make(false);
    put_le32(file + 11 + 270, 1);
    fix_crc();
    expect_error("says 24 bytes; its elements have 12");
    make(false);
    put_le32(file + 11 + 274 + 4, 0xFFFFFFFF);
    fix_crc();
    expect_error("element 1");
    make(false);
    put_le32(file + 11 + 274 + 12, 0x08000002); /* over the first one */
    fix_crc();
    expect_error("overlaps");
    for (size_t cut = 0; cut < 300; cut++) {
        make(false);
        len = cut;
        assert_false(parses(image_parse_dfu, file, len, &e));
    }
}

static void what_we_write_is_read_again(void **state)
{
    char folder[64], path[128];
    struct image im = { 0 }, back;
    size_t n;
    uint8_t *bytes;

    scratch_begin(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/out.dfu", folder);
    assert_true(image_add(&im, 0x08000000, (const uint8_t *)"12345678", 8, &e) && image_add(&im, 0x08001000, (const uint8_t *)"x", 1, &e));
    assert_true(image_write_file(&im, path, IMAGE_AUTO, &e));
    bytes = scratch_read(path, &n);
    assert_int_equal(n, 11 + 274 + 8 + 8 + 8 + 1 + 16);
    assert_int_equal(get_le32(bytes + 6), n); /* the whole file, as UM0391 has it */
    free(bytes);
    assert_true(image_read_file(&back, path, IMAGE_AUTO, false, 0, &e));
    assert_int_equal(back.count, 2);
    assert_memory_equal(back.segments[0].bytes, "12345678", 8);
    assert_true(image_check_ids(&back, 0x0483, 0xDF11, 0x0220, &e));
    image_free(&im);
    image_free(&back);
    scratch_end(folder);
}

static void a_plain_dfu_file_is_a_binary_with_a_suffix(void **state)
{
    struct image im;

    len = 0;
    put("firmware", 8);
    put_suffix(0x1234, 0x5678, 0x0100, 0x0100);
    assert_false(image_read_bytes(&im, file, len, "x.dfu", IMAGE_AUTO, false, 0, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_non_null(strstr(e.cause, "plain DFU file"));
    e = (struct err){ 0 };
    assert_true(image_read_bytes(&im, file, len, "x.dfu", IMAGE_AUTO, true, 0x08000000, &e));
    assert_int_equal(image_size(&im), 8);
    assert_int_equal(im.vid, 0x1234);
    image_free(&im);
    assert_true(image_read_bytes(&im, file, len, "x.bin", IMAGE_AUTO, true, 0x08000000, &e));
    assert_int_equal(image_size(&im), 8);
    image_free(&im);
}

static void an_image_for_another_device_is_refused_with_the_reason(void **state)
{
    struct image im = { .has_ids = true, .vid = 0x0483, .pid = 0xDF11, .bcd_device = 0x0220 };

    assert_true(image_check_ids(&im, 0x0483, 0xDF11, 0x0220, &e));
    assert_true(image_check_ids(&im, 0x0483, 0xDF11, 0xFFFF, &e));
    assert_false(image_check_ids(&im, 0x0483, 0xDF11, 0x2200, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.seen[0], "version 0220"));
    im.bcd_device = 0xFFFF;
    assert_true(image_check_ids(&im, 0x0483, 0xDF11, 0x2200, &e));
    im.pid = 0x1111;
    assert_false(image_check_ids(&im, 0x0483, 0xDF11, 0x2200, &e));
    assert_non_null(strstr(e.seen[0], "0483:1111"));
    im.pid = 0xFFFF;
    im.vid = 0x1209;
    assert_false(image_check_ids(&im, 0x0483, 0xDF11, 0xFFFF, &e));
    im.has_ids = false;
    assert_true(image_check_ids(&im, 0x0483, 0xDF11, 0xFFFF, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_conventions_for_the_size_are_read),
        cmocka_unit_test(each_way_to_be_broken_has_its_name),
        cmocka_unit_test(what_we_write_is_read_again),
        cmocka_unit_test(a_plain_dfu_file_is_a_binary_with_a_suffix),
        cmocka_unit_test(an_image_for_another_device_is_refused_with_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
