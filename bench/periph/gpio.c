/* gpio.c - one I/O port. See gpio.h. */
#include "periph/gpio.h"

#include "device/regs/gpio.h"

struct gpio_state {
    uint32_t reg[GPIO_BRR / 4 + 1];
    uint16_t driven, level; /* pins held by the board, and where */
    uint16_t seen;          /* IDR as the last edges left it */
    uint8_t lock_step;      /* writes of LCKR's sequence seen so far: 0..3 */
};

#define PINS 0xFFFFu

static const struct periph_reg gpio_regs_rows[] = {
    // clang-format off
    /*                       reset       writable    clear1 */
    [GPIO_MODER   / 4] = {          0, UINT32_MAX, 0 },
    [GPIO_OTYPER  / 4] = {          0,       PINS, 0 },
    [GPIO_OSPEEDR / 4] = {          0, UINT32_MAX, 0 },
    [GPIO_PUPDR   / 4] = {          0, UINT32_MAX, 0 },
    [GPIO_IDR     / 4] = {          0,          0, 0 },
    [GPIO_ODR     / 4] = {          0,       PINS, 0 },
    [GPIO_BSRR    / 4] = {          0,          0, 0 },
    [GPIO_LCKR    / 4] = {          0,       PINS, 0 },
    [GPIO_AFRL    / 4] = {          0, UINT32_MAX, 0 },
    [GPIO_AFRH    / 4] = {          0, UINT32_MAX, 0 },
    [GPIO_BRR     / 4] = {          0,          0, 0 },
    // clang-format on
};

DEFINE_STATE(gpio_state_table, "gpio", struct gpio_state, STATE_MANY(struct gpio_state, reg, STATE_ANY),
             STATE_ONE(struct gpio_state, driven, STATE_ANY), STATE_ONE(struct gpio_state, level, STATE_ANY),
             STATE_ONE(struct gpio_state, seen, STATE_ANY), STATE_ONE(struct gpio_state, lock_step, 3));

enum gpio_mode gpio_pin_mode(const struct periph *p, unsigned pin) { return (enum gpio_mode)(*periph_word(p, GPIO_MODER) >> pin * 2 & 3); }

unsigned gpio_pin_function(const struct periph *p, unsigned pin)
{
    return *periph_word(p, pin < 8 ? GPIO_AFRL : GPIO_AFRH) >> (pin % 8) * 4 & 0xF;
}

/* What the chip puts out on a pin: its own register, or the peripheral whose function is chosen. */
static bool drives_pin(const struct periph *p, unsigned pin, bool *high)
{
    switch (gpio_pin_mode(p, pin)) {
    case GPIO_OUTPUT: *high = *periph_word(p, GPIO_ODR) >> pin & 1; return true;
    case GPIO_ALTERNATE: return p->env->output(p->env->ctx, p, pin, high);
    default: return false;
    }
}

/* What IDR reads: the board's level, else our own output, else the pull. A pin left in the air reads 0, as does an analog one.
 * `whole`: with what peripherals put out; the edges of these are nobody's event, and asking for them takes time. */
static uint32_t input(const struct periph *p, bool whole)
{
    const struct gpio_state *s = p->state;
    uint32_t idr = 0;

    for (unsigned pin = 0; pin < 16; pin++) {
        const enum gpio_mode mode = gpio_pin_mode(p, pin);
        const bool pulled_up = (*periph_word(p, GPIO_PUPDR) >> pin * 2 & 3) == 1;
        const bool open_drain = *periph_word(p, GPIO_OTYPER) >> pin & 1;
        bool high = pulled_up, out;

        if (mode == GPIO_ANALOG)
            continue;
        if (s->driven >> pin & 1)
            high = s->level >> pin & 1;
        if ((whole || mode == GPIO_OUTPUT) && drives_pin(p, pin, &out) && !(open_drain && out))
            high = out;
        idr |= (uint32_t)high << pin;
    }
    return idr;
}

/* Tell of each pin that now reads otherwise than before. */
static void tell_edges(struct periph *p)
{
    struct gpio_state *s = p->state;
    const uint32_t now = input(p, false), changed = now ^ s->seen;

    s->seen = (uint16_t)now;
    for (unsigned pin = 0; changed >> pin; pin++)
        if (changed >> pin & 1)
            p->env->edge(p->env->ctx, p, pin, now >> pin & 1);
}

void gpio_drive(struct periph *p, unsigned pin, bool high)
{
    struct gpio_state *s = p->state;

    s->driven = (uint16_t)(s->driven | 1u << pin);
    s->level = (uint16_t)((s->level & ~(1u << pin)) | (unsigned)high << pin);
    tell_edges(p);
}

void gpio_release(struct periph *p, unsigned pin)
{
    struct gpio_state *s = p->state;

    s->driven = (uint16_t)(s->driven & ~(1u << pin));
    tell_edges(p);
}

