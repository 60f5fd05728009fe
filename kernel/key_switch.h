// What one call of key switching works with: bases, constants, and the steps on single rows. Used by key_switch.cpp only.
#pragma once
#include "lists.h"
#include "plain.h"

namespace hesper {

using hesper_plain::Modulus;

// Bases and constants of one call. Extended limbs: the k special primes, then the primes of the basis, as in a key.
struct SwitchPlan {
  const Ring* ring = nullptr;
  const Variant* v = nullptr;
  const int32_t *basis = nullptr, *special = nullptr;
  int n = 0, limbs = 0, k = 0, digits = 0, key_rows = 0;
  Raise* raised = nullptr;    // [digit][extended limb]
  Raise* lowered = nullptr;   // [limb]: of the sums modulo P, divided by P
  double* weight = nullptr;   // [limb]: 1 / (Q_d / q_i) mod q_i
  double* lower_weight = nullptr;  // [special]: 1 / (P / p_i) mod p_i
  double* scale = nullptr;    // [limb]: 1 / P mod q_i

  int extended() const { return k + limbs; }
  int index(int x) const { return x < k ? special[x] : basis[x - k]; }
  double prime(int x) const { return ring->prime[index(x)]; }
  const double* tables(int x) const { return ring->tables[index(x)]; }
  int digit_start(int d) const { return d * k; }
  int digit_size(int d) const { return limbs - d * k < k ? limbs - d * k : k; }
  bool inside(int d, int x) const { return x >= k && (x - k) / k == d; }
  const double* key_row(const double* key, int x) const {
    return key + (size_t)(x < k ? x : k + (FAULT(40) ? x - k : basis[x - k])) * 2 * n;
  }
  double inverse(int of, int mod) const { return ring->inverses[(size_t)of * ring->count + mod]; }

  size_t bytes() const {
    const size_t raises = (size_t)digits * extended() + limbs;
    return raises * sizeof(Raise) + ((size_t)digits * extended() * k + (size_t)limbs * k + 3 * (limbs + k)) * 8;
  }
  // From the sources (extended limbs from, from + 1, ...), each weighted: Q / q_i and -Q mod the target.
  void fill_raise(Raise& r, double*& at, const double* source_inverse, int from, int count, int target) const {
    const Modulus m(prime(target));
    r = Raise{count, (prime(from) - 1) / 2, source_inverse, at, 0};
    auto product = [&](int without) {
      int64_t x = 1;
      for (int j = from; j < from + count; j++)
        if (j != without) x = m.mul(x, m.reduce((int64_t)prime(j)));
      return x;
    };
    for (int i = 0; i < count; i++) *at++ = (double)product(from + i);
    r.overflow = (double)(0 - product(-1));
  }
  // 1 / (product of the others of the group) mod the prime of x
  double group_weight(int from, int count, int x) const {
    const Modulus m(prime(x));
    int64_t w = 1;
    for (int j = from; j < from + count; j++)
      if (j != x) w = m.mul(w, (int64_t)inverse(index(j), index(x)));
    return (double)w;
  }
  void build(void* memory) {
    raised = (Raise*)memory, lowered = raised + (size_t)digits * extended();
    double* at = (double*)(lowered + limbs);
    double* const source_inverse = at;
    weight = at + extended(), lower_weight = weight + limbs, scale = lower_weight + k, at = scale + limbs;
    for (int x = 0; x < extended(); x++) source_inverse[x] = 1.0 / prime(x);
    for (int d = 0; d < digits; d++) {
      const int from = k + digit_start(d);
      for (int x = 0; x < extended(); x++)
        if (!inside(d, x)) fill_raise(raised[d * extended() + x], at, source_inverse + from, from, digit_size(d), x);
    }
    for (int i = 0; i < limbs; i++) {
      const int d = i / k, x = k + i;
      const Modulus m(prime(x));
      weight[i] = group_weight(k + digit_start(d), digit_size(d) - (FAULT(37) && digit_size(d) < k), x);
      int64_t s = 1;
      lowered[i] = Raise{k, (prime(0) - 1) / 2, source_inverse, at, -1};
      for (int j = 0; j < k; j++) s = m.mul(s, (int64_t)(*at++ = inverse(special[j], basis[i])));
      scale[i] = (double)s;
    }
    for (int j = 0; j < k; j++) lower_weight[j] = group_weight(0, k, j);
  }

