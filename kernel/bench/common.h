// For the stand-alone checks and timings only (never part of the kernel): primes and roots with 128-bit integers,
// random numbers, aligned memory, least times.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <initializer_list>

typedef __int128 i128;
typedef unsigned __int128 u128;

static inline uint64_t mulmod(uint64_t a, uint64_t b, uint64_t p) { return (uint64_t)((u128)a * b % p); }
static inline uint64_t powmod(uint64_t a, uint64_t e, uint64_t p) {
  uint64_t r = 1;
  for (; e; e >>= 1, a = mulmod(a, a, p))
    if (e & 1) r = mulmod(r, a, p);
  return r;
}
static inline bool is_prime(uint64_t p) {
  static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  for (uint64_t b : bases) {
    if (p % b == 0) return p == b;
    uint64_t d = p - 1, s = 0;
    while (!(d & 1)) d >>= 1, s++;
    uint64_t x = powmod(b, d, p);
    if (x == 1 || x == p - 1) continue;
    uint64_t i = 1;
    for (; i < s && x != p - 1; i++) x = mulmod(x, x, p);
    if (x != p - 1) return false;
  }
  return true;
}
static inline uint64_t prime_below(uint64_t top, uint64_t n) {  // p = 1 mod 2n
  for (uint64_t p = (top - 2) / (2 * n) * (2 * n) + 1;; p -= 2 * n)
    if (p < top && is_prime(p)) return p;
}
static inline uint64_t find_root(uint64_t p, uint64_t n) {
  for (uint64_t g = 2;; g++) {
    const uint64_t r = powmod(g, (p - 1) / (2 * n), p);
    if (powmod(r, n, p) == p - 1) return r;
  }
}
static const uint64_t LIMIT = (1ull << 48) - (1ull << 33);

// Of the first `count` primes below `top`, the one whose stored 1/p is the least accurate.
static inline uint64_t worst_prime(uint64_t top, uint64_t n, int count) {
  uint64_t worst = 0;
  double err = -1;
  for (int k = 0; k < count; k++) {
    const uint64_t p = prime_below(top, n);
    const double e = fabs(fma((double)p, 1.0 / (double)p, -1.0));
    if (e > err) err = e, worst = p;
    top = p;
  }
  return worst;
}
static inline double balanced_double(uint64_t x, uint64_t p) { return x > p / 2 ? -(double)(p - x) : (double)x; }
static inline uint64_t word_of(double d, uint64_t p) { return d < 0 ? (uint64_t)((int64_t)d + (int64_t)p) : (uint64_t)d; }

static inline uint64_t rng() {
  static uint64_t s = 88172645463325252ull;
  s ^= s << 13, s ^= s >> 7, s ^= s << 17;
  return s * 0x2545F4914F6CDD1Dull;
}
template <class T> T* aligned(size_t count) {
  const size_t bytes = (count * sizeof(T) + 4095) / 4096 * 4096;
  void* p = aligned_alloc(4096, bytes);
  memset(p, 0, bytes);
  return (T*)p;
}
static inline double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
// Least seconds of f() over many short samples.
template <class F> double least(F f, double budget = 0.3) {
  double best = 1e30;
  const double start = now();
  do {
    const double a = now();
    f();
    const double t = now() - a;
    if (t < best) best = t;
  } while (now() - start < budget);
  return best;
}
static int failures = 0;
static inline const char* verdict(bool ok) {
  if (!ok) failures++;
  return ok ? "ok" : "FAIL";
}
