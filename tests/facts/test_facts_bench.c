/* test_facts_bench.c - the rows of the virtual chips against the kept extract of the public stm32-data project: where peripherals lie,
 * which interrupt line they pull, which RCC bits clock and reset them, which pins a USART can have, how large the memories are. */
#include "facts.h"

#include "chip/chip_row.h"
#include "periph/usart.h"

static const struct virtual
{
    const struct chip_row *row;
    const char *chip; /* as the extract calls it */
}
chips[] = { { &chip_row_u073, "STM32U073RC" }, { &chip_row_g071, "STM32G071RB" } };
enum { CHIPS = sizeof chips / sizeof *chips };

/* What the extract has and a row has otherwise or not, with the reason. */
static const struct {
    const char *peripheral, *block; /* block NULL: not a block of its own */
    const char *why;
} otherwise[] = {
    // clang-format off
    { "FLASH",       NULL,   "the flash memory is its own model; see chip_row.flash_regs" },
    { "ADC1_COMMON", NULL,   "inside the block of ADC1" },
    { "COMP1",       "COMP", "both comparators are one block" },
    { "COMP2",       "COMP", "both comparators are one block" },
    { "VREFBUF",     NULL,   "inside the block of SYSCFG" },
    // clang-format on
};

static const char *block_name(const char *peripheral)
{
    for (size_t i = 0; i < sizeof otherwise / sizeof *otherwise; i++)
        if (strcmp(otherwise[i].peripheral, peripheral) == 0)
            return otherwise[i].block;
    return peripheral;
}

static const struct chip_block *find_block(const struct chip_row *row, const char *name)
{
    for (const struct chip_block *b = row->blocks; name && b->name; b++)
        if (strcmp(b->name, name) == 0)
            return b;
    return NULL;
}

static void every_peripheral_is_there_at_its_base(void **state)
{
    struct facts bases;
    unsigned wrong = 0;

    facts_read(&bases, "bases.csv", 4);
    for (const struct virtual *v = chips; v < chips + CHIPS; v++)
        for (size_t i = 0; i < bases.count; i++) {
            const char *const name = bases.rows[i].cell[1], *const block = block_name(name);
            const uint32_t base = (uint32_t)strtoul(bases.rows[i].cell[2], NULL, 16);
            const struct chip_block *const b = find_block(v->row, block);

            if (strcmp(bases.rows[i].cell[0], v->chip) != 0 || base < 0x40000000 || !block) /* below: values in system memory */
                continue;
            if (!b || (strcmp(block, name) == 0 ? b->base != base : base < b->base || base >= b->base + b->bytes)) {
                print_message("# %s %s 0x%08x is not so in the row\n", v->chip, name, base);
                wrong++;
            }
        }
    for (const struct virtual *v = chips; v < chips + CHIPS; v++)
        assert_int_equal(v->row->flash_regs, facts_base(&bases, v->chip, "FLASH"));
    facts_free(&bases);
    assert_int_equal(wrong, 0);
}

static void no_block_is_invented(void **state)
{
    struct facts bases;

    facts_read(&bases, "bases.csv", 4);
    for (const struct virtual *v = chips; v < chips + CHIPS; v++)
        for (const struct chip_block *b = v->row->blocks; b->name; b++)
            if (strcmp(b->name, "COMP") != 0)
                assert_int_equal(facts_base(&bases, v->chip, b->name), b->base); /* fails when there is none */
    facts_free(&bases);
}

static void each_block_pulls_its_own_interrupt_line(void **state)
{
    struct facts interrupts;

    facts_read(&interrupts, "interrupts.csv", 5);
    for (const struct virtual *v = chips; v < chips + CHIPS; v++) {
        for (const struct chip_block *b = v->row->blocks; b->name; b++)
            if (b->irq_source)
                assert_int_equal(b->irq_line, facts_interrupt(&interrupts, v->chip, b->name));
        assert_int_equal(v->row->flash_irq_line, facts_interrupt(&interrupts, v->chip, "FLASH"));
    }
    facts_free(&interrupts);
}

