/* protocol.h - what clients and the owner of a board say to each other over the socket beside the board file.
 *
 * A stream of frames, all numbers little-endian:
 *
 *     0  u32  bytes of payload that follow the header, at most FRAME_PAYLOAD_MAX
 *     4  u16  type, enum bench_request; an answer repeats its request's
 *     6  u16  flags, FLAG_...
 *     8  u32  id, chosen by the client; an answer repeats its request's
 *    12  u64  request: nanoseconds of board time the client has let pass by itself since its last frame (clock reads cost time);
 *             the owner lets them pass (at most 10 ms) before it looks at the request.
 *             Answer: the board's time in nanoseconds, after the request
 *    20       payload, as the table below says; text is u16 length + bytes, bytes is u32 length + bytes
 *
 * A client says HELLO first. Every request gets exactly one answer; those that wait for board time (transfers, WAIT, SLEEP, ADVANCE,
 * PRESS, POWER) may be overtaken by answers to later ones. A refused request is answered with FLAG_FAILED and an error as payload.
 * A client that disappears without BYE or RELEASE while it holds a plug has pulled that cable out.
 *
 * Time (see design of the bench): at pace `step` only requests move it. At pace `real` it follows the wall clock, and no answer is sent
 * before the wall clock has reached the board time it speaks of.
 *
 * Not here: how frames are built and read (wire.h), the client's side as functions (client.h). */
#pragma once

enum {
    PROTOCOL_MAGIC = 0x53304244, /* "DB0S" on the wire */
    PROTOCOL_VERSION = 1,
    FRAME_HEADER_BYTES = 20,
    FRAME_PAYLOAD_MAX = 1 << 20,
    TRANSFER_BYTES_MAX = 512 << 10, /* of one control or bulk transfer */
    TRANSFERS_PENDING_MAX = 64,     /* requests of one client that wait for something */
    SWD_CLOCKS_MAX = 4096,          /* of one SWD request */
    SWD_HZ_MIN = 5000,
    SWD_HZ_MAX = 24000000,
};

enum bench_flag {
    FLAG_FAILED = 1, /* answer: the payload is an error */
    FLAG_REAL = 2,   /* answer: the session's pace is real */
    FLAG_ASYNC = 4,  /* request, BULK: do not let time pass for this one; somebody will WAIT */
};

enum bench_pace { PACE_STEP, PACE_REAL, PACE_FAST, PACES };

/* Who a client is. An owner that has done its own work goes on serving tools, runs and holders of plugs until they have ended too; an
 * owner that is brief says so, and only tools use it: the others wait until it has gone, and own the board themselves. */
enum bench_role {
    ROLE_TOOL,     /* asks a few things and goes */
    ROLE_FABRIC,   /* sector0's own usb */
    ROLE_DROPIN,   /* the libusb stand-in */
    ROLE_RUN,      /* `run` beside an owner: its programs come as clients of their own */
    ROLE_ONLOOKER, /* stays long, but nobody has to wait for it */
    ROLES
};

enum bench_plug { PLUG_PROBE, PLUG_TARGET, PLUGS };
enum bench_button { BUTTON_RESET, BUTTON_BOOT0, BUTTONS };
enum bench_press { PRESS_PUSH, PRESS_DOWN, PRESS_UP, PRESSES }; /* PUSH: down, the time given, up */
enum bench_power { POWER_OFF, POWER_ON, POWER_CYCLE, POWERS };  /* CYCLE: off, the time given, on */

/* How a transfer ended: enum usb_status (usb/usbhost.h) in its order, and one that only a queue knows. */
enum bench_done { DONE_OK, DONE_TIMED_OUT, DONE_STALLED, DONE_GONE, DONE_OVERFLOWED, DONE_CANCELLED, DONES };

#define FOREVER_US UINT64_MAX /* a transfer without time-out, a WAIT without limit */

// clang-format off
enum bench_request {
    /* name          request payload                                   answer payload                                             */
    REQUEST_HELLO = 1, /* u32 magic, u16 version, u8 role, u32 pid,      u16 version, u8 pace, u8 brief, u32 ns a clock read costs,
                          text program                                   text chip, text owner's program, u32 owner's pid          */
    REQUEST_BYE,       /* -                                              - ; releases everything; the board file is saved by then  */
    REQUEST_STATUS,    /* -                                              u8 pace, u32 clients, u32 drop-in sessions so far,
                                                                         text owner's program, u32 owner's pid                     */
    REQUEST_PLUGS,     /* -                                              u8 count, then for each plug: text name, u8 present,
                                                                         u8 denied (the user may not open it), u32 times it
                                                                         appeared, u32 holder's pid (0: free), text holder,
                                                                         bytes device descriptor,
                                                                         bytes configuration descriptor,
                                                                         text manufacturer, text product, text serial              */
    REQUEST_CLAIM,     /* u8 plug                                        - ; refused: in use (by whom), absent, denied                  */
    REQUEST_RELEASE,   /* u8 plug                                        -                                                         */
    REQUEST_CONTROL,   /* u8 plug, 8 bytes setup, u64 timeout us,        u8 done, u32 bytes moved, bytes data (in)
                          bytes data (out; empty for in)                 requests to the device as a whole need no claim            */
    REQUEST_BULK,      /* u8 plug, u8 endpoint, u64 timeout us,          u8 done, u32 bytes moved, bytes data (in)
                          u32 length (in), bytes data (out)                                                                        */
    REQUEST_CANCEL,    /* u32 id of a request still unanswered           - ; the cancelled one is answered first: a transfer with
                                                                         DONE_CANCELLED, any other with an error                   */
    REQUEST_WAIT,      /* u64 limit us, u32 transfers' answers seen      u32 transfers answered so far; comes when that is more
                                                                         than were seen, or after the limit                        */
    REQUEST_PORT_RESET,/* u8 plug                                        -                                                         */
    REQUEST_CLOCK,     /* -                                              - (the header tells)                                      */
    REQUEST_SLEEP,     /* u64 us                                         -                                                         */
    REQUEST_PACE,      /* u8 pace (step, real), text reason              - ; real is the session's pace while anybody asks for it  */
    REQUEST_UART_READ, /* u8 port (0: the board's), u64 from, u32 most   u64 number of the first byte, u64 total sent, bytes       */
    REQUEST_UART_WRITE,/* u8 port (0: the board's), bytes                -                                                         */
    REQUEST_ADVANCE,   /* u64 us, bytes UART text to stop at (or none)   u8 seen                                                   */
    REQUEST_PRESS,     /* u8 button, u8 how, u64 us                      -                                                         */
    REQUEST_POWER,     /* u8 how, u64 us                                 -                                                         */
    REQUEST_CABLE,     /* u8 plug, u8 in                                 -                                                         */
    REQUEST_PEEK,      /* u32 address, u32 length                        bytes                                                     */
    REQUEST_REPORT,    /* u8 json                                        bytes                                                     */
    REQUEST_STOP,      /* -                                              - ; the owner ends soon after                             */
    REQUEST_SWD,       /* u32 Hz, bytes clocks (wire/buspirate.h:        bytes levels, one a clock: SWDIO after its rising edge.
                          one each, at most SWD_CLOCKS_MAX)              Lets their time pass. Nobody keeps the probe off the wires */
    REQUESTS,
};
/* error payload: u8 enum err_kind, text cause, text hint, u8 count and text each of what was being done, the same of what was seen */
// clang-format on
