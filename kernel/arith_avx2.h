// Four residues at once with AVX2 and FMA. See arith_common.h and README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef __m256d V;
  typedef __m256d T;
  static constexpr int W = 4, LOG_W = 2, REGISTERS = 8;
  static constexpr bool LAZY = false;
  V p, p_inv, magic;
  ALWAYS_INLINE explicit Arith(double prime) : Arith(prime, 1.0 / prime) {}
  ALWAYS_INLINE Arith(double prime, double inverse)
      : p(_mm256_set1_pd(prime)), p_inv(_mm256_set1_pd(inverse)), magic(_mm256_set1_pd(MAGIC)) {}

  static ALWAYS_INLINE V load(const double* x) { return _mm256_load_pd(x); }
  static ALWAYS_INLINE void store(double* x, V v) { _mm256_store_pd(x, v); }
  static ALWAYS_INLINE V load_anywhere(const double* x) { return _mm256_loadu_pd(x); }
  static ALWAYS_INLINE void store_anywhere(double* x, V v) { _mm256_storeu_pd(x, v); }
  static ALWAYS_INLINE bool all_below(V x, double bound) {
    return _mm256_movemask_pd(_mm256_cmp_pd(x, _mm256_set1_pd(bound), _CMP_LT_OQ)) == 15;
  }
  static ALWAYS_INLINE V broadcast(double x) { return _mm256_set1_pd(x); }
  static ALWAYS_INLINE V zero() { return _mm256_setzero_pd(); }
  static ALWAYS_INLINE V add(V a, V b) { return _mm256_add_pd(a, b); }
  static ALWAYS_INLINE V add_product(V c, V a, V b) { return _mm256_fmadd_pd(a, b, c); }  // where exact
  static ALWAYS_INLINE V times(V a, V b) { return _mm256_mul_pd(a, b); }  // rounded
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
  // The same with w / p at hand: its quotient need not wait for the product.
  struct Twiddle { T w, ratio; };
  ALWAYS_INLINE Twiddle twiddle(T w) const { return Twiddle{w, _mm256_mul_pd(w, p_inv)}; }
  ALWAYS_INLINE V mul(V a, const Twiddle& t) const {
    const V h = _mm256_mul_pd(a, t.w);
    const V q = _mm256_sub_pd(_mm256_fmadd_pd(a, t.ratio, magic), magic);
    const V l = _mm256_fmsub_pd(a, t.w, h);
    return _mm256_add_pd(_mm256_fnmadd_pd(q, p, h), l);
  }
  ALWAYS_INLINE V reduce(V x) const {
    const V q = _mm256_sub_pd(_mm256_fmadd_pd(x, p_inv, magic), magic);
    return _mm256_fnmadd_pd(q, p, x);
  }
  // High parts on a grid that the start keeps them on, remainders apart: exact.
  struct Exact { V h, l; };
  static ALWAYS_INLINE V grid(int bits) { return broadcast(exact_grid(bits)); }
  static ALWAYS_INLINE Exact exact(V g) { return Exact{g, zero()}; }
  static ALWAYS_INLINE void add_exact(Exact& e, T x, T y) {
    const V h = _mm256_fmadd_pd(x, y, e.h);
    e.l = add(e.l, _mm256_fmadd_pd(x, y, sub(e.h, h)));
    e.h = h;
  }
  ALWAYS_INLINE V fold(const Exact& e, V g) const {
    const V s = sub(e.h, g), q = _mm256_sub_pd(_mm256_fmadd_pd(s, p_inv, magic), magic);
    return add(_mm256_fnmadd_pd(q, p, s), e.l);
  }
  ALWAYS_INLINE V round(V x) const { return _mm256_sub_pd(_mm256_add_pd(x, magic), magic); }

  static ALWAYS_INLINE V shift_in(V left, V x) { return _mm256_shuffle_pd(_mm256_permute2f128_pd(left, x, 0x21), x, 5); }
  static ALWAYS_INLINE void transpose(V* v) {
    const V a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]);
    const V c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
    v[0] = _mm256_permute2f128_pd(a, c, 0x20);
    v[1] = _mm256_permute2f128_pd(b, d, 0x20);
    v[2] = _mm256_permute2f128_pd(a, c, 0x31);
    v[3] = _mm256_permute2f128_pd(b, d, 0x31);
  }
};

