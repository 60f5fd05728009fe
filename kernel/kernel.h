// The border of the kernel: flat functions, each under the name of its method in src/kernel/kernel.ts, where the
// contract of every verb stands. Lists are arrays of handles. Every function returns >= 0 (0 or a handle), or a negative
// status; then hesper_error_* of the same thread say what was wrong. Nothing throws, nothing is trusted.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace hesper {
enum Status : int32_t {
  OK = 0,
  INVALID_ARGUMENT = -1,
  KERNEL_FAILURE = -2,
  OUT_OF_MEMORY = -3,
  DISPOSED = -4,
  RESIDUE_OUT_OF_RANGE = -5,
  AUTHENTICATION_FAILED = -6,
};
enum VariantId : int32_t { SCALAR = 0, AVX2 = 1, AVX512 = 2, AVX512VNNI = 3, WASM = 4, NEON = 5, VARIANT_COUNT = 6 };
}  // namespace hesper

#if defined(__wasm__)
#define HESPER_API(name) extern "C" __attribute__((export_name(#name), used))
#else
#define HESPER_API(name) extern "C"
#endif

typedef const int32_t* hesper_ints;
typedef const double* hesper_doubles;
typedef const uint8_t* hesper_bytes;

#define HESPER_BASIS hesper_ints basis, uint32_t limbs
#define HESPER_LIST(x) hesper_ints x, uint32_t x##_count

// The last failure of this thread: text into `text` (its length is returned), and two numbers, NaN where there are none.
HESPER_API(hesper_error_text) int32_t hesper_error_text(uint8_t* text, uint32_t length);
HESPER_API(hesper_error_numbers) int32_t hesper_error_numbers(double* met_wanted, uint32_t length);

// Bit i: the variant VariantId(i) is built in / runs on this processor.
HESPER_API(hesper_built) int32_t hesper_built();
HESPER_API(hesper_runnable) int32_t hesper_runnable();
HESPER_API(hesper_features) int32_t hesper_features(int32_t variant, uint8_t* text, uint32_t length);

// An instance owns rings, weights and buffers; closing it frees them. Threads end with the last instance.
HESPER_API(hesper_open) int32_t hesper_open(int32_t variant, int32_t threads);
HESPER_API(hesper_close) int32_t hesper_close(int32_t instance);
HESPER_API(hesper_fma_run) double hesper_fma_run(int32_t instance, int32_t iterations);

// fft_roots: [2][n / 2], see fft.h.
HESPER_API(hesper_create_ring)
int32_t hesper_create_ring(int32_t instance, int32_t n, hesper_doubles primes, uint32_t prime_count, hesper_doubles roots,
                           uint32_t root_count, hesper_doubles fft_roots, uint32_t fft_count);
HESPER_API(hesper_destroy_ring) int32_t hesper_destroy_ring(int32_t ring);

HESPER_API(hesper_allocate) int32_t hesper_allocate(int32_t instance, double doubles);
HESPER_API(hesper_release) int32_t hesper_release(int32_t handle);
HESPER_API(hesper_wipe) int32_t hesper_wipe(int32_t handle);
HESPER_API(hesper_read) int32_t hesper_read(int32_t handle, double offset, double* out, uint32_t count);
HESPER_API(hesper_write) int32_t hesper_write(int32_t handle, double offset, hesper_doubles data, uint32_t count);
// liveBytes, liveBuffers, idleBytes, peakBytes
HESPER_API(hesper_pool_stats) int32_t hesper_pool_stats(int32_t instance, double* out, uint32_t count);
// transforms, keyProducts, conversions
HESPER_API(hesper_work_stats) int32_t hesper_work_stats(int32_t instance, double* out, uint32_t count);
HESPER_API(hesper_trim) int32_t hesper_trim();

HESPER_API(hesper_ntt_forward) int32_t hesper_ntt_forward(int32_t ring, HESPER_LIST(list), HESPER_BASIS, int32_t parts);
HESPER_API(hesper_ntt_inverse) int32_t hesper_ntt_inverse(int32_t ring, HESPER_LIST(list), HESPER_BASIS, int32_t parts);

