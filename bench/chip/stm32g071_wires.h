/* stm32g071_wires.h - which pins carry a peripheral's signals and which DMA requests it has, on the STM32G071RB. For stm32g071.c only.
 *
 * Source: stm32-data (STM32G071RB), compared with tests/facts/pins.csv and requests.csv by tests/facts. */
#pragma once
#include "chip/chip_row.h"
#include "periph/i2c.h"
#include "periph/lptim.h"
#include "periph/spi.h"
#include "periph/tim.h"
#include "periph/usart.h"

enum { TX = USART_SIGNAL_TX, RX = USART_SIGNAL_RX };

/* clang-format off */
static const struct chip_pin i2c1_pins[] = {
    { 'A',  9, 6, I2C_SCL }, { 'B',  6, 6, I2C_SCL }, { 'B',  8, 6, I2C_SCL }, { 'A', 10, 6, I2C_SDA },
    { 'B',  7, 6, I2C_SDA }, { 'B',  9, 6, I2C_SDA },
    { 0 } };
static const struct chip_request i2c1_requests[] = { { I2C_DMA_RX, 10 }, { I2C_DMA_TX, 11 }, { 0 } };
static const struct chip_pin i2c2_pins[] = {
    { 'A', 11, 6, I2C_SCL }, { 'B', 10, 6, I2C_SCL }, { 'B', 13, 6, I2C_SCL }, { 'A', 12, 6, I2C_SDA },
    { 'B', 11, 6, I2C_SDA }, { 'B', 14, 6, I2C_SDA },
    { 0 } };
static const struct chip_request i2c2_requests[] = { { I2C_DMA_RX, 12 }, { I2C_DMA_TX, 13 }, { 0 } };
static const struct chip_pin lptim1_pins[] = {
    { 'A',  0, 5, LPTIM_OUT }, { 'B',  0, 5, LPTIM_OUT }, { 'B',  2, 5, LPTIM_OUT }, { 'C',  1, 0, LPTIM_OUT },
    { 'D',  8, 2, LPTIM_OUT },
    { 'B',  5, 5, LPTIM_IN1 }, { 'C',  0, 0, LPTIM_IN1 }, { 'C', 12, 0, LPTIM_IN1 },
    { 0 } };
static const struct chip_pin lptim2_pins[] = {
    { 'A',  4, 5, LPTIM_OUT }, { 'A',  8, 5, LPTIM_OUT }, { 'D',  6, 2, LPTIM_OUT },
    { 'B',  1, 5, LPTIM_IN1 }, { 'C',  0, 2, LPTIM_IN1 },
    { 0 } };
static const struct chip_pin lpuart1_pins[] = {
    { 'A',  2, 6, TX }, { 'B', 11, 1, TX }, { 'C',  1, 1, TX }, { 'A',  3, 6, RX },
    { 'B', 10, 1, RX }, { 'C',  0, 1, RX },
    { 0 } };
static const struct chip_request lpuart1_requests[] = { { USART_DMA_RX, 14 }, { USART_DMA_TX, 15 }, { 0 } };
static const struct chip_pin spi1_pins[] = {
    { 'A',  1, 0, SPI_SCK }, { 'A',  5, 0, SPI_SCK }, { 'B',  3, 0, SPI_SCK }, { 'D',  8, 1, SPI_SCK },
    { 'A',  6, 0, SPI_MISO }, { 'A', 11, 0, SPI_MISO }, { 'B',  4, 0, SPI_MISO }, { 'D',  5, 1, SPI_MISO },
    { 'A',  2, 0, SPI_MOSI }, { 'A',  7, 0, SPI_MOSI }, { 'A', 12, 0, SPI_MOSI }, { 'B',  5, 0, SPI_MOSI },
    { 'D',  6, 1, SPI_MOSI }, { 'A',  4, 0, SPI_NSS }, { 'A', 15, 0, SPI_NSS }, { 'B',  0, 0, SPI_NSS },
    { 'D',  9, 1, SPI_NSS },
    { 0 } };