// Int16 digits: 8 columns; a pair of inputs is three vectors of int16 pairs, low digits first.
struct Digits {
  typedef __m256i I;
  typedef __m256i X;
  typedef __m256i B;
  static constexpr int COLUMNS = 8, DIGITS = 3, ROWS = 4, PAIR_BYTES = 96;
  static constexpr int units(int rows) { return rows == 1 ? 4 : rows == 2 ? 2 : 1; }
  static ALWAYS_INLINE I zero() { return _mm256_setzero_si256(); }
  static ALWAYS_INLINE X load(const u8* pair, int d) { return _mm256_load_si256((const __m256i*)(pair + 32 * d)); }
  static ALWAYS_INLINE const i32* weights(const hesper::Weights& w, i64 index) { return w.narrow + index; }
  static ALWAYS_INLINE B broadcast(const i32* w) { return _mm256_set1_epi32(*w); }
  static ALWAYS_INLINE I dot(I sum, X x, B w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }
  static ALWAYS_INLINE void store(u8* to, I sum) { _mm256_store_si256((__m256i*)to, sum); }

  // Columns 0, 1, 4, 5 from x: three balanced digits in the low 48 bits. Half a digit is added everywhere, then the same
  // bits are flipped back; the low 48 bits of the magic number are zero.
  static ALWAYS_INLINE __m256i digits(const double* x) {
    const __m256d v = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_load_pd(x)), _mm_load_pd(x + 4), 1);
    const __m256i bias = _mm256_set1_epi64x(FAULT(11) ? 0x0000800080000000ll : 0x0000800080008000ll);
    const __m256i y = _mm256_castpd_si256(_mm256_add_pd(v, _mm256_set1_pd(MAGIC)));
    return _mm256_xor_si256(_mm256_add_epi64(y, bias), bias);
  }
  static ALWAYS_INLINE void pack(const double* even, const double* odd, u8* to) {
    const __m256i e0 = digits(even), e1 = digits(even + 2), o0 = digits(odd), o1 = digits(odd + 2);
    const __m256i c0 = _mm256_unpacklo_epi16(e0, o0), c1 = _mm256_unpackhi_epi16(e0, o0);  // columns 0, 4; 1, 5
    const __m256i c2 = _mm256_unpacklo_epi16(e1, o1), c3 = _mm256_unpackhi_epi16(e1, o1);  // columns 2, 6; 3, 7
    const __m256i a = _mm256_unpacklo_epi32(c0, c1), b = _mm256_unpacklo_epi32(c2, c3);
    const __m256i c = _mm256_unpackhi_epi32(c0, c1), d = _mm256_unpackhi_epi32(c2, c3);
    _mm256_store_si256((__m256i*)to, _mm256_unpacklo_epi64(a, b));
    _mm256_store_si256((__m256i*)(to + 32), _mm256_unpackhi_epi64(a, b));
    _mm256_store_si256((__m256i*)(to + 64), _mm256_unpacklo_epi64(c, d));
  }
  // Four columns of three digit sums, put together modulo p: |result| <= p / 2 + 2^32.
  static ALWAYS_INLINE __m256d combine(const Arith& a, const u8* sums, int half) {
    const __m128i* s = (const __m128i*)sums + half;
    const __m256d d0 = _mm256_cvtepi32_pd(s[0]), d1 = _mm256_cvtepi32_pd(s[2]), d2 = _mm256_cvtepi32_pd(s[4]);
    const __m256d hi = _mm256_fmadd_pd(d2, _mm256_set1_pd(0x1p32), _mm256_mul_pd(d1, _mm256_set1_pd(0x1p16)));
    const __m256d q = _mm256_sub_pd(_mm256_fmadd_pd(hi, a.p_inv, a.magic), a.magic);
    return _mm256_add_pd(_mm256_fnmadd_pd(q, a.p, hi), d0);
  }
};
