/* test_image_files.c - files: which format is it, reading and writing them, and what GNU objcopy says to the same. */
#include "image_test.h"

#include <sys/stat.h>
#include <unistd.h>

static const char hex_file[] = ":020000040800F2\n:0400000001020304F2\n:00000001FF\n";
static const char srec_file[] = "S3090800000001020304E4\nS70500000000FA\n";

struct folder {
    char path[512];
};

static int set_up(void **state)
{
    struct folder *const f = calloc(1, sizeof *f);

    scratch_begin(f->path, sizeof f->path);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    scratch_end(((struct folder *)*state)->path);
    free(*state);
    return 0;
}

/* "FOLDER/name", in one of a few buffers that take turns. */
static const char *in(void **state, const char *name)
{
    static char paths[4][600];
    static unsigned turn;
    char *const path = paths[turn++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", ((struct folder *)*state)->path, name);
    return path;
}

/* Run a shell command in the scratch folder. */
static void shell(void **state, const char *command)
{
    char line[2000];

    snprintf(line, sizeof line, "cd '%s' && %s", ((struct folder *)*state)->path, command);
    if (system(line) != 0)
        fail_msg("failed: %s", command);
}

static void check_format(const char *name, const void *bytes, size_t len, bool has_base, const char *want)
{
    struct image im = { 0 };
    struct err e = { 0 };

    if (!image_read_bytes(&im, bytes, len, name, IMAGE_AUTO, has_base, 0x08000000, &e))
        fail_msg("%s: %s", name, e.cause);
    assert_string_equal(im.format, want);
    image_free(&im);
}

static void content_decides_before_the_name_does(void **state)
{
    const struct elf_made m = { .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x40 } } };
    uint8_t elf[0x1000];
    const size_t len = elf_make(&m, elf, sizeof elf);
    static const char *const names[] = { "a.elf", "a.hex", "a.srec", "a.bin", "a", "a.elf.old" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check_format(names[i], elf, len, false, "elf");
        check_format(names[i], hex_file, strlen(hex_file), false, "hex");
        check_format(names[i], srec_file, strlen(srec_file), false, "srec");
    }
}

static void raw_bytes_are_taken_with_an_address_whatever_they_begin_with(void **state)
{
    check_format("a.bin", "\0\x80\0\x20", 4, true, "bin");
    check_format("a.bin", ":not a record", 13, true, "bin");
    check_format("a.bin", "S1 not a record", 15, true, "bin");
    check_format("a", "S", 1, true, "bin");
    check_format("a", ":", 1, true, "bin");
}

static void a_named_format_is_not_guessed_again(void **state)
{
    struct image im = { 0 };
    struct err e = { 0 };

    assert_true(image_read_bytes(&im, (const uint8_t *)hex_file, strlen(hex_file), "a.hex", IMAGE_BIN, true, 0x08000000, &e));
    assert_int_equal(im.segments[0].len, strlen(hex_file));
    image_free(&im);
    assert_false(image_read_bytes(&im, (const uint8_t *)hex_file, strlen(hex_file), "a.hex", IMAGE_SREC, false, 0, &e));
    assert_int_equal(e.kind, ERR_INPUT);
}

static void endings_are_known_in_either_case(void **state)
{
    static const struct {
        const char *name;
        enum image_format format;
    } known[] = {
        { "a.elf", IMAGE_ELF },  { "a.AXF", IMAGE_ELF },   { "x/a.out", IMAGE_ELF }, { "a.b.hex", IMAGE_HEX },
        { "a.IHEX", IMAGE_HEX }, { "a.srec", IMAGE_SREC }, { "a.s19", IMAGE_SREC },  { "a.S28", IMAGE_SREC },
        { "a.s37", IMAGE_SREC }, { "a.mot", IMAGE_SREC },  { "a.bin", IMAGE_BIN },
    };
    static const char *const unknown[] = { "", "hex", ".hex", "a.hex2", "a.hex/", "a.txt", "a." };
    enum image_format format;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true(image_format_of_name(known[i].name, &format));
        assert_int_equal(format, known[i].format);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_false(image_format_of_name(unknown[i], &format));
}

