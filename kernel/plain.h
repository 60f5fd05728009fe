// One residue at a time, for the shared code: Modulus of arith_common.h in a namespace of its own.
#pragma once
#include <stddef.h>
#include <stdint.h>
namespace hesper_plain {
#include "arith_common.h"
}  // namespace hesper_plain
