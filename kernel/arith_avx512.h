// Eight residues at once with AVX-512 (F, DQ, BW, VL). See arith_common.h and README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef __m512d V;
  typedef __m512d T;
  static constexpr int W = 8, LOG_W = 3, REGISTERS = 16;
  static constexpr bool LAZY = false;
  V p, p_inv, magic;
  ALWAYS_INLINE explicit Arith(double prime) : Arith(prime, 1.0 / prime) {}
  ALWAYS_INLINE Arith(double prime, double inverse)
      : p(_mm512_set1_pd(prime)), p_inv(_mm512_set1_pd(inverse)), magic(_mm512_set1_pd(MAGIC)) {}

  static ALWAYS_INLINE V load(const double* x) { return _mm512_load_pd(x); }
  static ALWAYS_INLINE void store(double* x, V v) { _mm512_store_pd(x, v); }
  static ALWAYS_INLINE V load_anywhere(const double* x) { return _mm512_loadu_pd(x); }
  static ALWAYS_INLINE void store_anywhere(double* x, V v) { _mm512_storeu_pd(x, v); }
  static ALWAYS_INLINE bool all_below(V x, double bound) {
    return _mm512_cmp_pd_mask(x, _mm512_set1_pd(bound), _CMP_LT_OQ) == 0xff;
  }
  static ALWAYS_INLINE V broadcast(double x) { return _mm512_set1_pd(x); }
  static ALWAYS_INLINE V zero() { return _mm512_setzero_pd(); }
  static ALWAYS_INLINE V add(V a, V b) { return _mm512_add_pd(a, b); }
  static ALWAYS_INLINE V add_product(V c, V a, V b) { return _mm512_fmadd_pd(a, b, c); }  // where exact
  static ALWAYS_INLINE V times(V a, V b) { return _mm512_mul_pd(a, b); }  // rounded
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
  // The same with w / p at hand: its quotient need not wait for the product.
  struct Twiddle { T w, ratio; };
  ALWAYS_INLINE Twiddle twiddle(T w) const { return Twiddle{w, _mm512_mul_pd(w, p_inv)}; }
  ALWAYS_INLINE V mul(V a, const Twiddle& t) const {
    const V h = _mm512_mul_pd(a, t.w);
    const V q = _mm512_sub_pd(_mm512_fmadd_pd(a, t.ratio, magic), magic);
    const V l = _mm512_fmsub_pd(a, t.w, h);
    return _mm512_add_pd(_mm512_fnmadd_pd(q, p, h), l);
  }
  ALWAYS_INLINE V reduce(V x) const {
    const V q = _mm512_sub_pd(_mm512_fmadd_pd(x, p_inv, magic), magic);
    return _mm512_fnmadd_pd(q, p, x);
  }
  // High parts on a grid that the start keeps them on, remainders apart: exact.
  struct Exact { V h, l; };
  static ALWAYS_INLINE V grid(int bits) { return broadcast(exact_grid(bits)); }
  static ALWAYS_INLINE Exact exact(V g) { return Exact{g, zero()}; }
  static ALWAYS_INLINE void add_exact(Exact& e, T x, T y) {
    const V h = _mm512_fmadd_pd(x, y, e.h);
    e.l = add(e.l, _mm512_fmadd_pd(x, y, sub(e.h, h)));
    e.h = h;
  }
  ALWAYS_INLINE V fold(const Exact& e, V g) const {
    const V s = sub(e.h, g), q = _mm512_sub_pd(_mm512_fmadd_pd(s, p_inv, magic), magic);
    return add(_mm512_fnmadd_pd(q, p, s), e.l);
  }
  ALWAYS_INLINE V round(V x) const { return _mm512_sub_pd(_mm512_add_pd(x, magic), magic); }

  static ALWAYS_INLINE V shift_in(V left, V x) { return (V)_mm512_alignr_epi64((__m512i)x, (__m512i)left, 7); }
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

// Int16 digits: 16 columns; a pair of inputs is three vectors of int16 pairs, low digits first.
struct Digits {
  typedef __m512i I;
  typedef __m512i X;
  typedef __m512i B;
  static constexpr int COLUMNS = 16, DIGITS = 3, ROWS = 8, PAIR_BYTES = 192;
  static constexpr int units(int rows) { return rows <= 2 ? 4 : rows <= 4 ? 2 : 1; }
  static ALWAYS_INLINE I zero() { return _mm512_setzero_si512(); }
  static ALWAYS_INLINE X load(const u8* pair, int d) { return _mm512_load_si512(pair + 64 * d); }
  static ALWAYS_INLINE const i32* weights(const hesper::Weights& w, i64 index) { return w.narrow + index; }
  static ALWAYS_INLINE B broadcast(const i32* w) { return _mm512_set1_epi32(*w); }
  static ALWAYS_INLINE I dot(I sum, X x, B w) {
#ifdef __AVX512VNNI__
    return _mm512_dpwssd_epi32(sum, x, w);
#else
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x, w));
#endif
  }
  static ALWAYS_INLINE void store(u8* to, I sum) { _mm512_store_si512(to, sum); }

  // Balanced digits without carries: half a digit added everywhere, then the same bits flipped back.
  static ALWAYS_INLINE __m512i digits(const double* x) {
    const __m512i bias = _mm512_set1_epi64(FAULT(11) ? 0x0000800080000000ll : 0x0000800080008000ll);
    return _mm512_xor_si512(_mm512_add_epi64(_mm512_cvtpd_epi64(_mm512_load_pd(x)), bias), bias);
  }
  static ALWAYS_INLINE void pack(const double* even, const double* odd, u8* to) {
    const __m512i low = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(1));
    const __m512i e0 = digits(even), e1 = digits(even + 8), o0 = digits(odd), o1 = digits(odd + 8);
    const __m512i el = _mm512_permutex2var_epi32(e0, low, e1), eh = _mm512_permutex2var_epi32(e0, high, e1);
    const __m512i ol = _mm512_permutex2var_epi32(o0, low, o1), oh = _mm512_permutex2var_epi32(o0, high, o1);
    const __mmask32 odd_words = 0xAAAAAAAA;
    _mm512_store_si512(to, _mm512_mask_blend_epi16(odd_words, el, _mm512_slli_epi32(ol, 16)));
    _mm512_store_si512(to + 64, _mm512_mask_blend_epi16(odd_words, _mm512_srli_epi32(el, 16), ol));
    _mm512_store_si512(to + 128, _mm512_mask_blend_epi16(odd_words, eh, _mm512_slli_epi32(oh, 16)));
  }
  // Eight columns of three digit sums, put together modulo p: |result| <= p / 2 + 2^32.
  static ALWAYS_INLINE __m512d combine(const Arith& a, const u8* sums, int half) {
    const __m256i* s = (const __m256i*)sums + half;
    const __m512d d0 = _mm512_cvtepi32_pd(s[0]), d1 = _mm512_cvtepi32_pd(s[2]), d2 = _mm512_cvtepi32_pd(s[4]);
    const __m512d hi = _mm512_fmadd_pd(d2, _mm512_set1_pd(0x1p32), _mm512_mul_pd(d1, _mm512_set1_pd(0x1p16)));
    const __m512d q = _mm512_sub_pd(_mm512_fmadd_pd(hi, a.p_inv, a.magic), a.magic);
    return _mm512_add_pd(_mm512_fnmadd_pd(q, a.p, hi), d0);
  }
};