static void every_misuse_of_a_file_is_named(void **state)
{
    static const struct {
        const char *name, *file, *bytes;
        size_t len;
        bool has_base;
        uint32_t base;
    } cases[] = {
        // clang-format off
        { "empty file",                       "app.elf",  "",              0,  false, 0          },
        { "empty raw binary",                 "app.bin",  "",              0,  true,  0x08000000 },
        { "raw binary without an address",    "app.bin",  "\0\x80\0\x20",  4,  false, 0          },
        { "unknown without an address",       "app.img",  "\0\x80\0\x20",  4,  false, 0          },
        { "raw binary past the last address", "app.bin",  "\0\x80\0\x20",  4,  true,  0xFFFFFFFD },
        { "hex with an address",              "app.hex",  hex_file,        52, true,  0x08000000 },
        { "srec with an address",             "app.bin",  srec_file,       38, true,  0x08000000 },
        { "damaged hex, known by its name",   "app.hex",  "-1000",         5,  false, 0          },
        { "damaged srec, known by its name",  "app.s37",  "-1000",         5,  false, 0          },
        { "text for an ELF",                  "app.elf",  "hello\n",       6,  false, 0          },
        { "damaged hex without a name",       "app",      ":01z\n",        5,  false, 0          },
        { "damaged srec without a name",      "app",      "S11z\n",        5,  false, 0          },
        // clang-format on
    };
    struct golden g;
    struct image im;
    struct err e;

    golden_begin(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(image_read_bytes(&im, (const uint8_t *)cases[i].bytes, cases[i].len, cases[i].file, IMAGE_AUTO, cases[i].has_base,
                                      cases[i].base, &e));
        assert_int_equal(im.count, 0);
        golden_case(&g, cases[i].name, &e);
    }
    assert_false(image_read_bytes(&im, (const uint8_t *)"", 64 * 1024 * 1024 + 1, "app.bin", IMAGE_AUTO, true, 0, &e));
    golden_case(&g, "too large", &e);
    assert_false(image_read_file(&im, "/nowhere/app.elf", IMAGE_AUTO, false, 0, &e));
    golden_case(&g, "missing file", &e);
    assert_false(image_read_file(&im, "/", IMAGE_AUTO, false, 0, &e));
    golden_case(&g, "folder", &e);

    struct segment far[] = { { 0x08000000, 1, (uint8_t[]){ 1 } }, { 0x20000000, 1, (uint8_t[]){ 2 } } };
    const struct image two = { .segments = far, .count = 2 }, none = { 0 };

    assert_false(image_write_file(&two, "/nowhere/app.hex", IMAGE_AUTO, &e));
    golden_case(&g, "write into a missing folder", &e);
    assert_false(image_write_file(&two, "app.bin", IMAGE_AUTO, &e));
    golden_case(&g, "write a raw binary with a huge gap", &e);
    assert_false(image_write_file(&two, "app.elf", IMAGE_AUTO, &e));
    golden_case(&g, "write an ELF", &e);
    assert_false(image_write_file(&two, "app", IMAGE_AUTO, &e));
    golden_case(&g, "write without a telling name", &e);
    assert_false(image_write_file(&none, "app.hex", IMAGE_AUTO, &e));
    golden_case(&g, "write nothing", &e);
    assert_false(image_write_file(&two, "/", IMAGE_HEX, &e));
    golden_case(&g, "write a folder", &e);
    golden_end(&g, "files.txt");
}

static void a_file_over_64_mib_is_refused(void **state)
{
    const char *const path = in(state, "huge.bin");
    struct image im;
    struct err e;

    scratch_write(path, "", 0);
    assert_int_equal(truncate(path, 64 * 1024 * 1024 + 4096), 0); /* a hole: takes no room */
    assert_false(image_read_file(&im, path, IMAGE_AUTO, true, 0, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.cause, "larger than 64 MiB"));
}

