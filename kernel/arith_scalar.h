// Portable: two residues at a time, so that the transforms have one form; products in wrapping 64-bit integers with
// the quotient estimated in doubles. No FMA, no library function. See arith_common.h and README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  struct V { double a, b; };
  struct T { double a, b; i64 ia, ib; };
  static constexpr int W = 2, LOG_W = 1, REGISTERS = 4;
  static constexpr bool LAZY = true;  // ntt.h
  Modulus m;
  ALWAYS_INLINE explicit Arith(double prime) : m(prime) {}
  ALWAYS_INLINE Arith(double prime, double inverse) : m(prime, inverse) {}

  static ALWAYS_INLINE V load(const double* x) { return V{x[0], x[1]}; }
  static ALWAYS_INLINE void store(double* x, V v) { x[0] = v.a, x[1] = v.b; }
  static ALWAYS_INLINE V load_anywhere(const double* x) { return load(x); }
  static ALWAYS_INLINE void store_anywhere(double* x, V v) { store(x, v); }
  static ALWAYS_INLINE bool all_below(V x, double bound) { return x.a < bound && x.b < bound; }
  static ALWAYS_INLINE V broadcast(double x) { return V{x, x}; }
  static ALWAYS_INLINE V zero() { return V{0, 0}; }
  static ALWAYS_INLINE V add(V a, V b) { return V{a.a + b.a, a.b + b.b}; }
  static ALWAYS_INLINE V add_product(V c, V a, V b) { return V{c.a + a.a * b.a, c.b + a.b * b.b}; }  // where exact
  static ALWAYS_INLINE V times(V a, V b) { return V{a.a * b.a, a.b * b.b}; }  // rounded
  static ALWAYS_INLINE V sub(V a, V b) { return V{a.a - b.a, a.b - b.b}; }
  ALWAYS_INLINE T factor(V w) const { return T{w.a, w.b, (i64)w.a, (i64)w.b}; }
  ALWAYS_INLINE T load_factor(const double* w) const { return factor(load(w)); }
  ALWAYS_INLINE T broadcast_factor(double w) const { return T{w, w, (i64)w, (i64)w}; }

  // a w - q p, exact in wrapping integers because the result is below p.
  ALWAYS_INLINE double mul1(double a, double w, i64 iw) const {
    const i64 q = Modulus::nearest(a * w * m.p_inv);
    return (double)(i64)((u64)(i64)a * (u64)iw - (u64)q * (u64)m.q);
  }
  ALWAYS_INLINE double round1(double x) const { return (x + MAGIC) - MAGIC; }
  ALWAYS_INLINE double reduce1(double x) const { return x - round1(x * m.p_inv) * m.p; }
  typedef T Twiddle;
  ALWAYS_INLINE Twiddle twiddle(T w) const { return w; }
  ALWAYS_INLINE V mul(V a, T w) const { return V{mul1(a.a, w.a, w.ia), mul1(a.b, w.b, w.ib)}; }
  ALWAYS_INLINE V reduce(V x) const { return V{reduce1(x.a), reduce1(x.b)}; }
  // The sum in doubles, for its quotient, and in wrapping integers.
  struct Exact { double ha, hb; u64 sa, sb; };
  static ALWAYS_INLINE V grid(int) { return zero(); }
  static ALWAYS_INLINE Exact exact(V) { return Exact{0, 0, 0, 0}; }
  static ALWAYS_INLINE void add_exact(Exact& e, T x, T y) {
    e.ha += x.a * y.a, e.hb += x.b * y.b;
    e.sa += (u64)x.ia * (u64)y.ia, e.sb += (u64)x.ib * (u64)y.ib;
  }
  ALWAYS_INLINE double fold1(double h, u64 s) const {
    return (double)(i64)(s - (u64)Modulus::nearest(h * m.p_inv) * (u64)m.q);
  }
  ALWAYS_INLINE V fold(const Exact& e, V) const { return V{fold1(e.ha, e.sa), fold1(e.hb, e.sb)}; }
  ALWAYS_INLINE V round(V x) const { return V{round1(x.a), round1(x.b)}; }

  static ALWAYS_INLINE V shift_in(V left, V x) { return V{left.b, x.a}; }
  static ALWAYS_INLINE void transpose(V* v) {
    const double t = v[0].b;
    v[0].b = v[1].a;
    v[1].a = t;
  }
};

// In place of digits: two columns of whole residues, 64-bit sums (the chunks of weights.h keep them below 2^63).
struct Digits {
  struct I { i64 a, b; };
  struct X { i64 even_a, even_b, odd_a, odd_b; };
  struct B { i64 even, odd; };
  static constexpr int COLUMNS = 2, DIGITS = 1, ROWS = 2, PAIR_BYTES = 32;
  static constexpr int units(int rows) { return rows == 1 ? 2 : 1; }
  static ALWAYS_INLINE I zero() { return I{0, 0}; }
  static ALWAYS_INLINE X load(const u8* pair, int) { return *(const X*)pair; }
  static ALWAYS_INLINE const i32* weights(const hesper::Weights& w, i64 index) { return w.narrow + index; }
  static ALWAYS_INLINE B broadcast(const i32* w) { return B{(i16)(*w & 0xffff), *w >> 16}; }
  static ALWAYS_INLINE I dot(I sum, X x, B w) {
    return I{sum.a + x.even_a * w.even + x.odd_a * w.odd, sum.b + x.even_b * w.even + x.odd_b * w.odd};
  }
  static ALWAYS_INLINE void store(u8* to, I sum) { *(I*)to = sum; }
  static ALWAYS_INLINE void pack(const double* even, const double* odd, u8* to) {
    *(X*)to = X{(i64)even[0], (i64)even[1], (i64)odd[0], (i64)odd[1]};
  }
  // |result| <= p / 2 + 2^13
  static ALWAYS_INLINE Arith::V combine(const Arith& a, const u8* sums, int) {
    const I& s = *(const I*)sums;
    return Arith::V{(double)a.m.reduce(s.a), (double)a.m.reduce(s.b)};
  }
};
