/* wires.c - what connects the blocks of the chip: their clocks, pins, DMA requests, triggers, edges.
 *
 * Sources: RM0503 and RM0444: RCC (kernel clocks), DMAMUX, interconnect tables; the rows of the chips say which. */
#include "chip/chip_inner.h"
#include "device/regs/tim.h"
#include "periph/adc.h"
#include "periph/dac.h"
#include "periph/dmamux.h"
#include "periph/exti.h"
#include "periph/gpio.h"
#include "periph/i2c.h"
#include "periph/pwr.h"
#include "periph/rcc.h"
#include "periph/rtc.h"
#include "periph/spi.h"
#include "periph/tamp.h"
#include "periph/tim.h"
#include "periph/usart.h"

#include <stdio.h>
#include <string.h>

static const struct chip_block *block_of(const struct chip *c, const struct periph *p) { return &c->row->blocks[p - c->periph]; }

/* ---- clocks ---- */

static bool is_set(const struct periph *holder, const struct chip_gate *gate)
{
    return gate->bit && periph_peek(holder, gate->reg) & gate->bit;
}

/* While the core sleeps, lightly or deeply, a block whose xxxSMEN bit is 0 has no clock. Estimate: only where software has cleared it. The
 * U0's SVD prints the STM32G0's reset value for APBSMENR1, in which the bits of USB and of other blocks that are the U0's alone are 0. */
static bool may_not_run_in_sleep(const struct chip *c, const struct chip_block *b)
{
    const struct chip_gate in_sleep = { (uint16_t)(b->enable.reg + c->row->sleep_enables), b->enable.bit };

    return b->enable.bit && !b->backup && c->rcc->kind->regs[in_sleep.reg / 4].reset & in_sleep.bit && !is_set(c->rcc, &in_sleep);
}

void wires_core_sleeps(struct chip *c) /* or wakes */
{
    for (size_t i = 0; i < c->block_count; i++)
        if (c->periph[i].kind && is_set(c->rcc, &c->row->blocks[i].enable) && may_not_run_in_sleep(c, &c->row->blocks[i])) {
            wires_reclock(c);
            chip_reschedule(c);
            return;
        }
}

uint64_t wires_clock_hz(void *ctx, const struct periph *p)
{
    const struct chip *c = ctx;
    const struct chip_block *b = block_of(c, p);

    if (p == c->iwdg)
        return rcc_watchdog_hz(c->rcc);
    if (cpu_asleep(&c->cpu) && may_not_run_in_sleep(c, b))
        return 0;
    if (b->clock == CHIP_CLOCK_CCIPR && c->s.sleep == CHIP_STOP && !usart_works_in_stop(p))
        return 0;
    if (b->clock == CHIP_CLOCK_CCIPR)
        return b->kernel_lsb == CHIP_KERNEL_PCLK ? rcc_hz(c->rcc, CLOCK_PCLK) : rcc_kernel_hz(c->rcc, RCC_USART, b->kernel_lsb);
    if (c->s.halted && is_set(c->dbgmcu, &b->freeze))
        return 0;
    if (b->clock == CHIP_CLOCK_RTC) /* its bus clock is another matter */
        return rcc_rtc_hz(c->rcc);
    if (b->enable.bit && !is_set(c->rcc, &b->enable))
        return 0;
    switch ((enum chip_clock)b->clock) {
    case CHIP_CLOCK_CCIPR_LSI: return rcc_kernel_hz(c->rcc, RCC_LPTIM, b->kernel_lsb);
    case CHIP_CLOCK_CCIPR_I2C: return rcc_kernel_hz(c->rcc, RCC_I2C, b->kernel_lsb);
    case CHIP_CLOCK_LSE: return rcc_hz(c->rcc, CLOCK_LSE);
    case CHIP_CLOCK_48: return rcc_kernel_hz(c->rcc, RCC_CLK48, b->kernel_lsb);
    case CHIP_CLOCK_TIMER: return rcc_hz(c->rcc, is_set(c->rcc, &b->pllq) ? CLOCK_PLLQ : CLOCK_TIMER);
    case CHIP_CLOCK_ADC: return adc_is_synchronous(p) ? rcc_hz(c->rcc, CLOCK_PCLK) : rcc_kernel_hz(c->rcc, RCC_ADC, b->kernel_lsb);
    case CHIP_CLOCK_AHB: return rcc_hz(c->rcc, CLOCK_HCLK);
    default: return rcc_hz(c->rcc, CLOCK_PCLK);
    }
}

bool wires_supplied(void *ctx, const struct periph *p)
{
    const struct chip *c = ctx;

    return p != c->usb || pwr_usb_supplied(c->pwr);
}

