// Verbs on lists that work row by row. The contracts stand in src/kernel/kernel.ts.
#include "fault.h"
#include "lists.h"

using namespace hesper;

typedef void (*Transform)(const double* tables, double* x, int n, double p);
typedef void (*Binary)(double* out, const double* a, const double* b, int n, double p);

// Neighbouring tasks use the same prime, so its tables stay in cache.
static int32_t transform(Transform Variant::*f, int32_t ring, HESPER_LIST(list), HESPER_BASIS, int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  List x(list_count);
  HESPER_TRY(x.open(list, s.doubles(), Role::output, s.stamp));
  spread_tasks(s.ring, x.count * s.limbs, (size_t)parts * s.n * 8, [&](int i, int) {
    const int limb = i / x.count;
    for (int part = 0; part < parts; part++)
      (s.v->*f)(s.tables(limb), x[i % x.count] + s.row(limb, part), s.n, s.prime(limb));
  });
  count_work(s.ring->work, (int64_t)x.count * s.limbs * parts);
  return OK;
}
int32_t hesper_ntt_forward(int32_t ring, HESPER_LIST(list), HESPER_BASIS, int32_t parts) {
  return transform(&Variant::ntt_forward, ring, list, list_count, basis, limbs, parts);
}
int32_t hesper_ntt_inverse(int32_t ring, HESPER_LIST(list), HESPER_BASIS, int32_t parts) {
  return transform(&Variant::ntt_inverse, ring, list, list_count, basis, limbs, parts);
}

static int32_t binary(Binary Variant::*f, int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS,
                      int32_t parts, int32_t b_parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  if (b_parts != parts && b_parts != 1) return fail(INVALID_ARGUMENT, "the second list has all parts or one", b_parts, parts);
  if (b_count != a_count && b_count != 1) return fail(INVALID_ARGUMENT, "the second list has one element or as many", b_count, a_count);
  List to(out_count), x(a_count), y(b_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  const bool matching = b_parts == parts && b_count == a_count;
  HESPER_TRY(y.open(b, s.doubles() / parts * b_parts, matching ? Role::matching : Role::separate, s.stamp));
  spread_tasks(s.ring, to.count * s.limbs, (size_t)parts * s.n, [&](int i, int) {
    const int e = i / s.limbs, limb = i % s.limbs;
    for (int part = 0; part < parts; part++) {
      const double* const other = y[b_count == 1 ? 0 : e] + ((size_t)limb * b_parts + (b_parts == 1 ? 0 : part)) * s.n;
      (s.v->*f)(to[e] + s.row(limb, part), x[e] + s.row(limb, part), other, s.n, s.prime(limb));
    }
  });
  return OK;
}
#define HESPER_BINARY(NAME)                                                                                              \
  int32_t hesper_##NAME(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS, int32_t parts,     \
                        int32_t b_parts) {                                                                               \
    return binary(&Variant::NAME, ring, out, out_count, a, a_count, b, b_count, basis, limbs, parts, b_parts);           \
  }
HESPER_BINARY(add)
HESPER_BINARY(subtract)
HESPER_BINARY(multiply)
#if HESPER_EVALUATES
HESPER_BINARY(multiply_add)
#endif

// out and a of the same shape, row by row: f(shape, element, limb, part, out row, a row).
template <class F>
static int32_t rows(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, Role role, F f) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), role, s.stamp));
  spread_tasks(s.ring, to.count * s.limbs, (size_t)parts * s.n, [&](int i, int) {
    const int e = i / s.limbs, limb = i % s.limbs;
    for (int part = 0; part < parts; part++) f(s, e, limb, part, to[e] + s.row(limb, part), x[e] + s.row(limb, part));
  });
  return OK;
}
#if HESPER_EVALUATES
int32_t hesper_negate(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts) {
  return rows(ring, out, out_count, a, a_count, basis, limbs, parts, Role::matching,
              [](const Shape& s, int, int, int, double* to, const double* x) { s.v->negate(to, x, s.n); });
}
#endif
static void copy_row(double* to, const double* from, int n) {
  if (to != from) __builtin_memcpy(to, from, (size_t)n * 8);
}

