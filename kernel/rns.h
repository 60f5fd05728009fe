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
static NO_INLINE void spread_wide(double* out, const double* a, int n, double p) {
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
static void row_spread(double* out, const double* a, double largest, int n, double p) {
  if (largest > 0x1p51) return spread_wide(out, a, n, p);
  if (2 * largest > p) return row_reduce(out, a, n, p);
  if (out != a) __builtin_memcpy(out, a, (size_t)n * 8);
}

// d + q h without loss while |d + q h| < 2^53: the digit is given the sign of h first, so that q h is no larger than the
// sum. Beyond, h no longer holds its last digits and two roundings remain.
static ALWAYS_INLINE double horner(double h, double d, double q) {
  const bool small = h < 0x1p53 && h > -0x1p53;
  const double up = small && h > 0 && d < 0 ? 1.0 : 0.0, down = small && h < 0 && d > 0 ? 1.0 : 0.0;
  return (h - up + down) * q + (d + up * q - down * q);
}

static NO_INLINE void horner_row(double* __restrict sum, const double* __restrict digit, double q) {
  for (int c = 0; c < hesper::COLUMN_CHUNK; c++) sum[c] = horner(sum[c], digit[c], q);
}

// Digits of COLUMN_CHUNK numbers, [prime][COLUMN_CHUNK]: those of primes `from` .. count - 1, given the ones before.
static NO_INLINE void compose_digits(const hesper::ComposePlan* plan, double* digit, int from, int count, const double* a,
                                     size_t a_stride) {
  constexpr int C = hesper::COLUMN_CHUNK;
  for (int i = from; i < count; i++) {
    const Arith A(plan->prime[i]);
    const double* const inverse = plan->inverse + (size_t)i * plan->count;
    for (int c = 0; c < C; c += Arith::W) {
      Vec x = Arith::load(a + (size_t)i * a_stride + c);
      for (int j = 0; j < i - FAULT(25); j++) {
        const Vec d = A.reduce(Arith::load(digit + j * C + c));
        x = A.reduce(A.mul(Arith::sub(x, d), A.broadcast_factor(inverse[j])));
      }
      Arith::store(digit + i * C + c, x);
    }
  }
}
// Whether the numbers that the first `few` digits stand for have the residues of every later prime, too.
static NO_INLINE bool compose_agrees(const hesper::ComposePlan* plan, const double* digit, int few, const double* a,
                                     size_t a_stride) {
  constexpr int C = hesper::COLUMN_CHUNK;
  Vec wrong = Arith::zero();
  for (int i = few; i < plan->count; i++) {
    const Arith A(plan->prime[i]);
    const double* const radix = plan->radix + (size_t)i * plan->few;
    for (int c = 0; c < C; c += Arith::W) {
      Vec x = Arith::sub(Arith::load(digit + c), Arith::load(a + (size_t)i * a_stride + c));
      for (int j = 1; j < few; j++)
        x = Arith::add(x, A.mul(A.reduce(Arith::load(digit + j * C + c)), A.broadcast_factor(radix[j])));
      const Vec r = A.reduce(x);
      wrong = Arith::add_product(wrong, r, r);
    }
  }
  return FAULT(34) || Arith::all_below(wrong, 0.5);
}
// Most numbers are small: those of a few digits are checked against the other primes, which is cheaper than all digits.
static void row_compose(const hesper::ComposePlan* plan, double* out, const double* a, size_t a_stride, int n) {
  constexpr int C = hesper::COLUMN_CHUNK;
  alignas(64) double digit[hesper::MAX_PRIMES * C];
  for (int at = 0; at < n; at += C) {
    int count = plan->few;
    compose_digits(plan, digit, 0, count, a + at, a_stride);
    if (count < plan->count && !compose_agrees(plan, digit, count, a + at, a_stride)) {
      compose_digits(plan, digit, count, plan->count, a + at, a_stride);
      count = plan->count;
    }
    double* const sum = digit + (count - 1) * C;
    for (int i = count - 2; i >= 0; i--) horner_row(sum, digit + i * C, plan->prime[i]);
    __builtin_memcpy(out + at, sum, sizeof(double) * C);
  }
  forget(digit, sizeof(double) * C * (size_t)plan->count);
}
