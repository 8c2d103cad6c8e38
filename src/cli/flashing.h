/* flashing.h - what the commands that look at or change flash share: the image, the place for saves, the session, words for people. */
#pragma once
#include "cli/command.h"
#include "flash/session.h"

struct flashing { /* zeroed is ready; flashing_end frees */
    struct cli *cli;
    struct target t;  /* by SWD, or */
    struct boot boot; /* over USB: what session s goes by */
    struct session s;
    struct store *store;
    struct image image;
    const char *file; /* the image's */
    struct want want;
    struct plan plan;
    struct plan_choices choices;
    uint64_t began_us;
    bool open;
    bool via_dfu;     /* set before flashing_open: a chip behind a probe is started in its bootloader and reached over USB */
    bool store_later; /* set before flashing_open: whether something will be saved is not known yet */
};

/* Rows for a command's table of options. */
#define FLASHING_AT                                                                    \
    {                                                                                  \
        "--at", "ADDR", "where a raw binary belongs; other formats know it themselves" \
    }
#define FLASHING_NO_SAVE                                                    \
    {                                                                       \
        "--no-save", NULL, "do not keep what is overwritten for later undo" \
    }
#define FLASHING_NO_RUN                                                                       \
    {                                                                                         \
        "--no-run", NULL, "leave the core halted at its first instruction instead of running" \
    }
#define FLASHING_NO_LOADER                                                            \
    {                                                                                 \
        "--no-loader", NULL, "write through the debug port only, without code in RAM" \
    }
#define FLASHING_NO_GUARD                                                                            \
    {                                                                                                \
        "--no-guard", NULL, "do not rewrite an unchanged page 0 to guard the others (docs/flashing)" \
    }
#define FLASHING_FAST                                                                                          \
    {                                                                                                          \
        "--fast", NULL, "halt the core for a moment and compare on the target; RAM and registers are put back" \
    }
#define FLASHING_ANY_VECTORS                                                        \
    {                                                                               \
        "--any-vectors", NULL, "take an image whose vectors belong to another chip" \
    }
#define FLASHING_NO_KEEP                                                                   \
    {                                                                                      \
        "--no-keep", NULL, "bytes of a touched page that are not in the image become 0xFF" \
    }

/* Read the image named by the first word, before any target is touched. */
bool flashing_read_image(struct flashing *f, struct cli *cli, struct err *e);
/* Connect, read registers, set up the place for saves unless --no-save. A command that only looks goes on without one. */
bool flashing_open(struct flashing *f, struct cli *cli, struct err *e);
/* The place for saves of this chip: the user's state folder. Closed by the caller. `board`: file of a virtual one, or "". */
struct store *flashing_store(const struct road_chip *chip, const char *board, struct err *e);
struct store *flashing_target_store(const struct target *t, struct err *e);
/* The same with f->t connected already, and f->choices made. */
bool flashing_begin(struct flashing *f, struct cli *cli, struct err *e);
/* Ready for the next job on the same target: all but target and image is freed. */
void flashing_clear(struct flashing *f);
/* With store_later, once it is known: the place for saves, which can be written. */
bool flashing_open_store(struct flashing *f, struct err *e);
/* --pages "3..7" or "3". Errors: ERR_USAGE. */
bool flashing_read_pages(const char *text, uint32_t *first, uint32_t *last, struct err *e);
/* The want, as `command`, with the plan and the choices in `f`; --no-run is heard. See carry_flash. */
bool flashing_carry(struct flashing *f, const char *command, struct err *e);
/* Pages from the image. */
bool flashing_want(struct flashing *f, struct err *e);
/* After session_take or before: finish with an error. The target is left in order, and told about if that is "halted". */
enum cli_exit flashing_fail(struct flashing *f, struct err *e);
void flashing_end(struct flashing *f);
/* What was found and may surprise: flags left in FLASH_SR, hardware watchdog, the loader that did not come up. */
void flashing_notes(struct flashing *f);
/* "0x08000000" in a buffer of its own per call site is not needed: four take turns. */
const char *flashing_hex(uint32_t value);
/* Will the application start? If not: printed, put into the result, and false. */
bool flashing_starts(struct flashing *f);
double flashing_seconds(const struct flashing *f);
/* The plan's pages, guard and saves as --json shows them. */
json_t *flashing_plan_json(const struct flashing *f);
uint32_t flashing_page_number(const struct flashing *f, const struct want_page *w);
