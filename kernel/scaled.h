// Rows of scaled products (README.md, 14): the tensor product of two ciphertexts, and division by Q.
#pragma once

// ---- tensor products of residues in NTT form, below p: what the inverse transform takes

static ALWAYS_INLINE void tensor_square(double* out, const double* a, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += Arith::W) {
    const Vec x = Arith::load(a + i), y = Arith::load(a + n + i);
    const Arith::T fx = A.factor(x), fy = A.factor(y);
    Arith::store(out + i, A.mul(x, fx));
    Arith::store(out + n + i, A.mul(FAULT(49) ? x : Arith::add(x, x), fy));
    Arith::store(out + 2 * (size_t)n + i, A.mul(y, fy));
  }
}
static ALWAYS_INLINE void tensor_pair(double* out, const double* a, const double* b, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += Arith::W) {
    const Vec x = Arith::load(a + i), y = Arith::load(a + n + i);
    const Arith::T v = A.load_factor(b + i), w = A.load_factor(b + n + i);
    Arith::store(out + i, A.mul(x, v));
    Arith::store(out + n + i, A.reduce(Arith::add(A.mul(x, w), A.mul(y, v))));
    Arith::store(out + 2 * (size_t)n + i, A.mul(y, w));
  }
}
static void row_tensor(double* out, const double* a, const double* b, int parts_a, int parts_b, int n, double p) {
  if (parts_a != 2 || parts_b != 2) return row_multiply_parts(out, a, b, parts_a, parts_b, n, p);
  if (a == b) tensor_square(out, a, n, p);
  else tensor_pair(out, a, b, n, p);
}

// ---- from residues modulo some primes to others

// Constants as LiftPlan has them; weight null: the rows are weighted already.
struct Sources {
  int count;
  const double *prime, *inverse, *weight;
  int terms() const {
    double largest = 0;
    for (int k = 0; k < count; k++) largest = prime[k] > largest ? prime[k] : largest;
    return sum_terms(largest);
  }
};
struct Targets {
  int count;
  const double *prime, *inverse, *factor, *overflow;
  alignas(64) double grid[hesper::MAX_PRIMES + 8];  // as Arith::grid gives it, in each lane
  Targets(int number, const double* primes, const double* inverses, const double* factors, const double* overflows)
      : count(number), prime(primes), inverse(inverses), factor(factors), overflow(overflows) {
    for (int j = 0; j < count; j++) Arith::store_anywhere(grid + j, Arith::grid(bit_length(prime[j]) + 48));
  }
};

