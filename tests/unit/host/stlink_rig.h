/* stlink_rig.h - an ST-LINK on a script: opened, connected, closed. */
#pragma once
#include "fake_usb.h"
#include "probe/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* V2J46M32 on a Nucleo, as in the founding case. */
#define OPEN                \
    "> f1\n"                \
    "< 2b a0 83 04 4b 37\n" \
    "> f5\n"                \
    "< 01 00\n"
#define CONNECT             \
    "> f5\n< 01 00\n"       \
    "> f2 30 a3\n< 80 00\n" \
    "> f5\n< 02 00\n"       \
    "> f2 4b 00\n< 80 00\n"
#define CLOSE "> f2 21\n"

struct probe *open_with(struct fake_usb *f, const char *script, struct err *e);

/* Opened and connected; then `script`. */
struct probe *connected_with(struct fake_usb *f, const char *script);

/* Closed, and the script at its end. */
void finish(struct fake_usb *f, struct probe *p);
