/* test_engine_memory.c - each allocation of a whole job fails once in turn: an error, nothing leaks, and the next try works. */
#include "chip_rig.h"

static bool armed;
static unsigned long fail_at, allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void) { return armed && ++allocations == fail_at; }

void *__wrap_malloc(size_t n) { return fails() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t each) { return fails() ? NULL : __real_calloc(n, each); }
void *__wrap_realloc(void *p, size_t n) { return fails() ? NULL : __real_realloc(p, n); }

static struct chip_rig r;
static struct image im;
static char folder[64];

static void make_image(uint8_t seed)
{
    uint8_t bytes[3 * PAGE - 100];

    image_free(&im);
    im = (struct image){ 0 };
    for (uint32_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((i * 7 + seed) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE);
    assert_true(image_add(&im, BASE, bytes, sizeof bytes, &r.e));
}

/* What `sector0 flash` does, from the store on; everything inside may run out of memory. */
static bool job(bool direct, bool read_back)
{
    const struct store_key key = { "chip", (const uint8_t *)"0123456789AB", NULL };
    struct job j = { .direct = direct, .choices.read_back = read_back };
    bool ok;

    j.store = store_open(folder, &key, &r.e);
    ok = j.store && chip_rig_flash(&r, &im, &j);
    store_close(j.store);
    return ok;
}

static void each_allocation(bool direct, bool read_back)
{
    unsigned failures = 0;

    for (unsigned long n = 1;; n++) {
        bool ok;

        make_image((uint8_t)n);
        allocations = 0;
        fail_at = n;
        armed = true;
        ok = job(direct, read_back);
        armed = false;
        if (allocations < n) {
            assert_true(ok);
            break;
        }
        if (!ok) {
            failures++;
            assert_int_equal(r.e.kind, ERR_NOMEM);
            assert_true(job(direct, read_back));
        }
        assert_true(chip_rig_holds(&r, &im));
    }
    print_message("# %u allocations failed a job\n", failures);
    assert_true(failures >= 5);
}

static void through_the_loader(void **state) { each_allocation(false, false); }
static void by_direct_writes(void **state) { each_allocation(true, false); }
static void with_reading_back(void **state) { each_allocation(false, true); }

/* A save that does not know of the earlier ones would be taken for the first, and for the whole of a job that was cut off. */
static void a_save_does_not_begin_without_the_list_of_the_others(void **state)
{
    const struct store_key key = { "chip", (const uint8_t *)"0123456789AB", NULL };
    struct look look = { 0 };
    struct store *s = store_open(folder, &key, &r.e);
    unsigned failures = 0;
    bool begun;

    assert_true(s && store_begin(s, "flash", &device_stm32u073, &look, &r.e));
    store_leave(s);
    do {
        r.e = (struct err){ 0 };
        allocations = 0;
        fail_at = failures + 1;
        armed = true;
        begun = store_begin(s, "flash", &device_stm32u073, &look, &r.e);
        armed = false;
        failures += !begun;
        assert_true(begun || (r.e.kind == ERR_NOMEM && !store_path(s)));
    } while (!begun);
    assert_true(failures > 0);
    assert_non_null(strstr(store_path(s), "/0002.txt")); /* the failures left nothing behind */
    store_close(s);
}

static int begin(void **state)
{
    chip_rig_begin(&r, "stm32u073rc");
    return scratch_begin(folder, sizeof folder) ? 0 : -1;
}

static int end(void **state)
{
    image_free(&im);
    im = (struct image){ 0 };
    scratch_end(folder);
    chip_rig_end(&r);
    return 0;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = { T(through_the_loader), T(by_direct_writes), T(with_reading_back),
                                        T(a_save_does_not_begin_without_the_list_of_the_others) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