// For each target prime, sum x_k f_k - v F over rows `stride` apart: at most 6.75 p up to MAX_DIGIT rows, 1.5 p beyond. The
// rows are read once; to(A, target, column, sum). COUNT: of the rows, or 0 for any number. Products and sums of the
// quotient are rounded one by one in the same order everywhere.
template <int COUNT, class To>
static ALWAYS_INLINE void convert_rows(const double* rows, size_t stride, int columns, const Sources& from, const Targets& t, const To& to) {
  constexpr int W = Arith::W, U = W == 2 ? 1 : 2, MOST = COUNT ? COUNT : hesper::MAX_PRIMES;
  const int count = COUNT ? COUNT : from.count, most = COUNT ? EXACT_TERMS : from.terms();
  static_assert(COUNT <= LARGE_TERMS);
  for (int c = 0; c < columns; c += U * W) {
    Vec x[MOST][U], v[U];
    UNROLL for (int k = 0; k < count; k++) {
      const Arith A(from.prime[k], from.inverse[k]);
      const Vec inverse = Arith::broadcast(from.inverse[k]);
      UNROLL for (int u = 0; u < U; u++) {
        x[k][u] = Arith::load(rows + k * stride + c + u * W);
        if (from.weight) x[k][u] = A.reduce(A.mul(x[k][u], A.broadcast_factor(from.weight[k])));
        const Vec share = Arith::times(x[k][u], inverse);
        v[u] = k ? Arith::add(v[u], share) : share;
        if (k == count - 1) v[u] = A.round(Arith::sub(v[u], Arith::broadcast(0.5 * FAULT(48))));
      }
    }
    for (int j = 0; j < t.count; j++) {
      const Arith A(t.prime[j], t.inverse[j]);
      const Vec grid = Arith::broadcast(t.grid[j]);
      const double* const factor = t.factor + (size_t)j * count;
      Vec sum[U];
      for (int first = 0; first < count; first += most) {
        const int end = count - first < most ? count : first + most;
        Arith::Exact e[U];
        UNROLL for (int u = 0; u < U; u++) e[u] = Arith::exact(grid);
        UNROLL for (int k = first; k < end; k++) {
          const Arith::T f = A.broadcast_factor(factor[k]);
          UNROLL for (int u = 0; u < U; u++) Arith::add_exact(e[u], A.factor(x[k][u]), f);
        }
        UNROLL for (int u = 0; u < U; u++) {
          const Vec s = A.fold(e[u], grid);
          sum[u] = count <= hesper::MAX_DIGIT ? s : A.reduce(first && !FAULT(50) ? Arith::add(sum[u], s) : s);
        }
      }
      UNROLL for (int u = 0; u < U; u++)
        to(A, j, c + u * W,
           count <= hesper::MAX_DIGIT ? Arith::add_product(sum[u], v[u], Arith::broadcast(t.overflow[j]))
                                      : Arith::add(sum[u], A.mul(v[u], A.broadcast_factor(t.overflow[j]))));
    }
  }
}
// With few rows at hand in registers, where there are enough of them.
template <class To>
static NO_INLINE void convert_any(const double* rows, size_t stride, int columns, const Sources& from, const Targets& t, const To& given) {
  const To to = given;
  if constexpr (Arith::W > 2) switch (from.count) {
    case 2: return convert_rows<2>(rows, stride, columns, from, t, to);
    case 3: return convert_rows<3>(rows, stride, columns, from, t, to);
    case 4: return convert_rows<4>(rows, stride, columns, from, t, to);
    case 5: return convert_rows<5>(rows, stride, columns, from, t, to);
    case 6: return convert_rows<6>(rows, stride, columns, from, t, to);
  }
  convert_rows<0>(rows, stride, columns, from, t, to);
}

struct StoreLazy {
  double* out;
  size_t stride;
  ALWAYS_INLINE void operator()(const Arith&, int j, int c, Vec x) const { Arith::store(out + j * stride + c, x); }
};
struct StoreReduced {
  double* out;
  size_t stride;
  ALWAYS_INLINE void operator()(const Arith& A, int j, int c, Vec x) const { Arith::store(out + j * stride + c, A.reduce(x)); }
};
struct StoreDifference {
  double* out;
  const double* base;
  size_t stride, base_stride;
  bool large;
  ALWAYS_INLINE void operator()(const Arith& A, int j, int c, Vec x) const {
    x = Arith::sub(Arith::load(base + j * base_stride + c), x);
    if (Arith::LAZY && large) x = A.reduce(x);  // beyond 2^51 the first one may miss by one
    Arith::store(out + j * stride + c, A.reduce(x));
  }
};

static void row_lift_basis(const hesper::LiftPlan* plan, double* out, size_t out_stride, const double* rows, size_t stride,
                           int columns) {
  const int L = plan->from;
  convert_any(rows, stride, columns, Sources{L, plan->prime, plan->inverse, plan->weight},
              Targets{plan->to, plan->prime + L, plan->inverse + L, plan->factor, plan->overflow}, StoreLazy{out, out_stride});
}
static void row_scale_down(const hesper::ScalePlan* plan, double* rows, const double* others, size_t stride, int columns) {
  constexpr int CHUNK = hesper::COLUMN_CHUNK;
  alignas(64) double z[hesper::MAX_PRIMES * CHUNK];
  const int L = plan->limbs, K = plan->others;
  const double *const p = plan->prime, *const inverse = plan->inverse;
  const Sources data{L, p, inverse, nullptr}, auxiliary{K, p + L, inverse + L, nullptr};
  const Targets middle{K, p + L, inverse + L, plan->factor, plan->overflow};
  const Targets last{L, p, inverse, plan->factor + (size_t)L * K, plan->overflow + K};
  bool large = false;
  for (int j = 0; j < K; j++) large = large || p[L + j] >= LARGE_PRIME;
  for (int at = 0; at < columns; at += CHUNK) {
    convert_any(rows + at, stride, CHUNK, data, middle, StoreDifference{z, others + at, (size_t)CHUNK, stride, large});
    convert_any(z, CHUNK, CHUNK, auxiliary, last, StoreReduced{rows + at, stride});
  }
}
