// Range tracker: the transforms of ntt.h run with scalar policies that emulate the vector arithmetic step by step,
// compare every modular product with exact 128-bit arithmetic and record the largest value at each kind of place. Then
// the single operations at the ends of their ranges, and the limits of the digits: each has a case that must pass and a
// case just beyond it that must fail. Fails if a product is inexact, a value leaves its proven range, or a result is not
// the canonical residue. Needs no vector instructions.
//   g++ -std=c++20 -O2 -ffp-contract=off -fno-exceptions -fno-rtti kernel/tests/range_track.cpp -o build/range-track
#include <stddef.h>
#include "../bench/common.h"
namespace isa {
#include "../arith_common.h"
#undef UNROLL  // nothing here is fast, so nothing is unrolled
#define UNROLL
#include "../ntt.h"
}  // namespace isa
using namespace isa;

// Largest values of one run, in units of p except quotient and converted.
struct Seen {
  double input = 0, output = 0, any = 0, quotient = 0, converted = 0;
  long inexact = 0, not_canonical = 0, products = 0;
};
static Seen seen;
static double seen_p;
static double larger(double a, double b) { return a > b ? a : b; }

// FUSED: the form of arith_avx2.h and arith_avx512.h. Otherwise that of arith_scalar.h and arith_wasm.h, whose values
// are converted to integers by adding the magic number.
template <int LANES, bool FUSED, bool LAZILY = !FUSED> struct Tracked {
  struct V { double v[LANES]; };
  typedef V T;
  static constexpr int W = LANES, LOG_W = W == 2 ? 1 : W == 4 ? 2 : 3, REGISTERS = 1;
  static constexpr bool LAZY = LAZILY;
  double p, p_inv;
  explicit Tracked(double prime) : p(prime), p_inv(1.0 / prime) { seen_p = prime; }
  static V load(const double* x) {
    V r;
    memcpy(&r, x, sizeof r);
    return r;
  }
  static void store(double* x, V v) { memcpy(x, &v, sizeof v); }
  T broadcast_factor(double w) const {
    T t;
    for (double& v : t.v) v = w;
    return t;
  }
  T load_factor(const double* w) const { return load(w); }
  static void note(double x) { seen.any = larger(seen.any, fabs(x) / seen_p); }
  static V add(V a, V b) {
    for (int i = 0; i < W; i++) note(a.v[i] += b.v[i]);
    return a;
  }
  static V sub(V a, V b) {
    for (int i = 0; i < W; i++) note(a.v[i] -= b.v[i]);
    return a;
  }
  double mul1(double a, double w) const {
    const double h = a * w;
    return product(a, w, FUSED ? fma(h, p_inv, MAGIC) - MAGIC : (h * p_inv + MAGIC) - MAGIC);
  }
  // Of a twiddle, whose quotient comes from w / p where products are fused.
  double mul_twiddle(double a, double w) const { return FUSED ? product(a, w, fma(a, w * p_inv, MAGIC) - MAGIC) : mul1(a, w); }
  double product(double a, double w, double q) const {
    const double h = a * w;
    const double r = FUSED ? fma(-q, p, h) + fma(a, w, -h)
                           : (double)(i64)((u64)(i64)a * (u64)(i64)w - (u64)(i64)q * (u64)(i64)p);
    seen.products++;
    seen.input = larger(seen.input, fabs(a) / p);
    seen.output = larger(seen.output, fabs(r) / p);
    seen.quotient = larger(seen.quotient, fabs(h * p_inv));
    if (!FUSED) seen.converted = larger(seen.converted, larger(fabs(a), fabs(r)));
    if ((i128)(i64)a * (i64)w - (i128)(i64)q * (i64)p != (i128)(i64)r) seen.inexact++;
    return r;
  }
  struct Twiddle { V w; };
  Twiddle twiddle(T w) const { return Twiddle{w}; }
  V mul(V a, const Twiddle& t) const {
    for (int i = 0; i < W; i++) a.v[i] = mul_twiddle(a.v[i], t.w.v[i]);
    return a;
  }
  V mul(V a, T w) const {
    for (int i = 0; i < W; i++) a.v[i] = mul1(a.v[i], w.v[i]);
    return a;
  }
  double reduce1(double x) const {
    const double q = FUSED ? fma(x, p_inv, MAGIC) - MAGIC : (x * p_inv + MAGIC) - MAGIC;
    const double r = FUSED ? fma(-q, p, x) : x - q * p;
    if (fabs(r) > (p - 1) / 2) seen.not_canonical++;
    if ((i128)(i64)x - (i128)(i64)q * (i64)p != (i128)(i64)r) seen.inexact++;
    return r;
  }
  V reduce(V x) const {
    for (double& v : x.v) v = reduce1(v);
    return x;
  }
  // One lane of the lazily exact sum.
  struct Exact1 { double h, l; u64 s; };
  static Exact1 exact1(int bits) { return Exact1{FUSED ? exact_grid(bits) : 0, 0, 0}; }
  static void add_exact1(Exact1& e, double x, double y) {
    const double h = fma(x, y, e.h);
    e = FUSED ? Exact1{h, e.l + fma(x, y, e.h - h), 0} : Exact1{e.h + x * y, 0, e.s + (u64)(i64)x * (u64)(i64)y};
  }
  double fold1(const Exact1& e, int bits) const {
    const double s = FUSED ? e.h - exact_grid(bits) : e.h;
    if (!FUSED) return (double)(i64)(e.s - (u64)(i64)((s * p_inv + MAGIC) - MAGIC) * (u64)(i64)p);
    return fma(-(fma(s, p_inv, MAGIC) - MAGIC), p, s) + e.l;
  }
  static void transpose(V* v) {
    for (int i = 0; i < W; i++)
      for (int j = 0; j < i; j++) {
        const double t = v[i].v[j];
        v[i].v[j] = v[j].v[i], v[j].v[i] = t;
      }
  }
};

