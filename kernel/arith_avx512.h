// Eight residues at once with AVX-512 (F, DQ, BW, VL). See arith_common.h and README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef __m512d V;
  typedef __m512d T;
  static constexpr int W = 8, LOG_W = 3, REGISTERS = 16;
  V p, p_inv, magic;
  ALWAYS_INLINE explicit Arith(double prime)
      : p(_mm512_set1_pd(prime)), p_inv(_mm512_set1_pd(1.0 / prime)), magic(_mm512_set1_pd(MAGIC)) {}

  static ALWAYS_INLINE V load(const double* x) { return _mm512_load_pd(x); }
  static ALWAYS_INLINE void store(double* x, V v) { _mm512_store_pd(x, v); }
  static ALWAYS_INLINE V broadcast(double x) { return _mm512_set1_pd(x); }
  static ALWAYS_INLINE V zero() { return _mm512_setzero_pd(); }
  static ALWAYS_INLINE V add(V a, V b) { return _mm512_add_pd(a, b); }
  static ALWAYS_INLINE V sub(V a, V b) { return _mm512_sub_pd(a, b); }
  ALWAYS_INLINE T factor(V w) const { return w; }
  ALWAYS_INLINE T load_factor(const double* w) const { return _mm512_load_pd(w); }
  ALWAYS_INLINE T broadcast_factor(double w) const { return _mm512_set1_pd(w); }

  // The product as an exact pair (h, l); h - q p and the last sum are exact.
  ALWAYS_INLINE V mul(V a, T w) const {
    const V h = _mm512_mul_pd(a, w);
    const V q = _mm512_sub_pd(_mm512_fmadd_pd(h, p_inv, magic), magic);
    const V l = _mm512_fmsub_pd(a, w, h);
    return _mm512_add_pd(_mm512_fnmadd_pd(q, p, h), l);
  }
  ALWAYS_INLINE V reduce(V x) const {
    const V q = _mm512_sub_pd(_mm512_fmadd_pd(x, p_inv, magic), magic);
    return _mm512_fnmadd_pd(q, p, x);
  }
  ALWAYS_INLINE V round(V x) const { return _mm512_sub_pd(_mm512_add_pd(x, magic), magic); }

  static ALWAYS_INLINE void transpose(V* x) {
    __m512i* v = (__m512i*)x;
    __m512i t[8], s[8];
    UNROLL for (int i = 0; i < 4; i++) {
      t[2 * i] = _mm512_unpacklo_epi64(v[2 * i], v[2 * i + 1]);
      t[2 * i + 1] = _mm512_unpackhi_epi64(v[2 * i], v[2 * i + 1]);
    }
    s[0] = _mm512_shuffle_i64x2(t[0], t[2], 0x88);
    s[1] = _mm512_shuffle_i64x2(t[1], t[3], 0x88);
    s[2] = _mm512_shuffle_i64x2(t[0], t[2], 0xdd);
    s[3] = _mm512_shuffle_i64x2(t[1], t[3], 0xdd);
    s[4] = _mm512_shuffle_i64x2(t[4], t[6], 0x88);
    s[5] = _mm512_shuffle_i64x2(t[5], t[7], 0x88);
    s[6] = _mm512_shuffle_i64x2(t[4], t[6], 0xdd);
    s[7] = _mm512_shuffle_i64x2(t[5], t[7], 0xdd);
    UNROLL for (int i = 0; i < 4; i++) {
      v[i] = _mm512_shuffle_i64x2(s[i], s[i + 4], 0x88);
      v[i + 4] = _mm512_shuffle_i64x2(s[i], s[i + 4], 0xdd);
    }
  }
};
