/* cli_rig.h - one invocation of `sector0` inside a test: its streams caught, its USB devices made up, its text held against a golden file.
 */
#pragma once
#include "cli/frame.h"

enum { RIG_TEXT = 32768 };

struct rig {
    /* before */
    const char *env_probe, *no_color, *term;
    const char *answer; /* what is typed; not NULL: at a terminal */
    bool err_tty;
    /* after */
    int status;
    char out[RIG_TEXT], err[RIG_TEXT];
};

/* Attached devices, as the fabric "usb" lists them; opening one fails as `open_error` says. */
extern struct usb_id rig_devices[8];
extern unsigned rig_device_count, rig_opened;
struct usb_id *rig_attach(uint16_t pid, const char *serial, const char *path);
void rig_detach_all(void);

/* `words` are split at blanks; '...' keeps blanks. */
int rig_run(struct rig *r, const char *words);

/* Status, output and errors are as tests/unit/cli/golden/NAME.txt has them. UPDATE_GOLDEN=1 in the environment writes it instead. */
void rig_is_golden(const struct rig *r, const char *words, const char *name);
