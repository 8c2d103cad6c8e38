/* analog.c - see analog.h. RM0503, RM0444: ADC (on-off control, calibration), DAC, general-purpose timers (PWM mode). Every wait has an
 * end. */
#include "analog.h"

#include "chip.h"
#include "hw.h"
#include "vchg_ctrl.h"

enum { PATIENCE = 20000, SAMPLE_LONGEST = 7, CLOCK_PCLK = 3, GAIN_PERMILLE = 1600, OUTPUT_FULL = 4096, MODE_ANALOG = 3 };
enum { BATTERY_PIN = 0, CURRENT_PIN = 1, THERMISTOR_PIN = 6 };

static bool ready;
static uint32_t supply_mv = 3300; /* as last measured */

static uint32_t adc(uint32_t reg) { return REG(ADC_BASE + reg); }

static bool wait_for(uint32_t reg, uint32_t mask, uint32_t value)
{
    for (unsigned i = 0; i < PATIENCE; i++)
        if ((adc(reg) & mask) == value)
            return true;
    return false;
}

static void pause_us(unsigned us)
{
    for (unsigned i = 0; i < us * 4; i++) /* at least a microsecond per four rounds of four cycles at 16 MHz */
        wait_for_writes();
}

static void make_analog(unsigned pin) { REG(GPIOA_BASE + GPIO_MODER) |= (uint32_t)MODE_ANALOG << 2 * pin; }

static bool adc_start(void)
{
    REG(RCC_APBENR2) |= RCC_APBENR2_ADCEN;
    (void)REG(RCC_APBENR2);
    REG(ADC_BASE + ADC_CFGR2) = PUT(ADC_CFGR2_CKMODE, CLOCK_PCLK);
    REG(ADC_BASE + ADC_CR) = BITS(ADC_CR_ADVREGEN);
    pause_us(20);
    REG(ADC_BASE + ADC_CR) = BITS(ADC_CR_ADVREGEN) | BITS(ADC_CR_ADCAL);
    if (!wait_for(ADC_CR, BITS(ADC_CR_ADCAL), 0))
        return false;
    REG(ADC_BASE + ADC_CCR) = BITS(ADC_CCR_VREFEN) | BITS(ADC_CCR_TSEN);
    REG(ADC_BASE + ADC_SMPR) = PUT(ADC_SMPR_SMP1, SAMPLE_LONGEST); /* 10 us: long enough for the sensors inside */
    REG(ADC_BASE + ADC_CR) = BITS(ADC_CR_ADVREGEN) | BITS(ADC_CR_ADEN);
    return wait_for(ADC_ISR, BITS(ADC_ISR_ADRDY), BITS(ADC_ISR_ADRDY));
}

/* ---- the output: `code` of OUTPUT_FULL parts of the supply ---- */

#ifdef CHARGER_PWM
enum { PWM_PIN = 7, MODE_ALTERNATE = 2, PWM_MODE_1 = 6 };

static void output(uint32_t code) { REG(TIM3_BASE + TIM_CCR2) = code; }

static void output_start(void)
{
    volatile uint32_t *const mode = &REG(GPIOA_BASE + GPIO_MODER);

    REG(RCC_APBENR1) |= RCC_APBENR1_TIM3EN;
    (void)REG(RCC_APBENR1);
    REG(TIM3_BASE + TIM_ARR) = OUTPUT_FULL - 1; /* 3.9 kHz */
    REG(TIM3_BASE + TIM_CCMR1) = PUT(TIM_CCMR1_OC2M, PWM_MODE_1) | BITS(TIM_CCMR1_OC2PE);
    output(0);
    REG(TIM3_BASE + TIM_EGR) = BITS(TIM_EGR_UG);
    REG(TIM3_BASE + TIM_CCER) = BITS(TIM_CCER_CC2E);
    REG(TIM3_BASE + TIM_CR1) = BITS(TIM_CR1_CEN) | BITS(TIM_CR1_ARPE);
    REG(GPIOA_BASE + GPIO_AFRL) |= TIM3_CH2_PIN_AF << 4 * PWM_PIN;
    *mode = (*mode & ~(3u << 2 * PWM_PIN)) | (uint32_t)MODE_ALTERNATE << 2 * PWM_PIN;
}
#else
enum { DAC_PIN = 4, DAC_UNBUFFERED = 2 };

static void output(uint32_t code) { REG(DAC_BASE + DAC_DHR12R1) = code; }

static void output_start(void)
{
    make_analog(DAC_PIN);
    REG(RCC_APBENR1) |= RCC_APBENR1_DAC1EN;
    (void)REG(RCC_APBENR1);
    REG(DAC_BASE + DAC_MCR) = PUT(DAC_MCR_MODE1, DAC_UNBUFFERED); /* down to 0 V; what follows has a high impedance */
    output(0);
    REG(DAC_BASE + DAC_CR) = BITS(DAC_CR_EN1);
}
#endif

bool analog_start(void)
{
    make_analog(BATTERY_PIN);
    make_analog(CURRENT_PIN);
    make_analog(THERMISTOR_PIN);
    output_start();
    return ready = adc_start();
}

static bool read_channel(unsigned channel, uint32_t *code)
{
    REG(ADC_BASE + ADC_ISR) = BITS(ADC_ISR_CCRDY) | BITS(ADC_ISR_EOC) | BITS(ADC_ISR_EOS) | BITS(ADC_ISR_OVR);
    REG(ADC_BASE + ADC_CHSELR) = 1u << channel;
    if (!wait_for(ADC_ISR, BITS(ADC_ISR_CCRDY), BITS(ADC_ISR_CCRDY)))
        return false;
    REG(ADC_BASE + ADC_CR) |= BITS(ADC_CR_ADSTART);
    if (!wait_for(ADC_ISR, BITS(ADC_ISR_EOC), BITS(ADC_ISR_EOC)))
        return false;
    *code = adc(ADC_DR);
    return true;
}

static uint32_t factory(uint32_t at) { return *(const volatile uint16_t *)at; }

bool vchg_measure(struct measure *m)
{
    const struct measure_factory f = { factory(VREFINT_CAL_AT), factory(TS_CAL1_AT), factory(TS_CAL2_AT) };
    struct measure_codes c;

    if (!ready || !read_channel(ADC_VREFINT, &c.vrefint) || !read_channel(ADC_BATTERY, &c.battery) ||
        !read_channel(ADC_CURRENT, &c.current) || !read_channel(ADC_THERMISTOR, &c.thermistor) || !read_channel(ADC_DIE, &c.die))
        return false;
    if (!measure_convert(&c, &f, m))
        return false;
    supply_mv = m->supply_mv;
    return true;
}

void vchg_output_mv(uint32_t mv)
{
    const uint32_t code = mv * 1000 / GAIN_PERMILLE * OUTPUT_FULL / supply_mv;

    output(code < OUTPUT_FULL ? code : OUTPUT_FULL - 1);
}
