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
   row_multiply, row_multiply_add, row_negate, row_multiply_scalar, row_add_scalar, row_reduce, row_multiply_parts,  \
   row_dot_parts, row_divide, ntt_inverse_times, row_raise, row_raise_subtract, row_subtract_raised, row_tensor, \
   row_lift_basis, row_scale_down, row_inner,                                                                                        \
   permutation_bytes, permutation_build, row_permute, row_permute_add, row_mask, block_linear_plain,                 \
   monomial_block, row_lift, row_round, row_divide_coefficients, row_mask_coefficients,                              \
   row_automorphism, row_convert_basis, row_spread,                                                                  \
   row_compose, row_encode, row_decode, row_sample_uniform, row_sample_ternary, row_sample_error, row_pack,          \
   row_unpack, seal_scratch, row_seal, row_open, row_largest, pointwise_scratch, pointwise_columns, pointwise_block, fma_run}
