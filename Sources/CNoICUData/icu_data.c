// Swift's Foundation brings ICU with 34 MB of data on languages and calendars, and actrec uses none of it: numbers, dates and
// comparisons of its own are the same in every country. In a build that stands alone this empty package, of the form that ICU
// defines for builds without data, takes its place. A version of Swift with another ICU has another name for it, and then links
// its data.
#include <stdint.h>

struct icu_package {
    uint16_t header_size;
    uint8_t magic[2];
    uint16_t info_size, reserved;
    uint8_t is_big_endian, charset, char_size, reserved_byte;
    uint8_t format[4], format_version[4], data_version[4];
    char padding[8];
    uint32_t count, unused;
    int32_t nothing[4];
};

__attribute__((aligned(16))) const struct icu_package icudt76_dat = {
    .header_size = 32, .magic = {0xda, 0x27}, .info_size = 20, .char_size = 2, .format = {'T', 'o', 'C', 'P'},
    .format_version = {1}, .padding = "actrec",
};
