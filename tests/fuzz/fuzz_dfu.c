/* fuzz_dfu.c - any bytes at all as a DfuSe file; once more with the suffix's checksum made right, which by chance alone seldom is. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "fuzz_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    uint8_t *const fixed = malloc(len + 1);
    struct image plain = { 0 };
    size_t rest = len;

    CLAIM(fixed);
    fuzz_round_trip(image_parse_dfu, bytes, len, IMAGE_DFU);
    if (len)
        memcpy(fixed, bytes, len);
    if (len >= 16) {
        memcpy(fixed + len - 8, "UFD\x10", 4);
        put_le32(fixed + len - 4, ~crc32_of(fixed, len - 4));
        CLAIM(image_take_suffix(&plain, fixed, &rest) && rest == len - 16 && plain.has_ids);
    }
    fuzz_round_trip(image_parse_dfu, fixed, len, IMAGE_DFU);
    free(fixed);
    return 0;
}
