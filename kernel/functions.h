// The functions of kernel.h by name, for those that bind or replay all of them; hesper_open and hesper_close apart, which
// bindings treat in their own way.
#pragma once

#define HESPER_FUNCTIONS(X) \
  X(hesper_error_text) X(hesper_error_numbers) X(hesper_built) X(hesper_runnable) X(hesper_features) X(hesper_fma_run) \
  X(hesper_create_ring) X(hesper_destroy_ring) X(hesper_allocate) X(hesper_release) X(hesper_wipe) X(hesper_read) \
  X(hesper_write) X(hesper_pool_stats) X(hesper_trim) X(hesper_ntt_forward) X(hesper_ntt_inverse) X(hesper_add) \
  X(hesper_subtract) X(hesper_multiply) X(hesper_multiply_add) X(hesper_negate) X(hesper_multiply_parts) \
  X(hesper_dot_parts) X(hesper_multiply_scalars) X(hesper_add_scalars) X(hesper_linear_plain) X(hesper_mask_symmetric) \
  X(hesper_mask_public) X(hesper_extract_part) X(hesper_insert_part) X(hesper_divide_by_last) X(hesper_convert_basis) \
  X(hesper_automorphism) X(hesper_relinearize) X(hesper_rotate_many) X(hesper_rotate_sum) \
  X(hesper_relinearize_coefficient) X(hesper_multiply_scaled) X(hesper_work_stats) X(hesper_create_weights) \
  X(hesper_destroy_weights) X(hesper_pointwise) X(hesper_sample_uniform) X(hesper_sample_ternary) \
  X(hesper_sample_error) X(hesper_spread) X(hesper_compose) X(hesper_encode) X(hesper_decode) X(hesper_pack) \
  X(hesper_unpack) X(hesper_add_sparse) X(hesper_linear_monomial) X(hesper_divide_by_last_coefficient) \
  X(hesper_lift_plain) X(hesper_round_plain) X(hesper_mask_symmetric_coefficient) X(hesper_sample_uniform_coefficient) \
  X(hesper_seal_secret) X(hesper_open_secret)
