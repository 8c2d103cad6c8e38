/* evidence.h - everything the doctor knows about one board at one moment. Gathered first, judged afterwards: rules (rule.h) are pure
 * functions of this structure, and so is the report file (evidence_json.c), which reaches the same findings without a board.
 *
 * Gathering is bound by the table in README.md: it attaches, halts nothing, resets nothing, writes no RAM. The one thing it writes is
 * DEMCR.DWTENA, without which DWT does not tell where the core is (DDI 0419 C1.8); it is put back by target_close.
 *
 * To add a reading: a name in the lists of collect_swd.c, if it is a register; it is then in the report, in `--json`, and can be asked for
 * by ev_field(v, "RCC.CSR.IWDGRSTF", &x). What is no register gets a field here and a line in evidence_json.c. */
#pragma once
#include "cortexm/target.h"
#include "flash/look.h"

enum evidence_reach {                /* how far we came; each includes those before */
                      REACH_NOTHING, /* no probe */
                      REACH_USB,     /* a probe is listed, and cannot be opened */
                      REACH_PROBE,   /* the probe answers, the chip does not */
                      REACH_LINK,    /* the debug port answers, the core does not, or the chip is not known */
                      REACH_CHIP,    /* all of it */
                      REACH_DFU,     /* not over SWD: the chip's ROM bootloader answers over USB */
};

enum {
    EV_REGS = 96,
    EV_SAMPLES = 20,
    EV_VECTORS = 48, /* 16 of the core, 32 of the NVIC */
    EV_PLACES = 24,
    EV_FRAME = 8,
};

struct ev_reg {
    const struct reg_block *block;
    const char *name;
    uint32_t addr, value;
    bool read; /* false: reading it failed */
};

struct ev_sample { /* a few milliseconds apart, without stopping the core */
    uint32_t dhcsr, pcsr, icsr, sr;
};

struct ev_place { /* an address in words, if there is an ELF file */
    uint32_t addr;
    char text[160]; /* "vchg_ctrl_run+0x1A (vchg_ctrl.c:87)" */
};

