// Four residues at once with AVX2 and FMA. See arith_common.h and README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef __m256d V;
  typedef __m256d T;
  static constexpr int W = 4, LOG_W = 2, REGISTERS = 8;
  V p, p_inv, magic;
  ALWAYS_INLINE explicit Arith(double prime)
      : p(_mm256_set1_pd(prime)), p_inv(_mm256_set1_pd(1.0 / prime)), magic(_mm256_set1_pd(MAGIC)) {}

  static ALWAYS_INLINE V load(const double* x) { return _mm256_load_pd(x); }
  static ALWAYS_INLINE void store(double* x, V v) { _mm256_store_pd(x, v); }
  static ALWAYS_INLINE V broadcast(double x) { return _mm256_set1_pd(x); }
  static ALWAYS_INLINE V zero() { return _mm256_setzero_pd(); }
  static ALWAYS_INLINE V add(V a, V b) { return _mm256_add_pd(a, b); }
  static ALWAYS_INLINE V sub(V a, V b) { return _mm256_sub_pd(a, b); }
  ALWAYS_INLINE T factor(V w) const { return w; }
  ALWAYS_INLINE T load_factor(const double* w) const { return _mm256_load_pd(w); }
  ALWAYS_INLINE T broadcast_factor(double w) const { return _mm256_set1_pd(w); }

  // The product as an exact pair (h, l); h - q p and the last sum are exact.
  ALWAYS_INLINE V mul(V a, T w) const {
    const V h = _mm256_mul_pd(a, w);
    const V q = _mm256_sub_pd(_mm256_fmadd_pd(h, p_inv, magic), magic);
    const V l = _mm256_fmsub_pd(a, w, h);
    return _mm256_add_pd(_mm256_fnmadd_pd(q, p, h), l);
  }
  ALWAYS_INLINE V reduce(V x) const {
    const V q = _mm256_sub_pd(_mm256_fmadd_pd(x, p_inv, magic), magic);
    return _mm256_fnmadd_pd(q, p, x);
  }
  ALWAYS_INLINE V round(V x) const { return _mm256_sub_pd(_mm256_add_pd(x, magic), magic); }

  static ALWAYS_INLINE void transpose(V* v) {
    const V a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]);
    const V c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
    v[0] = _mm256_permute2f128_pd(a, c, 0x20);
    v[1] = _mm256_permute2f128_pd(b, d, 0x20);
    v[2] = _mm256_permute2f128_pd(a, c, 0x31);
    v[3] = _mm256_permute2f128_pd(b, d, 0x31);
  }
};
