/* bus.c - where an access of the core goes: private peripheral bus, window, or the chip's port; and what forbids it.
 *
 * Sources: DDI 0419 A3.2 (alignment), B3.1 (default memory map, XN), B3.5 (MPU); DDI 0484 3.3 (single-cycle I/O port). */
#include "cpu/cpu_internal.h"

/* The window that holds addr .. addr + bytes, or NULL. Windows are multiples of 4 and accesses aligned: no access crosses an end. */
static const struct cpu_window *find_window(const struct cpu *c, uint32_t addr)
{
    for (unsigned i = 0; i < CPU_WINDOWS; i++)
        if (addr - c->window[i].base < c->window[i].bytes)
            return &c->window[i];
    return NULL;
}

static bool is_ppb(uint32_t addr) { return addr >> 20 == PPB_BASE >> 20; }
static bool is_ioport(uint32_t addr) { return addr - CPU_IOPORT_BASE < CPU_IOPORT_BYTES; }

bool cpu_fetch_slow(struct cpu *c, uint32_t word_addr)
{
    struct cpu_state *s = &c->s;
    const struct cpu_window *w;

    if (!cpu_mpu_allows(s, word_addr, CPU_USE_FETCH))
        return false;
    w = find_window(c, word_addr);
    if (w) {
        c->d.fetch_window = (uint8_t)(w - c->window);
        s->fetch_word = get_le32(w->mem + (word_addr - w->base));
        s->cycle += w->wait;
    } else if (!c->port->read(c->port->ctx, word_addr, 4, CPU_FETCH, &s->fetch_word)) {
        return false;
    }
    s->fetch_addr = word_addr;
    return true;
}

/* May the program touch this at all? */
static bool data_allowed(const struct cpu *c, uint32_t addr, unsigned bytes, enum cpu_use use)
{
    if (addr & (bytes - 1))
        return false;
    if (is_ppb(addr)) /* never subject to the MPU; for privileged code only (DDI 0419 B3.1) */
        return cpu_privileged(&c->s);
    return cpu_mpu_allows(&c->s, addr, use);
}

bool cpu_load_slow(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value)
{
    struct cpu_state *s = &c->s;
    const struct cpu_window *w;

    if (!data_allowed(c, addr, bytes, CPU_USE_READ))
        return false;
    if (is_ppb(addr)) {
        if (!cpu_ppb_program_read(c, addr, bytes, value))
            return false;
    } else if ((w = find_window(c, addr)) != NULL) {
        c->d.data_window[addr >> 27] = (uint8_t)(w - c->window);
        *value = cpu_get_bytes(w->mem + (addr - w->base), bytes);
        s->cycle += w->wait;
    } else if (!c->port->read(c->port->ctx, addr, bytes, CPU_DATA, value)) {
        return false;
    }
    s->cycle += !is_ioport(addr);
    cpu_watch_data(c, addr, bytes, CPU_USE_READ);
    return true;
}

bool cpu_store_slow(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value)
{
    struct cpu_state *s = &c->s;
    const struct cpu_window *w;

    if (!data_allowed(c, addr, bytes, CPU_USE_WRITE))
        return false;
    if (bytes < 4)
        value &= (1u << (8 * bytes)) - 1;
    if (is_ppb(addr)) {
        if (!cpu_ppb_program_write(c, addr, bytes, value))
            return false;
    } else if ((w = find_window(c, addr)) != NULL && w->writable) {
        c->d.data_window[addr >> 27] = (uint8_t)(w - c->window);
        cpu_put_bytes(w->mem + (addr - w->base), bytes, value);
        s->cycle += w->wait;
    } else if (!c->port->write(c->port->ctx, addr, bytes, CPU_DATA, value)) {
        return false;
    }
    s->cycle += !is_ioport(addr);
    cpu_watch_data(c, addr, bytes, CPU_USE_WRITE);
    return true;
}

/* Vectors are read with the default memory map, whatever the MPU says (DDI 0419 B3.5), and are no watchpoint's business. */
bool cpu_load_vector(struct cpu *c, uint32_t addr, uint32_t *value)
{
    const struct cpu_window *w = find_window(c, addr);

    if (w) {
        *value = get_le32(w->mem + (addr - w->base));
        c->s.cycle += w->wait;
    } else if (!c->port->read(c->port->ctx, addr, 4, CPU_VECTOR, value)) {
        return false;
    }
    c->s.cycle++;
    return true;
}
