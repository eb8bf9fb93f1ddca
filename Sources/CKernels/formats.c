#include "internal.h"

// Elements as checkpoints store them, widened to float, exactly. The quantized formats hold a row in blocks of integers of a few
// bits (ggml-org/ggml, `ggml-common.h`, `block_q4_0` and on; values as `dequantize_row_*` in `ggml-quants.c`): d is a block's
// scale, m what is added, q an integer. The K types split 256 elements into parts with small integer scales of their own.

#ifdef AK_ISA

AK_INLINE void AK(halves)(bool is_bf16, size_t count, const uint8_t *from, float *to) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const u16x16 h = *(const u16x16 *)(from + 2 * i);
        *(f32x16 *)(to + i) = is_bf16 ? AK(from_bf16)(h) : AK(from_f16)(h);
    }
    if (i == count) return;
    u16x16 rest = {0};
    memcpy(&rest, from + 2 * i, 2 * (count - i));
    const f32x16 values = is_bf16 ? AK(from_bf16)(rest) : AK(from_f16)(rest);
    memcpy(to + i, &values, (count - i) * sizeof(float));
}

AK_INLINE float AK(half)(const uint8_t *bytes) {
    float value;
    AK(halves)(false, 1, bytes, &value);
    return value;
}

// Blocks of 32 -----------------------------------------------------------------------------------------------

/// Four bits each: element i in the low half of byte i, element i + 16 in its high half. An m of -0 changes no value.
AK_INLINE void AK(q4)(const uint8_t *q, float d, float shift, float m, float *y) {
    for (int i = 0; i < 16; i++) {
        y[i] = d * ((float)(q[i] & 15) - shift) + m;
        y[i + 16] = d * ((float)(q[i] >> 4) - shift) + m;
    }
}

/// The same with a fifth bit, from 32 of them in four bytes.
AK_INLINE void AK(q5)(const uint8_t *fifths, const uint8_t *q, float d, float shift, float m, float *y) {
    for (int i = 0; i < 16; i++) {
        const int low = fifths[i >> 3] >> (i & 7) & 1, high = fifths[(i + 16) >> 3] >> (i & 7) & 1;
        y[i] = d * ((float)((q[i] & 15) | low << 4) - shift) + m;
        y[i + 16] = d * ((float)(q[i] >> 4 | high << 4) - shift) + m;
    }
}

AK_INLINE void AK(q8)(const uint8_t *q, float d, float *y) {
    for (int i = 0; i < 32; i++) y[i] = (float)(int8_t)q[i] * d;
}

// Blocks of 256 ----------------------------------------------------------------------------------------------

/// Scale and minimum of part `i` of eight: six bits each, packed into twelve bytes.
AK_INLINE void AK(scale_and_minimum)(const uint8_t *s, int i, float *scale, float *minimum) {
    *scale = (float)(i < 4 ? s[i] & 63 : (s[i + 4] & 15) | (s[i - 4] >> 6) << 4);
    *minimum = (float)(i < 4 ? s[i + 4] & 63 : s[i + 4] >> 4 | (s[i] >> 6) << 4);
}

/// d · scale · q - m · minimum, four bits and, where `fifths` are given, a fifth.
AK_INLINE void AK(q45_k)(const uint8_t *b, const uint8_t *fifths, const uint8_t *q, float *y) {
    const float d = AK(half)(b), m = AK(half)(b + 2);
    for (int part = 0; part < 8; part++) {
        float scale, minimum;
        AK(scale_and_minimum)(b + 4, part, &scale, &minimum);
        const float factor = d * scale, offset = m * minimum;
        for (int i = 0; i < 32; i++) {
            const int low = q[part / 2 * 32 + i] >> (part & 1) * 4 & 15, high = fifths ? fifths[i] >> part & 1 : 0;
            y[part * 32 + i] = factor * (float)(low | high << 4) - offset;
        }
    }
}

/// d · scale · (q - 32), six bits in two places, sixteen parts.
AK_INLINE void AK(q6_k)(const uint8_t *b, float *y) {
    const uint8_t *lows = b, *highs = b + 128, *scales = b + 192;
    const float d = AK(half)(b + 208);
    for (int i = 0; i < 256; i++) {
        const int half = i / 128, quarter = i / 32 % 4, j = i % 32;
        const int low = lows[half * 64 + quarter % 2 * 32 + j] >> quarter / 2 * 4 & 15, high = highs[half * 32 + j] >> quarter * 2 & 3;
        y[i] = d * (float)(int8_t)scales[i / 16] * (float)((low | high << 4) - 32);
    }
}

