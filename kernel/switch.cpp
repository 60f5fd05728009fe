// Changes of basis: division by a prime, base conversion.
#include "convert.h"
#include "lists.h"
#include "plain.h"

using namespace hesper;
using hesper_plain::Modulus;

// 1 / q mod p, balanced.
static double inverse_mod(double q, double p) {
  const Modulus m(p);
  return (double)m.inverse(m.reduce((int64_t)q));
}

int32_t hesper_divide_by_last(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  if (limbs < 2) return fail(INVALID_ARGUMENT, "division by the last prime needs two primes", limbs, 2);
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles() - (size_t)parts * s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  const int last = s.limbs - 1;
  double inverse[MAX_PRIMES];
  for (int limb = 0; limb < last; limb++) inverse[limb] = inverse_mod(s.prime(last), s.prime(limb));
  const Scratch scratch((size_t)s.ring->threads * s.n * 8);
  if (!scratch.memory) return fail(OUT_OF_MEMORY, "no memory to divide");
  spread_tasks(s.ring, to.count * parts, (size_t)s.limbs * s.n * 8, [&](int i, int slot) {
    const int e = i / parts, part = i % parts;
    const double q = s.prime(last);
    double* const dropped = scratch.doubles() + (size_t)slot * s.n;
    s.v->ntt_inverse_times(dropped, s.tables(last), x[e] + s.row(last, part), 1, s.n, q);
    for (int k = 0; FAULT(17) && k < s.n; k++) dropped[k] += dropped[k] < 0 ? q : 0;
    for (int limb = 0; limb < last; limb++)
      s.v->divide(to[e] + s.row(limb, part), x[e] + s.row(limb, part), s.tables(limb), dropped, FAULT(17) ? q : q / 2,
                  inverse[limb], s.n, s.prime(limb));
  });
  count_work(s.ring->work, (int64_t)to.count * parts * s.limbs);
  return OK;
}

int32_t hesper_convert_basis(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints from, uint32_t from_limbs, hesper_ints to,
                             uint32_t to_limbs, int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, from, from_limbs, parts));
  HESPER_TRY(check_basis(s.ring, to, to_limbs));
  HESPER_TRY(same_length(out_count, a_count));
  List result(out_count), x(a_count);
  HESPER_TRY(result.open(out, (size_t)to_limbs * parts * s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  const Scratch memory(sizeof(ConvertPlan) + (size_t)from_limbs * to_limbs * 8);
  if (!memory.memory) return fail(OUT_OF_MEMORY, "no memory to convert");
  ConvertPlan& plan = *(ConvertPlan*)memory.memory;
  convert_plan(plan, (double*)(&plan + 1), s.ring, from, s.limbs, to, (int)to_limbs);
  const size_t stride = (size_t)parts * s.n;
  spread_tasks(s.ring, result.count * parts, (size_t)s.limbs * s.n * to_limbs, [&](int i, int) {
    const size_t row = (size_t)(i % parts) * s.n;
    s.v->convert_basis(&plan, result[i / parts] + row, stride, x[i / parts] + row, stride, s.n);
  });
  return OK;
}
