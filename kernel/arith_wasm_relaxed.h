// Two residues at once with WebAssembly's relaxed SIMD, whose multiply-add an engine may round once or twice: used only
// where hesper_fused (wasm.cpp) has found it fused. Ranges and proofs are those of the fused forms. See README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef v128_t V;
  typedef v128_t T;
  static constexpr int W = 2, LOG_W = 1, REGISTERS = 8;
  static constexpr bool LAZY = true, SHORT_PASSES = true;  // ntt.h
  V p, p_inv, magic;
  ALWAYS_INLINE explicit Arith(double prime) : Arith(prime, 1.0 / prime) {}
  ALWAYS_INLINE Arith(double prime, double inverse)
      : p(wasm_f64x2_splat(prime)), p_inv(wasm_f64x2_splat(inverse)), magic(wasm_f64x2_splat(MAGIC)) {}

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
  static ALWAYS_INLINE V sub(V a, V b) { return wasm_f64x2_sub(a, b); }
  static ALWAYS_INLINE V times(V a, V b) { return wasm_f64x2_mul(a, b); }  // rounded
  // The only two forms there are, a b + c and c - a b; hesper_fused tries both.
#if defined(HESPER_ROUNDS_TWICE)  // what the specification allows as well: for the test of hesper_fused
  static ALWAYS_INLINE V madd(V a, V b, V c) { return add(times(a, b), c); }
  static ALWAYS_INLINE V nmadd(V a, V b, V c) { return sub(c, times(a, b)); }
#else
  static ALWAYS_INLINE V madd(V a, V b, V c) { return wasm_f64x2_relaxed_madd(a, b, c); }
  static ALWAYS_INLINE V nmadd(V a, V b, V c) { return wasm_f64x2_relaxed_nmadd(a, b, c); }
#endif
  static ALWAYS_INLINE V add_product(V c, V a, V b) { return madd(a, b, c); }  // where exact
  ALWAYS_INLINE T factor(V w) const { return w; }
  ALWAYS_INLINE T load_factor(const double* w) const { return wasm_v128_load(w); }
  ALWAYS_INLINE T broadcast_factor(double w) const { return wasm_f64x2_splat(w); }

  // Minus the nearest integer to x y, and never -0: so x + (-q) p has no -0 either, where x = -0 and q = 0.
  ALWAYS_INLINE V minus_quotient(V x, V y) const { return wasm_f64x2_sub(magic, madd(x, y, magic)); }
  // The product as an exact pair (h, -l); h - q p and the last difference are exact.
  ALWAYS_INLINE V mul(V a, T w) const {
    const V h = wasm_f64x2_mul(a, w);
    return wasm_f64x2_sub(madd(minus_quotient(h, p_inv), p, h), nmadd(a, w, h));
  }
  // The same with w / p at hand: its quotient need not wait for the product.
  struct Twiddle { T w, ratio; };
  ALWAYS_INLINE Twiddle twiddle(T w) const { return Twiddle{w, wasm_f64x2_mul(w, p_inv)}; }
  ALWAYS_INLINE V mul(V a, const Twiddle& t) const {
    const V h = wasm_f64x2_mul(a, t.w);
    return wasm_f64x2_sub(madd(minus_quotient(a, t.ratio), p, h), nmadd(a, t.w, h));
  }
  ALWAYS_INLINE V reduce(V x) const { return madd(minus_quotient(x, p_inv), p, x); }
  // High parts on a grid that the start keeps them on, remainders apart: exact.
  struct Exact { V h, l; };
  static ALWAYS_INLINE V grid(int bits) { return broadcast(exact_grid(bits)); }
  static ALWAYS_INLINE Exact exact(V g) { return Exact{g, zero()}; }
  static ALWAYS_INLINE void add_exact(Exact& e, T x, T y) {
    const V h = madd(x, y, e.h);
    e.l = add(e.l, madd(x, y, sub(e.h, h)));
    e.h = h;
  }
  ALWAYS_INLINE V fold(const Exact& e, V g) const { return add(reduce(sub(e.h, g)), e.l); }
  ALWAYS_INLINE V round(V x) const { return wasm_f64x2_sub(wasm_f64x2_add(x, magic), magic); }

  // Two columns of three digit sums, put together modulo p: |result| <= p / 2 + 2^32.
  ALWAYS_INLINE V put_together(v128_t d0, v128_t d1, v128_t d2) const {
    const V hi = madd(wasm_f64x2_convert_low_i32x4(d2), wasm_f64x2_splat(0x1p32),
                      wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(d1), wasm_f64x2_splat(0x1p16)));
    return add(reduce(hi), wasm_f64x2_convert_low_i32x4(d0));
  }

  static ALWAYS_INLINE V shift_in(V left, V x) { return wasm_i64x2_shuffle(left, x, 1, 2); }
  static ALWAYS_INLINE void transpose(V* v) {
    const V a = wasm_i64x2_shuffle(v[0], v[1], 0, 2), b = wasm_i64x2_shuffle(v[0], v[1], 1, 3);
    v[0] = a;
    v[1] = b;
  }
};

#include "digits_wasm.h"