// Constants of rows: [element][limb], or [element][limb][2] with one number for each half of a row.
struct Scalars {
  const double* at;
  int limbs, halves;
  int32_t open(int32_t ring, uint32_t count, uint32_t elements, HESPER_BASIS) {
    Shape s;
    HESPER_TRY(open_shape(s, ring, basis, limbs, 1));
    const uint64_t rows = (uint64_t)elements * limbs;
    if (count != rows && count != 2 * rows)
      return fail(INVALID_ARGUMENT, "one number, or two, per element and limb", count, (double)rows);
    this->limbs = s.limbs, halves = count == rows ? 1 : 2;
    return check_balanced(s, at, count, (uint32_t)halves);
  }
  template <class F> void each(int e, int limb, int n, const F& f) const {
    const double* const x = at + ((size_t)e * limbs + limb) * halves;
    for (int h = 0; h < halves; h++) f(x[FAULT(31) ? 0 : h], (size_t)h * (n / 2), n / halves);
  }
};
int32_t hesper_multiply_scalars(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_doubles scalars, uint32_t scalar_count,
                                HESPER_BASIS, int32_t parts) {
  Scalars w{scalars};
  HESPER_TRY(w.open(ring, scalar_count, a_count, basis, limbs));
  return rows(ring, out, out_count, a, a_count, basis, limbs, parts, Role::matching,
              [&](const Shape& s, int e, int limb, int, double* to, const double* x) {
                w.each(e, limb, s.n, [&](double scalar, size_t at, int count) {
                  s.v->multiply_scalar(to + at, x + at, scalar, count, s.prime(limb));
                });
              });
}
#if HESPER_EVALUATES
int32_t hesper_add_scalars(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_doubles scalars, uint32_t scalar_count,
                           HESPER_BASIS, int32_t parts) {
  Scalars w{scalars};
  HESPER_TRY(w.open(ring, scalar_count, a_count, basis, limbs));
  return rows(ring, out, out_count, a, a_count, basis, limbs, parts, Role::matching,
              [&](const Shape& s, int e, int limb, int part, double* to, const double* x) {
                if (part > 0) return copy_row(to, x, s.n);
                w.each(e, limb, s.n, [&](double scalar, size_t at, int count) {
                  s.v->add_scalar(to + at, x + at, scalar, count, s.prime(limb));
                });
              });
}
#endif

int32_t hesper_automorphism(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t exponent) {
  const Ring* r;
  HESPER_TRY(find_ring(ring, &r));
  if (exponent < 1 || exponent >= 2 * r->n || exponent % 2 == 0)
    return fail(INVALID_ARGUMENT, "an automorphism has an odd exponent below 2n", exponent, 2 * r->n - 1);
  return rows(ring, out, out_count, a, a_count, basis, limbs, parts, Role::separate,
              [&](const Shape& s, int, int, int, double* to, const double* x) {
                s.v->automorphism(to, x, s.n, (uint32_t)exponent);
              });
}

#if HESPER_EVALUATES
int32_t hesper_multiply_parts(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS, int32_t parts_a,
                              int32_t parts_b) {
  Shape s;
  HESPER_TRY(check_parts(parts_a));
  HESPER_TRY(check_parts(parts_b));
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts_a + parts_b - 1));
  HESPER_TRY(same_length(out_count, a_count));
  HESPER_TRY(same_length(out_count, b_count));
  List to(out_count), x(a_count), y(b_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, (size_t)s.limbs * parts_a * s.n, Role::separate, s.stamp));
  HESPER_TRY(y.open(b, (size_t)s.limbs * parts_b * s.n, Role::separate, s.stamp));
  spread_tasks(s.ring, to.count * s.limbs, (size_t)s.parts * s.n * 2, [&](int i, int) {
    const int e = i / s.limbs, limb = i % s.limbs;
    s.v->multiply_parts(to[e] + s.row(limb, 0), x[e] + (size_t)limb * parts_a * s.n, y[e] + (size_t)limb * parts_b * s.n,
                        parts_a, parts_b, s.n, s.prime(limb));
  });
  return OK;
}
#endif

// In place the result lies over rows that are still needed; ascending limbs of one element are safe.
int32_t hesper_dot_parts(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), int32_t b, HESPER_BASIS, int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count), y(1);
  HESPER_TRY(to.open(out, (size_t)s.limbs * s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  HESPER_TRY(y.open(&b, s.doubles(), Role::separate, s.stamp));
  spread_tasks(s.ring, to.count, s.doubles(), [&](int e, int) {
    for (int limb = 0; limb < s.limbs; limb++)
      s.v->dot_parts(to[e] + (size_t)limb * s.n, x[e] + s.row(limb, 0), y[0] + s.row(limb, 0), parts, s.n, s.prime(limb));
  });
  return OK;
}

static int32_t check_part(int32_t part, int32_t parts) {
  if (part < 0 || part >= parts) return fail(INVALID_ARGUMENT, "no such part", part, parts);
  return OK;
}
int32_t hesper_extract_part(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t part) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_part(part, parts));
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, (size_t)s.limbs * s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  spread_tasks(s.ring, to.count, (size_t)s.limbs * s.n, [&](int e, int) {
    for (int limb = 0; limb < s.limbs; limb++) copy_row(to[e] + (size_t)limb * s.n, x[e] + s.row(limb, part), s.n);
  });
  return OK;
}
int32_t hesper_insert_part(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t part) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_part(part, parts));
  HESPER_TRY(same_length(out_count, a_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, (size_t)s.limbs * s.n, Role::matching, s.stamp));
  spread_tasks(s.ring, to.count, (size_t)s.limbs * s.n, [&](int e, int) {
    for (int limb = s.limbs - 1; limb >= 0; limb--) copy_row(to[e] + s.row(limb, part), x[e] + (size_t)limb * s.n, s.n);
  });
  return OK;
}

