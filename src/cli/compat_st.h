/* compat_st.h - inside STM32_Programmer_CLI: what its files share.
 *
 *   compat_st.c          a line from arguments to exit status: read all of it, connect, do the jobs in order, let go
 *   compat_st_words.c    arguments -> struct st_line, with all quoting that real callers use
 *   compat_st_table.c    the options: rows that are done, rows that are refused by name; help
 *   compat_st_connect.c  the words of -c; connecting; ST's block about probe and chip
 *   compat_st_usb.c      port=USBn: a chip in its USB bootloader
 *   compat_st_flash.c    -w -e and what else erases or programs
 *   compat_st_verify.c   -v
 *   compat_st_memory.c   -r -r32 -w32 -checksum -blankcheck
 *   compat_st_core.c     -rst -halt -s -coreReg ...
 *   compat_st_option.c   -ob -rdu
 *   compat_st_list.c     -l --version -?
 *   compat_st_out.c      ST's lines; bars, sizes, times; errors: ST's line for the phase, then our explanation
 *
 * ST's texts are those of public logs and UM2237; whatever other programs search for is spelled as there. */
#pragma once
#include "cli/compat.h"
#include "cli/flashing.h"

struct st;
struct st_job;

struct st_option {
    const char *names;                                             /* without dashes, separated by '|'; case is ignored */
    const char *args;                                              /* for people */
    const char *help;                                              /* what it does; of a refused one: why not */
    bool (*read)(struct st_job *job, struct err *e);               /* numbers and words, before anything is touched; may be NULL */
    bool (*run)(struct st *st, struct st_job *job, struct err *e); /* NULL: refused by name, or a setting */
    unsigned min, max;                                             /* words that follow it */
    unsigned width;                                                /* bytes of an access */
    bool splits;                                                   /* a word with blanks is several words (never a file's name) */
    bool offline;                                                  /* needs no target */
    bool usb;                                                      /* possible over port=USBn, too */
    bool setting;                                                  /* holds for the whole line; nothing to run */
};
extern const struct st_option st_options[]; /* ends with names NULL */
extern const struct st_option *const st_connect_option;

enum { ST_RANGES = 64, ST_CORE_REGS = 24 };

struct st_job { /* one option and its words, understood */
    const struct st_option *option;
    const char *spelled;     /* as typed */
    const char *const *word; /* in the line's array */
    unsigned words;
    const char *file;
    bool has_addr;
    uint32_t addr, size, pattern;
    unsigned width;   /* -fillmemory dataWidth= */
    bool all, simple; /* -e all; -v fast, -ob displ: the other form */
    struct {
        uint32_t first, last;
    } range[ST_RANGES]; /* -e: pages */
    unsigned ranges;
    struct image image; /* -w: read before the target is touched */
    bool image_read;
};

enum st_mode { ST_NORMAL, ST_UNDER_RESET, ST_HOTPLUG, ST_PULSE };
enum st_reset { ST_SOFTWARE, ST_HARDWARE };

struct st_connection {
    bool wanted, usb;
    unsigned usb_number; /* port=USBn; 0: port=usb, the only one */
    unsigned khz, index;
    bool index_given, low_power;
    const char *serial;
    enum st_mode mode;
    enum st_reset reset;
};

struct st_line { /* zeroed is empty; st_line_free */
    char *text;  /* all words, cut up */
    const char **word;
    struct st_job *job;
    unsigned jobs;
    struct st_connection connection;
    const char *log; /* -log: a file, "" for ST's place, NULL for none */
    unsigned verbosity;
    bool quiet, yes, skip_erase;
};

/* Arguments, without the program's name. Errors: ERR_USAGE (what makes no sense), ERR_UNSUPPORTED (known, and not done by sector0). */
bool st_read_line(struct st_line *line, int argc, char *const *argv, struct err *e);
void st_line_free(struct st_line *line);
bool st_read_connection(struct st_connection *c, const struct st_job *job, struct err *e);

struct st {         /* one run of a line */
    struct cli cli; /* streams, probe, trace: what the commands' functions want */
    struct flashing f;
    const struct st_line *line;
    FILE *log;
    char log_path[512];
    bool terminal, connected, usb, leave_halted, low_power_set;
    uint32_t was_low_power; /* DBGMCU_CR, to be put back */
    bool ours;              /* reset by us: it runs in the end, whatever it did before (else it is left as found) */
    const char *left;       /* how an unfinished job has left the target, a sentence; NULL: as found */
    struct image *last;     /* what -v compares with; borrowed from its job */
    const char *version;    /* pretend to be this STM32CubeProgrammer; NULL: our own name */
    unsigned bar_shown;
    uint64_t began_us;
};

/* ---- compat_st_out.c ---- */
void st_print(struct st *st, const char *format, ...) __attribute__((format(printf, 2, 3))); /* ends its lines itself */
void st_banner(struct st *st);
void st_label(struct st *st, const char *label, const char *format, ...) __attribute__((format(printf, 3, 4)));
void st_bar(struct st *st, uint64_t done, uint64_t total); /* 100 % ends the line */
const char *st_size(char *text, size_t cap, uint64_t bytes);
void st_elapsed(struct st *st, const char *what, uint64_t since_us);
/* ST's error line, then later our explanation. Returns false. */
bool st_failed(struct st *st, const char *format, ...) __attribute__((format(printf, 2, 3)));
void st_warn(struct st *st, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint64_t st_now_us(const struct st *st);

/* ---- the rest ---- */
bool st_connect(struct st *st, struct err *e);
void st_let_go(struct st *st, bool done);
bool st_usb_connect(struct st *st, struct err *e);
void st_usb_let_go(struct st *st);
bool st_usb_read(struct st *st, uint32_t addr, uint8_t *data, uint32_t len, struct err *e);
bool st_usb_look(struct st *st, struct look *l, struct err *e);
bool st_usb_start(struct st *st, uint32_t addr, struct err *e);
bool st_usb_unprotect(struct st *st, struct err *e);
/* Ready the flash engine for one job; st_end_work after it, whatever came. */
bool st_begin_work(struct st *st, struct err *e);
bool st_end_work(struct st *st, bool ok, const struct err *e);
/* The files of all -w, before the target is touched; but those that an earlier job of the line may write. */
bool st_read_files(struct st *st, struct st_line *line, struct err *e);
/* Program what `image` says about flash; ST's lines are the caller's. */
bool st_program(struct st *st, const struct image *image, struct err *e);
bool st_is_flash(const struct st *st, uint32_t addr, uint32_t len);
bool st_is_halted(struct st *st, bool *halted, struct err *e);
bool st_read_memory(struct st *st, uint32_t addr, uint8_t *data, uint32_t len, bool bar, struct err *e);

typedef bool st_read_fn(struct st_job *job, struct err *e);
typedef bool st_run_fn(struct st *st, struct st_job *job, struct err *e);
st_read_fn st_read_write, st_read_data, st_read_verify, st_read_upload, st_read_dump, st_read_erase, st_read_span, st_read_fill,
    st_read_file_word, st_read_start, st_read_core_reg, st_read_option, st_read_list, st_read_verbosity;
st_run_fn st_write, st_write_data, st_verify, st_no_verify, st_upload, st_dump, st_erase, st_checksum, st_file_checksum, st_blankcheck,
    st_fill, st_start, st_reset, st_hard_reset, st_halt, st_run, st_step, st_core_status, st_core_reg, st_option_bytes, st_unprotect,
    st_list, st_version, st_help;
