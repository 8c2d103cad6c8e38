/* test_image_memory.c - each allocation fails once in turn: ERR_NOMEM, nothing leaked, nothing half done.
 *
 * The linker sends our objects' malloc, calloc and realloc to the functions below (--wrap). */
#include "image_test.h"

static int allowed = -1; /* allocations until one fails; -1: all work */

static bool fails(void) { return allowed >= 0 && allowed-- == 0; }

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n) { return fails() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *p, size_t n) { return fails() ? NULL : __real_realloc(p, n); }

/* Read `bytes` with allocation number 0, 1, ... failing, until none does. */
static void check_reading(const char *name, const void *bytes, size_t len, bool has_base, int at_least)
{
    struct image im;
    struct err e;
    int n = 0;

    for (;; n++) {
        e = (struct err){ 0 };
        allowed = n;

        const bool done = image_read_bytes(&im, bytes, len, name, IMAGE_AUTO, has_base, 0x08000000, &e);
        const bool none_failed = allowed >= 0;

        allowed = -1;
        if (done && none_failed)
            break;
        assert_false(done);
        assert_int_equal(e.kind, ERR_NOMEM);
        assert_int_equal(im.count, 0);
        assert_null(im.segments);
    }
    assert_true(n >= at_least);
    image_free(&im);
}

static void reading_survives_every_failed_allocation(void **state)
{
    const struct elf_made m = { .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x40 },
                                           { .offset = 0x300, .vaddr = 0x08001000, .paddr = 0x08001000, .filesz = 0x20 } } };
    char text[10000];
    uint8_t elf[0x1000];
    const size_t elf_len = elf_make(&m, elf, sizeof elf);
    size_t len = 0;

    for (unsigned i = 0; i < 100; i++) { /* more than one growth of the list */
        char record[64];

        sprintf(record, ":01%04X0055??\n", i * 2);
        len += strlen(checked(record, text + len, 64));
    }
    strcpy(text + len, ":00000001FF\n");
    check_reading("a.hex", text, strlen(text), false, 104);
    checked("S104000055??\nS104001055??\nS9030000FC\n", text, sizeof text);
    check_reading("a.srec", text, strlen(text), false, 5);
    check_reading("a.elf", elf, elf_len, false, 4);
    check_reading("a.bin", "1234", 4, true, 2);
}

static void adding_survives_every_failed_allocation(void **state)
{
    static const uint32_t addrs[] = { 0x100, 0x200, 0x104, 0x1FC, 0x108 }; /* new, new, behind, in front, new */
    struct image im = { 0 };
    struct err e;

    for (size_t i = 0; i < sizeof addrs / sizeof *addrs; i++)
        for (int n = 0;; n++) {
            const size_t count = im.count;
            const uint64_t size = image_size(&im);

            allowed = n;

            const bool done = image_add(&im, addrs[i], (const uint8_t *)"abcd", 4, &e);

            allowed = -1;
            if (done)
                break;
            assert_int_equal(e.kind, ERR_NOMEM);
            assert_int_equal(im.count, count);
            assert_int_equal(image_size(&im), size);
        }
    assert_int_equal(im.count, 2);
    assert_int_equal(image_size(&im), 20);
    image_free(&im);
}

static void a_file_is_read_or_not_when_memory_is_short(void **state)
{
    char folder[512], path[600];
    struct image im;
    struct err e;
    int n = 0;

    snprintf(path, sizeof path, "%s/a.bin", scratch_begin(folder, sizeof folder));
    scratch_write(path, "1234", 4);
    for (bool done = false; !done; n++) {
        allowed = n;
        done = image_read_file(&im, path, IMAGE_AUTO, true, 0, &e);
        allowed = -1;
        assert_true(done || e.kind == ERR_NOMEM);
    }
    assert_true(n >= 4); /* the file, the list, the segment */
    image_free(&im);
    scratch_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_survives_every_failed_allocation),
        cmocka_unit_test(adding_survives_every_failed_allocation),
        cmocka_unit_test(a_file_is_read_or_not_when_memory_is_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