static void a_pipe_can_be_read_and_written(void **state)
{
    const char *const path = in(state, "pipe");
    struct image im;
    struct err e;
    char command[2000], text[256];

    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(command, sizeof command, "printf '%s' >%s &", hex_file, path);
    assert_int_equal(system(command), 0);
    assert_true(image_read_file(&im, path, IMAGE_AUTO, false, 0, &e));
    assert_string_equal(image_text(&im, text, sizeof text), "0x08000000 01 02 03 04\n");

    const char *const copy = in(state, "copy.srec");
    const char *const done = in(state, "done");

    snprintf(command, sizeof command, "(cat %s; echo >%s) >%s &", path, done, copy);
    assert_int_equal(system(command), 0);
    assert_true(image_write_file(&im, path, IMAGE_SREC, &e));
    image_free(&im);
    for (int i = 0; i < 500 && access(done, F_OK) != 0; i++)
        usleep(10000);
    assert_true(image_read_file(&im, copy, IMAGE_AUTO, false, 0, &e));
    assert_string_equal(image_text(&im, text, sizeof text), "0x08000000 01 02 03 04\n");
    image_free(&im);
}

/* Segments of awkward lengths: at a 64 KiB border, odd, one byte, at both ends of the address space. */
static void fill(struct image *im, bool everywhere)
{
    static const struct {
        uint32_t addr, len;
    } ranges[] = { { 0x08000000, 1 }, { 0x08000010, 47 }, { 0x0800FFF1, 100 }, { 0x08020000, 70000 }, { 0, 33 }, { 0xFFFFFFF0, 16 } };
    uint32_t seed = 1;

    *im = (struct image){ .has_entry = everywhere, .entry = 0x08000011 };
    for (size_t i = 0; i < (everywhere ? 6 : 4); i++) {
        uint8_t *const bytes = malloc(ranges[i].len);
        struct err e;

        for (uint32_t at = 0; at < ranges[i].len; at++)
            bytes[at] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        assert_true(image_add(im, ranges[i].addr, bytes, ranges[i].len, &e));
        free(bytes);
    }
}

static void check_same(const struct image *a, const struct image *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->has_entry, b->has_entry);
    assert_int_equal(a->entry, b->entry);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->segments[i].addr, b->segments[i].addr);
        assert_int_equal(a->segments[i].len, b->segments[i].len);
        assert_memory_equal(a->segments[i].bytes, b->segments[i].bytes, a->segments[i].len);
    }
}

static void what_is_written_as_hex_or_srec_reads_back_the_same(void **state)
{
    static const char *const names[] = { "a.hex", "a.srec" };
    struct image im, back;
    struct err e = { 0 };

    fill(&im, true);
    for (size_t i = 0; i < 2; i++) {
        const char *const path = in(state, names[i]);

        assert_true(image_write_file(&im, path, IMAGE_AUTO, &e));
        assert_true(image_read_file(&back, path, IMAGE_AUTO, false, 0, &e));
        check_same(&im, &back);
        image_free(&back);
    }
    image_free(&im);
}

static void a_raw_binary_fills_gaps_with_ff(void **state)
{
    const char *const path = in(state, "a.bin");
    struct image im;
    struct err e = { 0 };
    uint32_t first;
    uint64_t end;
    size_t len;

    fill(&im, false);
    image_extent(&im, &first, &end);
    assert_true(image_write_file(&im, path, IMAGE_AUTO, &e));

    uint8_t *const bytes = scratch_read(path, &len);

    assert_int_equal(len, end - first);
    for (size_t i = 0; i < im.count; i++) {
        const struct segment *const s = &im.segments[i];

        assert_memory_equal(bytes + (s->addr - first), s->bytes, s->len);
        memset(bytes + (s->addr - first), 0xFF, s->len);
    }
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], 0xFF);
    free(bytes);
    image_free(&im);
}

