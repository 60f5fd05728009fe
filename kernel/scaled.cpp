// Products of BFV ciphertexts, t / Q times those of the integers (eprint 2018/117), and relinearisation where they are at
// home, in coefficient form. The contract stands in src/kernel/kernel.ts.
#include "convert.h"
#include "lists.h"
#include "plain.h"

using namespace hesper;
using hesper_plain::Modulus;

namespace {

// Bases and constants of one call. Extended limbs: the primes of the basis, then the auxiliary ones.
struct ScaledPlan {
  Shape s;  // of the result
  const int32_t* auxiliary;
  int others, parts_a, parts_b;
  double t;
  LiftPlan lifting;
  ScalePlan scaling;
  double* constant;  // [extended limb]: of the inverse transforms

  int extended() const { return s.limbs + others; }
  int index(int x) const { return x < s.limbs ? s.basis[x] : auxiliary[x - s.limbs]; }
  double prime(int x) const { return s.ring->prime[index(x)]; }
  const double* tables(int x) const { return s.ring->tables[index(x)]; }
  double inverse(int of, int mod) const { return s.ring->inverses[(size_t)index(of) * s.ring->count + index(mod)]; }

  size_t bytes() const { return (3 * (size_t)s.limbs * others + 6 * extended()) * 8; }
  // The product of the extended limbs [from, to) but `without` modulo the prime of x.
  int64_t product(int from, int to, int without, int x) const {
    const Modulus m(prime(x));
    int64_t r = 1;
    for (int j = from; j < to; j++)
      if (j != without) r = m.mul(r, m.reduce((int64_t)prime(j)));
    return r;
  }
  // The same of the inverses; x itself is left out.
  int64_t product_inverse(int from, int to, int x) const {
    const Modulus m(prime(x));
    int64_t r = 1;
    for (int j = from; j < to; j++)
      if (j != x) r = m.mul(r, (int64_t)inverse(j, x));
    return r;
  }
  void build(double* at) {
    const int L = s.limbs, K = others, E = L + K;
    auto take = [&](int count) { return at += count, at - count; };
    double *const primes = take(E), *const inverses = take(E), *const weight = take(L), *const lifts = take(L * K),
           *const lift_overflows = take(K), *const factors = take(2 * L * K), *const overflows = take(E);
    constant = take(E);
    lifting = LiftPlan{L, K, primes, inverses, weight, lifts, lift_overflows};
    scaling = ScalePlan{L, K, primes, inverses, factors, overflows};
    for (int x = 0; x < E; x++) primes[x] = prime(x), inverses[x] = 1.0 / prime(x);
    for (int i = 0; i < L; i++) {
      const Modulus m(prime(i));
      weight[i] = (double)product_inverse(0, L, i);
      constant[i] = (double)m.mul(m.reduce((int64_t)t), (int64_t)weight[i]);
      for (int j = 0; j < K; j++) factors[(L + i) * K + j] = (double)product(L, E, L + j, i);
      overflows[K + i] = (double)(0 - product(L, E, -1, i));
    }
    for (int j = 0; j < K; j++) {
      const int x = L + j;
      const Modulus m(prime(x));
      const int64_t w = product_inverse(L, E, x);
      constant[x] = (double)m.mul(m.mul(m.reduce((int64_t)t), product_inverse(0, L, x)), w);
      for (int i = 0; i < L; i++) {
        lifts[j * L + i] = (double)product(0, L, i, x);
        factors[j * L + i] = (double)m.mul((int64_t)inverse(i, x), w);
      }
      lift_overflows[j] = (double)(0 - product(0, L, -1, x));
      overflows[j] = FAULT(52) ? 0 : (double)(0 - w);
    }
  }

