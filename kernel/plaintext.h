// Plaintexts modulo an odd t, which need not be prime, and residues of the product Q of primes q_i. Bounds: README.md,
// section 13.
#pragma once

// round(Q m / t) = (Q m - r) / t with r = [Q m]_t: modulo a prime, -r / t.
static void row_lift(const hesper::PlainPlan* plan, double* out, const double* a, int n) {
  constexpr int C = hesper::COLUMN_CHUNK;
  alignas(64) double rest[C];
  const Arith T(plan->t);
  const Arith::T product = T.broadcast_factor(plan->product);
  for (int at = 0; at < n; at += C) {
    for (int c = 0; c < C; c += Arith::W) Arith::store(rest + c, T.reduce(T.mul(Arith::load(a + at + c), product)));
    for (int c = 0; FAULT(55) && c < C; c++) rest[c] += rest[c] < 0 ? plan->t : 0;
    for (int i = 0; i < plan->count; i++) {
      const Arith A(plan->prime[i]);
      const Arith::T w = A.broadcast_factor(plan->divide[i]);
      for (int c = 0; c < C; c += Arith::W)
        Arith::store(out + (size_t)i * n + at + c, A.reduce(A.mul(Arith::load(rest + c), w)));
    }
  }
  forget(rest, sizeof rest);
}

// y_i = t x (Q / q_i)^-1 mod q_i, v = round(sum y_i / q_i): [t x]_Q = sum y_i (Q / q_i) - v Q, so that -[t x]_Q / Q is
// v - sum y_i / q_i modulo t. Products and sums of the quotient are rounded one by one in the same order everywhere.
static void row_round(const hesper::PlainPlan* plan, double* out, const double* a, int n) {
  constexpr int U = Arith::W == 8 ? 4 : 2, STEP = U * Arith::W, TERMS = 7;
  const Arith T(plan->t);
  for (int at = 0; at < n; at += STEP) {
    Vec quotient[U], sum[U];
    UNROLL for (int u = 0; u < U; u++) quotient[u] = sum[u] = Arith::zero();
    for (int i = 0; i < plan->count; i++) {
      const Arith A(plan->prime[i]);
      const Arith::T weight = A.broadcast_factor(plan->weight[i]), inverse = T.broadcast_factor(plan->inverse[i]);
      const double* const x = a + (size_t)i * n + at;
      UNROLL for (int u = 0; u < U; u++) {
        const Vec y = A.reduce(A.mul(Arith::load(x + u * Arith::W), weight));
        quotient[u] = Arith::add(quotient[u], Arith::times(y, Arith::broadcast(plan->prime_inverse[i])));
        sum[u] = Arith::sub(sum[u], T.mul(y, inverse));
      }
      if (i % TERMS == TERMS - 1) UNROLL for (int u = 0; u < U; u++) sum[u] = T.reduce(sum[u]);
    }
    UNROLL for (int u = 0; u < U; u++) {
      const Vec v = T.round(Arith::sub(quotient[u], Arith::broadcast(0.5 * FAULT(43))));
      Arith::store(out + at + u * Arith::W, T.reduce(Arith::add(sum[u], v)));
    }
  }
}

// (a - last) w, `last` the residues of the prime that is dropped.
static void row_divide_coefficients(double* out, const double* a, const double* last, double w, int n, double p) {
  const Arith A(p);
  const Arith::T t = A.broadcast_factor(w);
  for (int i = 0; i < n; i += Arith::W)
    Arith::store(out + i, A.reduce(A.mul(Arith::sub(Arith::load(a + i), Arith::load(last + i)), t)));
}
// m + e - x
static void row_mask_coefficients(double* out, const double* m, const double* e, const double* x, int n, double p) {
  const Arith A(p);
  for (int i = 0; i < n; i += Arith::W)
    Arith::store(out + i, A.reduce(Arith::sub(Arith::add(Arith::load(m + i), Arith::load(e + i - FAULT(56) * i)), Arith::load(x + i))));
}
