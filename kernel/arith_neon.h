// Two residues at once with Arm's Advanced SIMD (any 64-bit Arm processor has it). See arith_common.h and README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  typedef float64x2_t V;
  typedef float64x2_t T;
  static constexpr int W = 2, LOG_W = 1, REGISTERS = 16;
  static constexpr bool LAZY = false;
  V p, p_inv, magic;
  ALWAYS_INLINE explicit Arith(double prime) : Arith(prime, 1.0 / prime) {}
  ALWAYS_INLINE Arith(double prime, double inverse)
      : p(vdupq_n_f64(prime)), p_inv(vdupq_n_f64(inverse)), magic(vdupq_n_f64(MAGIC)) {}

  static ALWAYS_INLINE V load(const double* x) { return vld1q_f64(x); }
  static ALWAYS_INLINE void store(double* x, V v) { vst1q_f64(x, v); }
  static ALWAYS_INLINE V load_anywhere(const double* x) { return vld1q_f64(x); }
  static ALWAYS_INLINE void store_anywhere(double* x, V v) { vst1q_f64(x, v); }
  static ALWAYS_INLINE bool all_below(V x, double bound) {
    return vminvq_u32(vreinterpretq_u32_u64(vcltq_f64(x, vdupq_n_f64(bound)))) != 0;
  }
  static ALWAYS_INLINE V broadcast(double x) { return vdupq_n_f64(x); }
  static ALWAYS_INLINE V zero() { return vdupq_n_f64(0); }
  static ALWAYS_INLINE V add(V a, V b) { return vaddq_f64(a, b); }
  static ALWAYS_INLINE V add_product(V c, V a, V b) { return vfmaq_f64(c, a, b); }  // where exact
  static ALWAYS_INLINE V times(V a, V b) { return vmulq_f64(a, b); }  // rounded
  static ALWAYS_INLINE V sub(V a, V b) { return vsubq_f64(a, b); }
  ALWAYS_INLINE T factor(V w) const { return w; }
  ALWAYS_INLINE T load_factor(const double* w) const { return vld1q_f64(w); }
  ALWAYS_INLINE T broadcast_factor(double w) const { return vdupq_n_f64(w); }

  // The nearest integer to x y, and minus that, +0 where it is 0; |x y| < 2^51.
  ALWAYS_INLINE V quotient(V x, V y) const { return vsubq_f64(vfmaq_f64(magic, x, y), magic); }
  ALWAYS_INLINE V minus_quotient(V x, V y) const { return vsubq_f64(magic, vfmaq_f64(magic, x, y)); }
  // The product as an exact pair (h, l); h - q p and the last difference are exact. There is h - a w in one step, -l; h - q p
  // is made with -q, so that it is not -0 where a w is, and neither is the result.
  ALWAYS_INLINE V product(V a, V w, V h, V minus_q) const {
    return vsubq_f64(vfmaq_f64(h, minus_q, p), vfmsq_f64(h, a, w));
  }
  ALWAYS_INLINE V mul(V a, T w) const {
    const V h = vmulq_f64(a, w);
    return product(a, w, h, minus_quotient(h, p_inv));
  }
  // The same with w / p at hand: its quotient need not wait for the product.
  struct Twiddle { T w, ratio; };
  ALWAYS_INLINE Twiddle twiddle(T w) const { return Twiddle{w, vmulq_f64(w, p_inv)}; }
  ALWAYS_INLINE V mul(V a, const Twiddle& t) const {
    return product(a, t.w, vmulq_f64(a, t.w), minus_quotient(a, t.ratio));
  }
  ALWAYS_INLINE V reduce(V x) const { return vfmsq_f64(x, quotient(x, p_inv), p); }
  // High parts on a grid that the start keeps them on, remainders apart: exact.
  struct Exact { V h, l; };
  static ALWAYS_INLINE V grid(int bits) { return broadcast(exact_grid(bits)); }
  static ALWAYS_INLINE Exact exact(V g) { return Exact{g, zero()}; }
  static ALWAYS_INLINE void add_exact(Exact& e, T x, T y) {
    const V h = vfmaq_f64(e.h, x, y);
    e.l = add(e.l, vfmaq_f64(sub(e.h, h), x, y));
    e.h = h;
  }
  ALWAYS_INLINE V fold(const Exact& e, V g) const {
    const V s = sub(e.h, g);
    return add(vfmsq_f64(s, quotient(s, p_inv), p), e.l);
  }
  ALWAYS_INLINE V round(V x) const { return vsubq_f64(vaddq_f64(x, magic), magic); }

  static ALWAYS_INLINE V shift_in(V left, V x) { return vextq_f64(left, x, 1); }
  static ALWAYS_INLINE void transpose(V* v) {
    const V a = vtrn1q_f64(v[0], v[1]), b = vtrn2q_f64(v[0], v[1]);
    v[0] = a;
    v[1] = b;
  }
};

