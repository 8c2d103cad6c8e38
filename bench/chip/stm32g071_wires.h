/* stm32g071_wires.h - which pins carry a peripheral's signals and which DMA requests it has, on the STM32G071RB. For stm32g071.c only.
 *
 * Source: stm32-data (STM32G071RB), compared with tests/facts/pins.csv and requests.csv by tests/facts. */
#pragma once
#include "chip/chip_row.h"
#include "periph/usart.h"

enum { TX = USART_SIGNAL_TX, RX = USART_SIGNAL_RX };

/* clang-format off */
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
