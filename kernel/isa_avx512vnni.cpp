// AVX-512 F, DQ, BW, VL with VNNI.
#include "variant.h"
#include <immintrin.h>

namespace hesper_avx512vnni {
#include "arith_avx512.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("avx512", "avx512f,avx512dq,avx512bw,avx512vl,avx512vnni");
}  // namespace hesper_avx512vnni

namespace hesper {
constinit const Variant variant_avx512vnni = hesper_avx512vnni::table;
}  // namespace hesper
