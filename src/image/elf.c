/* elf.c - the loadable bytes of a linked 32-bit ARM ELF file.
 *
 * Sources: System V ABI, chapters 4 and 5 (generic ELF); ELF for the Arm Architecture (IHI 0044).
 *
 * Program headers say what is loaded and where: PT_LOAD, p_filesz > 0, at the physical address p_paddr (.data lies in flash at its load
 * address and is copied to RAM by start-up code). But a segment may hold more than the program: GNU ld lets the first one begin with the
 * ELF header itself and the padding after it when the first section's address allows that (every program linked behind a bootloader, at
 * 0x08004000 say), and lets one segment span a hole that the linker script left for something else. Programming those bytes destroys what
 * lives there. So where sections exist, exactly their bytes are taken, at their segment's load address; that is also what `objcopy -O
 * binary` and GDB's `load` do. A segment without sections is taken whole.
 *
 * Every offset and length is checked here before libelf sees the file. */
#include "base/bytes.h"
#include "image/text.h"

#include <elf.h>
#include <gelf.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EHDR16(bytes, field) get_le16((bytes) + offsetof(Elf32_Ehdr, field))
#define EHDR32(bytes, field) get_le32((bytes) + offsetof(Elf32_Ehdr, field))
#define PHDR32(bytes, field) get_le32((bytes) + offsetof(Elf32_Phdr, field))

enum { LOADS_MAX = 256 };           /* segments with bytes; linker scripts make a handful */
enum { SEGMENT_NUMBERS = 0x10000 }; /* `where` of a piece: section number, or this plus the segment's number */

struct load { /* one PT_LOAD with bytes in the file */
    uint32_t number, offset, filesz, vaddr, memsz, lma;
    bool has_sections;
};

struct elf_reader {
    const uint8_t *bytes;
    size_t len;
    Elf *elf;     /* NULL while the headers are being checked */
    size_t names; /* section number of the section names */
    struct load loads[LOADS_MAX];
    unsigned n_loads;
    uint64_t taken; /* bytes so far */
    struct pieces pieces;
    unsigned left_out;
    char first_left_out[40];
};

static const struct machine {
    unsigned number;
    const char *name;
} machines[] = {
    // clang-format off
    { EM_386,         "x86"       },
    { EM_X86_64,      "x86-64"    },
    { EM_AARCH64,     "64-bit ARM (AArch64)" },
    { EM_RISCV,       "RISC-V"    },
    { EM_AVR,         "AVR"       },
    { EM_XTENSA,      "Xtensa"    },
    { EM_MIPS,        "MIPS"      },
    { EM_MSP430,      "MSP430"    },
    { EM_PPC,         "PowerPC"   },
    { EM_PPC64,       "PowerPC64" },
    { EM_S390,        "S/390"     },
    { EM_LOONGARCH,   "LoongArch" },
    // clang-format on
};

static const char *const damaged = "the file is damaged or was copied in part: build it again";

static bool check_identity(const uint8_t *bytes, size_t len, struct err *e)
{
    char start[40];

    if (len < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
        err_set(e, ERR_INPUT, "this is not an ELF file");
        return err_seen(e, "offset 0x0: \"%s\"", text_excerpt(bytes, len < 8 ? len : 8, start, sizeof start));
    }
    if (len < sizeof(Elf32_Ehdr)) {
        err_set(e, ERR_INPUT, "the file ends inside the ELF header: %zu of %zu bytes", len, sizeof(Elf32_Ehdr));
        return err_hint(e, "%s", damaged);
    }

    /* e_machine stands at the same offset in 32-bit and 64-bit files; its byte order is the file's. */
    const uint8_t *const at = bytes + offsetof(Elf32_Ehdr, e_machine);
    const unsigned machine = bytes[EI_DATA] == ELFDATA2MSB ? get_be16(at) : get_le16(at);

    if (machine != EM_ARM) {
        char number[32];
        const char *name = number;

        snprintf(number, sizeof number, "machine 0x%04x", machine);
        for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
            if (machines[i].number == machine)
                name = machines[i].name;
        err_set(e, ERR_INPUT, "this ELF is for %s, not ARM", name);
        err_seen(e, "offset 0x%zx: e_machine=%u", offsetof(Elf32_Ehdr, e_machine), machine);
        return err_hint(e, "build the program with a compiler for the chip, such as arm-none-eabi-gcc");
    }
    if (bytes[EI_CLASS] != ELFCLASS32) {
        err_set(e, ERR_INPUT, "this ELF is not a 32-bit one");
        return err_seen(e, "offset 0x%x: EI_CLASS=%u", EI_CLASS, (unsigned)bytes[EI_CLASS]);
    }
    if (bytes[EI_DATA] != ELFDATA2LSB) {
        err_set(e, ERR_INPUT, "this ELF is not little-endian, as STM32 are");
        return err_seen(e, "offset 0x%x: EI_DATA=%u", EI_DATA, (unsigned)bytes[EI_DATA]);
    }
    if (bytes[EI_VERSION] != EV_CURRENT || EHDR32(bytes, e_version) != EV_CURRENT) {
        err_set(e, ERR_INPUT, "this ELF is of an unknown version");
        return err_seen(e, "offset 0x%x: EI_VERSION=%u, offset 0x%zx: e_version=%" PRIu32, EI_VERSION, (unsigned)bytes[EI_VERSION],
                        offsetof(Elf32_Ehdr, e_version), EHDR32(bytes, e_version));
    }
    return true;
}