// Int16 digits: 4 columns; a pair of inputs is three vectors, low digits first: four of the even input, four of the odd
// one, so that each is multiplied by its weight where it lies.
struct Digits {
  typedef int32x4_t I;
  typedef int16x8_t X;
  typedef int16x4_t B;
  static constexpr int COLUMNS = 4, DIGITS = 3, ROWS = 4, PAIR_BYTES = 48;
  static constexpr int units(int rows) { return rows == 1 ? 4 : 2; }
  static ALWAYS_INLINE I zero() { return vdupq_n_s32(0); }
  static ALWAYS_INLINE X load(const u8* pair, int d) { return vreinterpretq_s16_u8(vld1q_u8(pair + 16 * d)); }
  static ALWAYS_INLINE const i32* weights(const hesper::Weights& w, i64 index) { return w.narrow + index; }
  static ALWAYS_INLINE B broadcast(const i32* w) { return vreinterpret_s16_s32(vld1_dup_s32(w)); }
  static ALWAYS_INLINE I dot(I sum, X x, B w) {
    return vmlal_high_lane_s16(vmlal_lane_s16(sum, vget_low_s16(x), w, 0), x, w, 1);
  }
  static ALWAYS_INLINE void store(u8* to, I sum) { vst1q_u8(to, vreinterpretq_u8_s32(sum)); }

  // Three balanced digits in the low 48 bits: half a digit is added everywhere, then the same bits are flipped back; the
  // low 48 bits of the magic number are zero.
  static ALWAYS_INLINE int16x8_t digits(const double* x) {
    const int64x2_t bias = vdupq_n_s64(FAULT(11) ? 0x0000800080000000ll : 0x0000800080008000ll);
    const int64x2_t y = vreinterpretq_s64_f64(vaddq_f64(vld1q_f64(x), vdupq_n_f64(MAGIC)));
    return vreinterpretq_s16_s64(veorq_s64(vaddq_s64(y, bias), bias));
  }
  static ALWAYS_INLINE void store_digit(u8* to, int16x8_t x) { vst1q_u8(to, vreinterpretq_u8_s16(x)); }
  static ALWAYS_INLINE void pack(const double* even, const double* odd, u8* to) {
    const int16x8_t e0 = digits(even), e1 = digits(even + 2), o0 = digits(odd), o1 = digits(odd + 2);
    const int16x8_t e02 = vuzp1q_s16(e0, e1), o02 = vuzp1q_s16(o0, o1);  // digits 0 and 2 by turns
    const int16x8_t e13 = vuzp2q_s16(e0, e1), o13 = vuzp2q_s16(o0, o1);
    store_digit(to, vuzp1q_s16(e02, o02));
    store_digit(to + 16, vuzp1q_s16(e13, o13));
    store_digit(to + 32, vuzp2q_s16(e02, o02));
  }
  static ALWAYS_INLINE float64x2_t wide(const u8* sums) {
    return vcvtq_f64_s64(vmovl_s32(vreinterpret_s32_u8(vld1_u8(sums))));
  }
  // Two columns of three digit sums, put together modulo p: |result| <= p / 2 + 2^32.
  static ALWAYS_INLINE float64x2_t combine(const Arith& a, const u8* sums, int half) {
    const float64x2_t d0 = wide(sums + 8 * half), d1 = wide(sums + 16 + 8 * half), d2 = wide(sums + 32 + 8 * half);
    const float64x2_t hi = vfmaq_f64(vmulq_f64(d1, vdupq_n_f64(0x1p16)), d2, vdupq_n_f64(0x1p32));
    return vaddq_f64(vfmsq_f64(hi, a.quotient(hi, a.p_inv), a.p), d0);
  }
};
