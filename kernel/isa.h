// The body of a translation unit isa_*.cpp: included in its namespace after the policy (arith_*.h).
#pragma once
#include "ntt.h"
#include "gemm.h"
#include "dyadic.h"
#include "terms.h"
#include "monomial.h"
#include "plaintext.h"
#include "rns.h"
#include "automorphism.h"
#include "switch.h"
#include "scaled.h"
#include "fused.h"
#include "fft.h"
#include "random.h"
#include "bits.h"
#include "seal.h"

static size_t ntt_table_doubles(int n) { return Ntt<Arith>::table_doubles(n); }
static void ntt_build(double* tables, int n, double p, double root) { Ntt<Arith>::build(tables, n, p, root); }
static void ntt_forward(const double* tables, double* x, int n, double p) { Ntt<Arith>(tables, n, p).forward(x, 0.5); }
static void ntt_inverse(const double* tables, double* x, int n, double p) { Ntt<Arith>(tables, n, p).inverse(x); }

#define HESPER_VARIANT(NAME, FEATURES)                                                                               \
  {NAME, FEATURES, Arith::W, ntt_table_doubles, ntt_build, ntt_forward, ntt_inverse, row_add, row_subtract,         \
   row_multiply, HESPER_EVALUATION(row_multiply_add), HESPER_EVALUATION(row_negate), row_multiply_scalar,           \
   HESPER_EVALUATION(row_add_scalar), row_reduce, HESPER_EVALUATION(row_multiply_parts), row_dot_parts,             \
   HESPER_EVALUATION(row_divide), HESPER_EVALUATION(ntt_inverse_times), HESPER_EVALUATION(row_raise),               \
   HESPER_EVALUATION(row_raise_subtract), HESPER_EVALUATION(row_subtract_raised), HESPER_EVALUATION(row_tensor),    \
   HESPER_EVALUATION(row_lift_basis), HESPER_EVALUATION(row_scale_down), HESPER_EVALUATION(row_inner),              \
   HESPER_EVALUATION(permutation_bytes), HESPER_EVALUATION(permutation_build), HESPER_EVALUATION(row_permute),      \
   HESPER_EVALUATION(row_permute_add), row_mask, HESPER_EVALUATION(block_linear_plain),                             \
   HESPER_EVALUATION(monomial_block), row_lift, row_round, HESPER_EVALUATION(row_divide_coefficients),              \
   row_mask_coefficients, row_automorphism, HESPER_EVALUATION(row_convert_basis), row_spread,                       \
   row_compose, row_encode, row_decode, row_sample_uniform, row_sample_ternary, row_sample_error, row_pack,         \
   row_unpack, seal_scratch, row_seal, row_open, row_largest, HESPER_EVALUATION(pointwise_scratch),                 \
   HESPER_EVALUATION(pointwise_columns), HESPER_EVALUATION(pointwise_block), fma_run}
