/* image_test.c - see image_test.h. */
#include "image_test.h"

#include <dirent.h>
#include <elf.h>
#include <inttypes.h>
#include <unistd.h>

void check_image(const struct image *im, size_t file_len)
{
    uint64_t end = 0, total = 0;

    for (size_t i = 0; i < im->count; i++) {
        const struct segment *const s = &im->segments[i];

        assert_true(s->len > 0);
        assert_true(i == 0 || s->addr > end); /* touching ones would have been joined */
        end = (uint64_t)s->addr + s->len;
        assert_true(end <= UINT64_C(1) << 32);
        total += s->len;
    }
    assert_true(total <= file_len);
    assert_int_equal(total, image_size(im));
}

bool parses(parser *parse, const void *bytes, size_t len, struct err *e)
{
    uint8_t *const exact = malloc(len ? len : 1); /* so that a sanitizer sees one byte too many */
    struct image im = { 0 };
    bool done;

    *e = (struct err){ 0 };
    memcpy(exact, bytes, len);
    done = parse(&im, exact, len, e);
    assert_memory_equal(exact, bytes, len);
    free(exact);
    if (done) {
        assert_int_equal(e->kind, ERR_NONE);
        assert_true(im.count > 0);
        check_image(&im, len);
    } else {
        assert_int_not_equal(e->kind, ERR_NONE);
        assert_true(e->cause[0]);
        assert_int_equal(im.count, 0);
        assert_null(im.segments);
    }
    image_free(&im);
    return done;
}

const char *image_text(const struct image *im, char *text, size_t cap)
{
    FILE *const f = fmemopen(text, cap, "w");

    for (size_t i = 0; i < im->count; i++) {
        fprintf(f, "0x%08" PRIx32, im->segments[i].addr);
        for (uint32_t at = 0; at < im->segments[i].len; at++)
            fprintf(f, " %02x", im->segments[i].bytes[at]);
        fprintf(f, "\n");
    }
    if (im->has_entry)
        fprintf(f, "entry 0x%08" PRIx32 "\n", im->entry);
    fclose(f);
    return text;
}

const char *checked(const char *records, char *out, size_t cap)
{
    char *const end = out + cap;
    char *line = out, *to = out;

    for (const char *from = records; *from; from++) {
        assert_true(to + 3 < end);
        if (from[0] == '?' && from[1] == '?') {
            const size_t skip = line[0] == 'S' ? 2 : 1;
            unsigned sum = 0, byte;

            for (const char *digits = line + skip; digits < to && sscanf(digits, "%2x", &byte) == 1; digits += 2)
                sum += byte;
            to += sprintf(to, "%02X", (line[0] == 'S' ? ~sum : 0 - sum) & 0xFF);
            from++;
        } else
            *to++ = *from;
        *to = '\0';
        if (*from == '\n')
            line = to;
    }
    return out;
}

void golden_begin(struct golden *g)
{
    g->file = open_memstream(&g->text, &g->len);
    assert_non_null(g->file);
}

void golden_case(struct golden *g, const char *name, const struct err *e)
{
    fprintf(g->file, "%s\n    error: %s [%s]\n", name, e->cause, err_kind_name(e->kind));
    for (unsigned i = 0; i < e->n_doing; i++)
        fprintf(g->file, "      while %s\n", e->doing[i]);
    for (unsigned i = 0; i < e->n_seen; i++)
        fprintf(g->file, "      seen  %s\n", e->seen[i]);
    if (e->hint[0])
        fprintf(g->file, "      try   %s\n", e->hint);
}

void golden_end(struct golden *g, const char *name)
{
    const char *const renew = getenv("SECTOR0_GOLDEN");
    char path[4096];
    size_t len;

    fclose(g->file);
    snprintf(path, sizeof path, "%s/golden/image/%s", TESTS_DIR, name);
    if (renew && strcmp(renew, "write") == 0)
        scratch_write(path, g->text, g->len);

    uint8_t *const want = scratch_read(path, &len);
    size_t same = 0;

    while (same < len && same < g->len && (char)want[same] == g->text[same])
        same++;
    if (same < len || same < g->len) {
        size_t from = same;

        while (from > 0 && g->text[from - 1] != '\n')
            from--;
        print_message("# %s differs at byte %zu\n# golden: %.*s\n# now:    %.*s\n", path, same, (int)strcspn((char *)want + from, "\n"),
                      (char *)want + from, (int)strcspn(g->text + from, "\n"), g->text + from);
    }
    assert_int_equal(same, g->len);
    assert_int_equal(same, len);
    free(want);
    free(g->text);
}

