/* stlink_rig.c - see stlink_rig.h. */
#include "stlink_rig.h"

struct probe *open_with(struct fake_usb *f, const char *script, struct err *e)
{
    fake_usb_init(f, 0x374B, script);
    return probe_kind_of(&f->base.id)->open(&f->base, e);
}

struct probe *connected_with(struct fake_usb *f, const char *script)
{
    struct err e = { 0 };
    struct probe *p = open_with(f, OPEN CONNECT, &e);

    assert_non_null(p);
    assert_true(p->ops->connect(p, &e));
    fake_usb_continue(f, script);
    return p;
}

void finish(struct fake_usb *f, struct probe *p)
{
    fake_usb_continue(f, CLOSE);
    p->ops->close(p);
    fake_usb_done(f);
    assert_true(f->closed);
}
