// AVX-512 F, DQ, BW, VL without VNNI.
#include "variant.h"
#include <immintrin.h>

namespace hesper_avx512 {
#include "arith_avx512.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("avx512", "avx512f,avx512dq,avx512bw,avx512vl");
}  // namespace hesper_avx512

namespace hesper {
constinit const Variant variant_avx512 = hesper_avx512::table;
}  // namespace hesper