static const struct chip_request spi1_requests[] = { { SPI_DMA_RX, 16 }, { SPI_DMA_TX, 17 }, { 0 } };
static const struct chip_pin spi2_pins[] = {
    { 'A',  0, 0, SPI_SCK }, { 'B',  8, 1, SPI_SCK }, { 'B', 10, 5, SPI_SCK }, { 'B', 13, 0, SPI_SCK },
    { 'D',  1, 1, SPI_SCK }, { 'A',  3, 0, SPI_MISO }, { 'A',  9, 4, SPI_MISO }, { 'B',  2, 1, SPI_MISO },
    { 'B',  6, 4, SPI_MISO }, { 'B', 14, 0, SPI_MISO }, { 'C',  2, 1, SPI_MISO }, { 'D',  3, 1, SPI_MISO },
    { 'A',  4, 1, SPI_MOSI }, { 'A', 10, 0, SPI_MOSI }, { 'B',  7, 1, SPI_MOSI }, { 'B', 11, 0, SPI_MOSI },
    { 'B', 15, 0, SPI_MOSI }, { 'C',  3, 1, SPI_MOSI }, { 'D',  4, 1, SPI_MOSI }, { 'A',  8, 1, SPI_NSS },
    { 'B',  9, 5, SPI_NSS }, { 'B', 12, 0, SPI_NSS }, { 'D',  0, 1, SPI_NSS },
    { 0 } };
static const struct chip_request spi2_requests[] = { { SPI_DMA_RX, 18 }, { SPI_DMA_TX, 19 }, { 0 } };
static const struct chip_pin tim1_pins[] = {
    { 'A',  8, 2, TIM_CH1 }, { 'C',  8, 2, TIM_CH1 }, { 'A',  9, 2, TIM_CH2 }, { 'B',  3, 1, TIM_CH2 },
    { 'C',  9, 2, TIM_CH2 }, { 'A', 10, 2, TIM_CH3 }, { 'B',  6, 1, TIM_CH3 }, { 'C', 10, 2, TIM_CH3 },
    { 'A', 11, 2, TIM_CH4 }, { 'C', 11, 2, TIM_CH4 }, { 'A',  7, 2, TIM_CH1N }, { 'B', 13, 2, TIM_CH1N },
    { 'D',  2, 2, TIM_CH1N }, { 'B',  0, 2, TIM_CH2N }, { 'B', 14, 2, TIM_CH2N }, { 'D',  3, 2, TIM_CH2N },
    { 'B',  1, 2, TIM_CH3N }, { 'B', 15, 2, TIM_CH3N }, { 'D',  4, 2, TIM_CH3N },
    { 0 } };
static const struct chip_request tim1_requests[] = { { TIM_DMA_CC1, 20 }, { TIM_DMA_CC2, 21 }, { TIM_DMA_CC3, 22 }, { TIM_DMA_CC4, 23 }, { TIM_DMA_TRIG, 24 }, { TIM_DMA_UP, 25 }, { 0 } };
static const struct chip_pin tim14_pins[] = {
    { 'A',  4, 4, TIM_CH1 }, { 'A',  7, 4, TIM_CH1 }, { 'B',  1, 0, TIM_CH1 }, { 'C', 12, 2, TIM_CH1 },
    { 'F',  0, 2, TIM_CH1 },
    { 0 } };
static const struct chip_pin tim15_pins[] = {
    { 'A',  2, 5, TIM_CH1 }, { 'B', 14, 5, TIM_CH1 }, { 'C',  1, 2, TIM_CH1 }, { 'A',  3, 5, TIM_CH2 },
    { 'B', 15, 5, TIM_CH2 }, { 'C',  2, 2, TIM_CH2 }, { 'A',  1, 5, TIM_CH1N }, { 'B', 13, 5, TIM_CH1N },
    { 'B', 15, 4, TIM_CH1N }, { 'F',  1, 2, TIM_CH1N },
    { 0 } };
static const struct chip_request tim15_requests[] = { { TIM_DMA_CC1, 40 }, { TIM_DMA_CC2, 41 }, { TIM_DMA_TRIG, 42 }, { TIM_DMA_UP, 43 }, { 0 } };
static const struct chip_pin tim16_pins[] = {
    { 'A',  6, 5, TIM_CH1 }, { 'B',  8, 2, TIM_CH1 }, { 'D',  0, 2, TIM_CH1 }, { 'B',  6, 2, TIM_CH1N },
    { 0 } };
static const struct chip_request tim16_requests[] = { { TIM_DMA_CC1, 44 }, { TIM_DMA_COM, 45 }, { TIM_DMA_UP, 46 }, { 0 } };
static const struct chip_pin tim17_pins[] = {
    { 'A',  7, 5, TIM_CH1 }, { 'B',  9, 2, TIM_CH1 }, { 'D',  1, 2, TIM_CH1 }, { 'B',  7, 2, TIM_CH1N },
    { 0 } };