const char *scratch_begin(char *folder, size_t cap)
{
    const char *const tmp = getenv("TMPDIR");

    snprintf(folder, cap, "%s/sector0-image-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    return folder;
}

void scratch_end(const char *folder)
{
    DIR *const d = opendir(folder);
    char path[4096];

    assert_non_null(d);
    for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(d);
    assert_int_equal(rmdir(folder), 0);
}

void scratch_write(const char *path, const void *bytes, size_t len)
{
    FILE *const f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

uint8_t *scratch_read(const char *path, size_t *len)
{
    FILE *const f = fopen(path, "rb");
    uint8_t *bytes;

    if (!f)
        fail_msg("cannot open %s", path);
    fseek(f, 0, SEEK_END);
    *len = (size_t)ftell(f);
    rewind(f);
    bytes = calloc(1, *len + 1);
    assert_int_equal(fread(bytes, 1, *len, f), *len);
    fclose(f);
    return bytes;
}

size_t elf_make(const struct elf_made *m, uint8_t *bytes, size_t cap)
{
    const uint32_t body = m->body ? m->body : 0x400;
    uint32_t parts = 0, sections = 0, names = 1;
    char strings[256] = "";
    uint8_t *at;

    while (parts < 6 && memcmp(&m->parts[parts], &(struct elf_part){ 0 }, sizeof *m->parts) != 0)
        parts++;
    while (sections < 8 && m->sections[sections].name)
        sections++;

    const size_t headers = sections ? (size_t)(sections + 2) * sizeof(Elf32_Shdr) : 0;

    assert_true(body + headers + sizeof strings <= cap);
    memset(bytes, 0, cap);
    for (uint32_t i = 0; i < body; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    memset(bytes, 0, sizeof(Elf32_Ehdr));
    memcpy(bytes, ELFMAG, SELFMAG);
    bytes[EI_CLASS] = m->class ? m->class : ELFCLASS32;
    bytes[EI_DATA] = m->data ? m->data : ELFDATA2LSB;
    bytes[EI_VERSION] = EV_CURRENT;
    put_le16(bytes + offsetof(Elf32_Ehdr, e_type), m->type ? m->type : ET_EXEC);
    put_le16(bytes + offsetof(Elf32_Ehdr, e_machine), m->machine ? m->machine : EM_ARM);
    if (m->data == ELFDATA2MSB)
        put_be16(bytes + offsetof(Elf32_Ehdr, e_machine), m->machine ? m->machine : EM_ARM);
    put_le32(bytes + offsetof(Elf32_Ehdr, e_version), EV_CURRENT);
    put_le32(bytes + offsetof(Elf32_Ehdr, e_entry), m->entry);
    put_le32(bytes + offsetof(Elf32_Ehdr, e_phoff), parts ? sizeof(Elf32_Ehdr) : 0);
    put_le16(bytes + offsetof(Elf32_Ehdr, e_ehsize), sizeof(Elf32_Ehdr));
    put_le16(bytes + offsetof(Elf32_Ehdr, e_phentsize), sizeof(Elf32_Phdr));
    put_le16(bytes + offsetof(Elf32_Ehdr, e_phnum), parts);

    for (uint32_t i = 0; i < parts; i++) {
        const struct elf_part *const p = &m->parts[i];

        at = bytes + sizeof(Elf32_Ehdr) + i * sizeof(Elf32_Phdr);
        put_le32(at + offsetof(Elf32_Phdr, p_type), p->type ? p->type : PT_LOAD);
        put_le32(at + offsetof(Elf32_Phdr, p_offset), p->offset);
        put_le32(at + offsetof(Elf32_Phdr, p_vaddr), p->vaddr);
        put_le32(at + offsetof(Elf32_Phdr, p_paddr), p->paddr);
        put_le32(at + offsetof(Elf32_Phdr, p_filesz), p->filesz);
        put_le32(at + offsetof(Elf32_Phdr, p_memsz), p->memsz ? p->memsz : p->filesz);
    }
    if (!sections)
        return body;

    put_le32(bytes + offsetof(Elf32_Ehdr, e_shoff), body);
    put_le16(bytes + offsetof(Elf32_Ehdr, e_shentsize), sizeof(Elf32_Shdr));
    put_le16(bytes + offsetof(Elf32_Ehdr, e_shnum), sections + 2);
    put_le16(bytes + offsetof(Elf32_Ehdr, e_shstrndx), sections + 1);
    for (uint32_t i = 0; i < sections; i++) {
        const struct elf_section *const s = &m->sections[i];

        at = bytes + body + (i + 1) * sizeof(Elf32_Shdr);
        put_le32(at + offsetof(Elf32_Shdr, sh_name), names);
        put_le32(at + offsetof(Elf32_Shdr, sh_type), s->type ? s->type : SHT_PROGBITS);
        put_le32(at + offsetof(Elf32_Shdr, sh_flags), s->flags ? s->flags : SHF_ALLOC);
        put_le32(at + offsetof(Elf32_Shdr, sh_addr), s->addr);
        put_le32(at + offsetof(Elf32_Shdr, sh_offset), s->offset);
        put_le32(at + offsetof(Elf32_Shdr, sh_size), s->size);
        strcpy(strings + names, s->name);
        names += (uint32_t)strlen(s->name) + 1;
    }
    at = bytes + body + (sections + 1) * sizeof(Elf32_Shdr);
    put_le32(at + offsetof(Elf32_Shdr, sh_type), SHT_STRTAB);
    put_le32(at + offsetof(Elf32_Shdr, sh_offset), (uint32_t)(body + headers));
    put_le32(at + offsetof(Elf32_Shdr, sh_size), names);
    memcpy(bytes + body + headers, strings, names);
    return body + headers + names;
}
