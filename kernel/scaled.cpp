// Products of BFV ciphertexts, t / Q times those of the integers (eprint 2018/117), and relinearisation where they are at
// home, in coefficient form. The contract stands in src/kernel/kernel.ts.
#include "convert.h"
#include "lists.h"
#include "plain.h"

using namespace hesper;
using hesper_plain::Modulus;

namespace {

// What one product works with.
struct ScaledPlan {
  Shape s;  // of the result
  const int32_t* auxiliary;
  int others, parts_a, parts_b;
  double t;
};

int32_t check_scaling(const ScaledPlan& p) {
  const Shape& s = p.s;
  if (!(p.t >= 3 && p.t < 0x1p48 - 0x1p33) || p.t != (double)(int64_t)p.t || (int64_t)p.t % 2 == 0)
    return fail(INVALID_ARGUMENT, "a plaintext modulus is odd, 3 or more, and below the limit of primes", p.t);
  // R / (t n parts Q / 2); factors in turn, so that nothing overflows
  double ratio = 2 / (p.t * s.n * (p.parts_a < p.parts_b ? p.parts_a : p.parts_b));
  for (int i = 0; i < s.limbs || i < p.others; i++) {
    if (i < s.limbs) ratio /= s.prime(i);
    if (i < p.others) ratio *= s.ring->prime[p.auxiliary[i]];
  }
  if (!(ratio >= 1)) return fail(INVALID_ARGUMENT, "the auxiliary primes are too small for this product", ratio, 1);
  for (int i = 0; i < s.limbs; i++) {
    if ((int64_t)p.t % (int64_t)s.prime(i) == 0)
      return fail(INVALID_ARGUMENT, "the plaintext modulus is a multiple of a prime", p.t, s.prime(i));
    for (int j = 0; j < p.others; j++)
      if (s.basis[i] == p.auxiliary[j]) return fail(INVALID_ARGUMENT, "an auxiliary prime is also in the basis", s.basis[i]);
  }
  return OK;
}

}  // namespace

