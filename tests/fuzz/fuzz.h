/* fuzz.h - a fuzz target: any bytes at all, and claims that must hold for all of them.
 *
 * Built with -Dfuzz=true and clang it is a libFuzzer program; otherwise replay.c runs it over the kept inputs, as one more test. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len); /* the name is libFuzzer's */

/* A claim. Unlike assert it does not depend on the build, and says what it was about. */
#define CLAIM(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)