void wires_reclock(struct chip *c)
{
    for (size_t i = 0; i < c->block_count; i++) {
        struct periph *p = &c->periph[i];

        if (!p->kind || !p->kind->reclock)
            continue;
        p->kind->reclock(p);
        c->due_ps[i] = p->kind->next_ps ? p->kind->next_ps(p) : TIME_NEVER;
    }
}

/* ---- pins ---- */

static bool is_at(const struct chip *c, const struct chip_pin *pin)
{
    const struct periph *port = c->gpio[pin->port - 'A'];

    return gpio_pin_mode(port, pin->pin) == GPIO_ALTERNATE && gpio_pin_function(port, pin->pin) == pin->function;
}

bool wires_routed(void *ctx, const struct periph *p, unsigned signal)
{
    const struct chip *c = ctx;

    for (const struct chip_pin *pin = block_of(c, p)->pins; pin && pin->port; pin++)
        if (pin->signal == signal && is_at(c, pin))
            return true;
    return false;
}

static unsigned port_of(const struct chip *c, const struct periph *gpio)
{
    unsigned port = 0;

    while (c->gpio[port] != gpio)
        port++;
    return port;
}

/* The peripheral whose signal is on a pin that is in alternate mode. */
static struct periph *user_of(const struct chip *c, char port, unsigned at, unsigned *signal)
{
    const unsigned place = (unsigned)(port - 'A') * 16 + at, function = gpio_pin_function(c->gpio[port - 'A'], at);

    if (gpio_pin_mode(c->gpio[port - 'A'], at) != GPIO_ALTERNATE)
        return NULL;
    for (unsigned i = c->pin_first[place]; i < c->pin_first[place + 1]; i++)
        if (c->pin_user[i].function == function) {
            *signal = c->pin_user[i].signal;
            return (struct periph *)(uintptr_t)&c->periph[c->pin_user[i].block];
        }
    return NULL;
}

void wires_build(struct chip *c)
{
    unsigned count = 0;

    for (unsigned place = 0; place < 6 * 16; place++) {
        c->pin_first[place] = (uint16_t)count;
        for (size_t i = 0; i < c->block_count; i++)
            for (const struct chip_pin *pin = c->periph[i].kind ? c->row->blocks[i].pins : NULL; pin && pin->port; pin++)
                if ((unsigned)(pin->port - 'A') * 16 + pin->pin == place && pin->function != CHIP_PIN_ANALOG && count < CHIP_PIN_USERS)
                    c->pin_user[count++] = (struct chip_pin_user){ (uint8_t)i, pin->function, pin->signal };
    }
    c->pin_first[6 * 16] = (uint16_t)count;
}

bool wires_output(void *ctx, const struct periph *gpio, unsigned pin, bool *high)
{
    const struct chip *c = ctx;
    unsigned signal;
    const struct periph *p = user_of(c, (char)('A' + port_of(c, gpio)), pin, &signal);

    return p && p->kind->drives && p->kind->drives(p, signal, high);
}

void wires_edge(void *ctx, const struct periph *gpio, unsigned pin, bool rising)
{
    struct chip *c = ctx;
    const unsigned port = port_of(c, gpio);
    unsigned signal;
    struct periph *p = user_of(c, (char)('A' + port), pin, &signal);

    exti_pin(c->exti, port, pin, rising);
    for (size_t i = 0; i < c->block_count; i++)
        if (c->periph[i].kind == &spi_kind)
            spi_select_moved(&c->periph[i], (char)('A' + port), pin, rising);
    if (p && p->kind->pin_edge)
        p->kind->pin_edge(p, signal, rising);
}

/* ---- analog ---- */

static const struct chip_analog nothing_around;
static const struct chip_analog *around(const struct chip *c) { return c->analog ? c->analog : &nothing_around; }

enum { VDDA_UV = 3300000, ROOM_MC = 25000 };

void chip_set_analog(struct chip *c, const struct chip_analog *analog) { c->analog = analog; }

uint32_t wires_vdda_uv(void *ctx)
{
    const struct chip_analog *const a = around(ctx);

    return a->vdda_uv ? a->vdda_uv(a->ctx) : VDDA_UV;
}

int32_t wires_die_mc(void *ctx)
{
    const struct chip_analog *const a = around(ctx);

    return a->die_mc ? a->die_mc(a->ctx) : ROOM_MC;
}

bool chip_analog_out(const struct chip *c, char port, unsigned at, uint32_t *uv)
{
    if (!c->dac || !c->s.powered)
        return false;
    for (const struct chip_pin *pin = block_of(c, c->dac)->pins; pin && pin->port; pin++)
        if (pin->port == port && pin->pin == at)
            return dac_output(c->dac, pin->signal, wires_vdda_uv((void *)(uintptr_t)c), uv);
    return false;
}