int32_t hesper_multiply_scaled(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS,
                               HESPER_LIST(auxiliary), double t, int32_t parts_a, int32_t parts_b) {
  ScaledPlan p;
  Shape& s = p.s;
  HESPER_TRY(check_parts(parts_a));
  HESPER_TRY(check_parts(parts_b));
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts_a + parts_b - 1));
  HESPER_TRY(check_basis(s.ring, auxiliary, auxiliary_count));
  p.auxiliary = auxiliary, p.others = (int)auxiliary_count, p.parts_a = parts_a, p.parts_b = parts_b, p.t = t;
  HESPER_TRY(check_scaling(p));
  HESPER_TRY(same_length(out_count, a_count));
  HESPER_TRY(same_length(out_count, b_count));
  const size_t n = (size_t)s.n;
  const int L = s.limbs, K = p.others;
  List to(out_count), x(a_count), y(b_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, (size_t)L * parts_a * n, Role::separate, s.stamp));
  HESPER_TRY(y.open(b, (size_t)L * parts_b * n, Role::separate, s.stamp));
  const Scratch memory(2 * sizeof(ConvertPlan) + 2 * (size_t)L * K * 8),
      work((size_t)s.ring->threads * (L + K) * (parts_a + parts_b + 2 * s.parts) * n * 8);
  if (!memory.memory || !work.memory) return fail(OUT_OF_MEMORY, "no memory to multiply");
  ConvertPlan* const plans = (ConvertPlan*)memory.memory;
  double* const factors = (double*)(plans + 2);
  convert_plan(plans[0], factors, s.ring, basis, L, auxiliary, K);
  convert_plan(plans[1], factors + L * K, s.ring, auxiliary, K, basis, L);
  parallel(s.ring->threads, to.count, [&](int e, int slot) {
    double* const va = work.doubles() + (size_t)slot * (L + K) * (parts_a + parts_b + 2 * s.parts) * n;
    double* const vb = va + (size_t)(L + K) * parts_a * n;
    double* const vc = vb + (size_t)(L + K) * parts_b * n;
    double* const vd = vc + (size_t)(L + K) * s.parts * n;
    const bool square = x[e] == y[e] && parts_a == parts_b;
    auto index = [&](int i) { return i < L ? basis[i] : auxiliary[i - L]; };
    auto lift = [&](double* v, const double* from, int parts) {
      __builtin_memcpy(v, from, (size_t)L * parts * n * 8);
      for (int part = 0; part < parts; part++)
        s.v->convert_basis(&plans[0], v + ((size_t)L * parts + part) * n, parts * n, v + part * n, parts * n, s.n);
      for (int i = 0; i < (L + K) * parts; i++)
        s.v->ntt_forward(s.ring->tables[index(i / parts)], v + (size_t)i * n, s.n, s.ring->prime[index(i / parts)]);
      count_work(s.ring->work, (L + K) * parts, 0, (int64_t)L * K * parts);
    };
    lift(va, x[e], parts_a);
    if (!square) lift(vb, y[e], parts_b);
    for (int i = 0; i < L + K; i++) {
      const double prime = s.ring->prime[index(i)];
      const Modulus m(prime);
      double* const c = vc + (size_t)i * s.parts * n;
      s.v->multiply_parts(c, va + (size_t)i * parts_a * n, (square ? va : vb) + (size_t)i * parts_b * n, parts_a, parts_b, s.n, prime);
      for (int part = 0; part < s.parts; part++)
        s.v->ntt_inverse_times(c + part * n, s.ring->tables[index(i)], c + part * n, (double)m.reduce((int64_t)t), s.n, prime);
    }
    for (int part = 0; part < s.parts; part++) {
      double* const w = vd + (size_t)K * part * n;
      s.v->convert_basis(&plans[0], w, n, vc + part * n, s.parts * n, s.n);
      for (int j = 0; j < K; j++) {
        const double prime = s.ring->prime[auxiliary[j]];
        const Modulus m(prime);
        s.v->subtract(w + j * n, vc + ((size_t)(L + j) * s.parts + part) * n, w + j * n, s.n, prime);
        s.v->multiply_scalar(w + j * n, w + j * n, (double)m.inverse(product_modulo(m, s.ring, basis, L, -1)), s.n, prime);
      }
      s.v->convert_basis(&plans[1], to[e] + part * n, s.parts * n, w, n, s.n);
    }
    count_work(s.ring->work, (L + K) * s.parts, 0, 2 * (int64_t)L * K * s.parts);
  });
  return OK;
}

int32_t hesper_relinearize_coefficient(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts,
                                       HESPER_LIST(keys), HESPER_LIST(special)) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  const size_t n = (size_t)s.n, rows = 2 * (size_t)s.limbs;
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, rows * n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  const int32_t instance = s.ring->instance;
  for (int e = 0; e < to.count; e++) {
    const int32_t copy = hesper_allocate(instance, (double)s.doubles());
    if (copy < 0) return copy;
    Buffer* b;
    HESPER_TRY(find_buffer(copy, &b));
    for (int i = 0; i < s.limbs * parts; i++) {
      __builtin_memcpy(b->data + i * n, x[e] + i * n, n * 8);
      s.v->ntt_forward(s.tables(i / parts), b->data + i * n, s.n, s.prime(i / parts));
    }
    const int32_t status = hesper_relinearize(ring, &copy, 1, &copy, 1, basis, limbs, parts, keys, keys_count, special, special_count);
    if (status == OK)
      for (int i = 0; i < (int)rows; i++) {
        __builtin_memcpy(to[e] + i * n, b->data + i * n, n * 8);
        s.v->ntt_inverse(s.tables(i / 2), to[e] + i * n, s.n, s.prime(i / 2));
      }
    hesper_release(copy);
    HESPER_TRY(status);
  }
  return OK;
}
