// Constants of base conversions.
#pragma once
#include "internal.h"
#include "plain.h"

namespace hesper {

using hesper_plain::Modulus;

// The product of the primes modulo m, without number `without` (none: -1).
inline int64_t product_modulo(const Modulus& m, const Ring* ring, const int32_t* basis, int limbs, int without) {
  int64_t r = 1;
  for (int j = 0; j < limbs; j++)
    if (j != without) r = m.mul(r, m.reduce((int64_t)ring->prime[basis[j]]));
  return r;
}
// factor: from_limbs * to_limbs doubles
inline void convert_plan(ConvertPlan& plan, double* factor, const Ring* ring, const int32_t* from, int from_limbs, const int32_t* to,
                         int to_limbs) {
  plan.from_count = from_limbs, plan.to_count = to_limbs, plan.factor = factor;
  for (int i = 0; i < from_limbs; i++) {
    const Modulus m(ring->prime[from[i]]);
    plan.from[i] = m.p, plan.from_inverse[i] = 1.0 / m.p;
    plan.weight[i] = (double)m.inverse(product_modulo(m, ring, from, from_limbs, i));
  }
  for (int t = 0; t < to_limbs; t++) {
    const Modulus m(ring->prime[to[t]]);
    plan.to[t] = m.p, plan.overflow[t] = (double)(0 - product_modulo(m, ring, from, from_limbs, -1));
    for (int i = 0; i < from_limbs; i++) factor[t * from_limbs + i] = (double)product_modulo(m, ring, from, from_limbs, i);
  }
}

}  // namespace hesper
