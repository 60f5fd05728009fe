// Checks and times the transforms of one instruction set (isa.h).
//   g++ -std=c++20 -O3 -ffp-contract=off -fno-exceptions -fno-rtti -mavx2 -mfma kernel/bench/ntt.cpp -o build/bench-ntt
#include "common.h"
#include "isa.h"
using namespace isa;

static bool canonical(const double* x, int n, double p) {
  for (int i = 0; i < n; i++)
    if (fabs(x[i]) > (p - 1) / 2 || x[i] != floor(x[i])) return false;
  return true;
}
static void fill(double* x, int n, uint64_t p, int kind) {
  const double half = (double)(p / 2);
  for (int i = 0; i < n; i++)
    x[i] = kind == 0 ? half : kind == 1 ? -half : kind == 2 ? (i & 1 ? half : -half) : balanced_double(rng() % p, p);
}
static uint64_t product_coefficient(const double* x, const double* y, int n, int k, uint64_t p) {
  i128 s = 0;
  for (int i = 0; i < n; i++) {
    const int j = k - i;
    const i128 t = (i128)(int64_t)x[i] * (int64_t)y[j < 0 ? j + n : j];
    s = (s + (j < 0 ? -t : t)) % (i128)p;
  }
  return (uint64_t)(s < 0 ? s + p : s);
}
static bool check(int n, uint64_t p) {
  double* tables = aligned<double>(Ntt<Arith>::table_doubles(n));
  Ntt<Arith>::build(tables, n, (double)p, (double)find_root(p, n));
  const Ntt<Arith> t(tables, n, (double)p);
  double *x = aligned<double>(n), *y = aligned<double>(n), *fx = aligned<double>(n), *fy = aligned<double>(n);
  bool ok = true;
  for (int kind = 0; kind < 4 && ok; kind++) {
    fill(x, n, p, kind), fill(y, n, p, 3);
    memcpy(fx, x, 8 * n), memcpy(fy, y, 8 * n);
    t.forward(fx), t.forward(fy);
    ok = canonical(fx, n, (double)p) && canonical(fy, n, (double)p);
    for (int i = 0; i < n; i++) fy[i] = balanced_double(mulmod(word_of(fx[i], p), word_of(fy[i], p), p), p);
    t.inverse(fx), t.inverse(fy);
    ok = ok && canonical(fy, n, (double)p) && !memcmp(fx, x, 8 * n);
    for (int s = 0; s < 8 && ok; s++) {
      const int k = s == 0 ? 0 : s == 1 ? n - 1 : (int)(rng() % n);
      ok = word_of(fy[k], p) == product_coefficient(x, y, n, k, p);
    }
  }
  free(tables), free(x), free(y), free(fx), free(fy);
  return ok;
}
int main() {
  for (int n = 1024; n <= 65536; n *= 2) {
    bool ok = check(n, prime_below(LIMIT, n)) && check(n, worst_prime(LIMIT, n, 64)) && check(n, prime_below(1 << 26, n));
    const uint64_t p = prime_below(LIMIT, n);
    double *tables = aligned<double>(Ntt<Arith>::table_doubles(n)), *x = aligned<double>(n);
    Ntt<Arith>::build(tables, n, (double)p, (double)find_root(p, n));
    const Ntt<Arith> t(tables, n, (double)p);
    fill(x, n, p, 3);
    const double f = least([&] { t.forward(x); }), v = least([&] { t.inverse(x); });
    printf("%-10s n=%5d forward %8.2f inverse %8.2f us  %s\n", NAME, n, f * 1e6, v * 1e6, verdict(ok));
    fflush(stdout);
    free(tables), free(x);
  }
  return failures != 0;
}