static const struct chip_request tim17_requests[] = { { TIM_DMA_CC1, 47 }, { TIM_DMA_COM, 48 }, { TIM_DMA_UP, 49 }, { 0 } };
static const struct chip_pin tim2_pins[] = {
    { 'A',  0, 2, TIM_CH1 }, { 'A',  5, 2, TIM_CH1 }, { 'A', 15, 2, TIM_CH1 }, { 'C',  4, 2, TIM_CH1 },
    { 'A',  1, 2, TIM_CH2 }, { 'B',  3, 2, TIM_CH2 }, { 'C',  5, 2, TIM_CH2 }, { 'A',  2, 2, TIM_CH3 },
    { 'B', 10, 2, TIM_CH3 }, { 'C',  6, 2, TIM_CH3 }, { 'A',  3, 2, TIM_CH4 }, { 'B', 11, 2, TIM_CH4 },
    { 'C',  7, 2, TIM_CH4 },
    { 0 } };
static const struct chip_request tim2_requests[] = { { TIM_DMA_CC1, 26 }, { TIM_DMA_CC2, 27 }, { TIM_DMA_CC3, 28 }, { TIM_DMA_CC4, 29 }, { TIM_DMA_TRIG, 30 }, { TIM_DMA_UP, 31 }, { 0 } };
static const struct chip_pin tim3_pins[] = {
    { 'A',  6, 1, TIM_CH1 }, { 'B',  4, 1, TIM_CH1 }, { 'C',  6, 1, TIM_CH1 }, { 'A',  7, 1, TIM_CH2 },
    { 'B',  5, 1, TIM_CH2 }, { 'C',  7, 1, TIM_CH2 }, { 'B',  0, 1, TIM_CH3 }, { 'C',  8, 1, TIM_CH3 },
    { 'B',  1, 1, TIM_CH4 }, { 'C',  9, 1, TIM_CH4 },
    { 0 } };
static const struct chip_request tim3_requests[] = { { TIM_DMA_CC1, 32 }, { TIM_DMA_CC2, 33 }, { TIM_DMA_CC3, 34 }, { TIM_DMA_CC4, 35 }, { TIM_DMA_TRIG, 36 }, { TIM_DMA_UP, 37 }, { 0 } };
static const struct chip_request tim6_requests[] = { { TIM_DMA_UP, 38 }, { 0 } };
static const struct chip_request tim7_requests[] = { { TIM_DMA_UP, 39 }, { 0 } };
static const struct chip_pin usart1_pins[] = {
    { 'A',  9, 1, TX }, { 'B',  6, 0, TX }, { 'C',  4, 1, TX }, { 'A', 10, 1, RX },
    { 'B',  7, 0, RX }, { 'C',  5, 1, RX },
    { 0 } };
static const struct chip_request usart1_requests[] = { { USART_DMA_RX, 50 }, { USART_DMA_TX, 51 }, { 0 } };
static const struct chip_pin usart2_pins[] = {
    { 'A',  2, 1, TX }, { 'A', 14, 1, TX }, { 'D',  5, 0, TX }, { 'A',  3, 1, RX },
    { 'A', 15, 1, RX }, { 'D',  6, 0, RX },
    { 0 } };
static const struct chip_request usart2_requests[] = { { USART_DMA_RX, 52 }, { USART_DMA_TX, 53 }, { 0 } };
static const struct chip_pin usart3_pins[] = {
    { 'A',  5, 4, TX }, { 'B',  2, 4, TX }, { 'B',  8, 4, TX }, { 'B', 10, 4, TX },
    { 'C',  4, 0, TX }, { 'C', 10, 0, TX }, { 'D',  8, 0, TX }, { 'B',  0, 4, RX },
    { 'B',  9, 4, RX }, { 'B', 11, 4, RX }, { 'C',  5, 0, RX }, { 'C', 11, 0, RX },
    { 'D',  9, 0, RX },
    { 0 } };
static const struct chip_request usart3_requests[] = { { USART_DMA_RX, 54 }, { USART_DMA_TX, 55 }, { 0 } };
static const struct chip_pin usart4_pins[] = {
    { 'A',  0, 4, TX }, { 'C', 10, 1, TX }, { 'A',  1, 4, RX }, { 'C', 11, 1, RX },
    { 0 } };
static const struct chip_request usart4_requests[] = { { USART_DMA_RX, 56 }, { USART_DMA_TX, 57 }, { 0 } };
/* clang-format on */
