/* test_image_elf.c - ELF: which bytes are the program, and what is not a program for an STM32. */
#include "image_test.h"

#include <elf.h>

enum { ROOM = 0x1000 };

static const uint8_t *file_byte(uint8_t *scratch, uint32_t offset) /* what elf_make puts there */
{
    *scratch = (uint8_t)(offset * 7 + offset / 256);
    return scratch;
}

struct want {
    uint32_t addr, offset, len;
};

/* The image of `m` is exactly these segments, with the bytes of the file at these offsets. */
static void check_elf(const struct elf_made *m, const struct want *want, size_t count, const char *note)
{
    uint8_t file[ROOM], byte;
    const size_t len = elf_make(m, file, sizeof file);
    struct image im = { 0 };
    struct err e = { 0 };

    assert_true(parses(image_parse_elf, file, len, &e));
    assert_true(image_parse_elf(&im, file, len, &e));
    assert_string_equal(im.format, "elf");
    assert_string_equal(im.note, note);
    assert_int_equal(im.entry, m->entry);
    assert_int_equal(im.has_entry, m->entry != 0);
    assert_int_equal(im.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(im.segments[i].addr, want[i].addr);
        assert_int_equal(im.segments[i].len, want[i].len);
        for (uint32_t at = 0; at < want[i].len; at++)
            assert_int_equal(im.segments[i].bytes[at], *file_byte(&byte, want[i].offset + at));
    }
    image_free(&im);
}

/* Vectors and code in flash, .data in RAM with its load address in flash, .bss: what a linker script for an STM32 gives. */
static const struct elf_made usual = {
    .entry = 0x080000C1,
    .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x80 },
               { .offset = 0x300, .vaddr = 0x20000000, .paddr = 0x08000080, .filesz = 0x20, .memsz = 0x60 } },
    .sections = { { ".isr_vector", .addr = 0x08000000, .offset = 0x200, .size = 0x40 },
                  { ".text", .addr = 0x08000040, .offset = 0x240, .size = 0x40, .flags = SHF_ALLOC | SHF_EXECINSTR },
                  { ".data", .addr = 0x20000000, .offset = 0x300, .size = 0x20, .flags = SHF_ALLOC | SHF_WRITE },
                  { ".bss", .type = SHT_NOBITS, .addr = 0x20000020, .offset = 0x320, .size = 0x40, .flags = SHF_ALLOC | SHF_WRITE },
                  { ".comment", .flags = SHF_MERGE, .offset = 0x330, .size = 0x10 } },
};

static void data_lies_at_its_load_address_and_touches_the_code(void **state)
{
    uint8_t file[ROOM];
    const size_t len = elf_make(&usual, file, sizeof file);
    struct image im = { 0 };
    struct err e = { 0 };

    assert_true(parses(image_parse_elf, file, len, &e));
    assert_true(image_parse_elf(&im, file, len, &e));
    assert_int_equal(im.count, 1);
    assert_int_equal(im.segments[0].addr, 0x08000000);
    assert_int_equal(im.segments[0].len, 0xA0);
    assert_memory_equal(im.segments[0].bytes, file + 0x200, 0x80);
    assert_memory_equal(im.segments[0].bytes + 0x80, file + 0x300, 0x20);
    assert_int_equal(im.entry, 0x080000C1);
    image_free(&im);
}

static void headers_and_padding_in_the_first_segment_are_not_programmed(void **state)
{
    const struct elf_made m = {
        .parts = { { .offset = 0, .vaddr = 0x08004000, .paddr = 0x08004000, .filesz = 0x240 } },
        .sections = { { ".text", .addr = 0x08004200, .offset = 0x200, .size = 0x40 } },
    };

    check_elf(&m, &(struct want){ 0x08004200, 0x200, 0x40 }, 1, "");
}

static void a_hole_between_sections_of_one_segment_stays_a_hole(void **state)
{
    const struct elf_made m = {
        .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x180 } },
        .sections = { { ".isr_vector", .addr = 0x08000000, .offset = 0x200, .size = 0x40 },
                      { ".text", .addr = 0x08000100, .offset = 0x300, .size = 0x80 } },
    };

    check_elf(&m, (struct want[]){ { 0x08000000, 0x200, 0x40 }, { 0x08000100, 0x300, 0x80 } }, 2, "");
}

static void without_section_headers_segments_are_taken_whole(void **state)
{
    const struct elf_made m = {
        .parts = { { .offset = 0, .vaddr = 0x07FFF000, .paddr = 0x07FFF000, .filesz = 0x60 }, /* nothing but the file's headers */
                   { .type = PT_NOTE, .offset = 0x380, .filesz = 0x10 },
                   { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x180 },
                   { .vaddr = 0x20000000, .paddr = 0x20000000, .memsz = 0x400 } },
    };

    check_elf(&m, &(struct want){ 0x08000000, 0x200, 0x180 }, 1, "");
}