static void AK(widen_blocks)(ak_format format, size_t count, const uint8_t *b, float *y) {
    const ak_block_size size = ak_format_block(format);
    switch (format) {
    case ak_f32: memcpy(y, b, count * sizeof(float)); return;
    case ak_f16: AK(halves)(false, count, b, y); return;
    case ak_bf16: AK(halves)(true, count, b, y); return;
    case ak_f64: for (size_t i = 0; i < count; i++) { double v; memcpy(&v, b + 8 * i, 8); y[i] = (float)v; } return;
    default: break;
    }
    for (size_t done = 0; done < count; done += size.length, b += size.bytes, y += size.length)
        switch (format) {
        case ak_q4_0: AK(q4)(b + 2, AK(half)(b), 8, -0.0f, y); break;
        case ak_q4_1: AK(q4)(b + 4, AK(half)(b), 0, AK(half)(b + 2), y); break;
        case ak_q5_0: AK(q5)(b + 2, b + 6, AK(half)(b), 16, -0.0f, y); break;
        case ak_q5_1: AK(q5)(b + 4, b + 8, AK(half)(b), 0, AK(half)(b + 2), y); break;
        case ak_q8_0: AK(q8)(b + 2, AK(half)(b), y); break;
        case ak_q4_k: AK(q45_k)(b, NULL, b + 16, y); break;
        case ak_q5_k: AK(q45_k)(b, b + 16, b + 48, y); break;
        case ak_q6_k: AK(q6_k)(b, y); break;
        default: break;
        }
}

static void AK(narrow)(bool is_bf16, size_t count, const float *from, uint16_t *to) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, from + i, sizeof bits);
        if (is_bf16) { to[i] = (uint16_t)(bits >> 16); continue; }
        const uint32_t magnitude = bits & 0x7fffffff;
        float finite;
        memcpy(&finite, &magnitude, sizeof finite);
        finite *= 0x1p-112f;
        uint32_t small;
        memcpy(&small, &finite, sizeof small);
        const uint32_t h = (magnitude >= 0x7f800000 ? magnitude & 0x0fffffff : small) >> 13;
        to[i] = (uint16_t)(h | (bits >> 16 & 0x8000));
    }
}

#else
#define AK_FILE "formats.c"
#include "each_isa.h"

ak_block_size ak_format_block(ak_format format) {
    switch (format) {
    case ak_f32: return (ak_block_size){1, 4};
    case ak_f16: case ak_bf16: return (ak_block_size){1, 2};
    case ak_f64: return (ak_block_size){1, 8};
    case ak_q4_0: return (ak_block_size){32, 18};
    case ak_q4_1: return (ak_block_size){32, 20};
    case ak_q5_0: return (ak_block_size){32, 22};
    case ak_q5_1: return (ak_block_size){32, 24};
    case ak_q8_0: return (ak_block_size){32, 34};
    case ak_q4_k: return (ak_block_size){256, 144};
    case ak_q5_k: return (ak_block_size){256, 176};
    case ak_q6_k: return (ak_block_size){256, 210};
    }
    return (ak_block_size){1, 4};
}

void ak_widen(ak_format format, const void *row, size_t first, size_t count, float *to) {
    const ak_block_size size = ak_format_block(format);
    while (count) {
        const uint8_t *from = (const uint8_t *)row + first / size.length * size.bytes;
        const size_t skipped = first % size.length, whole = skipped ? 0 : count / size.length * size.length;
        if (whole) {
            AK_CALL(widen_blocks)(format, whole, from, to);
            first += whole; count -= whole; to += whole;
        } else { // elements that begin or end inside a block
            float block[256];
            const size_t taken = ak_min(size.length - skipped, count);
            AK_CALL(widen_blocks)(format, size.length, from, block);
            memcpy(to, block + skipped, taken * sizeof(float));
            first += taken; count -= taken; to += taken;
        }
    }
}

void ak_narrow(ak_format format, size_t count, const float *from, void *to, size_t first) {
    if (format == ak_f32) memcpy((float *)to + first, from, count * sizeof(float));
    else AK_CALL(narrow)(format == ak_bf16, count, from, (uint16_t *)to + first);
}
#endif
