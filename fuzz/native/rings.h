// Rings of every variant of the kernel that runs here, n = 1024, with small and with large primes.
#pragma once
#include <math.h>
#include "internal.h"
#include "plain.h"

constexpr int N = 1024;

struct World {
  int32_t variant, instance, ring;
};

inline bool is_prime(int64_t p) {
  for (int64_t d = 3; d * d <= p; d += 2)
    if (p % d == 0) return false;
  return p % 2 == 1;
}
// The largest prime 1 mod 2n below the limit that is not `other`; trial division is quick enough below 2^49.
inline double prime_below(double limit, double other = 0) {
  int64_t p = ((int64_t)limit - 2) / (2 * N) * (2 * N) + 1;
  while (!is_prime(p) || (double)p == other) p -= 2 * N;
  return (double)p;
}
inline double root_of(double p) {
  const hesper_plain::Modulus m(p);
  for (int64_t g = 2;; g++) {
    const int64_t w = m.power(g, (uint64_t)(((int64_t)p - 1) / (2 * N)));
    if (m.power(w, N) == -1) return (double)w;
  }
}

inline int32_t make_ring(int32_t instance, const std::vector<double>& primes) {
  std::vector<double> roots, fft(N);
  for (const double p : primes) roots.push_back(root_of(p));
  for (int i = 0; i < N / 2; i++) fft[i] = cos(i), fft[N / 2 + i] = sin(i);
  return hesper_create_ring(instance, N, primes.data(), (uint32_t)primes.size(), roots.data(), (uint32_t)roots.size(),
                            fft.data(), N);
}

inline std::vector<World> make_worlds() {
  static const double small = prime_below(0x1p17), middle = prime_below(0x1p40), large = prime_below(0x1p49);
  std::vector<World> worlds;
  for (int32_t variant = 0; variant < hesper::VARIANT_COUNT; variant++) {
    if (!(hesper_runnable() >> variant & 1) || !(hesper_built() >> variant & 1)) continue;
    const int32_t instance = hesper_open(variant, 1);
    REQUIRE(instance > 0);
    const int32_t ring = make_ring(instance, {small, middle, large});
    REQUIRE(ring > 0);
    worlds.push_back({variant, instance, ring});
  }
  return worlds;
}

inline double live_bytes(int32_t instance) {
  double stats[4];
  REQUIRE(hesper_pool_stats(instance, stats, 4) == 0);
  return stats[0];
}
