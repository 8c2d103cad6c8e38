/* core.c - commands about the core: its registers, run control, single words of memory. All of them go to AP 0. */
#include "base/bytes.h"
#include "device/regs/cortexm.h"
#include "stlink/parts.h"

enum {
    REGRDY_POLLS = 100, /* estimate */
    ALL_REGS = 16,      /* r0 to r15, then: */
    REG_XPSR = 16,
    REG_MSP = 17,
    REG_PSP = 18,
    REG_SPECIAL = 20, /* CONTROL, FAULTMASK, BASEPRI, PRIMASK in one word */
};

static enum stlink_status wait_regrdy(struct stlink *p)
{
    for (unsigned polls = 0; polls < REGRDY_POLLS; polls++) {
        uint32_t dhcsr;
        const enum stlink_status status = swd_read_word(p, 0, PPB(DHCSR), &dhcsr);

        if (status != ST_OK || dhcsr & BITS(PPB_DHCSR_S_REGRDY))
            return status;
    }
    return ST_AP_WAIT;
}

static enum stlink_status read_reg(struct stlink *p, unsigned regsel, uint32_t *value)
{
    enum stlink_status status = swd_write_word(p, 0, PPB(DCRSR), regsel);

    if (status == ST_OK)
        status = wait_regrdy(p);
    return status == ST_OK ? swd_read_word(p, 0, PPB(DCRDR), value) : status;
}

/* Status, 0, 0, 0, value LE32. */
static void reply_value(struct stlink *p, enum stlink_status status, uint32_t value)
{
    uint8_t *reply = stlink_reply(p, 8);

    reply[0] = (uint8_t)status;
    put_le32(reply + 4, value);
}

void cmd_read_reg(struct stlink *p)
{
    uint32_t value = 0;
    const enum stlink_status status = read_reg(p, p->s.command[2], &value);

    reply_value(p, status, value);
}

void cmd_write_reg(struct stlink *p)
{
    enum stlink_status status = swd_write_word(p, 0, PPB(DCRDR), get_le32(p->s.command + 3));

    if (status == ST_OK)
        status = swd_write_word(p, 0, PPB(DCRSR), BITS(PPB_DCRSR_REGWnR) | p->s.command[2]);
    if (status == ST_OK)
        status = wait_regrdy(p);
    stlink_reply_status(p, status);
}

/* Status in four bytes, r0 to r15, xPSR, MSP, PSP, rw, rw2: st-util's `g`. rw is taken to be the special registers, rw2 nothing. */
void cmd_read_all_regs(struct stlink *p)
{
    static const uint8_t others[] = { REG_XPSR, REG_MSP, REG_PSP, REG_SPECIAL };
    uint8_t *reply = stlink_reply(p, 88);
    enum stlink_status status = ST_OK;

    for (unsigned i = 0; status == ST_OK && i < ALL_REGS + sizeof others; i++) {
        uint32_t value = 0;

        status = read_reg(p, i < ALL_REGS ? i : others[i - ALL_REGS], &value);
        put_le32(reply + 4 + 4 * i, value);
    }
    reply[0] = (uint8_t)status;
}

/* Any word of memory, with all side effects; stlink programs flash with it. */
void cmd_read_debug_reg(struct stlink *p)
{
    const uint32_t addr = get_le32(p->s.command + 2);
    uint32_t value = 0;
    enum stlink_status status = ST_ALIGNMENT;

    if (addr % 4 == 0)
        status = swd_read_word(p, 0, addr, &value);
    reply_value(p, status, value);
}

void cmd_write_debug_reg(struct stlink *p)
{
    const uint32_t addr = get_le32(p->s.command + 2);

    stlink_reply_status(p, addr % 4 ? ST_ALIGNMENT : swd_write_word(p, 0, addr, get_le32(p->s.command + 6)));
}

void cmd_get_status(struct stlink *p)
{
    uint32_t dhcsr = 0;
    const enum stlink_status status = swd_read_word(p, 0, PPB(DHCSR), &dhcsr);

    stlink_reply_status(p, status == ST_OK && dhcsr & BITS(PPB_DHCSR_S_HALT) ? ST_FAULT : status);
}

static void write_dhcsr(struct stlink *p, uint32_t bits)
{
    stlink_reply_status(p, swd_write_word(p, 0, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | bits));
}

void cmd_force_debug(struct stlink *p) { write_dhcsr(p, BITS(PPB_DHCSR_C_HALT)); }
void cmd_run_core(struct stlink *p) { write_dhcsr(p, 0); }
void cmd_step_core(struct stlink *p) { write_dhcsr(p, BITS(PPB_DHCSR_C_STEP)); }

/* What the firmware does is not published; an AIRCR reset fits all clients. The reset may take the access's own answer with it. */
void cmd_reset_sys(struct stlink *p)
{
    const enum stlink_status status = swd_write_word(p, 0, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));

    stlink_reply_status(p, status == ST_AP_FAULT ? ST_OK : status);
}
