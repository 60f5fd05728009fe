// Element-wise operations on rows of balanced residues. Ranges of mul and reduce: arith_common.h.
#pragma once

typedef Arith::V Vec;

// Eight at a time: in WebAssembly the loop itself would cost a sixth of the time.
static void row_add(double* out, const double* a, const double* b, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += 8)
    UNROLL for (int k = 0; k < 8; k += Arith::W)
      Arith::store(out + i + k, A.reduce(Arith::add(Arith::load(a + i + k), Arith::load(b + i + k))));
}
static void row_subtract(double* out, const double* a, const double* b, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += 8)
    UNROLL for (int k = 0; k < 8; k += Arith::W)
      Arith::store(out + i + k, A.reduce(Arith::sub(Arith::load(a + i + k), Arith::load(b + i + k))));
}
static void row_multiply(double* out, const double* a, const double* b, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += Arith::W)
    Arith::store(out + i, A.reduce(A.mul(Arith::load(a + i), A.load_factor(b + i))));
}
static void row_multiply_add(double* out, const double* a, const double* b, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += Arith::W)
    Arith::store(out + i, A.reduce(Arith::add(Arith::load(out + i), A.mul(Arith::load(a + i), A.load_factor(b + i)))));
}
// 0 - x, so that there is no negative zero.
static void row_negate(double* out, const double* a, int n) {
  for (int i = 0; i < n; i += Arith::W) Arith::store(out + i, Arith::sub(Arith::zero(), Arith::load(a + i)));
}
static void row_multiply_scalar(double* out, const double* a, double w, int n, double p) {
  const Arith A(p);
  const Arith::T t = A.broadcast_factor(w);
  for (int i = 0; i < n; i += Arith::W) Arith::store(out + i, A.reduce(A.mul(Arith::load(a + i), t)));
}
static void row_add_scalar(double* out, const double* a, double w, int n, double p) {
  const Arith A(p);
  const Vec s = Arith::broadcast(w);
  for (int i = 0; i < n; i += Arith::W) Arith::store(out + i, A.reduce(Arith::add(Arith::load(a + i), s)));
}
static void row_reduce(double* out, const double* a, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += Arith::W) Arith::store(out + i, A.reduce(Arith::load(a + i)));
}

// Products of residues of p, one factor of each modulo another prime q, that are summed before a reduction.
static ALWAYS_INLINE int sum_terms(double q) {
  return exact_terms(q) + FAULT(29) * 1000 + (q >= LARGE_PRIME && FAULT(59)) * 1000;
}
static ALWAYS_INLINE Vec sum_grid(double p) { return Arith::grid(bit_length(p) + grid_bits(p)); }

// A sum of any number of products of residues of p, folded after every `most`.
struct Sum {
  Vec before;
  Arith::Exact now;
  int terms;
  const int most;
  ALWAYS_INLINE explicit Sum(Vec grid, int m) : before(Arith::zero()), now(Arith::exact(grid)), terms(0), most(m) {}
  ALWAYS_INLINE void add(const Arith& A, Vec grid, Arith::T a, Arith::T b) {
    if (terms++ == most) before = value(A, grid), now = Arith::exact(grid), terms = 1;
    Arith::add_exact(now, a, b);
  }
  ALWAYS_INLINE Vec value(const Arith& A, Vec grid) const { return A.reduce(Arith::add(before, A.fold(now, grid))); }
};

static void row_multiply_parts(double* out, const double* a, const double* b, int parts_a, int parts_b, int n, double p) {
  const Arith A(p);
  const Vec grid = sum_grid(p);
  const int most = sum_terms(p);
  for (int i = 0; i < n; i += Arith::W)
    for (int k = 0; k < parts_a + parts_b - 1; k++) {
      Sum sum(grid, most);
      const int from = k < parts_b ? 0 : k - parts_b + 1, to = k < parts_a ? k : parts_a - 1;
      for (int j = from; j <= to; j++)
        sum.add(A, grid, A.load_factor(a + (size_t)j * n + i), A.load_factor(b + (size_t)(k - j) * n + i));
      Arith::store(out + (size_t)k * n + i, sum.value(A, grid));
    }
}
static void row_dot_parts(double* out, const double* a, const double* b, int parts, int n, double p) {
  const Arith A(p);
  const Vec grid = sum_grid(p);
  const int most = sum_terms(p);
  for (int i = 0; i < n; i += Arith::W) {
    Sum sum(grid, most);
    for (int k = 0; k < parts; k++)
      sum.add(A, grid, A.load_factor(a + (size_t)k * n + i), A.load_factor(b + (size_t)k * n + i));
    Arith::store(out + i, sum.value(A, grid));
  }
}

// Without signs the bits of doubles are ordered as the numbers are, NaN last.
static double row_largest(const double* a, int n) {
  constexpr i64 infinity = 0x7ff0000000000000;
  i64 best = 0;
  for (int i = 0; i < n; i++) {
    const i64 x = bits_of(a[i]) & 0x7fffffffffffffff;
    best = x > best ? x : best;
  }
  return double_of(best > infinity ? infinity : best);
}

// Chains of x = x y + z: enough of them in flight to hide the latency.
static double fma_run(int iterations) {
  constexpr int CHAINS = 12;
  Vec x[CHAINS];
  const Vec y = Arith::broadcast(0.5), z = Arith::broadcast(1.0);
  UNROLL for (int k = 0; k < CHAINS; k++) x[k] = Arith::broadcast(k);
  for (int i = 0; i < iterations; i++) {
    UNROLL for (int k = 0; k < CHAINS; k++) x[k] = Arith::add_product(z, x[k], y);
    // The compiler must not fold the iterations.
#if !defined(__wasm__)
    __asm__ volatile("" ::: "memory");
#endif
  }
  alignas(64) double sink[CHAINS * Arith::W];
  UNROLL for (int k = 0; k < CHAINS; k++) Arith::store(sink + k * Arith::W, x[k]);
  double total = 0;
  for (int k = 0; k < CHAINS * Arith::W; k++) total += sink[k];
  return total < 0 ? 0 : (double)iterations * CHAINS * Arith::W;
}
