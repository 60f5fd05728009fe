// Two residues at once with WebAssembly SIMD128, which has no fused multiply-add: products in wrapping 64-bit integers,
// the quotient estimated in doubles, conversions by the magic number (values below 2^51). See README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef v128_t V;
  struct T { v128_t w, iw, ratio; };  // w, as an integer, over p
  static constexpr int W = 2, LOG_W = 1, REGISTERS = 8;
  static constexpr bool LAZY = true;  // ntt.h
  V p, p_inv, magic, ip, unbias;
  ALWAYS_INLINE explicit Arith(double prime) : Arith(prime, 1.0 / prime) {}
  ALWAYS_INLINE Arith(double prime, double inverse)
      : p(wasm_f64x2_splat(prime)), p_inv(wasm_f64x2_splat(inverse)), magic(wasm_f64x2_splat(MAGIC)),
        ip(wasm_i64x2_splat((i64)prime)),
        unbias(wasm_i64x2_splat((i64)((u64)MAGIC_BITS * (u64)(i64)prime + (u64)MAGIC_BITS))) {}

  static ALWAYS_INLINE V load(const double* x) { return wasm_v128_load(x); }
  static ALWAYS_INLINE void store(double* x, V v) { wasm_v128_store(x, v); }
  static ALWAYS_INLINE V load_anywhere(const double* x) { return wasm_v128_load(x); }
  static ALWAYS_INLINE void store_anywhere(double* x, V v) { wasm_v128_store(x, v); }
  static ALWAYS_INLINE bool all_below(V x, double bound) {
    return wasm_i64x2_all_true(wasm_f64x2_lt(x, wasm_f64x2_splat(bound)));
  }
  static ALWAYS_INLINE V broadcast(double x) { return wasm_f64x2_splat(x); }
  static ALWAYS_INLINE V zero() { return wasm_f64x2_splat(0); }
  static ALWAYS_INLINE V add(V a, V b) { return wasm_f64x2_add(a, b); }
  static ALWAYS_INLINE V add_product(V c, V a, V b) { return wasm_f64x2_add(c, wasm_f64x2_mul(a, b)); }  // where exact
  static ALWAYS_INLINE V times(V a, V b) { return wasm_f64x2_mul(a, b); }  // rounded
  static ALWAYS_INLINE V sub(V a, V b) { return wasm_f64x2_sub(a, b); }
  ALWAYS_INLINE V to_int(V x) const { return wasm_i64x2_sub(wasm_f64x2_add(x, magic), magic); }
  ALWAYS_INLINE V to_double(V x) const { return wasm_f64x2_sub(wasm_i64x2_add(x, magic), magic); }
  ALWAYS_INLINE T factor(V w) const { return T{w, to_int(w), wasm_f64x2_mul(w, p_inv)}; }
  ALWAYS_INLINE T load_factor(const double* w) const { return factor(wasm_v128_load(w)); }
  ALWAYS_INLINE T broadcast_factor(double w) const { return factor(wasm_f64x2_splat(w)); }

  // a w - q p, exact in wrapping integers because the result is below p. q keeps the bits of the magic number; `unbias`
  // takes their product with p out again and puts those of the result in.
  typedef T Twiddle;
  ALWAYS_INLINE Twiddle twiddle(T w) const { return w; }
  ALWAYS_INLINE V mul(V a, T w) const {
    const V q = wasm_f64x2_add(wasm_f64x2_mul(a, w.ratio), magic);
    const V r = wasm_i64x2_sub(wasm_i64x2_mul(to_int(a), w.iw), wasm_i64x2_mul(q, ip));
    return wasm_f64x2_sub(wasm_i64x2_add(r, unbias), magic);
  }
  // The sum in doubles, for its quotient, and in wrapping integers.
  struct Exact { V h, s; };
  static ALWAYS_INLINE V grid(int) { return zero(); }
  static ALWAYS_INLINE Exact exact(V) { return Exact{zero(), wasm_i64x2_splat(0)}; }
  static ALWAYS_INLINE void add_exact(Exact& e, T x, T y) {
    e.h = add(e.h, wasm_f64x2_mul(x.w, y.w));
    e.s = wasm_i64x2_add(e.s, wasm_i64x2_mul(x.iw, y.iw));
  }
  ALWAYS_INLINE V fold(const Exact& e, V) const {
    const V q = wasm_i64x2_sub(wasm_f64x2_add(wasm_f64x2_mul(e.h, p_inv), magic), magic);
    return to_double(wasm_i64x2_sub(e.s, wasm_i64x2_mul(q, ip)));
  }
  ALWAYS_INLINE V round(V x) const { return wasm_f64x2_sub(wasm_f64x2_add(x, magic), magic); }
  // q p is exact: it differs from x by at most p / 2, so it stays below 2^52.
  ALWAYS_INLINE V reduce(V x) const {
    return wasm_f64x2_sub(x, wasm_f64x2_mul(round(wasm_f64x2_mul(x, p_inv)), p));
  }

  static ALWAYS_INLINE V shift_in(V left, V x) { return wasm_i64x2_shuffle(left, x, 1, 2); }
  static ALWAYS_INLINE void transpose(V* v) {
    const V a = wasm_i64x2_shuffle(v[0], v[1], 0, 2), b = wasm_i64x2_shuffle(v[0], v[1], 1, 3);
    v[0] = a;
    v[1] = b;
  }
};

// Int16 digits: 4 columns; a pair of inputs is three vectors of int16 pairs, low digits first.
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
  // Two columns of three digit sums, put together modulo p in wrapping integers: |result| <= p / 2 + 2^32.
  static ALWAYS_INLINE v128_t combine(const Arith& a, const u8* sums, int half) {
    const v128_t d0 = wasm_v128_load64_zero(sums + 8 * half), d1 = wasm_v128_load64_zero(sums + 16 + 8 * half);
    const v128_t d2 = wasm_v128_load64_zero(sums + 32 + 8 * half);
    const v128_t hi = wasm_f64x2_add(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(d2), wasm_f64x2_splat(0x1p32)),
                                     wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(d1), wasm_f64x2_splat(0x1p16)));
    const v128_t q = wasm_i64x2_sub(wasm_f64x2_add(wasm_f64x2_mul(hi, a.p_inv), a.magic), a.magic);
    const v128_t sum = wasm_i64x2_add(wasm_i64x2_shl(wasm_i64x2_extend_low_i32x4(d2), 32),
                                      wasm_i64x2_add(wasm_i64x2_shl(wasm_i64x2_extend_low_i32x4(d1), 16),
                                                     wasm_i64x2_extend_low_i32x4(d0)));
    return a.to_double(wasm_i64x2_sub(sum, wasm_i64x2_mul(q, a.ip)));
  }
};