enum gpio_wire gpio_wire(const struct periph *p, unsigned pin)
{
    const struct gpio_state *s = p->state;
    const bool open_drain = *periph_word(p, GPIO_OTYPER) >> pin & 1;
    const uint32_t pull = *periph_word(p, GPIO_PUPDR) >> pin * 2 & 3;
    bool high;

    if (drives_pin(p, pin, &high) && !(open_drain && high))
        return high ? GPIO_WIRE_HIGH : GPIO_WIRE_LOW;
    if (s->driven >> pin & 1)
        return s->level >> pin & 1 ? GPIO_WIRE_HIGH : GPIO_WIRE_LOW;
    return pull == 1 ? GPIO_WIRE_HIGH : pull == 2 ? GPIO_WIRE_LOW : GPIO_WIRE_OPEN;
}

static uint32_t gpio_peek(const struct periph *p, uint32_t offset)
{
    if (offset == GPIO_IDR)
        return input(p, true);
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

static uint32_t gpio_read(struct periph *p, uint32_t offset)
{
    struct gpio_state *s = p->state;

    if (offset == GPIO_LCKR && s->lock_step == 3) /* the sequence ends with a read: 1, 0, 1, read (RM0444 7.4.8) */
        s->reg[GPIO_LCKR / 4] |= BITS(GPIO_LCKR_LCKK);
    return gpio_peek(p, offset);
}

/* LCKK 1, 0, 1 with the same pins each time; anything else starts anew. */
static void write_lock(struct periph *p, uint32_t value)
{
    struct gpio_state *s = p->state;
    uint32_t *lckr = periph_word(p, GPIO_LCKR);
    const bool key = value & BITS(GPIO_LCKR_LCKK), same = (value & PINS) == (*lckr & PINS);

    if (*lckr & BITS(GPIO_LCKR_LCKK))
        return;
    *lckr = value & PINS;
    if ((s->lock_step == 1 && !key && same) || (s->lock_step == 2 && key && same))
        s->lock_step++;
    else
        s->lock_step = key;
}

static uint32_t locked_pins(const struct periph *p)
{
    const uint32_t lckr = *periph_word(p, GPIO_LCKR);

    return lckr & BITS(GPIO_LCKR_LCKK) ? lckr & PINS : 0;
}

/* `pins` as a mask of `width` bits per pin, for the register's 32 / width pins from `first`. */
static uint32_t spread(uint32_t pins, unsigned width, unsigned first)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 32 / width && first + i < 16; i++)
        if (pins >> (first + i) & 1)
            mask |= ((1u << width) - 1) << i * width;
    return mask;
}

static void gpio_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const uint32_t locked = locked_pins(p);

    switch (offset) {
    case GPIO_BSRR: /* a set wins over a reset (RM0444 7.4.7) */ periph_set(p, GPIO_ODR, value >> 16 | (value & PINS), value & PINS); break;
    case GPIO_BRR: periph_set(p, GPIO_ODR, value & PINS, 0); break;
    case GPIO_LCKR:
        if (lanes == UINT32_MAX) /* words only (RM0444 7.4.8) */
            write_lock(p, value);
        break;
    case GPIO_MODER:
    case GPIO_OSPEEDR:
    case GPIO_PUPDR: periph_store(p, offset, value, lanes & ~spread(locked, 2, 0)); break;
    case GPIO_OTYPER: periph_store(p, offset, value, lanes & ~locked); break;
    case GPIO_AFRL: periph_store(p, offset, value, lanes & ~spread(locked, 4, 0)); break;
    case GPIO_AFRH: periph_store(p, offset, value, lanes & ~spread(locked, 4, 8)); break;
    default: periph_store(p, offset, value, lanes); break;
    }
    tell_edges(p);
}

static void gpio_reset(struct periph *p, enum periph_reset why)
{
    static const struct gpio_row analog = { UINT32_MAX, 0, 0 };
    const struct gpio_row *row = p->row ? p->row : &analog;
    struct gpio_state *s = p->state;

    s->reg[GPIO_MODER / 4] = row->moder;
    s->reg[GPIO_OSPEEDR / 4] = row->ospeedr;
    s->reg[GPIO_PUPDR / 4] = row->pupdr;
    s->lock_step = 0;
    s->seen = (uint16_t)input(p, false); /* no edges: whoever listens is in reset too */
}

const struct periph_kind gpio_kind = {
    .name = "GPIO",
    .names = &gpio_regs,
    .regs = gpio_regs_rows,
    .words = sizeof gpio_regs_rows / sizeof gpio_regs_rows[0],
    .state = &gpio_state_table,
    .read = gpio_read,
    .peek = gpio_peek,
    .write = gpio_write,
    .reset = gpio_reset,
};
