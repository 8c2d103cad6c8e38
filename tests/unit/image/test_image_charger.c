/* test_image_charger.c - the charger's ELF files: sections of the founding case, and what our readers and GNU objcopy make of them.
 *
 * Arguments: charger.elf charger-67k.elf charger-g071.elf charger-67k-g071.elf */
#include "image_test.h"

#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

enum { FOUNDING_BYTES = 68724, PAGE = 2048 };

static char **elf_files;
static int elf_count;

struct wanted {
    const char *name;
    uint32_t load, size;
};

/* As GDB's `load` printed them in the founding case. */
static const struct wanted founding[] = {
    // clang-format off
    { ".isr_vector", 0x08000000, 0x000C0 },
    { ".text",       0x080000C0, 0x10318 },
    { ".rodata",     0x080103D8, 0x00754 },
    { ".ARM",        0x08010B2C, 0x00008 },
    { ".init_array", 0x08010B34, 0x00004 },
    { ".fini_array", 0x08010B38, 0x00004 },
    { ".data",       0x08010B3C, 0x00138 },
    // clang-format on
};

static void the_large_charger_has_the_sections_of_the_founding_case(void **state)
{
    for (int i = 1; i < elf_count; i += 2) {
        const int fd = open(elf_files[i], O_RDONLY);
        size_t names, phdrs, found = 0;
        Elf_Scn *section = NULL;
        GElf_Shdr h;
        GElf_Phdr p;

        elf_version(EV_CURRENT);
        Elf *const elf = elf_begin(fd, ELF_C_READ, NULL);
        assert_non_null(elf);
        assert_int_equal(elf_getshdrstrndx(elf, &names), 0);
        assert_int_equal(elf_getphdrnum(elf, &phdrs), 0);
        while ((section = elf_nextscn(elf, section)) != NULL) {
            assert_non_null(gelf_getshdr(section, &h));
            if (!(h.sh_flags & SHF_ALLOC) || h.sh_type == SHT_NOBITS)
                continue;
            assert_true(found < sizeof founding / sizeof *founding);
            assert_string_equal(elf_strptr(elf, names, h.sh_name), founding[found].name);
            assert_int_equal(h.sh_size, founding[found].size);
            for (size_t k = 0; k < phdrs && gelf_getphdr(elf, (int)k, &p); k++)
                if (p.p_type == PT_LOAD && h.sh_offset >= p.p_offset && h.sh_offset < p.p_offset + p.p_filesz)
                    assert_int_equal(p.p_paddr + (h.sh_offset - p.p_offset), founding[found].load);
            found++;
        }
        assert_int_equal(found, sizeof founding / sizeof *founding);
        elf_end(elf);
        close(fd);
    }
}

static void each_charger_is_one_segment_at_the_start_of_flash(void **state)
{
    for (int i = 0; i < elf_count; i++) {
        struct image im;
        struct err e;

        if (!image_read_file(&im, elf_files[i], IMAGE_AUTO, false, 0, &e))
            fail_msg("%s: %s", elf_files[i], e.cause);
        assert_int_equal(im.count, 1);
        assert_int_equal(im.segments[0].addr, 0x08000000);
        assert_string_equal(im.note, "");
        if (i % 2 == 1)
            assert_int_equal(im.segments[0].len, FOUNDING_BYTES);
        else
            assert_true(im.segments[0].len < 8 * PAGE);
        /* Stack pointer in SRAM1; reset vector and entry in the code, odd as Thumb code is. */
        assert_int_equal(get_le32(im.segments[0].bytes), 0x20008000);
        assert_int_equal(get_le32(im.segments[0].bytes + 4), im.entry);
        assert_int_equal(im.entry & 1, 1);
        assert_true(im.entry > 0x080000C0 && im.entry < 0x08000000 + im.segments[0].len);
        assert_non_null(memmem(im.segments[0].bytes, im.segments[0].len, "charger", 7));
        image_free(&im);
    }
}

static void no_two_pages_of_the_large_charger_are_alike(void **state)
{
    for (int i = 1; i < elf_count; i += 2) {
        struct image im;
        struct err e;

        assert_true(image_read_file(&im, elf_files[i], IMAGE_AUTO, false, 0, &e));
        for (uint32_t a = 0; a + PAGE <= im.segments[0].len; a += PAGE)
            for (uint32_t b = a + PAGE; b + PAGE <= im.segments[0].len; b += PAGE)
                assert_memory_not_equal(im.segments[0].bytes + a, im.segments[0].bytes + b, PAGE);
        image_free(&im);
    }
}

static void objcopy_makes_the_same_bytes_of_it_in_every_format(void **state)
{
    char folder[512], command[6000], path[600];
    static const char *const kinds[][2] = { { "ihex", "a.hex" }, { "srec", "a.srec" }, { "binary", "a.bin" } };

    scratch_begin(folder, sizeof folder);
    for (int i = 0; i < elf_count; i++)
        for (size_t k = 0; k < 3; k++) {
            struct image ours, theirs;
            struct err e;

            snprintf(path, sizeof path, "%s/%s", folder, kinds[k][1]);
            snprintf(command, sizeof command, "arm-none-eabi-objcopy -O %s '%s' '%s'", kinds[k][0], elf_files[i], path);
            assert_int_equal(system(command), 0);
            assert_true(image_read_file(&ours, elf_files[i], IMAGE_AUTO, false, 0, &e));
            assert_true(image_read_file(&theirs, path, IMAGE_AUTO, k == 2, 0x08000000, &e));
            assert_int_equal(theirs.count, 1);
            assert_int_equal(theirs.segments[0].addr, 0x08000000);
            assert_int_equal(theirs.segments[0].len, ours.segments[0].len);
            assert_memory_equal(theirs.segments[0].bytes, ours.segments[0].bytes, ours.segments[0].len);
            if (k < 2)
                assert_int_equal(theirs.entry, ours.entry);
            image_free(&ours);
            image_free(&theirs);
        }
    scratch_end(folder);
}

/* The bytes, debug information included, depend on sources and compiler alone. */
static void no_path_of_this_machine_is_in_it(void **state)
{
    char root[sizeof TESTS_DIR];

    strcpy(root, TESTS_DIR);
    *strrchr(root, '/') = '\0';
    for (int i = 0; i < elf_count; i++) {
        size_t len;
        uint8_t *const bytes = scratch_read(elf_files[i], &len);

        assert_null(memmem(bytes, len, root, strlen(root)));
        free(bytes);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_large_charger_has_the_sections_of_the_founding_case),
        cmocka_unit_test(each_charger_is_one_segment_at_the_start_of_flash),
        cmocka_unit_test(no_two_pages_of_the_large_charger_are_alike),
        cmocka_unit_test(objcopy_makes_the_same_bytes_of_it_in_every_format),
        cmocka_unit_test(no_path_of_this_machine_is_in_it),
    };

    elf_files = argv + 1;
    elf_count = argc - 1;
    return elf_count == 4 ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