// That of arith_wasm_relaxed.h: fused, but with the reductions and passes that suit it.
struct Relaxed : Tracked<2, true, true> {
  static constexpr bool SHORT_PASSES = true;
  using Tracked::Tracked;
};

template <class A> static void track_transform(const char* name, int n, uint64_t p) {
  double* tables = aligned<double>(Ntt<A>::table_doubles(n));
  Ntt<A>::build(tables, n, (double)p, (double)find_root(p, n));
  const Ntt<A> t(tables, n, (double)p);
  double *x = aligned<double>(n), *y = aligned<double>(n);
  const double half = (double)(p / 2), most = A::LAZY ? 0x1p51 / (double)p : 8;
  bool ok = true;
  seen = Seen();
  for (int rep = 0; rep < 8; rep++) {
    for (int i = 0; i < n; i++)
      x[i] = rep == 0 ? half : rep == 1 ? -half : rep < 6 ? ((rng() & 1) ? half : -half) : balanced_double(rng() % p, p);
    memcpy(y, x, 8 * n);
    t.forward(y), t.inverse(y);
    ok = ok && !memcmp(x, y, 8 * n);
    t.inverse(x);  // and the inverse on the same extreme values
  }
  ok = ok && seen.inexact == 0 && seen.not_canonical == 0 && seen.output < 1 && seen.any <= most && seen.input <= most;
  ok = ok && seen.quotient < 0x1p51 && seen.converted < 0x1p51;
  printf("%-9s n=%5d p=%lu: product input %.2fp output %.3fp, largest %.2fp, |quotient| 2^%.2f, %ld products: %s\n", name, n,
         (unsigned long)p, seen.input, seen.output, seen.any, log2(seen.quotient), seen.products, verdict(ok));
  free(tables), free(x), free(y);
}

