/* stm32u073_wires.h - which pins carry a peripheral's signals and which DMA requests it has, on the STM32U073RC. For stm32u073.c only.
 *
 * Source: stm32-data (STM32U073RC), compared with tests/facts/pins.csv and requests.csv by tests/facts. */
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
    { 'A',  9, 4, I2C_SCL }, { 'B',  6, 4, I2C_SCL }, { 'B',  8, 4, I2C_SCL }, { 'A', 10, 4, I2C_SDA },
    { 'B',  7, 4, I2C_SDA }, { 'B',  9, 4, I2C_SDA },
    { 0 } };
static const struct chip_request i2c1_requests[] = { { I2C_DMA_RX, 9 }, { I2C_DMA_TX, 10 }, { 0 } };
static const struct chip_pin i2c2_pins[] = {
    { 'A',  7, 3, I2C_SCL }, { 'A',  9, 5, I2C_SCL }, { 'B',  3, 3, I2C_SCL }, { 'B',  6, 5, I2C_SCL },
    { 'B',  8, 3, I2C_SCL }, { 'B', 10, 4, I2C_SCL }, { 'B', 13, 4, I2C_SCL }, { 'A',  6, 3, I2C_SDA },
    { 'A', 10, 5, I2C_SDA }, { 'B',  4, 3, I2C_SDA }, { 'B',  7, 5, I2C_SDA }, { 'B',  9, 3, I2C_SDA },
    { 'B', 11, 4, I2C_SDA }, { 'B', 14, 4, I2C_SDA },
    { 0 } };
static const struct chip_request i2c2_requests[] = { { I2C_DMA_RX, 11 }, { I2C_DMA_TX, 12 }, { 0 } };
static const struct chip_pin i2c3_pins[] = {
    { 'A',  7, 4, I2C_SCL }, { 'B',  3, 4, I2C_SCL }, { 'C',  0, 4, I2C_SCL }, { 'A',  6, 4, I2C_SDA },
    { 'B',  4, 4, I2C_SDA }, { 'C',  1, 4, I2C_SDA },
    { 0 } };
static const struct chip_request i2c3_requests[] = { { I2C_DMA_RX, 13 }, { I2C_DMA_TX, 14 }, { 0 } };
static const struct chip_pin i2c4_pins[] = {
    { 'B',  6, 3, I2C_SCL }, { 'B', 10, 3, I2C_SCL }, { 'C',  0, 2, I2C_SCL }, { 'B',  7, 3, I2C_SDA },
    { 'B', 11, 3, I2C_SDA }, { 'C',  1, 2, I2C_SDA },
    { 0 } };
static const struct chip_request i2c4_requests[] = { { I2C_DMA_RX, 15 }, { I2C_DMA_TX, 16 }, { 0 } };
static const struct chip_pin lptim1_pins[] = {
    { 'A', 14, 1, LPTIM_OUT }, { 'B',  2, 1, LPTIM_OUT }, { 'C',  1, 1, LPTIM_OUT },
    { 'B',  5, 1, LPTIM_IN1 }, { 'C',  0, 1, LPTIM_IN1 },
    { 0 } };
static const struct chip_pin lptim2_pins[] = {
    { 'A',  4, 14, LPTIM_OUT }, { 'A',  8, 14, LPTIM_OUT },
    { 'B',  1, 14, LPTIM_IN1 }, { 'C',  0, 14, LPTIM_IN1 },
    { 0 } };
static const struct chip_pin lptim3_pins[] = {
    { 'B',  0, 4, LPTIM_OUT }, { 'B', 10, 2, LPTIM_OUT }, { 'C',  3, 2, LPTIM_OUT }, { 'C',  8, 4, LPTIM_OUT },
    { 'B', 13, 2, LPTIM_IN1 }, { 'C', 11, 2, LPTIM_IN1 },
    { 0 } };
static const struct chip_pin lpuart1_pins[] = {
    { 'A',  2, 8, TX }, { 'B', 11, 8, TX }, { 'C',  1, 8, TX }, { 'A',  3, 8, RX },
    { 'B', 10, 8, RX }, { 'C',  0, 8, RX },
    { 0 } };
static const struct chip_request lpuart1_requests[] = { { USART_DMA_RX, 30 }, { USART_DMA_TX, 31 }, { 0 } };
static const struct chip_pin lpuart2_pins[] = {
    { 'B',  6, 10, TX }, { 'B', 11, 10, TX }, { 'C',  0, 10, TX }, { 'C',  6, 8, TX },
    { 'B',  7, 10, RX }, { 'B', 10, 10, RX }, { 'C',  1, 10, RX }, { 'C',  7, 8, RX },
    { 0 } };