struct evidence {
    enum evidence_reach reach;
    /* ---- host and USB ---- */
    unsigned probes, denied, in_use; /* attached; of them: not permitted, claimed by another program */
    char holder[80];                 /* who has the probe, or "" */
    char udev_rule[200];             /* the line that would help, or "" */
    bool dfu_attached;               /* a chip in DFU mode is on the bus */
    char probe_name[40], probe_version[24], probe_serial[64];
    unsigned speed_khz, voltage_mv;
    bool voltage_read;
    /* What ended the gathering, or the first thing that went wrong on the way; kind ERR_NONE: nothing did. */
    struct err failed;
    /* ---- the link ---- */
    uint32_t dpidr, ap_idr, ap_csw;
    bool dpidr_read, ap_read;
    bool under_reset;   /* connected so */
    bool attach_failed; /* ... because, or after, attaching had failed */
    bool held_in_reset;
    bool cut_short;       /* `failed` ended the gathering */
    bool ours;            /* gathered while we debug: breakpoints and catches are our own */
    unsigned link_errors; /* SWD transfers that failed and were asked again */
    unsigned usb_errors;  /* the same on the way to the probe, before any SWD status */
    unsigned waits;       /* the chip's bus was busy, and the probe's driver asked again: nothing was lost */
    unsigned usb_resets;  /* the probe had stopped answering, and a reset of its port helped */
    /* ---- the chip ---- */
    const struct device *device;
    uint32_t cpuid, idcode, flash_bytes;
    uint32_t flash_kib_word; /* the size register as it reads */
    bool flash_size_read, uid_read, rom_table_read;
    uint8_t uid[12];
    uint32_t designer; /* JEP106 code of the ROM table's maker: 0x020 is ST (IHI 0031 D1.2) */
    struct ev_reg reg[EV_REGS];
    unsigned regs;
    struct look look; /* the option words in the device row's order; the rest of it is in reg, too */
    bool look_read;
    struct ev_sample sample[EV_SAMPLES];
    unsigned samples;
    uint32_t vector[EV_VECTORS]; /* at the start of main flash */
    bool vectors_read;
    uint32_t at_0[2], in_system[2]; /* the first two words at address 0 and in system memory */
    bool at_0_read, in_system_read;
    bool page0_blank, page0_first_unit_blank; /* of page 0 */
    bool page0_read;
    /* ---- the ROM's USB bootloader, REACH_DFU only ---- */
    unsigned dfu_version, dfu_transfer_bytes; /* bcdDevice: 0x0200 is 2.0 */
    bool dfu_locked;                          /* it refuses to read: readout protection */
    bool dfu_can_unprotect;
    char dfu_memories[700]; /* their strings, "@Internal Flash  /0x08000000/128*02Kg | ..." */
    /* ---- the core, halted only ---- */
    bool halted;
    uint32_t r[16], xpsr, msp, psp, cfbp;
    bool regs_read;
    uint32_t mpu_rbar[8], mpu_rasr[8];
    unsigned mpu_regions; /* read */
    uint32_t frame_at, frame[EV_FRAME];
    uint32_t stack_last; /* the stack has left RAM downwards: what was pushed last and may be a return address; 0: none found */
    bool frame_read;     /* r0 r1 r2 r3 r12 lr pc xpsr, as stacked by the last exception */
    bool frame_found;    /* ... found by searching RAM: the core runs, and its stack pointer is not known */
    bool loader_left;    /* what runs in RAM is sector0's own loader, and nobody feeds it */
    /* ---- from elsewhere ---- */
    uint32_t keep[LOOK_OPTIONS]; /* what the user says is intended (--keep) */
    bool has_keep;
    uint32_t saved[LOOK_OPTIONS]; /* the option words of the newest save of this chip */
    bool has_saved;
    /* The newest save is of a job that was not finished, and all its pages can be read: how they are now (doctor/job.c). One that was not
     * to change, a guard, counts only if it is blank or otherwise. */
    bool job_open;
    char job_command[32];
    unsigned job_number; /* of the save */
    unsigned job_old, job_new, job_blank, job_other;
    unsigned job_known;                     /* pages with contents that the save knows, or half erased: this is the chip that it tells of */
    char program[80];                       /* an ELF file, without its folder: given, or found; "": neither (doctor/program.h) */
    bool program_found;                     /* nobody gave it: it was flashed last */
    bool program_lost;                      /* ... and cannot be read any more */
    bool program_compared, program_differs; /* with flash, where the core was seen */
    uint32_t program_differs_at;
    bool elf;             /* it gives the names in `place` */
    uint32_t ram_used_to; /* the first address behind its variables (_ebss, _end): a stack below this has run over; 0: not known */
    struct ev_place place[EV_PLACES];
    unsigned places;
    /* ---- an operation that failed, and brought us here ---- */
    bool op_failed;
    char op[16];              /* "erase", "program", "verify", "options", "unlock" or "" */
    uint32_t op_addr, op_sr;  /* op_sr: FLASH_SR as the operation left it */
    bool op_at, op_sr_read;   /* the fields above are known */
    struct err op_err;        /* its error */
    bool stale_flags_cleared; /* flags were there before, and we cleared them */
    uint32_t stale_flags;
    /* ---- deciding tests that were run: 0 not run, 1 passed, 2 failed ---- */
    unsigned test_nrst, test_speed, test_write, test_empty, test_read;
    unsigned test_nrst_strong;                /* 1: with the line pulled, the chip did not even see it low */
    unsigned test_speed_good, test_speed_bad; /* kHz: the fastest that passed, the slowest that failed; 0: none */
    uint32_t test_bad_addr;                   /* test_read: the first double word that cannot be read */
};