static bool check_type(const uint8_t *bytes, struct err *e)
{
    const unsigned type = EHDR16(bytes, e_type);

    switch (type) {
    case ET_EXEC: return true;
    case ET_REL:
        err_set(e, ERR_INPUT, "this is an object file, not a linked program: its code has no addresses yet");
        err_hint(e, "link it with the chip's linker script first");
        break;
    case ET_DYN:
        err_set(e, ERR_INPUT, "this is a shared or position-independent ELF: it has no fixed addresses");
        err_hint(e, "link it without -pie or -shared");
        break;
    case ET_CORE: err_set(e, ERR_INPUT, "this is a core dump, not a program"); break;
    default: err_set(e, ERR_INPUT, "this ELF is not a program"); break;
    }
    return err_seen(e, "offset 0x%zx: e_type=%u", offsetof(Elf32_Ehdr, e_type), type);
}

/* Does the table of `count` entries at `offset` lie in the file, with entries of the size they must have? */
static bool check_table(const struct elf_reader *r, const char *name, uint32_t offset, uint32_t count, uint32_t entry, size_t must,
                        struct err *e)
{
    const uint64_t end = (uint64_t)offset + (uint64_t)count * must;

    if (entry != must)
        return err_set(e, ERR_INPUT, "%s headers of %" PRIu32 " bytes each: 32-bit ELF has %zu", name, entry, must);
    if (end > r->len) {
        err_set(e, ERR_INPUT, "the file ends before or inside its %s headers", name);
        err_seen(e, "%" PRIu32 " headers at offset 0x%" PRIx32 "..0x%" PRIx64 ", the file has 0x%zx bytes", count, offset, end, r->len);
        return err_hint(e, "%s", damaged);
    }
    return true;
}

static bool check_segment(const struct elf_reader *r, const struct load *load, struct err *e)
{
    const uint64_t file_end = (uint64_t)load->offset + load->filesz;

    if (file_end > r->len) {
        err_set(e, ERR_INPUT, "the file ends inside segment %" PRIu32, load->number);
        err_seen(e, "its bytes are at offset 0x%" PRIx32 "..0x%" PRIx64 ", the file has 0x%zx bytes", load->offset, file_end, r->len);
        return err_hint(e, "%s", damaged);
    }
    if (load->filesz > load->memsz) {
        err_set(e, ERR_INPUT, "segment %" PRIu32 " has more bytes in the file than in memory", load->number);
        return err_seen(e, "p_filesz=0x%" PRIx32 " p_memsz=0x%" PRIx32, load->filesz, load->memsz);
    }
    if ((uint64_t)load->lma + load->filesz > UINT64_C(1) << 32 || (uint64_t)load->vaddr + load->memsz > UINT64_C(1) << 32) {
        err_set(e, ERR_INPUT, "segment %" PRIu32 " runs past the end of the address space", load->number);
        return err_seen(e, "p_paddr=0x%08" PRIx32 " p_filesz=0x%" PRIx32 " p_vaddr=0x%08" PRIx32 " p_memsz=0x%" PRIx32, load->lma,
                        load->filesz, load->vaddr, load->memsz);
    }
    return true;
}

