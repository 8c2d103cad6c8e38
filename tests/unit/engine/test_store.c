/* test_store.c - saves: whole after every page, found again by their CRC, limited in number. */
#include "engine_test.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t uid[12] = { 0x30, 0, 0x1B, 0, 0x13, 0x51, 0x33, 0x35, 0x34, 0x31, 0x31, 0x34 };
static const char uid_text[] = "30001B001351333534313134";
static struct rig r;
static char folder[64], path[200];

static int begin(void **state)
{
    rig_begin(&r);
    return scratch_begin(folder, sizeof folder) ? 0 : -1;
}

static int end(void **state)
{
    scratch_end(folder);
    return 0;
}

static struct store *open_for(const char *board)
{
    struct store *s = store_open(folder, &(struct store_key){ "STM32U073/U083", uid, board }, &r.e);

    assert_non_null(s);
    return s;
}

static void make_page(uint8_t *page, uint8_t seed)
{
    for (unsigned i = 0; i < PAGE; i++)
        page[i] = (uint8_t)(i * 3 + seed);
}

static void save_page(struct store *s, uint32_t addr, uint8_t seed)
{
    uint8_t page[PAGE];

    make_page(page, seed);
    assert_true(store_add_page(s, addr, PAGE, crc32_of(page, PAGE), page, &r.e));
}

static uint32_t crc_of_seed(uint8_t seed)
{
    uint8_t page[PAGE];

    make_page(page, seed);
    return crc32_of(page, PAGE);
}

static const char *file(const char *name)
{
    snprintf(path, sizeof path, "%s/%s/%s", folder, uid_text, name);
    return path;
}

static unsigned count_files(const char *ending)
{
    DIR *d = opendir(file(""));
    unsigned n = 0;

    assert_non_null(d);
    for (const struct dirent *f; (f = readdir(d));)
        n += strlen(f->d_name) > strlen(ending) && strcmp(f->d_name + strlen(f->d_name) - strlen(ending), ending) == 0;
    closedir(d);
    return n;
}

static void nothing_is_written_before_a_save_begins(void **state)
{
    struct store *s = open_for(NULL);
    struct stat st;

    assert_false(store_has_page(s, BASE, PAGE, 1));
    assert_null(store_path(s));
    store_close(s);
    assert_int_equal(stat(file(""), &st), -1);
}

static void a_save_is_whole_after_each_page(void **state)
{
    struct store *s = open_for(NULL);
    uint8_t page[PAGE];

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    for (uint8_t i = 0; i < 3; i++) {
        struct image im = { 0 };

        save_page(s, BASE + 0xF800u * i, i); /* crosses a 64 KiB boundary of the file's addresses */
        assert_true(image_read_file(&im, file("0001.hex"), IMAGE_HEX, false, 0, &r.e));
        assert_int_equal(image_size(&im), (i + 1) * PAGE);
        make_page(page, i);
        assert_memory_equal(im.segments[i].bytes, page, PAGE);
        image_free(&im);
    }
    assert_string_equal(store_path(s), file("0001.txt"));
    assert_int_equal(store_pages(s), 3);
    store_close(s);
}

