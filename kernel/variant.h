// What one instruction set offers to the shared code: a table of plain functions, one translation unit each (isa_*.cpp).
// Rows are n doubles, aligned to 64 bytes, balanced residues of the prime `p` unless said otherwise; results are
// canonical. `out` may be the same row as an input.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "weights.h"

// A kernel for those who hold a key and compute on no ciphertext (-DHESPER_CLIENT) lacks the verbs that only evaluation
// needs, and the rows of the table behind them are null.
#if defined(HESPER_CLIENT)
#define HESPER_EVALUATES 0
#define HESPER_EVALUATION(f) nullptr
#else
#define HESPER_EVALUATES 1
#define HESPER_EVALUATION(f) f
#endif

namespace hesper {

constexpr int MAX_PRIMES = 64;
constexpr int MAX_PARTS = 16;
constexpr int MAX_DIGIT = 8;  // primes of a digit, and special primes
constexpr int COLUMN_CHUNK = 64;  // columns that base conversion and composition hold at a time

// Base conversion from the primes q_i (product Q) to the primes p_t. Factors are balanced residues.
struct ConvertPlan {
  int from_count, to_count;
  double from[MAX_PRIMES], to[MAX_PRIMES];
  double from_inverse[MAX_PRIMES];  // 1 / q_i in doubles
  double weight[MAX_PRIMES];        // (Q / q_i)^-1 mod q_i
  const double* factor;             // [to][from]: Q / q_i mod p_t
  double overflow[MAX_PRIMES];      // -Q mod p_t
};

// The same with all factors of one target prime at hand: of sources weighted already, sum y_i factor_i - v Q; one source
// is factor_0 times itself. All times a constant, where the caller wants that.
struct Raise {
  int count;               // at most MAX_DIGIT; more only for `raise`
  double largest;          // the largest |y|, of a single source
  const double* inverse;   // 1 / q_i in doubles
  const double* factor;    // Q / q_i mod p
  double overflow;         // -Q mod p
};

// From residues of the first primes, any, to those of the others, of the integers behind them.
struct LiftPlan {
  int from, to;
  const double *prime, *inverse;  // all of them; 1 / prime in doubles
  const double* weight;           // [from]: (Q / q_i)^-1 mod q_i
  const double* factor;           // [to][from]: Q / q_i mod the target
  const double* overflow;         // [to]: -Q mod the target
};
// From [t x]_Q and t x to (t x - [t x]_Q) / Q, for primes q_i (product Q) and auxiliary primes r_j (product R). The rows of
// the q_i hold t x times (Q / q_i)^-1, those of the r_j t x times Q^-1 (R / r_j)^-1, balanced.
struct ScalePlan {
  int limbs, others;
  const double *prime, *inverse;   // q_i, then r_j; 1 / prime in doubles
  const double* factor;            // [other][limb]: q_i^-1 (R / r_j)^-1 mod r_j, then [limb][other]: R / r_j mod q_i
  const double* overflow;          // [other]: -(R / r_j)^-1 mod r_j, then [limb]: -R mod q_i
};

// Mixed radix with balanced digits: x = d_0 + q_0 (d_1 + q_1 (d_2 + ...)).
struct ComposePlan {
  int count, few;  // `few` digits hold most numbers
  double prime[MAX_PRIMES];
  const double* inverse;  // [i][j], j < i: q_j^-1 mod q_i
  const double* radix;    // [i][j], j < few: q_0 .. q_(j-1) mod q_i
};

// One product of linear_plain: rows of an element and of a plaintext, or no plaintext and a constant.
struct PlainTerm {
  const double *element, *plaintext;
  double constant;
};

// Plaintexts modulo t and the primes q_i of `prime`, product Q. Factors are balanced residues.
struct PlainPlan {
  int count;
  double t, product;            // Q mod t
  double prime[MAX_PRIMES], prime_inverse[MAX_PRIMES];
  double divide[MAX_PRIMES];    // -1 / t mod q_i
  double weight[MAX_PRIMES];    // t (Q / q_i)^-1 mod q_i
  double inverse[MAX_PRIMES];   // 1 / q_i mod t
};

// Sums of shifted rows (monomial.h). A term has its place among the copied windows, if it is near.
struct MonomialTerm { int32_t place, column, shift; };
struct MonomialBlock {
  const MonomialTerm* terms;
  // Of each row 2 lanes + 1 groups of terms: near ones by the shift within a vector, the largest first, each in those to
  // add and those to subtract; then the far ones, which read the inputs themselves. Groups are one after the other.
  const int32_t* starts;
  int row_count;
  const int32_t* near;  // inputs whose windows are copied: columns at - halo .. at + columns - 1 each, to `packed`
  int near_count, halo;
  double* packed;
  double* const* a;
  double* const* out;
  size_t a_row;  // where the row lies in an input and in an output
  int n, at, columns;
  double p;
  int most;  // terms between reductions: monomial_block finds it
};

struct Variant {
  const char* name;
  const char* features;
  int lanes;