static const struct chip_request lpuart2_requests[] = { { USART_DMA_RX, 32 }, { USART_DMA_TX, 33 }, { 0 } };
static const struct chip_pin lpuart3_pins[] = {
    { 'A',  4, 8, TX }, { 'B',  6, 6, TX }, { 'C',  4, 8, TX }, { 'A',  5, 8, RX },
    { 'B',  7, 6, RX }, { 'C',  5, 8, RX },
    { 0 } };
static const struct chip_request lpuart3_requests[] = { { USART_DMA_RX, 34 }, { USART_DMA_TX, 35 }, { 0 } };
static const struct chip_pin spi1_pins[] = {
    { 'A',  1, 5, SPI_SCK }, { 'A',  5, 5, SPI_SCK }, { 'B',  3, 5, SPI_SCK }, { 'A',  6, 5, SPI_MISO },
    { 'A', 11, 5, SPI_MISO }, { 'B',  4, 5, SPI_MISO }, { 'A',  7, 5, SPI_MOSI }, { 'A', 12, 5, SPI_MOSI },
    { 'B',  5, 5, SPI_MOSI }, { 'A',  4, 5, SPI_NSS }, { 'A', 15, 5, SPI_NSS }, { 'B',  0, 5, SPI_NSS },
    { 0 } };
static const struct chip_request spi1_requests[] = { { SPI_DMA_RX, 36 }, { SPI_DMA_TX, 37 }, { 0 } };
static const struct chip_pin spi2_pins[] = {
    { 'A',  1, 6, SPI_SCK }, { 'B', 10, 5, SPI_SCK }, { 'B', 13, 5, SPI_SCK }, { 'A', 11, 6, SPI_MISO },
    { 'B', 14, 5, SPI_MISO }, { 'C',  2, 5, SPI_MISO }, { 'A', 12, 6, SPI_MOSI }, { 'B', 15, 5, SPI_MOSI },
    { 'C',  3, 5, SPI_MOSI }, { 'A', 10, 6, SPI_NSS }, { 'B',  9, 5, SPI_NSS }, { 'B', 12, 5, SPI_NSS },
    { 0 } };
static const struct chip_request spi2_requests[] = { { SPI_DMA_RX, 38 }, { SPI_DMA_TX, 39 }, { 0 } };
static const struct chip_pin spi3_pins[] = {
    { 'B',  3, 6, SPI_SCK }, { 'C', 10, 6, SPI_SCK }, { 'B',  4, 6, SPI_MISO }, { 'C', 11, 6, SPI_MISO },
    { 'B',  5, 6, SPI_MOSI }, { 'C', 12, 6, SPI_MOSI }, { 'A',  4, 6, SPI_NSS }, { 'A', 15, 6, SPI_NSS },
    { 0 } };
static const struct chip_request spi3_requests[] = { { SPI_DMA_RX, 40 }, { SPI_DMA_TX, 41 }, { 0 } };
static const struct chip_pin tim1_pins[] = {
    { 'A',  8, 1, TIM_CH1 }, { 'A',  9, 1, TIM_CH2 }, { 'A', 10, 1, TIM_CH3 }, { 'A', 11, 1, TIM_CH4 },
    { 'A',  7, 1, TIM_CH1N }, { 'B', 13, 1, TIM_CH1N }, { 'B',  0, 1, TIM_CH2N }, { 'B', 14, 1, TIM_CH2N },
    { 'B',  1, 1, TIM_CH3N }, { 'B', 15, 1, TIM_CH3N },
    { 0 } };
static const struct chip_request tim1_requests[] = { { TIM_DMA_CC1, 42 }, { TIM_DMA_CC2, 43 }, { TIM_DMA_CC3, 44 }, { TIM_DMA_CC4, 45 }, { TIM_DMA_TRIG, 46 }, { TIM_DMA_UP, 47 }, { 0 } };
static const struct chip_pin tim15_pins[] = {
    { 'A',  2, 14, TIM_CH1 }, { 'B', 14, 14, TIM_CH1 }, { 'A',  3, 14, TIM_CH2 }, { 'B', 15, 14, TIM_CH2 },
    { 'A',  1, 14, TIM_CH1N }, { 'B', 13, 14, TIM_CH1N },
    { 0 } };
