// Portable: two residues at a time, so that the transforms have one form; products in wrapping 64-bit integers with
// the quotient estimated in doubles. No FMA, no library function. See arith_common.h and README.md.
#pragma once
#include "arith_common.h"

struct Arith {
  struct V { double a, b; };
  struct T { double a, b; i64 ia, ib; };
  static constexpr int W = 2, LOG_W = 1, REGISTERS = 4;
  Modulus m;
  ALWAYS_INLINE explicit Arith(double prime) : m(prime) {}

  static ALWAYS_INLINE V load(const double* x) { return V{x[0], x[1]}; }
  static ALWAYS_INLINE void store(double* x, V v) { x[0] = v.a, x[1] = v.b; }
  static ALWAYS_INLINE V broadcast(double x) { return V{x, x}; }
  static ALWAYS_INLINE V zero() { return V{0, 0}; }
  static ALWAYS_INLINE V add(V a, V b) { return V{a.a + b.a, a.b + b.b}; }
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
  ALWAYS_INLINE V mul(V a, T w) const { return V{mul1(a.a, w.a, w.ia), mul1(a.b, w.b, w.ib)}; }
  ALWAYS_INLINE V reduce(V x) const { return V{reduce1(x.a), reduce1(x.b)}; }
  ALWAYS_INLINE V round(V x) const { return V{round1(x.a), round1(x.b)}; }

  static ALWAYS_INLINE void transpose(V* v) {
    const double t = v[0].b;
    v[0].b = v[1].a;
    v[1].a = t;
  }
};