/* The chip's own output, then what the board puts there, then nothing. */
uint32_t wires_analog_uv(void *ctx, const struct periph *p, unsigned channel)
{
    struct chip *c = ctx;
    const struct chip_analog *const a = around(c);
    uint32_t uv = 0;

    for (const struct chip_pin *pin = block_of(c, p)->pins; pin && pin->port; pin++)
        if (pin->signal == channel && !chip_analog_out(c, pin->port, pin->pin, &uv) &&
            (!a->pin_uv || !a->pin_uv(a->ctx, pin->port, pin->pin, chip_time_ps(c), &uv)))
            uv = 0;
    return uv;
}

void wires_analog_changed(struct chip *c)
{
    const struct chip_analog *const a = around(c);

    if (a->changed)
        a->changed(a->ctx, chip_time_ps(c));
}

static struct periph *port_named(const struct chip *c, char port, unsigned pin)
{
    return port >= 'A' && port <= 'F' && pin < 16 ? c->gpio[port - 'A'] : NULL;
}

/* Who looks at pins whatever the port is set to: the backup domain, and PWR out of its sleep. */
static void pin_moved(struct chip *c, char port, unsigned pin, bool high)
{
    rtc_pin(c->rtc, port, pin, high);
    if (tamp_pin(c->tamp, port, pin, high) && rtc_stamps_tampers(c->rtc))
        rtc_stamp(c->rtc);
    if (!c->s.in_reset && pwr_wake_pin(c->pwr, port, pin, high) && c->s.sleep >= CHIP_STANDBY)
        chip_wake_deep(c);
}

void chip_pin_drive(struct chip *c, char port, unsigned pin, enum chip_wire level)
{
    struct periph *gpio = port_named(c, port, pin);
    enum chip_wire before;

    if (!gpio)
        return;
    before = chip_pin(c, port, pin);
    if (level == CHIP_WIRE_OPEN)
        gpio_release(gpio, pin);
    else
        gpio_drive(gpio, pin, level == CHIP_WIRE_HIGH);
    level = chip_pin(c, port, pin);
    if ((before == CHIP_WIRE_HIGH) != (level == CHIP_WIRE_HIGH) && c->s.powered)
        pin_moved(c, port, pin, level == CHIP_WIRE_HIGH);
    chip_reschedule(c);
}

enum chip_wire chip_pin(const struct chip *c, char port, unsigned pin)
{
    static const uint8_t wires[] = {
        [GPIO_WIRE_OPEN] = CHIP_WIRE_OPEN, [GPIO_WIRE_LOW] = CHIP_WIRE_LOW, [GPIO_WIRE_HIGH] = CHIP_WIRE_HIGH
    };
    const struct periph *gpio = port_named(c, port, pin);

    return gpio && c->s.powered ? (enum chip_wire)wires[gpio_wire(gpio, pin)] : CHIP_WIRE_OPEN;
}

/* I2C3, SPI2. NULL: the chip has none. */
static struct periph *numbered(struct chip *c, const struct periph_kind *kind, unsigned n)
{
    char name[5];
    struct periph *p;

    snprintf(name, sizeof name, "%.3s%u", kind->name, n % 10);
    p = n ? chip_block(c, name) : NULL;
    return p && p->kind == kind ? p : NULL;
}

static unsigned joined(const struct periph *p) { return p->kind == &i2c_kind ? i2c_joined(p) : spi_joined(p); }

void wires_join_buses(struct chip *c)
{
    for (unsigned i = 0; i < 2; i++)
        for (unsigned n = 1; n < 10; n++) {
            const struct periph_kind *const kind = i ? &i2c_kind : &spi_kind;
            struct periph *p = numbered(c, kind, n);

            if (p)
                p->mate = joined(p) != n ? numbered(c, kind, joined(p)) : NULL;
        }
}

static bool join(struct chip *c, struct periph *bus, unsigned own, unsigned other)
{
    struct periph *mate = numbered(c, bus->kind, other);
    void (*const with)(struct periph *, unsigned) = bus->kind == &i2c_kind ? i2c_join : spi_join;

    if (!mate || mate == bus || joined(bus) || joined(mate))
        return false;
    with(bus, other);
    with(mate, own);
    wires_join_buses(c);
    return true;
}

