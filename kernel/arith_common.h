// Shared by every arithmetic policy. Included inside the namespace of one instruction set, so that no inline function is
// shared between translation units; <stdint.h>, <stddef.h> and the intrinsics must have been included before, outside.
//
// A policy `Arith` (arith_scalar.h, arith_avx2.h, arith_avx512.h, arith_wasm.h) works on W residues of one prime at once:
//   V                 W numbers, integers held in doubles
//   T                 a prepared factor: one balanced residue per lane
//   load, store       W doubles, aligned to 8 W bytes
//   broadcast, zero
//   add, sub, times   plain, no reduction; add_product(c, a, b) = c + a b where all of it is below 2^53
//   factor(V), load_factor(const double*), broadcast_factor(double)
//   mul(V a, T w)     |a| <= 8 p, unless it is not fused and p is large: 4 p; w balanced -> congruent to a w, |result| < p
//   Twiddle           a factor of several products: twiddle(T), and mul(V, Twiddle) in the same ranges
//   reduce(V x)       |x| <= 2^52, or 2^51 if it is not fused -> the balanced representative, |result| <= (p - 1) / 2
//   round(V x)        nearest integer, |x| <= 2^51
//   Exact             a sum of at most exact_terms(q) products of balanced residues, one factor of each modulo p and the
//                     other modulo p or another prime q: exact(g), add_exact(e, T, T), fold(e, g) congruent to it, |result|
//                     below 7 p; g = grid(bit_length(p) + grid_bits(q))
//   transpose(V[W]); shift_in(V left, V x): the last number of left, then x without its last
//   load_anywhere, store_anywhere, all_below(V x, double bound)
// and beside it `Digits`, the int16-digit products of gemm.h.
// The prime must be odd and below 2^49; `Digits` are exact below DIGITS_LIMIT only. Proofs of the ranges: README.md.
#pragma once
#include "fault.h"

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef int64_t i64;
typedef int32_t i32;
typedef int16_t i16;
typedef uint8_t u8;

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NO_INLINE __attribute__((noinline))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

// 1.5 * 2^52. (x + MAGIC) - MAGIC rounds x to the nearest integer, ties to even, for |x| <= 2^51.
static constexpr double MAGIC = 6755399441055744.0;
static constexpr i64 MAGIC_BITS = 0x4338000000000000;

static constexpr double DIGITS_LIMIT = 0x1p48 - 0x1p33, LARGE_PRIME = 0x1p48;
static constexpr int EXACT_TERMS = 12, LARGE_TERMS = 8;  // LARGE_TERMS: where the other prime is large
static ALWAYS_INLINE int exact_terms(double q) { return q < LARGE_PRIME ? EXACT_TERMS : LARGE_TERMS; }
static ALWAYS_INLINE int bit_length(double p) { return 64 - __builtin_clzll((unsigned long long)p); }
static ALWAYS_INLINE int grid_bits(double q) { return bit_length(q) - (q >= LARGE_PRIME); }
static ALWAYS_INLINE i64 bits_of(double d) { return __builtin_bit_cast(i64, d); }
static ALWAYS_INLINE double double_of(i64 b) { return __builtin_bit_cast(double, b); }
// 1.5 * 2^(bits + 3): adding products whose sum is below 2^(bits + 2) keeps multiples of 2^(bits - 49).
static ALWAYS_INLINE double exact_grid(int bits) { return 1.5 * double_of((i64)(1023 + bits + 3) << 52); }

// Overwrites what was secret, in a way the compiler may not remove.
static ALWAYS_INLINE void forget(void* memory, size_t bytes) {
  __builtin_memset(memory, 0, bytes);
  __asm__ volatile("" : : "r"(memory) : "memory");
}

// One residue at a time, in any variant, without FMA: for tables and short loops. Ranges as in the policies.
struct Modulus {
  double p, p_inv;
  i64 q;
  explicit Modulus(double prime) : Modulus(prime, 1.0 / prime) {}
  Modulus(double prime, double inverse) : p(prime), p_inv(inverse), q((i64)prime) {}
  static ALWAYS_INLINE i64 nearest(double x) { return bits_of(x + MAGIC) - MAGIC_BITS; }
  // |a| <= 8 p, |b| < p / 2 -> |result| < p
  ALWAYS_INLINE i64 mul_lazy(i64 a, i64 b) const {
    return (i64)((u64)a * (u64)b - (u64)nearest((double)a * (double)b * p_inv) * (u64)q);
  }
  ALWAYS_INLINE i64 reduce(i64 x) const { return x - nearest((double)x * p_inv) * q; }
  ALWAYS_INLINE i64 mul(i64 a, i64 b) const { return reduce(mul_lazy(a, b)); }
  ALWAYS_INLINE i64 balanced(i64 x) const { return x > q / 2 ? x - q : x; }  // from [0, p)
  i64 power(i64 a, u64 e) const {
    i64 r = 1;
    for (; e; e >>= 1) {
      if (e & 1) r = mul(r, a);
      a = mul(a, a);
    }
    return r;
  }
  i64 inverse(i64 a) const { return power(a, (u64)q - 2); }
};
