/* command.h - a command of `sector0`: its words, and what it may do to a target. One file per command (cmd_<name>.c), listed in commands.c.
 */
#pragma once
#include "base/err.h"
#include "boot/boot.h"
#include "cortexm/target.h"
#include "usb/usb.h"

#include <jansson.h>
#include <stdio.h>

enum cli_exit {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NO_DEVICE = 3,
    EXIT_REFUSED = 4,
    EXIT_DIFFERS = 5,
    EXIT_ATTENTION = 6,
    EXIT_INTERRUPTED = 7,
};

struct cli_option {    /* ends with name NULL */
    const char *name;  /* "--at" */
    const char *value; /* "ADDR"; NULL: a switch */
    const char *help;
};

struct cli { /* one invocation */
    const struct command *command;
    const struct usb_fabric *const *fabrics; /* ends with NULL; from main */
    /* settled words, common to all commands */
    const char *probe; /* --probe, SECTOR0_PROBE, or NULL */
    bool connect_given;
    enum target_connect connect;
    unsigned speed_khz; /* 4000 by default */
    bool json, quiet, yes, color, progress;
    unsigned verbose;
    FILE *trace;                 /* --trace FILE, or NULL */
    json_t *kept_trace;          /* an array: the newest lines of the trace, for a report; NULL: none are kept. Its owner is the command */
    unsigned kept_trace_dropped; /* older ones */
    FILE *in, *out, *err;
    bool asks;                       /* somebody can answer: in and err are a terminal */
    struct usb_device *usb;          /* of the opened target; it lives as long as that */
    const struct clock *trace_clock; /* of the opened device; times in the trace count from its opening */
    uint64_t trace_start_us;
    void *user; /* the command's own, for its callbacks */
    bool progress_shown;
    /* the command's own options, in the order given, and the remaining words */
    struct {
        const char *name, *value;
    } option[32];
    unsigned options;
    const char *word[32];
    unsigned words;
    json_t *result; /* an object: what --json prints; the frame adds "command", "ok", "exit", "notes" and "error" */
    json_t *notes;  /* what cli_note said */
    char *why;      /* the doctor's findings on a failure, as lines; owned by the frame. NULL: none */
    json_t *why_json;
};

enum cli_touch { TOUCH_LOOKS, TOUCH_CHANGES };

struct command {
    const char *name, *args, *summary; /* "flash", "FILE", "Program an image, verify it, run it" */
    const char *help;                  /* more paragraphs, or NULL */
    const struct cli_option *options;  /* beside the common ones; may be NULL */
    enum cli_touch touch;              /* LOOKS: attach only, nothing halted, reset or written */
    bool probe_only;                   /* through a debug probe only: a bootloader on USB cannot do it */
    const char *but;                   /* LOOKS, but some of its words change something: which; NULL: none does */
    unsigned words_min, words_max;
    /* Returns the exit status. On EXIT_DONE, EXIT_DIFFERS, EXIT_ATTENTION `e` is unused; else it is set and the frame prints it. */
    enum cli_exit (*run)(struct cli *cli, struct err *e);
};

extern const struct command *const commands[]; /* ends with NULL (commands.c) */

/* The whole program; returns the exit status. `fabrics`: where devices may be found, in order. */
int cli_main(int argc, char **argv, const struct usb_fabric *const *fabrics);

/* For commands. Texts end their lines themselves, but for cli_note, which is one line. */
const char *cli_option(const struct cli *cli, const char *name); /* value, "" for a switch, NULL if not given */
void cli_print(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3))); /* to out, unless --json or --quiet */
void cli_note(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* to err, unless --quiet */
void cli_progress(struct cli *cli, const char *what, uint64_t done, uint64_t total);            /* a terminal only */
/* What cli_confirm is going to ask about: beside the question, wherever the output goes and however quiet. Else as cli_print. */
void cli_print_asked(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Characters in a line of this stream, if it is a terminal; else, and with --json, UINT_MAX: it has no width. */
unsigned cli_columns(const struct cli *cli, FILE *f);
bool cli_confirm(struct cli *cli, const char *question, struct err *e); /* --yes, or asked at a terminal; else ERR_USAGE naming --yes */
bool cli_number(const char *text, uint32_t *value, struct err *e);      /* decimal or 0x; ERR_USAGE */
bool cli_duration_us(const char *text, uint64_t *us, struct err *e);    /* "500ms", "2s", "30us" */
enum cli_exit cli_exit_of(const struct err *e);

/* Find the probe (the one resolver), open it, connect by the command's touch and --connect. What the target has to note is noted. */
bool cli_open_target(struct cli *cli, struct target *t, struct err *e);

/* The same in two steps: what is meant, be it a probe or (unless the command is probe_only) a chip in DFU mode; then one or the other. */
bool cli_resolve(struct cli *cli, struct usb_id *id, struct err *e);
bool cli_open_target_at(struct cli *cli, const struct usb_id *id, struct target *t, struct err *e);
bool cli_open_boot(struct cli *cli, const struct usb_id *id, struct boot *b, struct err *e);
/* Any usb device, with --trace and signals. NULL on failure. */
struct usb_device *cli_open_usb(struct cli *cli, const struct usb_id *id, const char *name, struct err *e);

/* The probe that was found, opened; --trace from here on. NULL on failure. */
struct probe *cli_open_probe(struct cli *cli, const struct usb_id *id, struct err *e);

static inline const char *cli_plural(uint64_t count) { return count == 1 ? "" : "s"; }

/* For results. */
json_t *cli_json_hex(uint32_t value, int digits); /* "0x08000000" */
json_t *cli_json_text(const char *text);          /* any text: JSON is UTF-8, file names need not be; what is none becomes U+FFFD */
