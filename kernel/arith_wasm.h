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

  // Two columns of three digit sums, put together modulo p in wrapping integers: |result| <= p / 2 + 2^32.
  ALWAYS_INLINE V put_together(v128_t d0, v128_t d1, v128_t d2) const {
    const V hi = wasm_f64x2_add(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(d2), wasm_f64x2_splat(0x1p32)),
                                wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(d1), wasm_f64x2_splat(0x1p16)));
    const V q = wasm_i64x2_sub(wasm_f64x2_add(wasm_f64x2_mul(hi, p_inv), magic), magic);
    const V sum = wasm_i64x2_add(wasm_i64x2_shl(wasm_i64x2_extend_low_i32x4(d2), 32),
                                 wasm_i64x2_add(wasm_i64x2_shl(wasm_i64x2_extend_low_i32x4(d1), 16),
                                                wasm_i64x2_extend_low_i32x4(d0)));
    return to_double(wasm_i64x2_sub(sum, wasm_i64x2_mul(q, ip)));
  }

  static ALWAYS_INLINE V shift_in(V left, V x) { return wasm_i64x2_shuffle(left, x, 1, 2); }
  static ALWAYS_INLINE void transpose(V* v) {
    const V a = wasm_i64x2_shuffle(v[0], v[1], 0, 2), b = wasm_i64x2_shuffle(v[0], v[1], 1, 3);
    v[0] = a;
    v[1] = b;
  }
};

#include "digits_wasm.h"
