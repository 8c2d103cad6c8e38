/* fuzz_srec.c - any bytes at all as an S-record file. */
#include "fuzz_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    fuzz_text(image_parse_srec, bytes, len, IMAGE_SREC);
    return 0;
}