// The product at the ends of its range (|a| up to 2^52, or 2^51 where it is not fused) and the reduction up to there, where x
// is just beside a multiple of p plus half of it.
template <class A> static void track_operations(const char* name, uint64_t p) {
  const A a((double)p);
  const double half = (double)(p / 2), end = A::LAZY ? 0x1p51 : 0x1p52;
  seen = Seen();
  for (int i = 0; i < 200000; i++) {
    const double w = i % 4 == 0 ? half : i % 4 == 1 ? -half : balanced_double(rng() % p, p);
    const double x = i % 3 == 0 ? end - (double)(rng() % 64) : i % 3 == 1 ? -end + (double)(rng() % 64)
                                                                        : (double)(rng() % (uint64_t)end);
    a.mul1(x, w), a.mul_twiddle(x, w);
  }
  bool ok = seen.inexact == 0 && seen.output < 1 && seen.quotient <= 0x1p51 && seen.converted <= 0x1p51;
  const double output = seen.output;
  seen = Seen();
  const double most = floor(end / (double)p);
  for (int i = 0; i < 200000; i++) {
    const double k = i < 1000 ? most - 1 - (double)(i % 4) : (double)(rng() % (uint64_t)most);
    const double x = k * (double)p + half + (double)(i % 3) - 1;
    a.reduce1(i & 1 ? x : -x);
  }
  ok = ok && seen.inexact == 0 && seen.not_canonical == 0;
  printf("%-9s p=%lu: product of 2^%g: output %.3fp, reduction to there canonical: %s\n", name, (unsigned long)p, log2(end), output,
         verdict(ok));
}

// Factors whose product lies just below (sign > 0) or above half a step of the grid: the largest remainders.
static void worst_factors(double p, double q, int bits, int sign, double& x, double& y) {
  const int step = bits - 49;
  double best = -1;
  for (int i = 0; i < 20000; i++) {
    const double a = floor(q / 2) - (double)(rng() % 4096), b = floor(p / 2) - (double)(rng() % 4096);
    if (step <= 0) { x = a, y = sign * b; return; }
    const i128 product = (i128)(i64)a * (i64)b, rest = product & (((i128)1 << step) - 1), half = (i128)1 << (step - 1);
    const double size = rest < half ? (double)rest : -1;
    if (size > best) best = size, x = a, y = sign * b;
  }
}
// Sums of `terms` products of residues of p and of q: the largest |fold| in units of p, or -1 if one was wrong.
template <class A> static double track_exact(uint64_t p, uint64_t q, int terms) {
  const A a((double)p);
  const int bits = bit_length((double)p) + grid_bits((double)q);
  double largest = 0;
  for (int rep = 0; rep < 300; rep++) {
    double wx, wy;
    worst_factors((double)p, (double)q, bits, rep & 1 ? 1 : -1, wx, wy);
    typename A::Exact1 e = A::exact1(bits);
    i128 sum = 0;
    for (int t = 0; t < terms; t++) {
      const double x = rep < 4 ? wx : rep % 3 == 0 ? (double)(q / 2) : balanced_double(rng() % q, q);
      const double y = rep < 4 ? wy : rep % 5 == 0 ? -(double)(p / 2) : balanced_double(rng() % p, p);
      A::add_exact1(e, x, y);
      sum += (i128)(i64)x * (i64)y;
    }
    const double r = a.fold1(e, bits);
    if (r != floor(r) || (sum - (i128)(i64)r) % (i128)p != 0) return -1;
    largest = larger(largest, fabs(r) / (double)p);
  }
  return largest;
}
// The passage of `terms` residues of q to p, less a quotient times any residue: the largest value in units of p, or -1 if one
// was wrong, or its difference from a residue is not reduced to the canonical one.
template <class A> static double track_passage(uint64_t p, uint64_t q, int terms) {
  const A a((double)p);
  const int bits = bit_length((double)p) + 48;
  double largest = 0;
  for (int rep = 0; rep < 300; rep++) {
    double wx = (double)(q / 2), wy = (double)(p / 2);
    worst_factors((double)p, (double)q, bits, rep & 1 ? 1 : -1, wx, wy);
    typename A::Exact1 e = A::exact1(bits);
    i128 sum = 0;
    double quotient = 0;
    for (int t = 0; t < terms; t++) {
      const double x = rep < 4 ? wx : rep % 3 == 0 ? (double)(q / 2) : balanced_double(rng() % q, q);
      const double y = rep < 4 ? wy : rep % 5 == 0 ? -(double)(p / 2) : balanced_double(rng() % p, p);
      A::add_exact1(e, x, y);
      quotient += x * (1 / (double)q);
      sum += (i128)(i64)x * (i64)y;
    }
    const double folded = a.fold1(e, bits), v = (quotient + MAGIC) - MAGIC;
    const double overflow = (folded < 0) == (v < 0) ? (double)(p / 2) : -(double)(p / 2);
    const double r = folded + v * overflow, base = r < 0 ? (double)(p / 2) : -(double)(p / 2);
    sum += (i128)(i64)v * (i64)overflow;
    if (r != floor(r) || (sum - (i128)(i64)r) % (i128)p != 0) return -1;
    largest = larger(largest, fabs(r) / (double)p);
    seen = Seen();
    double x = base - r;
    if (A::LAZY && (double)p >= LARGE_PRIME) x = a.reduce1(x), seen = Seen();
    if (fabs(x) <= (A::LAZY ? 0x1p51 : 0x1p52)) a.reduce1(x);
    if (seen.not_canonical || seen.inexact) return -1;
  }
  return largest;
}
static void track_passages(const char* name, uint64_t p, uint64_t q, double fused, double plain) {
  const bool ok = fused >= 0 && fused < 6.75 && plain >= 0 && plain < 6.75;
  printf("passage of %s p=%lu q=%lu: fused %.2fp, plain %.2fp: %s\n", name, (unsigned long)p, (unsigned long)q, fused, plain,
         verdict(ok));
}