  size_t (*ntt_table_doubles)(int n);
  void (*ntt_build)(double* tables, int n, double p, double root);
  void (*ntt_forward)(const double* tables, double* x, int n, double p);
  void (*ntt_inverse)(const double* tables, double* x, int n, double p);

  void (*add)(double* out, const double* a, const double* b, int n, double p);
  void (*subtract)(double* out, const double* a, const double* b, int n, double p);
  void (*multiply)(double* out, const double* a, const double* b, int n, double p);
  void (*multiply_add)(double* out, const double* a, const double* b, int n, double p);
  void (*negate)(double* out, const double* a, int n);
  void (*multiply_scalar)(double* out, const double* a, double w, int n, double p);
  void (*add_scalar)(double* out, const double* a, double w, int n, double p);
  // |a| <= 2^51, any integers
  void (*reduce)(double* out, const double* a, int n, double p);
  // rows [part][n] each; out has parts_a + parts_b - 1
  void (*multiply_parts)(double* out, const double* a, const double* b, int parts_a, int parts_b, int n, double p);
  void (*dot_parts)(double* out, const double* a, const double* b, int parts, int n, double p);
  // out = (base - x) w in NTT form, out being no input; x is in coefficient form, integers of at most `largest`
  void (*divide)(double* out, const double* base, const double* tables, const double* x, double largest, double w, int n, double p);

  // The inverse transform times w, a balanced residue, from |a| <= p.
  void (*ntt_inverse_times)(double* out, const double* tables, const double* a, double w, int n, double p);
  // The transform of the integers behind the rows y, `stride` apart, which ntt_inverse_times has weighted.
  void (*raise)(double* out, const double* tables, const Raise* r, const double* y, size_t stride, int n, double p);
  // out = base - that, |base| < 3/2 p, permuted unless permutation is null, and then apart from base; work: n doubles
  void (*raise_subtract)(double* out, const double* base, const double* tables, const Raise* r, const double* y, size_t stride,
                         const void* permutation, double* work, int n, double p);
  // out = base + c - the integers behind the rows y, all in coefficient form; |base| and |c| at most p / 2, c may be null
  void (*subtract_raised)(double* out, const double* base, const double* c, const Raise* r, const double* y, size_t stride, int n,
                          double p);
  // Parts of a product, rows [part][n] each, out apart from a and b; |out| < p, not canonical. a == b: a square.
  void (*tensor)(double* out, const double* a, const double* b, int parts_a, int parts_b, int n, double p);
  // Rows to the other primes, at most 6.75 p, not reduced; the first `columns` numbers of each
  void (*lift_basis)(const LiftPlan* plan, double* out, size_t out_stride, const double* rows, size_t stride, int columns);
  // The rows of the q_i and r_j, each kind `stride` apart; the result takes the place of the former; the first `columns`
  // numbers of each
  void (*scale_down)(const ScalePlan* plan, double* rows, const double* others, size_t stride, int columns);
  // (sum of rows[t] times keys[t]) w + c for both rows of each key, n apart; c0 and c1 may be null. |out| < 3/2 p, not
  // canonical; below p without c.
  void (*inner)(double* out0, double* out1, const double* const* rows, const double* const* keys, int terms, double w,
                const double* c0, const double* c1, int n, double p);
  // X -> X^g in NTT form, `out` apart from a; out += that in permute_add, |a| < 3/2 p.
  size_t (*permutation_bytes)(int n);
  void (*permutation_build)(void* permutation, int n, uint32_t g);
  void (*permute)(double* out, const double* a, const void* permutation);
  void (*permute_add)(double* out, const double* a, const void* permutation, double p);

