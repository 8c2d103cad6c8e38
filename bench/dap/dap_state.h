/* dap_state.h - what the debug port and its access ports remember. Saved with the board; see base/state.h. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum dap_link {
    DAP_LOCKED, /* silent until a line reset: after power-on; after a protocol error on a DPv2 */
    DAP_RESET,  /* after a line reset: only a DPIDR read (or TARGETSEL on a DPv2) is heard */
    DAP_UP,
    DAP_LINKS,
};

enum dap_phase { /* what must follow the last ACK */
                 DAP_NO_DATA,
                 DAP_READ,
                 DAP_WRITE,
                 DAP_DUMMY,     /* ORUNDETECT: a data phase whose bits mean nothing */
                 DAP_TARGETSEL, /* the word of a TARGETSEL write, which nobody acknowledges */
                 DAP_PHASES,
};

enum dap_posted { DAP_NONE_POSTED, DAP_READ_POSTED, DAP_WRITE_POSTED, DAP_POSTEDS };

struct dap_state {
    uint64_t done_ps;      /* when the posted access is done, while one is */
    uint64_t abandoned_ps; /* when the access that DAPABORT gave up leaves the bus; 0: none */
    uint32_t ctrlstat;     /* without the power-up ACKs, which follow their requests */
    uint32_t select, dlcr;
    uint32_t rdbuff;       /* result of the last finished AP read */
    uint32_t resend;       /* last word given out by an AP or RDBUFF read */
    uint32_t word;         /* of the read data phase that is due */
    uint32_t posted_value; /* becomes rdbuff at done_ps */
    uint32_t csw[2], tar[2];
    uint8_t link, phase, header, posted;
    bool posted_failed; /* becomes STICKYERR at done_ps */
};