  // The auxiliary rows of one part, columns of it; part: [limb][..][n], out: [other][..][n].
  void lift(double* out, size_t out_stride, const double* part, size_t stride, int columns, bool first) const {
    s.v->lift_basis(&lifting, out, out_stride, part, stride, columns);
    count_work(s.ring->work, 0, 0, first ? s.limbs * others : 0);
  }
  // |row| <= bound p; out may be the row
  void transform(double* out, const double* row, double bound, int x) const {
    static constexpr double one = 1;
    const Raise r{1, bound * prime(x), nullptr, &one, 0};
    s.v->raise(out, tables(x), &r, row, 0, s.n, prime(x));
    count_work(s.ring->work, 1);
  }
  // The parts of the product modulo the prime of x, weighted coefficients, from the transforms of both factors.
  void multiply(double* out, const double* a, const double* b, int x) const {
    s.v->tensor(out, a, b, parts_a, parts_b, s.n, prime(x));
    for (int part = 0; part < s.parts; part++) {
      double* const row = out + (size_t)part * s.n;
      s.v->ntt_inverse_times(row, tables(x), row, constant[x], s.n, prime(x));
    }
    count_work(s.ring->work, s.parts);
  }
  // Of one part, the columns from `from`; rows: the product, [limb][part][n] in place, then [other][part][n].
  void divide(double* rows, const double* rest, int part, int from, int columns) const {
    const size_t stride = (size_t)s.parts * s.n, at = (size_t)part * s.n + from;
    s.v->scale_down(&scaling, rows + at, rest + at, stride, columns);
    count_work(s.ring->work, 0, 0, from ? 0 : 2 * s.limbs * others);
  }
};

int32_t check_scaling(const ScaledPlan& p) {
  const Shape& s = p.s;
  if (!(p.t >= 3 && p.t < 0x1p48 - 0x1p33) || p.t != (double)(int64_t)p.t || (int64_t)p.t % 2 == 0)
    return fail(INVALID_ARGUMENT, "a plaintext modulus is odd, 3 or more, and below the limit of primes", p.t);
  // R / (t n parts Q / 2); factors in turn, so that nothing overflows
  double ratio = 2 / (p.t * s.n * (p.parts_a < p.parts_b ? p.parts_a : p.parts_b));
  for (int i = 0; i < s.limbs || i < p.others; i++) {
    if (i < s.limbs) ratio /= p.prime(i);
    if (i < p.others) ratio *= p.prime(s.limbs + i);
  }
  if (!(ratio >= 1 + 0x1p-38 - 0x1p-44)) return fail(INVALID_ARGUMENT, "the auxiliary primes are too small for this product", ratio, 1);
  for (int i = 0; i < s.limbs; i++) {
    if ((int64_t)p.t % (int64_t)p.prime(i) == 0)
      return fail(INVALID_ARGUMENT, "the plaintext modulus is a multiple of a prime", p.t, p.prime(i));
    for (int j = 0; j < p.others; j++)
      if (s.basis[i] == p.auxiliary[j]) return fail(INVALID_ARGUMENT, "an auxiliary prime is also in the basis", s.basis[i]);
  }
  return OK;
}

constexpr double LIFTED = 6.75;     // of a lifted residue, in units of its prime
constexpr int TASK_COLUMNS = 1024;  // of one task, where an element is shared by threads

// One element of the lists: its rows in memory, and the steps of its product as tasks.
struct Product {
  const ScaledPlan& p;
  double* const out;
  const double *const a, *const b;
  double* const lifted;  // [other][parts of a, then of b][n]
  double* const rows;    // the product modulo the auxiliary primes, [other][part][n]; modulo the others it lies in `out`

  size_t n() const { return (size_t)p.s.n; }
  bool square() const { return (a == b || FAULT(51)) && p.parts_a == p.parts_b; }
  int factors() const { return square() ? p.parts_a : p.parts_a + p.parts_b; }
  const double* factor(int part) const { return part < p.parts_a ? a + part * n() : b + (part - p.parts_a) * n(); }
  size_t stride(int part) const { return (part < p.parts_a ? p.parts_a : p.parts_b) * n(); }
  size_t lifted_stride() const { return factors() * n(); }
  int columns() const { return p.s.n < TASK_COLUMNS ? p.s.n : TASK_COLUMNS; }
  int blocks() const { return p.s.n / columns(); }

  void lift(int part, int from, int count) const {
    p.lift(lifted + part * n() + from, lifted_stride(), factor(part) + from, stride(part), count, from == 0);
  }
  // work: a row for each part of the factors
  void multiply(int x, double* work) const {
    const int limbs = p.s.limbs;
    double* const at = x < limbs ? work : lifted + (x - limbs) * lifted_stride();
    for (int part = 0; part < factors(); part++) {
      if (x < limbs) p.transform(at + part * n(), factor(part) + x * stride(part), 0.5, x);
      else p.transform(at + part * n(), at + part * n(), LIFTED, x);
    }
    double* const product = x < limbs ? out + p.s.row(x, 0) : rows + p.s.row(x - limbs, 0);
    p.multiply(product, at, square() ? at : at + p.parts_a * n(), x);
  }
  void divide(int part, int from, int count) const { p.divide(out, rows, part, from, count); }
  void all(double* work) const {
    for (int part = 0; part < factors(); part++) lift(part, 0, p.s.n);
    for (int x = 0; x < p.extended(); x++) multiply(x, work);
    for (int part = 0; part < p.s.parts; part++) divide(part, 0, p.s.n);
  }
};

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
  const size_t n = (size_t)s.n, L = limbs, K = auxiliary_count;
  List to(out_count), x(a_count), y(b_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, L * parts_a * n, Role::separate, s.stamp));
  HESPER_TRY(y.open(b, L * parts_b * n, Role::separate, s.stamp));

  // Elements of which every thread takes its own, then those that threads share. Per slot: the rows of an element and those
  // of one prime.
  const int threads = s.ring->threads, parts = parts_a + parts_b, whole = to.count - to.count % threads;
  const size_t kept = K * (parts + s.parts) * n, each = kept + parts * n;
  const Scratch plan(p.bytes()), memory((whole || to.count ? threads : 0) * each * 8);
  if (!plan.memory || !memory.memory) return fail(OUT_OF_MEMORY, "no memory to multiply");
  p.build(plan.doubles());
  auto product = [&](int e, double* rows) { return Product{p, to[e], x[e], y[e], rows, rows + K * parts * n}; };
  parallel(threads, whole, [&](int e, int slot) {
    double* const rows = memory.doubles() + slot * each;
    product(e, rows).all(rows + kept);
  });
  for (int e = whole; e < to.count; e++) {
    const Product shared = product(e, memory.doubles());
    const int blocks = shared.blocks(), columns = shared.columns();
    const int stages[3] = {shared.factors() * blocks, p.extended(), s.parts * blocks};
    staged(threads, stages, 3, [&](int stage, int i, int slot) {
      if (stage == 0) shared.lift(i / blocks, i % blocks * columns, columns);
      else if (stage == 1) shared.multiply(i, memory.doubles() + slot * each + kept);
      else shared.divide(i / blocks, i % blocks * columns, columns);
    });
  }
  return OK;
}
