// Portable variant: 64-bit integers and doubles, no vector instructions asked for.
#include "variant.h"

namespace hesper_scalar {
#include "arith_scalar.h"
#include "isa.h"
constexpr hesper::Variant table = HESPER_VARIANT("scalar", "int64");
}  // namespace hesper_scalar

namespace hesper {
constinit const Variant variant_scalar = hesper_scalar::table;
}  // namespace hesper
