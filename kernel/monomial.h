// Sums of signed shifts, X^s a with X^n = -1: a group of columns of an output stays in registers over all terms of its
// row. Bounds: README.md, section 12.
#pragma once

// Vectors of a group.
constexpr int MONOMIAL_UNITS = Arith::W == 8 ? 16 : 8, MONOMIAL_GROUP = MONOMIAL_UNITS * Arith::W;

// `count` coefficients of a from `at` on, -n <= at and at + count <= n; to the left a goes on by X^n = -1. Meanwhile the
// same of `next` comes near.
static ALWAYS_INLINE void row_window(double* out, const double* a, const double* next, int n, int at, int count) {
  int i = 0;
  for (; i < count && at + i < 0; i += 8)
    UNROLL for (int k = 0; k < 8; k += Arith::W) {
      const Vec x = Arith::load(a + n + at + i + k);
      Arith::store(out + i + k, Arith::sub(FAULT(46) ? x : Arith::zero(), x));
    }
  for (; i < count; i += 8) {
    __builtin_prefetch(next + at + i, 0, 0);
    UNROLL for (int k = 0; k < 8; k += Arith::W) Arith::store(out + i + k, Arith::load(a + at + i + k));
  }
}

// N vectors of sums, one by one, so that each has its register.
template <int N> struct Sums {
  Vec first;
  Sums<N - 1> rest;
  ALWAYS_INLINE void clear() { first = Arith::zero(), rest.clear(); }
  ALWAYS_INLINE void add(const double* x) { first = Arith::add(first, Arith::load(x)), rest.add(x + Arith::W); }
  ALWAYS_INLINE void subtract(const double* x) { first = Arith::sub(first, Arith::load(x)), rest.subtract(x + Arith::W); }
  ALWAYS_INLINE void add_far(const double* x) { first = Arith::add(first, Arith::load_anywhere(x)), rest.add_far(x + Arith::W); }
  ALWAYS_INLINE void subtract_far(const double* x) {
    first = Arith::sub(first, Arith::load_anywhere(x)), rest.subtract_far(x + Arith::W);
  }
  ALWAYS_INLINE void reduce(const Arith& A) { first = A.reduce(first), rest.reduce(A); }
  ALWAYS_INLINE void store(double* x) const { Arith::store(x, first), rest.store(x + Arith::W); }
  // Times X: the last number of `left` moves in.
  ALWAYS_INLINE void shift(Vec left) { rest.shift(first), first = Arith::shift_in(left, first); }
};
template <> struct Sums<0> {
  ALWAYS_INLINE void clear() {}
  ALWAYS_INLINE void add(const double*) {}
  ALWAYS_INLINE void subtract(const double*) {}
  ALWAYS_INLINE void add_far(const double*) {}
  ALWAYS_INLINE void subtract_far(const double*) {}
  ALWAYS_INLINE void reduce(const Arith&) {}
  ALWAYS_INLINE void store(double*) const {}
  ALWAYS_INLINE void shift(Vec) {}
};
// Residues of p whose sum stays within 2^51.
static int monomial_terms(double p) { return p < 0x1p30 ? 1 << 22 : (int)(0x1p52 / (p - 1)) + FAULT(42) * 1000; }

// A group of a row from place `at` of [0, 2n) on, where from n on its negative lies: the numbers of the row as they lie,
// and their sign; or, where the sign changes within the group, in `some` what is to be added.
static const double* monomial_window(const double* a, int n, int at, double* some, bool& negative) {
  constexpr int G = MONOMIAL_GROUP;
  negative = at >= n;
  const int place = negative ? at - n : at;
  if (place + G <= n + FAULT(47)) return a + place;
  for (int i = 0; i < G; i++) {
    const int k = place + i < n ? place + i : place + i - n;
    some[i] = (k == place + i) == negative ? 0 - a[k] : a[k];
  }
  negative = false;
  return some;
}

// A row of the outputs at the columns at .. at + MONOMIAL_GROUP - 1, `shift` columns into the tile. Near terms are added
// from the largest shift within a vector down to none, and the sum is shifted between: their loads are aligned. Left of the
// columns one vector more is summed, whose numbers move in.
static ALWAYS_INLINE void monomial_group(const hesper::MonomialBlock& b, double* out, const int32_t* start, int shift) {
  constexpr int W = Arith::W;
  const Arith A(b.p);
  const double* const packed = b.packed + shift;
  const hesper::MonomialTerm* const terms = b.terms;
  Sums<MONOMIAL_UNITS + 1> sum;
  int left = b.most;
  sum.clear();
  // f for the terms from .. to - 1, and reductions in time.
  auto each = [&](int from, int to, auto f) __attribute__((always_inline)) {
    while (from < to) {
      const int end = to - from < left ? to : from + left;
      left -= end - from;
      do f(terms[from]);
      while (++from < end);
      if (left == 0) sum.reduce(A), left = b.most - 1;
    }
  };
  for (int k = 0; k < W; k++) {
    if (k > 0) sum.shift(Arith::zero());
    each(start[2 * k], start[2 * k + 1], [&](const hesper::MonomialTerm& t) __attribute__((always_inline)) { sum.add(packed + t.place); });
    each(start[2 * k + 1], start[2 * k + 2], [&](const hesper::MonomialTerm& t) __attribute__((always_inline)) {
      sum.subtract(packed + t.place);
    });
  }
  each(start[2 * W], start[2 * W + 1], [&](const hesper::MonomialTerm& t) __attribute__((always_inline)) {
    alignas(64) double some[MONOMIAL_GROUP];
    bool negative;
    const double* const x =
        monomial_window(b.a[t.column] + b.a_row, b.n, (b.at + shift - t.shift) & (2 * b.n - 1), some, negative);
    if (negative) sum.rest.subtract_far(x);
    else sum.rest.add_far(x);
  });
  sum.reduce(A);
  sum.rest.store(out);
}

static void monomial_block(const hesper::MonomialBlock* block) {
  constexpr int AHEAD = 8;
  hesper::MonomialBlock b = *block;
  b.most = monomial_terms(b.p);
  const int width = b.columns + b.halo;
  for (int k = 0; k < b.near_count; k++)
    row_window(b.packed + (size_t)k * width, b.a[b.near[k]] + b.a_row, b.a[b.near[k + AHEAD < b.near_count ? k + AHEAD : k]] + b.a_row,
               b.n, b.at - b.halo, width);
  for (int r = 0; r < b.row_count; r++)
    for (int shift = 0; shift < b.columns; shift += MONOMIAL_GROUP)
      monomial_group(b, b.out[r] + b.a_row + b.at + shift, b.starts + r * (2 * Arith::W + 1), shift);
}
