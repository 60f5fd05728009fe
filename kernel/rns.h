// Work across primes: base conversion, spreading of integers, composition. Bounds: README.md.
#pragma once

// The integer behind residues x_i of q_i, balanced, to other primes: y_i = x_i (Q / q_i)^-1 mod q_i,
// v = round(sum y_i / q_i), x = sum y_i (Q / q_i) - v Q. Products and sums of the quotient are rounded one by one in
// the same order everywhere.
static void row_convert_basis(const hesper::ConvertPlan* plan, double* out, size_t out_stride, const double* a, size_t a_stride,
                              int n) {
  alignas(64) double y[hesper::MAX_PRIMES * hesper::COLUMN_CHUNK];
  alignas(64) double quotient[hesper::COLUMN_CHUNK];
  constexpr int C = hesper::COLUMN_CHUNK;
  for (int at = 0; at < n; at += C) {
    for (int c = 0; c < C; c++) quotient[c] = 0;
    for (int i = 0; i < plan->from_count; i++) {
      const Arith A(plan->from[i]);
      const Arith::T w = A.broadcast_factor(plan->weight[i]);
      double* const row = y + i * C;
      for (int c = 0; c < C; c += Arith::W)
        Arith::store(row + c, A.reduce(A.mul(Arith::load(a + (size_t)i * a_stride + at + c), w)));
      const double inverse = plan->from_inverse[i];
      for (int c = 0; c < C; c++) quotient[c] += row[c] * inverse;
    }
    for (int t = 0; t < plan->to_count; t++) {
      const Arith A(plan->to[t]);
      const double* const factor = plan->factor + (size_t)t * plan->from_count;
      for (int c = 0; c < C; c += Arith::W) {
        const Vec v = A.reduce(A.round(Arith::sub(Arith::load(quotient + c), Arith::broadcast(0.5 * FAULT(23)))));
        Vec sum = A.mul(v, A.broadcast_factor(plan->overflow[t]));
        for (int i = 0; i < plan->from_count; i++) {
          const Vec x = A.reduce(Arith::load(y + i * C + c));  // a small target prime needs this before the product
          sum = A.reduce(Arith::add(sum, A.mul(x, A.broadcast_factor(factor[i]))));
        }
        Arith::store(out + (size_t)t * out_stride + at + c, sum);
      }
    }
  }
}

// x = high 2^45 + low exactly, |high| <= 2^45, |low| <= 2^44.
static void row_spread(double* out, const double* a, int n, double p) {
  const Arith A(p);
  const Arith::T w = A.factor(A.reduce(Arith::broadcast(0x1p45)));
  alignas(64) double high[hesper::COLUMN_CHUNK], low[hesper::COLUMN_CHUNK];
  for (int at = 0; at < n; at += hesper::COLUMN_CHUNK) {
    for (int c = 0; c < hesper::COLUMN_CHUNK; c++) {
      const double h = FAULT(24) ? 0 : (a[at + c] * 0x1p-45 + MAGIC) - MAGIC;
      high[c] = h;
      low[c] = a[at + c] - h * 0x1p45;
    }
    for (int c = 0; c < hesper::COLUMN_CHUNK; c += Arith::W)
      Arith::store(out + at + c, A.reduce(Arith::add(A.mul(A.reduce(Arith::load(high + c)), w), Arith::load(low + c))));
  }
}

// d + q h without loss while |d + q h| < 2^53: the digit is given the sign of h first, so that q h is no larger than the
// sum. Beyond, h no longer holds its last digits and two roundings remain.
static ALWAYS_INLINE double horner(double h, double d, double q) {
  const bool small = h < 0x1p53 && h > -0x1p53;
  const double up = small && h > 0 && d < 0 ? 1.0 : 0.0, down = small && h < 0 && d > 0 ? 1.0 : 0.0;
  return (h - up + down) * q + (d + up * q - down * q);
}

static void row_compose(const hesper::ComposePlan* plan, double* out, const double* a, size_t a_stride, int n) {
  constexpr int C = hesper::COLUMN_CHUNK;
  alignas(64) double digit[hesper::MAX_PRIMES * C];
  for (int at = 0; at < n; at += C) {
    for (int i = 0; i < plan->count; i++) {
      const Arith A(plan->prime[i]);
      const double* const inverse = plan->inverse + (size_t)i * plan->count;
      for (int c = 0; c < C; c += Arith::W) {
        Vec x = Arith::load(a + (size_t)i * a_stride + at + c);
        for (int j = 0; j < i - FAULT(25); j++) {
          const Vec d = A.reduce(Arith::load(digit + j * C + c));
          x = A.reduce(A.mul(Arith::sub(x, d), A.broadcast_factor(inverse[j])));
        }
        Arith::store(digit + i * C + c, x);
      }
    }
    for (int c = 0; c < C; c++) {
      double h = digit[(plan->count - 1) * C + c];
      for (int i = plan->count - 2; i >= 0; i--) h = horner(h, digit[i * C + c], plan->prime[i]);
      out[at + c] = h;
    }
  }
}
