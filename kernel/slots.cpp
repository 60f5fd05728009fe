// Rows of plain numbers: slots to coefficients and back, integers to residues and back.
#include "lists.h"
#include "plain.h"

using namespace hesper;
using hesper_plain::Modulus;

// The product of the primes that most composed numbers fit: beyond it scales of ciphertexts are rare.
constexpr double FEW_RANGE = 0x1p84;

static int32_t check_slots(const Ring* ring, uint32_t elements, uint32_t real_count, uint32_t imaginary_count, double scale) {
  const double wanted = (double)elements * (ring->n / 2);
  if (real_count != wanted) return fail(INVALID_ARGUMENT, "n / 2 real parts per element", real_count, wanted);
  if (imaginary_count != 0 && imaginary_count != wanted)
    return fail(INVALID_ARGUMENT, "n / 2 imaginary parts per element, or none", imaginary_count, wanted);
  if (!(scale > 0 && scale <= 0x1p200)) return fail(INVALID_ARGUMENT, "a scale must be positive and at most 2^200", scale);
  return OK;
}

int32_t hesper_encode(int32_t ring, HESPER_LIST(out), hesper_doubles real, uint32_t real_count, hesper_doubles imaginary,
                      uint32_t imaginary_count, double scale) {
  const Ring* r;
  HESPER_TRY(find_ring(ring, &r));
  HESPER_TRY(check_slots(r, out_count, real_count, imaginary_count, scale));
  List to(out_count);
  HESPER_TRY(to.open(out, (size_t)r->n, Role::output, next_stamp()));
  const SecretScratch scratch((size_t)r->threads * r->n * 8);
  if (!scratch.memory) return fail(OUT_OF_MEMORY, "no memory to encode");
  int32_t bad = -1;
  spread_tasks(r, to.count, (size_t)r->n * 8, [&](int e, int slot) {
    const size_t from = (size_t)e * (r->n / 2);
    r->variant->encode(to[e], real + from, imaginary_count ? imaginary + from : nullptr, scale, r->fft_roots,
                       scratch.doubles() + (size_t)slot * r->n, r->n);
    if (!(r->variant->largest(to[e], r->n) < 0x1p90)) __atomic_store_n(&bad, e, __ATOMIC_RELAXED);
  });
  return bad < 0 ? (int32_t)OK : fail(INVALID_ARGUMENT, "values must be finite, and scaled below 2^90, in element", bad);
}
int32_t hesper_decode(int32_t ring, double* real, uint32_t real_count, double* imaginary, uint32_t imaginary_count, HESPER_LIST(a),
                      double scale) {
  const Ring* r;
  HESPER_TRY(find_ring(ring, &r));
  HESPER_TRY(check_slots(r, a_count, real_count, imaginary_count, scale));
  List x(a_count);
  HESPER_TRY(x.open(a, (size_t)r->n, Role::separate, next_stamp()));
  const SecretScratch scratch((size_t)r->threads * r->n * 8);
  if (!scratch.memory) return fail(OUT_OF_MEMORY, "no memory to decode");
  spread_tasks(r, x.count, (size_t)r->n * 8, [&](int e, int slot) {
    const size_t to = (size_t)e * (r->n / 2);
    r->variant->decode(real + to, imaginary_count ? imaginary + to : nullptr, x[e], scale, r->fft_roots,
                       scratch.doubles() + (size_t)slot * r->n, r->n);
  });
  return OK;
}

// In place the first limb is written last: it lies over the integers.
int32_t hesper_spread(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, 1));
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, (size_t)s.n, Role::matching, s.stamp));
  int32_t bad = -1;
  spread_tasks(s.ring, to.count, s.doubles(), [&](int e, int) {
    const double largest = s.v->largest(x[e], s.n);
    if (!(largest < 0x1p90)) {
      __atomic_store_n(&bad, e, __ATOMIC_RELAXED);
      return;
    }
    for (int limb = s.limbs - 1; limb >= 0; limb--) s.v->spread(to[e] + s.row(limb, 0), x[e], largest, s.n, s.prime(limb));
  });
  return bad < 0 ? (int32_t)OK : fail(INVALID_ARGUMENT, "integers must be below 2^90, in element", bad);
}

// `tables`: 2 limbs^2 numbers.
static void compose_plan(ComposePlan& plan, double* tables, const Shape& s) {
  double *const inverse = tables, *const radix = tables + s.limbs * s.limbs;
  plan.count = s.limbs, plan.few = 0, plan.inverse = inverse, plan.radix = radix;
  for (double range = 1; plan.few < s.limbs && range < FEW_RANGE; plan.few++) range *= s.prime(plan.few);
  for (int i = 0; i < s.limbs; i++) {
    const Modulus m(s.prime(i));
    plan.prime[i] = s.prime(i);
    for (int j = 0; j < i; j++) inverse[i * s.limbs + j] = (double)m.inverse(m.reduce((int64_t)s.prime(j)));
    int64_t product = 1;
    for (int j = 0; j < plan.few; j++) {
      radix[i * plan.few + j] = (double)product;
      product = m.mul(product, m.reduce((int64_t)s.prime(j)));
    }
  }
}

int32_t hesper_compose(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, 1));
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, (size_t)s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  const Scratch memory(sizeof(ComposePlan) + 2 * (size_t)s.limbs * s.limbs * 8);
  if (!memory.memory) return fail(OUT_OF_MEMORY, "no memory to compose");
  ComposePlan& plan = *(ComposePlan*)memory.memory;
  compose_plan(plan, (double*)(&plan + 1), s);
  spread_tasks(s.ring, to.count, s.doubles(), [&](int e, int) { s.v->compose(&plan, to[e], x[e], (size_t)s.n, s.n); });
  return OK;
}
