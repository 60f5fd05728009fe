// WebAssembly SIMD128.
#include "variant.h"
#include <wasm_simd128.h>

namespace hesper_wasm {
#include "arith_wasm.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("wasm", "simd128");
}  // namespace hesper_wasm

namespace hesper {
constinit const Variant variant_wasm = hesper_wasm::table;
}  // namespace hesper
