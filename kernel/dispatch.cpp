// Which variants are built in, and which this processor runs: by feature, never by name.
#include "internal.h"

namespace hesper {

const Variant* variant_of(int32_t id) {
  switch (id) {
#if defined(__wasm__)
    case WASM: return &variant_wasm;
#else
    case SCALAR: return &variant_scalar;
#if defined(__x86_64__)
    case AVX2: return &variant_avx2;
    case AVX512: return &variant_avx512;
    case AVX512VNNI: return &variant_avx512vnni;
#elif defined(__aarch64__)
    case NEON: return &variant_neon;
#endif
#endif
  }
  return nullptr;
}

int32_t runnable_variants() {
#if defined(__wasm__)
  return 1 << WASM;
#elif defined(__x86_64__)
  __builtin_cpu_init();
  int32_t set = 1 << SCALAR;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) set |= 1 << AVX2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    set |= 1 << AVX512;
    if (__builtin_cpu_supports("avx512vnni")) set |= 1 << AVX512VNNI;
  }
  return set;
#elif defined(__aarch64__)
  return 1 << SCALAR | 1 << NEON;  // every 64-bit Arm processor with doubles has it
#else
  return 1 << SCALAR;
#endif
}

}  // namespace hesper

using namespace hesper;

int32_t hesper_built() {
  int32_t set = 0;
  for (int32_t i = 0; i < VARIANT_COUNT; i++) set |= variant_of(i) ? 1 << i : 0;
  return set;
}
int32_t hesper_runnable() { return runnable_variants(); }
int32_t hesper_features(int32_t variant, uint8_t* text, uint32_t length) {
  const Variant* const v = variant_of(variant);
  if (!v) return INVALID_ARGUMENT;
  uint32_t i = 0;
  for (; v->features[i] && i < length; i++) text[i] = (uint8_t)v->features[i];
  return (int32_t)i;
}
