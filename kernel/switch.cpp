// Changes of basis: division by a prime, base conversion, relinearisation.
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
  const Scratch scratch((size_t)s.ring->threads * 2 * s.n * 8);
  if (!scratch.memory) return fail(OUT_OF_MEMORY, "no memory to divide");
  spread_tasks(s.ring, to.count * parts, (size_t)s.limbs * s.n * 8, [&](int i, int slot) {
    const int e = i / parts, part = i % parts;
    double *const dropped = scratch.doubles() + (size_t)slot * 2 * s.n, *const row = dropped + s.n;
    __builtin_memcpy(dropped, x[e] + s.row(last, part), (size_t)s.n * 8);
    s.v->ntt_inverse(s.tables(last), dropped, s.n, s.prime(last));
    for (int k = 0; FAULT(17) && k < s.n; k++) dropped[k] += dropped[k] < 0 ? s.prime(last) : 0;
    for (int limb = 0; limb < last; limb++) {
      const double p = s.prime(limb);
      s.v->reduce(row, dropped, s.n, p);
      s.v->ntt_forward(s.tables(limb), row, s.n, p);
      s.v->subtract_multiply(to[e] + s.row(limb, part), x[e] + s.row(limb, part), row, inverse[limb], nullptr, s.n, p);
    }
  });
  return OK;
}

