/* fuzz_hex.c - any bytes at all as an Intel HEX file. */
#include "fuzz_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    fuzz_text(image_parse_hex, bytes, len, IMAGE_HEX);
    return 0;
}
