/* dap.h - the target's debug port and access ports, behind one two-phase seam: a request, then (if the ACK asks for it) one data word.
 * Transaction level (the ST-LINK model) and bit level (wire/line.h) both come in here.
 *
 * Sources: ADIv5.2 (IHI 0031); Cortex-M0+ TRM; per chip facts in chip/. */
#pragma once
#include "base/state.h"
#include "base/timeline.h"

enum swd_ack { SWD_OK = 1, SWD_WAIT = 2, SWD_FAULT = 4, SWD_SILENT = 7 }; /* SILENT: nobody drives the line */

struct dap_target { /* what the ports see of the chip; borrowed */
    void *ctx;
    bool (*alive)(void *ctx); /* powered, pins connected: if not, every request stays silent */
    bool (*read)(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value, uint64_t *done_ps); /* AP0's bus; see chip_debug_read */
    bool (*write)(void *ctx, uint32_t addr, unsigned bytes, uint32_t value, uint64_t *done_ps);
};

enum dap_trouble { DAP_NO_TROUBLE, DAP_SAYS_WAIT, DAP_SAYS_FAULT, DAP_IS_SILENT, DAP_BAD_PARITY, DAP_WRONG_ID, DAP_LINE_LOST };

struct dap_hooks { /* faults, asked once per request that the port would hear; borrowed */
    void *ctx;
    enum dap_trouble (*request)(void *ctx);
    bool (*closed)(void *ctx); /* port 0 lets nobody through: CSW.DeviceEn reads 0 */
};

struct dap_facts {
    uint32_t dpidr, targetid; /* targetid 0: DPv1, no bank 2 */
    struct {
        uint32_t idr, base, cfg;
    } ap[2];
};

#include "dap/dap_state.h" /* struct dap_state (owned by dap/) */

struct dap {
    struct dap_state s;
    const struct dap_facts *facts; /* borrowed, as are the next two */
    const struct dap_target *target;
    struct timeline *time;         /* to know when a posted access is done */
    const struct dap_hooks *hooks; /* NULL: no faults */
    bool bad_parity;               /* of the data phase that is due */
};

/* The state is that after power-on; a saved one is loaded over it afterwards. The board calls dap_power_on_reset whenever the chip has
 * lost its power. */
void dap_init(struct dap *d, const struct dap_facts *facts, const struct dap_target *target, struct timeline *time);
void dap_power_on_reset(struct dap *d);

/* `header`: the 8 request bits as a byte, first bit in bit 0 (start, APnDP, RnW, A2, A3, parity, stop, park). After SWD_OK, exactly one of
 * the next two follows, by RnW; after WAIT or FAULT only if CTRL/STAT.ORUNDETECT is set. SILENT: no data phase either, but for a
 * TARGETSEL write right after a line reset, whose ACK nobody drives and whose word is taken all the same (multi-drop, DPv2).
 * A posted access starts at time->now_ps of the request (reads) or of the data (writes): move the time before dap_write_data. */
enum swd_ack dap_request(struct dap *d, uint8_t header);
uint32_t dap_read_data(struct dap *d, bool *parity);
void dap_write_data(struct dap *d, uint32_t word, bool parity);

/* At least 50 clocks with SWDIO high, then idle: only a DPIDR read is answered next. */
void dap_line_reset(struct dap *d);

extern const struct state_table dap_state_table;