int32_t hesper_sample_uniform(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes, HESPER_BASIS, int32_t parts,
                              int32_t part) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_part(part, parts));
  HESPER_TRY(check_seeds(seed_bytes, out_count));
  List to(out_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  spread_tasks(s.ring, to.count * s.limbs, (size_t)s.n * 8, [&](int i, int) {
    const int e = i / s.limbs, limb = i % s.limbs;
    s.v->sample_uniform(to[e] + s.row(limb, part), seeds + 32 * (size_t)e, (uint32_t)s.basis[limb], s.n, s.prime(limb));
  });
  return OK;
}
int32_t hesper_sample_uniform_coefficient(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes, HESPER_BASIS,
                                          int32_t parts, int32_t part) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_part(part, parts));
  HESPER_TRY(check_seeds(seed_bytes, out_count));
  List to(out_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  spread_tasks(s.ring, to.count * s.limbs, (size_t)s.n * 8, [&](int i, int) {
    const int e = i % to.count, limb = i / to.count;
    double* const row = to[e] + s.row(limb, part);
    s.v->sample_uniform(row, seeds + 32 * (size_t)e, (uint32_t)s.basis[limb], s.n, s.prime(limb));
    s.v->ntt_inverse(s.tables(limb), row, s.n, s.prime(limb));
  });
  count_work(s.ring->work, (int64_t)to.count * s.limbs);
  return OK;
}
static int32_t sample_small(void (*Variant::*f)(double*, const uint8_t*, int), int32_t ring, HESPER_LIST(out), hesper_bytes seeds,
                            uint32_t seed_bytes) {
  const Ring* r;
  HESPER_TRY(find_ring(ring, &r));
  HESPER_TRY(check_seeds(seed_bytes, out_count));
  List to(out_count);
  HESPER_TRY(to.open(out, (size_t)r->n, Role::output, next_stamp()));
  spread_tasks(r, to.count, (size_t)r->n * 8, [&](int e, int) { (r->variant->*f)(to[e], seeds + 32 * (size_t)e, r->n); });
  return OK;
}
int32_t hesper_sample_ternary(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes) {
  return sample_small(&Variant::sample_ternary, ring, out, out_count, seeds, seed_bytes);
}
int32_t hesper_sample_error(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes) {
  return sample_small(&Variant::sample_error, ring, out, out_count, seeds, seed_bytes);
}

static int prime_bits(double p) { return 64 - __builtin_clzll((unsigned long long)p); }
static int32_t check_bytes(const Shape& s, uint32_t elements, uint32_t bytes, size_t* offsets) {
  uint64_t total = 0;
  for (int limb = 0; limb < s.limbs; limb++) offsets[limb] = (size_t)total, total += (uint64_t)s.n / 8 * prime_bits(s.prime(limb));
  offsets[s.limbs] = (size_t)total;
  if (total * elements != bytes) return fail(INVALID_ARGUMENT, "the bytes must have the exact length", bytes, (double)total * elements);
  return OK;
}
int32_t hesper_pack(int32_t ring, uint8_t* bytes, uint32_t byte_count, HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t part) {
  Shape s;
  size_t offset[MAX_PRIMES + 1];
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_part(part, parts));
  HESPER_TRY(check_bytes(s, a_count, byte_count, offset));
  List x(a_count);
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  spread_tasks(s.ring, x.count * s.limbs, (size_t)s.n * 4, [&](int i, int) {
    const int e = i / s.limbs, limb = i % s.limbs;
    s.v->pack(bytes + e * offset[s.limbs] + offset[limb], x[e] + s.row(limb, part), prime_bits(s.prime(limb)), s.n, s.prime(limb));
  });
  return OK;
}
int32_t hesper_unpack(int32_t ring, HESPER_LIST(out), hesper_bytes bytes, uint32_t byte_count, HESPER_BASIS, int32_t parts,
                      int32_t part) {
  Shape s;
  size_t offset[MAX_PRIMES + 1];
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_part(part, parts));
  HESPER_TRY(check_bytes(s, out_count, byte_count, offset));
  List to(out_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  int32_t bad = -1;
  spread_tasks(s.ring, to.count * s.limbs, (size_t)s.n * 4, [&](int i, int) {
    const int e = i / s.limbs, limb = i % s.limbs;
    if (!s.v->unpack(to[e] + s.row(limb, part), bytes + e * offset[s.limbs] + offset[limb], prime_bits(s.prime(limb)), s.n,
                     s.prime(limb)))
      __atomic_store_n(&bad, e, __ATOMIC_RELAXED);
  });
  return bad < 0 ? (int32_t)OK : fail(RESIDUE_OUT_OF_RANGE, "a residue is not below its prime, in element", bad);
}