static bool check_segments(struct elf_reader *r, struct err *e)
{
    const uint32_t offset = EHDR32(r->bytes, e_phoff), count = EHDR16(r->bytes, e_phnum);
    bool any_lma = false;
    unsigned in_memory = 0;

    if (offset == 0 || count == 0)
        return err_set(e, ERR_INPUT, "this ELF has no program headers: nothing says what is to be loaded");
    if (count == PN_XNUM)
        return err_set(e, ERR_INPUT, "this ELF has 65535 or more program headers");
    if (!check_table(r, "program", offset, count, EHDR16(r->bytes, e_phentsize), sizeof(Elf32_Phdr), e))
        return false;

    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *const p = r->bytes + offset + (size_t)i * sizeof(Elf32_Phdr);
        const struct load load = {
            .number = i,
            .offset = PHDR32(p, p_offset),
            .filesz = PHDR32(p, p_filesz),
            .vaddr = PHDR32(p, p_vaddr),
            .memsz = PHDR32(p, p_memsz),
            .lma = PHDR32(p, p_paddr),
        };

        any_lma |= load.lma != 0;
        if (PHDR32(p, p_type) != PT_LOAD)
            continue;
        in_memory += load.memsz != 0;
        if (load.filesz == 0)
            continue;
        if (!check_segment(r, &load, e))
            return false;
        if (r->n_loads == LOADS_MAX)
            return err_set(e, ERR_INPUT, "more than %d segments to be loaded", LOADS_MAX);
        r->loads[r->n_loads++] = load;
    }
    if (r->n_loads == 0) {
        err_set(e, ERR_INPUT, "this ELF has no bytes to load");
        return err_hint(e, "was everything discarded as unused? KEEP the vector table in the linker script, and name an entry point");
    }
    /* Some linkers leave every p_paddr 0; then the virtual addresses are meant. (BFD decides the same way.) */
    if (!any_lma && in_memory > 1)
        for (unsigned i = 0; i < r->n_loads; i++)
            r->loads[i].lma = r->loads[i].vaddr;
    return true;
}

static bool check_sections(const struct elf_reader *r, struct err *e)
{
    const uint32_t offset = EHDR32(r->bytes, e_shoff), count = EHDR16(r->bytes, e_shnum);

    if (offset == 0)
        return true;
    if (count == 0)
        return err_set(e, ERR_INPUT, "this ELF has section headers, but their number is 0 (or over 65279)");
    return check_table(r, "section", offset, count, EHDR16(r->bytes, e_shentsize), sizeof(Elf32_Shdr), e);
}

static const char *section_name(struct elf_reader *r, uint32_t number, char *text, size_t cap)
{
    GElf_Shdr h;
    const char *const name = gelf_getshdr(elf_getscn(r->elf, number), &h) ? elf_strptr(r->elf, r->names, h.sh_name) : NULL;

    if (name && name[0])
        text_excerpt((const uint8_t *)name, strlen(name), text, cap);
    else
        snprintf(text, cap, "number %" PRIu32, number);
    return text;
}

static const char *piece_name(struct elf_reader *r, uint32_t where, char *text, size_t cap)
{
    char name[60];

    if (where >= SEGMENT_NUMBERS)
        snprintf(text, cap, "segment %" PRIu32, where - SEGMENT_NUMBERS);
    else
        snprintf(text, cap, "section %s", section_name(r, where, name, sizeof name));
    return text;
}

static bool take(struct elf_reader *r, uint32_t lma, uint32_t offset, uint32_t len, uint32_t where, struct err *e)
{
    char name[80];

    if ((uint64_t)lma + len > UINT64_C(1) << 32) {
        err_set(e, ERR_INPUT, "%s runs past the end of the address space", piece_name(r, where, name, sizeof name));
        return err_seen(e, "0x%" PRIx32 " bytes at 0x%08" PRIx32, len, lma);
    }
    r->taken += len;
    if (r->taken > r->len) {
        err_set(e, ERR_INPUT, "sections or segments share bytes of the file: together they are longer than it");
        return err_seen(e, "%s is the one too many", piece_name(r, where, name, sizeof name));
    }
    return pieces_add(&r->pieces, lma, r->bytes + offset, len, where, e);
}

static struct load *load_of_section(struct elf_reader *r, const GElf_Shdr *h)
{
    for (struct load *l = r->loads; l < r->loads + r->n_loads; l++)
        if (h->sh_offset >= l->offset && (uint64_t)h->sh_offset + h->sh_size <= (uint64_t)l->offset + l->filesz && h->sh_addr >= l->vaddr &&
            (uint64_t)h->sh_addr + h->sh_size <= (uint64_t)l->vaddr + l->memsz)
            return l;
    return NULL;
}

static bool take_section(struct elf_reader *r, uint32_t number, const GElf_Shdr *h, struct err *e)
{
    char name[60];
    struct load *load;

    if (!(h->sh_flags & SHF_ALLOC) || h->sh_type == SHT_NOBITS || h->sh_type == SHT_NULL || h->sh_size == 0)
        return true;
    if (h->sh_offset + h->sh_size > r->len) { /* both are 32 bits wide in the file */
        err_set(e, ERR_INPUT, "the file ends inside section %s", section_name(r, number, name, sizeof name));
        err_seen(e, "its bytes are at offset 0x%" PRIx64 "..0x%" PRIx64 ", the file has 0x%zx bytes", h->sh_offset,
                 h->sh_offset + h->sh_size, r->len);
        return err_hint(e, "%s", damaged);
    }
    load = load_of_section(r, h);
    if (!load) { /* as a loader would: only segments are loaded */
        if (r->left_out++ == 0)
            section_name(r, number, r->first_left_out, sizeof r->first_left_out);
        return true;
    }
    load->has_sections = true;

    const uint32_t offset = (uint32_t)h->sh_offset;

    return take(r, load->lma + (offset - load->offset), offset, (uint32_t)h->sh_size, number, e);
}

