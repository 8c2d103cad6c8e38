/* compat_st_verify.c - -v: what -w wrote, by the target's CRC unit, else by reading. See compat_st.h. */
#include "cli/compat_st.h"

#include <inttypes.h>

bool st_no_verify(struct st *st, struct st_job *job, struct err *e) { return true; }

static bool tell_mismatch(struct st *st, uint32_t addr, uint8_t now, uint8_t wanted, struct err *e)
{
    st_failed(st, "Data mismatch found at address 0x%08" PRIX32 " (byte = 0x%02X instead of 0x%02X)", addr, now, wanted);
    st_failed(st, "Download verification failed");
    err_set(e, ERR_VERIFY, "the target does not hold what the file says");
    return err_seen(e, "0x%08" PRIX32 " is 0x%02X, not 0x%02X", addr, now, wanted);
}

static bool verify_by_reading(struct st *st, struct err *e)
{
    const uint64_t total = image_size(st->last);
    uint64_t done = 0;

    st_print(st, "Read progress:\n");
    st->bar_shown = 0;
    for (size_t i = 0; i < st->last->count; i++) {
        const struct segment *s = &st->last->segments[i];

        for (uint32_t at = 0; at < s->len;) {
            uint8_t now[4096];
            const uint32_t n = s->len - at < sizeof now ? s->len - at : (uint32_t)sizeof now;

            if (!(st->usb ? st_usb_read(st, s->addr + at, now, n, e) : mem_read(&st->f.t.mem, s->addr + at, now, n, e))) {
                if (!st->usb)
                    target_explain_fault(&st->f.t, s->addr + at, e);
                return st_failed(st, "Data read failed");
            }
            for (uint32_t k = 0; k < n; k++)
                if (now[k] != s->bytes[at + k])
                    return tell_mismatch(st, s->addr + at + k, now[k], s->bytes[at + k], e);
            at += n;
            done += n;
            if (done < total)
                st_bar(st, done, total);
        }
    }
    st_bar(st, 1, 1);
    return true;
}

/* By the target's CRC unit. What is not flash, and pages that differ, are read. */
static bool verify_by_checksum(struct st *st, bool *same, struct err *e)
{
    struct flashing *f = &st->f;
    bool halted;

    *same = false;
    for (size_t i = 0; i < st->last->count; i++)
        if (!st_is_flash(st, st->last->segments[i].addr, st->last->segments[i].len))
            return true;
    if (!st_is_halted(st, &halted, e))
        return false;
    f->choices.no_save = true;
    f->t.was_halted = halted; /* session_compare puts the core back so */
    if (!flashing_begin(f, &st->cli, e) || !want_from_image(&f->want, f->t.device, f->t.flash_bytes, st->last, e) ||
        !session_compare(&f->s, &f->want, true, e))
        return false;
    *same = true;
    for (size_t i = 0; i < f->want.count; i++)
        *same = *same && !f->want.pages[i].damaged && f->want.pages[i].now_crc == want_crc(&f->want, &f->want.pages[i]);
    return true;
}

bool st_verify(struct st *st, struct st_job *job, struct err *e)
{
    bool same = false;

    if (!st->last)
        return err_set(e, ERR_USAGE, "%s: there was no -w before it, so there is nothing to compare with", job->spelled);
    st_print(st, "\nVerifying ...\n\n");
    if (job->simple && !st->usb) {
        const bool ok = verify_by_checksum(st, &same, e);

        flashing_clear(&st->f);
        target_leave(&st->f.t, false);
        if (!ok)
            return st_failed(st, "Data read failed");
    }
    if (!same && !verify_by_reading(st, e))
        return false;
    st_print(st, "\nDownload verified successfully \n\n");
    return true;
}
