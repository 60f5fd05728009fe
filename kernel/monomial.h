// Sums of signed shifts, X^s a with X^n = -1: a group of columns of an output stays in registers over all terms of its
// row. Bounds: README.md, section 12.
#pragma once

// Vectors of a group.
constexpr int MONOMIAL_UNITS = Arith::W == 8 ? 16 : 8, MONOMIAL_GROUP = MONOMIAL_UNITS * Arith::W;

// `count` coefficients of a from `at` on, -n <= at and at + count <= n; to the left a goes on by X^n = -1.
static void row_window(double* out, const double* a, int n, int at, int count) {
  int i = 0;
  for (; i < count && at + i < 0; i += Arith::W)
    Arith::store(out + i, Arith::sub(FAULT(46) ? Arith::load(a + n + at + i) : Arith::zero(), Arith::load(a + n + at + i)));
  for (; i < count; i += Arith::W) Arith::store(out + i, Arith::load(a + at + i));
}

struct MonomialSum {
  const Arith A;
  const int more;  // terms that a reduced sum takes
  int left;
  Vec sum[MONOMIAL_UNITS];
  ALWAYS_INLINE explicit MonomialSum(double p) : A(p), more(terms(p) - 1), left(terms(p)) {
    UNROLL for (int u = 0; u < MONOMIAL_UNITS; u++) sum[u] = Arith::zero();
  }
  // Residues whose sum stays within 2^51.
  static int terms(double p) { return p < 0x1p30 ? 1 << 22 : (int)(0x1p52 / (p - 1)) + FAULT(42) * 1000; }
  ALWAYS_INLINE void reduce() {
    UNROLL for (int u = 0; u < MONOMIAL_UNITS; u++) sum[u] = A.reduce(sum[u]);
  }
  ALWAYS_INLINE void add(const double* x) {
    UNROLL for (int u = 0; u < MONOMIAL_UNITS; u++) sum[u] = Arith::add(sum[u], Arith::load_anywhere(x + u * Arith::W));
  }
  ALWAYS_INLINE void subtract(const double* x) {
    UNROLL for (int u = 0; u < MONOMIAL_UNITS; u++) sum[u] = Arith::sub(sum[u], Arith::load_anywhere(x + u * Arith::W));
  }
  // f for the terms from .. to - 1, and reductions in time.
  template <class F> ALWAYS_INLINE void each(int from, int to, const F& f) {
    while (from < to) {
      const int end = to - from < left ? to : from + left;
      left -= end - from;
      for (; from < end; from++) f(from);
      if (left == 0) reduce(), left = more;
    }
  }
};

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

// A row of the outputs at the columns at .. at + MONOMIAL_GROUP - 1, `shift` columns into the tile.
static ALWAYS_INLINE void monomial_group(const hesper::MonomialBlock& b, double* out, const hesper::MonomialRow& row, int shift) {
  MonomialSum s(b.p);
  const double* const packed = b.packed + shift;
  s.each(row.plus, row.minus, [&](int t) { s.add(packed + b.terms[t].place); });
  s.each(row.minus, row.far, [&](int t) { s.subtract(packed + b.terms[t].place); });
  s.each(row.far, row.end, [&](int t) {
    alignas(64) double some[MONOMIAL_GROUP];
    bool negative;
    const int at = (b.at + shift - b.terms[t].shift) & (2 * b.n - 1);
    const double* const x = monomial_window(b.a[b.terms[t].column] + b.a_row, b.n, at, some, negative);
    if (negative) s.subtract(x);
    else s.add(x);
  });
  s.reduce();
  UNROLL for (int u = 0; u < MONOMIAL_UNITS; u++) Arith::store(out + u * Arith::W, s.sum[u]);
}

static void monomial_block(const hesper::MonomialBlock* block) {
  const hesper::MonomialBlock b = *block;
  const int width = b.columns + b.halo;
  for (int k = 0; k < b.near_count; k++)
    row_window(b.packed + (size_t)k * width, b.a[b.near[k]] + b.a_row, b.n, b.at - b.halo, width);
  for (int r = 0; r < b.row_count; r++)
    for (int shift = 0; shift < b.columns; shift += MONOMIAL_GROUP)
      monomial_group(b, b.out[r] + b.a_row + b.at + shift, b.rows[r], shift);
}