static bool take_sections(struct elf_reader *r, struct err *e)
{
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(r->elf, section)) != NULL) {
        GElf_Shdr h;

        if (!gelf_getshdr(section, &h)) /* a copy: in the file it may stand at an odd address */
            return err_set(e, ERR_INPUT, "section %zu cannot be read: %s", elf_ndxscn(section), elf_errmsg(-1));
        if (!take_section(r, (uint32_t)elf_ndxscn(section), &h, e))
            return false;
    }
    return true;
}

/* Segments that no section speaks for. One that holds nothing but the file's own headers is no program; one that begins with them and
 * goes on cannot be told apart into headers, padding and program. */
static bool take_bare_segments(struct elf_reader *r, struct err *e)
{
    const uint64_t table_end = EHDR32(r->bytes, e_phoff) + (uint64_t)EHDR16(r->bytes, e_phnum) * sizeof(Elf32_Phdr);
    const uint64_t headers_end = table_end > sizeof(Elf32_Ehdr) ? table_end : sizeof(Elf32_Ehdr);

    for (const struct load *l = r->loads; l < r->loads + r->n_loads; l++) {
        if (l->has_sections || (uint64_t)l->offset + l->filesz <= headers_end)
            continue;
        if (l->offset < sizeof(Elf32_Ehdr)) {
            err_set(e, ERR_INPUT,
                    "segment %" PRIu32 " begins with the ELF file's own header, and no section tells where the program begins", l->number);
            err_seen(e, "p_offset=0x%" PRIx32 " p_paddr=0x%08" PRIx32 " p_filesz=0x%" PRIx32, l->offset, l->lma, l->filesz);
            return err_hint(e, "keep the section headers when stripping, or make an Intel HEX file from the unstripped ELF");
        }
        if (!take(r, l->lma, l->offset, l->filesz, SEGMENT_NUMBERS + l->number, e))
            return false;
    }
    return true;
}

static bool build(struct elf_reader *r, struct image *im, struct err *e)
{
    struct clash clash;
    char later[80], earlier[80];

    if (r->pieces.count == 0)
        return err_set(e, ERR_INPUT, "this ELF has no bytes to load");
    if (pieces_build(&r->pieces, im, &clash, e))
        return true;
    if (clash.where) {
        err_set(e, ERR_INPUT, "%s and %s overlap", piece_name(r, clash.earlier, earlier, sizeof earlier),
                piece_name(r, clash.where, later, sizeof later));
        err_seen(e, "both want 0x%08" PRIx32 "..0x%08" PRIx32, clash.first, clash.last);
        err_hint(e, "look at the load addresses (LMA, `AT>`) in the linker script");
    }
    return false;
}

static bool read_elf(struct elf_reader *r, struct image *im, struct err *e)
{
    if (!check_identity(r->bytes, r->len, e) || !check_type(r->bytes, e) || !check_segments(r, e) || !check_sections(r, e))
        return false;
    elf_version(EV_CURRENT);
    r->elf = elf_memory((char *)(uintptr_t)r->bytes, r->len); /* opened for reading: libelf leaves the bytes as they are */
    if (!r->elf || elf_kind(r->elf) != ELF_K_ELF || elf_getshdrstrndx(r->elf, &r->names) != 0)
        return err_set(e, ERR_INPUT, "libelf cannot read this file: %s", elf_errmsg(-1));
    if (!take_sections(r, e) || !take_bare_segments(r, e) || !build(r, im, e))
        return false;
    im->entry = EHDR32(r->bytes, e_entry);
    im->has_entry = im->entry != 0;
    if (r->left_out == 1)
        snprintf(im->note, sizeof im->note, "section %s lies in no segment and is left out", r->first_left_out);
    else if (r->left_out)
        snprintf(im->note, sizeof im->note, "%u sections (%s, ...) lie in no segment and are left out", r->left_out, r->first_left_out);
    return true;
}

bool image_parse_elf(struct image *im, const uint8_t *bytes, size_t len, struct err *e)
{
    struct elf_reader r = { .bytes = bytes, .len = len };
    const bool done = read_elf(&r, im, e);

    elf_end(r.elf);
    pieces_free(&r.pieces);
    if (done)
        memcpy(im->format, "elf", 4);
    else
        image_free(im);
    return done;
}