static void the_text_of_a_save_restores_the_option_words(void **state)
{
    struct store *s = open_for(NULL);
    uint32_t words[LOOK_OPTIONS] = { 0 };
    char text[4096] = "";
    FILE *f;

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    save_page(s, BASE, 1);
    store_close(s);
    f = fopen(file("0001.txt"), "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    assert_true(option_parse(words, &device_stm32u073, text, &r.e));
    assert_memory_equal(words, r.look.option, r.look.options * sizeof *words);
}

static void an_earlier_page_is_found_by_address_and_crc_and_copied(void **state)
{
    struct store *s = open_for(NULL);
    struct image im = { 0 };
    uint8_t page[PAGE];

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    save_page(s, BASE, 1);
    save_page(s, BASE + PAGE, 2);
    store_close(s);

    s = open_for(NULL);
    assert_true(store_has_page(s, BASE, PAGE, crc_of_seed(1)));
    assert_false(store_has_page(s, BASE, PAGE, crc_of_seed(2)));
    assert_false(store_has_page(s, BASE + PAGE, PAGE, crc_of_seed(1)));
    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    assert_true(store_add_page(s, BASE + PAGE, PAGE, crc_of_seed(2), NULL, &r.e));
    store_close(s);
    assert_true(image_read_file(&im, file("0002.hex"), IMAGE_HEX, false, 0, &r.e));
    make_page(page, 2);
    assert_int_equal(im.count, 1);
    assert_memory_equal(im.segments[0].bytes, page, PAGE);
    image_free(&im);
}

static void a_spoilt_earlier_save_does_not_count(void **state)
{
    struct store *s = open_for(NULL);
    FILE *f;

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    save_page(s, BASE, 1);
    store_close(s);
    f = fopen(file("0001.hex"), "r+");
    assert_non_null(f);
    fseek(f, 40, SEEK_SET);
    fputs("0", f);
    fputs("0", f);
    fclose(f);
    s = open_for(NULL);
    assert_false(store_has_page(s, BASE, PAGE, crc_of_seed(1)));
    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    assert_false(store_add_page(s, BASE, PAGE, crc_of_seed(1), NULL, &r.e));
    assert_int_equal(r.e.kind, ERR_IO);
    store_close(s);
}

static void boards_of_one_uid_are_kept_apart(void **state)
{
    struct store *s = open_for("/home/somebody/a.board");

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    save_page(s, BASE, 1);
    store_close(s);
    s = open_for("/home/somebody/b.board");
    assert_false(store_has_page(s, BASE, PAGE, crc_of_seed(1)));
    store_close(s);
    s = open_for("/home/somebody/a.board");
    assert_true(store_has_page(s, BASE, PAGE, crc_of_seed(1)));
    store_close(s);
}

static void only_the_newest_saves_are_kept(void **state)
{
    for (unsigned i = 0; i < STORE_KEEP + 5; i++) {
        struct store *s = open_for(NULL);

        assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
        save_page(s, BASE, (uint8_t)i);
        store_done(s);
        store_close(s);
    }
    assert_int_equal(count_files(".hex"), STORE_KEEP);
    assert_int_equal(count_files(".txt"), STORE_KEEP + 1); /* and about.txt */
    assert_int_equal(access(file("0005.txt"), F_OK), -1);
    assert_int_equal(access(file("0006.txt"), F_OK), 0);
}

/* Undo of a job that was cut off again and again goes back to where it began. */
static void saves_of_a_job_that_was_never_finished_are_all_kept(void **state)
{
    for (unsigned i = 0; i < STORE_KEEP + 5; i++) {
        struct store *s = open_for(NULL);

        assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
        save_page(s, BASE, (uint8_t)i);
        store_close(s);
    }
    assert_int_equal(count_files(".hex"), STORE_KEEP + 5);
}

static void a_save_that_came_to_nothing_is_gone(void **state)
{
    struct store *s = open_for(NULL);

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    save_page(s, BASE, 1);
    store_forget(s);
    assert_null(store_path(s));
    assert_int_equal(count_files(".hex"), 0);
    assert_int_equal(count_files(".txt"), 1); /* about.txt */
    store_close(s);
}

static void a_folder_that_cannot_be_made_is_an_error_that_names_it(void **state)
{
    struct store *s = store_open("/dev/null/nowhere", &(struct store_key){ "STM32U073/U083", NULL, NULL }, &r.e);

    assert_non_null(s);
    assert_false(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    assert_int_equal(r.e.kind, ERR_IO);
    assert_non_null(strstr(r.e.cause, "/dev/null"));
    assert_non_null(strstr(r.e.hint, "--no-save"));
    store_close(s);
}

/* The newest number would be taken for the first, and the job that it goes on with would be forgotten. */
static void a_folder_that_cannot_be_read_begins_no_save(void **state)
{
    struct rlimit was, none = { 0 }; /* no descriptor for the folder */
    struct store *s = open_for(NULL);
    bool begun;

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    save_page(s, BASE, 1);
    store_close(s);
    s = open_for(NULL);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    none.rlim_max = was.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    begun = store_begin(s, "flash", &device_stm32u073, &r.look, &r.e);
    setrlimit(RLIMIT_NOFILE, &was);
    assert_false(begun);
    assert_int_equal(r.e.kind, ERR_IO);
    assert_non_null(strstr(r.e.cause, uid_text));
    assert_string_equal(r.e.doing[0], "reading the folder of saves");
    assert_non_null(strstr(r.e.hint, "--no-save"));
    assert_null(store_path(s));
    assert_int_equal(count_files(".txt"), 2); /* 0001 and about */
    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    assert_string_equal(store_path(s), file("0002.txt"));
    store_close(s);
}

/* Left in the middle: what comes next is another save, which says what it goes on with. */
static void a_save_that_is_left_is_continued_by_the_next(void **state)
{
    struct store *s = open_for(NULL);
    char text[4096] = "";
    FILE *f;

    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    save_page(s, BASE, 1);
    store_leave(s);
    assert_false(store_goes_on(s));
    assert_null(store_path(s));
    assert_true(store_has_page(s, BASE, PAGE, crc_of_seed(1)));
    assert_true(store_begin(s, "flash", &device_stm32u073, &r.look, &r.e));
    assert_int_equal(store_pages(s), 0);
    assert_string_equal(store_path(s), file("0002.txt"));
    store_close(s);
    f = fopen(file("0002.txt"), "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    assert_non_null(strstr(text, "\ncontinues 1\n"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(nothing_is_written_before_a_save_begins),
        T(a_save_is_whole_after_each_page),
        T(the_text_of_a_save_restores_the_option_words),
        T(an_earlier_page_is_found_by_address_and_crc_and_copied),
        T(a_spoilt_earlier_save_does_not_count),
        T(boards_of_one_uid_are_kept_apart),
        T(only_the_newest_saves_are_kept),
        T(saves_of_a_job_that_was_never_finished_are_all_kept),
        T(a_save_that_came_to_nothing_is_gone),
        T(a_folder_that_cannot_be_made_is_an_error_that_names_it),
        T(a_folder_that_cannot_be_read_begins_no_save),
        T(a_save_that_is_left_is_continued_by_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