static void a_segment_no_section_speaks_for_is_taken_whole(void **state)
{
    const struct elf_made m = {
        .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x40 },
                   { .offset = 0x300, .vaddr = 0x08001000, .paddr = 0x08001000, .filesz = 0x20 } },
        .sections = { { ".text", .addr = 0x08000000, .offset = 0x200, .size = 0x20 } },
    };

    check_elf(&m, (struct want[]){ { 0x08000000, 0x200, 0x20 }, { 0x08001000, 0x300, 0x20 } }, 2, "");
}

static void sections_outside_all_segments_are_left_out_with_a_note(void **state)
{
    struct elf_made m = {
        .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x40 } },
        .sections = { { ".text", .addr = 0x08000000, .offset = 0x200, .size = 0x40 },
                      { ".bootloader", .addr = 0x08010000, .offset = 0x300, .size = 0x20 } },
    };

    check_elf(&m, &(struct want){ 0x08000000, 0x200, 0x40 }, 1, "section .bootloader lies in no segment and is left out");
    m.sections[2] = (struct elf_section){ ".config", .addr = 0x08020000, .offset = 0x320, .size = 0x20 };
    check_elf(&m, &(struct want){ 0x08000000, 0x200, 0x40 }, 1, "2 sections (.bootloader, ...) lie in no segment and are left out");
}

static void all_load_addresses_0_mean_the_virtual_ones(void **state)
{
    struct elf_made m = {
        .parts = { { .offset = 0x200, .vaddr = 0x08000000, .filesz = 0x40 }, { .offset = 0x300, .vaddr = 0x08001000, .filesz = 0x20 } },
    };

    check_elf(&m, (struct want[]){ { 0x08000000, 0x200, 0x40 }, { 0x08001000, 0x300, 0x20 } }, 2, "");
    m.parts[1] = (struct elf_part){ 0 };
    m.parts[0].vaddr = 0x20000000; /* a single one at 0 is meant */
    check_elf(&m, &(struct want){ 0x00000000, 0x200, 0x40 }, 1, "");
}

static void the_last_address_can_be_used(void **state)
{
    const struct elf_made m = { .parts = { { .offset = 0x200, .vaddr = 0xFFFFFFC0, .paddr = 0xFFFFFFC0, .filesz = 0x40 } } };

    check_elf(&m, &(struct want){ 0xFFFFFFC0, 0x200, 0x40 }, 1, "");
}

/* `usual` with bytes patched in afterwards, or cut. */
struct fault {
    const char *name;
    struct elf_made made; /* zeroed: usual */
    uint32_t patch_at, patch, patch_bytes;
    uint32_t cut_to;
};

enum { /* where things stand in a file of elf_make */
       EHDR_PHOFF = offsetof(Elf32_Ehdr, e_phoff),
       EHDR_SHOFF = offsetof(Elf32_Ehdr, e_shoff),
       PHDR0 = sizeof(Elf32_Ehdr),
       PHDR1 = PHDR0 + sizeof(Elf32_Phdr),
       SHDR1 = 0x400 + sizeof(Elf32_Shdr),
       SHDR2 = SHDR1 + sizeof(Elf32_Shdr),
};

