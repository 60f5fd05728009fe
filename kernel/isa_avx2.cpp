// AVX2 with FMA: -mavx2 -mfma.
#include "variant.h"
#include <immintrin.h>

namespace hesper_avx2 {
#include "arith_avx2.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("avx2", "avx2,fma");
}  // namespace hesper_avx2

namespace hesper {
constinit const Variant variant_avx2 = hesper_avx2::table;
}  // namespace hesper