static void convert_plan(ConvertPlan& plan, double* factor, const Ring* ring, const int32_t* from, int from_limbs, const int32_t* to,
                         int to_limbs) {
  plan.from_count = from_limbs, plan.to_count = to_limbs, plan.factor = factor;
  // The product of all q_j modulo p, without q_i (i < 0: with all).
  auto product = [&](const Modulus& m, int without) {
    int64_t r = 1;
    for (int j = 0; j < from_limbs; j++)
      if (j != without) r = m.mul(r, m.reduce((int64_t)ring->prime[from[j]]));
    return r;
  };
  for (int i = 0; i < from_limbs; i++) {
    const Modulus m(ring->prime[from[i]]);
    plan.from[i] = m.p, plan.from_inverse[i] = 1.0 / m.p, plan.weight[i] = (double)m.inverse(product(m, i));
  }
  for (int t = 0; t < to_limbs; t++) {
    const Modulus m(ring->prime[to[t]]);
    plan.to[t] = m.p, plan.overflow[t] = (double)(0 - product(m, -1));
    for (int i = 0; i < from_limbs; i++) factor[t * from_limbs + i] = (double)product(m, i);
  }
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

// Relinearisation of a group of elements in four rounds of tasks, so that one element also keeps all threads busy.
struct Relinearize {
  const Shape& s;
  const List &out, &a, &keys;
  int key_limbs, special, powers;
  double inverse[MAX_PRIMES];
  double* memory;  // per element: digits [powers][limbs][n], sums [limbs + 1][2][n]; then a row per slot
  double* rows;

  size_t element_rows() const { return (size_t)powers * s.limbs + 2 * (s.limbs + 1); }
  double* digit(int place, int k, int j) const { return memory + (place * element_rows() + (size_t)k * s.limbs + j) * s.n; }
  double* sum(int place, int limb, int part) const {
    return memory + (place * element_rows() + (size_t)powers * s.limbs + 2 * (size_t)limb + part) * s.n;
  }
  int prime_of(int limb) const { return limb == s.limbs ? special : s.basis[limb]; }
  double* row(int slot) const { return rows + (size_t)slot * s.n; }

  // Digit j of power k in coefficient form.
  void lower(int e, int place, int k, int j) const {
    double* const d = digit(place, k, j);
    __builtin_memcpy(d, a[e] + s.row(j, k + 2), (size_t)s.n * 8);
    s.v->ntt_inverse(s.tables(j), d, s.n, s.prime(j));
  }
  // The sum over all digits of digit times key, modulo the prime of one limb.
  void multiply(int e, int place, int limb, double* temp) const {
    const double p = s.ring->prime[prime_of(limb)];
    const size_t key_row = (size_t)(limb == s.limbs ? key_limbs - 1 : s.basis[limb]) * 2 * s.n;
    for (int k = 0; k < powers; k++)
      for (int j = 0; j < s.limbs; j++) {
        const double* x = a[e] + s.row(j, k + 2);
        if (j != limb - FAULT(28)) {
          s.v->reduce(temp, digit(place, k, j), s.n, p);
          s.v->ntt_forward(s.ring->tables[prime_of(limb)], temp, s.n, p);
          x = temp;
        }
        s.v->accumulate_key(sum(place, limb, 0), sum(place, limb, 1), x, keys[FAULT(27) ? j * powers + k : k * s.limbs + j] + key_row, k + j == 0, s.n, p);
      }
  }
  void lower_special(int place, int part) const {
    s.v->ntt_inverse(s.ring->tables[special], sum(place, s.limbs, part), s.n, s.ring->prime[special]);
  }
  // Division by the special prime, and the old part added. `to` may be the sum itself.
  void divide(int e, int place, int limb, int part, double* to, double* temp) const {
    s.v->reduce(temp, sum(place, s.limbs, part), s.n, s.prime(limb));
    s.v->ntt_forward(s.tables(limb), temp, s.n, s.prime(limb));
    s.v->subtract_multiply(to, sum(place, limb, part), temp, inverse[limb], a[e] + s.row(limb, part), s.n, s.prime(limb));
  }

  void group(int first, int count) const {
    const int L = s.limbs;
    auto tasks = [&](int per_element, auto f) {
      spread_tasks(s.ring, count * per_element, (size_t)s.n * 8,
                   [&](int i, int slot) { f(first + i / per_element, i / per_element, i % per_element, slot); });
    };
    tasks(powers * L, [&](int e, int place, int i, int) { lower(e, place, i / L, i % L); });
    tasks(L + 1, [&](int e, int place, int limb, int slot) { multiply(e, place, limb, row(slot)); });
    tasks(2, [&](int, int place, int part, int) { lower_special(place, part); });
    tasks(2 * L, [&](int e, int place, int i, int slot) {
      double* const to = a.shared ? sum(place, i / 2, i % 2) : out[e] + (size_t)i * s.n;
      divide(e, place, i / 2, i % 2, to, row(slot));
    });
    if (a.shared)  // in place: only now are all parts of the input done with
      tasks(1, [&](int e, int place, int, int) { __builtin_memcpy(out[e], sum(place, 0, 0), (size_t)2 * L * s.n * 8); });
  }
};

int32_t hesper_relinearize(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, HESPER_LIST(keys),
                           int32_t key_limbs, int32_t special) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  if (parts < 3) return fail(INVALID_ARGUMENT, "relinearisation needs three parts or more", parts, 3);
  if (keys_count != (uint32_t)(parts - 2) * limbs)
    return fail(INVALID_ARGUMENT, "one key per power and digit", keys_count, (double)(parts - 2) * limbs);
  if (key_limbs < 2 || key_limbs > s.ring->count) return fail(INVALID_ARGUMENT, "keys have 2 limbs to all", key_limbs, s.ring->count);
  if (special < 0 || special >= s.ring->count) return fail(INVALID_ARGUMENT, "the special prime is not in the ring", special, s.ring->count);
  for (int i = 0; i < s.limbs; i++)
    if (basis[i] == special || basis[i] >= key_limbs - 1)
      return fail(INVALID_ARGUMENT, "the keys do not cover a prime of the basis", basis[i], key_limbs - 1);
  List to(out_count), x(a_count), key(keys_count);
  HESPER_TRY(to.open(out, (size_t)s.limbs * 2 * s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  HESPER_TRY(key.open(keys, (size_t)key_limbs * 2 * s.n, Role::separate, s.stamp));
  Relinearize job{s, to, x, key, key_limbs, special, parts - 2, {}, nullptr, nullptr};
  for (int limb = 0; limb < s.limbs; limb++) job.inverse[limb] = inverse_mod(s.ring->prime[special], s.prime(limb));
  const int threads = s.ring->threads, group = to.count < 4 * threads ? to.count : 4 * threads;
  const Scratch memory((group * job.element_rows() + threads) * (size_t)s.n * 8);
  if (!memory.memory) return fail(OUT_OF_MEMORY, "no memory to relinearise");
  job.memory = memory.doubles();
  job.rows = job.memory + group * job.element_rows() * s.n;
  for (int first = 0; first < to.count; first += group) job.group(first, to.count - first < group ? to.count - first : group);
  return OK;
}