static void track_sums(const char* name, uint64_t p, uint64_t q, double fused, double plain) {
  const bool ok = fused >= 0 && fused < 7 && plain >= 0 && plain < 7;
  printf("sums of %s p=%lu q=%lu: fused %.2fp, plain %.2fp: %s\n", name, (unsigned long)p, (unsigned long)q, fused, plain,
         verdict(ok));
}

static void expect(const char* what, bool right, bool want) {
  printf("limit: %-76s %-5s %s\n", what, right ? "right" : "wrong", verdict(right == want));
}

// Three balanced int16 digits of x, as arith_*.h make them; do they give x back?
static bool digits_exact(i64 x) {
  const u64 bias = 0x0000800080008000ull, y = ((u64)x + bias) ^ bias;
  return (i64)(i16)y + (i64)(i16)(y >> 16) * 65536 + (i64)(i16)(y >> 32) * 4294967296 == x;
}
// An int32 sum of `terms` products of the digit -2^15 and the weight.
static bool sum_fits(int terms, int weight) {
  const i64 s = (i64)terms * -32768 * weight;
  return s == (i64)(i32)s;
}
static void track_limits() {
  const i64 top = (1ll << 47) - (1ll << 31) - (1ll << 15) - 1;
  expect("digits of 2^47 - 2^31 - 2^15 - 1", digits_exact(top), true);
  expect("digits of one more", digits_exact(top + 1), false);
  expect("digits of -2^47", digits_exact(-(1ll << 47)), true);
  expect("digits of (p - 1) / 2 for p next below 2^48 - 2^33", digits_exact((i64)(prime_below(LIMIT, 1024) / 2)), true);
  expect("digits of (p - 1) / 2 for p next below 2^48", digits_exact((i64)(prime_below(1ull << 48, 1024) / 2)), false);
  bool all = true;
  for (int i = 0; i < 1000000; i++) {
    const i64 x = (i64)(rng() % (1ull << 48)) - (1ll << 47);
    all = all && (x > top || digits_exact(x));
  }
  expect("digits of a million random values", all, true);
  expect("int32 sum with sum |w| = 65535 (31 * -2048, -2047)", sum_fits(1, -65535), true);
  expect("int32 sum with sum |w| = 65536 (32 * -2048)", sum_fits(32, -2048), false);
  expect("int32 sum with sum |w| = 65536, positive weights", sum_fits(32, 2048), true);
  const i64 half = (i64)(LIMIT / 2);
  expect("64-bit sum of 65535 residues of p / 2", (i128)65535 * half < ((i128)1 << 63), true);
  expect("64-bit sum of 131072 residues of p / 2", (i128)131072 * half < ((i128)1 << 63), false);
  expect("a sum of 16 residues of (p - 1) / 2 for p next below 2^48 - 2^33 is at most 2^51", 16 * (half - 1) <= 1ll << 51, true);
  expect("a sum of 17 such residues is", 17 * (half - 1) <= 1ll << 51, false);
  expect("a sum of 8 residues of (p - 1) / 2 for p next below 2^49 is", 8 * (i64)(prime_below(1ull << 49, 1024) / 2) <= 1ll << 51, true);
  expect("a sum of 9 such residues is", 9 * (i64)(prime_below(1ull << 49, 1024) / 2) <= 1ll << 51, false);
  expect("8 p, which fused forms reduce, is at most 2^52 for p next below 2^49", 8 * (i64)prime_below(1ull << 49, 1024) <= 1ll << 52, true);
  expect("and for p next below 2^50", 8 * (i64)prime_below(1ull << 50, 1024) <= 1ll << 52, false);
  expect("(t - 1) / 2 and 7 products modulo t are at most 2^51 for every t", 15 * half + 32 <= 1ll << 51, true);
  expect("and 8 products are", 17 * half + 32 <= 1ll << 51, false);
  // The reduction beyond 2^52: one off the canonical residue, which is why sums are reduced in time.
  const uint64_t p = prime_below(1 << 20, 1024);
  const Tracked<2, true> a((double)p);
  long off = 0;
  for (int i = 0; i < 200000; i++) {
    const double k = floor(0x1p53 / (double)p) - 2 - (double)(rng() % 1000);
    seen = Seen();
    a.reduce1(k * (double)p + (double)(p / 2));
    off += seen.not_canonical;
  }
  expect("reduction of values next below 2^53 is always canonical", off == 0, false);
  // Non-fused conversions by the magic number end at 2^51.
  const double in = 0x1p51 - 1, out = 0x1p51 + 0x1p50 + 1;
  expect("conversion of 2^51 - 1 by the magic number", (in + MAGIC) - MAGIC == in, true);
  expect("bits of the conversion of 2^51 - 1", bits_of(in + MAGIC) - MAGIC_BITS == (i64)in, true);
  expect("bits of the conversion of 2^51 + 2^50 + 1", bits_of(out + MAGIC) - MAGIC_BITS == (i64)out, false);
}

