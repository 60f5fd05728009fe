// Int16 digits with WebAssembly SIMD128, for both policies (arith_wasm.h, arith_wasm_relaxed.h): 4 columns; a pair of
// inputs is three vectors of int16 pairs, low digits first.
#pragma once

struct Digits {
  typedef v128_t I;
  typedef v128_t X;
  typedef v128_t B;
  static constexpr int COLUMNS = 4, DIGITS = 3, ROWS = 4, PAIR_BYTES = 48;
  static constexpr int units(int rows) { return rows == 1 ? 4 : rows == 2 ? 2 : 1; }
  static ALWAYS_INLINE I zero() { return wasm_i32x4_splat(0); }
  static ALWAYS_INLINE X load(const u8* pair, int d) { return wasm_v128_load(pair + 16 * d); }
  static ALWAYS_INLINE const i32* weights(const hesper::Weights& w, i64 index) { return w.narrow + index; }
  static ALWAYS_INLINE B broadcast(const i32* w) { return wasm_v128_load32_splat(w); }
  static ALWAYS_INLINE I dot(I sum, X x, B w) { return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(x, w)); }
  static ALWAYS_INLINE void store(u8* to, I sum) { wasm_v128_store(to, sum); }

  // Three balanced digits in the low 48 bits: half a digit is added everywhere, then the same bits are flipped back; the
  // low 48 bits of the magic number are zero.
  static ALWAYS_INLINE v128_t digits(const double* x) {
    const v128_t bias = wasm_i64x2_splat(FAULT(11) ? 0x0000800080000000ll : 0x0000800080008000ll);
    const v128_t y = wasm_f64x2_add(wasm_v128_load(x), wasm_f64x2_splat(MAGIC));
    return wasm_v128_xor(wasm_i64x2_add(y, bias), bias);
  }
  static ALWAYS_INLINE void pack(const double* even, const double* odd, u8* to) {
    const v128_t e0 = digits(even), e1 = digits(even + 2), o0 = digits(odd), o1 = digits(odd + 2);
    const v128_t c0 = wasm_i16x8_shuffle(e0, o0, 0, 8, 1, 9, 2, 10, 3, 11);
    const v128_t c1 = wasm_i16x8_shuffle(e0, o0, 4, 12, 5, 13, 6, 14, 7, 15);
    const v128_t c2 = wasm_i16x8_shuffle(e1, o1, 0, 8, 1, 9, 2, 10, 3, 11);
    const v128_t c3 = wasm_i16x8_shuffle(e1, o1, 4, 12, 5, 13, 6, 14, 7, 15);
    const v128_t a = wasm_i32x4_shuffle(c0, c1, 0, 4, 1, 5), b = wasm_i32x4_shuffle(c2, c3, 0, 4, 1, 5);
    const v128_t c = wasm_i32x4_shuffle(c0, c1, 2, 6, 3, 7), d = wasm_i32x4_shuffle(c2, c3, 2, 6, 3, 7);
    wasm_v128_store(to, wasm_i64x2_shuffle(a, b, 0, 2));
    wasm_v128_store(to + 16, wasm_i64x2_shuffle(a, b, 1, 3));
    wasm_v128_store(to + 32, wasm_i64x2_shuffle(c, d, 0, 2));
  }
  static ALWAYS_INLINE v128_t combine(const Arith& a, const u8* sums, int half) {
    return a.put_together(wasm_v128_load64_zero(sums + 8 * half), wasm_v128_load64_zero(sums + 16 + 8 * half),
                          wasm_v128_load64_zero(sums + 32 + 8 * half));
  }
};
