// 64-bit Arm with Advanced SIMD, which ARMv8-A always has: no flags.
#include "variant.h"
#include <arm_neon.h>

namespace hesper_neon {
#include "arith_neon.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("neon", "neon,fma");
}  // namespace hesper_neon

namespace hesper {
constinit const Variant variant_neon = hesper_neon::table;
}  // namespace hesper
