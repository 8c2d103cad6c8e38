/* dfu.c - states and requests of DFU 1.1 with ST's extension (AN3156). A download is only stored; the GETSTATUS after it answers dfuDNBUSY
 * and, once that answer is over, the work is done. */
#include "rom.h"

enum request { DETACH, DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS, GETSTATE, ABORT };
enum state { IDLE = 2, DNLOAD_SYNC, DNBUSY, DNLOAD_IDLE, MANIFEST_SYNC, MANIFEST, UPLOAD_IDLE = 9, ERROR };
enum command { GET_COMMANDS = 0x00, SET_ADDRESS = 0x21, ERASE = 0x41, READ_UNPROTECT = 0x92 };
enum { FIRST_DATA_BLOCK = 2, STATUS_BYTES = 6 };

static const uint8_t commands[] = { GET_COMMANDS, SET_ADDRESS, ERASE, READ_UNPROTECT };

uint8_t dfu_block[BLOCK_MAX] __attribute__((aligned(4)));

static struct {
    uint8_t state, status, alternate;
    bool works, leaves; /* when the present request is over on the bus */
    bool told_busy;     /* by the last GETSTATUS, at that frame */
    uint32_t busy_frame;
    uint16_t number; /* of the block in dfu_block */
    uint16_t length;
    uint32_t pointer;
} dfu;

/* What is downloaded stays where it is while the answer to GETSTATUS is sent from elsewhere. */
static uint8_t stored[BLOCK_MAX] __attribute__((aligned(4)));

void dfu_reset(void)
{
    dfu.state = IDLE;
    dfu.status = DFU_OK;
    dfu.alternate = 0;
    dfu.works = dfu.leaves = dfu.told_busy = false;
    dfu.pointer = FLASH_BASE;
}

bool dfu_select(unsigned alternate)
{
    if (alternate >= ALTERNATES)
        return false;
    dfu.alternate = (uint8_t)alternate;
    return true;
}

unsigned dfu_alternate(void) { return dfu.alternate; }

static bool fail(enum dfu_status status)
{
    dfu.state = ERROR;
    dfu.status = (uint8_t)status;
    return false;
}

/* ---- requests from the host ---- */

bool dfu_out(const struct usb_setup *s)
{
    switch (s->request) {
    case DNLOAD:
        if ((dfu.state == IDLE || dfu.state == DNLOAD_IDLE) && s->length <= settings.transfer_bytes && s->length <= BLOCK_MAX)
            return true;
        break;
    case CLRSTATUS:
        if (s->length == 0 && (dfu.state == ERROR || !settings.clrstatus_stalls))
            return true;
        break;
    case ABORT:
        if (s->length == 0 && dfu.state != ERROR)
            return true;
        break;
    default: break; /* DETACH is for applications */
    }
    return fail(DFU_ERR_STALLEDPKT);
}

static bool is_command(const uint8_t *block, size_t len)
{
    switch (block[0]) {
    case SET_ADDRESS: return len == 5;
    case ERASE: return len == 5 || len == 1;
    case READ_UNPROTECT: return len == 1;
    default: return false;
    }
}

static bool store(const struct usb_setup *s)
{
    if (s->length == 0) { /* leave, whatever the block's number */
        dfu.state = MANIFEST_SYNC;
        dfu.leaves = settings.silent_leave;
        return true;
    }
    if (s->value == 1 || (s->value == 0 && !is_command(dfu_block, s->length)))
        return fail(DFU_ERR_STALLEDPKT);
    for (size_t i = 0; i < s->length; i++)
        stored[i] = dfu_block[i];
    dfu.number = s->value;
    dfu.length = s->length;
    dfu.state = DNLOAD_SYNC;
    return true;
}

bool dfu_received(const struct usb_setup *s)
{
    if (s->request == DNLOAD)
        return store(s);
    dfu.state = IDLE; /* CLRSTATUS, ABORT */
    dfu.status = DFU_OK;
    return true;
}

/* ---- requests to the host ---- */

