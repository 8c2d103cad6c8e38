/* stm32u073_wires.h - which pins carry a peripheral's signals and which DMA requests it has, on the STM32U073RC. For stm32u073.c only.
 *
 * Source: stm32-data (STM32U073RC), compared with tests/facts/pins.csv and requests.csv by tests/facts. */
#pragma once
#include "chip/chip_row.h"
#include "periph/usart.h"

enum { TX = USART_SIGNAL_TX, RX = USART_SIGNAL_RX };

/* clang-format off */
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