static void a_file_is_replaced_whole_with_its_mode_or_not_at_all(void **state)
{
    const char *const path = in(state, "a.hex");
    struct image im;
    struct err e = { 0 };
    struct stat st;
    size_t len;

    scratch_write(path, "precious", 8);
    assert_int_equal(chmod(path, 0640), 0);
    fill(&im, false);
    assert_false(image_write_file(&im, path, IMAGE_ELF, &e));

    uint8_t *const kept = scratch_read(path, &len);

    assert_string_equal((char *)kept, "precious");
    free(kept);
    assert_true(image_write_file(&im, path, IMAGE_AUTO, &e));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    image_free(&im);
    shell(state, "test \"$(ls)\" = a.hex"); /* nothing left beside it */
}

static void a_full_disk_is_an_error_and_leaves_nothing(void **state)
{
    struct image im;
    struct err e = { 0 };

    fill(&im, false);
    assert_false(image_write_file(&im, "/dev/full", IMAGE_HEX, &e));
    assert_int_equal(e.kind, ERR_IO);
    assert_string_equal(e.cause, "cannot write the file: No space left on device");
    image_free(&im);
}

static void a_symbolic_link_stays_one(void **state)
{
    const char *const target = in(state, "real.hex"), *const link = in(state, "link.hex");
    struct image im, back;
    struct err e = { 0 };
    struct stat st;

    scratch_write(target, "old", 3);
    assert_int_equal(symlink(target, link), 0);
    fill(&im, true);
    assert_true(image_write_file(&im, link, IMAGE_AUTO, &e));
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_true(image_read_file(&back, target, IMAGE_AUTO, false, 0, &e));
    check_same(&im, &back);
    image_free(&im);
    image_free(&back);
}

static void need_arm_tools(void)
{
    if (system("arm-none-eabi-gcc --version >/dev/null 2>&1 && arm-none-eabi-objcopy --version >/dev/null 2>&1") != 0) {
        print_message("# no arm-none-eabi tools here: the comparison with objcopy is left out\n");
        skip();
    }
}

static void check_same_file(void **state, const char *ours, const char *theirs)
{
    char command[1300];

    snprintf(command, sizeof command, "cmp %s %s", ours, theirs);
    shell(state, command);
}

/* Linked programs: the usual one; one that ld makes begin with the ELF's own headers; one with a hole inside a segment. */
static void an_elf_gives_the_bytes_that_objcopy_gives(void **state)
{
    static const char source[] = ".cpu cortex-m0plus\n.thumb\n"
                                 ".section .isr_vector,\"a\"\n.word 0x20008000, start + 1, 1, 2\n"
                                 ".text\n.global start\n.thumb_func\nstart: b start\n.short 1,2,3,4,5,6\n"
                                 ".section .rodata,\"a\"\n.ascii \"charger\"\n.balign 4\n"
                                 ".section .init_array,\"aw\",%init_array\n.word start\n"
                                 ".data\n.word 1,2,3,4,5\n.bss\n.space 64\n";
    static const char *const scripts[] = {
        "MEMORY { F : ORIGIN = 0x08000000, LENGTH = 64K  R : ORIGIN = 0x20000000, LENGTH = 8K }\n"
        "SECTIONS { .isr_vector : { *(.isr_vector) } >F .text : { *(.text) } >F .rodata : { *(.rodata) } >F\n"
        ".init_array : { *(.init_array) } >F .data : { *(.data) } >R AT>F .bss : { *(.bss) } >R }\n",
        "SECTIONS { .isr_vector 0x08000100 : { *(.isr_vector) } .text : { *(.text) *(.rodata) *(.init_array) }\n"
        ".data 0x20000000 : AT(LOADADDR(.text) + SIZEOF(.text)) { *(.data) } .bss : { *(.bss) } }\n",
        "SECTIONS { .isr_vector 0x08000000 : { *(.isr_vector) } .text 0x08000800 : { *(.text) *(.rodata) *(.init_array) }\n"
        ".data 0x20000000 : AT(0x08000c00) { *(.data) } .bss : { *(.bss) } }\n",
    };
    static const char *const names[] = { "a.elf", "objcopy.hex", "objcopy.srec" };

    need_arm_tools();
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        scratch_write(in(state, "a.s"), source, strlen(source));
        scratch_write(in(state, "a.ld"), scripts[i], strlen(scripts[i]));
        shell(state, "arm-none-eabi-gcc -nostdlib -Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=0x1000 -Wl,-e,start -T a.ld a.s -o a.elf"
                     " && arm-none-eabi-objcopy -O binary --gap-fill 0xff a.elf objcopy.bin"
                     " && arm-none-eabi-objcopy -O ihex a.elf objcopy.hex && arm-none-eabi-objcopy -O srec a.elf objcopy.srec");
        for (size_t k = 0; k < 3; k++) {
            struct image im;
            struct err e;

            if (!image_read_file(&im, in(state, names[k]), IMAGE_AUTO, false, 0, &e))
                fail_msg("%s: %s", names[k], e.cause);
            assert_true(im.has_entry);
            assert_true(image_write_file(&im, in(state, "ours.bin"), IMAGE_AUTO, &e));
            check_same_file(state, "ours.bin", "objcopy.bin");
            image_free(&im);
        }
        if (i == 1) /* the case is what it claims to be: the segment begins at offset 0 of the file */
            shell(state, "arm-none-eabi-readelf -l a.elf | grep -q 'LOAD *0x000000 0x08000000'");
    }
}

