/* dfu_rig.h - a virtual STM32U073 whose bootloader is talked to in DFU, and an application for it. */
#pragma once
#include "../chip/rig.h"
#include "base/bytes.h"
#include "board/board.h"

enum request { DETACH, DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS, GETSTATE, ABORT };
enum state { IDLE = 2, DNLOAD_SYNC, DNBUSY, DNLOAD_IDLE, MANIFEST_SYNC, MANIFEST, UPLOAD_IDLE = 9, ERROR };
enum status { OK, ERR_TARGET = 1, ERR_PROG = 6, ERR_VENDOR = 0x0B, ERR_STALLEDPKT = 0x0F };
enum { OPTIONS = 0x40022020 };

struct rom {
    struct board *board;
    struct usbhost *host;
    uint8_t data[2048];
    size_t len;
};

/* `settings`: names and values by turns, NULL at the end. */
struct rom rom_with(const char *const *settings);
struct rom rom_new(void);
void rom_free(struct rom *r);
bool present(const struct rom *r);
uint32_t peek(const struct rom *r, uint32_t addr);

/* Time passes, and whoever appears on USB in it is noticed. */
void notice(struct rom *r, uint64_t ms);
/* Power off and on. */
void restart(struct rom *r);

/* ---- requests ---- */

enum usb_status transfer(struct rom *r, uint8_t type, uint8_t request, uint16_t value, uint16_t index, size_t len);
enum usb_status dfu(struct rom *r, enum request request, uint16_t value, size_t len);

struct answer {
    unsigned status, state, poll_ms;
};

struct answer get_status(struct rom *r);
/* The two GETSTATUS after a download, with the wait that the first asks for. Returns how it ended. */
struct answer finish(struct rom *r);
struct answer command(struct rom *r, uint8_t code, uint32_t addr);

#define assert_fine(answer_)                        \
    do {                                            \
        const struct answer fine_ = (answer_);      \
        assert_int_equal(fine_.status, OK);         \
        assert_int_equal(fine_.state, DNLOAD_IDLE); \
    } while (0)

void to_idle(struct rom *r);
void set_address(struct rom *r, uint32_t addr);
void erase_page(struct rom *r, uint32_t addr);
struct answer write_at(struct rom *r, uint32_t addr, const void *bytes, size_t len);
enum usb_status leave(struct rom *r);

/* ---- programs for the target ---- */

/* An application that says hello by the UART, and stops. */
void build_app(struct program *p, uint8_t image[1024]);
void download_app(struct rom *r);
bool said_hello(struct rom *r);
