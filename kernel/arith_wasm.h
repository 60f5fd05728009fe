// Two residues at once with WebAssembly SIMD128, which has no fused multiply-add: products in wrapping 64-bit integers,
// the quotient estimated in doubles, conversions by the magic number (values below 2^51). See README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef v128_t V;
  struct T { v128_t w, iw; };
  static constexpr int W = 2, LOG_W = 1, REGISTERS = 4;
  V p, p_inv, magic, ip;
  ALWAYS_INLINE explicit Arith(double prime)
      : p(wasm_f64x2_splat(prime)), p_inv(wasm_f64x2_splat(1.0 / prime)), magic(wasm_f64x2_splat(MAGIC)),
        ip(wasm_i64x2_splat((i64)prime)) {}

  static ALWAYS_INLINE V load(const double* x) { return wasm_v128_load(x); }
  static ALWAYS_INLINE void store(double* x, V v) { wasm_v128_store(x, v); }
  static ALWAYS_INLINE V broadcast(double x) { return wasm_f64x2_splat(x); }
  static ALWAYS_INLINE V zero() { return wasm_f64x2_splat(0); }
  static ALWAYS_INLINE V add(V a, V b) { return wasm_f64x2_add(a, b); }
  static ALWAYS_INLINE V sub(V a, V b) { return wasm_f64x2_sub(a, b); }
  ALWAYS_INLINE V to_int(V x) const { return wasm_i64x2_sub(wasm_f64x2_add(x, magic), magic); }
  ALWAYS_INLINE V to_double(V x) const { return wasm_f64x2_sub(wasm_i64x2_add(x, magic), magic); }
  ALWAYS_INLINE T factor(V w) const { return T{w, to_int(w)}; }
  ALWAYS_INLINE T load_factor(const double* w) const { return factor(wasm_v128_load(w)); }
  ALWAYS_INLINE T broadcast_factor(double w) const { return factor(wasm_f64x2_splat(w)); }

  // a w - q p, exact in wrapping integers because the result is below p.
  ALWAYS_INLINE V mul(V a, T w) const {
    const V h = wasm_f64x2_mul(wasm_f64x2_mul(a, w.w), p_inv);
    const V q = wasm_i64x2_sub(wasm_f64x2_add(h, magic), magic);
    return to_double(wasm_i64x2_sub(wasm_i64x2_mul(to_int(a), w.iw), wasm_i64x2_mul(q, ip)));
  }
  ALWAYS_INLINE V round(V x) const { return wasm_f64x2_sub(wasm_f64x2_add(x, magic), magic); }
  // q p is exact: it differs from x by at most p / 2, so it stays below 2^52.
  ALWAYS_INLINE V reduce(V x) const {
    return wasm_f64x2_sub(x, wasm_f64x2_mul(round(wasm_f64x2_mul(x, p_inv)), p));
  }

  static ALWAYS_INLINE void transpose(V* v) {
    const V a = wasm_i64x2_shuffle(v[0], v[1], 0, 2), b = wasm_i64x2_shuffle(v[0], v[1], 1, 3);
    v[0] = a;
    v[1] = b;
  }
};