HESPER_API(hesper_add)
int32_t hesper_add(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS, int32_t parts, int32_t b_parts);
HESPER_API(hesper_subtract)
int32_t hesper_subtract(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS, int32_t parts, int32_t b_parts);
HESPER_API(hesper_multiply)
int32_t hesper_multiply(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS, int32_t parts, int32_t b_parts);
HESPER_API(hesper_multiply_add)
int32_t hesper_multiply_add(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS, int32_t parts,
                            int32_t b_parts);
HESPER_API(hesper_negate) int32_t hesper_negate(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts);

HESPER_API(hesper_multiply_parts)
int32_t hesper_multiply_parts(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS, int32_t parts_a,
                              int32_t parts_b);
HESPER_API(hesper_dot_parts)
int32_t hesper_dot_parts(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), int32_t b, HESPER_BASIS, int32_t parts);
HESPER_API(hesper_multiply_scalars)
int32_t hesper_multiply_scalars(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_doubles scalars, uint32_t scalar_count,
                                HESPER_BASIS, int32_t parts);
HESPER_API(hesper_add_scalars)
int32_t hesper_add_scalars(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_doubles scalars, uint32_t scalar_count,
                           HESPER_BASIS, int32_t parts);
HESPER_API(hesper_add_sparse)
int32_t hesper_add_sparse(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints start, uint32_t start_count,
                          hesper_ints positions, uint32_t position_count, hesper_doubles values, uint32_t value_count, HESPER_BASIS,
                          int32_t parts);
HESPER_API(hesper_linear_plain)
int32_t hesper_linear_plain(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints row_start, uint32_t row_count,
                            hesper_ints columns, uint32_t column_count, HESPER_LIST(plaintexts), hesper_doubles scalars,
                            uint32_t scalar_count, HESPER_BASIS, int32_t parts);
HESPER_API(hesper_linear_monomial)
int32_t hesper_linear_monomial(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints row_start, uint32_t row_count,
                               hesper_ints columns, uint32_t column_count, hesper_ints shifts, uint32_t shift_count, HESPER_BASIS,
                               int32_t parts);
HESPER_API(hesper_mask_symmetric)
int32_t hesper_mask_symmetric(int32_t ring, HESPER_LIST(out), HESPER_LIST(messages), int32_t secret, hesper_bytes uniform_seeds,
                              uint32_t uniform_bytes, hesper_bytes error_seeds, uint32_t error_bytes, HESPER_BASIS);
HESPER_API(hesper_mask_public)
int32_t hesper_mask_public(int32_t ring, HESPER_LIST(out), HESPER_LIST(messages), int32_t public_key, hesper_bytes ternary_seeds,
                           uint32_t ternary_bytes, hesper_bytes error_seeds, uint32_t error_bytes, HESPER_BASIS);
HESPER_API(hesper_mask_symmetric_coefficient)
int32_t hesper_mask_symmetric_coefficient(int32_t ring, HESPER_LIST(out), HESPER_LIST(messages), int32_t secret,
                                          hesper_bytes uniform_seeds, uint32_t uniform_bytes, hesper_bytes error_seeds,
                                          uint32_t error_bytes, HESPER_BASIS, int32_t parts);
HESPER_API(hesper_extract_part)
int32_t hesper_extract_part(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t part);
HESPER_API(hesper_insert_part)
int32_t hesper_insert_part(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t part);

HESPER_API(hesper_divide_by_last)
int32_t hesper_divide_by_last(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts);
HESPER_API(hesper_divide_by_last_coefficient)
int32_t hesper_divide_by_last_coefficient(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts);
HESPER_API(hesper_convert_basis)
int32_t hesper_convert_basis(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints from, uint32_t from_limbs, hesper_ints to,
                             uint32_t to_limbs, int32_t parts);
HESPER_API(hesper_automorphism)
int32_t hesper_automorphism(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t exponent);
HESPER_API(hesper_relinearize)
int32_t hesper_relinearize(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, HESPER_LIST(keys),
                           HESPER_LIST(special));