static const struct facts_row *find_register(const struct facts *registers, const char *block, const char *reg, const char *field)
{
    for (size_t i = 0; i < registers->count; i++)
        if (strcmp(registers->rows[i].cell[0], block) == 0 && strcmp(registers->rows[i].cell[1], reg) == 0 &&
            strcmp(registers->rows[i].cell[3], field) == 0)
            return &registers->rows[i];
    fail_msg("%s has no %s.%s", block, reg, field);
    return NULL;
}

static void each_block_hangs_on_its_own_rcc_bits(void **state)
{
    struct facts clocks, registers, bases;
    unsigned wrong = 0, gates = 0;

    facts_read(&clocks, "clocks.csv", 5);
    facts_read(&registers, "registers.csv", 6);
    facts_read(&bases, "bases.csv", 4);
    for (const struct virtual *v = chips; v < chips + CHIPS; v++) {
        const char *rcc = NULL;

        for (size_t i = 0; i < bases.count; i++)
            if (strcmp(bases.rows[i].cell[0], v->chip) == 0 && strcmp(bases.rows[i].cell[1], "RCC") == 0)
                rcc = bases.rows[i].cell[3];
        assert_non_null(rcc);
        for (size_t i = 0; i < clocks.count; i++) {
            const char *const *const cell = clocks.rows[i].cell;
            const struct chip_block *const b = find_block(v->row, block_name(cell[1]));

            if (strcmp(cell[0], v->chip) != 0 || !b)
                continue;

            const struct facts_row *const bit = find_register(&registers, rcc, cell[3], cell[4]);
            const struct chip_gate *const gate = strcmp(cell[2], "enable") == 0 ? &b->enable : &b->reset;

            gates++;
            if (gate->reg != strtoul(bit->cell[2], NULL, 16) || gate->bit != UINT32_C(1) << atoi(bit->cell[4])) {
                print_message("# %s %s: %s is %s.%s\n", v->chip, b->name, cell[2], cell[3], cell[4]);
                wrong++;
            }
        }
    }
    facts_free(&clocks);
    facts_free(&registers);
    facts_free(&bases);
    assert_int_equal(wrong, 0);
    assert_true(gates > 100);
}

/* How the extract spells the signals of a kind, by our numbers. NULL: not a signal of ours. */
static const struct {
    const char *peripheral; /* start of the name */
    const char *const *pins, *const *requests;
} signals[] = {
    { "USART", (const char *const[]){ "TX", "RX", NULL }, (const char *const[]){ "RX", "TX", NULL } },
    { "ADC", (const char *const[]){ "IN0",  "IN1",  "IN2",  "IN3",  "IN4",  "IN5",  "IN6",  "IN7",  "IN8",  "IN9",
                                    "IN10", "IN11", "IN12", "IN13", "IN14", "IN15", "IN16", "IN17", "IN18", NULL },
      (const char *const[]){ "ADC1", NULL } },
    { "DAC", (const char *const[]){ "OUT1", "OUT2", NULL }, (const char *const[]){ "CH1", "CH2", NULL } },
    { "LPUART", (const char *const[]){ "TX", "RX", NULL }, (const char *const[]){ "RX", "TX", NULL } },
    { "I2C", (const char *const[]){ "SCL", "SDA", NULL }, (const char *const[]){ "RX", "TX", NULL } },
    { "SPI", (const char *const[]){ "SCK", "MISO", "MOSI", "NSS", NULL }, (const char *const[]){ "RX", "TX", NULL } },
    { "LPTIM", (const char *const[]){ "CH1", "IN1", NULL }, (const char *const[]){ NULL } },
    { "TIM", (const char *const[]){ "CH1", "CH2", "CH3", "CH4", "CH1N", "CH2N", "CH3N", NULL },
      (const char *const[]){ "CH1", "CH2", "CH3", "CH4", "TRIG", "UP", "COM", NULL } },
};

static int number_of(const char *peripheral, const char *signal, bool request)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        const size_t len = strlen(signals[i].peripheral);
        const char *const *const names = request ? signals[i].requests : signals[i].pins;

        if (strncmp(peripheral, signals[i].peripheral, len) != 0 || peripheral[len] < '0' || peripheral[len] > '9')
            continue;
        for (int n = 0; names[n]; n++)
            if (strcmp(names[n], strcmp(signal, "OUT") == 0 ? "CH1" : signal) == 0) /* the G0's LPTIM calls it so */
                return n;
    }
    return -1;
}

