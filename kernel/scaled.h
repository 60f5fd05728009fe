// Rows of scaled products (README.md, 12): the tensor product of two ciphertexts, and division by Q.
#pragma once

// ---- tensor products of residues in NTT form, below p: what the inverse transform takes

static ALWAYS_INLINE void tensor_square(double* out, const double* a, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += Arith::W) {
    const Vec x = Arith::load(a + i), y = Arith::load(a + n + i);
    const Arith::T fx = A.factor(x), fy = A.factor(y);
    Arith::store(out + i, A.mul(x, fx));
    Arith::store(out + n + i, A.mul(Arith::add(x, x), fy));
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

// ---- division by Q

// sum x_i f_i - v F over rows at hand, U vectors of each: at most 6.75 p up to MAX_DIGIT rows, 1.5 p beyond.
template <int U>
static ALWAYS_INLINE void combine(const Arith& A, Vec grid, const Vec (*x)[U], int count, const double* factors,
                                  const Vec (&v)[U], double overflow, Vec (&out)[U]) {
  const bool few = count <= hesper::MAX_DIGIT;
  Vec before[U];
  for (int first = 0; first < count; first += SUM_TERMS) {
    const int end = count - first < SUM_TERMS ? count : first + SUM_TERMS;
    Arith::Exact sum[U];
    UNROLL for (int u = 0; u < U; u++) sum[u] = Arith::exact(grid);
    for (int k = first; k < end; k++) {
      const Arith::T f = A.broadcast_factor(factors[k]);
      UNROLL for (int u = 0; u < U; u++) Arith::add_exact(sum[u], A.factor(x[k][u]), f);
    }
    UNROLL for (int u = 0; u < U; u++) {
      const Vec s = A.fold(sum[u], grid);
      before[u] = few ? s : A.reduce(first ? Arith::add(before[u], s) : s);
    }
  }
  UNROLL for (int u = 0; u < U; u++)
    out[u] = few ? Arith::add_product(before[u], v[u], Arith::broadcast(overflow))
                 : Arith::add(before[u], A.mul(v[u], A.broadcast_factor(overflow)));
}
static void row_scale_down(const hesper::ScalePlan* plan, double* out, const double* rows, const double* others, size_t stride,
                           int columns) {
  constexpr int U = Arith::W == 2 ? 1 : 2;
  const int L = plan->limbs, K = plan->others;
  const double *const p = plan->prime, *const inverse = plan->inverse, *const last = plan->factor + (size_t)L * K;
  const Arith any(p[0]);
  Vec x[hesper::MAX_PRIMES][U], z[hesper::MAX_PRIMES][U], grid[2 * hesper::MAX_PRIMES];
  for (int i = 0; i < L + K; i++) grid[i] = Arith::grid(bit_length(p[i]) + 48);
  for (int at = 0; at < columns; at += U * Arith::W) {
    Vec v[U], w[U], r[U];
    UNROLL for (int u = 0; u < U; u++) v[u] = w[u] = Arith::zero();
    for (int i = 0; i < L; i++)
      UNROLL for (int u = 0; u < U; u++) {
        x[i][u] = Arith::load(rows + i * stride + at + u * Arith::W);
        v[u] = Arith::add(v[u], Arith::times(x[i][u], Arith::broadcast(inverse[i])));
      }
    UNROLL for (int u = 0; u < U; u++) v[u] = any.round(v[u]);
    for (int j = 0; j < K; j++) {
      const Arith A(p[L + j], inverse[L + j]);
      combine<U>(A, grid[L + j], x, L, plan->factor + (size_t)j * L, v, plan->overflow[j], r);
      UNROLL for (int u = 0; u < U; u++) {
        z[j][u] = A.reduce(Arith::sub(Arith::load(others + j * stride + at + u * Arith::W), r[u]));
        w[u] = Arith::add(w[u], Arith::times(z[j][u], Arith::broadcast(inverse[L + j])));
      }
    }
    UNROLL for (int u = 0; u < U; u++) w[u] = any.round(w[u]);
    for (int i = 0; i < L; i++) {
      const Arith A(p[i], inverse[i]);
      combine<U>(A, grid[i], z, K, last + (size_t)i * K, w, plan->overflow[K + i], r);
      UNROLL for (int u = 0; u < U; u++) Arith::store(out + i * stride + at + u * Arith::W, A.reduce(r[u]));
    }
  }
}