/* A register by block and name, "FLASH.SR"; false if this chip has none or it was not read. */
bool ev_reg(const struct evidence *v, const char *name, uint32_t *value);
/* A field, "FLASH.SR.CFGBSY". */
bool ev_field(const struct evidence *v, const char *name, uint32_t *value);
bool ev_is(const struct evidence *v, const char *name, uint32_t value); /* it was read, and has this value */
static inline bool ev_set(const struct evidence *v, const char *name)
{
    uint32_t value;

    return ev_field(v, name, &value) && value;
}
/* "FLASH_SR=0x00010000 (BSY1)". Returns `text`; "" if it was not read. */
const char *ev_text(const struct evidence *v, const char *name, char *text, size_t cap);

unsigned ev_rdp_level(const struct evidence *v); /* 0 if not read */
/* Does a flag of this mask stand in every sample of FLASH_SR, and in the first look? */
bool ev_sr_stays(const struct evidence *v, uint32_t mask);
/* The debug port answers WAIT for ever: an access behind it does not end. */
bool ev_bus_hangs(const struct evidence *v);
unsigned ev_resets_seen(const struct evidence *v);                /* samples with S_RESET_ST */
bool ev_core_is(const struct evidence *v, const char *dhcsr_bit); /* in every sample: "S_SLEEP" */

/* Where the core is: an address that most samples show (running) or PC (halted). false: DWT does not tell. */
bool ev_pc(const struct evidence *v, uint32_t *pc);
/* Are all known places of the core in this kind of memory? */
bool ev_runs_in(const struct evidence *v, enum region_kind kind);
/* Do all samples lie within `bytes` of each other: a tight loop? */
bool ev_loops(const struct evidence *v, uint32_t bytes, uint32_t *at);
bool ev_watchdog_runs(const struct evidence *v);                                       /* the independent one */
uint32_t ev_exception(const struct evidence *v);                                       /* the active exception's number, 0 in thread mode */
bool ev_blank(const struct evidence *v);                                               /* the first double word of flash is erased */
const char *ev_where(const struct evidence *v, uint32_t addr, char *text, size_t cap); /* "0x08000124 main+0x4 (main.c:12)" */

/* Is the option field (or register, "WRP1BR") as --keep says it is meant to be? */
bool ev_kept(const struct evidence *v, const char *reg);

/* An operation of session `s` (NULL: of none) failed with `e` (failed.c). Called when the rest has been gathered. */
struct session;
void evidence_failed(struct evidence *v, const struct session *s, const struct err *e);

/* ---- gathering (collect_swd.c, collect_dfu.c) ---- */
struct boot;

/* On an open target; attach only. What cannot be read is left out. false (with `e` also in v->failed): the link broke. */
bool evidence_collect(struct evidence *v, struct target *t, struct err *e);
/* Memory besides, with the same patience. *read false: that address is closed. false (with `e` also in v->failed): the link broke. */
bool evidence_read(struct evidence *v, struct target *t, uint32_t addr, void *data, size_t len, bool *read, struct err *e);
/* What the store says of the last job on this chip, and what became of it: read by `t`, or, if that is NULL, by `b`. false as above. */
struct store;
bool evidence_job(struct evidence *v, struct target *t, struct boot *b, struct store *store, struct err *e);
/* The same as evidence_collect in the middle of a session of ours: the core and its debug registers as they are now, not as they were
 * found. */
bool evidence_collect_now(struct evidence *v, struct target *t, struct err *e);
/* Opening the target failed with `e`. The probe, if there is one, is asked what it still can tell. Nothing is halted or reset. */
void evidence_no_target(struct evidence *v, struct probe *probe, const struct err *e);
/* By the chip's own plug. What readout protection closes is left out. false (with `e` also in v->failed): it stopped answering. */
bool evidence_collect_dfu(struct evidence *v, struct boot *b, struct err *e);
/* Memory besides, as evidence_read. */
bool evidence_read_dfu(struct evidence *v, struct boot *b, uint32_t addr, void *data, size_t len, bool *read, struct err *e);
/* The first page of flash, `len` bytes, has been read. */
void ev_take_page0(struct evidence *v, const uint8_t *page, uint32_t len);