static bool has_pin(const struct chip_block *b, const char *pin, unsigned function, unsigned signal)
{
    for (const struct chip_pin *p = b->pins; p && p->port; p++)
        if (p->port == pin[1] && p->pin == atoi(pin + 2) && p->function == function && p->signal == signal)
            return true;
    return false;
}

/* Both ways: a pin more would be as wrong as a pin less. */
static void blocks_have_their_pins(void **state)
{
    struct facts pins;
    unsigned wrong = 0, blocks = 0;

    facts_read(&pins, "pins.csv", 5);
    for (const struct virtual *v = chips; v < chips + CHIPS; v++)
        for (const struct chip_block *b = v->row->blocks; b->name; b++) {
            unsigned theirs = 0, ours = 0;

            if (!b->pins)
                continue;
            blocks++;
            for (size_t i = 0; i < pins.count; i++) {
                const char *const *const cell = pins.rows[i].cell;
                const int signal = number_of(b->name, cell[2], false);

                if (strcmp(cell[0], v->chip) != 0 || strcmp(cell[1], b->name) != 0 || signal < 0)
                    continue;
                theirs++;
                if (!has_pin(b, cell[3], (unsigned)atoi(cell[4]), (unsigned)signal)) {
                    print_message("# %s %s: %s on %s, function %s\n", v->chip, b->name, cell[2], cell[3], cell[4]);
                    wrong++;
                }
            }
            for (const struct chip_pin *p = b->pins; p->port; p++)
                ours++;
            assert_int_equal(ours, theirs);
        }
    facts_free(&pins);
    assert_int_equal(wrong, 0);
    assert_true(blocks >= 35);
}

static void blocks_have_their_dma_requests(void **state)
{
    struct facts requests;
    unsigned found = 0;

    facts_read(&requests, "requests.csv", 4);
    for (const struct virtual *v = chips; v < chips + CHIPS; v++)
        for (const struct chip_block *b = v->row->blocks; b->name; b++)
            for (const struct chip_request *r = b->requests; r && r->id; r++) {
                bool known = false;

                for (size_t i = 0; i < requests.count; i++)
                    known |= strcmp(requests.rows[i].cell[0], v->chip) == 0 && strcmp(requests.rows[i].cell[1], b->name) == 0 &&
                             number_of(b->name, requests.rows[i].cell[2], true) == r->signal && atoi(requests.rows[i].cell[3]) == r->id;
                if (!known)
                    fail_msg("%s %s: request %u of signal %u", v->chip, b->name, r->id, r->signal);
                found++;
            }
    facts_free(&requests);
    assert_true(found >= 60);
}

static uint32_t memory(const struct facts *memories, const char *chip, const char *name, unsigned cell)
{
    for (size_t i = 0; i < memories->count; i++)
        if (strcmp(memories->rows[i].cell[0], chip) == 0 && strcmp(memories->rows[i].cell[1], name) == 0)
            return (uint32_t)strtoul(memories->rows[i].cell[cell], NULL, 0);
    fail_msg("%s has no %s", chip, name);
    return 0;
}

static void memories_have_their_sizes(void **state)
{
    struct facts memories;

    facts_read(&memories, "memories.csv", 4);
    for (const struct virtual *v = chips; v < chips + CHIPS; v++) {
        assert_int_equal(v->row->facts.flash_base, memory(&memories, v->chip, "BANK_1", 2));
        assert_int_equal(v->row->facts.flash_bytes, memory(&memories, v->chip, "BANK_1", 3));
        assert_int_equal(v->row->sram1_bytes + v->row->sram2_bytes, memory(&memories, v->chip, "SRAM", 3));
    }
    facts_free(&memories);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_peripheral_is_there_at_its_base),
        cmocka_unit_test(no_block_is_invented),
        cmocka_unit_test(each_block_pulls_its_own_interrupt_line),
        cmocka_unit_test(each_block_hangs_on_its_own_rcc_bits),
        cmocka_unit_test(blocks_have_their_pins),
        cmocka_unit_test(blocks_have_their_dma_requests),
        cmocka_unit_test(memories_have_their_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