HESPER_API(hesper_rotate_many)
int32_t hesper_rotate_many(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, HESPER_LIST(exponents), HESPER_LIST(keys),
                           HESPER_LIST(special));
HESPER_API(hesper_rotate_sum)
int32_t hesper_rotate_sum(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, HESPER_LIST(exponents), HESPER_LIST(keys),
                          HESPER_LIST(special));
HESPER_API(hesper_relinearize_coefficient)
int32_t hesper_relinearize_coefficient(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts,
                                       HESPER_LIST(keys), HESPER_LIST(special));
HESPER_API(hesper_multiply_scaled)
int32_t hesper_multiply_scaled(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_LIST(b), HESPER_BASIS,
                               HESPER_LIST(auxiliary), double t, int32_t parts_a, int32_t parts_b);

HESPER_API(hesper_create_weights)
int32_t hesper_create_weights(int32_t instance, int32_t outputs, int32_t inputs, hesper_ints row_start, uint32_t row_count,
                              hesper_ints columns, uint32_t column_count, hesper_ints values, uint32_t value_count);
HESPER_API(hesper_destroy_weights) int32_t hesper_destroy_weights(int32_t weights);
HESPER_API(hesper_pointwise)
int32_t hesper_pointwise(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, hesper_ints program,
                         uint32_t program_length, hesper_doubles constants, uint32_t constant_count);

HESPER_API(hesper_sample_uniform)
int32_t hesper_sample_uniform(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes, HESPER_BASIS, int32_t parts,
                              int32_t part);
HESPER_API(hesper_sample_uniform_coefficient)
int32_t hesper_sample_uniform_coefficient(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes, HESPER_BASIS,
                                          int32_t parts, int32_t part);
HESPER_API(hesper_sample_ternary)
int32_t hesper_sample_ternary(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes);
HESPER_API(hesper_sample_error)
int32_t hesper_sample_error(int32_t ring, HESPER_LIST(out), hesper_bytes seeds, uint32_t seed_bytes);
HESPER_API(hesper_spread) int32_t hesper_spread(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS);
HESPER_API(hesper_compose) int32_t hesper_compose(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS);
HESPER_API(hesper_lift_plain) int32_t hesper_lift_plain(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, double t);
HESPER_API(hesper_round_plain) int32_t hesper_round_plain(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, double t);

HESPER_API(hesper_encode)
int32_t hesper_encode(int32_t ring, HESPER_LIST(out), hesper_doubles real, uint32_t real_count, hesper_doubles imaginary,
                      uint32_t imaginary_count, double scale);
HESPER_API(hesper_decode)
int32_t hesper_decode(int32_t ring, double* real, uint32_t real_count, double* imaginary, uint32_t imaginary_count, HESPER_LIST(a),
                      double scale);

HESPER_API(hesper_pack)
int32_t hesper_pack(int32_t ring, uint8_t* bytes, uint32_t byte_count, HESPER_LIST(a), HESPER_BASIS, int32_t parts, int32_t part);
HESPER_API(hesper_unpack)
int32_t hesper_unpack(int32_t ring, HESPER_LIST(out), hesper_bytes bytes, uint32_t byte_count, HESPER_BASIS, int32_t parts,
                      int32_t part);

HESPER_API(hesper_seal_secret)
int32_t hesper_seal_secret(int32_t ring, uint8_t* bytes, uint32_t byte_count, int32_t a, hesper_bytes key, uint32_t key_bytes,
                           hesper_bytes nonce, uint32_t nonce_bytes, hesper_bytes associated, uint32_t associated_bytes);
HESPER_API(hesper_open_secret)
int32_t hesper_open_secret(int32_t ring, int32_t out, hesper_bytes bytes, uint32_t byte_count, hesper_bytes key, uint32_t key_bytes,
                           hesper_bytes nonce, uint32_t nonce_bytes, hesper_bytes associated, uint32_t associated_bytes);