static void every_fault_is_named(void **state)
{
    static const struct fault faults[] = {
        // clang-format off
        { "three bytes",                      .cut_to = 3 },
        { "magic alone",                      .cut_to = 4 },
        { "half a header",                    .cut_to = 20 },
        { "not ELF",                          .patch_at = 1,  .patch = 'X', .patch_bytes = 1 },
        { "for x86-64",                       .made = { .machine = EM_X86_64, .class = ELFCLASS64 } },
        { "for x86",                          .made = { .machine = EM_386 } },
        { "for AArch64",                      .made = { .machine = EM_AARCH64, .class = ELFCLASS64 } },
        { "for RISC-V",                       .made = { .machine = EM_RISCV } },
        { "for big-endian MIPS",              .made = { .machine = EM_MIPS, .data = ELFDATA2MSB } },
        { "for an unknown machine",           .made = { .machine = 0x1234 } },
        { "64-bit",                           .made = { .class = ELFCLASS64 } },
        { "big-endian",                       .made = { .data = ELFDATA2MSB } },
        { "unknown byte order",               .made = { .data = 3 } },
        { "version 2",                        .patch_at = EI_VERSION, .patch = 2, .patch_bytes = 1 },
        { "object file",                      .made = { .type = ET_REL } },
        { "position-independent",             .made = { .type = ET_DYN } },
        { "core dump",                        .made = { .type = ET_CORE } },
        { "type 0xff00",                      .made = { .type = 0xFF00 } },
        { "no program headers",               .patch_at = offsetof(Elf32_Ehdr, e_phnum), .patch = 0, .patch_bytes = 2 },
        { "program headers of 33 bytes",      .patch_at = offsetof(Elf32_Ehdr, e_phentsize), .patch = 33, .patch_bytes = 2 },
        { "program headers behind the end",   .patch_at = EHDR_PHOFF, .patch = 0x10000, .patch_bytes = 4 },
        { "program headers that wrap",        .patch_at = EHDR_PHOFF, .patch = 0xFFFFFFF0, .patch_bytes = 4 },
        { "65535 program headers",            .patch_at = offsetof(Elf32_Ehdr, e_phnum), .patch = 0xFFFF, .patch_bytes = 2 },
        { "65534 program headers",            .patch_at = offsetof(Elf32_Ehdr, e_phnum), .patch = 0xFFFE, .patch_bytes = 2 },
        { "cut in the section headers",       .cut_to = 0x420 },
        { "cut in a segment",                 .cut_to = 0x310 },
        { "section headers of 41 bytes",      .patch_at = offsetof(Elf32_Ehdr, e_shentsize), .patch = 41, .patch_bytes = 2 },
        { "section headers that wrap",        .patch_at = EHDR_SHOFF, .patch = 0xFFFFFFF0, .patch_bytes = 4 },
        { "section headers, but 0 of them",   .patch_at = offsetof(Elf32_Ehdr, e_shnum), .patch = 0, .patch_bytes = 2 },
        { "segment that wraps in the file",   .patch_at = PHDR0 + offsetof(Elf32_Phdr, p_offset), .patch = 0xFFFFFFF0, .patch_bytes = 4 },
        { "segment longer than its memory",   .patch_at = PHDR1 + offsetof(Elf32_Phdr, p_memsz), .patch = 0x1F, .patch_bytes = 4 },
        { "segment that wraps in memory",     .patch_at = PHDR0 + offsetof(Elf32_Phdr, p_paddr), .patch = 0xFFFFFFF0, .patch_bytes = 4 },
        { "virtual address that wraps",       .patch_at = PHDR1 + offsetof(Elf32_Phdr, p_vaddr), .patch = 0xFFFFFFF0, .patch_bytes = 4 },
        { "section behind the end",           .patch_at = SHDR2 + offsetof(Elf32_Shdr, sh_offset), .patch = 0x10000, .patch_bytes = 4 },
        { "section that wraps in the file",   .patch_at = SHDR2 + offsetof(Elf32_Shdr, sh_size), .patch = 0xFFFFFFFF, .patch_bytes = 4 },
        { "nothing to load",                  .made = { .parts = { { .vaddr = 0x20000000, .paddr = 0x20000000, .memsz = 0x100 } } } },
        { "only the file's headers to load",  .made = { .parts = { { .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x54 } } } },
        { "headers and program, no sections", .made = { .parts = { { .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x300 } } } },
        { "overlapping sections",             .made = { .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x80 } },
            .sections = { { ".text", .addr = 0x08000000, .offset = 0x200, .size = 0x41 },
                          { ".rodata", .addr = 0x08000040, .offset = 0x240, .size = 0x40 } } } },
        { "load addresses that overlap",      .made = { .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x80 },
                                                                   { .offset = 0x300, .vaddr = 0x20000000, .paddr = 0x08000078, .filesz = 0x20 } },
            .sections = { { ".text", .addr = 0x08000000, .offset = 0x200, .size = 0x80 },
                          { ".data", .addr = 0x20000000, .offset = 0x300, .size = 0x20 } } } },
        { "overlapping segments",             .made = { .parts = { { .offset = 0x200, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x80 },
                                                                   { .offset = 0x300, .vaddr = 0x08000040, .paddr = 0x08000040, .filesz = 0x20 } } } },
        { "more bytes than the file has",     .made = { .parts = { { .offset = 0x80, .vaddr = 0x08000000, .paddr = 0x08000000, .filesz = 0x380 },
                                                                   { .offset = 0x80, .vaddr = 0x08001000, .paddr = 0x08001000, .filesz = 0x380 } } } },
        // clang-format on
    };
    struct golden g;

    golden_begin(&g);
    for (const struct fault *f = faults; f < faults + sizeof faults / sizeof *faults; f++) {
        struct elf_made m = f->made;
        uint8_t file[ROOM];
        size_t len;
        struct err e;

        if (m.parts[0].memsz == 0 && m.parts[0].filesz == 0) {
            memcpy(m.parts, usual.parts, sizeof m.parts);
            memcpy(m.sections, usual.sections, sizeof m.sections);
        }
        len = elf_make(&m, file, sizeof file);
        for (uint32_t i = 0; i < f->patch_bytes; i++)
            file[f->patch_at + i] = (uint8_t)(f->patch >> 8 * i);
        if (parses(image_parse_elf, file, f->cut_to ? f->cut_to : len, &e))
            fail_msg("%s: no error", f->name);
        assert_int_equal(e.kind, ERR_INPUT);
        golden_case(&g, f->name, &e);
    }
    golden_end(&g, "elf.txt");
}