static void hex_and_srec_are_byte_for_byte_as_objcopy_writes_them(void **state)
{
    const char *const base = in(state, "a.bin");
    struct image im;
    struct err e;

    need_arm_tools();
    fill(&im, false);
    assert_true(image_write_file(&im, base, IMAGE_AUTO, &e));
    image_free(&im);
    assert_true(image_read_file(&im, base, IMAGE_AUTO, true, 0x08000000, &e));
    im.has_entry = true;
    im.entry = 0x08000011;
    assert_true(image_write_file(&im, in(state, "ours.hex"), IMAGE_AUTO, &e));
    assert_true(image_write_file(&im, in(state, "ours.srec"), IMAGE_AUTO, &e));
    image_free(&im);
    shell(state, "arm-none-eabi-objcopy -I binary -O ihex --change-section-address .data=0x08000000 --set-start 0x08000011 a.bin theirs.hex"
                 " && arm-none-eabi-objcopy -I binary -O srec --srec-forceS3 --srec-len=32 --change-section-address .data=0x08000000"
                 " --set-start 0x08000011 a.bin theirs.srec"
                 " && sed -i 1d ours.srec theirs.srec"); /* S0: the title */
    check_same_file(state, "ours.hex", "theirs.hex");
    check_same_file(state, "ours.srec", "theirs.srec");
}

#define test_in_folder(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_decides_before_the_name_does),
        cmocka_unit_test(raw_bytes_are_taken_with_an_address_whatever_they_begin_with),
        cmocka_unit_test(a_named_format_is_not_guessed_again),
        cmocka_unit_test(endings_are_known_in_either_case),
        cmocka_unit_test(every_misuse_of_a_file_is_named),
        test_in_folder(a_file_over_64_mib_is_refused),
        test_in_folder(a_pipe_can_be_read_and_written),
        test_in_folder(what_is_written_as_hex_or_srec_reads_back_the_same),
        test_in_folder(a_raw_binary_fills_gaps_with_ff),
        test_in_folder(a_file_is_replaced_whole_with_its_mode_or_not_at_all),
        cmocka_unit_test(a_full_disk_is_an_error_and_leaves_nothing),
        test_in_folder(a_symbolic_link_stays_one),
        test_in_folder(an_elf_gives_the_bytes_that_objcopy_gives),
        test_in_folder(hex_and_srec_are_byte_for_byte_as_objcopy_writes_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