bool chip_attach(struct chip *c, const struct chip_part *part)
{
    struct periph *bus = chip_block(c, part->bus);

    if (!bus || (bus->kind != &i2c_kind && bus->kind != &spi_kind))
        return false;
    if (part->kind == CHIP_PART_JOINED)
        return join(c, bus, (unsigned)(part->bus[3] - '0'), part->address);
    if ((part->kind == CHIP_PART_I2C_MEMORY) != (bus->kind == &i2c_kind))
        return false;
    if (part->kind == CHIP_PART_I2C_MEMORY)
        return i2c_attach(bus, part->address, part->pointer_bytes, part->bytes);
    if (part->select_port && !port_named(c, part->select_port, part->select_pin))
        return false;
    spi_attach(bus, part->kind == CHIP_PART_SPI_FLASH ? SPI_FLASH : SPI_LOOPBACK, part->id, part->select_port, part->select_pin);
    return true;
}

bool chip_pin_pwm(const struct chip *c, char port, unsigned pin, struct chip_pwm *pwm)
{
    const struct periph *gpio = port_named(c, port, pin);
    struct tim_pwm found;
    unsigned signal;
    const struct periph *p = gpio && c->s.powered ? user_of(c, port, pin, &signal) : NULL;

    if (!p || p->kind->names != &tim_regs || !tim_pwm(p, signal, &found))
        return false;
    *pwm = (struct chip_pwm){ found.period_ps, found.high_ps };
    return true;
}

/* ---- DMA ---- */

static void dma_moved(struct chip *c)
{
    for (unsigned i = 0; i < 2; i++)
        if (c->dma[i])
            c->due_ps[c->dma[i] - c->periph] = c->dma[i]->kind->next_ps(c->dma[i]);
    chip_reschedule(c);
}

void wires_dma(void *ctx, const struct periph *p, unsigned signal, bool wanted)
{
    struct chip *c = ctx;

    if (!c->dmamux)
        return;
    for (const struct chip_request *r = block_of(c, p)->requests; r && r->id; r++)
        if (r->signal == signal && dmamux_request(c->dmamux, r->id, wanted) && c->built)
            dma_moved(c);
}

/* DMAMUX counts the channels of both controllers through: DMA2's come after DMA1's seven. */
static unsigned mux_channel(const struct chip *c, const struct periph *dma, unsigned channel)
{
    return dma == c->dma[0] ? channel : channel + DMAMUX_DMA2_FIRST;
}

bool wires_dma_wanted(void *ctx, const struct periph *dma, unsigned channel)
{
    const struct chip *c = ctx;

    return c->dmamux && dmamux_wanted(c->dmamux, mux_channel(c, dma, channel));
}

void wires_dma_taken(void *ctx, const struct periph *dma, unsigned channel)
{
    struct chip *c = ctx;

    dmamux_taken(c->dmamux, mux_channel(c, dma, channel));
}

bool wires_bus_read(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value)
{
    uint64_t done_ps;

    return bus_read(ctx, addr, bytes, FLASH_CPU, value, &done_ps);
}

bool wires_bus_write(void *ctx, uint32_t addr, unsigned bytes, uint32_t value)
{
    uint64_t done_ps;

    return bus_write(ctx, addr, bytes, FLASH_CPU, value, &done_ps);
}

/* ---- triggers ---- */

/* The next link that begins at this output, from `link` on; NULL: none. */
static const struct chip_link *next_link(const struct chip *c, const struct chip_link *link, const struct periph *p, unsigned signal)
{
    for (; link && link->from; link++)
        if (link->signal == signal && strcmp(link->from, p->name) == 0)
            return link;
    return NULL;
}

bool wires_listened(void *ctx, const struct periph *p, unsigned signal)
{
    struct chip *c = ctx;

    for (const struct chip_link *l = c->row->links; (l = next_link(c, l, p, signal)) != NULL; l++) {
        const struct periph *to = chip_block(c, l->to);

        if (to && to->kind->listens && to->kind->listens(to, l->input))
            return true;
    }
    return false;
}

void wires_trigger(void *ctx, const struct periph *p, unsigned signal)
{
    struct chip *c = ctx;

    if (p == c->exti && signal < 16 && c->dmamux && dmamux_signal(c->dmamux, signal))
        dma_moved(c);

    for (const struct chip_link *l = c->row->links; (l = next_link(c, l, p, signal)) != NULL; l++) {
        struct periph *to = chip_block(c, l->to);

        if (to && to->kind->triggered)
            to->kind->triggered(to, l->input);
    }
}

void wires_rewired(void *ctx)
{
    struct chip *c = ctx;

    if (!c->built)
        return;
    for (size_t i = 0; i < c->block_count; i++)
        if (c->periph[i].kind && c->periph[i].kind->next_ps)
            c->due_ps[i] = c->periph[i].kind->next_ps(&c->periph[i]);
    chip_reschedule(c);
}

void wires_event(void *ctx)
{
    struct chip *c = ctx;

    cpu_event(&c->cpu);
    if (c->s.sleep == CHIP_STOP)
        chip_wake_stop(c);
}