static bool upload(const struct usb_setup *s, size_t *len)
{
    enum dfu_status status;

    if ((dfu.state != IDLE && dfu.state != UPLOAD_IDLE) || s->value == 1 || s->length > BLOCK_MAX || s->length > settings.transfer_bytes)
        return fail(DFU_ERR_STALLEDPKT);
    if (s->value == 0) {
        for (size_t i = 0; i < sizeof commands; i++)
            dfu_block[i] = commands[i];
        *len = sizeof commands;
        dfu.state = s->length > sizeof commands ? IDLE : UPLOAD_IDLE;
        return true;
    }
    *len = s->length;
    status = memory_read(dfu.alternate, dfu.pointer + (uint32_t)(s->value - FIRST_DATA_BLOCK) * settings.transfer_bytes, dfu_block, len);
    if (status != DFU_OK)
        return fail(status);
    dfu.state = *len < s->length ? IDLE : UPLOAD_IDLE;
    return true;
}

static uint32_t poll_ms(void)
{
    if (dfu.state != DNBUSY)
        return 0;
    if (dfu.number >= FIRST_DATA_BLOCK)
        return settings.poll_write_ms;
    if (stored[0] == SET_ADDRESS)
        return settings.poll_address_ms;
    return stored[0] == ERASE && dfu.length > 1 ? settings.poll_erase_ms : settings.poll_mass_erase_ms;
}

/* Some ROMs stall a question that comes while they are at work, and stay as they are. */
static bool too_early(void) { return dfu.told_busy && ((usb_frame() - dfu.busy_frame) & FRAMES_MASK) < settings.busy_stall_ms; }

static void get_status(size_t *len)
{
    uint32_t ms;

    if (dfu.state == DNLOAD_SYNC) {
        dfu.state = DNBUSY;
        dfu.works = true;
    } else if (dfu.state == MANIFEST_SYNC) {
        dfu.state = MANIFEST;
        dfu.leaves = true;
    }
    dfu.told_busy = dfu.state == DNBUSY;
    dfu.busy_frame = usb_frame();
    ms = poll_ms();
    dfu_block[0] = dfu.status;
    dfu_block[1] = (uint8_t)ms;
    dfu_block[2] = (uint8_t)(ms >> 8);
    dfu_block[3] = 0;
    dfu_block[4] = dfu.state;
    dfu_block[5] = 0;
    *len = STATUS_BYTES;
}

bool dfu_in(const struct usb_setup *s, size_t *len)
{
    switch (s->request) {
    case GETSTATUS:
        if (too_early())
            return false;
        get_status(len);
        return true;
    case GETSTATE:
        dfu_block[0] = dfu.state;
        *len = 1;
        return true;
    case UPLOAD: return upload(s, len);
    default: return fail(DFU_ERR_STALLEDPKT);
    }
}

/* ---- the work ---- */

static uint32_t address(void) { return stored[1] | (uint32_t)stored[2] << 8 | (uint32_t)stored[3] << 16 | (uint32_t)stored[4] << 24; }

/* AN3156: with readout protection on, everything but lifting it is refused. Where the pointer stands is nobody's secret. */
static enum dfu_status work(void)
{
    if (dfu.number >= FIRST_DATA_BLOCK)
        return memory_protected()
                   ? DFU_ERR_VENDOR
                   : memory_write(dfu.alternate, dfu.pointer + (uint32_t)(dfu.number - FIRST_DATA_BLOCK) * settings.transfer_bytes, stored,
                                  dfu.length);
    switch (stored[0]) {
    case SET_ADDRESS: dfu.pointer = address(); return DFU_OK;
    case READ_UNPROTECT: return memory_unprotect();
    default: break;
    }
    if (memory_protected())
        return DFU_ERR_VENDOR;
    return dfu.length == 1 ? memory_erase_all() : memory_erase_page(dfu.alternate, address());
}

void dfu_done(void)
{
    if (dfu.leaves) {
        leave_to(dfu.pointer);
    } else if (dfu.works) {
        enum dfu_status status;

        dfu.works = false;
        status = work();
        if (status == DFU_OK)
            dfu.state = DNLOAD_IDLE;
        else
            fail(status);
    }
}