  // The digits of one part modulo the prime of x: its own NTT form where the digit contains the prime, raised into `work`
  // otherwise. own: that form, or the coefficients, which are transformed into `work`; y: rows of limbs, `stride` apart.
  enum class Own { transformed, coefficients };
  void raise(const double** rows, double* work, const double* own, const double* y, size_t stride, int x,
             Own form = Own::transformed) const {
    for (int d = 0; d < digits; d++) {
      double* const to = work + (size_t)d * n;
      rows[d] = to;
      if (!inside(d, x)) {
        v->raise(to, tables(x), &raised[d * extended() + x], y + (size_t)digit_start(d) * stride, stride, n, prime(x));
        count_work(ring->work, 1, 0, digit_size(d));
      } else if (form == Own::coefficients) {
        transform(to, own, x);
      } else {
        rows[d] = own;
      }
    }
  }
  void transform(double* out, const double* a, int x) const {
    static constexpr double one = 1;
    const Raise r{1, (prime(x) - 1) / 2, nullptr, &one, 0};
    v->raise(out, tables(x), &r, a, 0, n, prime(x));
    count_work(ring->work, 1);
  }
  // The sum of rows times keys modulo the prime of x, both halves; c0 and c1, unless null, are added.
  void inner(double* sum, const double* const* rows, const double* const* keys, int terms, int x, const double* c0,
             const double* c1) const {
    v->inner(sum, sum + n, rows, keys, terms, x < k ? 1 : scale[x - k], c0, c1, n, prime(x));
    count_work(ring->work, 0, 2 * terms);
  }
  void lower(double* out, const double* a, int limb) const {
    v->ntt_inverse_times(out, tables(k + limb), a, weight[limb], n, prime(k + limb));
    count_work(ring->work, 1);
  }
  void lower_special(double* row, int j) const {
    v->ntt_inverse_times(row, tables(j), row, lower_weight[j], n, prime(j));
    count_work(ring->work, 1);
  }
  // A row of the sums to coefficients, weighted if x is special; c, unless null, is added.
  void lower_sum(double* row, const double* c, int x) const {
    v->ntt_inverse_times(row, tables(x), row, x < k ? lower_weight[x] : 1, n, prime(x));
    if (c) v->add(row, row, c, n, prime(x));
    count_work(ring->work, 1);
  }
  // The same as divide, all in coefficient form: out = base + c - [sums modulo P] / P; c may be null.
  void divide_coefficient(double* out, const double* base, const double* c, const double* sums, int limb) const {
    v->subtract_raised(out, base, c, &lowered[limb], sums, 2 * (size_t)n, n, prime(k + limb));
    count_work(ring->work, 0, 0, k);
  }
  // out = base - [sums modulo P] / P; sums: one part of [special][2][n]
  void divide(double* out, const double* base, const double* sums, const void* permutation, double* work, int limb) const {
    v->raise_subtract(out, base, tables(k + limb), &lowered[limb], sums, 2 * (size_t)n, permutation, work, n, prime(k + limb));
    count_work(ring->work, 1, 0, k);
  }
};

inline int32_t open_plan(SwitchPlan& p, const Shape& s, hesper_ints special, uint32_t special_count) {
  HESPER_TRY(check_basis(s.ring, special, special_count));
  if (special_count > (uint32_t)MAX_DIGIT)
    return fail(INVALID_ARGUMENT, "key switching takes at most 8 special primes", special_count, MAX_DIGIT);
  p.ring = s.ring, p.v = s.v, p.basis = s.basis, p.special = special, p.n = s.n, p.limbs = s.limbs, p.k = (int)special_count;
  p.digits = (p.limbs + p.k - 1) / p.k;
  for (int i = 0; i < p.limbs; i++) {
    for (int j = 0; j < p.k; j++)
      if (p.basis[i] == special[j]) return fail(INVALID_ARGUMENT, "a special prime is also in the basis", special[j]);
    if (p.key_rows < p.k + p.basis[i] + 1) p.key_rows = p.k + p.basis[i] + 1;
  }
  return OK;
}
inline int32_t check_keys(const SwitchPlan& p, uint32_t count, uint32_t switches) {
  if (count != (uint64_t)switches * p.digits)
    return fail(INVALID_ARGUMENT, "one key per digit of each switch", count, (double)switches * p.digits);
  return OK;
}
inline int32_t check_exponents(const Ring* ring, hesper_ints exponents, uint32_t count, int least) {
  for (uint32_t i = 0; i < count; i++)
    if (exponents[i] < least || exponents[i] >= 2 * ring->n || exponents[i] % 2 == 0)
      return fail(INVALID_ARGUMENT, "a rotation has an odd exponent below 2n", exponents[i], 2 * ring->n - 1);
  return OK;
}

}  // namespace hesper
