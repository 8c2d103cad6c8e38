/* rom.h - the bootloader in system memory of the virtual STM32U073: DfuSe over USB, and what its files share.
 *
 * It behaves as ST's V13.0 is known to behave (AN2606 Rev 70, AN3156 Rev 18; what is only likely is said where it stands) and shares no
 * line with it. It runs after a reset that selects system memory, or after a jump from an application that left the chip as a reset does.
 *
 *     startup.c   vectors, from reset to the idle loop, the way out        usb.c          endpoint 0
 *     system.c    clocks, watchdog, time                                   descriptors.c  what the device says it is
 *     dfu.c       states and requests of DFU 1.1 and DfuSe                 memory.c       flash, options, OTP, RAM
 *
 * All work is done in the USB interrupt; without a host the core sleeps. Interrupts are not enabled here: after a reset they are, and who
 * jumps here has to leave them so. VTOR is not written either: vectors are taken from 0, where system memory must be seen. */
#pragma once
#include "device/regs/regs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REG(addr) (*(volatile uint32_t *)(addr))

enum {
    RCC = 0x40021000,
    FLASH = 0x40022000,
    IWDG = 0x40003000,
    USB = 0x40005C00,
    CRS = 0x40006C00,
    PWR = 0x40007000,
    USBRAM = 0x40009800,
    SYSCFG = 0x40010000,

    FLASH_BASE = 0x08000000,
    FLASH_BYTES = 256 * 1024, /* of the die; smaller parts say the same */
    SYSTEM_BASE = 0x1FFF0000,
    SYSTEM_BYTES = 0x6800,
    OTP_BASE = 0x1FFF6800,
    ENGI_BASE = 0x1FFF6C00,
    AREA_BYTES = 1024, /* of either */
    UID_BASE = 0x1FFF6E50,
    RAM_BASE = 0x20000000,
    RAM_BYTES = 40 * 1024,
    RAM_OURS = 0x2170, /* of these, from the start */
    OPTION_BASE = 0x40022020,
    OPTION_BYTES = 136,

    BLOCK_MAX = 2048,
    PACKET = 64,
};

/* Where real ROMs differ, or nobody knows: set by the board (`sector0-bench params`), at this place in system memory. */
struct rom_settings {
    uint16_t transfer_bytes; /* wTransferSize */
    uint16_t poll_address_ms, poll_erase_ms, poll_mass_erase_ms, poll_write_ms;
    uint8_t clrstatus_stalls; /* outside dfuERROR */
    uint8_t silent_leave;     /* gone before it answers the last GETSTATUS */
    uint8_t pads;             /* half a double word at the end of a write is filled up with ones */
    uint8_t busy_stall_ms;    /* a GETSTATUS within so long after dfuDNBUSY stalls; 0: never */
    uint8_t unused[2];
};
extern const volatile struct rom_settings settings;

struct usb_setup {
    uint8_t type, request;
    uint16_t value, index, length;
};
enum { USB_DIR_IN = 0x80, USB_TYPE_MASK = 0x60, USB_TYPE_CLASS = 0x20, USB_INTERFACE = 1 };

/* startup.c */
void leave_to(uint32_t vectors); /* soon after the interrupt; not executable: system reset */
_Noreturn void system_reset(void);

/* system.c */
void system_start(void);
void system_wait_ready(void); /* the rest of the time that the ROM takes before it shows itself */
void system_tick(void);
void system_stop(void); /* as little as possible is left behind */

/* usb.c */
void usb_start(void);
void usb_attach(void);
void usb_detach(void);
void usb_interrupt(void);
uint32_t usb_frame(void); /* the host's count of milliseconds, FRAMES_MASK */
enum { FRAMES_MASK = 0x7FF };

/* descriptors.c: NULL if there is none; `scratch` has room for 255 bytes */
const uint8_t *descriptor(unsigned type, unsigned index, uint8_t *scratch, size_t *len);
enum { ALTERNATES = 4 };

/* dfu.c */
extern uint8_t dfu_block[BLOCK_MAX];
void dfu_reset(void);
bool dfu_select(unsigned alternate);
unsigned dfu_alternate(void);
bool dfu_out(const struct usb_setup *s);             /* may the data come? */
bool dfu_received(const struct usb_setup *s);        /* it is in dfu_block. False: stall */
bool dfu_in(const struct usb_setup *s, size_t *len); /* to be sent from dfu_block. False: stall */
void dfu_done(void);                                 /* the last request is over on the bus, too */

/* memory.c: results are DFU statuses */
enum dfu_status { DFU_OK = 0, DFU_ERR_TARGET = 1, DFU_ERR_ERASE = 4, DFU_ERR_PROG = 6, DFU_ERR_VENDOR = 0x0B, DFU_ERR_STALLEDPKT = 0x0F };
enum dfu_status memory_read(unsigned alternate, uint32_t addr, uint8_t *to, size_t *len); /* *len: fewer at the end of the memory */
enum dfu_status memory_write(unsigned alternate, uint32_t addr, const uint8_t *from, size_t len);
enum dfu_status memory_erase_page(unsigned alternate, uint32_t addr);
enum dfu_status memory_erase_all(void);
enum dfu_status memory_unprotect(void);
bool memory_protected(void);
bool memory_executable(uint32_t addr);
