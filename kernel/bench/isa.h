// One instruction set for a stand-alone program, by the compiler's flags: -mavx512f -mavx512dq -mavx512bw -mavx512vl,
// -mavx2 -mfma, or neither (scalar; also forced by -DSCALAR).
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__AVX2__)
#include <immintrin.h>
#endif
#include "../weights.h"
namespace isa {
#if defined(SCALAR)
#include "../arith_scalar.h"
static const char* const NAME = "scalar";
#elif defined(__wasm_relaxed_simd__)
#include "../arith_wasm_relaxed.h"
static const char* const NAME = "wasm-relaxed";
#elif defined(__wasm_simd128__)
#include "../arith_wasm.h"
static const char* const NAME = "wasm";
#elif defined(__AVX512F__)
#include "../arith_avx512.h"
#ifdef __AVX512VNNI__
static const char* const NAME = "avx512vnni";
#else
static const char* const NAME = "avx512";
#endif
#elif defined(__AVX2__)
#include "../arith_avx2.h"
static const char* const NAME = "avx2";
#else
#include "../arith_scalar.h"
static const char* const NAME = "scalar";
#endif
#include "../ntt.h"
#include "../gemm.h"
}  // namespace isa
