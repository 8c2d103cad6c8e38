/* boot_test.h - what the tests of boot/ share: a fake bootloader, an image, a job on the road over it. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "boot/boot.h"
#include "fake_dfu.h"
#include "flash/option.h"

enum { FOUNDING_BYTES = 68724, FOUNDING_PAGES = 34 };

/* `len` bytes at FAKE_BASE from `seed`, never 0xFF, with good vectors. */
static inline void make_image(struct image *im, uint32_t len, uint8_t seed)
{
    struct err e = { 0 };
    uint8_t *bytes = malloc(len);

    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, 0x08000101);
    image_free(im);
    assert_true(image_add(im, FAKE_BASE, bytes, len, &e));
    free(bytes);
}

static inline bool holds(const struct fake_dfu *f, const struct image *im)
{
    for (size_t i = 0; i < im->count; i++)
        if (memcmp(f->flash + (im->segments[i].addr - FAKE_BASE), im->segments[i].bytes, im->segments[i].len) != 0)
            return false;
    return true;
}

/* As `sector0 flash` does it, without a place for saves. */
static inline bool flash_job(struct fake_dfu *f, const struct image *im, struct session *s, bool *left_in_order, struct err *e)
{
    const struct plan_choices choices = { .no_save = true };
    struct boot b = { 0 };
    struct want w = { 0 };
    struct plan p = { 0 };
    bool ok;

    *e = (struct err){ 0 };
    *s = (struct session){ 0 };
    ok = boot_open(&b, &f->usb, e) && session_open_road(s, &road_dfu, &b.chip, &b, e) &&
         want_from_image(&w, s->chip.device, s->chip.flash_bytes, im, e) && session_check(s, &w, &choices, e) && session_take(s, e) &&
         session_compare(s, &w, false, e) && session_plan(s, &p, &w, &choices, e) && session_execute(s, &p, "flash", e) &&
         session_finish(s, true, e);
    *left_in_order = ok || !session_abandon(s);
    plan_free(&p);
    want_free(&w);
    session_close(s);
    boot_close(&b);
    return ok;
}