/* Every bit of the headers turned over, and every length cut: an error of kind input or a valid image, and a silent sanitizer. */
static void a_damaged_file_is_an_error_or_an_image(void **state)
{
    uint8_t file[ROOM];
    const size_t len = elf_make(&usual, file, sizeof file);
    struct err e;

    for (size_t i = 0; i < len; i++) {
        if (i == PHDR1 + sizeof(Elf32_Phdr))
            i = 0x400; /* the body says nothing */
        for (unsigned bit = 0; bit < 8; bit++) {
            file[i] ^= (uint8_t)(1 << bit);
            assert_true(parses(image_parse_elf, file, len, &e) || e.kind == ERR_INPUT);
            file[i] ^= (uint8_t)(1 << bit);
        }
        assert_true(parses(image_parse_elf, file, i, &e) || e.kind == ERR_INPUT);
    }
}

/* 65533 sections over 256 segments: the work stays bounded, and the sharing of bytes is found. */
static void thousands_of_headers_are_read_in_bounded_time(void **state)
{
    enum { SECTIONS = 65279, SEGMENTS = 256, BODY = 0x4000 };
    const size_t len = BODY + (size_t)SECTIONS * sizeof(Elf32_Shdr);
    uint8_t *const file = calloc(1, len);
    uint8_t head[ROOM];
    struct err e;

    elf_make(&usual, head, sizeof head);
    memcpy(file, head, sizeof(Elf32_Ehdr));
    put_le16(file + offsetof(Elf32_Ehdr, e_phnum), SEGMENTS);
    put_le32(file + EHDR_SHOFF, BODY);
    put_le16(file + offsetof(Elf32_Ehdr, e_shnum), SECTIONS);
    put_le16(file + offsetof(Elf32_Ehdr, e_shstrndx), 0);
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        uint8_t *const p = file + PHDR0 + i * sizeof(Elf32_Phdr);

        put_le32(p + offsetof(Elf32_Phdr, p_type), PT_LOAD);
        put_le32(p + offsetof(Elf32_Phdr, p_offset), 0x3000);
        put_le32(p + offsetof(Elf32_Phdr, p_filesz), 0x1000);
        put_le32(p + offsetof(Elf32_Phdr, p_memsz), 0x1000);
        put_le32(p + offsetof(Elf32_Phdr, p_vaddr), 0x08000000 + i * 0x1000);
        put_le32(p + offsetof(Elf32_Phdr, p_paddr), 0x08000000 + i * 0x1000);
    }
    for (uint32_t i = 1; i < SECTIONS; i++) {
        uint8_t *const s = file + BODY + i * sizeof(Elf32_Shdr);

        put_le32(s + offsetof(Elf32_Shdr, sh_type), SHT_PROGBITS);
        put_le32(s + offsetof(Elf32_Shdr, sh_flags), SHF_ALLOC);
        put_le32(s + offsetof(Elf32_Shdr, sh_addr), 0x080FF000);
        put_le32(s + offsetof(Elf32_Shdr, sh_offset), 0x3000);
        put_le32(s + offsetof(Elf32_Shdr, sh_size), 0x10);
    }
    assert_false(parses(image_parse_elf, file, len, &e));
    assert_non_null(strstr(e.cause, "overlap"));
    put_le16(file + offsetof(Elf32_Ehdr, e_phnum), SEGMENTS + 1);
    memcpy(file + PHDR0 + SEGMENTS * sizeof(Elf32_Phdr), file + PHDR0, sizeof(Elf32_Phdr));
    assert_false(parses(image_parse_elf, file, len, &e));
    assert_string_equal(e.cause, "more than 256 segments to be loaded");
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_lies_at_its_load_address_and_touches_the_code),
        cmocka_unit_test(headers_and_padding_in_the_first_segment_are_not_programmed),
        cmocka_unit_test(a_hole_between_sections_of_one_segment_stays_a_hole),
        cmocka_unit_test(without_section_headers_segments_are_taken_whole),
        cmocka_unit_test(a_segment_no_section_speaks_for_is_taken_whole),
        cmocka_unit_test(sections_outside_all_segments_are_left_out_with_a_note),
        cmocka_unit_test(all_load_addresses_0_mean_the_virtual_ones),
        cmocka_unit_test(the_last_address_can_be_used),
        cmocka_unit_test(every_fault_is_named),
        cmocka_unit_test(a_damaged_file_is_an_error_or_an_image),
        cmocka_unit_test(thousands_of_headers_are_read_in_bounded_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