  // out = m + e + sign a b in NTT form; e is in coefficient form, |e| <= 8 p, and sign 1 or -1
  void (*mask)(double* out, const double* m, const double* tables, const double* e, const double* a, const double* b, double sign,
               int n, double p);
  // out = the sum of the terms, at least one, for `parts` rows that lie n apart in `out` and in the elements; of each row
  // the first `columns` numbers
  void (*linear_plain)(double* out, const PlainTerm* terms, int count, int parts, int n, int columns, double p);

  // A tile of all rows of linearMonomial: one limb and part, columns at .. at + columns - 1.
  void (*monomial_block)(const MonomialBlock* block);
  // out: a row for each prime, from a row of integers of at most (t - 1) / 2; and back. `out` may be `a`.
  void (*lift)(const PlainPlan* plan, double* out, const double* a, int n);
  void (*round)(const PlainPlan* plan, double* out, const double* a, int n);
  // (a - last) w, |last| <= 2^48
  void (*divide_coefficients)(double* out, const double* a, const double* last, double w, int n, double p);
  // m + e - x, |e| <= p / 2
  void (*mask_coefficients)(double* out, const double* m, const double* e, const double* x, int n, double p);

  void (*automorphism)(double* out, const double* a, int n, uint32_t exponent);
  void (*convert_basis)(const ConvertPlan* plan, double* out, size_t out_stride, const double* a, size_t a_stride, int n);
  // |a| <= largest < 2^90
  void (*spread)(double* out, const double* a, double largest, int n, double p);
  void (*compose)(const ComposePlan* plan, double* out, const double* a, size_t a_stride, int n);

  // Slots are n / 2 complex numbers; `roots` is [2][n / 2] (fft.h), scratch n doubles.
  void (*encode)(double* out, const double* re, const double* im, double scale, const double* roots, double* scratch, int n);
  void (*decode)(double* re, double* im, const double* a, double scale, const double* roots, double* scratch, int n);

  // key: 32 bytes
  void (*sample_uniform)(double* out, const uint8_t* key, uint32_t index, int n, double p);
  void (*sample_ternary)(double* out, const uint8_t* key, int n);
  void (*sample_error)(double* out, const uint8_t* key, int n);

  // n values of [0, p) in `bits` bits each, n * bits / 8 bytes; unpack returns 0 if a value is not below p.
  void (*pack)(uint8_t* bytes, const double* a, int bits, int n, double p);
  int (*unpack)(double* out, const uint8_t* bytes, int bits, int n, double p);

  // n integers -1, 0, 1 as n / 4 + 16 sealed bytes and back; both return 0, having written nothing, where that cannot be.
  // stream: seal_scratch(n) bytes, which then hold secrets
  size_t (*seal_scratch)(int n);
  int (*seal)(uint8_t* bytes, const double* a, int n, const uint8_t* key, const uint8_t* nonce, const uint8_t* associated,
              size_t associated_bytes, uint8_t* stream);
  int (*open)(double* out, const uint8_t* bytes, int n, const uint8_t* key, const uint8_t* nonce, const uint8_t* associated,
              size_t associated_bytes, uint8_t* stream);

  // The largest |x| of the row; NaN counts as infinite.
  double (*largest)(const double* a, int n);

  size_t (*pointwise_scratch)(const PointwiseStep* steps, int step_count, int width, int parts, int columns);
  // The widest block of columns (64, 32, 16) whose scratch fits `bytes`.
  int (*pointwise_columns)(const PointwiseStep* steps, int step_count, int width, int parts, size_t bytes);
  void (*pointwise_block)(const PointwiseBlock* block);

  // Runs fused multiply-adds (or a product and a sum where there are none) in registers; returns how many, in lanes.
  double (*fma_run)(int iterations);
};

extern const Variant variant_scalar;
#if defined(__x86_64__)
extern const Variant variant_avx2;
extern const Variant variant_avx512;
extern const Variant variant_avx512vnni;
#endif
#if defined(__aarch64__)
extern const Variant variant_neon;
#endif
#if defined(__wasm__)
extern const Variant variant_wasm;
#endif

}  // namespace hesper
