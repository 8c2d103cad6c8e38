/* engine_test.c - see engine_test.h. */
#define _XOPEN_SOURCE 700
#include "engine_test.h"

#include <ftw.h>
#include <unistd.h>

void rig_begin(struct rig *r)
{
    const struct flash_facts *f = device_stm32u073.flash;

    memset(r, 0, sizeof *r);
    memset(r->flash, 0xFF, sizeof r->flash);
    for (unsigned i = 0; f->options[i].name; i++)
        r->look.option[r->look.options++] = f->options[i].factory;
}

void rig_end(struct rig *r) { image_free(&r->image); }

void rig_image(struct rig *r, uint32_t addr, uint32_t len, uint8_t seed)
{
    uint8_t *bytes = malloc(len);

    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed) % 255);
    if (addr == BASE && len >= 8) {
        put_le32(bytes, 0x20008000);
        put_le32(bytes + 4, BASE + 0x101);
    }
    assert_true(image_add(&r->image, addr, bytes, len, &r->e));
    free(bytes);
}

void rig_programmed(struct rig *r)
{
    for (size_t i = 0; i < r->image.count; i++)
        memcpy(r->flash + (r->image.segments[i].addr - BASE), r->image.segments[i].bytes, r->image.segments[i].len);
}

void rig_option(struct rig *r, const char *assignment) { assert_true(option_assign(r->look.option, &device_stm32u073, assignment, &r->e)); }

bool rig_want(struct rig *r, struct want *w)
{
    if (!want_from_image(w, &device_stm32u073, sizeof r->flash, &r->image, &r->e))
        return false;
    for (size_t i = 0; i < w->count; i++) {
        struct want_page *p = &w->pages[i];
        const uint8_t *now = r->flash + (p->addr - BASE);

        p->now_crc = crc32_of(now, PAGE);
        p->damaged = r->damaged[(p->addr - BASE) / PAGE];
        p->looked = true;
        if (!p->kept)
            want_keep(p, now + p->gap);
    }
    return true;
}

__attribute__((format(printf, 3, 4))) static void add(char *text, size_t cap, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + used, cap - used, format, args);
    va_end(args);
}

static void add_step(char *text, size_t cap, const struct plan_step *s)
{
    const unsigned page = (s->addr - BASE) / PAGE, from = (s->addr - BASE) % PAGE;

    switch (s->kind) {
    case STEP_ERASE: add(text, cap, "E%u ", page); break;
    case STEP_DISARM: add(text, cap, "D%u ", page); break;
    case STEP_ERASE_ALL: add(text, cap, "ALL "); break;
    case STEP_SET_EMPTY: add(text, cap, "+e "); break;
    case STEP_CLEAR_EMPTY: add(text, cap, "-e "); break;
    default: add(text, cap, "%c%u:%u..%u ", s->kind == STEP_PROGRAM ? 'P' : s->kind == STEP_CHECK ? 'C' : 'R', page, from, from + s->len);
    }
}

const char *rig_plan(struct rig *r, char *text, size_t cap)
{
    struct want w = { 0 };
    struct plan p = { 0 };

    text[0] = '\0';
    r->e = (struct err){ 0 };
    if (rig_want(r, &w) && plan_make(&p, &w, &r->look, &r->choices, &r->e)) {
        for (size_t i = 0; i < p.steps_count; i++)
            add_step(text, cap, &p.steps[i]);
        add(text, cap, "| %s", plan_guard_name(p.guard));
        if (p.saves)
            add(text, cap, " | saves");
        for (size_t i = 0; i < w.count; i++)
            if (p.pages[i].save)
                add(text, cap, " %u", (unsigned)(w.pages[i].addr - BASE) / PAGE);
    } else {
        add(text, cap, "error: %s", r->e.cause);
    }
    plan_free(&p);
    want_free(&w);
    return text;
}

const char *scratch_begin(char *folder, size_t cap)
{
    snprintf(folder, cap, "/tmp/sector0-test-XXXXXX");
    return mkdtemp(folder);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) { return remove(path); }

void scratch_end(const char *folder) { nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS); }
