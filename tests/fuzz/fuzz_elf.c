/* fuzz_elf.c - any bytes at all as an ELF file. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct image im;

    fuzz_check(image_parse_elf, bytes, len, &im);
    image_free(&im);
    return 0;
}