constexpr uint64_t MODULUS_END = 1ull << 49;

int main() {
  for (int n : {1024, 2048, 4096, 8192, 16384, 32768, 65536}) {
    const uint64_t p = worst_prime(LIMIT, n, 64);
    track_transform<Tracked<8, true>>("8 fused", n, p);
    track_transform<Tracked<4, true>>("4 fused", n, p);
    track_transform<Tracked<2, true>>("2 fused", n, p);
    track_transform<Tracked<2, false>>("2 plain", n, p);
    track_transform<Relaxed>("2 relaxed", n, p);
    const uint64_t largest = worst_prime(MODULUS_END, n, 64);
    track_transform<Tracked<8, true>>("8 fused", n, largest);
    track_transform<Tracked<4, true>>("4 fused", n, largest);
    track_transform<Tracked<2, true>>("2 fused", n, largest);
    track_transform<Tracked<2, false>>("2 plain", n, largest);
    track_transform<Relaxed>("2 relaxed", n, largest);
  }
  for (int n : {1024, 2048, 16384, 32768, 65536}) {
    track_transform<Tracked<2, false>>("2 plain", n, worst_prime(1ull << 47, n, 64));
    track_transform<Relaxed>("2 relaxed", n, worst_prime(1ull << 47, n, 64));
  }
  track_transform<Tracked<8, true>>("8 fused", 1024, prime_below(1 << 20, 1024));
  track_transform<Tracked<2, false>>("2 plain", 1024, prime_below(1 << 20, 1024));
  track_transform<Relaxed>("2 relaxed", 1024, prime_below(1 << 20, 1024));
  for (uint64_t p : {prime_below(LIMIT, 1024), worst_prime(LIMIT, 1024, 64), worst_prime(LIMIT, 65536, 64),
                     prime_below(1 << 20, 1024), (uint64_t)12289, (uint64_t)3, (uint64_t)9, LIMIT - 1,
                     prime_below(MODULUS_END, 1024), worst_prime(MODULUS_END, 1024, 64), worst_prime(MODULUS_END, 65536, 64)}) {
    track_operations<Tracked<2, true>>("fused", p);
    track_operations<Tracked<2, false>>("plain", p);
  }
  const uint64_t top = prime_below(LIMIT, 1024), small = prime_below(1 << 20, 1024);
  const uint64_t above = prime_below((1ull << 47) + (1ull << 30), 1024);
  const uint64_t widest = prime_below(MODULUS_END, 1024), beyond = prime_below((1ull << 48) + (1ull << 30), 1024);
  const uint64_t worst = worst_prime(MODULUS_END, 1024, 64);
  for (uint64_t p : {top, above, worst_prime(LIMIT, 1024, 64), prime_below(1ull << 40, 1024), small, (uint64_t)12289, widest, beyond, worst}) {
    const int terms = exact_terms((double)p);
    track_sums(terms == EXACT_TERMS ? "12 products" : "8 products", p, p, track_exact<Tracked<2, true>>(p, p, terms),
               track_exact<Tracked<2, false>>(p, p, terms));
    for (uint64_t q : {top, small, widest, beyond})
      track_sums("8 raised residues", p, q, track_exact<Tracked<2, true>>(p, q, 8), track_exact<Tracked<2, false>>(p, q, 8));
  }
  for (uint64_t p : {top, above, worst_prime(LIMIT, 1024, 64), prime_below(1ull << 40, 1024), small, widest, beyond, worst})
    for (uint64_t q : {top, above, small, widest, beyond})
      track_passages("8 residues", p, q, track_passage<Tracked<2, true>>(p, q, 8), track_passage<Tracked<2, false>>(p, q, 8));
  expect("8 residues to another prime, and one more, stay below 8 p", track_passage<Tracked<2, true>>(above, above, 8) < 7.5, true);
  expect("12 residues to another prime, and one more, stay below 8 p", track_passage<Tracked<2, true>>(above, above, 12) < 7.5, false);
  expect("a sum of 12 products stays a factor, below 8 p", track_exact<Tracked<2, true>>(above, above, EXACT_TERMS) < 8, true);
  expect("a sum of 17 products stays a factor, below 8 p", track_exact<Tracked<2, true>>(above, above, 17) < 8, false);
  expect("a sum of 8 products of the largest primes stays a factor, below 8 p", track_exact<Tracked<2, true>>(beyond, beyond, LARGE_TERMS) < 8, true);
  const i128 square = (i128)(widest / 2) * (i128)(widest / 2);
  expect("a sum of 8 products of the largest primes keeps its grid, 2^99 either way", 8 * square <= (i128)1 << 99, true);
  expect("a sum of 12 does", 12 * square <= (i128)1 << 99, false);
  track_limits();
  printf(failures ? "RANGE TRACKER FAILED: %d\n" : "range tracker passed\n", failures);
  return failures != 0;
}
