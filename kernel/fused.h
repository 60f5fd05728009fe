// Transforms whose last pass also does what comes after them.
#pragma once

// t -> (base - t) w; base: at most p / 2
struct Divided {
  const double* base;
  double* out;
  Arith::T w;
  ALWAYS_INLINE void block(const Arith& A, int b, const Vec (&t)[Arith::W]) const {
    UNROLL for (int k = 0; k < Arith::W; k++) {
      const size_t i = (size_t)b * Ntt<Arith>::BLOCK + k * Arith::W;
      Arith::store(out + i, A.reduce(A.mul(Arith::sub(Arith::load(base + i), t[k]), w)));
    }
  }
};
// t -> m + t + sign a b; adds at most 1.5 p
struct Masked {
  const double *m, *a, *b;
  double* out;
  Vec sign;
  ALWAYS_INLINE void block(const Arith& A, int block, const Vec (&t)[Arith::W]) const {
    UNROLL for (int k = 0; k < Arith::W; k++) {
      const size_t i = (size_t)block * Ntt<Arith>::BLOCK + k * Arith::W;
      const Vec product = Arith::times(A.mul(Arith::load(a + i), A.load_factor(b + i)), sign);
      Arith::store(out + i, A.reduce(Arith::add(Arith::add(Arith::load(m + i), t[k]), product)));
    }
  }
};

static void row_divide(double* out, const double* base, const double* tables, const double* x, double largest, double w, int n,
                       double p) {
  const Ntt<Arith> t(tables, n, p);
  if (largest > 8 * p) row_reduce(out, x, n, p), x = out, largest = p;
  t.forward(Ntt<Arith>::Row{x}, Divided{base, out, Arith(p).broadcast_factor(w)}, out, largest / p, 0.5);
}
static void row_mask(double* out, const double* m, const double* tables, const double* e, const double* a, const double* b,
                     double sign, int n, double p) {
  Ntt<Arith>(tables, n, p).forward(Ntt<Arith>::Row{e}, Masked{m, a, b, out, Arith::broadcast(sign)}, out, 0.5);
}
