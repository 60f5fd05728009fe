// WebAssembly SIMD128, with fused products where the build asks for relaxed SIMD (-mrelaxed-simd).
#include "variant.h"
#include <wasm_simd128.h>

namespace hesper_wasm {
#if defined(__wasm_relaxed_simd__)
#include "arith_wasm_relaxed.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("wasm", "simd128,relaxed-simd");
#else
#include "arith_wasm.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("wasm", "simd128");
#endif
}  // namespace hesper_wasm

namespace hesper {
constinit const Variant variant_wasm = hesper_wasm::table;
}  // namespace hesper
