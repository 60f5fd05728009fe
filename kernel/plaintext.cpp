// Plaintexts modulo t, and division of the modulus, in coefficient form. The contracts stand in src/kernel/kernel.ts.
#include "fault.h"
#include "lists.h"
#include "plain.h"

using namespace hesper;
using hesper_plain::Modulus;

constexpr double PRIME_END = 0x1p48 - 0x1p33;

// 1 / a modulo m, which need not be prime; 0 if there is none.
static int64_t inverse_modulo(int64_t a, int64_t m) {
  int64_t r0 = m, r1 = a % m, x0 = 0, x1 = 1;
  if (r1 < 0) r1 += m;
  while (r1) {
    const int64_t q = r0 / r1, r = r0 - q * r1, x = x0 - q * x1;
    r0 = r1, r1 = r, x0 = x1, x1 = x;
  }
  return r0 == 1 ? x0 : 0;
}

static int32_t plain_plan(PlainPlan& plan, const Shape& s, double t) {
  if (!(t >= 3 && t < PRIME_END) || t != (double)(int64_t)t || (int64_t)t % 2 == 0)
    return fail(INVALID_ARGUMENT, "a plaintext modulus is odd, at least 3 and below the limit of primes", t, PRIME_END);
  const Modulus m(t);
  const int64_t modulus = (int64_t)t;
  int64_t product = 1;
  plan.t = t, plan.count = s.limbs;
  for (int i = 0; i < s.limbs; i++) {
    const Modulus q(s.prime(i));
    const int64_t residue = q.reduce(modulus);
    if (residue == 0) return fail(INVALID_ARGUMENT, "a plaintext modulus must be coprime to the primes", t, s.prime(i));
    int64_t others = 1;
    for (int j = 0; j < s.limbs; j++)
      if (j != i) others = q.mul(others, q.reduce((int64_t)s.prime(j)));
    plan.prime[i] = s.prime(i), plan.prime_inverse[i] = 1.0 / s.prime(i);
    plan.divide[i] = (double)q.inverse(0 - residue);
    plan.weight[i] = (double)q.mul(residue, q.inverse(others));
    plan.inverse[i] = (double)m.reduce(inverse_modulo((int64_t)s.prime(i), modulus));
    product = m.mul(product, m.reduce((int64_t)s.prime(i)));
  }
  plan.product = (double)product;
  return OK;
}

int32_t hesper_lift_plain(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, double t) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, 1));
  HESPER_TRY(same_length(out_count, a_count));
  PlainPlan plan;
  HESPER_TRY(plain_plan(plan, s, t));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, (size_t)s.n, Role::matching, s.stamp));
  int32_t bad = -1;
  spread_tasks(s.ring, to.count, s.doubles() * 2, [&](int e, int) {
    if (s.v->largest(x[e], s.n) > (t - 1) / 2) __atomic_store_n(&bad, e, __ATOMIC_RELAXED);
    else s.v->lift(&plan, to[e], x[e], s.n);
  });
  return bad < 0 ? (int32_t)OK : fail(INVALID_ARGUMENT, "plaintexts are at most (t - 1) / 2, but not in element", bad);
}

int32_t hesper_round_plain(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, double t) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, 1));
  HESPER_TRY(same_length(out_count, a_count));
  PlainPlan plan;
  HESPER_TRY(plain_plan(plan, s, t));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, (size_t)s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  spread_tasks(s.ring, to.count, s.doubles() * 2, [&](int e, int) { s.v->round(&plan, to[e], x[e], s.n); });
  return OK;
}

#if HESPER_EVALUATES
int32_t hesper_divide_by_last_coefficient(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  if (limbs < 2) return fail(INVALID_ARGUMENT, "division by the last prime needs two primes", limbs, 2);
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles() - (size_t)parts * s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  const int last = s.limbs - 1;
  double inverse[MAX_PRIMES];
  for (int limb = 0; limb < last; limb++) {
    const Modulus m(s.prime(limb));
    inverse[limb] = (double)m.inverse(m.reduce((int64_t)s.prime(last)));
  }
  spread_tasks(s.ring, to.count * parts, (size_t)s.limbs * s.n, [&](int i, int) {
    const int e = i / parts, part = i % parts;
    for (int limb = 0; limb < last; limb++)
      s.v->divide_coefficients(to[e] + s.row(limb, part), x[e] + s.row(limb, part), x[e] + s.row(FAULT(45) ? 0 : last, part),
                               inverse[limb], s.n, s.prime(limb));
  });
  return OK;
}
#endif