static const struct chip_request tim15_requests[] = { { TIM_DMA_CC1, 62 }, { TIM_DMA_CC2, 63 }, { TIM_DMA_TRIG, 64 }, { TIM_DMA_UP, 65 }, { 0 } };
static const struct chip_pin tim16_pins[] = {
    { 'A',  6, 14, TIM_CH1 }, { 'B',  8, 14, TIM_CH1 }, { 'B',  6, 14, TIM_CH1N },
    { 0 } };
static const struct chip_request tim16_requests[] = { { TIM_DMA_CC1, 66 }, { TIM_DMA_COM, 67 }, { TIM_DMA_UP, 68 }, { 0 } };
static const struct chip_pin tim2_pins[] = {
    { 'A',  0, 1, TIM_CH1 }, { 'A',  5, 1, TIM_CH1 }, { 'A', 15, 1, TIM_CH1 }, { 'A',  1, 1, TIM_CH2 },
    { 'B',  3, 1, TIM_CH2 }, { 'A',  2, 1, TIM_CH3 }, { 'B', 10, 1, TIM_CH3 }, { 'A',  3, 1, TIM_CH4 },
    { 'B', 11, 1, TIM_CH4 },
    { 0 } };
static const struct chip_request tim2_requests[] = { { TIM_DMA_CC1, 48 }, { TIM_DMA_CC2, 49 }, { TIM_DMA_CC3, 50 }, { TIM_DMA_CC4, 51 }, { TIM_DMA_TRIG, 52 }, { TIM_DMA_UP, 53 }, { 0 } };
static const struct chip_pin tim3_pins[] = {
    { 'A',  6, 2, TIM_CH1 }, { 'B',  4, 2, TIM_CH1 }, { 'C',  6, 2, TIM_CH1 }, { 'A',  7, 2, TIM_CH2 },
    { 'B',  5, 2, TIM_CH2 }, { 'C',  7, 2, TIM_CH2 }, { 'B',  0, 2, TIM_CH3 }, { 'C',  8, 2, TIM_CH3 },
    { 'B',  1, 2, TIM_CH4 }, { 'C',  9, 2, TIM_CH4 },
    { 0 } };
static const struct chip_request tim3_requests[] = { { TIM_DMA_CC1, 54 }, { TIM_DMA_CC2, 55 }, { TIM_DMA_CC3, 56 }, { TIM_DMA_CC4, 57 }, { TIM_DMA_TRIG, 58 }, { TIM_DMA_UP, 59 }, { 0 } };
static const struct chip_request tim6_requests[] = { { TIM_DMA_UP, 60 }, { 0 } };
static const struct chip_request tim7_requests[] = { { TIM_DMA_UP, 61 }, { 0 } };
static const struct chip_pin usart1_pins[] = {
    { 'A',  9, 7, TX }, { 'B',  6, 7, TX }, { 'A', 10, 7, RX }, { 'B',  7, 7, RX },
    { 0 } };
static const struct chip_request usart1_requests[] = { { USART_DMA_RX, 69 }, { USART_DMA_TX, 70 }, { 0 } };
static const struct chip_pin usart2_pins[] = {
    { 'A',  2, 7, TX }, { 'A',  3, 7, RX }, { 'A', 15, 3, RX },
    { 0 } };
static const struct chip_request usart2_requests[] = { { USART_DMA_RX, 71 }, { USART_DMA_TX, 72 }, { 0 } };
static const struct chip_pin usart3_pins[] = {
    { 'A',  5, 7, TX }, { 'B',  8, 7, TX }, { 'B', 10, 7, TX }, { 'C',  4, 7, TX },
    { 'C', 10, 7, TX }, { 'A',  7, 7, RX }, { 'B',  9, 7, RX }, { 'B', 11, 7, RX },
    { 'C',  5, 7, RX }, { 'C', 11, 7, RX },
    { 0 } };
static const struct chip_request usart3_requests[] = { { USART_DMA_RX, 73 }, { USART_DMA_TX, 74 }, { 0 } };
static const struct chip_pin usart4_pins[] = {
    { 'A',  0, 8, TX }, { 'C', 10, 8, TX }, { 'A',  1, 8, RX }, { 'C', 11, 8, RX },
    { 0 } };
static const struct chip_request usart4_requests[] = { { USART_DMA_RX, 75 }, { USART_DMA_TX, 76 }, { 0 } };
/* clang-format on */
